/* shared/zone.c - see zone.h. Every size in the file is checked before it is used. */
#include "zone.h"

#include <kinmu/civil.h>

#include <string.h>

#define HEADER_SIZE 44
#define TYPES_MAX 256
#define OFFSET_S_MAX (26 * 3600)
#define DAY_S INT64_C(86400)
#define NAME_MIN 3
#define HOURS_MAX 167 /* RFC 9636: a rule's clock lies within a week of its date */
#define MOMENT_S_MAX (INT64_C(1) << 60)
#define BEGINNING INT64_MIN

static uint32_t number_at(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t time_at(const uint8_t *at, size_t time_size) {
    if (time_size == 4) {
        return (int32_t)number_at(at);
    }
    return (int64_t)((uint64_t)number_at(at) << 32 | number_at(at + 4));
}

static const char *add_step(zone *out, int64_t from_s, int32_t offset_s) {
    if (offset_s < -OFFSET_S_MAX || offset_s > OFFSET_S_MAX) {
        return "an offset of more than 26 hours";
    }
    if (out->count > 0 && (from_s < -MOMENT_S_MAX || from_s > MOMENT_S_MAX)) {
        return "a change out of all time";
    }
    if (out->count > 0 && out->steps[out->count - 1].offset_s == offset_s) {
        return NULL; /* only the name changes */
    }
    if (out->count > 0 && from_s <= out->steps[out->count - 1].from_s) {
        return "changes out of order";
    }
    if (out->count == ZONE_STEPS_MAX) {
        return "too many changes";
    }
    out->steps[out->count++] = (zone_step){from_s, offset_s};
    return NULL;
}

/* ---- the data blocks ---- */

typedef struct block {
    uint32_t leaps, times, types, chars, standards, universals;
    size_t time_size;
    size_t size; /* of all, without the header */
} block;

static const char *read_header(const uint8_t *data, size_t size, size_t time_size, block *b) {
    if (size < HEADER_SIZE || memcmp(data, "TZif", 4) != 0) {
        return "no TZif header";
    }
    b->time_size = time_size;
    b->universals = number_at(data + 20);
    b->standards = number_at(data + 24);
    b->leaps = number_at(data + 28);
    b->times = number_at(data + 32);
    b->types = number_at(data + 36);
    b->chars = number_at(data + 40);
    if (b->times > ZONE_STEPS_MAX || b->types == 0 || b->types > TYPES_MAX || b->chars > 4096 ||
        b->leaps > 1024 || b->standards > TYPES_MAX || b->universals > TYPES_MAX) {
        return "counts out of range";
    }
    b->size = b->times * (time_size + 1) + b->types * (size_t)6 + b->chars +
              b->leaps * (time_size + 4) + b->standards + b->universals;
    return b->size > size - HEADER_SIZE ? "the file is cut short" : NULL;
}

static const char *read_steps(const uint8_t *data, const block *b, zone *out) {
    const uint8_t *indexes = data + b->times * b->time_size;
    const uint8_t *types = indexes + b->times;
    if (b->leaps != 0) {
        return "has leap seconds; use the zone without \"right/\"";
    }
    const char *why = add_step(out, BEGINNING, (int32_t)number_at(types));
    for (uint32_t i = 0; why == NULL && i < b->times; i++) {
        if (indexes[i] >= b->types) {
            return "a change to a type that is not there";
        }
        why = add_step(out, time_at(data + i * b->time_size, b->time_size),
                       (int32_t)number_at(types + indexes[i] * (size_t)6));
    }
    return why;
}

/* ---- the rule for the years after: "EST5EDT,M3.2.0,M11.1.0" ---- */

typedef struct rule_date {
    char form; /* 'M', 'J', or '0' for a day counted from 0 with leap days */
    int32_t month, week, day;
    int32_t clock_s;
} rule_date;

typedef struct text_reader {
    const char *at;
    const char *end;
} text_reader;

static int32_t take(text_reader *r, char c) {
    if (r->at < r->end && *r->at == c) {
        r->at++;
        return 1;
    }
    return 0;
}

/* 1 with up to three digits read into *number, at most `most`. */
static int32_t take_number(text_reader *r, int32_t most, int32_t *number) {
    const char *from = r->at;
    *number = 0;
    while (r->at < r->end && r->at - from < 3 && *r->at >= '0' && *r->at <= '9') {
        *number = *number * 10 + (*r->at++ - '0');
    }
    return r->at > from && *number <= most;
}

static int32_t take_clock(text_reader *r, int32_t hours_max, int32_t *seconds) {
    int32_t is_negative = take(r, '-');
    int32_t hours = 0, minutes = 0, rest = 0;
    if (!is_negative) {
        (void)take(r, '+');
    }
    if (!take_number(r, hours_max, &hours) || (take(r, ':') && !take_number(r, 59, &minutes)) ||
        (take(r, ':') && !take_number(r, 59, &rest))) {
        return 0;
    }
    *seconds = (hours * 60 + minutes) * 60 + rest;
    *seconds = is_negative ? -*seconds : *seconds;
    return 1;
}

static int32_t take_name(text_reader *r) {
    const char *from = r->at;
    if (take(r, '<')) {
        while (r->at < r->end && *r->at != '>') {
            r->at++;
        }
        return take(r, '>');
    }
    while (r->at < r->end &&
           ((*r->at >= 'A' && *r->at <= 'Z') || (*r->at >= 'a' && *r->at <= 'z'))) {
        r->at++;
    }
    return r->at - from >= NAME_MIN;
}

static int32_t take_rule_date(text_reader *r, rule_date *date) {
    *date = (rule_date){.form = '0', .clock_s = 2 * 3600};
    int32_t is_read;
    if (take(r, 'M')) {
        date->form = 'M';
        is_read = take_number(r, 12, &date->month) && date->month > 0 && take(r, '.') &&
                  take_number(r, 5, &date->week) && date->week > 0 && take(r, '.') &&
                  take_number(r, 6, &date->day);
    } else {
        date->form = take(r, 'J') ? 'J' : '0';
        is_read = take_number(r, 365, &date->day) && (date->form == '0' || date->day > 0);
    }
    return is_read && (!take(r, '/') || take_clock(r, HOURS_MAX, &date->clock_s));
}

/* Days since 1970 of the rule's date in a year. */
static int64_t rule_day(const rule_date *date, int32_t year) {
    int64_t january = kinmu_days_from_date(year, 1, 1);
    int32_t is_leap = kinmu_days_from_date(year, 3, 1) - january == 60;
    if (date->form == '0') {
        return january + date->day;
    }
    if (date->form == 'J') {
        return january + date->day - 1 + (is_leap && date->day >= 60);
    }
    int64_t first = kinmu_days_from_date(year, date->month, 1);
    int64_t next = date->month == 12 ? kinmu_days_from_date(year + 1, 1, 1)
                                     : kinmu_days_from_date(year, date->month + 1, 1);
    int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = first + (date->day - weekday + 7) % 7 + (date->week - 1) * INT64_C(7);
    return day >= next ? day - 7 : day;
}

typedef struct rule {
    int32_t standard_s, summer_s;
    rule_date begin, end; /* of summer time */
} rule;

/* 1: a rule with summer time; 0: none; -1: not readable. */
static int32_t read_rule(const char *text, size_t size, rule *out) {
    text_reader r = {text, text + size};
    if (size == 0) {
        return 0;
    }
    if (!take_name(&r) || !take_clock(&r, 24, &out->standard_s)) {
        return -1;
    }
    out->standard_s = -out->standard_s; /* POSIX counts west of Greenwich */
    out->summer_s = out->standard_s + 3600;
    if (r.at == r.end) {
        return 0;
    }
    if (!take_name(&r)) {
        return -1;
    }
    if (r.at < r.end && *r.at != ',') {
        if (!take_clock(&r, 24, &out->summer_s)) {
            return -1;
        }
        out->summer_s = -out->summer_s;
    }
    return take(&r, ',') && take_rule_date(&r, &out->begin) && take(&r, ',') &&
                   take_rule_date(&r, &out->end) && r.at == r.end
               ? 1
               : -1;
}

static const char *write_out(const rule *r, zone *out) {
    const char *why = NULL;
    int64_t last_s = out->count > 1 ? out->steps[out->count - 1].from_s : 0;
    if (last_s < 0 || last_s > kinmu_days_from_date(ZONE_YEAR_LAST, 1, 1) * DAY_S) {
        last_s = 0;
    }
    kinmu_civil civil;
    kinmu_date_from_days(last_s / DAY_S, &civil);
    for (int32_t year = civil.year; why == NULL && year <= ZONE_YEAR_LAST; year++) {
        zone_step summer = {rule_day(&r->begin, year) * DAY_S + r->begin.clock_s - r->standard_s,
                            r->summer_s};
        zone_step standard = {rule_day(&r->end, year) * DAY_S + r->end.clock_s - r->summer_s,
                              r->standard_s};
        const zone_step *first = summer.from_s < standard.from_s ? &summer : &standard;
        const zone_step *second = first == &summer ? &standard : &summer;
        if (first->from_s > out->steps[out->count - 1].from_s) {
            why = add_step(out, first->from_s, first->offset_s);
        }
        if (why == NULL && second->from_s > out->steps[out->count - 1].from_s) {
            why = add_step(out, second->from_s, second->offset_s);
        }
    }
    return why;
}

const char *zone_parse(const uint8_t *data, size_t size, zone *out) {
    block b;
    out->count = 0;
    const char *why = read_header(data, size, 4, &b);
    if (why != NULL) {
        return why;
    }
    if (data[4] < '2') {
        return read_steps(data + HEADER_SIZE, &b, out);
    }
    const uint8_t *second = data + HEADER_SIZE + b.size;
    size_t rest = size - HEADER_SIZE - b.size;
    why = read_header(second, rest, 8, &b);
    if (why == NULL) {
        why = read_steps(second + HEADER_SIZE, &b, out);
    }
    if (why != NULL) {
        return why;
    }
    const uint8_t *footer = second + HEADER_SIZE + b.size;
    rest -= HEADER_SIZE + b.size;
    const uint8_t *end = rest > 1 ? memchr(footer + 1, '\n', rest - 1) : NULL;
    if (rest == 0 || footer[0] != '\n' || end == NULL) {
        return "no rule at its end";
    }
    rule yearly = {0};
    int32_t has_summer = read_rule((const char *)footer + 1, (size_t)(end - footer) - 1, &yearly);
    if (has_summer < 0) {
        return "a rule that is not readable";
    }
    return has_summer ? write_out(&yearly, out) : NULL;
}

/* ---- questions ---- */

/* The last step that begins at or before the moment. */
static uint32_t step_of(const zone *z, int64_t unix_s) {
    uint32_t low = 0;
    uint32_t high = z->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (z->steps[middle].from_s <= unix_s) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t zone_offset_s(const zone *z, int64_t unix_s) {
    return z->steps[step_of(z, unix_s)].offset_s;
}

int64_t zone_moment_s(const zone *z, int64_t local_s) {
    /* The first step whose own end lies after that local time. Offsets differ by less than two
     * days, so the search may begin that far before. */
    uint32_t i = step_of(z, local_s - 2 * DAY_S);
    while (i + 1 < z->count && local_s >= z->steps[i + 1].from_s + z->steps[i].offset_s) {
        i++;
    }
    int64_t moment_s = local_s - z->steps[i].offset_s;
    return i > 0 && moment_s < z->steps[i].from_s ? z->steps[i].from_s : moment_s;
}

int32_t zone_is_second(const zone *z, int64_t unix_s) {
    uint32_t i = step_of(z, unix_s);
    return i > 0 && unix_s - z->steps[i].from_s < z->steps[i - 1].offset_s - z->steps[i].offset_s;
}

int64_t zone_next_step_s(const zone *z, int64_t unix_s) {
    uint32_t i = step_of(z, unix_s);
    return i + 1 < z->count ? z->steps[i + 1].from_s : INT64_MAX;
}
