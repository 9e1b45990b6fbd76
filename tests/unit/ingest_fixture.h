/* ingest_fixture.h - a hub in memory: the built ingest plugin on the testkit, with routes/1 and
 * fleet/1 played by the test (real certificates, of an authority made here) and a store that holds
 * what was decided. Several hubs on one store are a cluster. */
#ifndef INGEST_FIXTURE_H
#define INGEST_FIXTURE_H

#include "base/buffer.h"
#include "base/text.h"
#include "journal/device.h"
#include "trust/certificate.h"
#include "trust/token.h"

#include <kinmu/events/fleet.h>
#include <kinmu/iface/fleet.h>
#include <kinmu/iface/routes.h>
#include <kinmu/testkit.h>

#define PLUGIN KINMU_BUILD_DIR "/plugins/connectors/ingest.so"
#define ANSWERS_MAX 4096u
#define BODY_SIZE 8192u

typedef struct answer {
    uint32_t status; /* 0 = none yet */
    char body[BODY_SIZE];
    char retry_after[16];
} answer;

typedef struct hub {
    testkit *kit;
    kinmu_route_handler handler;
    void *user;
    kinmu_route routes[16];
    uint32_t route_count;
    uint64_t next_id;
    answer answers[ANSWERS_MAX]; /* by id, round and round */
    uint32_t mirrored;           /* events that are rows already */
    uint32_t issued;
    char newest[TRUST_SERIAL_SIZE]; /* serial of the certificate issued last */
    const char *shown; /* what the next request's client certificate has; NULL = newest */
    int64_t head_lag;  /* decisions of others this hub's head does not show yet */
} hub;

static hub *the_hub; /* whose turn it is: the tables carry no user */
static trust_authority *authority;
static buffer authority_pem, authority_key;
static uint8_t authority_pin[CRYPTO_HASH_SIZE];

/* ---- routes/1 ---- */

static inline int32_t fake_serve(const kinmu_host *host, const kinmu_route *routes, uint32_t count,
                                 const kinmu_route_handler *handler, void *user) {
    (void)host;
    memcpy(the_hub->routes, routes, count * sizeof *routes);
    the_hub->route_count = count;
    the_hub->handler = *handler;
    the_hub->user = user;
    return KINMU_OK;
}

static inline int32_t fake_answer(const kinmu_host *host, uint64_t id, uint32_t status,
                                  const kinmu_header *headers, uint32_t count, const void *body,
                                  size_t size) {
    answer *a = &the_hub->answers[id % ANSWERS_MAX];
    (void)host;
    if (a->status != 0 || size >= BODY_SIZE) {
        abort(); /* answered twice */
    }
    a->status = status;
    memcpy(a->body, body, size);
    a->body[size] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(headers[i].name, "retry-after") == 0) {
            snprintf(a->retry_after, sizeof a->retry_after, "%s", headers[i].value);
        }
    }
    return KINMU_OK;
}

/* ---- fleet/1 ---- */

static inline int32_t fake_identity(const kinmu_host *host, kinmu_fleet_identity *out,
                                    kinmu_err *err) {
    (void)host;
    (void)err;
    memset(out->public_key, 0xab, sizeof out->public_key);
    memset(out->box_public, 0xcd, sizeof out->box_public);
    memcpy(out->anchor, authority_pem.data, authority_pem.size);
    return KINMU_OK;
}

static inline int32_t fake_make_token(const kinmu_host *host, char *text, uint8_t sha256[32],
                                      kinmu_err *err) {
    trust_token token;
    (void)host;
    (void)err;
    trust_token_make(authority_pin, &token);
    trust_token_text(&token, text);
    return trust_token_hash(&token, sha256);
}

static inline int32_t fake_hash_token(const kinmu_host *host, const char *text, uint8_t sha256[32],
                                      kinmu_err *err) {
    trust_token token;
    (void)host;
    int32_t status = trust_token_parse(text, &token, err);
    return status == KINMU_OK ? trust_token_hash(&token, sha256) : status;
}

static inline int32_t fake_check(const kinmu_host *host, const char *pem, uint32_t size,
                                 uint8_t public_key[32], uint8_t origin[16], kinmu_err *err) {
    (void)host;
    int32_t status = trust_check_request(pem, size, public_key, err);
    return status == KINMU_OK ? device_origin(public_key, origin) : status;
}

static inline int32_t fake_issue(const kinmu_host *host, const uint8_t public_key[32],
                                 int64_t life_ms, kinmu_fleet_certificate *out, kinmu_err *err) {
    const testkit *kit = (const testkit *)(const void *)host;
    buffer pem = {0};
    trust_facts facts;
    int32_t status = trust_make_client(authority, public_key, kit->clock.unix_ns, life_ms * 1000000,
                                       &pem, &facts, err);
    the_hub->issued++;
    snprintf(the_hub->newest, sizeof the_hub->newest, "%s", facts.serial);
    out->expires_ns = facts.to_ns;
    memcpy(out->pem, pem.data, pem.size);
    out->pem[pem.size] = '\0';
    snprintf(out->serial, sizeof out->serial, "%s", facts.serial);
    buffer_free(&pem);
    return status;
}

/* ---- bus/1 with a head that lags, as on a node of a cluster ---- */

static inline uint64_t lagging_head(const kinmu_host *host) {
    return tk_head(host) - (uint64_t)the_hub->head_lag;
}

static inline const void *fake_iface(const kinmu_host *host, const char *name) {
    static const kinmu_routes routes = {
        .struct_size = sizeof routes, .serve = fake_serve, .answer = fake_answer};
    static const kinmu_fleet fleet = {.struct_size = sizeof fleet,
                                      .identity = fake_identity,
                                      .make_token = fake_make_token,
                                      .hash_token = fake_hash_token,
                                      .check_request = fake_check,
                                      .issue = fake_issue};
    static const kinmu_bus bus = {
        sizeof bus,   0,        tk_publish, tk_durable, tk_when_durable, lagging_head,
        tk_append_if, tk_derive};
    return strcmp(name, KINMU_ROUTES_1) == 0  ? (const void *)&routes
           : strcmp(name, KINMU_FLEET_1) == 0 ? (const void *)&fleet
           : strcmp(name, KINMU_BUS_1) == 0   ? (const void *)&bus
                                              : tk_iface(host, name);
}

/* ---- the hub ---- */

/* What was decided becomes rows of the store; a newer version of a row stands behind the older. */
static inline void settle(hub *h) {
    the_hub = h;
    for (uint32_t before = UINT32_MAX; before != h->mirrored;) {
        before = h->mirrored;
        testkit_settle(h->kit);
        while (h->mirrored < h->kit->event_count) {
            const kinmu_event *e = testkit_event(h->kit, h->mirrored++);
            const char *schema = e->schema == 0 ? "kinmu.fleet.device/1" : "kinmu.fleet.invite/1";
            testkit_add_row(h->kit, testkit_make(h->kit, schema, 1, "", e->values, e->value_count));
        }
    }
}

static inline hub *hub_new(const char *const *options) {
    hub *h = calloc(1, sizeof *h);
    the_hub = h;
    h->kit = testkit_new("ingest");
    h->kit->host.iface = fake_iface;
    assert_int_equal(testkit_load(h->kit, PLUGIN, "ingest"), KINMU_OK);
    assert_int_equal(testkit_create(h->kit, options), KINMU_OK);
    assert_int_equal(testkit_start(h->kit), KINMU_OK);
    settle(h);
    return h;
}

static inline void hub_free(hub *h) {
    the_hub = h;
    assert_string_equal(h->kit->problem, "");
    testkit_free(h->kit);
    free(h);
}

/* ---- agents ---- */

typedef struct agent {
    uint8_t seed[CRYPTO_SEED_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    char origin[33];
    char csr[2048]; /* as JSON text */
    const char *name;
} agent;

static inline agent agent_new(const char *name) {
    agent a = {.name = name};
    uint8_t origin[16];
    buffer pem = {0}, json = {0};
    crypto_random(a.seed, sizeof a.seed);
    crypto_public(a.seed, a.public_key);
    device_origin(a.public_key, origin);
    text_hex(a.origin, origin, sizeof origin);
    assert_int_equal(trust_make_request(a.seed, &pem, NULL), KINMU_OK);
    text_json(&json, (const char *)pem.data, pem.size);
    snprintf(a.csr, sizeof a.csr, "%s", buffer_string(&json));
    buffer_free(&pem);
    buffer_free(&json);
    return a;
}

/* Sends a request and does not wait; the number of its answer. */
static inline uint64_t send_to(hub *h, const char *path, const char *body, const char *address,
                               const uint8_t *key) {
    kinmu_request request = {.struct_size = sizeof request,
                             .id = ++h->next_id,
                             .method = "POST",
                             .path = path,
                             .query = "",
                             .address = address,
                             .peer_key = key,
                             .peer_key_size = key != NULL ? 32 : 0,
                             .peer_serial = h->shown != NULL ? h->shown : h->newest,
                             .body_size = (int64_t)strlen(body)};
    the_hub = h;
    while (request.route < h->route_count && strcmp(h->routes[request.route].path, path) != 0) {
        request.route++;
    }
    assert_true(request.route < h->route_count);
    memset(&h->answers[request.id % ANSWERS_MAX], 0, sizeof h->answers[0]);
    h->handler.begin(h->user, &request);
    if (h->answers[request.id % ANSWERS_MAX].status == 0) {
        h->handler.part(h->user, request.id, body, strlen(body), 1);
    }
    return request.id;
}

/* The answer; the exchange is over then. */
static inline const answer *answer_of(hub *h, uint64_t id) {
    const answer *a = &h->answers[id % ANSWERS_MAX];
    the_hub = h;
    if (a->status != 0) {
        h->handler.gone(h->user, id, 1);
    }
    return a;
}

static inline const answer *ask(hub *h, const char *path, const char *body, const char *address,
                                const uint8_t *key) {
    uint64_t id = send_to(h, path, body, address, key);
    settle(h);
    return answer_of(h, id);
}

static inline void enrol_body(char *body, const agent *a, const char *token) {
    snprintf(body, BODY_SIZE, "{\"token\":\"%s\",\"csr\":%s,\"name\":\"%s\",\"version\":\"0.1.0\"}",
             token, a->csr, a->name);
}

static inline const answer *enrol(hub *h, const agent *a, const char *token, const char *address) {
    char body[BODY_SIZE];
    enrol_body(body, a, token);
    return ask(h, "/v1/enroll", body, address, NULL);
}

static inline void expect_answer(const answer *a, uint32_t status, const char *text) {
    if (a->status != status || strstr(a->body, text) == NULL) {
        fail_msg("expected %u with \"%s\", got %u %s", status, text, a->status, a->body);
    }
}

/* ---- people ---- */

static inline const char *invite(hub *h, int64_t uses, int64_t valid_s, const char *group) {
    static char token[KINMU_FLEET_TOKEN_SIZE];
    const kinmu_value values[] = {kinmu_i64(uses), kinmu_i64(valid_s), kinmu_text(group)};
    the_hub = h;
    assert_int_equal(testkit_call(h->kit, "invite", values, 3), KINMU_OK);
    snprintf(token, sizeof token, "%.*s", (int)h->kit->reply.values[0].size,
             h->kit->reply.values[0].as.text);
    settle(h);
    return token;
}

static inline int32_t command(hub *h, const char *name, const char *one, const char *two) {
    const kinmu_value values[] = {kinmu_text(one), kinmu_text(two)};
    the_hub = h;
    int32_t status = testkit_call(h->kit, name, values, one[0] == '\0' ? 0 : two[0] ? 2 : 1);
    settle(h);
    return status;
}

/* The text a list command answers. */
static inline const char *list_of(hub *h, const char *name) {
    static char text[65536];
    assert_int_equal(command(h, name, "", ""), KINMU_OK);
    snprintf(text, sizeof text, "%.*s", (int)h->kit->reply.values[0].size,
             h->kit->reply.values[0].as.text);
    return text;
}

static inline int make_authority(void **state) {
    trust_facts facts;
    (void)state;
    if (trust_authority_make("Test", TESTKIT_START_UNIX_NS, &authority_pem, &authority_key, NULL) !=
            KINMU_OK ||
        trust_authority_open(authority_pem.data, authority_pem.size, authority_key.data,
                             authority_key.size, TESTKIT_START_UNIX_NS, &authority,
                             NULL) != KINMU_OK ||
        trust_read(authority_pem.data, authority_pem.size, &facts, NULL) != KINMU_OK) {
        return 1;
    }
    memcpy(authority_pin, facts.pin, sizeof authority_pin);
    return 0;
}

static inline int free_authority(void **state) {
    (void)state;
    trust_authority_close(authority);
    buffer_free(&authority_pem);
    buffer_wipe(&authority_key);
    return 0;
}

#endif
