/* api/access/login.c - what comes with a password: logging in, setting one by an invitation,
 * changing it.
 *
 * A password is looked at in a job of its own kind, a few at once (LOGIN_HASHES_MAX), never on the
 * loop. Who is not known, may not log in or gave a wrong password gets the same answer after the
 * same work. How often it may be wrong is throttle.h's; the address has a pace beside it. */
#include "access/factor.h"
#include "access/reading.h"
#include "wire/cookie.h"

#include <kinmu/events/access.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/people.h>

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 6u

static uint64_t now_ms(const api *a) {
    kinmu_clock now;
    a->timer->now(a->host, &now);
    return now.mono_ns / 1000000u;
}

/* ---- what was sent [turn] ---- */

const char *login_text(const kinmu_value *value) {
    return value->type == KINMU_TYPE_TEXT ? value->as.text : "";
}

int32_t login_flag(const kinmu_value *value) {
    return value->type == KINMU_TYPE_BOOL && value->as.i64 != 0;
}

/* The members of the body, in the order of the endpoint's table; NULL: answered. */
static const kinmu_value *take_body(exchange *x) {
    body_fault fault = {NULL, NULL, NULL};
    const kinmu_table fields = {x->endpoint->parameters, x->endpoint->parameter_count,
                                (uint32_t)sizeof(kinmu_field)};
    if (x->body_size > LOGIN_BODY_BYTES_MAX) {
        problem_set(x, 413, "body.long", NULL, NULL);
        return NULL;
    }
    if (strncmp(x->content_type, "application/json", 16) != 0) {
        problem_set(x, 415, "body.type.header", NULL, NULL);
        return NULL;
    }
    json_t *object = body_parse(&x->memory, x->body, x->body_size, &fault);
    if (object == NULL) {
        problem_set(x, 400, fault.code, fault.one, fault.two);
        return NULL;
    }
    const kinmu_value *values = body_values(&x->memory, &fields, object, &fault);
    json_decref(object);
    if (values == NULL) {
        problem_set(x, 422, fault.code, fault.one, fault.two);
    }
    return values;
}

static void answer_often(exchange *x, uint32_t wait_s) {
    char seconds[16];
    (void)snprintf(seconds, sizeof seconds, "%u", wait_s);
    problem_set(x, 429, "login.often", seconds, NULL);
    x->wait_s = wait_s;
}

/* A place in the queue of passwords, and a try; 0: answered. */
static int32_t begin_try(exchange *x, const char *key) {
    api *a = x->owner;
    login_try *l = x->login;
    uint64_t now = now_ms(a);
    uint32_t wait_s =
        limit_wait_s(a->wrong_passwords, x->address, now, a->config.failures_per_minute);
    if (wait_s > 0) {
        answer_often(x, wait_s);
        return 0;
    }
    if (a->queues[QUEUE_PASSWORDS].waiting >= LOGIN_WAITING_MAX) {
        problem_set(x, 503, "busy", NULL, NULL);
        return 0;
    }
    throttle_source(l->source, x->address);
    wait_s = key[0] != '\0' ? throttle_begin(a->throttle, key, l->source, now) : 0;
    if (wait_s == THROTTLE_BUSY) {
        problem_set(x, 503, "busy", NULL, NULL);
        return 0;
    }
    if (wait_s > 0) {
        answer_often(x, wait_s);
        return 0;
    }
    (void)snprintf(l->throttle_key, sizeof l->throttle_key, "%s", key);
    x->queue = QUEUE_PASSWORDS;
    return 1;
}

static void done(exchange *x);

login_try *login_take(exchange *x, const kinmu_value **values) {
    *values = take_body(x);
    login_try *l = *values != NULL ? memory_get(&x->memory, sizeof *l) : NULL;
    if (l == NULL) {
        if (x->status == 0) {
            problem_set(x, 503, "memory", NULL, NULL);
        }
        return NULL;
    }
    l->person = l->password = l->current = l->invite = l->code = l->role = "";
    l->step = -1;
    x->login = l;
    x->done = done;
    return l;
}

/* Who holds a session that is not his must not find out with it what else lets in: what counts is
 * the session itself, since all else that came with it is the sender's to vary. */
void login_begin_own(exchange *x) {
    char key[THROTTLE_PERSON_SIZE] = "@";
    uint8_t sha256[TOKEN_HASH_SIZE];
    size_t size = strlen(x->authorization);
    const char *by = size > 0 ? x->authorization : cookie_find(x->cookie, LOGIN_COOKIE, &size);
    if (!token_hash(by != NULL ? by : "", by != NULL ? size : 0, sha256)) {
        problem_set(x, 503, "memory", NULL, NULL);
        return;
    }
    token_hex(key + 1, sha256, 16);
    (void)begin_try(x, key);
}

static void set_password(exchange *x);

void login_prepare(exchange *x) {
    const kinmu_value *values = NULL;
    login_try *l = login_take(x, &values);
    if (l == NULL) {
        return;
    }
    l->person = login_text(&values[0]);
    l->password = login_text(&values[1]);
    l->code = login_text(&values[2]);
    l->is_bearer = login_flag(&values[3]);
    l->then = session_begin;
    if (l->person[0] == '\0' || strlen(l->person) >= THROTTLE_PERSON_SIZE) {
        problem_set(x, 401, "login.wrong", NULL, NULL); /* nobody is called so */
        return;
    }
    (void)begin_try(x, l->person);
}

/* Nobody guesses an invitation: the address has its pace. But a code can be guessed with one. */
void login_invited_prepare(exchange *x) {
    const kinmu_value *values = NULL;
    login_try *l = login_take(x, &values);
    if (l == NULL) {
        return;
    }
    l->person = login_text(&values[0]);
    l->invite = login_text(&values[1]);
    l->password = login_text(&values[2]);
    l->code = login_text(&values[3]);
    l->is_bearer = login_flag(&values[4]);
    l->then = set_password;
    (void)begin_try(x, l->code[0] != '\0' && strlen(l->person) < THROTTLE_PERSON_SIZE ? l->person
                                                                                      : "");
}

void login_change_prepare(exchange *x) {
    const kinmu_value *values = NULL;
    login_try *l = login_take(x, &values);
    if (l != NULL) {
        l->current = login_text(&values[0]);
        l->password = login_text(&values[1]);
        l->is_bearer = login_flag(&values[2]);
        l->then = set_password;
        login_begin_own(x);
    }
}

/* ---- what is looked at [job] ---- */

static int32_t read_login(exchange *x, const char *person, const kinmu_value **row) {
    login_try *l = x->login;
    if (!reading_one(x, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS, "person", person, row)) {
        return 0;
    }
    l->generation = table_number(*row, KINMU_ACCESS_LOGIN_GENERATION);
    l->resumed = table_number(*row, KINMU_ACCESS_LOGIN_RESUMED);
    l->role = table_text(*row, KINMU_ACCESS_LOGIN_ROLE);
    l->is_persons = *row != NULL;
    return 1;
}

int32_t login_is_password(const kinmu_value *row, const char *password) {
    const kinmu_value *verifier = row != NULL ? &row[KINMU_ACCESS_LOGIN_VERIFIER] : NULL;
    int32_t is_there = verifier != NULL && verifier->type == KINMU_TYPE_BYTES;
    int32_t is_long = strlen(password) > PASSWORD_BYTES_MAX;
    return password_is(is_long ? "" : password, is_there ? verifier->as.bytes : NULL,
                       is_there ? verifier->size : 0) &&
           !is_long;
}

int32_t login_make_session(exchange *x) {
    login_try *l = x->login;
    l->expires_ns = x->now_ns + x->session_life_ms * 1000000;
    return token_make(TOKEN_SESSION, l->text, l->session_id) &&
           token_hash(l->text, strlen(l->text), l->sha256);
}

void login_job(exchange *x) {
    login_try *l = x->login;
    const kinmu_value *row = NULL;
    if (!read_login(x, l->person, &row)) {
        return;
    }
    uint32_t rights = gate_rights(x, l->role, l->person, l->resumed);
    if (x->status != 0) {
        return;
    }
    int32_t is_right = login_is_password(row, l->password);
    l->is_wrong = !is_right || rights == 0 || !table_is(row, KINMU_ACCESS_LOGIN_STATE, "active");
    if (!l->is_wrong && factor_check(x, l->person) && !login_make_session(x)) {
        problem_set(x, 503, "busy", NULL, NULL);
    }
}

/* Words of the person himself, which others would guess; 0: answered. */
static uint32_t own_words(exchange *x, const char *person, const char **words) {
    const kinmu_value *row = NULL;
    uint32_t count = 0;
    if (!reading_one(x, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, "person", person, &row)) {
        return 0;
    }
    const char *mail = table_text(row, KINMU_PEOPLE_PERSON_MAIL);
    const char *at = strchr(mail, '@');
    words[count++] = person;
    words[count++] = table_text(row, KINMU_PEOPLE_PERSON_EMPLOYEE_NO);
    words[count++] = table_text(row, KINMU_PEOPLE_PERSON_NAME);
    words[count++] = table_text(row, KINMU_PEOPLE_PERSON_KANA);
    words[count++] = at != NULL ? memory_text(&x->memory, mail, (size_t)(at - mail)) : "";
    words[count++] = at != NULL ? memory_text(&x->memory, at + 1, strcspn(at + 1, ".")) : "";
    if (x->memory.failed) {
        problem_set(x, 503, "memory", NULL, NULL);
        return 0;
    }
    return count;
}

/* Hashes the new password, if it is one that is taken. */
static void take_password(exchange *x, const char *person) {
    const char *words[WORDS_MAX];
    login_try *l = x->login;
    uint32_t count = own_words(x, person, words);
    if (count == 0) {
        return;
    }
    const char *code = password_problem(l->password, words, count);
    if (code != NULL) {
        problem_set(x, 422, code, NULL, NULL);
    } else if (!password_keep(l->password, l->verifier) || !login_make_session(x)) {
        problem_set(x, 503, "busy", NULL, NULL);
    }
}

void login_invited_job(exchange *x) {
    char id[TOKEN_ID_SIZE];
    login_try *l = x->login;
    const kinmu_value *row = NULL;
    if (!read_login(x, l->person, &row)) {
        return;
    }
    const kinmu_value *kept = row != NULL ? &row[KINMU_ACCESS_LOGIN_INVITE_SHA256] : NULL;
    uint32_t rights = gate_rights(x, l->role, l->person, l->resumed);
    if (x->status != 0) {
        return;
    }
    l->is_wrong = !token_parse(TOKEN_INVITE, l->invite, id) ||
                  !token_hash(l->invite, strlen(l->invite), l->invite_sha256) || kept == NULL ||
                  kept->type != KINMU_TYPE_BYTES || kept->size != TOKEN_HASH_SIZE ||
                  !token_is_same(kept->as.bytes, l->invite_sha256, TOKEN_HASH_SIZE) ||
                  table_number(row, KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS) <= x->now_ns ||
                  rights == 0;
    if (!l->is_wrong && factor_check(x, l->person) && !l->is_code_missing && !l->is_code_wrong) {
        take_password(x, l->person); /* a mailed invitation alone is no way around the code */
    }
}

int32_t login_read_own(exchange *x, const kinmu_value **login) {
    if (x->session_id == NULL) {
        problem_set(x, 403, "session.needed", NULL, NULL);
        return 0;
    }
    x->login->person = x->session_person;
    return read_login(x, x->session_person, login);
}

void login_change_job(exchange *x) {
    login_try *l = x->login;
    const kinmu_value *row = NULL;
    if (!login_read_own(x, &row)) {
        return;
    }
    l->is_wrong = !login_is_password(row, l->current);
    if (!l->is_wrong && strcmp(l->current, l->password) == 0) {
        problem_set(x, 422, "password.same", NULL, NULL);
    } else if (!l->is_wrong) {
        take_password(x, l->person);
    }
}

/* ---- what came out [turn] ---- */

/* Told to the person whose login it was tried on (COL-24); of nobody's there is only the log. */
static void tell_wrong(exchange *x) {
    api *a = x->owner;
    login_try *l = x->login;
    kinmu_value v[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    char line[200];
    v[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text(l->person);
    v[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("login");
    v[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text("failed");
    v[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text("kinmu.access.session/1");
    v[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text("api");
    v[KINMU_AUDIT_CHANGE_ADDRESS] = kinmu_text(x->address);
    const kinmu_event event = {.schema = USE_CHANGE,
                               .subject = l->person,
                               .values = v,
                               .value_count = KINMU_AUDIT_CHANGE_FIELDS};
    if (l->is_persons) {
        (void)a->bus->publish(a->host, &event, 1, NULL); /* the log has it, too */
    }
    a->metrics->add(a->host, METRIC_FAILED_LOGINS, 1);
    (void)snprintf(line, sizeof line, "login failed: address %.64s, %s", x->address,
                   x->endpoint->path);
    a->host->log(a->host, KINMU_LOG_WARN, line);
}

static void end_try(exchange *x, int32_t outcome) {
    api *a = x->owner;
    login_try *l = x->login;
    if (l->throttle_key[0] != '\0') {
        throttle_end(a->throttle, l->throttle_key, l->source, now_ms(a), outcome);
        l->throttle_key[0] = '\0';
    }
}

void login_release(exchange *x) {
    if (x->login == NULL) {
        return;
    }
    end_try(x, THROTTLE_NEITHER);
    OPENSSL_cleanse((void *)(uintptr_t)x->login->password, strlen(x->login->password));
    OPENSSL_cleanse((void *)(uintptr_t)x->login->current, strlen(x->login->current));
    OPENSSL_cleanse((void *)(uintptr_t)x->login->code, strlen(x->login->code));
    OPENSSL_cleanse(x->login->secret, sizeof x->login->secret);
    OPENSSL_cleanse(x->login->recovery, sizeof x->login->recovery);
    OPENSSL_cleanse((void *)(uintptr_t)x->body, x->body_size);
}

static void on_password(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                        const char *text) {
    exchange *x = user;
    (void)text;
    if (!x->owner->is_running) { /* it is freed with the instance */
        return;
    }
    if (status != KINMU_OK || count < 1) { /* the same invitation was faster, and the like */
        problem_of_status(x, status, "", NULL);
        if (status == KINMU_E_CONFLICT) {
            problem_set(x, 401, "login.wrong", NULL, NULL);
        }
        exchange_answer(x);
        return;
    }
    x->login->generation = values[0].as.i64;
    x->login->step = -1; /* taken, with the password */
    x->login->is_recovery = 0;
    session_begin(x);
}

/* The new password, and with it a session: all others are over. */
static void set_password(exchange *x) {
    api *a = x->owner;
    const login_try *l = x->login;
    int32_t is_invited = l->invite[0] != '\0';
    const kinmu_value values[] = {
        kinmu_text(l->person),
        kinmu_bytes(l->verifier, sizeof l->verifier),
        is_invited ? kinmu_bytes(l->invite_sha256, sizeof l->invite_sha256) : kinmu_null(),
        kinmu_i64(l->generation),
        kinmu_text(x->address),
        l->step >= 0 ? kinmu_i64(l->step) : kinmu_null(),
        l->is_recovery ? kinmu_bytes(l->recovery_hash, FACTOR_HASH_SIZE) : kinmu_null()};
    int32_t status =
        a->calls->send(a->host, a->host->instance, "login_password", values, 7, on_password, x);
    if (status != KINMU_OK) {
        on_password(x, status, NULL, 0, "");
    }
}

/* A right password without its code is no right try: it would let codes be guessed on and on. */
static void done(exchange *x) {
    login_try *l = x->login;
    int32_t is_first = x->status == 0; /* nothing else stood in the way */
    if (is_first && (l->is_wrong || l->is_code_wrong)) {
        end_try(x, THROTTLE_WRONG);
        limit_fail(x->owner->wrong_passwords, x->address, now_ms(x->owner));
        tell_wrong(x);
        problem_set(x, 401, l->is_wrong ? "login.wrong" : "code.wrong", NULL, NULL);
    } else if (is_first && l->is_code_missing) {
        problem_set(x, 401, "code.needed", NULL, NULL);
    }
    if (x->status != 0) {
        end_try(x, THROTTLE_NEITHER);
        exchange_answer(x);
        return;
    }
    end_try(x, THROTTLE_RIGHT);
    l->then(x);
}

void login_unlock(api *a, const char *person) {
    if (a->throttle != NULL) {
        throttle_clear(a->throttle, person);
    }
}
