/* header_fuzz.c - any bytes as a block header or a tombstone of the journal: refused, or decoded
 * into what encodes to the same bytes, so that no two headers mean the same. */
#include "fuzz.h"

#include "journal/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    layout_header header;
    layout_tombstone tombstone;
    if (layout_header_decode(&header, data, size) == KINMU_OK) {
        uint8_t again[LAYOUT_HEADER_BYTES_MAX];
        FUZZ_REQUIRE(header.chain > 0 && header.first_sequence <= header.last_sequence);
        FUZZ_REQUIRE(layout_header_encode(&header, again) == size);
        FUZZ_REQUIRE(memcmp(again, data, size) == 0);
    }
    if (layout_tombstone_decode(&tombstone, data, size) == KINMU_OK) {
        uint8_t again[LAYOUT_TOMBSTONE_SIZE];
        uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
        static const uint8_t hash[CRYPTO_HASH_SIZE];
        layout_tombstone_encode(&tombstone, again);
        FUZZ_REQUIRE(size == sizeof again && memcmp(again, data, size) == 0);
        FUZZ_REQUIRE(layout_tombstone_message(&tombstone, hash, message) <= sizeof message);
    }
    return 0;
}
