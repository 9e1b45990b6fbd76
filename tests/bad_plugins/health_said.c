/* health_said.c - works and says nothing. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    good *self = instance;
    self->is_running = 1;
    self->is_working = self->work->submit(self->host, good_job, good_job_done, self) == KINMU_OK;
    int32_t status = self->timer->start(self->host, self->interval_ms, self->interval_ms,
                                        good_tick_now, self, &self->timer_id);
    return status == KINMU_OK ? status : good_refuse(err, status, "no timer left");
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
