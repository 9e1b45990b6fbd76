/* policy_fuzz.c - any bytes as a hub's policy over a conf.d: it never keeps the node from having
 * its configuration, refused it changes nothing, and taken it changes LIVE options and makes less
 * be recorded, nothing else. */
#include "fuzz.h"
#include "tests/config/folder.h"
#include "tests/config/plugins.h"

#define CONF                                                                                       \
    "node: {name: pc, data: d}\n"                                                                  \
    "purposes: {activity: {keep: 90d}, working-time: {}, presence: {collect: false}}\n"            \
    "privacy: {title: hashed, rules: [{app: a, action: drop}]}\n"                                  \
    "quiet: {windows: [{hours: 22:00-06:00}]}\n"                                                   \
    "collectors: {camera: {device: front}, input: {}}\n"                                           \
    "exporters: {csv: {enabled: false}}\n"

static config *load(config_policy *policy) {
    config *c = NULL;
    config_problems problems = {0};
    FUZZ_REQUIRE(config_load_with("conf.d", &test_source, policy, &c, &problems) == KINMU_OK);
    FUZZ_REQUIRE(problems.count == 0);
    return c;
}

/* The configuration without a policy; the folder is made once and read every time. */
static const config *own(void) {
    static config *base;
    if (base == NULL) {
        FUZZ_REQUIRE(folder_create() == 0 && folder_put("10.yaml", CONF) == 0);
        base = load(NULL);
    }
    return base;
}

static void require_same_instances(const config *base, const config *c, int32_t difference_max) {
    FUZZ_REQUIRE(c->instance_count == base->instance_count);
    for (uint32_t i = 0; i < c->instance_count; i++) {
        const config_instance *a = &base->instances[i];
        const config_instance *b = &c->instances[i];
        const config_plugin *plugin = test_find(NULL, a->kind, a->type);
        FUZZ_REQUIRE(a->kind == b->kind && strcmp(a->name, b->name) == 0);
        FUZZ_REQUIRE(a->enabled == b->enabled && a->isolation == b->isolation);
        FUZZ_REQUIRE(a->read_count == b->read_count);
        FUZZ_REQUIRE(config_difference(&plugin->options, a->options, b->options) <= difference_max);
        void *filled = NULL;
        void *memory = NULL;
        FUZZ_REQUIRE(config_fill(&plugin->options, plugin->config_size, b->name, b->options,
                                 &filled, &memory, NULL) == KINMU_OK);
        config_fill_free(filled, memory);
    }
}

static void require_narrower(const config *base, const config *c) {
    FUZZ_REQUIRE(strcmp(c->node_name, base->node_name) == 0 && strcmp(c->data, base->data) == 0);
    FUZZ_REQUIRE(strcmp(c->title, base->title) == 0 && strcmp(c->url, base->url) == 0);
    FUZZ_REQUIRE(c->rule_count == base->rule_count);
    FUZZ_REQUIRE(c->purpose_count == base->purpose_count);
    for (uint32_t i = 0; i < c->purpose_count; i++) {
        const config_purpose *a = &base->purposes[i];
        const config_purpose *b = &c->purposes[i];
        FUZZ_REQUIRE(strcmp(a->name, b->name) == 0 && a->keep_days == b->keep_days);
        FUZZ_REQUIRE(a->quota_bytes == b->quota_bytes && a->is_off <= b->is_off);
        FUZZ_REQUIRE(strcmp(b->name, "audit") != 0 || !b->is_off);
    }
    FUZZ_REQUIRE(c->quiet_count >= base->quiet_count);
    FUZZ_REQUIRE(memcmp(c->quiet, base->quiet, base->quiet_count * sizeof *c->quiet) == 0);
    for (uint32_t i = 0; i < c->quiet_count; i++) {
        const config_quiet *q = &c->quiet[i];
        FUZZ_REQUIRE(q->from_s >= 0 && q->from_s < 86400 && q->to_s > 0 && q->to_s <= 86400);
        FUZZ_REQUIRE(q->from_s != q->to_s && q->days != 0 && q->days <= 0x7F);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const config *base = own();
    buffer listing = {0};
    config_policy policy = {.file = "policy", .text = (const char *)data, .size = size};
    config *c = load(&policy);
    config_problems_print(&policy.problems, &listing);
    FUZZ_REQUIRE(policy.is_applied == (policy.problems.errors == 0));
    FUZZ_REQUIRE(!policy.is_applied || size <= CONFIG_POLICY_BYTES_MAX);
    require_narrower(base, c);
    require_same_instances(base, c, policy.is_applied ? 1 : 0);
    if (!policy.is_applied) {
        FUZZ_REQUIRE(c->policy_value_count == 0 && c->quiet_count == base->quiet_count);
    }
    config_problems_free(&policy.problems);
    config_free(c);
    buffer_free(&listing);
    return 0;
}
