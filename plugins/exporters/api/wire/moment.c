/* api/wire/moment.c - see moment.h; the calendar is the SDK's. */
#include "wire/moment.h"

#include "words.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <string.h>

#define YEAR_MIN 1971
#define YEAR_MAX 2261 /* the last whole year of 64-bit nanoseconds */
#define NS_PER_S INT64_C(1000000000)

void moment_print(char out[MOMENT_SIZE], int64_t unix_ns) {
    words_moment(unix_ns, out);
}

void moment_print_at(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s) {
    int32_t minutes = (utc_offset_s < 0 ? -utc_offset_s : utc_offset_s) / 60;
    words_moment(unix_ns + utc_offset_s * NS_PER_S, out);
    size_t end = strlen(out) - 1; /* in place of the "Z" */
    (void)snprintf(out + end, MOMENT_SIZE - end, "%c%02d:%02d", utc_offset_s < 0 ? '-' : '+',
                   (int)(minutes / 60), (int)(minutes % 60));
}

/* Matches "dddd-dd-dd": 'd' stands for a digit. */
static int32_t matches(const char *text, const char *pattern) {
    for (; *pattern != '\0'; pattern++, text++) {
        int32_t is_digit = *text >= '0' && *text <= '9';
        if (*pattern == 'd' ? !is_digit : *text != *pattern) {
            return 0;
        }
    }
    return 1;
}

static int32_t number_at(const char *text, size_t digits) {
    int32_t number = 0;
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* A date that does not exist comes back as another. */
static int32_t is_date(int32_t year, int32_t month, int32_t day) {
    kinmu_civil back;
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1) {
        return 0;
    }
    kinmu_date_from_days(kinmu_days_from_date(year, month, day), &back);
    return back.year == year && back.month == month && back.day == day;
}

int32_t moment_of_date(const char *date, int32_t utc_offset_s, int64_t *unix_ns) {
    if (!matches(date, "dddd-dd-dd") || date[10] != '\0' ||
        !is_date(number_at(date, 4), number_at(date + 5, 2), number_at(date + 8, 2))) {
        return 0;
    }
    int64_t days =
        kinmu_days_from_date(number_at(date, 4), number_at(date + 5, 2), number_at(date + 8, 2));
    *unix_ns = (days * 86400 - utc_offset_s) * NS_PER_S;
    return 1;
}

int32_t moment_parse(const char *text, int64_t *unix_ns) {
    if (!matches(text, "dddd-dd-ddTdd:dd:dd")) {
        return 0;
    }
    int32_t year = number_at(text, 4);
    int32_t month = number_at(text + 5, 2);
    int32_t day = number_at(text + 8, 2);
    int32_t hour = number_at(text + 11, 2);
    int32_t minute = number_at(text + 14, 2);
    int32_t second = number_at(text + 17, 2);
    const char *at = text + 19;
    int64_t fraction_ns = 0;
    if (*at == '.') {
        int64_t weight = NS_PER_S / 10;
        for (at++; *at >= '0' && *at <= '9' && weight > 0; at++, weight /= 10) {
            fraction_ns += (*at - '0') * weight;
        }
        if (at[-1] == '.') {
            return 0;
        }
    }
    int32_t offset_s = 0;
    if (strcmp(at, "Z") != 0) {
        if ((*at != '+' && *at != '-') || !matches(at + 1, "dd:dd") || at[6] != '\0') {
            return 0;
        }
        offset_s = number_at(at + 1, 2) * 3600 + number_at(at + 4, 2) * 60;
        if (number_at(at + 1, 2) > 15 || number_at(at + 4, 2) > 59) {
            return 0;
        }
        offset_s = *at == '-' ? -offset_s : offset_s;
    }
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 59) {
        return 0;
    }
    int64_t local_s = kinmu_days_from_date(year, month, day) * 86400 + hour * INT64_C(3600) +
                      minute * INT64_C(60) + second;
    *unix_ns = (local_s - offset_s) * NS_PER_S + fraction_ns;
    return 1;
}

int32_t moment_offset_s(const char *text) {
    size_t size = strlen(text);
    if (size < 6 || text[size - 1] == 'Z') {
        return 0;
    }
    const char *at = text + size - 6;
    int32_t offset_s = number_at(at + 1, 2) * 3600 + number_at(at + 4, 2) * 60;
    return *at == '-' ? -offset_s : offset_s;
}
