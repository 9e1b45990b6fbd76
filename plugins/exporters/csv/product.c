/* csv/product.c - see product.h: what records and logs become as they come. Logs are written at
 * once, or put in order of people first; all else waits for product_finish.c. */
#include "product_internal.h"

#include "known/fields.h"
#include "sheets/log_list.h"
#include "writing/moment.h"

#include <kinmu/events/attendance.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN_BYTES 16

int32_t product_create(folder *f, const period *p, const product_style *style, product **out) {
    product *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return KINMU_E_NOMEM;
    }
    files->folder = f;
    files->period = *p;
    files->wanted = style->wanted;
    files->with_titles = style->with_titles;
    files->payroll = style->payroll;
    files->question = style->differences;
    const period before = period_before(p);
    int32_t is_good = words_create(&files->texts) == KINMU_OK &&
                      directory_create(files->texts, &files->people) == KINMU_OK &&
                      days_create(files->texts, p, &files->days) == KINMU_OK &&
                      tasks_create(files->texts, p, &files->tasks) == KINMU_OK &&
                      approvals_create(files->texts, p, &files->approvals) == KINMU_OK &&
                      sites_create(files->texts, &files->sites) == KINMU_OK &&
                      results_create(files->texts, p, &files->results) == KINMU_OK;
    if (is_good && (files->wanted & PRODUCT_DIFFERENCES) != 0) {
        is_good = days_create(files->texts, &before, &files->days_before) == KINMU_OK;
    }
    if (!is_good) {
        product_destroy(files);
        return KINMU_E_NOMEM;
    }
    *out = files;
    return KINMU_OK;
}

void product_record(product *files, uint32_t kind, const kinmu_event *record) {
    static void (*const of_people[])(directory * d, const kinmu_event *record) = {
        [PRODUCT_PERSON] = directory_person,   [PRODUCT_ASSIGNMENT] = directory_assignment,
        [PRODUCT_GROUP] = directory_group,     [PRODUCT_ACCOUNT] = directory_account,
        [PRODUCT_SETTING] = directory_setting, [PRODUCT_COMPUTER] = directory_computer,
        [PRODUCT_DEVICE] = directory_device,   [PRODUCT_PATTERN] = directory_pattern};
    if (files->wanted == 0 && kind != PRODUCT_SETTING) { /* the plan is asked for always */
        return;
    }
    if (kind < sizeof of_people / sizeof of_people[0]) {
        of_people[kind](files->people, record);
        return;
    }
    switch (kind) {
    case PRODUCT_SITE:
        sites_add(files->sites, record);
        break;
    case PRODUCT_DAY:
        days_add(files->days, record);
        if (files->days_before != NULL) {
            days_add(files->days_before, record);
        }
        break;
    case PRODUCT_TASK:
        tasks_add(files->tasks, record);
        if ((files->wanted & PRODUCT_RESULTS) != 0) {
            results_add(files->results, record);
        }
        break;
    case PRODUCT_REQUEST:
        approvals_request(files->approvals, record);
        break;
    case PRODUCT_DECISION:
        approvals_decision(files->approvals, record);
        break;
    default:
        break;
    }
}

static int32_t seal(product *files) {
    if (files->bought != NULL) {
        return KINMU_OK;
    }
    int32_t status = directory_seal(files->people);
    files->bought = plans_find(directory_plan(files->people, files->period.last));
    if (status == KINMU_OK) {
        status = days_seal(files->days, files->people);
    }
    if (status == KINMU_OK && files->days_before != NULL) {
        status = days_seal(files->days_before, files->people);
    }
    if (status == KINMU_OK) {
        status = tasks_seal(files->tasks, files->people, files->days);
    }
    status = status == KINMU_OK ? sites_seal(files->sites) : status;
    return words_failed(files->texts) ? KINMU_E_NOMEM : status;
}

const plan *product_plan(product *files) {
    return seal(files) == KINMU_OK ? files->bought : NULL;
}

int32_t product_open_entry(product *files, const pack *into, const char *file, const char *headers,
                           sheet **out, kinmu_err *err) {
    char name[SHEET_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s/%s.csv", into->name, file);
    return folder_open_entry(files->folder, into->archive, name, headers, out, err);
}

int32_t product_open_pack(const product *files, const char *stem, pack *out, kinmu_err *err) {
    out->choice = stem;
    period_name(&files->period, stem, "zip", out->name);
    return folder_open_archive(files->folder, out->name, &out->archive, err);
}

int32_t product_close_pack(pack *done, kinmu_err *err) {
    archive *a = done->archive;
    done->archive = NULL;
    return folder_close_archive(a, done->name, err);
}

/* ---- logs: two archives grow side by side, opened with the first log or at the end ---- */

static int32_t open_users(product *files, kinmu_err *err) {
    int32_t status = product_open_pack(files, "pc", &files->pc, err);
    if (status != KINMU_OK) {
        return status;
    }
    (void)snprintf(files->prefix, sizeof files->prefix, "%s/", files->pc.name);
    const user_style style = {.into = files->pc.archive,
                              .prefix = files->prefix,
                              .people = files->people,
                              .texts = files->texts,
                              .with_titles = files->with_titles,
                              .with_app = plans_has_file(files->bought, files->pc.choice, "app"),
                              .with_presence = 1};
    return user_sheets_create(files->folder, &style, &files->users);
}

static int32_t open_app_times(product *files, kinmu_err *err) {
    static const char name[] = "application_aggregation";
    int32_t status = product_open_pack(files, "aggregation", &files->aggregation, err);
    if (status != KINMU_OK || !plans_has_file(files->bought, files->aggregation.choice, name)) {
        return status;
    }
    status = product_open_entry(files, &files->aggregation, name, app_times_headers,
                                &files->app_sheet, err);
    const app_style style = {.sheet = files->app_sheet,
                             .texts = files->texts,
                             .people = files->people,
                             .tasks = files->tasks,
                             .sites = files->sites};
    return status == KINMU_OK ? app_times_create(&style, &files->app_times) : status;
}

static int32_t has_logs(const product *files) {
    return (files->wanted & (PRODUCT_PC | PRODUCT_AGGREGATION)) != 0;
}

static int32_t open_logs(product *files, kinmu_err *err) {
    int32_t status = seal(files);
    if (status == KINMU_OK && (files->wanted & PRODUCT_PC) != 0 && files->users == NULL) {
        status = open_users(files, err);
    }
    if (status == KINMU_OK && (files->wanted & PRODUCT_AGGREGATION) != 0 &&
        files->aggregation.archive == NULL) {
        status = open_app_times(files, err);
    }
    if (status == KINMU_OK && has_logs(files) && files->spool == NULL &&
        directory_binds_computers(files->people, &files->period)) {
        status = spool_create(files->folder, files->texts, files->people, &files->spool, err);
    }
    return status;
}

static int32_t log_of_user(product *files, const log_user *whose, uint32_t kind,
                           const kinmu_event *event, kinmu_err *err) {
    int32_t status = user_sheets_turn_to(files->users, whose, err);
    if (status == KINMU_OK && kind == PRODUCT_MINUTE) {
        status = user_sheets_minute(files->users, event, err);
    } else if (status == KINMU_OK && kind == PRODUCT_FOCUS) {
        user_sheets_focus(files->users, event);
    } else if (status == KINMU_OK && kind == PRODUCT_PRESENCE) {
        user_sheets_presence(files->users, event);
    }
    return status;
}

static int32_t write_log(void *user, const log_user *whose, uint32_t kind, const kinmu_event *event,
                         kinmu_err *err) {
    product *files = user;
    int32_t status = KINMU_OK;
    if (files->users != NULL) {
        status = log_of_user(files, whose, kind, event, err);
    }
    if (status == KINMU_OK && files->app_times != NULL && kind == PRODUCT_MINUTE) {
        status = app_times_minute(files->app_times, whose, event);
    } else if (status == KINMU_OK && files->app_times != NULL && kind == PRODUCT_FOCUS) {
        status = app_times_focus(files->app_times, whose, event);
    }
    return status;
}

/* By account, whose it is on the last day. */
static int32_t find_user(product *files, const char *account) {
    if (files->user_name != NULL && strcmp(files->user_name, account) == 0) {
        return KINMU_OK;
    }
    size_t size = strlen(account) + 1;
    char *copy = realloc(files->user_name, size);
    if (copy == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(copy, account, size);
    files->user_name = copy;
    uint32_t id =
        directory_owner(files->people, words_find(files->texts, account), files->period.last);
    files->user = (log_user){copy, directory_find(files->people, id)};
    return KINMU_OK;
}

/* By what binds on the day of the event; WORDS_NONE: nobody's. */
static uint32_t bound_to(product *files, const kinmu_event *event) {
    char origin[ORIGIN_BYTES * 2];
    for (size_t i = 0; i < ORIGIN_BYTES; i++) {
        origin[i * 2] = "0123456789abcdef"[event->origin[i] >> 4];
        origin[i * 2 + 1] = "0123456789abcdef"[event->origin[i] & 15];
    }
    uint32_t account = words_number(files->texts, event->subject, strlen(event->subject));
    uint32_t device = words_number(files->texts, origin, sizeof origin);
    uint32_t id = directory_bound(files->people, account, device,
                                  moment_day(event->unix_ns, event->utc_offset_s));
    return directory_find(files->people, id) != NULL ? id : WORDS_NONE;
}

static int32_t spool_log(product *files, uint32_t kind, const kinmu_event *event, kinmu_err *err) {
    uint32_t id = bound_to(files, event);
    uint32_t account = words_number(files->texts, event->subject, strlen(event->subject));
    if (words_failed(files->texts)) {
        return KINMU_E_NOMEM;
    }
    return spool_add(files->spool, id != WORDS_NONE ? id : account, id != WORDS_NONE, kind, event,
                     err);
}

int32_t product_log(product *files, uint32_t kind, const kinmu_event *event, kinmu_err *err) {
    if (!has_logs(files)) {
        return KINMU_OK;
    }
    int32_t status = open_logs(files, err);
    if (status != KINMU_OK || files->spool != NULL) {
        return status == KINMU_OK ? spool_log(files, kind, event, err) : status;
    }
    status = find_user(files, event->subject);
    return status == KINMU_OK ? write_log(files, &files->user, kind, event, err) : status;
}

int32_t product_end_logs(product *files, kinmu_err *err) {
    int32_t status = open_logs(files, err);
    if (status == KINMU_OK && files->spool != NULL) {
        status = spool_give(files->spool, write_log, files, err);
    }
    return status;
}

/* ---- lists of logs ---- */

int32_t product_open_log_list(product *files, kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    int32_t status = seal(files);
    if (status != KINMU_OK || files->log_list != NULL) {
        return status;
    }
    period_name(&files->period, "log_list", "csv", name);
    return folder_open_sheet(files->folder, name, log_list_headers, &files->log_list, err);
}

int32_t product_open_attendance(product *files) {
    int32_t status = seal(files);
    return status != KINMU_OK || files->attendance != NULL
               ? status
               : attendance_log_create(files->texts, files->people, files->days,
                                       &files->attendance);
}

/* Whose a log is: the person a punch names, else whose the PC or the account is on that day. */
static uint32_t owner_of(product *files, uint32_t kind, const kinmu_event *event) {
    uint32_t id = kind == LOG_LIST_PUNCH
                      ? words_value(files->texts, field_value(event, KINMU_ATTENDANCE_PUNCH_PERSON))
                      : WORDS_NONE;
    return id != WORDS_NONE ? id : bound_to(files, event);
}

int32_t product_list(product *files, uint32_t kind, const kinmu_event *event, kinmu_err *err) {
    int32_t is_listed = (files->wanted & PRODUCT_LOG_LIST) != 0 && kind != LOG_LIST_MINUTE;
    int32_t is_linked = (files->wanted & PRODUCT_ATTENDANCE_LOG) != 0 && kind <= LOG_LIST_MINUTE;
    int32_t status = is_listed ? product_open_log_list(files, err) : KINMU_OK;
    if (status == KINMU_OK && is_linked) {
        status = product_open_attendance(files);
    }
    if (status != KINMU_OK || (!is_listed && !is_linked)) {
        return status;
    }
    uint32_t owner =
        kind <= LOG_LIST_MINUTE ? owner_of(files, kind, event) : WORDS_NONE; /* of an account */
    if (is_listed) {
        const char *user = owner != WORDS_NONE ? words_text(files->texts, owner) : event->subject;
        log_list_write(files->log_list, kind, user, event);
    }
    if (is_linked) {
        attendance_log_take(files->attendance, kind, owner, event);
    }
    return words_failed(files->texts) ? KINMU_E_NOMEM : KINMU_OK;
}

void product_destroy(product *files) {
    if (files == NULL) {
        return;
    }
    spool_destroy(files->spool);
    free(files->user_name);
    user_sheets_destroy(files->users);
    app_times_destroy(files->app_times);
    kinmu_err ignored = {"", ""};
    (void)sheet_close(files->app_sheet, &ignored);
    (void)sheet_close(files->log_list, &ignored);
    attendance_log_destroy(files->attendance);
    results_destroy(files->results);
    (void)archive_close(files->pc.archive);
    (void)archive_close(files->aggregation.archive);
    sites_destroy(files->sites);
    approvals_destroy(files->approvals);
    tasks_destroy(files->tasks);
    days_destroy(files->days_before);
    days_destroy(files->days);
    directory_destroy(files->people);
    words_destroy(files->texts);
    free(files);
}
