/* window_test.c - the flow of the collector `window` over a backend played by the test: which
 * states become rows, in which order and with which time, and what happens when the display or the
 * bus fails. */
#include <kinmu/testkit.h>

#include "plugins/collectors/window/flow.c"
#include "plugins/collectors/window/window.c"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

#define STATES_MAX 512
#define RUN_MS 2000
#define NS_PER_S 1000000000LL

/* What the played backend will answer. */
static struct {
    int32_t no_display; /* the session has none */
    int32_t open_status;
    uint32_t opens;
    uint32_t closes;
    int bell[2]; /* readable when there are states */
    uint32_t first;
    uint32_t count;
    int32_t results[STATES_MAX];
    window_facts states[STATES_MAX];
} played;

static int32_t played_open(const char *display, void **self, kinmu_err *err) {
    assert_string_equal(display, ":7");
    played.opens++;
    *self = &played;
    snprintf(err->key, sizeof err->key, "window.no-display");
    snprintf(err->msg, sizeof err->msg, "window: cannot open ':7'; start it");
    return played.open_status;
}

static intptr_t played_handle(void *self) {
    (void)self;
    return played.bell[0];
}

static int32_t played_next(void *self, window_facts *facts, kinmu_err *err) {
    (void)self;
    if (played.first == played.count) {
        char rung[STATES_MAX];
        (void)!read(played.bell[0], rung, sizeof rung);
        played.first = played.count = 0;
        return 0;
    }
    *facts = played.states[played.first];
    snprintf(err->key, sizeof err->key, "window.reason");
    snprintf(err->msg, sizeof err->msg, "window: a reason, what to do");
    return played.results[played.first++];
}

static void played_close(void *self) {
    played.closes += self != NULL;
}

static const window_backend played_backend = {"played display", played_open, played_handle,
                                              played_next, played_close};

const window_backend *window_backend_for(const char *wanted, const char **display, kinmu_err *err) {
    assert_null(wanted);
    *display = ":7";
    if (played.no_display) {
        snprintf(err->msg, sizeof err->msg, "window: no display; log in");
        return NULL;
    }
    return &played_backend;
}

static int32_t is_read(testkit *kit, void *user) {
    (void)kit;
    (void)user;
    return played.count == 0;
}

/* Adds an answer of next() and rings. */
static void play(int32_t result, uint64_t id, const char *process, const char *title) {
    assert_true(played.count < STATES_MAX);
    window_facts *facts = &played.states[played.count];
    memset(facts, 0, sizeof *facts);
    facts->id = id;
    facts->elevated = id != 0 ? 0 : WINDOW_UNKNOWN;
    facts->title_state = title != NULL ? WINDOW_TITLE_READ : WINDOW_TITLE_NONE;
    snprintf(facts->process, sizeof facts->process, "%s", process);
    snprintf(facts->title, sizeof facts->title, "%s", title != NULL ? title : "");
    played.results[played.count++] = result;
    assert_int_equal(write(played.bell[1], "!", 1), 1);
}

static void run(testkit *kit) {
    assert_true(testkit_run_until(kit, is_read, NULL, RUN_MS));
}

static void see(testkit *kit, uint64_t id, const char *process, const char *title) {
    play(1, id, process, title);
    run(kit);
}

static const char *text_of(testkit *kit, uint32_t index) {
    return testkit_event_text(kit, testkit_event(kit, index));
}

static int64_t ms_of(testkit *kit, uint32_t index) {
    return (testkit_event(kit, index)->unix_ns - TESTKIT_START_UNIX_NS) / 1000000;
}

static testkit *begin(void) {
    testkit *kit = testkit_new("window");
    testkit_use(kit, &window_plugin);
    assert_int_equal(testkit_create(kit, NULL), KINMU_OK);
    return kit;
}

static testkit *begin_with_editor(void) {
    testkit *kit = begin();
    play(1, 1, "editor", "one");
    assert_int_equal(testkit_start(kit), KINMU_OK);
    run(kit);
    assert_string_equal(text_of(kit, 0),
                        "kinmu.window.focus/1 process=editor title=one cause=start elevated=0");
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    testkit_clear(kit);
    return kit;
}

static int reset(void **state) {
    (void)state;
    memset(&played, 0, sizeof played);
    return pipe2(played.bell, O_NONBLOCK);
}

static int finish(void **state) {
    (void)state;
    close(played.bell[0]);
    close(played.bell[1]);
    return 0;
}

static void end(testkit *kit) {
    assert_string_equal(kit->problem, "");
    assert_string_equal(kit->refusal, "");
    testkit_free(kit);
    assert_int_equal(played.opens - played.closes, 0);
}

static void each_focus_change_is_one_row_at_once(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    see(kit, 1, "editor", "one");
    assert_int_equal(testkit_count(kit, NULL), 0);
    testkit_advance(kit, 10);
    see(kit, 2, "mail", "inbox");
    see(kit, 2, "mail", "inbox");
    testkit_advance(kit, 10);
    see(kit, 1, "editor", "one");
    assert_int_equal(testkit_count(kit, NULL), 2);
    assert_string_equal(text_of(kit, 0),
                        "kinmu.window.focus/1 process=mail title=inbox cause=focus elevated=0");
    assert_int_equal(ms_of(kit, 0), 10);
    assert_string_equal(text_of(kit, 1),
                        "kinmu.window.focus/1 process=editor title=one cause=focus elevated=0");
    assert_int_equal(ms_of(kit, 1), 20);
    assert_int_equal(kit->timer_count, 0);
    end(kit);
}

static void a_busy_title_gives_one_row_a_second_with_the_last(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    testkit_advance(kit, 5000);
    for (int tick = 0; tick < 20; tick++) {
        char title[16];
        snprintf(title, sizeof title, "%d %%", tick);
        see(kit, 1, "editor", title);
        testkit_advance(kit, 100);
    }
    testkit_advance(kit, 2000);
    assert_int_equal(testkit_count(kit, NULL), 3);
    assert_string_equal(text_of(kit, 0),
                        "kinmu.window.focus/1 process=editor title=0 % cause=title elevated=0");
    assert_int_equal(ms_of(kit, 0), 5000);
    assert_string_equal(text_of(kit, 1),
                        "kinmu.window.focus/1 process=editor title=9 % cause=title elevated=0");
    assert_int_equal(ms_of(kit, 1), 5900);
    assert_string_equal(text_of(kit, 2),
                        "kinmu.window.focus/1 process=editor title=19 % cause=title elevated=0");
    assert_int_equal(kit->timer_count, 0);
    end(kit);
}

static void a_held_title_goes_before_the_next_focus(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    testkit_advance(kit, 100);
    see(kit, 1, "editor", "two");
    testkit_advance(kit, 100);
    see(kit, 2, "mail", "inbox");
    testkit_advance(kit, 5000);
    assert_int_equal(testkit_count(kit, NULL), 2);
    assert_string_equal(text_of(kit, 0),
                        "kinmu.window.focus/1 process=editor title=two cause=title elevated=0");
    assert_int_equal(ms_of(kit, 0), 100);
    assert_int_equal(ms_of(kit, 1), 200);
    end(kit);
}

static void a_title_that_comes_back_is_no_row(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    see(kit, 1, "editor", "*one");
    see(kit, 1, "editor", "one");
    testkit_advance(kit, 5000);
    assert_int_equal(testkit_count(kit, NULL), 0);
    end(kit);
}

static void no_window_counts_only_when_it_stays(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    see(kit, 0, "", NULL);
    testkit_advance(kit, 50);
    see(kit, 2, "mail", "inbox");
    testkit_advance(kit, 950);
    assert_int_equal(testkit_count(kit, NULL), 1);
    see(kit, 0, "", NULL);
    testkit_advance(kit, 1000);
    assert_int_equal(testkit_count(kit, NULL), 2);
    assert_string_equal(text_of(kit, 1), "kinmu.window.focus/1 cause=none");
    assert_int_equal(ms_of(kit, 1), 1000);
    see(kit, 2, "mail", "inbox");
    assert_string_equal(text_of(kit, 2),
                        "kinmu.window.focus/1 process=mail title=inbox cause=focus elevated=0");
    see(kit, 0, "", NULL);
    see(kit, 2, "mail", "inbox");
    testkit_advance(kit, 1000);
    assert_int_equal(testkit_count(kit, NULL), 3);
    end(kit);
}

static void unknown_things_are_null_and_counted(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    play(1, 5, "", NULL);
    played.states[0].title_state = WINDOW_TITLE_UNREADABLE;
    played.states[0].elevated = WINDOW_UNKNOWN;
    run(kit);
    assert_string_equal(text_of(kit, 0), "kinmu.window.focus/1 cause=focus");
    assert_int_equal(testkit_metric(kit, "titles_unreadable_total"), 1);
    assert_int_equal(testkit_metric(kit, "processes_unknown_total"), 1);
    play(1, 6, "installer", "");
    played.states[0].elevated = 1;
    run(kit);
    assert_string_equal(text_of(kit, 1),
                        "kinmu.window.focus/1 process=installer title= cause=focus elevated=1");
    end(kit);
}

static void stop_ends_the_last_window_once(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    see(kit, 1, "editor", "two");
    testkit_advance(kit, 300);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(testkit_count(kit, NULL), 2);
    assert_string_equal(text_of(kit, 0),
                        "kinmu.window.focus/1 process=editor title=two cause=title elevated=0");
    assert_string_equal(text_of(kit, 1), "kinmu.window.focus/1 cause=end");
    assert_int_equal(ms_of(kit, 1), 300);
    assert_int_equal(kit->timer_count + kit->poll_count, 0);
    testkit_clear(kit);
    play(1, 3, "mail", "inbox");
    assert_int_equal(testkit_start(kit), KINMU_OK);
    run(kit);
    assert_string_equal(text_of(kit, 0),
                        "kinmu.window.focus/1 process=mail title=inbox cause=start elevated=0");
    end(kit);
}

static void a_lost_display_is_a_gap_and_comes_back(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    testkit_advance(kit, 1000);
    played.open_status = KINMU_E_RETRY;
    play(KINMU_E_RETRY, 0, "", NULL);
    assert_true(testkit_run_until(kit, NULL, NULL, 20));
    assert_int_equal(kit->health, KINMU_HEALTH_UNAVAILABLE);
    assert_string_equal(kit->health_text, "window: a reason, what to do");
    assert_int_equal(testkit_count(kit, NULL), 1);
    assert_string_equal(text_of(kit, 0), "kinmu.window.focus/1 cause=end");
    played.first = played.count = 0;
    testkit_advance(kit, 3500); /* tried at 1 s and 3 s */
    assert_int_equal(played.opens, 3);
    assert_string_equal(kit->health_text, "window: cannot open ':7'; start it");
    played.opens = played.closes = 0; /* failed opens hand out nothing to close */
    played.open_status = KINMU_OK;
    play(1, 9, "mail", "inbox");
    testkit_advance(kit, 3500); /* and at 7 s */
    run(kit);
    assert_int_equal(testkit_count(kit, NULL), 3);
    char expected[256];
    snprintf(expected, sizeof expected,
             "kinmu.observation.gap/1 stream=window from_ns=%lld to_ns=%lld cause=display-lost "
             "detail=window.reason",
             TESTKIT_START_UNIX_NS + NS_PER_S, TESTKIT_START_UNIX_NS + 8 * NS_PER_S);
    assert_string_equal(text_of(kit, 1), expected);
    assert_string_equal(text_of(kit, 2),
                        "kinmu.window.focus/1 process=mail title=inbox cause=start elevated=0");
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    assert_int_equal(kit->timer_count, 0);
    end(kit);
}

static void an_absent_display_is_tried_once_a_minute_at_last(void **state) {
    (void)state;
    testkit *kit = begin();
    played.open_status = KINMU_E_RETRY;
    assert_int_equal(testkit_start(kit), KINMU_OK);
    testkit_advance(kit, 63000); /* 0 1 3 7 15 31 63 s */
    assert_int_equal(played.opens, 7);
    testkit_advance(kit, 600000);
    assert_int_equal(played.opens, 17);
    assert_int_equal(testkit_count(kit, NULL), 0);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(testkit_count(kit, "kinmu.observation.gap/1"), 1);
    assert_int_equal(testkit_count(kit, NULL), 1);
    assert_int_equal(kit->timer_count, 0);
    played.closes = played.opens;
    end(kit);
}

static void a_session_without_display_says_so_and_rests(void **state) {
    (void)state;
    played.no_display = 1;
    testkit *kit = begin();
    assert_int_equal(testkit_start(kit), KINMU_OK);
    assert_int_equal(kit->health, KINMU_HEALTH_UNAVAILABLE);
    assert_string_equal(kit->health_text, "window: no display; log in");
    assert_int_equal(kit->timer_count + kit->poll_count, 0);
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(testkit_count(kit, NULL), 0);
    end(kit);
}

static void a_display_that_does_not_tell_is_a_gap_without_retries(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    play(KINMU_E_NOTFOUND, 0, "", NULL);
    run(kit);
    assert_int_equal(kit->health, KINMU_HEALTH_UNAVAILABLE);
    assert_int_equal(kit->timer_count, 0);
    testkit_advance(kit, 60000);
    see(kit, 1, "editor", "one");
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    assert_int_equal(played.opens, 1);
    assert_int_equal(testkit_count(kit, NULL), 3);
    assert_string_equal(text_of(kit, 0), "kinmu.window.focus/1 cause=end");
    assert_non_null(strstr(text_of(kit, 1), "cause=source-lost detail=window.reason"));
    assert_non_null(strstr(text_of(kit, 2), "cause=start"));
    end(kit);
}

static void a_full_bus_keeps_order_and_times(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    kit->busy = UINT32_MAX;
    for (uint64_t id = 2; id < 22; id++) {
        testkit_advance(kit, 10);
        see(kit, id, "program", "");
    }
    assert_int_equal(testkit_count(kit, NULL), 0);
    kit->busy = 0;
    testkit_advance(kit, 1000);
    assert_int_equal(testkit_count(kit, NULL), 20);
    for (uint32_t index = 0; index < 20; index++) {
        assert_int_equal(ms_of(kit, index), 10 * (index + 1));
    }
    assert_int_equal(testkit_metric(kit, "rows_lost_total"), 0);
    assert_int_equal(kit->timer_count, 0);
    end(kit);
}

static void rows_beyond_the_queue_become_a_gap(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    kit->busy = UINT32_MAX;
    for (uint64_t id = 2; id < 2 + FLOW_QUEUE_ROWS_MAX + 5; id++) {
        testkit_advance(kit, 1);
        see(kit, id, "program", "last");
    }
    kit->busy = 0;
    testkit_advance(kit, 1000);
    assert_int_equal(testkit_count(kit, NULL), FLOW_QUEUE_ROWS_MAX + 2);
    assert_int_equal(testkit_metric(kit, "rows_lost_total"), 5);
    assert_non_null(
        strstr(text_of(kit, FLOW_QUEUE_ROWS_MAX), "cause=queue-full detail=5 rows lost"));
    assert_string_equal(text_of(kit, FLOW_QUEUE_ROWS_MAX + 1),
                        "kinmu.window.focus/1 process=program title=last cause=start elevated=0");
    see(kit, 1, "editor", "one");
    assert_int_equal(testkit_count(kit, NULL), FLOW_QUEUE_ROWS_MAX + 3);
    end(kit);
}

static void rows_the_bus_does_not_take_at_stop_are_counted(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    kit->busy = UINT32_MAX;
    see(kit, 2, "mail", "inbox");
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    assert_int_equal(testkit_metric(kit, "rows_lost_total"), 2); /* focus and end */
    assert_int_equal(kit->timer_count, 0);
    end(kit);
}

static void a_flood_of_states_is_split_into_turns(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    for (uint64_t id = 0; id < 200; id++) {
        play(1, 2 + id % 2, "program", "");
    }
    assert_true(testkit_run_until(kit, NULL, NULL, 20));
    testkit_advance(kit, 100);
    assert_int_equal(testkit_count(kit, NULL), 200);
    end(kit);
}

static void title_interval_changes_live(void **state) {
    (void)state;
    testkit *kit = begin_with_editor();
    const char *const slow[] = {"title_interval=10s", NULL};
    assert_int_equal(testkit_reconfigure(kit, slow), KINMU_OK);
    see(kit, 1, "editor", "two");
    testkit_advance(kit, 9000);
    assert_int_equal(testkit_count(kit, NULL), 0);
    testkit_advance(kit, 1000);
    assert_int_equal(testkit_count(kit, NULL), 1);
    end(kit);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, finish)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_focus_change_is_one_row_at_once),
        TEST(a_busy_title_gives_one_row_a_second_with_the_last),
        TEST(a_held_title_goes_before_the_next_focus),
        TEST(a_title_that_comes_back_is_no_row),
        TEST(no_window_counts_only_when_it_stays),
        TEST(unknown_things_are_null_and_counted),
        TEST(stop_ends_the_last_window_once),
        TEST(a_lost_display_is_a_gap_and_comes_back),
        TEST(an_absent_display_is_tried_once_a_minute_at_last),
        TEST(a_session_without_display_says_so_and_rests),
        TEST(a_display_that_does_not_tell_is_a_gap_without_retries),
        TEST(a_full_bus_keeps_order_and_times),
        TEST(rows_beyond_the_queue_become_a_gap),
        TEST(rows_the_bus_does_not_take_at_stop_are_counted),
        TEST(a_flood_of_states_is_split_into_turns),
        TEST(title_interval_changes_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
