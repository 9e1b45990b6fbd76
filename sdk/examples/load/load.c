/* load.c - an example collector: how busy the machine is, from the load average of the kernel.
 *
 * It publishes one event per change of level, not one per look. The flow: the timer submits a job,
 * the job reads the file (which may block), its end decides in a turn. What could not be published
 * because the queue was full stays in `pending` and is tried again at the next look; nothing else
 * is queued. It does not know processes or people: the subject is the device. */
#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what it emits ---- */

#define LEVEL_LEVEL 0
#define LEVEL_LOAD 1
#define LEVEL_FIELDS 2

static const kinmu_field level_fields[] = {
    {"level", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "calm|busy", "busy: the load is at or over `busy_at`."},
    {"load", KINMU_TYPE_F64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Load average of the last minute."},
};

static const kinmu_schema level_schema = {
    sizeof(kinmu_schema),
    1,
    "com.example.load.level",
    KINMU_KIND_LOG,
    0,
    "inventory",
    NULL,
    NULL,
    KINMU_TABLE(level_fields),
    "The machine became calm or busy; it stays so until the next event."};

static const kinmu_schema_use schemas[] = {{&level_schema, KINMU_EMITS, 0}};

/* ---- what can be configured ---- */

typedef struct load_config {
    const char *file;
    int64_t interval_ms;
    int64_t busy_at;
} load_config;

static const kinmu_option options[] = {
    {"file", KINMU_OPT_TEXT, 0, offsetof(load_config, file), 0, "/proc/loadavg", 1, 4096, NULL,
     KINMU_TABLE_EMPTY, 0, 0, "File whose first word is the load average.",
     "先頭の語が負荷平均であるファイル。", "1.0"},
    {"interval", KINMU_OPT_DURATION, 0, offsetof(load_config, interval_ms), 0, "15s", 1000, 3600000,
     NULL, KINMU_TABLE_EMPTY, 0, 0, "Time between two looks.", "確認の間隔。", "1.0"},
    {"busy_at", KINMU_OPT_INT, KINMU_OPTION_LIVE, offsetof(load_config, busy_at), 0, "100", 1,
     100000, NULL, KINMU_TABLE_EMPTY, 0, 0,
     "Load, in hundredths, from which on the machine counts as busy.",
     "この負荷(百分の一単位)以上を繁忙とみなす。", "1.0"},
};

/* ---- what can be asked ---- */

static const kinmu_field now_output[] = {
    {"level", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", "calm|busy",
     "Null: not known yet."},
    {"load", KINMU_TYPE_F64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "At the last look."},
};

static const kinmu_command commands[] = {{"now", "operator", KINMU_TABLE_EMPTY,
                                          KINMU_TABLE(now_output),
                                          "Tells the level at the last look.", NULL}};

/* ---- the instance ---- */

typedef struct load {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_calls *calls;
    load_config config;
    uint64_t timer_id;
    int32_t is_running; /* between start and stop */
    int32_t is_reading; /* a job is under way; then job_load and job_status are the job's */
    double job_load;
    int32_t job_status;
    const char *level;   /* "calm", "busy", NULL = not known */
    const char *pending; /* a level not published yet, NULL = none */
    double load;
} load;

/* [job] */
static void read_load(void *user) {
    load *self = user;
    char word[64] = "";
    char *end = word;
    FILE *file = fopen(self->config.file, "r");
    self->job_status = KINMU_E_NOTFOUND;
    if (file == NULL) {
        return;
    }
    if (fgets(word, sizeof word, file) != NULL) {
        self->job_load = strtod(word, &end);
    }
    self->job_status = end > word ? KINMU_OK : KINMU_E_REJECT;
    (void)fclose(file);
}

static void publish_pending(load *self) {
    kinmu_value values[LEVEL_FIELDS];
    if (self->pending == NULL) {
        return;
    }
    values[LEVEL_LEVEL] = kinmu_text(self->pending);
    values[LEVEL_LOAD] = kinmu_f64(self->load);
    kinmu_event event = {.schema = 0, .subject = "", .values = values, .value_count = LEVEL_FIELDS};
    int32_t status = self->bus->publish(self->host, &event, 1, NULL);
    if (status != KINMU_E_BUSY) {
        self->pending = NULL;
    }
}

static void judge(load *self) {
    const char *level = self->load * 100 >= (double)self->config.busy_at ? "busy" : "calm";
    if (level != self->level) {
        self->level = level;
        self->pending = level;
    }
    publish_pending(self);
}

/* [turn] */
static void read_done(void *user, int32_t status) {
    load *self = user;
    char text[256];
    self->is_reading = 0;
    if (!self->is_running || status != KINMU_OK) {
        return;
    }
    if (self->job_status != KINMU_OK) {
        snprintf(text, sizeof text, "\"%.160s\" %s; set `file` to a load average",
                 self->config.file,
                 self->job_status == KINMU_E_REJECT ? "holds no number" : "cannot be read");
        self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE, text);
        return;
    }
    self->host->health(self->host, KINMU_HEALTH_OK, "watching");
    self->load = self->job_load;
    judge(self);
}

/* [turn] */
static void look(void *user) {
    load *self = user;
    if (!self->is_reading) {
        self->is_reading = self->work->submit(self->host, read_load, read_done, self) == KINMU_OK;
    }
}

/* ---- life cycle, all [turn] ---- */

static int32_t load_create(const kinmu_host *host, const void *config, void **instance,
                           kinmu_err *err) {
    load *self = calloc(1, sizeof *self);
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->config = *(const load_config *)config;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    self->work = host->iface(host, KINMU_WORK_1);
    self->calls = host->iface(host, KINMU_CALLS_1);
    if (self->bus == NULL || self->timer == NULL || self->work == NULL || self->calls == NULL) {
        snprintf(err->key, sizeof err->key, "load.host");
        snprintf(err->msg, sizeof err->msg,
                 "load: this host lacks a service it needs; update Kinmu");
        return KINMU_E_ABI;
    }
    return KINMU_OK;
}

static int32_t load_start(void *instance, kinmu_err *err) {
    load *self = instance;
    uint64_t interval_ms = (uint64_t)self->config.interval_ms;
    (void)err;
    self->is_running = 1;
    look(self);
    return self->timer->start(self->host, interval_ms, interval_ms, look, self, &self->timer_id);
}

static int32_t load_stop(void *instance, kinmu_err *err) {
    load *self = instance;
    (void)err;
    self->is_running = 0;
    self->timer->cancel(self->host, self->timer_id);
    self->timer_id = 0;
    return KINMU_OK;
}

static void load_destroy(void *instance) {
    free(instance);
}

/* Only busy_at is LIVE. The job may be reading `file`, so nothing else of the config is touched. */
static int32_t load_reconfigure(void *instance, const void *config, kinmu_err *err) {
    load *self = instance;
    (void)err;
    if (self->is_reading) {
        return KINMU_E_BUSY;
    }
    self->config = *(const load_config *)config;
    if (self->level != NULL) {
        judge(self);
    }
    return KINMU_OK;
}

static int32_t load_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    load *self = instance;
    kinmu_value values[2] = {kinmu_null(), kinmu_null()};
    (void)err;
    if (self->level != NULL) {
        values[0] = kinmu_text(self->level);
        values[1] = kinmu_f64(self->load);
    }
    return self->calls->answer(self->host, call->id, KINMU_OK, values, 2, NULL);
}

static const kinmu_plugin load_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .config_size = sizeof(load_config),
    .name = "com.example.load",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Tells when the machine becomes busy or calm.",
    .doc_ja = "計算機が繁忙または平穏になったことを記録する。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .commands = KINMU_TABLE(commands),
    .create = load_create,
    .start = load_start,
    .stop = load_stop,
    .destroy = load_destroy,
    .reconfigure = load_reconfigure,
    .call = load_call,
};

KINMU_MODULE(&load_plugin);
