/* approval_test.c - connector `approval` in the SDK's kit: a hundred callers in one turn while
 * others decide meanwhile (X31), punches that a device kept, the automatic end, the same punch
 * again. */
#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PLUGIN KINMU_BUILD_DIR "/plugins/connectors/approval.so"
#define CALLERS 100
#define ANSWERS_MAX 1024
#define HOUR_NS INT64_C(3600000000000)
#define MORNING_NS (INT64_C(1795305600) * 1000000000) /* 2026-11-22 09:00 in Tokyo */

static testkit *kit;
static kinmu_calls calls;
static struct {
    int32_t status;
    char first[64], second[64]; /* of its values */
    char text[512];
} answers[ANSWERS_MAX];
static uint32_t answer_count, mirrored;

static int32_t keep_answer(const kinmu_host *of, uint64_t id, int32_t status,
                           const kinmu_value *values, uint32_t count, const char *text) {
    (void)of;
    assert_true(id > 0 && id < ANSWERS_MAX);
    answers[id].status = status;
    for (uint32_t i = 0; i < 2 && i < count; i++) {
        char *out = i == 0 ? answers[id].first : answers[id].second;
        (void)snprintf(out, 64, "%.*s", (int)values[i].size,
                       values[i].type == KINMU_TYPE_TEXT ? values[i].as.text : "");
    }
    (void)snprintf(answers[id].text, sizeof answers[id].text, "%s", text);
    answer_count++;
    return KINMU_OK;
}

static const void *(*kit_iface)(const kinmu_host *of, const char *name);
static const void *iface(const kinmu_host *of, const char *name) {
    return strcmp(name, KINMU_CALLS_1) == 0 ? &calls : kit_iface(of, name);
}

/* The newest version of a request takes the place of the older one. */
static void keep_row(const kinmu_event *row, int is_request) {
    for (uint32_t i = 0; is_request && i < kit->row_count; i++) {
        const kinmu_event *old = kit->rows[i];
        if (old->schema == row->schema && old->values[0].size == row->values[0].size &&
            memcmp(old->values[0].as.text, row->values[0].as.text, old->values[0].size) == 0) {
            kit->rows[i] = row;
            return;
        }
    }
    testkit_add_row(kit, row);
}

/* What was written is in the store by the next turn. */
static void mirror(void) {
    for (const kinmu_event *e = testkit_event(kit, mirrored); e != NULL;
         e = testkit_event(kit, mirrored)) {
        kinmu_schema_use use;
        char name[128];
        mirrored++;
        testkit_table_row(&kit->plugin.schemas, e->schema, &use, sizeof use);
        if ((use.flags & KINMU_ACCEPTS) != 0) {
            (void)snprintf(name, sizeof name, "%s/1", use.schema->name);
            keep_row(testkit_make(kit, name, e->unix_ns != 0 ? e->unix_ns : 1, e->subject,
                                  e->values, e->value_count),
                     strcmp(use.schema->name, "kinmu.request.request") == 0);
        }
    }
}

/* Sends a call; the texts are its inputs, NULL = not given. Its answer is answers[the id]. */
static uint64_t send(const char *caller, const char *command, const char *const *texts,
                     uint32_t count, int64_t at_ns) {
    static uint64_t last_id;
    kinmu_value values[16] = {{0}};
    kinmu_call call = {.struct_size = sizeof call,
                       .caller = caller,
                       .values = values,
                       .value_count = count,
                       .rights = KINMU_RIGHTS_ALL};
    kinmu_command row;
    kinmu_err err = {{0}, {0}};
    for (uint32_t i = 0; i < count; i++) {
        values[i] = texts[i] != NULL ? kinmu_text(texts[i]) : kinmu_null();
    }
    if (at_ns != 0) {
        values[10] = kinmu_time(at_ns); /* punch: at */
    }
    for (;; call.command++) {
        assert_true(call.command < kit->plugin.commands.count);
        testkit_table_row(&kit->plugin.commands, call.command, &row, sizeof row);
        if (strcmp(row.name, command) == 0) {
            break;
        }
    }
    call.id = ++last_id;
    memset(&answers[call.id], 0, sizeof answers[call.id]);
    assert_int_equal(kit->plugin.call(kit->instance, &call, &err), KINMU_OK);
    return call.id;
}

/* Turns until so many answers have come; every `disturb` turns somebody else decides. */
static void wait_for(uint32_t count, uint32_t disturb) {
    for (uint32_t turn = 1; answer_count < count; turn++) {
        assert_true(turn < 10000);
        if (disturb != 0 && turn % disturb == 0 && turn < 40) {
            kit->head++;
        }
        if (testkit_turn(kit) == 0) {
            testkit_advance(kit, 20);
        }
        mirror();
    }
    answer_count = 0;
}

static uint64_t ask(const char *caller, const char *command, const char *const *texts,
                    uint32_t count, int64_t at_ns) {
    uint64_t id = send(caller, command, texts, count, at_ns);
    wait_for(1, 0);
    return id;
}

static void row(const char *schema, const kinmu_value *values, uint32_t count) {
    testkit_add_row(kit, testkit_make(kit, schema, 1, "", values, count));
}

static void person(const char *id) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
    values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(id);
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("active");
    values[KINMU_PEOPLE_PERSON_IS_ADMIN] = kinmu_bool(0);
    values[KINMU_PEOPLE_PERSON_START_APPROVAL] = kinmu_text("form");
    values[KINMU_PEOPLE_PERSON_END_APPROVAL] = kinmu_text("form");
    values[KINMU_PEOPLE_PERSON_TASK_AT_REQUEST] = kinmu_text("optional");
    values[KINMU_PEOPLE_PERSON_REPORT_AT_END] = kinmu_text("optional");
    row("kinmu.people.person/1", values, KINMU_PEOPLE_PERSON_FIELDS);
    const kinmu_value assigned[] = {kinmu_text(id), kinmu_text("1970-01-01"), kinmu_text("G"),
                                    kinmu_null(), kinmu_text("ordinary")};
    row("kinmu.people.assignment/1", assigned, 5);
}

static int set_up(void **state) {
    const char *const options[] = {NULL};
    (void)state;
    kit = testkit_new("approval");
    assert_int_equal(testkit_load(kit, PLUGIN, "approval"), KINMU_OK);
    kit_iface = kit->host.iface;
    kit->host.iface = iface;
    calls = *(const kinmu_calls *)kit_iface(&kit->host, KINMU_CALLS_1);
    calls.answer = keep_answer;
    kit->clock.unix_ns = MORNING_NS;
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    person("U1");
    person("U2");
    const kinmu_value group[] = {kinmu_text("G"),     kinmu_text("G"), kinmu_text("U2;U1"),
                                 kinmu_null(),        kinmu_null(),    kinmu_null(),
                                 kinmu_text("active")};
    row("kinmu.people.group/1", group, KINMU_PEOPLE_GROUP_FIELDS);
    answer_count = mirrored = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    assert_int_equal(testkit_stop(kit), KINMU_OK);
    testkit_free(kit);
    return 0;
}

static uint64_t punch(const char *kind, int64_t at_ns, const char *source_id) {
    const char *const inputs[] = {kind, NULL, NULL, NULL,      NULL, NULL,
                                  NULL, NULL, NULL, source_id, NULL, "U1"};
    return ask("plugin:agent", "punch", inputs, 12, at_ns);
}

static void of_a_hundred_deciders_one_decides(void **state) {
    static const char *const words[] = {"approve", "deny", "return", "withdraw"};
    const char *const asked[] = {"correction", "2026-11-21", "9:00", "18:00",  NULL, NULL,
                                 NULL,         NULL,         NULL,   "forgot", "U1"};
    uint64_t ids[CALLERS];
    uint32_t taken = 0;
    uint64_t winner = 0;
    (void)state;
    uint64_t first = ask("os:root", "request", asked, 11, 0);
    assert_int_equal(answers[first].status, KINMU_OK);
    char request[64];
    (void)snprintf(request, sizeof request, "%s", answers[first].first);
    for (int i = 0; i < CALLERS; i++) {
        const char *const inputs[] = {request, NULL, i % 4 == 3 ? "U1" : "U2"};
        ids[i] = send("plugin:api", words[i % 4], inputs, 3, 0);
    }
    wait_for(CALLERS, 1);
    for (int i = 0; i < CALLERS; i++) {
        taken += answers[ids[i]].status == KINMU_OK;
        winner = answers[ids[i]].status == KINMU_OK ? ids[i] : winner;
        assert_true(answers[ids[i]].status == KINMU_OK ||
                    (answers[ids[i]].status == KINMU_E_REJECT &&
                     strstr(answers[ids[i]].text, request) != NULL));
    }
    assert_int_equal(taken, 1);
    assert_true(testkit_metric(kit, "conflicts_total") > 0); /* others were in the way */
    uint32_t steps = testkit_count(kit, "kinmu.request.decision/1");
    assert_int_equal(steps, 2); /* submit, and one more */
    const char *const shown[] = {request};
    uint64_t show = ask("os:root", "request_show", shown, 1, 0);
    assert_int_equal(answers[show].status, KINMU_OK);
    assert_non_null(answers[winner].second);
}

static void of_a_hundred_corrections_of_a_day_one_waits(void **state) {
    const char *const asked[] = {"correction", "2026-11-21", "9:00", "18:00",  NULL, NULL,
                                 NULL,         NULL,         NULL,   "forgot", "U1"};
    uint64_t ids[CALLERS];
    uint32_t taken = 0;
    (void)state;
    for (int i = 0; i < CALLERS; i++) {
        ids[i] = send("os:root", "request", asked, 11, 0);
    }
    wait_for(CALLERS, 2);
    for (int i = 0; i < CALLERS; i++) {
        taken += answers[ids[i]].status == KINMU_OK;
    }
    assert_int_equal(taken, 1);
    assert_int_equal(testkit_count(kit, "kinmu.request.request/1"), 1);
}

static void punches_a_device_kept_come_in_order(void **state) {
    (void)state;
    assert_int_equal(answers[punch("start", MORNING_NS - 3 * HOUR_NS, NULL)].status, KINMU_OK);
    assert_int_equal(answers[punch("break", MORNING_NS - 2 * HOUR_NS, NULL)].status, KINMU_OK);
    uint64_t late = punch("resume", MORNING_NS - 5 * HOUR_NS / 2, NULL);
    assert_int_equal(answers[late].status, KINMU_E_REJECT); /* before the break */
    assert_non_null(strstr(answers[late].text, "06:30"));
    assert_int_equal(answers[punch("resume", MORNING_NS - HOUR_NS, NULL)].status, KINMU_OK);
    uint64_t end = punch("end", 0, NULL);
    assert_int_equal(answers[end].status, KINMU_OK);
    assert_string_equal(answers[end].first, "off");
    assert_string_equal(answers[end].second, "2026-11-22T09:00:00+09:00");
}

static void the_same_punch_again_is_the_same(void **state) {
    (void)state;
    assert_int_equal(answers[punch("start", 0, "d1")].status, KINMU_OK);
    assert_int_equal(answers[punch("start", 0, "d1")].status, KINMU_OK);
    assert_int_equal(testkit_count(kit, "kinmu.attendance.punch/1"), 1);
    assert_int_equal(answers[punch("start", 0, "d2")].status, KINMU_E_REJECT);
}

static void a_forgotten_shift_ends_at_five(void **state) {
    (void)state;
    assert_int_equal(answers[punch("start", 0, NULL)].status, KINMU_OK);
    kit->clock.unix_ns += 20 * HOUR_NS - 1; /* 04:59:59.999999999 */
    assert_int_equal(answers[punch("break", 0, NULL)].status, KINMU_OK);
    kit->clock.unix_ns += 1;
    assert_int_equal(answers[punch("resume", 0, NULL)].status, KINMU_E_REJECT);
    kit->clock.unix_ns += HOUR_NS;
    assert_int_equal(answers[punch("end", 0, NULL)].status, KINMU_E_REJECT);
    assert_int_equal(answers[punch("start", 0, NULL)].status, KINMU_OK);
    assert_int_equal(testkit_count(kit, "kinmu.request.request/1"), 2); /* two starts, no end */
}

/* 9:00 to the next day's 7:00, as a schedule says it. */
static void planned(const char *pattern_id, const char *state) {
    const kinmu_value values[] = {kinmu_text("U1"),
                                  kinmu_text("2026-11-22"),
                                  kinmu_text("work"),
                                  pattern_id != NULL ? kinmu_text(pattern_id) : kinmu_null(),
                                  pattern_id == NULL ? kinmu_i64(540) : kinmu_null(),
                                  pattern_id == NULL ? kinmu_i64(1860) : kinmu_null(),
                                  kinmu_null(),
                                  kinmu_text(state)};
    row("kinmu.people.schedule/1", values, KINMU_PEOPLE_SCHEDULE_FIELDS);
}

/* Started at 9:00, ended at 7:10 the next morning, beyond 5:00. */
static int32_t end_of_the_night(void) {
    assert_int_equal(answers[punch("start", 0, NULL)].status, KINMU_OK);
    kit->clock.unix_ns += 22 * HOUR_NS + HOUR_NS / 6;
    return answers[punch("end", 0, NULL)].status;
}

static void a_planned_shift_ends_not_before_its_end(void **state) {
    (void)state;
    planned(NULL, "planned");
    assert_int_equal(end_of_the_night(), KINMU_OK);
}

static void a_planned_pattern_has_its_own_end(void **state) {
    kinmu_value night[KINMU_PEOPLE_PATTERN_FIELDS] = {{0}};
    (void)state;
    night[KINMU_PEOPLE_PATTERN_PATTERN_ID] = kinmu_text("N");
    night[KINMU_PEOPLE_PATTERN_FROM_DATE] = kinmu_text("1970-01-01");
    night[KINMU_PEOPLE_PATTERN_END_CLOCK] = kinmu_i64(1740);
    night[KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK] = kinmu_i64(480); /* 8:00 */
    row("kinmu.people.pattern/1", night, KINMU_PEOPLE_PATTERN_FIELDS);
    planned("N", "planned");
    assert_int_equal(end_of_the_night(), KINMU_OK);
}

static void a_withdrawn_plan_holds_nothing(void **state) {
    (void)state;
    planned(NULL, "withdrawn");
    assert_int_equal(end_of_the_night(), KINMU_E_REJECT);
}

static void punches_of_others_count(void **state) {
    const kinmu_value values[] = {kinmu_text("start"), kinmu_text("face"), kinmu_text("U1")};
    (void)state;
    testkit_add_row(
        kit, testkit_make(kit, "kinmu.attendance.punch/1", MORNING_NS - HOUR_NS, "", values, 3));
    assert_int_equal(answers[punch("start", 0, NULL)].status, KINMU_E_REJECT);
    assert_int_equal(answers[punch("end", 0, NULL)].status, KINMU_OK);
}

/* What is too long, or no form of work, is told by its name and with its bound. */
static void a_bound_says_of_what(void **state) {
    (void)state;
    char words[5001];
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    const char *note[12] = {"start", [7] = words, [11] = "U1"};
    uint64_t id = ask("plugin:api", "punch", note, 12, 0);
    assert_int_equal(answers[id].status, KINMU_E_REJECT);
    assert_non_null(strstr(answers[id].text, "note is too long (at most 4096 bytes)"));
    const char *cause[12] = {"leave", "2026-11-22", [8] = words, [10] = "U1"};
    id = ask("plugin:api", "request", cause, 12, 0);
    assert_non_null(strstr(answers[id].text, "cause is too long (at most 4096 bytes)"));
    const char *form[12] = {"leave", "2026-11-22", [7] = "moon", [10] = "U1"};
    id = ask("plugin:api", "request", form, 12, 0);
    assert_non_null(strstr(answers[id].text, "work_form cannot be \"moon\""));
}

/* Decides as U2; the state it has then, or "" when that was refused. */
static const char *decide(const char *word, const char *request) {
    const char *const inputs[] = {request, NULL, "U2"};
    uint64_t id = ask("plugin:api", word, inputs, 3, 0);
    return answers[id].status == KINMU_OK ? answers[id].second : "";
}

static uint64_t request(const char *kind, const char *to, const char *object, const char *person) {
    const char *const inputs[] = {kind, "2026-11-22", NULL, to,       NULL,   NULL,
                                  NULL, NULL,         NULL, "needed", person, object};
    return ask("plugin:api", "request", inputs, 12, 0);
}

/* Asked for at 9:00 until 18:00, once approved and once not decided: both expire within a minute of
 * 18:00, once, and not before. */
static void a_device_is_granted_until_a_moment(void **state) {
    char granted[64];
    char waiting[64];
    (void)state;
    assert_int_equal(answers[request("device", "8:59", "0781:5567", "U1")].status, KINMU_E_REJECT);
    assert_int_equal(answers[request("device", NULL, "0781:5567", "U1")].status, KINMU_E_REJECT);
    assert_int_equal(answers[request("device", "18:00", NULL, "U1")].status, KINMU_E_REJECT);
    (void)snprintf(granted, sizeof granted, "%s",
                   answers[request("device", "18:00", "0781:5567", "U1")].first);
    (void)snprintf(waiting, sizeof waiting, "%s",
                   answers[request("device", "18:00", "0781:5568", "U1")].first);
    assert_int_equal(answers[request("device", "18:00", "0781:5568", "U1")].status, KINMU_E_REJECT);
    assert_string_equal(decide("approve", granted), "approved");
    static const uint32_t steps[] = {3, 5, 5}; /* looked for at about 17:59, 18:00 and 18:01 */
    kit->clock.unix_ns += 9 * HOUR_NS - 90 * INT64_C(1000000000);
    for (int i = 0; i < 3; i++) {
        testkit_advance(kit, 60000);
        mirror();
        assert_int_equal(testkit_count(kit, "kinmu.request.decision/1"), steps[i]);
    }
    assert_string_equal(decide("approve", waiting), "");
}

static void an_incident_is_judged_by_somebody(void **state) {
    char id[64];
    (void)state;
    (void)snprintf(id, sizeof id, "%s", answers[request("incident", NULL, "i1", "U1")].first);
    assert_string_equal(decide("approve", id), "");
    assert_string_equal(decide("illicit", id), "illicit");
    assert_string_equal(decide("illicit", id), "");
    assert_string_equal(decide("harmless", id), "harmless");
    (void)snprintf(id, sizeof id, "%s", answers[request("leave", NULL, NULL, "U1")].first);
    assert_string_equal(decide("illicit", id), "");
    assert_int_equal(testkit_count(kit, "kinmu.request.decision/1"), 4); /* two were asked */
}

/* U2 may decide over U2's own contract, though U1 could, and over nothing else of U2's. */
static void a_contract_may_be_decided_by_who_asked(void **state) {
    char id[64];
    (void)state;
    (void)snprintf(id, sizeof id, "%s", answers[request("contract", NULL, "terms/3", "U2")].first);
    assert_string_equal(decide("approve", id), "approved");
    (void)snprintf(id, sizeof id, "%s", answers[request("leave", NULL, NULL, "U2")].first);
    assert_string_equal(decide("approve", id), "");
}

/* A warning about a closed day, as `workday` writes it: in the store, and delivered. */
static void warn(const char *date, const char *rule, const char *after, int is_delivered) {
    static uint64_t block = 1000;
    kinmu_value values[KINMU_ALERT_FIELDS] = {{0}};
    values[KINMU_ALERT_RULE] = kinmu_text(rule);
    values[KINMU_ALERT_PERSON] = kinmu_text("U1");
    values[KINMU_ALERT_PERIOD] = kinmu_text(date);
    values[KINMU_ALERT_LEVEL] = kinmu_i64(1);
    values[KINMU_ALERT_STATE] = kinmu_text(after != NULL ? "open" : "resolved");
    values[KINMU_ALERT_BEFORE] = kinmu_text("work_min=480");
    values[KINMU_ALERT_AFTER] = after != NULL ? kinmu_text(after) : kinmu_null();
    kinmu_event event =
        *testkit_make(kit, "kinmu.alert/1", MORNING_NS, "U1", values, KINMU_ALERT_FIELDS);
    event.block = block++;
    for (uint32_t i = 0; i < kit->row_count; i++) {
        const kinmu_event *old = kit->rows[i];
        if (old->schema == event.schema && old->values[KINMU_ALERT_PERIOD].size == strlen(date) &&
            memcmp(old->values[KINMU_ALERT_PERIOD].as.text, date, strlen(date)) == 0) {
            kit->rows[i] = kit->rows[--kit->row_count];
        }
    }
    testkit_add_row(
        kit, testkit_make(kit, "kinmu.alert/1", MORNING_NS, "U1", values, KINMU_ALERT_FIELDS));
    for (int i = 0; i < is_delivered; i++) {
        assert_int_equal(testkit_deliver(kit, &event, 1), KINMU_OK);
        mirror();
    }
    for (uint32_t turn = 0; turn < 100; turn++) {
        (void)testkit_turn(kit);
        mirror();
    }
}

/* The state of the last request that was made, whose id is kept, and how many versions there are.
 */
static uint32_t last_request(char id[64], char state[64], char after[64]) {
    uint32_t count = 0;
    uint32_t at = 0;
    const kinmu_event *last = NULL;
    for (const kinmu_event *e = testkit_event(kit, 0); e != NULL; e = testkit_event(kit, ++at)) {
        if (e->value_count == KINMU_REQUEST_REQUEST_FIELDS) {
            last = e;
            count++;
        }
    }
    static const uint32_t fields[] = {KINMU_REQUEST_REQUEST_REQUEST_ID, KINMU_REQUEST_REQUEST_STATE,
                                      KINMU_REQUEST_REQUEST_AFTER};
    char *texts[] = {id, state, after};
    for (uint32_t i = 0; i < 3 && last != NULL; i++) {
        const kinmu_value *value = &last->values[fields[i]];
        (void)snprintf(texts[i], 64, "%.*s", (int)value->size,
                       value->type == KINMU_TYPE_TEXT ? value->as.text : "");
    }
    return count;
}

/* Delivered twice it is one request; other figures write it anew; what was decided is not asked
 * again, nor what is told no more or is no evidence of a closed month. */
static void a_warning_about_a_closed_day_is_asked_once(void **state) {
    char id[64], is[64], after[64];
    (void)state;
    warn("2026-10-20", "late-evidence", "work_min=500", 2);
    assert_int_equal(last_request(id, is, after), 1);
    assert_string_equal(is, "pending");
    assert_string_equal(after, "work_min=500");
    warn("2026-10-20", "late-evidence", "work_min=510", 2);
    assert_int_equal(last_request(id, is, after), 3); /* and the older one is withdrawn */
    assert_string_equal(after, "work_min=510");
    assert_string_equal(decide("deny", id), "denied");
    uint32_t count = last_request(id, is, after);
    warn("2026-10-20", "late-evidence", "work_min=510", 2);
    warn("2026-10-21", "late-evidence", NULL, 1);
    warn("2026-10-22", "divergence", "work_min=1", 1);
    assert_int_equal(last_request(id, is, after), count);
    warn("2026-10-20", "late-evidence", "work_min=520", 1);
    assert_int_equal(last_request(id, is, after), count + 1);
}

/* More of them than one call makes, of which no event came: they are looked for at the start. */
static void warnings_from_before_the_start_are_asked(void **state) {
    char id[64], is[64], after[64], date[16];
    kinmu_err err = {{0}, {0}};
    (void)state;
    for (int i = 0; i < 30; i++) {
        (void)snprintf(date, sizeof date, "2026-10-%02d", i + 1);
        warn(date, "late-evidence", "work_min=500", 0);
    }
    assert_int_equal(last_request(id, is, after), 0);
    assert_int_equal(kit->plugin.stop(kit->instance, &err), KINMU_OK);
    assert_int_equal(kit->plugin.start(kit->instance, &err), KINMU_OK);
    for (uint32_t turn = 0; turn < 100; turn++) {
        (void)testkit_turn(kit);
        mirror();
    }
    assert_int_equal(last_request(id, is, after), 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_warning_about_a_closed_day_is_asked_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(warnings_from_before_the_start_are_asked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(of_a_hundred_deciders_one_decides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_a_hundred_corrections_of_a_day_one_waits, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(punches_a_device_kept_come_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_punch_again_is_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_forgotten_shift_ends_at_five, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bound_says_of_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_planned_shift_ends_not_before_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_planned_pattern_has_its_own_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_withdrawn_plan_holds_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(punches_of_others_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_device_is_granted_until_a_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_incident_is_judged_by_somebody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_contract_may_be_decided_by_who_asked, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
