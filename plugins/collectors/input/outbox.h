/* outbox.h - facts on their way to the bus: a bounded queue that owns up to what it drops.
 *
 * Pure: the caller publishes. When the queue is full new facts are dropped, and as soon as there
 * is room again one gap (queue-full) tells the span they covered.
 */
#ifndef INPUT_OUTBOX_H
#define INPUT_OUTBOX_H

#include "minute.h"

#define OUTBOX_FACTS_MAX 128u /* two hours of a busy person on a bus that takes nothing */

typedef struct outbox {
    minute_fact facts[OUTBOX_FACTS_MAX];
    uint32_t first;
    uint32_t count;
    uint64_t dropped; /* since the last gap told */
    int64_t dropped_from_ns;
    int64_t dropped_to_ns;
} outbox;

/* Appends a copy. 0 = kept, -1 = dropped. */
int outbox_push(outbox *box, const minute_fact *fact);

/* The oldest fact, or NULL. It stays until outbox_pop. */
const minute_fact *outbox_front(const outbox *box);

/* Forgets the oldest fact, and puts the gap of those dropped into the place it leaves. */
void outbox_pop(outbox *box);

#endif
