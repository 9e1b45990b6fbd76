/* http_fuzz.c - any bytes as what a client sends. Whatever is taken as a request, http-parser
 * refuses or reads alike: the same method, the same number of headers, the same body, the next
 * request at the same place. So nothing can be smuggled between the two. It does not matter in
 * which pieces it comes. */
#include "fuzz.h"

#include "http/parse.h"

#include <http_parser.h>

#define BODY_MAX 65536u

typedef struct message {
    char method[16];
    uint32_t header_count;
    size_t size; /* of the whole, head and body */
    uint8_t body[BODY_MAX];
    size_t body_size;
    int32_t is_complete;
} message;

/* ---- theirs ---- */

static int on_field(http_parser *parser, const char *at, size_t size) {
    message *m = parser->data;
    (void)at;
    m->header_count += size > 0;
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t size) {
    message *m = parser->data;
    memcpy(m->body + m->body_size, at, size);
    m->body_size += size;
    return 0;
}

static int on_complete(http_parser *parser) {
    message *m = parser->data;
    m->is_complete = 1;
    http_parser_pause(parser, 1);
    return 0;
}

static int on_head(http_parser *parser) {
    message *m = parser->data;
    snprintf(m->method, sizeof m->method, "%s", http_method_str((enum http_method)parser->method));
    return 0;
}

/* 0: it refuses, which smuggles nothing. */
static int32_t read_theirs(const uint8_t *data, size_t size, message *m) {
    static const http_parser_settings settings = {.on_header_field = on_field,
                                                  .on_headers_complete = on_head,
                                                  .on_body = on_body,
                                                  .on_message_complete = on_complete};
    http_parser parser;
    memset(m, 0, sizeof *m);
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = m;
    m->size = http_parser_execute(&parser, &settings, (const char *)data, size);
    enum http_errno problem = HTTP_PARSER_ERRNO(&parser);
    FUZZ_REQUIRE(m->is_complete || problem != HPE_OK); /* it wants more: another end */
    return m->is_complete && problem == HPE_PAUSED;
}

/* ---- ours ---- */

/* Size of the head, taken in pieces of `step` bytes. */
static int64_t find_head(const uint8_t *data, size_t size, size_t step) {
    size_t scanned = 0;
    int64_t found = 0;
    for (size_t given = 0; given < size && found == 0;) {
        given = size - given < step ? size : given + step;
        found = http_find_head(data, given, &scanned);
    }
    return found;
}

static void check_strings(const http_head *head) {
    FUZZ_REQUIRE(head->path[0] == '/' && strstr(head->path, "/../") == NULL &&
                 strstr(head->path, "//") == NULL && strchr(head->query, '#') == NULL);
    for (const char *at = head->path; *at != '\0'; at++) {
        FUZZ_REQUIRE((uint8_t)*at >= 0x20 && *at != '\\');
    }
    for (uint32_t i = 0; i < head->header_count; i++) {
        FUZZ_REQUIRE(http_is_token(head->headers[i].name));
        FUZZ_REQUIRE(strpbrk(head->headers[i].value, "\r\n") == NULL);
    }
}

/* 1 when the body is whole. */
static int32_t take_body(const http_head *head, const uint8_t *data, size_t size, size_t step,
                         message *m) {
    size_t used = 0;
    if (head->body_size >= 0) {
        if ((uint64_t)head->body_size > size) {
            return 0;
        }
        memcpy(m->body, data, (size_t)head->body_size);
        m->body_size = (size_t)head->body_size;
        m->size += m->body_size;
        return 1;
    }
    http_chunks chunks = {0};
    while (used < size && !http_chunks_done(&chunks)) {
        const uint8_t *payload = NULL;
        size_t payload_size = 0;
        size_t piece = size - used < step ? size - used : step;
        int64_t taken = http_chunks_take(&chunks, data + used, piece, &payload, &payload_size);
        if (taken < 0) {
            return 0;
        }
        FUZZ_REQUIRE(taken > 0 && (size_t)taken <= piece);
        FUZZ_REQUIRE(payload_size == 0 ||
                     (payload >= data + used && payload + payload_size <= data + used + piece));
        memcpy(m->body + m->body_size, payload, payload_size);
        m->body_size += payload_size;
        used += (size_t)taken;
    }
    m->size += used;
    return http_chunks_done(&chunks);
}

static void check_request(const uint8_t *data, size_t size, size_t step) {
    static message ours;
    static message theirs;
    int64_t found = find_head(data, size, step);
    FUZZ_REQUIRE(found == find_head(data, size, size) || found < 0);
    if (found <= 0) {
        return;
    }
    char *copy = malloc((size_t)found + 1);
    http_head head;
    FUZZ_REQUIRE(copy != NULL);
    memcpy(copy, data, (size_t)found);
    uint32_t status = http_read_head(copy, (size_t)found, &head);
    FUZZ_REQUIRE(status == 0 || (status >= 400 && status <= 505 && head.memory == NULL));
    if (status != 0) {
        return;
    }
    check_strings(&head);
    memset(&ours, 0, sizeof ours);
    ours.size = (size_t)found;
    if (take_body(&head, data + found, size - (size_t)found, step, &ours) &&
        read_theirs(data, size, &theirs)) {
        FUZZ_REQUIRE(strcmp(head.method, theirs.method) == 0);
        FUZZ_REQUIRE(head.body_size < 0 || head.header_count == theirs.header_count);
        FUZZ_REQUIRE(ours.body_size == theirs.body_size &&
                     memcmp(ours.body, theirs.body, ours.body_size) == 0);
        /* paused in its last byte or behind it */
        FUZZ_REQUIRE(theirs.size == ours.size || theirs.size + 1 == ours.size);
    }
    http_head_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 && size < BODY_MAX) {
        check_request(data + 1, size - 1, (size_t)data[0] + 1);
    }
    return 0;
}
