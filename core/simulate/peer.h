/* simulate/peer.h - one connection of one agent to the hub: TCP, TLS, one HTTP request at a time.
 *
 * Sockets are OpenSSL's (BIO), waiting is libuv's, so it is the same on every system. What an
 * answer means is not known here. Callbacks may close the peer. One thread.
 */
#ifndef SIMULATE_PEER_H
#define SIMULATE_PEER_H

#include "base/buffer.h"
#include "base/crypto.h"

#include <uv.h>

#define PEER_HUBS_MAX 8u
#define PEER_ANSWER_BYTES_MAX (1u << 20)
#define PEER_HEAD_BYTES_MAX 16384u
#define PEER_TIMEOUT_MS 40000u /* for one answer, or for the handshake */

/* What all peers share: addresses, the certificate the hub is trusted by. */
typedef struct peer_kit peer_kit;
/* anchor: PEM; NULL = any server will do (to ask for the anchor, which a token then proves). */
int32_t peer_kit_create(uv_loop_t *loop, const char *const *urls, uint32_t url_count,
                        const void *anchor, size_t anchor_size, peer_kit **out, kinmu_err *err);
void peer_kit_destroy(peer_kit *kit);
uint32_t peer_kit_hubs(const peer_kit *kit);

typedef struct peer_figures {
    uint64_t connects, resumed, failures; /* handshakes done, of those with a ticket; broken ones */
    uint64_t bytes_out, bytes_in;         /* of HTTP */
} peer_figures;
const peer_figures *peer_kit_figures(const peer_kit *kit);

/* Whose connection it is: NULL members = without a client certificate. */
typedef struct peer_owner {
    const uint8_t *seed; /* Ed25519 */
    const uint8_t *certificate;
    uint32_t certificate_size; /* DER */
    buffer *ticket;            /* kept between connections; NULL = none */
} peer_owner;

typedef struct peer_answer {
    uint32_t status;
    uint32_t retry_after_s;
    const uint8_t *body;
    size_t size;
    uint64_t took_ns; /* from the request's first byte on an open connection */
} peer_answer;

typedef struct peer_handler {
    void (*ready)(void *user); /* shaken hands */
    void (*answer)(void *user, const peer_answer *answer);
    void (*lost)(void *user); /* closed by the hub, broken, or late; the peer is gone */
} peer_handler;

typedef struct peer peer;
int32_t peer_open(peer_kit *kit, uint32_t hub, const peer_owner *owner, const peer_handler *handler,
                  void *user, peer **out);
/* Sends a request; the body is copied. cut > 0: breaks the connection after so many bytes of it. */
int32_t peer_send(peer *l, const char *method, const char *path, const char *type, const void *body,
                  size_t size, size_t cut);
int32_t peer_is_idle(const peer *l); /* ready and nothing under way */
void peer_close(peer *l);            /* no more callbacks; accepts NULL */

#endif
