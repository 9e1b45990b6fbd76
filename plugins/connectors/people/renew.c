/* people/renew.c - the daily work. Keep times let months of a purpose go, and master data shares
 * the purpose of time records: what is in force is written anew before its month may go, and what
 * was replaced goes. And those who are to be erased: what the law or a hold kept of them may go by
 * now. And demands, whose deadline comes near; and the end of the contract.
 *
 * Rows of somebody deleted are renewed once, after that: all of him then has the age of his leaving
 * and goes with his time records. */
#include "people.h"

#include <string.h>

#define FIRST_MS 60000u /* after the start */
#define DAILY_MS 86400000u
#define AGE_NS (INT64_C(180) * 86400 * 1000000000)
#define RENEWED_MAX 20000u /* rows a day; the oldest come first by themselves */

static const char *person_of(const row *r) {
    uint32_t field = kinds[r->kind].person_field;
    if (r->kind == KIND_SETTING && book_is(r, KINMU_PEOPLE_SETTING_SCOPE, "person")) {
        field = KINMU_PEOPLE_SETTING_SCOPE_ID;
    }
    return field != UINT32_MAX ? book_text(r, field) : "";
}

static int32_t is_due(const book *b, const row *r, int64_t now_ns) {
    const char *whose = person_of(r);
    const row *person = whose[0] != '\0' ? book_first(b, KIND_PERSON, whose) : NULL;
    if (r->kind == KIND_HOLD && !book_is(r, KINMU_AUDIT_HOLD_STATE, "active")) {
        return 0;
    }
    if (r->kind == KIND_DEMAND && !demands_is_open(r)) {
        return 0; /* goes with its month */
    }
    if (person != NULL && !book_lives(person) && r->kind != KIND_HOLD) {
        return r->unix_ns < person->unix_ns;
    }
    return r->unix_ns < now_ns - AGE_NS;
}

int32_t renew_judge(book *b, change *c) {
    const shelf *people_shelf = &b->shelves[KIND_PERSON];
    uint32_t count = 0;
    const char *ids = "";
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        const shelf *s = &b->shelves[kind];
        for (uint32_t i = 0; i < s->count && count < RENEWED_MAX; i++) {
            if (s->rows[i]->values != NULL && is_due(b, s->rows[i], c->call->now_ns)) {
                book_renew(b, s->rows[i]);
                count++;
            }
        }
    }
    for (uint32_t i = 0; ids != NULL && i < people_shelf->count; i++) {
        const row *person = people_shelf->rows[i];
        if (person->values != NULL && !book_lives(person) &&
            person->values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS].type != KINMU_TYPE_NULL) {
            ids = memory_print(&c->call->memory, "%s%s\n", ids, book_text(person, 0));
        }
    }
    c->prepared = (void *)(uintptr_t)ids;
    contract_look(b, c);
    return demands_watch(b, c);
}

static void ask(people *p, uint32_t work, const char *person) {
    const kinmu_value values[] = {kinmu_text(person)};
    const kinmu_call call = {.struct_size = sizeof call,
                             .command = work,
                             .caller = "plugin:people",
                             .values = values,
                             .value_count = person[0] != '\0'};
    (void)desk_take(&p->desk, &call, 0, NULL); /* or tomorrow */
}

/* Now each who is to be erased. */
int32_t renew_after(change *c) {
    const char *at = c->prepared;
    while (at != NULL && *at != '\0') {
        char id[256];
        size_t size = strcspn(at, "\n");
        if (size < sizeof id) {
            memcpy(id, at, size);
            id[size] = '\0';
            ask(c->owner, PEOPLE_ERASE, id);
        }
        at += size + 1;
    }
    (void)contract_after(c);
    return demands_after(c);
}

static void on_day(void *user) {
    people *p = user;
    p->daily_timer = 0;
    ask(p, PEOPLE_RENEW, "");
    (void)p->desk.timer->start(p->host, DAILY_MS, 0, on_day, p, &p->daily_timer);
}

void renew_begin(people *p) {
    (void)p->desk.timer->start(p->host, FIRST_MS, 0, on_day, p, &p->daily_timer);
}
