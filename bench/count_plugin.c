/* bench/count_plugin.c - an exporter that counts the sample events it is given and the time from
 * the first batch to the last, shown as metrics by `kinmu status`. It looks at every value, as any
 * consumer would. */
#include "sample_schema.h"

#include <kinmu/iface/metrics.h>
#include <kinmu/plugin.h>

#include <stdlib.h>
#include <time.h>

static const kinmu_schema_use schemas[] = {{&sample_schema, KINMU_ACCEPTS, 0}};

enum { METRIC_EVENTS, METRIC_SPENT };

static const kinmu_metric metrics[] = {
    {"events_total", KINMU_METRIC_GAUGE, 0, "count", "Events seen."},
    {"spent_us", KINMU_METRIC_GAUGE, 0, "us", "From the first batch to the last."},
};

typedef struct count {
    const kinmu_host *host;
    const kinmu_metrics *metrics;
    int64_t events;
    int64_t first_us;
    uint64_t sum;
} count;

static int64_t now_us(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int32_t count_create(const kinmu_host *host, const void *config, void **instance,
                            kinmu_err *err) {
    count *self = calloc(1, sizeof *self);
    (void)config;
    (void)err;
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->metrics = host->iface(host, KINMU_METRICS_1);
    return self->metrics != NULL ? KINMU_OK : KINMU_E_ABI;
}

static int32_t count_start(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static int32_t count_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void count_destroy(void *instance) {
    free(instance);
}

static int32_t count_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    count *self = instance;
    (void)err;
    if (self->first_us == 0) {
        self->first_us = now_us();
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        for (uint32_t value = 0; value < batch->events[i].value_count; value++) {
            self->sum += batch->events[i].values[value].size;
        }
    }
    self->events += batch->count;
    self->metrics->set(self->host, METRIC_EVENTS, self->events);
    self->metrics->set(self->host, METRIC_SPENT, now_us() - self->first_us);
    return KINMU_OK;
}

static const kinmu_plugin count_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_EXPORTER,
    .name = "bench.count",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Counts what it is given.",
    .doc_ja = "受け取ったイベントを数える。",
    .schemas = KINMU_TABLE(schemas),
    .metrics = KINMU_TABLE(metrics),
    .create = count_create,
    .start = count_start,
    .stop = count_stop,
    .destroy = count_destroy,
    .events = count_events,
};

KINMU_MODULE(&count_plugin);
