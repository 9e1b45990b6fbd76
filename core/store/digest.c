/* store/digest.c - one number for all the store says: SHA-256 over every table in order, with texts
 * in place of dictionary ids. Two stores that hold the same rows have the same digest, whatever the
 * order in which they got them; so a rebuild can be proved to change nothing.
 */
#include "store/internal.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "store/layout.h"

#include <string.h>

#define DIGEST_CHUNK_BYTES ((size_t)1 << 20)

/* Rows are hashed in chunks: state = SHA-256(state, chunk). */
typedef struct digest {
    sql_db *db;
    crypto *hasher;
    buffer chunk;
    uint8_t state[CRYPTO_HASH_SIZE];
} digest;

static int32_t fold(digest *d) {
    if (d->chunk.failed != KINMU_OK) {
        return KINMU_E_NOMEM;
    }
    int32_t status = crypto_hash(d->hasher, d->chunk.data, d->chunk.size, d->state);
    buffer_clear(&d->chunk);
    buffer_append(&d->chunk, d->state, sizeof d->state);
    return status;
}

static void add_number(buffer *out, uint64_t number) {
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    buffer_append(out, bytes, sizeof bytes);
}

/* Type, size and bytes of a column, so that no two rows look alike. */
static void add_column(buffer *out, sql_statement *statement, int column) {
    uint8_t type = (uint8_t)sql_type(statement, column);
    buffer_append(out, &type, 1);
    if (type == SQL_I64) {
        add_number(out, sql_u64(statement, column));
    } else if (type == SQL_F64) {
        double real = sql_f64(statement, column);
        uint64_t bits;
        memcpy(&bits, &real, sizeof bits);
        add_number(out, bits);
    } else if (type != SQL_NULL) {
        const void *bytes = sql_bytes(statement, column);
        size_t size = sql_size(statement, column);
        add_number(out, size);
        buffer_append(out, size > 0 ? bytes : "", size);
    }
}

static int32_t add_rows(digest *d, const char *sql, kinmu_err *err) {
    sql_statement *statement = NULL;
    int32_t status = store_db_prepare_many(d->db, sql, &statement, err);
    int code = status == KINMU_OK ? sql_step(statement) : SQL_FAILED;
    while (status == KINMU_OK && code == SQL_ROW) {
        for (int i = 0; i < sql_columns(statement); i++) {
            add_column(&d->chunk, statement, i);
        }
        status = d->chunk.size >= DIGEST_CHUNK_BYTES ? fold(d) : KINMU_OK;
        code = sql_step(statement);
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = store_db_error(d->db, "reading rows", err);
    }
    sql_finish(statement);
    return status == KINMU_OK ? fold(d) : status; /* a table's end is a chunk's end */
}

/* All columns of one schema's table, as the file knows it, in the order of its key. */
static int32_t add_table(digest *d, const char *schema, const char *table, int32_t is_record,
                         kinmu_err *err) {
    buffer sql = {0};
    sql_statement *fields = NULL;
    int32_t status = store_db_prepare(
        d->db, "SELECT name FROM kinmu_field WHERE schema = ? ORDER BY position", &fields, err);
    if (status != KINMU_OK) {
        return status;
    }
    layout_select_stamps(&sql);
    buffer_text(&sql, is_record ? ", t.version" : "");
    sql_bind_text(fields, 1, schema);
    while (sql_step(fields) == SQL_ROW) {
        char column[LAYOUT_NAME_SIZE];
        layout_column_name(sql_text(fields, 0), column);
        buffer_printf(&sql, ", t.\"%s\"", column);
    }
    sql_finish(fields);
    buffer_printf(&sql,
                  " FROM \"%s\" t JOIN kinmu_subject s ON s.id = t.subject"
                  " WHERE t.block > 0 ORDER BY t.block, t.sequence",
                  table); /* block 0: derived, not of the journal */
    const char *text = buffer_string(&sql);
    status = sql.failed == KINMU_OK ? add_rows(d, text, err) : KINMU_E_NOMEM;
    buffer_free(&sql);
    return status;
}

static int32_t add_store(digest *d, kinmu_err *err) {
    static const char *const own[] = {
        "SELECT position, decision FROM kinmu_cursor",
        ("SELECT o.origin, b.chain, b.position, b.state FROM kinmu_block b"
         " JOIN kinmu_origin o ON o.id = b.origin ORDER BY o.origin, b.chain"),
        "SELECT position FROM kinmu_held ORDER BY position",
        "SELECT position, reason FROM kinmu_quarantine ORDER BY position",
        "SELECT schema, table_name, kind, field_count FROM kinmu_schema ORDER BY schema",
        "SELECT schema, position, name, type, is_key FROM kinmu_field ORDER BY schema, position",
    };
    int32_t status = KINMU_OK;
    for (size_t i = 0; status == KINMU_OK && i < sizeof own / sizeof *own; i++) {
        status = add_rows(d, own[i], err);
    }
    sql_statement *tables = NULL;
    if (status == KINMU_OK) {
        status = store_db_prepare(
            d->db, "SELECT schema, table_name, kind FROM kinmu_schema ORDER BY schema", &tables,
            err);
    }
    while (status == KINMU_OK && sql_step(tables) == SQL_ROW) {
        status = add_table(d, sql_text(tables, 0), sql_text(tables, 1),
                           sql_i64(tables, 2) == KINMU_KIND_RECORD, err);
    }
    sql_finish(tables);
    return status;
}

int32_t store_digest(store_reader *reader, char hex[STORE_DIGEST_SIZE], kinmu_err *err) {
    digest d = {0};
    d.db = store_reader_db(reader);
    int32_t status = crypto_create(&d.hasher);
    if (status == KINMU_OK) {
        status = store_db_begin(d.db, SQL_BEGIN_READ, err);
    }
    if (status == KINMU_OK) {
        status = add_store(&d, err);
        store_db_commit(d.db, NULL);
    }
    if (status == KINMU_OK) {
        text_hex(hex, d.state, sizeof d.state);
    }
    buffer_free(&d.chunk);
    crypto_destroy(d.hasher);
    return status;
}
