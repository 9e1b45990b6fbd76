/* good.c - passes every test; the others spoil it in one place each. */
#include "good.h"

static const kinmu_plugin plugin = {GOOD_TABLE};

KINMU_MODULE(&plugin);
