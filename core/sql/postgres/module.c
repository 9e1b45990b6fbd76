/* sql/postgres/module.c - the engine's table, which is all the module exports, and what PostgreSQL
 * does in its own way where SQLite has files. */
#include "sql/postgres/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Commits are where they belong at once. */
static int32_t settle(sql_db *db, int32_t wholly) {
    (void)db;
    (void)wholly;
    return SQL_DONE;
}

static int32_t unsettled(sql_db *db) {
    (void)db;
    return 0;
}

/* One number a query gives; commands only, so that it also works while no statement can be. */
static int32_t ask(sql_db *db, const char *text, int64_t *number) {
    connection *c = (connection *)db;
    if (postgres_ready(c) != SQL_DONE || postgres_sync(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    PGresult *result = PQexec(c->pg, text);
    int32_t answer = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1
                         ? SQL_DONE
                         : postgres_failed(c, result);
    *number = answer == SQL_DONE ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return answer;
}

/* Small tables are rewritten, so that no byte of a deleted row stays in their files; large ones get
 * their dead rows cleared without keeping readers out. Other copies (write-ahead log, standbys,
 * backups) are the administrator's: docs/postgres.md. */
static const char tables_to_compact[] =
    "SELECT CASE WHEN pg_table_size(c.oid) < 67108864 THEN 'VACUUM (FULL) ' ELSE 'VACUUM ' END"
    " || quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_stat_all_tables t ON t.relid = c.oid"
    " WHERE n.nspname = current_schema() AND c.relkind = 'r' AND t.n_dead_tup + t.n_tup_del > 0";

static int32_t compact(sql_db *db) {
    connection *c = (connection *)db;
    if (postgres_ready(c) != SQL_DONE || postgres_sync(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    PGresult *tables = PQexec(c->pg, tables_to_compact);
    int32_t answer =
        PQresultStatus(tables) == PGRES_TUPLES_OK ? SQL_DONE : postgres_failed(c, tables);
    for (int i = 0; answer == SQL_DONE && i < PQntuples(tables); i++) {
        answer = postgres_command(c, PQgetvalue(tables, i, 0));
    }
    PQclear(tables);
    return answer;
}

/* The server checks its pages itself (data checksums); there is no file to look at from here. */
static int32_t check(sql_db *db, int32_t *healthy) {
    (void)db;
    *healthy = 1;
    return SQL_DONE;
}

static int32_t space(sql_db *db, uint64_t *bytes) {
    int64_t number = 0;
    int32_t answer =
        ask(db,
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind = 'r'",
            &number);
    *bytes = (uint64_t)number;
    return answer;
}

static int32_t version(sql_db *db, int64_t *number) {
    int32_t answer = ask(db,
                         "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
                         " AND tablename = 'kinmu_layout'",
                         number);
    return answer == SQL_DONE && *number > 0
               ? ask(db, "SELECT max(version) FROM kinmu_layout", number)
               : answer;
}

static int32_t set_version(sql_db *db, int64_t number) {
    char text[160];
    snprintf(text, sizeof text,
             "CREATE TABLE IF NOT EXISTS kinmu_layout(version BIGINT NOT NULL);"
             "DELETE FROM kinmu_layout; INSERT INTO kinmu_layout VALUES(%lld)",
             (long long)number);
    return postgres_run(db, text);
}

static void patience(sql_db *db, uint32_t ms) {
    connection *c = (connection *)db;
    char text[64];
    c->patience_ms = ms > 0 ? ms : 1; /* 0 would mean for ever */
    snprintf(text, sizeof text, "SET lock_timeout TO %u", c->patience_ms);
    postgres_run(db, text);
}

static void careful(sql_db *db, int32_t on) {
    ((connection *)db)->is_careful = on;
}

const sql_engine kinmu_sql_engine_v1 = {
    .struct_size = sizeof(sql_engine),
    .traits = SQL_SHARED,
    .name = "PostgreSQL",
    .open = postgres_open,
    .close = postgres_close,
    .reason = postgres_reason,
    .place = postgres_place,
    .run = postgres_run,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .in_transaction = postgres_in_transaction,
    .mark = postgres_mark,
    .undo_to_mark = postgres_undo_to_mark,
    .forget_mark = postgres_forget_mark,
    .prepare = postgres_prepare,
    .prepare_rows = postgres_prepare_rows,
    .finish = postgres_finish,
    .bind_null = postgres_bind_null,
    .bind_i64 = postgres_bind_i64,
    .bind_f64 = postgres_bind_f64,
    .bind_text = postgres_bind_text,
    .bind_bytes = postgres_bind_bytes,
    .step = postgres_step,
    .reset = postgres_reset,
    .changes = postgres_changes,
    .careful = careful,
    .columns = postgres_columns,
    .type = postgres_type,
    .i64 = postgres_i64,
    .number = postgres_number,
    .f64 = postgres_f64,
    .text = postgres_text,
    .bytes = postgres_bytes,
    .size = postgres_size,
    .settle = settle,
    .unsettled = unsettled,
    .compact = compact,
    .check = check,
    .space = space,
    .version = version,
    .set_version = set_version,
    .patience = patience,
};
