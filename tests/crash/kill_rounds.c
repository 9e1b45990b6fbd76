/* kill_rounds.c - kill -9 at random moments: nothing acknowledged is lost, nothing is doubled.
 *
 *     kill_rounds BUILD [ROUNDS]
 *
 * Four instances of crash_source.c run in a real daemon: numbers and their echo, each once in the
 * core and once in a runner. A round kills the daemon or one of its runners. KINMU_TEST_LONG=1:
 * 1,000 rounds instead of 200. Only a sanitized build may take longer than a second to
 * start. */
#include "numbers.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 200
#define ROUNDS_LONG 1000
#define RESTART_MS_MAX 1000.0
#define ROUND_MS_MIN 60u
#define ROUND_MS_SPAN 540u
#define SETTLE_MS_MAX 60000.0

static const char *const hosted_in[] = {"core", "process"};
static const char *const child_instances[] = {"test.numbers/process", "test.echo/process"};

/* Groups of very different age meet the kill: some are committed at once, some never are; small
 * batches come all the time, large ones leave pauses in which other things get ahead of them. */
static void configure(const daemon_process *d, uint32_t flush_ms, int with_source) {
    int is_steady = random_below(2) == 0;
    buffer yaml = {0};
    buffer_printf(&yaml,
                  "node: {name: crash}\n"
                  "purposes: {activity: {keep: 30d}}\n"
                  "journal: {flush_interval: %ums}\n"
                  "collectors:\n",
                  flush_ms);
    for (size_t i = 0; i < 2; i++) {
        buffer_printf(&yaml,
                      "  test.numbers/%s:\n"
                      "    enabled: %s\n"
                      "    isolation: %s\n"
                      "    file: %s/acknowledged.%s\n"
                      "    interval: %s\n"
                      "    batch: %d\n",
                      hosted_in[i], with_source ? "true" : "false", hosted_in[i], d->folder,
                      hosted_in[i], is_steady ? "5ms" : "120ms", is_steady ? 3 : 60);
    }
    buffer_text(&yaml, "connectors:\n");
    for (size_t i = 0; i < 2; i++) {
        buffer_printf(&yaml, "  test.echo/%s:\n    isolation: %s\n", hosted_in[i], hosted_in[i]);
    }
    daemon_configure(d, buffer_string(&yaml));
    buffer_free(&yaml);
}

/* Kills the runner of one instance; 0 when none runs just now. */
static int kill_a_runner(const daemon_process *d) {
    buffer json = {0};
    const char *status = daemon_status(d, &json);
    int64_t pid = status_number(status, child_instances[random_below(2)], "pid");
    int is_killed = pid > 1 && kill((pid_t)pid, SIGKILL) == 0;
    buffer_free(&json);
    return is_killed;
}

/* Until both echoes have heard everything that is committed, and what they said is committed too.
 */
static void settle(const daemon_process *d) {
    static const char *const echoes[] = {"test.echo/core", "test.echo/process"};
    buffer json = {0};
    double end = now_ms() + SETTLE_MS_MAX;
    int64_t quiet = 0;
    while (quiet < 3) {
        const char *status = daemon_status(d, &json);
        int is_quiet = status_number(status, NULL, "pending_events") == 0 &&
                       status_number(status, echoes[0], "lag_blocks") == 0 &&
                       status_number(status, echoes[1], "lag_blocks") == 0;
        quiet = is_quiet ? quiet + 1 : 0;
        if (now_ms() > end) {
            die("the echoes do not come to an end: %s", status);
        }
        sleep_ms(100);
    }
    buffer_free(&json);
}

static void prove_echoes(const daemon_process *d) {
    numbers said = {0};
    numbers_read_journal(&said, d, NULL);
    for (size_t i = 0; i < 2; i++) {
        char name[64];
        numbers heard = {0};
        snprintf(name, sizeof name, "test.echo/%s", hosted_in[i]);
        numbers_read_journal(&heard, d, name);
        size_t missing = numbers_missing(&said, &heard);
        size_t doubled = numbers_doubles(&heard);
        if (missing + doubled + numbers_missing(&heard, &said) > 0) {
            die("%s: of %zu numbers %zu were not repeated, %zu twice", name, said.count, missing,
                doubled);
        }
        numbers_free(&heard);
    }
    numbers_free(&said);
}

static void prove(const daemon_process *d, uint32_t rounds, uint32_t starts, double slowest_ms) {
    numbers acknowledged = {0};
    for (size_t i = 0; i < 2; i++) {
        char path[DAEMON_PATH_SIZE + 32];
        size_t before = acknowledged.count;
        snprintf(path, sizeof path, "%s/acknowledged.%s", d->folder, hosted_in[i]);
        numbers_read_acknowledged(&acknowledged, path);
        if (acknowledged.count - before < rounds) {
            die("only %zu numbers were acknowledged in %s: the rounds show nothing",
                acknowledged.count - before, hosted_in[i]);
        }
    }
    numbers_sort(&acknowledged);
    size_t there = numbers_prove(d, &acknowledged);
    prove_echoes(d);
    printf("ok: %u rounds, %u starts, slowest %.0f ms; %zu numbers acknowledged, %zu kept, none "
           "lost, none doubled, each repeated once by both echoes\n",
           rounds, starts, slowest_ms, acknowledged.count, there);
    numbers_free(&acknowledged);
}

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1 /* and slow: not held to the second */
#else
#define IS_SANITIZED 0
#endif

int main(int argc, char **argv) {
    daemon_process d;
    if (argc < 2) {
        die("usage: kill_rounds BUILD [ROUNDS]");
    }
    uint32_t rounds = argc > 2    ? (uint32_t)strtoul(argv[2], NULL, 10)
                      : is_long() ? ROUNDS_LONG
                                  : ROUNDS;
    random_begin();
    daemon_prepare(&d, argv[1], NULL);
    double slowest_ms = 0;
    uint32_t starts = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        if (d.pid == 0) {
            configure(&d, random_below(2) ? 30 : 270, 1);
            double took_ms = daemon_start(&d);
            starts++;
            slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
            if (!IS_SANITIZED && took_ms >= RESTART_MS_MAX) {
                die("start %u took %.0f ms", starts, took_ms);
            }
        }
        sleep_ms(ROUND_MS_MIN + random_below(ROUND_MS_SPAN));
        if (random_below(2) || !kill_a_runner(&d)) {
            daemon_kill(&d);
        }
    }
    daemon_kill(&d);
    configure(&d, 30, 0);
    daemon_start(&d);
    settle(&d);
    int code = daemon_stop(&d);
    if (code != 0) {
        die("the daemon ended with %d when told to stop", code);
    }
    prove(&d, rounds, starts, slowest_ms);
    daemon_remove(&d);
    return 0;
}
