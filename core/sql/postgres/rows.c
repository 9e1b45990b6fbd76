/* sql/postgres/rows.c - many rows into one table: kept in PostgreSQL's binary COPY format, sent at
 * the latest by the commit. What the server refuses shows only then; whoever wants to know which
 * row it was tries again carefully, row by row (sql_careful). */
#include "sql/postgres/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Signature, flags, length of the header's extension: the format's fixed beginning. */
static const char copy_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
#define COPY_HEAD_SIZE 19
static const char copy_tail[2] = {'\377', '\377'};

int32_t postgres_prepare_rows(sql_db *db, const char *insert, const char *into,
                              sql_statement **out) {
    connection *c = (connection *)db;
    if (postgres_prepare(db, insert, 0, out) != SQL_DONE) {
        return SQL_FAILED;
    }
    statement *s = (statement *)*out;
    s->into = postgres_copy_text(into);
    if (s->into == NULL) {
        postgres_finish(*out);
        *out = NULL;
        return postgres_fail(c, SQL_FAIL_MEMORY, "out of memory");
    }
    s->next = c->rows;
    c->rows = s;
    return SQL_DONE;
}

static char *reserve(byte_array *b, size_t size) {
    if (b->capacity - b->size < size) {
        size_t capacity = b->capacity * 2 > b->size + size ? b->capacity * 2 : b->size + size;
        char *grown = realloc(b->data, capacity);
        if (grown == NULL) {
            return NULL;
        }
        b->data = grown;
        b->capacity = capacity;
    }
    return b->data + b->size;
}

static void put_u32(char *to, uint32_t number) {
    for (int i = 0; i < 4; i++) {
        to[i] = (char)(uint8_t)(number >> (24 - 8 * i));
    }
}

int32_t postgres_add_row(statement *s) {
    size_t size = 2;
    for (int i = 0; i < s->value_count; i++) {
        size += 4 + (s->values[i] != NULL ? (size_t)s->sizes[i] : 0);
    }
    char *to = reserve(&s->pending, size);
    if (to == NULL) {
        return postgres_fail(s->on, SQL_FAIL_MEMORY, "out of memory");
    }
    *to++ = (char)(s->value_count >> 8);
    *to++ = (char)s->value_count;
    for (int i = 0; i < s->value_count; i++) {
        if (s->values[i] == NULL) {
            put_u32(to, UINT32_MAX);
            to += 4;
            continue;
        }
        put_u32(to, (uint32_t)s->sizes[i]);
        memcpy(to + 4, s->values[i], (size_t)s->sizes[i]);
        to += 4 + s->sizes[i];
    }
    s->pending.size += size;
    s->on->changes = 1;
    return s->on->mark == MARK_NONE ? postgres_send_rows(s->on, POSTGRES_ROWS_BYTES) : SQL_DONE;
}

static int32_t send(connection *c, statement *s) {
    char text[8192];
    int length = snprintf(text, sizeof text, "COPY %s FROM STDIN (FORMAT binary)", s->into);
    if (length < 0 || (size_t)length >= sizeof text) {
        return postgres_fail(c, SQL_FAIL_REFUSED, "a table has too many columns");
    }
    PGresult *result = PQexec(c->pg, text);
    int32_t answer =
        PQresultStatus(result) == PGRES_COPY_IN ? SQL_DONE : postgres_failed(c, result);
    PQclear(result);
    if (answer != SQL_DONE) {
        return answer;
    }
    int is_sent = PQputCopyData(c->pg, copy_head, COPY_HEAD_SIZE) == 1 &&
                  PQputCopyData(c->pg, s->pending.data, (int)s->pending.size) == 1 &&
                  PQputCopyData(c->pg, copy_tail, sizeof copy_tail) == 1 &&
                  PQputCopyEnd(c->pg, NULL) == 1;
    if (!is_sent) {
        answer = postgres_failed(c, NULL);
    }
    while ((result = PQgetResult(c->pg)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK && answer == SQL_DONE) {
            answer = postgres_failed(c, result);
        }
        PQclear(result);
    }
    s->pending.size = 0;
    s->marked = 0;
    return answer;
}

int32_t postgres_send_rows(connection *c, size_t size_min) {
    int32_t answer = SQL_DONE;
    for (statement *s = c->rows; s != NULL && answer == SQL_DONE; s = s->next) {
        if (s->pending.size >= size_min) {
            answer = postgres_ready(c);
            answer = answer == SQL_DONE ? postgres_sync(c) : answer;
            answer = answer == SQL_DONE ? send(c, s) : answer;
        }
    }
    return answer;
}

void postgres_mark_rows(connection *c) {
    for (statement *s = c->rows; s != NULL; s = s->next) {
        s->marked = s->pending.size;
    }
}

void postgres_cut_rows(connection *c, int32_t wholly) {
    for (statement *s = c->rows; s != NULL; s = s->next) {
        s->pending.size = wholly ? 0 : s->marked;
        s->marked = wholly ? 0 : s->marked;
    }
}
