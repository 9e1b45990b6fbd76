/* Tests of the SDK's testkit: what a vendor's test relies on must itself be true. The plugin here
 * does nothing by itself; the tests use the host services as a plugin would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <kinmu/testkit.h>
#include <math.h>

#ifndef _WIN32
#include <unistd.h>
#endif

static const kinmu_field reading_fields[] = {
    {"count", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "How many."},
    {"word", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", "in|out", "Which way."},
    {"load", KINMU_TYPE_F64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "How much."},
};
static const kinmu_schema reading = {sizeof(kinmu_schema),
                                     1,
                                     "com.acme.reading",
                                     KINMU_KIND_LOG,
                                     0,
                                     "presence",
                                     NULL,
                                     NULL,
                                     KINMU_TABLE(reading_fields),
                                     "A reading."};
static const kinmu_field card_fields[] = {
    {"card", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Card."},
    {"size", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "Size."},
};
static const kinmu_schema card = {
    sizeof(kinmu_schema), 1,    "com.acme.card",          KINMU_KIND_RECORD, 0, "directory",
    "com.acme.probe",     NULL, KINMU_TABLE(card_fields), "A card."};
static const kinmu_schema_use schemas[] = {{&reading, KINMU_EMITS, 0},
                                           {&card, KINMU_EMITS | KINMU_ACCEPTS, 0}};

typedef struct probe_config {
    int32_t loud;
    int32_t reserved;
    int64_t limit;
    int64_t interval_ms;
    int64_t size;
    const char *name;
    const char *mode;
    kinmu_text_list words;
    const char *token;
} probe_config;

#define PROBE_OPTION(name, type, flags, member, fallback, min, max, choices)                       \
    {                                                                                              \
        name, type, flags, (uint32_t)offsetof(probe_config, member), 0, fallback, min, max,        \
            choices, KINMU_TABLE_EMPTY, 0, 0, "doc", "doc", "1.0"                                  \
    }
static const kinmu_option options[] = {
    PROBE_OPTION("loud", KINMU_OPT_BOOL, 0, loud, "false", 0, 0, NULL),
    PROBE_OPTION("limit", KINMU_OPT_INT, 0, limit, "3", -5, 100, NULL),
    PROBE_OPTION("interval", KINMU_OPT_DURATION, 0, interval_ms, "5s", 1, 86400000, NULL),
    PROBE_OPTION("size", KINMU_OPT_SIZE, 0, size, "64KiB", 0, 0, NULL),
    PROBE_OPTION("name", KINMU_OPT_TEXT, 0, name, NULL, 0, 8, NULL),
    PROBE_OPTION("mode", KINMU_OPT_CHOICE, 0, mode, "in", 0, 0, "in|out"),
    PROBE_OPTION("words", KINMU_OPT_LIST, 0, words, "[]", 0, 3, NULL),
    PROBE_OPTION("token", KINMU_OPT_SECRET, 0, token, NULL, 0, 0, NULL),
};

static const kinmu_field echo_fields[] = {
    {"text", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Text."},
};
static const kinmu_command commands[] = {{"echo", "operator", KINMU_TABLE(echo_fields),
                                          KINMU_TABLE(echo_fields), "Answers the text.", NULL}};
static const kinmu_metric metrics[] = {
    {"readings_total", KINMU_METRIC_COUNTER, 0, "count", "Readings."}};

typedef struct probe {
    const kinmu_host *host;
    uint32_t batch_events;
} probe;
static probe the_probe;

static int32_t probe_create(const kinmu_host *host, const void *config, void **instance,
                            kinmu_err *err) {
    (void)config;
    (void)err;
    the_probe.host = host;
    *instance = &the_probe;
    return KINMU_OK;
}

static int32_t probe_start(void *instance, kinmu_err *err) {
    (void)err;
    probe *p = instance;
    p->host->health(p->host, KINMU_HEALTH_OK, "reading");
    return KINMU_OK;
}

static int32_t probe_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void probe_destroy(void *instance) {
    (void)instance;
}

static int32_t probe_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    (void)err;
    ((probe *)instance)->batch_events += batch->count;
    return KINMU_OK;
}

static int32_t probe_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    (void)err;
    const kinmu_host *host = ((probe *)instance)->host;
    const kinmu_calls *calls = host->iface(host, KINMU_CALLS_1);
    return calls->answer(host, call->id, KINMU_OK, call->values, call->value_count, NULL);
}

static const kinmu_plugin plugin = {.struct_size = sizeof(kinmu_plugin),
                                    .kind = KINMU_COLLECTOR,
                                    .config_size = sizeof(probe_config),
                                    .name = "com.acme.probe",
                                    .version = "1.0.0",
                                    .vendor = "Acme",
                                    .licence = "MIT",
                                    .doc = "A probe.",
                                    .doc_ja = "A probe.",
                                    .options = KINMU_TABLE(options),
                                    .schemas = KINMU_TABLE(schemas),
                                    .commands = KINMU_TABLE(commands),
                                    .metrics = KINMU_TABLE(metrics),
                                    .create = probe_create,
                                    .start = probe_start,
                                    .stop = probe_stop,
                                    .destroy = probe_destroy,
                                    .events = probe_events,
                                    .call = probe_call};

static int setup(void **state) {
    testkit *kit = testkit_new("probe");
    testkit_use(kit, &plugin);
    assert_int_equal(testkit_create(kit, NULL), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    *state = kit;
    return 0;
}

static int teardown(void **state) {
    testkit *kit = *state;
    testkit_free(kit);
    return 0;
}

static int32_t publish(testkit *kit, uint32_t schema, const kinmu_value *values, uint32_t count,
                       uint64_t *ticket) {
    const kinmu_bus *bus = kit->host.iface(&kit->host, KINMU_BUS_1);
    kinmu_event event = {.schema = schema, .values = values, .value_count = count};
    return bus->publish(&kit->host, &event, 1, ticket);
}

static void done(void *user, int32_t status, uint64_t number) {
    int64_t *seen = user;
    seen[0] = status;
    seen[1] = (int64_t)number;
}

static void published_events_are_copied(void **state) {
    testkit *kit = *state;
    char word[] = "in";
    kinmu_value values[] = {kinmu_i64(7), kinmu_text(word), kinmu_f64(0.5)};
    assert_int_equal(publish(kit, 0, values, 3, NULL), KINMU_OK);
    word[0] = 'X';
    assert_string_equal(testkit_event_text(kit, testkit_event(kit, 0)),
                        "com.acme.reading/1 count=7 word=in load=0.5");
    assert_string_equal(testkit_event(kit, 0)->subject, "alice");
    assert_int_equal(testkit_event(kit, 0)->unix_ns, TESTKIT_START_UNIX_NS);
    assert_int_equal(testkit_count(kit, "com.acme.reading/1"), 1);
    assert_int_equal(testkit_count(kit, "com.acme.card/1"), 0);
}

static void values_that_do_not_fit_are_refused_with_a_reason(void **state) {
    testkit *kit = *state;
    const struct {
        kinmu_value values[4];
        uint32_t schema;
        uint32_t count;
        const char *reason;
    } cases[] = {
        {{{0}}, 0, 0, "com.acme.reading/1: count is required"},
        {{kinmu_text("7")}, 0, 1, "com.acme.reading/1: count has the wrong type"},
        {{kinmu_i64(1), kinmu_text("up")}, 0, 2, "com.acme.reading/1: word is none of its choices"},
        {{kinmu_i64(1), kinmu_text("\xc0\x80")},
         0,
         2,
         "com.acme.reading/1: word is not valid UTF-8"},
        {{kinmu_i64(1), kinmu_null(), kinmu_f64((double)INFINITY)},
         0,
         3,
         "com.acme.reading/1: load is not finite"},
        {{kinmu_i64(1), kinmu_null(), kinmu_null(), kinmu_null()},
         0,
         4,
         "com.acme.reading/1: 4 values for 3 fields"},
        {{kinmu_i64(1)}, 9, 1, "schema index 9 is not declared for this use"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(publish(kit, cases[i].schema, cases[i].values, cases[i].count, NULL),
                         KINMU_E_REJECT);
        assert_string_equal(kit->refusal, cases[i].reason);
    }
    assert_int_equal(kit->event_count, 0);
}

static void busy_and_durable_are_told_by_the_test(void **state) {
    testkit *kit = *state;
    const kinmu_bus *bus = kit->host.iface(&kit->host, KINMU_BUS_1);
    kinmu_value values[] = {kinmu_i64(1)};
    uint64_t ticket = 0;
    int64_t seen[2] = {99, 0};
    kit->busy = 1;
    assert_int_equal(publish(kit, 0, values, 1, &ticket), KINMU_E_BUSY);
    assert_int_equal(publish(kit, 0, values, 1, &ticket), KINMU_OK);
    kit->hold_durable = 1;
    assert_int_equal(bus->when_durable(&kit->host, ticket, done, seen), KINMU_OK);
    testkit_settle(kit);
    assert_int_equal(seen[0], 99);
    assert_true(bus->durable(&kit->host) < ticket);
    kit->hold_durable = 0;
    testkit_settle(kit);
    assert_int_equal(seen[0], KINMU_OK);
    assert_int_equal(seen[1], (int64_t)ticket);
    assert_int_equal(bus->durable(&kit->host), ticket);
}

static void a_decision_on_an_old_head_conflicts(void **state) {
    testkit *kit = *state;
    const kinmu_bus *bus = kit->host.iface(&kit->host, KINMU_BUS_1);
    kinmu_value values[] = {kinmu_text("c1"), kinmu_i64(5)};
    kinmu_event event = {.schema = 1, .values = values, .value_count = 2};
    int64_t seen[2] = {99, 99};
    kit->head = 4;
    assert_int_equal(bus->append_if(&kit->host, 3, &event, 1, done, seen), KINMU_OK);
    assert_int_equal(seen[0], 99);
    testkit_settle(kit);
    assert_int_equal(seen[0], KINMU_E_CONFLICT);
    assert_int_equal(seen[1], 4);
    assert_int_equal(bus->append_if(&kit->host, 4, &event, 1, done, seen), KINMU_OK);
    testkit_settle(kit);
    assert_int_equal(seen[0] == KINMU_OK ? seen[1] : 0, 5);
    assert_int_equal(testkit_count(kit, "com.acme.card/1"), 1);
    const kinmu_event both[] = {{.schema = 0, .values = &values[1], .value_count = 1}, event};
    assert_int_equal(bus->append_if(&kit->host, 5, both, 1, done, seen), KINMU_E_REJECT);
    assert_int_equal(bus->append_if(&kit->host, 5, both, 2, done, seen), KINMU_OK);
}

typedef struct ticks {
    testkit *kit;
    char order[16];
    int64_t unix_ns[16];
    size_t count;
} ticks;

static void tick(ticks *t, char which) {
    t->unix_ns[t->count] = t->kit->clock.unix_ns - TESTKIT_START_UNIX_NS;
    t->order[t->count++] = which;
}

static void tick_a(void *user) {
    tick(user, 'a');
}

static void tick_b(void *user) {
    tick(user, 'b');
}

static const kinmu_schema foreign = {sizeof(kinmu_schema),
                                     2,
                                     "com.other.thing",
                                     KINMU_KIND_LOG,
                                     0,
                                     "presence",
                                     NULL,
                                     NULL,
                                     KINMU_TABLE(reading_fields),
                                     "Of another plugin."};
static const kinmu_schema alien_card = {
    sizeof(kinmu_schema), 1,    "com.other.card",         KINMU_KIND_RECORD,         0, "directory",
    "com.other",          NULL, KINMU_TABLE(card_fields), "A card of somebody else."};

static void schemas_of_others_are_found_by_number(void **state) {
    testkit *kit = *state;
    const kinmu_schemas *known = kit->host.iface(&kit->host, KINMU_SCHEMAS_1);
    kinmu_value value = kinmu_i64(4);
    testkit_know(kit, &foreign);
    const kinmu_event *event = testkit_make(kit, "com.other.thing/2", 0, "bob", &value, 1);
    assert_int_equal(event->schema, KINMU_SCHEMA_ANY);
    assert_ptr_equal(known->find(&kit->host, event->schema), &foreign);
    assert_null(known->find(&kit->host, KINMU_SCHEMA_ANY + 1));
    assert_string_equal(testkit_event_text(kit, event), "com.other.thing/2 count=4");
}

static void only_the_owner_decides_and_a_session_speaks_for_itself(void **state) {
    testkit *kit = *state;
    const kinmu_bus *bus = kit->host.iface(&kit->host, KINMU_BUS_1);
    const kinmu_schema_use uses[] = {{&reading, KINMU_EMITS, 0}, {&alien_card, KINMU_EMITS, 0}};
    const kinmu_table table = KINMU_TABLE(uses);
    kinmu_value key = kinmu_text("c1");
    kinmu_value count = kinmu_i64(1);
    kinmu_event decision = {.schema = 1, .values = &key, .value_count = 1};
    kinmu_event other = {.schema = 0, .values = &count, .value_count = 1, .subject = "bob"};
    kit->plugin.schemas = table;
    kit->plugin.flags = KINMU_PLUGIN_SESSION;
    assert_int_equal(bus->append_if(&kit->host, 0, &decision, 1, done, NULL), KINMU_E_DENIED);
    assert_int_equal(bus->publish(&kit->host, &other, 1, NULL), KINMU_E_DENIED);
    other.subject = "alice";
    assert_int_equal(bus->publish(&kit->host, &other, 1, NULL), KINMU_OK);
}

static void timers_run_in_order_with_the_clock_of_the_moment(void **state) {
    testkit *kit = *state;
    const kinmu_timer *timer = kit->host.iface(&kit->host, KINMU_TIMER_1);
    ticks t = {.kit = kit};
    uint64_t a = 0;
    uint64_t b = 0;
    assert_int_equal(timer->start(&kit->host, 30, 30, tick_a, &t, &a), KINMU_OK);
    assert_int_equal(timer->start(&kit->host, 50, 0, tick_b, &t, &b), KINMU_OK);
    testkit_advance(kit, 29);
    assert_int_equal(t.count, 0);
    testkit_advance(kit, 71);
    assert_string_equal(t.order, "abaa");
    assert_int_equal(t.unix_ns[0], 30000000);
    assert_int_equal(t.unix_ns[1], 50000000);
    assert_int_equal(t.unix_ns[3], 90000000);
    assert_int_equal(kit->clock.unix_ns, TESTKIT_START_UNIX_NS + 100000000);
    timer->cancel(&kit->host, a);
    testkit_advance(kit, 1000);
    assert_int_equal(t.count, 4);
    assert_int_equal(kit->timer_count, 0);
    testkit_step(kit, -3600000000000, 0);
    kinmu_clock now;
    timer->now(&kit->host, &now);
    assert_int_equal(now.unix_ns, TESTKIT_START_UNIX_NS + 1100000000 - 3600000000000);
    assert_int_equal(now.mono_ns, TESTKIT_START_MONO_NS + 1100000000);
}

typedef struct job {
    testkit *kit;
    char steps[8];
    char value[8];
    int32_t status;
    uint32_t size;
} job;

static void job_run(void *user) {
    job *j = user;
    const kinmu_kv *kv = j->kit->host.iface(&j->kit->host, KINMU_KV_1);
    strncat(j->steps, "j", 2);
    assert_int_equal(kv->put(&j->kit->host, "last", "abc", 3), KINMU_OK);
    j->size = sizeof j->value;
    j->status = kv->get(&j->kit->host, "last", j->value, &j->size);
}

static void job_done(void *user, int32_t status) {
    job *j = user;
    assert_int_equal(status, KINMU_OK);
    strncat(j->steps, "d", 2);
}

static void a_job_runs_in_the_next_turn_and_may_block(void **state) {
    testkit *kit = *state;
    const kinmu_work *work = kit->host.iface(&kit->host, KINMU_WORK_1);
    job j = {.kit = kit};
    assert_int_equal(work->submit(&kit->host, job_run, job_done, &j), KINMU_OK);
    assert_string_equal(j.steps, "");
    testkit_settle(kit);
    assert_string_equal(j.steps, "jd");
    assert_int_equal(j.status, KINMU_OK);
    assert_memory_equal(j.value, "abc", 3);
    assert_string_equal(kit->problem, "");
}

static void a_blocking_service_in_a_turn_is_a_problem(void **state) {
    testkit *kit = *state;
    const kinmu_kv *kv = kit->host.iface(&kit->host, KINMU_KV_1);
    char data[4];
    uint32_t size = sizeof data;
    assert_int_equal(kv->get(&kit->host, "x", data, &size), KINMU_E_STATE);
    assert_string_equal(kit->problem, "kv/1 get outside a job");
}

static void options_are_read_as_written(void **state) {
    testkit *kit = *state;
    const char *const good[] = {"loud=true",        "limit=-4",       "interval=2m",
                                "size=2MiB",        "name=\"a b\"",   "mode=out",
                                "words=[one, two]", "token=${env:T}", NULL};
    assert_int_equal(testkit_configure(kit, good), KINMU_OK);
    const probe_config *config = kit->config;
    assert_int_equal(config->loud, 1);
    assert_int_equal(config->limit, -4);
    assert_int_equal(config->interval_ms, 120000);
    assert_int_equal(config->size, 2 << 20);
    assert_string_equal(config->name, "a b");
    assert_string_equal(config->mode, "out");
    assert_int_equal(config->words.count, 2);
    assert_string_equal(config->words.items[1], "two");
    assert_string_equal(config->token, "${env:T}");
    static const char *const bad[] = {"loud=yes",     "limit=101",     "limit=5x",
                                      "interval=0ms", "size=2MB",      "name=longerthan8",
                                      "mode=up",      "words=a,b,c,d", "nothing=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *const one[] = {bad[i], NULL};
        assert_int_equal(testkit_configure(kit, one), KINMU_E_CONFIG);
        assert_true(kit->err.msg[0] != '\0');
    }
}

static int32_t take_row(void *user, const kinmu_event *row) {
    int64_t *sum = user;
    *sum = *sum * 10 + row->values[1].as.i64;
    return 0;
}

static void records_are_filtered_and_paged(void **state) {
    testkit *kit = *state;
    const kinmu_records *records = kit->host.iface(&kit->host, KINMU_RECORDS_1);
    for (int64_t i = 1; i <= 5; i++) {
        kinmu_value values[] = {kinmu_text(i % 2 ? "odd" : "even"), kinmu_i64(i)};
        testkit_add_row(kit, testkit_make(kit, "com.acme.card/1", i, "", values, 2));
    }
    kinmu_filter filters[] = {{"card", KINMU_COMPARE_EQUAL, 0, kinmu_text("odd")},
                              {"unix_ns", KINMU_COMPARE_GREATER, 0, kinmu_time(1)}};
    kinmu_query query = {.struct_size = sizeof query,
                         .schema = 1,
                         .filters = filters,
                         .filter_count = 1,
                         .limit = 10};
    int64_t sum = 0;
    kit->in_job = 1;
    assert_int_equal(records->query(&kit->host, &query, take_row, &sum), KINMU_OK);
    assert_int_equal(sum, 135);
    query.filter_count = 2;
    query.offset = 1;
    sum = 0;
    assert_int_equal(records->query(&kit->host, &query, take_row, &sum), KINMU_OK);
    assert_int_equal(sum, 5);
    filters[0].field = "nothing";
    assert_int_equal(records->query(&kit->host, &query, take_row, &sum), KINMU_E_NOTFOUND);
    query.schema = 0;
    assert_int_equal(records->query(&kit->host, &query, take_row, &sum), KINMU_E_DENIED);
    kit->in_job = 0;
    assert_int_equal(testkit_deliver(kit, kit->rows[0], 1), KINMU_OK);
    assert_int_equal(the_probe.batch_events, 1);
}

static int32_t peer(void *user, const char *instance, const char *command,
                    const kinmu_value *values, uint32_t count, testkit_answer *answer) {
    assert_string_equal(instance, "workday");
    assert_string_equal(command, "close");
    assert_int_equal(count, 1);
    *(int64_t *)user = values[0].as.i64;
    answer->text = "closed";
    return KINMU_OK;
}

static void got_answer(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                       const char *text) {
    (void)values;
    tk_say(user, 32, "%d %u %s", (int)status, (unsigned)count, text);
}

static void commands_go_both_ways(void **state) {
    testkit *kit = *state;
    const kinmu_calls *calls = kit->host.iface(&kit->host, KINMU_CALLS_1);
    kinmu_value text = kinmu_text("hello");
    kinmu_value number = kinmu_i64(11);
    assert_int_equal(testkit_call(kit, "echo", &text, 1), KINMU_OK);
    assert_int_equal(kit->reply.value_count, 1);
    assert_memory_equal(kit->reply.values[0].as.text, "hello", 5);
    assert_int_equal(testkit_call(kit, "echo", &number, 1), KINMU_E_REJECT);
    assert_int_equal(testkit_call(kit, "nothing", NULL, 0), KINMU_E_NOTFOUND);

    char answer[32] = "";
    int64_t heard = 0;
    assert_int_equal(calls->send(&kit->host, "workday", "close", &number, 1, got_answer, answer),
                     KINMU_OK);
    testkit_settle(kit);
    assert_string_equal(answer, "-11 0 no such instance");
    kit->peer = peer;
    kit->peer_user = &heard;
    assert_int_equal(calls->send(&kit->host, "workday", "close", &number, 1, got_answer, answer),
                     KINMU_OK);
    testkit_settle(kit);
    assert_string_equal(answer, "0 0 closed");
    assert_int_equal(heard, 11);
}

static void log_health_and_metrics_are_kept(void **state) {
    testkit *kit = *state;
    const kinmu_metrics *counters = kit->host.iface(&kit->host, KINMU_METRICS_1);
    kit->host.log(&kit->host, KINMU_LOG_WARN, "reader: no card for 5 s");
    assert_string_equal(kit->lines[0], "warn: reader: no card for 5 s");
    assert_true(testkit_logged(kit, "no card"));
    assert_false(testkit_logged(kit, "no door"));
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    assert_string_equal(kit->health_text, "reading");
    counters->add(&kit->host, 0, 2);
    counters->add(&kit->host, 0, 3);
    counters->add(&kit->host, 7, 3);
    assert_int_equal(testkit_metric(kit, "readings_total"), 5);
    assert_int_equal(testkit_metric(kit, "other"), -1);
    assert_null(kit->host.iface(&kit->host, "com.other/1"));
}

#ifndef _WIN32
typedef struct pipe_watch {
    testkit *kit;
    int read_end;
    char got;
    uint64_t id;
} pipe_watch;

static void pipe_ready(void *user, uint32_t ready) {
    pipe_watch *watch = user;
    const kinmu_poll *poll_iface = watch->kit->host.iface(&watch->kit->host, KINMU_POLL_1);
    assert_true((ready & KINMU_POLL_READ) != 0);
    assert_int_equal(read(watch->read_end, &watch->got, 1), 1);
    poll_iface->remove(&watch->kit->host, watch->id);
}

static int32_t pipe_was_read(testkit *kit, void *user) {
    (void)kit;
    return ((pipe_watch *)user)->got != 0;
}

static void real_descriptors_are_watched(void **state) {
    testkit *kit = *state;
    const kinmu_poll *poll_iface = kit->host.iface(&kit->host, KINMU_POLL_1);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pipe_watch watch = {.kit = kit, .read_end = ends[0]};
    assert_int_equal(
        poll_iface->add(&kit->host, ends[0], KINMU_POLL_READ, pipe_ready, &watch, &watch.id),
        KINMU_OK);
    assert_false(testkit_run_until(kit, pipe_was_read, &watch, 20));
    assert_int_equal(write(ends[1], "k", 1), 1);
    assert_true(testkit_run_until(kit, pipe_was_read, &watch, 5000));
    assert_int_equal(watch.got, 'k');
    assert_int_equal(kit->poll_count, 0);
    assert_int_equal(kit->clock.unix_ns, TESTKIT_START_UNIX_NS);
    close(ends[0]);
    close(ends[1]);
}
#endif

static void a_missing_module_is_said(void **state) {
    testkit *kit = *state;
    assert_int_equal(testkit_load(kit, "./no-such-module.so", "x"), KINMU_E_NOTFOUND);
    assert_non_null(strstr(kit->err.msg, "no-such-module.so"));
}

static void days_begin_at_local_midnight(void **state) {
    testkit *kit = *state;
    assert_int_equal(tk_day_ns(kit, "2026-01-05", 0),
                     TESTKIT_START_UNIX_NS - 9LL * 3600 * 1000000000);
    assert_int_equal(tk_day_ns(kit, "2024-02-29", 1), tk_day_ns(kit, "2024-03-01", 0));
    kit->clock.utc_offset_s = 0;
    assert_int_equal(tk_day_ns(kit, "1970-01-01", 0), 0);
}

#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        KIT_TEST(published_events_are_copied),
        KIT_TEST(values_that_do_not_fit_are_refused_with_a_reason),
        KIT_TEST(busy_and_durable_are_told_by_the_test),
        KIT_TEST(a_decision_on_an_old_head_conflicts),
        KIT_TEST(schemas_of_others_are_found_by_number),
        KIT_TEST(only_the_owner_decides_and_a_session_speaks_for_itself),
        KIT_TEST(timers_run_in_order_with_the_clock_of_the_moment),
        KIT_TEST(a_job_runs_in_the_next_turn_and_may_block),
        KIT_TEST(a_blocking_service_in_a_turn_is_a_problem),
        KIT_TEST(options_are_read_as_written),
        KIT_TEST(records_are_filtered_and_paged),
        KIT_TEST(commands_go_both_ways),
        KIT_TEST(log_health_and_metrics_are_kept),
#ifndef _WIN32
        KIT_TEST(real_descriptors_are_watched),
#endif
        KIT_TEST(a_missing_module_is_said),
        KIT_TEST(days_begin_at_local_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
