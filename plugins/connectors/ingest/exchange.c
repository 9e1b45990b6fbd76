/* ingest/exchange.c - requests of agents by routes/1: which there are, and their JSON answers. */
#include "ingest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENROLL_BYTES_MAX 8192u
#define PUSH_BYTES_MAX KINMU_ROUTE_BODY_BYTES_MAX

typedef struct handled_route {
    kinmu_route route;
    void (*body)(ingest *in, const exchange *e, const void *data, size_t size);
} handled_route;

static const handled_route handled[] = {
    {{"POST", "/v1/enroll", 0, ENROLL_BYTES_MAX}, enroll_body},
    {{"POST", "/v1/renew", KINMU_ROUTE_DEVICE, 0}, renew_body},
    {{"POST", "/v1/push", KINMU_ROUTE_DEVICE, PUSH_BYTES_MAX}, push_body},
    {{"GET", "/v1/anchor", 0, 0}, NULL},
};
#define ROUTES (sizeof handled / sizeof handled[0])

static exchange *find(const ingest *in, uint64_t id) {
    exchange *e = in->exchanges;
    while (e != NULL && e->id != id) {
        e = e->next;
    }
    return e;
}

/* The certificate agents trust this hub by. It is no secret and proves nothing by itself: an agent
 * compares its key with the one its token pins. */
static void answer_anchor(ingest *in, uint64_t id) {
    static const kinmu_header type = {"content-type", "application/x-pem-file"};
    if (!in->has_identity) {
        kinmu_err err;
        ingest_fail(&err, KINMU_E_RETRY, "hub.missing",
                    "this hub's own files are not in order; its kinmu status says what");
        exchange_refuse(in, id, 503, &err, 0);
        return;
    }
    (void)in->routes->answer(in->host, id, 200, &type, 1, in->identity.anchor,
                             strlen(in->identity.anchor));
}

static void begin(void *user, const kinmu_request *request) {
    ingest *in = user;
    exchange *e = calloc(1, sizeof *e);
    if (e == NULL || request->route >= ROUTES) {
        free(e);
        exchange_answer(in, request->id, 503, "{}");
        return;
    }
    e->id = request->id;
    e->route = request->route;
    snprintf(e->address, sizeof e->address, "%s", request->address);
    if (request->peer_key_size == ROWS_KEY_SIZE) {
        memcpy(e->key, request->peer_key, ROWS_KEY_SIZE);
        e->has_key = 1;
        snprintf(e->serial, sizeof e->serial, "%s", request->peer_serial);
    }
    e->next = in->exchanges;
    in->exchanges = e;
    if (handled[e->route].body == NULL) {
        answer_anchor(in, e->id);
    }
}

static void part(void *user, uint64_t id, const void *data, size_t size, int32_t is_last) {
    ingest *in = user;
    const exchange *e = find(in, id);
    (void)is_last; /* bodies come whole */
    if (e != NULL && handled[e->route].body != NULL) {
        handled[e->route].body(in, e, data, size);
    }
}

static void gone(void *user, uint64_t id, int32_t is_complete) {
    ingest *in = user;
    (void)is_complete;
    for (exchange **at = &in->exchanges; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == id) {
            exchange *e = *at;
            *at = e->next;
            free(e);
            return;
        }
    }
}

int32_t exchange_serve(ingest *in, kinmu_err *err) {
    static const kinmu_route_handler handler = {sizeof handler, 0, begin, part, gone, NULL};
    kinmu_route routes[ROUTES];
    for (size_t i = 0; i < ROUTES; i++) {
        routes[i] = handled[i].route;
    }
    int32_t status = in->routes->serve(in->host, routes, ROUTES, &handler, in);
    return status == KINMU_OK ? KINMU_OK
                              : ingest_fail(err, status, "ingest.routes",
                                            "the host does not take the routes (%d)", status);
}

void exchange_free_all(ingest *in) {
    while (in->exchanges != NULL) {
        exchange *e = in->exchanges;
        in->exchanges = e->next;
        free(e);
    }
}

/* ---- answers ---- */

static void answer(ingest *in, uint64_t id, uint32_t http_status, const char *json,
                   uint32_t wait_s) {
    char seconds[16];
    const kinmu_header headers[] = {{"content-type", "application/json"}, {"retry-after", seconds}};
    snprintf(seconds, sizeof seconds, "%u", wait_s);
    (void)in->routes->answer(in->host, id, http_status, headers, wait_s > 0 ? 2 : 1, json,
                             strlen(json));
}

void exchange_answer(ingest *in, uint64_t id, uint32_t http_status, const char *json) {
    answer(in, id, http_status, json, 0);
}

void exchange_refuse(ingest *in, uint64_t id, uint32_t http_status, const kinmu_err *err,
                     uint32_t wait_s) {
    json_t *said = json_pack("{s:s, s:s}", "error", err->key, "message", err->msg);
    char *json = said != NULL ? json_dumps(said, JSON_COMPACT) : NULL;
    answer(in, id, http_status, json != NULL ? json : "{}", wait_s);
    free(json);
    json_decref(said);
}

uint32_t exchange_status(int32_t status) {
    return status == KINMU_E_REJECT                            ? 400
           : status == KINMU_E_DENIED                          ? 403
           : status == KINMU_E_NOTFOUND                        ? 403
           : status == KINMU_E_CONFLICT                        ? 409
           : status == KINMU_E_BUSY || status == KINMU_E_RETRY ? 503
           : status == KINMU_E_STATE                           ? 503
                                                               : 500;
}
