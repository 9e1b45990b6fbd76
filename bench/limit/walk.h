/* bench/limit/walk.h - the barest walk over a block's MessagePack: whole numbers, texts, nil,
 * truth. */
#ifndef WALK_H
#define WALK_H

#include <sqlite3.h>
#include <stdint.h>

typedef struct walk {
    const uint8_t *at;
    const char *text; /* of the last value, when it was a text */
    int size;         /* -1: a number, -2: nil */
    int64_t number;
} walk;

static inline int64_t walk_big(walk *w, uint32_t bytes, int is_signed) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        n = n << 8 | *w->at++;
    }
    uint32_t shift = 64 - 8 * bytes;
    return is_signed ? (int64_t)(n << shift) >> shift : (int64_t)n;
}

/* Arrays give their length as a number. */
static inline void walk_next(walk *w) {
    uint8_t first = *w->at++;
    w->size = -1;
    if ((first & 0xe0) == 0xa0 || first == 0xd9 || first == 0xc4) {
        w->size = (first & 0xe0) == 0xa0 ? first & 31 : *w->at++;
        w->text = (const char *)w->at;
        w->at += w->size;
    } else if (first >= 0xcc && first <= 0xd3) {
        w->number = walk_big(w, 1u << (first & 3), first >= 0xd0);
    } else if (first == 0xc0) {
        w->size = -2;
    } else if (first == 0xdc) {
        w->number = walk_big(w, 2, 0);
    } else {
        w->number = (first & 0xf0) == 0x90   ? first & 15
                    : (first & 0xfe) == 0xc2 ? first & 1
                                             : (int8_t)first;
    }
}

static inline void walk_bind(walk *w, sqlite3_stmt *row, int place) {
    walk_next(w);
    if (w->size >= 0) {
        sqlite3_bind_text(row, place, w->text, w->size, SQLITE_STATIC);
    } else if (w->size == -1) {
        sqlite3_bind_int64(row, place, w->number);
    } else {
        sqlite3_bind_null(row, place);
    }
}

#endif
