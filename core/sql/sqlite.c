/* sql/sqlite.c - the engine built in: one file, written by one program at a time, in WAL mode.
 *
 * It does not make the file's folder or decide who may read it. Deleted content is overwritten
 * (secure_delete) by everybody who writes. With SQL_OPEN_SETTLE_BY_HAND automatic checkpoints are
 * off: SQLite ignores their errors, and a failed fsync must never go unnoticed.
 */
#include "sql/sql.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct connection {
    sql_db head;
    sqlite3 *db;
    int32_t unsettled;
    int32_t lacks_memory; /* the last statement could not be made for that, and SQLite knows not */
    sqlite3_stmt *begin_write; /* kept, because each group of the journal begins and commits */
    sqlite3_stmt *commit;
} connection;

typedef struct statement {
    sql_statement head;
    sqlite3_stmt *stmt;
} statement;

static sqlite3 *file_of(sql_db *db) {
    return ((connection *)db)->db;
}

static sqlite3_stmt *stmt_of(sql_statement *s) {
    return ((statement *)s)->stmt;
}

static uint32_t failure_of(int code) {
    switch (code & 0xff) {
    case SQLITE_FULL:
        return SQL_FAIL_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SQL_FAIL_BUSY;
    case SQLITE_NOMEM:
        return SQL_FAIL_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SQL_FAIL_DAMAGED;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return SQL_FAIL_REFUSED;
    case SQLITE_CANTOPEN:
        return SQL_FAIL_ABSENT;
    default:
        return SQL_FAIL_IO;
    }
}

static void explain(sqlite3 *db, sql_reason *reason) {
    reason->code = db != NULL ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    reason->failure = failure_of(reason->code);
    snprintf(reason->text, sizeof reason->text, "%s",
             db != NULL ? sqlite3_errmsg(db) : "out of memory");
}

static int32_t answer(int code) {
    return code == SQLITE_OK ? SQL_DONE : SQL_FAILED;
}

/* ---- opening ---- */

static int on_log_grown(void *user, sqlite3 *db, const char *name, int pages) {
    connection *c = user;
    (void)db;
    (void)name;
    c->unsettled = pages;
    return SQLITE_OK;
}

static int set_up(connection *c, const sql_options *options) {
    static const char *const syncs[] = {"NORMAL", "FULL", "OFF"};
    int32_t by_hand = (options->flags & SQL_OPEN_SETTLE_BY_HAND) != 0;
    char script[320];
    sqlite3_busy_timeout(c->db, (int)options->patience_ms);
    sqlite3_extended_result_codes(c->db, 1);
    snprintf(script, sizeof script, "PRAGMA cache_size=-%u; PRAGMA trusted_schema=OFF; %s%s",
             options->cache_kib, by_hand ? "PRAGMA wal_autocheckpoint=0;" : "",
             (options->flags & SQL_OPEN_MEMORY_TEMP) != 0 ? "PRAGMA temp_store=MEMORY;" : "");
    int code = sqlite3_exec(c->db, script, NULL, NULL, NULL);
    if (code == SQLITE_OK && (options->flags & SQL_OPEN_WRITE) != 0) {
        snprintf(script, sizeof script,
                 "PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON; PRAGMA synchronous=%s;",
                 syncs[options->sync]);
        code = sqlite3_exec(c->db, script, NULL, NULL, NULL);
    }
    if (code == SQLITE_OK && options->log_bytes_max > 0) {
        snprintf(script, sizeof script, "PRAGMA journal_size_limit=%u", options->log_bytes_max);
        code = sqlite3_exec(c->db, script, NULL, NULL, NULL);
    }
    if (by_hand) {
        sqlite3_wal_hook(c->db, on_log_grown, c);
    }
    return code;
}

static void close_connection(sql_db *db) {
    connection *c = (connection *)db;
    sqlite3_finalize(c->begin_write);
    sqlite3_finalize(c->commit);
    sqlite3_close(c->db);
    free(c);
}

static int32_t open_connection(const sql_options *options, sql_db **out, sql_reason *reason) {
    int mode = SQLITE_OPEN_READONLY;
    connection *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL) {
        explain(NULL, reason);
        return SQL_FAILED;
    }
    c->head.engine = sql_sqlite();
    if ((options->flags & SQL_OPEN_WRITE) != 0) {
        mode = SQLITE_OPEN_READWRITE;
        mode |= (options->flags & SQL_OPEN_MAKE) != 0 ? SQLITE_OPEN_CREATE : 0;
    }
    int code = sqlite3_open_v2(options->place, &c->db, mode | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        code = set_up(c, options);
    }
    if (code != SQLITE_OK) {
        explain(c->db, reason);
        close_connection(&c->head);
        return SQL_FAILED;
    }
    *out = &c->head;
    return SQL_DONE;
}

static void reason_of(sql_db *db, sql_reason *reason) {
    explain(((const connection *)db)->lacks_memory ? NULL : file_of(db), reason);
}

static const char *place_of(sql_db *db) {
    const char *path = sqlite3_db_filename(file_of(db), "main");
    return path != NULL ? path : "database";
}

/* ---- transactions ---- */

static int32_t run_script(sql_db *db, const char *script) {
    return answer(sqlite3_exec(file_of(db), script, NULL, NULL, NULL));
}

static int32_t run_kept(sql_db *db, sqlite3_stmt **kept, const char *text) {
    if (*kept == NULL && sqlite3_prepare_v3(file_of(db), text, -1, SQLITE_PREPARE_PERSISTENT, kept,
                                            NULL) != SQLITE_OK) {
        return SQL_FAILED;
    }
    int code = sqlite3_step(*kept);
    sqlite3_reset(*kept);
    return code == SQLITE_DONE ? SQL_DONE : SQL_FAILED;
}

static int32_t begin(sql_db *db, uint32_t how) {
    return how == SQL_BEGIN_WRITE
               ? run_kept(db, &((connection *)db)->begin_write, "BEGIN IMMEDIATE")
               : run_script(db, "BEGIN");
}

static int32_t commit(sql_db *db) {
    return run_kept(db, &((connection *)db)->commit, "COMMIT");
}

static int32_t in_transaction(sql_db *db) {
    return sqlite3_get_autocommit(file_of(db)) == 0;
}

static void rollback(sql_db *db) {
    if (in_transaction(db)) {
        sqlite3_exec(file_of(db), "ROLLBACK", NULL, NULL, NULL);
    }
}

static int32_t mark(sql_db *db) {
    return run_script(db, "SAVEPOINT mark");
}

static int32_t undo_to_mark(sql_db *db) {
    return run_script(db, "ROLLBACK TO mark");
}

static int32_t forget_mark(sql_db *db) {
    return run_script(db, "RELEASE mark");
}

/* ---- statements ---- */

static int32_t prepare(sql_db *db, const char *text, uint32_t flags, sql_statement **out) {
    connection *c = (connection *)db;
    statement *s = calloc(1, sizeof *s);
    (void)flags;
    *out = NULL;
    c->lacks_memory = s == NULL; /* SQLite does not know of it */
    if (s == NULL) {
        return SQL_FAILED;
    }
    s->head.engine = db->engine;
    if (sqlite3_prepare_v3(file_of(db), text, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL) !=
        SQLITE_OK) {
        free(s);
        return SQL_FAILED;
    }
    *out = &s->head;
    return SQL_DONE;
}

static int32_t prepare_rows(sql_db *db, const char *insert, const char *into, sql_statement **out) {
    (void)into;
    return prepare(db, insert, 0, out);
}

static void careful(sql_db *db, int32_t on) {
    (void)db;
    (void)on; /* always */
}

static void finish(sql_statement *s) {
    sqlite3_finalize(stmt_of(s));
    free(s);
}

static void bind_null(sql_statement *s, int place) {
    sqlite3_bind_null(stmt_of(s), place);
}

static void bind_i64(sql_statement *s, int place, int64_t value) {
    sqlite3_bind_int64(stmt_of(s), place, value);
}

static void bind_f64(sql_statement *s, int place, double value) {
    sqlite3_bind_double(stmt_of(s), place, value);
}

static void bind_text(sql_statement *s, int place, const char *text, size_t size) {
    sqlite3_bind_text(stmt_of(s), place, text, (int)size, SQLITE_STATIC);
}

static void bind_bytes(sql_statement *s, int place, const void *data, size_t size) {
    sqlite3_bind_blob(stmt_of(s), place, data, (int)size, SQLITE_STATIC);
}

static int32_t step(sql_statement *s) {
    switch (sqlite3_step(stmt_of(s))) {
    case SQLITE_ROW:
        return SQL_ROW;
    case SQLITE_DONE:
        return SQL_DONE;
    default:
        return SQL_FAILED;
    }
}

static void reset(sql_statement *s) {
    sqlite3_reset(stmt_of(s));
}

static int64_t changes(sql_db *db) {
    return sqlite3_changes(file_of(db));
}

static int columns(sql_statement *s) {
    return sqlite3_column_count(stmt_of(s));
}

/* SQLite's own numbers are those of SQL_I64 and so on. */
static uint32_t type_of(sql_statement *s, int column) {
    return (uint32_t)sqlite3_column_type(stmt_of(s), column);
}

static int64_t column_i64(sql_statement *s, int column) {
    return sqlite3_column_int64(stmt_of(s), column);
}

/* The value itself is safe to look at where one thread has the connection, and cheaper than asking
 * the column twice. */
static int32_t column_number(sql_statement *s, int column, int64_t *out) {
    sqlite3_value *value = sqlite3_column_value(stmt_of(s), column);
    if (sqlite3_value_type(value) != SQLITE_INTEGER) {
        return 0;
    }
    *out = sqlite3_value_int64(value);
    return 1;
}

static double column_f64(sql_statement *s, int column) {
    return sqlite3_column_double(stmt_of(s), column);
}

static const char *column_text(sql_statement *s, int column) {
    return (const char *)sqlite3_column_text(stmt_of(s), column);
}

static const void *column_bytes(sql_statement *s, int column) {
    return sqlite3_column_blob(stmt_of(s), column);
}

static size_t column_size(sql_statement *s, int column) {
    return (size_t)sqlite3_column_bytes(stmt_of(s), column);
}

/* ---- SQLite's own affairs ---- */

static int32_t settle(sql_db *db, int32_t wholly) {
    int mode = wholly ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    return answer(sqlite3_wal_checkpoint_v2(file_of(db), "main", mode, NULL, NULL));
}

static int32_t unsettled(sql_db *db) {
    return ((connection *)db)->unsettled;
}

static int32_t compact(sql_db *db) {
    return run_script(db, "VACUUM");
}

/* The first column of a statement's one row. */
static int32_t ask(sql_db *db, const char *text, int64_t *number, int32_t *is_ok) {
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(file_of(db), text, -1, &stmt, NULL);
    code = code == SQLITE_OK ? sqlite3_step(stmt) : code;
    if (code == SQLITE_ROW) {
        const char *word = (const char *)sqlite3_column_text(stmt, 0);
        *is_ok = word != NULL && strcmp(word, "ok") == 0;
        *number = sqlite3_column_int64(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return code == SQLITE_ROW ? SQL_DONE : SQL_FAILED;
}

/* A check that cannot even be made is no healthy file. */
static int32_t check(sql_db *db, int32_t *healthy) {
    int64_t ignored;
    *healthy = 0;
    ask(db, "PRAGMA integrity_check(1)", &ignored, healthy);
    return SQL_DONE;
}

static int32_t space(sql_db *db, uint64_t *bytes) {
    int64_t number = 0;
    int32_t ignored;
    int32_t result =
        ask(db, "SELECT p.page_count * s.page_size FROM pragma_page_count p, pragma_page_size s",
            &number, &ignored);
    *bytes = (uint64_t)number;
    return result;
}

static int32_t version(sql_db *db, int64_t *number) {
    int32_t ignored;
    *number = 0;
    return ask(db, "PRAGMA user_version", number, &ignored);
}

static int32_t set_version(sql_db *db, int64_t number) {
    char text[64];
    snprintf(text, sizeof text, "PRAGMA user_version=%lld", (long long)number);
    return run_script(db, text);
}

static void patience(sql_db *db, uint32_t ms) {
    sqlite3_busy_timeout(file_of(db), (int)ms);
}

/* In one step, so in one snapshot. The file gets no log: it is whole when this returns. */
static int32_t copy_all(sql_db *db, const char *path, sql_reason *reason) {
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(to, "PRAGMA synchronous=FULL; PRAGMA journal_mode=MEMORY", NULL, NULL,
                            NULL);
    }
    sqlite3_backup *run =
        code == SQLITE_OK ? sqlite3_backup_init(to, "main", file_of(db), "main") : NULL;
    if (run != NULL) {
        sqlite3_backup_step(run, -1);
        code = sqlite3_backup_finish(run);
    }
    int32_t result = run != NULL && code == SQLITE_OK ? SQL_DONE : SQL_FAILED;
    if (result == SQL_FAILED) {
        explain(to, reason);
    }
    sqlite3_close(to);
    return result;
}

const sql_engine *sql_sqlite(void) {
    static const sql_engine engine = {
        .struct_size = sizeof engine,
        .traits = 0,
        .name = "SQLite",
        .open = open_connection,
        .close = close_connection,
        .reason = reason_of,
        .place = place_of,
        .run = run_script,
        .begin = begin,
        .commit = commit,
        .rollback = rollback,
        .in_transaction = in_transaction,
        .mark = mark,
        .undo_to_mark = undo_to_mark,
        .forget_mark = forget_mark,
        .prepare = prepare,
        .prepare_rows = prepare_rows,
        .finish = finish,
        .bind_null = bind_null,
        .bind_i64 = bind_i64,
        .bind_f64 = bind_f64,
        .bind_text = bind_text,
        .bind_bytes = bind_bytes,
        .step = step,
        .reset = reset,
        .changes = changes,
        .careful = careful,
        .columns = columns,
        .type = type_of,
        .i64 = column_i64,
        .number = column_number,
        .f64 = column_f64,
        .text = column_text,
        .bytes = column_bytes,
        .size = column_size,
        .settle = settle,
        .unsettled = unsettled,
        .compact = compact,
        .check = check,
        .space = space,
        .version = version,
        .set_version = set_version,
        .patience = patience,
        .copy = copy_all,
    };
    return &engine;
}
