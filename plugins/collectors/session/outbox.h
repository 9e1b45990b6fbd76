/* session/outbox.h - events decided but not yet taken by the bus.
 *
 * Keeps their order. A full bus is asked again every OUTBOX_RETRY_MS; beyond OUTBOX_EVENTS_MAX the
 * newest are dropped and counted. An event the bus refuses is dropped alone, never its neighbours.
 * All [turn].
 */
#ifndef SESSION_OUTBOX_H
#define SESSION_OUTBOX_H

#include <kinmu/iface/bus.h>
#include <kinmu/iface/timer.h>

#include "ledger.h"

#define OUTBOX_EVENTS_MAX 2048
#define OUTBOX_RETRY_MS 200

/* Positions in the plugin's schema table. */
#define OUTBOX_SCHEMA_CHANGE 0
#define OUTBOX_SCHEMA_GAP 1

typedef struct outbox_item {
    ledger_event event; /* its pointers are not used; the copies below are */
    ledger_session session;
    int32_t has_session;
    const char *cause; /* static text */
    char detail[LEDGER_DETAIL_SIZE];
} outbox_item;

typedef struct outbox {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    void (*on_sent)(void *user); /* everything was taken after a wait */
    void *user;
    outbox_item *items;
    uint32_t count;
    uint32_t capacity;
    uint64_t retry_timer;
    uint64_t ticket; /* of the last batch taken */
    uint64_t lost;   /* dropped: full, refused, or out of memory */
} outbox;

void outbox_init(outbox *box, const kinmu_host *host, const kinmu_bus *bus,
                 const kinmu_timer *timer, void (*on_sent)(void *user), void *user);
void outbox_finish(outbox *box);
void outbox_add(outbox *box, const ledger_event *event);
/* 1 when the bus has taken everything; else it is tried again later. */
int32_t outbox_send(outbox *box);
/* Stops trying; what is left is tried once more. */
void outbox_stop(outbox *box);

#endif
