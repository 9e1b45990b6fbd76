/* api/wire/attachment.c - see attachment.h. */
#include "wire/attachment.h"

#include <string.h>

static int32_t is_plain(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

const char *attachment_name(memory *m, const char *name) {
    static const char digits[] = "0123456789ABCDEF";
    size_t size = strlen(name);
    char *ascii = memory_get(m, size + 1);
    char *escaped = memory_get(m, 3 * size + 1);
    size_t length = 0;
    if (ascii == NULL || escaped == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t c = (uint8_t)name[i];
        ascii[i] = is_plain(c) || c == ' ' || c == '(' || c == ')' ? (char)c : '_';
        if (is_plain(c)) {
            escaped[length++] = (char)c;
        } else {
            escaped[length++] = '%';
            escaped[length++] = digits[c >> 4];
            escaped[length++] = digits[c & 15];
        }
    }
    return memory_print(m, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii, escaped);
}

const char *attachment_type(const char *name) {
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".csv", "text/csv"},
        {".zip", "application/zip"},
        {".json", "application/json"},
        {".ndjson", "application/x-ndjson"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    };
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t length = strlen(types[i].ending);
        if (size > length && strcmp(name + size - length, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* Digits up to 2^62; 0: there are none, or too many. */
static int32_t take_number(const char **at, uint64_t *number) {
    const char *begin = *at;
    for (*number = 0; **at >= '0' && **at <= '9'; (*at)++) {
        if (*number > (UINT64_C(1) << 58)) {
            return 0;
        }
        *number = *number * 10 + (uint64_t)(**at - '0');
    }
    return *at > begin;
}

int32_t attachment_range(const char *header, uint64_t bytes, uint64_t *from, uint64_t *to) {
    uint64_t first = 0;
    uint64_t last = 0;
    *from = 0;
    *to = bytes;
    if (strncmp(header, "bytes=", 6) != 0) {
        return ATTACHMENT_WHOLE;
    }
    const char *at = header + strlen("bytes=");
    int32_t has_first = take_number(&at, &first);
    if (*at++ != '-') {
        return ATTACHMENT_WHOLE;
    }
    int32_t has_last = take_number(&at, &last);
    if (*at != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first)) {
        return ATTACHMENT_WHOLE;
    }
    if (has_first ? first >= bytes : last == 0 || bytes == 0) {
        return ATTACHMENT_NONE;
    }
    if (!has_first) { /* the last so many */
        *from = last < bytes ? bytes - last : 0;
    } else {
        *from = first;
        *to = has_last && last < bytes - 1 ? last + 1 : bytes;
    }
    return ATTACHMENT_PIECE;
}
