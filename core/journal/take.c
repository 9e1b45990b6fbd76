/* journal/take.c - taking in blocks of other devices: standing, queue and commit. See transfer.h.
 *
 * One parcel of a device at a time: what is checked must still be true when it is queued. A parcel
 * is acknowledged like everything else, by its ticket.
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "journal/intake.h"

#include <string.h>

/* The device's row and newest block, from the tables. `select` is prepared on `db`. */
static int32_t load(sql_db *db, sql_statement *select, crypto *digest, intake_origin *from,
                    kinmu_err *err) {
    int32_t status = KINMU_OK;
    sql_bind_bytes(select, 1, from->origin, LAYOUT_ORIGIN_SIZE);
    int code = sql_step(select);
    if (code == SQL_ROW) {
        layout_header header;
        const void *bytes = sql_bytes(select, 1);
        size_t size = sql_size(select, 1);
        from->row = sql_i64(select, 0);
        if (bytes != NULL && layout_header_decode(&header, bytes, size) != KINMU_OK) {
            status = error_set(err, KINMU_E_RESTART, "journal.damaged",
                               "the newest block of a device is damaged in journal.db; run `kinmu "
                               "journal verify`, restore a backup");
        } else if (bytes != NULL) {
            from->queued.chain = header.chain;
            from->queued.sequence = header.last_sequence;
            status = crypto_hash(digest, bytes, size, from->queued.hash);
        }
    } else if (code != SQL_DONE) {
        status = files_failed(db, err);
    }
    sql_reset(select);
    return status;
}

/* What other nodes took is looked up for each delivery: beside the commit under way, which would
 * keep all that could be in the next one waiting. */
static int32_t load_now(journal *j, crypto *digest, intake_origin *from, kinmu_err *err) {
    uv_mutex_t *mutex = j->is_shared ? &j->looking : &j->files;
    uv_mutex_lock(mutex);
    int32_t status = j->is_shared ? load(j->look_db, j->look_standing, digest, from, err)
                                  : load(j->db, j->get_standing, digest, from, err);
    uv_mutex_unlock(mutex);
    return status;
}

/* Is the header numbered `chain` the one with that hash? E_CONFLICT when it is another. */
static int32_t compare(journal *j, const intake_origin *from, crypto *digest, uint64_t chain,
                       const uint8_t wanted[CRYPTO_HASH_SIZE], kinmu_err *err) {
    sql_statement *select = NULL;
    uint8_t hash[CRYPTO_HASH_SIZE] = {0};
    uv_mutex_lock(&j->files);
    int32_t status = files_prepare(
        j->db, "SELECT header FROM block WHERE origin_id = ?1 AND chain = ?2", &select, err);
    if (status == KINMU_OK) {
        sql_bind_i64(select, 1, from->row);
        sql_bind_i64(select, 2, (int64_t)chain);
        int code = sql_step(select);
        if (code == SQL_ROW) {
            status = crypto_hash(digest, sql_bytes(select, 0), sql_size(select, 0), hash);
        } else if (code != SQL_DONE) {
            status = files_failed(j->db, err);
        }
    }
    sql_finish(select);
    uv_mutex_unlock(&j->files);
    if (status == KINMU_OK && memcmp(hash, wanted, CRYPTO_HASH_SIZE) != 0) {
        return error_set(err, KINMU_E_CONFLICT, "journal.fork",
                         "block %llu: another block with this number is here: the chain forked (a "
                         "copied disk, or a machine set back to an older state)",
                         (unsigned long long)chain);
    }
    return status;
}

/* Everything sent is older than what is here: that it is the same history still has to be seen. */
static int32_t check_old(journal *j, const intake_origin *from, crypto *digest,
                         const journal_parcel *parcel, kinmu_err *err) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    layout_header header;
    if (parcel->block_count == 0) {
        return parcel->head_chain == 0 || parcel->head_chain >= from->queued.chain
                   ? KINMU_OK
                   : compare(j, from, digest, parcel->head_chain, parcel->head_hash, err);
    }
    const journal_foreign_block *last = &parcel->blocks[parcel->block_count - 1];
    if (layout_header_decode(&header, last->header, last->header_size) != KINMU_OK ||
        crypto_hash(digest, last->header, last->header_size, hash) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "journal.foreign", "a header is damaged");
    }
    return header.chain >= from->queued.chain ? KINMU_OK
                                              : compare(j, from, digest, header.chain, hash, err);
}

/* The device, marked as in use. Its mark is taken off by give_back. */
static int32_t borrow(journal *j, const uint8_t *public_key, crypto *digest, intake_origin **out,
                      kinmu_err *err) {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    int32_t is_new = 0;
    if (device_origin(public_key, origin) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    if (memcmp(origin, j->device.origin, LAYOUT_ORIGIN_SIZE) == 0) {
        return error_set(err, KINMU_E_REJECT, "journal.foreign",
                         "the device has this node's own key");
    }
    uv_mutex_lock(&j->mutex);
    intake_origin *from = intake_find(j->intake, origin);
    if (from == NULL && (from = intake_add(j->intake, origin)) != NULL) {
        is_new = 1;
    }
    int32_t is_busy = from != NULL && from->in_use;
    if (from != NULL && !is_busy) {
        from->in_use = 1;
        is_new |= !from->is_loaded || (j->is_shared && from->ticket <= j->durable);
    }
    uv_mutex_unlock(&j->mutex);
    if (from == NULL) {
        return error_set(err, KINMU_E_BUSY, "journal.origins",
                         "journal: no memory for another device, or more than %u of them",
                         JOURNAL_ORIGINS_MAX);
    }
    if (is_busy) {
        return error_set(err, KINMU_E_BUSY, "journal.busy",
                         "another delivery of this device is being taken");
    }
    *out = from;
    int32_t status = KINMU_OK;
    if (is_new) {
        memcpy(from->public_key, public_key, CRYPTO_PUBLIC_SIZE);
        status = load_now(j, digest, from, err);
        from->is_loaded = status == KINMU_OK;
    }
    return status;
}

static void give_back(journal *j, intake_origin *from) {
    uv_mutex_lock(&j->mutex);
    from->in_use = 0;
    uv_mutex_unlock(&j->mutex);
}

static int32_t enqueue(journal *j, intake_origin *from, intake_parcel *parcel,
                       const journal_standing *after, kinmu_err *err) {
    uv_mutex_lock(&j->mutex);
    uint64_t waiting = j->queue.pending.bytes + j->queue.in_commit_bytes;
    int32_t status = KINMU_OK;
    if (j->failed != 0) {
        status = error_set(err, KINMU_E_RESTART, "journal.failed", "the journal has stopped");
    } else if (waiting > 0 && waiting + parcel->bytes > JOURNAL_QUEUE_BYTES_MAX) {
        j->figures.refused_busy++;
        status = error_set(err, KINMU_E_BUSY, "journal.busy", "the journal's queue is full");
    } else {
        int32_t was_empty = j->ticket == j->taken;
        queue_add_parcel(&j->queue, parcel);
        from->queued = *after;
        from->ticket = j->queue.pending.ticket = ++j->ticket;
        writer_wake(j, was_empty);
        if (!j->flush_wanted) { /* a device waits for the answer */
            j->flush_wanted = 1;
            uv_cond_signal(&j->work);
        }
    }
    uv_mutex_unlock(&j->mutex);
    return status;
}

static int32_t take(journal *j, intake_origin *from, const journal_parcel *parcel, crypto *digest,
                    kinmu_err *err) {
    uint32_t first = 0;
    journal_standing after;
    int32_t status = intake_check(digest, &from->queued, parcel, &first, &after, err);
    if (status != KINMU_OK) {
        return status;
    }
    int32_t is_new = first < parcel->block_count;
    if (!is_new) {
        status = check_old(j, from, digest, parcel, err);
        if (status != KINMU_OK || parcel->head_chain != from->queued.chain ||
            parcel->head_chain == 0) {
            return status; /* an old head says nothing that is not known */
        }
    }
    intake_parcel *packed = intake_pack(parcel, first);
    if (packed == NULL) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    packed->from = from;
    memcpy(packed->head.origin, from->origin, LAYOUT_ORIGIN_SIZE);
    packed->events = after.sequence - from->queued.sequence;
    status = enqueue(j, from, packed, &after, err);
    if (status != KINMU_OK) {
        intake_parcel_free(packed);
    }
    return status;
}

int32_t journal_take(journal *j, const journal_parcel *parcel, uint64_t *ticket,
                     journal_standing *standing, kinmu_err *err) {
    intake_origin *from = NULL;
    crypto *digest = NULL;
    memset(standing, 0, sizeof *standing);
    *ticket = 0;
    if (crypto_create(&digest) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    int32_t status = borrow(j, parcel->public_key, digest, &from, err);
    if (status == KINMU_OK) {
        status = take(j, from, parcel, digest, err);
    }
    if (from != NULL) {
        *standing = from->queued;
        *ticket = from->ticket;
        give_back(j, from);
    }
    crypto_destroy(digest);
    return status;
}

int32_t journal_standing_of(journal *j, const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                            journal_standing *standing, kinmu_err *err) {
    intake_origin *from = NULL;
    crypto *digest = NULL;
    memset(standing, 0, sizeof *standing);
    if (crypto_create(&digest) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    int32_t status = borrow(j, public_key, digest, &from, err);
    if (from != NULL) {
        *standing = from->queued;
        give_back(j, from);
    }
    crypto_destroy(digest);
    return status;
}

int32_t journal_countersign(const journal *j, const uint8_t origin[LAYOUT_ORIGIN_SIZE],
                            const journal_standing *standing, int64_t unix_ns,
                            uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_head head = {
        .chain = standing->chain, .sequence = standing->sequence, .unix_ns = unix_ns};
    memcpy(head.origin, origin, LAYOUT_ORIGIN_SIZE);
    memcpy(head.hash, standing->hash, CRYPTO_HASH_SIZE);
    size_t size = layout_countersign_message(&head, message);
    return crypto_sign(j->device.seed, message, size, signature);
}

const uint8_t *journal_public_key(const journal *j) {
    return j->device.public_key;
}

/* ---- committing: on the writer's thread, with `files` held ---- */

int32_t intake_commit_keys(journal *j, const queue_group *group, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (const intake_parcel *parcel = group->first_parcel; parcel != NULL; parcel = parcel->next) {
        for (uint32_t i = 0; status == KINMU_OK && i < parcel->key_count; i++) {
            status = keys_import(j->keys, parcel->from->origin, &parcel->keys[i], err);
        }
    }
    return status;
}

/* The row of a device that never sent anything before. Kept even if this transaction fails: the
 * statement does nothing when it is there. */
static int32_t find_row(journal *j, intake_origin *from, kinmu_err *err) {
    sql_bind_bytes(j->put_origin, 1, from->origin, LAYOUT_ORIGIN_SIZE);
    sql_bind_bytes(j->put_origin, 2, from->public_key, CRYPTO_PUBLIC_SIZE);
    int32_t status = files_step(j->db, j->put_origin, err);
    if (status != KINMU_OK) {
        return status;
    }
    sql_bind_bytes(j->get_origin, 1, from->origin, LAYOUT_ORIGIN_SIZE);
    status = sql_step(j->get_origin) == SQL_ROW ? KINMU_OK : files_failed(j->db, err);
    if (status == KINMU_OK) {
        from->row = sql_i64(j->get_origin, 0);
    }
    sql_reset(j->get_origin);
    return status;
}

static int32_t commit_foreign(journal *j, commit_state *state, int64_t row,
                              const intake_block *block, kinmu_err *err) {
    layout_header header;
    uint8_t own[LAYOUT_TOMBSTONE_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint64_t position = state->tally.position + 1;
    const uint8_t *tombstone = block->tombstone;
    int32_t status = layout_header_decode(&header, block->header, block->header_size);
    uint32_t kind = tombstone != NULL ? tombstone[1] : JOURNAL_BLOCK_LIVE;
    if (status == KINMU_OK && block->payload == NULL && tombstone == NULL) {
        kind = JOURNAL_BLOCK_WITHHELD;
        tombstone = own;
        status = crypto_hash(j->sealer.crypto, block->header, block->header_size, hash);
        if (status == KINMU_OK) {
            status = device_sign_tombstone(&j->device, (uint8_t)kind, clock_unix_ns(), hash, own);
        }
    }
    if (status != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    sql_statement *insert = j->insert_foreign;
    sql_bind_i64(insert, 1, (int64_t)position);
    sql_bind_i64(insert, 2, row);
    sql_bind_i64(insert, 3, (int64_t)header.chain);
    sql_bind_i64(insert, 4, kind);
    sql_bind_bytes(insert, 5, block->header, block->header_size);
    sql_bind_bytes(insert, 6, tombstone, LAYOUT_TOMBSTONE_SIZE);
    sql_bind_bytes(insert, 7, block->payload, block->payload_size);
    status = files_step(j->db, insert, err);
    if (status == KINMU_OK) {
        tally_add(&state->tally, position, &header);
        commit_remember(state, block->header, block->header_size);
        if (kind != JOURNAL_BLOCK_LIVE) {
            tally_drop(&state->tally, &header, kind);
        }
    }
    return status;
}

static int32_t put_contact(journal *j, const intake_parcel *parcel, kinmu_err *err) {
    sql_bind_i64(j->put_contact, 1, parcel->from->row);
    sql_bind_i64(j->put_contact, 2, parcel->contact.received_unix_ns);
    sql_bind_i64(j->put_contact, 3, parcel->contact.heard_unix_ns);
    sql_bind_i64(j->put_contact, 4, (int64_t)parcel->contact.unsent);
    return files_step(j->db, j->put_contact, err);
}

/* Another node may have taken the same blocks meanwhile: what is there already is left out. Blocks
 * that do not continue what is there were checked against something older; nothing of them was
 * acknowledged, and after a restart the device is told where it stands. */
static int32_t find_first(journal *j, const intake_parcel *parcel, uint32_t *first,
                          kinmu_err *err) {
    intake_origin now = {0};
    memcpy(now.origin, parcel->from->origin, sizeof now.origin);
    int32_t status = load(j->db, j->get_standing, j->sealer.crypto, &now, err);
    for (*first = 0; status == KINMU_OK && *first < parcel->block_count; ++*first) {
        layout_header header;
        const intake_block *block = &parcel->blocks[*first];
        status = layout_header_decode(&header, block->header, block->header_size);
        if (status == KINMU_OK && header.chain > now.queued.chain) {
            return header.chain == now.queued.chain + 1 &&
                           memcmp(header.previous, now.queued.hash, CRYPTO_HASH_SIZE) == 0
                       ? KINMU_OK
                       : error_set(err, KINMU_E_RESTART, "journal.fork",
                                   "another node took other blocks of the same device at the same "
                                   "moment; restart to go on behind them");
        }
    }
    return status;
}

int32_t intake_commit(journal *j, commit_state *state, const queue_group *group, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (const intake_parcel *parcel = group->first_parcel; status == KINMU_OK && parcel != NULL;
         parcel = parcel->next) {
        if (parcel->from->row == 0) {
            status = find_row(j, parcel->from, err);
        }
        uint32_t first = 0;
        if (status == KINMU_OK && j->is_shared) {
            status = find_first(j, parcel, &first, err);
        }
        for (uint32_t i = first; status == KINMU_OK && i < parcel->block_count; i++) {
            status = commit_foreign(j, state, parcel->from->row, &parcel->blocks[i], err);
        }
        if (status == KINMU_OK) {
            status = commit_put_head(j, parcel->from->row, &parcel->head, err);
        }
        if (status == KINMU_OK) {
            status = put_contact(j, parcel, err);
        }
    }
    return status;
}
