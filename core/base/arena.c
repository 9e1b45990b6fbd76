/* base/arena.c - see arena.h. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK_SIZE ((size_t)8192)
#define ARENA_ALIGN ((size_t)16)

typedef union chunk {
    union chunk *older;
    uint8_t align[16];
} chunk;

void *arena_get(arena *a, size_t size) {
    if (size > SIZE_MAX - ARENA_CHUNK_SIZE) {
        return NULL;
    }
    size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (size > a->left) {
        size_t room = size > ARENA_CHUNK_SIZE ? size : ARENA_CHUNK_SIZE;
        chunk *fresh = calloc(1, sizeof(chunk) + room);
        if (fresh == NULL) {
            return NULL;
        }
        fresh->older = a->chunks;
        a->chunks = fresh;
        a->next = (uint8_t *)(fresh + 1);
        a->left = room;
    }
    void *memory = a->next;
    a->next += size;
    a->left -= size;
    return memory;
}

char *arena_text(arena *a, const char *text, size_t size) {
    char *copy = text == NULL ? NULL : arena_get(a, size + 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void arena_free(arena *a) {
    chunk *at = a->chunks;
    while (at != NULL) {
        chunk *older = at->older;
        free(at);
        at = older;
    }
    memset(a, 0, sizeof *a);
}
