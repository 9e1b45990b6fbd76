/* load_test.c - the example in a small host with a simulated clock. argv[1]: the built plugin. */
#include <kinmu/testkit.h>

#define INPUT_FILE "load_test_input.txt"

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void write_load(const char *text) {
    FILE *file = fopen(INPUT_FILE, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static testkit *start_plugin(const char *path) {
    const char *const options[] = {"file=" INPUT_FILE, "busy_at=150", NULL};
    testkit *kit = testkit_new("load");
    if (testkit_load(kit, path, "com.example.load") != KINMU_OK ||
        testkit_create(kit, options) != KINMU_OK || testkit_start(kit) != KINMU_OK) {
        fprintf(stderr, "%s\n", kit->err.msg);
        exit(1);
    }
    return kit;
}

static const char *event_text(testkit *kit, uint32_t index) {
    return testkit_event_text(kit, testkit_event(kit, index));
}

static void changes_of_level_are_published(const char *path) {
    write_load("0.50 0.40 0.30 1/200 1234\n");
    testkit *kit = start_plugin(path);
    CHECK(strcmp(event_text(kit, 0), "com.example.load.level/1 level=calm load=0.5") == 0);
    write_load("1.50 1 1 1/200 1\n");
    testkit_advance(kit, 14999);
    CHECK(kit->event_count == 1);
    testkit_advance(kit, 1);
    CHECK(strcmp(event_text(kit, 1), "com.example.load.level/1 level=busy load=1.5") == 0);
    CHECK(testkit_event(kit, 1)->subject[0] == '\0');
    testkit_advance(kit, 60000);
    CHECK(kit->event_count == 2);
    CHECK(kit->problem[0] == '\0');
    testkit_free(kit);
}

static void a_full_queue_delays_and_loses_nothing(const char *path) {
    write_load("0.1\n");
    testkit *kit = start_plugin(path);
    write_load("9.0\n");
    kit->busy = 3;
    testkit_advance(kit, 45000);
    CHECK(kit->event_count == 1);
    testkit_advance(kit, 15000);
    CHECK(kit->event_count == 2);
    testkit_free(kit);
}

static void a_missing_file_is_said_and_recovered_from(const char *path) {
    (void)remove(INPUT_FILE);
    testkit *kit = start_plugin(path);
    CHECK(kit->health == KINMU_HEALTH_UNAVAILABLE &&
          strstr(kit->health_text, "cannot be read") != NULL);
    write_load("nothing\n");
    testkit_advance(kit, 15000);
    CHECK(strstr(kit->health_text, "holds no number") != NULL);
    write_load("0.2\n");
    testkit_advance(kit, 15000);
    CHECK(kit->health == KINMU_HEALTH_OK && kit->event_count == 1);
    testkit_free(kit);
}

static void the_command_and_the_live_option_work(const char *path) {
    const char *const lower[] = {"file=" INPUT_FILE, "busy_at=20", NULL};
    write_load("0.25\n");
    testkit *kit = start_plugin(path);
    CHECK(testkit_call(kit, "now", NULL, 0) == KINMU_OK);
    CHECK(kit->reply.value_count == 2 && memcmp(kit->reply.values[0].as.text, "calm", 4) == 0);
    CHECK(testkit_reconfigure(kit, lower) == KINMU_OK);
    CHECK(strcmp(event_text(kit, 1), "com.example.load.level/1 level=busy load=0.25") == 0);
    CHECK(testkit_stop(kit) == KINMU_OK && testkit_stop(kit) == KINMU_OK && kit->timer_count == 0);
    testkit_free(kit);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: load_test PLUGIN-FILE\n");
        return 2;
    }
    changes_of_level_are_published(argv[1]);
    a_full_queue_delays_and_loses_nothing(argv[1]);
    a_missing_file_is_said_and_recovered_from(argv[1]);
    the_command_and_the_live_option_work(argv[1]);
    (void)remove(INPUT_FILE);
    return failures == 0 ? 0 : 1;
}
