/* api/wire/target.c - see target.h. */
#include "wire/target.h"

#include "encode.h"
#include "words.h"

#include <string.h>

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

int32_t target_is_utf8(const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        size_t from = at;
        if (encode_next(text, size, &at) == ENCODE_BAD_CHARACTER && at - from < 3) {
            return 0;
        }
    }
    return 1;
}

/* NULL: not percent-encoded UTF-8 without NUL, or no memory. */
static const char *decode(memory *m, const char *text, size_t size) {
    char *out = memory_get(m, size + 1);
    size_t length = 0;
    for (size_t i = 0; out != NULL && i < size; i++) {
        int high = text[i] == '%' && i + 2 < size ? hex_digit(text[i + 1]) : -1;
        if (text[i] == '%') {
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0 || high * 16 + low == 0) {
                return NULL;
            }
            out[length++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[length++] = text[i];
        }
    }
    return out != NULL && target_is_utf8(out, length) ? out : NULL;
}

const char *target_find(const target *t, const char *name) {
    for (uint32_t i = 0; i < t->parameter_count; i++) {
        if (strcmp(t->parameters[i].name, name) == 0) {
            return t->parameters[i].value;
        }
    }
    return NULL;
}

const char *target_parse_query(memory *m, const char *query, target *out, const char **word) {
    *word = "";
    while (*query != '\0') {
        size_t size = strcspn(query, "&");
        const char *equals = memchr(query, '=', size);
        size_t name_size = equals != NULL ? (size_t)(equals - query) : size;
        if (size > 0) {
            const char *name = decode(m, query, name_size);
            const char *value = equals != NULL ? decode(m, equals + 1, size - name_size - 1) : "";
            if (name == NULL || value == NULL) {
                return "query.encoding";
            }
            *word = name;
            if (target_find(out, name) != NULL) {
                return "query.twice";
            }
            if (out->parameter_count == TARGET_PARAMETERS_MAX) {
                return "query.many";
            }
            out->parameters[out->parameter_count++] = (target_parameter){name, value};
        }
        query += size + (query[size] == '&');
    }
    return NULL;
}

int32_t target_parse_path(memory *m, const char *path, target *out) {
    if (strncmp(path, "/v1/", 4) != 0) {
        return 0;
    }
    for (const char *at = path + 4; *at != '\0';) {
        size_t size = strcspn(at, "/");
        const char *segment = memory_text(m, at, size);
        if (size == 0 || segment == NULL || out->segment_count == TARGET_SEGMENTS_MAX) {
            return 0;
        }
        out->segments[out->segment_count++] = segment;
        at += size + (at[size] == '/');
    }
    return out->segment_count > 0;
}

int64_t target_number(const target *t, const char *name, int64_t otherwise, int64_t max) {
    const char *text = target_find(t, name);
    int64_t number = 0;
    if (text == NULL) {
        return otherwise;
    }
    return words_number(text, max, &number) && number > 0 ? number : -1;
}
