/* host/runner_services.c - everything a plugin in a runner asks for becomes a frame; jobs that need
 * an answer block until it comes. */
#include "host/runner_internal.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- sending ---- */

typedef struct sending {
    uv_write_t request;
    buffer data;
} sending;

static void on_written(uv_write_t *request, int status) {
    sending *s = request->data;
    (void)status;
    uv_mutex_lock(&r.lock);
    r.in_flight -= s->data.size;
    uv_mutex_unlock(&r.lock);
    buffer_wipe(&s->data);
    free(s);
}

void runner_send_collected(void) {
    sending *s = calloc(1, sizeof *s);
    uv_mutex_lock(&r.lock);
    if (s == NULL || r.out.size == 0) {
        uv_mutex_unlock(&r.lock);
        free(s);
        return;
    }
    s->data = r.out;
    memset(&r.out, 0, sizeof r.out);
    r.in_flight += s->data.size;
    uv_mutex_unlock(&r.lock);
    s->request.data = s;
    uv_buf_t piece = uv_buf_init((char *)s->data.data, (unsigned)s->data.size);
    if (uv_write(&s->request, (uv_stream_t *)&r.pipe, &piece, 1, on_written) != 0) {
        on_written(&s->request, -1);
    }
}

size_t runner_begin_frame(uint32_t type, uint32_t number) {
    if (r.out.size == 0) {
        uv_async_send(&r.flush);
    }
    return frame_begin(&r.out, type, number);
}

/* A plugin's text as the core takes it: cut at a character, and UTF-8 or nothing. */
static void make_safe(char *safe, size_t size, const char *text) {
    text_copy(safe, size, text);
    if (!text_is_utf8(safe, strlen(safe))) {
        text_copy(safe, size, "(text is not UTF-8)");
    }
}

static guest *guest_of(hosted *h) {
    return hosted_tag(h);
}

/* ---- what lies behind the services ---- */

/* What the core would refuse is refused here, where the plugin can still be told. */
static int32_t check_events(const guest *g, const kinmu_event *events, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const kinmu_event *event = &events[i];
        const schema_info *info =
            event->schema < g->schema_count ? g->emitted[event->schema] : NULL;
        kinmu_err err;
        if (info == NULL || schema_check_event(info, event, &err) != KINMU_OK) {
            return KINMU_E_REJECT;
        }
        if (event->subject == NULL) {
            continue;
        }
        size_t size = strlen(event->subject);
        if (size > BUS_SUBJECT_BYTES_MAX || !text_is_utf8(event->subject, size)) {
            return KINMU_E_REJECT;
        }
        if (g->only_own_account && strcmp(event->subject, g->account) != 0) {
            return KINMU_E_DENIED;
        }
    }
    return KINMU_OK;
}

static uint32_t count_records(const guest *g, const kinmu_event *events, uint32_t count) {
    uint32_t records = 0;
    for (uint32_t i = 0; i < count; i++) {
        records += g->emitted[events[i].schema]->schema->kind == KINMU_KIND_RECORD;
    }
    return records;
}

static int32_t has_removal(const kinmu_event *events, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if ((events[i].flags & KINMU_EVENT_REMOVED) != 0) {
            return 1;
        }
    }
    return 0;
}

/* Derived rows are records; a decision has one at least, and may carry logs. */
static int32_t may_decide(const guest *g, uint64_t number, const kinmu_event *events,
                          uint32_t count) {
    uint32_t records = count_records(g, events, count);
    return number == HOSTING_DERIVE ? records == count : records > 0 && !has_removal(events, count);
}

/* "Now" is when it was published, not when the core gets round to it. */
static void frame_stamped_event(const kinmu_event *event) {
    kinmu_event stamped = *event;
    stamped.unix_ns = event->unix_ns != 0 ? event->unix_ns : clock_unix_ns();
    stamped.mono_ns = event->mono_ns != 0 ? event->mono_ns : clock_mono_ns();
    frame_event(&r.out, &stamped);
}

/* Ends a frame; one that is too large, or that memory did not suffice for, never was. */
static int32_t end_or_undo(size_t begin) {
    int32_t status = r.out.failed != KINMU_OK              ? KINMU_E_BUSY
                     : r.out.size - begin > FRAME_BODY_MAX ? KINMU_E_REJECT
                                                           : KINMU_OK;
    r.out.failed = KINMU_OK;
    if (status == KINMU_OK) {
        frame_end(&r.out, begin);
    } else {
        r.out.size = begin;
    }
    return status;
}

static int32_t pipe_publish(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                            uint64_t *ticket) {
    guest *g = guest_of(h);
    (void)context;
    int32_t status = check_events(g, events, count);
    if (status == KINMU_OK && (count_records(g, events, count) > 0 || has_removal(events, count))) {
        status = KINMU_E_REJECT;
    }
    if (status != KINMU_OK) {
        return status;
    }
    uint64_t handling = hosted_is_turn(h) ? g->handling : 0;
    uv_mutex_lock(&r.lock);
    status = r.out.size + r.in_flight > RUNNER_OUT_BYTES_MAX ? KINMU_E_BUSY : KINMU_OK;
    if (status == KINMU_OK) {
        size_t begin = runner_begin_frame(FRAME_PUBLISH, g->number);
        frame_u64(&r.out, g->next_ticket + 1);
        frame_u64(&r.out, handling);
        frame_u64(&r.out, count);
        for (uint32_t i = 0; i < count; i++) {
            frame_stamped_event(&events[i]);
        }
        status = end_or_undo(begin);
    }
    if (status == KINMU_OK) {
        *ticket = ++g->next_ticket;
    }
    uv_mutex_unlock(&r.lock);
    return status;
}

static int32_t pipe_decide(void *context, hosted *h, uint64_t token, uint64_t number,
                           const kinmu_event *events, uint32_t count) {
    guest *g = guest_of(h);
    (void)context;
    int32_t status = check_events(g, events, count);
    if (status == KINMU_OK && !may_decide(g, number, events, count)) {
        status = KINMU_E_REJECT;
    }
    if (status != KINMU_OK) {
        return status;
    }
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_DECIDE, g->number);
    frame_u64(&r.out, token);
    frame_u64(&r.out, number);
    frame_u64(&r.out, count);
    for (uint32_t i = 0; i < count; i++) {
        frame_stamped_event(&events[i]);
    }
    status = end_or_undo(begin);
    uv_mutex_unlock(&r.lock);
    return status;
}

static uint64_t pipe_head(void *context, hosted *h) {
    (void)context;
    return guest_of(h)->head;
}

/* Asks and waits. `fill` writes the arguments; the lock is held. */
static void ask_and_wait(question *q, guest *g, uint32_t what, void (*fill)(const void *),
                         const void *arguments) {
    uv_mutex_lock(&r.lock);
    q->id = ++r.next_question;
    q->next = r.questions;
    r.questions = q;
    size_t begin = runner_begin_frame(FRAME_REQUEST, g->number);
    frame_u64(&r.out, q->id);
    frame_u64(&r.out, what);
    fill(arguments);
    frame_end(&r.out, begin);
    while (!q->is_answered && !r.is_ending) {
        uv_cond_wait(&r.answered, &r.lock);
    }
    for (question **at = &r.questions; *at != NULL; at = &(*at)->next) {
        if (*at == q) {
            *at = q->next;
            break;
        }
    }
    if (!q->is_answered) {
        q->status = KINMU_E_RETRY;
    }
    uv_mutex_unlock(&r.lock);
}

typedef struct state_arguments {
    const char *key;
    const void *data;
    uint32_t size;
} state_arguments;

static void fill_state(const void *arguments) {
    const state_arguments *a = arguments;
    frame_text(&r.out, a->key);
    frame_bytes(&r.out, a->data, a->size);
}

static int32_t pipe_kv(void *context, hosted *h, uint32_t what, const char *key, void *data,
                       uint32_t *size) {
    (void)context;
    question q = {0};
    state_arguments a = {key, what == HOSTING_KV_PUT ? data : NULL,
                         what == HOSTING_KV_PUT ? *size : 0};
    q.data = what == HOSTING_KV_GET ? data : NULL;
    q.capacity = what == HOSTING_KV_GET ? *size : 0;
    ask_and_wait(&q, guest_of(h), what, fill_state, &a);
    if (what == HOSTING_KV_GET) {
        *size = q.size;
    }
    return q.status;
}

static int32_t pipe_secret(void *context, hosted *h, const char *handle, char *data,
                           uint32_t *size) {
    (void)context;
    question q = {.data = data, .capacity = *size > 0 ? *size - 1 : 0};
    state_arguments a = {handle, NULL, 0};
    ask_and_wait(&q, guest_of(h), FRAME_ASK_SECRET, fill_state, &a);
    *size = q.size;
    if (q.status == KINMU_OK) {
        data[q.size] = '\0';
    }
    return q.status;
}

static void fill_query(const void *arguments) {
    const kinmu_query *query = arguments;
    frame_u64(&r.out, query->schema);
    frame_u64(&r.out, query->limit);
    frame_u64(&r.out, query->offset);
    frame_u64(&r.out, query->at_least);
    frame_u64(&r.out, query->decision);
    frame_text(&r.out, query->order != NULL ? query->order : "");
    frame_u64(&r.out, query->filter_count);
    for (uint32_t i = 0; i < query->filter_count; i++) {
        frame_text(&r.out, query->filters[i].field);
        frame_u64(&r.out, query->filters[i].compare);
        frame_values(&r.out, &query->filters[i].value, 1);
    }
}

static void read_stamp(frame_reader *body, uint8_t stamp[FRAME_STAMP_SIZE]) {
    size_t size = 0;
    const uint8_t *bytes = frame_read_bytes(body, &size);
    memset(stamp, 0, FRAME_STAMP_SIZE);
    if (bytes != NULL && size == FRAME_STAMP_SIZE) {
        memcpy(stamp, bytes, FRAME_STAMP_SIZE);
    }
}

static int32_t give_rows(const question *q, kinmu_row_fn row, void *user) {
    size_t at = 0;
    int32_t stop = 0;
    while (stop == 0 && at + sizeof(uint32_t) <= q->rows.size) {
        uint32_t size;
        char subject[256];
        kinmu_value values[KINMU_FIELDS_MAX];
        kinmu_event event;
        memcpy(&size, q->rows.data + at, sizeof size);
        frame_reader body = {q->rows.data + at + sizeof size, size, 0, 0};
        at += sizeof size + size;
        frame_read_u64(&body); /* the question */
        uint64_t sequence = frame_read_u64(&body);
        uint64_t block = frame_read_u64(&body);
        uint8_t origin[FRAME_STAMP_SIZE];
        uint8_t boot_id[FRAME_STAMP_SIZE];
        char zone[64];
        read_stamp(&body, origin);
        read_stamp(&body, boot_id);
        frame_read_text(&body, zone, sizeof zone);
        if (frame_read_event(&body, &event, subject, values) != KINMU_OK) {
            return KINMU_E_RETRY;
        }
        event.sequence = sequence;
        event.block = block;
        event.origin = origin;
        event.boot_id = boot_id;
        event.zone = zone;
        stop = row(user, &event);
    }
    return KINMU_OK;
}

static int32_t pipe_query(void *context, hosted *h, const kinmu_query *query, kinmu_row_fn row,
                          void *user) {
    (void)context;
    question q = {0};
    if (query->filter_count > 16) {
        return KINMU_E_REJECT;
    }
    ask_and_wait(&q, guest_of(h), FRAME_ASK_RECORDS, fill_query, query);
    int32_t status = q.status == KINMU_OK ? give_rows(&q, row, user) : q.status;
    buffer_wipe(&q.rows);
    return status;
}

static int32_t pipe_send(void *context, hosted *h, uint64_t token, const kinmu_behalf *whose,
                         const char *to, const char *command, const kinmu_value *values,
                         uint32_t count) {
    (void)context;
    (void)whose; /* who is in a process of his own speaks for himself alone */
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_SEND, guest_of(h)->number);
    frame_u64(&r.out, token);
    frame_text(&r.out, to);
    frame_text(&r.out, command);
    frame_values(&r.out, values, count);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
    return KINMU_OK;
}

static int32_t pipe_answer(void *context, hosted *h, uint64_t call, int32_t status,
                           const kinmu_value *values, uint32_t count, const char *text) {
    char safe[KINMU_ERR_MSG_SIZE];
    (void)context;
    make_safe(safe, sizeof safe, text);
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_ANSWER, guest_of(h)->number);
    frame_u64(&r.out, call);
    frame_i64(&r.out, status);
    frame_text(&r.out, safe);
    frame_values(&r.out, values, count);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
    return KINMU_OK;
}

static const kinmu_schema *pipe_schema(void *context, hosted *h, uint32_t schema) {
    (void)context;
    const schema_info *info = schema_registry_at(guest_of(h)->schemas, schema - KINMU_SCHEMA_ANY);
    return info != NULL ? info->schema : NULL;
}

static int32_t pipe_sessions(void *context, hosted *h, const kinmu_login_session *list,
                             uint32_t count) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_SESSIONS, guest_of(h)->number);
    frame_u64(&r.out, count);
    for (uint32_t i = 0; i < count; i++) {
        frame_text(&r.out, list[i].id);
        frame_text(&r.out, list[i].account);
        frame_u64(&r.out, list[i].environment_count);
        for (uint32_t e = 0; e < list[i].environment_count; e++) {
            frame_text(&r.out, list[i].environment[e]);
        }
    }
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
    return KINMU_OK;
}

static int32_t pipe_serve(void *context, hosted *h, const kinmu_route *routes, uint32_t count) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_SERVE, guest_of(h)->number);
    frame_u64(&r.out, count);
    for (uint32_t i = 0; i < count; i++) {
        frame_text(&r.out, routes[i].method);
        frame_text(&r.out, routes[i].path);
        frame_u64(&r.out, routes[i].flags);
        frame_u64(&r.out, routes[i].body_bytes_max);
    }
    int32_t status = end_or_undo(begin);
    uv_mutex_unlock(&r.lock);
    return status;
}

static int32_t pipe_reply(void *context, hosted *h, const hosting_reply *reply) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_ROUTE_REPLY, guest_of(h)->number);
    frame_u64(&r.out, reply->what);
    frame_u64(&r.out, reply->id);
    frame_u64(&r.out, reply->status);
    frame_i64(&r.out, reply->size);
    frame_bytes(&r.out, reply->data, reply->data_size);
    frame_u64(&r.out, reply->header_count);
    for (uint32_t i = 0; i < reply->header_count; i++) {
        frame_text(&r.out, reply->headers[i].name);
        frame_text(&r.out, reply->headers[i].value);
    }
    int32_t status = end_or_undo(begin);
    uv_mutex_unlock(&r.lock);
    return status;
}

static void pipe_metric(void *context, hosted *h, uint32_t index, int32_t is_set, int64_t number) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_METRIC, guest_of(h)->number);
    frame_u64(&r.out, index);
    frame_u64(&r.out, (uint64_t)is_set);
    frame_i64(&r.out, number);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static void say(hosted *h, uint32_t type, int32_t number, const char *text, size_t text_max) {
    char safe[1024];
    make_safe(safe, text_max, text);
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(type, guest_of(h)->number);
    frame_i64(&r.out, number);
    frame_text(&r.out, safe);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static void pipe_health(void *context, hosted *h, int32_t state, const char *text) {
    (void)context;
    say(h, FRAME_HEALTH, state, text, KINMU_ERR_MSG_SIZE);
}

static void pipe_log(void *context, hosted *h, int32_t level, const char *text) {
    (void)context;
    say(h, FRAME_LOG, level, text, 1024);
}

/* ---- answers of the core ---- */

static question *find_question(uint64_t id) {
    question *q = r.questions;
    while (q != NULL && q->id != id) {
        q = q->next;
    }
    return q;
}

void runner_on_row(const frame_reader *body) {
    frame_reader peek = *body;
    uint64_t id = frame_read_u64(&peek);
    uint32_t size = (uint32_t)body->size;
    uv_mutex_lock(&r.lock);
    question *q = find_question(id);
    if (q != NULL) {
        buffer_append(&q->rows, &size, sizeof size);
        buffer_append(&q->rows, body->data, body->size);
    }
    uv_mutex_unlock(&r.lock);
}

void runner_on_reply(frame_reader *body) {
    uint64_t id = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    uint64_t size = frame_read_u64(body);
    size_t given = 0;
    const uint8_t *data = frame_read_bytes(body, &given);
    uv_mutex_lock(&r.lock);
    question *q = find_question(id);
    if (q != NULL) {
        q->status = body->failed ? KINMU_E_RETRY : status;
        q->size = (uint32_t)size;
        if (q->status == KINMU_OK && given > q->capacity) {
            q->status = KINMU_E_REJECT;
        } else if (q->status == KINMU_OK && given > 0) {
            memcpy(q->data, data, given);
        }
        q->is_answered = 1;
        uv_cond_broadcast(&r.answered);
    }
    uv_mutex_unlock(&r.lock);
}

void runner_answer_call(hosted *h, uint64_t call, int32_t status, const char *text) {
    pipe_answer(NULL, h, call, status, NULL, 0, text);
}

hosting_backend runner_backend(void) {
    const hosting_backend backend = {NULL,           pipe_publish, pipe_decide,   pipe_head,
                                     pipe_kv,        pipe_secret,  pipe_query,    pipe_send,
                                     pipe_answer,    pipe_schema,  pipe_sessions, pipe_serve,
                                     pipe_reply,     pipe_metric,  pipe_health,   pipe_log,
                                     runner_on_gone, NULL,         &runner_http};
    return backend;
}
