/* evidence/verifier.h - a verification under way: verify.c walks over the lines, verify_blocks.c
 * judges what belongs to a device's chain, verify_heads.c what signs it.
 *
 * Each `take` function judges the line just read. 1: good; 0: the finding is in the report.
 */
#ifndef EVIDENCE_VERIFIER_H
#define EVIDENCE_VERIFIER_H

#include "evidence/internal.h"

/* What later lines may refer to of a header. */
typedef struct mark {
    uint64_t chain;
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint32_t records;
} mark;

/* How far the walk is. */
enum { AT_BEGIN, AT_TITLE, AT_DEVICE, AT_COUNTERSIGNED, AT_CHECKPOINT, AT_END };

typedef struct verifier {
    lines_reader lines;
    evidence_report *report;
    int32_t stage;
    int32_t month;
    schema_registry *schemas;
    sealer sealer;
    block_reader payload;
    buffer record; /* as it must be written */
    evidence_key keys[EVIDENCE_KEYS_MAX];
    uint32_t key_count;

    mark *marks; /* of all devices, one behind the other */
    size_t mark_count, mark_capacity;
    size_t mark_begin[EVIDENCE_DEVICES_MAX];
    evidence_device *device; /* the open one */
    uint64_t sequence;       /* of its newest header */
    uint64_t next_chain;     /* number of the next one */
    const evidence_key *key; /* of that header, when it is the person's */
    layout_header header;
    uint8_t header_bytes[LAYOUT_HEADER_BYTES_MAX];
    size_t header_size;
    int32_t is_filled; /* its payload or tombstone was there */
    uint64_t expected; /* records still to come */
    uint64_t next_sequence;
    uint8_t hub_origin[LAYOUT_ORIGIN_SIZE];
    buffer checkpoint;
    const char *authority;
} verifier;

/* Notes what is wrong with the line; the first finding stays. Returns 0. */
int32_t verify_found(verifier *v, const char *format, ...) KINMU_PRINTF(2, 3);
/* All of the value was taken and is as it is always written. */
int32_t verify_shape(verifier *v, const char *what);
/* Everything the newest header needs was there. */
int32_t verify_complete(verifier *v);

/* ---- verify_blocks.c ---- */
int32_t verify_take_device(verifier *v);
int32_t verify_take_header(verifier *v);
int32_t verify_take_payload(verifier *v);
int32_t verify_take_record(verifier *v);
int32_t verify_take_tombstone(verifier *v);
int32_t verify_take_restored(verifier *v);

/* ---- verify_heads.c ---- */
int32_t verify_take_head(verifier *v);
int32_t verify_take_countersignature(verifier *v);
int32_t verify_take_checkpoint(verifier *v);
int32_t verify_take_timestamp(verifier *v);

#endif
