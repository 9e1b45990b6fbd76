/* api/wire/totp.h - codes of the second factor: RFC 6238 with what every authenticator takes
 * (SHA-1, six digits, 30 seconds), and recovery codes. Pure but for the randomness.
 *
 * Recovery codes have 80 random bits, so that nobody can try them out; what is kept of them is
 * factor_key.h's. */
#ifndef API_TOTP_H
#define API_TOTP_H

#include <kinmu/base.h>

#define TOTP_SECRET_SIZE 20u
#define TOTP_TEXT_SIZE 33u /* of a secret: base32 and a NUL */
#define TOTP_DIGITS 6u
#define TOTP_STEP_S 30
#define TOTP_URI_SIZE 320u
#define RECOVERY_CODES 10u
#define RECOVERY_BYTES 10u
#define RECOVERY_SIZE 20u /* "abcd-efgh-2345-67ab" and a NUL */
#define CODE_SIZE 17u     /* of either kind without what parts it, and a NUL */

/* The code of a step, with so many digits and a NUL. 0: no memory. */
int32_t totp_print(char *out, const uint8_t *secret, size_t size, uint64_t step, uint32_t digits);

/* The step before, of or after the moment whose code this is, if it is later than `after`; -1:
 * there is none. In a time that does not tell which, or how much of it is right. */
int64_t totp_find(const uint8_t secret[TOTP_SECRET_SIZE], int64_t unix_s, int64_t after,
                  const char *code);

/* What somebody typed: spaces, hyphens and the case of letters do not count. */
enum { CODE_NONE, CODE_TOTP, CODE_RECOVERY };
int32_t code_parse(const char *text, char code[CODE_SIZE]);

/* 0: no randomness. [job] */
int32_t totp_make(uint8_t secret[TOTP_SECRET_SIZE]);
int32_t recovery_make(char text[RECOVERY_SIZE]);

/* In base32 without padding (RFC 4648), upper case; out has 8 characters for 5 bytes and a NUL. */
void base32_print(char *out, const uint8_t *bytes, size_t size);
/* What authenticators read, mostly from a picture. */
void totp_uri(char out[TOTP_URI_SIZE], const char *person, const char *secret);

#endif
