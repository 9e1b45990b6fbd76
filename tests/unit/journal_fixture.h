/* tests/unit/journal_fixture.h - a journal in a folder of its own, with two small schemas: counts
 * per minute (log, activity) and days (record, working-time). For the journal's tests only. */
#ifndef JOURNAL_FIXTURE_H
#define JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "journal/journal.h"
#include "journal/schemas.h"
#include "journal/verify.h"
#include "tests/unit/server.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOON 1795348800000000000LL /* 2026-11-22T12:00:00Z */
#define SECOND 1000000000LL
#define HOUR (3600 * SECOND)

static const kinmu_field minute_fields[] = {
    {"keys", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, 0, "count", NULL,
     "keys"},
    {"clicks", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, 0, "count", NULL, "clicks"},
    {"app", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, 0, "", NULL, "program"},
};
static const kinmu_field day_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PERSONAL, 0, "", NULL, "who"},
    {"minutes", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, 0, "min", NULL, "worked"},
};
static const kinmu_schema test_schemas[] = {
    {sizeof(kinmu_schema), 1, "test.minute", KINMU_KIND_LOG, 0, "activity", NULL, NULL,
     KINMU_TABLE(minute_fields), "counts"},
    {sizeof(kinmu_schema), 1, "test.day", KINMU_KIND_RECORD, 0, "working-time", "test", NULL,
     KINMU_TABLE(day_fields), "a day"},
};

typedef struct fixture {
    char directory[256];
    schema_registry *registry;
    const schema_info *minute;
    const schema_info *day;
    journal_settings settings;
    journal *journal;
    kinmu_err err;
} fixture;

static inline void fixture_open(fixture *f) {
    int32_t status = journal_open(&f->settings, f->registry, &f->journal, &f->err);
    if (status != KINMU_OK) {
        print_error("open: %s\n", f->err.msg);
    }
    assert_int_equal(status, KINMU_OK);
}

static inline void fixture_reopen(fixture *f) {
    journal_close(f->journal);
    f->journal = NULL;
    fixture_open(f);
}

/* A folder and a registry; the journal is not open yet. */
static inline fixture *fixture_make(void) {
    fixture *f = calloc(1, sizeof *f);
    uint32_t count;
    assert_non_null(f);
    const char *base = getenv("TMPDIR");
    snprintf(f->directory, sizeof f->directory, "%s/kinmu-journal-XXXXXX",
             base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(f->directory));
    server_use(f->directory);
    assert_int_equal(schema_registry_create(&f->registry), KINMU_OK);
    assert_int_equal(schema_registry_add(f->registry, &test_schemas[0], &f->minute, &f->err), 0);
    assert_int_equal(schema_registry_add(f->registry, &test_schemas[1], &f->day, &f->err), 0);
    const kinmu_schema *own = journal_schemas(&count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(schema_registry_add(f->registry, &own[i], NULL, &f->err), KINMU_OK);
    }
    f->settings.directory = f->directory;
    f->settings.flush_interval_ms = 60000; /* tests flush when they want to */
    f->settings.node = "test";
    return f;
}

static inline void remove_folder(const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char file[1024];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        unlink(file);
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(path);
    sql_place_forget(path);
}

static inline int fixture_setup(void **state) {
    fixture *f = fixture_make();
    fixture_open(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state) {
    fixture *f = *state;
    journal_close(f->journal);
    schema_registry_destroy(f->registry);
    remove_folder(f->directory);
    free(f);
    return 0;
}

static inline journal_entry minute_entry(const fixture *f, const char *subject, int64_t unix_ns,
                                         const kinmu_value *values) {
    static const uint8_t boot_id[16] = {1, 2, 3};
    journal_entry entry = {.schema = f->minute,
                           .subject = subject,
                           .zone = "Asia/Tokyo",
                           .boot_id = boot_id,
                           .utc_offset_s = 32400,
                           .value_count = 3,
                           .unix_ns = unix_ns,
                           .mono_ns = (uint64_t)unix_ns / 2,
                           .values = values};
    return entry;
}

static inline int32_t append_minute(fixture *f, const char *subject, int64_t unix_ns, int64_t keys,
                                    const char *app, uint64_t *ticket) {
    const kinmu_value values[3] = {kinmu_i64(keys), kinmu_i64(1), kinmu_text(app)};
    journal_entry entry = minute_entry(f, subject, unix_ns, values);
    return journal_append(f->journal, &entry, 1, NULL, ticket);
}

static inline int32_t append_day(fixture *f, uint64_t number, const char *person, int64_t minutes,
                                 uint64_t *ticket, uint64_t *head) {
    const kinmu_value values[2] = {kinmu_text(person), kinmu_i64(minutes)};
    journal_entry entry = minute_entry(f, person, NOON, values);
    entry.schema = f->day;
    entry.value_count = 2;
    return journal_append_if(f->journal, number, &entry, 1, ticket, head);
}

static inline void append_blocks(fixture *f, const char *subject, int count) {
    for (int i = 0; i < count; i++) {
        assert_int_equal(append_minute(f, subject, NOON + i * SECOND, i, "editor", NULL), KINMU_OK);
        journal_flush(f->journal);
    }
}

typedef struct totals {
    uint64_t blocks, live, erased, folded, corrupt, events, keys, position, decision;
} totals;

/* Reads everything from the start; unknown or damaged payloads fail the test. */
static inline totals read_all(const fixture *f, const char *directory) {
    totals t = {0};
    kinmu_err err = {"", ""};
    journal_reader *reader = NULL;
    journal_block block;
    block_reader *payload = calloc(1, sizeof *payload);
    int32_t status = journal_reader_open(directory, &reader, &err);
    if (status != KINMU_OK) {
        print_error("reader: %s\n", err.msg);
    }
    assert_int_equal(status, KINMU_OK);
    while ((status = journal_read(reader, t.position, &block, &err)) == KINMU_OK) {
        kinmu_event event;
        const schema_info *info;
        t.blocks++;
        t.position = block.position;
        t.decision = block.decision > t.decision ? block.decision : t.decision;
        t.live += block.state == JOURNAL_BLOCK_LIVE;
        t.erased += block.state == JOURNAL_BLOCK_ERASED;
        t.folded += block.state == JOURNAL_BLOCK_FOLDED;
        t.corrupt += block.state == JOURNAL_BLOCK_CORRUPT;
        if (block.state != JOURNAL_BLOCK_LIVE) {
            assert_null(block.payload);
            continue;
        }
        assert_int_equal(block_open(payload, f->registry, block.payload, block.payload_size, &err),
                         KINMU_OK);
        uint64_t events = 0;
        while ((status = block_next(payload, &event, &info, &err)) == KINMU_OK) {
            events++;
            t.keys += info == f->minute ? (uint64_t)event.values[0].as.i64 : 0;
        }
        assert_int_equal(status, KINMU_E_NOTFOUND);
        assert_int_equal(events, block.last_sequence - block.first_sequence + 1);
        t.events += events;
    }
    assert_int_equal(status, KINMU_E_NOTFOUND);
    journal_reader_close(reader);
    free(payload);
    return t;
}

static inline void run_sql(const char *directory, const char *sql) {
    sql_db *db = server_open(directory, SQL_JOURNAL, "journal.db");
    sql_reason reason;
    if (sql_run(db, sql) != SQL_DONE) {
        sql_why(db, &reason);
        fail_msg("%s: %s", sql, reason.text);
    }
    sql_close(db);
}

static inline verify_report check(const char *directory, const char *checkpoint) {
    verify_report report;
    kinmu_err err = {"", ""};
    int32_t status = journal_verify(directory, checkpoint, &report, &err);
    if (status != KINMU_OK) {
        print_error("verify: %s\n", err.msg);
    }
    assert_int_equal(status, KINMU_OK);
    return report;
}

/* The sum of all key counts that can be read, which shows content, not only rows; in so many
 * blocks, destroyed ones too. `blocks` may be NULL. */
static inline int64_t fixture_keys(const fixture *f, uint32_t *blocks) {
    journal_reader *reader = NULL;
    journal_block block;
    kinmu_err err;
    int64_t sum = 0;
    uint32_t count = 0;
    assert_int_equal(journal_reader_open(f->directory, &reader, &err), KINMU_OK);
    for (uint64_t at = 0; journal_read(reader, at, &block, &err) == KINMU_OK; at = block.position) {
        block_reader events;
        kinmu_event event;
        const schema_info *info;
        count++;
        if (block.state != JOURNAL_BLOCK_LIVE ||
            block_open(&events, f->registry, block.payload, block.payload_size, &err) != 0) {
            continue;
        }
        while (block_next(&events, &event, &info, &err) == KINMU_OK) {
            sum += info == f->minute ? event.values[0].as.i64 : 0;
        }
    }
    journal_reader_close(reader);
    if (blocks != NULL) {
        *blocks = count;
    }
    return sum;
}

#endif
