/* cli/tool.c - `kinmu PLUGIN TOOL ARGS…`: runs a plugin's own program, without a daemon.
 *
 * The plugin is found as `kinmu plugin info` finds it, in a child process; only its own file is
 * opened here. Its tool gets the words as they stand, but
 * for --plugins and a lone --help. What is no tool may be a plugin's command (shell.c).
 */
#include "cli/tool.h"

#include "base/text.h"
#include "cli/cli.h"
#include "cli/offline.h"
#include "cli/shell.h"
#include "cli/words.h"
#include "host/catalog.h"

#include <stdio.h>
#include <string.h>

#define EXIT_CODE_MAX 255
#define WORDS_COMPARED_MAX 512

/* A collector and an exporter may share a name; their tools are told as one's. */
typedef struct namesakes {
    const char *name;
    const catalog_plugin *entries[KINMU_EXPORTER];
    uint32_t count;
} namesakes;

static namesakes find_plugins(const catalog *c, const char *name) {
    namesakes found = {.name = name};
    for (uint32_t kind = KINMU_COLLECTOR; kind <= KINMU_EXPORTER; kind++) {
        const catalog_plugin *entry = catalog_find(c, kind, name);
        if (entry != NULL) {
            found.entries[found.count++] = entry;
        }
    }
    return found;
}

static void print_nearest(const char *nearest) {
    if (nearest != NULL) {
        fprintf(stderr, " (did you mean \"%s\"?)", nearest);
    }
}

/* A file that was refused may be the one that is missed. */
static int unknown_word(const catalog *c, const char *word) {
    const char *known[WORDS_COMPARED_MAX];
    size_t count = 0;
    for (const cli_command *own = cli_commands; own->name != NULL; own++) {
        known[count++] = own->name;
    }
    for (uint32_t i = 0; i < c->count && count < WORDS_COMPARED_MAX; i++) {
        if (c->plugins[i].plugin->tools.count > 0) {
            known[count++] = c->plugins[i].plugin->name;
        }
    }
    count += shell_words(c, known + count, WORDS_COMPARED_MAX - count);
    fprintf(stderr, "kinmu: no command and no plugin \"%s\"", word);
    print_nearest(text_nearest(word, known, count));
    fprintf(stderr, "; see kinmu --help and kinmu plugin list\n");
    for (uint32_t i = 0; i < c->problem_count; i++) {
        fprintf(stderr, "%s: error: %s\n", c->problems[i].file, c->problems[i].text);
    }
    return CLI_USAGE;
}

static void print_usage(FILE *out, const char *plugin, const kinmu_tool *tool) {
    const char *words = tool->usage != NULL ? tool->usage : "";
    fprintf(out, "  kinmu %s %s%s%s\n      %s\n", plugin, tool->name, words[0] != '\0' ? " " : "",
            words, tool->doc != NULL ? tool->doc : "");
}

static void print_tools(FILE *out, const namesakes *of) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < of->count; i++) {
        const kinmu_plugin *plugin = of->entries[i]->plugin;
        fprintf(out, "%s %s: %s\n", catalog_kind_name(plugin->kind), of->name,
                plugin->doc != NULL ? plugin->doc : "");
        for (uint32_t row = 0; row < plugin->tools.count; row++, count++) {
            kinmu_tool tool;
            schema_table_row(&plugin->tools, row, &tool, sizeof tool);
            print_usage(out, of->name, &tool);
        }
        count += shell_print_all(out, plugin);
    }
    fprintf(out, "%sIts options: kinmu plugin info %s\n",
            count == 0 ? "It adds no words to the command line. " : "", of->name);
}

static int unknown_tool(const namesakes *of, const char *word) {
    const char *tools[WORDS_COMPARED_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < of->count; i++) {
        const kinmu_table *table = &of->entries[i]->plugin->tools;
        for (uint32_t row = 0; row < table->count && count < WORDS_COMPARED_MAX; row++) {
            kinmu_tool tool;
            schema_table_row(table, row, &tool, sizeof tool);
            tools[count++] = tool.name;
        }
    }
    fprintf(stderr, "kinmu %s: no tool \"%s\"", of->name, word);
    print_nearest(text_nearest(word, tools, count));
    fprintf(stderr, "\n");
    print_tools(stderr, of);
    return CLI_USAGE;
}

static int find_tool(const kinmu_plugin *plugin, const char *word, kinmu_tool *tool) {
    for (uint32_t row = 0; row < plugin->tools.count; row++) {
        schema_table_row(&plugin->tools, row, tool, sizeof *tool);
        if (strcmp(tool->name, word) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whose tool it is; NULL when no namesake has it. */
static const catalog_plugin *owner_of(const namesakes *of, const char *word, kinmu_tool *tool) {
    for (uint32_t i = 0; i < of->count; i++) {
        if (find_tool(of->entries[i]->plugin, word, tool)) {
            return of->entries[i];
        }
    }
    return NULL;
}

/* What it printed counts as done only when it has reached the file. */
static int run_tool(const char *plugin, const kinmu_tool *tool, int argc, char **argv) {
    int32_t code = tool->run(argc, (const char *const *)argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == CLI_OK) {
        fprintf(stderr, "kinmu %s %s: the output cannot be written\n", plugin, tool->name);
        code = CLI_FAILED;
    }
    return code >= 0 && code <= EXIT_CODE_MAX ? (int)code : CLI_FAILED;
}

/* Only its own file is opened for it. */
static int open_and_run(const catalog_plugin *owner, int argc, char **argv) {
    catalog *opened = NULL;
    kinmu_err err = {{0}, {0}};
    kinmu_tool tool;
    int code = CLI_FAILED;
    const catalog_plugin *entry = NULL;
    if (catalog_load_file(owner->file, &opened, &err) == KINMU_OK) {
        entry = catalog_find(opened, owner->plugin->kind, owner->plugin->name);
    }
    if (entry != NULL && find_tool(entry->plugin, argv[0], &tool)) {
        code = run_tool(entry->plugin->name, &tool, argc, argv);
    } else {
        fprintf(stderr, "kinmu: %s: %s\n", owner->file,
                err.msg[0] != '\0' ? err.msg : "it has changed; try again");
    }
    catalog_free(opened);
    return code;
}

static int run_words(const catalog *c, int argc, char **argv) {
    kinmu_tool tool;
    shell_word word;
    namesakes of = find_plugins(c, argv[0]);
    const catalog_plugin *owner = argc > 1 ? owner_of(&of, argv[1], &tool) : NULL;
    if (owner != NULL) {
        if (argc == 3 && cli_is_help(argv[2])) {
            print_usage(stdout, of.name, &tool);
            return CLI_OK;
        }
        return open_and_run(owner, argc - 1, argv + 1);
    }
    if (shell_find(c, argc, argv, &word)) {
        return shell_run(&word, argc, argv);
    }
    if (of.count > 0 && (argc < 2 || cli_is_help(argv[1]))) {
        print_tools(stdout, &of);
        return CLI_OK;
    }
    if (shell_print_group(c, argc, argv)) {
        return argc < 2 || cli_is_help(argv[1]) ? CLI_OK : CLI_USAGE;
    }
    return of.count > 0 ? unknown_tool(&of, argv[1]) : unknown_word(c, argv[0]);
}

int cli_tool(int argc, char **argv) {
    cli_places places;
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    if (cli_take_plugins(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int code = CLI_FAILED;
    if (cli_find_plugins(places.plugins, &c, &err) == KINMU_OK) {
        code = run_words(c, argc, argv);
    } else {
        fprintf(stderr, "kinmu: %s\n", err.msg);
    }
    catalog_free(c);
    return code;
}
