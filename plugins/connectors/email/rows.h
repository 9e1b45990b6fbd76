/* email/rows.h - rows of the store, copied: texts end with a NUL. [job] */
#ifndef EMAIL_ROWS_H
#define EMAIL_ROWS_H

#include "memory.h"

#include <kinmu/iface/records.h>

#define ROWS_FIELDS_MAX 64u

typedef struct row {
    const kinmu_value *values; /* ROWS_FIELDS_MAX; NULL = no row */
    int64_t unix_ns;
    uint64_t block, sequence;
} row;

typedef struct rows {
    row *items;
    uint32_t count, capacity;
} rows;

typedef struct rows_source {
    const kinmu_host *host;
    const kinmu_records *records;
    memory *memory;
    uint64_t decision; /* no older rows */
    uint64_t at_least; /* nor than this block */
} rows_source;

/* At most `limit` rows in that order. */
int32_t rows_read(const rows_source *from, uint32_t use, const kinmu_filter *filters,
                  uint32_t count, const char *order, uint32_t limit, rows *out);
/* The row whose fields are these texts, of one or two filters; out->values NULL = there is none. */
int32_t rows_one(const rows_source *from, uint32_t use, const kinmu_filter *filters, uint32_t count,
                 row *out);

static inline kinmu_filter rows_is(const char *field, const char *text) {
    const kinmu_filter filter = {field, KINMU_COMPARE_EQUAL, 0, kinmu_text(text)};
    return filter;
}

const char *row_text(const row *r, uint32_t field); /* "" for null and no row */
int64_t row_number(const row *r, uint32_t field);   /* 0 */
int32_t row_is(const row *r, uint32_t field, const char *word);

#endif
