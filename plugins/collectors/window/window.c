/* window.c - the collector `window`: which window was in the foreground, as kinmu.window.focus/1.
 *
 * This file connects to the display and keeps the connection; a backend (backend.h) reads the
 * foreground from it and flow.c makes events of that. Nothing is polled: while a display is there
 * and nothing changes, no timer runs. A display that is absent or goes away is tried again with
 * back-off. Titles are published as they are; the host redacts them.
 */
#include "backend.h"
#include "flow.h"

#include <kinmu/events/observation.h>
#include <kinmu/events/window.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/work.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_RETRY_MS_MIN 1000
#define CONNECT_RETRY_MS_MAX 60000
#define AGAIN_MS 1
#define STATES_PER_TURN_MAX 64
#define DISPLAY_NAME_BYTES_MAX 255

typedef struct window_config {
    const char *display;
    int64_t title_interval_ms;
} window_config;

typedef struct window {
    const kinmu_host *host;
    const kinmu_timer *timer;
    const kinmu_poll *poll;
    const kinmu_work *work;
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

    flow flow;
} window;

static void start_timer(window *self, uint64_t *slot, uint64_t delay_ms, kinmu_timer_fn fn) {
    flow_arm(self->host, self->timer, slot, delay_ms, fn, self);
}

static void cancel_timer(window *self, uint64_t *slot) {
    self->timer->cancel(self->host, *slot);
    *slot = 0;
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
    cancel_timer(self, &self->again_timer);
    if (self->connection != NULL) {
        self->backend->close(self->connection);
        self->connection = NULL;
    }
}

/* Not observing from here on; says why. The gap keeps only the stable key of the reason. */
static void become_unavailable(window *self, const char *gap_cause, const kinmu_err *err) {
    flow_unobserved(&self->flow, gap_cause, err->key);
    self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE, err->msg);
}

static void become_available(window *self) {
    char text[DISPLAY_NAME_BYTES_MAX + 64];
    snprintf(text, sizeof text, "window: watching the %s '%s'", self->backend->name, self->display);
    self->host->health(self->host, KINMU_HEALTH_OK, text);
    self->retry_ms = CONNECT_RETRY_MS_MIN;
}

static void connect_later(window *self) {
    start_timer(self, &self->connect_timer, self->retry_ms, on_connect_timer);
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
            if (!self->flow.observing) {
                become_available(self);
            }
            flow_observe(&self->flow, &facts);
        } else if (result == KINMU_E_NOTFOUND) {
            become_unavailable(self, "source-lost", &err);
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
        start_timer(self, &self->again_timer, AGAIN_MS, on_again_timer);
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
    if (self->backend ==
        NULL) { /* a session without windows: nothing is missed, nothing to await */
        self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE, err.msg);
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

static void take_config(window *self, const window_config *config) {
    self->config = *config;
    self->flow.title_interval_ms = config->title_interval_ms;
}

static int32_t window_create(const kinmu_host *host, const void *config, void **instance,
                             kinmu_err *err) {
    window *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->timer = host->iface(host, KINMU_TIMER_1);
    self->poll = host->iface(host, KINMU_POLL_1);
    self->work = host->iface(host, KINMU_WORK_1);
    self->flow.host = host;
    self->flow.timer = self->timer;
    self->flow.bus = host->iface(host, KINMU_BUS_1);
    self->flow.metrics = host->iface(host, KINMU_METRICS_1);
    take_config(self, config);
    if (self->flow.bus == NULL || self->timer == NULL || self->poll == NULL || self->work == NULL) {
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
    self->started = 0;
    flow_stop(&self->flow);
    cancel_timer(self, &self->connect_timer);
    disconnect(self);
    return KINMU_OK;
}

static void window_destroy(void *instance) {
    free(instance);
}

static int32_t window_reconfigure(void *instance, const void *config, kinmu_err *err) {
    (void)err;
    take_config(instance, config);
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
     .doc =
         "Display to watch: ':0' is an X display, 'wayland-1' a Wayland display. Without it that "
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
    [FLOW_SCHEMA_FOCUS] = {&kinmu_window_focus, KINMU_EMITS, 0},
    [FLOW_SCHEMA_GAP] = {&kinmu_observation_gap, KINMU_EMITS, 0},
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
