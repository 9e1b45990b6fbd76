/* stop_twice.c - calls a second stop an error. */
#include "good.h"

static int32_t bad_stop(void *instance, kinmu_err *err) {
    good *self = instance;
    int32_t has_started = self->is_working || self->is_loaded;
    if (has_started && !self->is_running) {
        return good_refuse(err, KINMU_E_STATE, "stopped already");
    }
    return good_stop(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .stop = bad_stop};

KINMU_MODULE(&bad);
