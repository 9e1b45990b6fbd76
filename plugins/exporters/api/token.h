/* api/token.h - the texts people and programs come in with: "kinmu_ID_SECRET". Pure but for the
 * randomness.
 *
 * ID is no secret and finds the record; of the whole only the SHA-256 is kept. The secret has 160
 * bits, so that a plain hash suffices: nobody can try them out. */
#ifndef API_TOKEN_H
#define API_TOKEN_H

#include <kinmu/base.h>

#define TOKEN_ID_SIZE 17u /* 16 hex digits and a NUL */
#define TOKEN_SECRET_SIZE 41u
#define TOKEN_PREFIX "kinmu_"
#define TOKEN_SIZE (sizeof TOKEN_PREFIX - 1 + TOKEN_ID_SIZE + TOKEN_SECRET_SIZE)
#define TOKEN_HASH_SIZE 32u

/* 0 when the system gives no randomness. [job] */
int32_t token_make(char text[TOKEN_SIZE], char id[TOKEN_ID_SIZE]);
/* An id alone, of 16 random digits; 0: the same. */
int32_t token_make_id(char id[TOKEN_ID_SIZE]);
/* Takes the id out; 0 when the text is no token. */
int32_t token_parse(const char *text, char id[TOKEN_ID_SIZE]);
int32_t token_hash(const void *data, size_t size, uint8_t sha256[TOKEN_HASH_SIZE]);
/* In a time that does not tell where they differ. */
int32_t token_is_same(const uint8_t *a, const uint8_t *b, size_t size);
/* `size` bytes as lower-case hex, with a NUL. */
void token_hex(char *out, const uint8_t *bytes, size_t size);

#endif
