/* json/buffer.c - a growing run of bytes. See buffer.h. */
#include "buffer.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 4096

void buffer_put(buffer *b, const void *data, size_t size) {
    if (b->failed || size > BUFFER_BYTES_MAX - b->size) {
        b->failed = KINMU_E_NOMEM;
        return;
    }
    size_t capacity = b->capacity == 0 ? CAPACITY_FIRST : b->capacity;
    while (capacity < b->size + size) {
        capacity *= 2;
    }
    if (capacity != b->capacity) {
        char *bigger = realloc(b->data, capacity);
        if (bigger == NULL) {
            b->failed = KINMU_E_NOMEM;
            return;
        }
        b->data = bigger;
        b->capacity = capacity;
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void buffer_text(buffer *b, const char *text) {
    buffer_put(b, text, strlen(text));
}

void buffer_number(buffer *b, int64_t number) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRId64, number);
    buffer_text(b, digits);
}

static int put_part(const char *part, size_t size, void *user) {
    buffer_put(user, part, size);
    return 0;
}

void buffer_json_text(buffer *b, const char *text, size_t size) {
    json_t *string = json_stringn(text, size);
    if (string == NULL) {
        buffer_text(b, "\"\"");
        return;
    }
    if (json_dump_callback(string, put_part, b, JSON_ENCODE_ANY) != 0) {
        b->failed = KINMU_E_NOMEM;
    }
    json_decref(string);
}

void buffer_free(buffer *b) {
    free(b->data);
    memset(b, 0, sizeof *b);
}
