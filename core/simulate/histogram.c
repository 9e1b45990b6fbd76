/* simulate/histogram.c - see histogram.h. */
#include "simulate/histogram.h"

void histogram_add(histogram *h, uint64_t ns) {
    uint32_t shift = 0;
    while ((ns >> shift) >= 2 * HISTOGRAM_STEPS) {
        shift++;
    }
    uint64_t at = (uint64_t)shift * HISTOGRAM_STEPS + (ns >> shift);
    h->counts[at < HISTOGRAM_SIZE ? at : HISTOGRAM_SIZE - 1]++;
    h->total++;
    h->max_ns = ns > h->max_ns ? ns : h->max_ns;
}

/* The upper border of a place, which the highest value may not reach. */
static uint64_t border(const histogram *h, uint32_t at) {
    uint32_t shift = at < 2 * HISTOGRAM_STEPS ? 0 : at / HISTOGRAM_STEPS - 1;
    uint64_t top = ((uint64_t)at - (uint64_t)shift * HISTOGRAM_STEPS + 1) << shift;
    return top < h->max_ns ? top : h->max_ns;
}

uint64_t histogram_at(const histogram *h, double share) {
    uint64_t wanted = (uint64_t)((double)h->total * share + 0.5);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_SIZE && h->total > 0; i++) {
        seen += h->counts[i];
        if (seen >= wanted && seen > 0) {
            return border(h, i);
        }
    }
    return h->max_ns;
}
