/* journal/intake.c - see intake.h. */
#include "journal/intake.h"

#include "base/error.h"
#include "journal/device.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64u /* a power of two */

struct intake {
    intake_origin **slots; /* open addressing: origins are hashes, their bytes are the hash */
    uint32_t slot_count;
    uint32_t count;
};

int32_t intake_create(intake **out) {
    intake *in = calloc(1, sizeof *in);
    *out = in;
    if (in == NULL) {
        return KINMU_E_NOMEM;
    }
    in->slot_count = SLOTS_MIN;
    in->slots = calloc(in->slot_count, sizeof(intake_origin *));
    return in->slots != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

void intake_destroy(intake *in) {
    if (in == NULL) {
        return;
    }
    for (uint32_t i = 0; in->slots != NULL && i < in->slot_count; i++) {
        free(in->slots[i]);
    }
    free((void *)in->slots);
    free(in);
}

static uint32_t slot_of(const uint8_t origin[LAYOUT_ORIGIN_SIZE], uint32_t slot_count) {
    uint32_t number;
    layout_take_u32(origin, &number);
    return number & (slot_count - 1);
}

/* The slot it is in, or the free one where it belongs. */
static intake_origin **place_of(intake_origin **slots, uint32_t slot_count,
                                const uint8_t origin[LAYOUT_ORIGIN_SIZE]) {
    uint32_t i = slot_of(origin, slot_count);
    while (slots[i] != NULL && memcmp(slots[i]->origin, origin, LAYOUT_ORIGIN_SIZE) != 0) {
        i = (i + 1) & (slot_count - 1);
    }
    return &slots[i];
}

static int32_t grow(intake *in) {
    uint32_t slot_count = in->slot_count * 2;
    intake_origin **slots = calloc(slot_count, sizeof(intake_origin *));
    if (slots == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < in->slot_count; i++) {
        if (in->slots[i] != NULL) {
            *place_of(slots, slot_count, in->slots[i]->origin) = in->slots[i];
        }
    }
    free((void *)in->slots);
    in->slots = slots;
    in->slot_count = slot_count;
    return KINMU_OK;
}

intake_origin *intake_find(intake *in, const uint8_t origin[LAYOUT_ORIGIN_SIZE]) {
    return *place_of(in->slots, in->slot_count, origin);
}

intake_origin *intake_add(intake *in, const uint8_t origin[LAYOUT_ORIGIN_SIZE]) {
    if (in->count == JOURNAL_ORIGINS_MAX ||
        (in->count * 2 >= in->slot_count && grow(in) != KINMU_OK)) {
        return NULL;
    }
    intake_origin *added = calloc(1, sizeof *added);
    if (added != NULL) {
        memcpy(added->origin, origin, LAYOUT_ORIGIN_SIZE);
        *place_of(in->slots, in->slot_count, origin) = added;
        in->count++;
    }
    return added;
}

/* ---- checking ---- */

static int32_t refuse(kinmu_err *err, uint64_t chain, const char *what) {
    return error_set(err, KINMU_E_REJECT, "journal.foreign", "block %llu: %s",
                     (unsigned long long)chain, what);
}

/* The device's own tombstone: the only one that may come from outside. */
static int32_t check_tombstone(const journal_parcel *parcel, const journal_foreign_block *block,
                               const layout_header *header, const uint8_t hash[CRYPTO_HASH_SIZE],
                               kinmu_err *err) {
    layout_tombstone tombstone;
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    if (layout_tombstone_decode(&tombstone, block->tombstone, block->tombstone_size) != KINMU_OK ||
        memcmp(tombstone.signer, header->origin, LAYOUT_ORIGIN_SIZE) != 0 ||
        tombstone.kind == JOURNAL_BLOCK_WITHHELD) {
        return refuse(err, header->chain, "the tombstone is damaged or not the device's");
    }
    size_t size = layout_tombstone_message(&tombstone, hash, message);
    if (crypto_verify(parcel->public_key, message, size, tombstone.signature) != KINMU_OK) {
        return refuse(err, header->chain, "the tombstone's signature is forged");
    }
    return KINMU_OK;
}

static int32_t check_payload(crypto *digest, const journal_parcel *parcel,
                             const journal_foreign_block *block, const layout_header *header,
                             const uint8_t hash[CRYPTO_HASH_SIZE], kinmu_err *err) {
    uint8_t payload_hash[CRYPTO_HASH_SIZE];
    if (block->payload == NULL) {
        return block->tombstone != NULL ? check_tombstone(parcel, block, header, hash, err)
                                        : KINMU_OK;
    }
    if (block->payload_size != header->payload_size) {
        return refuse(err, header->chain, "the payload has another size than its header says");
    }
    if (crypto_hash(digest, block->payload, block->payload_size, payload_hash) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    return memcmp(payload_hash, header->payload_hash, CRYPTO_HASH_SIZE) == 0
               ? KINMU_OK
               : refuse(err, header->chain, "the payload is not the one its header names");
}

/* One block behind `at`, which it moves on. Blocks the chain already has only move `at`'s hash
 * check: the last of them must be the one that is here. */
static int32_t check_block(crypto *digest, const journal_parcel *parcel,
                           const journal_foreign_block *block, journal_standing *at,
                           kinmu_err *err) {
    layout_header header;
    uint8_t hash[CRYPTO_HASH_SIZE];
    if (layout_header_decode(&header, block->header, block->header_size) != KINMU_OK) {
        return refuse(err, at->chain + 1, "the header is damaged");
    }
    if (header.chain != at->chain + 1) {
        return refuse(err, header.chain, "the blocks are not in the order of their numbers");
    }
    if (header.first_sequence != at->sequence + 1) {
        return refuse(err, header.chain,
                      "its events do not continue the block before: a part of the device's history "
                      "is missing");
    }
    if (memcmp(header.previous, at->hash, CRYPTO_HASH_SIZE) != 0) {
        return error_set(err, KINMU_E_CONFLICT, "journal.fork",
                         "block %llu: continues another block %llu than the one that is here: the "
                         "chain forked (a copied disk, or a machine set back to an older state)",
                         (unsigned long long)header.chain, (unsigned long long)at->chain);
    }
    if (header.decision != 0) {
        return refuse(err, header.chain, "a device cannot decide; only the hub writes records");
    }
    if (crypto_hash(digest, block->header, block->header_size, hash) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    int32_t status = check_payload(digest, parcel, block, &header, hash, err);
    at->chain = header.chain;
    at->sequence = header.last_sequence;
    memcpy(at->hash, hash, CRYPTO_HASH_SIZE);
    return status;
}

static int32_t check_head(const journal_parcel *parcel, const uint8_t origin[LAYOUT_ORIGIN_SIZE],
                          const journal_standing *at, kinmu_err *err) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_head head = {.chain = parcel->head_chain,
                        .sequence = parcel->head_sequence,
                        .unix_ns = parcel->head_unix_ns};
    memcpy(head.origin, origin, LAYOUT_ORIGIN_SIZE);
    memcpy(head.hash, parcel->head_hash, CRYPTO_HASH_SIZE);
    size_t size = layout_head_message(&head, message);
    if (crypto_verify(parcel->public_key, message, size, parcel->head_signature) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "journal.foreign",
                         "the head's signature is not the device's");
    }
    if (head.chain != at->chain || head.sequence != at->sequence ||
        memcmp(head.hash, at->hash, CRYPTO_HASH_SIZE) != 0) {
        return error_set(err, KINMU_E_REJECT, "journal.foreign",
                         "the head is not that of the last block sent");
    }
    return KINMU_OK;
}

/* The number a header claims; 0 when it cannot be read. */
static uint64_t number_of(const journal_foreign_block *block, uint8_t origin[LAYOUT_ORIGIN_SIZE]) {
    layout_header header;
    if (layout_header_decode(&header, block->header, block->header_size) != KINMU_OK) {
        return 0;
    }
    memcpy(origin, header.origin, LAYOUT_ORIGIN_SIZE);
    return header.chain;
}

/* Blocks that are here already, sent again because an answer was lost: only the newest of them is
 * compared, as its hash stands for all before. */
static int32_t pass_known(crypto *digest, const journal_standing *before,
                          const journal_parcel *parcel, uint32_t *first, kinmu_err *err) {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];
    *first = 0;
    while (*first < parcel->block_count) {
        const journal_foreign_block *block = &parcel->blocks[*first];
        uint64_t number = number_of(block, origin);
        if (number == 0 || number > before->chain) {
            break;
        }
        if (number == before->chain) {
            if (crypto_hash(digest, block->header, block->header_size, hash) != KINMU_OK) {
                return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
            }
            if (memcmp(hash, before->hash, CRYPTO_HASH_SIZE) != 0) {
                return error_set(err, KINMU_E_CONFLICT, "journal.fork",
                                 "block %llu: another block with this number is here: the chain "
                                 "forked (a copied disk, or a machine set back to an older state)",
                                 (unsigned long long)number);
            }
        }
        ++*first;
    }
    return KINMU_OK;
}

int32_t intake_check(crypto *digest, const journal_standing *before, const journal_parcel *parcel,
                     uint32_t *first, journal_standing *after, kinmu_err *err) {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t named[LAYOUT_ORIGIN_SIZE];
    *after = *before;
    if (parcel->block_count > JOURNAL_PARCEL_BLOCKS_MAX ||
        parcel->key_count > JOURNAL_PARCEL_KEYS_MAX) {
        return error_set(err, KINMU_E_REJECT, "journal.foreign", "too many blocks or keys at once");
    }
    if (device_origin(parcel->public_key, origin) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    for (uint32_t i = 0; i < parcel->block_count; i++) {
        if (number_of(&parcel->blocks[i], named) != 0 &&
            memcmp(named, origin, LAYOUT_ORIGIN_SIZE) != 0) {
            return error_set(err, KINMU_E_REJECT, "journal.foreign",
                             "a block names another device as its origin");
        }
    }
    int32_t status = pass_known(digest, before, parcel, first, err);
    if (status != KINMU_OK) {
        return status;
    }
    uint64_t next = *first < parcel->block_count ? number_of(&parcel->blocks[*first], named) : 0;
    if (next > before->chain + 1 ||
        (parcel->block_count == 0 && parcel->head_chain > before->chain)) {
        return error_set(err, KINMU_E_STATE, "journal.gap", "blocks from %llu on are missing",
                         (unsigned long long)before->chain + 1);
    }
    for (uint32_t i = *first; status == KINMU_OK && i < parcel->block_count; i++) {
        status = check_block(digest, parcel, &parcel->blocks[i], after, err);
    }
    if (status != KINMU_OK) {
        *after = *before;
        return status;
    }
    /* An old head says nothing new; it may belong to a parcel that is all known. */
    if (*first < parcel->block_count || parcel->head_chain == before->chain) {
        status = check_head(parcel, origin, after, err);
    }
    if (status != KINMU_OK) {
        *after = *before;
    }
    return status;
}

/* ---- packing ---- */

static uint64_t size_of(const journal_parcel *parcel, uint32_t first) {
    uint64_t size = 0;
    for (uint32_t i = first; i < parcel->block_count; i++) {
        const journal_foreign_block *block = &parcel->blocks[i];
        size += (uint64_t)block->header_size + block->payload_size + LAYOUT_TOMBSTONE_SIZE;
    }
    return size;
}

static const uint8_t *keep(uint8_t **to, const uint8_t *from, uint32_t size) {
    uint8_t *kept = *to;
    if (from == NULL) {
        return NULL;
    }
    memcpy(kept, from, size);
    *to += size;
    return kept;
}

intake_parcel *intake_pack(const journal_parcel *parcel, uint32_t first) {
    uint64_t bytes = size_of(parcel, first);
    intake_parcel *packed = calloc(1, sizeof *packed + bytes);
    uint32_t count = parcel->block_count - first;
    if (packed == NULL) {
        return NULL;
    }
    packed->blocks = calloc(count + 1u, sizeof *packed->blocks);
    packed->keys = calloc(parcel->key_count + 1u, sizeof *packed->keys);
    if (packed->blocks == NULL || packed->keys == NULL) {
        intake_parcel_free(packed);
        return NULL;
    }
    uint8_t *to = packed->data;
    for (uint32_t i = 0; i < count; i++) {
        const journal_foreign_block *from = &parcel->blocks[first + i];
        intake_block *block = &packed->blocks[i];
        block->header = keep(&to, from->header, from->header_size);
        block->header_size = from->header_size;
        block->payload = keep(&to, from->payload, from->payload_size);
        block->payload_size = from->payload != NULL ? from->payload_size : 0;
        block->tombstone =
            from->payload == NULL ? keep(&to, from->tombstone, LAYOUT_TOMBSTONE_SIZE) : NULL;
    }
    for (uint32_t i = 0; i < parcel->key_count; i++) {
        packed->keys[i] = parcel->keys[i];
    }
    packed->block_count = count;
    packed->key_count = parcel->key_count;
    packed->bytes = bytes + sizeof *packed + parcel->key_count * sizeof *packed->keys;
    packed->contact = parcel->contact;
    packed->head.chain = parcel->head_chain;
    packed->head.sequence = parcel->head_sequence;
    packed->head.unix_ns = parcel->head_unix_ns;
    memcpy(packed->head.hash, parcel->head_hash, CRYPTO_HASH_SIZE);
    memcpy(packed->head.signature, parcel->head_signature, CRYPTO_SIGNATURE_SIZE);
    return packed;
}

void intake_parcel_free(intake_parcel *parcel) {
    if (parcel != NULL) {
        if (parcel->keys != NULL) {
            crypto_wipe(parcel->keys, parcel->key_count * sizeof *parcel->keys);
        }
        free(parcel->keys);
        free(parcel->blocks);
        free(parcel);
    }
}
