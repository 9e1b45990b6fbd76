/* evidence/timestamp.c - see timestamp.h. OpenSSL's TS does the work.
 *
 * Certificates are judged as of the moment of the stamp: a token stays good when its issuer's
 * certificate has expired since.
 */
#include "evidence/timestamp.h"

#include "base/crypto.h"
#include "base/text.h"
#include <kinmu/civil.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include <string.h>

#define NONCE_BYTES 16
#define DAY_S 86400LL

static int32_t hash_of(const void *data, size_t size, uint8_t hash[CRYPTO_HASH_SIZE]) {
    crypto *digest = NULL;
    int32_t status = crypto_create(&digest);
    if (status == KINMU_OK) {
        status = crypto_hash(digest, data, size, hash);
    }
    crypto_destroy(digest);
    return status;
}

/* ---- asking ---- */

static int set_imprint(TS_REQ *request, uint8_t hash[CRYPTO_HASH_SIZE]) {
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    int done = imprint != NULL && algorithm != NULL &&
               X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
               TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
               TS_MSG_IMPRINT_set_msg(imprint, hash, CRYPTO_HASH_SIZE) &&
               TS_REQ_set_msg_imprint(request, imprint);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return done;
}

static int set_nonce(TS_REQ *request) {
    uint8_t bytes[NONCE_BYTES];
    BIGNUM *number = NULL;
    ASN1_INTEGER *nonce = NULL;
    int done = crypto_random(bytes, sizeof bytes) == KINMU_OK &&
               (number = BN_bin2bn(bytes, sizeof bytes, NULL)) != NULL &&
               (nonce = BN_to_ASN1_INTEGER(number, NULL)) != NULL &&
               TS_REQ_set_nonce(request, nonce);
    ASN1_INTEGER_free(nonce);
    BN_free(number);
    return done;
}

int32_t timestamp_request(const void *data, size_t size, buffer *out, kinmu_err *err) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    unsigned char *der = NULL;
    int length = 0;
    TS_REQ *request = TS_REQ_new();
    if (request != NULL && hash_of(data, size, hash) == KINMU_OK &&
        TS_REQ_set_version(request, 1) && set_imprint(request, hash) && set_nonce(request) &&
        TS_REQ_set_cert_req(request, 1)) {
        length = i2d_TS_REQ(request, &der);
    }
    if (length > 0) {
        buffer_append(out, der, (size_t)length);
    }
    OPENSSL_free(der);
    TS_REQ_free(request);
    ERR_clear_error();
    return length > 0 && out->failed == KINMU_OK
               ? KINMU_OK
               : error_set(err, KINMU_E_NOMEM, "timestamp.request",
                           "time stamp: the request could not be made");
}

/* ---- the answer ---- */

static int32_t is_granted(TS_RESP *response) {
    const ASN1_INTEGER *status = TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response));
    int64_t number = -1;
    return ASN1_INTEGER_get_int64(&number, status) == 1 && (number == 0 || number == 1);
}

/* The token must be of the imprint and the nonce of the request. */
static int32_t answers(TS_RESP *response, TS_REQ *request) {
    TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(info);
    ASN1_OCTET_STRING *told = TS_MSG_IMPRINT_get_msg(TS_TST_INFO_get_msg_imprint(info));
    ASN1_OCTET_STRING *asked = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(request));
    return nonce != NULL && ASN1_INTEGER_cmp(nonce, TS_REQ_get_nonce(request)) == 0 &&
           ASN1_OCTET_STRING_cmp(told, asked) == 0;
}

int32_t timestamp_accept(const void *answer, size_t size, const buffer *request, buffer *token,
                         kinmu_err *err) {
    const unsigned char *from = answer;
    const unsigned char *asked_from = request->data;
    unsigned char *der = NULL;
    TS_RESP *response = d2i_TS_RESP(NULL, &from, (long)size);
    TS_REQ *asked = d2i_TS_REQ(NULL, &asked_from, (long)request->size);
    int32_t status = KINMU_OK;
    if (response == NULL || asked == NULL) {
        status = error_set(err, KINMU_E_REJECT, "timestamp.answer",
                           "time stamp: the answer is not of RFC 3161; check the address");
    } else if (!is_granted(response) || TS_RESP_get_tst_info(response) == NULL) {
        status = error_set(err, KINMU_E_REJECT, "timestamp.refused",
                           "time stamp: the authority refused the request");
    } else if (!answers(response, asked)) {
        status = error_set(err, KINMU_E_REJECT, "timestamp.other",
                           "time stamp: the answer is to another request");
    } else {
        int length = i2d_PKCS7(TS_RESP_get_token(response), &der);
        if (length <= 0 || (uint32_t)length > TIMESTAMP_BYTES_MAX) {
            status =
                error_set(err, KINMU_E_REJECT, "timestamp.size",
                          "time stamp: the token is larger than %u bytes", TIMESTAMP_BYTES_MAX);
        } else {
            buffer_append(token, der, (size_t)length);
            status = token->failed;
        }
    }
    OPENSSL_free(der);
    TS_RESP_free(response);
    TS_REQ_free(asked);
    ERR_clear_error();
    return status;
}

/* ---- checking ---- */

static int32_t read_moment(const TS_TST_INFO *info, int64_t *unix_s) {
    struct tm when;
    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &when) != 1) {
        return 0;
    }
    *unix_s = kinmu_days_from_date(when.tm_year + 1900, when.tm_mon + 1, when.tm_mday) * DAY_S +
              when.tm_hour * 3600LL + when.tm_min * 60LL + when.tm_sec;
    return 1;
}

static int32_t is_of(TS_TST_INFO *info, const uint8_t hash[CRYPTO_HASH_SIZE]) {
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *algorithm = NULL;
    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING *told = TS_MSG_IMPRINT_get_msg(imprint);
    return OBJ_obj2nid(algorithm) == NID_sha256 &&
           ASN1_STRING_length(told) == (int)CRYPTO_HASH_SIZE &&
           memcmp(ASN1_STRING_get0_data(told), hash, CRYPTO_HASH_SIZE) == 0;
}

/* Whom to believe: the authority's file, or for want of one the signer inside. */
static X509_STORE *make_store(PKCS7 *token, const char *authority, int64_t unix_s) {
    X509_STORE *store = X509_STORE_new();
    if (store == NULL) {
        return NULL;
    }
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)unix_s);
    if (authority != NULL) {
        if (X509_STORE_load_file(store, authority) != 1) {
            X509_STORE_free(store);
            return NULL;
        }
        return store;
    }
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    for (int i = 0; i < sk_X509_num(signers); i++) {
        X509_STORE_add_cert(store, sk_X509_value(signers, i));
    }
    sk_X509_free(signers);
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static void name_issuer(PKCS7 *token, timestamp_facts *facts) {
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    if (sk_X509_num(signers) > 0) {
        char name[sizeof facts->issuer] = "";
        X509_NAME_oneline(X509_get_subject_name(sk_X509_value(signers, 0)), name, (int)sizeof name);
        text_copy(facts->issuer, sizeof facts->issuer, name);
    }
    sk_X509_free(signers);
}

static int32_t is_signed(PKCS7 *token, const char *authority, int64_t unix_s) {
    X509_STORE *store = make_store(token, authority, unix_s);
    X509 *signer = NULL;
    int32_t good = store != NULL && TS_RESP_verify_signature(token, NULL, store, &signer) == 1;
    X509_free(signer);
    X509_STORE_free(store);
    return good;
}

int32_t timestamp_check(const void *token, size_t size, const void *data, size_t data_size,
                        const char *authority, timestamp_facts *facts, kinmu_err *err) {
    const unsigned char *from = token;
    uint8_t hash[CRYPTO_HASH_SIZE];
    int64_t unix_s = 0;
    int32_t status = KINMU_OK;
    memset(facts, 0, sizeof *facts);
    PKCS7 *parsed = d2i_PKCS7(NULL, &from, (long)size);
    int32_t is_plain = parsed != NULL && PKCS7_type_is_signed(parsed) &&
                       from == (const unsigned char *)token + size;
    TS_TST_INFO *info = is_plain ? PKCS7_to_TS_TST_INFO(parsed) : NULL;
    if (info == NULL || !read_moment(info, &unix_s)) {
        status = error_set(err, KINMU_E_REJECT, "timestamp.shape",
                           "the time stamp is not a token of RFC 3161");
    } else if (hash_of(data, data_size, hash) != KINMU_OK || !is_of(info, hash)) {
        status = error_set(err, KINMU_E_REJECT, "timestamp.other",
                           "the time stamp is of other bytes than this checkpoint");
    } else if (!is_signed(parsed, authority, unix_s)) {
        status = error_set(err, KINMU_E_REJECT, "timestamp.signature", "%s",
                           authority != NULL
                               ? "the time stamp is not signed by an issuer whom the given "
                                 "authority certifies"
                               : "the signature of the time stamp does not fit");
    } else {
        facts->unix_ns = unix_s * 1000000000LL;
        facts->is_trusted = authority != NULL;
        name_issuer(parsed, facts);
    }
    TS_TST_INFO_free(info);
    PKCS7_free(parsed);
    ERR_clear_error();
    return status;
}
