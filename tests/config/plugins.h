/* tests/config/plugins.h - plugins that exist only as option tables, with every option type, for
 * the tests and fuzz targets of conf.d. */
#ifndef TESTS_CONFIG_PLUGINS_H
#define TESTS_CONFIG_PLUGINS_H

#include "config/config.h"
#include <kinmu/plugin.h>

#include <string.h>

typedef struct zone_row {
    const char *name;
    int64_t level;
    const char *key;
    kinmu_text_list tags;
} zone_row;

typedef struct camera_config {
    const char *device;
    int64_t fps;
    int64_t interval_ms;
    int64_t memory;
    int32_t mirror;
    const char *mode;
    const char *token;
    kinmu_text_list names;
    kinmu_text_list sides;
    kinmu_rows zones;
    const char *old_name;
} camera_config;

static const kinmu_option zone_columns[] = {
    {.name = "name",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(zone_row, name),
     .doc = "Name.",
     .doc_ja = "名前。",
     .since = "1.0"},
    {.name = "level",
     .type = KINMU_OPT_INT,
     .offset = offsetof(zone_row, level),
     .default_text = "1",
     .min = -5,
     .max = 5,
     .doc = "Level."},
    {.name = "key", .type = KINMU_OPT_SECRET, .offset = offsetof(zone_row, key), .doc = "Key."},
    {.name = "tags", .type = KINMU_OPT_LIST, .offset = offsetof(zone_row, tags), .doc = "Tags."},
};

static const kinmu_option camera_options[] = {
    {.name = "device",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(camera_config, device),
     .min = 1,
     .max = 20,
     .doc = "Device | file.",
     .doc_ja = "装置。",
     .since = "1.0"},
    {.name = "fps",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(camera_config, fps),
     .default_text = "5",
     .min = 1,
     .max = 60,
     .doc = "Pictures per second."},
    {.name = "interval",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(camera_config, interval_ms),
     .default_text = "5m",
     .min = 250,
     .max = 86400000,
     .doc = "Interval."},
    {.name = "memory",
     .type = KINMU_OPT_SIZE,
     .offset = offsetof(camera_config, memory),
     .default_text = "20MiB",
     .min = 512,
     .max = INT64_C(1) << 30,
     .doc = "Memory."},
    {.name = "mirror",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(camera_config, mirror),
     .default_text = "true",
     .doc = "Mirror."},
    {.name = "mode",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(camera_config, mode),
     .default_text = "off",
     .choices = "off|on|automatic",
     .doc = "Mode."},
    {.name = "token",
     .type = KINMU_OPT_SECRET,
     .offset = offsetof(camera_config, token),
     .doc = "Token."},
    {.name = "names",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(camera_config, names),
     .default_text = "[front, back]",
     .min = 1,
     .max = 3,
     .doc = "Names."},
    {.name = "sides",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(camera_config, sides),
     .choices = "left|right",
     .doc = "Sides."},
    {.name = "zones",
     .type = KINMU_OPT_ROWS,
     .offset = offsetof(camera_config, zones),
     .columns = KINMU_TABLE(zone_columns),
     .row_size = sizeof(zone_row),
     .doc = "Zones."},
    {.name = "old_name",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_DEPRECATED,
     .offset = offsetof(camera_config, old_name),
     .doc = "Use device."},
};

typedef struct idle_config {
    int64_t idle_after_ms;
} idle_config;
static const kinmu_option idle_options[] = {
    {.name = "idle_after",
     .type = KINMU_OPT_DURATION,
     .offset = offsetof(idle_config, idle_after_ms),
     .default_text = "5m",
     .min = 60000,
     .max = 3600000,
     .doc = "Idle."},
};

static const struct {
    uint32_t kind;
    config_plugin plugin;
} test_plugins[] = {
    {KINMU_COLLECTOR, {"camera", KINMU_TABLE(camera_options), sizeof(camera_config), 0}},
    {KINMU_COLLECTOR, {"input", KINMU_TABLE(idle_options), sizeof(idle_config), 0}},
    {KINMU_EXPORTER, {"csv", KINMU_TABLE_EMPTY, 0, 0}},
    {KINMU_CONNECTOR, {"camera", KINMU_TABLE_EMPTY, 0, 0}},
    {KINMU_EXPORTER, {"json", KINMU_TABLE_EMPTY, 0, 0}},
    {KINMU_CONNECTOR, {"tunnel", KINMU_TABLE_EMPTY, 0, KINMU_PLUGIN_SINGLE}},
};
#define TEST_PLUGINS (sizeof test_plugins / sizeof test_plugins[0])

static const config_plugin *test_find(void *user, uint32_t kind, const char *type) {
    (void)user;
    for (size_t i = 0; i < TEST_PLUGINS; i++) {
        if (test_plugins[i].kind == kind && strcmp(test_plugins[i].plugin.name, type) == 0) {
            return &test_plugins[i].plugin;
        }
    }
    return NULL;
}

static const char *test_name(void *user, uint32_t kind, uint32_t index) {
    (void)user;
    for (size_t i = 0; i < TEST_PLUGINS; i++) {
        if (test_plugins[i].kind == kind && index-- == 0) {
            return test_plugins[i].plugin.name;
        }
    }
    return NULL;
}

static const config_source test_source = {test_find, test_name, NULL};

#endif
