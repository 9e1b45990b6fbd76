/* testkit_derive_test.c - derived rows in the SDK's testkit are refused and answered as by a host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <kinmu/testkit.h>

static const kinmu_field card_fields[] = {
    {"card", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Card."},
    {"size", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Size."},
};
static const kinmu_schema card = {
    sizeof(kinmu_schema), 1,    "com.acme.card",          KINMU_KIND_RECORD, 0, "directory",
    "com.acme.probe",     NULL, KINMU_TABLE(card_fields), "A card."};
static const kinmu_schema seen = {sizeof(kinmu_schema),
                                  1,
                                  "com.acme.seen",
                                  KINMU_KIND_LOG,
                                  0,
                                  "directory",
                                  NULL,
                                  NULL,
                                  KINMU_TABLE(card_fields),
                                  "A card seen."};
static const kinmu_schema_use schemas[] = {{&card, KINMU_EMITS, 0}, {&seen, KINMU_EMITS, 0}};

typedef struct probe_config {
    int32_t unused;
} probe_config;

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    (void)host;
    (void)err;
    *instance = (void *)(uintptr_t)config;
    return KINMU_OK;
}

static int32_t nothing(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void destroy(void *instance) {
    (void)instance;
}

static const kinmu_plugin plugin = {.struct_size = sizeof(kinmu_plugin),
                                    .kind = KINMU_CONNECTOR,
                                    .config_size = sizeof(probe_config),
                                    .name = "com.acme.probe",
                                    .version = "1.0.0",
                                    .vendor = "Acme",
                                    .licence = "MIT",
                                    .doc = "A probe.",
                                    .doc_ja = "A probe.",
                                    .schemas = KINMU_TABLE(schemas),
                                    .create = create,
                                    .start = nothing,
                                    .stop = nothing,
                                    .destroy = destroy};

static void done(void *user, int32_t status, uint64_t number) {
    int64_t *answer = user;
    answer[0] = status;
    answer[1] = (int64_t)number;
}

static void derived_rows_have_no_block(void **state) {
    (void)state;
    testkit *kit = testkit_new("probe");
    testkit_use(kit, &plugin);
    assert_int_equal(testkit_create(kit, NULL), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    const kinmu_bus *bus = kit->host.iface(&kit->host, KINMU_BUS_1);
    kinmu_value values[] = {kinmu_text("c1"), kinmu_i64(5)};
    kinmu_event event = {.schema = 0, .values = values, .value_count = 2};
    int64_t answer[2] = {99, 99};
    kit->head = 4;
    assert_int_equal(bus->derive(&kit->host, &event, 1, done, answer), KINMU_OK);
    assert_int_equal(answer[0], 99);
    testkit_settle(kit);
    assert_int_equal(answer[0], KINMU_OK);
    assert_int_equal(answer[1], 0);
    assert_int_equal(kit->head, 4);
    assert_int_equal(kit->event_count, 1);
    assert_int_equal(kit->events[0]->block, 0);
    event.value_count = 1; /* the size is required, but not of a row that goes */
    assert_int_equal(bus->derive(&kit->host, &event, 1, done, answer), KINMU_E_REJECT);
    event.flags = KINMU_EVENT_REMOVED;
    assert_int_equal(bus->derive(&kit->host, &event, 1, done, answer), KINMU_OK);
    assert_int_equal(bus->append_if(&kit->host, 4, &event, 1, done, answer), KINMU_E_REJECT);
    event.schema = 1;
    event.flags = 0;
    event.value_count = 2;
    assert_int_equal(bus->derive(&kit->host, &event, 1, done, answer), KINMU_E_REJECT);
    testkit_free(kit);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(derived_rows_have_no_block)};
    return cmocka_run_group_tests_name("testkit_derive", tests, NULL, NULL);
}
