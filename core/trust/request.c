/* trust/request.c - a device's request for a certificate: made by the agent, checked by the hub. It
 * proves one thing, that the sender holds the key; all else in it is ignored. */
#include "trust/internal.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static int32_t write_request(X509_REQ *request, buffer *out) {
    BIO *bio = BIO_new(BIO_s_mem());
    return trust_take_written(bio, bio != NULL && PEM_write_bio_X509_REQ(bio, request) == 1, out);
}

int32_t trust_make_request(const uint8_t seed[CRYPTO_SEED_SIZE], buffer *pem, kinmu_err *err) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, CRYPTO_SEED_SIZE);
    X509_REQ *request = X509_REQ_new();
    int32_t done =
        key != NULL && request != NULL && X509_REQ_set_version(request, 0) == 1 &&
        X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
                                   MBSTRING_UTF8, (const uint8_t *)"kinmu agent", -1, -1, 0) == 1 &&
        X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, NULL) > 0 &&
        write_request(request, pem);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return done ? KINMU_OK : error_set(err, KINMU_E_NOMEM, "trust.make", "no memory for a request");
}

/* 1 when nothing but blanks is left. */
static int32_t is_over(BIO *bio) {
    char c = 0;
    while (BIO_read(bio, &c, 1) == 1) {
        if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
            return 0;
        }
    }
    return 1;
}

static int32_t begins_right(const char *pem, size_t size) {
    static const char begin[] = "-----BEGIN CERTIFICATE REQUEST-----";
    return size >= sizeof begin - 1 && memcmp(pem, begin, sizeof begin - 1) == 0;
}

static const char *fault_of(X509_REQ *request, uint8_t public_key[CRYPTO_PUBLIC_SIZE]) {
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    size_t size = CRYPTO_PUBLIC_SIZE;
    if (X509_REQ_get_version(request) != 0) {
        return "it is not of version 1";
    }
    if (key == NULL || !EVP_PKEY_is_a(key, "ED25519") ||
        EVP_PKEY_get_raw_public_key(key, public_key, &size) != 1 || size != CRYPTO_PUBLIC_SIZE) {
        return "its key is not an Ed25519 key";
    }
    if (X509_REQ_get_signature_nid(request) != NID_ED25519 || X509_REQ_verify(request, key) != 1) {
        return "it is not signed by its own key";
    }
    return NULL;
}

int32_t trust_check_request(const void *pem, size_t size, uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                            kinmu_err *err) {
    const char *fault = size > TRUST_REQUEST_BYTES_MAX ? "it is too large" : NULL;
    BIO *bio = fault == NULL ? trust_bio(pem, size) : NULL;
    X509_REQ *request = NULL;
    if (fault == NULL && begins_right(pem, size)) {
        request = bio != NULL ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
    }
    if (fault == NULL && (request == NULL || !is_over(bio))) {
        fault = "it is not one PEM request and nothing else";
    }
    if (fault == NULL) {
        fault = fault_of(request, public_key);
    }
    X509_REQ_free(request);
    BIO_free(bio);
    ERR_clear_error();
    return fault == NULL ? KINMU_OK
                         : error_set(err, KINMU_E_REJECT, "trust.request",
                                     "the certificate request is refused: %s", fault);
}
