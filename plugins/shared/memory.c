/* shared/memory.c - see memory.h. */
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 65536u
#define ALIGNMENT 16u

typedef struct memory_piece {
    struct memory_piece *older;
    size_t used, size;
} memory_piece;

#define HEAD_BYTES ((sizeof(memory_piece) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

void *memory_get(memory *m, size_t size) {
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memory_piece *piece = m->newest;
    if (piece == NULL || piece->size - piece->used < size) {
        size_t room = size > PIECE_BYTES ? size : PIECE_BYTES;
        piece = calloc(1, HEAD_BYTES + room);
        if (piece == NULL) {
            m->failed = 1;
            return NULL;
        }
        piece->older = m->newest;
        piece->size = room;
        m->newest = piece;
    }
    char *at = (char *)piece + HEAD_BYTES + piece->used;
    piece->used += size;
    return at;
}

char *memory_text(memory *m, const char *text, size_t size) {
    char *copy = memory_get(m, size + 1);
    if (copy != NULL && size > 0) {
        memcpy(copy, text, size);
    }
    return copy;
}

char *memory_print(memory *m, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length >= 0 ? memory_get(m, (size_t)length + 1) : NULL;
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

void *memory_grow(memory *m, void *array, uint32_t count, uint32_t *capacity, size_t item_size) {
    if (count < *capacity) {
        return array;
    }
    uint32_t next = *capacity > 0 ? *capacity * 2 : 16;
    void *moved = memory_get(m, next * item_size);
    if (moved != NULL) {
        if (count > 0) {
            memcpy(moved, array, count * item_size);
        }
        *capacity = next;
    }
    return moved;
}

kinmu_value *memory_values(memory *m, const kinmu_value *values, uint32_t count, uint32_t room) {
    kinmu_value *copy = memory_get(m, (room > count ? room : count) * sizeof *copy);
    for (uint32_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = values[i];
        if (values[i].type == KINMU_TYPE_TEXT || values[i].type == KINMU_TYPE_BYTES) {
            copy[i].as.text = memory_text(m, values[i].as.text, values[i].size);
            copy = copy[i].as.text != NULL ? copy : NULL;
        }
    }
    return copy;
}

void memory_free(memory *m) {
    while (m->newest != NULL) {
        memory_piece *older = m->newest->older;
        free(m->newest);
        m->newest = older;
    }
}
