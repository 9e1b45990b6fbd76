/* simulate/blast.c - pushes made before the first is sent, then sent as fast as the hub takes them:
 * for measuring a hub, not this program. One connection an agent; each push continues the agent's
 * chain, has one signed head, and waits for the answer of the one before. */
#include "simulate/member.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define PATH "/ingest/v1/push"

typedef struct made_push {
    size_t offset, size;
    uint64_t chain; /* of its last block */
    agent_tally tally;
} made_push;

typedef struct gun {
    member *m;
    buffer bytes;
    made_push *pushes;
    uint32_t count, next;
} gun;

typedef struct battery {
    run *r;
    gun *guns;
    made_push *pushes; /* of all guns, one after another */
    uint32_t ready, over;
} battery;

/* ---- making ---- */

/* Days are recorded until there are blocks enough; the rest of them is dropped. */
static int32_t load_blocks(run *r, agent *a, uint32_t wanted, kinmu_err *err) {
    int64_t until_ns = r->begin_ns;
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && a->block_count < wanted) {
        until_ns += DAY_NS;
        status = agent_record(&r->kit, a, until_ns, err);
    }
    return status;
}

static void count_push(const agent *a, uint32_t first, uint32_t count, agent_tally *out) {
    for (uint32_t i = first; i < first + count; i++) {
        agent_tally one = {.keys = a->blocks[i].key_sum, .blocks = 1};
        for (uint32_t k = 0; k < MINUTE_KINDS; k++) {
            one.events[k] = a->blocks[i].events[k];
        }
        agent_tally_add(out, &one);
    }
}

static int32_t load(run *r, gun *g, uint32_t count, kinmu_err *err) {
    agent *a = &g->m->a;
    uint32_t blocks = r->settings->push_blocks;
    journal_standing start = {0};
    int32_t status = load_blocks(r, a, count * blocks, err);
    memset(&a->total, 0, sizeof a->total); /* only what is pushed counts */
    for (uint32_t i = 0; i < count && status == KINMU_OK; i++) {
        made_push *push = &g->pushes[i];
        push->offset = g->bytes.size;
        status = agent_build(&r->kit, a, &start, r->begin_ns, r->settings->version, &g->bytes,
                             &start, err);
        push->size = g->bytes.size - push->offset;
        push->chain = start.chain;
        count_push(a, i * blocks, blocks, &push->tally);
        agent_tally_add(&a->total, &push->tally);
        for (uint32_t k = 0; k < a->key_count; k++) {
            a->keys[k].is_known |= a->keys[k].is_flying;
        }
        g->count++;
    }
    a->block_count = 0; /* they are in the pushes now */
    buffer_free(&a->bytes);
    return status;
}

/* ---- sending ---- */

static void fire(gun *g) {
    const made_push *push = &g->pushes[g->next];
    (void)peer_send(g->m->peer, "POST", PATH, WIRE_PUSH_TYPE, g->bytes.data + push->offset,
                    push->size, 0);
}

static battery *battery_of(const gun *g) {
    return g->m->r->loop.data;
}

static void fail(const gun *g, const char *how, const char *why) {
    kinmu_err err = {"", ""};
    run_fail(g->m->r,
             error_set(&err, KINMU_E_REJECT, "simulate.blast", "agent %u, push %u: %s: %s",
                       g->m->a.index, g->next, how, why),
             &err);
}

/* All begin together, once every hand is shaken. */
static void on_ready(void *user) {
    gun *g = user;
    battery *b = battery_of(g);
    histogram_add(&b->r->report->connect, clock_mono_ns() - g->m->opened_ns);
    if (++b->ready == b->r->count) {
        b->r->began_ns = clock_mono_ns();
        for (uint32_t i = 0; i < b->r->count; i++) {
            fire(&b->guns[i]);
        }
    }
}

static void on_answer(void *user, const peer_answer *answer) {
    gun *g = user;
    battery *b = battery_of(g);
    wire_answer read;
    const made_push *push = &g->pushes[g->next];
    histogram_add(&b->r->report->push, answer->took_ns);
    b->r->report->statuses[answer->status / 100 < 6 ? answer->status / 100 : 0]++;
    int32_t is_read = wire_answer_read(&read, answer->body, answer->size, NULL) == KINMU_OK;
    if (answer->status != 200 || !is_read || read.standing.chain != push->chain) {
        fail(g, "not confirmed", is_read ? read.problem : "its answer cannot be read");
        return;
    }
    b->r->report->pushes++;
    agent_tally_add(&g->m->a.acknowledged, &push->tally);
    g->m->a.confirmed = read.standing;
    if (++g->next < g->count) {
        fire(g);
    } else if (++b->over == b->r->count) {
        uv_stop(&b->r->loop);
    }
}

static void on_lost(void *user) {
    gun *g = user;
    g->m->peer = NULL;
    if (g->next < g->count) {
        fail(g, "not answered", "the connection was lost");
    }
}

static const peer_handler handler = {on_ready, on_answer, on_lost};

static int32_t fire_all(battery *b, kinmu_err *err) {
    run *r = b->r;
    int32_t status = KINMU_OK;
    r->loop.data = b;
    for (uint32_t i = 0; i < r->count && status == KINMU_OK; i++) {
        member *m = &r->members[i];
        const peer_owner owner = {m->a.seed, m->a.certificate, m->a.certificate_size, NULL};
        m->opened_ns = clock_mono_ns();
        status = peer_open(r->peers, i, &owner, &handler, &b->guns[i], &m->peer);
    }
    if (status != KINMU_OK) {
        return error_set(err, status, "simulate.blast", "a connection cannot be opened");
    }
    uv_run(&r->loop, UV_RUN_DEFAULT);
    r->report->seconds = (double)(clock_mono_ns() - r->began_ns) / CLOCK_NS_PER_S;
    return KINMU_OK;
}

int32_t blast(run *r, kinmu_err *err) {
    battery b = {.r = r, .guns = calloc(r->count, sizeof *b.guns)};
    uint32_t count = r->settings->pregenerated / r->count;
    uint64_t began_ns = clock_mono_ns();
    int32_t status = b.guns != NULL ? KINMU_OK : KINMU_E_NOMEM;
    if (status == KINMU_OK && (count == 0 || r->members[0].a.made.chain > 0)) {
        status = error_set(err, KINMU_E_REJECT, "simulate.blast",
                           "at least one push an agent, and agents that never pushed");
    }
    b.pushes = status == KINMU_OK ? calloc((size_t)r->count * count, sizeof *b.pushes) : NULL;
    if (status == KINMU_OK && b.pushes == NULL) {
        status = KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < r->count && status == KINMU_OK; i++) {
        b.guns[i].m = &r->members[i];
        b.guns[i].pushes = b.pushes + (size_t)i * count;
        status = load(r, &b.guns[i], count, err);
    }
    r->report->pregenerate_seconds = (double)(clock_mono_ns() - began_ns) / CLOCK_NS_PER_S;
    if (status == KINMU_OK) {
        run_say(r, "%u pushes are made", count * r->count);
        status = fire_all(&b, err);
    }
    for (uint32_t i = 0; b.guns != NULL && i < r->count; i++) {
        peer_close(r->members[i].peer);
        r->members[i].peer = NULL;
        buffer_free(&b.guns[i].bytes);
    }
    free(b.pushes);
    free(b.guns);
    return status;
}
