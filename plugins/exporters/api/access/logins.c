/* api/access/logins.c - by what people log in, and who is logged in, as decisions. What is secret
 * is made in the job that decides or comes as a hash; nothing of it stands in an audit entry. */
#include "access/book.h"
#include "access/login.h"
#include "access/password.h"
#include "words.h"

#include <kinmu/civil.h>
#include <kinmu/events/access.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/people.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define DAY_NS (86400 * NS_PER_S)
#define INVITE_LIFE_NS DAY_NS /* NTF-03 */
#define SESSIONS_MAX 10u      /* of a person; the one used longest ago makes place */

enum { IN_PERSON, IN_ROLE, IN_REASON };
enum { CLOSE_PERSON, CLOSE_IS_LOGOUT, CLOSE_REASON };

/* ---- rows ---- */

int32_t logins_find(desk_decision *d, const char *person, const kinmu_value **row) {
    return book_find(d, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS, "person", person, row);
}

static int32_t find_session(desk_decision *d, const char *id, const kinmu_value **row) {
    return book_find(d, USE_SESSION, KINMU_ACCESS_SESSION_FIELDS, "session_id", id, row);
}

static void put_login(desk_decision *d, const kinmu_value *values) {
    book_put(d, USE_LOGIN, table_text(values, KINMU_ACCESS_LOGIN_PERSON), values,
             KINMU_ACCESS_LOGIN_FIELDS);
}

static void put_session(desk_decision *d, const kinmu_value *values) {
    book_put(d, USE_SESSION, table_text(values, KINMU_ACCESS_SESSION_PERSON), values,
             KINMU_ACCESS_SESSION_FIELDS);
}

/* Adds to the audit what a person did himself: the plugin asks for him. */
void logins_audit_own(desk_decision *d, const char *person, const char *action, const char *object,
                      const char *id, const char *address, const char *after) {
    kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text(action);
    values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(object);
    values[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(id);
    if (address[0] != '\0') {
        values[KINMU_AUDIT_CHANGE_ADDRESS] = kinmu_text(address);
    }
    if (after != NULL) {
        values[KINMU_AUDIT_CHANGE_AFTER] = kinmu_text(after);
    }
    char *name = memory_print(&d->memory, "person:%s", person);
    if (name != NULL) {
        desk_audit_by(d, name, person, values, "");
    }
}

/* ---- invitations ---- */

static int32_t refuse_role(desk_call *call) {
    return book_refuse(
        call, KINMU_E_REJECT, "login.role",
        "role は self, manager, admin のいずれかです（bootstrap は利用者 %s だけ） / "
        "role is one of self, manager, admin; bootstrap is for %s alone",
        LOGIN_BOOTSTRAP, LOGIN_BOOTSTRAP);
}

static int32_t find_person(desk_decision *d, const char *person, const kinmu_value **row) {
    const kinmu_filter filter = {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)};
    table people;
    int32_t status = book_read(d, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, &filter, 1, &people);
    *row = status == KINMU_OK && people.count > 0 ? people.rows[0] : NULL;
    return status;
}

/* `admin` sets up a hub where nobody is yet; he is no person and no licence (ROL-05). */
static int32_t check_bootstrap(desk_decision *d, desk_call *call, const kinmu_value *person) {
    int32_t is_over = 0;
    int32_t status = login_has_admin(d->desk->owner, &d->memory, d->number, &is_over);
    if (status != KINMU_OK) {
        return status;
    }
    if (strcmp(desk_text(call, IN_PERSON), LOGIN_BOOTSTRAP) != 0 || person != NULL) {
        return refuse_role(call);
    }
    return is_over
               ? book_refuse(
                     call, KINMU_E_REJECT, "login.bootstrap",
                     "管理者がログインできるため、初期設定用の %s は使えません / an administrator "
                     "can log in, so %s is of no use any more",
                     LOGIN_BOOTSTRAP, LOGIN_BOOTSTRAP)
               : KINMU_OK;
}

static int32_t check_invited(desk_decision *d, desk_call *call, const char *role,
                             int64_t *resumed) {
    const char *person = desk_text(call, IN_PERSON);
    const kinmu_value *row = NULL;
    int32_t status = find_person(d, person, &row);
    if (status != KINMU_OK) {
        return status;
    }
    if (strcmp(role, "bootstrap") == 0) {
        return check_bootstrap(d, call, row);
    }
    if (words_choice("self|manager|admin", role, (uint32_t)strlen(role)) < 0) {
        return refuse_role(call);
    }
    if (!table_is(row, KINMU_PEOPLE_PERSON_STATE, "active")) {
        return book_refuse(call, KINMU_E_NOTFOUND, "login.person",
                           "「%s」という有効な利用者はいません / there is no active person \"%s\"",
                           person, person);
    }
    if (strcmp(role, "admin") == 0 && table_number(row, KINMU_PEOPLE_PERSON_IS_ADMIN) == 0) {
        return book_refuse(call, KINMU_E_REJECT, "login.role",
                           "「%s」は管理者ではありません / \"%s\" is no administrator", person,
                           person);
    }
    *resumed = table_number(row, KINMU_PEOPLE_PERSON_RESUMED);
    return KINMU_OK;
}

/* Password, sessions and invitations of before he was let in again are void (SCR-14). */
static int32_t is_void(const kinmu_value *login, int64_t resumed) {
    return table_number(login, KINMU_ACCESS_LOGIN_RESUMED) != resumed;
}

/* A password there is stays good until a new one is set; a closed login has none, and neither has
 * one that is void: it ends here, with its sessions. */
static void fill_invited(kinmu_value *values, const kinmu_value *before, const desk_call *call,
                         const char *role, int64_t resumed) {
    int32_t is_fresh = before == NULL || table_is(before, KINMU_ACCESS_LOGIN_STATE, "closed");
    if (before != NULL) {
        memcpy(values, before, KINMU_ACCESS_LOGIN_FIELDS * sizeof *values);
    } else {
        memset(values, 0, KINMU_ACCESS_LOGIN_FIELDS * sizeof *values);
        values[KINMU_ACCESS_LOGIN_PERSON] = kinmu_text(desk_text(call, IN_PERSON));
        values[KINMU_ACCESS_LOGIN_GENERATION] = kinmu_i64(1);
        values[KINMU_ACCESS_LOGIN_CREATED_BY] = kinmu_text(call->caller);
        values[KINMU_ACCESS_LOGIN_CREATED_NS] = kinmu_time(call->now_ns);
    }
    if (is_void(values, resumed)) {
        values[KINMU_ACCESS_LOGIN_GENERATION].as.i64++;
        values[KINMU_ACCESS_LOGIN_VERIFIER] = kinmu_null();
        values[KINMU_ACCESS_LOGIN_PASSWORD_NS] = kinmu_null();
        values[KINMU_ACCESS_LOGIN_RESUMED] = kinmu_i64(resumed);
        is_fresh = 1;
    }
    if (is_fresh) {
        values[KINMU_ACCESS_LOGIN_STATE] = kinmu_text("invited");
    }
    values[KINMU_ACCESS_LOGIN_ROLE] = kinmu_text(role);
    values[KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS] = kinmu_time(call->now_ns + INVITE_LIFE_NS);
}

int32_t logins_invite(desk_decision *d, desk_call *call) {
    char text[TOKEN_SIZE];
    char id[TOKEN_ID_SIZE];
    uint8_t sha256[TOKEN_HASH_SIZE];
    kinmu_value values[KINMU_ACCESS_LOGIN_FIELDS];
    const kinmu_value *before = NULL;
    int64_t resumed = 0;
    const char *person = desk_text(call, IN_PERSON);
    const char *role = desk_is_given(call, IN_ROLE) ? desk_text(call, IN_ROLE) : "manager";
    int32_t status = check_invited(d, call, role, &resumed);
    if (status == KINMU_OK) {
        status = logins_find(d, person, &before);
    }
    if (status != KINMU_OK) {
        return status;
    }
    if (!token_make(TOKEN_INVITE, text, id) || !token_hash(text, strlen(text), sha256)) {
        return KINMU_E_RETRY;
    }
    fill_invited(values, before, call, role, resumed);
    values[KINMU_ACCESS_LOGIN_INVITE_SHA256] = kinmu_bytes(sha256, sizeof sha256);
    put_login(d, values);
    desk_audit(d, call, person, "kinmu.access.login/1", person, desk_text(call, IN_REASON));
    char *shown = memory_text(&call->memory, text, strlen(text));
    if (shown == NULL) {
        return KINMU_E_NOMEM;
    }
    desk_answer(call, kinmu_text(person));
    desk_answer(call, kinmu_text(shown));
    desk_answer(call, values[KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS]);
    return KINMU_OK;
}

/* ---- the end of a login, or of all its sessions ---- */

int32_t logins_close(desk_decision *d, desk_call *call) {
    kinmu_value values[KINMU_ACCESS_LOGIN_FIELDS];
    const kinmu_value *before = NULL;
    const char *person = desk_text(call, CLOSE_PERSON);
    int32_t is_logout = desk_number(call, CLOSE_IS_LOGOUT, 0) != 0;
    int32_t status = logins_find(d, person, &before);
    if (status != KINMU_OK) {
        return status;
    }
    if (before == NULL) {
        return book_refuse(call, KINMU_E_NOTFOUND, "login.unknown",
                           "「%s」のログインはありません / \"%s\" has no login", person, person);
    }
    status = is_logout ? KINMU_OK : factors_drop(d, call, person);
    if (status != KINMU_OK) {
        return status;
    }
    memcpy(values, before, sizeof values);
    values[KINMU_ACCESS_LOGIN_GENERATION].as.i64++;
    if (!is_logout) {
        values[KINMU_ACCESS_LOGIN_STATE] = kinmu_text("closed");
        values[KINMU_ACCESS_LOGIN_VERIFIER] = kinmu_null();
        values[KINMU_ACCESS_LOGIN_INVITE_SHA256] = kinmu_null();
        values[KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS] = kinmu_null();
    }
    put_login(d, values);
    desk_audit(d, call, person, "kinmu.access.login/1", person, desk_text(call, CLOSE_REASON));
    desk_answer(call, kinmu_text(person));
    desk_answer(call, kinmu_text(table_text(values, KINMU_ACCESS_LOGIN_STATE)));
    return KINMU_OK;
}

/* What it is worth by now: one that is void is as good as closed. */
static int32_t find_state(desk_decision *d, const kinmu_value *login, const char **state) {
    const kinmu_value *person = NULL;
    int32_t status = find_person(d, table_text(login, KINMU_ACCESS_LOGIN_PERSON), &person);
    *state = is_void(login, table_number(person, KINMU_PEOPLE_PERSON_RESUMED))
                 ? "closed"
                 : table_text(login, KINMU_ACCESS_LOGIN_STATE);
    return status;
}

int32_t logins_list(desk_decision *d, desk_call *call) {
    const char *text = "人・役割・状態・パスワードを決めた日・二要素認証・招待\n"
                       "person        role       state    password    factor  invitation\n";
    table logins;
    int32_t status = book_read(d, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS, NULL, 0, &logins);
    for (uint32_t i = 0; status == KINMU_OK && i < logins.count && text != NULL; i++) {
        const kinmu_value *row = logins.rows[i];
        const char *state = "";
        int32_t has_factor = 0;
        status = find_state(d, row, &state);
        status = status == KINMU_OK
                     ? factors_state(d, table_text(row, KINMU_ACCESS_LOGIN_PERSON), &has_factor)
                     : status;
        int64_t password_ns = table_number(row, KINMU_ACCESS_LOGIN_PASSWORD_NS);
        int64_t invite_ns = table_number(row, KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS);
        kinmu_civil day = kinmu_civil_from(password_ns, call->utc_offset_s);
        const char *set = password_ns == 0 ? "-"
                                           : memory_print(&d->memory, "%04d-%02d-%02d", day.year,
                                                          day.month, day.day);
        text = memory_print(&d->memory, "%s%-12s  %-9s  %-7s  %-10s  %-6s  %s\n", text,
                            table_text(row, KINMU_ACCESS_LOGIN_PERSON),
                            table_text(row, KINMU_ACCESS_LOGIN_ROLE), state, set != NULL ? set : "",
                            has_factor ? "yes" : "-",
                            row[KINMU_ACCESS_LOGIN_INVITE_SHA256].type == KINMU_TYPE_NULL ? "-"
                            : invite_ns > call->now_ns ? "invited"
                                                       : "invitation expired");
    }
    desk_answer(call, kinmu_text(text != NULL ? text : ""));
    return status;
}

/* ---- for the API itself: a password was set ---- */

enum {
    PASSWORD_PERSON,
    PASSWORD_VERIFIER,
    PASSWORD_INVITE,
    PASSWORD_GENERATION,
    PASSWORD_ADDRESS,
    PASSWORD_STEP,
    PASSWORD_RECOVERY
};

static int32_t is_same_bytes(const kinmu_value *a, const kinmu_value *b) {
    return a->type == KINMU_TYPE_BYTES && b->type == KINMU_TYPE_BYTES && a->size == b->size &&
           token_is_same(a->as.bytes, b->as.bytes, a->size);
}

/* Whether the login still is as it was when the secret was looked at, and its person, too: neither
 * a new password nor a session comes from a time that is over by now. */
int32_t logins_same(desk_decision *d, desk_call *call, const char *person, int64_t generation,
                    const kinmu_value **login) {
    const kinmu_value *row = NULL;
    int32_t status = logins_find(d, person, login);
    status = status == KINMU_OK ? find_person(d, person, &row) : status;
    if (status == KINMU_OK &&
        (*login == NULL || table_number(*login, KINMU_ACCESS_LOGIN_GENERATION) != generation ||
         (row != NULL && !table_is(row, KINMU_PEOPLE_PERSON_STATE, "active")) ||
         is_void(*login, table_number(row, KINMU_PEOPLE_PERSON_RESUMED)))) {
        return book_refuse(call, KINMU_E_CONFLICT, "login.failed", "changed meanwhile");
    }
    return status;
}

int64_t logins_end_sessions(desk_decision *d, const kinmu_value *login) {
    kinmu_value values[KINMU_ACCESS_LOGIN_FIELDS];
    memcpy(values, login, sizeof values);
    values[KINMU_ACCESS_LOGIN_GENERATION].as.i64++;
    put_login(d, values);
    return values[KINMU_ACCESS_LOGIN_GENERATION].as.i64;
}

/* The row as it was when the secret was looked at: who was faster with the same one won. */
int32_t logins_password(desk_decision *d, desk_call *call) {
    static const factor_taken taken = {PASSWORD_STEP, PASSWORD_RECOVERY, PASSWORD_ADDRESS};
    kinmu_value values[KINMU_ACCESS_LOGIN_FIELDS];
    const kinmu_value *before = NULL;
    const char *person = desk_text(call, PASSWORD_PERSON);
    int32_t status =
        logins_same(d, call, person, desk_number(call, PASSWORD_GENERATION, -1), &before);
    if (status != KINMU_OK) {
        return status;
    }
    if (desk_is_given(call, PASSWORD_INVITE) &&
        (!is_same_bytes(&before[KINMU_ACCESS_LOGIN_INVITE_SHA256],
                        &call->values[PASSWORD_INVITE]) ||
         table_number(before, KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS) <= call->now_ns)) {
        return book_refuse(call, KINMU_E_CONFLICT, "login.failed", "changed meanwhile");
    }
    status = factors_take(d, call, person, &taken);
    if (status != KINMU_OK) {
        return status;
    }
    memcpy(values, before, sizeof values);
    values[KINMU_ACCESS_LOGIN_STATE] = kinmu_text("active");
    values[KINMU_ACCESS_LOGIN_GENERATION].as.i64++;
    values[KINMU_ACCESS_LOGIN_VERIFIER] = call->values[PASSWORD_VERIFIER];
    values[KINMU_ACCESS_LOGIN_PASSWORD_NS] = kinmu_time(call->now_ns);
    values[KINMU_ACCESS_LOGIN_INVITE_SHA256] = kinmu_null();
    values[KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS] = kinmu_null();
    put_login(d, values);
    logins_audit_own(d, person, "update", "kinmu.access.login/1", person,
                     desk_text(call, PASSWORD_ADDRESS), NULL);
    desk_answer(call, values[KINMU_ACCESS_LOGIN_GENERATION]);
    return KINMU_OK;
}

/* ---- for the API itself: sessions ---- */

enum {
    BEGIN_PERSON,
    BEGIN_GENERATION,
    BEGIN_SESSION_ID,
    BEGIN_SHA256,
    BEGIN_EXPIRES,
    BEGIN_ADDRESS,
    BEGIN_STEP,
    BEGIN_RECOVERY
};

static void end_session(desk_decision *d, const kinmu_value *row) {
    kinmu_value values[KINMU_ACCESS_SESSION_FIELDS];
    memcpy(values, row, sizeof values);
    values[KINMU_ACCESS_SESSION_STATE] = kinmu_text("ended");
    put_session(d, values);
}

/* Makes place when there are too many. */
static int32_t limit_sessions(desk_decision *d, const desk_call *call) {
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(desk_text(call, BEGIN_PERSON))},
        {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("active")},
        {"generation", KINMU_COMPARE_EQUAL, 0, call->values[BEGIN_GENERATION]},
        {"expires_ns", KINMU_COMPARE_GREATER, 0, kinmu_time(call->now_ns)}};
    table rows;
    int32_t status = book_read(d, USE_SESSION, KINMU_ACCESS_SESSION_FIELDS, filters, 4, &rows);
    const kinmu_value *oldest = NULL;
    for (uint32_t i = 0; status == KINMU_OK && i < rows.count; i++) {
        if (oldest == NULL || table_number(rows.rows[i], KINMU_ACCESS_SESSION_SEEN_NS) <
                                  table_number(oldest, KINMU_ACCESS_SESSION_SEEN_NS)) {
            oldest = rows.rows[i];
        }
    }
    if (status == KINMU_OK && rows.count >= SESSIONS_MAX) {
        end_session(d, oldest);
    }
    return status;
}

int32_t logins_begin(desk_decision *d, desk_call *call) {
    static const factor_taken taken = {BEGIN_STEP, BEGIN_RECOVERY, BEGIN_ADDRESS};
    const char *person = desk_text(call, BEGIN_PERSON);
    const char *id = desk_text(call, BEGIN_SESSION_ID);
    const kinmu_value *login = NULL;
    int32_t status = logins_same(d, call, person, desk_number(call, BEGIN_GENERATION, -1), &login);
    if (status == KINMU_OK && !table_is(login, KINMU_ACCESS_LOGIN_STATE, "active")) {
        return book_refuse(call, KINMU_E_CONFLICT, "login.failed", "changed meanwhile");
    }
    status = status == KINMU_OK ? factors_take(d, call, person, &taken) : status;
    status = status == KINMU_OK ? limit_sessions(d, call) : status;
    if (status != KINMU_OK) {
        return status;
    }
    kinmu_value values[KINMU_ACCESS_SESSION_FIELDS];
    values[KINMU_ACCESS_SESSION_SESSION_ID] = kinmu_text(id);
    values[KINMU_ACCESS_SESSION_SHA256] = call->values[BEGIN_SHA256];
    values[KINMU_ACCESS_SESSION_PERSON] = kinmu_text(person);
    values[KINMU_ACCESS_SESSION_GENERATION] = call->values[BEGIN_GENERATION];
    values[KINMU_ACCESS_SESSION_STATE] = kinmu_text("active");
    values[KINMU_ACCESS_SESSION_CREATED_NS] = kinmu_time(call->now_ns);
    values[KINMU_ACCESS_SESSION_SEEN_NS] = kinmu_time(call->now_ns);
    values[KINMU_ACCESS_SESSION_EXPIRES_NS] = call->values[BEGIN_EXPIRES];
    values[KINMU_ACCESS_SESSION_ADDRESS] = kinmu_text(desk_text(call, BEGIN_ADDRESS));
    put_session(d, values);
    logins_audit_own(d, person, "login", "kinmu.access.session/1", id,
                     desk_text(call, BEGIN_ADDRESS), NULL);
    return KINMU_OK;
}

/* That it was used keeps it alive; one that ended meanwhile stays ended. */
int32_t logins_seen(desk_decision *d, desk_call *call) {
    kinmu_value values[KINMU_ACCESS_SESSION_FIELDS];
    const kinmu_value *row = NULL;
    int32_t status = find_session(d, desk_text(call, 0), &row);
    if (status == KINMU_OK && row != NULL && table_is(row, KINMU_ACCESS_SESSION_STATE, "active") &&
        table_number(row, KINMU_ACCESS_SESSION_SEEN_NS) < call->now_ns) {
        memcpy(values, row, sizeof values);
        values[KINMU_ACCESS_SESSION_SEEN_NS] = kinmu_time(call->now_ns);
        put_session(d, values);
    }
    return status;
}

enum { END_PERSON, END_SESSION_ID };

/* One session of the person, or with no id all of them. */
int32_t logins_end(desk_decision *d, desk_call *call) {
    const char *person = desk_text(call, END_PERSON);
    const char *id = desk_text(call, END_SESSION_ID);
    const kinmu_value *row = NULL;
    if (id[0] == '\0') {
        int32_t status = logins_find(d, person, &row);
        if (status == KINMU_OK && row != NULL) {
            (void)logins_end_sessions(d, row);
            logins_audit_own(d, person, "logout", "kinmu.access.login/1", person, "", NULL);
        }
        return status;
    }
    int32_t status = find_session(d, id, &row);
    if (status != KINMU_OK) {
        return status;
    }
    if (row == NULL || !table_is(row, KINMU_ACCESS_SESSION_PERSON, person)) {
        return book_refuse(call, KINMU_E_NOTFOUND, "session.unknown",
                           "そのセッションはありません / there is no such session");
    }
    if (table_is(row, KINMU_ACCESS_SESSION_STATE, "active")) {
        end_session(d, row);
        logins_audit_own(d, person, "logout", "kinmu.access.session/1", id, "", NULL);
    }
    return KINMU_OK;
}
