/* api/access/reading.c - rows of the store for a request, as of the newest decision when it came.
 * [job] */
#include "access/reading.h"

#include <kinmu/events/people.h>

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

int32_t reading_every(exchange *x, uint32_t use, uint32_t fields, const char *key,
                      uint32_t key_field, table *out) {
    const char *behind = "";
    table page;
    *out = (table){NULL, 0, 0};
    do {
        kinmu_filter filter = table_where(key, behind);
        filter.compare = KINMU_COMPARE_GREATER;
        if (!reading_all(x, use, fields, &filter, 1, key, &page)) {
            return 0;
        }
        for (uint32_t i = 0; i < page.count; i++) {
            const kinmu_value **rows = memory_grow(&x->memory, (void *)out->rows, out->count,
                                                   &out->capacity, sizeof *rows);
            if (rows == NULL) {
                return is_read(x, KINMU_E_NOMEM);
            }
            out->rows = rows;
            out->rows[out->count++] = page.rows[i];
        }
        behind = page.count > 0 ? table_text(page.rows[page.count - 1], key_field) : behind;
    } while (page.count == KINMU_RECORDS_PAGE_MAX);
    return 1;
}

int32_t reading_one(exchange *x, uint32_t use, uint32_t fields, const char *field, const char *text,
                    const kinmu_value **row) {
    const table_source from = reading_source(x, &x->memory);
    const kinmu_filter filter = table_where(field, text);
    return is_read(x, table_find(&from, use, fields, &filter, 1, NULL, row));
}

int32_t reading_groups(exchange *x, table *out) {
    return reading_every(x, USE_GROUP, KINMU_PEOPLE_GROUP_FIELDS, "group_id",
                         KINMU_PEOPLE_GROUP_GROUP_ID, out);
}
