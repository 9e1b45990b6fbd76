/* ingest_push_test.c - pushes as the hub's connector handles them: one of a device at a time, so
 * much and so often, and nothing left behind. What is in them is fleet_test.c's. */
#include "plugins/connectors/ingest/pace.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingest_fixture.h"

#define MINUTE_MS 60000u
#define HERE "192.0.2.7"
#define ANSWER_HEAD 13 /* docs/wire.md: magic, type and size of the one section */

/* ---- how much ---- */

static void a_push_larger_than_the_allowance_still_goes(void **state) {
    (void)state;
    pace_table table = {calloc(PACE_PLACES, sizeof(pace_place))};
    const pace_limits limits = {100, 65536};
    const uint8_t key[32] = {1, 2, 3};
    const size_t size = 1u << 20; /* what an agent with a backlog sends */
    uint64_t now_ms = 1000;
    assert_int_equal(pace_take(&table, key, now_ms, size, &limits), 0);
    uint32_t wait_s = pace_take(&table, key, now_ms, size, &limits);
    assert_true(wait_s > 0);
    /* The debt counts: on average no more than the limit goes through. */
    uint32_t pushes = 1;
    for (uint32_t minute = 0; minute < 160; minute++) {
        now_ms += MINUTE_MS;
        pushes += pace_take(&table, key, now_ms, size, &limits) == 0;
    }
    assert_in_range(pushes, 8, 11);
    free(table.places);
}

/* ---- one at a time ---- */

static uint32_t received;
static void (*when_done[8])(void *user, int32_t status);
static void *when_user[8];
static uint32_t waiting;

static int32_t fake_receive(const kinmu_host *host, const uint8_t key[32], const void *body,
                            uint32_t body_size, kinmu_fleet_verdict *verdict, void *room,
                            uint32_t *size) {
    (void)host;
    (void)key;
    (void)body;
    (void)body_size;
    (void)room;
    verdict->http_status = 200;
    verdict->ticket = ++received;
    *size = 0;
    return KINMU_OK;
}

static int32_t fake_when_received(const kinmu_host *host, uint64_t ticket,
                                  void (*done)(void *user, int32_t status), void *user) {
    (void)host;
    (void)ticket;
    when_done[waiting] = done;
    when_user[waiting++] = user;
    return KINMU_OK;
}

static int32_t fake_confirm(const kinmu_host *host, const kinmu_fleet_verdict *verdict,
                            const char *policy, const char *certificate, void *room,
                            uint32_t *size) {
    (void)host;
    (void)verdict;
    (void)policy;
    (void)certificate;
    *size = (uint32_t)strlen("confirmed");
    memcpy(room, "confirmed", *size);
    return KINMU_OK;
}

static const void *with_pushes(const kinmu_host *host, const char *name) {
    static kinmu_fleet fleet;
    if (strcmp(name, KINMU_FLEET_1) != 0) {
        return fake_iface(host, name);
    }
    fleet = *(const kinmu_fleet *)fake_iface(host, name);
    fleet.receive = fake_receive;
    fleet.when_received = fake_when_received;
    fleet.confirm = fake_confirm;
    return &fleet;
}

static hub *hub_with(agent *a, agent *b) {
    char token[KINMU_FLEET_TOKEN_SIZE];
    hub *h = calloc(1, sizeof *h);
    received = waiting = 0;
    the_hub = h;
    h->kit = testkit_new("ingest");
    h->kit->host.iface = with_pushes;
    assert_int_equal(testkit_load(h->kit, PLUGIN, "ingest"), KINMU_OK);
    assert_int_equal(testkit_create(h->kit, NULL), KINMU_OK);
    assert_int_equal(testkit_start(h->kit), KINMU_OK);
    settle(h);
    snprintf(token, sizeof token, "%s", invite(h, 2, 3600, ""));
    expect_answer(enrol(h, a, token, HERE), 200, "certificate");
    expect_answer(enrol(h, b, token, HERE), 200, "certificate");
    return h;
}

static uint64_t push(hub *h, const agent *a) {
    uint64_t id = send_to(h, "/v1/push", "push", HERE, a->public_key);
    settle(h);
    return id;
}

static void one_device_takes_one_place(void **state) {
    (void)state;
    agent a = agent_new("pc-1");
    agent b = agent_new("pc-2");
    hub *h = hub_with(&a, &b);
    uint64_t first = push(h, &a);
    for (uint32_t i = 0; i < 300; i++) {
        const answer *refused = answer_of(h, push(h, &a));
        assert_int_equal(refused->status, 503);
        assert_non_null(strstr(refused->body + ANSWER_HEAD, "still being taken"));
        assert_string_equal(refused->retry_after, "1");
    }
    uint64_t other = push(h, &b);
    assert_int_equal(answer_of(h, first)->status, 0);
    assert_int_equal(received, 2);
    the_hub = h;
    when_done[0](when_user[0], KINMU_OK);
    when_done[1](when_user[1], KINMU_OK);
    expect_answer(answer_of(h, first), 200, "confirmed");
    expect_answer(answer_of(h, other), 200, "confirmed");
    push(h, &a);
    assert_int_equal(received, 3);
    /* Gone while the disk is slow: nobody is told any more, and the leak checker finds nothing. */
    the_hub = h;
    assert_int_equal(testkit_stop(h->kit), KINMU_OK);
    hub_free(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_push_larger_than_the_allowance_still_goes),
        cmocka_unit_test(one_device_takes_one_place),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
