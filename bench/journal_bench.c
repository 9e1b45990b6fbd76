/* bench/journal_bench.c - events through bus_publish (schema, purpose, redaction) into the journal.
 *
 *   publish FOLDER GROUP SECONDS BATCH NAME   events/s until durable, in commits of GROUP
 *   latency FOLDER SECONDS                    one publish call, from four threads
 *   prepare FOLDER COUNT                      a journal to replay
 *   acknowledge FOLDER RATE SECONDS           prints how many are acknowledged, each time more are
 *   count FOLDER                              prints how many can be read back
 *
 * The publisher waits for each group before it publishes the next, so that every commit is of
 * exactly GROUP events, as in limit/journal_limit.c; with more on their way the writer would take
 * larger ones. */
#include "bus/bus.h"
#include "measure.h"
#include "sample.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SAMPLES 4096u
#define THREADS 4u
#define LATENCIES_MAX 200000u
#define PAUSE_US_MEAN 1000u

static struct {
    schema_registry *registry;
    const schema_info *info;
    journal *j;
    bus *b;
    bus_publisher publisher;
    sample *samples;
    kinmu_event *events;
    kinmu_err err;
} n;

/* As an administrator would have it who wants titles: one purpose, one excluded program. */
static void configure(config *conf) {
    static config_purpose purposes[] = {
        {.name = "working-time"}, {.name = "activity"}, {.name = "audit"}};
    static config_rule rules[] = {{"*keepass*", NULL, NULL, "exclude", NULL}};
    memset(conf, 0, sizeof *conf);
    conf->purposes = purposes;
    conf->purpose_count = 3;
    conf->rules = rules;
    conf->rule_count = 1;
    conf->title = "on";
    conf->url = "host-path";
}

static void open_node(const char *folder, uint32_t flush_events) {
    config conf;
    journal_settings settings = {
        .directory = folder, .flush_events = flush_events, .node = "bench"};
    settings.flush_interval_ms = 1000;
    settings.flush_bytes = 8u << 20;
    configure(&conf);
    n.registry = sample_registry(&n.info);
    sample_place(folder);
    measure_must(journal_open(&settings, n.registry, &n.j, &n.err), folder, n.err.msg);
    measure_must(bus_create(n.j, &conf, &n.b, &n.err), "bus", n.err.msg);
    n.publisher.instance = "bench";
    n.publisher.owner = "bench";
    n.publisher.account = "alice";
    n.publisher.schemas = &n.info;
    n.publisher.schema_count = 1;
    n.samples = calloc(SAMPLES, sizeof *n.samples);
    n.events = calloc(SAMPLES, sizeof *n.events);
    measure_must(n.samples == NULL || n.events == NULL, "samples", "no memory");
    for (uint32_t i = 0; i < SAMPLES; i++) {
        sample_fill(&n.samples[i], i);
        n.events[i] = n.samples[i].event;
    }
}

static void close_node(void) {
    bus_destroy(n.b);
    journal_close(n.j);
    schema_registry_destroy(n.registry);
    free(n.samples);
    free(n.events);
}

/* `count` events in calls of `batch`, starting at event `at`; returns the last ticket. */
static uint64_t publish_group(uint64_t at, uint64_t count, uint32_t batch) {
    uint64_t ticket = 0;
    while (count > 0) {
        uint32_t first = (uint32_t)(at % SAMPLES);
        uint32_t size = count < batch ? (uint32_t)count : batch;
        size = size < SAMPLES - first ? size : SAMPLES - first;
        int32_t status =
            bus_publish(n.b, &n.publisher, n.events + first, size, NULL, NULL, &ticket, &n.err);
        measure_must(status, "publish", n.err.msg);
        at += size;
        count -= size;
    }
    return ticket;
}

static void bench_publish(const char *folder, uint64_t group, double seconds, uint32_t batch,
                          const char *name) {
    uint64_t count = 0;
    double spent;
    open_node(measure_folder(folder, "publish"), (uint32_t)group);
    double begin = measure_now_s();
    do {
        uint64_t ticket = publish_group(count, group, batch);
        count += group;
        measure_must(journal_wait(n.j, ticket, 10000), "wait", "not durable in 10 s");
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    journal_figures figures;
    journal_stat(n.j, &figures);
    measure_must(figures.commits > count / group + 1, "commits", "groups were cut up");
    measure_print(name, (double)count / spent);
    close_node();
}

/* ---- latency ---- */

typedef struct caller {
    uv_thread_t thread;
    double *spent_us;
    uint32_t count;
    uint32_t number;
    double until_s;
} caller;

static void call_often(void *arg) {
    caller *c = arg;
    uint32_t chance = 12345u + c->number;
    while (measure_now_s() < c->until_s && c->count < LATENCIES_MAX) {
        chance = chance * 1664525u + 1013904223u;
        struct timespec pause = {0, (long)((chance >> 16) % (2 * PAUSE_US_MEAN)) * 1000};
        nanosleep(&pause, NULL);
        kinmu_err err = {"", ""};
        uint64_t ticket;
        double begin = measure_now_s();
        int32_t status = bus_publish(n.b, &n.publisher, &n.events[chance % SAMPLES], 1, NULL, NULL,
                                     &ticket, &err);
        c->spent_us[c->count++] = (measure_now_s() - begin) * 1e6;
        measure_must(status, "publish", err.msg);
    }
}

static void bench_latency(const char *folder, double seconds) {
    caller callers[THREADS] = {{0}};
    double *all = calloc(THREADS * LATENCIES_MAX, sizeof *all);
    size_t count = 0;
    measure_must(all == NULL, "latencies", "no memory");
    open_node(measure_folder(folder, "latency"), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        callers[i].number = i;
        callers[i].spent_us = calloc(LATENCIES_MAX, sizeof(double));
        callers[i].until_s = measure_now_s() + seconds;
        measure_must(uv_thread_create(&callers[i].thread, call_often, &callers[i]), "thread",
                     "failed");
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        uv_thread_join(&callers[i].thread);
        memcpy(all + count, callers[i].spent_us, callers[i].count * sizeof *all);
        count += callers[i].count;
        free(callers[i].spent_us);
    }
    measure_print("publish.p50", measure_percentile(all, count, 0.5));
    measure_print("publish.p99", measure_percentile(all, count, 0.99));
    measure_print("publish.p999", measure_percentile(all, count, 0.999));
    free(all);
    close_node();
}

/* ---- a journal to replay, and what an event costs at rest ---- */

static double file_bytes(const char *folder) {
    journal_figures figures;
    uint32_t usages = 0;
    measure_must(journal_survey(folder, &figures, NULL, &usages, &n.err), "survey", n.err.msg);
    return (double)figures.file_bytes;
}

static void prepare(const char *folder, uint64_t count) {
    open_node(folder, 10000);
    for (uint64_t at = 0; at < count; at += 10000) {
        uint64_t ticket = publish_group(at, 10000, 100);
        measure_must(journal_wait(n.j, ticket, 10000), "wait", "not durable in 10 s");
    }
    close_node();
    measure_print("journal.bytes_per_event", file_bytes(folder) / (double)count);
}

/* ---- what was acknowledged, and what is there ---- */

#define STEPS_A_SECOND 100u
#define STEPS_MAX 100000u

static void acknowledge(const char *folder, uint32_t rate, uint32_t seconds) {
    static uint64_t tickets[STEPS_MAX];
    uint32_t steps = seconds * STEPS_A_SECOND < STEPS_MAX ? seconds * STEPS_A_SECOND : STEPS_MAX;
    uint32_t a_step = rate / STEPS_A_SECOND;
    uint32_t acknowledged = 0;
    open_node(folder, 0);
    for (uint32_t step = 0; step < steps; step++) {
        struct timespec pause = {0, 1000000000L / STEPS_A_SECOND};
        tickets[step] = publish_group((uint64_t)step * a_step, a_step, 100);
        nanosleep(&pause, NULL);
        uint32_t before = acknowledged;
        while (acknowledged <= step && tickets[acknowledged] <= journal_durable(n.j)) {
            acknowledged++;
        }
        if (acknowledged != before) {
            printf("%u\n", acknowledged * a_step);
            fflush(stdout);
        }
    }
    close_node();
}

static void count(const char *folder) {
    journal_reader *reader = NULL;
    journal_block block = {0};
    uint64_t events = 0;
    measure_must(journal_reader_open(folder, &reader, &n.err), folder, n.err.msg);
    while (journal_read(reader, block.position, &block, &n.err) == KINMU_OK) {
        events +=
            block.state == JOURNAL_BLOCK_LIVE ? block.last_sequence - block.first_sequence + 1 : 0;
    }
    printf("%llu\n", (unsigned long long)events);
    journal_reader_close(reader);
}

int main(int argc, char **argv) {
    if (argc == 7 && strcmp(argv[1], "publish") == 0) {
        bench_publish(argv[2], strtoull(argv[3], NULL, 10), strtod(argv[4], NULL),
                      (uint32_t)strtoul(argv[5], NULL, 10), argv[6]);
    } else if (argc == 4 && strcmp(argv[1], "latency") == 0) {
        bench_latency(argv[2], strtod(argv[3], NULL));
    } else if (argc == 4 && strcmp(argv[1], "prepare") == 0) {
        prepare(argv[2], strtoull(argv[3], NULL, 10));
    } else if (argc == 5 && strcmp(argv[1], "acknowledge") == 0) {
        acknowledge(argv[2], (uint32_t)strtoul(argv[3], NULL, 10),
                    (uint32_t)strtoul(argv[4], NULL, 10));
    } else if (argc == 3 && strcmp(argv[1], "count") == 0) {
        count(argv[2]);
    } else {
        measure_must(1, argv[0], "publish | latency | prepare | acknowledge | count");
    }
    return 0;
}
