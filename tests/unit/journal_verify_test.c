/* tests/unit/journal_verify_test.c - every edit, removal, reordering, truncation and forgery of a
 * journal is found, called by its name, and the first bad record is the one that was touched. */
#include "journal_fixture.h"

#include "journal/device.h"
#include "journal/layout.h"

#define BLOCKS 9

/* Nine closed and signed blocks; the journal is closed so that the file may be changed. */
static int setup(void **state) {
    fixture_setup(state);
    fixture *f = *state;
    append_blocks(f, "taro", BLOCKS);
    journal_close(f->journal);
    f->journal = NULL;
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
    return 0;
}

static void expect(const fixture *f, const char *checkpoint, int32_t verdict, uint64_t position,
                   uint64_t sequence) {
    verify_report report = check(f->directory, checkpoint);
    if (report.verdict != verdict || report.bad_position != position) {
        print_error("got: %s\n", report.text);
    }
    assert_int_equal(report.verdict, verdict);
    assert_int_equal(report.bad_position, position);
    assert_int_equal(report.bad_sequence, sequence);
}

static void make_checkpoint(const fixture *f, char path[512]) {
    kinmu_err err = {"", ""};
    snprintf(path, 512, "%s/checkpoint.json", f->directory);
    assert_int_equal(journal_checkpoint(f->directory, path, &err), KINMU_OK);
}

static void whole_journal_is_ok(void **state) {
    fixture *f = *state;
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.blocks, BLOCKS);
    assert_int_equal(report.events, BLOCKS);
    assert_int_equal(report.truncation_checked, 0);
    assert_non_null(strstr(report.text, "truncation not checked"));
}

static void edited_payload(void **state) {
    needs_files();
    fixture *f = *state;
    run_sql(f->directory, "UPDATE block SET payload = substr(payload, 1, 20) || x'00' ||"
                          " substr(payload, 22) WHERE position = 4");
    expect(f, NULL, VERIFY_EDITED, 4, 4);
}

/* Every byte of a header matters, whichever it is. */
static void edited_header(void **state) {
    needs_files();
    fixture *f = *state;
    const int size = (int)(LAYOUT_HEADER_FIXED + strlen("activity"));
    for (int i = 1; i <= size; i += 3) {
        char sql[512];
        snprintf(
            sql, sizeof sql,
            "CREATE TABLE kept AS SELECT header FROM block WHERE position = 5;"
            "UPDATE block SET header = CAST(substr(header, 1, %d) || CASE WHEN substr(header, %d,"
            " 1) = x'5a' THEN x'a5' ELSE x'5a' END || substr(header, %d) AS BLOB)"
            " WHERE position = 5",
            i - 1, i, i + 1);
        run_sql(f->directory, sql);
        verify_report report = check(f->directory, NULL);
        if (report.verdict != VERIFY_EDITED || report.bad_position != 5) {
            print_error("byte %d: %s\n", i, report.text);
        }
        assert_int_equal(report.verdict, VERIFY_EDITED);
        assert_int_equal(report.bad_position, 5);
        run_sql(f->directory,
                "UPDATE block SET header = (SELECT header FROM kept) WHERE position = 5;"
                "DROP TABLE kept");
    }
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

static void removed_block(void **state) {
    fixture *f = *state;
    run_sql(f->directory, "DELETE FROM block WHERE position = 3");
    expect(f, NULL, VERIFY_REMOVED, 4, 3);
}

/* Closing the gap in the numbers of the rows does not hide it. */
static void removed_and_renumbered(void **state) {
    fixture *f = *state;
    run_sql(f->directory,
            "DELETE FROM block WHERE position = 3;"
            "UPDATE block SET chain = chain - 1, position = position - 1 WHERE position > 3");
    verify_report report = check(f->directory, NULL);
    assert_in_range(report.verdict, VERIFY_EDITED, VERIFY_REMOVED);
    assert_int_equal(report.bad_position, 3);
}

static void removed_payload(void **state) {
    fixture *f = *state;
    run_sql(f->directory, "UPDATE block SET payload = NULL, state = 1 WHERE position = 6");
    expect(f, NULL, VERIFY_REMOVED, 6, 6);
}

static void reordered_blocks(void **state) {
    fixture *f = *state;
    run_sql(f->directory, "UPDATE block SET position = 100 WHERE position = 4;"
                          "UPDATE block SET position = 4 WHERE position = 7;"
                          "UPDATE block SET position = 7 WHERE position = 100");
    expect(f, NULL, VERIFY_REORDERED, 4, 7);
}

static void reordered_contents(void **state) {
    fixture *f = *state;
    run_sql(f->directory,
            "CREATE TABLE kept AS SELECT position, header, payload FROM block;"
            "UPDATE block SET (header, payload) = (SELECT header, payload FROM kept k WHERE"
            " k.position = 11 - block.position) WHERE position IN (4, 7);"
            "DROP TABLE kept");
    expect(f, NULL, VERIFY_REORDERED, 4, 7);
}

static void truncated_behind_the_signed_head(void **state) {
    fixture *f = *state;
    run_sql(f->directory, "DELETE FROM block WHERE position > 6");
    expect(f, NULL, VERIFY_TRUNCATED, 6, 7);
}

/* Whoever can take the signed head back as well is found by a checkpoint only. */
static void truncated_with_its_head(void **state) {
    fixture *f = *state;
    char path[512];
    make_checkpoint(f, path);
    verify_report report = check(f->directory, path);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.truncation_checked, 1);
    run_sql(f->directory, "DELETE FROM block WHERE position > 6; DELETE FROM head");
    report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.unsigned_tail, 6);
    expect(f, path, VERIFY_TRUNCATED, 6, 7);
}

/* Blocks appended behind a truncation keep the gap open for ever. */
static void truncation_stays_visible(void **state) {
    fixture *f = *state;
    run_sql(f->directory, "DELETE FROM block WHERE position > 6");
    fixture_open(f);
    append_blocks(f, "taro", 2);
    journal_close(f->journal);
    f->journal = NULL;
    expect(f, NULL, VERIFY_REMOVED, 7, 7);
}

static void checkpoint_of_an_earlier_day_still_fits(void **state) {
    fixture *f = *state;
    char path[512];
    make_checkpoint(f, path);
    fixture_open(f);
    append_blocks(f, "taro", 3);
    journal_close(f->journal);
    f->journal = NULL;
    assert_int_equal(check(f->directory, path).verdict, VERIFY_OK);
}

static void forged_head(void **state) {
    fixture *f = *state;
    run_sql(f->directory, "UPDATE head SET unix_ns = unix_ns + 1");
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_FORGED);
}

/* A chain rewritten with all its hashes fits itself, not what the device signed. */
static void rewritten_chain(void **state) {
    needs_files();
    fixture *f = *state;
    char path[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *select = NULL, *update = NULL;
    crypto *c = NULL;
    uint8_t previous[CRYPTO_HASH_SIZE] = {0};
    uint8_t bytes[LAYOUT_HEADER_BYTES_MAX];
    assert_int_equal(crypto_create(&c), KINMU_OK);
    snprintf(path, sizeof path, "%s/journal.db", f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT header FROM block WHERE position = ?", -1, &select, NULL);
    sqlite3_prepare_v2(db, "UPDATE block SET header = ? WHERE position = ?", -1, &update, NULL);
    for (int position = 1; position <= BLOCKS; position++) {
        layout_header header;
        sqlite3_bind_int(select, 1, position);
        assert_int_equal(sqlite3_step(select), SQLITE_ROW);
        assert_int_equal(layout_header_decode(&header, sqlite3_column_blob(select, 0),
                                              (size_t)sqlite3_column_bytes(select, 0)),
                         KINMU_OK);
        sqlite3_reset(select);
        header.decision = position == 5 ? 77 : header.decision;
        memcpy(header.previous, previous, sizeof previous);
        size_t size = layout_header_encode(&header, bytes);
        crypto_hash(c, bytes, size, previous);
        sqlite3_bind_blob(update, 1, bytes, (int)size, SQLITE_STATIC);
        sqlite3_bind_int(update, 2, position);
        assert_int_equal(sqlite3_step(update), SQLITE_DONE);
        sqlite3_reset(update);
    }
    sqlite3_finalize(select);
    sqlite3_finalize(update);
    sqlite3_close(db);
    crypto_destroy(c);
    expect(f, NULL, VERIFY_EDITED, BLOCKS, BLOCKS);
}

static void forged_origin(void **state) {
    needs_files();
    fixture *f = *state;
    run_sql(f->directory, "UPDATE origin SET public_key = randomblob(32)");
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_FORGED);
}

/* The whole journal of another device in the place of ours. */
static void foreign_journal(void **state) {
    fixture *f = *state;
    char name[512];
    device d;
    snprintf(name, sizeof name, "%s/device.key", f->directory);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK); /* an outside copy has no key */
    assert_int_equal(device_make(f->directory, &d, &f->err), KINMU_OK);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_FORGED);
}

static void edit_file(const char *path, const char *from, const char *to) {
    char text[8192];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    char *at = strstr(text, from);
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    file = fopen(path, "wb");
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void forged_checkpoint(void **state) {
    fixture *f = *state;
    char path[512];
    make_checkpoint(f, path);
    edit_file(path, "\"chain\": 9", "\"chain\": 8");
    verify_report report = check(f->directory, path);
    assert_int_equal(report.verdict, VERIFY_FORGED);
    assert_non_null(strstr(report.text, "checkpoint"));
}

static void damaged_checkpoint_is_refused(void **state) {
    fixture *f = *state;
    char path[512];
    verify_report report;
    kinmu_err err = {"", ""};
    make_checkpoint(f, path);
    edit_file(path, "\"heads\"", "\"hands\"");
    assert_int_equal(journal_verify(f->directory, path, &report, &err), KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(journal_verify(f->directory, "/nowhere", &report, &err), KINMU_E_NOTFOUND);
    assert_int_equal(journal_verify("/nowhere", NULL, &report, &err), KINMU_E_NOTFOUND);
}

static void runs_beside_an_open_journal(void **state) {
    fixture *f = *state;
    fixture_open(f);
    append_blocks(f, "taro", 2);
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.blocks, BLOCKS + 2);
    assert_true(report.unsigned_tail <= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define VERIFY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
        VERIFY_TEST(whole_journal_is_ok),
        VERIFY_TEST(edited_payload),
        VERIFY_TEST(edited_header),
        VERIFY_TEST(removed_block),
        VERIFY_TEST(removed_and_renumbered),
        VERIFY_TEST(removed_payload),
        VERIFY_TEST(reordered_blocks),
        VERIFY_TEST(reordered_contents),
        VERIFY_TEST(truncated_behind_the_signed_head),
        VERIFY_TEST(truncated_with_its_head),
        VERIFY_TEST(truncation_stays_visible),
        VERIFY_TEST(checkpoint_of_an_earlier_day_still_fits),
        VERIFY_TEST(forged_head),
        VERIFY_TEST(rewritten_chain),
        VERIFY_TEST(forged_origin),
        VERIFY_TEST(foreign_journal),
        VERIFY_TEST(forged_checkpoint),
        VERIFY_TEST(damaged_checkpoint_is_refused),
        VERIFY_TEST(runs_beside_an_open_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
