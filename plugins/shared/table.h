/* shared/table.h - rows of the store, copied into memory: texts end with a NUL. [job] */
#ifndef SHARED_TABLE_H
#define SHARED_TABLE_H

#include "memory.h"

#include <kinmu/iface/records.h>

/* Where from, and how new at least. */
typedef struct table_source {
    const kinmu_host *host;
    const kinmu_records *records;
    memory *memory;
    uint64_t decision; /* no older rows */
    uint64_t at_least; /* nor than this block */
} table_source;

typedef struct table {
    const kinmu_value **rows;
    uint32_t count, capacity;
} table;

/* Reads the rows that meet the conditions, at most `limit`, in that order (NULL: the journal's).
 * Each has `fields` values: what the store does not know is null. */
int32_t table_read(const table_source *from, uint32_t use, uint32_t fields,
                   const kinmu_filter *filters, uint32_t count, const char *order, uint32_t limit,
                   table *out);
/* The first row of these; *row NULL: there is none. */
int32_t table_find(const table_source *from, uint32_t use, uint32_t fields,
                   const kinmu_filter *filters, uint32_t count, const char *order,
                   const kinmu_value **row);

static inline kinmu_filter table_where(const char *field, const char *text) {
    const kinmu_filter filter = {field, KINMU_COMPARE_EQUAL, 0, kinmu_text(text)};
    return filter;
}

/* Of a row, or of none (NULL). */
const char *table_text(const kinmu_value *row, uint32_t field); /* "" for null */
int64_t table_number(const kinmu_value *row, uint32_t field);   /* 0 for null */
int32_t table_is(const kinmu_value *row, uint32_t field, const char *word);

#endif
