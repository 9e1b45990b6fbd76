/* tests/unit/store_fixture.h - blocks made in memory, so that the store can be tested without a
 * journal: the same struct journal_read fills, and the failures a disk would have to be asked for.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/block.h"
#include "tests/unit/server.h"
#include "store/dialect.h"
#include "store/internal.h"
#include "store/layout.h"
#include <kinmu/events/input.h>
#include <kinmu/events/window.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIXTURE_BLOCKS_MAX 4096u
#define FIXTURE_T0 1795305600000000000LL /* 2026-11-22T00:00:00Z */

static const kinmu_field fixture_person_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PERSONAL, 0, "", NULL, "Number."},
    {"name", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, 0, "", NULL, "Name."},
    {"hired_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_PERSONAL, 0, "", NULL, "First day."},
};
static const kinmu_schema fixture_person = {sizeof(kinmu_schema),
                                            1,
                                            "test.person",
                                            KINMU_KIND_RECORD,
                                            0,
                                            "directory",
                                            "people",
                                            NULL,
                                            KINMU_TABLE(fixture_person_fields),
                                            "A person."};

/* All types, awkward names, an index; the narrow one lacks the last two fields. */
static const kinmu_field fixture_wide_fields[] = {
    {"subject", KINMU_TYPE_TEXT, 0, 0, 0, "", NULL, "Shares its name with a stamp."},
    {"Mixed-Case", KINMU_TYPE_BOOL, 0, 0, 0, "", NULL, "Needs quoting."},
    {"ratio", KINMU_TYPE_F64, 0, 0, 0, "", NULL, "A number."},
    {"data", KINMU_TYPE_BYTES, 0, 0, 0, "", NULL, "Bytes."},
    {"at_ns", KINMU_TYPE_TIME, 0, 0, 0, "", NULL, "A moment."},
    {"added", KINMU_TYPE_TEXT, 0, 0, 0, "", NULL, "Appended later."},
    {"count", KINMU_TYPE_I64, 0, 0, 0, "", NULL, "Appended later."},
};
#define FIXTURE_WIDE(name, count, indexes)                                                         \
    {                                                                                              \
        sizeof(kinmu_schema), 2, name, KINMU_KIND_LOG, 0, "activity", NULL, indexes,               \
            {fixture_wide_fields, count, sizeof(kinmu_field)}, "All types."                        \
    }
static const kinmu_schema fixture_narrow = FIXTURE_WIDE("com.acme.wide_log", 5, "at_ns,unix_ns");
static const kinmu_schema fixture_wide =
    FIXTURE_WIDE("com.acme.wide_log", 7, "at_ns,unix_ns;count;subject,block");

typedef struct fixture {
    char directory[64];
    schema_registry *registry;
    struct {
        journal_block head;
        uint8_t *payload;
    } blocks[FIXTURE_BLOCKS_MAX];
    uint32_t count;
    uint64_t next_sequence;
    uint64_t die_at; /* position at which reading ends the process, as a crash would */
    uint64_t fail_at;
    block_writer writer;
} fixture;

static inline const schema_info *fixture_add(fixture *f, const kinmu_schema *schema) {
    const schema_info *info = NULL;
    kinmu_err err = {0};
    if (schema_registry_add(f->registry, schema, &info, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    return info;
}

static inline fixture *fixture_create(void) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->directory, sizeof f->directory, "%s", "/tmp/kinmu-store-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    server_use(f->directory);
    assert_int_equal(schema_registry_create(&f->registry), KINMU_OK);
    f->next_sequence = 1;
    return f;
}

static inline void fixture_remove_store(const fixture *f) {
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->directory, names[i]);
        remove(path);
    }
    if (on_server()) {
        sql_db *db = server_open(f->directory, SQL_STORE, "store.db");
        sql_run(db, dialect_drop_all);
        sql_close(db);
    }
}

static inline void fixture_destroy(fixture *f) {
    for (uint32_t i = 0; i < f->count; i++) {
        free(f->blocks[i].payload);
    }
    fixture_remove_store(f);
    rmdir(f->directory);
    sql_place_forget(f->directory);
    schema_registry_destroy(f->registry);
    buffer_free(&f->writer.out);
    free(f);
}

/* ---- writing blocks ---- */
static inline void fixture_begin(fixture *f, const char *subject) {
    static const uint8_t boot[16] = {7, 7, 7};
    block_stamp stamp = {subject, "Asia/Tokyo", 32400, boot};
    block_begin(&f->writer, &stamp, FIXTURE_T0, 1000);
}

static inline void fixture_event(fixture *f, const schema_info *info, int64_t unix_ns,
                                 const kinmu_value *values, uint32_t count) {
    assert_int_equal(block_add(&f->writer, info, unix_ns, 2000, values, count), KINMU_OK);
}

/* Closes the block; gives its position. */
static inline uint64_t fixture_end(fixture *f, uint64_t decision) {
    assert_true(f->count < FIXTURE_BLOCKS_MAX);
    journal_block *head = &f->blocks[f->count].head;
    f->blocks[f->count].payload = malloc(f->writer.out.size + 1);
    memcpy(f->blocks[f->count].payload, f->writer.out.data, f->writer.out.size);
    f->count++;
    head->position = f->count;
    head->chain = f->count;
    head->first_sequence = f->next_sequence;
    f->next_sequence += f->writer.event_count;
    head->last_sequence = f->next_sequence - 1;
    head->decision = decision;
    memset(head->origin, 0xA5, sizeof head->origin);
    head->state = JOURNAL_BLOCK_LIVE;
    head->payload_size = f->writer.out.size;
    return head->position;
}

static inline void fixture_minute(fixture *f, const schema_info *info, int64_t minute,
                                  int64_t keys) {
    kinmu_value values[2] = {kinmu_i64(keys), kinmu_i64(1)};
    fixture_event(f, info, FIXTURE_T0 + minute * 60000000000LL, values, 2);
}

static inline uint64_t fixture_minute_block(fixture *f, const schema_info *info,
                                            const char *subject, int64_t minute, int64_t keys) {
    fixture_begin(f, subject);
    fixture_minute(f, info, minute, keys);
    return fixture_end(f, 0);
}

static inline uint64_t fixture_person_block(fixture *f, const schema_info *info, uint64_t decision,
                                            const char *person, const char *name) {
    kinmu_value values[3] = {kinmu_text(person), kinmu_text(name), kinmu_time(42)};
    fixture_begin(f, "");
    fixture_event(f, info, FIXTURE_T0, values, 3);
    return fixture_end(f, decision);
}

static inline int32_t fixture_read(void *user, uint64_t position, journal_block *block,
                                   kinmu_err *err) {
    fixture *f = user;
    if (position >= f->count) {
        return KINMU_E_NOTFOUND;
    }
    if (position + 1 == f->die_at) {
        _exit(99);
    }
    if (position + 1 == f->fail_at) {
        return KINMU_E_RETRY;
    }
    *block = f->blocks[position].head;
    if (block->state == JOURNAL_BLOCK_CORRUPT) {
        snprintf(err->msg, sizeof err->msg, "%s", "the payload is not the one sealed");
    }
    block->payload = block->state == JOURNAL_BLOCK_LIVE ? f->blocks[position].payload : NULL;
    return KINMU_OK;
}

/* ---- driving the store ---- */
static inline store *fixture_open(fixture *f) {
    store *s = NULL;
    kinmu_err err = {0};
    if (store_open(f->directory, f->registry, &s, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    return s;
}

static inline void fixture_catch_up(fixture *f, store *s) {
    store_source source = {fixture_read, f};
    uint64_t position = 0;
    kinmu_err err = {0};
    if (store_catch_up_from(s, &source, &position, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(position, f->count);
}

static inline void fixture_apply_all(fixture *f) {
    store *s = fixture_open(f);
    fixture_catch_up(f, s);
    store_close(s);
}

static inline store_reader *fixture_reader(fixture *f) {
    store_reader *reader = NULL;
    kinmu_err err = {0};
    if (store_reader_open(f->directory, f->registry, &reader, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    return reader;
}

static inline void fixture_digest(fixture *f, char hex[STORE_DIGEST_SIZE]) {
    store_reader *reader = fixture_reader(f);
    assert_int_equal(store_digest(reader, hex, NULL), KINMU_OK);
    store_reader_close(reader);
}

/* What any program sees in the file: the first column of the first row, as text; "" = no row. */
static inline const char *fixture_sql(const fixture *f, const char *sql) {
    static char answer[512];
    sql_db *db = server_open(f->directory, SQL_STORE, "store.db");
    server_ask(db, sql, answer);
    sql_close(db);
    return answer;
}

/* 1 when the bytes stand anywhere in the store's files. */
static inline int32_t fixture_file_has(const fixture *f, const char *needle) {
    static const char *const names[] = {"store.db", "store.db-wal"};
    int32_t found = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->directory, names[i]);
        FILE *file = fopen(path, "rb");
        if (file == NULL) {
            continue;
        }
        fseek(file, 0, SEEK_END);
        size_t size = (size_t)ftell(file);
        rewind(file);
        char *data = malloc(size + 1);
        assert_int_equal(fread(data, 1, size, file), size);
        fclose(file);
        found = found || memmem(data, size, needle, strlen(needle)) != NULL;
        free(data);
    }
    return found;
}

#endif
