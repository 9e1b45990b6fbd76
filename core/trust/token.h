/* trust/token.h - the token of an invitation: kinmu-XXXX-XXXX-… (56 letters and digits).
 *
 * It carries 128 random bits and the first 128 bits of the SHA-256 of the public key agents trust
 * the hub by, so that an agent knows the hub at first contact without any other trust. Two bytes of
 * check tell a mistyped token from a refused one. The hub keeps the hash of a token, never itself.
 */
#ifndef TRUST_TOKEN_H
#define TRUST_TOKEN_H

#include "base/crypto.h"

#define TRUST_TOKEN_HALF_SIZE 16u
#define TRUST_TOKEN_TEXT_SIZE 80u /* with NUL */

typedef struct trust_token {
    uint8_t secret[TRUST_TOKEN_HALF_SIZE];
    uint8_t pin[TRUST_TOKEN_HALF_SIZE];
} trust_token;

/* `pin` is a trust_pin(); see trust/certificate.h. */
int32_t trust_token_make(const uint8_t pin[CRYPTO_HASH_SIZE], trust_token *out);
int32_t trust_token_text(const trust_token *token, char text[TRUST_TOKEN_TEXT_SIZE]);
/* Case, blanks and dashes do not matter, O and I are read as 0 and 1. E_REJECT with the reason. */
int32_t trust_token_parse(const char *text, trust_token *out, kinmu_err *err);
int32_t trust_token_hash(const trust_token *token, uint8_t hash[CRYPTO_HASH_SIZE]);
/* 1 when the token was made for a hub trusted by that key. */
int32_t trust_token_pins(const trust_token *token, const uint8_t pin[CRYPTO_HASH_SIZE]);

#endif
