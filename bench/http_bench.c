/* http_bench.c CERTIFICATE KEY - the HTTP server with a handler that answers at once: GET gets 32
 * bytes, a body is counted and thrown away. Prints its port and serves until it is killed. */
#include "http/server.h"
#include "measure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static http_server *server;

static void judge(void *user, const http_request *request, http_verdict *verdict) {
    static int32_t token;
    (void)user;
    verdict->token = &token;
    verdict->body_bytes_max = 1u << 20;
    verdict->is_streamed = strcmp(request->head.path, "/stream") == 0;
}

static void begin(void *user, http_request *request, void *token) {
    (void)user;
    (void)request;
    (void)token;
}

static void part(void *user, uint64_t id, void *token, buffer *data, int32_t is_last) {
    static const kinmu_header type = {"Content-Type", "application/json"};
    static const char body[] = "{\"ok\":true,\"note\":\"32 bytes.\"}\r\n";
    (void)user;
    (void)token;
    (void)data;
    if (is_last) {
        (void)http_server_answer(server, id, 200, &type, 1, body, sizeof body - 1);
    } else {
        (void)http_server_resume(server, id);
    }
}

static void drained(void *user, uint64_t id, void *token, size_t bytes) {
    (void)user;
    (void)id;
    (void)token;
    (void)bytes;
}

static void gone(void *user, uint64_t id, void *token, int32_t is_complete) {
    (void)user;
    (void)id;
    (void)token;
    (void)is_complete;
}

static void stopped(void *user) {
    (void)user;
}

int main(int count, char **words) {
    const http_handler handler = {NULL, judge, begin, part, drained, gone, stopped};
    kinmu_err err = {{0}, {0}};
    measure_must(count != 3, "usage", "http_bench CERTIFICATE KEY");
    http_settings settings = {.listeners = {{"127.0.0.1:0", 0, HTTP_CLIENTS_OPTIONAL}},
                              .listener_count = 1,
                              .certificate = words[1],
                              .key = words[2],
                              .connections_max = 20000,
                              .connections_per_address_max = 20000};
    measure_must(http_server_create(&settings, &handler, &server, &err), "server", err.msg);
    printf("%u\n", http_server_port(server, 0));
    (void)fflush(stdout);
    pause();
    return 0;
}
