/* probe_bus.c - bus/1: what is refused, when events are durable, decisions, deliveries. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- refusals ---- */

static void note_publish(probe *p, const char *what, const kinmu_event *event, uint32_t count) {
    uint64_t ticket = 0;
    probe_note(p, "publish %s: %s", what,
               probe_status(p->bus->publish(p->host, event, count, &ticket)));
}

void probe_bus_refusals(probe *p) {
    kinmu_value values[NOTE_FIELDS + 1];
    kinmu_event event = probe_note_event(values, 1, "refused");
    note_publish(p, "nothing", &event, 0);
    event.schema = PROBE_OTHER;
    note_publish(p, "an accepted schema only", &event, 1);
    event.schema = 99;
    note_publish(p, "no row of the table", &event, 1);
    event = probe_note_event(values, 1, "refused");
    values[NOTE_NUMBER] = kinmu_null();
    note_publish(p, "a required value missing", &event, 1);
    values[NOTE_NUMBER] = kinmu_text("one");
    note_publish(p, "a text for a number", &event, 1);
    event = probe_note_event(values, 1, "\xff\xfe");
    note_publish(p, "a text that is not UTF-8", &event, 1);
    event = probe_note_event(values, 1, "refused");
    values[NOTE_FIELDS] = kinmu_i64(1);
    event.value_count = NOTE_FIELDS + 1;
    note_publish(p, "a value too many", &event, 1);
    kinmu_value state[STATE_FIELDS];
    event = probe_state_event(state, "a", 1);
    note_publish(p, "a record", &event, 1);
    probe_next(p);
}

/* ---- durable ---- */

static void on_durable(void *user, int32_t status, uint64_t number) {
    probe *p = user;
    probe_note(p, "when_durable: %s, for its ticket %d, durable() reaches it %d",
               probe_status(status), number == p->ticket, p->bus->durable(p->host) >= p->ticket);
    probe_next(p);
}

void probe_bus_publish(probe *p) {
    kinmu_value values[NOTE_FIELDS];
    kinmu_event event = probe_note_event(values, 1, "first");
    int32_t status = p->bus->publish(p->host, &event, 1, &p->ticket);
    probe_note(p, "publish: %s, ticket given %d", probe_status(status), p->ticket > 0);
    memset(values, 0xff, sizeof values); /* copied, or the journal gets rubbish */
    status = p->bus->when_durable(p->host, p->ticket, on_durable, p);
    probe_note(p, "when_durable: %s", probe_status(status));
    if (status != KINMU_OK) {
        probe_next(p);
    }
}

/* ---- many at once ---- */

static void on_many_durable(void *user, int32_t status, uint64_t number) {
    (void)number;
    probe_note(user, "all durable: %s", probe_status(status));
    probe_next(user);
}

void probe_bus_many(probe *p) {
    kinmu_event *events = calloc(KINMU_EVENTS_MAX + 1, sizeof *events);
    kinmu_value values[NOTE_FIELDS];
    for (uint32_t i = 0; events != NULL && i <= KINMU_EVENTS_MAX; i++) {
        events[i] = probe_note_event(values, 1000, "one of many");
    }
    note_publish(p, "one event too many", events, KINMU_EVENTS_MAX + 1);
    int32_t status = p->bus->publish(p->host, events, KINMU_EVENTS_MAX, &p->ticket);
    probe_note(p, "publish as many as allowed: %s", probe_status(status));
    free(events);
    if (status != KINMU_OK ||
        p->bus->when_durable(p->host, p->ticket, on_many_durable, p) != KINMU_OK) {
        probe_next(p);
    }
}

/* ---- decisions ---- */

static void on_owner_refused(void *user, int32_t status, uint64_t number) {
    (void)number;
    probe_note(user, "append_if of a log: %s", probe_status(status));
    probe_next(user);
}

/* A log is refused at once or by done; both say the same, so both are one finding. */
static void decide_a_log(probe *p) {
    kinmu_value values[NOTE_FIELDS];
    kinmu_event event = probe_note_event(values, 1, "no record");
    int32_t status = p->bus->append_if(p->host, p->head, &event, 1, on_owner_refused, p);
    if (status != KINMU_OK) {
        on_owner_refused(p, status, 0);
    }
}

static void on_mixed(void *user, int32_t status, uint64_t number) {
    probe *p = user;
    (void)number;
    probe_note(p, "append_if of a record and a log on an old head: %s", probe_status(status));
    decide_a_log(p);
}

static void decide_a_log_with_a_record(probe *p) {
    kinmu_value values[STATE_FIELDS];
    kinmu_value note[NOTE_FIELDS];
    kinmu_event events[] = {probe_state_event(values, "a", 3), probe_note_event(note, 1, "why")};
    int32_t status = p->bus->append_if(p->host, p->head - 1, events, 2, on_mixed, p);
    if (status != KINMU_OK) {
        on_mixed(p, status, 0);
    }
}

static void on_second(void *user, int32_t status, uint64_t number) {
    probe *p = user;
    probe_note(p, "append_if on an old head: %s, tells the head found %d", probe_status(status),
               number == p->head);
    decide_a_log_with_a_record(p);
}

static void on_first(void *user, int32_t status, uint64_t number) {
    probe *p = user;
    probe_note(p, "append_if: %s, one number further %d, head() tells it %d", probe_status(status),
               number == p->head + 1, p->bus->head(p->host) == number);
    kinmu_value values[STATE_FIELDS];
    kinmu_event event = probe_state_event(values, "a", 2);
    uint64_t old = p->head;
    p->head = number;
    status = p->bus->append_if(p->host, old, &event, 1, on_second, p);
    if (status != KINMU_OK) {
        on_second(p, status, 0);
    }
}

void probe_bus_decide(probe *p) {
    kinmu_value values[STATE_FIELDS];
    kinmu_event event = probe_state_event(values, "a", 1);
    p->head = p->bus->head(p->host);
    probe_note(p, "append_if without events: %s",
               probe_status(p->bus->append_if(p->host, p->head, &event, 0, on_first, p)));
    int32_t status = p->bus->append_if(p->host, p->head, &event, 1, on_first, p);
    if (status != KINMU_OK) {
        on_first(p, status, 0);
    }
}

/* ---- deliveries ---- */

static int32_t is_set(const uint8_t *id) {
    static const uint8_t none[16];
    return id != NULL && memcmp(id, none, sizeof none) != 0;
}

static void describe(const kinmu_event *event, char *out, size_t size) {
    char text[64] = "-";
    uint32_t text_at = event->schema == PROBE_NOTE ? NOTE_TEXT : STATE_NAME;
    uint32_t number_at = event->schema == PROBE_NOTE ? NOTE_NUMBER : STATE_NUMBER;
    if (event->value_count > text_at && event->values[text_at].type == KINMU_TYPE_TEXT) {
        (void)snprintf(text, sizeof text, "%.*s", (int)event->values[text_at].size,
                       event->values[text_at].as.text);
    }
    int64_t number = event->value_count > number_at ? event->values[number_at].as.i64 : -1;
    (void)snprintf(out, size,
                   "%lld \"%s\", subject \"%s\", zone \"%s\", offset %d, sequence %d, block %d, "
                   "origin %d, boot %d, time %d",
                   (long long)number, text, event->subject, event->zone, event->utc_offset_s,
                   event->sequence > 0, event->block > 0, is_set(event->origin),
                   is_set(event->boot_id), event->unix_ns > 0 && event->mono_ns > 0);
}

/* What is published while a batch is handled commits together with the cursor behind it. */
static void echo(probe *p) {
    kinmu_value values[NOTE_FIELDS];
    kinmu_event event = probe_note_event(values, 2, "echo");
    p->is_echoed = p->bus->publish(p->host, &event, 1, NULL) == KINMU_OK;
}

int32_t probe_take_events(probe *p, const kinmu_batch *batch) {
    if (!p->has_refused) {
        p->has_refused = 1; /* the same batch comes again */
        return KINMU_E_BUSY;
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        const kinmu_event *event = &batch->events[i];
        p->last_block = event->block;
        if (event->schema == PROBE_NOTE && p->notes_seen++ == 0) {
            describe(event, p->first_note, sizeof p->first_note);
        } else if (event->schema == PROBE_STATE && p->states_seen++ == 0) {
            describe(event, p->first_state, sizeof p->first_state);
        }
    }
    if (!p->is_echoed) {
        echo(p);
    }
    return KINMU_OK;
}

/* The note, its echo and the decision. */
static void look(void *user) {
    probe *p = user;
    if (p->notes_seen < 2 || p->states_seen < 1) {
        return;
    }
    p->timer->cancel(p->host, p->timer_id);
    probe_note(p, "delivered notes %u, states %u", p->notes_seen, p->states_seen);
    probe_note(p, "first note: %s", p->first_note);
    probe_note(p, "first state: %s", p->first_state);
    probe_next(p);
}

void probe_bus_delivery(probe *p) {
    (void)p->timer->start(p->host, 10, 10, look, p, &p->timer_id);
}
