/* workday/rules/figures.c - see figures.h. */
#include "rules/figures.h"

#include "rules/spans.h"

#define NIGHT_END 300    /* 5:00 */
#define NIGHT_START 1320 /* 22:00 */
#define NIGHT_MIN (NIGHT_END + DAY_MIN - NIGHT_START)
#define NOON 720

/* ---- work ---- */

/* Work without breaks as spans; where breaks are known as a sum only, with them. */
static int32_t cut_pieces(const figures_source *source, int32_t *gross) {
    const declared *x = source->today;
    const span *spans = x->spans.rows;
    *gross = 0;
    source->pieces->count = 0;
    for (uint32_t i = 0; i < x->spans.count; i++) {
        if (spans[i].end == OPEN_END || spans[i].end <= spans[i].start) {
            continue;
        }
        *gross += spans[i].end - spans[i].start;
        int32_t is_added =
            x->break_sum != NONE
                ? spans_add(source->pieces, spans[i].start, spans[i].end)
                : spans_rest(&x->breaks, spans[i].start, spans[i].end, source->pieces);
        if (!is_added) {
            return 0;
        }
    }
    return 1;
}

/* Minutes of the night among the first `minutes` of a row of days that begins at 00:00. */
static int64_t night_among(int64_t minutes) {
    int64_t of_day = minutes % DAY_MIN;
    return minutes / DAY_MIN * NIGHT_MIN + (of_day < NIGHT_END ? of_day : NIGHT_END) +
           (of_day > NIGHT_START ? of_day - NIGHT_START : 0);
}

static int32_t night_between(const zone *z, int32_t start, int32_t end) {
    int64_t night = 0;
    while (start < end) {
        int64_t next_s = zone_next_step_s(z, start * INT64_C(60));
        int32_t to = next_s / 60 < end ? (int32_t)(next_s / 60) : end;
        to = to > start ? to : end;
        int64_t local = start + zone_offset_s(z, start * INT64_C(60)) / 60;
        night += night_among(local + to - start) - night_among(local);
        start = to;
    }
    return (int32_t)night;
}

/* Minutes on calendar dates that are legal holidays. */
static int32_t legal_between(const figures_source *source, const day *d, int32_t start,
                             int32_t end) {
    const zone *z = d->terms->zone;
    int32_t legal = 0;
    for (int32_t date = moment_date(z, start); start < end; date++) {
        int32_t midnight = clock_moment(z, date + 1, 0);
        int32_t to = midnight < end ? midnight : end;
        int32_t kind = date == d->date ? d->kind : facts_kind(source->facts, source->book, date);
        legal += to > start && kind == KIND_LEGAL_HOLIDAY ? to - start : 0;
        start = to > start ? to : start;
    }
    return legal;
}

/* A sum of breaks comes off the other minutes first. */
static int32_t less_breaks(int32_t part, int32_t gross, int32_t breaks) {
    int32_t rest = breaks - (gross - part);
    return rest > 0 ? part - rest : part;
}

static int32_t count_work(const figures_source *source, day *d) {
    const declared *x = source->today;
    int32_t gross;
    if (!cut_pieces(source, &gross)) {
        return 0;
    }
    const span *pieces = source->pieces->rows;
    for (uint32_t i = 0; i < source->pieces->count; i++) {
        d->work_min += pieces[i].end - pieces[i].start;
        d->night_min += night_between(d->terms->zone, pieces[i].start, pieces[i].end);
        d->legal_holiday_min += legal_between(source, d, pieces[i].start, pieces[i].end);
    }
    if (x->break_sum != NONE) {
        d->break_min = x->break_sum < gross ? x->break_sum : gross;
        d->work_min = gross - d->break_min;
        d->night_min = less_breaks(d->night_min, gross, d->break_min);
        d->legal_holiday_min = less_breaks(d->legal_holiday_min, gross, d->break_min);
    } else {
        d->break_min = gross - d->work_min;
    }
    return 1;
}

static int32_t scheduled_of(const figures_source *source, const day *d) {
    const pattern *usual = &d->terms->pattern;
    const attendance_row *attendance = source->paper->attendance;
    int32_t whole = usual->work_min;
    if (d->kind == KIND_LEAVE) {
        return 0;
    }
    if (source->paper->scheduled != NULL) {
        return source->paper->scheduled->scheduled_min;
    }
    if (attendance == NULL || attendance->holiday != ATTENDANCE_HALF) {
        return whole;
    }
    int32_t morning = usual->morning_min != NONE ? usual->morning_min : whole / 2;
    int32_t starts_before_noon =
        d->work_start != NONE && moment_clock(d->terms->zone, d->date, d->work_start) < NOON;
    int32_t rest = whole > morning ? whole - morning : 0;
    return starts_before_noon ? morning : rest;
}

static int32_t form_of(const figures_source *source, const day *d) {
    if (!d->has_span) {
        return FORM_NONE;
    }
    for (uint32_t i = 0; i < d->terms->form_count; i++) {
        if ((source->paper->forms & 1u << d->terms->form_order[i]) != 0) {
            return d->terms->form_order[i];
        }
    }
    return FORM_ORDINARY;
}

static int32_t is_holiday_work(const figures_source *source, const day *d) {
    int32_t is_holiday = d->kind == KIND_LEGAL_HOLIDAY || d->kind == KIND_COMPANY_HOLIDAY;
    const terms *t = d->terms;
    int32_t is_planned = t->has_shift && (t->planned_kind == KIND_LEGAL_HOLIDAY ||
                                          t->planned_kind == KIND_COMPANY_HOLIDAY);
    return source->paper->is_holiday_work || is_planned ||
           (d->terms->holiday_by_calendar && is_holiday);
}

static void count_overtime(const figures_source *source, day *d) {
    int32_t counted = d->terms->is_auto ? d->pc_active_min : d->work_min;
    if (is_holiday_work(source, d)) {
        d->holiday_work_min = d->work_min;
        return;
    }
    if ((d->terms->is_auto || d->has_span) && counted > d->scheduled_min) {
        d->overtime_min = counted - d->scheduled_min;
    }
}

/* ---- PC against declared time ---- */

static int32_t add_cover(const figures_source *source, const declared *x, const day *d) {
    const span *spans = x->spans.rows;
    for (uint32_t i = 0; i < x->spans.count; i++) {
        int32_t is_last = i + 1 == x->spans.count;
        int32_t end = spans[i].end == OPEN_END ? d->end : spans[i].end;
        end += is_last && x->is_end_of_pc;
        if (end > d->begin && !spans_add(source->cover, spans[i].start, end)) {
            return 0;
        }
    }
    return 1;
}

static int32_t count_undeclared(const figures_source *source, day *d) {
    const span *actives = source->actives->rows;
    source->cover->count = 0;
    if (!add_cover(source, source->today, d) ||
        (source->yesterday != NULL && !add_cover(source, source->yesterday, d))) {
        return 0;
    }
    if (source->cover->count == 0 && !d->has_span) {
        d->undeclared_min = d->pc_active_min;
        return 1;
    }
    spans_unite(source->cover);
    for (uint32_t i = 0; i < source->actives->count; i++) {
        d->undeclared_min += spans_outside(source->cover, actives[i].start, actives[i].end);
    }
    return 1;
}

static int32_t absolute(int32_t number) {
    return number == NONE ? 0 : number < 0 ? -number : number;
}

static uint32_t kinds_of(const day *d) {
    int32_t has_pc = d->pc_start != NONE;
    int32_t has_declared = d->has_span || d->work_end != NONE;
    int32_t is_one_sided =
        (d->is_open && d->is_over) || d->is_auto_ended || (!d->has_span && d->work_end != NONE);
    uint32_t kinds = 0;
    kinds |=
        d->divergence_start_min != NONE && d->divergence_start_min > 0 ? DIVERGES_BEFORE_START : 0;
    kinds |= d->divergence_end_min != NONE && d->divergence_end_min > 0 ? DIVERGES_AFTER_END : 0;
    kinds |= has_pc && !d->has_span && d->kind != KIND_WORK ? DIVERGES_UNDECLARED : 0;
    kinds |= has_declared && !has_pc ? DIVERGES_NO_PC : 0;
    kinds |= (d->kind == KIND_WORK && has_pc && !d->has_span) || is_one_sided
                 ? DIVERGES_NO_ATTENDANCE
                 : 0;
    return kinds;
}

static void compare_pc(const figures_source *source, day *d) {
    const terms *t = d->terms;
    d->divergence_start_min = d->divergence_end_min = NONE;
    if (!t->is_compared) {
        return;
    }
    if (d->pc_start != NONE && d->work_start != NONE) {
        d->divergence_start_min = d->work_start - d->pc_start;
    }
    if (d->pc_end != NONE && d->work_end != NONE) {
        d->divergence_end_min = d->pc_end - d->work_end;
    }
    d->divergence_kinds = kinds_of(d);
    int32_t is_large =
        absolute(d->divergence_start_min) >= t->threshold_min ||
        absolute(d->divergence_end_min) >= t->threshold_min ||
        ((d->divergence_kinds & DIVERGES_UNDECLARED) != 0 && d->undeclared_min >= t->threshold_min);
    d->divergence_alert = is_large && d->quality != QUALITY_PARTIAL && !t->is_owner_attendance;
    const request_row *reason = source->paper->reason;
    if (d->divergence_alert) {
        d->reason_state = reason == NULL                      ? REASON_MISSING
                          : reason->state == REQUEST_APPROVED ? REASON_APPROVED
                          : reason->state == REQUEST_PENDING  ? REASON_ENTERED
                                                              : REASON_MISSING;
    }
}

static int32_t end_request_of(const figures_source *source, const day *d) {
    const declared *x = source->today;
    const request_row *end = source->paper->end;
    if (end != NULL) {
        return end->state == REQUEST_PENDING    ? END_PENDING
               : end->state == REQUEST_APPROVED ? END_APPROVED
                                                : END_DENIED;
    }
    if (x->is_start_of_pc && x->is_end_of_pc) {
        return END_APPROVED;
    }
    return d->has_span && !x->is_start_of_pc && (x->is_end_of_pc || x->is_last_auto_ended)
               ? END_MISSING
               : END_NONE;
}

static void show_declared(const declared *x, day *d) {
    d->work_start = x->start;
    d->work_end = x->end;
    d->has_span = x->spans.count > 0;
    d->is_open = d->has_span && x->end == NONE;
    d->is_auto_ended = x->is_auto_ended;
}

/* ---- a shift that goes on ---- */

static int32_t last_active(const figures_source *source) {
    const span *actives = source->actives->rows;
    int32_t last = NONE;
    for (uint32_t i = 0; i < source->actives->count; i++) {
        last = actives[i].end - 1 > last ? actives[i].end - 1 : last;
    }
    return last;
}

/* Work before the last active minute, an open span reaching to it (WRK-20). */
static int32_t work_so_far(const figures_source *source, const day *d) {
    const declared *x = source->today;
    const span *spans = x->spans.rows;
    int32_t is_on = d->is_open || x->is_end_of_pc;
    int32_t until = last_active(source);
    if (d->is_over || !d->has_span || !is_on || d->scheduled_min == 0 ||
        is_holiday_work(source, d) || source->paper->is_overtime_asked || until == NONE ||
        until <= spans[x->spans.count - 1].start) {
        return NONE;
    }
    int32_t gross = 0;
    int32_t work = 0;
    for (uint32_t i = 0; i < x->spans.count; i++) {
        int32_t end = spans[i].end == OPEN_END || spans[i].end > until ? until : spans[i].end;
        if (end > spans[i].start) {
            gross += end - spans[i].start;
            work += spans_outside(&x->breaks, spans[i].start, end);
        }
    }
    if (x->break_sum == NONE) {
        return work;
    }
    return gross > x->break_sum ? gross - x->break_sum : 0;
}

int32_t figures_day(const figures_source *source, day *d) {
    show_declared(source->today, d);
    if (!count_work(source, d) || !count_undeclared(source, d)) {
        return 0;
    }
    d->scheduled_min = scheduled_of(source, d);
    d->work_form = form_of(source, d);
    count_overtime(source, d);
    compare_pc(source, d);
    d->end_request = end_request_of(source, d);
    d->so_far_min = work_so_far(source, d);
    return 1;
}
