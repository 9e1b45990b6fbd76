/* cli/plugin_check/faults.c - what a plugin does in a bad world: services missing, memory short,
 * state and events damaged, an export given up. Crashing is the usual failure; beside it, answers
 * that say nothing. */
#include "cli/plugin_check/tests.h"

#include "base/error.h"
#include "platform/inspect.h"
#include "platform/platform.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEED 30u
#define RUN_MS 100u
#define WHERE_SIZE 160

/* Creates, starts, works and ends; the first bad status. */
static int32_t live(check *c, rig *r, uint64_t ms, kinmu_err *err) {
    buffer options = {0};
    check_options(c, NULL, NULL, &options);
    int32_t status = rig_create(r, buffer_string(&options), err);
    buffer_free(&options);
    if (status == KINMU_OK) {
        status = rig_start(r, err);
    }
    if (status == KINMU_OK) {
        check_exercise(c, r, ms);
    }
    check_end(r);
    return status;
}

/* ---- no-iface ---- */

enum check_verdict check_no_iface(check *c) {
    enum check_verdict verdict = CHECK_OK;
    rig *r = check_rig(c);
    r->knobs.speed = SPEED;
    for (uint32_t i = 0; verdict == CHECK_OK && i <= RIG_SERVICES; i++) {
        kinmu_err err = {{0}, {0}};
        char where[WHERE_SIZE];
        r->knobs.missing = i < RIG_SERVICES ? rig_services[i] : "*";
        snprintf(where, sizeof where, "on a host without %s",
                 i < RIG_SERVICES ? rig_services[i] : "any service");
        c->say(where);
        int32_t status = live(c, r, RUN_MS, &err);
        if (status != KINMU_OK && err.msg[0] == '\0') {
            verdict =
                check_fail(c, "%s it answered %s without a reason", where, error_name(status));
        }
    }
    return verdict;
}

/* ---- garbage-state ---- */

enum check_verdict check_garbage_state(check *c) {
    static const char *const names[RIG_STATES] = {
        "", "random bytes", "a flipped bit", "cut in half", "empty", "too large", "unreadable"};
    rig *r = check_rig(c);
    kinmu_err err = {{0}, {0}};
    r->knobs.speed = SPEED;
    int32_t status = live(c, r, RUN_MS, &err); /* makes true state to be damaged */
    uint64_t reads = r->seen.reads;
    for (int state = RIG_STATE_GARBAGE; status == KINMU_OK && state < RIG_STATES; state++) {
        char where[WHERE_SIZE];
        snprintf(where, sizeof where, "with state that is %s", names[state]);
        c->say(where);
        r->knobs.state = (enum rig_state)state;
        status = live(c, r, RUN_MS, &err);
        reads += r->seen.reads;
        if (status != KINMU_OK) {
            return check_fail(c, "%s it answered %s: %s; damaged state is no reason not to start",
                              where, error_name(status), err.msg);
        }
    }
    return reads > 0 ? CHECK_OK : check_skip(c, "it reads no state");
}

/* ---- alloc-torture ---- */

#define ALLOCATIONS_MAX 120u
#define ALLOCATIONS_ALL 40u /* the first ones are all tried, later ones by the seed */
#define TORTURE_RUN_MS 10u

static atomic_uint allocations;
static atomic_uint failing_from; /* 0: none fails */
static atomic_uint failing_to;

static int32_t must_fail(void) {
    unsigned number = atomic_fetch_add(&allocations, 1) + 1;
    unsigned from = atomic_load(&failing_from);
    return from != 0 && number >= from && number <= atomic_load(&failing_to);
}

static void *torture_malloc(size_t size) {
    return must_fail() ? NULL : malloc(size);
}

static void *torture_calloc(size_t count, size_t size) {
    return must_fail() ? NULL : calloc(count, size);
}

static void *torture_realloc(void *memory, size_t size) {
    return must_fail() ? NULL : realloc(memory, size);
}

static char *torture_strndup(const char *text, size_t most) {
    const char *end = memchr(text, '\0', most);
    size_t size = end != NULL ? (size_t)(end - text) : most;
    char *copy = must_fail() ? NULL : malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

static char *torture_strdup(const char *text) {
    return torture_strndup(text, strlen(text));
}

static int32_t redirect_allocations(const char *file) {
    static const struct {
        const char *name;
        inspect_function replacement;
    } functions[] = {{"malloc", (inspect_function)torture_malloc},
                     {"calloc", (inspect_function)torture_calloc},
                     {"realloc", (inspect_function)torture_realloc},
                     {"strdup", (inspect_function)torture_strdup},
                     {"strndup", (inspect_function)torture_strndup}};
    kinmu_err err = {{0}, {0}};
    void *library = platform_open_library(file, &err); /* loaded before: the same one */
    int32_t changed = 0;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        int32_t places =
            library != NULL ? inspect_redirect(library, functions[i].name, functions[i].replacement)
                            : INSPECT_UNKNOWN;
        changed = places == INSPECT_UNKNOWN ? places : changed + places;
    }
    return changed;
}

/* Which allocation fails in the i-th round. */
static unsigned choose(rig *r, uint32_t round, unsigned total) {
    if (round <= ALLOCATIONS_ALL || total <= ALLOCATIONS_MAX) {
        return round;
    }
    return ALLOCATIONS_ALL + 1 + (unsigned)(rig_random(r) % (total - ALLOCATIONS_ALL));
}

static unsigned count_allocations(check *c, rig *r, kinmu_err *err) {
    atomic_store(&failing_from, 0);
    atomic_store(&allocations, 0);
    (void)live(c, r, TORTURE_RUN_MS, err);
    return atomic_load(&allocations);
}

enum check_verdict check_alloc_torture(check *c) {
    rig *r = check_rig(c);
    kinmu_err err = {{0}, {0}};
    r->knobs.speed = SPEED;
    int32_t places = redirect_allocations(c->file);
    if (places <= 0) {
        return check_skip(c, places == 0 ? "it allocates nothing by itself"
                                         : "its allocations cannot be redirected on this system");
    }
    unsigned total = count_allocations(c, r, &err);
    uint32_t rounds = total < ALLOCATIONS_MAX ? total : ALLOCATIONS_MAX;
    for (uint32_t i = 1; i <= rounds; i++) {
        char where[WHERE_SIZE];
        unsigned number = choose(r, i, total);
        int32_t is_one = rig_random(r) % 2 == 0;
        snprintf(where, sizeof where, "when allocation %u %s", number,
                 is_one ? "fails" : "and all after it fail");
        c->say(where);
        atomic_store(&allocations, 0);
        atomic_store(&failing_to, is_one ? number : UINT32_MAX);
        atomic_store(&failing_from, number);
        (void)live(c, r, TORTURE_RUN_MS, &err);
        atomic_store(&failing_from, 0);
    }
    return CHECK_OK;
}

/* ---- event-garbage ---- */

#define BATCH_MS_MAX 2000u

enum check_verdict check_event_garbage(check *c) {
    rig *r = check_rig(c);
    if (!check_accepts(c->plugin)) {
        return check_skip(c, "it accepts no events");
    }
    r->knobs.speed = SPEED;
    enum check_verdict verdict = check_begin(c, r);
    rig_run(r, 10 * RIG_STEP_MS, NULL);
    for (int style = 0; verdict == CHECK_OK && style < MAKE_STYLES; style++) {
        kinmu_err err = {{0}, {0}};
        c->say(make_style_names[style]);
        int32_t status =
            check_deliver(c, r, (enum make_style)style, SCHEMAS_MAX, BATCH_MS_MAX, &err);
        if (status != KINMU_OK && status != KINMU_E_REJECT) {
            verdict =
                check_fail(c, "%s: events answered %s: %s; the batch would come again for ever",
                           make_style_names[style], error_name(status), err.msg);
        }
    }
    rig_run(r, RUN_MS, NULL);
    check_end(r);
    return verdict;
}

/* ---- export-leaves-nothing ---- */

#define EXPORT_FOLDER "export"
#define EXPORT_DAY_NS INT64_C(86400000000000)

/* An export runs as a job, so on a thread of its own. */
typedef struct export_run {
    check *c;
    rig *r;
    char directory[4096];
    enum make_style style;
    int32_t commit;
    int32_t opened;
    int32_t status;
    kinmu_err err;
} export_run;

static int32_t export_events(export_run *run, void *state, arena *memory) {
    const kinmu_plugin *plugin = run->c->plugin;
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < plugin->schemas.count; i++) {
        kinmu_schema_use use;
        kinmu_event event;
        schema_table_row(&plugin->schemas, i, &use, sizeof use);
        if (use.schema == NULL || (use.flags & KINMU_ACCEPTS) == 0) {
            continue;
        }
        make_event(memory, use.schema, i, run->style, rig_random(run->r), &event);
        event.unix_ns = run->r->began_unix_ns; /* within the period asked for */
        kinmu_batch batch = {sizeof batch, 1, &event, 0};
        status = plugin->export_events(state, &batch, &run->err);
    }
    return status == KINMU_ENOUGH ? KINMU_OK : status;
}

static void export_job(void *user) {
    export_run *run = user;
    const kinmu_plugin *plugin = run->c->plugin;
    arena memory = {0};
    void *state = NULL;
    int64_t from_ns = run->r->began_unix_ns - EXPORT_DAY_NS;
    kinmu_export job = {
        sizeof job,    0, from_ns, from_ns + 2 * EXPORT_DAY_NS, "2026-11-01", "2026-11-02",
        run->directory};
    run->status = plugin->export_open(run->r->self, &job, &state, &run->err);
    run->opened = run->status == KINMU_OK;
    if (run->opened) {
        run->status = export_events(run, state, &memory);
        int32_t closed =
            plugin->export_close(state, run->commit && run->status == KINMU_OK, &run->err);
        run->status = run->status == KINMU_OK ? closed : run->status;
    }
    arena_free(&memory);
}

static int count_entries(const char *path) {
    uv_fs_t request;
    int count = uv_fs_scandir(NULL, &request, path, 0, NULL);
    uv_fs_req_cleanup(&request);
    return count;
}

static enum check_verdict export_once(check *c, rig *r, enum make_style style, int32_t commit) {
    uv_thread_t thread;
    export_run *run = calloc(1, sizeof *run);
    size_t size = sizeof run->directory - sizeof EXPORT_FOLDER - 1;
    enum check_verdict verdict = CHECK_OK;
    if (run == NULL || uv_cwd(run->directory, &size) != 0) {
        free(run);
        return check_skip(c, "no folder to export into");
    }
    snprintf(run->directory + size, sizeof run->directory - size, "/%s", EXPORT_FOLDER);
    run->c = c;
    run->r = r;
    run->style = style;
    run->commit = commit;
    c->say(make_style_names[style]);
    if (uv_thread_create(&thread, export_job, run) == 0) {
        uv_thread_join(&thread);
    }
    if (!run->opened) {
        verdict =
            check_skip(c, "export_open answered %s: %s", error_name(run->status), run->err.msg);
    } else if (count_entries(".") != 1) {
        verdict = check_fail(c, "it wrote outside the folder given");
    } else if (!commit && count_entries(EXPORT_FOLDER) != 0) {
        verdict = check_fail(c, "an export closed without commit left files (%s)",
                             make_style_names[style]);
    } else if (commit && run->status != KINMU_OK) {
        verdict = check_fail(c, "an export of sane events answered %s: %s", error_name(run->status),
                             run->err.msg);
    }
    free(run);
    return verdict;
}

enum check_verdict check_export_leaves_nothing(check *c) {
    uv_fs_t request;
    buffer options = {0};
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    const kinmu_plugin *plugin = c->plugin;
    if (plugin->export_open == NULL && plugin->kind != KINMU_EXPORTER) {
        return check_skip(c, "it is no exporter");
    }
    if (plugin->export_open == NULL) {
        return check_skip(c, "it exports live only");
    }
    if (plugin->export_events == NULL || plugin->export_close == NULL) {
        return check_fail(c, "it has export_open but not export_events and export_close");
    }
    (void)uv_fs_mkdir(NULL, &request, EXPORT_FOLDER, 0700, NULL);
    uv_fs_req_cleanup(&request);
    check_options(c, NULL, NULL, &options);
    enum check_verdict verdict = CHECK_OK;
    if (rig_create(r, buffer_string(&options), &err) != KINMU_OK) {
        verdict = check_fail(c, "create: %s", err.msg);
    }
    for (int style = 0; verdict == CHECK_OK && style < MAKE_STYLES; style++) {
        verdict = export_once(c, r, (enum make_style)style, 0);
    }
    if (verdict == CHECK_OK) {
        verdict = export_once(c, r, MAKE_SANE, 1);
    }
    rig_destroy(r);
    buffer_free(&options);
    return verdict;
}
