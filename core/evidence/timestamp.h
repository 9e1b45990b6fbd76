/* evidence/timestamp.h - RFC 3161 time stamps: what is asked of an authority, and what its token
 * proves, offline.
 *
 * A token says that bytes with this SHA-256 existed at that moment, in the word of whoever signed
 * it. Whose word counts is the reader's choice: he names a file of authorities. How the request
 * travels is somebody else's affair.
 */
#ifndef EVIDENCE_TIMESTAMP_H
#define EVIDENCE_TIMESTAMP_H

#include "base/buffer.h"

#define TIMESTAMP_BYTES_MAX 65536u /* of a token, with its certificates */
#define TIMESTAMP_REQUEST_TYPE "application/timestamp-query"
#define TIMESTAMP_ANSWER_TYPE "application/timestamp-reply"

typedef struct timestamp_facts {
    int64_t unix_ns;
    int32_t is_trusted; /* an authority was named and certifies the issuer */
    char issuer[256];   /* as its certificate names it */
} timestamp_facts;

/* The DER of a request for `data`, with a nonce. [any] */
int32_t timestamp_request(const void *data, size_t size, buffer *out, kinmu_err *err);
/* The token out of an answer to that request; E_REJECT: refused, or an answer to something else. */
int32_t timestamp_accept(const void *answer, size_t size, const buffer *request, buffer *token,
                         kinmu_err *err);
/* authority: PEM file, or NULL: then the signature alone is checked, by the certificate inside.
 * E_REJECT: damaged, of other bytes, or not from a time-stamp issuer the authority certifies. */
int32_t timestamp_check(const void *token, size_t size, const void *data, size_t data_size,
                        const char *authority, timestamp_facts *facts, kinmu_err *err);

#endif
