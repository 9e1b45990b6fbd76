/* cli/plugin_check.c - see plugin_check.h: the words of the command and its report. */
#include "cli/plugin_check.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/plugin_check/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_USAGE                                                                                \
    "usage: kinmu plugin check FILE [--only TEST] [--seed N] [--set OPTION=VALUE …]\n"           \
    "       kinmu plugin check --list\n"

typedef struct words {
    run_job job;
    const char *file;
    int32_t child; /* index of the plugin to test, -1: this is the parent */
    int32_t lists;
    uint32_t given_count;
} words;

static int usage(const char *fault, const char *word) {
    fprintf(stderr, "kinmu plugin check: %s%s%s%s\n" CHECK_USAGE, fault, word != NULL ? " \"" : "",
            word != NULL ? word : "", word != NULL ? "\"" : "");
    return CLI_USAGE;
}

static int take_number(const char *text, uint64_t most, uint64_t *number) {
    char *end = NULL;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number <= most;
}

/* One option and its value; CLI_OK when understood. */
static int take_option(words *w, const char *name, const char *value) {
    uint64_t number = 0;
    if (value == NULL) {
        return usage("not understood, or its value is missing:", name);
    }
    if (strcmp(name, "--only") == 0) {
        w->job.only = value;
    } else if (strcmp(name, "--seed") == 0 && take_number(value, UINT32_MAX, &number)) {
        w->job.seed = number;
    } else if (strcmp(name, "--child") == 0 && take_number(value, RUN_PLUGINS_MAX, &number)) {
        w->child = (int32_t)number;
    } else if (strcmp(name, "--set") == 0 && strchr(value, '=') != NULL &&
               w->given_count < RUN_GIVEN_MAX) {
        w->job.given[w->given_count++] = value;
    } else {
        return usage("not understood:", name);
    }
    return CLI_OK;
}

static int take_words(words *w, int argc, char **argv) {
    int result = CLI_OK;
    for (int i = 1; result == CLI_OK && i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            w->lists = 1;
        } else if (argv[i][0] == '-') {
            result = take_option(w, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        } else if (w->file != NULL) {
            result = usage("one FILE at a time, not", argv[i]);
        } else {
            w->file = argv[i];
        }
    }
    return result;
}

static int list(void) {
    for (uint32_t i = 0; i < check_test_count; i++) {
        printf("%-28s %s\n", check_tests[i].name, check_tests[i].doc);
    }
    return CLI_OK;
}

static int check_only(const char *only) {
    const char *names[64];
    uint32_t count = 0;
    for (uint32_t i = 0; only != NULL && i < check_test_count && count < 64; i++) {
        names[count++] = check_tests[i].name;
        if (strcmp(check_tests[i].name, only) == 0) {
            return CLI_OK;
        }
    }
    if (only == NULL) {
        return CLI_OK;
    }
    const char *nearest = text_nearest(only, names, count);
    fprintf(stderr, "kinmu plugin check: no test \"%s\"%s%s%s; see: kinmu plugin check --list\n",
            only, nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?)" : "");
    return CLI_USAGE;
}

/* ---- the report ---- */

typedef struct tally {
    const words *words;
    uint32_t counts[3];
} tally;

static void print_result(void *user, const run_result *result) {
    static const char *const shown[] = {"ok", "FAILED", "skipped"};
    tally *t = user;
    t->counts[result->verdict]++;
    printf("%-8s %s%s%s%s%s\n", shown[result->verdict], result->is_shared ? result->plugin : "",
           result->is_shared && result->plugin[0] != '\0' ? " " : "", result->test->name,
           result->reason[0] != '\0' ? ": " : "", result->reason);
    if (result->verdict == CHECK_FAILED) {
        printf("         test:  %s\n", result->test->doc);
        if (result->output[0] != '\0') {
            printf("         wrote: %s\n", result->output);
        }
        printf("         again: kinmu plugin check %s --only %s --seed %" PRIu64 "\n",
               t->words->file, result->test->name, t->words->job.seed);
    }
    fflush(stdout);
}

static int resolve(words *w) {
    uv_fs_t request;
    int result = uv_fs_realpath(NULL, &request, w->file, NULL);
    if (result == 0) {
        text_copy(w->job.file, sizeof w->job.file, request.ptr);
    } else {
        fprintf(stderr, "kinmu plugin check: \"%s\": %s\n", w->file, uv_strerror(result));
    }
    uv_fs_req_cleanup(&request);
    return result == 0 ? CLI_OK : CLI_FAILED;
}

static int check_file(words *w) {
    tally t = {w, {0, 0, 0}};
    kinmu_err err = {{0}, {0}};
    uint64_t began_ns = uv_hrtime();
    if (run_tests(&w->job, print_result, &t, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu plugin check: %s\n", err.msg);
        return CLI_FAILED;
    }
    printf("%s: %u ok, %u failed, %u skipped in %.1f s (seed %" PRIu64 ")\n", w->file,
           t.counts[CHECK_OK], t.counts[CHECK_FAILED], t.counts[CHECK_SKIPPED],
           (double)(uv_hrtime() - began_ns) / 1e9, w->job.seed);
    return t.counts[CHECK_FAILED] == 0 ? CLI_OK : CLI_FAILED;
}

int plugin_check_main(int argc, char **argv) {
    static words w; /* its paths are large */
    memset(&w, 0, sizeof w);
    w.child = -1;
    w.job.seed = (uint64_t)clock_unix_ns() / 1000000u % 1000000u;
    int result = take_words(&w, argc, argv);
    if (result != CLI_OK) {
        return result;
    }
    if (w.lists) {
        return list();
    }
    if (w.file == NULL) {
        return usage("FILE is missing", NULL);
    }
    result = check_only(w.job.only);
    if (result == CLI_OK) {
        result = resolve(&w);
    }
    if (result != CLI_OK) {
        return result;
    }
    return w.child >= 0 ? run_child(&w.job, (uint32_t)w.child) : check_file(&w);
}
