/* store/named.c - all rows about somebody: those of his subjects, and those that name one of them
 * in a field of people. One schema after another, from one snapshot, no row kept in memory.
 */
#include "store/internal.h"

#include "base/error.h"
#include "store/layout.h"
#include "store/query.h"

#include <string.h>

#define NAMES_MAX 64u

/* Fields in which people stand. In logs only those that are short of a scan of free text. */
static int32_t names_people(const schema_info *info, const kinmu_field *field) {
    int32_t is_searched =
        info->schema->kind == KINMU_KIND_RECORD || strcmp(info->schema->purpose, "audit") == 0;
    return field->type == KINMU_TYPE_TEXT &&
           (field->privacy == KINMU_PRIVACY_PSEUDONYMOUS || field->role == KINMU_ROLE_ACCOUNT ||
            (is_searched && field->privacy == KINMU_PRIVACY_PERSONAL));
}

static void add_marks(buffer *sql, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        buffer_printf(sql, "%s?%u", i > 0 ? ", " : "", i + 1);
    }
}

/* The names are values 1 to count. */
static void build(const sql_db *db, buffer *sql, const schema_info *info, uint32_t known,
                  uint32_t count) {
    char column[LAYOUT_NAME_SIZE];
    layout_select(db, sql, info, known, LAYOUT_ANY_WAY);
    buffer_text(sql, " WHERE s.subject IN (");
    add_marks(sql, count);
    buffer_text(sql, ")");
    for (uint32_t f = 0; f < info->field_count && f < known; f++) {
        if (!names_people(info, &info->fields[f])) {
            continue;
        }
        layout_column_name(info->fields[f].name, column);
        buffer_printf(sql, " OR t.\"%s\" IN (", column);
        add_marks(sql, count);
        buffer_text(sql, ")");
        for (uint32_t i = 0; info->schema->kind == KINMU_KIND_RECORD && i < count; i++) {
            buffer_printf(sql,
                          " OR replace(';' || t.\"%s\" || ';', ';' || ?%u || ';', '') <>"
                          " ';' || t.\"%s\" || ';'",
                          column, i + 1, column);
        }
    }
}

typedef struct giving {
    const schema_info *info;
    store_named_fn row;
    void *user;
} giving;

static int32_t give(void *user, const kinmu_event *event) {
    const giving *g = user;
    return g->row(g->user, g->info->schema, event);
}

static int32_t each_row(store_reader *reader, const schema_info *info, const char *const *names,
                        uint32_t count, giving *g, int32_t *stop, kinmu_err *err) {
    int32_t known = 0;
    buffer sql = {0};
    sql_statement *statement = NULL;
    int32_t status = layout_known_fields(store_reader_db(reader), info->full_name, &known, err);
    if (status != KINMU_OK || known < 0) {
        return status;
    }
    build(store_reader_db(reader), &sql, info, (uint32_t)known, count);
    status =
        sql.failed == KINMU_OK
            ? store_db_prepare_many(store_reader_db(reader), buffer_string(&sql), &statement, err)
            : error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    buffer_free(&sql);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        sql_bind_text(statement, (int)i + 1, names[i]);
    }
    g->info = info;
    int code = status == KINMU_OK ? sql_step(statement) : SQL_DONE;
    while (code == SQL_ROW && !*stop && status == KINMU_OK) {
        status = store_reader_give(reader, statement, info, give, g, stop, err);
        code = *stop ? SQL_DONE : sql_step(statement);
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = store_db_error(store_reader_db(reader), "reading rows", err);
    }
    sql_finish(statement);
    return status;
}

int32_t store_named(store_reader *reader, const schema_registry *registry, const char *const *names,
                    uint32_t count, store_named_fn row, void *user, kinmu_err *err) {
    giving g = {.row = row, .user = user};
    int32_t stop = 0;
    if (count == 0 || count > NAMES_MAX) {
        return error_set(err, KINMU_E_REJECT, "store.names", "store: 1 to %u names", NAMES_MAX);
    }
    int32_t status = store_reader_begin(reader, err);
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t id = 0; status == KINMU_OK && !stop && id < schema_registry_count(registry);
         id++) {
        const schema_info *info = schema_registry_at(registry, id);
        if (!schema_is_access(info->schema->purpose)) { /* the audit tells of who came in */
            status = each_row(reader, info, names, count, &g, &stop, err);
        }
    }
    store_reader_end(reader);
    return status;
}
