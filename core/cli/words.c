/* cli/words.c - see words.h. */
#include "cli/words.h"

#include <stddef.h>
#include <string.h>

static void drop(int *argc, char **argv, int at, int count) {
    memmove(&argv[at], &argv[at + count], (size_t)(*argc - at - count) * sizeof *argv);
    *argc -= count;
}

int cli_take_option(int *argc, char **argv, const char *name, const char **value) {
    size_t size = strlen(name);
    for (int i = 1; i < *argc; i++) {
        if (strncmp(argv[i], name, size) != 0) {
            continue;
        }
        if (argv[i][size] == '=') {
            *value = argv[i] + size + 1;
            drop(argc, argv, i, 1);
            return 1;
        }
        if (argv[i][size] != '\0') {
            continue;
        }
        int has_value = i + 1 < *argc;
        *value = has_value ? argv[i + 1] : NULL;
        drop(argc, argv, i, has_value ? 2 : 1);
        return has_value ? 1 : -1;
    }
    return 0;
}

int cli_take_pair(int *argc, char **argv, const char *name, const char **value,
                  const char **value2) {
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            int has_both = i + 2 < *argc;
            *value = has_both ? argv[i + 1] : NULL;
            *value2 = has_both ? argv[i + 2] : NULL;
            drop(argc, argv, i, has_both ? 3 : 1);
            return has_both ? 1 : -1;
        }
    }
    return 0;
}

int cli_is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int cli_take_flag(int *argc, char **argv, const char *name) {
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            drop(argc, argv, i, 1);
            return 1;
        }
    }
    return 0;
}
