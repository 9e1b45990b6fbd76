/* shared/encode.c - one table for CP932 each way, arithmetic for UTF-8. See encode.h.
 *
 * Where CP932 has a character twice, Windows writes the first of: JIS and NEC row 13, IBM
 * extensions (FAxx); the NEC copies of the IBM extensions (EDxx, EExx) are read but never written.
 */
#include "encode.h"

#include <stdlib.h>

#define BMP_LAST 0xFFFFu
#define KANA_FIRST 0xA1 /* half-width katakana are single bytes */
#define KANA_LAST 0xDF
#define LEAD_FIRST 0x81
#define LEAD_LAST 0xFC
#define TRAIL_FIRST 0x40
#define TRAIL_LAST 0xFC

struct encoder {
    uint32_t charset;
    uint16_t cp932[ENCODE_TABLE_SIZE]; /* by code point; 0 = none (NUL itself is never written) */
};

/* JIS symbols that other systems read as the left character and Windows as the right one. */
static const struct {
    uint16_t from;
    uint16_t to;
} twins[] = {
    {0x00A2, 0xFFE0}, /* cent sign */
    {0x00A3, 0xFFE1}, /* pound sign */
    {0x00A5, 0xFFE5}, /* yen sign: never 0x5C, which a reader would take for a backslash */
    {0x00AC, 0xFFE2}, /* not sign */
    {0x2014, 0x2015}, /* em dash */
    {0x2016, 0x2225}, /* double vertical line */
    {0x203E, 0xFFE3}, /* overline */
    {0x2212, 0xFF0D}, /* minus sign */
    {0x301C, 0xFF5E}, /* wave dash */
};

static void learn(encoder *enc, encode_decoder *decoder, int32_t first, int32_t second) {
    uint32_t code = encode_decoder_character(decoder, first, second);
    if (code == 0 || code > BMP_LAST || enc->cp932[code] != 0) {
        return;
    }
    enc->cp932[code] = (uint16_t)(second < 0 ? first : first << 8 | second);
}

static void build_table(encoder *enc, encode_decoder *decoder) {
    for (uint16_t ascii = 1; ascii < 0x80; ascii++) {
        enc->cp932[ascii] = ascii;
    }
    for (int32_t kana = KANA_FIRST; kana <= KANA_LAST; kana++) {
        learn(enc, decoder, kana, -1);
    }
    for (int32_t lead = LEAD_FIRST; lead <= LEAD_LAST; lead++) {
        int32_t is_kana = lead >= 0xA0 && lead <= KANA_LAST;
        int32_t is_nec_copy = lead == 0xED || lead == 0xEE;
        if (is_kana || is_nec_copy) {
            continue;
        }
        for (int32_t trail = TRAIL_FIRST; trail <= TRAIL_LAST; trail++) {
            learn(enc, decoder, lead, trail);
        }
    }
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        enc->cp932[twins[i].from] = enc->cp932[twins[i].to];
    }
}

int32_t encoder_create(uint32_t charset, encoder **out, kinmu_err *err) {
    encode_decoder *decoder = NULL;
    int32_t status = encode_decoder_open(&decoder, err);
    if (status != KINMU_OK) {
        return status;
    }
    encoder *enc = calloc(1, sizeof *enc);
    if (enc != NULL) {
        enc->charset = charset;
        build_table(enc, decoder);
        *out = enc;
    }
    encode_decoder_close(decoder);
    return enc != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

void encoder_destroy(encoder *enc) {
    free(enc);
}

const uint8_t *encoder_prefix(const encoder *enc, size_t *size) {
    static const uint8_t bom[] = {0xEF, 0xBB, 0xBF};
    *size = enc->charset == ENCODE_UTF8_BOM ? sizeof bom : 0;
    return bom;
}

int32_t encoder_is_cp932(const encoder *enc, uint32_t code) {
    return code <= BMP_LAST && enc->cp932[code] != 0;
}

static size_t put_cp932(const encoder *enc, uint32_t code, uint8_t *out) {
    if (!encoder_is_cp932(enc, code)) {
        return 0;
    }
    uint16_t bytes = enc->cp932[code];
    if (bytes <= 0xFF) {
        out[0] = (uint8_t)bytes;
        return 1;
    }
    out[0] = (uint8_t)(bytes >> 8);
    out[1] = (uint8_t)(bytes & 0xFF);
    return 2;
}

size_t encode_utf8(uint32_t code, uint8_t out[ENCODE_BYTES_MAX]) {
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (uint8_t)(lead[size] | code);
    return size;
}

size_t encoder_character(const encoder *enc, uint32_t code, uint8_t out[ENCODE_BYTES_MAX]) {
    if (enc->charset != ENCODE_CP932) {
        return code == ENCODE_BAD_CHARACTER ? 0 : encode_utf8(code, out);
    }
    return put_cp932(enc, code, out);
}

uint32_t encode_next(const char *text, size_t size, size_t *at) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *bytes = (const uint8_t *)text + *at;
    size_t left = size - *at;
    *at += 1;
    if (bytes[0] < 0x80) {
        return bytes[0];
    }
    size_t length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || length > left) {
        return ENCODE_BAD_CHARACTER;
    }
    uint32_t code = bytes[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return ENCODE_BAD_CHARACTER;
        }
        code = code << 6 | (bytes[i] & 0x3Fu);
    }
    int32_t is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < smallest[length] || code > 0x10FFFF || is_surrogate) {
        return ENCODE_BAD_CHARACTER;
    }
    *at += length - 1;
    return code;
}

size_t encoder_run(const encoder *enc, const char *text, size_t size, size_t *at, uint8_t *out,
                   size_t out_size) {
    size_t filled = 0;
    while (*at < size && (uint8_t)text[*at] >= 0x80 && out_size - filled >= ENCODE_BYTES_MAX) {
        size_t next = *at;
        uint32_t code = encode_next(text, size, &next);
        size_t length = encoder_character(enc, code, out + filled);
        if (length == 0) {
            break;
        }
        filled += length;
        *at = next;
    }
    return filled;
}

/* ---- decoding ---- */

struct decoding {
    uint32_t charset;
    uint16_t single[256];              /* 0 = no character of one byte */
    uint16_t cp932[ENCODE_TABLE_SIZE]; /* by lead << 8 | trail; 0 = none */
};

static void build_decoding(decoding *dec, encode_decoder *system) {
    for (int32_t ascii = 0; ascii < 0x80; ascii++) {
        dec->single[ascii] = (uint16_t)ascii;
    }
    for (int32_t kana = KANA_FIRST; kana <= KANA_LAST; kana++) {
        dec->single[kana] = (uint16_t)encode_decoder_character(system, kana, -1);
    }
    for (int32_t lead = LEAD_FIRST; lead <= LEAD_LAST; lead++) {
        if (lead >= 0xA0 && lead <= KANA_LAST) {
            continue;
        }
        for (int32_t trail = TRAIL_FIRST; trail <= TRAIL_LAST; trail++) {
            uint32_t code = encode_decoder_character(system, lead, trail);
            dec->cp932[lead << 8 | trail] = code <= BMP_LAST ? (uint16_t)code : 0;
        }
    }
}

int32_t decoding_create(uint32_t charset, decoding **out, kinmu_err *err) {
    encode_decoder *system = NULL;
    int32_t status = encode_decoder_open(&system, err);
    if (status != KINMU_OK) {
        return status;
    }
    decoding *dec = calloc(1, sizeof *dec);
    if (dec != NULL) {
        dec->charset = charset;
        build_decoding(dec, system);
        *out = dec;
    }
    encode_decoder_close(system);
    return dec != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

void decoding_destroy(decoding *dec) {
    free(dec);
}

uint32_t decoding_next(const decoding *dec, const uint8_t *data, size_t size, size_t *at) {
    if (dec->charset != ENCODE_CP932) {
        return encode_next((const char *)data, size, at);
    }
    uint8_t lead = data[*at];
    *at += 1;
    if (lead < 0x80 || dec->single[lead] != 0) {
        return dec->single[lead];
    }
    uint32_t code = *at < size ? dec->cp932[lead << 8 | data[*at]] : 0;
    *at += code != 0;
    return code != 0 ? code : ENCODE_BAD_CHARACTER;
}
