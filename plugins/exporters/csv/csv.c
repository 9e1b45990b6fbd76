/* csv/csv.c - the csv exporter: schemas, and the flow of one export.
 *
 * Works only as an export job (`kinmu export csv`); a running instance takes no live events. The
 * numbers are those of the events and records: nothing is computed here but the sum of one minute
 * over PCs.
 */
#include "encode.h"
#include "sheets/log_list.h"
#include "options.h"
#include "known/period.h"
#include "product.h"
#include "sheets/schema_sheets.h"
#include "sheets/user_sheets.h"

#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/day.h>
#include <kinmu/events/fleet.h>
#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/people.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/request.h>
#include <kinmu/events/session.h>
#include <kinmu/events/task.h>
#include <kinmu/events/window.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/plugin.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_SCHEMAS_MAX 4096 /* schemas of other plugins looked through for a name */

enum {
    USE_MINUTE,
    USE_FOCUS,
    USE_SESSION,
    USE_GAP,
    USE_PRESENCE,
    USE_PUNCH,
    USE_AUDIT,
    USE_READ,
    USE_RECORDS, /* PRODUCT_* follow */
    USE_PERSON = USE_RECORDS + PRODUCT_PERSON,
    USE_ASSIGNMENT = USE_RECORDS + PRODUCT_ASSIGNMENT,
    USE_GROUP = USE_RECORDS + PRODUCT_GROUP,
    USE_PATTERN = USE_RECORDS + PRODUCT_PATTERN,
    USE_ACCOUNT = USE_RECORDS + PRODUCT_ACCOUNT,
    USE_SETTING = USE_RECORDS + PRODUCT_SETTING,
    USE_COMPUTER = USE_RECORDS + PRODUCT_COMPUTER,
    USE_DEVICE = USE_RECORDS + PRODUCT_DEVICE,
    USE_SITE = USE_RECORDS + PRODUCT_SITE,
    USE_DAY = USE_RECORDS + PRODUCT_DAY,
    USE_TASK = USE_RECORDS + PRODUCT_TASK,
    USE_REQUEST = USE_RECORDS + PRODUCT_REQUEST,
    USE_DECISION = USE_RECORDS + PRODUCT_DECISION,
    USE_ANY = USE_RECORDS + PRODUCT_RECORDS,
    USES
};

static const kinmu_schema_use uses[USES] = {
    [USE_MINUTE] = {&kinmu_input_minute, KINMU_ACCEPTS, 0},
    [USE_FOCUS] = {&kinmu_window_focus, KINMU_ACCEPTS, 0},
    [USE_SESSION] = {&kinmu_session_change, KINMU_ACCEPTS, 0},
    [USE_GAP] = {&kinmu_observation_gap, KINMU_ACCEPTS, 0},
    [USE_PRESENCE] = {&kinmu_presence_change, KINMU_ACCEPTS, 0},
    [USE_PUNCH] = {&kinmu_attendance_punch, KINMU_ACCEPTS, 0},
    [USE_AUDIT] = {&kinmu_audit_change, KINMU_ACCEPTS, 0},
    [USE_READ] = {&kinmu_audit_read, KINMU_ACCEPTS, 0},
    [USE_PERSON] = {&kinmu_people_person, KINMU_ACCEPTS, 0},
    [USE_ASSIGNMENT] = {&kinmu_people_assignment, KINMU_ACCEPTS, 0},
    [USE_GROUP] = {&kinmu_people_group, KINMU_ACCEPTS, 0},
    [USE_PATTERN] = {&kinmu_people_pattern, KINMU_ACCEPTS, 0},
    [USE_ACCOUNT] = {&kinmu_people_account, KINMU_ACCEPTS, 0},
    [USE_SETTING] = {&kinmu_people_setting, KINMU_ACCEPTS, 0},
    [USE_COMPUTER] = {&kinmu_people_computer, KINMU_ACCEPTS, 0},
    [USE_DEVICE] = {&kinmu_fleet_device, KINMU_ACCEPTS, 0},
    [USE_SITE] = {&kinmu_people_site, KINMU_ACCEPTS, 0},
    [USE_DAY] = {&kinmu_work_day, KINMU_ACCEPTS, 0},
    [USE_TASK] = {&kinmu_work_task, KINMU_ACCEPTS, 0},
    [USE_REQUEST] = {&kinmu_request_request, KINMU_ACCEPTS, 0},
    [USE_DECISION] = {&kinmu_request_decision, KINMU_ACCEPTS, 0},
    [USE_ANY] = {NULL, KINMU_ACCEPTS, 0},
};

typedef struct exporter {
    const kinmu_host *host;
    folder_style style;
    int32_t title_changes;
    uint32_t files; /* FILES_LOGS | PRODUCT_* */
    schema_pick picks[SCHEMA_SHEETS_MAX];
    uint32_t pick_count;
    payroll *payroll;
    apart_question differences;
} exporter;

typedef struct run {
    const exporter *owner;
    folder *folder;
    user_sheets *users;
    schema_sheets *schemas;
    product *product;
    uint64_t events;
    char from_date[16];
    char to_date[16];
} run;

static int32_t is_named(const kinmu_schema *schema, const char *full_name) {
    char known[KINMU_NAME_BYTES_MAX * 2];
    (void)snprintf(known, sizeof known, "%s/%u", schema->name, (unsigned)schema->version);
    return strcmp(known, full_name) == 0;
}

/* Schemas of our table come under its rows, all others under the host's numbers. */
static int32_t find_schema(const exporter *self, const char *full_name, schema_pick *pick) {
    const kinmu_schemas *others = self->host->iface(self->host, KINMU_SCHEMAS_1);
    for (uint32_t i = 0; i < USE_ANY; i++) {
        if (is_named(uses[i].schema, full_name)) {
            *pick = (schema_pick){i, uses[i].schema};
            return 1;
        }
    }
    for (uint32_t i = 0; others != NULL && i < OTHER_SCHEMAS_MAX; i++) {
        const kinmu_schema *schema = others->find(self->host, KINMU_SCHEMA_ANY + i);
        if (schema == NULL) {
            break;
        }
        if (is_named(schema, full_name)) {
            *pick = (schema_pick){KINMU_SCHEMA_ANY + i, schema};
            return 1;
        }
    }
    return 0;
}

static int32_t choose_schemas(exporter *self, const kinmu_text_list *schemas, kinmu_err *err) {
    for (uint32_t i = 0; i < schemas->count && i < SCHEMA_SHEETS_MAX; i++) {
        if (!find_schema(self, schemas->items[i], &self->picks[i])) {
            (void)snprintf(err->key, sizeof err->key, "csv.schema");
            (void)snprintf(err->msg, sizeof err->msg,
                           "csv: schemas: no installed plugin knows \"%.80s\"; names look like "
                           "kinmu.session.change/1",
                           schemas->items[i]);
            return KINMU_E_CONFIG;
        }
        self->pick_count++;
    }
    return KINMU_OK;
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    const csv_config *from = config;
    exporter *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->title_changes = from->title_changes;
    self->files = options_files(&from->files);
    self->style = options_style(from);
    self->differences =
        (apart_question){.threshold = from->differences_threshold,
                         .is_schedule = strcmp(from->differences_against, "schedule") == 0};
    int32_t status = choose_schemas(self, &from->schemas, err);
    if (status == KINMU_OK && (self->files & PRODUCT_PAYROLL) != 0) {
        const payroll_config layout = {.columns = from->payroll.rows,
                                       .count = from->payroll.count,
                                       .file_name = from->payroll_name,
                                       .by_month = strcmp(from->payroll_rows, "month") == 0,
                                       .with_headers = !self->style.without_headers};
        status = payroll_create(&layout, &self->payroll, err);
    }
    return status;
}

static int32_t start(void *instance, kinmu_err *err) {
    const exporter *self = instance;
    (void)err;
    self->host->health(self->host, KINMU_HEALTH_OK, "ready: files are made by `kinmu export`");
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void destroy(void *instance) {
    exporter *self = instance;
    if (self != NULL) {
        payroll_destroy(self->payroll);
        free(self);
    }
}

static void free_run(run *r) {
    user_sheets_destroy(r->users);
    schema_sheets_destroy(r->schemas);
    product_destroy(r->product);
    folder_destroy(r->folder);
    free(r);
}

static int32_t export_open(void *instance, const kinmu_export *job, void **out, kinmu_err *err) {
    const exporter *self = instance;
    period asked = {0, 0};
    if (!period_read_date(job->from_date, strlen(job->from_date), &asked.first) ||
        !period_read_date(job->to_date, strlen(job->to_date), &asked.last)) {
        return KINMU_E_REJECT;
    }
    run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return KINMU_E_NOMEM;
    }
    r->owner = self;
    (void)snprintf(r->from_date, sizeof r->from_date, "%s", job->from_date);
    (void)snprintf(r->to_date, sizeof r->to_date, "%s", job->to_date);
    int32_t status = folder_create(job->directory, &self->style, &r->folder, err);
    if (status == KINMU_OK) {
        status = schema_sheets_create(r->folder, self->picks, self->pick_count, &r->schemas, err);
    }
    if (status == KINMU_OK) {
        const product_style style = {.wanted = self->files & ~FILES_LOGS,
                                     .with_titles = self->title_changes,
                                     .payroll = self->payroll,
                                     .differences = self->differences};
        status = product_create(r->folder, &asked, &style, &r->product);
    }
    if (status != KINMU_OK) {
        free_run(r);
        return status;
    }
    *out = r;
    return KINMU_OK;
}

/* Once records are there: what was bought decides which files there are. */
static int32_t begin_files(run *r, kinmu_err *err) {
    if (r->users != NULL) {
        return KINMU_OK;
    }
    const plan *bought = product_plan(r->product);
    int32_t status = bought != NULL ? options_check_plan(r->owner->files, bought, r->to_date, err)
                                    : KINMU_E_NOMEM;
    if (status != KINMU_OK) {
        return status;
    }
    const user_style style = {.prefix = "",
                              .with_titles = r->owner->title_changes,
                              .with_app = plans_has_file(bought, "logs", "app")};
    return user_sheets_create(r->folder, &style, &r->users);
}

/* Most files are out of records alone; logs are most of what there is. */
static int32_t needs_logs(const exporter *self) {
    return (self->files & (FILES_LOGS | PRODUCT_AGGREGATION | PRODUCT_PC | PRODUCT_LOG_LIST |
                           PRODUCT_ATTENDANCE_LOG)) != 0 ||
           self->pick_count > 0;
}

static int32_t export_log(run *r, const kinmu_event *event, kinmu_err *err) {
    uint32_t kind = event->schema == USE_MINUTE     ? PRODUCT_MINUTE
                    : event->schema == USE_FOCUS    ? PRODUCT_FOCUS
                    : event->schema == USE_PRESENCE ? PRODUCT_PRESENCE
                                                    : PRODUCT_OTHER_LOG;
    int32_t status = product_log(r->product, kind, event, err);
    if (status != KINMU_OK || (r->owner->files & FILES_LOGS) == 0 || kind == PRODUCT_PRESENCE) {
        return status;
    }
    const log_user whose = {event->subject, NULL};
    status = user_sheets_turn_to(r->users, &whose, err);
    if (status == KINMU_OK && kind == PRODUCT_MINUTE) {
        status = user_sheets_minute(r->users, event, err);
    } else if (status == KINMU_OK && kind == PRODUCT_FOCUS) {
        user_sheets_focus(r->users, event);
    }
    return status;
}

/* Lists of logs have what machines and administrators did, too. */
static int32_t list_log(run *r, const kinmu_event *event, kinmu_err *err) {
    static const struct {
        uint32_t use, kind;
    } lists[] = {{USE_SESSION, LOG_LIST_CHANGE},
                 {USE_PUNCH, LOG_LIST_PUNCH},
                 {USE_MINUTE, LOG_LIST_MINUTE},
                 {USE_AUDIT, LOG_LIST_AUDIT},
                 {USE_READ, LOG_LIST_READ}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (lists[i].use == event->schema) {
            return product_list(r->product, lists[i].kind, event, err);
        }
    }
    return KINMU_OK;
}

/* Who was seen on a PC gets a log. Events of the machine itself are nobody's, and what other
 * plugins tell of makes nobody's log. Records come first, in no order of users. */
static int32_t export_event(run *r, const kinmu_event *event, kinmu_err *err) {
    int32_t is_work = event->schema == USE_MINUTE || event->schema == USE_FOCUS;
    schema_sheets_event(r->schemas, event);
    if (event->schema >= USE_RECORDS) {
        if (event->schema < USE_ANY) {
            product_record(r->product, event->schema - USE_RECORDS, event);
        }
        return KINMU_OK;
    }
    int32_t status = begin_files(r, err);
    if (status != KINMU_OK || !needs_logs(r->owner)) {
        return status != KINMU_OK ? status : KINMU_ENOUGH;
    }
    status = list_log(r, event, err);
    if (status != KINMU_OK || (event->schema >= USE_PUNCH && event->schema <= USE_READ)) {
        return status;
    }
    return event->subject[0] == '\0' && !is_work ? KINMU_OK : export_log(r, event, err);
}

static int32_t export_events(void *state, const kinmu_batch *batch, kinmu_err *err) {
    run *r = state;
    for (uint32_t i = 0; i < batch->count; i++) {
        int32_t status = export_event(r, &batch->events[i], err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    r->events += batch->count;
    return KINMU_OK;
}

static void report(const run *r) {
    const kinmu_host *host = r->owner->host;
    char text[256];
    int length = snprintf(text, sizeof text, "%s to %s: %" PRIu64 " events", r->from_date,
                          r->to_date, r->events);
    if ((r->owner->files & FILES_LOGS) != 0) {
        (void)snprintf(text + length, sizeof text - (size_t)length, " of %" PRIu64 " users",
                       user_sheets_count(r->users));
    }
    host->log(host, KINMU_LOG_INFO, text);
    uint64_t unmapped = folder_unmapped(r->folder);
    if (unmapped > 0) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu64 " characters are not in the character set and were replaced; "
                       "unmapped.csv lists them (encoding: utf8-bom keeps them)",
                       unmapped);
        host->log(host, KINMU_LOG_WARN, text);
    }
}

static int32_t export_close(void *state, int32_t commit, kinmu_err *err) {
    run *r = state;
    int32_t status = KINMU_OK;
    if (commit) {
        status = begin_files(r, err);
        if (status == KINMU_OK) {
            status = user_sheets_finish(r->users, err);
        }
        if (status == KINMU_OK) {
            status = schema_sheets_finish(r->schemas, err);
        }
        if (status == KINMU_OK) {
            status = product_finish(r->product, err);
        }
        if (status == KINMU_OK) {
            status = folder_commit(r->folder, err);
        }
        if (status == KINMU_OK) {
            report(r);
        }
    }
    free_run(r);
    return status;
}

static const kinmu_plugin csv_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_EXPORTER,
    .config_size = sizeof(csv_config),
    .name = "csv",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Writes business days, PC and application logs per user, and any known schema, as CSV "
           "files "
           "for a period.",
    .doc_ja = "期間を指定して、勤務データ、利用者ごとの PC 操作履歴・アプリ操作履歴などを CSV "
              "に書き出す。",
    .options = {csv_options, CSV_OPTIONS, (uint32_t)sizeof(kinmu_option)},
    .schemas = KINMU_TABLE(uses),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .export_open = export_open,
    .export_events = export_events,
    .export_close = export_close,
};

KINMU_MODULE(&csv_plugin);
