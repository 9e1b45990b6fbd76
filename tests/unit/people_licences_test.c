/* people_licences_test.c - licences by the rule of each product (SUP-22): cases in which they
 * differ. */
#include "plugins/connectors/people/licence_rules.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* N: whoever may log in, administrators too, as the limit of SUP-05 counts. */
static void each_rule_for_itself(void **state) {
    static const struct {
        const char *why;
        licence_person person;
        int64_t m, n, w;
    } rows[] = {
        {"an ordinary person", {"U1", "1", "active", 1, 1}, 1, 1, 1},
        {"no agent", {"U1", "1", "active", 0, 1}, 0, 1, 1},
        {"no account", {"U1", "1", "active", 0, 0}, 0, 1, 0},
        {"three accounts on as many PCs", {"U1", "1", "active", 1, 3}, 1, 1, 3},
        {"ログイン不可", {"U1", "1", "suspended", 1, 1}, 1, 0, 1},
        {"削除", {"U1", "1", "deleted", 1, 1}, 0, 0, 0},
        {"完全削除", {"U1", "", "erased", 1, 1}, 0, 0, 0},
        {"not registered yet", {"U1", "1", "", 1, 1}, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        licence_person one = rows[i].person;
        int64_t counts[LICENCE_RULES];
        licences_count(&one, 1, counts);
        if (counts[LICENCES_M] != rows[i].m || counts[LICENCES_N] != rows[i].n ||
            counts[LICENCES_W] != rows[i].w) {
            fail_msg("%s: %lld %lld %lld", rows[i].why, (long long)counts[LICENCES_M],
                     (long long)counts[LICENCES_N], (long long)counts[LICENCES_W]);
        }
    }
}

/* M's licence is a person's, whatever number of ids he has (ATT-12); N's is an id's. */
static void one_employee_under_several_ids(void **state) {
    licence_person all[] = {
        {"U3", "7", "active", 1, 1}, {"U1", "7", "suspended", 1, 1}, {"U4", "8", "active", 1, 2},
        {"U2", "7", "active", 0, 1}, {"U5", "9", "active", 0, 0},    {"U6", "7", "deleted", 1, 1},
    };
    int64_t counts[LICENCE_RULES];
    (void)state;
    licences_count(all, 6, counts);
    assert_int_equal(counts[LICENCES_M], 2);
    assert_int_equal(counts[LICENCES_N], 4);
    assert_int_equal(counts[LICENCES_W], 5);
    licences_count(all, 0, counts);
    assert_int_equal(counts[LICENCES_M] + counts[LICENCES_N] + counts[LICENCES_W], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_for_itself),
        cmocka_unit_test(one_employee_under_several_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
