/* start_stop.c - refuses to start instead of saying by health what it lacks. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    (void)instance;
    return good_refuse(err, KINMU_E_RETRY, "no display");
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
