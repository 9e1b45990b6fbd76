/* descriptor_test.c - what a plugin says of itself survives copying and the way between processes:
 * every text, number and row of every shipped plugin; what is out of bounds is refused. */
#include "config/config.h"
#include "host/catalog.h"
#include "host/descriptor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDERS                                                                                    \
    KINMU_BUILD_DIR "/plugins/collectors:" KINMU_BUILD_DIR "/plugins/connectors:" KINMU_BUILD_DIR  \
                    "/plugins/exporters"
#define SHIPPED_MIN 5

static catalog *shipped(void) {
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(catalog_load(FOLDERS, &c, &err), KINMU_OK);
    assert_true(c->count >= SHIPPED_MIN);
    assert_int_equal(c->problem_count, 0);
    return c;
}

/* The pages made of it say all there is to say, in one text to compare. */
static void describe(const kinmu_plugin *plugin, buffer *out) {
    static const char *const formats[] = {"md", "yaml", "json-schema"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        assert_int_equal(config_describe(plugin, formats[i], out), KINMU_OK);
    }
    descriptor_write(plugin, out);
}

static void shipped_plugins_survive_the_way(void **state) {
    (void)state;
    catalog *c = shipped();
    for (uint32_t i = 0; i < c->count; i++) {
        arena memory = {0};
        buffer written = {0};
        buffer before = {0};
        buffer after = {0};
        const kinmu_plugin *read = NULL;
        size_t used = 0;
        descriptor_write(c->plugins[i].plugin, &written);
        buffer_append(&written, "more", 4); /* the next one follows */
        assert_int_equal(descriptor_read(&memory, written.data, written.size, &used, &read, NULL),
                         KINMU_OK);
        assert_int_equal(used, written.size - 4);
        assert_int_equal(read->struct_size, sizeof(kinmu_plugin));
        assert_int_equal(read->config_size, c->plugins[i].plugin->config_size);
        assert_null(read->create);
        describe(c->plugins[i].plugin, &before);
        describe(read, &after);
        assert_int_equal(before.size, after.size);
        assert_memory_equal(before.data, after.data, before.size);
        buffer_free(&written);
        buffer_free(&before);
        buffer_free(&after);
        arena_free(&memory);
    }
    catalog_free(c);
}

static void a_copy_shares_nothing(void **state) {
    (void)state;
    char name[] = "temp";
    char doc[] = "Says something.";
    kinmu_option options[] = {{.name = name, .type = KINMU_OPT_BOOL, .doc = doc}};
    kinmu_plugin plugin = {.struct_size = sizeof plugin,
                           .kind = KINMU_COLLECTOR,
                           .name = name,
                           .version = "1",
                           .options = KINMU_TABLE(options)};
    arena memory = {0};
    const kinmu_plugin *copy = NULL;
    kinmu_option row;
    assert_int_equal(descriptor_copy(&memory, &plugin, &copy, NULL), KINMU_OK);
    memset(name, 'x', 4);
    memset(doc, 'x', 4);
    memset(options, 0, sizeof options);
    assert_string_equal(copy->name, "temp");
    schema_table_row(&copy->options, 0, &row, sizeof row);
    assert_string_equal(row.name, "temp");
    assert_string_equal(row.doc, "Says something.");
    assert_int_equal(row.type, KINMU_OPT_BOOL);
    arena_free(&memory);
}

static void expect_refused(const kinmu_plugin *plugin, const char *key) {
    arena memory = {0};
    const kinmu_plugin *copy = NULL;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(descriptor_copy(&memory, plugin, &copy, &err), KINMU_E_ABI);
    assert_string_equal(err.key, key);
    arena_free(&memory);
}

static void what_is_out_of_bounds_is_refused(void **state) {
    (void)state;
    kinmu_option nested[] = {{.name = "n", .type = KINMU_OPT_ROWS}};
    nested[0].columns = (kinmu_table)KINMU_TABLE(nested); /* a table inside itself */
    kinmu_plugin plugin = {.struct_size = sizeof plugin, .name = "a", .version = "1"};
    plugin.options = (kinmu_table)KINMU_TABLE(nested);
    expect_refused(&plugin, "plugin.depth");
    plugin.options = (kinmu_table){nested, DESCRIPTOR_ROWS_MAX + 1, sizeof *nested};
    expect_refused(&plugin, "plugin.table");
    plugin.options = (kinmu_table){NULL, 1, sizeof *nested};
    expect_refused(&plugin, "plugin.table");
    plugin.options = (kinmu_table){nested, 1, 0};
    expect_refused(&plugin, "plugin.table");
    plugin.options = (kinmu_table){NULL, 0, 0};
    char *text = malloc(DESCRIPTOR_TEXT_MAX + 2);
    assert_non_null(text);
    memset(text, 'a', DESCRIPTOR_TEXT_MAX + 1);
    text[DESCRIPTOR_TEXT_MAX + 1] = '\0';
    plugin.doc = text;
    expect_refused(&plugin, "plugin.text");
    plugin.doc = NULL;
    kinmu_schema cut = {.struct_size = 3};
    kinmu_schema_use uses[] = {{&cut, KINMU_EMITS, 0}};
    plugin.schemas = (kinmu_table)KINMU_TABLE(uses);
    expect_refused(&plugin, "plugin.struct");
    free(text);
}

/* Any cut and any one changed byte is refused or read, never read past. */
static void damage_is_refused(void **state) {
    (void)state;
    catalog *c = shipped();
    buffer written = {0};
    descriptor_write(c->plugins[0].plugin, &written);
    for (size_t size = 0; size < written.size; size++) {
        arena memory = {0};
        const kinmu_plugin *read = NULL;
        size_t used = 0;
        uint8_t *cut = malloc(size + 1);
        assert_non_null(cut);
        memcpy(cut, written.data, size);
        assert_int_equal(descriptor_read(&memory, cut, size, &used, &read, NULL), KINMU_E_REJECT);
        free(cut);
        arena_free(&memory);
    }
    for (size_t at = 0; at < written.size; at++) {
        arena memory = {0};
        const kinmu_plugin *read = NULL;
        size_t used = 0;
        written.data[at] ^= 0xFF;
        (void)descriptor_read(&memory, written.data, written.size, &used, &read, NULL);
        assert_true(used <= written.size);
        written.data[at] ^= 0xFF;
        arena_free(&memory);
    }
    buffer_free(&written);
    catalog_free(c);
}

/* Sixty bytes that claim tables of four billion rows inside each other must not get the memory. */
static void claims_are_not_believed(void **state) {
    (void)state;
    uint8_t bytes[60];
    arena memory = {0};
    const kinmu_plugin *read = NULL;
    size_t used = 0;
    memset(bytes, 0xdd, sizeof bytes); /* "array of 0xdddddddd" again and again */
    assert_int_equal(descriptor_read(&memory, bytes, sizeof bytes, &used, &read, NULL),
                     KINMU_E_REJECT);
    arena_free(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_plugins_survive_the_way),  cmocka_unit_test(a_copy_shares_nothing),
        cmocka_unit_test(what_is_out_of_bounds_is_refused), cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(claims_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
