/* api/access/keep.c - tokens and kept answers as decisions. A token is made in the job that
 * decides, shown once in the answer and forgotten; what stays is its hash. */
#include "access/book.h"
#include "wire/moment.h"
#include "table.h"
#include "words.h"

#include <kinmu/civil.h>
#include <kinmu/events/access.h>
#include <kinmu/events/people.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define DAY_NS (86400 * NS_PER_S)
#define LIFE_DAYS_DEFAULT 365
#define LIFE_DAYS_MAX 3660
#define KEY_LIFE_NS DAY_NS         /* an Idempotency-Key is free again after it */
#define RUNNING_NS (60 * NS_PER_S) /* a call is answered within 30 s, or nobody knows */
#define NAME_CHARACTERS_MAX 64u
#define SCOPE_BYTES_MAX 1024u

enum { IN_NAME, IN_ROLE, IN_PERSON, IN_SCOPE, IN_EXPIRES };
enum { IN_TOKEN_ID, IN_REASON };
enum { IN_CALLER, IN_KEY, IN_SHA256, IN_STATUS, IN_BODY };

/* ---- tokens ---- */

/* The end of that day by the hub's clock, a year from now when none is given; 0: it is no date, or
 * none of the years to come. */
static int64_t take_expiry(const desk_call *call) {
    char date[WORDS_DATE_SIZE];
    int64_t begin_ns = 0;
    if (!desk_is_given(call, IN_EXPIRES)) {
        return call->now_ns + LIFE_DAYS_DEFAULT * DAY_NS;
    }
    if (!words_date(desk_text(call, IN_EXPIRES), date) ||
        !moment_of_date(date, call->utc_offset_s, &begin_ns)) {
        return 0;
    }
    int64_t end_ns = begin_ns + DAY_NS;
    return end_ns <= call->now_ns || end_ns > call->now_ns + LIFE_DAYS_MAX * DAY_NS ? 0 : end_ns;
}

/* read, call, read:WORD, call:WORD. */
static int32_t is_scope(const char *text) {
    const char *word;
    uint32_t size;
    uint32_t count = 0;
    while (words_next(&text, &word, &size)) {
        int32_t fits = size == 4 || (size > 5 && word[4] == ':');
        if (!fits || (memcmp(word, "read", 4) != 0 && memcmp(word, "call", 4) != 0)) {
            return 0;
        }
        count++;
    }
    return count > 0;
}

/* A person who is active, and of whom the role can be. */
static int32_t check_person(desk_decision *d, desk_call *call, const char *person, const char *role,
                            int64_t *resumed) {
    const kinmu_filter filter = {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)};
    table people;
    int32_t status = book_read(d, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, &filter, 1, &people);
    if (status != KINMU_OK) {
        return status;
    }
    const kinmu_value *row = people.count > 0 ? people.rows[0] : NULL;
    if (!table_is(row, KINMU_PEOPLE_PERSON_STATE, "active")) {
        return book_refuse(call, KINMU_E_NOTFOUND, "token.person",
                           "「%s」という有効な利用者はいません / there is no active person \"%s\"",
                           person, person);
    }
    if (strcmp(role, "admin") == 0 && table_number(row, KINMU_PEOPLE_PERSON_IS_ADMIN) == 0) {
        return book_refuse(call, KINMU_E_REJECT, "token.role",
                           "「%s」は管理者ではありません / \"%s\" is no administrator", person,
                           person);
    }
    *resumed = table_number(row, KINMU_PEOPLE_PERSON_RESUMED);
    return KINMU_OK;
}

static int32_t check_token(desk_decision *d, desk_call *call, int64_t *resumed) {
    const char *role = desk_text(call, IN_ROLE);
    const char *person = desk_text(call, IN_PERSON);
    const char *scope = desk_text(call, IN_SCOPE);
    uint32_t characters = words_characters(desk_text(call, IN_NAME));
    if (characters == 0 || characters > NAME_CHARACTERS_MAX) {
        return book_refuse(call, KINMU_E_REJECT, "token.name",
                           "name は 1～%u 文字にしてください / a name has 1 to %u characters",
                           NAME_CHARACTERS_MAX, NAME_CHARACTERS_MAX);
    }
    if (words_choice("self|manager|admin|operator", role, (uint32_t)strlen(role)) < 0) {
        return book_refuse(
            call, KINMU_E_REJECT, "token.role",
            "role は self, manager, admin, operator のいずれかです / role is one of self, "
            "manager, admin, operator");
    }
    int32_t is_persons = strcmp(role, "self") == 0 || strcmp(role, "manager") == 0;
    if (is_persons && person[0] == '\0') {
        return book_refuse(call, KINMU_E_REJECT, "token.person",
                           "role %s には person が必要です / role %s needs person", role, role);
    }
    if (scope[0] != '\0' && (!is_scope(scope) || strlen(scope) > SCOPE_BYTES_MAX)) {
        return book_refuse(
            call, KINMU_E_REJECT, "token.scope",
            "scope は read, call, read:スキーマ, call:インスタンス, "
            "call:インスタンス/コマンド を \";\" でつないだものです / scope is read, call, "
            "read:SCHEMA, call:INSTANCE or call:INSTANCE/COMMAND, joined by \";\"");
    }
    if (take_expiry(call) == 0) {
        return book_refuse(
            call, KINMU_E_REJECT, "token.expires",
            "expires は今日から 10 年以内の日付（2027-03-31 のように）です / expires is a "
            "date like 2027-03-31, from today to ten years on");
    }
    return person[0] != '\0' ? check_person(d, call, person, role, resumed) : KINMU_OK;
}

int32_t keep_token_create(desk_decision *d, desk_call *call) {
    char text[TOKEN_SIZE];
    char id[TOKEN_ID_SIZE];
    uint8_t sha256[TOKEN_HASH_SIZE];
    int64_t resumed = 0;
    int32_t status = check_token(d, call, &resumed);
    if (status != KINMU_OK) {
        return status;
    }
    if (!token_make(TOKEN_PROGRAM, text, id) || !token_hash(text, strlen(text), sha256)) {
        return KINMU_E_RETRY;
    }
    kinmu_value values[KINMU_ACCESS_TOKEN_FIELDS] = {{0}};
    values[KINMU_ACCESS_TOKEN_TOKEN_ID] = kinmu_text(id);
    values[KINMU_ACCESS_TOKEN_NAME] = kinmu_text(desk_text(call, IN_NAME));
    values[KINMU_ACCESS_TOKEN_SHA256] = kinmu_bytes(sha256, sizeof sha256);
    values[KINMU_ACCESS_TOKEN_ROLE] = kinmu_text(desk_text(call, IN_ROLE));
    if (desk_text(call, IN_PERSON)[0] != '\0') {
        values[KINMU_ACCESS_TOKEN_PERSON] = kinmu_text(desk_text(call, IN_PERSON));
        values[KINMU_ACCESS_TOKEN_RESUMED] = kinmu_i64(resumed);
    }
    if (desk_text(call, IN_SCOPE)[0] != '\0') {
        values[KINMU_ACCESS_TOKEN_SCOPE] = kinmu_text(desk_text(call, IN_SCOPE));
    }
    values[KINMU_ACCESS_TOKEN_STATE] = kinmu_text("active");
    values[KINMU_ACCESS_TOKEN_CREATED_BY] = kinmu_text(call->caller);
    values[KINMU_ACCESS_TOKEN_CREATED_NS] = kinmu_time(call->now_ns);
    values[KINMU_ACCESS_TOKEN_EXPIRES_NS] = kinmu_time(take_expiry(call));
    book_put(d, USE_TOKEN, desk_text(call, IN_PERSON), values, KINMU_ACCESS_TOKEN_FIELDS);
    desk_audit(d, call, desk_text(call, IN_PERSON), "kinmu.access.token/1", id, "");
    char *shown = memory_text(&call->memory, text, strlen(text));
    char *shown_id = memory_text(&call->memory, id, strlen(id));
    if (shown == NULL || shown_id == NULL) {
        return KINMU_E_NOMEM;
    }
    desk_answer(call, kinmu_text(shown));
    desk_answer(call, kinmu_text(shown_id));
    desk_answer(call, values[KINMU_ACCESS_TOKEN_EXPIRES_NS]);
    return KINMU_OK;
}

int32_t keep_token_revoke(desk_decision *d, desk_call *call) {
    const char *id = desk_text(call, IN_TOKEN_ID);
    const kinmu_filter filter = {"token_id", KINMU_COMPARE_EQUAL, 0, kinmu_text(id)};
    table tokens;
    int32_t status = book_read(d, USE_TOKEN, KINMU_ACCESS_TOKEN_FIELDS, &filter, 1, &tokens);
    if (status != KINMU_OK) {
        return status;
    }
    if (tokens.count == 0) {
        return book_refuse(call, KINMU_E_NOTFOUND, "token.unknown",
                           "トークン「%s」はありません / there is no token \"%s\"", id, id);
    }
    kinmu_value values[KINMU_ACCESS_TOKEN_FIELDS];
    memcpy(values, tokens.rows[0], sizeof values);
    desk_answer(call, kinmu_text(id));
    desk_answer(call, kinmu_text("revoked"));
    if (table_is(values, KINMU_ACCESS_TOKEN_STATE, "active")) {
        const char *person = table_text(values, KINMU_ACCESS_TOKEN_PERSON);
        values[KINMU_ACCESS_TOKEN_STATE] = kinmu_text("revoked");
        book_put(d, USE_TOKEN, person, values, KINMU_ACCESS_TOKEN_FIELDS);
        desk_audit(d, call, person, "kinmu.access.token/1", id, desk_text(call, IN_REASON));
    }
    return KINMU_OK;
}

int32_t keep_token_list(desk_decision *d, desk_call *call) {
    int32_t is_all = desk_number(call, 0, 0) != 0;
    const char *text =
        "トークン・役割・人・状態・最終日・scope・名前\n"
        "token             role      person        state    last day    scope             name\n";
    table tokens;
    int32_t status = book_read(d, USE_TOKEN, KINMU_ACCESS_TOKEN_FIELDS, NULL, 0, &tokens);
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < tokens.count && text != NULL; i++) {
        const kinmu_value *row = tokens.rows[i];
        int64_t expires_ns = table_number(row, KINMU_ACCESS_TOKEN_EXPIRES_NS);
        const char *state =
            expires_ns <= call->now_ns ? "expired" : table_text(row, KINMU_ACCESS_TOKEN_STATE);
        kinmu_civil last = kinmu_civil_from(expires_ns - 1, call->utc_offset_s);
        if (is_all || strcmp(state, "active") == 0) {
            const char *person = table_text(row, KINMU_ACCESS_TOKEN_PERSON);
            const char *scope = table_text(row, KINMU_ACCESS_TOKEN_SCOPE);
            text = memory_print(&d->memory, "%s%s  %-8s  %-12s  %-7s  %04d-%02d-%02d  %-16s  %s\n",
                                text, table_text(row, KINMU_ACCESS_TOKEN_TOKEN_ID),
                                table_text(row, KINMU_ACCESS_TOKEN_ROLE),
                                person[0] != '\0' ? person : "-", state, last.year, last.month,
                                last.day, scope[0] != '\0' ? scope : "*",
                                table_text(row, KINMU_ACCESS_TOKEN_NAME));
        }
    }
    desk_answer(call, kinmu_text(text != NULL ? text : ""));
    return KINMU_OK;
}

/* ---- answers that may be asked for again ---- */

/* What stands under the key, also by calls of this batch; NULL: nothing. */
static int32_t find_answer(desk_decision *d, const desk_call *call, const kinmu_value **row) {
    const kinmu_filter filters[] = {
        {"caller", KINMU_COMPARE_EQUAL, 0, kinmu_text(desk_text(call, IN_CALLER))},
        {"key", KINMU_COMPARE_EQUAL, 0, kinmu_text(desk_text(call, IN_KEY))},
    };
    table answers;
    for (const book_row *r = book_newest(d); r != NULL; r = r->next) {
        if (r->use == USE_ANSWER &&
            strcmp(table_text(r->values, KINMU_ACCESS_ANSWER_CALLER), desk_text(call, IN_CALLER)) ==
                0 &&
            strcmp(table_text(r->values, KINMU_ACCESS_ANSWER_KEY), desk_text(call, IN_KEY)) == 0) {
            *row = r->values;
            return KINMU_OK;
        }
    }
    int32_t status = book_read(d, USE_ANSWER, KINMU_ACCESS_ANSWER_FIELDS, filters, 2, &answers);
    *row = answers.count > 0 ? answers.rows[0] : NULL;
    return status;
}

static void put_answer(desk_decision *d, const desk_call *call, int64_t asked_ns,
                       kinmu_value status, kinmu_value body) {
    const char *who = desk_text(call, IN_CALLER);
    kinmu_value values[KINMU_ACCESS_ANSWER_FIELDS];
    values[KINMU_ACCESS_ANSWER_CALLER] = kinmu_text(who);
    values[KINMU_ACCESS_ANSWER_KEY] = kinmu_text(desk_text(call, IN_KEY));
    values[KINMU_ACCESS_ANSWER_REQUEST_SHA256] = call->values[IN_SHA256];
    values[KINMU_ACCESS_ANSWER_ASKED_NS] = kinmu_time(asked_ns);
    values[KINMU_ACCESS_ANSWER_STATUS] = status;
    values[KINMU_ACCESS_ANSWER_BODY] = body;
    book_put(d, USE_ANSWER, strncmp(who, "person:", 7) == 0 ? who + 7 : "", values,
             KINMU_ACCESS_ANSWER_FIELDS);
}

int32_t keep_answer_begin(desk_decision *d, desk_call *call) {
    const kinmu_value *row = NULL;
    int32_t status = find_answer(d, call, &row);
    if (status != KINMU_OK) {
        return status;
    }
    int64_t age_ns = call->now_ns - table_number(row, KINMU_ACCESS_ANSWER_ASKED_NS);
    const char *state = "fresh";
    kinmu_value code = kinmu_null();
    kinmu_value body = kinmu_null();
    if (row == NULL || age_ns > KEY_LIFE_NS) {
        put_answer(d, call, call->now_ns, kinmu_null(), kinmu_null());
    } else if (row[KINMU_ACCESS_ANSWER_REQUEST_SHA256].size != call->values[IN_SHA256].size ||
               memcmp(row[KINMU_ACCESS_ANSWER_REQUEST_SHA256].as.bytes,
                      call->values[IN_SHA256].as.bytes, call->values[IN_SHA256].size) != 0) {
        state = "other";
    } else if (row[KINMU_ACCESS_ANSWER_STATUS].type == KINMU_TYPE_NULL) {
        state = age_ns <= RUNNING_NS ? "running" : "unknown";
    } else {
        state = "same";
        code = row[KINMU_ACCESS_ANSWER_STATUS];
        body = row[KINMU_ACCESS_ANSWER_BODY];
    }
    desk_answer(call, kinmu_text(state));
    desk_answer(call, code);
    desk_answer(call, body);
    return KINMU_OK;
}

int32_t keep_answer_end(desk_decision *d, desk_call *call) {
    const kinmu_value *row = NULL;
    int32_t status = find_answer(d, call, &row);
    if (status != KINMU_OK) {
        return status;
    }
    int32_t is_done = desk_is_given(call, IN_STATUS);
    int64_t asked_ns = row != NULL ? table_number(row, KINMU_ACCESS_ANSWER_ASKED_NS) : call->now_ns;
    put_answer(d, call, is_done ? asked_ns : 1, is_done ? call->values[IN_STATUS] : kinmu_null(),
               is_done && desk_is_given(call, IN_BODY) ? call->values[IN_BODY] : kinmu_null());
    return KINMU_OK;
}
