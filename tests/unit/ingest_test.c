/* ingest_test.c - enrolment as agents and people meet it: what a token gives, to whom, how often;
 * what happens when many come at once or somebody else decides first; what stops a device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingest_fixture.h"

#define HERE "192.0.2.1"
#define DAY_MS (86400ULL * 1000)
#define DAY_NS (86400LL * 1000000000)
#define WEEK_S (7 * 86400)

/* ---- one device ---- */

static void a_token_makes_one_device_and_a_lost_answer_costs_nothing(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    agent thief = agent_new("pc-2");
    const char *token = invite(h, 1, WEEK_S, "sales");
    expect_answer(enrol(h, &a, token, HERE), 200, "-----BEGIN CERTIFICATE-----");
    const answer *again = enrol(h, &a, token, HERE);
    expect_answer(again, 200, a.origin);
    expect_answer(again, 200, "\"group\":\"sales\"");
    expect_answer(enrol(h, &thief, token, "198.51.100.9"), 403, "token.used");
    assert_non_null(strstr(list_of(h, "invites"), "\"state\":\"used\",\"uses\":1,\"uses_left\":0"));
    assert_null(strstr(list_of(h, "devices"), "pc-2"));
    assert_int_equal(testkit_metric(h->kit, "enrolments_total"), 2);
    hub_free(h);
}

static void the_certificate_is_for_the_key_that_asked(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    trust_facts facts;
    buffer pem = {0};
    const char *at = strstr(enrol(h, &a, invite(h, 1, WEEK_S, ""), HERE)->body, "-----BEGIN");
    for (; at != NULL && *at != '"'; at++) { /* undo JSON */
        buffer_append(&pem, at[0] == '\\' ? "\n" : at, 1);
        at += at[0] == '\\';
    }
    assert_int_equal(trust_read(pem.data, pem.size, &facts, NULL), KINMU_OK);
    assert_true(facts.is_device);
    assert_memory_equal(facts.public_key, a.public_key, sizeof a.public_key);
    assert_string_equal(facts.common_name, a.origin);
    assert_int_equal(facts.to_ns, TESTKIT_START_UNIX_NS + (int64_t)(90 * DAY_MS) * 1000000);
    buffer_free(&pem);
    hub_free(h);
}

static void what_is_wrong_is_said_in_one_sentence(void **state) {
    (void)state;
    static const struct {
        const char *body, *why;
        uint32_t status;
    } wrong[] = {
        {"", "enroll.body", 400},
        {"[]", "enroll.body", 400},
        {"{\"token\":1,\"csr\":\"x\",\"name\":\"n\",\"version\":\"1\"}", "\\\"token\\\", a text",
         400},
        {"{\"token\":\"t\",\"csr\":\"x\",\"name\":\"\",\"version\":\"1\"}", "\\\"name\\\"", 400},
        {"{\"token\":\"t\",\"csr\":\"x\",\"name\":\"a\\u0007\",\"version\":\"1\"}", "\\\"name\\\"",
         400},
        {"{\"token\":\"t\",\"csr\":\"x\",\"name\":\"a\\u0000b\",\"version\":\"1\"}", "enroll.body",
         400},
        {"{\"token\":\"t\",\"csr\":\"x\",\"name\":\"n\",\"version\":\"1\",\"more\":1}",
         "nothing else", 400},
        {"{\"token\":\"t\",\"token\":\"t\",\"csr\":\"x\",\"name\":\"n\",\"version\":\"1\"}",
         "enroll.body", 400},
        {"{\"token\":\"t\",\"csr\":\"x\",\"name\":\"n\",\"version\":\"1\"}", "token.form", 400},
    };
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE];
    char body[BODY_SIZE];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_answer(ask(h, "/v1/enroll", wrong[i].body, HERE, NULL), wrong[i].status,
                      wrong[i].why);
    }
    snprintf(token, sizeof token, "%s", invite(h, 1, WEEK_S, ""));
    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"csr\":\"no request\",\"name\":\"n\",\"version\":\"1\"}", token);
    expect_answer(ask(h, "/v1/enroll", body, HERE, NULL), 400, "trust.request");
    uint8_t hash[32];
    char unknown[KINMU_FLEET_TOKEN_SIZE];
    fake_make_token(NULL, unknown, hash, NULL);
    expect_answer(enrol(h, &a, unknown, HERE), 403, "token.unknown");
    assert_int_equal(h->issued, 0); /* nothing was signed for any of them */
    expect_answer(enrol(h, &a, token, HERE), 200, "certificate");
    hub_free(h);
}

static void tokens_expire_and_are_cancelled(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 5, 3600, ""));
    testkit_advance(h->kit, 3599 * 1000);
    settle(h);
    expect_answer(enrol(h, &a, token, HERE), 200, "certificate");
    testkit_advance(h->kit, 2000);
    settle(h);
    expect_answer(enrol(h, &a, token, HERE), 403, "token.expired");
    assert_non_null(strstr(list_of(h, "invites"), "\"state\":\"expired\""));
    snprintf(token, sizeof token, "%s", invite(h, 5, 3600, ""));
    const char *at = strstr(list_of(h, "invites"), "\"state\":\"open\"");
    assert_non_null(at);
    char id[17];
    snprintf(id, sizeof id, "%.16s", at - 18);
    assert_int_equal(command(h, "cancel", id, ""), KINMU_OK);
    expect_answer(enrol(h, &a, token, HERE), 403, "token.cancelled");
    assert_int_equal(command(h, "cancel", id, ""), KINMU_E_REJECT);
    assert_int_equal(command(h, "cancel", "0123456789abcdef", ""), KINMU_E_NOTFOUND);
    assert_int_equal(command(h, "cancel", "xyz", ""), KINMU_E_REJECT);
    hub_free(h);
}

/* ---- many at once ---- */

static void a_race_for_a_token_has_as_many_winners_as_uses(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    char token[KINMU_FLEET_TOKEN_SIZE], body[BODY_SIZE];
    uint64_t ids[40];
    uint32_t won = 0, used = 0;
    snprintf(token, sizeof token, "%s", invite(h, 7, WEEK_S, ""));
    for (int i = 0; i < 40; i++) {
        agent a = agent_new("pc");
        enrol_body(body, &a, token);
        ids[i] = send_to(h, "/v1/enroll", body, HERE, NULL);
    }
    settle(h);
    for (int i = 0; i < 40; i++) {
        const answer *a = answer_of(h, ids[i]);
        won += a->status == 200;
        used += a->status == 403 && strstr(a->body, "token.used") != NULL;
    }
    assert_int_equal(won, 7);
    assert_int_equal(used, 33);
    assert_int_equal(testkit_count(h->kit, "kinmu.fleet.device/1"), 7);
    hub_free(h);
}

static void whoever_decides_second_decides_by_what_the_first_wrote(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE], body[BODY_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 1, WEEK_S, ""));
    /* Another node gives the same token's only use away; this one has not heard of it. */
    kinmu_value values[KINMU_FLEET_INVITE_FIELDS];
    const kinmu_event *last = testkit_event(h->kit, h->kit->event_count - 1);
    memcpy(values, last->values, sizeof values);
    values[KINMU_FLEET_INVITE_USES_LEFT] = kinmu_i64(0);
    values[KINMU_FLEET_INVITE_STATE] = kinmu_text("used");
    testkit_add_row(h->kit, testkit_make(h->kit, "kinmu.fleet.invite/1", 1, "", values,
                                         KINMU_FLEET_INVITE_FIELDS));
    h->kit->head++;
    h->head_lag = 1;
    enrol_body(body, &a, token);
    uint64_t id = send_to(h, "/v1/enroll", body, HERE, NULL);
    settle(h);
    expect_answer(answer_of(h, id), 403, "token.used");
    assert_int_equal(testkit_count(h->kit, "kinmu.fleet.device/1"), 0);
    /* Decisions of others about other things cost a second look and nothing else. */
    h->kit->head++;
    char fresh[KINMU_FLEET_TOKEN_SIZE];
    snprintf(fresh, sizeof fresh, "%s", invite(h, 1, WEEK_S, ""));
    h->kit->head++;
    expect_answer(enrol(h, &a, fresh, HERE), 200, "certificate");
    hub_free(h);
}

static void a_full_queue_delays_and_loses_nothing(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE], body[BODY_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 1, WEEK_S, ""));
    h->kit->busy = 3;
    enrol_body(body, &a, token);
    uint64_t id = send_to(h, "/v1/enroll", body, HERE, NULL);
    settle(h);
    assert_int_equal(h->answers[id % ANSWERS_MAX].status, 0);
    testkit_advance(h->kit, 100);
    settle(h);
    expect_answer(answer_of(h, id), 200, "certificate");
    hub_free(h);
}

static void a_flood_is_held_off_and_a_good_token_still_heard(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE], unknown[KINMU_FLEET_TOKEN_SIZE], body[BODY_SIZE];
    uint8_t hash[32];
    uint32_t refused = 0, limited = 0;
    snprintf(token, sizeof token, "%s", invite(h, 2, WEEK_S, ""));
    fake_make_token(NULL, unknown, hash, NULL);
    enrol_body(body, &a, unknown);
    for (int i = 0; i < 100000; i++) {
        uint64_t id = send_to(h, "/v1/enroll", body, HERE, NULL);
        if (h->answers[id % ANSWERS_MAX].status == 0) {
            settle(h);
        }
        const answer *got = answer_of(h, id);
        refused += got->status == 403;
        limited += got->status == 429 && got->retry_after[0] >= '1';
    }
    assert_int_equal(refused, 20);
    assert_int_equal(limited, 100000 - 20);
    assert_int_equal(h->issued, 0);
    expect_answer(enrol(h, &a, token, HERE), 200, "certificate"); /* the same address */
    agent b = agent_new("pc-2");
    expect_answer(enrol(h, &b, unknown, "198.51.100.9"), 403, "token.unknown");
    testkit_advance(h->kit, 61000);
    settle(h);
    expect_answer(enrol(h, &b, unknown, HERE), 403, "token.unknown");
    hub_free(h);
}

static void a_device_that_enrols_again_and_again_is_held_off(void **state) {
    (void)state;
    static const char *const options[] = {"pushes_per_minute=1", NULL};
    hub *h = hub_new(options);
    agent a = agent_new("pc-1");
    agent b = agent_new("pc-2");
    char token[KINMU_FLEET_TOKEN_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 2, WEEK_S, ""));
    for (int i = 0; i < 6; i++) { /* once, and the five pushes saved up */
        expect_answer(enrol(h, &a, token, HERE), 200, "certificate");
    }
    const answer *held = enrol(h, &a, token, HERE);
    expect_answer(held, 429, "enroll.again");
    assert_int_equal(h->issued, 6); /* before anything is signed */
    assert_in_range(held->retry_after[0], '1', '9');
    assert_int_equal(testkit_metric(h->kit, "enrolments_total"), 6);
    expect_answer(enrol(h, &b, token, HERE), 200, "certificate"); /* others are not meant */
    testkit_advance(h->kit, 61000);
    settle(h);
    expect_answer(enrol(h, &a, token, HERE), 200, "certificate");
    hub_free(h);
}

static void a_hub_is_full_at_its_limit(void **state) {
    (void)state;
    static const char *const options[] = {"devices_max=2", NULL};
    hub *h = hub_new(options);
    agent a[] = {agent_new("pc-1"), agent_new("pc-2"), agent_new("pc-3")};
    char token[KINMU_FLEET_TOKEN_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 10, WEEK_S, ""));
    expect_answer(enrol(h, &a[0], token, HERE), 200, "certificate");
    expect_answer(enrol(h, &a[1], token, HERE), 200, "certificate");
    expect_answer(enrol(h, &a[2], token, HERE), 403, "fleet.full");
    expect_answer(enrol(h, &a[1], token, HERE), 200, "certificate"); /* known already */
    hub_free(h);
}

/* ---- later ---- */

static void a_revoked_device_is_told_why_until_it_is_readmitted(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 5, WEEK_S, ""));
    expect_answer(enrol(h, &a, token, HERE), 200, "certificate");
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    assert_int_equal(command(h, "revoke", "pc-1", "lost on a train"), KINMU_OK);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 403,
                  "revoked on the hub: lost on a");
    expect_answer(enrol(h, &a, token, HERE), 403, "device.revoked"); /* a token does not help */
    assert_int_equal(command(h, "revoke", "pc-1", ""), KINMU_E_REJECT);
    assert_non_null(strstr(list_of(h, "devices"), "\"state\":\"revoked\""));
    a.origin[8] = '\0'; /* the beginning of an id will do */
    assert_int_equal(command(h, "readmit", a.origin, ""), KINMU_OK);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    assert_int_equal(command(h, "revoke", "pc-9", ""), KINMU_E_NOTFOUND);
    hub_free(h);
}

static void two_devices_of_one_name_are_told_apart(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    agent b = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 5, WEEK_S, ""));
    enrol(h, &a, token, HERE);
    expect_answer(enrol(h, &b, token, HERE), 200, b.origin);
    assert_true(testkit_logged(h->kit, "another device has the same name"));
    const char *list = list_of(h, "devices");
    assert_non_null(strstr(strstr(list, "\"same_name\":true") + 1, "\"same_name\":true"));
    assert_int_equal(command(h, "revoke", "pc-1", ""), KINMU_E_NOTFOUND);
    assert_non_null(strstr(h->kit->reply.text, a.origin));
    assert_int_equal(command(h, "revoke", b.origin, ""), KINMU_OK);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "renewed");
    hub_free(h);
}

static void certificates_are_renewed_in_their_last_third(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    agent stranger = agent_new("pc-2");
    expect_answer(enrol(h, &a, invite(h, 1, WEEK_S, ""), HERE), 200, "certificate");
    testkit_advance(h->kit, 59 * DAY_MS);
    settle(h);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    testkit_advance(h->kit, 2 * DAY_MS);
    settle(h);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "-----BEGIN CERTIFICATE");
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    expect_answer(ask(h, "/v1/renew", "", HERE, stranger.public_key), 403, "device.unknown");
    assert_int_equal(testkit_metric(h->kit, "renewals_total"), 1);
    hub_free(h);
}

static void a_certificate_lost_on_the_way_is_made_again(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char first[TRUST_SERIAL_SIZE];
    expect_answer(enrol(h, &a, invite(h, 1, WEEK_S, ""), HERE), 200, "certificate");
    snprintf(first, sizeof first, "%s", h->newest);
    h->shown = first; /* it never gets to see another */
    testkit_advance(h->kit, 61 * DAY_MS);
    settle(h);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "-----BEGIN CERTIFICATE");
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    testkit_advance(h->kit, 61 * 60 * 1000);
    settle(h);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "-----BEGIN CERTIFICATE");
    h->shown = NULL;
    testkit_advance(h->kit, 61 * 60 * 1000);
    settle(h);
    expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    hub_free(h);
}

/* The authority's last days: a certificate that could not live longer is not made again. */
static void near_the_authoritys_end_nothing_is_renewed_in_vain(void **state) {
    (void)state;
    const int64_t made_ns = TESTKIT_START_UNIX_NS - (TRUST_AUTHORITY_DAYS - 10LL) * DAY_NS;
    trust_authority *young = authority;
    buffer pem = {0}, key = {0};
    assert_int_equal(trust_authority_make("Old", made_ns, &pem, &key, NULL), KINMU_OK);
    assert_int_equal(trust_authority_open(pem.data, pem.size, key.data, key.size,
                                          TESTKIT_START_UNIX_NS, &authority, NULL),
                     KINMU_OK);
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    expect_answer(enrol(h, &a, invite(h, 1, WEEK_S, ""), HERE), 200, "certificate");
    for (uint32_t i = 0; i < 3; i++) {
        expect_answer(ask(h, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    }
    assert_int_equal(h->issued, 1);
    hub_free(h);
    trust_authority_close(authority);
    authority = young;
    buffer_free(&pem);
    buffer_wipe(&key);
}

static void what_was_decided_is_known_after_a_restart_and_on_other_nodes(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    agent b = agent_new("pc-2");
    char token[KINMU_FLEET_TOKEN_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 1, WEEK_S, ""));
    enrol(h, &a, token, HERE);
    hub *other = hub_new(NULL);
    other->shown = h->newest;
    for (uint32_t i = 0; i < h->kit->row_count; i++) {
        testkit_add_row(other->kit, h->kit->rows[i]);
    }
    testkit_advance(other->kit, 15000);
    settle(other);
    expect_answer(ask(other, "/v1/renew", "", HERE, a.public_key), 200, "\"renewed\":false");
    expect_answer(enrol(other, &b, token, HERE), 403, "token.used");
    the_hub = h;
    assert_int_equal(command(h, "revoke", "pc-1", ""), KINMU_OK);
    testkit_add_row(other->kit, h->kit->rows[h->kit->row_count - 1]);
    testkit_advance(other->kit, 15000);
    settle(other);
    expect_answer(ask(other, "/v1/renew", "", HERE, a.public_key), 403, "device.revoked");
    hub_free(other);
    hub_free(h);
}

static void a_client_that_goes_away_changes_nothing(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    char token[KINMU_FLEET_TOKEN_SIZE], body[BODY_SIZE];
    snprintf(token, sizeof token, "%s", invite(h, 1, WEEK_S, ""));
    enrol_body(body, &a, token);
    uint64_t id = send_to(h, "/v1/enroll", body, HERE, NULL);
    h->handler.gone(h->user, id, 0);
    settle(h);
    expect_answer(enrol(h, &a, token, HERE), 200, "certificate"); /* it comes again */
    send_to(h, "/v1/enroll", body, HERE, NULL);
    the_hub = h;
    assert_int_equal(testkit_stop(h->kit), KINMU_OK); /* with one under way */
    hub_free(h);
}

/* Clients that ask and go away while the records cannot be read: only so many are kept. */
static void enrolments_that_wait_are_bounded(void **state) {
    (void)state;
    hub *h = hub_new(NULL);
    agent a = agent_new("pc-1");
    const char *token = invite(h, 1, WEEK_S, "");
    char unknown[KINMU_FLEET_TOKEN_SIZE];
    char body[8192];
    uint32_t refused = 0;
    trust_token other;
    assert_int_equal(trust_token_make(authority_pin, &other), KINMU_OK);
    assert_int_equal(trust_token_text(&other, unknown), KINMU_OK);
    testkit_advance(h->kit, 5000); /* what it read of the records is old by now */
    enrol_body(body, &a, unknown);
    for (int i = 0; i < 300; i++) {
        char address[32];
        snprintf(address, sizeof address, "198.51.100.%d", i % 250);
        uint64_t id = send_to(h, "/v1/enroll", body, address, NULL);
        refused += answer_of(h, id)->status == 503;
        h->handler.gone(h->user, id, 0);
    }
    assert_int_equal(refused, 300 - 256);
    settle(h);
    expect_answer(enrol(h, &a, token, HERE), 200, "-----BEGIN CERTIFICATE-----");
    hub_free(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_makes_one_device_and_a_lost_answer_costs_nothing),
        cmocka_unit_test(the_certificate_is_for_the_key_that_asked),
        cmocka_unit_test(what_is_wrong_is_said_in_one_sentence),
        cmocka_unit_test(tokens_expire_and_are_cancelled),
        cmocka_unit_test(a_race_for_a_token_has_as_many_winners_as_uses),
        cmocka_unit_test(whoever_decides_second_decides_by_what_the_first_wrote),
        cmocka_unit_test(a_full_queue_delays_and_loses_nothing),
        cmocka_unit_test(a_flood_is_held_off_and_a_good_token_still_heard),
        cmocka_unit_test(a_device_that_enrols_again_and_again_is_held_off),
        cmocka_unit_test(a_hub_is_full_at_its_limit),
        cmocka_unit_test(a_revoked_device_is_told_why_until_it_is_readmitted),
        cmocka_unit_test(two_devices_of_one_name_are_told_apart),
        cmocka_unit_test(certificates_are_renewed_in_their_last_third),
        cmocka_unit_test(a_certificate_lost_on_the_way_is_made_again),
        cmocka_unit_test(near_the_authoritys_end_nothing_is_renewed_in_vain),
        cmocka_unit_test(what_was_decided_is_known_after_a_restart_and_on_other_nodes),
        cmocka_unit_test(a_client_that_goes_away_changes_nothing),
        cmocka_unit_test(enrolments_that_wait_are_bounded),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
