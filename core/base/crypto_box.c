/* base/crypto_box.c - sealed boxes: X25519, HKDF-SHA-256, AES-256-GCM. See crypto.h.
 *
 * Each box has an ephemeral key of its own, so the derived key is used once and its nonce may be
 * derived with it. Nothing says who sealed a box: whoever needs that signs it. */
#include "base/crypto.h"

#include <openssl/evp.h>
#include <string.h>

#define MATERIAL_SIZE (CRYPTO_KEY_SIZE + CRYPTO_NONCE_SIZE)

int32_t crypto_box_public(const uint8_t secret[CRYPTO_KEY_SIZE],
                          uint8_t public_key[CRYPTO_PUBLIC_SIZE]) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, CRYPTO_KEY_SIZE);
    size_t size = CRYPTO_PUBLIC_SIZE;
    int32_t done = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &size) == 1;
    EVP_PKEY_free(key);
    return done ? KINMU_OK : KINMU_E_NOMEM;
}

/* The shared point. OpenSSL refuses one that is all zero, which a point of small order would give.
 */
static int32_t agree(const uint8_t secret[CRYPTO_KEY_SIZE], const uint8_t peer[CRYPTO_PUBLIC_SIZE],
                     uint8_t shared[CRYPTO_KEY_SIZE]) {
    EVP_PKEY *ours = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, CRYPTO_KEY_SIZE);
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, CRYPTO_PUBLIC_SIZE);
    EVP_PKEY_CTX *context = ours != NULL ? EVP_PKEY_CTX_new(ours, NULL) : NULL;
    size_t size = CRYPTO_KEY_SIZE;
    int32_t done = context != NULL && theirs != NULL && EVP_PKEY_derive_init(context) == 1 &&
                   EVP_PKEY_derive_set_peer(context, theirs) == 1 &&
                   EVP_PKEY_derive(context, shared, &size) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(ours);
    return done ? KINMU_OK : KINMU_E_REJECT;
}

static int32_t expand(const uint8_t shared[CRYPTO_KEY_SIZE],
                      const uint8_t ephemeral[CRYPTO_PUBLIC_SIZE],
                      const uint8_t recipient[CRYPTO_PUBLIC_SIZE], const char *info,
                      uint8_t material[MATERIAL_SIZE]) {
    uint8_t salt[2 * CRYPTO_PUBLIC_SIZE];
    memcpy(salt, ephemeral, CRYPTO_PUBLIC_SIZE);
    memcpy(salt + CRYPTO_PUBLIC_SIZE, recipient, CRYPTO_PUBLIC_SIZE);
    return crypto_derive(shared, CRYPTO_KEY_SIZE, salt, sizeof salt, info, strlen(info), material,
                         MATERIAL_SIZE);
}

static int32_t encrypt(const uint8_t material[MATERIAL_SIZE], const void *plain, size_t size,
                       uint8_t *text) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    int32_t done =
        context != NULL &&
        EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), material, material + CRYPTO_KEY_SIZE,
                            NULL) == 1 &&
        (size == 0 || EVP_EncryptUpdate(context, text, &written, plain, (int)size) == 1) &&
        EVP_EncryptFinal_ex(context, text + size, &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG_SIZE, text + size) == 1;
    EVP_CIPHER_CTX_free(context);
    return done ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t decrypt(const uint8_t material[MATERIAL_SIZE], const uint8_t *text, size_t size,
                       uint8_t *out) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t tag[CRYPTO_TAG_SIZE];
    uint8_t rest[CRYPTO_TAG_SIZE]; /* GCM leaves nothing for the end, but needs a place for it */
    int written = 0;
    memcpy(tag, text + size, sizeof tag);
    int32_t done = context != NULL &&
                   EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), material,
                                       material + CRYPTO_KEY_SIZE, NULL) == 1 &&
                   (size == 0 || EVP_DecryptUpdate(context, out, &written, text, (int)size) == 1) &&
                   EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG_SIZE, tag) == 1 &&
                   EVP_DecryptFinal_ex(context, rest, &written) == 1;
    EVP_CIPHER_CTX_free(context);
    return done ? KINMU_OK : KINMU_E_REJECT;
}

int32_t crypto_box_seal(const uint8_t public_key[CRYPTO_PUBLIC_SIZE], const char *context,
                        const void *plain, size_t size, uint8_t *out) {
    uint8_t secret[CRYPTO_KEY_SIZE];
    uint8_t shared[CRYPTO_KEY_SIZE];
    uint8_t material[MATERIAL_SIZE];
    int32_t status = size > INT32_MAX ? KINMU_E_REJECT : crypto_random(secret, sizeof secret);
    if (status == KINMU_OK) {
        status = crypto_box_public(secret, out);
    }
    if (status == KINMU_OK) {
        status = agree(secret, public_key, shared);
    }
    if (status == KINMU_OK) {
        status = expand(shared, out, public_key, context, material);
    }
    if (status == KINMU_OK) {
        status = encrypt(material, plain, size, out + CRYPTO_PUBLIC_SIZE);
    }
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(shared, sizeof shared);
    crypto_wipe(material, sizeof material);
    return status;
}

int32_t crypto_box_open(const uint8_t secret[CRYPTO_KEY_SIZE], const char *context,
                        const void *sealed, size_t size, uint8_t *out) {
    const uint8_t *ephemeral = sealed;
    uint8_t own[CRYPTO_PUBLIC_SIZE];
    uint8_t shared[CRYPTO_KEY_SIZE];
    uint8_t material[MATERIAL_SIZE];
    if (size < CRYPTO_BOX_OVERHEAD || size > INT32_MAX) {
        return KINMU_E_REJECT;
    }
    size_t plain_size = size - CRYPTO_BOX_OVERHEAD;
    int32_t status = crypto_box_public(secret, own);
    if (status == KINMU_OK) {
        status = agree(secret, ephemeral, shared);
    }
    if (status == KINMU_OK) {
        status = expand(shared, ephemeral, own, context, material);
    }
    if (status == KINMU_OK) {
        status = decrypt(material, ephemeral + CRYPTO_PUBLIC_SIZE, plain_size, out);
        if (status != KINMU_OK) {
            crypto_wipe(out, plain_size);
        }
    }
    crypto_wipe(shared, sizeof shared);
    crypto_wipe(material, sizeof material);
    return status;
}
