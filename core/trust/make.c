/* trust/make.c - certificates made by this hub: its authority, its server, its devices. What they
 * say is decided here alone; nothing of a request but its key is taken over. */
#include "trust/internal.h"

#include "base/clock.h"
#include "base/text.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERIAL_BYTES 16
#define COMMON_NAME_BYTES_MAX 64 /* X.520's ub-common-name */
#define LABEL_BYTES_MAX 63
#define HOST_BYTES_MAX 253
#define VERSION_3 2L
#define DAY_NS (86400 * CLOCK_NS_PER_S)
/* Clocks of agents may be behind the hub's. */
#define BACKDATED_NS DAY_NS

typedef struct extension {
    int nid;
    const char *value;
} extension;

static const extension authority_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
};
static const extension server_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid"},
};
static const extension client_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "critical,clientAuth"},
    {NID_authority_key_identifier, "keyid"},
};
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static int32_t failed(kinmu_err *err) {
    ERR_clear_error();
    return error_set(err, KINMU_E_NOMEM, "trust.make",
                     "a certificate could not be made (no memory, or no random bytes)");
}

static EVP_PKEY *new_p256(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static int32_t set_serial(X509 *certificate) {
    uint8_t bytes[SERIAL_BYTES];
    if (crypto_random(bytes, sizeof bytes) != KINMU_OK) {
        return 0;
    }
    bytes[0] = (uint8_t)((bytes[0] & 0x3fu) | 0x40u); /* positive, and always as long */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    int32_t done =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

static int32_t set_time(ASN1_TIME *to, int64_t unix_ns) {
    return ASN1_TIME_set(to, (time_t)(unix_ns / CLOCK_NS_PER_S)) != NULL;
}

static int32_t add_extensions(X509 *certificate, X509 *issuer, const extension *rows,
                              size_t count) {
    X509V3_CTX context;
    int32_t done = 1;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    for (size_t i = 0; done && i < count; i++) {
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, rows[i].nid, rows[i].value);
        done = made != NULL && X509_add_ext(certificate, made, -1) == 1;
        X509_EXTENSION_free(made);
    }
    return done;
}

/* Everything but the signature. issuer NULL: itself. */
static X509 *new_certificate(X509 *issuer, const char *common_name, EVP_PKEY *key, int64_t from_ns,
                             int64_t to_ns, const extension *rows, size_t count) {
    X509 *made = X509_new();
    if (made == NULL) {
        return NULL;
    }
    X509_NAME *subject = X509_get_subject_name(made);
    size_t size = text_cut(common_name, strlen(common_name), COMMON_NAME_BYTES_MAX);
    int32_t done =
        X509_set_version(made, VERSION_3) == 1 && set_serial(made) &&
        X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                   (const uint8_t *)common_name, (int)size, -1, 0) == 1 &&
        X509_set_issuer_name(made, issuer != NULL ? X509_get_subject_name(issuer) : subject) == 1 &&
        set_time(X509_getm_notBefore(made), from_ns) && set_time(X509_getm_notAfter(made), to_ns) &&
        X509_set_pubkey(made, key) == 1 &&
        add_extensions(made, issuer != NULL ? issuer : made, rows, count);
    if (!done) {
        X509_free(made);
        return NULL;
    }
    return made;
}

/* Edwards curves sign the message itself; all others its SHA-256. */
static int32_t sign(X509 *certificate, EVP_PKEY *key) {
    int32_t hashes = !EVP_PKEY_is_a(key, "ED25519") && !EVP_PKEY_is_a(key, "ED448");
    return X509_sign(certificate, key, hashes ? EVP_sha256() : NULL) > 0;
}

static int32_t write_key(EVP_PKEY *key, buffer *out) {
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    int32_t done =
        bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (done) {
        long size = BIO_get_mem_data(bio, &text);
        buffer_append(out, text, (size_t)size);
        crypto_wipe(text, (size_t)size);
    }
    BIO_free(bio);
    return done && !out->failed;
}

int32_t trust_authority_make(const char *name, int64_t now_ns, buffer *certificate, buffer *key,
                             kinmu_err *err) {
    EVP_PKEY *pair = new_p256();
    X509 *made = pair != NULL ? new_certificate(NULL, name, pair, now_ns - BACKDATED_NS,
                                                now_ns + TRUST_AUTHORITY_DAYS * DAY_NS,
                                                authority_extensions, COUNT(authority_extensions))
                              : NULL;
    int32_t done = made != NULL && sign(made, pair) && trust_write_certificate(made, certificate) &&
                   write_key(pair, key);
    X509_free(made);
    EVP_PKEY_free(pair);
    return done ? KINMU_OK : failed(err);
}

int32_t trust_authority_open(const void *pem, size_t size, const void *key_pem, size_t key_size,
                             int64_t now_ns, trust_authority **out, kinmu_err *err) {
    trust_facts facts;
    buffer last = {0};
    *out = NULL;
    int32_t status = trust_read_chain(pem, size, key_pem, key_size, now_ns, &last, err);
    buffer_free(&last);
    if (status != KINMU_OK) {
        return status;
    }
    BIO *bio = trust_bio(pem, size);
    trust_authority *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->certificate = trust_pem_certificate(bio);
        made->key = trust_pem_key(key_pem, key_size);
    }
    BIO_free(bio);
    if (made == NULL || made->certificate == NULL || made->key == NULL) {
        trust_authority_close(made);
        return failed(err);
    }
    trust_facts_of(made->certificate, &facts);
    if (!facts.is_authority) {
        status = error_set(err, KINMU_E_REJECT, "trust.authority",
                           "certificate \"%s\" is no authority: it may not sign others (CA:TRUE)",
                           facts.common_name);
        trust_authority_close(made);
        return status;
    }
    *out = made;
    return KINMU_OK;
}

void trust_authority_close(trust_authority *authority) {
    if (authority != NULL) {
        X509_free(authority->certificate);
        EVP_PKEY_free(authority->key);
        free(authority);
    }
}

/* ---- the server ---- */

/* Letters, digits, hyphens and dots: wildcards and anything else a name could smuggle are refused.
 */
static int32_t is_host_name(const char *name) {
    size_t label = 0;
    size_t size = strlen(name);
    if (size == 0 || size > HOST_BYTES_MAX) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        int32_t is_word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        int32_t is_inside = label > 0 && i + 1 < size;
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_BYTES_MAX || !(is_word || ((c == '-' || c == '.') && is_inside))) {
            return 0;
        }
    }
    return 1;
}

static GENERAL_NAME *general_name(const char *text) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    ASN1_IA5STRING *host = NULL;
    if (name == NULL || (address == NULL && !is_host_name(text))) {
        GENERAL_NAME_free(name);
        ASN1_OCTET_STRING_free(address);
        return NULL;
    }
    if (address != NULL) {
        GENERAL_NAME_set0_value(name, GEN_IPADD, address);
        return name;
    }
    host = ASN1_IA5STRING_new();
    if (host == NULL || ASN1_STRING_set(host, text, -1) != 1) {
        ASN1_IA5STRING_free(host);
        GENERAL_NAME_free(name);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, GEN_DNS, host);
    return name;
}

static int32_t read_names(const char *const *names, uint32_t count, GENERAL_NAMES *list,
                          kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (count == 0 || count > TRUST_NAMES_MAX) {
        return error_set(err, KINMU_E_REJECT, "trust.name",
                         "a server certificate is for 1 to %u names", TRUST_NAMES_MAX);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        GENERAL_NAME *name = general_name(names[i]);
        if (name == NULL || sk_GENERAL_NAME_push(list, name) == 0) {
            GENERAL_NAME_free(name);
            status = error_set(err, KINMU_E_REJECT, "trust.name",
                               "\"%s\" is no host name and no address (no wildcards; write "
                               "international names as xn--…)",
                               names[i]);
        }
    }
    ERR_clear_error();
    return status;
}

static int64_t end_of(const trust_authority *authority, int64_t wanted_ns) {
    int64_t last_ns = trust_asn1_ns(X509_get0_notAfter(authority->certificate));
    return wanted_ns < last_ns ? wanted_ns : last_ns;
}

int32_t trust_make_server(const trust_authority *authority, const char *const *names,
                          uint32_t count, int64_t now_ns, buffer *certificate, buffer *key,
                          kinmu_err *err) {
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    EVP_PKEY *pair = new_p256();
    X509 *made = NULL;
    int32_t status = list != NULL ? read_names(names, count, list, err) : failed(err);
    if (status == KINMU_OK && pair != NULL) {
        made = new_certificate(authority->certificate, names[0], pair, now_ns - BACKDATED_NS,
                               end_of(authority, now_ns + TRUST_SERVER_DAYS * DAY_NS),
                               server_extensions, COUNT(server_extensions));
    }
    if (status == KINMU_OK &&
        !(made != NULL &&
          X509_add1_ext_i2d(made, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT) == 1 &&
          sign(made, authority->key) && trust_write_certificate(made, certificate) &&
          trust_write_certificate(authority->certificate, certificate) && write_key(pair, key))) {
        status = failed(err);
    }
    X509_free(made);
    EVP_PKEY_free(pair);
    GENERAL_NAMES_free(list);
    return status;
}

/* ---- devices ---- */

static void name_of(const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                    char name[2 * TRUST_ORIGIN_SIZE + 1]) {
    uint8_t hash[CRYPTO_HASH_SIZE] = {0};
    EVP_Digest(public_key, CRYPTO_PUBLIC_SIZE, hash, NULL, EVP_sha256(), NULL);
    text_hex(name, hash, TRUST_ORIGIN_SIZE);
}

int32_t trust_make_client(const trust_authority *authority,
                          const uint8_t public_key[CRYPTO_PUBLIC_SIZE], int64_t now_ns,
                          int64_t life_ns, buffer *certificate, trust_facts *facts,
                          kinmu_err *err) {
    char name[2 * TRUST_ORIGIN_SIZE + 1];
    name_of(public_key, name);
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, CRYPTO_PUBLIC_SIZE);
    X509 *made = key != NULL
                     ? new_certificate(authority->certificate, name, key, now_ns - BACKDATED_NS,
                                       end_of(authority, now_ns + life_ns), client_extensions,
                                       COUNT(client_extensions))
                     : NULL;
    int32_t done =
        made != NULL && sign(made, authority->key) && trust_write_certificate(made, certificate);
    if (done) {
        trust_facts_of(made, facts);
    }
    X509_free(made);
    EVP_PKEY_free(key);
    return done ? KINMU_OK : failed(err);
}
