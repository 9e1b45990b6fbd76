/* probe_routes.c - routes/1: what serve refuses, and routes the script asks afterwards. What a
 * request does is answered to the script or noted for /notes, which it asks last. */
#include "probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PARTS_BYTES ((uint64_t)4 << 20)

enum { HELLO, ECHO, COUNT, PARTS, FILES, DEVICE, BROKEN, LIMITS, NOTES };

static const kinmu_route routes[] = {
    [HELLO] = {"GET", "/hello", 0, 0},
    [ECHO] = {"POST", "/echo", 0, KINMU_ROUTE_BODY_BYTES_MAX},
    [COUNT] = {"POST", "/count", KINMU_ROUTE_STREAM, KINMU_ROUTE_STREAM_BYTES_MAX},
    [PARTS] = {"GET", "/parts", 0, 0},
    [FILES] = {"GET", "/files/", 0, 0},
    [DEVICE] = {"GET", "/device", KINMU_ROUTE_DEVICE, 0},
    [BROKEN] = {"GET", "/broken", 0, 0},
    [LIMITS] = {"GET", "/limits", 0, 0},
    [NOTES] = {"GET", "/notes", 0, 0},
};
#define ROUTE_COUNT (sizeof routes / sizeof routes[0])

static const kinmu_header text_type = {"Content-Type", "text/plain; charset=utf-8"};

static void note(probe *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(probe *p, const char *format, ...) {
    char *notes = p->requests.notes;
    size_t used = strlen(notes);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(notes + used, sizeof p->requests.notes - used, format, arguments);
    va_end(arguments);
}

static void answer_text(probe *p, uint64_t id, const char *text) {
    int32_t status = p->routes->answer(p->host, id, 200, &text_type, 1, text, strlen(text));
    if (status != KINMU_OK) {
        note(p, "answer: %s\n", probe_status(status));
    }
}

static const char *header(const kinmu_request *request, const char *name) {
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return "-";
}

static void say_hello(probe *p, const kinmu_request *request) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "%s %s?%s from %s, x-test \"%s\", x-forwarded-for \"%s\", key %u, serial "
                   "\"%s\", body %lld\n",
                   request->method, request->path, request->query, request->address,
                   header(request, "x-test"), header(request, "x-forwarded-for"),
                   request->peer_key_size, request->peer_serial, (long long)request->body_size);
    answer_text(p, request->id, text);
}

/* As much as is taken; the rest in writable. */
static void send_parts(probe *p, uint64_t id) {
    static char part[KINMU_ROUTE_PART_BYTES_MAX];
    memset(part, 'p', sizeof part);
    while (p->requests.left > 0) {
        int32_t status = p->routes->send(p->host, id, part, sizeof part);
        if (status != KINMU_OK) {
            p->requests.waits += status == KINMU_E_BUSY;
            return;
        }
        p->requests.left -= sizeof part;
    }
    note(p, "end: %s, had to wait %d\n", probe_status(p->routes->end(p->host, id, 1)),
         p->requests.waits > 0);
}

static void break_off(probe *p, uint64_t id) {
    note(p, "begin_answer: %s\n",
         probe_status(p->routes->begin_answer(p->host, id, 200, NULL, 0, 10)));
    note(p, "send: %s\n", probe_status(p->routes->send(p->host, id, "12345", 5)));
    note(p, "end too early: %s\n", probe_status(p->routes->end(p->host, id, 1)));
}

static void try_limits(probe *p, uint64_t id) {
    static const kinmu_header split = {"X-Split", "a\r\nSet-Cookie: b"};
    static const kinmu_header own = {"Content-Length", "5"};
    static char large[KINMU_ROUTE_ANSWER_BYTES_MAX + 1];
    const kinmu_routes *r = p->routes;
    note(p, "answer of no request: %s\n",
         probe_status(r->answer(p->host, 99, 200, NULL, 0, NULL, 0)));
    note(p, "resume of no request: %s\n", probe_status(r->resume(p->host, 99)));
    note(p, "send before begin_answer: %s\n", probe_status(r->send(p->host, id, "x", 1)));
    note(p, "status 99: %s\n", probe_status(r->answer(p->host, id, 99, NULL, 0, NULL, 0)));
    note(p, "a split header: %s\n", probe_status(r->answer(p->host, id, 200, &split, 1, NULL, 0)));
    note(p, "the host's header: %s\n", probe_status(r->answer(p->host, id, 200, &own, 1, NULL, 0)));
    note(p, "too large: %s\n",
         probe_status(r->answer(p->host, id, 200, NULL, 0, large, sizeof large)));
    answer_text(p, id, "limits\n");
    note(p, "a second answer: %s\n", probe_status(r->answer(p->host, id, 200, NULL, 0, NULL, 0)));
}

static void begin(void *user, const kinmu_request *request) {
    probe *p = user;
    switch (request->route) {
    case HELLO:
    case FILES:
    case DEVICE:
        say_hello(p, request);
        break;
    case COUNT:
        p->requests.counted = 0;
        p->requests.parts = 0;
        break;
    case PARTS:
        p->requests.left = strcmp(request->query, "endless") == 0 ? UINT64_MAX : PARTS_BYTES;
        (void)p->routes->begin_answer(p->host, request->id, 200, &text_type, 1, -1);
        send_parts(p, request->id);
        break;
    case BROKEN:
        break_off(p, request->id);
        break;
    case LIMITS:
        try_limits(p, request->id);
        break;
    case NOTES:
        note(p, "complete %u, not %u\n", p->requests.complete, p->requests.incomplete);
        answer_text(p, request->id, p->requests.notes);
        break;
    default:
        break;
    }
}

static void go_on(void *user) {
    probe *p = user;
    (void)p->routes->resume(p->host, p->requests.paused);
}

static void part(void *user, uint64_t id, const void *data, size_t size, int32_t is_last) {
    probe *p = user;
    char text[128];
    if (!is_last) {
        p->requests.counted += size;
        p->requests.parts++;
        p->requests.paused = id;
        (void)p->timer->start(p->host, 1, 0, go_on, p, NULL);
    } else if (p->requests.parts > 0) {
        p->requests.counted += size;
        (void)snprintf(text, sizeof text, "counted %llu, in parts %d\n",
                       (unsigned long long)p->requests.counted, p->requests.parts > 4);
        p->requests.parts = 0;
        answer_text(p, id, text);
    } else {
        (void)p->routes->answer(p->host, id, 200, &text_type, 1, data, size);
    }
}

static void gone(void *user, uint64_t id, int32_t is_complete) {
    probe *p = user;
    (void)id;
    p->requests.complete += is_complete != 0;
    p->requests.incomplete += is_complete == 0;
}

static void writable(void *user, uint64_t id) {
    send_parts(user, id);
}

static const kinmu_route_handler handler = {sizeof handler, 0, begin, part, gone, writable};

static void refuse(probe *p, const char *what, const kinmu_route *table, uint32_t count,
                   const kinmu_route_handler *by) {
    probe_note(p, "serve %s: %s", what,
               probe_status(p->routes->serve(p->host, table, count, by, p)));
}

static void refuse_one(probe *p, const char *method, const char *path, uint32_t flags,
                       uint32_t body_max) {
    char what[128];
    const kinmu_route route = {method, path, flags, body_max};
    (void)snprintf(what, sizeof what, "%s %s, flags %u, body %u", method, path, flags, body_max);
    refuse(p, what, &route, 1, &handler);
}

void probe_routes(probe *p) {
    static const kinmu_route twice[] = {{"GET", "/a", 0, 0}, {"GET", "/a", 0, 0}};
    static const kinmu_route_handler deaf = {sizeof deaf, 0, begin, NULL, NULL, NULL};
    refuse(p, "nothing", routes, 0, &handler);
    refuse(p, "without a handler", routes, ROUTE_COUNT, NULL);
    refuse(p, "bodies to nobody", routes, ROUTE_COUNT, &deaf);
    refuse(p, "the same twice", twice, 2, &handler);
    refuse_one(p, "BREW", "/a", 0, 0);
    refuse_one(p, "GET", "a", 0, 0);
    refuse_one(p, "GET", "/a//b", 0, 0);
    refuse_one(p, "GET", "/a/../b", 0, 0);
    refuse_one(p, "GET", "/a%20b", 0, 0);
    refuse_one(p, "GET", "/a", 64, 0);
    refuse_one(p, "POST", "/a", 0, KINMU_ROUTE_BODY_BYTES_MAX + 1);
    refuse_one(p, "POST", "/a", KINMU_ROUTE_STREAM, KINMU_ROUTE_STREAM_BYTES_MAX + 1);
    refuse(p, "what the script asks for", routes, ROUTE_COUNT, &handler);
    probe_next(p);
}
