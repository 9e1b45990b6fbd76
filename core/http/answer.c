/* http/answer.c - see parse.h: names of statuses, and which headers an answer may carry. */
#include "http/parse.h"

#include "base/text.h"

#include <kinmu/civil.h>
#include <stdio.h>
#include <string.h>

const char *http_status_text(uint32_t status) {
    static const struct {
        uint32_t status;
        const char *text;
    } names[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].status == status) {
            return names[i].text;
        }
    }
    return "";
}

int32_t http_is_token(const char *text) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    size_t size = 0;
    for (; text[size] != '\0'; size++) {
        char c = text[size];
        int32_t is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && strchr(others, c) == NULL) {
            return 0;
        }
    }
    return size > 0;
}

static int32_t same_name(const char *a, const char *b) {
    size_t i = 0;
    for (; a[i] != '\0' && b[i] != '\0'; i++) {
        char c = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] + ('a' - 'A')) : a[i];
        if (c != b[i]) {
            return 0;
        }
    }
    return a[i] == b[i];
}

int32_t http_check_headers(const kinmu_header *headers, uint32_t count) {
    static const char *const own[] = {
        "content-length", "transfer-encoding", "connection", "keep-alive",
        "date",           "trailer",           "te",         "upgrade",
        "server"};
    size_t total = 0;
    if (count > KINMU_ROUTE_HEADERS_MAX || (count > 0 && headers == NULL)) {
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *name = headers[i].name;
        const char *value = headers[i].value;
        if (name == NULL || value == NULL || !http_is_token(name) ||
            !text_is_utf8(value, strlen(value))) {
            return KINMU_E_REJECT;
        }
        for (const char *at = value; *at != '\0'; at++) {
            if (((uint8_t)*at < 0x20 && *at != '\t') || *at == 0x7f) {
                return KINMU_E_REJECT;
            }
        }
        for (size_t at = 0; at < sizeof own / sizeof own[0]; at++) {
            if (same_name(name, own[at])) {
                return KINMU_E_REJECT;
            }
        }
        total += strlen(name) + strlen(value) + 4;
    }
    return total <= KINMU_ROUTE_HEADERS_BYTES_MAX ? KINMU_OK : KINMU_E_REJECT;
}

void http_date(char *out, size_t size, int64_t unix_s) {
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    kinmu_civil at = kinmu_civil_from(unix_s * 1000000000, 0);
    int64_t day = unix_s / 86400 % 7; /* 1970 began on a Thursday */
    snprintf(out, size, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[day], at.day,
             months[at.month - 1], at.year, at.hour, at.minute, at.second);
}

int32_t http_is_loopback(const char *address) {
    return strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]:", 6) == 0;
}
