/* http/client.h - outgoing HTTP on the node's loop: libcurl's multi interface watched by libuv.
 *
 * Requests are those of kinmu/iface/http.h; who may ask for what, and which secret belongs to whom,
 * is the caller's business. On the loop and not on a thread of its own: requests are few, answers
 * are told in turns of that thread anyway, name look-ups already run on libcurl's own thread. All
 * functions are called on the loop's thread; hooks come from the loop, never from within a call.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/error.h"
#include <kinmu/iface/http.h>
#include <uv.h>

#define HTTP_CLIENT_OPEN_MAX 512u /* requests of all callers under way */

typedef struct http_client http_client;
typedef struct http_exchange http_exchange;

/* The way out, from the configuration. Copied. */
typedef struct http_client_settings {
    const char *data;       /* data folder: hub.d/ and device.key of an enrolled node */
    const char *proxy;      /* "http://proxy:3128"; NULL = none */
    const char *proxy_user; /* NULL = the proxy asks for nothing */
    const char *proxy_password;
    const char *proxy_except;       /* "intra.example,10.0.0.5": reached without it; may be NULL */
    int32_t proxy_from_environment; /* https_proxy and no_proxy count; `proxy` is not used */
} http_client_settings;

typedef struct http_hooks {
    int32_t (*part)(void *user, const void *data, uint32_t size); /* as kinmu_http_part_fn */
    void (*done)(void *user, const kinmu_http_response *response);
    void *user;
    const char *secret; /* value for request->secret; NULL when there is none to give */
    int32_t may_use_device;
    int32_t asks_anybody; /* whoever answers will do, request->trust is not looked at: only to fetch
                             what proves itself, with nothing secret in the request */
} http_hooks;

int32_t http_client_create(uv_loop_t *loop, http_client **out);
/* Later requests go that way. */
int32_t http_client_configure(http_client *client, const http_client_settings *settings);
/* Drops what is under way without a word; frees itself once the loop has run. Accepts NULL. */
void http_client_destroy(http_client *client);

/* What is wrong with the request itself is told by done. E_BUSY: too many are open; E_NOMEM. */
int32_t http_client_send(http_client *client, const kinmu_http_request *request,
                         const http_hooks *hooks, http_exchange **out);
/* The exchange is gone: no hook is called any more. */
void http_exchange_cancel(http_exchange *e);
void http_exchange_resume(http_exchange *e);

#endif
