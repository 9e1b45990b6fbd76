/* journal/seal.h - one block from payload to sealed bytes and back: zstd, AES-256-GCM, chain link.
 *
 * Contexts and buffers are reused; one sealer per thread. Memory only.
 */
#ifndef JOURNAL_SEAL_H
#define JOURNAL_SEAL_H

#include "journal/queue.h"

#include <zstd.h>

/* A block closes at JOURNAL_BLOCK_BYTES, so its last event may stand out by one event. */
#define SEAL_PAYLOAD_BYTES_MAX (JOURNAL_BLOCK_BYTES + KINMU_EVENT_BYTES_MAX + 1024u)
#define SEAL_SEALED_BYTES_MAX (SEAL_PAYLOAD_BYTES_MAX + 4096u)

typedef struct sealer {
    crypto *crypto;
    ZSTD_CCtx *compressor;   /* made when first needed */
    ZSTD_DCtx *decompressor; /* likewise */
    buffer sealed;
    buffer plain;
} sealer;

/* Where a chain stands: what the next block continues. */
typedef struct seal_chain {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint64_t chain;    /* number of the newest block */
    uint64_t sequence; /* of the newest event */
    uint8_t hash[CRYPTO_HASH_SIZE];
} seal_chain;

typedef struct seal_result {
    layout_header header;
    uint8_t header_bytes[LAYOUT_HEADER_BYTES_MAX];
    size_t header_size;
    const uint8_t *payload; /* in the sealer, until its next use */
    size_t payload_size;
} seal_result;

int32_t seal_init(sealer *s);
void seal_finish(sealer *s);

/* Seals block (its key filled) as the next of the chain and moves the chain on. */
int32_t seal_block(sealer *s, seal_chain *chain, const queue_block *block, seal_result *out);
/* Opens a payload; *plain lives until the sealer's next use. E_REJECT: not what its header says. */
int32_t seal_open(sealer *s, const uint8_t key[CRYPTO_KEY_SIZE], const void *header,
                  size_t header_size, const void *payload, size_t payload_size,
                  const uint8_t **plain, size_t *plain_size);

#endif
