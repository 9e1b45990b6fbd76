/* journal/read_out.c - this device's own blocks and keys, as they lie there, and who sent what to a
 * hub. See transfer.h. Each read is a short transaction of its own. */
#include "journal/transfer.h"

#include "base/error.h"
#include "journal/reader.h"

#include <string.h>

static const char own_blocks[] =
    "SELECT b.header, b.payload, b.tombstone FROM block b JOIN origin o ON o.id = b.origin_id"
    " WHERE o.origin = ?1 AND b.chain > ?2 ORDER BY b.chain LIMIT 1";

static const uint8_t *bytes_of(sql_statement *row, int column, uint32_t *size) {
    *size = (uint32_t)sql_size(row, column);
    return sql_bytes(row, column);
}

static int32_t describe(journal_reader *reader, journal_own_block *block, kinmu_err *err) {
    sql_statement *row = reader->select_own;
    layout_header header;
    uint8_t hash[CRYPTO_HASH_SIZE];
    journal_foreign_block *bytes = &block->bytes;
    bytes->header = bytes_of(row, 0, &bytes->header_size);
    bytes->payload = bytes_of(row, 1, &bytes->payload_size);
    bytes->tombstone = bytes_of(row, 2, &bytes->tombstone_size);
    if (layout_header_decode(&header, bytes->header, bytes->header_size) != KINMU_OK ||
        crypto_hash(reader->sealer.crypto, bytes->header, bytes->header_size, block->hash) !=
            KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "journal.damaged",
                         "\"%s/journal.db\": the header of an own block is damaged; run `kinmu "
                         "journal verify`, restore a backup",
                         reader->directory);
    }
    block->chain = header.chain;
    block->sequence = header.last_sequence;
    memcpy(block->key_id, header.key_id, sizeof block->key_id);
    if (bytes->payload != NULL) {
        block->is_damaged = bytes->payload_size != header.payload_size ||
                            crypto_hash(reader->sealer.crypto, bytes->payload, bytes->payload_size,
                                        hash) != KINMU_OK ||
                            memcmp(hash, header.payload_hash, CRYPTO_HASH_SIZE) != 0;
    } else {
        block->is_damaged = bytes->tombstone_size != LAYOUT_TOMBSTONE_SIZE;
    }
    return KINMU_OK;
}

int32_t journal_read_own(journal_reader *reader, uint64_t chain, journal_own_block *block,
                         kinmu_err *err) {
    memset(block, 0, sizeof *block);
    if (reader->select_own == NULL) {
        int32_t status = files_prepare(reader->db, own_blocks, &reader->select_own, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    /* Until here the bytes of the block before were promised. */
    sql_reset(reader->select_own);
    sql_bind_bytes(reader->select_own, 1, reader->device.origin, LAYOUT_ORIGIN_SIZE);
    sql_bind_i64(reader->select_own, 2, (int64_t)chain);
    int code = sql_step(reader->select_own);
    if (code == SQL_ROW) {
        return describe(reader, block, err);
    }
    int32_t status = code == SQL_DONE ? KINMU_E_NOTFOUND : files_failed(reader->db, err);
    sql_reset(reader->select_own);
    return status;
}

void journal_read_own_end(journal_reader *reader) {
    if (reader->select_own != NULL) {
        sql_reset(reader->select_own);
    }
}

#define HEADERS_AT_ONCE 4096

/* The first of the headers that is of the purpose: its position; 0 when none is. `*chain` goes on.
 */
static uint64_t search(sql_statement *headers, const char *purpose, uint64_t *chain,
                       uint32_t *looked_at, int32_t *code) {
    layout_header header;
    uint64_t position = 0;
    *looked_at = 0;
    while (position == 0 && (*code = sql_step(headers)) == SQL_ROW) {
        ++*looked_at;
        *chain = sql_u64(headers, 1);
        if (layout_header_decode(&header, sql_bytes(headers, 2), sql_size(headers, 2)) ==
                KINMU_OK &&
            strcmp(header.purpose, purpose) == 0) {
            position = sql_u64(headers, 0);
        }
    }
    return position;
}

int32_t journal_find_own(journal_reader *reader, const char *purpose, uint64_t *chain,
                         uint64_t *position, kinmu_err *err) {
    sql_statement *headers = NULL;
    int32_t code = SQL_DONE;
    uint32_t looked_at = HEADERS_AT_ONCE;
    *position = 0;
    int32_t status = files_prepare(
        reader->db,
        "SELECT b.position, b.chain, b.header FROM block b JOIN origin o ON o.id = b.origin_id"
        " WHERE o.origin = ?1 AND b.chain > ?2 ORDER BY b.chain LIMIT ?3",
        &headers, err);
    while (status == KINMU_OK && *position == 0 && looked_at == HEADERS_AT_ONCE) {
        sql_reset(headers);
        sql_bind_bytes(headers, 1, reader->device.origin, LAYOUT_ORIGIN_SIZE);
        sql_bind_i64(headers, 2, (int64_t)*chain);
        sql_bind_i64(headers, 3, HEADERS_AT_ONCE);
        *position = search(headers, purpose, chain, &looked_at, &code);
        status = code == SQL_ROW || code == SQL_DONE ? KINMU_OK : files_failed(reader->db, err);
    }
    sql_finish(headers);
    return status == KINMU_OK && *position == 0 ? KINMU_E_NOTFOUND : status;
}

int32_t journal_own_newest(journal_reader *reader, uint64_t *chain, kinmu_err *err) {
    sql_statement *select = NULL;
    *chain = 0;
    int32_t status = files_prepare(reader->db,
                                   "SELECT max(b.chain) FROM block b JOIN origin o"
                                   " ON o.id = b.origin_id WHERE o.origin = ?1",
                                   &select, err);
    if (status == KINMU_OK) {
        sql_bind_bytes(select, 1, reader->device.origin, LAYOUT_ORIGIN_SIZE);
        if (sql_step(select) == SQL_ROW) {
            *chain = sql_u64(select, 0);
        } else {
            status = files_failed(reader->db, err);
        }
    }
    sql_finish(select);
    return status;
}

int32_t journal_read_key(journal_reader *reader, const uint8_t id[LAYOUT_KEY_ID_SIZE],
                         journal_foreign_key *key, kinmu_err *err) {
    keys_owner owner;
    memset(key, 0, sizeof *key);
    int32_t status = keys_find_owner(reader->keys, id, key->key, &owner, err);
    if (status == KINMU_OK) {
        memcpy(key->id, id, sizeof key->id);
        memcpy(key->subject, owner.subject, sizeof key->subject);
        memcpy(key->purpose, owner.purpose, sizeof key->purpose);
        key->month = owner.month;
    }
    return status;
}

int32_t journal_reader_sign(const journal_reader *reader, const journal_standing *standing,
                            int64_t unix_ns, uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    layout_head head = {
        .chain = standing->chain, .sequence = standing->sequence, .unix_ns = unix_ns};
    memcpy(head.origin, reader->device.origin, LAYOUT_ORIGIN_SIZE);
    memcpy(head.hash, standing->hash, CRYPTO_HASH_SIZE);
    int32_t status = device_sign_head(&reader->device, &head);
    memcpy(signature, head.signature, CRYPTO_SIGNATURE_SIZE);
    return status;
}

const uint8_t *journal_reader_public_key(const journal_reader *reader) {
    return reader->device.public_key;
}

/* ---- who is in this journal ---- */

static int32_t fill(journal_origin_row *row, sql_statement *select) {
    memset(row, 0, sizeof *row);
    if (sql_size(select, 0) != LAYOUT_ORIGIN_SIZE || sql_size(select, 1) != CRYPTO_PUBLIC_SIZE) {
        return KINMU_E_REJECT;
    }
    memcpy(row->origin, sql_bytes(select, 0), sizeof row->origin);
    memcpy(row->public_key, sql_bytes(select, 1), sizeof row->public_key);
    row->head.chain = sql_u64(select, 2);
    row->head.sequence = sql_u64(select, 3);
    if (sql_size(select, 4) == CRYPTO_HASH_SIZE) {
        memcpy(row->head.hash, sql_bytes(select, 4), sizeof row->head.hash);
    }
    row->head_unix_ns = sql_i64(select, 5);
    row->contact.received_unix_ns = sql_i64(select, 6);
    row->contact.heard_unix_ns = sql_i64(select, 7);
    row->contact.unsent = sql_u64(select, 8);
    return KINMU_OK;
}

int32_t journal_origins(const char *directory, journal_origin_fn fn, void *user, kinmu_err *err) {
    sql_db *db = NULL;
    sql_statement *select = NULL;
    int code = SQL_DONE;
    int32_t status = files_open(directory, FILES_JOURNAL, 0, &db, err);
    if (status == KINMU_OK) {
        status = files_prepare_many(db,
                                    "SELECT o.origin, o.public_key, h.chain, h.sequence, h.hash,"
                                    " h.unix_ns, c.received_ns, c.heard_ns, c.unsent FROM origin o"
                                    " LEFT JOIN head h ON h.origin_id = o.id"
                                    " LEFT JOIN contact c ON c.origin_id = o.id ORDER BY o.id",
                                    &select, err);
    }
    while (status == KINMU_OK && (code = sql_step(select)) == SQL_ROW) {
        journal_origin_row row;
        if (fill(&row, select) == KINMU_OK) {
            status = fn(user, &row);
        }
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(db, err);
    }
    sql_finish(select);
    sql_close(db);
    return status;
}
