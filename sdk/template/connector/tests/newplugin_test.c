/* newplugin_test.c - runs the built plugin in a small host. argv[1]: its file. */
#include <kinmu/events/session.h>
#include <kinmu/testkit.h>

#define COUNT "com.example.newplugin.count/1"

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static testkit *start_plugin(const char *path) {
    testkit *kit = testkit_new("newplugin");
    if (testkit_load(kit, path, "com.example.newplugin") != KINMU_OK ||
        testkit_create(kit, NULL) != KINMU_OK || testkit_start(kit) != KINMU_OK) {
        fprintf(stderr, "%s\n", kit->err.msg);
        exit(1);
    }
    return kit;
}

static int32_t deliver(testkit *kit, const char *subject, const char *kind) {
    kinmu_value values[] = {kinmu_text(kind), kinmu_text("exact"), kinmu_text("logind")};
    return testkit_deliver(kit, testkit_make(kit, "kinmu.session.change/1", 0, subject, values, 3),
                           1);
}

static void the_chosen_change_is_counted_per_account(const char *path) {
    testkit *kit = start_plugin(path);
    CHECK(deliver(kit, "alice", "logon") == KINMU_OK);
    CHECK(deliver(kit, "alice", "lock") == KINMU_OK);
    CHECK(deliver(kit, "bob", "logon") == KINMU_OK);
    CHECK(deliver(kit, "alice", "logon") == KINMU_OK);
    CHECK(testkit_count(kit, COUNT) == 3);
    CHECK(strcmp(testkit_event_text(kit, testkit_event(kit, 1)), COUNT " change=logon count=1") ==
          0);
    CHECK(strcmp(testkit_event(kit, 2)->subject, "alice") == 0);
    CHECK(strcmp(testkit_event_text(kit, testkit_event(kit, 2)), COUNT " change=logon count=2") ==
          0);
    CHECK(kit->problem[0] == '\0');
    testkit_free(kit);
}

static void a_batch_that_comes_again_counts_once(const char *path) {
    testkit *kit = start_plugin(path);
    kit->busy = 1;
    CHECK(deliver(kit, "alice", "logon") == KINMU_E_BUSY);
    CHECK(deliver(kit, "alice", "logon") == KINMU_OK);
    CHECK(strcmp(testkit_event_text(kit, testkit_event(kit, 0)), COUNT " change=logon count=1") ==
          0);
    testkit_free(kit);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: newplugin_test PLUGIN-FILE\n");
        return 2;
    }
    the_chosen_change_is_counted_per_account(argv[1]);
    a_batch_that_comes_again_counts_once(argv[1]);
    return failures == 0 ? 0 : 1;
}
