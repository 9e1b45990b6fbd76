/* http/internal.h - shared by server.c (listeners, thread, commands), connection.c (bytes in and
 * out, requests), exchange.c (answers) and sweep.c (time). Everything here belongs to the server's
 * thread but for what `lock` guards. */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "http/server.h"
#include "http/tls.h"

#include <uv.h>

#define CONNECTION_HELD_BYTES_MAX 65536u /* read ahead of what is wanted */
#define SERVER_SWEEP_MS 250u
#define SERVER_ENDLESS_MS 500u /* after which a stopping server cuts streams without an end */
#define SERVER_ADDRESSES 16384u
#define SERVER_SLOT_BITS 17u

typedef struct connection connection;

enum {
    PHASE_HANDSHAKE,
    PHASE_IDLE, /* between requests */
    PHASE_HEAD, /* part of a head is there */
    PHASE_BODY,
    PHASE_WAIT,  /* the body is read, the answer is not sent */
    PHASE_LINGER /* answered for the last time; what still comes is thrown away */
};

enum { ANSWER_NONE, ANSWER_PARTS, ANSWER_DONE };

/* Connections that may be closed when room is needed, the one waiting longest first. */
typedef struct waiting_list {
    connection *first, *last;
} waiting_list;

struct connection {
    uv_tcp_t tcp; /* first */
    http_server *s;
    uint32_t slot, listener, address_slot;
    waiting_list *list;
    connection *next, *previous;
    http_peer peer;
    int64_t valid_until_unix_s; /* of the client certificate; 0 = none */
    uint32_t request_count;
    int32_t is_closing;
    int32_t is_reading;

    tls *tls;          /* NULL = plain */
    const uint8_t *in; /* from the peer, not looked at yet; during a call only */
    size_t in_size;
    buffer held;    /* the same between calls */
    buffer input;   /* deciphered, not understood yet */
    size_t scanned; /* of input, for the end of a head */
    buffer out;     /* for the peer */
    buffer writing; /* with the system */
    uv_write_t write;
    uv_shutdown_t shutdown;
    int32_t is_writing;

    int32_t phase;
    uint64_t since_ms; /* of the phase */
    uint64_t body_window_ms, body_window_bytes;
    uint64_t write_window_ms;
    size_t write_window_queue;

    http_request *request; /* NULL between requests */
    uint64_t id;           /* of the request; 0 = none */
    void *token;
    int32_t is_judged, has_begun, is_streamed;
    uint32_t body_bytes_max;
    uint64_t body_bytes; /* so far */
    http_chunks chunks;
    buffer part;            /* body not handed over yet */
    int32_t is_body_read;   /* the last byte of it is here */
    int32_t is_last_given;  /* and with the handler */
    int32_t is_part_out;    /* the handler works on a part */
    uint64_t part_since_ms; /* when it got it */

    int32_t answer;
    int32_t keeps_alive;
    int32_t is_chunked;  /* the answer */
    int32_t has_no_body; /* HEAD, 204, 304 */
    int64_t answer_left; /* -1 = not known */
    size_t unreported;   /* bytes of parts on their way */
};

enum { COMMAND_ANSWER, COMMAND_BEGIN, COMMAND_SEND, COMMAND_END, COMMAND_RESUME, COMMAND_STOP };

typedef struct command {
    struct command *next;
    int32_t what;
    uint32_t status;
    uint64_t id;
    int64_t size; /* BEGIN: of the answer; END: whether it is whole; STOP: grace */
    buffer head;  /* header lines */
    buffer body;
} command;

typedef struct listener {
    uv_tcp_t tcp; /* first */
    http_server *s;
    uint32_t index, port;
    int32_t is_plain, clients;
} listener;

struct http_server {
    uv_loop_t loop;
    uv_thread_t thread;
    uv_async_t wake;
    uv_timer_t sweep;
    http_handler handler;
    http_figures figures;
    listener listeners[HTTP_LISTENERS_MAX];
    uint32_t listener_count;
    uint32_t connections_max, per_address_max, time_scale;
    char proxies[HTTP_PROXIES_MAX][64];
    uint32_t proxy_count;

    uv_mutex_t lock; /* guards the next six */
    uv_thread_t self;
    int32_t has_thread; /* self is known */
    command *first, *last;
    tls_context *fresh;
    int32_t is_over;

    tls_context *tls;
    connection **slots;
    uint32_t *free_slots;
    uint32_t free_count, connection_count;
    uint64_t next_request;
    waiting_list half_open, idle;
    uint16_t per_address[SERVER_ADDRESSES];
    uint32_t held_of[SERVER_ADDRESSES]; /* bytes of bodies, by peer */
    uint64_t address_seed;
    int32_t is_stopping;
    uint64_t stop_ms, stop_deadline_ms;
    int64_t date_s;
    char date[40];
    uint8_t cipher[65536];
    uint8_t plain[16384];
};

/* server.c */
/* Where bytes of bodies that this peer makes the server hold are counted. */
uint32_t *server_held_of(const connection *c);
void server_wait_in(connection *c, waiting_list *list); /* NULL = in none */
/* Finds the peer a slot, if need be that of one that waits longer. 0 = there is no room. */
int32_t server_admit(connection *c);
void server_run_commands(http_server *s);
void server_release(connection *c); /* its slot and its address are free again */
void server_forget(connection *c);  /* it is closed */
const char *server_date(http_server *s);

/* connection.c */
void connection_open(http_server *s, const listener *from, uv_stream_t *server);
/* Goes on with what is there: bytes held, an answer to be written, the next request. */
void connection_continue(connection *c);
/* Closes at once; the request under way is over. */
void connection_drop(connection *c);
void connection_write(connection *c, const void *data, size_t size);
void connection_phase(connection *c, int32_t phase);

/* request.c */
/* Takes bytes of the phase; how many, 0 = more are needed. */
size_t request_take(connection *c, const uint8_t *data, size_t size);
int32_t request_wants(const connection *c); /* 1 when more bytes of the peer can be used */
void request_give_part(connection *c);
void request_end(connection *c, int32_t is_complete);

/* exchange.c */
void exchange_apply(connection *c, command *what);
/* A short answer of the server's own; the connection ends unless `keeps`. */
void exchange_refuse(connection *c, uint32_t status, const char *header, int32_t keeps);

/* sweep.c */
void sweep_on_timer(uv_timer_t *timer);
void sweep_stop(http_server *s, uint64_t grace_ms);
/* The peer must begin anew to prove that it sends or takes. */
void sweep_begin_body(connection *c);
void sweep_begin_write(connection *c);

#endif
