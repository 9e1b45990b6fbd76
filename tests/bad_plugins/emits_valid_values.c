/* emits_valid_values.c - publishes a text where its schema has a number. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    const good *self = instance;
    kinmu_value value = kinmu_text("many");
    kinmu_event event;
    memset(&event, 0, sizeof event);
    event.schema = GOOD_TICK;
    event.values = &value;
    event.value_count = 1;
    (void)self->bus->publish(self->host, &event, 1, NULL);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
