/* json_moment_test.c - every day of the 64-bit nanoseconds is printed as the C library has it, and
 * read back: found by mlog_fuzz, the first of March of most years came out as the 29th of February.
 */
#include "../../plugins/exporters/json/moment.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define SECOND_NS INT64_C(1000000000)
#define DAYS_MAX 106751 /* days from 1970 that 64-bit nanoseconds reach, either way */

static void every_day_is_printed_and_read(void **state) {
    (void)state;
    for (int64_t day = -DAYS_MAX; day <= DAYS_MAX; day++) {
        char printed[MOMENT_SIZE];
        char expected[MOMENT_SIZE];
        struct tm parts;
        time_t second = (time_t)(day * DAY_S);
        assert_non_null(gmtime_r(&second, &parts));
        assert_true(strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.", &parts) > 0);
        moment_miteras(printed, day * DAY_S * SECOND_NS, 0);
        assert_string_equal(printed, expected);
        int64_t again = 0;
        size_t at = 0;
        if (parts.tm_year + 1900 >= YEAR_MIN && parts.tm_year + 1900 <= YEAR_MAX) {
            assert_null(moment_parse_miteras(printed, strlen(printed), &again, &at));
            assert_true(again == day * DAY_S);
        }
    }
}

static void the_first_of_march_is_no_29th_of_february(void **state) {
    (void)state;
    char printed[MOMENT_SIZE];
    moment_rfc3339(printed, INT64_C(1803826800) * SECOND_NS, 32400); /* midnight in Tokyo */
    assert_string_equal(printed, "2027-03-01T00:00:00+09:00");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_is_printed_and_read),
        cmocka_unit_test(the_first_of_march_is_no_29th_of_february),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
