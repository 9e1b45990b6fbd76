/* workday/rules/months.c - see days.h: weekly overtime, rest and rows of days; then months and
 * years. */
#include "rules/days.h"

#define DAY_LIMIT_MIN 480   /* 8 hours (R1) */
#define WEEK_LIMIT_MIN 2400 /* 40 hours */
#define SIXTY_MIN 3600
#define AVERAGE_MONTHS_MAX 6

/* ---- weeks, rest, rows of days ---- */

/* The end of a worked day and the start of the next, by the setting of the later day. */
static int32_t rest_between(const day *before, const day *d) {
    int32_t end = before->work_end;
    int32_t start = d->work_start;
    if (!d->terms->interval_by_punch) {
        end = before->pc_end != NONE && before->pc_end > end ? before->pc_end : end;
        start = d->pc_start != NONE && d->pc_start < start ? d->pc_start : start;
    }
    return start - end;
}

static void check_rest(const day *before, day *d) {
    if (before == NULL || before->work_end == NONE || d->terms->interval_limit_min == 0 ||
        before->quality == QUALITY_PARTIAL || d->quality == QUALITY_PARTIAL) {
        return;
    }
    int32_t rest = rest_between(before, d);
    if (rest < d->terms->interval_limit_min) {
        d->interval_min = rest;
    }
}

void week_compute(engine *e) {
    day *days = e->days.rows;
    const day *worked = NULL;
    int32_t week_min = 0;
    int32_t row = 0;
    for (uint32_t i = 0; i < e->days.count; i++) {
        day *d = &days[i];
        if (date_weekday(d->date) == d->terms->week_start) {
            week_min = 0;
        }
        int32_t ordinary = d->work_min - d->legal_holiday_min;
        int32_t within = ordinary < DAY_LIMIT_MIN ? ordinary : DAY_LIMIT_MIN;
        int32_t over_before = week_min > WEEK_LIMIT_MIN ? week_min - WEEK_LIMIT_MIN : 0;
        week_min += within;
        int32_t over = week_min > WEEK_LIMIT_MIN ? week_min - WEEK_LIMIT_MIN : 0;
        d->statutory_overtime_min = ordinary - within + over - over_before;
        row = d->work_min > 0 ? row + 1 : 0;
        d->worked_row = row;
        if (d->work_min > 0) {
            check_rest(worked, d);
            worked = d;
        }
    }
}

/* ---- months ---- */

static void add_day(month *m, const day *d) {
    m->days_worked += d->work_min > 0;
    m->work_min += d->work_min;
    m->overtime_min += d->overtime_min;
    m->holiday_work_min += d->holiday_work_min;
    m->undeclared_min += d->undeclared_min;
    m->night_min += d->night_min;
    m->statutory_overtime_min += d->statutory_overtime_min;
    m->legal_holiday_min += d->legal_holiday_min;
    m->short_intervals += d->interval_min != NONE;
    m->consecutive_days = d->worked_row > m->consecutive_days ? d->worked_row : m->consecutive_days;
    m->divergences += d->divergence_alert;
}

/* The largest average of the last 2 to 6 months, rounded up (L3). */
static int32_t average_of(const month *months, uint32_t index) {
    int64_t sum = 0;
    int32_t largest = NONE;
    for (uint32_t n = 1; n <= AVERAGE_MONTHS_MAX && n <= index + 1; n++) {
        const month *m = &months[index + 1 - n];
        sum += m->statutory_overtime_min + m->legal_holiday_min;
        int32_t average = (int32_t)((sum + n - 1) / n);
        largest = n > 1 && average > largest ? average : largest;
    }
    return largest;
}

static void close_month(month *months, uint32_t index) {
    month *m = &months[index];
    int32_t days = month_first(m->month + 1) - month_first(m->month);
    int32_t health = m->work_min - days * WEEK_LIMIT_MIN / 7;
    m->health_min = health > 0 ? health : 0;
    m->over_60h_min =
        m->statutory_overtime_min > SIXTY_MIN ? m->statutory_overtime_min - SIXTY_MIN : 0;
    m->average_min = average_of(months, index);
    int32_t calendar_year = 1970 + m->month / 12;
    m->year = m->month % 12 + 1 >= m->terms->year_month ? calendar_year : calendar_year - 1;
    int32_t begin = (m->year - 1970) * 12 + m->terms->year_month - 1;
    for (uint32_t i = index + 1; i > 0 && months[i - 1].month >= begin; i--) {
        const month *one = &months[i - 1];
        m->year_overtime_min += one->statutory_overtime_min;
        m->over_45h_months += one->statutory_overtime_min > one->terms->month_min;
    }
}

int32_t months_compute(engine *e, const facts *f) {
    const day *days = e->days.rows;
    uint32_t first = 0;
    uint32_t end = e->days.count;
    while (first < end && !days[first].is_known) {
        first++;
    }
    while (end > first && !days[end - 1].is_known) {
        end--;
    }
    month *m = NULL;
    for (uint32_t i = first; i < end; i++) {
        int32_t number = date_month(days[i].date);
        if (m == NULL || m->month != number) {
            m = list_add(&e->months);
            if (m == NULL) {
                return 0;
            }
            m->month = number;
            m->terms = facts_terms(f, month_first(number + 1) - 1);
        }
        add_day(m, &days[i]);
    }
    for (uint32_t i = 0; i < e->months.count; i++) {
        close_month(e->months.rows, i);
    }
    return 1;
}
