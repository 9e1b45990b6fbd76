/* trust/read.c - what PEM text says: certificates, chains, keys. Makes nothing. */
#include "trust/internal.h"

#include "base/clock.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_PER_DAY 86400LL
#define ADDRESS4_SIZE 4
#define ADDRESS6_SIZE 16

BIO *trust_bio(const void *data, size_t size) {
    return size <= TRUST_PEM_BYTES_MAX ? BIO_new_mem_buf(data, (int)size) : NULL;
}

X509 *trust_pem_certificate(BIO *bio) {
    return bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

int32_t trust_take_written(BIO *bio, int32_t is_written, buffer *out) {
    if (is_written) {
        char *text = NULL;
        long size = BIO_get_mem_data(bio, &text);
        buffer_append(out, text, (size_t)size);
    }
    BIO_free(bio);
    return is_written && !out->failed;
}

int32_t trust_write_certificate(X509 *certificate, buffer *out) {
    BIO *bio = BIO_new(BIO_s_mem());
    return trust_take_written(bio, bio != NULL && PEM_write_bio_X509(bio, certificate) == 1, out);
}

/* Without it OpenSSL would ask on the terminal. */
static int no_pass_phrase(char *to, int size, int writes, void *user) {
    (void)to;
    (void)size;
    (void)writes;
    (void)user;
    return -1;
}

EVP_PKEY *trust_pem_key(const void *pem, size_t size) {
    BIO *bio = trust_bio(pem, size);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

int64_t trust_asn1_ns(const ASN1_TIME *moment) {
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    int64_t unix_ns = 0;
    if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, moment) == 1) {
        int64_t unix_s = days * SECONDS_PER_DAY + seconds;
        int64_t most = INT64_MAX / CLOCK_NS_PER_S; /* "no end" is written as the year 9999 */
        unix_ns = (unix_s < most ? unix_s : most) * CLOCK_NS_PER_S;
    }
    ASN1_TIME_free(epoch);
    return unix_ns;
}

static void pin_of(const X509 *certificate, uint8_t pin[CRYPTO_HASH_SIZE]) {
    uint8_t *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    memset(pin, 0, CRYPTO_HASH_SIZE);
    if (size > 0) {
        EVP_Digest(der, (size_t)size, pin, NULL, EVP_sha256(), NULL);
    }
    OPENSSL_free(der);
}

void trust_facts_of(const X509 *certificate, trust_facts *out) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    size_t size = sizeof out->public_key;
    X509 *asked =
        X509_dup(certificate); /* the next question fills a cache in what it is asked of */
    memset(out, 0, sizeof *out);
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, out->common_name,
                              sizeof out->common_name);
    int length = ASN1_STRING_length(serial);
    if (length > 0 && (size_t)length * 2 < sizeof out->serial) {
        text_hex(out->serial, ASN1_STRING_get0_data(serial), (size_t)length);
    }
    out->from_ns = trust_asn1_ns(X509_get0_notBefore(certificate));
    out->to_ns = trust_asn1_ns(X509_get0_notAfter(certificate));
    out->is_authority = asked != NULL && X509_check_ca(asked) == 1;
    out->is_device = key != NULL && EVP_PKEY_is_a(key, "ED25519") &&
                     EVP_PKEY_get_raw_public_key(key, out->public_key, &size) == 1;
    pin_of(certificate, out->pin);
    X509_free(asked);
}

static int32_t read_first(const void *pem, size_t size, X509 **out, kinmu_err *err) {
    BIO *bio = trust_bio(pem, size);
    *out = trust_pem_certificate(bio);
    BIO_free(bio);
    ERR_clear_error();
    return *out != NULL
               ? KINMU_OK
               : error_set(err, KINMU_E_REJECT, "trust.pem", "there is no PEM certificate");
}

int32_t trust_read(const void *pem, size_t size, trust_facts *out, kinmu_err *err) {
    X509 *certificate = NULL;
    int32_t status = read_first(pem, size, &certificate, err);
    if (status == KINMU_OK) {
        trust_facts_of(certificate, out);
    }
    X509_free(certificate);
    ERR_clear_error();
    return status;
}

int32_t trust_read_one(const void *pem, size_t size, buffer *out, kinmu_err *err) {
    X509 *certificate = NULL;
    int32_t status = read_first(pem, size, &certificate, err);
    if (status == KINMU_OK && !trust_write_certificate(certificate, out)) {
        status = error_set(err, KINMU_E_NOMEM, "memory", "no memory for a certificate");
    }
    X509_free(certificate);
    return status;
}

/* ---- chains ---- */

static int32_t check_link(X509 *lower, X509 *upper, uint32_t number, kinmu_err *err) {
    if (X509_check_issued(upper, lower) == X509_V_OK &&
        X509_verify(lower, X509_get0_pubkey(upper)) == 1) {
        return KINMU_OK;
    }
    return error_set(err, KINMU_E_REJECT, "trust.chain",
                     "certificate %u is not signed by certificate %u; put the server's first, then "
                     "each one's signer",
                     number, number + 1);
}

static int32_t check_dates(const X509 *certificate, uint32_t number, int64_t now_ns,
                           kinmu_err *err) {
    trust_facts facts;
    char moment[64];
    trust_facts_of(certificate, &facts);
    if (now_ns >= facts.from_ns && now_ns < facts.to_ns) {
        return KINMU_OK;
    }
    int32_t is_over = now_ns >= facts.to_ns;
    text_time(moment, sizeof moment, is_over ? facts.to_ns : facts.from_ns, 0);
    return error_set(err, KINMU_E_REJECT, "trust.dates", "certificate %u (\"%s\") %s %s", number,
                     facts.common_name, is_over ? "expired on" : "is not valid before", moment);
}

static int32_t check_first(X509 *first, const void *key_pem, size_t key_size, kinmu_err *err) {
    EVP_PKEY *key = key_pem != NULL ? trust_pem_key(key_pem, key_size) : NULL;
    int32_t status = KINMU_OK;
    if (key_pem != NULL && key == NULL) {
        status = error_set(err, KINMU_E_REJECT, "trust.key",
                           "the key is no PEM private key, or it has a pass phrase; write it "
                           "without one (openssl pkey)");
    } else if (key_pem != NULL && X509_check_private_key(first, key) != 1) {
        status = error_set(err, KINMU_E_REJECT, "trust.key",
                           "the key does not belong to the certificate");
    }
    EVP_PKEY_free(key);
    return status;
}

int32_t trust_read_chain(const void *pem, size_t size, const void *key_pem, size_t key_size,
                         int64_t now_ns, buffer *last, kinmu_err *err) {
    BIO *bio = trust_bio(pem, size);
    X509 *upper = trust_pem_certificate(bio);
    X509 *lower = NULL;
    uint32_t number = 1;
    int32_t status =
        upper == NULL ? error_set(err, KINMU_E_REJECT, "trust.pem", "there is no PEM certificate")
                      : check_first(upper, key_pem, key_size, err);
    while (status == KINMU_OK && upper != NULL) {
        status = check_dates(upper, number, now_ns, err);
        if (status == KINMU_OK && lower != NULL) {
            status = check_link(lower, upper, number - 1, err);
        }
        X509_free(lower);
        lower = upper;
        upper = trust_pem_certificate(bio);
        if (status == KINMU_OK && ++number > TRUST_CHAIN_MAX) {
            status = error_set(err, KINMU_E_REJECT, "trust.chain",
                               "more than %u certificates in one file", TRUST_CHAIN_MAX);
        }
    }
    if (status == KINMU_OK && !trust_write_certificate(lower, last)) {
        status = error_set(err, KINMU_E_NOMEM, "memory", "no memory for a certificate");
    }
    X509_free(upper);
    X509_free(lower);
    BIO_free(bio);
    ERR_clear_error();
    return status;
}

/* ---- names ---- */

static int32_t name_text(const GENERAL_NAME *name, char out[TRUST_NAME_SIZE]) {
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_DNS && type != GEN_IPADD) {
        return 0;
    }
    const uint8_t *data = ASN1_STRING_get0_data(value);
    int size = ASN1_STRING_length(value);
    if (type == GEN_DNS) {
        snprintf(out, TRUST_NAME_SIZE, "%.*s", size, (const char *)data);
    } else if (size == ADDRESS4_SIZE) {
        snprintf(out, TRUST_NAME_SIZE, "%u.%u.%u.%u", data[0], data[1], data[2], data[3]);
    } else if (size == ADDRESS6_SIZE) {
        size_t used = 0;
        for (int i = 0; i < ADDRESS6_SIZE; i += 2) {
            used += (size_t)snprintf(out + used, TRUST_NAME_SIZE - used, "%s%x", i > 0 ? ":" : "",
                                     (unsigned)(data[i] << 8 | data[i + 1]));
        }
    }
    return 1;
}

uint32_t trust_read_names(const void *pem, size_t size, char names[][TRUST_NAME_SIZE],
                          uint32_t max) {
    BIO *bio = trust_bio(pem, size);
    X509 *certificate = trust_pem_certificate(bio);
    GENERAL_NAMES *list = certificate != NULL
                              ? X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL)
                              : NULL;
    uint32_t count = 0;
    for (int i = 0; count < max && i < sk_GENERAL_NAME_num(list); i++) {
        count += (uint32_t)name_text(sk_GENERAL_NAME_value(list, i), names[count]);
    }
    GENERAL_NAMES_free(list);
    X509_free(certificate);
    BIO_free(bio);
    ERR_clear_error();
    return count;
}
