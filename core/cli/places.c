/* cli/places.c - where configuration, data and plugins are: words of the command line, then the
 * environment, then the build tree the program stands in, then the installed places. */
#include "base/text.h"
#include "cli/cli.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

int cli_folder_exists(const char *path) {
    uv_fs_t request;
    int found = uv_fs_stat(NULL, &request, path, NULL) == 0 &&
                (request.statbuf.st_mode & 0170000) == 0040000;
    uv_fs_req_cleanup(&request);
    return found;
}

/* "--conf DIR" or "--conf=DIR" at argv[at]: how many words it takes, 0 when it is another word. */
static int take_value(int argc, char **argv, int at, const char *name, const char **value) {
    size_t size = strlen(name);
    *value = NULL;
    if (strncmp(argv[at], name, size) != 0) {
        return 0;
    }
    if (argv[at][size] == '=') {
        *value = argv[at] + size + 1;
        return 1;
    }
    if (argv[at][size] != '\0') {
        return 0;
    }
    *value = at + 1 < argc ? argv[at + 1] : NULL;
    return 2;
}

static void add_folder(char *list, size_t size, const char *folder) {
    size_t used = strlen(list);
    if (used + strlen(folder) + 2 <= size) {
        snprintf(list + used, size - used, "%s%s", used > 0 ? ":" : "", folder);
    }
}

static void use_environment(cli_places *places) {
    const char *conf = getenv("KINMU_CONF");
    const char *data = getenv("KINMU_DATA");
    const char *plugins = getenv("KINMU_PLUGINS");
    if (places->conf[0] == '\0' && conf != NULL) {
        text_copy(places->conf, sizeof places->conf, conf);
    }
    if (places->data[0] == '\0' && data != NULL) {
        text_copy(places->data, sizeof places->data, data);
    }
    if (places->plugins[0] == '\0' && plugins != NULL) {
        text_copy(places->plugins, sizeof places->plugins, plugins);
    }
}

/* A program built and not installed finds its plugins beside itself; one installed, below its
 * prefix. */
static void use_program_place(cli_places *places) {
    char program[2048];
    char folder[4096];
    if (platform_program_path(program, sizeof program) != KINMU_OK) {
        return;
    }
    char *slash = strrchr(program, '/');
    if (slash == NULL) {
        return;
    }
    *slash = '\0';
    if (places->plugins[0] == '\0') {
        snprintf(folder, sizeof folder, "%s/plugins", program);
        if (cli_folder_exists(folder)) {
            text_copy(places->plugins, sizeof places->plugins, folder);
        }
    }
    if (places->conf[0] == '\0') {
        snprintf(folder, sizeof folder, "%s/../../conf.d/standalone", program);
        if (cli_folder_exists(folder)) {
            text_copy(places->conf, sizeof places->conf, folder);
        }
    }
}

static int take_names(int *argc, char **argv, size_t name_count, cli_places *places) {
    static const char *const names[] = {"--plugins", "--conf", "--data"};
    int kept = 0;
    int is_free_text = 0; /* behind "--" */
    memset(places, 0, sizeof *places);
    for (int i = 0; i < *argc;) {
        const char *folder = NULL;
        int words = 0;
        size_t which = 0;
        is_free_text |= strcmp(argv[i], "--") == 0;
        for (; which < name_count && words == 0 && !is_free_text; which += words == 0) {
            words = take_value(*argc, argv, i, names[which], &folder);
        }
        if (words == 0) {
            argv[kept++] = argv[i++];
            continue;
        }
        if (folder == NULL) {
            fprintf(stderr, "kinmu: %s needs a folder after it\n", names[which]);
            return CLI_USAGE;
        }
        if (which == 0) {
            add_folder(places->plugins, sizeof places->plugins, folder);
        } else if (which == 1) {
            text_copy(places->conf, sizeof places->conf, folder);
        } else {
            text_copy(places->data, sizeof places->data, folder);
        }
        i += words;
    }
    *argc = kept;
    argv[kept] = NULL;
    use_environment(places);
    use_program_place(places);
    if (places->conf[0] == '\0') {
        text_copy(places->conf, sizeof places->conf, KINMU_CONF_DIR);
    }
    if (places->plugins[0] == '\0') {
        text_copy(places->plugins, sizeof places->plugins, KINMU_PLUGIN_DIR);
    }
    return CLI_OK;
}

int cli_take_places(int *argc, char **argv, cli_places *places) {
    return take_names(argc, argv, 3, places);
}

int cli_take_plugins(int *argc, char **argv, cli_places *places) {
    return take_names(argc, argv, 1, places);
}
