/* host/runner.h - the process that hosts plugins for the daemon. It has no journal, no keys and no
 * configuration of its own: only the pipe on descriptor 3 and the plugin files it is told of. */
#ifndef HOST_RUNNER_H
#define HOST_RUNNER_H

/* Serves until told to quit or the pipe closes; returns the exit code. */
int runner_main(void);

#endif
