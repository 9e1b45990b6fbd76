/* plans_test.c - the table of plans: the words of the setting, and which purposes each plan lets
 * agents collect (COL-06, COL-49). Which files there are is tested where they are written, in
 * csv_pc_test.c. */
#include "plugins/shared/plans.c"

#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MODULE KINMU_BUILD_DIR "/plugins/exporters/csv.so"

static void plans_are_the_words_of_the_setting(void **state) {
    const char *at = kinmu_settings[KINMU_SETTING_COMPANY_PLAN].choices;
    (void)state;
    for (uint32_t i = 0; i < PLANS; i++) {
        size_t size = strlen(plans[i].name);
        assert_memory_equal(at, plans[i].name, size);
        assert_int_equal(at[size], i + 1 < PLANS ? '|' : '\0');
        at += size + 1;
        assert_ptr_equal(plans_find(plans[i].name), &plans[i]);
    }
    assert_string_equal(plans_find("gold")->name, "standard");
    assert_string_equal(plans_find(NULL)->name, "standard");
}

/* Whatever a vendor calls the purpose of something new: a plan of sessions alone has none of it. */
static void sessions_alone_is_a_list_of_what_may_be(void **state) {
    static const struct {
        const char *purpose;
        int32_t by_time_report;
    } purposes[] = {{"working-time", 1}, {"audit", 1},     {"access", 1},    {"activity", 0},
                    {"presence", 0},     {"evidence", 0},  {"directory", 0}, {"inventory", 0},
                    {"operations", 0},   {"com.acme.x", 0}};
    (void)state;
    for (uint32_t i = 0; i < PLANS; i++) {
        for (size_t p = 0; p < sizeof purposes / sizeof purposes[0]; p++) {
            int32_t is_time_report = strcmp(plans[i].name, "time-report") == 0;
            assert_int_equal(plans_has_purpose(&plans[i], purposes[p].purpose),
                             !is_time_report || purposes[p].by_time_report);
        }
    }
}

/* A plan that lets no input be collected promises no file of it, and the other way round. */
static void files_and_purposes_agree(void **state) {
    (void)state;
    for (uint32_t i = 0; i < PLANS; i++) {
        int32_t has_input = plans_has_purpose(&plans[i], "activity");
        assert_int_equal(plans_has(&plans[i], PLAN_DETAIL), has_input);
        assert_int_equal(plans_has_file(&plans[i], "pc", "pc"), has_input);
        assert_true(has_input || !plans_has(&plans[i], PLAN_APPLICATIONS));
        assert_int_equal(plans_has(&plans[i], PLAN_DASHBOARD),
                         strcmp(plans[i].name, "advanced") == 0);
    }
}

/* A choice that is in no row of the table would be part of no plan. */
static void every_choice_is_in_the_table(void **state) {
    testkit *kit = testkit_new("csv");
    char one[32];
    (void)state;
    assert_int_equal(testkit_load(kit, MODULE, "csv"), KINMU_OK);
    const kinmu_option *files = kit->plugin.options.rows;
    assert_string_equal(files->name, "files");
    for (const char *at = files->choices; *at != '\0'; at += strspn(at, "|")) {
        size_t size = strcspn(at, "|");
        (void)snprintf(one, sizeof one, "%.*s", (int)size, at);
        if (!plans_has_choice(plans_find("advanced"), one)) {
            fail_msg("\"%s\" is in no row of plans.c", one);
        }
        at += size;
    }
    testkit_free(kit);
}

static void those_with_a_file_are_told(void **state) {
    char names[PLAN_TEXT_SIZE];
    (void)state;
    plans_with_choice("kinmu", names);
    assert_string_equal(names, "time-report, telework, standard, advanced");
    plans_with_choice("log_list", names);
    assert_string_equal(names, "time-report, job-report, telework, standard, advanced");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_the_words_of_the_setting),
        cmocka_unit_test(sessions_alone_is_a_list_of_what_may_be),
        cmocka_unit_test(files_and_purposes_agree),
        cmocka_unit_test(every_choice_is_in_the_table),
        cmocka_unit_test(those_with_a_file_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
