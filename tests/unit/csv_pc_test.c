/* csv_pc_test.c - everybody's logs in one archive (EXP-19 to EXP-22), and what a plan leaves out.
 *
 * The module is loaded as the host loads it; every test exports into a fresh folder.
 */
#include <kinmu/events/input.h>
#include <kinmu/events/people.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/window.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

static void add_account(testkit *kit, const char *account, const char *id) {
    kinmu_value values[KINMU_PEOPLE_ACCOUNT_FIELDS] = {
        kinmu_text(account), kinmu_text("2026-04-01"), kinmu_text(id), kinmu_text("manual")};
    add_record(kit, "kinmu.people.account/1", values, KINMU_PEOPLE_ACCOUNT_FIELDS);
}

static void add_presence(testkit *kit, const char *account, int minute, const char *label) {
    kinmu_value values[KINMU_PRESENCE_CHANGE_FIELDS] = {
        kinmu_text("away"), kinmu_text("teams"), label != NULL ? kinmu_text(label) : kinmu_null(),
        kinmu_null()};
    testkit_add_row(kit, testkit_make(kit, "kinmu.presence.change/1", NOON + minute * MINUTE,
                                      account, values, KINMU_PRESENCE_CHANGE_FIELDS));
}

static void add_use(testkit *kit, const char *account, int minute) {
    kinmu_value input[KINMU_INPUT_MINUTE_FIELDS] = {{0}};
    kinmu_value focus[KINMU_WINDOW_FOCUS_FIELDS] = {{0}};
    input[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(3);
    input[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    input[KINMU_INPUT_MINUTE_KEY_ALPHA] = kinmu_i64(3);
    focus[KINMU_WINDOW_FOCUS_PROCESS] = kinmu_text("=x.exe");
    focus[KINMU_WINDOW_FOCUS_TITLE] = kinmu_text("表");
    focus[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text("focus");
    testkit_add_row(kit, testkit_make(kit, "kinmu.input.minute/1", NOON + minute * MINUTE, account,
                                      input, KINMU_INPUT_MINUTE_FIELDS));
    testkit_add_row(kit, testkit_make(kit, "kinmu.window.focus/1", NOON + minute * MINUTE, account,
                                      focus, KINMU_WINDOW_FOCUS_FIELDS));
}

/* Accounts a1 and a2 are u1's, gone1 is of somebody deleted, nobody1 is nobody's. */
static void add_logs(testkit *kit) {
    add_person(kit, "u1", "0001", "active");
    add_person(kit, "..", "0002", "active");
    add_person(kit, "CON", "0003", "active");
    add_person(kit, "a.", "0004", "active");
    add_person(kit, "gone", "0009", "deleted");
    add_account(kit, "a1", "u1");
    add_account(kit, "a2", "u1");
    add_account(kit, "dots", "..");
    add_account(kit, "gone1", "gone");
    add_use(kit, "a1", 0);
    add_presence(kit, "a1", 1, "連絡可能");
    add_presence(kit, "a1", 2, "連絡可能");
    add_presence(kit, "a1", 3, NULL);
    add_presence(kit, "a1", 4, NULL);
    add_presence(kit, "a1", 5, "連絡可能");
    add_use(kit, "a2", 1);
    add_use(kit, "dots", 1);
    add_use(kit, "gone1", 1);
    add_use(kit, "nobody1", 1);
}

static void expect_text(const char *name, const char *expected) {
    size_t size = 0;
    char *text = read_export(name, &size);
    assert_string_equal(text, expected);
    free(text);
}

static void logs_of_people_go_into_one_archive(void **state) {
    static const char *const options[] = {"files=[pc]", "encoding=utf8-bom", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_logs(kit);
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(files_in_folder(), 2); /* and unmapped.csv */
    assert_int_equal(in_shell("unzip -tq pc_202610.zip >/dev/null && unzip -q pc_202610.zip"), 0);
    expect_text("u1_presence.csv", "\xEF\xBB\xBF社員番号,レコード時刻,Activity\r\n"
                                   "0001,2026/10/01 12:01:00,連絡可能\r\n"
                                   "0001,2026/10/01 12:03:00,退席中\r\n"
                                   "0001,2026/10/01 12:05:00,連絡可能\r\n");
    expect_text("u1_pc.csv", "\xEF\xBB\xBF社員番号,日時,アルファベット,数字,テンキー,記号類,"
                             "その他,左クリック,右クリック,ホイール,移動\r\n"
                             "0001,2026/10/01 12:00:00,3,,,,,,,,\r\n");
    expect_text("u1_app.csv", "\xEF\xBB\xBF社員番号,日時,プロセス名,ウィンドウタイトル\r\n"
                              "0001,2026/10/01 12:00:00,'=x.exe,表\r\n");
    assert_true(exists("a2_pc.csv")); /* a further account of u1 */
    assert_int_equal(in_shell("grep -q '^0001,' a2_pc.csv && grep -q '^nobody1,' nobody1_pc.csv"),
                     0);
    assert_int_equal(in_shell("! grep -q 0009 *.csv && ! ls | grep -q gone"), 0);
    assert_int_equal(in_shell("test $(ls *_pc.csv | wc -l) = 6"), 0);
    testkit_free(kit);
}

/* X23: what extracts an archive may make names of entries files as they stand. */
static void dangerous_ids_are_safe_names_of_entries(void **state) {
    static const char *const options[] = {"files=[pc]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_person(kit, "../../x", "0001", "active");
    add_person(kit, "a/b", "0002", "active");
    add_person(kit, "CON", "0003", "active");
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(in_shell("unzip -Z1 pc_202610.zip | grep -v '^index.csv$' | "
                              "grep -vqE '^[A-Za-z0-9_]*~[0-9a-f]{16}_(pc|app|presence).csv$'"),
                     1);
    assert_int_equal(in_shell("test $(unzip -Z1 pc_202610.zip | wc -l) = 10"), 0);
    assert_int_equal(in_shell("unzip -p pc_202610.zip index.csv | grep -qF ',../../x'"), 0);
    testkit_free(kit);
}

static void nobody_gives_an_archive_that_opens(void **state) {
    static const char *const options[] = {"files=[pc]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    assert_int_equal(in_shell("test \"$(unzip -Z1 pc_202610.zip)\" = index.csv"), 0);
    testkit_free(kit);
}

/* Each plan with the choices that have none of its files, and the files of all others. */
static const struct {
    const char *name, *refused, *files;
} bought[] = {
    {"time-report", "pc logs",
     "kinmu task_report approval_history conference outside_work_report "
     "overtime_holiday_work not_applicable_work task"},
    {"job-report", "kinmu",
     "task_report approval_history conference outside_work_report task application_aggregation "
     "presence pc app"},
    {"telework", "",
     "kinmu task_report approval_history conference outside_work_report "
     "overtime_holiday_work not_applicable_work task presence pc"},
    {"standard", "",
     "kinmu task_report approval_history conference outside_work_report "
     "overtime_holiday_work not_applicable_work task application_aggregation "
     "presence pc app"},
    {"advanced", "",
     "kinmu task_report approval_history conference outside_work_report "
     "overtime_holiday_work not_applicable_work task application_aggregation "
     "presence pc app"},
};

static void export_choice(const char *plan, const char *choice, int32_t is_refused) {
    char files[64];
    char asked[64];
    const char *const options[] = {files, NULL};
    (void)snprintf(files, sizeof files, "files=[%s]", choice);
    (void)snprintf(asked, sizeof asked, "\"%s\" is not part of the plan \"%s\"", choice, plan);
    testkit *kit = open_kit(options);
    add_plan(kit, plan);
    add_logs(kit);
    int32_t status = testkit_export(kit, "2026-10-01", "2026-10-31", folder);
    assert_int_equal(status, is_refused ? KINMU_E_REJECT : KINMU_OK);
    if (is_refused) {
        assert_non_null(strstr(kit->err.msg, asked));
        assert_non_null(strstr(kit->err.msg, "but of: "));
        assert_null(strstr(strstr(kit->err.msg, "but of: "), plan));
        assert_non_null(strstr(kit->err.msg, "standard, advanced;"));
    }
    testkit_free(kit);
}

/* PLN-01, PLN-02: five plans x 12 files. */
static void a_plan_decides_which_files_there_are(void **state) {
    static const char *const choices[] = {"kinmu", "gyomu", "aggregation", "pc", "logs"};
    char command[512];
    (void)state;
    for (size_t i = 0; i < sizeof bought / sizeof bought[0]; i++) {
        for (size_t c = 0; c < sizeof choices / sizeof choices[0]; c++) {
            export_choice(bought[i].name, choices[c],
                          strstr(bought[i].refused, choices[c]) != NULL);
        }
        (void)snprintf(command, sizeof command,
                       "printf '%%s\\n' %s | sort >wanted; { ls kinmu_*.csv 2>/dev/null; for f in "
                       "*.zip; do unzip -Z1 $f; done; } | sed -E 's/[.]csv$//; "
                       "s/^.*_(presence|pc|app)$/\\1/; s/^kinmu_.*/kinmu/; /^index$/d' | "
                       "sort -u >found; diff wanted found >&2",
                       bought[i].files);
        assert_int_equal(in_shell(command), 0);
        int has_app = in_shell("ls *_app.csv >found 2>&1") == 0; /* loose */
        assert_int_equal(has_app, strstr(bought[i].files, "pc app") != NULL);
        assert_int_equal(in_shell("rm -f *.zip *.csv wanted found"), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(logs_of_people_go_into_one_archive),
        IN_FOLDER(dangerous_ids_are_safe_names_of_entries),
        IN_FOLDER(nobody_gives_an_archive_that_opens),
        IN_FOLDER(a_plan_decides_which_files_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
