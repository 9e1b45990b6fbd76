/* people_resumed_test.c - 利用者再開 (SCR-14): each time a person is let in again is counted, by a
 * file as by the command, and nothing else is. */
#include "plugins/shared/memory.c"
#include "plugins/shared/sentences.c"
#include "plugins/shared/words.c"

#include "plugins/connectors/people/book.c"
#include "plugins/connectors/people/codes.c"
#include "plugins/connectors/people/csv.c"
#include "plugins/connectors/people/n_group.c"
#undef GROUP
#include "plugins/connectors/people/n_pattern.c"
#include "plugins/connectors/people/n_sheet.c"
#include "plugins/connectors/people/n_site.c"
#include "plugins/connectors/people/n_user.c"
#include "plugins/connectors/people/problems.c"
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static book all;

static int tear_down(void **state) {
    (void)state;
    book_free(&all);
    return 0;
}

static int64_t resumed(void) {
    return book_number(book_first(&all, KIND_PERSON, "X"), KINMU_PEOPLE_PERSON_RESUMED);
}

/* 1 registers, 2 changes, 3 suspends, 4 lets in again, 5 asks for a new password, 6 deletes. */
static void each_time_is_counted(void **state) {
    static const char codes[] = "123244642520";
    static const int64_t counts[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2};
    const char *cells[N_USER_COLUMNS] = {
        "",  "X", "1", "佐藤", "",  "G1", "0", "0", "", "x@example.com", "0", "0",
        "0", "0", "0", "0",    "0", "0",  "0", "",  ""};
    problems found = {.memory = &all.memory};
    problems warned = {.memory = &all.memory};
    importing import = {.book = &all,
                        .problems = &found,
                        .warnings = &warned,
                        .from_date = "",
                        .memory = &all.memory};
    const place here = {"in", 2};
    char code[2] = "";
    (void)state;
    (void)snprintf(all.today, sizeof all.today, "2026-11-22");
    cells[0] = code;
    for (size_t i = 0; codes[i] != '\0'; i++) {
        code[0] = codes[i];
        n_user_row(&import, cells, here);
        assert_int_equal(resumed(), counts[i]);
    }
    person_set_state(&import, book_first(&all, KIND_PERSON, "X"), DO_SUSPEND, here);
    assert_int_equal(resumed(), 2);
    person_set_state(&import, book_first(&all, KIND_PERSON, "X"), DO_REVIVE, here);
    assert_int_equal(resumed(), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(each_time_is_counted, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
