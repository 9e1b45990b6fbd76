/* workday/rules/days.h - the business days, months and alerts of one person: the rules as one pure
 * function of facts, book and horizon.
 *
 * An engine is working room that is used for one person after another; its rows hold until the
 * next. This is the seam of the live connector: it fills facts from the store and takes the rows.
 */
#ifndef WORKDAY_DAYS_H
#define WORKDAY_DAYS_H

#include "rules/declared.h"
#include "rules/heard.h"
#include "rules/paper.h"

typedef struct engine {
    list days;   /* day, by date, without holes; print those with is_known */
    list months; /* month */
    list alerts; /* alert, in no order */
    sessions sessions;
    shifts shifts;
    pc_walk pc;
    heard_walk heard;
    declared declared[2]; /* of this day and the day before, in turn */
    list pieces, cover, sums;
    const list *kept; /* day, by date: figures of days before kept_end, worked out earlier; NULL */
    int32_t kept_end;
} engine;

void engine_init(engine *e);
void engine_finish(engine *e);
/* 0 when out of memory. */
int32_t engine_compute(engine *e, const book *b, const facts *f, const horizon *h);

/* The steps, in this order. */
int32_t days_compute(engine *e, const book *b, const facts *f, const horizon *h);
int32_t kept_join(engine *e, const facts *f); /* the kept days take the place of computed ones */
void week_compute(engine *e); /* weekly overtime, rest between days, days in a row */
int32_t months_compute(engine *e, const facts *f);
int32_t alerts_compute(engine *e, const book *b, const facts *f, const horizon *h);
int32_t today_compute(engine *e, const book *b, const facts *f, const horizon *h);

#endif
