/* api/access/gate.c - who asks, and what he may: the token's or the session's record and, where it
 * speaks for a person, his, read anew for each request. Both reach what their role says and the
 * person may today, whichever is less. */
#include "wire/cookie.h"
#include "access/factor.h"
#include "wire/moment.h"
#include "access/reading.h"
#include "words.h"

#include <kinmu/events/access.h>
#include <kinmu/events/people.h>

#include <stdio.h>
#include <string.h>

#define BEARER "Bearer "

static const struct {
    const char *role;
    uint32_t rights;
} roles[] = {
    {"self", KINMU_RIGHT_SELF},
    {"manager", KINMU_RIGHT_SELF | KINMU_RIGHT_MANAGER},
    {"admin", KINMU_RIGHT_SELF | KINMU_RIGHT_MANAGER | KINMU_RIGHT_ADMIN},
    {"operator", KINMU_RIGHT_OPERATOR},
    {"bootstrap", KINMU_RIGHT_ADMIN},
};

/* N's `admin`: registers people, sets the company up, takes times of work and PC operations away
 * (ROL-05); sees no list beside. */
const char gate_bootstrap_scope[] =
    "call:people/person_set;call:people/person_state;call:people/group_set;call:people/pattern_set;"
    "call:people/account_set;call:people/computer_set;call:people/holiday_set;call:people/site_set;"
    "call:people/setting_set;call:api/login_invite;call:api/login_close;"
    "read:kinmu.work.day;read:kinmu.input.minute;read:kinmu.session.change";

static uint32_t rights_of(const char *role) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].role, role) == 0) {
            return roles[i].rights;
        }
    }
    return 0;
}

static int32_t refuse(exchange *x, const char *code) {
    x->is_unknown = 1;
    problem_set(x, 401, code, NULL, NULL);
    return 0;
}

/* What the person may today; 0: he may not come in, or it is answered. The same is read of anybody:
 * how long it takes does not tell whether there is such a person. */
static uint32_t rights_of_person(exchange *x, const char *person, int64_t resumed) {
    const kinmu_value *row;
    table groups;
    if (!reading_one(x, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, "person", person, &row) ||
        !reading_groups(x, &groups) || !table_is(row, KINMU_PEOPLE_PERSON_STATE, "active") ||
        table_number(row, KINMU_PEOPLE_PERSON_RESUMED) != resumed) {
        return 0;
    }
    uint32_t rights = KINMU_RIGHT_SELF;
    for (uint32_t i = 0; i < groups.count; i++) {
        if (words_has(table_text(groups.rows[i], KINMU_PEOPLE_GROUP_APPROVERS), person) ||
            words_has(table_text(groups.rows[i], KINMU_PEOPLE_GROUP_UPPER_APPROVERS), person)) {
            rights |= KINMU_RIGHT_MANAGER;
        }
    }
    if (table_number(row, KINMU_PEOPLE_PERSON_IS_ADMIN) != 0) {
        rights |= KINMU_RIGHT_MANAGER | KINMU_RIGHT_ADMIN | KINMU_RIGHT_OPERATOR;
    }
    return rights;
}

uint32_t gate_rights(exchange *x, const char *role, const char *person, int64_t resumed) {
    uint32_t rights = rights_of(role);
    if (strcmp(role, "bootstrap") == 0) {
        int32_t is_over = 1;
        int32_t status = login_has_admin(x->owner, &x->memory, x->head, &is_over);
        if (status != KINMU_OK) {
            problem_of_status(x, status, "", NULL);
        }
        return is_over ? 0 : rights;
    }
    return rights & rights_of_person(x, person, resumed);
}

/* The token's record, when the text is that token; NULL: answered. */
static const kinmu_value *find_token(exchange *x, const char *text) {
    char id[TOKEN_ID_SIZE];
    uint8_t sha256[TOKEN_HASH_SIZE];
    const kinmu_value *row;
    if (!token_parse(TOKEN_PROGRAM, text, id) || !token_hash(text, strlen(text), sha256)) {
        (void)refuse(x, "login.failed");
        return NULL;
    }
    if (!reading_one(x, USE_TOKEN, KINMU_ACCESS_TOKEN_FIELDS, "token_id", id, &row)) {
        return NULL;
    }
    if (row == NULL || row[KINMU_ACCESS_TOKEN_SHA256].size != TOKEN_HASH_SIZE ||
        !token_is_same(row[KINMU_ACCESS_TOKEN_SHA256].as.bytes, sha256, TOKEN_HASH_SIZE) ||
        !table_is(row, KINMU_ACCESS_TOKEN_STATE, "active") ||
        table_number(row, KINMU_ACCESS_TOKEN_EXPIRES_NS) <= x->now_ns) {
        (void)refuse(x, "login.failed");
        return NULL;
    }
    return row;
}

static int32_t enter_by_token(exchange *x, const char *text) {
    const kinmu_value *row = find_token(x, text);
    if (row == NULL) {
        return 0;
    }
    caller *c = &x->caller;
    c->person = table_text(row, KINMU_ACCESS_TOKEN_PERSON);
    c->role = table_text(row, KINMU_ACCESS_TOKEN_ROLE);
    c->scope = table_text(row, KINMU_ACCESS_TOKEN_SCOPE);
    if (c->person[0] != '\0') {
        c->rights =
            gate_rights(x, c->role, c->person, table_number(row, KINMU_ACCESS_TOKEN_RESUMED));
        (void)snprintf(c->name, sizeof c->name, "person:%s", c->person);
    } else {
        c->rights = rights_of(c->role);
        (void)snprintf(c->name, sizeof c->name, "token:%s",
                       table_text(row, KINMU_ACCESS_TOKEN_TOKEN_ID));
    }
    if (x->status != 0) {
        return 0;
    }
    return c->rights != 0 ? 1 : refuse(x, "login.failed"); /* who was suspended, and the like */
}

int32_t gate_has_scope(const exchange *x, const char *word, const char *what) {
    char narrow[256];
    (void)snprintf(narrow, sizeof narrow, "%s:%s", word, what != NULL ? what : "");
    return x->caller.scope[0] == '\0' || words_has(x->caller.scope, word) ||
           (what != NULL && words_has(x->caller.scope, narrow));
}

/* GET me: who one is, told to himself. */
void me_job(exchange *x) {
    static const char *const words[] = {"self", "manager", "admin", "operator"};
    const caller *c = &x->caller;
    json_t *rights = json_array();
    for (uint32_t i = 0; i < 4; i++) {
        if ((c->rights & (1u << i)) != 0) {
            json_array_append_new(rights, json_string(words[i]));
        }
    }
    json_t *me = json_pack("{s:s, s:s?, s:s, s:o, s:s?}", "caller", c->name, "person",
                           c->person[0] != '\0' ? c->person : NULL, "role", c->role, "rights",
                           rights, "scope", c->scope[0] != '\0' ? c->scope : NULL);
    if (x->session_id != NULL) {
        char csrf[LOGIN_CSRF_SIZE];
        char expires[MOMENT_SIZE];
        session_csrf(x->session_text, csrf);
        moment_print(expires, x->session_expires_ns);
        json_object_set_new(me, "session",
                            json_pack("{s:s, s:s, s:s}", "session_id", x->session_id, "expires",
                                      expires, "csrf", csrf));
        json_object_set_new(me, "second_factor", factor_describe(x));
    }
    exchange_json(x, 200, me);
}

/* A page of another site can make a browser send our cookie, but not this header, whose text it
 * cannot know. */
static int32_t is_ours(exchange *x) {
    char csrf[LOGIN_CSRF_SIZE];
    session_csrf(x->session_text, csrf);
    if (strcmp(x->endpoint->method, "GET") == 0 ||
        (strlen(x->csrf) == LOGIN_CSRF_SIZE - 1 &&
         token_is_same((const uint8_t *)x->csrf, (const uint8_t *)csrf, LOGIN_CSRF_SIZE - 1))) {
        return 1;
    }
    problem_set(x, 403, "csrf.needed", NULL, NULL);
    return 0;
}

static int32_t enter_by_cookie(exchange *x) {
    size_t size = 0;
    const char *found = cookie_find(x->cookie, LOGIN_COOKIE, &size);
    const char *text = found != NULL ? memory_text(&x->memory, found, size) : NULL;
    if (text == NULL) {
        problem_set(x, 401, "login.needed", NULL, NULL);
        return 0;
    }
    return session_enter(x, text) && is_ours(x);
}

int32_t gate_enter(exchange *x) {
    x->caller.person = x->caller.scope = x->caller.role = "";
    if (x->authorization[0] == '\0') {
        return enter_by_cookie(x);
    }
    if (strncmp(x->authorization, BEARER, strlen(BEARER)) != 0) {
        return refuse(x, "login.failed");
    }
    const char *text = x->authorization + strlen(BEARER);
    char id[TOKEN_ID_SIZE];
    return token_parse(TOKEN_SESSION, text, id) ? session_enter(x, text) : enter_by_token(x, text);
}
