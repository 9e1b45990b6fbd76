/* faults.c - a system that lets the daemon down: full disk, failing fsync, jumping clock.
 *
 *     faults full BUILD    X06: says so and goes on when there is room again
 *     faults sync BUILD    X07: ends, says so, recovers
 *     faults clock BUILD   X10: sequence and order stay, times follow the clock
 *
 * Each ends with the proof that what was acknowledged is there once. The last two preload
 * unruly_system.c, which does not go together with sanitizers: they belong into the release build.
 * `full` needs root for a small tmpfs and ends with 77 (skipped) without. */
#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SKIPPED 77
#define SYNC_ROUNDS 12u
#define SYNCS_MAX 40u

static const char *const hosted_in[] = {"core", "process"};

static void configure(const daemon_process *d, int with_source) {
    buffer yaml = {0};
    buffer_printf(&yaml, "node: {name: crash}\npurposes: {activity: {keep: 30d}}\n"
                         "journal: {flush_interval: 20ms}\ncollectors:\n");
    for (size_t i = 0; i < 2; i++) {
        buffer_printf(&yaml, "  test.numbers/%s: {enabled: %s, isolation: %s, file: %s/ack.%s}\n",
                      hosted_in[i], with_source ? "true" : "false", hosted_in[i], d->folder,
                      hosted_in[i]);
    }
    daemon_configure(d, buffer_string(&yaml));
    buffer_free(&yaml);
}

static void read_acknowledged(const daemon_process *d, numbers *set) {
    char path[DAEMON_PATH_SIZE + 16];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/ack.%s", d->folder, hosted_in[i]);
        numbers_read_acknowledged(set, path);
    }
    numbers_sort(set);
}

/* Stops and proves. */
static size_t prove(daemon_process *d, size_t *acknowledged_count) {
    numbers acknowledged = {0};
    if (daemon_stop(d) != 0) {
        die("the daemon ended badly");
    }
    read_acknowledged(d, &acknowledged);
    size_t kept = numbers_prove(d, &acknowledged);
    *acknowledged_count = acknowledged.count;
    numbers_free(&acknowledged);
    return kept;
}

/* The text of a key of the node's or the journal's status, "" when there is none. */
static void status_text(const char *json, const char *key, char *out, size_t size) {
    char word[80];
    snprintf(word, sizeof word, "\"%s\":\"", key);
    const char *at = strstr(json, word);
    size_t used = 0;
    for (at = at != NULL ? at + strlen(word) : ""; *at != '\0' && *at != '"'; at++) {
        at += *at == '\\' && at[1] != '\0'; /* an escaped quote belongs to the text */
        if (used + 1 < size) {
            out[used++] = *at;
        }
    }
    out[used] = '\0';
}

/* ---- X06: full disk ---- */

static char mounted[DAEMON_PATH_SIZE];

static void unmount(void) {
    umount2(mounted, MNT_DETACH);
    rmdir(mounted);
}

static int mount_small(void) {
    snprintf(mounted, sizeof mounted, "/tmp/kinmu-full-%d", (int)getpid());
    if (geteuid() != 0 || mkdir(mounted, 0700) != 0 ||
        mount("tmpfs", mounted, "tmpfs", 0, "size=6m,mode=0700") != 0) {
        rmdir(mounted);
        return 0;
    }
    atexit(unmount);
    return 1;
}

/* Takes all room that is left but `spare` bytes. */
static void take_room(const char *path, size_t spare) {
    static uint8_t piece[4096];
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (file >= 0 && write(file, piece, sizeof piece) == sizeof piece) {
    }
    struct stat info = {0};
    if (file < 0 || fstat(file, &info) != 0 ||
        ftruncate(file, info.st_size > (off_t)spare ? info.st_size - (off_t)spare : 0) != 0) {
        die("%s: %s", path, strerror(errno));
    }
    close(file);
}

/* Waits until status tells of trouble, or of none. */
static void wait_for_failure(const daemon_process *d, int is_wanted) {
    buffer json = {0};
    char failure[600] = "";
    double end = now_ms() + 30000;
    do {
        if (now_ms() > end) {
            die("status says \"%s\"", failure);
        }
        sleep_ms(20);
        status_text(daemon_status(d, &json), "failure", failure, sizeof failure);
    } while ((failure[0] != '\0') != is_wanted || buffer_string(&json)[0] == '\0');
    if (is_wanted && strstr(failure, "no space left") == NULL) {
        die("status says \"%s\" of a full disk", failure);
    }
    if (is_wanted) {
        printf("status: %s\n", failure);
    }
    buffer_free(&json);
}

static long acknowledged_size(const daemon_process *d) {
    char path[DAEMON_PATH_SIZE + 16];
    struct stat info = {0};
    snprintf(path, sizeof path, "%s/ack.process", d->folder);
    stat(path, &info);
    return (long)info.st_size;
}

static void wait_for_acknowledgement(const daemon_process *d) {
    long before = acknowledged_size(d);
    double end = now_ms() + 30000;
    while (acknowledged_size(d) == before) {
        if (now_ms() > end) {
            die("nothing is acknowledged any more");
        }
        sleep_ms(10);
    }
}

static int full(daemon_process *d) {
    char ballast[DAEMON_PATH_SIZE + 16];
    size_t acknowledged = 0;
    snprintf(ballast, sizeof ballast, "%s/ballast", mounted);
    configure(d, 1);
    snprintf(d->data, sizeof d->data, "%.500s/data", mounted);
    daemon_start(d);
    pid_t pid = d->pid;
    for (uint32_t round = 0; round < 3; round++) {
        wait_for_acknowledgement(d);
        take_room(ballast, random_below(5) * 4096);
        wait_for_failure(d, 1);
        sleep_ms(500); /* it stays full for a while */
        unlink(ballast);
        wait_for_failure(d, 0);
        wait_for_acknowledgement(d);
    }
    if (d->pid != pid || kill(pid, 0) != 0) {
        die("the daemon is another process");
    }
    size_t kept = prove(d, &acknowledged);
    printf("ok: disk full 3 times; %zu numbers acknowledged, %zu kept, none lost, none doubled\n",
           acknowledged, kept);
    return 0;
}

/* ---- X07: fsync fails ---- */

static void write_number(const char *path, long number) {
    char text[32];
    char fresh[DAEMON_PATH_SIZE + 32];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    snprintf(text, sizeof text, "%ld\n", number);
    FILE *file = fopen(fresh, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || rename(fresh, path) != 0) {
        die("%s: %s", path, strerror(errno));
    }
}

static int log_holds(const daemon_process *d, const char *words) {
    char path[DAEMON_PATH_SIZE + 8];
    char line[2048];
    int found = 0;
    snprintf(path, sizeof path, "%s/log", d->folder);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        found |= strstr(line, words) != NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static int failing_sync(daemon_process *d) {
    char path[DAEMON_PATH_SIZE + 8];
    size_t acknowledged = 0;
    uint32_t failed = 0;
    snprintf(path, sizeof path, "%s/syncs", d->folder);
    setenv("CRASH_SYNC_FILE", path, 1);
    configure(d, 1);
    for (uint32_t round = 0; round < SYNC_ROUNDS; round++) {
        write_number(path, (long)random_below(SYNCS_MAX));
        daemon_spawn(d);
        int code = daemon_wait(d, 30);
        if (code == 0 || code >= 128) {
            die("a daemon whose fsync fails ended with %d", code);
        }
        failed++;
    }
    if (!log_holds(d, "check the disk")) {
        die("the message does not say what to do");
    }
    unlink(path);
    configure(d, 0);
    daemon_start(d);
    size_t kept = prove(d, &acknowledged);
    if (acknowledged == 0) {
        die("nothing was acknowledged: the rounds show nothing");
    }
    printf("ok: fsync failed in %u runs, each ended and said so; %zu numbers acknowledged, %zu "
           "kept, none lost, none doubled\n",
           failed, acknowledged, kept);
    return 0;
}

/* ---- X10: the clock jumps ---- */

#define HOUR 3600L
#define YEAR (365 * 24 * HOUR)

/* Order and times as `kinmu journal cat --json` shows them. */
static void check_order(const daemon_process *d, const long *jumps, size_t jump_count) {
    static char line[4096];
    FILE *output = daemon_command(d, "journal cat --json --schema test.number/1");
    long long last_sequence = 0;
    long long last_number[2] = {0, 0};
    int years[3000] = {0};
    while (fgets(line, sizeof line, output) != NULL) {
        int lane = strstr(line, "test.numbers/core") == NULL;
        const char *sequence = strstr(line, "\"sequence\":");
        const char *number = strstr(line, "\"number\":");
        int year = (int)strtol(strstr(line, "\"time\":\"") + 8, NULL, 10);
        if (sequence == NULL || number == NULL || year < 0 || year >= 3000) {
            die("kinmu journal cat wrote: %s", line);
        }
        long long at = strtoll(sequence + 11, NULL, 10);
        long long value = strtoll(number + 9, NULL, 10);
        if (at <= last_sequence || (last_number[lane] != 0 && value != last_number[lane] + 1)) {
            die("sequence %lld behind %lld, number %lld behind %lld", at, last_sequence, value,
                last_number[lane]);
        }
        last_sequence = at;
        last_number[lane] = value;
        years[year]++;
    }
    if (pclose(output) != 0) {
        die("kinmu journal cat failed");
    }
    for (size_t i = 0; i < jump_count; i++) {
        time_t then = time(NULL) + jumps[i];
        struct tm parts;
        gmtime_r(&then, &parts);
        if (years[parts.tm_year + 1900] == 0) {
            die("no event has the time of the clock that was %ld s off", jumps[i]);
        }
    }
}

/* Set back between two runs, the clock is told at start; a run with the right one says nothing. */
static void check_start(daemon_process *d, const char *clock) {
    const long jumps[] = {0, -HOUR};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        write_number(clock, jumps[i]);
        daemon_start(d);
        wait_for_acknowledgement(d);
        if (daemon_stop(d) != 0) {
            die("the daemon ended badly");
        }
        if (log_holds(d, " s behind the newest block of the journal") != (i > 0)) {
            die("a start with the clock %ld s off: told is %d", jumps[i], i == 0);
        }
    }
}

static int jumping_clock(daemon_process *d) {
    const long jumps[] = {0, HOUR, -HOUR, YEAR,     0,         -(long)time(NULL) + HOUR,
                          0, -1,   1,     2 * HOUR, -3 * YEAR, 0};
    const size_t jump_count = sizeof jumps / sizeof jumps[0];
    char path[DAEMON_PATH_SIZE + 8];
    size_t acknowledged = 0;
    snprintf(path, sizeof path, "%s/clock", d->folder);
    setenv("CRASH_CLOCK_FILE", path, 1);
    configure(d, 1);
    write_number(path, 0);
    daemon_start(d);
    for (size_t i = 0; i < jump_count; i++) {
        write_number(path, jumps[i]);
        sleep_ms(300); /* work at that time */
        wait_for_acknowledgement(d);
    }
    size_t kept = prove(d, &acknowledged);
    check_order(d, jumps, jump_count);
    check_start(d, path);
    unsetenv("CRASH_CLOCK_FILE");
    printf("ok: the clock jumped %zu times; %zu numbers acknowledged, %zu kept in order, none "
           "lost, none doubled\n",
           jump_count, acknowledged, kept);
    return 0;
}

int main(int argc, char **argv) {
    daemon_process d;
    char library[DAEMON_PATH_SIZE];
    if (argc != 3) {
        die("usage: faults full|sync|clock BUILD");
    }
    int is_full = strcmp(argv[1], "full") == 0;
    if (is_full && !mount_small()) {
        printf("skipped: needs root to mount a small tmpfs\n");
        return SKIPPED;
    }
    random_begin();
    daemon_prepare(&d, argv[2], NULL);
    snprintf(library, sizeof library, "%s/tests/crash/unruly_system.so", argv[2]);
    if (!is_full) {
        setenv("CRASH_PRELOAD", library, 1);
    }
    int result = is_full                        ? full(&d)
                 : strcmp(argv[1], "sync") == 0 ? failing_sync(&d)
                                                : jumping_clock(&d);
    daemon_remove(&d);
    return result;
}
