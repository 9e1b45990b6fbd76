/* session/outbox.c - see outbox.h. */
#include "outbox.h"

#include <kinmu/events/observation.h>
#include <kinmu/events/session.h>

#include <stdlib.h>
#include <string.h>

#define BATCH_EVENTS 16
#define VALUES_MAX KINMU_SESSION_CHANGE_FIELDS

void outbox_init(outbox *box, const kinmu_host *host, const kinmu_bus *bus,
                 const kinmu_timer *timer, void (*on_sent)(void *user), void *user) {
    memset(box, 0, sizeof *box);
    box->host = host;
    box->bus = bus;
    box->timer = timer;
    box->on_sent = on_sent;
    box->user = user;
}

void outbox_finish(outbox *box) {
    free(box->items);
    box->items = NULL;
    box->count = 0;
    box->capacity = 0;
}

static int32_t grow(outbox *box) {
    uint32_t capacity = box->capacity == 0 ? BATCH_EVENTS : box->capacity * 2;
    if (capacity > OUTBOX_EVENTS_MAX) {
        return 0;
    }
    outbox_item *items = realloc(box->items, capacity * sizeof *items);
    if (items == NULL) {
        return 0;
    }
    box->items = items;
    box->capacity = capacity;
    return 1;
}

void outbox_add(outbox *box, const ledger_event *event) {
    if (box->count == box->capacity && grow(box) == 0) {
        box->lost++;
        return;
    }
    outbox_item *item = &box->items[box->count++];
    memset(item, 0, sizeof *item);
    item->event = *event;
    item->cause = event->cause;
    if (event->session != NULL) {
        item->session = *event->session;
        item->has_session = 1;
    }
    if (event->detail != NULL) {
        ledger_copy(item->detail, sizeof item->detail, event->detail);
    }
}

static kinmu_value text_or_null(const char *text) {
    return text[0] != '\0' ? kinmu_text(text) : kinmu_null();
}

static void fill_gap(const outbox_item *item, kinmu_value *values) {
    values[KINMU_OBSERVATION_GAP_STREAM] = kinmu_text("session");
    values[KINMU_OBSERVATION_GAP_FROM_NS] = kinmu_time(item->event.from_ns);
    values[KINMU_OBSERVATION_GAP_TO_NS] = kinmu_time(item->event.unix_ns);
    values[KINMU_OBSERVATION_GAP_CAUSE] = kinmu_text(item->cause);
    values[KINMU_OBSERVATION_GAP_DETAIL] = text_or_null(item->detail);
}

static void fill_change(const outbox_item *item, kinmu_value *values) {
    const ledger_event *event = &item->event;
    values[KINMU_SESSION_CHANGE_KIND] = kinmu_text(ledger_kind_name(event->kind));
    values[KINMU_SESSION_CHANGE_QUALITY] =
        kinmu_text(event->is_estimated != 0 ? "estimated" : "exact");
    values[KINMU_SESSION_CHANGE_SOURCE] = kinmu_text(ledger_source_name(event->source));
    values[KINMU_SESSION_CHANGE_SESSION_ID] = text_or_null(item->session.id);
    values[KINMU_SESSION_CHANGE_SESSION_TYPE] = text_or_null(item->session.type);
    values[KINMU_SESSION_CHANGE_REMOTE_HOST] = text_or_null(item->session.remote_host);
    values[KINMU_SESSION_CHANGE_AUTH] = kinmu_null();
    values[KINMU_SESSION_CHANGE_NOTED_NS] =
        event->noted_ns != 0 ? kinmu_time(event->noted_ns) : kinmu_null();
}

static int32_t publish(outbox *box, const outbox_item *items, uint32_t count) {
    kinmu_event events[BATCH_EVENTS];
    kinmu_value values[BATCH_EVENTS][VALUES_MAX];
    memset(events, 0, sizeof events);
    for (uint32_t i = 0; i < count; i++) {
        int32_t is_gap = items[i].event.kind == LEDGER_GAP;
        events[i].schema = is_gap != 0 ? OUTBOX_SCHEMA_GAP : OUTBOX_SCHEMA_CHANGE;
        events[i].value_count =
            is_gap != 0 ? KINMU_OBSERVATION_GAP_FIELDS : KINMU_SESSION_CHANGE_FIELDS;
        events[i].unix_ns = items[i].event.unix_ns;
        events[i].subject = items[i].session.account;
        events[i].values = values[i];
        if (is_gap != 0) {
            fill_gap(&items[i], values[i]);
        } else {
            fill_change(&items[i], values[i]);
        }
    }
    return box->bus->publish(box->host, events, count, &box->ticket);
}

/* One of the batch is refused: find it by sending them one at a time. */
static uint32_t publish_singly(outbox *box, const outbox_item *items, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        int32_t status = publish(box, &items[i], 1);
        if (status == KINMU_E_BUSY || status == KINMU_E_NOMEM) {
            return i;
        }
        box->lost += status != KINMU_OK;
    }
    return count;
}

static void on_retry(void *user) {
    outbox *box = user;
    box->retry_timer = 0;
    if (outbox_send(box) != 0) {
        box->on_sent(box->user);
    }
}

static uint32_t send_all(outbox *box) {
    uint32_t sent = 0;
    while (sent < box->count) {
        uint32_t count = box->count - sent < BATCH_EVENTS ? box->count - sent : BATCH_EVENTS;
        int32_t status = publish(box, box->items + sent, count);
        if (status == KINMU_OK) {
            sent += count;
            continue;
        }
        uint32_t done = 0;
        if (status != KINMU_E_BUSY && status != KINMU_E_NOMEM) {
            done = publish_singly(box, box->items + sent, count);
        }
        sent += done;
        if (done < count) {
            break;
        }
    }
    return sent;
}

int32_t outbox_send(outbox *box) {
    uint32_t sent = send_all(box);
    box->count -= sent;
    if (box->count != 0) {
        memmove(box->items, box->items + sent, box->count * sizeof *box->items);
        if (box->retry_timer == 0) {
            box->timer->start(box->host, OUTBOX_RETRY_MS, 0, on_retry, box, &box->retry_timer);
        }
        return 0;
    }
    outbox_finish(box); /* changes are rare: keep no memory for them */
    return 1;
}

void outbox_stop(outbox *box) {
    box->timer->cancel(box->host, box->retry_timer);
    box->retry_timer = 0;
    uint32_t sent = send_all(box);
    box->lost += box->count - sent;
    outbox_finish(box);
}
