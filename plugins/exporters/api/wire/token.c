/* api/wire/token.c - see token.h. */
#include "wire/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#define ID_BYTES ((TOKEN_ID_SIZE - 1) / 2)
#define SECRET_BYTES_MAX 32u

static const struct {
    const char *prefix;
    size_t secret_bytes;
} kinds[] = {
    [TOKEN_PROGRAM] = {"kinmu_", 20},
    [TOKEN_SESSION] = {"kinmu_s_", SECRET_BYTES_MAX},
    [TOKEN_INVITE] = {"kinmu_i_", 20},
};

void token_hex(char *out, const uint8_t *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

int32_t token_make(int32_t kind, char text[TOKEN_SIZE], char id[TOKEN_ID_SIZE]) {
    uint8_t bytes[ID_BYTES + SECRET_BYTES_MAX];
    char secret[2 * SECRET_BYTES_MAX + 1];
    size_t size = kinds[kind].secret_bytes;
    if (RAND_bytes(bytes, (int)(ID_BYTES + size)) != 1) {
        return 0;
    }
    token_hex(id, bytes, ID_BYTES);
    token_hex(secret, bytes + ID_BYTES, size);
    (void)snprintf(text, TOKEN_SIZE, "%s%s_%s", kinds[kind].prefix, id, secret);
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(secret, sizeof secret);
    return 1;
}

int32_t token_make_id(char id[TOKEN_ID_SIZE]) {
    uint8_t bytes[ID_BYTES];
    if (RAND_bytes(bytes, (int)sizeof bytes) != 1) {
        return 0;
    }
    token_hex(id, bytes, ID_BYTES);
    return 1;
}

static int32_t is_hex(const char *text, size_t size) {
    return strspn(text, "0123456789abcdef") >= size;
}

int32_t token_parse(int32_t kind, const char *text, char id[TOKEN_ID_SIZE]) {
    const char *prefix = kinds[kind].prefix;
    size_t secret_size = 2 * kinds[kind].secret_bytes;
    const char *at = text + strlen(prefix);
    if (strncmp(text, prefix, strlen(prefix)) != 0 || strlen(at) != TOKEN_ID_SIZE + secret_size ||
        !is_hex(at, TOKEN_ID_SIZE - 1) || at[TOKEN_ID_SIZE - 1] != '_' ||
        !is_hex(at + TOKEN_ID_SIZE, secret_size)) {
        return 0;
    }
    memcpy(id, at, TOKEN_ID_SIZE - 1);
    id[TOKEN_ID_SIZE - 1] = '\0';
    return 1;
}

int32_t token_hash(const void *data, size_t size, uint8_t sha256[TOKEN_HASH_SIZE]) {
    return EVP_Digest(data, size, sha256, NULL, EVP_sha256(), NULL) == 1;
}

int32_t token_is_same(const uint8_t *a, const uint8_t *b, size_t size) {
    return CRYPTO_memcmp(a, b, size) == 0;
}
