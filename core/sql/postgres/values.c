/* sql/postgres/values.c - values to the server and back, in PostgreSQL's binary form. */
#include "sql/postgres/postgres.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Types as pg_type.dat numbers them; they never change. */
#define TYPE_BOOL 16u
#define TYPE_BYTEA 17u
#define TYPE_NAME 19u
#define TYPE_INT8 20u
#define TYPE_INT2 21u
#define TYPE_INT4 23u
#define TYPE_FLOAT4 700u
#define TYPE_FLOAT8 701u

int32_t postgres_make_room(statement *s) {
    size_t count = s->value_count > 0 ? (size_t)s->value_count : 1;
    if (count > POSTGRES_VALUES_MAX) {
        return SQL_FAILED;
    }
    s->types = calloc(count, sizeof *s->types);
    s->values = calloc(count, sizeof *s->values);
    s->sizes = calloc(count, sizeof *s->sizes);
    s->formats = calloc(count, sizeof *s->formats);
    s->numbers = calloc(count, sizeof *s->numbers);
    if (s->types == NULL || s->values == NULL || s->sizes == NULL || s->formats == NULL ||
        s->numbers == NULL) {
        return SQL_FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        s->formats[i] = 1;
    }
    return SQL_DONE;
}

static void put_big_endian(char *to, uint64_t number, int size) {
    for (int i = 0; i < size; i++) {
        to[i] = (char)(uint8_t)(number >> (8 * (size - 1 - i)));
    }
}

static uint64_t take_big_endian(const char *from, int size) {
    uint64_t number = 0;
    for (int i = 0; i < size; i++) {
        number = number << 8 | (uint8_t)from[i];
    }
    return number;
}

static void put_number(statement *s, int index, uint64_t number, int size) {
    put_big_endian(s->numbers[index], number, size);
    s->values[index] = s->numbers[index];
    s->sizes[index] = size;
}

void postgres_bind_null(sql_statement *statement_, int place) {
    statement *s = (statement *)statement_;
    s->values[place - 1] = NULL;
    s->sizes[place - 1] = 0;
}

void postgres_bind_i64(sql_statement *statement_, int place, int64_t value) {
    statement *s = (statement *)statement_;
    switch (s->types[place - 1]) {
    case TYPE_FLOAT8:
        postgres_bind_f64(statement_, place, (double)value);
        return;
    case TYPE_INT4:
        put_number(s, place - 1, (uint64_t)value, 4);
        return;
    case TYPE_INT2:
        put_number(s, place - 1, (uint64_t)value, 2);
        return;
    default:
        put_number(s, place - 1, (uint64_t)value, 8);
    }
}

/* SQLite keeps neither NaN (it becomes NULL) nor the sign of zero: one journal, one store. */
void postgres_bind_f64(sql_statement *statement_, int place, double value) {
    uint64_t bits;
    double plain = value == 0 ? 0 : value;
    if (isnan(value)) {
        postgres_bind_null(statement_, place);
        return;
    }
    memcpy(&bits, &plain, sizeof bits);
    put_number((statement *)statement_, place - 1, bits, 8);
}

void postgres_bind_text(sql_statement *statement_, int place, const char *text, size_t size) {
    statement *s = (statement *)statement_;
    s->is_refused |= text != NULL && memchr(text, '\0', size) != NULL;
    s->values[place - 1] = text;
    s->sizes[place - 1] = (int)size;
}

void postgres_bind_bytes(sql_statement *statement_, int place, const void *data, size_t size) {
    statement *s = (statement *)statement_;
    s->values[place - 1] = data;
    s->sizes[place - 1] = (int)size;
}

/* ---- columns ---- */

int postgres_columns(sql_statement *s) {
    return PQnfields(((statement *)s)->result);
}

static uint32_t type_of(const PGresult *result, int column) {
    switch (PQftype(result, column)) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        return SQL_I64;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        return SQL_F64;
    case TYPE_BYTEA:
        return SQL_BYTES;
    default:
        return SQL_TEXT;
    }
}

uint32_t postgres_type(sql_statement *statement_, int column) {
    const statement *s = (const statement *)statement_;
    return PQgetisnull(s->result, s->row, column) ? SQL_NULL : type_of(s->result, column);
}

int64_t postgres_i64(sql_statement *statement_, int column) {
    const statement *s = (const statement *)statement_;
    int size = PQgetlength(s->result, s->row, column);
    uint32_t type = postgres_type(statement_, column);
    if (type == SQL_F64) {
        return (int64_t)postgres_f64(statement_, column);
    }
    if (type != SQL_I64 || size < 1 || size > 8) {
        return 0;
    }
    uint64_t number = take_big_endian(PQgetvalue(s->result, s->row, column), size);
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    return (int64_t)((number ^ sign) - sign); /* a short number's sign goes up */
}

int32_t postgres_number(sql_statement *s, int column, int64_t *out) {
    if (postgres_type(s, column) != SQL_I64) {
        return 0;
    }
    *out = postgres_i64(s, column);
    return 1;
}

double postgres_f64(sql_statement *statement_, int column) {
    const statement *s = (const statement *)statement_;
    uint32_t type = postgres_type(statement_, column);
    if (type == SQL_I64) {
        return (double)postgres_i64(statement_, column);
    }
    if (type != SQL_F64) {
        return 0;
    }
    const char *value = PQgetvalue(s->result, s->row, column);
    if (PQftype(s->result, column) == TYPE_FLOAT4) {
        uint32_t bits = (uint32_t)take_big_endian(value, 4);
        float real;
        memcpy(&real, &bits, sizeof real);
        return (double)real;
    }
    uint64_t bits = take_big_endian(value, 8);
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

const char *postgres_text(sql_statement *statement_, int column) {
    return postgres_bytes(statement_, column);
}

const void *postgres_bytes(sql_statement *statement_, int column) {
    const statement *s = (const statement *)statement_;
    return PQgetisnull(s->result, s->row, column) ? NULL : PQgetvalue(s->result, s->row, column);
}

size_t postgres_size(sql_statement *statement_, int column) {
    const statement *s = (const statement *)statement_;
    return (size_t)PQgetlength(s->result, s->row, column);
}
