/* host/embed.c - see embed.h. Metrics are taken and dropped, because plugins count without asking.
 */
#include "host/embed.h"

#include "base/log.h"
#include "base/text.h"
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/schemas.h>

#include <stdlib.h>
#include <string.h>

typedef struct embed {
    kinmu_host host; /* first: a kinmu_host* is an embed* */
    const schema_registry *schemas;
    char instance[2 * KINMU_NAME_BYTES_MAX + 2];
    char node[KINMU_NAME_BYTES_MAX + 1];
} embed;

static void drop_add(const kinmu_host *host, uint32_t metric, uint64_t amount) {
    (void)host;
    (void)metric;
    (void)amount;
}

static void drop_set(const kinmu_host *host, uint32_t metric, int64_t value) {
    (void)host;
    (void)metric;
    (void)value;
}

static const kinmu_schema *find_schema(const kinmu_host *host, uint32_t schema) {
    const embed *e = (const embed *)(const void *)host;
    const schema_info *info = schema < KINMU_SCHEMA_ANY
                                  ? NULL
                                  : schema_registry_at(e->schemas, schema - KINMU_SCHEMA_ANY);
    return info != NULL ? info->schema : NULL;
}

static const void *find_iface(const kinmu_host *host, const char *name) {
    static const kinmu_metrics metrics = {sizeof metrics, 0, drop_add, drop_set};
    static const kinmu_schemas schemas = {sizeof schemas, 0, find_schema};
    (void)host;
    if (strcmp(name, KINMU_SCHEMAS_1) == 0) {
        return &schemas;
    }
    return strcmp(name, KINMU_METRICS_1) == 0 ? &metrics : NULL;
}

static void write_log(const kinmu_host *host, int32_t level, const char *text) {
    log_write(level, host->instance, "%s", text);
}

static void drop_health(const kinmu_host *host, int32_t state, const char *text) {
    (void)host;
    (void)state;
    (void)text;
}

int32_t embed_create(const schema_registry *schemas, const char *instance, const char *node,
                     const kinmu_host **out) {
    embed *e = calloc(1, sizeof *e);
    *out = NULL;
    if (e == NULL) {
        return KINMU_E_NOMEM;
    }
    text_copy(e->instance, sizeof e->instance, instance);
    text_copy(e->node, sizeof e->node, node);
    e->schemas = schemas;
    e->host = (kinmu_host){sizeof e->host, KINMU_ABI_MINOR, e->instance, e->node, "",
                           find_iface,     write_log,       drop_health};
    *out = &e->host;
    return KINMU_OK;
}

void embed_destroy(const kinmu_host *host) {
    free((void *)(uintptr_t)host);
}
