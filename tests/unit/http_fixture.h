/* http_fixture.h - a server without plugins behind it, and a raw client that sends exactly what a
 * test says. The handler answers on the server's own thread:
 *   /echo    a collected body, sent back        /size    a streamed body: its size is answered
 *   /never   is never answered                  /hold    streamed, takes one part and no more
 *   /parts   100 parts of 1000 bytes, chunked   /flood   parts without end, as fast as they go
 *   /events  one server-sent event, then open   /short   announces 100 bytes, sends 50, ends
 */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE_ROUTES 8
#define FIXTURE_PART 1000
#define FIXTURE_REQUESTS 65536u

typedef struct fixture {
    http_server *s;
    _Atomic uint32_t begun, gone, complete, stopped, parts;
    _Atomic int64_t open; /* judged and not gone */
    _Atomic size_t unsent_max;
    size_t unsent;
    struct {
        uint64_t id;
        uintptr_t route;
        uint64_t size;
    } requests[FIXTURE_REQUESTS]; /* by id modulo; enough for a test */
} fixture;

static const char *const fixture_paths[FIXTURE_ROUTES] = {"/echo",  "/size",  "/never",  "/hold",
                                                          "/parts", "/flood", "/events", "/short"};
enum { AT_ECHO, AT_SIZE, AT_NEVER, AT_HOLD, AT_PARTS, AT_FLOOD, AT_EVENTS, AT_SHORT };

static void fixture_judge(void *user, const http_request *request, http_verdict *verdict) {
    fixture *f = user;
    uintptr_t at = 0;
    while (at < FIXTURE_ROUTES && strcmp(fixture_paths[at], request->head.path) != 0) {
        at++;
    }
    if (at == FIXTURE_ROUTES) {
        verdict->status = 404;
        return;
    }
    f->open++;
    verdict->token = (void *)(at + 1);
    verdict->is_streamed = at == AT_SIZE || at == AT_HOLD;
    verdict->body_bytes_max = verdict->is_streamed ? 1u << 30 : 1u << 20;
}

static void fixture_flood(fixture *f, uint64_t id) {
    static const char part[FIXTURE_PART] = {'x'};
    while (f->unsent < KINMU_ROUTE_UNSENT_BYTES_MAX) {
        (void)http_server_send(f->s, id, part, sizeof part);
        f->unsent += sizeof part;
    }
    f->unsent_max = f->unsent > f->unsent_max ? f->unsent : f->unsent_max;
}

static uint32_t fixture_place(uint64_t id) {
    return (uint32_t)((id >> 17) % FIXTURE_REQUESTS);
}

static void fixture_begin(void *user, http_request *request, void *token) {
    static const kinmu_header events = {"Content-Type", "text/event-stream"};
    static char part[FIXTURE_PART];
    fixture *f = user;
    memset(part, 'p', sizeof part);
    f->begun++;
    uint64_t id = request->id;
    uint32_t at = fixture_place(id);
    f->requests[at].id = id;
    f->requests[at].route = (uintptr_t)token - 1;
    f->requests[at].size = 0;
    switch ((uintptr_t)token - 1) {
    case AT_PARTS:
        (void)http_server_begin_answer(f->s, id, 200, NULL, 0, -1);
        for (int i = 0; i < 100; i++) {
            (void)http_server_send(f->s, id, part, sizeof part);
        }
        (void)http_server_end(f->s, id, 1);
        break;
    case AT_FLOOD:
        (void)http_server_begin_answer(f->s, id, 200, NULL, 0, -1);
        f->unsent = 0;
        fixture_flood(f, id);
        break;
    case AT_EVENTS:
        (void)http_server_begin_answer(f->s, id, 200, &events, 1, -1);
        (void)http_server_send(f->s, id, "data: 1\n\n", 9);
        break;
    case AT_SHORT:
        (void)http_server_begin_answer(f->s, id, 200, NULL, 0, 100);
        (void)http_server_send(f->s, id, part, 50);
        (void)http_server_end(f->s, id, 1);
        break;
    default:
        break;
    }
}

static void fixture_part(void *user, uint64_t id, void *token, buffer *data, int32_t is_last) {
    static const kinmu_header text = {"Content-Type", "text/plain; charset=utf-8"};
    fixture *f = user;
    uint32_t at = fixture_place(id);
    char size[32];
    (void)token;
    f->parts++;
    f->requests[at].size += data->size;
    if (f->requests[at].route == AT_ECHO) {
        (void)http_server_answer(f->s, id, 200, &text, 1, data->data, data->size);
    } else if (f->requests[at].route == AT_SIZE && is_last) {
        (void)snprintf(size, sizeof size, "%llu", (unsigned long long)f->requests[at].size);
        (void)http_server_answer(f->s, id, 200, &text, 1, size, strlen(size));
    } else if (f->requests[at].route == AT_SIZE) {
        (void)http_server_resume(f->s, id);
    }
}

static void fixture_drained(void *user, uint64_t id, void *token, size_t bytes) {
    fixture *f = user;
    (void)token;
    if (f->requests[fixture_place(id)].route == AT_FLOOD) {
        f->unsent -= bytes < f->unsent ? bytes : f->unsent;
        fixture_flood(f, id);
    }
}

static void fixture_gone(void *user, uint64_t id, void *token, int32_t is_complete) {
    fixture *f = user;
    (void)id;
    (void)token;
    f->open--;
    f->gone++;
    f->complete += (uint32_t)is_complete;
}

static void fixture_stopped(void *user) {
    ((fixture *)user)->stopped = 1;
}

/* ---- life ---- */

/* One plain listener; time-outs `time_scale` times shorter. */
static void fixture_open(fixture *f, uint32_t connections_max, uint32_t per_address_max,
                         uint32_t time_scale) {
    http_settings settings = {.listeners = {{"127.0.0.1:0", 1, HTTP_CLIENTS_OFF}},
                              .listener_count = 1,
                              .connections_max = connections_max,
                              .connections_per_address_max = per_address_max,
                              .time_scale = time_scale};
    const http_handler handler = {f,
                                  fixture_judge,
                                  fixture_begin,
                                  fixture_part,
                                  fixture_drained,
                                  fixture_gone,
                                  fixture_stopped};
    kinmu_err err = {{0}, {0}};
    memset(f, 0, sizeof *f);
    if (http_server_create(&settings, &handler, &f->s, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
}

static void fixture_close(fixture *f) {
    http_server_destroy(f->s);
    assert_int_equal(f->open, 0); /* every judged request was told to be over */
}

/* ---- client ---- */

static int client_open_from(const fixture *f, const char *from) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    inet_pton(AF_INET, from, &at.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    at.sin_port = htons((uint16_t)http_server_port(f->s, 0));
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static int client_open(const fixture *f) {
    return client_open_from(f, "127.0.0.1");
}

static void client_send(int fd, const char *text, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the server has hung up: what it said is read */
        }
        text += sent;
        size -= (size_t)sent;
    }
}

/* Reads until the text holds `until` (NULL = until the end) or nothing came for `wait_ms`. */
static size_t client_read(int fd, char *text, size_t size, const char *until, int wait_ms) {
    size_t got = 0;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    text[0] = '\0';
    while (got + 1 < size && poll(&ready, 1, wait_ms) > 0) {
        ssize_t more = recv(fd, text + got, size - 1 - got, 0);
        if (more <= 0) {
            break;
        }
        got += (size_t)more;
        text[got] = '\0';
        if (until != NULL && strstr(text, until) != NULL) {
            break;
        }
    }
    return got;
}

/* Sends a text on a connection of its own; the whole of what comes back until the server ends. */
static const char *client_ask(const fixture *f, const char *text) {
    static char answer[200000];
    int fd = client_open(f);
    client_send(fd, text, strlen(text));
    (void)client_read(fd, answer, sizeof answer, NULL, 5000);
    close(fd);
    return answer;
}

/* 1 when the server closes within the time. */
static int client_is_closed(int fd, int wait_ms) {
    char text[4096];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (poll(&ready, 1, wait_ms) > 0) {
        if (recv(fd, text, sizeof text, 0) <= 0) {
            return 1;
        }
    }
    return 0;
}

static void wait_until(const _Atomic uint32_t *number, uint32_t wanted) {
    for (int i = 0; *number < wanted && i < 500; i++) {
        usleep(10000);
    }
    assert_true(*number >= wanted);
}

static int starts_with(const char *text, const char *begin) {
    return strncmp(text, begin, strlen(begin)) == 0;
}

#endif
