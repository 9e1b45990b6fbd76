/* people_deadlines_test.c - by when a person's demand is to be answered, and what is told of it. */
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include "plugins/connectors/people/book.c"
#include "plugins/connectors/people/deadlines.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_deadline_is_told_in_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
