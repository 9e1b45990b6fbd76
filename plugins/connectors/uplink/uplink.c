/* uplink/uplink.c - brings this node's journal to its hub: when, how often, what after a failure.
 *
 * Push only; nothing listens. One push at a time: a job builds it from the journal (fleet/1),
 * http/1 carries it, a job reads the answer. What the bytes mean is the host's; this file decides
 * when the next one goes. Nothing is lost by waiting: what is not confirmed stays in the journal.
 */
#include <kinmu/iface/fleet.h>
#include <kinmu/iface/http.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/ingest/v1/push"
#define FIRST_MS_MAX 5000u  /* so that a fleet that starts together does not push together */
#define RETRY_MS_MIN 2000u  /* after a failure; doubled up to RETRY_MS_MAX */
#define RETRY_MS_MAX 60000u /* a hub is back with all within a minute and a half of its return */
#define REFUSED_MS 600000u  /* not admitted for a while: somebody has to act first */
#define TIMEOUT_MS 120000u
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define SKEW_NS_MAX (300 * NS_PER_S) /* a clock this wrong is said */
#define URL_SIZE 640u
#define TEXT_SIZE 512u

typedef struct uplink_config {
    int64_t interval;
    int32_t live;
} uplink_config;

static const kinmu_option options[] = {
    {.name = "interval",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(uplink_config, interval),
     .default_text = "60s",
     .min = 1000,
     .max = 3600000,
     .doc = "How often new records are sent (give or take a tenth, so that PCs do not push "
            "together).",
     .doc_ja = "新しい記録をハブへ送る間隔（多数の PC が同時に送らないよう前後 1 割ずらす）。",
     .since = "1.0"},
    {.name = "live",
     .type = KINMU_OPT_BOOL,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(uplink_config, live),
     .default_text = "false",
     .doc = "true: what is recorded is committed and sent at once instead of after "
            "`journal.flush_interval` and `interval`. Blocks are smaller then: more disk, more "
            "traffic.",
     .doc_ja = "true なら、記録を journal.flush_interval や interval を待たずに確定して送る。"
               "ブロックが小さくなり、ディスクと通信は増える。",
     .since = "1.0"},
};

enum {
    METRIC_PUSHES,
    METRIC_FAILURES,
    METRIC_BYTES,
    METRIC_UNSENT,
    METRIC_WAITING,
    METRIC_SKEW,
    METRICS
};

static const kinmu_metric metrics[METRICS] = {
    [METRIC_PUSHES] = {"pushes_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Pushes the hub confirmed."},
    [METRIC_FAILURES] = {"push_failures_total", KINMU_METRIC_COUNTER, 0, "count",
                         "Pushes that did not get there or were not taken; each is repeated."},
    [METRIC_BYTES] = {"pushed_bytes_total", KINMU_METRIC_COUNTER, 0, "bytes",
                      "Bytes of confirmed pushes."},
    [METRIC_UNSENT] = {"unsent_blocks", KINMU_METRIC_GAUGE, 0, "count",
                       "Blocks the hub has not confirmed."},
    [METRIC_WAITING] = {"oldest_unsent_seconds", KINMU_METRIC_GAUGE, 0, "s",
                        "Age of the oldest of them."},
    [METRIC_SKEW] = {"clock_ahead_seconds", KINMU_METRIC_GAUGE, 0, "s",
                     "This computer's clock against the hub's; negative: behind."},
};

enum { IDLE, BUILDING, SENDING, READING };

typedef struct uplink {
    const kinmu_host *host;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_http *http;
    const kinmu_fleet *fleet;
    const kinmu_metrics *count;
    uplink_config config;
    int32_t is_running;
    int32_t phase;
    int32_t is_new; /* something was committed since the last push was built */
    uint64_t timer_id;
    uint64_t request_id;
    uint64_t retry_ms;
    uint64_t random;
    uint64_t sent; /* pushes of this life: their Idempotency-Key */

    /* Of the push under way: written by its job, read in turns, never both at once. */
    uint8_t *body;
    uint32_t size;
    uint8_t *answer;
    uint32_t answer_size;
    uint32_t http_status;
    int32_t status;
    kinmu_err err;
    kinmu_fleet_enrolment enrolment;
    kinmu_fleet_progress progress;
    kinmu_fleet_outcome outcome;
} uplink;

/* ---- when ---- */

static void begin(uplink *u);

static void on_timer(void *user) {
    uplink *u = user;
    u->timer_id = 0;
    begin(u);
}

/* Not for secrets: only to spread pushes over time. */
static uint64_t random_below(uplink *u, uint64_t bound) {
    u->random ^= u->random << 13;
    u->random ^= u->random >> 7;
    u->random ^= u->random << 17;
    return bound > 0 ? u->random % bound : 0;
}

static void wait_for(uplink *u, uint64_t delay_ms) {
    u->timer->cancel(u->host, u->timer_id);
    u->timer_id = 0;
    if (u->is_running) {
        u->timer->start(u->host, delay_ms, 0, on_timer, u, &u->timer_id);
    }
}

static void wait_interval(uplink *u) {
    uint64_t interval = (uint64_t)u->config.interval;
    wait_for(u, interval - interval / 10 + random_below(u, interval / 5 + 1));
}

static void wait_retry(uplink *u, uint64_t at_least_ms) {
    uint64_t wait_ms = u->retry_ms / 2 + random_below(u, u->retry_ms);
    u->retry_ms = u->retry_ms * 2 < RETRY_MS_MAX ? u->retry_ms * 2 : RETRY_MS_MAX;
    uint64_t asked_ms = at_least_ms + random_below(u, at_least_ms / 4 + 1);
    wait_for(u, wait_ms > asked_ms ? wait_ms : asked_ms);
}

static void on_committed(void *user) {
    uplink *u = user;
    u->is_new = 1;
    /* What is committed while a push is on its way goes with the next one. */
    if (u->config.live && u->phase == IDLE && u->retry_ms == RETRY_MS_MIN) {
        u->timer->cancel(u->host, u->timer_id);
        u->timer_id = 0;
        begin(u);
    }
}

/* ---- what it tells ---- */

static void show_progress(uplink *u) {
    kinmu_clock now;
    u->timer->now(u->host, &now);
    const kinmu_fleet_progress *p = &u->progress;
    uint64_t unsent = p->newest > p->confirmed ? p->newest - p->confirmed : 0;
    int64_t age = p->oldest_unsent_ns > 0 ? (now.unix_ns - p->oldest_unsent_ns) / NS_PER_S : 0;
    u->count->set(u->host, METRIC_UNSENT, (int64_t)unsent);
    u->count->set(u->host, METRIC_WAITING, age > 0 ? age : 0);
}

static void show_trouble(uplink *u, int32_t state, const char *what) {
    char text[TEXT_SIZE + 128];
    uint64_t unsent =
        u->progress.newest > u->progress.confirmed ? u->progress.newest - u->progress.confirmed : 0;
    if (u->progress.newest == 0) { /* nothing was counted yet */
        snprintf(text, sizeof text, "%s; what is recorded waits in this node's journal", what);
    } else {
        snprintf(text, sizeof text, "%s; %llu blocks wait in this node's journal, nothing is lost",
                 what, (unsigned long long)unsent);
    }
    u->host->health(u->host, state, text);
}

static void show_clock(uplink *u, int64_t hub_ns) {
    kinmu_clock now;
    char text[TEXT_SIZE];
    u->timer->now(u->host, &now);
    int64_t ahead = now.unix_ns - hub_ns;
    u->count->set(u->host, METRIC_SKEW, ahead / NS_PER_S);
    if (ahead > SKEW_NS_MAX || ahead < -SKEW_NS_MAX) {
        snprintf(text, sizeof text,
                 "connected, but this computer's clock is %lld s %s the hub's; set it right",
                 (long long)(ahead > 0 ? ahead : -ahead) / NS_PER_S,
                 ahead > 0 ? "ahead of" : "behind");
        u->host->health(u->host, KINMU_HEALTH_DEGRADED, text);
    } else {
        u->host->health(u->host, KINMU_HEALTH_OK, "");
    }
}

static void fail(uplink *u, int32_t state, const char *what, uint64_t at_least_ms) {
    u->phase = IDLE;
    u->count->add(u->host, METRIC_FAILURES, 1);
    show_progress(u);
    show_trouble(u, state, what);
    wait_retry(u, at_least_ms);
}

/* ---- the answer ---- */

static void read_answer(void *user) { /* [job] */
    uplink *u = user;
    u->outcome.struct_size = sizeof u->outcome;
    u->status = u->fleet->take_answer(u->host, u->http_status, u->answer, u->answer_size,
                                      &u->outcome, &u->err);
}

static void on_confirmed(uplink *u) {
    u->retry_ms = RETRY_MS_MIN;
    u->count->add(u->host, METRIC_PUSHES, 1);
    u->count->add(u->host, METRIC_BYTES, u->size);
    show_clock(u, u->outcome.hub_unix_ns);
    uint64_t left =
        u->progress.newest > u->progress.confirmed ? u->progress.newest - u->progress.confirmed : 0;
    /* A backlog goes out in one go; the one block of this minute waits for its time. */
    if ((left > 0 && u->size > KINMU_FLEET_PUSH_BYTES_MAX / 8) || (u->config.live && u->is_new)) {
        begin(u);
    } else {
        wait_interval(u);
    }
}

static void on_answer_read(void *user, int32_t status) { /* [turn] */
    uplink *u = user;
    u->phase = IDLE;
    if (!u->is_running) {
        return;
    }
    if (status != KINMU_OK || u->status != KINMU_OK) {
        fail(u, KINMU_HEALTH_UNAVAILABLE, u->err.msg, 0);
        return;
    }
    u->progress = u->outcome.progress;
    show_progress(u);
    switch (u->outcome.what) {
    case KINMU_FLEET_DONE:
        on_confirmed(u);
        break;
    case KINMU_FLEET_AGAIN:
        begin(u);
        break;
    case KINMU_FLEET_REFUSED:
    case KINMU_FLEET_FORKED:
        /* At first soon again: of two copies of a device the one that has less finds out alone, and
         * its next block is what shows the hub. */
        fail(u, KINMU_HEALTH_FAILED, u->outcome.text, u->retry_ms < RETRY_MS_MAX ? 0 : REFUSED_MS);
        break;
    default:
        fail(u, KINMU_HEALTH_UNAVAILABLE, u->outcome.text, 0);
        break;
    }
}

/* ---- the way there ---- */

/* Seconds only: that is what the hub sends. */
static uint64_t retry_after_ms(const kinmu_http_response *response) {
    const char *text = kinmu_http_value(response, "Retry-After");
    char *end = NULL;
    unsigned long seconds = text != NULL ? strtoul(text, &end, 10) : 0;
    return text != NULL && *end == '\0' && seconds <= 3600 ? (uint64_t)seconds * 1000 : 0;
}

static void on_response(void *user, const kinmu_http_response *response) { /* [turn] */
    uplink *u = user;
    char text[TEXT_SIZE];
    u->request_id = 0;
    u->phase = IDLE;
    if (!u->is_running) {
        return;
    }
    if (response->status != KINMU_OK) {
        fail(u, KINMU_HEALTH_UNAVAILABLE, response->text, 0);
        return;
    }
    if (response->code == 429 || response->code >= 500) {
        snprintf(text, sizeof text, "the hub answered %u", response->code);
        fail(u, KINMU_HEALTH_UNAVAILABLE, text, retry_after_ms(response));
        return;
    }
    u->http_status = response->code;
    u->answer_size = response->body_size < KINMU_FLEET_ANSWER_BYTES_MAX
                         ? response->body_size
                         : KINMU_FLEET_ANSWER_BYTES_MAX;
    free(u->answer);
    u->answer = malloc(u->answer_size + 1u);
    if (u->answer == NULL) {
        fail(u, KINMU_HEALTH_UNAVAILABLE, "out of memory", 0);
        return;
    }
    memcpy(u->answer, response->body, u->answer_size);
    u->phase = READING;
    if (u->work->submit(u->host, read_answer, on_answer_read, u) != KINMU_OK) {
        fail(u, KINMU_HEALTH_UNAVAILABLE, "no room for another job", 0);
    }
}

static void send_push(uplink *u) {
    char url[URL_SIZE];
    char key[64];
    snprintf(url, sizeof url, "%s" PATH, u->enrolment.url);
    /* A push may be repeated: what the hub has, it passes over. */
    snprintf(key, sizeof key, "%016llx-%llu", (unsigned long long)u->random,
             (unsigned long long)++u->sent);
    const kinmu_header headers[] = {{"Content-Type", "application/vnd.kinmu.push"},
                                    {"Idempotency-Key", key}};
    const kinmu_http_request request = {.struct_size = sizeof request,
                                        .method = "POST",
                                        .url = url,
                                        .headers = headers,
                                        .header_count = 2,
                                        .trust = KINMU_HTTP_TRUST_DEVICE,
                                        .body = u->body,
                                        .body_size = u->size,
                                        .timeout_ms = TIMEOUT_MS,
                                        .answer_bytes_max = KINMU_FLEET_ANSWER_BYTES_MAX};
    u->phase = SENDING;
    int32_t status = u->http->send(u->host, &request, on_response, u, &u->request_id);
    if (status != KINMU_OK) {
        fail(u, KINMU_HEALTH_UNAVAILABLE, "the request could not be sent", 0);
    }
}

static void build(void *user) { /* [job] */
    uplink *u = user;
    u->size = KINMU_FLEET_PUSH_BYTES_MAX;
    u->enrolment.struct_size = sizeof u->enrolment;
    u->progress.struct_size = sizeof u->progress;
    if (u->body == NULL) {
        u->body = malloc(KINMU_FLEET_PUSH_BYTES_MAX);
    }
    u->status =
        u->body != NULL ? u->fleet->enrolment(u->host, &u->enrolment, &u->err) : KINMU_E_NOMEM;
    if (u->status == KINMU_OK) {
        u->status = u->fleet->build_push(u->host, u->body, &u->size, &u->progress, &u->err);
    }
}

static void on_built(void *user, int32_t status) { /* [turn] */
    uplink *u = user;
    u->phase = IDLE;
    if (!u->is_running) {
        return;
    }
    if (status == KINMU_OK && u->status == KINMU_OK) {
        show_progress(u);
        send_push(u);
    } else {
        int32_t state = u->status == KINMU_E_STATE ? KINMU_HEALTH_FAILED : KINMU_HEALTH_UNAVAILABLE;
        fail(u, state, u->err.msg[0] != '\0' ? u->err.msg : "out of memory", 0);
    }
}

static void begin(uplink *u) {
    if (!u->is_running || u->phase != IDLE) {
        return;
    }
    u->phase = BUILDING;
    u->is_new = 0;
    u->err.msg[0] = '\0';
    if (u->work->submit(u->host, build, on_built, u) != KINMU_OK) {
        fail(u, KINMU_HEALTH_UNAVAILABLE, "no room for another job", 0);
    }
}

/* ---- life ---- */

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    (void)err;
    uplink *u = calloc(1, sizeof *u);
    *instance = u;
    if (u == NULL) {
        return KINMU_E_NOMEM;
    }
    u->host = host;
    u->config = *(const uplink_config *)config;
    u->retry_ms = RETRY_MS_MIN;
    u->timer = host->iface(host, KINMU_TIMER_1);
    u->work = host->iface(host, KINMU_WORK_1);
    u->http = host->iface(host, KINMU_HTTP_1);
    u->fleet = host->iface(host, KINMU_FLEET_1);
    u->count = host->iface(host, KINMU_METRICS_1);
    return KINMU_OK;
}

static int32_t start(void *instance, kinmu_err *err) {
    uplink *u = instance;
    kinmu_clock now;
    (void)err;
    if (u->fleet == NULL || u->http == NULL || u->timer == NULL || u->work == NULL ||
        u->count == NULL) {
        u->host->health(u->host, KINMU_HEALTH_FAILED,
                        "uplink works in the daemon only; take \"isolation: process\" out");
        return KINMU_OK;
    }
    u->is_running = 1;
    u->timer->now(u->host, &now);
    u->random = (uint64_t)now.unix_ns ^ now.mono_ns << 17 ^ (uint64_t)(uintptr_t)u;
    u->random |= u->random == 0;
    u->fleet->watch(u->host, on_committed, u);
    u->fleet->hurry(u->host, u->config.live);
    uint64_t interval = (uint64_t)u->config.interval;
    wait_for(u, random_below(u, interval < FIRST_MS_MAX ? interval : FIRST_MS_MAX));
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    uplink *u = instance;
    (void)err;
    if (u->is_running) {
        u->is_running = 0;
        u->fleet->hurry(u->host, 0);
        u->timer->cancel(u->host, u->timer_id);
        u->timer_id = 0;
        if (u->phase == SENDING) {
            u->http->cancel(u->host, u->request_id);
            u->phase = IDLE;
        }
    }
    return KINMU_OK;
}

static int32_t reconfigure(void *instance, const void *config, kinmu_err *err) {
    uplink *u = instance;
    (void)err;
    u->config = *(const uplink_config *)config;
    if (u->is_running) {
        u->fleet->hurry(u->host, u->config.live);
    }
    if (u->is_running && u->phase == IDLE && u->retry_ms == RETRY_MS_MIN) {
        wait_interval(u);
    }
    return KINMU_OK;
}

static void destroy(void *instance) {
    uplink *u = instance;
    if (u != NULL) {
        free(u->body);
        free(u->answer);
        free(u);
    }
}

static const kinmu_plugin uplink_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .flags = KINMU_PLUGIN_SINGLE,
    .config_size = sizeof(uplink_config),
    .name = "uplink",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Sends this node's records to the hub it is enrolled with, encrypted and unaltered, and "
           "keeps them until the hub has confirmed them.",
    .doc_ja = "登録先のハブへ、このノードの記録を暗号化したまま改変なしで送る。ハブが確認するまで手"
              "元に残す。",
    .options = KINMU_TABLE(options),
    .metrics = KINMU_TABLE(metrics),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .reconfigure = reconfigure,
};

KINMU_MODULE(&uplink_plugin);
