/* shared/zone.h - a time zone from the bytes of a TZif file (RFC 9636): local time of a moment,
 * the moment of a local time, and whether a clock is the second of two equal ones.
 *
 * Pure: the file is read elsewhere. What the file says by rule for the years after its
 * last change is written out up to ZONE_YEAR_LAST, so that every question is one binary search.
 * Files with leap seconds ("right/…") are refused: moments here are POSIX time.
 */
#ifndef SHARED_ZONE_H
#define SHARED_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define ZONE_YEAR_LAST 2262 /* where 64-bit nanoseconds end */
#define ZONE_STEPS_MAX 4096
#define ZONE_BYTES_MAX (256 * 1024)

/* From this moment on, this many seconds east of UTC. The first one holds since ever. */
typedef struct zone_step {
    int64_t from_s;
    int32_t offset_s;
} zone_step;

typedef struct zone {
    uint32_t count; /* at least 1 */
    zone_step steps[ZONE_STEPS_MAX];
} zone;

/* Fills *out. NULL, or what is wrong with the bytes. */
const char *zone_parse(const uint8_t *data, size_t size, zone *out);

int32_t zone_offset_s(const zone *z, int64_t unix_s);
/* The first moment of that local time; where the clock jumps over it, the moment after the jump. */
int64_t zone_moment_s(const zone *z, int64_t local_s);
/* 1 when the same local time was shown before already: the clock went back in between. */
int32_t zone_is_second(const zone *z, int64_t unix_s);
/* The first moment after unix_s at which the offset changes; INT64_MAX = never again. */
int64_t zone_next_step_s(const zone *z, int64_t unix_s);

#endif
