/* csv/writing/cell.c - the rules of a text cell. See cell.h. No I/O, no state. */
#include "writing/cell.h"

#include "encode.h"

/* The MINUS SIGN is here because CP932 writes it as the full-width hyphen-minus. */
static const uint32_t triggers[] = {
    '=', '+', '-', '@', '\t', '\r', '\n', 0, 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20, 0x2212,
};

int32_t cell_is_trigger(uint32_t code) {
    for (size_t i = 0; i < sizeof triggers / sizeof triggers[0]; i++) {
        if (triggers[i] == code) {
            return 1;
        }
    }
    return 0;
}

int32_t cell_needs_apostrophe(uint32_t profile, const char *text, size_t size) {
    if (profile != CELL_HUMAN || size == 0) {
        return 0;
    }
    size_t at = 0;
    return cell_is_trigger(encode_next(text, size, &at));
}

/* Semicolon and TAB are the separators of other locales: quoted, they cannot split a cell there.
 * All are below 64, so that a number has a bit for each. */
#define QUOTED (UINT64_C(1) << ',' | UINT64_C(1) << '"' | UINT64_C(1) << ';' | UINT64_C(1) << '\t')

static int32_t is_quoted(uint8_t byte) {
    return byte < 64 && (QUOTED >> byte & 1) != 0;
}

int32_t cell_needs_quotes(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (is_quoted((uint8_t)text[i])) {
            return 1;
        }
    }
    return size > 0 && (text[0] == ' ' || text[size - 1] == ' ');
}

size_t cell_plain(const char *text, size_t size) {
    size_t count = 0;
    while (count < size && text[count] >= ' ' && text[count] <= '~' && text[count] != '"') {
        count++;
    }
    return count;
}

uint32_t cell_next(const char *text, size_t size, size_t *at) {
    uint32_t code = encode_next(text, size, at);
    if (code == '\r' && *at < size && text[*at] == '\n') {
        *at += 1;
    }
    return code == '\r' || code == '\n' || code == 0 ? ' ' : code;
}
