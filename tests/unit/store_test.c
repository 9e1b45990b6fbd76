/* The projection: each block once, whatever happens in between, and nothing of it when it is gone.
 */
#include "store_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

static const char minutes[] =
    "SELECT count(*) || ':' || coalesce(sum(keys), 0) FROM kinmu_input_minute_1";

static void a_block_becomes_readable_rows(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    fixture_begin(f, "tanaka");
    fixture_minute(f, input, 60, 11);
    fixture_minute(f, input, 61, 12);
    fixture_end(f, 0);
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, minutes), "2:23");
    assert_string_equal(fixture_sql(f, "SELECT time || ' ' || subject || ' ' || keys || ' ' || zone"
                                       " FROM v_kinmu_input_minute_1 ORDER BY sequence DESC"),
                        "2026-11-22T10:01:00+09:00 tanaka 12 Asia/Tokyo");
    assert_string_equal(fixture_sql(f, "SELECT block || ',' || sequence || ',' || mono_ns || ',' "
                                       "|| CASE WHEN key_alpha IS NULL THEN 1 ELSE 0 END"
                                       " FROM kinmu_input_minute_1 ORDER BY sequence DESC"),
                        "1,2,2000,1");
    fixture_destroy(f);
}

static void a_block_counts_once(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    fixture_minute_block(f, input, "tanaka", 0, 5);
    fixture_minute_block(f, input, "tanaka", 1, 6);
    fixture_apply_all(f);
    /* The same chain number of the same origin arrives again at another position. */
    fixture_minute_block(f, input, "tanaka", 1, 6);
    f->blocks[2].head.chain = 2;
    /* The same number of another origin is another block. */
    fixture_minute_block(f, input, "sato", 1, 100);
    f->blocks[3].head.chain = 2;
    f->blocks[3].head.origin[0] = 1;
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, minutes), "3:111");
    fixture_destroy(f);
}

/* The process dies while reading block `die_at`, in the middle of a transaction. */
static void crash_at(fixture *f, uint64_t die_at) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        store *s = NULL;
        uint64_t position = 0;
        store_source source = {fixture_read, f};
        f->die_at = die_at;
        if (store_open(f->directory, f->registry, &s, NULL) == KINMU_OK) {
            store_catch_up_from(s, &source, &position, NULL);
        }
        _exit(1);
    }
    int code = 0;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 99);
}

static void a_crash_neither_loses_nor_doubles(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    for (int64_t i = 0; i < 1300; i++) {
        fixture_minute_block(f, input, i % 3 ? "tanaka" : "sato", i, 1);
    }
    crash_at(f, 700); /* the first transaction is in, the second is lost */
    assert_string_equal(fixture_sql(f, minutes), "500:500");
    assert_string_equal(fixture_sql(f, "SELECT position FROM kinmu_cursor"), "500");
    crash_at(f, 1250);
    assert_string_equal(fixture_sql(f, minutes), "1000:1000");
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, minutes), "1300:1300");
    assert_string_equal(fixture_sql(f, "SELECT count(DISTINCT sequence) FROM kinmu_input_minute_1"),
                        "1300");
    fixture_destroy(f);
}

static void a_failed_read_takes_the_transaction_back(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    for (int64_t i = 0; i < 3; i++) {
        fixture_minute_block(f, input, "tanaka", i, 1);
    }
    store *s = fixture_open(f);
    store_source source = {fixture_read, f};
    uint64_t position = 0;
    f->fail_at = 3;
    assert_int_equal(store_catch_up_from(s, &source, &position, NULL), KINMU_E_RETRY);
    assert_int_equal(store_position(s), 0);
    assert_string_equal(fixture_sql(f, minutes), "0:0");
    f->fail_at = 0;
    fixture_catch_up(f, s); /* the dictionaries rolled back with the rows must not be remembered */
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM v_kinmu_input_minute_1"), "3");
    store_close(s);
    fixture_destroy(f);
}

static void two_stores_on_one_file_share_the_work(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    store *one = fixture_open(f);
    store *two = fixture_open(f);
    for (int64_t i = 0; i < 10; i++) {
        fixture_minute_block(f, input, i % 2 ? "tanaka" : "sato", i, 1);
        fixture_catch_up(f, i % 3 ? one : two);
    }
    fixture_catch_up(f, one);
    store_close(one);
    store_close(two);
    assert_string_equal(fixture_sql(f, minutes), "10:10");
    fixture_destroy(f);
}

static void appended_fields_widen_the_table(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *wide = fixture_add(f, &fixture_narrow);
    uint8_t bytes[3] = {0, 1, 2};
    kinmu_value values[7] = {kinmu_text("own"),     kinmu_bool(1),          kinmu_f64(0.5),
                             kinmu_bytes(bytes, 3), kinmu_time(FIXTURE_T0), kinmu_text("new"),
                             kinmu_i64(9)};
    fixture_begin(f, "tanaka");
    fixture_event(f, wide, FIXTURE_T0, values, 5);
    fixture_end(f, 0);
    store *s = fixture_open(f);
    fixture_catch_up(f, s);
    wide = fixture_add(f, &fixture_wide);
    assert_int_equal(store_learn(s, NULL), KINMU_OK);
    fixture_begin(f, "tanaka");
    fixture_event(f, wide, FIXTURE_T0, values, 7);
    fixture_end(f, 0);
    fixture_catch_up(f, s);
    store_close(s);
    fixture_apply_all(f); /* opening again changes nothing */
    assert_string_equal(
        fixture_sql(f, "SELECT a.added IS NULL AND a.\"count\" IS NULL AND b.added = 'new'"
                       " AND b.\"count\" = 9 FROM \"com_acme_wide$5flog_2\" a,"
                       " \"com_acme_wide$5flog_2\" b WHERE a.sequence < b.sequence"),
        "1");
    assert_string_equal(
        fixture_sql(f, "SELECT at_ns FROM \"v_com_acme_wide$5flog_2\" WHERE added = 'new'"),
        "2026-11-22T09:00:00+09:00");
    assert_string_equal(
        fixture_sql(f, on_server() ? "SELECT count(*) FROM pg_indexes WHERE tablename ="
                                     " 'com_acme_wide$5flog_2' AND indexname NOT LIKE '%pkey'"
                                     " AND schemaname = current_schema()"
                                   : "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND"
                                     " tbl_name = 'com_acme_wide$5flog_2' AND sql IS NOT NULL"),
        "4");
    fixture_destroy(f);
}

static void a_changed_field_is_refused_by_name(void **state) {
    (void)state;
    fixture *f = fixture_create();
    fixture_add(f, &fixture_wide);
    fixture_apply_all(f);
    schema_registry_destroy(f->registry);
    assert_int_equal(schema_registry_create(&f->registry), KINMU_OK);
    kinmu_field changed[7];
    memcpy(changed, fixture_wide_fields, sizeof changed);
    changed[2].type = KINMU_TYPE_TEXT;
    kinmu_schema schema = fixture_wide;
    schema.fields.rows = changed;
    fixture_add(f, &schema);
    store *s = NULL;
    kinmu_err err = {0};
    assert_int_equal(store_open(f->directory, f->registry, &s, &err), KINMU_E_CONFIG);
    assert_null(s);
    assert_non_null(strstr(err.msg, "\"ratio\""));
    fixture_destroy(f);
}

static void of_a_record_the_latest_version_wins(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    fixture_person_block(f, person, 1, "7", "Sato");
    fixture_person_block(f, person, 2, "8", "Abe");
    fixture_person_block(f, person, 3, "7", "Suzuki");
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, "SELECT count(*) || min(person || name || version)"
                                       " || max(person || name || version) FROM test_person_1"),
                        "27Suzuki38Abe2");
    assert_string_equal(fixture_sql(f, "SELECT decision FROM kinmu_cursor"), "3");
    fixture_destroy(f);
}

static void a_decision_is_read_whole_or_not_at_all(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    const schema_info *minute = fixture_add(f, &kinmu_input_minute);
    char name[16];
    uint64_t position = 0;
    uint64_t decision = 0;
    int32_t more = 0;
    kinmu_err err = {0};
    fixture_minute_block(f, minute, "alice", 0, 1);
    for (int i = 0; i <= STORE_TRANSACTION_BLOCKS_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        fixture_person_block(f, person, 1, name, "Sato");
    }
    fixture_minute_block(f, minute, "alice", 1, 1);
    store *s = fixture_open(f);
    const store_source source = {fixture_read, f};
    assert_int_equal(store_advance(s, &source, &position, &decision, &more, &err), KINMU_OK);
    assert_int_equal(position, STORE_TRANSACTION_BLOCKS_MAX + 2);
    assert_int_equal(decision, 1);
    assert_true(more);
    store_close(s);
    fixture_destroy(f);
}

static void a_record_without_its_key_is_quarantined(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    kinmu_value values[2] = {kinmu_null(), kinmu_text("Nobody")};
    fixture_begin(f, "");
    fixture_event(f, person, FIXTURE_T0, values, 2);
    fixture_end(f, 1);
    fixture_apply_all(f);
    assert_non_null(strstr(fixture_sql(f, "SELECT reason FROM kinmu_quarantine WHERE position = 1"),
                           "\"person\""));
    fixture_destroy(f);
}

static void damaged_blocks_are_noted_and_passed(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    for (int64_t i = 0; i < 5; i++) {
        fixture_begin(f, i == 3 ? "only-in-the-damaged-block" : "tanaka");
        fixture_minute(f, input, 2 * i, 1);
        fixture_minute(f, input, 2 * i + 1, 1);
        fixture_end(f, 0);
    }
    f->blocks[1].head.state = JOURNAL_BLOCK_CORRUPT;
    f->blocks[3].head.payload_size -= 1; /* its first event still reads well */
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, minutes), "6:6");
    assert_string_equal(fixture_sql(f, "SELECT count(*) || min(position || ',') || max(position)"
                                       " FROM kinmu_quarantine"),
                        "22,4");
    assert_string_equal(fixture_sql(f, "SELECT reason FROM kinmu_quarantine WHERE position = 2"),
                        "the payload is not the one sealed");
    store_reader *reader = fixture_reader(f);
    store_figures figures;
    assert_int_equal(store_stat(reader, &figures, NULL), KINMU_OK);
    store_reader_close(reader);
    assert_int_equal(figures.position, 5);
    assert_int_equal(figures.quarantined, 2);
    assert_int_equal(figures.held, 0);
    assert_true(figures.bytes >= 4096);
    assert_false(fixture_file_has(f, "only-in-the-damaged-block"));
    fixture_destroy(f);
}

static void an_unknown_schema_is_held_and_applied_later(void **state) {
    (void)state;
    fixture *f = fixture_create();
    fixture *vendor = fixture_create(); /* the registry of those who wrote the blocks */
    const schema_info *input = fixture_add(vendor, &kinmu_input_minute);
    const schema_info *person = fixture_add(vendor, &fixture_person);
    kinmu_value old[2] = {kinmu_text("7"), kinmu_text("Old")};
    kinmu_value new[2] = {kinmu_text("7"), kinmu_text("New")};
    fixture_add(f, &kinmu_input_minute);
    fixture_begin(f, "tanaka");
    fixture_minute(f, input, 0, 3);
    fixture_event(f, person, FIXTURE_T0, old, 2);
    fixture_minute(f, input, 1, 4);
    fixture_end(f, 1);
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, minutes), "2:7"); /* the known part is there at once */
    assert_string_equal(fixture_sql(f, "SELECT position FROM kinmu_held"), "1");

    const schema_info *mine = fixture_add(f, &fixture_person);
    fixture_begin(f, "tanaka");
    fixture_event(f, mine, FIXTURE_T0, new, 2);
    fixture_end(f, 2);
    store *s = fixture_open(f);
    fixture_catch_up(f, s);
    assert_string_equal(fixture_sql(f, "SELECT name FROM test_person_1"), "New");
    assert_string_equal(fixture_sql(f, minutes), "2:7");
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM kinmu_held"), "0");
    /* The same while the store is open. Trying the block again must not bring back the older
     * version of a record it holds as well. */
    const schema_info *wide = fixture_add(vendor, &fixture_wide);
    fixture_begin(f, "tanaka");
    fixture_event(f, mine, FIXTURE_T0, old, 2);
    fixture_event(f, wide, FIXTURE_T0, old, 1);
    fixture_end(f, 3);
    fixture_begin(f, "tanaka");
    fixture_event(f, mine, FIXTURE_T0, new, 2);
    fixture_end(f, 4);
    fixture_catch_up(f, s);
    fixture_add(f, &fixture_wide);
    assert_int_equal(store_learn(s, NULL), KINMU_OK);
    fixture_catch_up(f, s);
    assert_string_equal(fixture_sql(f, "SELECT name || version FROM test_person_1"), "New4");
    assert_string_equal(fixture_sql(f, "SELECT \"subject$\" FROM \"com_acme_wide$5flog_2\""), "7");
    store_close(s);
    fixture_destroy(vendor);
    fixture_destroy(f);
}

/* A device cannot decide, neither by a record whose schema its hub learns later only. */
static void a_record_that_nobody_decided_is_none(void **state) {
    (void)state;
    fixture *f = fixture_create();
    fixture *vendor = fixture_create();
    const schema_info *person = fixture_add(vendor, &fixture_person);
    kinmu_value forged[2] = {kinmu_text("7"), kinmu_text("Forged")};
    fixture_begin(f, "tanaka");
    fixture_event(f, person, FIXTURE_T0, forged, 2);
    fixture_end(f, 0);
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, "SELECT position FROM kinmu_held"), "1");
    fixture_add(f, &fixture_person);
    fixture_apply_all(f);
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM test_person_1"), "0");
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM kinmu_held"), "0");
    assert_string_equal(fixture_sql(f, "SELECT reason FROM kinmu_quarantine"),
                        "event 1 of \"test.person/1\" is a record that nobody decided");
    fixture_destroy(vendor);
    fixture_destroy(f);
}

/* A store that grew in pieces, with a held block and erasures, against one built at once. */
static void a_rebuild_gives_the_same_tables(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    fixture *vendor = fixture_create();
    fixture_add(vendor, &kinmu_input_minute);
    const schema_info *person = fixture_add(vendor, &fixture_person);
    char grown[STORE_DIGEST_SIZE];
    char rebuilt[STORE_DIGEST_SIZE];
    char name[32];
    store *s = fixture_open(f);
    store_forgotten gone = {0, 0};
    store_source source = {fixture_read, f};
    for (int64_t i = 0; i < 40; i++) {
        if (i == 20) {
            person = fixture_add(f, &fixture_person);
            assert_int_equal(store_learn(s, NULL), KINMU_OK);
        }
        snprintf(name, sizeof name, "name%d", (int)i);
        fixture_person_block(f, person, (uint64_t)i + 1, i % 3 ? "7" : "8", name);
        fixture_minute_block(f, input, i % 4 ? "tanaka" : "sato", i, i);
        fixture_catch_up(f, s);
    }
    f->blocks[78].head.state = JOURNAL_BLOCK_ERASED; /* the newest version of a record */
    f->blocks[1].head.state = JOURNAL_BLOCK_FOLDED;
    assert_int_equal(store_forget_from(s, &source, &gone, NULL), KINMU_OK);
    store_close(s);
    fixture_digest(f, grown);
    assert_string_equal(fixture_sql(f, "SELECT name FROM test_person_1 WHERE person = '8'"),
                        "name36");
    fixture_remove_store(f);
    fixture_apply_all(f);
    fixture_digest(f, rebuilt);
    assert_string_equal(grown, rebuilt);
    fixture_minute_block(f, input, "tanaka", 99, 1);
    fixture_apply_all(f);
    fixture_digest(f, grown);
    assert_string_not_equal(grown, rebuilt);
    fixture_destroy(vendor);
    fixture_destroy(f);
}

static void what_was_erased_leaves_no_byte(void **state) {
    needs_files();
    (void)state;
    fixture *f = fixture_create();
    const schema_info *window = fixture_add(f, &kinmu_window_focus);
    store *s = fixture_open(f);
    store_forgotten gone = {0, 0};
    store_source source = {fixture_read, f};
    char title[80];
    for (int64_t i = 0; i < 200; i++) {
        int32_t goes = i % 2 == 0;
        snprintf(title, sizeof title, "%s title %d", goes ? "canary-gone" : "canary-kept", (int)i);
        kinmu_value values[4] = {kinmu_text("xterm"), kinmu_text(title), kinmu_null(),
                                 kinmu_text("focus")};
        fixture_begin(f, goes ? "gone-subject" : "kept-subject");
        fixture_event(f, window, FIXTURE_T0 + i, values, 4);
        fixture_end(f, 0);
    }
    fixture_catch_up(f, s);
    assert_true(fixture_file_has(f, "canary-gone"));
    for (uint32_t i = 0; i < f->count; i += 2) {
        f->blocks[i].head.state = JOURNAL_BLOCK_ERASED;
    }
    /* A reader in the middle of a snapshot keeps the old log alive: said, and made good later. */
    sql_db *old = NULL;
    assert_int_equal(store_db_open(f->directory, 1, &old, NULL), KINMU_OK);
    assert_int_equal(store_db_run(old, "BEGIN; SELECT count(*) FROM kinmu_subject", NULL),
                     KINMU_OK);
    sql_patience(s->db, 0);
    assert_int_equal(store_forget_from(s, &source, &gone, NULL), KINMU_E_RETRY);
    assert_string_equal(fixture_sql(f, "SELECT count(*) FROM kinmu_window_focus_1"), "100");
    sql_close(old);
    fixture_catch_up(f, s);
    assert_false(fixture_file_has(f, "canary-gone"));
    assert_false(fixture_file_has(f, "gone-subject"));
    assert_true(fixture_file_has(f, "canary-kept"));
    assert_string_equal(fixture_sql(f, "SELECT compact FROM kinmu_cursor"), "0");
    /* Forgetting again finds nothing to do; the remembered subject must be a fresh one. */
    assert_int_equal(store_forget_from(s, &source, &gone, NULL), KINMU_OK);
    fixture_minute_block(f, fixture_add(f, &kinmu_input_minute), "gone-subject", 0, 1);
    assert_int_equal(store_learn(s, NULL), KINMU_OK);
    fixture_catch_up(f, s);
    assert_string_equal(fixture_sql(f, "SELECT subject FROM v_kinmu_input_minute_1"),
                        "gone-subject");
    store_close(s);
    fixture_destroy(f);
}

static void the_files_are_for_their_owner_only(void **state) {
    needs_files();
    (void)state;
    static const char *const names[] = {"store.db", "store.db-wal"};
    fixture *f = fixture_create();
    store *s = fixture_open(f);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        struct stat about;
        snprintf(path, sizeof path, "%s/%s", f->directory, names[i]);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
    }
    store_close(s);
    fixture_destroy(f);
}

static void a_damaged_file_asks_for_a_rebuild(void **state) {
    needs_files();
    (void)state;
    fixture *f = fixture_create();
    char path[128];
    snprintf(path, sizeof path, "%s/store.db", f->directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 2000; i++) {
        fputs("this is no database ", file);
    }
    fclose(file);
    store *s = NULL;
    kinmu_err err = {0};
    assert_int_equal(store_open(f->directory, f->registry, &s, &err), KINMU_E_REJECT);
    assert_string_equal(err.key, "store.damaged");
    assert_non_null(strstr(err.msg, "kinmu store rebuild"));
    fixture_destroy(f);
}

/* What an older or newer Kinmu wrote is made again from the journal, never read as if it were
 * ours. */
static void another_layout_asks_for_a_rebuild(void **state) {
    needs_files();
    (void)state;
    fixture *f = fixture_create();
    fixture_minute_block(f, fixture_add(f, &kinmu_input_minute), "abe", 1, 7);
    fixture_apply_all(f);
    char number[32];
    snprintf(number, sizeof number, "%ld",
             strtol(fixture_sql(f, "PRAGMA user_version"), NULL, 10) - 1);
    store *s = NULL;
    kinmu_err err = {0};
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA user_version=%s", number);
    (void)fixture_sql(f, pragma);
    assert_int_equal(store_open(f->directory, f->registry, &s, &err), KINMU_E_REJECT);
    assert_string_equal(err.key, "store.layout");
    assert_non_null(strstr(err.msg, "kinmu store rebuild"));
    assert_string_equal(fixture_sql(f, "PRAGMA user_version"), number); /* nothing was done to it */
    fixture_destroy(f);
}

static void names_map_one_to_one(void **state) {
    (void)state;
    static const char *const names[][2] = {{"kinmu.input.minute/1", "kinmu_input_minute_1"},
                                           {"a.b_c/1", "a_b$5fc_1"},
                                           {"a_b.c/1", "a$5fb_c_1"},
                                           {"A.b.c/1", "$41_b_c_1"},
                                           {"v.x/1", "$76_x_1"},
                                           {"sqlite.x/3", "$73qlite_x_3"},
                                           {"a\";DROP/1", "a$22$3b$44$52$4f$50_1"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char table[LAYOUT_NAME_SIZE];
        layout_table_name(names[i][0], table);
        assert_string_equal(table, names[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_becomes_readable_rows),
        cmocka_unit_test(a_block_counts_once),
        cmocka_unit_test(a_decision_is_read_whole_or_not_at_all),
        cmocka_unit_test(a_crash_neither_loses_nor_doubles),
        cmocka_unit_test(a_failed_read_takes_the_transaction_back),
        cmocka_unit_test(two_stores_on_one_file_share_the_work),
        cmocka_unit_test(appended_fields_widen_the_table),
        cmocka_unit_test(a_changed_field_is_refused_by_name),
        cmocka_unit_test(of_a_record_the_latest_version_wins),
        cmocka_unit_test(a_record_without_its_key_is_quarantined),
        cmocka_unit_test(damaged_blocks_are_noted_and_passed),
        cmocka_unit_test(an_unknown_schema_is_held_and_applied_later),
        cmocka_unit_test(a_record_that_nobody_decided_is_none),
        cmocka_unit_test(a_rebuild_gives_the_same_tables),
        cmocka_unit_test(what_was_erased_leaves_no_byte),
        cmocka_unit_test(the_files_are_for_their_owner_only),
        cmocka_unit_test(a_damaged_file_asks_for_a_rebuild),
        cmocka_unit_test(another_layout_asks_for_a_rebuild),
        cmocka_unit_test(names_map_one_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
