/* Tests of the input collector's accounting: minutes, idleness, gaps, steps of the clock, sleep,
 * and the queue to the bus. Times are written as seconds from 10:00:00 of a day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plugins/collectors/input/minute.c"
#include "plugins/collectors/input/outbox.c"

#define S 1000000000LL
#define START_NS (1772359200LL * S) /* 2026-03-01T10:00:00Z */
#define FACTS_MAX 600

static minute_fact facts[FACTS_MAX];
static size_t fact_count;
static size_t fact_next;
static minute book;
static minute_now at;

static void keep(void *user, const minute_fact *fact) {
    (void)user;
    assert_true(fact_count < FACTS_MAX);
    assert_true(fact->kind != MINUTE_GAP || fact->from_ns <= fact->unix_ns);
    assert_true(fact->observed_ms >= 0 && fact->observed_ms <= 60000);
    facts[fact_count++] = *fact;
}

/* A book at 10:00:00 + second, observing. */
static void begin_at(double second) {
    fact_count = fact_next = 0;
    at = (minute_now){START_NS + (int64_t)(second * 1e9), 5000 * S, 0};
    minute_init(&book, 300000, keep, NULL);
    minute_begin(&book, &at);
}

static void pass(double seconds) {
    at.unix_ns += (int64_t)(seconds * 1e9);
    at.mono_ns += (uint64_t)(seconds * 1e9);
}

/* Lets time pass as the flow does: minute_advance at each due moment. */
static void run(double seconds) {
    uint64_t end_mono = at.mono_ns + (uint64_t)(seconds * 1e9);
    for (int i = 0; i < 100000; i++) {
        uint64_t due = minute_due(&book);
        if (due > end_mono) {
            break;
        }
        assert_true(due >= at.mono_ns);
        pass((double)(due - at.mono_ns) / 1e9);
        at.mono_ns = due; /* no rounding */
        minute_advance(&book, &at);
    }
    pass((double)(end_mono - at.mono_ns) / 1e9);
}

static void press(uint32_t letters) {
    input_counts counts = {{0}};
    counts.of[INPUT_KEY_ALPHA] = letters;
    minute_input(&book, &at, &counts);
}

static const minute_fact *next_fact(enum minute_kind kind) {
    assert_true(fact_next < fact_count);
    assert_int_equal(facts[fact_next].kind, kind);
    return &facts[fact_next++];
}

static double second_of(int64_t unix_ns) {
    return (double)(unix_ns - START_NS) / 1e9;
}

static void expect_minute(double second, uint32_t letters, int64_t observed_ms) {
    const minute_fact *fact = next_fact(MINUTE_COUNTS);
    assert_float_equal(second_of(fact->unix_ns), second, 0);
    assert_int_equal(fact->counts.of[INPUT_KEY_ALPHA], letters);
    assert_in_range(fact->observed_ms + 1, observed_ms, observed_ms + 2);
}

static void expect_change(enum minute_kind kind, double second, int estimated) {
    const minute_fact *fact = next_fact(kind);
    assert_float_equal(second_of(fact->unix_ns), second, 1e-6);
    assert_int_equal(fact->estimated, estimated);
}

static void expect_gap(double from, double to, const char *cause) {
    const minute_fact *fact = next_fact(MINUTE_GAP);
    assert_string_equal(fact->cause, cause);
    assert_float_equal(second_of(fact->from_ns), from, 1e-6);
    assert_float_equal(second_of(fact->unix_ns), to, 1e-6);
}

static void expect_no_more(void) {
    assert_int_equal(fact_count, fact_next);
}

/* The start: nobody is known to be there, nothing is recorded, no timer is wanted. */
static void test_start_is_idle_and_quiet(void **state) {
    (void)state;
    begin_at(10);
    expect_change(MINUTE_IDLE, 10, 1);
    assert_true(minute_due(&book) == MINUTE_NEVER);
    run(3600);
    expect_no_more();
}

static void test_counts_stay_within_their_minute(void **state) {
    (void)state;
    begin_at(0);
    expect_change(MINUTE_IDLE, 0, 1);
    pass(59.999);
    press(3);
    pass(0.002);
    press(4);
    run(58);
    press(1);
    run(2);
    expect_change(MINUTE_ACTIVE, 59.999, 0);
    expect_minute(0, 3, 60000);
    expect_minute(60, 5, 60000);
    expect_no_more();
}

static void test_first_and_last_minute_are_partly_observed(void **state) {
    (void)state;
    begin_at(20);
    next_fact(MINUTE_IDLE);
    pass(10);
    press(1);
    run(60);
    press(2);
    run(10);
    minute_end(&book, &at);
    next_fact(MINUTE_ACTIVE);
    expect_minute(0, 1, 40000);
    expect_minute(60, 2, 40000);
    expect_no_more();
    minute_end(&book, &at); /* twice is harmless */
    expect_no_more();
}

/* COL-30: idle exactly five minutes after the last input, told with the time of that input. */
static void test_idle_at_exactly_five_minutes(void **state) {
    (void)state;
    begin_at(0);
    next_fact(MINUTE_IDLE);
    pass(30);
    press(1);
    next_fact(MINUTE_ACTIVE);
    run(299.999);
    for (int i = 0; i < 5; i++) {
        expect_minute(i * 60, i == 0, 60000);
    }
    expect_no_more();
    run(0.001);
    expect_change(MINUTE_IDLE, 30, 0);
    assert_float_equal(second_of(facts[fact_next - 1].noted_ns), 330, 1e-6);
    run(7200);
    expect_minute(300, 0, 60000); /* the minute idleness began in; none after it */
    expect_no_more();
    assert_true(minute_due(&book) == MINUTE_NEVER);
}

static void test_idle_on_a_border_opens_no_minute(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(1000);
    fact_next = 2;
    for (int i = 0; i < 5; i++) {
        expect_minute(i * 60, i == 0, 60000);
    }
    expect_change(MINUTE_IDLE, 0, 0);
    expect_no_more();
}

static void test_back_within_the_minute_idleness_began_in(void **state) {
    (void)state;
    begin_at(0);
    pass(10);
    press(1);
    run(305);
    press(7); /* 315: idle since 310 */
    run(60);
    fact_next = 2;
    for (int i = 0; i < 5; i++) {
        expect_minute(i * 60, i == 0, 60000);
    }
    expect_change(MINUTE_IDLE, 10, 0);
    expect_change(MINUTE_ACTIVE, 315, 0);
    expect_minute(300, 7, 60000); /* one record, not two */
    expect_no_more();
}

static void test_idle_after_changes_at_once(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(90);
    minute_set_idle_after(&book, &at, 60000);
    fact_next = 2;
    expect_minute(0, 1, 60000);
    expect_change(MINUTE_IDLE, 0, 0);
}

static void test_clock_one_hour_forward(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    pass(30);
    minute_advance(&book, &at);
    at.unix_ns += 3600 * S;
    press(2);
    run(30);
    fact_next = 2;
    expect_minute(0, 1, 30000);
    expect_gap(30, 3630, "clock-step");
    expect_minute(3600, 2, 30000);
    expect_no_more();
}

/* The hour that is there already is not recorded twice: its counts are lost, and a gap says so. */
static void test_clock_one_hour_back(void **state) {
    (void)state;
    begin_at(0);
    for (int i = 0; i < 90; i++) { /* 10:00 to 11:30 */
        press(1);
        run(60);
    }
    uint32_t kept = 0;
    uint32_t lost = 0;
    at.unix_ns -= 3600 * S;
    for (int i = 0; i < 90; i++) { /* 10:30 to 12:00 */
        press(1);
        run(60);
    }
    minute_end(&book, &at);
    int64_t last_ns = 0;
    int gaps = 0;
    for (size_t i = 0; i < fact_count; i++) {
        const minute_fact *fact = &facts[i];
        if (fact->kind == MINUTE_COUNTS) {
            assert_true(fact->unix_ns > last_ns); /* so none twice */
            last_ns = fact->unix_ns;
            kept += fact->counts.of[INPUT_KEY_ALPHA];
        } else if (fact->kind == MINUTE_LOST) {
            lost += fact->counts.of[INPUT_KEY_ALPHA];
        } else if (fact->kind == MINUTE_GAP) {
            assert_string_equal(fact->cause, "clock-step");
            gaps += fact->from_ns != fact->unix_ns;
            if (fact->from_ns != fact->unix_ns) {
                assert_float_equal(second_of(fact->from_ns), 1800, 1);
                assert_in_range((int64_t)second_of(fact->unix_ns), 5280, 5400);
            }
        }
    }
    assert_int_equal(gaps, 1);
    assert_int_equal(kept + lost, 180);
    assert_in_range(lost, 57, 60);
    assert_float_equal(second_of(last_ns), 119 * 60, 0);
}

/* A correction by seconds over a border adds to the minute that is open. */
static void test_clock_three_seconds_back_over_a_border(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(61);
    press(2);
    at.unix_ns -= 3 * S; /* 10:00:58, and 10:00 is written */
    press(4);
    run(62);
    fact_next = 2;
    expect_minute(0, 1, 60000);
    expect_gap(58, 58, "clock-step");
    expect_minute(60, 6, 60000);
    expect_no_more();
}

static void test_clock_to_1970_and_back(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(20);
    int64_t before = at.unix_ns;
    at.unix_ns = 5 * S;
    press(2);
    run(20);
    at.unix_ns = before + 20 * S;
    press(4);
    run(20);
    fact_next = 2;
    expect_minute(0, 1, 20000);
    assert_string_equal(next_fact(MINUTE_GAP)->cause, "clock-step");
    const minute_fact *old = next_fact(MINUTE_COUNTS);
    assert_int_equal(old->unix_ns, 0);
    assert_int_equal(old->counts.of[INPUT_KEY_ALPHA], 2);
    assert_string_equal(next_fact(MINUTE_GAP)->cause, "clock-step");
    run(60); /* 10:00 is written: its rest goes to 10:01 */
    expect_minute(60, 4, 60000);
}

static void test_negative_clock_does_no_harm(void **state) {
    (void)state;
    begin_at(0);
    at.unix_ns = -90 * S;
    press(2);
    run(60);
    int found = 0;
    for (size_t i = 0; i < fact_count; i++) {
        if (facts[i].kind == MINUTE_COUNTS) {
            assert_int_equal(facts[i].unix_ns, -120 * S);
            found++;
        }
    }
    assert_int_equal(found, 1);
}

static void test_slewed_clock_is_no_step(void **state) {
    (void)state;
    begin_at(0);
    for (int i = 0; i < 600; i++) {
        press(1);
        run(1);
        at.unix_ns += S / 2000; /* 500 ppm */
    }
    for (size_t i = 0; i < fact_count; i++) {
        assert_int_not_equal(facts[i].kind, MINUTE_GAP);
    }
}

/* X12: eight hours asleep are neither minutes nor a gap; the last input was before them. */
static void test_eight_hours_asleep(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(70);
    pass(8 * 3600);
    at.slept_ns += 8 * 3600 * S - 5 * S; /* five seconds awake before or after */
    press(9);
    run(60);
    fact_next = 2;
    expect_minute(0, 1, 60000);
    expect_minute(60, 0, 15000);
    expect_change(MINUTE_IDLE, 0, 0);
    expect_change(MINUTE_ACTIVE, 8 * 3600 + 70, 0);
    expect_minute(8 * 3600 + 60, 9, 50000);
    expect_no_more();
}

static void test_short_sleep_is_no_idleness(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(10);
    pass(120);
    at.slept_ns += 120 * S;
    press(1);
    run(60);
    fact_next = 2;
    expect_minute(0, 1, 10000);
    expect_minute(120, 1, 50000);
    expect_no_more();
}

/* COL-37: a turn later than ten seconds means that nobody looked; idleness is not concluded. */
static void test_stall_is_a_gap(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(60);
    press(1); /* 60 */
    pass(900);
    minute_advance(&book, &at);
    press(5);
    run(60);
    fact_next = 2;
    expect_minute(0, 1, 60000);
    expect_minute(60, 1, 0);
    expect_gap(60, 960, "stalled");
    expect_change(MINUTE_IDLE, 960, 1);
    expect_change(MINUTE_ACTIVE, 960, 0);
    expect_minute(960, 5, 60000);
    expect_no_more();
}

static void test_slow_turn_is_no_stall(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    pass(69);
    minute_advance(&book, &at);
    run(51);
    fact_next = 2;
    expect_minute(0, 1, 60000);
    expect_minute(60, 0, 60000);
    expect_no_more();
}

static void test_loss_of_the_source(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    run(20);
    minute_lose(&book, &at, "display-lost", "why");
    run(10000);
    press(99); /* nothing is observed: ignored */
    minute_lose(&book, &at, "device-lost", "later");
    minute_begin(&book, &at);
    press(2);
    run(20); /* 10040 */
    minute_end(&book, &at);
    fact_next = 2;
    expect_minute(0, 1, 20000);
    expect_gap(20, 10020, "display-lost");
    expect_change(MINUTE_IDLE, 10020, 1);
    expect_change(MINUTE_ACTIVE, 10020, 0);
    expect_minute(10020, 2, 20000);
    expect_no_more();
}

static void test_gap_is_told_at_the_end(void **state) {
    (void)state;
    begin_at(0);
    minute_lose(&book, &at, "device-lost", NULL);
    pass(100);
    minute_end(&book, &at);
    fact_next = 1;
    expect_gap(0, 100, "device-lost");
    expect_no_more();
}

static void test_overrun_is_a_gap(void **state) {
    (void)state;
    begin_at(0);
    press(1);
    pass(3);
    minute_overrun(&book, &at, "dropped");
    fact_next = 2;
    expect_gap(0, 3, "stalled");
}

/* Midnight is a border like any other; the day is nobody's business here. */
static void test_midnight(void **state) {
    (void)state;
    begin_at(14 * 3600 - 30);
    press(3);
    run(60);
    press(4);
    run(30);
    fact_next = 2;
    expect_minute(14 * 3600 - 60, 3, 30000);
    expect_minute(14 * 3600, 4, 60000);
    expect_no_more();
}

static void test_restart_within_a_written_minute(void **state) {
    (void)state;
    begin_at(15);
    minute_mark_written(&book, START_NS);
    press(6);
    run(45);
    press(1);
    run(60);
    fact_next = 2;
    expect_minute(60, 7, 60000);
    expect_no_more();
}

/* A day at random: no minute twice, every key either recorded or told as lost. */
static void test_random_day(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        srand(seed);
        begin_at(rand() % 3600);
        uint32_t pressed = 0;
        uint32_t told = 0;
        for (int i = 0; i < 150; i++) {
            int what = rand() % 12;
            if (what == 0) {
                at.unix_ns += ((rand() % 400) - 200) * S;
            } else if (what == 1) {
                minute_lose(&book, &at, "display-lost", NULL);
                run(rand() % 200);
                minute_begin(&book, &at);
            } else if (what == 2) {
                pass(rand() % 1000);
            }
            press(1);
            pressed++;
            run(rand() % 100);
        }
        minute_end(&book, &at);
        for (size_t i = 0; i < fact_count; i++) {
            told += facts[i].counts.of[INPUT_KEY_ALPHA];
            for (size_t k = 0; k < i && facts[i].kind == MINUTE_COUNTS; k++) {
                assert_true(facts[k].kind != MINUTE_COUNTS || facts[k].unix_ns != facts[i].unix_ns);
            }
        }
        assert_int_equal(told, pressed);
    }
}

static minute_fact counts_fact(int64_t number) {
    minute_fact fact = {.kind = MINUTE_COUNTS};
    fact.unix_ns = START_NS + number * MINUTE_NS;
    return fact;
}

static void test_outbox_keeps_order_and_tells_drops(void **state) {
    (void)state;
    static outbox box;
    for (int64_t i = 0; i < OUTBOX_FACTS_MAX + 3; i++) {
        minute_fact fact = counts_fact(i);
        assert_int_equal(outbox_push(&box, &fact), i < OUTBOX_FACTS_MAX ? 0 : -1);
    }
    for (int64_t i = 0; i < OUTBOX_FACTS_MAX; i++) {
        assert_int_equal(outbox_front(&box)->unix_ns, counts_fact(i).unix_ns);
        outbox_pop(&box);
    }
    const minute_fact *gap = outbox_front(&box);
    assert_int_equal(gap->kind, MINUTE_GAP);
    assert_string_equal(gap->cause, "queue-full");
    assert_int_equal(gap->from_ns, counts_fact(OUTBOX_FACTS_MAX).unix_ns);
    assert_int_equal(gap->unix_ns, counts_fact(OUTBOX_FACTS_MAX + 3).unix_ns);
    outbox_pop(&box);
    assert_null(outbox_front(&box));
    outbox_pop(&box);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_is_idle_and_quiet),
        cmocka_unit_test(test_counts_stay_within_their_minute),
        cmocka_unit_test(test_first_and_last_minute_are_partly_observed),
        cmocka_unit_test(test_idle_at_exactly_five_minutes),
        cmocka_unit_test(test_idle_on_a_border_opens_no_minute),
        cmocka_unit_test(test_back_within_the_minute_idleness_began_in),
        cmocka_unit_test(test_idle_after_changes_at_once),
        cmocka_unit_test(test_clock_one_hour_forward),
        cmocka_unit_test(test_clock_one_hour_back),
        cmocka_unit_test(test_clock_three_seconds_back_over_a_border),
        cmocka_unit_test(test_clock_to_1970_and_back),
        cmocka_unit_test(test_negative_clock_does_no_harm),
        cmocka_unit_test(test_slewed_clock_is_no_step),
        cmocka_unit_test(test_eight_hours_asleep),
        cmocka_unit_test(test_short_sleep_is_no_idleness),
        cmocka_unit_test(test_stall_is_a_gap),
        cmocka_unit_test(test_slow_turn_is_no_stall),
        cmocka_unit_test(test_loss_of_the_source),
        cmocka_unit_test(test_gap_is_told_at_the_end),
        cmocka_unit_test(test_overrun_is_a_gap),
        cmocka_unit_test(test_midnight),
        cmocka_unit_test(test_restart_within_a_written_minute),
        cmocka_unit_test(test_random_day),
        cmocka_unit_test(test_outbox_keeps_order_and_tells_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
