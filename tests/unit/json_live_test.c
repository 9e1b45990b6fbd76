/* json_live_test.c - the live NDJSON file: every committed event once, whatever happens between.
 *
 * A crash is played by making a new instance on the file as it was left, or as a power cut would
 * have left it. The module is loaded as the host loads it.
 */
#include <kinmu/events/input.h>
#include <kinmu/events/session.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "export_folder.h"

#include <sys/stat.h>

#define MODULE KINMU_BUILD_DIR "/plugins/exporters/json.so"
#define GOLDEN KINMU_SOURCE_DIR "/tests/golden/json/"
#define TEN_O_CLOCK INT64_C(1795309200000000000) /* 2026-11-22 10:00:00 in Tokyo */
#define DELIVERIES_MAX 100

static testkit *open_kit(const char *option) {
    static char path[EXPORT_PATH_SIZE + 8];
    (void)snprintf(path, sizeof path, "path=%s", in_folder("live.ndjson"));
    const char *const options[] = {path, option, NULL};
    testkit *kit = testkit_new("json");
    kit->host.iface = find_iface_with_schemas;
    if (testkit_load(kit, MODULE, "json") != KINMU_OK) {
        fail_msg("%s", kit->err.msg);
    }
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    return kit;
}

/* Ends an instance as a crash does, as far as the file can tell. */
static void close_kit(testkit *kit) {
    assert_string_equal(kit->problem, "");
    testkit_free(kit);
}

static kinmu_event make_minute(testkit *kit, uint64_t block, uint64_t sequence) {
    kinmu_value values[KINMU_INPUT_MINUTE_FIELDS] = {{0}};
    values[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64((int64_t)sequence);
    values[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    kinmu_event event = *testkit_make(kit, "kinmu.input.minute/1",
                                      TEN_O_CLOCK + (int64_t)sequence * 60 * INT64_C(1000000000),
                                      "alice", values, KINMU_INPUT_MINUTE_FIELDS);
    event.block = block;
    event.sequence = sequence;
    return event;
}

/* Delivers a batch again and again as the bus does, until it is taken. */
static void deliver(testkit *kit, const kinmu_event *events, uint32_t count) {
    int32_t status = KINMU_E_BUSY;
    for (int i = 0; i < DELIVERIES_MAX && status == KINMU_E_BUSY; i++) {
        status = testkit_deliver(kit, events, count);
    }
    if (status != KINMU_OK) {
        fail_msg("deliver: %d %s", status, kit->err.msg);
    }
}

static void deliver_minutes(testkit *kit, uint64_t first, uint64_t last) {
    kinmu_event events[64];
    uint32_t count = 0;
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        events[count++] = make_minute(kit, 1 + sequence / 4, sequence);
    }
    deliver(kit, events, count);
}

/* Lines of all files together must be `first` to `last`, each once, in order. */
static void expect_lines(const char *name, uint64_t first, uint64_t last) {
    size_t size = 0;
    char *text = read_export(name, &size);
    uint64_t expected = first;
    for (char *line = text; line < text + size; expected++) {
        char *feed = strchr(line, '\n');
        char wanted[32];
        assert_non_null(feed);
        *feed = '\0';
        (void)snprintf(wanted, sizeof wanted, "\"sequence\":%llu,", (unsigned long long)expected);
        int32_t is_one = strstr(line, "{\"schema\":\"kinmu.") == line &&
                         strstr(line + 1, "{\"schema\"") == NULL && strcmp(feed - 2, "}}") == 0;
        if (strstr(line, wanted) == NULL || !is_one) {
            fail_msg("line %llu is %s", (unsigned long long)expected, line);
        }
        line = feed + 1;
    }
    assert_int_equal(expected, last + 1);
    free(text);
}

static void lines_have_the_documented_shape(void **state) {
    testkit *kit = open_kit(NULL);
    (void)state;
    kinmu_value values[KINMU_SESSION_CHANGE_FIELDS] = {
        kinmu_text("unlock"),   kinmu_text("exact"),     kinmu_text("logind"),
        kinmu_text("\"c1\"\n"), kinmu_text("表/ソ\\能"), kinmu_null(),
        kinmu_null(),           kinmu_time(TEN_O_CLOCK)};
    kinmu_event events[2] = {make_minute(kit, 3, 7),
                             *testkit_make(kit, "kinmu.session.change/1", TEN_O_CLOCK + 500000000,
                                           "𠮷田", values, KINMU_SESSION_CHANGE_FIELDS)};
    events[1].block = 3;
    events[1].sequence = 8;
    deliver(kit, events, 2);
    expect_same(in_folder("live.ndjson"), GOLDEN "live.ndjson");
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    close_kit(kit);
}

static void a_batch_is_taken_only_when_it_is_in_the_file(void **state) {
    testkit *kit = open_kit(NULL);
    kinmu_event event = make_minute(kit, 1, 1);
    kinmu_batch batch = {sizeof batch, 1, &event, 0};
    struct stat info;
    (void)state;
    assert_int_equal(kit->plugin.events(kit->instance, &batch, &kit->err), KINMU_E_BUSY);
    assert_int_equal(stat(in_folder("live.ndjson"), &info), 0);
    assert_int_equal(info.st_size, 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(kit->plugin.events(kit->instance, &batch, &kit->err), KINMU_E_BUSY);
    testkit_settle(kit);
    assert_int_equal(kit->plugin.events(kit->instance, &batch, &kit->err), KINMU_OK);
    expect_lines("live.ndjson", 1, 1);
    close_kit(kit);
}

static void a_redelivered_batch_is_not_doubled(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL);
    deliver_minutes(kit, 1, 10);
    deliver_minutes(kit, 1, 10);
    close_kit(kit);
    kit = open_kit(NULL);
    deliver_minutes(kit, 6, 14); /* the cursor was behind the file */
    close_kit(kit);
    expect_lines("live.ndjson", 1, 14);
}

/* Cut at every byte of the last two lines. */
static void a_torn_end_is_cut_and_written_again(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL);
    size_t size = 0;
    deliver_minutes(kit, 1, 5);
    close_kit(kit);
    char *text = read_export("live.ndjson", &size);
    size_t last_two = size / 5 * 2;
    for (size_t cut = 0; cut <= last_two; cut += cut < 4 ? 1 : 37) {
        write_file(in_folder("live.ndjson"), text, size - cut);
        kit = open_kit(NULL);
        deliver_minutes(kit, 3, 6);
        close_kit(kit);
        expect_lines("live.ndjson", 1, 6);
    }
    free(text);
}

static void zeros_left_by_a_power_cut_are_cut_too(void **state) {
    static const char zeros[300];
    (void)state;
    write_file(in_folder("live.ndjson"), zeros, sizeof zeros);
    testkit *kit = open_kit(NULL);
    deliver_minutes(kit, 1, 3);
    close_kit(kit);
    expect_lines("live.ndjson", 1, 3);
}

static void a_new_journal_is_not_taken_for_the_old_one(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL);
    size_t size = 0;
    deliver_minutes(kit, 1, 10);
    close_kit(kit);
    kit = open_kit(NULL);
    kinmu_event event = make_minute(kit, 1, 2); /* block and sequence begin anew */
    static const uint8_t other[16] = "another device.";
    event.origin = other;
    deliver(kit, &event, 1);
    close_kit(kit);
    char *text = read_export("live.ndjson", &size);
    assert_non_null(strstr(text, "\"origin\":\"616e6f7468657220"));
    free(text);
}

static void full_files_are_renamed_and_still_not_doubled(void **state) {
    (void)state;
    testkit *kit = open_kit("rotate_size=4KiB");
    for (uint64_t i = 1; i <= 30; i++) {
        deliver_minutes(kit, i, i);
    }
    close_kit(kit);
    assert_true(exists("live.ndjson.2"));
    kit = open_kit("rotate_size=4KiB");
    deliver_minutes(kit, 20, 31); /* partly in the renamed file */
    close_kit(kit);
    size_t size = 0;
    char all[64 << 10] = "";
    size_t used = 0;
    char name[32];
    for (int i = 9; i >= 0; i--) {
        (void)snprintf(name, sizeof name, i > 0 ? "live.ndjson.%d" : "live.ndjson", i);
        if (exists(name)) {
            char *text = read_export(name, &size);
            assert_true(size <= 4096);
            memcpy(all + used, text, size);
            used += size;
            free(text);
        }
    }
    write_file(in_folder("all"), all, used);
    size_t lines = 0;
    for (size_t i = 0; i < used; i++) {
        lines += all[i] == '\n';
    }
    assert_int_equal(lines, 31);
    assert_non_null(strstr(all, "\"sequence\":31,"));
}

static void a_file_of_something_else_is_left_alone(void **state) {
    static const char text[] = "dear diary, no line feed";
    size_t size = 0;
    (void)state;
    write_file(in_folder("live.ndjson"), text, sizeof text - 1);
    testkit *kit = open_kit(NULL);
    kinmu_event event = make_minute(kit, 1, 1);
    assert_int_equal(kit->health, KINMU_HEALTH_DEGRADED);
    assert_int_equal(testkit_deliver(kit, &event, 1), KINMU_E_RETRY);
    assert_non_null(strstr(kit->err.msg, "it holds something else; choose another path"));
    close_kit(kit);
    char *after = read_export("live.ndjson", &size);
    assert_string_equal(after, text);
    free(after);
}

static void a_missing_folder_is_told_and_recovers(void **state) {
    (void)state;
    char path[EXPORT_PATH_SIZE + 8];
    (void)snprintf(path, sizeof path, "path=%s", in_folder("later/live.ndjson"));
    const char *const options[] = {path, NULL};
    testkit *kit = testkit_new("json");
    assert_int_equal(testkit_load(kit, MODULE, "json"), KINMU_OK);
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    kinmu_event event = make_minute(kit, 1, 1);
    assert_int_equal(testkit_deliver(kit, &event, 1), KINMU_E_RETRY);
    assert_non_null(strstr(kit->err.msg, "No such file or directory"));
    assert_int_equal(mkdir(in_folder("later"), 0700), 0);
    deliver(kit, &event, 1);
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    close_kit(kit);
    assert_int_equal(unlink(in_folder("later/live.ndjson")), 0);
    assert_int_equal(rmdir(in_folder("later")), 0);
}

static void a_full_disk_leaves_whole_lines_and_recovers(void **state) {
    (void)state;
    testkit *kit = open_kit(NULL);
    struct stat info;
    deliver_minutes(kit, 1, 2);
    assert_int_equal(stat(in_folder("live.ndjson"), &info), 0);
    limit_files((rlim_t)info.st_size + 100);
    kinmu_event event = make_minute(kit, 1, 3);
    assert_int_equal(testkit_deliver(kit, &event, 1), KINMU_E_BUSY);
    assert_int_equal(kit->health, KINMU_HEALTH_DEGRADED);
    assert_int_equal(testkit_deliver(kit, &event, 1), KINMU_E_RETRY);
    assert_non_null(strstr(kit->err.msg, "json: cannot write"));
    expect_lines("live.ndjson", 1, 2);
    limit_files(RLIM_INFINITY);
    deliver_minutes(kit, 3, 4);
    expect_lines("live.ndjson", 1, 4);
    assert_int_equal(kit->health, KINMU_HEALTH_OK);
    close_kit(kit);
}

static void only_chosen_schemas_are_written(void **state) {
    (void)state;
    testkit *kit = open_kit("schemas=[kinmu.session.change/1]");
    size_t size = 0;
    deliver_minutes(kit, 1, 3);
    close_kit(kit);
    free(read_export("live.ndjson", &size));
    assert_int_equal(size, 0);
}

static void schemas_of_other_plugins_are_written(void **state) {
    (void)state;
    for (int chosen = 0; chosen < 2; chosen++) {
        testkit *kit = open_kit(chosen ? "schemas=[com.acme.badge/2]" : NULL);
        kinmu_event events[2] = {make_minute(kit, 9, 1), make_badge(kit, "alice", TEN_O_CLOCK)};
        size_t size = 0;
        events[1].block = 9;
        events[1].sequence = 2;
        deliver(kit, events, 2);
        close_kit(kit);
        char *text = read_export("live.ndjson", &size);
        assert_non_null(strstr(text, "{\"schema\":\"com.acme.badge/2\","));
        assert_non_null(strstr(text, "{\"door\":\"north\",\"photo\":\"cafe\",\"warmth\":21.5}}\n"));
        assert_int_equal(strstr(text, "kinmu.input.minute/1") == NULL, chosen);
        free(text);
        assert_int_equal(unlink(in_folder("live.ndjson")), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(lines_have_the_documented_shape),
        IN_FOLDER(a_batch_is_taken_only_when_it_is_in_the_file),
        IN_FOLDER(a_redelivered_batch_is_not_doubled),
        IN_FOLDER(a_torn_end_is_cut_and_written_again),
        IN_FOLDER(zeros_left_by_a_power_cut_are_cut_too),
        IN_FOLDER(a_new_journal_is_not_taken_for_the_old_one),
        IN_FOLDER(full_files_are_renamed_and_still_not_doubled),
        IN_FOLDER(a_file_of_something_else_is_left_alone),
        IN_FOLDER(a_missing_folder_is_told_and_recovers),
        IN_FOLDER(a_full_disk_leaves_whole_lines_and_recovers),
        IN_FOLDER(schemas_of_other_plugins_are_written),
        IN_FOLDER(only_chosen_schemas_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
