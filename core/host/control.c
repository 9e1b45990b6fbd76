/* host/control.c - the command line's end of the control socket: a loop of its own for one question
 * to the daemon of a data folder. The daemon's end is door.c. */
#include "host/control.h"

#include "base/error.h"
#include "host/frame.h"
#include "host/handed.h"
#include "platform/platform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PATH_BYTES_MAX 100u   /* sun_path holds about that many */
#define ERASE_WAIT_MS 600000u /* big files are rewritten, perhaps behind another such job */

int32_t control_path(const char *data, char *path, size_t size, kinmu_err *err) {
    int length = snprintf(path, size, "%s/control.sock", data);
    if (length < 0 || (size_t)length >= size || length > (int)PATH_BYTES_MAX) {
        return error_set(
            err, KINMU_E_CONFIG, "door.path",
            "data folder \"%s\": its path is too long for a socket (at most %u bytes); choose "
            "a shorter one in node.data",
            data, PATH_BYTES_MAX - 13);
    }
    return KINMU_OK;
}

typedef struct asking {
    uv_loop_t loop;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    const char *const *paths; /* of files still to be sent, the open one first */
    uint32_t path_count;
    FILE *file;
    uint64_t sent; /* of it */
    buffer question;
    kinmu_err *err; /* of reading a file here */
    int32_t status;
    buffer out;
    buffer in;
    int connected;
    int failure; /* libuv's, of the connection */
    int32_t is_whole;
} asking;

static void end_asking(asking *a) {
    if (!uv_is_closing((uv_handle_t *)&a->pipe)) {
        uv_close((uv_handle_t *)&a->pipe, NULL);
        uv_close((uv_handle_t *)&a->timer, NULL);
    }
}

static void ask_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    asking *a = handle->data;
    (void)suggested;
    uint8_t *room = buffer_reserve(&a->in, 65536);
    *piece = uv_buf_init((char *)room, room != NULL ? 65536 : 0);
}

static void on_answer(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    asking *a = stream->data;
    (void)piece;
    uint32_t type;
    uint32_t number;
    frame_reader body;
    if (size > 0) {
        a->in.size += (size_t)size;
        a->is_whole = frame_whole(a->in.data, a->in.size, &type, &number, &body) > 0;
    }
    if (size < 0 || a->is_whole) {
        end_asking(a);
    }
}

static void send_next(asking *a);

static void on_sent(uv_write_t *write, int status) {
    asking *a = write->data;
    if (status == 0 && !uv_is_closing((uv_handle_t *)&a->pipe)) {
        uv_timer_again(&a->timer);
        send_next(a);
    }
}

static int32_t fail_file(asking *a, const char *why) {
    a->status = error_set(a->err, KINMU_E_REJECT, "door.file",
                          "「%.300s」を読めません / cannot read \"%.300s\": %s", a->paths[0],
                          a->paths[0], why);
    return 0;
}

/* A piece of the files still to be sent, the first of each with its name; 0: it cannot be read. */
static int32_t add_piece(asking *a) {
    static char bytes[HANDED_PIECE_BYTES_MAX];
    const char *name = "";
    if (a->file == NULL) {
        const char *slash = strrchr(a->paths[0], '/');
        name = slash != NULL ? slash + 1 : a->paths[0];
        a->sent = 0;
        FILE *file = fopen(a->paths[0], "rb");
        if (file == NULL) {
            return fail_file(a, strerror(errno));
        }
        a->file = file;
    }
    uint64_t left = HANDED_FILE_BYTES_MAX - a->sent;
    size_t size = fread(bytes, 1, left < sizeof bytes ? (size_t)left : sizeof bytes, a->file);
    if (ferror(a->file)) {
        return fail_file(a, strerror(errno));
    }
    a->sent += size;
    size_t begin = frame_begin(&a->out, FRAME_DOOR_FILE, 0);
    frame_text(&a->out, name);
    frame_bytes(&a->out, bytes, size);
    frame_end(&a->out, begin);
    if (size < sizeof bytes) {
        fclose(a->file);
        a->file = NULL;
        a->paths++;
        a->path_count--;
    }
    return 1;
}

/* One piece at a time, then the question. */
static void send_next(asking *a) {
    int32_t is_last = a->path_count == 0;
    const buffer *next = is_last ? &a->question : &a->out;
    buffer_clear(&a->out);
    if (!is_last && !add_piece(a)) {
        end_asking(a);
        return;
    }
    uv_buf_t piece = uv_buf_init((char *)next->data, (unsigned)next->size);
    a->write.data = a;
    uv_write(&a->write, (uv_stream_t *)&a->pipe, &piece, 1, is_last ? NULL : on_sent);
}

static void on_connected(uv_connect_t *connect, int status) {
    asking *a = connect->data;
    if (status != 0) {
        a->failure = status;
        end_asking(a);
        return;
    }
    a->connected = 1;
    uv_read_start((uv_stream_t *)&a->pipe, ask_allocate, on_answer);
    send_next(a);
}

static void on_ask_timeout(uv_timer_t *timer) {
    end_asking(timer->data);
}

static int32_t read_answer(asking *a, const char *data, buffer *content, kinmu_err *err) {
    uint32_t type;
    uint32_t number;
    frame_reader body;
    char text[KINMU_ERR_MSG_SIZE];
    size_t size = 0;
    if (a->status != KINMU_OK) {
        return a->status;
    }
    if (a->failure == UV_EACCES || a->failure == UV_EPERM) {
        return error_set(err, KINMU_E_DENIED, "door.denied",
                         "permission denied: \"%s\" is another account's; run this as its owner "
                         "or as root (sudo)",
                         data);
    }
    if (!a->connected) {
        return error_set(err, KINMU_E_NOTFOUND, "door.closed",
                         "no Kinmu is running on \"%s\"; start it with: kinmu run --data %s", data,
                         data);
    }
    if (!a->is_whole || frame_whole(a->in.data, a->in.size, &type, &number, &body) <= 0) {
        return error_set(err, KINMU_E_RETRY, "door.silent",
                         "the Kinmu running on \"%s\" gave no answer (yet); see kinmu status",
                         data);
    }
    int32_t status = (int32_t)frame_read_i64(&body);
    frame_read_text(&body, text, sizeof text);
    const uint8_t *bytes = frame_read_bytes(&body, &size);
    if (body.failed) {
        return error_set(err, KINMU_E_RETRY, "door.damaged",
                         "the answer is damaged; are both of one version?");
    }
    buffer_append(content, bytes, size);
    return status == KINMU_OK ? status : error_set(err, status, "door.refused", "%s", text);
}

static int32_t exchange(asking *a, const char *path, const char *data, uint64_t wait_ms,
                        buffer *content, kinmu_err *err) {
    a->err = err;
    if (a->path_count > 0) {
        platform_ignore_broken_pipes(); /* who refuses a file closes while more is sent */
    }
    uv_loop_init(&a->loop);
    uv_pipe_init(&a->loop, &a->pipe, 0);
    uv_timer_init(&a->loop, &a->timer);
    a->pipe.data = a;
    a->timer.data = a;
    a->connect.data = a;
    uv_timer_start(&a->timer, on_ask_timeout, wait_ms, wait_ms);
    uv_pipe_connect(&a->connect, &a->pipe, path, on_connected);
    uv_run(&a->loop, UV_RUN_DEFAULT);
    uv_loop_close(&a->loop);
    int32_t status = read_answer(a, data, content, err);
    if (a->file != NULL) {
        fclose(a->file);
    }
    buffer_wipe(&a->out);
    buffer_wipe(&a->question);
    buffer_wipe(&a->in);
    return status;
}

int32_t control_exchange(const char *path, const char *data, buffer *request, uint64_t wait_ms,
                         buffer *content, kinmu_err *err) {
    asking a = {.question = *request};
    memset(request, 0, sizeof *request);
    return exchange(&a, path, data, wait_ms, content, err);
}

int32_t control_request(const char *data, const char *command, const char *argument,
                        buffer *content, kinmu_err *err) {
    return control_request_with(data, command, argument, NULL, 0, content, err);
}

int32_t control_request_with(const char *data, const char *command, const char *argument,
                             const char *const *paths, uint32_t path_count, buffer *content,
                             kinmu_err *err) {
    char path[256];
    asking a = {.paths = paths, .path_count = path_count};
    int32_t status = control_path(data, path, sizeof path, err);
    if (status != KINMU_OK) {
        return status;
    }
    size_t begin = frame_begin(&a.question, FRAME_DOOR_ASK, 0);
    frame_text(&a.question, command);
    frame_text(&a.question, argument);
    frame_end(&a.question, begin);
    uint64_t wait_ms = strcmp(command, "erase") == 0 ? ERASE_WAIT_MS : CONTROL_WAIT_MS;
    return exchange(&a, path, data, wait_ms, content, err);
}
