/* http/server.c - see server.h: the thread, who is let in, and what other threads have to say. */
#include "http/internal.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_BACKLOG 1024
#define SERVER_OTHER_FILES 256u /* journal, store, runners, ... */
#define SERVER_ROUNDS_MAX 16u

/* ---- who waits, who goes ---- */

static void take_out(connection *c) {
    waiting_list *list = c->list;
    *(c->previous != NULL ? &c->previous->next : &list->first) = c->next;
    *(c->next != NULL ? &c->next->previous : &list->last) = c->previous;
    c->next = c->previous = NULL;
    c->list = NULL;
}

void server_wait_in(connection *c, waiting_list *list) {
    if (c->list != NULL) {
        take_out(c);
    }
    if (list != NULL) {
        c->list = list;
        c->previous = list->last;
        *(list->last != NULL ? &list->last->next : &list->first) = c;
        list->last = c;
    }
}

static connection *longest(const waiting_list *list, const connection *like) {
    connection *c = list->first;
    while (c != NULL && like != NULL && c->address_slot != like->address_slot) {
        c = c->next;
    }
    return c;
}

/* Of those that have not asked for anything, the one waiting longest goes; then an idle one.
 * `like`: only of the same address. */
static int32_t evict(http_server *s, const connection *like) {
    connection *gone = longest(&s->half_open, like);
    gone = gone != NULL ? gone : longest(&s->idle, like);
    if (gone == NULL) {
        return 0;
    }
    atomic_fetch_add(&s->figures.evicted, 1);
    connection_drop(gone);
    server_release(gone); /* its room is free at once, not when the system has closed it */
    return 1;
}

/* Counts by a keyed hash: who shares a number by chance shares the limit, which harms nobody as
 * long as the limit is generous. */
static uint32_t slot_of(const http_server *s, const uint8_t *bytes, size_t size) {
    uint64_t hash = s->address_seed;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash % SERVER_ADDRESSES);
}

/* Of an IPv6 address its /64. */
static uint32_t address_slot(const http_server *s, const struct sockaddr_storage *from) {
    return from->ss_family == AF_INET6
               ? slot_of(s, (const uint8_t *)&((const struct sockaddr_in6 *)from)->sin6_addr, 8)
               : slot_of(s, (const uint8_t *)&((const struct sockaddr_in *)from)->sin_addr, 4);
}

/* A device is one peer wherever it comes from; its neighbours behind a gateway are others. */
uint32_t *server_held_of(const connection *c) {
    http_server *s = c->s;
    uint32_t slot =
        c->peer.key_size > 0 ? slot_of(s, c->peer.key, c->peer.key_size) : c->address_slot;
    return &s->held_of[slot];
}

static void name_peer(connection *c, const struct sockaddr_storage *from) {
    char *name = c->peer.address;
    size_t size = sizeof c->peer.address;
    if (from->ss_family == AF_INET6) {
        uv_ip6_name((const struct sockaddr_in6 *)from, name, size);
        c->peer.is_loopback = strcmp(name, "::1") == 0;
        if (strncmp(name, "::ffff:", 7) == 0 && strchr(name, '.') != NULL) {
            memmove(name, name + 7, strlen(name + 7) + 1);
        }
    } else {
        uv_ip4_name((const struct sockaddr_in *)from, name, size);
    }
    c->peer.is_loopback |= strncmp(name, "127.", 4) == 0;
    c->peer.listener = c->listener;
}

int32_t server_admit(connection *c) {
    http_server *s = c->s;
    struct sockaddr_storage from = {0};
    int size = (int)sizeof from;
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&from, &size) != 0) {
        return 0;
    }
    name_peer(c, &from);
    c->address_slot = address_slot(s, &from);
    int32_t has_room = s->per_address[c->address_slot] < s->per_address_max || evict(s, c);
    has_room = has_room && (s->free_count > 0 || evict(s, NULL));
    if (!has_room) {
        atomic_fetch_add(&s->figures.refused_full, 1);
        return 0;
    }
    s->per_address[c->address_slot]++;
    c->slot = s->free_slots[--s->free_count];
    s->slots[c->slot] = c;
    atomic_fetch_add(&s->figures.accepted, 1);
    return 1;
}

void server_release(connection *c) {
    http_server *s = c->s;
    if (c->slot != UINT32_MAX) {
        s->per_address[c->address_slot]--;
        s->slots[c->slot] = NULL;
        s->free_slots[s->free_count++] = c->slot;
        c->slot = UINT32_MAX;
    }
}

static void end_if_empty(http_server *s) {
    if (s->is_stopping && s->connection_count == 0 && !uv_is_closing((uv_handle_t *)&s->sweep)) {
        uv_mutex_lock(&s->lock);
        s->is_over = 1; /* nobody may wake it any more */
        uv_mutex_unlock(&s->lock);
        uv_close((uv_handle_t *)&s->sweep, NULL);
        uv_close((uv_handle_t *)&s->wake, NULL);
        s->handler.stopped(s->handler.user);
    }
}

void server_forget(connection *c) {
    http_server *s = c->s;
    server_release(c);
    s->connection_count--;
    atomic_fetch_sub(&s->figures.connections, 1);
    if (s->connection_count == 0) {
        uv_timer_stop(&s->sweep); /* an idle server does not wake up */
    }
    end_if_empty(s);
}

static void on_connection(uv_stream_t *stream, int status) {
    const listener *from = stream->data;
    if (status == 0) {
        if (from->s->connection_count == 0) {
            uv_timer_start(&from->s->sweep, sweep_on_timer, SERVER_SWEEP_MS, SERVER_SWEEP_MS);
        }
        connection_open(from->s, from, stream);
    }
}

const char *server_date(http_server *s) {
    int64_t now = clock_unix_ns() / CLOCK_NS_PER_S;
    if (now != s->date_s) {
        http_date(s->date, sizeof s->date, now);
        s->date_s = now;
    }
    return s->date;
}

/* ---- what other threads say ---- */

static void free_command(command *what) {
    buffer_free(&what->head);
    buffer_wipe(&what->body);
    free(what);
}

static void run_command(http_server *s, command *what) {
    if (what->what == COMMAND_STOP) {
        sweep_stop(s, (uint64_t)what->size);
        end_if_empty(s);
        return;
    }
    uint32_t slot = (uint32_t)(what->id & ((1u << SERVER_SLOT_BITS) - 1));
    connection *c = slot < s->connections_max ? s->slots[slot] : NULL;
    if (c != NULL && c->id == what->id && !c->is_closing) {
        exchange_apply(c, what);
        connection_continue(c);
    }
}

/* Returns the commands said until now and puts a fresh certificate in force. */
static command *take_commands(http_server *s) {
    uv_mutex_lock(&s->lock);
    command *what = s->first;
    s->first = s->last = NULL;
    tls_context *fresh = s->fresh;
    s->fresh = NULL;
    uv_mutex_unlock(&s->lock);
    if (fresh != NULL) {
        tls_context_release(s->tls); /* those connected keep the old one */
        s->tls = fresh;
    }
    return what;
}

/* What handlers say meanwhile wakes nobody, unless they go on and on: then others have their turn
 * first. */
void server_run_commands(http_server *s) {
    for (uint32_t round = 0; round < SERVER_ROUNDS_MAX; round++) {
        command *what = take_commands(s);
        if (what == NULL) {
            return;
        }
        while (what != NULL) {
            command *next = what->next;
            run_command(s, what);
            free_command(what);
            what = next;
        }
    }
    if (!uv_is_closing((uv_handle_t *)&s->wake)) {
        uv_async_send(&s->wake);
    }
}

static void on_wake(uv_async_t *wake) {
    server_run_commands(wake->data);
}

/* Once the server ends nobody runs commands; they are freed with it. */
static int32_t say(http_server *s, command *what) {
    if (what == NULL) {
        return KINMU_E_NOMEM;
    }
    if (what->head.failed != KINMU_OK || what->body.failed != KINMU_OK) {
        free_command(what);
        return KINMU_E_NOMEM;
    }
    uv_mutex_lock(&s->lock);
    uv_thread_t self = uv_thread_self();
    int32_t wakes =
        s->first == NULL && !s->is_over && !(s->has_thread && uv_thread_equal(&self, &s->self));
    *(s->last != NULL ? &s->last->next : &s->first) = what;
    s->last = what;
    if (wakes) {
        uv_async_send(&s->wake);
    }
    uv_mutex_unlock(&s->lock);
    return KINMU_OK;
}

static command *new_command(int32_t kind, uint64_t id) {
    command *what = calloc(1, sizeof *what);
    if (what != NULL) {
        what->what = kind;
        what->id = id;
    }
    return what;
}

static int32_t same_name(const char *name, const char *lower) {
    size_t i = 0;
    for (; name[i] != '\0' && lower[i] != '\0'; i++) {
        if ((name[i] | 0x20) != (lower[i] | 0x20)) {
            return 0;
        }
    }
    return name[i] == lower[i];
}

/* Answers are for one reader once, unless whoever answers says otherwise. */
static void write_lines(buffer *out, const kinmu_header *headers, uint32_t count) {
    int32_t is_said = 0;
    for (uint32_t i = 0; i < count; i++) {
        buffer_text(out, headers[i].name);
        buffer_text(out, ": ");
        buffer_text(out, headers[i].value);
        buffer_text(out, "\r\n");
        is_said |= same_name(headers[i].name, "cache-control");
    }
    if (!is_said) {
        buffer_text(out, "Cache-Control: no-store\r\n");
    }
}

int32_t http_server_answer(http_server *s, uint64_t id, uint32_t status,
                           const kinmu_header *headers, uint32_t count, const void *body,
                           size_t size) {
    command *what = new_command(COMMAND_ANSWER, id);
    if (what != NULL) {
        what->status = status;
        write_lines(&what->head, headers, count);
        buffer_append(&what->body, body, size);
    }
    return say(s, what);
}

int32_t http_server_begin_answer(http_server *s, uint64_t id, uint32_t status,
                                 const kinmu_header *headers, uint32_t count, int64_t size) {
    command *what = new_command(COMMAND_BEGIN, id);
    if (what != NULL) {
        what->status = status;
        what->size = size;
        write_lines(&what->head, headers, count);
    }
    return say(s, what);
}

int32_t http_server_send(http_server *s, uint64_t id, const void *data, size_t size) {
    command *what = new_command(COMMAND_SEND, id);
    if (what != NULL) {
        buffer_append(&what->body, data, size);
    }
    return say(s, what);
}

int32_t http_server_end(http_server *s, uint64_t id, int32_t is_whole) {
    command *what = new_command(COMMAND_END, id);
    if (what != NULL) {
        what->size = is_whole;
    }
    return say(s, what);
}

int32_t http_server_resume(http_server *s, uint64_t id) {
    return say(s, new_command(COMMAND_RESUME, id));
}

void http_server_stop(http_server *s, uint32_t grace_ms) {
    command *what = new_command(COMMAND_STOP, 0);
    if (what != NULL) {
        what->size = grace_ms;
    }
    (void)say(s, what);
}

/* ---- life ---- */

static int32_t parse_address(const char *text, struct sockaddr_storage *out) {
    char host[64];
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 65536;
    if (colon == NULL || end == colon + 1 || *end != '\0' || port > 65535) {
        return KINMU_E_REJECT;
    }
    int32_t has_brackets = text[0] == '[' && colon[-1] == ']';
    size_t size = (size_t)(colon - text) - (has_brackets ? 2 : 0);
    if (size >= sizeof host) {
        return KINMU_E_REJECT;
    }
    memcpy(host, text + (has_brackets ? 1 : 0), size);
    host[size] = '\0';
    int result = has_brackets ? uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)out)
                              : uv_ip4_addr(host, (int)port, (struct sockaddr_in *)out);
    return result == 0 ? KINMU_OK : KINMU_E_REJECT;
}

/* "[::]" alone serves IPv4 too; beside an IPv4 address the two would be in each other's way. */
static int32_t lists_v4(const http_settings *settings) {
    for (uint32_t i = 0; i < settings->listener_count; i++) {
        if (settings->listeners[i].address[0] != '[') {
            return 1;
        }
    }
    return 0;
}

static int32_t listen_at(http_server *s, const http_listener *wanted, int32_t has_v4,
                         kinmu_err *err) {
    listener *l = &s->listeners[s->listener_count];
    struct sockaddr_storage address = {0};
    if (parse_address(wanted->address, &address) != KINMU_OK) {
        return error_set(err, KINMU_E_CONFIG, "http.address",
                         "\"%s\" is no address to listen at; write 127.0.0.1:8443 or [::1]:8443",
                         wanted->address);
    }
    if (wanted->is_plain && !http_is_loopback(wanted->address)) {
        return error_set(err, KINMU_E_CONFIG, "http.plain",
                         "\"%s\" is not this computer alone: it needs a certificate and a key",
                         wanted->address);
    }
    l->s = s;
    l->index = s->listener_count;
    l->is_plain = wanted->is_plain;
    l->clients = wanted->clients;
    uv_tcp_init(&s->loop, &l->tcp);
    l->tcp.data = l;
    s->listener_count++;
    unsigned flags = address.ss_family == AF_INET6 && has_v4 ? UV_TCP_IPV6ONLY : 0;
    int result = uv_tcp_bind(&l->tcp, (const struct sockaddr *)&address, flags);
    if (result == 0) {
        result = uv_listen((uv_stream_t *)&l->tcp, SERVER_BACKLOG, on_connection);
    }
    if (result != 0) {
        return error_set(err, KINMU_E_CONFIG, "http.listen", "cannot listen at \"%s\": %s",
                         wanted->address, uv_strerror(result));
    }
    int size = (int)sizeof address;
    uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&address, &size);
    const struct sockaddr_in *in = (const struct sockaddr_in *)&address; /* v6: the same place */
    const uint8_t *port = (const uint8_t *)&in->sin_port;
    l->port = (uint32_t)(port[0] << 8 | port[1]);
    return KINMU_OK;
}

static int32_t needs_tls(const http_settings *settings) {
    for (uint32_t i = 0; i < settings->listener_count; i++) {
        if (!settings->listeners[i].is_plain) {
            return 1;
        }
    }
    return 0;
}

static int32_t make_room(http_server *s, const http_settings *settings) {
    uint32_t files = platform_allow_files(settings->connections_max + SERVER_OTHER_FILES);
    s->connections_max =
        files > 2 * SERVER_OTHER_FILES && files < settings->connections_max + SERVER_OTHER_FILES
            ? files - SERVER_OTHER_FILES
            : settings->connections_max;
    if (s->connections_max < settings->connections_max) {
        log_warn("http", "this process may have %u files open: at most %u connections", files,
                 s->connections_max);
    }
    s->per_address_max = settings->connections_per_address_max < UINT16_MAX
                             ? settings->connections_per_address_max
                             : UINT16_MAX - 1;
    s->time_scale = settings->time_scale > 0 ? settings->time_scale : 1;
    for (uint32_t i = 0; i < settings->proxy_count && i < HTTP_PROXIES_MAX; i++) {
        text_copy(s->proxies[s->proxy_count++], sizeof s->proxies[0], settings->proxies[i]);
    }
    s->slots = calloc(s->connections_max, sizeof(connection *));
    s->free_slots = calloc(s->connections_max, sizeof *s->free_slots);
    if (s->slots == NULL || s->free_slots == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < s->connections_max; i++) {
        s->free_slots[i] = s->connections_max - 1 - i;
    }
    s->free_count = s->connections_max;
    return crypto_random(&s->address_seed, sizeof s->address_seed);
}

static void run(void *user) {
    http_server *s = user;
    uv_mutex_lock(&s->lock);
    s->self = uv_thread_self();
    s->has_thread = 1;
    uv_mutex_unlock(&s->lock);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    crypto_end_thread();
}

static void free_server(http_server *s) {
    while (s->first != NULL) {
        command *next = s->first->next;
        free_command(s->first);
        s->first = next;
    }
    tls_context_release(s->fresh);
    tls_context_release(s->tls);
    uv_mutex_destroy(&s->lock);
    free(s->slots);
    free(s->free_slots);
    free(s);
}

static void close_unstarted(http_server *s) {
    for (uint32_t i = 0; i < s->listener_count; i++) {
        uv_close((uv_handle_t *)&s->listeners[i].tcp, NULL);
    }
    uv_close((uv_handle_t *)&s->wake, NULL);
    uv_close((uv_handle_t *)&s->sweep, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
    free_server(s);
}

int32_t http_server_create(const http_settings *settings, const http_handler *handler,
                           http_server **out, kinmu_err *err) {
    http_server *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL || uv_loop_init(&s->loop) != 0) {
        free(s);
        return error_set(err, KINMU_E_NOMEM, "http.memory", "out of memory");
    }
    uv_mutex_init(&s->lock);
    uv_async_init(&s->loop, &s->wake, on_wake);
    uv_timer_init(&s->loop, &s->sweep);
    s->wake.data = s;
    s->sweep.data = s;
    s->handler = *handler;
    int32_t status = make_room(s, settings);
    if (status == KINMU_OK && needs_tls(settings)) {
        status = tls_context_create(settings, &s->tls, err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < settings->listener_count; i++) {
        status = listen_at(s, &settings->listeners[i], lists_v4(settings), err);
    }
    if (status == KINMU_OK && uv_thread_create(&s->thread, run, s) != 0) {
        status = error_set(err, KINMU_E_NOMEM, "http.thread", "no thread can be started");
    }
    if (status != KINMU_OK) {
        close_unstarted(s);
        return status;
    }
    *out = s;
    return KINMU_OK;
}

int32_t http_server_reload(http_server *s, const http_settings *settings, kinmu_err *err) {
    tls_context *fresh = NULL;
    if (!needs_tls(settings)) {
        return KINMU_OK;
    }
    int32_t status = tls_context_create(settings, &fresh, err);
    if (status == KINMU_OK) {
        uv_mutex_lock(&s->lock);
        tls_context *unused = s->fresh;
        s->fresh = fresh;
        if (!s->is_over) {
            uv_async_send(&s->wake);
        }
        uv_mutex_unlock(&s->lock);
        tls_context_release(unused);
    }
    return status;
}

void http_server_destroy(http_server *s) {
    if (s == NULL) {
        return;
    }
    http_server_stop(s, 0);
    uv_thread_join(&s->thread);
    uv_loop_close(&s->loop);
    free_server(s);
}

uint32_t http_server_port(const http_server *s, uint32_t index) {
    return index < s->listener_count ? s->listeners[index].port : 0;
}

const http_figures *http_server_figures(const http_server *s) {
    return &s->figures;
}
