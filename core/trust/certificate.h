/* trust/certificate.h - reading certificates and making them: the hub's authority, its server, its
 * devices.
 *
 * Keys and certificates are PEM text in buffers; where they lie is trust/hub.h and trust/agent.h.
 * What is made here is ECDSA P-256 for the hub and Ed25519 for devices, whose key is the one that
 * signs their journal: so a certificate belongs to one chain by construction. What is read may be a
 * company's own (RSA, other curves). Encrypted private keys are refused: nobody is there to type.
 */
#ifndef TRUST_CERTIFICATE_H
#define TRUST_CERTIFICATE_H

#include "base/buffer.h"
#include "base/crypto.h"

#define TRUST_PEM_BYTES_MAX 65536u
#define TRUST_REQUEST_BYTES_MAX 4096u
#define TRUST_CHAIN_MAX 8u
#define TRUST_NAMES_MAX 32u
#define TRUST_NAME_SIZE 256u
#define TRUST_ORIGIN_SIZE                                                                          \
    16u                       /* first half of SHA-256(public key): a device's common name in hex  \
                               */
#define TRUST_SERIAL_SIZE 48u /* hex and NUL */
#define TRUST_AUTHORITY_DAYS 3650
#define TRUST_SERVER_DAYS 365
#define TRUST_CLIENT_DAYS 90

/* What one certificate says. */
typedef struct trust_facts {
    char common_name[TRUST_NAME_SIZE];
    char serial[TRUST_SERIAL_SIZE];
    int64_t from_ns, to_ns;
    int32_t is_authority;                   /* may sign others */
    int32_t is_device;                      /* its key is Ed25519 */
    uint8_t public_key[CRYPTO_PUBLIC_SIZE]; /* of a device */
    uint8_t pin[CRYPTO_HASH_SIZE];          /* SHA-256 of its public key (SubjectPublicKeyInfo) */
} trust_facts;

/* The first certificate of a PEM text. E_REJECT when there is none. */
int32_t trust_read(const void *pem, size_t size, trust_facts *out, kinmu_err *err);
/* Appends the first certificate of a PEM text alone. */
int32_t trust_read_one(const void *pem, size_t size, buffer *out, kinmu_err *err);
/* Appends the last certificate of a chain, the one the others are signed by. E_REJECT unless each
 * is signed by the next, and `key_pem` (may be NULL) belongs to the first. */
int32_t trust_read_chain(const void *pem, size_t size, const void *key_pem, size_t key_size,
                         int64_t now_ns, buffer *last, kinmu_err *err);
/* The names and addresses a server certificate is for, at most `max`; returns how many. */
uint32_t trust_read_names(const void *pem, size_t size, char names[][TRUST_NAME_SIZE],
                          uint32_t max);

/* An authority that signs; may be used by several threads at once. */
typedef struct trust_authority trust_authority;
/* Makes a new one, as PEM. */
int32_t trust_authority_make(const char *name, int64_t now_ns, buffer *certificate, buffer *key,
                             kinmu_err *err);
/* E_REJECT unless the key fits and the certificate may sign others now. */
int32_t trust_authority_open(const void *pem, size_t size, const void *key_pem, size_t key_size,
                             int64_t now_ns, trust_authority **out, kinmu_err *err);
void trust_authority_close(trust_authority *authority);

/* A server's key and certificate, the authority's behind it. E_REJECT for a name that is none. */
int32_t trust_make_server(const trust_authority *authority, const char *const *names,
                          uint32_t count, int64_t now_ns, buffer *certificate, buffer *key,
                          kinmu_err *err);
/* A client certificate for a device's key, valid so long but no longer than the authority. */
int32_t trust_make_client(const trust_authority *authority,
                          const uint8_t public_key[CRYPTO_PUBLIC_SIZE], int64_t now_ns,
                          int64_t life_ns, buffer *certificate, trust_facts *facts, kinmu_err *err);

/* A device asks for a certificate: signed by the key of its journal. */
int32_t trust_make_request(const uint8_t seed[CRYPTO_SEED_SIZE], buffer *pem, kinmu_err *err);
/* E_REJECT unless it is one request, of an Ed25519 key, signed by that key. Its names and
 * extensions are not looked at: the hub decides what it certifies. */
int32_t trust_check_request(const void *pem, size_t size, uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                            kinmu_err *err);

#endif
