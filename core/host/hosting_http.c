/* host/hosting_http.c - http/1 towards the plugin: its open requests, the order of parts and done,
 * and that done comes once, in a turn. The transfer itself is the backend's (outgoing.c, in the
 * core or at the other end of the pipe). */
#include "host/hosting_internal.h"

#include "base/buffer.h"
#include "http/client_request.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_BYTES_MAX 65536u

struct fetch {
    struct fetch *next;
    uint64_t token;
    kinmu_http_done_fn done;
    kinmu_http_part_fn part;
    void *user;
    int32_t is_held; /* the plugin wants no parts now */
    buffer parts;    /* came meanwhile */
    int32_t has_ended;
    arena memory; /* of `response`, once it has ended behind waiting parts */
    kinmu_http_response response;
};

static hosted *of(const kinmu_host *host) {
    return (hosted *)(uintptr_t)host;
}

static const hosting_http *backend(const hosted *h) {
    return h->owner->backend.http;
}

static fetch *find(const hosted *h, uint64_t token) {
    fetch *f = h->fetches;
    while (f != NULL && f->token != token) {
        f = f->next;
    }
    return f;
}

static void drop(hosted *h, fetch *f) {
    fetch **at = &h->fetches;
    while (*at != f) {
        at = &(*at)->next;
    }
    *at = f->next;
    h->fetch_count--;
    buffer_wipe(&f->parts);
    arena_free(&f->memory);
    free(f);
}

/* ---- telling ---- */

static void tell_done(hosted *h, fetch *f, const kinmu_http_response *response) {
    kinmu_http_done_fn done = f->done;
    void *user = f->user;
    arena memory = f->memory; /* the answer may lie in it */
    memset(&f->memory, 0, sizeof f->memory);
    drop(h, f);
    uint64_t begin = hosting_turn_begin(h);
    done(user, response);
    hosting_turn_end(h, begin);
    arena_free(&memory);
}

static void tell_failure(hosted *h, fetch *f, int32_t status, const char *text) {
    const kinmu_http_response response = {
        .struct_size = (uint32_t)sizeof response, .status = status, .body = "", .text = text};
    tell_done(h, f, &response);
}

/* 1 while the fetch is still there and more may be given. */
static int32_t give(hosted *h, fetch *f, const void *data, uint32_t size) {
    uint64_t token = f->token;
    uint64_t begin = hosting_turn_begin(h);
    int32_t status = f->part(f->user, data, size);
    hosting_turn_end(h, begin);
    f = find(h, token);
    if (f == NULL) {
        return 0;
    }
    if (status != KINMU_OK && status != KINMU_E_BUSY) {
        if (!f->has_ended) {
            backend(h)->cancel(h->owner->backend.context, h, token);
        }
        tell_failure(h, f, status, "http: the plugin took no more of the answer");
        return 0;
    }
    f->is_held = status == KINMU_E_BUSY;
    if (!f->has_ended) {
        backend(h)->more(h->owner->backend.context, h, token, size);
    }
    return !f->is_held;
}

void hosted_http_part(hosted *h, uint64_t token, const void *data, uint32_t size) {
    fetch *f = find(h, token);
    if (f == NULL || f->part == NULL) {
        return;
    }
    if (f->is_held || f->parts.size > 0) {
        buffer_append(&f->parts, data, size);
    } else {
        give(h, f, data, size);
    }
}

static void keep_response(fetch *f, const kinmu_http_response *from) {
    kinmu_http_response *to = &f->response;
    kinmu_header *headers = arena_get(&f->memory, (from->header_count + 1) * sizeof *headers);
    *to = *from;
    to->headers = headers;
    to->header_count = headers != NULL ? from->header_count : 0;
    for (uint32_t i = 0; i < to->header_count; i++) {
        headers[i].name =
            arena_text(&f->memory, from->headers[i].name, strlen(from->headers[i].name));
        headers[i].value =
            arena_text(&f->memory, from->headers[i].value, strlen(from->headers[i].value));
        if (headers[i].name == NULL || headers[i].value == NULL) {
            to->header_count = i;
        }
    }
    to->body = arena_text(&f->memory, from->body, from->body_size);
    to->text = arena_text(&f->memory, from->text, strlen(from->text));
    if (to->body == NULL || to->text == NULL) {
        *to = (kinmu_http_response){.struct_size = from->struct_size,
                                    .status = KINMU_E_NOMEM,
                                    .body = "",
                                    .text = "http: out of memory"};
    }
}

void hosted_http_done(hosted *h, uint64_t token, const kinmu_http_response *response) {
    fetch *f = find(h, token);
    if (f == NULL || f->has_ended) {
        return;
    }
    if (f->parts.failed != KINMU_OK) {
        tell_failure(h, f, KINMU_E_NOMEM, "http: out of memory");
    } else if (f->is_held || f->parts.size > 0) {
        keep_response(f, response);
        f->has_ended = 1;
    } else {
        tell_done(h, f, response);
    }
}

/* ---- later ---- */

static void give_waiting(hosted *h, uint64_t token) {
    fetch *f = find(h, token);
    while (f != NULL && f->parts.size > 0 && !f->is_held) {
        buffer waiting = f->parts;
        memset(&f->parts, 0, sizeof f->parts);
        size_t given = 0;
        int32_t goes_on = 1;
        while (goes_on && given < waiting.size) {
            size_t size = waiting.size - given;
            size = size < SLICE_BYTES_MAX ? size : SLICE_BYTES_MAX;
            goes_on = give(h, f, waiting.data + given, (uint32_t)size);
            given += size;
        }
        f = find(h, token);
        if (f != NULL && given < waiting.size) {
            buffer_append(&f->parts, waiting.data + given, waiting.size - given);
        }
        buffer_wipe(&waiting);
    }
}

static fetch *find_waiting(const hosted *h) {
    fetch *f = h->fetches;
    while (f != NULL && (f->is_held || (f->parts.size == 0 && !f->has_ended))) {
        f = f->next;
    }
    return f;
}

void hosting_http_pump(hosted *h) {
    fetch *f;
    while ((f = find_waiting(h)) != NULL) { /* from the start: a plugin may cancel any of them */
        if (f->parts.size > 0) {
            give_waiting(h, f->token);
        } else {
            const kinmu_http_response response = f->response;
            tell_done(h, f, &response);
        }
    }
}

void hosting_http_stop(hosted *h) {
    h->may_fetch = 0;
    while (h->fetches != NULL) {
        fetch *f = h->fetches;
        if (!f->has_ended) {
            backend(h)->cancel(h->owner->backend.context, h, f->token);
        }
        tell_failure(h, f, KINMU_E_STATE, "http: given up, because the plugin stops");
    }
}

/* ---- the plugin's table ---- */

/* A host without a way out still answers, later, as a network that is down. */
static int32_t answer_without_network(hosted *h, fetch *f) {
    f->has_ended = 1;
    f->response = (kinmu_http_response){.struct_size = (uint32_t)sizeof f->response,
                                        .status = KINMU_E_RETRY,
                                        .body = "",
                                        .text = "http: this host has no network"};
    uv_async_send(&h->owner->later);
    return KINMU_OK;
}

static int32_t http_send(const kinmu_host *host, const kinmu_http_request *given,
                         kinmu_http_done_fn done, void *user, uint64_t *id) {
    hosted *h = of(host);
    kinmu_http_request request = {0};
    if (!hosting_on_turn(h) || done == NULL || !h->may_fetch) {
        return KINMU_E_STATE;
    }
    if (given == NULL) {
        return KINMU_E_REJECT;
    }
    memcpy(&request, given,
           given->struct_size < sizeof request ? given->struct_size : sizeof request);
    if (!http_request_fits(&request)) {
        return KINMU_E_REJECT;
    }
    if (h->fetch_count >= KINMU_HTTP_OPEN_MAX) {
        return KINMU_E_BUSY;
    }
    fetch *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return KINMU_E_NOMEM;
    }
    f->token = ++h->next_id;
    f->done = done;
    f->part = request.part;
    f->user = user;
    f->next = h->fetches;
    h->fetches = f;
    h->fetch_count++;
    int32_t status = backend(h) == NULL
                         ? answer_without_network(h, f)
                         : backend(h)->send(h->owner->backend.context, h, f->token, &request);
    if (status != KINMU_OK) {
        drop(h, f);
    } else if (id != NULL) {
        *id = f->token;
    }
    return status;
}

static void http_cancel(const kinmu_host *host, uint64_t id) {
    hosted *h = of(host);
    fetch *f = hosting_on_turn(h) ? find(h, id) : NULL;
    if (f != NULL && !f->has_ended) {
        backend(h)->cancel(h->owner->backend.context, h, id);
    }
    if (f != NULL) {
        drop(h, f);
    }
}

static void http_resume(const kinmu_host *host, uint64_t id) {
    hosted *h = of(host);
    fetch *f = hosting_on_turn(h) ? find(h, id) : NULL;
    if (f != NULL && f->is_held) {
        f->is_held = 0;
        uv_async_send(&h->owner->later);
    }
}

const kinmu_http hosting_http_table = {sizeof(kinmu_http), 0, http_send, http_cancel, http_resume};
