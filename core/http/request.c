/* http/request.c - what a peer says: heads are read and judged, bodies cut out of the stream and
 * handed over. One request at a time: what is pipelined behind it stays where it is. */
#include "http/internal.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int32_t request_wants(const connection *c) {
    if (c->phase == PHASE_BODY) {
        return c->answer == ANSWER_NONE &&
               (!c->is_streamed || c->part.size < KINMU_ROUTE_PART_BYTES_MAX);
    }
    return c->phase != PHASE_WAIT && (c->phase == PHASE_LINGER || c->answer == ANSWER_NONE);
}

/* ---- head ---- */

static int32_t is_proxy(const connection *c) {
    for (uint32_t i = 0; i < c->s->proxy_count; i++) {
        if (strcmp(c->s->proxies[i], c->peer.address) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What anybody may claim is not passed on as if a proxy had said it. */
static void drop_forwarded(http_request *request, int32_t is_believed) {
    http_head *head = &request->head;
    uint32_t kept = 0;
    request->is_forwarded = is_believed;
    for (uint32_t i = 0; i < head->header_count; i++) {
        const char *name = head->headers[i].name;
        int32_t is_claim = strcmp(name, "forwarded") == 0 || strcmp(name, "x-real-ip") == 0 ||
                           strncmp(name, "x-forwarded-", 12) == 0;
        request->is_forwarded |= is_claim || strcmp(name, "via") == 0;
        if (!is_claim || is_believed) {
            head->headers[kept++] = head->headers[i];
        }
    }
    head->header_count = kept;
}

static void begin_handling(connection *c) {
    c->has_begun = 1;
    c->s->handler.begin(c->s->handler.user, c->request, c->token);
}

static void end_body(connection *c) {
    c->is_body_read = 1;
    connection_phase(c, PHASE_WAIT);
    if (!c->is_streamed) {
        begin_handling(c);
    }
}

/* The head is good: is what it asks for, too? */
static void judge(connection *c) {
    http_verdict verdict = {0};
    const http_head *head = &c->request->head;
    int32_t has_body = head->body_size != 0;
    c->keeps_alive = head->keeps_alive;
    c->is_body_read = !has_body;
    c->s->handler.judge(c->s->handler.user, c->request, &verdict);
    if (verdict.status != 0) {
        exchange_refuse(c, verdict.status, verdict.header, !has_body);
        return;
    }
    c->token = verdict.token;
    c->is_judged = 1;
    c->is_streamed = verdict.is_streamed;
    c->body_bytes_max = verdict.body_bytes_max;
    if (head->body_size > (int64_t)verdict.body_bytes_max ||
        (head->body_size < 0 && verdict.body_bytes_max == 0)) {
        exchange_refuse(c, 413, "", 0);
        return;
    }
    if (c->is_streamed) {
        begin_handling(c);
    }
    if (!has_body) {
        end_body(c);
        return;
    }
    connection_phase(c, PHASE_BODY);
    sweep_begin_body(c);
    if (head->expects_continue) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        connection_write(c, go_on, sizeof go_on - 1);
    }
}

static void refuse_head(connection *c, uint32_t status) {
    atomic_fetch_add(&c->s->figures.bad_requests, 1);
    c->keeps_alive = 0;
    exchange_refuse(c, status, "", 0);
}

static void start_request(connection *c) {
    http_server *s = c->s;
    c->request_count++;
    c->id = (++s->next_request << SERVER_SLOT_BITS) | c->slot;
    c->request->id = c->id;
    c->request->peer = &c->peer;
    atomic_fetch_add(&s->figures.requests, 1);
    if (c->valid_until_unix_s != 0 && clock_unix_ns() / CLOCK_NS_PER_S > c->valid_until_unix_s) {
        connection_drop(c); /* its certificate ran out meanwhile: prove it again */
        return;
    }
    drop_forwarded(c->request, is_proxy(c));
    judge(c);
}

static size_t take_head(connection *c, const uint8_t *data, size_t size) {
    if (c->phase == PHASE_IDLE) {
        connection_phase(c, PHASE_HEAD);
        c->scanned = 0;
    }
    int64_t found = http_find_head(data, size, &c->scanned);
    if (found == 0) {
        return 0;
    }
    if (found < 0) {
        refuse_head(c, (uint32_t)-found);
        return size;
    }
    c->scanned = 0;
    c->request = calloc(1, sizeof *c->request);
    char *copy = c->request != NULL ? malloc((size_t)found + 1) : NULL;
    if (copy == NULL) {
        connection_drop(c);
        return size;
    }
    memcpy(copy, data, (size_t)found);
    uint32_t status = http_read_head(copy, (size_t)found, &c->request->head);
    if (status != 0) {
        free(c->request);
        c->request = NULL;
        refuse_head(c, status);
        return size;
    }
    start_request(c);
    return (size_t)found;
}

/* ---- body ---- */

/* Counts what is held of bodies, in all and of this peer: one that holds much shall not be the
 * reason why others are refused. */
static int32_t hold(const connection *c, size_t size) {
    uint32_t *held_of_peer = server_held_of(c);
    if (atomic_load(&c->s->figures.bodies_bytes) + size > HTTP_BODIES_BYTES_MAX ||
        *held_of_peer + size > HTTP_PEER_BODIES_BYTES_MAX) {
        return 0;
    }
    atomic_fetch_add(&c->s->figures.bodies_bytes, size);
    *held_of_peer += (uint32_t)size;
    return 1;
}

static void let_go(const connection *c) {
    atomic_fetch_sub(&c->s->figures.bodies_bytes, c->part.size);
    *server_held_of(c) -= (uint32_t)c->part.size;
}

/* 0 when there is no room for it: answered, or dropped. Memory is taken as bytes come, not as they
 * are announced. */
static int32_t keep_body(connection *c, const uint8_t *data, size_t size) {
    c->body_bytes += size;
    c->body_window_bytes += size;
    if (c->body_bytes > c->body_bytes_max) {
        exchange_refuse(c, 413, "", 0);
        return 0;
    }
    if (buffer_reserve(&c->part, size) == NULL || !hold(c, size)) {
        exchange_refuse(c, 503, "Retry-After: 5", 0);
        return 0;
    }
    buffer_append(&c->part, data, size);
    return 1;
}

static size_t take_body(connection *c, const uint8_t *data, size_t size) {
    const uint8_t *payload = data;
    size_t payload_size = size;
    size_t used = size;
    size_t room = c->is_streamed ? KINMU_ROUTE_PART_BYTES_MAX - c->part.size : size;
    size = size < room ? size : room;
    if (c->request->head.body_size >= 0) {
        uint64_t left = (uint64_t)c->request->head.body_size - c->body_bytes;
        payload_size = used = size < left ? size : (size_t)left;
    } else {
        int64_t taken = http_chunks_take(&c->chunks, data, size, &payload, &payload_size);
        if (taken < 0) {
            refuse_head(c, 400);
            return size;
        }
        used = (size_t)taken;
    }
    if (payload_size > 0 && !keep_body(c, payload, payload_size)) {
        return used;
    }
    if (c->request->head.body_size >= 0 ? c->body_bytes == (uint64_t)c->request->head.body_size
                                        : http_chunks_done(&c->chunks)) {
        end_body(c);
    }
    return used;
}

/* Collected bodies go as one when they are whole; streamed ones part by part, the next when the
 * handler has asked for it. */
void request_give_part(connection *c) {
    int32_t is_last = c->is_body_read;
    if (!c->has_begun || c->is_last_given || c->is_part_out || c->answer != ANSWER_NONE ||
        !(is_last || (c->is_streamed && c->part.size > 0))) {
        return;
    }
    let_go(c);
    c->is_part_out = !is_last;
    c->is_last_given = is_last;
    c->part_since_ms = uv_now(&c->s->loop);
    c->since_ms = c->part_since_ms;
    c->s->handler.part(c->s->handler.user, c->id, c->token, &c->part, is_last);
    buffer_free(&c->part);
}

size_t request_take(connection *c, const uint8_t *data, size_t size) {
    switch (c->phase) {
    case PHASE_IDLE:
    case PHASE_HEAD:
        return take_head(c, data, size);
    case PHASE_BODY:
        return take_body(c, data, size);
    default:
        return size; /* lingering: nobody wants it */
    }
}

void request_end(connection *c, int32_t is_complete) {
    if (c->is_judged) {
        c->s->handler.gone(c->s->handler.user, c->id, c->token, is_complete);
    }
    let_go(c);
    buffer_wipe(&c->part);
    if (c->request != NULL) {
        http_head_free(&c->request->head);
        free(c->request);
    }
    c->request = NULL;
    c->id = 0;
    c->token = NULL;
    c->is_judged = c->has_begun = c->is_streamed = 0;
    c->is_body_read = c->is_last_given = c->is_part_out = 0;
    c->body_bytes = 0;
    c->unreported = 0;
    memset(&c->chunks, 0, sizeof c->chunks);
}
