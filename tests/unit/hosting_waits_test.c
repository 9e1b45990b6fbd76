/* hosting_waits_test.c - what a hosted plugin is told later: that its events are durable, in order;
 * decisions and answers, once; and which of its calls belong to which thread. */
#include "hosting_bench.h"

/* ---- durable, decided, answered ---- */

static void on_done(void *user, int32_t status, uint64_t number) {
    char word[64];
    assert_main_thread();
    snprintf(word, sizeof word, "%s:%d:%d", (const char *)user, (int)status, (int)number);
    note(word);
}

static void what_became_durable_is_told_in_order(void **state) {
    (void)state;
    const kinmu_bus *bus = iface(KINMU_BUS_1);
    assert_int_equal(bus->when_durable(b->host, 2, on_done, "b"), KINMU_OK);
    assert_int_equal(bus->when_durable(b->host, 1, on_done, "a"), KINMU_OK);
    assert_int_equal(bus->when_durable(b->host, 2, on_done, "c"), KINMU_OK);
    assert_int_equal(bus->when_durable(b->host, 9, on_done, "d"), KINMU_OK);
    assert_int_equal(bus->durable(b->host), 0);
    hosted_durable(b->h, 1);
    expect_notes("a:0:1");
    hosted_durable(b->h, 1);
    expect_notes("");
    hosted_durable(b->h, 5);
    expect_notes("b:0:2 c:0:2"); /* the same ticket in the order asked */
    assert_int_equal(bus->durable(b->host), 5);
    /* What is durable already is told in a later turn, not inside the call. */
    assert_int_equal(bus->when_durable(b->host, 3, on_done, "e"), KINMU_OK);
    expect_notes("");
    wait_note("e:0:3");
    expect_notes("e:0:3");
    hosted_failed(b->h);
    expect_notes("d:-9:9"); /* E_RESTART */
}

static void what_was_withdrawn_is_told_to_retry(void **state) {
    (void)state;
    const kinmu_bus *bus = iface(KINMU_BUS_1);
    assert_int_equal(bus->when_durable(b->host, 3, on_done, "a"), KINMU_OK);
    assert_int_equal(bus->when_durable(b->host, 4, on_done, "b"), KINMU_OK);
    assert_int_equal(bus->when_durable(b->host, 6, on_done, "c"), KINMU_OK);
    hosted_withdrawn(b->h, 4, 5);
    expect_notes("b:-4:4");
    hosted_durable(b->h, 6);
    expect_notes("a:0:3 c:0:6");
}

static void waits_have_a_limit(void **state) {
    (void)state;
    const kinmu_bus *bus = iface(KINMU_BUS_1);
    static char silent[1];
    for (uint32_t i = 0; i < HOSTING_WAITS_MAX; i++) {
        assert_int_equal(bus->when_durable(b->host, 100, on_done, silent), KINMU_OK);
    }
    assert_int_equal(bus->when_durable(b->host, 100, on_done, silent), KINMU_E_BUSY);
    assert_int_equal(hosted_start(b->h, NULL), KINMU_OK);
    hosted_destroy(b->h); /* those who still wait are told nothing */
    expect_notes("start stop destroy gone");
}

static void a_decision_is_answered_once(void **state) {
    (void)state;
    const kinmu_bus *bus = iface(KINMU_BUS_1);
    kinmu_event event = {0};
    assert_int_equal(bus->head(b->host), 7);
    assert_int_equal(bus->append_if(b->host, 7, &event, 1, on_done, "mine"), KINMU_OK);
    expect_notes("");
    hosted_decided(b->h, b->last_token, KINMU_E_CONFLICT, 8);
    hosted_decided(b->h, b->last_token, KINMU_OK, 8);
    hosted_decided(b->h, 12345, KINMU_OK, 8);
    expect_notes("mine:-7:8");
    assert_int_equal(bus->append_if(b->host, 7, &event, 0, on_done, "none"), KINMU_E_REJECT);
    b->backend_status = KINMU_E_BUSY;
    assert_int_equal(bus->append_if(b->host, 7, &event, 1, on_done, "busy"), KINMU_E_BUSY);
    hosted_decided(b->h, b->last_token, KINMU_OK, 8);
    expect_notes(""); /* refused at once: no answer comes */
}

static void on_answer(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                      const char *text) {
    char word[64];
    snprintf(word, sizeof word, "%s:%d:%u:%.*s:%s", (const char *)user, (int)status, count,
             count > 0 ? (int)values[0].size : 0, count > 0 ? values[0].as.text : "", text);
    note(word);
}

static void an_answer_comes_in_a_later_turn(void **state) {
    (void)state;
    const kinmu_calls *calls = iface(KINMU_CALLS_1);
    char text[] = "yes";
    kinmu_value value = kinmu_text(text);
    assert_int_equal(calls->send(b->host, "other", "ask", NULL, 0, on_answer, "q"), KINMU_OK);
    hosted_answered(b->h, b->last_token, KINMU_OK, &value, 1, "said");
    memset(text, '-', 3); /* the answer was copied */
    expect_notes("");
    wait_note("q:");
    expect_notes("q:0:1:yes:said");
    hosted_answered(b->h, b->last_token, KINMU_OK, NULL, 0, "twice");
    turn_loop();
    expect_notes("");
    assert_int_equal(calls->send(b->host, NULL, "ask", NULL, 0, on_answer, "q"), KINMU_E_REJECT);
    b->backend_status = KINMU_E_NOTFOUND;
    assert_int_equal(calls->send(b->host, "x", "ask", NULL, 0, on_answer, "q"), KINMU_E_NOTFOUND);
}

static void publishing_is_bounded(void **state) {
    (void)state;
    const kinmu_bus *bus = iface(KINMU_BUS_1);
    static kinmu_event events[1];
    uint64_t ticket = 0;
    assert_int_equal(bus->publish(b->host, events, 1, &ticket), KINMU_OK);
    assert_int_equal(ticket, 1);
    assert_int_equal(bus->publish(b->host, events, 0, &ticket), KINMU_E_REJECT);
    assert_int_equal(bus->publish(b->host, NULL, 1, &ticket), KINMU_E_REJECT);
    assert_int_equal(bus->publish(b->host, events, KINMU_EVENTS_MAX + 1, NULL), KINMU_E_REJECT);
    const kinmu_metrics *metrics = iface(KINMU_METRICS_1);
    metrics->add(b->host, 0, 1);
    metrics->set(b->host, 1, 5); /* beyond the table: ignored */
    expect_notes("metric");
}

/* ---- threads ---- */

static void never_timer(void *user) {
    note(user);
}

static void never_poll(void *user, uint32_t ready) {
    (void)user, (void)ready;
    note("polled");
}

static void never_done(void *user, int32_t status) {
    (void)user, (void)status;
    note("done");
}

static int32_t never_row(void *user, const kinmu_event *event) {
    (void)user, (void)event;
    note("row");
    return 0;
}

static void from_another_thread(void *user) {
    (void)user;
    const kinmu_timer *timer = iface(KINMU_TIMER_1);
    const kinmu_poll *poll = iface(KINMU_POLL_1);
    const kinmu_work *work = iface(KINMU_WORK_1);
    const kinmu_bus *bus = iface(KINMU_BUS_1);
    const kinmu_calls *calls = iface(KINMU_CALLS_1);
    const kinmu_sessions *sessions = iface(KINMU_SESSIONS_1);
    const kinmu_kv *kv = iface(KINMU_KV_1);
    const kinmu_secret *secret = iface(KINMU_SECRET_1);
    const kinmu_records *records = iface(KINMU_RECORDS_1);
    kinmu_event event = {0};
    kinmu_clock clock;
    kinmu_query query = {.struct_size = sizeof query, .limit = 1};
    uint32_t size = 0;
    int32_t wrong = 0;
    wrong += timer->start(b->host, 1, 0, never_timer, "x", NULL) == KINMU_E_STATE;
    wrong += poll->add(b->host, 0, KINMU_POLL_READ, never_poll, NULL, NULL) == KINMU_E_STATE;
    wrong += poll->modify(b->host, 1, 0) == KINMU_E_STATE;
    wrong += work->submit(b->host, never_timer, never_done, NULL) == KINMU_E_STATE;
    wrong += bus->when_durable(b->host, 1, on_done, "x") == KINMU_E_STATE;
    wrong += bus->append_if(b->host, 1, &event, 1, on_done, "x") == KINMU_E_STATE;
    wrong += calls->send(b->host, "x", "y", NULL, 0, on_answer, "x") == KINMU_E_STATE;
    wrong += calls->answer(b->host, 1, 0, NULL, 0, NULL) == KINMU_E_STATE;
    wrong += sessions->present(b->host, NULL, 0) == KINMU_E_STATE;
    timer->cancel(b->host, 1); /* does nothing here */
    timer->now(b->host, &clock);
    int32_t right = bus->publish(b->host, &event, 1, NULL) == KINMU_OK;
    right += bus->durable(b->host) == 0;
    right += kv->put(b->host, "k", "v", 1) == KINMU_OK;
    right += secret->get(b->host, "h", NULL, &size) == KINMU_OK;
    right += records->query(b->host, &query, never_row, NULL) == KINMU_OK;
    b->backend_status = wrong * 100 + right;
}

static void each_call_belongs_to_its_thread(void **state) {
    (void)state;
    uv_thread_t other;
    assert_int_equal(uv_thread_create(&other, from_another_thread, NULL), 0);
    assert_int_equal(uv_thread_join(&other), 0);
    assert_int_equal(b->backend_status, 905);
    expect_notes("");
    /* And what may block is refused in a turn. */
    const kinmu_kv *kv = iface(KINMU_KV_1);
    const kinmu_secret *secret = iface(KINMU_SECRET_1);
    const kinmu_records *records = iface(KINMU_RECORDS_1);
    uint32_t size = 0;
    assert_int_equal(kv->get(b->host, "k", NULL, &size), KINMU_E_STATE);
    assert_int_equal(kv->put(b->host, "k", "v", 1), KINMU_E_STATE);
    assert_int_equal(kv->remove(b->host, "k"), KINMU_E_STATE);
    assert_int_equal(secret->get(b->host, "h", NULL, &size), KINMU_E_STATE);
    assert_int_equal(records->query(b->host, NULL, NULL, NULL), KINMU_E_STATE);
}

/* What a runner's frame could not carry is refused where the plugin can be told. */
static void sessions_beyond_the_limits_are_refused(void **state) {
    (void)state;
    const kinmu_sessions *sessions = iface(KINMU_SESSIONS_1);
    char word[KINMU_SESSION_WORD_BYTES_MAX + 2];
    const char *words[] = {word};
    kinmu_login_session one = {"c1", "alice", words, 1, 0};
    memset(word, 'x', sizeof word);
    word[KINMU_SESSION_WORD_BYTES_MAX] = '\0';
    assert_int_equal(sessions->present(b->host, &one, 1), KINMU_OK);
    word[KINMU_SESSION_WORD_BYTES_MAX] = 'x';
    word[KINMU_SESSION_WORD_BYTES_MAX + 1] = '\0';
    assert_int_equal(sessions->present(b->host, &one, 1), KINMU_E_REJECT);
    word[0] = '\0';
    one.account = "\xC0\xAF";
    assert_int_equal(sessions->present(b->host, &one, 1), KINMU_E_REJECT);
    one.account = "alice";
    one.environment = NULL;
    assert_int_equal(sessions->present(b->host, &one, 1), KINMU_E_REJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_became_durable_is_told_in_order),
        TEST(what_was_withdrawn_is_told_to_retry),
        TEST(waits_have_a_limit),
        TEST(a_decision_is_answered_once),
        TEST(an_answer_comes_in_a_later_turn),
        TEST(publishing_is_bounded),
        TEST(each_call_belongs_to_its_thread),
        TEST(sessions_beyond_the_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
