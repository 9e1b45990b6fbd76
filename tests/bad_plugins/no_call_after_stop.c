/* no_call_after_stop.c - leaves its timer running. */
#include "good.h"

static int32_t bad_stop(void *instance, kinmu_err *err) {
    good *self = instance;
    (void)err;
    self->is_running = 0;
    return KINMU_OK;
}

static const kinmu_plugin bad = {GOOD_TABLE, .stop = bad_stop};

KINMU_MODULE(&bad);
