/* linked_test.c - which log of a day became its start or its end (plugins/shared/linked.h). */
#include "plugins/shared/linked.c"
#include "plugins/shared/zone.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void words_say_which_side(void **state) {
    static const struct {
        uint32_t what;
        const char *kind;
        int32_t start, end;
    } rows[] = {
        {LINKED_PUNCH, "start", 3, 0},    {LINKED_PUNCH, "end", 0, 3},
        {LINKED_PUNCH, "break", 0, 0},    {LINKED_PUNCH, "task_start", 0, 0},
        {LINKED_CHANGE, "logon", 2, 0},   {LINKED_CHANGE, "unlock", 2, 0},
        {LINKED_CHANGE, "logoff", 0, 2},  {LINKED_CHANGE, "lock", 0, 2},
        {LINKED_CHANGE, "nothing", 0, 0}, {LINKED_INPUT, "", 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(linked_rank(rows[i].what, rows[i].kind, 0), rows[i].start);
        assert_int_equal(linked_rank(rows[i].what, rows[i].kind, 1), rows[i].end);
    }
}

static void first_starts_and_last_ends(void **state) {
    (void)state;
    assert_true(linked_is_better(1, 50, 0, 0, 0));  /* any before none */
    assert_true(linked_is_better(3, 50, 2, 10, 0)); /* a punch before the PC, however late */
    assert_false(linked_is_better(2, 10, 3, 50, 0));
    assert_true(linked_is_better(3, 10, 3, 50, 0));
    assert_false(linked_is_better(3, 50, 3, 10, 0));
    assert_true(linked_is_better(3, 50, 3, 10, 1));
    assert_false(linked_is_better(3, 10, 3, 50, 1));
}

/* An hour east until 1,000,000 s, then an hour that comes again. */
static void clocks_are_moments(void **state) {
    static zone z = {.count = 2, .steps = {{INT64_MIN, 7200}, {1000800, 3600}}};
    (void)state;
    assert_int_equal(linked_moment_s(&z, 0, 600, 0), 600 * 60 - 7200);
    assert_int_equal(linked_moment_s(&z, 0, 600, 1), 600 * 60 - 7200); /* never shown twice */
    int64_t clock = (1000800 + 3600 + 600) / 60;                       /* in the hour before */
    assert_int_equal(linked_moment_s(&z, 0, clock, 0), clock * 60 - 7200);
    assert_int_equal(linked_moment_s(&z, 0, clock, 1), clock * 60 - 3600);
    assert_int_equal(linked_moment_s(&z, 1, 2879, 0), linked_moment_s(&z, 2, 1439, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_say_which_side),
        cmocka_unit_test(first_starts_and_last_ends),
        cmocka_unit_test(clocks_are_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
