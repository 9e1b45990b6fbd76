/* cli/plugin_check/child.c - the process in which one test runs. It tells its parent, line by line
 * on descriptor 3, what it is doing ("s"), which plugins the file has ("p") and the verdict ("v"),
 * so that a crash leaves the last place known. */
#include "cli/plugin_check/run.h"

#include "base/text.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_FILE 3
#define CHILD_DONE 0
#define CHILD_BROKEN 3

static void report(char kind, const char *text) {
    char line[CHECK_REASON_SIZE + 4];
    uv_fs_t request;
    int size = snprintf(line, sizeof line, "%c%s", kind, text);
    size = size < (int)sizeof line - 1 ? size : (int)sizeof line - 2;
    for (int i = 0; i < size; i++) {
        line[i] = line[i] == '\n' || line[i] == '\r' ? ' ' : line[i];
    }
    line[size] = '\n';
    uv_buf_t bytes = uv_buf_init(line, (unsigned)size + 1);
    (void)uv_fs_write(NULL, &request, ANSWER_FILE, &bytes, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
}

static void say(const char *where) {
    report('s', where);
}

static int give_verdict(const check *c, enum check_verdict verdict) {
    char text[CHECK_REASON_SIZE + 2];
    snprintf(text, sizeof text, "%d%s", (int)verdict, c->reason);
    report('v', text);
    return CHILD_DONE;
}

static const check_test *find_test(const char *name) {
    for (uint32_t i = 0; i < check_test_count; i++) {
        if (strcmp(check_tests[i].name, name) == 0) {
            return &check_tests[i];
        }
    }
    return NULL;
}

/* The names of the plugins are wanted as soon as the file is known to load. */
static void tell_plugins(const check *c) {
    catalog *plugins = NULL;
    kinmu_err err = {{0}, {0}};
    if (catalog_load_file(c->file, &plugins, &err) == KINMU_OK) {
        for (uint32_t i = 0; i < plugins->count; i++) {
            report('p', plugins->plugins[i].plugin->name);
        }
    }
    catalog_free(plugins);
}

static int run_file_test(check *c, const check_test *test) {
    enum check_verdict verdict = test->run(c);
    if (verdict == CHECK_OK && test->run == check_loads) {
        tell_plugins(c);
    }
    return give_verdict(c, verdict);
}

static int run_plugin_test(check *c, const check_test *test, uint32_t plugin) {
    catalog *plugins = NULL;
    kinmu_err err = {{0}, {0}};
    schema_registry *schemas = check_vocabulary();
    if (schemas == NULL || catalog_load_file(c->file, &plugins, &err) != KINMU_OK ||
        plugin >= plugins->count) {
        (void)check_skip(c, "%s", err.msg);
        return give_verdict(c, CHECK_SKIPPED);
    }
    c->plugin = plugins->plugins[plugin].plugin;
    for (uint32_t i = 0; i < c->plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&c->plugin->schemas, i, &use, sizeof use);
        if (use.schema != NULL) { /* one that is refused is told by schema-valid */
            (void)schema_registry_add(schemas, use.schema, NULL, &err);
        }
    }
    c->schemas = schemas;
    return give_verdict(c, test->run(c)); /* memory is left to the end of the process */
}

int run_child(const run_job *job, uint32_t plugin) {
    static check c;
    const check_test *test = job->only != NULL ? find_test(job->only) : NULL;
    if (test == NULL) {
        return CHILD_BROKEN;
    }
    platform_harden_process(1);
    c.file = job->file;
    c.given = job->given;
    c.seed = job->seed;
    c.say = say;
    return (test->flags & CHECK_FILE) != 0 ? run_file_test(&c, test)
                                           : run_plugin_test(&c, test, plugin);
}
