/* cli/plugin_check/run.h - runs the tests of a plugin file, each in a process of its own, and the
 * other end: what such a process does. */
#ifndef CLI_PLUGIN_CHECK_RUN_H
#define CLI_PLUGIN_CHECK_RUN_H

#include "cli/plugin_check/tests.h"

#define RUN_GIVEN_MAX 64
#define RUN_PLUGINS_MAX 16u

typedef struct run_job {
    char file[4096];  /* absolute */
    const char *only; /* a test's name, or NULL: all */
    uint64_t seed;
    const char *given[RUN_GIVEN_MAX + 1]; /* options "name=value", up to NULL */
} run_job;

typedef struct run_result {
    const check_test *test;
    const char *plugin; /* "" for tests of the file */
    int32_t is_shared;  /* the file has more than one plugin */
    enum check_verdict verdict;
    const char *reason;
    const char *output; /* the last the test wrote by itself */
    double seconds;
} run_result;

/* Calls `report` once per test, in the order of the table. KINMU_OK when the tests could be run. */
int32_t run_tests(const run_job *job, void (*report)(void *user, const run_result *result),
                  void *user, kinmu_err *err);

/* In the child: runs one test and tells the parent. Returns the process's exit code. */
int run_child(const run_job *job, uint32_t plugin);

#endif
