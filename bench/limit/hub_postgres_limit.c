/* bench/limit/hub_postgres_limit.c - as hub_limit.c, into a PostgreSQL: rows by binary COPY, a
 * transaction of a locked row and blocks, then one of rows, a group. Prints the rate and the cost
 * of each step. Arguments: PLACE PUSHES GROUP. */
#include "copy.h"
#include "hub_pushes.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

enum { READ, VERIFY, HASH, OPEN, ENCODE, JOURNAL, ROWS, STEPS };
static const char *const steps[] = {"read", "verify", "hash", "open", "encode", "journal", "rows"};
static double spent[STEPS], mark;
static buffer blocks, rows[MINUTE_KINDS];
static hub_pushes made;
static sealer opener;
static uint64_t position;

static void step(uint32_t which) {
    double now = measure_now_s();
    spent[which] += now - mark;
    mark = now;
}

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

static uint32_t kind_of(const char *name, int size) {
    uint32_t k = 0;
    while (memcmp(made.kit.infos[k]->full_name, name, (size_t)size) != 0) {
        k++;
    }
    return k;
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

static void encode_events(const uint8_t *plain, size_t size, uint64_t subject, uint64_t sequence) {
    walk w = {.at = plain};
    uint32_t known[MINUTE_KINDS], count = 0;
    int64_t times[2] = {0, 0};
    walk_next(&w);
    for (int64_t i = w.number; i > 0; i--) { /* the stamp; its last two are times */
        walk_next(&w);
        times[i & 1] = w.number;
    }
    while (w.at < plain + size) {
        walk_next(&w);
        uint32_t fields = (uint32_t)w.number - 3;
        walk_next(&w);
        uint32_t kind = w.size < 0 ? known[w.number] : (known[count++] = kind_of(w.text, w.size));
        buffer *out = &rows[kind];
        for (int i = 0; i < 2; i++) {
            walk_next(&w);
            times[i] += w.number;
        }
        uint32_t all = made.kit.infos[kind]->field_count;
        put(out, 5 + all, 2);
        put_number(out, position);
        put_number(out, sequence++);
        put_number(out, (uint64_t)times[0]);
        put_number(out, (uint64_t)times[1]);
        put_number(out, subject);
        for (uint32_t i = 0; i < all; i++) {
            if (i < fields) {
                put_value(out, &w);
            } else {
                put(out, UINT32_MAX, 4);
            }
        }
    }
}

static void take_block(const agent *from, const journal_foreign_block *block) {
    uint8_t hash[32];
    layout_header header;
    const uint8_t *plain;
    size_t size;
    position++;
    crypto_hash(opener.crypto, block->payload, block->payload_size, hash);
    crypto_hash(opener.crypto, block->header, block->header_size, hash);
    step(HASH);
    layout_header_decode(&header, block->header, block->header_size);
    measure_must(seal_open(&opener, hub_pushes_key(from, header.key_id), block->header,
                           block->header_size, block->payload, block->payload_size, &plain, &size),
                 "block", "refused");
    step(OPEN);
    put(&blocks, 3, 2);
    put_number(&blocks, position);
    put_bytes(&blocks, block->header, block->header_size);
    put_bytes(&blocks, block->payload, block->payload_size);
    encode_events(plain, size, from->index, header.first_sequence);
    step(ENCODE);
}

static void take_push(const hub_push *p) {
    wire_push push;
    measure_must(wire_push_read(&push, made.bytes.data + p->offset, p->size, NULL), "push",
                 "damaged");
    step(READ);
    measure_must(hub_pushes_verify(p->from, &push), "head", "forged");
    step(VERIFY);
    for (uint32_t b = 0; b < push.block_count; b++) {
        take_block(p->from, &push.blocks[b]);
    }
    wire_push_free(&push);
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
    char name[64];
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
            take_push(&made.list[n]);
        }
        commit();
    }
    measure_print("limit.hub_postgres", (double)made.events / (measure_now_s() - begin));
    for (uint32_t i = 0; i < STEPS; i++) {
        snprintf(name, sizeof name, "limit.hub_postgres.%s_us", steps[i]);
        measure_print(name, spent[i] / made.count * 1e6);
    }
    PQfinish(pg);
    return 0;
}
