/* stop_before_start.c - calls a stop before the first start an error. */
#include "good.h"

static int32_t bad_stop(void *instance, kinmu_err *err) {
    good *self = instance;
    if (!self->is_running && !self->is_working && !self->is_loaded) {
        return good_refuse(err, KINMU_E_STATE, "never started");
    }
    return good_stop(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .stop = bad_stop};

KINMU_MODULE(&bad);
