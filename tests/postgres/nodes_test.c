/* tests/postgres/nodes_test.c - two nodes with one device.key write one journal on a server: each
 * in its turn, nothing lost, nothing twice, one number for each decision. */
#include "tests/unit/journal_fixture.h"

#include "journal/internal.h"

#include <sys/stat.h>

typedef struct cluster {
    fixture *one;
    fixture *two; /* its folder holds a copy of device.key */
} cluster;

static void copy_key(const char *from_folder, const char *to_folder) {
    char from[512], to[512];
    char bytes[4096];
    snprintf(from, sizeof from, "%s/device.key", from_folder);
    snprintf(to, sizeof to, "%s/device.key", to_folder);
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t size = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(to, 0600), 0);
}

static int setup(void **state) {
    cluster *c = calloc(1, sizeof *c);
    char area[32];
    assert_non_null(c);
    c->one = fixture_make();
    c->two = fixture_make();
    snprintf(area, sizeof area, "t_%s", c->one->directory + strlen(c->one->directory) - 6);
    for (uint32_t tables = 0; tables < SQL_TABLES; tables++) {
        assert_int_equal(sql_place_set(c->two->directory, tables, getenv("KINMU_TEST_POSTGRES"),
                                       area, NULL, &c->two->err),
                         KINMU_OK);
    }
    fixture_open(c->one);
    copy_key(c->one->directory, c->two->directory);
    fixture_open(c->two);
    *state = c;
    return 0;
}

static int teardown(void **state) {
    cluster *c = *state;
    void *each[] = {c->one, c->two};
    for (size_t i = 0; i < 2; i++) {
        fixture_teardown(&each[i]);
    }
    free(c);
    return 0;
}

static int64_t look(const cluster *c, const char *text) {
    char answer[512];
    sql_db *db = server_open(c->one->directory, SQL_JOURNAL, "journal.db");
    int64_t number = strtoll(server_ask(db, text, answer), NULL, 10);
    sql_close(db);
    return number;
}

static void assert_whole(const cluster *c, uint64_t blocks, uint64_t events) {
    totals t = read_all(c->one, c->one->directory);
    assert_int_equal(t.blocks, blocks);
    assert_int_equal(t.events, events);
    assert_int_equal(t.position, blocks); /* no gap */
    verify_report report = check(c->two->directory, NULL);
    assert_int_equal(report.verdict, VERIFY_OK);
}

static void nodes_take_turns(void **state) {
    cluster *c = *state;
    for (int i = 0; i < 40; i++) {
        fixture *f = i % 3 == 0 ? c->two : c->one;
        assert_int_equal(append_minute(f, "taro", NOON + i, 1, "a", NULL), KINMU_OK);
        journal_flush(f->journal);
    }
    assert_whole(c, 40, 40);
    assert_int_equal(look(c, "SELECT count(DISTINCT chain) FROM block"), 40);
}

typedef struct lane {
    fixture *f;
    int count;
} lane;

static void write_many(void *arg) {
    lane *l = arg;
    for (int i = 0; i < l->count; i++) {
        append_minute(l->f, "taro", NOON + i, 1, "a", NULL);
        journal_flush(l->f->journal);
    }
}

static void nodes_write_at_once(void **state) {
    cluster *c = *state;
    lane lanes[2] = {{c->one, 150}, {c->two, 150}};
    uv_thread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(uv_thread_create(&threads[i], write_many, &lanes[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        uv_thread_join(&threads[i]);
    }
    assert_whole(c, 300, 300);
}

/* A node is told of the other's decision before it makes its own on an old number. */
static void decisions_have_one_order(void **state) {
    cluster *c = *state;
    uint64_t head = 0;
    assert_int_equal(append_day(c->one, 0, "taro", 1, NULL, &head), KINMU_OK);
    journal_flush(c->one->journal);
    assert_int_equal(append_day(c->two, 0, "taro", 2, NULL, &head), KINMU_E_CONFLICT);
    assert_int_equal(head, 1);
    assert_int_equal(append_day(c->two, 1, "taro", 2, NULL, &head), KINMU_OK);
    journal_flush(c->two->journal);
    assert_int_equal(append_day(c->one, 1, "taro", 3, NULL, &head), KINMU_E_CONFLICT);
    assert_int_equal(append_day(c->one, 2, "taro", 3, NULL, &head), KINMU_OK);
    journal_flush(c->one->journal);
    assert_int_equal(read_all(c->one, c->one->directory).decision, 3);
    assert_whole(c, 3, 3);
}

/* Both decided on the same number before either was written: one is, the owner of the other is told
 * so and decides again. What else was in its group is written. */
static void an_overtaken_decision_is_made_again(void **state) {
    cluster *c = *state;
    uint64_t ticket = 0;
    journal *late = c->two->journal;
    uv_mutex_lock(&late->files); /* its writer waits; so would its look at the server */
    uv_mutex_lock(&late->mutex);
    late->is_shared = 0;
    uv_mutex_unlock(&late->mutex);
    uint64_t behind = 0;
    uint64_t head = 0;
    assert_int_equal(append_minute(c->two, "taro", NOON, 1, "a", NULL), KINMU_OK);
    assert_int_equal(append_day(c->two, 0, "taro", 2, &ticket, NULL), KINMU_OK);
    assert_int_equal(append_day(c->two, 1, "taro", 3, &behind, NULL), KINMU_OK);
    late->is_shared = 1;
    assert_int_equal(append_day(c->one, 0, "taro", 1, NULL, NULL), KINMU_OK);
    journal_flush(c->one->journal);
    uv_mutex_unlock(&late->files);
    assert_int_equal(journal_wait(late, behind, 5000), KINMU_OK);
    assert_int_equal(journal_decided(late, ticket, &head), KINMU_E_CONFLICT);
    assert_int_equal(journal_decided(late, behind, &head), KINMU_E_CONFLICT);
    assert_int_equal(head, 1);
    assert_whole(c, 2, 2);
    assert_int_equal(append_day(c->two, 1, "taro", 2, &ticket, NULL), KINMU_OK);
    journal_flush(late);
    assert_int_equal(journal_decided(late, ticket, &head), KINMU_OK);
    assert_int_equal(look(c, "SELECT decision FROM turn"), 2);
    assert_whole(c, 3, 3);
}

/* As its owner does: on the newest number known, again when another was quicker. */
static void decide_many(void *arg) {
    lane *l = arg;
    journal *j = l->f->journal;
    uint64_t head = journal_decision(j);
    for (int made = 0; made < l->count;) {
        uint64_t ticket = 0;
        if (append_day(l->f, head, "taro", made, &ticket, &head) == KINMU_OK &&
            journal_wait(j, ticket, 5000) == KINMU_OK &&
            journal_decided(j, ticket, &head) == KINMU_OK) {
            made++;
        }
    }
}

static void nodes_decide_at_once(void **state) {
    cluster *c = *state;
    lane lanes[2] = {{c->one, 100}, {c->two, 100}};
    uv_thread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(uv_thread_create(&threads[i], decide_many, &lanes[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        uv_thread_join(&threads[i]);
    }
    assert_int_equal(read_all(c->one, c->one->directory).decision, 200);
    assert_whole(c, 200, 200);
}

/* A key that one node destroyed is used by no other node any more, though both remembered it. */
static void an_erasure_reaches_other_nodes(void **state) {
    cluster *c = *state;
    buffer receipt = {0};
    append_blocks(c->one, "taro", 3);
    append_blocks(c->two, "taro", 3);
    assert_int_equal(journal_erase(c->one->journal, "taro", NULL, NULL, &receipt, &c->one->err),
                     KINMU_OK);
    buffer_free(&receipt);
    append_blocks(c->two, "taro", 2);
    totals t = read_all(c->one, c->one->directory);
    assert_int_equal(t.erased, 6);
    assert_int_equal(t.live, 3); /* two new ones and the record of the erasure */
    assert_int_equal(t.corrupt, 0);
    assert_int_equal(check(c->one->directory, NULL).verdict, VERIFY_OK);
}

/* A commit without an answer: what its last block would be is looked at. */
static void a_doubt_is_settled_by_looking(void **state) {
    cluster *c = *state;
    journal *j = c->one->journal;
    int32_t landed = -1;
    append_blocks(c->one, "taro", 2);
    append_blocks(c->two, "taro", 1);
    sql_db *db = server_open(c->one->directory, SQL_JOURNAL, "journal.db");
    sql_statement *select = NULL;
    assert_int_equal(sql_prepare(db, "SELECT header FROM block WHERE position = 2", 0, &select),
                     SQL_DONE);
    assert_int_equal(sql_step(select), SQL_ROW);
    uv_mutex_lock(&j->files);
    j->doubt_position = 2;
    j->doubt_size = sql_size(select, 0);
    memcpy(j->doubt_header, sql_bytes(select, 0), j->doubt_size);
    assert_int_equal(turn_settle_doubt(j, &landed, NULL), KINMU_OK);
    assert_int_equal(landed, 1);
    assert_int_equal(j->doubt_size, 0);
    j->doubt_position = 3; /* the other node's block stands there */
    j->doubt_size = sql_size(select, 0);
    assert_int_equal(turn_settle_doubt(j, &landed, NULL), KINMU_OK);
    assert_int_equal(landed, 0);
    uv_mutex_unlock(&j->files);
    sql_finish(select);
    sql_close(db);
    append_blocks(c->one, "taro", 1);
    assert_whole(c, 4, 4);
}

/* Connections of one node are cut in the midst of its work: it goes on, and nothing is missing. */
static void cut_connections_cost_nothing(void **state) {
    cluster *c = *state;
    for (int i = 0; i < 10; i++) {
        append_minute(c->one, "taro", NOON + i, 1, "a", NULL);
        look(c, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>"
                " pg_backend_pid() AND application_name = 'kinmu'");
        append_minute(c->two, "taro", NOON + i, 1, "a", NULL);
        uint64_t ticket = 0;
        append_minute(c->one, "taro", NOON + i, 1, "b", &ticket);
        journal_flush(c->two->journal);
        journal_flush(c->one->journal);
        assert_int_equal(journal_wait(c->one->journal, ticket, 10000), KINMU_OK);
    }
    journal_flush(c->two->journal);
    totals t = read_all(c->one, c->one->directory);
    assert_int_equal(t.events, 30);
    assert_int_equal(t.position, t.blocks);
    assert_int_equal(check(c->two->directory, NULL).verdict, VERIFY_OK);
}

/* A node with a key of its own cannot write into this history. */
static void another_key_is_refused(void **state) {
    cluster *c = *state;
    char path[512];
    journal_close(c->two->journal);
    c->two->journal = NULL;
    append_blocks(c->one, "taro", 1);
    snprintf(path, sizeof path, "%s/device.key", c->two->directory);
    assert_int_equal(remove(path), 0);
    journal *j = NULL;
    assert_int_equal(journal_open(&c->two->settings, c->two->registry, &j, &c->two->err),
                     KINMU_E_CONFIG);
    assert_string_equal(c->two->err.key, "journal.device-missing");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nodes_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(nodes_write_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(decisions_have_one_order, setup, teardown),
        cmocka_unit_test_setup_teardown(an_overtaken_decision_is_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(nodes_decide_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(an_erasure_reaches_other_nodes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_doubt_is_settled_by_looking, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_connections_cost_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(another_key_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
