/* simulate/run.c - see run.h: the clock of a run, who is due when, beginning and end. */
#include "simulate/member.h"

#include "base/clock.h"
#include "base/error.h"
#include "trust/certificate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000u
#define WHAT_LUCK 0x6c75636bu
#define REST_NS (2 * CLOCK_NS_PER_S) /* between two signs of life of a PC that records nothing */
#define BOOT_TO_PUSH_NS_MAX (5LL * CLOCK_NS_PER_S) /* a PC that was switched on pushes soon */
#define SAY_SIZE 256u

void run_say(const run *r, const char *format, ...) {
    char text[SAY_SIZE];
    va_list args;
    if (r->settings->say != NULL) {
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        r->settings->say(text);
    }
}

void run_fail(run *r, int32_t status, const kinmu_err *err) {
    if (r->status == KINMU_OK) {
        r->status = status;
        r->err = *err;
    }
    uv_stop(&r->loop);
}

void run_settle(run *r) {
    while (uv_loop_alive(&r->loop)) { /* a stop asked for late ends uv_run once */
        uv_run(&r->loop, UV_RUN_ONCE);
    }
}

/* ---- who is due first: a heap by due_ns ---- */

static void place(run *r, uint32_t at, member *m) {
    r->heap[at] = m;
    m->heap_at = at;
}

static void sift(run *r, uint32_t at, member *m) {
    while (at > 0 && r->heap[(at - 1) / 2]->due_ns > m->due_ns) {
        place(r, at, r->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < r->heap_size && r->heap[child + 1]->due_ns < r->heap[child]->due_ns) {
            child++;
        }
        if (child >= r->heap_size || r->heap[child]->due_ns >= m->due_ns) {
            break;
        }
        place(r, at, r->heap[child]);
        at = child;
    }
    place(r, at, m);
}

static void heap_remove(run *r, member *m) {
    member *last = r->heap[--r->heap_size];
    if (last != m) {
        sift(r, m->heap_at, last);
    }
}

/* ---- time ---- */

static void on_tick(uv_timer_t *timer);

/* Not while too many shake hands: run_opening winds again. */
static void wind(run *r) {
    if (r->heap_size > 0 && r->opening < RUN_OPENING_MAX) {
        uint64_t now = clock_mono_ns();
        uint64_t due = r->heap[0]->due_ns;
        uv_timer_start(&r->tick, on_tick, due > now ? (due - now) / NS_PER_MS + 1 : 0, 0);
    }
}

void run_at(member *m, uint64_t due_ns) {
    run *r = m->r;
    if (m->phase == MEMBER_WAITING) {
        heap_remove(r, m);
    }
    m->phase = MEMBER_WAITING;
    m->due_ns = due_ns;
    r->heap_size++;
    sift(r, r->heap_size - 1, m);
    if (r->heap[0] == m) {
        wind(r);
    }
}

void run_opening(member *m, int32_t is_opening) {
    run *r = m->r;
    r->opening = r->opening + (uint32_t)is_opening - (uint32_t)m->is_opening;
    m->is_opening = is_opening;
    wind(r);
}

int64_t run_now(const run *r) {
    double passed = (double)(clock_mono_ns() - r->began_ns) * r->settings->speed;
    int64_t now = r->begin_ns + (int64_t)passed;
    return now < r->end_ns ? now : r->end_ns;
}

static uint64_t real_ns(const run *r, int64_t sim_ns) {
    return r->began_ns + (uint64_t)((double)(sim_ns - r->begin_ns) / r->settings->speed);
}

static void start_queued(run *r) {
    while (r->first_queued != NULL && r->active < r->settings->connections) {
        member *m = r->first_queued;
        r->first_queued = m->next;
        r->last_queued = m->next != NULL ? r->last_queued : NULL;
        r->active++;
        pushing_begin(m);
    }
}

void run_over(member *m) {
    run *r = m->r;
    m->phase = MEMBER_OVER;
    peer_close(m->peer);
    m->peer = NULL;
    buffer_free(&m->push);
    r->active--;
    if (++r->over == r->count) {
        uv_stop(&r->loop);
    }
    start_queued(r);
}

/* Its days are over. Who stays goes on with signs of life, and hears what a hub lost meanwhile. */
static void end_days(member *m) {
    run *r = m->r;
    if (!r->settings->stays || r->is_stopping || m->a.made.chain == 0) {
        run_over(m);
        return;
    }
    if (!m->is_resting && ++r->resting + r->over == r->count) {
        run_say(r, "everything is confirmed; staying until Ctrl-C");
    }
    m->is_resting = 1;
    r->active--;
    run_at(m, clock_mono_ns() + REST_NS);
    start_queued(r);
}

/* ---- a member's turn ---- */

static void enqueue(member *m) {
    run *r = m->r;
    m->phase = MEMBER_QUEUED;
    m->next = NULL;
    if (r->last_queued != NULL) {
        r->last_queued->next = m;
    } else {
        r->first_queued = m;
    }
    r->last_queued = m;
    start_queued(r);
}

static void record(member *m, int64_t until_ns) {
    run *r = m->r;
    kinmu_err err = {"", ""};
    int64_t off_ns = faults_clock(&r->settings->faults, &m->luck, m->a.clock_off_ns);
    r->report->clock_steps += off_ns != m->a.clock_off_ns;
    m->a.clock_off_ns = off_ns;
    m->sim_ns = until_ns;
    int32_t status = agent_record(&r->kit, &m->a, until_ns, &err);
    if (status != KINMU_OK) {
        run_fail(r, status, &err);
    }
}

static int32_t is_cut_off(const member *m) {
    return !m->is_last && m->sim_ns < m->cut_off_ns;
}

/* Without speed: on to the next moment at which there is something to push. 1 when there is. */
static int32_t race_on(member *m) {
    run *r = m->r;
    while (r->status == KINMU_OK) {
        int64_t next = m->sim_ns + r->settings->interval_ns;
        m->is_last = m->is_last || r->is_stopping || next >= r->end_ns;
        if (!r->is_stopping) {
            record(m, next < r->end_ns ? next : r->end_ns);
        }
        if (agent_unsent(&m->a) > 0 && !is_cut_off(m)) {
            return 1;
        }
        if (m->is_last) {
            return 0;
        }
    }
    return 0;
}

static void race(member *m) {
    if (m->is_last || !race_on(m)) {
        end_days(m);
    } else {
        pushing_begin(m);
    }
}

/* On the common clock: a PC that is off waits for its next start, and then a little. */
static void wait_for_next(member *m, int64_t from_ns) {
    run *r = m->r;
    int64_t spread = r->settings->interval_ns / 10;
    int64_t next = from_ns + r->settings->interval_ns - spread +
                   (int64_t)(chance_next(&m->luck) % (uint64_t)(2 * spread + 1));
    next = next > r->begin_ns ? next : r->begin_ns;
    int64_t on_ns = day_next_on(&r->kit.w, m->a.index, next);
    if (on_ns > next) {
        int64_t soon = BOOT_TO_PUSH_NS_MAX;
        next = on_ns < r->end_ns ? on_ns + soon + (int64_t)(chance_next(&m->luck) % (uint64_t)soon)
                                 : r->end_ns;
    }
    run_at(m, real_ns(r, next < r->end_ns ? next : r->end_ns));
}

static void on_due(member *m) {
    run *r = m->r;
    int64_t now = run_now(r);
    uint64_t real = clock_mono_ns();
    uint64_t late = real > m->due_ns ? real - m->due_ns : 0;
    r->report->lateness_ns_max =
        late > r->report->lateness_ns_max ? late : r->report->lateness_ns_max;
    m->is_last = m->is_last || now >= r->end_ns || r->is_stopping;
    if (!r->is_stopping && !m->is_resting) {
        record(m, now);
    }
    if (is_cut_off(m)) {
        wait_for_next(m, now);
    } else if (m->is_last && agent_unsent(&m->a) == 0 && (!m->is_resting || r->is_stopping)) {
        r->active++; /* end_days gives it back */
        end_days(m);
    } else {
        enqueue(m);
    }
}

void run_done(member *m) {
    run *r = m->r;
    if (r->settings->speed <= 0) {
        race(m);
        return;
    }
    if (m->is_last) {
        end_days(m);
    } else {
        r->active--;
        wait_for_next(m, m->sim_ns);
        start_queued(r);
    }
}

/* Pops all who are due; a few hundred a turn, so that answers are not kept waiting. */
static void on_tick(uv_timer_t *timer) {
    run *r = timer->data;
    uint64_t now = clock_mono_ns();
    for (uint32_t i = 0;
         i < 200 && r->heap_size > 0 && r->heap[0]->due_ns <= now && r->opening < RUN_OPENING_MAX;
         i++) {
        member *m = r->heap[0];
        heap_remove(r, m);
        if (m->is_retry) {
            pushing_begin(m); /* has its place still */
        } else {
            on_due(m);
        }
    }
    wind(r);
}

/* ---- beginning and end ---- */

/* The first signal ends recording, the second everything. */
static void stop_recording(run *r) {
    r->is_stopping = 1;
    for (uint32_t i = 0; i < r->count; i++) {
        member *m = &r->members[i];
        m->is_last = 1;
        if (m->phase == MEMBER_WAITING && !m->is_retry) {
            run_at(m, clock_mono_ns());
        }
    }
}

static void on_interrupt(uv_signal_t *handle, int number) {
    run *r = handle->data;
    (void)number;
    if (r->interrupts++ == 0) {
        run_say(r, "stopping: what is recorded still goes out; once more to give up");
        stop_recording(r);
    } else {
        uv_stop(&r->loop);
    }
}

static void on_duration(uv_timer_t *timer) {
    stop_recording(timer->data);
}

static void begin_members(run *r) {
    const run_settings *s = r->settings;
    r->began_ns = clock_mono_ns();
    for (uint32_t i = 0; i < r->count; i++) {
        member *m = &r->members[i];
        int64_t delay = faults_delay(&s->faults, &m->luck);
        m->hub = i;
        m->cut_off_ns = delay > 0 ? r->begin_ns + delay : INT64_MIN;
        m->sim_ns = m->sim_ns > r->begin_ns ? m->sim_ns : r->begin_ns;
        if (s->speed > 0) {
            int64_t phase = (int64_t)(chance_next(&m->luck) % (uint64_t)s->interval_ns);
            wait_for_next(m, r->begin_ns - s->interval_ns + phase);
        }
    }
    /* Without speed: whoever gets a place goes all the way. */
    for (uint32_t i = 0; s->speed <= 0 && i < r->count; i++) {
        member *m = &r->members[i];
        if (race_on(m)) {
            enqueue(m);
        } else {
            r->active++;
            end_days(m);
        }
    }
}

static void run_members(run *r) {
    if (r->settings->duration_ns > 0) {
        uv_timer_start(&r->duration, on_duration, (uint64_t)r->settings->duration_ns / NS_PER_MS,
                       0);
    }
    uv_signal_start(&r->interrupt, on_interrupt, SIGINT);
    begin_members(r);
    if (r->over < r->count) {
        uv_run(&r->loop, UV_RUN_DEFAULT);
    }
    r->report->seconds = (double)(clock_mono_ns() - r->began_ns) / CLOCK_NS_PER_S;
    uv_signal_stop(&r->interrupt);
    uv_timer_stop(&r->duration);
}

int32_t run_make_members(run *r, kinmu_err *err) {
    const run_settings *s = r->settings;
    r->kit.flush_ns = s->flush_ns;
    r->kit.keeps_blocks = s->keeps_blocks;
    r->kit.block_events = s->block_events;
    r->kit.push_blocks = s->push_blocks;
    int32_t status = world_make(&r->kit.w, s->seed, s->agents, s->people, err);
    if (status != KINMU_OK) {
        return status;
    }
    r->kit.w.rush_s = s->rush_s;
    r->members = calloc(s->agents, sizeof *r->members);
    r->heap = calloc(s->agents, sizeof *r->heap);
    if (r->members == NULL || r->heap == NULL) {
        return error_set(err, KINMU_E_NOMEM, "memory", "no memory for %u agents", s->agents);
    }
    r->begin_ns = day_moment(s->first_day, s->begin_s);
    r->end_ns = day_moment(s->first_day + s->days, DAY_BEGIN_S);
    for (uint32_t i = 0; i < s->agents && status == KINMU_OK; i++) {
        member *m = &r->members[i];
        m->r = r;
        m->phase = MEMBER_QUEUED;
        m->luck = chance_of(s->seed, WHAT_LUCK, i, 0);
        status = agent_init(&r->kit, &m->a, i, day_of(r->begin_ns), err);
        r->count += status == KINMU_OK;
    }
    return status;
}

static int32_t add_up(run *r) {
    run_report *out = r->report;
    uint8_t both[2 * CRYPTO_HASH_SIZE];
    int32_t status = KINMU_OK;
    out->agents = r->count;
    for (uint32_t i = 0; i < r->count && status == KINMU_OK; i++) {
        const agent *a = &r->members[i].a;
        agent_tally_add(&out->made, &a->total);
        agent_tally_add(&out->acknowledged, &a->acknowledged);
        agent_tally_add(&out->declined, &a->declined);
        out->unsent += agent_unsent(a);
        memcpy(both, out->digest, CRYPTO_HASH_SIZE);
        memcpy(both + CRYPTO_HASH_SIZE, a->digest, CRYPTO_HASH_SIZE);
        status = crypto_hash(r->kit.sealer.crypto, both, sizeof both, out->digest);
    }
    if (r->peers != NULL) {
        out->peers = *peer_kit_figures(r->peers);
    }
    return status;
}

static void free_run(run *r) {
    for (uint32_t i = 0; i < r->count; i++) {
        member *m = &r->members[i];
        peer_close(m->peer);
        buffer_free(&m->ticket);
        buffer_free(&m->push);
        agent_finish(&m->a);
    }
    uv_close((uv_handle_t *)&r->tick, NULL);
    uv_close((uv_handle_t *)&r->duration, NULL);
    uv_close((uv_handle_t *)&r->interrupt, NULL);
    run_settle(r);
    uv_loop_close(&r->loop);
    peer_kit_destroy(r->peers);
    buffer_free(&r->anchor);
    free(r->members);
    free(r->heap);
    agent_kit_finish(&r->kit);
}

static int32_t prepare(run *r, const run_settings *settings, run_report *out, kinmu_err *err) {
    memset(r, 0, sizeof *r);
    memset(out, 0, sizeof *out);
    r->settings = settings;
    r->report = out;
    uv_loop_init(&r->loop);
    uv_timer_init(&r->loop, &r->tick);
    uv_timer_init(&r->loop, &r->duration);
    uv_signal_init(&r->loop, &r->interrupt);
    r->tick.data = r;
    r->duration.data = r;
    r->interrupt.data = r;
    int32_t status = agent_kit_init(&r->kit, err);
    return status == KINMU_OK ? crypto_random(r->kit.secret, sizeof r->kit.secret) : status;
}

/* A run that is taken up again knows its hub and its agents; else both are met now. */
static int32_t get_ready(run *r, kinmu_err *err) {
    int32_t status = r->settings->state != NULL ? state_load(r, err) : KINMU_E_NOTFOUND;
    if (status == KINMU_E_NOTFOUND) {
        status = run_make_members(r, err);
        if (status == KINMU_OK) {
            status = enroll_meet(r, err);
        }
    }
    if (status == KINMU_OK) {
        status = peer_kit_create(&r->loop, r->settings->hubs, r->settings->hub_count,
                                 r->anchor.data, r->anchor.size, &r->peers, err);
    }
    return status == KINMU_OK ? enroll_all(r, err) : status;
}

int32_t run_simulation(const run_settings *settings, run_report *out, kinmu_err *err) {
    run r;
    int32_t status = prepare(&r, settings, out, err);
    if (status == KINMU_OK) {
        status = get_ready(&r, err);
    }
    if (status == KINMU_OK && settings->pregenerated > 0) {
        status = blast(&r, err);
    } else if (status == KINMU_OK) {
        run_members(&r);
    }
    if (status == KINMU_OK && r.status != KINMU_OK) {
        status = r.status;
        *err = r.err;
    }
    if (status == KINMU_OK) {
        status = add_up(&r);
    }
    if (status == KINMU_OK && settings->state != NULL) {
        status = state_save(&r, err);
    }
    free_run(&r);
    return status;
}

int32_t run_digest(const run_settings *settings, run_report *out, kinmu_err *err) {
    run r;
    int32_t status = prepare(&r, settings, out, err);
    if (status == KINMU_OK) {
        status = run_make_members(&r, err);
    }
    for (uint32_t i = 0; i < r.count && status == KINMU_OK; i++) {
        status = agent_record(&r.kit, &r.members[i].a, r.end_ns, err);
    }
    if (status == KINMU_OK) {
        status = add_up(&r);
    }
    free_run(&r);
    return status;
}
