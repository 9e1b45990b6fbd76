/* session/watch.c - what happens while an instance watches: backends tell, the ledger decides, the
 * bus and the disk get it.
 *
 * Also here: which backend is on duty, the health text, the heartbeat, and the hold that keeps
 * sleep and shutdown waiting until the disk has everything. Everything is [turn].
 */
#include "session_internal.h"

#include <stdio.h>
#include <string.h>

#define HOLD_MS_MAX 4000 /* logind waits 5 s by default */

/* --- Small things --- */

ledger_moment session_now(const session *self) {
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

ledger_sink session_sink(session *self) {
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
        snprintf(text, sizeof text, "session: %s; it is found again by itself", chosen->why);
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

void session_publish_and_store(session *self) {
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
        logins_list_begin(&self->logins);
    }
    ledger_list_begin(&self->book);
}

static void on_seen(void *user, const ledger_session *seen, int32_t is_live) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_session_seen(&self->book, seen, is_live, &now, &sink);
    if (is_live != 0) {
        session_publish_and_store(self);
    }
}

static void on_login(void *user, const backend_login *login) {
    logins_seen(&((slot *)user)->owner->logins, login);
}

static void on_list_end(void *user, int32_t is_live) {
    slot *from = user;
    session *self = from->owner;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_list_end(&self->book, is_live, &now, &sink);
    if (from == main_slot(self)) {
        ledger_sighted(&self->book, from == &self->logind, WHY_BLIND, &now, &sink);
    }
    from->is_up = 1;
    from->why[0] = '\0';
    session_publish_and_store(self);
    update_health(self);
    if (from == &self->logind) {
        logins_list_end(&self->logins);
    }
}

static void on_gone(void *user, const char *id) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_session_gone(&self->book, id, &now, &sink);
    session_publish_and_store(self);
    logins_gone(&self->logins, id);
}

static void on_flag(void *user, const char *id, ledger_flag flag, int32_t is_on) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_session_flag(&self->book, id, flag, is_on, &now, &sink);
    session_publish_and_store(self);
}

static void after_power(session *self, int32_t begins) {
    session_publish_and_store(self);
    if (begins != 0) {
        begin_hold(self);
    } else {
        end_hold(self); /* the backend has a new lock already: keep it */
    }
}

static void on_sleep(void *user, int32_t begins) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_sleep(&self->book, begins, &now, &sink);
    after_power(self, begins);
}

static void on_shutdown(void *user, int32_t begins) {
    session *self = ((slot *)user)->owner;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_shutdown(&self->book, begins, &now, &sink);
    after_power(self, begins);
}

static void on_down(void *user, const char *why) {
    slot *from = user;
    session *self = from->owner;
    if (from->is_up != 0 || from->why[0] == '\0') {
        char line[BACKEND_WHY_SIZE + 64];
        snprintf(line, sizeof line, "session: %s; it is found again by itself", why);
        self->host->log(self->host, KINMU_LOG_DEBUG, line);
        if (from == main_slot(self)) {
            ledger_moment now = session_now(self);
            ledger_blind(&self->book, &now);
            session_publish_and_store(self);
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
                                        .login = on_login,
                                        .list_end = on_list_end,
                                        .gone = on_gone,
                                        .flag = on_flag,
                                        .sleep = on_sleep,
                                        .shutdown = on_shutdown,
                                        .down = on_down};

/* --- Heartbeat --- */

static void on_beat(void *user) {
    session *self = user;
    ledger_moment now = session_now(self);
    ledger_sink sink = session_sink(self);
    ledger_beat(&self->book, self->config.heartbeat_ms * 1000000, &now, &sink);
    session_publish_and_store(self);
    slot *const slots[] = {&self->logind, &self->utmp};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (slots[i]->is_started != 0 && slots[i]->type->beat != NULL) {
            slots[i]->type->beat(slots[i]->self);
        }
    }
}

int32_t watch_start_beating(session *self) {
    self->timer->cancel(self->host, self->beat_timer);
    uint64_t interval_ms = (uint64_t)self->config.heartbeat_ms;
    return self->timer->start(self->host, interval_ms, interval_ms, on_beat, self,
                              &self->beat_timer);
}

/* --- Life --- */

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

int32_t watch_create(session *self) {
    outbox_init(&self->outbox, self->host, self->bus, self->timer, on_sent, self);
    keeper_init(&self->keeper, self->host, self->kv, self->work, on_stored, self);
    logins_init(&self->logins, self->host, self->timer, self->work, self->config.proc_folder);
    int32_t status = create_slot(self, &self->logind, &logind_backend);
    return status == KINMU_OK ? create_slot(self, &self->utmp, &utmp_backend) : status;
}

int32_t watch_start(session *self) {
    int32_t status = watch_start_beating(self);
    logins_start(&self->logins);
    start_slot(main_slot(self));
    return status;
}

void watch_stop(session *self) {
    self->timer->cancel(self->host, self->beat_timer);
    self->beat_timer = 0;
    end_hold(self);
    stop_slot(&self->logind);
    stop_slot(&self->utmp);
    logins_stop(&self->logins);
}

void watch_destroy(session *self) {
    slot *const slots[] = {&self->logind, &self->utmp};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (slots[i]->self != NULL) {
            slots[i]->type->destroy(slots[i]->self);
        }
    }
    outbox_finish(&self->outbox);
    keeper_finish(&self->keeper);
}
