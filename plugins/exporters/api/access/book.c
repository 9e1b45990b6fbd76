/* api/access/book.c - see book.h. */
#include "access/book.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct book {
    book_row *newest;
} book;
const size_t book_size = sizeof(book);

int32_t book_refuse(desk_call *call, int32_t status, const char *key, const char *format, ...) {
    va_list arguments;
    (void)snprintf(call->err.key, sizeof call->err.key, "%s", key);
    va_start(arguments, format);
    (void)vsnprintf(call->err.msg, sizeof call->err.msg, format, arguments);
    va_end(arguments);
    return status;
}

const book_row *book_newest(const desk_decision *d) {
    return ((const book *)d->book)->newest;
}

int32_t book_read(desk_decision *d, uint32_t use, uint32_t fields, const kinmu_filter *filters,
                  uint32_t count, table *out) {
    const api *a = d->desk->owner;
    const table_source from = {a->host, a->records, &d->memory, d->number, 0};
    return table_read(&from, use, fields, filters, count, NULL, KINMU_RECORDS_PAGE_MAX, out);
}

int32_t book_find(desk_decision *d, uint32_t use, uint32_t fields, const char *field,
                  const char *key, const kinmu_value **row) {
    const kinmu_filter filter = {field, KINMU_COMPARE_EQUAL, 0, kinmu_text(key)};
    table rows;
    for (const book_row *r = book_newest(d); r != NULL; r = r->next) {
        if (r->use == use && table_is(r->values, 0, key)) {
            *row = r->values;
            return KINMU_OK;
        }
    }
    int32_t status = book_read(d, use, fields, &filter, 1, &rows);
    *row = status == KINMU_OK && rows.count > 0 ? rows.rows[0] : NULL;
    return status;
}

void book_put(desk_decision *d, uint32_t use, const char *subject, const kinmu_value *values,
              uint32_t count) {
    book *b = d->book;
    book_row *row = memory_get(&d->memory, sizeof *row);
    const kinmu_value *copy = memory_values(&d->memory, values, count, 0);
    if (row != NULL && copy != NULL) {
        *row = (book_row){b->newest, use, copy};
        b->newest = row;
        desk_add(d, use, subject, 0, copy, count);
    }
}
