/* kinmu/iface/http.h - outgoing HTTP: one request in, one answer out in a later turn.
 *
 * The host does what every caller would get wrong alone: proxy, TLS with a stated trust, time-outs,
 * retries that cannot do a thing twice, limits on what comes back, kept connections. It follows
 * conf.d, not the environment. https only; http is for servers on this machine (loopback).
 */
#ifndef KINMU_IFACE_HTTP_H
#define KINMU_IFACE_HTTP_H

#include <kinmu/header.h>
#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_HTTP_1 "kinmu.http/1"
#define KINMU_HTTP_OPEN_MAX 16u              /* requests of one instance under way */
#define KINMU_HTTP_URL_BYTES_MAX 4096u       /* also of a path to an authority's file */
#define KINMU_HTTP_HEADERS_MAX 64u           /* of a request, of an answer */
#define KINMU_HTTP_HEADER_BYTES_MAX 32768u   /* all headers together, of a request, of an answer */
#define KINMU_HTTP_BODY_BYTES_MAX (3u << 20) /* of a request, of an answer given whole */
#define KINMU_HTTP_TIMEOUT_MS_MAX 3600000u
#define KINMU_HTTP_RETRIES_MAX 10u

/* Whom an https server must convince. There is no default: trust is a decision. */
#define KINMU_HTTP_TRUST_SYSTEM 1u /* the authorities this computer trusts */
#define KINMU_HTTP_TRUST_FILE 2u   /* the authorities in a PEM file, no other */
#define KINMU_HTTP_TRUST_PIN 3u    /* whoever holds the pinned key; name and dates do not matter */
/* The hub this node is enrolled with: its pinned authority alone, and the node shows its own
 * certificate. The key never leaves the host. For plugins shipped with Kinmu, else E_DENIED. */
#define KINMU_HTTP_TRUST_DEVICE 4u

/* Flags of a request. */
#define KINMU_HTTP_FOLLOW 1u /* GET and HEAD follow redirects within the same server, up to 5 */

/* Takes a part of the answer's body. KINMU_OK: more may come; KINMU_E_BUSY: taken, no more before
 * resume; anything else ends the request with that status. Pointers live until it returns. [turn]
 */
typedef int32_t (*kinmu_http_part_fn)(void *user, const void *data, uint32_t size);

/* All of it is copied by send. Zeroed members mean the default in the comment. */
typedef struct kinmu_http_request {
    uint32_t struct_size;
    uint32_t flags;     /* KINMU_HTTP_* */
    const char *method; /* GET HEAD POST PUT PATCH DELETE OPTIONS; NULL = GET */
    const char *url;    /* without user and password */
    /* Host, Content-Length, Connection and the like are the host's own business: E_REJECT. */
    const kinmu_header *headers;
    uint32_t header_count;
    uint32_t trust;        /* KINMU_HTTP_TRUST_*; needed for https */
    const char *authority; /* TRUST_FILE: absolute path of PEM certificates */
    const char *pin;       /* base64 of SHA-256 of the server's public key (SubjectPublicKeyInfo);
                              checked besides the trust; NULL = none */
    const char *secret;    /* handle of a SECRET option: the host puts its value into a header */
    const char *secret_header; /* NULL = Authorization */
    const char *secret_scheme; /* "Bearer": put before it; "Basic": it is "user:password"; NULL =
                                  the value alone */
    const void *body;
    uint32_t body_size;
    uint32_t timeout_ms;       /* for all of it, retries and waits included; 0 = 30 s */
    uint64_t answer_bytes_max; /* body after unpacking; 0 = 1 MiB; beyond it E_REJECT */
    uint32_t retries_max;      /* see send; 0 = none */
    uint32_t reserved;
    kinmu_http_part_fn part; /* the body of a 2xx answer in parts; NULL = whole, in the answer */
} kinmu_http_request;

/* What came of a request. Pointers live until done returns. */
typedef struct kinmu_http_response {
    uint32_t struct_size;
    int32_t status; /* KINMU_OK: the server answered, with whatever code */
    uint32_t code;  /* 200 … 599; 0 = no answer */
    uint32_t header_count;
    const kinmu_header *headers; /* in the server's order and letter case */
    const void *body;            /* NUL-terminated, not counted */
    uint32_t body_size;
    uint32_t attempts; /* times it was sent */
    const char *text;  /* "" or why there is no answer, one sentence: what, where, cause, cure */
} kinmu_http_response;

/* [turn] */
typedef void (*kinmu_http_done_fn)(void *user, const kinmu_http_response *response);

typedef struct kinmu_http {
    uint32_t struct_size;
    uint32_t reserved;

    /* Sends a request; `id` may be NULL. done comes exactly once, in a later turn, never inside
     * send, unless the request is cancelled: E_RETRY network or time-out, E_DENIED certificate,
     * pin, identity, proxy password or a redirect that leads elsewhere, E_REJECT a request or an
     * answer that cannot be, E_STATE the instance stopped (told when stop has returned).
     *
     * Sent again up to retries_max times, with growing pauses, after trouble of the network and
     * after 429, 502, 503 and 504, while no part has been given: GET, HEAD, PUT, DELETE, OPTIONS,
     * and whatever carries an Idempotency-Key header. Retry-After is kept to; does it lead beyond
     * the time-out, the answer is given as it is. Any other request is sent once, on a connection
     * of its own, so that not even a lost connection does a thing twice.
     *
     * E_BUSY beyond KINMU_HTTP_OPEN_MAX, E_REJECT beyond another limit of this header, E_STATE off
     * the turn, without done or after stop. [turn] Since 1.0 */
    int32_t (*send)(const kinmu_host *host, const kinmu_http_request *request,
                    kinmu_http_done_fn done, void *user, uint64_t *id);

    /* Gives a request up: neither part nor done come any more. The server may have acted on it.
     * Unknown ids are ignored. [turn] Since 1.0 */
    void (*cancel)(const kinmu_host *host, uint64_t id);

    /* Lets parts come again after one was answered E_BUSY. [turn] Since 1.0 */
    void (*resume)(const kinmu_host *host, uint64_t id);
} kinmu_http;

static inline int kinmu_http_lower(char c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* First value of a header of an answer, letter case ignored; NULL when there is none. [any] */
static inline const char *kinmu_http_value(const kinmu_http_response *response, const char *name) {
    for (uint32_t i = 0; i < response->header_count; i++) {
        const char *a = response->headers[i].name;
        const char *b = name;
        while (*a != '\0' && kinmu_http_lower(*a) == kinmu_http_lower(*b)) {
            a++;
            b++;
        }
        if (*a == *b) {
            return response->headers[i].value;
        }
    }
    return NULL;
}

#ifdef __cplusplus
}
#endif
#endif
