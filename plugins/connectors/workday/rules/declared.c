/* workday/rules/declared.c - see declared.h. */
#include "rules/declared.h"

#include "rules/spans.h"

#include <string.h>

#define SPAN_REACH_MIN (2 * DAY_MIN)

void declared_init(declared *x) {
    memset(x, 0, sizeof *x);
    x->spans.size = x->breaks.size = x->scratch.size = sizeof(span);
}

void declared_finish(declared *x) {
    list_free(&x->spans);
    list_free(&x->breaks);
    list_free(&x->scratch);
}

static int32_t add_span(declared *x, int32_t start, int32_t end) {
    span *row = list_add(&x->spans);
    if (row != NULL) {
        *row = (span){start, end};
    }
    return row != NULL;
}

/* The last span has a start and no end: pc_end, the pattern's clock, or open still. */
static void close_last(declared *x, const declared_source *source, const day *d, int32_t is_auto) {
    span *last = (span *)x->spans.rows + x->spans.count - 1;
    int32_t auto_end = shifts_auto_end(d->terms, last->start);
    x->is_last_auto_ended = 0;
    if (auto_end * MINUTE_NS > source->horizon->now_ns) {
        last->end = OPEN_END;
        return;
    }
    x->is_end_of_pc = is_auto && d->pc_end != NONE && d->pc_end > last->start;
    x->is_last_auto_ended = !x->is_end_of_pc;
    last->end = x->is_end_of_pc ? d->pc_end : auto_end;
}

/* Spans from a start and an end of which each may be missing; with is_auto the PC gives it. */
static int32_t use_sides(declared *x, const declared_source *source, const day *d, int32_t is_auto,
                         int32_t start, int32_t end) {
    if (start == NONE && end != NONE && is_auto && d->pc_start != NONE && d->pc_start < end) {
        start = d->pc_start;
        x->is_start_of_pc = 1;
    }
    if (start == NONE) {
        x->end = end;
        return 1;
    }
    if (!add_span(x, start, end != NONE ? end : OPEN_END)) {
        return 0;
    }
    if (end == NONE) {
        close_last(x, source, d, is_auto);
    }
    return 1;
}

static int32_t use_punches(declared *x, declared_walk *w, const declared_source *source,
                           const day *d) {
    const shift *all = source->shifts->shifts.rows;
    const dated_span *ends = source->shifts->ends.rows;
    int32_t lone_end = NONE;
    for (; w->end < source->shifts->ends.count && ends[w->end].date <= d->date; w->end++) {
        lone_end = ends[w->end].date == d->date ? ends[w->end].end : lone_end;
    }
    const shift *last = NULL;
    for (; w->shift < source->shifts->shifts.count && all[w->shift].date <= d->date; w->shift++) {
        if (all[w->shift].date != d->date) {
            continue;
        }
        x->is_auto_ended |= last != NULL && last->is_auto_ended;
        last = &all[w->shift];
        if (!add_span(x, last->start, last->end)) {
            return 0;
        }
    }
    if (last == NULL) {
        return use_sides(x, source, d, d->terms->is_auto, NONE, lone_end);
    }
    if (last->end == OPEN_END || last->is_auto_ended) {
        close_last(x, source, d, d->terms->is_auto);
    }
    return 1;
}

static int32_t moment_or_none(const day *d, int32_t clock) {
    return clock == NONE ? NONE : clock_moment(d->terms->zone, d->date, clock);
}

/* Registered from the PC where nobody said anything (WRK-02). */
static int32_t use_pc(declared *x, const day *d) {
    if (x->spans.count > 0 || x->end != NONE || !d->terms->is_auto || d->pc_start == NONE) {
        return 1;
    }
    x->is_start_of_pc = x->is_end_of_pc = 1;
    return add_span(x, d->pc_start, d->pc_end);
}

static void note_sides(declared *x) {
    const span *spans = x->spans.rows;
    x->start = NONE;
    if (x->spans.count > 0) {
        int32_t end = spans[x->spans.count - 1].end;
        x->start = spans[0].start;
        x->end = end == OPEN_END ? NONE : end;
    }
}

/* A correction gives one span; a side it leaves open stays as it was, missing or not. */
static int32_t correct(declared *x, const declared_source *source, const day *d) {
    const request_row *c = source->correction;
    int32_t from = moment_or_none(d, c->from_clock);
    int32_t to = moment_or_none(d, c->to_clock);
    if (c->break_min != NONE) {
        x->break_sum = c->break_min;
    }
    if (from == NONE && to == NONE) {
        return 1;
    }
    int32_t is_auto_ended = x->is_last_auto_ended && to == NONE;
    x->is_start_of_pc = x->is_start_of_pc && from == NONE;
    x->is_end_of_pc = x->is_end_of_pc && to == NONE;
    from = from != NONE ? from : x->start;
    int32_t end = to != NONE ? to : x->end;
    x->spans.count = 0;
    x->end = NONE;
    x->is_auto_ended = x->is_last_auto_ended = 0;
    if (!use_sides(x, source, d, 0, from, end)) {
        return 0;
    }
    x->is_last_auto_ended |= is_auto_ended;
    return 1;
}

/* ---- breaks ---- */

/* Clocks of a break as moments: before `from` is the night after. */
static int32_t add_clocks(declared *x, const day *d, const span *clocks, uint32_t count,
                          int32_t from) {
    for (uint32_t i = 0; i < count; i++) {
        int32_t start = clocks[i].start;
        int32_t end = clocks[i].end;
        start += start < from ? DAY_MIN : 0;
        end += end < from ? DAY_MIN : 0;
        end += end <= start ? DAY_MIN : 0;
        if (!spans_add(&x->breaks, clock_moment(d->terms->zone, d->date, start),
                       clock_moment(d->terms->zone, d->date, end))) {
            return 0;
        }
    }
    return 1;
}

static int32_t add_punched(declared *x, declared_walk *w, const declared_source *source,
                           const day *d) {
    const dated_span *all = source->shifts->breaks.rows;
    for (; w->punched_break < source->shifts->breaks.count && all[w->punched_break].date <= d->date;
         w->punched_break++) {
        const dated_span *one = &all[w->punched_break];
        if (one->date == d->date && x->uses_punched_breaks &&
            !spans_add(&x->breaks, one->start, one->end)) {
            return 0;
        }
    }
    return 1;
}

static int32_t begins_in_span(const declared *x, const span *rest) {
    const span *spans = x->spans.rows;
    for (uint32_t i = 0; i < x->spans.count; i++) {
        if (rest->start >= spans[i].start && rest->start < spans[i].end) {
            return 1;
        }
    }
    return 0;
}

/* Spans reach past their day on both sides, by clocks of the attendance system or a correction. */
static int32_t add_rests(declared *x, declared_walk *w, const declared_source *source,
                         const day *d) {
    const span *all = source->sessions->rests.rows;
    uint32_t count = source->sessions->rests.count;
    while (w->rest < count && all[w->rest].end <= d->begin - SPAN_REACH_MIN) {
        w->rest++;
    }
    for (uint32_t i = w->rest; d->terms->lock_min > 0 && x->uses_pattern_breaks && i < count &&
                               all[i].start < d->end + SPAN_REACH_MIN;
         i++) {
        if (all[i].end - all[i].start >= d->terms->lock_min && begins_in_span(x, &all[i]) &&
            !spans_add(&x->breaks, all[i].start, all[i].end)) {
            return 0;
        }
    }
    return 1;
}

static int32_t find_breaks(declared *x, declared_walk *w, const declared_source *source,
                           const day *d) {
    const pattern *usual = &d->terms->pattern;
    const attendance_row *attendance = source->attendance;
    int32_t is_added = 1;
    if (x->uses_pattern_breaks) {
        is_added = add_clocks(x, d, usual->breaks, usual->break_count,
                              usual->is_placed ? 0 : d->terms->boundary_min);
    } else if (attendance != NULL && attendance->has_breaks) {
        is_added =
            add_clocks(x, d, attendance->breaks, attendance->break_count, d->terms->boundary_min);
    }
    if (!is_added || !add_punched(x, w, source, d) || !add_rests(x, w, source, d)) {
        return 0;
    }
    spans_unite(&x->breaks);
    return 1;
}

int32_t declared_day(declared *x, declared_walk *w, const declared_source *source, const day *d) {
    const attendance_row *attendance = source->attendance;
    x->spans.count = x->breaks.count = 0;
    x->break_sum = x->start = x->end = NONE;
    x->is_auto_ended = x->is_last_auto_ended = x->is_start_of_pc = x->is_end_of_pc = 0;
    x->uses_pattern_breaks = x->uses_punched_breaks = 1;
    if (!use_punches(x, w, source, d)) {
        return 0;
    }
    if (attendance != NULL && (attendance->start_clock != NONE || attendance->end_clock != NONE)) {
        x->spans.count = 0;
        x->end = NONE;
        x->is_auto_ended = x->is_last_auto_ended = x->is_start_of_pc = x->is_end_of_pc = 0;
        x->uses_punched_breaks = 0;
        x->uses_pattern_breaks = !attendance->has_breaks && attendance->break_min == NONE;
        x->break_sum = attendance->has_breaks ? NONE : attendance->break_min;
        if (!use_sides(x, source, d, d->terms->is_auto, moment_or_none(d, attendance->start_clock),
                       moment_or_none(d, attendance->end_clock))) {
            return 0;
        }
    }
    if (!use_pc(x, d)) {
        return 0;
    }
    note_sides(x);
    if (source->correction != NULL && !correct(x, source, d)) {
        return 0;
    }
    note_sides(x);
    x->is_auto_ended |= x->is_last_auto_ended;
    return find_breaks(x, w, source, d);
}
