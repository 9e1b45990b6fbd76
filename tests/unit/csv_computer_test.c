/* csv_computer_test.c - logs of PCs bound by computer (COL-08): whose they are on each day, in the
 * archive of PC logs, in application_aggregation.csv and in the list of logs.
 *
 * The module is loaded as the host loads it; every test exports into a fresh folder.
 */
#include <kinmu/events/fleet.h>
#include <kinmu/events/input.h>
#include <kinmu/events/people.h>
#include <kinmu/events/session.h>
#include <kinmu/events/window.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

#define DAY (INT64_C(1440) * MINUTE)

static const uint8_t pc_a[16] = "computer-a-----";
static const uint8_t pc_b[16] = "computer-b-----";

static void add_dated(testkit *kit, const char *schema, const char *key, const char *from_date,
                      const char *person) {
    kinmu_value values[KINMU_PEOPLE_ACCOUNT_FIELDS] = {kinmu_text(key), kinmu_text(from_date),
                                                       kinmu_text(person), kinmu_text("manual")};
    add_record(kit, schema, values,
               strstr(schema, "account") != NULL ? KINMU_PEOPLE_ACCOUNT_FIELDS
                                                 : KINMU_PEOPLE_COMPUTER_FIELDS);
}

static void add_binding(testkit *kit, const char *from_date, const char *by) {
    kinmu_value values[KINMU_PEOPLE_SETTING_FIELDS] = {kinmu_text("company"), kinmu_text(""),
                                                       kinmu_text("binding.by"),
                                                       kinmu_text(from_date), kinmu_text(by)};
    add_record(kit, "kinmu.people.setting/1", values, KINMU_PEOPLE_SETTING_FIELDS);
}

static void add_device(testkit *kit, const uint8_t origin[16], const char *name) {
    kinmu_value values[KINMU_FLEET_DEVICE_FIELDS] = {{0}};
    char hex[33];
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(hex + i * 2, 3, "%02x", (unsigned)origin[i]);
    }
    values[KINMU_FLEET_DEVICE_ORIGIN] = kinmu_text(hex);
    values[KINMU_FLEET_DEVICE_NAME] = kinmu_text(name);
    add_record(kit, "kinmu.fleet.device/1", values, KINMU_FLEET_DEVICE_FIELDS);
}

static void add_row(testkit *kit, const char *schema, const uint8_t origin[16], const char *account,
                    int64_t unix_ns, kinmu_value *values, uint32_t count) {
    kinmu_event *row =
        (kinmu_event *)(uintptr_t)testkit_make(kit, schema, unix_ns, account, values, count);
    row->origin = origin;
    testkit_add_row(kit, row);
}

/* A window in front from the minute's begin on, and three letters. */
static void add_use(testkit *kit, const uint8_t origin[16], const char *account, int day,
                    int minute) {
    kinmu_value input[KINMU_INPUT_MINUTE_FIELDS] = {{0}};
    kinmu_value focus[KINMU_WINDOW_FOCUS_FIELDS] = {{0}};
    int64_t unix_ns = NOON + day * DAY + minute * MINUTE;
    input[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(3);
    input[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    input[KINMU_INPUT_MINUTE_KEY_ALPHA] = kinmu_i64(3);
    focus[KINMU_WINDOW_FOCUS_PROCESS] = kinmu_text("x.exe");
    focus[KINMU_WINDOW_FOCUS_TITLE] = kinmu_text(account);
    focus[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text("focus");
    add_row(kit, "kinmu.window.focus/1", origin, account, unix_ns, focus,
            KINMU_WINDOW_FOCUS_FIELDS);
    add_row(kit, "kinmu.input.minute/1", origin, account, unix_ns, input,
            KINMU_INPUT_MINUTE_FIELDS);
}

/* By account until October 1st, then by computer; PC-A is u1's until the 2nd, then u2's. */
static void add_office(testkit *kit) {
    add_person(kit, "u1", "0001", "active");
    add_person(kit, "u2", "0002", "active");
    add_person(kit, "u3", "0003", "active");
    add_dated(kit, "kinmu.people.account/1", "shared", "2026-04-01", "u3");
    add_dated(kit, "kinmu.people.computer/1", "PC-A", "2026-04-01", "u1");
    add_dated(kit, "kinmu.people.computer/1", "PC-A", "2026-10-03", "u2");
    add_device(kit, pc_a, "PC-A");
    add_device(kit, pc_b, "PC-B");
    add_binding(kit, "2026-01-01", "account");
    add_binding(kit, "2026-10-02", "computer");
}

static void expect_rows(const char *name, const char *rows) {
    char command[1024];
    (void)snprintf(
        command, sizeof command,
        "unzip -qo '*.zip' && test \"$(tail -n +2 '%s' | tr -d '\\r' | tr '\\n' ' ')\" = '%s' ||"
        " { tail -n +2 '%s' >&2; exit 1; }",
        name, rows, name);
    if (in_shell(command) != 0) {
        fail_msg("%s is not: %s", name, rows);
    }
}

static void a_pc_is_whose_it_is_on_that_day(void **state) {
    static const char *const options[] = {"files=[pc, aggregation]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_office(kit);
    add_use(kit, pc_a, "other", 1, 0); /* the same minute as below, on the same PC */
    add_use(kit, pc_a, "shared", 0, 0);
    add_use(kit, pc_a, "shared", 1, 0);
    add_use(kit, pc_a, "shared", 2, 0);
    add_use(kit, pc_b, "shared", 2, 1);
    add_use(kit, pc_b, "u1", 2, 2); /* an account called like a person */
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    testkit_free(kit);
    expect_rows("u3_pc.csv", "0003,2026/10/01 12:00:00,3,,,,,,,, ");
    expect_rows("u1_pc.csv", "0001,2026/10/02 12:00:00,6,,,,,,,, ");
    expect_rows("u2_pc.csv", "0002,2026/10/03 12:00:00,3,,,,,,,, ");
    expect_rows("shared_pc.csv", "shared,2026/10/03 12:01:00,3,,,,,,,, ");
    expect_rows("u1_app.csv", "0001,2026/10/02 12:00:00,x.exe,other "
                              "0001,2026/10/02 12:00:00,x.exe,shared ");
    assert_int_equal(in_shell("grep -q '^u1,2026/10/03 12:02:00,3' account_u1~*_pc.csv"), 0);
    assert_int_equal(in_shell("test $(grep -c . index.csv) = 16 && ! ls | grep -q part"), 0);
    expect_rows("application_aggregation.csv", "0001,,2026/10/02 12:00,x.exe,shared,60,,, "
                                               "0002,,2026/10/03 12:00,x.exe,shared,60,,, "
                                               "0003,,2026/10/01 12:00,x.exe,shared,60,,, "
                                               "shared,,2026/10/03 12:01,x.exe,shared,60,,, "
                                               "u1,,2026/10/03 12:02,x.exe,u1,60,,, ");
}

/* As long as the period is all by account, accounts are. */
static void before_the_switch_nothing_changes(void **state) {
    static const char *const options[] = {"files=[pc]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_office(kit);
    add_use(kit, pc_a, "shared", 0, 0);
    add_use(kit, pc_a, "u1", 0, 1);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-01", folder), KINMU_OK);
    testkit_free(kit);
    expect_rows("u3_pc.csv", "0003,2026/10/01 12:00:00,3,,,,,,,, ");
    expect_rows("u1_pc.csv", "u1,2026/10/01 12:01:00,3,,,,,,,, ");
}

/* More than a chunk of each, in turns, come back whole and in order. */
static void much_of_many_comes_back_in_order(void **state) {
    static const char *const options[] = {"files=[pc]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_office(kit);
    add_dated(kit, "kinmu.people.computer/1", "PC-B", "2026-04-01", "u3");
    for (int minute = 0; minute < 300; minute++) { /* as the store has them: by account */
        add_use(kit, minute % 2 == 0 ? pc_a : pc_b, "other", 1, minute);
    }
    for (int minute = 0; minute < 300; minute++) {
        add_use(kit, minute % 2 == 0 ? pc_a : pc_b, "shared", 1, minute);
    }
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    testkit_free(kit);
    assert_int_equal(
        in_shell("unzip -q pc_202610.zip && for u in 1 3; do tail -n +2 u${u}_pc.csv >rows &&"
                 " test $(grep -c ,6, rows) = 150 && LC_ALL=C sort -c rows || exit 1; done"),
        0);
}

static void add_logon(testkit *kit, const uint8_t origin[16], int day) {
    kinmu_value values[KINMU_SESSION_CHANGE_FIELDS] = {{0}};
    values[KINMU_SESSION_CHANGE_KIND] = kinmu_text("logon");
    values[KINMU_SESSION_CHANGE_QUALITY] = kinmu_text("exact");
    values[KINMU_SESSION_CHANGE_SOURCE] = kinmu_text("test");
    add_row(kit, "kinmu.session.change/1", origin, "shared", NOON + day * DAY, values,
            KINMU_SESSION_CHANGE_FIELDS);
}

static void the_list_of_logs_names_whose_the_pc_is(void **state) {
    static const char *const options[] = {"files=[log_list]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_office(kit);
    add_logon(kit, pc_a, 0); /* by account still */
    add_logon(kit, pc_a, 1);
    add_logon(kit, pc_a, 2);
    add_logon(kit, pc_b, 2); /* nobody's */
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    testkit_free(kit);
    assert_int_equal(in_shell("test \"$(tail -n +2 log_list_202610.csv | cut -d, -f1,2 |"
                              " tr '\\n' ' ')\" = '2026/10/01 12:00:00,u3 2026/10/02 12:00:00,u1 "
                              "2026/10/03 12:00:00,u2 2026/10/03 12:00:00,shared ' ||"
                              " { cat log_list_202610.csv >&2; exit 1; }"),
                     0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_pc_is_whose_it_is_on_that_day),
        IN_FOLDER(before_the_switch_nothing_changes),
        IN_FOLDER(much_of_many_comes_back_in_order),
        IN_FOLDER(the_list_of_logs_names_whose_the_pc_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
