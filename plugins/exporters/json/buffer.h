/* json/buffer.h - a growing run of bytes. Once an append failed it stays failed, so that a writer
 * checks once at the end. */
#ifndef JSON_BUFFER_H
#define JSON_BUFFER_H

#include <kinmu/base.h>

#define BUFFER_BYTES_MAX ((size_t)64 << 20)

typedef struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    int32_t failed; /* 0 or KINMU_E_NOMEM */
} buffer;

void buffer_put(buffer *b, const void *data, size_t size);
void buffer_text(buffer *b, const char *text);
void buffer_number(buffer *b, int64_t number);
/* A JSON string literal; what is not UTF-8 becomes "". */
void buffer_json_text(buffer *b, const char *text, size_t size);
void buffer_free(buffer *b);

#endif
