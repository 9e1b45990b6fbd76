/* http/client_internal.h - shared by client.c (libcurl on the loop), client_exchange.c (one request
 * from first attempt to answer) and client_easy.c (one attempt as libcurl sees it). */
#ifndef HTTP_CLIENT_INTERNAL_H
#define HTTP_CLIENT_INTERNAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "http/client.h"
#include "http/client_curl.h"
#include "http/client_identity.h"

#define HTTP_CONNECT_S_MAX 10u
#define HTTP_STALL_S_MAX 30u
#define HTTP_TIMEOUT_MS_DEFAULT 30000u
#define HTTP_ANSWER_BYTES_DEFAULT ((uint64_t)1 << 20)
#define HTTP_REDIRECTS_MAX 5u
#define HTTP_SPARE_MAX 2u           /* easy handles kept for the next request */
#define HTTP_KEPT_CONNECTIONS_MAX 8 /* idle ones, all servers together */
#define HTTP_PARTS_BYTES_MAX 65536u /* read and not yet taken */
#define HTTP_IDENTITY_MS 10000u     /* the identity's files are looked at again after that */
#define HTTP_PLACE_SIZE 300u

enum exchange_phase { EXCHANGE_WAITING, EXCHANGE_RUNNING, EXCHANGE_ENDED };
enum exchange_fault { FAULT_NONE, FAULT_HEADERS, FAULT_BODY, FAULT_MEMORY };

typedef struct http_answer {
    uint32_t code;
    int32_t is_headed; /* the header's end was seen */
    buffer headers;    /* name NUL value NUL … */
    uint32_t header_count;
    buffer body;
    buffer parts;   /* read and not yet given */
    uint64_t bytes; /* of the body, unpacked */
    enum exchange_fault fault;
} http_answer;

struct http_exchange {
    http_client *client;
    http_exchange *next;
    uv_timer_t timer; /* the start, a pause, the end of its time */
    enum exchange_phase phase;
    arena memory;
    kinmu_http_request request; /* its texts in `memory` */
    buffer body;
    char *secret;
    http_hooks hooks;
    char place[HTTP_PLACE_SIZE]; /* "https://hub.example:8443" */
    int32_t is_loopback;
    int32_t is_repeatable;
    uint64_t deadline_ms;
    uint32_t attempts;
    uint32_t redirects;

    CURL *easy; /* of the attempt under way */
    struct curl_slist *headers;
    char detail[CURL_ERROR_SIZE];
    http_answer answer;
    int32_t is_held;      /* whoever takes parts wants none now */
    int32_t is_curl_held; /* libcurl was told to stop reading */
    int32_t has_given;    /* a part was taken: no other attempt */
    int32_t is_read;      /* libcurl is done, with `result`; the last parts are still to be taken */
    CURLcode result;
};

struct http_client {
    uv_loop_t *loop;
    const curl_table *curl; /* NULL until the first request */
    CURLM *multi;
    CURLSH *share;    /* TLS sessions */
    uv_timer_t timer; /* libcurl's */
    uv_timer_t again; /* a resumed exchange is looked at in a turn of its own */
    uint32_t open_timers;
    http_exchange *first;
    uint32_t open_count;
    CURL *spare[HTTP_SPARE_MAX];
    uint32_t spare_count;
    arena memory; /* of the settings */
    http_client_settings settings;
    char *proxy_password;
    http_identity identity;
    uint64_t identity_ms; /* read then; 0 = not */
};

/* client.c */
int32_t http_client_open(http_client *client, kinmu_err *err); /* loads libcurl if it must */
CURL *http_client_take_easy(http_client *client);
void http_client_give_easy(http_client *client, CURL *easy);
/* E_DENIED when the node is not enrolled. */
int32_t http_client_identity(http_client *client, const http_identity **out, kinmu_err *err);

/* client_easy.c */
/* Parses the URL: fills place and is_loopback, refuses http elsewhere than on this computer. */
int32_t http_easy_place(http_exchange *e, kinmu_err *err);
/* 1 when the URL leads to the same scheme, host and port as the request's. */
int32_t http_easy_same_server(const http_exchange *e, const char *url);
/* Makes e->easy with everything set. */
int32_t http_easy_prepare(http_exchange *e, kinmu_err *err);
void http_easy_release(http_exchange *e);
void http_answer_clear(http_answer *answer);

/* client_exchange.c */
int32_t http_exchange_can_give(const http_exchange *e); /* parts wait and somebody takes them */
void http_exchange_give(http_exchange *e);
void http_exchange_read(http_exchange *e, CURLcode result); /* libcurl is done with it */

#endif
