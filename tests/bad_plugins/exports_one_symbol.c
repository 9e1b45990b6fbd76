/* exports_one_symbol.c - shows a helper to the whole process. */
#include "good.h"

KINMU_EXPORT int32_t bad_helper(void);

int32_t bad_helper(void) {
    return 1;
}

static const kinmu_plugin bad = {GOOD_TABLE};

KINMU_MODULE(&bad);
