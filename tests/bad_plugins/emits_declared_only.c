/* emits_declared_only.c - publishes what it only accepts. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    const good *self = instance;
    kinmu_event event;
    memset(&event, 0, sizeof event);
    event.schema = GOOD_FOCUS;
    (void)self->bus->publish(self->host, &event, 1, NULL);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
