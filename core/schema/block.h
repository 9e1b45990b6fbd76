/* schema/block.h - the payload of a journal block: events as MessagePack (msgpack-c).
 *
 * A payload is a sequence of MessagePack arrays. The first is the stamp all events share:
 *   [1, subject, zone, utc_offset_s, boot_id(bin 16), base_unix_ns, base_mono_ns]
 * Each following one is an event:
 *   [schema, unix_ns - previous, mono_ns - previous, value, value, …]
 * `schema` is text "name/version" at its first use in the block, which gives it the next number
 * from 0, and that number afterwards. Missing last values are null. docs/journal.md is the public
 * text.
 */
#ifndef SCHEMA_BLOCK_H
#define SCHEMA_BLOCK_H

#include "base/buffer.h"
#include "schema/registry.h"
#include <kinmu/value.h>

#define BLOCK_SCHEMAS_MAX 64

typedef struct block_stamp {
    const char *subject;
    const char *zone;
    int32_t utc_offset_s;
    const uint8_t *boot_id; /* 16 bytes */
} block_stamp;

typedef struct block_writer {
    buffer out;
    uint32_t event_count;
    uint32_t schema_count;
    uint32_t schemas[BLOCK_SCHEMAS_MAX]; /* schema_info ids in order of first use */
    int64_t last_unix_ns;
    uint64_t last_mono_ns;
} block_writer;

/* Starts a payload; the writer must be zeroed or finished before. */
void block_begin(block_writer *writer, const block_stamp *stamp, int64_t unix_ns, uint64_t mono_ns);
/* Adds a checked event. E_BUSY when the block knows too many schemas (start another). */
int32_t block_add(block_writer *writer, const schema_info *info, int64_t unix_ns, uint64_t mono_ns,
                  const kinmu_value *values, uint32_t count);

/* Reads any bytes; never trusts them. Texts and bytes point into the payload. */
typedef struct block_reader {
    const uint8_t *data;
    size_t size;
    size_t offset;
    const schema_registry *registry;
    char subject[256];
    char zone[64];
    uint8_t boot_id[16];
    int32_t utc_offset_s;
    uint32_t schema_count;
    const schema_info *schemas[BLOCK_SCHEMAS_MAX]; /* NULL = not known here */
    int64_t unix_ns;
    uint64_t mono_ns;
    kinmu_value values[KINMU_FIELDS_MAX];
} block_reader;

int32_t block_open(block_reader *reader, const schema_registry *registry, const void *data,
                   size_t size, kinmu_err *err);
/* KINMU_OK with event filled (schema = schema_info id, origin/sequence/block 0), E_NOTFOUND at the
 * end, E_REJECT for damaged bytes. *info is NULL for an unknown schema (its values are skipped). */
int32_t block_next(block_reader *reader, kinmu_event *event, const schema_info **info,
                   kinmu_err *err);

#endif
