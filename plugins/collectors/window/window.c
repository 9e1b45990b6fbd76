/* window.c - the collector `window`: which window was in the foreground, as kinmu.window.focus/1.
 *
 * A backend (backend.h) reports the foreground; this file decides what becomes an event: repeated
 * states are dropped, title changes of one window are at most one per interval, a short "no window"
 * between two windows is skipped. Events leave in the order they happened and are kept while the
 * bus is full. Nothing is polled: without changes there is no timer. What was not observed becomes
 * kinmu.observation.gap/1, never a window that merely seems to stay. Titles are published as they
 * are; the host redacts them.
 */
#include "backend.h"

#include <kinmu/events/observation.h>
#include <kinmu/events/window.h>
#include <kinmu/iface/bus.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE_SETTLE_MS 250 /* window managers clear the focus for a moment between two windows */
#define PUBLISH_RETRY_MS 500
#define CONNECT_RETRY_MS_MIN 1000
#define CONNECT_RETRY_MS_MAX 60000
#define AGAIN_MS 1
#define STATES_PER_TURN_MAX 64
#define QUEUE_ROWS_MAX 64
#define DISPLAY_NAME_BYTES_MAX 255
#define GAP_DETAIL_BYTES_MAX 127
#define NS_PER_MS 1000000u

#define SCHEMA_FOCUS 0u
#define SCHEMA_GAP 1u

enum metric { METRIC_ROWS, METRIC_UNREADABLE, METRIC_NAMELESS, METRIC_LOST };

typedef struct window_config {
    const char *display;
    int64_t title_interval_ms;
} window_config;

/* An event waiting for the bus. A gap has its beginning and keeps its detail as title. */
typedef struct row {
    kinmu_clock at;
    uint32_t schema;
    int64_t gap_from_ns;
    const char *cause; /* a static word of the schema's choices */
    window_facts facts;
} row;

typedef struct window {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_poll *poll;
    const kinmu_work *work;
    const kinmu_metrics *metrics;
    window_config config;
    int32_t started;

    const window_backend *backend;
    char display[DISPLAY_NAME_BYTES_MAX + 1];
    void *connection; /* of the backend; NULL = not connected */
    uint64_t poll_id;
    uint64_t connect_timer;
    uint64_t again_timer;
    uint64_t retry_ms;

    int32_t opening; /* a job runs; it alone touches the four fields below */
    int32_t opened_status;
    void *opened;
    kinmu_err opened_err;
    char opening_display[DISPLAY_NAME_BYTES_MAX + 1];

    int32_t observing;
    window_facts published; /* the foreground as last put into a row */
    uint64_t published_mono_ns;
    int32_t holding; /* `held` is newer than `published` and waits for settle_timer */
    window_facts held;
    kinmu_clock held_at;
    uint64_t settle_timer;

    int64_t gap_from_ns; /* 0 = no gap open */
    const char *gap_cause;
    char gap_detail[GAP_DETAIL_BYTES_MAX + 1];

    row queue[QUEUE_ROWS_MAX];
    uint32_t queue_first;
    uint32_t queue_count;
    uint64_t publish_timer;
    int64_t lost_from_ns; /* 0 = nothing lost since the queue was last empty */
    uint64_t lost_count;
} window;

static kinmu_clock now(const window *self) {
    kinmu_clock clock = {0};
    self->timer->now(self->host, &clock);
    return clock;
}

static void count(const window *self, enum metric metric) {
    if (self->metrics != NULL) {
        self->metrics->add(self->host, metric, 1);
    }
}

/* Starts the timer of one slot unless it runs; a slot is cleared by its own callback. */
static void arm(window *self, uint64_t *slot, uint64_t delay_ms, kinmu_timer_fn fn) {
    if (*slot == 0 && self->timer->start(self->host, delay_ms, 0, fn, self, slot) != KINMU_OK) {
        *slot = 0;
        self->host->log(self->host, KINMU_LOG_ERROR, "window: no timer left; restart the plugin");
    }
}

static void disarm(window *self, uint64_t *slot) {
    self->timer->cancel(self->host, *slot);
    *slot = 0;
}

/* Rows to the bus, in order */

static int32_t publish_row(window *self, const row *entry) {
    kinmu_value focus[KINMU_WINDOW_FOCUS_FIELDS];
    kinmu_value gap[KINMU_OBSERVATION_GAP_FIELDS];
    const window_facts *facts = &entry->facts;
    kinmu_event event = {0};
    event.schema = entry->schema;
    event.unix_ns = entry->at.unix_ns;
    event.mono_ns = entry->at.mono_ns;
    if (entry->schema == SCHEMA_GAP) {
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
        focus[KINMU_WINDOW_FOCUS_TITLE] = facts->title_state == WINDOW_TITLE_READ
                                              ? kinmu_text(facts->title)
                                              : kinmu_null();
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

static void publish_queue(window *self) {
    while (self->queue_count > 0) {
        int32_t status = publish_row(self, &self->queue[self->queue_first]);
        if (status == KINMU_E_BUSY || status == KINMU_E_RETRY || status == KINMU_E_NOMEM) {
            arm(self, &self->publish_timer, PUBLISH_RETRY_MS, on_publish_timer);
            return;
        }
        if (status != KINMU_OK) {
            count(self, METRIC_LOST);
            self->host->log(self->host, KINMU_LOG_ERROR,
                            "window: the bus refused a row; see the counter rows_lost_total");
        }
        self->queue_first = (self->queue_first + 1) % QUEUE_ROWS_MAX;
        self->queue_count--;
    }
}

/* Queues a row; a full queue loses it, which queue_rest tells once there is room again. */
static void queue_row(window *self, const row *entry) {
    if (self->queue_count == QUEUE_ROWS_MAX || self->lost_from_ns != 0) {
        self->lost_from_ns = self->lost_from_ns != 0 ? self->lost_from_ns : entry->at.unix_ns;
        self->lost_count++;
        count(self, METRIC_LOST);
        return;
    }
    uint32_t last = (self->queue_first + self->queue_count) % QUEUE_ROWS_MAX;
    self->queue[last] = *entry;
    self->queue_count++;
    publish_queue(self);
}

static void push(window *self, const char *cause, const window_facts *facts,
                 const kinmu_clock *at) {
    row entry = {*at, SCHEMA_FOCUS, 0, cause, *facts};
    self->published = *facts;
    self->published_mono_ns = at->mono_ns;
    count(self, METRIC_ROWS);
    if (facts->title_state == WINDOW_TITLE_UNREADABLE) {
        count(self, METRIC_UNREADABLE);
    }
    if (facts->id != 0 && facts->process[0] == '\0') {
        count(self, METRIC_NAMELESS);
    }
    queue_row(self, &entry);
}

static void push_gap(window *self, int64_t from_ns, const char *cause, const char *detail,
                     const kinmu_clock *at) {
    row entry = {.at = *at, .schema = SCHEMA_GAP, .gap_from_ns = from_ns, .cause = cause};
    snprintf(entry.facts.title, sizeof entry.facts.title, "%s", detail);
    queue_row(self, &entry);
}

/* After rows were lost: tells the span, then where things stand now. */
static void queue_rest(window *self) {
    if (self->lost_from_ns == 0 || self->queue_count > 0) {
        return;
    }
    kinmu_clock at = now(self);
    char detail[GAP_DETAIL_BYTES_MAX + 1];
    snprintf(detail, sizeof detail, "%llu rows lost", (unsigned long long)self->lost_count);
    int64_t from_ns = self->lost_from_ns;
    self->lost_from_ns = 0;
    self->lost_count = 0;
    push_gap(self, from_ns, "queue-full", detail, &at);
    if (self->observing) {
        push(self, "start", &self->published, &at);
    }
}

static void on_publish_timer(void *user) {
    window *self = user;
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

static void release_held(window *self) {
    disarm(self, &self->settle_timer);
    if (self->holding) {
        self->holding = 0;
        push(self, self->held.id == 0 ? "none" : "title", &self->held, &self->held_at);
    }
}

static void drop_held(window *self) {
    disarm(self, &self->settle_timer);
    self->holding = 0;
}

static void on_settle_timer(void *user) {
    window *self = user;
    self->settle_timer = 0;
    release_held(self);
}

static void hold(window *self, const window_facts *facts, const kinmu_clock *at,
                 uint64_t delay_ms) {
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
static uint64_t title_delay_ms(const window *self, const kinmu_clock *at) {
    uint64_t passed_ms = (at->mono_ns - self->published_mono_ns) / NS_PER_MS;
    uint64_t interval_ms = (uint64_t)self->config.title_interval_ms;
    return passed_ms < interval_ms ? interval_ms - passed_ms : 0;
}

static void observe(window *self, const window_facts *facts, const kinmu_clock *at) {
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

static void open_gap(window *self, const char *cause, const char *detail, int64_t from_ns) {
    if (self->gap_from_ns == 0) {
        self->gap_from_ns = from_ns;
        self->gap_cause = cause;
        snprintf(self->gap_detail, sizeof self->gap_detail, "%s", detail);
    }
}

static void close_gap(window *self, const kinmu_clock *at) {
    if (self->gap_from_ns != 0) {
        push_gap(self, self->gap_from_ns, self->gap_cause, self->gap_detail, at);
        self->gap_from_ns = 0;
    }
}

static void begin_observing(window *self, const window_facts *facts, const kinmu_clock *at) {
    char text[DISPLAY_NAME_BYTES_MAX + 64];
    snprintf(text, sizeof text, "window: watching the %s '%s'", self->backend->name, self->display);
    self->host->health(self->host, KINMU_HEALTH_OK, text);
    self->observing = 1;
    self->retry_ms = CONNECT_RETRY_MS_MIN;
    close_gap(self, at);
    push(self, "start", facts, at);
}

static void end_observing(window *self, const kinmu_clock *at) {
    if (self->observing) {
        static const window_facts nothing = {0, WINDOW_UNKNOWN, WINDOW_TITLE_NONE, "", ""};
        release_held(self);
        self->observing = 0;
        push(self, "end", &nothing, at);
    }
}

/* Connection */

static void connect_display(window *self);

static void on_connect_timer(void *user) {
    window *self = user;
    self->connect_timer = 0;
    connect_display(self);
}

static void disconnect(window *self) {
    self->poll->remove(self->host, self->poll_id);
    self->poll_id = 0;
    disarm(self, &self->again_timer);
    if (self->connection != NULL) {
        self->backend->close(self->connection);
        self->connection = NULL;
    }
}

/* Not observing from here on; says why, and notes the gap. */
static void become_unavailable(window *self, const char *gap_cause, const kinmu_err *err) {
    kinmu_clock at = now(self);
    end_observing(self, &at);
    open_gap(self, gap_cause, err->key, at.unix_ns);
    self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE, err->msg);
}

static void connect_later(window *self) {
    arm(self, &self->connect_timer, self->retry_ms, on_connect_timer);
    self->retry_ms *= 2;
    if (self->retry_ms > CONNECT_RETRY_MS_MAX) {
        self->retry_ms = CONNECT_RETRY_MS_MAX;
    }
}

static void take_states(window *self);

static void on_ready(void *user, uint32_t ready) {
    (void)ready; /* a broken descriptor shows in the reading */
    take_states(user);
}

static void on_again_timer(void *user) {
    window *self = user;
    self->again_timer = 0;
    take_states(self);
}

static void take_states(window *self) {
    int32_t result = KINMU_E_BUSY;
    for (uint32_t states = 0; states < STATES_PER_TURN_MAX; states++) {
        window_facts facts;
        kinmu_err err = {{0}, {0}};
        result = self->backend->next(self->connection, &facts, &err);
        if (result == 1) {
            kinmu_clock at = now(self);
            if (self->observing) {
                observe(self, &facts, &at);
            } else {
                begin_observing(self, &facts, &at);
            }
        } else if (result == KINMU_E_NOTFOUND) {
            become_unavailable(self, "unknown", &err);
        } else if (result == KINMU_E_RETRY) {
            disconnect(self);
            become_unavailable(self, "display-lost", &err);
            connect_later(self);
            return;
        } else {
            break;
        }
        result = KINMU_E_BUSY;
    }
    if (result == KINMU_E_BUSY) {
        arm(self, &self->again_timer, AGAIN_MS, on_again_timer);
    }
}

static void open_job(void *user) {
    window *self = user;
    self->opened_status =
        self->backend->open(self->opening_display, &self->opened, &self->opened_err);
}

static void open_done(void *user, int32_t status) {
    window *self = user;
    void *connection = status == KINMU_OK && self->opened_status == KINMU_OK ? self->opened : NULL;
    self->opening = 0;
    if (!self->started) {
        self->backend->close(connection);
        return;
    }
    self->connection = connection;
    if (connection != NULL &&
        self->poll->add(self->host, self->backend->handle(connection), KINMU_POLL_READ, on_ready,
                        self, &self->poll_id) != KINMU_OK) {
        snprintf(self->opened_err.key, sizeof self->opened_err.key, "window.no-poll");
        snprintf(self->opened_err.msg, sizeof self->opened_err.msg,
                 "window: the host cannot watch the display's descriptor; it is tried again");
        disconnect(self);
    }
    if (self->connection == NULL) {
        become_unavailable(self, "display-lost", &self->opened_err);
        connect_later(self);
        return;
    }
    take_states(self);
}

static void connect_display(window *self) {
    if (self->opening) {
        return; /* its end takes up the new start */
    }
    const char *name = NULL;
    kinmu_err err = {{0}, {0}};
    self->backend = window_backend_for(self->config.display, &name, &err);
    if (self->backend == NULL) { /* a session gets its display when it begins, not later */
        become_unavailable(self, "unknown", &err);
        return;
    }
    snprintf(self->display, sizeof self->display, "%s", name);
    snprintf(self->opening_display, sizeof self->opening_display, "%s", name);
    memset(&self->opened_err, 0, sizeof self->opened_err);
    self->opened = NULL;
    self->opening = 1;
    if (self->work->submit(self->host, open_job, open_done, self) != KINMU_OK) {
        self->opening = 0;
        connect_later(self);
    }
}

/* Life cycle */

static int32_t window_create(const kinmu_host *host, const void *config, void **instance,
                             kinmu_err *err) {
    window *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->config = *(const window_config *)config;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    self->poll = host->iface(host, KINMU_POLL_1);
    self->work = host->iface(host, KINMU_WORK_1);
    self->metrics = host->iface(host, KINMU_METRICS_1);
    if (self->bus == NULL || self->timer == NULL || self->poll == NULL || self->work == NULL) {
        snprintf(err->key, sizeof err->key, "window.host");
        snprintf(err->msg, sizeof err->msg,
                 "window: this host lacks bus/1, timer/1, poll/1 or work/1; update Kinmu");
        return KINMU_E_ABI;
    }
    return KINMU_OK;
}

static int32_t window_start(void *instance, kinmu_err *err) {
    (void)err;
    window *self = instance;
    if (!self->started) {
        self->started = 1;
        self->retry_ms = CONNECT_RETRY_MS_MIN;
        connect_display(self);
    }
    return KINMU_OK;
}

static int32_t window_stop(void *instance, kinmu_err *err) {
    (void)err;
    window *self = instance;
    if (!self->started) {
        return KINMU_OK;
    }
    kinmu_clock at = now(self);
    self->started = 0;
    end_observing(self, &at);
    close_gap(self, &at);
    disarm(self, &self->connect_timer);
    disarm(self, &self->publish_timer);
    disconnect(self);
    return KINMU_OK;
}

static void window_destroy(void *instance) {
    free(instance);
}

static int32_t window_reconfigure(void *instance, const void *config, kinmu_err *err) {
    (void)err;
    window *self = instance;
    self->config = *(const window_config *)config;
    return KINMU_OK;
}

/* Description */

static const kinmu_option options[] = {
    {.name = "display",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(window_config, display),
     .min = 1,
     .max = DISPLAY_NAME_BYTES_MAX,
     .columns = KINMU_TABLE_EMPTY,
     .doc = "Display to watch: ':0' is an X display, 'wayland-1' a Wayland display. Without it that "
            "of the session: WAYLAND_DISPLAY, else DISPLAY.",
     .doc_ja = "監視するディスプレイ。':0' は X、'wayland-1' は Wayland。省略時はセッションの "
               "WAYLAND_DISPLAY、なければ DISPLAY。",
     .since = "1.0"},
    {.name = "title_interval",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(window_config, title_interval_ms),
     .default_text = "1s",
     .min = 100,
     .max = 3600000,
     .columns = KINMU_TABLE_EMPTY,
     .doc = "A window that keeps changing its title gives at most one row in this time, with the "
            "last title. Focus changes are never delayed.",
     .doc_ja = "同じウィンドウのタイトル変更は、この時間に最大 1 行(最後のタイトル)。"
               "ウィンドウの切り替えは遅らせない。",
     .since = "1.0"},
};

static const kinmu_schema_use schemas[] = {
    [SCHEMA_FOCUS] = {&kinmu_window_focus, KINMU_EMITS, 0},
    [SCHEMA_GAP] = {&kinmu_observation_gap, KINMU_EMITS, 0},
};

static const kinmu_metric metrics[] = {
    [METRIC_ROWS] = {"rows_total", KINMU_METRIC_COUNTER, 0, "count", "Focus and title rows made."},
    [METRIC_UNREADABLE] = {"titles_unreadable_total", KINMU_METRIC_COUNTER, 0, "count",
                           "Titles in an encoding that cannot be converted; stored as null."},
    [METRIC_NAMELESS] = {"processes_unknown_total", KINMU_METRIC_COUNTER, 0, "count",
                         "Rows of windows whose process could not be named; stored as null."},
    [METRIC_LOST] = {"rows_lost_total", KINMU_METRIC_COUNTER, KINMU_METRIC_LOSS, "count",
                     "Rows lost because the bus stayed full or refused them."},
};

static const kinmu_plugin window_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .flags = KINMU_PLUGIN_SESSION,
    .config_size = sizeof(window_config),
    .name = "window",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Records which window was in the foreground: program, title, time of the change. X11 by "
           "EWMH, Wayland by wlr-foreign-toplevel-management.",
    .doc_ja = "前面のウィンドウ(プログラム名、タイトル、切り替え時刻)を記録する。X11 は EWMH、"
              "Wayland は wlr-foreign-toplevel-management による。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .commands = KINMU_TABLE_EMPTY,
    .metrics = KINMU_TABLE(metrics),
    .create = window_create,
    .start = window_start,
    .stop = window_stop,
    .destroy = window_destroy,
    .reconfigure = window_reconfigure,
};

KINMU_MODULE(&window_plugin);
