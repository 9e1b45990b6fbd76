/* cli/export.c - `kinmu export`: a period of days through an exporter into files.
 *
 * It needs no running node: the journal is the truth, and this process brings the store up to date
 * itself. A node that runs is asked to write down what it still holds in memory, and may go on.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/export_files.h"
#include "cli/export_place.h"
#include "cli/look.h"
#include "cli/offline.h"
#include "host/control.h"
#include "host/export.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT_OPTIONS_MAX 64
#define EXPORT_DAYS_MAX 3660

const char cli_export_usage[] =
    "usage: kinmu export EXPORTER[/NAME] --from YYYY-MM-DD --to YYYY-MM-DD --out DIR\n"
    "                    [--option NAME=VALUE]… [--conf DIR] [--data DIR] [--plugins DIR]\n"
    "Both days are included, midnight to midnight in this machine's time zone.\n";

typedef struct request {
    const char *instance; /* "csv" or "csv/payroll" */
    const char *from, *to, *out;
    const char *options[EXPORT_OPTIONS_MAX];
    uint32_t option_count;
    int64_t from_ns, to_ns;
    int32_t is_with_parent; /* ordered by a daemon: ends with it */
} request;

static int fail(const kinmu_err *err) {
    fprintf(stderr, "kinmu export: %s\n", err->msg[0] != '\0' ? err->msg : "out of memory");
    return CLI_FAILED;
}

/* "--from X" or "--from=X". */
static int32_t take_word(int argc, char **argv, int *at, const char *name, const char **value) {
    size_t size = strlen(name);
    if (strncmp(argv[*at], name, size) != 0) {
        return 0;
    }
    if (argv[*at][size] == '=') {
        *value = argv[*at] + size + 1;
        return 1;
    }
    if (argv[*at][size] != '\0' || *at + 1 >= argc) {
        return 0;
    }
    *value = argv[++*at];
    return 1;
}

static int32_t read_words(int argc, char **argv, request *r, kinmu_err *err) {
    for (int i = 1; i < argc; i++) {
        const char *option = NULL;
        if (take_word(argc, argv, &i, "--from", &r->from) ||
            take_word(argc, argv, &i, "--to", &r->to) ||
            take_word(argc, argv, &i, "--out", &r->out)) {
            continue;
        }
        if (take_word(argc, argv, &i, "--option", &option)) {
            if (r->option_count == EXPORT_OPTIONS_MAX) {
                return error_set(err, KINMU_E_CONFIG, "export.words", "more than %d options",
                                 EXPORT_OPTIONS_MAX);
            }
            r->options[r->option_count++] = option;
        } else if (strcmp(argv[i], "--with-parent") == 0) {
            r->is_with_parent = 1;
        } else if (argv[i][0] != '-' && r->instance == NULL) {
            r->instance = argv[i];
        } else {
            return error_set(err, KINMU_E_CONFIG, "export.words", "\"%.100s\" is not understood",
                             argv[i]);
        }
    }
    if (r->instance == NULL || r->from == NULL || r->to == NULL || r->out == NULL) {
        return error_set(err, KINMU_E_CONFIG, "export.words", "%s is missing",
                         r->instance == NULL ? "the exporter"
                         : r->from == NULL   ? "--from"
                         : r->to == NULL     ? "--to"
                                             : "--out");
    }
    return KINMU_OK;
}

/* First moment of a local day. The offset is the one in force at that moment, not at this one. */
static int64_t day_start_ns(int64_t day) {
    int64_t as_utc = day * 86400 * CLOCK_NS_PER_S;
    int64_t guess = as_utc - clock_utc_offset_s(as_utc) * CLOCK_NS_PER_S;
    return as_utc - clock_utc_offset_s(guess) * CLOCK_NS_PER_S;
}

static int32_t read_period(request *r, kinmu_err *err) {
    int64_t from = 0;
    int64_t to = 0;
    if (text_parse_date(r->from, &from) != KINMU_OK || text_parse_date(r->to, &to) != KINMU_OK) {
        return error_set(err, KINMU_E_CONFIG, "export.date",
                         "\"%.40s\" is not a date; write it as 2026-11-01",
                         text_parse_date(r->from, &from) != KINMU_OK ? r->from : r->to);
    }
    if (to < from || to - from >= EXPORT_DAYS_MAX) {
        return error_set(err, KINMU_E_CONFIG, "export.date",
                         to < from ? "--to %s is before --from %s"
                                   : "--to %s is more than ten years after --from %s",
                         r->to, r->from);
    }
    r->from_ns = day_start_ns(from);
    r->to_ns = day_start_ns(to + 1);
    return KINMU_OK;
}

static int32_t find_exporter(const cli_offline *offline, const char *instance,
                             const catalog_plugin **out, kinmu_err *err) {
    char type[KINMU_NAME_BYTES_MAX + 1] = "";
    const char *names[CATALOG_PLUGINS_MAX];
    uint32_t count = 0;
    size_t size = strcspn(instance, "/");
    if (size <= KINMU_NAME_BYTES_MAX) {
        memcpy(type, instance, size);
    }
    *out = catalog_find(offline->plugins, KINMU_EXPORTER, type);
    if (*out == NULL) {
        for (uint32_t i = 0; i < offline->plugins->count; i++) {
            if (offline->plugins->plugins[i].plugin->kind == KINMU_EXPORTER) {
                names[count++] = offline->plugins->plugins[i].plugin->name;
            }
        }
        const char *nearest = text_nearest(type, names, count);
        return error_set(err, KINMU_E_NOTFOUND, "export.plugin",
                         "there is no exporter \"%.*s\"%s%s%s (searched %.200s)", (int)size,
                         instance, nearest != NULL ? "; did you mean \"" : "",
                         nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "",
                         offline->places.plugins);
    }
    const kinmu_plugin *plugin = (*out)->plugin;
    if (plugin->export_open == NULL || plugin->export_events == NULL ||
        plugin->export_close == NULL) {
        return error_set(err, KINMU_E_CONFIG, "export.live",
                         "exporter \"%s\" only writes while Kinmu runs; it cannot export a period",
                         type);
    }
    return KINMU_OK;
}

static int32_t find_instance(const cli_offline *offline, const char *name,
                             const config_instance **out, kinmu_err *err) {
    *out = NULL;
    for (uint32_t i = 0; i < offline->conf->instance_count; i++) {
        const config_instance *instance = &offline->conf->instances[i];
        if (instance->kind == KINMU_EXPORTER && strcmp(instance->name, name) == 0) {
            *out = instance;
        }
    }
    if (*out == NULL && strchr(name, '/') != NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "export.instance",
                         "no exporter \"%.100s\" is configured in \"%.200s\"", name,
                         offline->places.conf);
    }
    return KINMU_OK;
}

/* --option NAME=VALUE as YAML, a line each: values are written as in conf.d. */
static int32_t write_options(const request *r, buffer *yaml, kinmu_err *err) {
    for (uint32_t i = 0; i < r->option_count; i++) {
        const char *equals = strchr(r->options[i], '=');
        size_t size = equals != NULL ? (size_t)(equals - r->options[i]) : 0;
        if (size == 0 || strspn(r->options[i], "abcdefghijklmnopqrstuvwxyz0123456789_") != size ||
            strpbrk(equals, "\r\n") != NULL) {
            return error_set(err, KINMU_E_CONFIG, "export.option",
                             "--option \"%.100s\" is not NAME=VALUE", r->options[i]);
        }
        buffer_printf(yaml, "%.*s: %s\n", (int)size, r->options[i],
                      equals[1] != '\0' ? equals + 1 : "\"\"");
    }
    return KINMU_OK;
}

static int32_t is_overridden(const config_node *by, const config_node *key) {
    for (uint32_t i = 0; i + 1 < by->child_count; i += 2) {
        if (strcmp(by->children[i]->text, key->text) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The configured options with the words of the command line in their place. */
static int32_t merge(const config_node *configured, config_node *words, config_node *out) {
    uint32_t configured_count = configured != NULL ? configured->child_count : 0;
    *out = *words;
    out->children = calloc(configured_count + words->child_count + 1, sizeof *out->children);
    if (out->children == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < words->child_count; i++) {
        out->children[i] = words->children[i];
    }
    for (uint32_t i = 0; i + 1 < configured_count; i += 2) {
        if (!is_overridden(words, configured->children[i])) {
            out->children[out->child_count++] = configured->children[i];
            out->children[out->child_count++] = configured->children[i + 1];
        }
    }
    return KINMU_OK;
}

/* The first of what is wrong with the options. */
static int32_t tell_problem(const config_problems *problems, int32_t status, kinmu_err *err) {
    const char *text = problems->count > 0 ? problems->items[0].text : "out of memory";
    return error_set(err, status, "export.option", "%s", text);
}

static int32_t fill_options(const request *r, const kinmu_plugin *plugin,
                            const config_instance *instance, void **filled, void **memory,
                            kinmu_err *err) {
    buffer yaml = {0};
    config_problems problems = {0};
    config_node *words = NULL;
    void *words_memory = NULL;
    config_node merged = {0};
    int32_t status = write_options(r, &yaml, err);
    if (status == KINMU_OK) {
        const char *text = buffer_string(&yaml);
        status = config_parse("--option", text, strlen(text), &words, &words_memory, &problems);
        if (status == KINMU_OK) {
            status = merge(instance != NULL ? instance->options : NULL, words, &merged);
        }
        if (status == KINMU_OK) {
            status = config_check_map(&plugin->options, r->instance, &merged, &problems);
        }
        if (status != KINMU_OK) {
            tell_problem(&problems, status, err);
        }
    }
    if (status == KINMU_OK) {
        status = config_fill(&plugin->options, plugin->config_size, r->instance, &merged, filled,
                             memory, err);
    }
    free(merged.children);
    config_memory_free(words_memory);
    config_problems_free(&problems);
    buffer_free(&yaml);
    return status;
}

/* All that was observed until now is in the store: first on the disk, then in the tables. */
static int32_t catch_up(const cli_offline *offline, kinmu_err *err) {
    buffer answer = {0};
    journal_reader *reader = NULL;
    store *tables = NULL;
    uint64_t position = 0;
    int32_t status = control_request(offline->data, "flush", "", &answer, err);
    buffer_free(&answer);
    if (status == KINMU_OK || status == KINMU_E_NOTFOUND) {
        status = journal_reader_open(offline->data, &reader, err);
    }
    if (status == KINMU_OK) {
        status = store_open(offline->data, offline->schemas, &tables, err);
    }
    if (status == KINMU_OK) {
        status = store_catch_up(tables, reader, &position, err);
    }
    store_close(tables);
    journal_reader_close(reader);
    return status;
}

static void print_result(const request *r, const export_files *files, uint64_t events) {
    printf("書き出しました: %s 〜 %s、イベント %llu 件 → %s\n", r->from, r->to,
           (unsigned long long)events, files->directory);
    uint32_t count = export_files_print(files);
    printf("exported: %s to %s, %llu events, %u files in %s\n", r->from, r->to,
           (unsigned long long)events, count, files->directory);
    if (events == 0) {
        printf("この期間の記録はありません。 / nothing is recorded in this period.\n");
    }
}

static int32_t run_export(const cli_offline *offline, const request *r, kinmu_err *err) {
    const catalog_plugin *entry = NULL;
    const config_instance *instance = NULL;
    void *filled = NULL;
    void *memory = NULL;
    export_files files = {0};
    export_place place = {0};
    uint64_t events = 0;
    if (!offline->conf->store_enabled) {
        /* An agent keeps nothing readable on its disk; a store made for an export would be. */
        return error_set(err, KINMU_E_CONFIG, "export.store",
                         "this node keeps no store (store: in \"%.200s\"); export on the hub",
                         offline->places.conf);
    }
    int32_t status = find_exporter(offline, r->instance, &entry, err);
    if (status == KINMU_OK) {
        status = find_instance(offline, r->instance, &instance, err);
    }
    if (status == KINMU_OK) {
        status = fill_options(r, entry->plugin, instance, &filled, &memory, err);
    }
    if (status == KINMU_OK && !r->is_with_parent) { /* else it was asked where it was ordered */
        status = cli_look(offline->data, "export", "", err);
    }
    if (status == KINMU_OK) {
        status = catch_up(offline, err);
    }
    if (status == KINMU_OK) {
        status = export_files_look(r->out, &files, err);
    }
    if (status == KINMU_OK && !r->is_with_parent) { /* who ordered it gives a folder for it alone */
        status = export_place_begin(&place, files.directory, err);
    }
    if (status == KINMU_OK) {
        const char *node = offline->conf->node_name;
        const export_job job = {entry->plugin,
                                filled,
                                r->instance,
                                node != NULL ? node : "",
                                offline->schemas,
                                offline->data,
                                r->is_with_parent ? files.directory : place.working,
                                r->from,
                                r->to,
                                r->from_ns,
                                r->to_ns};
        status = export_run(&job, &events, err);
    }
    if (status == KINMU_OK && !r->is_with_parent) {
        status = export_place_commit(&place, err);
    }
    export_place_end(&place);
    if (status == KINMU_OK) {
        print_result(r, &files, events);
    }
    export_files_free(&files);
    config_fill_free(filled, memory);
    return status;
}

int cli_export(int argc, char **argv) {
    cli_offline offline;
    request r = {0};
    kinmu_err err = {0};
    platform_harden_process(0);
    int code = cli_offline_load(&argc, argv, OFFLINE_CONFIG, &offline);
    if (code == CLI_OK && read_words(argc, argv, &r, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu export: %s\n%s", err.msg, cli_export_usage);
        code = CLI_USAGE;
    }
    if (r.is_with_parent) {
        platform_harden_process(1);
    }
    if (code == CLI_OK &&
        (read_period(&r, &err) != KINMU_OK || run_export(&offline, &r, &err) != KINMU_OK)) {
        code = fail(&err);
    }
    cli_offline_free(&offline);
    return code;
}
