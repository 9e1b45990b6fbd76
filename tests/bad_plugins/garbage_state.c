/* garbage_state.c - uses what it reads from its state as an index. */
#include "good.h"

static uint8_t bad_table[GOOD_TICKS_MAX];

static void bad_job(void *user) {
    good *self = user;
    uint64_t index = 0;
    uint32_t size = sizeof index;
    if (self->kv->get(self->host, GOOD_KEY, &index, &size) == KINMU_OK) {
        bad_table[index]++;
    }
}

static void bad_job_done(void *user, int32_t status) {
    (void)user;
    (void)status;
}

static int32_t bad_start(void *instance, kinmu_err *err) {
    good *self = instance;
    (void)self->work->submit(self->host, bad_job, bad_job_done, self);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
