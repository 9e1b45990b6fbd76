/* tests/unit/server.h - the same tests with a PostgreSQL server: tests/postgres/with_server.sh
 * names one in KINMU_TEST_POSTGRES, and the folder of a test then has its tables there, in areas of
 * their own. Tests about files alone say so by needs_files(). */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include "sql/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int32_t on_server(void) {
    return getenv("KINMU_TEST_POSTGRES") != NULL;
}

#define needs_files()                                                                              \
    do {                                                                                           \
        if (on_server()) {                                                                         \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* Before the folder is used. The areas are named after the folder's last letters. */
static inline void server_use(const char *directory) {
    char area[32];
    kinmu_err err = {"", ""};
    size_t size = strlen(directory);
    if (!on_server()) {
        return;
    }
    snprintf(area, sizeof area, "t_%s", directory + (size > 6 ? size - 6 : 0));
    for (uint32_t tables = 0; tables < SQL_TABLES; tables++) {
        if (sql_place_set(directory, tables, getenv("KINMU_TEST_POSTGRES"), area, NULL, &err) !=
            KINMU_OK) {
            fail_msg("%s", err.msg);
        }
    }
}

/* A connection beside the program's own. */
static inline sql_db *server_open(const char *directory, uint32_t tables, const char *file) {
    char path[512];
    sql_db *db = NULL;
    sql_reason reason;
    const sql_engine *engine = sql_sqlite();
    sql_options options = {.flags = SQL_OPEN_WRITE, .patience_ms = 5000, .place = path};
    snprintf(path, sizeof path, "%s/%s", directory, file);
    sql_place_find(directory, tables, &engine, &options);
    if (sql_open(engine, &options, &db, &reason) != SQL_DONE) {
        fail_msg("%s: %s", path, reason.text);
    }
    return db;
}

/* The first column of the first row, as text; "" = no row, "NULL". In the caller's buffer. */
static inline const char *server_ask(sql_db *db, const char *text, char answer[512]) {
    sql_statement *statement = NULL;
    sql_reason reason;
    if (sql_prepare(db, text, 0, &statement) != SQL_DONE) {
        sql_why(db, &reason);
        fail_msg("%s: %s", text, reason.text);
    }
    answer[0] = '\0';
    if (sql_step(statement) == SQL_ROW) {
        switch (sql_type(statement, 0)) {
        case SQL_I64:
            snprintf(answer, 512, "%lld", (long long)sql_i64(statement, 0));
            break;
        case SQL_F64:
            snprintf(answer, 512, "%.15g", sql_f64(statement, 0));
            break;
        case SQL_NULL:
            snprintf(answer, 512, "NULL");
            break;
        default:
            snprintf(answer, 512, "%s", sql_text(statement, 0));
        }
    }
    sql_finish(statement);
    return answer;
}

#endif
