/* session.c - the collector `session`: what happens to this PC and to the login sessions on it.
 *
 * One instance serves the whole machine. The flow: read the stored state and the system's login
 * history (a job), let the ledger decide what happened meanwhile, then watch (watch.c). What a
 * backend tells goes through the ledger to the outbox; every change and every heartbeat is stored,
 * so that a power cut is dated at the next start. This file holds the life cycle, the loading and
 * the description; it decides nothing and reads no file itself.
 * An idle machine costs one wake-up per heartbeat.
 */
#include "session_internal.h"

#include <kinmu/events/observation.h>
#include <kinmu/events/session.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_RETRY_MS 5000
#define PATH_BYTES_MAX 1024

/* --- Loading: the stored state and what the system recorded --- */

typedef struct load {
    session *owner;
    uint32_t generation;
    int32_t status;
    int32_t is_damaged;
    int32_t history_status;
    int32_t has_book; /* `book` was given, the store is older */
    ledger book;
    ledger_start start;
    ledger_record *records;
} load;

static void read_past(void *user) {
    load *job = user;
    const session_config *config = &job->owner->config;
    if (job->has_book == 0) {
        job->status = keeper_load(&job->owner->keeper, &job->book);
        job->is_damaged = job->status == KINMU_E_REJECT;
        if (job->status == KINMU_E_NOTFOUND || job->is_damaged != 0) {
            job->status = KINMU_OK;
        }
    }
    machine_read_boot(config->proc_folder, job->start.boot_id, &job->start.boot_ns);
    const ledger *book = &job->book;
    if (job->status == KINMU_OK && book->phase != LEDGER_NEVER) {
        int64_t since_ns = book->alive.unix_ns;
        if (book->known_ns != 0 && book->known_ns < since_ns) {
            since_ns = book->known_ns;
        }
        job->history_status =
            utmp_read_history(config->wtmp_file, since_ns, &job->records, &job->start.record_count);
    }
}

static void begin_loading(void *user);

static void try_loading_later(session *self, const char *why) {
    char text[KINMU_ERR_MSG_SIZE];
    snprintf(text, sizeof text,
             "session: cannot read its stored state (%s); nothing is recorded until it can, check "
             "the disk of the state folder",
             why);
    self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE, text);
    self->timer->start(self->host, LOAD_RETRY_MS, 0, begin_loading, self, &self->load_timer);
}

static void begin_watching(session *self, load *job) {
    ledger_sink sink = session_sink(self);
    job->start.now = session_now(self);
    job->start.records = job->records;
    if (job->start.boot_ns == 0) {
        job->start.boot_ns = job->start.now.unix_ns - (int64_t)job->start.now.mono_ns;
    }
    self->book = job->book;
    self->has_book = 1;
    self->is_running = 1;
    if (job->is_damaged != 0) {
        self->host->log(self->host, KINMU_LOG_ERROR,
                        "session: its stored state is damaged; starting afresh, what happened "
                        "since the last heartbeat is not known");
    }
    if (job->history_status != KINMU_OK) {
        self->host->log(self->host, KINMU_LOG_WARN,
                        "session: cannot read the wtmp file; shutdowns it did not see itself are "
                        "estimated");
    }
    ledger_begin(&self->book, &job->start, &sink);
    session_publish_and_store(self);
    if (watch_start(self) != KINMU_OK) {
        self->host->health(self->host, KINMU_HEALTH_FAILED, "session: the host has no timer left");
    }
}

static void on_loaded(void *user, int32_t status) {
    load *job = user;
    session *self = job->owner;
    if (self->is_started != 0 && job->generation == self->generation) {
        char why[32];
        snprintf(why, sizeof why, "status %d", (int)(status != KINMU_OK ? status : job->status));
        if (status != KINMU_OK || job->status != KINMU_OK) {
            try_loading_later(self, why);
        } else {
            begin_watching(self, job);
        }
    }
    free(job->records);
    free(job);
}

static void begin_loading(void *user) {
    session *self = user;
    self->load_timer = 0;
    load *job = calloc(1, sizeof *job);
    if (job == NULL) {
        try_loading_later(self, "out of memory");
        return;
    }
    job->owner = self;
    job->generation = self->generation;
    job->has_book = self->has_book;
    if (self->has_book != 0) {
        job->book = self->book;
    }
    if (self->work->submit(self->host, read_past, on_loaded, job) != KINMU_OK) {
        free(job);
        try_loading_later(self, "no job slot");
    }
}

/* --- Life cycle --- */

static const char *copy_text(const char *from) {
    size_t size = strlen(from) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, from, size);
    }
    return copy;
}

/* Jobs and backends use the texts for as long as the instance lives. */
static int32_t copy_config(session_config *to, const session_config *from) {
    to->heartbeat_ms = from->heartbeat_ms;
    to->backend = copy_text(from->backend);
    to->utmp_file = copy_text(from->utmp_file);
    to->wtmp_file = copy_text(from->wtmp_file);
    to->proc_folder = copy_text(from->proc_folder);
    int32_t is_whole = to->backend != NULL && to->utmp_file != NULL && to->wtmp_file != NULL &&
                       to->proc_folder != NULL;
    return is_whole ? KINMU_OK : KINMU_E_NOMEM;
}

static void free_config(session_config *config) {
    free((void *)(uintptr_t)config->backend);
    free((void *)(uintptr_t)config->utmp_file);
    free((void *)(uintptr_t)config->wtmp_file);
    free((void *)(uintptr_t)config->proc_folder);
}

static int32_t session_create(const kinmu_host *host, const void *config, void **instance,
                              kinmu_err *err) {
    session *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    self->poll = host->iface(host, KINMU_POLL_1);
    self->work = host->iface(host, KINMU_WORK_1);
    self->kv = host->iface(host, KINMU_KV_1);
    self->metrics = host->iface(host, KINMU_METRICS_1);
    if (self->bus == NULL || self->timer == NULL || self->poll == NULL || self->work == NULL ||
        self->kv == NULL) {
        snprintf(err->key, sizeof err->key, "session.host");
        snprintf(err->msg, sizeof err->msg,
                 "session: this host lacks bus/1, timer/1, poll/1, work/1 or kv/1; update Kinmu");
        return KINMU_E_ABI;
    }
    int32_t status = copy_config(&self->config, config);
    return status == KINMU_OK ? watch_create(self) : status;
}

static int32_t session_start(void *instance, kinmu_err *err) {
    (void)err;
    session *self = instance;
    if (self->is_started == 0) {
        self->is_started = 1;
        self->generation++;
        begin_loading(self);
    }
    return KINMU_OK;
}

static int32_t session_stop(void *instance, kinmu_err *err) {
    (void)err;
    session *self = instance;
    if (self->is_started == 0) {
        return KINMU_OK;
    }
    self->is_started = 0;
    self->timer->cancel(self->host, self->load_timer);
    self->load_timer = 0;
    watch_stop(self);
    if (self->is_running != 0) {
        ledger_moment now = session_now(self);
        ledger_sink sink = session_sink(self);
        ledger_stop(&self->book, WHY_BLIND, &now, &sink);
        outbox_stop(&self->outbox);
        self->is_running = 0;
        session_publish_and_store(self);
    }
    return KINMU_OK;
}

static void session_destroy(void *instance) {
    session *self = instance;
    if (self == NULL) {
        return;
    }
    watch_destroy(self);
    free_config(&self->config);
    free(self);
}

static int32_t session_reconfigure(void *instance, const void *config, kinmu_err *err) {
    (void)err;
    session *self = instance;
    self->config.heartbeat_ms = ((const session_config *)config)->heartbeat_ms;
    return self->is_running != 0 ? watch_start_beating(self) : KINMU_OK;
}

/* --- Description --- */

static const kinmu_option options[] = {
    {.name = "backend",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(session_config, backend),
     .default_text = "auto",
     .choices = "auto|logind|utmp",
     .columns = KINMU_TABLE_EMPTY,
     .doc =
         "Where sessions are seen. auto: systemd-logind, and utmp while there is none. utmp knows "
         "logons and logoffs only.",
     .doc_ja = "セッションの取得元。auto は systemd-logind、ない間は utmp。"
               "utmp で分かるのはログオンとログオフだけ。",
     .since = "1.0"},
    {.name = "heartbeat",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(session_config, heartbeat_ms),
     .default_text = "60s",
     .min = 10000,
     .max = 600000,
     .columns = KINMU_TABLE_EMPTY,
     .doc = "How often a sign of life is stored. A power cut is dated at most this much too early.",
     .doc_ja = "生存記録の間隔。停電などの強制終了時刻は、最大でこの時間だけ早く推定される。",
     .since = "1.0"},
    {.name = "utmp_file",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(session_config, utmp_file),
     .default_text = "/run/utmp",
     .min = 1,
     .max = PATH_BYTES_MAX,
     .columns = KINMU_TABLE_EMPTY,
     .doc = "File of the sessions present. For containers and tests.",
     .doc_ja = "現在のセッションのファイル。コンテナーとテスト用。",
     .since = "1.0"},
    {.name = "wtmp_file",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(session_config, wtmp_file),
     .default_text = "/var/log/wtmp",
     .min = 1,
     .max = PATH_BYTES_MAX,
     .columns = KINMU_TABLE_EMPTY,
     .doc = "File of the login history, read once at start. For containers and tests.",
     .doc_ja = "ログイン履歴のファイル。起動時に一度だけ読む。コンテナーとテスト用。",
     .since = "1.0"},
    {.name = "proc_folder",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(session_config, proc_folder),
     .default_text = "/proc",
     .min = 1,
     .max = PATH_BYTES_MAX,
     .columns = KINMU_TABLE_EMPTY,
     .doc = "Folder with stat and sys/kernel/random/boot_id. For containers and tests.",
     .doc_ja = "stat と sys/kernel/random/boot_id のあるフォルダー。コンテナーとテスト用。",
     .since = "1.0"},
};

static const kinmu_schema_use schemas[] = {
    [OUTBOX_SCHEMA_CHANGE] = {&kinmu_session_change, KINMU_EMITS, 0},
    [OUTBOX_SCHEMA_GAP] = {&kinmu_observation_gap, KINMU_EMITS, 0},
};

static const kinmu_metric metrics[] = {
    [METRIC_EVENTS] = {"events_total", KINMU_METRIC_COUNTER, 0, "count", "Changes and gaps found."},
    [METRIC_LOST] = {"events_lost_total", KINMU_METRIC_COUNTER, KINMU_METRIC_LOSS, "count",
                     "Events dropped: the bus stayed full or refused them."},
    [METRIC_REFUSED] = {"sessions_refused_total", KINMU_METRIC_COUNTER, KINMU_METRIC_LOSS, "count",
                        "Sessions not followed because too many were open at once."},
    [METRIC_UNSTORED] = {"states_unstored_total", KINMU_METRIC_COUNTER, KINMU_METRIC_LOSS, "count",
                         "Heartbeats and changes that could not be stored."},
};

static const kinmu_plugin session_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .config_size = sizeof(session_config),
    .name = "session",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Records when this PC starts, sleeps, resumes and shuts down, and when people log on, "
           "lock, unlock, are idle, switch and log off. A power cut is dated from a heartbeat.",
    .doc_ja = "PC の起動、スリープ、復帰、シャットダウンと、利用者のログオン、ロック、解除、"
              "アイドル、切り替え、ログオフを記録する。電源断の時刻は生存記録から推定する。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .commands = KINMU_TABLE_EMPTY,
    .metrics = KINMU_TABLE(metrics),
    .create = session_create,
    .start = session_start,
    .stop = session_stop,
    .destroy = session_destroy,
    .reconfigure = session_reconfigure,
};

KINMU_MODULE(&session_plugin);
