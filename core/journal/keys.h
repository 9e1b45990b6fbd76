/* journal/keys.h - one key per (subject, purpose, month), sealed under the device's master key.
 *
 * keys.db holds key(key_id, lookup, sealed): who a key belongs to is inside `sealed`, so the file
 * names nobody. Keys are committed before the first block that uses them; destroying a row makes
 * every copy of those blocks unreadable. One owner at a time; not thread-safe.
 */
#ifndef JOURNAL_KEYS_H
#define JOURNAL_KEYS_H

#include "journal/device.h"
#include "schema/block.h"

#define KEYS_SUBJECT_BYTES_MAX 255
#define KEYS_MONTH_SIZE 8 /* "2026-11" */

typedef struct keys_key {
    uint8_t id[LAYOUT_KEY_ID_SIZE];
    uint8_t key[CRYPTO_KEY_SIZE];
} keys_key;

typedef struct keys_owner {
    char subject[KEYS_SUBJECT_BYTES_MAX + 1];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    int32_t month; /* year * 12 + month - 1, UTC */
} keys_owner;

typedef struct keys keys;
/* flags: FILES_* */
int32_t keys_open(const char *directory, const device *d, crypto *c, uint32_t flags, keys **out,
                  kinmu_err *err);
void keys_close(keys *k);

/* The key of an owner, made when there is none. A new one is not durable before keys_commit. */
int32_t keys_get(keys *k, const char *subject, const char *purpose, int32_t month, keys_key *out,
                 kinmu_err *err);
int32_t keys_commit(keys *k, kinmu_err *err);
void keys_rollback(keys *k);

/* The key named in a header; E_NOTFOUND when it was destroyed. */
int32_t keys_find(keys *k, const uint8_t id[LAYOUT_KEY_ID_SIZE], uint8_t key[CRYPTO_KEY_SIZE],
                  kinmu_err *err);

/* The same with whose it is. */
int32_t keys_find_owner(keys *k, const uint8_t id[LAYOUT_KEY_ID_SIZE], uint8_t key[CRYPTO_KEY_SIZE],
                        keys_owner *owner, kinmu_err *err);
/* Keeps the key of another device under its own id, unless that id is there already. Not durable
 * before keys_commit. */
struct journal_foreign_key;
int32_t keys_import(keys *k, const uint8_t origin[LAYOUT_ORIGIN_SIZE],
                    const struct journal_foreign_key *key, kinmu_err *err);

/* Calls fn for every key; a status other than KINMU_OK ends it and is returned. */
typedef int32_t (*keys_fn)(void *user, const uint8_t id[LAYOUT_KEY_ID_SIZE],
                           const keys_owner *owner);
int32_t keys_each(keys *k, keys_fn fn, void *user, kinmu_err *err);
/* Destroys rows, and forgets what is remembered: it may be of keys destroyed elsewhere. */
int32_t keys_drop(keys *k, const uint8_t *ids, uint32_t count, kinmu_err *err);
/* The same, and rewrites the file and its log, so that no byte of them stays. */
int32_t keys_destroy(keys *k, const uint8_t *ids, uint32_t count, kinmu_err *err);

/* Months of moments. */
int32_t keys_month(int64_t unix_ns);
void keys_month_span(int32_t month, int64_t *start_ns, int64_t *end_ns);
void keys_month_text(int32_t month, char text[KEYS_MONTH_SIZE]);

#endif
