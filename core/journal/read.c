/* journal/read.c - reading committed blocks on a connection of its own. See journal.h.
 *
 * Each read is a short transaction, so that a slow consumer never keeps the log from being copied
 * into the file. The cipher's tag proves the payload and the sealed part of its header; the chain
 * is verify.c's work. What does not open is quarantined and reading goes on behind it.
 */
#include "journal/reader.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/tally.h"

#include <stdlib.h>
#include <string.h>

#define READ_AHEAD_BLOCKS 64 /* at most 4 MiB */

int32_t journal_reader_open(const char *directory, journal_reader **out, kinmu_err *err) {
    journal_reader *reader = calloc(1, sizeof *reader);
    *out = NULL;
    if (reader == NULL || (reader->directory = text_duplicate(directory)) == NULL ||
        seal_init(&reader->sealer) != KINMU_OK) {
        journal_reader_close(reader);
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    int32_t status = files_open(directory, FILES_JOURNAL, 0, &reader->db, err);
    if (status == KINMU_OK) {
        status = files_prepare(reader->db,
                               "SELECT position, header, payload, tombstone FROM block"
                               " WHERE position > ? ORDER BY position LIMIT ?",
                               &reader->select, err);
    }
    if (status == KINMU_OK) {
        status = device_read(directory, &reader->device, err);
    }
    if (status == KINMU_OK) {
        status =
            keys_open(directory, &reader->device, reader->sealer.crypto, 0, &reader->keys, err);
    }
    if (status != KINMU_OK) {
        journal_reader_close(reader);
        return status;
    }
    *out = reader;
    return KINMU_OK;
}

void journal_reader_close(journal_reader *reader) {
    if (reader == NULL) {
        return;
    }
    sql_finish(reader->select);
    sql_finish(reader->select_own);
    sql_close(reader->db);
    keys_close(reader->keys);
    seal_finish(&reader->sealer);
    device_wipe(&reader->device);
    free(reader->directory);
    free(reader);
}

static void let_go(journal_reader *reader) {
    sql_reset(reader->select);
    reader->behind = 0;
}

/* A server is asked for several blocks at once: they are here then, and hold nothing up there. */
static int32_t find_row(journal_reader *reader, uint64_t position) {
    if (reader->behind != 0 && reader->behind == position) {
        int32_t code = sql_step(reader->select);
        if (code == SQL_ROW) {
            return code;
        }
    }
    let_go(reader);
    sql_bind_i64(reader->select, 1, (int64_t)position);
    sql_bind_i64(reader->select, 2, sql_is_shared(reader->db) ? READ_AHEAD_BLOCKS : 1);
    return sql_step(reader->select);
}

/* Notes a damaged block for status; as good as it goes, the caller is told anyway. */
static void quarantine(const journal_reader *reader, uint64_t position, const char *reason) {
    sql_db *db = NULL;
    sql_statement *insert = NULL;
    if (files_open(reader->directory, FILES_JOURNAL, FILES_WRITE, &db, NULL) != KINMU_OK) {
        return;
    }
    if (files_prepare(db, "INSERT INTO quarantine VALUES(?,?,?) ON CONFLICT DO NOTHING", &insert,
                      NULL) == KINMU_OK) {
        sql_bind_i64(insert, 1, (int64_t)position);
        sql_bind_text(insert, 2, reason);
        sql_bind_i64(insert, 3, clock_unix_ns());
        files_step(db, insert, NULL);
    }
    sql_finish(insert);
    sql_close(db);
}

static int32_t corrupt(journal_reader *reader, journal_block *block, const char *reason,
                       kinmu_err *err) {
    block->state = JOURNAL_BLOCK_CORRUPT;
    block->payload = NULL;
    block->payload_size = 0;
    let_go(reader);
    quarantine(reader, block->position, reason);
    error_set(err, KINMU_OK, "journal.corrupt", "block %llu: %s",
              (unsigned long long)block->position, reason);
    return KINMU_OK;
}

static void describe(journal_block *block, const layout_header *header) {
    block->chain = header->chain;
    block->first_sequence = header->first_sequence;
    block->last_sequence = header->last_sequence;
    block->decision = header->decision;
    memcpy(block->origin, header->origin, sizeof block->origin);
    memcpy(block->purpose, header->purpose, sizeof block->purpose);
}

static int32_t open_payload(journal_reader *reader, const layout_header *header,
                            journal_block *block, kinmu_err *err) {
    sql_statement *row = reader->select;
    const void *payload = sql_bytes(row, 2);
    size_t payload_size = sql_size(row, 2);
    uint8_t key[CRYPTO_KEY_SIZE];
    block->sealed_size = (uint32_t)payload_size;
    int32_t status = keys_find(reader->keys, header->key_id, key, err);
    if (status == KINMU_E_NOTFOUND) {
        block->state =
            JOURNAL_BLOCK_ERASED; /* an erasure is under way, or a copy made before one */
        return KINMU_OK;
    }
    if (status == KINMU_E_REJECT) {
        return corrupt(reader, block, "its key is damaged in keys.db", err);
    }
    if (status == KINMU_OK) {
        status = seal_open(&reader->sealer, key, sql_bytes(row, 1), sql_size(row, 1), payload,
                           payload_size, &block->payload, &block->payload_size);
    }
    crypto_wipe(key, sizeof key);
    if (status == KINMU_E_REJECT) {
        return corrupt(reader, block, "the payload does not match its header", err);
    }
    return status;
}

static int32_t read_row(journal_reader *reader, journal_block *block, kinmu_err *err) {
    sql_statement *row = reader->select;
    layout_header header;
    layout_tombstone tombstone;
    block->position = sql_u64(row, 0);
    if (layout_header_decode(&header, sql_bytes(row, 1), sql_size(row, 1)) != KINMU_OK) {
        return corrupt(reader, block, "the header is damaged", err);
    }
    describe(block, &header);
    if (sql_type(row, 2) != SQL_NULL) {
        return open_payload(reader, &header, block, err);
    }
    if (layout_tombstone_decode(&tombstone, sql_bytes(row, 3), sql_size(row, 3)) != KINMU_OK) {
        return corrupt(reader, block, "the payload is gone without a tombstone", err);
    }
    block->state = tombstone.kind;
    return KINMU_OK;
}

/* A damaged page: the numbers behind it can still be asked for one by one. */
static int32_t skip_page(journal_reader *reader, uint64_t position, journal_block *block,
                         kinmu_err *err) {
    sql_statement *newest = NULL;
    uint64_t last = 0;
    let_go(reader);
    if (files_prepare(reader->db, "SELECT max(position) FROM block", &newest, NULL) == KINMU_OK &&
        sql_step(newest) == SQL_ROW) {
        last = sql_u64(newest, 0);
    }
    sql_finish(newest);
    if (position >= last) {
        return error_set(
            err, KINMU_E_RESTART, "journal.damaged",
            "\"%s/journal.db\": damaged behind block %llu; run `kinmu journal verify`, "
            "restore a backup",
            reader->directory, (unsigned long long)position);
    }
    block->position = position + 1;
    return corrupt(reader, block, "a page of the database file is damaged", err);
}

int32_t journal_read(journal_reader *reader, uint64_t position, journal_block *block,
                     kinmu_err *err) {
    memset(block, 0, sizeof *block);
    int32_t code = find_row(reader, position);
    int32_t status;
    /* A damaged inner page may send the search astray; without the second check, in circles. */
    if ((code == SQL_FAILED && sql_failure(reader->db) == SQL_FAIL_DAMAGED) ||
        (code == SQL_ROW && sql_u64(reader->select, 0) <= position)) {
        return skip_page(reader, position, block, err);
    }
    if (code == SQL_ROW) {
        status = read_row(reader, block, err);
    } else if (code == SQL_DONE) {
        status = KINMU_E_NOTFOUND;
    } else {
        status = files_failed(reader->db, err);
    }
    if (code == SQL_ROW && status == KINMU_OK && block->state != JOURNAL_BLOCK_CORRUPT &&
        sql_is_shared(reader->db)) {
        reader->behind = block->position;
    } else {
        let_go(reader);
    }
    return status;
}

int32_t journal_survey(const char *directory, journal_figures *figures, journal_usage *usage,
                       uint32_t *usage_count, kinmu_err *err) {
    sql_db *db = NULL;
    sql_statement *select = NULL;
    tally t;
    memset(figures, 0, sizeof *figures);
    int32_t status = files_open(directory, FILES_JOURNAL, 0, &db, err);
    if (status == KINMU_OK) {
        status = tally_load(db, &t, err);
    }
    if (status == KINMU_OK) {
        status = files_prepare(db,
                               "SELECT (SELECT count(*) FROM quarantine),"
                               " (SELECT max(unix_ns) FROM head)",
                               &select, err);
    }
    if (status == KINMU_OK && sql_step(select) == SQL_ROW) {
        figures->corrupt_blocks = sql_u64(select, 0);
        figures->last_commit_unix_ns = sql_i64(select, 1);
        sql_space(db, &figures->file_bytes);
    }
    sql_finish(select);
    sql_close(db);
    if (status != KINMU_OK) {
        return status;
    }
    figures->blocks = t.blocks;
    figures->events = t.events;
    figures->bytes = t.bytes;
    figures->position = t.position;
    figures->decision = t.decision;
    figures->erased_blocks = t.erased;
    figures->folded_blocks = t.folded;
    uint32_t count = *usage_count < t.purpose_count ? *usage_count : t.purpose_count;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(usage[i].purpose, t.purposes[i].name, sizeof usage[i].purpose);
        usage[i].blocks = t.purposes[i].blocks;
        usage[i].events = t.purposes[i].events;
        usage[i].bytes = t.purposes[i].bytes;
    }
    *usage_count = count;
    return KINMU_OK;
}
