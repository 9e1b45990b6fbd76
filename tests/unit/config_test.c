/* config_test.c - what a program gets out of conf.d: the built config, filled structs, secrets,
 * differences, and the texts made from option tables. */
#include "tests/config/folder.h"
#include "tests/config/plugins.h"

#include "core/config/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const kinmu_table camera = KINMU_TABLE(camera_options);

typedef struct parsed {
    config_node *root;
    void *memory;
} parsed;

static parsed parse(const char *text) {
    parsed p = {0};
    config_problems problems = {0};
    int32_t status = config_parse("test", text, strlen(text), &p.root, &p.memory, &problems);
    if (status != KINMU_OK) {
        fail_msg("%s: %s", text, problems.items[0].text);
    }
    config_problems_free(&problems);
    return p;
}

static parsed checked(const kinmu_table *options, const char *text) {
    parsed p = parse(text);
    config_problems problems = {0};
    if (config_check_map(options, "test", p.root, &problems) != KINMU_OK) {
        fail_msg("%s: %s", text, problems.items[0].text);
    }
    config_problems_free(&problems);
    return p;
}

static config *load_good(void) {
    buffer listing = {0};
    config *c = NULL;
    setenv("KINMU_TEST_TOKEN", "token from the environment", 1);
    setenv("KINMU_TEST_KEY", "k", 1);
    assert_int_equal(folder_copy(KINMU_SOURCE_DIR "/tests/config/good"), 0);
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_OK);
    buffer_free(&listing);
    return c;
}

static const config_instance *instance_of(const config *c, const char *name) {
    for (uint32_t i = 0; i < c->instance_count; i++) {
        if (strcmp(c->instances[i].name, name) == 0) {
            return &c->instances[i];
        }
    }
    fail_msg("no instance %s", name);
    return NULL;
}

/* ---- the config ---- */

static void sections_are_read(void **state) {
    (void)state;
    config *c = load_good();
    assert_string_equal(c->node_name, "勤務-01");
    assert_string_equal(c->data, "conf.d/data");
    assert_int_equal(c->purpose_count, 4); /* audit and access are always in force */
    assert_string_equal(c->purposes[0].name, "working-time");
    assert_int_equal(c->purposes[0].keep_days, 1095);
    assert_int_equal(c->purposes[0].quota_bytes, 20 << 20);
    assert_ptr_equal(c->purposes[0].notice, &c->notices[0]);
    assert_string_equal(c->notices[0].name, "telling");
    assert_string_equal(c->notices[0].version, "2026-11");
    assert_string_equal(c->notices[0].ja, "記録します。");
    assert_string_equal(c->notices[0].en, "It is recorded.");
    assert_int_equal(c->notices[0].keeps, 1);
    assert_string_equal(c->purposes[0].doc, "労働時間");
    assert_int_equal(c->purposes[1].keep_days, 30);
    assert_null(c->purposes[1].notice);
    assert_int_equal(c->purposes[0].is_off, 0);
    assert_int_equal(c->purposes[1].is_off, 1);
    assert_int_equal(c->purposes[2].is_off, 0);
    assert_int_equal(c->quiet_count, 2);
    assert_int_equal(c->quiet[0].from_s, 20 * 3600);
    assert_int_equal(c->quiet[0].to_s, 8 * 3600);
    assert_int_equal(c->quiet[0].days, 0x7F);
    assert_int_equal(c->quiet[1].from_s, 0);
    assert_int_equal(c->quiet[1].to_s, 24 * 3600);
    assert_int_equal(c->quiet[1].days, 0x60);
    assert_string_equal(c->purposes[2].name, "audit");
    assert_string_equal(c->purposes[3].name, "access");
    assert_int_equal(c->purposes[3].keep_days, 62);
    assert_string_equal(c->title, "off");
    assert_string_equal(c->url, "full");
    assert_int_equal(c->rule_count, 3);
    assert_string_equal(c->rules[0].app, "*mail*");
    assert_null(c->rules[0].domain);
    assert_string_equal(c->rules[1].domain, "bank.example");
    assert_string_equal(c->rules[1].replace, "***");
    assert_string_equal(c->rules[2].replace, "");
    assert_int_equal(c->flush_interval_ms, 250);
    assert_int_equal(c->store_enabled, 0);
    assert_int_equal(c->log_level, KINMU_LOG_DEBUG);
    assert_string_equal(c->log_file, "/tmp/kinmu.log");
    config_free(c);
}

static void instances_are_read(void **state) {
    (void)state;
    config *c = load_good();
    assert_int_equal(c->instance_count, 5);
    const config_instance *front = instance_of(c, "camera");
    assert_int_equal(front->kind, KINMU_COLLECTOR);
    assert_int_equal(front->isolation, 2);
    assert_int_equal(front->read_count, 2);
    assert_string_equal(front->reads[1], "*");
    assert_null(config_map_find(front->options, "isolation"));
    assert_non_null(config_map_find(front->options, "device"));
    assert_string_equal(instance_of(c, "camera/back")->type, "camera");
    assert_int_equal(
        config_difference(&camera, front->options, instance_of(c, "camera/back")->options), 0);
    assert_null(instance_of(c, "input")->options);
    assert_int_equal(instance_of(c, "input")->isolation, 0);
    assert_int_equal(instance_of(c, "csv/payroll")->enabled, 0);
    assert_int_equal(instance_of(c, "json")->enabled, 1);
    config_free(c);
}

static void defaults_hold_without_files(void **state) {
    (void)state;
    buffer listing = {0};
    config *c = NULL;
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", "node:\n"), 0);
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_OK);
    assert_null(c->node_name);
    assert_null(c->data);
    assert_string_equal(c->title, "off");
    assert_string_equal(c->url, "host-path");
    assert_int_equal(c->flush_interval_ms, 1000);
    assert_int_equal(c->store_enabled, 1);
    assert_int_equal(c->log_level, KINMU_LOG_INFO);
    assert_null(c->log_file);
    config_free(c);
    buffer_free(&listing);
}

static void data_is_found_without_plugins(void **state) {
    (void)state;
    buffer listing = {0};
    config *c = NULL;
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", "node: {data: /var/x}\ncollectors: {unknown: {a: 1}}\n"),
                     0);
    assert_int_equal(folder_load(NULL, &c, &listing), KINMU_OK);
    assert_string_equal(c->data, "/var/x");
    assert_int_equal(c->instance_count, 0);
    config_free(c);
    buffer_free(&listing);
}

/* ---- filling ---- */

static void every_type_is_filled(void **state) {
    (void)state;
    config *c = load_good();
    void *filled = NULL;
    void *memory = NULL;
    kinmu_err err;
    const config_instance *front = instance_of(c, "camera");
    assert_int_equal(config_fill(&camera, sizeof(camera_config), front->name, front->options,
                                 &filled, &memory, &err),
                     KINMU_OK);
    const camera_config *camera_filled = filled;
    assert_string_equal(camera_filled->device, "0123");
    assert_int_equal(camera_filled->fps, 60);
    assert_int_equal(camera_filled->interval_ms, 7200000);
    assert_int_equal(camera_filled->memory, 512);
    assert_int_equal(camera_filled->mirror, 0);
    assert_string_equal(camera_filled->mode, "on");
    assert_string_equal(camera_filled->token, "camera:token");
    assert_int_equal(camera_filled->names.count, 3);
    assert_string_equal(camera_filled->names.items[2], "3");
    assert_string_equal(camera_filled->sides.items[0], "right");
    assert_int_equal(camera_filled->zones.count, 2);
    const zone_row *zones = camera_filled->zones.rows;
    assert_string_equal(zones[0].name, "door");
    assert_int_equal(zones[0].level, -5);
    assert_string_equal(zones[0].key, "camera:zones.0.key");
    assert_string_equal(zones[0].tags.items[1], "y");
    assert_string_equal(zones[1].name, "null");
    assert_int_equal(zones[1].level, 1);
    assert_null(zones[1].key);
    assert_null(camera_filled->old_name);
    config_fill_free(filled, memory);
    config_free(c);
}

static void defaults_are_filled(void **state) {
    (void)state;
    void *filled = NULL;
    void *memory = NULL;
    assert_int_equal(
        config_fill(&camera, sizeof(camera_config), "camera", NULL, &filled, &memory, NULL),
        KINMU_OK);
    const camera_config *camera_filled = filled;
    assert_null(camera_filled->device);
    assert_int_equal(camera_filled->fps, 5);
    assert_int_equal(camera_filled->interval_ms, 300000);
    assert_int_equal(camera_filled->memory, 20 << 20);
    assert_int_equal(camera_filled->mirror, 1);
    assert_string_equal(camera_filled->mode, "off");
    assert_null(camera_filled->token);
    assert_string_equal(camera_filled->names.items[1], "back");
    assert_int_equal(camera_filled->zones.count, 0);
    config_fill_free(filled, memory);
}

static void wrong_tables_are_refused(void **state) {
    (void)state;
    static const kinmu_option outside[] = {{.name = "a", .type = KINMU_OPT_INT, .offset = 4}};
    static const kinmu_option strange[] = {{.name = "a", .type = 77}};
    static const kinmu_option bad_default[] = {
        {.name = "a", .type = KINMU_OPT_INT, .default_text = "0", .min = 1, .max = 5}};
    const kinmu_table tables[] = {KINMU_TABLE(outside), KINMU_TABLE(strange),
                                  KINMU_TABLE(bad_default)};
    for (size_t i = 0; i < 3; i++) {
        void *filled = NULL;
        void *memory = NULL;
        kinmu_err err = {{0}, {0}};
        assert_int_equal(config_fill(&tables[i], 8, "x", NULL, &filled, &memory, &err),
                         KINMU_E_ABI);
        assert_null(filled);
        assert_int_not_equal(err.msg[0], 0);
    }
}

static void shorter_rows_of_older_plugins_work(void **state) {
    (void)state;
    typedef struct old_option {
        const char *name;
        uint32_t type, flags, offset, reserved;
        const char *default_text;
    } old_option;
    static const old_option old[] = {{"a", KINMU_OPT_INT, 0, 0, 0, "7"}};
    const kinmu_table table = {old, 1, sizeof old[0]};
    void *filled = NULL;
    void *memory = NULL;
    assert_int_equal(config_fill(&table, 8, "x", NULL, &filled, &memory, NULL), KINMU_OK);
    assert_int_equal(*(int64_t *)filled, 7);
    config_fill_free(filled, memory);
}

/* ---- secrets ---- */

static void secrets_are_read_anew(void **state) {
    (void)state;
    char text[400];
    char secret[32];
    uint32_t size = sizeof secret;
    buffer listing = {0};
    config *c = NULL;
    folder_clear("conf.d");
    snprintf(text, sizeof text,
             "collectors:\n  camera/a:\n    device: x\n    token: ${file:%s/token}\n"
             "    zones: [{name: z}, {name: y, key: \"${env:KINMU_TEST_KEY}\"}]\n",
             folder_path);
    setenv("KINMU_TEST_KEY", "from the environment", 1);
    assert_int_equal(folder_put("10.yaml", text), 0);
    assert_int_equal(folder_write("token", "first\r\n", 7), 0);
    assert_int_equal(chmod("token", 0600), 0);
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_OK);
    assert_int_equal(config_secret(c, "camera/a:token", secret, &size, NULL), KINMU_OK);
    assert_string_equal(secret, "first");
    assert_int_equal(size, 5);
    assert_int_equal(folder_write("token", "second", 6), 0);
    size = sizeof secret;
    assert_int_equal(config_secret(c, "camera/a:token", secret, &size, NULL), KINMU_OK);
    assert_string_equal(secret, "second");
    size = sizeof secret;
    assert_int_equal(config_secret(c, "camera/a:zones.1.key", secret, &size, NULL), KINMU_OK);
    assert_string_equal(secret, "from the environment");
    size = 6; /* no room for the NUL */
    assert_int_equal(config_secret(c, "camera/a:token", secret, &size, NULL), KINMU_E_REJECT);
    const char *const wrong[] = {"camera/a:device",      "camera:token",   "camera/a:", "camera/a",
                                 "camera/a:zones.9.key", "camera/a:zones", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size = sizeof secret;
        assert_int_equal(config_secret(c, wrong[i], secret, &size, NULL), KINMU_E_NOTFOUND);
    }
    assert_int_equal(chmod("token", 0644), 0);
    size = sizeof secret;
    assert_int_equal(config_secret(c, "camera/a:token", secret, &size, NULL), KINMU_E_NOTFOUND);
    buffer out = {0};
    config_write(instance_of(c, "camera/a")->options, &out);
    assert_null(strstr(buffer_string(&out), "${"));
    assert_non_null(strstr(buffer_string(&out), "\"token\": \"***\""));
    buffer_free(&out);
    buffer_free(&listing);
    config_free(c);
}

/* ---- difference ---- */

static int32_t difference(const char *a, const char *b) {
    parsed first = checked(&camera, a);
    parsed second = checked(&camera, b);
    int32_t result = config_difference(&camera, first.root, second.root);
    assert_int_equal(config_difference(&camera, second.root, first.root), result);
    config_memory_free(first.memory);
    config_memory_free(second.memory);
    return result;
}

static void differences_are_of_meaning(void **state) {
    (void)state;
    assert_int_equal(difference("{device: a}", "{device: 'a'}"), 0);
    assert_int_equal(difference("{device: a, fps: 5}", "{device: a}"), 0);
    assert_int_equal(difference("{device: a, interval: 60s}", "{device: a, interval: 1m}"), 0);
    assert_int_equal(difference("{device: a, memory: 1024}", "{device: a, memory: 1KiB}"), 0);
    assert_int_equal(difference("{device: a, names: [front, back]}", "{device: a}"), 0);
    assert_int_equal(difference("{device: a, fps: 6}", "{device: a}"), 1);
    assert_int_equal(difference("{device: a, fps: 6, interval: 1m}", "{device: a}"), 1);
    assert_int_equal(difference("{device: a, fps: 6}", "{device: b}"), 2);
    assert_int_equal(difference("{device: a, mirror: true}", "{device: a, mirror: false}"), 2);
    assert_int_equal(difference("{device: a, names: [back, front]}", "{device: a}"), 2);
    assert_int_equal(difference("{device: a, zones: []}", "{device: a}"), 2);
    assert_int_equal(
        difference("{device: a, zones: [{name: x}]}", "{device: a, zones: [{name: x, level: 1}]}"),
        0);
    assert_int_equal(
        difference("{device: a, zones: [{name: x}]}", "{device: a, zones: [{name: y}]}"), 2);
    assert_int_equal(difference("{device: a, token: '${env:A}'}", "{device: a, token: '${env:B}'}"),
                     2);
    assert_int_equal(config_difference(&camera, NULL, NULL), 0);
}

/* ---- writing back ---- */

static void written_maps_read_the_same(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{a: 1, b: '1', c: true, d: 'true', e: 5m, f: -3, g: '', h: , i: ~, j: 'null'}",
        "{a: [x, 'y z', [1, \"2\"]], b: [{c: d}, {}], e: []}",
        ("{\"k: e\": \"tab\\tquote\\\"back\\\\slash\\nline\\x7f\\u2028\\ufeff\\u0085 \\U0001F600 "
         "勤務\"}"),
        "a: |\n  block\n  text\nb: >\n  folded\n  text\n",
        "{a: hello world, b: 'it''s', c: -x, d: .5, e: 'a: b # c'}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buffer once = {0};
        buffer twice = {0};
        parsed first = parse(texts[i]);
        config_write(first.root, &once);
        parsed second = parse(buffer_string(&once));
        config_write(second.root, &twice);
        assert_string_equal(buffer_string(&once), buffer_string(&twice));
        assert_null(strchr(buffer_string(&once), '\n'));
        if (first.root->child_count > 0) {
            assert_string_equal(first.root->children[1]->text, second.root->children[1]->text);
        }
        config_memory_free(first.memory);
        config_memory_free(second.memory);
        buffer_free(&once);
        buffer_free(&twice);
    }
}

static void written_options_fill_the_same(void **state) {
    (void)state;
    config *c = load_good();
    buffer text = {0};
    void *filled = NULL;
    void *memory = NULL;
    const config_instance *front = instance_of(c, "camera");
    config_write(front->options, &text);
    parsed copy = parse(buffer_string(&text));
    assert_int_equal(
        config_fill(&camera, sizeof(camera_config), "camera", copy.root, &filled, &memory, NULL),
        KINMU_OK);
    const camera_config *camera_filled = filled;
    assert_string_equal(camera_filled->device, "0123");
    assert_int_equal(camera_filled->memory, 512);
    assert_string_equal(camera_filled->token, "camera:token");
    assert_string_equal(camera_filled->names.items[1], "true");
    assert_string_equal(((const zone_row *)camera_filled->zones.rows)[1].name, "null");
    config_fill_free(filled, memory);
    config_memory_free(copy.memory);
    buffer_free(&text);
    config_free(c);
}

/* ---- describing ---- */

static const kinmu_plugin camera_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .config_size = sizeof(camera_config),
    .name = "camera",
    .version = "1.0.0",
    .doc = "Looks | sees.",
    .doc_ja = "見る。",
    .options = KINMU_TABLE(camera_options),
};

static void sample_passes_the_check(void **state) {
    (void)state;
    buffer sample = {0};
    buffer shown = {0};
    assert_int_equal(config_describe(&camera_plugin, "yaml", &sample), KINMU_OK);
    assert_non_null(strstr(buffer_string(&sample),
                           "collectors:\n  camera:\n    # 装置。\n    # Device | file.\n"));
    assert_non_null(strstr(buffer_string(&sample), "\n    #fps: 5\n"));
    for (const char *at = buffer_string(&sample); *at != '\0';) { /* the same with all options on */
        size_t line = strcspn(at, "\n") + 1;
        int is_off =
            strncmp(at, "    #", 5) == 0 && at[5] != ' ' && strncmp(at, "    #token", 10) != 0;
        buffer_text(&shown, is_off ? "    " : "");
        buffer_append(&shown, at + (is_off ? 5 : 0), line - (is_off ? 5 : 0));
        at += line;
    }
    config *c = NULL;
    buffer listing = {0};
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", buffer_string(&sample)), 0);
    assert_int_equal(folder_put("20.yaml", "purposes: {activity: {}}"), 0);
    if (folder_load(&test_source, &c, &listing) != KINMU_OK || listing.size > 0) {
        fail_msg("%s\n%s", buffer_string(&sample), buffer_string(&listing));
    }
    config_free(c);
    assert_int_equal(folder_put("10.yaml", buffer_string(&shown)), 0);
    if (folder_load(&test_source, &c, &listing) != KINMU_OK || listing.size > 0) {
        fail_msg("%s\n%s", buffer_string(&shown), buffer_string(&listing));
    }
    assert_non_null(config_map_find(instance_of(c, "camera")->options, "interval"));
    config_free(c);
    buffer_free(&listing);
    buffer_free(&shown);
    buffer_free(&sample);
}

static void page_is_a_table(void **state) {
    (void)state;
    buffer page = {0};
    assert_int_equal(config_describe(&camera_plugin, "md", &page), KINMU_OK);
    const char *text = buffer_string(&page);
    assert_non_null(strstr(text, "## camera — collector\n\n見る。\n\nLooks | sees.\n"));
    assert_non_null(strstr(text, "| `device` | text | **必須 required** | 1 – 20 bytes | 装置。 | "
                                 "Device \\| file. | 1.0 |\n"));
    assert_non_null(strstr(text, "| `interval` | duration | `5m` | 250ms – 1d |"));
    assert_non_null(strstr(text, "| `mode` | choice | `off` | off, on, automatic |"));
    assert_non_null(strstr(text, "each entry of `zones`"));
    assert_non_null(strstr(text, "| `isolation` | choice |"));
    assert_int_equal(config_describe(&camera_plugin, "pdf", &page), KINMU_E_NOTFOUND);
    buffer_free(&page);
}

/* The schema is JSON, which is YAML, too; so our own parser can read it. */
static void schema_is_json(void **state) {
    (void)state;
    for (int core = 0; core < 2; core++) {
        buffer text = {0};
        int32_t status = core ? config_describe_core("json-schema", &text)
                              : config_describe(&camera_plugin, "json-schema", &text);
        assert_int_equal(status, KINMU_OK);
        parsed schema = parse(buffer_string(&text));
        assert_string_equal(config_map_find(schema.root, "$schema")->text,
                            "https://json-schema.org/draft/2020-12/schema");
        const config_node *at =
            core ? schema.root : config_map_find(config_map_find(schema.root, "$defs"), "instance");
        assert_string_equal(config_map_find(at, "additionalProperties")->text, "false");
        const config_node *properties = config_map_find(at, "properties");
        assert_non_null(config_map_find(properties, core ? "purposes" : "interval"));
        if (!core) {
            assert_string_equal(config_map_find(at, "required")->children[0]->text, "device");
            assert_string_equal(
                config_map_find(config_map_find(properties, "fps"), "maximum")->text, "60");
        }
        config_memory_free(schema.memory);
        buffer_free(&text);
    }
}

static void core_sample_passes_the_check(void **state) {
    (void)state;
    buffer sample = {0};
    buffer listing = {0};
    config *c = NULL;
    assert_int_equal(config_describe_core("yaml", &sample), KINMU_OK);
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", buffer_string(&sample)), 0);
    if (folder_load(&test_source, &c, &listing) != KINMU_OK) {
        fail_msg("%s", buffer_string(&listing));
    }
    assert_string_equal(c->purposes[0].name, "working-time");
    config_free(c);
    buffer_free(&listing);
    buffer_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_read),
        cmocka_unit_test(instances_are_read),
        cmocka_unit_test(defaults_hold_without_files),
        cmocka_unit_test(data_is_found_without_plugins),
        cmocka_unit_test(every_type_is_filled),
        cmocka_unit_test(defaults_are_filled),
        cmocka_unit_test(wrong_tables_are_refused),
        cmocka_unit_test(shorter_rows_of_older_plugins_work),
        cmocka_unit_test(secrets_are_read_anew),
        cmocka_unit_test(differences_are_of_meaning),
        cmocka_unit_test(written_maps_read_the_same),
        cmocka_unit_test(written_options_fill_the_same),
        cmocka_unit_test(sample_passes_the_check),
        cmocka_unit_test(page_is_a_table),
        cmocka_unit_test(schema_is_json),
        cmocka_unit_test(core_sample_passes_the_check),
    };
    return cmocka_run_group_tests_name("config", tests, folder_set_up, folder_tear_down);
}
