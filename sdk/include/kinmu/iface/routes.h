/* kinmu/iface/routes.h - serve HTTP under a prefix of the instance's own.
 *
 * The host owns the server: TLS, parsing, limits, time-outs, back-pressure. An instance says once,
 * while it starts, what it serves; "/ingest/v1/push" is path "/v1/push" of the instance "ingest". A
 * request is answered in the same turn or in a later one, whole or in parts. What an instance does
 * not answer within 30 s the host answers with 504, what it cannot take in with 503.
 *
 * Rationale: a request is a number, not a pointer, so that the client may go away at any moment:
 * what is then said about the number finds nothing (E_NOTFOUND) and harms nobody.
 */
#ifndef KINMU_IFACE_ROUTES_H
#define KINMU_IFACE_ROUTES_H

#include <kinmu/header.h>
#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_ROUTES_1 "kinmu.routes/1"
#define KINMU_ROUTES_MAX 256u                            /* per instance */
#define KINMU_ROUTE_PATH_BYTES_MAX 256u                  /* of a declared path */
#define KINMU_ROUTE_BODY_BYTES_MAX ((uint32_t)3 << 20)   /* of a body collected by the host */
#define KINMU_ROUTE_STREAM_BYTES_MAX ((uint32_t)1 << 30) /* of a body in parts */
#define KINMU_ROUTE_PART_BYTES_MAX 65536u                /* of one part, either way */
#define KINMU_ROUTE_ANSWER_BYTES_MAX ((uint32_t)2 << 20) /* of an answer given whole */
#define KINMU_ROUTE_UNSENT_BYTES_MAX 262144u             /* of an answer in parts, on its way */
#define KINMU_ROUTE_HEADERS_MAX 64u                      /* of a request or an answer */
#define KINMU_ROUTE_HEADERS_BYTES_MAX 8192u              /* of an answer's headers */
#define KINMU_REQUESTS_OPEN_MAX 256u                     /* per instance; more are answered 503 */

#define KINMU_ROUTE_DEVICE                                                                         \
    1u /* only with a verified client certificate; others are answered 403                         \
        */
#define KINMU_ROUTE_STREAM                                                                         \
    2u /* body in parts as it comes; otherwise collected and given as one                          \
        */

typedef struct kinmu_route {
    const char *method;      /* "GET" (serves HEAD too), "POST", ... */
    const char *path;        /* "/v1/push" exactly that; "/files/" that and all below it */
    uint32_t flags;          /* KINMU_ROUTE_* */
    uint32_t body_bytes_max; /* more is answered 413; 0 = no body */
} kinmu_route;

typedef struct kinmu_request {
    uint32_t struct_size;
    uint32_t route; /* index into the table given to serve */
    uint64_t id;    /* of this request; never 0, never used again */
    const char *method;
    const char *path;            /* below the prefix, decoded and normalised: "/v1/push" */
    const char *query;           /* as sent, without '?'; "" = none */
    const char *address;         /* the peer's, "192.0.2.7" or "2001:db8::1" */
    const kinmu_header *headers; /* in the order sent; a name may come twice */
    uint32_t header_count;
    uint32_t peer_key_size;  /* 0 = no client certificate */
    const uint8_t *peer_key; /* public key of the verified client certificate: Ed25519 raw, 32
                                bytes; other kinds as DER of SubjectPublicKeyInfo */
    const char *peer_serial; /* serial number of that certificate in hex, "" = none */
    int64_t body_size;       /* as announced; -1 = not announced */
} kinmu_request;

/* What the host calls; all three are copied by serve. Pointers live until the call returns. */
typedef struct kinmu_route_handler {
    uint32_t struct_size;
    uint32_t reserved;

    /* A request begins. Its body, if it has any, comes in later calls of part. [turn] */
    void (*begin)(void *user, const kinmu_request *request);

    /* A part of the body; for routes without KINMU_ROUTE_STREAM the whole of it, once, and also
     * when it is empty. With KINMU_ROUTE_STREAM the next part comes after resume. May be NULL when
     * no route takes a body and begin answers. [turn] */
    void (*part)(void *user, uint64_t id, const void *data, size_t size, int32_t is_last);

    /* The request is over: answered and sent, or the client or its time is gone. Last call about
     * this id; does not come for one whose instance stops. May be NULL. [turn] */
    void (*gone)(void *user, uint64_t id, int32_t is_complete);

    /* An answer in parts that had to wait (E_BUSY) has room again. May be NULL. [turn] */
    void (*writable)(void *user, uint64_t id);
} kinmu_route_handler;

typedef struct kinmu_routes {
    uint32_t struct_size;
    uint32_t reserved;

    /* Serves these routes until the instance stops; a second call replaces the first. Tables are
     * copied. E_REJECT: a path or method that cannot be, a limit passed, two equal routes. [turn]
     * Since 1.0 */
    int32_t (*serve)(const kinmu_host *host, const kinmu_route *routes, uint32_t count,
                     const kinmu_route_handler *handler, void *user);

    /* Asks for the next part of a body that comes in parts. E_NOTFOUND: no such request (any
     * more). [turn] Since 1.0 */
    int32_t (*resume)(const kinmu_host *host, uint64_t id);

    /* Answers whole. The host adds length, date and connection headers; it refuses those from a
     * plugin, and line breaks anywhere (E_REJECT). Copied. E_STATE: it has begun an answer.
     * E_NOTFOUND: no such request. [turn] Since 1.0 */
    int32_t (*answer)(const kinmu_host *host, uint64_t id, uint32_t status,
                      const kinmu_header *headers, uint32_t header_count, const void *body,
                      size_t size);

    /* Begins an answer in parts: a download, or server-sent events (Content-Type
     * text/event-stream, size -1). `size` is the size of all parts together, -1 = not known; one
     * that turns out otherwise breaks the connection off, so that the client notices. Errors as
     * answer. [turn] Since 1.0 */
    int32_t (*begin_answer)(const kinmu_host *host, uint64_t id, uint32_t status,
                            const kinmu_header *headers, uint32_t header_count, int64_t size);

    /* Sends a part, 1 … KINMU_ROUTE_PART_BYTES_MAX bytes. E_BUSY: more than
     * KINMU_ROUTE_UNSENT_BYTES_MAX are on their way and nothing was taken; wait for writable.
     * E_STATE: no answer in parts was begun. [turn] Since 1.0 */
    int32_t (*send)(const kinmu_host *host, uint64_t id, const void *data, size_t size);

    /* Ends an answer in parts; is_whole 0: it went wrong, and the client is to notice. [turn]
     * Since 1.0 */
    int32_t (*end)(const kinmu_host *host, uint64_t id, int32_t is_whole);
} kinmu_routes;

#ifdef __cplusplus
}
#endif
#endif
