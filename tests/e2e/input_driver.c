/* input_driver.c - runs the built collector "input" on a testkit against a real display, for
 * input_x11.sh.
 *
 *     input_driver PATH/input.so [option=value …]
 *
 * Prints every published event and every change of health as a line. Reads commands from standard
 * input, one a line: "advance MS" lets simulated time go by, "cpu" prints the CPU seconds used so
 * far, "timers" how many timers run, "scan" how often memory holds the canary or an X key event,
 * "stop" and "start" do so; its end ends the driver. The simulated clock starts at a full minute
 * and goes on with real time.
 */
#include <kinmu/testkit.h>

#include <sys/resource.h>
#include <unistd.h>

#define OPTIONS_MAX 8
#define SCAN_MAP_BYTES_MAX (64ul << 20)

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

/* Key codes of the canary "qzjxkvwy" on a pc keyboard, masked so that this array is not found. */
static const uint8_t canary_masked[] = {24 + 100, 52 + 100, 44 + 100, 53 + 100,
                                        45 + 100, 55 + 100, 25 + 100, 29 + 100};

/* The canary's codes one behind the other, `width` bytes each. */
static int is_canary(const uint8_t *bytes, size_t width) {
    for (size_t i = 0; i < sizeof(canary_masked); i++) {
        if (bytes[i * width] + 100 != canary_masked[i]) {
            return 0;
        }
    }
    return 1;
}

/* What the wire carries: a GenericEvent, XI_RawKeyPress or XI_RawKeyRelease, a key code. */
static int is_key_event(const uint8_t *bytes) {
    return bytes[0] == 35 && (bytes[8] == 13 || bytes[8] == 14) && bytes[9] == 0 &&
           bytes[10] < 32 && bytes[11] == 0 && bytes[16] >= 8 && bytes[17] == 0 && bytes[18] == 0 &&
           bytes[19] == 0;
}

static unsigned long scan_block(const uint8_t *block, size_t size) {
    unsigned long found = 0;
    for (size_t i = 0; i + 64 <= size; i++) {
        found += (unsigned long)(is_canary(block + i, 1) || is_canary(block + i, 2) ||
                                 is_canary(block + i, 4) || is_key_event(block + i));
    }
    return found;
}

/* Reads all writable memory of this process through /proc, as somebody curious would; the scan's
 * own block and what a sanitizer reserves (maps of SCAN_MAP_BYTES_MAX and more) are left out. */
static unsigned long scan_memory(void) {
    static uint8_t *block;
    char text[256];
    unsigned long found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    FILE *memory = fopen("/proc/self/mem", "r");
    block = block == NULL ? malloc(SCAN_MAP_BYTES_MAX) : block;
    while (maps != NULL && memory != NULL && block != NULL &&
           fgets(text, sizeof(text), maps) != NULL) {
        unsigned long from = 0;
        unsigned long to = 0;
        char rights[8];
        if (sscanf(text, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w' ||
            to - from >= SCAN_MAP_BYTES_MAX || fseek(memory, (long)from, SEEK_SET) != 0) {
            continue;
        }
        found += scan_block(block, fread(block, 1, to - from, memory));
    }
    if (maps != NULL && memory != NULL) {
        fclose(maps);
        fclose(memory);
    }
    return found;
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
    } else if (strcmp(command, "scan") == 0) {
        printf("found %lu\n", scan_memory());
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
