/* http/path.c - see parse.h: a path decoded and normalised exactly once. Whatever two programs
 * might see differently (an encoded slash, "//", a backslash, "..") is settled or refused here. */
#include "http/parse.h"

#include "base/text.h"

#include <string.h>

static int32_t hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static uint32_t decode(char *path) {
    char *out = path;
    for (const char *in = path; *in != '\0'; in++) {
        char c = *in;
        if (c == '%') {
            int32_t high = hex_digit(in[1]);
            int32_t low = high >= 0 ? hex_digit(in[2]) : -1;
            if (low < 0) {
                return 400;
            }
            c = (char)(high * 16 + low);
            in += 2;
            if (c == '/') {
                return 400;
            }
        }
        if ((uint8_t)c < 0x20 || c == 0x7f || c == '\\') {
            return 400;
        }
        *out++ = c;
    }
    *out = '\0';
    return 0;
}

/* Takes "." and ".." away; `out` never passes `in`. */
static uint32_t drop_dots(char *path) {
    char *out = path;
    const char *in = path;
    while (*in == '/') {
        const char *segment = in + 1;
        size_t size = strcspn(segment, "/");
        const char *next = segment + size;
        if (size == 0 && *next != '\0') {
            return 400; /* "//" */
        }
        if (size == 2 && segment[0] == '.' && segment[1] == '.') {
            if (out == path) {
                return 400;
            }
            do {
                out--;
            } while (*out != '/');
        } else if (!(size == 1 && segment[0] == '.')) {
            memmove(out, in, size + 1);
            out += size + 1;
            in = next;
            continue;
        }
        if (*next == '\0') {
            *out++ = '/'; /* "/a/." and "/a/b/.." are the folder "/a/" */
        }
        in = next;
    }
    *out = '\0';
    return 0;
}

uint32_t http_clean_path(char *path) {
    if (path[0] != '/') {
        return 400;
    }
    uint32_t status = decode(path);
    if (status == 0 && !text_is_utf8(path, strlen(path))) {
        status = 400;
    }
    return status == 0 ? drop_dots(path) : status;
}
