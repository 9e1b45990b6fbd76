/* journal/device.h - what makes this node itself: the signing key and the master key.
 *
 * DIRECTORY/device.key (0600) holds an Ed25519 seed and a 32-byte master key, from which the keys
 * for looking up, sealing and state are derived. Losing the file loses the history; a copy of it
 * together with a copy of the folder reads everything.
 */
#ifndef JOURNAL_DEVICE_H
#define JOURNAL_DEVICE_H

#include "journal/layout.h"

typedef struct device {
    uint8_t seed[CRYPTO_SEED_SIZE];
    uint8_t lookup_key[CRYPTO_KEY_SIZE];
    uint8_t seal_key[CRYPTO_KEY_SIZE];
    uint8_t state_key[CRYPTO_KEY_SIZE];
    uint8_t box_secret[CRYPTO_KEY_SIZE]; /* X25519; what others seal to box_public opens with it */
    uint8_t box_public[CRYPTO_PUBLIC_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    uint8_t origin[LAYOUT_ORIGIN_SIZE]; /* first half of SHA-256(public_key) */
} device;

/* Reads the file. E_NOTFOUND when there is none; E_DENIED when others may write it. */
int32_t device_read(const char *directory, device *out, kinmu_err *err);
/* Makes a new one; there must be none. */
int32_t device_make(const char *directory, device *out, kinmu_err *err);
void device_wipe(device *d);

int32_t device_origin(const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                      uint8_t origin[LAYOUT_ORIGIN_SIZE]);
/* Fills head->signature. */
int32_t device_sign_head(const device *d, layout_head *head);
int32_t device_sign_tombstone(const device *d, uint8_t kind, int64_t unix_ns,
                              const uint8_t header_hash[CRYPTO_HASH_SIZE],
                              uint8_t out[LAYOUT_TOMBSTONE_SIZE]);

#endif
