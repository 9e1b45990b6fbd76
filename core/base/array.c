/* base/array.c - see array.h. A room of at most 2^31 items: doubling cannot run over, nor can their
 * bytes in a size_t of 64 bits. */
#include "base/array.h"

#include <assert.h>
#include <stdlib.h>

#define ROOM_FIRST 16u
#define ROOM_LARGEST (1u << 31)

void *array_grow(void *items, uint32_t *room, uint32_t room_max, size_t item_size) {
    assert(room_max <= ROOM_LARGEST && item_size > 0);
    if (*room >= room_max) {
        return NULL;
    }
    uint32_t wanted = *room < ROOM_FIRST / 2 ? ROOM_FIRST : 2 * *room;
    wanted = wanted < room_max ? wanted : room_max;
    void *grown = realloc(items, wanted * item_size);
    if (grown != NULL) {
        *room = wanted;
    }
    return grown;
}
