/* cli/main.c - the `kinmu` program: finds the command and runs it. */
#include "cli/cli.h"

#include "cli/tool.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

static int help(FILE *out) {
    fprintf(out,
            "kinmu %s - records working time honestly and proves it\n"
            "勤務 - 労働時間をありのままに記録し、証明します\n\n",
            KINMU_VERSION);
    for (const cli_command *c = cli_commands; c->name != NULL; c++) {
        if (c->words != NULL) {
            fprintf(out, "  kinmu %-48s %s\n", c->words, c->doc);
        }
    }
    fprintf(out, "  kinmu %-48s %s\n", "PLUGIN [TOOL …]",
            "What a plugin adds: kinmu PLUGIN shows it, kinmu plugin list all.");
    return out == stdout ? CLI_OK : CLI_USAGE;
}

/* "kinmu hub --help", "kinmu hub init -h"; further behind it may be a value. */
static int asks_for_help(int argc, char **argv) {
    const char *last = argv[argc - 1];
    return (argc == 3 || argc == 4) && (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0);
}

static int run(int argc, char **argv) {
    static char program[4096];
    if (platform_program_path(program, sizeof program) == KINMU_OK) {
        cli_program = program;
    }
    if (argc < 2) {
        return help(stderr);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return help(stdout);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("kinmu %s\n", KINMU_VERSION);
        return CLI_OK;
    }
    for (const cli_command *c = cli_commands; c->name != NULL; c++) {
        if (strcmp(argv[1], c->name) == 0) {
            if (c->usage != NULL && asks_for_help(argc, argv)) {
                fputs(c->usage, stdout);
                return CLI_OK;
            }
            if (c->run != cli_plugin) { /* whatever else is made holds personal data */
                platform_private_files();
            }
            return c->run(argc - 1, argv + 1);
        }
    }
    platform_private_files();
    return cli_tool(argc - 1, argv + 1);
}

/* What threads of the loop's pool keep is given back before the libraries that own it go. */
int main(int argc, char **argv) {
    int code = run(argc, argv);
    uv_library_shutdown();
    return code;
}
