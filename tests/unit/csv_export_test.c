/* csv_export_test.c - what a user finds in the folder after `kinmu export csv`, byte for byte.
 *
 * The golden files were encoded by another program than the one under test. The module is loaded as
 * the host loads it; every test exports into a fresh folder.
 */
#include <kinmu/events/input.h>
#include <kinmu/events/session.h>
#include <kinmu/events/window.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "export_folder.h"

#define MODULE KINMU_BUILD_DIR "/plugins/exporters/csv.so"
#define GOLDEN KINMU_SOURCE_DIR "/tests/golden/csv/"
#define TEN_O_CLOCK INT64_C(1795309200000000000) /* 2026-11-22 10:00:00 in Tokyo */
#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)

static void expect_golden(const char *name, const char *golden) {
    char path[EXPORT_PATH_SIZE];
    (void)snprintf(path, sizeof path, GOLDEN "%s", golden);
    expect_same(in_folder(name), path);
}

static testkit *open_kit(const char *const *options) {
    testkit *kit = testkit_new("csv");
    kit->host.iface = find_iface_with_schemas;
    if (testkit_load(kit, MODULE, "csv") != KINMU_OK) {
        fail_msg("%s", kit->err.msg);
    }
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    return kit;
}

static void add_minute(testkit *kit, const char *user, int64_t unix_ns, const int64_t *counts) {
    kinmu_value values[KINMU_INPUT_MINUTE_FIELDS] = {{0}};
    values[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(0);
    values[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    for (uint32_t i = 0; counts != NULL && i < 9; i++) {
        values[KINMU_INPUT_MINUTE_KEY_ALPHA + i] = kinmu_i64(counts[i]);
    }
    testkit_add_row(kit, testkit_make(kit, "kinmu.input.minute/1", unix_ns, user, values,
                                      KINMU_INPUT_MINUTE_FIELDS));
}

static void add_focus(testkit *kit, const char *user, int64_t unix_ns, const char *process,
                      const char *title, const char *cause) {
    kinmu_value values[KINMU_WINDOW_FOCUS_FIELDS] = {{0}};
    values[KINMU_WINDOW_FOCUS_PROCESS] = process != NULL ? kinmu_text(process) : kinmu_null();
    values[KINMU_WINDOW_FOCUS_TITLE] = title != NULL ? kinmu_text(title) : kinmu_null();
    values[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text(cause);
    testkit_add_row(kit, testkit_make(kit, "kinmu.window.focus/1", unix_ns, user, values,
                                      KINMU_WINDOW_FOCUS_FIELDS));
}

/* The corpora of X20 and X22 as window titles, and the script of COL-10 as input. */
static void add_day_of_alice(testkit *kit) {
    static const int64_t script[] = {5, 4, 3, 2, 1, 7, 6, 5, 9};
    static const int64_t pc_one[] = {10, 0, 0, 0, 0, 1, 0, 0, 100};
    static const int64_t pc_two[] = {1, 0, 0, 0, 0, 0, 0, 0, 20};
    static const char *const titles[] = {"=1+1",
                                         "+cmd|' /C calc'!A0,x",
                                         "-2",
                                         "@SUM(A1)",
                                         "\t=1",
                                         "\r=1",
                                         "\r\n=1",
                                         "＝1",
                                         "＋1",
                                         "－1",
                                         "＠A",
                                         "a;=1",
                                         "say \"hi\", then go",
                                         "one\r\ntwo\nthree"};
    add_focus(kit, "alice", TEN_O_CLOCK, "xterm", "alice@host: ~", "start");
    add_minute(kit, "alice", TEN_O_CLOCK, script);
    add_focus(kit, "alice", TEN_O_CLOCK + 7 * SECOND, "Google Chrome", "ナレッジベース - FAQ",
              "focus");
    add_focus(kit, "alice", TEN_O_CLOCK + 7 * SECOND + 5, "Google Chrome", "changed", "title");
    int64_t at = TEN_O_CLOCK + 8 * SECOND;
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++, at += SECOND) {
        add_focus(kit, "alice", at, "calc", titles[i], "focus");
    }
    add_focus(kit, "alice", at, "秀丸", "～\u2212∥￠髙﨑①㈱ 表ソ能", "focus");
    add_focus(kit, "alice", at + SECOND, "秀丸", "𠮷野家 😀", "focus");
    add_focus(kit, "alice", at + 2 * SECOND, "=evil.exe", NULL, "focus");
    add_focus(kit, "alice", at + 3 * SECOND, NULL, NULL, "focus");
    add_focus(kit, "alice", at + 4 * SECOND, NULL, NULL, "none");
    add_minute(kit, "alice", TEN_O_CLOCK + MINUTE, pc_one);
    add_minute(kit, "alice", TEN_O_CLOCK + MINUTE, pc_two);
    add_minute(kit, "alice", TEN_O_CLOCK + (13 * 60 + 59) * MINUTE, NULL);
}

static void export_day(testkit *kit) {
    int32_t status = testkit_export(kit, "2026-11-22", "2026-11-22", folder);
    if (status != KINMU_OK) {
        fail_msg("export: %d %s", status, kit->err.msg);
    }
}

static void cp932_files_are_golden(void **state) {
    testkit *kit = open_kit(NULL);
    (void)state;
    add_day_of_alice(kit);
    export_day(kit);
    expect_golden("alice_pc.csv", "alice_pc.cp932.csv");
    expect_golden("alice_app.csv", "alice_app.cp932.csv");
    expect_golden("index.csv", "index.cp932.csv");
    expect_golden("unmapped.csv", "unmapped.cp932.csv");
    assert_int_equal(files_in_folder(), 4);
    assert_true(testkit_logged(kit, "2 characters are not in the character set"));
    testkit_free(kit);
}

/* Cells are remembered: what repeats is the same each time, and counts each time. */
static void what_repeats_is_written_each_time(void **state) {
    static const char *const titles[][2] = {{"＝1", "'\x81\x81\x31"},
                                            {"＝1", "'\x81\x81\x31"},
                                            {"a\"b", "\"a\"\"b\""},
                                            {"a\"b", "\"a\"\"b\""},
                                            {"😀", "\x81\xAC"},
                                            {"😀", "\x81\xAC"},
                                            {"AB", "AB"},
                                            {"", ""},
                                            {"AC", "AC"},
                                            {"表,", "\"\x95\x5C,\""},
                                            {"app", "app"},
                                            {"app", "app"}};
    char wide[121 * 3 + 1] = "";
    char wide_cell[121 * 2 + 1] = "";
    char expected[8192];
    size_t size = 0;
    testkit *kit = open_kit(NULL);
    (void)state;
    for (size_t i = 0; i < 121; i++) {
        memcpy(wide + i * 3, "表", 4);
        memcpy(wide_cell + i * 2, "\x95\x5C", 3);
    }
    enum { TITLES = sizeof titles / sizeof titles[0] };
    for (size_t i = 0; i < TITLES + 2; i++) {
        const char *title = i < TITLES ? titles[i][0] : wide;
        const char *cell = i < TITLES ? titles[i][1] : wide_cell;
        add_focus(kit, "bob", TEN_O_CLOCK + (int64_t)i * SECOND, "app", title, "focus");
        int length = snprintf(expected + size, sizeof expected - size,
                              "bob,2026/11/22 10:00:%02zu,app,%s\r\n", i, cell);
        size += (size_t)length;
    }
    export_day(kit);
    size_t whole = 0;
    char *text = read_export("bob_app.csv", &whole);
    const char *rows = strchr(text, '\n') + 1;
    assert_int_equal(whole - (size_t)(rows - text), size);
    assert_memory_equal(rows, expected, size);
    free(text);
    text = read_export("unmapped.csv", &whole);
    assert_non_null(strstr(text, ",U+1F600,2,6"));
    free(text);
    testkit_free(kit);
}

static void utf8_files_are_golden_and_lose_nothing(void **state) {
    static const char *const options[] = {"encoding=utf8-bom", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    add_day_of_alice(kit);
    export_day(kit);
    expect_golden("alice_pc.csv", "alice_pc.utf8.csv");
    expect_golden("alice_app.csv", "alice_app.utf8.csv");
    assert_false(testkit_logged(kit, "replaced"));
    testkit_free(kit);
}

/* Reads the last cell of a row as RFC 4180 says; returns the start of the next row. */
static const char *read_last_cell(const char *row, char *out) {
    int32_t is_quoted = 0;
    char *to = out;
    for (;; row++) {
        if (*row == '"' && is_quoted && row[1] == '"') {
            *to++ = *++row;
        } else if (*row == '"') {
            is_quoted = !is_quoted;
        } else if (*row == ',' && !is_quoted) {
            to = out;
        } else if (*row == '\r' && !is_quoted) {
            *to = '\0';
            return row + 2;
        } else {
            *to++ = *row;
        }
    }
}

static void machine_profile_gives_the_text_back(void **state) {
    static const char *const options[] = {"encoding=utf8-bom", "profile=machine", NULL};
    static const char *const titles[] = {"=1+1",     "-1",       "@x", "\t=1", "＝1",
                                         "'quoted'", "a\"b\",c", "\"", " a ",  "+cmd|' /C x'!A",
                                         "",         "a;b"};
    enum { TITLES = sizeof titles / sizeof titles[0] };
    testkit *kit = open_kit(options);
    size_t size = 0;
    (void)state;
    for (int i = 0; i < TITLES; i++) {
        add_focus(kit, "bob", TEN_O_CLOCK + i * SECOND, "app", titles[i], "focus");
    }
    export_day(kit);
    char *text = read_export("bob_app.csv", &size);
    char cell[256];
    const char *row = read_last_cell(text, cell);
    for (int i = 0; i < TITLES; i++) {
        row = read_last_cell(row, cell);
        assert_string_equal(cell, titles[i]);
    }
    assert_int_equal(row - text, size);
    free(text);
    testkit_free(kit);
}

static void question_marks_and_title_rows_on_request(void **state) {
    static const char *const options[] = {"replacement=question", "title_changes=true", NULL};
    testkit *kit = open_kit(options);
    size_t size = 0;
    (void)state;
    add_focus(kit, "bob", TEN_O_CLOCK, "app", "\U0001F600", "focus");
    add_focus(kit, "bob", TEN_O_CLOCK + SECOND, "app", "next", "title");
    export_day(kit);
    char *text = read_export("bob_app.csv", &size);
    assert_non_null(strstr(text, "bob,2026/11/22 10:00:00,app,?\r\n"));
    assert_non_null(strstr(text, "bob,2026/11/22 10:00:01,app,next\r\n"));
    free(text);
    testkit_free(kit);
}

static void dangerous_users_stay_in_the_folder_and_the_index(void **state) {
    static const char *const users[] = {"", "../x", "..", "CON", "a/b"}; /* sorted as bytes below */
    static const int order[] = {0, 2, 1, 3, 4};
    testkit *kit = open_kit(NULL);
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        add_minute(kit, users[order[i]], TEN_O_CLOCK, NULL);
    }
    export_day(kit);
    assert_int_equal(files_in_folder(), 5 * 2 + 2);
    char *index = read_export("index.csv", &size);
    const char *row = strstr(index, "\r\n") + 2;
    for (size_t i = 0; i < 10; i++) {
        char user[64];
        char name[128];
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(row, ","), row);
        row = read_last_cell(row, user);
        assert_string_equal(user, users[order[i / 2]]);
        assert_true(exists(name));
    }
    free(index);
    testkit_free(kit);
}

static void schema_files_hold_every_field(void **state) {
    static const char *const options[] = {"schemas=[kinmu.session.change/1]", NULL};
    testkit *kit = open_kit(options);
    (void)state;
    kinmu_value values[KINMU_SESSION_CHANGE_FIELDS] = {
        kinmu_text("unlock"), kinmu_text("exact"),
        kinmu_text("logind"), kinmu_text("c1"),
        kinmu_text("x11"),    kinmu_null(),
        kinmu_null(),         kinmu_time(TEN_O_CLOCK - 59 * SECOND)};
    testkit_add_row(kit,
                    testkit_make(kit, "kinmu.session.change/1", TEN_O_CLOCK - MINUTE + SECOND / 4,
                                 "alice", values, KINMU_SESSION_CHANGE_FIELDS));
    export_day(kit);
    expect_golden("kinmu.session.change-1.csv", "session.cp932.csv");
    assert_true(exists("alice_pc.csv"));
    testkit_free(kit);
}

/* Records of other plugins come first, in no order of users, and make nobody a user of a PC. */
static void schemas_of_other_plugins_have_files_but_no_users(void **state) {
    static const char *const options[] = {"schemas=[com.acme.badge/2, com.acme.other/1]", NULL};
    testkit *kit = open_kit(options);
    size_t size = 0;
    (void)state;
    kinmu_event events[2] = {make_badge(kit, "zoe", TEN_O_CLOCK),
                             make_badge(kit, "alice", TEN_O_CLOCK)};
    testkit_add_row(kit, &events[0]);
    testkit_add_row(kit, &events[1]);
    add_minute(kit, "alice", TEN_O_CLOCK, NULL);
    export_day(kit);
    char *text = read_export("com.acme.badge-2.csv", &size);
    assert_string_equal(
        text,
        "time,subject,origin,door,photo,warmth\r\n"
        "2026-11-22T10:00:00.000+09:00,zoe,746573746b69742d6f726967696e2d31,north,cafe,21.5\r\n"
        "2026-11-22T10:00:00.000+09:00,alice,746573746b69742d6f726967696e2d31,north,cafe,"
        "21.5\r\n");
    free(text);
    text = read_export("com.acme.other-1.csv", &size);
    assert_string_equal(text, "time,subject,origin\r\n");
    free(text);
    assert_true(exists("alice_pc.csv"));
    assert_false(exists("zoe_pc.csv"));
    testkit_free(kit);
}

static void an_unknown_schema_is_refused_by_name(void **state) {
    static const char *const options[] = {"schemas=[kinmu.input.minuet/1]", NULL};
    testkit *kit = testkit_new("csv");
    (void)state;
    assert_int_equal(testkit_load(kit, MODULE, "csv"), KINMU_OK);
    assert_int_equal(testkit_create(kit, options), KINMU_E_CONFIG);
    assert_non_null(strstr(kit->err.msg, "no installed plugin knows \"kinmu.input.minuet/1\""));
    testkit_free(kit);
}

static void an_empty_period_leaves_only_a_message(void **state) {
    testkit *kit = open_kit(NULL);
    (void)state;
    export_day(kit);
    assert_int_equal(files_in_folder(), 0);
    assert_true(testkit_logged(kit, "2026-11-22 to 2026-11-22: 0 events of 0 users"));
    testkit_free(kit);
}

static void a_user_without_input_gets_headers(void **state) {
    testkit *kit = open_kit(NULL);
    size_t size = 0;
    (void)state;
    add_focus(kit, "bob", TEN_O_CLOCK, NULL, NULL, "none");
    export_day(kit);
    char *text = read_export("bob_pc.csv", &size);
    assert_int_equal(strstr(text, "\r\n") + 2 - text, size);
    free(text);
    testkit_free(kit);
}

/* Old files stay as they are until the new ones are whole. */
static void an_aborted_export_changes_nothing(void **state) {
    testkit *kit = open_kit(NULL);
    void *run = NULL;
    kinmu_export job = {sizeof job, 0, 0, 0, "2026-11-22", "2026-11-22", folder};
    (void)state;
    add_minute(kit, "alice", TEN_O_CLOCK, NULL);
    add_minute(kit, "bob", TEN_O_CLOCK, NULL);
    kinmu_event events[2] = {*kit->rows[0], *kit->rows[1]};
    kinmu_batch batch = {sizeof batch, 2, events, 0};
    assert_int_equal(kit->plugin.export_open(kit->instance, &job, &run, &kit->err), KINMU_OK);
    assert_int_equal(kit->plugin.export_events(run, &batch, &kit->err), KINMU_OK);
    assert_false(exists("alice_pc.csv"));
    assert_int_equal(kit->plugin.export_close(run, 0, &kit->err), KINMU_OK);
    assert_int_equal(files_in_folder(), 0);
    testkit_free(kit);
}

static void a_missing_folder_is_told(void **state) {
    testkit *kit = open_kit(NULL);
    (void)state;
    add_minute(kit, "alice", TEN_O_CLOCK, NULL);
    assert_int_equal(testkit_export(kit, "2026-11-22", "2026-11-22", "/dev/null"), KINMU_E_RETRY);
    assert_non_null(strstr(kit->err.msg, "csv: cannot create \"index.csv\": Not a directory"));
    testkit_free(kit);
}

static void a_full_disk_is_told_and_leaves_nothing(void **state) {
    testkit *kit = open_kit(NULL);
    (void)state;
    for (int i = 0; i < 20; i++) {
        add_minute(kit, "alice", TEN_O_CLOCK + i * MINUTE, NULL);
    }
    limit_files(300);
    int32_t status = testkit_export(kit, "2026-11-22", "2026-11-22", folder);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, KINMU_E_RETRY);
    assert_non_null(strstr(kit->err.msg, "csv: cannot write \"alice_pc.csv\": File too large"));
    assert_int_equal(files_in_folder(), 0);
    testkit_free(kit);
}

static void a_planted_link_is_not_followed(void **state) {
    testkit *kit = open_kit(NULL);
    char target[EXPORT_PATH_SIZE];
    size_t size = 0;
    (void)state;
    (void)snprintf(target, sizeof target, "%s", in_folder("precious"));
    write_file(target, "mine", 4);
    assert_int_equal(symlink(target, in_folder("alice_pc.csv.part")), 0);
    assert_int_equal(symlink(target, in_folder("alice_pc.csv")), 0);
    add_minute(kit, "alice", TEN_O_CLOCK, NULL);
    export_day(kit);
    char *text = read_export("precious", &size);
    assert_string_equal(text, "mine");
    free(text);
    testkit_free(kit);
}

static void unsorted_users_are_a_fault_of_the_host(void **state) {
    testkit *kit = open_kit(NULL);
    (void)state;
    add_minute(kit, "alice", TEN_O_CLOCK, NULL);
    add_minute(kit, "bob", TEN_O_CLOCK, NULL);
    add_minute(kit, "alice", TEN_O_CLOCK + MINUTE, NULL);
    assert_int_equal(testkit_export(kit, "2026-11-22", "2026-11-22", folder), KINMU_E_STATE);
    assert_int_equal(files_in_folder(), 0);
    testkit_free(kit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(cp932_files_are_golden),
        IN_FOLDER(what_repeats_is_written_each_time),
        IN_FOLDER(utf8_files_are_golden_and_lose_nothing),
        IN_FOLDER(machine_profile_gives_the_text_back),
        IN_FOLDER(question_marks_and_title_rows_on_request),
        IN_FOLDER(dangerous_users_stay_in_the_folder_and_the_index),
        IN_FOLDER(schema_files_hold_every_field),
        IN_FOLDER(schemas_of_other_plugins_have_files_but_no_users),
        IN_FOLDER(an_unknown_schema_is_refused_by_name),
        IN_FOLDER(an_empty_period_leaves_only_a_message),
        IN_FOLDER(a_user_without_input_gets_headers),
        IN_FOLDER(an_aborted_export_changes_nothing),
        IN_FOLDER(a_missing_folder_is_told),
        IN_FOLDER(a_full_disk_is_told_and_leaves_nothing),
        IN_FOLDER(a_planted_link_is_not_followed),
        IN_FOLDER(unsorted_users_are_a_fault_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
