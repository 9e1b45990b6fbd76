/* evidence/select.c - which blocks prove a person's month, and up to which head: the first half of
 * writing. Everything is read in one read transaction, so that both halves see the same journal.
 *
 * Headers name nobody, so all of them are looked at, from the checkpoint before the month on. A
 * month is the person's own: keys are per month of UTC, so the neighbouring ones may be needed too.
 */
#include "evidence/internal.h"

#include "base/error.h"
#include "base/text.h"
#include "journal/files.h"
#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS (86400LL * 1000000000LL)
/* A device's clock may be so far ahead of the hub's (core/fleet/receiver.h), and a zone a day. */
#define AHEAD_NS (8 * DAY_NS)

int32_t evidence_read_month(const char *text, int32_t *month) {
    char date[16];
    int64_t days;
    int length = snprintf(date, sizeof date, "%s-01", text);
    if (length != 10 || text_parse_date(date, &days) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    *month = keys_month(days * DAY_NS);
    return KINMU_OK;
}

int32_t evidence_local_month(const kinmu_event *event) {
    kinmu_civil local = kinmu_civil_from(event->unix_ns, event->utc_offset_s);
    return local.year * 12 + local.month - 1;
}

evidence_key *evidence_find_key(evidence_key *list, uint32_t count,
                                const uint8_t id[LAYOUT_KEY_ID_SIZE]) {
    for (uint32_t i = 0; i < count; i++) {
        if (memcmp(list[i].id, id, LAYOUT_KEY_ID_SIZE) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

/* ---- the person's keys ---- */

static int32_t note_key(void *user, const uint8_t id[LAYOUT_KEY_ID_SIZE], const keys_owner *owner) {
    evidence_plan *p = user;
    if (strcmp(owner->subject, p->wish->subject) != 0 || owner->month < p->month - 1 ||
        owner->month > p->month + 1) {
        return KINMU_OK;
    }
    if (p->key_count == EVIDENCE_KEYS_MAX) {
        return KINMU_E_REJECT;
    }
    evidence_key *key = &p->keys[p->key_count++];
    memcpy(key->id, id, sizeof key->id);
    text_copy(key->purpose, sizeof key->purpose, owner->purpose);
    key->month = owner->month;
    return KINMU_OK;
}

static int32_t read_keys(evidence_plan *p, kinmu_err *err) {
    int32_t status = keys_each(p->keys_file, note_key, p, err);
    if (status == KINMU_E_REJECT) {
        return error_set(err, status, "evidence.keys", "more than %u keys for one month",
                         EVIDENCE_KEYS_MAX);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < p->key_count; i++) {
        status = keys_find(p->keys_file, p->keys[i].id, p->keys[i].key, err);
    }
    return status;
}

/* ---- the person's blocks ---- */

static int32_t load_origin(evidence_plan *p, evidence_chain *c, kinmu_err *err) {
    sql_statement *row = NULL;
    int32_t status = files_prepare(p->db,
                                   "SELECT o.origin, o.public_key, c.heard_ns, c.unsent FROM origin"
                                   " o LEFT JOIN contact c ON c.origin_id = o.id WHERE o.id = ?1",
                                   &row, err);
    if (status == KINMU_OK) {
        sql_bind_i64(row, 1, c->row);
        if (sql_step(row) != SQL_ROW || sql_size(row, 0) != sizeof c->origin ||
            sql_size(row, 1) != sizeof c->public_key) {
            status = error_set(err, KINMU_E_REJECT, "evidence.damaged",
                               "journal.db is damaged; run `kinmu journal verify`");
        } else {
            memcpy(c->origin, sql_bytes(row, 0), sizeof c->origin);
            memcpy(c->public_key, sql_bytes(row, 1), sizeof c->public_key);
            c->heard_unix_ns = sql_i64(row, 2);
            c->unsent = sql_u64(row, 3);
        }
    }
    sql_finish(row);
    return status;
}

static int32_t need_block(evidence_plan *p, int64_t origin_row, uint64_t number, kinmu_err *err) {
    uint32_t i = 0;
    while (i < p->chain_count && p->chains[i].row != origin_row) {
        i++;
    }
    if (i == EVIDENCE_DEVICES_MAX) {
        return error_set(err, KINMU_E_REJECT, "evidence.devices",
                         "more than %u devices recorded this person", EVIDENCE_DEVICES_MAX);
    }
    evidence_chain *c = &p->chains[i];
    if (i == p->chain_count) {
        p->chain_count++;
        *c = (evidence_chain){.row = origin_row, .first = number, .needed = number};
        return load_origin(p, c, err);
    }
    c->first = number < c->first ? number : c->first;
    c->needed = number > c->needed ? number : c->needed;
    return KINMU_OK;
}

/* Looks into a block of the person: are there events of the month? */
static int32_t look_into(evidence_plan *p, const evidence_key *key, const void *header,
                         size_t header_size, const void *payload, size_t payload_size,
                         int32_t *is_needed, kinmu_err *err) {
    const uint8_t *plain;
    size_t plain_size;
    kinmu_event event;
    const schema_info *info;
    int32_t status = seal_open(&p->sealer, key->key, header, header_size, payload, payload_size,
                               &plain, &plain_size);
    if (status == KINMU_OK) {
        status = block_open(&p->payload, p->wish->schemas, plain, plain_size, err);
    }
    while (status == KINMU_OK &&
           (status = block_next(&p->payload, &event, &info, err)) == KINMU_OK) {
        *is_needed |= evidence_local_month(&event) == p->month;
        p->is_schema_used[info != NULL ? info->id : 0] |= info != NULL;
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

static int32_t look_at(evidence_plan *p, sql_statement *row, sql_statement *payload,
                       kinmu_err *err) {
    layout_header header;
    int32_t is_needed = 0;
    const void *bytes = sql_bytes(row, 2);
    size_t size = sql_size(row, 2);
    if (layout_header_decode(&header, bytes, size) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "evidence.damaged",
                         "block %llu is damaged; run `kinmu journal verify`",
                         (unsigned long long)sql_u64(row, 0));
    }
    evidence_key *key = evidence_find_key(p->keys, p->key_count, header.key_id);
    if (key == NULL) {
        return KINMU_OK;
    }
    sql_reset(payload);
    sql_bind_i64(payload, 1, sql_i64(row, 0));
    if (sql_step(payload) != SQL_ROW) {
        return files_failed(p->db, err);
    }
    int32_t status = KINMU_OK;
    if (sql_type(payload, 0) == SQL_NULL) {
        is_needed = key->month == p->month; /* removed: of when exactly nobody knows any more */
    } else {
        status = look_into(p, key, bytes, size, sql_bytes(payload, 0), sql_size(payload, 0),
                           &is_needed, err);
    }
    sql_reset(payload);
    if (status == KINMU_E_REJECT) {
        return error_set(err, status, "evidence.damaged",
                         "block %llu of that person is damaged; run `kinmu journal verify`",
                         (unsigned long long)sql_u64(row, 0));
    }
    if (status == KINMU_OK && is_needed) {
        key->is_used = 1;
        status = need_block(p, sql_i64(row, 1), header.chain, err);
    }
    return status;
}

static int32_t find_blocks(evidence_plan *p, kinmu_err *err) {
    sql_statement *row = NULL;
    sql_statement *payload = NULL;
    uint64_t number;
    uint64_t position = 0;
    int64_t begin_ns;
    int64_t end_ns;
    int code = SQL_DONE;
    keys_month_span(p->month, &begin_ns, &end_ns);
    int32_t status = kept_before(p->db, begin_ns - AHEAD_NS, &number, &position, err);
    status = status == KINMU_E_NOTFOUND ? KINMU_OK : status;
    if (status == KINMU_OK) {
        status = files_prepare(p->db,
                               "SELECT position, origin_id, header FROM block WHERE position > ?1"
                               " ORDER BY position",
                               &row, err);
    }
    if (status == KINMU_OK) {
        status =
            files_prepare(p->db, "SELECT payload FROM block WHERE position = ?1", &payload, err);
    }
    if (status == KINMU_OK) {
        sql_bind_i64(row, 1, (int64_t)position);
    }
    while (status == KINMU_OK && (code = sql_step(row)) == SQL_ROW) {
        status = look_at(p, row, payload, err);
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(p->db, err);
    }
    sql_finish(row);
    sql_finish(payload);
    if (status == KINMU_OK && p->chain_count == 0) {
        status =
            error_set(err, KINMU_E_NOTFOUND, "evidence.nothing",
                      "nothing is kept of subject \"%s\" in %s", p->wish->subject, p->wish->month);
    }
    return status;
}

/* ---- up to which head ---- */

/* The first checkpoint that covers all that is needed, else the newest. */
static int32_t choose_checkpoint(evidence_plan *p, kinmu_err *err) {
    uint64_t position;
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < p->chain_count; i++) {
        uint64_t number = 0;
        status = kept_first(p->db, p->chains[i].row, p->chains[i].needed, &number, err);
        p->checkpoint = number > p->checkpoint ? number : p->checkpoint;
    }
    p->summary.has_checkpoint = status == KINMU_OK;
    if (status == KINMU_E_NOTFOUND) {
        status = kept_before(p->db, INT64_MAX, &p->checkpoint, &position, err);
        p->summary.has_checkpoint = status == KINMU_OK ? 2 : 0;
        status = status == KINMU_E_NOTFOUND ? KINMU_OK : status;
    }
    return status;
}

/* A chain may have given up numbers after a restore, so their difference says nothing. */
static int32_t count_headers(evidence_plan *p, evidence_chain *c, kinmu_err *err) {
    sql_statement *row = NULL;
    int32_t status = files_prepare(
        p->db, "SELECT count(*) FROM block WHERE origin_id = ?1 AND chain BETWEEN ?2 AND ?3", &row,
        err);
    if (status == KINMU_OK) {
        sql_bind_i64(row, 1, c->row);
        sql_bind_i64(row, 2, (int64_t)c->first);
        sql_bind_i64(row, 3, (int64_t)c->last);
        status = sql_step(row) == SQL_ROW ? KINMU_OK : files_failed(p->db, err);
    }
    if (status == KINMU_OK) {
        p->summary.headers += sql_u64(row, 0);
    }
    sql_finish(row);
    return status;
}

static int32_t choose_end(evidence_plan *p, evidence_chain *c, kinmu_err *err) {
    layout_head marked = {0};
    uint64_t at = p->summary.has_checkpoint == 1 ? p->checkpoint : UINT64_MAX;
    int32_t status = kept_head(p->db, at, c->row, &c->head, err);
    status = status == KINMU_E_NOTFOUND ? KINMU_OK : status;
    if (status == KINMU_OK && p->summary.has_checkpoint == 2) {
        status = kept_head(p->db, p->checkpoint, c->row, &marked, err);
        status = status == KINMU_E_NOTFOUND ? KINMU_OK : status;
    }
    if (c->head.chain < c->first) {
        c->head.chain = 0; /* signed before all of this; says nothing */
    }
    c->last = c->needed > c->head.chain ? c->needed : c->head.chain;
    c->last = marked.chain > c->last ? marked.chain : c->last;
    return status == KINMU_OK ? count_headers(p, c, err) : status;
}

static int by_origin(const void *a, const void *b) {
    const evidence_chain *left = a;
    const evidence_chain *right = b;
    return memcmp(left->origin, right->origin, LAYOUT_ORIGIN_SIZE);
}

static int32_t choose_ends(evidence_plan *p, kinmu_err *err) {
    int32_t status = choose_checkpoint(p, err);
    for (uint32_t i = 0; status == KINMU_OK && i < p->chain_count; i++) {
        status = choose_end(p, &p->chains[i], err);
    }
    if (status == KINMU_OK && p->summary.headers > EVIDENCE_HEADERS_MAX) {
        status = error_set(err, KINMU_E_REJECT, "evidence.size",
                           "%llu blocks would have to be shown, at most %u go into one file; daily "
                           "checkpoints (checkpoint: in conf.d) keep it short",
                           (unsigned long long)p->summary.headers, EVIDENCE_HEADERS_MAX);
    }
    qsort(p->chains, p->chain_count, sizeof p->chains[0], by_origin);
    p->summary.devices = p->chain_count;
    return status;
}

/* ---- the whole ---- */

static int32_t open_files(evidence_plan *p, kinmu_err *err) {
    const char *directory = p->wish->directory;
    int32_t status = files_open(directory, FILES_JOURNAL, 0, &p->db, err);
    if (status == KINMU_OK) {
        status = device_read(directory, &p->device, err);
    }
    if (status == KINMU_OK) {
        status = seal_init(&p->sealer);
    }
    if (status == KINMU_OK) {
        status = keys_open(directory, &p->device, p->sealer.crypto, 0, &p->keys_file, err);
    }
    if (status == KINMU_OK) {
        status = sql_begin(p->db, SQL_BEGIN_READ) == SQL_DONE ? KINMU_OK : files_failed(p->db, err);
    }
    return status;
}

int32_t evidence_plan_make(const evidence_wish *wish, evidence_plan **out, kinmu_err *err) {
    evidence_plan *p = calloc(1, sizeof *p);
    *out = p;
    if (p == NULL) {
        return KINMU_E_NOMEM;
    }
    p->wish = wish;
    if (evidence_read_month(wish->month, &p->month) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "evidence.month",
                         "\"%s\" is no month; write it like 2026-11", wish->month);
    }
    int32_t status = open_files(p, err);
    if (status == KINMU_OK) {
        status = read_keys(p, err);
    }
    if (status == KINMU_OK) {
        status = find_blocks(p, err);
    }
    return status == KINMU_OK ? choose_ends(p, err) : status;
}

void evidence_plan_free(evidence_plan *p) {
    if (p == NULL) {
        return;
    }
    sql_close(p->db);
    keys_close(p->keys_file);
    seal_finish(&p->sealer);
    crypto_wipe(p, sizeof *p);
    free(p);
}
