/* http_limit.c CERTIFICATE KEY - what the machine allows an HTTPS server on libuv and OpenSSL: no
 * parsing, no limits, no time-outs. A request is "so many bytes" (told by its first four letters:
 * GET_ or POST with 64 KiB), its answer always the same bytes. Prints its port, serves until
 * killed. */
#include "measure.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define HEAD_SIZE 128u /* of both kinds of request: http_load_bench.c fills it up */
#define BODY_SIZE 65536u

typedef struct peer {
    uv_tcp_t tcp;
    SSL *ssl;
    BIO *in, *out;
    size_t left; /* bytes of the request under way */
} peer;

static SSL_CTX *context;
static char cipher[65536];
static char plain[16384];

static void on_closed(uv_handle_t *handle) {
    peer *p = (peer *)(void *)handle;
    SSL_free(p->ssl);
    free(p);
}

static void end(peer *p) {
    if (!uv_is_closing((uv_handle_t *)&p->tcp)) {
        uv_close((uv_handle_t *)&p->tcp, on_closed);
    }
}

/* Answers are small: what does not fit at once ends the connection. */
static void flush(peer *p) {
    char *data = NULL;
    long size = BIO_get_mem_data(p->out, &data);
    uv_buf_t piece = uv_buf_init(data, (unsigned)size);
    if (size > 0 && uv_try_write((uv_stream_t *)&p->tcp, &piece, 1) != (int)size) {
        end(p);
    }
    (void)BIO_reset(p->out);
}

static void take(peer *p, const char *data, size_t size) {
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 00:00:00 GMT\r\nContent-Type: "
        "application/json\r\n"
        "Cache-Control: no-store\r\nContent-Length: 32\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        "{\"ok\":true,\"note\":\"32 bytes.\"}\r\n";
    while (size > 0) {
        if (p->left == 0) {
            p->left = HEAD_SIZE + (data[0] == 'P' ? BODY_SIZE : 0);
        }
        size_t taken = size < p->left ? size : p->left;
        p->left -= taken;
        data += taken;
        size -= taken;
        if (p->left == 0) {
            (void)SSL_write(p->ssl, answer, sizeof answer - 1);
        }
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece) {
    peer *p = (peer *)(void *)stream;
    int got = 0;
    if (size < 0) {
        end(p);
        return;
    }
    (void)BIO_write(p->in, piece->base, (int)size);
    while ((got = SSL_read(p->ssl, plain, sizeof plain)) > 0) {
        take(p, plain, (size_t)got);
    }
    int32_t waits = SSL_get_error(p->ssl, got) == SSL_ERROR_WANT_READ;
    flush(p);
    if (!waits) {
        end(p);
    }
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece) {
    (void)handle;
    (void)suggested;
    *piece = uv_buf_init(cipher, sizeof cipher);
}

static void on_connection(uv_stream_t *server, int status) {
    peer *p = calloc(1, sizeof *p);
    measure_must(status != 0 || p == NULL, "accept", "failed");
    uv_tcp_init(server->loop, &p->tcp);
    p->ssl = SSL_new(context);
    p->in = BIO_new(BIO_s_mem());
    p->out = BIO_new(BIO_s_mem());
    SSL_set_bio(p->ssl, p->in, p->out);
    SSL_set_accept_state(p->ssl);
    if (uv_accept(server, (uv_stream_t *)&p->tcp) != 0) {
        end(p);
        return;
    }
    uv_tcp_nodelay(&p->tcp, 1);
    uv_read_start((uv_stream_t *)&p->tcp, allocate, on_read);
}

int main(int count, char **words) {
    uv_tcp_t server;
    struct sockaddr_in at;
    int size = (int)sizeof at;
    signal(SIGPIPE, SIG_IGN);
    measure_must(count != 3, "usage", "http_limit CERTIFICATE KEY");
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    measure_must(SSL_CTX_use_certificate_chain_file(context, words[1]) != 1 ||
                     SSL_CTX_use_PrivateKey_file(context, words[2], SSL_FILETYPE_PEM) != 1,
                 "certificate", "not read");
    uv_tcp_init(uv_default_loop(), &server);
    uv_ip4_addr("127.0.0.1", 0, &at);
    measure_must(uv_tcp_bind(&server, (const struct sockaddr *)&at, 0), "bind", "failed");
    measure_must(uv_listen((uv_stream_t *)&server, 1024, on_connection), "listen", "failed");
    uv_tcp_getsockname(&server, (struct sockaddr *)&at, &size);
    const uint8_t *port = (const uint8_t *)&at.sin_port;
    printf("%d\n", port[0] << 8 | port[1]);
    (void)fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
