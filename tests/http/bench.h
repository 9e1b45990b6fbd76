/* bench.h - what the tests of the HTTP client share: a folder with certificates, the peer (peer.py)
 * as a child that ends with this process, a client on a loop, and requests made one at a time. */
#ifndef HTTP_BENCH_H
#define HTTP_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "http/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BENCH_WAIT_MS 20000u

typedef struct bench {
    char folder[64];
    pid_t peer;
    int peer_input;
    uv_loop_t loop;
    http_client *client;
    http_client_settings settings;
    char authority[128];
    char data[128];
} bench;

extern bench *b;

/* What came of the last request. */
typedef struct result {
    int32_t is_done;
    int32_t status;
    uint32_t code;
    uint32_t attempts;
    char text[512];
    char header[256]; /* value of the header asked for by `want` */
    const char *want;
    buffer body;
    buffer parts;
    uint32_t hold_every; /* parts are answered E_BUSY that often; 0 = never */
    uint32_t part_count;
    int32_t part_status;
    int32_t is_held;
} result;

/* Hooks for http_client_send; user is a result. */
int32_t on_part(void *user, const void *data, uint32_t size);
void on_done(void *user, const kinmu_http_response *response);
void clear_result(result *r);
const char *body_of(result *r);

/* "https://127.0.0.1:PORT/path" of a listener of peer.py; a few may be in use at once. */
const char *url(const char *listener, const char *path);
int port_of(const char *listener);
/* A GET that trusts the test's good authority. */
kinmu_http_request get(const char *address);
/* Sends and returns; sends and turns the loop until the result is there. */
http_exchange *begin(const kinmu_http_request *request, result *r, const char *secret);
void fetch(const kinmu_http_request *request, result *r);
void wait_for(const result *r);
void expect_words(const result *r, int32_t status, const char *words);
/* Connections and requests a listener has seen. */
void ask_seen(const char *listener, unsigned *connections, unsigned *requests);

void open_client(void);
void close_client(void); /* and turns the loop until nothing is left in it */
void run_and_wait(char *const *words);
/* A child that ends with this process, whatever happens to it; input -1 = none. */
pid_t start_child(char *const *words, int input);
/* Folder, device, certificates, peer and client for a group of tests. */
int begin_bench(void **state);
int end_bench(void **state);

#endif
