/* journal/turn.c - several nodes, one journal. Only on a server; a file has one writer by its lock.
 *
 * Who writes holds the one row of table `turn` until its transaction ends, so positions have no
 * gap, chains go on where they are, and decisions are numbered once. Who finds the row moved loads
 * what it remembers anew, under the lock. The nodes of a journal have one device.key. A decision
 * that another node was quicker with is taken out of its group, and its owner told to decide again.
 *
 * A commit whose answer was lost is a doubt: before anything else is written, the position its last
 * block would have is looked at. So nothing is written twice and nothing acknowledged in vain.
 */
#include "journal/internal.h"

#include "base/buffer.h"
#include "base/error.h"

#include <string.h>

/* Keys noted as doomed by another node's erasure are destroyed here too, before new ones are made:
 * no block may be sealed with one of them from now on. */
static int32_t drop_doomed_keys(journal *j, kinmu_err *err) {
    buffer ids = {NULL, 0, 0, 0};
    int32_t status = erase_doomed(j, &ids, err);
    if (status == KINMU_OK) {
        status = keys_drop(j->keys, ids.data, (uint32_t)(ids.size / LAYOUT_KEY_ID_SIZE), err);
    }
    buffer_free(&ids);
    return status;
}

static int32_t reload(journal *j, uint64_t epoch, kinmu_err *err) {
    int32_t status = open_load_standing(j, err);
    if (status == KINMU_OK && (j->epoch != epoch || j->tally.position == 0)) {
        status = tally_load(j->db, &j->tally, err);
    } else if (status == KINMU_OK) {
        status = tally_catch_up(j->db, &j->tally, err);
    }
    return status;
}

/* Another node decided: who asks from now on is told the new number. What was decided here on the
 * old one and waits to be written is taken back then (turn_yield_decisions). */
void turn_learn_decision(journal *j, uint64_t decision) {
    uv_mutex_lock(&j->mutex);
    if (decision > j->decided && j->decision == j->decided) {
        j->decision = decision;
    }
    j->decided = decision > j->decided ? decision : j->decided;
    uv_mutex_unlock(&j->mutex);
}

int32_t turn_take(journal *j, int32_t *keys_are_stale, kinmu_err *err) {
    *keys_are_stale = 0;
    if (!j->is_shared) {
        return KINMU_OK;
    }
    int32_t code = sql_step(j->get_turn);
    uint64_t position = code == SQL_ROW ? sql_u64(j->get_turn, 0) : 0;
    uint64_t decision = code == SQL_ROW ? sql_u64(j->get_turn, 1) : 0;
    uint64_t epoch = code == SQL_ROW ? sql_u64(j->get_turn, 2) : 0;
    int32_t status = code == SQL_ROW ? KINMU_OK : files_failed(j->db, err);
    sql_reset(j->get_turn);
    if (status != KINMU_OK) {
        return status;
    }
    if (position < j->tally.position) {
        return error_set(err, KINMU_E_RESTART, "journal.set-back",
                         "the server was set back to an older state (block %llu, %llu were "
                         "written); restart, after a restored backup: kinmu restore --postgres",
                         (unsigned long long)position, (unsigned long long)j->tally.position);
    }
    if (epoch != j->epoch) {
        *keys_are_stale = 1;
        status = drop_doomed_keys(j, err);
    }
    if (status == KINMU_OK && (position != j->tally.position || epoch != j->epoch)) {
        status = reload(j, epoch, err);
    }
    if (status == KINMU_OK) {
        j->epoch = epoch;
        turn_learn_decision(j, decision);
    }
    return status;
}

int32_t turn_give(journal *j, const commit_state *state, kinmu_err *err) {
    if (!j->is_shared) {
        return KINMU_OK;
    }
    sql_bind_i64(j->put_turn, 1, (int64_t)state->tally.position);
    sql_bind_i64(j->put_turn, 2, (int64_t)state->tally.decision);
    sql_bind_i64(j->put_turn, 3, (int64_t)state->epoch);
    return files_step(j->db, j->put_turn, err);
}

/* ---- decisions ---- */

static int32_t is_overtaken(const queue_group *group, uint64_t decision) {
    uint64_t newest = decision; /* several blocks may belong to one */
    for (const queue_block *block = group->first; block != NULL; block = block->next) {
        if (block->decision == 0 || (block->decision == newest && newest > decision)) {
            continue;
        }
        if (block->decision != ++newest) {
            return 1;
        }
    }
    return 0;
}

/* What waits behind the group was decided on what is taken out of it. */
void turn_yield_decisions(journal *j, queue_group *group, uint64_t decision) {
    if (!j->is_shared || !is_overtaken(group, decision)) {
        return;
    }
    uv_mutex_lock(&j->mutex);
    queue_drop_decisions(&j->queue, group);
    queue_drop_decisions(&j->queue, &j->queue.pending);
    for (uint32_t i = 0; i < j->undecided_count; i++) {
        j->undecided[i].is_overtaken |= j->undecided[i].ticket > j->durable;
    }
    j->decision = decision;
    j->decided = decision;
    uv_mutex_unlock(&j->mutex);
}

void turn_refresh_decision(journal *j) {
    if (!j->is_shared) {
        return;
    }
    uv_mutex_lock(&j->files);
    uint64_t decision = sql_step(j->peek_turn) == SQL_ROW ? sql_u64(j->peek_turn, 0) : 0;
    sql_reset(j->peek_turn);
    uv_mutex_unlock(&j->files);
    turn_learn_decision(j, decision);
}

/* ---- doubts ---- */

void turn_doubt(journal *j, const commit_state *state) {
    if (j->is_shared && state->last_header_size > 0 && sql_failure(j->db) == SQL_FAIL_LOST) {
        j->doubt_position = state->tally.position;
        j->doubt_size = state->last_header_size;
        memcpy(j->doubt_header, state->last_header, state->last_header_size);
    }
}

static int32_t look(journal *j, int32_t *landed, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t ignored;
    /* Taking the turn waits for a commit that is still under way up there. */
    int32_t status = turn_take(j, &ignored, err);
    if (status == KINMU_OK) {
        status = files_prepare(j->db, "SELECT header FROM block WHERE position = ?", &select, err);
    }
    if (status == KINMU_OK) {
        sql_bind_i64(select, 1, (int64_t)j->doubt_position);
        int32_t code = sql_step(select);
        *landed = code == SQL_ROW && sql_size(select, 0) == j->doubt_size &&
                  memcmp(sql_bytes(select, 0), j->doubt_header, j->doubt_size) == 0;
        status = code == SQL_FAILED ? files_failed(j->db, err) : KINMU_OK;
    }
    sql_finish(select);
    return status;
}

int32_t turn_settle_doubt(journal *j, int32_t *landed, kinmu_err *err) {
    *landed = 0;
    if (j->doubt_size == 0) {
        return KINMU_OK;
    }
    int32_t status = files_begin(j->db, err);
    if (status == KINMU_OK) {
        status = look(j, landed, err);
        sql_rollback(j->db);
    }
    if (status == KINMU_OK) {
        j->doubt_size = 0;
    }
    return status;
}
