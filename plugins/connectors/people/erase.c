/* people/erase.c - everything about a person, destroyed: first a decision (he is deleted, and that
 * it was asked), then the keys of all his accounts and of his own id. Records of working time stay
 * as long as the law wants them, and what a hold keeps; those go by themselves later (renew.c).
 *
 * An account that was another's before or after loses the months in between only: keys are by
 * months, and nobody loses his own. */
#include "people.h"
#include "rules.h"

#include <jansson.h>
#include <kinmu/civil.h>
#include <stdlib.h>
#include <string.h>

#define LAW                                                                                        \
    "労働基準法109条・附則143条、労働安全衛生規則52条の7の3 / "              \
    "Labour Standards Act art. 109 and suppl. 143, Ordinance on Safety and Health art. 52-7-3"
#define LAW_WORD "law"
#define DAY_NS (INT64_C(86400) * 1000000000)

enum { ERASE_PERSON, ERASE_REASON };
static const place nowhere = {NULL, 0};
/* Kept as long as the law keeps time records: those, and who changed them. */
static const char *const law_purposes[] = {"working-time", "audit"};
#define LAW_PURPOSES (sizeof law_purposes / sizeof law_purposes[0])

typedef struct plan {
    kinmu_span *wanted, *spared;
    uint32_t wanted_count, wanted_capacity;
    uint32_t spared_count, spared_capacity;
} plan;

static void add_span(memory *m, kinmu_span **rows, uint32_t *count, uint32_t *capacity,
                     kinmu_span span) {
    kinmu_span *grown = memory_grow(m, *rows, *count, capacity, sizeof span);
    if (grown != NULL) {
        *rows = grown;
        (*rows)[(*count)++] = span;
    }
}

static void want(plan *p, change *c, const char *subject, int64_t from_ns, int64_t to_ns) {
    const char *kept = memory_text(&c->call->memory, subject, strlen(subject));
    int64_t law_ms = c->owner->config->time_records_ms;
    add_span(&c->call->memory, &p->wanted, &p->wanted_count, &p->wanted_capacity,
             (kinmu_span){kept, NULL, from_ns, to_ns, NULL});
    for (size_t i = 0; law_ms > 0 && i < LAW_PURPOSES; i++) {
        add_span(&c->call->memory, &p->spared, &p->spared_count, &p->spared_capacity,
                 (kinmu_span){kept, law_purposes[i], c->call->now_ns - law_ms * 1000000, INT64_MAX,
                              LAW_WORD});
    }
}

/* The times in which an account was his; before its first owner it was nobody's else. */
static void want_account(plan *p, change *c, const book *b, const row *mine) {
    const char *account = book_text(mine, 0);
    const char *from = book_text(mine, KINMU_PEOPLE_ACCOUNT_FROM_DATE);
    const char *next = "";
    int32_t is_first = 1;
    for (const row *r = book_first(b, KIND_ACCOUNT, account); r != NULL; r = book_next(r)) {
        const char *other = book_text(r, KINMU_PEOPLE_ACCOUNT_FROM_DATE);
        is_first &= strcmp(other, from) >= 0;
        if (strcmp(other, from) > 0 && (next[0] == '\0' || strcmp(other, next) < 0)) {
            next = other;
        }
    }
    want(p, c, account, is_first ? INT64_MIN : words_date_ns(from),
         next[0] != '\0' ? words_date_ns(next) : INT64_MAX);
}

static plan *make_plan(change *c, const book *b, const char *person) {
    const shelf *accounts = &b->shelves[KIND_ACCOUNT];
    plan *p = memory_get(&c->call->memory, sizeof *p);
    if (p == NULL) {
        return NULL;
    }
    want(p, c, person, INT64_MIN, INT64_MAX);
    for (uint32_t i = 0; i < accounts->count; i++) {
        const row *r = accounts->rows[i];
        if (r->values != NULL && book_is(r, KINMU_PEOPLE_ACCOUNT_PERSON, person)) {
            want_account(p, c, b, r);
        }
    }
    return p;
}

/* ---- the decision ---- */

/* A list joined by ";" without one of its words. */
static const char *without(memory *m, const char *list, const char *person) {
    const char *left = "";
    const char *word;
    uint32_t size;
    while (words_next(&list, &word, &size)) {
        if (left != NULL && (size != strlen(person) || memcmp(word, person, size) != 0)) {
            left = memory_print(m, "%s%s%.*s", left, left[0] != '\0' ? ";" : "", (int)size, word);
        }
    }
    return left != NULL ? left : "";
}

/* He approves for nobody from now on. */
static void leave_groups(book *b, const char *person) {
    static const uint32_t fields[] = {KINMU_PEOPLE_GROUP_APPROVERS,
                                      KINMU_PEOPLE_GROUP_UPPER_APPROVERS};
    const shelf *groups = &b->shelves[KIND_GROUP];
    uint32_t count = groups->count;
    for (uint32_t i = 0; i < count; i++) {
        const row *r = groups->rows[i];
        kinmu_value values[KINMU_PEOPLE_GROUP_FIELDS];
        if (r->values == NULL) {
            continue;
        }
        memcpy(values, r->values, sizeof values);
        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
            if (values[fields[f]].type == KINMU_TYPE_TEXT) {
                values[fields[f]] =
                    kinmu_text(without(&b->memory, values[fields[f]].as.text, person));
            }
        }
        (void)book_put(b, KIND_GROUP, values, nowhere);
    }
}

int32_t erase_judge(book *b, change *c) {
    problems found = {.memory = &b->memory};
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS];
    const char *id = desk_text(c->call, ERASE_PERSON);
    uint32_t mark = book_mark(b);
    const row *person = book_first(b, KIND_PERSON, id);
    if (person == NULL) {
        return people_fail(&c->call->err, KINMU_E_NOTFOUND, "person.unknown",
                           "「%s」という人は登録されていません / there is no person \"%s\"", id,
                           id);
    }
    if (c->owner->erasure == NULL) {
        return people_fail(&c->call->err, KINMU_E_STATE, "erase.host",
                           "this host cannot erase: people runs in a process of its own");
    }
    if (c->call->id != 0) {
        memcpy(values, person->values, sizeof values);
        if (book_lives(person)) {
            values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("deleted");
        }
        if (values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS].type == KINMU_TYPE_NULL) {
            values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS] = kinmu_time(c->call->now_ns);
        }
        (void)book_put(b, KIND_PERSON, values, nowhere);
        leave_groups(b, id);
        rules_check(b, mark, &found);
    }
    if (found.count > 0) {
        const problem *first = &found.rows[0];
        return people_fail(&c->call->err, KINMU_E_REJECT, first->code, "%s / %s", first->ja,
                           first->en);
    }
    c->prepared = make_plan(c, b, id);
    return c->prepared != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* ---- afterwards ---- */

/* The last month that the law keeps; "" = none. */
static const char *last_of_law(const json_t *receipt) {
    const char *last = "";
    size_t index;
    const json_t *kept;
    json_array_foreach(json_object_get(receipt, "kept"), index, kept) {
        const char *why = json_string_value(json_object_get(kept, "why"));
        const char *month = json_string_value(json_object_get(kept, "month"));
        if (why != NULL && month != NULL && strcmp(why, LAW_WORD) == 0 && strcmp(month, last) > 0) {
            last = month;
        }
    }
    return last;
}

/* The day on which the law's time for that month is over. */
static const char *over_on(const change *c, const char *month) {
    char date[WORDS_DATE_SIZE];
    kinmu_civil next = kinmu_civil_from(words_date_ns(month) + 31 * DAY_NS, 0);
    int64_t end_ns = kinmu_days_from_date(next.year, next.month, 1) * DAY_NS;
    words_today(end_ns + c->owner->config->time_records_ms * 1000000 + DAY_NS, 0, date);
    return memory_text(&c->call->memory, date, strlen(date));
}

static void on_erased(void *user, int32_t status, const char *receipt, const char *text) {
    change *c = user;
    people *p = c->owner;
    json_t *told = json_loads(receipt[0] != '\0' ? receipt : "{}", 0, NULL);
    const char *last = last_of_law(told);
    int32_t is_kept = json_array_size(json_object_get(told, "kept")) > 0;
    /* A reader that holds old pages: the rows are gone, the bytes go without us. */
    int32_t is_unfinished = status == KINMU_E_RETRY && receipt[0] != '\0';
    if (status == KINMU_OK || status == KINMU_E_DENIED || status == KINMU_E_NOTFOUND ||
        is_unfinished) {
        desk_answer(c->call, kinmu_text(is_unfinished ? "unfinished"
                                        : is_kept     ? "kept"
                                                      : "erased"));
        desk_answer(c->call, kinmu_text(receipt[0] != '\0' ? receipt : "{}"));
        desk_answer(c->call, last[0] != '\0' ? kinmu_text(LAW) : kinmu_null());
        desk_answer(c->call, last[0] != '\0' ? kinmu_text(over_on(c, last)) : kinmu_null());
        status = KINMU_OK;
        text = "";
    }
    if (c->call->id == 0 && status == KINMU_OK && !is_kept) {
        p->host->log(p->host, KINMU_LOG_INFO, "what was kept of somebody to be erased is gone");
    }
    desk_finish(&p->desk, c->call, status, text);
    json_decref(told);
}

int32_t erase_after(change *c) {
    const plan *made = c->prepared;
    people *p = c->owner;
    const char *note = c->call->id == 0 ? "" : desk_text(c->call, ERASE_REASON);
    int32_t status = p->erasure->erase(p->host, made->wanted, made->wanted_count, made->spared,
                                       made->spared_count, note, on_erased, c);
    if (status != KINMU_OK) {
        desk_finish(&p->desk, c->call, status,
                    "the person is deleted, and is erased within a day: the hub is busy now");
    }
    return 1;
}
