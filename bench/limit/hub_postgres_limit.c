/* bench/limit/hub_postgres_limit.c - as hub_limit.c, into a PostgreSQL: rows by binary COPY, a
 * transaction of a locked row and blocks, then one of rows, a group. Prints the rate and the cost
 * of each step. Arguments: PLACE PUSHES GROUP. */
#include "copy.h"
#include "intake.h"

#include <stdlib.h>

enum { ENCODE = STORING, JOURNAL, ROWS, STEPS };
static const char *const steps[STEPS] = {"read",   "verify",  "hash", "open",
                                         "encode", "journal", "rows"};
static buffer blocks, rows[MINUTE_KINDS];

static void prepare(void) {
    run("SET client_min_messages TO error; DROP TABLE IF EXISTS bare, bare_turn, t0, t1, t2;"
        "CREATE TABLE bare(position BIGINT PRIMARY KEY, header BYTEA, payload BYTEA);"
        "ALTER TABLE bare ALTER payload SET STORAGE EXTERNAL;"
        "CREATE TABLE bare_turn(id BIGINT PRIMARY KEY, position BIGINT);"
        "INSERT INTO bare_turn VALUES(1, 0)");
    for (uint32_t k = 0; k < MINUTE_KINDS; k++) {
        buffer sql = {0};
        buffer_printf(&sql,
                      "CREATE TABLE t%u(block BIGINT, sequence BIGINT, unix_ns BIGINT, mono_ns"
                      " BIGINT, subject BIGINT",
                      k);
        for (uint32_t i = 0; i < made.kit.infos[k]->field_count; i++) {
            const int is_text = made.kit.infos[k]->fields[i].type == KINMU_TYPE_TEXT;
            buffer_printf(&sql, ", f%u %s", i, is_text ? "TEXT COLLATE \"C\"" : "BIGINT");
        }
        buffer_printf(&sql,
                      ", PRIMARY KEY(block, sequence, unix_ns));"
                      "CREATE INDEX ON t%u(subject, unix_ns)",
                      k);
        run(buffer_string(&sql));
        buffer_free(&sql);
    }
}

static void put_value(buffer *out, walk *w) {
    walk_next(w);
    if (w->size >= 0) {
        put_bytes(out, w->text, (size_t)w->size);
    } else if (w->size == -1) {
        put_number(out, (uint64_t)w->number);
    } else {
        put(out, UINT32_MAX, 4);
    }
}

static void encode_events(events *in) {
    while (events_next(in)) {
        buffer *out = &rows[in->kind];
        uint32_t all = made.kit.infos[in->kind]->field_count;
        put(out, 5 + all, 2);
        put_number(out, position);
        put_number(out, in->sequence);
        put_number(out, (uint64_t)in->times[0]);
        put_number(out, (uint64_t)in->times[1]);
        put_number(out, in->subject);
        for (uint32_t i = 0; i < all; i++) {
            if (i < in->fields) {
                put_value(out, &in->w);
            } else {
                put(out, UINT32_MAX, 4);
            }
        }
    }
}

static void store_block(const journal_foreign_block *block, events *in) {
    put(&blocks, 3, 2);
    put_number(&blocks, position);
    put_bytes(&blocks, block->header, block->header_size);
    put_bytes(&blocks, block->payload, block->payload_size);
    encode_events(in);
    step(ENCODE);
}

static void commit(void) {
    static const char *const tables[MINUTE_KINDS] = {"t0", "t1", "t2"};
    run("BEGIN; SELECT position FROM bare_turn WHERE id = 1 FOR UPDATE");
    copy_rows("bare", &blocks);
    run("UPDATE bare_turn SET position = position + 1; COMMIT");
    buffer_clear(&blocks);
    step(JOURNAL);
    run("BEGIN");
    for (uint32_t k = 0; k < MINUTE_KINDS; k++) {
        copy_rows(tables[k], &rows[k]);
        buffer_clear(&rows[k]);
    }
    run("COMMIT");
    step(ROWS);
}

int main(int argc, char **argv) {
    static const uint8_t box[32] = {9};
    measure_must(argc != 4, argv[0], "PLACE PUSHES GROUP");
    uint32_t group = (uint32_t)strtoul(argv[3], NULL, 10);
    hub_pushes_make(&made, 16, (uint32_t)strtoul(argv[2], NULL, 10), 10, 12, box);
    pg = PQconnectdb(argv[1]);
    measure_must(PQstatus(pg) != CONNECTION_OK, argv[1], PQerrorMessage(pg));
    prepare();
    seal_init(&opener);
    double begin = mark = measure_now_s();
    for (uint32_t i = 0; i < made.count; i += group) {
        for (uint32_t n = i; n < i + group && n < made.count; n++) {
            take_push(&made.list[n], store_block);
        }
        commit();
    }
    print_figures("limit.hub_postgres", begin, steps, READ, STEPS);
    PQfinish(pg);
    return 0;
}
