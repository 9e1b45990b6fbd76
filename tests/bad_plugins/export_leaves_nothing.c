/* export_leaves_nothing.c - lets the file of a given-up export lie. */
#include "good.h"

static int32_t bad_export_close(void *state, int32_t commit, kinmu_err *err) {
    (void)commit;
    return good_export_close(state, 1, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .export_close = bad_export_close};

KINMU_MODULE(&bad);
