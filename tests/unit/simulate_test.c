/* tests/unit/simulate_test.c - simulated people work as people do, and as they did with the same
 * seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "simulate/faults.h"
#include "simulate/histogram.h"
#include "simulate/run.h"

#include <stdlib.h>
#include <string.h>

#define AGENTS 60u
#define DAYS 28
#define NS_PER_S 1000000000LL

static int64_t first_day(void) {
    int64_t day = 0;
    assert_int_equal(text_parse_date("2026-11-02", &day), KINMU_OK); /* a Monday */
    return day;
}

static run_settings settings_of(uint64_t seed) {
    return (run_settings){.seed = seed,
                          .agents = 8,
                          .days = 5,
                          .first_day = first_day(),
                          .begin_s = DAY_BEGIN_S,
                          .interval_ns = 60 * NS_PER_S,
                          .flush_ns = NS_PER_S,
                          .connections = 1};
}

static void digest_of(const run_settings *settings, run_report *report) {
    kinmu_err err = {"", ""};
    assert_int_equal(run_digest(settings, report, &err), KINMU_OK);
}

static void the_same_seed_gives_the_same_bytes(void **state) {
    static run_report a;
    static run_report b;
    run_settings settings = settings_of(7);
    (void)state;
    digest_of(&settings, &a);
    digest_of(&settings, &b);
    assert_memory_equal(a.digest, b.digest, sizeof a.digest);
    assert_memory_equal(&a.made, &b.made, sizeof a.made);
    assert_true(agent_tally_events(&a.made) > 8 * 3 * 500);
    settings.seed = 8;
    digest_of(&settings, &b);
    assert_memory_not_equal(a.digest, b.digest, sizeof a.digest);
}

/* However it is read, an event comes once: in one go or minute by minute. */
static void reading_in_pieces_changes_nothing(void **state) {
    world w;
    kinmu_err err = {"", ""};
    minute_cache cache = {0};
    minute_cursor whole;
    minute_cursor pieces;
    uint32_t counts[2] = {0, 0};
    (void)state;
    assert_int_equal(world_make(&w, 3, 4, 0, &err), KINMU_OK);
    minute_begin(&whole, 2, first_day());
    minute_begin(&pieces, 2, first_day());
    int64_t end_ns = day_moment(first_day() + 2, DAY_BEGIN_S);
    while (minute_next(&w, &whole, end_ns, &cache) != NULL) {
        counts[0]++;
    }
    for (int64_t at = day_moment(first_day(), DAY_BEGIN_S); at < end_ns + 37 * NS_PER_S;
         at += 37 * NS_PER_S) {
        int64_t until_ns = at < end_ns ? at : end_ns;
        while (minute_next(&w, &pieces, until_ns, &cache) != NULL) {
            counts[1]++;
        }
    }
    assert_true(counts[0] > 500);
    assert_int_equal(counts[0], counts[1]);
    world_free(&w);
}

/* ---- what one PC says, watched as a reader would ---- */

typedef struct watcher {
    const char *user; /* NULL = nobody is logged on */
    int32_t is_on, is_locked;
    int64_t at_ns, minute_ns;
    uint64_t mono_ns;
    const char *front;
    uint32_t boots, nights, logons, inputs, switches, left_on;
} watcher;

static int32_t says(const minute_event *e, uint32_t field, const char *text) {
    const kinmu_value *said = &e->values[field];
    return said->size == strlen(text) && memcmp(said->as.text, text, said->size) == 0;
}

static int32_t is_kind(const minute_event *e, const char *kind) {
    return says(e, KINMU_SESSION_CHANGE_KIND, kind);
}

static void watch_session(watcher *w, const minute_event *e) {
    if (is_kind(e, "boot")) {
        assert_false(w->is_on);
        w->is_on = 1;
        w->mono_ns = 0;
        w->boots++;
    } else if (is_kind(e, "shutdown")) {
        assert_true(w->is_on && w->user == NULL);
        w->is_on = 0;
    } else if (is_kind(e, "logon")) {
        assert_true(w->is_on && w->user == NULL);
        w->user = e->subject;
        w->is_locked = 0;
        w->logons++;
    } else if (is_kind(e, "lock")) {
        assert_true(w->user == e->subject && !w->is_locked);
        w->is_locked = 1;
    } else if (is_kind(e, "unlock")) {
        assert_true(w->user == e->subject && w->is_locked);
        w->left_on += e->at_ns - w->at_ns > 8 * 3600 * NS_PER_S;
        w->is_locked = 0;
    } else {
        assert_true(is_kind(e, "logoff"));
        assert_true(w->user == e->subject && !w->is_locked);
        w->user = NULL;
    }
}

static int64_t value(const minute_event *e, uint32_t field) {
    return e->values[field].as.i64;
}

static void watch_input(watcher *w, const minute_event *e) {
    int64_t pressed = value(e, KINMU_INPUT_MINUTE_KEYS);
    assert_true(e->unix_ns % (60 * NS_PER_S) == 0 && e->unix_ns > w->minute_ns);
    assert_true(pressed >= 0 && pressed < 400);
    assert_int_equal(pressed, value(e, KINMU_INPUT_MINUTE_KEY_ALPHA) +
                                  value(e, KINMU_INPUT_MINUTE_KEY_DIGIT) +
                                  value(e, KINMU_INPUT_MINUTE_KEY_NUMPAD) +
                                  value(e, KINMU_INPUT_MINUTE_KEY_SYMBOL) +
                                  value(e, KINMU_INPUT_MINUTE_KEY_OTHER));
    for (uint32_t i = 0; i < KINMU_INPUT_MINUTE_FIELDS; i++) {
        assert_true(value(e, i) >= 0);
    }
    assert_int_equal(value(e, KINMU_INPUT_MINUTE_CLICKS),
                     value(e, KINMU_INPUT_MINUTE_MOUSE_LEFT) +
                         value(e, KINMU_INPUT_MINUTE_MOUSE_RIGHT));
    assert_in_range(value(e, KINMU_INPUT_MINUTE_OBSERVED_MS), 1, 60000);
    w->minute_ns = e->unix_ns;
    w->inputs++;
}

static void watch_focus(watcher *w, const minute_event *e) {
    if (says(e, KINMU_WINDOW_FOCUS_CAUSE, "focus")) {
        assert_true(w->user == e->subject && !w->is_locked);
        w->switches++;
    }
}

static void watch(watcher *w, const minute_event *e, const agent_kit *kit) {
    kinmu_err err = {"", ""};
    assert_int_equal(schema_check_values(kit->infos[e->kind], e->values, e->value_count, &err),
                     KINMU_OK);
    assert_true(e->at_ns >= w->at_ns);
    if (e->kind == MINUTE_SESSION) {
        watch_session(w, e);
    } else if (e->kind == MINUTE_INPUT) {
        watch_input(w, e);
    } else {
        watch_focus(w, e);
    }
    assert_true(e->mono_ns >= w->mono_ns);
    int64_t hour = (e->at_ns / NS_PER_S + DAY_OFFSET_S) / 3600 % 24;
    w->nights += hour < 5;
    w->mono_ns = e->mono_ns;
    w->at_ns = e->at_ns;
}

static void add(watcher *sum, const watcher *one) {
    sum->boots += one->boots;
    sum->nights += one->nights;
    sum->logons += one->logons;
    sum->inputs += one->inputs;
    sum->switches += one->switches;
    sum->left_on += one->left_on;
}

static void people_work_as_people_do(void **state) {
    agent_kit kit = {0};
    kinmu_err err = {"", ""};
    watcher sum = {0};
    (void)state;
    assert_int_equal(agent_kit_init(&kit, &err), KINMU_OK);
    assert_int_equal(world_make(&kit.w, 11, AGENTS, 0, &err), KINMU_OK);
    int64_t end_ns = day_moment(first_day() + DAYS, DAY_BEGIN_S);
    for (uint32_t pc = 0; pc < AGENTS; pc++) {
        watcher w = {.is_on = 1}; /* perhaps since before: the first event tells */
        minute_cursor cursor;
        const minute_event *e;
        minute_begin(&cursor, pc, first_day());
        for (uint32_t n = 0; (e = minute_next(&kit.w, &cursor, end_ns, &kit.cache)) != NULL; n++) {
            if (n == 0) {
                w.is_on = !(e->kind == MINUTE_SESSION && is_kind(e, "boot"));
                w.user = w.is_on ? e->subject : NULL;
                w.is_locked = w.is_on;
            }
            watch(&w, e, &kit);
        }
        add(&sum, &w);
    }
    uint32_t pc_days = AGENTS * 20; /* 20 working days in four weeks */
    assert_in_range(sum.boots, pc_days * 6 / 10, pc_days * 11 / 10);
    assert_true(sum.logons > sum.boots); /* some PCs are shared */
    assert_true(sum.left_on > 0 && sum.left_on < pc_days / 8);
    assert_true(sum.nights > 0 && sum.nights < sum.inputs / 8);
    assert_in_range(sum.inputs / pc_days, 250, 600);
    assert_in_range(sum.switches / pc_days, 300, 1500);
    agent_kit_finish(&kit);
}

static void everybody_has_a_pc_and_an_account_of_his_own(void **state) {
    world w;
    kinmu_err err = {"", ""};
    static const uint32_t sizes[][2] = {{1, 1},     {1, 3},      {2, 2},      {20, 0},
                                        {20, 60},   {20, 14},    {1000, 900}, {100, 300},
                                        {999, 999}, {3000, 2000}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(world_make(&w, i, sizes[i][0], sizes[i][1], &err), KINMU_OK);
        for (uint32_t pc = 0; pc < w.agent_count; pc++) {
            assert_in_range(w.pcs[pc].user_count, 1, WORLD_USERS_MAX);
        }
        for (uint32_t a = 0; a < w.people_count; a += 7) {
            assert_true(text_is_utf8(w.people[a].account, strlen(w.people[a].account)));
            for (uint32_t b = 0; b < w.people_count; b++) {
                assert_true(a == b || strcmp(w.people[a].account, w.people[b].account) != 0);
            }
        }
        world_free(&w);
    }
    assert_int_equal(world_make(&w, 1, 10, 31, &err), KINMU_E_REJECT);
    assert_int_equal(world_make(&w, 1, 0, 0, &err), KINMU_E_REJECT);
}

static void all_logons_of_a_rush_fall_into_it(void **state) {
    world w;
    kinmu_err err = {"", ""};
    uint32_t present = 0;
    (void)state;
    assert_int_equal(world_make(&w, 5, 200, 0, &err), KINMU_OK);
    w.rush_s = 300;
    for (uint32_t pc = 0; pc < 200; pc++) {
        day_plan plan;
        day_make(&w, pc, first_day(), &plan);
        if (plan.count > 0 && w.people[plan.sittings[0].person].shift == WORLD_BY_DAY &&
            !w.pcs[pc].is_second) {
            assert_in_range(plan.sittings[0].at.from_s, 9 * 3600, 9 * 3600 + 299);
            present++;
        }
    }
    assert_true(present > 120);
    world_free(&w);
}

static void a_pc_that_is_off_says_when_it_is_on_again(void **state) {
    world w;
    kinmu_err err = {"", ""};
    (void)state;
    assert_int_equal(world_make(&w, 9, 30, 0, &err), KINMU_OK);
    for (uint32_t pc = 0; pc < 30; pc++) {
        int64_t from_ns = day_moment(first_day(), DAY_BEGIN_S);
        for (uint32_t i = 0; i < 300; i++, from_ns += 1800 * NS_PER_S) {
            int64_t on_ns = day_next_on(&w, pc, from_ns);
            assert_true(on_ns >= from_ns);
            assert_true(on_ns == INT64_MAX || day_next_on(&w, pc, on_ns) == on_ns);
        }
    }
    world_free(&w);
}

static void faults_are_read_as_written(void **state) {
    faults f;
    kinmu_err err = {"", ""};
    (void)state;
    assert_int_equal(
        faults_parse("drop=1%,duplicate=0.5%,reorder=2%,disconnect=100%,delay=40d,clock=1h", &f,
                     &err),
        KINMU_OK);
    assert_int_equal(f.drop, 10000);
    assert_int_equal(f.duplicate, 5000);
    assert_int_equal(f.disconnect, 1000000);
    assert_int_equal(f.delay_ns / NS_PER_S, 40 * 86400);
    assert_int_equal(f.clock_ns / NS_PER_S, 3600);
    static const char *const bad[] = {"drop",     "drop=",    "drop=1",    "drop=101%",
                                      "lose=1%",  "drop=-1%", "delay=41d", "clock=1",
                                      ",drop=1%", "clock=0s", "drop=nan%", "delay=99999999999d"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(faults_parse(bad[i], &f, &err), KINMU_E_REJECT);
    }
}

static void faults_come_as_often_as_asked(void **state) {
    faults f = {.drop = 100000, .duplicate = 100000};
    chance c = chance_of(1, 2, 3, 4);
    uint32_t counts[FAULT_DISCONNECT + 1] = {0};
    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        counts[faults_next(&f, &c)]++;
    }
    assert_in_range(counts[FAULT_DROP], 850, 1150);
    assert_in_range(counts[FAULT_DUPLICATE], 850, 1150);
    assert_int_equal(counts[FAULT_REORDER] + counts[FAULT_DISCONNECT], 0);
}

static void percentiles_are_close(void **state) {
    static histogram h;
    (void)state;
    assert_int_equal(histogram_at(&h, 0.99), 0);
    for (uint64_t i = 1; i <= 100000; i++) {
        histogram_add(&h, i * 1000);
    }
    assert_in_range(histogram_at(&h, 0.5), 49000000, 51000000);
    assert_in_range(histogram_at(&h, 0.99), 97000000, 100000000);
    assert_int_equal(histogram_at(&h, 1), 100000000);
    histogram_add(&h, UINT64_MAX);
    assert_true(h.max_ns == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(reading_in_pieces_changes_nothing),
        cmocka_unit_test(people_work_as_people_do),
        cmocka_unit_test(everybody_has_a_pc_and_an_account_of_his_own),
        cmocka_unit_test(all_logons_of_a_rush_fall_into_it),
        cmocka_unit_test(a_pc_that_is_off_says_when_it_is_on_again),
        cmocka_unit_test(faults_are_read_as_written),
        cmocka_unit_test(faults_come_as_often_as_asked),
        cmocka_unit_test(percentiles_are_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
