/* cli/plugin_check/run.c - see run.h: the parent. Several tests run at once, each in a
 * child with a time limit and an empty folder; results are reported in the order of the table. */
#include "cli/plugin_check/run.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "platform/platform.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNNING_MAX 4u
#define GRACE_MS 500u
#define TRIALS_MAX 1024u
#define OUTPUT_SIZE 1024u
#define LINE_SIZE 1024u
#define PATH_SIZE 4096u

enum trial_state { TRIAL_WAITING, TRIAL_RUNNING, TRIAL_DONE };

typedef struct running running;

typedef struct trial {
    running *owner;
    const check_test *test;
    uint32_t plugin;
    enum trial_state state;
    enum check_verdict verdict;
    int32_t is_wanted; /* else it runs only because another needs it */
    int32_t has_verdict;
    int32_t is_late;
    int64_t exit_status;
    int signal;
    char reason[CHECK_REASON_SIZE];
    char where[CHECK_REASON_SIZE]; /* what the child said it was doing */
    char line[LINE_SIZE];          /* the unfinished one */
    size_t line_size;
    char output[OUTPUT_SIZE]; /* its beginning, which tells more than its end */
    size_t output_size;
    char folder[PATH_SIZE];
    uv_process_t process;
    uv_pipe_t answers;
    uv_pipe_t writes;
    uv_pipe_t complains;
    uv_timer_t limit;
    int32_t open_handles;
    uint64_t began_ns;
    double seconds;
    char chunk[LINE_SIZE];
} trial;

struct running {
    const run_job *job;
    uv_loop_t loop;
    char program[PATH_SIZE];
    char names[RUN_PLUGINS_MAX][KINMU_NAME_BYTES_MAX + 1];
    uint32_t name_count;
    trial *trials[TRIALS_MAX];
    uint32_t trial_count;
    uint32_t running_count;
    uint32_t reported;
    void (*report)(void *user, const run_result *result);
    void *user;
};

/* ---- folders ---- */

static void remove_folder(const char *path) {
    uv_fs_t request;
    uv_dirent_t entry;
    if (uv_fs_scandir(NULL, &request, path, 0, NULL) >= 0) {
        while (uv_fs_scandir_next(&request, &entry) == 0) {
            char inner[PATH_SIZE + 256];
            uv_fs_t unlinking;
            snprintf(inner, sizeof inner, "%s/%s", path, entry.name);
            if (uv_fs_unlink(NULL, &unlinking, inner, NULL) != 0) {
                remove_folder(inner);
            }
            uv_fs_req_cleanup(&unlinking);
        }
    }
    uv_fs_req_cleanup(&request);
    (void)uv_fs_rmdir(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
}

static int make_folder(trial *t) {
    uv_fs_t request;
    char pattern[PATH_SIZE];
    size_t size = sizeof pattern - 32;
    int result = uv_os_tmpdir(pattern, &size);
    if (result == 0) {
        snprintf(pattern + size, sizeof pattern - size, "/kinmu-check-XXXXXX");
        result = uv_fs_mkdtemp(NULL, &request, pattern, NULL);
        text_copy(t->folder, sizeof t->folder, result == 0 ? request.path : "");
        uv_fs_req_cleanup(&request);
    }
    return result;
}

/* ---- what a child tells ---- */

static void take_line(trial *t) {
    const char *text = t->line + 1;
    if (t->line[0] == 's') {
        text_copy(t->where, sizeof t->where, text);
    } else if (t->line[0] == 'p' && t->owner->name_count < RUN_PLUGINS_MAX) {
        text_copy(t->owner->names[t->owner->name_count++], KINMU_NAME_BYTES_MAX + 1, text);
    } else if (t->line[0] == 'v' && text[0] >= '0' && text[0] <= '2') {
        t->has_verdict = 1;
        t->verdict = (enum check_verdict)(text[0] - '0');
        text_copy(t->reason, sizeof t->reason, text + 1);
    }
}

static void take_answer(trial *t, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            t->line[t->line_size] = '\0';
            take_line(t);
            t->line_size = 0;
        } else if (t->line_size < LINE_SIZE - 1) {
            t->line[t->line_size++] = bytes[i];
        }
    }
}

static void take_output(trial *t, const char *bytes, size_t size) {
    for (size_t i = 0; i < size && t->output_size < OUTPUT_SIZE - 1; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        int32_t is_blank = byte < ' ' && byte != 0x1b;
        if (!is_blank || (t->output_size > 0 && t->output[t->output_size - 1] != ' ')) {
            t->output[t->output_size++] = is_blank ? ' ' : bytes[i];
        }
    }
    t->output[text_cut(t->output, t->output_size, OUTPUT_SIZE - 1)] = '\0';
}

static void go_on(running *r);

static void conclude(trial *t) {
    char where[CHECK_REASON_SIZE + 8] = "";
    if (t->where[0] != '\0') {
        snprintf(where, sizeof where, " (%s)", t->where);
    }
    if (t->is_late) {
        t->verdict = CHECK_FAILED;
        snprintf(t->reason, sizeof t->reason, "did not end within %u s%.300s", t->test->seconds_max,
                 where);
    } else if (t->signal != 0 || t->exit_status != 0 || !t->has_verdict) {
        char how[64];
        snprintf(how, sizeof how, t->signal != 0 ? "crashed by signal %d" : "ended with code %d",
                 t->signal != 0 ? t->signal : (int)t->exit_status);
        snprintf(t->reason, sizeof t->reason, "%s%s%.300s", how,
                 t->has_verdict ? " after its end" : "", where);
        t->verdict = CHECK_FAILED;
    } else if (t->verdict == CHECK_OK && (t->test->flags & CHECK_SILENT) != 0 &&
               t->output_size > 0) {
        t->verdict = CHECK_FAILED;
        text_copy(t->reason, sizeof t->reason, "it writes on standard output or error");
    }
    t->seconds = (double)(uv_hrtime() - t->began_ns) / 1e9;
}

static void on_closed(uv_handle_t *handle);

static void close_once(uv_handle_t *handle) {
    if (!uv_is_closing(handle)) {
        uv_close(handle, on_closed);
    }
}

/* The clock is the last to go: a child has ended once it is reaped and its pipes are at their end.
 */
static void on_closed(uv_handle_t *handle) {
    trial *t = handle->data;
    t->open_handles--;
    if (t->open_handles == 1) {
        close_once((uv_handle_t *)&t->limit);
    }
    if (t->open_handles == 0) {
        conclude(t);
        remove_folder(t->folder);
        t->state = TRIAL_DONE;
        t->owner->running_count--;
        go_on(t->owner);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *bytes) {
    trial *t = handle->data;
    (void)suggested;
    *bytes = uv_buf_init(t->chunk, sizeof t->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes) {
    trial *t = stream->data;
    if (size < 0) {
        close_once((uv_handle_t *)stream);
    } else if (stream == (uv_stream_t *)&t->answers) {
        take_answer(t, bytes->base, (size_t)size);
    } else {
        take_output(t, bytes->base, (size_t)size);
    }
}

/* ---- one child ---- */

/* The pipes end by themselves, unless a process the plugin started holds them open. */
static void on_grace(uv_timer_t *timer) {
    trial *t = timer->data;
    close_once((uv_handle_t *)&t->answers);
    close_once((uv_handle_t *)&t->writes);
    close_once((uv_handle_t *)&t->complains);
    close_once((uv_handle_t *)timer);
}

static void on_exit_(uv_process_t *process, int64_t exit_status, int signal) {
    trial *t = process->data;
    t->exit_status = exit_status;
    t->signal = signal;
    uv_close((uv_handle_t *)process, on_closed);
    uv_timer_start(&t->limit, on_grace, GRACE_MS, 0);
}

static void on_limit(uv_timer_t *timer) {
    trial *t = timer->data;
    t->is_late = 1;
    uv_process_kill(&t->process, SIGKILL);
}

static void fail_at_once(trial *t, int result) {
    t->verdict = CHECK_FAILED;
    t->state = TRIAL_DONE;
    snprintf(t->reason, sizeof t->reason, "the test cannot be started: %s", uv_strerror(result));
    remove_folder(t->folder);
}

static int spawn(trial *t) {
    running *r = t->owner;
    const char *arguments[2 * RUN_GIVEN_MAX + 16] = {r->program,   "plugin", "check",
                                                     r->job->file, "--only", t->test->name};
    char seed[24];
    char plugin[24];
    uint32_t count = 6;
    snprintf(seed, sizeof seed, "%" PRIu64, r->job->seed);
    snprintf(plugin, sizeof plugin, "%u", t->plugin);
    arguments[count++] = "--seed";
    arguments[count++] = seed;
    arguments[count++] = "--child";
    arguments[count++] = plugin;
    for (uint32_t i = 0; r->job->given[i] != NULL; i++) {
        arguments[count++] = "--set";
        arguments[count++] = r->job->given[i];
    }
    uv_stdio_container_t stdio[4];
    uv_process_options_t options;
    memset(stdio, 0, sizeof stdio);
    memset(&options, 0, sizeof options);
    stdio[0].flags = UV_IGNORE;
    stdio[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    stdio[1].data.stream = (uv_stream_t *)&t->writes;
    stdio[2].flags = stdio[1].flags;
    stdio[2].data.stream = (uv_stream_t *)&t->complains;
    stdio[3].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    stdio[3].data.stream = (uv_stream_t *)&t->answers;
    options.file = r->program;
    options.args = (char **)(uintptr_t)arguments;
    options.cwd = t->folder;
    options.stdio = stdio;
    options.stdio_count = 4;
    options.exit_cb = on_exit_;
    options.flags = UV_PROCESS_WINDOWS_HIDE;
    return uv_spawn(&r->loop, &t->process, &options);
}

static void start(trial *t) {
    running *r = t->owner;
    int result = make_folder(t);
    if (result != 0) {
        fail_at_once(t, result);
        return;
    }
    uv_pipe_init(&r->loop, &t->answers, 0);
    uv_pipe_init(&r->loop, &t->writes, 0);
    uv_pipe_init(&r->loop, &t->complains, 0);
    uv_timer_init(&r->loop, &t->limit);
    t->answers.data = t->writes.data = t->complains.data = t->limit.data = t->process.data = t;
    t->open_handles = 5;
    t->state = TRIAL_RUNNING;
    t->began_ns = uv_hrtime();
    r->running_count++;
    result = spawn(t);
    if (result != 0) {
        snprintf(t->where, sizeof t->where, "cannot be started: %s", uv_strerror(result));
        uv_close((uv_handle_t *)&t->process, on_closed);
        on_grace(&t->limit);
        return;
    }
    uv_read_start((uv_stream_t *)&t->answers, on_alloc, on_read);
    uv_read_start((uv_stream_t *)&t->writes, on_alloc, on_read);
    uv_read_start((uv_stream_t *)&t->complains, on_alloc, on_read);
    uv_timer_start(&t->limit, on_limit, t->test->seconds_max * 1000u, 0);
}

/* ---- all of them ---- */

static trial *find_needed(const running *r, const trial *t) {
    for (uint32_t i = 0; t->test->needs != NULL && i < r->trial_count; i++) {
        trial *other = r->trials[i];
        if (strcmp(other->test->name, t->test->needs) == 0 &&
            ((other->test->flags & CHECK_FILE) != 0 || other->plugin == t->plugin)) {
            return other;
        }
    }
    return NULL;
}

static void report_ready(running *r) {
    for (; r->reported < r->trial_count; r->reported++) {
        const trial *t = r->trials[r->reported];
        if (t->state != TRIAL_DONE) {
            return;
        }
        int32_t is_file = (t->test->flags & CHECK_FILE) != 0;
        run_result result = {t->test,           is_file ? "" : r->names[t->plugin],
                             r->name_count > 1, t->verdict,
                             t->reason,         t->output,
                             t->seconds};
        if (t->is_wanted || t->verdict == CHECK_FAILED) {
            r->report(r->user, &result);
        }
    }
}

static void skip(trial *t, const trial *needed) {
    t->state = TRIAL_DONE;
    t->verdict = CHECK_SKIPPED;
    snprintf(t->reason, sizeof t->reason, "%s %s", needed->test->name,
             needed->verdict == CHECK_FAILED ? "failed" : "was skipped");
}

/* 1 when it may start now. */
static int32_t is_ready(const running *r, trial *t) {
    trial *needed = find_needed(r, t);
    if (t->state != TRIAL_WAITING) {
        return 0;
    }
    if (needed != NULL && needed->state == TRIAL_DONE && needed->verdict != CHECK_OK) {
        skip(t, needed);
        return 0;
    }
    return needed == NULL || needed->state == TRIAL_DONE;
}

/* Starts what may run. A test that measures time waits until it is alone. */
static void go_on(running *r) {
    int32_t is_alone = 0;
    for (uint32_t i = 0; i < r->trial_count; i++) {
        is_alone |=
            r->trials[i]->state == TRIAL_RUNNING && (r->trials[i]->test->flags & CHECK_ALONE) != 0;
    }
    for (uint32_t i = 0; i < r->trial_count; i++) {
        trial *t = r->trials[i];
        if (!is_ready(r, t) || is_alone || r->running_count >= RUNNING_MAX) {
            continue;
        }
        if ((t->test->flags & CHECK_ALONE) != 0 && r->running_count > 0) {
            continue;
        }
        start(t);
        is_alone = (t->test->flags & CHECK_ALONE) != 0 && t->state == TRIAL_RUNNING;
    }
    report_ready(r);
}

static int32_t is_needed_by(const char *name, const check_test *test) {
    while (test != NULL && test->needs != NULL) {
        if (strcmp(test->needs, name) == 0) {
            return 1;
        }
        const check_test *next = NULL;
        for (uint32_t i = 0; i < check_test_count; i++) {
            next = strcmp(check_tests[i].name, test->needs) == 0 ? &check_tests[i] : next;
        }
        test = next;
    }
    return 0;
}

static int32_t add_trials(running *r, uint32_t plugin, int32_t of_file) {
    const check_test *asked = NULL;
    for (uint32_t i = 0; r->job->only != NULL && i < check_test_count; i++) {
        asked = strcmp(check_tests[i].name, r->job->only) == 0 ? &check_tests[i] : asked;
    }
    for (uint32_t i = 0; i < check_test_count; i++) {
        const check_test *test = &check_tests[i];
        int32_t is_of_file = (test->flags & CHECK_FILE) != 0;
        int32_t is_wanted = asked == NULL || asked == test;
        if (is_of_file != of_file || (!is_wanted && !is_needed_by(test->name, asked))) {
            continue;
        }
        trial *t = r->trial_count < TRIALS_MAX ? calloc(1, sizeof *t) : NULL;
        if (t == NULL) {
            return KINMU_E_NOMEM;
        }
        t->owner = r;
        t->test = test;
        t->plugin = plugin;
        t->is_wanted = is_wanted;
        r->trials[r->trial_count++] = t;
    }
    return KINMU_OK;
}

static void add_setting(const char *variable, const char *setting) {
    char settings[1024] = "";
    size_t size = sizeof settings - 64;
    if (uv_os_getenv(variable, settings, &size) != 0) {
        settings[0] = '\0';
    }
    size_t used = strlen(settings);
    snprintf(settings + used, sizeof settings - used, "%s%s", used > 0 ? ":" : "", setting);
    uv_os_setenv(variable, settings);
}

/* Children inherit the environment. Sanitizers of a developer's build would look for leaks at every
 * end; no-memory-growth does that here. glibc counts what its threads keep for reuse as given out,
 * which looks like a leak for as long as it grows. */
static void prepare_environment(void) {
    add_setting("ASAN_OPTIONS", "detect_leaks=0");
    add_setting("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
    uv_os_setenv(MAKE_SECRET_VARIABLE, "a secret of the check");
}

static int32_t run_all(running *r) {
    int32_t status = add_trials(r, 0, 1);
    go_on(r);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    for (uint32_t i = 0; status == KINMU_OK && i < (r->name_count > 0 ? r->name_count : 1); i++) {
        status = add_trials(r, i, 0);
    }
    go_on(r);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    return status;
}

int32_t run_tests(const run_job *job, void (*report)(void *user, const run_result *result),
                  void *user, kinmu_err *err) {
    running *r = calloc(1, sizeof *r);
    if (r == NULL || uv_loop_init(&r->loop) != 0) {
        free(r);
        return error_set(err, KINMU_E_NOMEM, "check.memory", "out of memory");
    }
    r->job = job;
    r->report = report;
    r->user = user;
    int32_t status = platform_program_path(r->program, sizeof r->program);
    if (status != KINMU_OK) {
        error_set(err, status, "check.program", "the path of this program is not known");
    } else {
        prepare_environment();
        status = run_all(r);
    }
    for (uint32_t i = 0; i < r->trial_count; i++) {
        free(r->trials[i]);
    }
    uv_loop_close(&r->loop);
    free(r);
    return status;
}
