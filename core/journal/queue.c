/* journal/queue.c - see queue.h. */
#include "journal/queue.h"

#include "journal/intake.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t no_boot_id[16];

static const char *text_or_empty(const char *text) {
    return text != NULL ? text : "";
}

static const uint8_t *boot_id_of(const journal_entry *entry) {
    return entry->boot_id != NULL ? entry->boot_id : no_boot_id;
}

static uint32_t hash_text(uint32_t hash, const char *text) {
    while (*text != '\0') {
        hash = (hash ^ (uint8_t)*text++) * 16777619u;
    }
    return hash * 16777619u;
}

static int32_t block_fits(const queue_block *block, const journal_entry *entry, const char *purpose,
                          uint64_t decision) {
    return block->decision == decision && block->utc_offset_s == entry->utc_offset_s &&
           entry->unix_ns >= block->month_start_ns && entry->unix_ns < block->month_end_ns &&
           strcmp(block->subject, text_or_empty(entry->subject)) == 0 &&
           strcmp(block->purpose, purpose) == 0 &&
           strcmp(block->zone, text_or_empty(entry->zone)) == 0 &&
           memcmp(block->boot_id, boot_id_of(entry), sizeof block->boot_id) == 0;
}

static int32_t fill_block(queue_block *block, const journal_entry *entry, const char *purpose,
                          uint64_t decision) {
    const char *subject = text_or_empty(entry->subject);
    const char *zone = text_or_empty(entry->zone);
    memcpy(block->subject, subject, strlen(subject) + 1);
    memcpy(block->zone, zone, strlen(zone) + 1);
    memcpy(block->purpose, purpose, strlen(purpose) + 1);
    memcpy(block->boot_id, boot_id_of(entry), sizeof block->boot_id);
    block->next = NULL;
    block->utc_offset_s = entry->utc_offset_s;
    block->month = keys_month(entry->unix_ns);
    keys_month_span(block->month, &block->month_start_ns, &block->month_end_ns);
    block->decision = decision;
    block_stamp stamp = {block->subject, block->zone, block->utc_offset_s, block->boot_id};
    block_begin(&block->writer, &stamp, entry->unix_ns, entry->mono_ns);
    return block->writer.out.failed;
}

queue_block *queue_block_make(const journal_entry *entry, const char *purpose, uint64_t decision) {
    queue_block *block = calloc(1, sizeof *block);
    if (block != NULL && fill_block(block, entry, purpose, decision) != KINMU_OK) {
        queue_block_free(block);
        block = NULL;
    }
    return block;
}

void queue_block_free(queue_block *block) {
    if (block != NULL) {
        buffer_wipe(&block->writer.out);
        crypto_wipe(block, sizeof *block);
        free(block);
    }
}

void queue_change_free(queue_change *change) {
    if (change != NULL) {
        free(change->instance);
        free(change->key);
        free(change->value);
        free(change);
    }
}

static void list_append(queue_group *group, queue_block *block) {
    if (group->last != NULL) {
        group->last->next = block;
    } else {
        group->first = block;
    }
    group->last = block;
}

static void forget_open(queue *q, const queue_block *block) {
    if (q->hit == block) {
        q->hit = NULL;
    }
    for (uint32_t i = 0; i < q->open_count; i++) {
        if (q->open[i].block == block) {
            q->open[i] = q->open[--q->open_count];
            return;
        }
    }
}

static void remember_open(queue *q, uint32_t hash, queue_block *block) {
    uint32_t index;
    if (q->open_count < JOURNAL_OPEN_BLOCKS_MAX) {
        index = q->open_count++;
    } else {
        index = q->open_next++ % JOURNAL_OPEN_BLOCKS_MAX; /* its block waits for the writer */
    }
    q->open[index] = (queue_slot){hash, block};
}

static int32_t entry_is_sound(const journal_entry *entry) {
    return strlen(text_or_empty(entry->subject)) <= KEYS_SUBJECT_BYTES_MAX &&
           strlen(text_or_empty(entry->zone)) <= QUEUE_ZONE_BYTES_MAX &&
           strlen(entry->schema->schema->purpose) <= KINMU_NAME_BYTES_MAX;
}

static queue_block *start_block(queue *q, const journal_entry *entry, const char *purpose,
                                uint64_t decision) {
    queue_block *block = q->pool;
    if (block == NULL) {
        block = queue_block_make(entry, purpose, decision);
    } else {
        q->pool = block->next;
        q->pooled--;
        if (fill_block(block, entry, purpose, decision) != KINMU_OK) {
            queue_block_free(block);
            block = NULL;
        }
    }
    if (block != NULL) {
        list_append(&q->pending, block);
    }
    return block;
}

/* Most entries of a batch differ from the one before in values and time only. */
static int32_t is_alike(const journal_entry *entry, const journal_entry *before) {
    return before != NULL && entry->schema == before->schema && entry->subject == before->subject &&
           entry->zone == before->zone && entry->boot_id == before->boot_id &&
           entry->utc_offset_s == before->utc_offset_s;
}

/* A block that is there proves that the names fit. `before`: the entry of this batch that `hit`
 * took last, or NULL. */
static int32_t find_block(queue *q, const journal_entry *entry, const journal_entry *before,
                          uint64_t decision, queue_block **out) {
    const char *purpose = entry->schema->schema->purpose;
    if (q->hit != NULL && is_alike(entry, before) && entry->unix_ns >= q->hit->month_start_ns &&
        entry->unix_ns < q->hit->month_end_ns) {
        *out = q->hit;
        return KINMU_OK;
    }
    if (q->hit != NULL && block_fits(q->hit, entry, purpose, decision)) {
        *out = q->hit;
        return KINMU_OK;
    }
    uint32_t hash = hash_text(hash_text(2166136261u, text_or_empty(entry->subject)), purpose);
    for (uint32_t i = 0; i < q->open_count; i++) {
        if (q->open[i].hash == hash && block_fits(q->open[i].block, entry, purpose, decision)) {
            q->hit = q->open[i].block;
            *out = q->hit;
            return KINMU_OK;
        }
    }
    if (!entry_is_sound(entry)) {
        return KINMU_E_REJECT;
    }
    queue_block *block = start_block(q, entry, purpose, decision);
    if (block == NULL) {
        return KINMU_E_NOMEM;
    }
    remember_open(q, hash, block);
    q->hit = block;
    *out = block;
    return KINMU_OK;
}

/* Once per block and batch, before its first change. */
static void save_block(const queue *q, queue_block *block) {
    if (block->saved_by != q->batch) {
        block->saved_by = q->batch;
        block->saved_size = block->writer.out.size;
        block->saved_events = block->writer.event_count;
        block->saved_schemas = block->writer.schema_count;
        block->saved_unix_ns = block->writer.last_unix_ns;
        block->saved_mono_ns = block->writer.last_mono_ns;
    }
}

static int32_t add_entry(queue *q, const journal_entry *entry, const journal_entry *before,
                         uint64_t decision) {
    for (int32_t attempt = 0; attempt < 2; attempt++) {
        queue_block *block = NULL;
        int32_t status = find_block(q, entry, before, decision, &block);
        if (status != KINMU_OK) {
            return status;
        }
        save_block(q, block);
        size_t old_size = block->writer.out.size;
        status = block_add(&block->writer, entry->schema, entry->unix_ns, entry->mono_ns,
                           entry->values, entry->value_count);
        if (status == KINMU_E_BUSY) {
            forget_open(q, block); /* it knows too many schemas: start another */
            continue;
        }
        if (status != KINMU_OK) {
            return status;
        }
        size_t added = block->writer.out.size - old_size;
        if (added > KINMU_EVENT_BYTES_MAX) {
            return KINMU_E_REJECT;
        }
        q->pending.bytes += added;
        q->pending.events++;
        if (block->writer.out.size >= JOURNAL_BLOCK_BYTES) {
            forget_open(q, block);
        }
        return q->pending.bytes + q->in_commit_bytes > JOURNAL_QUEUE_BYTES_MAX ? KINMU_E_BUSY
                                                                               : KINMU_OK;
    }
    return KINMU_E_NOMEM;
}

static void undo(queue *q, const queue_group *before) {
    queue_block *added = before->last != NULL ? before->last->next : q->pending.first;
    for (queue_block *block = q->pending.first; block != added; block = block->next) {
        if (block->saved_by == q->batch) {
            block->writer.out.size = block->saved_size;
            block->writer.event_count = block->saved_events;
            block->writer.schema_count = block->saved_schemas;
            block->writer.last_unix_ns = block->saved_unix_ns;
            block->writer.last_mono_ns = block->saved_mono_ns;
        }
    }
    while (added != NULL) {
        queue_block *next = added->next;
        forget_open(q, added);
        queue_block_free(added);
        added = next;
    }
    q->pending = *before;
    if (q->pending.last != NULL) {
        q->pending.last->next = NULL;
    }
}

int32_t queue_add(queue *q, const journal_entry *entries, uint32_t count, uint64_t decision) {
    queue_group before = q->pending;
    int32_t status = KINMU_OK;
    q->batch++;
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = add_entry(q, &entries[i], i > 0 ? &entries[i - 1] : NULL, decision);
    }
    if (status != KINMU_OK) {
        int32_t alone = before.bytes + q->in_commit_bytes == 0;
        undo(q, &before);
        /* A batch that does not even fit an empty queue never will. */
        return status == KINMU_E_BUSY && alone ? KINMU_E_REJECT : status;
    }
    return KINMU_OK;
}

void queue_add_change(queue *q, queue_change *change) {
    change->next = NULL;
    if (q->pending.last_change != NULL) {
        q->pending.last_change->next = change;
    } else {
        q->pending.first_change = change;
    }
    q->pending.last_change = change;
    q->pending.bytes += change->size;
}

void queue_add_parcel(queue *q, intake_parcel *parcel) {
    parcel->next = NULL;
    if (q->pending.last_parcel != NULL) {
        q->pending.last_parcel->next = parcel;
    } else {
        q->pending.first_parcel = parcel;
    }
    q->pending.last_parcel = parcel;
    q->pending.bytes += parcel->bytes;
    q->pending.events += parcel->events;
}

void queue_drop_decisions(queue *q, queue_group *group) {
    queue_block *kept = NULL;
    queue_block *next = NULL;
    for (queue_block *block = group->first; block != NULL; block = next) {
        next = block->next;
        if (block->decision == 0) {
            kept = block;
            continue;
        }
        *(kept != NULL ? &kept->next : &group->first) = next;
        group->bytes -=
            block->writer.out.size < group->bytes ? block->writer.out.size : group->bytes;
        group->events -= block->writer.event_count;
        forget_open(q, block);
        queue_block_free(block);
    }
    group->last = kept;
}

void queue_take(queue *q, queue_group *out) {
    *out = q->pending;
    q->in_commit_bytes = out->bytes;
    memset(&q->pending, 0, sizeof q->pending);
    q->open_count = 0;
    q->hit = NULL;
}

void queue_wipe(queue_group *group) {
    for (queue_block *block = group->first; block != NULL; block = block->next) {
        crypto_wipe(block->writer.out.data, block->writer.out.size);
        crypto_wipe(&block->key, sizeof block->key);
    }
    while (group->first_change != NULL) {
        queue_change *next = group->first_change->next;
        queue_change_free(group->first_change);
        group->first_change = next;
    }
    group->last_change = NULL;
    while (group->first_parcel != NULL) {
        intake_parcel *next = group->first_parcel->next;
        intake_parcel_free(group->first_parcel);
        group->first_parcel = next;
    }
    group->last_parcel = NULL;
}

void queue_recycle(queue *q, queue_group *group) {
    while (group->first != NULL && q->pooled < QUEUE_POOL_MAX) {
        queue_block *block = group->first;
        group->first = block->next;
        block->saved_by = 0;
        block->next = q->pool;
        q->pool = block;
        q->pooled++;
    }
    q->in_commit_bytes = 0;
}

void queue_discard(queue_group *group) {
    while (group->first != NULL) {
        queue_block *next = group->first->next;
        queue_block_free(group->first);
        group->first = next;
    }
    group->last = NULL;
}

void queue_free(queue *q) {
    queue_group group;
    queue_take(q, &group);
    queue_wipe(&group);
    queue_discard(&group);
    group.first = q->pool;
    queue_discard(&group);
    q->pool = NULL;
    q->pooled = 0;
}
