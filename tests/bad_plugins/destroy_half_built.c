/* destroy_half_built.c - cancels its timer in destroy by a service it may never have got. */
#include "good.h"

static void bad_destroy(void *instance) {
    good *self = instance;
    if (self != NULL) {
        self->timer->cancel(self->host, self->timer_id);
    }
    good_destroy(self);
}

static const kinmu_plugin bad = {GOOD_TABLE, .destroy = bad_destroy};

KINMU_MODULE(&bad);
