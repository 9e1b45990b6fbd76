/* host/exporting.c - exporting/1: an export that an instance ordered is made by `kinmu export` in a
 * process of its own, so that its memory and its crashes stay there. One at a time; it ends with
 * the daemon, and a stopping daemon waits for its end.
 */
#include "host/node_internal.h"

#include "base/error.h"
#include "base/text.h"
#include <kinmu/iface/exporting.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_FIXED 16u /* the program and what stands in every order */
#define WORDS_MAX (WORDS_FIXED + KINMU_EXPORTING_OPTIONS_MAX * 2 + 1)
#define OUTPUT_BYTES_MAX 65536u

struct exporting {
    node *n;
    uv_process_t process;
    uv_pipe_t pipe; /* its stderr */
    uint32_t open_handles;
    buffer said;
    char piece[4096];
    int32_t is_cancelled;
    int64_t code;                            /* exit code, or 128 + the signal */
    char name[KINMU_NAME_BYTES_MAX * 2 + 2]; /* whose it is */
    uint64_t life;
    kinmu_export_done_fn done;
    void *user;
};

static instance *instance_of(const kinmu_host *host) {
    return hosted_tag((const hosted *)(const void *)host);
}

static int32_t exporting_folder(const kinmu_host *host, char *path, uint32_t size) {
    int length = snprintf(path, size, "%s/exports", instance_of(host)->owner->data);
    return length > 0 && (uint32_t)length < size ? KINMU_OK : KINMU_E_NOMEM;
}

/* The last line it said, without the name of the command. */
static const char *last_words(struct exporting *e) {
    static const char prefix[] = "kinmu export: ";
    while (e->said.size > 0 && e->said.data[e->said.size - 1] == '\n') {
        e->said.size--;
    }
    const char *text = buffer_string(&e->said);
    const char *line = strrchr(text, '\n');
    line = line != NULL ? line + 1 : text;
    line = strncmp(line, prefix, sizeof prefix - 1) == 0 ? line + sizeof prefix - 1 : line;
    return text_is_utf8(line, strlen(line)) ? line : "";
}

static void tell_end(struct exporting *e) {
    const instance *i = instance_alive(e->n, e->name, e->life);
    char text[KINMU_ERR_MSG_SIZE];
    int32_t status = e->is_cancelled ? KINMU_E_STATE : e->code == 0 ? KINMU_OK : KINMU_E_REJECT;
    text_copy(text, sizeof text, status == KINMU_E_REJECT ? last_words(e) : "");
    if (status == KINMU_E_REJECT && text[0] == '\0') {
        snprintf(text, sizeof text, "the export ended without a word (code %d)", (int)e->code);
    }
    if (i != NULL && i->local != NULL) {
        e->done(e->user, status, text);
    }
}

/* Both handles are gone: it is over. The next may begin from within `done`. */
static void on_closed(uv_handle_t *handle) {
    struct exporting *e = handle->data;
    node *n = e->n;
    if (--e->open_handles > 0) {
        return;
    }
    n->exporting = NULL;
    tell_end(e);
    buffer_free(&e->said);
    free(e);
    node_settle(n);
}

static void on_ended(uv_process_t *process, int64_t code, int signal_number) {
    struct exporting *e = process->data;
    e->code = signal_number != 0 ? 128 + signal_number : code;
    uv_close((uv_handle_t *)process, on_closed);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    struct exporting *e = handle->data;
    (void)suggested;
    *piece = uv_buf_init(e->piece, sizeof e->piece);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    struct exporting *e = stream->data;
    if (size < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
    } else if (size > 0 && e->said.size < OUTPUT_BYTES_MAX) {
        buffer_append(&e->said, piece->base, (size_t)size);
    }
}

static int spawn(struct exporting *e, const kinmu_export_order *order) {
    const node_settings *s = &e->n->settings;
    const char *words[WORDS_MAX] = {
        e->n->program,  "export",    order->exporter,  "--from",       order->from_date, "--to",
        order->to_date, "--out",     order->directory, "--conf",       s->conf,          "--data",
        e->n->data,     "--plugins", s->plugins,       "--with-parent"};
    uint32_t count = WORDS_FIXED;
    uv_stdio_container_t stdio[3];
    uv_process_options_t options = {0};
    for (uint32_t i = 0; i < order->option_count; i++) {
        words[count++] = "--option";
        words[count++] = order->options[i];
    }
    memset(stdio, 0, sizeof stdio);
    stdio[2].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    stdio[2].data.stream = (uv_stream_t *)&e->pipe;
    options.file = e->n->program;
    options.args = (char **)(uintptr_t)words;
    options.stdio = stdio;
    options.stdio_count = 3;
    options.exit_cb = on_ended;
    options.flags = UV_PROCESS_WINDOWS_HIDE;
    uv_pipe_init(&e->n->loop, &e->pipe, 0);
    e->pipe.data = e;
    e->process.data = e;
    e->open_handles = 2;
    int result = uv_spawn(&e->n->loop, &e->process, &options);
    if (result == 0) {
        uv_os_setpriority(e->process.pid, UV_PRIORITY_BELOW_NORMAL); /* recording goes first */
        result = uv_read_start((uv_stream_t *)&e->pipe, on_allocate, on_read);
    } else {
        uv_close((uv_handle_t *)&e->process, on_closed);
    }
    if (result != 0) {
        uv_close((uv_handle_t *)&e->pipe, on_closed);
    }
    return result;
}

/* The words stand on a command line: none may be taken for another one's name. */
static int32_t is_order(const kinmu_export_order *order) {
    const char *const words[] = {order->exporter, order->from_date, order->to_date,
                                 order->directory};
    if (order->option_count > KINMU_EXPORTING_OPTIONS_MAX) {
        return 0;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i] == NULL || words[i][0] == '\0' || words[i][0] == '-') {
            return 0;
        }
    }
    return 1;
}

static int32_t exporting_begin(const kinmu_host *host, const kinmu_export_order *order,
                               kinmu_export_done_fn done, void *user) {
    const instance *i = instance_of(host);
    node *n = i->owner;
    kinmu_err err = {{0}, {0}};
    if (!is_order(order)) {
        return KINMU_E_REJECT;
    }
    if (n->exporting != NULL || n->tables == NULL) {
        return n->exporting != NULL ? KINMU_E_BUSY : KINMU_E_STATE;
    }
    int32_t status = platform_make_private_folder(order->directory, &err);
    struct exporting *e = status == KINMU_OK ? calloc(1, sizeof *e) : NULL;
    if (e == NULL) {
        return status != KINMU_OK ? status : KINMU_E_NOMEM;
    }
    e->n = n;
    e->life = i->life;
    e->done = done;
    e->user = user;
    text_copy(e->name, sizeof e->name, i->name);
    n->exporting = e;
    int result = spawn(e, order);
    if (result != 0) {
        buffer_printf(&e->said, "its process cannot be started: %s", uv_strerror(result));
        e->code = 1;
    }
    return KINMU_OK;
}

static void exporting_cancel(const kinmu_host *host) {
    struct exporting *e = instance_of(host)->owner->exporting;
    if (e != NULL && uv_is_active((const uv_handle_t *)&e->process)) {
        e->is_cancelled = 1;
        uv_process_kill(&e->process, SIGKILL);
    }
}

int32_t exporting_is_running(const node *n) {
    return n->exporting != NULL;
}

const kinmu_exporting exporting_table = {sizeof(kinmu_exporting), 0, exporting_folder,
                                         exporting_begin, exporting_cancel};
