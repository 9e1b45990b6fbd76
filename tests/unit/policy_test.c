/* policy_test.c - what is written of titles, addresses and paths, and what is not collected at all:
 * from a conf.d as a person writes it to the values that would reach the journal. */
#include "base/clock.h"
#include "bus/policy.h"
#include "tests/config/folder.h"

#include <kinmu/civil.h>
#include <kinmu/events/all.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define TITLES_MIN 50
#define LINE_SIZE 1024
#define PURPOSES                                                                                   \
    "purposes: {activity: {}, working-time: {}, presence: {notice: seat}}\n"                       \
    "notices: {seat: {version: \"1\", ja: 席, en: Seat.}}\n"

enum { PROCESS, TITLE, URL, CAUSE, ELEVATED };

static schema_registry *registry;
static const schema_info *focus;
static const uint8_t hash_key[32] = {7};

static int32_t try_policy(const char *privacy, policy **p, buffer *listing, kinmu_err *err) {
    config *conf = NULL;
    folder_clear("conf.d");
    assert_int_equal(folder_put("20-purposes.yaml", PURPOSES), 0);
    assert_int_equal(folder_put("30-privacy.yaml", privacy), 0);
    *p = NULL;
    int32_t status = folder_load(NULL, &conf, listing);
    if (status == KINMU_OK) {
        status = policy_create(conf, hash_key, p, err);
    }
    config_free(conf);
    return status;
}

static policy *make_policy(const char *privacy) {
    policy *p = NULL;
    buffer listing = {0};
    if (try_policy(privacy, &p, &listing, NULL) != KINMU_OK) {
        fail_msg("%s", buffer_string(&listing));
    }
    buffer_free(&listing);
    return p;
}

static kinmu_value text_or_null(const char *text) {
    return text != NULL ? kinmu_text(text) : kinmu_null();
}

/* The values of one focus event after redaction; their texts live in `scratch`. */
static void redact(const policy *p, const char *process, const char *title, const char *url,
                   kinmu_value values[KINMU_WINDOW_FOCUS_FIELDS], arena *scratch) {
    values[PROCESS] = text_or_null(process);
    values[TITLE] = text_or_null(title);
    values[URL] = text_or_null(url);
    values[CAUSE] = kinmu_text("focus");
    values[ELEVATED] = kinmu_bool(0);
    assert_int_equal(policy_redact(p, focus, values, KINMU_WINDOW_FOCUS_FIELDS, scratch), KINMU_OK);
}

static void assert_value(const kinmu_value *value, const char *expected) {
    if (expected == NULL) {
        assert_int_equal(value->type, KINMU_TYPE_NULL);
        return;
    }
    assert_int_equal(value->type, KINMU_TYPE_TEXT);
    if (value->size != strlen(expected) || memcmp(value->as.text, expected, value->size) != 0) {
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)value->size, value->as.text);
    }
}

static void expect(const policy *p, const char *process, const char *title, const char *url,
                   const char *process_left, const char *title_left, const char *url_left) {
    arena scratch = {0};
    kinmu_value values[KINMU_WINDOW_FOCUS_FIELDS];
    redact(p, process, title, url, values, &scratch);
    assert_value(&values[PROCESS], process_left);
    assert_value(&values[TITLE], title_left);
    assert_value(&values[URL], url_left);
    assert_value(&values[CAUSE], "focus");
    arena_free(&scratch);
}

/* ---- titles ---- */

static void titles_are_off_on_or_hashed(void **state) {
    (void)state;
    policy *p = make_policy("{}");
    expect(p, "word", "Offer to Bob", NULL, "word", NULL, NULL);
    policy_destroy(p);
    p = make_policy("privacy: {title: on}");
    expect(p, "word", "Offer to Bob", NULL, "word", "Offer to Bob", NULL);
    policy_destroy(p);
    p = make_policy("privacy: {title: hashed}");
    arena scratch = {0};
    kinmu_value one[KINMU_WINDOW_FOCUS_FIELDS];
    kinmu_value same[KINMU_WINDOW_FOCUS_FIELDS];
    kinmu_value other[KINMU_WINDOW_FOCUS_FIELDS];
    redact(p, "word", "Offer to Bob", NULL, one, &scratch);
    redact(p, "xterm", "Offer to Bob", NULL, same, &scratch);
    redact(p, "word", "Offer to Bo", NULL, other, &scratch);
    assert_int_equal(one[TITLE].size, 32);
    assert_null(memchr(one[TITLE].as.text, ' ', 32));
    assert_memory_equal(one[TITLE].as.text, same[TITLE].as.text, 32);
    assert_memory_not_equal(one[TITLE].as.text, other[TITLE].as.text, 32);
    arena_free(&scratch);
    policy_destroy(p);
}

static void paths_follow_titles(void **state) {
    (void)state;
    const schema_info *file = schema_registry_find(registry, "kinmu.file.operation/1", 22);
    assert_non_null(file);
    kinmu_value values[KINMU_FIELDS_MAX];
    arena scratch = {0};
    uint32_t paths = 0;
    for (uint32_t i = 0; i < file->field_count; i++) {
        values[i] =
            file->fields[i].type == KINMU_TYPE_TEXT ? kinmu_text("/home/a/x") : kinmu_null();
    }
    policy *p = make_policy("{}");
    assert_int_equal(policy_redact(p, file, values, file->field_count, &scratch), KINMU_OK);
    for (uint32_t i = 0; i < file->field_count; i++) {
        if (file->fields[i].role == KINMU_ROLE_PATH) {
            paths++;
            assert_value(&values[i], NULL);
        }
    }
    assert_true(paths > 0);
    policy_destroy(p);
    arena_free(&scratch);
}

/* ---- addresses ---- */

static void addresses_are_cut_as_configured(void **state) {
    (void)state;
    static const struct {
        const char *url;
        const char *host;
        const char *host_path;
    } forms[] = {
        {"https://h.example/p/q", "h.example", "h.example/p/q"},
        {"https://h.example", "h.example", "h.example"},
        {"https://h.example/p?token=s#f", "h.example", "h.example/p"},
        {"https://h.example?token=s", "h.example", "h.example"},
        {"https://h.example#secret", "h.example", "h.example"},
        {"https://h.example:8443/p", "h.example:8443", "h.example:8443/p"},
        {"https://me:pass@h.example/p", "h.example", "h.example/p"},
        {"https://a@b@h.example/p", "h.example", "h.example/p"},
        {"h.example/p?x", "h.example", "h.example/p"},
        {"h.example:80", "h.example:80", "h.example:80"},
        {"http://[2001:db8::1]:80/p", "[2001:db8::1]:80", "[2001:db8::1]:80/p"},
        {"https://日本語.example/p", "日本語.example", "日本語.example/p"},
        {"https://h.example\\@evil.example/", "h.example", "h.example\\@evil.example/"},
        {"mailto:bob@h.example?subject=secret", "h.example", "h.example"},
        {"file:///home/alice/secret.txt", NULL, NULL},
        {"data:text/html,secret", NULL, NULL},
        {"javascript:alert('secret')/1", NULL, NULL},
        {"about:blank", NULL, NULL},
        {"https://", NULL, NULL},
        {"?", NULL, NULL},
        {"a secret search/x", NULL, NULL},
    };
    policy *host = make_policy("privacy: {url: host}");
    policy *host_path = make_policy("{}");
    policy *off = make_policy("privacy: {url: off}");
    policy *full = make_policy("privacy: {url: full}");
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        expect(host, "firefox", NULL, forms[i].url, "firefox", NULL, forms[i].host);
        expect(host_path, "firefox", NULL, forms[i].url, "firefox", NULL, forms[i].host_path);
        expect(off, "firefox", NULL, forms[i].url, "firefox", NULL, NULL);
        expect(full, "firefox", NULL, forms[i].url, "firefox", NULL, forms[i].url);
    }
    policy_destroy(host);
    policy_destroy(host_path);
    policy_destroy(off);
    policy_destroy(full);
}

/* ---- rules ---- */

static void rules_know_programs(void **state) {
    (void)state;
    policy *p = make_policy("privacy:\n"
                            "  title: on\n"
                            "  rules:\n"
                            "    - {app: \"*KeePass*\", action: exclude}\n"
                            "    - {app: mutt, action: drop}\n");
    expect(p, "keepassxc", "vault", "h.example/p", NULL, NULL, NULL);
    expect(p, "mutt", "inbox", "h.example/p", "mutt", NULL, NULL);
    expect(p, "muttx", "inbox", NULL, "muttx", "inbox", NULL);
    /* A program that could not be named may be the excluded one. */
    expect(p, NULL, "vault", "h.example/p", NULL, NULL, NULL);
    expect(p, "", "vault", NULL, NULL, NULL, NULL);
    policy_destroy(p);
}

static void rules_know_domains(void **state) {
    (void)state;
    policy *p = make_policy("privacy:\n"
                            "  title: on\n"
                            "  url: full\n"
                            "  rules: [{domain: bank.example, action: exclude}]\n");
    static const char *const inside[] = {
        "https://bank.example/",
        "https://www.bank.example/p",
        "https://BANK.example",
        "https://me@bank.example:8443/p",
        "bank.example?x",
        "https://bank.example./p",
        "https://bank.example\\@h.org/",
        "https://h.org@bank.example/",
    };
    static const char *const outside[] = {
        "https://mybank.example/",          "https://bank.example.org/",
        "https://h.example/bank.example",   "https://h.example/?u=https://bank.example/",
        "https://bank.example@h.example/p",
    };
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        expect(p, "firefox", "balance", inside[i], NULL, NULL, NULL);
    }
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        expect(p, "firefox", "balance", outside[i], "firefox", "balance", outside[i]);
    }
    policy_destroy(p);
}

static void rules_know_expressions(void **state) {
    (void)state;
    policy *p = make_policy("privacy:\n"
                            "  title: on\n"
                            "  rules:\n"
                            "    - {match: \"[0-9]{4,}\", action: replace, replace: \"#\"}\n"
                            "    - {match: \"salary\", action: drop}\n"
                            "    - {app: xterm, match: \"root\", action: exclude}\n");
    expect(p, "a", "12345 and 99 and 2026", NULL, "a", "# and 99 and #", NULL);
    expect(p, "a", "salary 2026", "h.example/p", "a", NULL, NULL);
    expect(p, "a", "x", "h.example/salary", "a", NULL, NULL); /* any text of the event counts */
    expect(p, "xterm", "root shell", NULL, NULL, NULL, NULL);
    expect(p, "gnome", "root shell", NULL, "gnome", "root shell", NULL);
    policy_destroy(p);
}

static void a_rule_cut_before_the_address_sees_the_whole_of_it(void **state) {
    (void)state;
    policy *p = make_policy("privacy: {title: on, rules: [{match: \"token=\", action: exclude}]}");
    expect(p, "firefox", "ok", "https://h.example/p?token=1", NULL, NULL, NULL);
    policy_destroy(p);
}

static void a_broken_expression_is_refused_at_load(void **state) {
    (void)state;
    static const char *const broken[] = {"[a-", "(", "a{2,1}", "*x("};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char text[200];
        policy *p = NULL;
        buffer listing = {0};
        kinmu_err err = {{0}, {0}};
        snprintf(text, sizeof text, "privacy: {rules: [{match: \"%s\", action: drop}]}", broken[i]);
        assert_int_equal(try_policy(text, &p, &listing, &err), KINMU_E_CONFIG);
        assert_null(p);
        assert_true(strstr(buffer_string(&listing), "30-privacy.yaml:1:") != NULL ||
                    strstr(err.msg, broken[i]) != NULL);
        buffer_free(&listing);
    }
}

/* Long texts and ones made to make an expression work hard are answered, and soon. */
static void hostile_texts_are_decided(void **state) {
    (void)state;
    policy *p = make_policy("privacy:\n"
                            "  title: on\n"
                            "  rules:\n"
                            "    - {match: \"(a+)+b\", action: replace}\n"
                            "    - {match: \"([a-z]*[0-9]*)*x$\", action: replace}\n"
                            "    - {match: \"x*\", action: replace}\n");
    char text[KINMU_TEXT_BYTES_MAX + 1];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    uint64_t before = clock_mono_ns();
    expect(p, "a", text, NULL, "a", text, NULL);
    text[sizeof text - 2] = 'b';
    expect(p, "a", text, NULL, "a", "***", NULL);
    assert_true(clock_mono_ns() - before < (uint64_t)10 * CLOCK_NS_PER_S);
    expect(p, "a", "", NULL, "a", "", NULL);
    expect(p, "a", "\x01\x7f\"'<script>", NULL, "a", "\x01\x7f\"'<script>", NULL);
    policy_destroy(p);
}

/* A replacement that would make a text longer than a text may be leaves none. */
static void a_text_that_grows_too_long_is_left_out(void **state) {
    (void)state;
    policy *p = make_policy("privacy: {title: on, rules: [{match: \"a\", action: replace,"
                            " replace: \"0123456789\"}]}");
    char text[KINMU_TEXT_BYTES_MAX];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    expect(p, "b", text, NULL, "b", NULL, NULL);
    policy_destroy(p);
}

/* ---- purposes ---- */

static void only_declared_purposes_are_collected(void **state) {
    (void)state;
    policy *p = make_policy("{}");
    assert_int_equal(policy_allows(p, focus), 1);
    const schema_info *read = schema_registry_find(registry, "kinmu.audit.read/1", 18);
    const schema_info *presence = schema_registry_find(registry, "kinmu.presence.change/1", 23);
    const schema_info *device = schema_registry_find(registry, "kinmu.inventory.device/1", 24);
    assert_true(read != NULL && presence != NULL && device != NULL);
    assert_int_equal(policy_allows(p, read), 1);   /* who looked is always recorded */
    assert_int_equal(policy_allows(p, device), 0); /* not declared */
    assert_int_equal(policy_allows(p, presence), 1);
    assert_string_equal(policy_notice(p, presence)->name, "seat"); /* who accepts it is asked */
    assert_null(policy_notice(p, focus));
    policy_destroy(p);
}

static void a_purpose_switched_off_is_not_collected(void **state) {
    (void)state;
    config *conf = NULL;
    policy *p = NULL;
    buffer listing = {0};
    folder_clear("conf.d");
    assert_int_equal(folder_put("20.yaml", "purposes: {activity: {keep: 90d, collect: false}}\n"),
                     0);
    assert_int_equal(folder_load(NULL, &conf, &listing), KINMU_OK);
    assert_int_equal(conf->purposes[0].keep_days, 90); /* what is there still goes in its time */
    assert_int_equal(policy_create(conf, hash_key, &p, NULL), KINMU_OK);
    assert_int_equal(policy_allows(p, focus), 0);
    policy_destroy(p);
    config_free(conf);
    buffer_free(&listing);
}

/* ---- quiet hours ---- */

#define HOUR_S 3600
#define SECOND_NS INT64_C(1000000000)

/* A moment of local time: a day of November 2026 (the 22nd is a Sunday) and a clock. */
static int64_t local_ns(int32_t day, int32_t hour, int32_t minute, int32_t utc_offset_s) {
    int64_t days = kinmu_days_from_date(2026, 11, day);
    return (days * 86400 + hour * HOUR_S + minute * 60 - utc_offset_s) * SECOND_NS;
}

static int32_t is_quiet(const policy *p, int32_t day, int32_t hour, int32_t minute) {
    int32_t tokyo = 9 * HOUR_S;
    return policy_is_quiet(p, focus, local_ns(day, hour, minute, tokyo), tokyo);
}

static void a_window_over_midnight_ends_in_the_morning(void **state) {
    (void)state;
    policy *p = make_policy("quiet: {windows: [{hours: 20:00-08:00}]}");
    int32_t tokyo = 9 * HOUR_S;
    int64_t evening = local_ns(24, 20, 0, tokyo);
    int64_t morning = local_ns(25, 8, 0, tokyo);
    assert_int_equal(policy_is_quiet(p, focus, evening - 1, tokyo), 0);
    assert_int_equal(policy_is_quiet(p, focus, evening, tokyo), 1);
    assert_int_equal(policy_is_quiet(p, focus, morning - 1, tokyo), 1);
    assert_int_equal(policy_is_quiet(p, focus, morning, tokyo), 0);
    assert_int_equal(is_quiet(p, 25, 0, 0), 1);
    assert_int_equal(is_quiet(p, 25, 12, 0), 0);
    policy_destroy(p);
}

/* A window belongs to the day it begins on: Friday's night lasts into Saturday. */
static void days_are_those_a_window_begins_on(void **state) {
    (void)state;
    policy *p = make_policy("quiet:\n"
                            "  windows:\n"
                            "    - {hours: 22:00-06:00, days: [fri]}\n"
                            "    - {hours: 00:00-24:00, days: [sun]}\n"
                            "    - {hours: 12:00-13:00, days: [mon, wed]}\n");
    assert_int_equal(is_quiet(p, 20, 5, 59), 0); /* Friday morning: Thursday's night is not quiet */
    assert_int_equal(is_quiet(p, 20, 22, 0), 1);
    assert_int_equal(is_quiet(p, 21, 5, 59), 1); /* Saturday */
    assert_int_equal(is_quiet(p, 21, 6, 0), 0);
    assert_int_equal(is_quiet(p, 21, 22, 0), 0);
    assert_int_equal(is_quiet(p, 21, 23, 59), 0);
    assert_int_equal(is_quiet(p, 22, 0, 0), 1); /* the whole Sunday, to its last minute */
    assert_int_equal(is_quiet(p, 22, 23, 59), 1);
    assert_int_equal(is_quiet(p, 23, 0, 0), 0);
    assert_int_equal(is_quiet(p, 23, 12, 30), 1);
    assert_int_equal(is_quiet(p, 24, 12, 30), 0);
    assert_int_equal(is_quiet(p, 25, 12, 30), 1);
    policy_destroy(p);
}

static void only_working_time_and_audit_go_on_in_quiet_hours(void **state) {
    (void)state;
    policy *p = make_policy("quiet: {windows: [{hours: 00:00-24:00}]}");
    const schema_info *session = schema_registry_find(registry, "kinmu.session.change/1", 22);
    const schema_info *read = schema_registry_find(registry, "kinmu.audit.read/1", 18);
    const schema_info *presence = schema_registry_find(registry, "kinmu.presence.change/1", 23);
    assert_true(session != NULL && read != NULL && presence != NULL);
    int64_t noon = local_ns(24, 12, 0, 0);
    assert_int_equal(policy_is_quiet(p, session, noon, 0), 0);
    assert_int_equal(policy_is_quiet(p, read, noon, 0), 0);
    assert_int_equal(policy_is_quiet(p, presence, noon, 0), 1);
    assert_int_equal(policy_is_quiet(p, focus, noon, 0), 1);
    for (uint32_t i = 0; i < schema_registry_count(registry); i++) { /* decisions are never quiet */
        const schema_info *info = schema_registry_at(registry, i);
        if (info->schema->kind == KINMU_KIND_RECORD) {
            assert_int_equal(policy_is_quiet(p, info, noon, 0), 0);
        }
    }
    policy_destroy(p);
    p = make_policy("{}");
    assert_int_equal(policy_is_quiet(p, focus, noon, 0), 0);
    policy_destroy(p);
}

/* New York, 2026: on 8 March the hour from two is left out, on 1 November the one from one comes
 * twice. The window is what the clock on the wall shows, with the offset of the moment. */
static void the_clock_on_the_wall_counts_on_days_of_change(void **state) {
    (void)state;
    policy *p = make_policy("quiet: {windows: [{hours: 01:30-03:00}]}");
    int32_t winter = -5 * HOUR_S;
    int32_t summer = -4 * HOUR_S;
    int64_t spring = kinmu_days_from_date(2026, 3, 8) * 86400 * SECOND_NS;
    int64_t change = spring + INT64_C(7) * HOUR_S * SECOND_NS; /* 02:00 EST = 03:00 EDT */
    assert_int_equal(policy_is_quiet(p, focus, change - 30 * 60 * SECOND_NS - 1, winter), 0);
    assert_int_equal(policy_is_quiet(p, focus, change - 30 * 60 * SECOND_NS, winter), 1);
    assert_int_equal(policy_is_quiet(p, focus, change - 1, winter), 1);
    assert_int_equal(policy_is_quiet(p, focus, change, summer), 0); /* it is three already */
    int64_t autumn = kinmu_days_from_date(2026, 11, 1) * 86400 * SECOND_NS;
    change = autumn + INT64_C(6) * HOUR_S * SECOND_NS; /* 02:00 EDT = 01:00 EST */
    assert_int_equal(policy_is_quiet(p, focus, change - 30 * 60 * SECOND_NS, summer), 1);
    assert_int_equal(policy_is_quiet(p, focus, change - 1, summer), 1);
    assert_int_equal(policy_is_quiet(p, focus, change, winter), 0); /* one o'clock again */
    assert_int_equal(policy_is_quiet(p, focus, change + 30 * 60 * SECOND_NS, winter), 1);
    policy_destroy(p);
}

static void moments_before_1970_have_a_weekday_too(void **state) {
    (void)state;
    policy *p = make_policy("quiet: {windows: [{hours: 00:00-24:00, days: [wed]}]}");
    assert_int_equal(policy_is_quiet(p, focus, -1, 0), 1); /* 1969-12-31 was a Wednesday */
    assert_int_equal(policy_is_quiet(p, focus, 0, 0), 0);
    assert_int_equal(policy_is_quiet(p, focus, 0, -1), 1);
    assert_int_equal(policy_is_quiet(p, focus, -86400 * SECOND_NS, 0), 1);
    assert_int_equal(policy_is_quiet(p, focus, -86400 * SECOND_NS - 1, 0), 0);
    policy_destroy(p);
}

/* ---- COL-44: fifty titles ---- */

static int32_t holds(const kinmu_value *values, const char *token) {
    for (uint32_t i = 0; i < KINMU_WINDOW_FOCUS_FIELDS; i++) {
        if (values[i].type == KINMU_TYPE_TEXT &&
            memmem(values[i].as.text, values[i].size, token, strlen(token)) != NULL) {
            return 1;
        }
    }
    return 0;
}

/* Splits at the next `by`; "-" is nothing. */
static const char *next_part(char **line, const char *by) {
    char *part = strsep(line, by);
    return part == NULL || strcmp(part, "-") == 0 ? NULL : part;
}

/* How many of the line's sensitive tokens are left. */
static uint32_t judge_title(const policy *p, char *line, int32_t is_told) {
    arena scratch = {0};
    kinmu_value values[KINMU_WINDOW_FOCUS_FIELDS];
    uint32_t leaks = 0;
    const char *process = next_part(&line, "|");
    const char *url = next_part(&line, "|");
    const char *title = next_part(&line, "|");
    char *tokens = strsep(&line, "|");
    const char *kept = next_part(&line, "|\n");
    assert_true(title != NULL && tokens != NULL && *tokens != '\0');
    redact(p, process, title, url, values, &scratch);
    for (char *token; (token = strsep(&tokens, ";")) != NULL;) {
        int32_t is_left = holds(values, token);
        leaks += (uint32_t)is_left;
        if (is_left && is_told) {
            print_message("\"%s\" is left of \"%s\"\n", token, title);
        }
    }
    if (kept != NULL && !holds(values, kept)) {
        fail_msg("\"%s\" is gone from \"%s\"", kept, title);
    }
    arena_free(&scratch);
    return leaks;
}

static void fifty_titles_leave_no_sensitive_token(void **state) {
    (void)state;
    buffer rules = {0};
    char line[LINE_SIZE];
    uint32_t titles = 0;
    uint32_t leaks = 0;
    folder_read(KINMU_SOURCE_DIR "/tests/privacy/30-privacy.yaml", &rules);
    policy *p = make_policy(buffer_string(&rules));
    policy *open = make_policy("privacy: {title: on, url: full}");
    FILE *corpus = fopen(KINMU_SOURCE_DIR "/tests/privacy/titles.txt", "r");
    assert_non_null(corpus);
    while (fgets(line, sizeof line, corpus) != NULL) {
        char copy[LINE_SIZE];
        if (line[0] == '#') {
            continue;
        }
        strncpy(copy, line, sizeof copy);
        titles++;
        leaks += judge_title(p, line, 1);
        assert_true(judge_title(open, copy, 0) > 0); /* or the line would prove nothing */
    }
    fclose(corpus);
    assert_true(titles >= TITLES_MIN);
    assert_int_equal(leaks, 0);
    policy_destroy(p);
    policy_destroy(open);
    buffer_free(&rules);
}

static int set_up(void **state) {
    (void)state;
    if (schema_registry_create(&registry) != KINMU_OK || folder_create() != 0) {
        return -1;
    }
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        if (schema_registry_add(registry, kinmu_vocabulary[i], NULL, NULL) != KINMU_OK) {
            return -1;
        }
    }
    focus = schema_registry_find(registry, "kinmu.window.focus/1", 20);
    return focus != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    schema_registry_destroy(registry);
    return folder_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_are_off_on_or_hashed),
        cmocka_unit_test(paths_follow_titles),
        cmocka_unit_test(addresses_are_cut_as_configured),
        cmocka_unit_test(rules_know_programs),
        cmocka_unit_test(rules_know_domains),
        cmocka_unit_test(rules_know_expressions),
        cmocka_unit_test(a_rule_cut_before_the_address_sees_the_whole_of_it),
        cmocka_unit_test(a_broken_expression_is_refused_at_load),
        cmocka_unit_test(hostile_texts_are_decided),
        cmocka_unit_test(a_text_that_grows_too_long_is_left_out),
        cmocka_unit_test(only_declared_purposes_are_collected),
        cmocka_unit_test(a_purpose_switched_off_is_not_collected),
        cmocka_unit_test(a_window_over_midnight_ends_in_the_morning),
        cmocka_unit_test(days_are_those_a_window_begins_on),
        cmocka_unit_test(only_working_time_and_audit_go_on_in_quiet_hours),
        cmocka_unit_test(the_clock_on_the_wall_counts_on_days_of_change),
        cmocka_unit_test(moments_before_1970_have_a_weekday_too),
        cmocka_unit_test(fifty_titles_leave_no_sensitive_token),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
