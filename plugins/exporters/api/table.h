/* api/table.h - rows of the store in memory: of master data, of tokens. */
#ifndef API_TABLE_H
#define API_TABLE_H

#include "memory.h"

#include <kinmu/iface/records.h>

typedef struct table {
    memory *memory;
    const kinmu_value **rows; /* `fields` values each; texts end with a NUL */
    uint32_t count, capacity, fields;
} table;

/* Reads the rows that meet the conditions, at most KINMU_RECORDS_PAGE_MAX, as of the decision or
 * newer. [job] */
int32_t table_read(const kinmu_host *host, const kinmu_records *records, memory *m, uint32_t use,
                   uint32_t fields, const kinmu_filter *filters, uint32_t count, uint64_t decision,
                   table *out);
/* The same in an order, "person,date". */
int32_t table_read_in(const kinmu_host *host, const kinmu_records *records, memory *m, uint32_t use,
                      uint32_t fields, const kinmu_filter *filters, uint32_t count,
                      const char *order, uint64_t decision, table *out);
const char *table_text(const kinmu_value *row, uint32_t field); /* "" for null */
int64_t table_number(const kinmu_value *row, uint32_t field);   /* 0 for null */
/* 1 when the word stands in a list joined by ";". */
int32_t table_has_word(const char *list, const char *word);

#endif
