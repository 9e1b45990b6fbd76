/* simulate/pushing.c - one agent's push from the wish to the answer, with whatever goes wrong on
 * the way, by accident or on demand. The hub's answers are obeyed as a real agent obeys them. */
#include "simulate/member.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define PATH "/ingest/v1/push"
#define NS_PER_MS 1000000u
#define RETRY_MS_MIN 200
#define RETRY_MS_MAX 30000

/* ---- trying again ---- */

static uint64_t now_ns(void) {
    return clock_mono_ns();
}

/* Twice as long each time, anywhere in the second half of it. */
static void try_later(member *m, uint32_t at_least_s) {
    uint32_t doublings = m->failures < 8 ? m->failures : 8;
    int32_t limit = RETRY_MS_MIN << doublings;
    limit = limit < RETRY_MS_MAX ? limit : RETRY_MS_MAX;
    uint64_t wait_ns = (uint64_t)chance_between(&m->luck, limit / 2, limit) * NS_PER_MS;
    uint64_t least_ns = (uint64_t)at_least_s * CLOCK_NS_PER_S;
    m->failures++;
    m->is_retry = 1;
    run_at(m, now_ns() + (wait_ns > least_ns ? wait_ns : least_ns + wait_ns / 4));
}

static void is_down(member *m) {
    run *r = m->r;
    if (m->down_since_ns == 0 && m->a.confirmed.chain > 0) {
        m->down_since_ns = now_ns();
        if (r->down++ == 0) {
            r->outage_ns = m->down_since_ns;
        }
    }
}

static void is_back(member *m) {
    run *r = m->r;
    if (m->down_since_ns != 0) {
        m->down_since_ns = 0;
        if (--r->down == 0) {
            double seconds = (double)(now_ns() - r->outage_ns) / CLOCK_NS_PER_S;
            r->report->back_seconds =
                seconds > r->report->back_seconds ? seconds : r->report->back_seconds;
        }
    }
}

static void drop_peer(member *m) {
    peer_close(m->peer);
    m->peer = NULL;
}

/* ---- sending ---- */

static void give_up(member *m, uint32_t *counter) {
    (*counter)++;
    drop_peer(m);
    run_over(m);
}

/* Behind the first half of what is unsent: that half comes late. */
static journal_standing half_way(const agent *a) {
    uint32_t unsent = agent_unsent(a);
    const agent_block *block = &a->blocks[a->block_count - unsent + unsent / 2 - 1];
    journal_standing standing = {.chain = block->chain, .sequence = block->sequence};
    memcpy(standing.hash, block->hash, sizeof standing.hash);
    return standing;
}

static void choose_fault(member *m) {
    int32_t wanted = faults_next(&m->r->settings->faults, &m->luck);
    m->fault = m->is_retry ? FAULT_NONE : wanted;
    if (m->fault == FAULT_REORDER && agent_unsent(&m->a) < 2) {
        m->fault = FAULT_NONE;
    }
    m->r->report->faults[m->fault]++;
}

static void transmit(member *m, size_t cut) {
    if (peer_send(m->peer, "POST", PATH, WIRE_PUSH_TYPE, m->push.data, m->push.size, cut) !=
        KINMU_OK) {
        m->r->report->lost++;
        drop_peer(m);
        try_later(m, 0);
    }
}

static void send_next(member *m) {
    run *r = m->r;
    kinmu_err err = {"", ""};
    choose_fault(m);
    journal_standing start = m->fault == FAULT_REORDER ? half_way(&m->a) : m->a.start;
    buffer_clear(&m->push);
    int32_t status = agent_build(&r->kit, &m->a, &start, m->sim_ns, r->settings->version, &m->push,
                                 &m->newest, &err);
    if (status != KINMU_OK) {
        run_fail(r, status, &err);
        return;
    }
    transmit(m, m->fault == FAULT_DISCONNECT ? m->push.size / 2 + 1 : 0);
}

static void on_ready(void *user) {
    member *m = user;
    run_opening(m, 0);
    histogram_add(&m->r->report->connect, now_ns() - m->opened_ns);
    if (m->phase == MEMBER_PUSHING) {
        send_next(m);
    } else {
        is_back(m);
    }
}

/* ---- answers ---- */

static void finish(member *m) {
    m->failures = 0;
    m->futile = 0;
    m->is_retry = 0;
    buffer_free(&m->push);
    is_back(m);
    if (m->r->settings->reopens) {
        drop_peer(m);
    }
    run_done(m);
}

static void on_done(member *m) {
    run_report *report = m->r->report;
    report->pushes++;
    if (m->fault == FAULT_DUPLICATE) { /* the same bytes once more change nothing */
        m->fault = FAULT_NONE;
        transmit(m, 0);
    } else if (agent_unsent(&m->a) > 0) {
        m->futile = 0;
        m->is_retry = 0;
        send_next(m);
    } else {
        finish(m);
    }
}

static void act(member *m, int32_t outcome, const peer_answer *answer) {
    run_report *report = m->r->report;
    switch (outcome) {
    case AGENT_DONE:
        on_done(m);
        return;
    case AGENT_AGAIN:
        report->again++;
        m->is_retry = 1;
        if (++m->futile <= MEMBER_FUTILE_MAX) {
            send_next(m);
        } else {
            give_up(m, &report->bad);
        }
        return;
    case AGENT_LATER:
        report->later++;
        try_later(m, answer->retry_after_s);
        return;
    case AGENT_REFUSED:
        give_up(m, &report->refused);
        return;
    case AGENT_FORKED:
        give_up(m, &report->forked);
        return;
    default:
        give_up(m, &report->bad);
        return;
    }
}

static void on_answer(void *user, const peer_answer *answer) {
    member *m = user;
    run *r = m->r;
    char problem[WIRE_TEXT_BYTES_MAX + 1];
    histogram_add(&r->report->push, answer->took_ns);
    r->report->statuses[answer->status / 100 < 6 ? answer->status / 100 : 0]++;
    if (m->fault == FAULT_DROP) { /* it never came */
        r->report->lost++;
        drop_peer(m);
        try_later(m, 0);
        return;
    }
    int32_t outcome =
        agent_take(&r->kit, &m->a, answer->status, answer->body, answer->size, problem);
    if (problem[0] != '\0') {
        snprintf(r->report->problem, sizeof r->report->problem, "%s", problem);
    }
    act(m, outcome, answer);
}

static void on_lost(void *user) {
    member *m = user;
    m->peer = NULL;
    run_opening(m, 0);
    if (m->phase == MEMBER_PUSHING) {
        m->r->report->lost++;
        if (m->fault != FAULT_DISCONNECT) {
            m->hub++;
            is_down(m);
        }
        try_later(m, 0);
    } else if (m->phase == MEMBER_WAITING && !m->r->settings->reopens) {
        is_down(m); /* an idle connection that ended: comes back by itself, not all at once */
        uint64_t spread = (uint64_t)m->r->settings->reconnect_ns;
        uint64_t due_ns = now_ns() + (spread > 0 ? chance_next(&m->luck) % spread : 0);
        if (due_ns < m->due_ns) {
            run_at(m, due_ns);
        }
    }
}

static const peer_handler handler = {on_ready, on_answer, on_lost};

void pushing_begin(member *m) {
    run *r = m->r;
    m->phase = MEMBER_PUSHING;
    if (m->peer != NULL) {
        send_next(m);
        return;
    }
    const peer_owner owner = {m->a.seed, m->a.certificate, m->a.certificate_size, &m->ticket};
    m->opened_ns = now_ns();
    if (peer_open(r->peers, m->hub, &owner, &handler, m, &m->peer) != KINMU_OK) {
        r->report->lost++;
        m->hub++;
        is_down(m);
        try_later(m, 0);
    } else {
        run_opening(m, 1);
    }
}
