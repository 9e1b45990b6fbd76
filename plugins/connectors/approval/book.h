/* approval/book.h - the rows a decision looks at, read from the store once as they are asked for,
 * and what it makes of them. A call judged later in the same decision sees what those before it
 * changed. Texts end with a NUL. */
#ifndef APPROVAL_BOOK_H
#define APPROVAL_BOOK_H

#include "desk.h"

#include <kinmu/iface/records.h>

enum {
    USE_PERSON,
    USE_ASSIGNMENT,
    USE_GROUP,
    USE_PATTERN,
    USE_ACCOUNT,
    USE_SETTING,
    USE_DAY,
    USE_PUNCH,
    USE_SHIFT,
    USE_REQUEST,
    USE_DECISION,
    USE_TASK,
    USE_CHANGE,
    USE_ALERT,
    USE_SCHEDULE,
    USES
};

typedef struct row {
    struct row *next;
    const kinmu_value *values;
    int64_t unix_ns;
    uint64_t block, sequence;
    int32_t is_ours; /* changed by this decision */
} row;

typedef struct book {
    desk_decision *decision;
    const kinmu_host *host;
    const kinmu_records *records;
    row *first[USES], *last[USES];
    struct book_question *questions; /* asked already */
    uint32_t made;                   /* requests and tasks, for their ids */
    int32_t status;                  /* of reading; the first failure */
} book;

/* Reads the rows that meet all conditions, at most five, joined by AND; the first time only. A
 * failure is kept in b->status. [job] */
void book_read(book *b, uint32_t use, const kinmu_filter *filters, uint32_t count);
/* The rows whose field is this text. */
void book_read_by(book *b, uint32_t use, const char *field, const char *text);
/* A row as the store has it; for book_read and tests. */
void book_take(book *b, uint32_t use, const kinmu_event *event);

/* The first row of that use whose first field is the text. */
row *book_find(const book *b, uint32_t use, const char *key);
/* Of (key, from_date) rows: the one in force on the date; NULL when there is none. */
const row *book_in_force(const book *b, uint32_t use, const char *key, const char *date);

/* Writes a record, new or changed, or a log row. unix_ns 0 = now. */
void book_put(book *b, uint32_t use, const char *subject, int64_t unix_ns,
              const kinmu_value *values);
/* An id of its own: "r1234-1". */
const char *book_new_id(book *b, char letter);

const char *row_text(const row *r, uint32_t field); /* "" for null and NULL */
int64_t row_number(const row *r, uint32_t field);   /* 0 */
int32_t row_is(const row *r, uint32_t field, const char *word);
uint32_t book_fields(uint32_t use);

#endif
