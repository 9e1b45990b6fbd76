/* x11_wire.h - counts input out of the raw bytes an X server sends. Pure: no I/O.
 *
 * Exists so that no library ever queues an event: the bytes are classified where they were read and
 * wiped. Knows only what XInput 2 raw events and MappingNotify look like; everything else is
 * skipped. Invariant: between two calls at most one unfinished event (36 bytes) is held.
 */
#ifndef INPUT_X11_WIRE_H
#define INPUT_X11_WIRE_H

#include "keyclass.h"

#include <stddef.h>

#define X11_WIRE_KEYCODES 256u
#define X11_WIRE_HEAD_BYTES 36u /* the fixed 32 and the first word behind, the valuator mask */
/* A raw event has 36 axes at most: 146 words. More in one event is not an X server speaking. */
#define X11_WIRE_EXTRA_WORDS_MAX 1024u

typedef struct x11_wire {
    uint8_t class_of[X11_WIRE_KEYCODES];
    uint8_t extension; /* major opcode of XInputExtension */
    uint8_t head[X11_WIRE_HEAD_BYTES];
    uint32_t head_size;
    uint32_t skip_bytes; /* of the event whose head was handled */
} x11_wire;

typedef struct x11_wire_news {
    input_counts counts;
    uint32_t events;         /* input events counted */
    int32_t mapping_changed; /* the keyboard mapping must be read again */
} x11_wire_news;

/* Forgets any unfinished event; class_of and extension stay. */
void x11_wire_reset(x11_wire *wire);

/* Takes bytes in any portions and adds what they tell to *news. 0 = go on; -1 = this is no stream
 * of events, or the server refused the selection: close the connection. */
int x11_wire_feed(x11_wire *wire, const uint8_t *bytes, size_t size, x11_wire_news *news);

#endif
