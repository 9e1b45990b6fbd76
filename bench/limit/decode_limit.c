/* bench/limit/decode_limit.c - the bare work of reading blocks back: AES-256-GCM open, zstd, and
 * one walk over the MessagePack that skips every value. Blocks stay in memory. Argument: SECONDS.
 */
#include "measure.h"
#include "sample.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define EVENTS 440u /* about 64 KiB */
#define ROOM 131072u

static EVP_CIPHER_CTX *cipher;
static uint8_t sealed[ROOM], packed[ROOM], plain[ROOM];
static const uint8_t key[32] = {1}, nonce[12] = {2};

static size_t seal(const buffer *events) {
    int written;
    size_t size = ZSTD_compress(packed, sizeof packed, events->data, events->size, 1);
    EVP_EncryptInit_ex2(cipher, EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), key, nonce, NULL);
    EVP_EncryptUpdate(cipher, sealed, &written, packed, (int)size);
    EVP_EncryptFinal_ex(cipher, sealed + size, &written);
    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, sealed + size);
    EVP_DecryptInit_ex2(cipher, EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), key, nonce, NULL);
    return size;
}

static size_t value_size(const uint8_t *at) { /* of the kinds a block holds */
    static const uint8_t sizes[32] = {1, 1, 1, 1, 2, 3, 5, 0, 0, 0, 5, 9, 2, 3, 5, 9,
                                      2, 3, 5, 9, 0, 0, 0, 0, 0, 2, 3, 5, 3, 5, 0, 0};
    uint8_t first = *at;
    if (first < 0xa0 || first >= 0xe0) {
        return 1;
    }
    if (first < 0xc0) {
        return 1u + (first & 31u);
    }
    return first == 0xd9 ? 2u + at[1] : sizes[first - 0xc0];
}

static uint64_t walk(size_t size) {
    uint64_t values = 0;
    for (size_t at = 0; at < size; at += value_size(plain + at)) {
        values++;
    }
    return values;
}

int main(int argc, char **argv) {
    static size_t offsets[EVENTS + 1];
    const schema_info *info;
    buffer events;
    int written;
    uint64_t blocks = 0, values = 0;
    measure_must(argc != 2, argv[0], "SECONDS");
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    cipher = EVP_CIPHER_CTX_new();
    sample_registry(&info);
    sample_encode(info, EVENTS, &events, offsets);
    size_t size = seal(&events);
    double begin = measure_now_s(), seconds = strtod(argv[1], NULL), spent;
    do {
        EVP_DecryptInit_ex2(cipher, NULL, NULL, nonce, NULL);
        EVP_DecryptUpdate(cipher, packed, &written, sealed, (int)size);
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, 16, sealed + size);
        measure_must(EVP_DecryptFinal_ex(cipher, packed + size, &written) != 1, "open", "refused");
        values += walk(ZSTD_decompressDCtx(zstd, plain, sizeof plain, packed, size));
        blocks++;
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    measure_must(values < blocks * EVENTS * SAMPLE_FIELDS, "walk", "found too few values");
    measure_print("limit.decode", (double)(blocks * EVENTS) / spent);
    return 0;
}
