/* newplugin.c - reads a number from a file now and then and publishes it when it has changed.
 *
 * The flow: a timer asks for a reading, a job opens the file (that may block), the job's end
 * publishes in a turn. One reading is under way at a time. A file that is missing makes the
 * instance unavailable until it appears; nothing is retried faster than the interval. */
#include <kinmu/iface/bus.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what it emits ---- */

static const kinmu_field newplugin_reading_fields[] = {
    {"value", KINMU_TYPE_F64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The number read."},
};

static const kinmu_schema newplugin_reading = {sizeof(kinmu_schema),
                                               1,
                                               "com.example.newplugin.reading",
                                               KINMU_KIND_LOG,
                                               0,
                                               "inventory",
                                               NULL,
                                               NULL,
                                               KINMU_TABLE(newplugin_reading_fields),
                                               "A number that has changed since the last reading."};

#define NEWPLUGIN_READING 0 /* its place in the schema table */
static const kinmu_schema_use newplugin_schemas[] = {{&newplugin_reading, KINMU_EMITS, 0}};

/* ---- what can be configured ---- */

typedef struct newplugin_config {
    const char *file;
    int64_t interval_ms;
} newplugin_config;

static const kinmu_option newplugin_options[] = {
    {"file", KINMU_OPT_TEXT, KINMU_OPTION_REQUIRED, offsetof(newplugin_config, file), 0, NULL, 1,
     4096, NULL, KINMU_TABLE_EMPTY, 0, 0, "A text file whose first word is a number.",
     "先頭の語が数値であるテキストファイル。", "0.1"},
    {"interval", KINMU_OPT_DURATION, 0, offsetof(newplugin_config, interval_ms), 0, "10s", 1000,
     86400000, NULL, KINMU_TABLE_EMPTY, 0, 0, "How often the file is read.", "読み取りの間隔。",
     "0.1"},
};

#define NEWPLUGIN_READINGS 0
static const kinmu_metric newplugin_metrics[] = {
    {"readings_total", KINMU_METRIC_COUNTER, 0, "count", "Numbers read."}};

/* ---- the instance ---- */

typedef struct newplugin_state {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_metrics *metrics;
    newplugin_config config;
    uint64_t timer_id;
    int32_t running;  /* between start and stop */
    int32_t reading;  /* a job is under way */
    int32_t has_sent; /* `sent` holds what was published last */
    double sent;
    double value;   /* the job's result, */
    int32_t status; /* written by the job only */
} newplugin_state;

/* [job] */
static void newplugin_read(void *user) {
    newplugin_state *self = (newplugin_state *)user;
    char word[64] = "";
    char *end = NULL;
    FILE *file = fopen(self->config.file, "r");
    self->status = KINMU_E_RETRY;
    if (file == NULL) {
        return;
    }
    if (fgets(word, sizeof word, file) != NULL) {
        self->value = strtod(word, &end);
        self->status = end == word ? KINMU_E_REJECT : KINMU_OK;
    }
    (void)fclose(file);
}

static void newplugin_publish(newplugin_state *self) {
    kinmu_value value = kinmu_f64(self->value);
    kinmu_event event;
    if (self->has_sent && self->sent >= self->value && self->sent <= self->value) {
        return; /* the same number */
    }
    memset(&event, 0, sizeof event);
    event.schema = NEWPLUGIN_READING;
    event.subject = ""; /* about the device, not about a person */
    event.values = &value;
    event.value_count = 1;
    if (self->bus->publish(self->host, &event, 1, NULL) == KINMU_OK) {
        self->sent = self->value;
        self->has_sent = 1;
    } /* E_BUSY: the next reading tries again, `sent` is still the old one */
}

/* [turn] */
static void newplugin_read_done(void *user, int32_t status) {
    newplugin_state *self = (newplugin_state *)user;
    char text[256];
    self->reading = 0;
    if (!self->running || status != KINMU_OK) {
        return;
    }
    if (self->status != KINMU_OK) {
        (void)snprintf(text, sizeof text, "\"%.150s\" %s; set `file` to a readable one",
                       self->config.file,
                       self->status == KINMU_E_REJECT ? "holds no number" : "cannot be read");
        self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE, text);
        return;
    }
    self->metrics->add(self->host, NEWPLUGIN_READINGS, 1);
    self->host->health(self->host, KINMU_HEALTH_OK, "reading");
    newplugin_publish(self);
}

/* [turn] */
static void newplugin_tick(void *user) {
    newplugin_state *self = (newplugin_state *)user;
    if (!self->reading &&
        self->work->submit(self->host, newplugin_read, newplugin_read_done, self) == KINMU_OK) {
        self->reading = 1;
    }
}

/* ---- life cycle ---- */

static int32_t newplugin_create(const kinmu_host *host, const void *config, void **instance,
                                kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)calloc(1, sizeof *self);
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->bus = (const kinmu_bus *)host->iface(host, KINMU_BUS_1);
    self->timer = (const kinmu_timer *)host->iface(host, KINMU_TIMER_1);
    self->work = (const kinmu_work *)host->iface(host, KINMU_WORK_1);
    self->metrics = (const kinmu_metrics *)host->iface(host, KINMU_METRICS_1);
    self->config = *(const newplugin_config *)config;
    if (self->bus == NULL || self->timer == NULL || self->work == NULL || self->metrics == NULL) {
        (void)snprintf(err->key, sizeof err->key, "newplugin.host");
        (void)snprintf(err->msg, sizeof err->msg,
                       "newplugin: this host lacks a service it needs; update Kinmu");
        return KINMU_E_ABI;
    }
    return KINMU_OK;
}

static int32_t newplugin_start(void *instance, kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)instance;
    uint64_t interval_ms = (uint64_t)self->config.interval_ms;
    (void)err;
    self->running = 1;
    newplugin_tick(self);
    return self->timer->start(self->host, interval_ms, interval_ms, newplugin_tick, self,
                              &self->timer_id);
}

static int32_t newplugin_stop(void *instance, kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)instance;
    (void)err;
    self->running = 0;
    self->timer->cancel(self->host, self->timer_id);
    self->timer_id = 0;
    return KINMU_OK;
}

static void newplugin_destroy(void *instance) {
    free(instance);
}

/* ---- the table ---- */

static const kinmu_plugin newplugin_table = {
    sizeof(kinmu_plugin),
    KINMU_COLLECTOR,
    0, /* flags */
    sizeof(newplugin_config),
    "com.example.newplugin",
    "0.1.0",
    "com.example",
    "LicenseRef-choose",
    "Publishes a number from a file when it has changed.",
    "ファイルの数値が変わったときに記録する。",
    KINMU_TABLE(newplugin_options),
    KINMU_TABLE(newplugin_schemas),
    KINMU_TABLE_EMPTY, /* commands */
    KINMU_TABLE(newplugin_metrics),
    newplugin_create,
    newplugin_start,
    newplugin_stop,
    newplugin_destroy,
    NULL,              /* reconfigure: a changed option restarts the instance */
    NULL,              /* events */
    NULL,              /* call */
    NULL,              /* export_open */
    NULL,              /* export_events */
    NULL,              /* export_close */
    KINMU_TABLE_EMPTY, /* tools */
    KINMU_TABLE_EMPTY, /* titles */
};

KINMU_MODULE(&newplugin_table);
