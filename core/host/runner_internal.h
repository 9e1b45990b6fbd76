/* host/runner_internal.h - shared by runner.c (the process, what the core says) and
 * runner_services.c (what plugins ask for, as frames). */
#ifndef HOST_RUNNER_INTERNAL_H
#define HOST_RUNNER_INTERNAL_H

#include "host/node_internal.h"

#define RUNNER_INSTANCES_MAX 64u
#define RUNNER_OUT_BYTES_MAX ((size_t)4 << 20) /* beyond it publish answers E_BUSY */

typedef struct guest {
    hosted *h;
    uint32_t number;
    catalog *file;
    schema_registry *schemas;
    const schema_info *emitted[NODE_SCHEMAS_PER_PLUGIN_MAX];
    const schema_info *accepted[NODE_SCHEMAS_PER_PLUGIN_MAX];
    uint32_t schema_count;
    int32_t accepts_any;
    void *options_memory;
    uint64_t next_ticket; /* under the runner's lock */
    uint64_t head;
    uint64_t handling; /* block the plugin handles in this turn, 0 = none */
    char account[256];
    int32_t only_own_account;
} guest;

/* A job waiting for the core's answer. */
typedef struct question {
    struct question *next;
    uint64_t id;
    int32_t is_answered;
    int32_t status;
    uint32_t size;
    void *data;
    uint32_t capacity;
    buffer rows; /* bodies of FRAME_ROW, each behind its size */
} question;

typedef struct runner {
    uv_loop_t loop;
    uv_pipe_t pipe;
    uv_async_t flush;
    hosting *local;
    guest *guests[RUNNER_INSTANCES_MAX];
    buffer input;
    delivery_batch batch;
    uv_mutex_t lock; /* guards what follows */
    uv_cond_t answered;
    buffer out;
    question *questions;
    uint64_t next_question;
    size_t in_flight; /* bytes handed to libuv and not written yet */
    int32_t is_ending;
} runner;

extern runner r; /* one runner a process */

/* Frames that any thread makes are collected and sent by the loop. */
void runner_send_collected(void);
/* Begins a frame in r.out; the caller holds the lock. The loop is woken once per collection. */
size_t runner_begin_frame(uint32_t type, uint32_t number);
hosting_backend runner_backend(void);
void runner_on_gone(void *context, void *tag); /* frees the guest */
void runner_answer_call(hosted *h, uint64_t call, int32_t status, const char *text);
extern const hosting_http runner_http; /* runner_http.c */
void runner_on_http(hosted *h, uint32_t type, frame_reader *body);
/* Answers of the core to jobs that wait. */
void runner_on_row(const frame_reader *body);
void runner_on_reply(frame_reader *body);

#endif
