/* supervisor_test.c - the daemon tells the service manager that it is ready, that it works, and
 * that it stops; the messages are read from the socket a manager would give. */
#include "platform/platform.h"
#include "tests/config/folder.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#define PROGRAM KINMU_BUILD_DIR "/kinmu"
#define WAIT_MS 30000

/* Opens the manager's end; `name` as it would stand in NOTIFY_SOCKET. */
static int open_manager(const char *name) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(at.sun_path, name, strlen(name));
    if (name[0] == '@') {
        at.sun_path[0] = '\0';
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void expect_message(int fd, const char *expected) {
    char text[256];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
    ssize_t size = recv(fd, text, sizeof text - 1, 0);
    assert_true(size > 0);
    text[size] = '\0';
    assert_string_equal(text, expected);
}

static void path_and_abstract_address(void **state) {
    (void)state;
    char abstract[64];
    char path[200];
    snprintf(abstract, sizeof abstract, "@kinmu-supervisor-%ld", (long)getpid());
    snprintf(path, sizeof path, "%s/notify", folder_path);
    const char *const names[] = {path, abstract};
    for (size_t i = 0; i < 2; i++) {
        int fd = open_manager(names[i]);
        platform_tell_supervisor(PLATFORM_WORKING);
        expect_message(fd, "WATCHDOG=1");
        close(fd);
    }
    remove(path);
}

static void nobody_listens(void **state) {
    (void)state;
    static const char *const names[] = {"", "@", "relative", "/nowhere/at/all"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        platform_tell_supervisor(PLATFORM_READY); /* returns, and no signal came */
    }
    unsetenv("NOTIFY_SOCKET");
    platform_tell_supervisor(PLATFORM_READY);
}

static void daemon_says_ready_and_stopping(void **state) {
    (void)state;
    char path[200];
    snprintf(path, sizeof path, "%s/notify", folder_path);
    int fd = open_manager(path);
    assert_int_equal(folder_put("10.yaml", "purposes: {audit: {keep: 1d}}\n"), 0);
    pid_t child = fork();
    if (child == 0) {
        execl(PROGRAM, "kinmu", "run", "--conf", "conf.d", "--data", "data", (char *)NULL);
        _exit(127);
    }
    expect_message(fd, "READY=1");
    kill(child, SIGTERM);
    expect_message(fd, "STOPPING=1");
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    close(fd);
    remove(path);
    folder_clear("data");
    rmdir("data");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_and_abstract_address),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(daemon_says_ready_and_stopping),
    };
    return cmocka_run_group_tests_name("supervisor", tests, folder_set_up, folder_tear_down);
}
