/* cli/hub.c - `kinmu hub`: which command is meant, on which data folder. */
#include "cli/hub.h"

#include "base/text.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

const char cli_hub_usage[] =
    "usage: kinmu hub init [--name HOST]… [--authority CERT KEY] [--certificate CERT --key KEY]\n"
    "       kinmu hub renew [--name HOST]…\n"
    "       kinmu hub invite [--uses N] [--expires 7d] [--group GROUP]\n"
    "       kinmu hub invites | cancel INVITE\n"
    "       kinmu hub devices | revoke DEVICE [--reason TEXT] | readmit DEVICE\n"
    "with [--data DIR] [--conf DIR]; lists with [--json]\n";

int hub_misused(const char *word) {
    if (word != NULL) {
        fprintf(stderr, "kinmu hub: \"%s\" is not known here\n", word);
    }
    fputs(cli_hub_usage, stderr);
    return CLI_USAGE;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, const char *data);
} commands[] = {
    {"init", hub_init},       {"renew", hub_renew},     {"invite", hub_invite},
    {"invites", hub_invites}, {"cancel", hub_cancel},   {"devices", hub_devices},
    {"revoke", hub_revoke},   {"readmit", hub_readmit},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

int cli_hub(int argc, char **argv) {
    const char *names[COMMAND_COUNT];
    cli_places places;
    char data[4096];
    kinmu_err err = {{0}, {0}};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    if (argc < 2) {
        return hub_misused(NULL);
    }
    platform_harden_process(0);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(argv[1], commands[i].name) != 0) {
            continue;
        }
        if (cli_data_folder(&places, data, sizeof data, &err) != KINMU_OK) {
            fprintf(stderr, "kinmu hub: %s\n", err.msg);
            return CLI_FAILED;
        }
        return commands[i].run(argc - 1, argv + 1, data);
    }
    const char *nearest = text_nearest(argv[1], names, COMMAND_COUNT);
    fprintf(stderr, "kinmu hub: there is no \"%s\"%s%s%s\n", argv[1],
            nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?" : "");
    return hub_misused(NULL);
}
