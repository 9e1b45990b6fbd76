/* config_cli_test.c - `kinmu check` and `kinmu plugin` as a person uses them: what is printed, and
 * the exit code a script sees. Uses the plugins that were built; skipped where there are none. */
#include "cli/cli.h"
#include "config/config.h"
#include "tests/config/folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define WORDS_MAX 8
#define PLUGINS KINMU_BUILD_DIR "/plugins"

static buffer output;

/* Runs a command line of words separated by blanks; output and errors go to `output`. */
static int run(int (*command)(int, char **), const char *line) {
    char copy[1200];
    char *words[WORDS_MAX + 1] = {0};
    int count = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; at != NULL && count < WORDS_MAX;) {
        char *blank = strchr(at, ' ');
        words[count++] = at;
        if (blank != NULL) {
            *blank++ = '\0';
        }
        at = blank;
    }
    fflush(stdout);
    int saved_out = dup(1);
    int saved_err = dup(2);
    int file = open("output", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(saved_out >= 0 && saved_err >= 0 && file >= 0);
    dup2(file, 1);
    dup2(file, 2);
    int result = command(count, words);
    fflush(stdout);
    dup2(saved_out, 1);
    dup2(saved_err, 2);
    close(saved_out);
    close(saved_err);
    close(file);
    buffer_clear(&output);
    folder_read("output", &output);
    return result;
}

static void expect(const char *text) {
    if (strstr(buffer_string(&output), text) == NULL) {
        fail_msg("expected \"%s\" in\n%s", text, buffer_string(&output));
    }
}

static void need_plugins(void) {
    if (access(PLUGINS "/collectors/input.so", R_OK) != 0) {
        skip();
    }
}

static void check_tells_right_from_wrong(void **state) {
    (void)state;
    need_plugins();
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", "purposes: {activity: {}, working-time: {}}\n"
                                           "collectors:\n  input:\n"),
                     0);
    assert_int_equal(run(cli_check, "check --conf conf.d --plugins " PLUGINS), CLI_OK);
    assert_string_equal(buffer_string(&output),
                        "conf.d: 誤りなし、警告 0 件。プラグイン 1 個、利用目的 4 件。 / "
                        "no errors, 0 warnings. 1 plugin instance, 4 purposes.\n");
    assert_int_equal(folder_put("20.yaml", "collectors:\n  windou:\n"), 0);
    assert_int_equal(run(cli_check, "check --conf=conf.d --plugins=" PLUGINS), CLI_FAILED);
    expect("conf.d/20.yaml:2:3: error: collectors: unknown plugin \"windou\" (did you mean "
           "\"window\"?)\n"
           "conf.d: 誤り 1 件、警告 0 件。");
    expect(" / 1 error, 0 warnings. Kinmu does not start with it");
}

/* What no table of options can say is said by the plugin: a word that this mail does not have. */
static void check_asks_plugins_for_their_options(void **state) {
    char folder[1024];
    char text[1600];
    (void)state;
    need_plugins();
    folder_clear("conf.d");
    assert_non_null(getcwd(folder, sizeof folder));
    (void)snprintf(text, sizeof text,
                   "purposes: {working-time: {}}\n"
                   "connectors:\n"
                   "  people:\n"
                   "  email:\n"
                   "    server: localhost\n"
                   "    from: kinmu@example.com\n"
                   "    templates: [{kind: request, file: %s/mail.txt}]\n",
                   folder);
    assert_int_equal(folder_put("10.yaml", text), 0);
    FILE *mail = fopen("mail.txt", "w");
    assert_non_null(mail);
    assert_true(fputs("Subject: x\n\n{nobody}\n", mail) >= 0 && fclose(mail) == 0);
    assert_int_equal(run(cli_check, "check --conf conf.d --plugins " PLUGINS), CLI_FAILED);
    expect("conf.d/10.yaml:4:3: error: email: templates: ");
    expect("/mail.txt: line 3: {nobody} is no word of this mail; there are service|url|name");
    mail = fopen("mail.txt", "w");
    assert_non_null(mail);
    assert_true(fputs("Subject: x\n\n{person}\n", mail) >= 0 && fclose(mail) == 0);
    assert_int_equal(run(cli_check, "check --conf conf.d --plugins " PLUGINS), CLI_OK);
}

static void check_warns_of_lost_events(void **state) {
    (void)state;
    need_plugins();
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", "purposes: {working-time: {}}\ncollectors:\n  input:\n"),
                     0);
    assert_int_equal(run(cli_check, "check --conf conf.d --plugins " PLUGINS), CLI_OK);
    expect("conf.d/10.yaml:3:3: warning: input: its events kinmu.input.minute are dropped: purpose "
           "\"activity\" is not declared in purposes:\n");
    expect("1 warning. ");
}

static void check_says_where_plugins_are_missing(void **state) {
    (void)state;
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", "collectors:\n  input:\n"), 0);
    assert_int_equal(run(cli_check, "check --conf conf.d --plugins conf.d"), CLI_FAILED);
    expect("conf.d: warning: no plugins here; give their folder by --plugins DIR\n");
}

static void wrong_words_are_usage(void **state) {
    (void)state;
    assert_int_equal(run(cli_check, "check now"), CLI_USAGE);
    expect("usage: kinmu check");
    assert_int_equal(run(cli_plugin, "plugin"), CLI_USAGE);
    assert_int_equal(run(cli_plugin, "plugin remove"), CLI_USAGE);
    assert_int_equal(run(cli_plugin, "plugin list --xml"), CLI_USAGE);
    assert_int_equal(run(cli_plugin, "plugin info"), CLI_USAGE);
    assert_int_equal(run(cli_plugin, "plugin info core --format pdf"), CLI_USAGE);
    expect("usage: kinmu plugin list");
}

static void plugins_are_listed(void **state) {
    (void)state;
    need_plugins();
    assert_int_equal(run(cli_plugin, "plugin list --plugins " PLUGINS), CLI_OK);
    expect("collector  input ");
    assert_int_equal(run(cli_plugin, "plugin list --json --plugins " PLUGINS), CLI_OK);
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    assert_int_equal(
        config_parse("json", buffer_string(&output), output.size, &root, &memory, &problems),
        KINMU_OK); /* JSON is YAML */
    assert_int_equal(root->type, CONFIG_LIST);
    assert_true(root->child_count > 0);
    assert_string_equal(root->children[0]->children[0]->text, "kind");
    config_memory_free(memory);
    config_problems_free(&problems);
}

static void a_refused_plugin_file_is_shown(void **state) {
    (void)state;
    assert_int_equal(mkdir("plugins", 0755), 0);
    assert_int_equal(folder_write("plugins/broken.so", "no library", 10), 0);
    assert_int_equal(run(cli_plugin, "plugin list --plugins plugins"), CLI_FAILED);
    expect("plugins/broken.so: error: ");
    folder_clear("plugins");
    rmdir("plugins");
}

static void info_names_the_nearest(void **state) {
    (void)state;
    need_plugins();
    assert_int_equal(run(cli_plugin, "plugin info input --plugins " PLUGINS), CLI_OK);
    expect("| `idle_after` | duration | `5m` | 1m – 1h |");
    assert_int_equal(run(cli_plugin, "plugin info core --format=yaml --plugins " PLUGINS), CLI_OK);
    expect("\nprivacy:\n");
    assert_int_equal(run(cli_plugin, "plugin info inptu --plugins " PLUGINS), CLI_FAILED);
    expect("no plugin \"inptu\" (did you mean \"input\"?)");
}

static int start(void **state) {
    (void)state;
    return folder_create();
}

static int finish(void **state) {
    (void)state;
    buffer_free(&output);
    return folder_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_tells_right_from_wrong),
        cmocka_unit_test(check_asks_plugins_for_their_options),
        cmocka_unit_test(check_warns_of_lost_events),
        cmocka_unit_test(check_says_where_plugins_are_missing),
        cmocka_unit_test(wrong_words_are_usage),
        cmocka_unit_test(plugins_are_listed),
        cmocka_unit_test(a_refused_plugin_file_is_shown),
        cmocka_unit_test(info_names_the_nearest),
    };
    return cmocka_run_group_tests_name("config_cli", tests, start, finish);
}
