/* limit/export_limit.c - the limit of the csv exporter: SQLite alone reads the rows it reads, all
 * columns, in its order, and makes nothing of them. One thread, one statement a table. Prints
 * "limit.export SECONDS" and, of the processor, "limit.export.cpu SECONDS".
 *
 *     export_limit STORE.DB
 */
#include "measure.h"

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

#define CACHE "PRAGMA cache_size=-1024" /* as the store's reader */

static const char *const queries[] = {
    "SELECT t.*, s.subject FROM kinmu_input_minute_1 t JOIN kinmu_subject s ON s.id = t.subject"
    " ORDER BY s.subject, t.unix_ns, t.block, t.sequence",
    "SELECT t.*, s.subject FROM kinmu_window_focus_1 t JOIN kinmu_subject s ON s.id = t.subject"
    " ORDER BY s.subject, t.unix_ns, t.block, t.sequence",
};

/* Every column is looked at, so that SQLite decodes it. */
static uint64_t look(sqlite3_stmt *row, int columns) {
    uint64_t sum = 0;
    for (int i = 0; i < columns; i++) {
        switch (sqlite3_column_type(row, i)) {
        case SQLITE_INTEGER:
            sum += (uint64_t)sqlite3_column_int64(row, i);
            break;
        case SQLITE_TEXT:
            sum += sqlite3_column_text(row, i)[0];
            sum += (uint64_t)sqlite3_column_bytes(row, i);
            break;
        default:
            break;
        }
    }
    return sum;
}

int main(int argc, char **argv) {
    sqlite3 *db = NULL;
    uint64_t rows = 0;
    uint64_t sum = 0;
    measure_must(argc != 2, "usage", "export_limit STORE.DB");
    measure_must(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL),
                 "opening", argv[1]);
    measure_must(sqlite3_exec(db, CACHE, NULL, NULL, NULL), "cache", sqlite3_errmsg(db));
    double begin = measure_now_s();
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        sqlite3_stmt *row = NULL;
        measure_must(sqlite3_prepare_v2(db, queries[i], -1, &row, NULL), "query",
                     sqlite3_errmsg(db));
        int columns = sqlite3_column_count(row);
        for (; sqlite3_step(row) == SQLITE_ROW; rows++) {
            sum += look(row, columns);
        }
        sqlite3_finalize(row);
    }
    measure_print("limit.export", measure_now_s() - begin);
    measure_print("limit.export.cpu", (double)clock() / CLOCKS_PER_SEC);
    measure_must(rows == 0 || sum == 0, "rows", "there are none");
    sqlite3_close(db);
    return 0;
}
