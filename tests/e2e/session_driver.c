/* session_driver SESSION.SO STATE_FILE [option=value…] - runs the built collector "session" on the
 * SDK's testkit with the real clock, prints what it publishes, and keeps its kv/1 in STATE_FILE, so
 * that ending this program and starting it again is a restart of the agent.
 *
 *     event <schema> subject=<account> at=<unix ns> <field>=…       health <state> <text>
 *
 * Lines on stdin: "stop" ends in order; "hold 1" keeps events from becoming durable, "hold 0" lets
 * them; "cpu" prints the processor time used and the wake-ups. kill -9 is a crash. It ends with
 * status 1 when the collector broke its contract.
 */
#include <kinmu/testkit.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#define RUN_MS_MAX 600000u
#define STATE_KEY "ledger"

typedef struct driver {
    const char *state_file;
    uint32_t printed;
    int32_t health;
    char health_text[512];
    uint8_t state[KINMU_KV_VALUE_BYTES_MAX];
    uint32_t state_size;
    char input[256];
    size_t input_size;
    int must_stop;
} driver;

static void load_state(testkit *kit, driver *self) {
    FILE *file = fopen(self->state_file, "rb");
    if (file == NULL) {
        return;
    }
    self->state_size = (uint32_t)fread(self->state, 1, sizeof self->state, file);
    fclose(file);
    testkit_set_kv(kit, STATE_KEY, self->state, self->state_size);
}

static void save_state(testkit *kit, driver *self) {
    const testkit_pair *pair = tk_pair(kit->kv, STATE_KEY);
    if (pair == NULL || pair->data == NULL ||
        (pair->size == self->state_size && memcmp(pair->data, self->state, pair->size) == 0)) {
        return;
    }
    char next[4096];
    snprintf(next, sizeof next, "%s.next", self->state_file);
    FILE *file = fopen(next, "wb");
    if (file == NULL || fwrite(pair->data, 1, pair->size, file) != pair->size ||
        fclose(file) != 0 || rename(next, self->state_file) != 0) {
        fprintf(stderr, "cannot write %s: %s\n", self->state_file, strerror(errno));
        exit(2);
    }
    memcpy(self->state, pair->data, pair->size);
    self->state_size = pair->size;
}

static void print_news(testkit *kit, driver *self) {
    for (; self->printed < kit->event_count; self->printed++) {
        const kinmu_event *event = testkit_event(kit, self->printed);
        const char *text = testkit_event_text(kit, event);
        int schema_size = (int)strcspn(text, " ");
        printf("event %.*s subject=%s at=%lld%s\n", schema_size, text, event->subject,
               (long long)event->unix_ns, text + schema_size);
    }
    if (kit->health != self->health || strcmp(kit->health_text, self->health_text) != 0) {
        self->health = kit->health;
        snprintf(self->health_text, sizeof self->health_text, "%s", kit->health_text);
        printf("health %d %s\n", (int)kit->health, kit->health_text);
    }
}

static void print_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("cpu %lld us, %ld waits\n",
           (long long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
               used.ru_utime.tv_usec + used.ru_stime.tv_usec,
           used.ru_nvcsw);
}

static void obey(testkit *kit, driver *self, const char *line) {
    if (strcmp(line, "stop") == 0) {
        self->must_stop = 1;
    } else if (strncmp(line, "hold ", 5) == 0) {
        kit->hold_durable = line[5] == '1';
        printf("held %d\n", (int)kit->hold_durable);
    } else if (strcmp(line, "cpu") == 0) {
        print_cpu();
    } else {
        printf("unknown command\n");
    }
}

static void read_commands(testkit *kit, driver *self) {
    ssize_t size = read(STDIN_FILENO, self->input + self->input_size,
                        sizeof self->input - self->input_size - 1);
    self->must_stop |= size == 0;
    self->input_size += size > 0 ? (size_t)size : 0;
    self->input[self->input_size] = '\0';
    for (char *end; (end = strchr(self->input, '\n')) != NULL;) {
        *end = '\0';
        obey(kit, self, self->input);
        self->input_size -= (size_t)(end + 1 - self->input);
        memmove(self->input, end + 1, self->input_size + 1);
    }
}

static int32_t on_round(testkit *kit, void *user) {
    driver *self = user;
    save_state(kit, self);
    print_news(kit, self);
    read_commands(kit, self);
    return self->must_stop;
}

static int64_t clock_ns(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: session_driver SESSION.SO STATE_FILE [option=value…]\n");
        return 2;
    }
    static driver self;
    self.state_file = argv[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    testkit *kit = testkit_new("session");
    kit->host.account = "";
    kit->clock.unix_ns = clock_ns(CLOCK_REALTIME);
    kit->clock.mono_ns = (uint64_t)clock_ns(CLOCK_BOOTTIME);
    kit->clock_follows = 1;
    load_state(kit, &self);
    if (testkit_load(kit, argv[1], "session") != KINMU_OK ||
        testkit_create(kit, (const char *const *)(argv + 3)) != KINMU_OK ||
        testkit_start(kit) != KINMU_OK) {
        fprintf(stderr, "%s: %s\n", kit->err.key, kit->err.msg);
        return 2;
    }
    testkit_run_until(kit, on_round, &self, RUN_MS_MAX);
    testkit_stop(kit);
    save_state(kit, &self);
    print_news(kit, &self);
    int is_broken = kit->problem[0] != '\0' || kit->refusal[0] != '\0';
    printf("end timers=%u polls=%u problem=%s refusal=%s\n", kit->timer_count, kit->poll_count,
           kit->problem, kit->refusal);
    testkit_free(kit);
    return is_broken;
}
