/* table_test.c - rows of the store in memory (plugins/shared/table.h), and words of a list. */
#include "plugins/shared/memory.c"
#include "plugins/shared/table.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FIELDS 4u

static memory m;
static kinmu_query asked;
static uint32_t rows_there;
static int32_t answer;

/* Rows of three values, their text without an end, gone when the next one comes. */
static int32_t query(const kinmu_host *host, const kinmu_query *q, kinmu_row_fn row, void *user) {
    int32_t status = answer;
    (void)host;
    asked = *q;
    for (uint32_t i = 0; i < rows_there && i < q->limit && status == KINMU_OK; i++) {
        char text[2] = {(char)('a' + i), '!'};
        const kinmu_value values[] = {kinmu_text_n(text, 1), kinmu_i64(i), kinmu_null()};
        const kinmu_event event = {.value_count = 3, .values = values};
        status = row(user, &event);
        memset(text, 'x', sizeof text);
    }
    return status;
}
static const kinmu_records records = {.struct_size = sizeof records, .query = query};
static const table_source source = {NULL, &records, &m, 7, 5};

static int set_up(void **state) {
    (void)state;
    answer = KINMU_OK;
    rows_there = 3;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    memory_free(&m);
    m.failed = 0;
    return 0;
}

static void rows_are_kept(void **state) {
    table t;
    const kinmu_filter filter = table_where("person", "U01");
    (void)state;
    rows_there = 20; /* the array moves */
    assert_int_equal(table_read(&source, 2, FIELDS, &filter, 1, "-date", 100, &t), KINMU_OK);
    assert_int_equal(t.count, 20);
    for (uint32_t i = 0; i < t.count; i++) {
        assert_int_equal(table_text(t.rows[i], 0)[0], 'a' + (char)i);
        assert_int_equal(strlen(table_text(t.rows[i], 0)), 1);
        assert_int_equal(table_number(t.rows[i], 1), i);
    }
    assert_int_equal(asked.schema, 2);
    assert_int_equal(asked.limit, 100);
    assert_int_equal(asked.decision, 7);
    assert_int_equal(asked.at_least, 5);
    assert_string_equal(asked.order, "-date");
    assert_string_equal(asked.filters[0].value.as.text, "U01");
}

static void what_a_row_lacks_is_null(void **state) {
    const kinmu_value *row = NULL;
    (void)state;
    assert_int_equal(table_find(&source, 0, FIELDS, NULL, 0, NULL, &row), KINMU_OK);
    assert_int_equal(asked.limit, 1);
    assert_true(table_is(row, 0, "a"));
    assert_false(table_is(row, 0, "aa"));
    assert_int_equal(row[FIELDS - 1].type, KINMU_TYPE_NULL);
    assert_string_equal(table_text(row, 2), "");
    assert_string_equal(table_text(row, 1), "");
    assert_int_equal(table_number(row, 0), 0); /* a text */
    /* A row of more fields than the plugin knows. */
    assert_int_equal(table_find(&source, 0, 1, NULL, 0, NULL, &row), KINMU_OK);
    assert_string_equal(table_text(row, 0), "a");
}

static void no_row_is_empty(void **state) {
    const kinmu_value *row = &(kinmu_value){0};
    table t = {NULL, 9, 9};
    (void)state;
    rows_there = 0;
    assert_int_equal(table_find(&source, 0, FIELDS, NULL, 0, NULL, &row), KINMU_OK);
    assert_null(row);
    assert_string_equal(table_text(row, 3), "");
    assert_int_equal(table_number(row, 3), 0);
    assert_true(table_is(row, 3, ""));
    answer = KINMU_E_RETRY;
    assert_int_equal(table_read(&source, 0, FIELDS, NULL, 0, NULL, 9, &t), KINMU_E_RETRY);
    assert_int_equal(t.count, 0);
    m.failed = 1; /* what came before may lack a piece */
    answer = KINMU_OK;
    assert_int_equal(table_read(&source, 0, FIELDS, NULL, 0, NULL, 9, &t), KINMU_E_NOMEM);
}

static void words_stand_whole_in_a_list(void **state) {
    (void)state;
    assert_true(words_has("ann;bob;;carl", "bob"));
    assert_true(words_has("ann;bob;;carl", "carl"));
    assert_false(words_has("ann;bob", "bo"));
    assert_false(words_has("ann;bob", "ann;bob"));
    assert_false(words_has("ann;;bob", ""));
    assert_false(words_has("", "ann"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_row_lacks_is_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_row_is_empty, set_up, tear_down),
        cmocka_unit_test(words_stand_whole_in_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
