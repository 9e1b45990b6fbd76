/* csv_xlsx_test.c - `format: xlsx`: the same files as workbooks, texts as texts, dates as dates.
 *
 * What a spreadsheet makes of all of them is tests/e2e/office.sh. The module is loaded as the host
 * loads it; every test exports into a fresh folder.
 */
#include <kinmu/events/input.h>
#include <kinmu/events/people.h>
#include <kinmu/events/window.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

#define XLSX_CELL_MAX 32767

static void add_account(testkit *kit, const char *account, const char *id) {
    kinmu_value values[KINMU_PEOPLE_ACCOUNT_FIELDS] = {
        kinmu_text(account), kinmu_text("2026-04-01"), kinmu_text(id), kinmu_text("manual")};
    add_record(kit, "kinmu.people.account/1", values, KINMU_PEOPLE_ACCOUNT_FIELDS);
}

static void add_focus(testkit *kit, int minute, const char *title) {
    kinmu_value focus[KINMU_WINDOW_FOCUS_FIELDS] = {{0}};
    focus[KINMU_WINDOW_FOCUS_PROCESS] = kinmu_text("x.exe");
    focus[KINMU_WINDOW_FOCUS_TITLE] = kinmu_text(title);
    focus[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text("focus");
    testkit_add_row(kit, testkit_make(kit, "kinmu.window.focus/1", NOON + minute * MINUTE, "a1",
                                      focus, KINMU_WINDOW_FOCUS_FIELDS));
}

static void add_keys(testkit *kit, int minute, int64_t keys) {
    kinmu_value input[KINMU_INPUT_MINUTE_FIELDS] = {{0}};
    input[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(3);
    input[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    input[KINMU_INPUT_MINUTE_KEY_ALPHA] = kinmu_i64(keys);
    testkit_add_row(kit, testkit_make(kit, "kinmu.input.minute/1", NOON + minute * MINUTE, "a1",
                                      input, KINMU_INPUT_MINUTE_FIELDS));
}

static testkit *open_office(void) {
    static const char *const options[] = {"files=[pc, kinmu]", "format=xlsx", NULL};
    testkit *kit = open_kit(options);
    add_person(kit, "u1", "0001", "active");
    add_account(kit, "a1", "u1");
    return kit;
}

static void export_and_unpack(testkit *kit) {
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(
        in_shell("unzip -q pc_202610.zip && for f in u1_pc u1_app index kinmu_202610 unmapped; do"
                 " unzip -p $f.xlsx xl/worksheets/sheet1.xml >$f.xml || exit 1; done"),
        0);
}

static void expect_part(const char *file, const char *part) {
    size_t size = 0;
    char *text = read_export(file, &size);
    if (strstr(text, part) == NULL) {
        print_error("%s\n", text);
        fail_msg("%s has no %s", file, part);
    }
    free(text);
}

static void cells_are_what_they_are(void **state) {
    testkit *kit = open_office();
    (void)state;
    add_focus(kit, 0, "=cmd|' /C calc'!A1");
    add_focus(kit, 1, "http://example.jp/");
    add_focus(kit, 2, "a\xEF\xBF\xBF\x01<b>&\nc");
    add_keys(kit, 0, 12);
    add_keys(kit, 1, INT64_C(9007199254740993));
    export_and_unpack(kit);
    testkit_free(kit);
    expect_part("u1_app.xml", "t=\"inlineStr\"><is><t>=cmd|");
    expect_part("u1_app.xml", "t=\"inlineStr\"><is><t>http://example.jp/</t>");
    expect_part("u1_app.xml", "a〓_x0001_&lt;b&gt;&amp; c</t>"); /* XML has no U+FFFF */
    assert_int_equal(in_shell("! grep -qE '<f>|hyperlink' u1_app.xml"), 0);
    expect_part("u1_pc.xml", "t=\"inlineStr\"><is><t>0001</t>");
    expect_part("u1_pc.xml", "<v>46296.5</v>"); /* 2026-10-01 12:00 */
    expect_part("u1_pc.xml", "<v>12</v>");
    expect_part("u1_pc.xml", "<is><t>9007199254740993</t>"); /* no cell's number is so exact */
    expect_part("u1_pc.xml", "state=\"frozen\"");
    assert_int_equal(
        in_shell("unzip -p u1_pc.xlsx xl/styles.xml | grep -qF 'yyyy\\/mm\\/dd hh:mm:ss'"), 0);
    expect_part("index.xml", "<t>u1_pc.xlsx</t>");
    expect_part("kinmu_202610.xml", "<is><t>日付</t>");
    expect_part("unmapped.xml", "U+FFFF");
    assert_int_equal(in_shell("! ls | grep -qE 'part|[.]csv'"), 0);
}

static void the_same_records_give_the_same_bytes(void **state) {
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        testkit *kit = open_office();
        add_focus(kit, 0, "表");
        assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
        testkit_free(kit);
        assert_int_equal(in_shell("cat *.zip *.xlsx | sha256sum >>sums"), 0);
    }
    assert_int_equal(in_shell("test $(sort -u sums | wc -l) = 1"), 0);
    assert_int_equal(in_shell("unzip -p kinmu_202610.xlsx docProps/core.xml |"
                              " grep -q '>1980-01-01T00:00:00Z</dcterms:created>'"),
                     0);
}

static void a_text_too_long_for_excel_is_cut(void **state) {
    static char title[XLSX_CELL_MAX * 3 + 64];
    testkit *kit = open_office();
    (void)state;
    for (int i = 0; i < XLSX_CELL_MAX + 10; i++) {
        memcpy(title + i * 3, "表", 3);
    }
    title[(XLSX_CELL_MAX + 10) * 3] = '\0';
    add_focus(kit, 0, title);
    export_and_unpack(kit);
    testkit_free(kit);
    assert_int_equal(in_shell("test $(grep -o 表 u1_app.xml | wc -l) = 32767"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(cells_are_what_they_are),
        IN_FOLDER(the_same_records_give_the_same_bytes),
        IN_FOLDER(a_text_too_long_for_excel_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
