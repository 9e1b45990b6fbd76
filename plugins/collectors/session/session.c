/* session.c - the collector `session`: what happens to this PC and to the login sessions on it.
 *
 * One instance serves the whole machine. The flow: read the stored state and the system's login
 * history (a job), let the ledger decide what happened meanwhile, then watch by a backend. What a
 * backend tells goes through the ledger to the outbox; every change and every heartbeat is stored,
 * so that a power cut is dated at the next start. It decides nothing itself and reads no file.
 * An idle machine costs one wake-up per heartbeat.
 */
#include "backend.h"
#include "keeper.h"
#include "ledger.h"
#include "outbox.h"

#include <kinmu/events/observation.h>
#include <kinmu/events/session.h>
#include <kinmu/iface/metrics.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_RETRY_MS 5000
#define HOLD_MS_MAX 4000 /* logind waits 5 s by default */
#define PATH_BYTES_MAX 1024
#define WHY_BLIND "no system bus: lock, idle, sleep and shutdown were not seen"

enum { METRIC_EVENTS, METRIC_LOST, METRIC_REFUSED, METRIC_UNSTORED };

typedef struct session_config {
    const char *backend;
    int64_t heartbeat_ms;
    const char *utmp_file;
    const char *wtmp_file;
    const char *proc_folder;
} session_config;

typedef struct session session;

/* One backend of an instance. */
typedef struct slot {
    session *owner;
    const backend *type;
    void *self;
    int32_t is_started;
    int32_t is_up;
    char why[BACKEND_WHY_SIZE]; /* not up: why; "" = not known yet */
} slot;

/* Sleep or shutdown waits until what was published is on disk, and the state too. */
typedef struct hold {
    int32_t is_on;
    int32_t is_asked;
    int32_t is_durable;
    uint64_t ticket;
    uint64_t state_number;
    uint64_t guard_timer;
} hold;

struct session {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_poll *poll;
    const kinmu_work *work;
    const kinmu_kv *kv;
    const kinmu_metrics *metrics; /* may be NULL */
    session_config config;
    int32_t is_started;
    int32_t is_running;  /* started and loaded */
    int32_t has_book;    /* `book` is newer than what is stored */
    uint32_t generation; /* of the start; late jobs of an earlier one are dropped */
    uint64_t beat_timer;
    uint64_t load_timer;
    int32_t store_status;
    uint64_t told_lost;
    hold hold;
    slot logind;
    slot utmp;
    outbox outbox;
    keeper keeper;
    ledger book;
};

/* --- Small things --- */

static ledger_moment moment_now(const session *self) {
    kinmu_clock clock;
    self->timer->now(self->host, &clock);
    ledger_moment now = {clock.unix_ns, clock.mono_ns, machine_suspended_ns()};
    return now;
}

static void count(const session *self, uint32_t metric, uint64_t amount) {
    if (self->metrics != NULL && amount != 0) {
        self->metrics->add(self->host, metric, amount);
    }
}

static void emit(void *user, const ledger_event *event) {
    session *self = user;
    outbox_add(&self->outbox, event);
    count(self, METRIC_EVENTS, 1);
}

static ledger_sink sink_of(session *self) {
    ledger_sink sink = {emit, self};
    return sink;
}

static slot *main_slot(session *self) {
    return strcmp(self->config.backend, "utmp") == 0 ? &self->utmp : &self->logind;
}

static void update_health(session *self) {
    const slot *chosen = main_slot(self);
    char text[KINMU_ERR_MSG_SIZE];
    int32_t state = KINMU_HEALTH_OK;
    if (chosen->is_up == 0 && chosen->why[0] == '\0') {
        return; /* the first answer comes in a moment */
    }
    if (chosen->is_up != 0) {
        snprintf(text, sizeof text, "session: watching by %s", chosen->type->name);
    } else if (self->utmp.is_up != 0) {
        state = KINMU_HEALTH_DEGRADED;
        snprintf(text, sizeof text,
                 "session: %s; until then lock, idle, sleep and shutdown are not seen, logons come "
                 "from utmp",
                 chosen->why);
    } else {
        state = KINMU_HEALTH_UNAVAILABLE;
        snprintf(text, sizeof text, "session: %s; it is tried again by itself", chosen->why);
    }
    if (self->store_status != KINMU_OK && state == KINMU_HEALTH_OK) {
        state = KINMU_HEALTH_DEGRADED;
        snprintf(text, sizeof text,
                 "session: cannot store the heartbeat (status %d), a power cut would be dated too "
                 "early; check the disk of the state folder",
                 (int)self->store_status);
    }
    self->host->health(self->host, state, text);
}

/* --- Holding back sleep and shutdown --- */

static void end_hold(session *self) {
    if (self->hold.is_on != 0) {
        self->timer->cancel(self->host, self->hold.guard_timer);
        memset(&self->hold, 0, sizeof self->hold);
    }
}

static void let_go(session *self) {
    end_hold(self);
    if (self->logind.is_started != 0) {
        self->logind.type->let_go(self->logind.self);
    }
}

static void settle_hold(session *self);

static void on_durable(void *user, int32_t status, uint64_t number) {
    (void)status; /* E_RESTART: it can no longer become so; waiting longer does not help */
    session *self = user;
    if (self->hold.is_on != 0 && number >= self->hold.ticket) {
        self->hold.is_durable = 1;
        settle_hold(self);
    }
}

static void settle_hold(session *self) {
    hold *wait = &self->hold;
    if (wait->is_on == 0) {
        return;
    }
    if (wait->is_asked == 0 && self->outbox.count == 0) {
        wait->is_asked = 1;
        wait->ticket = self->outbox.ticket;
        if (self->bus->when_durable(self->host, wait->ticket, on_durable, self) != KINMU_OK) {
            wait->is_durable = 1;
        }
    }
    if (wait->is_durable != 0 && self->keeper.stored >= wait->state_number) {
        let_go(self);
    }
}

static void on_hold_too_long(void *user) {
    session *self = user;
    self->hold.guard_timer = 0;
    self->host->log(self->host, KINMU_LOG_WARN,
                    "session: the disk did not answer in time before sleep or shutdown; the last "
                    "events may be missing");
    let_go(self);
}

static void begin_hold(session *self) {
    end_hold(self);
    self->hold.is_on = 1;
    self->hold.state_number = self->keeper.handed;
    self->timer->start(self->host, HOLD_MS_MAX, 0, on_hold_too_long, self, &self->hold.guard_timer);
    settle_hold(self);
}

/* --- After every change: publish, store --- */

static void on_sent(void *user) {
    settle_hold(user);
}

static void on_stored(void *user, int32_t status) {
    session *self = user;
    count(self, METRIC_UNSTORED, status != KINMU_OK);
    if (self->is_running == 0) {
        return;
    }
    if (status != self->store_status) {
        self->store_status = status;
        update_health(self);
    }
    settle_hold(self);
}

static void publish_and_store(session *self) {
    outbox_send(&self->outbox);
    count(self, METRIC_LOST, self->outbox.lost - self->told_lost);
    self->told_lost = self->outbox.lost;
    count(self, METRIC_REFUSED, self->book.sessions_refused);
    self->book.sessions_refused = 0;
    keeper_store(&self->keeper, &self->book);
}

/* --- What backends tell --- */

static void start_slot(slot *which) {
    if (which->is_started == 0) {
        which->is_started = 1;
        which->type->start(which->self);
    }
}

static void stop_slot(slot *which) {
    which->is_started = 0;
    which->is_up = 0;
    which->why[0] = '\0';
    if (which->self != NULL) {
        which->type->stop(which->self);
    }
}

static void on_list_begin(void *user) {
    slot *from = user;
    session *self = from->owner;
    if (from == &self->logind) {
        stop_slot(&self->utmp); /* one listing at a time, and the better source wins */
    }
    ledger_list_begin(&self->book);
}

static void on_seen(void *user, const ledger_session *seen, int32_t is_live) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_session_seen(&self->book, seen, is_live, &now, &sink);
    if (is_live != 0) {
        publish_and_store(self);
    }
}

static void on_list_end(void *user, int32_t is_live) {
    slot *from = user;
    session *self = from->owner;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_list_end(&self->book, is_live, &now, &sink);
    if (from == main_slot(self)) {
        ledger_sighted(&self->book, from == &self->logind, WHY_BLIND, &now, &sink);
    }
    from->is_up = 1;
    from->why[0] = '\0';
    publish_and_store(self);
    update_health(self);
}

static void on_gone(void *user, const char *id) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_session_gone(&self->book, id, &now, &sink);
    publish_and_store(self);
}

static void on_flag(void *user, const char *id, ledger_flag flag, int32_t is_on) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_session_flag(&self->book, id, flag, is_on, &now, &sink);
    publish_and_store(self);
}

static void after_power(session *self, int32_t begins) {
    publish_and_store(self);
    if (begins != 0) {
        begin_hold(self);
    } else {
        end_hold(self); /* the backend has a new lock already: keep it */
    }
}

static void on_sleep(void *user, int32_t begins) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_sleep(&self->book, begins, &now, &sink);
    after_power(self, begins);
}

static void on_shutdown(void *user, int32_t begins) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_shutdown(&self->book, begins, &now, &sink);
    after_power(self, begins);
}

static void on_down(void *user, const char *why) {
    slot *from = user;
    session *self = from->owner;
    if (from->is_up != 0 || from->why[0] == '\0') {
        char line[BACKEND_WHY_SIZE + 64];
        snprintf(line, sizeof line, "session: %s; it is tried again by itself", why);
        self->host->log(self->host, KINMU_LOG_WARN, line);
        if (from == main_slot(self)) {
            ledger_moment now = moment_now(self);
            ledger_blind(&self->book, &now);
            publish_and_store(self);
        }
    }
    from->is_up = 0;
    snprintf(from->why, sizeof from->why, "%s", why);
    if (from == &self->logind && strcmp(self->config.backend, "auto") == 0) {
        start_slot(&self->utmp);
    }
    update_health(self);
}

static const backend_watcher watcher = {.list_begin = on_list_begin,
                                        .seen = on_seen,
                                        .list_end = on_list_end,
                                        .gone = on_gone,
                                        .flag = on_flag,
                                        .sleep = on_sleep,
                                        .shutdown = on_shutdown,
                                        .down = on_down};

/* --- Heartbeat --- */

static void on_beat(void *user) {
    session *self = user;
    ledger_moment now = moment_now(self);
    ledger_sink sink = sink_of(self);
    ledger_beat(&self->book, self->config.heartbeat_ms * 1000000, &now, &sink);
    publish_and_store(self);
    slot *const slots[] = {&self->logind, &self->utmp};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (slots[i]->is_started != 0 && slots[i]->type->beat != NULL) {
            slots[i]->type->beat(slots[i]->self);
        }
    }
}

static int32_t start_beating(session *self) {
    self->timer->cancel(self->host, self->beat_timer);
    uint64_t interval_ms = (uint64_t)self->config.heartbeat_ms;
    return self->timer->start(self->host, interval_ms, interval_ms, on_beat, self,
                              &self->beat_timer);
}

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
    ledger_sink sink = sink_of(self);
    job->start.now = moment_now(self);
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
    publish_and_store(self);
    if (start_beating(self) != KINMU_OK) {
        self->host->health(self->host, KINMU_HEALTH_FAILED, "session: the host has no timer left");
    }
    start_slot(main_slot(self));
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

static int32_t create_slot(session *self, slot *which, const backend *type) {
    backend_setup setup = {.host = self->host,
                           .poll = self->poll,
                           .timer = self->timer,
                           .work = self->work,
                           .watcher = &watcher,
                           .user = which,
                           .utmp_file = self->config.utmp_file};
    which->owner = self;
    which->type = type;
    which->self = type->create(&setup);
    return which->self != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t session_create(const kinmu_host *host, const void *config, void **instance,
                              kinmu_err *err) {
    session *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->config = *(const session_config *)config;
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
    outbox_init(&self->outbox, host, self->bus, self->timer, on_sent, self);
    keeper_init(&self->keeper, host, self->kv, self->work, on_stored, self);
    int32_t status = create_slot(self, &self->logind, &logind_backend);
    return status == KINMU_OK ? create_slot(self, &self->utmp, &utmp_backend) : status;
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
    self->timer->cancel(self->host, self->beat_timer);
    self->timer->cancel(self->host, self->load_timer);
    self->beat_timer = 0;
    self->load_timer = 0;
    end_hold(self);
    stop_slot(&self->logind);
    stop_slot(&self->utmp);
    if (self->is_running != 0) {
        ledger_moment now = moment_now(self);
        ledger_sink sink = sink_of(self);
        ledger_stop(&self->book, WHY_BLIND, &now, &sink);
        outbox_stop(&self->outbox);
        self->is_running = 0;
        publish_and_store(self);
    }
    return KINMU_OK;
}

static void session_destroy(void *instance) {
    session *self = instance;
    if (self == NULL) {
        return;
    }
    slot *const slots[] = {&self->logind, &self->utmp};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (slots[i]->self != NULL) {
            slots[i]->type->destroy(slots[i]->self);
        }
    }
    outbox_finish(&self->outbox);
    keeper_finish(&self->keeper);
    free(self);
}

static int32_t session_reconfigure(void *instance, const void *config, kinmu_err *err) {
    (void)err;
    session *self = instance;
    self->config.heartbeat_ms = ((const session_config *)config)->heartbeat_ms;
    return self->is_running != 0 ? start_beating(self) : KINMU_OK;
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
