/* workday/facts/book.c - see book.h. */
#include "facts/book.h"

#include <stdlib.h>
#include <string.h>

void book_init(book *b, texts *ids) {
    static const uint32_t sizes[BOOKS] = {
        [BOOK_PERSON] = sizeof(person_row),   [BOOK_ASSIGNMENT] = sizeof(assignment_row),
        [BOOK_GROUP] = sizeof(group_row),     [BOOK_PATTERN] = sizeof(pattern_row),
        [BOOK_ACCOUNT] = sizeof(owner_row),   [BOOK_COMPUTER] = sizeof(owner_row),
        [BOOK_HOLIDAY] = sizeof(holiday_row), [BOOK_SETTING] = sizeof(setting_row),
        [BOOK_DEVICE] = sizeof(device_row),   [BOOK_ATTENDANCE] = sizeof(attendance_row),
        [BOOK_REQUEST] = sizeof(request_row), [BOOK_TASK] = sizeof(task_row),
        [BOOK_MEETING] = sizeof(meeting_row), [BOOK_SCHEDULE] = sizeof(schedule_row),
    };
    memset(b, 0, sizeof *b);
    b->texts = ids;
    for (uint32_t i = 0; i < BOOKS; i++) {
        b->books[i].size = sizes[i];
    }
    b->dates.size = sizeof(int32_t);
    b->people.size = sizeof(book_id);
}

void book_finish(book *b) {
    for (uint32_t i = 0; i < BOOKS; i++) {
        list_free(&b->books[i]);
    }
    list_free(&b->dates);
    list_free(&b->people);
    free(b->same);
    free(b->rank);
    b->same = NULL;
    b->rank = NULL;
}

void *book_add(book *b, uint32_t which) {
    record *row = list_add(&b->books[which]);
    if (row != NULL) {
        row->line = b->books[which].count;
        row->unix_ns = INT64_MIN;
    }
    return row;
}

uint32_t book_count(const book *b, uint32_t which) {
    return b->books[which].count;
}

const void *book_row(const book *b, uint32_t which, uint32_t index) {
    return (const char *)b->books[which].rows + (size_t)index * b->books[which].size;
}

static record *row_at(book *b, uint32_t which, uint32_t index) {
    return (record *)(void *)((char *)b->books[which].rows + (size_t)index * b->books[which].size);
}

/* ---- settling ---- */

static int compare_keys(const uint32_t *a, const uint32_t *b, uint32_t keys) {
    for (uint32_t i = 0; i < keys; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

static int compare_rows(const void *left, const void *right) {
    const record *a = left;
    const record *b = right;
    int order = compare_keys(a->key, b->key, BOOK_KEYS);
    if (order != 0) {
        return order;
    }
    if (a->unix_ns != b->unix_ns) {
        return a->unix_ns < b->unix_ns ? -1 : 1;
    }
    return a->line < b->line ? -1 : a->line > b->line;
}

static void sort(book *b, uint32_t which) {
    list *l = &b->books[which];
    if (l->count > 1) {
        qsort(l->rows, l->count, l->size, compare_rows);
    }
}

/* Sorts and keeps the last of equal keys. */
static void settle(book *b, uint32_t which) {
    list *l = &b->books[which];
    uint32_t kept = 0;
    sort(b, which);
    for (uint32_t i = 0; i < l->count; i++) {
        record *row = row_at(b, which, i);
        if (i + 1 < l->count &&
            compare_keys(row->key, row_at(b, which, i + 1)->key, BOOK_KEYS) == 0) {
            continue;
        }
        memmove(row_at(b, which, kept++), row, l->size);
    }
    l->count = kept;
}

static int compare_people(const void *left, const void *right) {
    const book_id *a = left;
    const book_id *b = right;
    return strcmp(a->text, b->text);
}

/* All ids by their bytes; several with one employee number are one person, the smallest of them
 * (ATT-12). */
static int32_t unite_people(book *b) {
    uint32_t *first = calloc(texts_count(b->texts), sizeof *first);
    b->same = calloc(texts_count(b->texts), sizeof *b->same);
    b->rank = calloc(texts_count(b->texts), sizeof *b->rank);
    if (first == NULL || b->same == NULL || b->rank == NULL) {
        free(first);
        return 0;
    }
    for (uint32_t i = 0; i < book_count(b, BOOK_PERSON); i++) {
        const person_row *row = book_row(b, BOOK_PERSON, i);
        book_id *id = list_add(&b->people);
        if (id == NULL) {
            free(first);
            return 0;
        }
        *id =
            (book_id){texts_at(b->texts, row->record.key[0]), row->record.key[0], row->employee_no};
    }
    if (b->people.count > 1) {
        qsort(b->people.rows, b->people.count, sizeof(book_id), compare_people);
    }
    const book_id *people = b->people.rows;
    for (uint32_t i = 0; i < b->people.count; i++) {
        uint32_t employee_no = people[i].employee_no;
        if (first[employee_no] == 0 || employee_no == 0) {
            first[employee_no] = people[i].id;
        }
        b->same[people[i].id] = first[employee_no];
        b->rank[people[i].id] = b->people.count - i;
    }
    free(first);
    return 1;
}

/* Of rows that get one key by uniting people, that of the smallest id counts: it becomes the last
 * version. */
static void unite_key(book *b, record *row, uint32_t key) {
    uint32_t same = book_person(b, row->key[key]);
    row->unix_ns = 0;
    row->line = b->rank[row->key[key]];
    row->key[key] = same != 0 ? same : row->key[key];
}

static void move_key(record *row, uint32_t person, int32_t date) {
    uint32_t id = row->key[0];
    row->key[0] = person;
    row->key[1] = date == NONE ? 0 : (uint32_t)date;
    row->key[2] = id;
}

static int compare_dates(const void *left, const void *right) {
    const int32_t *a = left;
    const int32_t *b = right;
    return *a < *b ? -1 : *a > *b;
}

static int32_t add_date(book *b, uint32_t date) {
    int32_t *row = list_add(&b->dates);
    if (row == NULL) {
        return 0;
    }
    *row = (int32_t)date;
    return 1;
}

static int32_t gather_dates(book *b) {
    for (uint32_t i = 0; i < book_count(b, BOOK_SETTING); i++) {
        const setting_row *row = book_row(b, BOOK_SETTING, i);
        if (!add_date(b, row->record.key[3])) {
            return 0;
        }
    }
    for (uint32_t i = 0; i < book_count(b, BOOK_PATTERN); i++) {
        const pattern_row *row = book_row(b, BOOK_PATTERN, i);
        if (!add_date(b, row->record.key[1])) {
            return 0;
        }
    }
    if (b->dates.count > 1) {
        qsort(b->dates.rows, b->dates.count, sizeof(int32_t), compare_dates);
    }
    return 1;
}

int32_t book_settle(book *b) {
    for (uint32_t i = 0; i < BOOKS; i++) {
        settle(b, i);
    }
    if (!unite_people(b)) {
        return 0;
    }
    for (uint32_t i = 0; i < book_count(b, BOOK_ASSIGNMENT); i++) {
        unite_key(b, row_at(b, BOOK_ASSIGNMENT, i), 0);
    }
    settle(b, BOOK_ASSIGNMENT);
    for (uint32_t i = 0; i < book_count(b, BOOK_SCHEDULE); i++) {
        unite_key(b, row_at(b, BOOK_SCHEDULE, i), 0);
    }
    settle(b, BOOK_SCHEDULE);
    for (uint32_t i = 0; i < book_count(b, BOOK_SETTING); i++) {
        record *row = row_at(b, BOOK_SETTING, i);
        if (row->key[0] == SCOPE_PERSON) {
            unite_key(b, row, 1);
        }
    }
    settle(b, BOOK_SETTING);
    for (uint32_t i = 0; i < book_count(b, BOOK_REQUEST); i++) {
        request_row *row = (request_row *)(void *)row_at(b, BOOK_REQUEST, i);
        move_key(&row->record, book_person(b, row->person), row->date);
    }
    sort(b, BOOK_REQUEST);
    for (uint32_t i = 0; i < book_count(b, BOOK_TASK); i++) {
        task_row *row = (task_row *)(void *)row_at(b, BOOK_TASK, i);
        move_key(&row->record, book_person(b, row->person), row->date);
    }
    sort(b, BOOK_TASK);
    return gather_dates(b);
}

/* ---- finding ---- */

uint32_t book_first(const book *b, uint32_t which, const uint32_t *key, uint32_t keys) {
    uint32_t low = 0;
    uint32_t high = book_count(b, which);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const record *row = book_row(b, which, middle);
        if (compare_keys(row->key, key, keys) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const void *book_find(const book *b, uint32_t which, const uint32_t *key, uint32_t keys) {
    uint32_t i = book_first(b, which, key, keys);
    const record *row = i < book_count(b, which) ? book_row(b, which, i) : NULL;
    return row != NULL && compare_keys(row->key, key, keys) == 0 ? row : NULL;
}

const void *book_in_force(const book *b, uint32_t which, const uint32_t *key, uint32_t keys,
                          int32_t date) {
    uint32_t next[BOOK_KEYS] = {0};
    memcpy(next, key, keys * sizeof *key);
    next[keys] = (uint32_t)date + 1;
    uint32_t i = book_first(b, which, next, keys + 1);
    const record *row = i > 0 ? book_row(b, which, i - 1) : NULL;
    return row != NULL && compare_keys(row->key, key, keys) == 0 ? row : NULL;
}

uint32_t book_person(const book *b, uint32_t person) {
    return b->same[person];
}
