/* workday/workday.c - the plugin: what it reads and owns, and its shell word.
 *
 * The rules are days.h; docs/replay.md says what they compute. Days from the store are not computed
 * yet: an instance starts and says so.
 */
#include "replay.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/calendar.h>
#include <kinmu/events/day.h>
#include <kinmu/events/fleet.h>
#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/people.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/request.h>
#include <kinmu/events/session.h>
#include <kinmu/events/task.h>
#include <kinmu/plugin.h>

#include <stdlib.h>

static const kinmu_schema_use schemas[] = {
    {&kinmu_input_minute, KINMU_ACCEPTS, 0},
    {&kinmu_session_change, KINMU_ACCEPTS, 0},
    {&kinmu_observation_gap, KINMU_ACCEPTS, 0},
    {&kinmu_attendance_punch, KINMU_ACCEPTS, 0},
    {&kinmu_presence_change, KINMU_ACCEPTS, 0},
    {&kinmu_calendar_event, KINMU_ACCEPTS, 0},
    {&kinmu_people_person, KINMU_ACCEPTS, 0},
    {&kinmu_people_assignment, KINMU_ACCEPTS, 0},
    {&kinmu_people_group, KINMU_ACCEPTS, 0},
    {&kinmu_people_pattern, KINMU_ACCEPTS, 0},
    {&kinmu_people_account, KINMU_ACCEPTS, 0},
    {&kinmu_people_computer, KINMU_ACCEPTS, 0},
    {&kinmu_people_holiday, KINMU_ACCEPTS, 0},
    {&kinmu_people_setting, KINMU_ACCEPTS, 0},
    {&kinmu_fleet_device, KINMU_ACCEPTS, 0},
    {&kinmu_attendance_day, KINMU_ACCEPTS, 0},
    {&kinmu_request_request, KINMU_ACCEPTS, 0},
    {&kinmu_work_task, KINMU_ACCEPTS, 0},
    {&kinmu_work_day, KINMU_EMITS, 0},
    {&kinmu_work_month, KINMU_EMITS, 0},
    {&kinmu_alert, KINMU_EMITS, 0},
};

typedef struct workday {
    const kinmu_host *host;
} workday;

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    workday *self = calloc(1, sizeof *self);
    (void)config;
    (void)err;
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    return KINMU_OK;
}

static int32_t start(void *instance, kinmu_err *err) {
    const workday *self = instance;
    (void)err;
    self->host->health(self->host, KINMU_HEALTH_DEGRADED,
                       "days are not computed from the store yet; use kinmu workday replay");
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void destroy(void *instance) {
    free(instance);
}

static int32_t events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    (void)instance;
    (void)batch;
    (void)err;
    return KINMU_OK;
}

static int32_t run_replay(int32_t argc, const char *const *argv) {
    return replay_run(argc, argv, stdout, stderr);
}

static const kinmu_tool tools[] = {
    {"replay", "--settings FILE --events FILE.ndjson [--until MOMENT] [--months]",
     "Computes days and warnings from two files, and touches nothing else.", run_replay},
};

static const kinmu_plugin workday_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .name = "workday",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Computes each person's business day, months and warnings from PC records, punches and "
           "requests.",
    .doc_ja = "PC の記録・打刻・申請から、一人ひとりの業務日・月次・警告を計算する。",
    .schemas = KINMU_TABLE(schemas),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .events = events,
    .tools = KINMU_TABLE(tools),
};

KINMU_MODULE(&workday_plugin);
