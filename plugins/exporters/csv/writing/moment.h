/* csv/writing/moment.h - moments as CSV prints them. Pure; local time is UTC plus the offset in
 * force. */
#ifndef CSV_MOMENT_H
#define CSV_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#define MOMENT_SIZE 64

/* Days since 1970-01-01 of the local date. */
int32_t moment_day(int64_t unix_ns, int32_t utc_offset_s);
/* "2026/11/22 10:00:07" of local time, 24 hours; seconds 00 when `to_minute`. (TRAP-09) */
void moment_slashes(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s,
                    int32_t to_minute);
/* The same for many moments in order of time: the date is made when it changes. Begins as zeros. */
typedef struct moment_series {
    int64_t day;
    char text[MOMENT_SIZE]; /* of the last one; its reader may cut it */
} moment_series;
char *moment_next(moment_series *s, int64_t unix_ns, int32_t utc_offset_s, int32_t to_minute);
/* "2026-11-22T10:00:07.123+09:00" */
void moment_rfc3339(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s);
/* "2026/11/22" of days since 1970-01-01. */
void moment_date(char out[MOMENT_SIZE], int32_t day, char separator);
/* "27:00" of minutes: a clock of up to 48 hours, or a duration. */
void moment_clock(char out[MOMENT_SIZE], int32_t minutes);
/* "0.8" hours of 45 minutes: tenths, half up (WRK-17). */
void moment_hours(char out[MOMENT_SIZE], int64_t minutes);
/* "9:05" of "h:mm": each run of a letter is a number, y or h the first, m the second, d the third,
 * with zeros in front up to its length. */
void moment_pattern(char out[MOMENT_SIZE], const char *pattern, const int32_t numbers[3]);
/* "2026/11" of "yyyy/mm". */
void moment_date_as(char out[MOMENT_SIZE], const char *pattern, int32_t day);

#endif
