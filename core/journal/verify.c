/* journal/verify.c - see verify.h. One pass over the blocks in the order of their positions, in one
 * read transaction, with one small record per origin.
 *
 * Per block: the header decodes, its number follows, its previous hash is the hash of the header
 * before, the payload has the hash its header tells, a missing payload has a signed tombstone. Then
 * per origin: the signed head and the checkpoint name a block that is there. Only hashes, public
 * keys and signatures are used; nothing is decrypted.
 */
#include "journal/verify.h"

#include "base/error.h"
#include "base/text.h"
#include "journal/checkpoint.h"
#include "journal/device.h"
#include "journal/files.h"
#include "journal/journal.h"
#include "journal/restored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGINS_MAX 100000u

typedef struct chain {
    int64_t row;
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    uint64_t number; /* of the newest block seen */
    uint64_t sequence;
    uint64_t position;
    uint8_t hash[CRYPTO_HASH_SIZE];
    int32_t has_head;
    layout_head head;
    const checkpoint_head *marked; /* in the checkpoint */
} chain;

typedef struct verifier {
    sql_db *db;
    crypto *digest;
    chain *chains; /* sorted by row */
    uint32_t chain_count;
    checkpoint checkpoint;
    uint64_t position; /* of the newest block seen */
    verify_report *report;
} verifier;

/* One block as it stands in the table. */
typedef struct row {
    uint64_t position;
    int64_t origin_row;
    uint64_t number; /* column chain */
    const void *header_bytes;
    size_t header_size;
    const void *payload; /* NULL = none */
    size_t payload_size;
    const void *tombstone;
    size_t tombstone_size;
    layout_header header;
} row;

/* Sets the verdict; the first one stays. */
static int32_t find_bad(verifier *v, int32_t verdict, const char *what, uint64_t position,
                        uint64_t sequence, const uint8_t *origin) {
    static const char *const words[] = {"ok",        "EDITED",    "REMOVED",
                                        "REORDERED", "TRUNCATED", "FORGED"};
    char id[2 * LAYOUT_ORIGIN_SIZE + 1] = "";
    verify_report *report = v->report;
    if (origin != NULL) {
        memcpy(report->bad_origin, origin, LAYOUT_ORIGIN_SIZE);
        text_hex(id, origin, LAYOUT_ORIGIN_SIZE);
    }
    report->verdict = verdict;
    report->bad_position = position;
    report->bad_sequence = sequence;
    snprintf(report->text, sizeof report->text,
             "%s at position %llu (origin %s, sequence %llu): %s", words[verdict],
             (unsigned long long)position, id, (unsigned long long)sequence, what);
    return verdict;
}

static int32_t find_bad_row(verifier *v, int32_t verdict, const char *what, const row *r) {
    return find_bad(v, verdict, what, r->position, r->header.first_sequence, r->header.origin);
}

static chain *find_chain(verifier *v, int64_t origin_row) {
    for (uint32_t low = 0, high = v->chain_count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (v->chains[middle].row == origin_row) {
            return &v->chains[middle];
        }
        if (v->chains[middle].row < origin_row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static const chain *find_signer(const verifier *v, const uint8_t origin[LAYOUT_ORIGIN_SIZE]) {
    for (uint32_t i = 0; i < v->chain_count; i++) {
        if (memcmp(v->chains[i].origin, origin, LAYOUT_ORIGIN_SIZE) == 0) {
            return &v->chains[i];
        }
    }
    return NULL;
}

/* ---- origins, heads, checkpoint ---- */

static int32_t load_chains(verifier *v, kinmu_err *err) {
    sql_statement *select = NULL;
    int code = SQL_DONE;
    uint32_t capacity = 0;
    int32_t status = files_prepare(
        v->db,
        "SELECT o.id, o.origin, o.public_key, h.chain, h.sequence, h.hash, h.unix_ns, h.signature"
        " FROM origin o LEFT JOIN head h ON h.origin_id = o.id ORDER BY o.id",
        &select, err);
    while (status == KINMU_OK && v->chain_count < ORIGINS_MAX &&
           (code = sql_step(select)) == SQL_ROW) {
        if (v->chain_count == capacity) {
            capacity = capacity == 0 ? 4 : capacity * 2;
            chain *grown = realloc(v->chains, capacity * sizeof *grown);
            if (grown == NULL) {
                status = error_set(err, KINMU_E_NOMEM, "verify.memory", "verify: out of memory");
                break;
            }
            v->chains = grown;
        }
        chain *c = &v->chains[v->chain_count++];
        memset(c, 0, sizeof *c);
        c->row = sql_i64(select, 0);
        if (sql_size(select, 1) == LAYOUT_ORIGIN_SIZE) {
            memcpy(c->origin, sql_bytes(select, 1), LAYOUT_ORIGIN_SIZE);
        }
        if (sql_size(select, 2) == CRYPTO_PUBLIC_SIZE) {
            memcpy(c->public_key, sql_bytes(select, 2), CRYPTO_PUBLIC_SIZE);
        }
        if (sql_size(select, 5) == CRYPTO_HASH_SIZE &&
            sql_size(select, 7) == CRYPTO_SIGNATURE_SIZE) {
            c->has_head = 1;
            memcpy(c->head.origin, c->origin, LAYOUT_ORIGIN_SIZE);
            c->head.chain = sql_u64(select, 3);
            c->head.sequence = sql_u64(select, 4);
            memcpy(c->head.hash, sql_bytes(select, 5), CRYPTO_HASH_SIZE);
            c->head.unix_ns = sql_i64(select, 6);
            memcpy(c->head.signature, sql_bytes(select, 7), CRYPTO_SIGNATURE_SIZE);
        }
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(v->db, err);
    }
    sql_finish(select);
    return status;
}

/* Keys fit their names and signed heads their keys. */
static int32_t check_signatures(verifier *v) {
    for (uint32_t i = 0; i < v->chain_count; i++) {
        const chain *c = &v->chains[i];
        uint8_t origin[LAYOUT_ORIGIN_SIZE];
        uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
        if (device_origin(c->public_key, origin) != KINMU_OK ||
            memcmp(origin, c->origin, LAYOUT_ORIGIN_SIZE) != 0) {
            return find_bad(v, VERIFY_FORGED, "the origin's public key is not its own", 0, 0,
                            c->origin);
        }
        size_t size = layout_head_message(&c->head, message);
        if (c->has_head &&
            crypto_verify(c->public_key, message, size, c->head.signature) != KINMU_OK) {
            return find_bad(v, VERIFY_FORGED, "the signature of the chain's head does not fit", 0,
                            c->head.sequence, c->origin);
        }
    }
    return VERIFY_OK;
}

/* device.key stays out of reach of whoever edits journal.db only, so it settles who we are. */
static int32_t check_node(verifier *v, const char *directory) {
    device d;
    if (device_read(directory, &d, NULL) != KINMU_OK) {
        return VERIFY_OK; /* a copy for an outside verifier has none */
    }
    int32_t known = find_signer(v, d.origin) != NULL;
    int32_t verdict = VERIFY_OK;
    if (!known) {
        verdict = find_bad(v, VERIFY_FORGED, "the journal is not that of device.key beside it", 0,
                           0, d.origin);
    }
    device_wipe(&d);
    return verdict;
}

static int32_t check_checkpoint(verifier *v) {
    checkpoint *c = &v->checkpoint;
    uint8_t signer[LAYOUT_ORIGIN_SIZE];
    if (checkpoint_check(c) != KINMU_OK || device_origin(c->signer, signer) != KINMU_OK) {
        return find_bad(v, VERIFY_FORGED, "the checkpoint's signature does not fit its content", 0,
                        0, NULL);
    }
    if (find_signer(v, signer) == NULL) {
        return find_bad(v, VERIFY_FORGED,
                        "the checkpoint was signed by a device this journal does not know", 0, 0,
                        signer);
    }
    for (uint32_t i = 0; i < c->count; i++) {
        const chain *known = find_signer(v, c->heads[i].origin);
        if (known == NULL) {
            return find_bad(v, VERIFY_TRUNCATED, "the checkpoint names a chain that is not there",
                            0, c->heads[i].sequence, c->heads[i].origin);
        }
        v->chains[known - v->chains].marked = &c->heads[i];
    }
    return VERIFY_OK;
}

/* ---- blocks ---- */

/* 1 when some block behind `position` is the one numbered `number` of that origin. */
static int32_t is_elsewhere(verifier *v, uint64_t position, const uint8_t *origin,
                            uint64_t number) {
    sql_statement *select = NULL;
    int32_t found = 0;
    if (files_prepare_many(v->db, "SELECT header FROM block WHERE position > ? ORDER BY position",
                           &select, NULL) != KINMU_OK) {
        return 0;
    }
    sql_bind_i64(select, 1, (int64_t)position);
    while (!found && sql_step(select) == SQL_ROW) {
        layout_header header;
        found =
            layout_header_decode(&header, sql_bytes(select, 0), sql_size(select, 0)) == KINMU_OK &&
            header.chain == number && memcmp(header.origin, origin, LAYOUT_ORIGIN_SIZE) == 0;
    }
    sql_finish(select);
    return found;
}

/* A link is broken between c's newest block and r: one of the two was edited. When r is followed by
 * a block that links to r as it is, r is sound and the block before it is not. */
static int32_t find_edited(verifier *v, const chain *c, const row *r) {
    sql_statement *select = NULL;
    uint8_t hash[CRYPTO_HASH_SIZE];
    int32_t r_is_sound = c->has_head && c->head.chain == r->header.chain;
    crypto_hash(v->digest, r->header_bytes, r->header_size, hash);
    if (r_is_sound) {
        r_is_sound = memcmp(c->head.hash, hash, CRYPTO_HASH_SIZE) == 0;
    }
    if (!r_is_sound &&
        files_prepare(v->db, "SELECT header FROM block WHERE origin_id = ? AND chain = ?", &select,
                      NULL) == KINMU_OK) {
        layout_header next;
        sql_bind_i64(select, 1, r->origin_row);
        sql_bind_i64(select, 2, (int64_t)r->header.chain + 1);
        r_is_sound =
            sql_step(select) == SQL_ROW &&
            layout_header_decode(&next, sql_bytes(select, 0), sql_size(select, 0)) == KINMU_OK &&
            memcmp(next.previous, hash, CRYPTO_HASH_SIZE) == 0;
    }
    sql_finish(select);
    if (r_is_sound) {
        return find_bad(v, VERIFY_EDITED, "the header is not the one the next block was linked to",
                        c->position, c->sequence, c->origin);
    }
    return find_bad_row(v, VERIFY_EDITED, "the header does not continue the block before it", r);
}

/* Numbers given up behind the newest block, in the device's own signed words. What a checkpoint
 * names among them was there once. */
static int32_t pass_restore(verifier *v, chain *c) {
    layout_restore note;
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    if (restored_find(v->db, c->row, c->number, &note) != KINMU_OK) {
        return VERIFY_OK;
    }
    size_t size = layout_restore_message(&note, message);
    if (note.sequence != c->sequence || note.to_chain <= note.chain ||
        memcmp(note.hash, c->hash, CRYPTO_HASH_SIZE) != 0 ||
        crypto_verify(c->public_key, message, size, note.signature) != KINMU_OK) {
        return find_bad(v, VERIFY_FORGED, "the note of a restore does not fit", c->position,
                        c->sequence, c->origin);
    }
    if (c->marked != NULL && c->marked->chain > note.chain && c->marked->chain <= note.to_chain &&
        (c->marked->chain < note.to_chain ||
         memcmp(c->marked->hash, c->hash, CRYPTO_HASH_SIZE) != 0)) {
        return find_bad(v, VERIFY_TRUNCATED,
                        "a backup was restored here; what came after it, up to the block the "
                        "checkpoint names, is lost",
                        c->position, c->sequence + 1, c->origin);
    }
    c->number = note.to_chain;
    c->sequence = note.to_sequence;
    v->report->restored++;
    return VERIFY_OK;
}

/* The number in the header against where the chain stands. A row whose own number is the expected
 * one was in its place: then the header was changed, unless the right one is found elsewhere. */
static int32_t check_place(verifier *v, chain *c, const row *r) {
    uint64_t expected = c->number + 1;
    if (r->header.chain == expected && r->position == v->position + 1) {
        return VERIFY_OK;
    }
    if (r->header.chain == expected) {
        return find_bad(v, VERIFY_REMOVED, "the position before this one is empty", r->position,
                        r->header.first_sequence, c->origin);
    }
    if (is_elsewhere(v, r->position, c->origin, expected)) {
        return find_bad_row(v, VERIFY_REORDERED, "the block stands before one that came earlier",
                            r);
    }
    if (r->number == expected) {
        return find_bad(v, VERIFY_EDITED, "the header's number is not that of its row", r->position,
                        c->sequence + 1, c->origin);
    }
    if (r->header.chain < expected) {
        return find_bad_row(v, VERIFY_REORDERED, "the block stands behind one that came later", r);
    }
    return find_bad(v, VERIFY_REMOVED, "the block that stood before this one is missing",
                    r->position, c->sequence + 1, c->origin);
}

static int32_t check_payload(verifier *v, const row *r) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    layout_tombstone tombstone;
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    if (r->payload != NULL) {
        crypto_hash(v->digest, r->payload, r->payload_size, hash);
        if (r->payload_size != r->header.payload_size ||
            memcmp(hash, r->header.payload_hash, CRYPTO_HASH_SIZE) != 0) {
            return find_bad_row(v, VERIFY_EDITED, "the payload is not the one its header names", r);
        }
        return VERIFY_OK;
    }
    if (r->tombstone == NULL) {
        return find_bad_row(v, VERIFY_REMOVED, "the payload is gone and no tombstone says why", r);
    }
    if (layout_tombstone_decode(&tombstone, r->tombstone, r->tombstone_size) != KINMU_OK) {
        return find_bad_row(v, VERIFY_EDITED, "the tombstone is damaged", r);
    }
    const chain *signer = find_signer(v, tombstone.signer);
    crypto_hash(v->digest, r->header_bytes, r->header_size, hash);
    size_t size = layout_tombstone_message(&tombstone, hash, message);
    if (signer == NULL ||
        crypto_verify(signer->public_key, message, size, tombstone.signature) != KINMU_OK) {
        return find_bad_row(v, VERIFY_FORGED, "the tombstone's signature does not fit", r);
    }
    v->report->erased += tombstone.kind == JOURNAL_BLOCK_ERASED;
    v->report->folded += tombstone.kind == JOURNAL_BLOCK_FOLDED;
    return VERIFY_OK;
}

/* The block as what was signed or written down: the head and the checkpoint may name this one. */
static int32_t check_marks(verifier *v, const chain *c, const row *r) {
    if (c->has_head && c->head.chain == c->number &&
        (memcmp(c->head.hash, c->hash, CRYPTO_HASH_SIZE) != 0 || c->head.sequence != c->sequence)) {
        return find_bad_row(v, VERIFY_EDITED,
                            "the chain up to here is not the one the device signed; it was "
                            "rewritten here or before",
                            r);
    }
    if (c->marked != NULL && c->marked->chain == c->number &&
        memcmp(c->marked->hash, c->hash, CRYPTO_HASH_SIZE) != 0) {
        return find_bad_row(v, VERIFY_EDITED,
                            "the chain up to here is not the one in the checkpoint; it was "
                            "rewritten here or before",
                            r);
    }
    return VERIFY_OK;
}

static int32_t check_row(verifier *v, row *r) {
    if (layout_header_decode(&r->header, r->header_bytes, r->header_size) != KINMU_OK) {
        const chain *known = find_chain(v, r->origin_row);
        memset(&r->header, 0, sizeof r->header);
        return find_bad(v, VERIFY_EDITED, "the header is damaged", r->position,
                        known != NULL ? known->sequence + 1 : 0,
                        known != NULL ? known->origin : NULL);
    }
    chain *c = find_chain(v, r->origin_row);
    if (c == NULL || memcmp(c->origin, r->header.origin, LAYOUT_ORIGIN_SIZE) != 0) {
        return find_bad_row(v, VERIFY_EDITED,
                            "the block belongs to another origin than its row says", r);
    }
    int32_t verdict = r->header.chain > c->number + 1 ? pass_restore(v, c) : VERIFY_OK;
    if (verdict == VERIFY_OK) {
        verdict = check_place(v, c, r);
    }
    if (verdict != VERIFY_OK) {
        return verdict;
    }
    if (r->number != r->header.chain) {
        return find_bad_row(v, VERIFY_EDITED, "the row's number is not that of the header", r);
    }
    if (memcmp(r->header.previous, c->hash, CRYPTO_HASH_SIZE) != 0) {
        return find_edited(v, c, r);
    }
    if (r->header.first_sequence != c->sequence + 1) {
        return find_bad_row(v, VERIFY_EDITED, "the sequence does not continue", r);
    }
    verdict = check_payload(v, r);
    if (verdict != VERIFY_OK) {
        return verdict;
    }
    c->number = r->header.chain;
    c->sequence = r->header.last_sequence;
    c->position = r->position;
    crypto_hash(v->digest, r->header_bytes, r->header_size, c->hash);
    v->position = r->position;
    v->report->blocks++;
    v->report->events += r->header.last_sequence - r->header.first_sequence + 1;
    return check_marks(v, c, r);
}

static int32_t check_blocks(verifier *v, kinmu_err *err) {
    sql_statement *select = NULL;
    int code = SQL_DONE;
    int32_t status =
        files_prepare_many(v->db,
                           "SELECT position, origin_id, chain, header, payload, tombstone"
                           " FROM block ORDER BY position",
                           &select, err);
    while (status == KINMU_OK && v->report->verdict == VERIFY_OK &&
           (code = sql_step(select)) == SQL_ROW) {
        row r = {.position = sql_u64(select, 0),
                 .origin_row = sql_i64(select, 1),
                 .number = sql_u64(select, 2),
                 .header_bytes = sql_bytes(select, 3),
                 .header_size = sql_size(select, 3),
                 .payload = sql_bytes(select, 4),
                 .payload_size = sql_size(select, 4),
                 .tombstone = sql_bytes(select, 5),
                 .tombstone_size = sql_size(select, 5)};
        check_row(v, &r);
    }
    if (status == KINMU_OK && v->report->verdict == VERIFY_OK && code != SQL_DONE) {
        if (sql_failure(v->db) == SQL_FAIL_DAMAGED) {
            find_bad(v, VERIFY_EDITED, "the page of the database file behind this block is damaged",
                     v->position + 1, 0, NULL);
        } else {
            status = files_failed(v->db, err);
        }
    }
    sql_finish(select);
    return status;
}

/* What the head and the checkpoint name must have been reached. */
static void check_ends(verifier *v) {
    for (uint32_t i = 0; i < v->chain_count && v->report->verdict == VERIFY_OK; i++) {
        chain *c = &v->chains[i];
        if (pass_restore(v, c) != VERIFY_OK) {
            return;
        }
        if (c->marked != NULL && c->number < c->marked->chain) {
            find_bad(v, VERIFY_TRUNCATED, "the chain ends before the block the checkpoint names",
                     c->position, c->sequence + 1, c->origin);
        } else if (c->has_head && c->number < c->head.chain) {
            find_bad(v, VERIFY_TRUNCATED, "the chain ends before the block the device signed last",
                     c->position, c->sequence + 1, c->origin);
        }
        v->report->unsigned_tail += c->number - (c->has_head ? c->head.chain : 0);
    }
}

/* A damaged inner page can hide rows from every reader without touching one of them: the chain as
 * it is read would look whole. */
static int32_t check_file(verifier *v, kinmu_err *err) {
    static const uint8_t nobody[16];
    int32_t healthy = 0;
    if (sql_check(v->db, &healthy) != SQL_DONE) {
        return files_failed(v->db, err);
    }
    if (!healthy) {
        find_bad(v, VERIFY_EDITED, "the file's own structure is damaged, rows may be hidden", 0, 0,
                 nobody);
    }
    return KINMU_OK;
}

static int32_t run(verifier *v, const char *directory, kinmu_err *err) {
    int32_t status = load_chains(v, err);
    if (status != KINMU_OK || check_node(v, directory) != VERIFY_OK ||
        check_signatures(v) != VERIFY_OK ||
        (v->report->truncation_checked && check_checkpoint(v) != VERIFY_OK)) {
        return status;
    }
    status = check_blocks(v, err);
    if (status != KINMU_OK) {
        return status;
    }
    check_ends(v);
    status = v->report->verdict == VERIFY_OK ? check_file(v, err) : KINMU_OK;
    verify_report *report = v->report;
    if (status == KINMU_OK && report->verdict == VERIFY_OK) {
        snprintf(
            report->text, sizeof report->text,
            "OK: %llu blocks, %llu events, %llu erased, %llu folded, %llu unsigned at the end, "
            "restored %llu times; %s",
            (unsigned long long)report->blocks, (unsigned long long)report->events,
            (unsigned long long)report->erased, (unsigned long long)report->folded,
            (unsigned long long)report->unsigned_tail, (unsigned long long)report->restored,
            report->truncation_checked ? "nothing lost since the checkpoint"
                                       : "truncation not checked (no checkpoint given)");
    }
    return status;
}

int32_t journal_verify(const char *directory, const char *checkpoint_path, verify_report *report,
                       kinmu_err *err) {
    verifier v = {.report = report};
    memset(report, 0, sizeof *report);
    int32_t status = KINMU_OK;
    if (checkpoint_path != NULL) {
        status = checkpoint_read(checkpoint_path, &v.checkpoint, err);
        report->truncation_checked = 1;
    }
    if (status == KINMU_OK) {
        status = crypto_create(&v.digest);
    }
    if (status == KINMU_OK) {
        status = files_open(directory, FILES_JOURNAL, 0, &v.db, err);
    }
    if (status == KINMU_OK) {
        status = sql_begin(v.db, SQL_BEGIN_READ) == SQL_DONE ? KINMU_OK : files_failed(v.db, err);
    }
    if (status == KINMU_OK) {
        status = run(&v, directory, err);
    }
    sql_close(v.db);
    crypto_destroy(v.digest);
    checkpoint_free(&v.checkpoint);
    free(v.chains);
    return status;
}
