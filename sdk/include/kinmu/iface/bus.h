/* kinmu/iface/bus.h - publish events, learn when they are durable, write decisions. */
#ifndef KINMU_IFACE_BUS_H
#define KINMU_IFACE_BUS_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_BUS_1 "kinmu.bus/1"

/* Called in a later turn. `number` is the ticket, or after append_if the new head. [turn] */
typedef void (*kinmu_done)(void *user, int32_t status, uint64_t number);

typedef struct kinmu_bus {
    uint32_t struct_size;
    uint32_t reserved;

    /* Publishes events of schemas the plugin declared with EMITS: all of them or, on error, none.
     * Everything is copied; purposes and redaction apply here. An event whose purpose is not in
     * force is dropped, counted and answered with KINMU_OK. *ticket (may be NULL) is what durable()
     * reaches when they are on disk. E_BUSY: the queue is full, keep them and try later. E_REJECT:
     * a value does not fit its schema. Never blocks. [any] Since 1.0 */
    int32_t (*publish)(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                       uint64_t *ticket);

    /* The ticket up to which this instance's events are on stable storage. [any] Since 1.0 */
    uint64_t (*durable)(const kinmu_host *host);

    /* Calls done once `ticket` is durable, E_RESTART if it cannot become so. [turn] Since 1.0 */
    int32_t (*when_durable)(const kinmu_host *host, uint64_t ticket, kinmu_done done, void *user);

    /* Number of the newest decision this host knows of. [any] Since 1.0 */
    uint64_t (*head)(const kinmu_host *host);

    /* Appends record events as decision number+1 only if `number` is still the head: done gets
     * KINMU_OK and the new head once durable, or E_CONFLICT and the head found. Only the owner of
     * the schemas may. Log events among them (who changed it, and why) are kept with the decision
     * or, like it, not at all. [turn] Since 1.0 */
    int32_t (*append_if)(const kinmu_host *host, uint64_t number, const kinmu_event *events,
                         uint32_t count, kinmu_done done, void *user);

    /* Writes rows that follow from others, a day not yet confirmed, into the store alone: no
     * journal, no history, no delivery. Records of schemas the plugin owns, all or none. Such a row
     * has version and block 0; it takes the place of a derived row of its key and never of a
     * decided one, which is no error; a decision takes its place. With KINMU_EVENT_REMOVED the
     * derived row of the event's key fields goes. done gets KINMU_OK and 0 once a reader sees it,
     * calls being done in their order; E_RETRY: nothing was written, derive again; E_CONFLICT:
     * nothing was written, because another node of this server derives for this plugin: derive
     * again some seconds later, which takes over when that node is gone. Purposes and redaction
     * apply as in publish. `kinmu store rebuild` and an erasure of its subject drop derived rows:
     * derive what must be there at every start and when kinmu.audit.forget/1 tells that some went.
     * The event's subject is whom the row tells of, its unix_ns lies in the time it tells of.
     * E_BUSY: too much waits; E_STATE: this node has no store. [turn] Since 1.0 */
    int32_t (*derive)(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                      kinmu_done done, void *user);
} kinmu_bus;

#ifdef __cplusplus
}
#endif
#endif
