/* approval/book.c - see book.h. A decision looks at some dozens of rows, so they hang in lists. */
#include "book.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/day.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>
#include <kinmu/events/task.h>

#include <string.h>

#define FILTERS_MAX 6u /* one more than a caller may give, for the pages */

static const struct {
    uint32_t keys, fields; /* keys 0: a log */
} shapes[USES] = {
    [USE_PERSON] = {1, KINMU_PEOPLE_PERSON_FIELDS},
    [USE_ASSIGNMENT] = {2, KINMU_PEOPLE_ASSIGNMENT_FIELDS},
    [USE_GROUP] = {1, KINMU_PEOPLE_GROUP_FIELDS},
    [USE_PATTERN] = {2, KINMU_PEOPLE_PATTERN_FIELDS},
    [USE_ACCOUNT] = {2, KINMU_PEOPLE_ACCOUNT_FIELDS},
    [USE_SETTING] = {4, KINMU_PEOPLE_SETTING_FIELDS},
    [USE_DAY] = {2, KINMU_WORK_DAY_FIELDS},
    [USE_PUNCH] = {0, KINMU_ATTENDANCE_PUNCH_FIELDS},
    [USE_SHIFT] = {1, KINMU_ATTENDANCE_SHIFT_FIELDS},
    [USE_REQUEST] = {1, KINMU_REQUEST_REQUEST_FIELDS},
    [USE_DECISION] = {2, KINMU_REQUEST_DECISION_FIELDS},
    [USE_TASK] = {1, KINMU_WORK_TASK_FIELDS},
    [USE_CHANGE] = {0, KINMU_AUDIT_CHANGE_FIELDS},
    [USE_ALERT] = {4, KINMU_ALERT_FIELDS},
    [USE_SCHEDULE] = {2, KINMU_PEOPLE_SCHEDULE_FIELDS},
};

typedef struct book_question {
    struct book_question *next;
    const char *text;
} book_question;

uint32_t book_fields(uint32_t use) {
    return shapes[use].fields;
}

const char *row_text(const row *r, uint32_t field) {
    return r != NULL && r->values[field].type == KINMU_TYPE_TEXT ? r->values[field].as.text : "";
}

int64_t row_number(const row *r, uint32_t field) {
    return r != NULL && r->values[field].type != KINMU_TYPE_TEXT ? r->values[field].as.i64 : 0;
}

int32_t row_is(const row *r, uint32_t field, const char *word) {
    return strcmp(row_text(r, field), word) == 0;
}

static int32_t is_same_value(const kinmu_value *a, const kinmu_value *b) {
    if (a->type != b->type || a->size != b->size) {
        return 0;
    }
    return a->type == KINMU_TYPE_TEXT ? memcmp(a->as.text, b->as.text, a->size) == 0
                                      : a->as.i64 == b->as.i64;
}

static int32_t is_same(uint32_t use, const row *r, const kinmu_value *values, uint64_t block,
                       uint64_t sequence) {
    if (shapes[use].keys == 0) {
        return r->block == block && r->sequence == sequence && block != 0;
    }
    for (uint32_t i = 0; i < shapes[use].keys; i++) {
        if (!is_same_value(&r->values[i], &values[i])) {
            return 0;
        }
    }
    return 1;
}

static row *find_same(const book *b, uint32_t use, const kinmu_value *values, uint64_t block,
                      uint64_t sequence) {
    row *r = b->first[use];
    while (r != NULL && !is_same(use, r, values, block, sequence)) {
        r = r->next;
    }
    return r;
}

static row *add_row(book *b, uint32_t use) {
    row *r = memory_get(&b->decision->memory, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    if (b->last[use] != NULL) {
        b->last[use]->next = r;
    } else {
        b->first[use] = r;
    }
    b->last[use] = r;
    return r;
}

void book_take(book *b, uint32_t use, const kinmu_event *event) {
    uint32_t count =
        event->value_count < shapes[use].fields ? event->value_count : shapes[use].fields;
    kinmu_value *values =
        memory_values(&b->decision->memory, event->values, count, shapes[use].fields);
    if (values == NULL) {
        return; /* the memory remembers */
    }
    row *r = find_same(b, use, values, event->block, event->sequence);
    if (r != NULL && r->is_ours) {
        return;
    }
    r = r != NULL ? r : add_row(b, use);
    if (r != NULL) {
        r->values = values;
        r->unix_ns = event->unix_ns;
        r->block = event->block;
        r->sequence = event->sequence;
    }
}

/* ---- reading ---- */

typedef struct reading {
    book *book;
    uint32_t use;
    uint32_t rows;
    uint64_t last_block;
} reading;

static int32_t take(void *user, const kinmu_event *event) {
    reading *r = user;
    r->rows++;
    r->last_block = event->block > r->last_block ? event->block : r->last_block;
    book_take(r->book, r->use, event);
    return r->book->decision->memory.failed ? KINMU_E_NOMEM : KINMU_OK;
}

/* 1 when the same was asked before; it is now. */
static int32_t was_asked(book *b, uint32_t use, const kinmu_filter *filters, uint32_t count) {
    memory *m = &b->decision->memory;
    const char *text = memory_print(m, "%u", use);
    for (uint32_t i = 0; i < count && text != NULL; i++) {
        const kinmu_value *value = &filters[i].value;
        text = value->type == KINMU_TYPE_TEXT
                   ? memory_print(m, "%s %s%u%.*s", text, filters[i].field, filters[i].compare,
                                  (int)value->size, value->as.text)
                   : memory_print(m, "%s %s%u%lld", text, filters[i].field, filters[i].compare,
                                  (long long)value->as.i64);
    }
    if (text == NULL) {
        return 1;
    }
    for (const book_question *q = b->questions; q != NULL; q = q->next) {
        if (strcmp(q->text, text) == 0) {
            return 1;
        }
    }
    book_question *added = memory_get(m, sizeof *added);
    if (added != NULL) {
        *added = (book_question){b->questions, text};
        b->questions = added;
    }
    return 0;
}

/* Page by page in journal order: a new version of a row moves it to a later block, so none is
 * missed. */
void book_read(book *b, uint32_t use, const kinmu_filter *filters, uint32_t count) {
    kinmu_filter all[FILTERS_MAX];
    reading r = {.book = b, .use = use};
    if (b->records == NULL || b->status != KINMU_OK || was_asked(b, use, filters, count)) {
        return;
    }
    if (count > 0) {
        memcpy(all, filters, count * sizeof *all);
    }
    for (;;) {
        uint64_t from = r.last_block;
        all[count] =
            (kinmu_filter){"block", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64((int64_t)from)};
        const kinmu_query query = {.struct_size = sizeof query,
                                   .schema = use,
                                   .filters = all,
                                   .filter_count = count + 1,
                                   .limit = KINMU_RECORDS_PAGE_MAX,
                                   .order = "block,sequence",
                                   .decision = b->decision->number};
        r.rows = 0;
        b->status = b->records->query(b->host, &query, take, &r);
        if (b->status != KINMU_OK || r.rows < KINMU_RECORDS_PAGE_MAX || r.last_block == from) {
            return;
        }
    }
}

void book_read_by(book *b, uint32_t use, const char *field, const char *text) {
    const kinmu_filter filter = {field, KINMU_COMPARE_EQUAL, 0, kinmu_text(text)};
    book_read(b, use, &filter, 1);
}

row *book_find(const book *b, uint32_t use, const char *key) {
    row *r = b->first[use];
    while (r != NULL && !row_is(r, 0, key)) {
        r = r->next;
    }
    return r;
}

const row *book_in_force(const book *b, uint32_t use, const char *key, const char *date) {
    const row *best = NULL;
    for (const row *r = b->first[use]; r != NULL; r = r->next) {
        if (row_is(r, 0, key) && strcmp(row_text(r, 1), date) <= 0 &&
            (best == NULL || strcmp(row_text(r, 1), row_text(best, 1)) > 0)) {
            best = r;
        }
    }
    return best;
}

/* ---- writing ---- */

void book_put(book *b, uint32_t use, const char *subject, int64_t unix_ns,
              const kinmu_value *values) {
    desk_decision *d = b->decision;
    kinmu_value *copy = memory_values(&d->memory, values, shapes[use].fields, 0);
    row *r = copy != NULL && shapes[use].keys > 0 ? find_same(b, use, copy, 0, 0) : NULL;
    r = r != NULL || copy == NULL ? r : add_row(b, use);
    if (r == NULL) {
        return; /* the memory remembers */
    }
    r->values = copy;
    r->unix_ns = unix_ns;
    r->is_ours = 1;
    desk_add(d, use, subject, unix_ns, copy, shapes[use].fields);
}

const char *book_new_id(book *b, char letter) {
    const char *id = memory_print(&b->decision->memory, "%c%llu-%u", letter,
                                  (unsigned long long)b->decision->number + 1, ++b->made);
    return id != NULL ? id : "";
}
