/* store/db.c - see db.h. */
#include "store/db.h"

#include "base/error.h"
#include "sql/place.h"

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

int32_t store_db_is_shared(const char *directory) {
    const sql_engine *engine;
    sql_options options = {0};
    return sql_place_find(directory, SQL_STORE, &engine, &options);
}

static int32_t explain(const sql_reason *reason, const char *what, kinmu_err *err) {
    const char *text = reason->text;
    switch (reason->failure) {
    case SQL_FAIL_MEMORY:
        return error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory (%s)", what);
    case SQL_FAIL_DAMAGED:
        return error_set(err, KINMU_E_REJECT, STORE_DB_DAMAGED,
                         "store: store.db is damaged (%s: %s); run \"kinmu store rebuild\"", what,
                         text);
    case SQL_FAIL_REFUSED:
        return error_set(err, KINMU_E_REJECT, "store.row", "store: %s: %s", what, text);
    case SQL_FAIL_BUSY:
        return error_set(err, KINMU_E_RETRY, "store.busy",
                         "store: store.db is locked by another process (%s)", what);
    case SQL_FAIL_FULL:
        return error_set(err, KINMU_E_RETRY, "store.full",
                         "store: the disk is full (%s); free some space", what);
    case SQL_FAIL_LOST:
        return error_set(err, KINMU_E_RETRY, "store.lost",
                         "store: the database is out of reach (%s: %s)", what, text);
    default:
        return error_set(err, KINMU_E_RETRY, "store.io", "store: %s: %s", what, text);
    }
}

int32_t store_db_error(sql_db *db, const char *what, kinmu_err *err) {
    sql_reason reason;
    sql_why(db, &reason);
    return explain(&reason, what, err);
}

int32_t store_db_begin(sql_db *db, uint32_t how, kinmu_err *err) {
    return sql_begin(db, how) == SQL_DONE ? KINMU_OK
                                          : store_db_error(db, "beginning a transaction", err);
}

int32_t store_db_commit(sql_db *db, kinmu_err *err) {
    return sql_commit(db) == SQL_DONE ? KINMU_OK : store_db_error(db, "committing", err);
}

int32_t store_db_mark(sql_db *db, kinmu_err *err) {
    return sql_mark(db) == SQL_DONE ? KINMU_OK : store_db_error(db, "marking", err);
}

int32_t store_db_undo_to_mark(sql_db *db, kinmu_err *err) {
    return sql_undo_to_mark(db) == SQL_DONE ? KINMU_OK : store_db_error(db, "undoing rows", err);
}

int32_t store_db_forget_mark(sql_db *db, kinmu_err *err) {
    return sql_forget_mark(db) == SQL_DONE ? KINMU_OK : store_db_error(db, "writing rows", err);
}

int32_t store_db_run(sql_db *db, const char *sql, kinmu_err *err) {
    if (sql_run(db, sql) != SQL_DONE) {
        return store_db_error(db, "running a statement", err);
    }
    return KINMU_OK;
}

int32_t store_db_run_built(sql_db *db, buffer *sql, kinmu_err *err) {
    const char *text = buffer_string(sql);
    int32_t status = sql->failed == KINMU_OK
                         ? store_db_run(db, text, err)
                         : error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    buffer_free(sql);
    return status;
}

static int32_t prepared(sql_db *db, int32_t answer, kinmu_err *err) {
    return answer == SQL_DONE ? KINMU_OK : store_db_error(db, "preparing a statement", err);
}

int32_t store_db_prepare(sql_db *db, const char *sql, sql_statement **out, kinmu_err *err) {
    return prepared(db, sql_prepare(db, sql, 0, out), err);
}

int32_t store_db_prepare_later(sql_db *db, const char *sql, sql_statement **out, kinmu_err *err) {
    return prepared(db, sql_prepare(db, sql, SQL_PREPARE_LATER, out), err);
}

int32_t store_db_prepare_many(sql_db *db, const char *sql, sql_statement **out, kinmu_err *err) {
    return prepared(db, sql_prepare(db, sql, SQL_PREPARE_MANY, out), err);
}

int32_t store_db_prepare_rows(sql_db *db, const char *sql, const char *into, sql_statement **out,
                              kinmu_err *err) {
    return prepared(db, sql_prepare_rows(db, sql, into, out), err);
}

int32_t store_db_prepare_built(sql_db *db, buffer *sql, sql_statement **out, kinmu_err *err) {
    const char *text = buffer_string(sql);
    int32_t status = sql->failed == KINMU_OK
                         ? store_db_prepare(db, text, out, err)
                         : error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    buffer_free(sql);
    return status;
}

int32_t store_db_step(sql_db *db, sql_statement *statement, kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (sql_step(statement) != SQL_DONE) {
        status = store_db_error(db, "writing rows", err);
    }
    sql_reset(statement);
    return status;
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

/* A server can be opened before anybody made the tables. */
static int32_t check_is_there(sql_db **db, kinmu_err *err) {
    int64_t version = 0;
    int32_t status = KINMU_OK;
    if (sql_version(*db, &version) != SQL_DONE) {
        status = store_db_error(*db, "opening", err);
    } else if (version == 0) {
        status = error_set(err, KINMU_E_NOTFOUND, "store.absent",
                           "store: there are no tables at \"%s\" yet", sql_place(*db));
    }
    if (status != KINMU_OK) {
        sql_close(*db);
        *db = NULL;
    }
    return status;
}

int32_t store_db_open(const char *directory, int32_t read_only, sql_db **out, kinmu_err *err) {
    char path[STORE_DB_PATH_SIZE];
    *out = NULL;
    int32_t status = store_db_path(directory, path, err);
    if (status != KINMU_OK) {
        return status;
    }
    const sql_engine *engine = sql_sqlite();
    /* NORMAL may lose the newest transactions with the power, never half of one: the cursor is in
     * the same transaction, so those blocks are just applied again. */
    sql_options options = {
        .flags = SQL_OPEN_MEMORY_TEMP | (read_only ? 0u : SQL_OPEN_WRITE | SQL_OPEN_MAKE),
        .sync = SQL_SYNC_NORMAL,
        .cache_kib = STORE_DB_CACHE_KIB,
        .patience_ms = STORE_DB_BUSY_MS,
        .log_bytes_max = read_only ? 0 : STORE_DB_WAL_BYTES_MAX,
        .place = path,
    };
    sql_reason reason;
    if (!sql_place_find(directory, SQL_STORE, &engine, &options) && !read_only) {
        make_file(path);
    }
    if (sql_open(engine, &options, out, &reason) == SQL_DONE) {
        return read_only && sql_is_shared(*out) ? check_is_there(out, err) : KINMU_OK;
    }
    if (reason.failure == SQL_FAIL_ABSENT && read_only) {
        return error_set(err, KINMU_E_NOTFOUND, "store.absent", "store: there is no \"%s\" yet",
                         path);
    }
    return explain(&reason, "opening", err);
}

void store_db_bind_value(sql_statement *statement, int place, const kinmu_value *value) {
    switch (value->type) {
    case KINMU_TYPE_BOOL:
    case KINMU_TYPE_I64:
    case KINMU_TYPE_TIME:
        sql_bind_i64(statement, place, value->as.i64);
        return;
    case KINMU_TYPE_F64:
        sql_bind_f64(statement, place, value->as.f64);
        return;
    case KINMU_TYPE_TEXT:
        /* A NULL pointer would bind NULL: an empty text is a text. */
        sql_bind_text_n(statement, place, value->size > 0 ? value->as.text : "", value->size);
        return;
    case KINMU_TYPE_BYTES:
        sql_bind_bytes(statement, place, value->size > 0 ? (const void *)value->as.bytes : "",
                       value->size);
        return;
    default:
        sql_bind_null(statement, place);
    }
}

/* SQLite may keep a whole number as such. */
static int32_t is_f64(uint32_t stored) {
    return stored == SQL_F64 || stored == SQL_I64;
}

void store_db_value(sql_statement *statement, int column, uint32_t type, kinmu_value *value) {
    *value = kinmu_null();
    switch (type) {
    case KINMU_TYPE_BOOL:
    case KINMU_TYPE_I64:
    case KINMU_TYPE_TIME:
        if (sql_number(statement, column, &value->as.i64)) {
            value->type = type;
        }
        return;
    case KINMU_TYPE_F64:
        if (is_f64(sql_type(statement, column))) {
            *value = kinmu_f64(sql_f64(statement, column));
        }
        return;
    case KINMU_TYPE_TEXT:
        if (sql_type(statement, column) == SQL_TEXT) {
            const char *text = sql_text(statement, column);
            *value = kinmu_text_n(text, sql_size(statement, column));
        }
        return;
    case KINMU_TYPE_BYTES:
        if (sql_type(statement, column) == SQL_BYTES) {
            const uint8_t *bytes = sql_bytes(statement, column);
            *value = kinmu_bytes(bytes, sql_size(statement, column));
        }
        return;
    default:
        return;
    }
}
