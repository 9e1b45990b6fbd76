/* base/buffer.c - see buffer.h. */
#include "base/buffer.h"

#include "base/crypto.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t grow(buffer *buf, size_t needed) {
    size_t capacity = buf->capacity == 0 ? 256 : buf->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    uint8_t *data = realloc(buf->data, capacity);
    if (data == NULL) {
        return 0;
    }
    buf->data = data;
    buf->capacity = capacity;
    return 1;
}

uint8_t *buffer_reserve(buffer *buf, size_t size) {
    if (buf->failed != KINMU_OK) {
        return NULL;
    }
    if (size > BUFFER_BYTES_MAX - buf->size ||
        (buf->size + size > buf->capacity && !grow(buf, buf->size + size))) {
        buf->failed = KINMU_E_NOMEM;
        return NULL;
    }
    return buf->data + buf->size;
}

void buffer_append(buffer *buf, const void *data, size_t size) {
    if (size == 0) {
        return;
    }
    uint8_t *room = buffer_reserve(buf, size);
    if (room != NULL) {
        memcpy(room, data, size);
        buf->size += size;
    }
}

void buffer_text(buffer *buf, const char *text) {
    buffer_append(buf, text, strlen(text));
}

void buffer_printf(buffer *buf, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list measured;
    va_copy(measured, arguments);
    int length = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (length >= 0) {
        uint8_t *room = buffer_reserve(buf, (size_t)length + 1);
        if (room != NULL) {
            vsnprintf((char *)room, (size_t)length + 1, format, arguments);
            buf->size += (size_t)length;
        }
    } else {
        buf->failed = KINMU_E_NOMEM;
    }
    va_end(arguments);
}

const char *buffer_string(buffer *buf) {
    uint8_t *room = buffer_reserve(buf, 1);
    if (room == NULL) {
        return "";
    }
    *room = 0;
    return (const char *)buf->data;
}

void buffer_clear(buffer *buf) {
    buf->size = 0;
    buf->failed = KINMU_OK;
}

void buffer_free(buffer *buf) {
    free(buf->data);
    memset(buf, 0, sizeof *buf);
}

void buffer_wipe(buffer *buf) {
    if (buf->data != NULL) {
        crypto_wipe(buf->data, buf->capacity);
    }
    buffer_free(buf);
}
