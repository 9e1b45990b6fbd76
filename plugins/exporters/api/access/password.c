/* api/access/password.c - see password.h.
 *
 * A verifier is: version 1, the base-2 logarithm of scrypt's N, r, p (a byte each), a random salt
 * of 18 bytes, the hash of 32 bytes. Cost: N 2^15, r 8, p 3 (OWASP's table), 32 MiB. */
#include "access/password.h"

#include "words.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define VERSION 1u
#define LOG_N 15u
#define R 8u
#define P 3u
#define AT_SALT 4u
#define SALT_SIZE 18u
#define AT_HASH (AT_SALT + SALT_SIZE)
#define HASH_SIZE (PASSWORD_VERIFIER_SIZE - AT_HASH)
#define LOG_N_MIN 10u
#define LOG_N_MAX 17u
#define P_MAX 8u
#define RUN_MIN 4u  /* characters in a row */
#define WORD_MIN 3u /* of the person's own words */

/* ---- rules ---- */

/* What is tried first. Longer ones before those they contain. */
static const char *const common[] = {
    "password", "passwort", "passw0rd",   "p@ssw0rd",      "pa55word",   "passphrase", "changeme",
    "welcome",  "letmein",  "iloveyou",   "administrator", "admin",      "qwerty",     "asdfgh",
    "zxcvbn",   "qazwsx",   "1qaz",       "2wsx",          "monkey",     "dragon",     "sunshine",
    "princess", "football", "baseball",   "superman",      "batman",     "master",     "secret",
    "trustno1", "login",    "kinmu",      "kintai",        "attendance", "company",    "office",
    "sakura",   "arigatou", "konnichiwa", "ohayou",        "himitsu",    "nippon",     "japan",
    "tokyo",    "osaka",    "default",    "guest",         "user",       "test",       "hello",
    "spring",   "summer",   "autumn",     "winter",        "パスワード", "ぱすわーど", "ひみつ",
    "勤務",     "勤怠",     "管理者",     "会社"};

static const char *const runs[] = {"01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop",
                                   "asdfghjkl", "zxcvbnm"};

static void lower(char *out, const char *text) {
    for (; *text != '\0'; text++) {
        *out++ = (char)((uint8_t)*text < 0x80 ? tolower((uint8_t)*text) : *text);
    }
    *out = '\0';
}

static void take_out(char *text, const char *word) {
    size_t size = strlen(word);
    for (char *at = strstr(text, word); size > 0 && at != NULL; at = strstr(at, word)) {
        memmove(at, at + size, strlen(at + size) + 1);
    }
}

/* Bytes in `text` that go on as `runs` do, forwards or backwards, or repeat the one before. */
static size_t run_size(const char *text) {
    size_t best = 1;
    size_t size = 1;
    while (text[size] != '\0' && text[size] == text[0]) {
        size++;
    }
    best = size;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        const char *at = strchr(runs[i], text[0]);
        for (size = 1; at != NULL && text[size] != '\0' && text[size] == at[size]; size++) {
        }
        best = at != NULL && size > best ? size : best;
        at = strrchr(runs[i], text[0]);
        for (size = 1;
             at != NULL && text[size] != '\0' && at >= runs[i] + size && text[size] == *(at - size);
             size++) {
        }
        best = at != NULL && size > best ? size : best;
    }
    return best;
}

static void take_out_runs(char *text) {
    char *to = text;
    while (*text != '\0') {
        size_t size = run_size(text);
        if (size < RUN_MIN) {
            memmove(to, text, size);
            to += size;
        }
        text += size;
    }
    *to = '\0';
}

/* "abcabcabc" is "abc": a part from the begin that comes again and again. */
static size_t period(const char *text) {
    size_t size = strlen(text);
    for (size_t part = 1; part <= size / 2; part++) {
        if (memcmp(text, text + part, size - part) == 0) {
            return part;
        }
    }
    return size;
}

const char *password_problem(const char *password, const char *const *words, uint32_t count) {
    char left[PASSWORD_BYTES_MAX + 1];
    char word[PASSWORD_BYTES_MAX + 1];
    const char *code = NULL;
    if (strlen(password) > PASSWORD_BYTES_MAX) {
        return "password.long";
    }
    if (words_characters(password) < PASSWORD_CHARACTERS_MIN) {
        return "password.short";
    }
    lower(left, password);
    for (uint32_t i = 0; i < count; i++) {
        if (strlen(words[i]) >= WORD_MIN && strlen(words[i]) <= PASSWORD_BYTES_MAX) {
            lower(word, words[i]);
            take_out(left, word);
        }
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        take_out(left, common[i]);
    }
    left[period(left)] = '\0';
    take_out_runs(left);
    code = strlen(left) < PASSWORD_OWN_BYTES_MIN ? "password.common" : NULL;
    OPENSSL_cleanse(left, sizeof left);
    return code;
}

/* ---- hashes ---- */

static int32_t derive(const char *password, const uint8_t *v, uint8_t hash[HASH_SIZE]) {
    uint64_t n = UINT64_C(1) << v[1];
    return EVP_PBE_scrypt(password, strlen(password), v + AT_SALT, SALT_SIZE, n, v[2], v[3],
                          (uint64_t)130 * v[2] * (n + v[3]), hash, HASH_SIZE) == 1;
}

int32_t password_keep(const char *password, uint8_t verifier[PASSWORD_VERIFIER_SIZE]) {
    static const uint8_t head[AT_SALT] = {VERSION, LOG_N, R, P};
    memcpy(verifier, head, sizeof head);
    return RAND_bytes(verifier + AT_SALT, SALT_SIZE) == 1 &&
           derive(password, verifier, verifier + AT_HASH);
}

static int32_t is_verifier(const uint8_t *v, size_t size) {
    return v != NULL && size == PASSWORD_VERIFIER_SIZE && v[0] == VERSION && v[1] >= LOG_N_MIN &&
           v[1] <= LOG_N_MAX && v[2] == R && v[3] >= 1 && v[3] <= P_MAX;
}

int32_t password_is(const char *password, const uint8_t *verifier, size_t size) {
    static const uint8_t nobodys[PASSWORD_VERIFIER_SIZE] = {VERSION, LOG_N, R, P};
    uint8_t hash[HASH_SIZE];
    int32_t is_known = is_verifier(verifier, size);
    const uint8_t *v = is_known ? verifier : nobodys;
    int32_t is_same = derive(password, v, hash) && CRYPTO_memcmp(hash, v + AT_HASH, HASH_SIZE) == 0;
    OPENSSL_cleanse(hash, sizeof hash);
    return is_same && is_known;
}
