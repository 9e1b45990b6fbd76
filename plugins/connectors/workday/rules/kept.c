/* workday/rules/kept.c - see kept.h. A row holds clocks, a day moments: they are found again when
 * the terms of the date are known. */
#include "rules/kept.h"

#include <kinmu/events/day.h>

#include <stdlib.h>
#include <string.h>

static int32_t number_of(const kinmu_value *values, uint32_t count, uint32_t field) {
    return field < count && values[field].type != KINMU_TYPE_NULL ? (int32_t)values[field].as.i64
                                                                  : NONE;
}

static int32_t figure_of(const kinmu_value *values, uint32_t count, uint32_t field) {
    int32_t number = number_of(values, count, field);
    return number != NONE ? number : 0;
}

static int32_t is_text(const kinmu_value *value, const char *text) {
    return value->type == KINMU_TYPE_TEXT && value->size == strlen(text) &&
           memcmp(value->as.text, text, value->size) == 0;
}

static day blank(int32_t date) {
    return (day){.date = date,
                 .is_over = 1,
                 .work_form = FORM_NONE,
                 .pc_start = NONE,
                 .pc_end = NONE,
                 .work_start = NONE,
                 .work_end = NONE,
                 .divergence_start_min = NONE,
                 .divergence_end_min = NONE,
                 .quality = QUALITY_NONE,
                 .heard_to_ns = INT64_MIN,
                 .interval_min = NONE};
}

int32_t kept_add(list *days, const kinmu_value *values, uint32_t count) {
    char text[DATE_SIZE] = "";
    int32_t date = 0;
    if (count <= KINMU_WORK_DAY_QUALITY || values[KINMU_WORK_DAY_DATE].size >= sizeof text) {
        return 1;
    }
    memcpy(text, values[KINMU_WORK_DAY_DATE].as.text, values[KINMU_WORK_DAY_DATE].size);
    if (!date_parse(text, &date)) {
        return 1;
    }
    day *d = list_add(days);
    if (d == NULL) {
        return 0;
    }
    *d = blank(date);
    d->is_known = 1;
    d->pc_start = number_of(values, count, KINMU_WORK_DAY_PC_START);
    d->pc_end = number_of(values, count, KINMU_WORK_DAY_PC_END);
    d->work_start = number_of(values, count, KINMU_WORK_DAY_WORK_START);
    d->work_end = number_of(values, count, KINMU_WORK_DAY_WORK_END);
    d->work_min = figure_of(values, count, KINMU_WORK_DAY_WORK_MIN);
    d->overtime_min = figure_of(values, count, KINMU_WORK_DAY_OVERTIME_MIN);
    d->holiday_work_min = figure_of(values, count, KINMU_WORK_DAY_HOLIDAY_WORK_MIN);
    d->undeclared_min = figure_of(values, count, KINMU_WORK_DAY_UNDECLARED_MIN);
    d->night_min = figure_of(values, count, KINMU_WORK_DAY_NIGHT_MIN);
    d->legal_holiday_min = figure_of(values, count, KINMU_WORK_DAY_LEGAL_HOLIDAY_MIN);
    d->divergence_alert = figure_of(values, count, KINMU_WORK_DAY_DIVERGENCE_ALERT);
    d->quality =
        is_text(&values[KINMU_WORK_DAY_QUALITY], "partial") ? QUALITY_PARTIAL : QUALITY_GOOD;
    return 1;
}

int32_t kept_none(list *days, int32_t date) {
    day *d = list_add(days);
    if (d != NULL) {
        *d = blank(date);
    }
    return d != NULL;
}

static int compare(const void *left, const void *right) {
    const day *a = left;
    const day *b = right;
    return a->date < b->date ? -1 : a->date > b->date;
}

void kept_sort(list *days) {
    if (days->count > 1) {
        qsort(days->rows, days->count, sizeof(day), compare);
    }
}

static int32_t moment_of(const facts *f, int32_t date, int32_t clock) {
    return clock != NONE ? clock_moment(facts_terms(f, date)->zone, date, clock) : NONE;
}

/* The kept day of a date, or one of which nothing is known. */
static day kept_day(const day *kept, uint32_t count, const facts *f, uint32_t *at, int32_t date) {
    while (*at < count && kept[*at].date < date) {
        (*at)++;
    }
    day d = *at < count && kept[*at].date == date ? kept[*at] : blank(date);
    d.terms = facts_terms(f, date);
    d.begin = facts_day_begin(f, date);
    d.end = facts_day_begin(f, date + 1);
    d.pc_start = moment_of(f, date, d.pc_start);
    d.pc_end = moment_of(f, date, d.pc_end);
    d.work_start = moment_of(f, date, d.work_start);
    d.work_end = moment_of(f, date, d.work_end);
    return d;
}

static int32_t later(int32_t a, int32_t b) {
    return a > b ? a : b;
}

int32_t kept_join(engine *e, const facts *f) {
    const day *kept = e->kept->rows;
    const day *days = e->days.rows;
    uint32_t kept_count = 0;
    list joined = LIST_OF(day);
    while (kept_count < e->kept->count && kept[kept_count].date < e->kept_end) {
        kept_count++;
    }
    if (kept_count == 0 && e->days.count == 0) {
        return 1;
    }
    uint32_t held = kept_count; /* the next one that may stay as it was */
    int32_t first = kept_count > 0 ? kept[0].date : later(days[0].date, e->kept_end);
    int32_t last = kept_count > 0 ? kept[kept_count - 1].date : first - 1; /* none yet */
    last = e->days.count > 0 ? later(last, days[e->days.count - 1].date) : last;
    uint32_t at = 0;
    for (int32_t date = first; date <= last; date++) {
        day *d = list_add(&joined);
        if (d == NULL) {
            list_free(&joined);
            return 0;
        }
        while (held < e->kept->count && kept[held].date < date) {
            held++;
        }
        int32_t is_held = held < e->kept->count && kept[held].date == date && kept[held].is_held;
        int32_t is_computed = date >= e->kept_end && e->days.count > 0 && date >= days[0].date;
        uint32_t count = date < e->kept_end ? kept_count : is_held ? e->kept->count : 0;
        *d = is_computed && !is_held ? days[date - days[0].date]
                                     : kept_day(kept, count, f, &at, date);
    }
    list_free(&e->days);
    e->days = joined;
    return 1;
}
