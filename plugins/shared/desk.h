/* shared/desk.h - calls that become decisions (DESIGN.md section 6, ADR 0016).
 *
 * All changes that wait are judged together, in a job, each on what those before it left; their
 * events go out by one append_if, with an audit entry each. If somebody else decided first, nothing
 * happened: the same calls are judged again on rows as of the decision found. Calls that only read
 * have jobs of their own. The desk keeps nothing between decisions but the calls that wait.
 */
#ifndef SHARED_DESK_H
#define SHARED_DESK_H

#include "memory.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#define DESK_WAITING_MAX 1024u /* calls that wait for a decision */
#define DESK_BATCH_MAX 64u     /* of them judged together */
#define DESK_READERS_MAX 8u    /* calls that only read, at once */
#define DESK_OUT_MAX 12u       /* values of an answer */
#define DESK_CALLER_SIZE 160u

typedef struct desk desk;

/* One call, from its arrival to its answer. */
typedef struct desk_call {
    struct desk_call *next;
    memory memory;
    uint64_t id; /* 0: nobody waits for the answer */
    uint32_t command;
    uint32_t value_count;
    uint32_t rights;           /* KINMU_RIGHT_* of the caller */
    const kinmu_value *values; /* texts end with a NUL */
    char caller[DESK_CALLER_SIZE];
    int64_t now_ns; /* when it came */
    int32_t utc_offset_s;
    void *kept; /* the owner's: kept_size zeroed bytes; as it was when the call is judged again */
    /* The outcome. */
    int32_t status;
    kinmu_err err;
    kinmu_value out[DESK_OUT_MAX];
    uint32_t out_count;
    uint32_t position_at; /* the output that is the decision's number; UINT32_MAX = none */
} desk_call;

typedef struct desk_calls {
    desk_call *first, *last;
    uint32_t count;
} desk_calls;

/* What is decided together. `memory` lives until all are answered. */
typedef struct desk_decision {
    desk *desk;
    desk_calls calls;
    memory memory;
    uint64_t number; /* read rows as of this decision */
    void *book;      /* the owner's: book_size zeroed bytes, the same for all calls */
    kinmu_event *events;
    uint32_t count, capacity;
    int32_t status;
    int32_t is_reading;
} desk_decision;

struct desk {
    const kinmu_host *host;
    const char *name; /* of the plugin, for messages */
    void *owner;
    size_t book_size, kept_size;
    uint32_t audit_schema; /* kinmu.audit.change in the plugin's table */
    /* Before the first call is judged: reads what all of them need. May be NULL. [job] */
    int32_t (*read)(desk_decision *d);
    /* Judges one call: answers by desk_answer, writes by desk_add, or says in call->err why not;
     * a status without words there is told by the desk. When it refuses, what it added is taken
     * back; answers go out with E_REJECT, too. [job] */
    int32_t (*judge)(desk_decision *d, desk_call *call);
    /* After the last one: adds what the book says. May be NULL. [job] */
    void (*write)(desk_decision *d);
    /* Once a call is decided and durable: 1 = its answer comes later, by desk_finish. May be NULL.
     * [turn] */
    int32_t (*after)(desk_call *call);
    /* Frees what the book holds. May be NULL. [any] */
    void (*empty)(void *book);
    /* Tells the plugin's metrics; may be NULL. [turn] */
    void (*count)(void *owner, uint32_t what, uint64_t by);
    /* Of the host, by desk_create; the owner's, too. */
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_calls *calls;
    const kinmu_records *records;
    const kinmu_metrics *metrics;
    /* The desk's own. */
    int32_t is_open, is_deciding;
    uint32_t readers;
    desk_calls queue;
    desk_calls away;        /* decided, to be answered by desk_finish */
    desk_decision *written; /* appended, and not yet durable */
    uint64_t retry_timer;
    uint64_t needed; /* decide by no older rows */
};

enum { DESK_DECISIONS, DESK_CONFLICTS, DESK_REFUSED };

/* Asks the host for its services; E_ABI when it lacks one. */
int32_t desk_create(desk *d, kinmu_err *err);
int32_t desk_lacks(const desk *d, kinmu_err *err); /* says so, of one the owner needs, too */
void desk_open(desk *d);
void desk_close(desk *d); /* the host ends the calls that wait */
void desk_end(desk *d);   /* frees what is left */

/* Takes a call of the plugin. [turn] */
int32_t desk_take(desk *d, const kinmu_call *call, int32_t is_reading, kinmu_err *err);

/* Answers a call that `after` took, and frees it. [turn] */
void desk_finish(desk *d, desk_call *call, int32_t status, const char *text);

/* For judge. Inputs: "" and `otherwise` where nothing is given. */
int32_t desk_is_given(const desk_call *call, uint32_t input);
const char *desk_text(const desk_call *call, uint32_t input);
int64_t desk_number(const desk_call *call, uint32_t input, int64_t otherwise);
void desk_answer(desk_call *call, kinmu_value value); /* the next output */
void desk_answer_position(desk_call *call);           /* that output is the decision's number */

/* Adds an event; subject and values live as long as the decision. unix_ns 0 = now. */
void desk_add(desk_decision *d, uint32_t schema, const char *subject, int64_t unix_ns,
              const kinmu_value *values, uint32_t count);
/* Adds who did what on whose account to the audit. */
void desk_audit(desk_decision *d, const desk_call *call, const char *subject, const char *object,
                const char *object_id, const char *reason);
/* The same by somebody else than the caller, who asks for him. `caller` lives as long as the
 * decision. */
void desk_audit_by(desk_decision *d, const char *caller, const char *subject,
                   const kinmu_value *values, const char *reason);
/* The same of a change, with action, object, object_id, before and after in `values`. */
void desk_audit_change(desk_decision *d, const desk_call *call, const char *subject,
                       const kinmu_value *values, const char *reason);

#endif
