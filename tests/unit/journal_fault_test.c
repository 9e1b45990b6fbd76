/* tests/unit/journal_fault_test.c - a disk that is full, lies or breaks. A layer between SQLite and
 * the files fails on demand; what matters is who was told what, and what a restart finds. */
#include "journal_fixture.h"

/* ---- the layer: SQLite's default one with a switch for each fault ---- */

typedef enum fault { FAULT_NONE, FAULT_FULL, FAULT_SYNC, FAULT_WRITE } fault;

static _Atomic fault active;
static _Atomic int countdown; /* operations of that kind that still work */
static _Atomic int syncs;
static char target[64]; /* files whose path holds this */
static sqlite3_vfs layer;
static sqlite3_vfs *below;

typedef struct layer_file {
    sqlite3_file base;
    int is_target;
    sqlite3_file *real;
} layer_file;

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((layer_file *)file)->real;
}

static int strikes(sqlite3_file *file, fault kind) {
    return ((layer_file *)file)->is_target && active == kind && countdown-- <= 0;
}

static int layer_close(sqlite3_file *f) {
    return real_of(f)->pMethods->xClose(real_of(f));
}
static int layer_read(sqlite3_file *f, void *data, int size, sqlite3_int64 at) {
    return real_of(f)->pMethods->xRead(real_of(f), data, size, at);
}
static int layer_write(sqlite3_file *f, const void *data, int size, sqlite3_int64 at) {
    if (strikes(f, FAULT_FULL)) {
        return SQLITE_FULL;
    }
    if (strikes(f, FAULT_WRITE)) {
        return SQLITE_IOERR_WRITE;
    }
    return real_of(f)->pMethods->xWrite(real_of(f), data, size, at);
}
static int layer_truncate(sqlite3_file *f, sqlite3_int64 size) {
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
}
static int layer_sync(sqlite3_file *f, int flags) {
    syncs++;
    return strikes(f, FAULT_SYNC) ? SQLITE_IOERR_FSYNC
                                  : real_of(f)->pMethods->xSync(real_of(f), flags);
}
static int layer_size(sqlite3_file *f, sqlite3_int64 *size) {
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}
static int layer_lock(sqlite3_file *f, int level) {
    return real_of(f)->pMethods->xLock(real_of(f), level);
}
static int layer_unlock(sqlite3_file *f, int level) {
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}
static int layer_check(sqlite3_file *f, int *out) {
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}
static int layer_control(sqlite3_file *f, int op, void *arg) {
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
static int layer_sector(sqlite3_file *f) {
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}
static int layer_traits(sqlite3_file *f) {
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}
static int layer_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}
static int layer_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}
static void layer_shm_barrier(sqlite3_file *f) {
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}
static int layer_shm_unmap(sqlite3_file *f, int remove) {
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = layer_close,
                                           .xRead = layer_read,
                                           .xWrite = layer_write,
                                           .xTruncate = layer_truncate,
                                           .xSync = layer_sync,
                                           .xFileSize = layer_size,
                                           .xLock = layer_lock,
                                           .xUnlock = layer_unlock,
                                           .xCheckReservedLock = layer_check,
                                           .xFileControl = layer_control,
                                           .xSectorSize = layer_sector,
                                           .xDeviceCharacteristics = layer_traits,
                                           .xShmMap = layer_shm_map,
                                           .xShmLock = layer_shm_lock,
                                           .xShmBarrier = layer_shm_barrier,
                                           .xShmUnmap = layer_shm_unmap};

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    layer_file *f = (layer_file *)file;
    (void)vfs;
    f->real = (sqlite3_file *)(f + 1);
    f->is_target = name != NULL && strstr(name, target) != NULL;
    int code = below->xOpen(below, name, f->real, flags, out);
    f->base.pMethods = code == SQLITE_OK ? &methods : NULL;
    return code;
}

static int setup(void **state) {
    active = FAULT_NONE;
    if (below == NULL) {
        below = sqlite3_vfs_find(NULL);
        layer = *below;
        layer.zName = "faulty";
        layer.szOsFile = (int)sizeof(layer_file) + below->szOsFile;
        layer.xOpen = layer_open;
        sqlite3_vfs_register(&layer, 1);
    }
    return fixture_setup(state);
}

static void strike(fault kind, const char *file, int after) {
    snprintf(target, sizeof target, "%s", file);
    countdown = after;
    active = kind;
}

/* `target` is compared when a file is opened, so a journal is opened for its faults. */
static void reopen_for(fixture *f, const char *file) {
    snprintf(target, sizeof target, "%s", file);
    fixture_reopen(f);
}

static _Atomic int told_status;

static void on_commit(void *user, uint64_t durable, uint64_t position, int32_t status) {
    (void)user;
    (void)durable;
    (void)position;
    if (status != KINMU_OK) {
        told_status = status;
    }
}

/* The n-th fsync fails: nothing is acknowledged from then on, and the journal stops for good. */
static void failed_sync_stops(const char *file, fault kind, void **state) {
    fixture *f = *state;
    reopen_for(f, file);
    journal_on_commit(f->journal, on_commit, NULL);
    told_status = 0;
    append_blocks(f, "taro", 2);
    uint64_t durable = journal_durable(f->journal);
    uint64_t ticket = 0;
    strike(kind, file, 0);
    /* A subject without a key yet, so that both files are written. */
    assert_int_equal(append_minute(f, "hanako", NOON, 1, "a", &ticket), KINMU_OK);
    journal_flush(f->journal);
    assert_int_equal(journal_durable(f->journal), durable);
    assert_int_equal(journal_wait(f->journal, ticket, 10000), KINMU_E_RESTART);
    active = FAULT_NONE; /* the disk is well again: too late */
    assert_int_equal(append_minute(f, "taro", NOON, 1, "a", NULL), KINMU_E_RESTART);
    assert_int_equal(append_day(f, 0, "taro", 1, NULL, NULL), KINMU_E_RESTART);
    assert_int_equal(journal_state_put(f->journal, "input", "x", "y", 1), KINMU_E_RESTART);
    journal_flush(f->journal);
    assert_int_equal(journal_durable(f->journal), durable);
    journal_figures figures;
    journal_stat(f->journal, &figures);
    assert_int_not_equal(figures.failed, 0);
    assert_non_null(strstr(figures.failure, file));
    fixture_reopen(f); /* the restart; closing waits for the thread that told */
    assert_int_equal(told_status, KINMU_E_RESTART);
    totals t = read_all(f, f->directory);
    assert_true(t.events >= 2);
    assert_int_equal(t.corrupt, 0);
    append_blocks(f, "taro", 1);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

static void failed_sync_of_blocks_stops(void **state) {
    failed_sync_stops("journal.db", FAULT_SYNC, state);
}

static void failed_sync_of_keys_stops(void **state) {
    failed_sync_stops("keys.db", FAULT_SYNC, state);
}

static void failed_write_stops(void **state) {
    failed_sync_stops("journal.db", FAULT_WRITE, state);
}

/* Closing the log into the file happens after the acknowledgement; its failure stops as well. */
static void failed_sync_of_the_log_copy_stops(void **state) {
    fixture *f = *state;
    static char text[16000];
    reopen_for(f, "journal.db");
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        text[i] = (char)('a' + rand() % 26);
    }
    int32_t status = KINMU_OK;
    uint64_t ticket = 0;
    for (int i = 0; i < 2000 && status == KINMU_OK; i++) {
        status = append_minute(f, "taro", NOON + i, 1, text, &ticket);
        if (i == 400) {
            journal_flush(f->journal);
            strike(FAULT_SYNC, "journal.db", 1); /* the commit's own works, the copy's does not */
        }
        if (i % 50 == 0 && status == KINMU_OK) {
            journal_flush(f->journal);
        }
    }
    active = FAULT_NONE;
    assert_int_equal(status, KINMU_E_RESTART);
    uint64_t durable = journal_durable(f->journal);
    fixture_reopen(f);
    assert_true(read_all(f, f->directory).events >= durable);
}

/* A full disk: what is pending stays, nothing is acknowledged, and room lets it go on. */
static void full_disk_keeps_what_is_pending(const char *file, int by_itself, void **state) {
    fixture *f = *state;
    reopen_for(f, file);
    append_blocks(f, "taro", 1);
    uint64_t durable = journal_durable(f->journal);
    uint64_t ticket = 0;
    strike(FAULT_FULL, file, 0);
    assert_int_equal(append_minute(f, "hanako", NOON, 10, "a", NULL), KINMU_OK);
    assert_int_equal(journal_flush(f->journal), KINMU_E_RETRY); /* returns although it could not */
    assert_int_equal(journal_durable(f->journal), durable);
    assert_int_equal(append_minute(f, "hanako", NOON, 100, "a", &ticket), KINMU_OK);
    assert_int_equal(journal_wait(f->journal, ticket, 10), KINMU_E_RETRY);
    journal_figures figures;
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.failed, 0);
    assert_non_null(strstr(figures.failure, "no space left"));
    assert_int_equal(read_all(f, f->directory).keys, 0);
    active = FAULT_NONE;
    if (by_itself) {
        assert_int_equal(journal_wait(f->journal, ticket - 1, 20000), KINMU_OK); /* after 5 s */
    }
    journal_flush(f->journal);
    journal_flush(f->journal); /* what came after the group that waited */
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
    journal_stat(f->journal, &figures);
    assert_string_equal(figures.failure, "");
    totals t = read_all(f, f->directory);
    assert_int_equal(t.keys, 110);
    assert_int_equal(t.events, 3);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

static void full_disk_for_blocks(void **state) {
    full_disk_keeps_what_is_pending("journal.db", 1, state);
}

static void full_disk_for_keys(void **state) {
    full_disk_keeps_what_is_pending("keys.db", 0, state);
}

/* Full at the n-th write, whatever n: never a damaged file, never half a group. */
static void full_at_every_write(void **state) {
    fixture *f = *state;
    uint64_t events = 0;
    for (int n = 0; n < 12; n++) {
        reopen_for(f, "journal.db");
        strike(FAULT_FULL, "journal.db", n);
        append_minute(f, "taro", NOON, 1, "a", NULL);
        append_minute(f, "hanako", NOON, 1, "a", NULL);
        journal_flush(f->journal);
        journal_close(f->journal); /* gives up what it cannot write */
        f->journal = NULL;
        active = FAULT_NONE;
        fixture_open(f);
        totals t = read_all(f, f->directory);
        assert_true(t.events == events || t.events == events + 2);
        events = t.events;
        assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
    }
    assert_true(events > 0); /* the last rounds had writes enough */
}

/* Another program holds the file: the same as a full disk, not a failure. */
static void locked_by_another_is_waited_for(void **state) {
    fixture *f = *state;
    char path[512];
    sqlite3 *db = NULL;
    uint64_t ticket = 0;
    append_blocks(f, "taro", 1);
    snprintf(path, sizeof path, "%s/journal.db", f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    append_minute(f, "taro", NOON, 1, "a", &ticket);
    journal_flush(f->journal); /* after SQLite's own patience of 5 s */
    assert_int_equal(journal_wait(f->journal, ticket, 10), KINMU_E_RETRY);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
}

/* synchronous=FULL syncs every commit; the tests' switch does not, so the power-cut test can fail.
 */
static void every_commit_is_synced(void **state) {
    fixture *f = *state;
    reopen_for(f, "journal.db");
    append_blocks(f, "taro", 1);
    int before = syncs;
    append_blocks(f, "taro", 5);
    assert_true(syncs - before >= 5);
    f->settings.unsafe_sync_off = 1;
    fixture_reopen(f);
    append_blocks(f, "taro", 1);
    before = syncs;
    append_blocks(f, "taro", 5);
    assert_int_equal(syncs, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
        FAULT_TEST(failed_sync_of_blocks_stops), FAULT_TEST(failed_sync_of_keys_stops),
        FAULT_TEST(failed_write_stops),          FAULT_TEST(failed_sync_of_the_log_copy_stops),
        FAULT_TEST(full_disk_for_blocks),        FAULT_TEST(full_disk_for_keys),
        FAULT_TEST(full_at_every_write),         FAULT_TEST(locked_by_another_is_waited_for),
        FAULT_TEST(every_commit_is_synced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
