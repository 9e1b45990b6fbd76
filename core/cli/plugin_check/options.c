/* cli/plugin_check/options.c - tests of options as people write them: beyond, at the edge, live. */
#include "cli/plugin_check/tests.h"

#include "base/error.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#define RUN_MS 30u
#define RECONFIGURE_ATTEMPTS 10u

/* Parses and checks options as `kinmu check` does. */
static int32_t accepted(check *c, const char *yaml) {
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    int32_t status = config_parse("options", yaml, strlen(yaml), &root, &memory, &problems);
    if (status == KINMU_OK) {
        status = config_check_map(&c->plugin->options, c->plugin->name, root, &problems);
    }
    config_memory_free(memory);
    config_problems_free(&problems);
    return status == KINMU_OK;
}

/* KINMU_OK, or what create or start answered. */
static int32_t try_options(rig *r, const char *yaml, kinmu_err *err) {
    int32_t status = rig_create(r, yaml, err);
    if (status == KINMU_OK) {
        status = rig_start(r, err);
    }
    if (status == KINMU_OK) {
        rig_run(r, RUN_MS, NULL);
    }
    check_end(r);
    return status;
}

/* One option set to one value. */
static const char *set_one(check *c, const kinmu_option *option, const char *value, buffer *yaml) {
    char where[160];
    check_options(c, option->name, value, yaml);
    snprintf(where, sizeof where, "%.60s: %.80s", option->name, value);
    c->say(where);
    return buffer_string(yaml);
}

/* ---- each-option-out-of-range ---- */

/* Without a range the table lets any number through, so create has to say which it cannot take. */
static enum check_verdict beyond_by_create(check *c, rig *r, const kinmu_option *option) {
    static const char *const numbers[] = {"0", "-1", "9223372036854775807"};
    enum check_verdict verdict = CHECK_OK;
    buffer yaml = {0};
    for (size_t i = 0; verdict == CHECK_OK && i < sizeof numbers / sizeof numbers[0]; i++) {
        char value[32];
        kinmu_err err = {{0}, {0}};
        snprintf(value, sizeof value, "%s%s", numbers[i],
                 option->type == KINMU_OPT_DURATION ? "ms" : "");
        const char *options = set_one(c, option, value, &yaml);
        int32_t status = accepted(c, options) ? try_options(r, options, &err) : KINMU_OK;
        if (status != KINMU_OK && (status != KINMU_E_CONFIG || err.msg[0] == '\0')) {
            verdict = check_fail(c,
                                 "option \"%s\" has no range; %s was answered %s \"%s\", not "
                                 "E_CONFIG with a reason",
                                 option->name, value, error_name(status), err.msg);
        }
    }
    buffer_free(&yaml);
    return verdict;
}

static enum check_verdict beyond_by_table(check *c, const kinmu_option *option) {
    enum check_verdict verdict = CHECK_OK;
    buffer yaml = {0};
    buffer value = {0};
    for (uint32_t i = 0; verdict == CHECK_OK && i < 3; i++) {
        buffer_clear(&value);
        if (make_illegal_value(option, i, &value) &&
            accepted(c, set_one(c, option, buffer_string(&value), &yaml))) {
            verdict = check_fail(c, "option \"%s\": the value %.80s was not refused", option->name,
                                 buffer_string(&value));
        }
    }
    buffer_free(&value);
    buffer_free(&yaml);
    return verdict;
}

static enum check_verdict beyond(check *c, rig *r, const kinmu_option *option) {
    enum check_verdict verdict = beyond_by_table(c, option);
    return verdict == CHECK_OK && make_is_unbounded(option) ? beyond_by_create(c, r, option)
                                                            : verdict;
}

/* Up to the first option that is not ok. */
static enum check_verdict each_option(check *c, enum check_verdict (*judge)(check *c, rig *r,
                                                                            const kinmu_option *)) {
    enum check_verdict verdict = CHECK_OK;
    rig *r = check_rig(c);
    if (c->plugin->options.count == 0) {
        return check_skip(c, "it has no options");
    }
    for (uint32_t i = 0; verdict == CHECK_OK && i < c->plugin->options.count; i++) {
        kinmu_option option;
        schema_table_row(&c->plugin->options, i, &option, sizeof option);
        verdict = judge(c, r, &option);
    }
    return verdict;
}

enum check_verdict check_option_out_of_range(check *c) {
    return each_option(c, beyond);
}

/* ---- each-option-extreme ---- */

/* A text or a list may mean something only the plugin knows, and options given by hand may rule
 * others out, so create may still refuse such a value. */
static enum check_verdict extreme_value(check *c, rig *r, const kinmu_option *option,
                                        const char *value) {
    buffer yaml = {0};
    kinmu_err err = {{0}, {0}};
    enum check_verdict verdict = CHECK_OK;
    const char *options = set_one(c, option, value, &yaml);
    if (!accepted(c, options)) {
        verdict = check_fail(c, "option \"%s\": %.80s is within its table and was refused by it",
                             option->name, value);
    } else {
        int32_t status = try_options(r, options, &err);
        int32_t may_refuse =
            status == KINMU_E_CONFIG && (!make_is_closed(option) || c->given[0] != NULL);
        if (status != KINMU_OK && (!may_refuse || err.msg[0] == '\0')) {
            verdict = check_fail(c, "option \"%s\": %.80s was answered %s: %.200s", option->name,
                                 value, error_name(status), err.msg);
        }
    }
    buffer_free(&yaml);
    return verdict;
}

static enum check_verdict extreme_choices(check *c, rig *r, const kinmu_option *option) {
    enum check_verdict verdict = CHECK_OK;
    for (const char *at = option->choices; verdict == CHECK_OK && *at != '\0';) {
        char value[80];
        size_t size = strcspn(at, "|");
        snprintf(value, sizeof value, "\"%.*s\"", (int)size, at);
        verdict = extreme_value(c, r, option, value);
        at += size + (at[size] == '|');
    }
    return verdict;
}

static enum check_verdict extremes(check *c, rig *r, const kinmu_option *option) {
    enum check_verdict verdict = CHECK_OK;
    buffer value = {0};
    if (option->type == KINMU_OPT_CHOICE) {
        return extreme_choices(c, r, option);
    }
    for (int edge = MAKE_MIN; verdict == CHECK_OK && edge <= MAKE_MAX; edge++) {
        buffer_clear(&value);
        make_option_value(option, (enum make_edge)edge, &value);
        verdict = extreme_value(c, r, option, buffer_string(&value));
    }
    buffer_free(&value);
    return verdict;
}

enum check_verdict check_option_extreme(check *c) {
    return each_option(c, extremes);
}

/* ---- reconfigure-live ---- */

/* A plugin that is busy may refuse and be restarted; one that always does has no LIVE option. */
static int32_t reconfigure_patiently(rig *r, const char *options, kinmu_err *err) {
    int32_t status = KINMU_E_RESTART;
    for (uint32_t i = 0; status != KINMU_OK && i < RECONFIGURE_ATTEMPTS; i++) {
        status = rig_reconfigure(r, options, err);
        rig_run(r, RUN_MS, NULL);
    }
    return status;
}

static enum check_verdict change_live(check *c, rig *r, const kinmu_option *option) {
    enum check_verdict verdict = CHECK_OK;
    buffer value = {0};
    buffer yaml = {0};
    for (int edge = MAKE_MIN; verdict == CHECK_OK && edge <= MAKE_MAX; edge++) {
        kinmu_err err = {{0}, {0}};
        buffer_clear(&value);
        make_option_value(option, (enum make_edge)edge, &value);
        const char *options = set_one(c, option, buffer_string(&value), &yaml);
        int32_t status = reconfigure_patiently(r, options, &err);
        if (status != KINMU_OK && make_is_closed(option)) {
            verdict = check_fail(
                c, "option \"%s\" is LIVE, and reconfigure to %.80s was always refused: %s",
                option->name, buffer_string(&value), err.msg);
        }
    }
    buffer_free(&yaml);
    buffer_free(&value);
    return verdict;
}

enum check_verdict check_reconfigure_live(check *c) {
    uint32_t live = 0;
    rig *r = check_rig(c);
    for (uint32_t i = 0; i < c->plugin->options.count; i++) {
        kinmu_option option;
        schema_table_row(&c->plugin->options, i, &option, sizeof option);
        live += (option.flags & KINMU_OPTION_LIVE) != 0;
        if ((option.flags & KINMU_OPTION_LIVE) != 0 && c->plugin->reconfigure == NULL) {
            return check_fail(c, "option \"%s\" is LIVE, and the plugin has no reconfigure",
                              option.name);
        }
    }
    if (live == 0) {
        return check_skip(c, "no option is LIVE");
    }
    enum check_verdict verdict = check_begin(c, r);
    for (uint32_t i = 0; verdict == CHECK_OK && i < c->plugin->options.count; i++) {
        kinmu_option option;
        schema_table_row(&c->plugin->options, i, &option, sizeof option);
        if ((option.flags & KINMU_OPTION_LIVE) != 0) {
            verdict = change_live(c, r, &option);
        }
    }
    if (verdict == CHECK_OK) {
        check_exercise(c, r, RUN_MS);
    }
    check_end(r);
    return verdict;
}
