/* host/runner.c - see runner.h. Everything a plugin asks for becomes a frame; jobs that need an
 * answer block until it comes. Frames that other threads make are collected and sent by the loop.
 */
#include "host/runner.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "host/descriptor.h"
#include "host/node_internal.h"

#include <kinmu/iface/kv.h>
#include <kinmu/iface/secret.h>
#include <stdlib.h>
#include <string.h>

#define RUNNER_INSTANCES_MAX 64u
#define RUNNER_OUT_BYTES_MAX ((size_t)4 << 20) /* beyond it publish answers E_BUSY */
#define RUNNER_EVENTS_PER_FRAME 256u

typedef struct guest {
    hosted *h;
    uint32_t number;
    catalog *file;
    schema_registry *schemas;
    const schema_info *emitted[NODE_SCHEMAS_PER_PLUGIN_MAX];
    const schema_info *accepted[NODE_SCHEMAS_PER_PLUGIN_MAX];
    uint32_t schema_count;
    int32_t accepts_any;
    void *options_memory;
    uint64_t next_ticket; /* under the runner's lock */
    uint64_t head;
} guest;

/* A job waiting for the core's answer. */
typedef struct question {
    struct question *next;
    uint64_t id;
    int32_t is_answered;
    int32_t status;
    uint32_t size;
    void *data;
    uint32_t capacity;
    buffer rows; /* bodies of FRAME_ROW, each behind its size */
} question;

static struct {
    uv_loop_t loop;
    uv_pipe_t pipe;
    uv_async_t flush;
    hosting *local;
    guest *guests[RUNNER_INSTANCES_MAX];
    buffer input;
    delivery_batch batch;
    uv_mutex_t lock; /* guards what follows */
    uv_cond_t answered;
    buffer out;
    question *questions;
    uint64_t next_question;
    size_t in_flight; /* bytes handed to libuv and not written yet */
    int32_t is_ending;
} r;

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

static void send_collected(void) {
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

static void on_flush(uv_async_t *async) {
    (void)async;
    send_collected();
}

/* The caller holds the lock; the loop is woken once per collection. */
static size_t begin_frame(uint32_t type, uint32_t number) {
    if (r.out.size == 0) {
        uv_async_send(&r.flush);
    }
    return frame_begin(&r.out, type, number);
}

static guest *guest_of(hosted *h) {
    return hosted_tag(h);
}

/* ---- what lies behind the services ---- */

static int32_t check_events(const guest *g, const kinmu_event *events, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const schema_info *info =
            events[i].schema < g->schema_count ? g->emitted[events[i].schema] : NULL;
        kinmu_err err;
        if (info == NULL ||
            schema_check_values(info, events[i].values, events[i].value_count, &err) != KINMU_OK) {
            return KINMU_E_REJECT;
        }
    }
    return KINMU_OK;
}

/* Larger sets than a frame holds are refused rather than split: all or nothing is the promise. */
static int32_t pipe_publish(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                            uint64_t *ticket) {
    guest *g = guest_of(h);
    (void)context;
    if (count > RUNNER_EVENTS_PER_FRAME || check_events(g, events, count) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    uv_mutex_lock(&r.lock);
    int32_t status = r.out.size + r.in_flight > RUNNER_OUT_BYTES_MAX ? KINMU_E_BUSY : KINMU_OK;
    if (status == KINMU_OK) {
        size_t begin = begin_frame(FRAME_PUBLISH, g->number);
        frame_u64(&r.out, ++g->next_ticket);
        frame_u64(&r.out, count);
        for (uint32_t i = 0; i < count; i++) {
            frame_event(&r.out, &events[i]);
        }
        frame_end(&r.out, begin);
        *ticket = g->next_ticket;
        status = r.out.failed;
    }
    uv_mutex_unlock(&r.lock);
    return status;
}

static int32_t pipe_decide(void *context, hosted *h, uint64_t token, uint64_t number,
                           const kinmu_event *events, uint32_t count) {
    guest *g = guest_of(h);
    (void)context;
    if (count > 16 || check_events(g, events, count) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(FRAME_DECIDE, g->number);
    frame_u64(&r.out, token);
    frame_u64(&r.out, number);
    frame_u64(&r.out, count);
    for (uint32_t i = 0; i < count; i++) {
        frame_event(&r.out, &events[i]);
    }
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
    return KINMU_OK;
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
    size_t begin = begin_frame(FRAME_REQUEST, g->number);
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
    frame_text(&r.out, query->order != NULL ? query->order : "");
    frame_u64(&r.out, query->filter_count);
    for (uint32_t i = 0; i < query->filter_count; i++) {
        frame_text(&r.out, query->filters[i].field);
        frame_u64(&r.out, query->filters[i].compare);
        frame_values(&r.out, &query->filters[i].value, 1);
    }
}

static int32_t give_rows(const question *q, kinmu_row_fn row, void *user) {
    static const uint8_t unknown[16];
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
        if (frame_read_event(&body, &event, subject, values) != KINMU_OK) {
            return KINMU_E_RETRY;
        }
        event.sequence = sequence;
        event.block = block;
        event.origin = unknown;
        event.boot_id = unknown;
        event.zone = "";
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

static int32_t pipe_send(void *context, hosted *h, uint64_t token, const char *to,
                         const char *command, const kinmu_value *values, uint32_t count) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(FRAME_SEND, guest_of(h)->number);
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
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(FRAME_ANSWER, guest_of(h)->number);
    frame_u64(&r.out, call);
    frame_i64(&r.out, status);
    frame_text(&r.out, text);
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
    size_t begin = begin_frame(FRAME_SESSIONS, guest_of(h)->number);
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

static void pipe_metric(void *context, hosted *h, uint32_t index, int32_t is_set, int64_t number) {
    (void)context;
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(FRAME_METRIC, guest_of(h)->number);
    frame_u64(&r.out, index);
    frame_u64(&r.out, (uint64_t)is_set);
    frame_i64(&r.out, number);
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static void say(hosted *h, uint32_t type, int32_t number, const char *text, size_t text_max) {
    char safe[1024];
    size_t size = text_cut(text, strlen(text), text_max - 1);
    memcpy(safe, text, size);
    safe[size] = '\0';
    if (!text_is_utf8(safe, size)) {
        text_copy(safe, sizeof safe, "(text is not UTF-8)");
    }
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(type, guest_of(h)->number);
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

/* ---- what the core says ---- */

static void send_done(uint32_t number, uint32_t what, int32_t status, const kinmu_err *err) {
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(FRAME_DONE, number);
    frame_u64(&r.out, what);
    frame_i64(&r.out, status);
    frame_text(&r.out, text_is_utf8(err->key, strlen(err->key)) ? err->key : "");
    frame_text(&r.out, text_is_utf8(err->msg, strlen(err->msg)) ? err->msg : "(text is not UTF-8)");
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static guest *find_guest(uint32_t number) {
    for (uint32_t i = 0; i < RUNNER_INSTANCES_MAX; i++) {
        if (r.guests[i] != NULL && r.guests[i]->number == number) {
            return r.guests[i];
        }
    }
    return NULL;
}

static int32_t learn_schemas(guest *g, const kinmu_plugin *plugin, kinmu_err *err) {
    g->schema_count = plugin->schemas.count;
    if (g->schema_count > NODE_SCHEMAS_PER_PLUGIN_MAX) {
        return error_set(err, KINMU_E_CONFIG, "plugin.schemas", "too many schemas");
    }
    for (uint32_t row = 0; row < g->schema_count; row++) {
        kinmu_schema_use use;
        const schema_info *info = NULL;
        schema_table_row(&plugin->schemas, row, &use, sizeof use);
        if (use.schema == NULL) {
            g->accepts_any = 1;
            continue;
        }
        int32_t status = schema_registry_add(g->schemas, use.schema, &info, err);
        if (status != KINMU_OK) {
            return status;
        }
        g->emitted[row] = (use.flags & KINMU_EMITS) != 0 ? info : NULL;
        g->accepted[row] = (use.flags & KINMU_ACCEPTS) != 0 ? info : NULL;
    }
    return KINMU_OK;
}

/* What the core knows beside the plugin's own schemas, for one that accepts any. */
static int32_t learn_all_schemas(guest *g, frame_reader *body, kinmu_err *err) {
    arena memory = {0};
    const kinmu_plugin *all = NULL;
    size_t size = 0;
    size_t used = 0;
    const uint8_t *data = frame_read_bytes(body, &size);
    int32_t status = body->failed ? error_set(err, KINMU_E_REJECT, "runner.frame", "damaged frame")
                                  : descriptor_read(&memory, data, size, &used, &all, err);
    for (uint32_t row = 0; status == KINMU_OK && row < all->schemas.count; row++) {
        kinmu_schema_use use;
        schema_table_row(&all->schemas, row, &use, sizeof use);
        status = schema_registry_add(g->schemas, use.schema, NULL, err);
    }
    arena_free(&memory);
    return status;
}

static int32_t read_options(guest *g, const char *yaml, const config_node **options,
                            kinmu_err *err) {
    config_node *root = NULL;
    config_problems problems = {0};
    int32_t status = KINMU_OK;
    config_memory_free(g->options_memory);
    g->options_memory = NULL;
    if (yaml[0] != '\0') {
        status = config_parse("options", yaml, strlen(yaml), &root, &g->options_memory, &problems);
    }
    config_problems_free(&problems);
    *options = root;
    return status == KINMU_OK ? status
                              : error_set(err, status, "runner.options", "options are damaged");
}

static int32_t load_guest(guest *g, frame_reader *body, kinmu_err *err) {
    static char yaml[CONFIG_FILE_BYTES_MAX];
    char file[4096];
    char name[KINMU_NAME_BYTES_MAX + 1];
    char instance_name[KINMU_NAME_BYTES_MAX * 2 + 2];
    char node_name[256];
    char account[256];
    const config_node *options = NULL;
    frame_read_text(body, file, sizeof file);
    uint32_t kind = (uint32_t)frame_read_u64(body);
    frame_read_text(body, name, sizeof name);
    frame_read_text(body, instance_name, sizeof instance_name);
    frame_read_text(body, node_name, sizeof node_name);
    frame_read_text(body, account, sizeof account);
    frame_read_text(body, yaml, sizeof yaml);
    g->head = frame_read_u64(body);
    if (body->failed) {
        return error_set(err, KINMU_E_REJECT, "runner.frame", "damaged frame");
    }
    int32_t status = catalog_load_file(file, &g->file, err);
    const catalog_plugin *entry = status == KINMU_OK ? catalog_find(g->file, kind, name) : NULL;
    if (status == KINMU_OK && entry == NULL) {
        status = error_set(err, KINMU_E_NOTFOUND, "runner.plugin", "\"%s\" no longer holds \"%s\"",
                           file, name);
    }
    if (status == KINMU_OK) {
        status = schema_registry_create(&g->schemas);
    }
    if (status == KINMU_OK) {
        status = learn_schemas(g, entry->plugin, err);
    }
    if (status == KINMU_OK && g->accepts_any) {
        status = learn_all_schemas(g, body, err);
    }
    if (status == KINMU_OK) {
        status = read_options(g, yaml, &options, err);
    }
    if (status == KINMU_OK) {
        status = hosted_create(r.local, entry->plugin, instance_name, node_name, account, options,
                               g, &g->h, err);
    }
    return status == KINMU_OK ? hosted_start(g->h, err) : status;
}

static void on_load(uint32_t number, frame_reader *body) {
    kinmu_err err = {{0}, {0}};
    uint32_t slot = 0;
    while (slot < RUNNER_INSTANCES_MAX && r.guests[slot] != NULL) {
        slot++;
    }
    guest *g = slot < RUNNER_INSTANCES_MAX ? calloc(1, sizeof *g) : NULL;
    if (g == NULL) {
        error_set(&err, KINMU_E_NOMEM, "runner.full", "the runner is full");
        send_done(number, FRAME_START, KINMU_E_NOMEM, &err);
        return;
    }
    g->number = number;
    r.guests[slot] = g;
    int32_t status = load_guest(g, body, &err);
    send_done(number, FRAME_START, status, &err);
}

static void drop_guest(guest *g) {
    for (uint32_t i = 0; i < RUNNER_INSTANCES_MAX; i++) {
        if (r.guests[i] == g) {
            r.guests[i] = NULL;
        }
    }
    int32_t is_busy = g->h != NULL && hosted_is_busy(g->h);
    hosted_destroy(g->h);
    if (is_busy) {
        return; /* its jobs still use the tables: they stay until the process ends */
    }
    schema_registry_destroy(g->schemas);
    catalog_free(g->file);
    config_memory_free(g->options_memory);
    free(g);
}

static void on_stop(guest *g) {
    kinmu_err err = {{0}, {0}};
    uint32_t number = g->number;
    int32_t status = g->h != NULL ? hosted_stop(g->h, &err) : KINMU_OK;
    send_done(number, FRAME_STOP, status, &err);
    drop_guest(g);
}

static void on_reconfigure(guest *g, frame_reader *body) {
    static char yaml[CONFIG_FILE_BYTES_MAX];
    kinmu_err err = {{0}, {0}};
    const config_node *options = NULL;
    frame_read_text(body, yaml, sizeof yaml);
    int32_t status = body->failed ? KINMU_E_REJECT : read_options(g, yaml, &options, &err);
    if (status == KINMU_OK && hosted_reconfigure(g->h, options, &err) != KINMU_OK) {
        hosted_stop(g->h, &err);
        const kinmu_plugin *plugin = hosted_plugin(g->h);
        char name[KINMU_NAME_BYTES_MAX * 2 + 2];
        char node_name[256];
        char account[256];
        hosted_names(g->h, name, node_name, account);
        hosted_destroy(g->h);
        status = hosted_create(r.local, plugin, name, node_name, account, options, g, &g->h, &err);
        status = status == KINMU_OK ? hosted_start(g->h, &err) : status;
    }
    send_done(g->number, FRAME_START, status, &err);
}

static void on_events(guest *g, frame_reader *body) {
    kinmu_err err = {{0}, {0}};
    journal_block block = {0};
    size_t origin_size = 0;
    block.state = JOURNAL_BLOCK_LIVE;
    block.position = frame_read_u64(body);
    block.decision = frame_read_u64(body);
    block.first_sequence = frame_read_u64(body);
    const uint8_t *origin = frame_read_bytes(body, &origin_size);
    block.payload = frame_read_bytes(body, &block.payload_size);
    int32_t status = body->failed || origin_size != sizeof block.origin ? KINMU_E_RETRY : KINMU_OK;
    if (status == KINMU_OK) {
        memcpy(block.origin, origin, sizeof block.origin);
        g->head = block.decision > g->head ? block.decision : g->head;
        status = delivery_decode(&r.batch, g->schemas, g->accepted, g->schema_count, g->accepts_any,
                                 &block, &err);
    }
    if (status == KINMU_OK && r.batch.batch.count > 0) {
        status = hosted_events(g->h, &r.batch.batch, &err);
    }
    uv_mutex_lock(&r.lock);
    size_t begin = begin_frame(FRAME_HANDLED, g->number);
    frame_u64(&r.out, block.position);
    frame_i64(&r.out, status);
    frame_text(&r.out, text_is_utf8(err.msg, strlen(err.msg)) ? err.msg : "");
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static void on_call(guest *g, frame_reader *body) {
    char caller[160];
    kinmu_value values[KINMU_FIELDS_MAX];
    kinmu_err err = {{0}, {0}};
    kinmu_call call = {(uint32_t)sizeof call, 0, 0, caller, values, 0, 0};
    call.id = frame_read_u64(body);
    call.command = (uint32_t)frame_read_u64(body);
    frame_read_text(body, caller, sizeof caller);
    call.value_count = frame_read_values(body, values);
    int32_t status = body->failed ? KINMU_E_REJECT : hosted_call(g->h, &call, &err);
    if (status != KINMU_OK) {
        pipe_answer(NULL, g->h, call.id, status, NULL, 0, err.msg);
    }
}

static question *find_question(uint64_t id) {
    question *q = r.questions;
    while (q != NULL && q->id != id) {
        q = q->next;
    }
    return q;
}

static void on_row(const frame_reader *body) {
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

static void on_reply(frame_reader *body) {
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

static void on_decided(guest *g, frame_reader *body) {
    uint64_t token = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    uint64_t number = frame_read_u64(body);
    if (!body->failed) {
        g->head = number > g->head ? number : g->head;
        hosted_decided(g->h, token, status, number);
    }
}

static void on_answered(guest *g, frame_reader *body) {
    char text[KINMU_ERR_MSG_SIZE];
    kinmu_value values[KINMU_FIELDS_MAX];
    uint64_t token = frame_read_u64(body);
    int32_t status = (int32_t)frame_read_i64(body);
    frame_read_text(body, text, sizeof text);
    uint32_t count = frame_read_values(body, values);
    if (!body->failed) {
        hosted_answered(g->h, token, status, values, count, text);
    }
}

static void quit(void) {
    uv_mutex_lock(&r.lock);
    r.is_ending = 1;
    uv_cond_broadcast(&r.answered);
    uv_mutex_unlock(&r.lock);
    send_collected();
    uv_stop(&r.loop);
}

static void on_guest_frame(uint32_t type, guest *g, frame_reader *body) {
    switch (type) {
    case FRAME_STOP:
        on_stop(g);
        break;
    case FRAME_RECONFIGURE:
        on_reconfigure(g, body);
        break;
    case FRAME_EVENTS:
        on_events(g, body);
        break;
    case FRAME_DURABLE:
        hosted_durable(g->h, frame_read_u64(body));
        break;
    case FRAME_CALL:
        on_call(g, body);
        break;
    case FRAME_DECIDED:
        on_decided(g, body);
        break;
    case FRAME_ANSWERED:
        on_answered(g, body);
        break;
    default:
        break;
    }
}

static void on_frame(uint32_t type, uint32_t number, frame_reader *body) {
    guest *g = find_guest(number);
    if (type == FRAME_LOAD) {
        on_load(number, body);
    } else if (type == FRAME_PING) {
        uv_mutex_lock(&r.lock);
        frame_end(&r.out, begin_frame(FRAME_PONG, 0));
        uv_mutex_unlock(&r.lock);
    } else if (type == FRAME_REPLY) {
        on_reply(body);
    } else if (type == FRAME_ROW) {
        on_row(body);
    } else if (type == FRAME_QUIT) {
        quit();
    } else if (g != NULL && (g->h != NULL || type == FRAME_STOP)) {
        on_guest_frame(type, g, body);
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    (void)handle;
    (void)suggested;
    uint8_t *room = buffer_reserve(&r.input, 32768);
    *piece = uv_buf_init((char *)room, room != NULL ? 32768 : 0);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    (void)piece;
    uint32_t type;
    uint32_t number;
    frame_reader body;
    size_t used = 0;
    int64_t whole = 0;
    if (size < 0) {
        uv_read_stop(stream);
        quit(); /* the daemon is gone */
        return;
    }
    r.input.size += (size_t)size;
    while ((whole = frame_whole(r.input.data + used, r.input.size - used, &type, &number, &body)) >
           0) {
        on_frame(type, number, &body);
        used += (size_t)whole;
    }
    memmove(r.input.data, r.input.data + used, r.input.size - used);
    r.input.size -= used;
    if (r.input.size == 0) {
        buffer_wipe(&r.input);
    }
    if (whole < 0) {
        quit();
    }
}

/* The last frames go out before the process ends; plugins that were not told to stop are not. */
static void drain(void) {
    send_collected();
    for (int turns = 0; turns < 1000; turns++) {
        uv_mutex_lock(&r.lock);
        int32_t is_done = r.in_flight == 0 && r.out.size == 0;
        uv_mutex_unlock(&r.lock);
        if (is_done) {
            return;
        }
        send_collected();
        uv_run(&r.loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
}

int runner_main(void) {
    const hosting_backend backend = {
        NULL,      pipe_publish, pipe_decide, pipe_head,     pipe_kv,     pipe_secret, pipe_query,
        pipe_send, pipe_answer,  pipe_schema, pipe_sessions, pipe_metric, pipe_health, pipe_log};
    platform_harden_process(1);
    uv_loop_init(&r.loop);
    uv_mutex_init(&r.lock);
    uv_cond_init(&r.answered);
    uv_async_init(&r.loop, &r.flush, on_flush);
    uv_pipe_init(&r.loop, &r.pipe, 0);
    if (uv_pipe_open(&r.pipe, 3) != 0 || hosting_create(&r.loop, &backend, &r.local) != KINMU_OK) {
        return 1;
    }
    uv_read_start((uv_stream_t *)&r.pipe, allocate, on_read);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    drain();
    delivery_batch_free(&r.batch);
    return 0;
}
