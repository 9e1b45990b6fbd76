/* good.h - a small plugin that passes every test of `kinmu plugin check`, and that each bad plugin
 * spoils in one place: `static const kinmu_plugin bad = {GOOD_TABLE, .stop = bad_stop};`
 *
 * It uses a timer, jobs, state, commands, events and exports, so that no test has to be skipped:
 * every interval it publishes how often it has ticked, over restarts. */
#ifndef BAD_PLUGINS_GOOD_H
#define BAD_PLUGINS_GOOD_H

#include <kinmu/events/window.h>
#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what it says of itself ---- */

typedef struct good_config {
    int64_t interval_ms;
    int64_t slots;
    const char *label;
} good_config;

#define GOOD_INTERVAL                                                                              \
    {                                                                                              \
        .name = "interval", .type = KINMU_OPT_DURATION, .flags = KINMU_OPTION_LIVE,                \
        .offset = offsetof(good_config, interval_ms), .default_text = "1s", .min = 100,            \
        .max = 86400000, .doc = "Time between two ticks.", .doc_ja = "記録の間隔。",               \
        .since = "1.0"                                                                             \
    }
#define GOOD_SLOTS                                                                                 \
    {                                                                                              \
        .name = "slots", .type = KINMU_OPT_INT, .offset = offsetof(good_config, slots),            \
        .default_text = "4", .min = 1, .max = 64, .doc = "Size of a table.",                       \
        .doc_ja = "表の大きさ。", .since = "1.0"                                                   \
    }
#define GOOD_LABEL                                                                                 \
    {                                                                                              \
        .name = "label", .type = KINMU_OPT_TEXT, .offset = offsetof(good_config, label), .min = 1, \
        .max = 60, .doc = "Anything.", .doc_ja = "任意の文字列。", .since = "1.0"                  \
    }

static const kinmu_option good_options[] = {GOOD_INTERVAL, GOOD_SLOTS, GOOD_LABEL};

static const kinmu_field good_tick_fields[] = {
    {"ticks", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Ticks so far."},
};
static const kinmu_schema good_tick = {sizeof(kinmu_schema),
                                       1,
                                       "com.example.good.tick",
                                       KINMU_KIND_LOG,
                                       0,
                                       "inventory",
                                       NULL,
                                       NULL,
                                       KINMU_TABLE(good_tick_fields),
                                       "One tick."};
enum { GOOD_TICK, GOOD_FOCUS };
static const kinmu_schema_use good_schemas[] = {{&good_tick, KINMU_EMITS, 0},
                                                {&kinmu_window_focus, KINMU_ACCEPTS, 0}};

static const kinmu_field good_echo_fields[] = {
    {"text", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "Any text."}};
static const kinmu_command good_commands[] = {{"echo", "operator", KINMU_TABLE(good_echo_fields),
                                               KINMU_TABLE(good_echo_fields), "Says it again.",
                                               NULL}};

#define GOOD_METRIC                                                                                \
    { "ticks_total", KINMU_METRIC_COUNTER, 0, "count", "Ticks." }
static const kinmu_metric good_metrics[] = {GOOD_METRIC};

/* ---- the instance ---- */

#define GOOD_KEY "ticks"
#define GOOD_TICKS_MAX 1000000u

typedef struct good {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_kv *kv;
    const kinmu_calls *calls;
    const kinmu_metrics *metrics;
    uint64_t interval_ms;
    uint64_t timer_id;
    int32_t is_running;
    int32_t is_working; /* a job is under way */
    int32_t is_loaded;  /* the state has been read */
    int32_t is_owing;   /* a tick has not been published yet */
    uint64_t ticks;
    uint64_t stored; /* of the job */
} good;

static void good_job(void *user) {
    good *self = user;
    if (self->is_loaded) {
        (void)self->kv->put(self->host, GOOD_KEY, &self->stored, sizeof self->stored);
        return;
    }
    uint32_t size = sizeof self->stored;
    if (self->kv->get(self->host, GOOD_KEY, &self->stored, &size) != KINMU_OK ||
        size != sizeof self->stored || self->stored > GOOD_TICKS_MAX) {
        self->stored = 0;
    }
}

static void good_publish(good *self) {
    kinmu_value value = kinmu_i64((int64_t)self->ticks);
    kinmu_event event;
    memset(&event, 0, sizeof event);
    event.schema = GOOD_TICK;
    event.values = &value;
    event.value_count = 1;
    self->is_owing = self->bus->publish(self->host, &event, 1, NULL) != KINMU_OK;
}

static void good_job_done(void *user, int32_t status) {
    good *self = user;
    self->is_working = 0;
    if (!self->is_loaded && status == KINMU_OK) {
        self->is_loaded = 1;
        self->ticks += self->stored;
        if (self->is_running) {
            good_publish(self);
        }
    }
}

static void good_tick_now(void *user) {
    good *self = user;
    if (!self->is_loaded) {
        return;
    }
    if (!self->is_owing) {
        self->ticks = (self->ticks + 1) % GOOD_TICKS_MAX;
        self->metrics->add(self->host, 0, 1);
    }
    good_publish(self);
    if (!self->is_working) {
        self->stored = self->ticks;
        self->is_working =
            self->work->submit(self->host, good_job, good_job_done, self) == KINMU_OK;
    }
}

/* ---- life cycle ---- */

static int32_t good_refuse(kinmu_err *err, int32_t status, const char *text) {
    (void)snprintf(err->key, sizeof err->key, "good.refused");
    (void)snprintf(err->msg, sizeof err->msg, "good: %s", text);
    return status;
}

static int32_t good_create(const kinmu_host *host, const void *config, void **instance,
                           kinmu_err *err) {
    good *self = calloc(1, sizeof *self);
    *instance = self;
    if (self == NULL) {
        return good_refuse(err, KINMU_E_NOMEM, "out of memory");
    }
    self->host = host;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    self->work = host->iface(host, KINMU_WORK_1);
    self->kv = host->iface(host, KINMU_KV_1);
    self->calls = host->iface(host, KINMU_CALLS_1);
    self->metrics = host->iface(host, KINMU_METRICS_1);
    self->interval_ms = (uint64_t)((const good_config *)config)->interval_ms;
    if (self->bus == NULL || self->timer == NULL || self->work == NULL || self->kv == NULL ||
        self->calls == NULL || self->metrics == NULL) {
        return good_refuse(err, KINMU_E_ABI, "this host lacks a service; update Kinmu");
    }
    return KINMU_OK;
}

static int32_t good_start(void *instance, kinmu_err *err) {
    good *self = instance;
    self->is_running = 1;
    self->host->health(self->host, KINMU_HEALTH_OK, "ticking");
    if (!self->is_loaded && !self->is_working) {
        self->is_working =
            self->work->submit(self->host, good_job, good_job_done, self) == KINMU_OK;
    }
    int32_t status = self->timer->start(self->host, self->interval_ms, self->interval_ms,
                                        good_tick_now, self, &self->timer_id);
    return status == KINMU_OK ? status : good_refuse(err, status, "no timer left");
}

static int32_t good_stop(void *instance, kinmu_err *err) {
    good *self = instance;
    (void)err;
    self->is_running = 0;
    if (self->timer != NULL) {
        self->timer->cancel(self->host, self->timer_id);
    }
    self->timer_id = 0;
    return KINMU_OK;
}

static void good_destroy(void *instance) {
    free(instance);
}

static int32_t good_reconfigure(void *instance, const void *config, kinmu_err *err) {
    good *self = instance;
    self->interval_ms = (uint64_t)((const good_config *)config)->interval_ms;
    if (!self->is_running) {
        return KINMU_OK;
    }
    (void)good_stop(self, err);
    return good_start(self, err);
}

static int32_t good_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    good *self = instance;
    (void)err;
    for (uint32_t i = 0; i < batch->count; i++) {
        self->metrics->add(self->host, 0, batch->events[i].value_count);
    }
    return KINMU_OK;
}

static int32_t good_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    good *self = instance;
    (void)err;
    return self->calls->answer(self->host, call->id, KINMU_OK, call->values, call->value_count, "");
}

/* ---- export: one file with the number of events ---- */

typedef struct good_run {
    FILE *file;
    char path[4200];
    uint64_t events;
} good_run;

static int32_t good_export_open(void *instance, const kinmu_export *job, void **out,
                                kinmu_err *err) {
    good_run *run = calloc(1, sizeof *run);
    (void)instance;
    if (run == NULL) {
        return good_refuse(err, KINMU_E_NOMEM, "out of memory");
    }
    (void)snprintf(run->path, sizeof run->path, "%s/events.txt", job->directory);
    run->file = fopen(run->path, "w");
    if (run->file == NULL) {
        free(run);
        return good_refuse(err, KINMU_E_RETRY, "cannot write");
    }
    *out = run;
    return KINMU_OK;
}

static int32_t good_export_events(void *state, const kinmu_batch *batch, kinmu_err *err) {
    good_run *run = state;
    (void)err;
    run->events += batch->count;
    return KINMU_OK;
}

static int32_t good_export_close(void *state, int32_t commit, kinmu_err *err) {
    good_run *run = state;
    (void)err;
    (void)fprintf(run->file, "%llu\n", (unsigned long long)run->events);
    (void)fclose(run->file);
    if (!commit) {
        (void)remove(run->path);
    }
    free(run);
    return KINMU_OK;
}

#define GOOD_TABLE                                                                                 \
    .struct_size = sizeof(kinmu_plugin), .kind = KINMU_EXPORTER,                                   \
    .config_size = sizeof(good_config), .name = "com.example.good", .version = "1.0.0",            \
    .vendor = "Example", .licence = "Apache-2.0", .doc = "Ticks.", .doc_ja = "時を刻む。",         \
    .options = KINMU_TABLE(good_options), .schemas = KINMU_TABLE(good_schemas),                    \
    .commands = KINMU_TABLE(good_commands), .metrics = KINMU_TABLE(good_metrics),                  \
    .create = good_create, .start = good_start, .stop = good_stop, .destroy = good_destroy,        \
    .reconfigure = good_reconfigure, .events = good_events, .call = good_call,                     \
    .export_open = good_export_open, .export_events = good_export_events,                          \
    .export_close = good_export_close

#endif
