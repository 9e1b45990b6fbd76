/* people/report.h - answers as JSON: rows, problems, the difference a change makes. */
#ifndef PEOPLE_REPORT_H
#define PEOPLE_REPORT_H

#include "problems.h"

#include <jansson.h>

/* Takes the reference. */
const char *report_text(memory *m, json_t *json);
json_t *report_row(uint32_t kind, const kinmu_value *values);
/* What was changed since the mark, by kind of record and row by row (the first 500). totals: added,
 * changed, removed. */
const char *report_difference(memory *m, const book *b, uint32_t mark, int64_t totals[3]);
const char *report_problems(memory *m, problems *p);
/* The first ones, so many at most that they fit one value of an event. */
const char *report_first_problems(memory *m, problems *p, uint32_t count_max);

#endif
