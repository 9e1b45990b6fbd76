/* workday/rounds/roster.h - who is to be computed again, from when on, and how soon.
 *
 * Marks are set in turns as events come in, in their own words: an account, a person, a device. A
 * job takes them over and finds whose they are; so the roster itself is the job's alone.
 */
#ifndef WORKDAY_ROSTER_H
#define WORKDAY_ROSTER_H

#include "rounds/inputs.h"
#include "rounds/machines.h"
#include "rounds/masters.h"

#define ROSTER_PAUSE_NS UINT64_C(60000000000) /* between two computations of one person */

enum {
    MARK_ACCOUNT = 'a', /* an account of somebody: master data */
    MARK_PERSON = 'p',
    MARK_NUMBER = 'n',    /* employee number */
    MARK_MACHINE = 'm',   /* the machine itself told something: its origin */
    MARK_LANE = 'l',      /* an account told something: origin and account */
    MARK_INPUT = 'i',     /* input of a day: origin, the day of UTC as 8 digits, account */
    MARK_TABLE = 't',     /* master data of a schema: its place in the table as a character */
    MARK_FORCED = 'f',    /* a person, as far back as asked */
    MARK_FORGOTTEN = '-', /* derived rows are gone, nobody knows whose */
    MARK_EVERYBODY = '*'  /* "": since first_ns; "f": as far back as asked */
};

#define ROSTER_ORIGIN 32 /* characters of an origin, and of a day */
#define ROSTER_DAY 8

typedef struct mark {
    int64_t first_ns, last_ns;
} mark;

typedef struct marks {
    texts *names; /* kind and name */
    list rows;    /* mark, by text */
} marks;

/* 0 when out of memory. */
int32_t marks_put(marks *m, int32_t kind, const char *name, size_t size, int64_t unix_ns);
int32_t marks_add(marks *m, const marks *other);
void marks_free(marks *m);

typedef struct person_state {
    int64_t from_ns;       /* what came since then is not counted yet; INT64_MAX = nothing */
    int64_t open_ns;       /* begin of the first day not confirmed; INT64_MAX = none */
    int64_t over_ns;       /* end of the day it was computed in */
    uint64_t last_mono_ns; /* when it was computed; 0 = never */
    int64_t last_from_ns;  /* because of what came since then */
    int32_t is_bulk;       /* waits behind those to whom something happens now */
    int32_t is_forced;
} person_state;

typedef struct roster_pair {
    uint32_t device, person;
} roster_pair;

typedef struct roster {
    texts *people;
    list states; /* person_state, by text */
    texts *devices;
    list heard;    /* int64_t, by text */
    list pairs;    /* roster_pair: who told something by which device */
    inputs inputs; /* by numbers of devices */
    machines machines;
    masters masters;
    int32_t has_people; /* persons are registered, or each account is one */
} roster;

int32_t roster_init(roster *r);
void roster_free(roster *r);
/* NULL when out of memory. */
person_state *roster_person(roster *r, const char *person);
int32_t roster_mark(roster *r, const char *person, int64_t from_ns, int32_t is_bulk);
int32_t roster_hear(roster *r, const char *device, int64_t unix_ns);
int32_t roster_pairs(roster *r, const char *device, const char *person);

/* Whom to compute now, at most `max` ids of `people`: those to whom something happens now first, of
 * the others `bulk_max`; *wait_ns: until somebody is due when there is nobody, UINT64_MAX = nobody.
 */
uint32_t roster_due(const roster *r, uint64_t mono_ns, uint32_t *ids, uint32_t max,
                    uint32_t bulk_max, uint64_t *wait_ns);

#endif
