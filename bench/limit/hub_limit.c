/* bench/limit/hub_limit.c - the bare work of taking pushes in, on one thread, without TLS and HTTP:
 * read the sections, verify the head, hash every block, decrypt, unpack, a row a block, a row an
 * event, in tables indexed by (subject, time); a group commits to both files. Prints the rate and
 * the cost of each step. Arguments: FOLDER PUSHES GROUP INDEXED. */
#include "hub_pushes.h"
#include "measure.h"
#include "walk.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ, VERIFY, HASH, OPEN, JOURNAL, ROWS, COMMIT, STEPS };
static const char *const steps[] = {"read", "verify", "hash", "open", "journal", "rows", "commit"};
static double spent[STEPS], mark;
static sqlite3 *blocks, *store;
static sqlite3_stmt *add_block, *add_row[MINUTE_KINDS];
static hub_pushes made;
static sealer opener;
static int64_t position;

static void step(uint32_t which) {
    double now = measure_now_s();
    spent[which] += now - mark;
    mark = now;
}

static void run(sqlite3 *db, const char *sql) {
    measure_must(sqlite3_exec(db, sql, NULL, NULL, NULL), sql, sqlite3_errmsg(db));
}

static void prepare(const char *folder, int is_indexed) {
    static const char places[] = ",?,?,?,?,?,?,?,?,?,?,?,?";
    char sql[512], path[4096];
    snprintf(path, sizeof path, "%s/journal.db", folder);
    measure_must(sqlite3_open(path, &blocks), path, "cannot be opened");
    snprintf(path, sizeof path, "%s/store.db", folder);
    measure_must(sqlite3_open(path, &store), path, "cannot be opened");
    run(blocks, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "CREATE TABLE block(position INTEGER PRIMARY KEY, header, payload)");
    run(store, "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL");
    sqlite3_prepare_v2(blocks, "INSERT INTO block VALUES(?,?,?)", -1, &add_block, NULL);
    for (uint32_t k = 0; k < MINUTE_KINDS; k++) {
        snprintf(sql, sizeof sql,
                 "CREATE TABLE t%u(block,sequence,unix_ns,mono_ns,subject,a,b,c,d,e,f,g,h,i,j,k,l,"
                 "PRIMARY KEY(block,sequence))WITHOUT ROWID",
                 k);
        run(store, sql);
        snprintf(sql, sizeof sql, "CREATE INDEX i%u ON t%u(subject,unix_ns)", k, k);
        run(store, is_indexed ? sql : "");
        snprintf(sql, sizeof sql, "INSERT INTO t%u VALUES(?,?,?,?,?%s)", k, places);
        sqlite3_prepare_v2(store, sql, -1, &add_row[k], NULL);
    }
}

static uint32_t kind_of(const char *name, int size) {
    uint32_t k = 0;
    while (memcmp(made.kit.infos[k]->full_name, name, (size_t)size) != 0) {
        k++;
    }
    return k;
}

static void insert_events(const uint8_t *plain, size_t size, int64_t subject, uint64_t sequence) {
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
        int64_t fields = w.number - 3;
        walk_next(&w);
        uint32_t kind = w.size < 0 ? known[w.number] : (known[count++] = kind_of(w.text, w.size));
        for (int i = 0; i < 2; i++) {
            walk_next(&w);
            times[i] += w.number;
            sqlite3_bind_int64(add_row[kind], 3 + i, times[i]);
        }
        sqlite3_bind_int64(add_row[kind], 1, position);
        sqlite3_bind_int64(add_row[kind], 2, (int64_t)sequence++);
        sqlite3_bind_int64(add_row[kind], 5, subject);
        for (int i = 0; i < fields; i++) {
            walk_bind(&w, add_row[kind], 6 + i);
        }
        measure_must(sqlite3_step(add_row[kind]) != SQLITE_DONE, "row", sqlite3_errmsg(store));
        sqlite3_reset(add_row[kind]);
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
    sqlite3_bind_int64(add_block, 1, position);
    sqlite3_bind_blob(add_block, 2, block->header, (int)block->header_size, SQLITE_STATIC);
    sqlite3_bind_blob(add_block, 3, block->payload, (int)block->payload_size, SQLITE_STATIC);
    measure_must(sqlite3_step(add_block) != SQLITE_DONE, "block", sqlite3_errmsg(blocks));
    sqlite3_reset(add_block);
    step(JOURNAL);
    insert_events(plain, size, from->index, header.first_sequence);
    step(ROWS);
}

int main(int argc, char **argv) {
    static const uint8_t box[32] = {9};
    char name[64];
    measure_must(argc != 5, argv[0], "FOLDER PUSHES GROUP INDEXED");
    uint32_t group = (uint32_t)strtoul(argv[3], NULL, 10);
    hub_pushes_make(&made, 16, (uint32_t)strtoul(argv[2], NULL, 10), 10, 12, box);
    prepare(measure_folder(argv[1], "hub-limit"), argv[4][0] == '1');
    seal_init(&opener);
    double begin = mark = measure_now_s();
    for (uint32_t i = 0; i < made.count; i += group) {
        run(blocks, "BEGIN");
        run(store, "BEGIN");
        for (uint32_t n = i; n < i + group && n < made.count; n++) {
            const hub_push *p = &made.list[n];
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
        run(blocks, "COMMIT");
        run(store, "COMMIT");
        step(COMMIT);
    }
    const char *suffix = argv[4][0] == '1' ? "limit.hub" : "limit.hub_unindexed";
    measure_print(suffix, (double)made.events / (measure_now_s() - begin));
    for (uint32_t i = argv[4][0] == '1' ? 0 : ROWS; i < STEPS; i++) {
        snprintf(name, sizeof name, "%s.%s_us", suffix, steps[i]);
        measure_print(name, spent[i] / made.count * 1e6);
    }
    return 0;
}
