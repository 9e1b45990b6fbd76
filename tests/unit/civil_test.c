/* The SDK's calendar against the C library's: every day that 64-bit nanoseconds reach, there and
 * back, and the ends of time. One calendar serves the core and all exporters. */
#include <kinmu/civil.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define DAY_S 86400
#define SECOND_NS INT64_C(1000000000)
#define DAYS_MAX 106751 /* from 1970 either way */

static void every_day_is_the_c_librarys(void **state) {
    (void)state;
    for (int64_t day = -DAYS_MAX; day <= DAYS_MAX; day++) {
        struct tm expected;
        time_t second = (time_t)(day * DAY_S);
        assert_non_null(gmtime_r(&second, &expected));
        kinmu_civil c = kinmu_civil_from(day * DAY_S * SECOND_NS, 0);
        assert_int_equal(c.year, expected.tm_year + 1900);
        assert_int_equal(c.month, expected.tm_mon + 1);
        assert_int_equal(c.day, expected.tm_mday);
        assert_true(kinmu_days_from_date(c.year, c.month, c.day) == day);
    }
}

static void offsets_move_clock_and_date(void **state) {
    (void)state;
    kinmu_civil tokyo = kinmu_civil_from(INT64_C(1803826800) * SECOND_NS + 1, 32400);
    assert_int_equal(tokyo.year * 10000 + tokyo.month * 100 + tokyo.day, 20270301);
    assert_int_equal(tokyo.hour * 10000 + tokyo.minute * 100 + tokyo.second, 0);
    assert_int_equal(tokyo.nanosecond, 1);
    kinmu_civil before = kinmu_civil_from(-1, -19800);
    assert_int_equal(before.year * 10000 + before.month * 100 + before.day, 19691231);
    assert_int_equal(before.hour * 10000 + before.minute * 100 + before.second, 182959);
    assert_int_equal(before.nanosecond, 999999999);
}

/* The sanitizers watch for overflow. */
static void the_ends_of_time_are_dates(void **state) {
    (void)state;
    kinmu_civil first = kinmu_civil_from(INT64_MIN, -86400);
    kinmu_civil last = kinmu_civil_from(INT64_MAX, 86400);
    assert_int_equal(first.year * 10000 + first.month * 100 + first.day, 16770920);
    assert_int_equal(last.year * 10000 + last.month * 100 + last.day, 22620412);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_is_the_c_librarys),
        cmocka_unit_test(offsets_move_clock_and_date),
        cmocka_unit_test(the_ends_of_time_are_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
