/* store/layout.c - see layout.h. Where definitions of tables differ per engine, dialect.h has the
 * words; the SELECT that readers use is plain SQL and serves both. */
#include "store/layout.h"

#include "base/error.h"
#include "store/dialect.h"

#include <stdio.h>
#include <string.h>

/* What each row carries beside its fields. Texts and ids that repeat live once, in dictionaries. */
static const char *const stamp_names[] = {"block", "sequence", "origin", "unix_ns", "mono_ns",
                                          "utc_offset_s", "zone", "boot_id", "subject", "version",
                                          /* PostgreSQL has columns of these names everywhere. */
                                          "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"};

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

/* PostgreSQL cuts names at 63 bytes, whatever they then mean: a long one ends in a hash of all of
 * it instead (FNV-1a). */
void layout_shorten(char name[LAYOUT_NAME_SIZE], size_t size_max) {
    size_t size = strlen(name);
    uint64_t hash = 14695981039346656037ull;
    if (size <= size_max) {
        return;
    }
    for (const char *at = name; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * 1099511628211ull;
    }
    snprintf(name + size_max - 17, LAYOUT_NAME_SIZE - size_max + 17, "$%016llx",
             (unsigned long long)hash);
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
    layout_shorten(out, LAYOUT_TABLE_BYTES_MAX);
}

void layout_column_name(const char *field, char out[LAYOUT_NAME_SIZE]) {
    size_t size = escape_all(out, field, strlen(field), '_');
    out[size] = '\0';
    layout_shorten(out, LAYOUT_BYTES_MAX);
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
    const char *alone = dialect_define_alone(db);
    int32_t status = alone != NULL ? store_db_run(db, alone, err) : KINMU_OK;
    if (status != KINMU_OK) {
        return status;
    }
    if (sql_version(db, &version) != SQL_DONE) {
        return store_db_error(db, "reading the layout's version", err);
    }
    if (version == dialect_layout(db)) {
        return KINMU_OK;
    }
    if (version != 0) {
        return error_set(err, KINMU_E_REJECT, "store.layout",
                         "store: store.db has layout %lld, this program needs %lld; "
                         "run \"kinmu store rebuild\"",
                         (long long)version, (long long)dialect_layout(db));
    }
    status = store_db_run(db, dialect_own_tables(db), err);
    if (status == KINMU_OK && sql_set_version(db, dialect_layout(db)) != SQL_DONE) {
        status = store_db_error(db, "writing the layout's version", err);
    }
    return status;
}

static void add_column(const sql_db *db, buffer *sql, const char *before,
                       const kinmu_field *field) {
    char column[LAYOUT_NAME_SIZE];
    layout_column_name(field->name, column);
    buffer_printf(sql, "%s\"%s\" %s", before, column, dialect_type(db, field->type));
}

/* A row of a log is found by its subject and time, and by its place in the journal: a file has the
 * rows in the order of the first and the second as an index, a server the other way round. */
static void add_other_order(const sql_db *db, buffer *sql, uint32_t kind, const char *table) {
    int32_t clusters = dialect_clusters(db, kind);
    buffer_printf(sql, "CREATE %sINDEX \"%s$%s\" ON \"%s\"(%s);", clusters ? "UNIQUE " : "", table,
                  clusters ? "place" : "time", table,
                  clusters ? "block, sequence" : "subject, unix_ns");
}

static int32_t create_table(sql_db *db, const schema_info *info, const char *table,
                            kinmu_err *err) {
    buffer sql = {0};
    buffer_printf(&sql, "CREATE TABLE \"%s\"(", table);
    int32_t is_record = info->schema->kind == KINMU_KIND_RECORD;
    for (int i = 0; i < LAYOUT_FIELDS + (is_record ? 1 : 0); i++) {
        buffer_printf(&sql, "%s%s %s NOT NULL", i > 0 ? ", " : "", stamp_names[i],
                      dialect_type(db, KINMU_TYPE_I64));
    }
    for (uint32_t i = 0; i < info->field_count; i++) {
        add_column(db, &sql, ", ", &info->fields[i]);
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
    buffer_text(&sql, is_record ? dialect_record_end(db) : dialect_log_end(db));
    if (!is_record && sql_is_shared(db)) {
        buffer_printf(&sql, "CREATE TABLE \"%s$rest\" PARTITION OF \"%s\" DEFAULT;", table, table);
    }
    add_other_order(db, &sql, info->schema->kind, table);
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
    buffer full_name = {0};
    buffer_printf(&full_name, "%s$i%s", table, buffer_string(&label));
    char *name = (char *)(uintptr_t)buffer_string(&full_name);
    layout_shorten(name, LAYOUT_BYTES_MAX);
    buffer_printf(&sql, "CREATE INDEX IF NOT EXISTS \"%s\" ON \"%s\"(%s)", name, table,
                  buffer_string(&columns));
    if (label.failed != KINMU_OK || columns.failed != KINMU_OK) {
        sql.failed = KINMU_E_NOMEM;
    }
    if (full_name.failed != KINMU_OK) {
        sql.failed = KINMU_E_NOMEM;
    }
    buffer_free(&full_name);
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

/* For readers of a server who may see no person: only what no one is told by. Roles of these names,
 * when the administrator made them, get their rights here; docs/postgres.md. */
static void add_plain_view(buffer *sql, const schema_info *info, const char *table) {
    static const char *const grants[][2] = {{"r_", "kinmu_reader"}, {"v_", "kinmu_operator"}};
    buffer_printf(sql,
                  "DROP VIEW IF EXISTS \"r_%s\"; CREATE VIEW \"r_%s\" AS SELECT t.unix_ns, t.block,"
                  " t.sequence",
                  table, table);
    for (uint32_t i = 0; i < info->field_count; i++) {
        char column[LAYOUT_NAME_SIZE];
        layout_column_name(info->fields[i].name, column);
        if (info->fields[i].privacy == KINMU_PRIVACY_NONE) {
            buffer_printf(sql, ", t.\"%s\"", column);
        }
    }
    buffer_printf(sql, " FROM \"%s\" t;", table);
    for (size_t i = 0; i < sizeof grants / sizeof *grants; i++) {
        buffer_printf(sql,
                      "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN"
                      " GRANT SELECT ON \"%s%s\" TO %s; END IF; END $$;",
                      grants[i][1], grants[i][0], table, grants[i][1]);
    }
}

static int32_t create_view(sql_db *db, const schema_info *info, const char *table, kinmu_err *err) {
    buffer sql = {0};
    buffer_printf(&sql, "DROP VIEW IF EXISTS \"v_%s\"; CREATE VIEW \"v_%s\" AS SELECT ", table,
                  table);
    dialect_readable_time(db, &sql, "t.unix_ns");
    buffer_text(&sql, " AS time, s.subject AS subject");
    for (uint32_t i = 0; i < info->field_count; i++) {
        char column[LAYOUT_NAME_SIZE];
        char quoted[LAYOUT_NAME_SIZE + 8];
        layout_column_name(info->fields[i].name, column);
        snprintf(quoted, sizeof quoted, "t.\"%s\"", column);
        buffer_text(&sql, ", ");
        if (info->fields[i].type == KINMU_TYPE_TIME) {
            dialect_readable_time(db, &sql, quoted);
        } else {
            buffer_text(&sql, quoted);
        }
        /* The one name the view itself adds that no stamp has. */
        buffer_printf(&sql, " AS \"%s%s\"", column, strcmp(column, "time") == 0 ? "$" : "");
    }
    buffer_text(&sql, info->schema->kind == KINMU_KIND_RECORD ? ", t.version AS version" : "");
    buffer_printf(&sql,
                  ", %s AS origin, z.zone AS zone, t.unix_ns AS unix_ns, t.block AS block,"
                  " t.sequence AS sequence FROM \"%s\" t JOIN kinmu_subject s ON s.id = t.subject"
                  " JOIN kinmu_origin o ON o.id = t.origin JOIN kinmu_zone z ON z.id = t.zone;",
                  dialect_hex(db), table);
    if (sql_is_shared(db)) {
        add_plain_view(&sql, info, table);
    }
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
        add_column(db, &sql, " ADD COLUMN ", &info->fields[i]);
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

uint32_t layout_way(const sql_db *db, const schema_info *info) {
    const char *own = info->schema->indexes;
    return dialect_clusters(db, info->schema->kind) && (own == NULL || *own == '\0')
               ? LAYOUT_BY_PERSON
               : LAYOUT_ANY_WAY;
}

/* SQLite takes tables of a CROSS JOIN in the order they are written in. */
static void add_from(buffer *sql, const char *table, uint32_t way) {
    switch (way) {
    case LAYOUT_BY_PERSON:
        buffer_printf(sql, " FROM kinmu_subject s CROSS JOIN \"%s\" t ON t.subject = s.id", table);
        return;
    case LAYOUT_BY_PLACE:
        buffer_printf(sql,
                      " FROM \"%s\" p INDEXED BY \"%s$place\" CROSS JOIN \"%s\" t ON t.subject ="
                      " p.subject AND t.unix_ns = p.unix_ns AND t.block = p.block AND t.sequence ="
                      " p.sequence CROSS JOIN kinmu_subject s ON s.id = t.subject",
                      table, table, table);
        return;
    default:
        buffer_printf(sql, " FROM \"%s\" t JOIN kinmu_subject s ON s.id = t.subject", table);
    }
}

void layout_select(const sql_db *db, buffer *sql, const schema_info *info, uint32_t known,
                   uint32_t way) {
    char name[LAYOUT_NAME_SIZE];
    buffer_printf(sql,
                  "SELECT t.block, t.sequence, t.origin, t.unix_ns, t.mono_ns, t.utc_offset_s,"
                  " t.zone, t.boot_id, %s",
                  sql_is_shared(db) ? "s.subject" : "t.subject");
    for (uint32_t i = 0; i < info->field_count; i++) {
        layout_column_name(info->fields[i].name, name);
        if (i < known) {
            buffer_printf(sql, ", t.\"%s\"", name);
        } else {
            buffer_text(sql, ", NULL");
        }
    }
    layout_table_name(info->full_name, name);
    add_from(sql, name, way);
}
