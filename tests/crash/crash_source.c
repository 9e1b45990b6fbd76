/* crash_source.c - two plugins for the crash tests: one publishes numbers, one repeats them.
 *
 * `test.numbers` publishes numbers that are never used twice, also not after a crash, and writes
 * each range to a side file once it was told that it is durable: what stands there must never be
 * missing in the journal. `test.echo` publishes every number it is delivered once more; a number it
 * repeats twice, or not at all, shows that a publish and its cursor were not one commit.
 * Side files are written by write(2) alone: a killed process keeps what it wrote so. */
#include <kinmu/iface/bus.h>
#include <kinmu/iface/timer.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBERS_PER_RUN 1000000
#define BATCH_MAX 64
#define ECHO_CHUNK 64u
#define WAITING_MAX 2000u

static const kinmu_field number_fields[] = {
    {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Used once."},
    {"lane", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Who counted."},
};
static const kinmu_field echo_fields[] = {
    {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "As delivered."},
    {"lane", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "As delivered."},
    {"echo", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Which instance repeats it."},
};
static const kinmu_schema number_schema = {sizeof(kinmu_schema),
                                           1,
                                           "test.number",
                                           KINMU_KIND_LOG,
                                           0,
                                           "activity",
                                           NULL,
                                           NULL,
                                           KINMU_TABLE(number_fields),
                                           "A number."};
static const kinmu_schema echo_schema = {
    sizeof(kinmu_schema), 1,    "test.echo", KINMU_KIND_LOG,           0,
    "activity",           NULL, NULL,        KINMU_TABLE(echo_fields), "A number, repeated."};
static const kinmu_schema_use number_uses[] = {{&number_schema, KINMU_EMITS, 0}};
static const kinmu_schema_use echo_uses[] = {{&number_schema, KINMU_ACCEPTS, 0},
                                             {&echo_schema, KINMU_EMITS, 0}};

typedef struct numbers_config {
    const char *file;
    int64_t interval_ms;
    int64_t batch;
} numbers_config;

static const kinmu_option options[] = {
    {"file", KINMU_OPT_TEXT, KINMU_OPTION_REQUIRED, offsetof(numbers_config, file), 0, NULL, 1,
     1000, NULL, KINMU_TABLE_EMPTY, 0, 0, "Side file of acknowledged ranges.",
     "確認済み範囲のファイル。", "1.0"},
    {"interval", KINMU_OPT_DURATION, KINMU_OPTION_LIVE, offsetof(numbers_config, interval_ms), 0,
     "5ms", 1, 60000, NULL, KINMU_TABLE_EMPTY, 0, 0, "Time between two batches.", "間隔。", "1.0"},
    {"batch", KINMU_OPT_INT, 0, offsetof(numbers_config, batch), 0, "3", 1, BATCH_MAX, NULL,
     KINMU_TABLE_EMPTY, 0, 0, "Numbers in a batch.", "一回の件数。", "1.0"},
};

typedef struct numbers {
    struct range *ranges; /* waiting, newest first */
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    numbers_config config;
    uint64_t timer_id;
    int64_t next;
    uint32_t waiting;
    int acknowledged; /* descriptor */
} numbers;

/* What one when_durable waits for. */
typedef struct range {
    struct range *next;
    numbers *owner;
    int64_t first;
    int64_t last;
} range;

static void forget_range(numbers *self, range *r) {
    range **at = &self->ranges;
    while (*at != r) {
        at = &(*at)->next;
    }
    *at = r->next;
    self->waiting--;
    free(r);
}

static void acknowledge(void *user, int32_t status, uint64_t ticket) {
    range *r = user;
    numbers *self = r->owner;
    char line[160];
    if (status == KINMU_OK) {
        int is_late = self->bus->durable(self->host) < ticket;
        int size =
            snprintf(line, sizeof line, "%s %s %" PRId64 " %" PRId64 "\n",
                     is_late ? "disagree" : "durable", self->host->instance, r->first, r->last);
        if (write(self->acknowledged, line, (size_t)size) != size) {
            self->host->health(self->host, KINMU_HEALTH_FAILED, "cannot write the side file");
        }
    }
    forget_range(self, r);
}

/* [turn] A batch refused as busy is published again with the same numbers. */
static void publish(void *user) {
    numbers *self = user;
    kinmu_event events[BATCH_MAX];
    kinmu_value values[BATCH_MAX][2];
    uint32_t count = (uint32_t)self->config.batch;
    uint64_t ticket = 0;
    range *r = self->waiting < WAITING_MAX ? malloc(sizeof *r) : NULL;
    if (r == NULL) {
        return;
    }
    memset(events, 0, sizeof events);
    for (uint32_t i = 0; i < count; i++) {
        values[i][0] = kinmu_i64(self->next + i);
        values[i][1] = kinmu_text(self->host->instance);
        events[i].subject = "";
        events[i].values = values[i];
        events[i].value_count = 2;
    }
    if (self->bus->publish(self->host, events, count, &ticket) != KINMU_OK) {
        free(r);
        return;
    }
    *r = (range){self->ranges, self, self->next, self->next + count - 1};
    self->ranges = r;
    self->waiting++;
    self->next += count;
    if (self->bus->when_durable(self->host, ticket, acknowledge, r) != KINMU_OK) {
        forget_range(self, r);
    }
}

static int32_t numbers_create(const kinmu_host *host, const void *config, void **instance,
                              kinmu_err *err) {
    numbers *self = calloc(1, sizeof *self);
    (void)err;
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->acknowledged = -1;
    self->host = host;
    self->config = *(const numbers_config *)config;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    return self->bus != NULL && self->timer != NULL ? KINMU_OK : KINMU_E_ABI;
}

/* Each start takes a million numbers of its own: the size of FILE.starts says which. */
static int32_t numbers_start(void *instance, kinmu_err *err) {
    numbers *self = instance;
    char path[1024];
    struct stat info = {0};
    snprintf(path, sizeof path, "%s.starts", self->config.file);
    int starts = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int is_taken = starts >= 0 && write(starts, ".", 1) == 1 && fstat(starts, &info) == 0;
    if (starts >= 0) {
        close(starts);
    }
    self->acknowledged = open(self->config.file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (!is_taken || self->acknowledged < 0) {
        snprintf(err->msg, sizeof err->msg, "\"%s\" cannot be written", self->config.file);
        return KINMU_E_CONFIG;
    }
    self->next = (int64_t)info.st_size * NUMBERS_PER_RUN;
    uint64_t interval_ms = (uint64_t)self->config.interval_ms;
    return self->timer->start(self->host, interval_ms, interval_ms, publish, self, &self->timer_id);
}

static int32_t numbers_stop(void *instance, kinmu_err *err) {
    numbers *self = instance;
    (void)err;
    self->timer->cancel(self->host, self->timer_id);
    self->timer_id = 0;
    return KINMU_OK;
}

/* Ranges still waiting are not told any more. */
static void numbers_destroy(void *instance) {
    numbers *self = instance;
    while (self != NULL && self->ranges != NULL) {
        forget_range(self, self->ranges);
    }
    if (self != NULL && self->acknowledged >= 0) {
        close(self->acknowledged);
    }
    free(self);
}

static int32_t numbers_reconfigure(void *instance, const void *config, kinmu_err *err) {
    numbers *self = instance;
    self->config = *(const numbers_config *)config;
    uint64_t interval_ms = (uint64_t)self->config.interval_ms;
    (void)numbers_stop(self, err);
    return self->timer->start(self->host, interval_ms, interval_ms, publish, self, &self->timer_id);
}

static const kinmu_plugin numbers_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .config_size = sizeof(numbers_config),
    .name = "test.numbers",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Publishes numbers and notes which are durable.",
    .doc_ja = "番号を発行し、保存済みの番号を記録する。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(number_uses),
    .create = numbers_create,
    .start = numbers_start,
    .stop = numbers_stop,
    .destroy = numbers_destroy,
    .reconfigure = numbers_reconfigure,
};

/* ---- test.echo ---- */

typedef struct echo {
    const kinmu_host *host;
    const kinmu_bus *bus;
} echo;

static int32_t echo_create(const kinmu_host *host, const void *config, void **instance,
                           kinmu_err *err) {
    echo *self = calloc(1, sizeof *self);
    (void)config;
    (void)err;
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->bus = host->iface(host, KINMU_BUS_1);
    return self->bus != NULL ? KINMU_OK : KINMU_E_ABI;
}

static int32_t echo_start(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void echo_destroy(void *instance) {
    free(instance);
}

static int32_t echo_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    echo *self = instance;
    kinmu_event events[ECHO_CHUNK];
    kinmu_value values[ECHO_CHUNK][3];
    (void)err;
    memset(events, 0, sizeof events);
    for (uint32_t from = 0; from < batch->count; from += ECHO_CHUNK) {
        uint32_t count = batch->count - from < ECHO_CHUNK ? batch->count - from : ECHO_CHUNK;
        for (uint32_t i = 0; i < count; i++) {
            const kinmu_event *heard = &batch->events[from + i];
            values[i][0] = heard->values[0];
            values[i][1] = heard->values[1];
            values[i][2] = kinmu_text(self->host->instance);
            events[i].schema = 1;
            events[i].subject = "";
            events[i].values = values[i];
            events[i].value_count = 3;
        }
        int32_t status = self->bus->publish(self->host, events, count, NULL);
        if (status != KINMU_OK) {
            return status;
        }
    }
    return KINMU_OK;
}

static const kinmu_plugin echo_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .name = "test.echo",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Publishes every number once more.",
    .doc_ja = "届いた番号をもう一度発行する。",
    .schemas = KINMU_TABLE(echo_uses),
    .create = echo_create,
    .start = echo_start,
    .stop = echo_start,
    .destroy = echo_destroy,
    .events = echo_events,
};

KINMU_MODULE(&numbers_plugin, &echo_plugin);
