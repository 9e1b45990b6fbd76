/* api/answers/dates.c - see dates.h. */
#include "answers/dates.h"

#include "words.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <string.h>

static int32_t digits(const char *text, uint32_t count) {
    int32_t number = 0;
    for (uint32_t i = 0; i < count && text[i] >= '0' && text[i] <= '9'; i++) {
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

int64_t dates_number(const char *date) {
    return strlen(date) == WORDS_DATE_SIZE - 1
               ? kinmu_days_from_date(digits(date, 4), digits(date + 5, 2), digits(date + 8, 2))
               : 0;
}

const char *dates_print(memory *m, int64_t day) {
    kinmu_civil c;
    kinmu_date_from_days(day, &c);
    return memory_print(m, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* 1 with the day that is given, 0 without one, -1: answered. */
static int32_t take_one(exchange *x, const char *name, int64_t *day) {
    char date[WORDS_DATE_SIZE];
    const char *text = target_find(&x->target, name);
    if (text == NULL) {
        return 0;
    }
    if (!words_date(text, date)) {
        problem_set(x, 422, "query.value", name, "2026-11-22");
        return -1;
    }
    *day = dates_number(date);
    return 1;
}

int32_t dates_take(exchange *x, dates *out) {
    char today[WORDS_DATE_SIZE];
    char most[16];
    int64_t days_max = x->owner->config.search_days;
    words_today(x->now_ns, x->utc_offset_s, today);
    out->last = dates_number(today);
    int32_t has_last = take_one(x, "date.max", &out->last);
    out->first = out->last - (days_max < DATES_DEFAULT ? days_max : DATES_DEFAULT) + 1;
    int32_t has_first = has_last >= 0 ? take_one(x, "date.min", &out->first) : -1;
    if (has_first < 0) {
        return 0;
    }
    if (out->first > out->last) {
        problem_set(x, 422, "query.value", "date.max", "date.min ≤ date.max");
        return 0;
    }
    if (out->last - out->first >= days_max) {
        (void)snprintf(most, sizeof most, "%d", (int)days_max);
        problem_set(x, 422, "search.days", most, NULL);
        return 0;
    }
    out->min = dates_print(&x->memory, out->first);
    out->max = dates_print(&x->memory, out->last);
    return out->min != NULL && out->max != NULL;
}

void dates_filter(const dates *d, kinmu_filter filters[2]) {
    filters[0] = (kinmu_filter){"date", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_text(d->min)};
    filters[1] = (kinmu_filter){"date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(d->max)};
}
