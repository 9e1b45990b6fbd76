/* store/reader.c - reads the store: pages of one schema, and sorted replays of several. Each read
 * is one read transaction, so all its rows are from one snapshot, whatever the writer does
 * meanwhile.
 */
#include "store/internal.h"

#include "base/error.h"
#include "store/layout.h"
#include "store/query.h"
#include "store/stamps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a row stands: what rows are ordered by. The subject's text is looked up when its number
 * changes, because most rows have that of the row before. */
typedef struct row_place {
    int64_t subject_number; /* 0: of no row yet, or of a server */
    int64_t unix_ns, block, sequence;
    char subject[STAMPS_BYTES_MAX];
} row_place;

struct store_reader {
    sql_db *db;
    const schema_registry *registry;
    stamps stamps;
    row_place place; /* of the row store_reader_give gives */
    kinmu_value values[KINMU_FIELDS_MAX];
};

/* One schema's rows within a replay, sorted by the database; `row` is the next one. */
typedef struct stream {
    sql_statement *statement;
    const schema_info *info;
    row_place place;
} stream;

int32_t store_reader_open(const char *directory, const schema_registry *registry,
                          store_reader **out, kinmu_err *err) {
    *out = NULL;
    store_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return KINMU_E_NOMEM;
    }
    reader->registry = registry;
    int32_t status = store_db_open(directory, 1, &reader->db, err);
    if (status != KINMU_OK) {
        free(reader);
        return status;
    }
    reader->stamps.db = reader->db;
    *out = reader;
    return KINMU_OK;
}

void store_reader_close(store_reader *reader) {
    if (reader == NULL) {
        return;
    }
    stamps_finish(&reader->stamps);
    sql_close(reader->db);
    free(reader);
}

sql_db *store_reader_db(store_reader *reader) {
    return reader->db;
}

int32_t store_reader_begin(store_reader *reader, kinmu_err *err) {
    stamps_begin(&reader->stamps);
    reader->place.subject_number = 0;
    return store_db_begin(reader->db, SQL_BEGIN_READ, err);
}

void store_reader_end(store_reader *reader) {
    store_db_commit(reader->db, NULL);
}

static int32_t fill_stamps(store_reader *reader, sql_statement *statement, kinmu_event *event,
                           kinmu_err *err) {
    static const struct {
        uint32_t kind;
        int column;
    } wanted[] = {{STAMPS_ORIGIN, LAYOUT_ORIGIN},
                  {STAMPS_ZONE, LAYOUT_ZONE},
                  {STAMPS_BOOT_ID, LAYOUT_BOOT_ID}};
    const uint8_t *found[STAMPS_KINDS] = {NULL};
    int32_t status = KINMU_OK;
    for (size_t i = 0; status == KINMU_OK && i < sizeof wanted / sizeof *wanted; i++) {
        status = stamps_find(&reader->stamps, wanted[i].kind, sql_i64(statement, wanted[i].column),
                             &found[wanted[i].kind], err);
    }
    event->origin = found[STAMPS_ORIGIN];
    event->zone = (const char *)found[STAMPS_ZONE];
    event->boot_id = found[STAMPS_BOOT_ID];
    return status;
}

static int32_t read_place(store_reader *reader, sql_statement *statement, row_place *place,
                          kinmu_err *err) {
    int32_t is_text = sql_is_shared(reader->db);
    int64_t number = is_text ? 0 : sql_i64(statement, LAYOUT_SUBJECT);
    place->unix_ns = sql_i64(statement, LAYOUT_UNIX_NS);
    place->block = sql_i64(statement, LAYOUT_BLOCK);
    place->sequence = sql_i64(statement, LAYOUT_SEQUENCE);
    if (is_text) {
        const char *subject = sql_text(statement, LAYOUT_SUBJECT);
        snprintf(place->subject, sizeof place->subject, "%s", subject != NULL ? subject : "");
        return KINMU_OK;
    }
    if (number == place->subject_number) {
        return KINMU_OK;
    }
    const uint8_t *text = NULL;
    int32_t status = stamps_find(&reader->stamps, STAMPS_SUBJECT, number, &text, err);
    if (status == KINMU_OK) {
        memcpy(place->subject, text, sizeof place->subject);
        place->subject_number = number;
    }
    return status;
}

static int32_t give(store_reader *reader, sql_statement *statement, const schema_info *info,
                    const row_place *place, kinmu_row_fn row, void *user, int32_t *stop,
                    kinmu_err *err) {
    kinmu_event event = {0};
    event.schema = info->id;
    event.value_count = info->field_count;
    event.unix_ns = place->unix_ns;
    event.mono_ns = sql_u64(statement, LAYOUT_MONO_NS);
    event.sequence = (uint64_t)place->sequence;
    event.block = (uint64_t)place->block;
    event.subject = place->subject;
    event.utc_offset_s = (int32_t)sql_i64(statement, LAYOUT_UTC_OFFSET_S);
    event.values = reader->values;
    int32_t status = fill_stamps(reader, statement, &event, err);
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < info->field_count; i++) {
        store_db_value(statement, LAYOUT_FIELDS + (int)i, info->fields[i].type, &reader->values[i]);
    }
    *stop = row(user, &event);
    return KINMU_OK;
}

int32_t store_reader_give(store_reader *reader, sql_statement *statement, const schema_info *info,
                          kinmu_row_fn row, void *user, int32_t *stop, kinmu_err *err) {
    int32_t status = read_place(reader, statement, &reader->place, err);
    return status == KINMU_OK ? give(reader, statement, info, &reader->place, row, user, stop, err)
                              : status;
}

int32_t store_stat(store_reader *reader, store_figures *figures, kinmu_err *err) {
    sql_statement *statement = NULL;
    memset(figures, 0, sizeof *figures);
    int32_t status =
        store_db_prepare(reader->db,
                         "SELECT position, decision, (SELECT count(*) FROM kinmu_held),"
                         " (SELECT count(*) FROM kinmu_quarantine) FROM kinmu_cursor",
                         &statement, err);
    if (status == KINMU_OK && sql_step(statement) != SQL_ROW) {
        status = store_db_error(reader->db, "reading the cursor", err);
    }
    uint64_t *const members[] = {&figures->position, &figures->decision, &figures->held,
                                 &figures->quarantined};
    for (int i = 0; status == KINMU_OK && i < (int)(sizeof members / sizeof *members); i++) {
        *members[i] = sql_u64(statement, i);
    }
    sql_finish(statement);
    if (status == KINMU_OK && sql_space(reader->db, &figures->bytes) != SQL_DONE) {
        status = store_db_error(reader->db, "asking for the size", err);
    }
    return status;
}

static int32_t check_position(store_reader *reader, uint64_t at_least, kinmu_err *err) {
    store_figures figures;
    int32_t status = store_stat(reader, &figures, err);
    if (status == KINMU_OK && figures.position < at_least) {
        status = error_set(err, KINMU_E_RETRY, "store.behind",
                           "store: has applied block %llu, not yet %llu",
                           (unsigned long long)figures.position, (unsigned long long)at_least);
    }
    return status;
}

static int32_t query_rows(store_reader *reader, const schema_info *info, const kinmu_query *query,
                          kinmu_row_fn row, void *user, kinmu_err *err) {
    int32_t known = 0;
    int32_t status = layout_known_fields(reader->db, info->full_name, &known, err);
    buffer sql = {0};
    sql_statement *statement = NULL;
    if (status == KINMU_OK) {
        status = query_build(reader->db, &sql, info, known < 0 ? 0 : (uint32_t)known, query, err);
    }
    if (status != KINMU_OK || known < 0) {
        buffer_free(&sql);
        return status; /* a schema the store never met has no rows */
    }
    status = store_db_prepare_built(reader->db, &sql, &statement, err);
    if (status != KINMU_OK) {
        return status;
    }
    query_bind(statement, query);
    int32_t stop = 0;
    int code = sql_step(statement);
    while (code == SQL_ROW && !stop && status == KINMU_OK) {
        status = store_reader_give(reader, statement, info, row, user, &stop, err);
        code = stop ? SQL_DONE : sql_step(statement);
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = store_db_error(reader->db, "reading rows", err);
    }
    sql_finish(statement);
    return status;
}

int32_t store_query(store_reader *reader, const schema_info *info, const kinmu_query *query,
                    kinmu_row_fn row, void *user, kinmu_err *err) {
    kinmu_query full = {0};
    size_t size = query->struct_size < sizeof full ? query->struct_size : sizeof full;
    memcpy(&full, query, size);
    int32_t status = store_reader_begin(reader, err);
    if (status != KINMU_OK) {
        return status;
    }
    if (full.at_least > 0) {
        status = check_position(reader, full.at_least, err);
    }
    if (status == KINMU_OK) {
        status = query_rows(reader, info, &full, row, user, err);
    }
    store_reader_end(reader);
    return status;
}

/* Moves a stream to its next row; at the end its statement is finalized and NULL. */
static int32_t advance(store_reader *reader, stream *from, kinmu_err *err) {
    int code = sql_step(from->statement);
    if (code == SQL_ROW) {
        return read_place(reader, from->statement, &from->place, err);
    }
    int32_t status = code == SQL_DONE ? KINMU_OK : store_db_error(reader->db, "reading rows", err);
    sql_finish(from->statement);
    from->statement = NULL;
    return status;
}

static int32_t open_stream(store_reader *reader, stream *from, const schema_info *info,
                           int64_t from_ns, int64_t to_ns, kinmu_err *err) {
    int32_t known = 0;
    from->info = info;
    int32_t status = layout_known_fields(reader->db, info->full_name, &known, err);
    if (status != KINMU_OK || known < 0) {
        return status;
    }
    int32_t is_log = info->schema->kind == KINMU_KIND_LOG;
    buffer sql = {0};
    layout_select(reader->db, &sql, info, (uint32_t)known, layout_way(reader->db, info));
    buffer_text(&sql, is_log ? " WHERE t.unix_ns >= ? AND t.unix_ns < ?" : "");
    buffer_text(&sql, " ORDER BY s.subject, t.unix_ns, t.block, t.sequence");
    const char *text = buffer_string(&sql);
    status = sql.failed == KINMU_OK
                 ? store_db_prepare_many(reader->db, text, &from->statement, err)
                 : error_set(err, KINMU_E_NOMEM, "store.memory", "store: out of memory");
    buffer_free(&sql);
    if (status != KINMU_OK) {
        return status;
    }
    if (is_log) {
        sql_bind_i64(from->statement, 1, from_ns);
        sql_bind_i64(from->statement, 2, to_ns);
    }
    return advance(reader, from, err);
}

static int32_t is_before(const row_place *a, const row_place *b) {
    int32_t is_same = a->subject_number != 0 && a->subject_number == b->subject_number;
    int order = is_same ? 0 : strcmp(a->subject, b->subject);
    if (order != 0) {
        return order < 0;
    }
    if (a->unix_ns != b->unix_ns) {
        return a->unix_ns < b->unix_ns;
    }
    return a->block != b->block ? a->block < b->block : a->sequence < b->sequence;
}

/* Gives the rows of all streams in order. *stop: the receiver has had enough. */
static int32_t merge(store_reader *reader, stream *streams, uint32_t count, kinmu_row_fn row,
                     void *user, int32_t *stop, kinmu_err *err) {
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && !*stop) {
        stream *first = NULL;
        for (uint32_t i = 0; i < count; i++) {
            if (streams[i].statement != NULL &&
                (first == NULL || is_before(&streams[i].place, &first->place))) {
                first = &streams[i];
            }
        }
        if (first == NULL) {
            return KINMU_OK;
        }
        status = give(reader, first->statement, first->info, &first->place, row, user, stop, err);
        if (status == KINMU_OK && !*stop) {
            status = advance(reader, first, err);
        }
    }
    return status;
}

static int32_t replay_kind(store_reader *reader, uint32_t kind, const schema_info *const *infos,
                           uint32_t info_count, const int64_t period[2], kinmu_row_fn row,
                           void *user, int32_t *stop, kinmu_err *err) {
    stream *streams = calloc(info_count, sizeof *streams);
    uint32_t count = 0;
    int32_t status = streams != NULL ? KINMU_OK : KINMU_E_NOMEM;
    for (uint32_t i = 0; status == KINMU_OK && i < info_count; i++) {
        if (infos[i]->schema->kind == kind) {
            status = open_stream(reader, &streams[count], infos[i], period[0], period[1], err);
            count += streams[count].statement != NULL; /* empty ones cost nothing more */
        }
    }
    if (status == KINMU_OK) {
        status = merge(reader, streams, count, row, user, stop, err);
    }
    for (uint32_t i = 0; streams != NULL && i < count; i++) {
        sql_finish(streams[i].statement);
    }
    free(streams);
    return status;
}

int32_t store_replay(store_reader *reader, const schema_info *const *infos, uint32_t info_count,
                     int64_t from_ns, int64_t to_ns, kinmu_row_fn row, void *user, kinmu_err *err) {
    const int64_t period[2] = {from_ns, to_ns};
    int32_t stop = 0;
    if (info_count == 0) {
        return KINMU_OK;
    }
    int32_t status = store_reader_begin(reader, err);
    if (status != KINMU_OK) {
        return status;
    }
    status =
        replay_kind(reader, KINMU_KIND_RECORD, infos, info_count, period, row, user, &stop, err);
    if (status == KINMU_OK && !stop) {
        status =
            replay_kind(reader, KINMU_KIND_LOG, infos, info_count, period, row, user, &stop, err);
    }
    store_reader_end(reader);
    return status;
}
