/* agreements_test.c - the decision table of notices: what an account's newest answer means for the
 * notice as it is now, which answers make sense, and what passes. */
#include "bus/agreements.h"
#include "host/notice_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOMENT INT64_C(1800000000000000000)

static config_notice notice(const char *version, uint8_t text, int32_t keeps) {
    config_notice n = {.name = "counts", .version = version, .keeps = keeps, .sha256 = {text}};
    return n;
}

static void note(agreements *a, const char *account, const config_notice *n, int32_t action,
                 int64_t unix_ns) {
    const agreement_event event = {.account = account,
                                   .notice = n->name,
                                   .version = n->version,
                                   .sha256 = n->sha256,
                                   .action = action,
                                   .unix_ns = unix_ns};
    assert_int_equal(agreements_note(a, &event), KINMU_OK);
}

/* The last answer, to version "1" of the text 1; then what it means for the notice now. */
static void each_answer_means_one_thing(void **state) {
    (void)state;
    static const struct {
        int32_t last;
        const char *version;
        uint8_t text;
        int32_t keeps;
        int32_t expected;
        int32_t may_accept, may_decline, may_withdraw;
    } rows[] = {
        /* the same version and text: asked once */
        {AGREEMENT_NONE, "1", 1, 0, AGREEMENT_NONE, 1, 1, KINMU_E_REJECT},
        {AGREEMENT_SHOWN, "1", 1, 0, AGREEMENT_NONE, 1, 1, KINMU_E_REJECT},
        {AGREEMENT_ACCEPTED, "1", 1, 0, AGREEMENT_ACCEPTED, 0, KINMU_E_REJECT, 1},
        {AGREEMENT_DECLINED, "1", 1, 0, AGREEMENT_DECLINED, 1, 0, KINMU_E_REJECT},
        {AGREEMENT_WITHDRAWN, "1", 1, 0, AGREEMENT_WITHDRAWN, 1, 1, 0},
        /* a new version, or a new text under the old one: asked again */
        {AGREEMENT_ACCEPTED, "2", 1, 0, AGREEMENT_NONE, 1, 1, 1},
        {AGREEMENT_ACCEPTED, "1", 2, 0, AGREEMENT_NONE, 1, 1, 1},
        {AGREEMENT_DECLINED, "2", 2, 0, AGREEMENT_NONE, 1, 1, KINMU_E_REJECT},
        {AGREEMENT_WITHDRAWN, "2", 2, 0, AGREEMENT_NONE, 1, 1, 0},
        /* answers are kept, either way */
        {AGREEMENT_NONE, "2", 2, 1, AGREEMENT_NONE, 1, 1, KINMU_E_REJECT},
        {AGREEMENT_ACCEPTED, "2", 2, 1, AGREEMENT_ACCEPTED, 1, KINMU_E_REJECT, 1},
        {AGREEMENT_DECLINED, "2", 2, 1, AGREEMENT_DECLINED, 1, 1, KINMU_E_REJECT},
        {AGREEMENT_WITHDRAWN, "2", 2, 1, AGREEMENT_WITHDRAWN, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        agreements a = {0};
        const config_notice then = notice("1", 1, 0);
        const config_notice now = notice(rows[i].version, rows[i].text, rows[i].keeps);
        if (rows[i].last != AGREEMENT_NONE) {
            note(&a, "alice", &then, rows[i].last, MOMENT);
        }
        const agreement *newest = agreements_find(&a, "alice", "counts");
        print_message("row %zu\n", i);
        assert_int_equal(agreement_state(newest, &now), rows[i].expected);
        assert_int_equal(agreement_may(newest, &now, AGREEMENT_ACCEPTED), rows[i].may_accept);
        assert_int_equal(agreement_may(newest, &now, AGREEMENT_DECLINED), rows[i].may_decline);
        assert_int_equal(agreement_may(newest, &now, AGREEMENT_WITHDRAWN), rows[i].may_withdraw);
        int32_t is_in = rows[i].expected == AGREEMENT_ACCEPTED;
        assert_int_equal(agreements_let_pass(&a, &now, "alice", MOMENT), is_in);
        assert_int_equal(agreements_let_pass(&a, &now, "alice", MOMENT - 1), 0);
        assert_int_equal(agreements_let_pass(&a, &now, "bob", MOMENT), 0);
        assert_int_equal(agreements_let_pass(&a, &now, "", MOMENT), 0);
        agreements_free(&a);
    }
}

static void the_newest_answer_counts(void **state) {
    (void)state;
    agreements a = {0};
    const config_notice now = notice("1", 1, 0);
    note(&a, "alice", &now, AGREEMENT_ACCEPTED, MOMENT);
    note(&a, "bob", &now, AGREEMENT_DECLINED, MOMENT);
    note(&a, "alice", &now, AGREEMENT_WITHDRAWN, MOMENT + 1);
    assert_int_equal(agreements_let_pass(&a, &now, "alice", MOMENT + 2), 0);
    note(&a, "alice", &now, AGREEMENT_ACCEPTED, MOMENT + 5);
    note(&a, "alice", &now, AGREEMENT_SHOWN, MOMENT + 6); /* being told again is no answer */
    assert_int_equal(agreements_let_pass(&a, &now, "alice", MOMENT + 4), 0);
    assert_int_equal(agreements_let_pass(&a, &now, "alice", MOMENT + 5), 1);
    assert_int_equal(a.count, 2);
    /* A notice of another name is another question. */
    const config_notice other = {.name = "camera", .version = "1", .sha256 = {1}};
    assert_int_equal(agreements_let_pass(&a, &other, "alice", MOMENT + 9), 0);
    agreements_free(&a);
}

/* Nobody with many accounts fills the memory: who comes later is not known, and not recorded. */
static void there_is_an_end(void **state) {
    (void)state;
    agreements a = {0};
    const config_notice now = notice("1", 1, 0);
    char account[300];
    for (uint32_t i = 0; i < AGREEMENTS_MAX; i++) {
        snprintf(account, sizeof account, "u%u", i);
        note(&a, account, &now, AGREEMENT_ACCEPTED, MOMENT);
    }
    agreement_event event = {.account = "last",
                             .notice = "counts",
                             .version = "1",
                             .sha256 = now.sha256,
                             .action = AGREEMENT_ACCEPTED,
                             .unix_ns = MOMENT};
    assert_int_equal(agreements_note(&a, &event), KINMU_E_BUSY);
    assert_int_equal(agreements_has_room(&a, "last", "counts"), 0);
    assert_int_equal(agreements_has_room(&a, "u7", "camera"), 0);
    assert_int_equal(agreements_has_room(&a, "u7", "counts"), 1);
    assert_int_equal(agreements_let_pass(&a, &now, "last", MOMENT), 0);
    memset(account, 'x', sizeof account - 1);
    account[sizeof account - 1] = '\0';
    event.account = account;
    assert_int_equal(agreements_note(&a, &event), KINMU_E_REJECT);
    note(&a, "u7", &now, AGREEMENT_DECLINED, MOMENT); /* who is known still answers */
    assert_int_equal(agreements_let_pass(&a, &now, "u7", MOMENT), 0);
    agreements_free(&a);
}

/* Erasing may take the newest answer and leave what it ended: a yes does not come up again. */
static void what_is_gone_uncovers_nothing_older(void **state) {
    (void)state;
    agreements before = {0};
    agreements fresh = {0};
    const config_notice counts = notice("1", 1, 0);
    const config_notice camera = {.name = "camera", .version = "1", .sha256 = {2}};
    note(&before, "alice", &counts, AGREEMENT_ACCEPTED, MOMENT);
    note(&before, "alice", &camera, AGREEMENT_ACCEPTED, MOMENT);
    note(&before, "alice", &counts, AGREEMENT_WITHDRAWN, MOMENT + 9);
    note(&before, "bob", &counts, AGREEMENT_ACCEPTED, MOMENT + 2);
    note(&before, "carol", &counts, AGREEMENT_ACCEPTED, MOMENT + 3);
    /* What is read again once the blocks of alice's withdrawal and of carol are gone. */
    note(&fresh, "alice", &counts, AGREEMENT_ACCEPTED, MOMENT);
    note(&fresh, "alice", &camera, AGREEMENT_ACCEPTED, MOMENT);
    note(&fresh, "bob", &counts, AGREEMENT_ACCEPTED, MOMENT + 2);
    assert_int_equal(agreements_keep_known(&fresh, &before), 3);
    assert_int_equal(agreements_let_pass(&fresh, &counts, "alice", MOMENT + 10), 0);
    assert_null(agreements_find(&fresh, "alice", "camera")); /* of one account: all asked anew */
    assert_int_equal(agreements_let_pass(&fresh, &counts, "bob", MOMENT + 10), 1);
    assert_null(agreements_find(&fresh, "carol", "counts"));
    assert_int_equal(fresh.count, 1);
    assert_int_equal(agreements_keep_known(&fresh, &fresh), 0);
    agreements_free(&before);
    agreements_free(&fresh);
}

/* ---- requests ---- */

static void a_request_is_read_as_it_was_written(void **state) {
    (void)state;
    notice_ask ask = {.action = AGREEMENT_ACCEPTED, .sha256 = {1, 2, 3}};
    notice_ask read;
    buffer out = {0};
    snprintf(ask.notice, sizeof ask.notice, "counts");
    snprintf(ask.version, sizeof ask.version, "2026-11");
    notice_ask_write(&out, &ask);
    assert_int_equal(notice_ask_read(out.data, out.size, &read), 1);
    assert_memory_equal(&read, &ask, sizeof ask);
    for (size_t size = 0; size < out.size; size++) {
        assert_int_equal(notice_ask_read(out.data, size, &read), 0);
    }
    out.data[4]++; /* another type of frame */
    assert_int_equal(notice_ask_read(out.data, out.size, &read), KINMU_E_REJECT);
    buffer_free(&out);
    assert_int_equal(notice_action("show"), AGREEMENT_SHOWN);
    assert_int_equal(notice_action("stop"), AGREEMENT_NONE);
    assert_int_equal(notice_action(""), AGREEMENT_NONE);
}

static void the_socket_lies_where_everybody_may_enter(void **state) {
    (void)state;
    char folder[128];
    char path[NOTICE_PATH_SIZE];
    char deep[200];
    assert_int_equal(notice_folder(KINMU_DATA_DIR "/", folder, sizeof folder, NULL), KINMU_OK);
    assert_string_equal(folder, KINMU_RUN_DIR);
    assert_int_equal(notice_folder("/home/a/kinmu//", folder, sizeof folder, NULL), KINMU_OK);
    assert_string_equal(folder, "/home/a/kinmu-notice");
    assert_int_equal(notice_path(folder, path, NULL), KINMU_OK);
    assert_string_equal(path, "/home/a/kinmu-notice/notice.sock");
    memset(deep, 'x', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(notice_folder(deep, folder, sizeof folder, NULL), KINMU_E_CONFIG);
    assert_int_equal(notice_path(deep, path, NULL), KINMU_E_CONFIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_means_one_thing),
        cmocka_unit_test(the_newest_answer_counts),
        cmocka_unit_test(there_is_an_end),
        cmocka_unit_test(what_is_gone_uncovers_nothing_older),
        cmocka_unit_test(a_request_is_read_as_it_was_written),
        cmocka_unit_test(the_socket_lies_where_everybody_may_enter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
