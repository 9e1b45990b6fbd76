/* api/wire/totp.c - see totp.h. */
#include "wire/totp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#define SHA1_SIZE 20u
#define STEPS_BEHIND 1 /* and as many ahead: clocks of telephones, slow fingers */

/* ---- RFC 4226, RFC 6238 ---- */

int32_t totp_print(char *out, const uint8_t *secret, size_t size, uint64_t step, uint32_t digits) {
    uint8_t hash[SHA1_SIZE];
    uint8_t counter[8];
    uint32_t hash_size = sizeof hash;
    for (uint32_t i = 0; i < 8; i++) {
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    }
    if (HMAC(EVP_sha1(), secret, (int)size, counter, sizeof counter, hash, &hash_size) == NULL) {
        return 0;
    }
    const uint8_t *at = hash + (hash[SHA1_SIZE - 1] & 15);
    uint32_t number = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
                      (uint32_t)at[3];
    for (uint32_t i = digits; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    out[digits] = '\0';
    OPENSSL_cleanse(hash, sizeof hash);
    return 1;
}

int64_t totp_find(const uint8_t secret[TOTP_SECRET_SIZE], int64_t unix_s, int64_t after,
                  const char *code) {
    char wanted[TOTP_DIGITS + 1] = "";
    int64_t now = unix_s / TOTP_STEP_S;
    int64_t found = -1;
    if (strlen(code) != TOTP_DIGITS) {
        return -1;
    }
    for (int64_t step = now - STEPS_BEHIND; step <= now + STEPS_BEHIND; step++) {
        int32_t is_made = totp_print(wanted, secret, TOTP_SECRET_SIZE, (uint64_t)step, TOTP_DIGITS);
        int32_t is_same = is_made && CRYPTO_memcmp(wanted, code, TOTP_DIGITS) == 0;
        found = is_same && step > after ? step : found;
    }
    OPENSSL_cleanse(wanted, sizeof wanted);
    return found;
}

/* ---- texts ---- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void base32_print(char *out, const uint8_t *bytes, size_t size) {
    uint32_t bits = 0;
    uint32_t count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        count += 8;
        while (count >= 5) {
            count -= 5;
            *out++ = letters[bits >> count & 31];
        }
    }
    if (count > 0) {
        *out++ = letters[bits << (5 - count) & 31];
    }
    *out = '\0';
}

int32_t code_parse(const char *text, char code[CODE_SIZE]) {
    uint32_t size = 0;
    uint32_t digits = 0;
    for (; *text != '\0'; text++) {
        char letter = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
        if (letter == ' ' || letter == '-') {
            continue;
        }
        int32_t is_digit = letter >= '0' && letter <= '9';
        if (size == CODE_SIZE - 1 || (!is_digit && strchr(letters, letter) == NULL)) {
            return CODE_NONE;
        }
        code[size++] = letter;
        digits += (uint32_t)is_digit;
    }
    code[size] = '\0';
    if (size == TOTP_DIGITS && digits == size) {
        return CODE_TOTP;
    }
    return size == CODE_SIZE - 1 && strspn(code, letters) == size ? CODE_RECOVERY : CODE_NONE;
}

int32_t totp_make(uint8_t secret[TOTP_SECRET_SIZE]) {
    return RAND_bytes(secret, TOTP_SECRET_SIZE) == 1;
}

int32_t recovery_make(char text[RECOVERY_SIZE]) {
    uint8_t bytes[RECOVERY_BYTES];
    char code[CODE_SIZE];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return 0;
    }
    base32_print(code, bytes, sizeof bytes);
    (void)snprintf(text, RECOVERY_SIZE, "%.4s-%.4s-%.4s-%.4s", code, code + 4, code + 8, code + 12);
    for (char *at = text; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(code, sizeof code);
    return 1;
}

void totp_uri(char out[TOTP_URI_SIZE], const char *person, const char *secret) {
    char name[128] = "";
    size_t size = 0;
    for (; *person != '\0' && size + 4 < sizeof name; person++) {
        uint8_t letter = (uint8_t)*person;
        int32_t is_plain = (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
                           (letter >= 'a' && letter <= 'z') || strchr("-._~", letter) != NULL;
        size +=
            (size_t)snprintf(name + size, sizeof name - size, is_plain ? "%c" : "%%%02X", letter);
    }
    (void)snprintf(
        out, TOTP_URI_SIZE,
        "otpauth://totp/Kinmu:%s?secret=%s&issuer=Kinmu&algorithm=SHA1&digits=6&period=30", name,
        secret);
}
