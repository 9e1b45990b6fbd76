/* workday/rules/heard.h - which devices told of the person, how long they were not observed, and up
 * to when they were heard: the quality and the state of a day (COL-34, COL-36, U23). */
#ifndef WORKDAY_HEARD_H
#define WORKDAY_HEARD_H

#include "rules/pc.h"

typedef struct heard_walk {
    list told;    /* int64_t by device: when it last told something of the person, up to the day */
    list tellers; /* places of the person's own gaps, by the time they were told at */
    uint32_t teller, gap;
    list gaps;       /* places of those that reach into the day */
    int32_t has_own; /* a session change of the person in the day */
} heard_walk;

void heard_init(heard_walk *w);
void heard_finish(heard_walk *w);
int32_t heard_begin(heard_walk *w, const facts *f);
/* After pc_day of the same day: fills missing_min, quality, state and heard_to_ns. */
int32_t heard_day(heard_walk *w, const facts *f, const pc_walk *pc, const horizon *h, day *d);

#endif
