/* workday/causes.c - see causes.h. Simple rules that say only what the evidence bears. */
#include "causes.h"

#define NIGHT_START 1320
#define QUIET_MIN 30      /* so long without input nobody used the PC */
#define WAKE_INPUT_MIN 10 /* a person who wakes a PC uses it within this */
#define PRIVATE_MIN 60

/* The minutes in which PC and declared time differ; empty (start = end) where they do not. */
static span before_work(const day *d) {
    return d->divergence_start_min != NONE && d->divergence_start_min > 0
               ? (span){d->pc_start, d->work_start}
               : (span){0, 0};
}

static span after_work(const day *d) {
    return d->divergence_end_min != NONE && d->divergence_end_min > 0
               ? (span){d->work_end, d->pc_end + 1}
           : !d->has_span && d->pc_start != NONE ? (span){d->pc_start, d->pc_end + 1}
                                                 : (span){0, 0};
}

static int32_t overlap(span a, int32_t start, int32_t end) {
    int32_t from = a.start > start ? a.start : start;
    int32_t to = a.end < end ? a.end : end;
    return to > from ? to - from : 0;
}

static int32_t is_change_at(const pc_walk *w, int32_t minute, int32_t kind, int32_t other) {
    const change_fact *changes = w->facts->changes.rows;
    for (uint32_t i = w->change_first; i < w->change_end; i++) {
        if (moment_minute(changes[i].unix_ns) == minute &&
            (changes[i].kind == kind || changes[i].kind == other)) {
            return 1;
        }
    }
    return 0;
}

/* Minutes from `minute` on until the next active one of the day; INT32_MAX when none follows. */
static int32_t quiet_after(const pc_walk *w, int32_t minute) {
    const span *actives = w->actives.rows;
    for (uint32_t i = 0; i < w->actives.count; i++) {
        if (actives[i].end > minute) {
            return actives[i].start > minute ? actives[i].start - minute : 0;
        }
    }
    return INT32_MAX;
}

static int32_t quiet_before_end(const pc_walk *w, const day *d) {
    return w->last_active != NONE && d->pc_end - w->last_active >= QUIET_MIN;
}

static int32_t is_update(const pc_walk *w, const day *d) {
    return quiet_before_end(w, d) &&
           moment_clock(d->terms->zone, d->date, d->pc_end) >= NIGHT_START &&
           is_change_at(w, d->pc_end, CHANGE_SHUTDOWN, CHANGE_BOOT);
}

static int32_t is_wake(const pc_walk *w, const day *d) {
    return (is_change_at(w, d->pc_start, CHANGE_RESUME, CHANGE_RESUME) &&
            quiet_after(w, d->pc_start) > WAKE_INPUT_MIN) ||
           (is_change_at(w, d->pc_end, CHANGE_RESUME, CHANGE_RESUME) &&
            quiet_after(w, d->pc_end) > WAKE_INPUT_MIN);
}

static int32_t active_of(const pc_walk *w, const day *d, uint32_t lane) {
    const pc_lane *lanes = w->lanes.rows;
    return lanes[lane].date == d->date ? lanes[lane].active_min : 0;
}

/* The lane used most; LANE_NONE where two devices were used alike. */
static uint32_t most_used(const pc_walk *w, const facts *f, const day *d) {
    const lane_fact *lanes = f->lanes.rows;
    uint32_t most = 0;
    int32_t is_alike = 0;
    for (uint32_t i = 1; i < f->lanes.count; i++) {
        int32_t active = active_of(w, d, i);
        int32_t known = active_of(w, d, most);
        is_alike = active > known
                       ? 0
                       : is_alike || (active == known && lanes[i].device != lanes[most].device);
        most = active > known ? i : most;
    }
    return is_alike || f->lanes.count == 0 ? LANE_NONE : most;
}

/* More than half of the differing active minutes are not of the PC used most. */
static int32_t is_other_pc(const pc_walk *w, const facts *f, const day *d, span before,
                           span after) {
    const input_fact *inputs = f->inputs.rows;
    const lane_fact *lanes = f->lanes.rows;
    uint32_t most = most_used(w, f, d);
    int32_t all = 0;
    int32_t others = 0;
    for (uint32_t i = w->input; most != LANE_NONE && i > 0 && inputs[i - 1].minute >= d->begin;
         i--) {
        const input_fact *in = &inputs[i - 1];
        if (facts_is_new_active(f, i - 1) && (overlap(before, in->minute, in->minute + 1) != 0 ||
                                              overlap(after, in->minute, in->minute + 1) != 0)) {
            all++;
            others += lanes[in->lane].device != lanes[most].device;
        }
    }
    return others * 2 > all;
}

/* Busy spans may overlap, which then counts twice: a candidate, no figure. */
static int32_t is_meeting(const facts *f, span before, span after) {
    const busy_fact *busy = f->busy.rows;
    int32_t covered = 0;
    for (uint32_t i = 0; i < f->busy.count; i++) {
        covered += overlap(before, busy[i].start, busy[i].end) +
                   overlap(after, busy[i].start, busy[i].end);
    }
    return covered * 2 > before.end - before.start + after.end - after.start;
}

static int32_t is_private(const pc_walk *w, const day *d, span after) {
    const span *actives = w->actives.rows;
    for (uint32_t i = 1; d->has_span && i < w->actives.count; i++) {
        int32_t from = actives[i - 1].end > after.start ? actives[i - 1].end : after.start;
        if (actives[i].start < after.end && actives[i].start - from >= PRIVATE_MIN) {
            return 1;
        }
    }
    return 0;
}

uint32_t causes_find(const pc_walk *w, const facts *f, const day *d) {
    span before = before_work(d);
    span after = after_work(d);
    uint32_t causes = 0;
    if (d->divergence_start_min != NONE && d->divergence_start_min < 0) {
        causes |= CAUSE_WORK_BEFORE_BOOT;
    }
    if (d->pc_start == NONE || (before.start == before.end && after.start == after.end)) {
        return causes;
    }
    causes |= is_update(w, d) ? CAUSE_WINDOWS_UPDATE : 0;
    causes |= is_wake(w, d) ? CAUSE_WAKE_TIMER : 0;
    causes |= is_other_pc(w, f, d, before, after) ? CAUSE_OTHER_PC : 0;
    causes |= is_meeting(f, before, after) ? CAUSE_MEETING_AWAY : 0;
    causes |= is_private(w, d, after) ? CAUSE_PRIVATE_TIME : 0;
    causes |= after.end > after.start && quiet_before_end(w, d) ? CAUSE_FORGOT_SHUTDOWN : 0;
    return causes;
}
