/* http/exchange.c - answers: heads are written here and nowhere else, so that no answer lacks its
 * framing, and what a handler says too late or twice is forgotten. */
#include "http/internal.h"

#include <stdio.h>
#include <string.h>

#define EXCHANGE_JOINED_BYTES_MAX 16384u /* a head and what follows it travel as one up to here */

static void write_number(buffer *out, const char *before, uint64_t number) {
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_text(out, before);
    buffer_append(out, digits + at, sizeof digits - at);
}

/* size -1: not known. */
static void make_head(connection *c, uint32_t status, int64_t size, const buffer *lines,
                      buffer *out) {
    int32_t is_old = c->request != NULL && c->request->head.is_old;
    int32_t is_bodiless = status == 204 || status == 304;
    c->has_no_body = is_bodiless || (c->request != NULL && c->request->head.is_head);
    c->is_chunked = size < 0 && !is_old && !c->has_no_body;
    c->answer_left = size;
    c->keeps_alive =
        c->keeps_alive && c->is_body_read && !c->s->is_stopping && !(size < 0 && is_old);
    write_number(out, "HTTP/1.1 ", status);
    buffer_text(out, " ");
    buffer_text(out, http_status_text(status));
    buffer_text(out, "\r\nDate: ");
    buffer_text(out, server_date(c->s));
    buffer_text(out, "\r\n");
    if (lines != NULL) {
        buffer_append(out, lines->data, lines->size);
    }
    if (size >= 0 && !is_bodiless) {
        write_number(out, "Content-Length: ", (uint64_t)size);
        buffer_text(out, "\r\n");
    }
    if (size < 0 && !is_old && !is_bodiless) {
        buffer_text(out, "Transfer-Encoding: chunked\r\n");
    }
    if (!c->keeps_alive) {
        buffer_text(out, "Connection: close\r\n");
    }
    buffer_text(out, "X-Content-Type-Options: nosniff\r\n\r\n");
    atomic_fetch_add(&c->s->figures.answers[status / 100 < 6 ? status / 100 : 0], 1);
}

/* One write, one TLS record, where it is small. */
static void write_joined(connection *c, buffer *head, const void *data, size_t size) {
    int32_t is_joined = size <= EXCHANGE_JOINED_BYTES_MAX;
    if (is_joined) {
        buffer_append(head, data, size);
    }
    if (head->failed != KINMU_OK) {
        connection_drop(c);
    } else {
        connection_write(c, head->data, head->size);
    }
    if (!is_joined) {
        connection_write(c, data, size);
    }
    buffer_free(head);
}

void exchange_refuse(connection *c, uint32_t status, const char *header, int32_t keeps) {
    buffer lines = {0};
    buffer head = {0};
    buffer body = {0};
    if (c->answer != ANSWER_NONE) {
        connection_drop(c); /* too late to say anything */
        return;
    }
    c->keeps_alive = c->keeps_alive && keeps;
    buffer_text(&lines, "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n");
    if (header[0] != '\0') {
        buffer_printf(&lines, "%s\r\n", header);
    }
    buffer_printf(&body, "{\"type\":\"about:blank\",\"status\":%u,\"title\":\"%s\"}\n", status,
                  http_status_text(status));
    make_head(c, status, (int64_t)body.size, &lines, &head);
    write_joined(c, &head, body.data, c->has_no_body ? 0 : body.size);
    buffer_free(&lines);
    buffer_free(&body);
    c->answer = ANSWER_DONE;
}

static void answer_whole(connection *c, const command *what) {
    buffer head = {0};
    if (c->answer != ANSWER_NONE || !c->has_begun) {
        return;
    }
    make_head(c, what->status, (int64_t)what->body.size, &what->head, &head);
    write_joined(c, &head, what->body.data, c->has_no_body ? 0 : what->body.size);
    c->answer = ANSWER_DONE;
}

static void begin_parts(connection *c, const command *what) {
    buffer head = {0};
    if (c->answer == ANSWER_NONE && c->has_begun) {
        c->answer = ANSWER_PARTS;
        make_head(c, what->status, what->size, &what->head, &head);
        write_joined(c, &head, NULL, 0);
    }
}

static void send_part(connection *c, const command *what) {
    size_t size = what->body.size;
    if (c->answer != ANSWER_PARTS) {
        return;
    }
    c->unreported += size;
    if (c->answer_left >= 0 && (uint64_t)c->answer_left < size) {
        connection_drop(c); /* more than announced: the client would take it for the next answer */
        return;
    }
    c->answer_left -= c->answer_left >= 0 ? (int64_t)size : 0;
    if (c->has_no_body) {
        return;
    }
    if (!c->is_chunked) {
        connection_write(c, what->body.data, size);
        return;
    }
    buffer chunk = {0};
    char line[24];
    int length = snprintf(line, sizeof line, "%zx\r\n", size);
    buffer_append(&chunk, line, (size_t)length);
    buffer_append(&chunk, what->body.data, size);
    write_joined(c, &chunk, "\r\n", 2);
}

static void end_parts(connection *c, int32_t is_whole) {
    if (c->answer != ANSWER_PARTS) {
        return;
    }
    if (!is_whole || (c->answer_left > 0 && !c->has_no_body)) {
        connection_drop(c); /* cut off, not ended: the client sees that something is missing */
        return;
    }
    if (c->is_chunked) {
        connection_write(c, "0\r\n\r\n", 5);
    }
    c->answer = ANSWER_DONE;
}

void exchange_apply(connection *c, command *what) {
    switch (what->what) {
    case COMMAND_ANSWER:
        answer_whole(c, what);
        break;
    case COMMAND_BEGIN:
        begin_parts(c, what);
        break;
    case COMMAND_SEND:
        send_part(c, what);
        break;
    case COMMAND_END:
        end_parts(c, what->size != 0);
        break;
    default:
        c->is_part_out = 0;
        break;
    }
}
