/* api/access/session.c - people who are logged in. A session is a record, looked at anew for each
 * request: what ended has ended, on however many nodes. Its text is in the browser's cookie, or
 * with the program that asked for it, and nowhere else. */
#include "access/factor.h"
#include "wire/moment.h"
#include "access/reading.h"

#include <kinmu/events/access.h>
#include <kinmu/events/people.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define SEEN_PARTS 6 /* of the time a session may be idle: after each the store is told */

/* ---- the administrator's first ---- */

int32_t login_has_admin(const api *a, memory *m, uint64_t decision, int32_t *has) {
    const kinmu_filter admins[] = {{"is_admin", KINMU_COMPARE_EQUAL, 0, kinmu_bool(1)},
                                   {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("active")}};
    const kinmu_filter logins[] = {{"role", KINMU_COMPARE_EQUAL, 0, kinmu_text("admin")},
                                   {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("active")}};
    table people;
    table rows;
    *has = 0;
    const table_source from = {a->host, a->records, m, decision, 0};
    int32_t status = table_read(&from, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS, logins, 2, NULL,
                                KINMU_RECORDS_PAGE_MAX, &rows);
    if (status == KINMU_OK && rows.count > 0) {
        status = table_read(&from, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, admins, 2, NULL,
                            KINMU_RECORDS_PAGE_MAX, &people);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < rows.count; i++) {
        const char *person = table_text(rows.rows[i], KINMU_ACCESS_LOGIN_PERSON);
        for (uint32_t k = 0; k < people.count && !*has; k++) {
            *has = table_is(people.rows[k], KINMU_PEOPLE_PERSON_PERSON, person) &&
                   table_number(people.rows[k], KINMU_PEOPLE_PERSON_RESUMED) ==
                       table_number(rows.rows[i], KINMU_ACCESS_LOGIN_RESUMED);
        }
    }
    return status;
}

/* ---- who asks [job] ---- */

static int32_t refuse(exchange *x) {
    problem_set(x, 401, "session.over", NULL, NULL);
    return 0;
}

static int32_t is_alive(const exchange *x, const kinmu_value *session, const kinmu_value *login) {
    return table_is(session, KINMU_ACCESS_SESSION_STATE, "active") &&
           table_number(session, KINMU_ACCESS_SESSION_EXPIRES_NS) > x->now_ns &&
           table_number(session, KINMU_ACCESS_SESSION_SEEN_NS) + x->session_idle_ms * NS_PER_MS >
               x->now_ns &&
           table_is(login, KINMU_ACCESS_LOGIN_STATE, "active") &&
           table_number(session, KINMU_ACCESS_SESSION_GENERATION) ==
               table_number(login, KINMU_ACCESS_LOGIN_GENERATION);
}

void session_csrf(const char *text, char csrf[LOGIN_CSRF_SIZE]) {
    char about[TOKEN_SIZE + 8];
    uint8_t sha256[TOKEN_HASH_SIZE] = {0};
    int size = snprintf(about, sizeof about, "csrf %s", text);
    (void)token_hash(about, (size_t)size, sha256);
    token_hex(csrf, sha256, (LOGIN_CSRF_SIZE - 1) / 2);
}

static int32_t fill_caller(exchange *x, const kinmu_value *login) {
    caller *c = &x->caller;
    c->role = table_text(login, KINMU_ACCESS_LOGIN_ROLE);
    c->rights =
        gate_rights(x, c->role, x->session_person, table_number(login, KINMU_ACCESS_LOGIN_RESUMED));
    if (x->status != 0) {
        return 0;
    }
    if (strcmp(c->role, "bootstrap") == 0) {
        c->scope = gate_bootstrap_scope;
        (void)snprintf(c->name, sizeof c->name, "login:%s", x->session_person);
    } else {
        c->person = x->session_person;
        (void)snprintf(c->name, sizeof c->name, "person:%s", c->person);
    }
    if (c->rights == 0) { /* who was suspended, and the like */
        return refuse(x);
    }
    return factor_admits(x, c->role);
}

int32_t session_enter(exchange *x, const char *text) {
    char id[TOKEN_ID_SIZE];
    uint8_t sha256[TOKEN_HASH_SIZE];
    const kinmu_value *session = NULL;
    const kinmu_value *login = NULL;
    if (!token_parse(TOKEN_SESSION, text, id) || !token_hash(text, strlen(text), sha256)) {
        x->is_unknown = 1;
        return refuse(x);
    }
    if (!reading_one(x, USE_SESSION, KINMU_ACCESS_SESSION_FIELDS, "session_id", id, &session)) {
        return 0;
    }
    if (session == NULL || session[KINMU_ACCESS_SESSION_SHA256].size != TOKEN_HASH_SIZE ||
        !token_is_same(session[KINMU_ACCESS_SESSION_SHA256].as.bytes, sha256, TOKEN_HASH_SIZE)) {
        x->is_unknown = 1;
        return refuse(x);
    }
    x->session_person = table_text(session, KINMU_ACCESS_SESSION_PERSON);
    if (!reading_one(x, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS, "person", x->session_person,
                     &login)) {
        return 0;
    }
    if (!is_alive(x, session, login)) {
        return refuse(x);
    }
    x->session_id = table_text(session, KINMU_ACCESS_SESSION_SESSION_ID);
    x->session_text = text;
    x->session_expires_ns = table_number(session, KINMU_ACCESS_SESSION_EXPIRES_NS);
    x->is_seen_due = table_number(session, KINMU_ACCESS_SESSION_SEEN_NS) +
                         x->session_idle_ms * NS_PER_MS / SEEN_PARTS <
                     x->now_ns;
    return fill_caller(x, login);
}

/* ---- turns ---- */

static void on_seen(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                    const char *text) {
    (void)user; /* when it failed the next request tells again */
    (void)status;
    (void)values;
    (void)count;
    (void)text;
}

void session_tell_seen(exchange *x) {
    api *a = x->owner;
    if (x->is_seen_due) {
        const kinmu_value value = kinmu_text(x->session_id);
        (void)a->calls->send(a->host, a->host->instance, "session_seen", &value, 1, on_seen, NULL);
    }
}

static void set_cookie(exchange *x, const char *text, int64_t seconds) {
    x->set_cookie = memory_print(&x->memory,
                                 LOGIN_COOKIE "=%s; Path=/; Max-Age=%lld; Secure; HttpOnly; "
                                              "SameSite=Strict",
                                 text, (long long)seconds);
}

static void answer_session(exchange *x) {
    const login_try *l = x->login;
    char csrf[LOGIN_CSRF_SIZE];
    char expires[MOMENT_SIZE];
    moment_print(expires, l->expires_ns);
    session_csrf(l->text, csrf);
    exchange_json(x, 200,
                  json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:o*}", "person", l->person, "role",
                            l->role, "session_id", l->session_id, "expires", expires, "csrf",
                            l->is_bearer ? NULL : csrf, "session", l->is_bearer ? l->text : NULL,
                            "recovery_codes", factor_recovery(l)));
    if (!l->is_bearer) {
        set_cookie(x, l->text, (l->expires_ns - x->now_ns) / (1000 * NS_PER_MS));
    }
}

static void on_begun(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text) {
    exchange *x = user;
    (void)values;
    (void)count;
    (void)text;
    if (!x->owner->is_running) { /* it is freed with the instance */
        return;
    }
    if (status == KINMU_OK) {
        answer_session(x);
    } else if (status == KINMU_E_CONFLICT) { /* the login changed in between */
        problem_set(x, 401, "login.wrong", NULL, NULL);
    } else {
        problem_of_status(x, status, "", NULL);
    }
    exchange_answer(x);
}

void session_begin(exchange *x) {
    api *a = x->owner;
    const login_try *l = x->login;
    const kinmu_value values[] = {kinmu_text(l->person),
                                  kinmu_i64(l->generation),
                                  kinmu_text(l->session_id),
                                  kinmu_bytes(l->sha256, sizeof l->sha256),
                                  kinmu_time(l->expires_ns),
                                  kinmu_text(x->address),
                                  l->step >= 0 ? kinmu_i64(l->step) : kinmu_null(),
                                  l->is_recovery ? kinmu_bytes(l->recovery_hash, FACTOR_HASH_SIZE)
                                                 : kinmu_null()};
    int32_t status =
        a->calls->send(a->host, a->host->instance, "session_begin", values, 8, on_begun, x);
    if (status != KINMU_OK) {
        on_begun(x, status, NULL, 0, "");
    }
}

/* ---- logging out ---- */

static void on_ended(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text) {
    exchange *x = user;
    (void)values;
    (void)count;
    if (!x->owner->is_running) {
        return;
    }
    if (status == KINMU_OK) {
        exchange_json(x, 200, json_object());
        if (x->ending[0] == '\0' || strcmp(x->ending, x->session_id) == 0) {
            set_cookie(x, "", 0);
        }
    } else {
        problem_of_status(x, status, text, NULL);
    }
    exchange_answer(x);
}

static void end_go(exchange *x) {
    api *a = x->owner;
    const kinmu_value values[] = {kinmu_text(x->session_person),
                                  x->ending[0] != '\0' ? kinmu_text(x->ending) : kinmu_null()};
    int32_t status =
        a->calls->send(a->host, a->host->instance, "session_end", values, 2, on_ended, x);
    if (status != KINMU_OK) {
        on_ended(x, status, NULL, 0, "");
    }
}

static int32_t needs_session(exchange *x) {
    if (x->session_id == NULL) {
        problem_set(x, 403, "session.needed", NULL, NULL);
    }
    return x->session_id != NULL;
}

void session_end_job(exchange *x) {
    if (needs_session(x)) {
        const char *id = x->target.segments[1];
        x->ending = strcmp(id, "current") == 0 ? x->session_id : id;
        x->go = end_go;
    }
}

void sessions_end_job(exchange *x) {
    if (needs_session(x)) {
        x->ending = "";
        x->go = end_go;
    }
}

/* ---- one's own sessions ---- */

static json_t *describe(const exchange *x, const kinmu_value *row) {
    char created[MOMENT_SIZE];
    char seen[MOMENT_SIZE];
    char expires[MOMENT_SIZE];
    const char *id = table_text(row, KINMU_ACCESS_SESSION_SESSION_ID);
    moment_print(created, table_number(row, KINMU_ACCESS_SESSION_CREATED_NS));
    moment_print(seen, table_number(row, KINMU_ACCESS_SESSION_SEEN_NS));
    moment_print(expires, table_number(row, KINMU_ACCESS_SESSION_EXPIRES_NS));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "session_id", id, "created", created, "seen",
                     seen, "expires", expires, "address",
                     table_text(row, KINMU_ACCESS_SESSION_ADDRESS), "is_current",
                     strcmp(id, x->session_id) == 0);
}

void sessions_job(exchange *x) {
    const kinmu_value *login = NULL;
    table rows;
    if (!needs_session(x) || !reading_one(x, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS, "person",
                                          x->session_person, &login)) {
        return;
    }
    const kinmu_filter filter = table_where("person", x->session_person);
    if (!reading_all(x, USE_SESSION, KINMU_ACCESS_SESSION_FIELDS, &filter, 1, NULL, &rows)) {
        return;
    }
    json_t *list = json_array();
    for (uint32_t i = 0; i < rows.count; i++) {
        if (is_alive(x, rows.rows[i], login)) {
            json_array_append_new(list, describe(x, rows.rows[i]));
        }
    }
    exchange_json(x, 200, json_pack("{s:o}", "sessions", list));
}
