/* json_import_test.c - M's agent log in and out, and exports of a period.
 *
 * What is imported is what an export gets: the captured events, sorted as a store sorts them. The
 * eight lines of M's guide must come back byte for byte (COL-01).
 */
#include <kinmu/events/input.h>
#include <kinmu/events/window.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "export_folder.h"

#define MODULE KINMU_BUILD_DIR "/plugins/exporters/json.so"
#define GOLDEN KINMU_SOURCE_DIR "/tests/golden/json/"
#define TEN_O_CLOCK INT64_C(1795309200000000000) /* 2026-11-22 10:00:00 in Tokyo */
#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)

#define LINE_OF(time, user, pc, app, keys, title)                                                  \
    "{ \"TimeStamp\": \"" time "\", \"UserName\": \"" user "\", \"ComputerName\": \"" pc           \
    "\", \"ProcessName\": \"" app "\", \"KeyCount\": " keys                                        \
    ", \"MouseClickedCount\": 1, \"url\": \"\", \"ActiveTitle\": \"" title "\" }\n"

static testkit *open_kit(const char *first, const char *second) {
    const char *const options[] = {first, first != NULL ? second : NULL, NULL};
    testkit *kit = testkit_new("json");
    if (testkit_load(kit, MODULE, "json") != KINMU_OK) {
        fail_msg("%s", kit->err.msg);
    }
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    return kit;
}

static void close_kit(testkit *kit) {
    assert_string_equal(kit->problem, "");
    testkit_free(kit);
}

static void import_file(testkit *kit, const char *path) {
    kinmu_value value = kinmu_text(path);
    (void)testkit_call(kit, "import", &value, 1);
    for (int i = 0; i < 1000 && !kit->reply.done; i++) {
        testkit_advance(kit, 10);
    }
    assert_true(kit->reply.done);
}

static void import_text(testkit *kit, const char *text) {
    write_file(in_folder("in.ndjson"), text, strlen(text));
    char path[EXPORT_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s", in_folder("in.ndjson"));
    import_file(kit, path);
}

static int compare_rows(const void *left, const void *right) {
    const kinmu_event *a = *(const kinmu_event *const *)left;
    const kinmu_event *b = *(const kinmu_event *const *)right;
    int order = strcmp(a->subject, b->subject);
    if (order != 0) {
        return order;
    }
    if (a->unix_ns != b->unix_ns) {
        return a->unix_ns < b->unix_ns ? -1 : 1;
    }
    return a->sequence < b->sequence ? -1 : 1;
}

/* Stores what was published and exports it, from a new instance. */
static void export_published(testkit *from, const char *date, const char *last, const char *first,
                             const char *second) {
    testkit *kit = open_kit(first, second);
    for (uint32_t i = 0; i < from->event_count; i++) {
        kinmu_event *row = tk_copy_event(kit, testkit_event(from, i));
        row->flags = KINMU_EVENT_OFFSET;
        row->utc_offset_s = testkit_event(from, i)->utc_offset_s;
        row->sequence = i + 1;
        row->block = 1;
        testkit_add_row(kit, row);
    }
    if (kit->row_count > 0) {
        qsort((void *)kit->rows, kit->row_count, sizeof *kit->rows, compare_rows);
    }
    int32_t status = testkit_export(kit, date, last, folder);
    if (status != KINMU_OK) {
        fail_msg("export: %d %s", status, kit->err.msg);
    }
    close_kit(kit);
}

static void expect_text(const char *name, const char *expected) {
    size_t size = 0;
    char *text = read_export(name, &size);
    assert_string_equal(text, expected);
    free(text);
}

static void the_guides_log_comes_back_byte_for_byte(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    import_file(kit, GOLDEN "m-log.ndjson");
    assert_string_equal(kit->reply.text, "");
    assert_int_equal(kit->reply.status, KINMU_OK);
    assert_int_equal(kit->reply.values[0].as.i64, 8);
    assert_int_equal(testkit_count(kit, "kinmu.input.minute/1"), 8);
    assert_int_equal(testkit_count(kit, "kinmu.window.focus/1"), 8);
    const kinmu_event *first = testkit_event(kit, 0);
    assert_string_equal(first->subject, "YYYY");
    assert_true(first->unix_ns == INT64_C(1543561260) * SECOND); /* 07:01 UTC */
    export_published(kit, "2018-11-30", "2018-11-30", "profile=miteras", NULL);
    expect_same(in_folder("miteras.ndjson"), GOLDEN "m-log.ndjson");
    close_kit(kit);
}

static void byte_order_mark_crlf_and_decimals_are_tolerated(void **state) {
    (void)state;
    testkit *kit = open_kit("zone_offset=-03:30", NULL);
    import_text(kit,
                "\xEF\xBB\xBF"
                "{\"ActiveTitle\":\"t\",\"url\":\"h/p\",\"MouseClickedCount\":2,\"KeyCount\":1,"
                "\"ProcessName\":\"p\",\"ComputerName\":\"c\",\"UserName\":\"u\","
                "\"TimeStamp\":\"2024-02-29T23:59:00\"}\r\n"
                "{\"ActiveTitle\":\"t\",\"url\":\"h/p\",\"MouseClickedCount\":2,\"KeyCount\":1,"
                "\"ProcessName\":\"p\",\"ComputerName\":\"c\",\"UserName\":\"u\","
                "\"TimeStamp\":\"2024-03-01T00:00:00.123\"}");
    assert_string_equal(kit->reply.text, "");
    assert_int_equal(testkit_count(kit, "kinmu.input.minute/1"), 2);
    assert_int_equal(testkit_count(kit, "kinmu.window.focus/1"), 1); /* the same window goes on */
    assert_int_equal(testkit_event(kit, 0)->utc_offset_s, -12600);
    export_published(kit, "2024-02-29", "2024-03-02", "profile=miteras", NULL);
    expect_text(
        "miteras.ndjson",
        "{ \"TimeStamp\": \"2024-02-29T23:59:00.\", \"UserName\": \"u\", \"ComputerName\": "
        "\"c\", \"ProcessName\": \"p\", \"KeyCount\": 1, \"MouseClickedCount\": 2, \"url\": "
        "\"h/p\", \"ActiveTitle\": \"t\" }\n"
        "{ \"TimeStamp\": \"2024-03-01T00:00:00.\", \"UserName\": \"u\", \"ComputerName\": "
        "\"c\", \"ProcessName\": \"p\", \"KeyCount\": 1, \"MouseClickedCount\": 2, \"url\": "
        "\"h/p\", \"ActiveTitle\": \"t\" }\n");
    close_kit(kit);
}

static void two_computers_of_one_user_stay_apart(void **state) {
    static const char log[] = LINE_OF("2024-01-01T09:00:00.", "u", "A", "one", "1", "")
        LINE_OF("2024-01-01T09:00:00.", "u", "B", "two", "2", "")
            LINE_OF("2024-01-01T09:01:00.", "u", "A", "one", "3", "")
                LINE_OF("2024-01-01T09:01:00.", "u", "B", "two", "4", "");
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    import_text(kit, log);
    assert_int_equal(testkit_count(kit, "kinmu.window.focus/1"), 2);
    export_published(kit, "2024-01-01", "2024-01-01", "profile=miteras", NULL);
    expect_text("miteras.ndjson", log);
    close_kit(kit);
}

static void faults_are_told_by_file_line_and_column_and_change_nothing(void **state) {
    static const char good[] = LINE_OF("2024-01-01T09:00:00.", "u", "A", "p", "1", "あいう");
    static const struct {
        const char *line;
        const char *message; /* after the file name */
    } cases[] = {
        {LINE_OF("2024-01-01T09:00:00.", "u", "A", "p", "2", ""),
         ":2:1: error: the same user, computer and minute stand on line 1 already"},
        {LINE_OF("2024-02-30T09:00:00.", "u", "A", "p", "1", ""),
         ":2:17: error: \"TimeStamp\" is not a date of the calendar from 1971 to 2261"},
        {LINE_OF("8748-11-30T16:01:00.", "u", "A", "p", "1", ""),
         ":2:17: error: \"TimeStamp\" is not a date"}, /* beyond 64-bit nanoseconds */
        {LINE_OF("2024-01-01T24:00:00.", "u", "A", "p", "1", ""),
         ":2:28: error: \"TimeStamp\" is not a time of day"},
        {LINE_OF("2024-01-01T09:00:01.", "u", "A", "p", "1", ""),
         ":2:34: error: \"TimeStamp\" must have seconds 00"},
        {LINE_OF("2024-01-01 09:00:00.", "u", "A", "p", "1", ""),
         ":2:27: error: \"TimeStamp\" must look like"},
        {LINE_OF("2024-01-01T09:00:00Z", "u", "A", "p", "1", ""),
         ":2:36: error: \"TimeStamp\" must end after the seconds"},
        {LINE_OF("2024-01-01T09:01:00.", "", "A", "p", "1", ""),
         ":2:52: error: \"UserName\" must have 1 to 255 bytes"},
        {LINE_OF("2024-01-01T09:01:00.", "a\\u0001", "A", "p", "1", ""),
         ":2:52: error: \"UserName\" must not have control characters"},
        {LINE_OF("2024-01-01T09:01:00.", "u", "A", "p", "-1", ""),
         ":2:110: error: \"KeyCount\" must be a whole number from 0 to 1000000"},
        {LINE_OF("2024-01-01T09:01:00.", "u", "A", "p", "1.5", ""), ":2:110: error: \"KeyCount\""},
        {LINE_OF("2024-01-01T09:01:00.", "あ", "A", "p", "\"1\"", ""),
         ":2:110: error: \"KeyCount\""},
        {LINE_OF("2024-01-01T09:01:00.", "u", "A", "p", "99999999999999999999", ""), ":2:"},
        {LINE_OF("2024-01-01T09:01:00.", "u", "A", "p", "1", "\xFF"), "not UTF-8"},
        {LINE_OF("2024-01-01T09:01:00.", "u", "A", "p", "1", "\\u0000"), ":2:"},
        {"{ \"TimeStamp\": \"2024-01-01T09:01:00.\" }\n", "UserName is missing"},
        {"{ \"TimeStamp\": \"a\", \"TimeStamp\": \"b\" }\n", ":2:31: error: the same key twice"},
        {"{ \"Timestamp\": \"2024-01-01T09:01:00.\" }\n", ":2:3: error: unknown key"},
        {"[1]\n", ":2:1: error: a line must be an object"},
        {"\n", ":2:1: error: "},
        {"{ \"TimeStamp\": \n", ":2:"},
        {"{} {}\n", ":2:"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2048];
        testkit *kit = open_kit(NULL, NULL);
        (void)snprintf(text, sizeof text, "%s%s", good, cases[i].line);
        import_text(kit, text);
        if (strstr(kit->reply.text, cases[i].message) == NULL ||
            strstr(kit->reply.text, "/in.ndjson:2:") == NULL ||
            kit->reply.status != KINMU_E_REJECT) {
            fail_msg("case %zu: %d %s", i, kit->reply.status, kit->reply.text);
        }
        assert_int_equal(kit->event_count, 0);
        close_kit(kit);
    }
}

/* An operator may import a file of logs, not read any file through the messages. */
static void messages_never_quote_the_file(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    import_text(kit, "root:$6$secret:19000:0\n");
    assert_int_equal(kit->reply.status, KINMU_E_REJECT);
    assert_null(strstr(kit->reply.text, "root"));
    assert_null(strstr(kit->reply.text, "secret"));
    close_kit(kit);
}

static void missing_files_and_relative_paths_are_refused(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    import_file(kit, "/nonexistent/log.ndjson");
    assert_int_equal(kit->reply.status, KINMU_E_REJECT);
    assert_non_null(
        strstr(kit->reply.text, "cannot read \"/nonexistent/log.ndjson\": No such file"));
    kinmu_value relative = kinmu_text("log.ndjson");
    assert_int_equal(testkit_call(kit, "import", &relative, 1), KINMU_E_REJECT);
    close_kit(kit);
}

/* More lines than one publish takes, with a bus that is full at first. */
static void a_long_log_is_published_in_parts(void **state) {
    enum { LINES = 3000 };
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    char *text = calloc(LINES, 256);
    size_t used = 0;
    for (int i = 0; i < LINES; i++) {
        used += (size_t)snprintf(text + used, 256,
                                 LINE_OF("2024-01-%02dT%02d:%02d:00.", "u", "A", "p%d", "1", ""),
                                 1 + i / 1440, i / 60 % 24, i % 60, i % 7);
    }
    kit->busy = 3;
    import_text(kit, text);
    assert_string_equal(kit->reply.text, "");
    assert_int_equal(kit->reply.values[0].as.i64, LINES);
    assert_int_equal(testkit_count(kit, "kinmu.input.minute/1"), LINES);
    assert_int_equal(testkit_count(kit, "kinmu.import.origin/1"), LINES);
    export_published(kit, "2024-01-01", "2024-01-03", "profile=miteras", NULL);
    expect_text("miteras.ndjson", text);
    free(text);
    close_kit(kit);
}

static void add_minute(testkit *kit, const char *user, int64_t unix_ns, int64_t keys) {
    kinmu_value values[KINMU_INPUT_MINUTE_CLICKS + 1] = {kinmu_i64(keys), kinmu_i64(0)};
    testkit_add_row(kit, testkit_make(kit, "kinmu.input.minute/1", unix_ns, user, values, 2));
}

static void add_focus(testkit *kit, const char *user, int64_t unix_ns, const char *process,
                      const char *cause) {
    kinmu_value values[KINMU_WINDOW_FOCUS_CAUSE + 1] = {
        process != NULL ? kinmu_text(process) : kinmu_null(), kinmu_null(), kinmu_null(),
        kinmu_text(cause)};
    testkit_add_row(kit, testkit_make(kit, "kinmu.window.focus/1", unix_ns, user, values, 4));
}

static void expect_minute(const char **line, const char *time, const char *user,
                          const char *process) {
    char expected[256];
    (void)snprintf(expected, sizeof expected,
                   "{ \"TimeStamp\": \"2026-11-22T%s:00.\", \"UserName\": \"%s\", "
                   "\"ComputerName\": \"testnode\", \"ProcessName\": \"%s\",",
                   time, user, process);
    if (strncmp(*line, expected, strlen(expected)) != 0) {
        fail_msg("wanted %s\nfound  %.150s", expected, *line);
    }
    *line = strchr(*line, '\n') + 1;
}

static void the_window_of_a_minute_is_the_longest_one(void **state) {
    (void)state;
    testkit *kit = open_kit("profile=miteras", NULL);
    int64_t at = TEN_O_CLOCK;
    add_minute(kit, "alice", at, 1); /* before any window is known */
    add_focus(kit, "alice", at + 50 * SECOND, "editor", "start");
    add_minute(kit, "alice", at + MINUTE, 1); /* editor 20 + 20, browser 20 */
    add_focus(kit, "alice", at + MINUTE + 20 * SECOND, "browser", "focus");
    add_focus(kit, "alice", at + MINUTE + 40 * SECOND, "editor", "focus");
    add_minute(kit, "alice", at + 2 * MINUTE, 1); /* a tie: the earlier one */
    add_focus(kit, "alice", at + 2 * MINUTE + 30 * SECOND, "mail", "focus");
    add_minute(kit, "alice", at + 10 * MINUTE, 1); /* the window stays over a pause */
    add_focus(kit, "alice", at + 10 * MINUTE + 10 * SECOND, NULL, "none");
    add_minute(kit, "alice", at + 11 * MINUTE, 1); /* no window at all */
    add_minute(kit, "bob", at, 2);
    assert_int_equal(testkit_export(kit, "2026-11-22", "2026-11-22", folder), KINMU_OK);
    size_t size = 0;
    char *text = read_export("miteras.ndjson", &size);
    const char *line = text;
    expect_minute(&line, "10:00", "alice", "editor");
    expect_minute(&line, "10:01", "alice", "editor");
    expect_minute(&line, "10:02", "alice", "editor");
    expect_minute(&line, "10:10", "alice", "mail");
    expect_minute(&line, "10:11", "alice", "");
    expect_minute(&line, "10:00", "bob", "");
    assert_int_equal(line - text, size);
    free(text);
    close_kit(kit);
}

static void an_export_of_events_is_ndjson(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    add_minute(kit, "alice", TEN_O_CLOCK, 1);
    add_focus(kit, "alice", TEN_O_CLOCK, "editor", "focus");
    assert_int_equal(testkit_export(kit, "2026-11-22", "2026-11-22", folder), KINMU_OK);
    size_t size = 0;
    char *text = read_export("events.ndjson", &size);
    assert_non_null(strstr(text, "{\"schema\":\"kinmu.input.minute/1\",\"time\":"
                                 "\"2026-11-22T10:00:00+09:00\",\"subject\":\"alice\","));
    assert_non_null(strstr(text, "\"process\":\"editor\",\"title\":null,\"url\":null,"));
    assert_int_equal(files_in_folder(), 1);
    free(text);
    close_kit(kit);
}

static void an_aborted_export_leaves_nothing(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL, NULL);
    void *run = NULL;
    kinmu_export job = {sizeof job, 0, 0, 0, "2026-11-22", "2026-11-22", folder};
    assert_int_equal(kit->plugin.export_open(kit->instance, &job, &run, &kit->err), KINMU_OK);
    assert_int_equal(kit->plugin.export_close(run, 0, &kit->err), KINMU_OK);
    assert_int_equal(files_in_folder(), 0);
    close_kit(kit);
}

static void wrong_options_are_refused(void **state) {
    static const char *const wrong[][2] = {{"zone_offset=09:00x", "zone_offset must look like"},
                                           {"zone_offset=+25:00", "zone_offset must look like"},
                                           {"schemas=[x/1]", "no installed plugin knows \"x/1\""}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const options[] = {wrong[i][0], NULL};
        testkit *kit = testkit_new("json");
        assert_int_equal(testkit_load(kit, MODULE, "json"), KINMU_OK);
        assert_int_equal(testkit_create(kit, options), KINMU_E_CONFIG);
        assert_non_null(strstr(kit->err.msg, wrong[i][1]));
        testkit_free(kit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_guides_log_comes_back_byte_for_byte),
        IN_FOLDER(byte_order_mark_crlf_and_decimals_are_tolerated),
        IN_FOLDER(two_computers_of_one_user_stay_apart),
        IN_FOLDER(faults_are_told_by_file_line_and_column_and_change_nothing),
        IN_FOLDER(messages_never_quote_the_file),
        IN_FOLDER(missing_files_and_relative_paths_are_refused),
        IN_FOLDER(a_long_log_is_published_in_parts),
        IN_FOLDER(the_window_of_a_minute_is_the_longest_one),
        IN_FOLDER(an_export_of_events_is_ndjson),
        IN_FOLDER(an_aborted_export_leaves_nothing),
        IN_FOLDER(wrong_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
