/* email_test.c - connector `email` in the SDK's kit, with its clock and a mail server of the test's
 * own: the digest day by day and its 100 warnings, the rate, when a mail is given up, and a server
 * that goes with a text it may have taken. */
#include <kinmu/events/alert.h>
#include <kinmu/events/import.h>
#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "smtp_fixture.h"

#define PLUGIN KINMU_BUILD_DIR "/plugins/connectors/email.so"
#define SECOND_MS 1000u
#define MINUTE_MS 60000u
#define HOUR_NS INT64_C(3600000000000)
#define MESSAGE "kinmu.mail.message/1"
#define ALERTS_MAX 512

static testkit *kit;
static smtp_fixture fixture;
static uint32_t mirrored;
static char port[16];

/* ---- the store: what was decided is there when it is read, mails by when they are due ---- */

static kinmu_records records;
static const kinmu_records *kit_records;

static int is_same(const kinmu_value *a, const kinmu_value *b) {
    return a->size == b->size && memcmp(a->as.text, b->as.text, a->size) == 0;
}

static int is_mail(const kinmu_event *row) {
    return row->schema == testkit_schema(kit, MESSAGE);
}

static void keep_mail(const kinmu_event *mail) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < kit->row_count; i++) {
        const kinmu_event *row = kit->rows[i];
        if (!is_mail(row) || !is_same(&row->values[0], &mail->values[0])) {
            kit->rows[kept++] = row;
        }
    }
    kit->row_count = kept;
    testkit_add_row(kit, mail);
    for (uint32_t i = kit->row_count - 1; i > 0; i--) {
        const kinmu_event *before = kit->rows[i - 1];
        if (!is_mail(before) || before->values[KINMU_MAIL_MESSAGE_DUE_NS].as.i64 <=
                                    mail->values[KINMU_MAIL_MESSAGE_DUE_NS].as.i64) {
            break;
        }
        kit->rows[i] = before;
        kit->rows[i - 1] = mail;
    }
}

static int32_t query(const kinmu_host *host, const kinmu_query *asked, kinmu_row_fn row,
                     void *user) {
    const kinmu_event *e;
    while ((e = testkit_event(kit, mirrored)) != NULL) {
        mirrored++;
        if (is_mail(e)) {
            keep_mail(testkit_make(kit, MESSAGE, 1, e->subject, e->values, e->value_count));
        }
    }
    return kit_records->query(host, asked, row, user);
}

static const void *iface(const kinmu_host *host, const char *name) {
    return strcmp(name, KINMU_RECORDS_1) == 0 ? (const void *)&records : tk_iface(host, name);
}

/* ---- set-up ---- */

static void row(const char *schema, const kinmu_value *values, uint32_t count) {
    testkit_add_row(kit, testkit_make(kit, schema, kit->clock.unix_ns, "", values, count));
}

static void person(const char *id, const char *mail, const char *group_id) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
    values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(id);
    values[KINMU_PEOPLE_PERSON_EMPLOYEE_NO] = kinmu_text(id);
    values[KINMU_PEOPLE_PERSON_NAME] = kinmu_text(id);
    values[KINMU_PEOPLE_PERSON_MAIL] = kinmu_text(mail);
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("active");
    row("kinmu.people.person/1", values, KINMU_PEOPLE_PERSON_FIELDS);
    const kinmu_value assigned[] = {kinmu_text(id), kinmu_text("1970-01-01"), kinmu_text(group_id),
                                    kinmu_null(), kinmu_text("ordinary")};
    row("kinmu.people.assignment/1", assigned, 5);
}

static void group(const char *id, const char *approvers) {
    const kinmu_value values[] = {kinmu_text(id),      kinmu_text(id), kinmu_text(approvers),
                                  kinmu_null(),        kinmu_null(),   kinmu_null(),
                                  kinmu_text("active")};
    row("kinmu.people.group/1", values, KINMU_PEOPLE_GROUP_FIELDS);
}

/* More options after those every test has. */
static void open_kit(const char *first, const char *second) {
    const char *const options[] = {
        "server=127.0.0.1", port, "security=none", "from=k@example.com", first, second, NULL};
    mirrored = 0;
    kit = testkit_new("email");
    kit_records = tk_iface(&kit->host, KINMU_RECORDS_1);
    records = *kit_records;
    records.query = query;
    kit->host.iface = iface;
    assert_int_equal(testkit_load(kit, PLUGIN, "email"), KINMU_OK);
    person("A", "a@example.com", "G");
    person("U1", "u1@example.com", "G");
    group("G", "A");
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
}

static int begin_test(void **state) {
    (void)state;
    smtp_fixture_start(&fixture);
    (void)snprintf(port, sizeof port, "port=%d", fixture.port);
    return 0;
}

static int end_test(void **state) {
    (void)state;
    assert_string_equal(kit->problem, "");
    testkit_free(kit);
    smtp_fixture_end(&fixture);
    return 0;
}

/* News of an import as old as that; each address of conf.d gets a mail. */
static void import(int64_t age_ns) {
    const kinmu_value values[KINMU_IMPORT_RESULT_FIELDS] = {
        kinmu_text("os:root"), kinmu_text("done"), kinmu_text("user.csv"),
        kinmu_i64(1),          kinmu_i64(0),       kinmu_i64(0),
        kinmu_i64(0),          kinmu_i64(0),       kinmu_null()};
    const kinmu_event *result =
        testkit_make(kit, "kinmu.import.result/1", kit->clock.unix_ns - age_ns, "", values,
                     KINMU_IMPORT_RESULT_FIELDS);
    testkit_add_row(kit, result);
    int32_t status = testkit_deliver(kit, result, 1);
    assert_int_equal(status == KINMU_E_BUSY ? testkit_deliver(kit, result, 1) : status, KINMU_OK);
}

/* The newest record of a mail to that address; "" in its fields where there is none. */
static const kinmu_value *mail_to(const char *address) {
    static const kinmu_value none[KINMU_MAIL_MESSAGE_FIELDS];
    const kinmu_value wanted = kinmu_text(address);
    const kinmu_value *found = none;
    const kinmu_event *e;
    for (uint32_t i = 0; (e = testkit_event(kit, i)) != NULL; i++) {
        if (is_mail(e) && is_same(&e->values[KINMU_MAIL_MESSAGE_ADDRESS], &wanted)) {
            found = e->values;
        }
    }
    return found;
}

static void assert_mail(const char *address, const char *state, int64_t attempts) {
    const kinmu_value *mail = mail_to(address);
    const kinmu_value wanted = kinmu_text(state);
    assert_int_equal(mail[KINMU_MAIL_MESSAGE_STATE].type, KINMU_TYPE_TEXT);
    assert_true(is_same(&mail[KINMU_MAIL_MESSAGE_STATE], &wanted));
    assert_int_equal(mail[KINMU_MAIL_MESSAGE_ATTEMPTS].as.i64, attempts);
}

static void retry(const char *address) {
    const kinmu_value id = mail_to(address)[KINMU_MAIL_MESSAGE_MESSAGE_ID];
    assert_int_equal(testkit_call(kit, "retry", &id, 1), KINMU_OK);
}

/* ---- the digest ---- */

static void alert(const char *about, uint32_t number) {
    char period[16];
    kinmu_value values[KINMU_ALERT_FIELDS] = {{0}};
    (void)snprintf(period, sizeof period, "p%05u", (unsigned)number);
    values[KINMU_ALERT_RULE] = kinmu_text("interval");
    values[KINMU_ALERT_PERSON] = kinmu_text(about);
    values[KINMU_ALERT_PERIOD] = kinmu_text(period);
    values[KINMU_ALERT_LEVEL] = kinmu_i64(1);
    values[KINMU_ALERT_STATE] = kinmu_text("open");
    values[KINMU_ALERT_SEVERITY] = kinmu_text("warning");
    values[KINMU_ALERT_IS_FORECAST] = kinmu_bool(0);
    values[KINMU_ALERT_TEXT_KEY] = kinmu_text("alert.interval");
    values[KINMU_ALERT_AUDIENCE] = kinmu_text("approvers");
    values[KINMU_ALERT_RULE_VERSION] = kinmu_text("1");
    row("kinmu.alert/1", values, KINMU_ALERT_FIELDS);
}

/* How often each warning stands in the digests decided so far; returns how many stand there. */
static uint32_t told(uint8_t times[ALERTS_MAX]) {
    uint32_t count = 0;
    const kinmu_event *e;
    memset(times, 0, ALERTS_MAX);
    for (uint32_t i = 0; (e = testkit_event(kit, i)) != NULL; i++) {
        const kinmu_value *items = is_mail(e) ? &e->values[KINMU_MAIL_MESSAGE_ITEMS] : NULL;
        if (items == NULL || items->type != KINMU_TYPE_TEXT ||
            e->values[KINMU_MAIL_MESSAGE_STATE].as.text[0] != 'q') {
            continue;
        }
        for (const char *at = strstr(items->as.text, " p"); at != NULL; at = strstr(at + 1, " p")) {
            times[strtoul(at + 2, NULL, 10)]++;
            count++;
        }
    }
    return count;
}

/* To 07:59 of the next day, where nothing happens, then past 08:00. */
static void next_day(void) {
    int64_t minutes = (kit->clock.unix_ns / 1000000000 + kit->clock.utc_offset_s) / 60 % 1440;
    int64_t ahead_ns = (1440 + 7 * 60 + 58 - minutes) * INT64_C(60000000000);
    uint8_t times[ALERTS_MAX];
    uint32_t before = told(times);
    testkit_step(kit, ahead_ns, ahead_ns);
    testkit_advance(kit, MINUTE_MS);
    assert_int_equal(told(times), before);
    testkit_advance(kit, 3 * MINUTE_MS);
}

/* 100 at most in one, the others in the next ones; each once, and a day without news has none. */
static void digests_tell_each_warning_once(void **state) {
    uint8_t times[ALERTS_MAX];
    (void)state;
    open_kit("digest_at=08:00", NULL);
    for (uint32_t i = 0; i < 230; i++) {
        alert("U1", i);
    }
    testkit_advance(kit, 5 * SECOND_MS);
    assert_int_equal(told(times), 100);
    assert_int_equal(smtp_fixture_took(&fixture, "a@example.com"), 1);
    next_day();
    assert_int_equal(told(times), 200);
    assert_int_equal(smtp_fixture_took(&fixture, "a@example.com"), 2);
    next_day();
    assert_int_equal(told(times), 230);
    for (uint32_t i = 0; i < 230; i++) {
        assert_int_equal(times[i], 1);
    }
    assert_int_equal(smtp_fixture_took(&fixture, "a@example.com"), 3);
    next_day();
    assert_int_equal(smtp_fixture_took(&fixture, "a@example.com"), 3);
    alert("U1", 300);
    next_day();
    assert_int_equal(told(times), 231);
    assert_int_equal(times[300], 1);
    assert_int_equal(smtp_fixture_took(&fixture, "a@example.com"), 4);
}

/* A page of rows is not all of them. */
static void digests_forget_nobody_of_a_large_company(void **state) {
    (void)state;
    open_kit("digest_at=23:00", NULL);
    person("B", "b@example.com", "H");
    person("C", "c@example.com", "I");
    person("U2", "u2@example.com", "H");
    person("U3", "u3@example.com", "I");
    group("H", "B");
    group("I", "C");
    for (uint32_t i = 0; i < KINMU_RECORDS_PAGE_MAX - 1; i++) {
        alert("U1", i);
    }
    alert("U2", 1);
    alert("U2", 2);
    alert("U3", 1);
    testkit_step(kit, 14 * HOUR_NS, 14 * HOUR_NS);
    testkit_advance(kit, 5 * SECOND_MS);
    assert_int_equal(smtp_fixture_took(&fixture, "a@example.com"), 1);
    assert_int_equal(smtp_fixture_took(&fixture, "b@example.com"), 1);
    assert_int_equal(smtp_fixture_took(&fixture, "c@example.com"), 1);
}

/* ---- rate ---- */

#define EIGHT "master_import_notice_to=a@b.jp,b@b.jp,c@b.jp,d@b.jp,e@b.jp,f@b.jp,g@b.jp,h@b.jp"

static void the_rate_holds_minute_by_minute(void **state) {
    const char *const faster[] = {"server=127.0.0.1",   port,     "security=none",
                                  "from=k@example.com", "rate=5", NULL};
    (void)state;
    open_kit("rate=3", EIGHT);
    testkit_advance(kit, 2 * MINUTE_MS);
    import(0);
    testkit_advance(kit, 59 * SECOND_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 3);
    testkit_advance(kit, 3 * SECOND_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 6);
    testkit_advance(kit, MINUTE_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 8);
    testkit_advance(kit, MINUTE_MS);
    import(0);
    testkit_advance(kit, 2 * SECOND_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 8 + 3);
    assert_int_equal(testkit_reconfigure(kit, faster), KINMU_OK); /* live */
    testkit_advance(kit, 2 * SECOND_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 8 + 5);
}

/* ---- give_up_after ---- */

static void a_mail_put_off_too_long_is_given_up(void **state) {
    (void)state;
    open_kit("give_up_after=10m", "master_import_notice_to=later@b.jp,b@b.jp");
    import(0);
    testkit_advance(kit, 6 * MINUTE_MS);
    assert_mail("later@b.jp", "queued", 3); /* at 0, 1 and 3 minutes */
    testkit_advance(kit, 2 * MINUTE_MS);
    assert_mail("later@b.jp", "failed", 4); /* the next would be at 15 */
    assert_mail("b@b.jp", "sent", 1);
    assert_int_equal(fixture.put_off_count, 4);
    retry("later@b.jp");
    testkit_advance(kit, 10 * MINUTE_MS);
    assert_mail("later@b.jp", "failed", 2); /* tried anew, and soon given up again */
    assert_int_equal(fixture.put_off_count, 6);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 1);
}

/* The same when there is no server at all: a mail of days ago surprises nobody. */
static void a_mail_without_a_server_is_given_up(void **state) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int deaf = socket(AF_INET, SOCK_STREAM, 0); /* it has the port, and does not listen */
    (void)state;
    assert_int_equal(bind(deaf, (struct sockaddr *)&at, size), 0);
    assert_int_equal(getsockname(deaf, (struct sockaddr *)&at, &size), 0);
    (void)snprintf(port, sizeof port, "port=%d", ntohs(at.sin_port));
    open_kit("give_up_after=10m", "master_import_notice_to=b@b.jp");
    import(0);
    testkit_advance(kit, 9 * MINUTE_MS);
    assert_mail("b@b.jp", "queued", 0);
    assert_int_equal(kit->health, KINMU_HEALTH_DEGRADED);
    testkit_advance(kit, 15 * MINUTE_MS);
    assert_mail("b@b.jp", "failed", 0);
    assert_true(mail_to("b@b.jp")[KINMU_MAIL_MESSAGE_PROBLEM].size > 0);
    assert_int_equal(testkit_metric(kit, "mails_failed_total"), 1);
    (void)close(deaf);
}

static void news_older_than_that_tells_nobody(void **state) {
    (void)state;
    open_kit("give_up_after=10m", "master_import_notice_to=b@b.jp");
    import(HOUR_NS / 6 + 1000000000);
    testkit_advance(kit, MINUTE_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 0);
    import(HOUR_NS / 6 - 1000000000);
    testkit_advance(kit, MINUTE_MS);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 1);
}

/* ---- a server that goes with the text ---- */

/* It may have the mail: it goes again later as the same one, and holds up no other. */
static void a_mail_that_was_cut_off_holds_up_no_other(void **state) {
    (void)state;
    open_kit("give_up_after=10m", "master_import_notice_to=drop@b.jp,b@b.jp,c@b.jp");
    import(0);
    testkit_advance(kit, 30 * SECOND_MS);
    assert_mail("drop@b.jp", "queued", 1);
    assert_mail("b@b.jp", "sent", 1);
    assert_mail("c@b.jp", "sent", 1);
    assert_true(mail_to("drop@b.jp")[KINMU_MAIL_MESSAGE_PROBLEM].size > 0);
    assert_int_equal(smtp_fixture_took(&fixture, "drop@b.jp"), 1);
    testkit_advance(kit, MINUTE_MS);
    assert_mail("drop@b.jp", "queued", 2);
    assert_int_equal(smtp_fixture_took(&fixture, "drop@b.jp"), 2);
    const char *id = NULL;
    for (uint32_t i = 0; i < fixture.mail_count; i++) {
        if (strcmp(fixture.mails[i].to, "drop@b.jp") == 0) {
            assert_string_equal(fixture.mails[i].message_id,
                                id != NULL ? id : fixture.mails[i].message_id);
            id = fixture.mails[i].message_id;
        }
    }
    testkit_advance(kit, 20 * MINUTE_MS);
    assert_mail("drop@b.jp", "failed", 4);
    assert_int_equal(smtp_fixture_took(&fixture, "drop@b.jp"), 4);
    assert_int_equal(smtp_fixture_took(&fixture, NULL), 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(digests_tell_each_warning_once),
        TEST(digests_forget_nobody_of_a_large_company),
        TEST(the_rate_holds_minute_by_minute),
        TEST(a_mail_put_off_too_long_is_given_up),
        TEST(a_mail_without_a_server_is_given_up),
        TEST(news_older_than_that_tells_nobody),
        TEST(a_mail_that_was_cut_off_holds_up_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
