/* workday/rules/spans.h - sets of minutes as spans in order. */
#ifndef WORKDAY_SPANS_H
#define WORKDAY_SPANS_H

#include "facts/rules.h"

/* Appends; an empty one is left out. 0 when out of memory. */
int32_t spans_add(list *l, int32_t start, int32_t end);
/* Sorts and joins what touches or overlaps. */
void spans_unite(list *l);
int32_t spans_total(const list *l);
/* Minutes of [start, end) that lie in none of the united spans. */
int32_t spans_outside(const list *l, int32_t start, int32_t end);
/* Appends to `out` what of [start, end) lies in none of the united spans. 0 when out of memory. */
int32_t spans_rest(const list *l, int32_t start, int32_t end, list *out);

#endif
