/* journal/journal.h - the durable, encrypted, chained history of a node.
 *
 * One SQLite file (WAL, synchronous=FULL) of blocks, cursors and small state, one database of keys,
 * one file of device keys. A writer thread seals groups: all open blocks plus cursors in one
 * transaction. Nothing is acknowledged before that transaction is on stable storage, and after a
 * failed write or fsync the journal stops for good (the process must restart).
 * It knows nothing of what events mean.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "schema/block.h"
#include "schema/registry.h"
#include <kinmu/iface/erasure.h>

#define JOURNAL_BLOCK_BYTES 65536u          /* payload size at which a block is closed */
#define JOURNAL_QUEUE_BYTES_MAX (16u << 20) /* published, not yet durable: beyond it E_BUSY */
#define JOURNAL_OPEN_BLOCKS_MAX 256u        /* beyond it the oldest waits, full or not */
#define JOURNAL_INSTANCE_BYTES_MAX 127u
#define JOURNAL_STATE_KEY_BYTES_MAX 128u
#define JOURNAL_STATE_BYTES_MAX 65536u
#define JOURNAL_STATE_KEYS_MAX 1024u /* per instance */

typedef struct journal_quota {
    const char *purpose;
    uint64_t bytes_max; /* 0 = none */
    int32_t may_fold;   /* 0: never folded (working-time) */
} journal_quota;

typedef struct journal_settings {
    const char *directory;      /* made 0700 when missing */
    uint32_t flush_interval_ms; /* 0 = default 1000 */
    uint32_t flush_bytes;       /* commit earlier at so many pending bytes; 0 = default 1 MiB */
    uint32_t flush_events;      /* commit earlier at so many pending events; 0 = off */
    uint32_t unsafe_sync_off;   /* tests only: shows that the power-cut test can fail */
    const journal_quota *quotas;
    uint32_t quota_count;
    /* Detail may be on hold, which the journal does not know: it folds by journal_fold alone. */
    int32_t folds_when_asked;
    const char *node;
} journal_settings;

typedef struct journal_entry {
    const schema_info *schema;
    const char *subject; /* "" = the device itself */
    const char *zone;
    const uint8_t *boot_id;
    int32_t utc_offset_s;
    uint32_t value_count;
    int64_t unix_ns;
    uint64_t mono_ns;
    const kinmu_value *values; /* checked and redacted by the caller */
} journal_entry;

typedef struct journal_cursor {
    const char *name;  /* instance */
    uint64_t position; /* last handled block */
} journal_cursor;

typedef struct journal journal;

int32_t journal_open(const journal_settings *settings, const schema_registry *registry,
                     journal **out, kinmu_err *err);
/* Flushes, signs the head, closes. Accepts NULL. */
void journal_close(journal *j);
const uint8_t *
journal_origin(const journal *j); /* 16 bytes: first half of SHA-256 of the public key */

/* Adds entries and at most one cursor to the group that commits next, all or nothing. Copies
 * everything. E_BUSY: queue full; E_REJECT: an entry is too large; E_RESTART: the journal has
 * failed. [any thread] */
int32_t journal_append(journal *j, const journal_entry *entries, uint32_t count,
                       const journal_cursor *cursor, uint64_t *ticket);
/* As append, as decision number+1, only if `number` is the head; else E_CONFLICT. *head is the head
 * found or made. Commits at once instead of waiting for the interval. [any thread] */
int32_t journal_append_if(journal *j, uint64_t number, const journal_entry *entries, uint32_t count,
                          uint64_t *ticket, uint64_t *head);
uint64_t journal_decision(const journal *j); /* what append_if compares with */
/* What became of a decision whose ticket is durable, asked once: E_CONFLICT when another node
 * decided first and nothing of it was written; *head is the newest decision then. [any thread] */
int32_t journal_decided(journal *j, uint64_t ticket, uint64_t *head);

/* While on, a group commits as soon as there is one; what comes during a commit goes with the next.
 * Off: after the interval. [any thread] */
void journal_hurry(journal *j, int32_t is_on);
/* Commits what is pending now. KINMU_OK: it is durable; E_RETRY: it could not become so just now;
 * E_RESTART: the journal has failed. [job] */
int32_t journal_flush(journal *j);
uint64_t journal_durable(const journal *j); /* newest ticket on stable storage */
int32_t journal_wait(journal *j, uint64_t ticket, uint32_t timeout_ms); /* OK, E_RETRY, E_RESTART */
/* Called on the writer thread after each commit (position = newest block), with E_RESTART when the
 * journal stops. Set it before the first append; it must not call journal_flush or _wait. */
typedef void (*journal_commit_fn)(void *user, uint64_t durable, uint64_t position, int32_t status);
void journal_on_commit(journal *j, journal_commit_fn fn, void *user);

/* The newest value given with an append, durable or not: a crash undoes both together. 0 = none. */
uint64_t journal_cursor_get(journal *j, const char *name);
/* Small sealed state of an instance (kv/1), as kv.h promises. KINMU_OK of put and remove means
 * durable, E_RETRY that the disk is full and it will be written when it no longer is. [job] */
int32_t journal_state_get(journal *j, const char *instance, const char *key, void *data,
                          uint32_t *size);
int32_t journal_state_put(journal *j, const char *instance, const char *key, const void *data,
                          uint32_t size);
int32_t journal_state_remove(journal *j, const char *instance, const char *key);

/* ---- reading ---- */
#define JOURNAL_BLOCK_LIVE 0u
#define JOURNAL_BLOCK_ERASED 1u   /* key destroyed; tombstone */
#define JOURNAL_BLOCK_FOLDED 2u   /* payload replaced by fold events */
#define JOURNAL_BLOCK_WITHHELD 3u /* of another device, which sent its header only */
#define JOURNAL_BLOCK_CORRUPT 4u  /* does not match its header: quarantined */

typedef struct journal_block {
    uint64_t position; /* in this file, from 1 */
    uint64_t chain;    /* number in its origin's chain, from 1 */
    uint64_t first_sequence;
    uint64_t last_sequence;
    uint64_t decision; /* 0 for a log block */
    uint8_t origin[16];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    uint32_t state;
    uint32_t sealed_size;
    const uint8_t *payload; /* decrypted; NULL unless LIVE; until the next read */
    size_t payload_size;
} journal_block;

/* A reader has a connection of its own and may live on another thread or in another process. */
typedef struct journal_reader journal_reader;
int32_t journal_reader_open(const char *directory, journal_reader **out, kinmu_err *err);
void journal_reader_close(journal_reader *reader);
/* First committed block after `position`; E_NOTFOUND at the end. A damaged one is KINMU_OK with
 * state CORRUPT and the reason in err; it is noted in the quarantine table. */
int32_t journal_read(journal_reader *reader, uint64_t position, journal_block *block,
                     kinmu_err *err);

/* ---- figures for status ---- */
typedef struct journal_figures {
    /* bytes: sealed payloads still there. */
    uint64_t blocks, events, bytes, file_bytes, position, decision, pending_events, pending_bytes;
    uint64_t commits, refused_busy, corrupt_blocks, folded_blocks, erased_blocks;
    uint64_t over_quota_bytes; /* beyond what the quotas allow, of all purposes that may fold */
    int64_t last_commit_unix_ns;
    int32_t failed; /* status once stopped */
    /* Why it stopped; while failed is 0: what keeps it from committing now (disk full), "" = fine.
     */
    char failure[KINMU_ERR_MSG_SIZE];
} journal_figures;
void journal_stat(journal *j, journal_figures *figures);
/* The same from outside, also while another process has the journal open. `failed` unknown: 0. */
typedef struct journal_usage {
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    uint64_t blocks, events, bytes;
} journal_usage;
int32_t journal_survey(const char *directory, journal_figures *figures, journal_usage *usage,
                       uint32_t *usage_count, kinmu_err *err);

/* Keys by whose they are, what for, and of when. */
typedef kinmu_span journal_span;
typedef struct journal_spans {
    const journal_span *rows;
    uint32_t count;
} journal_spans;
/* Destroys the keys of months (UTC) that lie in one of `wanted` and touch none of `spared`, and
 * leaves signed tombstones and a receipt: events kinmu.journal.receipt/1, and JSON in `receipt`.
 * `note`, "" = none, stays in those events. Works on the open journal; afterwards the store must
 * forget the rows of erased blocks. E_NOTFOUND: there are no such keys; E_DENIED: all are spared,
 * the receipt says why; E_RETRY: a reader or a full disk kept it from finishing; journal_expire or
 * the next open does. [job] */
struct buffer;
int32_t journal_erase_spans(journal *j, const journal_spans *wanted, const journal_spans *spared,
                            const char *note, struct buffer *receipt, kinmu_err *err);
/* Months as they are asked for, "2026-11"; NULL or "" = all. E_REJECT: no such month. */
int32_t journal_span_month(const char *month, journal_span *span, kinmu_err *err);
/* All of a subject (and purpose, month; NULL = all). */
int32_t journal_erase(journal *j, const char *subject, const char *purpose, const char *month,
                      struct buffer *receipt, kinmu_err *err);
/* The same for a purpose whose keep time is over: the keys of all subjects for months (UTC) that
 * ended more than keep_days before now; keep_days 0 = none. *blocks: payloads removed. Finishes
 * first what an erasure with E_RETRY left. KINMU_OK also when there was nothing; E_RETRY and what
 * the store must do: as for erasing. [job] */
int32_t journal_expire(journal *j, const char *purpose, int64_t keep_days, int64_t now_unix_ns,
                       const journal_spans *spared, uint64_t *blocks, kinmu_err *err);
/* Folds the oldest detail of purposes beyond their quota, but of no month (UTC) that one of
 * `spared` touches. `decision`: the newest when those were read; E_RETRY when another came since,
 * read them again. What stays beyond the quota is in the figures. [job] */
int32_t journal_fold(journal *j, const journal_spans *spared, uint64_t decision, kinmu_err *err);
/* Writes a signed checkpoint of all chain heads to `path` (JSON). */
int32_t journal_checkpoint(const char *directory, const char *path, kinmu_err *err);

#endif
