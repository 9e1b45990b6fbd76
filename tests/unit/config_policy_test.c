/* config_policy_test.c - a hub's policy over a conf.d: what it may set, what it can only make less,
 * and that everything else refuses it whole, with the messages of conf.d, and reads no file. */
#include "tests/config/folder.h"
#include "tests/config/plugins.h"

#include "core/config/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define CONF                                                                                       \
    "purposes: {activity: {keep: 90d}, working-time: {}, presence: {collect: false}}\n"            \
    "quiet: {windows: [{hours: 22:00-06:00}]}\n"                                                   \
    "collectors:\n"                                                                                \
    "  camera: {device: front, fps: 10}\n"                                                         \
    "  camera/two: {device: back, enabled: false}\n"                                               \
    "exporters: {csv: }\n"

/* Loads CONF with a policy over it; listing: what is said of the policy. */
static config *load(const char *text, int32_t *is_applied, buffer *listing) {
    config *c = NULL;
    config_problems problems = {0};
    config_policy policy = {.file = "policy", .text = text, .size = strlen(text)};
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", CONF), 0);
    assert_int_equal(config_load_with("conf.d", &test_source, &policy, &c, &problems), KINMU_OK);
    assert_int_equal(problems.count, 0);
    config_problems_print(&policy.problems, listing);
    assert_int_equal(policy.is_applied, policy.problems.errors == 0);
    config_problems_free(&policy.problems);
    config_problems_free(&problems);
    *is_applied = policy.is_applied;
    return c;
}

static config *load_good(const char *text) {
    int32_t is_applied = 0;
    buffer listing = {0};
    config *c = load(text, &is_applied, &listing);
    if (!is_applied || listing.size > 0) {
        fail_msg("%s: %s", text, buffer_string(&listing));
    }
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

static camera_config *camera_of(const config *c, const char *name, void **memory) {
    static const kinmu_table options = KINMU_TABLE(camera_options);
    void *filled = NULL;
    assert_int_equal(config_fill(&options, sizeof(camera_config), name,
                                 instance_of(c, name)->options, &filled, memory, NULL),
                     KINMU_OK);
    return filled;
}

static void assert_value(const config *c, uint32_t index, const char *where, const char *value,
                         const char *before) {
    assert_true(index < c->policy_value_count);
    assert_string_equal(c->policy_values[index].where, where);
    assert_string_equal(c->policy_values[index].value, value);
    assert_string_equal(c->policy_values[index].before, before);
}

static void live_options_are_laid_over(void **state) {
    (void)state;
    void *memory = NULL;
    config *c = load_good("collectors:\n"
                          "  camera: {fps: 30, interval: 1m}\n"
                          "  camera/two: {interval: \"2m\"}\n");
    camera_config *camera = camera_of(c, "camera", &memory);
    assert_string_equal(camera->device, "front");
    assert_int_equal(camera->fps, 30);
    assert_int_equal(camera->interval_ms, 60000);
    config_fill_free(camera, memory);
    camera = camera_of(c, "camera/two", &memory);
    assert_int_equal(camera->fps, 5);
    assert_int_equal(camera->interval_ms, 120000);
    config_fill_free(camera, memory);
    assert_int_equal(instance_of(c, "camera/two")->enabled, 0);
    assert_int_equal(c->policy_value_count, 3);
    assert_value(c, 0, "collectors.camera.fps", "30", "10");
    assert_value(c, 1, "collectors.camera.interval", "1m", "5m");
    assert_value(c, 2, "collectors.camera/two.interval", "\"2m\"", "5m");
    config_free(c);
}

/* What the reload does with it: plugins are reconfigured, not made anew. */
static void only_live_options_differ(void **state) {
    (void)state;
    static const kinmu_table options = KINMU_TABLE(camera_options);
    config *before = load_good("");
    config *after = load_good("collectors: {camera: {fps: 30}}");
    config *same = load_good("collectors: {camera: {fps: 10}}");
    const config_node *old = instance_of(before, "camera")->options;
    assert_int_equal(config_difference(&options, old, instance_of(after, "camera")->options), 1);
    assert_int_equal(config_difference(&options, old, instance_of(same, "camera")->options), 0);
    config_free(before);
    config_free(after);
    config_free(same);
}

static void purposes_are_narrowed(void **state) {
    (void)state;
    config *c = load_good("purposes:\n"
                          "  activity: {collect: false}\n"
                          "  presence: {collect: false}\n"
                          "  inventory: {collect: false}\n" /* not collected here anyway */
                          "  working-time:\n");
    assert_int_equal(c->purpose_count, 5);
    assert_string_equal(c->purposes[0].name, "activity");
    assert_int_equal(c->purposes[0].is_off, 1);
    assert_int_equal(c->purposes[0].keep_days, 90);
    assert_int_equal(c->purposes[1].is_off, 0);
    assert_int_equal(c->purposes[2].is_off, 1);
    assert_int_equal(c->policy_value_count, 2);
    assert_value(c, 0, "purposes.activity.collect", "false", "true");
    assert_value(c, 1, "purposes.presence.collect", "false", "false");
    config_free(c);
}

static void quiet_windows_are_added(void **state) {
    (void)state;
    config *c = load_good("quiet: {windows: [{hours: 12:00-13:00, days: [wed]}]}");
    assert_int_equal(c->quiet_count, 2);
    assert_int_equal(c->quiet[0].from_s, 22 * 3600); /* the node's own stays */
    assert_int_equal(c->quiet[1].from_s, 12 * 3600);
    assert_int_equal(c->quiet[1].days, 1 << 2);
    assert_value(c, 0, "quiet.windows", "[{\"hours\": \"12:00-13:00\", \"days\": [wed]}]", "");
    config_free(c);
    c = load_good("quiet: {windows: []}");
    assert_int_equal(c->quiet_count, 1);
    assert_int_equal(c->policy_value_count, 0);
    config_free(c);
}

/* Nothing of a refused policy is in force, not even its good lines. */
static void refuse(const char *text, const char *expected) {
    int32_t is_applied = 1;
    buffer listing = {0};
    buffer whole = {0};
    void *memory = NULL;
    buffer_printf(&whole,
                  "purposes: {working-time: {collect: false}}\ncollectors: {camera: {fps: 30}}\n%s",
                  text);
    config *c = load(buffer_string(&whole), &is_applied, &listing);
    if (is_applied || strcmp(buffer_string(&listing), expected) != 0) {
        fail_msg("%s: expected\n%s\ngot\n%s", text, expected, buffer_string(&listing));
    }
    camera_config *camera = camera_of(c, "camera", &memory);
    assert_int_equal(camera->fps, 10);
    assert_int_equal(c->purposes[1].is_off, 0);
    assert_int_equal(c->quiet_count, 1);
    assert_int_equal(c->policy_value_count, 0);
    config_fill_free(camera, memory);
    config_free(c);
    buffer_free(&listing);
    buffer_free(&whole);
}

static void what_a_hub_may_not_set_refuses_all(void **state) {
    (void)state;
    refuse("node: {data: /tmp}\nprivacy: {title: on}\nlog: {level: debug}\nzeitgeist: 1",
           "policy:3:1: error: node: is set on the node itself, not by a hub\n"
           "policy:4:1: error: privacy: is set on the node itself, not by a hub\n"
           "policy:5:1: error: log: is set on the node itself, not by a hub\n"
           "policy:6:1: error: unknown key \"zeitgeist\"; known: collectors, connectors, "
           "exporters, purposes, quiet\n");
    refuse(
        "exporters: {csv: {enabled: true, reads: [\"*\"], isolation: core}}",
        "policy:3:19: error: exporters.csv.enabled: this key cannot change while it runs, so it "
        "is set on the node itself, not by a hub\n"
        "policy:3:34: error: exporters.csv.reads: this key cannot change while it runs, so it is "
        "set on the node itself, not by a hub\n"
        "policy:3:48: error: exporters.csv.isolation: this key cannot change while it runs, so "
        "it is set on the node itself, not by a hub\n");
    refuse("quiet: {windows: [{hours: 8-20}]}",
           "policy:3:27: error: quiet.windows[1].hours: \"8-20\" is no part of a day: write "
           "HH:MM-HH:MM, like 20:00-08:00; 00:00-24:00 is the whole day\n");
    refuse(
        "- 1",
        "policy:3:1: error: not valid YAML: expected \"key: value\" here: check indentation, the "
        "colon and the blank after it\n");
}

static void nothing_is_widened(void **state) {
    (void)state;
    int32_t is_applied = 1;
    static const char *const widening[] = {
        "purposes: {presence: {collect: true}}",
        "purposes: {activity: {keep: 9000d}}",
        "purposes: {activity: {keep: 1d}}",
        "purposes: {activity: {notice: false}}",
        "purposes: {inventory: {doc: x}}",
        "purposes: {audit: {collect: false}}",
        "purposes: {activity: {collect: false, quota: 1MiB}}",
        "purposes: {Activity: {collect: false}}",
        "purposes: [activity]",
    };
    for (size_t i = 0; i < sizeof widening / sizeof *widening; i++) {
        buffer listing = {0};
        config *c = load(widening[i], &is_applied, &listing);
        if (is_applied || strstr(buffer_string(&listing), "policy:1:") == NULL) {
            fail_msg("%s: %s", widening[i], buffer_string(&listing));
        }
        assert_int_equal(c->purposes[0].is_off, 0);
        assert_int_equal(c->purposes[2].is_off, 1);
        config_free(c);
        buffer_free(&listing);
    }
}

/* No file is looked at on behalf of a hub: it must not find out which there are. */
static void values_are_checked_like_those_of_conf_d(void **state) {
    (void)state;
    int32_t is_applied = 1;
    buffer listing = {0};
    config *c = load("collectors:\n"
                     "  camera:\n"
                     "    fps: 99\n"
                     "    interval: soon\n"
                     "    intervall: 1m\n"
                     "    token: ${file:/etc/passwd}\n"
                     "    zones: [{name: a, key: \"${file:/etc/shadow}\"}]\n"
                     "    device: /dev/mem\n"
                     "  camera/two: 5\n",
                     &is_applied, &listing);
    static const char *const expected[] = {
        "policy:3:10: error: collectors.camera.fps: \"99\" is out of range: 1 to 60",
        "policy:4:15: error: collectors.camera.interval: \"soon\" is not a duration: ",
        "policy:5:5: error: collectors.camera: unknown key \"intervall\" (did you mean "
        "\"interval\"?)",
        "policy:6:5: error: collectors.camera.token: this key holds a secret, so it is set on the "
        "node itself, not by a hub",
        "policy:7:5: error: collectors.camera.zones: this key holds a secret, so it is set on the "
        "node itself, not by a hub",
        "policy:8:5: error: collectors.camera.device: this key cannot change while it runs, so it "
        "is set on the node itself, not by a hub",
        "policy:9:15: error: collectors.camera/two: \"5\" where \"key: value\" lines are expected",
    };
    assert_int_equal(is_applied, 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (strstr(buffer_string(&listing), expected[i]) == NULL) {
            fail_msg("missing: %s\nin\n%s", expected[i], buffer_string(&listing));
        }
    }
    config_free(c);
    buffer_free(&listing);
}

/* One text serves many nodes: what this one does not have is told, and the rest holds. */
static void instances_of_other_nodes_are_passed_over(void **state) {
    (void)state;
    int32_t is_applied = 0;
    buffer listing = {0};
    config *c = load("collectors: {webcam: {interval: 1m}, camera: {fps: 30}}\n"
                     "connectors: {camera: {fps: 1}}\n",
                     &is_applied, &listing);
    assert_int_equal(is_applied, 1);
    assert_string_equal(buffer_string(&listing),
                        "policy:1:14: warning: collectors: this node has no \"webcam\"; what the "
                        "policy says of it has no effect here\n"
                        "policy:2:14: warning: connectors: this node has no \"camera\"; what the "
                        "policy says of it has no effect here\n");
    assert_int_equal(c->policy_value_count, 1);
    config_free(c);
    buffer_free(&listing);
}

static void texts_out_of_all_bounds_are_refused(void **state) {
    (void)state;
    int32_t is_applied = 1;
    buffer text = {0};
    buffer listing = {0};
    while (text.size <= CONFIG_POLICY_BYTES_MAX) {
        buffer_text(&text, "# ----------------------------------------------------------------\n");
    }
    config *c = load(buffer_string(&text), &is_applied, &listing);
    assert_int_equal(is_applied, 0);
    assert_string_equal(buffer_string(&listing), "policy: error: has more than 65536 bytes\n");
    config_free(c);
    buffer_clear(&listing);
    buffer_clear(&text); /* every alias doubles what the last one held */
    buffer_text(&text, "purposes: {a0: &a0 [x]");
    for (uint32_t i = 1; i < 40; i++) {
        buffer_printf(&text, ", a%u: &a%u [*a%u, *a%u]", i, i, i - 1, i - 1);
    }
    buffer_text(&text, "}\n");
    c = load(buffer_string(&text), &is_applied, &listing);
    assert_int_equal(is_applied, 0);
    assert_non_null(strstr(buffer_string(&listing), "values in all files"));
    config_free(c);
    buffer_free(&listing);
    buffer_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_options_are_laid_over),
        cmocka_unit_test(only_live_options_differ),
        cmocka_unit_test(purposes_are_narrowed),
        cmocka_unit_test(quiet_windows_are_added),
        cmocka_unit_test(what_a_hub_may_not_set_refuses_all),
        cmocka_unit_test(nothing_is_widened),
        cmocka_unit_test(values_are_checked_like_those_of_conf_d),
        cmocka_unit_test(instances_of_other_nodes_are_passed_over),
        cmocka_unit_test(texts_out_of_all_bounds_are_refused),
    };
    return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
