/* simulate/answer.c - see answer.h: Debian's http-parser, the other way round than the server's. */
#include "simulate/answer.h"

#include "simulate/peer.h"

#include <string.h>

static const char retry_after[] = "retry-after";

static int on_field(http_parser *parser, const char *data, size_t size) {
    answer_reader *r = parser->data;
    if (r->was_value) {
        r->field_size = 0;
        r->was_value = 0;
    }
    for (size_t i = 0; i < size && r->field_size < sizeof r->field; i++) {
        r->field[r->field_size++] =
            (char)(data[i] >= 'A' && data[i] <= 'Z' ? data[i] + 32 : data[i]);
    }
    return 0;
}

static int on_value(http_parser *parser, const char *data, size_t size) {
    answer_reader *r = parser->data;
    r->was_value = 1;
    if (r->field_size == sizeof retry_after - 1 &&
        memcmp(r->field, retry_after, r->field_size) == 0) {
        for (size_t i = 0; i < size && data[i] >= '0' && data[i] <= '9'; i++) {
            r->retry_after_s = r->retry_after_s * 10 + (uint32_t)(data[i] - '0');
            r->retry_after_s = r->retry_after_s > 86400 ? 86400 : r->retry_after_s;
        }
    }
    return 0;
}

static int on_body(http_parser *parser, const char *data, size_t size) {
    answer_reader *r = parser->data;
    if (r->body.size + size > PEER_ANSWER_BYTES_MAX) {
        return 1;
    }
    buffer_append(&r->body, data, size);
    return r->body.failed;
}

static int on_whole(http_parser *parser) {
    answer_reader *r = parser->data;
    r->is_whole = 1;
    r->status = parser->status_code;
    r->keeps_alive = http_should_keep_alive(parser);
    http_parser_pause(parser, 1);
    return 0;
}

void answer_begin(answer_reader *r) {
    buffer body = r->body;
    memset(r, 0, sizeof *r);
    r->body = body;
    buffer_clear(&r->body);
    http_parser_init(&r->parser, HTTP_RESPONSE);
    r->parser.data = r;
}

int32_t answer_read(answer_reader *r, const uint8_t *data, size_t size) {
    static const http_parser_settings settings = {.on_header_field = on_field,
                                                  .on_header_value = on_value,
                                                  .on_body = on_body,
                                                  .on_message_complete = on_whole};
    size_t taken = http_parser_execute(&r->parser, &settings, (const char *)data, size);
    enum http_errno problem = HTTP_PARSER_ERRNO(&r->parser);
    return problem == HPE_PAUSED || (problem == HPE_OK && taken == size) ? KINMU_OK
                                                                         : KINMU_E_REJECT;
}

void answer_free(answer_reader *r) {
    buffer_free(&r->body);
}
