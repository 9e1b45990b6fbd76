/* evidence/lines.h - the container of an evidence file: lines of JSON, each with a short check of
 * its own, the last one a seal over all bytes before it.
 *
 *     {"check":"0123456789abcdef","KIND":…}
 *
 * `check` is the first 8 bytes of SHA-256 of the line from "KIND" to the last brace: it names the
 * line that was changed. That nothing was changed follows from the seal alone. There is one way to
 * write everything, so no byte of a file is without meaning. docs/evidence.md is the public text.
 */
#ifndef EVIDENCE_LINES_H
#define EVIDENCE_LINES_H

#include "base/buffer.h"
#include "journal/device.h"

#define LINES_BYTES_MAX BUFFER_BYTES_MAX
#define LINES_CONTEXT_MAX 32u

/* ---- writing ---- */
typedef struct lines_writer {
    buffer out;
    crypto *digest;
    size_t begin; /* of the open line */
} lines_writer;

int32_t lines_begin(lines_writer *w);
void lines_end(lines_writer *w); /* frees */
/* Opens a line; what is appended to w->out until lines_close is its value. */
void lines_open(lines_writer *w, const char *kind);
int32_t lines_close(lines_writer *w);
/* A line whose value is one string of hexadecimal digits. */
int32_t lines_hex(lines_writer *w, const char *kind, const void *data, size_t size);
void lines_put_hex(buffer *out, const void *data, size_t size); /* with quotes */
/* context: what is sealed, with its line end; at most LINES_CONTEXT_MAX bytes. */
int32_t lines_seal(lines_writer *w, const char *context, const device *d);

/* ---- reading ---- */
typedef struct lines_reader {
    const char *text;
    size_t size;
    size_t at; /* begin of the next line */
    crypto *digest;
    uint64_t number;  /* of the line just read, from 1 */
    const char *kind; /* not terminated */
    size_t kind_size;
    /* The value, walked over by the take functions. */
    const char *value;
    const char *value_end;
    int32_t bad; /* once something was not as it is always written */
} lines_reader;

/* KINMU_OK: a line with its kind; E_NOTFOUND: the seal is next; E_REJECT: its check differs. */
int32_t lines_next(lines_reader *r);
int32_t lines_is(const lines_reader *r, const char *kind);
/* The last line: KINMU_OK when it fits all before it; hub_key is the key it was made with. */
int32_t lines_check_seal(lines_reader *r, const char *context, uint8_t hub_key[CRYPTO_PUBLIC_SIZE]);

void lines_take(lines_reader *r, const char *words); /* exactly these bytes */
int32_t lines_try(lines_reader *r, const char *words);
void lines_take_hex(lines_reader *r, void *out, size_t size);
/* A string of hexadecimal digits of any size up to `max`; gives its size. */
size_t lines_take_hex_upto(lines_reader *r, uint8_t *out, size_t max);
uint64_t lines_take_u64(lines_reader *r);
int64_t lines_take_i64(lines_reader *r);
/* A string; `out` gets it unescaped and terminated. */
void lines_take_text(lines_reader *r, char *out, size_t size);
/* The same into a buffer, of any size. */
void lines_take_long_text(lines_reader *r, buffer *out);
int32_t lines_is_done(const lines_reader *r); /* all of the value was taken and nothing was bad */

#endif
