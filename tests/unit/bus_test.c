/* bus_test.c - the one way in: what a publisher may not publish is refused whole, what no purpose
 * covers is dropped before anything is written, and what remains is stamped and redacted. */
#include "journal_fixture.h"

#include "bus/bus.h"

typedef struct bench {
    fixture *f;
    bus *b;
    config conf;
    config_purpose purposes[2];
    config_rule rules[1];
    const schema_info *schemas[3];
    bus_publisher publisher;
} bench;

static int set_up(void **state) {
    bench *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->f = fixture_make();
    fixture_open(s->f);
    s->purposes[0].name = "activity";
    s->purposes[1].name = "working-time";
    s->conf.purposes = s->purposes;
    s->conf.purpose_count = 2;
    s->schemas[0] = s->f->minute;
    s->schemas[1] = s->f->day;
    s->publisher.instance = "test/one";
    s->publisher.owner = "test";
    s->publisher.account = "alice";
    s->publisher.schemas = s->schemas;
    s->publisher.schema_count = 3; /* the third is accepted only, not emitted */
    assert_int_equal(bus_create(s->f->journal, &s->conf, &s->b, NULL), KINMU_OK);
    *state = s;
    return 0;
}

static int tear_down(void **state) {
    bench *s = *state;
    void *f = s->f;
    bus_destroy(s->b);
    fixture_teardown(&f);
    free(s);
    return 0;
}

static kinmu_event minute_event(uint32_t schema) {
    static kinmu_value values[3];
    values[0] = kinmu_i64(12);
    values[1] = kinmu_i64(3);
    values[2] = kinmu_text("editor");
    kinmu_event event = {.schema = schema, .value_count = 3, .values = values};
    return event;
}

static int32_t publish(bench *s, const kinmu_event *events, uint32_t count, uint64_t *ticket,
                       kinmu_err *err) {
    return bus_publish(s->b, &s->publisher, events, count, NULL, NULL, ticket, err);
}

static uint64_t committed(const bench *s) {
    journal_flush(s->f->journal);
    return read_all(s->f, s->f->directory).events;
}

static void what_is_published_is_stamped(void **state) {
    bench *s = *state;
    kinmu_event event = minute_event(0);
    uint64_t ticket = 0;
    journal_reader *reader = NULL;
    journal_block block;
    static block_reader payload;
    const schema_info *info;
    kinmu_event read;
    assert_int_equal(publish(s, &event, 1, &ticket, NULL), KINMU_OK);
    assert_true(ticket > 0);
    event.subject = "bob";
    event.unix_ns = NOON;
    event.flags = KINMU_EVENT_OFFSET;
    event.utc_offset_s = -3600;
    assert_int_equal(publish(s, &event, 1, &ticket, NULL), KINMU_OK);
    assert_int_equal(committed(s), 2);
    assert_int_equal(s->publisher.published, 2);
    assert_true(s->publisher.last_unix_ns == NOON);
    assert_int_equal(journal_reader_open(s->f->directory, &reader, NULL), KINMU_OK);
    int32_t found = 0;
    for (uint64_t at = 0; journal_read(reader, at, &block, NULL) == KINMU_OK; at = block.position) {
        assert_int_equal(
            block_open(&payload, s->f->registry, block.payload, block.payload_size, NULL),
            KINMU_OK);
        assert_int_equal(block_next(&payload, &read, &info, NULL), KINMU_OK);
        if (strcmp(read.subject, "bob") == 0) {
            assert_true(read.unix_ns == NOON && read.utc_offset_s == -3600);
            found++;
        } else {
            assert_string_equal(read.subject, "alice"); /* the account the instance serves */
            assert_true(read.unix_ns > 0 && read.mono_ns > 0);
            found++;
        }
    }
    assert_int_equal(found, 2);
    journal_reader_close(reader);
}

static void a_purpose_not_in_force_is_dropped_and_counted(void **state) {
    bench *s = *state;
    kinmu_event event = minute_event(0);
    uint64_t ticket = 9;
    s->purposes[0].name = "presence";
    assert_int_equal(bus_reload(s->b, &s->conf, NULL), KINMU_OK);
    assert_int_equal(publish(s, &event, 1, &ticket, NULL), KINMU_OK);
    assert_int_equal(ticket, 0); /* nothing to wait for */
    assert_int_equal(s->publisher.dropped_purpose, 1);
    assert_int_equal(s->publisher.published, 0);
    assert_int_equal(committed(s), 0);
    s->purposes[0].name = "activity";
    assert_int_equal(bus_reload(s->b, &s->conf, NULL), KINMU_OK);
    assert_int_equal(publish(s, &event, 1, &ticket, NULL), KINMU_OK);
    assert_int_equal(committed(s), 1);
}

static void publish_of(bench *s, const char *subject, int64_t unix_ns) {
    kinmu_event event = minute_event(0);
    event.subject = subject;
    event.unix_ns = unix_ns;
    assert_int_equal(publish(s, &event, 1, NULL, NULL), KINMU_OK);
}

static void only_who_accepted_the_notice_is_recorded(void **state) {
    bench *s = *state;
    const config_notice notice = {.name = "counts", .version = "1", .sha256 = {1}};
    agreement_event answer = {.account = "bob",
                              .notice = "counts",
                              .version = "1",
                              .sha256 = notice.sha256,
                              .action = AGREEMENT_ACCEPTED,
                              .unix_ns = NOON};
    agreement row;
    s->purposes[0].notice = &notice;
    assert_int_equal(bus_reload(s->b, &s->conf, NULL), KINMU_OK);
    publish_of(s, "bob", NOON);
    assert_int_equal(s->publisher.dropped_purpose, 1);
    assert_int_equal(bus_agreement(s->b, "bob", "counts", &row), 0);
    assert_int_equal(bus_agree(s->b, &answer), KINMU_OK);
    publish_of(s, "bob", NOON);
    publish_of(s, "bob", NOON - 1); /* observed before he said yes */
    publish_of(s, NULL, NOON);      /* alice, whom the instance serves */
    publish_of(s, "", NOON);        /* the machine */
    assert_int_equal(s->publisher.dropped_purpose, 4);
    assert_int_equal(committed(s), 1);
    assert_int_equal(bus_in_force(s->b, "activity"), 1); /* a hub takes what agents may record */
    /* Each event of one call by its own account. */
    kinmu_event both[2] = {minute_event(0), minute_event(0)};
    both[1].subject = "bob";
    both[1].unix_ns = NOON;
    assert_int_equal(publish(s, both, 2, NULL, NULL), KINMU_OK);
    assert_int_equal(committed(s), 2);
    /* Decisions are no observations. */
    kinmu_event decision = {.schema = 1, .subject = "alice"};
    kinmu_value values[2] = {kinmu_text("alice"), kinmu_i64(480)};
    uint64_t number = journal_decision(s->f->journal);
    decision.values = values;
    decision.value_count = 2;
    s->purposes[1].notice = &notice;
    assert_int_equal(bus_reload(s->b, &s->conf, NULL), KINMU_OK);
    assert_int_equal(bus_publish(s->b, &s->publisher, &decision, 1, NULL, &number, NULL, NULL),
                     KINMU_OK);
    assert_int_equal(committed(s), 3);
    agreements none = {0};
    bus_use_agreements(s->b, &none);
    publish_of(s, "bob", NOON);
    assert_int_equal(committed(s), 3);
}

static void quiet_hours_are_judged_by_each_events_own_time(void **state) {
    bench *s = *state;
    config_quiet night = {22 * 3600, 6 * 3600, 0x7F};
    kinmu_event events[3] = {minute_event(0), minute_event(0), minute_event(0)};
    int64_t midnight = NOON - NOON % (INT64_C(86400) * 1000000000);
    for (uint32_t i = 0; i < 3; i++) {
        events[i].flags = KINMU_EVENT_OFFSET;
        events[i].utc_offset_s = 9 * 3600;
    }
    events[0].unix_ns = midnight + INT64_C(12) * 3600 * 1000000000; /* 21:00 in Tokyo */
    events[1].unix_ns = midnight + INT64_C(13) * 3600 * 1000000000; /* 22:00 */
    events[2].unix_ns = events[1].unix_ns - 1;
    s->conf.quiet = &night;
    s->conf.quiet_count = 1;
    assert_int_equal(bus_reload(s->b, &s->conf, NULL), KINMU_OK);
    assert_int_equal(publish(s, events, 3, NULL, NULL), KINMU_OK);
    assert_int_equal(s->publisher.dropped_quiet, 1);
    assert_int_equal(s->publisher.published, 2);
    assert_int_equal(committed(s), 2);
    uint64_t ticket = 9;
    assert_int_equal(publish(s, &events[1], 1, &ticket, NULL), KINMU_OK);
    assert_int_equal(ticket, 0);
    assert_int_equal(s->publisher.dropped_quiet, 2);
    assert_int_equal(s->publisher.dropped_purpose, 0);
}

static void a_broken_reload_keeps_the_old_rules(void **state) {
    bench *s = *state;
    kinmu_event event = minute_event(0);
    kinmu_err err = {{0}, {0}};
    s->rules[0] = (config_rule){.match = "(", .action = "drop"};
    s->conf.rules = s->rules;
    s->conf.rule_count = 1;
    s->conf.purpose_count = 0;
    assert_int_equal(bus_reload(s->b, &s->conf, &err), KINMU_E_CONFIG);
    assert_non_null(strstr(err.msg, "\"(\""));
    assert_int_equal(publish(s, &event, 1, NULL, NULL), KINMU_OK);
    assert_int_equal(committed(s), 1);
}

static void expect_refused(bench *s, const kinmu_event *event, int32_t status, const char *part) {
    kinmu_err err = {{0}, {0}};
    uint64_t before = s->publisher.rejected;
    const kinmu_event both[2] = {minute_event(0), *event};
    assert_int_equal(publish(s, both, 2, NULL, &err), status);
    assert_int_equal(s->publisher.rejected, before + 1);
    if (strstr(err.msg, part) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", part, err.msg);
    }
    assert_int_equal(committed(s), 0); /* not even the good one beside it */
}

static void what_may_not_be_published_is_refused_whole(void **state) {
    bench *s = *state;
    char subject[BUS_SUBJECT_BYTES_MAX + 2];
    kinmu_event event = minute_event(2);
    expect_refused(s, &event, KINMU_E_REJECT, "does not declare");
    event.schema = 99;
    expect_refused(s, &event, KINMU_E_REJECT, "schema number 99");
    event = minute_event(1);
    expect_refused(s, &event, KINMU_E_REJECT, "write it by append_if");
    event = minute_event(0);
    event.value_count = 0;
    expect_refused(s, &event, KINMU_E_REJECT, "test.minute/1.keys is required");
    event = minute_event(0);
    memset(subject, 'a', sizeof subject - 1);
    subject[sizeof subject - 1] = '\0';
    event.subject = subject;
    expect_refused(s, &event, KINMU_E_REJECT, "subject is too long");
    event.subject = "\xff";
    expect_refused(s, &event, KINMU_E_REJECT, "not UTF-8");
    s->publisher.only_own_account = 1;
    event.subject = "bob";
    expect_refused(s, &event, KINMU_E_DENIED, "published for another");
    event.subject = "alice";
    assert_int_equal(publish(s, &event, 1, NULL, NULL), KINMU_OK);
}

/* An answer that a plugin wrote would be read back as the person's own. */
static void no_plugin_answers_a_notice(void **state) {
    bench *s = *state;
    schema_info agreement_info = *s->f->minute;
    kinmu_event event = minute_event(2);
    snprintf(agreement_info.full_name, sizeof agreement_info.full_name, "kinmu.audit.agreement/1");
    s->schemas[2] = &agreement_info;
    expect_refused(s, &event, KINMU_E_DENIED, "no plugin writes");
    assert_int_equal(bus_check(&s->publisher, &event, 1, NULL), KINMU_E_DENIED);
}

static void only_the_owner_decides(void **state) {
    bench *s = *state;
    kinmu_value values[2] = {kinmu_text("alice"), kinmu_i64(480)};
    kinmu_event event = {.schema = 1, .value_count = 2, .values = values};
    uint64_t number = 0;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(bus_publish(s->b, &s->publisher, &event, 1, NULL, &number, NULL, &err),
                     KINMU_OK);
    assert_int_equal(number, 1);
    number = 0; /* somebody decided meanwhile */
    assert_int_equal(bus_publish(s->b, &s->publisher, &event, 1, NULL, &number, NULL, &err),
                     KINMU_E_CONFLICT);
    assert_int_equal(number, 1);
    s->publisher.owner = "another";
    assert_int_equal(bus_publish(s->b, &s->publisher, &event, 1, NULL, &number, NULL, &err),
                     KINMU_E_DENIED);
    assert_non_null(strstr(err.msg, "only \"test\" decides test.day/1"));
    kinmu_event log = minute_event(0);
    assert_int_equal(bus_publish(s->b, &s->publisher, &log, 1, NULL, &number, NULL, &err),
                     KINMU_E_REJECT);
    s->publisher.owner = "test";
    const kinmu_event both[] = {event, log}; /* the change, and who made it */
    assert_int_equal(bus_publish(s->b, &s->publisher, both, 2, NULL, &number, NULL, &err),
                     KINMU_OK);
    assert_int_equal(number, 2);
    assert_int_equal(committed(s), 3);
}

static void many_at_once_are_all_there_or_none(void **state) {
    bench *s = *state;
    static kinmu_event events[KINMU_EVENTS_MAX];
    for (uint32_t i = 0; i < KINMU_EVENTS_MAX; i++) {
        events[i] = minute_event(0);
    }
    events[KINMU_EVENTS_MAX - 1].schema = 2;
    assert_int_equal(publish(s, events, KINMU_EVENTS_MAX, NULL, NULL), KINMU_E_REJECT);
    assert_int_equal(committed(s), 0);
    events[KINMU_EVENTS_MAX - 1].schema = 0;
    assert_int_equal(publish(s, events, KINMU_EVENTS_MAX, NULL, NULL), KINMU_OK);
    assert_int_equal(committed(s), KINMU_EVENTS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_published_is_stamped),
        TEST(a_purpose_not_in_force_is_dropped_and_counted),
        TEST(only_who_accepted_the_notice_is_recorded),
        TEST(quiet_hours_are_judged_by_each_events_own_time),
        TEST(a_broken_reload_keeps_the_old_rules),
        TEST(what_may_not_be_published_is_refused_whole),
        TEST(no_plugin_answers_a_notice),
        TEST(only_the_owner_decides),
        TEST(many_at_once_are_all_there_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
