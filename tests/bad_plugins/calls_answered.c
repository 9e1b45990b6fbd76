/* calls_answered.c - takes a command and never answers. */
#include "good.h"

static int32_t bad_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    (void)instance;
    (void)call;
    (void)err;
    return KINMU_OK;
}

static const kinmu_plugin bad = {GOOD_TABLE, .call = bad_call};

KINMU_MODULE(&bad);
