/* http_parse_test.c - heads, paths and chunked bodies: what is read, and that whatever two programs
 * could read differently is refused (the request smuggling corpus). */
#include "http/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The status of a text as a request's head; 0 = read, and then *head is the caller's. */
static uint32_t read_text(const char *text, size_t size, http_head *head) {
    size_t scanned = 0;
    int64_t found = http_find_head((const uint8_t *)text, size, &scanned);
    memset(head, 0, sizeof *head);
    if (found <= 0) {
        return found == 0 ? 999 : (uint32_t)-found;
    }
    char *copy = malloc((size_t)found + 1);
    assert_non_null(copy);
    memcpy(copy, text, (size_t)found);
    return http_read_head(copy, (size_t)found, head);
}

static uint32_t status_of(const char *text) {
    http_head head;
    uint32_t status = read_text(text, strlen(text), &head);
    http_head_free(&head);
    return status;
}

static void a_plain_request_is_read(void **state) {
    static const char text[] =
        "POST /ingest/v1/push?a=b%20c HTTP/1.1\r\nHost: Hub.example:8443\r\n"
        "Content-Length: 12\r\nX-Note: \t caf\xc3\xa9 \t\r\nX-Empty:\r\n\r\nbody";
    http_head head;
    (void)state;
    assert_int_equal(read_text(text, sizeof text - 1, &head), 0);
    assert_string_equal(head.method, "POST");
    assert_string_equal(head.path, "/ingest/v1/push");
    assert_string_equal(head.query, "a=b%20c");
    assert_string_equal(head.host, "Hub.example:8443");
    assert_int_equal(head.body_size, 12);
    assert_true(head.keeps_alive);
    assert_int_equal(head.header_count, 4);
    assert_string_equal(http_head_find(&head, "x-note"), "caf\xc3\xa9");
    assert_string_equal(http_head_find(&head, "x-empty"), "");
    assert_null(http_head_find(&head, "x-none"));
    http_head_free(&head);
}

static void forms_of_a_request_are_understood(void **state) {
    http_head head;
    (void)state;
    assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_int_equal(status_of("GET http://a.example/x HTTP/1.1\r\nHost: A.example\r\n\r\n"), 0);
    assert_int_equal(status_of("GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"), 0);
    assert_int_equal(status_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"),
                     0);
    const char *text =
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\nExpect: 100-Continue\r\n"
        "Content-Length: 1\r\n\r\n";
    assert_int_equal(read_text(text, strlen(text), &head), 0);
    assert_false(head.keeps_alive);
    assert_true(head.expects_continue);
    http_head_free(&head);
}

typedef struct bad_head {
    uint32_t status;
    const char *text;
} bad_head;

#define HEAD "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static const bad_head bad_heads[] = {
    /* framing: ASVS 4.2.1, RFC 9112 section 11.2 */
    {400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"},
    {400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"},
    {400, POST "Content-Length: 5, 5\r\n\r\n"},
    {400, POST "Content-Length: +5\r\n\r\n"},
    {400, POST "Content-Length: -1\r\n\r\n"},
    {400, POST "Content-Length: 0x5\r\n\r\n"},
    {400, POST "Content-Length: 5 5\r\n\r\n"},
    {400, POST "Content-Length:\r\n\r\n"},
    {400, POST "Content-Length: 99999999999999999999\r\n\r\n"},
    {400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"},
    {400, POST "Transfer-Encoding: identity\r\n\r\n"},
    {400, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked, identity\r\n\r\n"},
    {400, POST "Transfer-Encoding: xchunked\r\n\r\n"},
    {400, POST "Transfer-Encoding: \x0b"
               "chunked\r\n\r\n"},
    {400, POST "Transfer-Encoding : chunked\r\n\r\n"},
    {400, POST "Transfer-Encoding\t: chunked\r\n\r\n"},
    {400, POST " Transfer-Encoding: chunked\r\n\r\n"},
    {400, POST "X: 1\r\n Transfer-Encoding: chunked\r\n\r\n"},
    {400, POST "X: 1\r\n\tfolded\r\n\r\n"},
    {400, POST "X: 1\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, POST "X: 1\rTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
    /* lines */
    {400, "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET / \r\nHost: a\r\n\r\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {400, HEAD ": empty\r\n\r\n"},
    {400, HEAD "no colon\r\n\r\n"},
    {400, HEAD "X(Y): 1\r\n\r\n"},
    {400, HEAD "X: \x01\r\n\r\n"},
    {400, HEAD "X: \x7f\r\n\r\n"},
    {400, HEAD "X: \xff\r\n\r\n"},
    {400, HEAD "X\xc3\xa9: 1\r\n\r\n"},
    /* hosts */
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {400, HEAD "Host: a\r\n\r\n"},
    {400, HEAD "Host: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:port\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
    /* methods, versions, expectations */
    {501, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
    {501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
    {505, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\n"},
    {417, POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n"},
    {400, POST "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"},
    {400, HEAD "Authorization: a\r\nAuthorization: b\r\n\r\n"},
    {999, "GET / HTTP/1.1\r\nHost: a\r\n"},
};

static void ambiguous_heads_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_heads / sizeof bad_heads[0]; i++) {
        uint32_t status = status_of(bad_heads[i].text);
        int32_t is_method = strncmp(bad_heads[i].text, "PRI", 3) == 0; /* either is right */
        if (status != bad_heads[i].status && !(is_method && status >= 400 && status < 506)) {
            fail_msg("%u instead of %u for:\n%s", status, bad_heads[i].status, bad_heads[i].text);
        }
    }
}

static void a_zero_byte_is_refused(void **state) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
    http_head head;
    (void)state;
    assert_int_equal(read_text(text, sizeof text - 1, &head), 400);
}

static uint32_t status_of_filled(const char *before, size_t filling, const char *after) {
    size_t size = strlen(before) + filling + strlen(after);
    char *text = malloc(size + 1);
    http_head head;
    assert_non_null(text);
    memcpy(text, before, strlen(before));
    memset(text + strlen(before), 'a', filling);
    memcpy(text + strlen(before) + filling, after, strlen(after) + 1);
    uint32_t status = read_text(text, size, &head);
    http_head_free(&head);
    free(text);
    return status;
}

static void large_heads_are_refused(void **state) {
    (void)state;
    assert_int_equal(status_of_filled("GET /", 4000, " HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_int_equal(status_of_filled("GET /", 4097, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
    assert_int_equal(status_of_filled(HEAD "X: ", 8000, "\r\n\r\n"), 0);
    assert_int_equal(status_of_filled(HEAD "X: ", 8300, "\r\n\r\n"), 431);
    assert_int_equal(status_of_filled(HEAD "X: ", 17000, "\r\n\r\n"), 431);
    char many[4096] = HEAD;
    for (int i = 0; i < 63; i++) {
        (void)snprintf(many + strlen(many), 16, "X: 1\r\n");
    }
    (void)snprintf(many + strlen(many), 16, "\r\n");
    assert_int_equal(status_of(many), 0);
    many[strlen(many) - 2] = '\0';
    (void)snprintf(many + strlen(many), 16, "X: 1\r\n\r\n");
    assert_int_equal(status_of(many), 431);
}

static void a_head_may_trickle_in(void **state) {
    static const char text[] = HEAD "X: 1\r\n\r\nrest";
    size_t scanned = 0;
    (void)state;
    for (size_t size = 1; size < sizeof text - 1 - 4; size++) {
        assert_int_equal(http_find_head((const uint8_t *)text, size, &scanned), 0);
        assert_int_equal(scanned, size);
    }
    assert_int_equal(http_find_head((const uint8_t *)text, sizeof text - 1, &scanned),
                     sizeof text - 1 - 4);
}

static void check_path(const char *path, const char *clean) {
    char copy[256];
    snprintf(copy, sizeof copy, "%s", path);
    uint32_t status = http_clean_path(copy);
    if (clean == NULL ? status != 400 : status != 0 || strcmp(copy, clean) != 0) {
        fail_msg("\"%s\": %u \"%s\"", path, status, copy);
    }
}

static void paths_are_settled_once(void **state) {
    (void)state;
    check_path("/", "/");
    check_path("/a/b", "/a/b");
    check_path("/a/", "/a/");
    check_path("/%61%2520", "/a%20"); /* once */
    check_path("/%e5%8b%a4", "/\xe5\x8b\xa4");
    check_path("/a/./b/../c", "/a/c");
    check_path("/a/b/..", "/a/");
    check_path("/a/.", "/a/");
    check_path("/.", "/");
    check_path("/a/..", "/");
    check_path("/a/%2e%2e/b", "/b");
    check_path("/...", "/...");
    check_path("/..", NULL);
    check_path("/a/../..", NULL);
    check_path("/a/%2e%2e/%2E%2e/x", NULL);
    check_path("/a//b", NULL);
    check_path("//a", NULL);
    check_path("/a%2fb", NULL);
    check_path("/a%5cb", NULL);
    check_path("/a\\b", NULL);
    check_path("/%00", NULL);
    check_path("/%0a", NULL);
    check_path("/%7f", NULL);
    check_path("/%", NULL);
    check_path("/%4", NULL);
    check_path("/%zz", NULL);
    check_path("/%ff", NULL);
    check_path("/%c0%af", NULL);
    check_path("a", NULL);
    check_path("", NULL);
}

/* Undoes a chunked body given in pieces of `step` bytes: "text", or NULL when refused. */
static const char *undo(const char *coded, size_t size, size_t step, size_t *used) {
    static char out[4096];
    size_t out_size = 0;
    http_chunks chunks = {0};
    *used = 0;
    while (*used < size && !http_chunks_done(&chunks)) {
        const uint8_t *payload;
        size_t payload_size;
        size_t piece = size - *used < step ? size - *used : step;
        int64_t taken = http_chunks_take(&chunks, (const uint8_t *)coded + *used, piece, &payload,
                                         &payload_size);
        if (taken < 0) {
            return NULL;
        }
        assert_true((size_t)taken <= piece && taken > 0);
        memcpy(out + out_size, payload, payload_size);
        out_size += payload_size;
        *used += (size_t)taken;
    }
    out[out_size] = '\0';
    return http_chunks_done(&chunks) ? out : NULL;
}

static void chunks_are_undone(void **state) {
    static const char coded[] =
        "5\r\nhello\r\n6;a=\"b c\"\r\n world\r\n000\r\nX-Trailer: 1\r\n\r\nGET";
    (void)state;
    for (size_t step = 1; step < sizeof coded; step++) {
        size_t used;
        const char *text = undo(coded, sizeof coded - 1, step, &used);
        assert_non_null(text);
        assert_string_equal(text, "hello world");
        assert_int_equal(used, sizeof coded - 1 - 3);
    }
}

static void ambiguous_chunks_are_refused(void **state) {
    static const char *const bad[] = {
        "5\nhello\n0\n\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-1\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        ";a\r\nhello\r\n0\r\n\r\n",
        "5;\x01\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "100000005\r\nhello\r\n0\r\n\r\n",
        "000000005\r\nhello\r\n0\r\n\r\n",
        "0\r\n folded\r\n\r\n",
        "0\r\nX: 1\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n: 1\r\n\r\n",
        "0\r\nX : 1\r\n\r\n",
        "0\r\n\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t used;
        if (undo(bad[i], strlen(bad[i]), 4096, &used) != NULL) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void extensions_and_trailers_are_bounded(void **state) {
    http_chunks chunks = {0};
    const uint8_t *payload;
    size_t payload_size;
    char line[512];
    (void)state;
    memset(line, 'x', sizeof line);
    line[0] = '1';
    line[1] = ';';
    assert_true(
        http_chunks_take(&chunks, (const uint8_t *)line, sizeof line, &payload, &payload_size) < 0);
    memset(&chunks, 0, sizeof chunks);
    int64_t taken = 0;
    snprintf(line, sizeof line, "1;%0200d\r\nx\r\n", 0);
    for (int i = 0; i < 200 && taken >= 0; i++) { /* each line is short, all together are not */
        size_t size = strlen(line);
        for (size_t at = 0; at < size && taken >= 0; at += (size_t)taken) {
            taken = http_chunks_take(&chunks, (const uint8_t *)line + at, size - at, &payload,
                                     &payload_size);
        }
    }
    assert_true(taken < 0);
    memset(&chunks, 0, sizeof chunks);
    taken = http_chunks_take(&chunks, (const uint8_t *)"0\r\n", 3, &payload, &payload_size);
    assert_int_equal(taken, 3);
    for (int i = 0; i < 20 && taken >= 0; i++) {
        snprintf(line, sizeof line, "x: %0300d\r\n", 0);
        taken =
            http_chunks_take(&chunks, (const uint8_t *)line, strlen(line), &payload, &payload_size);
    }
    assert_true(taken < 0);
}

static int32_t check_header(const char *name, const char *value) {
    kinmu_header header = {name, value};
    return http_check_headers(&header, 1);
}

static void answers_cannot_be_split(void **state) {
    (void)state;
    assert_int_equal(check_header("Content-Type", "text/csv; charset=Shift_JIS"), KINMU_OK);
    assert_int_equal(check_header("X", ""), KINMU_OK);
    assert_int_equal(check_header("X", "a\r\nSet-Cookie: b"), KINMU_E_REJECT);
    assert_int_equal(check_header("X", "a\nb"), KINMU_E_REJECT);
    assert_int_equal(check_header("X\r\nY", "a"), KINMU_E_REJECT);
    assert_int_equal(check_header("X: Y", "a"), KINMU_E_REJECT);
    assert_int_equal(check_header("", "a"), KINMU_E_REJECT);
    assert_int_equal(check_header("X", "\xff"), KINMU_E_REJECT);
    assert_int_equal(check_header("X", NULL), KINMU_E_REJECT);
    assert_int_equal(check_header("content-LENGTH", "5"), KINMU_E_REJECT);
    assert_int_equal(check_header("Transfer-Encoding", "chunked"), KINMU_E_REJECT);
    assert_int_equal(check_header("Connection", "close"), KINMU_E_REJECT);
}

static void dates_are_those_of_http(void **state) {
    char date[40];
    (void)state;
    http_date(date, sizeof date, 784111777);
    assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 section 5.6.7 */
    http_date(date, sizeof date, 1709164800);
    assert_string_equal(date, "Thu, 29 Feb 2024 00:00:00 GMT");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_request_is_read),
        cmocka_unit_test(forms_of_a_request_are_understood),
        cmocka_unit_test(ambiguous_heads_are_refused),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(large_heads_are_refused),
        cmocka_unit_test(a_head_may_trickle_in),
        cmocka_unit_test(paths_are_settled_once),
        cmocka_unit_test(chunks_are_undone),
        cmocka_unit_test(ambiguous_chunks_are_refused),
        cmocka_unit_test(extensions_and_trailers_are_bounded),
        cmocka_unit_test(answers_cannot_be_split),
        cmocka_unit_test(dates_are_those_of_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
