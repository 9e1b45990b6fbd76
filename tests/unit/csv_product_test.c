/* csv_product_test.c - the reference products' files out of records, byte for byte.
 *
 * The golden files were written by another program than the one under test, from the same figures.
 * The module is loaded as the host loads it; every test exports into a fresh folder.
 */
#include <kinmu/events/day.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>
#include <kinmu/events/task.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

#define NONE INT64_MIN

static kinmu_value number(int64_t value) {
    return value == NONE ? kinmu_null() : kinmu_i64(value);
}

static void add_assignment(testkit *kit, const char *id, const char *from_date) {
    kinmu_value values[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
    values[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text(id);
    values[KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] = kinmu_text(from_date);
    values[KINMU_PEOPLE_ASSIGNMENT_GROUP_ID] = kinmu_text("G1");
    add_record(kit, "kinmu.people.assignment/1", values, KINMU_PEOPLE_ASSIGNMENT_FIELDS);
}

/* What the tests say of a day; the rest stays null. */
typedef struct day {
    const char *id;
    const char *employee_no;
    const char *form; /* NULL: no work */
    int64_t start, end, deemed_end, break_min;
    int64_t pc_start, pc_end, span_min, active_min;
    int32_t is_auto_ended;
} day;

typedef struct figures {
    int64_t work_min, overtime_min, holiday_work_min, undeclared_min;
} figures;

static void add_figures(testkit *kit, const char *date, const day *d, const figures *f) {
    kinmu_value values[KINMU_WORK_DAY_FIELDS] = {{0}};
    values[KINMU_WORK_DAY_PERSON] = kinmu_text(d->id);
    values[KINMU_WORK_DAY_DATE] = kinmu_text(date);
    values[KINMU_WORK_DAY_EMPLOYEE_NO] = kinmu_text(d->employee_no);
    values[KINMU_WORK_DAY_GROUP_ID] = kinmu_text("G1");
    values[KINMU_WORK_DAY_WORK_FORM] = d->form != NULL ? kinmu_text(d->form) : kinmu_null();
    values[KINMU_WORK_DAY_WORK_START] = number(d->start);
    values[KINMU_WORK_DAY_WORK_END] = number(d->end);
    values[KINMU_WORK_DAY_DEEMED_END] = number(d->deemed_end);
    values[KINMU_WORK_DAY_BREAK_MIN] = number(d->break_min);
    values[KINMU_WORK_DAY_PC_START] = number(d->pc_start);
    values[KINMU_WORK_DAY_PC_END] = number(d->pc_end);
    values[KINMU_WORK_DAY_PC_SPAN_MIN] = number(d->span_min);
    values[KINMU_WORK_DAY_PC_ACTIVE_MIN] = number(d->active_min);
    values[KINMU_WORK_DAY_WORK_MIN] = number(f->work_min);
    values[KINMU_WORK_DAY_OVERTIME_MIN] = number(f->overtime_min);
    values[KINMU_WORK_DAY_HOLIDAY_WORK_MIN] = number(f->holiday_work_min);
    values[KINMU_WORK_DAY_UNDECLARED_MIN] = number(f->undeclared_min);
    values[KINMU_WORK_DAY_IS_AUTO_ENDED] = kinmu_bool(d->is_auto_ended);
    add_record(kit, "kinmu.work.day/1", values, KINMU_WORK_DAY_FIELDS);
}

static void add_day(testkit *kit, const char *date, const day *d) {
    static const figures none = {0, 0, 0, 0};
    add_figures(kit, date, d, &none);
}

static const char *october(int number) {
    static char date[16];
    (void)snprintf(date, sizeof date, "2026-10-%02d", number);
    return date;
}

/* Five people with 31 days each, and what must not change their rows: days of other months, a
 * second id, a deleted person, and somebody who joined on the 12th and was never seen. */
static void add_october(testkit *kit) {
    static const day ordinary = {"u1", "0001", "ordinary", 540, 1080, 1020,
                                 60,   535,    1085,       550, 480,  0};
    static const day night = {"u2", "0002", "home", 780, 1620, 1560, 60, 780, 1619, 839, 700, 0};
    static const day outside = {"u3", "0003", "outside", 600, 1140, 1095, 45, 601, 659, 58, 58, 0};
    static const day second_id = {"u3b", "0003", "home", 1, 2, 2, 0, 1, 2, 1, 1, 0};
    static const day no_agent = {"u4", "髙橋,4", "ordinary", 525, 1050, 1050,
                                 0,    NONE,     NONE,       0,   0,    0};
    static const day auto_ended = {"u5", "=0005", "ordinary", 540, 1740, 1740,
                                   0,    540,     1100,       560, 500,  1};
    static const day only_end = {"u5", "=0005", "ordinary", NONE, 1080, 1080,
                                 0,    NONE,    NONE,       0,    0,    0};
    static const day only_pc = {"u5", "=0005", NULL, NONE, NONE, NONE, 0, 1, 2879, 2878, 2878, 0};
    add_person(kit, "u5", "=0005", "active");
    add_person(kit, "u3b", "0003", "deleted");
    add_person(kit, "gone", "0009", "deleted");
    add_person(kit, "new", "0006", "active");
    for (int i = 31; i >= 1; i--) { /* the store gives them in no order that helps */
        add_day(kit, october(i), &second_id);
        add_day(kit, october(i), &no_agent);
        add_day(kit, october(i), &ordinary);
        add_day(kit, october(i), &outside);
        if (i % 7 != 4) {
            add_day(kit, october(i), &night);
        }
        add_day(kit, october(i), i % 3 == 0 ? &auto_ended : i % 3 == 1 ? &only_end : &only_pc);
    }
    add_day(kit, "2026-09-30", &ordinary);
    add_day(kit, "2026-11-01", &ordinary);
    add_assignment(kit, "new", "2026-10-12");
    add_assignment(kit, "u2", "2026-10-04");
    add_assignment(kit, "u2", "2026-04-01");
    add_person(kit, "u4", "髙橋,4", "suspended");
    add_person(kit, "u3", "0003", "active");
    add_person(kit, "u2", "0002", "active");
    add_person(kit, "u1", "0001", "active");
    day of_deleted = ordinary;
    of_deleted.id = "gone";
    of_deleted.employee_no = "0009";
    add_day(kit, "2026-10-05", &of_deleted);
}

static void a_month_of_five_people_is_golden(void **state) {
    static const char *const options[] = {"files=[kinmu]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_october(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    expect_golden("kinmu_202610.csv", "kinmu_202610.cp932.csv");
    assert_int_equal(files_in_folder(), 2); /* and unmapped.csv */
    testkit_free(kit);
}

static void a_part_of_a_month_is_named_by_its_days(void **state) {
    static const char *const options[] = {"files=[kinmu]", "headers=spaced", "profile=machine",
                                          "encoding=utf8-bom", NULL};
    testkit *kit = open_kit(options);
    size_t size = 0;
    (void)state;
    add_october(kit);
    assert_int_equal(testkit_export(kit, "2026-10-03", "2026-10-03", folder), KINMU_OK);
    char *text = read_export("kinmu_20261003_20261003.csv", &size);
    assert_string_equal(text, "\xEF\xBB\xBF社員番号,日付,出勤時刻,退勤時刻,総休憩時間,"
                              "見なし退勤時間,勤務形態,PC 開始時刻,PC 終了時刻,PC 始終時間,"
                              "PC 操作時間\r\n"
                              "0001,2026/10/03,09:00,18:00,01:00,17:00,通常,08:55,18:05,09:10,"
                              "08:00\r\n"
                              "0002,2026/10/03,13:00,27:00,01:00,26:00,在宅,13:00,26:59,13:59,"
                              "11:40\r\n"
                              "0003,2026/10/03,10:00,19:00,00:45,18:15,外出,10:01,10:59,00:58,"
                              "00:58\r\n"
                              "=0005,2026/10/03,,,,,,,,,\r\n"
                              "\"髙橋,4\",2026/10/03,08:45,17:30,00:00,17:30,通常,,,,\r\n");
    free(text);
    testkit_free(kit);
}

static void nobody_gives_a_header(void **state) {
    static const char *const options[] = {"files=[kinmu]", NULL};
    testkit *kit = open_kit(options);
    size_t size = 0;
    (void)state;
    assert_int_equal(testkit_export(kit, "2026-02-01", "2026-02-28", folder), KINMU_OK);
    char *text = read_export("kinmu_202602.csv", &size);
    assert_int_equal(strstr(text, "\r\n") + 2 - text, size);
    free(text);
    testkit_free(kit);
}

/* Reads HH:mm of up to 48 hours. */
static int64_t read_clock(const char *text) {
    assert_true(strlen(text) == 5 && text[2] == ':');
    return strtol(text, NULL, 10) * 60 + strtol(text + 3, NULL, 10);
}

/* Cells of a row without quotes; returns the start of the next row. */
static char *cut_row(char *row, char *cells[11]) {
    for (int i = 0; i < 11; i++) {
        size_t size = strcspn(row, i < 10 ? "," : "\r");
        cells[i] = row;
        row[size] = '\0';
        row += size + 1;
    }
    assert_int_equal(*row, '\n');
    return row + 1;
}

/* EXP-10: #6 = #4 - #5, #10 = #9 - #8, #11 <= #10, and sorted by 社員番号 and day. */
static void identities_hold_for_ten_thousand_days(void **state) {
    static const char *const options[] = {"files=[kinmu]", NULL};
    testkit *kit = open_kit(options);
    size_t size = 0;
    uint32_t seed = 1;
    (void)state;
    for (int i = 0; i < 10000; i++) {
        char id[16];
        int64_t at[4];
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525u + 1013904223u;
            at[k] = (seed >> 8) % 700;
        }
        (void)snprintf(id, sizeof id, "%d", i / 31);
        const day d = {id,
                       id,
                       "home",
                       at[0],
                       at[0] + at[1] + at[2],
                       at[0] + at[1],
                       at[2],
                       at[3],
                       at[3] + at[0],
                       at[0],
                       at[0] / 2,
                       0};
        add_day(kit, october(i % 31 + 1), &d);
    }
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    char *text = read_export("kinmu_202610.csv", &size);
    char *row = strstr(text, "\r\n") + 2;
    char last[32] = "";
    char *cells[11];
    int rows = 0;
    for (; row < text + size; rows++) {
        row = cut_row(row, cells);
        assert_int_equal(read_clock(cells[5]), read_clock(cells[3]) - read_clock(cells[4]));
        assert_int_equal(read_clock(cells[9]), read_clock(cells[8]) - read_clock(cells[7]));
        assert_true(read_clock(cells[10]) <= read_clock(cells[9]));
        char key[32];
        (void)snprintf(key, sizeof key, "%s %s", cells[0], cells[1]);
        assert_true(strcmp(last, key) < 0);
        memcpy(last, key, sizeof last);
    }
    assert_int_equal(rows, 10000);
    free(text);
    testkit_free(kit);
}

static void add_group(testkit *kit, const char *id, const char *name) {
    kinmu_value values[KINMU_PEOPLE_GROUP_FIELDS] = {{0}};
    values[KINMU_PEOPLE_GROUP_GROUP_ID] = kinmu_text(id);
    values[KINMU_PEOPLE_GROUP_NAME] = kinmu_text(name);
    values[KINMU_PEOPLE_GROUP_STATE] = kinmu_text("active");
    add_record(kit, "kinmu.people.group/1", values, KINMU_PEOPLE_GROUP_FIELDS);
}

typedef struct task {
    const char *id, *person, *title, *form, *kind, *source;
    int64_t start_min, end_min; /* from noon of the 1st; NONE: all day */
    const char *detail, *report;
    int64_t progress;
} task;

static void add_task(testkit *kit, const task *t) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS] = {{0}};
    values[KINMU_WORK_TASK_TASK_ID] = kinmu_text(t->id);
    values[KINMU_WORK_TASK_PERSON] = kinmu_text(t->person);
    values[KINMU_WORK_TASK_DATE] = kinmu_text("2026-10-01");
    values[KINMU_WORK_TASK_TITLE] = kinmu_text(t->title);
    values[KINMU_WORK_TASK_DETAIL] = t->detail != NULL ? kinmu_text(t->detail) : kinmu_null();
    values[KINMU_WORK_TASK_REPORT] = t->report != NULL ? kinmu_text(t->report) : kinmu_null();
    if (t->start_min != NONE) {
        values[KINMU_WORK_TASK_START_NS] = kinmu_time(NOON + t->start_min * MINUTE);
    }
    if (t->end_min != NONE) {
        values[KINMU_WORK_TASK_END_NS] = kinmu_time(NOON + t->end_min * MINUTE);
    }
    values[KINMU_WORK_TASK_IS_ALL_DAY] = kinmu_bool(t->start_min == NONE);
    values[KINMU_WORK_TASK_WORK_FORM] = kinmu_text(t->form);
    values[KINMU_WORK_TASK_KIND] = kinmu_text(t->kind);
    values[KINMU_WORK_TASK_PROGRESS_PERCENT] = number(t->progress);
    values[KINMU_WORK_TASK_SOURCE] = kinmu_text(t->source);
    values[KINMU_WORK_TASK_STATE] = kinmu_text(strcmp(t->id, "t9") == 0 ? "deleted" : "done");
    add_record(kit, "kinmu.work.task/1", values, KINMU_WORK_TASK_FIELDS);
}

static void add_request(testkit *kit, const char *id, const char *kind, const char *person,
                        const char *before) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS] = {{0}};
    values[KINMU_REQUEST_REQUEST_REQUEST_ID] = kinmu_text(id);
    values[KINMU_REQUEST_REQUEST_KIND] = kinmu_text(kind);
    values[KINMU_REQUEST_REQUEST_PERSON] = kinmu_text(person);
    values[KINMU_REQUEST_REQUEST_DATE] = kinmu_text("2026-10-02");
    values[KINMU_REQUEST_REQUEST_STATE] = kinmu_text("approved");
    values[KINMU_REQUEST_REQUEST_GROUP_ID] = kinmu_text("G1");
    values[KINMU_REQUEST_REQUEST_BEFORE] = kinmu_text(before);
    values[KINMU_REQUEST_REQUEST_FROM_CLOCK] = kinmu_i64(570);
    values[KINMU_REQUEST_REQUEST_TO_CLOCK] = kinmu_i64(1620);
    values[KINMU_REQUEST_REQUEST_OVERTIME_MIN] = number(kind[0] == 'o' ? 90 : NONE);
    values[KINMU_REQUEST_REQUEST_REASON] = kinmu_text("納期\r\n対応");
    add_record(kit, "kinmu.request.request/1", values, KINMU_REQUEST_REQUEST_FIELDS);
}

static void add_decision(testkit *kit, const char *id, int64_t step, const char *action,
                         const char *by) {
    kinmu_value values[KINMU_REQUEST_DECISION_FIELDS] = {
        kinmu_text(id), kinmu_i64(step),        kinmu_text(action),
        kinmu_text(by), kinmu_text("approver"), kinmu_text("=了解")};
    add_record(kit, "kinmu.request.decision/1", values, KINMU_REQUEST_DECISION_FIELDS);
}

static void add_work(testkit *kit) {
    static const task tasks[] = {
        {"t1", "u1", "会議, A", "ordinary", "meeting", "calendar", 0, 45, NULL, NULL, 0},
        {"t2", "u2", "会議, A", "home", "meeting", "manual", 0, 45, NULL, NULL, NONE},
        {"t3", "u1", "訪問", "outside", "personal", "manual", 60, 63, "一\n二\r\n三", "済", 100},
        {"t4", "u1", "@資料", "ordinary", "personal", "import", 90, NONE, NULL, NULL, NONE},
        {"t5", "u1", "研修", "ordinary", "personal", "manual", NONE, NONE, NULL, NULL, NONE},
        {"t6", "u2", "夜間", "home", "personal", "punch", 660, 782, NULL, NULL, NONE},
        {"t9", "u1", "消した", "home", "personal", "punch", 660, 782, NULL, NULL, NONE},
    };
    static const day late = {.id = "u1",
                             .employee_no = "0001",
                             .form = "ordinary",
                             .start = 540,
                             .end = 1620,
                             .break_min = 60};
    static const figures overtime = {1020, 543, 0, 2};
    static const day weekend = {.id = "u2",
                                .employee_no = "0002",
                                .form = "home",
                                .start = 600,
                                .end = 1245,
                                .break_min = 45};
    static const figures holiday = {600, 0, 600, 186};
    static const day plain = {.id = "u1",
                              .employee_no = "0001",
                              .form = "ordinary",
                              .start = 540,
                              .end = 1080,
                              .break_min = 60};
    static const figures ordinary = {480, 0, 0, 0};
    add_group(kit, "G1", "開発部, 一課");
    add_person(kit, "u1", "0001", "active");
    add_person(kit, "u2", "0002", "active");
    add_assignment(kit, "u1", "2026-04-01");
    for (size_t i = sizeof tasks / sizeof tasks[0]; i > 0; i--) {
        add_task(kit, &tasks[i - 1]);
    }
    add_figures(kit, "2026-10-01", &late, &overtime);
    add_figures(kit, "2026-10-02", &weekend, &holiday);
    add_figures(kit, "2026-10-02", &plain, &ordinary);
    add_request(kit, "r2", "correction", "u1", "start=09:00 end=18:00");
    add_request(kit, "r5", "correction", "u1", "none");
    add_request(kit, "r6", "correction", "u1", "start=09:00");
    add_request(kit, "r7", "correction", "u1", "end=27:00");
    add_request(kit, "r1", "overtime", "u1", "");
    add_request(kit, "r3", "holiday-work", "u2", "");
    add_request(kit, "r4", "device", "u2", "");
    add_decision(kit, "r1", 1, "submit", "u1");
    add_decision(kit, "r1", 2, "return", "u2");
    add_decision(kit, "r1", 3, "submit", "u1");
    add_decision(kit, "r1", 4, "approve", "u2");
    add_decision(kit, "r2", 2, "deny", "u2");
    add_decision(kit, "r3", 2, "approve", "");
    add_decision(kit, "r4", 2, "approve", "u1");
    add_decision(kit, "r5", 2, "approve", "u2");
    add_decision(kit, "r6", 2, "approve", "u2");
    add_decision(kit, "r7", 2, "approve", "u2");
    add_decision(kit, "r-of-another-month", 2, "approve", "u1");
}

static void archives_of_a_month_are_golden(void **state) {
    static const char *const options[] = {"files=[gyomu, aggregation]", NULL};
    static const char *const names[] = {
        "task_report",           "approval_history",    "conference", "outside_work_report",
        "overtime_holiday_work", "not_applicable_work", "task"};
    testkit *kit = open_kit(options);
    (void)state;
    add_work(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(files_in_folder(), 3); /* and unmapped.csv */
    assert_int_equal(in_shell("unzip -tq gyomu_202610.zip >/dev/null"), 0);
    assert_int_equal(in_shell("unzip -tq aggregation_202610.zip >/dev/null"), 0);
    assert_int_equal(in_shell("unzip -q gyomu_202610.zip && unzip -q aggregation_202610.zip"), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[64];
        char golden[64];
        (void)snprintf(name, sizeof name, "%s.csv", names[i]);
        (void)snprintf(golden, sizeof golden, "%s.cp932.csv", names[i]);
        expect_golden(name, golden);
    }
    testkit_free(kit);
}

static void the_same_records_give_the_same_archive(void **state) {
    static const char *const options[] = {"files=[gyomu, aggregation]", NULL};
    (void)state;
    for (int i = 0; i < 2; i++) {
        testkit *kit = open_kit(options);
        add_work(kit);
        assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-05", folder), KINMU_OK);
        testkit_free(kit);
        assert_int_equal(in_shell(i == 0 ? "for f in *.zip; do mv $f $f.first; done"
                                         : "for f in *.zip; do cmp $f $f.first || exit 1; done"),
                         0);
    }
    assert_true(exists("aggregation_20261001_20261005.zip"));
}

/* PLN-02: without Outlook what came from a calendar is not in the files of tasks and meetings. */
static void telework_leaves_out_what_a_calendar_told(void **state) {
    static const char *const plans[] = {"telework", "standard", "advanced"};
    static const char *const options[] = {"files=[aggregation, gyomu]", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        testkit *kit = open_kit(options);
        add_plan(kit, plans[i]);
        add_work(kit);
        assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
        testkit_free(kit);
        int meetings =
            in_shell("test $(unzip -p aggregation_202610.zip conference.csv | wc -l) = 3");
        assert_int_equal(meetings == 0, i > 0);
        assert_int_equal(in_shell("test $(unzip -p gyomu_202610.zip task_report.csv | wc -l) = 7"),
                         0);
    }
}

/* EXP-05: what the exporter writes is these files to the byte, so another decoder reads all. */
static void another_decoder_reads_every_golden_file(void **state) {
    (void)state;
    assert_int_equal(in_shell("for f in " GOLDEN "*.cp932.csv; do"
                              " iconv -f CP932 -t UTF-8 $f >decoded && test -s decoded || exit 1; "
                              "done"),
                     0);
}

static void jinjer_gets_the_hours_of_pcs(void **state) {
    static const char *const options[] = {"files=[jinjer]", NULL};
    static const day used = {.id = "u1",
                             .employee_no = "0001",
                             .start = NONE,
                             .end = NONE,
                             .deemed_end = NONE,
                             .pc_start = 538,
                             .pc_end = 1590};
    static const day unused = {.id = "u1",
                               .employee_no = "0001",
                               .start = 540,
                               .end = 1080,
                               .pc_start = NONE,
                               .pc_end = NONE};
    static const figures none = {0, 0, 0, 0};
    testkit *kit = open_kit(options);
    (void)state;
    add_group(kit, "G1", "開発部, 一課");
    add_person(kit, "u1", "0001", "active");
    add_figures(kit, "2026-10-01", &used, &none);
    add_figures(kit, "2026-10-02", &unused, &none);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    expect_golden("jinjer_202610.csv", "jinjer_202610.cp932.csv");
    testkit_free(kit);
}

/* 12:00 in Tokyo is 23:00 of the day before in New York, where the business day was. */
static void times_are_of_the_zone_of_the_day(void **state) {
    static const char *const options[] = {"files=[aggregation, gyomu]", NULL};
    static const task visit = {"t1", "u1", "訪問", "outside", "personal", "manual",
                               0,    45,   NULL,   NULL,      NONE};
    kinmu_value values[KINMU_WORK_DAY_FIELDS] = {{0}};
    testkit *kit = open_kit(options);
    (void)state;
    values[KINMU_WORK_DAY_PERSON] = kinmu_text("u1");
    values[KINMU_WORK_DAY_DATE] = kinmu_text("2026-10-01");
    values[KINMU_WORK_DAY_EMPLOYEE_NO] = kinmu_text("0001");
    values[KINMU_WORK_DAY_ZONE] = kinmu_text("America/New_York");
    add_person(kit, "u1", "0001", "active");
    add_task(kit, &visit);
    add_record(kit, "kinmu.work.day/1", values, KINMU_WORK_DAY_FIELDS);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(in_shell("unzip -p gyomu_202610.zip task_report.csv | grep -q "
                              "',2026-09-30 23:00:00,2026-09-30 23:45:00,'"),
                     0);
    assert_int_equal(in_shell("unzip -p aggregation_202610.zip task.csv | grep -q "
                              "',2026/09/30 23:00:00,2026/09/30 23:45:00,0.8,'"),
                     0);
    testkit_free(kit);
}

static void a_full_disk_leaves_no_archive(void **state) {
    static const char *const options[] = {"files=[gyomu, aggregation]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_work(kit);
    limit_files(600);
    int32_t status = testkit_export(kit, "2026-10-01", "2026-10-31", folder);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, KINMU_E_RETRY);
    assert_non_null(strstr(kit->err.msg, "csv: cannot write \"gyomu_202610.zip"));
    assert_int_equal(files_in_folder(), 0);
    testkit_free(kit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_month_of_five_people_is_golden),
        IN_FOLDER(a_part_of_a_month_is_named_by_its_days),
        IN_FOLDER(nobody_gives_a_header),
        IN_FOLDER(archives_of_a_month_are_golden),
        IN_FOLDER(the_same_records_give_the_same_archive),
        IN_FOLDER(telework_leaves_out_what_a_calendar_told),
        IN_FOLDER(another_decoder_reads_every_golden_file),
        IN_FOLDER(jinjer_gets_the_hours_of_pcs),
        IN_FOLDER(times_are_of_the_zone_of_the_day),
        IN_FOLDER(a_full_disk_leaves_no_archive),
        IN_FOLDER(identities_hold_for_ten_thousand_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
