/* workday/facts/settings.h - what holds for a person on a date: settings of the narrowest scope,
 * the assignment, the pattern. The table of settings is kinmu/events/settings.h. */
#ifndef WORKDAY_SETTINGS_H
#define WORKDAY_SETTINGS_H

#include "facts/book.h"
#include "facts/zones.h"

/* The place of a setting in the table; -1 when there is none of that name. */
int32_t settings_find(const char *name);
/* NULL, or why the value cannot be one of that setting. */
const char *settings_check(uint32_t setting, const char *value, zones *z);
/* Fills *out for one date; out->to_date is the first date on which something may differ. Every
 * value in the book was checked before. */
void settings_terms(const book *b, zones *z, uint32_t person, int32_t date, terms *out);
/* The same for the one date of a schedule, which plans it otherwise. */
void settings_scheduled(const book *b, const schedule_row *row, const terms *usual, terms *out);
/* Breaks of a shift by clocks as they stand from its start on, and the work between its clocks. */
void settings_place(pattern *shift);
/* Where a setting that is the company's alone has this value on the date. */
int32_t settings_company_is(const book *b, uint32_t setting, int32_t date, const char *value);
/* "11:45-12:45;18:30-19:00": 1 with the clocks as written. */
int32_t settings_breaks(const char *text, span *breaks, uint32_t *count);

#endif
