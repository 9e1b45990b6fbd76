/* journal/destroyed.c - see destroyed.h. */
#include "journal/destroyed.h"

#include "journal/files.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *left, const void *right) {
    return memcmp(((const destroyed_key *)left)->id, ((const destroyed_key *)right)->id,
                  LAYOUT_KEY_ID_SIZE);
}

static void mark(destroyed_key *keys, uint32_t count, const void *id, size_t size) {
    destroyed_key wanted = {{0}, 0};
    if (size == LAYOUT_KEY_ID_SIZE) {
        memcpy(wanted.id, id, size);
        destroyed_key *found = bsearch(&wanted, keys, count, sizeof *keys, by_id);
        if (found != NULL) {
            found->is_back = 1;
        }
    }
}

static int32_t look(const char *directory, const char *file, const char *sql, int32_t is_header,
                    destroyed_key *keys, uint32_t count, kinmu_err *err) {
    sql_db *db = NULL;
    sql_statement *select = NULL;
    int code = SQL_DONE;
    int32_t status = files_open(directory, file, 0, &db, err);
    if (status == KINMU_OK && sql_begin(db, SQL_BEGIN_READ) != SQL_DONE) {
        status = files_failed(db, err);
    }
    status = status == KINMU_OK ? files_prepare_many(db, sql, &select, err) : status;
    while (status == KINMU_OK && (code = sql_step(select)) == SQL_ROW) {
        layout_header header;
        if (!is_header) {
            mark(keys, count, sql_bytes(select, 0), sql_size(select, 0));
        } else if (layout_header_decode(&header, sql_bytes(select, 0), sql_size(select, 0)) ==
                   KINMU_OK) {
            mark(keys, count, header.key_id, sizeof header.key_id);
        }
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(db, err);
    }
    sql_finish(select);
    sql_close(db);
    return status;
}

int32_t destroyed_check(const char *directory, destroyed_key *keys, uint32_t count,
                        kinmu_err *err) {
    if (count == 0) {
        return KINMU_OK;
    }
    qsort(keys, count, sizeof *keys, by_id);
    int32_t status = look(directory, FILES_KEYS, "SELECT key_id FROM key", 0, keys, count, err);
    return status == KINMU_OK
               ? look(directory, FILES_JOURNAL,
                      "SELECT header FROM block WHERE payload IS NOT NULL", 1, keys, count, err)
               : status;
}
