/* email/rows.c - see rows.h. */
#include "rows.h"

#include <string.h>

typedef struct taking {
    memory *memory;
    rows *out;
} taking;

static int32_t take(void *user, const kinmu_event *event) {
    taking *t = user;
    rows *out = t->out;
    row *items = memory_grow(t->memory, out->items, out->count, &out->capacity, sizeof *items);
    uint32_t count = event->value_count < ROWS_FIELDS_MAX ? event->value_count : ROWS_FIELDS_MAX;
    const kinmu_value *values = memory_values(t->memory, event->values, count, ROWS_FIELDS_MAX);
    if (items == NULL || values == NULL) {
        return KINMU_E_NOMEM;
    }
    out->items = items;
    items[out->count++] = (row){values, event->unix_ns, event->block, event->sequence};
    return KINMU_OK;
}

int32_t rows_read(const rows_source *from, uint32_t use, const kinmu_filter *filters,
                  uint32_t count, const char *order, uint32_t limit, rows *out) {
    taking t = {from->memory, out};
    const kinmu_query query = {.struct_size = sizeof query,
                               .schema = use,
                               .filters = filters,
                               .filter_count = count,
                               .limit = limit,
                               .order = order,
                               .at_least = from->at_least,
                               .decision = from->decision};
    *out = (rows){NULL, 0, 0};
    int32_t status = from->records->query(from->host, &query, take, &t);
    return from->memory->failed ? KINMU_E_NOMEM : status;
}

int32_t rows_one(const rows_source *from, uint32_t use, const kinmu_filter *filters, uint32_t count,
                 row *out) {
    rows found;
    int32_t status = rows_read(from, use, filters, count, NULL, 1, &found);
    *out = status == KINMU_OK && found.count > 0 ? found.items[0] : (row){NULL, 0, 0, 0};
    return status;
}

const char *row_text(const row *r, uint32_t field) {
    return r->values != NULL && r->values[field].type == KINMU_TYPE_TEXT ? r->values[field].as.text
                                                                         : "";
}

int64_t row_number(const row *r, uint32_t field) {
    return r->values != NULL && r->values[field].type != KINMU_TYPE_TEXT ? r->values[field].as.i64
                                                                         : 0;
}

int32_t row_is(const row *r, uint32_t field, const char *word) {
    return strcmp(row_text(r, field), word) == 0;
}
