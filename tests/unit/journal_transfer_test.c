/* tests/unit/journal_transfer_test.c - a device's blocks into a hub's journal: everything once,
 * nothing forged, forks and gaps told apart. */
#include "journal_pair.h"

#include "base/crypto.h"

#include <sys/stat.h>

static const journal_spans none; /* nothing is on hold */

static void assert_whole(pair *p) {
    verify_report report;
    assert_int_equal(journal_verify(p->hub->directory, NULL, &report, &p->hub->err), KINMU_OK);
    assert_string_equal(report.verdict == VERIFY_OK ? "" : report.text, "");
}

static void everything_arrives_once_and_readable(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint32_t blocks;
    for (int64_t i = 1; i <= 10; i++) {
        pair_record(p, i);
    }
    pair_pack(p, 0, 4);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(standing.chain, 4);
    assert_int_equal(pair_take(p, &standing), KINMU_OK); /* the answer was lost */
    pair_pack(p, 2, 6);                                  /* and more than was asked for */
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(standing.chain, 8);
    fixture_reopen(p->hub);
    pair_pack(p, 8, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(standing.chain, 10);
    assert_int_equal(fixture_keys(p->hub, &blocks), 55);
    assert_int_equal(blocks, 10);
    assert_whole(p);
}

static void own_events_stand_between_foreign_ones(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint32_t blocks;
    pair_record(p, 7);
    append_minute(p->hub, "bob", NOON, 100, "hub", NULL);
    pair_pack(p, 0, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    append_minute(p->hub, "bob", NOON, 1000, "hub", NULL);
    journal_flush(p->hub->journal);
    assert_int_equal(fixture_keys(p->hub, &blocks), 1107);
    assert_whole(p);
}

static void a_gap_says_where_to_go_on(void **state) {
    pair *p = *state;
    journal_standing standing;
    for (int64_t i = 1; i <= 5; i++) {
        pair_record(p, i);
    }
    pair_pack(p, 0, 2);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    pair_pack(p, 3, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_E_STATE);
    assert_int_equal(standing.chain, 2);
    pair_pack(p, standing.chain, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(standing.chain, 5);
}

/* A copy of the disk goes its own way: the second one to come is told so, and so is one that was
 * set back and is shorter than what is here. */
static void a_copied_device_is_a_fork(void **state) {
    needs_files();
    pair *p = *state;
    journal_standing standing;
    pair_record(p, 1);
    journal_close(p->device->journal);
    p->device->journal = NULL;
    pair *copy = calloc(1, sizeof *copy);
    copy->hub = p->hub;
    copy->device = fixture_make();
    static const char *const names[] = {"journal.db", "keys.db", "device.key"};
    for (size_t i = 0; i < 3; i++) {
        char from[512];
        char to[512];
        snprintf(from, sizeof from, "%s/%s", p->device->directory, names[i]);
        snprintf(to, sizeof to, "%s/%s", copy->device->directory, names[i]);
        FILE *in = fopen(from, "rb");
        FILE *out = fopen(to, "wb");
        assert_non_null(in);
        assert_non_null(out);
        for (int c; (c = fgetc(in)) != EOF;) {
            fputc(c, out);
        }
        fclose(in);
        fclose(out);
        assert_int_equal(chmod(to, 0600), 0);
    }
    fixture_open(p->device);
    fixture_open(copy->device);
    for (int64_t i = 2; i <= 6; i++) {
        pair_record(p, i);
    }
    pair_pack(p, 0, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    pair_record(copy, 20);
    pair_pack(copy, 0, 64);
    assert_int_equal(pair_take(copy, &standing), KINMU_E_CONFLICT); /* shorter than what is here */
    pair_pack(copy, 1, 64);
    assert_int_equal(pair_take(copy, &standing), KINMU_E_CONFLICT);
    for (int64_t i = 21; i <= 30; i++) {
        pair_record(copy, i);
    }
    pair_pack(copy, 0, 64);
    assert_int_equal(pair_take(copy, &standing), KINMU_E_CONFLICT); /* longer */
    assert_int_equal(standing.chain, 6);
    pair_record(p, 7);
    pair_pack(p, 6, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_whole(p);
    copy->hub = fixture_make();
    fixture_open(copy->hub);
    void *gone = copy;
    pair_teardown(&gone);
}

static void a_held_back_payload_leaves_a_signed_place(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint32_t blocks;
    for (int64_t i = 1; i <= 3; i++) {
        pair_record(p, i);
    }
    pair_pack(p, 0, 64);
    p->blocks[1].payload = NULL;
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(fixture_keys(p->hub, &blocks), 4);
    assert_int_equal(blocks, 3);
    assert_whole(p);
}

static void an_erasure_on_the_hub_reaches_foreign_blocks(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint32_t blocks;
    buffer receipt = {0};
    pair_record(p, 3);
    pair_pack(p, 0, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    append_minute(p->hub, "alice", NOON, 100, "hub", NULL);
    append_minute(p->hub, "bob", NOON, 1000, "hub", NULL);
    journal_flush(p->hub->journal);
    assert_int_equal(journal_erase(p->hub->journal, "alice", NULL, NULL, &receipt, &p->hub->err),
                     KINMU_OK);
    buffer_free(&receipt);
    journal_flush(p->hub->journal);
    assert_int_equal(fixture_keys(p->hub, &blocks), 1000);
    assert_whole(p);
    pair_record(p, 4);
    pair_pack(p, 1, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_whole(p);
}

/* Every byte of what is sent, once altered, is refused, and the chain stays where it was. */
static void nothing_altered_is_taken(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint32_t blocks;
    pair_record(p, 1);
    pair_record(p, 2);
    pair_pack(p, 0, 64);
    size_t used = (size_t)(p->blocks[1].payload + p->blocks[1].payload_size - p->bytes);
    for (size_t i = 0; i < used; i++) {
        p->bytes[i] ^= 1;
        int32_t status = pair_take(p, &standing);
        assert_true(status == KINMU_E_REJECT || status == KINMU_E_CONFLICT ||
                    status == KINMU_E_STATE);
        p->bytes[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof p->signature; i++) {
        p->signature[i] ^= 1;
        assert_int_equal(pair_take(p, &standing), KINMU_E_REJECT);
        p->signature[i] ^= 1;
    }
    p->parcel.head_unix_ns++;
    assert_int_equal(pair_take(p, &standing), KINMU_E_REJECT);
    p->parcel.head_unix_ns--;
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(fixture_keys(p->hub, &blocks), 3);
}

static void another_device_cannot_write_in_its_name(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint8_t other[32];
    uint8_t seed[32] = {9};
    pair_record(p, 1);
    pair_pack(p, 0, 64);
    assert_int_equal(crypto_public(seed, other), KINMU_OK);
    p->parcel.public_key = other;
    assert_int_equal(pair_take(p, &standing), KINMU_E_REJECT);
    assert_int_equal(standing.chain, 0);
    p->parcel.public_key = journal_public_key(p->hub->journal);
    assert_int_equal(pair_take(p, &standing), KINMU_E_REJECT);
}

static void a_device_cannot_decide(void **state) {
    pair *p = *state;
    journal_standing standing;
    uint64_t head;
    const kinmu_value values[2] = {kinmu_text("alice"), kinmu_i64(480)};
    journal_entry entry = minute_entry(p->device, "alice", NOON, values);
    entry.schema = p->device->day;
    entry.value_count = 2;
    assert_int_equal(journal_append_if(p->device->journal, 0, &entry, 1, NULL, &head), KINMU_OK);
    journal_flush(p->device->journal);
    pair_pack(p, 0, 64);
    assert_int_equal(pair_take(p, &standing), KINMU_E_REJECT);
}

typedef struct seen {
    uint32_t count;
    journal_origin_row last;
} seen;

static int32_t see(void *user, const journal_origin_row *row) {
    seen *s = user;
    s->count++;
    s->last = *row;
    return KINMU_OK;
}

static void contact_and_countersignature_are_kept(void **state) {
    pair *p = *state;
    journal_standing standing;
    seen s = {0, {{0}, {0}, {0, 0, {0}}, 0, {0, 0, 0}}};
    uint8_t signature[64];
    pair_record(p, 1);
    pair_pack(p, 0, 64);
    p->parcel.contact.unsent = 12;
    assert_int_equal(pair_take(p, &standing), KINMU_OK);
    assert_int_equal(journal_origins(p->hub->directory, see, &s, &p->hub->err), KINMU_OK);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.last.head.chain, 1);
    assert_int_equal(s.last.contact.received_unix_ns, NOON + 5);
    assert_int_equal(s.last.contact.unsent, 12);
    assert_int_equal(
        journal_countersign(p->hub->journal, s.last.origin, &standing, NOON, signature), KINMU_OK);
    uint8_t message[92] = "kinmu countersign 1\n";
    uint8_t *to = message + 20;
    memcpy(to, s.last.origin, 16);
    to[16] = 1; /* chain and sequence 1, little-endian */
    to[24] = 1;
    memcpy(to + 32, standing.hash, 32);
    for (int i = 0; i < 8; i++) {
        to[64 + i] = (uint8_t)((uint64_t)NOON >> (8 * i));
    }
    assert_int_equal(crypto_verify(journal_public_key(p->hub->journal), message, 92, signature),
                     KINMU_OK);
}

/* What no hub has yet outlives its keep time; once it has, the time counts. */
static void what_is_not_sent_does_not_expire(void **state) {
    pair *p = *state;
    uint64_t gone = 0;
    const int64_t later = NOON + 100 * 24 * HOUR;
    pair_record(p, 1);
    assert_int_equal(append_minute(p->device, "bob", NOON, 10, "vi", NULL), 0);
    journal_flush(p->device->journal);
    journal_hold(p->device->journal, 1); /* alice's block is there, bob's is not */
    assert_int_equal(
        journal_expire(p->device->journal, "activity", 30, later, &none, &gone, &p->device->err),
        0);
    assert_int_equal(gone, 1);
    assert_int_equal(read_all(p->device, p->device->directory).keys, 10);
    journal_hold(p->device->journal, 3);
    assert_int_equal(
        journal_expire(p->device->journal, "activity", 30, later, &none, &gone, &p->device->err),
        0);
    assert_int_equal(gone, 1);
    assert_int_equal(read_all(p->device, p->device->directory).keys, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_arrives_once_and_readable, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(own_events_stand_between_foreign_ones, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_gap_says_where_to_go_on, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_copied_device_is_a_fork, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(a_held_back_payload_leaves_a_signed_place, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(an_erasure_on_the_hub_reaches_foreign_blocks, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(nothing_altered_is_taken, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(another_device_cannot_write_in_its_name, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(a_device_cannot_decide, pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_sent_does_not_expire, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(contact_and_countersignature_are_kept, pair_setup,
                                        pair_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
