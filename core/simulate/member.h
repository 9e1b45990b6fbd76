/* simulate/member.h - an agent of a run with its connection and its place in time, and the run. For
 * the files that drive it: run.c (time), pushing.c (a push and its answer), enroll.c (before),
 * blast.c (pregenerated pushes), state.c (kept between runs).
 */
#ifndef SIMULATE_MEMBER_H
#define SIMULATE_MEMBER_H

#include "simulate/run.h"

#define MEMBER_FUTILE_MAX 16u
#define RUN_OPENING_MAX 1000u /* handshakes begun and not done: real PCs have a processor each */

typedef struct run run;
typedef struct member member;

enum {
    MEMBER_WAITING, /* for its time */
    MEMBER_QUEUED,  /* for a free connection */
    MEMBER_PUSHING,
    MEMBER_OVER
};

struct member {
    agent a;
    run *r;
    peer *peer;
    buffer ticket;
    buffer push; /* under way; kept to be sent twice */
    journal_standing newest;
    chance luck;
    uint32_t hub;
    int32_t phase;
    int32_t fault;      /* of the push under way */
    int32_t is_retry;   /* no further fault */
    int32_t is_opening; /* shaking hands */
    int32_t is_last;    /* its time is over: what is unsent goes out, whatever was wanted */
    int32_t is_resting; /* its days are over and confirmed; it stays (run_settings.stays) */
    uint32_t futile;    /* pushes in a row that changed nothing */
    uint32_t failures;  /* in a row */
    int64_t sim_ns;     /* recorded up to there */
    int64_t cut_off_ns; /* silent until then */
    uint64_t due_ns;    /* real, monotonic */
    uint64_t opened_ns;
    uint64_t down_since_ns; /* lost; 0 = not */
    uint32_t heap_at;
    member *next; /* in the queue */
};

struct run {
    const run_settings *settings;
    run_report *report;
    uv_loop_t loop;
    uv_timer_t tick, duration;
    uv_signal_t interrupt;
    agent_kit kit;
    peer_kit *peers;
    buffer anchor;
    member *members;
    uint32_t count, over, active, opening, resting;
    member **heap;
    uint32_t heap_size;
    member *first_queued, *last_queued;
    int64_t begin_ns, end_ns; /* simulated */
    uint64_t began_ns;        /* real */
    int32_t is_stopping;      /* no more recording */
    uint32_t interrupts;
    uint32_t down; /* members not heard since they were lost */
    uint64_t outage_ns;
    int32_t status;
    kinmu_err err;
};

void run_fail(run *r, int32_t status, const kinmu_err *err); /* ends the loop */
void run_settle(run *r); /* until everything that was closed is gone */
void run_say(const run *r, const char *format, ...) KINMU_PRINTF(2, 3);

/* ---- run.c ---- */
int32_t run_make_members(run *r, kinmu_err *err); /* by the settings and the kit's secret */
int64_t run_now(const run *r);                    /* simulated */
void run_at(member *m, uint64_t due_ns);
void run_opening(member *m, int32_t is_opening);
void run_done(member *m); /* a push round is over: what next */
void run_over(member *m); /* no more of this one */

/* ---- pushing.c ---- */
void pushing_begin(member *m); /* records are there, a connection may be used */

/* ---- enroll.c: what must be known before; run the loop by themselves ---- */
int32_t enroll_meet(run *r, kinmu_err *err); /* the hub's anchor, proved by the token */
int32_t enroll_all(run *r, kinmu_err *err);

/* ---- blast.c ---- */
int32_t blast(run *r, kinmu_err *err);

/* ---- state.c ---- */
/* E_NOTFOUND: there is none yet. */
int32_t state_load(run *r, kinmu_err *err);
int32_t state_save(run *r, kinmu_err *err);

#endif
