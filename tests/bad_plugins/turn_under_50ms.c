/* turn_under_50ms.c - waits for its receiver in a turn, once per batch. */
#include "good.h"

#include <unistd.h>

static int32_t bad_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    (void)usleep(120000);
    return good_events(instance, batch, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .events = bad_events};

KINMU_MODULE(&bad);
