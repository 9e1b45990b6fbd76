/* base/crypto.h - the few primitives Kinmu uses, over OpenSSL 3's EVP: AES-256-GCM, SHA-256,
 * HMAC-SHA-256, HKDF-SHA-256, Ed25519, X25519 boxes, random bytes, wiping. Contexts are reused
 * (one-shot calls cost 4x). */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <kinmu/base.h>

#define CRYPTO_KEY_SIZE 32u
#define CRYPTO_NONCE_SIZE 12u
#define CRYPTO_TAG_SIZE 16u
#define CRYPTO_HASH_SIZE 32u
#define CRYPTO_SIGNATURE_SIZE 64u
#define CRYPTO_PUBLIC_SIZE 32u
#define CRYPTO_SEED_SIZE 32u
#define CRYPTO_SEAL_OVERHEAD (CRYPTO_NONCE_SIZE + CRYPTO_TAG_SIZE)

/* A reusable context; one per thread. */
typedef struct crypto crypto;
int32_t crypto_create(crypto **out);
void crypto_destroy(crypto *c);

/* nonce || ciphertext || tag into `out` (size + CRYPTO_SEAL_OVERHEAD bytes), random nonce. */
int32_t crypto_seal(crypto *c, const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_size,
                    const void *plain, size_t size, uint8_t *out);
/* Opens what crypto_seal made; out has size - CRYPTO_SEAL_OVERHEAD bytes. E_REJECT when altered. */
int32_t crypto_open(crypto *c, const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_size,
                    const void *sealed, size_t size, uint8_t *out);
int32_t crypto_hash(crypto *c, const void *data, size_t size, uint8_t hash[CRYPTO_HASH_SIZE]);
int32_t crypto_hmac(const uint8_t key[CRYPTO_KEY_SIZE], const void *data, size_t size,
                    uint8_t mac[CRYPTO_HASH_SIZE]);
/* HKDF-SHA-256: keys from a secret that is not one itself. `info` says what they are for. */
int32_t crypto_derive(const void *secret, size_t secret_size, const void *salt, size_t salt_size,
                      const void *info, size_t info_size, uint8_t *out, size_t size);

int32_t crypto_random(void *out, size_t size);
int32_t crypto_public(const uint8_t seed[CRYPTO_SEED_SIZE], uint8_t public_key[CRYPTO_PUBLIC_SIZE]);
int32_t crypto_sign(const uint8_t seed[CRYPTO_SEED_SIZE], const void *data, size_t size,
                    uint8_t signature[CRYPTO_SIGNATURE_SIZE]);
/* KINMU_OK or E_REJECT. */
int32_t crypto_verify(const uint8_t public_key[CRYPTO_PUBLIC_SIZE], const void *data, size_t size,
                      const uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

/* A box: only the holder of an X25519 secret opens what anybody may seal to its public key. An
 * ephemeral key || ciphertext || tag, so size + CRYPTO_BOX_OVERHEAD bytes. Key and nonce come from
 * HKDF-SHA-256 (secret: the shared point; salt: ephemeral || recipient's key; info: `context`,
 * which says what the box is for and must be the same on both sides). crypto_box.c. */
#define CRYPTO_BOX_OVERHEAD (CRYPTO_PUBLIC_SIZE + CRYPTO_TAG_SIZE)
int32_t crypto_box_public(const uint8_t secret[CRYPTO_KEY_SIZE],
                          uint8_t public_key[CRYPTO_PUBLIC_SIZE]);
/* E_REJECT for a public key that hides nothing (a point of small order). */
int32_t crypto_box_seal(const uint8_t public_key[CRYPTO_PUBLIC_SIZE], const char *context,
                        const void *plain, size_t size, uint8_t *out);
/* `out` has size - CRYPTO_BOX_OVERHEAD bytes. E_REJECT when altered, or for another key or context;
 * then `out` is wiped. */
int32_t crypto_box_open(const uint8_t secret[CRYPTO_KEY_SIZE], const char *context,
                        const void *sealed, size_t size, uint8_t *out);

void crypto_wipe(void *data, size_t size);
/* Gives back what OpenSSL keeps for this thread: at the end of a job on a pool thread. */
void crypto_end_thread(void);

#endif
