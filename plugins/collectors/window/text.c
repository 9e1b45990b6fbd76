/* text.c - turns texts as X and Wayland clients write them into clean UTF-8.
 *
 * The input is hostile: any bytes, any length. Output is bounded by the caller's array, valid
 * UTF-8 and free of control characters. Compound Text (ISO 2022 with a fixed set of escapes, X
 * Consortium standard "Compound Text Encoding" 1.1) is split here into runs of one character set
 * and each run is converted by iconv; the sets are those that X clients are allowed to send without
 * private agreement.
 */
#include "linux.h"

#include <iconv.h>
#include <string.h>

#define ESC 0x1b
#define RUN_BYTES_MAX 512 /* converted at once, in bytes of the iconv encoding */

typedef struct text_out {
    char *data;
    size_t size;
    size_t capacity; /* without the terminating NUL */
    int32_t full;    /* once a character did not fit, nothing follows it */
} text_out;

static text_out text_begin(char *data, size_t data_size) {
    text_out out = {data, 0, data_size - 1, 0};
    data[0] = '\0';
    return out;
}

static void put(text_out *out, uint32_t code) {
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        code = ' ';
    }
    char bytes[4];
    size_t count;
    if (code < 0x80) {
        bytes[0] = (char)code;
        count = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        count = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        count = 3;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (code & 0x3f));
        count = 4;
    }
    if (out->full || out->capacity - out->size < count) {
        out->full = 1;
        return;
    }
    memcpy(out->data + out->size, bytes, count);
    out->size += count;
    out->data[out->size] = '\0';
}

/* Decodes one character and returns its bytes; a bad byte is one character, U+FFFD. */
static size_t decode_utf8(const uint8_t *text, size_t size, uint32_t *code) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text[0];
    size_t count = lead < 0x80   ? 1
                   : lead < 0xc2 ? 0
                   : lead < 0xe0 ? 2
                   : lead < 0xf0 ? 3
                   : lead < 0xf5 ? 4
                                 : 0;
    *code = 0xfffd;
    if (count == 1) {
        *code = lead;
    }
    if (count < 2 || count > size) {
        return 1;
    }
    uint32_t value = lead & (0x7fu >> count);
    for (size_t index = 1; index < count; index++) {
        if ((text[index] & 0xc0) != 0x80) {
            return 1;
        }
        value = value << 6 | (text[index] & 0x3f);
    }
    if (value < smallest[count] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return 1;
    }
    *code = value;
    return count;
}

static void put_utf8(text_out *out, const uint8_t *text, size_t size) {
    for (size_t at = 0; at < size && !out->full;) {
        uint32_t code;
        at += decode_utf8(text + at, size - at, &code);
        put(out, code);
    }
}

void window_text_utf8(char *out, size_t out_size, const char *text, size_t size) {
    text_out to = text_begin(out, out_size);
    put_utf8(&to, (const uint8_t *)text, strnlen(text, size));
}

void window_text_latin1(char *out, size_t out_size, const char *text, size_t size) {
    text_out to = text_begin(out, out_size);
    size = strnlen(text, size);
    for (size_t at = 0; at < size && !to.full; at++) {
        put(&to, (uint8_t)text[at]);
    }
}

/* A character set as an escape names it: `bytes` bytes a character, written to iconv as `prefix`
 * (0 = none) and the bytes with the high bit set or, for plain ASCII, cleared. */
typedef struct charset {
    const char *escape; /* what follows ESC; '(' is replaced by ')' for the right half */
    const char *encoding;
    uint8_t bytes;
    uint8_t prefix;
    uint8_t high;   /* 0x80: the half of the encoding that holds the set; 0: its left half */
    uint8_t halves; /* where it may be put: LEFT, RIGHT or both */
} charset;

#define LEFT 1u
#define RIGHT 2u

static const charset charsets[] = {
    {"(B", "ISO-8859-1", 1, 0, 0, LEFT},
    {"(J", "ISO-8859-1", 1, 0, 0, LEFT}, /* JIS X 0201 Roman: ASCII but for yen and overline */
    {"-A", "ISO-8859-1", 1, 0, 0x80, RIGHT},
    {"-B", "ISO-8859-2", 1, 0, 0x80, RIGHT},
    {"-C", "ISO-8859-3", 1, 0, 0x80, RIGHT},
    {"-D", "ISO-8859-4", 1, 0, 0x80, RIGHT},
    {"-F", "ISO-8859-7", 1, 0, 0x80, RIGHT},
    {"-G", "ISO-8859-6", 1, 0, 0x80, RIGHT},
    {"-H", "ISO-8859-8", 1, 0, 0x80, RIGHT},
    {"-L", "ISO-8859-5", 1, 0, 0x80, RIGHT},
    {"-M", "ISO-8859-9", 1, 0, 0x80, RIGHT},
    {"-b", "ISO-8859-15", 1, 0, 0x80, RIGHT},
    {"(I", "EUC-JP", 1, 0x8e, 0x80, LEFT | RIGHT},  /* JIS X 0201 Katakana */
    {"$(A", "EUC-CN", 2, 0, 0x80, LEFT | RIGHT},    /* GB 2312 */
    {"$(B", "EUC-JP", 2, 0, 0x80, LEFT | RIGHT},    /* JIS X 0208 */
    {"$(C", "EUC-KR", 2, 0, 0x80, LEFT | RIGHT},    /* KS X 1001 */
    {"$(D", "EUC-JP", 2, 0x8f, 0x80, LEFT | RIGHT}, /* JIS X 0212 */
};
#define CHARSETS (sizeof charsets / sizeof charsets[0])
#define CHARSET_ASCII (&charsets[0])
#define CHARSET_LATIN1_RIGHT (&charsets[2])

/* Converts one run; a character iconv refuses makes the whole text unreadable. */
static int32_t put_run(text_out *out, const charset *set, const uint8_t *text, size_t size) {
    iconv_t converter = iconv_open("UTF-8", set->encoding);
    if (converter == (iconv_t)-1) {
        return KINMU_E_REJECT;
    }
    int32_t status = size % set->bytes == 0 ? KINMU_OK : KINMU_E_REJECT;
    for (size_t at = 0; at < size && status == KINMU_OK && !out->full;) {
        char raw[RUN_BYTES_MAX];
        size_t raw_size = 0;
        while (at < size && raw_size + set->bytes + 1 <= sizeof raw) {
            if (set->prefix != 0) {
                raw[raw_size++] = (char)set->prefix;
            }
            for (uint8_t index = 0; index < set->bytes; index++, at++) {
                raw[raw_size++] = (char)((text[at] & 0x7f) | set->high);
            }
        }
        char converted[RUN_BYTES_MAX * 3];
        char *from = raw;
        char *to = converted;
        size_t to_left = sizeof converted;
        if (iconv(converter, &from, &raw_size, &to, &to_left) == (size_t)-1) {
            status = KINMU_E_REJECT;
        } else {
            put_utf8(out, (const uint8_t *)converted, sizeof converted - to_left);
        }
    }
    iconv_close(converter);
    return status;
}

/* Reads the escape behind ESC, sets the half it designates and returns its bytes; 0 = unknown. */
static size_t designate(const uint8_t *text, size_t size, const charset **left,
                        const charset **right) {
    for (size_t index = 0; index < CHARSETS; index++) {
        const charset *set = &charsets[index];
        size_t length = strlen(set->escape);
        if (length > size || memcmp(text + length - 1, set->escape + length - 1, 1) != 0 ||
            (length == 3 && text[0] != '$')) {
            continue;
        }
        uint8_t slot = text[length - 2];
        uint8_t own = (uint8_t)set->escape[length - 2];
        if (slot == '(' && own == '(' && (set->halves & LEFT) != 0) {
            *left = set;
            return length;
        }
        if ((slot == own || (slot == ')' && own == '(')) && (set->halves & RIGHT) != 0) {
            *right = set;
            return length;
        }
    }
    return 0;
}

/* ESC % G text ESC % @: UTF-8 inside Compound Text, as X.Org and XFree86 clients send it. Returns
 * the bytes behind ESC % G, with the closing escape where there is one. */
static size_t put_utf8_segment(text_out *out, const uint8_t *text, size_t size) {
    static const uint8_t closing[] = {ESC, '%', '@'};
    const uint8_t *end = memmem(text, size, closing, sizeof closing);
    size_t length = end != NULL ? (size_t)(end - text) : size;
    put_utf8(out, text, length);
    return end != NULL ? length + sizeof closing : length;
}

int32_t window_text_compound(char *out, size_t out_size, const char *bytes, size_t size) {
    text_out to = text_begin(out, out_size);
    const uint8_t *text = (const uint8_t *)bytes;
    const charset *left = CHARSET_ASCII;
    const charset *right = CHARSET_LATIN1_RIGHT;
    size = strnlen(bytes, size);
    int32_t status = KINMU_OK;
    for (size_t at = 0; at < size && status == KINMU_OK && !to.full;) {
        if (text[at] == ESC) {
            at++;
            if (size - at >= 2 && text[at] == '%' && text[at + 1] == 'G') {
                at += 2;
                at += put_utf8_segment(&to, text + at, size - at);
                continue;
            }
            size_t length = designate(text + at, size - at, &left, &right);
            status = length > 0 ? KINMU_OK : KINMU_E_REJECT;
            at += length;
            continue;
        }
        if (text[at] < 0x21 || text[at] == 0x7f) { /* space and controls are the same in any set */
            put(&to, text[at++]);
            continue;
        }
        size_t begin = at;
        uint8_t half = text[at] & 0x80;
        while (at < size && text[at] >= 0x21 && (text[at] & 0x80) == half) {
            at++;
        }
        status = put_run(&to, half != 0 ? right : left, text + begin, at - begin);
    }
    if (status != KINMU_OK) {
        out[0] = '\0';
    }
    return status;
}
