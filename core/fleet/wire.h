/* fleet/wire.h - what an agent sends a hub and what it hears back: the bytes of docs/wire.md.
 *
 * Eight bytes of magic, then sections: type (1) | size (4) | bytes. All integers are little-endian.
 * Reading takes any bytes, trusts none of them, copies nothing: what it finds points into them.
 */
#ifndef FLEET_WIRE_H
#define FLEET_WIRE_H

#include "base/buffer.h"
#include "journal/transfer.h"

#define WIRE_PUSH_TYPE "application/vnd.kinmu.push"
#define WIRE_PUSH_BYTES_MAX (3u << 20) /* what routes/1 takes of a body */
#define WIRE_ANSWER_BYTES_MAX (1u << 20)
#define WIRE_BLOCKS_MAX JOURNAL_PARCEL_BLOCKS_MAX
#define WIRE_KEYS_MAX JOURNAL_PARCEL_KEYS_MAX
#define WIRE_VERSION_BYTES_MAX 63u
#define WIRE_TEXT_BYTES_MAX 512u
#define WIRE_POLICY_BYTES_MAX 65536u
#define WIRE_CERTIFICATE_BYTES_MAX 16384u
#define WIRE_KEY_BYTES_MAX 512u

/* ---- what an agent sends ---- */

typedef struct wire_key {
    const uint8_t *id; /* 16 bytes */
    const uint8_t *box;
    uint32_t box_size;
} wire_key;

typedef struct wire_push {
    char version[WIRE_VERSION_BYTES_MAX + 1]; /* of the agent's program */
    uint64_t unsent;                          /* blocks left behind this push */
    int64_t now_unix_ns;                      /* the agent's clock */
    wire_key *keys;
    journal_foreign_block *blocks;
    uint32_t key_count;
    uint32_t block_count;
    uint64_t head_chain;
    uint64_t head_sequence;
    int64_t head_unix_ns;
    const uint8_t *head_hash;
    const uint8_t *head_signature;
} wire_push;

/* Writing, in this order: begin, keys, blocks, end. */
void wire_push_begin(buffer *out);
void wire_push_key(buffer *out, const uint8_t id[16], const void *box, uint32_t box_size);
void wire_push_block(buffer *out, const journal_foreign_block *block);
void wire_push_end(buffer *out, const char *version, uint64_t unsent, int64_t now_unix_ns,
                   const journal_standing *head, int64_t head_unix_ns, const uint8_t signature[64]);

/* E_REJECT with the place in err. Free it in any case. */
int32_t wire_push_read(wire_push *push, const void *data, size_t size, kinmu_err *err);
void wire_push_free(wire_push *push);

/* The plain content of a key's box, and what the box is bound to. */
#define WIRE_KEY_CONTEXT_SIZE 80u
void wire_key_context(const uint8_t public_key[32], const uint8_t id[16],
                      char context[WIRE_KEY_CONTEXT_SIZE]);
size_t wire_key_encode(const journal_foreign_key *key, uint8_t out[WIRE_KEY_BYTES_MAX]);
int32_t wire_key_decode(journal_foreign_key *key, const uint8_t *data, size_t size);

/* ---- what a hub answers ---- */

typedef struct wire_answer {
    int32_t has_standing;
    journal_standing standing; /* what is durable at the hub */
    int32_t has_countersignature;
    uint8_t hub_key[32];
    int64_t unix_ns; /* the hub's clock */
    uint8_t countersignature[64];
    const uint8_t *wanted_keys; /* ids, 16 bytes each: sent never, or lost */
    uint32_t wanted_key_count;
    const uint8_t *declined; /* numbers of blocks to send without payload, 8 bytes each */
    uint32_t declined_count;
    char problem[WIRE_TEXT_BYTES_MAX + 1]; /* what was wrong, for people */
    const char *policy;                    /* YAML; NULL = as before */
    uint32_t policy_size;
    const char *certificate; /* PEM; NULL = none */
    uint32_t certificate_size;
} wire_answer;

void wire_answer_begin(buffer *out);
void wire_answer_standing(buffer *out, const journal_standing *standing);
void wire_answer_countersignature(buffer *out, const uint8_t hub_key[32], int64_t unix_ns,
                                  const uint8_t signature[64]);
void wire_answer_wanted(buffer *out, const uint8_t *ids, uint32_t count);
void wire_answer_declined(buffer *out, const uint64_t *chains, uint32_t count);
void wire_answer_problem(buffer *out, const char *text);
void wire_answer_policy(buffer *out, const char *policy, uint32_t size);
void wire_answer_certificate(buffer *out, const char *pem, uint32_t size);
uint64_t wire_declined_at(const wire_answer *answer, uint32_t index);

int32_t wire_answer_read(wire_answer *answer, const void *data, size_t size, kinmu_err *err);

#endif
