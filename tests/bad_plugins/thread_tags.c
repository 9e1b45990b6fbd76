/* thread_tags.c - reads its state in a turn, where a disk may make everybody wait. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    const good *self = instance;
    uint64_t ticks = 0;
    uint32_t size = sizeof ticks;
    (void)self->kv->get(self->host, GOOD_KEY, &ticks, &size);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
