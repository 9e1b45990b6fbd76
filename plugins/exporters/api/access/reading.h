/* api/access/reading.h - rows of the store for a request, as of the newest decision when it came.
 * [job] */
#ifndef API_READING_H
#define API_READING_H

#include "api.h"
#include "table.h"

table_source reading_source(const exchange *x, memory *m);
/* The rows that meet the conditions, at most KINMU_RECORDS_PAGE_MAX. 0: answered. */
int32_t reading_all(exchange *x, uint32_t use, uint32_t fields, const kinmu_filter *filters,
                    uint32_t count, const char *order, table *out);
/* All rows of a schema, page by page, in the order of the text field `key`, which no two rows
 * share. 0: answered. */
int32_t reading_every(exchange *x, uint32_t use, uint32_t fields, const char *key,
                      uint32_t key_field, table *out);
/* The first row whose field is that text; *row NULL: there is none. 0: answered. */
int32_t reading_one(exchange *x, uint32_t use, uint32_t fields, const char *field, const char *text,
                    const kinmu_value **row);

/* All groups, in the order of their ids. 0: answered. */
int32_t reading_groups(exchange *x, table *out);

#endif
