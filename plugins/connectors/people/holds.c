/* people/holds.c - legal holds: whose records of which time must not be destroyed. A hold is one
 * row for each account and person, because the core knows no persons; who comes under it later gets
 * his row with the decision that brought him there. */
#include "people.h"

#include "words.h"

#include <kinmu/civil.h>

#include <stdlib.h>
#include <string.h>

#define DAY_NS (INT64_C(86400) * 1000000000)
#define ZONES_NS (DAY_NS * 14 / 24) /* a day begins so much before it does in UTC, at most */

enum { ADD_FROM, ADD_REASON, ADD_PERSON, ADD_GROUP, ADD_TO };
enum { RELEASE_HOLD };

static const place nowhere = {NULL, 0};

/* ---- whose ---- */

/* The group, or one above the one asked about. */
int32_t holds_is_below(const book *b, const char *group, const char *top) {
    for (uint32_t depth = 0; group[0] != '\0' && depth < 64; depth++) {
        if (strcmp(group, top) == 0) {
            return 1;
        }
        group = book_text(book_first(b, KIND_GROUP, group), KINMU_PEOPLE_GROUP_PARENT_ID);
    }
    return 0;
}

static int32_t was_in_group(const book *b, const char *person, const char *group) {
    for (const row *r = book_first(b, KIND_ASSIGNMENT, person); r != NULL; r = book_next(r)) {
        if (holds_is_below(b, book_text(r, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID), group)) {
            return 1;
        }
    }
    return 0;
}

/* Holds one account or id; `hold` has what all rows of the hold share. */
static uint32_t hold_one(book *b, const kinmu_value *hold, const char *account,
                         const char *person) {
    kinmu_value values[KINMU_AUDIT_HOLD_FIELDS];
    memcpy(values, hold, sizeof values);
    values[KINMU_AUDIT_HOLD_ACCOUNT] = kinmu_text(account);
    values[KINMU_AUDIT_HOLD_PERSON] = kinmu_text(person);
    if (book_find(b, KIND_HOLD, values) != NULL) {
        return 0;
    }
    (void)book_put(b, KIND_HOLD, values, nowhere);
    return 1;
}

static uint32_t hold_person(book *b, const kinmu_value *hold, const char *person) {
    const shelf *accounts = &b->shelves[KIND_ACCOUNT];
    uint32_t count = hold_one(b, hold, person, person);
    for (uint32_t i = 0; i < accounts->count; i++) {
        if (book_is(accounts->rows[i], KINMU_PEOPLE_ACCOUNT_PERSON, person)) {
            count += hold_one(b, hold, book_text(accounts->rows[i], 0), person);
        }
    }
    return count;
}

static uint32_t hold_all(book *b, const kinmu_value *hold, const char *person, const char *group) {
    const shelf *everybody = &b->shelves[KIND_PERSON];
    uint32_t count = group[0] == '\0' ? hold_person(b, hold, person) : 0;
    for (uint32_t i = 0; group[0] != '\0' && i < everybody->count; i++) {
        const char *one = book_text(everybody->rows[i], KINMU_PEOPLE_PERSON_PERSON);
        if (one[0] != '\0' && was_in_group(b, one, group)) {
            count += hold_person(b, hold, one);
        }
    }
    return count;
}

void holds_extend(book *b, const change *c) {
    const shelf *holds = &b->shelves[KIND_HOLD];
    uint32_t count = holds->count; /* rows put now are at the end */
    if ((c->work->reads & KIND_BIT(KIND_ACCOUNT)) == 0 || c->work->is_reading) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const row *r = holds->rows[i];
        if (r->values != NULL && book_is(r, KINMU_AUDIT_HOLD_STATE, "active")) {
            (void)hold_all(b, r->values, book_text(r, KINMU_AUDIT_HOLD_PERSON),
                           book_text(r, KINMU_AUDIT_HOLD_GROUP_ID));
        }
    }
}

/* ---- commands ---- */

static int32_t check_whom(const book *b, change *c) {
    const char *person = desk_text(c->call, ADD_PERSON);
    const char *group = desk_text(c->call, ADD_GROUP);
    if ((person[0] == '\0') == (group[0] == '\0')) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "hold.whom",
            "人かグループのどちらか一方を指定してください / give a person or a group, "
            "one of the two");
    }
    return people_known(b, c, person, group);
}

int32_t hold_add_judge(book *b, change *c) {
    char from[WORDS_DATE_SIZE];
    char to[WORDS_DATE_SIZE] = "";
    if (!words_date(desk_text(c->call, ADD_FROM), from) ||
        (desk_is_given(c->call, ADD_TO) && !words_date(desk_text(c->call, ADD_TO), to)) ||
        (to[0] != '\0' && strcmp(to, from) < 0)) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "cell.date",
            "期間は 2026-01-01 のように、開始日と、それ以後の終了日で指定してください "
            "/ give a first day like 2026-01-01, and no last day before it");
    }
    int32_t status = check_whom(b, c);
    if (status != KINMU_OK) {
        return status;
    }
    const char *group = desk_text(c->call, ADD_GROUP);
    const char *id = book_new_id(b, KIND_HOLD, 'H');
    const kinmu_value hold[KINMU_AUDIT_HOLD_FIELDS] = {
        [KINMU_AUDIT_HOLD_HOLD_ID] = kinmu_text(id),
        [KINMU_AUDIT_HOLD_GROUP_ID] = group[0] != '\0' ? kinmu_text(group) : kinmu_null(),
        [KINMU_AUDIT_HOLD_FROM_NS] = kinmu_time(words_date_ns(from) - ZONES_NS),
        [KINMU_AUDIT_HOLD_TO_NS] =
            to[0] != '\0' ? kinmu_time(words_date_ns(to) + DAY_NS + ZONES_NS) : kinmu_null(),
        [KINMU_AUDIT_HOLD_STATE] = kinmu_text("active"),
        [KINMU_AUDIT_HOLD_REASON] = kinmu_text(desk_text(c->call, ADD_REASON)),
        [KINMU_AUDIT_HOLD_HELD_BY] = kinmu_text(c->call->caller)};
    uint32_t count = hold_all(b, hold, desk_text(c->call, ADD_PERSON), group);
    if (count == 0) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "hold.nobody",
                           "「%s」に属した人はいません / nobody was ever in \"%s\"", group, group);
    }
    desk_answer(c->call, kinmu_text(id));
    desk_answer(c->call, kinmu_i64(count));
    desk_answer_position(c->call);
    return KINMU_OK;
}

int32_t hold_release_judge(book *b, change *c) {
    const char *id = desk_text(c->call, RELEASE_HOLD);
    const shelf *holds = &b->shelves[KIND_HOLD];
    uint32_t mark = book_mark(b);
    uint32_t count = holds->count;
    int32_t is_known = 0;
    for (uint32_t i = 0; i < count; i++) {
        const row *r = holds->rows[i];
        kinmu_value values[KINMU_AUDIT_HOLD_FIELDS];
        if (r->values != NULL && book_is(r, KINMU_AUDIT_HOLD_HOLD_ID, id)) {
            memcpy(values, r->values, sizeof values);
            values[KINMU_AUDIT_HOLD_STATE] = kinmu_text("released");
            (void)book_put(b, KIND_HOLD, values, nowhere);
            is_known = 1;
        }
    }
    if (!is_known) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "hold.unknown",
            "「%s」という保全はありません。kinmu hold list で確かめてください / there is "
            "no hold \"%s\"; see kinmu hold list",
            id, id);
    }
    desk_answer(c->call, kinmu_bool(book_mark(b) > mark));
    desk_answer_position(c->call);
    return KINMU_OK;
}
