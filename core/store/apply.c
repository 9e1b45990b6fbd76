/* store/apply.c - one journal block becomes rows. Everything runs inside a transaction of the
 * caller; a block that turns out damaged leaves nothing but its line in kinmu_quarantine.
 *
 * Rows are inserted "on conflict do nothing": a block held for an unknown schema is simply applied
 * again once the schema is known, and only the missing rows come.
 */
#include "store/internal.h"

#include "base/error.h"
#include "store/layout.h"

#include <stdlib.h>
#include <string.h>

static int32_t prepare_dictionary(store *s, store_dictionary *dictionary, const char *find,
                                  const char *add, kinmu_err *err) {
    dictionary->remembered_count = sql_is_shared(s->db) ? STORE_REMEMBERED_ON_SERVER : 1;
    dictionary->remembered = calloc(dictionary->remembered_count, sizeof *dictionary->remembered);
    if (dictionary->remembered == NULL) {
        return error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    }
    int32_t status = store_db_prepare(s->db, find, &dictionary->find, err);
    return status == KINMU_OK ? store_db_prepare(s->db, add, &dictionary->add, err) : status;
}

#define GET_CURSOR "SELECT position, decision, held_for, compact FROM kinmu_cursor"

int32_t apply_prepare(store *s, kinmu_err *err) {
    const struct {
        sql_statement **statement;
        const char *sql;
    } plain[] = {
        {&s->add_held, "INSERT INTO kinmu_held VALUES(?) ON CONFLICT DO NOTHING"},
        {&s->remove_held, "DELETE FROM kinmu_held WHERE position = ?"},
        {&s->next_held, "SELECT min(position) FROM kinmu_held WHERE position > ?"},
        {&s->add_quarantine, "INSERT INTO kinmu_quarantine VALUES(?, ?) ON CONFLICT(position)"
                             " DO UPDATE SET reason = excluded.reason"},
        {&s->get_cursor, sql_is_shared(s->db) ? GET_CURSOR " FOR UPDATE" : GET_CURSOR},
        {&s->set_cursor, "UPDATE kinmu_cursor SET position = ?, decision = ?, held_for = ?"},
    };
    int32_t status = KINMU_OK;
    for (size_t i = 0; status == KINMU_OK && i < sizeof plain / sizeof *plain; i++) {
        status = store_db_prepare(s->db, plain[i].sql, plain[i].statement, err);
    }
    if (status == KINMU_OK) {
        status = store_db_prepare_rows(
            s->db, "INSERT INTO kinmu_block VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
            "kinmu_block (origin, chain, position, state)", &s->add_block, err);
    }
    const struct {
        store_dictionary *dictionary;
        const char *find, *add;
    } dictionaries[] = {
        {&s->origins, "SELECT id FROM kinmu_origin WHERE origin = ?",
         "INSERT INTO kinmu_origin(origin) VALUES(?) RETURNING id"},
        {&s->subjects, "SELECT id FROM kinmu_subject WHERE subject = ?",
         "INSERT INTO kinmu_subject(subject) VALUES(?) RETURNING id"},
        {&s->zones, "SELECT id FROM kinmu_zone WHERE zone = ?",
         "INSERT INTO kinmu_zone(zone) VALUES(?) RETURNING id"},
        {&s->boots, "SELECT id FROM kinmu_boot WHERE boot_id = ?",
         "INSERT INTO kinmu_boot(boot_id) VALUES(?) RETURNING id"},
    };
    for (size_t i = 0; status == KINMU_OK && i < sizeof dictionaries / sizeof *dictionaries; i++) {
        status = prepare_dictionary(s, dictionaries[i].dictionary, dictionaries[i].find,
                                    dictionaries[i].add, err);
    }
    return status;
}

void apply_reset(store *s) {
    store_dictionary *const all[] = {&s->origins, &s->subjects, &s->zones, &s->boots};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        for (uint32_t k = 0; k < all[i]->remembered_count; k++) {
            all[i]->remembered[k].id = 0;
        }
    }
    months_reset(&s->months);
}

void apply_drop_rows(store *s) {
    for (size_t i = 0; i < SCHEMAS_MAX; i++) {
        sql_finish(s->add_row[i]);
        s->add_row[i] = NULL;
    }
}

void apply_finish(store *s) {
    sql_statement *const all[] = {
        s->add_block,    s->add_held,   s->remove_held,  s->next_held,   s->add_quarantine,
        s->get_cursor,   s->set_cursor, s->origins.find, s->origins.add, s->subjects.find,
        s->subjects.add, s->zones.find, s->zones.add,    s->boots.find,  s->boots.add};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        sql_finish(all[i]);
    }
    store_dictionary *const dictionaries[] = {&s->origins, &s->subjects, &s->zones, &s->boots};
    for (size_t i = 0; i < sizeof dictionaries / sizeof *dictionaries; i++) {
        free(dictionaries[i]->remembered);
    }
    apply_drop_rows(s);
    months_free(&s->months);
}

/* Where a value would be remembered (FNV-1a). */
static store_remembered *place_of(const store_dictionary *dictionary, const kinmu_value *value) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; dictionary->remembered_count > 1 && i < value->size; i++) {
        hash = (hash ^ value->as.bytes[i]) * 16777619u;
    }
    return &dictionary->remembered[hash & (dictionary->remembered_count - 1)];
}

/* Id of a text or byte string, adding it when new. */
static int32_t number_of(store *s, store_dictionary *dictionary, const kinmu_value *value,
                         int64_t *id, kinmu_err *err) {
    const void *bytes = value->as.bytes; /* text and bytes share the pointer's place */
    store_remembered *known = place_of(dictionary, value);
    if (known->id != 0 && known->size == value->size &&
        memcmp(known->bytes, bytes, value->size) == 0) {
        *id = known->id;
        return KINMU_OK;
    }
    sql_statement *const steps[] = {dictionary->find, dictionary->add};
    int32_t status = KINMU_OK;
    *id = 0;
    for (size_t i = 0; status == KINMU_OK && *id == 0 && i < 2; i++) {
        store_db_bind_value(steps[i], 1, value);
        int code = sql_step(steps[i]);
        if (code == SQL_ROW) {
            *id = sql_i64(steps[i], 0);
        } else if (code != SQL_DONE) {
            status = store_db_error(s->db, "looking up a stamp", err);
        }
        sql_reset(steps[i]);
    }
    if (status == KINMU_OK && value->size <= sizeof known->bytes) {
        memcpy(known->bytes, bytes, value->size);
        known->size = value->size;
        known->id = *id;
    }
    return status;
}

/* INSERT for one schema. Of a record the newest version stays, in whatever order blocks arrive. */
/* Lists of a table's columns, as its INSERT names them. */
typedef struct row_lists {
    buffer all, keys, sets;
} row_lists;

static void list_columns(const schema_info *info, int32_t is_record, row_lists *lists) {
    char name[LAYOUT_NAME_SIZE];
    buffer_printf(&lists->all,
                  "(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id,"
                  " subject%s",
                  is_record ? ", version" : "");
    for (uint32_t i = 0; i < info->field_count; i++) {
        layout_column_name(info->fields[i].name, name);
        buffer_printf(&lists->all, ", \"%s\"", name);
        if (info->fields[i].flags & KINMU_FIELD_KEY) {
            buffer_printf(&lists->keys, "%s\"%s\"", lists->keys.size > 0 ? ", " : "", name);
        } else {
            buffer_printf(&lists->sets, ", \"%s\" = excluded.\"%s\"", name, name);
        }
    }
    buffer_text(&lists->all, ")");
}

static void write_insert(const char *table, uint32_t columns, int32_t is_record, row_lists *lists,
                         buffer *sql) {
    buffer_printf(sql, "INSERT INTO \"%s\" AS t %s VALUES(?", table, buffer_string(&lists->all));
    for (uint32_t i = 1; i < columns; i++) {
        buffer_text(sql, ", ?");
    }
    if (is_record) {
        buffer_printf(
            sql,
            ") ON CONFLICT(%s) DO UPDATE SET block = excluded.block, sequence = excluded.sequence,"
            " origin = excluded.origin, unix_ns = excluded.unix_ns, mono_ns = excluded.mono_ns,"
            " utc_offset_s = excluded.utc_offset_s, zone = excluded.zone,"
            " boot_id = excluded.boot_id, subject = excluded.subject, version = excluded.version%s"
            " WHERE (excluded.block, excluded.sequence) > (t.block, t.sequence)"
            " OR excluded.block + t.block = 0", /* a derived row over a derived one */
            buffer_string(&lists->keys), buffer_string(&lists->sets));
    } else {
        buffer_text(sql, ") ON CONFLICT DO NOTHING");
    }
}

static int32_t prepare_row(store *s, const schema_info *info, kinmu_err *err) {
    char table[LAYOUT_NAME_SIZE];
    int32_t is_record = info->schema->kind == KINMU_KIND_RECORD;
    row_lists lists = {{0}, {0}, {0}};
    buffer sql = {0};
    buffer into = {0};
    layout_table_name(info->full_name, table);
    list_columns(info, is_record, &lists);
    write_insert(table, LAYOUT_FIELDS + info->field_count + (is_record ? 1u : 0u), is_record,
                 &lists, &sql);
    buffer_printf(&into, "\"%s\" %s", table, buffer_string(&lists.all));
    int32_t failed =
        lists.keys.failed | lists.sets.failed | lists.all.failed | into.failed | sql.failed;
    const char *text = buffer_string(&sql);
    sql_statement **row = &s->add_row[info->id];
    int32_t status = KINMU_OK;
    if (failed != KINMU_OK) {
        status = error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    } else if (is_record) {
        status = store_db_prepare_later(s->db, text, row, err);
    } else {
        status = store_db_prepare_rows(s->db, text, buffer_string(&into), row, err);
    }
    buffer_free(&lists.all);
    buffer_free(&lists.keys);
    buffer_free(&lists.sets);
    buffer_free(&into);
    buffer_free(&sql);
    return status;
}

typedef struct stamp_ids {
    int64_t origin, zone, boot, subject;
} stamp_ids;

static int32_t number_stamp(store *s, const uint8_t origin[16], const char *zone,
                            const uint8_t boot_id[16], const char *subject, stamp_ids *ids,
                            kinmu_err *err) {
    const kinmu_value values[] = {kinmu_bytes(origin, 16), kinmu_text(zone),
                                  kinmu_bytes(boot_id, 16), kinmu_text(subject)};
    int32_t status = number_of(s, &s->origins, &values[0], &ids->origin, err);
    if (status == KINMU_OK) {
        status = number_of(s, &s->zones, &values[1], &ids->zone, err);
    }
    if (status == KINMU_OK) {
        status = number_of(s, &s->boots, &values[2], &ids->boot, err);
    }
    return status == KINMU_OK ? number_of(s, &s->subjects, &values[3], &ids->subject, err) : status;
}

static int32_t insert_row(store *s, const journal_block *block, const schema_info *info,
                          const kinmu_event *event, uint64_t sequence, const stamp_ids *ids,
                          kinmu_err *err) {
    sql_statement *row = s->add_row[info->id];
    if (row == NULL) {
        int32_t status = prepare_row(s, info, err);
        if (status != KINMU_OK) {
            return status;
        }
        row = s->add_row[info->id];
    }
    int32_t made = months_need(&s->months, info, event->unix_ns, err);
    if (made != KINMU_OK) {
        return made;
    }
    const int64_t stamps[] = {(int64_t)block->position,
                              (int64_t)sequence,
                              ids->origin,
                              event->unix_ns,
                              (int64_t)event->mono_ns,
                              event->utc_offset_s,
                              ids->zone,
                              ids->boot,
                              ids->subject,
                              (int64_t)block->decision};
    int stamp_count = LAYOUT_FIELDS + (info->schema->kind == KINMU_KIND_RECORD);
    for (int i = 0; i < stamp_count; i++) {
        sql_bind_i64(row, i + 1, stamps[i]);
    }
    const kinmu_value null = kinmu_null();
    for (uint32_t i = 0; i < info->field_count; i++) {
        const kinmu_value *value = i < event->value_count ? &event->values[i] : &null;
        if (value->type == KINMU_TYPE_NULL && (info->fields[i].flags & KINMU_FIELD_KEY)) {
            return error_set(err, KINMU_E_REJECT, "store.key",
                             "event %llu of \"%s\" has no value for its key field \"%s\"",
                             (unsigned long long)sequence, info->full_name, info->fields[i].name);
        }
        store_db_bind_value(row, stamp_count + 1 + (int)i, value);
    }
    return store_db_step(s->db, row, err);
}

int32_t apply_derived(store *s, const uint8_t origin[16], const journal_entry *row, uint64_t number,
                      kinmu_err *err) {
    static const journal_block none; /* position and decision 0: of no block */
    stamp_ids ids;
    kinmu_event event = {.unix_ns = row->unix_ns,
                         .mono_ns = row->mono_ns,
                         .utc_offset_s = row->utc_offset_s,
                         .values = row->values,
                         .value_count = row->value_count};
    int32_t status = number_stamp(s, origin, row->zone, row->boot_id, row->subject, &ids, err);
    return status == KINMU_OK ? insert_row(s, &none, row->schema, &event, number, &ids, err)
                              : status;
}

int32_t apply_rows(store *s, const journal_block *block, int32_t which, int32_t *held,
                   kinmu_err *err) {
    block_reader reader;
    stamp_ids ids;
    *held = 0;
    int32_t status = block_open(&reader, s->registry, block->payload, block->payload_size, err);
    if (status == KINMU_OK) {
        /* All events of a block share its stamp. */
        status =
            number_stamp(s, block->origin, reader.zone, reader.boot_id, reader.subject, &ids, err);
    }
    for (uint64_t sequence = block->first_sequence; status == KINMU_OK; sequence++) {
        const schema_info *info = NULL;
        kinmu_event event;
        status = block_next(&reader, &event, &info, err);
        if (status != KINMU_OK) {
            break;
        }
        if (info == NULL) {
            *held = 1;
        } else if (schema_is_undecided(info, block->decision)) {
            status = error_set(err, KINMU_E_REJECT, "store.undecided",
                               "event %llu of \"%s\" is a record that nobody decided",
                               (unsigned long long)sequence, info->full_name);
        } else if (which == APPLY_ALL || info->schema->kind == KINMU_KIND_RECORD) {
            status = insert_row(s, block, info, &event, sequence, &ids, err);
        }
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

static int32_t add_quarantine(store *s, uint64_t position, const char *reason, kinmu_err *err) {
    sql_bind_i64(s->add_quarantine, 1, (int64_t)position);
    sql_bind_text(s->add_quarantine, 2, reason);
    return store_db_step(s->db, s->add_quarantine, err);
}

/* All rows of a block or, when its payload is damaged, none and a line in the quarantine. */
static int32_t apply_payload(store *s, const journal_block *block, int32_t *held, kinmu_err *err) {
    int32_t status = store_db_mark(s->db, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = apply_rows(s, block, APPLY_ALL, held, err);
    /* A damaged store.db is E_REJECT as well, but it is not the block's fault. */
    if (status == KINMU_E_REJECT && strcmp(err->key, STORE_DB_DAMAGED) != 0) {
        *held = 0;
        char reason[KINMU_ERR_MSG_SIZE];
        memcpy(reason, err->msg, sizeof reason);
        apply_reset(s);
        status = store_db_undo_to_mark(s->db, err);
        if (status == KINMU_OK) {
            status = add_quarantine(s, block->position, reason, err);
        }
    }
    return status == KINMU_OK ? store_db_forget_mark(s->db, err) : status;
}

int32_t apply_block(store *s, const journal_block *block, kinmu_err *err) {
    int64_t origin = 0;
    const kinmu_value bytes = kinmu_bytes(block->origin, 16);
    int32_t status = number_of(s, &s->origins, &bytes, &origin, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_i64(s->add_block, 1, origin);
    sql_bind_i64(s->add_block, 2, (int64_t)block->chain);
    sql_bind_i64(s->add_block, 3, (int64_t)block->position);
    sql_bind_i64(s->add_block, 4, block->state);
    status = store_db_step(s->db, s->add_block, err);
    if (status != KINMU_OK || sql_changes(s->db) == 0) {
        return status;
    }
    if (block->state == JOURNAL_BLOCK_CORRUPT) {
        /* Copied, because the statement's own failure would be written over it. */
        char reason[KINMU_ERR_MSG_SIZE];
        memcpy(reason, err->msg, sizeof reason);
        return add_quarantine(s, block->position, reason, err);
    }
    if (block->state != JOURNAL_BLOCK_LIVE) {
        return KINMU_OK;
    }
    int32_t held = 0;
    status = apply_payload(s, block, &held, err);
    if (status == KINMU_OK && held) {
        sql_bind_i64(s->add_held, 1, (int64_t)block->position);
        status = store_db_step(s->db, s->add_held, err);
    }
    return status;
}

int32_t apply_held(store *s, const journal_block *block, kinmu_err *err) {
    int32_t held = 0;
    int32_t status = KINMU_OK;
    if (block->state == JOURNAL_BLOCK_LIVE) {
        status = apply_payload(s, block, &held, err);
    }
    if (status == KINMU_OK && !held) {
        sql_bind_i64(s->remove_held, 1, (int64_t)block->position);
        status = store_db_step(s->db, s->remove_held, err);
    }
    return status;
}
