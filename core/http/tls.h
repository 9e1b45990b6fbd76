/* http/tls.h - TLS as a filter between two memories: no socket, no waiting, no HTTP.
 *
 * Certificates of clients are judged by OpenSSL against the one authority given; a chain that does
 * not verify ends the handshake, and a connection whose peer showed none has no key. Nothing here
 * says "accept" on its own account, so that there is nothing to forget.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "base/buffer.h"
#include "http/server.h"

typedef struct tls_context tls_context;
typedef struct tls tls;

/* Loads the files. E_CONFIG: missing, not matching, or not of this form. Counted: freed with the
 * last connection that uses it. */
int32_t tls_context_create(const http_settings *settings, tls_context **out, kinmu_err *err);
void tls_context_release(tls_context *context);

/* `out` gets what must go to the peer. */
tls *tls_create(tls_context *context, int32_t clients, buffer *out);
void tls_free(tls *t);

/* Gives the next bytes of the peer; they are used up by tls_handshake and tls_read. What is left
 * stays the caller's. */
void tls_give(tls *t, const uint8_t *data, size_t size);
size_t tls_left(const tls *t);
/* KINMU_OK done, E_RETRY more bytes are needed, E_DENIED refused. */
int32_t tls_handshake(tls *t);
/* After the handshake. E_DENIED: a certificate that is not good after all. */
int32_t tls_peer(const tls *t, http_peer *peer, int64_t *valid_until_unix_s);
int32_t tls_was_resumed(const tls *t);
/* >0 bytes, 0 more bytes are needed, KINMU_E_NOTFOUND the peer has ended, else broken. */
int32_t tls_read(tls *t, uint8_t *data, uint32_t size);
int32_t tls_write(tls *t, const void *data, size_t size);
void tls_end(tls *t); /* close_notify */

#endif
