/* host/outgoing.c - see outgoing.h. A runner gets parts against credit: what it has not taken yet
 * is bounded, and so is what an instance in the core has not. */
#include "host/outgoing.h"

#include "base/crypto.h"
#include "base/log.h"
#include "host/http_frames.h"
#include "http/client.h"
#include <kinmu/iface/secret.h>

#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES_MAX 262144u /* parts on their way to a plugin */

/* A request of an instance under way. */
struct errand {
    struct errand *next;
    instance *i; /* outgoing_drop comes before it goes */
    uint64_t token;
    http_exchange *exchange;
    uint64_t unacked;
    int32_t is_held;
};

static errand *find(const instance *i, uint64_t token) {
    errand *x = i->owner->errands;
    while (x != NULL && (x->i != i || x->token != token)) {
        x = x->next;
    }
    return x;
}

static void forget(errand *x) {
    errand **at = &x->i->owner->errands;
    while (*at != x) {
        at = &(*at)->next;
    }
    *at = x->next;
    free(x);
}

/* ---- to the instance ---- */

static size_t begin_frame(const instance *i, buffer *out, uint32_t type, uint64_t token) {
    size_t begin = frame_begin(out, type, i->number);
    frame_u64(out, token);
    return begin;
}

static void tell_part(instance *i, uint64_t token, const void *data, uint32_t size) {
    if (i->local != NULL) {
        hosted_http_part(i->local, token, data, size);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = begin_frame(i, &out, FRAME_HTTP_PART, token);
        frame_bytes(&out, data, size);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

static void tell_done(instance *i, uint64_t token, const kinmu_http_response *response) {
    if (i->local != NULL) {
        hosted_http_done(i->local, token, response);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = begin_frame(i, &out, FRAME_HTTP_DONE, token);
        frame_http_response(&out, response);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

static int32_t on_part(void *user, const void *data, uint32_t size) {
    errand *x = user;
    instance *i = x->i;
    uint64_t token = x->token;
    x->unacked += size;
    tell_part(i, token, data, size);
    x = find(i, token); /* an instance in the core may have cancelled it just now */
    if (x != NULL) {
        x->is_held = x->unacked >= WINDOW_BYTES_MAX;
    }
    return x != NULL && x->is_held ? KINMU_E_BUSY : KINMU_OK;
}

static void on_done(void *user, const kinmu_http_response *response) {
    errand *x = user;
    instance *i = x->i;
    uint64_t token = x->token;
    forget(x);
    tell_done(i, token, response);
}

/* ---- from the instance ---- */

/* The secret is read now, so that a rotated one is seen, and lives as long as the request. */
static int32_t start(errand *x, const kinmu_http_request *request) {
    char secret[KINMU_SECRET_BYTES_MAX + 1];
    uint32_t size = (uint32_t)sizeof secret;
    node *n = x->i->owner;
    http_hooks hooks = {.part = on_part,
                        .done = on_done,
                        .user = x,
                        .may_use_device = !x->i->in_process && x->i->entry->first_party};
    if (n->conf->proxy.password != NULL) {
        outgoing_configure(n); /* its password, too */
    }
    if (request->secret != NULL &&
        instance_secret(x->i, request->secret, secret, &size) == KINMU_OK) {
        hooks.secret = secret;
    }
    int32_t status = http_client_send(n->http, request, &hooks, &x->exchange);
    crypto_wipe(secret, sizeof secret);
    return status;
}

static int32_t send_for(instance *i, uint64_t token, const kinmu_http_request *request) {
    uint32_t open = 0;
    for (const errand *x = i->owner->errands; x != NULL; x = x->next) {
        open += x->i == i;
    }
    if (open >= KINMU_HTTP_OPEN_MAX || i->owner->http == NULL) {
        return KINMU_E_BUSY;
    }
    errand *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return KINMU_E_NOMEM;
    }
    x->i = i;
    x->token = token;
    x->next = i->owner->errands;
    i->owner->errands = x;
    int32_t status = start(x, request);
    if (status != KINMU_OK) {
        forget(x);
    }
    return status;
}

static void more_for(instance *i, uint64_t token, uint64_t size) {
    errand *x = find(i, token);
    if (x == NULL) {
        return;
    }
    x->unacked -= size < x->unacked ? size : x->unacked;
    if (x->is_held && x->unacked <= WINDOW_BYTES_MAX / 2) {
        x->is_held = 0;
        http_exchange_resume(x->exchange);
    }
}

static void cancel_for(instance *i, uint64_t token) {
    errand *x = find(i, token);
    if (x != NULL) {
        http_exchange_cancel(x->exchange);
        forget(x);
    }
}

static int32_t core_send(void *context, hosted *h, uint64_t token,
                         const kinmu_http_request *request) {
    (void)context;
    return send_for(hosted_tag(h), token, request);
}

static void core_more(void *context, hosted *h, uint64_t token, uint32_t size) {
    (void)context;
    more_for(hosted_tag(h), token, size);
}

static void core_cancel(void *context, hosted *h, uint64_t token) {
    (void)context;
    cancel_for(hosted_tag(h), token);
}

const hosting_http outgoing_http = {core_send, core_more, core_cancel};

/* ---- from a runner ---- */

int32_t outgoing_is_frame(uint32_t type) {
    return type == FRAME_HTTP_SEND || type == FRAME_HTTP_MORE || type == FRAME_HTTP_CANCEL;
}

/* What the core cannot begin now is answered as the network's trouble. */
static int32_t send_from_runner(instance *i, uint64_t token, frame_reader *body) {
    arena memory = {0};
    kinmu_http_request request;
    int32_t status = frame_read_http_request(body, &memory, &request);
    if (status == KINMU_OK && find(i, token) == NULL) {
        status = send_for(i, token, &request);
    } else {
        status = KINMU_E_REJECT;
    }
    if (status != KINMU_OK && status != KINMU_E_REJECT) {
        const kinmu_http_response response = {.struct_size = (uint32_t)sizeof response,
                                              .status = status,
                                              .body = "",
                                              .text = "http: too much is under way; try later"};
        tell_done(i, token, &response);
        status = KINMU_OK;
    }
    arena_free(&memory);
    return status;
}

int32_t outgoing_on_frame(instance *i, uint32_t type, frame_reader *body) {
    uint64_t token = frame_read_u64(body);
    if (type == FRAME_HTTP_SEND) {
        return send_from_runner(i, token, body);
    }
    uint64_t size = type == FRAME_HTTP_MORE ? frame_read_u64(body) : 0;
    if (body->failed) {
        return KINMU_E_REJECT;
    }
    if (type == FRAME_HTTP_MORE) {
        more_for(i, token, size);
    } else {
        cancel_for(i, token);
    }
    return KINMU_OK;
}

/* ---- life ---- */

/* Those of one instance, or all. */
static void drop(node *n, const instance *of) {
    errand **at = &n->errands;
    while (*at != NULL) {
        errand *x = *at;
        if (of != NULL && x->i != of) {
            at = &x->next;
            continue;
        }
        *at = x->next;
        http_exchange_cancel(x->exchange);
        free(x);
    }
}

void outgoing_drop(instance *i) {
    drop(i->owner, i);
}

static void list_exceptions(const config_proxy *proxy, buffer *out) {
    for (uint32_t i = 0; i < proxy->except_count; i++) {
        buffer_printf(out, "%s%s", i > 0 ? "," : "", proxy->except[i]);
    }
}

void outgoing_configure(node *n) {
    const config_proxy *proxy = &n->conf->proxy;
    char password[KINMU_SECRET_BYTES_MAX + 1] = "";
    uint32_t size = (uint32_t)sizeof password;
    kinmu_err err;
    buffer except = {0};
    if (proxy->password != NULL &&
        config_secret_at(proxy->password, password, &size, &err) != KINMU_OK) {
        log_warn("http", "the proxy's password: %s", err.msg);
    }
    list_exceptions(proxy, &except);
    http_client_settings settings = {.data = n->data,
                                     .proxy = proxy->url,
                                     .proxy_user = proxy->user,
                                     .proxy_password = proxy->user != NULL ? password : NULL,
                                     .proxy_except = buffer_string(&except),
                                     .proxy_from_environment = proxy->from_environment};
    if (http_client_configure(n->http, &settings) != KINMU_OK) {
        log_error("http", "out of memory; the way out stays as it was");
    }
    crypto_wipe(password, sizeof password);
    buffer_free(&except);
}

int32_t outgoing_open(node *n) {
    int32_t status = http_client_create(&n->loop, &n->http);
    if (status == KINMU_OK) {
        outgoing_configure(n);
    }
    return status;
}

void outgoing_close(node *n) {
    drop(n, NULL);
    http_client_destroy(n->http);
    n->http = NULL;
}
