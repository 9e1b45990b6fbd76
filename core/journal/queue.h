/* journal/queue.h - what is published and not yet durable: open blocks, state changes, limits.
 *
 * Memory only. The caller holds the journal's mutex unless said otherwise. A batch is
 * added whole or not at all. Blocks live in the order of their creation; a full one is no longer
 * found and waits for the writer, which takes the whole group.
 */
#ifndef JOURNAL_QUEUE_H
#define JOURNAL_QUEUE_H

#include "journal/journal.h"
#include "journal/keys.h"

#define QUEUE_ZONE_BYTES_MAX 63
#define QUEUE_POOL_MAX 32u /* emptied blocks kept for reuse: a group of 10,000 events has 25 */

typedef struct queue_block {
    struct queue_block *next;
    block_writer writer;
    char subject[KEYS_SUBJECT_BYTES_MAX + 1];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    char zone[QUEUE_ZONE_BYTES_MAX + 1];
    uint8_t boot_id[16];
    int32_t utc_offset_s;
    int32_t month;
    int64_t month_start_ns;
    int64_t month_end_ns;
    uint64_t decision;
    uint64_t saved_by; /* the batch that saved the fields below */
    size_t saved_size;
    uint32_t saved_events;
    uint32_t saved_schemas;
    int64_t saved_unix_ns;
    uint64_t saved_mono_ns;
    keys_key key; /* filled by the writer */
} queue_block;

/* A change of kv state; value NULL removes. The value is sealed already. */
typedef struct queue_change {
    struct queue_change *next;
    char *instance;
    char *key;
    uint8_t *value;
    uint32_t size;
} queue_change;

typedef struct queue_group {
    queue_block *first;
    queue_block *last;
    queue_change *first_change;
    queue_change *last_change;
    struct intake_parcel *first_parcel; /* of other devices (intake.h) */
    struct intake_parcel *last_parcel;
    uint64_t bytes;
    uint64_t events;
    uint64_t ticket; /* of its newest batch */
} queue_group;

typedef struct queue_slot {
    uint32_t hash;
    queue_block *block;
} queue_slot;

typedef struct queue {
    queue_group pending;
    uint64_t in_commit_bytes; /* of the group the writer has */
    uint64_t batch;
    queue_block *hit; /* block of the last entry */
    queue_slot open[JOURNAL_OPEN_BLOCKS_MAX];
    uint32_t open_count;
    uint32_t open_next; /* slot given up next when all are taken */
    queue_block *pool;
    uint32_t pooled;
} queue;

/* decision 0 = log. E_BUSY: beyond JOURNAL_QUEUE_BYTES_MAX; E_REJECT: an entry is too large. */
int32_t queue_add(queue *q, const journal_entry *entries, uint32_t count, uint64_t decision);
/* Take ownership. */
void queue_add_change(queue *q, queue_change *change);
void queue_add_parcel(queue *q, struct intake_parcel *parcel);
/* Takes the decisions out of a group: the pending one, or one the writer has. */
void queue_drop_decisions(queue *q, queue_group *group);
/* Moves the pending group to `out` (overwritten). */
void queue_take(queue *q, queue_group *out);
/* Wipes the plaintext of a group and frees its changes. Without the mutex. */
void queue_wipe(queue_group *group);
/* Takes some of a wiped group's blocks for reuse; queue_discard frees the others, without the
 * mutex. */
void queue_recycle(queue *q, queue_group *group);
void queue_discard(queue_group *group);
void queue_free(queue *q);

/* A block of its own for events the journal writes itself; freed by queue_block_free. */
queue_block *queue_block_make(const journal_entry *entry, const char *purpose, uint64_t decision);
void queue_block_free(queue_block *block);
void queue_change_free(queue_change *change);

#endif
