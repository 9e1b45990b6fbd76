/* Tests of the input collector as a plugin: life cycle, timers, retries and what reaches the bus,
 * on the SDK's testkit with a backend of the test's own. The clock starts at a full minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <kinmu/testkit.h>

#include "plugins/collectors/input/input.c"
#include "plugins/collectors/input/keyclass.c"
#include "plugins/collectors/input/minute.c"
#include "plugins/collectors/input/outbox.c"

#define MINUTE "kinmu.input.minute/1"
#define CHANGE "kinmu.session.change/1"
#define GAP "kinmu.observation.gap/1"

static backend_flow fake;
static int fake_is_open;
static int fake_opens;
static int fake_refuses;
static uint64_t fake_slept_ns;

static void *fake_create(const backend_flow *flow) {
    fake = *flow;
    fake_is_open = fake_opens = fake_refuses = 0;
    fake_slept_ns = 0;
    return &fake;
}

static int32_t fake_open(void *backend) {
    (void)backend;
    fake_opens++;
    if (fake_refuses) {
        fake.lost(fake.user, "display-lost", "no display", "input: no display: start one");
    } else {
        fake_is_open = 1;
        fake.ready(fake.user, "input: observing a test");
    }
    return KINMU_OK;
}

static void fake_close(void *backend) {
    (void)backend;
    fake_is_open = 0;
}

static void fake_destroy(void *backend) {
    (void)backend;
}

static const backend_type fake_type = {"fake", fake_create, fake_open, fake_close, fake_destroy};

const backend_type *backend_choose(const char *wanted, const char *display,
                                   const char **display_used) {
    (void)wanted;
    *display_used = display != NULL ? display : "";
    return &fake_type;
}

uint64_t backend_slept_ns(void) {
    return fake_slept_ns;
}

static testkit *kit;

static int set_up(void **state) {
    (void)state;
    kit = testkit_new("input");
    testkit_use(kit, &input_plugin);
    assert_int_equal(testkit_create(kit, NULL), KINMU_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    assert_string_equal(kit->problem, "");
    testkit_free(kit);
    return 0;
}

static void start(void) {
    assert_int_equal(testkit_start(kit), KINMU_OK);
}

static void press(enum input_class class, uint32_t times) {
    input_counts counts = {{0}};
    counts.of[class] = times;
    fake.counts(fake.user, &counts);
    testkit_settle(kit);
}

static void lose(void) {
    fake_is_open = 0;
    fake.lost(fake.user, "display-lost", "gone", "input: the display is gone: start it");
    testkit_settle(kit);
}

/* The text of the n-th event of a schema. */
static const char *event_text(const char *schema, uint32_t number) {
    for (uint32_t i = 0; i < kit->event_count; i++) {
        const char *text = testkit_event_text(kit, testkit_event(kit, i));
        if (strncmp(text, schema, strlen(schema)) == 0 && number-- == 0) {
            return text;
        }
    }
    fail_msg("there are only %u events of %s", testkit_count(kit, schema), schema);
    return "";
}

static void expect_part(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, text);
    }
}

static void test_nine_counters_and_totals(void **state) {
    (void)state;
    start();
    for (int class = 0; class < INPUT_CLASSES; class ++) {
        press((enum input_class) class, (uint32_t) class + 1);
    }
    testkit_advance(kit, 60000);
    assert_int_equal(testkit_count(kit, MINUTE), 1);
    expect_part(event_text(MINUTE, 0),
                "keys=15 clicks=21 key_alpha=1 key_digit=2 key_numpad=3 key_symbol=4 key_other=5 "
                "mouse_left=6 mouse_right=7 mouse_wheel=9 mouse_move=10 observed_ms=60000");
    assert_int_equal(testkit_metric(kit, "events_total"), 55);
}

static void test_idle_and_active_are_session_changes(void **state) {
    (void)state;
    start();
    testkit_advance(kit, 20000);
    press(INPUT_KEY_ALPHA, 1);
    testkit_advance(kit, 299999);
    assert_int_equal(testkit_count(kit, CHANGE), 2);
    testkit_advance(kit, 1);
    assert_int_equal(testkit_count(kit, CHANGE), 3);
    expect_part(event_text(CHANGE, 0), "kind=idle quality=estimated source=input");
    expect_part(event_text(CHANGE, 1), "kind=active quality=exact source=input");
    expect_part(event_text(CHANGE, 2), "kind=idle quality=exact source=input");
    testkit_advance(kit, 40000);
    assert_int_equal(kit->timer_count, 0); /* nothing runs while nobody is there */
    assert_int_equal(testkit_count(kit, MINUTE), 6);
}

static void test_one_timer_however_much_input(void **state) {
    (void)state;
    start();
    press(INPUT_MOUSE_MOVE, 1);
    uint64_t ids_before = kit->next_id;
    for (int i = 0; i < 1000; i++) {
        press(INPUT_MOUSE_MOVE, 1);
        testkit_advance(kit, 10);
        assert_int_equal(kit->timer_count, 1);
    }
    assert_int_equal(kit->next_id, ids_before); /* it was not started anew each time */
}

static void test_idle_after_is_live(void **state) {
    (void)state;
    static const char *const shorter[] = {"idle_after=1m", NULL};
    start();
    press(INPUT_KEY_ALPHA, 1);
    assert_int_equal(testkit_reconfigure(kit, shorter), KINMU_OK);
    testkit_advance(kit, 60000);
    expect_part(event_text(CHANGE, 2), "kind=idle quality=exact");
}

static void test_lost_display_is_a_gap_and_comes_back(void **state) {
    (void)state;
    start();
    press(INPUT_KEY_ALPHA, 1);
    testkit_advance(kit, 10000);
    fake_refuses = 1;
    lose();
    assert_int_equal(kit->health, KINMU_HEALTH_UNAVAILABLE);
    expect_part(kit->health_text, "start it");
    fake_opens = 0;
    testkit_advance(kit, 600000); /* 1 2 4 8 16 32 60 60 … s */
    assert_in_range(fake_opens, 13, 16);
    fake_refuses = 0;
    testkit_advance(kit, 60000);
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    assert_int_equal(testkit_count(kit, GAP), 1);
    expect_part(event_text(GAP, 0), "stream=input");
    expect_part(event_text(GAP, 0), "cause=display-lost");
    assert_int_equal(testkit_count(kit, MINUTE), 1);
    expect_part(event_text(MINUTE, 0), "observed_ms=10000");
    assert_int_equal(kit->timer_count, 0);
}

static void test_start_without_display_is_no_error(void **state) {
    (void)state;
    fake_refuses = 1;
    start();
    assert_int_equal(kit->health, KINMU_HEALTH_UNAVAILABLE);
    testkit_advance(kit, 5000);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    expect_part(event_text(GAP, 0), "cause=display-lost");
    assert_int_equal(kit->timer_count, 0);
}

static void test_stop_hands_over_the_part_of_the_minute(void **state) {
    (void)state;
    start();
    testkit_advance(kit, 15000);
    press(INPUT_KEY_DIGIT, 4);
    testkit_advance(kit, 5000);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(fake_is_open, 0);
    expect_part(event_text(MINUTE, 0), "key_digit=4");
    expect_part(event_text(MINUTE, 0), "observed_ms=20000");
    assert_int_equal(kit->timer_count, 0);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(testkit_count(kit, MINUTE), 1);
}

/* A new instance within the same minute knows from kv/1 that its record is there. */
static void test_new_instance_does_not_repeat_the_minute(void **state) {
    (void)state;
    start();
    press(INPUT_KEY_ALPHA, 1);
    testkit_advance(kit, 5000);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    testkit_destroy(kit);
    assert_int_equal(testkit_create(kit, NULL), KINMU_OK);
    start();
    press(INPUT_KEY_ALPHA, 2);
    testkit_advance(kit, 115000);
    assert_int_equal(testkit_count(kit, MINUTE), 2);
    assert_int_equal(testkit_event(kit, 2)->unix_ns, TESTKIT_START_UNIX_NS);
    expect_part(event_text(MINUTE, 0), "key_alpha=1");
    expect_part(event_text(MINUTE, 1), "key_alpha=2");
    assert_int_equal(testkit_event(kit, kit->event_count - 1)->unix_ns,
                     TESTKIT_START_UNIX_NS + MINUTE_NS);
}

static void test_busy_bus_gets_everything_later(void **state) {
    (void)state;
    start();
    kit->busy = UINT32_MAX;
    for (int i = 0; i < 10; i++) {
        press(INPUT_KEY_ALPHA, 1);
        testkit_advance(kit, 60000);
    }
    assert_int_equal(testkit_count(kit, MINUTE), 0);
    kit->busy = 0;
    testkit_advance(kit, 2000);
    assert_int_equal(testkit_count(kit, MINUTE), 10);
    assert_int_equal(testkit_metric(kit, "records_dropped_total"), 0);
    assert_int_equal(testkit_count(kit, GAP), 0);
}

static void test_bus_busy_for_hours_is_a_counted_gap(void **state) {
    (void)state;
    start();
    kit->busy = UINT32_MAX;
    for (int i = 0; i < 200; i++) {
        press(INPUT_KEY_ALPHA, 1);
        testkit_advance(kit, 60000);
    }
    kit->busy = 0;
    testkit_advance(kit, 2000);
    int64_t dropped = testkit_metric(kit, "records_dropped_total");
    assert_int_equal(testkit_count(kit, MINUTE) + dropped, 200);
    assert_in_range(dropped, 70, 80);
    assert_int_equal(testkit_count(kit, GAP), 1);
    expect_part(event_text(GAP, 0), "cause=queue-full");
}

static void test_busy_at_stop_is_kept_for_the_next_start(void **state) {
    (void)state;
    start();
    press(INPUT_KEY_ALPHA, 5);
    testkit_advance(kit, 1000);
    kit->busy = UINT32_MAX;
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    kit->busy = 0;
    start();
    expect_part(event_text(MINUTE, 0), "key_alpha=5");
}

static void test_stall_of_the_host_is_a_gap(void **state) {
    (void)state;
    start();
    press(INPUT_KEY_ALPHA, 1);
    testkit_step(kit, 120 * INT64_C(1000000000),
                 120 * INT64_C(1000000000)); /* timers stand still */
    press(INPUT_KEY_ALPHA, 1);
    expect_part(event_text(GAP, 0), "cause=stalled");
}

static void test_sleep_is_no_gap(void **state) {
    (void)state;
    start();
    press(INPUT_KEY_ALPHA, 1);
    fake_slept_ns = 7200u * UINT64_C(1000000000);
    testkit_step(kit, (int64_t)fake_slept_ns, (int64_t)fake_slept_ns);
    press(INPUT_KEY_ALPHA, 1);
    assert_int_equal(testkit_count(kit, GAP), 0);
    expect_part(event_text(CHANGE, 2), "kind=idle quality=exact");
    assert_int_equal(testkit_event(kit, 2)->unix_ns / 1000000000,
                     TESTKIT_START_UNIX_NS / 1000000000);
}

static void test_clock_set_back_tells_lost_counts(void **state) {
    (void)state;
    start();
    for (int i = 0; i < 10; i++) {
        press(INPUT_KEY_ALPHA, 1);
        testkit_advance(kit, 60000);
    }
    testkit_step(kit, -600 * INT64_C(1000000000), 0);
    press(INPUT_KEY_ALPHA, 7);
    testkit_advance(kit, 600000);
    assert_int_equal(testkit_metric(kit, "events_uncounted_total"), 7);
    expect_part(event_text(GAP, 1), "cause=clock-step");
}

static void test_hundred_starts_and_stops(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        start();
        assert_int_equal(testkit_stop(kit), KINMU_OK);
        assert_int_equal(kit->timer_count + kit->poll_count, 0);
    }
    assert_int_equal(testkit_count(kit, MINUTE) + testkit_count(kit, GAP), 0);
}

static void test_destroy_accepts_anything(void **state) {
    (void)state;
    input_plugin.destroy(NULL);
    assert_int_equal(input_plugin.stop(kit->instance, &kit->err), KINMU_OK);
}

#define FLOW_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(test_nine_counters_and_totals),
        FLOW_TEST(test_idle_and_active_are_session_changes),
        FLOW_TEST(test_one_timer_however_much_input),
        FLOW_TEST(test_idle_after_is_live),
        FLOW_TEST(test_lost_display_is_a_gap_and_comes_back),
        FLOW_TEST(test_start_without_display_is_no_error),
        FLOW_TEST(test_stop_hands_over_the_part_of_the_minute),
        FLOW_TEST(test_new_instance_does_not_repeat_the_minute),
        FLOW_TEST(test_busy_bus_gets_everything_later),
        FLOW_TEST(test_bus_busy_for_hours_is_a_counted_gap),
        FLOW_TEST(test_busy_at_stop_is_kept_for_the_next_start),
        FLOW_TEST(test_stall_of_the_host_is_a_gap),
        FLOW_TEST(test_sleep_is_no_gap),
        FLOW_TEST(test_clock_set_back_tells_lost_counts),
        FLOW_TEST(test_hundred_starts_and_stops),
        FLOW_TEST(test_destroy_accepts_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
