/* base/array.h - an array on the heap that grows by doubling up to a named maximum. The caller
 * keeps pointer, count and room; nothing here knows what the items are. New items are not
 * initialised. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/* More room than *room. Returns the array, perhaps elsewhere, with the new *room; NULL without
 * memory or at `room_max`: then `items` and *room stay as they are. */
void *array_grow(void *items, uint32_t *room, uint32_t room_max, size_t item_size);

#endif
