/* keyclass.c - ranges of keysyms and key codes with their class.
 *
 * One sorted table per numbering; the first range that holds the number decides, and what stands in
 * no range is "other". Keypad keys are keypad keys with Num Lock on or off, the keypad's Enter too.
 * Space, Enter, Tab, modifiers and function keys are "other", as the counters' definition has it.
 */
#include "keyclass.h"

#include <stddef.h>

typedef struct class_range {
    uint32_t first;
    uint32_t last;
    uint8_t class;
} class_range;

static const class_range keysym_ranges[] = {
    {0x0021, 0x002f, INPUT_KEY_SYMBOL}, /* ! to / */
    {0x0030, 0x0039, INPUT_KEY_DIGIT},
    {0x003a, 0x0040, INPUT_KEY_SYMBOL}, /* : to @ */
    {0x0041, 0x005a, INPUT_KEY_ALPHA},
    {0x005b, 0x0060, INPUT_KEY_SYMBOL}, /* [ to ` */
    {0x0061, 0x007a, INPUT_KEY_ALPHA},
    {0x007b, 0x007e, INPUT_KEY_SYMBOL}, /* { to ~ */
    {0x00a1, 0x00a9, INPUT_KEY_SYMBOL},
    {0x00aa, 0x00aa, INPUT_KEY_ALPHA}, /* feminine ordinal */
    {0x00ab, 0x00b4, INPUT_KEY_SYMBOL},
    {0x00b5, 0x00b5, INPUT_KEY_ALPHA}, /* micro */
    {0x00b6, 0x00b9, INPUT_KEY_SYMBOL},
    {0x00ba, 0x00ba, INPUT_KEY_ALPHA}, /* masculine ordinal */
    {0x00bb, 0x00bf, INPUT_KEY_SYMBOL},
    {0x00c0, 0x00d6, INPUT_KEY_ALPHA},
    {0x00d7, 0x00d7, INPUT_KEY_SYMBOL}, /* multiply */
    {0x00d8, 0x00f6, INPUT_KEY_ALPHA},
    {0x00f7, 0x00f7, INPUT_KEY_SYMBOL}, /* division */
    {0x00f8, 0x00ff, INPUT_KEY_ALPHA},
    {0x01a1, 0x03ff, INPUT_KEY_ALPHA},  /* Latin 2 to 4; the few accents among them count so too */
    {0x047e, 0x047e, INPUT_KEY_SYMBOL}, /* overline */
    {0x04a1, 0x04a5, INPUT_KEY_SYMBOL}, /* kana punctuation */
    {0x04a6, 0x04dd, INPUT_KEY_ALPHA},  /* kana */
    {0x04de, 0x04df, INPUT_KEY_SYMBOL}, /* voiced marks */
    {0x05ac, 0x05ac, INPUT_KEY_SYMBOL}, /* Arabic comma, semicolon, question mark */
    {0x05bb, 0x05bf, INPUT_KEY_SYMBOL},
    {0x05c1, 0x05f2, INPUT_KEY_ALPHA},  /* Arabic */
    {0x06a1, 0x06af, INPUT_KEY_ALPHA},  /* Cyrillic, beyond Russian */
    {0x06b0, 0x06b0, INPUT_KEY_SYMBOL}, /* numero sign */
    {0x06b1, 0x06ff, INPUT_KEY_ALPHA},  /* Cyrillic */
    {0x07a1, 0x07ab, INPUT_KEY_ALPHA},  /* Greek, accented */
    {0x07ae, 0x07af, INPUT_KEY_SYMBOL}, /* Greek accent dieresis, horizontal bar */
    {0x07b1, 0x07f9, INPUT_KEY_ALPHA},  /* Greek */
    {0x08a1, 0x0aff, INPUT_KEY_SYMBOL}, /* technical, special, publishing */
    {0x0ba3, 0x0bfc, INPUT_KEY_SYMBOL}, /* APL */
    {0x0cdf, 0x0cdf, INPUT_KEY_SYMBOL}, /* Hebrew double low line */
    {0x0ce0, 0x0cfa, INPUT_KEY_ALPHA},  /* Hebrew */
    {0x0da1, 0x0dde, INPUT_KEY_ALPHA},  /* Thai */
    {0x0ddf, 0x0ddf, INPUT_KEY_SYMBOL}, /* baht */
    {0x0de0, 0x0ded, INPUT_KEY_ALPHA},
    {0x0df0, 0x0df9, INPUT_KEY_DIGIT},  /* Thai digits */
    {0x0ea1, 0x0efa, INPUT_KEY_ALPHA},  /* Hangul */
    {0x0eff, 0x0eff, INPUT_KEY_SYMBOL}, /* won */
    {0x13bc, 0x13be, INPUT_KEY_ALPHA},  /* Latin 9 */
    {0x20a0, 0x20ac, INPUT_KEY_SYMBOL}, /* currencies */
    {0xfe50, 0xfe93, INPUT_KEY_SYMBOL}, /* dead accents */
    {0xff80, 0xffb9, INPUT_KEY_NUMPAD},
    {0xffbd, 0xffbd, INPUT_KEY_NUMPAD}, /* keypad = */
    /* 0x01000000 + code point */
    {0x01000100, 0x010002af, INPUT_KEY_ALPHA},
    {0x010002b0, 0x0100036f, INPUT_KEY_SYMBOL}, /* modifier letters, combining marks */
    {0x01000370, 0x0100065f, INPUT_KEY_ALPHA},
    {0x01000660, 0x01000669, INPUT_KEY_DIGIT}, /* Arabic-Indic digits */
    {0x0100066a, 0x0100066d, INPUT_KEY_SYMBOL},
    {0x0100066e, 0x010006ef, INPUT_KEY_ALPHA},
    {0x010006f0, 0x010006f9, INPUT_KEY_DIGIT}, /* Persian digits */
    {0x010006fa, 0x01000965, INPUT_KEY_ALPHA},
    {0x01000966, 0x0100096f, INPUT_KEY_DIGIT}, /* Devanagari digits */
    {0x01000970, 0x01001fff, INPUT_KEY_ALPHA},
    {0x01002010, 0x01002bff, INPUT_KEY_SYMBOL}, /* punctuation, currencies, arrows, mathematics */
    {0x01003001, 0x01003030, INPUT_KEY_SYMBOL}, /* CJK punctuation */
    {0x01003041, 0x0100d7ff, INPUT_KEY_ALPHA},  /* kana, ideographs, Hangul */
    {0x0100f900, 0x0100faff, INPUT_KEY_ALPHA},
    {0x01020000, 0x0103ffff, INPUT_KEY_ALPHA},
};

/* The numbers are the kernel's ABI, spelt out so that this file compiles on every system. */
static const class_range evdev_ranges[] = {
    {0, 0, INPUT_CLASSES},         /* KEY_RESERVED */
    {2, 11, INPUT_KEY_DIGIT},      /* 1 to 0 */
    {12, 13, INPUT_KEY_SYMBOL},    /* - = */
    {16, 25, INPUT_KEY_ALPHA},     /* Q to P */
    {26, 27, INPUT_KEY_SYMBOL},    /* [ ] */
    {30, 38, INPUT_KEY_ALPHA},     /* A to L */
    {39, 41, INPUT_KEY_SYMBOL},    /* ; ' ` */
    {43, 43, INPUT_KEY_SYMBOL},    /* backslash */
    {44, 50, INPUT_KEY_ALPHA},     /* Z to M */
    {51, 53, INPUT_KEY_SYMBOL},    /* , . / */
    {55, 55, INPUT_KEY_NUMPAD},    /* * */
    {71, 83, INPUT_KEY_NUMPAD},    /* 7 to 0, - + . */
    {86, 86, INPUT_KEY_SYMBOL},    /* the 102nd key */
    {89, 89, INPUT_KEY_SYMBOL},    /* RO of Japanese keyboards */
    {95, 96, INPUT_KEY_NUMPAD},    /* keypad JP comma, Enter */
    {98, 98, INPUT_KEY_NUMPAD},    /* / */
    {117, 118, INPUT_KEY_NUMPAD},  /* = plus-minus */
    {121, 121, INPUT_KEY_NUMPAD},  /* keypad comma */
    {124, 124, INPUT_KEY_SYMBOL},  /* yen */
    {179, 180, INPUT_KEY_NUMPAD},  /* keypad parentheses */
    {256, 271, INPUT_MOUSE_OTHER}, /* BTN_0 and further */
    {272, 272, INPUT_MOUSE_LEFT},  {273, 273, INPUT_MOUSE_RIGHT}, {274, 287, INPUT_MOUSE_OTHER},
    {288, 319, INPUT_CLASSES}, /* joysticks and gamepads: no work of a keyboard or mouse */
    {320, 351, INPUT_CLASSES}, /* BTN_TOOL_*, BTN_TOUCH: contact, not a button */
    {544, 767, INPUT_CLASSES}, /* BTN_DPAD_*, BTN_TRIGGER_HAPPY* */
};

static uint8_t find(const class_range *ranges, size_t count, uint32_t number) {
    for (size_t i = 0; i < count; i++) {
        if (number >= ranges[i].first && number <= ranges[i].last) {
            return ranges[i].class;
        }
    }
    return INPUT_KEY_OTHER;
}

uint8_t keyclass_of_keysym(uint32_t keysym) {
    return find(keysym_ranges, sizeof(keysym_ranges) / sizeof(keysym_ranges[0]), keysym);
}

uint8_t keyclass_of_button(uint32_t button) {
    switch (button) {
    case 1:
        return INPUT_MOUSE_LEFT;
    case 3:
        return INPUT_MOUSE_RIGHT;
    case 4:
    case 5:
    case 6:
    case 7:
        return INPUT_MOUSE_WHEEL;
    default:
        return INPUT_MOUSE_OTHER;
    }
}

uint8_t keyclass_of_evdev(uint32_t code) {
    return find(evdev_ranges, sizeof(evdev_ranges) / sizeof(evdev_ranges[0]), code);
}
