/* api/wire/multipart.c - see multipart.h. */
#include "wire/multipart.h"

#include <string.h>

enum { BEFORE, BEHIND_BOUNDARY, LINE_END, LAST_DASH, IN_HEADER, IN_FILE, WHOLE };

/* ---- the boundary ---- */

static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* 1 when `text` begins with `word`, letters of any case. */
static int32_t begins(const char *text, const char *word) {
    while (*word != '\0' && lower((uint8_t)*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0';
}

static int32_t is_boundary(const char *text, size_t size) {
    static const char others[] = "'()+_,-./:=? ";
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        int32_t is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL)) {
            return 0;
        }
    }
    return size > 0 && size <= MULTIPART_BOUNDARY_BYTES_MAX && text[size - 1] != ' ';
}

int32_t multipart_begin(multipart *m, const char *content_type) {
    const char *at = content_type;
    memset(m, 0, sizeof *m);
    if (!begins(at, "multipart/form-data")) {
        return 0;
    }
    at += strlen("multipart/form-data");
    at += strspn(at, " \t");
    while (*at == ';' && !begins(at + 1 + strspn(at + 1, " \t"), "boundary=")) {
        at += 1 + strcspn(at + 1, ";");
    }
    if (*at != ';') {
        return 0;
    }
    at += 1 + strspn(at + 1, " \t") + strlen("boundary=");
    int32_t is_quoted = *at == '"';
    at += is_quoted;
    size_t size = strcspn(at, is_quoted ? "\"" : "; \t");
    if (!is_boundary(at, size) || (is_quoted && at[size] != '"')) {
        return 0;
    }
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, at, size);
    m->delimiter_size = (uint32_t)size + 4;
    m->matched = 2; /* the first boundary needs no line before it */
    m->state = BEFORE;
    return 1;
}

int32_t multipart_is_whole(const multipart *m) {
    return m->state == WHOLE;
}

/* ---- a part's header ---- */

/* The value of a quoted parameter, backslashes taken out, without what would break a line. */
static void take_quoted(const char *at, char *out, size_t size) {
    size_t length = 0;
    for (; *at != '\0' && *at != '"'; at++) {
        at += at[0] == '\\' && at[1] != '\0';
        if (length + 1 < size) {
            out[length++] = *at;
        }
    }
    out[length] = '\0';
}

/* The file name of a Content-Disposition, as it stands there; 0: the part is no file. */
static int32_t take_name(const char *line, char *name, size_t size) {
    int32_t is_inside = 0;
    for (const char *at = line; *at != '\0'; at++) {
        if (is_inside && *at == '\\' && at[1] != '\0') {
            at++;
        } else if (*at == '"') {
            is_inside = !is_inside;
        } else if (!is_inside && *at == ';') {
            const char *word = at + 1 + strspn(at + 1, " \t");
            if (begins(word, "filename=\"")) {
                take_quoted(word + strlen("filename=\""), name, size);
                return 1;
            }
        }
    }
    return 0;
}

/* "C:\x\a.csv", "../a.csv": what some clients send; the name is shown, never opened. */
static const char *last_segment(const char *name) {
    const char *last = name;
    for (const char *at = name; *at != '\0'; at++) {
        last = *at == '/' || *at == '\\' ? at + 1 : last;
    }
    return last;
}

static const char *end_header(multipart *m, const multipart_sink *sink) {
    char name[MULTIPART_NAME_SIZE] = "";
    int32_t is_file = 0;
    m->header[m->header_size] = '\0';
    if (memchr(m->header, '\0', m->header_size) != NULL) {
        return "upload.body";
    }
    for (char *at = m->header; *at != '\0';) {
        char *end = strstr(at, "\r\n");
        if (end == NULL) {
            break;
        }
        *end = '\0';
        if (begins(at, "content-disposition:")) {
            is_file = take_name(at, name, sizeof name);
        }
        at = end + 2;
    }
    m->state = IN_FILE;
    return is_file ? sink->begin(sink->user, last_segment(name)) : "upload.field";
}

static const char *take_header(multipart *m, char c, const multipart_sink *sink) {
    if (m->header_size == MULTIPART_HEADER_BYTES_MAX) {
        return "upload.body";
    }
    m->header[m->header_size++] = c;
    int32_t is_empty = m->header_size == 2 && memcmp(m->header, "\r\n", 2) == 0;
    int32_t is_over =
        m->header_size >= 4 && memcmp(m->header + m->header_size - 4, "\r\n\r\n", 4) == 0;
    return is_empty || is_over ? end_header(m, sink) : NULL;
}

/* ---- the body ---- */

/* A boundary is over: what is behind it? */
static const char *end_file(multipart *m, const multipart_sink *sink) {
    const char *wrong = m->state == IN_FILE ? sink->end(sink->user) : NULL;
    m->matched = 0;
    m->header_size = 0;
    m->state = BEHIND_BOUNDARY;
    return wrong;
}

/* One byte between parts: "--" or blanks and a line's end. */
static const char *take_between(multipart *m, char c) {
    if (m->state == BEHIND_BOUNDARY && c == '-') {
        m->state = LAST_DASH;
    } else if (m->state == BEHIND_BOUNDARY && c == '\r') {
        m->state = LINE_END;
    } else if (m->state == LAST_DASH && c == '-') {
        m->state = WHOLE; /* what follows is nobody's */
    } else if (m->state == LINE_END && c == '\n') {
        m->state = IN_HEADER;
    } else if (m->state != BEHIND_BOUNDARY || (c != ' ' && c != '\t')) {
        return "upload.body";
    }
    return NULL;
}

/* Bytes before the first boundary, or of a file, up to the next one. A CR stands in a delimiter at
 * its begin only, so a look-alike that breaks off begins again with the byte that broke it. */
static const char *take_bytes(multipart *m, const char *data, size_t size, size_t *used,
                              const multipart_sink *sink) {
    const char *wrong = NULL;
    size_t from = *used; /* data not handed over yet */
    size_t at = *used;
    int32_t is_file = m->state == IN_FILE;
    while (at < size && wrong == NULL && m->matched < m->delimiter_size) {
        if (data[at] == m->delimiter[m->matched]) {
            m->matched++;
            at++;
            continue;
        }
        size_t held = m->matched;          /* a look-alike: the file's after all */
        if (is_file && held > at - from) { /* it began in the piece before */
            wrong = sink->data(sink->user, m->delimiter, held - (at - from));
        }
        m->matched = 0;
        at += data[at] != m->delimiter[0];
    }
    /* What was matched may be a boundary and is not handed over; part of it may be of before. */
    size_t plain = at - from > m->matched ? at - from - m->matched : 0;
    if (is_file && plain > 0 && wrong == NULL) {
        wrong = sink->data(sink->user, data + from, plain);
    }
    *used = at;
    return wrong;
}

const char *multipart_take(multipart *m, const void *data, size_t size,
                           const multipart_sink *sink) {
    const char *bytes = data;
    const char *wrong = NULL;
    for (size_t at = 0; at < size && wrong == NULL && m->state != WHOLE;) {
        switch (m->state) {
        case BEFORE:
        case IN_FILE:
            wrong = take_bytes(m, bytes, size, &at, sink);
            if (wrong == NULL && m->matched == m->delimiter_size) {
                wrong = end_file(m, sink);
            }
            break;
        case IN_HEADER:
            wrong = take_header(m, bytes[at++], sink);
            break;
        default:
            wrong = take_between(m, bytes[at++]);
            break;
        }
    }
    return wrong;
}
