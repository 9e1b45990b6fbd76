/* tests/postgres/same_store_test.c - one journal, two stores: the tables on a server say what the
 * tables in a file say, whatever was in the events and in whatever portions they were applied. */
#include "tests/unit/store_fixture.h"

#include <math.h>

/* A folder whose tables are in files, beside f's on the server. */
static void file_digest(fixture *f, char hex[STORE_DIGEST_SIZE]) {
    fixture *beside = calloc(1, sizeof *beside);
    assert_non_null(beside);
    snprintf(beside->directory, sizeof beside->directory, "%s", "/tmp/kinmu-beside-XXXXXX");
    assert_non_null(mkdtemp(beside->directory));
    beside->registry = f->registry;
    memcpy(beside->blocks, f->blocks, sizeof f->blocks);
    beside->count = f->count;
    fixture_apply_all(beside);
    fixture_digest(beside, hex);
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", beside->directory, names[i]);
        remove(path);
    }
    rmdir(beside->directory);
    free(beside);
}

static void assert_same(fixture *f) {
    char server[STORE_DIGEST_SIZE];
    char file[STORE_DIGEST_SIZE];
    fixture_digest(f, server);
    file_digest(f, file);
    assert_string_equal(server, file);
}

/* Every type at its edges, empty and absent values, several months and moments no clock tells. */
static void odd_values(void **state) {
    (void)state;
    static const double reals[] = {0.1, -0.0, 1e308, 5e-324, (double)NAN, (double)INFINITY, 3};
    static const int64_t moments[] = {FIXTURE_T0, 0, -1, INT64_MAX / 2, INT64_MIN / 2};
    fixture *f = fixture_create();
    const schema_info *wide = fixture_add(f, &fixture_wide);
    for (uint32_t i = 0; i < 200; i++) {
        char subject[32];
        const int64_t month_ns = 2678400000000000LL;
        snprintf(subject, sizeof subject, "人%u", i % 7);
        const kinmu_value values[] = {i % 3 ? kinmu_text("勤務 \"'\\ \t\n$1 ?") : kinmu_text(""),
                                      kinmu_bool(i % 2),
                                      kinmu_f64(reals[i % 7]),
                                      i % 4 ? kinmu_bytes((const uint8_t *)"\0\xff\\x", 4)
                                            : kinmu_bytes((const uint8_t *)"", 0),
                                      kinmu_time(moments[i % 5]),
                                      i % 5 ? kinmu_null() : kinmu_text("added"),
                                      kinmu_i64(i % 2 ? INT64_MAX : INT64_MIN)};
        fixture_begin(f, subject);
        fixture_event(f, wide, i % 6 ? FIXTURE_T0 + (i % 9) * month_ns : moments[i % 5], values, 7);
        fixture_end(f, 0);
    }
    fixture_apply_all(f);
    assert_same(f);
    fixture_destroy(f);
}

/* Records overwrite, damaged blocks are left out, both in the midst of rows sent together. */
static void records_and_damage(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    const schema_info *person = fixture_add(f, &fixture_person);
    for (uint32_t i = 0; i < 1500; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i % 37);
        if (i % 3 == 0) {
            fixture_person_block(f, person, i + 1, number, "name");
        } else {
            fixture_minute_block(f, input, number, i, i);
        }
        if (i % 100 == 50) {
            f->blocks[f->count - 1].payload[f->blocks[f->count - 1].head.payload_size - 1] ^= 0x55;
            f->blocks[f->count - 1].head.payload_size -= 1;
        }
        if (i % 100 == 70) {
            f->blocks[f->count - 1].head.state = JOURNAL_BLOCK_CORRUPT;
        }
    }
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, "SELECT count(*) > 10 FROM kinmu_quarantine"), "1");
    assert_same(f);
    fixture_destroy(f);
}

/* What PostgreSQL cannot keep costs its own block only, and is said. */
static void a_refused_row_is_found(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    for (uint32_t i = 0; i < 20; i++) {
        fixture_minute_block(f, input, "a", i, 1);
        fixture_person_block(f, person, i + 1, "1", i == 7 ? "n\xff\xfe" : "name");
    }
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM kinmu_input_minute_1"), "20");
    assert_string_equal(fixture_sql(f, "SELECT version FROM test_person_1"), "20");
    assert_string_equal(fixture_sql(f, "SELECT position FROM kinmu_quarantine"), "16");
    fixture_destroy(f);
}

/* Months have tables of their own, ahead too; a month that is forgotten is dropped, not emptied. */
static void months_come_and_go(void **state) {
    (void)state;
    static const char count_months[] =
        "SELECT count(*) FROM pg_class WHERE relnamespace = quote_ident(current_schema())::"
        "regnamespace AND relname = 'kinmu_input_minute_1$m202611'";
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    store *s = fixture_open(f);
    store_forgotten gone = {0, 0};
    store_source source = {fixture_read, f};
    for (uint32_t i = 0; i < 10; i++) {
        fixture_minute_block(f, input, "a", i < 5 ? 0 : 31 * 1440, 1);
    }
    fixture_catch_up(f, s);
    assert_string_equal(fixture_sql(f, count_months), "1");
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM \"kinmu_input_minute_1$m202611\""),
                        "5");
    for (uint32_t i = 0; i < 5; i++) {
        f->blocks[i].head.state = JOURNAL_BLOCK_ERASED;
    }
    assert_int_equal(store_forget_from(s, &source, &gone, NULL), KINMU_OK);
    assert_string_equal(fixture_sql(f, count_months), "0");
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM kinmu_input_minute_1"), "5");
    fixture_minute_block(f, input, "b", 1, 1); /* late evidence makes it anew */
    fixture_catch_up(f, s);
    assert_string_equal(fixture_sql(f, count_months), "1");
    store_close(s);
    assert_same(f);
    fixture_destroy(f);
}

/* Two programs on one store: each block is applied by one of them. */
static void two_workers_share(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    store *one = fixture_open(f);
    store *two = fixture_open(f);
    for (uint32_t i = 0; i < 1200; i++) {
        fixture_minute_block(f, input, "a", i, 1);
    }
    store_source source = {fixture_read, f};
    uint64_t position = 0;
    uint64_t decision = 0;
    int32_t more = 0;
    assert_int_equal(store_advance(one, &source, &position, &decision, &more, NULL), KINMU_OK);
    assert_int_equal(position, 500);
    assert_int_equal(store_advance(two, &source, &position, &decision, &more, NULL), KINMU_OK);
    assert_int_equal(position, 1000);
    fixture_catch_up(f, one);
    fixture_catch_up(f, two);
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM kinmu_input_minute_1"), "1200");
    store_close(one);
    store_close(two);
    assert_same(f);
    fixture_destroy(f);
}

/* Readers of a role that may see no person: the view has only fields no one is told by. */
static void a_plain_view_tells_no_person(void **state) {
    (void)state;
    fixture *f = fixture_create();
    fixture_add(f, &fixture_person);
    fixture_add(f, &fixture_wide);
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM information_schema.columns WHERE"
                                       " table_schema = current_schema() AND table_name ="
                                       " 'r_test_person_1'"),
                        "3");
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM information_schema.columns WHERE"
                                       " table_schema = current_schema() AND table_name ="
                                       " 'v_test_person_1' AND column_name IN ('name', 'subject')"),
                        "2");
    fixture_destroy(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_values),
        cmocka_unit_test(records_and_damage),
        cmocka_unit_test(a_refused_row_is_found),
        cmocka_unit_test(months_come_and_go),
        cmocka_unit_test(two_workers_share),
        cmocka_unit_test(a_plain_view_tells_no_person),
    };
    return cmocka_run_group_tests_name("same_store", tests, NULL, NULL);
}
