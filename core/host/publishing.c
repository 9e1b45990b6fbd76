/* host/publishing.c - what an instance publishes: straight to the bus, or staged while it handles a
 * block, so that it commits together with the cursor; and its tickets.
 *
 * A plugin's tickets are numbers of its own. Spans of them wait for one journal ticket each, in
 * order; a ticket is told durable only when all before it are, and never on the strength of an
 * event that was not written. Staged ones wait for the commit of their block.
 */
#include "host/node_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>

#define STAGE_EVENTS_MAX 16384u
#define STAGE_BYTES_MAX ((size_t)8 << 20)

static ticket_span *newest_span(instance *i) {
    return i->ticket_count == 0
               ? NULL
               : &i->tickets[(i->ticket_first + i->ticket_count - 1) % NODE_TICKETS_MAX];
}

/* A full ring takes more of the same kind only: merging kinds would tell one by the other. */
static int32_t has_room(instance *i, int32_t is_staged) {
    const ticket_span *newest = newest_span(i);
    return i->ticket_count < NODE_TICKETS_MAX || newest->is_staged == is_staged;
}

/* The caller holds the lock and asked has_room. */
static void note_ticket(instance *i, uint64_t local, uint64_t core, int32_t is_staged) {
    ticket_span *newest = newest_span(i);
    int32_t same = newest != NULL && newest->is_staged == is_staged;
    if (same && (is_staged || newest->core == core || i->ticket_count == NODE_TICKETS_MAX)) {
        newest->last = local;
        newest->core = core > newest->core ? core : newest->core;
        return;
    }
    uint32_t at = (i->ticket_first + i->ticket_count++) % NODE_TICKETS_MAX;
    i->tickets[at] = (ticket_span){local, local, core, is_staged};
}

static int32_t stage_locked(instance *i, const kinmu_event *events, uint32_t count, uint64_t local,
                            kinmu_err *err) {
    size_t before = i->stage.size;
    if (i->stage_count + count > STAGE_EVENTS_MAX || before > STAGE_BYTES_MAX) {
        return KINMU_E_BUSY;
    }
    int32_t status = bus_check(&i->publisher, events, count, err);
    for (uint32_t at = 0; status == KINMU_OK && at < count; at++) {
        kinmu_event event = events[at];
        event.unix_ns = event.unix_ns != 0 ? event.unix_ns : clock_unix_ns();
        event.mono_ns = event.mono_ns != 0 ? event.mono_ns : clock_mono_ns();
        frame_event(&i->stage, &event);
    }
    if (i->stage.failed != KINMU_OK) {
        i->stage.failed = KINMU_OK;
        i->stage.size = before;
        return KINMU_E_BUSY;
    }
    if (status == KINMU_OK) {
        i->stage_count += count;
        note_ticket(i, local, 0, 1);
    }
    return status;
}

static int32_t publish_locked(instance *i, const kinmu_event *events, uint32_t count,
                              uint64_t local, int32_t is_staged) {
    kinmu_err err = {{0}, {0}};
    uint64_t core = 0;
    int32_t status = KINMU_E_BUSY;
    if (has_room(i, is_staged)) {
        status = is_staged ? stage_locked(i, events, count, local, &err)
                           : bus_publish(i->owner->in, &i->publisher, events, count, NULL, NULL,
                                         &core, &err);
    }
    if (status == KINMU_OK && !is_staged) {
        note_ticket(i, local, core, 0);
        if (core == 0) {
            node_wake(i->owner);
        }
    } else if (status == KINMU_E_REJECT || status == KINMU_E_DENIED) {
        log_warn(i->name, "refused: %s", err.msg);
    }
    return status == KINMU_E_NOMEM ? KINMU_E_BUSY : status;
}

int32_t instance_publish(instance *i, const kinmu_event *events, uint32_t count, uint64_t *local) {
    uv_thread_t self = uv_thread_self();
    int32_t is_staged = i->is_staging && uv_thread_equal(&self, &i->owner->thread);
    uv_mutex_lock(&i->lock);
    int32_t status = publish_locked(i, events, count, i->next_local + 1, is_staged);
    if (status == KINMU_OK) {
        *local = ++i->next_local;
    }
    uv_mutex_unlock(&i->lock);
    return status;
}

int32_t instance_publish_as(instance *i, const kinmu_event *events, uint32_t count, uint64_t local,
                            uint64_t position) {
    if (position != 0 && (!i->in_flight || position != i->batch_position || i->commit_pending)) {
        return KINMU_E_REJECT; /* of a block it was not given */
    }
    uv_mutex_lock(&i->lock);
    int32_t status = local <= i->next_local
                         ? KINMU_E_REJECT
                         : publish_locked(i, events, count, local, position != 0);
    if (status == KINMU_OK) {
        i->next_local = local;
    }
    uv_mutex_unlock(&i->lock);
    return status;
}

/* ---- the stage ---- */

static int32_t publish_stage(instance *i, uint64_t position, uint64_t *core, kinmu_err *err) {
    journal_cursor cursor = {i->name, position};
    frame_reader reader = {i->stage.data, i->stage.size, 0, 0};
    arena memory = {0};
    kinmu_event *events = NULL;
    int32_t status = frame_read_events(&reader, i->stage_count, &memory, &events);
    if (status == KINMU_OK) {
        status = bus_publish(i->owner->in, &i->publisher, events, i->stage_count, &cursor, NULL,
                             core, err);
    }
    arena_free(&memory);
    return status == KINMU_E_NOMEM ? KINMU_E_BUSY : status;
}

static void settle_staged(instance *i, uint64_t core) {
    for (uint32_t at = 0; at < i->ticket_count; at++) {
        ticket_span *span = &i->tickets[(i->ticket_first + at) % NODE_TICKETS_MAX];
        if (span->is_staged) {
            span->is_staged = 0;
            span->core = core;
        }
    }
}

int32_t instance_commit_stage(instance *i, uint64_t position) {
    kinmu_err err = {{0}, {0}};
    uint64_t core = 0;
    int32_t status = KINMU_OK;
    uv_mutex_lock(&i->lock);
    if (i->stage_count > 0) {
        status = publish_stage(i, position, &core, &err);
        i->saved_position = status == KINMU_OK ? position : i->saved_position;
    }
    if (status == KINMU_OK) {
        settle_staged(i, core);
        buffer_clear(&i->stage);
        i->stage_count = 0;
    }
    uv_mutex_unlock(&i->lock);
    if (status != KINMU_OK && status != KINMU_E_BUSY) {
        log_warn(i->name, "what it published for block %llu was refused: %s",
                 (unsigned long long)position, err.msg);
    }
    return status;
}

static void tell_withdrawn(instance *i, uint64_t first, uint64_t last) {
    if (i->local != NULL) {
        hosted_withdrawn(i->local, first, last);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_WITHDRAWN, i->number);
        frame_u64(&out, first);
        frame_u64(&out, last);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

/* The first staged span, taken out of waiting; 0 when there is none. */
static int32_t take_staged(instance *i, ticket_span *taken) {
    int32_t found = 0;
    uv_mutex_lock(&i->lock);
    for (uint32_t at = 0; !found && at < i->ticket_count; at++) {
        ticket_span *span = &i->tickets[(i->ticket_first + at) % NODE_TICKETS_MAX];
        if (span->is_staged) {
            found = 1;
            *taken = *span;
            span->is_staged = 0; /* passed over from now on */
        }
    }
    uv_mutex_unlock(&i->lock);
    return found;
}

void instance_drop_stage(instance *i) {
    ticket_span span;
    uv_mutex_lock(&i->lock);
    buffer_wipe(&i->stage);
    i->stage_count = 0;
    uv_mutex_unlock(&i->lock);
    while (take_staged(i, &span)) {
        tell_withdrawn(i, span.first, span.last);
    }
}

void instance_forget_tickets(instance *i) {
    uv_mutex_lock(&i->lock);
    i->ticket_count = 0;
    i->next_local = 0;
    uv_mutex_unlock(&i->lock);
}

void instance_settle(instance *i, uint64_t durable) {
    uint64_t local = 0;
    uv_mutex_lock(&i->lock);
    while (i->ticket_count > 0 && !i->tickets[i->ticket_first].is_staged &&
           i->tickets[i->ticket_first].core <= durable) {
        local = i->tickets[i->ticket_first].last;
        i->ticket_first = (i->ticket_first + 1) % NODE_TICKETS_MAX;
        i->ticket_count--;
    }
    uv_mutex_unlock(&i->lock);
    if (local == 0) {
        return;
    }
    if (i->local != NULL) {
        hosted_durable(i->local, local);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_DURABLE, i->number);
        frame_u64(&out, local);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}
