/* http/head.c - see parse.h: a request's head. Bytes are judged by http_find_head, grammar by
 * http-parser, meaning here. Nothing is repaired: what could be read in two ways is refused. */
#include "http/parse.h"

#include "base/text.h"

#include <http_parser.h>
#include <stdlib.h>
#include <string.h>

/* ---- bytes ---- */

/* CR is followed by LF, LF follows CR, and no line begins with a blank: no folding. Tabs and bytes
 * above ASCII are judged where it is known what they are part of. */
int64_t http_find_head(const uint8_t *data, size_t size, size_t *scanned) {
    size_t at = *scanned;
    for (; at < size; at++) {
        uint8_t byte = data[at];
        if (byte == '\n') {
            if (at == 0 || data[at - 1] != '\r') {
                return -400;
            }
            if (at == 1) {
                return -400; /* an empty line where a request should be */
            }
            if (at >= 3 && data[at - 2] == '\n') {
                return (int64_t)at + 1;
            }
        } else if (at > 0 && data[at - 1] == '\r') {
            return -400;
        } else if ((byte < 0x20 && byte != '\r' && byte != '\t') || byte == 0x7f) {
            return -400;
        } else if ((byte == ' ' || byte == '\t') && (at == 0 || data[at - 1] == '\n')) {
            return -400;
        }
        if (at >= HTTP_HEAD_BYTES_MAX) {
            return -431;
        }
    }
    *scanned = at;
    return 0;
}

/* One blank each side of the target, and nothing above ASCII; http-parser takes more. */
static uint32_t check_request_line(const char *data, size_t size) {
    const char *end = memchr(data, '\r', size);
    size_t length = end != NULL ? (size_t)(end - data) : 0;
    uint32_t blanks = 0;
    for (size_t i = 0; i < length; i++) {
        blanks += data[i] == ' ';
        if ((uint8_t)data[i] >= 0x7f || data[i] == '\t' ||
            (data[i] == ' ' && (i == 0 || data[i - 1] == ' '))) {
            return 400;
        }
    }
    if (blanks != 2 || data[length - 1] == ' ') {
        return 400;
    }
    const char *target = memchr(data, ' ', length);
    return (size_t)(end - target) > HTTP_TARGET_BYTES_MAX ? 414 : 0;
}

static uint32_t check_lines(const char *data, size_t size) {
    size_t begin = 0;
    uint32_t lines = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n') {
            if (i - begin > HTTP_LINE_BYTES_MAX || lines++ > HTTP_HEADERS_MAX + 1) {
                return 431;
            }
            begin = i + 1;
        }
    }
    return 0;
}

/* ---- grammar ---- */

typedef struct span {
    char *at;
    size_t size;
} span;

typedef struct reading {
    http_parser parser; /* first: its callbacks get this struct */
    span target;
    span names[HTTP_HEADERS_MAX];
    span values[HTTP_HEADERS_MAX];
    uint32_t count;
    int32_t in_value;
    int32_t is_complete;
} reading;

static void extend(span *s, const char *at, size_t size) {
    if (s->at == NULL) {
        s->at = (char *)(uintptr_t)at;
    }
    s->size = (size_t)(at - s->at) + size;
}

static int on_target(http_parser *parser, const char *at, size_t size) {
    reading *r = (reading *)(void *)parser;
    extend(&r->target, at, size);
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t size) {
    reading *r = (reading *)(void *)parser;
    if (r->in_value || r->count == 0) {
        if (r->count == HTTP_HEADERS_MAX) {
            return 1;
        }
        r->count++;
        r->in_value = 0;
    }
    extend(&r->names[r->count - 1], at, size);
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t size) {
    reading *r = (reading *)(void *)parser;
    r->in_value = 1;
    extend(&r->values[r->count - 1], at, size);
    return 0;
}

/* 1: this parser is for the head alone; what follows is framed by ours. */
static int on_complete(http_parser *parser) {
    reading *r = (reading *)(void *)parser;
    r->is_complete = 1;
    return 1;
}

static const http_parser_settings callbacks = {.on_url = on_target,
                                               .on_header_field = on_name,
                                               .on_header_value = on_value,
                                               .on_headers_complete = on_complete};

static uint32_t read_grammar(reading *r, const char *data, size_t size) {
    http_parser_init(&r->parser, HTTP_REQUEST);
    size_t used = http_parser_execute(&r->parser, &callbacks, data, size);
    enum http_errno problem = HTTP_PARSER_ERRNO(&r->parser);
    if (problem == HPE_INVALID_METHOD) {
        return 501;
    }
    if (problem == HPE_CB_header_field) {
        return 431;
    }
    if (problem == HPE_INVALID_VERSION) {
        return 505;
    }
    if (problem != HPE_OK || used != size || !r->is_complete || r->target.at == NULL) {
        return 400;
    }
    if (r->parser.http_major != 1 || r->parser.http_minor > 1) {
        return 505;
    }
    if (r->parser.method == HTTP_CONNECT || r->parser.method == HTTP_TRACE) {
        return 501;
    }
    return 0;
}

/* ---- meaning ---- */

static uint32_t keep_headers(http_head *head, const reading *r) {
    for (uint32_t i = 0; i < r->count; i++) {
        char *name = r->names[i].at;
        char *value = r->values[i].at;
        size_t size = r->values[i].size;
        if (name == NULL || value == NULL || r->names[i].size == 0) {
            return 400;
        }
        while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t')) {
            size--;
        }
        name[r->names[i].size] = '\0';
        value[size] = '\0'; /* at its CR at the latest */
        for (char *at = name; *at != '\0'; at++) {
            *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + ('a' - 'A')) : *at;
        }
        if (!http_is_token(name) || !text_is_utf8(value, size)) {
            return 400;
        }
        head->headers[head->header_count++] = (kinmu_header){name, value};
    }
    return 0;
}

const char *http_head_find(const http_head *head, const char *name) {
    for (uint32_t i = 0; i < head->header_count; i++) {
        if (strcmp(head->headers[i].name, name) == 0) {
            return head->headers[i].value;
        }
    }
    return NULL;
}

static uint32_t count_of(const http_head *head, const char *name) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        count += strcmp(head->headers[i].name, name) == 0;
    }
    return count;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int32_t same_word(const char *a, size_t size, const char *word) {
    size_t i = 0;
    for (; i < size && word[i] != '\0' && lower(a[i]) == word[i]; i++) {
    }
    return i == size && word[i] == '\0';
}

/* "close" among "keep-alive, Close"? */
static int32_t has_word(const char *list, const char *word) {
    while (*list != '\0') {
        size_t size = strcspn(list, ", \t");
        if (same_word(list, size, word)) {
            return 1;
        }
        list += size;
        list += strspn(list, ", \t");
    }
    return 0;
}

/* These mean something else, or nothing, when they come twice. */
static uint32_t check_single(const http_head *head) {
    static const char *const single[] = {"host",   "content-length", "transfer-encoding",
                                         "expect", "content-type",   "authorization"};
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        if (count_of(head, single[i]) > 1) {
            return 400;
        }
    }
    return 0;
}

static uint32_t read_framing(http_head *head) {
    const char *length = http_head_find(head, "content-length");
    const char *coding = http_head_find(head, "transfer-encoding");
    head->body_size = 0;
    if (coding != NULL) {
        head->body_size = -1;
        return length != NULL || head->is_old || !same_word(coding, strlen(coding), "chunked") ? 400
                                                                                               : 0;
    }
    if (length != NULL) {
        size_t digits = strspn(length, "0123456789");
        if (digits == 0 || digits > 18 || length[digits] != '\0') {
            return 400;
        }
        head->body_size = strtoll(length, NULL, 10);
    }
    return 0;
}

/* A name, an IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
static int32_t is_authority(const char *host) {
    size_t size = host[0] == '[' ? 1 + strspn(host + 1, "0123456789abcdefABCDEF:.")
                                 : strspn(host, "0123456789abcdefghijklmnopqrstuvwxyz"
                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._");
    if (host[0] == '[' && (size < 3 || host[size++] != ']')) {
        return 0;
    }
    if (size == 0 || size > 255) {
        return 0;
    }
    if (host[size] == ':') {
        size_t digits = strspn(host + size + 1, "0123456789");
        return digits >= 1 && digits <= 5 && host[size + 1 + digits] == '\0';
    }
    return host[size] == '\0';
}

/* "http://authority/path" (as for a proxy) must name the same host as Host does. */
static uint32_t strip_absolute(http_head *head, char **target) {
    char *at = *target;
    size_t scheme = strcspn(at, ":/?");
    if (at[0] == '/') {
        return 0;
    }
    if (!(same_word(at, scheme, "http") || same_word(at, scheme, "https")) ||
        strncmp(at + scheme, "://", 3) != 0) {
        return 400;
    }
    char *authority = at + scheme + 3;
    size_t size = strcspn(authority, "/?");
    if (strlen(head->host) != size || authority[size] != '/') {
        return 400;
    }
    for (size_t i = 0; i < size; i++) {
        if (lower(authority[i]) != lower(head->host[i])) {
            return 400;
        }
    }
    *target = authority + size;
    return 0;
}

static uint32_t read_target(http_head *head, char *target) {
    uint32_t status = strip_absolute(head, &target);
    if (status != 0) {
        return status;
    }
    if (strpbrk(target, "#\"<>\\^`{|}") != NULL) {
        return 400;
    }
    char *query = strchr(target, '?');
    head->query = "";
    if (query != NULL) {
        *query = '\0';
        head->query = query + 1;
    }
    head->path = target;
    return http_clean_path(target);
}

static uint32_t read_meaning(http_head *head, const reading *r) {
    head->is_old = r->parser.http_minor == 0;
    head->is_head = r->parser.method == HTTP_HEAD;
    head->method = http_method_str((enum http_method)r->parser.method);
    uint32_t status = keep_headers(head, r);
    if (status == 0) {
        status = check_single(head);
    }
    head->host = http_head_find(head, "host");
    if (status == 0 && (head->host == NULL ? !head->is_old : !is_authority(head->host))) {
        status = 400;
    }
    head->host = head->host != NULL ? head->host : "";
    if (status == 0) {
        status = read_framing(head);
    }
    if (status == 0) {
        r->target.at[r->target.size] = '\0';
        status = read_target(head, r->target.at);
    }
    head->keeps_alive = !head->is_old;
    for (uint32_t i = 0; i < head->header_count; i++) {
        const kinmu_header *header = &head->headers[i];
        if (strcmp(header->name, "connection") == 0 && header->value != NULL &&
            has_word(header->value, "close")) {
            head->keeps_alive = 0;
        }
    }
    const char *expect = http_head_find(head, "expect");
    head->expects_continue = expect != NULL && !head->is_old;
    if (status == 0 && expect != NULL && !same_word(expect, strlen(expect), "100-continue")) {
        status = 417;
    }
    return status;
}

uint32_t http_read_head(char *data, size_t size, http_head *head) {
    reading r;
    memset(&r, 0, sizeof r);
    memset(head, 0, sizeof *head);
    head->memory = data;
    uint32_t status = check_request_line(data, size);
    if (status == 0) {
        status = check_lines(data, size);
    }
    if (status == 0) {
        status = read_grammar(&r, data, size);
    }
    if (status == 0) {
        status = read_meaning(head, &r);
    }
    if (status != 0) {
        http_head_free(head);
    }
    return status;
}

void http_head_free(http_head *head) {
    free(head->memory);
    memset(head, 0, sizeof *head);
}
