/* probe_derive.c - bus/1 derive: what is refused, what a reader then sees, what a decided row does.
 */
#include "probe.h"

static int32_t take_state(void *user, const kinmu_event *row) {
    probe_note(user, "row %.*s %lld, of a block %d", (int)row->values[STATE_NAME].size,
               row->values[STATE_NAME].as.text, (long long)row->values[STATE_NUMBER].as.i64,
               row->block > 0);
    return 0;
}

static void read_states(probe *p) {
    kinmu_query query = {sizeof query, PROBE_STATE, NULL, 0, 10, "name", 0, p->last_block, 0};
    probe_note(p, "read: %s", probe_status(p->records->query(p->host, &query, take_state, p)));
}

static void read_last(void *user) {
    read_states(user);
}

static void on_removed(void *user, int32_t status, uint64_t number) {
    probe *p = user;
    probe_note(p, "derive once more, one row removed: %s, number %d", probe_status(status),
               (int)number);
    probe_job(p, read_last);
}

static void read_first(void *user) {
    read_states(user);
}

static void on_read(void *user, int32_t status) {
    probe *p = user;
    kinmu_value values[2][STATE_FIELDS];
    kinmu_event events[2] = {probe_state_event(values[0], "b", 0),
                             probe_state_event(values[1], "c", 70)};
    (void)status;
    values[0][STATE_NUMBER] = kinmu_null(); /* the key is enough */
    events[0].flags = KINMU_EVENT_REMOVED;
    if (p->bus->derive(p->host, events, 2, on_removed, p) != KINMU_OK) {
        on_removed(p, KINMU_E_REJECT, 0);
    }
}

static void on_derived(void *user, int32_t status, uint64_t number) {
    probe *p = user;
    probe_note(p, "derive: %s, number %d, head as before %d", probe_status(status), (int)number,
               p->bus->head(p->host) == p->head);
    if (p->work->submit(p->host, read_first, on_read, p) != KINMU_OK) {
        probe_next(p);
    }
}

static void never(void *user, int32_t status, uint64_t number) {
    (void)number;
    probe_note(user, "what was refused is answered: %s", probe_status(status));
}

void probe_derive(probe *p) {
    kinmu_value note[NOTE_FIELDS];
    kinmu_value values[2][STATE_FIELDS];
    kinmu_event log = probe_note_event(note, 1, "no record");
    kinmu_event events[2] = {probe_state_event(values[0], "a", 50),
                             probe_state_event(values[1], "b", 60)};
    const kinmu_bus *bus = p->bus;
    p->head = bus->head(p->host);
    probe_note(p, "derive nothing: %s", probe_status(bus->derive(p->host, events, 0, never, p)));
    probe_note(p, "derive a log: %s", probe_status(bus->derive(p->host, &log, 1, never, p)));
    log.flags = KINMU_EVENT_REMOVED;
    probe_note(p, "publish a removal: %s", probe_status(bus->publish(p->host, &log, 1, NULL)));
    events[0].flags = KINMU_EVENT_REMOVED;
    probe_note(p, "decide a removal: %s",
               probe_status(bus->append_if(p->host, p->head, events, 1, never, p)));
    events[0].flags = 0;
    if (bus->derive(p->host, events, 2, on_derived, p) != KINMU_OK) {
        on_derived(p, KINMU_E_REJECT, 0);
    }
}
