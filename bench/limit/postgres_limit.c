/* bench/limit/postgres_limit.c - what PostgreSQL does with the same work and nothing around it.
 *
 *   copy PLACE COUNT ROWS      rows like the store's by binary COPY, ROWS in a transaction, into a
 * table with the same key and index; encoded before the clock starts insert PLACE SECONDS SIZE
 * commits of one locked row and one block of SIZE bytes, two waits each
 */
#include "copy.h"
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMPS 9
#define COLUMNS (STAMPS + SAMPLE_FIELDS)

static void encode(buffer *out, uint64_t n) {
    sample s;
    sample_fill(&s, n);
    const uint64_t stamps[STAMPS] = {
        n / 400 + 1, n + 1, 1, (uint64_t)s.event.unix_ns, s.event.mono_ns, 0, 1, 1, 1};
    put(out, COLUMNS, 2);
    for (size_t i = 0; i < STAMPS; i++) {
        put_number(out, stamps[i]);
    }
    for (size_t i = 0; i < SAMPLE_FIELDS; i++) {
        if (s.values[i].type == KINMU_TYPE_TEXT) {
            put_bytes(out, s.values[i].as.text, s.values[i].size);
        } else {
            put_number(out, (uint64_t)s.values[i].as.i64);
        }
    }
}

static void copy(uint64_t count, uint64_t rows) {
    uint64_t portions = count / rows;
    buffer *all = calloc(portions, sizeof *all);
    measure_must(all == NULL, "copy", "no memory");
    for (uint64_t i = 0; i < portions * rows; i++) {
        encode(&all[i / rows], i);
    }
    run("DROP TABLE IF EXISTS bare; CREATE TABLE bare(block BIGINT NOT NULL, sequence BIGINT NOT "
        "NULL,"
        " origin BIGINT NOT NULL, unix_ns BIGINT NOT NULL, mono_ns BIGINT NOT NULL, utc_offset_s"
        " BIGINT NOT NULL, zone BIGINT NOT NULL, boot_id BIGINT NOT NULL, subject BIGINT NOT NULL,"
        " number BIGINT, process TEXT COLLATE \"C\", title TEXT COLLATE \"C\", url TEXT COLLATE"
        " \"C\", cause TEXT COLLATE \"C\", keys BIGINT, moves BIGINT, elevated BIGINT,"
        " PRIMARY KEY(block, sequence, unix_ns)); CREATE INDEX ON bare(subject, unix_ns)");
    double begin = measure_now_s();
    for (uint64_t i = 0; i < portions; i++) {
        run("BEGIN");
        copy_rows("bare", &all[i]);
        run("COMMIT");
    }
    measure_print("limit.pg.copy", (double)(portions * rows) / (measure_now_s() - begin));
    run("DROP TABLE bare");
    for (uint64_t i = 0; i < portions; i++) {
        buffer_free(&all[i]);
    }
    free(all);
}

static void insert(double seconds, uint64_t size) {
    char *block = calloc(1, size);
    uint64_t count = 0;
    measure_must(block == NULL, "insert", "no memory");
    for (uint64_t i = 0; i < size; i++) {
        block[i] = (char)(i * 2654435761u >> 13);
    }
    run("DROP TABLE IF EXISTS bare; CREATE TABLE bare(position BIGINT PRIMARY KEY, payload BYTEA);"
        "ALTER TABLE bare ALTER payload SET STORAGE EXTERNAL; DROP TABLE IF EXISTS bare_turn;"
        "CREATE TABLE bare_turn(id BIGINT PRIMARY KEY, position BIGINT); INSERT INTO bare_turn"
        " VALUES(1, 0)");
    PQclear(PQprepare(pg, "insert", "INSERT INTO bare VALUES($1, $2)", 0, NULL));
    double begin = measure_now_s();
    do {
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)++count);
        const char *const values[] = {number, block};
        const int sizes[] = {0, (int)size};
        const int formats[] = {0, 1};
        run("BEGIN; SELECT position FROM bare_turn WHERE id = 1 FOR UPDATE");
        PGresult *result = PQexecPrepared(pg, "insert", 2, values, sizes, formats, 1);
        measure_must(PQresultStatus(result) != PGRES_COMMAND_OK, "insert", PQerrorMessage(pg));
        PQclear(result);
        run("UPDATE bare_turn SET position = position + 1; COMMIT");
    } while (measure_now_s() - begin < seconds);
    measure_print("limit.pg.commit", (double)count / (measure_now_s() - begin));
    run("DROP TABLE bare; DROP TABLE bare_turn");
    free(block);
}

int main(int argc, char **argv) {
    measure_must(argc != 5, argv[0], "copy PLACE COUNT ROWS | insert PLACE SECONDS SIZE");
    pg = PQconnectdb(argv[2]);
    measure_must(PQstatus(pg) != CONNECTION_OK, argv[2], PQerrorMessage(pg));
    run("SET client_min_messages TO error");
    if (strcmp(argv[1], "copy") == 0) {
        copy(strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
    } else {
        insert(strtod(argv[3], NULL), strtoull(argv[4], NULL, 10));
    }
    PQfinish(pg);
    return 0;
}
