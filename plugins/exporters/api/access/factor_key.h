/* api/access/factor_key.h - how a second factor is kept: the secret of the codes sealed
 * (AES-256-GCM), recovery codes as HMAC-SHA256, both with keys made of one text that is in no store
 * and no journal (option second_factor_key). Each is bound to its person: nobody's row works as
 * another's. */
#ifndef API_FACTOR_KEY_H
#define API_FACTOR_KEY_H

#include "wire/totp.h"

#define FACTOR_KEY_CHARACTERS_MIN 32u
#define FACTOR_SEALED_SIZE 49u /* version, nonce, secret, tag */
#define FACTOR_HASH_SIZE 32u

typedef struct factor_key {
    uint8_t seal[32], recovery[32];
} factor_key;

/* 0: the text is too short, or no memory. The owner wipes the key. [job] */
int32_t factor_key_make(factor_key *key, const char *text);
int32_t factor_seal(const factor_key *key, const char *person,
                    const uint8_t secret[TOTP_SECRET_SIZE], uint8_t sealed[FACTOR_SEALED_SIZE]);
/* 0: not sealed with this key for this person, or changed. */
int32_t factor_unseal(const factor_key *key, const char *person, const uint8_t *sealed, size_t size,
                      uint8_t secret[TOTP_SECRET_SIZE]);
/* Of a code as code_parse gives it. 0: no memory. */
int32_t factor_hash(const factor_key *key, const char *person, const char *code,
                    uint8_t hash[FACTOR_HASH_SIZE]);
/* Where the hash stands among `size` bytes of them; -1: nowhere. In a time that does not tell. */
int32_t factor_hash_find(const uint8_t *hashes, size_t size, const uint8_t hash[FACTOR_HASH_SIZE]);

#endif
