/* bench/limit/copy.h - rows to a server by binary COPY, with libpq and nothing around it. */
#ifndef COPY_H
#define COPY_H

#include "base/buffer.h"
#include "measure.h"

#include <libpq-fe.h>
#include <stdio.h>

static PGconn *pg;

static inline void run(const char *text) {
    PGresult *result = PQexec(pg, text);
    ExecStatusType status = PQresultStatus(result);
    measure_must(status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN,
                 text, PQerrorMessage(pg));
    PQclear(result);
}

static inline void put(buffer *out, uint64_t number, int size) {
    uint8_t bytes[8];
    for (int i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    }
    buffer_append(out, bytes, (size_t)size);
}

static inline void put_number(buffer *out, uint64_t number) {
    put(out, 8, 4);
    put(out, number, 8);
}

static inline void put_bytes(buffer *out, const void *bytes, size_t size) {
    put(out, size, 4);
    buffer_append(out, bytes, size);
}

/* Within the caller's transaction. */
static inline void copy_rows(const char *table, const buffer *rows) {
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    char text[64];
    snprintf(text, sizeof text, "COPY %s FROM STDIN (FORMAT binary)", table);
    run(text);
    measure_must(PQputCopyData(pg, head, sizeof head) != 1 ||
                     PQputCopyData(pg, (const char *)rows->data, (int)rows->size) != 1 ||
                     PQputCopyData(pg, "\377\377", 2) != 1 || PQputCopyEnd(pg, NULL) != 1,
                 "copy", PQerrorMessage(pg));
    for (PGresult *result; (result = PQgetResult(pg)) != NULL; PQclear(result)) {
        measure_must(PQresultStatus(result) != PGRES_COMMAND_OK, "copy", PQerrorMessage(pg));
    }
}

#endif
