/* http/connection.c - one peer: bytes in, deciphered, given to request.c; bytes out, enciphered,
 * given to the system. Reading stops where nobody wants the bytes, so that the peer is slowed by
 * its own window and nothing piles up here. */
#include "http/internal.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTION_KEEPALIVE_S 60u

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece);

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle) {
    connection *c = handle->data;
    buffer_free(&c->out);
    buffer_free(&c->writing);
    buffer_wipe(&c->held);
    buffer_wipe(&c->input);
    tls_free(c->tls);
    server_forget(c);
    free(c);
}

void connection_drop(connection *c) {
    if (!c->is_closing) {
        c->is_closing = 1;
        request_end(c, 0);
        server_wait_in(c, NULL);
        uv_close((uv_handle_t *)&c->tcp, on_closed);
    }
}

/* ---- out ---- */

void connection_write(connection *c, const void *data, size_t size) {
    if (size == 0 || c->is_closing) {
        return;
    }
    int32_t status = KINMU_OK;
    if (c->tls != NULL) {
        status = tls_write(c->tls, data, size);
    } else {
        buffer_append(&c->out, data, size);
    }
    if (status != KINMU_OK || c->out.failed != KINMU_OK) {
        connection_drop(c);
    }
}

static void on_written(uv_write_t *request, int status) {
    connection *c = request->data;
    c->is_writing = 0;
    buffer_free(&c->writing);
    if (status != 0) {
        connection_drop(c);
    } else if (!c->is_closing) {
        connection_continue(c);
        server_run_commands(c->s);
    }
}

/* What the system does not take at once is its own business until on_written. */
static void write_rest(connection *c, size_t taken) {
    c->writing = c->out;
    memset(&c->out, 0, sizeof c->out);
    uv_buf_t rest =
        uv_buf_init((char *)c->writing.data + taken, (unsigned)(c->writing.size - taken));
    c->write.data = c;
    c->is_writing = 1;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &rest, 1, on_written) != 0) {
        c->is_writing = 0;
        connection_drop(c);
        return;
    }
    sweep_begin_write(c);
}

/* 1 when all that was to be sent is with the system. */
static int32_t flush(connection *c) {
    if (c->is_closing || c->is_writing) {
        return 0;
    }
    if (c->out.size > 0) {
        uv_buf_t all = uv_buf_init((char *)c->out.data, (unsigned)c->out.size);
        int result = uv_try_write((uv_stream_t *)&c->tcp, &all, 1);
        if (result < 0 && result != UV_EAGAIN) {
            connection_drop(c);
            return 0;
        }
        size_t taken = result > 0 ? (size_t)result : 0;
        atomic_fetch_add(&c->s->figures.bytes_out, c->out.size);
        if (taken < c->out.size) {
            write_rest(c, taken);
            return 0;
        }
        buffer_clear(&c->out);
    }
    if (c->unreported > 0 && c->id != 0) {
        size_t bytes = c->unreported;
        c->unreported = 0;
        c->s->handler.drained(c->s->handler.user, c->id, c->token, bytes);
    }
    return 1;
}

static void on_shut(uv_shutdown_t *request, int status) {
    (void)request;
    (void)status; /* the peer's end, or the lingering time, closes it */
}

static void begin_linger(connection *c) {
    connection_phase(c, PHASE_LINGER);
    if (c->tls != NULL) {
        tls_end(c->tls);
        (void)flush(c);
    }
    if (!c->is_closing && uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shut) != 0) {
        connection_drop(c);
    }
}

/* An answered request makes room for the next one. 1 when there is one to look for. */
static int32_t next_request(connection *c) {
    if (c->is_closing || c->answer != ANSWER_DONE || c->phase == PHASE_LINGER) {
        return 0;
    }
    int32_t keeps = c->keeps_alive && c->is_body_read && !c->s->is_stopping;
    request_end(c, 1);
    c->answer = ANSWER_NONE;
    if (!keeps) {
        begin_linger(c);
        return 0;
    }
    buffer_free(&c->out);
    connection_phase(c, PHASE_IDLE);
    return 1;
}

/* ---- in ---- */

static int32_t shake_hands(connection *c) {
    tls_give(c->tls, c->in, c->in_size);
    int32_t status = tls_handshake(c->tls);
    c->in += c->in_size - tls_left(c->tls);
    c->in_size = tls_left(c->tls);
    if (status == KINMU_E_RETRY) {
        return 0;
    }
    if (status == KINMU_OK) {
        status = tls_peer(c->tls, &c->peer, &c->valid_until_unix_s);
    }
    /* A resumed session may come from a listener that asked for less. */
    if (status == KINMU_OK && c->peer.key_size == 0 &&
        c->s->listeners[c->listener].clients == HTTP_CLIENTS_REQUIRED) {
        status = KINMU_E_DENIED;
    }
    if (status != KINMU_OK) {
        atomic_fetch_add(&c->s->figures.handshakes_failed, 1);
        (void)flush(c); /* the alert that says why */
        connection_drop(c);
        return 0;
    }
    atomic_fetch_add(&c->s->figures.handshakes, 1);
    atomic_fetch_add(&c->s->figures.resumed, (uint64_t)tls_was_resumed(c->tls));
    connection_phase(c, PHASE_IDLE);
    return 1;
}

/* Deciphers the next bytes into the server's scratch. <=0: no more now, or closed. */
static int32_t decipher(connection *c, const uint8_t **data) {
    if (c->tls == NULL) {
        int32_t size = (int32_t)c->in_size;
        *data = c->in;
        c->in_size = 0;
        return size;
    }
    tls_give(c->tls, c->in, c->in_size);
    int32_t size = tls_read(c->tls, c->s->plain, sizeof c->s->plain);
    c->in += c->in_size - tls_left(c->tls);
    c->in_size = tls_left(c->tls);
    *data = c->s->plain;
    if (size < 0) {
        connection_drop(c);
    }
    return size;
}

/* Gives bytes to the request as long as it wants them; the rest waits in c->input. How many were
 * used. */
static size_t consume(connection *c, const uint8_t *data, size_t size) {
    int32_t is_input = c->input.size > 0;
    if (is_input) {
        buffer_append(&c->input, data, size);
        data = c->input.data;
        size = c->input.size;
    }
    size_t used = 0;
    while (used < size && !c->is_closing && request_wants(c)) {
        size_t step = request_take(c, data + used, size - used);
        if (step == 0) {
            break;
        }
        used += step;
    }
    if (c->is_closing) {
        return used;
    }
    if (!is_input) {
        buffer_append(&c->input, data + used, size - used);
    } else if (used < size) {
        memmove(c->input.data, c->input.data + used, size - used);
        c->input.size -= used;
    } else {
        buffer_free(&c->input);
    }
    if (c->input.failed != KINMU_OK) {
        connection_drop(c);
    }
    return used;
}

static void pump(connection *c) {
    while (!c->is_closing && request_wants(c)) {
        if (c->phase == PHASE_HANDSHAKE) {
            if (!shake_hands(c)) {
                return;
            }
            continue;
        }
        if (c->input.size > 0 && consume(c, NULL, 0) > 0) {
            continue;
        }
        const uint8_t *data;
        int32_t size = decipher(c, &data);
        if (size <= 0 || c->is_closing) {
            return;
        }
        (void)consume(c, data, (size_t)size);
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    connection *c = handle->data;
    (void)suggested;
    *piece = uv_buf_init((char *)c->s->cipher, sizeof c->s->cipher);
}

/* Reads on while a little may be held, so that a peer that hangs up is noticed. */
static void set_reading(connection *c) {
    int32_t wanted = request_wants(c) || c->held.size < CONNECTION_HELD_BYTES_MAX;
    if (c->is_closing || wanted == c->is_reading) {
        return;
    }
    c->is_reading = wanted;
    if (wanted) {
        uv_read_start((uv_stream_t *)&c->tcp, allocate, on_read);
    } else {
        uv_read_stop((uv_stream_t *)&c->tcp);
    }
}

static void keep_rest(connection *c, int32_t is_held) {
    size_t rest = c->in_size;
    if (!is_held) {
        buffer_append(&c->held, c->in, rest);
    } else if (rest > 0) {
        memmove(c->held.data, c->held.data + c->held.size - rest, rest);
        c->held.size = rest;
    } else {
        buffer_free(&c->held);
    }
    c->in_size = 0;
    if (c->held.failed != KINMU_OK) {
        connection_drop(c);
    }
}

static void feed(connection *c, const uint8_t *data, size_t size) {
    int32_t is_held = c->held.size > 0;
    if (is_held) {
        buffer_append(&c->held, data, size);
        data = c->held.data;
        size = c->held.size;
    }
    c->in = data;
    c->in_size = size;
    do {
        pump(c);
        if (!c->is_closing) {
            request_give_part(c);
        }
    } while (flush(c) && next_request(c));
    if (!c->is_closing) {
        keep_rest(c, is_held);
        set_reading(c);
    }
}

void connection_continue(connection *c) {
    if (!c->is_closing) {
        feed(c, NULL, 0);
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    connection *c = stream->data;
    http_server *s = c->s;
    if (size < 0) {
        connection_drop(c);
    } else if (size > 0 && !c->is_closing) {
        atomic_fetch_add(&s->figures.bytes_in, (uint64_t)size);
        feed(c, (const uint8_t *)piece->base, (size_t)size);
    }
    server_run_commands(s);
}

/* ---- opening ---- */

/* What a connection waits in tells who goes first when room is needed. */
void connection_phase(connection *c, int32_t phase) {
    c->phase = phase;
    c->since_ms = uv_now(&c->s->loop);
    server_wait_in(c, phase == PHASE_HANDSHAKE || phase == PHASE_HEAD ? &c->s->half_open
                      : phase == PHASE_IDLE
                          ? (c->request_count > 0 ? &c->s->idle : &c->s->half_open)
                          : NULL);
}

void connection_open(http_server *s, const listener *from, uv_stream_t *server) {
    connection *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return; /* the next one may find memory; this one stays in the system's queue */
    }
    c->s = s;
    c->listener = from->index;
    c->slot = UINT32_MAX;
    uv_tcp_init(&s->loop, &c->tcp);
    c->tcp.data = c;
    s->connection_count++;
    atomic_fetch_add(&s->figures.connections, 1);
    if (uv_accept(server, (uv_stream_t *)&c->tcp) != 0 || !server_admit(c)) {
        connection_drop(c);
        return;
    }
    if (!from->is_plain) {
        c->tls = tls_create(s->tls, from->clients, &c->out);
        if (c->tls == NULL) {
            connection_drop(c);
            return;
        }
    }
    uv_tcp_nodelay(&c->tcp, 1);
    uv_tcp_keepalive(&c->tcp, 1, CONNECTION_KEEPALIVE_S);
    connection_phase(c, c->tls != NULL ? PHASE_HANDSHAKE : PHASE_IDLE);
    set_reading(c);
}
