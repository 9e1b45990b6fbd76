/* The built collector "session" on the testkit: start, heartbeat, power cut, files of logins, a
 * full bus, a damaged state, no bus at all. D-Bus itself is tested end to end (session_logind.sh).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kinmu/testkit.h>

#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#define START_S (TESTKIT_START_UNIX_NS / 1000000000)
#define PLUGIN KINMU_BUILD_DIR "/plugins/collectors/session.so"
#define BOOT_A "96bdf5c4-d63b-4718-9e76-4b794f532fc9"
#define BOOT_B "11111111-2222-4333-8444-555555555555"
#define PATH_SIZE 512

typedef struct bench {
    char folder[64];
    char utmp[128];
    char options[3][PATH_SIZE];
    const char *overrides[6];
    testkit *kit;
} bench;

static void write_text(const bench *all, const char *name, const char *text) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", all->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void set_boot(const bench *all, const char *boot_id, int64_t boot_s) {
    char stat_text[64];
    snprintf(stat_text, sizeof stat_text, "cpu 1\nbtime %lld\n", (long long)boot_s);
    write_text(all, "sys/kernel/random/boot_id", boot_id);
    write_text(all, "stat", stat_text);
}

/* A login (user given) or logout on a terminal, as the system writes it to utmp. */
static void put_utmp(const bench *all, const char *user, const char *line, int64_t seconds) {
    struct utmpx record;
    memset(&record, 0, sizeof record);
    record.ut_type = user[0] != '\0' ? USER_PROCESS : DEAD_PROCESS;
    record.ut_pid = getpid();
    memcpy(record.ut_user, user, strlen(user));
    memcpy(record.ut_line, line, strlen(line));
    memcpy(record.ut_id, line, 4);
    record.ut_tv.tv_sec = (int32_t)seconds;
    utmpxname(all->utmp);
    setutxent();
    assert_non_null(pututxline(&record));
    endutxent();
}

static void new_kit(bench *all) {
    all->kit = testkit_new("session");
    all->kit->host.account = "";
    assert_int_equal(testkit_load(all->kit, PLUGIN, "session"), KINMU_OK);
}

static void run(bench *all, const char *backend) {
    all->overrides[0] = backend;
    if (testkit_create(all->kit, all->overrides) != KINMU_OK ||
        testkit_start(all->kit) != KINMU_OK) {
        fail_msg("%s", all->kit->err.msg);
    }
}

/* The power goes: a new kit with what was stored, at a later time; the old one writes no more. */
static void cut_power(bench *all, int64_t later_s) {
    testkit *old = all->kit;
    const testkit_pair *pair = tk_pair(old->kv, "ledger");
    assert_non_null(pair);
    new_kit(all);
    assert_int_equal(testkit_set_kv(all->kit, "ledger", pair->data, pair->size), KINMU_OK);
    all->kit->clock = old->clock;
    testkit_step(all->kit, later_s * 1000000000, 0);
    all->kit->clock.mono_ns = 10000000000u;
    testkit_free(old);
}

static void expect_event(const bench *all, uint32_t index, const char *subject, int64_t second,
                         const char *text) {
    const kinmu_event *event = testkit_event(all->kit, index);
    assert_non_null(event);
    const char *got = testkit_event_text(all->kit, event);
    if (strstr(got, text) == NULL) {
        fail_msg("event %u is '%s', not '%s'", (unsigned)index, got, text);
    }
    assert_string_equal(event->subject, subject);
    assert_int_equal(event->unix_ns / 1000000000 - START_S, second);
}

static int set_up(void **state) {
    static const char *const folders[] = {"sys", "sys/kernel", "sys/kernel/random"};
    bench *all = calloc(1, sizeof *all);
    assert_non_null(all);
    *state = all;
    snprintf(all->folder, sizeof all->folder, "/tmp/kinmu-session.XXXXXX");
    assert_non_null(mkdtemp(all->folder));
    char path[PATH_SIZE];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", all->folder, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(all->utmp, sizeof all->utmp, "%.63s/utmp", all->folder);
    snprintf(all->options[0], PATH_SIZE, "utmp_file=%s", all->utmp);
    snprintf(all->options[1], PATH_SIZE, "wtmp_file=%s/wtmp", all->folder);
    snprintf(all->options[2], PATH_SIZE, "proc_folder=%s", all->folder);
    for (size_t i = 0; i < 3; i++) {
        all->overrides[i + 1] = all->options[i];
    }
    set_boot(all, BOOT_A, START_S - 100);
    write_text(all, "utmp", "");
    new_kit(all);
    return 0;
}

static int tear_down(void **state) {
    static const char *const names[] = {
        "utmp",       "wtmp", "stat", "sys/kernel/random/boot_id", "sys/kernel/random",
        "sys/kernel", "sys"};
    bench *all = *state;
    char path[PATH_SIZE];
    int is_clean = all->kit->problem[0] == '\0' && all->kit->refusal[0] == '\0';
    if (!is_clean) {
        print_error("problem '%s' refusal '%s'\n", all->kit->problem, all->kit->refusal);
    }
    testkit_free(all->kit);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", all->folder, names[i]);
        (void)remove(path);
    }
    (void)rmdir(all->folder);
    free(all);
    return is_clean ? 0 : -1;
}

static void test_first_start(void **state) {
    bench *all = *state;
    put_utmp(all, "alice", "tty7", START_S - 50);
    run(all, "backend=utmp");
    assert_int_equal(all->kit->event_count, 2);
    expect_event(all, 0, "", -100, "kind=boot quality=exact source=kernel");
    expect_event(all, 1, "alice", -50, "kind=logon quality=exact source=utmp");
    assert_int_equal(all->kit->health, KINMU_HEALTH_OK);
    /* an idle machine: one timer, and the file's watch */
    assert_int_equal(all->kit->timer_count, 1);
    assert_int_equal(all->kit->poll_count, 1);
}

static int32_t has_three(testkit *kit, void *user) {
    (void)user;
    return kit->event_count >= 3;
}

static int32_t has_two(testkit *kit, void *user) {
    (void)user;
    return kit->event_count >= 2;
}

static void test_logins_are_seen_as_they_happen(void **state) {
    bench *all = *state;
    run(all, "backend=utmp");
    assert_int_equal(all->kit->event_count, 1);
    testkit_advance(all->kit, 5000);
    put_utmp(all, "bob", "tty3", START_S + 5);
    assert_true(testkit_run_until(all->kit, has_two, NULL, 5000));
    expect_event(all, 1, "bob", 5, "kind=logon quality=exact source=utmp");
    testkit_advance(all->kit, 5000);
    put_utmp(all, "", "tty3", START_S + 10);
    assert_true(testkit_run_until(all->kit, has_three, NULL, 5000));
    expect_event(all, 2, "bob", 10, "kind=logoff quality=exact source=utmp");
}

static void test_power_cut_is_dated_within_a_heartbeat(void **state) {
    bench *all = *state;
    put_utmp(all, "alice", "tty7", START_S - 50);
    run(all, "backend=utmp");
    testkit_advance(all->kit, 185000); /* heartbeats at 60, 120, 180 */
    cut_power(all, 3600);
    set_boot(all, BOOT_B, START_S + 3700);
    write_text(all, "utmp", "");
    run(all, "backend=utmp");
    expect_event(all, 0, "", 180, "kind=shutdown quality=estimated source=heartbeat");
    expect_event(all, 1, "alice", 180, "kind=logoff quality=estimated source=heartbeat");
    expect_event(all, 2, "", 3700, "kind=boot quality=exact source=kernel");
    assert_int_equal(all->kit->event_count, 3);
}

static void test_state_is_stored_at_once_after_a_change(void **state) {
    bench *all = *state;
    run(all, "backend=utmp");
    put_utmp(all, "alice", "tty7", START_S);
    assert_true(testkit_run_until(all->kit, has_two, NULL, 5000));
    cut_power(all, 3600); /* seconds after the logon, long before the next heartbeat */
    set_boot(all, BOOT_B, START_S + 3000);
    write_text(all, "utmp", "");
    run(all, "backend=utmp");
    expect_event(all, 1, "alice", 0, "kind=logoff quality=estimated");
}

static void test_reboot_recorded_by_the_system(void **state) {
    bench *all = *state;
    run(all, "backend=utmp");
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/wtmp", all->folder);
    write_text(all, "wtmp", "");
    struct utmpx record;
    memset(&record, 0, sizeof record);
    record.ut_type = RUN_LVL;
    memcpy(record.ut_user, "shutdown", 8);
    record.ut_tv.tv_sec = (int32_t)(START_S + 42);
    updwtmpx(path, &record);
    cut_power(all, 3600);
    set_boot(all, BOOT_B, START_S + 3000);
    run(all, "backend=utmp");
    expect_event(all, 0, "", 42, "kind=shutdown quality=exact source=utmp");
    expect_event(all, 1, "", 3000, "kind=boot quality=exact source=kernel");
}

static void test_start_and_stop_a_hundred_times(void **state) {
    bench *all = *state;
    put_utmp(all, "alice", "tty7", START_S - 50);
    run(all, "backend=utmp");
    for (int i = 0; i < 100; i++) {
        assert_int_equal(testkit_stop(all->kit), KINMU_OK);
        assert_int_equal(testkit_stop(all->kit), KINMU_OK);
        assert_int_equal(all->kit->timer_count, 0);
        assert_int_equal(all->kit->poll_count, 0);
        assert_int_equal(testkit_start(all->kit), KINMU_OK);
    }
    assert_int_equal(all->kit->event_count, 2);
    assert_int_equal(testkit_stop(all->kit), KINMU_OK);
    testkit_step(all->kit, 60000000000, 60000000000);
    assert_int_equal(testkit_start(all->kit), KINMU_OK);
    expect_event(all, 2, "", 60, "stream=session");
    assert_non_null(
        strstr(testkit_event_text(all->kit, testkit_event(all->kit, 2)), "cause=stopped"));
    assert_int_equal(all->kit->event_count, 3);
}

static void test_full_bus_delays_and_loses_nothing(void **state) {
    bench *all = *state;
    put_utmp(all, "alice", "tty7", START_S - 50);
    all->kit->busy = 5;
    run(all, "backend=utmp");
    assert_int_equal(all->kit->event_count, 0);
    testkit_advance(all->kit, 2000);
    assert_int_equal(all->kit->event_count, 2);
    expect_event(all, 0, "", -100, "kind=boot");
    expect_event(all, 1, "alice", -50, "kind=logon");
    assert_int_equal(testkit_metric(all->kit, "events_lost_total"), 0);
}

static void test_damaged_state_starts_afresh_and_says_so(void **state) {
    bench *all = *state;
    assert_int_equal(testkit_set_kv(all->kit, "ledger", "garbage", 7), KINMU_OK);
    run(all, "backend=utmp");
    assert_true(testkit_logged(all->kit, "stored state is damaged"));
    expect_event(all, 0, "", -100, "kind=boot");
}

static void test_missing_files_come_later(void **state) {
    bench *all = *state;
    assert_int_equal(remove(all->utmp), 0);
    run(all, "backend=utmp");
    assert_int_equal(all->kit->health, KINMU_HEALTH_UNAVAILABLE);
    assert_non_null(strstr(all->kit->health_text, all->utmp));
    testkit_advance(all->kit, 30000);
    write_text(all, "utmp", "");
    put_utmp(all, "alice", "tty7", START_S + 30);
    testkit_advance(all->kit, 30000); /* the next heartbeat looks */
    assert_int_equal(all->kit->health, KINMU_HEALTH_OK);
    expect_event(all, 1, "alice", 30, "kind=logon quality=exact source=utmp");
    expect_event(all, 2, "", 60, "stream=session");
}

static void test_no_bus_falls_back_to_utmp_and_keeps_trying(void **state) {
    bench *all = *state;
    assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
    put_utmp(all, "alice", "tty7", START_S - 50);
    run(all, "backend=auto");
    assert_int_equal(all->kit->health, KINMU_HEALTH_DEGRADED);
    assert_non_null(strstr(all->kit->health_text, "no system bus"));
    assert_non_null(strstr(all->kit->health_text, "start dbus"));
    expect_event(all, 1, "alice", -50, "kind=logon quality=exact source=utmp");
    testkit_advance(all->kit, 3600000);
    uint64_t farthest_ns = 0;
    for (uint32_t i = 0; i < KINMU_TIMERS_MAX; i++) {
        const testkit_timer *timer = &all->kit->timers[i];
        if (timer->id != 0 && timer->due_ns - all->kit->timer_ns > farthest_ns) {
            farthest_ns = timer->due_ns - all->kit->timer_ns;
        }
    }
    assert_int_equal(all->kit->timer_count, 2); /* heartbeat and the next try */
    assert_true(farthest_ns <= 60000000000u);
    /* said once, not at every try */
    assert_true(all->kit->line_count <= 2);
    assert_int_equal(testkit_stop(all->kit), KINMU_OK);
    expect_event(all, 2, "", 3600, "cause=unknown detail=no system bus");
}

static void test_no_bus_and_no_utmp_is_unavailable(void **state) {
    bench *all = *state;
    assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
    assert_int_equal(remove(all->utmp), 0);
    run(all, "backend=auto");
    assert_int_equal(all->kit->health, KINMU_HEALTH_UNAVAILABLE);
    assert_non_null(strstr(all->kit->health_text, "no system bus"));
    assert_int_equal(all->kit->event_count, 1); /* the boot is known all the same */
}

static void test_heartbeat_can_change_while_running(void **state) {
    bench *all = *state;
    run(all, "backend=utmp");
    all->overrides[4] = "heartbeat=10s";
    assert_int_equal(testkit_reconfigure(all->kit, all->overrides), KINMU_OK);
    testkit_advance(all->kit, 15000);
    cut_power(all, 3600);
    set_boot(all, BOOT_B, START_S + 3000);
    run(all, "backend=utmp");
    expect_event(all, 0, "", 10, "kind=shutdown quality=estimated");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_first_start),
        TEST(test_logins_are_seen_as_they_happen),
        TEST(test_power_cut_is_dated_within_a_heartbeat),
        TEST(test_state_is_stored_at_once_after_a_change),
        TEST(test_reboot_recorded_by_the_system),
        TEST(test_start_and_stop_a_hundred_times),
        TEST(test_full_bus_delays_and_loses_nothing),
        TEST(test_damaged_state_starts_afresh_and_says_so),
        TEST(test_missing_files_come_later),
        TEST(test_no_bus_falls_back_to_utmp_and_keeps_trying),
        TEST(test_no_bus_and_no_utmp_is_unavailable),
        TEST(test_heartbeat_can_change_while_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
