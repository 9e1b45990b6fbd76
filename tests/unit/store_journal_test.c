/* The store behind a real journal: its thread, an erasure, damage on the disk, and the rebuild. */
#include "journal_fixture.h"

#include "store/store.h"

#include <uv.h>

#define WAIT_MS 20000u

typedef struct watcher {
    uv_mutex_t lock;
    uint64_t position, decision;
    int32_t failures;
} watcher;

static void on_applied(void *user, uint64_t position, uint64_t decision, int32_t status) {
    watcher *w = user;
    uv_mutex_lock(&w->lock);
    assert_true(position >= w->position);
    w->position = position;
    w->decision = decision;
    w->failures += status != KINMU_OK;
    uv_mutex_unlock(&w->lock);
}

static void wake_store(void *user, uint64_t durable, uint64_t position, int32_t status) {
    (void)durable;
    (void)position;
    (void)status;
    store_wake(user);
}

/* First column of the first row of what any program sees in store.db. */
static const char *look(const fixture *f, const char *sql) {
    static char answer[512];
    sql_db *db = server_open(f->directory, SQL_STORE, "store.db");
    server_ask(db, sql, answer);
    sql_close(db);
    return answer;
}

static void digest_of(fixture *f, char hex[STORE_DIGEST_SIZE]) {
    store_reader *reader = NULL;
    assert_int_equal(store_reader_open(f->directory, f->registry, &reader, &f->err), KINMU_OK);
    assert_int_equal(store_digest(reader, hex, &f->err), KINMU_OK);
    store_reader_close(reader);
}

static uint64_t newest(fixture *f) {
    journal_figures figures;
    journal_flush(f->journal);
    journal_stat(f->journal, &figures);
    return figures.position;
}

static store *run_store(fixture *f, watcher *w) {
    store *s = NULL;
    memset(w, 0, sizeof *w);
    assert_int_equal(uv_mutex_init(&w->lock), 0);
    assert_int_equal(store_open(f->directory, f->registry, &s, &f->err), KINMU_OK);
    journal_on_commit(f->journal, wake_store, s);
    assert_int_equal(store_run(s, f->directory, on_applied, w, &f->err), KINMU_OK);
    return s;
}

static void stop_store(fixture *f, store *s, watcher *w) {
    journal_on_commit(f->journal, NULL, NULL);
    store_close(s);
    uv_mutex_destroy(&w->lock);
}

static void the_thread_follows_the_journal(void **state) {
    fixture *f = *state;
    watcher w;
    uint64_t ticket = 0;
    uint64_t head = 0;
    store *s = run_store(f, &w);
    assert_int_equal(store_wait(s, 1, 10), KINMU_E_RETRY); /* nothing is there yet */
    append_blocks(f, "tanaka", 20);
    assert_int_equal(append_day(f, 0, "tanaka", 480, &ticket, &head), KINMU_OK);
    assert_int_equal(append_day(f, head, "tanaka", 500, &ticket, &head), KINMU_OK);
    assert_int_equal(store_wait(s, newest(f), WAIT_MS), KINMU_OK);
    assert_string_equal(look(f, "SELECT count(*) || ':' || sum(keys) FROM test_minute_1"),
                        "20:190");
    assert_string_equal(look(f, "SELECT minutes || ':' || version FROM test_day_1"), "500:2");
    stop_store(f, s, &w);
    assert_int_equal(w.failures, 0);
    assert_int_equal(w.decision, 2);
    /* What came while it was not running comes at its next start, and nothing twice. */
    append_blocks(f, "sato", 5);
    s = run_store(f, &w);
    assert_int_equal(store_wait(s, newest(f), WAIT_MS), KINMU_OK);
    assert_string_equal(look(f, "SELECT count(*) || ':' || sum(keys) FROM test_minute_1"),
                        "25:200");
    assert_string_equal(look(f, "SELECT count(DISTINCT sequence) FROM test_minute_1"), "25");
    stop_store(f, s, &w);
}

static int32_t file_has(const fixture *f, const char *name, const char *needle) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    static char data[8 << 20];
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    return memmem(data, size, needle, strlen(needle)) != NULL;
}

static void an_erasure_reaches_the_store(void **state) {
    fixture *f = *state;
    store_forgotten gone = {0, 0};
    journal_reader *reader = NULL;
    watcher w;
    buffer receipt = {0};
    char grown[STORE_DIGEST_SIZE];
    char rebuilt[STORE_DIGEST_SIZE];
    uint64_t position = 0;
    store *s = run_store(f, &w);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(append_minute(f, "canary-subject", NOON + i, i, "canary-app", NULL),
                         KINMU_OK);
        assert_int_equal(append_minute(f, "sato", NOON + i, i, "kept-app", NULL), KINMU_OK);
        journal_flush(f->journal);
    }
    assert_int_equal(store_wait(s, newest(f), WAIT_MS), KINMU_OK);
    assert_true(on_server() || file_has(f, "store.db", "canary-app") ||
                file_has(f, "store.db-wal", "canary-app"));
    assert_int_equal(journal_erase(f->journal, "canary-subject", NULL, NULL, &receipt, &f->err),
                     KINMU_OK);
    buffer_free(&receipt);
    assert_int_equal(journal_reader_open(f->directory, &reader, &f->err), KINMU_OK);
    assert_int_equal(store_forget_erased(s, reader, &gone, &f->err), KINMU_OK);
    journal_reader_close(reader);
    assert_int_equal(store_wait(s, newest(f), WAIT_MS), KINMU_OK);
    stop_store(f, s, &w);
    assert_string_equal(look(f, "SELECT count(*) FROM test_minute_1"), "50");
    assert_false(file_has(f, "store.db", "canary-"));
    assert_false(file_has(f, "store.db-wal", "canary-"));
    assert_true(on_server() || file_has(f, "store.db", "kept-app"));
    digest_of(f, grown);
    assert_int_equal(store_rebuild(f->directory, f->registry, &position, &f->err), KINMU_OK);
    digest_of(f, rebuilt);
    assert_string_equal(grown, rebuilt);
}

/* A flipped bit on the disk: that block is noted with the reason, all others are there. */
static void a_damaged_block_does_not_stop_the_rest(void **state) {
    fixture *f = *state;
    uint64_t position = 0;
    append_blocks(f, "tanaka", 9);
    uint64_t end = newest(f);
    run_sql(f->directory, "UPDATE block SET payload = header WHERE position = 5");
    assert_int_equal(store_rebuild(f->directory, f->registry, &position, &f->err), KINMU_OK);
    assert_int_equal(position, end);
    assert_string_equal(look(f, "SELECT count(*) FROM test_minute_1"), "8");
    assert_string_equal(look(f, "SELECT position FROM kinmu_quarantine"), "5");
    assert_true(strlen(look(f, "SELECT reason FROM kinmu_quarantine")) > 10);
}

static void without_a_journal_nothing_is_deleted(void **state) {
    needs_files();
    fixture *f = *state;
    char path[512];
    uint64_t position = 0;
    assert_int_equal(store_rebuild(f->directory, f->registry, &position, &f->err), KINMU_OK);
    journal_close(f->journal);
    f->journal = NULL;
    snprintf(path, sizeof path, "%s/journal.db", f->directory);
    assert_int_equal(remove(path), 0);
    assert_int_not_equal(store_rebuild(f->directory, f->registry, &position, &f->err), KINMU_OK);
    assert_string_equal(look(f, "SELECT count(*) FROM kinmu_cursor"), "1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_thread_follows_the_journal, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_erasure_reaches_the_store, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_block_does_not_stop_the_rest, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(without_a_journal_nothing_is_deleted, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
