/* people/people.c - master data: people, groups, patterns, accounts, computers, holidays, names of
 * sites, settings, and the days of attendance systems. The plugin's table, and the instance's life.
 *
 * This plugin owns these records; everybody else asks it by commands. It decides
 * (plugins/shared/desk.h) and keeps nothing in memory between calls. */
#include "people.h"
#include "sheets.h"
#include "titles.h"

#include <kinmu/events/audit.h>
#include <kinmu/events/import.h>
#include <kinmu/events/session.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNED (KINMU_EMITS | KINMU_ACCEPTS)

static const kinmu_schema_use uses[USES] = {
    [KIND_PERSON] = {&kinmu_people_person, OWNED, 0},
    [KIND_ASSIGNMENT] = {&kinmu_people_assignment, OWNED, 0},
    [KIND_GROUP] = {&kinmu_people_group, OWNED, 0},
    [KIND_PATTERN] = {&kinmu_people_pattern, OWNED, 0},
    [KIND_ACCOUNT] = {&kinmu_people_account, OWNED, 0},
    [KIND_COMPUTER] = {&kinmu_people_computer, OWNED, 0},
    [KIND_HOLIDAY] = {&kinmu_people_holiday, OWNED, 0},
    [KIND_SITE] = {&kinmu_people_site, OWNED, 0},
    [KIND_SETTING] = {&kinmu_people_setting, OWNED, 0},
    [KIND_DAY] = {&kinmu_attendance_day, OWNED, 0},
    [KIND_HOLD] = {&kinmu_audit_hold, OWNED, 0},
    [KIND_DEMAND] = {&kinmu_audit_demand, OWNED, 0},
    [KIND_ACCESS] = {&kinmu_audit_access, OWNED, 0},
    [KIND_SCHEDULE] = {&kinmu_people_schedule, OWNED, 0},
    [USE_CHANGE] = {&kinmu_audit_change, OWNED, 0},
    [USE_READ] = {&kinmu_audit_read, KINMU_EMITS, 0},
    [USE_IMPORT] = {&kinmu_import_result, KINMU_EMITS, 0},
    [USE_SESSION] = {&kinmu_session_change, KINMU_ACCEPTS, 0},
};

static const kinmu_metric metrics[] = {
    [DESK_DECISIONS] = {"decisions_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Decisions written; several calls may be one."},
    [DESK_CONFLICTS] = {"conflicts_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Decisions judged again, since another came first."},
    [DESK_REFUSED] = {"calls_refused_total", KINMU_METRIC_COUNTER, 0, "count",
                      "Calls answered with an error."},
};

static const kinmu_option options[] = {
    {.name = "attendance",
     .type = KINMU_OPT_ROWS,
     .offset = offsetof(people_config, attendance),
     .max = 32,
     .columns = {sheet_profile_columns, SHEET_PROFILE_COLUMNS, (uint32_t)sizeof(kinmu_option)},
     .row_size = sizeof(profile),
     .doc = "Layouts of attendance systems' CSV: which column is what. jinjer's and KING OF TIME's "
            "PC log are known.",
     .doc_ja = "勤怠システムの CSV の並び。どの見出しが何かを書く。jinjer と KING OF TIME の PC "
               "ログは書かなくてよい。",
     .since = "1.0"},
    {.name = "time_records",
     .type = KINMU_OPT_DURATION,
     .offset = offsetof(people_config, time_records_ms),
     .default_text = "1095d",
     .min = 0,
     .max = INT64_C(36500) * 86400000,
     .doc =
         "How long the law keeps records of working time; `person erase` spares what is younger. "
         "Japan: 3 years for now (Labour Standards Act art. 109 and suppl. 143), then 5 "
         "(1826d). 0s where no law asks for it.",
     .doc_ja = "労働時間の記録を法律が保存させる期間。person erase は、これより新しい記録を残す。"
               "日本では当分の間 3 年（労働基準法 109 条・附則 143 条）、本来は 5 年（1826d）。"
               "0s = 保存義務なし。",
     .since = "1.0"},
};

/* A text that was cut ends with a whole character. */
static void end_whole(char *text, size_t size) {
    size_t at = size;
    while (at > 0 && ((uint8_t)text[at - 1] & 0xC0) == 0x80) {
        at--;
    }
    if (at > 0 && (uint8_t)text[at - 1] >= 0xC0) {
        uint8_t lead = (uint8_t)text[at - 1];
        size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (at - 1 + length > size) {
            text[at - 1] = '\0';
        }
    }
}

int32_t people_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...) {
    va_list arguments;
    if (err != NULL) {
        (void)snprintf(err->key, sizeof err->key, "%s", key);
        va_start(arguments, format);
        (void)vsnprintf(err->msg, sizeof err->msg, format, arguments);
        va_end(arguments);
        end_whole(err->msg, strlen(err->msg));
    }
    return status;
}

int32_t people_known(const book *b, change *c, const char *person, const char *group) {
    if (person[0] != '\0' && book_first(b, KIND_PERSON, person) == NULL) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "person.unknown",
                           "「%s」という人は登録されていません / there is no person \"%s\"", person,
                           person);
    }
    if (group[0] != '\0' && book_first(b, KIND_GROUP, group) == NULL) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "group.unknown",
                           "「%s」というグループはありません / there is no group \"%s\"", group,
                           group);
    }
    return KINMU_OK;
}

void people_tell_health(people *p) {
    char text[sizeof p->demands + sizeof p->contract + 4];
    int32_t is_quiet = p->demands[0] == '\0' && p->contract[0] == '\0';
    (void)snprintf(text, sizeof text, "%s%s%s", p->demands,
                   p->demands[0] != '\0' && p->contract[0] != '\0' ? "; " : "", p->contract);
    p->host->health(p->host, p->is_overdue ? KINMU_HEALTH_DEGRADED : KINMU_HEALTH_OK,
                    is_quiet ? PEOPLE_READY : text);
}

static void count(void *owner, uint32_t what, uint64_t by) {
    people *p = owner;
    p->metrics->add(p->host, what, by);
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    people *p = calloc(1, sizeof *p);
    *instance = p;
    if (p == NULL) {
        return people_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    p->host = host;
    p->config = config;
    p->erasure = host->iface(host, KINMU_ERASURE_1);
    p->desk = (desk){.host = host,
                     .name = "people",
                     .owner = p,
                     .book_size = sizeof(book),
                     .kept_size = sizeof(change),
                     .audit_schema = USE_CHANGE,
                     .read = flow_read,
                     .judge = flow_judge,
                     .write = flow_write,
                     .after = flow_after,
                     .empty = flow_empty,
                     .count = count};
    int32_t status = desk_create(&p->desk, err);
    p->records = p->desk.records;
    p->metrics = p->desk.metrics;
    return status;
}

static int32_t start(void *instance, kinmu_err *err) {
    people *p = instance;
    (void)err;
    desk_open(&p->desk);
    renew_begin(p);
    p->host->health(p->host, KINMU_HEALTH_OK, PEOPLE_READY);
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    people *p = instance;
    (void)err;
    p->desk.timer->cancel(p->host, p->daily_timer);
    p->daily_timer = 0;
    desk_close(&p->desk);
    return KINMU_OK;
}

static void destroy(void *instance) {
    people *p = instance;
    if (p != NULL) {
        desk_end(&p->desk);
        free(p);
    }
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .flags = KINMU_PLUGIN_SINGLE,
    .config_size = sizeof(people_config),
    .name = "people",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc =
        "Master data as decisions: people, groups, work patterns, accounts, computers, holidays, "
        "settings; and the files they are imported from.",
    .doc_ja = "名簿の管理。人・グループ・勤務パターン・アカウント・コンピュータ・休日・設定と、その"
              "取込ファイル。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(uses),
    .commands = {people_command_rows, PEOPLE_COMMANDS, (uint32_t)sizeof(kinmu_command)},
    .metrics = KINMU_TABLE(metrics),
    .titles = KINMU_TABLE(shared_titles),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .call = people_call,
};

KINMU_MODULE(&plugin);
