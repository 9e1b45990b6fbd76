/* api/wire/cursor.h - where the next page begins: an opaque text that says behind which row, of
 * which question. Pure.
 *
 * It names the last row given by the values of its order, not by a count, so rows that come
 * meanwhile move nothing. It is no secret and grants nothing: who brings it is judged anew. */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include "memory.h"

#define CURSOR_KEYS_MAX 8u
#define CURSOR_TEXT_MAX 4096u

typedef struct cursor {
    const char *question; /* digest of schema, conditions and order */
    uint32_t part;        /* of a question asked in parts: which */
    const char *part_name;
    kinmu_value keys[CURSOR_KEYS_MAX];
    uint32_t key_count; /* 0: the part begins */
} cursor;

/* NULL when out of memory. */
const char *cursor_print(memory *m, const cursor *c);
/* 0 when it is none. */
int32_t cursor_parse(memory *m, const char *text, cursor *out);

#endif
