/* http/parse.h - the pure part of the server: heads, paths and chunked bodies, without I/O.
 *
 * A head is judged in three steps, each a refusal of what the next might read in two ways: its
 * bytes (lines end in CR LF, no control characters, no folding), its grammar (Debian's
 * http-parser), its meaning (one Host, one framing). What is refused is refused with a status and
 * the connection ends, because where the next request would begin is then anybody's guess.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include <kinmu/iface/routes.h>

#define HTTP_HEAD_BYTES_MAX 16384u
#define HTTP_LINE_BYTES_MAX 8192u
#define HTTP_TARGET_BYTES_MAX 4096u
#define HTTP_HEADERS_MAX KINMU_ROUTE_HEADERS_MAX
#define HTTP_CHUNK_DIGITS_MAX 8u
#define HTTP_CHUNK_LINE_BYTES_MAX 256u /* size and extension */
#define HTTP_CHUNK_OVERHEAD_MAX 16384u /* extensions of all chunks of a body together */
#define HTTP_TRAILER_BYTES_MAX 4096u

typedef struct http_head {
    char *memory; /* everything below points into it */
    const char *method;
    const char *path;  /* decoded, normalised, begins with '/' */
    const char *query; /* as sent, "" = none */
    const char *host;
    kinmu_header headers[HTTP_HEADERS_MAX];
    uint32_t header_count;
    int64_t body_size; /* -1: chunked */
    int32_t is_head;   /* the method is HEAD */
    int32_t is_old;    /* HTTP/1.0 */
    int32_t keeps_alive;
    int32_t expects_continue;
} http_head;

/* Looks for the end of a head. *scanned is where the last look ended, 0 at first, so that a head
 * that trickles in is read once. Size of the head with its empty line, 0 = not there yet, <0 = no
 * head at all (a bare LF or CR, a control character): minus the status to answer. */
int64_t http_find_head(const uint8_t *data, size_t size, size_t *scanned);

/* Reads a whole head. 0, or the status to answer; then *head holds nothing. Cuts `data` in pieces:
 * it must be a malloc'ed copy with room for one NUL more, is taken in any case, and freed by
 * http_head_free. */
uint32_t http_read_head(char *data, size_t size, http_head *head);
void http_head_free(http_head *head);
/* Value of a header, NULL = absent; `name` in lower case. */
const char *http_head_find(const http_head *head, const char *name);

/* Decodes and normalises a path in place: percent signs once, dot segments away. 0 or 400: bad
 * escapes, encoded slashes, control characters, empty segments, dots that lead above the root, no
 * UTF-8. */
uint32_t http_clean_path(char *path);

/* A chunked body, undone strictly: CR LF only, bounded extensions and trailers (thrown away). */
typedef struct http_chunks {
    int32_t state; /* 0 = beginning */
    uint32_t digits;
    uint32_t line;     /* bytes of this size line */
    uint32_t overhead; /* of all size lines beyond the plain ones */
    uint32_t trailer;
    uint64_t left; /* of this chunk */
} http_chunks;

/* Takes the next piece: *payload gets the next run of body bytes (possibly none) within `data`.
 * Bytes consumed, payload included, or 0 when `size` is 0 or the body is over; <0 = refused. */
int64_t http_chunks_take(http_chunks *c, const uint8_t *data, size_t size, const uint8_t **payload,
                         size_t *payload_size);
int32_t http_chunks_done(const http_chunks *c);

/* "Not Found"; "" for a status without a name. */
const char *http_status_text(uint32_t status);
/* An answer's headers as a plugin gave them: 0, or E_REJECT when one could split an answer, or is
 * the server's own (length, connection, date). */
int32_t http_check_headers(const kinmu_header *headers, uint32_t count);
int32_t http_is_token(const char *text); /* a method or header name */
/* "Sun, 22 Nov 2026 05:30:00 GMT" */
void http_date(char *out, size_t size, int64_t unix_s);
/* 1 when "address:port" is reached from this computer alone. */
int32_t http_is_loopback(const char *address);

#endif
