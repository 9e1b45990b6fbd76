/* ingest/sorted.c - see sorted.h. Sorted and not hashed: keys are chosen by strangers, and a search
 * among 10^5 takes 17 comparisons whatever they choose. */
#include "sorted.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64u

/* Index of the first item whose key is not less (or, with `over`, greater). */
static uint32_t bound(const sorted *table, const void *key, int32_t over) {
    uint32_t low = 0;
    uint32_t high = table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(table->items[middle], key, table->key_size);
        if (order < 0 || (over && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void *sorted_find(const sorted *table, const void *key) {
    uint32_t at = bound(table, key, 0);
    int32_t found = at < table->count && memcmp(table->items[at], key, table->key_size) == 0;
    return found ? table->items[at] : NULL;
}

uint32_t sorted_after(const sorted *table, const void *key) {
    return bound(table, key, 1);
}

static int32_t grow(sorted *table) {
    if (table->count < table->capacity) {
        return KINMU_OK;
    }
    uint32_t capacity = table->capacity > 0 ? table->capacity * 2 : FIRST_CAPACITY;
    void **items = realloc(table->items, capacity * sizeof *items);
    if (items == NULL) {
        return KINMU_E_NOMEM;
    }
    table->items = items;
    table->capacity = capacity;
    return KINMU_OK;
}

int32_t sorted_put(sorted *table, const void *item) {
    void *known = sorted_find(table, item);
    if (known != NULL) {
        memmove(known, item, table->item_size);
        return KINMU_OK;
    }
    void *copy = malloc(table->item_size);
    if (copy == NULL || grow(table) != KINMU_OK) {
        free(copy);
        return KINMU_E_NOMEM;
    }
    memcpy(copy, item, table->item_size);
    uint32_t at = bound(table, item, 0);
    memmove(&table->items[at + 1], &table->items[at], (table->count - at) * sizeof *table->items);
    table->items[at] = copy;
    table->count++;
    return KINMU_OK;
}

void sorted_free(sorted *table) {
    for (uint32_t i = 0; i < table->count; i++) {
        free(table->items[i]);
    }
    free(table->items);
    table->items = NULL;
    table->count = 0;
    table->capacity = 0;
}
