/* textlog_test.c - the example in a small host. argv[1]: the built plugin. Writes into the current
 * folder. */
#include <kinmu/events/session.h>
#include <kinmu/testkit.h>

#define LIVE_FILE "textlog_test_live.txt"
#define EXPORT_FILE "events_2026-01-05_2026-01-05.txt"

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static testkit *create_plugin(const char *path, const char *file_option) {
    const char *const options[] = {file_option, NULL};
    testkit *kit = testkit_new("textlog");
    if (testkit_load(kit, path, "com.example.textlog") != KINMU_OK ||
        testkit_create(kit, options) != KINMU_OK) {
        fprintf(stderr, "%s\n", kit->err.msg);
        exit(1);
    }
    testkit_know(kit, &kinmu_session_change);
    return kit;
}

static const kinmu_event *change(testkit *kit, int64_t after_s, const char *subject,
                                 const char *session) {
    kinmu_value values[] = {kinmu_text("logon"), kinmu_text("exact"), kinmu_text("logind"),
                            kinmu_text(session)};
    return testkit_make(kit, "kinmu.session.change/1", TESTKIT_START_UNIX_NS + after_s * 1000000000,
                        subject, values, 4);
}

/* Compares and removes the file; "" = there is none. */
static int holds(const char *path, const char *wanted) {
    char text[1024] = "";
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        (void)fclose(file);
        (void)remove(path);
    }
    return strcmp(text, wanted) == 0;
}

#define LINE_ALICE                                                                                 \
    "2026-01-05T09:00:05+09:00 alice kinmu.session.change/1 kind=logon quality=exact "             \
    "source=logind session_id=c 1\n"

static void a_batch_is_acknowledged_when_written(const char *path) {
    testkit *kit = create_plugin(path, "file=" LIVE_FILE);
    CHECK(testkit_start(kit) == KINMU_OK);
    const kinmu_event *event = change(kit, 5, "alice", "c\n1");
    CHECK(testkit_deliver(kit, event, 1) == KINMU_E_BUSY);
    CHECK(testkit_deliver(kit, event, 1) == KINMU_OK);
    CHECK(holds(LIVE_FILE, LINE_ALICE));
    CHECK(kit->problem[0] == '\0');
    testkit_free(kit);
}

static void a_file_that_cannot_be_written_is_said_and_tried_again(const char *path) {
    testkit *kit = create_plugin(path, "file=no-such-folder/live.txt");
    CHECK(testkit_start(kit) == KINMU_OK);
    const kinmu_event *event = change(kit, 5, "alice", "c1");
    CHECK(testkit_deliver(kit, event, 1) == KINMU_E_BUSY);
    CHECK(testkit_deliver(kit, event, 1) == KINMU_E_RETRY);
    CHECK(strstr(kit->err.msg, "no-such-folder") != NULL);
    CHECK(kit->health == KINMU_HEALTH_UNAVAILABLE);
    CHECK(testkit_deliver(kit, event, 1) == KINMU_E_BUSY);
    testkit_free(kit);
}

static void a_period_becomes_a_file(const char *path) {
    testkit *kit = create_plugin(path, "file=" LIVE_FILE);
    testkit_add_row(kit, change(kit, -32401, "alice", "before"));
    testkit_add_row(kit, change(kit, 5, "alice", "c 1"));
    testkit_add_row(kit, change(kit, 54000, "alice", "after"));
    CHECK(testkit_export(kit, "2026-01-05", "2026-01-05", ".") == KINMU_OK);
    CHECK(holds(EXPORT_FILE, LINE_ALICE));
    CHECK(holds("events.part", ""));
    CHECK(testkit_export(kit, "2026-01-05", "2026-01-05", "no-such-folder") == KINMU_E_RETRY);
    testkit_free(kit);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: textlog_test PLUGIN-FILE\n");
        return 2;
    }
    a_batch_is_acknowledged_when_written(argv[1]);
    a_file_that_cannot_be_written_is_said_and_tried_again(argv[1]);
    a_period_becomes_a_file(argv[1]);
    return failures == 0 ? 0 : 1;
}
