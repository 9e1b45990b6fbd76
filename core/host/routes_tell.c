/* host/routes_tell.c - see routes_internal.h: what instances hear of requests, in the core by a
 * call, in a runner by frames. */
#include "host/routes_internal.h"

#include <string.h>

static void fill_request(kinmu_request *to, const instance *i, const routes_ticket *ticket,
                         const http_request *from) {
    memset(to, 0, sizeof *to);
    to->struct_size = (uint32_t)sizeof *to;
    to->route = ticket->route;
    to->id = ticket->id;
    to->method = from->head.method;
    to->path = from->head.path + 1 + strlen(i->name);
    to->query = from->head.query;
    to->address = from->peer->address;
    to->headers = from->head.headers;
    to->header_count = from->head.header_count;
    to->peer_key_size = from->peer->key_size;
    to->peer_key = from->peer->key_size > 0 ? from->peer->key : NULL;
    to->peer_serial = from->peer->serial;
    to->body_size = from->head.body_size;
}

static void frame_request(buffer *out, const kinmu_request *request) {
    frame_u64(out, request->id);
    frame_u64(out, request->route);
    frame_text(out, request->method);
    frame_text(out, request->path);
    frame_text(out, request->query);
    frame_text(out, request->address);
    frame_bytes(out, request->peer_key, request->peer_key_size);
    frame_text(out, request->peer_serial);
    frame_i64(out, request->body_size);
    frame_u64(out, request->header_count);
    for (uint32_t at = 0; at < request->header_count; at++) {
        frame_text(out, request->headers[at].name);
        frame_text(out, request->headers[at].value);
    }
}

void routes_tell_request(instance *i, const routes_ticket *ticket, const http_request *from) {
    kinmu_request request;
    fill_request(&request, i, ticket, from);
    if (i->local != NULL) {
        hosted_request(i->local, &request);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_ROUTE_REQUEST, i->number);
        frame_request(&out, &request);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

void routes_tell_part(instance *i, uint64_t id, const void *data, size_t size, int32_t is_last) {
    if (i->local != NULL) {
        hosted_part(i->local, id, data, size, is_last);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_ROUTE_PART, i->number);
        frame_u64(&out, id);
        frame_u64(&out, (uint64_t)is_last);
        frame_bytes(&out, data, size);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

static void tell_number(const instance *i, uint32_t type, uint64_t id, uint64_t number) {
    buffer out = {0};
    size_t begin = frame_begin(&out, type, i->number);
    frame_u64(&out, id);
    frame_u64(&out, number);
    frame_end(&out, begin);
    link_send(i->runner, &out);
}

void routes_tell_drained(instance *i, uint64_t id, size_t bytes) {
    if (i->local != NULL) {
        hosted_drained(i->local, id, bytes);
    } else if (i->runner != NULL) {
        tell_number(i, FRAME_ROUTE_DRAINED, id, bytes);
    }
}

void routes_tell_gone(instance *i, uint64_t id, int32_t is_complete) {
    if (i->local != NULL) {
        hosted_request_gone(i->local, id, is_complete);
    } else if (i->runner != NULL) {
        tell_number(i, FRAME_ROUTE_GONE, id, (uint64_t)is_complete);
    }
}
