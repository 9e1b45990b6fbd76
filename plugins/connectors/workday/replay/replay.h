/* workday/replay/replay.h - `kinmu workday replay`: the rules over two files, without anything else
 * (U28). docs/replay.md is its manual. */
#ifndef WORKDAY_REPLAY_H
#define WORKDAY_REPLAY_H

#include <stdint.h>
#include <stdio.h>

/* argv[0] is the tool's name. Gives the exit code: 0; 1 = faults in the files, told on `errors`,
 * nothing printed; 2 = the command line. */
int32_t replay_run(int32_t argc, const char *const *argv, FILE *out, FILE *errors);

#endif
