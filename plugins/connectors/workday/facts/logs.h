/* workday/facts/logs.h - what was recorded, of everybody; and whose it is (COL-08, ATT-12).
 *
 * Rows are added in any order, then settled once, which sorts them by account and by device and
 * lists for each person which accounts or computers were his from when to when. A row may be
 * nobody's.
 */
#ifndef WORKDAY_LOGS_H
#define WORKDAY_LOGS_H

#include "facts/book.h"

/* Begins every row. */
typedef struct log_row {
    int64_t unix_ns;
    uint32_t account, device; /* account 0 = the machine itself */
    int32_t is_owned;         /* somebody took it */
} log_row;

enum {
    LOG_INPUT,
    LOG_CHANGE,
    LOG_GAP,
    LOG_PUNCH,
    LOG_NAMED_PUNCH, /* of a person it names: account is the person's id */
    LOG_PRESENCE,
    LOGS
};

typedef struct input_row {
    log_row log;
    int32_t is_active;
} input_row;

/* In the order in which changes of one moment happen. */
enum {
    CHANGE_SHUTDOWN,
    CHANGE_LOGOFF,
    CHANGE_DISCONNECT,
    CHANGE_SLEEP,
    CHANGE_LOCK,
    CHANGE_IDLE,
    CHANGE_BOOT,
    CHANGE_RESUME,
    CHANGE_CONNECT,
    CHANGE_LOGON,
    CHANGE_UNLOCK,
    CHANGE_ACTIVE
};

typedef struct change_row {
    log_row log;
    uint32_t session;
    int32_t kind, is_estimated;
} change_row;

typedef struct gap_row {
    log_row log;
    int64_t from_ns, to_ns;
    int32_t is_counted; /* of a stream that counts as missing */
} gap_row;

enum { PUNCH_END, PUNCH_RESUME, PUNCH_BREAK, PUNCH_START, PUNCH_OTHER }; /* order in a minute */

typedef struct punch_row {
    log_row log;
    int32_t kind, form;
} punch_row;

typedef struct presence_row {
    log_row log;
    uint32_t source;
    int32_t is_busy, is_private;
} presence_row;

/* An account or computer that is a person's on the dates [from_date, to_date). */
typedef struct owner {
    uint32_t person;
    uint32_t is_computer;
    uint32_t key; /* account, or the device the computer is */
    int32_t from_date, to_date;
} owner;

typedef struct logs {
    list rows[LOGS];           /* by account, then time */
    uint32_t *by_device[LOGS]; /* places of the rows by device, then time; NULL where nobody asks:
                                  of changes and gaps, and of all where computers have owners */
    list heard;                /* int64_t by device: its last word; INT64_MIN = none */
    list owners;               /* by person */
    int64_t first_ns, last_ns; /* of all rows; first > last without any */
} logs;

void logs_init(logs *l);
void logs_finish(logs *l);
/* A row with its head filled; NULL when out of memory. */
void *logs_add(logs *l, uint32_t which, int64_t unix_ns, uint32_t account, uint32_t device);
/* A device spoke. 0 when out of memory. */
int32_t logs_hear(logs *l, uint32_t device, int64_t unix_ns);
int64_t logs_heard(const logs *l, uint32_t device);
/* Before anything is settled: where no person is registered, each account is a person of its own. 0
 * when out of memory. */
int32_t people_imply(book *b, const logs *l);
/* After the book is settled. 0 when out of memory. */
int32_t logs_settle(logs *l, const book *b);

/* The n-th row by account, or by device. */
log_row *logs_row(const logs *l, uint32_t which, uint32_t is_by_device, uint32_t index);
/* The first place, in that order, not before (key, unix_ns). */
uint32_t logs_first(const logs *l, uint32_t which, uint32_t is_by_device, uint32_t key,
                    int64_t unix_ns);

#endif
