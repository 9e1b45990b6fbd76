/* cli/offline.c - see offline.h. */
#include "cli/offline.h"

#include "cli/data_folder.h"
#include "host/scan.h"

#include <stdio.h>
#include <string.h>

/* Warnings are for `kinmu check`; here only errors matter. */
static int load_config(cli_offline *offline) {
    config_problems problems = {0};
    config_source source = catalog_source(offline->plugins);
    int32_t status = config_load(offline->places.conf, &source, &offline->conf, &problems);
    if (status != KINMU_OK) {
        buffer out = {0};
        config_problems_print(&problems, &out);
        fputs(buffer_string(&out), stderr);
        buffer_free(&out);
    }
    config_problems_free(&problems);
    return status == KINMU_OK ? CLI_OK : CLI_FAILED;
}

const char *cli_program = NULL;

int32_t cli_find_plugins(const char *folders, catalog **out, kinmu_err *err) {
    return cli_program != NULL ? scan_plugins(cli_program, folders, out, err)
                               : catalog_load(folders, out, err);
}

int cli_offline_load(int *argc, char **argv, int32_t flags, cli_offline *out) {
    kinmu_err err = {0};
    memset(out, 0, sizeof *out);
    int code = cli_take_places(argc, argv, &out->places);
    if (code != CLI_OK) {
        return code;
    }
    int32_t status = catalog_load(out->places.plugins, &out->plugins, &err);
    if (status == KINMU_OK) {
        status = schema_registry_create(&out->schemas);
    }
    if (status == KINMU_OK) {
        status = catalog_register(out->plugins, out->schemas, &err);
    }
    if (status != KINMU_OK) {
        fprintf(stderr, "kinmu: %s\n", err.msg[0] != '\0' ? err.msg : "out of memory");
        return CLI_FAILED;
    }
    /* A refused file is told: without it the result may lack something. */
    for (uint32_t i = 0; i < out->plugins->problem_count; i++) {
        fprintf(stderr, "kinmu: %s\n", out->plugins->problems[i].text);
    }
    if (flags & OFFLINE_CONFIG) {
        code = load_config(out);
    }
    if (code == CLI_OK &&
        cli_data_places(&out->places, out->data, sizeof out->data, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu: %s\n", err.msg);
        code = CLI_FAILED;
    }
    return code;
}

void cli_offline_free(cli_offline *offline) {
    config_free(offline->conf);
    schema_registry_destroy(offline->schemas);
    catalog_free(offline->plugins);
}
