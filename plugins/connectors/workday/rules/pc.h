/* workday/rules/pc.h - start, end and operation of a person's PCs on one business day after
 * another, by the profile in force: nec (input, SES-04 to SES-07) or miteras (sessions, SES-03).
 *
 * A walk goes through the days in order and through every fact once.
 */
#ifndef WORKDAY_PC_H
#define WORKDAY_PC_H

#include "rules/sessions.h"

/* What input minutes say of one lane. */
typedef struct pc_lane {
    int32_t before;      /* the last one before the day; NONE */
    int32_t first, last; /* of the day, `before` where there is none */
    int32_t date;        /* to which first and last belong */
    int32_t active_min;  /* of that day */
} pc_lane;

typedef struct pc_walk {
    const facts *facts;
    const sessions *sessions;
    const horizon *horizon;
    uint32_t input, change, stretch, idle; /* the next of each */
    list lanes;                            /* pc_lane */
    list stretches, idles;                 /* places of those that reach into the day */
    list actives;                          /* span: runs of active minutes of the day */
    int32_t is_input;                      /* any input minute in the day */
    int32_t first_active, last_active, last_input, active_min;
    uint32_t change_first, change_end; /* of the day */
} pc_walk;

void pc_init(pc_walk *w);
void pc_finish(pc_walk *w);
int32_t pc_begin(pc_walk *w, const facts *f, const sessions *s, const horizon *h);
/* The next day, later than all before: fills its PC fields, w->actives and what stands above. 0
 * when out of memory. */
int32_t pc_day(pc_walk *w, day *d);

#endif
