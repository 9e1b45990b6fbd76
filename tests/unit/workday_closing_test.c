/* workday_closing_test.c - `month close` of connector workday in the SDK's kit: it begins once all
 * that was stored before was handed over, and not on hearsay; who asks hears in time what is so. */
#include <kinmu/events/attendance.h>
#include <kinmu/events/day.h>
#include <kinmu/events/people.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PLUGIN KINMU_BUILD_DIR "/plugins/connectors/workday.so"
#define NOW_NS (INT64_C(1795305600) * 1000000000) /* 2026-11-22 09:00 in Tokyo */
#define ANSWER_MS 25000u

static testkit *kit;
static const void *(*kit_iface)(const kinmu_host *of, const char *name);
static uint32_t delivered; /* of what was written */

/* A bus that knows of the newest decision a moment later. */
static kinmu_bus bus;
static uint64_t behind;
static uint64_t older_head(const kinmu_host *of) {
    const kinmu_bus *whole = kit_iface(of, KINMU_BUS_1);
    return whole->head(of) - behind;
}

static const void *iface(const kinmu_host *of, const char *name) {
    return strcmp(name, KINMU_BUS_1) == 0 ? &bus : kit_iface(of, name);
}

static int set_up(void **state) {
    const char *const options[] = {NULL};
    (void)state;
    kit = testkit_new("workday");
    assert_int_equal(testkit_load(kit, PLUGIN, "workday"), KINMU_OK);
    kit_iface = kit->host.iface;
    kit->host.iface = iface;
    bus = *(const kinmu_bus *)kit_iface(&kit->host, KINMU_BUS_1);
    bus.head = older_head;
    behind = 0;
    kit->clock.unix_ns = NOW_NS;
    kit->clock.mono_ns = NOW_NS;
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    testkit_advance(kit, 1000);
    delivered = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    testkit_free(kit);
    return 0;
}

static const char *closing_state(void) {
    static char text[16];
    text[0] = '\0';
    for (uint32_t i = 0; testkit_event(kit, i) != NULL; i++) {
        const kinmu_event *e = testkit_event(kit, i);
        if (e->value_count == KINMU_WORK_CLOSING_FIELDS) {
            const kinmu_value *is = &e->values[KINMU_WORK_CLOSING_STATE];
            (void)snprintf(text, sizeof text, "%.*s", (int)is->size, is->as.text);
        }
    }
    return text;
}

/* What was written comes back to the plugin that accepts it, after what came before. */
static void deliver(void) {
    for (const kinmu_event *e = testkit_event(kit, delivered); e != NULL;
         e = testkit_event(kit, delivered)) {
        delivered++;
        assert_int_equal(testkit_deliver(kit, e, 1), KINMU_OK);
    }
}

static int32_t close_month(const char *month) {
    const kinmu_value values[] = {kinmu_text(month), kinmu_bool(1)};
    return testkit_call(kit, "close", values, 2);
}

static void evidence_of_a_person(void) {
    kinmu_value person[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
    kinmu_value day[KINMU_ATTENDANCE_DAY_FIELDS] = {{0}};
    person[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text("U1");
    person[KINMU_PEOPLE_PERSON_EMPLOYEE_NO] = kinmu_text("101");
    person[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("active");
    const kinmu_value assigned[] = {kinmu_text("U1"), kinmu_text("1970-01-01"), kinmu_text("G"),
                                    kinmu_null(), kinmu_text("ordinary")};
    day[KINMU_ATTENDANCE_DAY_EMPLOYEE_NO] = kinmu_text("101");
    day[KINMU_ATTENDANCE_DAY_DATE] = kinmu_text("2026-10-20");
    day[KINMU_ATTENDANCE_DAY_START_CLOCK] = kinmu_i64(540);
    day[KINMU_ATTENDANCE_DAY_END_CLOCK] = kinmu_i64(1080);
    testkit_add_row(
        kit, testkit_make(kit, "kinmu.people.person/1", 1, "", person, KINMU_PEOPLE_PERSON_FIELDS));
    testkit_add_row(kit, testkit_make(kit, "kinmu.people.assignment/1", 1, "", assigned, 5));
    const kinmu_event *known =
        testkit_make(kit, "kinmu.attendance.day/1", 1, "", day, KINMU_ATTENDANCE_DAY_FIELDS);
    testkit_add_row(kit, known);
    assert_int_equal(testkit_deliver(kit, kit->rows[0], 1), KINMU_OK);
    assert_int_equal(testkit_deliver(kit, known, 1), KINMU_OK);
}

static void a_month_is_closed_once_what_was_before_is_here(void **state) {
    (void)state;
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    testkit_advance(kit, ANSWER_MS / 2);
    assert_int_equal(kit->reply.done, 0);
    assert_string_equal(closing_state(), "begun");
    deliver();
    testkit_advance(kit, 100);
    assert_int_equal(kit->reply.done, 1);
    assert_int_equal(kit->reply.status, KINMU_OK);
    assert_string_equal(closing_state(), "closed");
}

/* Who closed it did: nobody else who asks for it again. */
static void a_closed_month_stays_its_closers(void **state) {
    const kinmu_value closed[] = {kinmu_text("2026-10"), kinmu_text("closed"),
                                  kinmu_text("os:sato")};
    (void)state;
    testkit_add_row(
        kit, testkit_make(kit, "kinmu.work.closing/1", 1, "", closed, KINMU_WORK_CLOSING_FIELDS));
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    deliver();
    testkit_advance(kit, 100);
    assert_int_equal(kit->reply.status, KINMU_OK);
    assert_non_null(strstr(kit->reply.values[0].as.text, "it is closed already"));
    assert_string_equal(closing_state(), "begun");
    assert_int_equal(kinmu_work_closing_fields[KINMU_WORK_CLOSING_STATE].flags & KINMU_FIELD_KEY,
                     KINMU_FIELD_KEY); /* so what begins stands beside what is closed */
}

/* Nothing is closed, now or when the rest comes at last. */
static void what_is_behind_is_refused_in_time(void **state) {
    (void)state;
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    testkit_advance(kit, ANSWER_MS);
    assert_int_equal(kit->reply.done, 1);
    assert_int_equal(kit->reply.status, KINMU_E_RETRY);
    assert_non_null(strstr(kit->reply.text, "has not reached workday yet"));
    deliver();
    testkit_advance(kit, 1000);
    assert_string_equal(closing_state(), "begun");
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    deliver();
    testkit_advance(kit, 1000);
    assert_string_equal(closing_state(), "closed");
}

/* Somebody else decides in that moment: it begins all the same. */
static void another_decision_hinders_nothing(void **state) {
    (void)state;
    kit->head += 7;
    behind = 1;
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    assert_int_equal(kit->reply.done, 0);
    behind = 0;
    deliver();
    testkit_advance(kit, 1000);
    assert_string_equal(closing_state(), "closed");
}

/* Days that take longer than a call may: the caller hears so, and who asks again hears the end. */
static void what_takes_longer_goes_on(void **state) {
    (void)state;
    evidence_of_a_person();
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    kit->hold_durable = 1; /* the day is computed and its decision not written yet */
    deliver();
    testkit_advance(kit, ANSWER_MS);
    assert_int_equal(kit->reply.done, 1);
    assert_int_equal(kit->reply.status, KINMU_E_RETRY);
    assert_non_null(strstr(kit->reply.text, "kinmu month close 2026-10 again"));
    assert_int_equal(close_month("2026-09"), KINMU_E_BUSY);
    assert_int_equal(close_month("2026-10"), KINMU_E_RETRY);
    kit->hold_durable = 0;
    testkit_advance(kit, 1000);
    assert_int_equal(kit->reply.done, 1);
    assert_int_equal(kit->reply.status, KINMU_OK);
    assert_string_equal(closing_state(), "closed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_month_is_closed_once_what_was_before_is_here, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_closed_month_stays_its_closers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_behind_is_refused_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_decision_hinders_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_takes_longer_goes_on, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
