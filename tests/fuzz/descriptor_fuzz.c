/* descriptor_fuzz.c - any bytes as the answer of a plugin scan: refused, or a catalog every text
 * and row of which can be read, and which is written and read again the same. */
#include "fuzz.h"

#include "host/catalog.h"

static size_t read_all(const char *text) {
    return text != NULL ? strlen(text) : 0;
}

static size_t read_fields(const kinmu_table *table) {
    size_t sum = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        kinmu_field field;
        schema_table_row(table, i, &field, sizeof field);
        sum += read_all(field.name) + read_all(field.choices) + read_all(field.doc);
    }
    return sum;
}

static size_t read_options(const kinmu_table *table) {
    size_t sum = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        kinmu_option option;
        schema_table_row(table, i, &option, sizeof option);
        sum += read_all(option.name) + read_all(option.default_text) + read_all(option.doc) +
               read_options(&option.columns);
    }
    return sum;
}

static size_t read_plugin(const kinmu_plugin *plugin) {
    size_t sum = read_all(plugin->name) + read_all(plugin->doc) + read_options(&plugin->options);
    for (uint32_t i = 0; i < plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&plugin->schemas, i, &use, sizeof use);
        sum += use.schema != NULL ? read_fields(&use.schema->fields) : 0;
    }
    for (uint32_t i = 0; i < plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&plugin->commands, i, &command, sizeof command);
        sum += read_fields(&command.input) + read_fields(&command.output);
    }
    for (uint32_t i = 0; i < plugin->tools.count; i++) {
        kinmu_tool tool;
        schema_table_row(&plugin->tools, i, &tool, sizeof tool);
        FUZZ_REQUIRE(tool.run == NULL);
        sum += read_all(tool.name) + read_all(tool.usage) + read_all(tool.doc);
    }
    for (uint32_t i = 0; i < plugin->titles.count; i++) {
        kinmu_title title;
        schema_table_row(&plugin->titles, i, &title, sizeof title);
        sum += read_all(title.name) + read_all(title.ja);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    int32_t status = catalog_read(data, size, &c, &err);
    if (status != KINMU_OK) {
        FUZZ_REQUIRE(c == NULL);
        return 0;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        FUZZ_REQUIRE(c->plugins[i].plugin->create == NULL); /* functions never travel */
        (void)read_plugin(c->plugins[i].plugin);
    }
    buffer once = {0};
    buffer twice = {0};
    catalog *copy = NULL;
    catalog_write(c, &once);
    FUZZ_REQUIRE(catalog_read(once.data, once.size, &copy, &err) == KINMU_OK);
    catalog_write(copy, &twice);
    FUZZ_REQUIRE(once.size == twice.size && memcmp(once.data, twice.data, once.size) == 0);
    schema_registry *registry = NULL;
    FUZZ_REQUIRE(schema_registry_create(&registry) == KINMU_OK);
    (void)catalog_register(copy, registry, &err);
    schema_registry_destroy(registry);
    catalog_free(copy);
    catalog_free(c);
    buffer_free(&once);
    buffer_free(&twice);
    return 0;
}
