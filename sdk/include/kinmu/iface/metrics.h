/* kinmu/iface/metrics.h - count what happens; shown by `kinmu status`. */
#ifndef KINMU_IFACE_METRICS_H
#define KINMU_IFACE_METRICS_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_METRICS_1 "kinmu.metrics/1"

typedef struct kinmu_metrics {
    uint32_t struct_size;
    uint32_t reserved;

    /* Adds to a counter of the plugin's metric table; unknown indexes are ignored. [any] */
    void (*add)(const kinmu_host *host, uint32_t metric, uint64_t amount);

    /* Sets a gauge. [any] Since 1.0 */
    void (*set)(const kinmu_host *host, uint32_t metric, int64_t value);
} kinmu_metrics;

#ifdef __cplusplus
}
#endif
#endif
