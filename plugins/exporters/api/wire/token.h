/* api/wire/token.h - the texts people and programs come in with: "kinmu_ID_SECRET", of sessions
 * "kinmu_s_ID_SECRET", of invitations "kinmu_i_ID_SECRET". Pure but for the randomness.
 *
 * ID is no secret and finds the record; of the whole only the SHA-256 is kept. The secret has 160
 * bits, a session's 256, so that a plain hash suffices: nobody can try them out. */
#ifndef API_TOKEN_H
#define API_TOKEN_H

#include <kinmu/base.h>

#define TOKEN_ID_SIZE 17u /* 16 hex digits and a NUL */
#define TOKEN_SIZE 96u    /* of the longest, with a NUL */
#define TOKEN_HASH_SIZE 32u

/* What comes in: a program's token, a session of somebody logged in, an invitation. */
enum { TOKEN_PROGRAM, TOKEN_SESSION, TOKEN_INVITE };

/* 0 when the system gives no randomness. [job] */
int32_t token_make(int32_t kind, char text[TOKEN_SIZE], char id[TOKEN_ID_SIZE]);
/* An id alone, of 16 random digits; 0: the same. */
int32_t token_make_id(char id[TOKEN_ID_SIZE]);
/* Takes the id out; 0 when the text is none of this kind. */
int32_t token_parse(int32_t kind, const char *text, char id[TOKEN_ID_SIZE]);
int32_t token_hash(const void *data, size_t size, uint8_t sha256[TOKEN_HASH_SIZE]);
/* In a time that does not tell where they differ. */
int32_t token_is_same(const uint8_t *a, const uint8_t *b, size_t size);
/* `size` bytes as lower-case hex, with a NUL. */
void token_hex(char *out, const uint8_t *bytes, size_t size);

#endif
