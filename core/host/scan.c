/* host/scan.c - see scan.h. The child is `kinmu scan FOLDERS [FILE THAT CRASHES]…`. */
#include "host/scan.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SCAN_MS_MAX 10000u
#define CRASHING_MAX 8u /* files left out of one look */

typedef struct scan {
    uv_loop_t loop;
    uv_process_t process;
    uv_pipe_t pipe;
    uv_timer_t timer;
    buffer out;
    int64_t exit_code;
} scan;

/* A plugin file whose constructor hangs must not hang who looks at it. */
static void on_late(uv_timer_t *timer) {
    scan *s = timer->data;
    uv_process_kill(&s->process, SIGKILL);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    scan *s = handle->data;
    (void)suggested;
    uint8_t *room = buffer_reserve(&s->out, 65536);
    *piece = uv_buf_init((char *)room, room != NULL ? 65536 : 0);
}

static void on_part(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    scan *s = stream->data;
    (void)piece;
    if (size > 0) {
        s->out.size += (size_t)size;
    } else if (size < 0) {
        uv_close((uv_handle_t *)stream, NULL);
    }
}

static void on_exit_of_child(uv_process_t *process, int64_t code, int signal_number) {
    scan *s = process->data;
    s->exit_code = signal_number != 0 ? 128 + signal_number : code;
    uv_close((uv_handle_t *)process, NULL);
    uv_close((uv_handle_t *)&s->timer, NULL);
}

/* Runs the child; what it wrote, and how it ended, is in s then. */
static int32_t run_child(scan *s, char **arguments, kinmu_err *err) {
    uv_stdio_container_t stdio[3];
    uv_process_options_t options = {0};
    int result = uv_loop_init(&s->loop);
    if (result != 0) {
        return KINMU_E_NOMEM;
    }
    memset(stdio, 0, sizeof stdio);
    uv_pipe_init(&s->loop, &s->pipe, 0);
    s->pipe.data = s;
    s->process.data = s;
    stdio[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    stdio[1].data.stream = (uv_stream_t *)&s->pipe;
    stdio[2].flags = UV_INHERIT_FD;
    stdio[2].data.fd = 2;
    options.file = arguments[0];
    options.args = arguments;
    options.stdio = stdio;
    options.stdio_count = 3;
    options.exit_cb = on_exit_of_child;
    result = uv_spawn(&s->loop, &s->process, &options);
    if (result != 0) {
        uv_close((uv_handle_t *)&s->pipe, NULL);
        uv_close((uv_handle_t *)&s->process, NULL);
        uv_run(&s->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&s->loop);
        return error_set(err, KINMU_E_RETRY, "scan.spawn", "the plugin scan cannot be started: %s",
                         uv_strerror(result));
    }
    uv_timer_init(&s->loop, &s->timer);
    s->timer.data = s;
    uv_timer_start(&s->timer, on_late, SCAN_MS_MAX, 0);
    uv_read_start((uv_stream_t *)&s->pipe, on_room, on_part);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&s->loop);
    return KINMU_OK;
}

/* The last whole line: the file it was opening when it ended; NULL when there is none. */
static char *culprit(scan *s) {
    const char *text = buffer_string(&s->out);
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] != '\n') {
        size--;
    }
    size_t begin = size > 0 ? size - 1 : 0;
    while (begin > 0 && text[begin - 1] != '\n') {
        begin--;
    }
    char *file = size > 1 ? text_duplicate(text + begin) : NULL;
    if (file != NULL) {
        file[size - 1 - begin] = '\0';
    }
    return file;
}

int32_t scan_plugins(const char *program, const char *folders, catalog **out, kinmu_err *err) {
    scan s = {0};
    char word[] = "scan";
    char *arguments[3 + CRASHING_MAX + 1] = {(char *)(uintptr_t)program, word,
                                             (char *)(uintptr_t)folders};
    uint32_t crashing = 0;
    int32_t status = run_child(&s, arguments, err);
    while (status == KINMU_OK && s.exit_code != 0 && crashing < CRASHING_MAX) {
        char *file = culprit(&s);
        if (file == NULL) {
            break;
        }
        arguments[3 + crashing++] = file;
        buffer_free(&s.out);
        memset(&s, 0, sizeof s);
        status = run_child(&s, arguments, err);
    }
    size_t told = strlen(buffer_string(&s.out)) + 1;
    if (status == KINMU_OK && (s.exit_code != 0 || told > s.out.size)) {
        status = error_set(err, KINMU_E_ABI, "scan.crash",
                           "looking at the plugin files in \"%s\" ended with code %lld; find the "
                           "one that crashes when opened with: kinmu plugin check FILE",
                           folders, (long long)s.exit_code);
    }
    if (status == KINMU_OK) {
        status = catalog_read(s.out.data + told, s.out.size - told, out, err);
    }
    while (crashing > 0) {
        free(arguments[3 + --crashing]);
    }
    buffer_free(&s.out);
    return status;
}
