/* bus_busy.c - tries again at once and for ever while the bus is full. */
#include "good.h"

static void bad_again(void *user) {
    good *self = user;
    if (self->is_running && self->is_owing) {
        good_publish(self);
        self->timer->cancel(self->host, self->timer_id);
        (void)self->timer->start(self->host, 1, 0, bad_again, self, &self->timer_id);
    }
}

static int32_t bad_start(void *instance, kinmu_err *err) {
    good *self = instance;
    int32_t status = good_start(instance, err);
    self->is_owing = 1;
    bad_again(self);
    return status;
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
