/* shared/words.c - see words.h. */
#include "words.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MIN 1440
#define NIGHT_ENDS_MIN 300
#define BREAKS_MAX 10

uint32_t words_characters(const char *text) {
    uint32_t count = 0;
    for (const char *at = text; *at != '\0'; at++) {
        count += ((uint8_t)*at & 0xC0) != 0x80;
    }
    return count;
}

static int32_t is_digit(char c) {
    return c >= '0' && c <= '9';
}

int32_t words_is_id(const char *text, const char *symbols) {
    for (const char *at = text; *at != '\0'; at++) {
        int32_t is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        if (!is_letter && !is_digit(*at) && strchr(symbols, *at) == NULL) {
            return 0;
        }
    }
    return text[0] != '\0';
}

int32_t words_is_mail(const char *text) {
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL) {
        return 0;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if ((uint8_t)*c <= ' ' || *c == ',' || *c == ';' || *c == '<' || *c == '>' || *c == 127) {
            return 0;
        }
    }
    return 1;
}

int32_t words_number(const char *text, int64_t max, int64_t *number) {
    int64_t sum = 0;
    const char *at = text;
    for (; is_digit(*at); at++) {
        sum = sum * 10 + (*at - '0');
        if (sum > max) {
            return 0;
        }
    }
    *number = sum;
    return at != text && *at == '\0';
}

/* 1 or 2 digits (`exact`: 2) up to `max`; steps behind them. */
static int32_t take_digits(const char **at, int32_t exact, int32_t max, int32_t *number) {
    const char *from = *at;
    *number = 0;
    while (is_digit(**at) && *at - from < 2) {
        *number = *number * 10 + (**at - '0');
        (*at)++;
    }
    return *at != from && (!exact || *at - from == 2) && *number <= max;
}

static int32_t take_clock(const char **at, int32_t hour_max, int64_t *minutes) {
    int32_t hour;
    int32_t minute;
    if (!take_digits(at, 0, hour_max, &hour) || *(*at)++ != ':' ||
        !take_digits(at, 1, 59, &minute)) {
        return 0;
    }
    *minutes = hour * 60 + minute;
    return 1;
}

int32_t words_clock(const char *text, int32_t is_long, int64_t *minutes) {
    return take_clock(&text, is_long ? 47 : 23, minutes) && *text == '\0';
}

static void print_date(char date[WORDS_DATE_SIZE], int32_t year, int32_t month, int32_t day) {
    (void)snprintf(date, WORDS_DATE_SIZE, "%04u-%02u-%02u", (unsigned)year % 10000u,
                   (unsigned)month % 100u, (unsigned)day % 100u);
}

int32_t words_date(const char *text, char date[WORDS_DATE_SIZE]) {
    int32_t year = 0;
    int32_t month;
    int32_t day;
    const char *at = text;
    while (is_digit(*at) && at - text < 4) {
        year = year * 10 + (*at++ - '0');
    }
    char separator = *at;
    if (at - text != 4 || (separator != '-' && separator != '/') ||
        !(at++, take_digits(&at, 0, 12, &month)) || *at != separator ||
        !(at++, take_digits(&at, 0, 31, &day)) || *at != '\0' || month < 1 || day < 1) {
        return 0;
    }
    kinmu_civil same;
    kinmu_date_from_days(kinmu_days_from_date(year, month, day), &same);
    print_date(date, year, month, day);
    return same.day == day && year >= 1900;
}

int64_t words_date_ns(const char *date) {
    char *end = NULL;
    int64_t year = strtoll(date, &end, 10);
    int64_t month = *end == '-' ? strtoll(end + 1, &end, 10) : 1;
    int64_t day = *end == '-' ? strtoll(end + 1, &end, 10) : 1;
    return kinmu_days_from_date((int32_t)year, (int32_t)month, (int32_t)day) *
           INT64_C(86400000000000);
}

void words_today(int64_t unix_ns, int32_t utc_offset_s, char date[WORDS_DATE_SIZE]) {
    kinmu_civil now = kinmu_civil_from(unix_ns, utc_offset_s);
    print_date(date, now.year, now.month, now.day);
}

void words_moment(int64_t unix_ns, char moment[WORDS_MOMENT_SIZE]) {
    kinmu_civil c = kinmu_civil_from(unix_ns, 0);
    int32_t ns = c.nanosecond;
    int size = snprintf(moment, WORDS_MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month,
                        c.day, c.hour, c.minute, c.second);
    if (ns != 0 && size > 0) {
        int decimals = ns % 1000000 == 0 ? 3 : ns % 1000 == 0 ? 6 : 9;
        int32_t shown = decimals == 3 ? ns / 1000000 : decimals == 6 ? ns / 1000 : ns;
        size += snprintf(moment + size, WORDS_MOMENT_SIZE - (size_t)size, ".%0*d", decimals, shown);
    }
    (void)snprintf(moment + size, WORDS_MOMENT_SIZE - (size_t)size, "Z");
}

/* Breaks in order between two clocks; one before the first belongs to the night after. */
static int32_t take_breaks(const char *text, int32_t hour_max, int64_t first, int64_t until,
                           char out[128]) {
    int64_t last = first;
    int used = 0;
    const char *at = text;
    out[0] = '\0';
    for (int32_t i = 0; *at != '\0'; i++) {
        int64_t from;
        int64_t to;
        if (i == BREAKS_MAX || !take_clock(&at, hour_max, &from) || *at++ != '-' ||
            !take_clock(&at, hour_max, &to) || (*at != ';' && *at != '\0')) {
            return 0;
        }
        int64_t begin = from + (from < first ? DAY_MIN : 0);
        int64_t end = to + (to < first || to < from ? DAY_MIN : 0);
        if (begin < last || end <= begin || end > until) {
            return 0;
        }
        used +=
            snprintf(out + used, 128 - (size_t)used, "%s%02d:%02d-%02d:%02d", used > 0 ? ";" : "",
                     (int)(from / 60), (int)(from % 60), (int)(to / 60), (int)(to % 60));
        last = end;
        at += *at == ';';
    }
    return 1;
}

int32_t words_breaks(const char *text, char out[128]) {
    return take_breaks(text, 23, NIGHT_ENDS_MIN, NIGHT_ENDS_MIN + DAY_MIN, out);
}

int32_t words_shift_breaks(const char *text, int64_t start, int64_t end, char out[128]) {
    return take_breaks(text, 47, start, end, out);
}

int64_t words_shift_min(const char *breaks, int64_t start, int64_t end) {
    int64_t left = end - start;
    int64_t from;
    int64_t to;
    const char *at = breaks;
    while (take_clock(&at, 47, &from) && *at++ == '-' && take_clock(&at, 47, &to)) {
        left -= to - from + (to < from ? DAY_MIN : 0);
        at += *at == ';';
    }
    return left;
}

int32_t words_next(const char **at, const char **word, uint32_t *size) {
    while (**at == ';') {
        (*at)++;
    }
    *word = *at;
    *size = (uint32_t)strcspn(*at, ";");
    *at += *size;
    return *size > 0;
}

int32_t words_has(const char *list, const char *word) {
    const char *found;
    uint32_t size;
    while (words_next(&list, &found, &size)) {
        if (strlen(word) == size && memcmp(found, word, size) == 0) {
            return 1;
        }
    }
    return 0;
}

int32_t words_choice(const char *choices, const char *word, uint32_t size) {
    uint32_t length;
    for (uint32_t i = 0;; i++) {
        const char *choice = words_choice_at(choices, i, &length);
        if (choice == NULL) {
            return -1;
        }
        if (length == size && memcmp(choice, word, size) == 0) {
            return (int32_t)i;
        }
    }
}

const char *words_choice_at(const char *choices, uint32_t index, uint32_t *size) {
    for (const char *at = choices; at != NULL; index--) {
        *size = (uint32_t)strcspn(at, "|");
        if (index == 0) {
            return at;
        }
        at = at[*size] == '|' ? at + *size + 1 : NULL;
    }
    return NULL;
}
