/* ingest/sorted.h - items found by the fixed-size key they begin with. An item keeps its place in
 * memory while the table lives: a newer version is copied over the old one. */
#ifndef INGEST_SORTED_H
#define INGEST_SORTED_H

#include <kinmu/base.h>

typedef struct sorted {
    void **items; /* in the order of their keys */
    uint32_t count, capacity;
    size_t key_size, item_size;
} sorted;

void *sorted_find(const sorted *table, const void *key);
/* Index of the first item whose key is greater. */
uint32_t sorted_after(const sorted *table, const void *key);
/* Copies the item in, over one with the same key. KINMU_OK or E_NOMEM. */
int32_t sorted_put(sorted *table, const void *item);
void sorted_free(sorted *table);

#endif
