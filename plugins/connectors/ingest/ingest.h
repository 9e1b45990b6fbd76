/* ingest/ingest.h - one instance and what its files do for each other.
 *
 *   exchange.c  HTTP requests from and answers to agents      enroll.c  a token becomes a device
 *   renew.c     a certificate becomes a newer one             states.c  revoke, readmit, quarantine
 *   push.c      a device's history comes in                   pace.c    how much of it at once
 *   invites.c   make, cancel and list tokens                  commands.c  what people may call
 *   decide.c    every change of the records, one decision at a time
 *   refresh.c   the records as the store has them, at most 15 s old
 *   limit.c     failures per address                          policy.c  what agents are told to do
 *
 * Everything runs in turns; only what says so runs in jobs. Devices and invitations are kept in
 * memory in full: they are looked at for every request.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "limit.h"
#include "pace.h"
#include "plans.h"
#include "policy.h"
#include "rows.h"
#include "sorted.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/fleet.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/routes.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#define INGEST_REFRESH_MS 15000u    /* so revocation holds on every node well within 60 s */
#define INGEST_REFRESH_MS_MIN 1000u /* between two that unknown tokens asked for */
#define INGEST_CHANGES_MAX 1024u    /* waiting for a decision */
#define INGEST_BATCH_MAX 64u        /* changes of one decision */
#define INGEST_ENROLMENTS_MAX 256u  /* asked for and not answered */
#define INGEST_JOBS_MAX 4u          /* enrolments being checked at once */
#define INGEST_PUSHES_MAX 256u      /* taken in and not answered; more are told to come again */
#define INGEST_PUSH_BYTES_MAX (64u << 20) /* of those not examined yet */
#define INGEST_PUSH_JOBS_MAX 3u           /* examined at once; others find a thread free too */
#define INGEST_STRANGERS 64u
#define INGEST_DEVICES_MAX 100000
#define INGEST_NS_PER_MS 1000000LL

enum { USE_DEVICE, USE_INVITE, USE_SETTING, USE_COUNT };
enum {
    METRIC_ENROLLED,
    METRIC_REFUSED,
    METRIC_LIMITED,
    METRIC_RENEWED,
    METRIC_DEVICES,
    METRIC_PUSHES,
    METRIC_BLOCKS,
    METRIC_EVENTS,
    METRIC_NOT_TAKEN,
    METRIC_PACED,
    METRIC_DECLINED,
    METRIC_FORKS
};

typedef struct ingest_config {
    int64_t certificate_life_ms;
    int64_t devices_max;
    int64_t failures_per_minute;
    int64_t pushes_per_minute;
    int64_t bytes_per_minute;
    kinmu_rows policy; /* of fleet_policy_row; looked at when the configuration comes only */
} ingest_config;

typedef struct ingest ingest;
typedef struct change change;
typedef struct exchange exchange;

/* What is to be decided. judge looks at the rows as of the decision and stages new versions, or
 * says why not; it may be called again when somebody else decided first. done is called once, when
 * the decision is durable or refused, and frees the change. */
struct change {
    change *next;
    int32_t (*judge)(ingest *in, change *c, kinmu_err *err);
    void (*done)(ingest *in, change *c, int32_t status, const kinmu_err *err);
    int32_t verdict;
    kinmu_err err;
};

typedef struct change_list {
    change *first, *last;
    uint32_t count;
} change_list;

/* Rows of the decision in the making. */
typedef struct stage {
    device_row devices[INGEST_BATCH_MAX];
    invite_row invites[INGEST_BATCH_MAX];
    uint32_t device_count, invite_count;
} stage;

/* A device with a certificate of this hub that is in no record here, and since when it comes. */
typedef struct stranger {
    uint8_t key[ROWS_KEY_SIZE];
    uint64_t since_ms; /* 0 = free */
} stranger;

/* Called once the records are as new as can be. */
typedef struct waiter waiter;
struct waiter {
    waiter *next;
    void (*fn)(ingest *in, waiter *w);
};

/* A request of an agent, from its first byte until it is over. */
struct exchange {
    exchange *next;
    uint64_t id;
    uint32_t route;
    int32_t has_key;
    uint8_t key[ROWS_KEY_SIZE];    /* of its client certificate */
    char serial[ROWS_SERIAL_SIZE]; /* and that certificate's number */
    char address[64];
};

struct ingest {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_records *records;
    const kinmu_calls *calls;
    const kinmu_metrics *metrics;
    const kinmu_routes *routes;
    const kinmu_fleet *fleet;
    ingest_config config;
    int32_t is_running;
    fleet_policy *policy;
    const plan *bought;       /* company.plan in force today; NULL = nobody set one */
    int32_t is_plan_withheld; /* it may not be read: reads: lacks it */
    char policy_problem[KINMU_ERR_MSG_SIZE];   /* why the newest rows are not in force */
    char identity_problem[KINMU_ERR_MSG_SIZE]; /* why has_identity is not set */

    sorted devices, invites;
    uint64_t decision;   /* the rows are as of this one, or newer */
    uint64_t next_block; /* rows from this block on were not read yet */
    int32_t is_loaded;
    int32_t is_refreshing,
        is_deciding; /* never both: a decision is made on rows that stand still */
    uint64_t refreshed_ms;
    uint32_t refresh_failures;
    waiter *waiters;
    uint64_t refresh_timer, decide_timer;

    change_list queue, batch;
    stage staged;

    exchange *exchanges;
    struct enrolment *enrolments; /* wait for a job */
    uint32_t enrolment_jobs, enrolments_open;
    limit_table limits;

    stranger strangers[INGEST_STRANGERS];
    struct delivery *first_push, *last_push; /* wait to be examined */
    struct delivery *open_pushes;            /* not answered */
    uint32_t push_jobs, pushes_open;
    size_t push_bytes;
    pace_table pace;

    int64_t authority_ends_ns; /* known once it cuts certificates short; 0 = far off */
    kinmu_fleet_identity identity;
    int32_t has_identity;
};

/* ---- ingest.c ---- */
uint64_t ingest_mono_ms(const ingest *in);
int64_t ingest_unix_ns(const ingest *in);
void ingest_say_health(ingest *in, const char *trouble); /* NULL = fine */
void ingest_see_purposes(ingest *in); /* agents hear which are not in force here */
int32_t ingest_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* ---- options.c ---- */
#define INGEST_OPTIONS 6u
extern const kinmu_option ingest_option_rows[INGEST_OPTIONS];

/* ---- refresh.c ---- */
void refresh_start(ingest *in); /* reads the records now and from now on */
void refresh_stop(ingest *in);
/* Reads what is new as of a decision (0 = whatever there is), then goes on deciding. */
void refresh_now(ingest *in, uint64_t decision);
/* Calls w->fn when the rows are at most INGEST_REFRESH_MS_MIN old. */
void refresh_wait(ingest *in, waiter *w);

/* ---- decide.c ---- */
/* Takes the change; done is always called, at once with E_BUSY when too many wait. */
void decide(ingest *in, change *c);
void decide_go_on(ingest *in);
void decide_stop(ingest *in); /* ends all that wait with E_RETRY */
void decide_end(ingest *in);  /* and what was under way; before the instance is freed */
/* Rows as of the decision in the making; what an earlier change of it staged counts. */
const device_row *decide_device(const ingest *in, const uint8_t key[ROWS_KEY_SIZE]);
const invite_row *decide_invite(const ingest *in, const uint8_t id[ROWS_ID_SIZE]);
void decide_put_device(ingest *in, const device_row *row);
void decide_put_invite(ingest *in, const invite_row *row);

/* ---- exchange.c ---- */
int32_t exchange_serve(ingest *in, kinmu_err *err);
void exchange_free_all(ingest *in);
/* Answers by number, so that it does not matter whether the client is still there. */
void exchange_answer(ingest *in, uint64_t id, uint32_t http_status, const char *json);
/* {"error": KEY, "message": TEXT}; wait_s > 0 tells when to come again. */
void exchange_refuse(ingest *in, uint64_t id, uint32_t http_status, const kinmu_err *err,
                     uint32_t wait_s);
/* The HTTP status that says the same. */
uint32_t exchange_status(int32_t status);

/* ---- enroll.c ---- */
void enroll_body(ingest *in, const exchange *e, const void *data, size_t size);
void enroll_stop(ingest *in); /* drops what still waits for a job */

/* ---- renew.c ---- */
void renew_body(ingest *in, const exchange *e, const void *data, size_t size);
/* Keeps in mind when the authority itself ends, if a certificate just made had to end with it. */
void renew_note_end(ingest *in, int64_t expires_ns);
/* 1 when less than a third of its certificate's life is left, or when it still shows an older
 * certificate than its newest: that one got lost on the way. */
int32_t renew_is_due(const ingest *in, const device_row *row, const char *serial);
/* Makes a new certificate for a device that may have one. `told` is called once: with its PEM, or
 * with NULL and why not. */
typedef void (*renew_told)(ingest *in, void *user, int32_t status, const char *pem,
                           const kinmu_err *err);
void renew_device(ingest *in, const uint8_t key[ROWS_KEY_SIZE], renew_told told, void *user);

/* ---- states.c ---- */
/* E_DENIED and one sentence unless the device may push. `row` may be NULL: not known. */
int32_t device_may_push(const device_row *row, kinmu_err *err);
/* Somebody decides on a device's state. `told` gets the outcome, row is NULL unless KINMU_OK; it
 * may be NULL. */
typedef void (*state_told)(ingest *in, void *user, int32_t status, const device_row *row,
                           const kinmu_err *err);
void device_set_state(ingest *in, const uint8_t key[ROWS_KEY_SIZE], int32_t state, const char *who,
                      const char *reason, state_told told, void *user);
/* A device by its id, the beginning of it, or its name if only one bears it. */
const device_row *device_by_word(const ingest *in, const char *word, kinmu_err *err);
/* Another device of the same name, or NULL. */
const device_row *device_twin(const ingest *in, const device_row *row);

/* ---- push.c ---- */
typedef struct delivery delivery;
void push_body(ingest *in, const exchange *e, const void *data, size_t size);
void push_stop(ingest *in); /* answers what was not examined yet */
void push_end(ingest *in);  /* forgets what still waits to be durable; nobody tells it any more */

/* ---- commands.c, invites.c ---- */
#define INGEST_COMMANDS 6u
extern const kinmu_command ingest_command_rows[INGEST_COMMANDS];
int32_t ingest_call(void *instance, const kinmu_call *call, kinmu_err *err);
int32_t invites_make(ingest *in, const kinmu_call *call, kinmu_err *err);
int32_t invites_cancel(ingest *in, const kinmu_call *call, kinmu_err *err);
struct json_t *invites_describe(const ingest *in, const void *item);

#endif
