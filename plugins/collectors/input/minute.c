/* minute.c - the accounting behind minute.h.
 *
 * Every entry first brings the books up to now (minute_advance) and then books its own event, so
 * one function decides what the time between two calls was: observed, slept, stalled, or a step of
 * the clock. Invariants: `open` only between the first active moment of a minute and its end;
 * observed time never exceeds a minute; no gap ends before it begins.
 */
#include "minute.h"

#include <string.h>

#define NS_PER_MS 1000000u

static int64_t minute_floor(int64_t unix_ns) {
    int64_t rest = unix_ns % MINUTE_NS;
    return unix_ns - (rest < 0 ? rest + MINUTE_NS : rest);
}

static int64_t clamp(int64_t number, int64_t low, int64_t high) {
    return number < low ? low : number > high ? high : number;
}

/* Minutes written */

static uint32_t minute_number(int64_t start_ns) {
    return (uint32_t)(start_ns / MINUTE_NS) + 1u;
}

static int is_written(const minute *m, int64_t start_ns) {
    uint32_t number = minute_number(start_ns);
    return m->written[number % MINUTE_WRITTEN_MAX] == number;
}

void minute_mark_written(minute *m, int64_t unix_ns) {
    uint32_t number = minute_number(minute_floor(unix_ns));
    m->written[number % MINUTE_WRITTEN_MAX] = number;
    m->written_ns = minute_floor(unix_ns);
}

/* Facts */

static void emit_gap(minute *m, int64_t from_ns, int64_t to_ns, const char *cause,
                     const char *detail) {
    minute_fact fact = {.kind = MINUTE_GAP, .cause = cause, .detail = detail};
    fact.unix_ns = to_ns;
    fact.from_ns = from_ns < to_ns ? from_ns : to_ns;
    m->emit(m->user, &fact);
}

static void emit_presence(minute *m, enum minute_kind kind, int64_t unix_ns, int64_t noted_ns,
                          int32_t estimated) {
    minute_fact fact = {.kind = kind, .estimated = estimated};
    fact.unix_ns = unix_ns;
    fact.noted_ns = noted_ns;
    m->emit(m->user, &fact);
}

/* Nobody is known to be there: after a gap, and at the start. */
static void presume_idle(minute *m, const minute_now *now) {
    if (m->presence != MINUTE_PRESENCE_IDLE) {
        m->presence = MINUTE_PRESENCE_IDLE;
        emit_presence(m, MINUTE_IDLE, now->unix_ns, now->unix_ns, 1);
    }
}

static void tell_replay(minute *m) {
    if (m->replayed) {
        m->replayed = 0;
        emit_gap(m, m->replayed_from_ns, m->replayed_to_ns, "clock-step",
                 "minutes recorded before the clock was set back or the program began again");
    }
}

/* The open minute */

static void open_minute(minute *m, const minute_now *now) {
    int64_t start = minute_floor(now->unix_ns);
    int64_t free_start = is_written(m, start) ? start + MINUTE_NS : start;
    m->taken = is_written(m, free_start);
    m->open_ns = m->taken ? start : free_start;
    m->open = 1;
    memset(&m->counts, 0, sizeof(m->counts));
    int64_t into_minute = now->unix_ns - start;
    int64_t watched = (int64_t)(now->mono_ns - m->since_mono_ns);
    m->observed_ns = (uint64_t)(watched < into_minute ? watched : into_minute);
    if (!m->taken) {
        tell_replay(m);
    } else if (!m->replayed) {
        m->replayed = 1;
        m->replayed_from_ns = now->unix_ns;
    }
}

static int counts_empty(const input_counts *counts) {
    uint32_t any = 0;
    for (int i = 0; i < INPUT_CLASSES; i++) {
        any |= counts->of[i];
    }
    return any == 0;
}

/* `end_ns` tells up to where a taken minute was replayed. */
static void close_minute(minute *m, int64_t end_ns) {
    minute_fact fact = {.kind = m->taken ? MINUTE_LOST : MINUTE_COUNTS};
    fact.unix_ns = m->open_ns;
    fact.observed_ms = (int64_t)((m->observed_ns + NS_PER_MS / 2) / NS_PER_MS);
    fact.counts = m->counts;
    m->open = 0;
    if (m->taken) {
        m->replayed_to_ns = clamp(end_ns, m->open_ns, m->open_ns + MINUTE_NS);
    } else if (fact.observed_ms > 0 || !counts_empty(&fact.counts)) {
        minute_mark_written(m, m->open_ns);
    } else {
        return;
    }
    m->emit(m->user, &fact);
}

static int open_holds(const minute *m, int64_t unix_ns) {
    return unix_ns < m->open_ns + MINUTE_NS &&
           (unix_ns >= m->open_ns || (!m->taken && unix_ns >= m->open_ns - MINUTE_HOLD_NS));
}

static void add_observed(minute *m, uint64_t observed_ns) {
    uint64_t room = (uint64_t)MINUTE_NS - m->observed_ns;
    m->observed_ns += observed_ns < room ? observed_ns : room;
}

/* Idleness, and the minute that follows on a closed one. */
static void settle(minute *m, const minute_now *now) {
    if (m->watch != MINUTE_WATCH_ON || m->presence != MINUTE_PRESENCE_ACTIVE) {
        return;
    }
    uint64_t quiet_ns = now->mono_ns - m->input_mono_ns;
    int is_idle = quiet_ns >= m->idle_after_ns;
    int64_t idle_at_ns = now->unix_ns - (int64_t)(is_idle ? quiet_ns - m->idle_after_ns : 0);
    if (!m->open && (!is_idle || idle_at_ns > minute_floor(now->unix_ns))) {
        open_minute(m, now);
    }
    if (is_idle) {
        m->presence = MINUTE_PRESENCE_IDLE;
        emit_presence(m, MINUTE_IDLE, m->input_unix_ns, now->unix_ns, 0);
    }
}

static void tell_step(minute *m, const minute_now *now, int64_t step_ns) {
    if (step_ns > 0) {
        emit_gap(m, now->unix_ns - step_ns, now->unix_ns, "clock-step",
                 "the clock was set forward; this span did not take place");
    } else {
        emit_gap(m, now->unix_ns, now->unix_ns, "clock-step", "the clock was set back");
    }
}

uint64_t minute_due(const minute *m) {
    uint64_t due = MINUTE_NEVER;
    if (m->open) {
        int64_t rest = m->open_ns + MINUTE_NS - m->last.unix_ns;
        due = m->last.mono_ns + (uint64_t)clamp(rest, 0, 2 * MINUTE_NS);
    }
    if (m->watch == MINUTE_WATCH_ON && m->presence == MINUTE_PRESENCE_ACTIVE) {
        uint64_t idle_at = m->input_mono_ns + m->idle_after_ns;
        due = idle_at < due ? idle_at : due;
    }
    return due;
}

void minute_advance(minute *m, const minute_now *now) {
    if (m->watch == MINUTE_WATCH_OFF || now->mono_ns < m->last.mono_ns) {
        return;
    }
    int is_on = m->watch == MINUTE_WATCH_ON;
    uint64_t due = minute_due(m);
    uint64_t elapsed = now->mono_ns - m->last.mono_ns;
    uint64_t slept = now->slept_ns - m->last.slept_ns;
    slept = now->slept_ns < m->last.slept_ns ? 0 : slept < elapsed ? slept : elapsed;
    int64_t step = now->unix_ns - m->last.unix_ns - (int64_t)elapsed;
    int has_step = step >= MINUTE_STEP_NS || step <= -MINUTE_STEP_NS;
    int is_stall = is_on && due != MINUTE_NEVER && now->mono_ns - slept > due + MINUTE_STALL_NS;
    int64_t last_unix = m->last.unix_ns;

    if (m->open) {
        int64_t room = clamp(m->open_ns + MINUTE_NS - last_unix, 0, 2 * MINUTE_NS);
        uint64_t watched = is_on && !is_stall ? elapsed - slept : 0;
        add_observed(m, watched < (uint64_t)room ? watched : (uint64_t)room);
        if (!open_holds(m, now->unix_ns)) {
            close_minute(m, last_unix + (int64_t)elapsed);
        }
    }
    if (is_stall || has_step || slept >= MINUTE_SLEEP_NS) {
        m->since_mono_ns = now->mono_ns;
    }
    m->last = *now;
    if (is_stall) {
        emit_gap(m, last_unix, now->unix_ns, "stalled",
                 "the machine was too busy, or the program was stopped");
        presume_idle(m, now);
    }
    if (is_on && has_step) {
        tell_step(m, now, step);
    }
    settle(m, now);
    if (!m->open) {
        tell_replay(m);
    }
}

void minute_begin(minute *m, const minute_now *now) {
    if (m->watch == MINUTE_WATCH_LOST) {
        minute_advance(m, now);
        if (now->unix_ns - m->gap_ns >= MINUTE_GAP_MIN_NS) {
            emit_gap(m, m->gap_ns, now->unix_ns, m->gap_cause, m->gap_detail);
        }
    }
    m->watch = MINUTE_WATCH_ON;
    m->last = *now;
    m->since_mono_ns = now->mono_ns;
    presume_idle(m, now);
}

void minute_lose(minute *m, const minute_now *now, const char *cause, const char *detail) {
    if (m->watch == MINUTE_WATCH_LOST) {
        return;
    }
    minute_advance(m, now);
    m->watch = MINUTE_WATCH_LOST;
    m->last = *now;
    m->gap_ns = now->unix_ns;
    m->gap_cause = cause;
    m->gap_detail = detail;
}

void minute_overrun(minute *m, const minute_now *now, const char *detail) {
    if (m->watch != MINUTE_WATCH_ON) {
        return;
    }
    int64_t from_ns = m->last.unix_ns;
    minute_advance(m, now);
    emit_gap(m, from_ns, now->unix_ns, "stalled", detail);
}

void minute_input(minute *m, const minute_now *now, const input_counts *counts) {
    if (m->watch != MINUTE_WATCH_ON) {
        return;
    }
    minute_advance(m, now);
    if (m->presence != MINUTE_PRESENCE_ACTIVE) {
        m->presence = MINUTE_PRESENCE_ACTIVE;
        emit_presence(m, MINUTE_ACTIVE, now->unix_ns, now->unix_ns, 0);
    }
    m->input_mono_ns = now->mono_ns;
    m->input_unix_ns = now->unix_ns;
    if (!m->open) {
        open_minute(m, now);
    }
    for (int i = 0; i < INPUT_CLASSES; i++) {
        m->counts.of[i] += counts->of[i];
    }
}

void minute_end(minute *m, const minute_now *now) {
    if (m->watch == MINUTE_WATCH_OFF) {
        return;
    }
    minute_advance(m, now);
    if (m->open) {
        close_minute(m, now->unix_ns);
    }
    tell_replay(m);
    if (m->watch == MINUTE_WATCH_LOST && now->unix_ns - m->gap_ns >= MINUTE_GAP_MIN_NS) {
        emit_gap(m, m->gap_ns, now->unix_ns, m->gap_cause, m->gap_detail);
    }
    m->watch = MINUTE_WATCH_OFF;
    m->presence = MINUTE_PRESENCE_UNKNOWN;
}

void minute_set_idle_after(minute *m, const minute_now *now, int64_t idle_after_ms) {
    minute_advance(m, now); /* what lies behind is judged by the old time */
    m->idle_after_ns = (uint64_t)idle_after_ms * NS_PER_MS;
    settle(m, now);
}

void minute_init(minute *m, int64_t idle_after_ms, minute_emit_fn emit, void *user) {
    memset(m, 0, sizeof(*m));
    m->emit = emit;
    m->user = user;
    m->idle_after_ns = (uint64_t)idle_after_ms * NS_PER_MS;
}
