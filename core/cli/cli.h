/* cli/cli.h - the commands of the `kinmu` program; each returns the exit code. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <kinmu/base.h>

#define CLI_OK 0
#define CLI_FAILED 1 /* it was tried and failed, or a check found something */
#define CLI_USAGE 2  /* the words are off */

typedef struct cli_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
    const char *words;                 /* in the list of all commands; NULL: not shown */
    const char *doc;
    const char *usage;
} cli_command;

extern const cli_command cli_commands[]; /* ends with a row without a name */
extern const char *cli_program; /* set by main: kinmu's own file; NULL in a test's program */

int cli_run(int argc, char **argv);    /* the daemon */
int cli_check(int argc, char **argv);  /* conf.d */
int cli_plugin(int argc, char **argv); /* list | info | check | new */
int cli_status(int argc, char **argv);
int cli_call(int argc, char **argv);
int cli_notice(int argc, char **argv);  /* show | accept | decline | withdraw */
int cli_journal(int argc, char **argv); /* stat | cat | verify | checkpoint | erase */
int cli_evidence(int argc, char **argv);
int cli_backup(int argc, char **argv);
int cli_restore(int argc, char **argv);
int cli_store(int argc, char **argv); /* rebuild */
int cli_export(int argc, char **argv);
int cli_agent(int argc, char **argv);    /* enroll | status */
int cli_simulate(int argc, char **argv); /* many agents, for load, demonstrations and tests */
int cli_hub(int argc, char **argv);      /* init | renew | invite | invites | devices | … */
int cli_runner(int argc, char **argv);   /* internal: hosts plugins for the daemon */
int cli_scan(int argc, char **argv);     /* internal: describes plugin files */

/* What `kinmu COMMAND --help` prints, and a misused command behind what is wrong. */
extern const char cli_run_usage[];
extern const char cli_check_usage[];
extern const char cli_plugin_usage[];
extern const char cli_status_usage[];
extern const char cli_call_usage[];
extern const char cli_notice_usage[];
extern const char cli_journal_usage[];
extern const char cli_evidence_usage[];
extern const char cli_backup_usage[];
extern const char cli_restore_usage[];
extern const char cli_store_usage[];
extern const char cli_export_usage[];
extern const char cli_agent_usage[];
extern const char cli_simulate_usage[];
extern const char cli_hub_usage[];

/* Options shared by commands: --conf DIR, --data DIR, --plugins DIR (repeatable); found values are
 * taken out of argv. Unknown --options stay. Defaults: KINMU_CONF, KINMU_DATA, KINMU_PLUGINS of the
 * environment, then beside the program's build tree, then the installed places. */
typedef struct cli_places {
    char conf[4096];
    char data[4096];
    char plugins[4096]; /* ':'-separated folders */
} cli_places;
int cli_take_places(int *argc, char **argv, cli_places *places);
/* As above for --plugins alone: --conf and --data are left where they stand. */
int cli_take_plugins(int *argc, char **argv, cli_places *places);
int cli_folder_exists(const char *path);
/* Data directory: --data, else node.data of the configuration without checking plugins. */

#endif
