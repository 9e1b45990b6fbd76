/* input_driver.c - runs the built collector "input" on a testkit against a real display, for
 * input_x11.sh.
 *
 *     input_driver PATH/input.so [option=value …]
 *
 * Prints every published event and every change of health as a line. Reads commands from standard
 * input, one a line: "advance MS" lets simulated time go by, "cpu" prints the CPU seconds used so
 * far, "timers" how many timers run, "stop" and "start" do so; its end ends the driver. The
 * simulated clock starts at a full minute and goes on with real time.
 */
#include <kinmu/testkit.h>

#include <sys/resource.h>
#include <unistd.h>

#define OPTIONS_MAX 8

static uint32_t printed;
static char health_text[512];
static char line[128];
static size_t line_size;

static void print_news(testkit *kit) {
    if (strcmp(health_text, kit->health_text) != 0) {
        tk_say(health_text, sizeof(health_text), "%s", kit->health_text);
        printf("health %d %s\n", kit->health, health_text);
    }
    for (; printed < kit->event_count; printed++) {
        const kinmu_event *event = testkit_event(kit, printed);
        int64_t second = (event->unix_ns - TESTKIT_START_UNIX_NS) / 1000000000;
        printf("event %d %s\n", (int)second, testkit_event_text(kit, event));
    }
    if (kit->problem[0] != '\0') {
        printf("problem %s\n", kit->problem);
        kit->problem[0] = '\0';
    }
    fflush(stdout);
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void obey(testkit *kit, const char *command) {
    if (strncmp(command, "advance ", 8) == 0) {
        testkit_advance(kit, strtoull(command + 8, NULL, 10));
    } else if (strcmp(command, "stop") == 0) {
        printf("stopped %d\n", testkit_stop(kit));
    } else if (strcmp(command, "start") == 0) {
        printf("started %d\n", testkit_start(kit));
    } else if (strcmp(command, "cpu") == 0) {
        printf("cpu %.3f events %lld\n", cpu_seconds(),
               (long long)testkit_metric(kit, "events_total"));
    } else if (strcmp(command, "timers") == 0) {
        printf("timers %u polls %u\n", kit->timer_count, kit->poll_count);
    } else {
        printf("unknown command %s\n", command);
    }
    print_news(kit);
}

/* Ends the wait when a command line or the end of standard input is there. */
static int32_t command_is_there(testkit *kit, void *user) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    (void)user;
    print_news(kit);
    return poll(&input, 1, 0) > 0;
}

/* 0 = standard input has ended. */
static int read_command(testkit *kit) {
    char byte;
    if (read(STDIN_FILENO, &byte, 1) != 1) {
        return 0;
    }
    if (byte == '\n') {
        line[line_size] = '\0';
        line_size = 0;
        obey(kit, line);
    } else if (line_size < sizeof(line) - 1) {
        line[line_size++] = byte;
    }
    return 1;
}

int main(int argc, char **argv) {
    const char *options[OPTIONS_MAX + 1] = {NULL};
    for (int i = 2; i < argc && i < OPTIONS_MAX + 2; i++) {
        options[i - 2] = argv[i];
    }
    testkit *kit = testkit_new("input");
    kit->clock_follows = 1;
    if (argc < 2 || testkit_load(kit, argv[1], "input") != KINMU_OK ||
        testkit_create(kit, options) != KINMU_OK || testkit_start(kit) != KINMU_OK) {
        printf("error %s\n", kit->err.msg);
        testkit_free(kit);
        return 1;
    }
    do {
        testkit_run_until(kit, command_is_there, NULL, 3600000);
    } while (read_command(kit));
    testkit_stop(kit);
    print_news(kit);
    testkit_free(kit);
    return 0;
}
