/* window_text_test.c - texts written by X and Wayland clients, hostile ones too, and the facts
 * about a process, as the collector `window` reads them. */
#include "plugins/collectors/window/process.c"
#include "plugins/collectors/window/text.c"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <cmocka.h>

#define OUT_SIZE 64
#define RANDOM_ROUNDS 20000

typedef void (*converter)(char *out, size_t out_size, const char *text, size_t size);

static void check(converter convert, const char *input, size_t size, const char *expected) {
    char out[OUT_SIZE];
    convert(out, sizeof out, input, size);
    assert_string_equal(out, expected);
}

static void check_compound(const char *input, const char *expected) {
    char out[OUT_SIZE];
    assert_int_equal(window_text_compound(out, sizeof out, input, strlen(input)), KINMU_OK);
    assert_string_equal(out, expected);
}

static void refuse_compound(const char *input) {
    char out[OUT_SIZE];
    assert_int_equal(window_text_compound(out, sizeof out, input, strlen(input)), KINMU_E_REJECT);
    assert_string_equal(out, "");
}

static void utf8_is_kept_and_repaired(void **state) {
    (void)state;
    check(window_text_utf8, "勤務表 é 😀", strlen("勤務表 é 😀"), "勤務表 é 😀");
    check(window_text_utf8,
          "a\xff"
          "b",
          3,
          "a\xef\xbf\xbd"
          "b");
    check(window_text_utf8, "\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    check(window_text_utf8, "\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check(window_text_utf8, "\xe3\x81", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    check(window_text_utf8, "a\nb\x1b[31m\x7f", 9, "a b [31m ");
    check(window_text_utf8, "first\0second", 12, "first");
    check(window_text_utf8, "", 0, "");
}

static void latin1_becomes_utf8(void **state) {
    (void)state;
    check(window_text_latin1, "caf\xe9 \x85", 6, "café  ");
}

static void long_texts_are_cut_between_characters(void **state) {
    (void)state;
    char input[OUT_SIZE * 3 + 1] = "";
    for (int index = 0; index < OUT_SIZE; index++) {
        memcpy(input + index * 3, "あ", 4);
    }
    char out[OUT_SIZE];
    window_text_utf8(out, sizeof out, input, strlen(input));
    assert_int_equal(strlen(out), 63);
    window_text_utf8(out, sizeof out - 1, input, strlen(input));
    assert_int_equal(strlen(out), 60);
    window_text_utf8(out, 1, input, strlen(input));
    assert_string_equal(out, "");
}

static void compound_text_in_the_usual_sets(void **state) {
    (void)state;
    check_compound("plain", "plain");
    check_compound("caf\xe9", "café");
    check_compound("\x1b$(B\x46\x7c\x4b\x5c\x1b(B a", "日本 a"); /* JIS X 0208, left half */
    check_compound("\x1b$)B\xc6\xfc\xcb\xdc"
                   "b",
                   "日本b");                                  /* and right half */
    check_compound("\x1b)I\xb1\xb2\x1b(B-", "ｱｲ-");           /* half-width katakana */
    check_compound("\x1b$(D\x30\x21", "丂");                  /* JIS X 0212 */
    check_compound("\x1b$(A\x56\x50\x1b$(C\x47\x51", "中한"); /* Chinese, Korean */
    check_compound("\x1b-L\xbf\xe0\x1b-A\xe9", "Пр\xc3\xa9");
    check_compound("\x1b%G\xe5\x8b\xa4\x1b%@ x", "勤 x");
    check_compound("\x1b%G\xe5\x8b\xa4", "勤");
}

static void compound_text_it_cannot_read_is_refused(void **state) {
    (void)state;
    refuse_compound("abc\x1b");
    refuse_compound("\x1b$(Z\x21\x21");
    refuse_compound("\x1b%/2\x80\x85"
                    "x");               /* an extended segment */
    refuse_compound("\x1b$(B\x46");     /* half a character */
    refuse_compound("\x1b$(B\x7e\x7e"); /* no such character */
}

static void random_bytes_stay_valid_and_bounded(void **state) {
    (void)state;
    static const char pieces[] = "\x1b$(BAC%GDI)-L@\xe3\x81\x82\xff\n a";
    srand(20260105);
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        char input[80];
        size_t size = (size_t)rand() % sizeof input;
        for (size_t index = 0; index < size; index++) {
            input[index] = rand() % 3 ? pieces[(size_t)rand() % sizeof pieces] : (char)rand();
        }
        char out[OUT_SIZE];
        size_t out_size = 1 + (size_t)rand() % sizeof out;
        (void)window_text_compound(out, out_size, input, size);
        assert_true(strlen(out) < out_size && text_is_utf8(out, strlen(out)));
        window_text_utf8(out, out_size, input, size);
        assert_true(strlen(out) < out_size && text_is_utf8(out, strlen(out)));
        window_text_latin1(out, out_size, input, size);
        assert_true(strlen(out) < out_size && text_is_utf8(out, strlen(out)));
    }
}

static void own_process_is_named_and_not_elevated(void **state) {
    (void)state;
    window_facts facts;
    window_process_facts(getpid(), &facts);
    assert_string_equal(facts.process, "window_text_test"); /* 16 bytes: completed from exe */
    assert_int_equal(facts.elevated, 0);
}

static void absent_processes_are_unknown(void **state) {
    (void)state;
    static const int64_t pids[] = {0, -1, 1LL << 40, INT64_MAX};
    for (size_t index = 0; index < sizeof pids / sizeof pids[0]; index++) {
        window_facts facts;
        memset(&facts, 0x55, sizeof facts);
        window_process_facts(pids[index], &facts);
        assert_string_equal(facts.process, "");
        assert_int_equal(facts.elevated, WINDOW_UNKNOWN);
    }
}

/* A root process seen by an ordinary account, which may neither read its exe nor debug it. */
static void a_process_of_root_is_elevated(void **state) {
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    pid_t child = fork();
    if (child == 0) {
        window_facts facts;
        pid_t parent = getppid();
        if (setgid(65534) != 0 || setuid(65534) != 0) {
            _exit(3);
        }
        window_process_facts(parent, &facts);
        int root = facts.elevated == 1 && strcmp(facts.process, "window_text_tes") == 0;
        (void)prctl(PR_SET_DUMPABLE, 0); /* /proc/self belongs to root now, its Uid does not */
        window_process_facts(getpid(), &facts);
        _exit(root && facts.elevated == 0 ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_kept_and_repaired),
        cmocka_unit_test(latin1_becomes_utf8),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(compound_text_in_the_usual_sets),
        cmocka_unit_test(compound_text_it_cannot_read_is_refused),
        cmocka_unit_test(random_bytes_stay_valid_and_bounded),
        cmocka_unit_test(own_process_is_named_and_not_elevated),
        cmocka_unit_test(absent_processes_are_unknown),
        cmocka_unit_test(a_process_of_root_is_elevated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
