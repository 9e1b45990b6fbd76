/* tests/unit/fleet_hostile_test.c - a device that holds a valid certificate and lies: what it may
 * not send is not taken, what it sends of others is not believed, and its chain is all it can harm.
 */
#include "journal_fixture.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "fleet/receiver.h"
#include "journal/device.h"
#include "journal/seal.h"

typedef struct liar {
    fixture *hub;
    fleet_receiver *receiver;
    device hub_device;
    uint8_t seed[32];
    uint8_t public_key[32];
    sealer sealer;
    seal_chain chain;
    journal_foreign_key key;
    buffer push;
    buffer answer;
    fleet_verdict verdict;
    seal_result block; /* the last one made */
    uint8_t payload[SEAL_SEALED_BYTES_MAX];
} liar;

static int32_t in_force(void *user, const char *purpose) {
    (void)user;
    return strcmp(purpose, "activity") == 0 || strcmp(purpose, "working-time") == 0;
}

static void be_someone(liar *l, uint8_t number) {
    memset(l->seed, number, sizeof l->seed);
    memset(&l->chain, 0, sizeof l->chain);
    assert_int_equal(crypto_public(l->seed, l->public_key), KINMU_OK);
    assert_int_equal(device_origin(l->public_key, l->chain.origin), KINMU_OK);
    memset(&l->key, 0, sizeof l->key);
    memset(l->key.id, number, sizeof l->key.id);
    memset(l->key.key, number, sizeof l->key.key);
    snprintf(l->key.subject, sizeof l->key.subject, "alice");
    snprintf(l->key.purpose, sizeof l->key.purpose, "activity");
    l->key.month = keys_month(NOON);
}

static int setup(void **state) {
    liar *l = calloc(1, sizeof *l);
    l->hub = fixture_make();
    fixture_open(l->hub);
    assert_int_equal(device_read(l->hub->directory, &l->hub_device, &l->hub->err), KINMU_OK);
    const fleet_receiver_settings settings = {l->hub->journal, l->hub->directory, l->hub->registry,
                                              in_force, NULL};
    assert_int_equal(fleet_receiver_open(&settings, &l->receiver, &l->hub->err), KINMU_OK);
    assert_int_equal(seal_init(&l->sealer), KINMU_OK);
    be_someone(l, 1);
    *state = l;
    return 0;
}

static int teardown(void **state) {
    liar *l = *state;
    void *hub = l->hub;
    fleet_receiver_close(l->receiver);
    fixture_teardown(&hub);
    seal_finish(&l->sealer);
    buffer_free(&l->push);
    buffer_free(&l->answer);
    free(l);
    return 0;
}

/* ---- what it says ---- */

static void add_key(liar *l) {
    uint8_t plain[WIRE_KEY_BYTES_MAX];
    uint8_t box[WIRE_KEY_BYTES_MAX + CRYPTO_BOX_OVERHEAD];
    char context[WIRE_KEY_CONTEXT_SIZE];
    size_t size = wire_key_encode(&l->key, plain);
    wire_key_context(l->public_key, l->key.id, context);
    assert_int_equal(crypto_box_seal(l->hub_device.box_public, context, plain, size, box),
                     KINMU_OK);
    wire_push_key(&l->push, l->key.id, box, (uint32_t)(size + CRYPTO_BOX_OVERHEAD));
}

static void begin(liar *l) {
    buffer_clear(&l->push);
    wire_push_begin(&l->push);
    add_key(l);
}

/* One block as an honest device would make it of that entry, except for what the caller chose. */
static void make(liar *l, const journal_entry *entry, const char *purpose, uint64_t decision) {
    queue_block *made = queue_block_make(entry, purpose, decision);
    assert_non_null(made);
    assert_int_equal(block_add(&made->writer, entry->schema, entry->unix_ns, entry->mono_ns,
                               entry->values, entry->value_count),
                     KINMU_OK);
    memcpy(made->key.id, l->key.id, sizeof made->key.id);
    memcpy(made->key.key, l->key.key, sizeof made->key.key);
    assert_int_equal(seal_block(&l->sealer, &l->chain, made, &l->block), KINMU_OK);
    memcpy(l->payload, l->block.payload, l->block.payload_size);
    queue_block_free(made);
}

static void add_block(liar *l) {
    const journal_foreign_block bytes = {.header = l->block.header_bytes,
                                         .header_size = (uint32_t)l->block.header_size,
                                         .payload = l->payload,
                                         .payload_size = (uint32_t)l->block.payload_size};
    wire_push_block(&l->push, &bytes);
}

static uint32_t send(liar *l) {
    layout_head head = {.chain = l->chain.chain, .sequence = l->chain.sequence, .unix_ns = NOON};
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    journal_standing at = {l->chain.chain, l->chain.sequence, {0}};
    memcpy(head.origin, l->chain.origin, sizeof head.origin);
    memcpy(head.hash, l->chain.hash, sizeof head.hash);
    memcpy(at.hash, l->chain.hash, sizeof at.hash);
    size_t size = layout_head_message(&head, message);
    assert_int_equal(crypto_sign(l->seed, message, size, head.signature), KINMU_OK);
    wire_push_end(&l->push, "9.9.9", 0, NOON, &at, NOON, head.signature);
    buffer_clear(&l->answer);
    fleet_receive(l->receiver, l->public_key, l->push.data, l->push.size, &l->verdict, &l->answer);
    if (l->verdict.http_status == 200) {
        assert_int_equal(journal_wait(l->hub->journal, l->verdict.ticket, 10000), KINMU_OK);
    }
    return l->verdict.http_status;
}

/* A push of one such block. */
static uint32_t push_one(liar *l, const journal_entry *entry, const char *purpose,
                         uint64_t decision) {
    begin(l);
    make(l, entry, purpose, decision);
    add_block(l);
    return send(l);
}

static journal_entry minute(const liar *l, const kinmu_value *values) {
    return minute_entry(l->hub, "alice", NOON, values);
}

static const kinmu_value *counts(void) {
    static kinmu_value values[3];
    values[0] = kinmu_i64(5);
    values[1] = kinmu_i64(1);
    values[2] = kinmu_text("vi");
    return values;
}

static void assert_declined(liar *l, const char *why) {
    assert_int_equal(l->verdict.http_status, 409);
    assert_int_equal(l->verdict.declined, 1);
    assert_non_null(strstr(l->verdict.problem, why));
}

/* ---- lies ---- */

static void the_same_made_honestly_is_taken(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    assert_int_equal(push_one(l, &entry, "activity", 0), 200);
}

static void a_record_in_a_log_block_is_declined(void **state) {
    liar *l = *state;
    const kinmu_value values[2] = {kinmu_text("alice"), kinmu_i64(9999)};
    journal_entry entry = minute(l, values);
    entry.schema = l->hub->day;
    entry.value_count = 2;
    snprintf(l->key.purpose, sizeof l->key.purpose, "working-time");
    push_one(l, &entry, "working-time", 0);
    assert_declined(l, "record");
}

static void a_decision_is_refused(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    assert_int_equal(push_one(l, &entry, "activity", 1), 422);
}

static void a_log_of_another_purpose_is_declined(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    snprintf(l->key.purpose, sizeof l->key.purpose, "working-time");
    push_one(l, &entry, "working-time", 0); /* where it would be kept longer */
    assert_declined(l, "purpose");
}

static void another_persons_key_is_declined(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    snprintf(l->key.subject, sizeof l->key.subject, "bob"); /* erasing alice would miss it */
    push_one(l, &entry, "activity", 0);
    assert_declined(l, "another person");
}

static void another_months_key_is_declined(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    l->key.month++;
    push_one(l, &entry, "activity", 0);
    assert_declined(l, "month");
}

static void values_that_do_not_fit_are_declined(void **state) {
    liar *l = *state;
    const kinmu_value values[3] = {kinmu_text("not a number"), kinmu_i64(1), kinmu_text("vi")};
    journal_entry entry = minute(l, values);
    push_one(l, &entry, "activity", 0);
    assert_declined(l, "content");
}

static void a_bomb_is_declined_before_it_unpacks(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    size_t size = (size_t)64 << 20;
    uint8_t *zeros = calloc(1, size);
    size_t packed_max = ZSTD_compressBound(size);
    uint8_t *packed = malloc(packed_max);
    crypto *c = NULL;
    assert_non_null(zeros);
    assert_non_null(packed);
    size_t packed_size = ZSTD_compress(packed, packed_max, zeros, size, 19);
    assert_true(packed_size > 0 && packed_size < SEAL_SEALED_BYTES_MAX / 2);
    begin(l);
    seal_chain before = l->chain;
    make(l, &entry, "activity", 0);
    /* The honest header, resealed around the bomb. */
    layout_header header = l->block.header;
    assert_int_equal(crypto_create(&c), KINMU_OK);
    header.payload_size = (uint32_t)(packed_size + CRYPTO_SEAL_OVERHEAD);
    l->block.header_size = layout_header_encode(&header, l->block.header_bytes);
    assert_int_equal(crypto_seal(c, l->key.key, l->block.header_bytes,
                                 l->block.header_size - LAYOUT_LINKS_SIZE, packed, packed_size,
                                 l->payload),
                     KINMU_OK);
    l->block.payload_size = header.payload_size;
    assert_int_equal(crypto_hash(c, l->payload, header.payload_size, header.payload_hash),
                     KINMU_OK);
    l->block.header_size = layout_header_encode(&header, l->block.header_bytes);
    l->chain = before;
    l->chain.chain = header.chain;
    l->chain.sequence = header.last_sequence;
    assert_int_equal(crypto_hash(c, l->block.header_bytes, l->block.header_size, l->chain.hash),
                     KINMU_OK);
    add_block(l);
    send(l);
    assert_declined(l, "does not open");
    crypto_destroy(c);
    free(zeros);
    free(packed);
}

static void a_key_meant_for_another_device_is_refused(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    begin(l);
    make(l, &entry, "activity", 0);
    add_block(l);
    buffer stolen = {0};
    buffer_append(&stolen, l->push.data, l->push.size); /* key and block of device 1 */
    be_someone(l, 2);
    buffer_clear(&l->push);
    buffer_append(&l->push, stolen.data, stolen.size);
    assert_int_equal(send(l), 422);
    assert_non_null(strstr(l->verdict.problem, "key"));
    buffer_free(&stolen);
}

/* A push of device 1, repeated whole by device 2 over its own connection. */
static void another_devices_push_is_refused(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    assert_int_equal(push_one(l, &entry, "activity", 0), 200);
    be_someone(l, 2);
    fleet_receive(l->receiver, l->public_key, l->push.data, l->push.size, &l->verdict, &l->answer);
    assert_int_equal(l->verdict.http_status, 422);
    assert_int_equal(l->verdict.standing.chain, 0);
}

static void a_key_id_taken_already_keeps_its_key(void **state) {
    liar *l = *state;
    journal_entry entry = minute(l, counts());
    uint8_t taken[16];
    assert_int_equal(push_one(l, &entry, "activity", 0), 200);
    memcpy(taken, l->key.id, sizeof taken);
    be_someone(l, 2);
    memcpy(l->key.id, taken, sizeof taken); /* whose blocks would then no longer open? */
    assert_int_equal(push_one(l, &entry, "activity", 0), 422);
    totals t = read_all(l->hub, l->hub->directory);
    assert_int_equal(t.live, 1);
    assert_int_equal(t.keys, 5);
}

static void rubbish_is_answered_400(void **state) {
    liar *l = *state;
    static const char *const rubbish[] = {"", "KNPUSH1\n", "KNPUSH2\n\1\0\0\0\0", "GET / HTTP/1.1",
                                          "KNPUSH1\n\3\xff\xff\xff\xff"};
    for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
        buffer_clear(&l->answer);
        fleet_receive(l->receiver, l->public_key, rubbish[i], strlen(rubbish[i]), &l->verdict,
                      &l->answer);
        assert_int_equal(l->verdict.http_status, 400);
        assert_true(l->verdict.problem[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_made_honestly_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_in_a_log_block_is_declined, setup, teardown),
        cmocka_unit_test_setup_teardown(a_decision_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_of_another_purpose_is_declined, setup, teardown),
        cmocka_unit_test_setup_teardown(another_persons_key_is_declined, setup, teardown),
        cmocka_unit_test_setup_teardown(another_months_key_is_declined, setup, teardown),
        cmocka_unit_test_setup_teardown(values_that_do_not_fit_are_declined, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bomb_is_declined_before_it_unpacks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_meant_for_another_device_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_devices_push_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_id_taken_already_keeps_its_key, setup, teardown),
        cmocka_unit_test_setup_teardown(rubbish_is_answered_400, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
