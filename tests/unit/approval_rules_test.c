/* approval_rules_test.c - connector `approval`: who may decide in a tree of groups five deep
 * (APR-02 to APR-04), and what the flags ask of a start and an end, 3 × 3 flags by form of work
 * (APR-05, APR-06, WRK-13, WRK-14). */
#include "plugins/connectors/approval/book.c"
#include "plugins/connectors/approval/duties.c"
#include "plugins/connectors/approval/texts.c"
#include "plugins/connectors/approval/who.c"
#include "plugins/shared/caller.c"
#include "plugins/shared/desk.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/sentences.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static desk_decision decision;
static book rows;

static void add(uint32_t use, const kinmu_value *values) {
    const kinmu_event event = {.values = values, .value_count = book_fields(use)};
    book_take(&rows, use, &event);
}

static void person(const char *id, const char *state, int32_t is_admin) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
    values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(id);
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text(state);
    values[KINMU_PEOPLE_PERSON_IS_ADMIN] = kinmu_bool(is_admin);
    add(USE_PERSON, values);
}

static void group(const char *id, const char *parent, const char *approvers, const char *upper) {
    kinmu_value values[KINMU_PEOPLE_GROUP_FIELDS] = {{0}};
    values[KINMU_PEOPLE_GROUP_GROUP_ID] = kinmu_text(id);
    values[KINMU_PEOPLE_GROUP_APPROVERS] = kinmu_text(approvers);
    values[KINMU_PEOPLE_GROUP_UPPER_APPROVERS] = kinmu_text(upper);
    values[KINMU_PEOPLE_GROUP_PARENT_ID] = kinmu_text(parent);
    add(USE_GROUP, values);
}

/* G1 over G2 over … G5; beside them G2b below G1. U1 … U5 approve, T and M are upper approvers of
 * G1 and G3, S was an approver of G4 and is suspended, A is an administrator. */
static int set_up(void **state) {
    (void)state;
    memset(&decision, 0, sizeof decision);
    memset(&rows, 0, sizeof rows);
    rows.decision = &decision;
    static const char *const people[] = {"U1", "U2", "U3", "U4", "U5", "T", "M", "N", "U"};
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        person(people[i], "active", 0);
    }
    person("S", "suspended", 0);
    person("A", "active", 1);
    person("B", "deleted", 1);
    group("G1", "", "U1", "T");
    group("G2", "G1", "U2", "");
    group("G2b", "G1", "U5", "");
    group("G3", "G2", "U3", "M;U4");
    group("G4", "G3", "U4;S", "");
    group("G5", "G4", "U5", "");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    memory_free(&decision.memory);
    return 0;
}

static void expect_role(const char *group_id, const char *who, const char *role) {
    const hearing somebody = {.book = &rows, .asker = ""};
    const char *as = who_decides_as(&somebody, group_id, who);
    if (strcmp(as != NULL ? as : "none", role) != 0) {
        fail_msg("%s over %s: %s, not %s", who, group_id, as != NULL ? as : "none", role);
    }
}

/* A person's token says how far he reaches by it, whatever he is himself. */
static void a_token_reaches_no_further_than_its_rights(void **state) {
    desk_call call = {.rights = KINMU_RIGHT_SELF};
    const hearing h = {.book = &rows, .call = &call, .asker = "U1"};
    const hearing admin = {.book = &rows, .call = &call, .asker = "A"};
    (void)state;
    assert_null(who_decides_as(&h, "G1", "U1"));
    assert_string_equal(who_decides_as(&h, "G2", "U2"), "approver"); /* another than who asks */
    assert_null(who_decides_as(&admin, "G1", "A"));
    call.rights = KINMU_RIGHT_SELF | KINMU_RIGHT_MANAGER;
    assert_string_equal(who_decides_as(&h, "G1", "U1"), "approver");
    assert_null(who_decides_as(&admin, "G1", "A"));
    call.rights |= KINMU_RIGHT_ADMIN;
    assert_string_equal(who_decides_as(&admin, "G1", "A"), "admin");
}

static void approvers_reach_down_the_tree(void **state) {
    static const char *const groups[] = {"G1", "G2", "G3", "G4", "G5"};
    (void)state;
    for (int of = 0; of < 5; of++) { /* U1 … U5 over G1 … G5: their own and what is below */
        char who[4];
        (void)snprintf(who, sizeof who, "U%d", of + 1);
        for (int at = 0; at < 5; at++) {
            const char *role = at >= of ? "approver" : "none";
            role = of == 3 && at == 2 ? "upper-approver" : role; /* U4 is that of G3 */
            expect_role(groups[at], who, role);
        }
    }
    expect_role("G2b", "U1", "approver");
    expect_role("G2b", "U2", "none"); /* a sister group */
    expect_role("G2b", "U5", "approver");
}

static void upper_approvers_reach_down_the_tree(void **state) {
    (void)state;
    expect_role("G5", "T", "upper-approver");
    expect_role("G2b", "T", "upper-approver");
    expect_role("G5", "M", "upper-approver");
    expect_role("G3", "M", "upper-approver");
    expect_role("G2", "M", "none");
    expect_role("G2b", "M", "none");
    expect_role("G4", "U4", "approver"); /* both: the stronger word */
}

static void others_may_not_decide(void **state) {
    (void)state;
    expect_role("G5", "N", "none");
    expect_role("G5", "U", "none"); /* a beginning of a name is no name */
    expect_role("G4", "S", "none"); /* suspended */
    expect_role("G4", "nobody", "none");
    expect_role("G5", "A", "admin");
    expect_role("G5", "B", "none"); /* a deleted administrator */
    expect_role("", "U1", "none");
    expect_role("lost", "U1", "none");
}

static void only_who_is_alone_decides_over_himself(void **state) {
    (void)state;
    assert_true(who_else_decides(&rows, "G5", "U5"));
    assert_true(who_else_decides(&rows, "G1", "U1")); /* T */
    group("H", "", "N;S", "");
    assert_false(who_else_decides(&rows, "H", "N")); /* S is suspended */
    assert_true(who_else_decides(&rows, "H", "U1"));
    group("L1", "L2", "", "");
    group("L2", "L1", "", "");
    assert_false(who_else_decides(&rows, "L1", "N")); /* a ring ends, too */
}

static void flags_by_form_of_work(void **state) {
    static const char *const flags[] = {"form", "auto", "manual"};
    static const char *const forms[] = {"ordinary", "outside", "home"};
    static const char expected[3][3] = {"001", "000", "111"}; /* by flag, by form */
    static const char *const words[] = {"form", "optional", "required"};
    (void)state;
    for (int start = 0; start < 3; start++) {
        for (int end = 0; end < 3; end++) {
            for (int form = 0; form < 3; form++) {
                int by_start = duties_is_manual("start", flags[start], forms[form], 0);
                int by_end = duties_is_manual("end", flags[end], forms[form], 0);
                assert_int_equal(by_start, expected[start][form] - '0');
                assert_int_equal(by_end, expected[end][form] - '0');
                assert_int_equal(duties_is_manual("end", flags[end], forms[form], 1), 1);
                assert_int_equal(duties_is_manual("overtime", flags[end], forms[form], 1), 1);
                assert_int_equal(duties_is_manual("correction", flags[end], forms[form], 0), 1);
                assert_int_equal(duties_is_required(words[end], forms[form]),
                                 expected[end][form] - '0');
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_reaches_no_further_than_its_rights, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(approvers_reach_down_the_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(upper_approvers_reach_down_the_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_may_not_decide, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_who_is_alone_decides_over_himself, set_up, tear_down),
        cmocka_unit_test(flags_by_form_of_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
