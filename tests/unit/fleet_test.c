/* tests/unit/fleet_test.c - an agent's sender and a hub's receiver, back to back, without a
 * network: every record arrives once, whatever is lost, repeated or restored on the way. */
#include "journal_fixture.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "fleet/receiver.h"
#include "fleet/sender.h"
#include "journal/device.h"

typedef struct pair {
    fixture *device;
    fixture *hub;
    fleet_sender *sender;
    fleet_receiver *receiver;
    uint8_t hub_key[32], hub_box[32], public_key[32];
    const char *not_in_force;
    buffer push;
    buffer answer;
    fleet_verdict verdict;
    fleet_outcome outcome;
} pair;

static int32_t in_force(void *user, const char *purpose) {
    const pair *p = user;
    return p->not_in_force == NULL || strcmp(p->not_in_force, purpose) != 0;
}

static void open_hub(pair *p) {
    device d;
    assert_int_equal(device_read(p->hub->directory, &d, &p->hub->err), KINMU_OK);
    memcpy(p->hub_key, d.public_key, 32);
    memcpy(p->hub_box, d.box_public, 32);
    const fleet_receiver_settings settings = {p->hub->journal, p->hub->directory, p->hub->registry,
                                              in_force, p};
    assert_int_equal(fleet_receiver_open(&settings, &p->receiver, &p->hub->err), KINMU_OK);
}

static void open_sender(pair *p, const uint8_t *receipt) {
    device d;
    assert_int_equal(device_read(p->device->directory, &d, &p->device->err), KINMU_OK);
    memcpy(p->public_key, d.public_key, 32);
    assert_int_equal(fleet_sender_open(p->device->directory, p->hub_key, p->hub_box, receipt,
                                       receipt != NULL ? FLEET_RECEIPT_SIZE : 0, &p->sender,
                                       &p->device->err),
                     KINMU_OK);
}

static int setup(void **state) {
    pair *p = calloc(1, sizeof *p);
    p->device = fixture_make();
    fixture_open(p->device);
    p->hub = fixture_make();
    fixture_open(p->hub);
    open_hub(p);
    open_sender(p, NULL);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    pair *p = *state;
    void *fixtures[2] = {p->device, p->hub};
    fleet_sender_close(p->sender);
    fleet_receiver_close(p->receiver);
    fixture_teardown(&fixtures[0]);
    fixture_teardown(&fixtures[1]);
    buffer_free(&p->push);
    buffer_free(&p->answer);
    free(p);
    return 0;
}

static void record(pair *p, const char *who, int64_t keys) {
    assert_int_equal(append_minute(p->device, who, NOON + keys * SECOND, keys, "vi", NULL), 0);
    journal_flush(p->device->journal);
}

static void build(pair *p, uint32_t bytes_max) {
    buffer_clear(&p->push);
    assert_int_equal(
        fleet_sender_build(p->sender, bytes_max, "1.2.3", NOON, &p->push, &p->device->err),
        KINMU_OK);
}

/* The hub's side of one push. */
static void receive(pair *p) {
    buffer_clear(&p->answer);
    fleet_receive(p->receiver, p->public_key, p->push.data, p->push.size, &p->verdict, &p->answer);
    if (p->verdict.http_status == 200) {
        assert_int_equal(journal_wait(p->hub->journal, p->verdict.ticket, 10000), KINMU_OK);
        assert_int_equal(
            fleet_receiver_confirm(p->receiver, &p->verdict, "policy: {}", NULL, &p->answer),
            KINMU_OK);
    }
}

static int32_t answer(pair *p) {
    fleet_sender_take(p->sender, p->verdict.http_status, p->answer.data, p->answer.size,
                      &p->outcome);
    return p->outcome.what;
}

static int32_t push(pair *p, uint32_t bytes_max) {
    build(p, bytes_max);
    receive(p);
    return answer(p);
}

static uint64_t unsent(pair *p) {
    fleet_progress progress;
    assert_int_equal(fleet_sender_progress(p->sender, &progress, &p->device->err), KINMU_OK);
    return progress.unsent;
}

static int64_t sum_at_hub(pair *p) {
    return fixture_keys(p->hub, NULL);
}

static void everything_arrives_in_several_pushes(void **state) {
    pair *p = *state;
    uint32_t pushes = 0;
    for (int64_t i = 1; i <= 50; i++) {
        record(p, i % 2 == 0 ? "alice" : "bob", i);
    }
    while (unsent(p) > 0) {
        assert_int_equal(push(p, 4000), FLEET_DONE);
        pushes++;
    }
    assert_true(pushes > 3);
    assert_int_equal(sum_at_hub(p), 50 * 51 / 2);
    assert_string_equal(p->verdict.version, "1.2.3");
    assert_memory_equal(p->outcome.policy, "policy: {}", p->outcome.policy_size);
    assert_int_equal(push(p, 10000), FLEET_DONE); /* nothing new: a sign of life */
    assert_int_equal(p->verdict.blocks, 0);
}

/* COL-33: a month without a network, then everything, once, in order. */
static void thirty_days_offline_are_made_up_for(void **state) {
    pair *p = *state;
    uint32_t pushes = 0;
    int64_t sum = 0;
    for (int64_t day = 0; day < 30; day++) {
        for (int64_t minute = 0; minute < 480; minute++) {
            int64_t unix_ns = NOON + day * 24 * HOUR + minute * 60 * SECOND - 60 * 24 * HOUR;
            sum += minute;
            assert_int_equal(append_minute(p->device, "alice", unix_ns, minute, "vi", NULL), 0);
            if (minute % 60 == 59) {
                journal_flush(p->device->journal);
            }
        }
    }
    while (unsent(p) > 0) {
        assert_int_equal(push(p, 65536), FLEET_DONE);
        pushes++;
    }
    assert_true(pushes > 1);
    totals held = read_all(p->device, p->device->directory);
    totals hub = read_all(p->hub, p->hub->directory);
    assert_int_equal(held.events, 30 * 480);
    assert_int_equal(hub.events, held.events);
    assert_int_equal(hub.blocks, held.blocks);
    assert_int_equal(sum_at_hub(p), sum);
    assert_int_equal(check(p->hub->directory, NULL).verdict, VERIFY_OK);
}

static void a_lost_answer_doubles_nothing(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    build(p, 100000);
    receive(p); /* and the answer gets lost */
    record(p, "alice", 10);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(sum_at_hub(p), 11);
    assert_int_equal(unsent(p), 0);
}

static void a_restart_goes_on_from_the_receipt(void **state) {
    pair *p = *state;
    uint8_t receipt[FLEET_RECEIPT_SIZE];
    record(p, "alice", 1);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_true(p->outcome.has_receipt);
    fleet_sender_receipt(p->sender, receipt);
    fleet_sender_close(p->sender);
    record(p, "alice", 10);
    open_sender(p, receipt);
    assert_int_equal(unsent(p), 1);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(p->verdict.blocks, 1);
    assert_int_equal(sum_at_hub(p), 11);
    /* Altered, it counts for nothing, and the hub passes over what it knows. */
    receipt[5] ^= 1;
    fleet_sender_close(p->sender);
    open_sender(p, receipt);
    assert_int_equal(unsent(p), 2);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(unsent(p), 0);
    assert_int_equal(sum_at_hub(p), 11);
}

/* The hub comes back from yesterday's backup: it asks for what it lost, keys too. */
static void an_older_hub_heals_itself(void **state) {
    pair *p = *state;
    static const char *const names[] = {"journal.db", "keys.db"};
    char file[1024];
    char kept[1024];
    record(p, "alice", 1);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    fleet_receiver_close(p->receiver);
    journal_close(p->hub->journal);
    for (size_t i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s/%s", p->hub->directory, names[i]);
        snprintf(kept, sizeof kept, "%s/%s.kept", p->hub->directory, names[i]);
        assert_int_equal(rename(file, kept), 0);
        FILE *in = fopen(kept, "rb");
        FILE *out = fopen(file, "wb");
        for (int c; (c = fgetc(in)) != EOF;) {
            fputc(c, out);
        }
        fclose(in);
        fclose(out);
    }
    fixture_open(p->hub);
    open_hub(p);
    record(p, "alice", 10);
    record(p, "carol", 100);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    record(p, "carol", 1000);
    fleet_receiver_close(p->receiver);
    journal_close(p->hub->journal);
    for (size_t i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s/%s", p->hub->directory, names[i]);
        snprintf(kept, sizeof kept, "%s/%s.kept", p->hub->directory, names[i]);
        assert_int_equal(rename(kept, file), 0);
    }
    fixture_open(p->hub);
    open_hub(p);
    assert_int_equal(sum_at_hub(p), 1);
    assert_int_equal(push(p, 100000), FLEET_AGAIN); /* a key, or the gap */
    for (int i = 0; i < 4 && p->outcome.what == FLEET_AGAIN; i++) {
        push(p, 100000);
    }
    assert_int_equal(p->outcome.what, FLEET_DONE);
    assert_int_equal(unsent(p), 0);
    assert_int_equal(sum_at_hub(p), 1111);
}

static void a_purpose_not_in_force_stays_with_the_device(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    p->not_in_force = "activity";
    assert_int_equal(push(p, 100000), FLEET_AGAIN);
    assert_int_equal(p->verdict.http_status, 409);
    assert_non_null(strstr(p->outcome.text, "purpose"));
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(unsent(p), 0);
    assert_int_equal(sum_at_hub(p), 0);
    p->not_in_force = NULL;
    record(p, "alice", 10);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(sum_at_hub(p), 10);
}

/* Whoever stands in the hub's place for a while may decline everything; the hub that comes after it
 * gets the contents all the same. */
static void a_hub_that_declines_for_ever_withholds_nothing(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    for (uint32_t i = 0; i <= FLEET_FUTILE_MAX; i++) {
        const uint64_t chain = 1;
        build(p, 100000);
        buffer_clear(&p->answer);
        wire_answer_begin(&p->answer);
        wire_answer_declined(&p->answer, &chain, 1);
        p->verdict.http_status = 409;
        assert_int_equal(answer(p), i < FLEET_FUTILE_MAX ? FLEET_AGAIN : FLEET_LATER);
    }
    assert_true(p->outcome.text[0] != '\0');
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(sum_at_hub(p), 1);
}

static void moments_far_ahead_are_declined(void **state) {
    pair *p = *state;
    assert_int_equal(
        append_minute(p->device, "alice", clock_unix_ns() + 30 * 24 * HOUR, 5, "vi", NULL), 0);
    assert_int_equal(append_minute(p->device, "alice", clock_unix_ns() + 24 * HOUR, 7, "vi", NULL),
                     0);
    journal_flush(p->device->journal);
    assert_int_equal(push(p, 100000), FLEET_AGAIN);
    assert_non_null(strstr(p->outcome.text, "ahead"));
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(sum_at_hub(p), 7);
}

static void a_forged_confirmation_is_not_believed(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    build(p, 100000);
    receive(p);
    p->answer.data[p->answer.size - 30] ^= 1; /* within the countersignature's section */
    for (size_t i = 13; i < 13 + 48 + 5 + 104; i++) {
        p->answer.data[i] ^= 0x40;
        int32_t what = answer(p);
        assert_true(what == FLEET_BAD_ANSWER || what == FLEET_SET_BACK);
        assert_int_equal(unsent(p), 1);
        p->answer.data[i] ^= 0x40;
    }
}

static void a_device_set_back_is_told(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    record(p, "alice", 2);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    sqlite3 *db = NULL;
    char file[1024];
    fleet_sender_close(p->sender);
    p->sender = NULL;
    journal_close(p->device->journal);
    snprintf(file, sizeof file, "%s/journal.db", p->device->directory);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM block WHERE chain = 2; DELETE FROM head;", 0, 0, 0),
        SQLITE_OK);
    sqlite3_close(db);
    fixture_open(p->device);
    open_sender(p, NULL);
    assert_int_equal(push(p, 100000), FLEET_SET_BACK);
    record(p, "alice", 30);
    assert_int_equal(push(p, 100000), FLEET_FORKED);
    assert_true(p->verdict.is_fork);
    assert_int_equal(sum_at_hub(p), 3);
}

static void a_history_with_a_hole_is_told(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    record(p, "alice", 2);
    record(p, "alice", 3);
    run_sql(p->device->directory, "DELETE FROM block WHERE chain = 2");
    assert_int_equal(push(p, 100000), FLEET_SET_BACK);
    assert_non_null(strstr(p->outcome.text, "cut off"));
    assert_int_equal(sum_at_hub(p), 1);
}

static void damaged_payloads_do_not_hold_up_the_rest(void **state) {
    pair *p = *state;
    sqlite3 *db = NULL;
    char file[1024];
    for (int64_t i = 1; i <= 5; i++) {
        record(p, "alice", i);
    }
    snprintf(file, sizeof file, "%s/journal.db", p->device->directory);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE block SET payload = zeroblob(length(payload))"
                                  " WHERE chain = 3",
                                  0, 0, 0),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(sum_at_hub(p), 12);
    assert_int_equal(unsent(p), 0);
}

/* Whatever clock a device claims, the hub's arithmetic holds. */
static void no_clock_is_too_far_off(void **state) {
    pair *p = *state;
    static const int64_t moments[] = {INT64_MIN, INT64_MAX};
    const size_t clock_at = 8 + 5 + 8; /* magic, the section's head, blocks left */
    build(p, 100000);
    for (size_t i = 0; i < 2; i++) {
        for (size_t byte = 0; byte < 8; byte++) {
            p->push.data[clock_at + byte] = (uint8_t)((uint64_t)moments[i] >> (8 * byte));
        }
        receive(p);
        assert_int_equal(p->verdict.http_status, 200);
        assert_int_equal(p->verdict.ahead_ns < 0, moments[i] < 0);
    }
}

static int32_t keep_contact(void *user, const journal_origin_row *row) {
    if (row->contact.received_unix_ns != 0) {
        *(journal_contact *)user = row->contact;
    }
    return KINMU_OK;
}

static void no_device_promises_what_is_to_come(void **state) {
    pair *p = *state;
    journal_contact contact = {0};
    record(p, "alice", 1);
    buffer_clear(&p->push);
    assert_int_equal(fleet_sender_build(p->sender, 100000, "1.2.3", INT64_MAX, &p->push, NULL), 0);
    receive(p);
    assert_int_equal(p->verdict.http_status, 200);
    assert_int_equal(journal_origins(p->hub->directory, keep_contact, &contact, NULL), 0);
    assert_true(contact.received_unix_ns > 0);
    assert_true(contact.heard_unix_ns <= contact.received_unix_ns);
}

/* What was complete until then stays so while the device makes up for the rest. */
static void what_was_complete_stays_complete(void **state) {
    pair *p = *state;
    journal_contact before = {0}, after = {0};
    record(p, "alice", 1);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(journal_origins(p->hub->directory, keep_contact, &before, NULL), 0);
    assert_true(before.heard_unix_ns > 0);
    record(p, "alice", 2);
    record(p, "alice", 3);
    assert_int_equal(push(p, 1), FLEET_DONE);
    assert_int_equal(journal_origins(p->hub->directory, keep_contact, &after, NULL), 0);
    assert_int_equal(after.unsent, 1);
    assert_int_equal(after.heard_unix_ns, before.heard_unix_ns);
}

/* After an erasure the person's next record is sealed with another key, which is the hub's too. */
static void records_after_an_erasure_are_readable_at_the_hub(void **state) {
    pair *p = *state;
    buffer receipt = {0};
    record(p, "alice", 1);
    assert_int_equal(push(p, 100000), FLEET_DONE);
    assert_int_equal(
        journal_erase(p->device->journal, "alice", NULL, NULL, &receipt, &p->device->err),
        KINMU_OK);
    buffer_free(&receipt);
    record(p, "alice", 10);
    while (unsent(p) > 0) {
        assert_int_equal(push(p, 100000), FLEET_DONE);
    }
    assert_int_equal(sum_at_hub(p), 11);
}

/* No byte of a push may be altered without being refused, and none makes the hub forget. */
static void nothing_altered_is_taken(void **state) {
    pair *p = *state;
    record(p, "alice", 1);
    build(p, 100000);
    size_t agent = 0; /* what the agent says of itself is not signed: version, clock, count */
    for (size_t i = 0; i < p->push.size; i++) {
        p->push.data[i] ^= 1;
        receive(p);
        if (p->verdict.http_status == 200) {
            agent++;
        }
        p->push.data[i] ^= 1;
    }
    assert_true(agent <= 5 + 16 + 5 + 8);
    receive(p);
    assert_int_equal(p->verdict.http_status, 200);
    assert_int_equal(sum_at_hub(p), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_arrives_in_several_pushes, setup, teardown),
        cmocka_unit_test_setup_teardown(thirty_days_offline_are_made_up_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_answer_doubles_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_goes_on_from_the_receipt, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_hub_heals_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_purpose_not_in_force_stays_with_the_device, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_hub_that_declines_for_ever_withholds_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(moments_far_ahead_are_declined, setup, teardown),
        cmocka_unit_test_setup_teardown(a_forged_confirmation_is_not_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_device_set_back_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_history_with_a_hole_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_payloads_do_not_hold_up_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(no_clock_is_too_far_off, setup, teardown),
        cmocka_unit_test_setup_teardown(no_device_promises_what_is_to_come, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_complete_stays_complete, setup, teardown),
        cmocka_unit_test_setup_teardown(records_after_an_erasure_are_readable_at_the_hub, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_altered_is_taken, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
