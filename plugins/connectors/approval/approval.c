/* approval/approval.c - punches, tasks, requests and what is decided about them. The plugin's
 * table, and the instance's life.
 *
 * This plugin owns requests, their history, tasks and where shifts stand; everybody else asks it by
 * commands. It decides (plugins/shared/desk.h) and keeps nothing in memory between calls. */
#include "approval.h"
#include "titles.h"

#include <kinmu/events/audit.h>
#include <kinmu/events/day.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNED (KINMU_EMITS | KINMU_ACCEPTS)
#define EXPIRY_MS 60000u /* how often it looks for what has expired */

static const kinmu_schema_use uses[USES] = {
    [USE_PERSON] = {&kinmu_people_person, KINMU_ACCEPTS, 0},
    [USE_ASSIGNMENT] = {&kinmu_people_assignment, KINMU_ACCEPTS, 0},
    [USE_GROUP] = {&kinmu_people_group, KINMU_ACCEPTS, 0},
    [USE_PATTERN] = {&kinmu_people_pattern, KINMU_ACCEPTS, 0},
    [USE_ACCOUNT] = {&kinmu_people_account, KINMU_ACCEPTS, 0},
    [USE_SETTING] = {&kinmu_people_setting, KINMU_ACCEPTS, 0},
    [USE_DAY] = {&kinmu_work_day, KINMU_ACCEPTS, 0},
    [USE_PUNCH] = {&kinmu_attendance_punch, OWNED, 0},
    [USE_SHIFT] = {&kinmu_attendance_shift, OWNED, 0},
    [USE_REQUEST] = {&kinmu_request_request, OWNED, 0},
    [USE_DECISION] = {&kinmu_request_decision, OWNED, 0},
    [USE_TASK] = {&kinmu_work_task, OWNED, 0},
    [USE_CHANGE] = {&kinmu_audit_change, KINMU_EMITS, 0},
    [USE_ALERT] = {&kinmu_alert, KINMU_ACCEPTS, 0},
    [USE_SCHEDULE] = {&kinmu_people_schedule, KINMU_ACCEPTS, 0},
};

static const kinmu_metric metrics[] = {
    [DESK_DECISIONS] = {"decisions_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Decisions written; several calls may be one."},
    [DESK_CONFLICTS] = {"conflicts_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Decisions judged again, since another came first."},
    [DESK_REFUSED] = {"calls_refused_total", KINMU_METRIC_COUNTER, 0, "count",
                      "Calls answered with an error."},
};

typedef struct approval_config {
    int32_t reserved;
} approval_config;

static void count(void *owner, uint32_t what, uint64_t by) {
    approval *a = owner;
    a->metrics->add(a->host, what, by);
}

/* Makes requests of warnings about closed months: of a person's, or "" = of all there are. */
static int32_t ask_late(approval *a, const char *person, kinmu_err *err) {
    const kinmu_value value = kinmu_text(person);
    const kinmu_call call = {.struct_size = sizeof call,
                             .command = APPROVAL_LATE,
                             .caller = "plugin:approval",
                             .values = &value,
                             .value_count = 1};
    return desk_take(&a->desk, &call, 0, err);
}

/* One call makes so many, then the next goes on. */
static int32_t go_on(desk_call *call) {
    approval *const *a = call->kept;
    if (call->command == APPROVAL_LATE && call->out_count > 0) {
        (void)ask_late(*a, desk_text(call, 0), NULL);
    }
    return 0;
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    approval *a = calloc(1, sizeof *a);
    (void)config;
    *instance = a;
    if (a == NULL) {
        (void)snprintf(err->msg, sizeof err->msg, "no memory");
        return KINMU_E_NOMEM;
    }
    a->host = host;
    a->desk = (desk){.host = host,
                     .name = "approval",
                     .owner = a,
                     .book_size = sizeof(book),
                     .kept_size = sizeof(approval *),
                     .audit_schema = USE_CHANGE,
                     .judge = approval_judge,
                     .after = go_on,
                     .count = count};
    int32_t status = desk_create(&a->desk, err);
    a->records = a->desk.records;
    a->metrics = a->desk.metrics;
    return status;
}

/* Any node may do it; of two that do, one decides and the other finds nothing left. */
static void expire(void *user) {
    approval *a = user;
    const kinmu_call call = {
        .struct_size = sizeof call, .command = APPROVAL_EXPIRE, .caller = "plugin:approval"};
    (void)desk_take(&a->desk, &call, 0, NULL);
}

static int32_t start(void *instance, kinmu_err *err) {
    approval *a = instance;
    desk_open(&a->desk);
    int32_t status =
        a->desk.timer->start(a->host, EXPIRY_MS, EXPIRY_MS, expire, a, &a->expiry_timer);
    status = status == KINMU_OK ? ask_late(a, "", err) : status; /* what came before a crash */
    if (status != KINMU_OK) {
        return status;
    }
    a->host->health(a->host, KINMU_HEALTH_OK, "ready: kinmu punch, kinmu request …");
    return KINMU_OK;
}

/* A warning about a closed month; whether it still holds is looked up. */
static int32_t is_late(const kinmu_event *e) {
    const kinmu_value *rule = &e->values[KINMU_ALERT_RULE];
    return e->schema == USE_ALERT && rule->type == KINMU_TYPE_TEXT &&
           rule->size == strlen("late-evidence") &&
           memcmp(rule->as.text, "late-evidence", rule->size) == 0;
}

static int32_t events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    approval *a = instance;
    for (uint32_t i = 0; i < batch->count; i++) {
        const kinmu_event *e = &batch->events[i];
        if (!is_late(e)) {
            continue;
        }
        int32_t status = ask_late(a, e->subject, err);
        if (status != KINMU_OK) {
            return status == KINMU_E_BUSY ? KINMU_E_BUSY : KINMU_E_RETRY;
        }
        break; /* a block is of one subject: all of that person's are looked at */
    }
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    approval *a = instance;
    (void)err;
    a->desk.timer->cancel(a->host, a->expiry_timer);
    desk_close(&a->desk);
    return KINMU_OK;
}

static void destroy(void *instance) {
    approval *a = instance;
    if (a != NULL) {
        desk_end(&a->desk);
        free(a);
    }
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .config_size = sizeof(approval_config),
    .name = "approval",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Punches, tasks, requests and approvals as decisions: who may, in which order, and the "
           "history of it.",
    .doc_ja =
        "打刻・業務（タスク）・申請・承認。誰が何をできるか、順序と履歴を決定として管理する。",
    .schemas = KINMU_TABLE(uses),
    .commands = {approval_command_rows, APPROVAL_COMMANDS, (uint32_t)sizeof(kinmu_command)},
    .metrics = KINMU_TABLE(metrics),
    .titles = KINMU_TABLE(shared_titles),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .events = events,
    .call = approval_call,
};

KINMU_MODULE(&plugin);
