/* simulate/enroll.c - before a run: the hub's anchor, proved by the token, then a certificate for
 * every agent that has none. A few connections without certificates do it, one agent after another.
 */
#include "simulate/member.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "trust/certificate.h"
#include "trust/token.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLERKS_MAX 8u
#define TRIES_MAX 20u
#define RETRY_MS 500u
#define SAY_EVERY 1000u

typedef struct clerk {
    struct office *office;
    peer *peer;
    uv_timer_t timer;
    uint32_t tries; /* of this one, in a row */
    member *member;
} clerk;

typedef struct office {
    run *r;
    clerk clerks[CLERKS_MAX];
    uint32_t count, next, busy, done;
    peer_kit *peers;
} office;

static void serve(office *o, clerk *c);

/* ---- what is sent ---- */

static int32_t write_request(const clerk *c, buffer *out, kinmu_err *err) {
    buffer csr = {0};
    char name[64];
    int32_t status = trust_make_request(c->member->a.seed, &csr, err);
    if (status == KINMU_OK) {
        snprintf(name, sizeof name, "PC-%05u", c->member->a.index + 1);
        buffer_text(out, "{\"token\":");
        text_json(out, c->office->r->settings->token, strlen(c->office->r->settings->token));
        buffer_text(out, ",\"csr\":");
        text_json(out, (const char *)csr.data, csr.size);
        buffer_text(out, ",\"name\":");
        text_json(out, name, strlen(name));
        buffer_text(out, ",\"version\":");
        text_json(out, c->office->r->settings->version, strlen(c->office->r->settings->version));
        buffer_text(out, "}");
        status = out->failed;
    }
    buffer_free(&csr);
    return status;
}

/* ---- what comes back: JSON, which YAML reads too ---- */

static const char *value_of(const config_node *map, const char *key) {
    for (uint32_t i = 0; map->type == CONFIG_MAP && i + 1 < map->child_count; i += 2) {
        if (strcmp(map->children[i]->text, key) == 0) {
            return map->children[i + 1]->text;
        }
    }
    return "";
}

static int32_t keep_certificate(agent *a, const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    unsigned char *der = NULL;
    int size = certificate != NULL ? i2d_X509(certificate, &der) : 0;
    int32_t status = size > 0 ? agent_keep_certificate(a, der, (uint32_t)size) : KINMU_E_REJECT;
    OPENSSL_free(der);
    X509_free(certificate);
    BIO_free(bio);
    return status;
}

static int32_t read_answer(clerk *c, const peer_answer *answer, kinmu_err *err) {
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    agent_kit *kit = &c->office->r->kit;
    int32_t status =
        config_parse("answer", (const char *)answer->body, answer->size, &root, &memory, &problems);
    if (status == KINMU_OK &&
        (text_unhex(kit->hub_key, CRYPTO_PUBLIC_SIZE, value_of(root, "public_key")) != KINMU_OK ||
         text_unhex(kit->hub_box, CRYPTO_PUBLIC_SIZE, value_of(root, "box_public")) != KINMU_OK)) {
        status = KINMU_E_REJECT;
    }
    if (status == KINMU_OK) {
        status = keep_certificate(&c->member->a, value_of(root, "certificate"));
    }
    config_problems_free(&problems);
    config_memory_free(memory);
    return status == KINMU_OK ? KINMU_OK
                              : error_set(err, KINMU_E_REJECT, "simulate.enroll",
                                          "the hub's answer to an enrolment cannot be read");
}

/* ---- the clerks ---- */

static void open_office(office *o) {
    for (clerk *c = o->clerks; c < o->clerks + o->count; c++) {
        c->office = o;
        uv_timer_init(&o->r->loop, &c->timer);
        c->timer.data = c;
    }
}

static void close_office(office *o) {
    for (uint32_t i = 0; i < o->count; i++) {
        clerk *c = &o->clerks[i];
        peer_close(c->peer);
        c->peer = NULL;
        uv_timer_stop(&c->timer);
    }
    uv_stop(&o->r->loop);
}

static void fail(clerk *c, int32_t status, const kinmu_err *err) {
    run_fail(c->office->r, status, err);
    close_office(c->office);
}

static void on_retry(uv_timer_t *timer) {
    clerk *c = timer->data;
    serve(c->office, c);
}

static void try_again(clerk *c, uint32_t wait_s, const char *why) {
    kinmu_err err = {"", ""};
    if (++c->tries > TRIES_MAX) {
        fail(c, error_set(&err, KINMU_E_RETRY, "simulate.enroll", "enrolling: %s", why), &err);
        return;
    }
    uv_timer_start(&c->timer, on_retry, wait_s > 0 ? wait_s * 1000 : RETRY_MS, 0);
}

static void on_answer(void *user, const peer_answer *answer) {
    clerk *c = user;
    office *o = c->office;
    kinmu_err err = {"", ""};
    if (answer->status == 429 || answer->status == 503) {
        try_again(c, answer->retry_after_s, "the hub stays busy");
        return;
    }
    int32_t status =
        answer->status == 200
            ? read_answer(c, answer, &err)
            : error_set(&err, KINMU_E_DENIED, "simulate.enroll", "the hub refuses (%u): %.*s",
                        answer->status, (int)(answer->size < 300 ? answer->size : 300),
                        (const char *)answer->body);
    if (status != KINMU_OK) {
        fail(c, status, &err);
        return;
    }
    c->member = NULL;
    c->tries = 0;
    o->r->report->enrolled++;
    if (++o->done % SAY_EVERY == 0) {
        run_say(o->r, "enrolled %u agents", o->done);
    }
    serve(o, c);
}

static void on_ready(void *user) {
    clerk *c = user;
    kinmu_err err = {"", ""};
    buffer body = {0};
    int32_t status = write_request(c, &body, &err);
    if (status == KINMU_OK) {
        status = peer_send(c->peer, "POST", "/ingest/v1/enroll", "application/json", body.data,
                           body.size, 0);
    }
    buffer_free(&body);
    if (status != KINMU_OK) {
        fail(c, status, &err);
    }
}

static void on_lost(void *user) {
    clerk *c = user;
    c->peer = NULL;
    if (c->member != NULL) {
        try_again(c, 0, "the hub cannot be reached");
    }
}

static const peer_handler handler = {on_ready, on_answer, on_lost};

/* The next agent without a certificate, or the end of the day. */
static void serve(office *o, clerk *c) {
    static const peer_owner nobody = {NULL, NULL, 0, NULL};
    run *r = o->r;
    while (c->member == NULL && o->next < r->count) {
        member *m = &r->members[o->next++];
        c->member = m->a.certificate == NULL ? m : NULL;
    }
    if (c->member == NULL) {
        if (--o->busy == 0) {
            close_office(o);
        }
    } else if (c->peer != NULL) {
        on_ready(c);
    } else if (peer_open(r->peers, (uint32_t)(c - o->clerks), &nobody, &handler, c, &c->peer) !=
               KINMU_OK) {
        try_again(c, 0, "no connection can be opened");
    }
}

static uint32_t missing(const run *r) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        count += r->members[i].a.certificate == NULL;
    }
    return count;
}

int32_t enroll_all(run *r, kinmu_err *err) {
    office o = {.r = r};
    uint32_t wanted = missing(r);
    uint64_t began_ns = clock_mono_ns();
    if (wanted == 0) {
        return KINMU_OK;
    }
    if (r->settings->token == NULL) {
        return error_set(err, KINMU_E_REJECT, "simulate.token",
                         "%u agents have to enrol; give a --token of kinmu hub invite --uses %u",
                         wanted, wanted);
    }
    o.count = wanted < CLERKS_MAX ? wanted : CLERKS_MAX;
    o.busy = o.count;
    open_office(&o);
    for (clerk *c = o.clerks; c < o.clerks + o.count && r->status == KINMU_OK; c++) {
        serve(&o, c);
    }
    uv_run(&r->loop, UV_RUN_DEFAULT);
    for (uint32_t i = 0; i < o.count; i++) {
        uv_close((uv_handle_t *)&o.clerks[i].timer, NULL);
    }
    run_settle(r);
    r->report->enrol_seconds = (double)(clock_mono_ns() - began_ns) / CLOCK_NS_PER_S;
    if (r->status != KINMU_OK) {
        *err = r->err;
    }
    return r->status;
}

/* ---- the hub itself ---- */

typedef struct meeting {
    run *r;
    peer *peer;
    int32_t is_there;
} meeting;

static void meet_ready(void *user) {
    meeting *m = user;
    (void)peer_send(m->peer, "GET", "/ingest/v1/anchor", NULL, NULL, 0, 0);
}

static void meet_answer(void *user, const peer_answer *answer) {
    meeting *m = user;
    m->is_there = answer->status == 200;
    buffer_append(&m->r->anchor, answer->body, answer->size);
    uv_stop(&m->r->loop);
}

static void meet_lost(void *user) {
    meeting *m = user;
    m->peer = NULL;
    uv_stop(&m->r->loop);
}

static int32_t prove_anchor(const run *r, kinmu_err *err) {
    trust_token token;
    trust_facts facts;
    int32_t status = trust_token_parse(r->settings->token, &token, err);
    if (status == KINMU_OK) {
        status = trust_read(r->anchor.data, r->anchor.size, &facts, err);
    }
    if (status == KINMU_OK && !trust_token_pins(&token, facts.pin)) {
        status = error_set(err, KINMU_E_DENIED, "simulate.pin",
                           "this hub is not the one the token was made for");
    }
    crypto_wipe(&token, sizeof token);
    return status;
}

int32_t enroll_meet(run *r, kinmu_err *err) {
    static const peer_handler meet = {meet_ready, meet_answer, meet_lost};
    static const peer_owner nobody = {NULL, NULL, 0, NULL};
    meeting m = {.r = r};
    peer_kit *anybody = NULL;
    if (r->settings->token == NULL) {
        return error_set(err, KINMU_E_REJECT, "simulate.token", "give a --token: kinmu hub invite");
    }
    int32_t status = peer_kit_create(&r->loop, r->settings->hubs, r->settings->hub_count, NULL, 0,
                                     &anybody, err);
    if (status == KINMU_OK && peer_open(anybody, 0, &nobody, &meet, &m, &m.peer) == KINMU_OK) {
        uv_run(&r->loop, UV_RUN_DEFAULT);
        peer_close(m.peer);
        run_settle(r);
    }
    if (status == KINMU_OK) {
        status = m.is_there ? prove_anchor(r, err)
                            : error_set(err, KINMU_E_RETRY, "simulate.hub",
                                        "no hub answers at \"%s\"", r->settings->hubs[0]);
    }
    peer_kit_destroy(anybody);
    return status;
}
