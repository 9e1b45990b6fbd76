/* people/book.h - the records of people as they are and as they would become: rows in memory.
 *
 * A book is filled from the store, changed by what is judged, and either written as one decision or
 * thrown away. Every change is logged, so that one that turns out wrong is taken back alone. Pure:
 * no I/O. All texts end with a NUL.
 */
#ifndef PEOPLE_BOOK_H
#define PEOPLE_BOOK_H

#include "memory.h"

#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/people.h>

enum {
    KIND_PERSON,
    KIND_ASSIGNMENT,
    KIND_GROUP,
    KIND_PATTERN,
    KIND_ACCOUNT,
    KIND_COMPUTER,
    KIND_HOLIDAY,
    KIND_SITE,
    KIND_SETTING,
    KIND_DAY,
    KIND_HOLD,
    KIND_DEMAND,
    KIND_ACCESS,
    KIND_SCHEDULE,
    KINDS
};
#define KIND_BIT(kind) (1u << (kind))
#define BOOK_FIELDS_MAX 24u
#define BOOK_EVER "1970-01-01" /* from_date of what holds since ever */

typedef struct kind_info {
    const kinmu_schema *schema;
    const char *word;      /* "person" */
    uint32_t key_count;    /* the first fields, all texts */
    uint32_t state_field;  /* UINT32_MAX = none */
    uint32_t person_field; /* whom a row concerns; UINT32_MAX = nobody */
} kind_info;

extern const kind_info kinds[KINDS];

/* Where a change comes from: a line of a file, or nothing (a command). */
typedef struct place {
    const char *file;
    uint32_t line;
} place;

typedef struct row {
    struct row *next;          /* with the same hash of the first key field */
    const kinmu_value *values; /* NULL = there is none */
    uint64_t block;            /* as read; 0 = new */
    int64_t unix_ns;           /* as read: when it was written */
    uint32_t kind, hash;
    uint32_t touched;           /* by the change of that number; 0 = as read */
    uint32_t members;           /* for rules.c: people of this group … */
    const struct row *newcomer; /* … and one that the change brought */
    uint32_t is_written;        /* for flow.c */
    uint32_t is_renewed;        /* to be written, though nothing changed */
    const char *whom;           /* the person's id, where no field tells it */
    place from;                 /* who touched it last */
} row;

typedef struct book_entry {
    row *row;
    const kinmu_value *before; /* NULL = there was none */
    uint32_t touched;
    place from;
} book_entry;

typedef struct shelf {
    row **rows;
    uint32_t count, capacity;
    row **slots;
    uint32_t slot_count;
} shelf;

typedef struct book {
    memory memory;
    shelf shelves[KINDS];
    book_entry *log;
    uint32_t log_count, log_capacity;
    uint32_t change; /* number of the change being judged, from 1 */
    uint64_t newest_block[KINDS];
    char today[16];
} book;

void book_free(book *b);

/* A row as the store has it. E_REJECT: it has no key. */
int32_t book_load(book *b, uint32_t kind, const kinmu_event *event);
/* The row with the key that `values` begins with, NULL when there is none (or no longer). */
row *book_find(const book *b, uint32_t kind, const kinmu_value *values);
/* By its first key field alone: the first such row, and the next; rows that are not there too. */
row *book_first(const book *b, uint32_t kind, const char *key);
row *book_next(const row *r);
/* "H20261122-1": the first of the day that is free; "" = out of memory. */
const char *book_new_id(book *b, uint32_t kind, char letter);
/* Of (key, from_date) records: the row in force on that date; NULL when there is none. */
const row *book_in_force(const book *b, uint32_t kind, const char *key, const char *date);
/* The newest of them. */
const row *book_latest(const book *b, uint32_t kind, const char *key);
/* The setting in force today at the company, or what it is where nothing is set. */
const char *book_setting(const book *b, uint32_t setting);
int64_t book_setting_number(const book *b, uint32_t setting);

/* Makes the row what `values` say; equal values change nothing. NULL when out of memory. */
row *book_put(book *b, uint32_t kind, const kinmu_value *values, place from);
/* Has the row written anew as it is. */
void book_renew(book *b, row *r);
uint32_t book_mark(const book *b);
void book_undo(book *b, uint32_t mark);

const char *book_text(const row *r, uint32_t field); /* "" for null */
int64_t book_number(const row *r, uint32_t field);   /* 0 for null */
int32_t book_is(const row *r, uint32_t field, const char *word);
/* 1 when there is a row whose state is not deleted or erased. */
int32_t book_lives(const row *r);
int32_t value_equal(const kinmu_value *a, const kinmu_value *b);
int32_t values_equal(uint32_t kind, const kinmu_value *a, const kinmu_value *b);
uint32_t kind_fields(uint32_t kind);
const kinmu_field *kind_field(uint32_t kind, uint32_t field);

#endif
