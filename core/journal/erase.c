/* journal/erase.c - crypto-shredding: destroy keys, bury payloads, leave signed tombstones.
 * Somebody asks for it (journal_erase), or a purpose's keep time is over (journal_expire).
 *
 * One transaction buries the payloads and notes the keys as doomed; only then are the keys
 * destroyed and both files rewritten. A crash in between is finished at the next open. Events
 * published while it runs get new keys and stay.
 */
#include "journal/receipt.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/schemas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 65536u /* of one transaction; far more than one subject can have */
#define DAY_NS (86400LL * CLOCK_NS_PER_S)

static int by_id(const void *left, const void *right) {
    return memcmp(((const doomed *)left)->id, ((const doomed *)right)->id, LAYOUT_KEY_ID_SIZE);
}

static int32_t is_of(const journal_span *span, const keys_owner *owner) {
    return (span->subject == NULL || strcmp(owner->subject, span->subject) == 0) &&
           (span->purpose == NULL || strcmp(owner->purpose, span->purpose) == 0);
}

static int32_t is_meant(const erasure *e, const keys_owner *owner) {
    int64_t start_ns, end_ns;
    keys_month_span(owner->month, &start_ns, &end_ns);
    /* The device's own audit trail names no person, and the record of this erasure goes there. */
    if (owner->subject[0] == '\0' && strcmp(owner->purpose, JOURNAL_AUDIT_PURPOSE) == 0) {
        return 0;
    }
    for (uint32_t i = 0; i < e->wanted.count; i++) {
        const journal_span *span = &e->wanted.rows[i];
        if (is_of(span, owner) && start_ns >= span->from_ns && end_ns <= span->to_ns) {
            return 1;
        }
    }
    return 0;
}

/* Why the key of a month stays that one of the spared spans touches; NULL = it does not. */
const char *erase_spared_by(const journal_spans *spared, const keys_owner *owner) {
    int64_t start_ns, end_ns;
    keys_month_span(owner->month, &start_ns, &end_ns);
    for (uint32_t i = 0; i < spared->count; i++) {
        const journal_span *span = &spared->rows[i];
        if (is_of(span, owner) && start_ns < span->to_ns && end_ns > span->from_ns) {
            return span->why;
        }
    }
    return NULL;
}

static int32_t note_kept(erasure *e, const keys_owner *owner, const char *why) {
    for (uint32_t i = 0; i < e->kept_count; i++) {
        kept *row = &e->kept[i];
        if (row->month == owner->month && strcmp(row->purpose, owner->purpose) == 0 &&
            strcmp(row->why, why) == 0) {
            row->keys++;
            return KINMU_OK;
        }
    }
    if (e->kept_count == e->kept_capacity) {
        uint32_t capacity = e->kept_capacity == 0 ? 16 : e->kept_capacity * 2;
        kept *grown = realloc(e->kept, capacity * sizeof *grown);
        if (grown == NULL) {
            return KINMU_E_NOMEM;
        }
        e->kept = grown;
        e->kept_capacity = capacity;
    }
    kept *row = &e->kept[e->kept_count++];
    text_copy(row->purpose, sizeof row->purpose, owner->purpose);
    row->month = owner->month;
    row->why = why;
    row->keys = 1;
    return KINMU_OK;
}

static int32_t collect(void *user, const uint8_t id[LAYOUT_KEY_ID_SIZE], const keys_owner *owner) {
    erasure *e = user;
    if (!is_meant(e, owner)) {
        return KINMU_OK;
    }
    const char *why = erase_spared_by(&e->spared, owner);
    if (why != NULL) {
        return note_kept(e, owner, why);
    }
    if (e->count == KEYS_MAX) {
        e->has_more = 1;
        return KINMU_OK;
    }
    if (e->count == e->capacity) {
        uint32_t capacity = e->capacity == 0 ? 16 : e->capacity * 2;
        doomed *grown = realloc(e->keys, capacity * sizeof *grown);
        if (grown == NULL) {
            return KINMU_E_NOMEM;
        }
        e->keys = grown;
        e->capacity = capacity;
    }
    doomed *key = &e->keys[e->count++];
    memcpy(key->id, id, LAYOUT_KEY_ID_SIZE);
    key->owner = *owner;
    key->blocks = 0;
    key->events = 0;
    return KINMU_OK;
}

static doomed *find_doomed(const erasure *e, const uint8_t id[LAYOUT_KEY_ID_SIZE]) {
    doomed wanted;
    memcpy(wanted.id, id, LAYOUT_KEY_ID_SIZE);
    return bsearch(&wanted, e->keys, e->count, sizeof *e->keys, by_id);
}

/* Takes the keys off the list that own blocks above held_above were sealed with. */
static int32_t spare_held(const journal *j, erasure *e, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t found = SQL_DONE;
    if (e->held_above >= (uint64_t)INT64_MAX) {
        return KINMU_OK;
    }
    int32_t status = files_prepare(j->db,
                                   "SELECT header FROM block WHERE origin_id = ?1 AND chain > ?2"
                                   " AND payload IS NOT NULL",
                                   &select, err);
    if (status == KINMU_OK) {
        sql_bind_i64(select, 1, j->origin_row);
        sql_bind_i64(select, 2, (int64_t)e->held_above);
    }
    while (status == KINMU_OK && (found = sql_step(select)) == SQL_ROW) {
        layout_header header;
        doomed *key = NULL;
        if (layout_header_decode(&header, sql_bytes(select, 0), sql_size(select, 0)) == KINMU_OK) {
            key = find_doomed(e, header.key_id);
        }
        if (key != NULL) {
            size_t behind = (size_t)(e->keys + --e->count - key);
            memmove(key, key + 1, behind * sizeof *key);
        }
    }
    if (status == KINMU_OK && found != SQL_DONE) {
        status = files_failed(j->db, err);
    }
    sql_finish(select);
    return status;
}

/* The scan runs over the state before this transaction touched a row: it only moves forward. */
static int32_t bury_blocks(journal *j, commit_state *state, erasure *e, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare(
        j->db,
        "SELECT position, header FROM block WHERE position > ?1 AND payload IS NOT NULL"
        " ORDER BY position LIMIT 1",
        &select, err);
    uint64_t position = 0;
    int code = SQL_ROW;
    while (status == KINMU_OK && code == SQL_ROW) {
        uint8_t bytes[LAYOUT_HEADER_BYTES_MAX];
        size_t size = 0;
        layout_header header;
        doomed *key = NULL;
        sql_bind_i64(select, 1, (int64_t)position);
        code = sql_step(select);
        if (code == SQL_ROW) {
            position = sql_u64(select, 0);
            size = sql_size(select, 1);
            if (layout_header_decode(&header, sql_bytes(select, 1), size) == KINMU_OK) {
                memcpy(bytes, sql_bytes(select, 1), size);
                key = find_doomed(e, header.key_id);
            }
        } else if (code != SQL_DONE) {
            status = files_failed(j->db, err);
        }
        sql_reset(select);
        if (key != NULL) {
            status = commit_bury(j, state, position, bytes, size, JOURNAL_BLOCK_ERASED, err);
            uint64_t events = header.last_sequence - header.first_sequence + 1;
            key->blocks++;
            key->events += events;
            e->blocks++;
            e->events += events;
        }
    }
    sql_finish(select);
    return status;
}

static int32_t note_doomed(journal *j, const erasure *e, kinmu_err *err) {
    sql_statement *insert = NULL;
    int32_t status =
        files_prepare(j->db, "INSERT INTO erasing VALUES(?) ON CONFLICT DO NOTHING", &insert, err);
    for (uint32_t i = 0; status == KINMU_OK && i < e->count; i++) {
        sql_bind_bytes(insert, 1, e->keys[i].id, LAYOUT_KEY_ID_SIZE);
        status = files_step(j->db, insert, err);
    }
    sql_finish(insert);
    return status;
}

static int32_t bury(journal *j, erasure *e, kinmu_err *err) {
    commit_state state;
    keys_key audit_key;
    int32_t status =
        keys_get(j->keys, "", JOURNAL_AUDIT_PURPOSE, keys_month(e->unix_ns), &audit_key, err);
    if (status == KINMU_OK) {
        status = keys_commit(j->keys, err);
    }
    if (status != KINMU_OK) {
        keys_rollback(j->keys);
        return status;
    }
    status = commit_begin(j, &state, err);
    if (status == KINMU_OK) {
        status = bury_blocks(j, &state, e, err);
    }
    state.epoch++; /* other nodes forget the keys they remember */
    if (status == KINMU_OK) {
        status = note_doomed(j, e, err);
    }
    if (status == KINMU_OK) {
        status = receipt_record(j, &state, e, &audit_key, err);
    }
    if (status == KINMU_OK) {
        status = commit_head(j, &state, err);
    }
    crypto_wipe(&audit_key, sizeof audit_key);
    return commit_end(j, &state, status, err);
}

int32_t erase_doomed(journal *j, buffer *ids, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t found = SQL_DONE;
    int32_t status = files_prepare(j->db, "SELECT key_id FROM erasing", &select, err);
    while (status == KINMU_OK && (found = sql_step(select)) == SQL_ROW) {
        if (sql_size(select, 0) == LAYOUT_KEY_ID_SIZE) {
            buffer_append(ids, sql_bytes(select, 0), LAYOUT_KEY_ID_SIZE);
        }
    }
    if (status == KINMU_OK && found != SQL_DONE) {
        status = files_failed(j->db, err); /* not "nothing left to destroy" */
    }
    sql_finish(select);
    if (status == KINMU_OK && ids->failed != KINMU_OK) {
        status = error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    return status;
}

/* Destroys what is noted as doomed and rewrites both files; nothing noted, nothing done. */
int32_t erase_finish(journal *j, kinmu_err *err) {
    buffer ids = {NULL, 0, 0, 0};
    int32_t status = erase_doomed(j, &ids, err);
    if (status == KINMU_OK && ids.size > 0) {
        status = keys_destroy(j->keys, ids.data, (uint32_t)(ids.size / LAYOUT_KEY_ID_SIZE), err);
        if (status == KINMU_OK) {
            status = files_compact(j->db, err);
        }
        if (status == KINMU_OK) {
            status = files_checkpoint(j->db, 1, err);
        }
        if (status == KINMU_OK) {
            status = files_run(j->db, "DELETE FROM erasing", err);
        }
    }
    buffer_free(&ids);
    return status;
}

/* One transaction's worth of what is meant, in full. E_NOTFOUND: there was nothing. */
static int32_t erase_some(journal *j, erasure *e, kinmu_err *err) {
    const uint64_t blocks = e->blocks;
    const uint64_t events = e->events;
    e->count = 0;
    e->kept_count = 0;
    e->has_more = 0;
    int32_t status = keys_each(j->keys, collect, e, err);
    if (status != KINMU_OK || e->count == 0) {
        return status == KINMU_OK ? KINMU_E_NOTFOUND : status;
    }
    qsort(e->keys, e->count, sizeof *e->keys, by_id);
    status = spare_held(j, e, err);
    if (status != KINMU_OK || e->count == 0) {
        e->has_more = 0; /* a full list of keys that must stay would come again and again */
        return status == KINMU_OK ? KINMU_E_NOTFOUND : status;
    }
    status = bury(j, e, err);
    if (status != KINMU_OK) { /* rolled back */
        e->blocks = blocks;
        e->events = events;
        return status;
    }
    return erase_finish(j, err);
}

/* What an earlier call could not finish is finished first. */
static int32_t erase_locked(journal *j, erasure *e, kinmu_err *err) {
    int32_t status = erase_finish(j, err);
    if (status == KINMU_OK) {
        status = erase_some(j, e, err);
    }
    return status;
}

static void free_keys(erasure *e) {
    if (e->keys != NULL) {
        crypto_wipe(e->keys, e->capacity * sizeof *e->keys);
        free(e->keys);
    }
    free(e->kept);
}

/* Shows what came of it: in the figures, to consumers, and as the journal's end if it failed. */
static void tell_done(journal *j, const erasure *e, int32_t status, const kinmu_err *reason) {
    writer_show(j);
    if (status == KINMU_E_RESTART) {
        writer_fail(j, status, reason);
    }
    uv_mutex_lock(&j->mutex);
    j->announce |= e->count > 0;
    uv_cond_signal(&j->work);
    uv_mutex_unlock(&j->mutex);
}

/* With neither mutex held. E_NOTFOUND: nothing is meant. */
static int32_t erase(journal *j, erasure *e, kinmu_err *err) {
    kinmu_err reason = {"", ""};
    uv_mutex_lock(&j->mutex);
    int32_t failed = j->failed;
    uv_mutex_unlock(&j->mutex);
    if (failed != 0) {
        return error_set(err, KINMU_E_RESTART, "journal.failed",
                         "the journal has stopped; restart Kinmu first");
    }
    uv_mutex_lock(&j->files);
    int32_t status = erase_locked(j, e, &reason);
    uv_mutex_unlock(&j->files);
    tell_done(j, e, status, &reason);
    return status == KINMU_OK ? KINMU_OK : error_set(err, status, reason.key, "%s", reason.msg);
}

/* A name for what is erased now; random, so that it tells nothing. */
static int32_t name_receipt(erasure *e) {
    uint8_t bytes[(RECEIPT_NAME_SIZE - 1) / 2];
    int32_t status = crypto_random(bytes, sizeof bytes);
    text_hex(e->receipt, bytes, sizeof bytes);
    return status;
}

int32_t journal_span_month(const char *month, journal_span *span, kinmu_err *err) {
    char date[16];
    int64_t days = 0;
    if (month == NULL || month[0] == '\0') {
        span->from_ns = INT64_MIN;
        span->to_ns = INT64_MAX;
        return KINMU_OK;
    }
    int length = snprintf(date, sizeof date, "%s-01", month);
    if (strlen(month) != 7 || length != 10 || text_parse_date(date, &days) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "journal.erase-month",
                         "\"%s\" is no month; write it as 2026-11", month);
    }
    keys_month_span(keys_month(days * DAY_NS), &span->from_ns, &span->to_ns);
    return KINMU_OK;
}

int32_t journal_erase_spans(journal *j, const journal_spans *wanted, const journal_spans *spared,
                            const char *note, buffer *receipt, kinmu_err *err) {
    erasure e = {.reason = JOURNAL_ERASE_REQUEST,
                 .note = note[0] != '\0' ? note : NULL,
                 .wanted = *wanted,
                 .spared = *spared,
                 .held_above = UINT64_MAX,
                 .unix_ns = clock_unix_ns()};
    int32_t status = name_receipt(&e);
    if (status != KINMU_OK) {
        return error_set(err, status, "journal.random", "journal: no random bytes");
    }
    journal_flush(j); /* what is published is erased too */
    status = erase(j, &e, err);
    if (status == KINMU_E_NOTFOUND && e.kept_count > 0) {
        receipt_write(&e, receipt);
        error_set(err, KINMU_E_DENIED, "journal.erase-kept",
                  "nothing was erased: what is meant is kept (%s)", e.kept[0].why);
        status = KINMU_E_DENIED;
    } else if (status == KINMU_E_NOTFOUND) {
        error_set(err, status, "journal.erase-none",
                  "nothing is kept of subject \"%s\" for that purpose and month",
                  wanted->count > 0 && wanted->rows[0].subject != NULL ? wanted->rows[0].subject
                                                                       : "");
    } else if (e.blocks > 0 || status == KINMU_OK) {
        receipt_write(&e, receipt);
    }
    free_keys(&e);
    return status;
}

int32_t journal_erase(journal *j, const char *subject, const char *purpose, const char *month,
                      buffer *receipt, kinmu_err *err) {
    journal_span span = {.subject = subject, .purpose = purpose};
    const journal_spans wanted = {&span, 1};
    const journal_spans none = {NULL, 0};
    int32_t status = journal_span_month(month, &span, err);
    return status == KINMU_OK ? journal_erase_spans(j, &wanted, &none, "", receipt, err) : status;
}

int32_t journal_expire(journal *j, const char *purpose, int64_t keep_days, int64_t now_unix_ns,
                       const journal_spans *spared, uint64_t *blocks, kinmu_err *err) {
    journal_span over = {.purpose = purpose, .from_ns = INT64_MIN, .to_ns = INT64_MIN};
    erasure e = {.reason = JOURNAL_ERASE_RETENTION,
                 .keep_days = keep_days,
                 .wanted = {&over, 1},
                 .spared = *spared,
                 .unix_ns = now_unix_ns};
    uv_mutex_lock(&j->mutex);
    e.held_above = j->held_above;
    uv_mutex_unlock(&j->mutex);
    if (keep_days > 0 && keep_days <= now_unix_ns / DAY_NS) {
        over.to_ns = now_unix_ns - keep_days * DAY_NS;
    }
    int32_t status = name_receipt(&e);
    if (status != KINMU_OK) {
        return error_set(err, status, "journal.random", "journal: no random bytes");
    }
    do {
        status = erase(j, &e, err);
    } while (status == KINMU_OK && e.has_more);
    *blocks = e.blocks;
    free_keys(&e);
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}
