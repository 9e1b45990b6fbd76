/* api/access/factor_key.c - see factor_key.h. Sealed is: version 1, a random nonce of 12 bytes, the
 * secret encrypted, a tag of 16 bytes; the person is authenticated with it. */
#include "access/factor_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#define VERSION 1u
#define NONCE_SIZE 12
#define AT_NONCE 1
#define AT_SECRET (AT_NONCE + NONCE_SIZE)
#define AT_TAG (AT_SECRET + (int)TOTP_SECRET_SIZE)
#define TAG_SIZE 16

static int32_t mac(const void *key, size_t key_size, const char *one, const char *two,
                   uint8_t out[32]) {
    char text[160];
    uint32_t size = 32;
    size_t first = strlen(one) + 1; /* with its NUL: where one ends and two begins is plain */
    if (first + strlen(two) >= sizeof text) {
        return 0;
    }
    memcpy(text, one, first);
    memcpy(text + first, two, strlen(two) + 1);
    return HMAC(EVP_sha256(), key, (int)key_size, (const uint8_t *)text, first + strlen(two), out,
                &size) != NULL;
}

int32_t factor_key_make(factor_key *key, const char *text) {
    return strlen(text) >= FACTOR_KEY_CHARACTERS_MIN &&
           mac(text, strlen(text), "kinmu second factor", "seal", key->seal) &&
           mac(text, strlen(text), "kinmu second factor", "recovery", key->recovery);
}

int32_t factor_seal(const factor_key *key, const char *person,
                    const uint8_t secret[TOTP_SECRET_SIZE], uint8_t sealed[FACTOR_SEALED_SIZE]) {
    int size = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    sealed[0] = VERSION;
    int32_t is_done =
        c != NULL && RAND_bytes(sealed + AT_NONCE, NONCE_SIZE) == 1 &&
        EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key->seal, sealed + AT_NONCE) == 1 &&
        EVP_EncryptUpdate(c, NULL, &size, (const uint8_t *)person, (int)strlen(person)) == 1 &&
        EVP_EncryptUpdate(c, sealed + AT_SECRET, &size, secret, (int)TOTP_SECRET_SIZE) == 1 &&
        EVP_EncryptFinal_ex(c, sealed + AT_TAG, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, sealed + AT_TAG) == 1;
    EVP_CIPHER_CTX_free(c);
    return is_done;
}

int32_t factor_unseal(const factor_key *key, const char *person, const uint8_t *sealed, size_t size,
                      uint8_t secret[TOTP_SECRET_SIZE]) {
    uint8_t tag[TAG_SIZE];
    uint8_t end[TAG_SIZE];
    int written = 0;
    if (size != FACTOR_SEALED_SIZE || sealed[0] != VERSION) {
        return 0;
    }
    memcpy(tag, sealed + AT_TAG, sizeof tag);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int32_t is_same =
        c != NULL &&
        EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key->seal, sealed + AT_NONCE) == 1 &&
        EVP_DecryptUpdate(c, NULL, &written, (const uint8_t *)person, (int)strlen(person)) == 1 &&
        EVP_DecryptUpdate(c, secret, &written, sealed + AT_SECRET, (int)TOTP_SECRET_SIZE) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
        EVP_DecryptFinal_ex(c, end, &written) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!is_same) {
        OPENSSL_cleanse(secret, TOTP_SECRET_SIZE);
    }
    return is_same;
}

int32_t factor_hash(const factor_key *key, const char *person, const char *code,
                    uint8_t hash[FACTOR_HASH_SIZE]) {
    return mac(key->recovery, sizeof key->recovery, person, code, hash);
}

int32_t factor_hash_find(const uint8_t *hashes, size_t size, const uint8_t hash[FACTOR_HASH_SIZE]) {
    int32_t found = -1;
    for (size_t at = 0; at + FACTOR_HASH_SIZE <= size; at += FACTOR_HASH_SIZE) {
        found = CRYPTO_memcmp(hashes + at, hash, FACTOR_HASH_SIZE) == 0
                    ? (int32_t)(at / FACTOR_HASH_SIZE)
                    : found;
    }
    return found;
}
