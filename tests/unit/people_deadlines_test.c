/* people_deadlines_test.c - by when a person's demand is to be answered, and what is told of it; on
 * which day a contract that is over takes its records with it. */
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include "plugins/connectors/people/book.c"
#include "plugins/connectors/people/contract.c"
#include "plugins/connectors/people/deadlines.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

int32_t people_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...) {
    (void)format;
    (void)snprintf(err->key, sizeof err->key, "%s", key);
    return status;
}

void people_tell_health(people *p) {
    (void)p;
}

void desk_finish(desk *d, desk_call *call, int32_t status, const char *text) {
    (void)d;
    (void)call;
    (void)status;
    (void)text;
}

/* The demand as the daily work of a day leaves it. */
static const char *told_on(book *b, const char *today, change *c, uint32_t told) {
    (void)snprintf(c->today, sizeof c->today, "%s", today);
    assert_int_equal(demands_watch(b, c), KINMU_OK);
    assert_int_equal(c->demands_told, told);
    return book_text(book_first(b, KIND_DEMAND, "D20260131-1"), KINMU_AUDIT_DEMAND_NOTICE);
}

/* Thirty days: nothing, a week before, and when they are over; each once, and not once answered. */
static void a_deadline_is_told_in_time(void **state) {
    (void)state;
    book all = {.today = ""};
    desk_call call = {.now_ns = 0};
    change c = {.call = &call};
    const char *due = demands_day_after(&all.memory, "2026-01-31", 30);
    assert_string_equal(due, "2026-03-02");
    kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS] = {
        [KINMU_AUDIT_DEMAND_DEMAND_ID] = kinmu_text("D20260131-1"),
        [KINMU_AUDIT_DEMAND_PERSON] = kinmu_text("U1"),
        [KINMU_AUDIT_DEMAND_STATE] = kinmu_text("received"),
        [KINMU_AUDIT_DEMAND_DUE_DATE] = kinmu_text(due),
        [KINMU_AUDIT_DEMAND_NOTICE] = kinmu_text("none")};
    (void)book_put(&all, KIND_DEMAND, values, (place){NULL, 0});
    assert_string_equal(told_on(&all, "2026-02-22", &c, 0), "none");
    assert_string_equal(told_on(&all, "2026-02-23", &c, 1), "soon");
    assert_string_equal(told_on(&all, "2026-03-02", &c, 0), "soon");
    assert_int_equal(c.demands_overdue, 0);
    assert_string_equal(told_on(&all, "2026-03-03", &c, 1), "overdue");
    assert_string_equal(told_on(&all, "2026-03-04", &c, 0), "overdue");
    assert_int_equal(c.demands_overdue, 1);
    assert_string_equal(c.demand_next, "D20260131-1 (2026-03-02)");
    values[KINMU_AUDIT_DEMAND_STATE] = kinmu_text("done");
    (void)book_put(&all, KIND_DEMAND, values, (place){NULL, 0});
    assert_string_equal(told_on(&all, "2026-03-05", &c, 0), "none");
    assert_int_equal(c.demands_open, 0);
    memory_free(&call.memory);
    book_free(&all);
}

/* A month is a whole one, also where the next has no such day. */
static void a_month_after_the_end(void **state) {
    static const char *const days[][2] = {
        {"2026-11-22", "2026-12-22"}, {"2026-12-31", "2027-01-31"}, {"2027-01-28", "2027-02-28"},
        {"2027-01-29", "2027-03-01"}, {"2027-01-31", "2027-03-01"}, {"2028-01-29", "2028-02-29"},
        {"2028-01-30", "2028-03-01"}, {"2026-10-31", "2026-12-01"}, {"2026-12-01", "2027-01-01"},
    };
    memory m = {0};
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        assert_string_equal(contract_due(&m, days[i][0]), days[i][1]);
    }
    memory_free(&m);
}

static int32_t set_on(const char *today, const char *name, const char *value, const char *from) {
    book all = {.today = ""};
    desk_call call = {.now_ns = 0};
    change c = {.call = &call};
    (void)snprintf(all.today, sizeof all.today, "%s", today);
    int32_t status = contract_check(&all, &c, name, value, from);
    memory_free(&call.memory);
    return status;
}

/* A slip of the pen erases nothing at once. */
static void an_end_leaves_time_to_mend_it(void **state) {
    (void)state;
    assert_int_equal(set_on("2026-12-21", "contract.end", "2026-11-22", BOOK_EVER), KINMU_OK);
    assert_int_equal(set_on("2026-12-22", "contract.end", "2026-11-22", BOOK_EVER), KINMU_E_REJECT);
    assert_int_equal(set_on("2026-12-01", "contract.end", "2026-11-22", "2026-12-22"),
                     KINMU_E_REJECT);
    assert_int_equal(set_on("2026-12-22", "contract.end", "", BOOK_EVER), KINMU_OK);
    assert_int_equal(set_on("2026-12-22", "contract.erase", "evidence;activity", ""), KINMU_OK);
    assert_int_equal(set_on("2026-12-22", "contract.erase", "activity;audit", ""), KINMU_E_REJECT);
    assert_int_equal(set_on("2026-12-22", "contract.erase", "access", ""), KINMU_E_REJECT);
    assert_int_equal(set_on("2026-12-22", "mail.send", "audit", BOOK_EVER), KINMU_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_deadline_is_told_in_time),
                                       cmocka_unit_test(a_month_after_the_end),
                                       cmocka_unit_test(an_end_leaves_time_to_mend_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
