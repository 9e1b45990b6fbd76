/* bench/visible.c - watches a store's table and prints how old its rows are when they can first be
 * read: "NAME_p50", "NAME_p99", "NAME_max" in ms. Looks every 200 us. Arguments: STORE.DB TABLE
 * COUNT NAME. */
#include "measure.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PATIENCE_S 240.0

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

int main(int argc, char **argv) {
    const struct timespec pause = {0, 200000};
    char text[512];
    sqlite3 *db;
    sqlite3_stmt *rows;
    int64_t seen = 0;
    measure_must(argc != 5, argv[0], "STORE.DB TABLE COUNT NAME");
    size_t wanted = strtoul(argv[3], NULL, 10), count = 0;
    double *ages = calloc(wanted + 1, sizeof *ages);
    measure_must(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL), argv[1], "no store");
    snprintf(text, sizeof text,
             "SELECT unix_ns, block FROM \"%s\" WHERE block > ? ORDER BY block, sequence", argv[2]);
    measure_must(sqlite3_prepare_v2(db, text, -1, &rows, NULL), text, sqlite3_errmsg(db));
    double end_s = measure_now_s() + PATIENCE_S;
    int is_first = 1;
    while (count < wanted && measure_now_s() < end_s) {
        int64_t newest = seen;
        sqlite3_bind_int64(rows, 1, seen);
        while (sqlite3_step(rows) == SQLITE_ROW) {
            double age = now_ms() - (double)sqlite3_column_int64(rows, 0) * 1e-6;
            newest = sqlite3_column_int64(rows, 1);
            if (!is_first && count < wanted) { /* the first look finds what was there before */
                ages[count++] = age;
            }
        }
        sqlite3_reset(rows);
        seen = newest;
        is_first = 0;
        nanosleep(&pause, NULL);
    }
    measure_must(count < wanted, argv[1], "too few rows came");
    measure_print_of(argv[4], "_p50", measure_percentile(ages, count, 0.5));
    measure_print_of(argv[4], "_p99", measure_percentile(ages, count, 0.99));
    measure_print_of(argv[4], "_max", measure_percentile(ages, count, 1));
    return 0;
}
