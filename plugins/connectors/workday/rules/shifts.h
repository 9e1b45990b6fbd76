/* workday/rules/shifts.h - from punches to shifts, each of the business day on which it began, with
 * the breaks punched in it (WRK-05 to WRK-16). */
#ifndef WORKDAY_SHIFTS_H
#define WORKDAY_SHIFTS_H

#include "facts/facts.h"

typedef struct shift {
    int32_t date;
    int32_t start, end; /* end OPEN_END: not ended yet */
    int32_t auto_end;   /* when it ends by itself (TRAP-12) */
    int32_t is_auto_ended;
} shift;

/* A break punched, or an end without a start (start NONE). */
typedef struct dated_span {
    int32_t date, start, end;
} dated_span;

typedef struct shifts {
    list shifts; /* by start */
    list breaks; /* dated_span by date */
    list ends;   /* dated_span by date: ends while nobody worked */
} shifts;

void shifts_init(shifts *s);
void shifts_finish(shifts *s);
/* Forgets those of the person before. 0 when out of memory. */
int32_t shifts_follow(shifts *s, const facts *f, const horizon *h);

/* The first moment after `start` at which the pattern's clock ends a shift; not before the end that
 * the schedule of the day plans. */
int32_t shifts_auto_end(const terms *t, int32_t start);
/* The business day of a moment. */
int32_t shifts_date(const facts *f, int32_t minute);

#endif
