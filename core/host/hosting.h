/* host/hosting.h - plugin instances hosted by this process, on one libuv loop.
 *
 * The same code hosts instances in the core and in a runner: the interfaces, thread checks, limits
 * and life cycle are here, what lies behind them (journal or pipe) is the backend. All functions
 * are called on the loop's thread unless marked otherwise.
 */
#ifndef HOST_HOSTING_H
#define HOST_HOSTING_H

#include "base/buffer.h"
#include <kinmu/iface/bus.h>
#include <kinmu/iface/commands.h>
#include <kinmu/iface/http.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/routes.h>
#include <kinmu/iface/sessions.h>
#include <kinmu/plugin.h>
#include <uv.h>

typedef struct hosting hosting;
typedef struct hosted hosted;

/* Operations on state shared by kv/1. */
#define HOSTING_KV_GET 0u
#define HOSTING_KV_PUT 1u
#define HOSTING_KV_REMOVE 2u

/* What an instance says about a request (routes/1). */
#define HOSTING_ANSWER 0u
#define HOSTING_BEGIN_ANSWER 1u
#define HOSTING_SEND 2u
#define HOSTING_END 3u
#define HOSTING_RESUME 4u

typedef struct hosting_reply {
    uint32_t what;
    uint32_t status;
    uint64_t id;
    int64_t size; /* BEGIN_ANSWER: of all parts, -1 = not known; END: whether it is whole */
    const kinmu_header *headers;
    uint32_t header_count;
    const void *data;
    size_t data_size;
} hosting_reply;

/* What lies behind http/1. Answers come by hosted_http_part and hosted_http_done, never within a
 * call. */
typedef struct hosting_http {
    int32_t (*send)(void *context, hosted *h, uint64_t token, const kinmu_http_request *request);
    void (*more)(void *context, hosted *h, uint64_t token, uint32_t size); /* taken of the parts */
    void (*cancel)(void *context, hosted *h, uint64_t token);
} hosting_http;

#define HOSTING_DERIVE UINT64_MAX

typedef struct hosting_backend {
    void *context;
    int32_t (*publish)(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                       uint64_t *ticket); /* [any] */
    /* number HOSTING_DERIVE: no decision but derived rows. */
    int32_t (*decide)(void *context, hosted *h, uint64_t token, uint64_t number,
                      const kinmu_event *events, uint32_t count);
    uint64_t (*head)(void *context, hosted *h); /* [any] */
    int32_t (*kv)(void *context, hosted *h, uint32_t what, const char *key, void *data,
                  uint32_t *size); /* [job] */
    int32_t (*secret)(void *context, hosted *h, const char *handle, char *data,
                      uint32_t *size); /* [job] */
    int32_t (*query)(void *context, hosted *h, const kinmu_query *query, kinmu_row_fn row,
                     void *user); /* [job] */
    /* whose NULL: the instance's own call. */
    int32_t (*send)(void *context, hosted *h, uint64_t token, const kinmu_behalf *whose,
                    const char *instance, const char *command, const kinmu_value *values,
                    uint32_t count);
    int32_t (*answer)(void *context, hosted *h, uint64_t call, int32_t status,
                      const kinmu_value *values, uint32_t count, const char *text);
    const kinmu_schema *(*schema)(void *context, hosted *h, uint32_t schema); /* [any] */
    int32_t (*sessions)(void *context, hosted *h, const kinmu_login_session *sessions,
                        uint32_t count);
    int32_t (*serve)(void *context, hosted *h, const kinmu_route *routes, uint32_t count);
    int32_t (*reply)(void *context, hosted *h, const hosting_reply *reply);
    void (*metric)(void *context, hosted *h, uint32_t index, int32_t is_set,
                   int64_t number);                                            /* [any] */
    void (*health)(void *context, hosted *h, int32_t state, const char *text); /* [any] */
    void (*log)(void *context, hosted *h, int32_t level, const char *text);    /* [any] */
    void (*gone)(void *context, void *tag); /* the instance with this tag is freed, its jobs too */
    /* Services only this backend has; NULL = none. [any] */
    const void *(*special)(void *context, hosted *h, const char *name);
    const hosting_http *http; /* NULL = no network */
} hosting_backend;

int32_t hosting_create(uv_loop_t *loop, const hosting_backend *backend, hosting **out);
/* Frees itself once the last instance is gone and the loop has run. */
void hosting_destroy(hosting *owner);

/* Fills the config struct from `options` (YAML tree or NULL) and calls create. *out is set also on
 * failure, for hosted_destroy. `tag` is the backend's own handle of the instance. */
struct config_node;
int32_t hosted_create(hosting *owner, const kinmu_plugin *plugin, const char *instance,
                      const char *node, const char *account, const struct config_node *options,
                      void *tag, hosted **out, kinmu_err *err);
int32_t hosted_start(hosted *h, kinmu_err *err);
int32_t hosted_stop(hosted *h, kinmu_err *err);
/* E_RESTART when the plugin cannot take it: stop, destroy, create. */
int32_t hosted_reconfigure(hosted *h, const struct config_node *options, kinmu_err *err);
/* Stops if needed; frees at once or, where jobs are under way, when they have ended, and then tells
 * the backend (gone). Accepts NULL. */
void hosted_destroy(hosted *h);
void *hosted_tag(const hosted *h);
const kinmu_plugin *hosted_plugin(const hosted *h);
/* 1 on the thread of the instance's turns. */
int32_t hosted_is_turn(const hosted *h);
/* 1 while jobs of the instance still run. */
int32_t hosted_is_busy(const hosted *h);

/* What comes in for the instance. */
int32_t hosted_events(hosted *h, const kinmu_batch *batch, kinmu_err *err);
int32_t hosted_call(hosted *h, const kinmu_call *call, kinmu_err *err);
void hosted_durable(hosted *h, uint64_t ticket);
/* These tickets were given back: what was published while handling a batch that was then not
 * handled. Their waits end with E_RETRY. */
void hosted_withdrawn(hosted *h, uint64_t first, uint64_t last);
void hosted_failed(hosted *h); /* nothing more becomes durable: waiting ones get E_RESTART */
/* 1 when routes/1 takes such a route. */
int32_t hosting_is_route(const kinmu_route *route);
/* Requests for what it serves. */
void hosted_request(hosted *h, const kinmu_request *request);
void hosted_part(hosted *h, uint64_t id, const void *data, size_t size, int32_t is_last);
void hosted_drained(hosted *h, uint64_t id, size_t bytes);
void hosted_request_gone(hosted *h, uint64_t id, int32_t is_complete);
/* What calls/1 does, in the name of `whose`, or of the instance where it is NULL. */
int32_t hosted_send(hosted *h, const kinmu_behalf *whose, const char *instance, const char *command,
                    const kinmu_value *values, uint32_t count, kinmu_answer_fn answer, void *user);
void hosted_decided(hosted *h, uint64_t token, int32_t status, uint64_t number);
void hosted_answered(hosted *h, uint64_t token, int32_t status, const kinmu_value *values,
                     uint32_t count, const char *text);
void hosted_http_part(hosted *h, uint64_t token, const void *data, uint32_t size);
void hosted_http_done(hosted *h, uint64_t token, const kinmu_http_response *response);

#endif
