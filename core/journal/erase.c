/* journal/erase.c - crypto-shredding: destroy keys, bury payloads, leave signed tombstones.
 * Somebody asks for it (journal_erase), or a purpose's keep time is over (journal_expire).
 *
 * One transaction buries the payloads and notes the keys as doomed; only then are the keys
 * destroyed and both files rewritten. A crash in between is finished at the next open. Events
 * published while it runs get new keys and stay.
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/schemas.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 65536u /* of one transaction; far more than one subject can have */
#define DAY_NS (86400LL * CLOCK_NS_PER_S)

typedef struct doomed {
    uint8_t id[LAYOUT_KEY_ID_SIZE];
    keys_owner owner;
    uint64_t blocks;
} doomed;

typedef struct erasure {
    const char *reason;
    const char *subject; /* NULL = everybody's */
    const char *purpose; /* NULL = all */
    const char *month;   /* NULL = all */
    int64_t ended_by_ns; /* only months that had ended then */
    uint64_t held_above; /* own blocks above are nowhere else: their keys stay */
    int32_t has_more;    /* beyond KEYS_MAX: for another transaction */
    doomed *keys;
    uint32_t count;
    uint32_t capacity;
    uint64_t blocks;
    uint64_t events;
    int64_t unix_ns;
} erasure;

static int by_id(const void *left, const void *right) {
    return memcmp(((const doomed *)left)->id, ((const doomed *)right)->id, LAYOUT_KEY_ID_SIZE);
}

static int32_t is_meant(const erasure *e, const keys_owner *owner) {
    char month[KEYS_MONTH_SIZE];
    int64_t start_ns, end_ns;
    keys_month_text(owner->month, month);
    keys_month_span(owner->month, &start_ns, &end_ns);
    /* The device's own audit trail names no person, and the record of this erasure goes there. */
    int32_t is_audit =
        owner->subject[0] == '\0' && strcmp(owner->purpose, JOURNAL_AUDIT_PURPOSE) == 0;
    return !is_audit && end_ns <= e->ended_by_ns &&
           (e->subject == NULL || strcmp(owner->subject, e->subject) == 0) &&
           (e->purpose == NULL || strcmp(owner->purpose, e->purpose) == 0) &&
           (e->month == NULL || strcmp(month, e->month) == 0);
}

static int32_t collect(void *user, const uint8_t id[LAYOUT_KEY_ID_SIZE], const keys_owner *owner) {
    erasure *e = user;
    if (!is_meant(e, owner)) {
        return KINMU_OK;
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
            key->blocks++;
            e->blocks++;
            e->events += header.last_sequence - header.first_sequence + 1;
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

static int32_t add_event(queue_block *record, const journal *j, const erasure *e,
                         const doomed *key) {
    char id[2 * LAYOUT_KEY_ID_SIZE + 1];
    char month[KEYS_MONTH_SIZE];
    text_hex(id, key->id, LAYOUT_KEY_ID_SIZE);
    keys_month_text(key->owner.month, month);
    const kinmu_value values[] = {kinmu_text(id), kinmu_text(key->owner.purpose), kinmu_text(month),
                                  kinmu_i64((int64_t)key->blocks), kinmu_text(e->reason)};
    return block_add(&record->writer, j->erase_schema, e->unix_ns, clock_mono_ns(), values,
                     sizeof values / sizeof values[0]);
}

/* Writes the events of the erasure, as many blocks as they need. */
static int32_t record_erasure(journal *j, commit_state *state, const erasure *e,
                              const keys_key *audit_key, kinmu_err *err) {
    const journal_entry entry = {.schema = j->erase_schema,
                                 .subject = "",
                                 .zone = clock_zone(),
                                 .boot_id = clock_boot_id(),
                                 .utc_offset_s = clock_utc_offset_s(e->unix_ns),
                                 .unix_ns = e->unix_ns,
                                 .mono_ns = clock_mono_ns()};
    int32_t status = KINMU_OK;
    uint32_t next = 0;
    while (status == KINMU_OK && next < e->count) {
        queue_block *record = queue_block_make(&entry, JOURNAL_AUDIT_PURPOSE, 0);
        status = record != NULL ? KINMU_OK : KINMU_E_RETRY;
        while (status == KINMU_OK && next < e->count &&
               record->writer.out.size < JOURNAL_BLOCK_BYTES) {
            status = add_event(record, j, e, &e->keys[next++]);
        }
        if (status == KINMU_OK) {
            record->key = *audit_key;
            status = commit_block(j, state, record, err);
        }
        queue_block_free(record);
    }
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
        status = record_erasure(j, &state, e, &audit_key, err);
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

static void write_receipt(const erasure *e, buffer *out) {
    char moment[64];
    text_time(moment, sizeof moment, e->unix_ns, 0);
    buffer_text(out, "{\"subject\":");
    text_json(out, e->subject, strlen(e->subject));
    buffer_printf(out, ",\"erased_at\":\"%s\",\"blocks\":%llu,\"events\":%llu,\"keys\":[", moment,
                  (unsigned long long)e->blocks, (unsigned long long)e->events);
    for (uint32_t i = 0; i < e->count; i++) {
        char id[2 * LAYOUT_KEY_ID_SIZE + 1];
        char month[KEYS_MONTH_SIZE];
        text_hex(id, e->keys[i].id, LAYOUT_KEY_ID_SIZE);
        keys_month_text(e->keys[i].owner.month, month);
        buffer_printf(out, "%s{\"key_id\":\"%s\",\"purpose\":", i > 0 ? "," : "", id);
        text_json(out, e->keys[i].owner.purpose, strlen(e->keys[i].owner.purpose));
        buffer_printf(out, ",\"month\":\"%s\",\"blocks\":%llu}", month,
                      (unsigned long long)e->keys[i].blocks);
    }
    buffer_printf(out,
                  "],\"backups_clean_from\":\"%s\",\"note\":\"Copies of keys.db made before "
                  "backups_clean_from still hold the keys; the data is gone everywhere once those "
                  "copies are destroyed.\"}",
                  moment);
}

/* One transaction's worth of what is meant, in full. E_NOTFOUND: there was nothing. */
static int32_t erase_some(journal *j, erasure *e, kinmu_err *err) {
    const uint64_t blocks = e->blocks;
    const uint64_t events = e->events;
    e->count = 0;
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

static int32_t month_is_real(const char *month) {
    char date[16];
    int64_t days;
    size_t size = strlen(month);
    if (size != 7) {
        return 0;
    }
    memcpy(date, month, size);
    memcpy(date + size, "-01", 4);
    return text_parse_date(date, &days) == KINMU_OK;
}

int32_t journal_erase(journal *j, const char *subject, const char *purpose, const char *month,
                      struct buffer *receipt, kinmu_err *err) {
    erasure e = {.reason = JOURNAL_ERASE_REQUEST,
                 .subject = subject,
                 .purpose = purpose,
                 .month = month,
                 .ended_by_ns = INT64_MAX,
                 .held_above = UINT64_MAX,
                 .unix_ns = clock_unix_ns()};
    if (month != NULL && !month_is_real(month)) {
        return error_set(err, KINMU_E_REJECT, "journal.erase-month",
                         "\"%s\" is no month; write it as 2026-11", month);
    }
    journal_flush(j); /* what is published is erased too */
    int32_t status = erase(j, &e, err);
    if (status == KINMU_E_NOTFOUND) {
        error_set(err, status, "journal.erase-none",
                  "nothing is kept of subject \"%s\" for that purpose and month", subject);
    } else if (e.blocks > 0 || status == KINMU_OK) {
        write_receipt(&e, receipt);
    }
    free_keys(&e);
    return status;
}

int32_t journal_expire(journal *j, const char *purpose, int64_t keep_days, int64_t now_unix_ns,
                       uint64_t *blocks, kinmu_err *err) {
    erasure e = {.reason = JOURNAL_ERASE_RETENTION,
                 .purpose = purpose,
                 .ended_by_ns = INT64_MIN,
                 .unix_ns = now_unix_ns};
    uv_mutex_lock(&j->mutex);
    e.held_above = j->held_above;
    uv_mutex_unlock(&j->mutex);
    if (keep_days > 0 && keep_days <= now_unix_ns / DAY_NS) {
        e.ended_by_ns = now_unix_ns - keep_days * DAY_NS;
    }
    int32_t status;
    do {
        status = erase(j, &e, err);
    } while (status == KINMU_OK && e.has_more);
    *blocks = e.blocks;
    free_keys(&e);
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}
