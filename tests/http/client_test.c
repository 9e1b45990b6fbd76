/* client_test.c - the HTTP client against a server with good and bad manners: what is fetched, what
 * is tried again, what a limit cuts off, which connections are kept. */
#include "bench.h"

/* ---- plain good ---- */

static void an_answer_comes_whole(void **state) {
    (void)state;
    result r = {.want = "x-manners"};
    kinmu_http_request request = get(url("good", "/hello"));
    fetch(&request, &r);
    assert_string_equal(r.text, "");
    assert_int_equal(r.status, KINMU_OK);
    assert_int_equal(r.code, 200);
    assert_int_equal(r.attempts, 1);
    assert_string_equal(body_of(&r), "hello");
    assert_string_equal(r.header, "good");
    clear_result(&r);
    r.want = "X-Empty";
    request.method = "HEAD";
    fetch(&request, &r);
    assert_int_equal(r.code, 200);
    assert_int_equal(r.body.size, 0);
    assert_string_equal(r.header, "");
    clear_result(&r);
    request = get(url("good", "/nothing"));
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_OK); /* the server answered */
    assert_int_equal(r.code, 404);
    clear_result(&r);
}

static void what_is_sent_arrives(void **state) {
    (void)state;
    result r = {0};
    const kinmu_header headers[] = {{"Content-Type", "application/json"}, {"X-One", "1"}};
    kinmu_http_request request = get(url("good", "/echo?a=b"));
    request.method = "POST";
    request.headers = headers;
    request.header_count = 2;
    request.body = "{\"a\":1}";
    request.body_size = 7;
    fetch(&request, &r);
    assert_int_equal(r.code, 200);
    assert_non_null(strstr(body_of(&r), "POST /echo?a=b\n"));
    assert_non_null(strstr(body_of(&r), "Content-Type: application/json\n"));
    assert_non_null(strstr(body_of(&r), "X-One: 1\n"));
    assert_non_null(strstr(body_of(&r), "User-Agent: kinmu/"));
    assert_non_null(strstr(body_of(&r), "\n{\"a\":1}"));
    assert_null(strstr(body_of(&r), "Expect"));
    clear_result(&r);
    static const char *const methods[] = {"PUT", "PATCH", "DELETE", "OPTIONS", "POST"};
    for (size_t i = 0; i < 5; i++) {
        char line[64];
        request = get(url("good", "/echo"));
        request.method = methods[i];
        fetch(&request, &r);
        snprintf(line, sizeof line, "%s /echo\n", methods[i]);
        assert_non_null(strstr(body_of(&r), line));
        assert_null(strstr(body_of(&r), "Content-Type")); /* nobody said there was one */
        clear_result(&r);
    }
}

static void a_secret_goes_into_its_header(void **state) {
    (void)state;
    result r = {0};
    kinmu_http_request request = get(url("good", "/echo"));
    request.secret = "one:password";
    request.secret_scheme = "Bearer";
    begin(&request, &r, "open sesame");
    wait_for(&r);
    assert_non_null(strstr(body_of(&r), "Authorization: Bearer open sesame\n"));
    clear_result(&r);
    request.secret_scheme = "Basic";
    begin(&request, &r, "user:pass");
    wait_for(&r);
    assert_non_null(strstr(body_of(&r), "Authorization: Basic dXNlcjpwYXNz\n"));
    clear_result(&r);
    request.secret_scheme = NULL;
    request.secret_header = "X-Api-Key";
    begin(&request, &r, "abc");
    wait_for(&r);
    assert_non_null(strstr(body_of(&r), "X-Api-Key: abc\n"));
    assert_null(strstr(body_of(&r), "Authorization"));
    clear_result(&r);
    begin(&request, &r, "abc\r\nX-Other: 1");
    wait_for(&r);
    assert_int_equal(r.status, KINMU_E_DENIED);
    clear_result(&r);
    fetch(&request, &r); /* no secret behind the handle: nothing goes out without it */
    assert_int_equal(r.status, KINMU_E_DENIED);
    assert_int_equal(r.attempts, 0);
    clear_result(&r);
}

static void conditional_and_packed_answers(void **state) {
    (void)state;
    result r = {.want = "ETag"};
    kinmu_http_request request = get(url("good", "/tag"));
    fetch(&request, &r);
    assert_int_equal(r.code, 200);
    assert_string_equal(r.header, "\"v1\"");
    clear_result(&r);
    const kinmu_header tag = {"If-None-Match", "\"v1\""};
    request.headers = &tag;
    request.header_count = 1;
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_OK);
    assert_int_equal(r.code, 304);
    clear_result(&r);
    request = get(url("good", "/gzip"));
    fetch(&request, &r);
    assert_string_equal(body_of(&r), "unpacked");
    clear_result(&r);
}

/* ---- again ---- */

static uint64_t timed_fetch(const kinmu_http_request *request, result *r) {
    uint64_t begin_ns = uv_hrtime();
    fetch(request, r);
    return (uv_hrtime() - begin_ns) / 1000000;
}

static void retry_after_is_kept_to(void **state) {
    (void)state;
    result r = {0};
    kinmu_http_request request = get(url("good", "/fail?id=s&code=503&after=2"));
    request.retries_max = 2;
    uint64_t ms = timed_fetch(&request, &r);
    assert_string_equal(body_of(&r), "tries 2");
    assert_int_equal(r.attempts, 2);
    assert_in_range(ms, 2000, 3900);
    clear_result(&r);
    request = get(url("good", "/fail?id=d&code=429&date=3"));
    request.retries_max = 2;
    ms = timed_fetch(&request, &r);
    assert_string_equal(body_of(&r), "tries 2");
    assert_in_range(ms, 1900, 4900); /* a date has whole seconds */
    clear_result(&r);
    /* beyond the request's time: the answer as it is, at once */
    request = get(url("good", "/fail?id=far&code=503&after=3600"));
    request.retries_max = 2;
    ms = timed_fetch(&request, &r);
    assert_int_equal(r.status, KINMU_OK);
    assert_int_equal(r.code, 503);
    assert_string_equal(body_of(&r), "not now");
    assert_in_range(ms, 0, 1500);
    clear_result(&r);
}

static void only_what_may_is_tried_again(void **state) {
    (void)state;
    result r = {0};
    kinmu_http_request request = get(url("good", "/fail?id=a&code=502&times=2"));
    request.retries_max = 3;
    fetch(&request, &r);
    assert_string_equal(body_of(&r), "tries 3");
    clear_result(&r);
    request = get(url("good", "/fail?id=b&code=500"));
    request.retries_max = 3;
    fetch(&request, &r);
    assert_int_equal(r.code, 500); /* that is an answer, not a pause */
    clear_result(&r);
    request = get(url("good", "/fail?id=c&code=503"));
    request.method = "POST";
    request.retries_max = 3;
    fetch(&request, &r);
    assert_int_equal(r.code, 503);
    assert_int_equal(r.attempts, 1);
    clear_result(&r);
    const kinmu_header key = {"idempotency-key", "42"};
    request.headers = &key;
    request.header_count = 1;
    request.url = url("good", "/fail?id=e&code=503");
    fetch(&request, &r);
    assert_string_equal(body_of(&r), "tries 2");
    clear_result(&r);
    request = get(url("good", "/fail?id=f&code=503&times=9"));
    request.retries_max = 1;
    fetch(&request, &r);
    assert_int_equal(r.code, 503);
    assert_int_equal(r.attempts, 2);
    clear_result(&r);
}

/* Not even libcurl's own second try on a kept connection does a thing twice. */
static void a_post_is_done_once(void **state) {
    (void)state;
    result r = {0};
    kinmu_http_request request = get(url("good", "/hello"));
    fetch(&request, &r); /* leaves a connection */
    clear_result(&r);
    request = get(url("good", "/lost?id=post"));
    request.method = "POST";
    request.retries_max = 5;
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_RETRY);
    clear_result(&r);
    request = get(url("good", "/tries?id=post"));
    fetch(&request, &r);
    assert_string_equal(body_of(&r), "1");
    clear_result(&r);
    request = get(url("good", "/lost?id=get"));
    request.retries_max = 2;
    fetch(&request, &r);
    assert_int_equal(r.code, 200);
    clear_result(&r);
}

/* ---- limits and broken answers ---- */

static void expect_end(const char *path, int32_t status, const char *words,
                       kinmu_http_request request) {
    result r = {0};
    request.url = url("good", path);
    fetch(&request, &r);
    if (strstr(r.text, words) == NULL || r.status != status) {
        fail_msg("%s: %d \"%s\", body of %zu bytes; expected \"%s\"", path, r.status, r.text,
                 r.body.size, words);
    }
    assert_int_equal(r.body.size, 0);
    clear_result(&r);
}

static void broken_answers_are_no_answers(void **state) {
    (void)state;
    kinmu_http_request request = get("");
    expect_end("/cut", KINMU_E_RETRY, "", request);
    expect_end("/noend", KINMU_E_REJECT, "tells neither its length nor its end", request);
    request.answer_bytes_max = 1000;
    expect_end("/big?n=1001", KINMU_E_REJECT, "larger than the request allows", request);
    expect_end("/stream?n=1001", KINMU_E_REJECT, "larger than the request allows", request);
    request.answer_bytes_max = KINMU_HTTP_BODY_BYTES_MAX;
    expect_end("/bomb", KINMU_E_REJECT, "larger than the request allows", request);
    expect_end("/headers?n=100", KINMU_E_REJECT, "the answer's header is larger", request);
    result r = {0};
    request.url = url("good", "/big?n=3145728"); /* exactly the limit */
    fetch(&request, &r);
    assert_int_equal(r.body.size, KINMU_HTTP_BODY_BYTES_MAX);
    clear_result(&r);
}

static void time_is_limited(void **state) {
    (void)state;
    kinmu_http_request request = get("");
    request.timeout_ms = 700;
    expect_end("/slow", KINMU_E_RETRY, "no answer within the request's 700 ms", request);
    expect_end("/slowbody", KINMU_E_RETRY, "the answer did not end within the request's 700 ms",
               request);
    result r = {0};
    request.url = "https://127.0.0.1:1/";
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_RETRY);
    assert_non_null(strstr(r.text, "https://127.0.0.1:1: no connection; check that it runs"));
    clear_result(&r);
    request.url = "https://no-such-host.invalid/";
    request.timeout_ms = 15000;
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_RETRY);
    assert_non_null(strstr(r.text, "its name is not known"));
    clear_result(&r);
}

static void redirects_stay_with_their_server(void **state) {
    (void)state;
    result r = {.want = "Location"};
    kinmu_http_request request = get(url("good", "/redirect?to=/hello"));
    fetch(&request, &r);
    assert_int_equal(r.code, 302); /* nobody asked to follow */
    assert_string_equal(r.header, "/hello");
    clear_result(&r);
    request.flags = KINMU_HTTP_FOLLOW;
    fetch(&request, &r);
    assert_string_equal(body_of(&r), "hello");
    clear_result(&r);
    char path[256];
    snprintf(path, sizeof path, "/redirect?to=%s", url("stranger", "/hello"));
    request.url = url("good", path);
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_DENIED);
    assert_non_null(strstr(r.text, "it redirects to another server"));
    clear_result(&r);
    snprintf(path, sizeof path, "/redirect?to=%s", url("plain", "/hello"));
    request.url = url("good", path);
    fetch(&request, &r);
    assert_int_equal(r.status, KINMU_E_DENIED); /* not down to http either */
    clear_result(&r);
    request.url = url("good", "/redirect?to=/redirect?to=/redirect");
    fetch(&request, &r);
    assert_true(r.status != KINMU_OK || r.code != 200);
    clear_result(&r);
}

/* ---- parts ---- */

static int32_t marker(void *user, const void *data, uint32_t size) {
    (void)user;
    (void)data;
    (void)size;
    return KINMU_E_STATE; /* the hook is called, not this */
}

static void fetch_in_parts(const char *path, uint64_t max, result *r) {
    kinmu_http_request request = get(url("good", path));
    request.part = marker;
    request.answer_bytes_max = max;
    http_exchange *e = begin(&request, r, NULL);
    uint64_t begin_ns = uv_hrtime();
    while (!r->is_done && uv_hrtime() - begin_ns < (uint64_t)BENCH_WAIT_MS * 1000000) {
        if (r->is_held) {
            for (int i = 0; i < 20; i++) {
                uv_run(&b->loop, UV_RUN_NOWAIT); /* nothing comes while it is held */
            }
            r->is_held = 0;
            http_exchange_resume(e);
        }
        uv_run(&b->loop, UV_RUN_ONCE);
    }
    assert_true(r->is_done);
}

static void a_download_comes_in_parts(void **state) {
    (void)state;
    const size_t size = 5000000;
    result r = {.hold_every = 3};
    fetch_in_parts("/stream?n=5000000", 10000000, &r);
    assert_int_equal(r.status, KINMU_OK);
    assert_int_equal(r.parts.size, size);
    assert_true(r.part_count > 50);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(r.parts.data[i], (i % 30000 + i / 30000 * 30000) % 251);
    }
    clear_result(&r);
    fetch_in_parts("/stream?n=100000&code=500", 10000000, &r);
    assert_int_equal(r.parts.size, 0); /* a failure's text comes whole */
    assert_int_equal(r.body.size, 100000);
    clear_result(&r);
    fetch_in_parts("/stream?n=5000000", 2000000, &r);
    assert_int_equal(r.status, KINMU_E_REJECT);
    assert_true(r.parts.size <= 2000000);
    clear_result(&r);
    r.part_status = KINMU_E_CONFLICT;
    fetch_in_parts("/stream?n=5000000", 10000000, &r);
    assert_int_equal(r.status, KINMU_E_CONFLICT);
    assert_int_equal(r.part_count, 1);
    clear_result(&r);
}

/* ---- connections ---- */

static void a_thousand_requests_share_a_connection(void **state) {
    (void)state;
    unsigned connections[2];
    unsigned requests[2];
    const kinmu_header key = {"Idempotency-Key", "1"};
    close_client();
    open_client();
    ask_seen("good", &connections[0], &requests[0]);
    for (int i = 0; i < 1000; i++) {
        result r = {0};
        kinmu_http_request request = get(url("good", "/hello"));
        if (i % 2 == 1) {
            request.method = "POST";
            request.headers = &key;
            request.header_count = 1;
        }
        fetch(&request, &r);
        assert_int_equal(r.code, 200);
        clear_result(&r);
    }
    ask_seen("good", &connections[1], &requests[1]);
    assert_int_equal(requests[1] - requests[0], 1000);
    assert_int_equal(connections[1] - connections[0], 1);
}

static void many_at_once_and_giving_up(void **state) {
    (void)state;
    result r[40] = {{0}};
    http_exchange *e[40];
    for (int i = 0; i < 40; i++) {
        kinmu_http_request request = get(url("good", i % 2 == 0 ? "/hello" : "/slow?s=5"));
        e[i] = begin(&request, &r[i], NULL);
    }
    for (int i = 0; i < 40; i += 2) {
        wait_for(&r[i]);
        assert_int_equal(r[i].code, 200);
        clear_result(&r[i]);
    }
    for (int i = 1; i < 20; i += 2) {
        http_exchange_cancel(e[i]);
    }
    close_client(); /* the rest is dropped without a word */
    for (int i = 1; i < 40; i += 2) {
        assert_int_equal(r[i].is_done, 0);
    }
    open_client();
    kinmu_http_request request = get(url("good", "/hello"));
    fetch(&request, &r[0]);
    assert_int_equal(r[0].code, 200);
    clear_result(&r[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_whole),
        cmocka_unit_test(what_is_sent_arrives),
        cmocka_unit_test(a_secret_goes_into_its_header),
        cmocka_unit_test(conditional_and_packed_answers),
        cmocka_unit_test(retry_after_is_kept_to),
        cmocka_unit_test(only_what_may_is_tried_again),
        cmocka_unit_test(a_post_is_done_once),
        cmocka_unit_test(broken_answers_are_no_answers),
        cmocka_unit_test(time_is_limited),
        cmocka_unit_test(redirects_stay_with_their_server),
        cmocka_unit_test(a_download_comes_in_parts),
        cmocka_unit_test(a_thousand_requests_share_a_connection),
        cmocka_unit_test(many_at_once_and_giving_up),
    };
    return cmocka_run_group_tests(tests, begin_bench, end_bench);
}
