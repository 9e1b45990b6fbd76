/* hosting_bench.h - one instance hosted on a real loop over a fake backend: what happens is noted a
 * word each, and the tests of hosting read the words. */
#ifndef HOSTING_BENCH_H
#define HOSTING_BENCH_H

#include "base/text.h"
#include "config/config.h"
#include "host/hosting_internal.h"

#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>
#include <kinmu/option.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define NOTES_SIZE 512
#define ROUNDS_MAX 2000

typedef struct bench {
    uv_loop_t loop;
    uv_timer_t alive; /* a loop in which nothing waits does not look for what other threads sent */
    hosting *owner;
    hosted *h;
    const kinmu_host *host;
    char notes[NOTES_SIZE]; /* what happened, a word each */
    char log[KINMU_ERR_MSG_SIZE];
    int32_t backend_status;
    uint64_t last_token;
    int64_t seen_interval;
    int32_t create_status;
    int32_t reconfigure_status;
    uint32_t gone;
    uv_thread_t main_thread;
} bench;

static bench *b; /* the fake plugin has no other way to its test */

static void note(const char *word) {
    size_t used = strlen(b->notes);
    assert_true(used + strlen(word) + 2 < sizeof b->notes);
    snprintf(b->notes + used, sizeof b->notes - used, "%s%s", used > 0 ? " " : "", word);
}

static void expect_notes(const char *expected) {
    assert_string_equal(b->notes, expected);
    b->notes[0] = '\0';
}

static void assert_main_thread(void) {
    uv_thread_t self = uv_thread_self();
    assert_true(uv_thread_equal(&self, &b->main_thread));
}

/* ---- the backend ---- */

static int32_t fake_publish(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                            uint64_t *ticket) {
    (void)context, (void)h, (void)events;
    *ticket = count;
    return b->backend_status;
}

static int32_t fake_decide(void *context, hosted *h, uint64_t token, uint64_t number,
                           const kinmu_event *events, uint32_t count) {
    (void)context, (void)h, (void)number, (void)events, (void)count;
    b->last_token = token;
    return b->backend_status;
}

static uint64_t fake_head(void *context, hosted *h) {
    (void)context, (void)h;
    return 7;
}

static int32_t fake_kv(void *context, hosted *h, uint32_t what, const char *key, void *data,
                       uint32_t *size) {
    (void)context, (void)h, (void)what, (void)key, (void)data, (void)size;
    return KINMU_OK;
}

static int32_t fake_secret(void *context, hosted *h, const char *handle, char *data,
                           uint32_t *size) {
    (void)context, (void)h, (void)handle, (void)data, (void)size;
    return KINMU_OK;
}

static int32_t fake_query(void *context, hosted *h, const kinmu_query *query, kinmu_row_fn row,
                          void *user) {
    (void)context, (void)h, (void)query, (void)row, (void)user;
    return KINMU_OK;
}

static int32_t fake_send(void *context, hosted *h, uint64_t token, const kinmu_behalf *whose,
                         const char *instance, const char *command, const kinmu_value *values,
                         uint32_t count) {
    (void)context, (void)h, (void)whose, (void)instance, (void)command, (void)values, (void)count;
    b->last_token = token;
    return b->backend_status;
}

static int32_t fake_answer(void *context, hosted *h, uint64_t call, int32_t status,
                           const kinmu_value *values, uint32_t count, const char *text) {
    (void)context, (void)h, (void)call, (void)status, (void)values, (void)count, (void)text;
    return KINMU_OK;
}

static const kinmu_schema *fake_schema(void *context, hosted *h, uint32_t schema) {
    (void)context, (void)h, (void)schema;
    return NULL;
}

static int32_t fake_sessions(void *context, hosted *h, const kinmu_login_session *sessions,
                             uint32_t count) {
    (void)context, (void)h, (void)sessions, (void)count;
    return KINMU_OK;
}

static int32_t fake_serve(void *context, hosted *h, const kinmu_route *routes, uint32_t count) {
    (void)context, (void)h, (void)routes, (void)count;
    return KINMU_OK;
}

static int32_t fake_reply(void *context, hosted *h, const hosting_reply *reply) {
    (void)context, (void)h, (void)reply;
    return KINMU_OK;
}

static void fake_metric(void *context, hosted *h, uint32_t index, int32_t is_set, int64_t number) {
    (void)context, (void)h, (void)index, (void)is_set, (void)number;
    note("metric");
}

static void fake_health(void *context, hosted *h, int32_t state, const char *text) {
    (void)context, (void)h, (void)state;
    note(text);
}

static void fake_log(void *context, hosted *h, int32_t level, const char *text) {
    (void)context, (void)h, (void)level;
    text_copy(b->log, sizeof b->log, text);
}

static void fake_gone(void *context, void *tag) {
    (void)context;
    assert_ptr_equal(tag, b);
    b->gone++;
    note("gone");
}

/* ---- the plugin ---- */

typedef struct test_config {
    int64_t interval_ms;
} test_config;

static const kinmu_option test_options[] = {
    {"interval", KINMU_OPT_DURATION, KINMU_OPTION_LIVE, offsetof(test_config, interval_ms), 0, "5s",
     1, 3600000, NULL, KINMU_TABLE_EMPTY, 0, 0, "How often.", "間隔。", "1.0"},
};
static const kinmu_metric test_metrics[] = {
    {"things_total", KINMU_METRIC_COUNTER, 0, "", "Things."},
};

static int32_t test_create(const kinmu_host *host, const void *values, void **instance,
                           kinmu_err *err) {
    (void)err;
    b->host = host;
    b->seen_interval = ((const test_config *)values)->interval_ms;
    *instance = b;
    note("create");
    return b->create_status;
}

static int32_t test_start(void *instance, kinmu_err *err) {
    (void)instance, (void)err;
    note("start");
    return KINMU_OK;
}

static int32_t test_stop(void *instance, kinmu_err *err) {
    (void)instance, (void)err;
    note("stop");
    return KINMU_OK;
}

static void test_destroy(void *instance) {
    (void)instance;
    note("destroy");
}

static int32_t test_reconfigure(void *instance, const void *values, kinmu_err *err) {
    (void)instance, (void)err;
    if (b->reconfigure_status == KINMU_OK) {
        b->seen_interval = ((const test_config *)values)->interval_ms;
    }
    return b->reconfigure_status;
}

static const kinmu_plugin test_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .config_size = sizeof(test_config),
    .name = "test",
    .version = "1.0.0",
    .options = KINMU_TABLE(test_options),
    .metrics = KINMU_TABLE(test_metrics),
    .create = test_create,
    .start = test_start,
    .stop = test_stop,
    .destroy = test_destroy,
    .reconfigure = test_reconfigure,
};

/* ---- the bench ---- */

static int32_t create_instance(void) {
    return hosted_create(b->owner, &test_plugin, "test/one", "node", "alice", NULL, b, &b->h, NULL);
}

static void turn_loop(void) {
    uv_run(&b->loop, UV_RUN_NOWAIT);
}

/* Runs the loop until the word has been noted. */
static void wait_note(const char *word) {
    for (int i = 0; i < ROUNDS_MAX && strstr(b->notes, word) == NULL; i++) {
        turn_loop();
        uv_sleep(1);
    }
    assert_non_null(strstr(b->notes, word));
}

static void on_alive(uv_timer_t *timer) {
    (void)timer;
}

static int set_up(void **state) {
    static const hosting_backend backend = {.publish = fake_publish,
                                            .decide = fake_decide,
                                            .head = fake_head,
                                            .kv = fake_kv,
                                            .secret = fake_secret,
                                            .query = fake_query,
                                            .send = fake_send,
                                            .answer = fake_answer,
                                            .schema = fake_schema,
                                            .sessions = fake_sessions,
                                            .serve = fake_serve,
                                            .reply = fake_reply,
                                            .metric = fake_metric,
                                            .health = fake_health,
                                            .log = fake_log,
                                            .gone = fake_gone};
    (void)state;
    b = calloc(1, sizeof *b);
    b->main_thread = uv_thread_self();
    assert_int_equal(uv_loop_init(&b->loop), 0);
    assert_int_equal(uv_timer_init(&b->loop, &b->alive), 0);
    assert_int_equal(uv_timer_start(&b->alive, on_alive, 3600000, 0), 0);
    assert_int_equal(hosting_create(&b->loop, &backend, &b->owner), KINMU_OK);
    assert_int_equal(create_instance(), KINMU_OK);
    expect_notes("create");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    if (b->gone == 0) {
        hosted_destroy(b->h);
    }
    hosting_destroy(b->owner);
    uv_close((uv_handle_t *)&b->alive, NULL);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->loop), 0); /* no handle is left */
    free(b);
    return 0;
}

static const void *iface(const char *name) {
    const void *table = b->host->iface(b->host, name);
    assert_non_null(table);
    return table;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
