/* journal/layout.c - see layout.h. */
#include "journal/layout.h"

#include "journal/journal.h"

#include <string.h>

static const char tombstone_context[] = "kinmu tombstone 1\n";
static const char head_context[] = "kinmu head 1\n";
static const char countersign_context[] = "kinmu countersign 1\n";

uint8_t *layout_put(uint8_t *to, const void *data, size_t size) {
    memcpy(to, data, size);
    return to + size;
}

uint8_t *layout_put_u32(uint8_t *to, uint32_t number) {
    for (uint32_t i = 0; i < 4; i++) {
        *to++ = (uint8_t)(number >> (8 * i));
    }
    return to;
}

uint8_t *layout_put_u64(uint8_t *to, uint64_t number) {
    return layout_put_u32(layout_put_u32(to, (uint32_t)number), (uint32_t)(number >> 32));
}

const uint8_t *layout_take_u32(const uint8_t *from, uint32_t *number) {
    *number = (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
              (uint32_t)from[3] << 24;
    return from + 4;
}

const uint8_t *layout_take_u64(const uint8_t *from, uint64_t *number) {
    uint32_t low, high;
    from = layout_take_u32(layout_take_u32(from, &low), &high);
    *number = (uint64_t)high << 32 | low;
    return from;
}

static const uint8_t *take(const uint8_t *from, void *data, size_t size) {
    memcpy(data, from, size);
    return from + size;
}

size_t layout_header_encode(const layout_header *header, uint8_t out[LAYOUT_HEADER_BYTES_MAX]) {
    size_t purpose_size = strlen(header->purpose);
    uint8_t *to = out;
    *to++ = LAYOUT_VERSION;
    to = layout_put(to, header->origin, LAYOUT_ORIGIN_SIZE);
    to = layout_put_u64(to, header->chain);
    to = layout_put(to, header->key_id, LAYOUT_KEY_ID_SIZE);
    *to++ = (uint8_t)purpose_size;
    to = layout_put(to, header->purpose, purpose_size);
    to = layout_put_u64(to, header->first_sequence);
    to = layout_put_u64(to, header->last_sequence);
    to = layout_put_u64(to, header->decision);
    to = layout_put_u32(to, header->payload_size);
    to = layout_put(to, header->payload_hash, CRYPTO_HASH_SIZE);
    to = layout_put(to, header->previous, CRYPTO_HASH_SIZE);
    return (size_t)(to - out);
}

int32_t layout_header_decode(layout_header *header, const void *data, size_t size) {
    const uint8_t *from = data;
    if (data == NULL || size < LAYOUT_HEADER_FIXED || from[0] != LAYOUT_VERSION) {
        return KINMU_E_REJECT;
    }
    from = take(from + 1, header->origin, LAYOUT_ORIGIN_SIZE);
    from = layout_take_u64(from, &header->chain);
    from = take(from, header->key_id, LAYOUT_KEY_ID_SIZE);
    size_t purpose_size = *from++;
    if (purpose_size > KINMU_NAME_BYTES_MAX || size != LAYOUT_HEADER_FIXED + purpose_size ||
        memchr(from, 0, purpose_size) != NULL) {
        return KINMU_E_REJECT;
    }
    from = take(from, header->purpose, purpose_size);
    header->purpose[purpose_size] = '\0';
    from = layout_take_u64(from, &header->first_sequence);
    from = layout_take_u64(from, &header->last_sequence);
    from = layout_take_u64(from, &header->decision);
    from = layout_take_u32(from, &header->payload_size);
    from = take(from, header->payload_hash, CRYPTO_HASH_SIZE);
    take(from, header->previous, CRYPTO_HASH_SIZE);
    int32_t sound = header->chain > 0 && header->first_sequence > 0 &&
                    header->last_sequence >= header->first_sequence;
    return sound ? KINMU_OK : KINMU_E_REJECT;
}

void layout_tombstone_encode(const layout_tombstone *tombstone,
                             uint8_t out[LAYOUT_TOMBSTONE_SIZE]) {
    uint8_t *to = out;
    *to++ = LAYOUT_VERSION;
    *to++ = tombstone->kind;
    to = layout_put_u64(to, (uint64_t)tombstone->unix_ns);
    to = layout_put(to, tombstone->signer, LAYOUT_ORIGIN_SIZE);
    layout_put(to, tombstone->signature, CRYPTO_SIGNATURE_SIZE);
}

int32_t layout_tombstone_decode(layout_tombstone *tombstone, const void *data, size_t size) {
    const uint8_t *from = data;
    uint64_t unix_ns;
    if (data == NULL || size != LAYOUT_TOMBSTONE_SIZE || from[0] != LAYOUT_VERSION ||
        (from[1] != JOURNAL_BLOCK_ERASED && from[1] != JOURNAL_BLOCK_FOLDED &&
         from[1] != JOURNAL_BLOCK_WITHHELD)) {
        return KINMU_E_REJECT;
    }
    tombstone->kind = from[1];
    from = layout_take_u64(from + 2, &unix_ns);
    tombstone->unix_ns = (int64_t)unix_ns;
    from = take(from, tombstone->signer, LAYOUT_ORIGIN_SIZE);
    take(from, tombstone->signature, CRYPTO_SIGNATURE_SIZE);
    return KINMU_OK;
}

size_t layout_tombstone_message(const layout_tombstone *tombstone,
                                const uint8_t header_hash[CRYPTO_HASH_SIZE],
                                uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]) {
    uint8_t *to = layout_put(out, tombstone_context, sizeof tombstone_context - 1);
    *to++ = tombstone->kind;
    to = layout_put_u64(to, (uint64_t)tombstone->unix_ns);
    to = layout_put(to, header_hash, CRYPTO_HASH_SIZE);
    return (size_t)(to - out);
}

static size_t place_message(const char *context, size_t context_size, const layout_head *head,
                            uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]) {
    uint8_t *to = layout_put(out, context, context_size);
    to = layout_put(to, head->origin, LAYOUT_ORIGIN_SIZE);
    to = layout_put_u64(to, head->chain);
    to = layout_put_u64(to, head->sequence);
    to = layout_put(to, head->hash, CRYPTO_HASH_SIZE);
    to = layout_put_u64(to, (uint64_t)head->unix_ns);
    return (size_t)(to - out);
}

size_t layout_head_message(const layout_head *head, uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]) {
    return place_message(head_context, sizeof head_context - 1, head, out);
}

size_t layout_countersign_message(const layout_head *head, uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]) {
    return place_message(countersign_context, sizeof countersign_context - 1, head, out);
}

size_t layout_restore_message(const layout_restore *restore,
                              uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]) {
    static const char context[] = "kinmu restore 1\n";
    uint8_t *to = layout_put(out, context, sizeof context - 1);
    to = layout_put(to, restore->origin, LAYOUT_ORIGIN_SIZE);
    to = layout_put_u64(to, restore->chain);
    to = layout_put_u64(to, restore->sequence);
    to = layout_put(to, restore->hash, CRYPTO_HASH_SIZE);
    to = layout_put_u64(to, restore->to_chain);
    to = layout_put_u64(to, restore->to_sequence);
    to = layout_put_u64(to, (uint64_t)restore->unix_ns);
    return (size_t)(to - out);
}
