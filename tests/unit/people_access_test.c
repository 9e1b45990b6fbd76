/* people_access_test.c - a grant to look holds for whom it says until its hour and not a nanosecond
 * longer, and no look is given that could not be written down. Who may grant: e2e/operator.sh. */
#include "plugins/shared/caller.c"
#include "plugins/shared/desk.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include "plugins/connectors/people/book.c"
#include "plugins/connectors/people/access.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define UNTIL_NS (INT64_C(1000) * HOUR_NS)

static uint32_t told;
static int32_t publishing;

int32_t holds_is_below(const book *b, const char *group, const char *top) {
    (void)b;
    return strcmp(group, top) == 0;
}

int32_t people_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...) {
    (void)format;
    (void)snprintf(err->key, sizeof err->key, "%s", key);
    return status;
}

int32_t people_known(const book *b, change *c, const char *person, const char *group) {
    (void)b, (void)c, (void)person, (void)group;
    return KINMU_OK;
}

static int32_t publish(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                       uint64_t *ticket) {
    (void)host;
    (void)ticket;
    told += publishing == KINMU_OK ? count : 0;
    assert_int_equal(events->schema, USE_READ);
    return publishing;
}

static void put_person(book *b, const char *id, const char *group) {
    const kinmu_value person[KINMU_PEOPLE_PERSON_FIELDS] = {
        [KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(id),
        [KINMU_PEOPLE_PERSON_STATE] = kinmu_text("active")};
    const kinmu_value assignment[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {
        [KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text(id),
        [KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] = kinmu_text(BOOK_EVER),
        [KINMU_PEOPLE_ASSIGNMENT_GROUP_ID] = kinmu_text(group)};
    assert_non_null(book_put(b, KIND_PERSON, person, nowhere));
    assert_non_null(book_put(b, KIND_ASSIGNMENT, assignment, nowhere));
}

static void put_setting(book *b, const char *value) {
    const kinmu_value values[KINMU_PEOPLE_SETTING_FIELDS] = {
        kinmu_text("company"), kinmu_text(""), kinmu_text("operator.access"), kinmu_text(BOOK_EVER),
        kinmu_text(value)};
    assert_non_null(book_put(b, KIND_SETTING, values, nowhere));
}

static void put_grant(book *b, const char *person, const char *group, const char *state) {
    const kinmu_value values[KINMU_AUDIT_ACCESS_FIELDS] = {
        [KINMU_AUDIT_ACCESS_ACCESS_ID] = kinmu_text("A1"),
        [KINMU_AUDIT_ACCESS_OPERATOR] = kinmu_text("os:root"),
        [KINMU_AUDIT_ACCESS_PERSON] = text_or_null(person),
        [KINMU_AUDIT_ACCESS_GROUP_ID] = text_or_null(group),
        [KINMU_AUDIT_ACCESS_STATE] = kinmu_text(state),
        [KINMU_AUDIT_ACCESS_REASON] = kinmu_text("why"),
        [KINMU_AUDIT_ACCESS_UNTIL_NS] = kinmu_time(UNTIL_NS)};
    assert_non_null(book_put(b, KIND_ACCESS, values, nowhere));
}

/* The look of a caller at a person ("" = everybody) at a moment; how many were told of it. */
static int32_t look(book *b, const char *caller, const char *person, int64_t now_ns) {
    const kinmu_bus bus = {.publish = publish};
    people owner = {.desk = {.bus = &bus}};
    const kinmu_value values[] = {kinmu_text("people person_show"), text_or_null(person)};
    desk_call call = {.values = values, .value_count = 2, .now_ns = now_ns};
    change c = {.call = &call, .owner = &owner, .today = "2026-11-22"};
    (void)snprintf(call.caller, sizeof call.caller, "%s", caller);
    (void)snprintf(b->today, sizeof b->today, "%s", c.today);
    told = 0;
    int32_t status = access_use_judge(b, &c);
    memory_free(&call.memory);
    return status;
}

static int setup(void **state) {
    book *b = calloc(1, sizeof *b);
    put_person(b, "U1", "G1");
    put_person(b, "U2", "G2");
    put_setting(b, "approved");
    publishing = KINMU_OK;
    *state = b;
    return 0;
}

static int teardown(void **state) {
    book_free(*state);
    free(*state);
    return 0;
}

static void a_grant_ends_by_itself(void **state) {
    book *b = *state;
    assert_int_equal(look(b, "os:root", "U1", 0), KINMU_E_DENIED);
    put_grant(b, "U1", "", "asked");
    assert_int_equal(look(b, "os:root", "U1", 0), KINMU_E_DENIED);
    put_grant(b, "U1", "", "granted");
    assert_int_equal(look(b, "os:root", "U1", UNTIL_NS - 1), KINMU_OK);
    assert_int_equal(told, 1);
    assert_int_equal(look(b, "os:root", "U1", UNTIL_NS), KINMU_E_DENIED);
    put_grant(b, "U1", "", "ended");
    assert_int_equal(look(b, "os:root", "U1", 0), KINMU_E_DENIED);
    assert_int_equal(told, 0);
}

static void a_grant_is_for_whom_it_says(void **state) {
    book *b = *state;
    put_grant(b, "U1", "", "granted");
    assert_int_equal(look(b, "os:other", "U1", 0), KINMU_E_DENIED);
    assert_int_equal(look(b, "person:U1", "U1", 0), KINMU_E_DENIED);
    assert_int_equal(look(b, "os:root", "U2", 0), KINMU_E_DENIED);
    assert_int_equal(look(b, "os:root", "", 0), KINMU_E_DENIED);
    put_grant(b, "", "G2", "granted");
    assert_int_equal(look(b, "os:root", "U2", 0), KINMU_OK);
    assert_int_equal(look(b, "os:root", "U1", 0), KINMU_E_DENIED);
    assert_int_equal(look(b, "os:root", "", 0), KINMU_E_DENIED);
    put_grant(b, "", "", "granted");
    assert_int_equal(look(b, "os:root", "nobody known", 0), KINMU_OK);
    assert_int_equal(look(b, "os:root", "", 0), KINMU_OK);
    assert_int_equal(told, 2); /* each of them */
}

static void a_look_that_cannot_be_told_is_none(void **state) {
    book *b = *state;
    put_grant(b, "", "", "granted");
    publishing = KINMU_E_BUSY;
    assert_int_equal(look(b, "os:root", "U1", 0), KINMU_E_RETRY);
    assert_int_equal(look(b, "os:root", "", 0), KINMU_E_RETRY);
    put_setting(b, "open");
    assert_int_equal(look(b, "os:root", "U1", 0), KINMU_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_grant_ends_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_grant_is_for_whom_it_says, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look_that_cannot_be_told_is_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
