/* workday/rules/sessions.c - see sessions.h. One pass over the changes in their order. */
#include "rules/sessions.h"

#include <stdlib.h>
#include <string.h>

typedef struct session {
    uint32_t lane, id;
    int32_t is_locked, is_disconnected;
    uint32_t stretch; /* the newest, 1-based; 0 = never on */
    int32_t is_on;
} session;

typedef struct idle_state {
    int64_t from_ns; /* INT64_MIN = not idle */
    int32_t is_estimated;
} idle_state;

void sessions_init(sessions *s) {
    memset(s, 0, sizeof *s);
    s->stretches.size = sizeof(stretch);
    s->idles.size = sizeof(idle_span);
    s->rests.size = sizeof(span);
    s->open.size = sizeof(session);
    s->asleep.size = sizeof(int32_t);
    s->idle_since.size = sizeof(idle_state);
}

void sessions_finish(sessions *s) {
    list_free(&s->stretches);
    list_free(&s->idles);
    list_free(&s->rests);
    list_free(&s->open);
    list_free(&s->asleep);
    list_free(&s->idle_since);
}

static uint32_t device_of(const facts *f, uint32_t lane) {
    return ((const lane_fact *)f->lanes.rows)[lane].device;
}

/* ---- idleness ---- */

static int32_t end_idle(sessions *s, const change_fact *c, uint32_t lane) {
    idle_state *state = (idle_state *)s->idle_since.rows + lane;
    if (state->from_ns == INT64_MIN) {
        return 1;
    }
    idle_span *row = list_add(&s->idles);
    if (row == NULL) {
        return 0;
    }
    *row = (idle_span){state->from_ns, c != NULL ? c->unix_ns : INT64_MAX, lane,
                       state->is_estimated, c != NULL && c->is_estimated};
    state->from_ns = INT64_MIN;
    return 1;
}

static int32_t follow_idle(sessions *s, const facts *f, const change_fact *c) {
    if (c->kind == CHANGE_IDLE) {
        idle_state *state = (idle_state *)s->idle_since.rows + c->lane;
        if (state->from_ns == INT64_MIN) {
            *state = (idle_state){c->unix_ns, c->is_estimated};
        }
        return 1;
    }
    if (c->kind < CHANGE_RESUME) {
        return 1;
    }
    if (c->lane != LANE_NONE) {
        return end_idle(s, c, c->lane);
    }
    for (uint32_t lane = 0; lane < f->lanes.count; lane++) {
        if (device_of(f, lane) == c->device && !end_idle(s, c, lane)) {
            return 0;
        }
    }
    return 1;
}

/* ---- sessions ---- */

static session *find(sessions *s, uint32_t lane, uint32_t id) {
    session *open = s->open.rows;
    for (uint32_t i = s->open.count; i > 0; i--) {
        if (open[i - 1].lane == lane && open[i - 1].id == id) {
            return &open[i - 1];
        }
    }
    return NULL;
}

/* Begins or ends a stretch where the session has just become on or ceased to be. */
static int32_t settle(sessions *s, const facts *f, session *one, const change_fact *c) {
    const int32_t *asleep = s->asleep.rows;
    int32_t is_on = !one->is_locked && !one->is_disconnected && !asleep[device_of(f, one->lane)];
    if (is_on && !one->is_on) {
        stretch *row = list_add(&s->stretches);
        if (row == NULL) {
            return 0;
        }
        *row = (stretch){.from_ns = c->unix_ns,
                         .to_ns = INT64_MAX,
                         .gone_ns = INT64_MAX,
                         .lane = one->lane,
                         .kind = c->kind,
                         .is_from_estimated = c->is_estimated};
        one->stretch = s->stretches.count;
    } else if (!is_on && one->is_on) {
        stretch *row = (stretch *)s->stretches.rows + one->stretch - 1;
        row->to_ns = c->unix_ns;
        row->is_to_estimated = c->is_estimated;
    }
    one->is_on = is_on;
    return 1;
}

static void end_session(sessions *s, uint32_t place, const change_fact *c) {
    session *open = s->open.rows;
    session *one = &open[place];
    if (one->stretch != 0) {
        stretch *row = (stretch *)s->stretches.rows + one->stretch - 1;
        if (one->is_on) {
            row->to_ns = c->unix_ns;
            row->is_to_estimated = c->is_estimated;
        }
        if (c->kind != CHANGE_RELEASED) {
            row->gone_ns = c->unix_ns;
            row->is_gone_estimated = c->is_estimated;
        }
    }
    open[place] = open[--s->open.count];
}

/* Sessions of one lane, or of a whole device. */
static int32_t concerns(const facts *f, const session *one, const change_fact *c) {
    return c->lane != LANE_NONE ? one->lane == c->lane : device_of(f, one->lane) == c->device;
}

static void end_sessions(sessions *s, const facts *f, const change_fact *c) {
    for (uint32_t i = s->open.count; i > 0; i--) {
        if (concerns(f, (const session *)s->open.rows + i - 1, c)) {
            end_session(s, i - 1, c);
        }
    }
}

static int32_t settle_device(sessions *s, const facts *f, const change_fact *c) {
    for (uint32_t i = 0; i < s->open.count; i++) {
        session *one = (session *)s->open.rows + i;
        if (device_of(f, one->lane) == c->device && !settle(s, f, one, c)) {
            return 0;
        }
    }
    return 1;
}

static int32_t set_asleep(sessions *s, const facts *f, const change_fact *c, int32_t is_asleep) {
    int32_t *asleep = (int32_t *)s->asleep.rows + c->device;
    if (*asleep == is_asleep) {
        return 1;
    }
    *asleep = is_asleep;
    return settle_device(s, f, c);
}

/* Whoever counts input does not know the session: any of the account is meant. */
static int32_t has_session(const sessions *s, uint32_t lane) {
    const session *open = s->open.rows;
    for (uint32_t i = 0; i < s->open.count; i++) {
        if (open[i].lane == lane) {
            return 1;
        }
    }
    return 0;
}

/* logon, unlock, connect, active: whoever is not known yet begins. */
static int32_t wake(sessions *s, const facts *f, const change_fact *c) {
    if (!set_asleep(s, f, c, 0)) {
        return 0;
    }
    if (c->kind == CHANGE_ACTIVE && has_session(s, c->lane)) {
        return 1;
    }
    session *one = find(s, c->lane, c->session);
    if (one == NULL) {
        one = list_add(&s->open);
        if (one == NULL) {
            return 0;
        }
        one->lane = c->lane;
        one->id = c->session;
    }
    if (c->kind != CHANGE_CONNECT) {
        one->is_locked = 0;
    }
    if (c->kind != CHANGE_UNLOCK) {
        one->is_disconnected = 0;
    }
    return settle(s, f, one, c);
}

static int32_t rest(sessions *s, const facts *f, const change_fact *c) {
    session *one = find(s, c->lane, c->session);
    if (one == NULL) {
        return 1;
    }
    one->is_locked |= c->kind == CHANGE_LOCK;
    one->is_disconnected |= c->kind == CHANGE_DISCONNECT;
    return settle(s, f, one, c);
}

static int32_t follow(sessions *s, const facts *f, const change_fact *c) {
    switch (c->kind) {
    case CHANGE_BOOT:
    case CHANGE_SHUTDOWN:
        ((int32_t *)s->asleep.rows)[c->device] = 0;
        end_sessions(s, f, c);
        return 1;
    case CHANGE_RELEASED:
        end_sessions(s, f, c);
        return 1;
    case CHANGE_LOGOFF:
        for (uint32_t i = s->open.count; i > 0; i--) {
            const session *one = (const session *)s->open.rows + i - 1;
            if (one->lane == c->lane && one->id == c->session) {
                end_session(s, i - 1, c);
            }
        }
        return 1;
    case CHANGE_SLEEP:
    case CHANGE_RESUME:
        return set_asleep(s, f, c, c->kind == CHANGE_SLEEP);
    case CHANGE_LOCK:
    case CHANGE_DISCONNECT:
        return rest(s, f, c);
    case CHANGE_IDLE:
        return 1;
    default:
        return wake(s, f, c);
    }
}

/* ---- stretches in which none was on ---- */

static int32_t find_rests(sessions *s) {
    const stretch *stretches = s->stretches.rows;
    int64_t on_to_ns = INT64_MAX;
    for (uint32_t i = 0; i < s->stretches.count; i++) {
        if (i > 0 && stretches[i].from_ns > on_to_ns) {
            span *row = list_add(&s->rests);
            if (row == NULL) {
                return 0;
            }
            *row = (span){moment_minute(on_to_ns), moment_minute(stretches[i].from_ns)};
        }
        if (i == 0 || stretches[i].to_ns > on_to_ns) {
            on_to_ns = stretches[i].to_ns;
        }
    }
    return 1;
}

static int compare_idles(const void *left, const void *right) {
    const idle_span *a = left;
    const idle_span *b = right;
    return a->from_ns < b->from_ns ? -1 : a->from_ns > b->from_ns;
}

int32_t sessions_follow(sessions *s, const facts *f) {
    const change_fact *changes = f->changes.rows;
    s->stretches.count = s->idles.count = s->rests.count = 0;
    s->open.count = s->asleep.count = s->idle_since.count = 0;
    for (uint32_t i = 0; i < f->devices.count; i++) {
        if (list_add(&s->asleep) == NULL) {
            return 0;
        }
    }
    for (uint32_t i = 0; i < f->lanes.count; i++) {
        idle_state *state = list_add(&s->idle_since);
        if (state == NULL) {
            return 0;
        }
        state->from_ns = INT64_MIN;
    }
    for (uint32_t i = 0; i < f->changes.count; i++) {
        if (!follow_idle(s, f, &changes[i]) || !follow(s, f, &changes[i])) {
            return 0;
        }
    }
    for (uint32_t lane = 0; lane < f->lanes.count; lane++) {
        if (!end_idle(s, NULL, lane)) {
            return 0;
        }
    }
    if (s->idles.count > 1) {
        qsort(s->idles.rows, s->idles.count, sizeof(idle_span), compare_idles);
    }
    return find_rests(s);
}
