/* probe_turns.c - what happens in turns: timers, descriptors, the order of jobs, commands. */
#include "probe.h"

#include <kinmu/iface/commands.h>
#include <kinmu/iface/erasure.h>
#include <kinmu/iface/exporting.h>
#include <kinmu/iface/fleet.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the host's own table ---- */

void probe_host_table(probe *p) {
    static const char *const refused[] = {"com.example.none/1", KINMU_FLEET_1, KINMU_COMMANDS_1,
                                          KINMU_ERASURE_1, KINMU_EXPORTING_1};
    probe_note(p, "instance \"%s\", node named %d, account \"%s\"", p->host->instance,
               p->host->node[0] != '\0', p->host->account);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        probe_note(p, "%s, unknown or only for some of Kinmu's own: %d", refused[i],
                   p->host->iface(p->host, refused[i]) != NULL);
    }
    probe_note(p, "schemas/1 find: below any %d, first %d, beyond all %d",
               p->schemas->find(p->host, 0) != NULL,
               p->schemas->find(p->host, KINMU_SCHEMA_ANY) != NULL,
               p->schemas->find(p->host, UINT32_MAX) != NULL);
    p->metrics->set(p->host, METRIC_LEVEL, -5);
    p->metrics->add(p->host, 99, 1); /* ignored */
    p->host->log(p->host, KINMU_LOG_INFO, "the probe begins");
    probe_next(p);
}

/* ---- timers ---- */

static void never(void *user) {
    probe_note(user, "a cancelled timer ran");
}

static void on_late(void *user) {
    probe *p = user;
    probe_note(p, "ticks of a repeating timer after three and cancel: %u", p->count);
    probe_next(p);
}

static void on_tick(void *user) {
    probe *p = user;
    if (++p->count == 3) {
        p->timer->cancel(p->host, p->timer_id);
        (void)p->timer->start(p->host, 60, 0, on_late, p, NULL);
    }
}

void probe_timers(probe *p) {
    kinmu_clock clock;
    uint64_t id = 0;
    p->timer->now(p->host, &clock);
    probe_note(p, "now: wall %d, monotonic %d", clock.unix_ns > 0, clock.mono_ns > 0);
    int32_t status = p->timer->start(p->host, 5, 0, never, p, &id);
    probe_note(p, "start: %s, id given %d", probe_status(status), id != 0);
    p->timer->cancel(p->host, id);
    p->timer->cancel(p->host, id);
    p->timer->cancel(p->host, 0);
    probe_note(p, "start without a function: %s",
               probe_status(p->timer->start(p->host, 1, 0, NULL, p, NULL)));
    (void)p->timer->start(p->host, 5, 5, on_tick, p, &p->timer_id);
}

void probe_timer_limit(probe *p) {
    uint64_t ids[KINMU_TIMERS_MAX + 1];
    uint32_t count = 0;
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && count <= KINMU_TIMERS_MAX) {
        status = p->timer->start(p->host, 60000, 0, never, p, &ids[count]);
        count += status == KINMU_OK;
    }
    probe_note(p, "timers beside the watchdog: %u, then %s", count, probe_status(status));
    while (count > 0) {
        p->timer->cancel(p->host, ids[--count]);
    }
    probe_next(p);
}

/* ---- descriptors ---- */

#define QUIET_MS 40u

static void after_remove(void *user) {
    probe *p = user;
    probe_note(p, "calls after remove: %u", p->count);
    (void)close(p->sockets[0]);
    (void)close(p->sockets[1]);
    probe_next(p);
}

static void send_byte(probe *p) {
    if (write(p->sockets[1], "x", 1) != 1) {
        probe_note(p, "the socket takes nothing");
    }
}

static void after_pause(void *user) {
    probe *p = user;
    probe_note(p, "calls while paused: %u", p->count);
    probe_note(p, "modify back: %s",
               probe_status(p->poll->modify(p->host, p->poll_id, KINMU_POLL_READ)));
}

static void on_ready(void *user, uint32_t ready) {
    probe *p = user;
    char byte;
    p->count++;
    p->done++;
    probe_note(p, "ready: read %d, write %d", (ready & KINMU_POLL_READ) != 0,
               (ready & KINMU_POLL_WRITE) != 0);
    if (p->done == 1) { /* the byte stays, so that only the pause keeps it quiet */
        p->count = 0;
        (void)p->poll->modify(p->host, p->poll_id, 0);
        (void)p->timer->start(p->host, QUIET_MS, 0, after_pause, p, NULL);
        return;
    }
    probe_note(p, "byte read: %d", read(p->sockets[0], &byte, 1) == 1);
    p->poll->remove(p->host, p->poll_id);
    p->poll->remove(p->host, p->poll_id);
    p->count = 0;
    send_byte(p);
    (void)p->timer->start(p->host, QUIET_MS, 0, after_remove, p, NULL);
}

void probe_polls(probe *p) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->sockets) != 0) {
        probe_note(p, "no sockets");
        probe_next(p);
        return;
    }
    probe_note(p, "add no descriptor: %s",
               probe_status(p->poll->add(p->host, -1, KINMU_POLL_READ, on_ready, p, NULL)));
    probe_note(p, "modify an unknown one: %s",
               probe_status(p->poll->modify(p->host, 1u << 30, KINMU_POLL_READ)));
    int32_t status =
        p->poll->add(p->host, p->sockets[0], KINMU_POLL_READ, on_ready, p, &p->poll_id);
    probe_note(p, "add: %s, id given %d", probe_status(status), p->poll_id != 0);
    send_byte(p);
}

/* ---- jobs ---- */

static void idle_job(void *user) {
    (void)user;
}

static void on_idle_done(void *user, int32_t status) {
    probe *p = user;
    p->done += status == KINMU_OK;
    if (p->done == p->count) {
        probe_note(p, "jobs accepted and done once each: %u", p->done);
        probe_next(p);
    }
}

void probe_work_order(probe *p) {
    int32_t status = KINMU_OK;
    probe_note(p, "submit nothing: %s",
               probe_status(p->work->submit(p->host, NULL, on_idle_done, p)));
    while (status == KINMU_OK && p->count <= KINMU_JOBS_MAX) {
        status = p->work->submit(p->host, idle_job, on_idle_done, p);
        p->count += status == KINMU_OK;
    }
    probe_note(p, "jobs at once: %u, then %s", p->count, probe_status(status));
}

/* ---- commands ---- */

static void answer_later(void *user) {
    probe *p = user;
    kinmu_value value = kinmu_text(p->call_text);
    p->is_calling = 1;
    int32_t status = p->calls->answer(p->host, p->call_id, KINMU_OK, &value, 1, "");
    (void)p->calls->answer(p->host, p->call_id, KINMU_E_REJECT, NULL, 0, "a second time");
    p->is_calling = 0;
    probe_note(p, "answer: %s", probe_status(status));
}

int32_t probe_take_call(probe *p, const kinmu_call *call) {
    p->call_id = call->id;
    (void)snprintf(p->call_text, sizeof p->call_text, "%.*s", (int)call->values[0].size,
                   call->values[0].as.text);
    probe_note(p, "called: command %u, %u values, by \"%s\"", call->command, call->value_count,
               call->caller);
    return p->timer->start(p->host, 5, 0, answer_later, p, NULL);
}

static void send_next(probe *p);

static void on_answer(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                      const char *text) {
    probe *p = user;
    if (p->is_calling) {
        probe_note(p, "the answer does not wait for a later turn");
    }
    probe_note(p, "answered: %s, \"%.*s\", a reason %d", probe_status(status),
               count == 1 && values[0].type == KINMU_TYPE_TEXT ? (int)values[0].size : 0,
               count == 1 && values[0].type == KINMU_TYPE_TEXT ? values[0].as.text : "",
               text != NULL && text[0] != '\0');
    send_next(p);
}

/* A refusal may come at once or as the answer; both are one finding. */
static void send_next(probe *p) {
    static const struct {
        const char *to;
        const char *command;
        int32_t is_text;
    } calls[] = {{PROBE_NAME, "mirror", 1},
                 {"com.example.nobody", "mirror", 1},
                 {PROBE_NAME, "unknown", 1},
                 {PROBE_NAME, "mirror", 0}};
    if (p->count == sizeof calls / sizeof calls[0]) {
        probe_next(p);
        return;
    }
    uint32_t i = p->count++;
    kinmu_value value = calls[i].is_text ? kinmu_text("hello") : kinmu_i64(1);
    probe_note(p, "send to %s %s, %s", calls[i].to, calls[i].command,
               calls[i].is_text ? "a text" : "a number");
    p->is_calling = 1;
    int32_t status =
        p->calls->send(p->host, calls[i].to, calls[i].command, &value, 1, on_answer, p);
    p->is_calling = 0;
    if (status != KINMU_OK) {
        on_answer(p, status, NULL, 0, "at once");
    }
}

void probe_calls_sent(probe *p) {
    send_next(p);
}
