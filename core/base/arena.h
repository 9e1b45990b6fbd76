/* base/arena.h - memory that is freed together: for trees built once and thrown away as a whole. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <kinmu/base.h>

typedef struct arena {
    void *chunks; /* singly linked, newest first */
    size_t left;
    uint8_t *next;
} arena;

/* Zeroed memory, aligned for any type; NULL when out of memory. */
void *arena_get(arena *a, size_t size);
/* Copy of `size` bytes of text plus a NUL; NULL for NULL. */
char *arena_text(arena *a, const char *text, size_t size);
void arena_free(arena *a);

#endif
