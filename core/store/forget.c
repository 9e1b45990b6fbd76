/* store/forget.c - takes out of the store what the journal no longer has: blocks whose key was
 * destroyed (erased) or whose detail was folded into coarser events.
 *
 * Of a record the version before the erased one comes back, so that the result is what a rebuild
 * would give. That, and finding the blocks, reads the whole journal: forgetting is rare.
 */
#include "store/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/dialect.h"
#include "store/layout.h"
#include "store/months.h"

#define ERASED_NEAR_NS (31 * 86400 * CLOCK_NS_PER_S)

typedef struct forgetting {
    store *s;
    const store_source *source;
    sql_statement *find, *mark, *note;
    uint32_t blocks;      /* whose rows go */
    uint32_t record_rows; /* removed: older versions must come back */
    store_forgotten gone;
} forgetting;

static int32_t prepare(forgetting *f, kinmu_err *err) {
    sql_db *db = f->s->db;
    int32_t status = store_db_run(db, dialect_forgotten(db), err);
    if (status == KINMU_OK) {
        status = store_db_prepare(db,
                                  "SELECT b.origin FROM kinmu_block b JOIN kinmu_origin o"
                                  " ON o.id = b.origin WHERE o.origin = ? AND b.chain = ?"
                                  " AND b.position = ? AND b.state = 0",
                                  &f->find, err);
    }
    if (status == KINMU_OK) {
        status = store_db_prepare(
            db, "UPDATE kinmu_block SET state = ? WHERE origin = ? AND chain = ?", &f->mark, err);
    }
    if (status == KINMU_OK) {
        status = store_db_prepare(db, "INSERT INTO forgotten VALUES(?, ?)", &f->note, err);
    }
    return status;
}

/* A block without payload that was applied while it had one. */
static int32_t note_block(forgetting *f, const journal_block *block, kinmu_err *err) {
    sql_db *db = f->s->db;
    const kinmu_value origin = kinmu_bytes(block->origin, 16);
    store_db_bind_value(f->find, 1, &origin);
    sql_bind_i64(f->find, 2, (int64_t)block->chain);
    sql_bind_i64(f->find, 3, (int64_t)block->position);
    int code = sql_step(f->find);
    int64_t origin_id = code == SQL_ROW ? sql_i64(f->find, 0) : 0;
    int32_t status =
        code == SQL_ROW || code == SQL_DONE ? KINMU_OK : store_db_error(db, "reading blocks", err);
    sql_reset(f->find);
    if (code != SQL_ROW) {
        return status;
    }
    f->blocks++;
    sql_bind_i64(f->mark, 1, block->state);
    sql_bind_i64(f->mark, 2, origin_id);
    sql_bind_i64(f->mark, 3, (int64_t)block->chain);
    status = store_db_step(db, f->mark, err);
    if (status == KINMU_OK) {
        sql_bind_i64(f->s->remove_held, 1, (int64_t)block->position);
        status = store_db_step(db, f->s->remove_held, err);
    }
    if (status == KINMU_OK) {
        sql_bind_i64(f->note, 1, (int64_t)block->position);
        sql_bind_i64(f->note, 2, block->state == JOURNAL_BLOCK_ERASED);
        status = store_db_step(db, f->note, err);
    }
    return status;
}

typedef int32_t (*block_fn)(forgetting *f, const journal_block *block, kinmu_err *err);

static int32_t each_block(forgetting *f, uint64_t last, block_fn fn, kinmu_err *err) {
    journal_block block;
    uint64_t position = 0;
    while (position < last) {
        int32_t status = f->source->read(f->source->user, position, &block, err);
        if (status == KINMU_E_NOTFOUND || (status == KINMU_OK && block.position > last)) {
            return KINMU_OK;
        }
        if (status == KINMU_OK) {
            status = fn(f, &block, err);
        }
        if (status != KINMU_OK) {
            return status;
        }
        position = block.position;
    }
    return KINMU_OK;
}

static int32_t find_forgotten(forgetting *f, const journal_block *block, kinmu_err *err) {
    int32_t is_gone = block->state == JOURNAL_BLOCK_ERASED || block->state == JOURNAL_BLOCK_FOLDED;
    return is_gone ? note_block(f, block, err) : KINMU_OK;
}

/* Quarantined blocks gave no rows before and give none now. */
static int32_t restore_records(forgetting *f, const journal_block *block, kinmu_err *err) {
    int32_t held = 0;
    if (block->state != JOURNAL_BLOCK_LIVE) {
        return KINMU_OK;
    }
    int32_t status = store_db_mark(f->s->db, err);
    if (status == KINMU_OK) {
        status = apply_rows(f->s, block, APPLY_RECORDS, &held, err);
    }
    if (status == KINMU_E_REJECT) {
        apply_reset(f->s);
        status = store_db_undo_to_mark(f->s->db, err);
    }
    return status == KINMU_OK ? store_db_forget_mark(f->s->db, err) : status;
}

/* Of the condition that nothing refers to a subject any more, one table's part. */
static void add_unused(buffer *unused, const char *table) {
    buffer_printf(unused,
                  " AND NOT EXISTS (SELECT 1 FROM \"%s\" t WHERE t.subject = kinmu_subject.id)",
                  table);
}

/* Of whom, and of what time, rows are erased; folded ones lose detail, not what follows of it. */
static int32_t note_erased(forgetting *f, const char *table, kinmu_err *err) {
    buffer sql = {0};
    buffer_printf(&sql,
                  "INSERT INTO erased SELECT subject, min(unix_ns), max(unix_ns), count(*) FROM"
                  " \"%s\" WHERE block IN (SELECT block FROM forgotten WHERE is_erased = 1)"
                  " GROUP BY subject",
                  table);
    return store_db_run_built(f->s->db, &sql, err);
}

static int32_t count_erased(forgetting *f, kinmu_err *err) {
    sql_statement *sum = NULL;
    int32_t status = store_db_prepare(
        f->s->db, "SELECT CAST(coalesce(sum(row_count), 0) AS BIGINT) FROM erased", &sum, err);
    if (status == KINMU_OK) {
        status = sql_step(sum) == SQL_ROW ? KINMU_OK
                                          : store_db_error(f->s->db, "counting erased rows", err);
    }
    f->gone.rows += status == KINMU_OK ? sql_u64(sum, 0) : 0;
    sql_finish(sum);
    return status;
}

/* A derived row may tell of what was erased when it is of the same subject and month. */
static int32_t remove_derived(forgetting *f, const char *table, kinmu_err *err) {
    buffer sql = {0};
    buffer_printf(&sql,
                  "DELETE FROM \"%s\" WHERE block = 0 AND EXISTS (SELECT 1 FROM erased e WHERE"
                  " e.subject = \"%s\".subject AND \"%s\".unix_ns BETWEEN e.first_ns - %lld AND"
                  " e.last_ns + %lld)",
                  table, table, table, (long long)ERASED_NEAR_NS, (long long)ERASED_NEAR_NS);
    int32_t status = store_db_run_built(f->s->db, &sql, err);
    f->gone.derived += status == KINMU_OK ? (uint64_t)sql_changes(f->s->db) : 0;
    return status;
}

/* Calls fn with the table of each schema the file knows; `kind` 0 = of both kinds. */
static int32_t each_table(forgetting *f, int64_t kind,
                          int32_t (*fn)(forgetting *f, const char *table, kinmu_err *err),
                          kinmu_err *err) {
    sql_statement *tables = NULL;
    int32_t status =
        store_db_prepare(f->s->db, "SELECT table_name, kind FROM kinmu_schema", &tables, err);
    while (status == KINMU_OK && sql_step(tables) == SQL_ROW) {
        status = kind == 0 || sql_i64(tables, 1) == kind ? fn(f, sql_text(tables, 0), err) : status;
    }
    sql_finish(tables);
    return status;
}

/* Runs over the tables of all schemas the file knows. Removes rows and collects, for the subjects'
 * dictionary, the condition that nothing refers to an entry any more. */
static int32_t remove_rows(forgetting *f, buffer *unused, kinmu_err *err) {
    sql_statement *tables = NULL;
    int32_t status =
        store_db_prepare(f->s->db, "SELECT table_name, kind FROM kinmu_schema", &tables, err);
    while (status == KINMU_OK && sql_step(tables) == SQL_ROW) {
        const char *table = sql_text(tables, 0);
        buffer sql = {0};
        status = months_drop_forgotten(f->s->db, table, err);
        if (status != KINMU_OK) {
            break;
        }
        buffer_printf(&sql, "DELETE FROM \"%s\" WHERE block IN (SELECT block FROM forgotten)",
                      table);
        status = store_db_run_built(f->s->db, &sql, err);
        if (sql_i64(tables, 1) == KINMU_KIND_RECORD) {
            f->record_rows += (uint32_t)sql_changes(f->s->db);
        }
        add_unused(unused, table);
    }
    sql_finish(tables);
    return status;
}

static int32_t forget_blocks(forgetting *f, kinmu_err *err) {
    store_cursor at = {0};
    int32_t status = store_get_cursor(f->s, &at, err);
    if (status == KINMU_OK) {
        status = prepare(f, err);
    }
    if (status == KINMU_OK) {
        status = each_block(f, at.position, find_forgotten, err);
    }
    if (status != KINMU_OK || f->blocks == 0) {
        return status;
    }
    buffer unused = {0};
    buffer_text(&unused, "DELETE FROM kinmu_subject WHERE 1=1");
    status = each_table(f, 0, note_erased, err);
    if (status == KINMU_OK) {
        status = count_erased(f, err);
    }
    if (status == KINMU_OK) {
        status = each_table(f, KINMU_KIND_RECORD, remove_derived, err);
    }
    if (status == KINMU_OK) {
        status = remove_rows(f, &unused, err);
    }
    if (status == KINMU_OK && f->record_rows > 0) {
        status = each_block(f, at.position, restore_records, err);
    }
    if (status != KINMU_OK) {
        buffer_free(&unused);
        return status;
    }
    apply_reset(f->s); /* a remembered subject, or a month, may be gone now */
    status = store_db_run_built(f->s->db, &unused, err);
    return status == KINMU_OK ? store_db_run(f->s->db, "UPDATE kinmu_cursor SET compact = 1", err)
                              : status;
}

int32_t store_forget_from(store *s, const store_source *source, store_forgotten *gone,
                          kinmu_err *err) {
    kinmu_err ignored;
    err = err != NULL ? err : &ignored;
    forgetting f = {.s = s, .source = source};
    int32_t status = store_begin(s, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = forget_blocks(&f, err);
    sql_finish(f.find);
    sql_finish(f.mark);
    sql_finish(f.note);
    status = store_end(s, status, err);
    if (status == KINMU_OK) {
        gone->rows += f.gone.rows;
        gone->derived += f.gone.derived;
    }
    return status == KINMU_OK && f.blocks > 0 ? forget_compact(s, err) : status;
}

/* Runs "… WHERE … = ?" with the subject. */
static int32_t run_with(store *s, buffer *sql, const char *subject, int64_t *changes,
                        kinmu_err *err) {
    sql_statement *statement = NULL;
    int32_t status = store_db_prepare_built(s->db, sql, &statement, err);
    if (status == KINMU_OK) {
        sql_bind_text(statement, 1, subject);
        status = store_db_step(s->db, statement, err);
        *changes += status == KINMU_OK ? sql_changes(s->db) : 0;
    }
    sql_finish(statement);
    return status;
}

int32_t forget_subject(store *s, const char *subject, kinmu_err *err) {
    sql_statement *tables = NULL;
    buffer unused = {0};
    int64_t names = 0;
    buffer_text(&unused, "DELETE FROM kinmu_subject WHERE subject = ?");
    int32_t status = store_db_prepare(s->db, "SELECT table_name FROM kinmu_schema", &tables, err);
    while (status == KINMU_OK && sql_step(tables) == SQL_ROW) {
        add_unused(&unused, sql_text(tables, 0));
    }
    sql_finish(tables);
    if (status != KINMU_OK) {
        buffer_free(&unused);
        return status;
    }
    status = run_with(s, &unused, subject, &names, err);
    if (status == KINMU_OK && names > 0) {
        apply_reset(s); /* it may be remembered */
        status = store_db_run(s->db, "UPDATE kinmu_cursor SET compact = 1", err);
    }
    return status;
}

static int32_t forget_derived(store *s, const char *subject, int64_t *removed, kinmu_err *err) {
    sql_statement *tables = NULL;
    int32_t status =
        store_db_prepare(s->db, "SELECT table_name, kind FROM kinmu_schema", &tables, err);
    while (status == KINMU_OK && sql_step(tables) == SQL_ROW) {
        if (sql_i64(tables, 1) == KINMU_KIND_RECORD) {
            buffer sql = {0};
            buffer_printf(&sql,
                          "DELETE FROM \"%s\" WHERE block = 0 AND subject IN"
                          " (SELECT id FROM kinmu_subject WHERE subject = ?)",
                          sql_text(tables, 0));
            status = run_with(s, &sql, subject, removed, err);
        }
    }
    sql_finish(tables);
    if (status != KINMU_OK || *removed == 0) {
        return status;
    }
    status = forget_subject(s, subject, err);
    return status == KINMU_OK ? store_db_run(s->db, "UPDATE kinmu_cursor SET compact = 1", err)
                              : status;
}

int32_t store_forget_derived(store *s, const char *subject, store_forgotten *gone, kinmu_err *err) {
    int64_t removed = 0;
    int32_t status = store_begin(s, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = store_end(s, forget_derived(s, subject, &removed, err), err);
    if (status != KINMU_OK || removed == 0) {
        return status;
    }
    gone->derived += (uint64_t)removed;
    return forget_compact(s, err);
}

int32_t forget_compact(store *s, kinmu_err *err) {
    store_cursor at = {0};
    uv_mutex_lock(&s->work);
    int32_t status = store_get_cursor(s, &at, err);
    if (status == KINMU_OK && at.compact == FORGET_COMPACT_FILE) {
        status = sql_compact(s->db) == SQL_DONE
                     ? store_db_run(s->db, "UPDATE kinmu_cursor SET compact = 2", err)
                     : store_db_error(s->db, "compacting", err);
    }
    if (status == KINMU_OK && at.compact != FORGET_COMPACT_DONE) {
        status = sql_settle(s->db, 1) == SQL_DONE
                     ? store_db_run(s->db, "UPDATE kinmu_cursor SET compact = 0", err)
                     : store_db_error(s->db, "compacting", err);
    }
    uv_mutex_unlock(&s->work);
    return status;
}
