/* store/months.h - the monthly partitions of the log tables on a server. A table in a file has
 * none, and every call here does nothing for it. Internal to core/store.
 *
 * Months are made ahead, and on the way when an event of another one comes; what lies outside the
 * years a clock can sensibly tell goes to the partition for the rest. A month of which every row is
 * to go is dropped, not deleted row by row.
 */
#ifndef STORE_MONTHS_H
#define STORE_MONTHS_H

#include "store/db.h"
#include "store/layout.h"

#define MONTHS_FIRST_YEAR 2000
#define MONTHS_YEARS 100
#define MONTHS_AHEAD 2

typedef struct months {
    sql_db *db;                  /* NULL = tables in a file */
    uint8_t *known[SCHEMAS_MAX]; /* a bit per month */
} months;

void months_init(months *m, sql_db *db);
void months_free(months *m);
/* What is known may be wrong: after a rollback, or when other programs had the tables. */
void months_reset(months *m);
/* This month and the next ones, for every log schema; within a transaction. */
int32_t months_make_ahead(months *m, const schema_registry *registry, int64_t now_unix_ns,
                          kinmu_err *err);
/* There is a place for a row of that moment; within a transaction. */
int32_t months_need(months *m, const schema_info *info, int64_t unix_ns, kinmu_err *err);
/* Drops the months of a table of which every row's block is in `forgotten`. */
int32_t months_drop_forgotten(sql_db *db, const char *table, kinmu_err *err);

#endif
