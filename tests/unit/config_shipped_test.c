/* config_shipped_test.c - the folders of conf.d/ pass the check with the plugins that were built,
 * and so do the samples the plugins print. Skipped where a single target was built and no plugin is
 * there. */
#include "config/config.h"
#include "host/catalog.h"
#include "tests/config/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static catalog *plugins;

static config *load(void) {
    buffer listing = {0};
    config *c = NULL;
    config_source source = catalog_source(plugins);
    if (folder_load(&source, &c, &listing) != KINMU_OK || listing.size > 0) {
        fail_msg("%s", buffer_string(&listing));
    }
    buffer_free(&listing);
    return c;
}

static void shipped_folders_pass(void **state) {
    (void)state;
    static const char *const folders[] = {"standalone", "agent", "hub", "hub-cluster"};
    if (plugins->count == 0) {
        skip();
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[600];
        snprintf(path, sizeof path, KINMU_SOURCE_DIR "/conf.d/%s", folders[i]);
        assert_int_equal(folder_copy(path), 0);
        config *c = load();
        assert_int_equal(c->purpose_count, 4);
        assert_true(c->instance_count > 0);
        assert_string_equal(c->title, "off");
        config_free(c);
    }
}

static void samples_of_plugins_pass(void **state) {
    (void)state;
    if (plugins->count == 0) {
        skip();
    }
    for (uint32_t i = 0; i < plugins->count; i++) {
        buffer sample = {0};
        folder_clear("conf.d");
        assert_int_equal(config_describe(plugins->plugins[i].plugin, "yaml", &sample), KINMU_OK);
        assert_int_equal(folder_put("10.yaml", buffer_string(&sample)), 0);
        assert_int_equal(folder_put("20.yaml", "purposes: {working-time: {}}\n"), 0);
        config_free(load());
        buffer_free(&sample);
    }
}

/* The default of every option is held to its own rules when it is filled. */
static void defaults_of_plugins_fill(void **state) {
    (void)state;
    if (plugins->count == 0) {
        skip();
    }
    for (uint32_t i = 0; i < plugins->count; i++) {
        const config_plugin *plugin = &plugins->plugins[i].config;
        void *filled = NULL;
        void *memory = NULL;
        kinmu_err err = {{0}, {0}};
        if (config_fill(&plugin->options, plugin->config_size, plugin->name, NULL, &filled, &memory,
                        &err) != KINMU_OK) {
            fail_msg("%s: %s", plugin->name, err.msg);
        }
        config_fill_free(filled, memory);
    }
}

static void reference_in_the_docs_is_true(void **state) {
    (void)state;
    buffer page = {0};
    buffer docs = {0};
    assert_int_equal(config_describe_core("md", &page), KINMU_OK);
    folder_read(KINMU_SOURCE_DIR "/docs/configuration.md", &docs);
    if (strstr(buffer_string(&docs), buffer_string(&page)) == NULL) {
        fail_msg("docs/configuration.md does not end with what `kinmu plugin info core` prints");
    }
    buffer_free(&page);
    buffer_free(&docs);
}

static int start(void **state) {
    (void)state;
    return catalog_load(KINMU_BUILD_DIR "/plugins", &plugins, NULL) == KINMU_OK ? folder_create()
                                                                                : -1;
}

static int finish(void **state) {
    (void)state;
    catalog_free(plugins);
    return folder_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_folders_pass),
        cmocka_unit_test(samples_of_plugins_pass),
        cmocka_unit_test(defaults_of_plugins_fill),
        cmocka_unit_test(reference_in_the_docs_is_true),
    };
    return cmocka_run_group_tests_name("config_shipped", tests, start, finish);
}
