/* reconfigure_live.c - an option that says LIVE in a plugin that cannot be reconfigured. */
#include "good.h"

static const kinmu_plugin bad = {GOOD_TABLE, .reconfigure = NULL};

KINMU_MODULE(&bad);
