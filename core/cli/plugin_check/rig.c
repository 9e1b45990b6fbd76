/* cli/plugin_check/rig.c - see rig.h: the loop, the life of an instance, and the
 * backend behind host/hosting.h. */
#include "cli/plugin_check/rig.h"

#include "base/clock.h"
#include "base/text.h"
#include "config/config.h"
#include "platform/platform.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_TO_SETTLE_MAX 64u
#define JOBS_MS_MAX 5000u
#define NUMBER_OF_OVERSIZED 60000u

static rig *the_rig; /* create is given hosting's host only */

void rig_note(rig *r, enum rig_offence offence, const char *format, ...) {
    va_list arguments;
    uv_mutex_lock(&r->lock);
    if (r->seen.offences[offence]++ == 0) {
        va_start(arguments, format);
        vsnprintf(r->seen.texts[offence], RIG_TEXT_SIZE, format, arguments);
        va_end(arguments);
    }
    uv_mutex_unlock(&r->lock);
}

uint64_t rig_random(rig *r) { /* xorshift64*, so that a seed gives the same run everywhere */
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return r->random * 2685821657736338717u;
}

void rig_random_fill(rig *r, void *to, size_t size) {
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = (uint8_t)(rig_random(r) >> 32);
    }
}

/* ---- backend ---- */

static void on_settle(uv_async_t *async) {
    rig *r = async->data;
    uint64_t decisions[64];
    uint64_t sent[64];
    uv_mutex_lock(&r->lock);
    uint32_t decision_count = r->decision_count;
    uint32_t sent_count = r->sent_count;
    memcpy(decisions, r->decisions, sizeof decisions);
    memcpy(sent, r->sent, sizeof sent);
    r->decision_count = r->sent_count = 0;
    uint64_t ticket = r->ticket;
    uint64_t head = r->head;
    uv_mutex_unlock(&r->lock);
    for (uint32_t i = 0; r->instance != NULL && i < decision_count; i++) {
        hosted_decided(r->instance, decisions[i], KINMU_OK, head - decision_count + i + 1);
    }
    for (uint32_t i = 0; r->instance != NULL && i < sent_count; i++) {
        hosted_answered(r->instance, sent[i], KINMU_E_NOTFOUND, NULL, 0, "nobody of that name");
    }
    if (r->instance != NULL) {
        hosted_durable(r->instance, ticket);
    }
}

static int32_t back_publish(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                            uint64_t *ticket) {
    rig *r = context;
    (void)h;
    (void)events;
    uv_mutex_lock(&r->lock);
    r->seen.published += count;
    *ticket = ++r->ticket;
    uv_mutex_unlock(&r->lock);
    uv_async_send(&r->settle);
    return KINMU_OK;
}

static int32_t later(rig *r, uint64_t token, uint64_t *list, uint32_t *count) {
    uv_mutex_lock(&r->lock);
    int32_t status = *count < 64 ? KINMU_OK : KINMU_E_BUSY;
    if (status == KINMU_OK) {
        list[(*count)++] = token;
    }
    uv_mutex_unlock(&r->lock);
    uv_async_send(&r->settle);
    return status;
}

static int32_t back_decide(void *context, hosted *h, uint64_t token, uint64_t number,
                           const kinmu_event *events, uint32_t count) {
    rig *r = context;
    (void)h;
    (void)events;
    int32_t status = later(r, token, r->decisions, &r->decision_count);
    uv_mutex_lock(&r->lock);
    r->head += status == KINMU_OK && number != HOSTING_DERIVE;
    r->seen.published += status == KINMU_OK ? count : 0;
    uv_mutex_unlock(&r->lock);
    return status;
}

static uint64_t back_head(void *context, hosted *h) {
    rig *r = context;
    (void)h;
    uv_mutex_lock(&r->lock);
    uint64_t head = r->head;
    uv_mutex_unlock(&r->lock);
    return head;
}

static rig_pair *find_pair(rig *r, const char *key) {
    for (uint32_t i = 0; i < RIG_KEYS_MAX; i++) {
        if (strcmp(r->pairs[i].key, key) == 0) {
            return &r->pairs[i];
        }
    }
    return NULL;
}

static void put_pair(rig_pair *pair, const char *key, const void *data, uint32_t size) {
    uint8_t *copy = malloc((size_t)size + 1);
    if (copy == NULL) {
        return;
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    free(pair->data);
    pair->data = copy;
    pair->size = size;
    text_copy(pair->key, sizeof pair->key, key);
}

static int32_t give(const void *from, uint32_t from_size, void *data, uint32_t *size) {
    uint32_t room = *size;
    *size = from_size;
    if (from_size > room) {
        return KINMU_E_REJECT;
    }
    if (from_size > 0) {
        memcpy(data, from, from_size);
    }
    return KINMU_OK;
}

/* A value that was put is spoiled; a key never put is answered with invented bytes too, because
 * the state of another version may hold keys of the same name. */
static int32_t give_spoiled(rig *r, const rig_pair *pair, void *data, uint32_t *size) {
    uint8_t bytes[256];
    uint32_t count = pair != NULL && pair->size < sizeof bytes ? pair->size : 64;
    rig_random_fill(r, bytes, sizeof bytes);
    switch (r->knobs.state) {
    case RIG_STATE_FLIPPED:
    case RIG_STATE_TRUNCATED:
        if (pair != NULL) {
            memcpy(bytes, pair->data, count);
        }
        bytes[rig_random(r) % (count > 0 ? count : 1)] ^= 0x40;
        return give(bytes, r->knobs.state == RIG_STATE_TRUNCATED ? count / 2 : count, data, size);
    case RIG_STATE_EMPTY:
        return give(bytes, 0, data, size);
    case RIG_STATE_OVERSIZED:
        *size = NUMBER_OF_OVERSIZED;
        return KINMU_E_REJECT;
    case RIG_STATE_UNREADABLE:
        return KINMU_E_RETRY;
    default:
        count = *size < sizeof bytes ? *size : (uint32_t)sizeof bytes;
        return give(bytes, count, data, size);
    }
}

static int32_t back_kv(void *context, hosted *h, uint32_t what, const char *key, void *data,
                       uint32_t *size) {
    rig *r = context;
    int32_t status = KINMU_OK;
    (void)h;
    uv_mutex_lock(&r->lock);
    rig_pair *pair = find_pair(r, key);
    if (what == HOSTING_KV_GET) {
        r->seen.reads++;
        status = r->knobs.state != RIG_STATE_TRUE ? give_spoiled(r, pair, data, size)
                 : pair == NULL                   ? KINMU_E_NOTFOUND
                                                  : give(pair->data, pair->size, data, size);
    } else if (what == HOSTING_KV_PUT) {
        pair = pair != NULL ? pair : find_pair(r, "");
        if (pair != NULL) {
            put_pair(pair, key, data, *size);
        }
        status = pair != NULL ? KINMU_OK : KINMU_E_REJECT;
    } else if (pair != NULL) {
        pair->key[0] = '\0';
    }
    uv_mutex_unlock(&r->lock);
    return status;
}

static int32_t back_secret(void *context, hosted *h, const char *handle, char *data,
                           uint32_t *size) {
    static const char secret[] = "a secret of the check";
    (void)context;
    (void)h;
    (void)handle;
    uint32_t room = *size;
    *size = (uint32_t)sizeof secret - 1;
    if (room < sizeof secret) {
        return KINMU_E_REJECT;
    }
    memcpy(data, secret, sizeof secret);
    return KINMU_OK;
}

static int32_t back_query(void *context, hosted *h, const kinmu_query *query, kinmu_row_fn row,
                          void *user) {
    (void)context;
    (void)h;
    (void)query;
    (void)row;
    (void)user;
    return KINMU_OK; /* a store without a row */
}

static int32_t back_send(void *context, hosted *h, uint64_t token, const kinmu_behalf *whose,
                         const char *instance, const char *command, const kinmu_value *values,
                         uint32_t count) {
    rig *r = context;
    (void)h;
    (void)whose;
    (void)instance;
    (void)command;
    (void)values;
    (void)count;
    return later(r, token, r->sent, &r->sent_count);
}

static int32_t back_answer(void *context, hosted *h, uint64_t call, int32_t status,
                           const kinmu_value *values, uint32_t count, const char *text) {
    rig *r = context;
    (void)h;
    (void)call;
    (void)values;
    (void)count;
    (void)text;
    uv_mutex_lock(&r->lock);
    r->seen.answers++;
    r->seen.answer = status;
    uv_mutex_unlock(&r->lock);
    return KINMU_OK;
}

static const kinmu_schema *back_schema(void *context, hosted *h, uint32_t schema) {
    const rig *r = context;
    (void)h;
    const schema_info *info = schema_registry_at(r->schemas, schema - KINMU_SCHEMA_ANY);
    return info != NULL ? info->schema : NULL;
}

/* Nobody asks during a check. */
static int32_t back_serve(void *context, hosted *h, const kinmu_route *routes, uint32_t count) {
    (void)context;
    (void)h;
    (void)routes;
    (void)count;
    return KINMU_OK;
}

static int32_t back_reply(void *context, hosted *h, const hosting_reply *reply) {
    (void)context;
    (void)h;
    (void)reply;
    return KINMU_E_NOTFOUND;
}

static int32_t back_sessions(void *context, hosted *h, const kinmu_login_session *sessions,
                             uint32_t count) {
    (void)context; /* a host that may not change accounts ignores them */
    (void)h;
    (void)sessions;
    (void)count;
    return KINMU_OK;
}

static void back_metric(void *context, hosted *h, uint32_t index, int32_t is_set, int64_t number) {
    (void)context;
    (void)h;
    (void)index;
    (void)is_set;
    (void)number;
}

static void back_health(void *context, hosted *h, int32_t state, const char *text) {
    (void)context; /* taken by the front, before hosting sees it */
    (void)h;
    (void)state;
    (void)text;
}

/* The plugin's own lines end in the front, so this is hosting telling of a slow turn. */
static void back_log(void *context, hosted *h, int32_t level, const char *text) {
    (void)h;
    (void)level;
    rig_note(context, RIG_SLOW, "%s", text);
}

static void back_gone(void *context, void *tag) {
    (void)context; /* rig_destroy waits for it */
    (void)tag;
}

/* ---- the rig ---- */

static int32_t shown_create(const kinmu_host *host, const void *filled, void **instance,
                            kinmu_err *err) {
    rig *r = the_rig;
    r->real = host;
    r->host = *host;
    r->host.iface = rig_iface;
    r->host.log = rig_log;
    r->host.health = rig_health;
    uv_mutex_lock(&r->lock);
    r->phase = RIG_CREATED;
    uv_mutex_unlock(&r->lock);
    int32_t status = r->plugin->create(&r->host, filled, instance, err);
    r->self = *instance;
    return status;
}

static void die(const char *text) {
    fprintf(stderr, "kinmu plugin check: %s\n", text);
    exit(3);
}

rig *rig_open(const kinmu_plugin *plugin, const schema_registry *schemas, uint64_t seed) {
    rig *r = calloc(1, sizeof *r);
    if (r == NULL || uv_mutex_init_recursive(&r->lock) != 0 || uv_loop_init(&r->loop) != 0 ||
        uv_async_init(&r->loop, &r->settle, on_settle) != 0) {
        die("out of memory");
        return NULL;
    }
    hosting_backend backend = {.context = r,
                               .publish = back_publish,
                               .decide = back_decide,
                               .head = back_head,
                               .kv = back_kv,
                               .secret = back_secret,
                               .query = back_query,
                               .send = back_send,
                               .answer = back_answer,
                               .schema = back_schema,
                               .sessions = back_sessions,
                               .serve = back_serve,
                               .reply = back_reply,
                               .metric = back_metric,
                               .health = back_health,
                               .log = back_log,
                               .gone = back_gone};
    if (hosting_create(&r->loop, &backend, &r->owner) != KINMU_OK) {
        die("out of memory");
    }
    r->settle.data = r;
    uv_unref((uv_handle_t *)&r->settle);
    r->thread = uv_thread_self();
    r->plugin = plugin;
    r->shown = *plugin;
    r->shown.create = shown_create;
    r->schemas = schemas;
    r->random = seed * 2 + 1;
    r->knobs.speed = 1;
    r->began_unix_ns = clock_unix_ns();
    r->began_mono_ns = clock_mono_ns();
    if ((plugin->flags & KINMU_PLUGIN_SESSION) != 0) {
        platform_account(r->account, sizeof r->account);
    }
    the_rig = r;
    return r;
}

static const config_node *parse(const char *options, void **memory) {
    config_node *root = NULL;
    config_problems problems = {0};
    if (config_parse("options", options, strlen(options), &root, memory, &problems) != KINMU_OK) {
        die("options generated for the check are no YAML");
    }
    config_problems_free(&problems);
    return root;
}

int32_t rig_create(rig *r, const char *options, kinmu_err *err) {
    void *memory = NULL;
    const config_node *root = parse(options, &memory);
    memset(&r->seen, 0, sizeof r->seen);
    memset(err, 0, sizeof *err);
    int32_t status = hosted_create(r->owner, &r->shown, r->plugin->name, "checknode", r->account,
                                   root, r, &r->instance, err);
    config_memory_free(memory);
    return status;
}

static void set_phase(rig *r, enum rig_phase phase) {
    uv_mutex_lock(&r->lock);
    r->phase = phase;
    uv_mutex_unlock(&r->lock);
}

int32_t rig_start(rig *r, kinmu_err *err) {
    memset(err, 0, sizeof *err);
    set_phase(r, RIG_STARTED);
    return hosted_start(r->instance, err);
}

int32_t rig_stop(rig *r, kinmu_err *err) {
    memset(err, 0, sizeof *err);
    int32_t status = hosted_stop(r->instance, err);
    set_phase(r, RIG_STOPPED);
    return status;
}

int32_t rig_reconfigure(rig *r, const char *options, kinmu_err *err) {
    void *memory = NULL;
    const config_node *root = parse(options, &memory);
    memset(err, 0, sizeof *err);
    int32_t status = hosted_reconfigure(r->instance, root, err);
    config_memory_free(memory);
    return status;
}

static int32_t is_idle(rig *r) {
    return !hosted_is_busy(r->instance);
}

void rig_destroy(rig *r) {
    if (r->instance == NULL) {
        return;
    }
    if (!rig_run(r, JOBS_MS_MAX, is_idle)) {
        die("a job of the plugin did not end within 5 s");
    }
    hosted_destroy(r->instance);
    r->instance = NULL;
    rig_drop_watches(r);
    set_phase(r, RIG_NONE);
    for (uint32_t i = 0; i < TURNS_TO_SETTLE_MAX && uv_run(&r->loop, UV_RUN_NOWAIT) != 0; i++) {
    }
}

static void on_step(uv_timer_t *timer) {
    (void)timer; /* it is enough that the loop woke up */
}

int32_t rig_run(rig *r, uint64_t ms, int32_t (*done)(rig *r)) {
    uv_timer_t step;
    uint64_t end = uv_hrtime() + ms * 1000000u;
    int32_t is_done = done != NULL && done(r);
    if (is_done) {
        return 1;
    }
    uv_timer_init(&r->loop, &step);
    uv_timer_start(&step, on_step, RIG_STEP_MS, RIG_STEP_MS);
    while (!is_done && uv_hrtime() < end) {
        uv_run(&r->loop, UV_RUN_ONCE);
        is_done = done != NULL && done(r);
    }
    uv_close((uv_handle_t *)&step, NULL);
    uv_run(&r->loop, UV_RUN_NOWAIT);
    return is_done;
}

void rig_turn(rig *r) {
    uv_run(&r->loop, UV_RUN_NOWAIT);
}
