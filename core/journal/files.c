/* journal/files.c - see files.h. Nothing settles by itself: a failed fsync must never go unnoticed,
 * so whoever commits calls files_checkpoint. */
#include "journal/files.h"

#include "base/error.h"
#include "journal/format.h"
#include "platform/platform.h"
#include "sql/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CACHE_KIB 512

int32_t files_path(char path[FILES_PATH_SIZE], const char *directory, const char *file,
                   kinmu_err *err) {
    int length = snprintf(path, FILES_PATH_SIZE, "%s/%s", directory, file);
    if (length < 0 || length >= FILES_PATH_SIZE) {
        return error_set(err, KINMU_E_CONFIG, "journal.path", "\"%s\": path too long", directory);
    }
    return KINMU_OK;
}

int32_t files_exist(const char *directory, const char *file) {
    char path[FILES_PATH_SIZE];
    if (files_path(path, directory, file, NULL) != KINMU_OK) {
        return 0;
    }
    FILE *found = fopen(path, "rb");
    if (found != NULL) {
        fclose(found);
    }
    return found != NULL;
}

int32_t files_are_shared(const char *directory) {
    const sql_engine *engine;
    sql_options options = {0};
    return sql_place_find(directory, SQL_JOURNAL, &engine, &options);
}

static int32_t explain(const sql_engine *engine, const sql_reason *reason, const char *name,
                       kinmu_err *err) {
    int32_t is_shared = (engine->traits & SQL_SHARED) != 0;
    switch (reason->failure) {
    case SQL_FAIL_LOST:
        return error_set(err, KINMU_E_RETRY, "journal.lost",
                         "\"%s\": out of reach (%s); nothing acknowledged is lost, trying again",
                         name, reason->text);

    case SQL_FAIL_FULL:
        return error_set(err, KINMU_E_RETRY, "journal.disk-full",
                         "\"%s\": no space left; free some, nothing acknowledged is lost", name);
    case SQL_FAIL_BUSY:
        return error_set(err, KINMU_E_RETRY, "journal.busy",
                         "\"%s\": another program holds it locked; end that program", name);
    case SQL_FAIL_MEMORY:
        return error_set(err, KINMU_E_RETRY, "journal.memory", "\"%s\": out of memory", name);
    case SQL_FAIL_DAMAGED:
        return error_set(err, KINMU_E_RESTART, "journal.damaged",
                         "\"%s\": damaged (%s); run `kinmu journal verify`, restore a backup", name,
                         reason->text);
    default:
        if (is_shared && reason->failure == SQL_FAIL_ABSENT) {
            return error_set(err, KINMU_E_NOTFOUND, "journal.none",
                             "\"%s\": %s; is this Kinmu's database?", name, reason->text);
        }
        return error_set(err, KINMU_E_RESTART, "journal.io",
                         "\"%s\": %s (code %d); check the disk, then restart", name, reason->text,
                         reason->code);
    }
}

int32_t files_failed(sql_db *db, kinmu_err *err) {
    sql_reason reason;
    sql_why(db, &reason);
    return explain(db->engine, &reason, sql_place(db), err);
}

int32_t files_run(sql_db *db, const char *text, kinmu_err *err) {
    return sql_run(db, text) == SQL_DONE ? KINMU_OK : files_failed(db, err);
}

int32_t files_prepare(sql_db *db, const char *text, sql_statement **out, kinmu_err *err) {
    return sql_prepare(db, text, 0, out) == SQL_DONE ? KINMU_OK : files_failed(db, err);
}

int32_t files_prepare_later(sql_db *db, const char *text, sql_statement **out, kinmu_err *err) {
    return sql_prepare(db, text, SQL_PREPARE_LATER, out) == SQL_DONE ? KINMU_OK
                                                                     : files_failed(db, err);
}

int32_t files_prepare_many(sql_db *db, const char *text, sql_statement **out, kinmu_err *err) {
    return sql_prepare(db, text, SQL_PREPARE_MANY, out) == SQL_DONE ? KINMU_OK
                                                                    : files_failed(db, err);
}

int32_t files_step(sql_db *db, sql_statement *statement, kinmu_err *err) {
    int32_t status = sql_step(statement) == SQL_FAILED ? files_failed(db, err) : KINMU_OK;
    sql_reset(statement);
    return status;
}

int32_t files_begin(sql_db *db, kinmu_err *err) {
    return sql_begin(db, SQL_BEGIN_WRITE) == SQL_DONE ? KINMU_OK : files_failed(db, err);
}

int32_t files_commit(sql_db *db, kinmu_err *err) {
    return sql_commit(db) == SQL_DONE ? KINMU_OK : files_failed(db, err);
}

/* Found, or made so that the file and its log are 0600: an empty file is an empty database. */
static int32_t find_file(const char *directory, const char *file, uint32_t flags,
                         char path[FILES_PATH_SIZE], kinmu_err *err) {
    int32_t status = files_path(path, directory, file, err);
    if (status != KINMU_OK) {
        return status;
    }
    errno = 0;
    int32_t exists = files_exist(directory, file);
    if (!exists && errno == EACCES) {
        return error_set(
            err, KINMU_E_DENIED, "journal.denied",
            "\"%s\": permission denied; run this as the owner of the data folder or as "
            "root (sudo)",
            path);
    }
    if (!exists && (flags & FILES_MAKE) == 0) {
        return error_set(err, KINMU_E_NOTFOUND, "journal.none",
                         "\"%s\": no such file; is this Kinmu's data folder?", path);
    }
    return exists ? KINMU_OK : platform_write_file(path, "", 0, 1, err);
}

int32_t files_open(const char *directory, const char *file, uint32_t flags, sql_db **out,
                   kinmu_err *err) {
    char path[FILES_PATH_SIZE];
    sql_reason reason;
    const sql_engine *engine = sql_sqlite();
    sql_options options = {
        .flags = SQL_OPEN_SETTLE_BY_HAND | ((flags & FILES_WRITE) != 0 ? SQL_OPEN_WRITE : 0u) |
                 ((flags & FILES_MAKE) != 0 ? SQL_OPEN_MAKE : 0u) |
                 ((flags & FILES_MEMORY_TEMP) != 0 ? SQL_OPEN_MEMORY_TEMP : 0u),
        .sync = (flags & FILES_SYNC_OFF) != 0 ? SQL_SYNC_OFF : SQL_SYNC_FULL,
        .cache_kib = CACHE_KIB,
        .patience_ms = FILES_BUSY_MS,
        .place = path,
    };
    *out = NULL;
    uint32_t tables = strcmp(file, FILES_KEYS) == 0 ? SQL_KEYS : SQL_JOURNAL;
    if (sql_place_find(directory, tables, &engine, &options)) {
        snprintf(path, sizeof path, "%s", options.area);
    } else {
        int32_t status = find_file(directory, file, flags, path, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    if (sql_open(engine, &options, out, &reason) != SQL_DONE) {
        return explain(engine, &reason, path, err);
    }
    int32_t status = tables == SQL_JOURNAL ? format_check(*out, err) : KINMU_OK;
    if (status != KINMU_OK) {
        sql_close(*out);
        *out = NULL;
    }
    return status;
}

int32_t files_checkpoint(sql_db *db, int32_t truncate, kinmu_err *err) {
    return sql_settle(db, truncate) == SQL_DONE ? KINMU_OK : files_failed(db, err);
}

int32_t files_compact(sql_db *db, kinmu_err *err) {
    return sql_compact(db) == SQL_DONE ? KINMU_OK : files_failed(db, err);
}
