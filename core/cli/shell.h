/* cli/shell.h - commands of plugins under words of their own, kinmu_command.shell: `kinmu punch
 * start
 * --person sato` is `kinmu call INSTANCE punch kind=start person=sato`. */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "cli/cli.h"
#include "host/catalog.h"

#include <stdio.h>

typedef struct shell_word {
    const kinmu_plugin *plugin;
    kinmu_command command;
    int words; /* of argv that name it: 1 or 2 */
} shell_word;

/* The command that argv begins with, the longer word first; 0 when there is none. */
int shell_find(const catalog *c, int argc, char **argv, shell_word *found);
/* Asks the running daemon, takes what is left of --conf and --data; returns the exit code. */
int shell_run(const shell_word *word, int argc, char **argv);

/* Shows all words of a plugin; how many there are. */
uint32_t shell_print_all(FILE *out, const kinmu_plugin *plugin);
/* Where argv[0] begins words of two, such as "person list": shows them, on stderr if argv goes on
 * with another word. 0 when there are none. */
int shell_print_group(const catalog *c, int argc, char **argv);
/* Their names, for "did you mean"; how many. */
size_t shell_words(const catalog *c, const char **names, size_t names_max);

#endif
