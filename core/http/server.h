/* http/server.h - a strict HTTP/1.1 server on a loop and a thread of its own.
 *
 * Knows nothing of plugins: whoever creates it judges each head and answers by number. Handler
 * functions are called on the server's thread and must not block; what answers may be called from
 * any thread. Every queue and every wait has a bound: a peer that is slow, silent or hostile costs
 * one connection for a while and nothing else. A listener without TLS must be on a loopback
 * address.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/buffer.h"
#include "http/parse.h"

#include <stdatomic.h>

#define HTTP_LISTENERS_MAX 8u
#define HTTP_PROXIES_MAX 16u
#define HTTP_CONNECTIONS_MAX 65536u
#define HTTP_PEER_KEY_BYTES_MAX 512u
#define HTTP_BODIES_BYTES_MAX ((size_t)256 << 20)     /* bodies held, of all connections together */
#define HTTP_PEER_BODIES_BYTES_MAX ((size_t)16 << 20) /* of one peer: a device, else an address */

/* Time-outs against slow peers. */
#define HTTP_HANDSHAKE_MS_MAX 10000u
#define HTTP_HEAD_MS_MAX 10000u
#define HTTP_IDLE_MS_MAX 75000u
#define HTTP_WINDOW_MS 30000u       /* in it a peer must send or take … */
#define HTTP_WINDOW_BYTES_MIN 8192u /* … this much, if there is so much to send or to take */
#define HTTP_ANSWER_MS_MAX 30000u   /* for the handler, then 504 */
#define HTTP_LINGER_MS_MAX 2000u    /* after an answer that ends a connection */

#define HTTP_CLIENTS_OFF 0      /* certificates are not asked for */
#define HTTP_CLIENTS_OPTIONAL 1 /* one that is shown must be good */
#define HTTP_CLIENTS_REQUIRED 2

typedef struct http_listener {
    const char *address; /* "127.0.0.1:8443", "[::1]:8443"; port 0 = any */
    int32_t is_plain;    /* no TLS; loopback only */
    int32_t clients;     /* HTTP_CLIENTS_* */
} http_listener;

typedef struct http_settings {
    http_listener listeners[HTTP_LISTENERS_MAX];
    uint32_t listener_count;
    const char *certificate; /* PEM files; may be NULL when all listeners are plain */
    const char *key;
    const char *authority;     /* NULL or not there: no client certificate is ever good */
    const char *ticket_secret; /* tickets.h; NULL or not there: tickets end with the process */
    uint32_t connections_max;
    uint32_t connections_per_address_max;
    const char *proxies[HTTP_PROXIES_MAX]; /* addresses whose X-Forwarded-* is let through */
    uint32_t proxy_count;
    uint32_t time_scale; /* tests: time-outs are divided by it; 0 = 1 */
} http_settings;

/* Who is at the other end, as far as TLS has proved it. */
typedef struct http_peer {
    char address[64]; /* without port */
    int32_t is_loopback;
    uint32_t listener; /* index */
    uint32_t key_size; /* 0 = no client certificate */
    uint8_t key[HTTP_PEER_KEY_BYTES_MAX];
    char serial[64];
} http_peer;

typedef struct http_request {
    uint64_t id;
    const http_peer *peer; /* while the handler's call lasts */
    int32_t is_forwarded;  /* it says it comes through a proxy, or its peer is one */
    http_head head;
} http_request;

/* What is to become of a request, by its head. */
typedef struct http_verdict {
    uint32_t status;  /* 0 = goes on; else answered with it at once */
    char header[128]; /* one more header for such an answer, "Allow: GET, POST"; "" = none */
    uint32_t body_bytes_max;
    int32_t is_streamed;
    void *token; /* given back by begin and gone */
} http_verdict;

/* All on the server's thread. */
typedef struct http_handler {
    void *user;
    void (*judge)(void *user, const http_request *request, http_verdict *verdict);
    /* A judged request goes on: for a collected body once it is there, followed by its part. May
     * keep the head: copies it and clears head.memory. */
    void (*begin)(void *user, http_request *request, void *token);
    /* May take the content of `data`. */
    void (*part)(void *user, uint64_t id, void *token, buffer *data, int32_t is_last);
    /* So many bytes given to http_server_send are with the system now. */
    void (*drained)(void *user, uint64_t id, void *token, size_t bytes);
    /* A judged request is over, begun or not. */
    void (*gone)(void *user, uint64_t id, void *token, int32_t is_complete);
    /* All connections are closed after http_server_stop. */
    void (*stopped)(void *user);
} http_handler;

/* Counted since the start, but for the gauges. */
typedef struct http_figures {
    _Atomic uint64_t connections; /* open now */
    _Atomic uint64_t accepted, refused_full, evicted, handshakes, resumed, handshakes_failed;
    _Atomic uint64_t requests, bad_requests, timeouts, unanswered;
    _Atomic uint64_t answers[6]; /* by the status's first digit */
    _Atomic uint64_t bytes_in, bytes_out;
    _Atomic uint64_t bodies_bytes; /* held now */
} http_figures;

typedef struct http_server http_server;

/* Binds all listeners and starts the thread. E_CONFIG with the reason in err: an address in use or
 * not local, a certificate that cannot be used. */
int32_t http_server_create(const http_settings *settings, const http_handler *handler,
                           http_server **out, kinmu_err *err);
/* Reads the certificate files again and uses them for new connections. The old ones stay in force
 * when the new ones are not good. */
int32_t http_server_reload(http_server *s, const http_settings *settings, kinmu_err *err);
/* No new connections; what is under way may end within the time; then `stopped`. [any] */
void http_server_stop(http_server *s, uint32_t grace_ms);
/* Stops at once if nobody did, waits for the thread, frees. Accepts NULL. */
void http_server_destroy(http_server *s);
/* Port a listener got. */
uint32_t http_server_port(const http_server *s, uint32_t listener);
const http_figures *http_server_figures(const http_server *s);

/* Answers. Headers must have passed http_check_headers. What is said about a request that is over
 * is forgotten. KINMU_OK or E_NOMEM. [any] */
int32_t http_server_answer(http_server *s, uint64_t id, uint32_t status,
                           const kinmu_header *headers, uint32_t count, const void *body,
                           size_t size);
/* size -1: not known. */
int32_t http_server_begin_answer(http_server *s, uint64_t id, uint32_t status,
                                 const kinmu_header *headers, uint32_t count, int64_t size);
int32_t http_server_send(http_server *s, uint64_t id, const void *data, size_t size);
int32_t http_server_end(http_server *s, uint64_t id, int32_t is_whole);
int32_t http_server_resume(http_server *s, uint64_t id); /* next part, please */

#endif
