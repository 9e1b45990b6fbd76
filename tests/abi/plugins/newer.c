/* A plugin built with a later SDK, whose structs have grown at their ends, that can work with this
 * host: it must load, and what the host does not know must be left alone. */
#include "variant.h"

typedef struct newer_plugin {
    kinmu_plugin known;
    uintptr_t later[8];
} newer_plugin;

typedef struct newer_option {
    kinmu_option known;
    const char *later;
} newer_option;

typedef struct newer_config {
    int64_t first;
    int64_t second;
} newer_config;

/* Two rows, so that a host which ignores the stride reads nonsense for the second. */
static const newer_option newer_options[] = {
    {{"first", KINMU_OPT_INT, 0, offsetof(newer_config, first), 0, "1", 0, 9, NULL,
      KINMU_TABLE_EMPTY, 0, 0, "First.", "一つ目。", "1.0"},
     "unknown"},
    {{"second", KINMU_OPT_INT, 0, offsetof(newer_config, second), 0, "2", 0, 9, NULL,
      KINMU_TABLE_EMPTY, 0, 0, "Second.", "二つ目。", "1.0"},
     "unknown"},
};

/* Refuses any config but the defaults: so the test sees that both rows were read. */
static int32_t newer_create(const kinmu_host *host, const void *config, void **instance,
                            kinmu_err *err) {
    const newer_config *values = config;
    (void)variant_create(host, config, instance, err);
    return values->first == 1 && values->second == 2 ? KINMU_OK : KINMU_E_CONFIG;
}

static const newer_plugin newer = {
    {.struct_size = sizeof(newer_plugin),
     .kind = KINMU_COLLECTOR,
     .config_size = sizeof(newer_config),
     .name = "com.acme.newer",
     .version = "2.0.0",
     .vendor = "Acme",
     .licence = "MIT",
     .doc = "Built with a later SDK.",
     .doc_ja = "新しい SDK で作られたプラグイン。",
     .options = KINMU_TABLE(newer_options),
     .create = newer_create,
     .start = variant_start,
     .stop = variant_stop,
     .destroy = variant_destroy},
    {1, 1, 1, 1, 1, 1, 1, 1},
};
static const kinmu_plugin *const plugins[] = {&newer.known};

KINMU_EXPORT extern const kinmu_module kinmu_module_v1;
const kinmu_module kinmu_module_v1 = {sizeof(kinmu_module), 998, 0, 0, KINMU_TABLE(plugins)};
