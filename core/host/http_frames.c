/* host/http_frames.c - see http_frames.h. */
#include "host/http_frames.h"

#include "http/client_request.h"

#include <string.h>

/* ---- texts ---- */

static void write_text(buffer *out, const char *text) {
    frame_u64(out, text != NULL);
    frame_bytes(out, text, text != NULL ? strlen(text) : 0);
}

static const char *read_text(frame_reader *body, arena *memory) {
    size_t size = 0;
    uint64_t is_there = frame_read_u64(body);
    const uint8_t *bytes = frame_read_bytes(body, &size);
    if (body->failed || !is_there) {
        return NULL;
    }
    const char *text = arena_text(memory, bytes != NULL ? (const char *)bytes : "", size);
    body->failed |= text == NULL || memchr(text, '\0', size) != NULL;
    return text;
}

static void write_headers(buffer *out, const kinmu_header *headers, uint32_t count) {
    frame_u64(out, count);
    for (uint32_t i = 0; i < count; i++) {
        write_text(out, headers[i].name);
        write_text(out, headers[i].value);
    }
}

static const kinmu_header *read_headers(frame_reader *body, arena *memory, uint32_t *count) {
    uint64_t told = frame_read_u64(body);
    body->failed |= told > KINMU_HTTP_HEADERS_MAX;
    kinmu_header *headers =
        body->failed ? NULL : arena_get(memory, (size_t)(told + 1) * sizeof *headers);
    body->failed |= headers == NULL;
    for (uint64_t i = 0; i < told && !body->failed; i++) {
        headers[i].name = read_text(body, memory);
        headers[i].value = read_text(body, memory);
        body->failed |= headers[i].name == NULL || headers[i].value == NULL;
    }
    *count = body->failed ? 0 : (uint32_t)told;
    return headers;
}

/* Bytes with a NUL behind them. */
static const void *read_body(frame_reader *body, arena *memory, uint32_t *size) {
    size_t told = 0;
    const uint8_t *bytes = frame_read_bytes(body, &told);
    body->failed |= told > KINMU_HTTP_BODY_BYTES_MAX;
    const char *copy =
        body->failed ? NULL : arena_text(memory, bytes != NULL ? (const char *)bytes : "", told);
    body->failed |= copy == NULL;
    *size = body->failed ? 0 : (uint32_t)told;
    return copy;
}

/* ---- requests ---- */

static int32_t never_called(void *user, const void *data, uint32_t size) {
    (void)user;
    (void)data;
    (void)size;
    return KINMU_E_STATE;
}

void frame_http_request(buffer *out, const kinmu_http_request *request) {
    frame_u64(out, request->flags);
    write_text(out, request->method);
    write_text(out, request->url);
    write_headers(out, request->headers, request->header_count);
    frame_u64(out, request->trust);
    write_text(out, request->authority);
    write_text(out, request->pin);
    write_text(out, request->secret);
    write_text(out, request->secret_header);
    write_text(out, request->secret_scheme);
    frame_bytes(out, request->body, request->body_size);
    frame_u64(out, request->timeout_ms);
    frame_u64(out, request->answer_bytes_max);
    frame_u64(out, request->retries_max);
    frame_u64(out, request->part != NULL);
}

int32_t frame_read_http_request(frame_reader *body, arena *memory, kinmu_http_request *request) {
    memset(request, 0, sizeof *request);
    request->struct_size = (uint32_t)sizeof *request;
    request->flags = (uint32_t)frame_read_u64(body);
    request->method = read_text(body, memory);
    request->url = read_text(body, memory);
    request->headers = read_headers(body, memory, &request->header_count);
    request->trust = (uint32_t)frame_read_u64(body);
    request->authority = read_text(body, memory);
    request->pin = read_text(body, memory);
    request->secret = read_text(body, memory);
    request->secret_header = read_text(body, memory);
    request->secret_scheme = read_text(body, memory);
    request->body = read_body(body, memory, &request->body_size);
    request->timeout_ms = (uint32_t)frame_read_u64(body);
    request->answer_bytes_max = frame_read_u64(body);
    request->retries_max = (uint32_t)frame_read_u64(body);
    request->part = frame_read_u64(body) != 0 ? never_called : NULL;
    return body->failed || !http_request_fits(request) ? KINMU_E_REJECT : KINMU_OK;
}

/* ---- answers ---- */

void frame_http_response(buffer *out, const kinmu_http_response *response) {
    frame_i64(out, response->status);
    frame_u64(out, response->code);
    frame_u64(out, response->attempts);
    write_text(out, response->text);
    write_headers(out, response->headers, response->header_count);
    frame_bytes(out, response->body, response->body_size);
}

int32_t frame_read_http_response(frame_reader *body, arena *memory, kinmu_http_response *response) {
    memset(response, 0, sizeof *response);
    response->struct_size = (uint32_t)sizeof *response;
    response->status = (int32_t)frame_read_i64(body);
    response->code = (uint32_t)frame_read_u64(body);
    response->attempts = (uint32_t)frame_read_u64(body);
    response->text = read_text(body, memory);
    response->headers = read_headers(body, memory, &response->header_count);
    response->body = read_body(body, memory, &response->body_size);
    return body->failed || response->text == NULL ? KINMU_E_REJECT : KINMU_OK;
}
