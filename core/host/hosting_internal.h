/* host/hosting_internal.h - shared by hosting.c (life cycle) and hosting_iface.c (services). */
#ifndef HOST_HOSTING_INTERNAL_H
#define HOST_HOSTING_INTERNAL_H

#include "base/arena.h"
#include "host/hosting.h"

#include <kinmu/iface/calls.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include <stdatomic.h>

#define HOSTING_TURN_MS_MAX 50u
#define HOSTING_WAITS_MAX 4096u

/* An answer on its way to the instance: told in a later turn, never inside the call that asked. */
typedef struct told_answer {
    struct told_answer *next;
    uint64_t token;
    int32_t status;
    uint32_t count;
    kinmu_value values[KINMU_FIELDS_MAX];
    arena memory; /* texts and bytes */
    const char *text;
} told_answer;

struct hosting {
    uv_loop_t *loop;
    uv_async_t later; /* runs what must come in a later turn */
    uv_thread_t thread;
    hosting_backend backend;
    hosted *first;
    int32_t is_ending; /* freed once the last instance is gone */
};

/* A libuv handle given to a plugin; freed by its close callback. */
typedef struct watch {
    union {
        uv_handle_t handle;
        uv_timer_t timer;
        uv_poll_t poll;
    } uv;
    hosted *h;
    struct watch *next;
    uint64_t id;
    void (*timer_fn)(void *user);
    kinmu_poll_fn poll_fn;
    void *user;
    uint64_t repeat_ms;
    int32_t closed;
} watch;

/* Something the plugin waits for: a ticket, a decision, an answer. */
typedef struct wait {
    struct wait *next;
    uint64_t token; /* ticket for durable waits */
    kinmu_done done;
    kinmu_answer_fn answer;
    void *user;
} wait;

typedef struct job {
    uv_work_t work;
    hosted *h;
    kinmu_job_fn run;
    kinmu_job_done_fn done;
    void *user;
} job;

/* A request the instance has not heard the end of. */
typedef struct open_request {
    struct open_request *next;
    uint64_t id;
    int32_t answer;   /* hosting_routes.c */
    int32_t is_stuck; /* a part was refused: it waits for writable */
    size_t unsent;
} open_request;

typedef struct fetch fetch; /* a request of http/1 under way (hosting_http.c) */

struct hosted {
    kinmu_host host; /* first: the plugin's handle is this struct */
    hosting *owner;
    hosted *next;
    const kinmu_plugin *plugin;
    void *self;
    void *config;
    void *config_memory;
    void *tag;
    char instance[KINMU_NAME_BYTES_MAX * 2 + 2];
    char node[256];
    char account[256];
    int32_t is_started;
    int32_t is_doomed; /* destroy once the last job is done */
    uint64_t next_id;
    uint32_t timer_count;
    uint32_t poll_count;
    uint32_t job_count;
    uint32_t wait_count;
    watch *watches;
    wait *durable_waits;
    wait *decisions;
    wait *calls;
    told_answer *answers; /* oldest first */
    kinmu_route_handler route_handler;
    void *route_user;
    open_request *requests;
    fetch *fetches;
    uint32_t fetch_count;
    int32_t may_fetch; /* from start to stop */
    _Atomic uint64_t durable;
    _Atomic uint64_t slow_turns;
};

/* Brackets every call into the plugin: measures the turn. */
uint64_t hosting_turn_begin(hosted *h);
void hosting_turn_end(hosted *h, uint64_t begin);
int32_t hosting_on_turn(const hosted *h); /* 1 on the loop's thread */
void hosting_drop_watches(hosted *h);
void hosting_drop_requests(hosted *h);
extern const kinmu_routes hosting_routes; /* hosting_routes.c */
void hosting_http_pump(hosted *h);        /* what waited for resume */
void hosting_http_stop(hosted *h);        /* ends what is under way, each with its done */
extern const kinmu_http hosting_http_table;
const void *hosting_iface(const kinmu_host *host, const char *name);

#endif
