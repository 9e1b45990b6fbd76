/* trust/internal.h - OpenSSL's types, which only the files of this module see. */
#ifndef TRUST_INTERNAL_H
#define TRUST_INTERNAL_H

#include "trust/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct trust_authority {
    X509 *certificate;
    EVP_PKEY *key;
};

/* ---- read.c ---- */
X509 *trust_pem_certificate(BIO *bio);         /* the next one, NULL at the end */
BIO *trust_bio(const void *data, size_t size); /* NULL beyond TRUST_PEM_BYTES_MAX */
/* A private key without a pass phrase; NULL when it is none. */
EVP_PKEY *trust_pem_key(const void *pem, size_t size);
void trust_facts_of(const X509 *certificate, trust_facts *out);
int64_t trust_asn1_ns(const ASN1_TIME *moment);
/* Appends what was written into the BIO, which it frees; 1 when there is something and it fitted.
 */
int32_t trust_take_written(BIO *bio, int32_t is_written, buffer *out);
int32_t trust_write_certificate(X509 *certificate, buffer *out); /* 1 when appended as PEM */

#endif
