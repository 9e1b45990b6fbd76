/* api/access/factor.c - the second factor: asked for with a password, set up and taken away by the
 * person himself. Its secret is shown once, when it is offered; it counts once a code of it was
 * given.
 *
 * What a code was taken for goes into the decision that needs it (factors.c), so that none is taken
 * twice, on however many nodes. Wrong codes count as wrong passwords do. */
#include "access/factor.h"
#include "wire/moment.h"
#include "access/reading.h"
#include "words.h"

#include <kinmu/events/access.h>

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

uint32_t factor_roles(const kinmu_text_list *roles) {
    uint32_t bits = 0;
    for (uint32_t i = 0; i < roles->count; i++) {
        int32_t at = words_choice(FACTOR_ROLES, roles->items[i], (uint32_t)strlen(roles->items[i]));
        bits |= at >= 0 ? 1u << at : 0;
    }
    return bits;
}

static int32_t is_needed(const exchange *x, const char *role) {
    int32_t at = words_choice(FACTOR_ROLES, role, (uint32_t)strlen(role));
    return at >= 0 && (x->factor_roles & 1u << at) != 0;
}

static int32_t read_factor(exchange *x, const char *person, const kinmu_value **row) {
    return reading_one(x, USE_FACTOR, KINMU_ACCESS_FACTOR_FIELDS, "person", person, row);
}

static int32_t is_active(const kinmu_value *row) {
    return table_is(row, KINMU_ACCESS_FACTOR_STATE, "active");
}

static int32_t refuse_key(exchange *x) {
    problem_set(x, 503, "factor.key", NULL, NULL);
    return 0;
}

/* The key, wiped by the caller; 0: answered. */
static int32_t read_key(exchange *x, factor_key *key) {
    const api *a = x->owner;
    char text[KINMU_SECRET_BYTES_MAX + 1] = "";
    uint32_t size = sizeof text;
    int32_t is_read =
        a->secret != NULL && a->config.second_factor_key != NULL &&
        a->secret->get(a->host, a->config.second_factor_key, text, &size) == KINMU_OK &&
        factor_key_make(key, text);
    OPENSSL_cleanse(text, sizeof text);
    return is_read ? 1 : refuse_key(x);
}

/* ---- asked for ---- */

/* 0: sealed with another key, or damaged. */
static int32_t unseal(exchange *x, const factor_key *key, const char *person,
                      const kinmu_value *sealed, uint8_t secret[TOTP_SECRET_SIZE]) {
    return (sealed->type == KINMU_TYPE_BYTES &&
            factor_unseal(key, person, sealed->as.bytes, sealed->size, secret)) ||
           refuse_key(x);
}

/* Whether it is the code of a step later than `after`; sets l->step. 0: it cannot be told. */
static int32_t match_step(exchange *x, const factor_key *key, const char *person,
                          const kinmu_value *sealed, int64_t after, const char *code) {
    uint8_t secret[TOTP_SECRET_SIZE];
    if (!unseal(x, key, person, sealed, secret)) {
        return 0;
    }
    x->login->step = totp_find(secret, x->now_ns / NS_PER_S, after, code);
    x->login->is_code_wrong = x->login->step < 0;
    OPENSSL_cleanse(secret, sizeof secret);
    return 1;
}

/* With another key every code would be a wrong one, and lock its owner out: so that is told. */
static int32_t match_recovery(exchange *x, const factor_key *key, const char *person,
                              const kinmu_value *row, const char *code) {
    uint8_t secret[TOTP_SECRET_SIZE];
    login_try *l = x->login;
    const kinmu_value *hashes = &row[KINMU_ACCESS_FACTOR_RECOVERY];
    if (!unseal(x, key, person, &row[KINMU_ACCESS_FACTOR_SEALED], secret)) {
        return 0;
    }
    OPENSSL_cleanse(secret, sizeof secret);
    if (!factor_hash(key, person, code, l->recovery_hash)) {
        return refuse_key(x);
    }
    l->is_recovery = hashes->type == KINMU_TYPE_BYTES &&
                     factor_hash_find(hashes->as.bytes, hashes->size, l->recovery_hash) >= 0;
    l->is_code_wrong = !l->is_recovery;
    return 1;
}

int32_t factor_check(exchange *x, const char *person) {
    char code[CODE_SIZE] = "";
    factor_key key;
    login_try *l = x->login;
    const kinmu_value *row = NULL;
    if (!read_factor(x, person, &row)) {
        return 0;
    }
    l->has_factor = is_active(row);
    l->is_code_missing = l->has_factor && l->code[0] == '\0';
    if (!l->has_factor || l->is_code_missing) {
        return 1;
    }
    int32_t kind = code_parse(l->code, code);
    l->is_code_wrong = kind == CODE_NONE;
    int32_t is_told = l->is_code_wrong;
    if (!is_told && read_key(x, &key)) {
        is_told = kind == CODE_TOTP ? match_step(x, &key, person, &row[KINMU_ACCESS_FACTOR_SEALED],
                                                 table_number(row, KINMU_ACCESS_FACTOR_STEP), code)
                                    : match_recovery(x, &key, person, row, code);
        OPENSSL_cleanse(&key, sizeof key);
    }
    OPENSSL_cleanse(code, sizeof code);
    return is_told;
}

/* What who still has to set one up is let to: himself, and his way out. */
static int32_t is_open(const endpoint *e) {
    return strcmp(e->path, "me") == 0 || strncmp(e->path, "me/", 3) == 0 ||
           strncmp(e->path, "sessions", 8) == 0 || strcmp(e->path, "openapi.json") == 0;
}

int32_t factor_admits(exchange *x, const char *role) {
    const kinmu_value *row = NULL;
    if (!is_needed(x, role) || is_open(x->endpoint)) {
        return 1;
    }
    if (!read_factor(x, x->session_person, &row)) {
        return 0;
    }
    if (!is_active(row)) {
        problem_set(x, 403, "factor.needed", NULL, NULL);
    }
    return is_active(row);
}

json_t *factor_describe(exchange *x) {
    const kinmu_value *row = NULL;
    if (!read_factor(x, x->session_person, &row)) {
        return NULL;
    }
    uint32_t left = is_active(row) ? row[KINMU_ACCESS_FACTOR_RECOVERY].size / FACTOR_HASH_SIZE : 0;
    return json_pack("{s:b, s:b, s:i}", "active", is_active(row), "required",
                     is_needed(x, x->caller.role), "recovery_codes", (int)left);
}

json_t *factor_recovery(const login_try *l) {
    json_t *list = l->recovery[0][0] != '\0' ? json_array() : NULL;
    for (uint32_t i = 0; list != NULL && i < RECOVERY_CODES; i++) {
        json_array_append_new(list, json_string(l->recovery[i]));
    }
    return list;
}

/* ---- set up, taken away [turn] ---- */

static kinmu_value bytes_or_null(int32_t is_given, const uint8_t *bytes, uint32_t size) {
    return is_given ? kinmu_bytes(bytes, size) : kinmu_null();
}

static void send(exchange *x, const char *command, const kinmu_value *values, uint32_t count,
                 kinmu_answer_fn then) {
    api *a = x->owner;
    int32_t status = a->calls->send(a->host, a->host->instance, command, values, count, then, x);
    if (status != KINMU_OK) {
        then(x, status, NULL, 0, "");
    }
}

static void on_offered(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                       const char *text) {
    exchange *x = user;
    const login_try *l = x->login;
    char uri[TOTP_URI_SIZE];
    char expires[MOMENT_SIZE];
    (void)values;
    (void)count;
    if (!x->owner->is_running) { /* it is freed with the instance */
        return;
    }
    if (status == KINMU_OK) {
        totp_uri(uri, l->person, l->secret);
        moment_print(expires, x->now_ns + FACTOR_OFFER_NS);
        exchange_json(
            x, 200,
            json_pack("{s:s, s:s, s:s}", "secret", l->secret, "uri", uri, "expires", expires));
        OPENSSL_cleanse(uri, sizeof uri);
    } else {
        problem_of_status(x, status, text, NULL);
    }
    exchange_answer(x);
}

static void offer_new(exchange *x) {
    const login_try *l = x->login;
    const kinmu_value values[] = {
        kinmu_text(l->person),
        kinmu_i64(l->generation),
        kinmu_bytes(l->sealed, sizeof l->sealed),
        l->step >= 0 ? kinmu_i64(l->step) : kinmu_null(),
        bytes_or_null(l->is_recovery, l->recovery_hash, sizeof l->recovery_hash),
        kinmu_text(x->address)};
    send(x, "factor_offer", values, 6, on_offered);
}

/* All other sessions are over, and this one goes on as a new one. */
static void on_changed(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                       const char *text) {
    exchange *x = user;
    if (!x->owner->is_running) {
        return;
    }
    if (status != KINMU_OK || count < 1) {
        problem_of_status(x, status, text, NULL);
        exchange_answer(x);
        return;
    }
    x->login->generation = values[0].as.i64;
    x->login->step = -1; /* taken, with the change */
    x->login->is_recovery = 0;
    session_begin(x);
}

static void confirm(exchange *x) {
    const login_try *l = x->login;
    const kinmu_value values[] = {kinmu_text(l->person),
                                  kinmu_i64(l->generation),
                                  kinmu_bytes(l->sealed, sizeof l->sealed),
                                  kinmu_i64(l->step),
                                  kinmu_bytes(l->hashes, sizeof l->hashes),
                                  kinmu_text(x->address)};
    send(x, "factor_confirm", values, 6, on_changed);
}

static void take_away(exchange *x) {
    const login_try *l = x->login;
    const kinmu_value values[] = {
        kinmu_text(l->person), kinmu_i64(l->generation),
        l->step >= 0 ? kinmu_i64(l->step) : kinmu_null(),
        bytes_or_null(l->is_recovery, l->recovery_hash, sizeof l->recovery_hash),
        kinmu_text(x->address)};
    send(x, "factor_remove", values, 5, on_changed);
}

/* ---- the requests ---- */

void factor_offer_prepare(exchange *x) {
    const kinmu_value *values = NULL;
    login_try *l = login_take(x, &values);
    if (l != NULL) {
        l->password = login_text(&values[0]);
        l->code = login_text(&values[1]);
        l->then = offer_new;
        login_begin_own(x);
    }
}

void factor_confirm_prepare(exchange *x) {
    const kinmu_value *values = NULL;
    login_try *l = login_take(x, &values);
    if (l != NULL) {
        l->code = login_text(&values[0]);
        l->is_bearer = login_flag(&values[1]);
        l->then = confirm;
        login_begin_own(x);
    }
}

void factor_remove_prepare(exchange *x) {
    const kinmu_value *values = NULL;
    login_try *l = login_take(x, &values);
    if (l != NULL) {
        l->password = login_text(&values[0]);
        l->code = login_text(&values[1]);
        l->is_bearer = login_flag(&values[2]);
        l->then = take_away;
        login_begin_own(x);
    }
}

/* The person's password, and his code where he has a second factor; 0: it is answered, or wrong. */
static int32_t is_himself(exchange *x) {
    login_try *l = x->login;
    const kinmu_value *login = NULL;
    if (!login_read_own(x, &login)) {
        return 0;
    }
    l->is_wrong = !login_is_password(login, l->password);
    return !l->is_wrong && factor_check(x, l->person) && !l->is_code_missing && !l->is_code_wrong;
}

void factor_offer_job(exchange *x) {
    uint8_t secret[TOTP_SECRET_SIZE];
    factor_key key;
    login_try *l = x->login;
    if (!is_himself(x) || !read_key(x, &key)) {
        return;
    }
    if (!totp_make(secret) || !factor_seal(&key, l->person, secret, l->sealed)) {
        problem_set(x, 503, "busy", NULL, NULL);
    } else {
        base32_print(l->secret, secret, sizeof secret);
    }
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(&key, sizeof key);
}

static int32_t make_recovery(login_try *l, const factor_key *key) {
    char code[CODE_SIZE];
    int32_t is_made = 1;
    for (uint32_t i = 0; is_made && i < RECOVERY_CODES; i++) {
        is_made = recovery_make(l->recovery[i]) && code_parse(l->recovery[i], code) &&
                  factor_hash(key, l->person, code, l->hashes + (size_t)i * FACTOR_HASH_SIZE);
    }
    OPENSSL_cleanse(code, sizeof code);
    return is_made;
}

void factor_confirm_job(exchange *x) {
    char code[CODE_SIZE] = "";
    factor_key key;
    login_try *l = x->login;
    const kinmu_value *login = NULL;
    const kinmu_value *row = NULL;
    if (!login_read_own(x, &login) || !read_factor(x, l->person, &row)) {
        return;
    }
    const kinmu_value *offered = row != NULL ? &row[KINMU_ACCESS_FACTOR_OFFERED] : NULL;
    if (offered == NULL || offered->size != sizeof l->sealed ||
        table_number(row, KINMU_ACCESS_FACTOR_OFFERED_NS) + FACTOR_OFFER_NS <= x->now_ns) {
        problem_set(x, 422, "factor.offer", NULL, NULL);
        return;
    }
    memcpy(l->sealed, offered->as.bytes, sizeof l->sealed);
    l->is_code_wrong = code_parse(l->code, code) != CODE_TOTP;
    if (!l->is_code_wrong && read_key(x, &key)) {
        if (match_step(x, &key, l->person, offered, -1, code) && !l->is_code_wrong &&
            (!make_recovery(l, &key) || !login_make_session(x))) {
            problem_set(x, 503, "busy", NULL, NULL);
        }
        OPENSSL_cleanse(&key, sizeof key);
    }
    OPENSSL_cleanse(code, sizeof code);
}

void factor_remove_job(exchange *x) {
    if (!is_himself(x)) {
        return;
    }
    if (!x->login->has_factor) {
        problem_set(x, 422, "factor.none", NULL, NULL);
    } else if (!login_make_session(x)) {
        problem_set(x, 503, "busy", NULL, NULL);
    }
}
