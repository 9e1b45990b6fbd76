/* simulate/day.h - one PC's day as a plan: when it is switched on, who sits at it from when to
 * when, who goes away in between. What happens minute by minute is minute.h. Pure functions of
 * world, PC and day; a day is counted from 1970-01-01 in local time (Asia/Tokyo) and runs from
 * 06:00 to 06:00.
 */
#ifndef SIMULATE_DAY_H
#define SIMULATE_DAY_H

#include "simulate/world.h"

#define DAY_SITTINGS_MAX 6u
#define DAY_AWAY_MAX 8u
#define DAY_BEGIN_S (6 * 3600)
#define DAY_END_S (30 * 3600)
#define DAY_OFFSET_S (9 * 3600) /* Asia/Tokyo */
#define DAY_ZONE "Asia/Tokyo"
#define DAY_NS 86400000000000LL
#define DAY_NEVER (-1)

typedef struct day_span { /* seconds since midnight */
    int32_t from_s, to_s;
} day_span;

typedef struct day_sitting {
    uint32_t person;
    uint32_t away_count;
    day_span at;
    day_span away[DAY_AWAY_MAX]; /* locked */
    int32_t continues;           /* begins with unlock: the session of an earlier day */
    int32_t is_left_on;          /* ends with lock */
} day_sitting;

typedef struct day_plan {
    uint32_t pc;
    uint32_t count;
    int64_t day;
    int32_t boot_s;     /* DAY_NEVER: was on already, or is not used */
    int32_t shutdown_s; /* DAY_NEVER: left on, or not used */
    int64_t boot_day;   /* of the start in force while it is used */
    int32_t boot_day_s;
    day_sitting sittings[DAY_SITTINGS_MAX]; /* in order, apart from each other */
} day_plan;

/* No sittings: nobody comes. */
void day_make(const world *w, uint32_t pc, int64_t day, day_plan *out);

/* Which day a moment belongs to, and where a second of a day lies. */
int64_t day_of(int64_t unix_ns);
int64_t day_moment(int64_t day, int32_t second);

/* The first moment from then on at which the PC runs; INT64_MAX: not within 40 days. */
int64_t day_next_on(const world *w, uint32_t pc, int64_t unix_ns);

#endif
