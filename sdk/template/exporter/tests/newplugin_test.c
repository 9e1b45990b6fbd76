/* newplugin_test.c - exports two days from a small host into the current folder. argv[1]: the
 * plugin. */
#include <kinmu/events/session.h>
#include <kinmu/testkit.h>

#define OUTPUT_FILE "newplugin_test_output.txt"

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void load_plugin(testkit *kit, const char *path) {
    if (testkit_load(kit, path, "com.example.newplugin") != KINMU_OK) {
        fprintf(stderr, "%s\n", kit->err.msg);
        exit(1);
    }
}

static void add_change(testkit *kit, int64_t after_s, const char *subject, const char *kind) {
    kinmu_value values[] = {kinmu_text(kind), kinmu_text("exact"), kinmu_text("logind")};
    int64_t unix_ns = TESTKIT_START_UNIX_NS + after_s * 1000000000;
    testkit_add_row(kit, testkit_make(kit, "kinmu.session.change/1", unix_ns, subject, values, 3));
}

static void a_period_becomes_a_file(const char *path) {
    const char *const options[] = {"file=" OUTPUT_FILE, NULL};
    char text[256] = "";
    testkit *kit = testkit_new("newplugin");
    load_plugin(kit, path);
    CHECK(testkit_create(kit, options) == KINMU_OK);
    add_change(kit, 60, "alice", "logon");
    add_change(kit, 120, "bob", "lock");
    add_change(kit, 172800, "alice", "logoff"); /* after the period */
    CHECK(testkit_export(kit, "2026-01-05", "2026-01-06", ".") == KINMU_OK);
    FILE *file = fopen(OUTPUT_FILE, "rb");
    CHECK(file != NULL);
    if (file != NULL) {
        CHECK(fread(text, 1, sizeof text - 1, file) > 0);
        (void)fclose(file);
    }
    CHECK(strcmp(text, "alice\t1767571260\tlogon\nbob\t1767571320\tlock\n") == 0);
    (void)remove(OUTPUT_FILE);
    testkit_free(kit);
}

static void a_folder_that_is_missing_leaves_nothing(const char *path) {
    testkit *kit = testkit_new("newplugin");
    load_plugin(kit, path);
    CHECK(testkit_create(kit, NULL) == KINMU_OK);
    CHECK(testkit_export(kit, "2026-01-05", "2026-01-05", "no-such-folder") == KINMU_E_RETRY);
    CHECK(strstr(kit->err.msg, "no-such-folder") != NULL);
    testkit_free(kit);
}

static void a_name_with_a_folder_is_refused(const char *path) {
    const char *const options[] = {"file=../out.txt", NULL};
    testkit *kit = testkit_new("newplugin");
    load_plugin(kit, path);
    CHECK(testkit_create(kit, options) == KINMU_E_CONFIG);
    testkit_free(kit);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: newplugin_test PLUGIN-FILE\n");
        return 2;
    }
    a_period_becomes_a_file(argv[1]);
    a_folder_that_is_missing_leaves_nothing(argv[1]);
    a_name_with_a_folder_is_refused(argv[1]);
    return failures == 0 ? 0 : 1;
}
