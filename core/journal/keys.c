/* journal/keys.c - see keys.h. A small cache spares a look-up per block; it is wiped on close. */
#include "journal/keys.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/files.h"
#include "journal/tables.h"
#include "journal/transfer.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_SLOTS 128u /* a power of two */
#define DAY_NS (86400LL * CLOCK_NS_PER_S)
#define OWNER_BYTES_MAX (4 + 1 + KINMU_NAME_BYTES_MAX + KEYS_SUBJECT_BYTES_MAX)
#define PLAIN_BYTES_MAX (CRYPTO_KEY_SIZE + OWNER_BYTES_MAX)

typedef struct slot {
    int32_t used;
    uint8_t lookup[CRYPTO_HASH_SIZE]; /* zeros when found by its id */
    keys_key key;
} slot;

struct keys {
    const device *device;
    crypto *crypto;
    sql_db *db;
    sql_statement *by_lookup;
    sql_statement *by_id;
    sql_statement *insert;
    sql_statement *import;
    slot owners[CACHE_SLOTS];
    slot ids[CACHE_SLOTS];
};

int32_t keys_month(int64_t unix_ns) {
    kinmu_civil utc = kinmu_civil_from(unix_ns, 0);
    return utc.year * 12 + utc.month - 1;
}

void keys_month_span(int32_t month, int64_t *start_ns, int64_t *end_ns) {
    int32_t next = month + 1;
    *start_ns = kinmu_days_from_date(month / 12, month % 12 + 1, 1) * DAY_NS;
    /* The last month an int64 of nanoseconds can name is cut short (year 2262). */
    int64_t end_days = kinmu_days_from_date(next / 12, next % 12 + 1, 1);
    *end_ns = end_days > INT64_MAX / DAY_NS ? INT64_MAX : end_days * DAY_NS;
}

void keys_month_text(int32_t month, char text[KEYS_MONTH_SIZE]) {
    uint32_t year = (uint32_t)(month / 12) % 10000u;
    snprintf(text, KEYS_MONTH_SIZE, "%04u-%02u", year, (uint32_t)(month % 12) % 12u + 1u);
}

/* month | size of purpose | purpose | subject: hashed for the look-up, sealed with the key. */
static size_t owner_encode(const char *subject, const char *purpose, int32_t month,
                           uint8_t out[OWNER_BYTES_MAX]) {
    size_t purpose_size = strlen(purpose);
    uint8_t *to = layout_put_u32(out, (uint32_t)month);
    *to++ = (uint8_t)purpose_size;
    to = layout_put(to, purpose, purpose_size);
    to = layout_put(to, subject, strlen(subject));
    return (size_t)(to - out);
}

static int32_t owner_decode(keys_owner *owner, const uint8_t *from, size_t size) {
    uint32_t month;
    if (size < 5 || from[4] > KINMU_NAME_BYTES_MAX || size < 5u + from[4] ||
        size - 5u - from[4] > KEYS_SUBJECT_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    size_t purpose_size = from[4];
    layout_take_u32(from, &month);
    owner->month = (int32_t)month;
    memcpy(owner->purpose, from + 5, purpose_size);
    owner->purpose[purpose_size] = '\0';
    memcpy(owner->subject, from + 5 + purpose_size, size - 5 - purpose_size);
    owner->subject[size - 5 - purpose_size] = '\0';
    return KINMU_OK;
}

static int32_t begin(keys *k, kinmu_err *err) {
    return sql_in_transaction(k->db) ? KINMU_OK : files_begin(k->db, err);
}

int32_t keys_open(const char *directory, const device *d, crypto *c, uint32_t flags, keys **out,
                  kinmu_err *err) {
    keys *k = calloc(1, sizeof *k);
    *out = k;
    if (k == NULL) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    k->device = d;
    k->crypto = c;
    int32_t status = files_open(directory, FILES_KEYS, flags | FILES_MEMORY_TEMP, &k->db, err);
    if (status == KINMU_OK && (flags & FILES_MAKE) != 0) {
        status = begin(k, err);
        if (status == KINMU_OK) {
            status = files_run(k->db, tables_of_keys(k->db), err);
        }
        if (status == KINMU_OK) {
            status = files_commit(k->db, err);
        }
    }
    if (status == KINMU_OK) {
        status = files_prepare(k->db, "SELECT key_id, sealed FROM key WHERE lookup = ?",
                               &k->by_lookup, err);
    }
    if (status == KINMU_OK) {
        status =
            files_prepare(k->db, "SELECT key_id, sealed FROM key WHERE key_id = ?", &k->by_id, err);
    }
    if (status == KINMU_OK && (flags & FILES_WRITE) != 0) {
        status = files_prepare(k->db, "INSERT INTO key VALUES(?,?,?) ON CONFLICT DO NOTHING",
                               &k->insert, err);
    }
    if (status == KINMU_OK && (flags & FILES_WRITE) != 0) {
        status = files_prepare_later(k->db, "INSERT INTO key VALUES(?,?,?) ON CONFLICT DO NOTHING",
                                     &k->import, err);
    }
    if (status != KINMU_OK) {
        keys_close(k);
        *out = NULL;
    }
    return status;
}

void keys_close(keys *k) {
    if (k == NULL) {
        return;
    }
    sql_finish(k->by_lookup);
    sql_finish(k->by_id);
    sql_finish(k->insert);
    sql_finish(k->import);
    sql_close(k->db);
    crypto_wipe(k, sizeof *k);
    free(k);
}

static slot *slot_for(slot *slots, const uint8_t *name) {
    return &slots[name[0] & (CACHE_SLOTS - 1)];
}

/* Opens the sealed column of the row a statement stands on. */
static int32_t unseal(keys *k, sql_statement *row, keys_key *key, keys_owner *owner,
                      kinmu_err *err) {
    uint8_t plain[PLAIN_BYTES_MAX];
    const void *id = sql_bytes(row, 0);
    size_t id_size = sql_size(row, 0);
    const void *sealed = sql_bytes(row, 1);
    size_t size = sql_size(row, 1);
    int32_t status = KINMU_E_REJECT;
    if (id_size == LAYOUT_KEY_ID_SIZE && size >= CRYPTO_SEAL_OVERHEAD + CRYPTO_KEY_SIZE &&
        size <= CRYPTO_SEAL_OVERHEAD + PLAIN_BYTES_MAX) {
        status = crypto_open(k->crypto, k->device->seal_key, id, LAYOUT_KEY_ID_SIZE, sealed, size,
                             plain);
    }
    if (status == KINMU_OK) {
        memcpy(key->id, id, LAYOUT_KEY_ID_SIZE);
        memcpy(key->key, plain, CRYPTO_KEY_SIZE);
        if (owner != NULL) {
            status = owner_decode(owner, plain + CRYPTO_KEY_SIZE,
                                  size - CRYPTO_SEAL_OVERHEAD - CRYPTO_KEY_SIZE);
        }
    }
    crypto_wipe(plain, sizeof plain);
    if (status != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "journal.key-damaged",
                         "keys.db: a key does not open with device.key; restore both from the same "
                         "backup");
    }
    return KINMU_OK;
}

/* E_NOTFOUND when no row has that name. */
static int32_t fetch(keys *k, sql_statement *select, const uint8_t *name, size_t size,
                     keys_key *key, kinmu_err *err) {
    int32_t status = KINMU_E_NOTFOUND;
    sql_bind_bytes(select, 1, name, size);
    int code = sql_step(select);
    if (code == SQL_ROW) {
        status = unseal(k, select, key, NULL, err);
    } else if (code != SQL_DONE) {
        status = files_failed(k->db, err);
    }
    sql_reset(select);
    return status;
}

/* E_CONFLICT: that owner has one now. */
static int32_t make(keys *k, const uint8_t lookup[CRYPTO_HASH_SIZE], const uint8_t *owner,
                    size_t owner_size, keys_key *key, kinmu_err *err) {
    uint8_t plain[PLAIN_BYTES_MAX];
    uint8_t sealed[PLAIN_BYTES_MAX + CRYPTO_SEAL_OVERHEAD];
    size_t size = CRYPTO_KEY_SIZE + owner_size;
    int32_t status = crypto_random(key, sizeof *key);
    memcpy(plain, key->key, CRYPTO_KEY_SIZE);
    memcpy(plain + CRYPTO_KEY_SIZE, owner, owner_size);
    if (status == KINMU_OK) {
        status = crypto_seal(k->crypto, k->device->seal_key, key->id, LAYOUT_KEY_ID_SIZE, plain,
                             size, sealed);
    }
    crypto_wipe(plain, sizeof plain);
    if (status != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "journal.random",
                         "no random bytes or memory for a key");
    }
    status = begin(k, err);
    if (status == KINMU_OK) {
        sql_bind_bytes(k->insert, 1, key->id, LAYOUT_KEY_ID_SIZE);
        sql_bind_bytes(k->insert, 2, lookup, CRYPTO_HASH_SIZE);
        sql_bind_bytes(k->insert, 3, sealed, (size + CRYPTO_SEAL_OVERHEAD));
        status = files_step(k->db, k->insert, err);
    }
    return status == KINMU_OK && sql_changes(k->db) == 0 ? KINMU_E_CONFLICT : status;
}

static int32_t remove_damaged(keys *k, const uint8_t lookup[CRYPTO_HASH_SIZE], kinmu_err *err) {
    sql_statement *delete = NULL;
    int32_t status = begin(k, err);
    if (status == KINMU_OK) {
        status = files_prepare(k->db, "DELETE FROM key WHERE lookup = ?", &delete, err);
    }
    if (status == KINMU_OK) {
        sql_bind_bytes(delete, 1, lookup, CRYPTO_HASH_SIZE);
        status = files_step(k->db, delete, err);
    }
    sql_finish(delete);
    return status;
}

int32_t keys_get(keys *k, const char *subject, const char *purpose, int32_t month, keys_key *out,
                 kinmu_err *err) {
    uint8_t owner[OWNER_BYTES_MAX];
    uint8_t lookup[CRYPTO_HASH_SIZE];
    size_t owner_size = owner_encode(subject, purpose, month, owner);
    int32_t status = crypto_hmac(k->device->lookup_key, owner, owner_size, lookup);
    if (status != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    slot *cached = slot_for(k->owners, lookup);
    if (cached->used && memcmp(cached->lookup, lookup, CRYPTO_HASH_SIZE) == 0) {
        *out = cached->key;
        return KINMU_OK;
    }
    status = fetch(k, k->by_lookup, lookup, CRYPTO_HASH_SIZE, out, err);
    if (status == KINMU_E_REJECT) {
        /* A damaged key opens nothing any more: a new one takes its place, recording goes on. */
        status = remove_damaged(k, lookup, err);
        status = status == KINMU_OK ? KINMU_E_NOTFOUND : status;
    }
    if (status == KINMU_E_NOTFOUND) {
        status = make(k, lookup, owner, owner_size, out, err);
    }
    if (status == KINMU_E_CONFLICT) { /* another node made one meanwhile: both use that */
        status = fetch(k, k->by_lookup, lookup, CRYPTO_HASH_SIZE, out, err);
    }
    if (status == KINMU_OK) {
        cached->used = 1;
        memcpy(cached->lookup, lookup, CRYPTO_HASH_SIZE);
        cached->key = *out;
    }
    return status;
}

int32_t keys_commit(keys *k, kinmu_err *err) {
    if (!sql_in_transaction(k->db)) {
        return KINMU_OK;
    }
    int32_t status = files_commit(k->db, err);
    return status == KINMU_OK ? files_checkpoint(k->db, 0, err) : status;
}

void keys_rollback(keys *k) {
    sql_rollback(k->db);
    crypto_wipe(k->owners, sizeof k->owners); /* may name keys that never came to be */
}

int32_t keys_find(keys *k, const uint8_t id[LAYOUT_KEY_ID_SIZE], uint8_t key[CRYPTO_KEY_SIZE],
                  kinmu_err *err) {
    slot *cached = slot_for(k->ids, id);
    if (!cached->used || memcmp(cached->key.id, id, LAYOUT_KEY_ID_SIZE) != 0) {
        cached->used = 0;
        int32_t status = fetch(k, k->by_id, id, LAYOUT_KEY_ID_SIZE, &cached->key, err);
        if (status != KINMU_OK) {
            return status;
        }
        cached->used = 1;
    }
    memcpy(key, cached->key.key, CRYPTO_KEY_SIZE);
    return KINMU_OK;
}

int32_t keys_find_owner(keys *k, const uint8_t id[LAYOUT_KEY_ID_SIZE], uint8_t key[CRYPTO_KEY_SIZE],
                        keys_owner *owner, kinmu_err *err) {
    keys_key found;
    int32_t status = KINMU_E_NOTFOUND;
    sql_bind_bytes(k->by_id, 1, id, LAYOUT_KEY_ID_SIZE);
    int code = sql_step(k->by_id);
    if (code == SQL_ROW) {
        status = unseal(k, k->by_id, &found, owner, err);
    } else if (code != SQL_DONE) {
        status = files_failed(k->db, err);
    }
    sql_reset(k->by_id);
    if (status == KINMU_OK) {
        memcpy(key, found.key, CRYPTO_KEY_SIZE);
    }
    crypto_wipe(&found, sizeof found);
    return status;
}

/* Never looked up, but one of a kind: a person has one for each device, and a new one of the same
 * device after an erasure, or after the old one was damaged. */
static int32_t foreign_lookup(const keys *k, const uint8_t *owner, size_t owner_size,
                              const uint8_t origin[LAYOUT_ORIGIN_SIZE],
                              const uint8_t id[LAYOUT_KEY_ID_SIZE],
                              uint8_t lookup[CRYPTO_HASH_SIZE]) {
    uint8_t named[OWNER_BYTES_MAX + 1 + LAYOUT_ORIGIN_SIZE + LAYOUT_KEY_ID_SIZE];
    uint8_t *to = layout_put(named, owner, owner_size);
    *to++ = 0; /* no subject contains one */
    to = layout_put(to, origin, LAYOUT_ORIGIN_SIZE);
    to = layout_put(to, id, LAYOUT_KEY_ID_SIZE);
    return crypto_hmac(k->device->lookup_key, named, (size_t)(to - named), lookup);
}

int32_t keys_import(keys *k, const uint8_t origin[LAYOUT_ORIGIN_SIZE],
                    const struct journal_foreign_key *key, kinmu_err *err) {
    uint8_t plain[PLAIN_BYTES_MAX];
    uint8_t sealed[PLAIN_BYTES_MAX + CRYPTO_SEAL_OVERHEAD];
    uint8_t lookup[CRYPTO_HASH_SIZE];
    memcpy(plain, key->key, CRYPTO_KEY_SIZE);
    size_t owner_size =
        owner_encode(key->subject, key->purpose, key->month, plain + CRYPTO_KEY_SIZE);
    size_t size = CRYPTO_KEY_SIZE + owner_size;
    int32_t status =
        foreign_lookup(k, plain + CRYPTO_KEY_SIZE, owner_size, origin, key->id, lookup);
    if (status == KINMU_OK) {
        status = crypto_seal(k->crypto, k->device->seal_key, key->id, LAYOUT_KEY_ID_SIZE, plain,
                             size, sealed);
    }
    crypto_wipe(plain, sizeof plain);
    if (status != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "journal.memory", "journal: out of memory");
    }
    status = begin(k, err);
    if (status == KINMU_OK) {
        sql_bind_bytes(k->import, 1, key->id, LAYOUT_KEY_ID_SIZE);
        sql_bind_bytes(k->import, 2, lookup, CRYPTO_HASH_SIZE);
        sql_bind_bytes(k->import, 3, sealed, (size + CRYPTO_SEAL_OVERHEAD));
        status = files_step(k->db, k->import, err);
    }
    return status;
}

int32_t keys_each(keys *k, keys_fn fn, void *user, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare_many(k->db, "SELECT key_id, sealed FROM key", &select, err);
    int code = SQL_DONE;
    while (status == KINMU_OK && (code = sql_step(select)) == SQL_ROW) {
        keys_key key;
        keys_owner owner;
        status = unseal(k, select, &key, &owner, err);
        /* A damaged row opens no block either: it must not keep the others from being erased. */
        status = status == KINMU_OK ? fn(user, key.id, &owner)
                                    : (status == KINMU_E_REJECT ? KINMU_OK : status);
        crypto_wipe(&key, sizeof key);
    }
    if (status == KINMU_OK && code != SQL_DONE) {
        status = files_failed(k->db, err);
    }
    sql_finish(select);
    return status;
}

int32_t keys_drop(keys *k, const uint8_t *ids, uint32_t count, kinmu_err *err) {
    sql_statement *delete = NULL;
    int32_t status = begin(k, err);
    if (status == KINMU_OK) {
        status = files_prepare(k->db, "DELETE FROM key WHERE key_id = ?", &delete, err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        sql_bind_bytes(delete, 1, ids + (size_t)i * LAYOUT_KEY_ID_SIZE, LAYOUT_KEY_ID_SIZE);
        status = files_step(k->db, delete, err);
    }
    sql_finish(delete);
    crypto_wipe(k->owners, sizeof k->owners);
    crypto_wipe(k->ids, sizeof k->ids);
    if (status == KINMU_OK) {
        status = files_commit(k->db, err);
    }
    sql_rollback(k->db);
    return status;
}

int32_t keys_destroy(keys *k, const uint8_t *ids, uint32_t count, kinmu_err *err) {
    int32_t status = keys_drop(k, ids, count, err);
    if (status == KINMU_OK) {
        status = files_compact(k->db, err);
    }
    if (status == KINMU_OK) {
        status = files_checkpoint(k->db, 1, err);
    }
    return status;
}
