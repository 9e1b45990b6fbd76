/* x11_wire.c - the parser behind x11_wire.h.
 *
 * An event is 32 bytes; a GenericEvent (and a reply) is followed by as many 32-bit words as its
 * length field says. Only the first of these words is looked at. Integers are in the byte order of
 * this machine, as agreed at connection setup.
 */
#include "x11_wire.h"

#include <string.h>

#define UNIT_BYTES 32u
#define WORD_BYTES 4u

/* X11 protocol and XI2 numbers (X11/X.h, X11/extensions/XI2.h). */
#define TYPE_ERROR 0u
#define TYPE_REPLY 1u
#define TYPE_MAPPING_NOTIFY 34u
#define TYPE_GENERIC 35u
#define MAPPING_KEYBOARD 1u
#define RAW_KEY_PRESS 13u
#define RAW_BUTTON_PRESS 15u
#define RAW_MOTION 17u
#define FLAG_KEY_REPEAT (1u << 16)
#define AXES_X_Y 3u /* valuators 0 and 1; scrolling moves others and comes as a button, too */

#define AT_LENGTH 4u
#define AT_MAPPING_REQUEST 4u
#define AT_EVENT_TYPE 8u
#define AT_DETAIL 16u
#define AT_VALUATOR_WORDS 22u
#define AT_FLAGS 24u
#define AT_VALUATOR_MASK 32u

static uint16_t read16(const uint8_t *bytes) {
    uint16_t number;
    memcpy(&number, bytes, sizeof(number));
    return number;
}

static uint32_t read32(const uint8_t *bytes) {
    uint32_t number;
    memcpy(&number, bytes, sizeof(number));
    return number;
}

static void count(x11_wire_news *news, uint8_t class) {
    news->counts.of[class]++;
    news->events++;
}

/* A raw event whose head is complete. */
static void take_raw(const x11_wire *wire, x11_wire_news *news) {
    const uint8_t *head = wire->head;
    switch (read16(head + AT_EVENT_TYPE)) {
    case RAW_KEY_PRESS:
        if ((read32(head + AT_FLAGS) & FLAG_KEY_REPEAT) == 0) {
            count(news, read32(head + AT_DETAIL) < X11_WIRE_KEYCODES
                            ? wire->class_of[read32(head + AT_DETAIL)]
                            : (uint8_t)INPUT_KEY_OTHER);
        }
        break;
    case RAW_BUTTON_PRESS:
        count(news, keyclass_of_button(read32(head + AT_DETAIL)));
        break;
    case RAW_MOTION:
        /* where the event ends before the mask, the head is zero there */
        if (read16(head + AT_VALUATOR_WORDS) > 0 &&
            (read32(head + AT_VALUATOR_MASK) & AXES_X_Y) != 0) {
            count(news, INPUT_MOUSE_MOVE);
        }
        break;
    default:
        break;
    }
}

/* The type byte's high bit marks what another client sent: it matches no case, so nobody can
 * invent input that way. */
static void take_event(const x11_wire *wire, x11_wire_news *news) {
    if (wire->head[0] == TYPE_MAPPING_NOTIFY) {
        news->mapping_changed |= wire->head[AT_MAPPING_REQUEST] == MAPPING_KEYBOARD;
    } else if (wire->head[0] == TYPE_GENERIC && wire->head[1] == wire->extension) {
        take_raw(wire, news);
    }
}

/* Words behind the fixed part of the event in head. */
static uint32_t extra_words(const x11_wire *wire) {
    uint32_t type = wire->head[0] & 0x7fu;
    return type == TYPE_GENERIC || type == TYPE_REPLY ? read32(wire->head + AT_LENGTH) : 0;
}

void x11_wire_reset(x11_wire *wire) {
    memset(wire->head, 0, sizeof(wire->head));
    wire->head_size = 0;
    wire->skip_bytes = 0;
}

/* Adds bytes to the head; returns how many were taken. */
static size_t fill_head(x11_wire *wire, const uint8_t *bytes, size_t size, uint32_t wanted) {
    size_t taken = wanted - wire->head_size < size ? wanted - wire->head_size : size;
    memcpy(wire->head + wire->head_size, bytes, taken);
    wire->head_size += (uint32_t)taken;
    return taken;
}

int x11_wire_feed(x11_wire *wire, const uint8_t *bytes, size_t size, x11_wire_news *news) {
    while (size > 0) {
        size_t taken = wire->skip_bytes < size ? wire->skip_bytes : size;
        wire->skip_bytes -= (uint32_t)taken;
        if (taken == 0 && wire->head_size < UNIT_BYTES) {
            taken = fill_head(wire, bytes, size, UNIT_BYTES);
        }
        bytes += taken;
        size -= taken;
        if (wire->head_size < UNIT_BYTES) {
            continue;
        }
        uint32_t words = extra_words(wire);
        if (wire->head[0] == TYPE_ERROR || words > X11_WIRE_EXTRA_WORDS_MAX) {
            return -1;
        }
        if (words > 0) {
            taken = fill_head(wire, bytes, size, X11_WIRE_HEAD_BYTES);
            bytes += taken;
            size -= taken;
            if (wire->head_size < X11_WIRE_HEAD_BYTES) {
                continue;
            }
        }
        take_event(wire, news);
        x11_wire_reset(wire);
        wire->skip_bytes = words > 0 ? (words - 1) * WORD_BYTES : 0;
    }
    return 0;
}
