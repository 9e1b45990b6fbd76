/* answer_test.c - what a command's answer looks like at a terminal. */
#include "cli/answer.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *answer, const char *lines) {
    buffer out = {0};
    answer_lines(&out, answer, strlen(answer));
    assert_string_equal(buffer_string(&out), lines);
    buffer_free(&out);
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
    expect("{\"decided_ns\":1763769600123456789,\"from_clock\":540,\"to_clock\":1620,"
           "\"work_min\":480,\"never_ns\":0,\"odd_clock\":-1,\"told_ns\":\"5\"}",
           "decided: 2025-11-22 09:00:00\nfrom_clock: 09:00\nto_clock: 27:00\n"
           "work_min: 480\nnever: 0\nodd_clock: -1\ntold: 5\n");
    clock_set_fake(NULL);
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
        cmocka_unit_test(nothing_steers_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
