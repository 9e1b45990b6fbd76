/* workday/rules/alerts.c - see days.h: what people are warned of, each once per rule, period and
 * level (R2 to R7), and forecasts. */
#include "rules/days.h"

#define SIXTY_MIN 3600
#define AVERAGE_MONTHS_MAX 6
#define YEAR_MONTHS 12
#define FORECAST_DAYS_MAX 31

static int32_t add(engine *e, int32_t rule, int32_t level, int32_t severity, int32_t period_form,
                   int32_t period, int32_t value, int32_t limit_value) {
    alert *row = list_add(&e->alerts);
    if (row == NULL) {
        return 0;
    }
    *row = (alert){rule, level, severity, period_form, period, value, limit_value, NONE, NONE};
    return 1;
}

static int32_t absolute(int32_t number) {
    return number == NONE ? 0 : number < 0 ? -number : number;
}

/* At or over four fifths of a limit. */
static int32_t is_near(int32_t value, int32_t limit) {
    return (int64_t)value * 5 >= (int64_t)limit * 4;
}

/* ---- days ---- */

static int32_t warn_of_divergence(engine *e, const day *d) {
    int32_t start = absolute(d->divergence_start_min);
    int32_t end = absolute(d->divergence_end_min);
    int32_t larger = start > end ? start : end;
    int32_t value = larger >= d->terms->threshold_min ? larger : d->undeclared_min;
    return add(e, RULE_DIVERGENCE, 1, SEVERITY_WARNING, PERIOD_DAY, d->date, value,
               d->terms->threshold_min);
}

static int32_t warn_of_day(engine *e, const day *d) {
    const terms *t = d->terms;
    int32_t is_added = 1;
    if (d->divergence_alert) {
        is_added = warn_of_divergence(e, d);
    }
    if (is_added && (d->divergence_kinds & DIVERGES_NO_ATTENDANCE) != 0 && d->is_over &&
        d->quality != QUALITY_PARTIAL && !t->is_owner_attendance) {
        is_added = add(e, RULE_NO_ATTENDANCE, 1, SEVERITY_WARNING, PERIOD_DAY, d->date, NONE, NONE);
    }
    if (is_added && d->interval_min != NONE) {
        is_added = add(e, RULE_INTERVAL, 1, SEVERITY_WARNING, PERIOD_DAY, d->date, d->interval_min,
                       t->interval_limit_min);
    }
    if (is_added && d->worked_row == t->warn_days) {
        is_added = add(e, RULE_CONSECUTIVE, 1, SEVERITY_WARNING, PERIOD_DAY, d->date, d->worked_row,
                       t->warn_days);
    }
    if (is_added && d->worked_row == t->limit_days) {
        is_added = add(e, RULE_CONSECUTIVE, 2, SEVERITY_VIOLATION, PERIOD_DAY, d->date,
                       d->worked_row, t->limit_days);
    }
    return is_added;
}

/* ---- months and years ---- */

static int32_t has_overtime_alerts(const terms *t) {
    return t->work_class == CLASS_ORDINARY || t->work_class == CLASS_DISCRETIONARY;
}

static int32_t warn_of_month(engine *e, const month *m) {
    const terms *t = m->terms;
    int32_t overtime = m->statutory_overtime_min;
    int32_t both = overtime + m->legal_holiday_min;
    int32_t ok = 1;
    for (uint32_t i = 0; ok && overtime > 0 && i < t->level_count; i++) {
        ok = overtime < t->levels_min[i] ||
             add(e, RULE_OVERTIME_MONTH, (int32_t)i + 1, SEVERITY_WARNING, PERIOD_MONTH, m->month,
                 overtime, t->levels_min[i]);
    }
    if (ok && overtime > t->month_min) {
        ok = add(e, RULE_MONTH_LIMIT, 1, t->is_special ? SEVERITY_INFORMATION : SEVERITY_VIOLATION,
                 PERIOD_MONTH, m->month, overtime, t->month_min);
    }
    if (ok && overtime > SIXTY_MIN) {
        ok = add(e, RULE_SIXTY, 1, SEVERITY_INFORMATION, PERIOD_MONTH, m->month, overtime,
                 SIXTY_MIN);
    }
    if (ok && both > 0 && is_near(both, t->special_month_min)) {
        ok = add(e, RULE_SPECIAL, 1, SEVERITY_WARNING, PERIOD_MONTH, m->month, both,
                 t->special_month_min);
    }
    if (ok && both > 0 && both >= t->special_month_min) {
        ok = add(e, RULE_SPECIAL, 2, SEVERITY_VIOLATION, PERIOD_MONTH, m->month, both,
                 t->special_month_min);
    }
    if (ok && m->average_min > 0 && is_near(m->average_min, t->average_min)) {
        ok = add(e, RULE_AVERAGE, 1, SEVERITY_WARNING, PERIOD_MONTH, m->month, m->average_min,
                 t->average_min);
    }
    if (ok && m->average_min > 0 && m->average_min > t->average_min) {
        ok = add(e, RULE_AVERAGE, 2, SEVERITY_VIOLATION, PERIOD_MONTH, m->month, m->average_min,
                 t->average_min);
    }
    return ok;
}

/* By the last month of the year with figures. */
static int32_t warn_of_year(engine *e, const month *m) {
    const terms *t = m->terms;
    int32_t limit = t->is_special ? t->special_year_min : t->year_min;
    int32_t sum = m->year_overtime_min;
    int32_t months = m->over_45h_months;
    int32_t ok = 1;
    if (sum > 0 && is_near(sum, limit)) {
        ok = add(e, RULE_YEAR, 1, SEVERITY_WARNING, PERIOD_YEAR, m->year, sum, limit);
    }
    if (ok && sum > limit) {
        ok = add(e, RULE_YEAR, 2, SEVERITY_VIOLATION, PERIOD_YEAR, m->year, sum, limit);
    }
    if (ok && t->is_special && months > 0 && months >= t->special_months) {
        ok = add(e, RULE_MONTHS, 1, SEVERITY_WARNING, PERIOD_YEAR, m->year, months,
                 t->special_months);
    }
    if (ok && t->is_special && months > t->special_months) {
        ok = add(e, RULE_MONTHS, 2, SEVERITY_VIOLATION, PERIOD_YEAR, m->year, months,
                 t->special_months);
    }
    return ok;
}

/* A year whose first month is changed may come back after another. */
static int32_t is_last_of_year(const engine *e, uint32_t index) {
    const month *months = e->months.rows;
    for (uint32_t i = index + 1; i < e->months.count && i <= index + 2 * YEAR_MONTHS; i++) {
        if (months[i].year == months[index].year) {
            return 0;
        }
    }
    return 1;
}

/* ---- forecasts ---- */

typedef struct forecast {
    const month *months;
    uint32_t index; /* of the month `--until` lies in */
    int64_t overtime, both;
    int64_t worked; /* days so far */
    int32_t dates[FORECAST_DAYS_MAX];
    int32_t date_count; /* working days that remain */
} forecast;

/* The largest projected average after so many more days, times n and days worked; compared with
 * the limit without rounding. Gives the rounded figure; *is_over when it passes the limit. */
static int32_t projected_average(const forecast *c, int64_t more, int32_t *is_over) {
    const month *m = &c->months[c->index];
    int64_t before = 0;
    int32_t largest = 0;
    *is_over = 0;
    for (uint32_t n = 2; n <= AVERAGE_MONTHS_MAX && n <= c->index + 1; n++) {
        const month *earlier = &c->months[c->index + 1 - n];
        before += earlier->statutory_overtime_min + earlier->legal_holiday_min;
        int64_t sum = before * c->worked + c->both * (c->worked + more);
        int32_t average = (int32_t)(sum / (n * c->worked));
        largest = average > largest ? average : largest;
        *is_over |= sum > m->terms->average_min * (int64_t)n * c->worked;
    }
    return largest;
}

/* The figure after so many more days, and whether it passes its limit. */
static int32_t projected(const forecast *c, int32_t rule, int64_t more, int32_t *is_over) {
    const terms *t = c->months[c->index].terms;
    if (rule == RULE_AVERAGE_FORECAST) {
        return projected_average(c, more, is_over);
    }
    int64_t figure = rule == RULE_SPECIAL_FORECAST ? c->both : c->overtime;
    int64_t sum = figure * (c->worked + more);
    *is_over = rule == RULE_SPECIAL_FORECAST ? sum >= t->special_month_min * c->worked
                                             : sum > t->month_min * c->worked;
    return (int32_t)(sum / c->worked);
}

static int32_t foresee(engine *e, const forecast *c, int32_t rule, int32_t figure, int32_t limit) {
    const month *m = &c->months[c->index];
    int32_t is_over = 0;
    (void)projected(c, rule, 0, &is_over);
    if (is_over || figure <= 0) {
        return 1;
    }
    for (int32_t i = 0; i < c->date_count; i++) {
        (void)projected(c, rule, i + 1, &is_over);
        if (!is_over) {
            continue;
        }
        int32_t ignored;
        int32_t value = projected(c, rule, c->date_count, &ignored);
        if (!add(e, rule, 1, SEVERITY_WARNING, PERIOD_MONTH, m->month, value, limit)) {
            return 0;
        }
        ((alert *)e->alerts.rows)[e->alerts.count - 1].forecast_date = c->dates[i];
        return 1;
    }
    return 1;
}

static int32_t foresee_month(engine *e, const book *b, const facts *f, const horizon *h) {
    forecast c = {.months = e->months.rows};
    int32_t today = shifts_date(f, moment_minute(h->now_ns));
    int32_t number = date_month(today);
    while (c.index < e->months.count && c.months[c.index].month != number) {
        c.index++;
    }
    if (c.index == e->months.count || !has_overtime_alerts(c.months[c.index].terms)) {
        return 1;
    }
    const month *m = &c.months[c.index];
    const day *days = e->days.rows;
    for (uint32_t i = 0; i < e->days.count && days[i].date <= today; i++) {
        if (days[i].date >= month_first(number)) {
            c.overtime += days[i].statutory_overtime_min;
            c.both += days[i].statutory_overtime_min + days[i].legal_holiday_min;
            c.worked += days[i].work_min > 0;
        }
    }
    for (int32_t date = today + 1; date < month_first(number + 1); date++) {
        if (facts_kind(f, b, date) == KIND_WORK) {
            c.dates[c.date_count++] = date;
        }
    }
    if (c.worked == 0) {
        return 1;
    }
    return foresee(e, &c, RULE_MONTH_LIMIT_FORECAST, (int32_t)c.overtime, m->terms->month_min) &&
           foresee(e, &c, RULE_SPECIAL_FORECAST, (int32_t)c.both, m->terms->special_month_min) &&
           foresee(e, &c, RULE_AVERAGE_FORECAST, (int32_t)c.both, m->terms->average_min);
}

int32_t alerts_compute(engine *e, const book *b, const facts *f, const horizon *h) {
    const day *days = e->days.rows;
    const month *months = e->months.rows;
    for (uint32_t i = 0; i < e->days.count; i++) {
        if (days[i].is_known && !warn_of_day(e, &days[i])) {
            return 0;
        }
    }
    for (uint32_t i = 0; i < e->months.count; i++) {
        const month *m = &months[i];
        if (has_overtime_alerts(m->terms) &&
            (!warn_of_month(e, m) || (is_last_of_year(e, i) && !warn_of_year(e, m)))) {
            return 0;
        }
        if (m->terms->work_class != CLASS_HIGH_SKILL &&
            m->health_min > m->terms->health_limit_min &&
            !add(e, RULE_HEALTH, 1, SEVERITY_WARNING, PERIOD_MONTH, m->month, m->health_min,
                 m->terms->health_limit_min)) {
            return 0;
        }
    }
    return h->now_ns == INT64_MAX || foresee_month(e, b, f, h);
}
