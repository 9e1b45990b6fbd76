/* cli/words.h - taking options out of a command's words. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

/* Takes the first "NAME VALUE" or "NAME=VALUE" out of argv. 0 = not there, 1 = *value set, -1 =
 * without a value. */
int cli_take_option(int *argc, char **argv, const char *name, const char **value);

int cli_is_help(const char *word); /* --help, -h */

/* Takes the word "NAME" out; 1 when it was there. */
int cli_take_flag(int *argc, char **argv, const char *name);
/* As "NAME VALUE VALUE2", for two that belong together. */
int cli_take_pair(int *argc, char **argv, const char *name, const char **value,
                  const char **value2);

#endif
