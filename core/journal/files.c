/* journal/files.c - see files.h. Automatic checkpoints are off: SQLite ignores their errors, and a
 * failed fsync must never go unnoticed. Whoever commits calls files_checkpoint. */
#include "journal/files.h"

#include "base/error.h"
#include "platform/platform.h"

#include <stdio.h>

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

int32_t files_failed(sqlite3 *db, kinmu_err *err) {
    int code = sqlite3_extended_errcode(db);
    const char *path = sqlite3_db_filename(db, "main");
    const char *name = path != NULL ? path : "journal";
    switch (code & 0xff) {
    case SQLITE_FULL:
        return error_set(err, KINMU_E_RETRY, "journal.disk-full",
                         "\"%s\": no space left; free some, nothing acknowledged is lost", name);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, KINMU_E_RETRY, "journal.busy",
                         "\"%s\": another program holds it locked; end that program", name);
    case SQLITE_NOMEM:
        return error_set(err, KINMU_E_RETRY, "journal.memory", "\"%s\": out of memory", name);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, KINMU_E_RESTART, "journal.damaged",
                         "\"%s\": damaged (%s); run `kinmu journal verify`, restore a backup", name,
                         sqlite3_errmsg(db));
    default:
        return error_set(err, KINMU_E_RESTART, "journal.io",
                         "\"%s\": %s (SQLite code %d); check the disk, then restart", name,
                         sqlite3_errmsg(db), code);
    }
}

int32_t files_run(sqlite3 *db, const char *sql, kinmu_err *err) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? KINMU_OK : files_failed(db, err);
}

int32_t files_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, kinmu_err *err) {
    int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return code == SQLITE_OK ? KINMU_OK : files_failed(db, err);
}

int32_t files_step(sqlite3_stmt *statement, kinmu_err *err) {
    int code = sqlite3_step(statement);
    int32_t status = KINMU_OK;
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        status = files_failed(sqlite3_db_handle(statement), err);
    }
    sqlite3_reset(statement);
    return status;
}

void files_rollback(sqlite3 *db) {
    if (sqlite3_get_autocommit(db) == 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
}

static int32_t set_up(sqlite3 *db, uint32_t flags, kinmu_err *err) {
    char sql[128];
    sqlite3_busy_timeout(db, FILES_BUSY_MS);
    sqlite3_extended_result_codes(db, 1);
    snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d;PRAGMA wal_autocheckpoint=0", CACHE_KIB);
    int32_t status = files_run(db, sql, err);
    if (status == KINMU_OK && (flags & FILES_MEMORY_TEMP) != 0) {
        status = files_run(db, "PRAGMA temp_store=MEMORY", err);
    }
    if (status == KINMU_OK && (flags & FILES_WRITE) != 0) {
        status = files_run(db, "PRAGMA journal_mode=WAL;PRAGMA secure_delete=ON", err);
        if (status == KINMU_OK) {
            const char *mode = (flags & FILES_SYNC_OFF) != 0 ? "PRAGMA synchronous=OFF"
                                                             : "PRAGMA synchronous=FULL";
            status = files_run(db, mode, err);
        }
    }
    return status;
}

int32_t files_open(const char *directory, const char *file, uint32_t flags, sqlite3 **out,
                   kinmu_err *err) {
    char path[FILES_PATH_SIZE];
    *out = NULL;
    int32_t status = files_path(path, directory, file, err);
    if (status != KINMU_OK) {
        return status;
    }
    int32_t exists = files_exist(directory, file);
    if (!exists && (flags & FILES_MAKE) == 0) {
        return error_set(err, KINMU_E_NOTFOUND, "journal.none",
                         "\"%s\": no such file; is this Kinmu's data folder?", path);
    }
    if (!exists) {
        /* An empty file is an empty database; made here so that it and its log are 0600. */
        status = platform_write_file(path, "", 0, 1, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    int mode = (flags & FILES_WRITE) != 0 ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, mode | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        status = db != NULL ? files_failed(db, err) : KINMU_E_NOMEM;
    } else {
        status = set_up(db, flags, err);
    }
    if (status != KINMU_OK) {
        sqlite3_close(db);
        return status;
    }
    *out = db;
    return KINMU_OK;
}

void files_close(sqlite3 *db) {
    sqlite3_close(db);
}

int32_t files_checkpoint(sqlite3 *db, int32_t truncate, kinmu_err *err) {
    int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int code = sqlite3_wal_checkpoint_v2(db, "main", mode, NULL, NULL);
    return code == SQLITE_OK ? KINMU_OK : files_failed(db, err);
}
