/* flow.c - see flow.h. Top: rows and the bus; below: from states to rows. */
#include "flow.h"

#include <kinmu/events/observation.h>
#include <kinmu/events/window.h>

#include <stdio.h>
#include <string.h>

#define NONE_SETTLE_MS 250 /* window managers clear the focus for a moment between two windows */
#define PUBLISH_RETRY_MS 500
#define NS_PER_MS 1000000u

static const window_facts nothing = {0, WINDOW_UNKNOWN, WINDOW_TITLE_NONE, "", ""};

static kinmu_clock now(const flow *self) {
    kinmu_clock clock = {0};
    self->timer->now(self->host, &clock);
    return clock;
}

static void count(const flow *self, enum flow_metric metric, uint64_t amount) {
    if (self->metrics != NULL) {
        self->metrics->add(self->host, metric, amount);
    }
}

void flow_arm(const kinmu_host *host, const kinmu_timer *timer, uint64_t *slot, uint64_t delay_ms,
              kinmu_timer_fn fn, void *user) {
    if (*slot == 0 && timer->start(host, delay_ms, 0, fn, user, slot) != KINMU_OK) {
        *slot = 0;
        host->log(host, KINMU_LOG_ERROR, "window: the host has no timer left; restart the plugin");
    }
}

static void arm(flow *self, uint64_t *slot, uint64_t delay_ms, kinmu_timer_fn fn) {
    flow_arm(self->host, self->timer, slot, delay_ms, fn, self);
}

static void disarm(flow *self, uint64_t *slot) {
    self->timer->cancel(self->host, *slot);
    *slot = 0;
}

/* Rows to the bus, in order */

static int32_t publish_row(flow *self, const flow_row *entry) {
    kinmu_value focus[KINMU_WINDOW_FOCUS_FIELDS];
    kinmu_value gap[KINMU_OBSERVATION_GAP_FIELDS];
    const window_facts *facts = &entry->facts;
    kinmu_event event = {0};
    event.schema = entry->schema;
    event.unix_ns = entry->at.unix_ns;
    event.mono_ns = entry->at.mono_ns;
    if (entry->schema == FLOW_SCHEMA_GAP) {
        gap[KINMU_OBSERVATION_GAP_STREAM] = kinmu_text("window");
        gap[KINMU_OBSERVATION_GAP_FROM_NS] = kinmu_time(entry->gap_from_ns);
        gap[KINMU_OBSERVATION_GAP_TO_NS] = kinmu_time(entry->at.unix_ns);
        gap[KINMU_OBSERVATION_GAP_CAUSE] = kinmu_text(entry->cause);
        gap[KINMU_OBSERVATION_GAP_DETAIL] = kinmu_text(facts->title);
        event.values = gap;
        event.value_count = KINMU_OBSERVATION_GAP_FIELDS;
    } else {
        focus[KINMU_WINDOW_FOCUS_PROCESS] =
            facts->process[0] != '\0' ? kinmu_text(facts->process) : kinmu_null();
        focus[KINMU_WINDOW_FOCUS_TITLE] =
            facts->title_state == WINDOW_TITLE_READ ? kinmu_text(facts->title) : kinmu_null();
        focus[KINMU_WINDOW_FOCUS_URL] = kinmu_null(); /* the browser collector knows it */
        focus[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text(entry->cause);
        focus[KINMU_WINDOW_FOCUS_ELEVATED] =
            facts->elevated != WINDOW_UNKNOWN ? kinmu_bool(facts->elevated) : kinmu_null();
        event.values = focus;
        event.value_count = KINMU_WINDOW_FOCUS_FIELDS;
    }
    return self->bus->publish(self->host, &event, 1, NULL);
}

static void on_publish_timer(void *user);

static void publish_queue(flow *self) {
    while (self->queue_count > 0) {
        int32_t status = publish_row(self, &self->queue[self->queue_first]);
        if (status == KINMU_E_BUSY || status == KINMU_E_RETRY || status == KINMU_E_NOMEM) {
            arm(self, &self->publish_timer, PUBLISH_RETRY_MS, on_publish_timer);
            return;
        }
        if (status != KINMU_OK) {
            count(self, METRIC_LOST, 1);
            self->host->log(self->host, KINMU_LOG_ERROR,
                            "window: the bus refused a row; see the counter rows_lost_total");
        }
        self->queue_first = (self->queue_first + 1) % FLOW_QUEUE_ROWS_MAX;
        self->queue_count--;
    }
}

/* Queues a row; a full queue loses it, which queue_rest tells once there is room again. */
static void queue_row(flow *self, const flow_row *entry) {
    if (self->queue_count == FLOW_QUEUE_ROWS_MAX || self->lost_from_ns != 0) {
        self->lost_from_ns = self->lost_from_ns != 0 ? self->lost_from_ns : entry->at.unix_ns;
        self->lost_count++;
        count(self, METRIC_LOST, 1);
        return;
    }
    uint32_t last = (self->queue_first + self->queue_count) % FLOW_QUEUE_ROWS_MAX;
    self->queue[last] = *entry;
    self->queue_count++;
    publish_queue(self);
}

static void push(flow *self, const char *cause, const window_facts *facts, const kinmu_clock *at) {
    flow_row entry = {*at, FLOW_SCHEMA_FOCUS, 0, cause, *facts};
    self->published = *facts;
    self->published_mono_ns = now(self).mono_ns; /* a held row is older than its publishing */
    count(self, METRIC_ROWS, 1);
    if (facts->title_state == WINDOW_TITLE_UNREADABLE) {
        count(self, METRIC_UNREADABLE, 1);
    }
    if (facts->id != 0 && facts->process[0] == '\0') {
        count(self, METRIC_NAMELESS, 1);
    }
    queue_row(self, &entry);
}

static void push_gap(flow *self, int64_t from_ns, const char *cause, const char *detail,
                     const kinmu_clock *at) {
    flow_row entry = {.at = *at, .schema = FLOW_SCHEMA_GAP, .gap_from_ns = from_ns, .cause = cause};
    snprintf(entry.facts.title, sizeof entry.facts.title, "%s", detail);
    queue_row(self, &entry);
}

/* After rows were lost: tells the span, then where things stand now. */
static void queue_rest(flow *self) {
    if (self->lost_from_ns == 0 || self->queue_count > 0) {
        return;
    }
    kinmu_clock at = now(self);
    char detail[FLOW_GAP_DETAIL_BYTES_MAX + 1];
    snprintf(detail, sizeof detail, "%llu rows lost", (unsigned long long)self->lost_count);
    int64_t from_ns = self->lost_from_ns;
    self->lost_from_ns = 0;
    self->lost_count = 0;
    push_gap(self, from_ns, "queue-full", detail, &at);
    if (self->observing) {
        push(self, "start", &self->published, &at);
    } else {
        push(self, "end", &nothing, &at);
    }
}

static void on_publish_timer(void *user) {
    flow *self = user;
    self->publish_timer = 0;
    publish_queue(self);
    queue_rest(self);
}

/* From states to rows */

static int32_t same_window(const window_facts *one, const window_facts *other) {
    return one->id == other->id && strcmp(one->process, other->process) == 0;
}

static int32_t same_title(const window_facts *one, const window_facts *other) {
    return one->title_state == other->title_state && strcmp(one->title, other->title) == 0;
}

static void release_held(flow *self) {
    disarm(self, &self->settle_timer);
    if (self->holding) {
        self->holding = 0;
        push(self, self->held.id == 0 ? "none" : "title", &self->held, &self->held_at);
    }
}

static void drop_held(flow *self) {
    disarm(self, &self->settle_timer);
    self->holding = 0;
}

static void on_settle_timer(void *user) {
    flow *self = user;
    self->settle_timer = 0;
    release_held(self);
}

static void hold(flow *self, const window_facts *facts, const kinmu_clock *at, uint64_t delay_ms) {
    self->holding = 1;
    self->held = *facts;
    self->held_at = *at;
    if (delay_ms == 0) {
        release_held(self);
    } else {
        arm(self, &self->settle_timer, delay_ms, on_settle_timer);
    }
}

/* Milliseconds until the same window may have another title row. */
static uint64_t title_delay_ms(const flow *self, const kinmu_clock *at) {
    uint64_t passed_ms = (at->mono_ns - self->published_mono_ns) / NS_PER_MS;
    uint64_t interval_ms = (uint64_t)self->title_interval_ms;
    return passed_ms < interval_ms ? interval_ms - passed_ms : 0;
}

/* A state that may differ from the last one. */
static void take_state(flow *self, const window_facts *facts, const kinmu_clock *at) {
    int32_t held_none = self->holding && self->held.id == 0;
    if (same_window(facts, &self->published)) {
        if (held_none || same_title(facts, &self->published)) {
            drop_held(self); /* it came back to what the last row says */
        }
        if (!same_title(facts, &self->published)) {
            hold(self, facts, at, title_delay_ms(self, at));
        }
        return;
    }
    if (facts->id == 0) {
        if (!held_none) {
            release_held(self);
            hold(self, facts, at, NONE_SETTLE_MS);
        }
        return;
    }
    if (held_none) {
        drop_held(self);
    } else {
        release_held(self);
    }
    push(self, "focus", facts, at);
}

static void close_gap(flow *self, const kinmu_clock *at) {
    if (self->gap_from_ns != 0) {
        push_gap(self, self->gap_from_ns, self->gap_cause, self->gap_detail, at);
        self->gap_from_ns = 0;
    }
}

static void end_observing(flow *self, const kinmu_clock *at) {
    if (self->observing) {
        release_held(self);
        self->observing = 0;
        push(self, "end", &nothing, at);
    }
}

void flow_observe(flow *self, const window_facts *facts) {
    kinmu_clock at = now(self);
    if (self->observing) {
        take_state(self, facts, &at);
        return;
    }
    self->observing = 1;
    close_gap(self, &at);
    push(self, "start", facts, &at);
}

void flow_unobserved(flow *self, const char *cause, const char *detail) {
    kinmu_clock at = now(self);
    end_observing(self, &at);
    if (self->gap_from_ns == 0) {
        self->gap_from_ns = at.unix_ns;
        self->gap_cause = cause;
        snprintf(self->gap_detail, sizeof self->gap_detail, "%s", detail);
    }
}

void flow_stop(flow *self) {
    kinmu_clock at = now(self);
    end_observing(self, &at);
    close_gap(self, &at);
    publish_queue(self); /* once more; what the bus does not take now is lost */
    count(self, METRIC_LOST, self->queue_count);
    self->queue_count = 0;
    self->lost_from_ns = 0;
    self->lost_count = 0;
    disarm(self, &self->publish_timer);
}
