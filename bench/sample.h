/* bench/sample.h - the event every bench uses: about 150 bytes encoded, as compressible as a
 * person's day of windows (a few programs, titles and addresses that come again, running numbers).
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "base/buffer.h"
#include "sample_schema.h"
#include "schema/registry.h"
#include <kinmu/value.h>

typedef struct sample {
    kinmu_event event; /* unix_ns and mono_ns given; schema 0 */
    kinmu_value values[SAMPLE_FIELDS];
    char title[96];
    char url[96];
} sample;

/* Event number n; the same n gives the same event. Pointers lead into *s. */
void sample_fill(sample *s, uint64_t n);

/* A registry with this schema and the journal's own. */
schema_registry *sample_registry(const schema_info **info);

/* BENCH_POSTGRES of the environment names a server: the tables of that folder are there then. */
void sample_place(const char *folder);

/* `count` events as they stand in a block, one after another, and where each begins (count + 1). */
void sample_encode(const schema_info *info, uint32_t count, buffer *out, size_t *offsets);

#endif
