/* cli/commands.c - the program's own commands. Rows without words are not for people. */
#include "cli/cli.h"

#include <stddef.h>

const cli_command cli_commands[] = {
    {"run", cli_run, "run [--conf DIR] [--data DIR] [--plugins DIR]", "Record: the daemon.",
     cli_run_usage},
    {"check", cli_check, "check [--conf DIR]", "Check all files of conf.d and list every error.",
     cli_check_usage},
    {"status", cli_status, "status [--hub] [--json]",
     "What runs, its health, lag and losses; a hub's devices.", cli_status_usage},
    {"notice", cli_notice, "notice [show | accept | decline | withdraw]",
     "What I am told before I am recorded, and my answer.", cli_notice_usage},
    {"export", cli_export, "export EXPORTER --from DAY --to DAY --out DIR",
     "Write the files of a period.", cli_export_usage},
    {"call", cli_call, "call INSTANCE COMMAND [field=value …]",
     "Send a command to a running plugin.", cli_call_usage},
    {"journal", cli_journal, "journal stat | cat | verify | checkpoint | erase | receipts",
     "The history itself.", cli_journal_usage},
    {"evidence", cli_evidence, "evidence --subject S --month YYYY-MM | verify FILE",
     "Prove a person's month in one file.", cli_evidence_usage},
    {"backup", cli_backup, "backup DIR [--with-store]", "Copy the data, also while it records.",
     cli_backup_usage},
    {"restore", cli_restore, "restore DIR --data NEW | --postgres",
     "Put a backup into an empty folder, or note that the server was put back.", cli_restore_usage},
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
    {NULL, NULL, NULL, NULL, NULL},
};
