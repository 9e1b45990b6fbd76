/* people/lists.c - records shown: in force on a date, page by page in the order of their keys; and
 * one person with all that is said about him. */
#include "history.h"
#include "people.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_ROWS_MAX 1000u
#define PAGE_BYTES_MAX 262144u

enum { LIST_AS_OF, LIST_AFTER, LIST_ALL };
enum { SHOW_PERSON, SHOW_AS_OF };

/* The date asked for, or today; 0: it is none. */
static int32_t take_as_of(change *c, uint32_t input, char *date) {
    memcpy(date, c->today, sizeof c->today);
    if (desk_is_given(c->call, input) && !words_date(desk_text(c->call, input), date)) {
        (void)people_fail(&c->call->err, KINMU_E_REJECT, "cell.date",
                          "as_of is a date like 2026-11-22, not \"%s\"", desk_text(c->call, input));
        return 0;
    }
    return 1;
}

/* The field that holds from_date; UINT32_MAX = the kind has none. */
static uint32_t date_field(uint32_t kind) {
    for (uint32_t f = 0; f < kinds[kind].key_count; f++) {
        if (strcmp(kind_field(kind, f)->name, "from_date") == 0) {
            return f;
        }
    }
    return UINT32_MAX;
}

static int compare_keys(const row *a, const row *b) {
    for (uint32_t f = 0; f < kinds[a->kind].key_count; f++) {
        int order = strcmp(book_text(a, f), book_text(b, f));
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static int by_key(const void *left, const void *right) {
    return compare_keys(*(const row *const *)left, *(const row *const *)right);
}

/* 1 when both differ in from_date at most. */
static int32_t same_but_date(const row *a, const row *b, uint32_t date) {
    for (uint32_t f = 0; f < kinds[a->kind].key_count; f++) {
        if (f != date && strcmp(book_text(a, f), book_text(b, f)) != 0) {
            return 0;
        }
    }
    return 1;
}

/* Of rows in the order of their keys, those in force: the last not after the date of each run. */
static uint32_t keep_in_force(const row **rows, uint32_t count, const char *date) {
    uint32_t kept = 0;
    uint32_t field = count > 0 ? date_field(rows[0]->kind) : UINT32_MAX;
    for (uint32_t i = 0; field != UINT32_MAX && i < count; i++) {
        if (strcmp(book_text(rows[i], field), date) > 0) {
            continue;
        }
        int32_t is_newer = kept > 0 && same_but_date(rows[kept - 1], rows[i], field);
        rows[is_newer ? kept - 1 : kept++] = rows[i];
    }
    return field != UINT32_MAX ? kept : count;
}

static json_t *describe(const book *b, const row *r, const char *date) {
    json_t *object = report_row(r->kind, r->values);
    if (r->kind == KIND_PERSON) {
        const row *now =
            book_in_force(b, KIND_ASSIGNMENT, book_text(r, KINMU_PEOPLE_PERSON_PERSON), date);
        for (uint32_t f = 2; now != NULL && f < KINMU_PEOPLE_ASSIGNMENT_FIELDS; f++) {
            json_object_set_new(object, kind_field(KIND_ASSIGNMENT, f)->name,
                                now->values[f].type == KINMU_TYPE_TEXT
                                    ? json_string(book_text(now, f))
                                    : json_null());
        }
    }
    return object;
}

int32_t lists_answer(book *b, change *c, const row **rows, uint32_t count, const char *after,
                     const char *date) {
    const char *next = "";
    json_t *page = json_array();
    size_t bytes = 0;
    qsort(rows, count, sizeof *rows, by_key);
    for (uint32_t i = 0; i < count; i++) {
        const char *key = audit_key(&b->memory, c->work->kind, rows[i]->values);
        if (key == NULL || strcmp(key, after) <= 0) {
            continue;
        }
        if (json_array_size(page) >= PAGE_ROWS_MAX || bytes > PAGE_BYTES_MAX) {
            break;
        }
        json_t *object = describe(b, rows[i], date);
        bytes += json_dumpb(object, NULL, 0, JSON_COMPACT) + 1;
        json_array_append_new(page, object);
        next = key;
    }
    int32_t is_last = count == 0 || strcmp(next, audit_key(&b->memory, c->work->kind,
                                                           rows[count - 1]->values)) == 0;
    desk_answer(c->call, kinmu_text(report_text(&b->memory, page)));
    desk_answer(c->call, is_last || next[0] == '\0' ? kinmu_null() : kinmu_text(next));
    return KINMU_OK;
}

int32_t list_judge(book *b, change *c) {
    char date[WORDS_DATE_SIZE];
    const shelf *s = &b->shelves[c->work->kind];
    const row **rows = memory_get(&b->memory, (s->count + 1) * sizeof *rows);
    uint32_t count = 0;
    if (rows == NULL || !take_as_of(c, LIST_AS_OF, date)) {
        return rows == NULL ? KINMU_E_NOMEM : KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        rows[count] = s->rows[i];
        count += s->rows[i]->values != NULL;
    }
    qsort(rows, count, sizeof *rows, by_key);
    if (!desk_number(c->call, LIST_ALL, 0)) {
        count = keep_in_force(rows, count, date);
    }
    return lists_answer(b, c, rows, count, desk_text(c->call, LIST_AFTER), date);
}

/* All rows of a kind that name the person in a field. */
static json_t *rows_of(const book *b, uint32_t kind, uint32_t field, const char *person) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < b->shelves[kind].count; i++) {
        const row *r = b->shelves[kind].rows[i];
        if (r->values != NULL && book_is(r, field, person)) {
            json_array_append_new(list, report_row(kind, r->values));
        }
    }
    return list;
}

int32_t show_judge(book *b, change *c) {
    char date[WORDS_DATE_SIZE];
    const char *id = desk_text(c->call, SHOW_PERSON);
    const row *person = book_first(b, KIND_PERSON, id);
    if (!take_as_of(c, SHOW_AS_OF, date)) {
        return KINMU_E_REJECT;
    }
    if (person == NULL) {
        return people_fail(&c->call->err, KINMU_E_NOTFOUND, "person.unknown",
                           "「%s」という人は登録されていません / there is no person \"%s\"", id,
                           id);
    }
    json_t *object = describe(b, person, date);
    int32_t status = history_of_person(c, id, date, object);
    if (status != KINMU_OK) {
        json_decref(object);
        return status;
    }
    json_object_set_new(object, "assignments",
                        rows_of(b, KIND_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_PERSON, id));
    json_object_set_new(object, "accounts",
                        rows_of(b, KIND_ACCOUNT, KINMU_PEOPLE_ACCOUNT_PERSON, id));
    json_object_set_new(object, "computers",
                        rows_of(b, KIND_COMPUTER, KINMU_PEOPLE_COMPUTER_PERSON, id));
    const char *text = memory_print(&b->memory, "%s\n", report_text(&b->memory, object));
    desk_answer(c->call, kinmu_text(text != NULL ? text : ""));
    return KINMU_OK;
}
