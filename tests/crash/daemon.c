/* daemon.c - see daemon.h. */
#include "daemon.h"

#include "host/control.h"

#include <stdint.h>
#include <spawn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS_MAX 30000.0
#define LOG_SHOWN 6000

#define DAEMONS_MAX 8

static daemon_process *running[DAEMONS_MAX]; /* killed when the test dies */

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("FAIL: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    for (size_t i = 0; i < DAEMONS_MAX; i++) {
        if (running[i] != NULL) {
            daemon_show_log(running[i]);
            daemon_kill(running[i]);
            fprintf(stderr, "left for you to look at: %s\n", running[i]->folder);
        }
    }
    exit(1);
}

double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void sleep_ms(double ms) {
    struct timespec span = {(time_t)(ms / 1e3),
                            (long)((ms - (double)(long)(ms / 1e3) * 1e3) * 1e6)};
    nanosleep(&span, NULL);
}

/* ---- chance ---- */

static uint64_t chance;

void random_begin(void) {
    const char *given = getenv("KINMU_TEST_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu (repeat with KINMU_TEST_SEED)\n", (unsigned long long)seed);
    chance = seed * 2 + 1;
}

uint32_t random_below(uint32_t limit) {
    chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(((chance >> 32) * limit) >> 32);
}

int is_long(void) {
    const char *value = getenv("KINMU_TEST_LONG");
    return value != NULL && strcmp(value, "1") == 0;
}

/* ---- folders ---- */

static void path_of(char *out, const char *folder, const char *name) {
    if (snprintf(out, DAEMON_PATH_SIZE, "%s/%s", folder, name) >= DAEMON_PATH_SIZE) {
        die("path too long: %s/%s", folder, name);
    }
}

static void remember(daemon_process *d, const daemon_process *instead_of) {
    size_t i = 0;
    while (i < DAEMONS_MAX && running[i] != instead_of) {
        i++;
    }
    if (i == DAEMONS_MAX) {
        die("more daemons than a test may have");
    }
    running[i] = d;
}

void daemon_prepare(daemon_process *d, const char *build, const char *data) {
    char program[DAEMON_PATH_SIZE];
    const char *base = getenv("TMPDIR");
    memset(d, 0, sizeof *d);
    d->build = build;
    path_of(program, build, "kinmu");
    if (access(program, X_OK) != 0) {
        die("%s is not built", program);
    }
    path_of(d->folder, base != NULL ? base : "/tmp", "kinmu-crash-XXXXXX");
    if (mkdtemp(d->folder) == NULL) {
        die("%s: %s", d->folder, strerror(errno));
    }
    snprintf(d->plugins, sizeof d->plugins, "%s/tests/crash/plugins", build);
    path_of(d->conf, d->folder, "conf");
    if (mkdir(d->conf, 0700) != 0) {
        die("%s: %s", d->conf, strerror(errno));
    }
    if (data != NULL) {
        snprintf(d->data, sizeof d->data, "%s", data);
    } else {
        path_of(d->data, d->folder, "data");
    }
    remember(d, NULL);
}

void daemon_configure(const daemon_process *d, const char *yaml) {
    char path[DAEMON_PATH_SIZE];
    path_of(path, d->conf, "conf.yaml");
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(yaml, file) < 0 || fclose(file) != 0) {
        die("%s: %s", path, strerror(errno));
    }
}

void daemon_show_log(const daemon_process *d) {
    char path[DAEMON_PATH_SIZE];
    char text[LOG_SHOWN + 1];
    path_of(path, d->folder, "log");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fseek(file, size > LOG_SHOWN ? size - LOG_SHOWN : 0, SEEK_SET);
    text[fread(text, 1, LOG_SHOWN, file)] = '\0';
    fclose(file);
    fprintf(stderr, "-- end of the daemon's log\n%s--\n", text);
}

#define PROGRAM_WORDS_MAX 16

int run_program(const char *program, ...) {
    const char *words[PROGRAM_WORDS_MAX + 1] = {program};
    size_t count = 1;
    va_list arguments;
    va_start(arguments, program);
    while (count < PROGRAM_WORDS_MAX && (words[count] = va_arg(arguments, const char *)) != NULL) {
        count++;
    }
    va_end(arguments);
    words[count] = NULL;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    int status = -1;
    int failed = posix_spawnp(&child, program, &files, NULL, (char **)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&files);
    while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return !failed && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void remove_tree(const char *path) {
    if (run_program("rm", "-rf", "--", path, NULL) != 0) {
        die("%s cannot be removed", path);
    }
}

void copy_tree(const char *from, const char *to) {
    remove_tree(to);
    if (run_program("cp", "-r", "--", from, to, NULL) != 0) {
        die("%s cannot be copied to %s", from, to);
    }
}

void daemon_remove(daemon_process *d) {
    daemon_kill(d);
    remember(NULL, d);
    remove_tree(d->folder);
}

/* ---- the process ---- */

/* In the child: another network, if the test made one. */
static void enter_space(const daemon_process *d) {
    char path[128];
    if (d->space[0] == '\0') {
        return;
    }
    snprintf(path, sizeof path, "/run/netns/%s", d->space);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        _exit(126);
    }
}

void daemon_spawn(daemon_process *d) {
    char program[DAEMON_PATH_SIZE];
    char path[DAEMON_PATH_SIZE];
    path_of(program, d->build, "kinmu");
    path_of(path, d->folder, "log");
    fflush(NULL);
    d->pid = fork();
    if (d->pid < 0) {
        die("fork: %s", strerror(errno));
    }
    if (d->pid == 0) {
        int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(log, 1);
        dup2(log, 2);
        enter_space(d);
        const char *preload = getenv("CRASH_PRELOAD");
        if (preload != NULL) {
            setenv("LD_PRELOAD", preload, 1);
        }
        execl(program, program, "run", "--conf", d->conf, "--data", d->data, "--plugins",
              d->plugins, (char *)NULL);
        _exit(127);
    }
}

const char *daemon_status(const daemon_process *d, buffer *json) {
    kinmu_err err = {{0}, {0}};
    buffer_clear(json);
    if (control_request(d->data, "status", "", json, &err) != KINMU_OK) {
        buffer_clear(json);
    }
    return buffer_string(json);
}

double daemon_start(daemon_process *d) {
    buffer json = {0};
    double begin = now_ms();
    daemon_spawn(d);
    while (daemon_status(d, &json)[0] == '\0') {
        if (now_ms() - begin > START_MS_MAX) {
            die("the daemon does not answer");
        }
        if (waitpid(d->pid, NULL, WNOHANG) == d->pid) {
            d->pid = 0;
            die("the daemon ended at its start");
        }
        sleep_ms(2);
    }
    buffer_free(&json);
    return now_ms() - begin;
}

void daemon_kill(daemon_process *d) {
    if (d->pid > 0) {
        kill(d->pid, SIGKILL);
        waitpid(d->pid, NULL, 0);
        d->pid = 0;
    }
}

int daemon_wait(daemon_process *d, double seconds) {
    double end = now_ms() + seconds * 1e3;
    int status = 0;
    while (waitpid(d->pid, &status, WNOHANG) != d->pid) {
        if (now_ms() > end) {
            die("the daemon did not end");
        }
        sleep_ms(5);
    }
    d->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int daemon_stop(daemon_process *d) {
    kill(d->pid, SIGTERM);
    return daemon_wait(d, 30);
}

FILE *daemon_command(const daemon_process *d, const char *words) {
    char line[7 * DAEMON_PATH_SIZE];
    snprintf(line, sizeof line,
             "%s%s '%s/kinmu' %s --conf '%s' --data '%s' --plugins '%s' 2>>'%s/log'",
             d->space[0] != '\0' ? "ip netns exec " : "", d->space, d->build, words, d->conf,
             d->data, d->plugins, d->folder);
    FILE *output = popen(line, "r");
    if (output == NULL) {
        die("%s: %s", line, strerror(errno));
    }
    return output;
}

int64_t status_number(const char *json, const char *instance, const char *key) {
    char word[200];
    const char *at = json;
    if (instance != NULL) {
        snprintf(word, sizeof word, "{\"name\":\"%s\"", instance);
        at = strstr(json, word);
    }
    snprintf(word, sizeof word, "\"%s\":", key);
    at = at != NULL ? strstr(at, word) : NULL;
    return at != NULL ? strtoll(at + strlen(word), NULL, 10) : -1;
}
