/* window_driver.c - runs the built window.so in the SDK's test host against the real display and
 * prints what it publishes, one line each, until SIGTERM or SIGINT:
 *
 *     row <unix ns> <kinmu.window.focus/1 …>    an event       health <state> <text>    a change of
 * it metric <name> <value>, cpu <µs>, end       at the end, after stop
 *
 * Usage: window_driver window.so [option=value]...
 */
#include <kinmu/testkit.h>

#include <signal.h>
#include <sys/resource.h>

static volatile sig_atomic_t ended;

static void on_signal(int number) {
    (void)number;
    ended = 1;
}

typedef struct printed {
    uint32_t events;
    int32_t health;
    char health_text[512];
} printed;

static int32_t print_news(testkit *kit, void *user) {
    printed *seen = user;
    for (; seen->events < testkit_count(kit, NULL); seen->events++) {
        const kinmu_event *event = testkit_event(kit, seen->events);
        printf("row %lld %s\n", (long long)event->unix_ns, testkit_event_text(kit, event));
    }
    if (seen->health != kit->health || strcmp(seen->health_text, kit->health_text) != 0) {
        seen->health = kit->health;
        memcpy(seen->health_text, kit->health_text, sizeof seen->health_text);
        printf("health %d %s\n", (int)kit->health, kit->health_text);
    }
    return ended;
}

static void print_end(testkit *kit) {
    for (uint32_t index = 0; index < kit->plugin.metrics.count; index++) {
        kinmu_metric metric;
        testkit_table_row(&kit->plugin.metrics, index, &metric, sizeof metric);
        printf("metric %s %lld\n", metric.name, (long long)kit->metrics[index]);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("cpu %lld\nend\n", (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                                  usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: window_driver window.so [option=value]...\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    testkit *kit = testkit_new("window");
    struct timespec real;
    (void)timespec_get(&real, TIME_UTC);
    kit->clock.unix_ns = (int64_t)real.tv_sec * 1000000000 + real.tv_nsec;
    kit->clock_follows = 1;
    if (testkit_load(kit, arguments[1], "window") != KINMU_OK ||
        testkit_create(kit, (const char *const *)arguments + 2) != KINMU_OK ||
        testkit_start(kit) != KINMU_OK) {
        fprintf(stderr, "window_driver: %s\n", kit->err.msg);
        testkit_free(kit);
        return 1;
    }
    printed seen = {0, 0, ""};
    while (!ended) {
        (void)testkit_run_until(kit, print_news, &seen, 3600000);
    }
    (void)testkit_stop(kit);
    (void)print_news(kit, &seen);
    print_end(kit);
    int failed = kit->problem[0] != '\0' || kit->timer_count != 0 || kit->poll_count != 0;
    if (failed) {
        fprintf(stderr, "window_driver: problem '%s', timers left %u, descriptors left %u\n",
                kit->problem, (unsigned)kit->timer_count, (unsigned)kit->poll_count);
    }
    testkit_free(kit);
    return failed;
}
