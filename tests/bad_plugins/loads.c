/* loads.c - needs a version of the boundary that does not exist yet. */
#include "good.h"

static const kinmu_plugin bad = {GOOD_TABLE};

static const kinmu_plugin *const bad_plugins[] = {&bad};
KINMU_EXPORT extern const kinmu_module kinmu_module_v1;
const kinmu_module kinmu_module_v1 = {sizeof(kinmu_module), 99, 99, 0, KINMU_TABLE(bad_plugins)};
