/* workday/rules/kept.h - days worked out earlier, read back from their rows: what weeks, months and
 * years need of days whose evidence is not read again, and soon no longer kept. */
#ifndef WORKDAY_KEPT_H
#define WORKDAY_KEPT_H

#include "rules/days.h"

#include <kinmu/value.h>

/* Adds the day a row of kinmu.work.day tells of; its terms are filled when it is joined. 0 when out
 * of memory. */
int32_t kept_add(list *days, const kinmu_value *values, uint32_t count);
/* Adds a date on which nothing is known. */
int32_t kept_none(list *days, int32_t date);
/* By date. */
void kept_sort(list *days);

#endif
