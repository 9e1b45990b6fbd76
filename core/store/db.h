/* store/db.h - the few things every file of the store does with SQLite: open, run, prepare, and
 * turn its result codes into statuses. Internal to core/store.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/buffer.h"
#include <kinmu/value.h>
#include <sqlite3.h>

#define STORE_DB_PATH_SIZE 4096
#define STORE_DB_BUSY_MS 5000
#define STORE_DB_CACHE_KIB                                                                         \
    1024 /* an agent's or a PC's memory budget; the file is read in order                          \
          */
#define STORE_DB_WAL_BYTES_MAX (32 << 20)
#define STORE_DB_DAMAGED "store.damaged" /* err->key */

/* DIRECTORY/store.db; E_CONFIG when the path is too long. */
int32_t store_db_path(const char *directory, char path[STORE_DB_PATH_SIZE], kinmu_err *err);
/* Opens with the pragmas above. E_NOTFOUND: read-only and there is no such file. */
int32_t store_db_open(const char *directory, int32_t read_only, sqlite3 **out, kinmu_err *err);

/* Status and text for the last failure of `db` while doing `what`: E_RETRY for a lock, a full disk
 * or I/O, E_REJECT for a row SQLite refuses and, with the key above, for a file that is no healthy
 * database. */
int32_t store_db_error(sqlite3 *db, const char *what, kinmu_err *err);
int32_t store_db_run(sqlite3 *db, const char *sql, kinmu_err *err);
int32_t store_db_run_built(sqlite3 *db, buffer *sql, kinmu_err *err); /* frees sql */
int32_t store_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, kinmu_err *err);
/* Prepares and frees sql. */
int32_t store_db_prepare_built(sqlite3 *db, buffer *sql, sqlite3_stmt **out, kinmu_err *err);
/* Steps a statement that gives no rows, then resets it for the next use. */
int32_t store_db_step(sqlite3 *db, sqlite3_stmt *statement, kinmu_err *err);

int store_db_bind_text(sqlite3_stmt *statement, int column, const char *text);
int store_db_bind_value(sqlite3_stmt *statement, int column, const kinmu_value *value);
/* Reads a column as the schema's type says; NULL or a foreign type come as null. */
void store_db_value(sqlite3_stmt *statement, int column, uint32_t type, kinmu_value *value);

#endif
