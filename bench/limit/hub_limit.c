/* bench/limit/hub_limit.c - the bare work of taking pushes in, on one thread, without TLS and HTTP:
 * read the sections, verify the head, hash every block, decrypt, unpack, a row a block, a row an
 * event, in tables indexed by (subject, time); a group commits to both files. Prints the rate and
 * the cost of each step. Arguments: FOLDER PUSHES GROUP INDEXED. */
#include "intake.h"

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdlib.h>

enum { JOURNAL = STORING, ROWS, COMMIT, STEPS };
static const char *const steps[STEPS] = {"read",    "verify", "hash",  "open",
                                         "journal", "rows",   "commit"};
static sqlite3 *blocks, *store;
static sqlite3_stmt *add_block, *add_row[MINUTE_KINDS];

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

static void insert_events(events *in) {
    while (events_next(in)) {
        sqlite3_stmt *add = add_row[in->kind];
        sqlite3_bind_int64(add, 1, (int64_t)position);
        sqlite3_bind_int64(add, 2, (int64_t)in->sequence);
        sqlite3_bind_int64(add, 3, in->times[0]);
        sqlite3_bind_int64(add, 4, in->times[1]);
        sqlite3_bind_int64(add, 5, (int64_t)in->subject);
        for (uint32_t i = 0; i < in->fields; i++) {
            walk_bind(&in->w, add, 6 + (int)i);
        }
        measure_must(sqlite3_step(add) != SQLITE_DONE, "row", sqlite3_errmsg(store));
        sqlite3_reset(add);
    }
}

static void store_block(const journal_foreign_block *block, events *in) {
    sqlite3_bind_int64(add_block, 1, (int64_t)position);
    sqlite3_bind_blob(add_block, 2, block->header, (int)block->header_size, SQLITE_STATIC);
    sqlite3_bind_blob(add_block, 3, block->payload, (int)block->payload_size, SQLITE_STATIC);
    measure_must(sqlite3_step(add_block) != SQLITE_DONE, "block", sqlite3_errmsg(blocks));
    sqlite3_reset(add_block);
    step(JOURNAL);
    insert_events(in);
    step(ROWS);
}

int main(int argc, char **argv) {
    static const uint8_t box[32] = {9};
    measure_must(argc != 5, argv[0], "FOLDER PUSHES GROUP INDEXED");
    uint32_t group = (uint32_t)strtoul(argv[3], NULL, 10);
    int is_indexed = argv[4][0] == '1';
    hub_pushes_make(&made, 16, (uint32_t)strtoul(argv[2], NULL, 10), 10, 12, box);
    prepare(measure_folder(argv[1], "hub-limit"), is_indexed);
    seal_init(&opener);
    double begin = mark = measure_now_s();
    for (uint32_t i = 0; i < made.count; i += group) {
        run(blocks, "BEGIN");
        run(store, "BEGIN");
        for (uint32_t n = i; n < i + group && n < made.count; n++) {
            take_push(&made.list[n], store_block);
        }
        run(blocks, "COMMIT");
        run(store, "COMMIT");
        step(COMMIT);
    }
    print_figures(is_indexed ? "limit.hub" : "limit.hub_unindexed", begin, steps,
                  is_indexed ? READ : ROWS, STEPS);
    return 0;
}
