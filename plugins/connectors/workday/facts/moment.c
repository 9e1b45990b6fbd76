/* workday/facts/moment.c - see moment.h; the calendar is the SDK's. */
#include "facts/moment.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <string.h>

#define YEAR_MIN 1970
#define YEAR_MAX 2261       /* the last whole year of 64-bit nanoseconds */
#define MOMENT_DATE_MIN 365 /* 1971: after 1970 began in every zone */
#define SECOND_NS INT64_C(1000000000)
#define DAY_S INT64_C(86400)

/* Digits at the text's beginning, exactly so many; -1 when there are fewer. */
static int32_t digits(const char *text, size_t count) {
    int32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* 1 with the days since 1970 of "2026-11-22" at the text's beginning. */
static int32_t take_date(const char *text, int32_t *date) {
    int32_t year = digits(text, 4);
    if (year < YEAR_MIN || year > YEAR_MAX || text[4] != '-') {
        return 0;
    }
    int32_t month = digits(text + 5, 2);
    if (month < 1 || month > 12 || text[7] != '-') {
        return 0;
    }
    int32_t day = digits(text + 8, 2);
    kinmu_civil back;
    if (day < 1) {
        return 0;
    }
    *date = (int32_t)kinmu_days_from_date(year, month, day);
    kinmu_date_from_days(*date, &back);
    return back.month == month && back.day == day;
}

/* "Z", "+09:00", "-03:30" up to the text's end. */
static int32_t take_offset(const char *text, int32_t *offset_s) {
    *offset_s = 0;
    if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0') {
        return 1;
    }
    if (text[0] != '+' && text[0] != '-') {
        return 0;
    }
    int32_t hours = digits(text + 1, 2);
    if (hours < 0 || hours > 23 || text[3] != ':') {
        return 0;
    }
    int32_t minutes = digits(text + 4, 2);
    *offset_s = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return minutes >= 0 && minutes <= 59 && text[6] == '\0';
}

int32_t moment_parse(const char *text, int64_t *unix_ns) {
    int32_t date, offset_s;
    if (!take_date(text, &date) || date < MOMENT_DATE_MIN || (text[10] != 'T' && text[10] != 't')) {
        return 0;
    }
    int32_t hour = digits(text + 11, 2);
    if (hour < 0 || hour > 23 || text[13] != ':') {
        return 0;
    }
    int32_t minute = digits(text + 14, 2);
    if (minute < 0 || minute > 59 || text[16] != ':') {
        return 0;
    }
    int32_t second = digits(text + 17, 2);
    if (second < 0 || second > 59) {
        return 0;
    }
    const char *rest = text + 19;
    int64_t fraction_ns = 0;
    if (*rest == '.') {
        int64_t scale = SECOND_NS / 10;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, scale /= 10) {
            fraction_ns += (*rest - '0') * scale;
        }
    }
    if (!take_offset(rest, &offset_s)) {
        return 0;
    }
    int64_t local_s = date * DAY_S + hour * INT64_C(3600) + minute * INT64_C(60) + second;
    *unix_ns = (local_s - offset_s) * SECOND_NS + fraction_ns;
    return 1;
}

void moment_print(char out[MOMENT_TEXT_SIZE], int64_t unix_ns) {
    kinmu_civil c = kinmu_civil_from(unix_ns, 0);
    char fraction[16] = "";
    if (c.nanosecond != 0) {
        int decimals = c.nanosecond % 1000000 == 0 ? 3 : c.nanosecond % 1000 == 0 ? 6 : 9;
        int32_t shown = decimals == 3   ? c.nanosecond / 1000000
                        : decimals == 6 ? c.nanosecond / 1000
                                        : c.nanosecond;
        (void)snprintf(fraction, sizeof fraction, ".%0*d", decimals, shown);
    }
    (void)snprintf(out, MOMENT_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%s+00:00", c.year % 10000,
                   c.month, c.day, c.hour, c.minute, c.second, fraction);
}

int32_t moment_minute(int64_t unix_ns) {
    return (int32_t)(unix_ns / MINUTE_NS - (unix_ns % MINUTE_NS < 0));
}

int32_t date_parse(const char *text, int32_t *date) {
    return take_date(text, date) && text[10] == '\0';
}

void date_print(char out[DATE_SIZE], int32_t date) {
    kinmu_civil c;
    kinmu_date_from_days(date, &c);
    (void)snprintf(out, DATE_SIZE, "%04d-%02d-%02d", c.year % 10000, c.month % 100, c.day % 100);
}

void month_print(char out[DATE_SIZE], int32_t month) {
    (void)snprintf(out, DATE_SIZE, "%04d-%02d", (1970 + month / 12) % 10000, month % 12 + 1);
}

int32_t date_month(int32_t date) {
    kinmu_civil c;
    kinmu_date_from_days(date, &c);
    return (c.year - 1970) * 12 + c.month - 1;
}

int32_t month_first(int32_t month) {
    return (int32_t)kinmu_days_from_date(1970 + month / 12, month % 12 + 1, 1);
}

int32_t date_weekday(int32_t date) {
    return (date + 4) % 7; /* 1970-01-01 was a Thursday */
}

const char *clock_parse(const char *text, int32_t *clock) {
    size_t hours = digits(text, 2) >= 0 ? 2 : 1;
    int32_t hour = digits(text, hours);
    if (hour < 0 || text[hours] != ':') {
        return NULL;
    }
    int32_t minute = digits(text + hours + 1, 2);
    *clock = hour * 60 + minute;
    return minute >= 0 && minute <= 59 && *clock <= CLOCK_MAX ? text + hours + 3 : NULL;
}

int32_t clock_moment(const zone *z, int32_t date, int32_t clock) {
    int64_t moment_s = zone_moment_s(z, date * DAY_S + clock * INT64_C(60));
    return (int32_t)(moment_s / 60 - (moment_s % 60 < 0));
}

static int64_t local_minute(const zone *z, int32_t moment) {
    int64_t local_s = moment * INT64_C(60);
    local_s += zone_offset_s(z, local_s);
    return local_s / 60 - (local_s % 60 < 0);
}

int32_t moment_clock(const zone *z, int32_t date, int32_t moment) {
    int64_t clock = local_minute(z, moment) - date * INT64_C(1440);
    return clock > CLOCK_MAX ? CLOCK_MAX : clock < 0 ? 0 : (int32_t)clock;
}

int32_t moment_date(const zone *z, int32_t moment) {
    int64_t minute = local_minute(z, moment);
    return (int32_t)(minute / DAY_MIN - (minute % DAY_MIN < 0));
}
