/* csv_layout_test.c - the columns of every file in each version of the layout (EXP-07): a file that
 * gains, loses or renames one is a new version, and not a change of an old one.
 *
 * The module is loaded as the host loads it; every test exports into a fresh folder.
 */
#include <kinmu/events/input.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "csv_fixture.h"

#define ALL                                                                                        \
    "files=[kinmu, gyomu, aggregation, pc, jinjer, logs, log_list, attendance_log, results, "      \
    "differences, members]"

static void columns_are_those_of_the_version(void **state) {
    static const char *const options[] = {ALL, "encoding=utf8", "layout=1", NULL};
    testkit *kit = open_kit(options);
    kinmu_value input[KINMU_INPUT_MINUTE_FIELDS] = {kinmu_i64(1), kinmu_i64(0)};
    (void)state;
    add_person(kit, "u1", "0001", "active");
    testkit_add_row(kit, testkit_make(kit, "kinmu.input.minute/1", NOON, "a1", input,
                                      KINMU_INPUT_MINUTE_FIELDS));
    assert_int_equal(testkit_export(kit, "2026-10-01", "2026-10-31", folder), KINMU_OK);
    testkit_free(kit);
    assert_int_equal(in_shell("for z in *.zip; do echo $z; unzip -qo $z; done >columns;"
                              " for f in *.csv; do echo \"$f: $(head -1 $f)\"; done |"
                              " tr -d '\\r' >>columns"),
                     0);
    expect_golden("columns", "layout-1.txt");
}

static void an_unknown_version_is_refused(void **state) {
    static const char *const options[] = {ALL, "layout=2", NULL};
    testkit *kit = testkit_new("csv");
    (void)state;
    assert_int_equal(testkit_load(kit, MODULE, "csv"), KINMU_OK);
    assert_int_equal(testkit_create(kit, options), KINMU_E_CONFIG);
    assert_non_null(strstr(kit->err.msg, "layout"));
    testkit_free(kit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(columns_are_those_of_the_version),
        IN_FOLDER(an_unknown_version_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
