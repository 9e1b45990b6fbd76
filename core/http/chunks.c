/* http/chunks.c - see parse.h: the chunked coding. Ours instead of http-parser's, which takes bare
 * LF here and has no bounds for extensions and trailers; the fuzzer holds both against each other.
 */
#include "http/parse.h"

#include <string.h>

enum {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER, /* at the begin of a line */
    CHUNK_TRAILER_NAME,
    CHUNK_TRAILER_LINE,
    CHUNK_TRAILER_LF,
    CHUNK_END_LF,
    CHUNK_DONE
};

static int32_t hex_digit(uint8_t c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static int32_t is_visible(uint8_t byte) {
    return byte == '\t' || (byte >= 0x20 && byte < 0x7f);
}

static int32_t take_size(http_chunks *c, uint8_t byte) {
    int32_t digit = hex_digit(byte);
    if (digit >= 0) {
        c->left = c->left * 16 + (uint64_t)digit;
        return ++c->digits <= HTTP_CHUNK_DIGITS_MAX;
    }
    c->state = byte == '\r' ? CHUNK_SIZE_LF : CHUNK_EXTENSION;
    return c->digits > 0 && (byte == '\r' || byte == ';');
}

static int32_t take_extension(http_chunks *c, uint8_t byte) {
    if (byte == '\r') {
        c->state = CHUNK_SIZE_LF;
        return 1;
    }
    return is_visible(byte) && ++c->line <= HTTP_CHUNK_LINE_BYTES_MAX &&
           ++c->overhead <= HTTP_CHUNK_OVERHEAD_MAX;
}

static int32_t expect(http_chunks *c, uint8_t byte, uint8_t wanted, int32_t next) {
    c->state = next;
    return byte == wanted;
}

static int32_t take_trailer(http_chunks *c, uint8_t byte) {
    if (byte == '\r' && c->state != CHUNK_TRAILER_NAME) {
        c->state = c->state == CHUNK_TRAILER ? CHUNK_END_LF : CHUNK_TRAILER_LF;
        return 1;
    }
    if (++c->trailer > HTTP_TRAILER_BYTES_MAX) {
        return 0;
    }
    if (c->state == CHUNK_TRAILER_LINE) {
        return is_visible(byte);
    }
    int32_t is_name_over = c->state == CHUNK_TRAILER_NAME && byte == ':';
    const char name[2] = {(char)byte, '\0'};
    c->state = is_name_over ? CHUNK_TRAILER_LINE : CHUNK_TRAILER_NAME;
    return is_name_over || http_is_token(name);
}

static int32_t take_byte(http_chunks *c, uint8_t byte) {
    switch (c->state) {
    case CHUNK_SIZE:
        return take_size(c, byte);
    case CHUNK_EXTENSION:
        return take_extension(c, byte);
    case CHUNK_SIZE_LF:
        c->digits = 0;
        c->line = 0;
        return expect(c, byte, '\n', c->left > 0 ? CHUNK_DATA : CHUNK_TRAILER);
    case CHUNK_DATA_CR:
        return expect(c, byte, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF:
        return expect(c, byte, '\n', CHUNK_SIZE);
    case CHUNK_TRAILER:
    case CHUNK_TRAILER_NAME:
    case CHUNK_TRAILER_LINE:
        return take_trailer(c, byte);
    case CHUNK_TRAILER_LF:
        return expect(c, byte, '\n', CHUNK_TRAILER);
    default:
        return expect(c, byte, '\n', CHUNK_DONE);
    }
}

int64_t http_chunks_take(http_chunks *c, const uint8_t *data, size_t size, const uint8_t **payload,
                         size_t *payload_size) {
    size_t at = 0;
    *payload = data;
    *payload_size = 0;
    while (at < size && c->state != CHUNK_DONE) {
        if (c->state == CHUNK_DATA) {
            size_t run = size - at < c->left ? size - at : (size_t)c->left;
            *payload = data + at;
            *payload_size = run;
            c->left -= run;
            if (c->left == 0) {
                c->state = CHUNK_DATA_CR;
            }
            return (int64_t)(at + run);
        }
        if (!take_byte(c, data[at])) {
            return -400;
        }
        at++;
    }
    return (int64_t)at;
}

int32_t http_chunks_done(const http_chunks *c) {
    return c->state == CHUNK_DONE;
}
