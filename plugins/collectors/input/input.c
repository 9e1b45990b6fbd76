/* input.c - the collector "input": keyboard and mouse activity per minute, idle and active, gaps.
 *
 * Ties three parts together: a backend that counts (backend.h), the accounting that makes minutes
 * of counts (minute.h), and a queue to the bus (outbox.h). Owns the timers: one for the accounting,
 * running only while somebody is active; one to open the backend again after 1 s to 60 s; one to
 * publish again when the bus was full. Knows no operating system and never sees a key.
 *
 * The last minute written is kept in kv/1 at stop, so that a start within the same minute makes no
 * second record of it; observation begins once it has been read.
 */
#include "backend.h"
#include "minute.h"
#include "outbox.h"

#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/session.h>
#include <kinmu/iface/bus.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000u
#define REOPEN_MS_MIN 1000u
#define REOPEN_MS_MAX 60000u
#define REPUBLISH_MS 1000u
#define MEMORY_KEY "last-minute"

enum { SCHEMA_MINUTE, SCHEMA_CHANGE, SCHEMA_GAP };
enum { METRIC_EVENTS, METRIC_REOPENS, METRIC_DROPPED, METRIC_UNCOUNTED };

typedef struct input_config {
    int64_t idle_after_ms;
    const char *backend;
    const char *display;
} input_config;

/* The last minute written, on its way to or from kv/1. Belongs to the worker while is_running. */
typedef struct memory {
    const kinmu_host *host;
    const kinmu_kv *kv;
    int32_t is_running;
    int32_t is_put;
    int32_t status;
    int64_t unix_ns;
} memory;

typedef struct input {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_metrics *metrics; /* or NULL */
    const backend_type *type;
    void *backend;
    const kinmu_work *work;
    memory memory;
    int64_t saved_ns;  /* the minute kv/1 holds */
    int32_t is_loaded; /* kv/1 has been asked */
    int32_t is_running;
    uint64_t due_timer;
    uint64_t due_mono_ns;
    uint64_t reopen_timer;
    uint64_t reopen_ms;
    uint64_t publish_timer;
    minute minute;
    outbox outbox;
} input;

static void count(const input *in, uint32_t metric, uint64_t amount) {
    if (in->metrics != NULL && amount > 0) {
        in->metrics->add(in->host, metric, amount);
    }
}

static minute_now now(const input *in) {
    kinmu_clock clock = {0};
    in->timer->now(in->host, &clock);
    return (minute_now){clock.unix_ns, clock.mono_ns, backend_slept_ns()};
}

/* Facts to the bus */

static int32_t publish(const input *in, uint32_t schema, int64_t unix_ns, const kinmu_value *values,
                       uint32_t value_count) {
    kinmu_event event = {0};
    event.schema = schema;
    event.unix_ns = unix_ns;
    event.values = values;
    event.value_count = value_count;
    return in->bus->publish(in->host, &event, 1, NULL);
}

static int32_t publish_minute(const input *in, const minute_fact *fact) {
    static const struct {
        uint32_t field;
        enum input_class class;
    } columns[] = {
        {KINMU_INPUT_MINUTE_KEY_ALPHA, INPUT_KEY_ALPHA},
        {KINMU_INPUT_MINUTE_KEY_DIGIT, INPUT_KEY_DIGIT},
        {KINMU_INPUT_MINUTE_KEY_NUMPAD, INPUT_KEY_NUMPAD},
        {KINMU_INPUT_MINUTE_KEY_SYMBOL, INPUT_KEY_SYMBOL},
        {KINMU_INPUT_MINUTE_KEY_OTHER, INPUT_KEY_OTHER},
        {KINMU_INPUT_MINUTE_MOUSE_LEFT, INPUT_MOUSE_LEFT},
        {KINMU_INPUT_MINUTE_MOUSE_RIGHT, INPUT_MOUSE_RIGHT},
        {KINMU_INPUT_MINUTE_MOUSE_WHEEL, INPUT_MOUSE_WHEEL},
        {KINMU_INPUT_MINUTE_MOUSE_MOVE, INPUT_MOUSE_MOVE},
    };
    const uint32_t *of = fact->counts.of;
    kinmu_value values[KINMU_INPUT_MINUTE_FIELDS];
    int64_t keys = 0;
    for (int i = INPUT_KEY_ALPHA; i <= INPUT_KEY_OTHER; i++) {
        keys += of[i];
    }
    int64_t clicks = (int64_t)of[INPUT_MOUSE_LEFT] + of[INPUT_MOUSE_RIGHT] + of[INPUT_MOUSE_OTHER];
    values[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(keys);
    values[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(clicks);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        values[columns[i].field] = kinmu_i64(of[columns[i].class]);
    }
    values[KINMU_INPUT_MINUTE_OBSERVED_MS] = kinmu_i64(fact->observed_ms);
    return publish(in, SCHEMA_MINUTE, fact->unix_ns, values, KINMU_INPUT_MINUTE_FIELDS);
}

static int32_t publish_change(const input *in, const minute_fact *fact) {
    kinmu_value values[KINMU_SESSION_CHANGE_FIELDS];
    for (size_t i = 0; i < KINMU_SESSION_CHANGE_FIELDS; i++) {
        values[i] = kinmu_null();
    }
    values[KINMU_SESSION_CHANGE_KIND] = kinmu_text(fact->kind == MINUTE_IDLE ? "idle" : "active");
    values[KINMU_SESSION_CHANGE_QUALITY] = kinmu_text(fact->estimated ? "estimated" : "exact");
    values[KINMU_SESSION_CHANGE_SOURCE] = kinmu_text("input");
    if (fact->noted_ns != fact->unix_ns) {
        values[KINMU_SESSION_CHANGE_NOTED_NS] = kinmu_time(fact->noted_ns);
    }
    return publish(in, SCHEMA_CHANGE, fact->unix_ns, values, KINMU_SESSION_CHANGE_FIELDS);
}

static int32_t publish_gap(const input *in, const minute_fact *fact) {
    kinmu_value values[KINMU_OBSERVATION_GAP_FIELDS];
    values[KINMU_OBSERVATION_GAP_STREAM] = kinmu_text("input");
    values[KINMU_OBSERVATION_GAP_FROM_NS] = kinmu_time(fact->from_ns);
    values[KINMU_OBSERVATION_GAP_TO_NS] = kinmu_time(fact->unix_ns);
    values[KINMU_OBSERVATION_GAP_CAUSE] = kinmu_text(fact->cause);
    values[KINMU_OBSERVATION_GAP_DETAIL] =
        fact->detail != NULL ? kinmu_text(fact->detail) : kinmu_null();
    return publish(in, SCHEMA_GAP, fact->unix_ns, values, KINMU_OBSERVATION_GAP_FIELDS);
}

static int32_t publish_fact(const input *in, const minute_fact *fact) {
    switch (fact->kind) {
    case MINUTE_COUNTS:
        return publish_minute(in, fact);
    case MINUTE_GAP:
        return publish_gap(in, fact);
    default:
        return publish_change(in, fact);
    }
}

static void on_publish_time(void *user);

static void publish_all(input *in) {
    const minute_fact *fact = outbox_front(&in->outbox);
    for (; fact != NULL; fact = outbox_front(&in->outbox)) {
        int32_t status = publish_fact(in, fact);
        if (status == KINMU_E_BUSY || status == KINMU_E_RETRY || status == KINMU_E_NOMEM) {
            if (in->publish_timer == 0 && in->is_running) {
                in->timer->start(in->host, REPUBLISH_MS, 0, on_publish_time, in,
                                 &in->publish_timer);
            }
            return;
        }
        if (status != KINMU_OK) {
            in->host->log(in->host, KINMU_LOG_ERROR,
                          "input: the bus refused an event for good; it is dropped and counted");
            count(in, METRIC_DROPPED, 1);
        }
        outbox_pop(&in->outbox);
    }
}

static void on_publish_time(void *user) {
    input *in = user;
    in->publish_timer = 0;
    publish_all(in);
}

static void on_fact(void *user, const minute_fact *fact) {
    input *in = user;
    if (fact->kind == MINUTE_LOST) {
        for (int i = 0; i < INPUT_CLASSES; i++) {
            count(in, METRIC_UNCOUNTED, fact->counts.of[i]);
        }
    } else if (outbox_push(&in->outbox, fact) != 0) {
        count(in, METRIC_DROPPED, 1);
    }
}

/* Time */

static void on_due(void *user);

/* After every change of the accounting: facts out, and the timer to the next moment that matters. A
 * timer that will fire too early is left alone, so that input does not start one each time. */
static void follow_up(input *in) {
    publish_all(in);
    uint64_t due_ns = minute_due(&in->minute);
    if (due_ns == MINUTE_NEVER || (in->due_timer != 0 && in->due_mono_ns <= due_ns)) {
        return;
    }
    in->timer->cancel(in->host, in->due_timer);
    in->due_timer = 0;
    uint64_t now_ns = now(in).mono_ns;
    uint64_t delay_ms = due_ns > now_ns ? (due_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
    in->due_mono_ns = due_ns;
    if (in->timer->start(in->host, delay_ms, 0, on_due, in, &in->due_timer) != KINMU_OK) {
        in->due_timer = 0;
        in->host->log(in->host, KINMU_LOG_ERROR,
                      "input: the host has no timer left: minutes end only at the next input");
    }
}

static void on_due(void *user) {
    input *in = user;
    in->due_timer = 0;
    minute_now at = now(in);
    minute_advance(&in->minute, &at);
    follow_up(in);
}

/* The backend */

static void on_reopen_time(void *user);

static void reopen_later(input *in) {
    if (!in->is_running || in->reopen_timer != 0) {
        return;
    }
    in->timer->start(in->host, in->reopen_ms, 0, on_reopen_time, in, &in->reopen_timer);
    in->reopen_ms = in->reopen_ms * 2 < REOPEN_MS_MAX ? in->reopen_ms * 2 : REOPEN_MS_MAX;
}

static void open_backend(input *in) {
    if (in->type->open(in->backend) != KINMU_OK) {
        reopen_later(in);
    }
}

static void on_reopen_time(void *user) {
    input *in = user;
    in->reopen_timer = 0;
    count(in, METRIC_REOPENS, 1);
    open_backend(in);
}

static void on_ready(void *user, const char *text) {
    input *in = user;
    minute_now at = now(in);
    in->reopen_ms = REOPEN_MS_MIN;
    in->host->health(in->host, KINMU_HEALTH_OK, text);
    minute_begin(&in->minute, &at);
    follow_up(in);
}

static void on_counts(void *user, const input_counts *counts) {
    input *in = user;
    minute_now at = now(in);
    for (int i = 0; i < INPUT_CLASSES; i++) {
        count(in, METRIC_EVENTS, counts->of[i]);
    }
    minute_input(&in->minute, &at, counts);
    follow_up(in);
}

static void on_overrun(void *user, const char *detail) {
    input *in = user;
    minute_now at = now(in);
    minute_overrun(&in->minute, &at, detail);
    follow_up(in);
}

static void on_lost(void *user, const char *cause, const char *detail, const char *text) {
    input *in = user;
    minute_now at = now(in);
    in->host->health(in->host, KINMU_HEALTH_UNAVAILABLE, text);
    minute_lose(&in->minute, &at, cause, detail);
    follow_up(in);
    reopen_later(in);
}

/* What is remembered over a restart */

static void memory_job(void *user) {
    memory *m = &((input *)user)->memory;
    uint32_t size = sizeof(m->unix_ns);
    if (m->is_put) {
        m->status = m->kv->put(m->host, MEMORY_KEY, &m->unix_ns, size);
    } else {
        m->status = m->kv->get(m->host, MEMORY_KEY, &m->unix_ns, &size);
        if (size != sizeof(m->unix_ns)) {
            m->status = KINMU_E_REJECT;
        }
    }
}

static void on_memory(void *user, int32_t status);

/* -1: there is nothing to wait for. */
static int start_memory_job(input *in, int32_t is_put) {
    memory *m = &in->memory;
    if (m->kv == NULL || m->is_running) {
        return -1;
    }
    m->is_put = is_put;
    m->unix_ns = is_put ? in->minute.written_ns : 0;
    m->is_running = in->work->submit(in->host, memory_job, on_memory, in) == KINMU_OK;
    return m->is_running ? 0 : -1;
}

static void save(input *in) {
    if (in->minute.written_ns != in->saved_ns) {
        start_memory_job(in, 1);
    }
}

static void on_memory(void *user, int32_t status) {
    input *in = user;
    memory *m = &in->memory;
    m->is_running = 0;
    int is_done = status == KINMU_OK && m->status == KINMU_OK;
    if (is_done) {
        in->saved_ns = m->unix_ns;
    }
    if (!m->is_put) {
        in->is_loaded = 1;
        if (is_done) {
            minute_mark_written(&in->minute, m->unix_ns);
        }
        if (in->is_running) {
            open_backend(in);
        }
    } else if (is_done && !in->is_running) {
        save(in); /* stopped again meanwhile, in a later minute */
    }
}

/* Life cycle */

static void input_destroy(void *instance) {
    input *in = instance;
    if (in == NULL) {
        return;
    }
    if (in->backend != NULL) {
        in->type->destroy(in->backend);
    }
    free(in);
}

static int32_t refuse(kinmu_err *err, int32_t status, const char *key, const char *text) {
    snprintf(err->key, sizeof(err->key), "%s", key);
    snprintf(err->msg, sizeof(err->msg), "%s", text);
    return status;
}

static int32_t input_create(const kinmu_host *host, const void *config, void **instance,
                            kinmu_err *err) {
    const input_config *options = config;
    input *in = calloc(1, sizeof(*in));
    *instance = in;
    if (in == NULL) {
        return refuse(err, KINMU_E_NOMEM, "input.memory", "input: out of memory");
    }
    in->host = host;
    in->bus = host->iface(host, KINMU_BUS_1);
    in->timer = host->iface(host, KINMU_TIMER_1);
    in->work = host->iface(host, KINMU_WORK_1);
    in->metrics = host->iface(host, KINMU_METRICS_1);
    in->memory.host = host;
    in->memory.kv = host->iface(host, KINMU_KV_1);
    in->reopen_ms = REOPEN_MS_MIN;
    backend_flow flow = {host,     in->timer, host->iface(host, KINMU_POLL_1),
                         in->work, NULL,      in,
                         on_ready, on_counts, on_overrun,
                         on_lost};
    if (in->bus == NULL || in->timer == NULL || in->work == NULL || flow.poll == NULL) {
        return refuse(err, KINMU_E_ABI, "input.host",
                      "input: this host lacks bus/1, timer/1, work/1 or poll/1: update Kinmu");
    }
    minute_init(&in->minute, options->idle_after_ms, on_fact, in);
    in->type = backend_choose(options->backend, options->display, &flow.display);
    in->backend = in->type->create(&flow);
    if (in->backend == NULL) {
        return refuse(err, KINMU_E_NOMEM, "input.memory", "input: out of memory");
    }
    return KINMU_OK;
}

static int32_t input_start(void *instance, kinmu_err *err) {
    input *in = instance;
    (void)err;
    if (in->is_running) {
        return KINMU_OK;
    }
    in->is_running = 1;
    in->reopen_ms = REOPEN_MS_MIN;
    if (in->is_loaded || start_memory_job(in, 0) != 0) {
        open_backend(in);
    }
    return KINMU_OK;
}

static void cancel(const input *in, uint64_t *timer) {
    in->timer->cancel(in->host, *timer);
    *timer = 0;
}

static int32_t input_stop(void *instance, kinmu_err *err) {
    input *in = instance;
    (void)err;
    if (in == NULL || !in->is_running) {
        return KINMU_OK;
    }
    in->type->close(in->backend);
    minute_now at = now(in);
    minute_end(&in->minute, &at);
    in->is_running = 0;
    publish_all(in);
    if (in->outbox.count > 0) {
        in->host->log(in->host, KINMU_LOG_WARN,
                      "input: stopped with events the bus did not take; they are lost unless it "
                      "starts again");
    }
    cancel(in, &in->due_timer);
    cancel(in, &in->reopen_timer);
    cancel(in, &in->publish_timer);
    save(in);
    return KINMU_OK;
}

static int32_t input_reconfigure(void *instance, const void *config, kinmu_err *err) {
    input *in = instance;
    (void)err;
    minute_now at = now(in);
    minute_set_idle_after(&in->minute, &at, ((const input_config *)config)->idle_after_ms);
    follow_up(in);
    return KINMU_OK;
}

static const kinmu_option options[] = {
    {"idle_after", KINMU_OPT_DURATION, KINMU_OPTION_LIVE, offsetof(input_config, idle_after_ms), 0,
     "5m", 60000, 3600000, NULL, KINMU_TABLE_EMPTY, 0, 0,
     "Without input for this long a person counts as idle, and no minutes are recorded until the "
     "next "
     "input.",
     "入力がこの時間ないと離席（アイドル）とみなし、次の入力まで分単位の記録を止めます。", "1.0"},
    {"backend", KINMU_OPT_CHOICE, 0, offsetof(input_config, backend), 0, "auto", 0, 0,
     "auto|x11|evdev", KINMU_TABLE_EMPTY, 0, 0,
     "Where input is seen: x11 counts on the X display, evdev on the devices in /dev/input (needs "
     "group "
     "input). auto takes x11 where the session has an X display of its own, else evdev.",
     "入力の取得元。x11 は X ディスプレイ、evdev は /dev/input のデバイス（グループ input "
     "の権限が必要）。"
     "auto はセッションに X ディスプレイがあれば x11、なければ evdev を使います。",
     "1.0"},
    {"display", KINMU_OPT_TEXT, 0, offsetof(input_config, display), 0, NULL, 1, 127, NULL,
     KINMU_TABLE_EMPTY, 0, 0,
     "X display to observe, \":0\". Without it the session's DISPLAY is used.",
     "記録する X ディスプレイ（例 \":0\"）。省略時はセッションの DISPLAY を使います。", "1.0"},
};

static const kinmu_schema_use schemas[] = {
    [SCHEMA_MINUTE] = {&kinmu_input_minute, KINMU_EMITS, 0},
    [SCHEMA_CHANGE] = {&kinmu_session_change, KINMU_EMITS, 0},
    [SCHEMA_GAP] = {&kinmu_observation_gap, KINMU_EMITS, 0},
};

static const kinmu_metric metrics[] = {
    [METRIC_EVENTS] = {"events_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Key presses, button presses, wheel steps and moves counted."},
    [METRIC_REOPENS] = {"reopens_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Attempts to open the display or the devices again."},
    [METRIC_DROPPED] =
        {"records_dropped_total", KINMU_METRIC_COUNTER, KINMU_METRIC_LOSS, "count",
         "Records the bus did not take in time; a gap (queue-full) tells their span."},
    [METRIC_UNCOUNTED] = {"events_uncounted_total", KINMU_METRIC_COUNTER, KINMU_METRIC_LOSS,
                          "count",
                          "Input in minutes recorded already, after the clock was set back; a gap "
                          "(clock-step) tells the span."},
};

static const kinmu_plugin input_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .flags = KINMU_PLUGIN_SESSION,
    .config_size = sizeof(input_config),
    .name = "input",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc =
        "Counts keyboard and mouse use per minute, never which key, and tells when a person goes "
        "idle and comes back.",
    .doc_ja = "キーボードとマウスの操作回数を1分ごとに数えます（どのキーかは記録しません）。離席と"
              "復帰も記録します。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .commands = KINMU_TABLE_EMPTY,
    .metrics = KINMU_TABLE(metrics),
    .create = input_create,
    .start = input_start,
    .stop = input_stop,
    .destroy = input_destroy,
    .reconfigure = input_reconfigure,
};

KINMU_MODULE(&input_plugin);
