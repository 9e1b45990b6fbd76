/* workday/rules/pc.c - see pc.h. */
#include "rules/pc.h"

#include "rules/spans.h"

#include <string.h>

#define SILENT_MIN (DEVICE_SILENT_DAYS * DAY_MIN)

void pc_init(pc_walk *w) {
    memset(w, 0, sizeof *w);
    w->lanes.size = sizeof(pc_lane);
    w->stretches.size = sizeof(uint32_t);
    w->idles.size = sizeof(uint32_t);
    w->actives.size = sizeof(span);
}

void pc_finish(pc_walk *w) {
    list_free(&w->lanes);
    list_free(&w->stretches);
    list_free(&w->idles);
    list_free(&w->actives);
}

int32_t pc_begin(pc_walk *w, const facts *f, const sessions *s, const horizon *h) {
    w->facts = f;
    w->sessions = s;
    w->horizon = h;
    w->input = w->change = w->stretch = w->idle = 0;
    w->lanes.count = w->stretches.count = w->idles.count = w->actives.count = 0;
    for (uint32_t i = 0; i < f->lanes.count; i++) {
        pc_lane *lane = list_add(&w->lanes);
        if (lane == NULL) {
            return 0;
        }
        *lane = (pc_lane){NONE, NONE, NONE, NONE, 0};
    }
    return 1;
}

/* ---- input ---- */

/* Inputs come in order, so that the last run is the only one they may lengthen. */
static int32_t add_active(pc_walk *w, int32_t minute) {
    span *last = w->actives.count > 0 ? (span *)w->actives.rows + w->actives.count - 1 : NULL;
    if (last != NULL && minute <= last->end) {
        w->active_min += minute == last->end;
        last->end = minute + 1;
        return 1;
    }
    w->active_min++;
    return spans_add(&w->actives, minute, minute + 1);
}

static int32_t walk_inputs(pc_walk *w, const day *d) {
    const input_fact *inputs = w->facts->inputs.rows;
    pc_lane *lanes = w->lanes.rows;
    w->actives.count = 0;
    w->is_input = w->active_min = 0;
    w->first_active = w->last_active = w->last_input = NONE;
    for (; w->input < w->facts->inputs.count; w->input++) {
        const input_fact *in = &inputs[w->input];
        pc_lane *lane = &lanes[in->lane];
        if (in->minute >= d->end) {
            break;
        }
        if (in->minute < d->begin) {
            lane->last = in->minute; /* a moment of no day: zones were changed */
            continue;
        }
        if (!d->terms->has_input) { /* from before the plan reached the agent */
            lane->last = in->minute;
            w->is_input = 1;
            continue;
        }
        if (lane->date != d->date) {
            lane->date = d->date;
            lane->before = lane->last;
            lane->first = in->minute;
            lane->active_min = 0;
        }
        lane->active_min += facts_is_new_active(w->facts, w->input);
        lane->last = in->minute;
        w->is_input = 1;
        w->last_input = in->minute;
        if (in->is_active) {
            w->first_active = w->first_active == NONE ? in->minute : w->first_active;
            w->last_active = in->minute;
            if (!add_active(w, in->minute)) {
                return 0;
            }
        }
    }
    return 1;
}

static void use_input(const pc_walk *w, day *d) {
    d->pc_start = w->first_active;
    d->pc_end = w->last_active;
}

/* ---- sessions ---- */

/* Keeps the places that still reach past `begin`, adds those that begin before `end`. */
static int32_t walk_stretches(pc_walk *w, int64_t begin_ns, int64_t end_ns) {
    const stretch *all = w->sessions->stretches.rows;
    uint32_t *places = w->stretches.rows;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->stretches.count; i++) {
        if (all[places[i]].to_ns > begin_ns) {
            places[kept++] = places[i];
        }
    }
    w->stretches.count = kept;
    for (; w->stretch < w->sessions->stretches.count && all[w->stretch].from_ns < end_ns;
         w->stretch++) {
        uint32_t *row = all[w->stretch].to_ns > begin_ns ? list_add(&w->stretches) : NULL;
        if (row != NULL) {
            *row = w->stretch;
        } else if (all[w->stretch].to_ns > begin_ns) {
            return 0;
        }
    }
    return 1;
}

static int32_t walk_idles(pc_walk *w, int64_t begin_ns, int64_t end_ns) {
    const idle_span *all = w->sessions->idles.rows;
    uint32_t *places = w->idles.rows;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->idles.count; i++) {
        if (all[places[i]].to_ns >= begin_ns) { /* one that ends right then was there before it */
            places[kept++] = places[i];
        }
    }
    w->idles.count = kept;
    for (; w->idle < w->sessions->idles.count && all[w->idle].from_ns < end_ns; w->idle++) {
        uint32_t *row = list_add(&w->idles);
        if (row == NULL) {
            return 0;
        }
        *row = w->idle;
    }
    return 1;
}

/* The idle span of a lane that covers a moment. */
static const idle_span *idle_at(const pc_walk *w, uint32_t lane, int64_t unix_ns) {
    const idle_span *all = w->sessions->idles.rows;
    const uint32_t *places = w->idles.rows;
    for (uint32_t i = 0; i < w->idles.count; i++) {
        const idle_span *one = &all[places[i]];
        if (one->lane == lane && one->from_ns <= unix_ns && one->to_ns > unix_ns) {
            return one;
        }
    }
    return NULL;
}

/* What input minutes say of a lane on this day; 0 where events have to tell of idleness. */
static int32_t lane_inputs(const pc_walk *w, const day *d, uint32_t index, pc_lane *out) {
    const pc_lane *lane = (const pc_lane *)w->lanes.rows + index;
    *out = *lane;
    if (lane->date != d->date) {
        out->before = lane->last;
        out->first = NONE;
    }
    return d->terms->has_input && out->last != NONE && out->last >= d->end - SILENT_MIN;
}

typedef struct moment {
    int64_t unix_ns;
    int32_t is_estimated;
    int32_t is_logon;
} moment;

/* The last sign of the person in a stretch: an input minute, or that it became on. */
static int32_t last_label(const stretch *s, int32_t input) {
    int32_t from = moment_minute(s->from_ns);
    return input > from ? input : from;
}

/* A stretch that was on when the day began: its beginning, or the end of its idleness. */
static moment start_of_carried(const pc_walk *w, const day *d, const stretch *s) {
    int64_t begin_ns = d->begin * MINUTE_NS;
    moment none = {INT64_MAX, 0, 0};
    moment begin = {begin_ns, 0, 0};
    pc_lane lane;
    if (lane_inputs(w, d, s->lane, &lane)) {
        if (last_label(s, lane.before) + d->terms->idle_min > d->begin) {
            return begin;
        }
        moment back = {lane.first != NONE ? lane.first * MINUTE_NS : INT64_MAX, 0, 0};
        return back.unix_ns < s->to_ns ? back : none;
    }
    const idle_span *idle = idle_at(w, s->lane, begin_ns - 1);
    if (idle == NULL) {
        return begin;
    }
    moment back = {idle->to_ns, idle->is_to_estimated, 0};
    return back.unix_ns < s->to_ns && back.unix_ns < d->end * MINUTE_NS ? back : none;
}

/* Of one stretch of the day; INT64_MAX = none. */
static moment start_of(const pc_walk *w, const day *d, const stretch *s) {
    if (s->from_ns < d->begin * MINUTE_NS) {
        return start_of_carried(w, d, s);
    }
    return (moment){s->from_ns, s->is_from_estimated, s->kind == CHANGE_LOGON};
}

/* The earlier moment; of two in one minute exactness counts. */
static moment earlier(moment known, moment one) {
    int32_t is_same = known.unix_ns != INT64_MAX && one.unix_ns != INT64_MAX &&
                      moment_minute(known.unix_ns) == moment_minute(one.unix_ns);
    int32_t is_estimated = known.is_estimated && one.is_estimated;
    moment first = one.unix_ns < known.unix_ns ||
                           (one.unix_ns == known.unix_ns && one.is_logon > known.is_logon)
                       ? one
                       : known;
    first.is_estimated = is_same ? is_estimated : first.is_estimated;
    return first;
}

static moment find_start(const pc_walk *w, const day *d) {
    const stretch *all = w->sessions->stretches.rows;
    const uint32_t *places = w->stretches.rows;
    moment start = {INT64_MAX, 0, 0};
    for (uint32_t i = 0; i < w->stretches.count; i++) {
        start = earlier(start, start_of(w, d, &all[places[i]]));
    }
    return start;
}

/* The last boot of a device on that day before its logon; NULL when there is none. */
static const change_fact *boot_before(const pc_walk *w, uint32_t device, int64_t unix_ns) {
    const change_fact *changes = w->facts->changes.rows;
    for (uint32_t i = w->change_end; i > w->change_first; i--) {
        const change_fact *c = &changes[i - 1];
        if (c->kind == CHANGE_BOOT && c->device == device && c->unix_ns <= unix_ns) {
            return c;
        }
    }
    return NULL;
}

/* From a logon back to the boot before it (TRAP-15); of several at that moment the earliest. */
static void move_to_boot(const pc_walk *w, moment *start) {
    const stretch *all = w->sessions->stretches.rows;
    const uint32_t *places = w->stretches.rows;
    const lane_fact *lanes = w->facts->lanes.rows;
    const change_fact *earliest = NULL;
    for (uint32_t i = 0; i < w->stretches.count; i++) {
        const stretch *s = &all[places[i]];
        if (s->kind != CHANGE_LOGON || s->from_ns != start->unix_ns) {
            continue;
        }
        const change_fact *boot = boot_before(w, lanes[s->lane].device, s->from_ns);
        if (boot != NULL && (earliest == NULL || boot->unix_ns < earliest->unix_ns)) {
            earliest = boot;
        }
    }
    if (earliest != NULL) {
        start->unix_ns = earliest->unix_ns;
        start->is_estimated = earliest->is_estimated;
    }
}

/* Of a session that is on when the day ends. */
static moment end_of_open(const pc_walk *w, const day *d, const stretch *s, int64_t limit_ns) {
    int32_t limit = moment_minute(limit_ns);
    moment still = {(limit - 1) * MINUTE_NS, 0, 0};
    pc_lane lane;
    if (lane_inputs(w, d, s->lane, &lane)) {
        int32_t idle = last_label(s, lane.last) + d->terms->idle_min;
        return idle < limit ? (moment){idle * MINUTE_NS, 1, 0} : still;
    }
    const idle_span *idle = idle_at(w, s->lane, limit_ns - 1);
    return idle != NULL && moment_minute(idle->from_ns) < limit
               ? (moment){idle->from_ns, idle->is_from_estimated, 0}
               : still;
}

static moment end_of(const pc_walk *w, const day *d, const stretch *s, int64_t limit_ns) {
    int64_t end_ns = d->end * MINUTE_NS;
    if (s->gone_ns < end_ns) {
        int32_t is_off_exact =
            moment_minute(s->to_ns) == moment_minute(s->gone_ns) && !s->is_to_estimated;
        return (moment){s->gone_ns, s->is_gone_estimated && !is_off_exact, 0};
    }
    if (s->to_ns < end_ns) {
        return (moment){s->to_ns, s->is_to_estimated, 0};
    }
    return end_of_open(w, d, s, limit_ns);
}

static moment find_end(const pc_walk *w, const day *d) {
    const stretch *all = w->sessions->stretches.rows;
    const uint32_t *places = w->stretches.rows;
    int64_t end_ns = d->end * MINUTE_NS;
    int64_t limit_ns = w->horizon->now_ns < end_ns ? w->horizon->now_ns : end_ns;
    moment end = {INT64_MIN, 0, 0};
    for (uint32_t i = 0; i < w->stretches.count; i++) {
        moment one = end_of(w, d, &all[places[i]], limit_ns);
        int32_t is_same = i > 0 && moment_minute(one.unix_ns) == moment_minute(end.unix_ns);
        int32_t is_estimated = one.is_estimated && end.is_estimated;
        end = one.unix_ns > end.unix_ns ? one : end;
        end.is_estimated = is_same ? is_estimated : end.is_estimated;
    }
    return end;
}

/* Minutes touched by sessions on and not idle, where no input minute tells. */
static int32_t add_stretch_actives(pc_walk *w, const day *d, const stretch *s) {
    const idle_span *all = w->sessions->idles.rows;
    const uint32_t *places = w->idles.rows;
    int64_t now_ns = w->horizon->now_ns;
    int64_t from_ns = s->from_ns > d->begin * MINUTE_NS ? s->from_ns : d->begin * MINUTE_NS;
    int64_t to_ns = s->to_ns < d->end * MINUTE_NS ? s->to_ns : d->end * MINUTE_NS;
    to_ns = to_ns < now_ns ? to_ns : now_ns;
    pc_lane lane;
    if (lane_inputs(w, d, s->lane, &lane)) {
        int64_t idle_ns = (last_label(s, lane.last) + d->terms->idle_min) * MINUTE_NS;
        to_ns = to_ns < idle_ns ? to_ns : idle_ns;
    } else {
        for (uint32_t i = 0; i < w->idles.count; i++) {
            const idle_span *idle = &all[places[i]];
            if (idle->lane != s->lane || idle->to_ns <= from_ns || idle->from_ns >= to_ns) {
                continue;
            }
            if (idle->from_ns > from_ns &&
                !spans_add(&w->actives, moment_minute(from_ns), moment_minute(idle->from_ns))) {
                return 0;
            }
            from_ns = idle->to_ns;
        }
    }
    return from_ns >= to_ns || spans_add(&w->actives, moment_minute(from_ns), moment_minute(to_ns));
}

static int32_t use_sessions(pc_walk *w, day *d) {
    moment start = find_start(w, d);
    if (start.unix_ns == INT64_MAX || d->begin > w->horizon->last_minute) {
        w->actives.count = 0;
        w->active_min = 0;
        return 1;
    }
    if (d->terms->starts_by_boot && start.is_logon) {
        move_to_boot(w, &start);
    }
    moment end = find_end(w, d);
    d->pc_start = moment_minute(start.unix_ns);
    d->pc_end = moment_minute(end.unix_ns);
    d->is_pc_start_estimated = start.is_estimated;
    d->is_pc_end_estimated = end.is_estimated;
    if (d->pc_end < d->pc_start) {
        d->pc_end = d->pc_start;
    }
    const stretch *all = w->sessions->stretches.rows;
    const uint32_t *places = w->stretches.rows;
    int32_t by_input = w->is_input && d->terms->has_input;
    for (uint32_t i = 0; !by_input && i < w->stretches.count; i++) {
        if (!add_stretch_actives(w, d, &all[places[i]])) {
            return 0;
        }
    }
    if (!by_input) {
        spans_unite(&w->actives);
        w->active_min = spans_total(&w->actives);
    }
    return 1;
}

static void walk_changes(pc_walk *w, const day *d) {
    const change_fact *changes = w->facts->changes.rows;
    w->change_first = w->change;
    while (w->change < w->facts->changes.count && changes[w->change].unix_ns < d->end * MINUTE_NS) {
        w->change++;
        w->change_first += changes[w->change - 1].unix_ns < d->begin * MINUTE_NS;
    }
    w->change_end = w->change;
}

int32_t pc_day(pc_walk *w, day *d) {
    int64_t begin_ns = d->begin * MINUTE_NS;
    int64_t end_ns = d->end * MINUTE_NS;
    if (!walk_inputs(w, d) || !walk_stretches(w, begin_ns, end_ns) ||
        !walk_idles(w, begin_ns, end_ns)) {
        return 0;
    }
    walk_changes(w, d);
    d->pc_start = d->pc_end = NONE;
    if (!d->terms->is_miteras) {
        use_input(w, d);
    } else if (!use_sessions(w, d)) {
        return 0;
    }
    if (d->pc_start != NONE) {
        d->pc_span_min = d->pc_end - d->pc_start;
        d->pc_active_min = w->active_min < d->pc_span_min ? w->active_min : d->pc_span_min;
    }
    return 1;
}
