/* store/derive.c - rows that follow from others and stand in no journal: written by the owner of
 * their schema, replaced by its decisions, gone after a rebuild. They share the table of the
 * decided rows, where block 0 tells them apart. Of several nodes one writes a plugin's rows, until
 * its connection to the server ends.
 */
#include "store/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/dialect.h"
#include "store/layout.h"

static int32_t remove_row(store *s, const journal_entry *row, kinmu_err *err) {
    const schema_info *info = row->schema;
    char name[LAYOUT_NAME_SIZE];
    buffer sql = {0};
    sql_statement *statement = NULL;
    layout_table_name(info->full_name, name);
    buffer_printf(&sql, "DELETE FROM \"%s\" WHERE block = 0", name);
    for (uint32_t i = 0; i < info->field_count; i++) {
        if (info->fields[i].flags & KINMU_FIELD_KEY) {
            layout_column_name(info->fields[i].name, name);
            buffer_printf(&sql, " AND \"%s\" = ?", name);
        }
    }
    int32_t status = store_db_prepare_built(s->db, &sql, &statement, err);
    int place = 1;
    for (uint32_t i = 0; status == KINMU_OK && i < info->field_count; i++) {
        if (info->fields[i].flags & KINMU_FIELD_KEY) {
            store_db_bind_value(statement, place++, &row->values[i]);
        }
    }
    status = status == KINMU_OK ? store_db_step(s->db, statement, err) : status;
    sql_finish(statement);
    /* The last of somebody who was erased: his name goes, too. */
    return status == KINMU_OK ? forget_subject(s, row->subject, err) : status;
}

static int32_t claim(store *s, const char *owner, kinmu_err *err) {
    const char *alone = dialect_derive_alone(s->db);
    sql_statement *lock = NULL;
    int32_t status = alone != NULL ? store_db_prepare(s->db, alone, &lock, err) : KINMU_OK;
    if (lock == NULL) {
        return status;
    }
    sql_bind_text(lock, 1, owner);
    if (sql_step(lock) != SQL_ROW) {
        status = store_db_error(s->db, "asking who derives", err);
    } else if (sql_i64(lock, 0) == 0) {
        status = error_set(err, KINMU_E_CONFLICT, "store.deriver",
                           "store: another node derives the rows of plugin \"%s\"", owner);
    }
    sql_finish(lock);
    return status;
}

int32_t store_derive(store *s, const char *owner, const uint8_t origin[16],
                     const store_derived *rows, uint32_t count, kinmu_err *err) {
    uint64_t number = (uint64_t)clock_unix_ns();
    int32_t status = store_begin(s, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = claim(s, owner, err);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = rows[i].is_removed ? remove_row(s, &rows[i].row, err)
                                    : apply_derived(s, origin, &rows[i].row, number + i, err);
    }
    return store_end(s, status, err);
}
