/* host/hosting.c - see hosting.h: life cycle and what comes in. */
#include "host/hosting_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t hosting_on_turn(const hosted *h) {
    uv_thread_t self = uv_thread_self();
    return uv_thread_equal(&self, &h->owner->thread);
}

uint64_t hosting_turn_begin(hosted *h) {
    (void)h;
    return uv_hrtime();
}

void hosting_turn_end(hosted *h, uint64_t begin) {
    uint64_t spent_ms = (uv_hrtime() - begin) / 1000000;
    if (spent_ms > HOSTING_TURN_MS_MAX) {
        char text[96];
        atomic_fetch_add(&h->slow_turns, 1);
        snprintf(text, sizeof text, "a turn took %llu ms; at most %u are allowed",
                 (unsigned long long)spent_ms, HOSTING_TURN_MS_MAX);
        h->owner->backend.log(h->owner->backend.context, h, KINMU_LOG_WARN, text);
    }
}

/* ---- durable waits ---- */

/* Tells those who wait for tickets in [first, last]. */
static void settle_waits(hosted *h, uint64_t first, uint64_t last, int32_t status) {
    wait **at = &h->durable_waits;
    wait *ready = NULL;
    wait **ready_end = &ready;
    while (*at != NULL) {
        wait *w = *at;
        if (w->token >= first && w->token <= last) {
            *at = w->next;
            w->next = NULL;
            *ready_end = w;
            ready_end = &w->next;
        } else {
            at = &w->next;
        }
    }
    while (ready != NULL) {
        wait *w = ready;
        ready = w->next;
        h->wait_count--;
        uint64_t begin = hosting_turn_begin(h);
        w->done(w->user, status, w->token);
        hosting_turn_end(h, begin);
        free(w);
    }
}

static void free_answer(told_answer *a) {
    arena_free(&a->memory);
    free(a);
}

static wait *take_wait(wait **list, uint64_t token);

static void tell_answers(hosted *h) {
    while (h->answers != NULL) {
        told_answer *a = h->answers;
        h->answers = a->next;
        wait *w = take_wait(&h->calls, a->token);
        if (w != NULL) {
            h->wait_count--;
            uint64_t begin = hosting_turn_begin(h);
            w->answer(w->user, a->status, a->values, a->count, a->text);
            hosting_turn_end(h, begin);
            free(w);
        }
        free_answer(a);
    }
}

static void on_later(uv_async_t *async) {
    hosting *owner = async->data;
    hosted *next = NULL;
    for (hosted *h = owner->first; h != NULL; h = next) {
        next = h->next;
        settle_waits(h, 0, atomic_load(&h->durable), KINMU_OK);
        tell_answers(h);
        hosting_http_pump(h);
    }
}

void hosted_durable(hosted *h, uint64_t ticket) {
    if (ticket > atomic_load(&h->durable)) {
        atomic_store(&h->durable, ticket);
        settle_waits(h, 0, ticket, KINMU_OK);
    }
}

void hosted_failed(hosted *h) {
    settle_waits(h, 0, UINT64_MAX, KINMU_E_RESTART);
}

static wait *take_wait(wait **list, uint64_t token) {
    for (wait **at = list; *at != NULL; at = &(*at)->next) {
        if ((*at)->token == token) {
            wait *w = *at;
            *at = w->next;
            return w;
        }
    }
    return NULL;
}

void hosted_decided(hosted *h, uint64_t token, int32_t status, uint64_t number) {
    wait *w = take_wait(&h->decisions, token);
    if (w != NULL) {
        h->wait_count--;
        uint64_t begin = hosting_turn_begin(h);
        w->done(w->user, status, number);
        hosting_turn_end(h, begin);
        free(w);
    }
}

void hosted_withdrawn(hosted *h, uint64_t first, uint64_t last) {
    settle_waits(h, first, last, KINMU_E_RETRY);
}

static int32_t copy_answer(told_answer *a, const kinmu_value *values, uint32_t count,
                           const char *text) {
    a->count = count;
    a->text = arena_text(&a->memory, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    int32_t whole = a->text != NULL;
    for (uint32_t i = 0; i < count; i++) {
        a->values[i] = values[i];
        if (values[i].type == KINMU_TYPE_TEXT || values[i].type == KINMU_TYPE_BYTES) {
            a->values[i].as.text = arena_text(&a->memory, values[i].as.text, values[i].size);
            whole = whole && a->values[i].as.text != NULL;
        }
    }
    return whole;
}

void hosted_answered(hosted *h, uint64_t token, int32_t status, const kinmu_value *values,
                     uint32_t count, const char *text) {
    told_answer *a = calloc(1, sizeof *a);
    if (a == NULL || count > KINMU_FIELDS_MAX) {
        free(a);
        return;
    }
    a->token = token;
    a->status = status;
    if (!copy_answer(a, values, count, text)) {
        a->status = KINMU_E_NOMEM;
        a->count = 0;
        a->text = "";
    }
    told_answer **end = &h->answers;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = a;
    uv_async_send(&h->owner->later);
}

/* ---- hosting ---- */

int32_t hosting_create(uv_loop_t *loop, const hosting_backend *backend, hosting **out) {
    hosting *owner = calloc(1, sizeof *owner);
    *out = owner;
    if (owner == NULL) {
        return KINMU_E_NOMEM;
    }
    owner->loop = loop;
    owner->backend = *backend;
    owner->thread = uv_thread_self();
    owner->later.data = owner;
    if (uv_async_init(loop, &owner->later, on_later) != 0) {
        free(owner);
        *out = NULL;
        return KINMU_E_NOMEM;
    }
    uv_unref((uv_handle_t *)&owner->later);
    return KINMU_OK;
}

static void free_hosting(uv_handle_t *handle) {
    free(handle->data);
}

static void end_if_empty(hosting *owner) {
    if (owner->is_ending && owner->first == NULL) {
        uv_close((uv_handle_t *)&owner->later, free_hosting);
    }
}

void hosting_destroy(hosting *owner) {
    if (owner != NULL && !owner->is_ending) {
        owner->is_ending = 1;
        end_if_empty(owner);
    }
}

/* ---- host table ---- */

static void host_log(const kinmu_host *host, int32_t level, const char *text) {
    hosted *h = (hosted *)(uintptr_t)host;
    h->owner->backend.log(h->owner->backend.context, h, level, text);
}

static void host_health(const kinmu_host *host, int32_t state, const char *text) {
    hosted *h = (hosted *)(uintptr_t)host;
    h->owner->backend.health(h->owner->backend.context, h, state, text != NULL ? text : "");
}

static void fill_host(hosted *h) {
    h->host.struct_size = (uint32_t)sizeof h->host;
    h->host.abi_minor = KINMU_ABI_MINOR;
    h->host.instance = h->instance;
    h->host.node = h->node;
    h->host.account = h->account;
    h->host.iface = hosting_iface;
    h->host.log = host_log;
    h->host.health = host_health;
}

/* ---- life cycle ---- */

int32_t hosted_create(hosting *owner, const kinmu_plugin *plugin, const char *instance,
                      const char *node, const char *account, const config_node *options, void *tag,
                      hosted **out, kinmu_err *err) {
    hosted *h = calloc(1, sizeof *h);
    *out = h;
    if (h == NULL) {
        return error_set(err, KINMU_E_NOMEM, "host.memory", "out of memory");
    }
    h->owner = owner;
    h->plugin = plugin;
    h->tag = tag;
    text_copy(h->instance, sizeof h->instance, instance);
    text_copy(h->node, sizeof h->node, node);
    text_copy(h->account, sizeof h->account, account);
    fill_host(h);
    h->next = owner->first;
    owner->first = h;
    int32_t status = config_fill(&plugin->options, plugin->config_size, instance, options,
                                 &h->config, &h->config_memory, err);
    if (status == KINMU_OK) {
        uint64_t begin = hosting_turn_begin(h);
        status = plugin->create(&h->host, h->config, &h->self, err);
        hosting_turn_end(h, begin);
    }
    return status;
}

int32_t hosted_start(hosted *h, kinmu_err *err) {
    h->may_fetch = 1;
    uint64_t begin = hosting_turn_begin(h);
    int32_t status = h->plugin->start(h->self, err);
    hosting_turn_end(h, begin);
    h->is_started = status == KINMU_OK;
    if (!h->is_started) {
        hosting_http_stop(h);
    }
    return status;
}

int32_t hosted_stop(hosted *h, kinmu_err *err) {
    if (h->self == NULL) {
        return KINMU_OK;
    }
    uint64_t begin = hosting_turn_begin(h);
    int32_t status = h->plugin->stop(h->self, err);
    hosting_turn_end(h, begin);
    hosting_http_stop(h);
    h->is_started = 0;
    hosting_drop_requests(h);
    return status;
}

int32_t hosted_reconfigure(hosted *h, const config_node *options, kinmu_err *err) {
    void *filled = NULL;
    void *memory = NULL;
    if (h->plugin->reconfigure == NULL) {
        return KINMU_E_RESTART;
    }
    int32_t status = config_fill(&h->plugin->options, h->plugin->config_size, h->instance, options,
                                 &filled, &memory, err);
    if (status == KINMU_OK) {
        uint64_t begin = hosting_turn_begin(h);
        status = h->plugin->reconfigure(h->self, filled, err);
        hosting_turn_end(h, begin);
    }
    if (status != KINMU_OK) {
        config_fill_free(filled, memory);
        return KINMU_E_RESTART;
    }
    config_fill_free(h->config, h->config_memory);
    h->config = filled;
    h->config_memory = memory;
    return KINMU_OK;
}

static void free_waits(wait *list) {
    while (list != NULL) {
        wait *next = list->next;
        free(list);
        list = next;
    }
}

static void unlink_hosted(hosted *h) {
    hosted **at = &h->owner->first;
    while (*at != h) {
        at = &(*at)->next;
    }
    *at = h->next;
}

void hosted_destroy(hosted *h) {
    if (h == NULL) {
        return;
    }
    if (h->is_started) {
        kinmu_err ignored;
        hosted_stop(h, &ignored);
    }
    hosting_drop_watches(h); /* no timer fires once it is stopped */
    if (h->job_count > 0) {
        h->is_doomed = 1; /* the last job's completion comes back here */
        return;
    }
    if (h->self != NULL) {
        h->plugin->destroy(h->self);
    }
    hosting_drop_watches(h);
    while (h->answers != NULL) {
        told_answer *a = h->answers;
        h->answers = a->next;
        free_answer(a);
    }
    hosting_drop_requests(h);
    free_waits(h->durable_waits);
    free_waits(h->decisions);
    free_waits(h->calls);
    config_fill_free(h->config, h->config_memory);
    unlink_hosted(h);
    hosting *owner = h->owner;
    void *tag = h->tag;
    free(h);
    owner->backend.gone(owner->backend.context, tag);
    end_if_empty(owner);
}

void *hosted_tag(const hosted *h) {
    return h->tag;
}

const kinmu_plugin *hosted_plugin(const hosted *h) {
    return h->plugin;
}

int32_t hosted_is_turn(const hosted *h) {
    return hosting_on_turn(h);
}

int32_t hosted_is_busy(const hosted *h) {
    return h->job_count > 0;
}

int32_t hosted_events(hosted *h, const kinmu_batch *batch, kinmu_err *err) {
    if (h->plugin->events == NULL) {
        return KINMU_OK;
    }
    uint64_t begin = hosting_turn_begin(h);
    int32_t status = h->plugin->events(h->self, batch, err);
    hosting_turn_end(h, begin);
    return status;
}

int32_t hosted_call(hosted *h, const kinmu_call *call, kinmu_err *err) {
    if (h->plugin->call == NULL || !h->is_started) {
        return error_set(err, KINMU_E_NOTFOUND, "call.none", "%s takes no commands now",
                         h->instance);
    }
    uint64_t begin = hosting_turn_begin(h);
    int32_t status = h->plugin->call(h->self, call, err);
    hosting_turn_end(h, begin);
    return status;
}
