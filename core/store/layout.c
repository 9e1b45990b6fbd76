/* store/layout.c - see layout.h. Definitions of tables are SQLite's dialect; the SELECT that
 * readers use is plain SQL, because it has to serve PostgreSQL too. */
#include "store/layout.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* What each row carries beside its fields. Texts and ids that repeat live once, in dictionaries. */
static const char stamp_columns[] =
    "block INTEGER NOT NULL, sequence INTEGER NOT NULL, origin INTEGER NOT NULL,"
    "unix_ns INTEGER NOT NULL, mono_ns INTEGER NOT NULL, utc_offset_s INTEGER NOT NULL,"
    "zone INTEGER NOT NULL, boot_id INTEGER NOT NULL, subject INTEGER NOT NULL";

static const char *const stamp_names[] = {"block",   "sequence",     "origin", "unix_ns",
                                          "mono_ns", "utc_offset_s", "zone",   "boot_id",
                                          "subject", "version"};

static const char own_tables[] =
    "CREATE TABLE kinmu_cursor(id INTEGER PRIMARY KEY, position INTEGER NOT NULL,"
    " decision INTEGER NOT NULL, held_for INTEGER NOT NULL, compact INTEGER NOT NULL);"
    "INSERT INTO kinmu_cursor VALUES(1, 0, 0, 0, 0);"
    "CREATE TABLE kinmu_block(origin INTEGER NOT NULL, chain INTEGER NOT NULL,"
    " position INTEGER NOT NULL, state INTEGER NOT NULL, PRIMARY KEY(origin, chain)) WITHOUT ROWID;"
    "CREATE TABLE kinmu_held(position INTEGER PRIMARY KEY);"
    "CREATE TABLE kinmu_quarantine(position INTEGER PRIMARY KEY, reason TEXT NOT NULL);"
    "CREATE TABLE kinmu_schema(schema TEXT PRIMARY KEY, table_name TEXT NOT NULL,"
    " kind INTEGER NOT NULL, field_count INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE kinmu_field(schema TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,"
    " type INTEGER NOT NULL, is_key INTEGER NOT NULL, PRIMARY KEY(schema, position)) WITHOUT ROWID;"
    "CREATE TABLE kinmu_origin(id INTEGER PRIMARY KEY, origin BLOB NOT NULL UNIQUE);"
    "CREATE TABLE kinmu_subject(id INTEGER PRIMARY KEY, subject TEXT NOT NULL UNIQUE);"
    "CREATE TABLE kinmu_zone(id INTEGER PRIMARY KEY, zone TEXT NOT NULL UNIQUE);"
    "CREATE TABLE kinmu_boot(id INTEGER PRIMARY KEY, boot_id BLOB NOT NULL UNIQUE);";

static int32_t is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Appends `c` as itself, as '_' when it is `joint`, else as $xx. */
static size_t escape(char *out, size_t size, char c, char joint) {
    static const char digits[] = "0123456789abcdef";
    if (is_plain(c) || c == joint) {
        out[size] = is_plain(c) ? c : '_';
        return size + 1;
    }
    out[size] = '$';
    out[size + 1] = digits[(uint8_t)c >> 4];
    out[size + 2] = digits[(uint8_t)c & 15];
    return size + 3;
}

static size_t escape_all(char *out, const char *name, size_t name_size, char joint) {
    size_t size = 0;
    for (size_t i = 0; i < name_size && i < SCHEMA_NAME_SIZE; i++) {
        size = escape(out, size, name[i], joint);
    }
    return size;
}

void layout_table_name(const char *full_name, char out[LAYOUT_NAME_SIZE]) {
    const char *slash = strrchr(full_name, '/');
    size_t name_size = slash != NULL ? (size_t)(slash - full_name) : strlen(full_name);
    size_t size = 0;
    /* "v.…" would meet the views and "sqlite…" is SQLite's own: their first letter is escaped. */
    if (strncmp(full_name, "v.", 2) == 0 || strncmp(full_name, "sqlite", 6) == 0) {
        size = (size_t)snprintf(out, LAYOUT_NAME_SIZE, "$%02x", (unsigned)full_name[0]);
        full_name++;
        name_size--;
    }
    size += escape_all(out + size, full_name, name_size, '.');
    snprintf(out + size, LAYOUT_NAME_SIZE - size, "_%s", slash != NULL ? slash + 1 : "0");
}

void layout_column_name(const char *field, char out[LAYOUT_NAME_SIZE]) {
    size_t size = escape_all(out, field, strlen(field), '_');
    out[size] = '\0';
    for (size_t i = 0; i < sizeof stamp_names / sizeof *stamp_names; i++) {
        if (strcmp(out, stamp_names[i]) == 0) {
            out[size] = '$';
            out[size + 1] = '\0';
            return;
        }
    }
}

int32_t layout_is_stamp(const char *name) {
    return strcmp(name, "subject") == 0 || strcmp(name, "unix_ns") == 0 ||
           strcmp(name, "block") == 0 || strcmp(name, "sequence") == 0;
}

int32_t layout_create(sql_db *db, kinmu_err *err) {
    int64_t version = 0;
    if (sql_version(db, &version) != SQL_DONE) {
        return store_db_error(db, "reading the layout's version", err);
    }
    if (version == LAYOUT_VERSION) {
        return KINMU_OK;
    }
    if (version != 0) {
        return error_set(err, KINMU_E_REJECT, "store.layout",
                         "store: store.db has layout %lld, this program needs %d; "
                         "run \"kinmu store rebuild\"",
                         (long long)version, LAYOUT_VERSION);
    }
    int32_t status = store_db_run(db, own_tables, err);
    if (status == KINMU_OK && sql_set_version(db, LAYOUT_VERSION) != SQL_DONE) {
        status = store_db_error(db, "writing the layout's version", err);
    }
    return status;
}

static const char *column_type(uint32_t type) {
    switch (type) {
    case KINMU_TYPE_F64:
        return "REAL";
    case KINMU_TYPE_TEXT:
        return "TEXT COLLATE BINARY";
    case KINMU_TYPE_BYTES:
        return "BLOB";
    default:
        return "INTEGER";
    }
}

static void add_column(buffer *sql, const char *before, const kinmu_field *field) {
    char column[LAYOUT_NAME_SIZE];
    layout_column_name(field->name, column);
    buffer_printf(sql, "%s\"%s\" %s", before, column, column_type(field->type));
}

/* Log rows are kept in journal order (block, sequence): rows are appended, a block is one range to
 * remove, and each index ends in journal order by itself. */
static int32_t create_table(sql_db *db, const schema_info *info, const char *table,
                            kinmu_err *err) {
    buffer sql = {0};
    buffer_printf(&sql, "CREATE TABLE \"%s\"(%s", table, stamp_columns);
    int32_t is_record = info->schema->kind == KINMU_KIND_RECORD;
    buffer_text(&sql, is_record ? ", version INTEGER NOT NULL" : "");
    for (uint32_t i = 0; i < info->field_count; i++) {
        add_column(&sql, ", ", &info->fields[i]);
    }
    buffer_text(&sql, ", PRIMARY KEY(");
    uint32_t keys = 0;
    for (uint32_t i = 0; is_record && i < info->field_count; i++) {
        if (info->fields[i].flags & KINMU_FIELD_KEY) {
            char column[LAYOUT_NAME_SIZE];
            layout_column_name(info->fields[i].name, column);
            buffer_printf(&sql, "%s\"%s\"", keys++ > 0 ? ", " : "", column);
        }
    }
    if (is_record && keys == 0) {
        buffer_free(&sql);
        return error_set(err, KINMU_E_CONFIG, "store.key",
                         "store: record schema \"%s\" has no key field", info->full_name);
    }
    buffer_text(&sql, is_record ? ")) WITHOUT ROWID;" : "block, sequence)) WITHOUT ROWID;");
    buffer_printf(&sql, "CREATE INDEX \"%s$time\" ON \"%s\"(subject, unix_ns);", table, table);
    return store_db_run_built(db, &sql, err);
}

/* The column an index definition names, or 0. */
static int32_t index_column(const schema_info *info, const char *word, size_t size,
                            char column[LAYOUT_NAME_SIZE]) {
    char name[KINMU_NAME_BYTES_MAX + 1] = "";
    if (size > KINMU_NAME_BYTES_MAX) {
        return 0;
    }
    memcpy(name, word, size);
    if (layout_is_stamp(name)) {
        snprintf(column, LAYOUT_NAME_SIZE, "%s", name);
        return 1;
    }
    layout_column_name(name, column);
    for (uint32_t i = 0; i < info->field_count; i++) {
        if (strcmp(info->fields[i].name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* One definition "process,unix_ns". The index is named after its columns, so that a definition
 * added later makes just one more. */
static int32_t create_index(sql_db *db, const schema_info *info, const char *table,
                            const char *words, size_t size, kinmu_err *err) {
    buffer label = {0};
    buffer columns = {0};
    int32_t known = 1;
    for (size_t from = 0; known && from < size;) {
        const char *comma = memchr(words + from, ',', size - from);
        size_t end = comma != NULL ? (size_t)(comma - words) : size;
        char column[LAYOUT_NAME_SIZE];
        known = index_column(info, words + from, end - from, column);
        if (known) {
            buffer_printf(&label, "%s%s", from > 0 ? "," : "", column);
            buffer_printf(&columns, "%s\"%s\"", from > 0 ? "," : "", column);
        }
        from = end + 1;
    }
    buffer sql = {0};
    buffer_printf(&sql, "CREATE INDEX IF NOT EXISTS \"%s$i%s\" ON \"%s\"(%s)", table,
                  buffer_string(&label), table, buffer_string(&columns));
    if (label.failed != KINMU_OK || columns.failed != KINMU_OK) {
        sql.failed = KINMU_E_NOMEM;
    }
    buffer_free(&label);
    buffer_free(&columns);
    if (!known) {
        buffer_free(&sql);
        return error_set(err, KINMU_E_CONFIG, "store.index",
                         "store: schema \"%s\" has the index \"%.*s\" with an unknown field",
                         info->full_name, (int)size, words);
    }
    return store_db_run_built(db, &sql, err);
}

static int32_t create_indexes(sql_db *db, const schema_info *info, const char *table,
                              kinmu_err *err) {
    const char *words = info->schema->indexes;
    for (uint32_t i = 0; words != NULL && *words != '\0' && i < LAYOUT_INDEXES_MAX; i++) {
        size_t size = strcspn(words, ";");
        int32_t status = create_index(db, info, table, words, size, err);
        if (status != KINMU_OK) {
            return status;
        }
        words += size + (words[size] == ';');
    }
    return KINMU_OK;
}

/* Local time as it was on the device, RFC 3339. */
static void add_readable_time(buffer *sql, const char *column) {
    buffer_printf(
        sql,
        "strftime('%%Y-%%m-%%dT%%H:%%M:%%S', %s / 1000000000 + t.utc_offset_s, 'unixepoch')"
        " || CASE WHEN t.utc_offset_s < 0 THEN '-' ELSE '+' END || printf('%%02d:%%02d',"
        " abs(t.utc_offset_s) / 3600, abs(t.utc_offset_s) / 60 %% 60)",
        column);
}

static int32_t create_view(sql_db *db, const schema_info *info, const char *table, kinmu_err *err) {
    buffer sql = {0};
    buffer_printf(&sql, "DROP VIEW IF EXISTS \"v_%s\"; CREATE VIEW \"v_%s\" AS SELECT ", table,
                  table);
    add_readable_time(&sql, "t.unix_ns");
    buffer_text(&sql, " AS time, s.subject AS subject");
    for (uint32_t i = 0; i < info->field_count; i++) {
        char column[LAYOUT_NAME_SIZE];
        char quoted[LAYOUT_NAME_SIZE + 8];
        layout_column_name(info->fields[i].name, column);
        snprintf(quoted, sizeof quoted, "t.\"%s\"", column);
        buffer_text(&sql, ", ");
        if (info->fields[i].type == KINMU_TYPE_TIME) {
            add_readable_time(&sql, quoted);
        } else {
            buffer_text(&sql, quoted);
        }
        buffer_printf(&sql, " AS \"%s\"", column);
    }
    buffer_text(&sql, info->schema->kind == KINMU_KIND_RECORD ? ", t.version AS version" : "");
    buffer_printf(
        &sql,
        ", hex(o.origin) AS origin, z.zone AS zone, t.unix_ns AS unix_ns, t.block AS block,"
        " t.sequence AS sequence FROM \"%s\" t JOIN kinmu_subject s ON s.id = t.subject"
        " JOIN kinmu_origin o ON o.id = t.origin JOIN kinmu_zone z ON z.id = t.zone;",
        table);
    return store_db_run_built(db, &sql, err);
}

static int32_t remember_field(sql_db *db, const schema_info *info, uint32_t index, kinmu_err *err) {
    sql_statement *statement = NULL;
    int32_t status =
        store_db_prepare(db, "INSERT INTO kinmu_field VALUES(?, ?, ?, ?, ?)", &statement, err);
    if (status == KINMU_OK) {
        const kinmu_field *field = &info->fields[index];
        sql_bind_text(statement, 1, info->full_name);
        sql_bind_i64(statement, 2, index);
        sql_bind_text(statement, 3, field->name);
        sql_bind_i64(statement, 4, field->type);
        sql_bind_i64(statement, 5, (field->flags & KINMU_FIELD_KEY) != 0);
        status = store_db_step(db, statement, err);
    }
    sql_finish(statement);
    return status;
}

static int32_t remember_schema(sql_db *db, const schema_info *info, const char *table,
                               kinmu_err *err) {
    sql_statement *statement = NULL;
    int32_t status =
        store_db_prepare(db,
                         "INSERT INTO kinmu_schema VALUES(?, ?, ?, ?) ON CONFLICT(schema)"
                         " DO UPDATE SET field_count = excluded.field_count",
                         &statement, err);
    if (status == KINMU_OK) {
        sql_bind_text(statement, 1, info->full_name);
        sql_bind_text(statement, 2, table);
        sql_bind_i64(statement, 3, info->schema->kind);
        sql_bind_i64(statement, 4, info->field_count);
        status = store_db_step(db, statement, err);
    }
    sql_finish(statement);
    return status;
}

/* Fields the file remembers must be what the registry says, position by position. */
static int32_t check_prefix(sql_db *db, const schema_info *info, kinmu_err *err) {
    sql_statement *statement = NULL;
    int32_t status = store_db_prepare(
        db, "SELECT name, type, is_key FROM kinmu_field WHERE schema = ? ORDER BY position",
        &statement, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_text(statement, 1, info->full_name);
    for (uint32_t i = 0; i < info->field_count && sql_step(statement) == SQL_ROW; i++) {
        const kinmu_field *field = &info->fields[i];
        const char *name = sql_text(statement, 0);
        if (strcmp(name, field->name) != 0 || sql_i64(statement, 1) != field->type ||
            sql_i64(statement, 2) != ((field->flags & KINMU_FIELD_KEY) != 0)) {
            status =
                error_set(err, KINMU_E_CONFIG, "store.schema",
                          "store: field %u of schema \"%s\" is \"%s\" in store.db and \"%s\" in "
                          "the plugin, or differs in type or key; raise the schema's version",
                          i, info->full_name, name, field->name);
            break;
        }
    }
    sql_finish(statement);
    return status;
}

static int32_t widen_table(sql_db *db, const schema_info *info, const char *table, uint32_t from,
                           kinmu_err *err) {
    int32_t status = check_prefix(db, info, err);
    for (uint32_t i = from; status == KINMU_OK && i < info->field_count; i++) {
        if (info->fields[i].flags & KINMU_FIELD_KEY) {
            return error_set(err, KINMU_E_CONFIG, "store.schema",
                             "store: schema \"%s\" appends the key field \"%s\"; raise its version",
                             info->full_name, info->fields[i].name);
        }
        buffer sql = {0};
        buffer_printf(&sql, "ALTER TABLE \"%s\"", table);
        add_column(&sql, " ADD COLUMN ", &info->fields[i]);
        status = store_db_run_built(db, &sql, err);
    }
    return status;
}

static int32_t learn_schema(sql_db *db, const schema_info *info, kinmu_err *err) {
    char table[LAYOUT_NAME_SIZE];
    layout_table_name(info->full_name, table);
    int32_t known = 0;
    int32_t status = layout_known_fields(db, info->full_name, &known, err);
    if (status != KINMU_OK) {
        return status;
    }
    uint32_t from = known < 0 ? 0 : (uint32_t)known;
    status =
        known < 0 ? create_table(db, info, table, err) : widen_table(db, info, table, from, err);
    if (status == KINMU_OK) {
        status = create_indexes(db, info, table, err);
    }
    if (status != KINMU_OK || (known >= 0 && from >= info->field_count)) {
        return status;
    }
    for (uint32_t i = from; status == KINMU_OK && i < info->field_count; i++) {
        status = remember_field(db, info, i, err);
    }
    if (status == KINMU_OK) {
        status = remember_schema(db, info, table, err);
    }
    return status == KINMU_OK ? create_view(db, info, table, err) : status;
}

int32_t layout_learn(sql_db *db, const schema_registry *registry, kinmu_err *err) {
    int32_t status = KINMU_OK;
    uint32_t count = schema_registry_count(registry);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = learn_schema(db, schema_registry_at(registry, i), err);
    }
    return status;
}

int32_t layout_known_fields(sql_db *db, const char *full_name, int32_t *count, kinmu_err *err) {
    sql_statement *statement = NULL;
    *count = -1;
    int32_t status = store_db_prepare(db, "SELECT field_count FROM kinmu_schema WHERE schema = ?",
                                      &statement, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_text(statement, 1, full_name);
    int code = sql_step(statement);
    if (code == SQL_ROW) {
        *count = (int32_t)sql_i64(statement, 0);
    } else if (code != SQL_DONE) {
        status = store_db_error(db, "reading the schemas", err);
    }
    sql_finish(statement);
    return status;
}

void layout_select_stamps(buffer *sql) {
    buffer_text(sql, "SELECT t.block, t.sequence,"
                     " (SELECT o.origin FROM kinmu_origin o WHERE o.id = t.origin),"
                     " t.unix_ns, t.mono_ns, t.utc_offset_s,"
                     " (SELECT z.zone FROM kinmu_zone z WHERE z.id = t.zone),"
                     " (SELECT b.boot_id FROM kinmu_boot b WHERE b.id = t.boot_id), s.subject");
}

void layout_select(buffer *sql, const schema_info *info, uint32_t known) {
    char name[LAYOUT_NAME_SIZE];
    layout_select_stamps(sql);
    for (uint32_t i = 0; i < info->field_count; i++) {
        layout_column_name(info->fields[i].name, name);
        if (i < known) {
            buffer_printf(sql, ", t.\"%s\"", name);
        } else {
            buffer_text(sql, ", NULL");
        }
    }
    layout_table_name(info->full_name, name);
    buffer_printf(sql, " FROM \"%s\" t JOIN kinmu_subject s ON s.id = t.subject", name);
}
