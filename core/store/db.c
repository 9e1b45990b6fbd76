/* store/db.c - see db.h. Values bound are never copied: whoever binds steps before they go away. */
#include "store/db.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

int32_t store_db_path(const char *directory, char path[STORE_DB_PATH_SIZE], kinmu_err *err) {
    int size = snprintf(path, STORE_DB_PATH_SIZE, "%s/store.db", directory);
    if (size < 0 || size >= STORE_DB_PATH_SIZE) {
        return error_set(err, KINMU_E_CONFIG, "store.path",
                         "store: data directory name is too long");
    }
    return KINMU_OK;
}

int32_t store_db_error(sqlite3 *db, const char *what, kinmu_err *err) {
    int code = sqlite3_errcode(db) & 0xff;
    const char *text = sqlite3_errmsg(db);
    switch (code) {
    case SQLITE_NOMEM:
        return error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory (%s)", what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, KINMU_E_REJECT, STORE_DB_DAMAGED,
                         "store: store.db is damaged (%s: %s); run \"kinmu store rebuild\"", what,
                         text);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return error_set(err, KINMU_E_REJECT, "store.row", "store: %s: %s", what, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, KINMU_E_RETRY, "store.busy",
                         "store: store.db is locked by another process (%s)", what);
    case SQLITE_FULL:
        return error_set(err, KINMU_E_RETRY, "store.full",
                         "store: the disk is full (%s); free some space", what);
    default:
        return error_set(err, KINMU_E_RETRY, "store.io", "store: %s: %s", what, text);
    }
}

int32_t store_db_run(sqlite3 *db, const char *sql, kinmu_err *err) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return store_db_error(db, "running a statement", err);
    }
    return KINMU_OK;
}

int32_t store_db_run_built(sqlite3 *db, buffer *sql, kinmu_err *err) {
    const char *text = buffer_string(sql);
    int32_t status = sql->failed == KINMU_OK
                         ? store_db_run(db, text, err)
                         : error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    buffer_free(sql);
    return status;
}

int32_t store_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, kinmu_err *err) {
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK) {
        return store_db_error(db, "preparing a statement", err);
    }
    return KINMU_OK;
}

int32_t store_db_prepare_built(sqlite3 *db, buffer *sql, sqlite3_stmt **out, kinmu_err *err) {
    const char *text = buffer_string(sql);
    int32_t status = sql->failed == KINMU_OK
                         ? store_db_prepare(db, text, out, err)
                         : error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    buffer_free(sql);
    return status;
}

int32_t store_db_step(sqlite3 *db, sqlite3_stmt *statement, kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (sqlite3_step(statement) != SQLITE_DONE) {
        status = store_db_error(db, "writing rows", err);
    }
    sqlite3_reset(statement);
    return status;
}

/* A reader also gets secure_delete and the rest: they are harmless there and one list is simpler.
 */
static int32_t set_up(sqlite3 *db, int32_t read_only, kinmu_err *err) {
    char sql[256];
    sqlite3_busy_timeout(db, STORE_DB_BUSY_MS);
    snprintf(sql, sizeof sql,
             "PRAGMA cache_size=-%d; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;",
             STORE_DB_CACHE_KIB);
    int32_t status = store_db_run(db, sql, err);
    if (status != KINMU_OK || read_only) {
        return status;
    }
    /* NORMAL may lose the newest transactions with the power, never half of one: the cursor is in
     * the same transaction, so those blocks are just applied again. */
    snprintf(sql, sizeof sql,
             "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
             "PRAGMA journal_size_limit=%d;",
             STORE_DB_WAL_BYTES_MAX);
    return store_db_run(db, sql, err);
}

/* For this user's eyes only; SQLite gives its log the same rights. Two programs may do it at once.
 */
static void make_file(const char *path) {
    uv_fs_t request;
    int file = uv_fs_open(NULL, &request, path, UV_FS_O_CREAT | UV_FS_O_RDWR, 0600, NULL);
    uv_fs_req_cleanup(&request);
    if (file >= 0) {
        uv_fs_close(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
    }
}

int32_t store_db_open(const char *directory, int32_t read_only, sqlite3 **out, kinmu_err *err) {
    char path[STORE_DB_PATH_SIZE];
    *out = NULL;
    int32_t status = store_db_path(directory, path, err);
    if (status != KINMU_OK) {
        return status;
    }
    if (!read_only) {
        make_file(path);
    }
    int flags = SQLITE_OPEN_NOMUTEX |
                (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, flags, NULL);
    if (code == SQLITE_CANTOPEN && read_only) {
        status =
            error_set(err, KINMU_E_NOTFOUND, "store.absent", "store: there is no \"%s\" yet", path);
    } else if (code != SQLITE_OK) {
        status = error_set(err, KINMU_E_RETRY, "store.open", "store: cannot open \"%s\": %s", path,
                           db != NULL ? sqlite3_errmsg(db) : "out of memory");
    } else {
        status = set_up(db, read_only, err);
    }
    if (status != KINMU_OK) {
        sqlite3_close(db);
        return status;
    }
    *out = db;
    return KINMU_OK;
}

int store_db_bind_text(sqlite3_stmt *statement, int column, const char *text) {
    return sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
}

int store_db_bind_value(sqlite3_stmt *statement, int column, const kinmu_value *value) {
    switch (value->type) {
    case KINMU_TYPE_BOOL:
    case KINMU_TYPE_I64:
    case KINMU_TYPE_TIME:
        return sqlite3_bind_int64(statement, column, value->as.i64);
    case KINMU_TYPE_F64:
        return sqlite3_bind_double(statement, column, value->as.f64);
    case KINMU_TYPE_TEXT:
        /* A NULL pointer would bind NULL: an empty text is a text. */
        return sqlite3_bind_text(statement, column, value->size > 0 ? value->as.text : "",
                                 (int)value->size, SQLITE_STATIC);
    case KINMU_TYPE_BYTES:
        return sqlite3_bind_blob(statement, column,
                                 value->size > 0 ? (const void *)value->as.bytes : "",
                                 (int)value->size, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(statement, column);
    }
}

void store_db_value(sqlite3_stmt *statement, int column, uint32_t type, kinmu_value *value) {
    int stored = sqlite3_column_type(statement, column);
    *value = kinmu_null();
    switch (type) {
    case KINMU_TYPE_BOOL:
    case KINMU_TYPE_I64:
    case KINMU_TYPE_TIME:
        if (stored == SQLITE_INTEGER) {
            value->type = type;
            value->as.i64 = sqlite3_column_int64(statement, column);
        }
        return;
    case KINMU_TYPE_F64:
        if (stored == SQLITE_FLOAT || stored == SQLITE_INTEGER) {
            *value = kinmu_f64(sqlite3_column_double(statement, column));
        }
        return;
    case KINMU_TYPE_TEXT:
        if (stored == SQLITE_TEXT) {
            const char *text = (const char *)sqlite3_column_text(statement, column);
            *value = kinmu_text_n(text, (size_t)sqlite3_column_bytes(statement, column));
        }
        return;
    case KINMU_TYPE_BYTES:
        if (stored == SQLITE_BLOB) {
            const uint8_t *bytes = sqlite3_column_blob(statement, column);
            *value = kinmu_bytes(bytes, (size_t)sqlite3_column_bytes(statement, column));
        }
        return;
    default:
        return;
    }
}
