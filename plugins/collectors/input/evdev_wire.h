/* evdev_wire.h - counts input out of the raw bytes of a Linux input device. Pure: no I/O.
 *
 * Takes what read(2) gives, in any portions. Invariant: between two calls at most one unfinished
 * struct input_event and one unfinished motion report (a flag) are held.
 */
#ifndef INPUT_EVDEV_WIRE_H
#define INPUT_EVDEV_WIRE_H

#include "keyclass.h"

#include <linux/input.h>
#include <stddef.h>

#define EVDEV_WHEEL_STEPS_MAX 100 /* of one event; more is no hand on a wheel */

typedef struct evdev_wire {
    uint8_t event[sizeof(struct input_event)];
    uint32_t event_size;
    int32_t moved;    /* this report moves the pointer */
    int32_t skipping; /* after an overrun: up to the end of the broken report */
} evdev_wire;

typedef struct evdev_wire_news {
    input_counts counts;
    uint32_t events;
    uint32_t overruns; /* the kernel dropped events */
} evdev_wire_news;

void evdev_wire_feed(evdev_wire *wire, const uint8_t *bytes, size_t size, evdev_wire_news *news);

#endif
