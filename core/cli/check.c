/* cli/check.c - `kinmu check`: everything wrong with a configuration, before anything is started.
 *
 * The listing is config_load's; added here is what only plugins and configuration together show:
 * plugin files that were refused, schemas that contradict each other, events that no purpose
 * covers, options a plugin refuses itself. Starts nothing and writes nothing.
 */
#include "base/text.h"
#include "cli/check_create.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "cli/offline.h"
#include "host/catalog.h"
#include "host/policy_file.h"

#include <stdio.h>
#include <string.h>

typedef struct findings {
    buffer listing;
    uint32_t errors;
    uint32_t warnings;
} findings;

static void take_problems(findings *found, const config_problems *problems) {
    config_problems_print(problems, &found->listing);
    found->errors += problems->errors;
    for (uint32_t i = 0; i < problems->count; i++) {
        found->warnings += problems->items[i].is_warning != 0;
    }
}

/* What a hub wants is no error of this configuration: it is shown, and counts as warnings where it
 * cannot be used. */
static void take_policy(const config *conf, const config_policy *policy, findings *found) {
    config_problems_print(&policy->problems, &found->listing);
    found->warnings += policy->problems.count;
    for (uint32_t i = 0; conf != NULL && i < conf->policy_value_count; i++) {
        const config_policy_value *value = &conf->policy_values[i];
        buffer_printf(&found->listing, "%s: the hub sets %s: %s\n", policy->file, value->where,
                      value->value);
    }
}

static void report_refused(const char *folders, const catalog *c, findings *found) {
    if (c->count == 0) {
        buffer_printf(&found->listing,
                      "%s: warning: no plugins here; give their folder by --plugins DIR\n",
                      folders);
        found->warnings++;
    }
    for (uint32_t i = 0; i < c->problem_count; i++) {
        buffer_printf(&found->listing, "%s: warning: %s\n", c->problems[i].file,
                      c->problems[i].text);
        found->warnings++;
    }
}

static void check_schemas(const catalog *c, findings *found) {
    schema_registry *registry = NULL;
    kinmu_err err = {{0}, {0}};
    if (schema_registry_create(&registry) == KINMU_OK &&
        catalog_register(c, registry, &err) != KINMU_OK) {
        buffer_printf(&found->listing, "error: %s\n", err.msg);
        found->errors++;
    }
    schema_registry_destroy(registry);
}

static int32_t is_in_force(const config *conf, const char *purpose) {
    for (uint32_t i = 0; i < conf->purpose_count; i++) {
        if (strcmp(conf->purposes[i].name, purpose) == 0) {
            return 1; /* what somebody switched off is meant */
        }
    }
    return 0;
}

/* Legal, but seldom meant: a plugin that runs and whose events are all thrown away. */
static void check_purposes(const config *conf, const config_instance *instance,
                           const kinmu_plugin *plugin, findings *found) {
    for (uint32_t i = 0; i < plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&plugin->schemas, i, &use, sizeof use);
        if (use.schema == NULL || (use.flags & KINMU_EMITS) == 0 ||
            is_in_force(conf, use.schema->purpose)) {
            continue;
        }
        buffer_printf(
            &found->listing,
            "%s:%u:%u: warning: %s: its events %s are dropped: purpose \"%s\" is not declared in "
            "purposes:\n",
            instance->at->file, instance->at->line, instance->at->column, instance->name,
            use.schema->name, use.schema->purpose);
        found->warnings++;
    }
}

static void check_together(const config *conf, const catalog *c, findings *found) {
    for (uint32_t i = 0; i < conf->instance_count; i++) {
        const config_instance *instance = &conf->instances[i];
        const catalog_plugin *entry = catalog_find(c, instance->kind, instance->type);
        if (entry != NULL && instance->enabled) {
            check_purposes(conf, instance, entry->plugin, found);
        }
    }
}

static void take_refused(void *user, const config_instance *instance, const char *why) {
    findings *found = user;
    buffer_printf(&found->listing, "%s:%u:%u: error: %s\n", instance->at->file, instance->at->line,
                  instance->at->column, why);
    found->errors++;
}

static const char *plural(uint32_t count) {
    return count == 1 ? "" : "s";
}

static void print_summary(const char *folder, const config *conf, const findings *found) {
    if (conf == NULL || found->errors > 0) {
        printf("%s: 誤り %u 件、警告 %u "
               "件。直すまでこの設定では起動しません（動作中のものは前の設定のまま）。 / "
               "%u error%s, %u warning%s. Kinmu does not start with it, or without the plugin that "
               "refuses; one that runs keeps what it has.\n",
               folder, found->errors, found->warnings, found->errors, plural(found->errors),
               found->warnings, plural(found->warnings));
        return;
    }
    printf("%s: 誤りなし、警告 %u 件。プラグイン %u 個、利用目的 %u 件。 / "
           "no errors, %u warning%s. %u plugin instance%s, %u purpose%s.\n",
           folder, found->warnings, conf->instance_count, conf->purpose_count, found->warnings,
           plural(found->warnings), conf->instance_count, plural(conf->instance_count),
           conf->purpose_count, plural(conf->purpose_count));
}

static int check(const cli_places *places, const catalog *c) {
    findings found = {{0}, 0, 0};
    config *conf = NULL;
    config_problems problems = {0};
    config_source source = catalog_source(c);
    char data[4096];
    buffer text = {0};
    config_policy policy = {.file = POLICY_FILE};
    if (cli_data_folder(places, data, sizeof data, NULL) == KINMU_OK &&
        policy_file_read(data, &text, NULL) == KINMU_OK) {
        policy.text = (const char *)text.data;
        policy.size = text.size;
    }
    config_load_with(places->conf, &source, policy.text != NULL ? &policy : NULL, &conf, &problems);
    take_problems(&found, &problems);
    take_policy(conf, &policy, &found);
    report_refused(places->plugins, c, &found);
    check_schemas(c, &found);
    if (conf != NULL) {
        check_together(conf, c, &found);
        check_create_all(conf, c, take_refused, &found);
    }
    fputs(buffer_string(&found.listing), stdout);
    print_summary(places->conf, conf, &found);
    int result = found.errors == 0 && conf != NULL ? CLI_OK : CLI_FAILED;
    config_problems_free(&problems);
    config_problems_free(&policy.problems);
    config_free(conf);
    buffer_free(&text);
    buffer_free(&found.listing);
    return result;
}

const char cli_check_usage[] = "usage: kinmu check [--conf DIR] [--plugins DIR]\n";

int cli_check(int argc, char **argv) {
    cli_places places;
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    int result = cli_take_places(&argc, argv, &places);
    if (result != CLI_OK) {
        return result;
    }
    if (argc > 1) {
        fprintf(stderr, "kinmu check: \"%s\" is not understood\n%s", argv[1], cli_check_usage);
        return CLI_USAGE;
    }
    if (cli_find_plugins(places.plugins, &c, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu check: %s\n", err.msg);
        return CLI_FAILED;
    }
    result = check(&places, c);
    catalog_free(c);
    return result;
}
