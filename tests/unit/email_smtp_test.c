/* email_smtp_test.c - connector `email` and a mail server that is slow, stalls, or goes in the
 * middle: what is told of the mail, how often the server has it, and that a stop waits for nobody.
 */
#include "plugins/connectors/email/smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "smtp_fixture.h"

#define LIMIT_MS 1000
#define GUARD_S 60 /* a test that hangs ends here */

static smtp_fixture fixture;
static smtp_session *session;
static atomic_int stop;
static char answer[SMTP_ANSWER_SIZE];

static int begin_test(void **state) {
    (void)state;
    smtp_fixture_start(&fixture);
    atomic_store(&stop, 0);
    (void)alarm(GUARD_S);
    return 0;
}

static int end_test(void **state) {
    (void)state;
    smtp_close(session);
    session = NULL;
    smtp_fixture_end(&fixture);
    (void)alarm(0);
    return 0;
}

static void open_session(int64_t limit_ms) {
    const smtp_server server = {.host = "127.0.0.1",
                                .port = fixture.port,
                                .security = "none",
                                .greeting = "kinmu",
                                .timeout_ms = limit_ms};
    session = smtp_open(&server, &stop);
    assert_non_null(session);
}

static int32_t send_to(const char *to) {
    return smtp_send(session, "kinmu@example.com", to, "Message-ID: <1@example.com>\r\n\r\nx\r\n",
                     answer);
}

static void a_late_greeting_is_waited_for(void **state) {
    (void)state;
    fixture.greets_after_ms = LIMIT_MS / 5;
    open_session(LIMIT_MS);
    assert_int_equal(send_to("a@example.com"), SMTP_SENT);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 1);
}

/* Each mail has its limit, not all of a session together. */
static void many_late_answers_are_waited_for(void **state) {
    (void)state;
    fixture.answers_text_after_ms = LIMIT_MS / 2;
    open_session(LIMIT_MS);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(send_to("a@example.com"), SMTP_SENT);
    }
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 5);
    assert_int_equal(fixture.connection_count, 1);
}

/* It may have the mail: that is told apart from a server that is away. */
static void who_goes_with_the_text_may_have_it(void **state) {
    (void)state;
    open_session(LIMIT_MS);
    assert_int_equal(send_to("drop@example.com"), SMTP_CUT);
    assert_string_not_equal(answer, "");
    assert_int_equal(smtp_fixture_took(&fixture, "drop@example.com"), 1);
    assert_int_equal(send_to("a@example.com"), SMTP_SENT);
    assert_int_equal(smtp_fixture_took(&fixture, "drop@example.com"), 1);
}

static void who_stalls_with_the_text_may_have_it(void **state) {
    (void)state;
    open_session(LIMIT_MS);
    assert_int_equal(send_to("stall@example.com"), SMTP_CUT);
    assert_string_not_equal(answer, "");
    assert_int_equal(smtp_fixture_took(&fixture, "stall@example.com"), 1);
}

static void who_goes_before_the_text_is_away(void **state) {
    (void)state;
    open_session(LIMIT_MS);
    assert_int_equal(send_to("gone@example.com"), SMTP_AWAY);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 0);
}

static void a_stop_waits_for_no_answer(void **state) {
    (void)state;
    fixture.stop_at_text = &stop;
    open_session(INT64_C(600000)); /* the guard is shorter */
    assert_int_equal(send_to("stall@example.com"), SMTP_CUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_late_greeting_is_waited_for),      TEST(many_late_answers_are_waited_for),
        TEST(who_goes_with_the_text_may_have_it), TEST(who_stalls_with_the_text_may_have_it),
        TEST(who_goes_before_the_text_is_away),   TEST(a_stop_waits_for_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
