/* workday_rounds_test.c - what connector workday keeps in memory between rounds changes no result:
 * after each batch of random evidence a roster that has seen all rounds and one that has seen none
 * list the same rows, and the first reads three days of input instead of 42. And what is told on
 * the day itself is told once. */
#include "plugins/connectors/workday/live.h"
#include "plugins/connectors/workday/rounds/room.h"
#include "plugins/connectors/workday/rounds/uses.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/day.h>
#include <kinmu/events/input.h>
#include <kinmu/events/people.h>
#include <kinmu/events/session.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND_NS INT64_C(1000000000)
#define NOW_S INT64_C(1790000000) /* 2026-09-21 */
#define DAY_S INT64_C(86400)
#define EVENTS_MAX 60000
#define VALUES_MAX 24
#define DEVICES 3

typedef struct stored_event {
    kinmu_event event;
    kinmu_value values[VALUES_MAX];
} stored_event;

static stored_event *events[EVENTS_MAX]; /* the store, by time */
static uint32_t event_count;
static uint32_t input_rows;       /* given to a round */
static uint32_t master_tables[2]; /* read by the rounds of each roster */
static uint32_t which_roster;
static uint8_t origins[DEVICES][16];
static const char *const accounts[] = {"sato", "suzuki"};
static uint32_t dice;

static uint32_t throw_dice(uint32_t sides) {
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % sides;
}

static stored_event *put(uint32_t use, int64_t unix_ns, uint32_t device, const char *subject) {
    stored_event *one = calloc(1, sizeof *one);
    uint32_t place = event_count++;
    assert_true(one != NULL && event_count < EVENTS_MAX);
    for (; place > 0 && events[place - 1]->event.unix_ns > unix_ns; place--) {
        events[place] = events[place - 1];
    }
    one->event = (kinmu_event){.schema = use,
                               .value_count = VALUES_MAX,
                               .unix_ns = unix_ns,
                               .block = event_count,
                               .origin = origins[device],
                               .subject = subject,
                               .values = one->values};
    events[place] = one;
    return one;
}

static void empty_store(void) {
    while (event_count > 0) {
        free(events[--event_count]);
    }
}

static int32_t is_kept(const kinmu_event *e, const kinmu_filter *filter) {
    if (strcmp(filter->field, "subject") == 0) {
        return strcmp(e->subject, filter->value.as.text) == 0;
    }
    if (strcmp(filter->field, "unix_ns") == 0) {
        return filter->compare == KINMU_COMPARE_GREATER ? e->unix_ns > filter->value.as.i64
                                                        : e->unix_ns >= filter->value.as.i64;
    }
    if (strcmp(filter->field, "block") == 0) {
        return filter->compare == KINMU_COMPARE_GREATER ? (int64_t)e->block > filter->value.as.i64
                                                        : (int64_t)e->block >= filter->value.as.i64;
    }
    if (strcmp(filter->field, "person") == 0 && (e->schema == USE_DAY || e->schema == USE_ALERT)) {
        uint32_t field = e->schema == USE_DAY ? KINMU_WORK_DAY_PERSON : KINMU_ALERT_PERSON;
        return saved_is(&e->values[field], filter->value.as.text);
    }
    return 0; /* no rows of persons' punches and papers */
}

static int32_t query(const kinmu_host *host, const kinmu_query *q, kinmu_row_fn give, void *user) {
    uint32_t given = 0;
    (void)host;
    master_tables[which_roster] += q->schema >= USE_PERSON && q->schema <= USE_DEVICE;
    for (uint32_t i = 0; i < event_count && given < q->limit; i++) {
        int32_t is_wanted = events[i]->event.schema == q->schema;
        for (uint32_t f = 0; is_wanted && f < q->filter_count; f++) {
            is_wanted = is_kept(&events[i]->event, &q->filters[f]);
        }
        if (is_wanted) {
            given++;
            input_rows += q->schema == USE_INPUT;
            int32_t status = give(user, &events[i]->event);
            if (status != KINMU_OK) {
                return status;
            }
        }
    }
    return KINMU_OK;
}

static const kinmu_records records = {sizeof records, 0, query};

static void log_nothing(const kinmu_host *host, int32_t level, const char *text) {
    (void)host;
    (void)level;
    fail_msg("%s", text);
}

static const kinmu_host host = {.struct_size = sizeof host, .log = log_nothing};

/* ---- evidence ---- */

typedef struct world {
    workday seen, fresh; /* for their marks alone */
    roster *rosters[2];
    zones *zones;
    int64_t now_s;
} world;

static void tell(world *w, const stored_event *one) {
    assert_true(marking_event(&w->seen, &one->event));
    assert_true(marking_event(&w->fresh, &one->event));
}

static void put_input(world *w, int64_t unix_s, uint32_t device, const char *account) {
    stored_event *one = put(USE_INPUT, unix_s * SECOND_NS, device, account);
    for (uint32_t i = 0; i < KINMU_INPUT_MINUTE_FIELDS; i++) {
        one->values[i] = kinmu_i64(throw_dice(3));
    }
    tell(w, one);
}

static void put_change(world *w, int64_t unix_s, uint32_t device, const char *account,
                       const char *kind) {
    stored_event *one = put(USE_CHANGE, unix_s * SECOND_NS, device, account);
    one->values[KINMU_SESSION_CHANGE_KIND] = kinmu_text(kind);
    one->values[KINMU_SESSION_CHANGE_QUALITY] = kinmu_text("exact");
    tell(w, one);
}

/* Some hours of somebody at some PC; now and then nothing says that it was started or left. */
static void work(world *w, int64_t from_s) {
    uint32_t device = throw_dice(DEVICES);
    const char *account = accounts[throw_dice(2)];
    int64_t to_s = from_s + (1 + throw_dice(6)) * 3600;
    if (throw_dice(2) == 0) {
        put_change(w, from_s - 120, device, "", "boot");
        put_change(w, from_s - 60, device, account, "logon");
    }
    for (int64_t at_s = from_s; at_s < to_s; at_s += 60 + throw_dice(600)) {
        put_input(w, at_s, device, account);
    }
    if (throw_dice(2) == 0) {
        put_change(w, to_s, device, account, throw_dice(2) == 0 ? "lock" : "logoff");
    }
    if (throw_dice(3) == 0) {
        put_change(w, to_s + 60, device, "", throw_dice(2) == 0 ? "sleep" : "shutdown");
    }
}

static stored_event *put_master(uint32_t use, const char *const *texts_of) {
    stored_event *one = put(use, 0, 0, "");
    for (uint32_t i = 0; texts_of[i] != NULL; i++) {
        one->values[i] = kinmu_text(texts_of[i]);
    }
    return one;
}

static void register_people(void) {
    static const char *const devices[DEVICES] = {"00000000000000000000000000000000",
                                                 "01010101010101010101010101010101",
                                                 "02020202020202020202020202020202"};
    for (uint32_t i = 0; i < 2; i++) {
        const char *const person[] = {accounts[i], accounts[i], NULL};
        (void)put_master(USE_PERSON, person);
    }
    for (uint32_t i = 0; i < DEVICES; i++) {
        const char *const computer[] = {devices[i], "2026-01-01", accounts[i % 2], NULL};
        (void)put_master(USE_COMPUTER, computer);
    }
    const char *const by[] = {"company", "", "binding.by", "2026-01-01", "computer", NULL};
    const char *const profile[] = {"company", "", "pc.profile", "2026-01-01", "miteras", NULL};
    (void)put_master(USE_SETTING, by);
    (void)put_master(USE_SETTING, profile);
}

/* ---- rounds ---- */

static list rows_of(world *w, uint32_t which, uint32_t *read) {
    workday *of = which == 0 ? &w->seen : &w->fresh;
    list all = LIST_OF(saved);
    round r = {.host = &host,
               .records = &records,
               .roster = w->rosters[which],
               .zones = w->zones,
               .marks = of->marks,
               .now_ns = w->now_s * SECOND_NS,
               .mono_ns = (uint64_t)(w->now_s - NOW_S + 40 * DAY_S) * (uint64_t)SECOND_NS,
               .rule_version = "1"};
    memset(&of->marks, 0, sizeof of->marks);
    input_rows = 0;
    which_roster = which;
    round_run(&r);
    assert_int_equal(r.status, KINMU_OK);
    assert_int_equal(r.is_full, 0);
    *read = input_rows;
    for (uint32_t i = 0; i < r.rows.count; i++) {
        const saved *one = (const saved *)r.rows.rows + i;
        saved *copy = saved_add(&all, one->use, one->values, one->count, one->subject);
        assert_non_null(copy);
        copy->way = one->way;
    }
    round_free(&r);
    return all;
}

/* What the other knows of people and devices, and nothing of their evidence. */
static void fresh_roster(world *w) {
    const roster *seen = w->rosters[0];
    roster *fresh = w->rosters[1];
    roster_free(fresh);
    assert_true(roster_init(fresh));
    fresh->has_people = seen->has_people;
    for (uint32_t id = 1; id < seen->states.count; id++) {
        person_state *state = roster_person(fresh, texts_at(seen->people, id));
        *state = ((const person_state *)seen->states.rows)[id];
    }
    for (uint32_t id = 1; id < seen->heard.count; id++) {
        const int64_t *heard = seen->heard.rows;
        assert_true(roster_hear(fresh, texts_at(seen->devices, id), heard[id]));
    }
    const roster_pair *pairs = seen->pairs.rows;
    for (uint32_t i = 0; i < seen->pairs.count; i++) {
        assert_true(roster_pairs(fresh, texts_at(seen->devices, pairs[i].device),
                                 texts_at(seen->people, pairs[i].person)));
    }
}

static void are_same(const list *seen, const list *fresh) {
    const saved *a = seen->rows;
    const saved *b = fresh->rows;
    assert_int_equal(seen->count, fresh->count);
    for (uint32_t i = 0; a != NULL && b != NULL && i < seen->count; i++) {
        assert_int_equal(a[i].use, b[i].use);
        assert_int_equal(a[i].count, b[i].count);
        for (uint32_t f = 0; f < a[i].count; f++) {
            if (!saved_same(&a[i].values[f], &b[i].values[f])) {
                fail_msg("row %u of schema %u differs in field %u", i, a[i].use, f);
            }
        }
    }
}

/* Runs until nobody is due; the pause between two computations of one person is over each time. */
static void compare_rounds(world *w, uint32_t *read_seen, uint32_t *read_fresh) {
    uint32_t read[2] = {0, 0};
    w->now_s += 120;
    list seen = rows_of(w, 0, &read[0]);
    list fresh = rows_of(w, 1, &read[1]);
    are_same(&seen, &fresh);
    *read_seen += read[0];
    *read_fresh += read[1];
    saved_free(&seen);
    saved_free(&fresh);
}

/* From that day on starts and ends are those of input: other rows for everybody. */
static void change_profile(world *w) {
    const char *const profile[] = {"company", "", "pc.profile", "2026-01-02", "nec", NULL};
    tell(w, put_master(USE_SETTING, profile));
}

static void run_world(int32_t is_by_computer, uint32_t seed) {
    roster rosters[2];
    world w = {.rosters = {&rosters[0], &rosters[1]}, .now_s = NOW_S - 40 * DAY_S};
    uint32_t read_seen = 0;
    uint32_t read_fresh = 0;
    dice = seed;
    master_tables[0] = master_tables[1] = 0;
    w.zones = zones_create(NULL);
    assert_non_null(w.zones);
    assert_true(roster_init(w.rosters[0]) && roster_init(w.rosters[1]));
    if (is_by_computer) {
        register_people();
    }
    for (uint32_t step = 0; step < 60; step++) {
        fresh_roster(&w);
        uint32_t back = throw_dice(6) == 0 ? 1 + throw_dice(30) : 0; /* or late */
        work(&w, w.now_s - back * DAY_S - 8 * 3600);
        if (step == 30) {
            change_profile(&w);
        }
        compare_rounds(&w, &read_seen, &read_fresh);
        w.now_s += throw_dice(12) * 3600;
    }
    assert_true(read_seen * 3 < read_fresh * 2); /* days stay open for PCs that went silent */
    assert_int_equal(master_tables[0], MASTERS_TABLES + 1); /* once each, and what changed */
    assert_int_equal(master_tables[1], 60 * MASTERS_TABLES);
    for (uint32_t i = 0; i < 2; i++) {
        roster_free(w.rosters[i]);
    }
    empty_store();
    marks_free(&w.seen.marks);
    marks_free(&w.fresh.marks);
    zones_destroy(w.zones);
}

static void accounts_are_people(void **state) {
    (void)state;
    run_world(0, 7);
    run_world(0, 8);
}

static void computers_are_people(void **state) {
    (void)state;
    run_world(1, 9);
}

/* ---- what is told on the day itself ---- */

static void put_punch(world *w, int64_t unix_s, const char *kind) {
    stored_event *one = put(USE_PUNCH, unix_s * SECOND_NS, 0, "sato");
    one->values[KINMU_ATTENDANCE_PUNCH_KIND] = kinmu_text(kind);
    tell(w, one);
}

/* The state of the warning among the rows to be written, as a decision; "" = it is not written. */
static const char *forecast_state(const list *rows) {
    const saved *all = rows->rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        if (all[i].use == USE_ALERT &&
            saved_is(&all[i].values[KINMU_ALERT_RULE], "interval.forecast")) {
            assert_int_equal(all[i].way, SAVED_DECIDE);
            return saved_is(&all[i].values[KINMU_ALERT_STATE], "open")       ? "open"
                   : saved_is(&all[i].values[KINMU_ALERT_STATE], "resolved") ? "resolved"
                                                                             : "?";
        }
    }
    return "";
}

/* The next round; what it lists is in the store from then on. The rows have to outlive it. */
static list write_round(world *w) {
    uint32_t read = 0;
    w->now_s += 120;
    list rows = rows_of(w, 0, &read);
    const saved *all = rows.rows;
    for (uint32_t i = 0; i < rows.count; i++) {
        stored_event *one = put(all[i].use, w->now_s * SECOND_NS, 0, "sato");
        one->event.value_count = all[i].count;
        one->event.values = all[i].values;
        one->event.block = all[i].way == SAVED_DECIDE ? one->event.block : 0;
    }
    return rows;
}

/* NOW is Monday, 22:33 in Tokyo. Work until 22:31 leaves 10:29 before the usual 9:00; nobody is
 * told twice, and on the next day it is over. */
static void an_evening_is_told_once(void **state) {
    roster rosters[2];
    world w = {.rosters = {&rosters[0], &rosters[1]}, .now_s = NOW_S};
    const int64_t evening_s = NOW_S - 140; /* 22:31 */
    (void)state;
    w.zones = zones_create(NULL);
    assert_true(roster_init(&rosters[0]) && roster_init(&rosters[1]));
    put_punch(&w, evening_s - 3 * DAY_S - 48660, "start"); /* Friday, 9:00 to 18:00 */
    put_punch(&w, evening_s - 3 * DAY_S - 16260, "end");
    put_punch(&w, evening_s - 48660, "start");
    put_punch(&w, evening_s, "end");
    list rounds[3] = {write_round(&w)};
    assert_string_equal(forecast_state(&rounds[0]), "open");
    put_input(&w, w.now_s, 0, "sato");
    rounds[1] = write_round(&w);
    assert_string_equal(forecast_state(&rounds[1]), "");
    w.now_s += 12 * 3600;
    put_punch(&w, w.now_s, "start");
    rounds[2] = write_round(&w);
    assert_string_equal(forecast_state(&rounds[2]), "resolved");
    for (uint32_t i = 0; i < 3; i++) {
        saved_free(&rounds[i]);
    }
    empty_store();
    roster_free(&rosters[0]);
    roster_free(&rosters[1]);
    marks_free(&w.seen.marks);
    marks_free(&w.fresh.marks);
    zones_destroy(w.zones);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_people),
        cmocka_unit_test(computers_are_people),
        cmocka_unit_test(an_evening_is_told_once),
    };
    for (uint32_t i = 0; i < DEVICES; i++) {
        memset(origins[i], (int)i, sizeof origins[i]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
