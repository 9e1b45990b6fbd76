/* host/runner.c - see runner.h: the process and what the core says. What plugins ask for is in
 * runner_services.c. */
#include "host/runner.h"

#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "host/descriptor.h"
#include "host/http_frames.h"
#include "host/runner_internal.h"

#include <kinmu/iface/kv.h>
#include <kinmu/iface/secret.h>
#include <stdlib.h>
#include <string.h>

runner r;

static void on_flush(uv_async_t *async) {
    (void)async;
    runner_send_collected();
}

/* ---- what the core says ---- */

static void send_done(uint32_t number, uint32_t what, int32_t status, const kinmu_err *err) {
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_DONE, number);
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
    const config_node *options = NULL;
    frame_read_text(body, file, sizeof file);
    uint32_t kind = (uint32_t)frame_read_u64(body);
    frame_read_text(body, name, sizeof name);
    frame_read_text(body, instance_name, sizeof instance_name);
    frame_read_text(body, node_name, sizeof node_name);
    frame_read_text(body, g->account, sizeof g->account);
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
        g->only_own_account = (entry->plugin->flags & KINMU_PLUGIN_SESSION) != 0;
        status = learn_schemas(g, entry->plugin, err);
    }
    if (status == KINMU_OK && g->accepts_any) {
        status = learn_all_schemas(g, body, err);
    }
    if (status == KINMU_OK) {
        status = read_options(g, yaml, &options, err);
    }
    if (status == KINMU_OK) {
        status = hosted_create(r.local, entry->plugin, instance_name, node_name, g->account,
                               options, g, &g->h, err);
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

static void forget_guest(const guest *g) {
    for (uint32_t i = 0; i < RUNNER_INSTANCES_MAX; i++) {
        if (r.guests[i] == g) {
            r.guests[i] = NULL;
        }
    }
}

void runner_on_gone(void *context, void *tag) {
    guest *g = tag;
    (void)context;
    schema_registry_destroy(g->schemas);
    catalog_free(g->file);
    config_memory_free(g->options_memory);
    free(g);
}

static void drop_guest(guest *g) {
    forget_guest(g);
    if (g->h != NULL) {
        hosted_destroy(g->h); /* answers with runner_on_gone, now or after its last job */
    } else {
        runner_on_gone(NULL, g);
    }
}

static void on_stop(guest *g) {
    kinmu_err err = {{0}, {0}};
    uint32_t number = g->number;
    int32_t status = g->h != NULL ? hosted_stop(g->h, &err) : KINMU_OK;
    send_done(number, FRAME_STOP, status, &err);
    drop_guest(g);
}

/* A plugin that cannot take it is stopped and made anew by the core. */
static void on_reconfigure(guest *g, frame_reader *body) {
    static char yaml[CONFIG_FILE_BYTES_MAX];
    kinmu_err err = {{0}, {0}};
    const config_node *options = NULL;
    frame_read_text(body, yaml, sizeof yaml);
    int32_t status = body->failed ? KINMU_E_REJECT : read_options(g, yaml, &options, &err);
    if (status == KINMU_OK) {
        status = hosted_reconfigure(g->h, options, &err);
    }
    send_done(g->number, FRAME_RECONFIGURE, status, &err);
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
        g->handling = block.position; /* what it publishes in this turn commits with the block */
        status = hosted_events(g->h, &r.batch.batch, &err);
        g->handling = 0;
    }
    uv_mutex_lock(&r.lock);
    size_t begin = runner_begin_frame(FRAME_HANDLED, g->number);
    frame_u64(&r.out, block.position);
    frame_i64(&r.out, status);
    frame_text(&r.out, text_is_utf8(err.msg, strlen(err.msg)) ? err.msg : "");
    frame_end(&r.out, begin);
    uv_mutex_unlock(&r.lock);
}

static void on_withdrawn(guest *g, frame_reader *body) {
    uint64_t first = frame_read_u64(body);
    uint64_t last = frame_read_u64(body);
    if (!body->failed) {
        hosted_withdrawn(g->h, first, last);
    }
}

static void on_call(guest *g, frame_reader *body) {
    char caller[160];
    kinmu_value values[KINMU_FIELDS_MAX];
    kinmu_err err = {{0}, {0}};
    kinmu_call call = {(uint32_t)sizeof call, 0, 0, caller, values, 0, 0};
    call.id = frame_read_u64(body);
    call.command = (uint32_t)frame_read_u64(body);
    frame_read_text(body, caller, sizeof caller);
    call.rights = (uint32_t)frame_read_u64(body);
    call.value_count = frame_read_values(body, values);
    int32_t status = body->failed ? KINMU_E_REJECT : hosted_call(g->h, &call, &err);
    if (status != KINMU_OK) {
        runner_answer_call(g->h, call.id, status, err.msg);
    }
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

static const char *take_text(frame_reader *body, char **next, const char *end) {
    char *text = *next;
    frame_read_text(body, text, (size_t)(end - text));
    *next += strlen(text) + 1;
    body->failed |= *next >= end;
    *next = *next >= end ? text : *next;
    return text;
}

static void on_route_request(guest *g, frame_reader *body) {
    static char memory[65536]; /* a head has at most HTTP_HEAD_BYTES_MAX */
    kinmu_header headers[KINMU_ROUTE_HEADERS_MAX];
    char *next = memory;
    const char *end = memory + sizeof memory;
    kinmu_request request = {.struct_size = (uint32_t)sizeof request, .headers = headers};
    size_t key_size = 0;
    request.id = frame_read_u64(body);
    request.route = (uint32_t)frame_read_u64(body);
    request.method = take_text(body, &next, end);
    request.path = take_text(body, &next, end);
    request.query = take_text(body, &next, end);
    request.address = take_text(body, &next, end);
    request.peer_key = frame_read_bytes(body, &key_size);
    request.peer_key_size = (uint32_t)key_size;
    request.peer_serial = take_text(body, &next, end);
    request.body_size = frame_read_i64(body);
    uint64_t count = frame_read_u64(body);
    body->failed |= count > KINMU_ROUTE_HEADERS_MAX;
    for (uint64_t at = 0; at < count && !body->failed; at++) {
        headers[at].name = take_text(body, &next, end);
        headers[at].value = take_text(body, &next, end);
    }
    request.header_count = (uint32_t)count;
    if (request.peer_key_size == 0) {
        request.peer_key = NULL;
    }
    if (!body->failed) {
        hosted_request(g->h, &request);
    }
}

static void on_route_part(guest *g, frame_reader *body) {
    size_t size = 0;
    uint64_t id = frame_read_u64(body);
    uint64_t is_last = frame_read_u64(body);
    const uint8_t *data = frame_read_bytes(body, &size);
    if (!body->failed) {
        hosted_part(g->h, id, data, size, is_last != 0);
    }
}

static void on_route_number(uint32_t type, guest *g, frame_reader *body) {
    uint64_t id = frame_read_u64(body);
    uint64_t number = frame_read_u64(body);
    if (!body->failed && type == FRAME_ROUTE_DRAINED) {
        hosted_drained(g->h, id, (size_t)number);
    } else if (!body->failed) {
        hosted_request_gone(g->h, id, number != 0);
    }
}

static void quit(void) {
    uv_mutex_lock(&r.lock);
    r.is_ending = 1;
    uv_cond_broadcast(&r.answered);
    uv_mutex_unlock(&r.lock);
    runner_send_collected();
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
    case FRAME_WITHDRAWN:
        on_withdrawn(g, body);
        break;
    case FRAME_CALL:
        on_call(g, body);
        break;
    case FRAME_DECIDED:
        on_decided(g, body);
        break;
    case FRAME_ROUTE_REQUEST:
        on_route_request(g, body);
        break;
    case FRAME_ROUTE_PART:
        on_route_part(g, body);
        break;
    case FRAME_ROUTE_DRAINED:
    case FRAME_ROUTE_GONE:
        on_route_number(type, g, body);
        break;
    case FRAME_ANSWERED:
        on_answered(g, body);
        break;
    case FRAME_HTTP_PART:
    case FRAME_HTTP_DONE:
        runner_on_http(g->h, type, body);
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
        frame_end(&r.out, runner_begin_frame(FRAME_PONG, 0));
        uv_mutex_unlock(&r.lock);
    } else if (type == FRAME_REPLY) {
        runner_on_reply(body);
    } else if (type == FRAME_ROW) {
        runner_on_row(body);
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
    runner_send_collected();
    for (int turns = 0; turns < 1000; turns++) {
        uv_mutex_lock(&r.lock);
        int32_t is_done = r.in_flight == 0 && r.out.size == 0;
        uv_mutex_unlock(&r.lock);
        if (is_done) {
            return;
        }
        runner_send_collected();
        uv_run(&r.loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
}

int runner_main(void) {
    const hosting_backend backend = runner_backend();
    platform_ignore_broken_pipes();
    platform_harden_process(1);
    platform_keep_small();
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
    for (uint32_t i = 0; i < RUNNER_INSTANCES_MAX; i++) {
        if (r.guests[i] != NULL && r.guests[i]->h != NULL && hosted_is_busy(r.guests[i]->h)) {
            _Exit(0); /* a job still runs: waiting for it is not worth it */
        }
    }
    delivery_batch_free(&r.batch);
    return 0;
}
