/* hosting_http_test.c - what a plugin is told about its requests (http/1): parts in order and only
 * while it takes them, done once, in a turn, also when it stops; and what no host can send. */
#include "hosting_bench.h"

#include <kinmu/iface/http.h>

/* ---- a way out that only notes ---- */

static uint64_t last_token;
static uint32_t taken; /* bytes of parts acknowledged */

static int32_t fake_http_send(void *context, hosted *h, uint64_t token,
                              const kinmu_http_request *request) {
    (void)context, (void)h;
    last_token = token;
    note(request->url);
    return strcmp(request->url, "busy") == 0 ? KINMU_E_BUSY : KINMU_OK;
}

static void fake_http_more(void *context, hosted *h, uint64_t token, uint32_t size) {
    (void)context, (void)h, (void)token;
    taken += size;
}

static void fake_http_cancel(void *context, hosted *h, uint64_t token) {
    (void)context, (void)h, (void)token;
    note("cancel");
}

static const hosting_http fake_http = {fake_http_send, fake_http_more, fake_http_cancel};

/* ---- a plugin's side ---- */

static const kinmu_http *http;
static int32_t part_status;

static void on_done(void *user, const kinmu_http_response *response) {
    char word[160];
    assert_main_thread();
    snprintf(word, sizeof word, "%s:%d:%u", (const char *)user, (int)response->status,
             response->body_size);
    note(word);
}

static int32_t on_part(void *user, const void *data, uint32_t size) {
    char word[64];
    (void)user;
    assert_main_thread();
    snprintf(word, sizeof word, "part:%.*s", (int)size, (const char *)data);
    note(word);
    return part_status;
}

static uint64_t send_one(const char *url, int32_t in_parts, int32_t expected) {
    kinmu_http_request request = {.struct_size = sizeof request, .url = url};
    uint64_t id = 0;
    request.part = in_parts ? on_part : NULL;
    assert_int_equal(http->send(b->host, &request, on_done, "done", &id), expected);
    return id;
}

static void begin(int32_t has_network) {
    b->owner->backend.http = has_network ? &fake_http : NULL;
    http = iface(KINMU_HTTP_1);
    part_status = KINMU_OK;
    taken = 0;
    send_one("early", 0, KINMU_E_STATE); /* not before start */
    assert_int_equal(hosted_start(b->h, NULL), KINMU_OK);
    expect_notes("start");
}

static void answer(uint64_t id, const char *body) {
    const kinmu_header header = {"A", "b"};
    const kinmu_http_response response = {.struct_size = sizeof response,
                                          .code = 200,
                                          .headers = &header,
                                          .header_count = 1,
                                          .body = body,
                                          .body_size = (uint32_t)strlen(body),
                                          .text = ""};
    hosted_http_done(b->h, id, &response);
}

/* ---- tests ---- */

static void an_answer_is_told_once(void **state) {
    (void)state;
    begin(1);
    uint64_t id = send_one("one", 0, KINMU_OK);
    send_one("busy", 0, KINMU_E_BUSY);
    expect_notes("one busy");
    answer(id, "hello");
    answer(id, "again");
    hosted_http_part(b->h, id, "late", 4);
    expect_notes("done:0:5");
}

static void parts_wait_for_resume(void **state) {
    (void)state;
    begin(1);
    uint64_t id = send_one("one", 1, KINMU_OK);
    hosted_http_part(b->h, id, "a", 1);
    part_status = KINMU_E_BUSY;
    hosted_http_part(b->h, id, "b", 1);
    expect_notes("one part:a part:b");
    assert_int_equal(taken, 2);
    hosted_http_part(b->h, id, "c", 1);
    hosted_http_part(b->h, id, "d", 1);
    answer(id, "");
    turn_loop();
    expect_notes("");
    assert_int_equal(taken, 2); /* nobody reads on before the plugin does */
    part_status = KINMU_OK;
    http->resume(b->host, id);
    expect_notes(""); /* not inside resume */
    wait_note("done");
    expect_notes("part:cd done:0:0");
}

static void a_part_may_end_it_all(void **state) {
    (void)state;
    begin(1);
    uint64_t id = send_one("one", 1, KINMU_OK);
    part_status = KINMU_E_CONFLICT;
    hosted_http_part(b->h, id, "a", 1);
    expect_notes("one part:a cancel done:-7:0");
    hosted_http_part(b->h, id, "b", 1);
    answer(id, "");
    expect_notes("");
}

static void a_cancelled_request_is_silent(void **state) {
    (void)state;
    begin(1);
    uint64_t id = send_one("one", 1, KINMU_OK);
    http->cancel(b->host, id);
    http->cancel(b->host, id);
    http->resume(b->host, id);
    hosted_http_part(b->h, id, "a", 1);
    answer(id, "");
    expect_notes("one cancel");
}

static void stop_ends_what_is_open(void **state) {
    (void)state;
    begin(1);
    send_one("one", 0, KINMU_OK);
    hosted_destroy(b->h);
    expect_notes("one stop cancel done:-2:0 destroy gone"); /* E_STATE, while it still lives */
}

static void requests_have_a_limit(void **state) {
    (void)state;
    begin(1);
    for (uint32_t i = 0; i < KINMU_HTTP_OPEN_MAX; i++) {
        send_one("x", 0, KINMU_OK);
    }
    send_one("x", 0, KINMU_E_BUSY);
    answer(last_token, "");
    send_one("x", 0, KINMU_OK);
    assert_int_equal(hosted_stop(b->h, NULL), KINMU_OK);
    send_one("x", 0, KINMU_E_STATE);
}

static void no_network_is_told_later(void **state) {
    (void)state;
    begin(0);
    uint64_t cancelled = send_one("one", 0, KINMU_OK);
    send_one("two", 0, KINMU_OK);
    http->cancel(b->host, cancelled);
    expect_notes("");
    wait_note("done");
    expect_notes("done:-4:0");
    send_one("three", 0, KINMU_OK);
    assert_int_equal(hosted_stop(b->h, NULL), KINMU_OK);
    expect_notes("stop done:-2:0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_told_once),   TEST(parts_wait_for_resume),
        TEST(a_part_may_end_it_all),    TEST(a_cancelled_request_is_silent),
        TEST(stop_ends_what_is_open),   TEST(requests_have_a_limit),
        TEST(no_network_is_told_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
