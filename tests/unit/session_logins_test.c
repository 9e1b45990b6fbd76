/* The login sessions presented to the host: how a display is reached is read from programs of the
 * session only (a proc folder made by the test), held back while it is not known yet, told again
 * when more is found, and never taken back because something else is slow. Runs logins.c on the
 * SDK's testkit without the collector around it.
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

#include <ftw.h>

#include "plugins/collectors/session/logins.c"
#include "plugins/collectors/session/surroundings_linux.c"

#define PATH_SIZE 256

typedef struct bench {
    char proc[64];
    char rest[160]; /* of every environment: the folders of this account */
    testkit *kit;
    logins self;
} bench;

static void add_program(const bench *all, const char *pid, const char *environment, size_t size) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", all->proc, pid);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/%s/environ", all->proc, pid);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(environment, 1, size, file), size);
    fclose(file);
}

#define ADD(all, pid, environment) add_program(all, pid, environment, sizeof environment)

static backend_login x11(const char *id, const char *account, const char *display) {
    backend_login login;
    memset(&login, 0, sizeof login);
    snprintf(login.id, sizeof login.id, "%s", id);
    snprintf(login.account, sizeof login.account, "%s", account);
    snprintf(login.type, sizeof login.type, "x11");
    snprintf(login.display, sizeof login.display, "%s", display);
    login.uid = (uint32_t)getuid();
    return login;
}

static void list(bench *all, const backend_login *present_now, uint32_t count) {
    logins_list_begin(&all->self);
    for (uint32_t i = 0; i < count; i++) {
        logins_seen(&all->self, &present_now[i]);
    }
    logins_list_end(&all->self);
    testkit_settle(all->kit);
}

static void expect(const bench *all, uint32_t count, const char *text) {
    assert_int_equal(all->kit->present_count, count);
    assert_non_null(all->kit->presented);
    assert_string_equal(all->kit->presented, text);
}

static const char *line(const bench *all, char *to, size_t size, const char *begin) {
    snprintf(to, size, "%s %s\n", begin, all->rest);
    return to;
}

static int set_up(void **state) {
    bench *all = calloc(1, sizeof *all);
    assert_non_null(all);
    *state = all;
    snprintf(all->proc, sizeof all->proc, "/tmp/kinmu-logins.XXXXXX");
    assert_non_null(mkdtemp(all->proc));
    snprintf(all->rest, sizeof all->rest,
             "XDG_RUNTIME_DIR=/run/user/%u "
             "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus XDG_SESSION_TYPE=x11",
             (unsigned)getuid(), (unsigned)getuid());
    all->kit = testkit_new("session");
    logins_init(&all->self, &all->kit->host, all->kit->host.iface(&all->kit->host, KINMU_TIMER_1),
                all->kit->host.iface(&all->kit->host, KINMU_WORK_1), all->proc);
    logins_start(&all->self);
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state) {
    bench *all = *state;
    int is_clean = all->kit->problem[0] == '\0';
    logins_stop(&all->self);
    testkit_settle(all->kit);
    is_clean &= all->kit->timer_count == 0;
    testkit_free(all->kit);
    nftw(all->proc, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(all);
    return is_clean ? 0 : -1;
}

static void test_sessions_present_are_told_with_their_display(void **state) {
    bench *all = *state;
    backend_login both[2] = {x11("c1", "alice", ":0"), x11("c2", "bob", ":1")};
    char first[512];
    char text[2048];
    ADD(all, "10", "PATH=/bin\0DISPLAY=:0.0\0XAUTHORITY=/home/alice/.Xauthority\0");
    ADD(all, "11", "DISPLAY=:1\0XAUTHORITY=/run/user/1001/gdm/Xauthority\0");
    ADD(all, "self", "DISPLAY=:1\0XAUTHORITY=/never\0");
    list(all, both, 2);
    line(all, first, sizeof first, "c1 alice DISPLAY=:0 XAUTHORITY=/home/alice/.Xauthority");
    snprintf(text, sizeof text,
             "%.500sc2 bob DISPLAY=:1 XAUTHORITY=/run/user/1001/gdm/Xauthority %s\n", first,
             all->rest);
    expect(all, 1, text);
    assert_int_equal(all->kit->timer_count, 0); /* all known: nothing is looked for any more */
    logins_gone(&all->self, "c2");
    expect(all, 2, first);
    list(all, both, 1); /* the bus came back: nothing has changed */
    assert_int_equal(all->kit->present_count, 2);
}

static void test_only_programs_of_the_session_count(void **state) {
    bench *all = *state;
    backend_login login = x11("c2", "alice", ":0");
    char text[512];
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/left/over\0XDG_SESSION_ID=c1\0");
    ADD(all, "11", "DISPLAY=:7\0XAUTHORITY=/nested\0XDG_SESSION_ID=c2\0");
    ADD(all, "12", "DISPLAY=:0\0XAUTHORITY=/by/display\0");
    ADD(all, "13",
        "DISPLAY=:0\0XAUTHORITY=/right\0XDG_SESSION_ID=c2\0LD_PRELOAD=/"
        "x.so\0WAYLAND_DISPLAY=nested\0");
    list(all, &login, 1);
    expect(all, 1, line(all, text, sizeof text, "c2 alice DISPLAY=:0 XAUTHORITY=/right"));
    /* programs of another account do not count at all */
    login.uid++;
    snprintf(login.id, sizeof login.id, "c9");
    snprintf(login.display, sizeof login.display, ":7");
    logins_seen(&all->self, &login);
    testkit_advance(all->kit, 10000);
    assert_null(strstr(all->kit->presented, "/nested"));
    assert_non_null(strstr(all->kit->presented, "c9 alice DISPLAY=:7 XDG_RUNTIME_DIR"));
}

static void test_a_wayland_session_is_reached_through_what_runs_in_it(void **state) {
    bench *all = *state;
    backend_login login = x11("3", "alice", "");
    char text[512];
    snprintf(login.type, sizeof login.type, "wayland");
    ADD(all, "10", "XDG_SESSION_ID=3\0"); /* the compositor itself */
    ADD(all, "11", "WAYLAND_DISPLAY=wayland-0\0DISPLAY=:1\0XAUTHORITY=/run/xwayland\0");
    list(all, &login, 1);
    line(all, text, sizeof text,
         "3 alice DISPLAY=:1 WAYLAND_DISPLAY=wayland-0 XAUTHORITY=/run/xwayland");
    memcpy(strstr(text, "=x11\n"), "=wayland\n", sizeof "=wayland\n");
    expect(all, 1, text);
}

static void test_a_new_session_waits_a_moment_for_its_desktop(void **state) {
    bench *all = *state;
    backend_login both[2] = {x11("c1", "alice", ":0"), x11("c2", "bob", ":1")};
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/a\0");
    list(all, both, 1);
    logins_seen(&all->self, &both[1]);
    testkit_settle(all->kit);
    assert_int_equal(all->kit->present_count, 1); /* bob's desktop is not up yet */
    ADD(all, "11", "DISPLAY=:1\0XAUTHORITY=/b\0");
    testkit_advance(all->kit, 1000);
    assert_int_equal(all->kit->present_count, 2);
    assert_non_null(strstr(all->kit->presented, "c1 alice DISPLAY=:0 XAUTHORITY=/a"));
    assert_non_null(strstr(all->kit->presented, "c2 bob DISPLAY=:1 XAUTHORITY=/b"));
    assert_int_equal(all->kit->timer_count, 0);
}

static void test_a_display_without_authority_is_told_and_looked_at_again(void **state) {
    bench *all = *state;
    backend_login login = x11("c1", "alice", ":0");
    char text[512];
    list(all, &login, 1);
    assert_int_equal(all->kit->present_count, 0);
    testkit_advance(all->kit, 3000);
    expect(all, 1, line(all, text, sizeof text, "c1 alice DISPLAY=:0"));
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/late\0");
    testkit_advance(all->kit, 4000);
    expect(all, 2, line(all, text, sizeof text, "c1 alice DISPLAY=:0 XAUTHORITY=/late"));
}

static void test_looking_ends(void **state) {
    bench *all = *state;
    backend_login login = x11("c1", "alice", ":0");
    list(all, &login, 1);
    testkit_advance(all->kit, 62000);
    assert_int_equal(all->kit->timer_count, 1);
    testkit_advance(all->kit, 2000);
    assert_int_equal(all->kit->timer_count, 0);
    assert_int_equal(all->kit->present_count, 1);
}

/* A collector that was started again must not take back sessions it has not looked at yet. */
static void test_the_first_list_is_told_whole(void **state) {
    bench *all = *state;
    backend_login both[2] = {x11("c1", "alice", ":0"), x11("c2", "bob", ":1")};
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/a\0");
    list(all, both, 2);
    assert_int_equal(all->kit->present_count, 0);
    testkit_advance(all->kit, 3000);
    assert_int_equal(all->kit->present_count, 1);
    assert_non_null(strstr(all->kit->presented, "c1 alice"));
    assert_non_null(strstr(all->kit->presented, "c2 bob"));
}

static void test_nobody_is_told_too(void **state) {
    bench *all = *state;
    list(all, NULL, 0);
    expect(all, 1, "");
}

static void test_consoles_and_ended_sessions_are_not_told(void **state) {
    bench *all = *state;
    backend_login both[2] = {x11("c1", "alice", ":0"), x11("c2", "bob", "")};
    snprintf(both[1].type, sizeof both[1].type, "tty");
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/a\0");
    list(all, both, 2);
    assert_null(strstr(all->kit->presented, "bob"));
    snprintf(both[0].type, sizeof both[0].type, "tty");
    logins_seen(&all->self, &both[0]);
    expect(all, 2, "");
}

static void test_odd_values_are_not_passed_on(void **state) {
    bench *all = *state;
    backend_login login = x11("c1", "alice", ":0");
    char text[512];
    char huge[ENVIRONMENT_BYTES_MAX + 100];
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/\xff\xfe\0");
    ADD(all, "11", "DISPLAY=:0\0XAUTHORITY=/a\nb\0");
    memset(huge, 'x', sizeof huge);
    memcpy(huge, "DISPLAY=:0\0XAUTHORITY=", 22);
    add_program(all, "12", huge, sizeof huge);
    memcpy(huge + 22 + SURROUNDINGS_VALUE_SIZE, "\0", 1);
    add_program(all, "13", huge, sizeof huge);
    add_program(all, "14", "", 0);
    list(all, &login, 1);
    expect(all, 1, line(all, text, sizeof text, "c1 alice DISPLAY=:0"));
}

static void test_more_than_the_host_takes(void **state) {
    bench *all = *state;
    char id[16];
    ADD(all, "10", "DISPLAY=:0\0XAUTHORITY=/a\0");
    logins_list_begin(&all->self);
    for (int i = 0; i < (int)KINMU_SESSIONS_MAX + 3; i++) {
        snprintf(id, sizeof id, "c%d", i);
        backend_login login = x11(id, "alice", ":0");
        logins_seen(&all->self, &login);
    }
    logins_list_end(&all->self);
    testkit_settle(all->kit);
    assert_int_equal(all->kit->present_count, 1);
    assert_true(testkit_logged(all->kit, "more graphical sessions"));
}

static int32_t deny(const kinmu_host *host, const kinmu_login_session *sessions, uint32_t count) {
    (void)host;
    (void)sessions;
    (void)count;
    return KINMU_E_DENIED;
}

static void test_a_host_that_denies_or_lacks_it_is_left_alone(void **state) {
    bench *all = *state;
    static const kinmu_sessions denying = {sizeof denying, 0, deny};
    backend_login login = x11("c1", "alice", ":0");
    all->self.sessions = &denying;
    list(all, &login, 1);
    testkit_advance(all->kit, 120000);
    assert_null(all->self.sessions);
    logins_stop(&all->self);
    logins_start(&all->self);
    list(all, &login, 1);
    assert_int_equal(all->kit->timer_count, 0);
    assert_int_equal(all->kit->present_count, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_sessions_present_are_told_with_their_display),
        TEST(test_only_programs_of_the_session_count),
        TEST(test_a_wayland_session_is_reached_through_what_runs_in_it),
        TEST(test_a_new_session_waits_a_moment_for_its_desktop),
        TEST(test_a_display_without_authority_is_told_and_looked_at_again),
        TEST(test_looking_ends),
        TEST(test_the_first_list_is_told_whole),
        TEST(test_nobody_is_told_too),
        TEST(test_consoles_and_ended_sessions_are_not_told),
        TEST(test_odd_values_are_not_passed_on),
        TEST(test_more_than_the_host_takes),
        TEST(test_a_host_that_denies_or_lacks_it_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
