/* host/link_frames.c - what a runner says: each frame checked like a stranger's input and passed
 * on. */
#include "host/outgoing.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/routes.h"
#include "http/parse.h"

#include <kinmu/iface/kv.h>
#include <kinmu/iface/secret.h>
#include <kinmu/iface/work.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_LINES_MAX 100u
#define LOG_WHILE_MS 10000u

static instance *by_number(runner_link *l, uint32_t number) {
    for (instance *i = l->owner->instances; i != NULL; i = i->next) {
        if (i->runner == l && i->number == number) {
            return i;
        }
    }
    return NULL;
}

static void note_start(instance *i, int32_t status, const char *text) {
    if (status != KINMU_OK) {
        instance_set_health(i, KINMU_HEALTH_FAILED, text[0] != '\0' ? text : error_name(status));
        return;
    }
    uv_mutex_lock(&i->lock);
    int32_t unknown = i->health == 0 || i->health == KINMU_HEALTH_FAILED;
    uv_mutex_unlock(&i->lock);
    if (unknown) {
        instance_set_health(i, KINMU_HEALTH_OK, "");
    }
    node_wake(i->owner);
}

/* An answer that fits no question is a lie: E_REJECT ends the runner. A START may still come after
 * a STOP was sent. */
static int32_t on_done(instance *i, frame_reader *body) {
    char key[KINMU_ERR_KEY_SIZE];
    char text[KINMU_ERR_MSG_SIZE];
    uint64_t what = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    frame_read_text(body, key, sizeof key);
    frame_read_text(body, text, sizeof text);
    if (body->failed) {
        return KINMU_E_REJECT;
    }
    if (what == FRAME_STOP && i->state == INSTANCE_STOPPING) {
        instance_finished(i);
    } else if (what == FRAME_RECONFIGURE && i->state == INSTANCE_RUNNING) {
        if (status != KINMU_OK) {
            instance_stop(i, 1); /* made anew once it is gone */
        }
    } else if (what == FRAME_START && i->state == INSTANCE_STARTING) {
        i->state = status == KINMU_OK ? INSTANCE_RUNNING : INSTANCE_FAILED;
        note_start(i, status, text);
    } else if (i->state != INSTANCE_STOPPING && i->state != INSTANCE_STOPPED) {
        return KINMU_E_REJECT;
    }
    return KINMU_OK;
}

/* KINMU_E_BUSY: the journal's queue is full, the same frame must come again. The runner checked its
 * plugin's events itself: what is refused here was never checked, so the runner lies. */
static int32_t on_publish(instance *i, frame_reader *body) {
    arena memory = {0};
    kinmu_event *events = NULL;
    uint64_t local = frame_read_u64(body);
    uint64_t position = frame_read_u64(body);
    uint64_t count = frame_read_u64(body);
    int32_t status = body->failed || count > KINMU_EVENTS_MAX
                         ? KINMU_E_REJECT
                         : frame_read_events(body, count, &memory, &events);
    if (status == KINMU_OK) {
        status = instance_publish_as(i, events, (uint32_t)count, local, position);
    }
    arena_free(&memory);
    if (status == KINMU_E_RESTART) {
        return KINMU_OK; /* the journal has stopped, and with it the node: nothing is acknowledged
                          */
    }
    return status == KINMU_E_DENIED  ? KINMU_E_REJECT
           : status == KINMU_E_NOMEM ? KINMU_E_BUSY
                                     : status;
}

static void on_decide(instance *i, frame_reader *body) {
    arena memory = {0};
    kinmu_event *events = NULL;
    uint64_t token = frame_read_u64(body);
    uint64_t number = frame_read_u64(body);
    uint64_t count = frame_read_u64(body);
    int32_t status = body->failed || count > KINMU_EVENTS_MAX
                         ? KINMU_E_REJECT
                         : frame_read_events(body, count, &memory, &events);
    if (status == KINMU_OK) {
        status = instance_decide(i, token, number, events, (uint32_t)count);
    }
    arena_free(&memory);
    if (status != KINMU_OK) {
        instance_tell_decided(i, token, status, number);
    }
}

/* A blocking question from a job in the runner, answered by a job in the core. The frame's body is
 * copied, and decoded by the job. */
typedef struct question {
    uv_work_t work;
    instance *i;
    uint64_t life;
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
    frame_bytes(&q->out, row->origin, FRAME_STAMP_SIZE);
    frame_bytes(&q->out, row->boot_id, FRAME_STAMP_SIZE);
    frame_text(&q->out, row->zone);
    frame_event(&q->out, row);
    frame_end(&q->out, begin);
    return q->out.failed != KINMU_OK || q->out.size > FRAME_BODY_MAX;
}

#define LINK_FILTERS_MAX 16u

static void ask_records(question *q, frame_reader *body) {
    char fields[LINK_FILTERS_MAX][KINMU_FILTER_FIELDS_MAX * (KINMU_NAME_BYTES_MAX + 1)];
    char order[256];
    kinmu_value values[KINMU_FIELDS_MAX];
    kinmu_filter filters[LINK_FILTERS_MAX] = {{0}};
    kinmu_query query = {.struct_size = (uint32_t)sizeof query, .filters = filters};
    query.schema = (uint32_t)frame_read_u64(body);
    query.limit = (uint32_t)frame_read_u64(body);
    query.offset = frame_read_u64(body);
    query.at_least = frame_read_u64(body);
    query.decision = frame_read_u64(body);
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
    if (q->out.failed != KINMU_OK || q->out.size > FRAME_BODY_MAX) {
        status = KINMU_E_REJECT; /* too much for one page: ask for fewer rows */
        buffer_wipe(&q->out);
    }
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
    if (i->life == q->life && i->runner != NULL) {
        link_send(i->runner, &q->out);
    }
    node_wake(i->owner); /* its runner may have been held back for having asked too much */
    instance_release(i);
    buffer_wipe(&q->body);
    buffer_wipe(&q->out);
    free(q);
}

static int32_t on_request(instance *i, const frame_reader *body) {
    question *q = i->open_questions < KINMU_JOBS_MAX ? calloc(1, sizeof *q) : NULL;
    if (q == NULL) {
        return KINMU_E_BUSY;
    }
    q->i = i;
    q->life = i->life;
    q->number = i->number;
    buffer_append(&q->body, body->data, body->size);
    q->work.data = q;
    if (uv_queue_work(&i->owner->loop, &q->work, ask, asked) != 0) {
        buffer_wipe(&q->body);
        free(q);
        return KINMU_E_BUSY;
    }
    i->open_questions++;
    return KINMU_OK;
}

/* ---- calls ---- */

static void answer_runner(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                          const char *text) {
    wait_for_answer *w = user;
    instance *i = instance_alive(w->n, w->name, w->life);
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
    w->life = i->life;
    w->token = frame_read_u64(body);
    text_copy(w->name, sizeof w->name, i->name);
    frame_read_text(body, to, sizeof to);
    frame_read_text(body, command, sizeof command);
    uint32_t count = frame_read_values(body, values);
    snprintf(caller, sizeof caller, "plugin:%s", i->name);
    const kinmu_behalf whose = {(uint32_t)sizeof whose, KINMU_RIGHTS_ALL, caller};
    int32_t status = body->failed ? KINMU_E_REJECT
                                  : calls_send(i->owner, &whose, to, command, values, count,
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

/* A plugin that logs in a loop does not fill the disk: so many lines a while, the rest is counted,
 * and told when the while is over or the process ended. */
void link_count_log(instance *i, int32_t is_ended) {
    uint64_t now_ms = uv_now(&i->owner->loop);
    int32_t is_over = now_ms - i->log_since_ms >= LOG_WHILE_MS;
    if ((is_over || is_ended) && i->log_lines > LOG_LINES_MAX) {
        log_warn(i->name, "%llu lines left out: it logged more than %u in %u s",
                 (unsigned long long)(i->log_lines - LOG_LINES_MAX), LOG_LINES_MAX,
                 LOG_WHILE_MS / 1000u);
        i->log_lines = LOG_LINES_MAX; /* who begins anew has no more in this while */
    }
    if (is_over) {
        i->log_since_ms = now_ms;
        i->log_lines = 0;
    }
}

static void on_log(instance *i, frame_reader *body) {
    char text[1024];
    int64_t level = frame_read_i64(body);
    frame_read_text(body, text, sizeof text);
    if (body->failed || level < KINMU_LOG_ERROR || level > KINMU_LOG_DEBUG ||
        !log_shows((int32_t)level)) {
        return;
    }
    link_count_log(i, 0);
    if (++i->log_lines <= LOG_LINES_MAX) {
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

/* Who is logged in; kept until the call, which copies it. */
static void on_sessions(instance *i, frame_reader *body) {
    static char texts[KINMU_SESSIONS_MAX * (KINMU_SESSION_ENVIRONMENT_MAX + 2)][256];
    static const char *environment[KINMU_SESSIONS_MAX][KINMU_SESSION_ENVIRONMENT_MAX];
    kinmu_login_session list[KINMU_SESSIONS_MAX];
    size_t used = 0;
    uint64_t count = frame_read_u64(body);
    body->failed |= count > KINMU_SESSIONS_MAX;
    for (uint64_t at = 0; at < count && !body->failed; at++) {
        memset(&list[at], 0, sizeof list[at]);
        frame_read_text(body, texts[used], sizeof texts[0]);
        list[at].id = texts[used++];
        frame_read_text(body, texts[used], sizeof texts[0]);
        list[at].account = texts[used++];
        uint64_t words = frame_read_u64(body);
        body->failed |= words > KINMU_SESSION_ENVIRONMENT_MAX;
        for (uint64_t word = 0; word < words && !body->failed; word++) {
            frame_read_text(body, texts[used], sizeof texts[0]);
            environment[at][word] = texts[used++];
        }
        list[at].environment = environment[at];
        list[at].environment_count = (uint32_t)words;
    }
    if (!body->failed && sessions_present(i->owner, i, list, (uint32_t)count) == KINMU_E_DENIED) {
        log_warn(i->name, "may not tell who is logged in; refused");
    }
}

/* ---- routes ---- */

#define LINK_TEXTS_SIZE (KINMU_ROUTES_MAX * (KINMU_ROUTE_PATH_BYTES_MAX + 16u))

/* Texts of a frame, copied one behind the other. */
typedef struct texts {
    char *next;
    size_t left;
} texts;

static const char *take_text(frame_reader *body, texts *to) {
    char *text = to->next;
    if (to->left == 0) {
        body->failed = 1;
        return "";
    }
    frame_read_text(body, text, to->left);
    size_t size = strlen(text) + 1;
    to->next += size;
    to->left -= size;
    return text;
}

static void on_serve(instance *i, frame_reader *body) {
    static char memory[LINK_TEXTS_SIZE];
    static kinmu_route routes[KINMU_ROUTES_MAX];
    texts to = {memory, sizeof memory};
    uint64_t count = frame_read_u64(body);
    body->failed |= count == 0 || count > KINMU_ROUTES_MAX;
    for (uint64_t at = 0; at < count && !body->failed; at++) {
        routes[at].method = take_text(body, &to);
        routes[at].path = take_text(body, &to);
        routes[at].flags = (uint32_t)frame_read_u64(body);
        routes[at].body_bytes_max = (uint32_t)frame_read_u64(body);
        body->failed |= !hosting_is_route(&routes[at]); /* checked there before it was sent */
    }
    if (!body->failed) {
        (void)routes_serve(i, routes, (uint32_t)count);
    }
}

static void on_route_reply(instance *i, frame_reader *body) {
    static char memory[KINMU_ROUTE_HEADERS_BYTES_MAX + KINMU_ROUTE_HEADERS_MAX * 2u];
    kinmu_header headers[KINMU_ROUTE_HEADERS_MAX];
    texts to = {memory, sizeof memory};
    hosting_reply reply = {.headers = headers};
    reply.what = (uint32_t)frame_read_u64(body);
    reply.id = frame_read_u64(body);
    reply.status = (uint32_t)frame_read_u64(body);
    reply.size = frame_read_i64(body);
    reply.data = frame_read_bytes(body, &reply.data_size);
    uint64_t count = frame_read_u64(body);
    body->failed |= count > KINMU_ROUTE_HEADERS_MAX || reply.what > HOSTING_RESUME ||
                    reply.data_size > KINMU_ROUTE_ANSWER_BYTES_MAX;
    for (uint64_t at = 0; at < count && !body->failed; at++) {
        headers[at].name = take_text(body, &to);
        headers[at].value = take_text(body, &to);
    }
    reply.header_count = (uint32_t)count;
    int32_t has_status = reply.what == HOSTING_ANSWER || reply.what == HOSTING_BEGIN_ANSWER;
    if (!body->failed && has_status &&
        (reply.status < 200 || reply.status > 599 ||
         http_check_headers(headers, reply.header_count) != KINMU_OK)) {
        body->failed = 1;
    }
    if (!body->failed) {
        (void)routes_reply(i, &reply);
    }
}

/* KINMU_OK, KINMU_E_BUSY (come again with this frame) or KINMU_E_REJECT (end this runner). */
int32_t link_on_frame(runner_link *l, uint32_t type, uint32_t number, frame_reader *body) {
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
        return on_done(i, body);
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
        return on_request(i, body);
    case FRAME_SEND:
        on_send(i, body);
        break;
    case FRAME_ANSWER:
        on_answer(i, body);
        break;
    case FRAME_SESSIONS:
        on_sessions(i, body);
        break;
    case FRAME_SERVE:
        on_serve(i, body);
        break;
    case FRAME_ROUTE_REPLY:
        on_route_reply(i, body);
        break;
    case FRAME_DECIDE:
        on_decide(i, body);
        break;
    default:
        return outgoing_is_frame(type) ? outgoing_on_frame(i, type, body) : KINMU_E_REJECT;
    }
    return body->failed ? KINMU_E_REJECT : KINMU_OK;
}
