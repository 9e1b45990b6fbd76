/* The least a plugin has; the files beside this one vary one thing each. */
#ifndef ABI_PLUGINS_VARIANT_H
#define ABI_PLUGINS_VARIANT_H

#include <kinmu/plugin.h>

static int32_t variant_create(const kinmu_host *host, const void *config, void **instance,
                              kinmu_err *err) {
    (void)host;
    (void)config;
    (void)err;
    *instance = NULL;
    return KINMU_OK;
}

static int32_t variant_start(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static int32_t variant_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void variant_destroy(void *instance) {
    (void)instance;
}

#define VARIANT(size, plugin_name)                                                                 \
    {                                                                                              \
        .struct_size = (size), .kind = KINMU_COLLECTOR, .name = (plugin_name), .version = "1.0.0", \
        .vendor = "Acme", .licence = "MIT", .doc = "Varies the boundary for a test.",              \
        .doc_ja = "境界の試験用。", .create = variant_create, .start = variant_start,              \
        .stop = variant_stop, .destroy = variant_destroy                                           \
    }

#endif
