/* tests/unit/journal_erase_test.c - what is erased or folded is gone from every byte of every file,
 * the rest is not, and the chain still verifies. */
#include "journal_fixture.h"

static const journal_spans none; /* nothing is on hold */

static const char canary[] = "canary-7c1f-window-title";

/* 1 when any file of the folder holds these bytes. */
static int scan(const char *directory, const void *bytes, size_t size) {
    DIR *folder = opendir(directory);
    struct dirent *entry;
    int found = 0;
    while ((entry = readdir(folder)) != NULL) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        FILE *file = fopen(path, "rb");
        if (file == NULL) {
            continue;
        }
        static char data[8 << 20];
        size_t length = fread(data, 1, sizeof data, file);
        fclose(file);
        found |= length >= size && memmem(data, length, bytes, size) != NULL;
    }
    closedir(folder);
    return found;
}

/* Bytes 20 to 51 of a block's sealed payload, and its sealed key. */
static void take_samples(const char *directory, uint64_t position, uint8_t cipher[32],
                         uint8_t key[32]) {
    char path[512], sql[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *select = NULL;
    snprintf(path, sizeof path, "%s/journal.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "ATTACH '%s/keys.db' AS k", directory);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_prepare_v2(
        db,
        "SELECT substr(payload, 20, 32), (SELECT substr(sealed, 1, 32) FROM k.key WHERE"
        " key_id = substr(header, 26, 16)) FROM block WHERE position = ?",
        -1, &select, NULL);
    sqlite3_bind_int64(select, 1, (sqlite3_int64)position);
    assert_int_equal(sqlite3_step(select), SQLITE_ROW);
    assert_int_equal(sqlite3_column_bytes(select, 0), 32);
    assert_int_equal(sqlite3_column_bytes(select, 1), 32);
    memcpy(cipher, sqlite3_column_blob(select, 0), 32);
    memcpy(key, sqlite3_column_blob(select, 1), 32);
    sqlite3_finalize(select);
    sqlite3_close(db);
}

static void nothing_stands_in_clear(void **state) {
    fixture *f = *state;
    append_minute(f, "taro.yamada", NOON, 1, canary, NULL);
    journal_flush(f->journal);
    assert_false(scan(f->directory, canary, strlen(canary)));
    assert_false(scan(f->directory, "taro.yamada", 11));
    assert_false(scan(f->directory, "test.minute", 11));
}

static void erased_subject_is_gone(void **state) {
    needs_files();
    fixture *f = *state;
    uint8_t cipher[32], key[32], kept_cipher[32], kept_key[32];
    buffer receipt = {NULL, 0, 0, 0};
    append_minute(f, "taro", NOON, 1, canary, NULL);
    append_minute(f, "hanako", NOON, 10, canary, NULL);
    journal_flush(f->journal);
    take_samples(f->directory, 1, cipher, key);
    take_samples(f->directory, 2, kept_cipher, kept_key);
    assert_true(scan(f->directory, cipher, 32) && scan(f->directory, key, 32));
    append_minute(f, "taro", NOON, 100, canary, NULL); /* published, not yet durable */

    assert_int_equal(journal_erase(f->journal, "taro", NULL, NULL, &receipt, &f->err), KINMU_OK);
    const char *text = buffer_string(&receipt);
    assert_non_null(strstr(text, "\"subject\":\"taro\""));
    assert_non_null(strstr(text, "\"blocks\":2"));
    assert_non_null(strstr(text, "\"backups_clean_from\":\"20"));
    buffer_free(&receipt);

    assert_false(scan(f->directory, cipher, 32));
    assert_false(scan(f->directory, key, 32));
    assert_true(scan(f->directory, kept_cipher, 32) && scan(f->directory, kept_key, 32));
    totals t = read_all(f, f->directory);
    assert_int_equal(t.erased, 2);
    assert_int_equal(t.corrupt, 0);
    assert_int_equal(t.keys, 10);
    assert_int_equal(t.live, 2); /* hanako's, and the record of the erasure */
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.erased, 2);

    /* Life goes on under a new key. */
    append_minute(f, "taro", NOON, 1000, canary, NULL);
    fixture_reopen(f);
    assert_int_equal(read_all(f, f->directory).keys, 1010);
    journal_figures figures;
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.erased_blocks, 2);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

static void erasing_is_as_narrow_as_asked(void **state) {
    fixture *f = *state;
    buffer receipt = {NULL, 0, 0, 0};
    append_minute(f, "taro", NOON, 1, "a", NULL);
    append_minute(f, "taro", NOON + 20 * 24 * HOUR, 10, "a", NULL); /* December */
    assert_int_equal(append_day(f, 0, "taro", 480, NULL, NULL), KINMU_OK);
    journal_flush(f->journal);
    assert_int_equal(journal_erase(f->journal, "taro", "activity", "2026-11", &receipt, &f->err),
                     0);
    buffer_free(&receipt);
    totals t = read_all(f, f->directory);
    assert_int_equal(t.erased, 1);
    assert_int_equal(t.keys, 10);
    assert_int_equal(t.decision, 1);
}

static void erase_mistakes_are_told(void **state) {
    fixture *f = *state;
    buffer receipt = {NULL, 0, 0, 0};
    append_blocks(f, "taro", 1);
    assert_int_equal(journal_erase(f->journal, "tarou", NULL, NULL, &receipt, &f->err),
                     KINMU_E_NOTFOUND);
    assert_non_null(strstr(f->err.msg, "tarou"));
    assert_int_equal(journal_erase(f->journal, "taro", NULL, "2026-13", &receipt, &f->err),
                     KINMU_E_REJECT);
    assert_int_equal(receipt.size, 0);
    assert_int_equal(read_all(f, f->directory).erased, 0);
}

/* Power lost after the payloads went and before the keys did: the next open finishes. */
static void interrupted_erasure_is_finished(void **state) {
    needs_files();
    fixture *f = *state;
    uint8_t cipher[32], key[32];
    char sql[512];
    append_blocks(f, "taro", 1);
    take_samples(f->directory, 1, cipher, key);
    journal_close(f->journal);
    f->journal = NULL;
    snprintf(sql, sizeof sql, "INSERT INTO erasing SELECT substr(header, 26, 16) FROM block");
    run_sql(f->directory, sql);
    fixture_open(f);
    assert_false(scan(f->directory, key, 32));
    totals t = read_all(f, f->directory);
    assert_int_equal(t.erased, 1); /* no key, no payload */
}

#define DAY (24 * HOUR)
#define MARCH_2027 1803859200000000000LL /* 2027-03-01T00:00:00Z: November ended 90 days ago */

/* Events of the journal about erasing with this reason; all must be of activity in November. */
static uint32_t count_erase_events(const fixture *f, const char *reason) {
    journal_reader *reader = NULL;
    journal_block block;
    kinmu_err err = {"", ""};
    uint32_t count = 0;
    block_reader *payload = calloc(1, sizeof *payload);
    assert_int_equal(journal_reader_open(f->directory, &reader, &err), KINMU_OK);
    for (uint64_t at = 0; journal_read(reader, at, &block, &err) == KINMU_OK; at = block.position) {
        kinmu_event event;
        const schema_info *info;
        if (block.state != JOURNAL_BLOCK_LIVE) {
            continue;
        }
        block_open(payload, f->registry, block.payload, block.payload_size, &err);
        while (block_next(payload, &event, &info, &err) == KINMU_OK) {
            if (strcmp(info->full_name, JOURNAL_ERASE_SCHEMA) == 0 &&
                event.values[4].size == strlen(reason) &&
                memcmp(event.values[4].as.text, reason, strlen(reason)) == 0) {
                assert_string_equal(payload->subject, "");
                assert_memory_equal(event.values[1].as.text, "activity", 8);
                assert_memory_equal(event.values[2].as.text, "2026-11", 7);
                assert_int_equal(event.values[3].as.i64, 1);
                count++;
            }
        }
    }
    journal_reader_close(reader);
    free(payload);
    return count;
}

static uint64_t expire(fixture *f, const char *purpose, int64_t keep_days, int64_t now) {
    uint64_t blocks = 99;
    assert_int_equal(journal_expire(f->journal, purpose, keep_days, now, &none, &blocks, &f->err),
                     KINMU_OK);
    return blocks;
}

/* Taro in November and December, Hanako in November, a working day; positions 1 to 4. */
static void append_months(fixture *f) {
    append_minute(f, "taro", NOON, 1, canary, NULL);
    journal_flush(f->journal);
    append_minute(f, "hanako", NOON, 10, canary, NULL);
    journal_flush(f->journal);
    append_minute(f, "taro", NOON + 20 * DAY, 100, canary, NULL);
    journal_flush(f->journal);
    assert_int_equal(append_day(f, 0, "taro", 480, NULL, NULL), KINMU_OK);
    journal_flush(f->journal);
}

static void old_months_expire(void **state) {
    needs_files();
    fixture *f = *state;
    uint8_t cipher[5][32], key[5][32];
    append_months(f);
    for (uint64_t at = 1; at <= 4; at++) {
        take_samples(f->directory, at, cipher[at], key[at]);
        assert_true(scan(f->directory, cipher[at], 32) && scan(f->directory, key[at], 32));
    }
    int64_t now = NOON;
    while (now < MARCH_2027 - DAY) { /* asked every day; nothing is old enough */
        assert_int_equal(expire(f, "activity", 90, now), 0);
        now += DAY;
    }
    assert_int_equal(expire(f, "activity", 90, MARCH_2027 - 1), 0);
    assert_int_equal(read_all(f, f->directory).blocks, 4); /* and nothing was written */
    assert_int_equal(expire(f, "activity", 90, MARCH_2027), 2);

    for (uint64_t at = 1; at <= 2; at++) {
        assert_false(scan(f->directory, cipher[at], 32));
        assert_false(scan(f->directory, key[at], 32));
    }
    for (uint64_t at = 3; at <= 4; at++) { /* a younger month, another purpose */
        assert_true(scan(f->directory, cipher[at], 32) && scan(f->directory, key[at], 32));
    }
    totals t = read_all(f, f->directory);
    assert_int_equal(t.erased, 2);
    assert_int_equal(t.keys, 100);
    assert_int_equal(t.decision, 1);
    assert_int_equal(t.live, 3); /* December, the working day, the record of the expiry */
    assert_int_equal(count_erase_events(f, JOURNAL_ERASE_RETENTION), 2);
    assert_int_equal(count_erase_events(f, JOURNAL_ERASE_REQUEST), 0);
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.erased, 2);

    /* Once is enough; what comes late for that month goes at the next time. */
    assert_int_equal(expire(f, "activity", 90, MARCH_2027 + DAY), 0);
    assert_int_equal(read_all(f, f->directory).blocks, t.blocks);
    append_minute(f, "taro", NOON, 1000, canary, NULL);
    journal_flush(f->journal);
    fixture_reopen(f);
    assert_int_equal(read_all(f, f->directory).keys, 1100);
    assert_int_equal(expire(f, "activity", 90, MARCH_2027 + 2 * DAY), 1);
    assert_int_equal(read_all(f, f->directory).keys, 100);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

/* A hold stands against keep times and requests; once released the next run takes what was held. */
static void what_is_held_stays(void **state) {
    fixture *f = *state;
    buffer receipt = {NULL, 0, 0, 0};
    uint64_t blocks = 0;
    const journal_span hold = {"taro", NULL, NOON - DAY, NOON + DAY, "H1"};
    const journal_spans held = {&hold, 1};
    const journal_span all = {"taro", NULL, INT64_MIN, INT64_MAX, NULL};
    const journal_spans wanted = {&all, 1};
    append_months(f);
    assert_int_equal(
        journal_expire(f->journal, "activity", 90, MARCH_2027, &held, &blocks, &f->err), KINMU_OK);
    assert_int_equal(blocks, 1); /* hanako's; taro's November is held */
    assert_int_equal(read_all(f, f->directory).keys, 101);

    assert_int_equal(
        journal_erase_spans(f->journal, &wanted, &held, "asked for", &receipt, &f->err), KINMU_OK);
    assert_int_equal(read_all(f, f->directory).keys, 1); /* December went */
    const char *text = buffer_string(&receipt);
    assert_non_null(
        strstr(text, "{\"purpose\":\"activity\",\"month\":\"2026-11\",\"keys\":1,\"why\":\"H1\"}"));
    buffer_free(&receipt);
    assert_int_equal(journal_erase_spans(f->journal, &wanted, &held, "", &receipt, &f->err),
                     KINMU_E_DENIED);
    assert_non_null(strstr(f->err.msg, "H1"));
    buffer_free(&receipt);

    assert_int_equal(expire(f, "activity", 90, MARCH_2027), 1);
    assert_int_equal(read_all(f, f->directory).keys, 0);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

static void what_is_kept_for_ever_stays(void **state) {
    fixture *f = *state;
    const int64_t later = NOON + 40000 * DAY; /* 109 years */
    append_months(f);
    assert_int_equal(expire(f, "activity", 0, later), 0);
    assert_int_equal(expire(f, "presence", 1, later), 0); /* a purpose without events */
    assert_int_equal(expire(f, "activity", 100000, later), 0);
    assert_int_equal(expire(f, "activity", 1, later), 3);
    /* The trail that says so names nobody and cannot expire. */
    assert_int_equal(expire(f, "audit", 1, later), 0);
    assert_int_equal(count_erase_events(f, JOURNAL_ERASE_REQUEST), 0);
    assert_int_equal(read_all(f, f->directory).live, 2);
}

/* A program that reads an old snapshot keeps the bytes in the log: told, and made good later. */
static void a_reader_delays_the_end(void **state) {
    needs_files();
    fixture *f = *state;
    uint8_t cipher[32], key[32];
    char path[512];
    sqlite3 *db = NULL;
    buffer receipt = {NULL, 0, 0, 0};
    append_blocks(f, "taro", 1);
    take_samples(f->directory, 1, cipher, key);
    snprintf(path, sizeof path, "%s/journal.db", f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM block", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(journal_erase(f->journal, "taro", NULL, NULL, &receipt, &f->err),
                     KINMU_E_RETRY);
    assert_non_null(strstr(buffer_string(&receipt), "\"blocks\":1"));
    buffer_free(&receipt);
    assert_false(scan(f->directory, key, 32));
    assert_true(scan(f->directory, cipher, 32));
    append_minute(f, "taro", NOON, 1000, "editor", NULL); /* comes meanwhile, stays */
    journal_flush(f->journal);
    sqlite3_close(db);
    assert_int_equal(expire(f, "working-time", 0, NOON), 0);
    assert_false(scan(f->directory, cipher, 32));
    assert_int_equal(read_all(f, f->directory).keys, 1000);
    assert_int_equal(check(f->directory, NULL).verdict, VERIFY_OK);
}

static void forged_tombstone_is_found(void **state) {
    fixture *f = *state;
    buffer receipt = {NULL, 0, 0, 0};
    append_blocks(f, "taro", 2);
    append_blocks(f, "hanako", 1);
    assert_int_equal(journal_erase(f->journal, "taro", NULL, NULL, &receipt, &f->err), KINMU_OK);
    buffer_free(&receipt);
    journal_close(f->journal);
    f->journal = NULL;
    /* A payload removed under the tombstone of another block. */
    run_sql(f->directory,
            "UPDATE block SET payload = NULL, state = 1, tombstone = (SELECT tombstone"
            " FROM block WHERE position = 1) WHERE position = 3");
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_FORGED);
    assert_int_equal(report.bad_position, 3);
}

static void quota_folds_the_oldest(void **state) {
    fixture *f = *state;
    static const journal_quota quotas[] = {{"activity", 20000, 1}, {"working-time", 1, 0}};
    journal_close(f->journal);
    f->settings.quotas = quotas;
    f->settings.quota_count = 2;
    fixture_open(f);
    uint64_t head = 0;
    assert_int_equal(append_day(f, 0, "taro", 480, NULL, &head), KINMU_OK);
    const int count = 400;
    for (int i = 0; i < count; i++) { /* 400 blocks over 6.6 hours */
        append_minute(f, "taro", NOON + i * 60 * SECOND, 3, "editor", NULL);
        journal_flush(f->journal);
    }
    fixture_reopen(f); /* folding runs after the commit it follows */
    journal_figures figures;
    journal_usage usage[8];
    uint32_t usage_count = 8;
    assert_int_equal(journal_survey(f->directory, &figures, usage, &usage_count, &f->err), 0);
    assert_true(figures.folded_blocks > 200);
    for (uint32_t i = 0; i < usage_count; i++) {
        if (strcmp(usage[i].purpose, "activity") == 0) {
            assert_in_range(usage[i].bytes, 15000, 20200); /* held, 1 % for what came since */
        }
    }

    /* No event and no count is lost: detail and sums add up to what was published. */
    journal_reader *reader = NULL;
    journal_block block;
    block_reader *payload = calloc(1, sizeof *payload);
    int64_t events = 0, keys = 0, folds = 0, days = 0;
    assert_int_equal(journal_reader_open(f->directory, &reader, &f->err), KINMU_OK);
    for (uint64_t at = 0; journal_read(reader, at, &block, &f->err) == KINMU_OK;
         at = block.position) {
        kinmu_event event;
        const schema_info *info;
        if (block.state == JOURNAL_BLOCK_FOLDED) {
            assert_int_equal(block.decision, 0);
            continue;
        }
        assert_int_equal(block.state, JOURNAL_BLOCK_LIVE);
        block_open(payload, f->registry, block.payload, block.payload_size, &f->err);
        while (block_next(payload, &event, &info, &f->err) == KINMU_OK) {
            if (info == f->minute) {
                events++;
                keys += event.values[0].as.i64;
            } else if (info == f->day) {
                days++;
            } else {
                long long sum = 0;
                char text[64] = "";
                assert_string_equal(info->full_name, JOURNAL_FOLD_SCHEMA);
                assert_memory_equal(event.values[0].as.text, "test.minute/1", 13);
                assert_string_equal(payload->subject, "taro");
                assert_int_equal(event.values[2].as.i64, event.unix_ns);
                assert_int_equal(event.values[2].as.i64 / HOUR, event.values[3].as.i64 / HOUR);
                memcpy(text, event.values[5].as.text, event.values[5].size);
                assert_int_equal(sscanf(text, "keys=%lld;clicks=", &sum), 1);
                events += event.values[4].as.i64;
                keys += sum;
                folds++;
            }
        }
    }
    journal_reader_close(reader);
    free(payload);
    assert_int_equal(events, count);
    assert_int_equal(keys, 3 * count);
    assert_int_equal(days, 1);
    assert_true(folds > 0);
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.folded, figures.folded_blocks);
}

/* Blocks of a subject that are there in detail. */
static uint32_t in_detail(fixture *f, const char *subject) {
    journal_reader *reader = NULL;
    journal_block block;
    uint32_t count = 0;
    block_reader *payload = calloc(1, sizeof *payload);
    assert_int_equal(journal_reader_open(f->directory, &reader, &f->err), KINMU_OK);
    for (uint64_t at = 0; journal_read(reader, at, &block, &f->err) == KINMU_OK;
         at = block.position) {
        kinmu_event event;
        const schema_info *info = NULL;
        count += block.state == JOURNAL_BLOCK_LIVE &&
                 block_open(payload, f->registry, block.payload, block.payload_size, &f->err) ==
                     KINMU_OK &&
                 strcmp(payload->subject, subject) == 0 &&
                 block_next(payload, &event, &info, &f->err) == KINMU_OK && info == f->minute;
    }
    journal_reader_close(reader);
    free(payload);
    return count;
}

/* A quota is passed rather than what is on hold lost; let go of, it folds. */
static void a_hold_is_stronger_than_a_quota(void **state) {
    fixture *f = *state;
    static const journal_quota quotas[] = {{"activity", 2000, 1}};
    journal_span hold = {"taro", NULL, NOON, NOON + HOUR, "H1"};
    const journal_spans held = {&hold, 1};
    journal_figures figures;
    journal_close(f->journal);
    f->settings.quotas = quotas;
    f->settings.quota_count = 1;
    f->settings.folds_when_asked = 1;
    fixture_open(f);
    for (int i = 0; i < 60; i++) {
        append_minute(f, i % 2 == 0 ? "taro" : "jiro", NOON + i * 60 * SECOND, 3, "editor", NULL);
        journal_flush(f->journal);
    }
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.folded_blocks, 0); /* nobody has said what is on hold */
    assert_true(figures.over_quota_bytes > 2000);
    assert_int_equal(journal_fold(f->journal, &none, figures.decision + 1, &f->err), KINMU_E_RETRY);
    assert_int_equal(journal_fold(f->journal, &held, figures.decision, &f->err), KINMU_OK);
    assert_int_equal(in_detail(f, "taro"), 30);
    assert_int_equal(in_detail(f, "jiro"), 0);
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.folded_blocks, 30);
    assert_true(figures.over_quota_bytes > 0);
    assert_int_equal(journal_fold(f->journal, &none, figures.decision, &f->err), KINMU_OK);
    assert_in_range(in_detail(f, "taro"), 0, 20);
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.over_quota_bytes, 0);
}

static void damaged_block_is_quarantined(void **state) {
    needs_files();
    fixture *f = *state;
    append_blocks(f, "taro", 5);
    journal_close(f->journal);
    f->journal = NULL;
    run_sql(f->directory, "UPDATE block SET payload = zeroblob(length(payload)) WHERE position = 2;"
                          "UPDATE block SET header = x'00' WHERE position = 4");
    fixture_open(f);
    totals t = read_all(f, f->directory);
    assert_int_equal(t.blocks, 5);
    assert_int_equal(t.corrupt, 2);
    assert_int_equal(t.live, 3);
    append_blocks(f, "taro", 1); /* recording goes on */
    assert_int_equal(read_all(f, f->directory).live, 4);
    journal_figures figures;
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.corrupt_blocks, 2);
}

static void damaged_key_costs_its_blocks_only(void **state) {
    needs_files();
    fixture *f = *state;
    char path[512];
    sqlite3 *db = NULL;
    append_blocks(f, "taro", 2);
    journal_close(f->journal);
    f->journal = NULL;
    snprintf(path, sizeof path, "%s/keys.db", f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "UPDATE key SET sealed = zeroblob(length(sealed))", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    fixture_open(f);
    assert_int_equal(read_all(f, f->directory).corrupt, 2);
    append_blocks(f, "taro", 1);
    assert_int_equal(read_all(f, f->directory).live, 1);
}

/* Any bit of the file may flip: reading ends, gives nothing wrong, and verify sees what is lost. */
static void flipped_bits_are_found(void **state) {
    needs_files();
    fixture *f = *state;
    static char text[8000];
    static uint8_t data[1 << 20];
    char path[512];
    const uint64_t count = 40;
    srand(20261122);
    for (uint64_t i = 0; i < count; i++) {
        for (size_t k = 0; k + 1 < sizeof text; k++) {
            text[k] = (char)('a' + rand() % 26);
        }
        append_minute(f, "taro", NOON + (int64_t)i, 1, text, NULL);
        journal_flush(f->journal);
    }
    journal_close(f->journal);
    f->journal = NULL;
    snprintf(path, sizeof path, "%s/journal.db", f->directory);
    FILE *file = fopen(path, "rb");
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    uint64_t clean = 0, single = 0;
    for (int i = 0; i < 120; i++) {
        size_t at = (size_t)rand() % size;
        verify_report report;
        journal_reader *reader = NULL;
        journal_block block;
        uint64_t live = 0, position = 0, reads = 0;
        kinmu_err err = {"", ""};
        data[at] ^= (uint8_t)(1u << (i % 8));
        file = fopen(path, "wb");
        assert_int_equal(fwrite(data, 1, size, file), size);
        fclose(file);
        data[at] ^= (uint8_t)(1u << (i % 8));
        int32_t verified = journal_verify(f->directory, NULL, &report, &err);
        int32_t status = journal_reader_open(f->directory, &reader, &err);
        while (status == KINMU_OK &&
               (status = journal_read(reader, position, &block, &err)) == KINMU_OK) {
            assert_true(block.position > position);
            assert_true(++reads <= count);
            position = block.position;
            live += block.state == JOURNAL_BLOCK_LIVE;
        }
        journal_reader_close(reader);
        assert_true(live <= count);
        if (live < count) { /* something was lost: it must have been seen */
            assert_true(verified != KINMU_OK || report.verdict != VERIFY_OK);
        }
        clean += live == count;
        single += live + 1 == count;
    }
    assert_true(single > 60); /* most of the file is payload: one bit costs one block */
    assert_true(clean + single > 110);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define ERASE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        ERASE_TEST(nothing_stands_in_clear),
        ERASE_TEST(erased_subject_is_gone),
        ERASE_TEST(erasing_is_as_narrow_as_asked),
        ERASE_TEST(erase_mistakes_are_told),
        ERASE_TEST(interrupted_erasure_is_finished),
        ERASE_TEST(old_months_expire),
        ERASE_TEST(what_is_kept_for_ever_stays),
        ERASE_TEST(a_reader_delays_the_end),
        ERASE_TEST(forged_tombstone_is_found),
        ERASE_TEST(quota_folds_the_oldest),
        ERASE_TEST(a_hold_is_stronger_than_a_quota),
        ERASE_TEST(damaged_block_is_quarantined),
        ERASE_TEST(damaged_key_costs_its_blocks_only),
        ERASE_TEST(flipped_bits_are_found),
        ERASE_TEST(what_is_held_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
