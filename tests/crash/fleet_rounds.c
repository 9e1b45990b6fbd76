/* fleet_rounds.c - two agents and a hub, killed at random over a bad network: every record an agent
 * holds durable is in the hub's store, once.
 *
 *     fleet_rounds BUILD [ROUNDS]
 *
 * Each agent runs crash_source.c's numbers and pushes live through link.c, which delays, stalls and
 * resets connections. A round kills the hub, an agent or a link; KINMU_TEST_LONG=1: 1,000 rounds
 * instead of 200. As root the agents live in network namespaces of their own, whose wires are cut
 * too; else everything is on loopback. */
#include "link.h"
#include "numbers.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGENTS 2
#define ROUNDS 200
#define ROUNDS_LONG 1000
#define ROUND_MS_MIN 40u
#define ROUND_MS_SPAN 360u
#define SETTLE_MS_MAX 120000.0
#define READY_MS_MAX 10000.0
#define IP_WORDS_MAX 9

typedef struct agent {
    daemon_process d;
    char name[8];
    char space[32];   /* its network namespace; "" = none */
    char wire[16];    /* the hub's end of its wire */
    char address[24]; /* where it finds the hub */
    uint16_t port;
    pid_t link;
    int is_cut;
} agent;

static daemon_process hub;
static agent agents[AGENTS];
static uint16_t hub_port;
static int has_spaces;

/* ---- wires ---- */

/* `ip` with these words; none of them has a space. */
static void ip(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void ip(const char *format, ...) {
    char line[256];
    char copy[256];
    const char *words[IP_WORDS_MAX] = {NULL};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    memcpy(copy, line, sizeof copy);
    char *rest = copy;
    for (size_t i = 0; i < IP_WORDS_MAX && *rest != '\0'; i++) {
        words[i] = rest;
        rest += strcspn(rest, " ");
        if (*rest == ' ') {
            *rest++ = '\0';
        }
    }
    if (run_program("ip", words[0], words[1], words[2], words[3], words[4], words[5], words[6],
                    words[7], words[8], NULL) != 0) {
        die("ip %s failed", line);
    }
}

/* Root may; root of an ordinary container may not. */
static int may_make_spaces(void) {
    char name[64];
    snprintf(name, sizeof name, "kinmu-%d-try", (int)getpid());
    if (geteuid() != 0 || run_program("ip", "netns", "add", name, NULL) != 0) {
        run_program("ip", "netns", "del", name, NULL); /* may have got half way */
        return 0;
    }
    return run_program("ip", "netns", "del", name, NULL) == 0;
}

static void make_wire(agent *a, int number) {
    char far[16];
    char here[32];
    char there[32];
    snprintf(a->space, sizeof a->space, "kinmu-%d-%d", (int)getpid(), number);
    snprintf(a->wire, sizeof a->wire, "km%dn%d", (int)getpid() % 100000, number);
    snprintf(far, sizeof far, "km%df%d", (int)getpid() % 100000, number);
    snprintf(a->address, sizeof a->address, "10.%d.%d.1", 200 + (int)getpid() % 50, number);
    snprintf(here, sizeof here, "%s/30", a->address);
    snprintf(there, sizeof there, "10.%d.%d.2/30", 200 + (int)getpid() % 50, number);
    ip("netns add %s", a->space);
    ip("link add %s type veth peer name %s", a->wire, far);
    ip("link set %s netns %s", far, a->space);
    ip("addr add %s dev %s", here, a->wire);
    ip("link set %s up", a->wire);
    ip("-n %s addr add %s dev %s", a->space, there, far);
    ip("-n %s link set %s up", a->space, far);
    ip("-n %s link set lo up", a->space);
    snprintf(a->d.space, sizeof a->d.space, "%s", a->space);
}

static void cut(agent *a, int is_cut) {
    if (has_spaces && a->is_cut != is_cut) {
        ip("link set %s %s", a->wire, is_cut ? "down" : "up");
        a->is_cut = is_cut;
    }
}

static void remove_wires(void) {
    for (int i = 0; i < AGENTS; i++) {
        if (agents[i].space[0] != '\0') {
            run_program("ip", "netns", "del", agents[i].space, NULL);
            run_program("ip", "link", "del", agents[i].wire, NULL);
        }
    }
}

static void start_link(agent *a) {
    static const link_faults bad = {30, 60, 200};
    a->link = link_start(a->address, a->port, hub_port, &bad, random_below(1u << 30));
}

/* ---- processes ---- */

static void configure_hub(void) {
    char yaml[1024];
    snprintf(yaml, sizeof yaml,
             "node: {name: hub}\n"
             "purposes: {activity: {keep: 30d}}\n"
             "journal: {flush_interval: 50ms}\n"
             "http: {listen: [\"127.0.0.1:%u\"]}\n"
             "connectors:\n  ingest:\n    pushes_per_minute: 100000\n",
             hub_port);
    daemon_configure(&hub, yaml);
}

static void configure_agent(const agent *a, int with_source) {
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "node: {name: %s}\n"
             "purposes: {activity: {keep: 30d}}\n"
             "journal: {flush_interval: %ums}\n"
             "store: {enabled: false}\n"
             "collectors:\n"
             "  test.numbers/%s:\n"
             "    enabled: %s\n"
             "    isolation: core\n"
             "    file: %s/acknowledged\n"
             "    interval: 5ms\n"
             "    batch: 3\n"
             "connectors:\n  uplink: {live: true, interval: 1s}\n",
             a->name, random_below(2) ? 20 : 200, a->name, with_source ? "true" : "false",
             a->d.folder);
    daemon_configure(&a->d, yaml);
}

/* The first line it prints; a hub that has just started may not be ready yet. */
static void run_or_die(const daemon_process *d, const char *words, char *answer, size_t size) {
    double end = now_ms() + READY_MS_MAX;
    for (;;) {
        FILE *output = daemon_command(d, words);
        size_t got = fread(answer, 1, size - 1, output);
        answer[got] = '\0';
        answer[strcspn(answer, "\n")] = '\0';
        if (pclose(output) == 0) {
            return;
        }
        if (now_ms() > end) {
            die("kinmu %s: %s", words, answer);
        }
        sleep_ms(100);
    }
}

static void enroll(agent *a) {
    char token[256];
    char words[512];
    char answer[1024];
    run_or_die(&hub, "hub invite", token, sizeof token);
    snprintf(words, sizeof words, "agent enroll --hub https://%s:%u --token %s --name %s",
             a->address, a->port, token, a->name);
    run_or_die(&a->d, words, answer, sizeof answer);
}

static void prepare(const char *build) {
    char words[256];
    char answer[1024];
    hub_port = link_free_port();
    daemon_prepare(&hub, build, NULL);
    snprintf(hub.plugins, sizeof hub.plugins, "%s/tests/crash/plugins:%s/plugins/connectors", build,
             build);
    configure_hub();
    has_spaces = may_make_spaces();
    for (int i = 0; i < AGENTS; i++) {
        agent *a = &agents[i];
        daemon_prepare(&a->d, build, NULL);
        memcpy(a->d.plugins, hub.plugins, sizeof hub.plugins);
        snprintf(a->name, sizeof a->name, "a%d", i + 1);
        snprintf(a->address, sizeof a->address, "127.0.0.1");
        a->port = link_free_port();
        if (has_spaces) {
            make_wire(a, i + 1);
        }
    }
    snprintf(words, sizeof words, "hub init --name %s --name %s --name 127.0.0.1",
             agents[0].address, agents[1].address);
    run_or_die(&hub, words, answer, sizeof answer);
    daemon_start(&hub);
    for (int i = 0; i < AGENTS; i++) {
        static const link_faults good = {0, 0, 0};
        agent *a = &agents[i];
        a->link = link_start(a->address, a->port, hub_port, &good, 1);
        configure_agent(a, 1);
        enroll(a);
        link_end(a->link);
        start_link(a);
        daemon_start(&a->d);
    }
}

/* ---- rounds ---- */

static void one_round(void) {
    agent *a = &agents[random_below(AGENTS)];
    sleep_ms(ROUND_MS_MIN + random_below(ROUND_MS_SPAN));
    switch (random_below(6)) {
    case 0:
    case 1:
        daemon_kill(&hub);
        sleep_ms(random_below(200));
        daemon_start(&hub);
        break;
    case 2:
    case 3:
        daemon_kill(&a->d);
        configure_agent(a, 1);
        daemon_start(&a->d);
        break;
    case 4:
        link_end(a->link);
        sleep_ms(random_below(100));
        start_link(a);
        break;
    default:
        cut(a, !a->is_cut);
        break;
    }
}

/* No more numbers, a good network, and time: nothing may be left unsent. */
static void settle(void) {
    static const link_faults good = {0, 0, 0};
    buffer json = {0};
    double end = now_ms() + SETTLE_MS_MAX;
    for (int i = 0; i < AGENTS; i++) {
        agent *a = &agents[i];
        cut(a, 0);
        link_end(a->link);
        a->link = link_start(a->address, a->port, hub_port, &good, 1);
        daemon_kill(&a->d);
        configure_agent(a, 0);
        daemon_start(&a->d);
    }
    for (int i = 0; i < AGENTS;) {
        const char *status = daemon_status(&agents[i].d, &json);
        int64_t pushes = status_number(status, "uplink", "pushes_total");
        if (pushes > 0 && status_number(status, "uplink", "unsent_blocks") == 0) {
            i++;
        } else if (now_ms() > end) {
            die("agent %s does not get rid of its blocks: %s", agents[i].name, status);
        } else {
            sleep_ms(100);
        }
    }
    buffer_free(&json);
}

static void prove(uint32_t rounds) {
    numbers held = {0};
    numbers there = {0};
    for (int i = 0; i < AGENTS; i++) {
        numbers acknowledged = {0};
        char path[DAEMON_PATH_SIZE + 32];
        numbers own = {0};
        daemon_stop(&agents[i].d);
        snprintf(path, sizeof path, "%s/acknowledged", agents[i].d.folder);
        numbers_read_acknowledged(&acknowledged, path);
        numbers_sort(&acknowledged);
        numbers_read_journal(&own, &agents[i].d, NULL);
        if (acknowledged.count < rounds || numbers_missing(&acknowledged, &own) > 0) {
            die("agent %s lost what it had acknowledged, or had nothing", agents[i].name);
        }
        numbers_read_journal(&held, &agents[i].d, NULL);
        numbers_free(&acknowledged);
        numbers_free(&own);
    }
    daemon_stop(&hub);
    numbers_sort(&held);
    size_t count = numbers_prove(&hub, &held);
    numbers_read_journal(&there, &hub, NULL);
    if (numbers_missing(&there, &held) > 0 || count != held.count) {
        die("the hub has %zu records, the agents %zu", count, held.count);
    }
    printf("ok: %u rounds; the agents hold %zu records, the hub the same ones, each once, in %s\n",
           rounds, count, has_spaces ? "network namespaces" : "one network");
    numbers_free(&held);
    numbers_free(&there);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        die("usage: fleet_rounds BUILD [ROUNDS]");
    }
    uint32_t rounds = argc > 2    ? (uint32_t)strtoul(argv[2], NULL, 10)
                      : is_long() ? ROUNDS_LONG
                                  : ROUNDS;
    random_begin();
    atexit(remove_wires);
    prepare(argv[1]);
    for (uint32_t round = 0; round < rounds; round++) {
        one_round();
    }
    settle();
    prove(rounds);
    for (int i = 0; i < AGENTS; i++) {
        link_end(agents[i].link);
        daemon_remove(&agents[i].d);
    }
    daemon_remove(&hub);
    return 0;
}
