/* Login records as files: what counts as a login, a boot, a shutdown; hostile and damaged files.
 * Fixtures are written by the C library's own updwtmpx, so that the format read is the real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/collectors/session/ledger.c"
#include "plugins/collectors/session/machine_linux.c"
#include "plugins/collectors/session/utmp.c"

#define S LEDGER_NS_PER_S
#define PATH_SIZE 256

static char folder[PATH_SIZE];

static void path_of(char path[PATH_SIZE], const char *name) {
    assert_true(snprintf(path, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE);
}

static void put(const char *path, short type, const char *user, const char *line, const char *host,
                int32_t seconds) {
    struct utmpx record;
    memset(&record, 0, sizeof record);
    record.ut_type = type;
    record.ut_pid = (pid_t)getpid();
    memcpy(record.ut_user, user, strnlen(user, sizeof record.ut_user));
    memcpy(record.ut_line, line, strnlen(line, sizeof record.ut_line));
    memcpy(record.ut_host, host, strnlen(host, sizeof record.ut_host));
    record.ut_tv.tv_sec = seconds;
    record.ut_tv.tv_usec = 250000;
    updwtmpx(path, &record);
}

static void create(const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static void test_history_has_boots_shutdowns_and_logins(void **state) {
    (void)state;
    char path[PATH_SIZE];
    path_of(path, "wtmp");
    create(path);
    put(path, BOOT_TIME, "reboot", "~", "6.1.0", 1000);
    put(path, RUN_LVL, "runlevel", "~", "6.1.0", 1005);
    put(path, LOGIN_PROCESS, "LOGIN", "tty1", "", 1006);
    put(path, USER_PROCESS, "alice", "tty7", ":0", 1010);
    put(path, USER_PROCESS, "alice", "pts/0", ":0", 1020);          /* a terminal window */
    put(path, USER_PROCESS, "alice", "pts/1", "tmux(77).%0", 1021); /* a terminal in it */
    put(path, USER_PROCESS, "alice", "pts/2", "", 1022);
    put(path, USER_PROCESS, "bob", "pts/3", "192.0.2.7", 1030); /* ssh */
    put(path, DEAD_PROCESS, "", "tty7", "", 1040);
    put(path, RUN_LVL, "shutdown", "~", "6.1.0", 1050);
    ledger_record *records;
    uint32_t count;
    assert_int_equal(utmp_read_history(path, 0, &records, &count), KINMU_OK);
    assert_int_equal(count, 5);
    assert_int_equal(records[0].kind, LEDGER_RECORD_BOOT);
    assert_int_equal(records[0].unix_ns, 1000 * S + S / 4);
    assert_int_equal(records[1].kind, LEDGER_RECORD_LOGON);
    assert_string_equal(records[1].session.account, "alice");
    assert_string_equal(records[1].session.type, "x11");
    assert_string_equal(records[1].session.remote_host, "");
    assert_int_equal(records[2].kind, LEDGER_RECORD_LOGON);
    assert_string_equal(records[2].session.account, "bob");
    assert_string_equal(records[2].session.remote_host, "192.0.2.7");
    assert_int_equal(records[3].kind, LEDGER_RECORD_LOGOFF);
    assert_string_equal(records[3].session.line, "tty7");
    assert_int_equal(records[4].kind, LEDGER_RECORD_SHUTDOWN);
    free(records);

    assert_int_equal(utmp_read_history(path, 1040 * S + S / 4, &records, &count), KINMU_OK);
    assert_int_equal(count, 1); /* only what is newer */
    free(records);
}

static void test_history_survives_bad_files(void **state) {
    (void)state;
    char path[PATH_SIZE];
    ledger_record *records;
    uint32_t count;
    path_of(path, "absent");
    assert_int_equal(utmp_read_history(path, 0, &records, &count), KINMU_OK);
    assert_int_equal(count, 0);
    assert_null(records);

    path_of(path, "torn");
    create(path);
    put(path, BOOT_TIME, "reboot", "~", "", 1000);
    /* full fields without NUL, and bytes that are no UTF-8 */
    put(path, USER_PROCESS, "\xff\xfe\x80zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "tty2", "\xc3", 1010);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("half a record", file);
    fclose(file);
    assert_int_equal(utmp_read_history(path, 0, &records, &count), KINMU_OK);
    assert_int_equal(count, 2);
    assert_string_equal(records[1].session.account, "???zzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
    assert_string_equal(records[1].session.remote_host, "?");
    free(records);

    path_of(path, "long");
    create(path);
    for (int32_t i = 0; i < LEDGER_RECORDS_MAX + 20; i++) {
        put(path, BOOT_TIME, "reboot", "~", "", 1000 + i);
    }
    assert_int_equal(utmp_read_history(path, 0, &records, &count), KINMU_OK);
    assert_int_equal(count, LEDGER_RECORDS_MAX); /* the newest */
    assert_int_equal(records[0].unix_ns, 1020 * S + S / 4);
    free(records);
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_boot_id_and_time(void **state) {
    (void)state;
    char path[PATH_SIZE];
    uint8_t boot_id[LEDGER_BOOT_ID_BYTES];
    int64_t boot_ns;
    machine_read_boot(folder, boot_id, &boot_ns);
    assert_int_equal(boot_ns, 0);
    assert_int_equal(boot_id[0], 0);

    const char *const folders[] = {"sys", "sys/kernel", "sys/kernel/random"};
    for (size_t i = 0; i < 3; i++) {
        path_of(path, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    path_of(path, "sys/kernel/random/boot_id");
    write_text(path, "96bdf5c4-d63b-4718-9e76-4b794f532fc9\n");
    path_of(path, "stat");
    static char text[20000];
    static char digits[15001]; /* real machines have very long lines */
    memset(digits, '7', sizeof digits - 1);
    snprintf(text, sizeof text, "cpu  1 2 3\nintr %s\nctxt 5\nbtime 1795310451\nprocesses 9\n",
             digits);
    write_text(path, text);
    machine_read_boot(folder, boot_id, &boot_ns);
    assert_int_equal(boot_ns, 1795310451 * S);
    assert_int_equal(boot_id[0], 0x96);
    assert_int_equal(boot_id[15], 0xc9);

    path_of(path, "sys/kernel/random/boot_id");
    write_text(path, "96bdf5c4-d63b\n");
    machine_read_boot(folder, boot_id, &boot_ns);
    assert_int_equal(boot_id[0], 0);

    machine_read_boot("/proc", boot_id, &boot_ns);
    assert_true(boot_ns > 0);
    assert_true(machine_suspended_ns() < (uint64_t)1 << 62);
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/kinmu-utmp.XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    const char *const names[] = {
        "wtmp",       "torn", "long", "stat", "sys/kernel/random/boot_id", "sys/kernel/random",
        "sys/kernel", "sys"};
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(path, names[i]);
        (void)remove(path);
    }
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_has_boots_shutdowns_and_logins),
        cmocka_unit_test(test_history_survives_bad_files),
        cmocka_unit_test(test_boot_id_and_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
