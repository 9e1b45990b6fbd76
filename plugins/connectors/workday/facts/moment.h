/* workday/facts/moment.h - moments, dates and clocks as texts, and between wall clocks and moments.
 *
 * The rules count in minutes: a moment is whole minutes since 1970 in UTC, a date days since 1970,
 * a clock wall-clock minutes from 00:00 of a date. NONE is "there is none" for all of them.
 */
#ifndef WORKDAY_MOMENT_H
#define WORKDAY_MOMENT_H

#include "zone.h"

#define NONE INT32_MIN
#define DAY_MIN 1440
#define CLOCK_MAX 2879
#define MINUTE_NS INT64_C(60000000000)
#define DATE_SIZE 16
#define MOMENT_TEXT_SIZE 48

/* RFC 3339; 1 when it is one between 1971 and 2261. */
int32_t moment_parse(const char *text, int64_t *unix_ns);
/* As the json exporter writes it, in UTC. */
void moment_print(char out[MOMENT_TEXT_SIZE], int64_t unix_ns);
int32_t moment_minute(int64_t unix_ns);

/* "2026-11-22"; 1 when it is a date of the calendar. */
int32_t date_parse(const char *text, int32_t *date);
void date_print(char out[DATE_SIZE], int32_t date);
void month_print(char out[DATE_SIZE], int32_t month); /* "2026-11" */
int32_t date_month(int32_t date);                     /* months since 1970-01 */
int32_t month_first(int32_t month);
int32_t date_weekday(int32_t date); /* 0 = Sunday */

/* "5:00" or "27:00" at the text's beginning; the place behind it, NULL when there is none. */
const char *clock_parse(const char *text, int32_t *clock);

int32_t clock_moment(const zone *z, int32_t date, int32_t clock);
int32_t moment_clock(const zone *z, int32_t date, int32_t moment);
int32_t moment_date(const zone *z, int32_t moment); /* the calendar's date there */

#endif
