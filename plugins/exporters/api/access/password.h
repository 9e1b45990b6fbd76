/* api/access/password.h - which passwords are taken, and how one is kept. The rules are pure;
 * hashing takes time and memory and belongs into a job.
 *
 * Rules after NIST SP 800-63B-4: a length, no classes of characters, no expiry, and a look at what
 * is guessed first: the person's own words, words everybody takes, runs of the keyboard,
 * repetition. */
#ifndef API_PASSWORD_H
#define API_PASSWORD_H

#include <kinmu/base.h>

#define PASSWORD_CHARACTERS_MIN 15u /* a single factor */
#define PASSWORD_BYTES_MAX 256u
#define PASSWORD_OWN_BYTES_MIN 8u /* beside words that are guessed */
#define PASSWORD_VERIFIER_SIZE 54u
#define PASSWORD_MEMORY_BYTES (32u << 20) /* of one hash */

/* NULL: it is taken; else the code of the sentence why not. `words` are the person's own: id,
 * number, name, parts of the mail address. */
const char *password_problem(const char *password, const char *const *words, uint32_t count);

/* scrypt with a new salt. 0: no memory or no randomness. [job] */
int32_t password_keep(const char *password, uint8_t verifier[PASSWORD_VERIFIER_SIZE]);
/* 1 when it is this password. With `verifier` NULL as much is computed, and it is none. [job] */
int32_t password_is(const char *password, const uint8_t *verifier, size_t size);

#endif
