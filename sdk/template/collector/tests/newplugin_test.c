/* newplugin_test.c - runs the built plugin in a small host with a simulated clock. argv[1]: its
 * file. */
#include <kinmu/testkit.h>

#define READING "com.example.newplugin.reading/1"
#define INPUT_FILE "newplugin_test_input.txt"

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static void write_input(const char *text) {
    FILE *file = fopen(INPUT_FILE, "w");
    CHECK(file != NULL);
    if (file != NULL) {
        (void)fputs(text, file);
        (void)fclose(file);
    }
}

static testkit *start_plugin(const char *path) {
    const char *const options[] = {"file=" INPUT_FILE, "interval=10s", NULL};
    testkit *kit = testkit_new("newplugin");
    if (testkit_load(kit, path, "com.example.newplugin") != KINMU_OK ||
        testkit_create(kit, options) != KINMU_OK || testkit_start(kit) != KINMU_OK) {
        fprintf(stderr, "%s\n", kit->err.msg);
        exit(1);
    }
    return kit;
}

static void a_changed_number_is_published_once(const char *path) {
    write_input("21.5\n");
    testkit *kit = start_plugin(path);
    CHECK(strcmp(testkit_event_text(kit, testkit_event(kit, 0)), READING " value=21.5") == 0);
    testkit_advance(kit, 30000);
    CHECK(testkit_count(kit, READING) == 1);
    write_input("22\n");
    testkit_advance(kit, 10000);
    CHECK(testkit_count(kit, READING) == 2);
    CHECK(testkit_metric(kit, "readings_total") == 5);
    CHECK(kit->problem[0] == '\0');
    testkit_free(kit);
}

static void a_missing_file_is_said_and_recovered_from(const char *path) {
    (void)remove(INPUT_FILE);
    testkit *kit = start_plugin(path);
    CHECK(kit->health == KINMU_HEALTH_UNAVAILABLE);
    CHECK(strstr(kit->health_text, INPUT_FILE) != NULL);
    write_input("7\n");
    testkit_advance(kit, 10000);
    CHECK(kit->health == KINMU_HEALTH_OK);
    CHECK(testkit_count(kit, READING) == 1);
    testkit_free(kit);
}

static void a_full_queue_loses_nothing(const char *path) {
    write_input("1\n");
    testkit *kit = start_plugin(path);
    kit->busy = 1;
    write_input("2\n");
    testkit_advance(kit, 10000);
    CHECK(testkit_count(kit, READING) == 1);
    testkit_advance(kit, 10000);
    CHECK(testkit_count(kit, READING) == 2);
    testkit_free(kit);
}

static void stopping_twice_is_quiet(const char *path) {
    write_input("1\n");
    testkit *kit = start_plugin(path);
    CHECK(testkit_stop(kit) == KINMU_OK);
    CHECK(testkit_stop(kit) == KINMU_OK);
    CHECK(kit->timer_count == 0);
    write_input("2\n");
    testkit_advance(kit, 60000);
    CHECK(testkit_count(kit, READING) == 1);
    testkit_free(kit);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: newplugin_test PLUGIN-FILE\n");
        return 2;
    }
    a_changed_number_is_published_once(argv[1]);
    a_missing_file_is_said_and_recovered_from(argv[1]);
    a_full_queue_loses_nothing(argv[1]);
    stopping_twice_is_quiet(argv[1]);
    (void)remove(INPUT_FILE);
    return failures == 0 ? 0 : 1;
}
