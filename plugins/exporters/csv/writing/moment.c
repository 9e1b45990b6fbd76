/* csv/writing/moment.c - see moment.h; the calendar is the SDK's. */
#include "writing/moment.h"

#include <kinmu/civil.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Written for every row of a log: printf would take longer than all the rest of it. */
static void put_two(char *at, int32_t number) {
    at[0] = (char)('0' + number / 10 % 10);
    at[1] = (char)('0' + number % 10);
}

int32_t moment_day(int64_t unix_ns, int32_t utc_offset_s) {
    int64_t second = unix_ns / 1000000000 - (unix_ns % 1000000000 < 0) + utc_offset_s;
    return (int32_t)(second / 86400 - (second % 86400 < 0));
}

void moment_slashes(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s,
                    int32_t to_minute) {
    moment_series s = {0, ""};
    memcpy(out, moment_next(&s, unix_ns, utc_offset_s, to_minute), MOMENT_SIZE);
}

static void put_date(char *out, int64_t day) {
    kinmu_civil c;
    kinmu_date_from_days(day, &c);
    memcpy(out, "0000/00/00", sizeof "0000/00/00");
    put_two(out, c.year / 100);
    put_two(out + 2, c.year % 100);
    put_two(out + 5, c.month);
    put_two(out + 8, c.day);
}

char *moment_next(moment_series *s, int64_t unix_ns, int32_t utc_offset_s, int32_t to_minute) {
    int64_t second = unix_ns / 1000000000 - (unix_ns % 1000000000 < 0) + utc_offset_s;
    int64_t day = second / 86400 - (second % 86400 < 0);
    int32_t of_day = (int32_t)(second - day * 86400);
    if (s->text[0] == '\0' || s->day != day) {
        put_date(s->text, day);
        s->day = day;
    }
    memcpy(s->text + 10, " 00:00:00", sizeof " 00:00:00");
    put_two(s->text + 11, of_day / 3600);
    put_two(s->text + 14, of_day / 60 % 60);
    put_two(s->text + 17, to_minute ? 0 : of_day % 60);
    return s->text;
}

void moment_rfc3339(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s) {
    kinmu_civil c = kinmu_civil_from(unix_ns, utc_offset_s);
    int32_t offset_min = abs(utc_offset_s) / 60;
    (void)snprintf(out, MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", c.year,
                   c.month, c.day, c.hour, c.minute, c.second, c.nanosecond / 1000000,
                   utc_offset_s < 0 ? '-' : '+', offset_min / 60, offset_min % 60);
}

void moment_date(char out[MOMENT_SIZE], int32_t day, char separator) {
    kinmu_civil c;
    kinmu_date_from_days(day, &c);
    (void)snprintf(out, MOMENT_SIZE, "%04d%c%02d%c%02d", c.year, separator, c.month, separator,
                   c.day);
}

void moment_clock(char out[MOMENT_SIZE], int32_t minutes) {
    (void)snprintf(out, MOMENT_SIZE, "%02d:%02d", minutes / 60, minutes % 60);
}

void moment_hours(char out[MOMENT_SIZE], int64_t minutes) {
    int64_t tenths = (minutes * 10 + 30) / 60;
    (void)snprintf(out, MOMENT_SIZE, "%" PRId64 ".%" PRId64, tenths / 10, tenths % 10);
}

void moment_pattern(char out[MOMENT_SIZE], const char *pattern, const int32_t numbers[3]) {
    size_t filled = 0;
    out[0] = '\0';
    while (*pattern != '\0' && filled + 1 < MOMENT_SIZE) {
        const char letter[] = {*pattern, '\0'};
        size_t run = strspn(pattern, letter);
        int32_t number = numbers[*pattern == 'm' ? 1 : *pattern == 'd' ? 2 : 0];
        int length = strchr("yhmd", *pattern) != NULL
                         ? snprintf(out + filled, MOMENT_SIZE - filled, "%0*d", (int)run, number)
                         : snprintf(out + filled, MOMENT_SIZE - filled, "%.*s", (int)run, pattern);
        filled += length > 0 ? (size_t)length : 0;
        pattern += run;
    }
}

void moment_date_as(char out[MOMENT_SIZE], const char *pattern, int32_t day) {
    kinmu_civil c;
    kinmu_date_from_days(day, &c);
    const int32_t numbers[] = {c.year, c.month, c.day};
    moment_pattern(out, pattern, numbers);
}
