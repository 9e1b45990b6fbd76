/* outbox.c - the queue behind outbox.h. A ring; order is the order of facts. */
#include "outbox.h"

static void append(outbox *box, const minute_fact *fact) {
    box->facts[(box->first + box->count) % OUTBOX_FACTS_MAX] = *fact;
    box->count++;
}

static void note_drop(outbox *box, const minute_fact *fact) {
    int64_t from_ns = fact->kind == MINUTE_GAP ? fact->from_ns : fact->unix_ns;
    int64_t to_ns = fact->kind == MINUTE_COUNTS ? fact->unix_ns + MINUTE_NS : fact->unix_ns;
    if (box->dropped == 0 || from_ns < box->dropped_from_ns) {
        box->dropped_from_ns = from_ns;
    }
    if (box->dropped == 0 || to_ns > box->dropped_to_ns) {
        box->dropped_to_ns = to_ns;
    }
    box->dropped++;
}

int outbox_push(outbox *box, const minute_fact *fact) {
    if (box->count == OUTBOX_FACTS_MAX) {
        note_drop(box, fact);
        return -1;
    }
    append(box, fact);
    return 0;
}

const minute_fact *outbox_front(const outbox *box) {
    return box->count > 0 ? &box->facts[box->first] : NULL;
}

void outbox_pop(outbox *box) {
    if (box->count == 0) {
        return;
    }
    box->first = (box->first + 1) % OUTBOX_FACTS_MAX;
    box->count--;
    if (box->dropped > 0) {
        minute_fact gap = {.kind = MINUTE_GAP, .cause = "queue-full"};
        gap.detail = "the bus took no events for too long";
        gap.from_ns = box->dropped_from_ns;
        gap.unix_ns = box->dropped_to_ns;
        box->dropped = 0;
        append(box, &gap);
    }
}
