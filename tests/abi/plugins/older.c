/* A plugin as built with an SDK whose kinmu_plugin ended before the export functions. Its struct is
 * a copy of that older layout, in memory there is nothing behind it: a host that reads more than
 * struct_size reads what follows, which is a canary here. It must load and run. */
#include <kinmu/plugin.h>

typedef struct older_plugin {
    uint32_t struct_size;
    uint32_t kind;
    uint32_t flags;
    uint32_t config_size;
    const char *name;
    const char *version;
    const char *vendor;
    const char *licence;
    const char *doc;
    const char *doc_ja;
    kinmu_table options;
    kinmu_table schemas;
    kinmu_table commands;
    kinmu_table metrics;
    int32_t (*create)(const kinmu_host *host, const void *config, void **instance, kinmu_err *err);
    int32_t (*start)(void *instance, kinmu_err *err);
    int32_t (*stop)(void *instance, kinmu_err *err);
    void (*destroy)(void *instance);
    int32_t (*reconfigure)(void *instance, const void *config, kinmu_err *err);
    int32_t (*events)(void *instance, const kinmu_batch *batch, kinmu_err *err);
    int32_t (*call)(void *instance, const kinmu_call *call, kinmu_err *err);
} older_plugin;

_Static_assert(sizeof(older_plugin) == offsetof(kinmu_plugin, export_open), "a true prefix");

static int older_instance;

static int32_t older_create(const kinmu_host *host, const void *config, void **instance,
                            kinmu_err *err) {
    (void)config;
    (void)err;
    *instance = &older_instance;
    host->log(host, KINMU_LOG_INFO, "older plugin created");
    return KINMU_OK;
}

static int32_t older_start(void *instance, kinmu_err *err) {
    (void)err;
    return instance == &older_instance ? KINMU_OK : KINMU_E_STATE;
}

static int32_t older_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void older_destroy(void *instance) {
    (void)instance;
}

/* The canary: a host that calls what lies behind the struct as export_open jumps to address 1. */
static const struct {
    older_plugin plugin;
    uintptr_t canary[3];
} older = {
    {.struct_size = sizeof(older_plugin),
     .kind = KINMU_COLLECTOR,
     .name = "com.acme.older",
     .version = "0.9.0",
     .vendor = "Acme",
     .licence = "MIT",
     .doc = "Built with an older SDK.",
     .doc_ja = "古い SDK で作られたプラグイン。",
     .create = older_create,
     .start = older_start,
     .stop = older_stop,
     .destroy = older_destroy},
    {1, 1, 1},
};

KINMU_MODULE((const kinmu_plugin *)&older.plugin);
