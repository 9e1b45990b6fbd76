/* http/sweep.c - time: every quarter of a second each connection is held against the limit of its
 * phase. One timer for all, because ten thousand timers that never fire cost more than this look.
 */
#include "http/internal.h"

void sweep_begin_body(connection *c) {
    c->body_window_ms = uv_now(&c->s->loop);
    c->body_window_bytes = 0;
}

void sweep_begin_write(connection *c) {
    c->write_window_ms = uv_now(&c->s->loop);
    c->write_window_queue = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
}

static int32_t is_over(const connection *c, uint64_t since_ms, uint64_t limit_ms) {
    return (uv_now(&c->s->loop) - since_ms) * c->s->time_scale > limit_ms;
}

/* 1 when the peer took or sent too little in its window. */
static int32_t is_slow_reader(connection *c) {
    if (!c->is_writing || !is_over(c, c->write_window_ms, HTTP_WINDOW_MS)) {
        return 0;
    }
    size_t queue = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    int32_t is_slow = queue + HTTP_WINDOW_BYTES_MIN > c->write_window_queue;
    sweep_begin_write(c);
    return is_slow;
}

static int32_t is_slow_sender(connection *c) {
    if (!request_wants(c)) {
        sweep_begin_body(c); /* it is we who do not read */
        return 0;
    }
    if (!is_over(c, c->body_window_ms, HTTP_WINDOW_MS)) {
        return 0;
    }
    int32_t is_slow = c->body_window_bytes < HTTP_WINDOW_BYTES_MIN;
    sweep_begin_body(c);
    return is_slow;
}

static void time_out(connection *c, uint32_t status) {
    atomic_fetch_add(&c->s->figures.timeouts, 1);
    if (status == 0) {
        connection_drop(c);
        return;
    }
    exchange_refuse(c, status, "", 0);
    connection_continue(c);
}

static void check_body(connection *c) {
    if (c->is_part_out && c->answer == ANSWER_NONE &&
        is_over(c, c->part_since_ms, HTTP_ANSWER_MS_MAX)) {
        atomic_fetch_add(&c->s->figures.unanswered, 1);
        time_out(c, 504);
    } else if (c->answer == ANSWER_NONE && is_slow_sender(c)) {
        time_out(c, 408);
    }
}

static void check_phase(connection *c) {
    switch (c->phase) {
    case PHASE_HANDSHAKE:
        if (is_over(c, c->since_ms, HTTP_HANDSHAKE_MS_MAX)) {
            time_out(c, 0);
        }
        break;
    case PHASE_IDLE:
        if (is_over(c, c->since_ms, c->request_count > 0 ? HTTP_IDLE_MS_MAX : HTTP_HEAD_MS_MAX)) {
            connection_drop(c);
        }
        break;
    case PHASE_HEAD:
        if (c->answer == ANSWER_NONE && is_over(c, c->since_ms, HTTP_HEAD_MS_MAX)) {
            time_out(c, 408);
        }
        break;
    case PHASE_BODY:
        check_body(c);
        break;
    case PHASE_WAIT:
        if (c->answer == ANSWER_NONE && is_over(c, c->since_ms, HTTP_ANSWER_MS_MAX)) {
            atomic_fetch_add(&c->s->figures.unanswered, 1);
            time_out(c, 504);
        }
        break;
    default:
        if (is_over(c, c->since_ms, HTTP_LINGER_MS_MAX)) {
            connection_drop(c);
        }
        break;
    }
}

/* A stopping server waits for answers, not for streams that have no end. */
static int32_t must_go(const connection *c) {
    const http_server *s = c->s;
    uint64_t now = uv_now(&s->loop);
    int32_t is_endless = c->answer == ANSWER_PARTS && c->answer_left < 0;
    return s->is_stopping &&
           (now >= s->stop_deadline_ms || (is_endless && now - s->stop_ms >= SERVER_ENDLESS_MS));
}

void sweep_on_timer(uv_timer_t *timer) {
    http_server *s = timer->data;
    for (uint32_t slot = 0; slot < s->connections_max; slot++) {
        connection *c = s->slots[slot];
        if (c == NULL || c->is_closing) {
            continue;
        }
        if (must_go(c)) {
            connection_drop(c);
        } else if (is_slow_reader(c)) {
            time_out(c, 0);
        } else {
            check_phase(c);
        }
    }
    server_run_commands(s);
}

/* A second stop may shorten the first one's grace. */
void sweep_stop(http_server *s, uint64_t grace_ms) {
    for (uint32_t i = 0; i < s->listener_count && !s->is_stopping; i++) {
        uv_close((uv_handle_t *)&s->listeners[i].tcp, NULL);
    }
    s->is_stopping = 1;
    s->stop_ms = uv_now(&s->loop);
    s->stop_deadline_ms = s->stop_ms + grace_ms;
    for (uint32_t slot = 0; slot < s->connections_max; slot++) {
        connection *c = s->slots[slot];
        if (c != NULL && (c->phase <= PHASE_HEAD || grace_ms == 0)) {
            connection_drop(c);
        }
    }
}
