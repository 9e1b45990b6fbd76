/* base/buffer.h - a growing byte buffer with a named maximum. Once an append failed the buffer
 * stays failed, so that a writer checks once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/error.h"

#define BUFFER_BYTES_MAX ((size_t)256 << 20)

typedef struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    int32_t failed; /* 0 or KINMU_E_NOMEM */
} buffer;

void buffer_append(buffer *buf, const void *data, size_t size);
void buffer_text(buffer *buf, const char *text);
void buffer_printf(buffer *buf, const char *format, ...) KINMU_PRINTF(2, 3);
/* Room for `size` more bytes at the end, NULL when failed; the caller adds to buf->size. */
uint8_t *buffer_reserve(buffer *buf, size_t size);
/* NUL-terminates (not counted) and returns the text, "" when failed. */
const char *buffer_string(buffer *buf);
void buffer_clear(buffer *buf); /* keeps the memory */
void buffer_free(buffer *buf);
void buffer_wipe(buffer *buf); /* overwrites, then frees */

#endif
