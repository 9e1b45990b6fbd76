/* store/db.h - the few things every file of the store does with its database: open, run, prepare,
 * and turn its answers into statuses. Internal to core/store.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/buffer.h"
#include "sql/sql.h"
#include <kinmu/value.h>

#define STORE_DB_PATH_SIZE 4096
#define STORE_DB_BUSY_MS 5000
#define STORE_DB_CACHE_KIB                                                                         \
    1024 /* an agent's or a PC's memory budget; the file is read in order                          \
          */
#define STORE_DB_WAL_BYTES_MAX (32 << 20)
#define STORE_DB_DAMAGED "store.damaged" /* err->key */

/* 1 when the store of that folder is on a server (sql/place.h). */
int32_t store_db_is_shared(const char *directory);
/* DIRECTORY/store.db; E_CONFIG when the path is too long. */
int32_t store_db_path(const char *directory, char path[STORE_DB_PATH_SIZE], kinmu_err *err);
/* Opens with the pragmas above. E_NOTFOUND: read-only and there is no such file. */
int32_t store_db_open(const char *directory, int32_t read_only, sql_db **out, kinmu_err *err);

/* Status and text for the last failure of `db` while doing `what`: E_RETRY for a lock, a full disk
 * or I/O, E_REJECT for a row SQLite refuses and, with the key above, for a file that is no healthy
 * database. */
int32_t store_db_error(sql_db *db, const char *what, kinmu_err *err);
int32_t store_db_begin(sql_db *db, uint32_t how, kinmu_err *err); /* SQL_BEGIN_* */
int32_t store_db_commit(sql_db *db, kinmu_err *err);
int32_t store_db_mark(sql_db *db, kinmu_err *err); /* as sql_mark and so on */
int32_t store_db_undo_to_mark(sql_db *db, kinmu_err *err);
int32_t store_db_forget_mark(sql_db *db, kinmu_err *err);
int32_t store_db_run(sql_db *db, const char *sql, kinmu_err *err);
int32_t store_db_run_built(sql_db *db, buffer *sql, kinmu_err *err); /* frees sql */
int32_t store_db_prepare(sql_db *db, const char *sql, sql_statement **out, kinmu_err *err);
/* One that gives no row, whose failure may show as late as at the commit; many rows of one table,
 * see sql_prepare_rows; one that may give very many rows. */
int32_t store_db_prepare_later(sql_db *db, const char *sql, sql_statement **out, kinmu_err *err);
int32_t store_db_prepare_rows(sql_db *db, const char *sql, const char *into, sql_statement **out,
                              kinmu_err *err);
int32_t store_db_prepare_many(sql_db *db, const char *sql, sql_statement **out, kinmu_err *err);
/* Prepares and frees sql. */
int32_t store_db_prepare_built(sql_db *db, buffer *sql, sql_statement **out, kinmu_err *err);
/* Steps a statement that gives no rows, then resets it for the next use. */
int32_t store_db_step(sql_db *db, sql_statement *statement, kinmu_err *err);

void store_db_bind_value(sql_statement *statement, int place, const kinmu_value *value);
/* Reads a column as the schema's type says; NULL or a foreign type come as null. */
void store_db_value(sql_statement *statement, int column, uint32_t type, kinmu_value *value);

#endif
