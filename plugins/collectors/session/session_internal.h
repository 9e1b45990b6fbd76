/* session/session_internal.h - an instance of the collector, shared by session.c (life cycle,
 * loading, description) and watch.c (everything that happens while it watches). */
#ifndef SESSION_SESSION_INTERNAL_H
#define SESSION_SESSION_INTERNAL_H

#include "backend.h"
#include "keeper.h"
#include "ledger.h"
#include "logins.h"
#include "outbox.h"

#include <kinmu/iface/metrics.h>

/* Detail of the gap while the chosen backend cannot see. */
#define WHY_BLIND "no system bus: lock, idle, sleep and shutdown were not seen"

/* Positions in the metric table. */
enum { METRIC_EVENTS, METRIC_LOST, METRIC_REFUSED, METRIC_UNSTORED };

typedef struct session_config {
    const char *backend;
    int64_t heartbeat_ms;
    const char *utmp_file;
    const char *wtmp_file;
    const char *proc_folder;
} session_config;

typedef struct session session;

/* One backend of an instance. */
typedef struct slot {
    session *owner;
    const backend *type;
    void *self;
    int32_t is_started;
    int32_t is_up;
    char why[BACKEND_WHY_SIZE]; /* not up: why; "" = not known yet */
} slot;

/* Sleep or shutdown waits until what was published is on disk, and the state too. */
typedef struct hold {
    int32_t is_on;
    int32_t is_asked;
    int32_t is_durable;
    uint64_t ticket;
    uint64_t state_number;
    uint64_t guard_timer;
} hold;

struct session {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_poll *poll;
    const kinmu_work *work;
    const kinmu_kv *kv;
    const kinmu_metrics *metrics; /* may be NULL */
    session_config config; /* its texts are copies: the host's end with the next reconfigure */
    int32_t is_started;
    int32_t is_running;  /* started and loaded */
    int32_t has_book;    /* `book` is newer than what is stored */
    uint32_t generation; /* of the start; late jobs of an earlier one are dropped */
    uint64_t beat_timer;
    uint64_t load_timer;
    int32_t store_status;
    uint64_t told_lost;
    hold hold;
    slot logind;
    slot utmp;
    logins logins;
    outbox outbox;
    keeper keeper;
    ledger book;
};

/* All of watch.c is [turn]. */
ledger_moment session_now(const session *self);
ledger_sink session_sink(session *self);
/* What the ledger decided goes to the bus, what it knows to disk. */
void session_publish_and_store(session *self);
/* Watches begin after the ledger's; stop is legal at any time. */
int32_t watch_create(session *self); /* KINMU_OK or E_NOMEM */
int32_t watch_start(session *self);  /* KINMU_OK or E_BUSY: no timer */
int32_t watch_start_beating(session *self);
void watch_stop(session *self);
void watch_destroy(session *self);

#endif
