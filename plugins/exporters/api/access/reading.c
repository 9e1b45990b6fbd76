/* api/access/reading.c - rows of the store for a request, as of the newest decision when it came.
 * [job] */
#include "access/reading.h"

table_source reading_source(const exchange *x, memory *m) {
    const table_source from = {x->owner->host, x->owner->records, m, x->head, 0};
    return from;
}

static int32_t is_read(exchange *x, int32_t status) {
    if (status != KINMU_OK) {
        problem_of_status(x, status, "", NULL);
    }
    return status == KINMU_OK;
}

int32_t reading_all(exchange *x, uint32_t use, uint32_t fields, const kinmu_filter *filters,
                    uint32_t count, const char *order, table *out) {
    const table_source from = reading_source(x, &x->memory);
    return is_read(
        x, table_read(&from, use, fields, filters, count, order, KINMU_RECORDS_PAGE_MAX, out));
}

int32_t reading_one(exchange *x, uint32_t use, uint32_t fields, const char *field, const char *text,
                    const kinmu_value **row) {
    const table_source from = reading_source(x, &x->memory);
    const kinmu_filter filter = table_where(field, text);
    return is_read(x, table_find(&from, use, fields, &filter, 1, NULL, row));
}
