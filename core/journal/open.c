/* journal/open.c - the folder, its tables, and what the last blocks say about where to go on.
 *
 * Made in the order device.key, keys.db, journal.db, so that a folder with a journal but without
 * the others has lost them and is refused instead of being continued under new keys.
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/tables.h"

#include <stdlib.h>
#include <string.h>

/* 1 when the server has the tables of a journal somebody wrote to. Nodes share one device.key. */
static int32_t server_has_history(const journal *j) {
    sql_db *db = NULL;
    sql_statement *select = NULL;
    int32_t found = 0;
    if (files_open(j->directory, FILES_JOURNAL, 0, &db, NULL) == KINMU_OK &&
        files_prepare(db, "SELECT 1 FROM meta WHERE name = 'origin'", &select, NULL) == KINMU_OK) {
        found = sql_step(select) == SQL_ROW;
    }
    sql_finish(select);
    sql_close(db);
    return found;
}

static int32_t open_device(journal *j, kinmu_err *err) {
    int32_t has_history =
        j->is_shared ? server_has_history(j) : files_exist(j->directory, FILES_JOURNAL);
    if (has_history && !j->is_shared && !files_exist(j->directory, FILES_KEYS)) {
        return error_set(
            err, KINMU_E_CONFIG, "journal.keys-missing",
            "\"%s\": keys.db is missing beside journal.db; restore it from a backup, or "
            "move the folder away to begin anew",
            j->directory);
    }
    int32_t status = device_read(j->directory, &j->device, err);
    if (status == KINMU_E_NOTFOUND && !has_history) {
        return device_make(j->directory, &j->device, err);
    }
    if (status == KINMU_E_NOTFOUND) {
        return error_set(
            err, KINMU_E_CONFIG, "journal.device-missing",
            "\"%s\": device.key is missing beside journal.db; restore it from a backup, "
            "or move the folder away to begin anew",
            j->directory);
    }
    return status;
}

static const char get_standing[] =
    "SELECT o.id, (SELECT b.header FROM block b WHERE b.origin_id = o.id ORDER BY b.chain DESC"
    " LIMIT 1) FROM origin o WHERE o.origin = ?1";

static int32_t prepare_look(journal *j, kinmu_err *err) {
    int32_t status = files_open(j->directory, FILES_JOURNAL, 0, &j->look_db, err);
    return status == KINMU_OK ? files_prepare(j->look_db, get_standing, &j->look_standing, err)
                              : status;
}

static int32_t prepare_turn(journal *j, kinmu_err *err) {
    int32_t status =
        files_prepare(j->db, "SELECT position, decision, epoch FROM turn WHERE id = 1 FOR UPDATE",
                      &j->get_turn, err);
    if (status == KINMU_OK) {
        status = files_prepare(j->db, "SELECT decision, epoch FROM turn WHERE id = 1",
                               &j->peek_turn, err);
    }
    return status == KINMU_OK
               ? files_prepare_later(
                     j->db, "UPDATE turn SET position = ?, decision = ?, epoch = ? WHERE id = 1",
                     &j->put_turn, err)
               : status;
}

static int32_t prepare(journal *j, kinmu_err *err) {
    const struct {
        sql_statement **statement;
        const char *sql;
    } list[] = {
        {&j->insert_block, "INSERT INTO block(position, origin_id, chain, state, header, payload)"
                           " VALUES(?1, ?2, ?3, 0, ?4, ?5)"},
        {&j->bury_block,
         "UPDATE block SET payload = NULL, state = ?2, tombstone = ?3 WHERE position = ?1"},
        {&j->put_cursor, "INSERT INTO cursor VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE"
                         " SET position = excluded.position"},
        {&j->put_state, "INSERT INTO state VALUES(?1, ?2, ?3) ON CONFLICT(instance, key)"
                        " DO UPDATE SET value = excluded.value"},
        {&j->remove_state, "DELETE FROM state WHERE instance = ?1 AND key = ?2"},
        {&j->put_head, "INSERT INTO head VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(origin_id)"
                       " DO UPDATE SET chain = excluded.chain, sequence = excluded.sequence,"
                       " hash = excluded.hash, unix_ns = excluded.unix_ns,"
                       " signature = excluded.signature WHERE excluded.chain >= head.chain"},
        {&j->put_origin,
         "INSERT INTO origin(origin, public_key) VALUES(?1, ?2) ON CONFLICT DO NOTHING"},
        {&j->insert_foreign, "INSERT INTO block(position, origin_id, chain, state, header,"
                             " tombstone, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
        {&j->put_contact, "INSERT INTO contact VALUES(?1, ?2, ?3, ?4) ON CONFLICT(origin_id)"
                          " DO UPDATE SET received_ns = excluded.received_ns,"
                          " heard_ns = CASE WHEN excluded.heard_ns > contact.heard_ns"
                          " THEN excluded.heard_ns ELSE contact.heard_ns END,"
                          " unsent = excluded.unsent"},
    };
    int32_t status = KINMU_OK;
    for (size_t i = 0; status == KINMU_OK && i < sizeof list / sizeof list[0]; i++) {
        status = files_prepare_later(j->db, list[i].sql, list[i].statement, err);
    }
    if (status == KINMU_OK) {
        status =
            files_prepare(j->db, "SELECT id FROM origin WHERE origin = ?1", &j->get_origin, err);
    }
    if (status == KINMU_OK) {
        status = files_prepare(j->db, get_standing, &j->get_standing, err);
    }
    if (status == KINMU_OK && j->is_shared) {
        status = prepare_look(j, err);
    }
    return status == KINMU_OK && j->is_shared ? prepare_turn(j, err) : status;
}

/* Registers this device as an origin, and refuses a history begun by another one. */
static int32_t find_origin(journal *j, const char *node, kinmu_err *err) {
    sql_statement *statement = NULL;
    int32_t status = files_prepare(
        j->db, "INSERT INTO origin(origin, public_key) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
        &statement, err);
    if (status == KINMU_OK) {
        sql_bind_bytes(statement, 1, j->device.origin, LAYOUT_ORIGIN_SIZE);
        sql_bind_bytes(statement, 2, j->device.public_key, CRYPTO_PUBLIC_SIZE);
        status = files_step(j->db, statement, err);
    }
    sql_finish(statement);
    statement = NULL;
    if (status == KINMU_OK) {
        status = files_prepare(j->db, "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT DO NOTHING",
                               &statement, err);
    }
    if (status == KINMU_OK) {
        sql_bind_text(statement, 1, "origin");
        sql_bind_bytes(statement, 2, j->device.origin, LAYOUT_ORIGIN_SIZE);
        status = files_step(j->db, statement, err);
    }
    if (status == KINMU_OK) {
        sql_bind_text(statement, 1, "node");
        sql_bind_text(statement, 2, node != NULL ? node : "");
        status = files_step(j->db, statement, err);
    }
    sql_finish(statement);
    statement = NULL;
    if (status == KINMU_OK) {
        status = files_prepare(j->db,
                               "SELECT id FROM origin WHERE origin = ?1 AND"
                               " origin = (SELECT value FROM meta WHERE name = 'origin')",
                               &statement, err);
    }
    if (status == KINMU_OK) {
        sql_bind_bytes(statement, 1, j->device.origin, LAYOUT_ORIGIN_SIZE);
        if (sql_step(statement) == SQL_ROW) {
            j->origin_row = sql_i64(statement, 0);
        } else {
            status = error_set(err, KINMU_E_CONFIG, "journal.device-foreign",
                               "\"%s\": device.key does not belong to this journal.db; restore the "
                               "three files of one backup",
                               j->directory);
        }
    }
    sql_finish(statement);
    return status;
}

/* The chain goes on behind its newest block, or behind the signed head when that is newer: what was
 * cut off then shows as a gap for ever. */
static int32_t load_chain(journal *j, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare(
        j->db, "SELECT header FROM block WHERE origin_id = ? ORDER BY chain DESC LIMIT 1", &select,
        err);
    if (status != KINMU_OK) {
        return status;
    }
    memcpy(j->chain.origin, j->device.origin, LAYOUT_ORIGIN_SIZE);
    sql_bind_i64(select, 1, j->origin_row);
    int code = sql_step(select);
    if (code == SQL_ROW) {
        layout_header header;
        const void *bytes = sql_bytes(select, 0);
        size_t size = sql_size(select, 0);
        if (layout_header_decode(&header, bytes, size) != KINMU_OK) {
            status = error_set(err, KINMU_E_CONFIG, "journal.damaged",
                               "\"%s/journal.db\": the newest block is damaged; run `kinmu journal "
                               "verify` and restore a backup",
                               j->directory);
        } else {
            j->chain.chain = header.chain;
            j->chain.sequence = header.last_sequence;
            status = crypto_hash(j->sealer.crypto, bytes, size, j->chain.hash);
        }
    } else if (code != SQL_DONE) {
        status = files_failed(j->db, err);
    }
    sql_finish(select);
    return status;
}

static int32_t load_head(journal *j, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare(
        j->db, "SELECT chain, sequence, hash, unix_ns, signature FROM head WHERE origin_id = ?",
        &select, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_i64(select, 1, j->origin_row);
    int32_t found = sql_step(select);
    if (found == SQL_ROW && sql_size(select, 2) == CRYPTO_HASH_SIZE &&
        sql_size(select, 4) == CRYPTO_SIGNATURE_SIZE) {
        layout_head head;
        uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
        memcpy(head.origin, j->device.origin, LAYOUT_ORIGIN_SIZE);
        head.chain = sql_u64(select, 0);
        head.sequence = sql_u64(select, 1);
        memcpy(head.hash, sql_bytes(select, 2), CRYPTO_HASH_SIZE);
        head.unix_ns = sql_i64(select, 3);
        size_t size = layout_head_message(&head, message);
        if (crypto_verify(j->device.public_key, message, size, sql_bytes(select, 4)) == KINMU_OK) {
            j->signed_chain = head.chain;
            j->found_unix_ns = head.unix_ns;
            if (head.chain > j->chain.chain) {
                j->chain.chain = head.chain;
                j->chain.sequence = head.sequence;
                memcpy(j->chain.hash, head.hash, CRYPTO_HASH_SIZE);
            }
        }
    }
    status = found == SQL_FAILED ? files_failed(j->db, err) : KINMU_OK;
    sql_finish(select);
    return status;
}

int32_t open_load_standing(journal *j, kinmu_err *err) {
    int32_t status = load_chain(j, err);
    return status == KINMU_OK ? load_head(j, err) : status;
}

/* Where other nodes' erasures stand now; what they do from now on shows when the turn is taken. */
static int32_t load_epoch(journal *j, kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (j->is_shared && sql_step(j->peek_turn) == SQL_ROW) {
        j->epoch = sql_u64(j->peek_turn, 1);
    } else if (j->is_shared) {
        status = files_failed(j->db, err);
    }
    if (j->is_shared) {
        sql_reset(j->peek_turn);
    }
    return status;
}

static int32_t load_cursors(journal *j, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare(j->db, "SELECT name, position FROM cursor", &select, err);
    int32_t code = SQL_DONE;
    while (status == KINMU_OK && j->place_count < JOURNAL_CURSORS_MAX &&
           (code = sql_step(select)) == SQL_ROW) {
        journal_place *place = &j->places[j->place_count++];
        text_copy(place->name, sizeof place->name, sql_text(select, 0));
        place->position = sql_u64(select, 1);
        place->dirty = 0;
    }
    if (code == SQL_FAILED) {
        status = files_failed(j->db, err);
    }
    sql_finish(select);
    return status;
}

int32_t journal_open_files(journal *j, const journal_settings *settings, kinmu_err *err) {
    uint32_t flags =
        FILES_WRITE | FILES_MAKE | (settings->unsafe_sync_off != 0 ? FILES_SYNC_OFF : 0u);
    j->is_shared = files_are_shared(j->directory);
    int32_t status = platform_make_private_folder(j->directory, err);
    if (status == KINMU_OK) {
        status = platform_lock_folder(j->directory, &j->lock, err);
    }
    if (status == KINMU_OK) {
        status = open_device(j, err);
    }
    if (status == KINMU_OK) {
        status = seal_init(&j->sealer);
    }
    if (status == KINMU_OK) {
        status = keys_open(j->directory, &j->device, j->sealer.crypto, flags, &j->keys, err);
    }
    if (status == KINMU_OK) {
        status = files_open(j->directory, FILES_JOURNAL, flags, &j->db, err);
    }
    if (status == KINMU_OK) {
        status = files_begin(j->db, err);
    }
    if (status == KINMU_OK) {
        status = files_run(j->db, tables_of_journal(j->db), err);
    }
    if (status == KINMU_OK) {
        status = find_origin(j, settings->node, err);
    }
    if (status == KINMU_OK) {
        status = files_commit(j->db, err);
    }
    int32_t (*const steps[])(journal *, kinmu_err *) = {prepare, load_epoch, open_load_standing,
                                                        load_cursors};
    for (size_t i = 0; status == KINMU_OK && i < sizeof steps / sizeof steps[0]; i++) {
        status = steps[i](j, err);
    }
    if (status == KINMU_OK) {
        status = tally_load(j->db, &j->tally, err);
    }
    j->decision = j->tally.decision;
    j->decided = j->decision;
    return status == KINMU_OK ? erase_finish(j, err) : status;
}

void journal_close_files(journal *j) {
    sql_statement *const statements[] = {
        j->get_turn,   j->put_turn,       j->peek_turn,    j->insert_block, j->bury_block,
        j->put_cursor, j->put_state,      j->remove_state, j->put_head,     j->put_origin,
        j->get_origin, j->insert_foreign, j->put_contact,  j->get_standing, j->look_standing};
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        sql_finish(statements[i]);
    }
    sql_close(j->look_db);
    sql_close(j->db);
    keys_close(j->keys);
    seal_finish(&j->sealer);
    device_wipe(&j->device);
    platform_unlock_folder(j->lock);
}
