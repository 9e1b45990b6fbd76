/* api/answers/download.c - a file on its way to a client: exporter `jobs`, or connector `people` of
 * master data, reads it piece by piece, each piece goes out in parts, and the next one is read when
 * the client has taken it. So a download holds one piece, however large the file and however slow
 * the client.
 *
 * Who gets it is written down before its first byte leaves. A file that is replaced, or removed, on
 * the way breaks the connection off, so that nobody takes half of it for the whole. */
#include "api.h"
#include "wire/attachment.h"
#include "caller.h"

#include <kinmu/events/audit.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECE_BYTES 262144u

enum { OUT_DATA, OUT_BYTES, OUT_STAMP, OUTPUTS, OUT_NAME = OUTPUTS }; /* of the command */

struct download {
    const char *id;     /* which file, for the audit and the ETag */
    const char *name;   /* what to call it */
    const char *absent; /* the problem when there is none */
    uint32_t more;      /* values that the command takes behind the size */
    const char *stamp;  /* of the file as it was when this began */
    uint64_t bytes;
    uint64_t at, to; /* where the next byte comes from, and where the last one was */
    uint8_t *piece;
    uint32_t size, sent;
    int32_t is_waiting; /* for the client */
    int32_t is_counted; /* among those on their way */
};

static void ask(exchange *x, uint32_t size, kinmu_answer_fn then) {
    const download *d = x->download;
    kinmu_value values[4 + DOWNLOAD_MORE_MAX] = {x->values[0], x->values[1],
                                                 kinmu_i64((int64_t)d->at), kinmu_i64(size)};
    for (uint32_t i = 0; i < d->more; i++) {
        values[4 + i] = x->values[2 + i];
    }
    run_send(x, values, 4 + d->more, then);
}

/* Whether it is the file it was. */
static int32_t is_same(const download *d, const kinmu_value *stamp) {
    return stamp->size == strlen(d->stamp) && memcmp(stamp->as.text, d->stamp, stamp->size) == 0;
}

/* ---- the body ---- */

static void end(exchange *x, int32_t is_whole) {
    const api *a = x->owner;
    x->is_busy = 0;
    if (x->id == 0) {
        exchange_drop(x);
    } else { /* freed by gone */
        (void)a->routes->end(a->host, x->id, is_whole);
    }
}

static void on_piece(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text);

/* Sends what is there, then has the next piece read; waits when the client does not take it. */
static void go_on(exchange *x) {
    const api *a = x->owner;
    download *d = x->download;
    while (x->id != 0 && d->sent < d->size) {
        uint32_t left = d->size - d->sent;
        uint32_t part = left < KINMU_ROUTE_PART_BYTES_MAX ? left : KINMU_ROUTE_PART_BYTES_MAX;
        int32_t status = a->routes->send(a->host, x->id, d->piece + d->sent, part);
        if (status == KINMU_E_BUSY) {
            d->is_waiting = 1;
            x->is_busy = 0;
            return;
        }
        if (status != KINMU_OK) {
            end(x, 0);
            return;
        }
        d->sent += part;
        d->at += part;
    }
    if (x->id == 0 || d->at == d->to) {
        end(x, 1);
    } else {
        uint64_t left = d->to - d->at;
        ask(x, left < PIECE_BYTES ? (uint32_t)left : PIECE_BYTES, on_piece);
    }
}

static void on_piece(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text) {
    exchange *x = user;
    download *d = x->download;
    (void)text;
    if (!exchange_is_alive(x)) {
        return;
    }
    int32_t is_good = status == KINMU_OK && count >= OUTPUTS && is_same(d, &values[OUT_STAMP]);
    d->size = is_good ? values[OUT_DATA].size : 0;
    d->sent = 0;
    if (d->size == 0 || d->size > PIECE_BYTES || d->size > d->to - d->at) {
        end(x, 0);
        return;
    }
    memcpy(d->piece, values[OUT_DATA].as.bytes, d->size);
    go_on(x);
}

void download_writable(exchange *x) {
    if (x->download != NULL && x->download->is_waiting) {
        x->download->is_waiting = 0;
        x->is_busy = 1;
        go_on(x);
    }
}

/* ---- the head ---- */

/* Who took which file, in the audit. 0: it could not be told, and is answered. */
static int32_t tell(exchange *x) {
    const api *a = x->owner;
    const download *d = x->download;
    const char *object = memory_print(&x->memory, "%s.%s", x->instance, x->command);
    const char *after = memory_print(&x->memory, "{\"bytes\":%" PRIu64 "}", d->to - d->at);
    kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    values[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text(caller_name(x->caller.name));
    values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("export");
    values[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text("done");
    values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(object != NULL ? object : "");
    values[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(d->id);
    values[KINMU_AUDIT_CHANGE_AFTER] = kinmu_text(after != NULL ? after : "");
    values[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text("api");
    values[KINMU_AUDIT_CHANGE_ADDRESS] = kinmu_text(x->address);
    const kinmu_event event = {.schema = USE_CHANGE,
                               .subject = x->caller.person,
                               .values = values,
                               .value_count = KINMU_AUDIT_CHANGE_FIELDS};
    int32_t status = a->bus->publish(a->host, &event, 1, NULL);
    if (status != KINMU_OK) {
        problem_of_status(x, status == KINMU_E_REJECT ? KINMU_E_STATE : status, "", NULL);
    }
    return status == KINMU_OK;
}

static const char *tag(exchange *x) {
    const download *d = x->download;
    uint8_t sha256[TOKEN_HASH_SIZE];
    char hex[2 * TOKEN_HASH_SIZE + 1];
    const char *text = memory_print(&x->memory, "%s/%" PRIu64 "/%s", d->id, d->bytes, d->stamp);
    if (text == NULL || !token_hash(text, strlen(text), sha256)) {
        return NULL;
    }
    token_hex(hex, sha256, sizeof sha256);
    return memory_print(&x->memory, "\"%s\"", hex);
}

/* The piece asked for; 0: there is none, and it is answered. */
static int32_t take_range(exchange *x, uint32_t *status) {
    download *d = x->download;
    int32_t is_asked = x->range_condition[0] == '\0' || strcmp(x->range_condition, x->etag) == 0;
    int32_t kind = attachment_range(is_asked ? x->range : "", d->bytes, &d->at, &d->to);
    *status = kind == ATTACHMENT_PIECE ? 206 : 200;
    if (kind == ATTACHMENT_PIECE) {
        x->content_range = memory_print(&x->memory, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, d->at,
                                        d->to - 1, d->bytes);
    } else if (kind == ATTACHMENT_NONE) {
        const char *bytes = memory_print(&x->memory, "%" PRIu64, d->bytes);
        x->content_range = memory_print(&x->memory, "bytes */%" PRIu64, d->bytes);
        problem_set(x, 416, "range.none", bytes, NULL);
    }
    return kind != ATTACHMENT_NONE;
}

static int32_t begin_answer(exchange *x, uint32_t status) {
    const api *a = x->owner;
    const download *d = x->download;
    kinmu_header headers[API_HEADERS_MAX] = {
        {"content-type", attachment_type(d->name)},
        {"content-disposition", attachment_name(&x->memory, d->name)},
        {"cache-control", "no-store"},
        {"etag", x->etag},
        {"accept-ranges", "bytes"},
        {"content-range", x->content_range},
    };
    uint32_t count = x->content_range != NULL ? 6 : 5;
    return x->memory.failed ? KINMU_E_NOMEM
                            : a->routes->begin_answer(a->host, x->id, status, headers, count,
                                                      (int64_t)(d->to - d->at));
}

/* The file is there: says so, and begins with it. */
static void begin(exchange *x) {
    download *d = x->download;
    uint32_t status = 0;
    x->etag = tag(x);
    d->piece = memory_get(&x->memory, PIECE_BYTES);
    if (x->etag == NULL || d->piece == NULL) {
        problem_set(x, 503, "memory", NULL, NULL);
    } else if (strstr(x->condition, x->etag) != NULL) {
        x->status = 304;
        x->type = attachment_type(d->name);
    } else if (take_range(x, &status) && strcmp(x->method, "HEAD") != 0) {
        (void)tell(x);
    }
    if (x->status != 0) {
        exchange_answer(x);
    } else if (begin_answer(x, status) != KINMU_OK) {
        end(x, 0);
    } else if (strcmp(x->method, "HEAD") == 0) {
        end(x, 1);
    } else {
        go_on(x);
    }
}

static void on_found(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text) {
    exchange *x = user;
    download *d = x->download;
    if (!exchange_is_alive(x)) {
        return;
    }
    if (status == KINMU_E_NOTFOUND || (status == KINMU_E_REJECT && d->more == 0)) {
        problem_set(x, 404, d->absent, x->target.segments[1], NULL);
    } else if (status != KINMU_OK || count < OUTPUTS) {
        problem_of_status(x, status, text, NULL);
    } else {
        d->bytes = (uint64_t)values[OUT_BYTES].as.i64;
        d->stamp = memory_text(&x->memory, values[OUT_STAMP].as.text, values[OUT_STAMP].size);
        d->name = count > OUT_NAME
                      ? memory_text(&x->memory, values[OUT_NAME].as.text, values[OUT_NAME].size)
                      : d->name;
    }
    if (x->id == 0 || x->status != 0) {
        exchange_answer(x);
    } else if (d->stamp == NULL || d->name == NULL) {
        problem_set(x, 503, "memory", NULL, NULL);
        exchange_answer(x);
    } else {
        begin(x);
    }
}

static void go(exchange *x) {
    api *a = x->owner;
    if (a->downloads == API_DOWNLOADS_MAX) {
        problem_set(x, 503, "busy", NULL, NULL);
        exchange_answer(x);
        return;
    }
    a->downloads++;
    x->download->is_counted = 1;
    ask(x, 0, on_found);
}

void download_prepare(exchange *x, const char *id, const char *name, const char *absent,
                      uint32_t more) {
    download *d = id != NULL ? memory_get(&x->memory, sizeof *d) : NULL;
    if (d == NULL) {
        problem_set(x, 503, "memory", NULL, NULL);
        return;
    }
    d->id = id;
    d->name = name;
    d->absent = absent;
    d->more = more;
    x->download = d;
    x->go = go;
}

void download_end(exchange *x) {
    if (x->download != NULL && x->download->is_counted) {
        x->owner->downloads--;
    }
    x->download = NULL;
}
