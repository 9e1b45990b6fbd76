/* event_garbage.c - believes that each event has a title, which may be null. */
#include "good.h"

static volatile char bad_letter;

static int32_t bad_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    (void)instance;
    (void)err;
    for (uint32_t i = 0; i < batch->count; i++) {
        bad_letter = batch->events[i].values[KINMU_WINDOW_FOCUS_PROCESS].as.text[0];
    }
    return KINMU_OK;
}

static const kinmu_plugin bad = {GOOD_TABLE, .events = bad_events};

KINMU_MODULE(&bad);
