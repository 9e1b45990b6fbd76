/* jobs_test.c - export jobs (EXP-01, EXP-02): order, restart, expiry, removal, and bad orders. The
 * exports themselves are played by the test; that real ones are made is e2e/jobs.sh's.
 */
#include <kinmu/events/audit.h>
#include <kinmu/iface/exporting.h>
#include <kinmu/testkit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PLUGIN KINMU_BUILD_DIR "/plugins/exporters/jobs.so"
#define HOUR_MS 3600000u

static char root[] = "/tmp/kinmu-jobs-XXXXXX";

/* ---- exporting/1 ---- */

static kinmu_export_done_fn made_done;
static void *made_user;
static uint32_t begun, cancelled;
static char made_order[1024];
static char made_directory[1024];

static int32_t fake_folder(const kinmu_host *host, char *path, uint32_t size) {
    (void)host;
    snprintf(path, size, "%s", root);
    return KINMU_OK;
}

static int32_t fake_begin(const kinmu_host *host, const kinmu_export_order *order,
                          kinmu_export_done_fn done, void *user) {
    (void)host;
    assert_null(made_done);
    made_done = done;
    made_user = user;
    begun++;
    snprintf(made_directory, sizeof made_directory, "%s", order->directory);
    int length = snprintf(made_order, sizeof made_order, "%s %s %s", order->exporter,
                          order->from_date, order->to_date);
    for (uint32_t i = 0; i < order->option_count; i++) {
        length += snprintf(made_order + length, sizeof made_order - (size_t)length, " %s",
                           order->options[i]);
    }
    return KINMU_OK;
}

static void end_export(testkit *kit, int32_t status, const char *text) {
    kinmu_export_done_fn done = made_done;
    assert_non_null(done);
    made_done = NULL;
    done(made_user, status, text);
    testkit_settle(kit);
}

static void fake_cancel(const kinmu_host *host) {
    (void)host;
    cancelled++;
}

static const void *fake_iface(const kinmu_host *host, const char *name) {
    static const kinmu_exporting exporting = {sizeof exporting, 0, fake_folder, fake_begin,
                                              fake_cancel};
    return strcmp(name, KINMU_EXPORTING_1) == 0 ? (const void *)&exporting : tk_iface(host, name);
}

/* The file every export of the test makes. */
static void make_file(void) {
    char path[1100];
    assert_int_equal(mkdir(made_directory, 0700), 0);
    snprintf(path, sizeof path, "%s/a.csv", made_directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("hello", file);
    fclose(file);
}

/* Another one of the same name and size. */
static void replace_file(void) {
    char path[1100];
    char other[1110];
    snprintf(path, sizeof path, "%s/a.csv", made_directory);
    snprintf(other, sizeof other, "%s.new", path);
    FILE *file = fopen(other, "wb");
    assert_non_null(file);
    fputs("HELLO", file);
    fclose(file);
    assert_int_equal(rename(other, path), 0);
}

/* ---- calls ---- */

static testkit *open_kit(void) {
    const char *const options[] = {"keep=2h", NULL};
    testkit *kit = testkit_new("jobs");
    kit->host.iface = fake_iface;
    assert_int_equal(testkit_load(kit, PLUGIN, "jobs"), KINMU_OK);
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    assert_int_equal(testkit_start(kit), KINMU_OK);
    testkit_settle(kit);
    return kit;
}

static void close_kit(testkit *kit) {
    assert_string_equal(kit->problem, "");
    testkit_free(kit);
    made_done = NULL;
}

static int32_t order(testkit *kit, const char *exporter, const char *from, const char *to,
                     const char *options) {
    const kinmu_value values[] = {kinmu_text(exporter), kinmu_text(from), kinmu_text(to),
                                  options != NULL ? kinmu_text(options) : kinmu_null()};
    return testkit_call(kit, "create", values, 4);
}

/* "1 done, 2 waiting" */
static const char *list(testkit *kit) {
    static char text[1024];
    size_t length = 0;
    text[0] = '\0';
    assert_int_equal(testkit_call(kit, "list", NULL, 0), KINMU_OK);
    const char *at = kit->reply.values[0].as.text;
    while ((at = strstr(at, "\"job\":")) != NULL) {
        const char *state = strstr(at, "\"state\":\"") + 9;
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%ld %.*s",
                                   length > 0 ? ", " : "", strtol(at + 6, NULL, 10),
                                   (int)strcspn(state, "\""), state);
        at++;
    }
    return text;
}

static int32_t call_job(testkit *kit, const char *command, int64_t job) {
    const kinmu_value value = kinmu_i64(job);
    return testkit_call(kit, command, &value, 1);
}

static int32_t read_file(testkit *kit, int64_t job, const char *name, int64_t offset) {
    const kinmu_value values[] = {kinmu_i64(job), kinmu_text(name), kinmu_i64(offset)};
    return testkit_call(kit, "read", values, 3);
}

static int32_t is_there(const char *directory) {
    return access(directory, F_OK) == 0;
}

/* ---- tests ---- */

static void queued_and_made_one_by_one(void **state) {
    (void)state;
    testkit *kit = open_kit();
    begun = 0;
    assert_int_equal(
        order(kit, "csv", "2026-11-01", "2026-11-30", "files=[kinmu]\nprofile=machine"), KINMU_OK);
    assert_int_equal(order(kit, "json", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    assert_int_equal(kit->reply.values[2].as.i64, 1); /* its place */
    assert_int_equal(order(kit, "csv/payroll", "2026/11/1", "2026-11-30", NULL), KINMU_OK);
    assert_int_equal(kit->reply.values[2].as.i64, 2);
    assert_string_equal(list(kit), "1 running, 2 waiting, 3 waiting");
    assert_string_equal(made_order, "csv 2026-11-01 2026-11-30 files=[kinmu] profile=machine");
    assert_int_equal(call_job(kit, "show", 1), KINMU_OK);
    assert_int_equal(kit->reply.values[2].type, KINMU_TYPE_NULL); /* no files to look at yet */
    make_file();
    end_export(kit, KINMU_OK, "");
    assert_string_equal(list(kit), "1 done, 2 running, 3 waiting");
    end_export(kit, KINMU_E_REJECT, "the disk is full");
    assert_int_equal(call_job(kit, "show", 2), KINMU_OK);
    assert_non_null(strstr(kit->reply.values[0].as.text, "\"problem\":\"the disk is full\""));
    assert_string_equal(made_order, "csv/payroll 2026-11-01 2026-11-30");
    end_export(kit, KINMU_OK, "");
    assert_string_equal(list(kit), "1 done, 2 failed, 3 failed"); /* it left no folder */
    assert_int_equal(begun, 3);
    assert_int_equal(testkit_count(kit, "kinmu.audit.change/1"), 3);
    close_kit(kit);
}

/* As every other entry names him, and by the way he came. */
static void who_orders_stands_in_the_audit(void **state) {
    (void)state;
    testkit *kit = open_kit();
    kinmu_err err = {{0}, {0}};
    const kinmu_value values[] = {kinmu_text("csv"), kinmu_text("2026-11-01"),
                                  kinmu_text("2026-11-30")};
    const kinmu_call call = {.struct_size = sizeof call,
                             .id = 1,
                             .command = 0, /* create */
                             .caller = "person:U08",
                             .values = values,
                             .value_count = 3};
    assert_int_equal(kit->plugin.call(kit->instance, &call, &err), KINMU_OK);
    const kinmu_event *entry = testkit_event(kit, 0);
    assert_non_null(entry);
    const kinmu_value *by = &entry->values[KINMU_AUDIT_CHANGE_CHANGED_BY];
    const kinmu_value *channel = &entry->values[KINMU_AUDIT_CHANGE_CHANNEL];
    assert_true(by->size == 3 && memcmp(by->as.text, "U08", 3) == 0);
    assert_true(channel->size == 3 && memcmp(channel->as.text, "api", 3) == 0);
    testkit_settle(kit);
    close_kit(kit);
}

static void files_are_read_until_they_expire(void **state) {
    (void)state;
    testkit *kit = open_kit();
    assert_int_equal(order(kit, "csv", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    make_file();
    end_export(kit, KINMU_OK, "");
    assert_int_equal(call_job(kit, "show", 1), KINMU_OK);
    assert_string_equal(kit->reply.values[1].as.text, "[{\"name\":\"a.csv\",\"bytes\":5}]");
    assert_string_equal(kit->reply.values[2].as.text, made_directory);
    assert_int_equal(read_file(kit, 1, "a.csv", 1), KINMU_OK);
    assert_int_equal(kit->reply.values[0].size, 4);
    assert_memory_equal(kit->reply.values[0].as.bytes, "ello", 4);
    assert_int_equal(kit->reply.values[1].as.i64, 5);
    assert_int_equal(read_file(kit, 1, "a.csv", 5), KINMU_OK);
    assert_int_equal(kit->reply.values[0].size, 0);
    char stamp[64];
    snprintf(stamp, sizeof stamp, "%s", kit->reply.values[2].as.text);
    const kinmu_value two[] = {kinmu_i64(1), kinmu_text("a.csv"), kinmu_i64(1), kinmu_i64(2)};
    assert_int_equal(testkit_call(kit, "read", two, 4), KINMU_OK);
    assert_memory_equal(kit->reply.values[0].as.bytes, "el", 2);
    assert_int_equal(kit->reply.values[0].size, 2);
    assert_string_equal(kit->reply.values[2].as.text, stamp);
    replace_file();
    const kinmu_value none[] = {kinmu_i64(1), kinmu_text("a.csv"), kinmu_null(), kinmu_i64(0)};
    assert_int_equal(testkit_call(kit, "read", none, 4), KINMU_OK);
    assert_int_equal(kit->reply.values[0].size, 0);
    assert_int_equal(kit->reply.values[1].as.i64, 5);
    assert_string_not_equal(kit->reply.values[2].as.text, stamp);
    assert_int_equal(read_file(kit, 1, "b.csv", 0), KINMU_E_NOTFOUND);
    assert_int_equal(read_file(kit, 1, "../1/a.csv", 0), KINMU_E_NOTFOUND);
    assert_int_equal(read_file(kit, 1, "..", 0), KINMU_E_NOTFOUND);
    assert_int_equal(read_file(kit, 1, "a.csv", -1), KINMU_E_REJECT);
    testkit_advance(kit, HOUR_MS * 2 - 60001);
    assert_string_equal(list(kit), "1 done");
    testkit_advance(kit, 120000);
    assert_string_equal(list(kit), "1 expired");
    assert_false(is_there(made_directory));
    assert_int_equal(read_file(kit, 1, "a.csv", 0), KINMU_E_REJECT);
    close_kit(kit);
}

static void a_restart_loses_no_order(void **state) {
    (void)state;
    testkit *kit = open_kit();
    assert_int_equal(order(kit, "csv", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    assert_int_equal(order(kit, "json", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    make_file(); /* half made */
    cancelled = 0;
    testkit_stop(kit);
    assert_int_equal(cancelled, 1);
    made_done = NULL;
    begun = 0;
    assert_int_equal(testkit_start(kit), KINMU_OK);
    testkit_settle(kit);
    assert_string_equal(list(kit), "1 running, 2 waiting");
    assert_int_equal(begun, 1);
    assert_false(is_there(made_directory)); /* cleared before it began again */
    close_kit(kit);
}

static void removed_wherever_it_stands(void **state) {
    (void)state;
    testkit *kit = open_kit();
    cancelled = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(order(kit, "csv", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    }
    make_file();
    end_export(kit, KINMU_OK, "");
    assert_int_equal(call_job(kit, "remove", 3), KINMU_OK); /* waits */
    assert_string_equal(kit->reply.values[1].as.text, "removed");
    assert_string_equal(list(kit), "1 done, 2 running");
    char first[1100];
    snprintf(first, sizeof first, "%s/1", root);
    assert_true(is_there(first));
    assert_int_equal(call_job(kit, "remove", 1), KINMU_OK); /* done */
    assert_false(is_there(first));
    make_file();
    assert_int_equal(call_job(kit, "remove", 2), KINMU_OK); /* runs */
    assert_int_equal(cancelled, 1);
    end_export(kit, KINMU_E_STATE, "");
    assert_string_equal(list(kit), "");
    assert_false(is_there(made_directory));
    assert_int_equal(call_job(kit, "remove", 2), KINMU_E_NOTFOUND);
    close_kit(kit);
}

static void bad_orders_are_refused_at_once(void **state) {
    (void)state;
    testkit *kit = open_kit();
    static const struct {
        const char *exporter, *from, *to, *options, *says;
    } orders[] = {
        {"--conf", "2026-11-01", "2026-11-30", NULL, "exporter"},
        {"", "2026-11-01", "2026-11-30", NULL, "exporter"},
        {"csv", "2026-11-31", "2026-11-30", NULL, "dates"},
        {"csv", "2026-11-02", "2026-11-01", NULL, "the first one first"},
        {"csv", "2026-11-01", "2026-11-30", "files", "NAME=VALUE"},
        {"csv", "2026-11-01", "2026-11-30", "a=\x01", "NAME=VALUE"},
    };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        assert_int_equal(
            order(kit, orders[i].exporter, orders[i].from, orders[i].to, orders[i].options),
            KINMU_E_REJECT);
        assert_non_null(strstr(kit->reply.text, orders[i].says));
    }
    for (int i = 0; i < 32; i++) {
        assert_int_equal(order(kit, "csv", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    }
    assert_int_equal(order(kit, "csv", "2026-11-01", "2026-11-30", NULL), KINMU_E_BUSY);
    end_export(kit, KINMU_E_REJECT, "why");
    assert_int_equal(order(kit, "csv", "2026-11-01", "2026-11-30", NULL), KINMU_OK);
    assert_null(strstr(list(kit), "1 failed")); /* the oldest that is over made room */
    close_kit(kit);
}

static int open_root(void **state) {
    (void)state;
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state) {
    char path[64];
    (void)state;
    for (int job = 1; job < 40; job++) {
        snprintf(path, sizeof path, "%s/%d/a.csv", root, job);
        (void)unlink(path);
        snprintf(path, sizeof path, "%s/%d", root, job);
        (void)rmdir(path);
    }
    return rmdir(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queued_and_made_one_by_one),
        cmocka_unit_test(who_orders_stands_in_the_audit),
        cmocka_unit_test(files_are_read_until_they_expire),
        cmocka_unit_test(a_restart_loses_no_order),
        cmocka_unit_test(removed_wherever_it_stands),
        cmocka_unit_test(bad_orders_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, open_root, remove_root);
}
