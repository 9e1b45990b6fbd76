/* ids_unique.c - two metrics of one name. */
#include "good.h"

static const kinmu_metric bad_metrics[] = {GOOD_METRIC, GOOD_METRIC};

static const kinmu_plugin bad = {GOOD_TABLE, .metrics = KINMU_TABLE(bad_metrics)};

KINMU_MODULE(&bad);
