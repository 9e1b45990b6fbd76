/* host/delivery.c - from the journal to one instance: committed blocks in order, one at a time,
 * behind a durable cursor. What an instance publishes while handling a block commits with the
 * cursor. */
#include "host/node_internal.h"

#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* Blocks handed to one instance before the loop may do something else. */
#define DELIVERY_BLOCKS_A_TURN 8u

/* ---- decoding ---- */

static int32_t room(delivery_batch *d, uint32_t events, size_t values) {
    if (events > d->event_capacity) {
        uint32_t capacity = d->event_capacity == 0 ? 256 : d->event_capacity * 2;
        kinmu_event *grown = realloc(d->events, capacity * sizeof *grown);
        if (grown == NULL) {
            return KINMU_E_NOMEM;
        }
        d->events = grown;
        d->event_capacity = capacity;
    }
    if (values > d->value_capacity) {
        size_t capacity = d->value_capacity == 0 ? 2048 : d->value_capacity * 2;
        kinmu_value *grown = realloc(d->values, capacity * sizeof *grown);
        if (grown == NULL) {
            return KINMU_E_NOMEM;
        }
        d->values = grown;
        d->value_capacity = capacity;
    }
    return KINMU_OK;
}

static int32_t plugin_index(const schema_info *info, const schema_info *const *accepted,
                            uint32_t accepted_count, int32_t accepts_any, uint32_t *index) {
    for (uint32_t i = 0; i < accepted_count; i++) {
        if (accepted[i] == info) {
            *index = i;
            return 1;
        }
    }
    *index = KINMU_SCHEMA_ANY + info->id;
    return accepts_any;
}

/* Until all are read, values are found by offset: growing the table moves it. */
static void point_values(delivery_batch *d, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        d->events[i].values = d->values + (size_t)(uintptr_t)d->events[i].values;
    }
}

int32_t delivery_decode(delivery_batch *d, const schema_registry *schemas,
                        const schema_info *const *accepted, uint32_t accepted_count,
                        int32_t accepts_any, const journal_block *block, kinmu_err *err) {
    kinmu_event event;
    const schema_info *info = NULL;
    uint32_t count = 0;
    size_t used = 0;
    uint64_t sequence = block->first_sequence;
    int32_t status = block_open(&d->reader, schemas, block->payload, block->payload_size, err);
    while (status == KINMU_OK &&
           (status = block_next(&d->reader, &event, &info, err)) == KINMU_OK) {
        uint64_t this_sequence = sequence++;
        uint32_t index = 0;
        if (info == NULL || schema_is_access(info->schema->purpose) ||
            schema_is_undecided(info, block->decision) ||
            !plugin_index(info, accepted, accepted_count, accepts_any, &index)) {
            continue;
        }
        status = room(d, count + 1, used + event.value_count);
        if (status == KINMU_OK) {
            memcpy(d->values + used, event.values, event.value_count * sizeof *d->values);
            d->events[count] = event;
            d->events[count].schema = index;
            d->events[count].sequence = this_sequence;
            d->events[count].block = block->position;
            d->events[count].origin = block->origin;
            d->events[count].values = (const kinmu_value *)(uintptr_t)used;
            used += event.value_count;
            count++;
        }
    }
    if (status != KINMU_E_NOTFOUND) {
        return status;
    }
    point_values(d, count);
    d->batch = (kinmu_batch){(uint32_t)sizeof d->batch, count, d->events, block->decision};
    return KINMU_OK;
}

void delivery_batch_free(delivery_batch *d) {
    free(d->events);
    free(d->values);
    memset(d, 0, sizeof *d);
}

/* ---- delivering ---- */

static void send_block(instance *i, const journal_block *block) {
    buffer out = {0};
    size_t begin = frame_begin(&out, FRAME_EVENTS, i->number);
    frame_u64(&out, block->position);
    frame_u64(&out, block->decision);
    frame_u64(&out, block->first_sequence);
    frame_bytes(&out, block->origin, sizeof block->origin);
    frame_bytes(&out, block->payload, block->payload_size);
    frame_end(&out, begin);
    link_send(i->runner, &out);
}

static int32_t concerns(const instance *i, const journal_block *block) {
    if (block->state != JOURNAL_BLOCK_LIVE) {
        return 0; /* erased, folded and corrupt blocks have nothing to deliver */
    }
    if (i->local != NULL && hosted_plugin(i->local)->events == NULL) {
        return 0; /* it reads the store, or takes events in exports only */
    }
    if (schema_is_access(block->purpose)) {
        return 0;
    }
    for (uint32_t at = 0; at < i->schema_count; at++) {
        if (i->accepted[at] != NULL &&
            strcmp(i->accepted[at]->schema->purpose, block->purpose) == 0) {
            return 1;
        }
    }
    return i->accepts_any;
}

static void deliver_local(instance *i, const journal_block *block) {
    static delivery_batch batch; /* one loop thread: shared by all local instances */
    kinmu_err err = {{0}, {0}};
    int32_t status = delivery_decode(&batch, i->owner->schemas, i->accepted, i->schema_count,
                                     i->accepts_any, block, &err);
    if (status == KINMU_OK && batch.batch.count > 0) {
        i->is_staging = 1; /* what it publishes in this turn commits with the block */
        status = hosted_events(i->local, &batch.batch, &err);
        i->is_staging = 0;
    }
    delivery_handled(i, block->position, status, err.msg);
}

/* One block; 0 when there is nothing to do now. */
static int32_t deliver_next(instance *i) {
    kinmu_err err = {{0}, {0}};
    journal_block block;
    if (i->position >= (i->after_store ? atomic_load(&i->owner->applied)
                                       : atomic_load(&i->owner->committed)) ||
        journal_read(i->owner->reader, i->position, &block, &err) != KINMU_OK) {
        return 0;
    }
    if (!concerns(i, &block)) {
        i->position = block.position;
        return 1;
    }
    i->in_flight = 1;
    i->batch_position = block.position;
    if (i->local != NULL) {
        deliver_local(i, &block);
    } else {
        send_block(i, &block);
    }
    return !i->in_flight;
}

/* All waiting instances share one timer; delivery_pump looks at each one's own time. */
static void retry_later(instance *i, uint64_t delay_ms) {
    uv_timer_t *timer = &i->owner->delivery_timer;
    i->retry_at_ms = uv_now(&i->owner->loop) + delay_ms;
    if (!uv_is_active((uv_handle_t *)timer) || uv_timer_get_due_in(timer) > delay_ms) {
        uv_timer_start(timer, delivery_on_timer, delay_ms, 0);
    }
}

/* Another's timer may fire first: then one's own time is asked for again. */
static int32_t waits_still(instance *i) {
    uint64_t now = uv_now(&i->owner->loop);
    if (now >= i->retry_at_ms) {
        return 0;
    }
    retry_later(i, i->retry_at_ms - now);
    return 1;
}

void delivery_on_timer(uv_timer_t *timer) {
    node *n = timer->data;
    for (instance *i = n->instances; i != NULL; i = i->next) {
        delivery_pump(i);
    }
}

/* What the plugin answered is settled; the block counts as handled, or comes again. */
static void end_block(instance *i, uint64_t position, int32_t status, const char *text) {
    i->in_flight = 0;
    if (status == KINMU_OK) {
        i->position = position;
    } else if (status == KINMU_E_REJECT || status == KINMU_E_CONFIG || status == KINMU_E_DENIED) {
        i->quarantined++;
        i->position = position;
        log_warn(i->name, "block %llu quarantined: %s", (unsigned long long)position, text);
    } else {
        retry_later(i, status == KINMU_E_BUSY ? NODE_DELIVERY_BUSY_MS : NODE_DELIVERY_RETRY_MS);
    }
}

/* The plugin has handled the block once and for all: only the commit is tried again. */
static void commit(instance *i) {
    int32_t status = instance_commit_stage(i, i->batch_position);
    if (status == KINMU_E_BUSY) {
        i->commit_pending = 1;
        retry_later(i, NODE_DELIVERY_BUSY_MS);
        return;
    }
    i->commit_pending = 0;
    if (status != KINMU_OK) {
        instance_drop_stage(i);
    }
    end_block(i, i->batch_position, status, "what it published was refused");
}

void delivery_pump(instance *i) {
    int32_t serves = i->state == INSTANCE_RUNNING || i->commit_pending;
    if (!i->accepts_some || !serves || (i->in_flight && !i->commit_pending) ||
        (i->retry_at_ms != 0 && waits_still(i))) {
        return;
    }
    i->retry_at_ms = 0;
    if (i->commit_pending) {
        commit(i);
    }
    uint32_t blocks = 0;
    while (!i->in_flight && i->state == INSTANCE_RUNNING && blocks < DELIVERY_BLOCKS_A_TURN &&
           deliver_next(i)) {
        blocks++;
    }
    if (blocks == DELIVERY_BLOCKS_A_TURN) {
        node_wake(i->owner);
    }
}

void delivery_handled(instance *i, uint64_t position, int32_t status, const char *text) {
    if (!i->in_flight || i->commit_pending || position != i->batch_position) {
        return; /* an answer to a block of an earlier life */
    }
    if (status == KINMU_OK) {
        commit(i);
    } else {
        instance_drop_stage(i);
        end_block(i, position, status, text);
    }
    if (i->runner != NULL) {
        node_wake(i->owner);
    }
}

/* The cursor of an instance that publishes nothing is saved now and then, not per block: after a
 * crash it sees a few blocks twice and must be idempotent, as its contract says. */
void delivery_save(instance *i) {
    if (!i->accepts_some || i->position == i->saved_position) {
        return;
    }
    journal_cursor cursor = {i->name, i->position};
    uint64_t ticket;
    if (journal_append(i->owner->j, NULL, 0, &cursor, &ticket) == KINMU_OK) {
        i->saved_position = i->position;
    }
}
