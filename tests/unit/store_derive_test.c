/* store_derive_test.c - derived rows: they give way to decisions, leave with their subject, and are
 * no part of what a rebuild must give. */
#include "tests/unit/store_fixture.h"

static const uint8_t origin[16] = {0xA5, 1};
static const uint8_t boot[16] = {7};

typedef struct person_row {
    kinmu_value values[3];
    store_derived derived;
} person_row;

static const store_derived *row_of(person_row *row, const schema_info *info, const char *subject,
                                   const char *person, const char *name) {
    row->values[0] = person != NULL ? kinmu_text(person) : kinmu_null();
    row->values[1] = name != NULL ? kinmu_text(name) : kinmu_null();
    row->values[2] = kinmu_null();
    row->derived = (store_derived){
        {info, subject, "Asia/Tokyo", boot, 32400, 3, FIXTURE_T0, 1, row->values}, name == NULL};
    return &row->derived;
}

static int32_t derive(store *s, const schema_info *info, const char *subject, const char *person,
                      const char *name) {
    person_row row;
    kinmu_err err = {0};
    return store_derive(s, "people", origin, row_of(&row, info, subject, person, name), 1, &err);
}

static const char *names(fixture *f) {
    return fixture_sql(f, "SELECT coalesce(min(name), '') || '/' || coalesce(max(name), '') || '/'"
                          " || count(*) || '/' || coalesce(min(version), 9) FROM test_person_1");
}

static void a_derived_row_gives_way_to_a_decision(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    store *s = fixture_open(f);
    assert_int_equal(derive(s, person, "sato", "7", "first"), KINMU_OK);
    assert_string_equal(names(f), "first/first/1/0");
    assert_int_equal(derive(s, person, "sato", "7", "again"), KINMU_OK);
    assert_string_equal(names(f), "again/again/1/0");
    fixture_person_block(f, person, 3, "7", "decided");
    fixture_catch_up(f, s);
    assert_string_equal(names(f), "decided/decided/1/3");
    assert_int_equal(derive(s, person, "sato", "7", "late"), KINMU_OK);
    assert_int_equal(derive(s, person, "sato", "7", NULL), KINMU_OK);
    assert_string_equal(names(f), "decided/decided/1/3");
    store_close(s);
    fixture_destroy(f);
}

static void a_derived_row_is_removed_by_its_key(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    store *s = fixture_open(f);
    assert_int_equal(derive(s, person, "sato", "7", "one"), KINMU_OK);
    assert_int_equal(derive(s, person, "sato", "8", "two"), KINMU_OK);
    assert_int_equal(derive(s, person, "sato", "7", NULL), KINMU_OK);
    assert_string_equal(names(f), "two/two/1/0");
    assert_int_equal(derive(s, person, "sato", "9", NULL), KINMU_OK);
    assert_string_equal(names(f), "two/two/1/0");
    store_close(s);
    fixture_destroy(f);
}

static void all_rows_of_a_call_or_none(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    store *s = fixture_open(f);
    person_row first;
    person_row second;
    kinmu_err err = {0};
    const store_derived rows[] = {*row_of(&first, person, "sato", "7", "one"),
                                  *row_of(&second, person, "sato", NULL, "no key")};
    assert_int_not_equal(store_derive(s, "people", origin, rows, 2, &err), KINMU_OK);
    assert_string_equal(names(f), "//0/9");
    assert_int_equal(derive(s, person, "sato", "7", "one"), KINMU_OK);
    assert_string_equal(names(f), "one/one/1/0");
    store_close(s);
    fixture_destroy(f);
}

/* On a server there may be two nodes: whoever derives first goes on until its connection ends. */
static void one_node_derives_for_a_plugin(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    int32_t refused = on_server() ? KINMU_E_CONFLICT : KINMU_OK;
    store *one = fixture_open(f);
    store *two = fixture_open(f);
    person_row row;
    assert_int_equal(derive(one, person, "sato", "7", "one"), KINMU_OK);
    assert_int_equal(derive(two, person, "sato", "7", "two"), refused);
    assert_int_equal(
        store_derive(two, "others", origin, row_of(&row, person, "abe", "8", "else"), 1, NULL),
        KINMU_OK);
    if (on_server()) {
        assert_string_equal(names(f), "else/one/2/0");
        fixture_sql(f, "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
                       " WHERE locktype = 'advisory' AND objid::bigint ="
                       " hashtext('people')::bigint & 4294967295");
        while (derive(two, person, "sato", "7", "two") == KINMU_E_CONFLICT) {
        }
        while (derive(one, person, "sato", "7", "late") == KINMU_E_RETRY) {
        }
        assert_int_equal(derive(one, person, "sato", "7", "late"), KINMU_E_CONFLICT);
    }
    store_close(one);
    assert_int_equal(derive(two, person, "sato", "7", "two"), KINMU_OK);
    assert_string_equal(names(f), "else/two/2/0");
    store_close(two);
    fixture_destroy(f);
}

static void the_digest_is_that_of_a_rebuild(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    char grown[STORE_DIGEST_SIZE];
    char rebuilt[STORE_DIGEST_SIZE];
    store *s = fixture_open(f);
    fixture_person_block(f, person, 1, "7", "decided");
    assert_int_equal(derive(s, person, "abe", "8", "stays"), KINMU_OK);
    assert_int_equal(derive(s, person, "sato", "7", "goes"), KINMU_OK);
    fixture_catch_up(f, s);
    store_close(s);
    assert_string_equal(names(f), "decided/stays/2/0");
    fixture_digest(f, grown);
    fixture_remove_store(f);
    fixture_apply_all(f);
    fixture_digest(f, rebuilt);
    assert_string_equal(grown, rebuilt);
    assert_string_equal(names(f), "decided/decided/1/1");
    fixture_destroy(f);
}

static void what_is_erased_takes_derived_rows_along(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    const schema_info *person = fixture_add(f, &fixture_person);
    store *s = fixture_open(f);
    store_forgotten gone = {0, 0};
    store_source source = {fixture_read, f};
    fixture_minute_block(f, input, "sato", 0, 1);
    fixture_minute_block(f, input, "abe", 0, 1);
    fixture_minute_block(f, input, "kato", 0, 1);
    fixture_catch_up(f, s);
    assert_int_equal(derive(s, person, "sato", "7", "sato's"), KINMU_OK);
    assert_int_equal(derive(s, person, "abe", "8", "abe's"), KINMU_OK);
    assert_int_equal(derive(s, person, "kato", "9", "kato's"), KINMU_OK);
    f->blocks[0].head.state = JOURNAL_BLOCK_ERASED;
    f->blocks[2].head.state = JOURNAL_BLOCK_FOLDED; /* its detail goes, what follows of it stays */
    assert_int_equal(store_forget_from(s, &source, &gone, NULL), KINMU_OK);
    assert_string_equal(names(f), "abe's/kato's/2/0");
    assert_int_equal(gone.rows, 1);
    assert_int_equal(gone.derived, 1);
    store_close(s);
    fixture_destroy(f);
}

static void a_subject_with_derived_rows_only_leaves_no_byte(void **state) {
    needs_files();
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    store_forgotten gone = {0, 0};
    store *s = fixture_open(f);
    assert_int_equal(derive(s, person, "gone-subject", "7", "canary-gone"), KINMU_OK);
    assert_int_equal(derive(s, person, "kept-subject", "8", "canary-kept"), KINMU_OK);
    assert_true(fixture_file_has(f, "canary-gone"));
    assert_int_equal(store_forget_derived(s, "gone-subject", &gone, NULL), KINMU_OK);
    assert_int_equal(gone.derived, 1);
    assert_false(fixture_file_has(f, "canary-gone"));
    assert_false(fixture_file_has(f, "gone-subject"));
    assert_true(fixture_file_has(f, "canary-kept"));
    assert_int_equal(derive(s, person, "gone-subject", "7", "back"), KINMU_OK);
    assert_string_equal(fixture_sql(f, "SELECT subject FROM v_test_person_1 WHERE name = 'back'"),
                        "gone-subject");
    /* The owner itself takes the last row back: the name goes, too. */
    assert_int_equal(derive(s, person, "gone-subject", "7", NULL), KINMU_OK);
    fixture_catch_up(f, s);
    assert_false(fixture_file_has(f, "gone-subject"));
    store_close(s);
    fixture_destroy(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_derived_row_gives_way_to_a_decision),
        cmocka_unit_test(a_derived_row_is_removed_by_its_key),
        cmocka_unit_test(all_rows_of_a_call_or_none),
        cmocka_unit_test(one_node_derives_for_a_plugin),
        cmocka_unit_test(the_digest_is_that_of_a_rebuild),
        cmocka_unit_test(what_is_erased_takes_derived_rows_along),
        cmocka_unit_test(a_subject_with_derived_rows_only_leaves_no_byte),
    };
    return cmocka_run_group_tests_name("store_derive", tests, NULL, NULL);
}
