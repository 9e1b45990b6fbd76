/* host/door.c - the daemon's end of the control socket: one question, one answer per client. The
 * socket lies in the private data folder; only its owner (and root) can reach it. The other end is
 * control.c. */
#include "host/audit.h"
#include "host/call_text.h"
#include "host/call_words.h"
#include "host/callers.h"
#include "host/control.h"
#include "host/handed.h"
#include "host/looks.h"
#include "host/node_internal.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOOR_CLIENTS_MAX 16u
#define DOOR_ASK_BYTES_MAX 65536u
#define DOOR_WAIT_MS 20000u
#define ACCOUNT_SIZE 256

typedef struct client {
    uv_pipe_t pipe;
    uv_timer_t timer;
    node *n;
    uint64_t id;
    buffer input;
    handed handed; /* files that came before the question */
    uint64_t flush_ticket;
    int32_t is_busy;
    int32_t is_unnamed; /* its command waits until it is known who asks */
    int32_t may_look;   /* at personal data; or nobody has to be asked */
    uint32_t uid;
    int32_t open_handles;
    struct client *next;
} client;

struct door {
    uv_pipe_t server;
    client *clients;
    uint32_t client_count;
    uint64_t next_id;
    callers *names;
};

static void free_client(uv_handle_t *handle) {
    client *c = handle->data;
    if (--c->open_handles > 0) {
        return;
    }
    struct door *d = c->n->door;
    for (client **at = d != NULL ? &d->clients : NULL; at != NULL && *at != NULL;
         at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            d->client_count--;
            break;
        }
    }
    handed_remove(&c->handed);
    buffer_wipe(&c->input);
    free(c);
}

static void close_client(client *c) {
    if (!uv_is_closing((uv_handle_t *)&c->pipe)) {
        uv_close((uv_handle_t *)&c->pipe, free_client);
        uv_close((uv_handle_t *)&c->timer, free_client);
    }
}

typedef struct reply {
    uv_write_t request;
    buffer data;
    client *c;
} reply;

static void on_replied(uv_write_t *request, int status) {
    reply *r = request->data;
    (void)status;
    close_client(r->c);
    buffer_wipe(&r->data);
    free(r);
}

static void answer(client *c, int32_t status, const char *text, const buffer *content) {
    reply *r = calloc(1, sizeof *r);
    if (r == NULL || uv_is_closing((uv_handle_t *)&c->pipe)) {
        free(r);
        return;
    }
    size_t begin = frame_begin(&r->data, FRAME_DOOR_ANSWER, 0);
    frame_i64(&r->data, status);
    frame_text(&r->data, text);
    frame_bytes(&r->data, content != NULL ? content->data : NULL,
                content != NULL ? content->size : 0);
    frame_end(&r->data, begin);
    r->request.data = r;
    r->c = c;
    uv_buf_t piece = uv_buf_init((char *)r->data.data, (unsigned)r->data.size);
    if (uv_write(&r->request, (uv_stream_t *)&c->pipe, &piece, 1, on_replied) != 0) {
        buffer_free(&r->data);
        free(r);
        close_client(c);
    }
}

/* ---- commands ---- */

static void on_flush_wait(uv_timer_t *timer) {
    client *c = timer->data;
    node *n = c->n;
    int32_t failed = atomic_load(&n->journal_status);
    if (failed != KINMU_OK) {
        uv_timer_stop(timer);
        answer(c, failed, "the journal has stopped; see kinmu status", NULL);
    } else if (atomic_load(&n->durable) >= c->flush_ticket &&
               (n->tables == NULL || atomic_load(&n->applied) >= atomic_load(&n->committed))) {
        uv_timer_stop(timer);
        answer(c, KINMU_OK, "", NULL);
    }
}

static client *client_by_id(node *n, uint64_t id) {
    for (client *c = n->door != NULL ? n->door->clients : NULL; c != NULL; c = c->next) {
        if (c->id == id) {
            return c;
        }
    }
    return NULL;
}

typedef struct flush {
    uv_work_t work;
    node *n;
    uint64_t id;
} flush;

/* Waits for the writer, which may be behind an erasure. */
static void flush_journal(uv_work_t *work) {
    const flush *f = work->data;
    journal_flush(f->n->j);
}

static void on_flushed(uv_work_t *work, int status) {
    flush *f = work->data;
    client *c = client_by_id(f->n, f->id);
    (void)status;
    if (c != NULL) {
        uv_timer_start(&c->timer, on_flush_wait, 1, 2);
    }
    free(f);
}

/* Answers once c->flush_ticket is durable and the store has it; status: of the append. */
static void answer_when_durable(client *c, int32_t status) {
    flush *f = status == KINMU_OK ? calloc(1, sizeof *f) : NULL;
    if (f != NULL) {
        *f = (flush){.n = c->n, .id = c->id};
        f->work.data = f;
    }
    if (f == NULL || uv_queue_work(&c->n->loop, &f->work, flush_journal, on_flushed) != 0) {
        free(f);
        answer(c, status != KINMU_OK ? status : KINMU_E_RETRY,
               "the journal takes nothing now; see kinmu status", NULL);
    }
}

static void do_flush(client *c) {
    static const journal_cursor mark = {"kinmu:flush", 0};
    answer_when_durable(c, journal_append(c->n->j, NULL, 0, &mark, &c->flush_ticket));
}

/* argument: lines subject, month, rows, reason (may be empty). */
static void do_audit(client *c, char *argument) {
    audit_reading reading;
    kinmu_err err = {{0}, {0}};
    int32_t status = audit_reading_parse(argument, &reading, &err);
    if (status == KINMU_OK) {
        status = audit_note(c->n->j, c->n->schemas, &reading, &c->flush_ticket, &err);
    }
    if (status == KINMU_OK) {
        answer_when_durable(c, KINMU_OK);
    } else {
        answer(c, status, err.msg, NULL);
    }
}

typedef struct call_wait {
    node *n;
    uint64_t id;
    kinmu_table output;
    int32_t is_for_people; /* an output of one text is given as it is */
} call_wait;

static void on_called(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                      const char *text) {
    call_wait *w = user;
    client *c = client_by_id(w->n, w->id);
    buffer out = {0};
    if (w->is_for_people && call_text_is_plain(&w->output)) {
        buffer_append(&out, count > 0 ? values[0].as.text : "", count > 0 ? values[0].size : 0);
    } else {
        call_text(&out, &w->output, values, count);
    }
    if (c != NULL) {
        answer(c, status, text, status == KINMU_OK || count > 0 ? &out : NULL);
    }
    buffer_free(&out);
    free(w);
}

static uint32_t split(char *argument, char separator, char **words, uint32_t words_max) {
    uint32_t count = 0;
    for (char *at = argument; at != NULL && count < words_max; count++) {
        char *end = strchr(at, separator);
        words[count] = at;
        at = end != NULL ? end + 1 : NULL;
        if (end != NULL) {
            *end = '\0';
        }
    }
    return count;
}

static void run_command(client *c);

typedef struct look_wait {
    node *n;
    uint64_t id;
} look_wait;

/* What was asked stands in c->input: it is carried out now from its beginning. */
static void on_allowed(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                       const char *text) {
    look_wait *w = user;
    client *c = client_by_id(w->n, w->id);
    (void)values;
    (void)count;
    free(w);
    if (c != NULL && status == KINMU_OK) {
        c->may_look = 1;
        run_command(c);
    } else if (c != NULL) {
        answer(c, status, text, NULL);
    }
}

static void print_caller(const client *c, char caller[ACCOUNT_SIZE + 3]) {
    const char *account = callers_name(c->n->door->names, c->uid);
    snprintf(caller, ACCOUNT_SIZE + 3, "os:%s", account != NULL ? account : ""); /* name_client */
}

/* 1: the command goes on at once; 0: it was begun or refused, and will be answered. */
static int32_t allow_look(client *c, const char *what, const char *person) {
    char caller[ACCOUNT_SIZE + 3];
    kinmu_err err = {{0}, {0}};
    if (c->may_look) {
        return 1;
    }
    look_wait *w = calloc(1, sizeof *w);
    if (w == NULL) {
        answer(c, KINMU_E_NOMEM, "no memory for the call", NULL);
        return 0;
    }
    *w = (look_wait){c->n, c->id};
    print_caller(c, caller);
    int32_t status = looks_ask(c->n, caller, what, person, on_allowed, w, &err);
    if (status != 1) {
        free(w); /* nobody was asked */
    }
    if (status < 0) {
        answer(c, status, err.msg, NULL);
    }
    return status == KINMU_OK;
}

static int32_t allow_call(client *c, const char *to_name, const kinmu_command *command,
                          const kinmu_value *values) {
    char what[KINMU_NAME_BYTES_MAX * 3];
    snprintf(what, sizeof what, "%s %s", to_name, command->name);
    uint32_t privacy = looks_privacy(command);
    return privacy < KINMU_PRIVACY_PERSONAL ||
           allow_look(c, what,
                      privacy == KINMU_PRIVACY_PERSONAL ? call_words_person(command, values) : "");
}

static void send_call(client *c, const char *to_name, const char *name, char **words,
                      uint32_t count, int32_t is_for_people) {
    kinmu_value values[KINMU_FIELDS_MAX];
    kinmu_command command = {0};
    kinmu_err err = {{0}, {0}};
    char caller[ACCOUNT_SIZE + 3];
    print_caller(c, caller);
    instance *to = instance_find(c->n, to_name);
    int32_t known = to != NULL && call_words_command(to->entry->plugin, name, &command);
    int32_t status = known ? call_words_parse(&command, words, count, values, &err) : KINMU_OK;
    if (known && status == KINMU_OK && !allow_call(c, to_name, &command, values)) {
        return;
    }
    call_wait *w = status == KINMU_OK ? calloc(1, sizeof *w) : NULL;
    if (status == KINMU_OK && w == NULL) {
        status = error_set(&err, KINMU_E_NOMEM, "call.memory", "no memory for the call");
    }
    if (w != NULL) {
        *w = (call_wait){c->n, c->id, command.output, is_for_people};
        const kinmu_behalf whose = {(uint32_t)sizeof whose, KINMU_RIGHTS_ALL, caller};
        status = calls_send(c->n, &whose, to_name, name, values, known ? command.input.count : 0,
                            on_called, w, NULL, &err);
    }
    if (status != KINMU_OK) {
        free(w);
        answer(c, status, err.msg, NULL);
    }
}

/* argument: lines "instance", "command", then "field=value" each. */
static void do_call(client *c, char *argument) {
    char *words[KINMU_FIELDS_MAX + 2];
    uint32_t count = split(argument, '\n', words, KINMU_FIELDS_MAX + 2);
    send_call(c, words[0], count > 1 ? words[1] : "", words + 2, count > 2 ? count - 2 : 0, 0);
}

/* argument: "plugin", "instance" (may be empty), "command", then "field=value" each. */
static void do_word(client *c, char *argument) {
    char *words[KINMU_FIELDS_MAX + 3];
    kinmu_err err = {{0}, {0}};
    const char *to = NULL;
    uint32_t count = split(argument, CONTROL_SEPARATOR, words, KINMU_FIELDS_MAX + 3);
    int32_t status = count < 3 ? error_set(&err, KINMU_E_REJECT, "call.word", "a word is missing")
                               : calls_bearer(c->n, words[0], words[1], &to, &err);
    if (status != KINMU_OK) {
        answer(c, status, err.msg, NULL);
        return;
    }
    send_call(c, to, words[2], words + 3, count - 3, 1);
}

static void on_erased(node *n, uint64_t id, int32_t status, const char *text,
                      const buffer *receipt) {
    client *c = client_by_id(n, id); /* it may have gone meanwhile; what it asked for is done */
    if (c != NULL) {
        answer(c, status, text, receipt);
    }
}

/* argument: lines subject, purpose, month; the last two may be empty. */
static void do_erase(client *c, char *argument) {
    kinmu_err err = {{0}, {0}};
    char *purpose = strchr(argument, '\n');
    char *month = purpose != NULL ? strchr(purpose + 1, '\n') : NULL;
    if (month == NULL) {
        answer(c, KINMU_E_REJECT, "erase: subject, purpose and month are expected", NULL);
        return;
    }
    *purpose++ = '\0';
    *month++ = '\0';
    int32_t status = maintenance_erase(c->n, argument, purpose, month, on_erased, c->id, &err);
    if (status != KINMU_OK) {
        answer(c, status, err.msg, NULL);
    }
}

/* argument: what is looked at and whom ("" = everybody), of what the command line shows itself. */
static void do_look(client *c, char *argument) {
    char *words[2];
    uint32_t count = split(argument, CONTROL_SEPARATOR, words, 2);
    if (count < 2) {
        answer(c, KINMU_E_REJECT, "look: what and whom are expected", NULL);
    } else if (allow_look(c, words[0], words[1])) {
        answer(c, KINMU_OK, "", NULL);
    }
}

static void do_command(client *c, const char *command, char *argument) {
    static const char *const known[] = {"status", "flush", "call", "word",
                                        "erase",  "audit", "look", "stop"};
    buffer out = {0};
    if (strcmp(command, "status") == 0) {
        status_write(c->n, &out);
        answer(c, KINMU_OK, "", &out);
    } else if (strcmp(command, "flush") == 0) {
        do_flush(c);
    } else if (strcmp(command, "call") == 0) {
        do_call(c, argument);
    } else if (strcmp(command, "word") == 0) {
        do_word(c, argument);
    } else if (strcmp(command, "erase") == 0) {
        do_erase(c, argument);
    } else if (strcmp(command, "audit") == 0) {
        do_audit(c, argument);
    } else if (strcmp(command, "look") == 0) {
        do_look(c, argument);
    } else if (strcmp(command, "stop") == 0) {
        answer(c, KINMU_OK, "", NULL);
        node_stop(c->n);
    } else {
        const char *nearest = text_nearest(command, known, sizeof known / sizeof known[0]);
        buffer_printf(&out, "no such request \"%s\"%s%s", command,
                      nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
        answer(c, KINMU_E_NOTFOUND, buffer_string(&out), NULL);
    }
    buffer_free(&out);
}

/* ---- who asks ---- */

static void run_command(client *c) {
    static char argument[DOOR_ASK_BYTES_MAX];
    char command[64];
    uint32_t type = 0;
    uint32_t number = 0;
    frame_reader body;
    if (frame_whole(c->input.data, c->input.size, &type, &number, &body) <= 0) {
        close_client(c);
        return;
    }
    frame_read_text(&body, command, sizeof command);
    frame_read_text(&body, argument, sizeof argument);
    char *words = body.failed ? NULL : handed_expand(&c->handed, argument);
    if (words == NULL) {
        close_client(c);
    } else {
        do_command(c, command, words);
    }
    free(words);
}

static void on_nameless(uv_timer_t *timer) {
    client *c = timer->data;
    c->is_unnamed = 0;
    answer(c, KINMU_E_RETRY,
           "the system does not tell in time who asks; is its directory service slow?", NULL);
}

/* Runs the command once the caller's name is known; what asks for nobody's name does not wait. */
static void name_client(client *c) {
    uv_os_fd_t socket = 0;
    if (uv_fileno((uv_handle_t *)&c->pipe, &socket) != 0 ||
        platform_peer_number((intptr_t)socket, &c->uid) != KINMU_OK) {
        answer(c, KINMU_E_DENIED, "the system does not tell who asks", NULL);
    } else if (callers_name(c->n->door->names, c->uid) != NULL) {
        run_command(c);
    } else if (callers_look(c->n->door->names, c->uid)) {
        c->is_unnamed = 1;
        uv_timer_start(&c->timer, on_nameless, DOOR_WAIT_MS, 0);
    } else {
        answer(c, KINMU_E_RETRY, "no thread to look up who asks; try again", NULL);
    }
}

static void on_named(void *user) {
    const node *n = user;
    client *next = NULL;
    for (client *c = n->door->clients; c != NULL; c = next) {
        next = c->next;
        if (c->is_unnamed && !uv_is_closing((uv_handle_t *)&c->pipe)) {
            c->is_unnamed = 0;
            uv_timer_stop(&c->timer);
            name_client(c);
        }
    }
}

static int32_t is_in_a_name(const char *command) {
    return strcmp(command, "call") == 0 || strcmp(command, "word") == 0 ||
           strcmp(command, "look") == 0;
}

/* ---- server ---- */

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    client *c = handle->data;
    (void)suggested;
    uint8_t *room = buffer_reserve(&c->input, 4096);
    *piece = uv_buf_init((char *)room, room != NULL ? 4096 : 0);
}

/* Files that stand before the question; 0: refused. */
static int32_t take_files(client *c) {
    kinmu_err err = {{0}, {0}};
    int32_t status = handed_take_all(&c->handed, c->n->data, c->id, &c->input, &err);
    uv_timer_again(&c->timer);
    if (status != KINMU_OK) {
        c->is_busy = 1;
        answer(c, status, err.msg, NULL);
    }
    return status == KINMU_OK;
}

static void on_asked(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    client *c = stream->data;
    (void)piece;
    uint32_t type = 0;
    uint32_t number = 0;
    frame_reader body;
    if (size > 0) {
        c->input.size += (size_t)size;
    }
    if (size >= 0 && !c->is_busy && !take_files(c)) {
        return;
    }
    int64_t whole = size < 0 ? KINMU_E_REJECT
                             : frame_whole(c->input.data, c->input.size, &type, &number, &body);
    if (whole < 0 || c->input.size > DOOR_ASK_BYTES_MAX || (whole > 0 && type != FRAME_DOOR_ASK)) {
        close_client(c);
        return;
    }
    if (whole > 0 && !c->is_busy) {
        char command[64];
        frame_read_text(&body, command, sizeof command);
        c->is_busy = 1;
        uv_timer_stop(&c->timer);
        if (is_in_a_name(command)) {
            name_client(c);
        } else {
            run_command(c);
        }
    }
}

static void on_idle_client(uv_timer_t *timer) {
    close_client(timer->data);
}

static void on_connection(uv_stream_t *server, int status) {
    node *n = server->data;
    client *c = status == 0 ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        return;
    }
    c->n = n;
    c->id = ++n->door->next_id;
    c->open_handles = 2;
    c->next = n->door->clients;
    n->door->clients = c;
    n->door->client_count++;
    uv_pipe_init(&n->loop, &c->pipe, 0);
    uv_timer_init(&n->loop, &c->timer);
    c->pipe.data = c;
    c->timer.data = c;
    if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 ||
        n->door->client_count > DOOR_CLIENTS_MAX) {
        close_client(c);
        return;
    }
    uv_timer_start(&c->timer, on_idle_client, DOOR_WAIT_MS, DOOR_WAIT_MS);
    uv_read_start((uv_stream_t *)&c->pipe, allocate, on_asked);
}

int32_t door_open(node *n, kinmu_err *err) {
    char path[256];
    int32_t status = control_path(n->data, path, sizeof path, err);
    if (status != KINMU_OK) {
        return status;
    }
    uv_fs_t request;
    uv_fs_unlink(NULL, &request, path, NULL); /* left by a killed daemon; the folder lock is ours */
    uv_fs_req_cleanup(&request);
    handed_sweep(n->data);
    n->door = calloc(1, sizeof *n->door);
    if (n->door == NULL || (n->door->names = callers_open(&n->loop, on_named, n)) == NULL) {
        free(n->door);
        n->door = NULL;
        return KINMU_E_NOMEM;
    }
    uv_pipe_init(&n->loop, &n->door->server, 0);
    n->door->server.data = n;
    int result = uv_pipe_bind(&n->door->server, path);
    if (result == 0) {
        uv_fs_chmod(NULL, &request, path, 0600, NULL);
        uv_fs_req_cleanup(&request);
        result = uv_listen((uv_stream_t *)&n->door->server, 8, on_connection);
    }
    return result == 0 ? KINMU_OK
                       : error_set(err, KINMU_E_CONFIG, "door.bind", "control socket \"%s\": %s",
                                   path, uv_strerror(result));
}

static void free_door(uv_handle_t *handle) {
    node *n = handle->data;
    struct door *d = n->door;
    n->door = NULL;
    callers_close(d->names);
    free(d);
}

void door_close(node *n) {
    if (n->door == NULL) {
        return;
    }
    for (client *c = n->door->clients; c != NULL; c = c->next) {
        close_client(c);
    }
    uv_close((uv_handle_t *)&n->door->server, free_door);
}
