/* ingest/pace.h - how much a device may send: so many bytes and pushes a minute, saved up for a
 * burst. Bounded: devices share places by their keys' first bytes; one that takes another's place
 * begins with a full allowance, so a clash gives a little more and never less. */
#ifndef INGEST_PACE_H
#define INGEST_PACE_H

#include <kinmu/base.h>

#include <stddef.h>

#define PACE_PLACES 16384u /* a power of two */
#define PACE_BURST_MINUTES 5

typedef struct pace_limits {
    int64_t pushes_per_minute;
    int64_t bytes_per_minute;
} pace_limits;

typedef struct pace_place {
    uint8_t key[8];
    uint64_t seen_ms;
    double pushes, bytes; /* left to spend */
} pace_place;

typedef struct pace_table {
    pace_place *places; /* PACE_PLACES of them; NULL: nobody is held back */
} pace_table;

/* 0 and it is paid for, or the seconds to wait. */
uint32_t pace_take(pace_table *table, const uint8_t *key, uint64_t now_ms, size_t size,
                   const pace_limits *limits);

#endif
