/* csv_payroll_test.c - a file of the customer's own layout, byte for byte, and what a layout may
 * not say. The golden files were written by another program, from the same figures. */
#include <kinmu/events/day.h>
#include <kinmu/events/people.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"
#include "plugins/exporters/csv/sheets/payroll_columns.h"

#define CHOICES_SIZE 512

typedef struct figures {
    const char *date;
    int64_t start, end, work_min, overtime_min, night_min;
    int32_t is_auto_ended;
} figures;

static void add_figures(testkit *kit, const figures *f) {
    kinmu_value values[KINMU_WORK_DAY_FIELDS] = {{0}};
    values[KINMU_WORK_DAY_PERSON] = kinmu_text("u1");
    values[KINMU_WORK_DAY_DATE] = kinmu_text(f->date);
    values[KINMU_WORK_DAY_EMPLOYEE_NO] = kinmu_text("0001");
    values[KINMU_WORK_DAY_GROUP_ID] = kinmu_text("G1");
    values[KINMU_WORK_DAY_STATE] = kinmu_text("confirmed");
    values[KINMU_WORK_DAY_DAY_KIND] = kinmu_text("legal-holiday");
    values[KINMU_WORK_DAY_WORK_FORM] = kinmu_text("home");
    values[KINMU_WORK_DAY_WORK_START] = kinmu_i64(f->start);
    values[KINMU_WORK_DAY_WORK_END] = kinmu_i64(f->end);
    values[KINMU_WORK_DAY_WORK_MIN] = kinmu_i64(f->work_min);
    values[KINMU_WORK_DAY_OVERTIME_MIN] = kinmu_i64(f->overtime_min);
    values[KINMU_WORK_DAY_NIGHT_MIN] = kinmu_i64(f->night_min);
    values[KINMU_WORK_DAY_IS_AUTO_ENDED] = kinmu_bool(f->is_auto_ended);
    add_record(kit, "kinmu.work.day/1", values, KINMU_WORK_DAY_FIELDS);
}

/* Somebody with two months, and somebody who joined on the 2nd and was never seen. */
static void add_work(testkit *kit) {
    static const figures days_of_u1[] = {
        {"2026-09-30", 540, 1080, 480, 0, 0, 0},  {"2026-10-01", 545, 1590, 6005, 301, 275, 0},
        {"2026-10-02", 540, 1080, 480, 2, 0, 0},  {"2026-10-03", 540, 1740, 999, 999, 999, 1},
        {"2026-11-01", 540, 1080, 480, 60, 0, 0},
    };
    kinmu_value group[KINMU_PEOPLE_GROUP_FIELDS] = {{0}};
    kinmu_value joined[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
    group[KINMU_PEOPLE_GROUP_GROUP_ID] = kinmu_text("G1");
    group[KINMU_PEOPLE_GROUP_NAME] = kinmu_text("開発部, 一課");
    add_record(kit, "kinmu.people.group/1", group, KINMU_PEOPLE_GROUP_FIELDS);
    joined[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text("u2");
    joined[KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] = kinmu_text("2026-10-02");
    joined[KINMU_PEOPLE_ASSIGNMENT_GROUP_ID] = kinmu_text("G1");
    add_record(kit, "kinmu.people.assignment/1", joined, KINMU_PEOPLE_ASSIGNMENT_FIELDS);
    add_person(kit, "u2", "=0002", "active");
    add_person(kit, "u1", "0001", "active");
    kinmu_value since[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {kinmu_text("u1"), kinmu_text("2026-04-01"),
                                                         kinmu_text("G1")};
    add_record(kit, "kinmu.people.assignment/1", since, KINMU_PEOPLE_ASSIGNMENT_FIELDS);
    for (size_t i = 0; i < sizeof days_of_u1 / sizeof days_of_u1[0]; i++) {
        add_figures(kit, &days_of_u1[i]);
    }
}

/* A kit whose layout has these columns; *status is what `create` said. */
static testkit *open_layout(const char *const *options, const payroll_column *columns,
                            uint32_t count, int32_t *status) {
    testkit *kit = testkit_new("csv");
    assert_int_equal(testkit_load(kit, MODULE, "csv"), KINMU_OK);
    assert_int_equal(testkit_configure(kit, options), KINMU_OK);
    for (uint32_t i = 0; i < kit->plugin.options.count; i++) {
        const kinmu_option *one = (const kinmu_option *)kit->plugin.options.rows + i;
        if (strcmp(one->name, "payroll") == 0) {
            const kinmu_rows rows = {columns, count, 0};
            memcpy((char *)kit->config + one->offset, &rows, sizeof rows);
        }
    }
    *status = testkit_create_configured(kit);
    return kit;
}

static void a_month_is_a_row_with_sums(void **state) {
    static const char *const options[] = {"files=[payroll]", "payroll_rows=month",
                                          "payroll_name=kyuyo_{from:yyyymmdd}-{to:mmdd}.csv", NULL};
    static const payroll_column columns[] = {
        {.header = "社員コード", .field = "employee_no"},
        {.header = "氏名", .field = "name"},
        {.header = "部門, 課", .field = "group_name"},
        {.header = "対象年月", .field = "date", .format = "yyyymm"},
        {.header = "実働", .field = "work_min", .format = "h:mm"},
        {.header = "残業", .field = "overtime_min", .format = "hours_2"},
        {.header = "残業1", .field = "overtime_min", .format = "hours_1"},
        {.header = "残業0", .field = "overtime_min", .format = "hours_0"},
        {.header = "深夜", .field = "night_min", .format = "minutes"},
        {.header = "深夜2", .field = "night_min"},
        {.header = "休日", .field = "legal_holiday_min"},
        {.header = "区分", .text = "=01"},
    };
    int32_t status = 0;
    testkit *kit = open_layout(options, columns, sizeof columns / sizeof columns[0], &status);
    (void)state;
    assert_int_equal(status, KINMU_OK);
    add_work(kit);
    assert_int_equal(testkit_export(kit, "2026-09-29", "2026-10-31", folder), KINMU_OK);
    expect_golden("kyuyo_20260929-1031.csv", "payroll_month.cp932.csv");
    assert_int_equal(files_in_folder(), 2); /* and unmapped.csv */
    testkit_free(kit);
}

static void a_day_is_a_row(void **state) {
    static const char *const options[] = {"files=[payroll]",
                                          "encoding=utf8",
                                          "separator=tab",
                                          "line_end=lf",
                                          "headers=none",
                                          "profile=machine",
                                          NULL};
    static const payroll_column columns[] = {
        {.header = "", .field = "employee_no"},
        {.header = "", .field = "date"},
        {.header = "", .field = "date", .format = "yyyy/m/d"},
        {.header = "", .field = "day_kind"},
        {.header = "", .field = "work_form"},
        {.header = "", .field = "state"},
        {.header = "", .field = "work_start", .format = "h:mm"},
        {.header = "", .field = "work_end"},
        {.header = "", .field = "work_end", .format = "hhmm", .is_wrapped = 1},
        {.header = "", .field = "work_end", .format = "minutes"},
        {.header = "", .field = "work_min", .format = "hours_4"},
        {.header = "", .text = ""},
        {.header = "", .field = "group_id"},
    };
    int32_t status = 0;
    testkit *kit = open_layout(options, columns, sizeof columns / sizeof columns[0], &status);
    (void)state;
    assert_int_equal(status, KINMU_OK);
    add_work(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-03", folder), KINMU_OK);
    expect_golden("payroll_202610.csv", "payroll_day.utf8.tsv");
    testkit_free(kit);
}

/* The column's choices, as words. */
static uint32_t words_of(const testkit *kit, const char *column, char text[CHOICES_SIZE],
                         const char *words[64]) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < kit->plugin.options.count; i++) {
        const kinmu_option *rows = (const kinmu_option *)kit->plugin.options.rows + i;
        const kinmu_option *one = rows->columns.rows;
        for (uint32_t c = 0; c < rows->columns.count; c++, one++) {
            if (strcmp(one->name, column) == 0) {
                (void)snprintf(text, CHOICES_SIZE, "%s", one->choices);
            }
        }
    }
    for (char *at = text; *at != '\0'; count++) {
        words[count] = at;
        at += strcspn(at, "|");
        if (*at == '|') {
            *at++ = '\0';
        }
    }
    return count;
}

static void every_word_of_the_option_is_known(void **state) {
    static const char *const options[] = {"files=[payroll]", NULL};
    static const payroll_column plain = {.header = "h", .text = ""};
    char field_text[CHOICES_SIZE] = "";
    char format_text[CHOICES_SIZE] = "";
    const char *fields[64];
    const char *formats[64];
    int32_t status = 0;
    (void)state;
    testkit *first = open_layout(options, &plain, 1, &status);
    uint32_t field_count = words_of(first, "field", field_text, fields);
    uint32_t format_count = words_of(first, "format", format_text, formats);
    assert_true(field_count == 30 && format_count == 19);
    for (uint32_t i = 0; i < field_count; i++) {
        const payroll_column one = {.header = "h", .field = fields[i]};
        testkit_free(open_layout(options, &one, 1, &status));
        assert_int_equal(status, KINMU_OK);
    }
    for (uint32_t i = 0; i < format_count; i++) {
        const char *field = strpbrk(formats[i], "yd") != NULL ? "date" : "work_min";
        const payroll_column one = {.header = "h", .field = field, .format = formats[i]};
        testkit_free(open_layout(options, &one, 1, &status));
        assert_int_equal(status, KINMU_OK);
    }
    testkit_free(first);
}

static void what_does_not_fit_is_refused(void **state) {
    static const struct {
        payroll_column column;
        const char *rows, *words;
    } cases[] = {
        {{.header = "h"}, "day", "column 1 \"h\": give it either"},
        {{.header = "h", .field = "name", .text = "x"}, "day", "field name: give it either"},
        {{.header = "h", .field = "name", .format = "h:mm"}, "day", "a text has no format"},
        {{.header = "h", .field = "date", .format = "h:mm"}, "day", "not one of a date"},
        {{.header = "h", .field = "work_min", .format = "dd"}, "day", "not one of minutes"},
        {{.header = "h", .field = "work_end", .format = "hours_1"}, "day", "not one of a clock"},
        {{.header = "h", .field = "work_min", .is_wrapped = 1}, "day", "only a clock"},
        {{.header = "h", .field = "work_end"}, "month", "a month has no such value"},
        {{.header = "h", .field = "day_kind"}, "month", "a month has no such value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rows[32];
        int32_t status = 0;
        (void)snprintf(rows, sizeof rows, "payroll_rows=%s", cases[i].rows);
        const char *const options[] = {"files=[payroll]", rows, NULL};
        testkit *kit = open_layout(options, &cases[i].column, 1, &status);
        assert_int_equal(status, KINMU_E_CONFIG);
        assert_non_null(strstr(kit->err.msg, cases[i].words));
        testkit_free(kit);
    }
}

static void a_layout_needs_columns(void **state) {
    static const char *const options[] = {"files=[payroll]", NULL};
    int32_t status = 0;
    (void)state;
    testkit *kit = open_layout(options, NULL, 0, &status);
    assert_int_equal(status, KINMU_E_CONFIG);
    testkit_free(kit);
}

static void a_bad_name_leaves_nothing(void **state) {
    static const struct {
        const char *name;
        int32_t created;
    } cases[] = {
        {"payroll_name=a{from:yyyym}.csv", 0},
        {"payroll_name=a{to:yyyymm", 0},
        {"payroll_name=a{day:dd}.csv", 0},
        {"payroll_name=a}.csv", 0},
        {"payroll_name=../a.csv", 1},
        {"payroll_name={from:yyyy/mm}.csv", 1},
        {"payroll_name=CON", 1},
        {"payroll_name=kinmu_{from:yyyymm}.csv", 1},
        {"payroll_name=unmapped.csv", 1},
    };
    static const payroll_column column = {.header = "h", .field = "employee_no"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const options[] = {"files=[kinmu, payroll]", cases[i].name, NULL};
        int32_t status = 0;
        testkit *kit = open_layout(options, &column, 1, &status);
        assert_int_equal(status, cases[i].created ? KINMU_OK : KINMU_E_CONFIG);
        if (cases[i].created) {
            status = testkit_export(kit, "2026-10-01", "2026-10-31", folder);
            assert_int_equal(status, KINMU_E_CONFIG);
        }
        assert_non_null(strstr(kit->err.msg, "payroll_name"));
        assert_int_equal(files_in_folder(), 0);
        testkit_free(kit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_month_is_a_row_with_sums),
        IN_FOLDER(a_day_is_a_row),
        IN_FOLDER(a_bad_name_leaves_nothing),
        cmocka_unit_test(every_word_of_the_option_is_known),
        cmocka_unit_test(a_layout_needs_columns),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
