/* simulate/histogram.h - how long things took: counts per duration, within 2 % of the truth. */
#ifndef SIMULATE_HISTOGRAM_H
#define SIMULATE_HISTOGRAM_H

#include <kinmu/base.h>

#define HISTOGRAM_STEPS 64u /* per doubling */
#define HISTOGRAM_SIZE (48u * HISTOGRAM_STEPS)

typedef struct histogram {
    uint64_t total, max_ns;
    uint64_t counts[HISTOGRAM_SIZE];
} histogram;

void histogram_add(histogram *h, uint64_t ns);
/* share 0.99 = p99; 0 when empty. */
uint64_t histogram_at(const histogram *h, double share);

#endif
