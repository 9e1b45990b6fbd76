/* destroy_null.c - takes for granted that there is an instance. */
#include "good.h"

static void bad_destroy(void *instance) {
    good *self = instance;
    if (self->timer != NULL) {
        self->timer->cancel(self->host, self->timer_id);
    }
    free(self);
}

static const kinmu_plugin bad = {GOOD_TABLE, .destroy = bad_destroy};

KINMU_MODULE(&bad);
