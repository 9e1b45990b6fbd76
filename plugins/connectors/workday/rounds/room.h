/* workday/rounds/room.h - the working room of one round: what its steps share. */
#ifndef WORKDAY_ROOM_H
#define WORKDAY_ROOM_H

#include "rounds/round.h"
#include "rules/rows.h"

#include <string.h>

#define DAY_NS (DAY_MIN * MINUTE_NS)
#define KEPT_DAYS 430 /* a year and a month: averages, years, weeks */

typedef struct reading {
    const char *name;
    uint32_t id; /* of texts */
    int64_t from_ns;
} reading;

typedef struct closing {
    int32_t month;
    int32_t is_closed;
} closing;

typedef struct room {
    round *round;
    texts *texts;
    book book;
    logs logs;
    facts facts;
    engine engine;
    stored stored;
    horizon horizon;
    int64_t reach_ns; /* evidence before is not counted by itself */
    int32_t is_by_computer;
    list accounts; /* reading: whose logs are read */
    list kept;     /* day */
    list old;      /* saved: what the store has of the person */
    list closed;   /* closing: months looked up */
    row line;      /* the one being written */
} room;

/* Keeps the first failure. */
static inline void keep_status(round *r, int32_t is_ok) {
    if (!is_ok && r->status == KINMU_OK) {
        r->status = KINMU_E_NOMEM;
    }
}

static inline int32_t has_people(const room *o) {
    return book_count(&o->book, BOOK_PERSON) > 0;
}

/* The number of a text; 0 when out of memory, which is nobody's. */
static inline uint32_t id_of(const room *o, const char *name) {
    uint32_t id = texts_id(o->texts, name, strlen(name));
    return id != TEXT_NONE ? id : 0;
}

/* whom.c: what is known of master data and changed since is to be read again. */
void whom_renew(room *o);
/* whom.c: marks of the round become people of the roster who are to be computed. The book holds the
 * master data and is not settled. */
void whom_mark(room *o);

/* reading.c: master data is there and not settled. Does any setting bind by computer? */
int32_t reading_binds_computers(const room *o);
/* The evidence of the people of the round; book and logs are settled then. */
void reading_do(room *o);

/* results.c: a row that is to be decided. */
void results_write(room *o, uint32_t use, const kinmu_value *values, uint32_t count);
/* Computes a person of the round; the rows that differ from those of the store are to be
 * written. Book and logs are settled. */
void results_of(room *o, const round_person *p);

#endif
