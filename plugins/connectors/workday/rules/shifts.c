/* workday/rules/shifts.c - see shifts.h. */
#include "rules/shifts.h"

#include <string.h>

void shifts_init(shifts *s) {
    memset(s, 0, sizeof *s);
    s->shifts.size = sizeof(shift);
    s->breaks.size = sizeof(dated_span);
    s->ends.size = sizeof(dated_span);
}

void shifts_finish(shifts *s) {
    list_free(&s->shifts);
    list_free(&s->breaks);
    list_free(&s->ends);
}

int32_t shifts_auto_end(const terms *t, int32_t start) {
    int32_t clock = t->pattern.auto_end_clock % DAY_MIN;
    int32_t date = moment_date(t->zone, start);
    int32_t held = t->has_shift && t->pattern.end_clock != NONE
                       ? clock_moment(t->zone, t->from_date, t->pattern.end_clock)
                       : INT32_MIN;
    int32_t end = clock_moment(t->zone, date, clock);
    while (end <= start || end < held) {
        end = clock_moment(t->zone, ++date, clock);
    }
    return end;
}

int32_t shifts_date(const facts *f, int32_t minute) {
    int32_t date = minute / DAY_MIN + 2; /* no zone is further ahead of UTC */
    while (facts_day_begin(f, date) > minute) {
        date--;
    }
    return date;
}

static shift *last_shift(const shifts *s) {
    return s->shifts.count > 0 ? (shift *)s->shifts.rows + s->shifts.count - 1 : NULL;
}

static int32_t add_dated(list *l, int32_t date, int32_t start, int32_t end) {
    dated_span *row = list_add(l);
    if (row != NULL) {
        *row = (dated_span){date, start, end};
    }
    return row != NULL;
}

enum { OFF, WORKING, ON_BREAK };

typedef struct follower {
    shifts *shifts;
    const facts *facts;
    int32_t state;
    shift running; /* unless OFF; a row of its own from its end on */
    int32_t break_start;
} follower;

static int32_t end_break(follower *w, int32_t minute) {
    if (w->state != ON_BREAK) {
        return 1;
    }
    w->state = WORKING;
    return add_dated(&w->shifts->breaks, w->running.date, w->break_start, minute);
}

static void start_shift(follower *w, int32_t minute) {
    int32_t date = shifts_date(w->facts, minute);
    int32_t auto_end = shifts_auto_end(facts_terms(w->facts, date), minute);
    w->running = (shift){date, minute, OPEN_END, auto_end, 0};
    w->state = WORKING;
}

static int32_t end_shift(follower *w, int32_t minute) {
    int32_t is_added = end_break(w, minute);
    shift *row = list_add(&w->shifts->shifts);
    if (row != NULL) {
        *row = w->running;
        row->end = minute;
    }
    w->state = OFF;
    return is_added && row != NULL;
}

static int32_t end_automatically(follower *w) {
    w->running.is_auto_ended = 1;
    return end_shift(w, w->running.auto_end);
}

/* An end while nobody works: the shift before went on until then (WRK-16), or nobody saw it
 * begin. */
static int32_t end_late(follower *w, int32_t minute) {
    shift *last = last_shift(w->shifts);
    if (last != NULL && minute > last->end && minute < last->auto_end) {
        last->end = minute;
        return 1;
    }
    return add_dated(&w->shifts->ends, shifts_date(w->facts, minute), NONE, minute);
}

static int32_t punch(follower *w, const punch_fact *p) {
    int32_t auto_end = w->running.auto_end;
    int32_t is_over = w->state != OFF && p->minute >= auto_end;
    if (is_over && (p->minute > auto_end || p->kind != PUNCH_END) && !end_automatically(w)) {
        return 0;
    }
    switch (p->kind) {
    case PUNCH_START:
        if (w->state == OFF) {
            start_shift(w, p->minute);
        }
        return 1;
    case PUNCH_BREAK:
        if (w->state == WORKING) {
            w->state = ON_BREAK;
            w->break_start = p->minute;
        }
        return 1;
    case PUNCH_RESUME:
        return end_break(w, p->minute);
    case PUNCH_END:
        return w->state == OFF ? end_late(w, p->minute) : end_shift(w, p->minute);
    default:
        return 1;
    }
}

int32_t shifts_follow(shifts *s, const facts *f, const horizon *h) {
    const punch_fact *punches = f->punches.rows;
    follower w = {.shifts = s, .facts = f, .state = OFF};
    s->shifts.count = s->breaks.count = s->ends.count = 0;
    for (uint32_t i = 0; i < f->punches.count; i++) {
        int32_t is_again = i > 0 && punches[i].minute == punches[i - 1].minute &&
                           punches[i].kind == punches[i - 1].kind;
        if (!is_again && !punch(&w, &punches[i])) {
            return 0;
        }
    }
    if (w.state == OFF) {
        return 1;
    }
    if (w.running.auto_end * MINUTE_NS <= h->now_ns) {
        return end_automatically(&w);
    }
    return end_shift(&w, OPEN_END);
}
