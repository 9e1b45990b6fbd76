/* workday/rules/causes.c - see causes.h. The minutes in which PC and declared time differ lie on
 * two sides, at the start and at the end. Each side is explained by itself, the longer one first.
 */
#include "rules/causes.h"

#define QUIET_MIN 30   /* so long without input nobody used the PC */
#define LONE_MIN 2     /* so few active minutes by themselves are a mouse that was pushed */
#define RESTART_MIN 15 /* from shutdown to boot */
#define SETTLE_MIN 30  /* a restarted PC logs on, locks and sleeps within this */
#define AGAIN_MIN 2    /* between logon and lock nobody was there: a restart logs on by itself */

typedef struct side {
    span span;
    int32_t is_start; /* at the start of the day, else at its end */
    int32_t is_used;  /* the PC outside the declared time, else declared time without the PC */
    int32_t is_whole; /* no declared time, or no PC at all */
} side;

typedef struct finder {
    const pc_walk *w;
    const facts *facts;
    day *day;
    int32_t first_use, last_use; /* minutes in which somebody was at it; NONE */
} finder;

static int32_t overlap(span a, int32_t start, int32_t end) {
    int32_t from = a.start > start ? a.start : start;
    int32_t to = a.end < end ? a.end : end;
    return to > from ? to - from : 0;
}

static int32_t is_most(int32_t minutes, span of) {
    return minutes * 2 > of.end - of.start;
}

/* Each cause once: what explains the longer side stands first. */
static void add(const finder *f, int32_t kind, int32_t evidence, int32_t from, int32_t to) {
    day *d = f->day;
    for (uint32_t i = 0; i < d->cause_count; i++) {
        if (d->causes[i].kind == kind) {
            return;
        }
    }
    d->causes[d->cause_count++] = (cause){kind, evidence, from, to};
}

/* ---- changes ---- */

static const change_fact *change_at(const finder *f, uint32_t i) {
    return (const change_fact *)f->facts->changes.rows + i;
}

static int32_t minute_of(const change_fact *c) {
    return moment_minute(c->unix_ns);
}

/* The last change of that kind within [from, to]; the number of changes when there is none. */
static uint32_t last_of(const finder *f, int32_t kind, int32_t from, int32_t to) {
    for (uint32_t i = f->w->change_end; i > f->w->change_first; i--) {
        const change_fact *c = change_at(f, i - 1);
        if (c->kind == kind && minute_of(c) >= from && minute_of(c) <= to) {
            return i - 1;
        }
    }
    return f->facts->changes.count;
}

static int32_t has_change(const finder *f, int32_t kind, int32_t from, int32_t to) {
    return last_of(f, kind, from, to) < f->facts->changes.count;
}

/* A logon that is locked at once is the PC's own, after a restart. */
static int32_t is_own_logon(const finder *f, uint32_t logon) {
    const change_fact *c = change_at(f, logon);
    for (uint32_t i = logon + 1; c->kind == CHANGE_LOGON && i < f->facts->changes.count; i++) {
        const change_fact *next = change_at(f, i);
        if (minute_of(next) - minute_of(c) > AGAIN_MIN) {
            break;
        }
        if (next->kind == CHANGE_LOCK && next->lane == c->lane) {
            return 1;
        }
    }
    return 0;
}

/* Somebody unlocked, logged on or connected; where no input is counted, also began to work. */
static int32_t has_sign(const finder *f, int32_t from, int32_t to) {
    for (uint32_t i = f->w->change_first; i < f->w->change_end; i++) {
        const change_fact *c = change_at(f, i);
        int32_t is_sign = c->kind == CHANGE_UNLOCK || c->kind == CHANGE_CONNECT ||
                          c->kind == CHANGE_LOGON || (c->kind == CHANGE_ACTIVE && !f->w->is_input);
        if (is_sign && minute_of(c) >= from && minute_of(c) <= to && !is_own_logon(f, i)) {
            return 1;
        }
    }
    return 0;
}

/* ---- use ---- */

/* Active minutes near each other are use, but for a few lonely ones that nobody logged on or
 * unlocked for, and, where no input is counted, for what only follows a resume. */
static int32_t is_use(const finder *f, span run, int32_t active_min) {
    int32_t is_doubtful = f->w->is_input ? active_min <= LONE_MIN
                                         : has_change(f, CHANGE_RESUME, run.start, run.start);
    return !is_doubtful || has_sign(f, run.start - AGAIN_MIN, run.end);
}

static void find_use(finder *f) {
    const span *actives = f->w->actives.rows;
    uint32_t count = f->w->actives.count;
    span run = {0, 0};
    int32_t active_min = 0;
    f->first_use = f->last_use = NONE;
    for (uint32_t i = 0; i < count; i++) {
        run.start = active_min == 0 ? actives[i].start : run.start;
        run.end = actives[i].end;
        active_min += run.end - actives[i].start;
        int32_t is_end = i + 1 == count || actives[i + 1].start - run.end >= QUIET_MIN;
        if (is_end && is_use(f, run, active_min)) {
            f->first_use = f->first_use == NONE ? run.start : f->first_use;
            f->last_use = run.end - 1;
        }
        active_min = is_end ? 0 : active_min;
    }
}

/* Most of it was not observed: it says nothing. */
static int32_t is_unseen(const finder *f, span of) {
    const gap_fact *gaps = f->facts->gaps.rows;
    uint32_t count = f->facts->gaps.count;
    int32_t missing = 0;
    for (uint32_t i = 0; i < count && moment_minute(gaps[i].from_ns) < of.end; i++) {
        int32_t gap = overlap(of, moment_minute(gaps[i].from_ns), moment_minute(gaps[i].to_ns));
        missing = gaps[i].is_counted && gap > missing ? gap : missing;
    }
    return is_most(missing, of);
}

/* ---- the PC on, and nobody there ---- */

/* A restart between the two moments: its shutdown and, soon after, its boot. */
static int32_t find_restart(const finder *f, int32_t from, int32_t to, span *out) {
    uint32_t count = f->facts->changes.count;
    uint32_t off = last_of(f, CHANGE_SHUTDOWN, from, to);
    for (uint32_t i = off; i < count; i++) {
        const change_fact *c = change_at(f, i);
        if (minute_of(c) - minute_of(change_at(f, off)) > RESTART_MIN) {
            break;
        }
        if (c->kind == CHANGE_BOOT && c->device == change_at(f, off)->device) {
            *out = (span){minute_of(change_at(f, off)), minute_of(c)};
            return 1;
        }
    }
    return 0;
}

/* The resume after which the PC was not asleep again before `to`; NONE. */
static int32_t find_resume(const finder *f, int32_t from, int32_t to) {
    uint32_t place = last_of(f, CHANGE_RESUME, from, to);
    if (place == f->facts->changes.count) {
        return NONE;
    }
    int32_t minute = minute_of(change_at(f, place));
    return has_change(f, CHANGE_SLEEP, minute, to - 1) ? NONE : minute;
}

/* Ended by something else than the person, or never locked, put to sleep or logged off. */
static int32_t is_left_on(const finder *f, span quiet) {
    static const int32_t ends[] = {CHANGE_SHUTDOWN, CHANGE_LOGOFF, CHANGE_SLEEP};
    static const int32_t leaves[] = {CHANGE_SHUTDOWN, CHANGE_LOGOFF, CHANGE_SLEEP, CHANGE_LOCK,
                                     CHANGE_DISCONNECT};
    int32_t has_left = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (has_change(f, ends[i], quiet.end, quiet.end)) {
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        has_left |= has_change(f, leaves[i], quiet.start, quiet.end);
    }
    return !has_left;
}

/* From the last use to the PC's end; 0 when that is less than half of the side. */
static int32_t explain_tail(const finder *f, const side *s) {
    const day *d = f->day;
    span quiet = {s->span.start, d->pc_end};
    if (f->last_use != NONE && f->last_use >= quiet.start) {
        quiet.start = f->last_use + 1;
    }
    if (!is_most(quiet.end + 1 - quiet.start, s->span)) {
        return 0;
    }
    if (is_unseen(f, quiet)) {
        return 1;
    }
    span restart;
    if (find_restart(f, quiet.start, d->pc_end, &restart) &&
        d->pc_end <= restart.end + SETTLE_MIN) {
        add(f, CAUSE_WINDOWS_UPDATE, EVIDENCE_RESTART, restart.start, restart.end);
    }
    int32_t resume = find_resume(f, quiet.start, d->pc_end);
    if (resume != NONE) {
        add(f, CAUSE_WAKE_TIMER, EVIDENCE_RESUME, resume, d->pc_end);
    } else if (f->last_use != NONE && quiet.end - quiet.start >= QUIET_MIN &&
               is_left_on(f, quiet)) {
        add(f, CAUSE_FORGOT_SHUTDOWN, EVIDENCE_LEFT_ON, quiet.start, d->pc_end);
    }
    return 1;
}

/* From the PC's start to the first use; 0 when that is less than half of the side. */
static int32_t explain_head(const finder *f, const side *s) {
    const day *d = f->day;
    span quiet = {d->pc_start, s->span.end};
    if (f->first_use != NONE && f->first_use < quiet.end) {
        quiet.end = f->first_use;
    }
    if (!is_most(quiet.end - quiet.start, s->span)) {
        return 0;
    }
    if (is_unseen(f, quiet)) {
        return 1;
    }
    span restart;
    if (find_restart(f, d->pc_start - SETTLE_MIN, d->pc_start, &restart)) {
        add(f, CAUSE_WINDOWS_UPDATE, EVIDENCE_RESTART, restart.start, restart.end);
    } else if (has_change(f, CHANGE_RESUME, d->pc_start, d->pc_start)) {
        add(f, CAUSE_WAKE_TIMER, EVIDENCE_RESUME, d->pc_start, quiet.end);
    } else if (has_change(f, CHANGE_BOOT, d->pc_start, d->pc_start) &&
               !has_sign(f, d->pc_start, d->pc_start + QUIET_MIN)) {
        add(f, CAUSE_WAKE_TIMER, EVIDENCE_BOOT, d->pc_start, quiet.end);
    }
    return 1;
}

/* Where no input is counted, only that a session was on when the day began or ended is known. */
static void explain_carried(const finder *f, const side *s) {
    const day *d = f->day;
    if (!f->w->is_input &&
        ((s->is_start && d->pc_start == d->begin) || (!s->is_start && d->pc_end == d->end - 1))) {
        add(f, CAUSE_FORGOT_SHUTDOWN, EVIDENCE_LEFT_ON, s->span.start, s->span.end);
    }
}

/* ---- the person at a PC ---- */

/* Minutes in which one account was at one device, within a span; where they begin and end. */
static int32_t used_min(const finder *f, uint32_t lane, span within, span *at) {
    const input_fact *inputs = f->facts->inputs.rows;
    const stretch *stretches = f->w->sessions->stretches.rows;
    const uint32_t *places = f->w->stretches.rows;
    int32_t used = 0;
    *at = (span){within.end, within.start};
    for (uint32_t i = f->w->input; i > 0 && inputs[i - 1].minute >= within.start; i--) {
        if (inputs[i - 1].lane == lane && inputs[i - 1].minute < within.end &&
            facts_is_new_active(f->facts, i - 1)) {
            used++;
            at->start = inputs[i - 1].minute;
            at->end = at->end == within.start ? inputs[i - 1].minute : at->end;
        }
    }
    for (uint32_t i = 0; !f->w->is_input && i < f->w->stretches.count; i++) {
        const stretch *s = &stretches[places[i]];
        int32_t from = moment_minute(s->from_ns);
        int32_t to = s->to_ns == INT64_MAX ? within.end : moment_minute(s->to_ns);
        if (s->lane == lane && overlap(within, from, to) > 0) {
            used += overlap(within, from, to);
            at->start = at->start > from ? from : at->start;
            at->end = at->end < to ? to : at->end;
        }
    }
    return used;
}

/* The lane used most on the day; LANE_NONE where two devices were used alike. */
static uint32_t most_used(const finder *f) {
    const lane_fact *lanes = f->facts->lanes.rows;
    span whole = {f->day->begin, f->day->end};
    span at;
    uint32_t most = LANE_NONE;
    int32_t most_min = 0;
    int32_t is_alike = 0;
    for (uint32_t i = 0; i < f->facts->lanes.count; i++) {
        int32_t used = used_min(f, i, whole, &at);
        if (used > most_min) {
            most = i;
            most_min = used;
            is_alike = 0;
        } else if (used > 0 && used == most_min) {
            is_alike |= lanes[i].device != lanes[most].device;
        }
    }
    return is_alike ? LANE_NONE : most;
}

/* More than half of the use on this side was not at the PC used most on that day. */
static void explain_other_pc(const finder *f, const side *s) {
    const lane_fact *lanes = f->facts->lanes.rows;
    uint32_t most = f->facts->lanes.count > 1 ? most_used(f) : LANE_NONE;
    int32_t all = 0;
    int32_t others = 0;
    span other = s->span;
    for (uint32_t i = 0; most != LANE_NONE && i < f->facts->lanes.count; i++) {
        span at;
        int32_t used = used_min(f, i, s->span, &at);
        all += used;
        if (used > 0 && lanes[i].device != lanes[most].device) {
            others += used;
            other = at;
        }
    }
    if (others * 2 > all) {
        add(f, CAUSE_OTHER_PC, EVIDENCE_DEVICE, other.start, other.end);
    }
}

/* ---- what calendar, tasks and messenger say ---- */

/* Minutes of the side that busy spans cover, private ones or the others; what they are. */
static int32_t busy_min(const finder *f, const side *s, int32_t is_private, cause *out) {
    const busy_fact *busy = f->facts->busy.rows;
    int32_t covered = 0;
    int32_t to = s->span.start;
    for (uint32_t i = 0; i < f->facts->busy.count && busy[i].start < s->span.end; i++) {
        int32_t from = busy[i].start > to ? busy[i].start : to;
        int32_t more = overlap(s->span, from, busy[i].end);
        if (busy[i].is_private != is_private || more == 0) {
            continue;
        }
        out->evidence = covered == 0 ? busy[i].evidence : out->evidence;
        out->from = covered == 0 ? busy[i].start : out->from;
        out->to = to = busy[i].end;
        covered += more;
    }
    return covered;
}

static void explain_busy(const finder *f, const side *s, int32_t is_private, int32_t kind) {
    cause c = {0};
    if (is_most(busy_min(f, s, is_private, &c), s->span)) {
        add(f, kind, c.evidence, c.from, c.to);
    }
}

/* A PC that nothing was heard of before, since work began, was switched on. */
static void explain_boot(const finder *f, const side *s) {
    for (uint32_t i = f->w->change_first; s->is_start && i < f->w->change_end; i++) {
        const change_fact *c = change_at(f, i);
        if (c->lane == LANE_NONE && minute_of(c) >= s->span.start && minute_of(c) <= s->span.end) {
            if (c->kind == CHANGE_BOOT) {
                add(f, CAUSE_WORK_BEFORE_BOOT, EVIDENCE_BOOT, s->span.start, minute_of(c));
            }
            return;
        }
    }
}

/* ---- sides ---- */

static void explain_away(const finder *f, const side *s) {
    if (!is_unseen(f, s->span)) {
        explain_busy(f, s, 0, CAUSE_MEETING_AWAY);
        explain_busy(f, s, 1, CAUSE_PRIVATE_TIME);
        explain_boot(f, s);
    }
}

static void explain_used(const finder *f, const side *s) {
    int32_t is_quiet = (s->is_start || s->is_whole) && explain_head(f, s);
    is_quiet |= (!s->is_start || s->is_whole) && explain_tail(f, s);
    explain_carried(f, s);
    if (!is_quiet) {
        explain_busy(f, s, 1, CAUSE_PRIVATE_TIME);
        explain_other_pc(f, s);
    }
}

/* Shorter ones than the threshold need no explanation. */
static uint32_t find_sides(const day *d, side out[2]) {
    uint32_t count = 0;
    int32_t start = d->divergence_start_min;
    int32_t end = d->divergence_end_min;
    int32_t least = d->terms->threshold_min;
    if (d->pc_start == NONE && d->work_start != NONE && d->work_end != NONE) {
        out[count++] = (side){{d->work_start, d->work_end}, 0, 0, 1};
    } else if (d->pc_start != NONE && !d->has_span) {
        out[count++] = (side){{d->pc_start, d->pc_end + 1}, 1, 1, 1};
    } else {
        if (start != NONE && (start >= least || -start >= least)) {
            out[count++] = start > 0 ? (side){{d->pc_start, d->work_start}, 1, 1, 0}
                                     : (side){{d->work_start, d->pc_start}, 1, 0, 0};
        }
        if (end != NONE && (end >= least || -end >= least)) {
            out[count++] = end > 0 ? (side){{d->work_end, d->pc_end + 1}, 0, 1, 0}
                                   : (side){{d->pc_end, d->work_end}, 0, 0, 0};
        }
    }
    return count;
}

void causes_find(const pc_walk *w, const facts *f, day *d) {
    finder find = {.w = w, .facts = f, .day = d};
    side sides[2];
    uint32_t count = find_sides(d, sides);
    if (count == 0) {
        return;
    }
    find_use(&find);
    uint32_t longer = count == 2 && sides[1].span.end - sides[1].span.start >
                                        sides[0].span.end - sides[0].span.start;
    for (uint32_t i = 0; i < count; i++) {
        const side *s = &sides[i ^ longer];
        if (s->is_used) {
            explain_used(&find, s);
        } else {
            explain_away(&find, s);
        }
    }
}
