/* documented.c - a metric without a unit. */
#include "good.h"

static const kinmu_metric bad_metrics[] = {
    {"ticks_total", KINMU_METRIC_COUNTER, 0, NULL, "Ticks."}};

static const kinmu_plugin bad = {GOOD_TABLE, .metrics = KINMU_TABLE(bad_metrics)};

KINMU_MODULE(&bad);
