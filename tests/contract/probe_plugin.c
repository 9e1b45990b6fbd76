/* probe_plugin.c - see probe.h: what the probe says of itself, its life, the walk through the steps
 * and the report. */
#include "probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHDOG_MS 15000u

/* ---- tables ---- */

static const kinmu_field note_fields[NOTE_FIELDS] = {
    [NOTE_NUMBER] = {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE,
                     KINMU_ROLE_NONE, "count", NULL, "A number."},
    [NOTE_TEXT] = {"text", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
                   "A text."},
};
static const kinmu_schema note_schema = {sizeof(kinmu_schema),
                                         1,
                                         "com.example.probe.note",
                                         KINMU_KIND_LOG,
                                         0,
                                         "inventory",
                                         NULL,
                                         "number",
                                         KINMU_TABLE(note_fields),
                                         "Something the probe said."};
static const kinmu_field state_fields[STATE_FIELDS] = {
    [STATE_NAME] = {"name", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
                    "", NULL, "Which state."},
    [STATE_NUMBER] = {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE,
                      KINMU_ROLE_NONE, "count", NULL, "Its value."},
};
static const kinmu_schema state_schema = {sizeof(kinmu_schema),
                                          1,
                                          "com.example.probe.state",
                                          KINMU_KIND_RECORD,
                                          0,
                                          "inventory",
                                          PROBE_NAME,
                                          NULL,
                                          KINMU_TABLE(state_fields),
                                          "Something the probe decided."};
static const kinmu_schema other_schema = {sizeof(kinmu_schema),
                                          1,
                                          "com.example.probe.other",
                                          KINMU_KIND_LOG,
                                          0,
                                          "inventory",
                                          NULL,
                                          NULL,
                                          KINMU_TABLE(note_fields),
                                          "Never published, not granted for reading."};
static const kinmu_schema_use schemas[] = {
    [PROBE_NOTE] = {&note_schema, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [PROBE_STATE] = {&state_schema, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [PROBE_OTHER] = {&other_schema, KINMU_ACCEPTS, 0},
};

static const kinmu_option options[] = {
    {.name = "report",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(probe_config, report),
     .min = 1,
     .max = 4000,
     .doc = "File for the findings.",
     .doc_ja = "結果を書くファイル。",
     .since = "1.0"},
    {.name = "secret",
     .type = KINMU_OPT_SECRET,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(probe_config, secret),
     .doc = "Read and compared with what the test put there.",
     .doc_ja = "読み取れることを確かめる秘密。",
     .since = "1.0"},
    {.name = "server",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(probe_config, server),
     .min = 1,
     .max = 200,
     .doc = "A server to talk to.",
     .doc_ja = "通信の相手になるサーバー。",
     .since = "1.0"},
};

static const kinmu_field mirror_fields[] = {{"text", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED,
                                             KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
                                             "Any text."}};
static const kinmu_command commands[] = {{"mirror", "operator", KINMU_TABLE(mirror_fields),
                                          KINMU_TABLE(mirror_fields), "Says it again, later.",
                                          NULL}};
static const kinmu_metric metrics[] = {
    [METRIC_STEPS] = {"steps_total", KINMU_METRIC_COUNTER, 0, "count", "Steps done."},
    [METRIC_LEVEL] = {"level", KINMU_METRIC_GAUGE, 0, "count", "Set once, to -5."},
};

/* Says what it was given; its exit code is the number of words. */
static int32_t tool_words(int32_t argc, const char *const *argv) {
    for (int32_t i = 0; i < argc; i++) {
        (void)printf("%s\n", argv[i]);
    }
    return argv[argc] == NULL ? argc - 1 : -1;
}

static const kinmu_tool tools[] = {
    {"words", "WORD…", "Prints its words; as many are its exit code.", tool_words}};

/* ---- report ---- */

void probe_note(probe *p, const char *format, ...) {
    va_list arguments;
    size_t room = sizeof p->report - p->report_size;
    va_start(arguments, format);
    int size = vsnprintf(p->report + p->report_size, room, format, arguments);
    va_end(arguments);
    if (size > 0 && (size_t)size + 1 < room) {
        p->report_size += (size_t)size;
        p->report[p->report_size++] = '\n';
    }
}

const char *probe_status(int32_t status) {
    static const char *const names[] = {"ok",     "config",  "state",  "busy",
                                        "retry",  "reject",  "denied", "conflict",
                                        "no-mem", "restart", "abi",    "not-found"};
    return status <= 0 && status >= KINMU_E_NOTFOUND ? names[-status] : "unknown";
}

kinmu_event probe_note_event(kinmu_value values[NOTE_FIELDS], int64_t number, const char *text) {
    kinmu_event event;
    memset(&event, 0, sizeof event);
    values[NOTE_NUMBER] = kinmu_i64(number);
    values[NOTE_TEXT] = text != NULL ? kinmu_text(text) : kinmu_null();
    event.schema = PROBE_NOTE;
    event.values = values;
    event.value_count = NOTE_FIELDS;
    return event;
}

kinmu_event probe_state_event(kinmu_value values[STATE_FIELDS], const char *name, int64_t number) {
    kinmu_event event;
    memset(&event, 0, sizeof event);
    values[STATE_NAME] = kinmu_text(name);
    values[STATE_NUMBER] = kinmu_i64(number);
    event.schema = PROBE_STATE;
    event.values = values;
    event.value_count = STATE_FIELDS;
    return event;
}

/* Written under another name first, so that whoever waits for it never sees half of it. */
static void write_report(void *user) {
    probe *p = user;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s.part", p->config.report);
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        (void)fwrite(p->report, 1, p->report_size, file);
        (void)fclose(file);
        (void)rename(path, p->config.report);
    }
}

static void report_written(void *user, int32_t status) {
    probe *p = user;
    (void)status;
    p->host->health(p->host, KINMU_HEALTH_OK, "all steps are done");
}

/* ---- steps ---- */

static const struct {
    const char *name;
    probe_step begin;
} steps[] = {
    {"host", probe_host_table},
    {"refusals", probe_bus_refusals},
    {"publish", probe_bus_publish},
    {"decide", probe_bus_decide},
    {"delivery", probe_bus_delivery},
    {"many", probe_bus_many},
    {"timers", probe_timers},
    {"timer limit", probe_timer_limit},
    {"polls", probe_polls},
    {"work", probe_work_order},
    {"wrong thread", probe_wrong_thread},
    {"state", probe_state},
    {"secrets", probe_secrets},
    {"records", probe_records},
    {"derive", probe_derive},
    {"calls", probe_calls_sent},
    {"http", probe_http},
    {"routes", probe_routes},
};
#define STEP_COUNT (sizeof steps / sizeof steps[0])

static void finish(probe *p) {
    p->timer->cancel(p->host, p->watchdog);
    p->step = STEP_COUNT;
    (void)p->work->submit(p->host, write_report, report_written, p);
}

static void on_watchdog(void *user) {
    probe *p = user;
    probe_note(p, "step \"%s\" has no end", steps[p->step].name);
    finish(p);
}

static void begin_step(void *user) {
    probe *p = user;
    if (p->step >= STEP_COUNT) {
        return;
    }
    p->timer->cancel(p->host, p->watchdog);
    (void)p->timer->start(p->host, WATCHDOG_MS, 0, on_watchdog, p, &p->watchdog);
    p->count = p->done = 0;
    probe_note(p, "== %s", steps[p->step].name);
    steps[p->step].begin(p);
}

void probe_next(probe *p) {
    if (p->step >= STEP_COUNT) {
        return; /* the watchdog was first */
    }
    p->metrics->add(p->host, METRIC_STEPS, 1);
    if (++p->step == STEP_COUNT) {
        finish(p);
        return;
    }
    (void)p->timer->start(p->host, 1, 0, begin_step, p, NULL);
}

static void job_done(void *user, int32_t status) {
    probe *p = user;
    if (status != KINMU_OK) {
        probe_note(p, "the job did not run: %s", probe_status(status));
    }
    probe_next(p);
}

void probe_job(probe *p, kinmu_job_fn job) {
    int32_t status = p->work->submit(p->host, job, job_done, p);
    if (status != KINMU_OK) {
        probe_note(p, "submit: %s", probe_status(status));
        probe_next(p);
    }
}

/* ---- life cycle ---- */

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    probe *p = calloc(1, sizeof *p);
    *instance = p;
    if (p == NULL) {
        (void)snprintf(err->msg, sizeof err->msg, "probe: out of memory");
        return KINMU_E_NOMEM;
    }
    p->host = host;
    p->config = *(const probe_config *)config;
    p->bus = host->iface(host, KINMU_BUS_1);
    p->timer = host->iface(host, KINMU_TIMER_1);
    p->poll = host->iface(host, KINMU_POLL_1);
    p->work = host->iface(host, KINMU_WORK_1);
    p->kv = host->iface(host, KINMU_KV_1);
    p->secret = host->iface(host, KINMU_SECRET_1);
    p->records = host->iface(host, KINMU_RECORDS_1);
    p->calls = host->iface(host, KINMU_CALLS_1);
    p->metrics = host->iface(host, KINMU_METRICS_1);
    p->schemas = host->iface(host, KINMU_SCHEMAS_1);
    p->http = host->iface(host, KINMU_HTTP_1);
    p->routes = host->iface(host, KINMU_ROUTES_1);
    if (p->bus == NULL || p->timer == NULL || p->poll == NULL || p->work == NULL || p->kv == NULL ||
        p->secret == NULL || p->records == NULL || p->calls == NULL || p->metrics == NULL ||
        p->schemas == NULL || p->routes == NULL || p->http == NULL) {
        (void)snprintf(err->msg, sizeof err->msg, "probe: this host lacks a service");
        return KINMU_E_ABI;
    }
    return KINMU_OK;
}

static int32_t start(void *instance, kinmu_err *err) {
    probe *p = instance;
    (void)err;
    p->host->health(p->host, KINMU_HEALTH_DEGRADED, "still asking");
    return p->timer->start(p->host, 1, 0, begin_step, p, NULL);
}

static int32_t stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void destroy(void *instance) {
    free(instance);
}

static int32_t events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    (void)err;
    return probe_take_events(instance, batch);
}

static int32_t call(void *instance, const kinmu_call *request, kinmu_err *err) {
    (void)err;
    return probe_take_call(instance, request);
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .config_size = sizeof(probe_config),
    .name = PROBE_NAME,
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Asks every host service what it does and writes the answers down.",
    .doc_ja = "ホストの各サービスの振る舞いを調べて書き出す。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .commands = KINMU_TABLE(commands),
    .metrics = KINMU_TABLE(metrics),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .events = events,
    .call = call,
    .tools = KINMU_TABLE(tools),
};

KINMU_MODULE(&plugin);
