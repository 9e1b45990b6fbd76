/* http_server_test.c - the server by raw sockets: what a client sees of framing, limits, time-outs,
 * back-pressure and stopping. Plain text, since TLS changes none of it (tests/e2e/http_tls.sh). */
#include "http_fixture.h"

static fixture f;

#define CLOSE "Connection: close\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\n"

static int open_default(void **state) {
    (void)state;
    fixture_open(&f, 64, 64, 1);
    return 0;
}

/* Time-outs in thousandths: 10 s are 10 ms; swept every 250 ms. */
static int open_hasty(void **state) {
    (void)state;
    fixture_open(&f, 64, 64, 1000);
    return 0;
}

static int open_small(void **state) {
    (void)state;
    fixture_open(&f, 8, 4, 1);
    return 0;
}

static int close_it(void **state) {
    (void)state;
    fixture_close(&f);
    return 0;
}

/* ---- framing ---- */

static void bodies_come_back(void **state) {
    (void)state;
    const char *answer = client_ask(&f, POST("/echo") CLOSE "Content-Length: 5\r\n\r\nhello");
    assert_true(starts_with(answer, "HTTP/1.1 200 OK\r\nDate: "));
    assert_non_null(strstr(answer, "\r\nContent-Length: 5\r\n"));
    assert_non_null(strstr(answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(answer, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    assert_null(strstr(answer, "Server:"));
    assert_non_null(strstr(answer, "\r\n\r\nhello"));
    answer = client_ask(&f, POST("/echo") CLOSE "Transfer-Encoding: chunked\r\n\r\n"
                                                "3\r\nhel\r\n2;x\r\nlo\r\n0\r\nT: 1\r\n\r\n");
    assert_non_null(strstr(answer, "\r\n\r\nhello"));
    answer = client_ask(&f, GET("/echo") CLOSE "\r\n");
    assert_non_null(strstr(answer, "Content-Length: 0\r\n"));
}

static void head_and_old_clients_are_served(void **state) {
    (void)state;
    const char *answer = client_ask(&f, "HEAD /parts HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n");
    assert_true(starts_with(answer, "HTTP/1.1 200 OK\r\n"));
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    answer = client_ask(&f, "GET /parts HTTP/1.0\r\n\r\n");
    assert_null(strstr(answer, "chunked"));
    assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), 100000); /* until the end */
}

static void answers_in_parts_are_chunked(void **state) {
    char text[200000];
    (void)state;
    int fd = client_open(&f);
    client_send(fd, GET("/parts") "\r\n" GET("/echo") CLOSE "\r\n",
                sizeof GET("/parts") + 1 + sizeof GET("/echo") CLOSE + 1);
    size_t size = client_read(fd, text, sizeof text, NULL, 3000);
    char *body = strstr(text, "\r\n\r\n") + 4;
    assert_non_null(strstr(text, "Transfer-Encoding: chunked\r\n"));
    for (int i = 0; i < 100; i++) {
        assert_memory_equal(body, "3e8\r\np", 6);
        assert_memory_equal(body + 5 + 999, "p\r\n", 3);
        body += 5 + 1000 + 2;
    }
    assert_memory_equal(body, "0\r\n\r\nHTTP/1.1 200 OK", 20); /* the next answer follows at once */
    assert_true(size > 100000);
    close(fd);
}

static void pipelined_requests_are_answered_in_order(void **state) {
    char text[8192];
    (void)state;
    int fd = client_open(&f);
    const char *three = POST("/echo") "Content-Length: 1\r\n\r\n1" GET("/none") "\r\n" POST("/echo")
        CLOSE "Content-Length: 1\r\n\r\n3";
    client_send(fd, three, strlen(three));
    client_read(fd, text, sizeof text, NULL, 3000);
    const char *first = strstr(text, "\r\n\r\n1HTTP/1.1 404 Not Found\r\n");
    assert_non_null(first);
    assert_non_null(strstr(first, "\"title\":\"Not Found\"}\nHTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(first, "Content-Type: application/problem+json\r\n"));
    assert_string_equal(text + strlen(text) - 5, "\r\n\r\n3" + 0);
    close(fd);
}

static void a_bad_request_ends_the_connection(void **state) {
    (void)state;
    const char *answer =
        client_ask(&f, POST("/echo") "Content-Length: 4\r\nTransfer-Encoding: "
                                     "chunked\r\n\r\n0\r\n\r\n" GET("/echo") "\r\n");
    assert_true(starts_with(answer, "HTTP/1.1 400 Bad Request\r\n"));
    assert_null(strstr(answer + 1, "HTTP/1.1")); /* what follows is not a request */
    answer =
        client_ask(&f, POST("/echo") "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" GET(
                           "/echo") "\r\n");
    assert_true(starts_with(answer, "HTTP/1.1 400 Bad Request\r\n"));
    assert_null(strstr(answer + 1, "HTTP/1.1"));
    answer = client_ask(&f, "\x16\x03\x01\x02\x01 garbage\r\n\r\n");
    assert_true(starts_with(answer, "HTTP/1.1 400 Bad Request\r\n"));
    assert_int_equal(http_server_figures(f.s)->bad_requests, 3);
}

static void bodies_are_bounded(void **state) {
    (void)state;
    const char *answer = client_ask(&f, POST("/echo") "Content-Length: 1048577\r\n\r\nx");
    assert_true(starts_with(answer, "HTTP/1.1 413 "));
    char *large = malloc(1100000);
    char text[4096];
    assert_non_null(large);
    memset(large, 'x', 1100000);
    int fd = client_open(&f);
    client_send(fd, POST("/echo") "Transfer-Encoding: chunked\r\n\r\n200000\r\n",
                strlen(POST("/echo") "Transfer-Encoding: chunked\r\n\r\n200000\r\n"));
    client_send(fd, large, 1100000);
    client_read(fd, text, sizeof text, "\r\n\r\n", 3000);
    assert_true(starts_with(text, "HTTP/1.1 413 "));
    close(fd);
    free(large);
    for (int i = 0; http_server_figures(f.s)->bodies_bytes != 0 && i < 300; i++) {
        usleep(10000);
    }
    assert_int_equal(http_server_figures(f.s)->bodies_bytes, 0);
}

static void a_client_that_asks_first_is_told_to_go_on(void **state) {
    char text[4096];
    (void)state;
    int fd = client_open(&f);
    const char *head = POST("/echo") "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    client_send(fd, head, strlen(head));
    client_read(fd, text, sizeof text, "\r\n\r\n", 3000);
    assert_string_equal(text, "HTTP/1.1 100 Continue\r\n\r\n");
    client_send(fd, "ok", 2);
    client_read(fd, text, sizeof text, "ok", 3000);
    assert_true(starts_with(text, "HTTP/1.1 200 OK\r\n"));
    close(fd);
    const char *answer = client_ask(&f, POST("/echo") "Expect: 100-continue\r\nContent-Length: "
                                                      "9999999\r\n\r\n");
    assert_true(starts_with(answer, "HTTP/1.1 413 ")); /* and is not told to send */
}

static void a_large_body_streams(void **state) {
    char text[4096];
    (void)state;
    const size_t size = 20u << 20;
    char *body = calloc(1, size);
    int fd = client_open(&f);
    int length =
        snprintf(text, sizeof text, POST("/size") CLOSE "Content-Length: %zu\r\n\r\n", size);
    assert_non_null(body);
    client_send(fd, text, (size_t)length);
    client_send(fd, body, size);
    client_read(fd, text, sizeof text, NULL, 5000);
    assert_non_null(strstr(text, "\r\n\r\n20971520"));
    assert_true(f.parts >= 20u * 16);
    close(fd);
    free(body);
}

/* ---- back-pressure ---- */

static void a_slow_handler_slows_its_client(void **state) {
    (void)state;
    static char chunk[65536];
    const char *head = POST("/hold") "Content-Length: 1000000000\r\n\r\n";
    size_t sent = 0;
    int fd = client_open(&f);
    client_send(fd, head, strlen(head));
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    while (sent < (64u << 20) && poll(&ready, 1, 300) > 0) {
        ssize_t more = send(fd, chunk, sizeof chunk, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += more > 0 ? (size_t)more : 0;
    }
    assert_true(sent < (32u << 20)); /* what the system's own buffers take */
    assert_int_equal(f.parts, 1);
    assert_true(http_server_figures(f.s)->bodies_bytes <= KINMU_ROUTE_PART_BYTES_MAX);
    close(fd);
}

static void a_slow_client_slows_its_handler(void **state) {
    char text[4096];
    (void)state;
    int fd = client_open(&f);
    client_send(fd, GET("/flood") "\r\n", strlen(GET("/flood") "\r\n"));
    client_read(fd, text, sizeof text, "\r\n\r\n", 3000);
    usleep(300000);
    assert_true(f.unsent_max <= KINMU_ROUTE_UNSENT_BYTES_MAX + FIXTURE_PART);
    close(fd);
    wait_until(&f.gone, 1);
}

static void a_stream_of_events_stays_open(void **state) {
    char text[4096];
    (void)state;
    int fd = client_open(&f);
    client_send(fd, GET("/events") "\r\n", strlen(GET("/events") "\r\n"));
    client_read(fd, text, sizeof text, "data: 1\n\n", 3000);
    assert_non_null(strstr(text, "\r\nContent-Type: text/event-stream\r\n"));
    assert_false(client_is_closed(fd, 700));
    close(fd);
    wait_until(&f.gone, 1); /* the handler hears that nobody listens */
}

static void a_short_answer_breaks_off(void **state) {
    (void)state;
    const char *answer = client_ask(&f, GET("/short") "\r\n" GET("/echo") "\r\n");
    assert_null(strstr(answer + 1, "HTTP/1.1 2")); /* never taken for the next answer */
    wait_until(&f.gone, 1);
    assert_int_equal(f.complete, 0);
}

/* ---- time and room ---- */

static void slow_peers_are_ended(void **state) {
    char text[4096];
    (void)state;
    int silent = client_open(&f);
    int head = client_open(&f);
    int body = client_open(&f);
    int never = client_open(&f);
    int held = client_open(&f);
    client_send(head, "GET / HT", 8);
    client_send(body, POST("/echo") "Content-Length: 9\r\n\r\nx",
                strlen(POST("/echo") "Content-Length: 9\r\n\r\nx"));
    client_send(never, GET("/never") "\r\n", strlen(GET("/never") "\r\n"));
    client_send(held, POST("/hold") "Content-Length: 900000\r\n\r\nx",
                strlen(POST("/hold") "Content-Length: 900000\r\n\r\nx"));
    assert_true(client_is_closed(silent, 3000));
    client_read(head, text, sizeof text, NULL, 3000);
    assert_true(starts_with(text, "HTTP/1.1 408 "));
    client_read(body, text, sizeof text, NULL, 3000);
    assert_true(starts_with(text, "HTTP/1.1 408 "));
    client_read(never, text, sizeof text, NULL, 3000);
    assert_true(starts_with(text, "HTTP/1.1 504 "));
    client_read(held, text, sizeof text, NULL, 3000);
    assert_true(starts_with(text, "HTTP/1.1 504 "));
    assert_int_equal(http_server_figures(f.s)->unanswered, 2);
    close(silent);
    close(head);
    close(body);
    close(never);
    close(held);
}

static void a_peer_that_does_not_read_is_ended(void **state) {
    (void)state;
    int fd = client_open(&f);
    client_send(fd, GET("/flood") "\r\n", strlen(GET("/flood") "\r\n"));
    wait_until(&f.gone, 1);
    assert_int_equal(http_server_figures(f.s)->timeouts, 1);
    close(fd);
}

static void who_waits_makes_room_for_who_asks(void **state) {
    int waiting[8];
    (void)state;
    for (int i = 0; i < 8; i++) { /* two addresses, both at their limit: the server is full */
        waiting[i] = client_open_from(&f, i < 4 ? "127.0.0.2" : "127.0.0.3");
        client_send(waiting[i], "GET /", 5);
    }
    wait_until((const _Atomic uint32_t *)&f.begun, 0);
    const char *answer = client_ask(&f, GET("/echo") CLOSE "\r\n");
    assert_true(starts_with(answer, "HTTP/1.1 200 OK\r\n"));
    assert_true(client_is_closed(waiting[0], 3000)); /* the one that waited longest */
    assert_false(client_is_closed(waiting[7], 100));
    int fifth = client_open_from(&f, "127.0.0.3"); /* its own kind makes room for it */
    assert_true(client_is_closed(waiting[4], 3000));
    close(fifth);
    for (int i = 0; i < 8; i++) {
        close(waiting[i]);
    }
}

static void working_connections_are_not_evicted(void **state) {
    int working[4];
    (void)state;
    for (int i = 0; i < 4; i++) {
        working[i] = client_open(&f);
        client_send(working[i], GET("/never") "\r\n", strlen(GET("/never") "\r\n"));
    }
    wait_until(&f.begun, 4);
    int fd = client_open(&f); /* the fifth of this address: refused */
    assert_true(client_is_closed(fd, 3000));
    close(fd);
    assert_int_equal(http_server_figures(f.s)->refused_full, 1);
    for (int i = 0; i < 4; i++) {
        assert_false(client_is_closed(working[i], 50));
        close(working[i]);
    }
}

static void thousands_of_half_open_ones_harm_nobody(void **state) {
    (void)state;
    fixture_open(&f, 4000, 4000, 1);
    int *half = malloc(900 * sizeof *half);
    assert_non_null(half);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 900; i++) {
            half[i] = client_open_from(&f, "127.0.0.2");
            client_send(half[i], "GET / HTTP/1.1\r\nHost: a\r\nX: ", 27);
            if (i % 30 == 0) {
                struct timespec begin;
                struct timespec end;
                clock_gettime(CLOCK_MONOTONIC, &begin);
                const char *answer = client_ask(&f, GET("/echo") CLOSE "\r\n");
                clock_gettime(CLOCK_MONOTONIC, &end);
                assert_true(starts_with(answer, "HTTP/1.1 200 OK\r\n"));
                assert_true(end.tv_sec - begin.tv_sec < 2);
            }
        }
        for (int i = 0; i < 900; i++) {
            close(half[i]);
        }
    }
    free(half);
    fixture_close(&f);
}

/* ---- stopping ---- */

static void a_stop_lets_answers_out(void **state) {
    char text[4096];
    (void)state;
    int idle = client_open(&f);
    int events = client_open(&f);
    int body = client_open(&f);
    client_send(events, GET("/events") "\r\n", strlen(GET("/events") "\r\n"));
    client_send(body, POST("/size") "Content-Length: 5\r\n\r\nhe",
                strlen(POST("/size") "Content-Length: 5\r\n\r\nhe"));
    wait_until(&f.begun, 2);
    http_server_stop(f.s, 5000);
    assert_true(client_is_closed(idle, 2000));
    client_send(body, "llo", 3);
    client_read(body, text, sizeof text, NULL, 3000);
    assert_true(starts_with(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "Connection: close\r\n"));
    assert_true(client_is_closed(events, 3000));
    wait_until(&f.stopped, 1);
    close(idle);
    close(events);
    close(body);
}

static void what_cannot_be_is_refused_at_start(void **state) {
    http_settings settings = {.listeners = {{"0.0.0.0:0", 1, HTTP_CLIENTS_OFF}},
                              .listener_count = 1,
                              .connections_max = 4,
                              .connections_per_address_max = 4};
    const http_handler handler = {0};
    http_server *s = NULL;
    kinmu_err err = {{0}, {0}};
    (void)state;
    assert_int_equal(http_server_create(&settings, &handler, &s, &err), KINMU_E_CONFIG);
    assert_string_equal(err.key, "http.plain");
    settings.listeners[0].address = "localhost:80";
    assert_int_equal(http_server_create(&settings, &handler, &s, &err), KINMU_E_CONFIG);
    assert_string_equal(err.key, "http.address");
    settings.listeners[0] = (http_listener){"127.0.0.1:0", 0, HTTP_CLIENTS_OFF};
    settings.certificate = "/nowhere/server.pem";
    settings.key = "/nowhere/server.key";
    assert_int_equal(http_server_create(&settings, &handler, &s, &err), KINMU_E_CONFIG);
    assert_string_equal(err.key, "http.certificate");
    assert_null(s);
}

#define TEST(name, opening) cmocka_unit_test_setup_teardown(name, opening, close_it)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(bodies_come_back, open_default),
        TEST(head_and_old_clients_are_served, open_default),
        TEST(answers_in_parts_are_chunked, open_default),
        TEST(pipelined_requests_are_answered_in_order, open_default),
        TEST(a_bad_request_ends_the_connection, open_default),
        TEST(bodies_are_bounded, open_default),
        TEST(a_client_that_asks_first_is_told_to_go_on, open_default),
        TEST(a_large_body_streams, open_default),
        TEST(a_slow_handler_slows_its_client, open_default),
        TEST(a_slow_client_slows_its_handler, open_default),
        TEST(a_stream_of_events_stays_open, open_default),
        TEST(a_short_answer_breaks_off, open_default),
        TEST(slow_peers_are_ended, open_hasty),
        TEST(a_peer_that_does_not_read_is_ended, open_hasty),
        TEST(who_waits_makes_room_for_who_asks, open_small),
        TEST(working_connections_are_not_evicted, open_small),
        cmocka_unit_test(thousands_of_half_open_ones_harm_nobody),
        TEST(a_stop_lets_answers_out, open_default),
        cmocka_unit_test(what_cannot_be_is_refused_at_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
