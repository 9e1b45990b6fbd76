/* trust/token.c - see token.h. Base32 in Crockford's alphabet, which has no I, L, O and U: 35 bytes
 * (version, secret, pin, check) are exactly 56 symbols, so no two texts mean the same bytes. */
#include "trust/token.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_VERSION 1u
#define BODY_SIZE (1u + 2u * TRUST_TOKEN_HALF_SIZE)
#define CHECK_SIZE 2u
#define TOKEN_SIZE (BODY_SIZE + CHECK_SIZE)
#define SYMBOLS (TOKEN_SIZE * 8u / 5u)
#define GROUP 4u

static const char prefix[] = "kinmu";
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int32_t hash_of(const uint8_t *data, size_t size, uint8_t hash[CRYPTO_HASH_SIZE]) {
    crypto *c = NULL;
    int32_t status = crypto_create(&c);
    if (status == KINMU_OK) {
        status = crypto_hash(c, data, size, hash);
    }
    crypto_destroy(c);
    return status;
}

static int32_t encode(const trust_token *token, uint8_t bytes[TOKEN_SIZE]) {
    uint8_t hash[CRYPTO_HASH_SIZE];
    bytes[0] = TOKEN_VERSION;
    memcpy(bytes + 1, token->secret, TRUST_TOKEN_HALF_SIZE);
    memcpy(bytes + 1 + TRUST_TOKEN_HALF_SIZE, token->pin, TRUST_TOKEN_HALF_SIZE);
    int32_t status = hash_of(bytes, BODY_SIZE, hash);
    memcpy(bytes + BODY_SIZE, hash, CHECK_SIZE);
    crypto_wipe(hash, sizeof hash);
    return status;
}

int32_t trust_token_make(const uint8_t pin[CRYPTO_HASH_SIZE], trust_token *out) {
    memcpy(out->pin, pin, sizeof out->pin);
    return crypto_random(out->secret, sizeof out->secret);
}

int32_t trust_token_text(const trust_token *token, char text[TRUST_TOKEN_TEXT_SIZE]) {
    uint8_t bytes[TOKEN_SIZE];
    char *at = text + snprintf(text, TRUST_TOKEN_TEXT_SIZE, "%s", prefix);
    int32_t status = encode(token, bytes);
    for (uint32_t i = 0; status == KINMU_OK && i < SYMBOLS; i++) {
        uint32_t bit = i * 5;
        uint32_t pair = (uint32_t)bytes[bit / 8] << 8;
        pair |= bit / 8 + 1 < TOKEN_SIZE ? bytes[bit / 8 + 1] : 0;
        if (i % GROUP == 0) {
            *at++ = '-';
        }
        *at++ = alphabet[(pair >> (11 - bit % 8)) & 31u];
    }
    *at = '\0';
    crypto_wipe(bytes, sizeof bytes);
    return status;
}

static int32_t symbol(char c) {
    c = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    c = (char)(c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c);
    const char *found = c != '\0' ? strchr(alphabet, c) : NULL;
    return found != NULL ? (int32_t)(found - alphabet) : -1;
}

static int32_t is_blank(char c) {
    return c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The symbols behind "kinmu" as bytes; 0 when a character or the length is wrong. */
static int32_t decode(const char *text, uint8_t bytes[TOKEN_SIZE]) {
    uint32_t count = 0;
    memset(bytes, 0, TOKEN_SIZE);
    for (const char *at = text; *at != '\0'; at++) {
        int32_t value = symbol(*at);
        if (is_blank(*at)) {
            continue;
        }
        if (value < 0 || count == SYMBOLS) {
            return 0;
        }
        uint32_t bit = count * 5;
        uint32_t pair = (uint32_t)value << (11 - bit % 8);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] | pair >> 8);
        if (bit / 8 + 1 < TOKEN_SIZE) {
            bytes[bit / 8 + 1] = (uint8_t)(bytes[bit / 8 + 1] | (pair & 0xffu));
        }
        count++;
    }
    return count == SYMBOLS;
}

int32_t trust_token_parse(const char *text, trust_token *out, kinmu_err *err) {
    uint8_t bytes[TOKEN_SIZE];
    uint8_t again[TOKEN_SIZE];
    size_t at = 0;
    while (is_blank(*text)) {
        text++;
    }
    while (at < sizeof prefix - 1 && (text[at] | 0x20) == prefix[at]) {
        at++;
    }
    if (at < sizeof prefix - 1 || !is_blank(text[at])) {
        return error_set(err, KINMU_E_REJECT, "token.form",
                         "this is no token: it begins with \"kinmu-\"");
    }
    if (!decode(text + at, bytes)) {
        return error_set(err, KINMU_E_REJECT, "token.form",
                         "this is no token: %u letters and digits follow \"kinmu-\"; copy it whole",
                         SYMBOLS);
    }
    memcpy(out->secret, bytes + 1, sizeof out->secret);
    memcpy(out->pin, bytes + 1 + TRUST_TOKEN_HALF_SIZE, sizeof out->pin);
    int32_t status = encode(out, again);
    if (status == KINMU_OK && bytes[0] != TOKEN_VERSION) {
        status = error_set(err, KINMU_E_REJECT, "token.version",
                           "this token, if copied whole, is for another version of Kinmu");
    } else if (status == KINMU_OK && memcmp(bytes, again, TOKEN_SIZE) != 0) {
        status = error_set(err, KINMU_E_REJECT, "token.check",
                           "this token is mistyped: its check does not fit; copy it again");
    }
    crypto_wipe(bytes, sizeof bytes);
    crypto_wipe(again, sizeof again);
    if (status != KINMU_OK) {
        crypto_wipe(out, sizeof *out);
    }
    return status;
}

int32_t trust_token_hash(const trust_token *token, uint8_t hash[CRYPTO_HASH_SIZE]) {
    uint8_t bytes[TOKEN_SIZE];
    int32_t status = encode(token, bytes);
    if (status == KINMU_OK) {
        status = hash_of(bytes, sizeof bytes, hash);
    }
    crypto_wipe(bytes, sizeof bytes);
    return status;
}

int32_t trust_token_pins(const trust_token *token, const uint8_t pin[CRYPTO_HASH_SIZE]) {
    return memcmp(token->pin, pin, sizeof token->pin) == 0;
}
