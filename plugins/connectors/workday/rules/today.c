/* workday/rules/today.c - see days.h: what is told while there is still time, of the business day
 * that goes on: overtime that nobody asked for begins (WRK-20); whoever starts tomorrow as usual
 * rests too little (R4). */
#include "rules/days.h"

#define STARTS_MAX 5u

static int32_t add(engine *e, alert one) {
    alert *row = list_add(&e->alerts);
    if (row != NULL) {
        *row = one;
    }
    return row != NULL;
}

static int32_t warn_of_overtime(engine *e, const book *b, const facts *f, const day *d) {
    uint32_t key = f->person;
    const person_row *person = book_find(b, BOOK_PERSON, &key, 1);
    if (person == NULL || !person->is_overtime_managed || d->so_far_min == NONE ||
        d->so_far_min < d->scheduled_min || d->quality == QUALITY_PARTIAL) {
        return 1;
    }
    return add(e, (alert){.rule = RULE_OVERTIME_PROMPT,
                          .level = 1,
                          .severity = SEVERITY_INFORMATION,
                          .period_form = PERIOD_DAY,
                          .period = d->date,
                          .value = d->so_far_min,
                          .limit_value = d->scheduled_min,
                          .forecast_date = NONE,
                          .earliest = NONE});
}

/* ---- rest before tomorrow ---- */

static int32_t end_so_far(const day *d, const terms *next, const horizon *h) {
    if (d->is_open) {
        return d->pc_end != NONE ? d->pc_end : moment_minute(h->now_ns);
    }
    return !next->interval_by_punch && d->pc_end != NONE && d->pc_end > d->work_end ? d->pc_end
                                                                                    : d->work_end;
}

static int32_t start_clock(const day *d, const terms *next) {
    int32_t start = d->work_start;
    if (!next->interval_by_punch && d->pc_start != NONE && d->pc_start < start) {
        start = d->pc_start;
    }
    return moment_clock(d->terms->zone, d->date, start);
}

/* The middle one of the last days with work; NONE without any. */
static int32_t usual_start(const day *first, const day *today, const terms *next) {
    int32_t clocks[STARTS_MAX];
    uint32_t count = 0;
    for (const day *d = today; d > first && count < STARTS_MAX;) {
        d--;
        if (d->work_min <= 0 || d->work_start == NONE) {
            continue;
        }
        uint32_t at = count++;
        int32_t clock = start_clock(d, next);
        for (; at > 0 && clocks[at - 1] > clock; at--) {
            clocks[at] = clocks[at - 1];
        }
        clocks[at] = clock;
    }
    return count > 0 ? clocks[(count - 1) / 2] : NONE;
}

static int32_t warn_of_rest(engine *e, const book *b, const facts *f, const horizon *h,
                            const day *d) {
    int32_t tomorrow = d->date + 1;
    const terms *next = facts_terms(f, tomorrow);
    if (!d->has_span || (!d->is_open && d->work_end == NONE) || d->quality == QUALITY_PARTIAL ||
        next->interval_limit_min == 0 || facts_kind(f, b, tomorrow) != KIND_WORK) {
        return 1;
    }
    int32_t is_planned = next->has_shift && next->pattern.start_clock != NONE;
    int32_t clock = is_planned ? next->pattern.start_clock : usual_start(e->days.rows, d, next);
    int32_t end = end_so_far(d, next, h);
    int32_t rest = clock != NONE ? clock_moment(next->zone, tomorrow, clock) - end : INT32_MAX;
    if (rest >= next->interval_limit_min) {
        return 1;
    }
    return add(e, (alert){.rule = RULE_INTERVAL_FORECAST,
                          .level = 1,
                          .severity = SEVERITY_WARNING,
                          .period_form = PERIOD_DAY,
                          .period = tomorrow,
                          .value = rest,
                          .limit_value = next->interval_limit_min,
                          .forecast_date = tomorrow,
                          .earliest = end + next->interval_limit_min});
}

int32_t today_compute(engine *e, const book *b, const facts *f, const horizon *h) {
    int32_t today = shifts_date(f, moment_minute(h->now_ns));
    const day *days = e->days.rows;
    for (uint32_t i = e->days.count; i > 0 && days[i - 1].date >= today; i--) {
        if (days[i - 1].date == today) {
            return warn_of_overtime(e, b, f, &days[i - 1]) &&
                   warn_of_rest(e, b, f, h, &days[i - 1]);
        }
    }
    return 1;
}
