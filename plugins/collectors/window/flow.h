/* flow.h - from states of the foreground to events on the bus.
 *
 * Repeated states are dropped, title changes of one window are at most one per interval, a short
 * "no window" between two windows is skipped. Events leave in the order they happened and are kept
 * while the bus is full; what was not observed or lost becomes kinmu.observation.gap/1. The only
 * timers are those of a held row and of a full bus. Everything here is [turn].
 */
#ifndef WINDOW_FLOW_H
#define WINDOW_FLOW_H

#include "backend.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/timer.h>

#define FLOW_QUEUE_ROWS_MAX 64
#define FLOW_GAP_DETAIL_BYTES_MAX 127

/* Positions in the plugin's schema table. */
#define FLOW_SCHEMA_FOCUS 0u
#define FLOW_SCHEMA_GAP 1u

/* Positions in the plugin's metric table. */
enum flow_metric { METRIC_ROWS, METRIC_UNREADABLE, METRIC_NAMELESS, METRIC_LOST };

/* An event waiting for the bus. A gap has its beginning and keeps its detail as title. */
typedef struct flow_row {
    kinmu_clock at;
    uint32_t schema;
    int64_t gap_from_ns;
    const char *cause; /* a static word of the schema's choices */
    window_facts facts;
} flow_row;

typedef struct flow {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_metrics *metrics; /* may be NULL */
    int64_t title_interval_ms;

    int32_t observing;
    window_facts published; /* the foreground as last put into a row */
    uint64_t published_mono_ns;
    int32_t holding; /* `held` is newer than `published` and waits for settle_timer */
    window_facts held;
    kinmu_clock held_at;
    uint64_t settle_timer;

    int64_t gap_from_ns; /* 0 = no gap open */
    const char *gap_cause;
    char gap_detail[FLOW_GAP_DETAIL_BYTES_MAX + 1];

    flow_row queue[FLOW_QUEUE_ROWS_MAX];
    uint32_t queue_first;
    uint32_t queue_count;
    uint64_t publish_timer;
    int64_t lost_from_ns; /* 0 = nothing lost since the queue was last empty */
    uint64_t lost_count;
} flow;

/* Takes the foreground as it is now; the first after a time of not observing begins it. */
void flow_observe(flow *self, const window_facts *facts);

/* From now on nothing is observed, because of `cause` (a choice of the gap schema). The first of
 * several reasons in a row counts. `cause` is static, `detail` is copied. */
void flow_unobserved(flow *self, const char *cause, const char *detail);

/* Ends observing, publishes what is held and any open gap, and leaves no timer. */
void flow_stop(flow *self);

/* Starts the timer of one slot unless it runs; its callback clears the slot. */
void flow_arm(const kinmu_host *host, const kinmu_timer *timer, uint64_t *slot, uint64_t delay_ms,
              kinmu_timer_fn fn, void *user);

#endif
