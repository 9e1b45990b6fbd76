/* evdev_wire.c - the parser behind evdev_wire.h.
 *
 * value 1 of a key is a press, 2 auto-repeat, 0 a release. One report (up to SYN_REPORT) with any
 * change of position is one move, as X counts it. After SYN_DROPPED the rest of the report is
 * unreliable (Documentation/input/event-codes.rst) and skipped.
 */
#include "evdev_wire.h"

#include <string.h>

static void add(evdev_wire_news *news, uint8_t class, uint32_t count) {
    if (class < INPUT_CLASSES) {
        news->counts.of[class] += count;
        news->events += count;
    }
}

static uint32_t wheel_steps(int32_t value) {
    if (value > EVDEV_WHEEL_STEPS_MAX || value < -EVDEV_WHEEL_STEPS_MAX) {
        return EVDEV_WHEEL_STEPS_MAX;
    }
    return (uint32_t)(value < 0 ? -value : value);
}

static int is_position(const struct input_event *event) {
    if (event->type == EV_REL) {
        return event->code == REL_X || event->code == REL_Y;
    }
    return event->type == EV_ABS && (event->code == ABS_X || event->code == ABS_Y);
}

static void take_report_end(evdev_wire *wire, uint16_t code, evdev_wire_news *news) {
    if (code == SYN_DROPPED) {
        news->overruns++;
        wire->skipping = 1;
    } else if (code == SYN_REPORT) {
        if (wire->moved && !wire->skipping) {
            add(news, INPUT_MOUSE_MOVE, 1);
        }
        wire->skipping = 0;
    }
    wire->moved = 0;
}

static void take_event(evdev_wire *wire, const struct input_event *event, evdev_wire_news *news) {
    if (event->type == EV_SYN) {
        take_report_end(wire, event->code, news);
    } else if (wire->skipping) {
        return;
    } else if (event->type == EV_KEY && event->value == 1) {
        add(news, keyclass_of_evdev(event->code), 1);
    } else if (event->type == EV_REL && (event->code == REL_WHEEL || event->code == REL_HWHEEL)) {
        add(news, INPUT_MOUSE_WHEEL, wheel_steps(event->value));
    } else if (is_position(event)) {
        wire->moved = 1;
    }
}

void evdev_wire_feed(evdev_wire *wire, const uint8_t *bytes, size_t size, evdev_wire_news *news) {
    while (size > 0) {
        size_t room = sizeof(wire->event) - wire->event_size;
        size_t taken = room < size ? room : size;
        memcpy(wire->event + wire->event_size, bytes, taken);
        wire->event_size += (uint32_t)taken;
        bytes += taken;
        size -= taken;
        if (wire->event_size == sizeof(wire->event)) {
            struct input_event event;
            memcpy(&event, wire->event, sizeof(event));
            take_event(wire, &event, news);
            explicit_bzero(&event, sizeof(event));
            memset(wire->event, 0, sizeof(wire->event));
            wire->event_size = 0;
        }
    }
}
