/* workday/rules/declared.h - the declared time of one business day: spans of work and breaks, from
 * a correction, the attendance system, punches or the PC, in this order. */
#ifndef WORKDAY_DECLARED_H
#define WORKDAY_DECLARED_H

#include "rules/sessions.h"
#include "rules/shifts.h"

typedef struct declared {
    list spans;  /* span, by start; the last may have OPEN_END */
    list breaks; /* span, united; of no meaning with break_sum */
    list scratch;
    int32_t break_sum;  /* NONE: the breaks are known one by one */
    int32_t start, end; /* the first start, the last end; NONE where there is none */
    int32_t is_auto_ended, is_last_auto_ended, is_start_of_pc, is_end_of_pc;
    int32_t uses_pattern_breaks, uses_punched_breaks;
} declared;

/* Places in the facts, which move with the days. */
typedef struct declared_walk {
    uint32_t shift, punched_break, end, rest;
} declared_walk;

typedef struct declared_source {
    const book *book;
    const facts *facts;
    const shifts *shifts;
    const sessions *sessions;
    const horizon *horizon;
    const attendance_row *attendance; /* of the day; NULL */
    const request_row *correction;    /* the newest approved one of the day; NULL */
} declared_source;

void declared_init(declared *x);
void declared_finish(declared *x);
/* Of a day whose PC fields are filled; days in order. 0 when out of memory. */
int32_t declared_day(declared *x, declared_walk *w, const declared_source *source, const day *d);

#endif
