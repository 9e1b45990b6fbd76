/* daemon.h - a real `kinmu run` under test, in a folder of its own: start it, ask it, kill it.
 *
 * Programmer's and environment's errors end the test program with a message; what the daemon does
 * is returned for the caller to judge. */
#ifndef CRASH_DAEMON_H
#define CRASH_DAEMON_H

#include "base/buffer.h"

#include <stdio.h>
#include <sys/types.h>

#define DAEMON_PATH_SIZE 512

typedef struct daemon_process {
    const char *build;             /* kinmu is there, and tests/crash/plugins */
    char folder[DAEMON_PATH_SIZE]; /* side files, log */
    char conf[DAEMON_PATH_SIZE];
    char data[DAEMON_PATH_SIZE];
    char plugins[2 * DAEMON_PATH_SIZE]; /* ':'-separated folders */
    char space[64];                     /* network namespace it runs in; "" = this one */
    pid_t pid;                          /* 0 = not running */
} daemon_process;

/* Makes the folder. `data` NULL: inside it. */
void daemon_prepare(daemon_process *d, const char *build, const char *data);
void daemon_configure(const daemon_process *d, const char *yaml); /* the only file of conf.d */
/* Returns the milliseconds until its control socket answered; ends the test after 30 s or when the
 * daemon ends instead. */
double daemon_start(daemon_process *d);
/* Without waiting. CRASH_PRELOAD of the environment names a library for the daemon alone. */
void daemon_spawn(daemon_process *d);
/* Status JSON; "" when it does not answer. */
const char *daemon_status(const daemon_process *d, buffer *json);
void daemon_kill(daemon_process *d); /* SIGKILL and reap */
/* Waits for its end: exit code, or 128 + signal; ends the test after `seconds`. */
int daemon_wait(daemon_process *d, double seconds);
int daemon_stop(daemon_process *d); /* SIGTERM, wait */
/* `kinmu WORDS` on the same folders; read its output, then pclose. */
FILE *daemon_command(const daemon_process *d, const char *words);
/* Runs a program of the system in silence, words up to NULL; its exit code, -1 when it could not be
 * started or was killed. No shell reads the words. */
int run_program(const char *program, ...) __attribute__((sentinel));
void remove_tree(const char *path);               /* dies when it cannot */
void copy_tree(const char *from, const char *to); /* what `to` held is removed first */
void daemon_remove(daemon_process *d);            /* kills it and removes the folder */

/* Text of the log, for messages. */
void daemon_show_log(const daemon_process *d);

/* A number of one instance in the status, or -1. instance NULL: of the node itself. */
int64_t status_number(const char *json, const char *instance, const char *key);

double now_ms(void);
void sleep_ms(double ms);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* One seed makes a test repeatable; KINMU_TEST_SEED or the time, printed. */
void random_begin(void);
uint32_t random_below(uint32_t limit);
int is_long(void); /* KINMU_TEST_LONG=1 */

#endif
