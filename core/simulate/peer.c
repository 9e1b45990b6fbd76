/* simulate/peer.c - see peer.h. */
#include "simulate/peer.h"

#include "base/clock.h"
#include "base/error.h"
#include "simulate/answer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_SIZE 256u
#define READ_BYTES 16384u

typedef struct hub_place {
    char host[HOST_SIZE];      /* without port */
    char authority[HOST_SIZE]; /* HOST:PORT, for the Host header */
    BIO_ADDRINFO *addresses;
} hub_place;

struct peer_kit {
    uv_loop_t *loop;
    SSL_CTX *ssl;
    hub_place hubs[PEER_HUBS_MAX];
    uint32_t hub_count;
    int32_t checks_server;
    peer_figures figures;
};

enum { CONNECTING, SHAKING, IDLE, SENDING, RECEIVING };

struct peer {
    peer_kit *kit;
    const peer_handler *handler;
    void *user;
    const hub_place *hub;
    SSL *ssl;
    buffer *ticket;
    uv_poll_t poll;
    uv_timer_t timer;
    int socket;
    int32_t phase;
    int32_t is_closing;
    int32_t events; /* waited for */
    uint32_t open_handles;
    buffer out;
    size_t sent, cut;
    uint64_t began_ns;
    answer_reader answer;
};

/* ---- the kit ---- */

/* "https://HOST[:PORT]" as trust_agent_url left it. */
static int32_t find_hub(const char *url, hub_place *place, kinmu_err *err) {
    static const char scheme[] = "https://";
    const char *authority = url + sizeof scheme - 1;
    int32_t is_bracketed = authority[0] == '[';
    const char *host = authority + is_bracketed;
    size_t size = strcspn(host, is_bracketed ? "]" : ":");
    const char *rest = host + size + is_bracketed;
    const char *port = rest[0] == ':' ? rest + 1 : "443";
    snprintf(place->authority, sizeof place->authority, "%s", authority);
    snprintf(place->host, sizeof place->host, "%.*s", (int)size, host);
    if (BIO_lookup_ex(place->host, port, BIO_LOOKUP_CLIENT, 0, SOCK_STREAM, 0, &place->addresses) !=
        1) {
        ERR_clear_error();
        return error_set(err, KINMU_E_NOTFOUND, "simulate.hub", "\"%s\": no such host", url);
    }
    return KINMU_OK;
}

static int keep_ticket(SSL *ssl, SSL_SESSION *session) {
    const peer *l = SSL_get_app_data(ssl);
    int size = l->ticket != NULL ? i2d_SSL_SESSION(session, NULL) : 0;
    if (size > 0) {
        buffer_clear(l->ticket);
        unsigned char *to = buffer_reserve(l->ticket, (size_t)size);
        if (to != NULL) {
            l->ticket->size = (size_t)i2d_SSL_SESSION(session, &to);
        }
    }
    return 0; /* not kept by reference */
}

static int32_t trust_anchor(SSL_CTX *ssl, const void *pem, size_t size) {
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    int32_t status =
        certificate != NULL && X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), certificate) == 1
            ? KINMU_OK
            : KINMU_E_REJECT;
    X509_free(certificate);
    BIO_free(bio);
    ERR_clear_error();
    return status;
}

int32_t peer_kit_create(uv_loop_t *loop, const char *const *urls, uint32_t url_count,
                        const void *anchor, size_t anchor_size, peer_kit **out, kinmu_err *err) {
    peer_kit *kit = calloc(1, sizeof *kit);
    int32_t status = kit != NULL ? KINMU_OK : KINMU_E_NOMEM;
    *out = NULL;
    if (kit != NULL) {
        kit->loop = loop;
        kit->ssl = SSL_CTX_new(TLS_client_method());
        status = kit->ssl != NULL ? KINMU_OK : KINMU_E_NOMEM;
    }
    if (status == KINMU_OK) {
        SSL_CTX_set_min_proto_version(kit->ssl, TLS1_2_VERSION);
        SSL_CTX_set_mode(kit->ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_session_cache_mode(kit->ssl,
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(kit->ssl, keep_ticket);
        SSL_CTX_set_read_ahead(kit->ssl, 1);
        kit->checks_server = anchor != NULL;
    }
    if (status == KINMU_OK && anchor != NULL) {
        SSL_CTX_set_verify(kit->ssl, SSL_VERIFY_PEER, NULL);
        status = trust_anchor(kit->ssl, anchor, anchor_size);
    }
    if (status != KINMU_OK) {
        status = error_set(err, status, "simulate.tls", "the hub's certificate cannot be used");
    }
    for (uint32_t i = 0; i < url_count && i < PEER_HUBS_MAX && status == KINMU_OK; i++) {
        status = find_hub(urls[i], &kit->hubs[kit->hub_count++], err);
    }
    if (status != KINMU_OK) {
        peer_kit_destroy(kit);
        return status;
    }
    *out = kit;
    return KINMU_OK;
}

void peer_kit_destroy(peer_kit *kit) {
    if (kit != NULL) {
        for (uint32_t i = 0; i < kit->hub_count; i++) {
            BIO_ADDRINFO_free(kit->hubs[i].addresses);
        }
        SSL_CTX_free(kit->ssl);
        free(kit);
    }
}

uint32_t peer_kit_hubs(const peer_kit *kit) {
    return kit->hub_count;
}

const peer_figures *peer_kit_figures(const peer_kit *kit) {
    return &kit->figures;
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle) {
    peer *l = handle->data;
    if (--l->open_handles == 0) {
        BIO_closesocket(l->socket);
        buffer_free(&l->out);
        answer_free(&l->answer);
        free(l);
    }
}

static void free_ssl(peer *l) {
    if (l->ssl != NULL) {
        if (l->phase >= IDLE) { /* a session that was not ended politely is not resumed */
            SSL_set_shutdown(l->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        }
        SSL_free(l->ssl);
        l->ssl = NULL;
    }
    ERR_clear_error();
}

void peer_close(peer *l) {
    if (l != NULL && !l->is_closing) {
        l->is_closing = 1;
        uv_poll_stop(&l->poll);
        free_ssl(l);
        uv_close((uv_handle_t *)&l->poll, on_handle_closed);
        uv_close((uv_handle_t *)&l->timer, on_handle_closed);
    }
}

static void lose(peer *l) {
    if (!l->is_closing) {
        l->kit->figures.failures++;
        void (*lost)(void *) = l->handler->lost;
        void *user = l->user;
        peer_close(l);
        lost(user);
    }
}

static void on_late(uv_timer_t *timer) {
    lose(timer->data);
}

static void wait_limited(peer *l) {
    uv_timer_start(&l->timer, on_late, PEER_TIMEOUT_MS, 0);
}

/* ---- steps ---- */

static void on_poll(uv_poll_t *poll, int status, int events);

static void wait_for(peer *l, int events) {
    if (l->events != events) {
        l->events = events;
        uv_poll_start(&l->poll, events, on_poll);
    }
}

/* 1 when the TLS call only has to wait. */
static int32_t waits(peer *l, int result) {
    int why = SSL_get_error(l->ssl, result);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        wait_for(l, why == SSL_ERROR_WANT_READ ? UV_READABLE : UV_WRITABLE);
        return 1;
    }
    return 0;
}

static void shake(peer *l) {
    ERR_clear_error();
    int result = SSL_do_handshake(l->ssl);
    if (result != 1) {
        if (!waits(l, result)) {
            lose(l);
        }
        return;
    }
    l->kit->figures.connects++;
    l->kit->figures.resumed += SSL_session_reused(l->ssl) != 0;
    l->phase = IDLE;
    uv_timer_stop(&l->timer);
    wait_for(l, UV_READABLE);
    l->handler->ready(l->user);
}

static void send_rest(peer *l) {
    size_t end = l->cut > 0 && l->cut < l->out.size ? l->cut : l->out.size;
    while (l->sent < end) {
        ERR_clear_error();
        size_t written = 0;
        int result = SSL_write_ex(l->ssl, l->out.data + l->sent, end - l->sent, &written);
        if (result != 1) {
            if (!waits(l, result)) {
                lose(l);
            }
            return;
        }
        l->sent += written;
        l->kit->figures.bytes_out += written;
    }
    if (end < l->out.size) {
        lose(l);
        return;
    }
    buffer_free(&l->out);
    l->phase = RECEIVING;
    wait_for(l, UV_READABLE);
}

static void tell_answer(peer *l) {
    peer_answer answer = {.status = l->answer.status,
                          .retry_after_s = l->answer.retry_after_s,
                          .body = l->answer.body.data,
                          .size = l->answer.body.size,
                          .took_ns = clock_mono_ns() - l->began_ns};
    buffer body = l->answer.body;
    int32_t keeps = l->answer.keeps_alive;
    memset(&l->answer.body, 0, sizeof l->answer.body);
    l->phase = IDLE;
    uv_timer_stop(&l->timer);
    l->kit->figures.bytes_in += answer.size;
    if (keeps) {
        l->handler->answer(l->user, &answer);
    } else { /* the answer counts, and then it is over */
        const peer_handler *handler = l->handler;
        void *user = l->user;
        handler->answer(user, &answer);
        lose(l);
    }
    buffer_free(&body);
}

static void receive(peer *l) {
    uint8_t bytes[READ_BYTES];
    for (;;) {
        ERR_clear_error();
        int result = SSL_read(l->ssl, bytes, sizeof bytes);
        if (result <= 0) {
            if (!waits(l, result)) {
                lose(l);
            }
            return;
        }
        if (l->phase != RECEIVING || answer_read(&l->answer, bytes, (size_t)result) != KINMU_OK) {
            lose(l);
            return;
        }
        if (l->answer.is_whole) {
            tell_answer(l);
            return; /* whatever comes next wakes us again: nothing is pipelined */
        }
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    peer *l = poll->data;
    (void)events;
    if (status != 0) {
        lose(l);
        return;
    }
    if (l->phase == CONNECTING) {
        if (BIO_sock_error(l->socket) != 0) {
            lose(l);
            return;
        }
        l->phase = SHAKING;
    }
    if (l->phase == SHAKING) {
        shake(l);
    } else if (l->phase == SENDING) {
        send_rest(l);
    } else {
        receive(l);
    }
}

/* ---- opening ---- */

static int32_t open_socket(peer *l) {
    const BIO_ADDRINFO *at = l->hub->addresses;
    int socket = BIO_socket(BIO_ADDRINFO_family(at), BIO_ADDRINFO_socktype(at),
                            BIO_ADDRINFO_protocol(at), 0);
    if (socket == -1) {
        ERR_clear_error();
        return KINMU_E_RETRY;
    }
    if (BIO_connect(socket, BIO_ADDRINFO_address(at), BIO_SOCK_NONBLOCK | BIO_SOCK_NODELAY) != 1 &&
        !BIO_sock_should_retry(-1)) {
        ERR_clear_error();
        BIO_closesocket(socket);
        return KINMU_E_RETRY;
    }
    ERR_clear_error();
    l->socket = socket;
    return KINMU_OK;
}

static int32_t show_certificate(peer *l, const peer_owner *owner) {
    if (owner->certificate == NULL) {
        return KINMU_OK;
    }
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, owner->seed, CRYPTO_SEED_SIZE);
    int32_t status = key != NULL &&
                             SSL_use_certificate_ASN1(l->ssl, owner->certificate,
                                                      (int)owner->certificate_size) == 1 &&
                             SSL_use_PrivateKey(l->ssl, key) == 1
                         ? KINMU_OK
                         : KINMU_E_REJECT;
    EVP_PKEY_free(key);
    return status;
}

static void use_ticket(peer *l) {
    if (l->ticket != NULL && l->ticket->size > 0) {
        const unsigned char *from = l->ticket->data;
        SSL_SESSION *session = d2i_SSL_SESSION(NULL, &from, (long)l->ticket->size);
        if (session != NULL) {
            SSL_set_session(l->ssl, session);
            SSL_SESSION_free(session);
        }
    }
}

static int32_t name_server(peer *l) {
    if (!l->kit->checks_server) {
        return KINMU_OK;
    }
    int32_t is_address = strspn(l->hub->host, "0123456789.") == strlen(l->hub->host) ||
                         strchr(l->hub->host, ':') != NULL;
    if (is_address) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), l->hub->host) == 1
                   ? KINMU_OK
                   : KINMU_E_REJECT;
    }
    return SSL_set1_host(l->ssl, l->hub->host) == 1 &&
                   SSL_set_tlsext_host_name(l->ssl, l->hub->host) == 1
               ? KINMU_OK
               : KINMU_E_REJECT;
}

static int32_t prepare_tls(peer *l, const peer_owner *owner) {
    l->ssl = SSL_new(l->kit->ssl);
    if (l->ssl == NULL || SSL_set_fd(l->ssl, l->socket) != 1) {
        return KINMU_E_NOMEM;
    }
    SSL_set_app_data(l->ssl, l);
    SSL_set_connect_state(l->ssl);
    int32_t status = name_server(l);
    if (status == KINMU_OK) {
        status = show_certificate(l, owner);
    }
    if (status == KINMU_OK) {
        use_ticket(l);
    }
    return status;
}

int32_t peer_open(peer_kit *kit, uint32_t hub, const peer_owner *owner, const peer_handler *handler,
                  void *user, peer **out) {
    peer *l = calloc(1, sizeof *l);
    *out = NULL;
    if (l == NULL) {
        return KINMU_E_NOMEM;
    }
    l->kit = kit;
    l->handler = handler;
    l->user = user;
    l->hub = &kit->hubs[hub % kit->hub_count];
    l->ticket = owner->ticket;
    int32_t status = open_socket(l);
    if (status != KINMU_OK) {
        free(l);
        return status;
    }
    status = prepare_tls(l, owner);
    if (status == KINMU_OK &&
        uv_poll_init_socket(kit->loop, &l->poll, (uv_os_sock_t)l->socket) != 0) {
        status = KINMU_E_RETRY;
    }
    if (status != KINMU_OK) {
        SSL_free(l->ssl);
        ERR_clear_error();
        BIO_closesocket(l->socket);
        free(l);
        return status;
    }
    uv_timer_init(kit->loop, &l->timer);
    l->poll.data = l;
    l->timer.data = l;
    l->open_handles = 2;
    wait_limited(l);
    wait_for(l, UV_WRITABLE);
    *out = l;
    return KINMU_OK;
}

/* ---- sending ---- */

int32_t peer_is_idle(const peer *l) {
    return l->phase == IDLE && !l->is_closing;
}

int32_t peer_send(peer *l, const char *method, const char *path, const char *type, const void *body,
                  size_t size, size_t cut) {
    if (!peer_is_idle(l)) {
        return KINMU_E_STATE;
    }
    buffer_clear(&l->out);
    buffer_printf(&l->out, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, l->hub->authority);
    if (type != NULL) {
        buffer_printf(&l->out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, size);
    }
    buffer_text(&l->out, "\r\n");
    size_t head_size = l->out.size;
    buffer_append(&l->out, body, size);
    if (l->out.failed != KINMU_OK) {
        buffer_free(&l->out);
        return KINMU_E_NOMEM;
    }
    answer_begin(&l->answer);
    l->phase = SENDING;
    l->sent = 0;
    l->cut = cut > 0 ? head_size + cut : 0;
    l->began_ns = clock_mono_ns();
    wait_limited(l);
    send_rest(l);
    return KINMU_OK;
}
