/* tests/unit/journal_test.c - what goes in comes out, whole groups only, acknowledged only when
 * durable. */
#include "journal_fixture.h"

#include <uv.h>

static void round_trip(void **state) {
    fixture *f = *state;
    uint64_t ticket = 0;
    const kinmu_value values[3] = {kinmu_i64(12), kinmu_null(), kinmu_text("vi")};
    journal_entry entries[2] = {minute_entry(f, "taro", NOON, values),
                                minute_entry(f, "taro", NOON + 60 * SECOND, values)};
    assert_int_equal(journal_append(f->journal, entries, 2, NULL, &ticket), KINMU_OK);
    assert_int_equal(journal_durable(f->journal), 0);
    journal_flush(f->journal);
    assert_int_equal(journal_durable(f->journal), ticket);

    journal_reader *reader = NULL;
    journal_block block;
    block_reader *payload = calloc(1, sizeof *payload);
    kinmu_event event;
    const schema_info *info;
    assert_int_equal(journal_reader_open(f->directory, &reader, &f->err), KINMU_OK);
    assert_int_equal(journal_read(reader, 0, &block, &f->err), KINMU_OK);
    assert_int_equal(block.position, 1);
    assert_int_equal(block.chain, 1);
    assert_int_equal(block.first_sequence, 1);
    assert_int_equal(block.last_sequence, 2);
    assert_int_equal(block.decision, 0);
    assert_string_equal(block.purpose, "activity");
    assert_memory_equal(block.origin, journal_origin(f->journal), 16);
    assert_int_equal(block_open(payload, f->registry, block.payload, block.payload_size, &f->err),
                     0);
    assert_string_equal(payload->subject, "taro");
    assert_string_equal(payload->zone, "Asia/Tokyo");
    assert_int_equal(payload->utc_offset_s, 32400);
    assert_int_equal(block_next(payload, &event, &info, &f->err), KINMU_OK);
    assert_ptr_equal(info, f->minute);
    assert_int_equal(event.unix_ns, NOON);
    assert_int_equal(event.mono_ns, (uint64_t)NOON / 2);
    assert_int_equal(event.values[0].as.i64, 12);
    assert_int_equal(event.values[1].type, KINMU_TYPE_NULL);
    assert_memory_equal(event.values[2].as.text, "vi", 2);
    assert_int_equal(block_next(payload, &event, &info, &f->err), KINMU_OK);
    assert_int_equal(event.unix_ns, NOON + 60 * SECOND);
    assert_int_equal(block_next(payload, &event, &info, &f->err), KINMU_E_NOTFOUND);
    assert_int_equal(journal_read(reader, 1, &block, &f->err), KINMU_E_NOTFOUND);
    journal_reader_close(reader);
    free(payload);
}

/* Blocks part by subject, month and offset, and events stay in order within one. */
static void blocks_part_by_what_they_share(void **state) {
    fixture *f = *state;
    append_minute(f, "taro", NOON, 1, "a", NULL);
    append_minute(f, "hanako", NOON, 1, "a", NULL);
    append_minute(f, "taro", NOON + SECOND, 1, "a", NULL);
    append_minute(f, "taro", NOON + 9 * 24 * HOUR, 1, "a", NULL); /* December */
    append_minute(f, "", NOON, 1, "a", NULL);
    journal_flush(f->journal);
    totals t = read_all(f, f->directory);
    assert_int_equal(t.blocks, 4);
    assert_int_equal(t.events, 5);
}

static void full_blocks_are_closed(void **state) {
    fixture *f = *state;
    static char text[16000];
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(append_minute(f, "taro", NOON + i, i, text, NULL), KINMU_OK);
    }
    journal_flush(f->journal);
    totals t = read_all(f, f->directory);
    assert_int_equal(t.events, 20);
    assert_int_equal(t.blocks, 4); /* 5 events of 16 kB pass 64 KiB */
}

static void interval_commits_by_itself(void **state) {
    fixture *f = *state;
    uint64_t ticket;
    journal_close(f->journal);
    f->settings.flush_interval_ms = 20;
    fixture_open(f);
    append_minute(f, "taro", NOON, 1, "a", &ticket);
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
}

/* The interval of these tests is a minute: only the hurry can have committed in time. */
static void hurried_it_commits_at_once(void **state) {
    fixture *f = *state;
    uint64_t ticket;
    append_minute(f, "taro", NOON, 1, "pending", &ticket);
    assert_int_equal(journal_wait(f->journal, ticket, 50), KINMU_E_RETRY);
    journal_hurry(f->journal, 1); /* takes what is pending with it */
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
    append_minute(f, "taro", NOON + SECOND, 2, "at once", &ticket);
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
    journal_hurry(f->journal, 0);
    append_minute(f, "taro", NOON + 2 * SECOND, 3, "later", &ticket);
    assert_int_equal(journal_wait(f->journal, ticket, 50), KINMU_E_RETRY);
}

/* Keeps the writer where it is between two commits until the test lets it go. */
typedef struct held_writer {
    uv_sem_t came, go;
    int32_t is_held;
} held_writer;

static void hold_writer(void *user, uint64_t durable, uint64_t position, int32_t status) {
    held_writer *held = user;
    (void)durable;
    (void)position;
    (void)status;
    if (held->is_held) {
        held->is_held = 0;
        uv_sem_post(&held->came);
        uv_sem_wait(&held->go);
    }
}

static void what_comes_during_a_commit_goes_with_the_next(void **state) {
    fixture *f = *state;
    held_writer held = {.is_held = 1};
    journal_figures before;
    journal_figures after;
    uint64_t ticket = 0;
    uv_sem_init(&held.came, 0);
    uv_sem_init(&held.go, 0);
    journal_on_commit(f->journal, hold_writer, &held);
    journal_hurry(f->journal, 1);
    append_minute(f, "taro", NOON, 0, "first", NULL);
    uv_sem_wait(&held.came);
    journal_stat(f->journal, &before);
    for (int i = 1; i <= 100; i++) {
        append_minute(f, "taro", NOON + i * SECOND, i, "meanwhile", &ticket);
    }
    assert_int_equal(journal_wait(f->journal, ticket, 0), KINMU_E_RETRY);
    uv_sem_post(&held.go);
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
    journal_stat(f->journal, &after);
    assert_int_equal(after.commits, before.commits + 1);
    assert_int_equal(after.blocks, before.blocks + 1);
    journal_on_commit(f->journal, NULL, NULL);
    uv_sem_destroy(&held.came);
    uv_sem_destroy(&held.go);
}

static void limits_commit_early(void **state) {
    fixture *f = *state;
    uint64_t ticket = 0;
    journal_close(f->journal);
    f->settings.flush_events = 10;
    fixture_open(f);
    for (int i = 0; i < 9; i++) {
        append_minute(f, "taro", NOON, 1, "a", &ticket);
    }
    assert_int_equal(journal_wait(f->journal, ticket, 50), KINMU_E_RETRY);
    append_minute(f, "taro", NOON, 1, "a", &ticket);
    assert_int_equal(journal_wait(f->journal, ticket, 20000), KINMU_OK);
}

static void reopening_goes_on(void **state) {
    fixture *f = *state;
    append_blocks(f, "taro", 3);
    fixture_reopen(f);
    append_blocks(f, "taro", 2);
    journal_close(f->journal);
    f->journal = NULL;
    totals t = read_all(f, f->directory);
    assert_int_equal(t.blocks, 5);
    verify_report report = check(f->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
    assert_int_equal(report.events, 5);
    assert_int_equal(report.unsigned_tail, 0); /* closing signs */
}

static void second_process_is_told_who_has_it(void **state) {
    fixture *f = *state;
    journal *second = NULL;
    assert_int_equal(journal_open(&f->settings, f->registry, &second, &f->err), KINMU_E_BUSY);
    assert_null(second);
    char pid[32];
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_non_null(strstr(f->err.msg, pid));
}

static void lost_keys_are_refused(void **state) {
    fixture *f = *state;
    char from[512], to[512];
    append_blocks(f, "taro", 1);
    journal_close(f->journal);
    f->journal = NULL;
    snprintf(from, sizeof from, "%s/device.key", f->directory);
    snprintf(to, sizeof to, "%s/device.key.away", f->directory);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(journal_open(&f->settings, f->registry, &f->journal, &f->err), KINMU_E_CONFIG);
    assert_non_null(strstr(f->err.msg, "device.key is missing"));
    assert_int_equal(rename(to, from), 0);
    fixture_open(f);
}

/* A copy of the files at any moment is what a crash would leave. */
static void copy_file(const char *from, const char *to, const char *name) {
    char path[512];
    static uint8_t data[1 << 16];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", from, name);
    FILE *source = fopen(path, "rb");
    if (source == NULL) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s", to, name);
    FILE *target = fopen(path, "wb");
    assert_non_null(target);
    while ((size = fread(data, 1, sizeof data, source)) > 0) {
        assert_int_equal(fwrite(data, 1, size, target), size);
    }
    fclose(source);
    fclose(target);
}

static void copy_folder(const char *from, char to[256]) {
    static const char *const names[] = {"device.key", "keys.db", "keys.db-wal", "journal.db",
                                        "journal.db-wal"};
    remove_folder(to);
    snprintf(to, 256, "/tmp/kinmu-journal-XXXXXX");
    assert_non_null(mkdtemp(to));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        copy_file(from, to, names[i]);
    }
}

/* Events and cursor of one batch are both there or both not. */
static void cursor_goes_with_its_batch(void **state) {
    needs_files();
    fixture *f = *state;
    char copy[256] = "";
    const kinmu_value values[3] = {kinmu_i64(1), kinmu_i64(1), kinmu_text("a")};
    journal_entry entry = minute_entry(f, "taro", NOON, values);
    journal_cursor cursor = {"csv/payroll", 7};
    assert_int_equal(journal_append(f->journal, &entry, 1, &cursor, NULL), KINMU_OK);
    journal_flush(f->journal);
    cursor.position = 9;
    assert_int_equal(journal_append(f->journal, &entry, 1, &cursor, NULL), KINMU_OK);
    assert_int_equal(journal_cursor_get(f->journal, "csv/payroll"), 9);
    copy_folder(f->directory, copy); /* crash before the second commit */
    journal_flush(f->journal);
    journal_close(f->journal);
    f->journal = NULL;

    totals crashed = read_all(f, copy);
    assert_int_equal(crashed.events, 1);
    f->settings.directory = copy;
    fixture_open(f);
    assert_int_equal(journal_cursor_get(f->journal, "csv/payroll"), 7);
    journal_close(f->journal);
    remove_folder(copy);

    f->settings.directory = f->directory;
    fixture_open(f);
    assert_int_equal(journal_cursor_get(f->journal, "csv/payroll"), 9);
    assert_int_equal(journal_cursor_get(f->journal, "other"), 0);
    assert_int_equal(read_all(f, f->directory).events, 2);
}

/* What was acknowledged is in every later copy, and every copy opens and verifies. */
static void crash_copies_keep_what_was_acknowledged(void **state) {
    needs_files();
    fixture *f = *state;
    char copy[256] = "";
    for (int i = 0; i < 12; i++) {
        append_minute(f, i % 2 ? "taro" : "hanako", NOON + i, 1, "a", NULL);
        journal_flush(f->journal);
        append_minute(f, "taro", NOON + i, 100, "not flushed", NULL);
        copy_folder(f->directory, copy);
        totals t = read_all(f, copy);
        assert_true(t.events >= (uint64_t)(2 * i + 1));
        assert_int_equal(t.corrupt, 0);
        assert_int_equal(check(copy, NULL).verdict, VERIFY_OK);
        journal_flush(f->journal);
    }
    remove_folder(copy);
}

/* A torn log loses at most what stands behind the tear, and the rest opens and verifies. */
static void torn_log_tail_is_dropped(void **state) {
    needs_files();
    fixture *f = *state;
    char copy[256] = "", path[512];
    append_blocks(f, "taro", 4);
    copy_folder(f->directory, copy);
    snprintf(path, sizeof path, "%s/journal.db-wal", copy);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    uint64_t least = UINT64_MAX;
    for (long cut = size; cut > size - 20000 && cut > 0; cut -= 977) {
        copy_folder(f->directory, copy);
        snprintf(path, sizeof path, "%s/journal.db-wal", copy);
        assert_int_equal(truncate(path, cut), 0);
        f->settings.directory = copy;
        journal *live = f->journal;
        fixture_open(f);
        uint64_t found = read_all(f, copy).blocks;
        least = found < least ? found : least;
        append_blocks(f, "taro", 1);
        assert_int_equal(check(copy, NULL).verdict, VERIFY_OK);
        journal_close(f->journal);
        f->journal = live;
    }
    f->settings.directory = f->directory;
    remove_folder(copy);
    assert_true(least >= 1 && least < 4); /* the tear did reach blocks, not all of them */
}

static void batch_is_all_or_nothing(void **state) {
    fixture *f = *state;
    static char text[KINMU_EVENT_BYTES_MAX + 10];
    memset(text, 'x', sizeof text - 1);
    const kinmu_value small[3] = {kinmu_i64(1), kinmu_i64(1), kinmu_text("a")};
    const kinmu_value large[3] = {kinmu_i64(1), kinmu_i64(1), kinmu_text(text)};
    append_minute(f, "taro", NOON, 5, "a", NULL);
    journal_entry entries[3] = {minute_entry(f, "taro", NOON, small),
                                minute_entry(f, "hanako", NOON, small),
                                minute_entry(f, "taro", NOON, large)};
    assert_int_equal(journal_append(f->journal, entries, 3, NULL, NULL), KINMU_E_REJECT);
    append_minute(f, "hanako", NOON, 7, "a", NULL);
    journal_flush(f->journal);
    totals t = read_all(f, f->directory);
    assert_int_equal(t.events, 2);
    assert_int_equal(t.keys, 12);
}

static void busy_at_the_limit(void **state) {
    fixture *f = *state;
    static char text[16000];
    memset(text, 'x', sizeof text - 1);
    journal_close(f->journal);
    f->settings.flush_bytes = UINT32_MAX;
    fixture_open(f);
    int accepted = 0;
    int32_t status;
    while ((status = append_minute(f, "taro", NOON + accepted, 1, text, NULL)) == KINMU_OK) {
        accepted++;
        assert_true(accepted < 3000);
    }
    assert_int_equal(status, KINMU_E_BUSY);
    assert_in_range(accepted, 1000, JOURNAL_QUEUE_BYTES_MAX / 15000);
    journal_figures figures;
    journal_stat(f->journal, &figures);
    assert_int_equal(figures.refused_busy, 1);
    assert_int_equal(figures.pending_events, accepted);
    journal_flush(f->journal);
    assert_int_equal(append_minute(f, "taro", NOON, 1, text, NULL), KINMU_OK);
    journal_flush(f->journal);
    assert_int_equal(read_all(f, f->directory).events, accepted + 1);
}

#define RACERS 4
#define ROUNDS 200

typedef struct racer {
    fixture *f;
    uv_thread_t thread;
    uint8_t won[RACERS * ROUNDS + 1]; /* by number */
} racer;

static void race(void *arg) {
    racer *r = arg;
    uint64_t head = 0;
    for (int won = 0; won < ROUNDS;) {
        uint64_t number = head;
        int32_t status = append_day(r->f, number, "taro", 1, NULL, &head);
        if (status == KINMU_OK) {
            r->won[number + 1] = 1;
            won++;
        } else if (status != KINMU_E_CONFLICT) {
            return; /* counted as missing below */
        }
    }
}

static void each_decision_number_is_won_once(void **state) {
    fixture *f = *state;
    static racer racers[RACERS];
    memset(racers, 0, sizeof racers);
    for (int i = 0; i < RACERS; i++) {
        racers[i].f = f;
        assert_int_equal(uv_thread_create(&racers[i].thread, race, &racers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        uv_thread_join(&racers[i].thread);
    }
    for (int number = 1; number <= RACERS * ROUNDS; number++) {
        int winners = 0;
        for (int i = 0; i < RACERS; i++) {
            winners += racers[i].won[number];
        }
        assert_int_equal(winners, 1);
    }
    journal_flush(f->journal);
    assert_int_equal(journal_decision(f->journal), RACERS * ROUNDS);
    fixture_reopen(f);
    assert_int_equal(journal_decision(f->journal), RACERS * ROUNDS);
    assert_int_equal(read_all(f, f->directory).decision, RACERS * ROUNDS);
}

/* A decision shares no block with log events, nor with another decision. */
static void decisions_stand_alone(void **state) {
    fixture *f = *state;
    uint64_t head = 0;
    append_minute(f, "taro", NOON, 1, "a", NULL);
    assert_int_equal(append_day(f, 0, "taro", 480, NULL, &head), KINMU_OK);
    assert_int_equal(head, 1);
    assert_int_equal(append_day(f, 0, "taro", 490, NULL, &head), KINMU_E_CONFLICT);
    assert_int_equal(head, 1);
    assert_int_equal(append_day(f, 1, "taro", 500, NULL, &head), KINMU_OK);
    append_minute(f, "taro", NOON, 1, "a", NULL);
    journal_flush(f->journal);
    journal_reader *reader = NULL;
    journal_block block;
    uint64_t decisions = 0;
    assert_int_equal(journal_reader_open(f->directory, &reader, &f->err), KINMU_OK);
    for (uint64_t position = 0; journal_read(reader, position, &block, &f->err) == KINMU_OK;
         position = block.position) {
        if (block.decision != 0) {
            assert_int_equal(block.first_sequence, block.last_sequence);
            assert_string_equal(block.purpose, "working-time");
            assert_int_equal(block.decision, ++decisions);
        }
    }
    assert_int_equal(decisions, 2);
    journal_reader_close(reader);
}

static void state_is_durable_and_sealed(void **state) {
    fixture *f = *state;
    char value[64];
    uint32_t size = sizeof value;
    assert_int_equal(journal_state_get(f->journal, "input", "last", value, &size),
                     KINMU_E_NOTFOUND);
    assert_int_equal(journal_state_put(f->journal, "input", "last", "canary-secret", 13), KINMU_OK);
    assert_int_equal(journal_state_put(f->journal, "input", "gone", "x", 1), KINMU_OK);
    assert_int_equal(journal_state_remove(f->journal, "input", "gone"), KINMU_OK);
    assert_int_equal(journal_state_put(f->journal, "input", "empty", NULL, 0), KINMU_OK);
    fixture_reopen(f);
    size = 4;
    assert_int_equal(journal_state_get(f->journal, "input", "last", value, &size), KINMU_E_REJECT);
    assert_int_equal(size, 13);
    size = sizeof value;
    assert_int_equal(journal_state_get(f->journal, "input", "last", value, &size), KINMU_OK);
    assert_int_equal(size, 13);
    assert_memory_equal(value, "canary-secret", 13);
    size = sizeof value;
    assert_int_equal(journal_state_get(f->journal, "input", "empty", value, &size), KINMU_OK);
    assert_int_equal(size, 0);
    assert_int_equal(journal_state_get(f->journal, "input", "gone", value, &size),
                     KINMU_E_NOTFOUND);
    assert_int_equal(journal_state_get(f->journal, "other", "last", value, &size),
                     KINMU_E_NOTFOUND);
}

typedef struct commits {
    uv_mutex_t mutex;
    uint64_t durable, position;
    int count;
} commits;

static void on_commit(void *user, uint64_t durable, uint64_t position, int32_t status) {
    commits *c = user;
    uv_mutex_lock(&c->mutex);
    c->durable = durable;
    c->position = position;
    c->count += status == KINMU_OK;
    uv_mutex_unlock(&c->mutex);
}

static void commits_are_told(void **state) {
    fixture *f = *state;
    commits c = {.count = 0};
    uint64_t ticket = 0;
    uv_mutex_init(&c.mutex);
    journal_on_commit(f->journal, on_commit, &c);
    append_minute(f, "taro", NOON, 1, "a", NULL);
    append_minute(f, "hanako", NOON, 1, "a", &ticket);
    journal_close(f->journal); /* joins the thread that calls */
    f->journal = NULL;
    assert_int_equal(c.count, 1);
    assert_int_equal(c.durable, ticket);
    assert_int_equal(c.position, 2);
    uv_mutex_destroy(&c.mutex);
}

static void survey_and_stat_agree(void **state) {
    fixture *f = *state;
    journal_figures inside, outside;
    journal_usage usage[4];
    uint32_t count = 4;
    append_blocks(f, "taro", 3);
    assert_int_equal(append_day(f, 0, "taro", 480, NULL, NULL), KINMU_OK);
    journal_flush(f->journal);
    journal_stat(f->journal, &inside);
    assert_int_equal(journal_survey(f->directory, &outside, usage, &count, &f->err), KINMU_OK);
    assert_int_equal(inside.blocks, 4);
    assert_int_equal(inside.events, 4);
    assert_int_equal(outside.blocks, 4);
    assert_int_equal(outside.bytes, inside.bytes);
    assert_int_equal(outside.decision, 1);
    assert_int_equal(count, 2);
    assert_int_equal(usage[0].bytes + usage[1].bytes, inside.bytes);
    assert_true(inside.file_bytes > 0);
    assert_string_equal(inside.failure, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        JOURNAL_TEST(round_trip),
        JOURNAL_TEST(blocks_part_by_what_they_share),
        JOURNAL_TEST(full_blocks_are_closed),
        JOURNAL_TEST(interval_commits_by_itself),
        JOURNAL_TEST(hurried_it_commits_at_once),
        JOURNAL_TEST(what_comes_during_a_commit_goes_with_the_next),
        JOURNAL_TEST(limits_commit_early),
        JOURNAL_TEST(reopening_goes_on),
        JOURNAL_TEST(second_process_is_told_who_has_it),
        JOURNAL_TEST(lost_keys_are_refused),
        JOURNAL_TEST(cursor_goes_with_its_batch),
        JOURNAL_TEST(crash_copies_keep_what_was_acknowledged),
        JOURNAL_TEST(torn_log_tail_is_dropped),
        JOURNAL_TEST(batch_is_all_or_nothing),
        JOURNAL_TEST(busy_at_the_limit),
        JOURNAL_TEST(each_decision_number_is_won_once),
        JOURNAL_TEST(decisions_stand_alone),
        JOURNAL_TEST(state_is_durable_and_sealed),
        JOURNAL_TEST(commits_are_told),
        JOURNAL_TEST(survey_and_stat_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
