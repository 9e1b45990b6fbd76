/* keyclass.h - the classes input is counted in, and the class of a key or button.
 *
 * Pure tables, no state. A key code or keysym comes in, a class goes out; nothing else of it is
 * kept anywhere. Does not know layouts: the caller asks with the keysym a key gives unshifted.
 */
#ifndef INPUT_KEYCLASS_H
#define INPUT_KEYCLASS_H

#include <stdint.h>

enum input_class {
    INPUT_KEY_ALPHA,
    INPUT_KEY_DIGIT,
    INPUT_KEY_NUMPAD,
    INPUT_KEY_SYMBOL,
    INPUT_KEY_OTHER,
    INPUT_MOUSE_LEFT,
    INPUT_MOUSE_RIGHT,
    INPUT_MOUSE_OTHER, /* the middle and side buttons: clicks without a field of their own */
    INPUT_MOUSE_WHEEL,
    INPUT_MOUSE_MOVE,
    INPUT_CLASSES
};

/* How often each class was seen. */
typedef struct input_counts {
    uint32_t of[INPUT_CLASSES];
} input_counts;

/* Class of an X keysym (X11/keysymdef.h, also its Unicode range). */
uint8_t keyclass_of_keysym(uint32_t keysym);

/* Class of an X pointer button; 4 to 7 are the wheel. */
uint8_t keyclass_of_button(uint32_t button);

/* Class of a Linux input key or button code (linux/input-event-codes.h), by its place on a US
 * keyboard, for without a display server nobody tells the layout. INPUT_CLASSES: not counted. */
uint8_t keyclass_of_evdev(uint32_t code);

#endif
