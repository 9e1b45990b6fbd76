/* json/moment.c - see moment.h; the calendar is the SDK's. */
#include "moment.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define YEAR_MIN 1971 /* no moment may be 0 in any zone: that means "now" to the bus */
#define YEAR_MAX 2261 /* the last whole year of 64-bit nanoseconds */

/* "2026-11-22T10:00:07" of local time. */
static void print_local(char out[MOMENT_SIZE], const kinmu_civil *c) {
    (void)snprintf(out, MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", c->year, c->month, c->day,
                   c->hour, c->minute, c->second);
}

void moment_rfc3339(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s) {
    kinmu_civil c = kinmu_civil_from(unix_ns, utc_offset_s);
    int32_t rest_ns = c.nanosecond;
    print_local(out, &c);
    size_t size = strlen(out);
    if (rest_ns != 0) {
        int decimals = rest_ns % 1000000 == 0 ? 3 : rest_ns % 1000 == 0 ? 6 : 9;
        int32_t shown = decimals == 3   ? rest_ns / 1000000
                        : decimals == 6 ? rest_ns / 1000
                                        : rest_ns;
        (void)snprintf(out + size, MOMENT_SIZE - size, ".%0*d", decimals, shown);
        size = strlen(out);
    }
    int32_t offset_min = abs(utc_offset_s) / 60;
    (void)snprintf(out + size, MOMENT_SIZE - size, "%c%02d:%02d", utc_offset_s < 0 ? '-' : '+',
                   offset_min / 60, offset_min % 60);
}

void moment_miteras(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s) {
    kinmu_civil c = kinmu_civil_from(unix_ns, utc_offset_s);
    print_local(out, &c);
    size_t size = strlen(out);
    (void)snprintf(out + size, MOMENT_SIZE - size, ".");
}

/* Matches text against "dddd-dd-dd": 'd' stands for a digit. Returns the place of the first
 * difference, or the length of the pattern. */
static size_t match(const char *text, size_t size, const char *pattern) {
    size_t at = 0;
    for (; pattern[at] != '\0' && at < size; at++) {
        int32_t is_digit = text[at] >= '0' && text[at] <= '9';
        if (pattern[at] == 'd' ? !is_digit : text[at] != pattern[at]) {
            break;
        }
    }
    return at;
}

static int32_t number_at(const char *text, size_t at, size_t digits) {
    int32_t number = 0;
    for (size_t i = at; i < at + digits; i++) {
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* A date that does not exist comes back as another. */
static int32_t is_date(int32_t year, int32_t month, int32_t day) {
    kinmu_civil back;
    kinmu_date_from_days(kinmu_days_from_date(year, month, day), &back);
    return back.year == year && back.month == month && back.day == day;
}

const char *moment_parse_miteras(const char *text, size_t size, int64_t *local_s, size_t *at) {
    static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
    *at = match(text, size, pattern);
    if (*at < sizeof pattern - 1) {
        return "must look like 2018-11-30T16:01:00.";
    }
    size_t end = *at;
    if (end < size && text[end] == '.') {
        end++;
        while (end < size && text[end] >= '0' && text[end] <= '9') {
            end++;
        }
    }
    *at = end;
    if (end < size) {
        return "must end after the seconds: M's log has local time without a zone";
    }
    int32_t year = number_at(text, 0, 4);
    int32_t month = number_at(text, 5, 2);
    int32_t day = number_at(text, 8, 2);
    int32_t hour = number_at(text, 11, 2);
    int32_t minute = number_at(text, 14, 2);
    int32_t second = number_at(text, 17, 2);
    *at = 0;
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        !is_date(year, month, day)) {
        return "is not a date of the calendar from 1971 to 2261";
    }
    *at = 11;
    if (hour > 23 || minute > 59 || second > 59) {
        return "is not a time of day";
    }
    *local_s = kinmu_days_from_date(year, month, day) * DAY_S + hour * INT64_C(3600) +
               minute * INT64_C(60) + second;
    return NULL;
}

int32_t moment_parse_offset(const char *text, int32_t *utc_offset_s) {
    static const char pattern[] = "dd:dd";
    int32_t is_signed = text[0] == '+' || text[0] == '-';
    if (!is_signed || strlen(text + 1) != 5 || match(text + 1, 5, pattern) != 5) {
        return 0;
    }
    int32_t minutes = number_at(text, 4, 2);
    int32_t seconds = number_at(text, 1, 2) * 3600 + minutes * 60;
    if (minutes > 59 || seconds > MOMENT_OFFSET_S_MAX) {
        return 0;
    }
    *utc_offset_s = text[0] == '-' ? -seconds : seconds;
    return 1;
}
