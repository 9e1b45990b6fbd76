/* journal/commit.c - one transaction: blocks, tombstones, cursors, state, head.
 *
 * Works on a copy of the chain and the tally, which becomes true only when COMMIT succeeded. So a
 * group that could not be written is sealed anew, from the same place, at the next attempt.
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

#define HEAD_INTERVAL_NS (1 * CLOCK_NS_PER_S)

/* With the turn taken: only then what is remembered is what the tables say. */
static int32_t begin(journal *j, commit_state *state, int32_t *keys_are_stale, kinmu_err *err) {
    *keys_are_stale = 0;
    int32_t status = files_begin(j->db, err);
    if (status == KINMU_OK) {
        status = turn_take(j, keys_are_stale, err);
    }
    state->chain = j->chain;
    state->tally = j->tally;
    state->signed_chain = j->signed_chain;
    state->epoch = j->epoch;
    state->last_header_size = 0;
    return status;
}

int32_t commit_begin(journal *j, commit_state *state, kinmu_err *err) {
    int32_t keys_are_stale;
    int32_t status = begin(j, state, &keys_are_stale, err);
    return status == KINMU_OK && keys_are_stale
               ? error_set(err, KINMU_E_RETRY, "journal.keys", "another node erased keys meanwhile")
               : status;
}

void commit_remember(commit_state *state, const void *header, size_t size) {
    memcpy(state->last_header, header, size);
    state->last_header_size = size;
}

int32_t commit_block(journal *j, commit_state *state, const queue_block *block, kinmu_err *err) {
    seal_result sealed;
    uint64_t position = state->tally.position + 1;
    int32_t status = seal_block(&j->sealer, &state->chain, block, &sealed);
    if (status != KINMU_OK) {
        return error_set(err, status, "journal.memory", "journal: out of memory");
    }
    sql_statement *insert = j->insert_block;
    sql_bind_i64(insert, 1, (int64_t)position);
    sql_bind_i64(insert, 2, j->origin_row);
    sql_bind_i64(insert, 3, (int64_t)sealed.header.chain);
    sql_bind_bytes(insert, 4, sealed.header_bytes, sealed.header_size);
    sql_bind_bytes(insert, 5, sealed.payload, sealed.payload_size);
    status = files_step(j->db, insert, err);
    if (status == KINMU_OK) {
        tally_add(&state->tally, position, &sealed.header);
        commit_remember(state, sealed.header_bytes, sealed.header_size);
    }
    return status;
}

int32_t commit_bury(journal *j, commit_state *state, uint64_t position, const void *header_bytes,
                    size_t header_size, uint32_t kind, kinmu_err *err) {
    layout_header header;
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint8_t tombstone[LAYOUT_TOMBSTONE_SIZE];
    int32_t status = layout_header_decode(&header, header_bytes, header_size);
    if (status == KINMU_OK) {
        status = crypto_hash(j->sealer.crypto, header_bytes, header_size, hash);
    }
    if (status == KINMU_OK) {
        status = device_sign_tombstone(&j->device, (uint8_t)kind, clock_unix_ns(), hash, tombstone);
    }
    if (status != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    sql_bind_i64(j->bury_block, 1, (int64_t)position);
    sql_bind_i64(j->bury_block, 2, kind);
    sql_bind_bytes(j->bury_block, 3, tombstone, sizeof tombstone);
    status = files_step(j->db, j->bury_block, err);
    if (status == KINMU_OK) {
        tally_drop(&state->tally, &header, kind);
    }
    return status;
}

int32_t commit_put_head(journal *j, int64_t origin_row, const layout_head *head, kinmu_err *err) {
    sql_bind_i64(j->put_head, 1, origin_row);
    sql_bind_i64(j->put_head, 2, (int64_t)head->chain);
    sql_bind_i64(j->put_head, 3, (int64_t)head->sequence);
    sql_bind_bytes(j->put_head, 4, head->hash, CRYPTO_HASH_SIZE);
    sql_bind_i64(j->put_head, 5, head->unix_ns);
    sql_bind_bytes(j->put_head, 6, head->signature, CRYPTO_SIGNATURE_SIZE);
    int32_t status = files_step(j->db, j->put_head, err);
    return status;
}

int32_t commit_head(journal *j, commit_state *state, kinmu_err *err) {
    layout_head head = {
        .chain = state->chain.chain, .sequence = state->chain.sequence, .unix_ns = clock_unix_ns()};
    memcpy(head.origin, state->chain.origin, LAYOUT_ORIGIN_SIZE);
    memcpy(head.hash, state->chain.hash, CRYPTO_HASH_SIZE);
    if (device_sign_head(&j->device, &head) != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    int32_t status = commit_put_head(j, j->origin_row, &head, err);
    if (status == KINMU_OK) {
        status = tally_save(j->db, &state->tally, err);
    }
    if (status == KINMU_OK) {
        state->signed_chain = head.chain;
    }
    return status;
}

int32_t commit_end(journal *j, const commit_state *state, int32_t status, kinmu_err *err) {
    if (status == KINMU_OK) {
        status = turn_give(j, state, err);
    }
    if (status == KINMU_OK) {
        status = files_commit(j->db, err);
    }
    if (status != KINMU_OK) {
        sql_rollback(j->db);
        return status;
    }
    if (state->signed_chain != j->signed_chain) {
        j->signed_mono_ns = clock_mono_ns();
    }
    j->chain = state->chain;
    j->tally = state->tally;
    j->signed_chain = state->signed_chain;
    j->epoch = state->epoch;
    turn_learn_decision(j, state->tally.decision);
    return KINMU_OK;
}

/* Keys first: a block must never be durable before its key is. */
static int32_t find_keys(journal *j, const queue_group *group, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (queue_block *block = group->first; status == KINMU_OK && block != NULL;
         block = block->next) {
        status = keys_get(j->keys, block->subject, block->purpose, block->month, &block->key, err);
    }
    if (status == KINMU_OK) {
        status = intake_commit_keys(j, group, err);
    }
    if (status == KINMU_OK) {
        status = keys_commit(j->keys, err);
    }
    if (status != KINMU_OK) {
        keys_rollback(j->keys);
    }
    return status;
}

static int32_t put_cursors(journal *j, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < j->taken_place_count; i++) {
        sql_bind_text(j->put_cursor, 1, j->taken_places[i].name);
        sql_bind_i64(j->put_cursor, 2, (int64_t)j->taken_places[i].position);
        status = files_step(j->db, j->put_cursor, err);
    }
    return status;
}

static int32_t put_changes(journal *j, const queue_group *group, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (queue_change *change = group->first_change; status == KINMU_OK && change != NULL;
         change = change->next) {
        sql_statement *statement = change->value != NULL ? j->put_state : j->remove_state;
        sql_bind_text(statement, 1, change->instance);
        sql_bind_text(statement, 2, change->key);
        if (change->value != NULL) {
            sql_bind_bytes(statement, 3, change->value, change->size);
        }
        status = files_step(j->db, statement, err);
    }
    return status;
}

static int32_t head_is_due(const journal *j) {
    return j->signed_mono_ns == 0 || clock_mono_ns() - j->signed_mono_ns >= HEAD_INTERVAL_NS;
}

int32_t commit_group(journal *j, queue_group *group, kinmu_err *err) {
    commit_state state;
    int32_t has_landed = 0;
    int32_t keys_are_stale = 0;
    int32_t status = turn_settle_doubt(j, &has_landed, err);
    if (status != KINMU_OK || has_landed) {
        return status; /* only this group can be in doubt: it is tried until it is durable */
    }
    status = find_keys(j, group, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = begin(j, &state, &keys_are_stale, err);
    if (status == KINMU_OK && keys_are_stale) {
        status = find_keys(j, group, err);
    }
    if (status == KINMU_OK) {
        turn_yield_decisions(j, group, state.tally.decision);
    }
    for (queue_block *block = group->first; status == KINMU_OK && block != NULL;
         block = block->next) {
        status = commit_block(j, &state, block, err);
    }
    if (status == KINMU_OK) {
        status = intake_commit(j, &state, group, err);
    }
    if (status == KINMU_OK) {
        status = put_cursors(j, err);
    }
    if (status == KINMU_OK) {
        status = put_changes(j, group, err);
    }
    if (status == KINMU_OK && state.chain.chain != j->signed_chain && head_is_due(j)) {
        status = commit_head(j, &state, err);
    }
    if (status != KINMU_OK) {
        return commit_end(j, &state, status, err);
    }
    status = commit_end(j, &state, KINMU_OK, err);
    if (status != KINMU_OK) {
        turn_doubt(j, &state);
    }
    return status;
}
