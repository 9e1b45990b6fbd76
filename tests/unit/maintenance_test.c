/* tests/unit/maintenance_test.c - the node's slow work with a clock of its own: months pass, people
 * ask, the store follows, and the loop goes on meanwhile. */
#include "journal_fixture.h"

#include "base/clock.h"
#include "base/text.h"
#include "host/fleet.h"
#include "journal/internal.h"
#include <kinmu/events/audit.h>

#define DAY (24 * HOUR)
#define MARCH_2027 1803859200000000000LL /* 2027-03-01T00:00:00Z: November ended 90 days ago */
#define ANSWERS_MAX 32u

typedef struct bench {
    fixture *f;
    node *n;
    config conf;
    config_purpose purposes[3];
    const schema_info *hold;
} bench;

typedef struct reply {
    uint64_t asker;
    int32_t status;
    int32_t has_receipt;
    char text[KINMU_ERR_MSG_SIZE];
} reply;

static reply replies[ANSWERS_MAX];
static uint32_t reply_count;

static void on_answer(node *n, uint64_t asker, int32_t status, const char *text,
                      const buffer *receipt) {
    (void)n;
    assert_true(reply_count < ANSWERS_MAX);
    reply *r = &replies[reply_count++];
    r->asker = asker;
    r->status = status;
    r->has_receipt = receipt != NULL;
    text_copy(r->text, sizeof r->text, text);
}

static void set_clock(int64_t unix_ns) {
    static clock_fake fakes[2]; /* other threads may still read the one before */
    static uint32_t next;
    clock_fake *fake = &fakes[next++ % 2];
    memset(fake, 0, sizeof *fake);
    fake->unix_ns = unix_ns;
    fake->mono_ns = (uint64_t)unix_ns;
    text_copy(fake->zone, sizeof fake->zone, "UTC");
    clock_set_fake(fake);
}

static void open_store(bench *b) {
    assert_int_equal(store_open(b->f->directory, b->f->registry, &b->n->tables, &b->f->err), 0);
}

static void on_wake(uv_async_t *async) {
    (void)async;
}

static int setup(void **state) {
    bench *b = calloc(1, sizeof *b);
    void *made = NULL;
    assert_non_null(b);
    set_clock(NOON);
    fixture_setup(&made);
    b->f = made;
    b->purposes[0] = (config_purpose){.name = "activity", .keep_days = 90};
    b->purposes[1] = (config_purpose){.name = "audit", .keep_days = 1};
    b->purposes[2] = (config_purpose){.name = "working-time"};
    b->conf.purposes = b->purposes;
    b->conf.purpose_count = 3;
    node *n = calloc(1, sizeof *n);
    assert_non_null(n);
    b->n = n;
    assert_int_equal(uv_loop_init(&n->loop), 0);
    assert_int_equal(uv_async_init(&n->loop, &n->wake, on_wake), 0);
    uv_unref((uv_handle_t *)&n->wake);
    n->j = b->f->journal;
    n->conf = &b->conf;
    assert_int_equal(schema_registry_add(b->f->registry, &kinmu_audit_forget, NULL, &b->f->err), 0);
    assert_int_equal(schema_registry_add(b->f->registry, &kinmu_audit_hold, &b->hold, &b->f->err),
                     0);
    n->schemas = b->f->registry;
    text_copy(n->data, sizeof n->data, b->f->directory);
    open_store(b);
    assert_int_equal(fleet_open(n), KINMU_OK);
    assert_int_equal(maintenance_open(n), KINMU_OK);
    reply_count = 0;
    *state = b;
    return 0;
}

static int teardown(void **state) {
    bench *b = *state;
    void *made = b->f;
    maintenance_close(b->n);
    fleet_close(b->n);
    store_close(b->n->tables);
    uv_close((uv_handle_t *)&b->n->wake, NULL);
    uv_run(&b->n->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->n->loop), 0); /* nothing runs any more */
    free(b->n);
    fixture_teardown(&made);
    clock_set_fake(NULL);
    free(b);
    return 0;
}

/* ---- what the tests look at ---- */

static void finish_jobs(bench *b) {
    uv_run(&b->n->loop, UV_RUN_DEFAULT);
    assert_false(maintenance_is_running(b->n));
}

static void catch_up(bench *b) {
    journal_reader *reader = NULL;
    uint64_t position = 0;
    assert_int_equal(journal_reader_open(b->f->directory, &reader, &b->f->err), KINMU_OK);
    assert_int_equal(store_catch_up(b->n->tables, reader, &position, &b->f->err), KINMU_OK);
    journal_reader_close(reader);
}

static int64_t look(const bench *b, const char *sql) {
    char answer[512];
    sql_db *db = server_open(b->f->directory, SQL_STORE, "store.db");
    int64_t number = strtoll(server_ask(db, sql, answer), NULL, 10);
    sql_close(db);
    return number;
}

static int64_t count_keys(const bench *b) {
    return look(b, "SELECT CAST(coalesce(sum(keys), 0) AS BIGINT) FROM test_minute_1");
}

static void digest(const bench *b, char hex[STORE_DIGEST_SIZE]) {
    store_reader *reader = NULL;
    kinmu_err err = {"", ""};
    assert_int_equal(store_reader_open(b->f->directory, b->f->registry, &reader, &err), KINMU_OK);
    assert_int_equal(store_digest(reader, hex, &err), KINMU_OK);
    store_reader_close(reader);
}

/* The tables are what the journal gives when asked anew. */
static void expect_true_store(bench *b) {
    char live[STORE_DIGEST_SIZE], rebuilt[STORE_DIGEST_SIZE];
    uint64_t blocks = 0;
    catch_up(b);
    digest(b, live);
    store_close(b->n->tables);
    b->n->tables = NULL;
    assert_int_equal(store_rebuild(b->f->directory, b->f->registry, &blocks, &b->f->err), KINMU_OK);
    digest(b, rebuilt);
    assert_string_equal(live, rebuilt);
    open_store(b);
}

static int32_t ask(bench *b, const char *subject, uint64_t asker) {
    return maintenance_erase(b->n, subject, "", "", on_answer, asker, &b->f->err);
}

static void append(bench *b, const char *subject, int64_t unix_ns, int64_t presses) {
    assert_int_equal(append_minute(b->f, subject, unix_ns, presses, "editor", NULL), KINMU_OK);
    journal_flush(b->f->journal);
}

/* ---- tests ---- */

static void months_pass(void **state) {
    bench *b = *state;
    append(b, "taro", NOON, 1);
    append(b, "hanako", NOON, 10);
    append(b, "taro", NOON + 20 * DAY, 100); /* December */
    assert_int_equal(append_day(b->f, 0, "taro", 480, NULL, NULL), KINMU_OK);
    journal_flush(b->f->journal);
    catch_up(b);

    set_clock(MARCH_2027 - HOUR);
    maintenance_tick(b->n);
    finish_jobs(b);
    assert_int_equal(count_keys(b), 111);

    set_clock(MARCH_2027 + HOUR);
    maintenance_tick(b->n);
    finish_jobs(b);
    assert_int_equal(count_keys(b), 100);
    assert_int_equal(look(b, "SELECT count(*) FROM test_day_1"), 1);
    assert_int_equal(look(b, "SELECT count(*) FROM kinmu_subject WHERE subject = 'hanako'"), 0);
    totals t = read_all(b->f, b->f->directory);
    assert_int_equal(t.erased, 2);
    assert_int_equal(t.keys, 100);
    assert_string_equal(maintenance_problem(b->n), "");
    journal_flush(b->f->journal);
    catch_up(b); /* whoever derives rows is told, once */
    assert_int_equal(look(b, "SELECT count(*) FROM kinmu_audit_forget_1"), 1);
    assert_int_equal(look(b, "SELECT \"rows\" FROM kinmu_audit_forget_1"), 2);

    /* Once a day: what comes late for an old month goes tomorrow. */
    append(b, "taro", NOON, 1000);
    catch_up(b);
    maintenance_tick(b->n);
    assert_false(maintenance_is_running(b->n));
    assert_int_equal(count_keys(b), 1100);
    set_clock(MARCH_2027 + DAY);
    maintenance_tick(b->n);
    maintenance_tick(b->n); /* one job at a time */
    finish_jobs(b);
    assert_int_equal(count_keys(b), 100);
    assert_int_equal(check(b->f->directory, NULL).verdict, VERIFY_OK);
    expect_true_store(b);
}

static void decide_hold(bench *b, uint64_t number, const char *account, const char *state) {
    const kinmu_value values[KINMU_AUDIT_HOLD_FIELDS] = {
        [KINMU_AUDIT_HOLD_HOLD_ID] = kinmu_text("H1"),
        [KINMU_AUDIT_HOLD_ACCOUNT] = kinmu_text(account),
        [KINMU_AUDIT_HOLD_PERSON] = kinmu_text(account),
        [KINMU_AUDIT_HOLD_FROM_NS] = kinmu_time(NOON - DAY),
        [KINMU_AUDIT_HOLD_STATE] = kinmu_text(state),
        [KINMU_AUDIT_HOLD_REASON] = kinmu_text("a lawsuit"),
        [KINMU_AUDIT_HOLD_HELD_BY] = kinmu_text("os:root")};
    journal_entry entry = minute_entry(b->f, "", NOON, values);
    entry.schema = b->hold;
    entry.value_count = KINMU_AUDIT_HOLD_FIELDS;
    assert_int_equal(journal_append_if(b->f->journal, number, &entry, 1, NULL, NULL), KINMU_OK);
}

/* Decided a moment ago and not in the tables yet: it holds, against the keep time and a request. */
static void a_hold_holds_until_released(void **state) {
    bench *b = *state;
    append(b, "taro", NOON, 1);
    append(b, "hanako", NOON, 10);
    catch_up(b);
    decide_hold(b, 0, "taro", "active");
    journal_flush(b->f->journal);
    set_clock(MARCH_2027 + HOUR);
    maintenance_tick(b->n);
    finish_jobs(b);
    assert_int_equal(count_keys(b), 1);
    assert_int_equal(ask(b, "taro", 7), KINMU_OK);
    finish_jobs(b);
    assert_int_equal(replies[0].status, KINMU_E_DENIED);
    assert_non_null(strstr(replies[0].text, "H1"));
    assert_true(replies[0].has_receipt); /* it says what is kept */
    assert_int_equal(count_keys(b), 1);

    decide_hold(b, 1, "taro", "released");
    journal_flush(b->f->journal);
    set_clock(MARCH_2027 + DAY + HOUR);
    maintenance_tick(b->n);
    finish_jobs(b);
    assert_int_equal(count_keys(b), 0);
    assert_int_equal(check(b->f->directory, NULL).verdict, VERIFY_OK);
}

static void erasures_take_turns(void **state) {
    bench *b = *state;
    append(b, "taro", NOON, 1);
    append(b, "hanako", NOON, 10);
    append(b, "jiro", NOON, 100);
    catch_up(b);
    assert_int_equal(ask(b, "taro", 7), KINMU_OK);
    assert_int_equal(ask(b, "saburo", 8), KINMU_OK);
    assert_int_equal(ask(b, "hanako", 9), KINMU_OK);
    assert_int_equal(reply_count, 0); /* nobody is answered before it is done */
    finish_jobs(b);
    assert_int_equal(reply_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(replies[i].asker, 7 + i);
        assert_int_equal(replies[i].status, i == 1 ? KINMU_E_NOTFOUND : KINMU_OK);
        assert_int_equal(replies[i].has_receipt, i != 1);
    }
    assert_non_null(strstr(replies[1].text, "saburo"));
    assert_int_equal(count_keys(b), 100);
    assert_int_equal(look(b, "SELECT count(*) FROM kinmu_subject WHERE subject <> ''"), 1);
    assert_int_equal(check(b->f->directory, NULL).verdict, VERIFY_OK);
    expect_true_store(b);

    uint32_t taken = 0; /* one at work, and a limit on those behind it */
    while (taken < ANSWERS_MAX - reply_count && ask(b, "saburo", taken) == KINMU_OK) {
        taken++;
    }
    assert_int_equal(taken, 17);
    finish_jobs(b);
    assert_int_equal(reply_count, 20);
}

static void count_turn(uv_timer_t *timer) {
    uint32_t *turns = timer->data;
    if (++*turns == 5) {
        uv_stop(timer->loop);
    }
}

static void the_loop_goes_on(void **state) {
    bench *b = *state;
    uv_timer_t timer;
    uint32_t turns = 0;
    append(b, "taro", NOON, 1);
    catch_up(b);
    uv_timer_init(&b->n->loop, &timer);
    timer.data = &turns;
    uv_timer_start(&timer, count_turn, 1, 1);
    uv_mutex_lock(&b->f->journal->files); /* as if the file were slow */
    assert_int_equal(ask(b, "taro", 1), KINMU_OK);
    uv_run(&b->n->loop, UV_RUN_DEFAULT);
    assert_int_equal(turns, 5);
    assert_true(maintenance_is_running(b->n));
    assert_int_equal(reply_count, 0);
    uv_mutex_unlock(&b->f->journal->files);
    uv_close((uv_handle_t *)&timer, NULL);
    finish_jobs(b);
    assert_int_equal(reply_count, 1);
    assert_int_equal(replies[0].status, KINMU_OK);
}

static void a_stop_waits_for_the_job_at_work(void **state) {
    bench *b = *state;
    append(b, "taro", NOON, 1);
    append(b, "hanako", NOON, 10);
    catch_up(b);
    uv_mutex_lock(&b->f->journal->files);
    assert_int_equal(ask(b, "taro", 1), KINMU_OK);
    assert_int_equal(ask(b, "hanako", 2), KINMU_OK);
    b->n->is_stopping = 1;
    assert_int_equal(ask(b, "hanako", 3), KINMU_E_RETRY);
    assert_true(maintenance_is_running(b->n));
    uv_mutex_unlock(&b->f->journal->files);
    finish_jobs(b);
    assert_int_equal(reply_count, 2);
    assert_int_equal(replies[0].status, KINMU_OK);
    assert_int_equal(replies[1].status, KINMU_E_RETRY); /* told, not forgotten */
    assert_int_equal(count_keys(b), 10);
    maintenance_tick(b->n);
    assert_false(maintenance_is_running(b->n));
}

static void folded_detail_leaves_the_store(void **state) {
    bench *b = *state;
    static const journal_quota quota = {"activity", 20000, 1};
    journal_close(b->f->journal);
    b->f->settings.quotas = &quota;
    b->f->settings.quota_count = 1;
    fixture_open(b->f);
    b->n->j = b->f->journal;
    for (int i = 0; i < 60; i++) {
        append(b, "taro", NOON + i * 60 * SECOND, 3);
    }
    catch_up(b);
    assert_int_equal(count_keys(b), 180);
    for (int i = 60; i < 300; i++) {
        append(b, "taro", NOON + i * 60 * SECOND, 3);
    }
    fixture_reopen(b->f); /* folding runs after the commit it follows */
    b->n->j = b->f->journal;
    maintenance_tick(b->n);
    finish_jobs(b);
    assert_true(count_keys(b) < 900); /* 300 minutes, some of them folded */
    expect_true_store(b);
}

/* A program that reads an old snapshot: told to who asked and in the status, tried again later. */
static void what_is_not_all_gone_is_told(void **state) {
    needs_files();
    bench *b = *state;
    char path[512];
    sqlite3 *db = NULL;
    append(b, "taro", NOON, 1);
    catch_up(b);
    snprintf(path, sizeof path, "%s/journal.db", b->f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM block", NULL, NULL, NULL), 0);
    assert_int_equal(ask(b, "taro", 1), KINMU_OK);
    finish_jobs(b);
    assert_int_equal(replies[0].status, KINMU_E_RETRY);
    assert_true(replies[0].has_receipt);
    assert_non_null(strstr(maintenance_problem(b->n), "journal.db"));
    assert_int_equal(count_keys(b), 0); /* what could go is gone */
    maintenance_tick(b->n);
    assert_false(maintenance_is_running(b->n)); /* not at once */
    sqlite3_close(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define JOB_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        JOB_TEST(months_pass),
        JOB_TEST(a_hold_holds_until_released),
        JOB_TEST(erasures_take_turns),
        JOB_TEST(the_loop_goes_on),
        JOB_TEST(a_stop_waits_for_the_job_at_work),
        JOB_TEST(folded_detail_leaves_the_store),
        JOB_TEST(what_is_not_all_gone_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
