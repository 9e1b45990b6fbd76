/* base/crypto.c - see crypto.h. Algorithms are fetched once per context: fetching per call costs
 * four times the work itself. */
#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct crypto {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *sealing;
    EVP_CIPHER_CTX *opening;
    EVP_MD *digest;
    EVP_MD_CTX *hashing;
};

int32_t crypto_create(crypto **out) {
    crypto *c = calloc(1, sizeof *c);
    *out = c;
    if (c == NULL) {
        return KINMU_E_NOMEM;
    }
    c->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    c->digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    c->sealing = EVP_CIPHER_CTX_new();
    c->opening = EVP_CIPHER_CTX_new();
    c->hashing = EVP_MD_CTX_new();
    if (c->cipher == NULL || c->digest == NULL || c->sealing == NULL || c->opening == NULL ||
        c->hashing == NULL || EVP_EncryptInit_ex2(c->sealing, c->cipher, NULL, NULL, NULL) != 1 ||
        EVP_DecryptInit_ex2(c->opening, c->cipher, NULL, NULL, NULL) != 1) {
        crypto_destroy(c);
        *out = NULL;
        return KINMU_E_NOMEM;
    }
    return KINMU_OK;
}

void crypto_destroy(crypto *c) {
    if (c == NULL) {
        return;
    }
    EVP_CIPHER_CTX_free(c->sealing);
    EVP_CIPHER_CTX_free(c->opening);
    EVP_MD_CTX_free(c->hashing);
    EVP_CIPHER_free(c->cipher);
    EVP_MD_free(c->digest);
    free(c);
}

int32_t crypto_seal(crypto *c, const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_size,
                    const void *plain, size_t size, uint8_t *out) {
    int written = 0;
    uint8_t *text = out + CRYPTO_NONCE_SIZE;
    if (size > INT32_MAX || aad_size > INT32_MAX) {
        return KINMU_E_REJECT;
    }
    if (RAND_bytes(out, CRYPTO_NONCE_SIZE) != 1 ||
        EVP_EncryptInit_ex2(c->sealing, NULL, key, out, NULL) != 1 ||
        (aad_size > 0 && EVP_EncryptUpdate(c->sealing, NULL, &written, aad, (int)aad_size) != 1) ||
        EVP_EncryptUpdate(c->sealing, text, &written, plain, (int)size) != 1 ||
        EVP_EncryptFinal_ex(c->sealing, text + size, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->sealing, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG_SIZE, text + size) != 1) {
        return KINMU_E_NOMEM;
    }
    return KINMU_OK;
}

int32_t crypto_open(crypto *c, const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_size,
                    const void *sealed, size_t size, uint8_t *out) {
    int written = 0;
    if (size < CRYPTO_SEAL_OVERHEAD || size > INT32_MAX || aad_size > INT32_MAX) {
        return KINMU_E_REJECT;
    }
    const uint8_t *text = (const uint8_t *)sealed + CRYPTO_NONCE_SIZE;
    size_t text_size = size - CRYPTO_SEAL_OVERHEAD;
    uint8_t tag[CRYPTO_TAG_SIZE];
    memcpy(tag, text + text_size, sizeof tag);
    if (EVP_DecryptInit_ex2(c->opening, NULL, key, sealed, NULL) != 1 ||
        (aad_size > 0 && EVP_DecryptUpdate(c->opening, NULL, &written, aad, (int)aad_size) != 1) ||
        EVP_DecryptUpdate(c->opening, out, &written, text, (int)text_size) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->opening, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG_SIZE, tag) != 1 ||
        EVP_DecryptFinal_ex(c->opening, out + text_size, &written) != 1) {
        return KINMU_E_REJECT;
    }
    return KINMU_OK;
}

int32_t crypto_hash(crypto *c, const void *data, size_t size, uint8_t hash[CRYPTO_HASH_SIZE]) {
    unsigned length = 0;
    if (EVP_DigestInit_ex2(c->hashing, c->digest, NULL) != 1 ||
        EVP_DigestUpdate(c->hashing, data, size) != 1 ||
        EVP_DigestFinal_ex(c->hashing, hash, &length) != 1) {
        return KINMU_E_NOMEM;
    }
    return KINMU_OK;
}

int32_t crypto_hmac(const uint8_t key[CRYPTO_KEY_SIZE], const void *data, size_t size,
                    uint8_t mac[CRYPTO_HASH_SIZE]) {
    unsigned length = 0;
    return HMAC(EVP_sha256(), key, (int)CRYPTO_KEY_SIZE, data, size, mac, &length) != NULL
               ? KINMU_OK
               : KINMU_E_NOMEM;
}

static OSSL_PARAM bytes_of(const char *name, const void *data, size_t size) {
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)(size > 0 ? data : ""), size);
}

int32_t crypto_derive(const void *secret, size_t secret_size, const void *salt, size_t salt_size,
                      const void *info, size_t info_size, uint8_t *out, size_t size) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        bytes_of(OSSL_KDF_PARAM_KEY, secret, secret_size),
        bytes_of(OSSL_KDF_PARAM_SALT, salt, salt_size),
        bytes_of(OSSL_KDF_PARAM_INFO, info, info_size), OSSL_PARAM_construct_end()};
    EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = hkdf != NULL ? EVP_KDF_CTX_new(hkdf) : NULL;
    int32_t done = context != NULL && EVP_KDF_derive(context, out, size, parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(hkdf);
    return done ? KINMU_OK : KINMU_E_NOMEM;
}

int32_t crypto_random(void *out, size_t size) {
    return size <= INT32_MAX && RAND_bytes(out, (int)size) == 1 ? KINMU_OK : KINMU_E_RETRY;
}

int32_t crypto_public(const uint8_t seed[CRYPTO_SEED_SIZE],
                      uint8_t public_key[CRYPTO_PUBLIC_SIZE]) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, CRYPTO_SEED_SIZE);
    size_t size = CRYPTO_PUBLIC_SIZE;
    int32_t done = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &size) == 1;
    EVP_PKEY_free(key);
    return done ? KINMU_OK : KINMU_E_NOMEM;
}

int32_t crypto_sign(const uint8_t seed[CRYPTO_SEED_SIZE], const void *data, size_t size,
                    uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, CRYPTO_SEED_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = CRYPTO_SIGNATURE_SIZE;
    int32_t done = key != NULL && context != NULL &&
                   EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                   EVP_DigestSign(context, signature, &length, data, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return done ? KINMU_OK : KINMU_E_NOMEM;
}

int32_t crypto_verify(const uint8_t public_key[CRYPTO_PUBLIC_SIZE], const void *data, size_t size,
                      const uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, CRYPTO_PUBLIC_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int32_t fits = key != NULL && context != NULL &&
                   EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                   EVP_DigestVerify(context, signature, CRYPTO_SIGNATURE_SIZE, data, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return fits ? KINMU_OK : KINMU_E_REJECT;
}

/* Called through a pointer the compiler may not look behind, so that no wipe is optimized away;
 * OPENSSL_cleanse goes by words, which shows at hundreds of megabytes a second. */
static void *(*const volatile wipe)(void *, int, size_t) = memset;

void crypto_wipe(void *data, size_t size) {
    if (size > 0) {
        wipe(data, 0, size);
    }
}

void crypto_end_thread(void) {
    OPENSSL_thread_stop();
}
