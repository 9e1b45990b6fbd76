/* http/tls.c - see tls.h: OpenSSL between two memories of ours (a BIO that reads a slice and
 * appends to a buffer), so that an idle connection holds none. */
#include "http/tls.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "http/tickets.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct tls_context {
    SSL_CTX *ssl;
    tickets tickets;
    BIO_METHOD *memory;
    _Atomic uint32_t uses;
};

struct tls {
    SSL *ssl;
    tls_context *context;
    const uint8_t *in;
    size_t in_size;
    buffer *out;
};

/* ---- the memories ---- */

static int memory_read(BIO *bio, char *data, int size) {
    tls *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->in_size == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t taken = (size_t)size < t->in_size ? (size_t)size : t->in_size;
    memcpy(data, t->in, taken);
    t->in += taken;
    t->in_size -= taken;
    return (int)taken;
}

static int memory_write(BIO *bio, const char *data, int size) {
    tls *t = BIO_get_data(bio);
    buffer_append(t->out, data, (size_t)size);
    return t->out->failed == KINMU_OK ? size : -1;
}

static long memory_control(BIO *bio, int what, long number, void *pointer) {
    (void)bio;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

/* ---- context ---- */

static int32_t refuse(kinmu_err *err, const char *key, const char *what, const char *file) {
    char reason[160] = "not in this form";
    unsigned long code = ERR_peek_error();
    if (code != 0) {
        ERR_error_string_n(code, reason, sizeof reason);
    }
    ERR_clear_error();
    return error_set(err, KINMU_E_CONFIG, key, "%s \"%s\" cannot be used: %s", what, file, reason);
}

/* Only what this server speaks: a client that wants something else hears so at once. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *in, unsigned int in_size, void *user) {
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl;
    (void)user;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int32_t load_own(SSL_CTX *ssl, const http_settings *settings, kinmu_err *err) {
    if (SSL_CTX_use_certificate_chain_file(ssl, settings->certificate) != 1) {
        return refuse(err, "http.certificate", "certificate", settings->certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(ssl, settings->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ssl) != 1) {
        return refuse(err, "http.key", "key", settings->key);
    }
    return KINMU_OK;
}

static int32_t load_authority(SSL_CTX *ssl, const char *file, kinmu_err *err) {
    BIO *there = BIO_new_file(file, "r");
    if (there == NULL) {
        ERR_clear_error();
        return KINMU_OK; /* no authority yet: no client certificate verifies */
    }
    BIO_free(there);
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
    if (names == NULL || SSL_CTX_load_verify_file(ssl, file) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refuse(err, "http.authority", "authority", file);
    }
    SSL_CTX_set_client_CA_list(ssl, names);
    return KINMU_OK;
}

static int32_t set_rules(SSL_CTX *ssl) {
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF); /* tickets: the client keeps them */
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1
               ? KINMU_OK
               : KINMU_E_CONFIG;
}

static int32_t make_memory(tls_context *context) {
    context->memory = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "kinmu memory");
    return context->memory != NULL && BIO_meth_set_read(context->memory, memory_read) == 1 &&
                   BIO_meth_set_write(context->memory, memory_write) == 1 &&
                   BIO_meth_set_ctrl(context->memory, memory_control) == 1
               ? KINMU_OK
               : KINMU_E_NOMEM;
}

int32_t tls_context_create(const http_settings *settings, tls_context **out, kinmu_err *err) {
    tls_context *context = calloc(1, sizeof *context);
    *out = NULL;
    if (context == NULL) {
        return KINMU_E_NOMEM;
    }
    ERR_clear_error();
    atomic_store(&context->uses, 1);
    context->ssl = SSL_CTX_new(TLS_server_method());
    int32_t status = context->ssl == NULL ? KINMU_E_NOMEM : make_memory(context);
    if (status == KINMU_OK) {
        status = set_rules(context->ssl);
    }
    if (status == KINMU_OK) {
        status = load_own(context->ssl, settings, err);
    }
    if (status == KINMU_OK && settings->authority != NULL) {
        status = load_authority(context->ssl, settings->authority, err);
    }
    if (status == KINMU_OK) {
        status = tickets_init(&context->tickets, settings->ticket_secret, settings->authority, err);
        tickets_use(context->ssl, &context->tickets);
    }
    if (status != KINMU_OK) {
        tls_context_release(context);
        return status;
    }
    *out = context;
    return KINMU_OK;
}

void tls_context_release(tls_context *context) {
    if (context != NULL && atomic_fetch_sub(&context->uses, 1) == 1) {
        SSL_CTX_free(context->ssl);
        BIO_meth_free(context->memory);
        crypto_wipe(&context->tickets, sizeof context->tickets);
        free(context);
    }
}

/* ---- one connection ---- */

/* A session in which nobody was asked for a certificate is not one in which none was shown. */
static int32_t ask_for_certificate(SSL *ssl, int32_t clients) {
    unsigned char id[] = "kinmu http 1 .";
    id[sizeof id - 2] = (unsigned char)('0' + clients);
    if (clients != HTTP_CLIENTS_OFF) {
        SSL_set_verify(ssl,
                       clients == HTTP_CLIENTS_REQUIRED
                           ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                           : SSL_VERIFY_PEER,
                       NULL);
    }
    return SSL_set_session_id_context(ssl, id, sizeof id - 1) == 1;
}

tls *tls_create(tls_context *context, int32_t clients, buffer *out) {
    tls *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->context = context;
    atomic_fetch_add(&context->uses, 1);
    t->out = out;
    t->ssl = SSL_new(context->ssl);
    BIO *bio = BIO_new(context->memory);
    if (t->ssl == NULL || bio == NULL || !ask_for_certificate(t->ssl, clients)) {
        BIO_free(bio);
        tls_free(t);
        return NULL;
    }
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_accept_state(t->ssl);
    return t;
}

void tls_free(tls *t) {
    if (t != NULL) {
        SSL_free(t->ssl);
        tls_context_release(t->context);
        free(t);
    }
}

void tls_give(tls *t, const uint8_t *data, size_t size) {
    t->in = data;
    t->in_size = size;
}

size_t tls_left(const tls *t) {
    return t->in_size;
}

int32_t tls_handshake(tls *t) {
    ERR_clear_error();
    int result = SSL_do_handshake(t->ssl);
    if (result == 1) {
        return KINMU_OK;
    }
    int32_t waits = SSL_get_error(t->ssl, result) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return waits ? KINMU_E_RETRY : KINMU_E_DENIED;
}

int32_t tls_was_resumed(const tls *t) {
    return SSL_session_reused(t->ssl);
}

static int32_t copy_key(X509 *certificate, http_peer *peer) {
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    size_t size = sizeof peer->key;
    if (key != NULL && EVP_PKEY_get_raw_public_key(key, peer->key, &size) == 1) {
        peer->key_size = (uint32_t)size;
        return KINMU_OK;
    }
    ERR_clear_error();
    int der_size = key != NULL ? i2d_PUBKEY(key, NULL) : -1;
    if (der_size <= 0 || (size_t)der_size > sizeof peer->key) {
        return KINMU_E_DENIED;
    }
    unsigned char *at = peer->key;
    peer->key_size = (uint32_t)i2d_PUBKEY(key, &at);
    return KINMU_OK;
}

static void copy_serial(const X509 *certificate, http_peer *peer) {
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *text = number != NULL ? BN_bn2hex(number) : NULL;
    text_copy(peer->serial, sizeof peer->serial, text != NULL ? text : "");
    for (char *at = peer->serial; *at != '\0'; at++) {
        *at = *at >= 'A' && *at <= 'F' ? (char)(*at + ('a' - 'A')) : *at;
    }
    OPENSSL_free(text);
    BN_free(number);
}

/* A resumed session carries the judgement of its first handshake; the date is judged anew. */
int32_t tls_peer(const tls *t, http_peer *peer, int64_t *valid_until_unix_s) {
    X509 *certificate = SSL_get0_peer_certificate(t->ssl);
    int days = 0;
    int seconds = 0;
    if (certificate == NULL) {
        return KINMU_OK;
    }
    if (SSL_get_verify_result(t->ssl) != X509_V_OK ||
        ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1 || days < 0 ||
        seconds < 0 || copy_key(certificate, peer) != KINMU_OK) {
        ERR_clear_error();
        peer->key_size = 0;
        return KINMU_E_DENIED;
    }
    copy_serial(certificate, peer);
    *valid_until_unix_s = clock_unix_ns() / CLOCK_NS_PER_S + (int64_t)days * 86400 + seconds;
    return KINMU_OK;
}

int32_t tls_read(tls *t, uint8_t *data, uint32_t size) {
    ERR_clear_error();
    int result = SSL_read(t->ssl, data, (int)size);
    if (result > 0) {
        return result;
    }
    int problem = SSL_get_error(t->ssl, result);
    ERR_clear_error();
    return problem == SSL_ERROR_WANT_READ     ? 0
           : problem == SSL_ERROR_ZERO_RETURN ? KINMU_E_NOTFOUND
                                              : KINMU_E_REJECT;
}

int32_t tls_write(tls *t, const void *data, size_t size) {
    const uint8_t *at = data;
    ERR_clear_error();
    while (size > 0) {
        size_t written = 0;
        if (SSL_write_ex(t->ssl, at, size, &written) != 1) {
            ERR_clear_error();
            return KINMU_E_REJECT;
        }
        at += written;
        size -= written;
    }
    return KINMU_OK;
}

void tls_end(tls *t) {
    if (SSL_is_init_finished(t->ssl)) {
        ERR_clear_error();
        (void)SSL_shutdown(t->ssl);
        ERR_clear_error();
    }
}
