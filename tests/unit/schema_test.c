/* Schemas: registry compatibility, value checks, and the block codec against hostile bytes. */
#include "base/crypto.h"
#include "base/text.h"
#include "schema/block.h"
#include "schema/registry.h"

#include <kinmu/events/input.h>
#include <kinmu/events/window.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t boot_id[16] = {1, 2, 3};

static schema_registry *vocabulary(void) {
    schema_registry *registry = NULL;
    assert_int_equal(schema_registry_create(&registry), KINMU_OK);
    assert_int_equal(schema_registry_add(registry, &kinmu_input_minute, NULL, NULL), KINMU_OK);
    assert_int_equal(schema_registry_add(registry, &kinmu_window_focus, NULL, NULL), KINMU_OK);
    return registry;
}

static void appended_fields_merge_and_changes_are_named(void **state) {
    (void)state;
    schema_registry *registry = vocabulary();
    kinmu_field fields[KINMU_WINDOW_FOCUS_FIELDS + 1];
    memcpy(fields, kinmu_window_focus_fields, sizeof kinmu_window_focus_fields);
    fields[KINMU_WINDOW_FOCUS_FIELDS] =
        (kinmu_field){"screen", KINMU_TYPE_I64, 0, 0, 0, "", NULL, ""};
    kinmu_schema longer = kinmu_window_focus;
    longer.fields.rows = fields;
    longer.fields.count = KINMU_WINDOW_FOCUS_FIELDS + 1;
    const schema_info *info = NULL;
    assert_int_equal(schema_registry_add(registry, &longer, &info, NULL), KINMU_OK);
    assert_int_equal(info->field_count, KINMU_WINDOW_FOCUS_FIELDS + 1);
    assert_int_equal(schema_registry_count(registry), 2);
    assert_int_equal(schema_registry_add(registry, &kinmu_window_focus, &info, NULL), KINMU_OK);
    assert_int_equal(info->field_count, KINMU_WINDOW_FOCUS_FIELDS + 1);

    fields[1].type = KINMU_TYPE_I64;
    kinmu_err err;
    assert_int_equal(schema_registry_add(registry, &longer, NULL, &err), KINMU_E_CONFIG);
    assert_non_null(strstr(err.msg, "title"));
    schema_registry_destroy(registry);
}

static void values_that_do_not_fit_are_refused_by_name(void **state) {
    (void)state;
    schema_registry *registry = vocabulary();
    const schema_info *focus = schema_registry_find(registry, "kinmu.window.focus/1", 20);
    kinmu_err err;
    kinmu_value values[KINMU_WINDOW_FOCUS_FIELDS] = {
        kinmu_text("xterm"), kinmu_text("t"), kinmu_null(), kinmu_text("focus"), kinmu_bool(0)};
    assert_int_equal(schema_check_values(focus, values, 5, &err), KINMU_OK);
    assert_int_equal(schema_check_values(focus, values, 3, &err), KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "cause is required"));
    values[3] = kinmu_text("jump");
    assert_int_equal(schema_check_values(focus, values, 5, &err), KINMU_E_REJECT);
    values[3] = kinmu_text("focus");
    values[0] = kinmu_text("\xC0\xAF");
    assert_int_equal(schema_check_values(focus, values, 5, &err), KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "UTF-8"));
    values[0] = kinmu_i64(1);
    assert_int_equal(schema_check_values(focus, values, 5, &err), KINMU_E_REJECT);
    schema_registry_destroy(registry);
}

/* What is taken here must fit into a block: a publisher is never told OK for what cannot be kept.
 */
static void an_event_too_large_for_a_block_is_refused(void **state) {
    (void)state;
    static char text[KINMU_TEXT_BYTES_MAX];
    static kinmu_field fields[4] = {{"a", KINMU_TYPE_TEXT, 0, 0, 0, "", NULL, ""},
                                    {"b", KINMU_TYPE_TEXT, 0, 0, 0, "", NULL, ""},
                                    {"c", KINMU_TYPE_TEXT, 0, 0, 0, "", NULL, ""},
                                    {"d", KINMU_TYPE_TEXT, 0, 0, 0, "", NULL, ""}};
    const kinmu_schema schema = {.struct_size = sizeof schema,
                                 .version = 1,
                                 .name = "test.large",
                                 .kind = KINMU_KIND_LOG,
                                 .purpose = "activity",
                                 .fields = KINMU_TABLE(fields),
                                 .doc = ""};
    schema_registry *registry = vocabulary();
    const schema_info *info = NULL;
    kinmu_value values[4];
    kinmu_err err;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 4; i++) {
        values[i] = kinmu_text_n(text, sizeof text);
    }
    assert_int_equal(schema_registry_add(registry, &schema, &info, &err), KINMU_OK);
    assert_int_equal(schema_check_values(info, values, 4, &err), KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "larger than"));
    assert_int_equal(schema_check_values(info, values, 3, &err), KINMU_OK);
    schema_registry_destroy(registry);
}

/* The largest event that is taken encodes to no more than a block takes. */
static void the_largest_event_fits(void **state) {
    (void)state;
    static char text[KINMU_TEXT_BYTES_MAX];
    static const uint8_t boot[16];
    static kinmu_field fields[KINMU_FIELDS_MAX];
    static char names[KINMU_FIELDS_MAX][8];
    kinmu_value values[KINMU_FIELDS_MAX];
    for (int i = 0; i < KINMU_FIELDS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        uint32_t type = i < 3 ? KINMU_TYPE_TEXT : i == 3 ? KINMU_TYPE_BYTES : KINMU_TYPE_I64;
        fields[i] = (kinmu_field){names[i], type, 0, 0, 0, "", NULL, ""};
        values[i] = i < 3 ? kinmu_text_n(text, sizeof text) : kinmu_i64(INT64_MIN);
    }
    const kinmu_schema schema = {.struct_size = sizeof schema,
                                 .version = 1,
                                 .name = "test.wide",
                                 .kind = KINMU_KIND_LOG,
                                 .purpose = "activity",
                                 .fields = KINMU_TABLE(fields),
                                 .doc = ""};
    schema_registry *registry = vocabulary();
    const schema_info *info = NULL;
    kinmu_err err;
    memset(text, 'x', sizeof text);
    assert_int_equal(schema_registry_add(registry, &schema, &info, &err), KINMU_OK);
    size_t rest = 0;
    do { /* the fourth grows until the event is just not refused */
        values[3] = kinmu_bytes((const uint8_t *)text, rest);
        rest++;
    } while (schema_check_values(info, values, KINMU_FIELDS_MAX, &err) == KINMU_OK);
    values[3] = kinmu_bytes((const uint8_t *)text, rest - 2);
    block_writer writer = {0};
    block_stamp stamp = {"hanako", "Asia/Tokyo", 32400, boot};
    block_begin(&writer, &stamp, 0, 0);
    size_t before = writer.out.size;
    assert_int_equal(block_add(&writer, info, INT64_MIN, UINT64_MAX / 3, values, KINMU_FIELDS_MAX),
                     KINMU_OK);
    assert_true(writer.out.size - before <= KINMU_EVENT_BYTES_MAX);
    assert_true(writer.out.size - before > KINMU_EVENT_BYTES_MAX - 512);
    buffer_free(&writer.out);
    schema_registry_destroy(registry);
}

static void write_sample(block_writer *writer, schema_registry *registry) {
    const schema_info *focus = schema_registry_find(registry, "kinmu.window.focus/1", 20);
    const schema_info *minute = schema_registry_find(registry, "kinmu.input.minute/1", 20);
    block_stamp stamp = {"hanako", "Asia/Tokyo", 32400, boot_id};
    kinmu_value window[4] = {kinmu_text("端末"), kinmu_null(), kinmu_null(), kinmu_text("focus")};
    kinmu_value counts[3] = {kinmu_i64(-5), kinmu_i64(INT64_MAX), kinmu_i64(70000)};
    block_begin(writer, &stamp, 1000, 50);
    assert_int_equal(block_add(writer, focus, 1500, 60, window, 4), KINMU_OK);
    assert_int_equal(block_add(writer, minute, 900, 70, counts, 3), KINMU_OK);
    assert_int_equal(block_add(writer, focus, INT64_MIN, UINT64_MAX, window, 4), KINMU_OK);
}

static void events_come_back_as_written(void **state) {
    (void)state;
    schema_registry *registry = vocabulary();
    block_writer writer = {0};
    write_sample(&writer, registry);
    block_reader *reader = calloc(1, sizeof *reader);
    kinmu_event event;
    const schema_info *info;
    assert_int_equal(block_open(reader, registry, writer.out.data, writer.out.size, NULL),
                     KINMU_OK);
    assert_string_equal(reader->subject, "hanako");
    assert_int_equal(block_next(reader, &event, &info, NULL), KINMU_OK);
    assert_string_equal(info->full_name, "kinmu.window.focus/1");
    assert_int_equal(event.unix_ns, 1500);
    assert_int_equal(event.values[0].size, 6);
    assert_int_equal(event.values[1].type, KINMU_TYPE_NULL);
    assert_int_equal(block_next(reader, &event, &info, NULL), KINMU_OK);
    assert_int_equal(event.unix_ns, 900);
    assert_int_equal(event.values[0].as.i64, -5);
    assert_true(event.values[1].as.i64 == INT64_MAX);
    assert_int_equal(event.utc_offset_s, 32400);
    assert_int_equal(block_next(reader, &event, &info, NULL), KINMU_OK);
    assert_true(event.unix_ns == INT64_MIN && event.mono_ns == UINT64_MAX);
    assert_int_equal(block_next(reader, &event, &info, NULL), KINMU_E_NOTFOUND);
    free(reader);
    buffer_free(&writer.out);
    schema_registry_destroy(registry);
}

static void unknown_schemas_are_skipped_not_lost(void **state) {
    (void)state;
    schema_registry *registry = vocabulary();
    schema_registry *other = NULL;
    schema_registry_create(&other);
    schema_registry_add(other, &kinmu_input_minute, NULL, NULL);
    block_writer writer = {0};
    write_sample(&writer, registry);
    block_reader *reader = calloc(1, sizeof *reader);
    kinmu_event event;
    const schema_info *info;
    uint32_t unknown = 0;
    assert_int_equal(block_open(reader, other, writer.out.data, writer.out.size, NULL), KINMU_OK);
    while (block_next(reader, &event, &info, NULL) == KINMU_OK) {
        unknown += info == NULL;
    }
    assert_int_equal(unknown, 2);
    assert_int_equal(reader->offset, reader->size);
    free(reader);
    buffer_free(&writer.out);
    schema_registry_destroy(other);
    schema_registry_destroy(registry);
}

/* Every truncation and every single-bit change is read without harm (the sanitizers watch). */
static void damaged_bytes_do_no_harm(void **state) {
    (void)state;
    schema_registry *registry = vocabulary();
    block_writer writer = {0};
    write_sample(&writer, registry);
    block_reader *reader = calloc(1, sizeof *reader);
    kinmu_event event;
    const schema_info *info;
    uint32_t refused = 0;
    for (size_t bit = 0; bit < writer.out.size * 8; bit++) {
        size_t size = bit < writer.out.size ? bit + 1 : writer.out.size;
        uint8_t *copy = malloc(size);
        memcpy(copy, writer.out.data, size);
        copy[(bit / 8) % size] ^= (uint8_t)(1u << bit % 8);
        int32_t status = block_open(reader, registry, copy, size, NULL);
        while (status == KINMU_OK) {
            status = block_next(reader, &event, &info, NULL);
        }
        refused += status == KINMU_E_REJECT;
        free(copy);
    }
    assert_true(refused > writer.out.size);
    free(reader);
    buffer_free(&writer.out);
    schema_registry_destroy(registry);
}

static void times_and_dates_are_civil(void **state) {
    (void)state;
    char text[40];
    text_time(text, sizeof text, 1790000000123000000, 32400);
    assert_string_equal(text, "2026-09-21T23:13:20.123+09:00");
    text_time(text, sizeof text, -1, -19800);
    assert_string_equal(text, "1969-12-31T18:29:59.999-05:30");
    int64_t days;
    assert_int_equal(text_parse_date("2024-02-29", &days), KINMU_OK);
    assert_int_equal(days, 19782);
    assert_int_equal(text_parse_date("2023-02-29", &days), KINMU_E_REJECT);
    assert_int_equal(text_parse_date("2023-2-9", &days), KINMU_E_REJECT);
}

static void words_get_their_nearest_neighbour(void **state) {
    (void)state;
    static const char *const words[] = {"collectors", "connectors", "exporters", "node"};
    assert_string_equal(text_nearest("colectors", words, 4), "collectors");
    assert_string_equal(text_nearest("exproters", words, 4), "exporters");
    assert_null(text_nearest("banana", words, 4));
    assert_true(text_glob("keepass*", "KeePassXC", 9));
    assert_false(text_glob("k?x", "kxx1", 4));
}

static void sealed_text_opens_only_unchanged(void **state) {
    (void)state;
    crypto *c = NULL;
    assert_int_equal(crypto_create(&c), KINMU_OK);
    uint8_t key[CRYPTO_KEY_SIZE] = {7};
    uint8_t sealed[5 + CRYPTO_SEAL_OVERHEAD];
    uint8_t plain[5];
    assert_int_equal(crypto_seal(c, key, "aad", 3, "hello", 5, sealed), KINMU_OK);
    assert_int_equal(crypto_open(c, key, "aad", 3, sealed, sizeof sealed, plain), KINMU_OK);
    assert_memory_equal(plain, "hello", 5);
    assert_int_equal(crypto_open(c, key, "aae", 3, sealed, sizeof sealed, plain), KINMU_E_REJECT);
    sealed[14] ^= 1;
    assert_int_equal(crypto_open(c, key, "aad", 3, sealed, sizeof sealed, plain), KINMU_E_REJECT);
    crypto_destroy(c);

    uint8_t seed[CRYPTO_SEED_SIZE] = {9};
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    assert_int_equal(crypto_public(seed, public_key), KINMU_OK);
    assert_int_equal(crypto_sign(seed, "head", 4, signature), KINMU_OK);
    assert_int_equal(crypto_verify(public_key, "head", 4, signature), KINMU_OK);
    assert_int_equal(crypto_verify(public_key, "heat", 4, signature), KINMU_E_REJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_fields_merge_and_changes_are_named),
        cmocka_unit_test(values_that_do_not_fit_are_refused_by_name),
        cmocka_unit_test(an_event_too_large_for_a_block_is_refused),
        cmocka_unit_test(the_largest_event_fits),
        cmocka_unit_test(events_come_back_as_written),
        cmocka_unit_test(unknown_schemas_are_skipped_not_lost),
        cmocka_unit_test(damaged_bytes_do_no_harm),
        cmocka_unit_test(times_and_dates_are_civil),
        cmocka_unit_test(words_get_their_nearest_neighbour),
        cmocka_unit_test(sealed_text_opens_only_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
