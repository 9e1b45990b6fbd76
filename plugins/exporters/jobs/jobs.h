/* jobs/jobs.h - one instance, shared by its files: jobs.c (tables, life, orders), steps.c (what is
 * done one after the other), look.c (a job and its files, for callers). */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "queue.h"
#include "shelf.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/exporting.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#define JOBS_ASKED_MAX 64u /* orders that wait until they are kept */

/* An order or a removal whose answer waits until the queue is kept. */
typedef struct asked {
    uint64_t call;
    json_int_t job;
    int32_t is_order;
} asked;

typedef struct asked_list {
    asked items[JOBS_ASKED_MAX];
    uint32_t count;
} asked_list;

typedef struct jobs {
    const kinmu_host *host;
    const kinmu_work *work;
    const kinmu_calls *calls;
    const kinmu_timer *timer;
    const kinmu_kv *kv;
    const kinmu_bus *bus;
    const kinmu_exporting *exporting;
    int64_t keep_ns;
    char root[SHELF_PATH_SIZE];
    int32_t is_started, is_loaded, is_broken;
    uint32_t life; /* counts the starts */
    queue queue;
    asked_list asked; /* not kept yet */
    int32_t must_keep, must_sweep;
    json_int_t made;      /* by the host now; 0 = none */
    json_int_t looked_at; /* finished, its files are being counted */
    int64_t begun_ns;
    /* The step under way. */
    int32_t is_stepping;
    uint32_t step, step_life;
    int32_t step_status;
    asked_list keeping;
    char *text;
    uint32_t text_size;
    int64_t kept[QUEUE_JOBS_MAX];
    uint32_t kept_count;
    uint64_t files, bytes;
} jobs;

/* jobs.c */
int64_t jobs_now_ns(const jobs *self);
int32_t jobs_refuse(kinmu_err *err, int32_t status, const char *key, const char *text);

/* steps.c */
void steps_go_on(jobs *self); /* whenever there may be something to do */
void steps_tick(void *self);  /* every STEPS_TICK_MS: what expires, what takes too long */
#define STEPS_TICK_MS 60000u

/* look.c */
int32_t look_at_job(jobs *self, const kinmu_call *call, kinmu_err *err);
int32_t look_into_file(jobs *self, const kinmu_call *call, kinmu_err *err);

#endif
