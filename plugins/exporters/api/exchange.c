/* api/exchange.c - requests by routes/1 from their arrival to their answer: what is copied of them,
 * the queue, the jobs. What a request means is its endpoint's. */
#include "access/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"
#define QUEUED_NS_MAX UINT64_C(12000000000)

/* ---- the list ---- */

static exchange *find(const api *a, uint64_t id) {
    exchange *x = a->exchanges;
    while (x != NULL && x->id != id) {
        x = x->next;
    }
    return x;
}

static void free_exchange(exchange *x) {
    download_end(x);
    upload_end(x);
    login_release(x);
    free(x->answer);
    memory_free(&x->memory);
    free(x);
}

void exchange_drop(exchange *x) {
    exchange **at = &x->owner->exchanges;
    while (*at != x) {
        at = &(*at)->next;
    }
    *at = x->next;
    free_exchange(x);
}

static void forget_waiting(api *a) {
    for (uint32_t i = 0; i < QUEUES; i++) { /* jobs under way come back */
        a->queues[i] = (queue){NULL, NULL, 0, a->queues[i].jobs};
    }
}

void exchange_free_all(api *a) {
    while (a->exchanges != NULL) {
        exchange_drop(a->exchanges);
    }
    forget_waiting(a);
}

/* ---- answers ---- */

void exchange_json(exchange *x, uint32_t status, json_t *json) {
    free(x->answer);
    x->answer = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    x->answer_size = x->answer != NULL ? strlen(x->answer) : 0;
    x->status = x->answer != NULL ? status : 503;
    x->type = JSON_TYPE;
}

void exchange_answer(exchange *x) {
    api *a = x->owner;
    kinmu_header headers[API_HEADERS_MAX];
    char seconds[16];
    uint32_t count = 0;
    if (upload_clears(x)) {
        return;
    }
    headers[count++] = (kinmu_header){"content-type", x->type != NULL ? x->type : JSON_TYPE};
    headers[count++] = (kinmu_header){"cache-control", "no-store"};
    if (x->status == 401) {
        headers[count++] = (kinmu_header){"www-authenticate", "Bearer realm=\"kinmu\""};
    }
    if (x->wait_s > 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", x->wait_s);
        headers[count++] = (kinmu_header){"retry-after", seconds};
    }
    if (x->etag != NULL) {
        headers[count++] = (kinmu_header){"etag", x->etag};
    }
    if (x->content_range != NULL) {
        headers[count++] = (kinmu_header){"content-range", x->content_range};
    }
    if (x->set_cookie != NULL) {
        headers[count++] = (kinmu_header){"set-cookie", x->set_cookie};
    }
    if (x->status == 401 || x->status == 403 || x->status == 429) {
        a->metrics->add(a->host, METRIC_DENIED, 1);
    }
    uint64_t id = x->id;
    x->is_busy = 0;
    if (id == 0) {
        exchange_drop(x);
    } else { /* freed by gone */
        (void)a->routes->answer(a->host, id, x->status, headers, count, x->answer, x->answer_size);
    }
}

/* ---- the queue ---- */

static void go_on(api *a);

/* An address that fails is paced; a token that is valid is served all the same, so that one
 * program with an old token does not shut out an office. */
static void count_failure(exchange *x) {
    api *a = x->owner;
    kinmu_clock now;
    a->timer->now(a->host, &now);
    uint64_t now_ms = now.mono_ns / 1000000u;
    uint32_t wait_s = limit_wait_s(a->failures, x->address, now_ms, a->config.failures_per_minute);
    a->metrics->add(a->host, METRIC_FAILED_LOGINS, 1);
    if (wait_s > 0) {
        char seconds[16];
        (void)snprintf(seconds, sizeof seconds, "%u", wait_s);
        problem_set(x, 429, "login.often", seconds, NULL);
        x->wait_s = wait_s;
        return;
    }
    char line[160];
    (void)snprintf(line, sizeof line, "authentication failed: address %.64s, %s %.40s", x->address,
                   x->method, x->endpoint->path);
    a->host->log(a->host, KINMU_LOG_WARN, line);
    limit_fail(a->failures, x->address, now_ms);
}

/* Who has an answer already, as it would be given again, is told so (RFC 9110, If-None-Match). */
void exchange_compare(exchange *x) {
    uint8_t sha256[TOKEN_HASH_SIZE];
    char hex[2 * TOKEN_HASH_SIZE + 1];
    if (x->status != 200 || strcmp(x->endpoint->method, "GET") != 0 ||
        !token_hash(x->answer, x->answer_size, sha256)) {
        return;
    }
    token_hex(hex, sha256, sizeof sha256);
    x->etag = memory_print(&x->memory, "\"%s\"", hex);
    if (x->etag != NULL && strstr(x->condition, x->etag) != NULL) {
        x->status = 304;
        x->answer_size = 0;
    }
}

static void job(void *user) {
    exchange *x = user;
    if (x->endpoint->scope == NULL || gate_enter(x)) {
        x->endpoint->job(x);
        exchange_compare(x);
    }
    if (x->status == 0 && x->memory.failed) {
        problem_set(x, 503, "memory", NULL, NULL);
    }
}

static void on_job(void *user, int32_t ran) {
    exchange *x = user;
    api *a = x->owner;
    a->queues[x->queue].jobs--;
    if (!a->is_running) {
        x->is_busy = 0;
        exchange_drop(x);
        return;
    }
    if (ran != KINMU_OK) {
        problem_set(x, 503, "busy", NULL, NULL);
    }
    if (x->is_unknown) {
        count_failure(x);
    }
    session_tell_seen(x);
    if (x->done != NULL) {
        x->done(x);
    } else if (x->status == 0 && x->go != NULL) {
        x->go(x);
    } else if (x->status == 0) {
        run_command(x);
    } else {
        exchange_answer(x);
    }
    go_on(a);
}

static exchange *take(queue *from) {
    exchange *x = from->first;
    from->first = x->waiting;
    from->last = from->first != NULL ? from->last : NULL;
    from->waiting--;
    x->is_queued = 0;
    return x;
}

/* The host answers 504 for who is still waiting at 30 s, after work for nothing. */
static int32_t is_late(const exchange *x) {
    kinmu_clock now;
    x->owner->timer->now(x->owner->host, &now);
    return now.mono_ns - x->queued_mono_ns > QUEUED_NS_MAX;
}

static void go_on_queue(api *a, queue *l, uint32_t jobs_max) {
    while (a->is_running && l->jobs < jobs_max && l->first != NULL) {
        exchange *x = take(l);
        if (x->id == 0) { /* the client did not wait */
            exchange_drop(x);
            continue;
        }
        x->is_busy = 1;
        if (is_late(x)) {
            problem_set(x, 503, "busy", NULL, NULL);
            exchange_answer(x);
            continue;
        }
        l->jobs++;
        if (a->work->submit(a->host, job, on_job, x) != KINMU_OK) {
            l->jobs--;
            problem_set(x, 503, "busy", NULL, NULL);
            exchange_answer(x);
        }
    }
}

static void go_on(api *a) {
    go_on_queue(a, &a->queues[QUEUE_REQUESTS], API_JOBS_MAX);
    go_on_queue(a, &a->queues[QUEUE_PASSWORDS], LOGIN_HASHES_MAX);
}

static void enqueue(exchange *x) {
    api *a = x->owner;
    queue *l = &a->queues[x->queue];
    kinmu_clock now;
    a->timer->now(a->host, &now);
    x->queued_mono_ns = now.mono_ns;
    x->is_queued = 1;
    x->head = a->bus->head(a->host);
    if (l->last != NULL) {
        l->last->waiting = x;
    } else {
        l->first = x;
    }
    l->last = x;
    l->waiting++;
    go_on(a);
}

/* ---- requests ---- */

static const char *header(exchange *x, const kinmu_request *request, const char *name) {
    const char *value = "";
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            value = request->headers[i].value;
        }
    }
    value = memory_text(&x->memory, value, strlen(value));
    return value != NULL ? value : "";
}

/* The client's: behind a trusted proxy the last address it was forwarded for; the host takes the
 * header away from all others. */
static const char *client_address(exchange *x, const kinmu_request *request) {
    const char *forwarded = header(x, request, "x-forwarded-for");
    const char *last = strrchr(forwarded, ',');
    last = last != NULL ? last + 1 : forwarded;
    last += strspn(last, " ");
    const char *address = last[0] != '\0' ? last : request->address;
    address = memory_text(&x->memory, address, strlen(address));
    return address != NULL ? address : "";
}

static exchange *make(api *a, const kinmu_request *request) {
    kinmu_clock now;
    exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return NULL;
    }
    x->owner = a;
    x->id = request->id;
    x->method = memory_text(&x->memory, request->method, strlen(request->method));
    x->path = memory_text(&x->memory, request->path, strlen(request->path));
    x->query = memory_text(&x->memory, request->query, strlen(request->query));
    x->address = client_address(x, request);
    x->authorization = header(x, request, "authorization");
    x->content_type = header(x, request, "content-type");
    x->key = header(x, request, "idempotency-key");
    x->condition = header(x, request, "if-none-match");
    x->range = header(x, request, "range");
    x->range_condition = header(x, request, "if-range");
    x->cookie = header(x, request, "cookie");
    x->csrf = header(x, request, "x-kinmu-csrf");
    x->session_idle_ms = a->config.session_idle_ms;
    x->session_life_ms = a->config.session_life_ms;
    x->factor_roles = a->factor_roles;
    a->timer->now(a->host, &now);
    x->now_ns = now.unix_ns;
    x->utc_offset_s = now.utc_offset_s;
    if (x->memory.failed) {
        free_exchange(x);
        return NULL;
    }
    x->next = a->exchanges;
    a->exchanges = x;
    return x;
}

static void begin(void *user, const kinmu_request *request) {
    api *a = user;
    exchange *x = make(a, request);
    a->metrics->add(a->host, METRIC_REQUESTS, 1);
    if (x == NULL) {
        (void)a->routes->answer(a->host, request->id, 503, NULL, 0, "", 0);
        return;
    }
    int32_t is_known = 0;
    x->endpoint = endpoint_find(x, &is_known);
    if (x->endpoint == NULL) {
        problem_set(x, is_known ? 405 : 404, is_known ? "method.unknown" : "path.unknown", NULL,
                    NULL);
    } else {
        const char *word = "";
        const char *wrong = target_parse_query(&x->memory, x->query, &x->target, &word);
        if (wrong != NULL) {
            problem_set(x, 400, wrong, word, NULL);
        } else if (x->target.parameter_count > 0 &&
                   (x->endpoint->parameter_count == 0 || endpoint_has_members(x->endpoint))) {
            problem_set(x, 422, "query.unknown", x->target.parameters[0].name, NULL);
        }
    }
    if (x->status != 0) {
        exchange_answer(x);
    }
}

static void part(void *user, uint64_t id, const void *data, size_t size, int32_t is_last) {
    api *a = user;
    exchange *x = find(a, id);
    if (x == NULL || x->status != 0 || x->is_queued || x->is_busy) {
        return;
    }
    if (x->upload != NULL) {
        upload_part(x, data, size, is_last);
        return;
    }
    x->body = memory_text(&x->memory, data != NULL ? data : "", size);
    x->body_size = size;
    x->body_is_last = is_last;
    if (x->body == NULL) {
        problem_set(x, 503, "memory", NULL, NULL);
    } else if (x->endpoint->prepare != NULL) {
        x->endpoint->prepare(x);
    }
    if (x->status != 0) {
        exchange_answer(x);
    } else {
        enqueue(x);
    }
}

static void gone(void *user, uint64_t id, int32_t is_complete) {
    exchange *x = find(user, id);
    (void)is_complete;
    if (x != NULL && (x->is_busy || x->is_queued)) {
        x->id = 0;
    } else if (x != NULL && x->upload != NULL) { /* what came of them is removed first */
        x->id = 0;
        exchange_answer(x);
    } else if (x != NULL) {
        exchange_drop(x);
    }
}

static void writable(void *user, uint64_t id) {
    exchange *x = find(user, id);
    if (x != NULL) {
        download_writable(x);
    }
}

int32_t exchange_is_alive(const exchange *x) {
    return x->owner->is_running;
}

int32_t exchange_serve(api *a, kinmu_err *err) {
    static const kinmu_route_handler handler = {sizeof handler, 0, begin, part, gone, writable};
    static const kinmu_route routes[] = {
        {"GET", "/v1/", 0, 0},
        {"POST", "/v1/", 0, API_BODY_BYTES_MAX},
        {"POST", "/v1/imports", KINMU_ROUTE_STREAM, API_UPLOAD_BYTES_MAX},
        {"DELETE", "/v1/", 0, 0}};
    int32_t status = a->routes->serve(a->host, routes, 4, &handler, a);
    if (status != KINMU_OK) {
        (void)snprintf(err->key, sizeof err->key, "api.routes");
        (void)snprintf(err->msg, sizeof err->msg, "the host does not take the routes (%d)",
                       (int)status);
    }
    return status;
}

void exchange_stop(api *a) {
    forget_waiting(a);
    for (exchange **at = &a->exchanges; *at != NULL;) {
        exchange *x = *at;
        x->id = 0;
        if (x->is_busy) { /* it comes back, or is freed at the end */
            at = &x->next;
        } else {
            *at = x->next;
            free_exchange(x);
        }
    }
}
