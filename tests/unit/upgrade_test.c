/* upgrade_test.c - data and pushes of earlier releases are still taken, and those of later ones are
 * refused in one sentence. What earlier releases wrote lies in tests/golden/data and
 * tests/golden/wire, one folder a layout; it is never made anew, only added to. With
 * KINMU_RECORD=FOLDER the test writes what the present release would leave there. */
#include "journal_fixture.h"

#include "fleet/receiver.h"
#include "fleet/sender.h"
#include "journal/device.h"
#include "journal/files.h"
#include "journal/format.h"

#include <sys/stat.h>

#define DATA KINMU_SOURCE_DIR "/tests/golden/data/1"
#define WIRE KINMU_SOURCE_DIR "/tests/golden/wire/1"
#define BLOCKS 6
#define KEYS_SUM 21 /* 1 + 2 + … + 6 */
#define PUSHES_MAX 9
#define FILE_BYTES_MAX (1u << 20)

static void read_file(const char *folder, const char *name, buffer *out) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    buffer_clear(out);
    uint8_t *room = buffer_reserve(out, FILE_BYTES_MAX);
    out->size += fread(room, 1, FILE_BYTES_MAX, file);
    fclose(file);
}

static void write_file(const char *folder, const char *name, const void *data, size_t size) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    chmod(path, 0600);
}

static void copy_file(const char *from, const char *from_name, const char *to, const char *name) {
    buffer text = {0};
    read_file(from, from_name, &text);
    assert_true(text.size > 0);
    write_file(to, name, text.data, text.size);
    buffer_free(&text);
}

/* A database from the text `sqlite3 FILE .dump` printed. */
static void load_dump(const char *folder, const char *name, const char *directory) {
    char dump[64];
    char path[600];
    buffer text = {0};
    sqlite3 *db = NULL;
    snprintf(dump, sizeof dump, "%s.sql", name);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    read_file(folder, dump, &text);
    assert_true(text.size > 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, buffer_string(&text), NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    chmod(path, 0600);
    buffer_free(&text);
}

static fixture *recorded_data(void) {
    fixture *f = fixture_make();
    load_dump(DATA, FILES_JOURNAL, f->directory);
    load_dump(DATA, FILES_KEYS, f->directory);
    copy_file(DATA, "device.key", f->directory, "device.key");
    return f;
}

static void drop(fixture *f) {
    void *state = f;
    fixture_teardown(&state);
}

/* ---- data ---- */

static void recorded_data_is_read_and_continued(void **state) {
    (void)state;
    fixture *f = recorded_data();
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
    fixture_open(f);
    totals before = read_all(f, f->directory);
    assert_int_equal(before.blocks, BLOCKS);
    assert_int_equal(before.keys, KEYS_SUM);
    assert_int_equal(append_minute(f, "alice", NOON, 100, "vi", NULL), KINMU_OK);
    fixture_reopen(f);
    totals after = read_all(f, f->directory);
    assert_int_equal(after.blocks, BLOCKS + 1);
    assert_int_equal(after.keys, KEYS_SUM + 100);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
    drop(f);
}

/* What was only added later is made when it is missing. */
static void tables_added_later_are_made(void **state) {
    (void)state;
    fixture *f = recorded_data();
    run_sql(f->directory, "DROP TABLE contact; DROP TABLE quarantine; DROP TABLE usage;"
                          "DROP TABLE IF EXISTS checkpoint; DROP TABLE IF EXISTS checkpoint_head");
    fixture_open(f);
    assert_int_equal(append_minute(f, "alice", NOON, 100, "vi", NULL), KINMU_OK);
    fixture_reopen(f);
    assert_int_equal(read_all(f, f->directory).keys, KEYS_SUM + 100);
    drop(f);
}

static void refused_as_newer(int32_t status, const kinmu_err *err) {
    assert_int_equal(status, KINMU_E_CONFIG);
    assert_string_equal(err->key, "journal.newer");
    assert_non_null(strstr(err->msg, "newer Kinmu (layout 2, this one knows 1)"));
}

static void a_newer_layout_is_refused_and_untouched(void **state) {
    (void)state;
    fixture *f = recorded_data();
    journal_reader *reader = NULL;
    verify_report report;
    buffer before = {0};
    buffer after = {0};
    assert_int_equal(FORMAT_JOURNAL, 1); /* a new layout needs a folder of its own in golden/data */
    run_sql(f->directory, "UPDATE meta SET value = 2 WHERE name = 'format';"
                          "CREATE TABLE later(what); PRAGMA wal_checkpoint(TRUNCATE)");
    read_file(f->directory, FILES_JOURNAL, &before);
    refused_as_newer(journal_open(&f->settings, f->registry, &f->journal, &f->err), &f->err);
    assert_null(f->journal);
    refused_as_newer(journal_reader_open(f->directory, &reader, &f->err), &f->err);
    refused_as_newer(journal_verify(f->directory, NULL, &report, &f->err), &f->err);
    read_file(f->directory, FILES_JOURNAL, &after);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.data, before.data, before.size);
    buffer_free(&before);
    buffer_free(&after);
    drop(f);
}

/* ---- pushes ---- */

static int32_t all_in_force(void *user, const char *purpose) {
    (void)user;
    (void)purpose;
    return 1;
}

static fleet_receiver *open_receiver(fixture *hub) {
    fleet_receiver *receiver = NULL;
    const fleet_receiver_settings settings = {hub->journal, hub->directory, hub->registry,
                                              all_in_force, NULL};
    assert_int_equal(fleet_receiver_open(&settings, &receiver, &hub->err), KINMU_OK);
    return receiver;
}

static void take_push(fixture *hub, fleet_receiver *receiver, const uint8_t public_key[32],
                      const buffer *push) {
    fleet_verdict verdict;
    buffer answer = {0};
    fleet_receive(receiver, public_key, push->data, push->size, &verdict, &answer);
    if (verdict.http_status != 200) {
        print_error("refused: %u %s\n", verdict.http_status, verdict.problem);
    }
    assert_int_equal(verdict.http_status, 200);
    assert_int_equal(verdict.declined, 0);
    assert_int_equal(journal_wait(hub->journal, verdict.ticket, 10000), KINMU_OK);
    assert_int_equal(fleet_receiver_confirm(receiver, &verdict, NULL, NULL, &answer), KINMU_OK);
    buffer_free(&answer);
}

static void recorded_pushes_are_taken(void **state) {
    (void)state;
    fixture *hub = fixture_make();
    buffer key = {0};
    uint32_t pushes = 0;
    copy_file(WIRE, "hub.key", hub->directory, "device.key");
    fixture_open(hub);
    fleet_receiver *receiver = open_receiver(hub);
    read_file(WIRE, "device.pub", &key);
    assert_int_equal(key.size, 32);
    for (int i = 1; i <= PUSHES_MAX; i++) {
        char name[32];
        buffer push = {0};
        snprintf(name, sizeof name, "push-%d.bin", i);
        read_file(WIRE, name, &push);
        if (push.size > 0) {
            take_push(hub, receiver, key.data, &push);
            pushes++;
        }
        buffer_free(&push);
    }
    assert_true(pushes >= 2);
    totals held = read_all(hub, hub->directory);
    assert_int_equal(held.blocks, BLOCKS);
    assert_int_equal(held.keys, KEYS_SUM);
    assert_int_equal(check(hub->directory, NULL).verdict, VERIFY_OK);
    fleet_receiver_close(receiver);
    buffer_free(&key);
    drop(hub);
}

/* ---- recording: a device's data, and its pushes to a hub ---- */

static void record_pushes(fixture *from, fixture *hub, const char *folder) {
    fleet_sender *sender = NULL;
    fleet_receiver *receiver = open_receiver(hub);
    fleet_progress progress = {.unsent = 1};
    device own;
    device of_hub;
    buffer push = {0};
    assert_int_equal(device_read(from->directory, &own, &from->err), KINMU_OK);
    assert_int_equal(device_read(hub->directory, &of_hub, &hub->err), KINMU_OK);
    assert_int_equal(fleet_sender_open(from->directory, of_hub.public_key, of_hub.box_public, NULL,
                                       0, &sender, &from->err),
                     KINMU_OK);
    write_file(folder, "device.pub", own.public_key, 32);
    for (int i = 1; i <= PUSHES_MAX && progress.unsent > 0; i++) {
        char name[32];
        fleet_outcome outcome;
        fleet_verdict verdict;
        buffer answer = {0};
        buffer_clear(&push);
        assert_int_equal(fleet_sender_build(sender, 1000, "0.1.0", NOON, &push, &from->err), 0);
        snprintf(name, sizeof name, "push-%d.bin", i);
        write_file(folder, name, push.data, push.size);
        fleet_receive(receiver, own.public_key, push.data, push.size, &verdict, &answer);
        assert_int_equal(journal_wait(hub->journal, verdict.ticket, 10000), KINMU_OK);
        assert_int_equal(fleet_receiver_confirm(receiver, &verdict, NULL, NULL, &answer), 0);
        fleet_sender_take(sender, 200, answer.data, answer.size, &outcome);
        assert_int_equal(fleet_sender_progress(sender, &progress, &from->err), KINMU_OK);
        buffer_free(&answer);
    }
    buffer_free(&push);
    fleet_sender_close(sender);
    fleet_receiver_close(receiver);
}

static void record(void **state) {
    const char *folder = getenv("KINMU_RECORD");
    (void)state;
    fixture *pc = fixture_make();
    fixture *hub = fixture_make();
    fixture_open(pc);
    fixture_open(hub);
    for (int64_t i = 1; i <= BLOCKS; i++) {
        assert_int_equal(
            append_minute(pc, i % 2 == 0 ? "alice" : "bob", NOON + i * SECOND, i, "vi", NULL),
            KINMU_OK);
        journal_flush(pc->journal);
    }
    record_pushes(pc, hub, folder);
    journal_close(pc->journal);
    pc->journal = NULL;
    copy_file(pc->directory, FILES_JOURNAL, folder, FILES_JOURNAL);
    copy_file(pc->directory, FILES_KEYS, folder, FILES_KEYS);
    copy_file(pc->directory, "device.key", folder, "device.key");
    copy_file(hub->directory, "device.key", folder, "hub.key");
    drop(pc);
    drop(hub);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_data_is_read_and_continued),
        cmocka_unit_test(tables_added_later_are_made),
        cmocka_unit_test(a_newer_layout_is_refused_and_untouched),
        cmocka_unit_test(recorded_pushes_are_taken),
    };
    const struct CMUnitTest recording[] = {cmocka_unit_test(record)};
    if (getenv("KINMU_RECORD") != NULL) { /* makes the fixtures of a release, tests nothing */
        return cmocka_run_group_tests_name("record", recording, NULL, NULL);
    }
    return cmocka_run_group_tests_name("upgrade", tests, NULL, NULL);
}
