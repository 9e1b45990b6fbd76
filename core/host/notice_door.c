/* host/notice_door.c - notice.sock, where everybody of the machine may ask what he is told and
 * answer it. Who asks is the account at the other end as the system knows it, never what he says.
 *
 * It is no way into the daemon: four words (notice_ask.c), each about the asker alone, small
 * requests, few seconds, one question at a time of an account and few answers an hour. The control
 * socket (door.c) is another one, which these people cannot reach. The socket is there while a
 * purpose asks for a notice; where it cannot be made, nobody can answer, and nothing of such a
 * purpose is collected.
 */
#include "host/notices.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/callers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS_MAX 16u
#define CLOSING_MAX 256u    /* with those that are closed in this turn of the loop */
#define WAIT_MS 10000u      /* of a client, all in all */
#define ANSWERS_AN_HOUR 60u /* withdrawing is never refused for that */
#define HOUR_MS 3600000u
#define ASKERS_MAX 64u /* whose answers are counted; beyond it the one longest ago is forgotten */
#define FOLDER_SIZE 4096
#define MODE_TYPE 0170000u
#define MODE_FOLDER 0040000u

typedef struct client {
    struct notice_door *door;
    struct client *next;
    uv_pipe_t pipe;
    uv_timer_t timer;
    int32_t open_handles;
    uint32_t uid;
    uint8_t input[NOTICE_ASK_BYTES_MAX + 1];
    size_t input_size;
    notice_ask ask;
    int32_t is_asked;   /* whole; waits for the name of the account */
    uint64_t ticket;    /* it is answered once that is durable; 0 = nothing to wait for */
    int32_t is_replied; /* the answer is on its way */
    uv_write_t write;
    buffer answer;
} client;

typedef struct asker {
    uint32_t uid;
    uint32_t answers;
    uint64_t since_ms; /* of the hour; 0 = free */
} asker;

struct notice_door {
    node *n;
    uv_pipe_t server;
    int32_t is_closing;
    int32_t is_closed; /* the server's handle */
    client *clients;
    uint32_t client_count;
    callers *names;
    asker askers[ASKERS_MAX];
    char problem[KINMU_ERR_MSG_SIZE];
};

/* ---- clients come and go ---- */

static void free_door(struct notice_door *d) {
    if (d->is_closed && d->clients == NULL) {
        callers_close(d->names);
        free(d);
    }
}

static void on_handle_closed(uv_handle_t *handle) {
    client *c = handle->data;
    struct notice_door *d = c->door;
    if (--c->open_handles > 0) {
        return;
    }
    for (client **at = &d->clients; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            d->client_count--;
            break;
        }
    }
    buffer_free(&c->answer);
    free(c);
    if (d->is_closing) {
        free_door(d);
    }
}

static void close_client(client *c) {
    if (!uv_is_closing((uv_handle_t *)&c->pipe)) {
        uv_close((uv_handle_t *)&c->pipe, on_handle_closed);
        uv_close((uv_handle_t *)&c->timer, on_handle_closed);
    }
}

static void on_late(uv_timer_t *timer) {
    close_client(timer->data);
}

static void on_written(uv_write_t *write, int status) {
    (void)status;
    close_client(write->data);
}

/* The client has what is left of its time to read it. */
static void reply(client *c, int32_t status, const char *text, const buffer *content) {
    if (c->is_replied || uv_is_closing((uv_handle_t *)&c->pipe)) {
        return;
    }
    c->is_replied = 1;
    size_t begin = frame_begin(&c->answer, FRAME_DOOR_ANSWER, 0);
    frame_i64(&c->answer, status);
    frame_text(&c->answer, text);
    frame_bytes(&c->answer, content != NULL ? content->data : NULL,
                content != NULL ? content->size : 0);
    frame_end(&c->answer, begin);
    c->write.data = c;
    uv_buf_t piece = uv_buf_init((char *)c->answer.data, (unsigned)c->answer.size);
    if (c->answer.failed != KINMU_OK ||
        uv_write(&c->write, (uv_stream_t *)&c->pipe, &piece, 1, on_written) != 0) {
        close_client(c);
    }
}

/* ---- what is asked ---- */

/* The asker's own row, made in the place of the one longest ago. */
static asker *find_asker(struct notice_door *d, uint32_t uid) {
    uint64_t now_ms = uv_now(&d->n->loop) + 1;
    asker *found = &d->askers[0];
    for (uint32_t i = 0; i < ASKERS_MAX; i++) {
        asker *one = &d->askers[i];
        if (one->since_ms != 0 && one->uid == uid) {
            found = one;
            break;
        }
        found = one->since_ms < found->since_ms ? one : found;
    }
    if (found->since_ms == 0 || found->uid != uid || now_ms - found->since_ms >= HOUR_MS) {
        *found = (asker){uid, 0, now_ms};
    }
    return found;
}

static void take_answer(client *c, const char *account) {
    kinmu_err err = {{0}, {0}};
    asker *a = find_asker(c->door, c->uid);
    if (a->answers >= ANSWERS_AN_HOUR && c->ask.action != AGREEMENT_WITHDRAWN) {
        reply(c, KINMU_E_BUSY,
              "答えが多すぎます。1 時間ほど後に / too many answers; try again in an hour", NULL);
        return;
    }
    int32_t status = notices_answer(c->door->n, account, &c->ask, &c->ticket, &err);
    a->answers += status == KINMU_OK && c->ticket != 0;
    if (status != KINMU_OK || c->ticket == 0) {
        reply(c, status, err.msg, NULL);
    } /* else notice_door_turn */
}

static void show(client *c, const char *account) {
    buffer out = {0};
    notices_show(c->door->n, account, &out);
    reply(c, out.failed, "", &out);
    buffer_free(&out);
}

/* Once it is known who asks. "#1001" is an account without a name, which nothing is recorded of. */
static void carry_out(client *c) {
    const char *account = callers_name(c->door->names, c->uid);
    if (account == NULL) {
        if (!callers_look(c->door->names, c->uid)) {
            reply(c, KINMU_E_RETRY, "no thread to look up who asks; try again", NULL);
        }
    } else if (account[0] == '#' || account[0] == '\0') {
        reply(c, KINMU_E_DENIED, "this account has no name on this machine", NULL);
    } else {
        c->is_asked = 0;
        if (c->ask.action == AGREEMENT_SHOWN) {
            show(c, account);
        } else {
            take_answer(c, account);
        }
    }
}

static void on_named(void *user) {
    struct notice_door *d = user;
    client *next = NULL;
    for (client *c = d->clients; c != NULL; c = next) {
        next = c->next;
        if (c->is_asked && !uv_is_closing((uv_handle_t *)&c->pipe)) {
            carry_out(c);
        }
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    client *c = handle->data;
    (void)suggested;
    *piece =
        uv_buf_init((char *)c->input + c->input_size, (unsigned)(sizeof c->input - c->input_size));
}

static void on_input(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    client *c = stream->data;
    (void)piece;
    if (size < 0) { /* gone, or more than fits: nothing is left to say */
        close_client(c);
        return;
    }
    c->input_size += (size_t)size;
    int32_t whole = notice_ask_read(c->input, c->input_size, &c->ask);
    if (whole < 0) {
        close_client(c);
    } else if (whole > 0) {
        uv_read_stop(stream);
        c->is_asked = 1;
        carry_out(c);
    }
}

void notice_door_turn(node *n) {
    struct notice_door *d = n->notice_door;
    for (client *c = d != NULL ? d->clients : NULL; c != NULL; c = c->next) {
        if (c->ticket != 0 && atomic_load(&n->durable) >= c->ticket) {
            c->ticket = 0;
            reply(c, KINMU_OK, "", NULL);
        }
    }
}

/* ---- the socket ---- */

static int32_t asks_already(const struct notice_door *d, const client *self) {
    for (const client *c = d->clients; c != NULL; c = c->next) {
        if (c != self && c->uid == self->uid && !c->is_replied &&
            !uv_is_closing((const uv_handle_t *)&c->pipe)) {
            return 1;
        }
    }
    return 0;
}

/* Takes the place of the one that holds it longest without a question of its own to be carried out:
 * it says nothing, or does not read. Whoever asks and reads is through in a moment, so nobody keeps
 * others out by many connections, of many accounts either (an account may have thousands of numbers
 * of its own). */
static int32_t make_room(struct notice_door *d) {
    client *oldest = NULL;
    uint32_t open = 0;
    for (client *c = d->clients; c != NULL; c = c->next) { /* the newest stands first */
        if (!uv_is_closing((uv_handle_t *)&c->pipe)) {
            open++;
            oldest = c->is_replied || (!c->is_asked && c->ticket == 0) ? c : oldest;
        }
    }
    if (open >= CLIENTS_MAX && oldest != NULL) {
        close_client(oldest);
        open--;
    }
    return open < CLIENTS_MAX && d->client_count < CLOSING_MAX;
}

static int32_t name_peer(client *c) {
    uv_os_fd_t socket = 0;
    return uv_fileno((uv_handle_t *)&c->pipe, &socket) == 0 &&
           platform_peer_number((intptr_t)socket, &c->uid) == KINMU_OK;
}

static void on_connection(uv_stream_t *server, int status) {
    struct notice_door *d = server->data;
    client *c = status == 0 ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        return;
    }
    int32_t has_room = make_room(d);
    c->door = d;
    c->open_handles = 2;
    c->next = d->clients;
    d->clients = c;
    d->client_count++;
    uv_pipe_init(&d->n->loop, &c->pipe, 0);
    uv_timer_init(&d->n->loop, &c->timer);
    c->pipe.data = c;
    c->timer.data = c;
    if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 || !has_room || !name_peer(c)) {
        close_client(c);
        return;
    }
    uv_timer_start(&c->timer, on_late, WAIT_MS, 0);
    if (asks_already(d, c)) {
        reply(c, KINMU_E_BUSY, "一度に 1 つだけ答えられます / one question at a time", NULL);
        return;
    }
    uv_read_start((uv_stream_t *)&c->pipe, allocate, on_input);
}

/* Its rights are changed below: somebody who may write beside the data could have laid a link to
 * another folder there, or a folder of his that he makes one in between. */
static int32_t is_ours(const char *data, const char *folder) {
    uv_fs_t own;
    uv_fs_t found;
    int32_t is = uv_fs_stat(NULL, &own, data, NULL) == 0;
    is = uv_fs_lstat(NULL, &found, folder, NULL) == 0 && is &&
         (found.statbuf.st_mode & MODE_TYPE) == MODE_FOLDER &&
         (found.statbuf.st_uid == 0 || found.statbuf.st_uid == own.statbuf.st_uid);
    uv_fs_req_cleanup(&own);
    uv_fs_req_cleanup(&found);
    return is;
}

/* The service's own folder, or one beside the data; everybody may enter it, its owner alone writes
 * there. */
static int32_t make_folder(const char *data, char folder[FOLDER_SIZE], kinmu_err *err) {
    const char *given = getenv("RUNTIME_DIRECTORY");
    uv_fs_t request;
    int32_t status = KINMU_OK;
    given = given != NULL && given[0] == '/' && strchr(given, ':') == NULL ? given : NULL;
    if (given != NULL) {
        text_copy(folder, FOLDER_SIZE, given);
    } else {
        status = notice_folder(data, folder, FOLDER_SIZE, err);
    }
    if (status != KINMU_OK) {
        return status;
    }
    int result = uv_fs_mkdir(NULL, &request, folder, 0755, NULL);
    uv_fs_req_cleanup(&request);
    if (result != 0 && result != UV_EEXIST) {
        return error_set(err, KINMU_E_CONFIG, "notice.folder", "\"%s\": %s", folder,
                         uv_strerror(result));
    }
    if (given == NULL && !is_ours(data, folder)) {
        return error_set(err, KINMU_E_DENIED, "notice.folder",
                         "\"%s\" is a link, or another account's folder; remove it", folder);
    }
    if (platform_writable_by_others(folder, err) != 0) {
        return KINMU_E_DENIED;
    }
    result = uv_fs_chmod(NULL, &request, folder, 0755, NULL); /* whatever the umask is */
    uv_fs_req_cleanup(&request);
    return result == 0 ? KINMU_OK
                       : error_set(err, KINMU_E_CONFIG, "notice.folder", "\"%s\": %s", folder,
                                   uv_strerror(result));
}

static int32_t bind_server(struct notice_door *d, kinmu_err *err) {
    char folder[FOLDER_SIZE];
    char path[NOTICE_PATH_SIZE];
    uv_fs_t request;
    int32_t status = make_folder(d->n->data, folder, err);
    status = status == KINMU_OK ? notice_path(folder, path, err) : status;
    if (status != KINMU_OK) {
        return status;
    }
    uv_fs_unlink(NULL, &request, path, NULL); /* left by a killed daemon; the data folder is ours */
    uv_fs_req_cleanup(&request);
    int result = uv_pipe_bind(&d->server, path);
    if (result == 0) {
        result = uv_fs_chmod(NULL, &request, path, 0666, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (result == 0) {
        result = uv_listen((uv_stream_t *)&d->server, CLIENTS_MAX, on_connection);
    }
    return result == 0 ? KINMU_OK
                       : error_set(err, KINMU_E_CONFIG, "notice.bind", "\"%s\": %s", path,
                                   uv_strerror(result));
}

static void open_door(node *n) {
    kinmu_err err = {{0}, {0}};
    struct notice_door *d = calloc(1, sizeof *d);
    if (d == NULL || (d->names = callers_open(&n->loop, on_named, d)) == NULL) {
        free(d);
        return;
    }
    d->n = n;
    n->notice_door = d;
    uv_pipe_init(&n->loop, &d->server, 0);
    d->server.data = d;
    if (bind_server(d, &err) != KINMU_OK) {
        snprintf(d->problem, sizeof d->problem, "nobody can answer a notice: %.400s", err.msg);
        log_error("notice", "%s", d->problem);
    }
}

static void on_server_closed(uv_handle_t *handle) {
    struct notice_door *d = handle->data;
    d->is_closed = 1;
    free_door(d);
}

void notice_door_close(node *n) {
    struct notice_door *d = n->notice_door;
    if (d == NULL) {
        return;
    }
    n->notice_door = NULL;
    d->is_closing = 1;
    for (client *c = d->clients; c != NULL; c = c->next) {
        close_client(c);
    }
    uv_close((uv_handle_t *)&d->server, on_server_closed);
}

void notice_door_apply(node *n) {
    int32_t is_wanted = 0;
    for (uint32_t i = 0; i < n->conf->purpose_count; i++) {
        is_wanted |= n->conf->purposes[i].notice != NULL;
    }
    if (!is_wanted || notice_door_problem(n)[0] != '\0') { /* what was in the way may be gone */
        notice_door_close(n);
    }
    if (is_wanted && n->notice_door == NULL) {
        open_door(n);
    }
}

const char *notice_door_problem(const node *n) {
    return n->notice_door != NULL ? n->notice_door->problem : "";
}
