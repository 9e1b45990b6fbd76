/* journal/restored.c - see restored.h. */
#include "journal/restored.h"

#include "base/clock.h"
#include "base/error.h"
#include "journal/internal.h"

#include <string.h>

int32_t restored_find(sql_db *db, int64_t origin_row, uint64_t chain, layout_restore *out) {
    sql_statement *row = NULL;
    int32_t status = KINMU_E_NOTFOUND;
    memset(out, 0, sizeof *out);
    if (files_prepare(db,
                      "SELECT o.origin, r.sequence, r.hash, r.to_chain, r.to_sequence, r.unix_ns,"
                      " r.signature FROM restored r JOIN origin o ON o.id = r.origin_id"
                      " WHERE r.origin_id = ?1 AND r.chain = ?2",
                      &row, NULL) != KINMU_OK) {
        return status;
    }
    sql_bind_i64(row, 1, origin_row);
    sql_bind_i64(row, 2, (int64_t)chain);
    if (sql_step(row) == SQL_ROW && sql_size(row, 0) == sizeof out->origin &&
        sql_size(row, 2) == sizeof out->hash && sql_size(row, 6) == sizeof out->signature) {
        memcpy(out->origin, sql_bytes(row, 0), sizeof out->origin);
        out->chain = chain;
        out->sequence = sql_u64(row, 1);
        memcpy(out->hash, sql_bytes(row, 2), sizeof out->hash);
        out->to_chain = sql_u64(row, 3);
        out->to_sequence = sql_u64(row, 4);
        out->unix_ns = sql_i64(row, 5);
        memcpy(out->signature, sql_bytes(row, 6), sizeof out->signature);
        status = KINMU_OK;
    }
    sql_finish(row);
    return status;
}

/* ---- writing, with `files` held ---- */

static int32_t put(journal *j, const layout_restore *note, kinmu_err *err) {
    sql_statement *insert = NULL;
    int32_t status =
        files_prepare(j->db,
                      "INSERT INTO restored(origin_id, chain, sequence, hash, to_chain,"
                      " to_sequence, unix_ns, signature)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                      " ON CONFLICT(origin_id, chain) DO UPDATE SET"
                      " to_chain = excluded.to_chain, to_sequence = excluded.to_sequence,"
                      " unix_ns = excluded.unix_ns, signature = excluded.signature",
                      &insert, err);
    if (status == KINMU_OK) {
        sql_bind_i64(insert, 1, j->origin_row);
        sql_bind_i64(insert, 2, (int64_t)note->chain);
        sql_bind_i64(insert, 3, (int64_t)note->sequence);
        sql_bind_bytes(insert, 4, note->hash, sizeof note->hash);
        sql_bind_i64(insert, 5, (int64_t)note->to_chain);
        sql_bind_i64(insert, 6, (int64_t)note->to_sequence);
        sql_bind_i64(insert, 7, note->unix_ns);
        sql_bind_bytes(insert, 8, note->signature, sizeof note->signature);
        status = files_step(j->db, insert, err);
    }
    sql_finish(insert);
    return status;
}

/* Restored again before anything was written: the same gap grows. */
static int32_t begin_of_gap(journal *j, layout_restore *note, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare(
        j->db, "SELECT chain, sequence FROM restored WHERE origin_id = ?1 AND to_chain = ?2",
        &select, err);
    if (status == KINMU_OK) {
        sql_bind_i64(select, 1, j->origin_row);
        sql_bind_i64(select, 2, (int64_t)note->chain);
        int32_t found = sql_step(select);
        if (found == SQL_ROW) {
            note->chain = sql_u64(select, 0);
            note->sequence = sql_u64(select, 1);
        }
        status = found == SQL_FAILED ? files_failed(j->db, err) : KINMU_OK;
    }
    sql_finish(select);
    return status;
}

/* The head is signed behind the gap: from there the journal goes on at its next opening, too. */
static int32_t give_up(journal *j, commit_state *state, layout_restore *note, kinmu_err *err) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    memcpy(note->origin, state->chain.origin, sizeof note->origin);
    note->chain = state->chain.chain;
    note->sequence = state->chain.sequence;
    memcpy(note->hash, state->chain.hash, sizeof note->hash);
    note->to_chain = note->chain + RESTORED_NUMBERS;
    note->to_sequence = note->sequence + RESTORED_NUMBERS;
    note->unix_ns = clock_unix_ns();
    int32_t status = begin_of_gap(j, note, err);
    size_t size = layout_restore_message(note, message);
    if (status == KINMU_OK) {
        status = crypto_sign(j->device.seed, message, size, note->signature);
    }
    if (status == KINMU_OK) {
        status = put(j, note, err);
    }
    state->chain.chain = note->to_chain;
    state->chain.sequence = note->to_sequence;
    state->epoch++; /* a node that runs goes on behind the gap, too */
    return status == KINMU_OK ? commit_head(j, state, err) : status;
}

int32_t journal_note_restore(journal *j, layout_restore *out, kinmu_err *err) {
    commit_state state;
    memset(out, 0, sizeof *out);
    uv_mutex_lock(&j->files);
    int32_t status = commit_begin(j, &state, err);
    if (status == KINMU_OK) {
        status = give_up(j, &state, out, err);
    }
    status = commit_end(j, &state, status, err);
    uv_mutex_unlock(&j->files);
    return status;
}
