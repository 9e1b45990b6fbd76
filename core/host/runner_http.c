/* host/runner_http.c - http/1 in a runner: requests become frames, the core does the transfer. A
 * runner loads no libcurl, reads no secret and holds no identity. */
#include "host/http_frames.h"
#include "host/runner_internal.h"

static uint32_t number_of(hosted *h) {
    return ((const guest *)hosted_tag(h))->number;
}

static int32_t pipe_http_send(void *context, hosted *h, uint64_t token,
                              const kinmu_http_request *request) {
    (void)context;
    uv_mutex_lock(&r.lock);
    int32_t status =
        r.out.size + r.in_flight + request->body_size > RUNNER_OUT_BYTES_MAX && r.out.size > 0
            ? KINMU_E_BUSY
            : KINMU_OK;
    if (status == KINMU_OK) {
        size_t begin = runner_begin_frame(FRAME_HTTP_SEND, number_of(h));
        frame_u64(&r.out, token);
        frame_http_request(&r.out, request);
        if (r.out.failed != KINMU_OK) {
            r.out.failed = KINMU_OK;
            r.out.size = begin;
            status = KINMU_E_NOMEM;
        } else {
            frame_end(&r.out, begin);
        }
    }
    uv_mutex_unlock(&r.lock);
    return status;
}

static void pipe_http_more(void *context, hosted *h, uint64_t token, uint32_t size) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_HTTP_MORE, number_of(h));
    frame_u64(&r.out, token);
    frame_u64(&r.out, size);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static void pipe_http_cancel(void *context, hosted *h, uint64_t token) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_HTTP_CANCEL, number_of(h));
    frame_u64(&r.out, token);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

const hosting_http runner_http = {pipe_http_send, pipe_http_more, pipe_http_cancel};

void runner_on_http(hosted *h, uint32_t type, frame_reader *body) {
    arena memory = {0};
    uint64_t token = frame_read_u64(body);
    if (type == FRAME_HTTP_PART) {
        size_t size = 0;
        const uint8_t *data = frame_read_bytes(body, &size);
        if (!body->failed) {
            hosted_http_part(h, token, data, (uint32_t)size);
        }
        return;
    }
    kinmu_http_response response;
    if (frame_read_http_response(body, &memory, &response) == KINMU_OK) {
        hosted_http_done(h, token, &response);
    }
    arena_free(&memory);
}
