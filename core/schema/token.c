/* schema/token.c - see token.h. */
#include "schema/token.h"

#include <assert.h>
#include <string.h>

static uint64_t big_endian(const uint8_t *data, size_t size) {
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | data[i];
    }
    return number;
}

static int64_t sign_extend(uint64_t number, size_t size) {
    assert(size > 0 && size <= 8);
    uint32_t shift = (uint32_t)(64 - 8 * size);
    return (int64_t)(number << shift) >> shift;
}

/* Bytes of argument after each first byte from 0xc0 to 0xdf; 0xFF = not used by this format. */
static const uint8_t argument_size[32] = {0,    0xFF, 0,    0, 1, 2, 4, 0xFF, 0xFF, 0xFF, 4,
                                          8,    1,    2,    4, 8, 1, 2, 4,    8,    0xFF, 0xFF,
                                          0xFF, 0xFF, 0xFF, 1, 2, 4, 2, 4,    0xFF, 0xFF};

static token take_long(const uint8_t *data, size_t data_size, size_t *offset, uint8_t first) {
    token t = {TOKEN_BAD, 0, 0, 0, NULL};
    size_t size = argument_size[first - 0xc0];
    if (size == 0xFF || size > data_size - *offset) {
        return t;
    }
    uint64_t raw = big_endian(data + *offset, size);
    *offset += size;
    t.number = (int64_t)raw;
    if (first == 0xc0) {
        t.kind = TOKEN_NIL;
    } else if (first <= 0xc3) {
        t.kind = TOKEN_BOOL;
        t.number = first == 0xc3;
    } else if (first <= 0xc6) {
        t.kind = TOKEN_BIN;
    } else if (first == 0xca) {
        uint32_t bits = (uint32_t)raw;
        float real;
        memcpy(&real, &bits, sizeof real);
        t.kind = TOKEN_FLOAT;
        t.real = (double)real;
    } else if (first == 0xcb) {
        t.kind = TOKEN_FLOAT;
        memcpy(&t.real, &raw, sizeof t.real);
    } else if (first <= 0xcf) {
        t.kind = TOKEN_INT;
    } else if (first <= 0xd3) {
        t.kind = TOKEN_INT;
        t.number = sign_extend(raw, size);
    } else {
        t.kind = first >= 0xdc ? TOKEN_ARRAY : TOKEN_TEXT;
    }
    if (t.kind == TOKEN_BIN || t.kind == TOKEN_TEXT || t.kind == TOKEN_ARRAY) {
        t.size = (uint32_t)raw;
    }
    return t;
}

token token_take(const uint8_t *data, size_t size, size_t *offset) {
    token t = {TOKEN_BAD, 0, 0, 0, NULL};
    if (*offset >= size) {
        return t;
    }
    uint8_t first = data[(*offset)++];
    if (first < 0x80 || first >= 0xe0) {
        t.kind = TOKEN_INT;
        t.number = first < 0x80 ? first : (int64_t)first - 0x100;
        return t;
    }
    if (first >= 0x90 && first < 0xc0) {
        t.kind = first < 0xa0 ? TOKEN_ARRAY : TOKEN_TEXT;
        t.size = first < 0xa0 ? first & 15u : first & 31u;
    } else if (first >= 0xc0) {
        t = take_long(data, size, offset, first);
    }
    if (t.kind == TOKEN_BIN || t.kind == TOKEN_TEXT) {
        if (t.size > size - *offset) {
            t.kind = TOKEN_BAD;
            return t;
        }
        t.bytes = data + *offset;
        *offset += t.size;
    }
    return t;
}
