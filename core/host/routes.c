/* host/routes.c - see routes.h: from the server's thread to the node's loop and back. */
#include "host/routes_internal.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES_SIGNATURE_SIZE 16384u
#define RETRY_MS_MIN 1000u
#define RETRY_MS_MAX 60000u
#define RETRY_TEXT "; tried again by itself, at least every minute"

enum { NOTE_BEGIN, NOTE_PART, NOTE_DRAINED, NOTE_GONE, NOTE_STOPPED };

struct routes {
    node *n;
    http_server *s;
    uv_async_t wake;
    routes_table *table;
    uv_mutex_t lock; /* guards the queue */
    routes_note *first, *last;
    routes_note stopped;
    _Atomic size_t queued_bytes;
    _Atomic uint32_t own_open;
    routes_ticket *open; /* begun and not gone */
    int32_t is_wanted;   /* something has served */
    int32_t is_stopping;
    uint32_t metrics_listener;             /* index; UINT32_MAX = none */
    char signature[ROUTES_SIGNATURE_SIZE]; /* of the configuration it runs with */
    char problem[KINMU_ERR_MSG_SIZE];
    uv_timer_t retry;  /* a taken port, or a missing certificate, is tried again */
    uint32_t retry_ms; /* until the next try; 0: nothing failed */
};

/* ---- on the server's thread ---- */

static void enqueue(struct routes *r, routes_note *what) {
    what->next = NULL;
    uv_mutex_lock(&r->lock);
    int32_t was_empty = r->first == NULL;
    *(r->last != NULL ? &r->last->next : &r->first) = what;
    r->last = what;
    uv_mutex_unlock(&r->lock);
    if (was_empty) {
        uv_async_send(&r->wake);
    }
}

/* Without memory for a note the request stays unanswered, and its time ends it. */
static routes_note *new_note(int32_t what, routes_ticket *ticket) {
    routes_note *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->what = what;
        made->ticket = ticket;
    }
    return made;
}

static int32_t is_own(const http_request *request, uint32_t *which) {
    static const char *const own[] = {"/healthz", "/readyz", "/metrics"};
    for (*which = PROBE_HEALTH; *which <= PROBE_METRICS; (*which)++) {
        if (strcmp(own[*which], request->head.path) == 0) {
            return 1;
        }
    }
    return 0;
}

static void refuse(http_verdict *verdict, uint32_t status, const char *header) {
    verdict->status = status;
    text_copy(verdict->header, sizeof verdict->header, header);
}

/* Figures are for this computer, and for those the second listener was opened for. */
static void judge_own(struct routes *r, const http_request *request, uint32_t which,
                      http_verdict *verdict) {
    int32_t is_local = request->peer->is_loopback && !request->is_forwarded;
    if (which == PROBE_METRICS && !is_local && request->peer->listener != r->metrics_listener) {
        verdict->status = 404;
    } else if (strcmp(request->head.method, "GET") != 0 && !request->head.is_head) {
        refuse(verdict, 405, "Allow: GET, HEAD");
    } else if (atomic_load(&r->own_open) >= ROUTES_OWN_OPEN_MAX) {
        refuse(verdict, 503, "Retry-After: 5");
    } else {
        verdict->token = routes_ticket_create(NULL, which, request->id);
        verdict->status = verdict->token != NULL ? 0 : 503;
        atomic_fetch_add(&r->own_open, verdict->token != NULL);
    }
}

static void on_judge(void *user, const http_request *request, http_verdict *verdict) {
    struct routes *r = user;
    uint32_t which;
    if (is_own(request, &which)) {
        judge_own(r, request, which, verdict);
    } else if (request->peer->listener == r->metrics_listener) {
        verdict->status = 404;
    } else if (request->head.body_size != 0 &&
               atomic_load(&r->queued_bytes) > ROUTES_QUEUED_BYTES_MAX) {
        refuse(verdict, 503, "Retry-After: 5");
    } else {
        routes_table_judge(r->table, request, verdict);
    }
}

static void on_begin(void *user, http_request *request, void *token) {
    routes_ticket *ticket = token;
    routes_note *what = new_note(NOTE_BEGIN, ticket);
    http_request *copy = malloc(sizeof *copy);
    if (what == NULL || copy == NULL) {
        free(what);
        free(copy);
        return;
    }
    *copy = *request;
    request->head.memory = NULL; /* the copy's now */
    what->peer = *request->peer;
    what->request = copy;
    enqueue(user, what);
}

static void on_part(void *user, uint64_t id, void *token, buffer *data, int32_t is_last) {
    struct routes *r = user;
    routes_note *what = new_note(NOTE_PART, token);
    (void)id;
    if (what != NULL) {
        what->is_set = is_last;
        what->data = *data;
        memset(data, 0, sizeof *data);
        atomic_fetch_add(&r->queued_bytes, what->data.size);
        enqueue(r, what);
    }
}

static void on_drained(void *user, uint64_t id, void *token, size_t bytes) {
    routes_note *what = new_note(NOTE_DRAINED, token);
    (void)id;
    if (what != NULL) {
        what->bytes = bytes;
        enqueue(user, what);
    }
}

static void on_gone(void *user, uint64_t id, void *token, int32_t is_complete) {
    routes_ticket *ticket = token;
    (void)id;
    ticket->gone.what = NOTE_GONE;
    ticket->gone.ticket = ticket;
    ticket->gone.is_set = is_complete;
    enqueue(user, &ticket->gone);
}

static void on_stopped(void *user) {
    struct routes *r = user;
    r->stopped.what = NOTE_STOPPED;
    enqueue(r, &r->stopped);
}

/* ---- on the node's loop ---- */

static void answer_own(struct routes *r, const routes_ticket *ticket) {
    static const kinmu_header types[] = {
        {"Content-Type", "text/plain; charset=utf-8"},
        {"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    buffer out = {0};
    if (r->s == NULL) {
        return;
    }
    uint32_t status = probe_answer(r->n, ticket->route, &out);
    (void)http_server_answer(r->s, ticket->id, status, &types[ticket->route == PROBE_METRICS], 1,
                             out.data, out.size);
    buffer_free(&out);
}

/* NULL: it is no more, or no longer what served this, or this was more than it takes. */
static instance *serving(const struct routes *r, const routes_ticket *ticket) {
    instance *i = instance_alive(r->n, ticket->to->name, ticket->to->life);
    return i != NULL && ticket->is_counted &&
                   (i->state == INSTANCE_RUNNING || i->state == INSTANCE_STARTING)
               ? i
               : NULL;
}

/* Whatever it had begun to say is cut off; whoever heard nothing yet is told to come again. */
static void give_up(struct routes *r, const routes_ticket *ticket) {
    static const kinmu_header later = {"Retry-After", "5"};
    if (r->s == NULL) {
        return; /* the server has ended, and with it the connection */
    }
    (void)http_server_answer(r->s, ticket->id, 503, &later, 1, NULL, 0);
    (void)http_server_end(r->s, ticket->id, 0);
}

static void take_begin(struct routes *r, const routes_note *what) {
    routes_ticket *ticket = what->ticket;
    what->request->peer = &what->peer;
    if (ticket->to == NULL) {
        answer_own(r, ticket);
    } else {
        routes_ticket_begin(ticket);
        instance *i = serving(r, ticket);
        ticket->next = r->open;
        r->open = ticket;
        if (i != NULL) {
            routes_tell_request(i, ticket, what->request);
        } else {
            give_up(r, ticket);
        }
    }
    http_head_free(&what->request->head);
    free(what->request);
}

static void take_gone(struct routes *r, routes_ticket *ticket, int32_t is_complete) {
    for (routes_ticket **at = &r->open; *at != NULL; at = &(*at)->next) {
        if (*at == ticket) {
            *at = ticket->next;
            instance *i = serving(r, ticket);
            if (i != NULL) {
                routes_tell_gone(i, ticket->id, is_complete);
            }
            break;
        }
    }
    if (ticket->to == NULL) {
        atomic_fetch_sub(&r->own_open, 1);
    }
    routes_ticket_free(ticket);
}

static void take_stopped(struct routes *r) {
    http_server_destroy(r->s);
    r->s = NULL;
    if (r->n->is_stopping) {
        node_stop_instances(r->n);
    }
}

static void take_note(struct routes *r, routes_note *what) {
    routes_ticket *ticket = what->ticket;
    instance *i = NULL;
    switch (what->what) {
    case NOTE_BEGIN:
        take_begin(r, what);
        break;
    case NOTE_PART:
        i = ticket->to != NULL ? serving(r, ticket) : NULL;
        if (i != NULL) {
            routes_tell_part(i, ticket->id, what->data.data, what->data.size, what->is_set);
        }
        atomic_fetch_sub(&r->queued_bytes, what->data.size);
        break;
    case NOTE_DRAINED:
        i = ticket->to != NULL ? serving(r, ticket) : NULL;
        if (i != NULL) {
            routes_tell_drained(i, ticket->id, what->bytes);
        }
        break;
    case NOTE_GONE:
        take_gone(r, ticket, what->is_set);
        return; /* the note went with the ticket */
    default:
        take_stopped(r);
        return;
    }
    buffer_wipe(&what->data);
    free(what);
}

static void take_notes(struct routes *r) {
    uv_mutex_lock(&r->lock);
    routes_note *what = r->first;
    r->first = r->last = NULL;
    uv_mutex_unlock(&r->lock);
    while (what != NULL) {
        routes_note *next = what->next;
        take_note(r, what);
        what = next;
    }
}

static void on_wake(uv_async_t *wake) {
    take_notes(wake->data);
}

int32_t routes_serve(instance *i, const kinmu_route *routes, uint32_t count) {
    struct routes *r = i->owner->routes;
    int32_t status = routes_table_set(r->table, i, routes, count);
    if (status == KINMU_OK && !r->is_wanted) {
        r->is_wanted = 1;
        routes_apply(i->owner);
    }
    return status;
}

void routes_forget(instance *i) {
    struct routes *r = i->owner->routes;
    if (r == NULL) {
        return;
    }
    routes_table_remove(r->table, i->name);
    for (const routes_ticket *ticket = r->open; ticket != NULL; ticket = ticket->next) {
        if (r->s != NULL && strcmp(ticket->to->name, i->name) == 0) {
            give_up(r, ticket);
        }
    }
}

/* Only about its own requests: a runner may lie about numbers. */
static int32_t is_open(const struct routes *r, const instance *i, uint64_t id) {
    const routes_ticket *ticket = r->open;
    while (ticket != NULL && ticket->id != id) {
        ticket = ticket->next;
    }
    return ticket != NULL && ticket->to->life == i->life && strcmp(ticket->to->name, i->name) == 0;
}

int32_t routes_reply(instance *i, const hosting_reply *what) {
    const struct routes *r = i->owner->routes;
    if (r->s == NULL || !is_open(r, i, what->id)) {
        return KINMU_E_NOTFOUND;
    }
    switch (what->what) {
    case HOSTING_ANSWER:
        return http_server_answer(r->s, what->id, what->status, what->headers, what->header_count,
                                  what->data, what->data_size);
    case HOSTING_BEGIN_ANSWER:
        return http_server_begin_answer(r->s, what->id, what->status, what->headers,
                                        what->header_count, what->size);
    case HOSTING_SEND:
        return http_server_send(r->s, what->id, what->data, what->data_size);
    case HOSTING_END:
        return http_server_end(r->s, what->id, what->size != 0);
    default:
        return http_server_resume(r->s, what->id);
    }
}

/* ---- life ---- */

int32_t routes_open(node *n) {
    struct routes *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return KINMU_E_NOMEM;
    }
    r->n = n;
    r->table = routes_table_create();
    r->metrics_listener = UINT32_MAX;
    if (r->table == NULL || uv_mutex_init(&r->lock) != 0) {
        routes_table_destroy(r->table);
        free(r);
        return KINMU_E_NOMEM;
    }
    uv_async_init(&n->loop, &r->wake, on_wake);
    r->wake.data = r;
    uv_timer_init(&n->loop, &r->retry);
    r->retry.data = r;
    n->routes = r;
    return KINMU_OK;
}

/* Stops it at once and hears the last it has to say. */
static void end_server(struct routes *r) {
    http_server_destroy(r->s);
    r->s = NULL;
    take_notes(r);
}

static void on_retry(uv_timer_t *timer) {
    const struct routes *r = timer->data;
    routes_apply(r->n);
}

/* Said once in the log; status tells for as long as it lasts. */
static void try_again(struct routes *r, const char *why) {
    char problem[KINMU_ERR_MSG_SIZE];
    uint32_t next_ms = 2 * r->retry_ms;
    r->retry_ms = r->retry_ms == 0 ? RETRY_MS_MIN : next_ms < RETRY_MS_MAX ? next_ms : RETRY_MS_MAX;
    text_copy(problem, sizeof problem - sizeof RETRY_TEXT + 1, why);
    size_t size = strlen(problem);
    text_copy(problem + size, sizeof problem - size, RETRY_TEXT);
    if (strcmp(problem, r->problem) != 0) {
        text_copy(r->problem, sizeof r->problem, problem);
        log_error("http", "not serving: %s", problem);
    }
    uv_timer_start(&r->retry, on_retry, r->retry_ms, 0);
}

static void start_server(struct routes *r, const http_settings *settings) {
    const http_handler handler = {r, on_judge, on_begin, on_part, on_drained, on_gone, on_stopped};
    kinmu_err err = {{0}, {0}};
    if (http_server_create(settings, &handler, &r->s, &err) != KINMU_OK) {
        try_again(r, err.msg);
        return;
    }
    r->problem[0] = '\0';
    r->retry_ms = 0;
    for (uint32_t i = 0; i < settings->listener_count; i++) {
        log_info("http", "serving at %s%s", settings->listeners[i].address,
                 settings->listeners[i].is_plain ? " without TLS" : "");
    }
}

static void reload_server(struct routes *r, const http_settings *settings) {
    kinmu_err err = {{0}, {0}};
    r->problem[0] = '\0';
    if (http_server_reload(r->s, settings, &err) != KINMU_OK) {
        text_copy(r->problem, sizeof r->problem, err.msg);
        log_error("http", "the old certificate stays in force: %s", err.msg);
    }
}

void routes_apply(node *n) {
    struct routes *r = n->routes;
    routes_settings made;
    char signature[ROUTES_SIGNATURE_SIZE];
    routes_settings_make(n, r->is_wanted, &made, signature, sizeof signature);
    int32_t is_same = strcmp(signature, r->signature) == 0;
    uv_timer_stop(&r->retry);
    if (r->is_stopping || (r->s == NULL && made.http.listener_count == 0)) {
        r->problem[0] = '\0';
        return;
    }
    if (r->s != NULL && is_same) {
        reload_server(r, &made.http);
        return;
    }
    if (r->s != NULL) {
        end_server(r);
    }
    r->metrics_listener = made.metrics_listener;
    text_copy(r->signature, sizeof r->signature, signature);
    if (made.http.listener_count > 0) {
        start_server(r, &made.http);
    }
}

const char *routes_problem(const node *n) {
    return n->routes != NULL ? n->routes->problem : "";
}

const char *routes_obstacle(const instance *i) {
    const struct routes *r = i->owner->routes;
    return r != NULL && r->s == NULL && routes_table_has(r->table, i->name) ? r->problem : "";
}

const http_figures *routes_figures(const node *n) {
    return n->routes != NULL && n->routes->s != NULL ? http_server_figures(n->routes->s) : NULL;
}

int32_t routes_is_running(const node *n) {
    return n->routes != NULL && n->routes->s != NULL;
}

void routes_stop(node *n) {
    n->routes->is_stopping = 1;
    uv_timer_stop(&n->routes->retry);
    http_server_stop(n->routes->s, ROUTES_STOP_MS_MAX);
}

static void free_routes(uv_handle_t *handle) {
    struct routes *r = handle->data;
    routes_table_destroy(r->table);
    uv_mutex_destroy(&r->lock);
    free(r);
}

static void close_wake(uv_handle_t *handle) {
    struct routes *r = handle->data;
    uv_close((uv_handle_t *)&r->wake, free_routes);
}

void routes_close(node *n) {
    struct routes *r = n->routes;
    if (r != NULL) {
        end_server(r);
        n->routes = NULL;
        uv_close((uv_handle_t *)&r->retry, close_wake);
    }
}
