/* workday/rules/paper.h - what was written down about one day of a person: attendance, requests,
 * tasks and the forms of work punched. Days are asked for in order. */
#ifndef WORKDAY_PAPER_H
#define WORKDAY_PAPER_H

#include "facts/facts.h"

/* Places in book and facts, which move with the days. */
typedef struct paper_walk {
    uint32_t attendance, request, task, punch;
} paper_walk;

typedef struct paper {
    int32_t is_anything; /* any of them, a punch too */
    const attendance_row *attendance;
    const request_row *correction;   /* newest approved */
    const request_row *scheduled;    /* newest approved with a scheduled_min */
    const request_row *end, *reason; /* newest that count */
    int32_t is_holiday_work;
    int32_t is_overtime_asked; /* pending or approved */
    uint32_t forms;            /* bit n: FORM n was named */
} paper;

void paper_begin(paper_walk *w, const facts *f);
void paper_day(paper_walk *w, const facts *f, const book *b, const day *d, paper *out);

#endif
