/* hostile_line.c - see hostile_line.h. */
#include "hostile_line.h"

#include "journal/device.h"
#include "trust/agent.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_SIZE 16384
#define TIMEOUT_S 15

static void end(const char *what) {
    fprintf(stderr, "hostile_device: %s\n", what);
    exit(2);
}

static SSL_CTX *make_context(const trust_agent *agent, EVP_PKEY *key) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_load_verify_locations(context, agent->ca_file, NULL) != 1) {
        end("no hub is known here");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (key != NULL && (SSL_CTX_use_certificate_chain_file(context, agent->client_file) != 1 ||
                        SSL_CTX_use_PrivateKey(context, key) != 1)) {
        end("the certificate is not this device's");
    }
    return context;
}

void line_find(line_place *place, const char *data) {
    trust_agent agent;
    device d;
    kinmu_err err = {"", ""};
    memset(place, 0, sizeof *place);
    if (trust_agent_read(data, &agent, &err) != KINMU_OK ||
        device_read(data, &d, &err) != KINMU_OK) {
        end(err.msg);
    }
    const char *host = agent.url + strlen("https://");
    const char *colon = strrchr(host, ':');
    snprintf(place->host, sizeof place->host, "%.*s",
             (int)(colon != NULL ? (size_t)(colon - host) : strlen(host)), host);
    snprintf(place->port, sizeof place->port, "%s", colon != NULL ? colon + 1 : "443");
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d.seed, CRYPTO_SEED_SIZE);
    place->device = make_context(&agent, key);
    place->anonymous = make_context(&agent, NULL);
    EVP_PKEY_free(key);
    device_wipe(&d);
}

void line_forget(line_place *place) {
    SSL_CTX_free(place->device);
    SSL_CTX_free(place->anonymous);
}

static int open_socket(const line_place *place) {
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    const struct timeval patience = {TIMEOUT_S, 0};
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(place->from)};
    struct addrinfo *found = NULL;
    if (getaddrinfo(place->host, place->port, &wanted, &found) != 0) {
        return -1;
    }
    int s = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (place->from != 0 && bind(s, (const struct sockaddr *)&from, sizeof from) != 0) {
        end("no such address here");
    }
    if (s >= 0 && connect(s, found->ai_addr, found->ai_addrlen) != 0) {
        close(s);
        s = -1;
    }
    freeaddrinfo(found);
    return s;
}

int line_open(line *l, const line_place *place, SSL_CTX *context) {
    l->ssl = NULL;
    l->socket = open_socket(place);
    int on = 1;
    (void)setsockopt(l->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (l->socket < 0 || context == NULL) {
        return l->socket >= 0;
    }
    l->ssl = SSL_new(context);
    if (l->ssl == NULL || SSL_set_fd(l->ssl, l->socket) != 1 || SSL_connect(l->ssl) != 1) {
        line_close(l);
        return 0;
    }
    return 1;
}

void line_close(line *l) {
    ERR_clear_error();
    SSL_free(l->ssl);
    l->ssl = NULL;
    if (l->socket >= 0) {
        close(l->socket);
    }
    l->socket = -1;
}

int line_send(line *l, const void *data, size_t size) {
    size_t sent = 0;
    return l->ssl != NULL && (size == 0 || SSL_write_ex(l->ssl, data, size, &sent) == 1);
}

/* The answer's head up to the blank line, in `text`; what came of its body, and -1 on none. */
static long read_head(line *l, char text[ANSWER_SIZE + 1]) {
    size_t size = 0;
    for (;;) {
        size_t got = 0;
        if (size == ANSWER_SIZE ||
            SSL_read_ex(l->ssl, text + size, ANSWER_SIZE - size, &got) != 1) {
            return -1;
        }
        size += got;
        text[size] = '\0';
        char *blank = strstr(text, "\r\n\r\n");
        if (blank != NULL) {
            long extra = (long)size - (blank + 4 - text);
            *blank = '\0';
            return extra;
        }
    }
}

unsigned line_answer(line *l) {
    char text[ANSWER_SIZE + 1];
    char rest[ANSWER_SIZE];
    long extra = l->ssl != NULL ? read_head(l, text) : -1;
    if (extra < 0 || strncmp(text, "HTTP/1.1 ", 9) != 0) {
        return 0;
    }
    unsigned status = (unsigned)strtoul(text + 9, NULL, 10);
    const char *length = strcasestr(text, "\r\ncontent-length:");
    long left = length != NULL ? strtol(length + 17, NULL, 10) - extra : 0;
    while (left > 0) {
        size_t got = 0;
        size_t room = left < ANSWER_SIZE ? (size_t)left : ANSWER_SIZE;
        if (SSL_read_ex(l->ssl, rest, room, &got) != 1) {
            return 0;
        }
        left -= (long)got;
    }
    if (strcasestr(text, "\r\nconnection: close") != NULL) {
        line_close(l);
    }
    return status;
}

unsigned line_post(line *l, const line_place *place, const char *path, const void *body,
                   size_t size) {
    char head[512];
    if (l->ssl == NULL && !line_open(l, place, place->device)) {
        return 0;
    }
    int head_size = snprintf(head, sizeof head,
                             "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: "
                             "application/vnd.kinmu.push\r\nContent-Length: %zu\r\n\r\n",
                             path, place->host, size);
    /* One that is refused early answers before it has taken everything. */
    (void)(line_send(l, head, (size_t)head_size) && line_send(l, body, size));
    unsigned status = line_answer(l);
    if (status == 0) {
        line_close(l);
    }
    return status;
}
