/* http_load_bench.c PORT PID get|post|handshake CONNECTIONS SECONDS NAME - loads a server of ours
 * or the bare loop with the same bytes: a thread a connection, one request at a time, TLS 1.3.
 * Prints how many a second, and what CPU time of the server (process PID) each took. */
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_SIZE 128u
#define BODY_SIZE 65536u
#define CONNECTIONS_MAX 256

static SSL_CTX *context;
static int port;
static char request[HEAD_SIZE + BODY_SIZE];
static size_t request_size;
static int is_handshake;
static _Atomic int is_over;
static _Atomic long done;

/* Exactly HEAD_SIZE bytes, so that the bare loop need not look at them. */
static void make_request(const char *kind) {
    int is_post = strcmp(kind, "post") == 0;
    char begin[HEAD_SIZE];
    int size =
        snprintf(begin, sizeof begin,
                 "%s /%s HTTP/1.1\r\nHost: localhost\r\n%sX-Fill: ", is_post ? "POST" : "GET",
                 is_post ? "stream" : "get", is_post ? "Content-Length: 65536\r\n" : "");
    memset(request, 'x', sizeof request);
    memcpy(request, begin, (size_t)size);
    memcpy(request + HEAD_SIZE - 4, "\r\n\r\n", 4);
    request_size = HEAD_SIZE + (is_post ? BODY_SIZE : 0);
}

static SSL *open_one(int *fd) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct linger at_once = {1, 0}; /* no TIME_WAIT: thousands a second */
    const int on = 1;
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    measure_must(connect(*fd, (struct sockaddr *)&at, sizeof at), "connect", "failed");
    (void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, *fd);
    measure_must(SSL_connect(ssl) != 1, "handshake", "failed");
    return ssl;
}

static void ask(SSL *ssl) {
    char answer[4096];
    size_t got = 0;
    measure_must(SSL_write(ssl, request, (int)request_size) != (int)request_size, "write",
                 "failed");
    do {
        int more = SSL_read(ssl, answer + got, (int)(sizeof answer - got));
        measure_must(more <= 0, "read", "the server ended");
        got += (size_t)more;
    } while (got < 34 || memcmp(answer + got - 4, "\"}\r\n", 4) != 0);
}

static void *work(void *user) {
    int fd;
    (void)user;
    if (is_handshake) {
        while (!is_over) {
            SSL *ssl = open_one(&fd);
            ask(ssl);
            SSL_free(ssl);
            close(fd);
            done++;
        }
        return NULL;
    }
    SSL *ssl = open_one(&fd);
    while (!is_over) {
        ask(ssl);
        done++;
    }
    SSL_free(ssl);
    close(fd);
    return NULL;
}

static double cpu_s(pid_t pid) {
    clockid_t clock;
    struct timespec spent;
    measure_must(clock_getcpuclockid(pid, &clock), "cpu clock", "no such process");
    (void)clock_gettime(clock, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

int main(int count, char **words) {
    pthread_t threads[CONNECTIONS_MAX];
    measure_must(count != 7, "usage", "PORT PID get|post|handshake CONNECTIONS SECONDS NAME");
    port = (int)strtol(words[1], NULL, 10);
    pid_t pid = (pid_t)strtol(words[2], NULL, 10);
    long connections = strtol(words[4], NULL, 10);
    const char *name = words[6];
    measure_must(connections < 1 || connections > CONNECTIONS_MAX, "usage", "1 to 256 connections");
    is_handshake = strcmp(words[3], "handshake") == 0;
    make_request(words[3]);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    for (long i = 0; i < connections; i++) {
        measure_must(pthread_create(&threads[i], NULL, work, NULL), "thread", "not started");
    }
    (void)usleep(200000);
    long first = done;
    double cpu = cpu_s(pid);
    double begin = measure_now_s();
    (void)usleep((useconds_t)(strtod(words[5], NULL) * 1e6));
    double spent = measure_now_s() - begin;
    double answered = (double)(done - first);
    double each_us = (cpu_s(pid) - cpu) / answered * 1e6;
    is_over = 1;
    for (long i = 0; i < connections; i++) {
        pthread_join(threads[i], NULL);
    }
    measure_print(name, answered / spent);
    measure_print_of(name, ".cpu_us", each_us);
    return 0;
}
