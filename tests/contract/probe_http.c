/* probe_http.c - http/1: what is refused, answers whole and in parts, secrets, limits, giving up.
 * One exchange after the other; the server is tests/http/peer.py. */
#include "probe.h"

#include <stdio.h>
#include <string.h>

#define BULK 600000u
#define HOLD_EVERY 4u

static char address[512];

static const char *at(const probe *p, const char *path) {
    (void)snprintf(address, sizeof address, "%s%s", p->config.server, path);
    return address;
}

static kinmu_http_request get(const probe *p, const char *path) {
    kinmu_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.url = at(p, path);
    return request;
}

static void send_next(probe *p);

static void on_done(void *user, const kinmu_http_response *r) {
    probe *p = user;
    const char *manners = kinmu_http_value(r, "x-manners");
    if (p->is_calling) {
        probe_note(p, "done does not wait for a later turn");
    }
    probe_note(p, "done: %s, code %u, sent %u times, a reason %d, manners \"%s\"",
               probe_status(r->status), r->code, r->attempts, r->text[0] != '\0',
               manners != NULL ? manners : "");
    if (r->body_size > 0 && r->body_size < 20) {
        probe_note(p, "body \"%.*s\"", (int)r->body_size, (const char *)r->body);
    }
    if (r->body_size >= 20) {
        probe_note(p, "the secret arrives %d",
                   strstr(r->body, "Authorization: Bearer open sesame 1\n") != NULL);
    }
    if (p->received > 0) {
        probe_note(p, "parts hold %u bytes", p->received);
        p->received = 0;
    }
    send_next(p);
}

/* ---- parts ---- */

static void on_rested(void *user) {
    probe *p = user;
    p->is_resting = 0;
    p->http->resume(p->host, p->request_id);
}

static int32_t on_part(void *user, const void *data, uint32_t size) {
    probe *p = user;
    const uint8_t *bytes = data;
    if (p->is_resting) {
        probe_note(p, "a part came before resume");
    }
    for (uint32_t i = 0; i < size; i++) {
        uint32_t place = p->received + i;
        if (bytes[i] != place % 251) { /* the server counts so */
            probe_note(p, "byte %u is wrong", place);
            return KINMU_E_CONFLICT;
        }
    }
    p->received += size;
    if (++p->done % HOLD_EVERY != 0) {
        return KINMU_OK;
    }
    p->is_resting = 1;
    (void)p->timer->start(p->host, 5, 0, on_rested, p, NULL);
    return KINMU_E_BUSY;
}

static int32_t on_unwanted(void *user, const void *data, uint32_t size) {
    (void)user;
    (void)data;
    (void)size;
    return KINMU_E_CONFLICT;
}

/* ---- limits ---- */

static void never(void *user, const kinmu_http_response *r) {
    (void)r;
    probe_note(user, "a cancelled request is answered");
}

static void ask_for_many(probe *p) {
    kinmu_http_request request = get(p, "/slow?s=1");
    uint64_t ids[KINMU_HTTP_OPEN_MAX];
    uint32_t count = 0;
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && count <= KINMU_HTTP_OPEN_MAX) {
        uint64_t id = 0;
        status = p->http->send(p->host, &request, never, p, &id);
        if (status == KINMU_OK) {
            ids[count++] = id;
        }
    }
    probe_note(p, "requests at once: %u, then %s", count, probe_status(status));
    while (count > 0) {
        p->http->cancel(p->host, ids[--count]);
    }
    p->http->cancel(p->host, ids[0]);
    p->http->resume(p->host, ids[0]);
}

static void note_refusals(probe *p) {
    kinmu_http_request request = get(p, "/hello");
    probe_note(p, "send without done: %s",
               probe_status(p->http->send(p->host, &request, NULL, p, NULL)));
    probe_note(p, "send nothing: %s", probe_status(p->http->send(p->host, NULL, never, p, NULL)));
    request.url = NULL;
    probe_note(p, "send nowhere: %s",
               probe_status(p->http->send(p->host, &request, never, p, NULL)));
    request = get(p, "/hello");
    request.body_size = KINMU_HTTP_BODY_BYTES_MAX + 1;
    request.body = "";
    probe_note(p, "send too much: %s",
               probe_status(p->http->send(p->host, &request, never, p, NULL)));
    ask_for_many(p);
}

/* ---- one after the other ---- */

static const kinmu_header two_lines = {"X-One", "1\r\nX-Two: 2"};

static const char *fill(const probe *p, uint32_t which, kinmu_http_request *r) {
    switch (which) {
    case 0:
        *r = get(p, "/hello");
        return "get";
    case 1:
        *r = get(p, "/nothing");
        return "get what is not there";
    case 2:
        *r = get(p, "/hello");
        r->url = "ftp://127.0.0.1/";
        return "another protocol";
    case 3:
        *r = get(p, "/hello");
        r->headers = &two_lines;
        r->header_count = 1;
        return "a header of two lines";
    case 4:
        *r = get(p, "/echo");
        r->secret = p->config.secret;
        r->secret_scheme = "Bearer";
        return "its secret";
    case 5:
        *r = get(p, "/echo");
        r->secret = "csv:password";
        return "another's secret";
    case 6:
        *r = get(p, "/hello");
        r->url = "https://127.0.0.1:1/";
        r->trust = KINMU_HTTP_TRUST_DEVICE;
        return "as the device";
    case 7:
        *r = get(p, "/hello");
        r->url = "https://127.0.0.1:1/";
        r->trust = KINMU_HTTP_TRUST_SYSTEM;
        return "where nobody listens";
    case 8:
        *r = get(p, "/big?n=5000");
        r->answer_bytes_max = 4999;
        return "more than allowed";
    case 9:
        *r = get(p, "/stream?n=600000");
        r->part = on_part;
        r->answer_bytes_max = BULK;
        return "in parts";
    case 10:
        *r = get(p, "/stream?n=600000");
        r->part = on_unwanted;
        r->answer_bytes_max = BULK;
        return "parts nobody wants";
    case 11:
        *r = get(p, "/fail?code=503&after=0");
        r->retries_max = 1;
        return "again";
    default:
        return NULL;
    }
}

static void send_next(probe *p) {
    kinmu_http_request request;
    const char *what = fill(p, p->count++, &request);
    if (what == NULL) {
        probe_next(p);
        return;
    }
    char path[64];
    if (strcmp(what, "again") == 0) { /* the server remembers: each run has a name of its own */
        kinmu_clock clock;
        p->timer->now(p->host, &clock);
        (void)snprintf(path, sizeof path, "/fail?code=503&after=0&id=%lld",
                       (long long)clock.unix_ns);
        request.url = at(p, path);
    }
    probe_note(p, "-- %s", what);
    p->is_calling = 1;
    int32_t status = p->http->send(p->host, &request, on_done, p, &p->request_id);
    p->is_calling = 0;
    if (status != KINMU_OK) {
        probe_note(p, "send: %s", probe_status(status));
        send_next(p);
    }
}

void probe_http(probe *p) {
    note_refusals(p);
    send_next(p);
}
