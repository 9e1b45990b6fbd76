/* cli/shell.c - see shell.h. Words become "field=value" here, by the tables of the installed
 * plugin; the daemon checks them again, finds the plugin's instance and knows who asks.
 */
#include "cli/shell.h"

#include "base/buffer.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/data_folder.h"
#include "cli/words.h"
#include "host/control.h"
#include "host/handed.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define NAME_SIZE 64
#define STDOUT 1
#define WIDTH_UNKNOWN 1000u

/* What a command line says, by input field; NULL = nothing. */
typedef struct given {
    const shell_word *word;
    char *values[KINMU_FIELDS_MAX]; /* owned */
    const char *instance;
    uint32_t next; /* the next field not needed that a word without a name may fill */
} given;

static kinmu_field field_at(const shell_word *word, uint32_t index) {
    kinmu_field field;
    schema_table_row(&word->command.input, index, &field, sizeof field);
    return field;
}

static int is_file(const kinmu_field *field) {
    return field->type == KINMU_TYPE_TEXT && field->role == KINMU_ROLE_FILE;
}

static int is_path(const kinmu_field *field) {
    return is_file(field) || (field->type == KINMU_TYPE_TEXT && field->role == KINMU_ROLE_PATH);
}

/* ---- what there is ---- */

/* How many of argv's words are `shell`, all of it: 1, 2, or 0. */
static int match(const char *shell, int argc, char **argv) {
    size_t size = strcspn(shell, " ");
    if (argc < 1 || strlen(argv[0]) != size || memcmp(shell, argv[0], size) != 0) {
        return 0;
    }
    if (shell[size] == '\0') {
        return 1;
    }
    return argc > 1 && strcmp(shell + size + 1, argv[1]) == 0 ? 2 : 0;
}

int shell_find(const catalog *c, int argc, char **argv, shell_word *found) {
    found->words = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const kinmu_plugin *plugin = c->plugins[i].plugin;
        for (uint32_t row = 0; row < plugin->commands.count; row++) {
            kinmu_command command;
            schema_table_row(&plugin->commands, row, &command, sizeof command);
            int words = command.shell != NULL ? match(command.shell, argc, argv) : 0;
            if (words > found->words) {
                *found = (shell_word){plugin, command, words};
            }
        }
    }
    return found->words > 0;
}

/* "KIND", "[PERSON]", "[--all]"; of fields that take all remaining words "FILES…". */
static void print_field(FILE *out, const shell_word *word, uint32_t index) {
    kinmu_field field = field_at(word, index);
    int required = (field.flags & KINMU_FIELD_REQUIRED) != 0;
    int takes_all = is_path(&field) && index + 1 == word->command.input.count;
    fprintf(out, required ? " " : " [");
    if (field.type == KINMU_TYPE_BOOL) {
        fprintf(out, "--");
    }
    for (const char *at = field.name; *at != '\0'; at++) {
        int is_lower = *at >= 'a' && *at <= 'z';
        fputc(field.type == KINMU_TYPE_BOOL ? (*at == '_' ? '-' : *at)
              : is_lower                    ? *at - 'a' + 'A'
                                            : *at,
              out);
    }
    fprintf(out, "%s%s", takes_all ? "…" : "", required ? "" : "]");
}

static void print_usage(FILE *out, const shell_word *word) {
    fprintf(out, "  kinmu %s", word->command.shell);
    for (uint32_t i = 0; i < word->command.input.count; i++) {
        print_field(out, word, i);
    }
    fprintf(out, "\n      %s\n", word->command.doc != NULL ? word->command.doc : "");
}

static void print_help(FILE *out, const shell_word *word) {
    print_usage(out, word);
    for (uint32_t i = 0; i < word->command.input.count; i++) {
        kinmu_field field = field_at(word, i);
        fprintf(out, "      %-16s %s%s%s%s\n", field.name, field.doc != NULL ? field.doc : "",
                field.choices != NULL ? " (" : "", field.choices != NULL ? field.choices : "",
                field.choices != NULL ? ")" : "");
    }
    fprintf(
        out,
        "      Words in this order (those needed first), or by name: --field VALUE, field=VALUE; "
        "-- ends the names.\n"
        "      --instance NAME: where several instances of \"%s\" run.\n",
        word->plugin->name);
}

uint32_t shell_print_all(FILE *out, const kinmu_plugin *plugin) {
    uint32_t count = 0;
    for (uint32_t row = 0; row < plugin->commands.count; row++) {
        shell_word word = {.plugin = plugin};
        schema_table_row(&plugin->commands, row, &word.command, sizeof word.command);
        if (word.command.shell != NULL) {
            print_usage(out, &word);
            count++;
        }
    }
    return count;
}

int shell_print_group(const catalog *c, int argc, char **argv) {
    int is_asked = argc < 2 || cli_is_help(argv[1]);
    int count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const kinmu_plugin *plugin = c->plugins[i].plugin;
        for (uint32_t row = 0; row < plugin->commands.count; row++) {
            shell_word word = {.plugin = plugin};
            schema_table_row(&plugin->commands, row, &word.command, sizeof word.command);
            const char *shell = word.command.shell;
            size_t size = strlen(argv[0]);
            if (shell == NULL || strncmp(shell, argv[0], size) != 0 || shell[size] != ' ') {
                continue;
            }
            if (count++ == 0 && !is_asked) {
                fprintf(stderr, "kinmu %s: no command \"%s\"\n", argv[0], argv[1]);
            }
            print_usage(is_asked ? stdout : stderr, &word);
        }
    }
    return count > 0;
}

size_t shell_words(const catalog *c, const char **names, size_t names_max) {
    size_t count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const kinmu_table *table = &c->plugins[i].plugin->commands;
        for (uint32_t row = 0; row < table->count && count < names_max; row++) {
            kinmu_command command;
            schema_table_row(table, row, &command, sizeof command);
            if (command.shell != NULL) {
                names[count++] = command.shell;
            }
        }
    }
    return count;
}

/* ---- what is said ---- */

static int refuse(const shell_word *word, const char *fault, const char *what) {
    fprintf(stderr, "kinmu %s: %s \"%s\"\n", word->command.shell, fault, what);
    print_help(stderr, word);
    return CLI_USAGE;
}

/* Index of the field of that name, in which '-' is '_'; input.count when there is none. */
static uint32_t find_field(const shell_word *word, const char *name, size_t size) {
    uint32_t i = 0;
    for (; i < word->command.input.count; i++) {
        const char *field = field_at(word, i).name;
        size_t at = 0;
        while (at < size && field[at] != '\0' && (name[at] == '-' ? '_' : name[at]) == field[at]) {
            at++;
        }
        if (at == size && field[at] == '\0') {
            break;
        }
    }
    return i;
}

static int unknown_field(const shell_word *word, const char *name, size_t size) {
    const char *names[KINMU_FIELDS_MAX];
    char said[NAME_SIZE];
    uint32_t count = word->command.input.count;
    snprintf(said, sizeof said, "%.*s", (int)size, name);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = field_at(word, i).name;
    }
    const char *nearest = text_nearest(said, names, count);
    fprintf(stderr, "kinmu %s: no field \"%s\"%s%s%s\n", word->command.shell, said,
            nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?)" : "");
    print_help(stderr, word);
    return CLI_USAGE;
}

/* A path seen from here means the same in the daemon. */
static char *absolute(const char *path) {
    char folder[4096];
    size_t size = sizeof folder;
    if (path[0] == '/' || path[0] == '\0' || uv_cwd(folder, &size) != 0) {
        return text_duplicate(path);
    }
    buffer joined = {0};
    buffer_printf(&joined, "%s/%s", folder, path);
    char *copy = joined.failed == KINMU_OK ? text_duplicate(buffer_string(&joined)) : NULL;
    buffer_free(&joined);
    return copy;
}

static int set_value(given *g, uint32_t index, const char *value) {
    kinmu_field field = field_at(g->word, index);
    if (g->values[index] != NULL) {
        return refuse(g->word, "given twice:", field.name);
    }
    if (strchr(value, CONTROL_SEPARATOR) != NULL || !text_is_utf8(value, strlen(value))) {
        return refuse(g->word, "not a text:", field.name);
    }
    if (field.choices != NULL && !text_is_choice(field.choices, value, strlen(value))) {
        fprintf(stderr, "kinmu %s: %s is one of %s, not \"%s\"\n", g->word->command.shell,
                field.name, field.choices, value);
        return CLI_USAGE;
    }
    g->values[index] = is_path(&field) ? absolute(value) : text_duplicate(value);
    return g->values[index] != NULL ? CLI_OK : CLI_FAILED;
}

/* One more path, on a line of its own. */
static int add_path(given *g, uint32_t index, const char *value) {
    char *path = absolute(value);
    buffer lines = {0};
    buffer_printf(&lines, "%s\n%s", g->values[index], path != NULL ? path : "");
    char *all =
        path != NULL && lines.failed == KINMU_OK ? text_duplicate(buffer_string(&lines)) : NULL;
    free(path);
    buffer_free(&lines);
    if (all == NULL) {
        return CLI_FAILED;
    }
    free(g->values[index]);
    g->values[index] = all;
    return CLI_OK;
}

/* The first field from g->next on that a word may fill: needed ones first, then the others. */
static uint32_t free_field(given *g, int required) {
    uint32_t count = g->word->command.input.count;
    uint32_t i = required ? 0 : g->next;
    for (; i < count; i++) {
        kinmu_field field = field_at(g->word, i);
        int is_required = (field.flags & KINMU_FIELD_REQUIRED) != 0;
        if (field.type != KINMU_TYPE_BOOL && is_required == required &&
            (!required || g->values[i] == NULL)) {
            break;
        }
    }
    return i;
}

static int take_unnamed(given *g, const char *value) {
    uint32_t count = g->word->command.input.count;
    kinmu_field last = count > 0 ? field_at(g->word, count - 1) : (kinmu_field){0};
    uint32_t index = free_field(g, 1);
    if (index < count) {
        return set_value(g, index, value);
    }
    if (count > 0 && is_path(&last) && g->values[count - 1] != NULL &&
        strchr(value, '\n') == NULL) {
        return add_path(g, count - 1, value);
    }
    index = free_field(g, 0);
    if (index < count) {
        g->next = index + 1;
        return set_value(g, index, value);
    }
    return refuse(g->word, "one word too many:", value);
}

/* "--field VALUE", "--field=VALUE", "--flag" at argv[*at]; moves *at to the last word taken. */
static int take_named(given *g, int argc, char **argv, int *at) {
    const char *name = argv[*at] + 2;
    size_t size = strcspn(name, "=");
    const char *value = name[size] == '=' ? name + size + 1 : NULL;
    int is_instance = size == strlen("instance") && memcmp(name, "instance", size) == 0;
    uint32_t index = is_instance ? 0 : find_field(g->word, name, size);
    if (!is_instance && index == g->word->command.input.count) {
        return unknown_field(g->word, name, size);
    }
    if (value == NULL && !is_instance && field_at(g->word, index).type == KINMU_TYPE_BOOL) {
        value = "true";
    } else if (value == NULL && *at + 1 < argc) {
        value = argv[++*at];
    } else if (value == NULL) {
        return refuse(g->word, "nothing stands after", argv[*at]);
    }
    if (is_instance) {
        g->instance = value;
        return CLI_OK;
    }
    return set_value(g, index, value);
}

/* "field=VALUE": what looks like it names a field; free text with '=' stands after "--". */
static int is_assignment(const char *word) {
    size_t size = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return size > 0 && word[size] == '=' && word[0] >= 'a' && word[0] <= 'z';
}

static int take_assignment(given *g, const char *text) {
    size_t size = strcspn(text, "=");
    uint32_t index = find_field(g->word, text, size);
    return index == g->word->command.input.count ? unknown_field(g->word, text, size)
                                                 : set_value(g, index, text + size + 1);
}

static int read_words(given *g, int argc, char **argv) {
    int code = CLI_OK;
    int only_values = 0;
    for (int i = g->word->words; code == CLI_OK && i < argc; i++) {
        if (!only_values && strcmp(argv[i], "--") == 0) {
            only_values = 1;
        } else if (!only_values && strncmp(argv[i], "--", 2) == 0) {
            code = take_named(g, argc, argv, &i);
        } else if (!only_values && is_assignment(argv[i])) {
            code = take_assignment(g, argv[i]);
        } else {
            code = take_unnamed(g, argv[i]);
        }
    }
    for (uint32_t i = 0; code == CLI_OK && i < g->word->command.input.count; i++) {
        kinmu_field field = field_at(g->word, i);
        if ((field.flags & KINMU_FIELD_REQUIRED) != 0 && g->values[i] == NULL) {
            code = refuse(g->word, "is missing:", field.name);
        }
    }
    return code;
}

/* Columns of the terminal; one that does not say is wide enough. */
static size_t terminal_width(void) {
    uv_loop_t loop;
    uv_tty_t terminal;
    int width = 0;
    int height = 0;
    if (uv_loop_init(&loop) != 0) {
        return WIDTH_UNKNOWN;
    }
    if (uv_tty_init(&loop, &terminal, STDOUT, 0) == 0) {
        if (uv_tty_get_winsize(&terminal, &width, &height) != 0) {
            width = 0;
        }
        uv_close((uv_handle_t *)&terminal, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(&loop);
    return width > 0 ? (size_t)width : WIDTH_UNKNOWN;
}

/* Lines for people, as it came for scripts. */
static void print_answer(const kinmu_plugin *plugin, const buffer *answer) {
    buffer lines = {0};
    if (uv_guess_handle(STDOUT) == UV_TTY) {
        answer_lines(&lines, (const char *)answer->data, answer->size, &plugin->titles,
                     terminal_width());
        fputs(buffer_string(&lines), stdout);
        if (lines.failed != KINMU_OK) {
            fprintf(stderr, "kinmu: no memory to show the answer; add \"| cat\" for JSON\n");
        }
    } else {
        fwrite(answer->data, 1, answer->size, stdout);
    }
    buffer_wipe(&lines);
}

/* Files to be handed over: lines of a value become marks in the words, and paths in *paths, which
 * point into the value. 0: too many. */
static int hand_over(char *lines, buffer *words, const char **paths, uint32_t *count) {
    for (char *at = lines; at != NULL;) {
        char *end = strchr(at, '\n');
        if (*count == HANDED_FILES_MAX) {
            return 0;
        }
        buffer_printf(words, "%s%c%u", at != lines ? "\n" : "", HANDED_MARK, *count);
        paths[(*count)++] = at;
        at = end != NULL ? end + 1 : NULL;
        if (end != NULL) {
            *end = '\0';
        }
    }
    return 1;
}

static int ask(const given *g, const cli_places *places) {
    const char *paths[HANDED_FILES_MAX];
    uint32_t path_count = 0;
    char data[4096];
    buffer argument = {0};
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    buffer_printf(&argument, "%s%c%s%c%s", g->word->plugin->name, CONTROL_SEPARATOR,
                  g->instance != NULL ? g->instance : "", CONTROL_SEPARATOR, g->word->command.name);
    for (uint32_t i = 0; i < g->word->command.input.count; i++) {
        kinmu_field field = field_at(g->word, i);
        if (g->values[i] == NULL) {
            continue;
        }
        buffer_printf(&argument, "%c%s=%s", CONTROL_SEPARATOR, field.name,
                      is_file(&field) ? "" : g->values[i]);
        if (is_file(&field) && !hand_over(g->values[i], &argument, paths, &path_count)) {
            buffer_wipe(&argument);
            fprintf(stderr,
                    "kinmu %s: 一度に渡せるのは %u ファイルまでです / at most %u files at once\n",
                    g->word->command.shell, HANDED_FILES_MAX, HANDED_FILES_MAX);
            return CLI_FAILED;
        }
    }
    int32_t status = cli_data_folder(places, data, sizeof data, &err);
    if (status == KINMU_OK) {
        status = control_request_with(data, "word", buffer_string(&argument), paths, path_count,
                                      &answer, &err);
    }
    if (answer.size > 0) { /* a refusal, too, may say more than its sentence */
        print_answer(g->word->plugin, &answer);
    }
    if (status != KINMU_OK) {
        fprintf(stderr, "kinmu %s: %s\n", g->word->command.shell, err.msg);
    }
    buffer_wipe(&argument);
    buffer_wipe(&answer);
    return status == KINMU_OK ? CLI_OK : CLI_FAILED;
}

int shell_run(const shell_word *word, int argc, char **argv) {
    cli_places places;
    given g = {.word = word};
    if (argc == word->words + 1 && cli_is_help(argv[word->words])) {
        print_help(stdout, word);
        return CLI_OK;
    }
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int code = read_words(&g, argc, argv);
    if (code == CLI_OK) {
        code = ask(&g, &places);
    }
    for (uint32_t i = 0; i < KINMU_FIELDS_MAX; i++) {
        free(g.values[i]);
    }
    return code;
}
