/* workday/facts/book.h - master data and all other records: for each key the version that counts.
 *
 * Rows are added in any order, then settled once: sorted by key, superseded versions dropped. Ids
 * are numbers of `texts`. Nothing here computes.
 */
#ifndef WORKDAY_BOOK_H
#define WORKDAY_BOOK_H

#include "facts/rules.h"

#define BOOK_KEYS 4

/* Begins every row. */
typedef struct record {
    uint32_t key[BOOK_KEYS]; /* unused ones 0 */
    int64_t unix_ns;         /* the latest version counts; INT64_MIN = not said */
    uint64_t line;           /* then the last one read */
} record;

enum {
    BOOK_PERSON,     /* person */
    BOOK_ASSIGNMENT, /* person, from_date */
    BOOK_GROUP,      /* group */
    BOOK_PATTERN,    /* pattern, from_date */
    BOOK_ACCOUNT,    /* account, from_date */
    BOOK_COMPUTER,   /* computer, from_date */
    BOOK_HOLIDAY,    /* calendar, date */
    BOOK_SETTING,    /* scope, scope_id, name, from_date */
    BOOK_DEVICE,     /* origin */
    BOOK_SCHEDULE,   /* person, date */
    BOOK_ATTENDANCE, /* employee_no, date */
    BOOK_REQUEST,    /* request_id; settled: person, date, request_id */
    BOOK_TASK,       /* task_id; settled: person, date, task_id */
    BOOK_MEETING,    /* account, source, source_id */
    BOOKS
};

enum { SCOPE_COMPANY, SCOPE_GROUP, SCOPE_PERSON };

typedef struct person_row {
    record record;
    uint32_t employee_no;
    int32_t is_overtime_managed;
    int32_t is_erased; /* or is to be, once law and holds allow it */
} person_row;

typedef struct assignment_row {
    record record;
    uint32_t group, pattern; /* pattern 0 = none */
    int32_t work_class;
} assignment_row;

typedef struct group_row {
    record record;
    uint32_t parent; /* 0 = top */
} group_row;

typedef struct pattern_row {
    record record;
    pattern pattern;
} pattern_row;

typedef struct owner_row {
    record record;
    uint32_t person; /* 0 = nobody */
} owner_row;

typedef struct holiday_row {
    record record;
    int32_t kind;
} holiday_row;

typedef struct setting_row {
    record record;
    uint32_t value;
} setting_row;

enum { SHIFT_NONE, SHIFT_BY_PATTERN, SHIFT_BY_CLOCKS };

typedef struct schedule_row {
    record record;
    int32_t is_withdrawn, kind; /* KIND_* */
    int32_t shift;
    uint32_t pattern; /* of SHIFT_BY_PATTERN */
    pattern clocks;   /* of SHIFT_BY_CLOCKS, but for auto_end_clock */
} schedule_row;

typedef struct device_row {
    record record;
    uint32_t name;
} device_row;

enum { ATTENDANCE_NONE, ATTENDANCE_LEGAL, ATTENDANCE_COMPANY, ATTENDANCE_LEAVE, ATTENDANCE_HALF };

typedef struct attendance_row {
    record record;
    int32_t start_clock, end_clock, break_min; /* NONE = null */
    int32_t holiday, form;
    int32_t has_breaks;
    uint32_t break_count;
    span breaks[LIST_MAX];
} attendance_row;

enum {
    REQUEST_START,
    REQUEST_END,
    REQUEST_CORRECTION,
    REQUEST_OVERTIME,
    REQUEST_HOLIDAY_WORK,
    REQUEST_REASON,
    REQUEST_LEAVE,
    REQUEST_LATE, /* that a closed day becomes what came to light */
    REQUEST_OTHER
};
enum {
    REQUEST_DRAFT,
    REQUEST_PENDING,
    REQUEST_APPROVED,
    REQUEST_DENIED,
    REQUEST_RETURNED,
    REQUEST_GONE
};

typedef struct request_row {
    record record;
    uint32_t person;
    int32_t date; /* NONE = of no day */
    int32_t kind, state, form;
    int32_t from_clock, to_clock, break_min, scheduled_min; /* NONE = null */
    uint32_t after;                                         /* of REQUEST_LATE */
} request_row;

typedef struct task_row {
    record record;
    uint32_t person;
    int32_t date, form, is_deleted;
    int32_t is_meeting, start, end; /* moments; NONE = of the whole day, or running */
} task_row;

typedef struct meeting_row {
    record record;
    int32_t start, end; /* moments; NONE when removed or free */
    int32_t is_private;
} meeting_row;

typedef struct book_id {
    const char *text;
    uint32_t id, employee_no;
} book_id;

typedef struct book {
    texts *texts;
    list books[BOOKS];
    list people;    /* book_id of every person, by bytes */
    uint32_t *same; /* by text: the id under which a person is computed */
    uint32_t *rank; /* by text: greater = smaller by bytes */
    list dates;     /* int32_t, sorted: on these something may change for everybody */
} book;

void book_init(book *b, texts *ids);
void book_finish(book *b);
/* A row to fill; NULL when out of memory. */
void *book_add(book *b, uint32_t which);
/* 0 when out of memory. */
int32_t book_settle(book *b);

uint32_t book_count(const book *b, uint32_t which);
const void *book_row(const book *b, uint32_t which, uint32_t index);
/* The first row whose key is not before this one, in the first `keys` numbers. */
uint32_t book_first(const book *b, uint32_t which, const uint32_t *key, uint32_t keys);
const void *book_find(const book *b, uint32_t which, const uint32_t *key, uint32_t keys);
/* The row whose key has these first numbers and then the latest date not after `date`. */
const void *book_in_force(const book *b, uint32_t which, const uint32_t *key, uint32_t keys,
                          int32_t date);
/* Under which id a person is computed; 0 for nobody known. */
uint32_t book_person(const book *b, uint32_t person);

#endif
