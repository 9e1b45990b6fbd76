/* misbehave.c - plugins that do what no plugin may, one way each by the option `how`: for the test
 * that nobody else's data suffers (tests/e2e/daemon_plugins.sh). `test.liar` is a session
 * collector, so that it has an account it can lie about. */
#include <kinmu/iface/bus.h>
#include <kinmu/iface/timer.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAK_STEP ((size_t)4 << 20)
#define LEAK_MAX ((size_t)256 << 20)
#define PIPE_TO_CORE 3 /* no plugin may know this */

static const kinmu_field fields[] = {
    {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Any."},
    {"word", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", "a|b", "One of two."},
};
static const kinmu_schema declared = {.struct_size = sizeof(kinmu_schema),
                                      .version = 1,
                                      .name = "test.misbehave",
                                      .kind = KINMU_KIND_LOG,
                                      .purpose = "activity",
                                      .fields = KINMU_TABLE(fields),
                                      .doc = "What it may publish."};
static const kinmu_schema_use uses[] = {{&declared, KINMU_EMITS, 0}};

typedef struct bad_config {
    const char *how;
    int64_t delay_ms;
} bad_config;

static const kinmu_option options[] = {
    {"how", KINMU_OPT_CHOICE, KINMU_OPTION_REQUIRED, offsetof(bad_config, how), 0, NULL, 0, 0,
     "hang|crash|leak|lie|garbage|chatter|outburst|scream|mutter", KINMU_TABLE_EMPTY, 0, 0,
     "What it does.", "動作。", "1.0"},
    {"delay", KINMU_OPT_DURATION, 0, offsetof(bad_config, delay_ms), 0, "200ms", 1, 60000, NULL,
     KINMU_TABLE_EMPTY, 0, 0, "When it begins.", "開始まで。", "1.0"},
};

typedef struct bad {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    bad_config config;
    uint64_t timer_id;
    size_t leaked;
} bad;

static void hang(bad *self) {
    volatile uint64_t turns = 0;
    (void)self;
    for (;;) {
        turns++;
    }
}

static void crash(bad *self) {
    (void)self;
    (void)signal(SIGSEGV, SIG_DFL); /* not a sanitizer's */
    raise(SIGSEGV);
}

/* Memory that is really used, and descriptors until there are none. */
static void leak(bad *self) {
    char *memory = self->leaked < LEAK_MAX ? malloc(LEAK_STEP) : NULL;
    if (memory != NULL) {
        memset(memory, 1, LEAK_STEP);
        self->leaked += LEAK_STEP;
    }
    while (open("/dev/null", O_RDONLY) >= 0) { /* none is closed */
    }
}

/* Everything that can be wrong with an event, each in a publish of its own; none may be taken. */
static void lie(bad *self) {
    const kinmu_value good[] = {kinmu_i64(1), kinmu_text("a")};
    const kinmu_value word[] = {kinmu_i64(1), kinmu_text("c")};
    const kinmu_value type[] = {kinmu_text("1"), kinmu_text("a")};
    const kinmu_value missing[] = {kinmu_null(), kinmu_text("a")};
    const kinmu_value bytes[] = {kinmu_i64(1), kinmu_text_n("\xff\xfe", 2)};
    const kinmu_event lies[] = {
        {.schema = 7, .values = good, .value_count = 2},
        {.schema = UINT32_MAX, .values = good, .value_count = 2},
        {.values = word, .value_count = 2},
        {.values = type, .value_count = 2},
        {.values = missing, .value_count = 2},
        {.values = bytes, .value_count = 2},
        {.subject = "somebody-else", .values = good, .value_count = 2},
        {.subject = "", .values = good, .value_count = 2},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        (void)self->bus->publish(self->host, &lies[i], 1, NULL);
    }
}

static void garbage(bad *self) {
    static uint8_t noise[65536];
    (void)self;
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (uint8_t)(rand() >> 7);
    }
    (void)!write(PIPE_TO_CORE, noise, sizeof noise);
}

static void chatter(bad *self) {
    for (int i = 0; i < 1000; i++) {
        self->host->log(self->host, KINMU_LOG_INFO, "again and again");
    }
}

/* Loud once: no line behind it could tell what was left out. */
static void outburst(bad *self) {
    chatter(self);
    self->config.how = "silent";
}

static void scream(bad *self) {
    chatter(self);
    self->config.how = "crash"; /* the next time, when what it said is on its way */
}

/* What nobody reads must not use up the room of what somebody should. */
static void mutter(bad *self) {
    for (int i = 0; i < 1000; i++) {
        self->host->log(self->host, KINMU_LOG_DEBUG, "by the way");
    }
    self->host->log(self->host, KINMU_LOG_WARN, "said aloud");
}

/* [turn] */
static void misbehave(void *user) {
    bad *self = user;
    static const struct {
        const char *name;
        void (*act)(bad *self);
    } ways[] = {{"hang", hang},         {"crash", crash},     {"leak", leak},
                {"lie", lie},           {"garbage", garbage}, {"chatter", chatter},
                {"outburst", outburst}, {"scream", scream},   {"mutter", mutter}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].name, self->config.how) == 0) {
            ways[i].act(self);
        }
    }
}

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    bad *self = calloc(1, sizeof *self);
    (void)err;
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->config = *(const bad_config *)config;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    return self->bus != NULL && self->timer != NULL ? KINMU_OK : KINMU_E_ABI;
}

static int32_t bad_start(void *instance, kinmu_err *err) {
    bad *self = instance;
    uint64_t delay_ms = (uint64_t)self->config.delay_ms;
    (void)err;
    return self->timer->start(self->host, delay_ms, delay_ms, misbehave, self, &self->timer_id);
}

static int32_t bad_stop(void *instance, kinmu_err *err) {
    bad *self = instance;
    (void)err;
    self->timer->cancel(self->host, self->timer_id);
    self->timer_id = 0;
    return KINMU_OK;
}

static void bad_destroy(void *instance) {
    free(instance);
}

#define MISBEHAVING(plugin_name, plugin_flags)                                                     \
    {                                                                                              \
        .struct_size = sizeof(kinmu_plugin), .kind = KINMU_COLLECTOR, .flags = (plugin_flags),     \
        .config_size = sizeof(bad_config), .name = (plugin_name), .version = "1.0.0",              \
        .vendor = "Kinmu", .licence = "Apache-2.0", .doc = "Misbehaves.",                          \
        .doc_ja = "規約に反する動作をする。", .options = KINMU_TABLE(options),                     \
        .schemas = KINMU_TABLE(uses), .create = bad_create, .start = bad_start, .stop = bad_stop,  \
        .destroy = bad_destroy                                                                     \
    }

static const kinmu_plugin bad_plugin = MISBEHAVING("test.bad", 0);
static const kinmu_plugin liar_plugin = MISBEHAVING("test.liar", KINMU_PLUGIN_SESSION);

KINMU_MODULE(&bad_plugin, &liar_plugin);
