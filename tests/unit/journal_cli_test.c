/* tests/unit/journal_cli_test.c - `kinmu journal` as a person uses it: what is printed and the exit
 * code a script sees. No daemon runs; what goes through one is tested end to end. */
#include "journal_fixture.h"

#include "cli/cli.h"
#include "cli/journal_cat.h"

#include <fcntl.h>
#include <sys/stat.h>

#define WORDS_MAX 16

static char output[1 << 16];

typedef struct capture {
    int saved_out, saved_err, file;
    char path[512];
} capture;

static void begin_capture(const fixture *f, capture *c) {
    snprintf(c->path, sizeof c->path, "%s/output", f->directory);
    fflush(stdout);
    c->saved_out = dup(1);
    c->saved_err = dup(2);
    c->file = open(c->path, O_CREAT | O_TRUNC | O_RDWR, 0600);
    assert_true(c->saved_out >= 0 && c->saved_err >= 0 && c->file >= 0);
    dup2(c->file, 1);
    dup2(c->file, 2);
}

static void end_capture(capture *c) {
    fflush(stdout);
    dup2(c->saved_out, 1);
    dup2(c->saved_err, 2);
    close(c->saved_out);
    close(c->saved_err);
    ssize_t size = pread(c->file, output, sizeof output - 1, 0);
    close(c->file);
    unlink(c->path);
    assert_true(size >= 0);
    output[size] = '\0';
}

/* Runs `kinmu journal WORDS --data FOLDER` with no plugins. */
static int run(const fixture *f, const char *line) {
    static char copy[1200];
    char *words[WORDS_MAX + 1] = {0};
    int count = 0;
    capture c;
    snprintf(copy, sizeof copy, "journal %s --data %s --plugins %s", line, f->directory,
             f->directory);
    for (char *at = copy; at != NULL && count < WORDS_MAX;) {
        char *blank = strchr(at, ' ');
        words[count++] = at;
        if (blank != NULL) {
            *blank++ = '\0';
        }
        at = blank;
    }
    begin_capture(f, &c);
    int code = cli_journal(count, words);
    end_capture(&c);
    return code;
}

static void expect(const char *text) {
    if (strstr(output, text) == NULL) {
        fail_msg("expected \"%s\" in\n%s", text, output);
    }
}

static int setup(void **state) {
    fixture_setup(state);
    fixture *f = *state;
    append_blocks(f, "taro", 3);
    append_blocks(f, "hanako", 1);
    journal_close(f->journal);
    f->journal = NULL;
    return 0;
}

static void stat_tells_the_figures(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "stat"), CLI_OK);
    expect("記録数 / events: 4\n");
    expect("ブロック / blocks: 4\n");
    expect("  activity             events 4, blocks 4, bytes ");
}

static void verify_tells_whole_from_touched(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "verify"), CLI_OK);
    expect("正常 / OK: 4 blocks, 4 events");
    run_sql(f->directory, "DELETE FROM block WHERE position = 2");
    assert_int_equal(run(f, "verify"), CLI_FAILED);
    expect("欠落 / REMOVED at position 3 (origin ");
    expect(", sequence 2): the block that stood before this one is missing");
}

static void checkpoint_finds_truncation(void **state) {
    fixture *f = *state;
    char line[600];
    snprintf(line, sizeof line, "checkpoint %s/mark.json", f->directory);
    assert_int_equal(run(f, line), CLI_OK);
    snprintf(line, sizeof line, "verify --checkpoint %s/mark.json", f->directory);
    assert_int_equal(run(f, line), CLI_OK);
    expect("nothing lost since the checkpoint");
    run_sql(f->directory, "DELETE FROM block WHERE position = 4; DELETE FROM head");
    assert_int_equal(run(f, line), CLI_FAILED);
    expect("末尾の切り取り / TRUNCATED at position 3");
}

static void erase_gives_a_receipt(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "erase --subject taro"), CLI_OK);
    expect("\"subject\":\"taro\",\"erased_at\":\"");
    expect("\"blocks\":3");
    expect("\"backups_clean_from\":\"");
    assert_int_equal(run(f, "erase --subject taro"), CLI_FAILED);
    expect("kinmu journal erase: nothing is kept of subject \"taro\"");
    assert_int_equal(run(f, "verify"), CLI_OK);
    expect("3 erased");
    assert_int_equal(run(f, "stat"), CLI_OK);
    expect("消去済み / erased blocks: 3\n");
    assert_int_equal(run(f, "receipts"), CLI_OK);
    expect("activity 2026-11: 対象 / subjects 1, 鍵 / keys 1, blocks 3, events 3");
    expect("確認済み / verified");
    assert_int_equal(run(f, "receipts 0123456789abcdef"), CLI_FAILED);
    expect("there is no receipt \"0123456789abcdef\"");
}

static void misuse_is_told(void **state) {
    fixture *f = *state;
    assert_int_equal(run(f, "verfy"), CLI_USAGE);
    expect("there is no \"verfy\"; did you mean \"verify\"?");
    assert_int_equal(run(f, "verify --checkpont x"), CLI_USAGE);
    expect("\"--checkpont\" is not known here");
    assert_int_equal(run(f, "erase --purpose activity"), CLI_USAGE);
    expect("usage: kinmu journal");
    assert_int_equal(run(f, "erase --subject taro --month 2026-13"), CLI_FAILED);
    expect("\"2026-13\" is no month; write it as 2026-11");
    assert_int_equal(run(f, "cat --schema kinmu.none/1"), CLI_FAILED);
    expect("no plugin here knows the schema \"kinmu.none/1\"");
    run_sql(f->directory, "DROP TABLE block");
    assert_int_equal(run(f, "verify"), CLI_FAILED);
    expect("kinmu journal verify: ");
}

static void no_journal_is_told(void **state) {
    fixture *f = *state;
    static const char *const lines[] = {"stat", "verify", "cat", "receipts"};
    remove_folder(f->directory);
    assert_int_equal(mkdir(f->directory, 0700), 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(run(f, lines[i]), CLI_FAILED);
        expect("no such file; is this Kinmu's data folder?");
        assert_null(strstr(output, "nothing was erased"));
    }
}

static void cat_prints_events(void **state) {
    fixture *f = *state;
    cat_options options = {.is_json = 1};
    capture c;
    begin_capture(f, &c);
    int32_t status = cat_journal(f->directory, f->registry, &options, &f->err);
    end_capture(&c);
    assert_int_equal(status, KINMU_OK);
    char first[512];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(output, "\n"), output);
    const char *start = "{\"time\":\"2026-11-22T21:00:00.000+09:00\",\"schema\":\"test.minute/1\","
                        "\"subject\":\"taro\",\"zone\":\"Asia/Tokyo\",\"origin\":\"";
    assert_memory_equal(first, start, strlen(start));
    const char *end = "\",\"sequence\":1,\"block\":1,\"values\":{\"keys\":0,\"clicks\":1,"
                      "\"app\":\"editor\"}}";
    assert_string_equal(first + strlen(start) + 32, end);
    expect("\"sequence\":4,\"block\":4");

    options.is_json = 0;
    begin_capture(f, &c);
    status = cat_journal(f->directory, f->registry, &options, &f->err);
    end_capture(&c);
    assert_int_equal(status, KINMU_OK);
    expect("2026-11-22T21:00:02.000+09:00      3 taro         test.minute/1 keys=2 clicks=1 "
           "app=\"editor\"\n");
}

static void cat_goes_on_behind_damage(void **state) {
    fixture *f = *state;
    cat_options options = {.is_json = 1};
    capture c;
    run_sql(f->directory, "UPDATE block SET payload = zeroblob(50) WHERE position = 2");
    begin_capture(f, &c);
    int32_t status = cat_journal(f->directory, f->registry, &options, &f->err);
    end_capture(&c);
    assert_int_equal(status, KINMU_OK);
    expect("block 2: the payload does not match its header; skipped\n");
    expect("\"sequence\":3");
    assert_null(strstr(output, "\"sequence\":2"));
    assert_int_equal(run(f, "cat"), CLI_OK); /* without the plugin that knows the schema */
    expect("3 events of schemas no plugin here knows were left out");
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CLI_TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
        CLI_TEST(stat_tells_the_figures),
        CLI_TEST(verify_tells_whole_from_touched),
        CLI_TEST(checkpoint_finds_truncation),
        CLI_TEST(erase_gives_a_receipt),
        CLI_TEST(misuse_is_told),
        CLI_TEST(no_journal_is_told),
        CLI_TEST(cat_prints_events),
        CLI_TEST(cat_goes_on_behind_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
