/* journal/kept.c - see kept.h. A head is kept only when it moved since the checkpoint before, so
 * that devices that are off cost nothing. */
#include "journal/kept.h"

#include "base/clock.h"
#include "base/error.h"
#include "journal/internal.h"

#include <stdlib.h>
#include <string.h>

static const char keep_heads[] =
    "INSERT INTO checkpoint_head(origin_id, number, chain, sequence, hash, unix_ns, signature)"
    " SELECT h.origin_id, ?1, h.chain, h.sequence, h.hash, h.unix_ns, h.signature FROM head h"
    " WHERE h.chain > 0 AND h.chain <> coalesce((SELECT x.chain FROM checkpoint_head x"
    " WHERE x.origin_id = h.origin_id ORDER BY x.number DESC LIMIT 1), 0)";
static const char heads_of[] =
    "SELECT o.origin, o.public_key, h.chain, h.sequence, h.hash FROM origin o"
    " JOIN checkpoint_head h ON h.origin_id = o.id AND h.number = (SELECT max(x.number)"
    " FROM checkpoint_head x WHERE x.origin_id = o.id AND x.number <= ?1) ORDER BY o.origin";

/* ---- reading ---- */

static int32_t copy(sql_statement *row, int column, void *to, size_t size) {
    if (sql_size(row, column) != size) {
        return KINMU_E_REJECT;
    }
    memcpy(to, sql_bytes(row, column), size);
    return KINMU_OK;
}

static int32_t damaged(kinmu_err *err) {
    return error_set(err, KINMU_E_REJECT, "checkpoint.damaged",
                     "a checkpoint kept in journal.db is damaged; use the files outside");
}

static int32_t add_head(checkpoint *c, sql_statement *row) {
    checkpoint_head *grown = realloc(c->heads, (c->count + 1) * sizeof *grown);
    if (grown == NULL || c->count == CHECKPOINT_HEADS_MAX) {
        c->heads = grown != NULL ? grown : c->heads;
        return KINMU_E_NOMEM;
    }
    c->heads = grown;
    checkpoint_head *head = &grown[c->count++];
    head->chain = sql_u64(row, 2);
    head->sequence = sql_u64(row, 3);
    if (copy(row, 0, head->origin, sizeof head->origin) != KINMU_OK ||
        copy(row, 1, head->public_key, sizeof head->public_key) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    return copy(row, 4, head->hash, sizeof head->hash);
}

static int32_t read_heads(sql_db *db, uint64_t number, checkpoint *out, kinmu_err *err) {
    sql_statement *select = NULL;
    int code = SQL_DONE;
    int32_t status = files_prepare(db, heads_of, &select, err);
    if (status == KINMU_OK) {
        sql_bind_i64(select, 1, (int64_t)number);
    }
    while (status == KINMU_OK && (code = sql_step(select)) == SQL_ROW) {
        status = add_head(out, select);
        if (status != KINMU_OK) {
            damaged(err);
        }
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(db, err);
    }
    sql_finish(select);
    return status;
}

/* Steps to the one row of a question with up to two numbers. */
static int32_t ask(sql_db *db, const char *text, const int64_t values[2], sql_statement **row,
                   kinmu_err *err) {
    int32_t status = files_prepare(db, text, row, err);
    if (status != KINMU_OK) {
        return status;
    }
    for (int i = 0; i < 2 && values[i] >= 0; i++) {
        sql_bind_i64(*row, i + 1, values[i]);
    }
    switch (sql_step(*row)) {
    case SQL_ROW:
        return KINMU_OK;
    case SQL_DONE:
        return error_set(err, KINMU_E_NOTFOUND, "checkpoint.none", "there is no such checkpoint");
    default:
        return files_failed(db, err);
    }
}

int32_t kept_read(sql_db *db, uint64_t number, checkpoint *out, buffer *token, kinmu_err *err) {
    sql_statement *row = NULL;
    memset(out, 0, sizeof *out);
    int32_t status =
        ask(db, "SELECT unix_ns, signer, signature, token FROM checkpoint WHERE number = ?1",
            (const int64_t[2]){(int64_t)number, -1}, &row, err);
    if (status == KINMU_OK) {
        out->unix_ns = sql_i64(row, 0);
        if (copy(row, 1, out->signer, sizeof out->signer) != KINMU_OK ||
            copy(row, 2, out->signature, sizeof out->signature) != KINMU_OK) {
            status = damaged(err);
        }
    }
    if (status == KINMU_OK && token != NULL && sql_type(row, 3) != SQL_NULL) {
        buffer_append(token, sql_bytes(row, 3), sql_size(row, 3));
        status = token->failed;
    }
    sql_finish(row);
    if (status == KINMU_OK) {
        status = read_heads(db, number, out, err);
    }
    if (status != KINMU_OK) {
        checkpoint_free(out);
    }
    return status;
}

int32_t kept_head(sql_db *db, uint64_t number, int64_t origin_row, layout_head *out,
                  kinmu_err *err) {
    sql_statement *row = NULL;
    memset(out, 0, sizeof *out);
    int32_t is_now = number == UINT64_MAX;
    int32_t status =
        ask(db,
            is_now ? "SELECT h.chain, h.sequence, h.hash, h.unix_ns, h.signature, o.origin"
                     " FROM head h JOIN origin o ON o.id = h.origin_id WHERE h.origin_id = ?1"
                   : "SELECT h.chain, h.sequence, h.hash, h.unix_ns, h.signature, o.origin"
                     " FROM checkpoint_head h JOIN origin o ON o.id = h.origin_id"
                     " WHERE h.origin_id = ?1 AND h.number <= ?2 ORDER BY h.number DESC LIMIT 1",
            (const int64_t[2]){origin_row, is_now ? -1 : (int64_t)number}, &row, err);
    if (status == KINMU_OK) {
        out->chain = sql_u64(row, 0);
        out->sequence = sql_u64(row, 1);
        out->unix_ns = sql_i64(row, 3);
        if (copy(row, 2, out->hash, sizeof out->hash) != KINMU_OK ||
            copy(row, 4, out->signature, sizeof out->signature) != KINMU_OK ||
            copy(row, 5, out->origin, sizeof out->origin) != KINMU_OK) {
            status = damaged(err);
        }
    }
    sql_finish(row);
    return status;
}

int32_t kept_first(sql_db *db, int64_t origin_row, uint64_t chain, uint64_t *number,
                   kinmu_err *err) {
    sql_statement *row = NULL;
    int32_t status = ask(db,
                         "SELECT number FROM checkpoint_head WHERE origin_id = ?1 AND chain >= ?2"
                         " ORDER BY number LIMIT 1",
                         (const int64_t[2]){origin_row, (int64_t)chain}, &row, err);
    *number = status == KINMU_OK ? sql_u64(row, 0) : 0;
    sql_finish(row);
    return status;
}

int32_t kept_before(sql_db *db, int64_t unix_ns, uint64_t *number, uint64_t *position,
                    kinmu_err *err) {
    sql_statement *row = NULL;
    int32_t status = ask(db,
                         "SELECT number, position FROM checkpoint WHERE unix_ns < ?1"
                         " ORDER BY number DESC LIMIT 1",
                         (const int64_t[2]){unix_ns, -1}, &row, err);
    *number = status == KINMU_OK ? sql_u64(row, 0) : 0;
    *position = status == KINMU_OK ? sql_u64(row, 1) : 0;
    sql_finish(row);
    return status;
}

/* ---- writing, with `files` held ---- */

static int32_t next_number(sql_db *db, uint64_t *number, kinmu_err *err) {
    sql_statement *row = NULL;
    int32_t status = ask(db, "SELECT coalesce(max(number), 0) + 1 FROM checkpoint",
                         (const int64_t[2]){-1, -1}, &row, err);
    *number = status == KINMU_OK ? sql_u64(row, 0) : 0;
    sql_finish(row);
    return status;
}

static int32_t put_heads(sql_db *db, uint64_t number, kinmu_err *err) {
    sql_statement *insert = NULL;
    int32_t status = files_prepare(db, keep_heads, &insert, err);
    if (status == KINMU_OK) {
        sql_bind_i64(insert, 1, (int64_t)number);
        status = files_step(db, insert, err);
    }
    sql_finish(insert);
    return status;
}

static int32_t put_checkpoint(journal *j, uint64_t number, uint64_t position, const checkpoint *c,
                              kinmu_err *err) {
    sql_statement *insert = NULL;
    int32_t status = files_prepare(j->db,
                                   "INSERT INTO checkpoint(number, unix_ns, position, signer,"
                                   " signature) VALUES(?1, ?2, ?3, ?4, ?5)",
                                   &insert, err);
    if (status == KINMU_OK) {
        sql_bind_i64(insert, 1, (int64_t)number);
        sql_bind_i64(insert, 2, c->unix_ns);
        sql_bind_i64(insert, 3, (int64_t)position);
        sql_bind_bytes(insert, 4, c->signer, sizeof c->signer);
        sql_bind_bytes(insert, 5, c->signature, sizeof c->signature);
        status = files_step(j->db, insert, err);
    }
    sql_finish(insert);
    return status;
}

static int32_t keep(journal *j, commit_state *state, checkpoint *c, uint64_t *number,
                    kinmu_err *err) {
    int32_t status = next_number(j->db, number, err);
    if (status == KINMU_OK && state->chain.chain > state->signed_chain) {
        status = commit_head(j, state, err);
    }
    if (status == KINMU_OK) {
        status = put_heads(j->db, *number, err);
    }
    if (status == KINMU_OK) {
        status = read_heads(j->db, *number, c, err);
    }
    if (status == KINMU_OK) {
        c->unix_ns = clock_unix_ns();
        status = checkpoint_sign(c, &j->device);
    }
    return status == KINMU_OK ? put_checkpoint(j, *number, state->tally.position, c, err) : status;
}

static int32_t refuse_failed(journal *j, kinmu_err *err) {
    uv_mutex_lock(&j->mutex);
    int32_t failed = j->failed;
    uv_mutex_unlock(&j->mutex);
    return failed == 0 ? KINMU_OK
                       : error_set(err, KINMU_E_RESTART, "journal.failed",
                                   "the journal has stopped; restart Kinmu first");
}

static int32_t tell_failure(journal *j, int32_t status, const kinmu_err *reason, kinmu_err *err) {
    if (status == KINMU_E_RESTART) {
        writer_fail(j, status, reason);
    }
    return status == KINMU_OK ? KINMU_OK : error_set(err, status, reason->key, "%s", reason->msg);
}

int32_t journal_keep_checkpoint(journal *j, buffer *file, uint64_t *number, kinmu_err *err) {
    checkpoint c = {0};
    commit_state state;
    kinmu_err reason = {"", ""};
    int32_t status = refuse_failed(j, err);
    if (status != KINMU_OK) {
        return status;
    }
    uv_mutex_lock(&j->files);
    status = commit_begin(j, &state, &reason);
    if (status == KINMU_OK) {
        status = keep(j, &state, &c, number, &reason);
    }
    status = commit_end(j, &state, status, &reason);
    uv_mutex_unlock(&j->files);
    if (status == KINMU_OK) {
        checkpoint_write(&c, file);
        status = file->failed;
    }
    checkpoint_free(&c);
    return tell_failure(j, status, &reason, err);
}

int32_t journal_keep_token(journal *j, uint64_t number, const void *token, size_t size,
                           kinmu_err *err) {
    sql_statement *update = NULL;
    kinmu_err reason = {"", ""};
    int32_t status = refuse_failed(j, err);
    if (status != KINMU_OK) {
        return status;
    }
    uv_mutex_lock(&j->files);
    status = files_prepare(j->db, "UPDATE checkpoint SET token = ?2 WHERE number = ?1", &update,
                           &reason);
    if (status == KINMU_OK) {
        sql_bind_i64(update, 1, (int64_t)number);
        sql_bind_bytes(update, 2, token, size);
        status = files_step(j->db, update, &reason);
    }
    if (status == KINMU_OK && sql_changes(j->db) == 0) {
        status = error_set(&reason, KINMU_E_NOTFOUND, "checkpoint.none",
                           "there is no checkpoint %llu", (unsigned long long)number);
    }
    sql_finish(update);
    uv_mutex_unlock(&j->files);
    return tell_failure(j, status, &reason, err);
}
