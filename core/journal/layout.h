/* journal/layout.h - the bytes of the journal: block headers, tombstones and what is signed.
 *
 * Pure functions over memory, the same for writing, reading and verifying. All integers are
 * little-endian. docs/journal.md is the public text of this file; changing one changes the other.
 */
#ifndef JOURNAL_LAYOUT_H
#define JOURNAL_LAYOUT_H

#include "base/crypto.h"

#define LAYOUT_VERSION 1u
#define LAYOUT_ORIGIN_SIZE 16u
#define LAYOUT_KEY_ID_SIZE 16u
#define LAYOUT_LINKS_SIZE                                                                          \
    ((size_t)2 * CRYPTO_HASH_SIZE) /* payload hash and previous hash, unsealed part                \
                                    */
#define LAYOUT_HEADER_FIXED 134u   /* header bytes beside the purpose */
#define LAYOUT_HEADER_BYTES_MAX (LAYOUT_HEADER_FIXED + KINMU_NAME_BYTES_MAX)
#define LAYOUT_TOMBSTONE_SIZE 90u
#define LAYOUT_MESSAGE_BYTES_MAX 128u

typedef struct layout_header {
    uint64_t chain;
    uint64_t first_sequence;
    uint64_t last_sequence;
    uint64_t decision;
    uint32_t payload_size;
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t key_id[LAYOUT_KEY_ID_SIZE];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    uint8_t payload_hash[CRYPTO_HASH_SIZE];
    uint8_t previous[CRYPTO_HASH_SIZE]; /* SHA-256 of the header before, zeros for the first */
} layout_header;

typedef struct layout_tombstone {
    uint8_t kind; /* JOURNAL_BLOCK_ERASED, _FOLDED or _WITHHELD */
    int64_t unix_ns;
    uint8_t signer[LAYOUT_ORIGIN_SIZE];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
} layout_tombstone;

/* The newest block of an origin as its device signed it. */
typedef struct layout_head {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint64_t chain;
    uint64_t sequence;              /* last_sequence of that block */
    uint8_t hash[CRYPTO_HASH_SIZE]; /* SHA-256 of its header */
    int64_t unix_ns;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
} layout_head;

/* A device's word that it gives up the numbers behind a block, because it was restored from a
 * backup and cannot know which of them it had used. The next block is to_chain + 1 and links to
 * `hash`. */
typedef struct layout_restore {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint64_t chain; /* newest block in the backup */
    uint64_t sequence;
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint64_t to_chain;
    uint64_t to_sequence;
    int64_t unix_ns;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
} layout_restore;

/* Returns the size; the last LAYOUT_LINKS_SIZE bytes are the two hashes, what stands before them is
 * authenticated with the payload. */
size_t layout_header_encode(const layout_header *header, uint8_t out[LAYOUT_HEADER_BYTES_MAX]);
int32_t layout_header_decode(layout_header *header, const void *data, size_t size);

void layout_tombstone_encode(const layout_tombstone *tombstone, uint8_t out[LAYOUT_TOMBSTONE_SIZE]);
int32_t layout_tombstone_decode(layout_tombstone *tombstone, const void *data, size_t size);

/* What Ed25519 signs; return the size. */
size_t layout_tombstone_message(const layout_tombstone *tombstone,
                                const uint8_t header_hash[CRYPTO_HASH_SIZE],
                                uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]);
size_t layout_head_message(const layout_head *head, uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]);
/* A hub's word that it has the chain up to there; unix_ns is the hub's. */
size_t layout_countersign_message(const layout_head *head, uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]);

size_t layout_restore_message(const layout_restore *restore, uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]);

/* Writing and reading one after the other; also used for the checkpoint's message. */
uint8_t *layout_put(uint8_t *to, const void *data, size_t size);
uint8_t *layout_put_u32(uint8_t *to, uint32_t number);
uint8_t *layout_put_u64(uint8_t *to, uint64_t number);
const uint8_t *layout_take_u32(const uint8_t *from, uint32_t *number);
const uint8_t *layout_take_u64(const uint8_t *from, uint64_t *number);

#endif
