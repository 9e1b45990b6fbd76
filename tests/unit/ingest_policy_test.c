/* ingest_policy_test.c - what a hub's rows become for each of its agents: the narrower row wins,
 * what no agent could take is refused with its row, and no value can be anything but a value. Each
 * text is read by the agent's own checker. */
#include "plugins/connectors/ingest/policy.c"
#include "plugins/connectors/ingest/policy_rows.c"

#include "tests/config/folder.h"
#include "tests/config/plugins.h"

#include "core/config/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ID "00112233445566778899aabbccddeeff"
#define CONF                                                                                       \
    "purposes: {activity: {}, working-time: {}}\n"                                                 \
    "collectors:\n"                                                                                \
    "  camera: {device: front}\n"

#define MAKE(...)                                                                                  \
    make((fleet_policy_row[]){__VA_ARGS__},                                                        \
         sizeof((fleet_policy_row[]){__VA_ARGS__}) / sizeof(fleet_policy_row))
#define REFUSE(part, ...)                                                                          \
    refuse((fleet_policy_row[]){__VA_ARGS__},                                                      \
           sizeof((fleet_policy_row[]){__VA_ARGS__}) / sizeof(fleet_policy_row), part)

static fleet_policy *make(const fleet_policy_row *rows, uint32_t count) {
    const kinmu_rows table = {rows, count, 0};
    fleet_policy *p = NULL;
    kinmu_err err = {{0}, {0}};
    if (fleet_policy_create(&table, &p, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    return p;
}

static void refuse(const fleet_policy_row *rows, uint32_t count, const char *part) {
    const kinmu_rows table = {rows, count, 0};
    fleet_policy *p = NULL;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(fleet_policy_create(&table, &p, &err), KINMU_E_CONFIG);
    assert_null(p);
    if (strstr(err.msg, part) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", part, err.msg);
    }
}

/* An agent's configuration under that text. */
static config *agent(const char *text) {
    config *c = NULL;
    config_problems problems = {0};
    config_policy wanted = {.file = "policy", .text = text, .size = strlen(text)};
    buffer listing = {0};
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", CONF), 0);
    assert_int_equal(config_load_with("conf.d", &test_source, &wanted, &c, &problems), KINMU_OK);
    config_problems_print(&wanted.problems, &listing);
    if (!wanted.is_applied) {
        fail_msg("%s\n%s", text, buffer_string(&listing));
    }
    config_problems_free(&wanted.problems);
    config_problems_free(&problems);
    buffer_free(&listing);
    return c;
}

static void the_narrower_row_wins(void **state) {
    (void)state;
    fleet_policy *p =
        MAKE({.device = "pc-7", .instance = "camera", .option = "fps", .value = "7"},
             {.instance = "camera", .option = "fps", .value = "1"},
             {.group = "sales", .instance = "collectors.camera", .option = "fps", .value = "2"},
             {.group = "sales", .device = ID, .instance = "camera", .option = "fps", .value = "8"},
             {.instance = "connectors.uplink", .option = "interval", .value = "30s"});
#define EXPECT(group, name, id, fps)                                                               \
    assert_string_equal(fleet_policy_for(p, group, name, id),                                      \
                        "collectors:\n  \"camera\":\n    \"fps\": " fps                            \
                        "\nconnectors:\n  \"uplink\":\n    \"interval\": 30s\n")
    EXPECT("", "pc-1", "aa", "1");
    EXPECT("sales", "pc-1", "aa", "2");
    EXPECT("hr", "pc-1", "aa", "1");
    EXPECT("sales", "pc-7", "aa", "7");
    EXPECT("hr", "pc-7", "bb", "7");
    EXPECT("sales", "pc-1", ID, "8");
    EXPECT("hr", "pc-1", ID, "1");
#undef EXPECT
    /* What is the same for many is built once. */
    assert_ptr_equal(fleet_policy_for(p, "hr", "pc-1", "aa"), fleet_policy_for(p, "", "x", "cc"));
    assert_ptr_equal(fleet_policy_for(p, "sales", "pc-1", "aa"),
                     fleet_policy_for(p, "sales", "pc-2", "bb"));
    fleet_policy_destroy(p);
}

static void purposes_and_quiet_hours(void **state) {
    (void)state;
    static const char *const weekend[] = {"sat", "sun"};
    static const char *const declined[] = {"presence", "activity"};
    fleet_policy *p =
        MAKE({.purpose = "activity"}, {.purpose = "inventory"},
             {.group = "sales", .purpose = "activity", .collect = 1},
             {.group = "sales", .purpose = "inventory", .collect = 1}, {.quiet = "20:00-08:00"},
             {.group = "sales", .quiet = "00:00-24:00", .days = {weekend, 2, 0}});
    assert_string_equal(fleet_policy_for(p, "", "pc", ID), "purposes:\n"
                                                           "  \"activity\": {collect: false}\n"
                                                           "  \"inventory\": {collect: false}\n"
                                                           "quiet:\n"
                                                           "  windows:\n"
                                                           "    - {hours: \"20:00-08:00\"}\n");
    const char *sales = fleet_policy_for(p, "sales", "pc", ID);
    assert_string_equal(sales, "quiet:\n"
                               "  windows:\n"
                               "    - {hours: \"20:00-08:00\"}\n"
                               "    - {hours: \"00:00-24:00\", days: [sat, sun]}\n");
    config *c = agent(sales);
    assert_int_equal(c->quiet_count, 2);
    assert_int_equal(c->quiet[1].days, 0x60);
    config_free(c);
    /* What this hub declines is not collected, whatever a row says. */
    assert_int_equal(fleet_policy_decline(p, declined, 2), KINMU_OK);
    assert_string_equal(fleet_policy_for(p, "sales", "pc", ID),
                        "purposes:\n"
                        "  \"presence\": {collect: false}\n"
                        "  \"activity\": {collect: false}\n"
                        "quiet:\n"
                        "  windows:\n"
                        "    - {hours: \"20:00-08:00\"}\n"
                        "    - {hours: \"00:00-24:00\", days: [sat, sun]}\n");
    const char *before = fleet_policy_for(p, "", "pc", ID);
    assert_int_equal(fleet_policy_decline(p, declined, 2), KINMU_OK);
    assert_ptr_equal(fleet_policy_for(p, "", "pc", ID), before);
    c = agent(before);
    assert_int_equal(c->purposes[0].is_off, 1);
    assert_int_equal(c->purposes[1].is_off, 0);
    config_free(c);
    fleet_policy_destroy(p);
}

static void nothing_wanted_takes_back_what_was(void **state) {
    (void)state;
    const kinmu_rows none = {NULL, 0, 0};
    fleet_policy *p = NULL;
    assert_int_equal(fleet_policy_create(&none, &p, NULL), KINMU_OK);
    assert_string_equal(fleet_policy_for(p, "", "pc", ID), "{}\n");
    config_free(agent("{}\n"));
    fleet_policy_destroy(p);
}

/* Whatever stands in a value, the agent's parser finds exactly that one text there. */
static void a_value_is_nothing_but_a_value(void **state) {
    (void)state;
    static const char *const values[] = {
        "3m",
        "true",
        "-5",
        "30",
        "off",
        "a b",
        "null",
        "~",
        "",
        " ",
        "- x",
        "x: y",
        "{a: 1}",
        "[a]",
        "*alias",
        "&anchor",
        "!!str x",
        "# comment",
        "| text",
        "> text",
        "%YAML",
        "---",
        "...",
        "'",
        "\"",
        "\\",
        "\"}\nnode: {data: /}\n",
        "a\nprivacy: {title: on}",
        "\r\n\t",
        "\x01\x7f\x1b[2J",
        "日本語",
        "\xc2\x85 \xe2\x80\xa8 \xef\xbb\xbf",
        "😀",
        "1:30",
        "0x10",
        ".5",
        "+",
        "<<",
        "@at",
        "`tick",
        "?",
        "? x",
        "yes",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char *text = value_text(values[i]);
        char whole[2000];
        config_node *root = NULL;
        void *memory = NULL;
        config_problems problems = {0};
        snprintf(whole, sizeof whole, "a:\n  b:\n    \"c\": %s\nd: [%s, %s]\n", text, text, text);
        if (config_parse("test", whole, strlen(whole), &root, &memory, &problems) != KINMU_OK) {
            fail_msg("%s: %s", whole, problems.items[0].text);
        }
        assert_int_equal(root->child_count, 4);
        const config_node *b = root->children[1]->children[1];
        assert_int_equal(b->child_count, 2);
        assert_string_equal(b->children[1]->text, values[i]);
        assert_int_equal(config_is_null(b->children[1]), 0);
        assert_int_equal(root->children[3]->child_count, 2);
        assert_string_equal(root->children[3]->children[1]->text, values[i]);
        config_problems_free(&problems);
        config_memory_free(memory);
        free(text);
    }
}

static void what_no_agent_could_take_is_refused(void **state) {
    (void)state;
    REFUSE("policy[1]: a row has one of", {.group = "sales"});
    REFUSE("policy[2]: a row has one of", {.purpose = "activity"},
           {.purpose = "activity", .quiet = "20:00-08:00"});
    REFUSE("policy[1]: instance needs option", {.instance = "input", .option = "idle_after"});
    REFUSE("policy[1]: instance needs option", {.instance = "input", .value = "3m"});
    REFUSE("policy[1]: option and value belong", {.purpose = "activity", .option = "x"});
    static const char *const days[] = {"sat"};
    REFUSE("policy[1]: days belong to quiet", {.purpose = "activity", .days = {days, 1, 0}});
    static const char *const names[] = {"Input", "a/b/c", "/a",          "a/",
                                        "a b",   "a:",    "collectors.", "input\n"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        REFUSE("is no name of an instance",
               {.instance = names[i], .option = "idle_after", .value = "3m"});
    }
    REFUSE("is no name of an option", {.instance = "input", .option = "a: b", .value = "3m"});
    REFUSE("no secrets", {.instance = "input", .option = "a", .value = "${file:/etc/shadow}"});
    REFUSE("is no name of a purpose", {.purpose = "Activity"});
    REFUSE("always recorded", {.purpose = "audit"});
    static const char *const hours[] = {"8-20",        "08:00-08:00",  "24:00-08:00", "08:00-24:01",
                                        "08:60-09:00", "20:00-08:00 ", "20:00-08:0",  "20:00"};
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
        REFUSE("is no part of a day", {.quiet = hours[i]});
    }
    REFUSE("policy[2]: says the same for the same devices as policy[1]",
           {.instance = "input", .option = "idle_after", .value = "3m"},
           {.instance = "collectors.input", .option = "idle_after", .value = "4m"});
    REFUSE("policy[2]: says the same", {.group = "a", .purpose = "activity", .collect = 1},
           {.group = "a", .purpose = "activity"});
}

static void every_text_fits_into_an_answer(void **state) {
    (void)state;
    static fleet_policy_row rows[FLEET_POLICY_ROWS_MAX + 1];
    static char names[FLEET_POLICY_ROWS_MAX + 1][24];
    static char purposes[FLEET_POLICY_PURPOSES_MAX][KINMU_NAME_BYTES_MAX + 1];
    const char *declined[FLEET_POLICY_PURPOSES_MAX];
    char value[VALUE_BYTES_MAX + 1];
    memset(value, '"', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (uint32_t i = 0; i <= FLEET_POLICY_ROWS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "option_%u", i);
        rows[i] = (fleet_policy_row){.instance = "input", .option = names[i], .value = "1"};
    }
    for (uint32_t i = 0; i < FLEET_POLICY_PURPOSES_MAX; i++) {
        snprintf(purposes[i], sizeof purposes[i], "%063u", i);
        declined[i] = purposes[i];
    }
    refuse(rows, FLEET_POLICY_ROWS_MAX + 1, "too many rows");
    fleet_policy *p = make(rows, FLEET_POLICY_ROWS_MAX);
    assert_non_null(strstr(fleet_policy_for(p, "", "", ""), "option_499"));
    fleet_policy_destroy(p);
    for (uint32_t i = 0; i < FLEET_POLICY_ROWS_MAX; i++) {
        rows[i].value = value;
    }
    refuse(rows, FLEET_POLICY_ROWS_MAX, "all rows together");
    uint32_t count = 1;
    fleet_policy *largest = NULL;
    for (;; count++) {
        const kinmu_rows table = {rows, count, 0};
        fleet_policy *next = NULL;
        if (fleet_policy_create(&table, &next, NULL) != KINMU_OK) {
            break;
        }
        fleet_policy_destroy(largest);
        largest = next;
    }
    assert_true(count > 10);
    assert_int_equal(fleet_policy_decline(largest, declined, FLEET_POLICY_PURPOSES_MAX), KINMU_OK);
    const char *text = fleet_policy_for(largest, "", "", "");
    assert_true(strlen(text) < CONFIG_POLICY_BYTES_MAX - 256);
    assert_non_null(strstr(text, purposes[FLEET_POLICY_PURPOSES_MAX - 1]));
    fleet_policy_destroy(largest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrower_row_wins),
        cmocka_unit_test(purposes_and_quiet_hours),
        cmocka_unit_test(nothing_wanted_takes_back_what_was),
        cmocka_unit_test(a_value_is_nothing_but_a_value),
        cmocka_unit_test(what_no_agent_could_take_is_refused),
        cmocka_unit_test(every_text_fits_into_an_answer),
    };
    return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
