/* A plugin whose struct ends before its life cycle: it must be refused, not called. */
#include "variant.h"

static const kinmu_plugin too_small = VARIANT(offsetof(kinmu_plugin, create), "com.acme.too-small");

KINMU_MODULE(&too_small);
