/* http/exchange.c - answers: heads are written here and nowhere else, so that no answer lacks its
 * framing, and what a handler says too late or twice is forgotten. */
#include "http/internal.h"

#include <stdio.h>
#include <string.h>

/* size -1: not known. */
static void write_head(connection *c, uint32_t status, int64_t size, const buffer *lines) {
    buffer head = {0};
    int32_t is_old = c->request != NULL && c->request->head.is_old;
    c->has_no_body =
        status == 204 || status == 304 || (c->request != NULL && c->request->head.is_head);
    c->is_chunked = size < 0 && !is_old && !c->has_no_body;
    c->answer_left = size;
    c->keeps_alive =
        c->keeps_alive && c->is_body_read && !c->s->is_stopping && !(size < 0 && is_old);
    buffer_printf(&head, "HTTP/1.1 %u %s\r\nDate: %s\r\n", status, http_status_text(status),
                  server_date(c->s));
    if (lines != NULL) {
        buffer_append(&head, lines->data, lines->size);
    }
    if (size >= 0 && status != 204 && status != 304) {
        buffer_printf(&head, "Content-Length: %lld\r\n", (long long)size);
    }
    buffer_printf(&head, "%s%sX-Content-Type-Options: nosniff\r\n\r\n",
                  size < 0 && !is_old && status != 204 && status != 304
                      ? "Transfer-Encoding: chunked\r\n"
                      : "",
                  c->keeps_alive ? "" : "Connection: close\r\n");
    atomic_fetch_add(&c->s->figures.answers[status / 100 < 6 ? status / 100 : 0], 1);
    if (head.failed != KINMU_OK) {
        connection_drop(c);
    } else {
        connection_write(c, head.data, head.size);
    }
    buffer_free(&head);
}

void exchange_refuse(connection *c, uint32_t status, const char *header, int32_t keeps) {
    buffer lines = {0};
    buffer body = {0};
    if (c->answer != ANSWER_NONE) {
        connection_drop(c); /* too late to say anything */
        return;
    }
    c->keeps_alive = c->keeps_alive && keeps;
    buffer_text(&lines, "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n");
    if (header[0] != '\0') {
        buffer_printf(&lines, "%s\r\n", header);
    }
    buffer_printf(&body, "%u %s\n", status, http_status_text(status));
    write_head(c, status, (int64_t)body.size, &lines);
    if (!c->has_no_body) {
        connection_write(c, body.data, body.size);
    }
    buffer_free(&lines);
    buffer_free(&body);
    c->answer = ANSWER_DONE;
}

static void answer_whole(connection *c, command *what) {
    if (c->answer != ANSWER_NONE || !c->has_begun) {
        return;
    }
    write_head(c, what->status, (int64_t)what->body.size, &what->head);
    if (!c->has_no_body) {
        connection_write(c, what->body.data, what->body.size);
    }
    c->answer = ANSWER_DONE;
}

static void begin_parts(connection *c, const command *what) {
    if (c->answer == ANSWER_NONE && c->has_begun) {
        c->answer = ANSWER_PARTS;
        write_head(c, what->status, what->size, &what->head);
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
    if (c->is_chunked) {
        char line[24];
        int length = snprintf(line, sizeof line, "%zx\r\n", size);
        connection_write(c, line, (size_t)length);
    }
    connection_write(c, what->body.data, size);
    if (c->is_chunked) {
        connection_write(c, "\r\n", 2);
    }
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
