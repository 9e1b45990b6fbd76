/* cli/daemon.c - `kinmu run` and the two programs the daemon starts for itself: runner and scan. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "host/catalog.h"
#include "host/node.h"
#include "host/runner.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char cli_run_usage[] =
    "usage: kinmu run [--conf DIR] [--data DIR] [--plugins DIR] [--for SECONDS]\n";

int cli_run(int argc, char **argv) {
    cli_places places;
    kinmu_err err = {{0}, {0}};
    uint64_t run_ms = 0;
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    if (argc == 3 && strcmp(argv[1], "--for") == 0 && strtol(argv[2], NULL, 10) > 0) {
        run_ms = (uint64_t)strtol(argv[2], NULL, 10) * 1000;
    } else if (argc > 1) {
        fprintf(stderr, "kinmu run: \"%s\" is not known\n%s", argv[1], cli_run_usage);
        return CLI_USAGE;
    }
    if (cli_check_data(&places, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu run: %s\n", err.msg);
        return CLI_USAGE;
    }
    node_settings settings = {places.conf, places.data, places.plugins, run_ms};
    platform_ignore_broken_pipes();
    platform_harden_process(0);
    if (node_run(&settings, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu run: %s\n", err.msg);
        return CLI_FAILED;
    }
    return CLI_OK;
}

int cli_runner(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return runner_main();
}

/* The last one told is the one that crashed. */
static void tell_opening(const char *file) {
    printf("%s\n", file);
    fflush(stdout);
}

/* scan FOLDERS [FILE THAT CRASHES]…: a line a file, a NUL, the catalog. */
int cli_scan(int argc, char **argv) {
    catalog *found = NULL;
    kinmu_err err = {{0}, {0}};
    buffer out = {0};
    if (argc < 2) {
        return CLI_USAGE;
    }
    const catalog_caution caution = {tell_opening, (const char *const *)argv + 2,
                                     (uint32_t)argc - 2};
    if (catalog_load_with(argv[1], &caution, &found, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu scan: %s\n", err.msg);
        return CLI_FAILED;
    }
    buffer_append(&out, "", 1);
    catalog_write(found, &out);
    int written = out.failed == KINMU_OK && fwrite(out.data, 1, out.size, stdout) == out.size &&
                  fflush(stdout) == 0;
    buffer_free(&out);
    catalog_free(found);
    return written ? CLI_OK : CLI_FAILED;
}
