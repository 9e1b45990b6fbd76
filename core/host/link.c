/* host/link.c - the core's end of a runner process: spawn, frames, supervision.
 *
 * One supervisor owns each child: it is reaped before its successor starts, back-off is capped and
 * never gives up, a runner that answers no ping for 5 s is killed. A runner is never trusted:
 * whatever it sends is checked like a stranger's input, and nonsense ends it.
 */
#include "host/outgoing.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/descriptor.h"
#include "host/routes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_PING_MS 5000u
#define LINK_DRAIN_MS 1000u
#define LINK_QUIT_MS 5000u
#define LINK_INPUT_SIZE 65536u

static void start_process(runner_link *l);

/* ---- sending ---- */

typedef struct sending {
    uv_write_t request;
    buffer data;
} sending;

static void on_written(uv_write_t *request, int status) {
    sending *s = request->data;
    (void)status; /* a broken pipe shows as the process's exit */
    buffer_wipe(&s->data);
    free(s);
}

void link_send(runner_link *l, buffer *frames) {
    int32_t can_send = l->pipe_open && !uv_is_closing((uv_handle_t *)&l->pipe);
    sending *s = can_send && frames->failed == KINMU_OK ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        buffer_wipe(frames);
        return;
    }
    s->data = *frames;
    memset(frames, 0, sizeof *frames);
    s->request.data = s;
    uv_buf_t piece = uv_buf_init((char *)s->data.data, (unsigned)s->data.size);
    if (uv_write(&s->request, (uv_stream_t *)&l->pipe, &piece, 1, on_written) != 0) {
        buffer_wipe(&s->data);
        free(s);
    }
}

static void send_plain(runner_link *l, uint32_t type, uint32_t number) {
    buffer out = {0};
    frame_end(&out, frame_begin(&out, type, number));
    link_send(l, &out);
}

/* A plugin that accepts anything must be told what there is. */
static void frame_all_schemas(buffer *out, const schema_registry *schemas) {
    kinmu_schema_use uses[SCHEMAS_MAX];
    kinmu_plugin all = {.struct_size = (uint32_t)sizeof all};
    buffer text = {0};
    uint32_t count = schema_registry_count(schemas);
    for (uint32_t i = 0; i < count; i++) {
        uses[i] = (kinmu_schema_use){schema_registry_at(schemas, i)->schema, 0, 0};
    }
    all.schemas = (kinmu_table){uses, count, (uint32_t)sizeof uses[0]};
    descriptor_write(&all, &text);
    frame_bytes(out, text.data, text.size);
    buffer_free(&text);
}

void link_load(runner_link *l, instance *i) {
    buffer out = {0};
    i->life = ++l->owner->next_life;
    i->state = INSTANCE_STARTING;
    size_t begin = frame_begin(&out, FRAME_LOAD, i->number);
    frame_text(&out, i->entry->file);
    frame_u64(&out, i->entry->plugin->kind);
    frame_text(&out, i->entry->plugin->name);
    frame_text(&out, i->name);
    frame_text(&out, l->owner->computer);
    frame_text(&out, i->publisher.account);
    frame_text(&out, i->options_yaml);
    frame_u64(&out, journal_decision(l->owner->j));
    if (i->accepts_any) {
        frame_all_schemas(&out, l->owner->schemas);
    }
    frame_end(&out, begin);
    link_send(l, &out);
}

static void kill_runner(runner_link *l, const char *reason) {
    if (l->is_running) {
        log_warn("supervisor", "runner %s: %s; killed", l->group, reason);
        text_copy(l->last_exit, sizeof l->last_exit, reason);
        uv_process_kill(&l->process, SIGKILL);
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    runner_link *l = handle->data;
    (void)suggested;
    if (l->input_capacity - l->input_size < LINK_INPUT_SIZE / 2 &&
        l->input_capacity < FRAME_BODY_MAX + 2 * LINK_INPUT_SIZE) {
        size_t capacity = l->input_capacity == 0 ? LINK_INPUT_SIZE : l->input_capacity * 2;
        uint8_t *grown = malloc(capacity);
        if (grown != NULL && l->input != NULL) {
            memcpy(grown, l->input, l->input_size);
            crypto_wipe(l->input, l->input_capacity);
            free(l->input);
        }
        l->input = grown != NULL ? grown : l->input;
        l->input_capacity = grown != NULL ? capacity : l->input_capacity;
    }
    *piece = uv_buf_init((char *)l->input + l->input_size,
                         (unsigned)(l->input_capacity - l->input_size));
}

static void close_pipe(runner_link *l);
static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece);

static void take_input(runner_link *l) {
    size_t used = 0;
    uint32_t type;
    uint32_t number;
    frame_reader body;
    while (1) {
        int64_t whole = frame_whole(l->input + used, l->input_size - used, &type, &number, &body);
        int32_t status = whole < 0    ? KINMU_E_REJECT
                         : whole == 0 ? KINMU_E_NOTFOUND
                                      : link_on_frame(l, type, number, &body);
        if (status == KINMU_E_REJECT) {
            kill_runner(l, "sent nonsense");
            used = l->input_size;
            close_pipe(l);
            break;
        }
        if (status == KINMU_E_BUSY) {
            l->is_stalled = 1; /* back-pressure: its pipe fills, its publish answers E_BUSY */
            uv_read_stop((uv_stream_t *)&l->pipe);
            break;
        }
        if (status == KINMU_E_NOTFOUND) {
            break;
        }
        used += (size_t)whole;
    }
    memmove(l->input, l->input + used, l->input_size - used);
    crypto_wipe(l->input + l->input_size - used, used);
    l->input_size -= used;
    if (l->input_size == 0 && l->input_capacity > LINK_INPUT_SIZE) {
        free(l->input); /* a burst is over: the memory goes back */
        l->input = NULL;
        l->input_capacity = 0;
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    runner_link *l = stream->data;
    (void)piece;
    if (size < 0) {
        close_pipe(l); /* all it sent is read */
        return;
    }
    l->input_size += (size_t)size;
    take_input(l);
}

void link_resume(runner_link *l) {
    if (l->is_stalled && l->pipe_open && !uv_is_closing((uv_handle_t *)&l->pipe)) {
        l->is_stalled = 0;
        l->ping_ms =
            l->ping_ms != 0 ? uv_now(&l->owner->loop) : 0; /* its answer could not be read */
        take_input(l);
        if (!l->is_stalled && !uv_is_closing((uv_handle_t *)&l->pipe)) {
            uv_read_start((uv_stream_t *)&l->pipe, allocate, on_read);
        }
    }
}

/* ---- life ---- */

static void on_restart(uv_timer_t *timer) {
    runner_link *l = timer->data;
    start_process(l);
}

static void on_ping(uv_timer_t *timer) {
    runner_link *l = timer->data;
    uint64_t now = uv_now(&l->owner->loop);
    for (instance *i = l->owner->instances; i != NULL; i = i->next) {
        if (i->runner == l) {
            link_count_log(i, 0);
        }
    }
    if (l->ping_ms != 0 && now - l->ping_ms >= NODE_HUNG_MS && !l->is_stalled) {
        kill_runner(l, "answered nothing for 5 s");
        return;
    }
    if (l->ping_ms == 0) {
        l->ping_ms = now;
        send_plain(l, FRAME_PING, 0);
    }
}

static void free_link(runner_link *l) {
    for (runner_link **at = &l->owner->links; *at != NULL; at = &(*at)->next) {
        if (*at == l) {
            *at = l->next;
            break;
        }
    }
    if (l->input != NULL) {
        crypto_wipe(l->input, l->input_capacity);
    }
    free(l->input);
    free(l);
}

static void on_timer_closed(uv_handle_t *handle) {
    free_link(handle->data);
}

static void note_exit(const runner_link *l, instance *i) {
    char text[KINMU_ERR_MSG_SIZE];
    link_count_log(i, 1);
    i->in_flight = 0;
    i->commit_pending = 0;
    instance_drop_stage(i);
    instance_forget_tickets(i);
    outgoing_drop(i);
    if (i->state == INSTANCE_STOPPING || i->is_leaving || i->owner->is_stopping) {
        instance_finished(i);
        return;
    }
    snprintf(text, sizeof text, "its process %s; it is started again", l->last_exit);
    i->state = INSTANCE_STARTING;
    i->restarts++;
    instance_set_health(i, KINMU_HEALTH_FAILED, text);
    calls_expire(i->owner, i);
    routes_forget(i);
}

static void schedule_restart(runner_link *l) {
    uint64_t now = uv_now(&l->owner->loop);
    int32_t was_long = now - l->started_ms > NODE_RESTART_MS_MAX;
    l->backoff_ms = was_long || l->backoff_ms == 0 ? NODE_RESTART_MS_MIN : l->backoff_ms * 2;
    l->backoff_ms = l->backoff_ms > NODE_RESTART_MS_MAX ? NODE_RESTART_MS_MAX : l->backoff_ms;
    uv_timer_start(&l->timer, on_restart, l->backoff_ms, 0);
}

/* Child reaped and pipe read to its end: only now is it known what it said, and may another start.
 */
static void settle(runner_link *l) {
    if (l->process_open || l->pipe_open) {
        return;
    }
    instance *next = NULL;
    for (instance *i = l->owner->instances; i != NULL; i = next) {
        next = i->next;
        if (i->runner == l) {
            note_exit(l, i); /* the last one that was stopping ends this link, too */
        }
    }
    if (!l->is_ending) {
        schedule_restart(l);
    } else if (l->timer_open) {
        l->timer_open = 0;
        uv_timer_stop(&l->timer);
        uv_close((uv_handle_t *)&l->timer, on_timer_closed);
    }
}

static void on_pipe_closed(uv_handle_t *handle) {
    runner_link *l = handle->data;
    l->pipe_open = 0;
    settle(l);
}

static void on_process_closed(uv_handle_t *handle) {
    runner_link *l = handle->data;
    l->process_open = 0;
    settle(l);
}

static void close_pipe(runner_link *l) {
    if (l->pipe_open && !uv_is_closing((uv_handle_t *)&l->pipe)) {
        uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
    }
}

/* A grandchild may hold the pipe open after the child is gone. */
static void on_drain_late(uv_timer_t *timer) {
    runner_link *l = timer->data;
    if (!l->is_stalled || l->owner->is_stopping) {
        uv_timer_stop(timer);
        close_pipe(l);
    }
}

static void on_process_exit(uv_process_t *process, int64_t code, int signal_number) {
    runner_link *l = process->data;
    l->is_running = 0;
    l->exits++;
    if (l->last_exit[0] == '\0' || signal_number != SIGKILL) {
        snprintf(l->last_exit, sizeof l->last_exit, "ended by itself (exit %d, signal %d)",
                 (int)code, signal_number);
    }
    uv_timer_start(&l->timer, on_drain_late, LINK_DRAIN_MS, LINK_DRAIN_MS);
    uv_close((uv_handle_t *)process, on_process_closed);
}

#define LINK_WORDS_MAX (KINMU_SESSION_ENVIRONMENT_MAX + 4u)

/* Another account's runner gets that account's rights and no more of the daemon's surroundings than
 * it needs. `words` and `texts` must live until the process is started. */
static void use_account(const runner_link *l, uv_process_options_t *options, char **words,
                        char (*texts)[320]) {
    const login_session *s = sessions_find(l->owner, l->session);
    uint32_t count = 0;
    if (l->session[0] == '\0' || s == NULL) {
        return; /* the daemon's own session: its own surroundings */
    }
    snprintf(texts[0], sizeof texts[0], "HOME=%s", s->home);
    snprintf(texts[1], sizeof texts[1], "USER=%s", s->account);
    snprintf(texts[2], sizeof texts[2], "PATH=/usr/bin:/bin");
    while (count < 3) {
        words[count] = texts[count];
        count++;
    }
    for (uint32_t i = 0; i < s->environment_count; i++) {
        words[count++] = s->environment[i];
    }
    words[count] = NULL;
    options->env = words;
    options->uid = (uv_uid_t)s->uid;
    options->gid = (uv_gid_t)s->gid;
    options->flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
}

static int spawn(runner_link *l) {
    char runner[] = "runner";
    char *arguments[] = {l->owner->program, runner, l->group, NULL};
    uv_stdio_container_t stdio[4];
    uv_process_options_t options = {0};
    memset(stdio, 0, sizeof stdio);
    stdio[0].flags = UV_IGNORE;
    stdio[1].flags = UV_IGNORE;
    stdio[2].flags = UV_INHERIT_FD;
    stdio[2].data.fd = 2;
    stdio[3].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE);
    stdio[3].data.stream = (uv_stream_t *)&l->pipe;
    options.file = l->owner->program;
    options.args = arguments;
    options.stdio = stdio;
    options.stdio_count = 4;
    options.exit_cb = on_process_exit;
    options.flags = UV_PROCESS_WINDOWS_HIDE;
    l->process.data = l;
    char *words[LINK_WORDS_MAX];
    char texts[3][320];
    use_account(l, &options, words, texts);
    return uv_spawn(&l->owner->loop, &l->process, &options);
}

static void start_process(runner_link *l) {
    if (l->session[0] != '\0' && sessions_find(l->owner, l->session) == NULL) {
        return; /* the session has ended; its instances are on their way out */
    }
    uv_pipe_init(&l->owner->loop, &l->pipe, 0);
    l->pipe.data = l;
    l->pipe_open = 1;
    l->input_size = 0;
    l->is_stalled = 0;
    l->ping_ms = 0;
    l->last_exit[0] = '\0';
    l->started_ms = uv_now(&l->owner->loop);
    l->process_open = 1;
    int result = spawn(l);
    if (result != 0) {
        snprintf(l->last_exit, sizeof l->last_exit, "cannot be started: %s", uv_strerror(result));
        log_error("supervisor", "runner %s: %s", l->group, l->last_exit);
        uv_close((uv_handle_t *)&l->process, on_process_closed);
        close_pipe(l);
        return;
    }
    l->is_running = 1;
    uv_read_start((uv_stream_t *)&l->pipe, allocate, on_read);
    uv_timer_start(&l->timer, on_ping, LINK_PING_MS, LINK_PING_MS);
    for (instance *i = l->owner->instances; i != NULL; i = i->next) {
        if (i->runner == l && i->state != INSTANCE_STOPPING) {
            link_load(l, i);
        }
    }
}

/* Kinmu's own session collectors share the runner of their session; everything else is alone. */
static void group_name(const instance *i, char *group, size_t size) {
    if (i->is_session && i->entry->first_party) {
        snprintf(group, size, "session:%s:%s", i->account, i->session);
    } else {
        snprintf(group, size, "%s:%s", catalog_kind_name(i->entry->plugin->kind), i->name);
    }
}

static int32_t is_taken(const node *n, const instance *i) {
    for (const instance *other = n->instances; other != NULL; other = other->next) {
        if (other != i && other->runner != NULL && other->number == i->number) {
            return 1;
        }
    }
    return i->number == 0;
}

runner_link *link_for(node *n, instance *i, kinmu_err *err) {
    static uint32_t last_number;
    char group[160];
    group_name(i, group, sizeof group);
    do {
        i->number = ++last_number & 0xFFFF;
    } while (is_taken(n, i));
    for (runner_link *l = n->links; l != NULL; l = l->next) {
        if (strcmp(l->group, group) == 0 && !l->is_ending && !l->is_retired) {
            i->runner = l;
            link_load(l, i);
            return l;
        }
    }
    runner_link *l = calloc(1, sizeof *l);
    if (l == NULL) {
        error_set(err, KINMU_E_NOMEM, "runner.memory", "out of memory");
        return NULL;
    }
    l->owner = n;
    memcpy(l->group, group, sizeof group);
    memcpy(l->session, i->session, sizeof l->session);
    uv_timer_init(&n->loop, &l->timer);
    l->timer.data = l;
    l->timer_open = 1;
    l->next = n->links;
    n->links = l;
    i->runner = l;
    start_process(l);
    return l;
}

void link_stop(runner_link *l, instance *i) {
    send_plain(l, FRAME_STOP, i->number);
}

static void on_quit_late(uv_timer_t *timer) {
    kill_runner(timer->data, "did not end when told to");
}

void link_release(runner_link *l) {
    for (instance *i = l->owner->instances; i != NULL; i = i->next) {
        if (i->runner == l) {
            return;
        }
    }
    if (l->is_ending) {
        return;
    }
    l->is_ending = 1;
    send_plain(l, FRAME_QUIT, 0);
    if (l->is_running) {
        uv_timer_start(&l->timer, on_quit_late, LINK_QUIT_MS, 0);
    } else {
        settle(l);
    }
}
