/* host/link.c - the core's end of a runner process: spawn, frames, supervision.
 *
 * One supervisor owns each child: it is reaped before its successor starts, back-off is capped and
 * never gives up, a runner that answers no ping for 5 s is killed. A runner is never trusted:
 * whatever it sends is checked like a stranger's input, and nonsense ends it.
 */
#include "host/node_internal.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/descriptor.h"

#include <kinmu/iface/kv.h>
#include <kinmu/iface/secret.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_PING_MS 5000u
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
    sending *s = l->pipe_open && frames->failed == KINMU_OK ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        buffer_free(frames);
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

/* ---- what a runner says ---- */

static instance *by_number(runner_link *l, uint32_t number) {
    for (instance *i = l->owner->instances; i != NULL; i = i->next) {
        if (i->runner == l && i->number == number) {
            return i;
        }
    }
    return NULL;
}

static void on_done(instance *i, frame_reader *body) {
    char key[KINMU_ERR_KEY_SIZE];
    char text[KINMU_ERR_MSG_SIZE];
    uint64_t what = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    frame_read_text(body, key, sizeof key);
    frame_read_text(body, text, sizeof text);
    if (body->failed || (what != FRAME_START && what != FRAME_STOP)) {
        return;
    }
    if (what == FRAME_STOP) {
        instance_finished(i);
        return;
    }
    if (status != KINMU_OK) {
        i->state = INSTANCE_FAILED;
        instance_set_health(i, KINMU_HEALTH_FAILED, text[0] != '\0' ? text : error_name(status));
        return;
    }
    i->state = INSTANCE_RUNNING;
    uv_mutex_lock(&i->lock);
    int32_t unknown = i->health == 0 || i->health == KINMU_HEALTH_FAILED;
    uv_mutex_unlock(&i->lock);
    if (unknown) {
        instance_set_health(i, KINMU_HEALTH_OK, "");
    }
    node_wake(i->owner);
}

#define LINK_EVENTS_MAX 256u

/* KINMU_E_BUSY: the journal's queue is full, the same frame must come again. */
static int32_t on_publish(instance *i, frame_reader *body) {
    static kinmu_event events[LINK_EVENTS_MAX];
    static kinmu_value values[LINK_EVENTS_MAX][KINMU_FIELDS_MAX];
    static char subjects[LINK_EVENTS_MAX][256];
    uint64_t local = frame_read_u64(body);
    uint64_t count = frame_read_u64(body);
    if (body->failed || count == 0 || count > LINK_EVENTS_MAX) {
        return KINMU_E_REJECT;
    }
    for (uint64_t at = 0; at < count; at++) {
        if (frame_read_event(body, &events[at], subjects[at], values[at]) != KINMU_OK) {
            return KINMU_E_REJECT;
        }
    }
    int32_t status = instance_publish_as(i, events, (uint32_t)count, local);
    return status == KINMU_E_BUSY ? status : KINMU_OK; /* other refusals are counted and logged */
}

static void on_decide(instance *i, frame_reader *body) {
    kinmu_event events[16];
    kinmu_value values[16][KINMU_FIELDS_MAX];
    char subjects[16][256];
    uint64_t token = frame_read_u64(body);
    uint64_t number = frame_read_u64(body);
    uint64_t count = frame_read_u64(body);
    int32_t status = count > 0 && count <= 16 ? KINMU_OK : KINMU_E_REJECT;
    for (uint64_t at = 0; status == KINMU_OK && at < count; at++) {
        status = frame_read_event(body, &events[at], subjects[at], values[at]);
    }
    if (status == KINMU_OK) {
        status = instance_decide(i, token, number, events, (uint32_t)count);
    }
    if (status != KINMU_OK) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_DECIDED, i->number);
        frame_u64(&out, token);
        frame_i64(&out, status);
        frame_u64(&out, number);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

/* A blocking question from a job in the runner, answered by a job in the core. The frame's body is
 * copied, and decoded by the job. */
typedef struct question {
    uv_work_t work;
    instance *i;
    char group[160];
    uint32_t number;
    buffer body;
    buffer out; /* rows, then the reply */
    uint64_t id;
} question;

static void begin_reply(question *q, size_t *begin, int32_t status, uint32_t size) {
    *begin = frame_begin(&q->out, FRAME_REPLY, q->number);
    frame_u64(&q->out, q->id);
    frame_i64(&q->out, status);
    frame_u64(&q->out, size);
}

static void ask_state(question *q, frame_reader *body, uint64_t what) {
    char key[KINMU_KV_KEY_BYTES_MAX + KINMU_NAME_BYTES_MAX * 3];
    journal *j = q->i->owner->j;
    uint32_t size = KINMU_KV_VALUE_BYTES_MAX;
    uint8_t *data = malloc(size);
    frame_read_text(body, key, sizeof key);
    size_t given_size = 0;
    const uint8_t *given = frame_read_bytes(body, &given_size);
    int32_t status = data == NULL ? KINMU_E_NOMEM : body->failed ? KINMU_E_REJECT : KINMU_OK;
    if (status == KINMU_OK && what == FRAME_ASK_KV_GET) {
        status = journal_state_get(j, q->i->name, key, data, &size);
    } else if (status == KINMU_OK && what == FRAME_ASK_KV_PUT) {
        status = journal_state_put(j, q->i->name, key, given, (uint32_t)given_size);
    } else if (status == KINMU_OK && what == FRAME_ASK_KV_REMOVE) {
        status = journal_state_remove(j, q->i->name, key);
    } else if (status == KINMU_OK) {
        size = KINMU_SECRET_BYTES_MAX;
        status = instance_secret(q->i, key, (char *)data, &size);
    }
    int32_t has_data = status == KINMU_OK && (what == FRAME_ASK_KV_GET || what == FRAME_ASK_SECRET);
    size_t begin;
    begin_reply(q, &begin, status, size);
    frame_bytes(&q->out, data, has_data ? size : 0);
    frame_end(&q->out, begin);
    if (data != NULL) {
        crypto_wipe(data, KINMU_KV_VALUE_BYTES_MAX);
    }
    free(data);
}

static int32_t add_row(void *user, const kinmu_event *row) {
    question *q = user;
    size_t begin = frame_begin(&q->out, FRAME_ROW, q->number);
    frame_u64(&q->out, q->id);
    frame_u64(&q->out, row->sequence);
    frame_u64(&q->out, row->block);
    frame_event(&q->out, row);
    frame_end(&q->out, begin);
    return q->out.failed;
}

#define LINK_FILTERS_MAX 16u

static void ask_records(question *q, frame_reader *body) {
    char fields[LINK_FILTERS_MAX][KINMU_NAME_BYTES_MAX + 1];
    char order[256];
    kinmu_value values[KINMU_FIELDS_MAX];
    kinmu_filter filters[LINK_FILTERS_MAX] = {{0}};
    kinmu_query query = {.struct_size = (uint32_t)sizeof query, .filters = filters};
    query.schema = (uint32_t)frame_read_u64(body);
    query.limit = (uint32_t)frame_read_u64(body);
    query.offset = frame_read_u64(body);
    query.at_least = frame_read_u64(body);
    frame_read_text(body, order, sizeof order);
    query.order = order[0] != '\0' ? order : NULL;
    uint64_t count = frame_read_u64(body);
    body->failed |=
        count > LINK_FILTERS_MAX || query.limit == 0 || query.limit > KINMU_RECORDS_PAGE_MAX;
    for (uint64_t at = 0; at < count && !body->failed; at++) {
        frame_read_text(body, fields[at], sizeof fields[at]);
        filters[at].field = fields[at];
        filters[at].compare = (uint32_t)frame_read_u64(body);
        body->failed |= frame_read_values(body, values) != 1;
        filters[at].value = values[0];
    }
    query.filter_count = (uint32_t)count;
    int32_t status = body->failed ? KINMU_E_REJECT : instance_query(q->i, &query, add_row, q);
    size_t begin;
    begin_reply(q, &begin, status, 0);
    frame_bytes(&q->out, NULL, 0);
    frame_end(&q->out, begin);
}

static void ask(uv_work_t *work) {
    question *q = work->data;
    frame_reader body = {q->body.data, q->body.size, 0, 0};
    q->id = frame_read_u64(&body);
    uint64_t what = frame_read_u64(&body);
    if (what == FRAME_ASK_RECORDS) {
        ask_records(q, &body);
    } else {
        ask_state(q, &body, what);
    }
    crypto_end_thread();
}

static void asked(uv_work_t *work, int status) {
    question *q = work->data;
    (void)status;
    instance *i = q->i;
    i->open_questions--;
    for (runner_link *l = i->owner->links; l != NULL; l = l->next) {
        if (strcmp(l->group, q->group) == 0) {
            link_send(l, &q->out);
            break;
        }
    }
    if (i->is_doomed && i->open_questions == 0) {
        instance_destroy(i);
    }
    buffer_wipe(&q->body);
    buffer_wipe(&q->out);
    free(q);
}

static void on_request(runner_link *l, instance *i, const frame_reader *body) {
    question *q = calloc(1, sizeof *q);
    if (q == NULL) {
        return;
    }
    q->i = i;
    q->number = i->number;
    memcpy(q->group, l->group, sizeof q->group);
    buffer_append(&q->body, body->data, body->size);
    q->work.data = q;
    if (uv_queue_work(&l->owner->loop, &q->work, ask, asked) != 0) {
        buffer_wipe(&q->body);
        free(q);
        return;
    }
    i->open_questions++;
}

/* ---- calls ---- */

static void answer_runner(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                          const char *text) {
    wait_for_answer *w = user;
    instance *i = instance_find(w->n, w->name);
    if (i != NULL && i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_ANSWERED, i->number);
        frame_u64(&out, w->token);
        frame_i64(&out, status);
        frame_text(&out, text);
        frame_values(&out, values, count);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
    free(w);
}

static void on_send(instance *i, frame_reader *body) {
    char to[KINMU_NAME_BYTES_MAX * 2 + 2];
    char command[KINMU_NAME_BYTES_MAX + 1];
    char caller[160];
    kinmu_value values[KINMU_FIELDS_MAX];
    kinmu_err err = {{0}, {0}};
    wait_for_answer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return;
    }
    w->n = i->owner;
    w->token = frame_read_u64(body);
    text_copy(w->name, sizeof w->name, i->name);
    frame_read_text(body, to, sizeof to);
    frame_read_text(body, command, sizeof command);
    uint32_t count = frame_read_values(body, values);
    snprintf(caller, sizeof caller, "plugin:%s", i->name);
    int32_t status = body->failed ? KINMU_E_REJECT
                                  : calls_send(i->owner, caller, to, command, values, count,
                                               answer_runner, w, i, &err);
    if (status != KINMU_OK) {
        answer_runner(w, status, NULL, 0, err.msg);
    }
}

static void on_answer(instance *i, frame_reader *body) {
    char text[KINMU_ERR_MSG_SIZE];
    kinmu_value values[KINMU_FIELDS_MAX];
    uint64_t id = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    frame_read_text(body, text, sizeof text);
    uint32_t count = frame_read_values(body, values);
    if (!body->failed) {
        calls_answer(i->owner, i, id, status, values, count, text);
    }
}

/* ---- small talk ---- */

static void on_health(instance *i, frame_reader *body) {
    char text[KINMU_ERR_MSG_SIZE];
    int64_t state = frame_read_i64(body);
    frame_read_text(body, text, sizeof text);
    if (!body->failed && state >= KINMU_HEALTH_OK && state <= KINMU_HEALTH_FAILED) {
        instance_set_health(i, (int32_t)state, text);
    }
}

static void on_log(instance *i, frame_reader *body) {
    char text[1024];
    int64_t level = frame_read_i64(body);
    frame_read_text(body, text, sizeof text);
    if (!body->failed && level >= KINMU_LOG_ERROR && level <= KINMU_LOG_DEBUG) {
        log_write((int32_t)level, i->name, "%s", text);
    }
}

static void on_metric(instance *i, frame_reader *body) {
    uint64_t index = frame_read_u64(body);
    uint64_t is_set = frame_read_u64(body);
    int64_t number = frame_read_i64(body);
    if (body->failed || index >= NODE_METRICS_MAX) {
        return;
    }
    if (is_set) {
        atomic_store(&i->metrics[index], number);
    } else {
        atomic_fetch_add(&i->metrics[index], number);
    }
}

static void on_handled(instance *i, frame_reader *body) {
    char text[KINMU_ERR_MSG_SIZE];
    uint64_t position = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    frame_read_text(body, text, sizeof text);
    if (!body->failed) {
        delivery_handled(i, position, status, text);
    }
}

/* KINMU_OK, KINMU_E_BUSY (come again with this frame) or KINMU_E_REJECT (end this runner). */
static int32_t on_frame(runner_link *l, uint32_t type, uint32_t number, frame_reader *body) {
    if (type == FRAME_PONG) {
        l->ping_ms = 0;
        return KINMU_OK;
    }
    instance *i = by_number(l, number);
    if (i == NULL) {
        return KINMU_OK; /* said before it heard that it was let go */
    }
    switch (type) {
    case FRAME_DONE:
        on_done(i, body);
        break;
    case FRAME_PUBLISH:
        return on_publish(i, body);
    case FRAME_HANDLED:
        on_handled(i, body);
        break;
    case FRAME_HEALTH:
        on_health(i, body);
        break;
    case FRAME_LOG:
        on_log(i, body);
        break;
    case FRAME_METRIC:
        on_metric(i, body);
        break;
    case FRAME_REQUEST:
        on_request(l, i, body);
        break;
    case FRAME_SEND:
        on_send(i, body);
        break;
    case FRAME_ANSWER:
        on_answer(i, body);
        break;
    case FRAME_DECIDE:
        on_decide(i, body);
        break;
    default:
        return KINMU_E_REJECT;
    }
    return body->failed ? KINMU_E_REJECT : KINMU_OK;
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
        uint8_t *grown = realloc(l->input, capacity);
        if (grown != NULL) {
            l->input = grown;
            l->input_capacity = capacity;
        }
    }
    *piece = uv_buf_init((char *)l->input + l->input_size,
                         (unsigned)(l->input_capacity - l->input_size));
}

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
                                      : on_frame(l, type, number, &body);
        if (status == KINMU_E_REJECT) {
            kill_runner(l, "sent nonsense");
            used = l->input_size;
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
        uv_read_stop(stream); /* its exit follows */
        return;
    }
    l->input_size += (size_t)size;
    take_input(l);
}

void link_resume(runner_link *l) {
    if (l->is_stalled && l->pipe_open) {
        l->is_stalled = 0;
        take_input(l);
        if (!l->is_stalled) {
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
    if (l->is_ending && !l->is_running && !l->pipe_open && !l->timer_open) {
        for (runner_link **at = &l->owner->links; *at != NULL; at = &(*at)->next) {
            if (*at == l) {
                *at = l->next;
                break;
            }
        }
        free(l->input);
        free(l);
    }
}

static void on_pipe_closed(uv_handle_t *handle) {
    runner_link *l = handle->data;
    l->pipe_open = 0;
    free_link(l);
}

static void on_timer_closed(uv_handle_t *handle) {
    runner_link *l = handle->data;
    l->timer_open = 0;
    free_link(l);
}

static void on_process_closed(uv_handle_t *handle) {
    runner_link *l = handle->data;
    l->is_running = 0;
    free_link(l);
}

static void note_exit(const runner_link *l, instance *i) {
    char text[KINMU_ERR_MSG_SIZE];
    i->in_flight = 0;
    instance_drop_stage(i);
    if (i->state == INSTANCE_STOPPING) {
        instance_finished(i);
        return;
    }
    snprintf(text, sizeof text, "its process %s; it is started again", l->last_exit);
    i->state = INSTANCE_STARTING;
    i->restarts++;
    instance_set_health(i, KINMU_HEALTH_FAILED, text);
    calls_expire(i->owner, i);
}

static void on_exit_(uv_process_t *process, int64_t code, int signal_number) {
    runner_link *l = process->data;
    node *n = l->owner;
    uint64_t now = uv_now(&n->loop);
    uv_timer_stop(&l->timer);
    uv_close((uv_handle_t *)process, on_process_closed);
    if (!uv_is_closing((uv_handle_t *)&l->pipe)) {
        uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
    }
    if (l->is_ending) {
        return;
    }
    l->exits++;
    if (l->last_exit[0] == '\0' || signal_number != SIGKILL) {
        snprintf(l->last_exit, sizeof l->last_exit, "ended by itself (exit %d, signal %d)",
                 (int)code, signal_number);
    }
    instance *next = NULL;
    for (instance *i = n->instances; i != NULL; i = next) {
        next = i->next;
        if (i->runner == l) {
            note_exit(l, i);
        }
    }
    if (l->is_ending) { /* the last instance that was stopping went with it */
        return;
    }
    int32_t was_long = now - l->started_ms > NODE_RESTART_MS_MAX;
    l->backoff_ms = was_long || l->backoff_ms == 0 ? NODE_RESTART_MS_MIN : l->backoff_ms * 2;
    l->backoff_ms = l->backoff_ms > NODE_RESTART_MS_MAX ? NODE_RESTART_MS_MAX : l->backoff_ms;
    uv_timer_start(&l->timer, on_restart, l->backoff_ms, 0);
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
    options.exit_cb = on_exit_;
    options.flags = UV_PROCESS_WINDOWS_HIDE;
    l->process.data = l;
    return uv_spawn(&l->owner->loop, &l->process, &options);
}

static void start_process(runner_link *l) {
    uv_pipe_init(&l->owner->loop, &l->pipe, 0);
    l->pipe.data = l;
    l->pipe_open = 1;
    l->input_size = 0;
    l->is_stalled = 0;
    l->ping_ms = 0;
    l->last_exit[0] = '\0';
    l->started_ms = uv_now(&l->owner->loop);
    int result = spawn(l);
    if (result != 0) {
        log_error("supervisor", "runner %s: cannot be started: %s; tried again in 30 s", l->group,
                  uv_strerror(result));
        uv_close((uv_handle_t *)&l->process, NULL);
        uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
        uv_timer_start(&l->timer, on_restart, NODE_RESTART_MS_MAX, 0);
        return;
    }
    l->is_running = 1;
    uv_read_start((uv_stream_t *)&l->pipe, allocate, on_read);
    uv_timer_start(&l->timer, on_ping, LINK_PING_MS, LINK_PING_MS);
    for (instance *i = l->owner->instances; i != NULL; i = i->next) {
        if (i->runner == l) {
            link_load(l, i);
        }
    }
}

/* Kinmu's own session collectors share the runner of their session; everything else is alone. */
static void group_name(const instance *i, char *group, size_t size) {
    int32_t is_session = (i->entry->plugin->flags & KINMU_PLUGIN_SESSION) != 0;
    if (is_session && i->entry->first_party) {
        snprintf(group, size, "session:%s", i->publisher.account);
    } else {
        snprintf(group, size, "%s:%s", catalog_kind_name(i->entry->plugin->kind), i->name);
    }
}

runner_link *link_for(node *n, instance *i, kinmu_err *err) {
    static uint32_t last_number;
    char group[160];
    group_name(i, group, sizeof group);
    i->number = ++last_number & 0xFFFF;
    for (runner_link *l = n->links; l != NULL; l = l->next) {
        if (strcmp(l->group, group) == 0 && !l->is_ending) {
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
    uv_timer_stop(&l->timer);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
    if (!l->is_running && l->pipe_open && !uv_is_closing((uv_handle_t *)&l->pipe)) {
        uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
    }
}
