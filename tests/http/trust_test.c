/* trust_test.c - the HTTP client and those it must not talk to: whose certificate is believed, who
 * is shown this node's own, what never goes out, and the way through a proxy. */
#include "bench.h"

#include "platform/platform.h"
#include "trust/agent.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- trust ---- */

/* Refused with these words, and the listener has got no request. */
static void expect_refused(const char *listener, kinmu_http_request request, const char *words) {
    unsigned connections = 0;
    unsigned before = 0;
    unsigned after = 0;
    result r = {0};
    ask_seen(listener, &connections, &before);
    fetch(&request, &r);
    ask_seen(listener, &connections, &after);
    if (strstr(r.text, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", listener, r.text, words);
    }
    assert_int_equal(r.status, KINMU_E_DENIED);
    assert_int_equal(r.code, 0);
    assert_int_equal(after, before);
    assert_int_equal(r.attempts, 1); /* and is not tried again */
    clear_result(&r);
}

static void bad_servers_get_nothing(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"expired", "its certificate has expired"},
        {"wrong-host", "its certificate is for another name"},
        {"self-signed", "its certificate is signed by itself"},
        {"stranger", "an authority that is not trusted here"},
        {"old", "it speaks no TLS 1.2 or 1.3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kinmu_http_request request = get(url(cases[i][0], "/hello"));
        request.retries_max = 3;
        expect_refused(cases[i][0], request, cases[i][1]);
    }
    kinmu_http_request request = get(url("good", "/hello"));
    request.trust = KINMU_HTTP_TRUST_SYSTEM; /* which does not know our authority */
    expect_refused("good", request, "an authority that is not trusted here");
    request = get(url("good", "/hello"));
    request.authority = "/nonexistent/ca.pem";
    expect_refused("good", request, "the file of trusted authorities cannot be read");
}

static char *read_pin(const char *name) {
    static char pin[64];
    char path[128];
    snprintf(path, sizeof path, "%s/%s.pin", b->folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(pin, sizeof pin, file));
    fclose(file);
    pin[strcspn(pin, "\n")] = '\0';
    return pin;
}

static void a_pin_is_checked_besides(void **state) {
    (void)state;
    result r = {0};
    kinmu_http_request request = get(url("good", "/hello"));
    request.pin = read_pin("good");
    fetch(&request, &r);
    assert_int_equal(r.code, 200);
    clear_result(&r);
    request.pin = read_pin("stranger");
    expect_refused("good", request, "its key is not the pinned one");
    /* the pin alone convinces, whoever signed */
    request = get(url("stranger", "/hello"));
    request.trust = KINMU_HTTP_TRUST_PIN;
    request.pin = read_pin("stranger");
    fetch(&request, &r);
    assert_int_equal(r.code, 200);
    clear_result(&r);
    request.pin = read_pin("good");
    expect_refused("stranger", request, "its key is not the pinned one");
    /* a connection that was trusted for one reason serves no other */
    request = get(url("stranger", "/hello"));
    expect_refused("stranger", request, "an authority that is not trusted here");
}

/* ---- the device's identity ---- */

static void enrol(void) {
    trust_agent agent = {.url = "https://localhost", .name = "pc"};
    buffer authority = {0};
    buffer certificate = {0};
    char path[256];
    snprintf(path, sizeof path, "%s/ca.pem", b->folder);
    assert_int_equal(trust_read_file(path, &authority, NULL), KINMU_OK);
    snprintf(path, sizeof path, "%s/client.pem", b->folder);
    assert_int_equal(trust_read_file(path, &certificate, NULL), KINMU_OK);
    assert_int_equal(trust_agent_save(b->data, &agent, &authority, &certificate, NULL), KINMU_OK);
    buffer_free(&authority);
    buffer_free(&certificate);
}

static void only_an_enrolled_node_shows_itself(void **state) {
    (void)state;
    result r = {0};
    unsigned connections = 0;
    unsigned requests = 0;
    kinmu_http_request request = get(url("mutual", "/who"));
    fetch(&request, &r); /* the server wants a certificate and gets none */
    expect_words(&r, KINMU_E_DENIED, "asks for a client certificate");
    clear_result(&r);
    request.trust = KINMU_HTTP_TRUST_DEVICE;
    request.authority = NULL;
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_DENIED);
    assert_non_null(strstr(r.text, "this node is not enrolled"));
    clear_result(&r);
    enrol();
    fetch(&request, &r);
    assert_string_equal(r.text, "");
    assert_string_equal(body_of(&r), "client");
    clear_result(&r);
    fetch(&request, &r);
    clear_result(&r);
    /* Another request to the same server, trusting the same file, does not get the connection that
     * shows this node's certificate. */
    request = get(url("mutual", "/who"));
    fetch(&request, &r);
    assert_int_not_equal(r.status, KINMU_OK);
    clear_result(&r);
    ask_seen("mutual", &connections, &requests);
    assert_int_equal(requests, 2);
    /* and the system's authorities, or a stranger's, are not the hub's */
    request = get(url("stranger", "/hello"));
    request.trust = KINMU_HTTP_TRUST_DEVICE;
    expect_refused("stranger", request, "an authority that is not trusted here");
    http_exchange *e = NULL;
    http_hooks hooks = {on_part, on_done, &r, NULL, 0, 0};
    request = get(url("mutual", "/who"));
    request.trust = KINMU_HTTP_TRUST_DEVICE;
    assert_int_equal(http_client_send(b->client, &request, &hooks, &e), KINMU_OK);
    wait_for(&r);
    assert_int_equal(r.status, KINMU_E_DENIED);
    assert_non_null(strstr(r.text, "only plugins shipped with Kinmu may"));
    clear_result(&r);
}

/* ---- requests that must not go out ---- */

static void expect_rejected(const kinmu_http_request *request, const char *words) {
    result r = {0};
    fetch(request, &r);
    if (strstr(r.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", r.text, words);
    }
    assert_int_equal(r.status, KINMU_E_REJECT);
    assert_int_equal(r.attempts, 0);
    clear_result(&r);
}

static void no_request_smuggles_another(void **state) {
    (void)state;
    static const kinmu_header headers[] = {
        {"X-A", "1\r\nX-B: 2"},
        {"X-A", "1\nX-B: 2"},
        {"X-A\r\nX-B", "1"},
        {"X A", "1"},
        {"", "1"},
        {"X-A:", "1"},
        {"Host", "other"},
        {"content-length", "5"},
        {"Transfer-Encoding", "chunked"},
        {"Connection", "upgrade"},
        {"Proxy-Authorization", "x"},
        {"X-A", "\x01"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        kinmu_http_request request = get(url("good", "/echo"));
        request.headers = &headers[i];
        request.header_count = 1;
        expect_rejected(&request, i < 2 || i == 11 ? "line end or another control"
                                  : i >= 6         ? "is set by the host"
                                                   : "header's name");
    }
    static const char *const urls[][2] = {
        {"ftp://127.0.0.1/", "neither https:// nor http://"},
        {"file:///etc/passwd", "neither https:// nor http://"},
        {"HTTPS://127.0.0.1/", "neither https:// nor http://"},
        {"https://user:pass@127.0.0.1/", "holds a user or a password"},
        {"https://127.0.0.1/\r\nX: y", "a blank, a control character"},
        {"https://127.0.0.1/a b", "a blank, a control character"},
        {"https:///path", "the URL names no host"},
        {"https://127.0.0.1:99999/", "the URL is not one"},
        {"http://192.0.2.1/", "for this computer only"},
        {"http://127.evil.example/", "for this computer only"},
        {"http://localhost.evil.example/", "for this computer only"},
    };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        kinmu_http_request request = get(urls[i][0]);
        expect_rejected(&request, urls[i][1]);
    }
    kinmu_http_request request = get(url("good", "/echo"));
    request.trust = 0;
    expect_rejected(&request, "names no trust");
    request = get(url("good", "/echo"));
    request.method = "TRACE";
    expect_rejected(&request, "the method is none of");
    request.method = "GET";
    request.body = "x";
    request.body_size = 1;
    expect_rejected(&request, "GET has no body");
    request = get(url("good", "/echo"));
    request.pin = "abc";
    expect_rejected(&request, "the pin is missing or not");
    request = get(url("good", "/echo"));
    request.flags = 0x80;
    expect_rejected(&request, "unknown flags");
    request = get(url("good", "/echo"));
    request.retries_max = KINMU_HTTP_RETRIES_MAX + 1;
    http_exchange *e = NULL;
    http_hooks hooks = {on_part, on_done, NULL, NULL, 1, 0};
    assert_int_equal(http_client_send(b->client, &request, &hooks, &e), KINMU_E_REJECT);
}

/* ---- proxy ---- */

static pid_t start_proxy(int port) {
    char path[128];
    char program[] = "tinyproxy";
    char flag[] = "-d";
    char conf[] = "-c";
    char *words[] = {program, flag, conf, path, NULL};
    snprintf(path, sizeof path, "%s/tinyproxy.conf", b->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "Port %d\nListen 127.0.0.1\nTimeout 20\nMaxClients 20\nLogLevel Critical\n"
            "BasicAuth kinmu secret1\n",
            port);
    fclose(file);
    return start_child(words, -1);
}

static int free_port(void) {
    uv_tcp_t probe;
    struct sockaddr_in address;
    int size = (int)sizeof address;
    uv_tcp_init(&b->loop, &probe);
    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_int_equal(uv_tcp_bind(&probe, (const struct sockaddr *)&address, 0), 0);
    uv_tcp_getsockname(&probe, (struct sockaddr *)&address, &size);
    uv_close((uv_handle_t *)&probe, NULL);
    uv_run(&b->loop, UV_RUN_NOWAIT);
    return (address.sin_port >> 8 & 0xFF) | (address.sin_port & 0xFF) << 8;
}

/* 0.0.0.0 is this computer, too, and by its name no loopback: so it goes through the proxy. */
static const char *far_url(const char *listener, const char *path) {
    static char text[256];
    snprintf(text, sizeof text, "https://0.0.0.0:%d%s", port_of(listener), path);
    return text;
}

static void a_proxy_wants_its_password(void **state) {
    (void)state;
    result r = {0};
    char address[64];
    int port = free_port();
    pid_t proxy = start_proxy(port);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", port);
    http_client_settings through = b->settings;
    through.proxy = address;
    through.proxy_user = "kinmu";
    through.proxy_password = "secret1";
    assert_int_equal(http_client_configure(b->client, &through), KINMU_OK);
    kinmu_http_request request = get(far_url("good", "/hello"));
    for (int i = 0; i < 100 && r.code != 200; i++) { /* until it listens */
        clear_result(&r);
        usleep(20000);
        fetch(&request, &r);
    }
    assert_string_equal(body_of(&r), "hello");
    clear_result(&r);
    request = get(far_url("expired", "/hello")); /* a proxy changes nothing about trust */
    expect_refused("expired", request, "its certificate has expired");
    through.proxy_password = "wrong";
    assert_int_equal(http_client_configure(b->client, &through), KINMU_OK);
    request = get(far_url("good", "/hello"));
    fetch(&request, &r);
    expect_words(&r, KINMU_E_DENIED, "does not accept user and password");
    clear_result(&r);
    through.proxy_except = "0.0.0.0";
    assert_int_equal(http_client_configure(b->client, &through), KINMU_OK);
    fetch(&request, &r);
    assert_int_equal(r.code, 200); /* straight */
    clear_result(&r);
    kill(proxy, SIGKILL);
    waitpid(proxy, NULL, 0);
    through.proxy_except = NULL;
    assert_int_equal(http_client_configure(b->client, &through), KINMU_OK);
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_RETRY);
    assert_non_null(strstr(r.text, address)); /* it is the proxy that is missing */
    clear_result(&r);
    request = get(url("good", "/hello"));
    fetch(&request, &r);
    assert_int_equal(r.code, 200); /* this computer is reached without it */
    clear_result(&r);
    assert_int_equal(http_client_configure(b->client, &b->settings), KINMU_OK);
    request = get(far_url("good", "/hello"));
    assert_int_equal(setenv("https_proxy", address, 1), 0);
    fetch(&request, &r);
    assert_int_equal(r.code, 200); /* the environment does not count */
    clear_result(&r);
    through = b->settings;
    through.proxy_from_environment = 1;
    assert_int_equal(http_client_configure(b->client, &through), KINMU_OK);
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_RETRY); /* now it does, and that proxy is gone */
    clear_result(&r);
    assert_int_equal(unsetenv("https_proxy"), 0);
    assert_int_equal(http_client_configure(b->client, &b->settings), KINMU_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_servers_get_nothing),
        cmocka_unit_test(a_pin_is_checked_besides),
        cmocka_unit_test(only_an_enrolled_node_shows_itself),
        cmocka_unit_test(no_request_smuggles_another),
        cmocka_unit_test(a_proxy_wants_its_password),
    };
    return cmocka_run_group_tests(tests, begin_bench, end_bench);
}
