/* answer_test.c - what a command's answer looks like at a terminal, and that the plugins say in
 * Japanese what is in their answers. */
#include "cli/answer.h"

#include "base/clock.h"
#include "base/text.h"
#include "host/catalog.h"
#include "schema/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FOLDERS                                                                                    \
    KINMU_BUILD_DIR "/plugins/collectors:" KINMU_BUILD_DIR "/plugins/connectors:" KINMU_BUILD_DIR  \
                    "/plugins/exporters"

static void expect_titled(const char *answer, const kinmu_table *titles, size_t width_max,
                          const char *lines) {
    buffer out = {0};
    answer_lines(&out, answer, strlen(answer), titles, width_max);
    assert_string_equal(buffer_string(&out), lines);
    buffer_free(&out);
}

static void expect(const char *answer, const char *lines) {
    const kinmu_table none = KINMU_TABLE_EMPTY;
    expect_titled(answer, &none, 200, lines);
}

static void values_are_lines(void **state) {
    (void)state;
    expect("{\"state\":\"off\",\"count\":3,\"next\":null,\"word\":\"null\",\"rows\":[]}\n",
           "state: off\ncount: 3\nword: null\nrows: (なし / none)\n");
    expect("{\"text\":{\"name\":\"佐藤\",\"of\":{\"a\":1}},\"all\":[\"x\",\"y\"]}",
           "text:\nname: 佐藤\nof:\na: 1\nall: x, y\n");
    expect("a text\nof two lines\n", "a text\nof two lines\n");
    expect("", "");
}

static void records_are_a_table(void **state) {
    (void)state;
    expect("{\"rows\":[{\"name\":\"佐藤 ﾊﾅ\",\"none\":null,\"id\":\"U1\"},"
           "{\"name\":\"Bo\",\"id\":\"U22\",\"of\":[{\"a\":1,\"b\":2}]}],\"next\":\"U22\"}",
           "rows:\n"
           "name     id   of\n"
           "佐藤 ﾊﾅ  U1\n"
           "Bo       U22  a=1 b=2\n"
           "next: U22\n");
    /* か and a mark of its own, 3099, are one character of two columns. */
    expect("{\"rows\":[{\"a\":\"\xe3\x81\x8b\xe3\x82\x99\",\"b\":1}]}",
           "rows:\na   b\n\xe3\x81\x8b\xe3\x82\x99  1\n");
}

/* One long text does not fill every row with blanks. */
static void a_long_text_moves_only_its_row(void **state) {
    char answer[400];
    char lines[800];
    char text[151];
    (void)state;
    memset(text, 'x', 150);
    text[150] = '\0';
    snprintf(answer, sizeof answer, "{\"rows\":[{\"a\":\"%s\",\"b\":1},{\"a\":\"y\",\"b\":2}]}",
             text);
    snprintf(lines, sizeof lines, "rows:\n%-100s  b\n%s  1\n%-100s  2\n", "a", text, "y");
    expect(answer, lines);
}

static void numbers_are_read_by_their_names(void **state) {
    static const clock_fake tokyo = {.utc_offset_s = 9 * 3600, .zone = "Asia/Tokyo"};
    (void)state;
    clock_set_fake(&tokyo);
    expect(
        "{\"decided_ns\":\"2025-11-22T00:00:00.123456789Z\",\"from_clock\":540,\"to_clock\":1620,"
        "\"work_min\":480,\"never_ns\":0,\"odd_clock\":-1,\"told_ns\":\"5\"}",
        "decided: 2025-11-22 09:00:00\nfrom_clock: 09:00\nto_clock: 27:00\n"
        "work_min: 480\nnever: 0\nodd_clock: -1\ntold: 5\n");
    clock_set_fake(NULL);
}

static const kinmu_title some[] = {
    {"name", "氏名"}, {"id", "ユーザ"}, {"at_ns", "日時"}, {"rows", "一覧"}};
static const kinmu_table titles = KINMU_TABLE(some);

static void names_are_the_plugins_japanese(void **state) {
    (void)state;
    expect_titled("{\"name\":\"x\",\"rows\":[{\"name\":\"佐藤\",\"id\":\"U1\",\"of\":[{\"id\":2}]},"
                  "{\"name\":\"Bo\",\"id\":\"U22\"}],\"at_ns\":0}",
                  &titles, 80,
                  "氏名 / name: x\n"
                  "一覧 / rows:\n"
                  "氏名  ユーザ  of\n"
                  "佐藤  U1      ユーザ=2\n"
                  "Bo    U22\n"
                  "日時 / at: 0\n");
}

/* A row of 21 columns, and a terminal that has one less. */
static void a_row_too_wide_becomes_lines(void **state) {
    static const char answer[] =
        "{\"rows\":[{\"name\":\"佐藤\",\"id\":\"U1\",\"longest\":\"xy\",\"of\":null},"
        "{\"name\":\"\",\"id\":\"U22\",\"longest\":3}]}";
    (void)state;
    expect_titled(answer, &titles, 21,
                  "一覧 / rows:\n氏名  ユーザ  longest\n佐藤  U1      xy\n      U22     3\n");
    expect_titled(answer, &titles, 20,
                  "一覧 / rows:\n"
                  "氏名     佐藤\nユーザ   U1\nlongest  xy\n\n"
                  "ユーザ   U22\nlongest  3\n\n");
}

static void moments_are_read_as_they_are_written(void **state) {
    static const struct {
        int64_t unix_ns;
        const char *text;
    } moments[] = {{0, "1970-01-01T00:00:00Z"},
                   {INT64_C(1763769600123456789), "2025-11-22T00:00:00.123456789Z"},
                   {INT64_C(1763769607500000000), "2025-11-22T00:00:07.500Z"},
                   {INT64_C(951782399000001000), "2000-02-28T23:59:59.000001Z"},
                   {-1, "1969-12-31T23:59:59.999999999Z"}};
    static const char *const none[] = {"",
                                       "2025-11-22",
                                       "2025-11-22T00:00:00",
                                       "2025-02-29T00:00:00Z",
                                       "2025-11-22T24:00:00Z",
                                       "2025-11-22T00:00:00+09:00",
                                       "2025-11-22T00:00:00.1234567891Z",
                                       "2025-11-22T00:00:00Zx",
                                       "9999-11-22T00:00:00Z",
                                       "5"};
    char text[TEXT_MOMENT_SIZE];
    int64_t unix_ns;
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        text_moment(text, moments[i].unix_ns);
        assert_string_equal(text, moments[i].text);
        assert_true(text_moment_parse(text, &unix_ns));
        assert_int_equal(unix_ns, moments[i].unix_ns);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_false(text_moment_parse(none[i], &unix_ns));
    }
}

/* ---- what the plugins say ---- */

static void expect_title(const kinmu_plugin *plugin, const char *of, const char *name) {
    for (uint32_t i = 0; i < plugin->titles.count; i++) {
        kinmu_title title;
        schema_table_row(&plugin->titles, i, &title, sizeof title);
        if (strcmp(title.name, name) == 0) {
            return;
        }
    }
    fail_msg("%s: \"%s\" of %s has no title", plugin->name, name, of);
}

static void expect_titles(const kinmu_plugin *plugin, const char *of, const kinmu_table *fields) {
    for (uint32_t i = 0; i < fields->count; i++) {
        kinmu_field field;
        schema_table_row(fields, i, &field, sizeof field);
        expect_title(plugin, of, field.name);
    }
}

/* Records a plugin owns are what its lists show, but those that nobody is shown; one field of text
 * is shown as it is. */
static void what_words_answer_has_a_title(void **state) {
    catalog *c = NULL;
    uint32_t words = 0;
    (void)state;
    assert_int_equal(catalog_load(FOLDERS, &c, NULL), KINMU_OK);
    for (uint32_t p = 0; p < c->count; p++) {
        const kinmu_plugin *plugin = c->plugins[p].plugin;
        uint32_t before = words;
        for (uint32_t i = 0; i < plugin->commands.count; i++) {
            kinmu_command command;
            kinmu_field field = {0};
            schema_table_row(&plugin->commands, i, &command, sizeof command);
            if (command.output.count > 0) {
                schema_table_row(&command.output, 0, &field, sizeof field);
            }
            if (command.shell != NULL && field.name != NULL && strcmp(field.name, "text") != 0) {
                expect_titles(plugin, command.shell, &command.output);
                words++;
            }
        }
        for (uint32_t i = 0; words > before && i < plugin->schemas.count; i++) {
            kinmu_schema_use use;
            schema_table_row(&plugin->schemas, i, &use, sizeof use);
            if (use.schema != NULL && (use.flags & KINMU_EMITS) != 0 &&
                !schema_is_access(use.schema->purpose) && use.schema->kind == KINMU_KIND_RECORD) {
                expect_titles(plugin, use.schema->name, &use.schema->fields);
            }
        }
    }
    assert_true(words > 40);
    catalog_free(c);
}

static void nothing_steers_the_terminal(void **state) {
    (void)state;
    expect("{\"a\":\"\\u001b[2J\\u0007x\\ny\\u007f\",\"\\u001bk\":1}", "a: ?[2J?x y?\n?k: 1\n");
    expect("{\"a\":\"\\u009b2J\\u202e\"}", "a: ?2J?\n");
    expect("\x1b]0;x\x07\n\xc2\x9b\xff\xe3\x81", "?]0;x?\n????");
    expect("{\"a\":\"\x1b[2J", "{\"a\":\"?[2J"); /* cut off: no JSON */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_lines),
        cmocka_unit_test(records_are_a_table),
        cmocka_unit_test(a_long_text_moves_only_its_row),
        cmocka_unit_test(numbers_are_read_by_their_names),
        cmocka_unit_test(names_are_the_plugins_japanese),
        cmocka_unit_test(a_row_too_wide_becomes_lines),
        cmocka_unit_test(moments_are_read_as_they_are_written),
        cmocka_unit_test(what_words_answer_has_a_title),
        cmocka_unit_test(nothing_steers_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
