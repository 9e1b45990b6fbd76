/* http/tickets.h - the keys that seal TLS session tickets.
 *
 * They follow from a secret of the hub's and from the time, so they are the same after a restart
 * and on every node that has the secret, change twice a day by themselves, and are kept nowhere.
 * Whoever has them could write a ticket in any device's name: so the secret is the authority's
 * private key, with which he could as well sign a certificate. The authority's certificate goes in
 * with it: with another authority nobody is known from before. TLS 1.3 only, where a ticket's key
 * opens no recorded connection. docs/adr/0024.
 */
#ifndef HTTP_TICKETS_H
#define HTTP_TICKETS_H

#include "base/crypto.h"

#include <openssl/ssl.h>

#define TICKETS_LIFE_S (12 * 3600) /* of a ticket, and of the key that seals new ones */
#define TICKETS_NAME_SIZE 16u /* as OpenSSL has it: the period, then a part of the derivation */

typedef struct tickets {
    uint8_t root[CRYPTO_KEY_SIZE];
} tickets;

typedef struct tickets_key {
    uint8_t name[TICKETS_NAME_SIZE];
    uint8_t cipher[CRYPTO_KEY_SIZE];
    uint8_t mac[CRYPTO_KEY_SIZE];
} tickets_key;

/* From the files; by chance, and so for this process alone, when there is no `secret_file` (NULL or
 * not there). */
int32_t tickets_init(tickets *t, const char *secret_file, const char *authority_file,
                     kinmu_err *err);
/* The key that seals at that time. */
int32_t tickets_sealing(const tickets *t, int64_t unix_s, tickets_key *key);
/* The key of that name. E_NOTFOUND unless it is ours, and of this period or of one beside it: the
 * last one's tickets still hold, and nodes' clocks differ. */
int32_t tickets_opening(const tickets *t, int64_t unix_s, const uint8_t name[TICKETS_NAME_SIZE],
                        tickets_key *key);
/* From now on connections of `ssl` use `t`, which must outlive it. */
void tickets_use(SSL_CTX *ssl, tickets *t);

#endif
