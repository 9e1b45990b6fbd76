/* ingest/push.c - a device's push: may it, how often, then the host takes it and this answers.
 *
 * Nothing is answered 200 before it is on stable storage. Only a few pushes are examined at once,
 * in jobs; the others wait here with their bytes, bounded, one of each device, and beyond that
 * devices are told to come again. A device whose chain forked is quarantined and shown.
 */
#include "ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUSH_TYPE "application/vnd.kinmu.push"
#define ANSWER_BYTES_MAX (128u << 10)
#define BUSY_S 5u /* come again after so long */
#define AGAIN_S 1u
#define STRANGER_MS_MAX 10000u     /* so long a device may be unknown here */
#define STRANGER_FORGET_MS 600000u /* and begins anew when it comes after so long */
#define SECTION_PROBLEM 5u
#define HEAD_SIZE 13u
#define PROBLEM_BYTES_MAX 512u

struct delivery {
    delivery *next;      /* of those that wait to be examined */
    delivery *next_open; /* of all */
    ingest *in;
    uint64_t id; /* of the request; its client may be gone by now, which harms nobody */
    uint8_t key[ROWS_KEY_SIZE];
    char serial[ROWS_SERIAL_SIZE];
    uint8_t *body; /* until it is examined */
    uint32_t size;
    uint8_t *answer;
    uint32_t answer_size;
    int32_t status;
    kinmu_fleet_verdict verdict;
};

static void drop_body(delivery *p) {
    free(p->body);
    p->body = NULL;
    p->in->push_bytes -= p->size;
    p->size = 0;
}

static void delivery_free(ingest *in, delivery *p) {
    delivery **at = &in->open_pushes;
    while (*at != p) {
        at = &(*at)->next_open;
    }
    *at = p->next_open;
    in->pushes_open--;
    drop_body(p);
    free(p->answer);
    free(p);
}

static void answer(const ingest *in, uint64_t id, uint32_t http_status, const void *bytes,
                   size_t size, uint32_t wait_s) {
    char seconds[16];
    const kinmu_header headers[] = {{"content-type", PUSH_TYPE}, {"retry-after", seconds}};
    snprintf(seconds, sizeof seconds, "%u", wait_s);
    (void)in->routes->answer(in->host, id, http_status, headers, wait_s > 0 ? 2 : 1, bytes, size);
}

static void finish(delivery *p, uint32_t http_status, uint32_t wait_s) {
    answer(p->in, p->id, http_status, p->answer, p->answer_size, wait_s);
    delivery_free(p->in, p);
}

/* ---- taken: durable, then confirmed ---- */

/* Each answer says all of it: what was lost on the way or refused comes again by itself. */
static const char *policy_of(const ingest *in, const device_row *row) {
    char id[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
    if (row == NULL) {
        return NULL;
    }
    rows_hex(id, row->origin, ROWS_ORIGIN_SIZE);
    return fleet_policy_for(in->policy, row->group, row->name, id);
}

static void confirm(delivery *p, const char *certificate) {
    ingest *in = p->in;
    const char *policy = policy_of(in, sorted_find(&in->devices, p->key));
    p->answer_size = ANSWER_BYTES_MAX;
    if (in->fleet->confirm(in->host, &p->verdict, policy, certificate, p->answer,
                           &p->answer_size) != KINMU_OK) {
        p->answer_size = 0;
        finish(p, 503, BUSY_S);
        return;
    }
    in->metrics->add(in->host, METRIC_PUSHES, 1);
    in->metrics->add(in->host, METRIC_BLOCKS, p->verdict.blocks);
    in->metrics->add(in->host, METRIC_EVENTS, p->verdict.events);
    finish(p, 200, 0);
}

/* The new certificate rides on the confirmation; without one the next push tries again. */
static void on_renewed(ingest *in, void *user, int32_t status, const char *pem,
                       const kinmu_err *err) {
    (void)in;
    (void)err;
    confirm(user, status == KINMU_OK ? pem : NULL);
}

static void on_durable(void *user, int32_t status) { /* [turn] */
    delivery *p = user;
    ingest *in = p->in;
    const device_row *row = sorted_find(&in->devices, p->key);
    if (status != KINMU_OK) {
        p->answer_size = 0;
        finish(p, 503, BUSY_S);
    } else if (in->is_running && row != NULL && renew_is_due(in, row, p->serial)) {
        renew_device(in, p->key, on_renewed, p);
    } else {
        confirm(p, NULL);
    }
}

static void on_quarantined(ingest *in, void *user, int32_t status, const device_row *row,
                           const kinmu_err *err) {
    (void)user;
    (void)row;
    if (status != KINMU_OK) { /* its next push tries again */
        in->host->log(in->host, KINMU_LOG_ERROR, err->msg);
    }
}

static void quarantine(const delivery *p) {
    char text[640];
    snprintf(text, sizeof text, "its chain forked: %s", p->verdict.problem);
    p->in->metrics->add(p->in->host, METRIC_FORKS, 1);
    device_set_state(p->in, p->key, DEVICE_QUARANTINED, "plugin:ingest", text, on_quarantined,
                     NULL);
}

static void examine_next(ingest *in);

static void on_examined(void *user, int32_t status) { /* [turn] */
    delivery *p = user;
    ingest *in = p->in;
    in->push_jobs--;
    drop_body(p);
    if (status == KINMU_OK && p->status == KINMU_OK && p->verdict.http_status == 200) {
        if (in->fleet->when_received(in->host, p->verdict.ticket, on_durable, p) != KINMU_OK) {
            p->answer_size = 0;
            finish(p, 503, BUSY_S);
        }
    } else if (status != KINMU_OK || p->status != KINMU_OK) {
        p->answer_size = 0;
        finish(p, 503, BUSY_S);
    } else {
        in->metrics->add(in->host, METRIC_NOT_TAKEN, 1);
        in->metrics->add(in->host, METRIC_DECLINED, p->verdict.declined);
        if (p->verdict.is_fork) {
            quarantine(p);
        }
        finish(p, p->verdict.http_status, p->verdict.http_status == 503 ? AGAIN_S : 0);
    }
    examine_next(in);
}

static void examine(void *user) { /* [job] */
    delivery *p = user;
    p->answer_size = ANSWER_BYTES_MAX;
    p->verdict.struct_size = sizeof p->verdict;
    p->status = p->in->fleet->receive(p->in->host, p->key, p->body, p->size, &p->verdict, p->answer,
                                      &p->answer_size);
}

static void examine_next(ingest *in) {
    while (in->first_push != NULL && in->push_jobs < INGEST_PUSH_JOBS_MAX) {
        delivery *p = in->first_push;
        in->first_push = p->next;
        if (in->first_push == NULL) {
            in->last_push = NULL;
        }
        in->push_jobs++;
        if (in->work->submit(in->host, examine, on_examined, p) != KINMU_OK) {
            in->push_jobs--;
            p->answer_size = 0;
            finish(p, 503, BUSY_S);
        }
    }
}

/* ---- arriving ---- */

/* A sentence in the form agents read: section 5 of docs/wire.md. */
static void refuse(ingest *in, uint64_t id, uint32_t http_status, const char *text,
                   uint32_t wait_s) {
    uint8_t bytes[HEAD_SIZE + PROBLEM_BYTES_MAX] = "KNANSW1\n";
    size_t size = strnlen(text, PROBLEM_BYTES_MAX);
    bytes[8] = SECTION_PROBLEM;
    for (size_t i = 0; i < 4; i++) {
        bytes[9 + i] = (uint8_t)(size >> (8 * i));
    }
    memcpy(bytes + HEAD_SIZE, text, size);
    in->metrics->add(in->host, METRIC_NOT_TAKEN, 1);
    answer(in, id, http_status, bytes, HEAD_SIZE + size, wait_s);
}

static delivery *make(ingest *in, const exchange *e, const void *data, size_t size) {
    delivery *p = calloc(1, sizeof *p);
    uint8_t *body = malloc(size + 1);
    uint8_t *room = malloc(ANSWER_BYTES_MAX);
    if (p == NULL || body == NULL || room == NULL) {
        free(p);
        free(body);
        free(room);
        return NULL;
    }
    p->in = in;
    p->id = e->id;
    p->size = (uint32_t)size;
    p->body = body;
    p->answer = room;
    if (size > 0) { /* nothing may come as no memory */
        memcpy(p->body, data, size);
    }
    memcpy(p->key, e->key, sizeof p->key);
    memcpy(p->serial, e->serial, sizeof p->serial);
    p->next_open = in->open_pushes;
    in->open_pushes = p;
    in->pushes_open++;
    in->push_bytes += size;
    return p;
}

/* Its blocks continue each other: a second push could only wait for the first, in others' place. */
static int32_t has_open(const ingest *in, const uint8_t key[ROWS_KEY_SIZE]) {
    const delivery *p = in->open_pushes;
    while (p != NULL && memcmp(p->key, key, ROWS_KEY_SIZE) != 0) {
        p = p->next_open;
    }
    return p != NULL;
}

static int32_t is_full(const ingest *in, size_t size) {
    return in->pushes_open >= INGEST_PUSHES_MAX || in->push_bytes + size > INGEST_PUSH_BYTES_MAX;
}

/* A device of this hub's own authority that is in no record yet enrolled at another node a moment
 * ago: that is refused only once the records have had the time to get here. */
static int32_t may_be_new(ingest *in, const exchange *e) {
    stranger *s = &in->strangers[e->key[0] % INGEST_STRANGERS];
    uint64_t now_ms = ingest_mono_ms(in);
    if (s->since_ms == 0 || memcmp(s->key, e->key, sizeof s->key) != 0 ||
        now_ms - s->since_ms > STRANGER_FORGET_MS) {
        memcpy(s->key, e->key, sizeof s->key);
        s->since_ms = now_ms > 0 ? now_ms : 1;
    }
    if (now_ms - s->since_ms >= STRANGER_MS_MAX) {
        return 0;
    }
    if (now_ms - in->refreshed_ms >= INGEST_REFRESH_MS_MIN) {
        refresh_now(in, 0);
    }
    return 1;
}

void push_body(ingest *in, const exchange *e, const void *data, size_t size) {
    kinmu_err err = {"", ""};
    const device_row *row = e->has_key ? sorted_find(&in->devices, e->key) : NULL;
    if (!in->is_loaded) {
        refuse(in, e->id, 503, "the hub is starting", BUSY_S);
        return;
    }
    if (e->has_key && row == NULL && may_be_new(in, e)) {
        refuse(in, e->id, 503, "this node of the hub does not know the device yet", AGAIN_S);
        return;
    }
    if (device_may_push(row, &err) != KINMU_OK) {
        refuse(in, e->id, row != NULL && row->state == DEVICE_QUARANTINED ? 423 : 403, err.msg, 0);
        return;
    }
    const pace_limits limits = {in->config.pushes_per_minute, in->config.bytes_per_minute};
    uint32_t wait_s = pace_take(&in->pace, e->key, ingest_mono_ms(in), size, &limits);
    if (wait_s > 0) {
        in->metrics->add(in->host, METRIC_PACED, 1);
        refuse(in, e->id, 429, "this device sends too much or too often", wait_s);
        return;
    }
    if (has_open(in, e->key)) {
        refuse(in, e->id, 503, "the push before this one is still being taken", AGAIN_S);
        return;
    }
    delivery *p = is_full(in, size) ? NULL : make(in, e, data, size);
    if (p == NULL) {
        refuse(in, e->id, 503, "the hub is busy", BUSY_S);
        return;
    }
    if (in->last_push != NULL) {
        in->last_push->next = p;
    } else {
        in->first_push = p;
    }
    in->last_push = p;
    examine_next(in);
}

void push_stop(ingest *in) {
    while (in->first_push != NULL) {
        delivery *p = in->first_push;
        in->first_push = p->next;
        p->answer_size = 0;
        finish(p, 503, BUSY_S);
    }
    in->last_push = NULL;
}

void push_end(ingest *in) {
    while (in->open_pushes != NULL) {
        delivery_free(in, in->open_pushes);
    }
}
