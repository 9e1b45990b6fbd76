/* cli/main.c - the `kinmu` program: finds the command and runs it. */
#include "cli/cli.h"

#include "cli/tool.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

static const cli_command commands[] = {
    {"run", cli_run, "run [--conf DIR] [--data DIR] [--plugins DIR]", "Record: the daemon.",
     cli_run_usage},
    {"check", cli_check, "check [--conf DIR]", "Check all files of conf.d and list every error.",
     cli_check_usage},
    {"status", cli_status, "status [--hub] [--json]",
     "What runs, its health, lag and losses; a hub's devices.", cli_status_usage},
    {"export", cli_export, "export EXPORTER --from DAY --to DAY --out DIR",
     "Write the files of a period.", cli_export_usage},
    {"call", cli_call, "call INSTANCE COMMAND [field=value …]",
     "Send a command to a running plugin.", cli_call_usage},
    {"journal", cli_journal, "journal stat | cat | verify | checkpoint | erase",
     "The history itself.", cli_journal_usage},
    {"evidence", cli_evidence, "evidence --subject S --month YYYY-MM | verify FILE",
     "Prove a person's month in one file.", cli_evidence_usage},
    {"backup", cli_backup, "backup DIR [--with-store]", "Copy the data, also while it records.",
     cli_backup_usage},
    {"restore", cli_restore, "restore DIR --data NEW", "Put a backup into an empty folder.",
     cli_restore_usage},
    {"store", cli_store, "store rebuild | digest", "The tables made from the history.",
     cli_store_usage},
    {"agent", cli_agent, "agent enroll | status", "This PC as one of a hub's.", cli_agent_usage},
    {"hub", cli_hub, "hub init | invite | devices | revoke | …",
     "A hub: its keys, invitations, devices.", cli_hub_usage},
    {"simulate", cli_simulate, "simulate --hub URL --token TOKEN --agents N …",
     "Many simulated agents at work: load, demonstrations, tests.", cli_simulate_usage},
    {"plugin", cli_plugin, "plugin list | info | check | new", "Plugins: see, check, begin one.",
     cli_plugin_usage},
    {"runner", cli_runner, NULL, NULL, NULL},
    {"scan", cli_scan, NULL, NULL, NULL},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static int help(FILE *out) {
    fprintf(out,
            "kinmu %s - records working time honestly and proves it\n"
            "勤務 - 労働時間をありのままに記録し、証明します\n\n",
            KINMU_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].words != NULL) {
            fprintf(out, "  kinmu %-48s %s\n", commands[i].words, commands[i].doc);
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

int main(int argc, char **argv) {
    const char *names[COMMAND_COUNT];
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
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(argv[1], commands[i].name) == 0) {
            if (commands[i].usage != NULL && asks_for_help(argc, argv)) {
                fputs(commands[i].usage, stdout);
                return CLI_OK;
            }
            if (commands[i].run != cli_plugin) { /* whatever else is made holds personal data */
                platform_private_files();
            }
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    platform_private_files();
    return cli_tool(argc - 1, argv + 1, names, COMMAND_COUNT);
}
