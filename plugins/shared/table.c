/* shared/table.c - see table.h. */
#include "table.h"

#include <string.h>

typedef struct taking {
    memory *memory;
    uint32_t fields;
    table *out;
} taking;

static int32_t take(void *user, const kinmu_event *event) {
    const taking *t = user;
    table *out = t->out;
    uint32_t count = event->value_count < t->fields ? event->value_count : t->fields;
    const kinmu_value **rows =
        memory_grow(t->memory, (void *)out->rows, out->count, &out->capacity, sizeof *rows);
    const kinmu_value *values = memory_values(t->memory, event->values, count, t->fields);
    if (rows == NULL || values == NULL) {
        return KINMU_E_NOMEM;
    }
    out->rows = rows;
    out->rows[out->count++] = values;
    return KINMU_OK;
}

int32_t table_read(const table_source *from, uint32_t use, uint32_t fields,
                   const kinmu_filter *filters, uint32_t count, const char *order, uint32_t limit,
                   table *out) {
    taking t = {from->memory, fields, out};
    const kinmu_query query = {.struct_size = sizeof query,
                               .schema = use,
                               .filters = filters,
                               .filter_count = count,
                               .limit = limit,
                               .order = order,
                               .at_least = from->at_least,
                               .decision = from->decision};
    *out = (table){NULL, 0, 0};
    int32_t status = from->records->query(from->host, &query, take, &t);
    return from->memory->failed ? KINMU_E_NOMEM : status;
}

int32_t table_find(const table_source *from, uint32_t use, uint32_t fields,
                   const kinmu_filter *filters, uint32_t count, const char *order,
                   const kinmu_value **row) {
    table found;
    int32_t status = table_read(from, use, fields, filters, count, order, 1, &found);
    *row = status == KINMU_OK && found.count > 0 ? found.rows[0] : NULL;
    return status;
}

const char *table_text(const kinmu_value *row, uint32_t field) {
    return row != NULL && row[field].type == KINMU_TYPE_TEXT ? row[field].as.text : "";
}

int64_t table_number(const kinmu_value *row, uint32_t field) {
    return row != NULL && row[field].type != KINMU_TYPE_TEXT && row[field].type != KINMU_TYPE_BYTES
               ? row[field].as.i64
               : 0;
}

int32_t table_is(const kinmu_value *row, uint32_t field, const char *word) {
    return strcmp(table_text(row, field), word) == 0;
}
