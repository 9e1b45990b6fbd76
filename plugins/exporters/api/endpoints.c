/* api/endpoints.c - which addresses there are, with the parameters they take: one table that
 * requests are found by and the description is printed from. */
#include "access/factor.h"

#include <string.h>

#define PARAMETER(name, type, choices, doc)                                                        \
    { name, KINMU_TYPE_##type, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", choices, doc }

static const kinmu_field rows_parameters[] = {
    PARAMETER("person", TEXT, NULL, "Only rows of this person (id)."),
    PARAMETER("subject", TEXT, NULL, "Only rows of this login account."),
    PARAMETER("from", TIME, NULL, "Rows of this moment or later."),
    PARAMETER("to", TIME, NULL, "Rows before this moment."),
    PARAMETER("order", TEXT, "time|-time|journal|key",
              "Logs: time (with person or subject) or journal, as rows came; records: key."),
    PARAMETER("limit", I64, NULL, "Rows a page, 1 to 1000; 100 when not given."),
    PARAMETER("cursor", TEXT, NULL, "next of the page before."),
};

static const kinmu_field timeline_parameters[] = {
    PARAMETER("from", TIME, NULL,
              "Where the day begins; needed. The answer's moments have its offset."),
    PARAMETER("to", TIME, NULL, "Where it ends, at most 25 hours later; 24 when not given."),
};

static const kinmu_field workdata_parameters[] = {
    PARAMETER("month", TEXT, NULL, "The month, 202611; needed."),
    PARAMETER("person", TEXT, NULL, "Only rows of this person (id)."),
    PARAMETER("limit", I64, NULL, "Rows a page, 1 to 1000; 1000 when not given."),
    PARAMETER("cursor", TEXT, NULL, "next of the page before."),
};

static const kinmu_field search_parameters[] = {
    PARAMETER("person", TEXT, NULL, "Only rows of this person (id)."),
    PARAMETER("subject", TEXT, NULL, "Only rows of this login account."),
    PARAMETER("from", TIME, NULL, "Rows of this moment or later."),
    PARAMETER("to", TIME, NULL, "Rows before this moment; now when not given."),
    PARAMETER("days", I64, NULL, "Instead of from: so many days before to; 30 when not given."),
    PARAMETER("text", TEXT, NULL, "A part that stands in any text of the row."),
    PARAMETER("limit", I64, NULL, "Rows a page, 1 to 1000; 100 when not given."),
    PARAMETER("cursor", TEXT, NULL, "next of the page before."),
};

static const kinmu_field attendance_parameters[] = {
    PARAMETER("person", TEXT, NULL, "Only days of this person (id)."),
    PARAMETER("date.min", TEXT, NULL, "First business day, 2026-11-22; 29 days before the last."),
    PARAMETER("date.max", TEXT, NULL, "Last business day; today when not given."),
    PARAMETER("limit", I64, NULL, "Days a page, 1 to 200; 100 when not given."),
    PARAMETER("cursor", TEXT, NULL, "next of the page before."),
};

static const kinmu_field differences_parameters[] = {
    PARAMETER("month", TEXT, NULL, "The month, 202611; needed. The one before stands beside it."),
    PARAMETER("threshold", I64, NULL, "Minutes; up to it a difference is ignored. 30, 0 to 1440."),
    PARAMETER("against", TEXT, "punch|schedule", "Punches, or the planned clocks."),
    PARAMETER("by", TEXT, "person|group", "What a row is."),
    PARAMETER("person", TEXT, NULL, "Only this person (id)."),
    PARAMETER("limit", I64, NULL, "People a page, 1 to 1000; 100 when not given."),
    PARAMETER("cursor", TEXT, NULL, "next of the page before."),
};

static const kinmu_field saved_parameters[] = {
    PARAMETER("limit", I64, NULL, "Rows a page, 1 to 1000."),
    PARAMETER("cursor", TEXT, NULL, "next of the page before."),
};

static const kinmu_field master_parameters[] = {
    PARAMETER("encoding", TEXT, "cp932|utf8", "Character set of the file; cp932."),
    PARAMETER("from_date", TEXT, NULL, "Of schedule: first day; not given: that of this month."),
    PARAMETER("to_date", TEXT, NULL,
              "Of schedule: last day; not given: that of the first one's month."),
    PARAMETER("group_id", TEXT, NULL, "Of schedule: who is in this group or below it."),
};

static const kinmu_field import_parameters[] = {
    PARAMETER("dry_run", BOOL, NULL, "Only tell what would change."),
    PARAMETER("force", BOOL, NULL, "Overwrite what was changed since the download."),
    PARAMETER("base", I64, NULL, "Position of the download; not given: as the files say."),
    PARAMETER("lenient", BOOL, NULL, "Accept files written as the examples of N's guide are."),
    PARAMETER("encoding", TEXT, "cp932|utf8", "Character set of the files; cp932."),
    PARAMETER("from_date", TEXT, NULL,
              "First day groups and patterns hold; not given: today, or since ever for what is "
              "new."),
    PARAMETER("reason", TEXT, NULL, "Why; kept in the audit entries."),
};

#define MEMBER(name, type, flags, doc)                                                             \
    { name, KINMU_TYPE_##type, flags, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, doc }
#define IS_BEARER                                                                                  \
    MEMBER("bearer", BOOL, 0,                                                                      \
           "The session comes in the answer, for Authorization, and no cookie is set.")

#define CODE                                                                                       \
    MEMBER(                                                                                        \
        "code", TEXT, 0,                                                                           \
        "Of his second factor, where he has one (code.needed): six digits, or a recovery code.")

static const kinmu_field login_members[] = {
    MEMBER("person", TEXT, KINMU_FIELD_REQUIRED, "Who (id)."),
    MEMBER("password", TEXT, KINMU_FIELD_REQUIRED, "His password."),
    CODE,
    IS_BEARER,
};

static const kinmu_field invited_members[] = {
    MEMBER("person", TEXT, KINMU_FIELD_REQUIRED, "Who (id)."),
    MEMBER("invite", TEXT, KINMU_FIELD_REQUIRED, "The invitation: kinmu_i_…"),
    MEMBER("password", TEXT, KINMU_FIELD_REQUIRED,
           "The password from now on: 15 characters or more, 256 bytes at most, nothing that is "
           "guessed first."),
    CODE,
    IS_BEARER,
};

static const kinmu_field change_members[] = {
    MEMBER("current", TEXT, KINMU_FIELD_REQUIRED, "The password until now."),
    MEMBER("password", TEXT, KINMU_FIELD_REQUIRED, "The password from now on."),
    IS_BEARER,
};

static const kinmu_field offer_members[] = {
    MEMBER("password", TEXT, KINMU_FIELD_REQUIRED, "The password."),
    CODE,
};

static const kinmu_field confirm_members[] = {
    MEMBER("code", TEXT, KINMU_FIELD_REQUIRED, "The first code of the new second factor."),
    IS_BEARER,
};

static const kinmu_field remove_members[] = {
    MEMBER("password", TEXT, KINMU_FIELD_REQUIRED, "The password."),
    CODE,
    IS_BEARER,
};

#define WITH(table) (table), (uint32_t)(sizeof(table) / sizeof((table)[0]))
#define NOTHING NULL, 0

const endpoint api_endpoints[] = {
    {"GET", "openapi.json", "", run_collect, openapi_job, NOTHING, "This description."},
    {"GET", "me", "", NULL, me_job, NOTHING, "Who the caller is, and what he may."},
    {"GET", "schemas", "", NULL, schemas_job, NOTHING,
     "Which schemas there are, with their fields."},
    {"GET", "rows/{schema}", "read", NULL, rows_job, WITH(rows_parameters),
     "Rows of a schema, those the caller may see, with the fields he may see."},
    {"GET", "rows/{schema}/{version}", "read", NULL, rows_job, WITH(rows_parameters),
     "The same of an older version."},
    {"GET", "people/{person}/timeline", "read", NULL, timeline_job, WITH(timeline_parameters),
     "A day of a person: lanes of work, task, presence and incident, and what the PCs recorded."},
    {"GET", "kinmu", "read", NULL, workdata_job, WITH(workdata_parameters),
     "勤務データ: a row for each employee and day of a month, the eleven columns of "
     "kinmu_yyyyMM.csv."},
    {"GET", "jobs", "call", export_list_find, export_list_job, NOTHING,
     "Which export jobs there are."},
    {"GET", "jobs/{job}", "call", export_show_find, export_show_job, NOTHING,
     "An export job: its state and its files."},
    {"GET", "jobs/{job}/files/{file}", "call", download_find, download_job, NOTHING,
     "A file of a finished export job, as it is."},
    {"GET", "search/{schema}", "read", NULL, search_job, WITH(search_parameters),
     "Rows of a log of the last days that meet conditions, newest first, a bounded time a page."},
    {"GET", "attendance/logs", "read", NULL, attendance_job, WITH(attendance_parameters),
     "出退勤ログ: the logs that became start and end of business days."},
    {"GET", "reports/differences", "read", NULL, differences_job, WITH(differences_parameters),
     "勤怠差異: how far PC and punches, or PC and schedule, lie apart, beside the month before."},
    {"GET", "searches", "", NULL, searches_job, NOTHING, "The searches the caller keeps."},
    {"GET", "searches/{name}/rows", "read", NULL, saved_run_job, WITH(saved_parameters),
     "Runs one of them."},
    {"GET", "master/{file}", "call", master_find, master_job, WITH(master_parameters),
     "A master file as an import takes it: group, user, work_pattern, url_name or schedule."},
    {"POST", "imports", "call", upload_find, upload_job, WITH(import_parameters),
     "Takes files of master data, multipart/form-data: all of them or none."},
    {"POST", "sessions", NULL, login_prepare, login_job, WITH(login_members),
     "Logs in; the session is in a cookie."},
    {"GET", "sessions", "", NULL, sessions_job, NOTHING, "One's own sessions."},
    {"DELETE", "sessions/{session}", "", NULL, session_end_job, NOTHING,
     "Logs out: one of one's own sessions by its id, \"current\" being this one."},
    {"DELETE", "sessions", "", NULL, sessions_end_job, NOTHING, "Logs out everywhere."},
    {"POST", "login/password", NULL, login_invited_prepare, login_invited_job,
     WITH(invited_members), "Sets a password by an invitation, once, and logs in."},
    {"POST", "me/password", "", login_change_prepare, login_change_job, WITH(change_members),
     "Changes one's own password; all other sessions are over."},
    {"POST", "me/second_factor", "", factor_offer_prepare, factor_offer_job, WITH(offer_members),
     "Offers a second factor, a new one where there is one: its secret, shown this once."},
    {"POST", "me/second_factor/confirm", "", factor_confirm_prepare, factor_confirm_job,
     WITH(confirm_members),
     "Sets it up by its first code, and gives ten recovery codes, shown this once; all other "
     "sessions are over."},
    {"POST", "me/second_factor/remove", "", factor_remove_prepare, factor_remove_job,
     WITH(remove_members), "Removes it; all other sessions are over."},
    {"GET", "commands", "", run_collect, commands_list_job, NOTHING,
     "Which commands there are, with their permissions."},
    {"POST", "commands/{instance+}/{command}", "call", run_find, command_job, NOTHING,
     "Sends a command."},
};
const uint32_t api_endpoint_count = sizeof api_endpoints / sizeof api_endpoints[0];

/* 1 when the path's segments are of this form; {x+} stands for one segment or more. */
static int32_t matches(const char *form, const target *t) {
    uint32_t at = 0;
    while (*form != '\0') {
        size_t size = strcspn(form, "/");
        int32_t is_word = form[0] == '{';
        int32_t is_many = is_word && size > 2 && form[size - 2] == '+';
        uint32_t behind = 0;
        for (const char *c = form + size; *c != '\0'; c++) {
            behind += *c == '/';
        }
        if (at >= t->segment_count) {
            return 0;
        }
        if (!is_word &&
            (strlen(t->segments[at]) != size || memcmp(t->segments[at], form, size) != 0)) {
            return 0;
        }
        at++;
        while (is_many && at + behind < t->segment_count) {
            at++;
        }
        form += size + (form[size] == '/');
    }
    return at == t->segment_count;
}

int32_t endpoint_has_members(const endpoint *e) {
    return strcmp(e->method, "POST") == 0 && strcmp(e->path, "imports") != 0;
}

const endpoint *endpoint_find(exchange *x, int32_t *is_known) {
    const char *method = strcmp(x->method, "HEAD") == 0 ? "GET" : x->method;
    *is_known = 0;
    if (!target_parse_path(&x->memory, x->path, &x->target)) {
        return NULL;
    }
    for (uint32_t i = 0; i < api_endpoint_count; i++) {
        if (!matches(api_endpoints[i].path, &x->target)) {
            continue;
        }
        *is_known = 1;
        if (strcmp(api_endpoints[i].method, method) == 0) {
            return &api_endpoints[i];
        }
    }
    return NULL;
}

int32_t endpoint_has(const endpoint *e, const char *parameter) {
    for (uint32_t i = 0; i < e->parameter_count; i++) {
        if (strcmp(e->parameters[i].name, parameter) == 0) {
            return 1;
        }
    }
    return 0;
}

int32_t endpoint_takes(exchange *x) {
    for (uint32_t i = 0; i < x->target.parameter_count; i++) {
        const char *name = x->target.parameters[i].name;
        if (!endpoint_has(x->endpoint, name)) {
            problem_set(x, 422, "query.unknown", name, NULL);
            return 0;
        }
    }
    return 1;
}

const endpoint *endpoint_of(const char *path) {
    for (uint32_t i = 0; i < api_endpoint_count; i++) {
        if (strcmp(api_endpoints[i].path, path) == 0) {
            return &api_endpoints[i];
        }
    }
    return NULL;
}
