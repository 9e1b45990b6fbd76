/* http/client_identity.h - who this node is towards its hub: the hub's pinned authority, this
 * node's certificate, and its key, which stands in device.key and nowhere else.
 *
 * The key is handed to libcurl as bytes in memory and wiped with the struct; no file is made of it.
 */
#ifndef HTTP_CLIENT_IDENTITY_H
#define HTTP_CLIENT_IDENTITY_H

#include "base/buffer.h"

typedef struct http_identity {
    buffer authority;   /* DATA/hub.d/ca.pem */
    buffer certificate; /* DATA/hub.d/client.pem */
    buffer key;         /* PEM of the device's Ed25519 key */
} http_identity;

/* E_DENIED and what to do when the node is not enrolled. *out is zeroed by the caller. */
int32_t http_identity_read(const char *data, http_identity *out, kinmu_err *err);
void http_identity_wipe(http_identity *identity);

#endif
