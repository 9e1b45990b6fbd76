/* store/months.c - see months.h. A month's table is made beside its parent and then attached, which
 * does not keep readers of the other months waiting. */
#include "store/months.h"

#include "base/clock.h"
#include "base/error.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS (86400LL * CLOCK_NS_PER_S)
#define COUNT (12 * MONTHS_YEARS)

void months_init(months *m, sql_db *db) {
    memset(m, 0, sizeof *m);
    m->db = sql_is_shared(db) ? db : NULL;
}

void months_reset(months *m) {
    for (size_t i = 0; i < SCHEMAS_MAX; i++) {
        free(m->known[i]);
        m->known[i] = NULL;
    }
}

void months_free(months *m) {
    months_reset(m);
}

/* Months since January of the first year; -1 = outside. */
static int32_t month_of(int64_t unix_ns) {
    kinmu_civil utc = kinmu_civil_from(unix_ns, 0);
    int32_t month = (utc.year - MONTHS_FIRST_YEAR) * 12 + utc.month - 1;
    return month >= 0 && month < COUNT ? month : -1;
}

static int64_t start_of(int32_t month) {
    return kinmu_days_from_date(MONTHS_FIRST_YEAR + month / 12, month % 12 + 1, 1) * DAY_NS;
}

static int32_t make(months *m, const schema_info *info, int32_t month, kinmu_err *err) {
    char table[LAYOUT_NAME_SIZE];
    char name[LAYOUT_NAME_SIZE + 16];
    buffer sql = {0};
    layout_table_name(info->full_name, table);
    snprintf(name, sizeof name, "%s$m%04d%02d", table, MONTHS_FIRST_YEAR + month / 12,
             month % 12 + 1);
    buffer_printf(&sql,
                  "CREATE TABLE \"%s\" (LIKE \"%s\" INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
                  "ALTER TABLE \"%s\" ATTACH PARTITION \"%s\" FOR VALUES FROM (%lld) TO (%lld)",
                  name, table, table, name, (long long)start_of(month),
                  (long long)start_of(month + 1));
    return store_db_run_built(m->db, &sql, err);
}

/* Which months the server has of a table. */
static int32_t look(months *m, const schema_info *info, kinmu_err *err) {
    char table[LAYOUT_NAME_SIZE];
    sql_statement *select = NULL;
    layout_table_name(info->full_name, table);
    uint8_t *known = calloc(COUNT / 8 + 1, 1);
    if (known == NULL) {
        return error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    }
    m->known[info->id] = known;
    int32_t status = store_db_prepare(
        m->db,
        "SELECT CAST(right(c.relname, 6) AS BIGINT) FROM pg_inherits i JOIN pg_class p"
        " ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid WHERE p.relname ="
        " CAST(? AS TEXT) AND p.relnamespace = quote_ident(current_schema())::regnamespace"
        " AND c.relname ~ '[$]m[0-9]{6}$'",
        &select, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_text(select, 1, table);
    int32_t code;
    while ((code = sql_step(select)) == SQL_ROW) {
        int64_t number = sql_i64(select, 0); /* yyyymm */
        int64_t month = (number / 100 - MONTHS_FIRST_YEAR) * 12 + number % 100 - 1;
        if (month >= 0 && month < COUNT) {
            known[month / 8] |= (uint8_t)(1u << (month % 8));
        }
    }
    status = code == SQL_DONE ? KINMU_OK : store_db_error(m->db, "looking for months", err);
    sql_finish(select);
    return status;
}

static int32_t need(months *m, const schema_info *info, int32_t month, kinmu_err *err) {
    if (m->known[info->id] == NULL) {
        int32_t status = look(m, info, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    uint8_t *byte = &m->known[info->id][month / 8];
    uint8_t bit = (uint8_t)(1u << (month % 8));
    if (*byte & bit) {
        return KINMU_OK;
    }
    int32_t status = make(m, info, month, err);
    if (status == KINMU_OK) {
        *byte |= bit;
    }
    return status;
}

int32_t months_need(months *m, const schema_info *info, int64_t unix_ns, kinmu_err *err) {
    int32_t month = m->db != NULL ? month_of(unix_ns) : -1;
    return month >= 0 && info->schema->kind == KINMU_KIND_LOG ? need(m, info, month, err)
                                                              : KINMU_OK;
}

int32_t months_make_ahead(months *m, const schema_registry *registry, int64_t now_unix_ns,
                          kinmu_err *err) {
    int32_t month = m->db != NULL ? month_of(now_unix_ns) : -1;
    int32_t status = KINMU_OK;
    uint32_t count = month >= 0 ? schema_registry_count(registry) : 0;
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        const schema_info *info = schema_registry_at(registry, i);
        for (int32_t ahead = 0; status == KINMU_OK && ahead <= MONTHS_AHEAD; ahead++) {
            if (info->schema->kind == KINMU_KIND_LOG && month + ahead < COUNT) {
                status = need(m, info, month + ahead, err);
            }
        }
    }
    return status;
}

/* 1 when a month's table has rows, and none that stays. */
static int32_t is_forgotten(sql_db *db, const char *name, int32_t *result, kinmu_err *err) {
    buffer sql = {0};
    sql_statement *select = NULL;
    *result = 0;
    buffer_printf(&sql,
                  "SELECT EXISTS (SELECT 1 FROM \"%s\") AND NOT EXISTS (SELECT 1 FROM \"%s\" t"
                  " WHERE NOT EXISTS (SELECT 1 FROM forgotten f WHERE f.block = t.block))",
                  name, name);
    int32_t status = store_db_prepare_built(db, &sql, &select, err);
    if (status == KINMU_OK) {
        int32_t code = sql_step(select);
        *result = code == SQL_ROW && sql_i64(select, 0) != 0;
        status = code == SQL_FAILED ? store_db_error(db, "looking at a month", err) : KINMU_OK;
    }
    sql_finish(select);
    return status;
}

int32_t months_drop_forgotten(sql_db *db, const char *table, kinmu_err *err) {
    sql_statement *select = NULL;
    if (!sql_is_shared(db)) {
        return KINMU_OK;
    }
    int32_t status = store_db_prepare(
        db,
        "SELECT c.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c"
        " ON c.oid = i.inhrelid WHERE p.relname = CAST(? AS TEXT) AND p.relnamespace ="
        " quote_ident(current_schema())::regnamespace AND c.relname ~ '[$]m[0-9]{6}$' ORDER BY "
        "c.relname",
        &select, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_text(select, 1, table);
    while (status == KINMU_OK && sql_step(select) == SQL_ROW) {
        const char *name = sql_text(select, 0);
        int32_t goes = 0;
        status = is_forgotten(db, name, &goes, err);
        if (status == KINMU_OK && goes) {
            buffer sql = {0};
            buffer_printf(&sql, "DROP TABLE \"%s\"", name);
            status = store_db_run_built(db, &sql, err);
        }
    }
    sql_finish(select);
    return status;
}
