/* cli/plugin.c - `kinmu plugin list | info | check | new`: what is installed and what it says of
 * itself.
 *
 * Looking at a plugin runs none of its code. Output goes to standard output, refused plugin files
 * to standard error with their reason.
 */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/offline.h"
#include "cli/plugin_check.h"
#include "cli/plugin_new.h"
#include "host/catalog.h"

#include <stdio.h>
#include <string.h>

const char cli_plugin_usage[] =
    "usage: kinmu plugin list [--json]\n"
    "       kinmu plugin info NAME [--format md|yaml|json-schema]   (NAME core: the core's own "
    "maps)\n"
    "       kinmu plugin check FILE [--only TEST] [--seed N] [--set OPTION=VALUE …]\n"
    "       kinmu plugin check --list\n"
    "       kinmu plugin new collector|connector|exporter NAME [--dir FOLDER]\n"
    "       --plugins DIR: look for plugins there (repeatable)\n";

static int usage(const char *fault, const char *word) {
    fprintf(stderr, "kinmu plugin: %s%s%s%s\n%s", fault, word != NULL ? " \"" : "",
            word != NULL ? word : "", word != NULL ? "\"" : "", cli_plugin_usage);
    return CLI_USAGE;
}

static int load(cli_places *places, int *argc, char **argv, catalog **c) {
    kinmu_err err = {{0}, {0}};
    int result = cli_take_places(argc, argv, places);
    if (result == CLI_OK && cli_find_plugins(places->plugins, c, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu plugin: %s\n", err.msg);
        result = CLI_FAILED;
    }
    return result;
}

static int report_refused(const catalog *c) {
    for (uint32_t i = 0; i < c->problem_count; i++) {
        fprintf(stderr, "%s: error: %s\n", c->problems[i].file, c->problems[i].text);
    }
    return c->problem_count == 0 ? CLI_OK : CLI_FAILED;
}

/* ---- list ---- */

static const char *shown(const char *text) {
    return text != NULL ? text : "";
}

static void write_member(buffer *out, const char *name, const char *value) {
    buffer_printf(out, ",\"%s\":", name);
    text_json(out, shown(value), strlen(shown(value)));
}

static void list_json(const catalog *c) {
    buffer out = {0};
    buffer_text(&out, "[");
    for (uint32_t i = 0; i < c->count; i++) {
        const catalog_plugin *entry = &c->plugins[i];
        const kinmu_plugin *plugin = entry->plugin;
        buffer_printf(&out, "%s{\"kind\":\"%s\"", i > 0 ? ",\n " : "",
                      catalog_kind_name(plugin->kind));
        write_member(&out, "name", plugin->name);
        write_member(&out, "version", plugin->version);
        write_member(&out, "vendor", plugin->vendor);
        write_member(&out, "licence", plugin->licence);
        write_member(&out, "doc", plugin->doc);
        write_member(&out, "doc_ja", plugin->doc_ja);
        write_member(&out, "file", entry->file);
        buffer_printf(&out, ",\"first_party\":%s,\"options\":%u,\"schemas\":%u}",
                      entry->first_party ? "true" : "false", plugin->options.count,
                      plugin->schemas.count);
    }
    buffer_text(&out, "]\n");
    fputs(buffer_string(&out), stdout);
    buffer_free(&out);
}

static void list_text(const catalog *c) {
    for (uint32_t i = 0; i < c->count; i++) {
        const kinmu_plugin *plugin = c->plugins[i].plugin;
        printf("%-10s %-24s %-8s %s\n", catalog_kind_name(plugin->kind), plugin->name,
               plugin->version, shown(plugin->vendor));
        if (plugin->doc_ja != NULL) {
            printf("           %s\n", plugin->doc_ja);
        }
        printf("           %s\n", shown(plugin->doc));
    }
}

static int plugin_list(int argc, char **argv) {
    cli_places places;
    catalog *c = NULL;
    int result = load(&places, &argc, argv, &c);
    int is_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (result == CLI_OK && argc > 1 && !is_json) {
        result = usage("not understood:", argv[1]);
    } else if (result == CLI_OK && is_json) {
        list_json(c);
        result = report_refused(c);
    } else if (result == CLI_OK) {
        list_text(c);
        if (c->count == 0) {
            printf("%s: プラグインがありません / no plugins here\n", places.plugins);
        }
        result = report_refused(c);
    }
    catalog_free(c);
    return result;
}

/* ---- info ---- */

static int unknown_plugin(const catalog *c, const char *name) {
    const char *known[CATALOG_PLUGINS_MAX + 1] = {"core"};
    size_t count = 1;
    for (uint32_t i = 0; i < c->count; i++) {
        known[count++] = c->plugins[i].plugin->name;
    }
    const char *nearest = text_nearest(name, known, count);
    fprintf(stderr, "kinmu plugin: no plugin \"%s\"%s%s%s; see: kinmu plugin list\n", name,
            nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?)" : "");
    report_refused(c);
    return CLI_FAILED;
}

static int print_info(const catalog *c, const char *name, const char *format) {
    buffer out = {0};
    int32_t is_found = strcmp(name, "core") == 0;
    if (is_found) {
        config_describe_core(format, &out);
    }
    for (uint32_t i = 0; i < c->count; i++) { /* a collector and an exporter may share a name */
        if (strcmp(c->plugins[i].plugin->name, name) == 0) {
            config_describe(c->plugins[i].plugin, format, &out);
            is_found = 1;
        }
    }
    fputs(buffer_string(&out), stdout);
    int failed = out.failed;
    buffer_free(&out);
    return !is_found ? unknown_plugin(c, name) : failed ? CLI_FAILED : CLI_OK;
}

static int plugin_info(int argc, char **argv) {
    cli_places places;
    catalog *c = NULL;
    const char *name = NULL;
    const char *format = "md";
    int result = load(&places, &argc, argv, &c);
    for (int i = 1; result == CLI_OK && i < argc; i++) {
        if (strcmp(argv[i], "--format") == 0 || strncmp(argv[i], "--format=", 9) == 0) {
            format = argv[i][8] == '=' ? argv[i] + 9 : i + 1 < argc ? argv[++i] : "";
            if (!text_is_choice("md|yaml|json-schema", format, strlen(format))) {
                result = usage("--format is none of md, yaml, json-schema:", format);
            }
        } else if (argv[i][0] == '-' || name != NULL) {
            result = usage("not understood:", argv[i]);
        } else {
            name = argv[i];
        }
    }
    if (result == CLI_OK) {
        result = name == NULL ? usage("NAME is missing", NULL) : print_info(c, name, format);
    }
    catalog_free(c);
    return result;
}

int cli_plugin(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"list", plugin_list},
                    {"info", plugin_info},
                    {"new", plugin_new_main},
                    {"check", plugin_check_main}};
    if (argc < 2) {
        return usage("say what to do", NULL);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return usage("not understood:", argv[1]);
}
