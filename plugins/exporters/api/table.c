/* api/table.c - see table.h. */
#include "table.h"

#include "words.h"

#include <string.h>

static int32_t take(void *user, const kinmu_event *event) {
    table *t = user;
    uint32_t count = event->value_count < t->fields ? event->value_count : t->fields;
    const kinmu_value **rows =
        memory_grow(t->memory, (void *)t->rows, t->count, &t->capacity, sizeof *rows);
    const kinmu_value *values = memory_values(t->memory, event->values, count, t->fields);
    if (rows == NULL || values == NULL) {
        return KINMU_E_NOMEM;
    }
    t->rows = rows;
    t->rows[t->count++] = values;
    return KINMU_OK;
}

int32_t table_read_in(const kinmu_host *host, const kinmu_records *records, memory *m, uint32_t use,
                      uint32_t fields, const kinmu_filter *filters, uint32_t count,
                      const char *order, uint64_t decision, table *out) {
    const kinmu_query query = {.struct_size = sizeof query,
                               .schema = use,
                               .filters = filters,
                               .filter_count = count,
                               .limit = KINMU_RECORDS_PAGE_MAX,
                               .order = order,
                               .decision = decision};
    *out = (table){.memory = m, .fields = fields};
    int32_t status = records->query(host, &query, take, out);
    return m->failed ? KINMU_E_NOMEM : status;
}

int32_t table_read(const kinmu_host *host, const kinmu_records *records, memory *m, uint32_t use,
                   uint32_t fields, const kinmu_filter *filters, uint32_t count, uint64_t decision,
                   table *out) {
    return table_read_in(host, records, m, use, fields, filters, count, NULL, decision, out);
}

const char *table_text(const kinmu_value *row, uint32_t field) {
    return row != NULL && row[field].type == KINMU_TYPE_TEXT ? row[field].as.text : "";
}

int64_t table_number(const kinmu_value *row, uint32_t field) {
    return row != NULL && row[field].type != KINMU_TYPE_TEXT && row[field].type != KINMU_TYPE_BYTES
               ? row[field].as.i64
               : 0;
}

int32_t table_has_word(const char *list, const char *word) {
    const char *found;
    uint32_t size;
    while (words_next(&list, &found, &size)) {
        if (strlen(word) == size && memcmp(found, word, size) == 0) {
            return 1;
        }
    }
    return 0;
}
