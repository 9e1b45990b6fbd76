/* ingest/pace.c - see pace.h. */
#include "pace.h"

#include <string.h>

#define MS_PER_MINUTE 60000.0
#define WAIT_S_MAX 300.0

static double at_most(double value, double limit) {
    return value < limit ? value : limit;
}

/* Seconds until `missing` has come back. */
static double wait_for(double missing, int64_t per_minute) {
    return missing > 0 ? missing / (double)per_minute * 60.0 : 0;
}

uint32_t pace_take(pace_table *table, const uint8_t *key, uint64_t now_ms, size_t size,
                   const pace_limits *limits) {
    if (table->places == NULL) {
        return 0;
    }
    uint32_t index = ((uint32_t)key[0] | (uint32_t)key[1] << 8) & (PACE_PLACES - 1);
    pace_place *place = &table->places[index];
    double pushes_max = (double)(limits->pushes_per_minute * PACE_BURST_MINUTES);
    double bytes_max = (double)(limits->bytes_per_minute * PACE_BURST_MINUTES);
    if (place->seen_ms == 0 || memcmp(place->key, key, sizeof place->key) != 0) {
        memcpy(place->key, key, sizeof place->key);
        place->pushes = pushes_max;
        place->bytes = bytes_max;
    } else {
        double minutes = (double)(now_ms - place->seen_ms) / MS_PER_MINUTE;
        place->pushes =
            at_most(place->pushes + minutes * (double)limits->pushes_per_minute, pushes_max);
        place->bytes =
            at_most(place->bytes + minutes * (double)limits->bytes_per_minute, bytes_max);
    }
    place->seen_ms = now_ms > 0 ? now_ms : 1;
    double pushes_s = wait_for(1.0 - place->pushes, limits->pushes_per_minute);
    /* More than can ever be saved up goes with a full allowance, and the debt is waited for after.
     */
    double bytes_s =
        wait_for(at_most((double)size, bytes_max) - place->bytes, limits->bytes_per_minute);
    double wait_s = pushes_s > bytes_s ? pushes_s : bytes_s;
    if (wait_s > 0) {
        return (uint32_t)at_most(wait_s, WAIT_S_MAX) + 1;
    }
    place->pushes -= 1.0;
    place->bytes -= (double)size;
    return 0;
}
