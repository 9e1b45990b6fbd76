/* workday/workday.c - the plugin: its life, and the turns between rounds (live.h).
 *
 * The rules are days.h; docs/replay.md says what they compute.
 */
#include "live.h"

#include "replay/replay.h"
#include "rounds/uses.h"

#include <stdlib.h>
#include <string.h>

#define GAP_MS 100u        /* between rounds, so that what comes together is read together */
#define RETRY_MS 1000u     /* after a round that failed */
#define IDLE_MS 60000u     /* days end, and devices stay silent, without an event */
#define ELSEWHERE_MS 5000u /* another node computes: until this one asks again */

int32_t live_fail(kinmu_err *err, int32_t status, const char *key, const char *text) {
    (void)snprintf(err->key, sizeof err->key, "%s", key);
    (void)snprintf(err->msg, sizeof err->msg, "%s", text);
    return status;
}

/* ---- rounds ---- */

static void run(void *user) {
    round *r = user;
    if (r->close_step == CLOSE_WRITE) {
        round_close(r);
    } else {
        round_run(r);
    }
}

static void on_wake(void *user);

void live_wake(workday *w, uint64_t delay_ms) {
    if (w->is_running && !w->is_busy) {
        delay_ms = w->is_elsewhere && delay_ms < ELSEWHERE_MS ? ELSEWHERE_MS : delay_ms;
        w->timer->cancel(w->host, w->timer_id);
        w->timer_id = 0;
        (void)w->timer->start(w->host, delay_ms, 0, on_wake, w, &w->timer_id);
    }
}

static void say_health(const workday *w, int32_t status) {
    if (status == KINMU_E_DENIED) {
        w->host->health(w->host, KINMU_HEALTH_FAILED,
                        "may not read what days are computed from: give it reads: [\"*\"]");
    } else if (status == KINMU_E_STATE) {
        w->host->health(w->host, KINMU_HEALTH_FAILED,
                        "this node has no store: days are computed on a hub or a PC of its own");
    } else if (status != KINMU_OK) {
        w->host->health(w->host, KINMU_HEALTH_DEGRADED, "days wait: the store could not be read");
    } else if (w->round.refused > 0) {
        w->host->health(w->host, KINMU_HEALTH_DEGRADED,
                        "some rows do not fit the rules and are left out; the log names the first");
    } else {
        w->host->health(w->host, KINMU_HEALTH_OK,
                        w->is_elsewhere ? "another node computes the days; this one takes over "
                                          "when that is gone"
                                        : "");
    }
}

/* A round before that which closes a month was written, or was not. */
static void go_on_closing(workday *w, int32_t is_done) {
    w->close_pending = is_done ? w->round.pending : w->close_pending;
    if (is_done && w->round.pending == 0) {
        w->close_step = CLOSE_WRITE;
    } else if (!is_done && w->is_elsewhere) {
        closing_ended(w, KINMU_E_RETRY);
    }
}

void live_written(workday *w, int32_t is_done) {
    uint64_t wait_ms = w->round.wait_ns / 1000000u;
    int32_t is_full = w->round.is_full;
    if (!is_done) {
        round_again(&w->round);
        wait_ms = GAP_MS;
        if (w->is_running && w->is_elsewhere) {
            say_health(w, KINMU_OK);
        }
    } else if (w->round.close_step == CLOSE_WRITE) {
        closing_ended(w, KINMU_OK);
    }
    if (w->round.close_step == CLOSE_HURRY || w->round.close_step == CLOSE_COMPUTE) {
        go_on_closing(w, is_done);
    }
    round_free(&w->round);
    w->is_busy = 0;
    int32_t is_more = w->marks.names != NULL;
    wait_ms = wait_ms < GAP_MS || is_more ? GAP_MS : wait_ms + 1;
    wait_ms = is_done && (is_full || w->close_step > CLOSE_HAND_OVER) ? 0 : wait_ms;
    live_wake(w, wait_ms < IDLE_MS ? wait_ms : IDLE_MS);
}

static void on_round(void *user, int32_t status) {
    workday *w = ((round *)user)->owner;
    status = status == KINMU_OK ? w->round.status : status;
    if (w->is_running) {
        say_health(w, status);
    }
    if (status == KINMU_OK) {
        writing_begin(w);
        return;
    }
    if (w->round.close_step != CLOSE_NONE) {
        closing_ended(w, status);
    }
    if (w->round.person_count > 0) {
        round_again(&w->round);
    } else {
        (void)marks_add(&w->marks, &w->round.marks);
    }
    round_free(&w->round);
    w->is_busy = 0;
    live_wake(w, RETRY_MS);
}

static void on_wake(void *user) {
    workday *w = user;
    kinmu_clock now = {0};
    w->timer_id = 0;
    w->timer->now(w->host, &now);
    w->round = (round){.owner = w,
                       .host = w->host,
                       .records = w->records,
                       .roster = &w->roster,
                       .zones = w->zones,
                       .close_step = w->close_step != CLOSE_HAND_OVER ? w->close_step : CLOSE_NONE,
                       .close_by = w->close_by,
                       .close_month = w->close_month,
                       .closes_anyway = w->closes_anyway,
                       .decision = w->bus->head(w->host),
                       .now_ns = now.unix_ns,
                       .mono_ns = now.mono_ns,
                       .rule_version = w->rule_version};
    if (w->close_step != CLOSE_WRITE) { /* else they wait for the next round */
        w->round.marks = w->marks;
        memset(&w->marks, 0, sizeof w->marks);
    }
    if (w->close_step == CLOSE_HURRY) {
        w->close_step = CLOSE_COMPUTE;
    }
    w->is_busy = 1;
    if (w->work->submit(w->host, run, on_round, &w->round) != KINMU_OK) {
        on_round(&w->round, KINMU_E_BUSY);
    }
}

int64_t live_reach(const workday *w, int32_t has_date, int32_t date) {
    kinmu_clock now = {0};
    w->timer->now(w->host, &now);
    return has_date ? date * (DAY_MIN * MINUTE_NS) : round_reach(now.unix_ns);
}

/* ---- life ---- */

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    workday *w = calloc(1, sizeof *w);
    (void)config;
    *instance = w;
    if (w == NULL) {
        return live_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    w->host = host;
    w->bus = host->iface(host, KINMU_BUS_1);
    w->timer = host->iface(host, KINMU_TIMER_1);
    w->work = host->iface(host, KINMU_WORK_1);
    w->records = host->iface(host, KINMU_RECORDS_1);
    w->calls = host->iface(host, KINMU_CALLS_1);
    if (w->bus == NULL || w->timer == NULL || w->work == NULL || w->records == NULL ||
        w->calls == NULL) {
        return live_fail(err, KINMU_E_ABI, "workday.host", "this host lacks a service it needs");
    }
    return roster_init(&w->roster) ? KINMU_OK
                                   : live_fail(err, KINMU_E_NOMEM, "memory", "no memory");
}

static int32_t start(void *instance, kinmu_err *err) {
    workday *w = instance;
    const char *why = NULL;
    if (w->zones == NULL) {
        w->zones = zones_create(NULL);
    }
    if (w->zones == NULL || !marks_put(&w->marks, MARK_EVERYBODY, "", 0, 0)) {
        return live_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    if (zones_find(w->zones, "Asia/Tokyo", &why) == NULL) {
        w->host->health(w->host, KINMU_HEALTH_FAILED,
                        "this system has no time-zone data: install tzdata");
        return KINMU_OK;
    }
    (void)snprintf(w->rule_version, sizeof w->rule_version, "%s/%s", RULES_VERSION,
                   zones_version(w->zones));
    w->is_running = 1;
    live_wake(w, GAP_MS);
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    workday *w = instance;
    (void)err;
    w->is_running = 0;
    w->timer->cancel(w->host, w->timer_id);
    w->timer->cancel(w->host, w->close_timer);
    w->timer_id = w->close_timer = w->close_call = 0;
    w->close_step = CLOSE_NONE;
    return KINMU_OK;
}

static void destroy(void *instance) {
    workday *w = instance;
    if (w != NULL) {
        round_free(&w->round);
        marks_free(&w->marks);
        roster_free(&w->roster);
        zones_destroy(w->zones);
        free(w);
    }
}

static int32_t events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    workday *w = instance;
    int32_t is_first = w->marks.names == NULL;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!marking_event(w, &batch->events[i])) {
            return live_fail(err, KINMU_E_RETRY, "memory", "no memory");
        }
        if (batch->events[i].schema == USE_CLOSING) {
            closing_heard(w, batch->decision);
        }
    }
    if (is_first && w->marks.names != NULL) {
        live_wake(w, GAP_MS);
    }
    return KINMU_OK;
}

static int32_t run_replay(int32_t argc, const char *const *argv) {
    return replay_run(argc, argv, stdout, stderr);
}

static const kinmu_tool tools[] = {
    {"replay", "--settings FILE --events FILE.ndjson [--until MOMENT] [--months]",
     "Computes days and warnings from two files, and touches nothing else.", run_replay},
};

static const kinmu_plugin workday_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .flags = KINMU_PLUGIN_SINGLE,
    .name = "workday",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Computes each person's business day, months and warnings from PC records, punches and "
           "requests.",
    .doc_ja = "PC の記録・打刻・申請から、一人ひとりの業務日・月次・警告を計算する。",
    .schemas = {workday_uses, USES, (uint32_t)sizeof(kinmu_schema_use)},
    .commands = {live_commands, LIVE_COMMANDS, (uint32_t)sizeof(kinmu_command)},
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .events = events,
    .call = live_call,
    .tools = KINMU_TABLE(tools),
};

KINMU_MODULE(&workday_plugin);
