/* csv_lists_test.c - lists of logs (EXP-23, SES-10) and results of a period (EXP-28, WRK-18), byte
 * for byte - the golden files were written by another program, from the same figures - and 勤怠差異
 * (ATT-13). */
#include <kinmu/events/attendance.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/day.h>
#include <kinmu/events/input.h>
#include <kinmu/events/people.h>
#include <kinmu/events/session.h>
#include <kinmu/events/task.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

#define SECOND INT64_C(1000000000)

static void add_account(testkit *kit, const char *account, const char *id) {
    kinmu_value values[KINMU_PEOPLE_ACCOUNT_FIELDS] = {
        kinmu_text(account), kinmu_text("2026-04-01"), kinmu_text(id), kinmu_text("manual")};
    add_record(kit, "kinmu.people.account/1", values, KINMU_PEOPLE_ACCOUNT_FIELDS);
}

/* A log so many seconds after noon of 1 October in Tokyo. */
static void add_log(testkit *kit, const char *schema, const char *account, int second,
                    const kinmu_value *values, uint32_t count) {
    testkit_add_row(kit, testkit_make(kit, schema, NOON + second * SECOND, account, values, count));
}

static void add_change(testkit *kit, const char *account, int second, const char *kind) {
    kinmu_value values[KINMU_SESSION_CHANGE_FIELDS] = {{0}};
    values[KINMU_SESSION_CHANGE_KIND] = kinmu_text(kind);
    values[KINMU_SESSION_CHANGE_QUALITY] =
        kinmu_text(strcmp(kind, "shutdown") == 0 ? "estimated" : "exact");
    values[KINMU_SESSION_CHANGE_SOURCE] = kinmu_text("test");
    if (strcmp(kind, "logon") == 0) {
        values[KINMU_SESSION_CHANGE_REMOTE_HOST] = kinmu_text("192.0.2.9");
        values[KINMU_SESSION_CHANGE_AUTH] = kinmu_text("otp+password");
    }
    add_log(kit, "kinmu.session.change/1", account, second, values, KINMU_SESSION_CHANGE_FIELDS);
}

static void add_punch(testkit *kit, const char *account, int second, const char *kind,
                      const char *source, const char *person) {
    kinmu_value values[KINMU_ATTENDANCE_PUNCH_FIELDS] = {{0}};
    values[KINMU_ATTENDANCE_PUNCH_KIND] = kinmu_text(kind);
    values[KINMU_ATTENDANCE_PUNCH_SOURCE] = kinmu_text(source);
    values[KINMU_ATTENDANCE_PUNCH_PERSON] = person != NULL ? kinmu_text(person) : kinmu_null();
    values[KINMU_ATTENDANCE_PUNCH_PLACE] = kinmu_text("=本社");
    add_log(kit, "kinmu.attendance.punch/1", account, second, values,
            KINMU_ATTENDANCE_PUNCH_FIELDS);
}

static void add_input(testkit *kit, const char *account, int second) {
    kinmu_value values[KINMU_INPUT_MINUTE_FIELDS] = {{0}};
    values[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(3);
    values[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    add_log(kit, "kinmu.input.minute/1", account, second, values, KINMU_INPUT_MINUTE_FIELDS);
}

static void add_audit(testkit *kit, int second) {
    kinmu_value change[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    kinmu_value read[KINMU_AUDIT_READ_FIELDS] = {{0}};
    change[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text("os:root");
    change[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("update");
    change[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text("refused");
    change[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text("kinmu.people.person/1");
    change[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text("u1");
    change[KINMU_AUDIT_CHANGE_REASON] = kinmu_text("異動😀");
    change[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text("cli");
    change[KINMU_AUDIT_CHANGE_ADDRESS] = kinmu_text("192.0.2.7");
    read[KINMU_AUDIT_READ_READER] = kinmu_text("u2");
    read[KINMU_AUDIT_READ_READER_ROLE] = kinmu_text("approver");
    read[KINMU_AUDIT_READ_OF_PERSON] = kinmu_text("u1");
    read[KINMU_AUDIT_READ_SCHEMA] = kinmu_text("kinmu.work.day/1");
    read[KINMU_AUDIT_READ_COLUMNS] = kinmu_text("*");
    read[KINMU_AUDIT_READ_ROWS] = kinmu_i64(3);
    read[KINMU_AUDIT_READ_CHANNEL] = kinmu_text("api");
    add_log(kit, "kinmu.audit.change/1", "u1", second, change, KINMU_AUDIT_CHANGE_FIELDS);
    add_log(kit, "kinmu.audit.read/1", "u1", second + 1, read, KINMU_AUDIT_READ_FIELDS);
}

/* Minutes of a day; -1 is not known. */
typedef struct figures {
    const char *id, *employee_no, *date;
    int64_t start, end, pc_start, pc_end, planned, worked, overtime;
    int32_t is_auto_ended;
} figures;

static kinmu_value clock_of(int64_t minutes) {
    return minutes < 0 ? kinmu_null() : kinmu_i64(minutes);
}

static void add_day(testkit *kit, const figures *f) {
    kinmu_value values[KINMU_WORK_DAY_FIELDS] = {{0}};
    values[KINMU_WORK_DAY_PERSON] = kinmu_text(f->id);
    values[KINMU_WORK_DAY_DATE] = kinmu_text(f->date);
    values[KINMU_WORK_DAY_EMPLOYEE_NO] = kinmu_text(f->employee_no);
    values[KINMU_WORK_DAY_GROUP_ID] = kinmu_text("G1");
    values[KINMU_WORK_DAY_ZONE] = kinmu_text("Asia/Tokyo");
    values[KINMU_WORK_DAY_WORK_START] = clock_of(f->start);
    values[KINMU_WORK_DAY_WORK_END] = clock_of(f->end);
    values[KINMU_WORK_DAY_PC_START] = clock_of(f->pc_start);
    values[KINMU_WORK_DAY_PC_END] = clock_of(f->pc_end);
    values[KINMU_WORK_DAY_SCHEDULED_MIN] = kinmu_i64(f->planned);
    values[KINMU_WORK_DAY_WORK_MIN] = kinmu_i64(f->worked);
    values[KINMU_WORK_DAY_OVERTIME_MIN] = kinmu_i64(f->overtime);
    values[KINMU_WORK_DAY_HOLIDAY_WORK_MIN] = kinmu_i64(0);
    values[KINMU_WORK_DAY_NIGHT_MIN] = kinmu_i64(30);
    values[KINMU_WORK_DAY_BREAK_MIN] = kinmu_i64(60);
    values[KINMU_WORK_DAY_UNDECLARED_MIN] = kinmu_i64(5);
    values[KINMU_WORK_DAY_IS_AUTO_ENDED] = kinmu_bool(f->is_auto_ended);
    add_record(kit, "kinmu.work.day/1", values, KINMU_WORK_DAY_FIELDS);
}

/* u1 punches, of u2 the PC registers while he punched once as well, u3's clocks were set by a
 * request; 9 October of u1 lies beyond midnight: 24:10 to 25:00. */
static void add_days(testkit *kit) {
    static const figures days[] = {
        {"u1", "0001", "2026-10-01", 720, 750, 719, 751, 480, 500, 20, 0},
        {"u1", "0001", "2026-09-30", 2165, 2166, -1, -1, 480, 470, 0, 0}, /* not of the period */
        {"u1", "0001", "2026-10-02", 540, 1020, -1, -1, 480, 420, 0, 0},
        {"u1", "0001", "2026-10-03", 540, 1740, -1, -1, 480, 900, 0, 1},
        {"u2", "0002", "2026-10-01", 720, 740, 720, 740, 480, 20, 0, 0},
        {"u3", "0003", "2026-10-01", 1450, 1500, -1, -1, 0, 50, 50, 0},
    };
    add_person(kit, "u1", "0001", "active");
    add_person(kit, "u2", "0002", "active");
    add_person(kit, "u3", "0003", "active");
    add_account(kit, "a1", "u1");
    add_account(kit, "a2", "u2");
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        add_day(kit, &days[i]);
    }
}

static void add_logs(testkit *kit) {
    add_change(kit, "", 2000, "shutdown");
    add_change(kit, "a1", -50, "logon");
    add_input(kit, "a1", 0);
    add_change(kit, "a1", 10, "unlock"); /* in the minute of the start, but the punch counts */
    add_punch(kit, "a1", 20, "start", "manual", NULL);
    add_punch(kit, "a1", 40, "start", "manual", NULL); /* a second one: the first counts */
    add_change(kit, "a1", 300, "lock");
    add_change(kit, "a1", 360, "unlock");
    add_punch(kit, "a1", 1800, "end", "manual", NULL);
    add_punch(kit, "a1", 1810, "end", "manual", NULL); /* the last counts */
    add_change(kit, "a1", 1850, "lock");
    add_input(kit, "a2", 0);
    add_change(kit, "a2", 5, "logon");
    add_punch(kit, "a2", 600, "break", "auto", NULL);
    add_input(kit, "a2", 1200);
    add_change(kit, "a2", 1230, "logoff");
    add_change(kit, "nobody", 7, "logon");
    add_audit(kit, 60);
    add_punch(kit, "u2", 660, "end", "manual", "u2");
}

static void lists_of_logs_are_golden(void **state) {
    static const char *const options[] = {"files=[log_list, attendance_log]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_days(kit);
    add_logs(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    expect_golden("log_list_202610.csv", "log_list_202610.cp932.csv");
    expect_golden("attendance_log_202610.csv", "attendance_log_202610.cp932.csv");
    assert_int_equal(files_in_folder(), 3); /* and unmapped.csv */
    testkit_free(kit);
}

static void lists_without_logs_have_their_header(void **state) {
    static const char *const options[] = {"files=[log_list, attendance_log, results]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-15", folder), KINMU_OK);
    assert_int_equal(in_shell("for f in log_list attendance_log work_result task_result; do"
                              " test $(wc -l <${f}_20261001_20261015.csv) = 1 || exit 1; done"),
                     0);
    testkit_free(kit);
}

typedef struct task {
    const char *id, *title, *kind, *source, *state;
    int start, end; /* minutes after noon; start == end: none */
} task;

static void add_task(testkit *kit, const task *t) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS] = {{0}};
    int32_t has_times = t->start != t->end;
    values[KINMU_WORK_TASK_TASK_ID] = kinmu_text(t->id);
    values[KINMU_WORK_TASK_PERSON] = kinmu_text("u1");
    values[KINMU_WORK_TASK_DATE] = kinmu_text("2026-10-01");
    values[KINMU_WORK_TASK_TITLE] = kinmu_text(t->title);
    values[KINMU_WORK_TASK_START_NS] =
        has_times ? kinmu_time(NOON + t->start * MINUTE) : kinmu_null();
    values[KINMU_WORK_TASK_END_NS] = has_times ? kinmu_time(NOON + t->end * MINUTE) : kinmu_null();
    values[KINMU_WORK_TASK_IS_ALL_DAY] = kinmu_bool(0);
    values[KINMU_WORK_TASK_WORK_FORM] = kinmu_text("ordinary");
    values[KINMU_WORK_TASK_KIND] = kinmu_text(t->kind);
    values[KINMU_WORK_TASK_SOURCE] = kinmu_text(t->source);
    values[KINMU_WORK_TASK_STATE] = kinmu_text(t->state);
    add_record(kit, "kinmu.work.task/1", values, KINMU_WORK_TASK_FIELDS);
}

static void add_tasks(testkit *kit) {
    static const task tasks[] = {
        {"t1", "=設計", "personal", "manual", "done", 0, 90},
        {"t2", "=設計", "personal", "manual", "planned", 90, 150},
        {"t3", "=設計", "personal", "punch", "done", 200, 215},
        {"t4", "定例", "meeting", "calendar", "done", 60, 120},
        {"t5", "定例", "personal", "manual", "running", 0, 0},
        {"t6", "消した", "personal", "manual", "deleted", 0, 60},
    };
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        add_task(kit, &tasks[i]);
    }
}

static void results_of_a_period_are_golden(void **state) {
    static const char *const options[] = {"files=[results]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_plan(kit, "standard");
    add_days(kit);
    add_tasks(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    expect_golden("work_result_202610.csv", "work_result_202610.cp932.csv");
    expect_golden("task_result_202610.csv", "task_result_202610.cp932.csv");
    testkit_free(kit);
    kit = open_kit(options); /* PLN-02: of a calendar only with the plans that have one */
    add_plan(kit, "telework");
    add_days(kit);
    add_tasks(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(in_shell("test $(wc -l <task_result_202610.csv) = 3"), 0);
    testkit_free(kit);
}

#define UNKNOWN INT64_MIN

static kinmu_value difference_of(int64_t minutes) {
    return minutes != UNKNOWN ? kinmu_i64(minutes) : kinmu_null();
}

/* A working day of u1 and how far the PC lay outside of the punches. */
static void add_difference(testkit *kit, const char *date, int64_t start, int64_t end,
                           int32_t is_auto_ended) {
    kinmu_value values[KINMU_WORK_DAY_FIELDS] = {{0}};
    values[KINMU_WORK_DAY_PERSON] = kinmu_text("u1");
    values[KINMU_WORK_DAY_DATE] = kinmu_text(date);
    values[KINMU_WORK_DAY_EMPLOYEE_NO] = kinmu_text("0001");
    values[KINMU_WORK_DAY_GROUP_ID] = kinmu_text("G1");
    values[KINMU_WORK_DAY_DAY_KIND] = kinmu_text("work");
    values[KINMU_WORK_DAY_PC_START] = kinmu_i64(500);
    values[KINMU_WORK_DAY_PC_END] = kinmu_i64(1100);
    values[KINMU_WORK_DAY_DIVERGENCE_START_MIN] = difference_of(start);
    values[KINMU_WORK_DAY_DIVERGENCE_END_MIN] = difference_of(end);
    values[KINMU_WORK_DAY_IS_AUTO_ENDED] = kinmu_bool(is_auto_ended);
    add_record(kit, "kinmu.work.day/1", values, KINMU_WORK_DAY_FIELDS);
}

/* 9:00 to 18:00 until 1 October, from the 2nd on 8:30 to an end that is not said. */
static void add_schedule(testkit *kit) {
    kinmu_value assigned[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
    kinmu_value pattern[KINMU_PEOPLE_PATTERN_FIELDS] = {{0}};
    assigned[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text("u1");
    assigned[KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] = kinmu_text("2026-04-01");
    assigned[KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID] = kinmu_text("P1");
    add_record(kit, "kinmu.people.assignment/1", assigned, KINMU_PEOPLE_ASSIGNMENT_FIELDS);
    pattern[KINMU_PEOPLE_PATTERN_PATTERN_ID] = kinmu_text("P1");
    pattern[KINMU_PEOPLE_PATTERN_FROM_DATE] = kinmu_text("2026-04-01");
    pattern[KINMU_PEOPLE_PATTERN_START_CLOCK] = kinmu_i64(540);
    pattern[KINMU_PEOPLE_PATTERN_END_CLOCK] = kinmu_i64(1080);
    add_record(kit, "kinmu.people.pattern/1", pattern, KINMU_PEOPLE_PATTERN_FIELDS);
    pattern[KINMU_PEOPLE_PATTERN_FROM_DATE] = kinmu_text("2026-10-02");
    pattern[KINMU_PEOPLE_PATTERN_START_CLOCK] = kinmu_i64(510);
    pattern[KINMU_PEOPLE_PATTERN_END_CLOCK] = kinmu_null();
    add_record(kit, "kinmu.people.pattern/1", pattern, KINMU_PEOPLE_PATTERN_FIELDS);
}

/* 30 is not above the threshold, and an end that a rule set is compared with no punch. */
static void add_differences(testkit *kit) {
    add_person(kit, "u1", "0001", "active");
    add_schedule(kit);
    add_difference(kit, "2026-08-31", 500, 500, 0); /* of neither month */
    add_difference(kit, "2026-09-30", 40, UNKNOWN, 0);
    add_difference(kit, "2026-10-01", 31, -5, 0);
    add_difference(kit, "2026-10-02", 30, -61, 0);
    add_difference(kit, "2026-10-03", -45, 200, 1);
}

static void expect_differences(const char *const *options, const char *people, const char *group) {
    testkit *kit = open_kit(options);
    char command[512];
    add_differences(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    testkit_free(kit);
    (void)snprintf(command, sizeof command,
                   "printf '%%s\\n' '0001,髙橋 一郎,%s' 'G1,G1,%s' ',全体,%s' >wanted;"
                   " tail -qn +2 difference_2*.csv difference_g*.csv | tr -d '\\r' |"
                   " diff - wanted >&2",
                   people, group, group);
    assert_int_equal(in_shell(command), 0);
}

static void differences_are_those_worked_out_by_hand(void **state) {
    static const char *const punches[] = {"files=[differences]", "encoding=utf8", NULL};
    static const char *const schedule[] = {"files=[differences]", "encoding=utf8",
                                           "differences_against=schedule",
                                           "differences_threshold=10", NULL};
    (void)state;
    /* (31 + 45) / 2; the month before 40; 61 */
    expect_differences(punches, "3,2,38.0,45,1,1,40.0,40,2,1,61.0,61,0,0,,0",
                       "1,3,2,1,38.0,45,1,1,1,40.0,40,2,1,1,61.0,61,0,0,0,,0");
    /* 540 - 500 on the 1st, 510 - 500 is not above 10; 1100 - 1080 */
    expect_differences(schedule, "3,1,40.0,40,1,1,40.0,40,1,1,20.0,20,1,1,20.0,20",
                       "1,3,1,1,40.0,40,1,1,1,40.0,40,1,1,1,20.0,20,1,1,1,20.0,20");
}

/* PC 500 to 1100; the pattern's 510 does not count on days with a schedule. */
static void add_planned_day(testkit *kit, const char *date, const char *by, int64_t start,
                            int64_t end) {
    kinmu_value values[KINMU_WORK_DAY_FIELDS] = {{0}};
    values[KINMU_WORK_DAY_PERSON] = kinmu_text("u1");
    values[KINMU_WORK_DAY_DATE] = kinmu_text(date);
    values[KINMU_WORK_DAY_EMPLOYEE_NO] = kinmu_text("0001");
    values[KINMU_WORK_DAY_GROUP_ID] = kinmu_text("G1");
    values[KINMU_WORK_DAY_DAY_KIND] = kinmu_text("work");
    values[KINMU_WORK_DAY_PC_START] = kinmu_i64(500);
    values[KINMU_WORK_DAY_PC_END] = kinmu_i64(1100);
    values[KINMU_WORK_DAY_SCHEDULED_BY] = kinmu_text(by);
    values[KINMU_WORK_DAY_SCHEDULED_START] = difference_of(start);
    values[KINMU_WORK_DAY_SCHEDULED_END] = difference_of(end);
    add_record(kit, "kinmu.work.day/1", values, KINMU_WORK_DAY_FIELDS);
}

static void differences_are_from_the_schedule_of_the_day(void **state) {
    static const char *const options[] = {"files=[differences]", "encoding=utf8",
                                          "differences_against=schedule",
                                          "differences_threshold=10", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_person(kit, "u1", "0001", "active");
    add_schedule(kit);
    add_planned_day(kit, "2026-10-05", "clocks", 600, 1040); /* 600 - 500, 1100 - 1040 */
    add_planned_day(kit, "2026-10-06", "off", UNKNOWN, UNKNOWN);
    add_planned_day(kit, "2026-10-07", "pattern", 520, UNKNOWN); /* 520 - 500 */
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    testkit_free(kit);
    assert_int_equal(in_shell("tail -qn +2 difference_2*.csv | tr -d '\\r' >found;"
                              " echo '0001,髙橋 一郎,2,2,60.0,100,0,0,,0,1,1,60.0,60,0,0,,0' |"
                              " diff found - >&2"),
                     0);
}

/* u2 may not log in, u3 is deleted, u4 has no day and is of G0 from 2 October on. */
static void members_and_days_of_groups_are_listed(void **state) {
    static const char *const options[] = {"files=[members]", "encoding=utf8", NULL};
    testkit *kit = open_kit(options);
    kinmu_value assigned[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {
        kinmu_text("u4"), kinmu_text("2026-10-02"), kinmu_text("G0"), kinmu_text("P1")};
    (void)state;
    add_person(kit, "u2", "0002", "suspended");
    add_person(kit, "u3", "0003", "deleted");
    add_person(kit, "u4", "0004", "active");
    add_record(kit, "kinmu.people.assignment/1", assigned, KINMU_PEOPLE_ASSIGNMENT_FIELDS);
    add_differences(kit);
    add_day(kit, &(figures){"u2", "0002", "2026-10-02", 540, 1020, -1, -1, 480, 420, 15, 0});
    assert_int_equal(testkit_export(kit, "2026-10-02", "2026-10-03", folder), KINMU_OK);
    testkit_free(kit);
    assert_int_equal(
        in_shell("tail -qn +2 member_list_*.csv group_day_*.csv | tr -d '\\r' >got;"
                 " diff - got >&2 <<'END'\n"
                 "0001,u1,髙橋 一郎,,,,,P1,有効\n"
                 "0002,u2,髙橋 一郎,,,,,,ログイン不可\n"
                 "0004,u4,髙橋 一郎,,,G0,G0,P1,有効\n"
                 "G0,G0,2026/10/02,0004,髙橋 一郎,,,,,,,,,,,\n"
                 "G0,G0,2026/10/03,0004,髙橋 一郎,,,,,,,,,,,\n"
                 "G1,G1,2026/10/02,0001,髙橋 一郎,,,,,,,08:20,18:20,,30,-61\n"
                 "G1,G1,2026/10/02,0002,髙橋 一郎,09:00,17:00,01:00,07:00,00:15,,,,,,\n"
                 "G1,G1,2026/10/03,0001,髙橋 一郎,,,,,,,,,,,\n"
                 ",,2026/10/03,0002,髙橋 一郎,,,,,,,,,,,\n"
                 "END\n"),
        0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(lists_of_logs_are_golden),
        IN_FOLDER(lists_without_logs_have_their_header),
        IN_FOLDER(results_of_a_period_are_golden),
        IN_FOLDER(differences_are_those_worked_out_by_hand),
        IN_FOLDER(differences_are_from_the_schedule_of_the_day),
        IN_FOLDER(members_and_days_of_groups_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
