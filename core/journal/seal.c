/* journal/seal.c - see seal.h. */
#include "journal/seal.h"

#include <string.h>

#define LEVEL 1 /* higher levels cost more than they save on these blocks */

int32_t seal_init(sealer *s) {
    memset(s, 0, sizeof *s);
    return crypto_create(&s->crypto);
}

void seal_finish(sealer *s) {
    crypto_destroy(s->crypto);
    ZSTD_freeCCtx(s->compressor);
    ZSTD_freeDCtx(s->decompressor);
    buffer_wipe(&s->sealed);
    buffer_wipe(&s->plain);
    memset(s, 0, sizeof *s);
}

/* Compresses to where the cipher text will stand, behind the nonce; encryption works in place. */
static int32_t compress(sealer *s, const buffer *payload, size_t *size) {
    if (s->compressor == NULL) {
        s->compressor = ZSTD_createCCtx();
        if (s->compressor == NULL ||
            ZSTD_isError(ZSTD_CCtx_setParameter(s->compressor, ZSTD_c_compressionLevel, LEVEL))) {
            return KINMU_E_RETRY;
        }
    }
    size_t bound = ZSTD_compressBound(payload->size);
    buffer_clear(&s->sealed);
    uint8_t *room = buffer_reserve(&s->sealed, bound + CRYPTO_SEAL_OVERHEAD);
    if (room == NULL) {
        return KINMU_E_RETRY;
    }
    *size = ZSTD_compress2(s->compressor, room + CRYPTO_NONCE_SIZE, bound, payload->data,
                           payload->size);
    return ZSTD_isError(*size) ? KINMU_E_RETRY : KINMU_OK;
}

int32_t seal_block(sealer *s, seal_chain *chain, const queue_block *block, seal_result *out) {
    size_t size = 0;
    int32_t status = compress(s, &block->writer.out, &size);
    if (status != KINMU_OK) {
        return status;
    }
    layout_header *header = &out->header;
    memset(header, 0, sizeof *header);
    memcpy(header->origin, chain->origin, LAYOUT_ORIGIN_SIZE);
    memcpy(header->key_id, block->key.id, LAYOUT_KEY_ID_SIZE);
    memcpy(header->purpose, block->purpose, sizeof header->purpose);
    memcpy(header->previous, chain->hash, CRYPTO_HASH_SIZE);
    header->chain = chain->chain + 1;
    header->first_sequence = chain->sequence + 1;
    header->last_sequence = chain->sequence + block->writer.event_count;
    header->decision = block->decision;
    header->payload_size = (uint32_t)(size + CRYPTO_SEAL_OVERHEAD);
    out->payload = s->sealed.data;
    out->payload_size = header->payload_size;
    out->header_size = layout_header_encode(header, out->header_bytes);
    size_t bound_size = out->header_size - LAYOUT_LINKS_SIZE;
    status = crypto_seal(s->crypto, block->key.key, out->header_bytes, bound_size,
                         s->sealed.data + CRYPTO_NONCE_SIZE, size, s->sealed.data);
    if (status == KINMU_OK) {
        status = crypto_hash(s->crypto, out->payload, out->payload_size, header->payload_hash);
        memcpy(out->header_bytes + bound_size, header->payload_hash, CRYPTO_HASH_SIZE);
    }
    uint8_t hash[CRYPTO_HASH_SIZE];
    if (status == KINMU_OK) {
        status = crypto_hash(s->crypto, out->header_bytes, out->header_size, hash);
    }
    if (status != KINMU_OK) {
        return KINMU_E_RETRY;
    }
    chain->chain = header->chain;
    chain->sequence = header->last_sequence;
    memcpy(chain->hash, hash, CRYPTO_HASH_SIZE);
    return KINMU_OK;
}

static int32_t decompress(sealer *s, const uint8_t *from, size_t from_size, const uint8_t **plain,
                          size_t *plain_size) {
    unsigned long long size = ZSTD_getFrameContentSize(from, from_size);
    if (size > SEAL_PAYLOAD_BYTES_MAX) { /* also unknown and error, which are huge */
        return KINMU_E_REJECT;
    }
    if (s->decompressor == NULL) {
        s->decompressor = ZSTD_createDCtx();
    }
    buffer_clear(&s->plain);
    uint8_t *room = buffer_reserve(&s->plain, (size_t)size + 1);
    if (s->decompressor == NULL || room == NULL) {
        return KINMU_E_NOMEM;
    }
    size_t done = ZSTD_decompressDCtx(s->decompressor, room, (size_t)size, from, from_size);
    if (ZSTD_isError(done) || done != size) {
        return KINMU_E_REJECT;
    }
    s->plain.size = done;
    *plain = room;
    *plain_size = done;
    return KINMU_OK;
}

int32_t seal_open(sealer *s, const uint8_t key[CRYPTO_KEY_SIZE], const void *header,
                  size_t header_size, const void *payload, size_t payload_size,
                  const uint8_t **plain, size_t *plain_size) {
    if (header_size < LAYOUT_HEADER_FIXED || payload_size < CRYPTO_SEAL_OVERHEAD ||
        payload_size > SEAL_SEALED_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    buffer_clear(&s->sealed);
    uint8_t *room = buffer_reserve(&s->sealed, payload_size);
    if (room == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = crypto_open(s->crypto, key, header, header_size - LAYOUT_LINKS_SIZE, payload,
                                 payload_size, room);
    if (status == KINMU_OK) {
        status = decompress(s, room, payload_size - CRYPTO_SEAL_OVERHEAD, plain, plain_size);
    }
    return status;
}
