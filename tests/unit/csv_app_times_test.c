/* csv_app_times_test.c - application_aggregation.csv (EXP-18) byte for byte, and the names of its
 * addresses (IMP-15).
 *
 * The golden file was written by another program than the one under test, from the story told in
 * add_story.
 */
#include <kinmu/events/input.h>
#include <kinmu/events/people.h>
#include <kinmu/events/task.h>
#include <kinmu/events/window.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

#define SECOND INT64_C(1000000000)
#define PC_A ((const uint8_t *)"the first PC is.")
#define PC_B ((const uint8_t *)"the other PC is.")

static void add_at(testkit *kit, const uint8_t *origin, const kinmu_event *event) {
    ((kinmu_event *)(uintptr_t)event)->origin = origin;
    testkit_add_row(kit, event);
}

static void add_input(testkit *kit, const char *account, const uint8_t *origin, int minute) {
    kinmu_value values[KINMU_INPUT_MINUTE_FIELDS] = {kinmu_i64(0), kinmu_i64(0)};
    add_at(kit, origin,
           testkit_make(kit, "kinmu.input.minute/1", NOON + minute * MINUTE, account, values,
                        KINMU_INPUT_MINUTE_FIELDS));
}

static void add_window(testkit *kit, const char *account, const uint8_t *origin, int64_t after_ns,
                       const char *process, const char *title, const char *url) {
    kinmu_value values[KINMU_WINDOW_FOCUS_FIELDS] = {{0}};
    values[KINMU_WINDOW_FOCUS_PROCESS] = process != NULL ? kinmu_text(process) : kinmu_null();
    values[KINMU_WINDOW_FOCUS_TITLE] = title != NULL ? kinmu_text(title) : kinmu_null();
    values[KINMU_WINDOW_FOCUS_URL] = url != NULL ? kinmu_text(url) : kinmu_null();
    values[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text(process != NULL ? "focus" : "none");
    add_at(kit, origin,
           testkit_make(kit, "kinmu.window.focus/1", NOON + after_ns, account, values,
                        KINMU_WINDOW_FOCUS_FIELDS));
}

static void add_site(testkit *kit, const char *prefix, const char *name, const char *state) {
    kinmu_value values[KINMU_PEOPLE_SITE_FIELDS] = {kinmu_text(prefix), kinmu_text(name),
                                                    kinmu_text(state)};
    add_record(kit, "kinmu.people.site/1", values, KINMU_PEOPLE_SITE_FIELDS);
}

static void add_task(testkit *kit, const char *id, const char *title, int from_min, int to_min) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS] = {{0}};
    values[KINMU_WORK_TASK_TASK_ID] = kinmu_text(id);
    values[KINMU_WORK_TASK_PERSON] = kinmu_text("u1");
    values[KINMU_WORK_TASK_DATE] = kinmu_text("2026-10-01");
    values[KINMU_WORK_TASK_TITLE] = kinmu_text(title);
    values[KINMU_WORK_TASK_START_NS] = kinmu_time(NOON + from_min * MINUTE);
    values[KINMU_WORK_TASK_END_NS] = kinmu_time(NOON + to_min * MINUTE);
    values[KINMU_WORK_TASK_STATE] = kinmu_text("done");
    add_record(kit, "kinmu.work.task/1", values, KINMU_WORK_TASK_FIELDS);
}

static void add_account(testkit *kit, const char *account, const char *id) {
    kinmu_value values[KINMU_PEOPLE_ACCOUNT_FIELDS] = {
        kinmu_text(account), kinmu_text("2026-04-01"), kinmu_text(id), kinmu_text("manual")};
    add_record(kit, "kinmu.people.account/1", values, KINMU_PEOPLE_ACCOUNT_FIELDS);
}

static void add_records(testkit *kit) {
    kinmu_value values[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
    values[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text("u1");
    values[KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] = kinmu_text("2026-04-01");
    values[KINMU_PEOPLE_ASSIGNMENT_GROUP_ID] = kinmu_text("営業部");
    add_person(kit, "u1", "0001", "active");
    add_person(kit, "gone", "0009", "deleted");
    add_record(kit, "kinmu.people.assignment/1", values, KINMU_PEOPLE_ASSIGNMENT_FIELDS);
    add_account(kit, "a1", "u1");
    add_account(kit, "gone1", "gone");
    add_site(kit, "https://www.google.co.jp/", "検索サイト", "active");
    add_site(kit, "https://www.google.co.jp/maps", "地図", "active");
    add_site(kit, "https://www.google.co.jp/maps/old", "古い地図", "deleted");
    add_task(kit, "t1", "設計", -60, 1);
    add_task(kit, "t2", "=会議", 0, 4);
    add_task(kit, "t3", "後で", 30, 60);
}

static void add_story(testkit *kit) {
    add_records(kit);
    /* 12:00: a browser, a sheet, the browser again; then a minute without input. */
    add_input(kit, "a1", PC_A, 0);
    add_window(kit, "a1", PC_A, 0, "chrome.exe", "検索", "www.google.co.jp/search");
    add_window(kit, "a1", PC_A, 20 * SECOND, "EXCEL.EXE", "=SUM,1", NULL);
    add_window(kit, "a1", PC_A, 50 * SECOND, "chrome.exe", "検索", "www.google.co.jp/search");
    /* 12:02: another PC from the middle on. 12:03: input on the first alone. */
    add_input(kit, "a1", PC_A, 2);
    add_input(kit, "a1", PC_B, 2);
    add_window(kit, "a1", PC_B, 2 * MINUTE + 30 * SECOND, "chrome.exe", "地図",
               "https://www.google.co.jp/maps/old/x");
    add_input(kit, "a1", PC_A, 3);
    /* 12:04: parts of seconds, an end. */
    add_input(kit, "a1", PC_A, 4);
    add_window(kit, "a1", PC_A, 4 * MINUTE + SECOND * 3 / 5, "a.exe", "1", NULL);
    add_window(kit, "a1", PC_A, 4 * MINUTE + SECOND * 6 / 5, "b.exe", "2", NULL);
    add_window(kit, "a1", PC_A, 4 * MINUTE + SECOND * 9 / 5, NULL, NULL, NULL);
    add_input(kit, "gone1", PC_A, 0);
    add_window(kit, "gone1", PC_A, 0, "x.exe", "x", NULL);
    add_input(kit, "nobody1", PC_A, 5);
    add_window(kit, "nobody1", PC_A, 5 * MINUTE, "x.exe", NULL, "example.com/");
}

static void every_second_is_of_one_window(void **state) {
    static const char *const options[] = {"files=[aggregation]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_story(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(in_shell("unzip -q aggregation_202610.zip"), 0);
    expect_golden("application_aggregation.csv", "application_aggregation.cp932.csv");
    testkit_free(kit);
}

/* PLN-02, and EXP-03: headers only of nobody. */
static void telework_has_no_such_file(void **state) {
    static const char *const options[] = {"files=[aggregation, pc]", NULL};
    static const char *const plans[] = {"telework", "standard", "advanced"};
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        testkit *kit = open_kit(options);
        add_plan(kit, plans[i]);
        assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
        testkit_free(kit);
        int lines = in_shell("test $(unzip -p aggregation_202610.zip application_aggregation.csv "
                             "2>/dev/null | wc -l) = 1");
        assert_int_equal(lines == 0, i > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_second_is_of_one_window),
        IN_FOLDER(telework_has_no_such_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
