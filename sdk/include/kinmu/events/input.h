/* kinmu/events/input.h - keyboard and mouse activity per minute: counts only, never which key
 * (COL-02, COL-03, COL-10). unix_ns is the start of the minute, seconds 00 in UTC. */
#ifndef KINMU_EVENTS_INPUT_H
#define KINMU_EVENTS_INPUT_H

#include <kinmu/schema.h>

/* Field positions of kinmu.input.minute/1. */
#define KINMU_INPUT_MINUTE_KEYS 0
#define KINMU_INPUT_MINUTE_CLICKS 1
#define KINMU_INPUT_MINUTE_KEY_ALPHA 2
#define KINMU_INPUT_MINUTE_KEY_DIGIT 3
#define KINMU_INPUT_MINUTE_KEY_NUMPAD 4
#define KINMU_INPUT_MINUTE_KEY_SYMBOL 5
#define KINMU_INPUT_MINUTE_KEY_OTHER 6
#define KINMU_INPUT_MINUTE_MOUSE_LEFT 7
#define KINMU_INPUT_MINUTE_MOUSE_RIGHT 8
#define KINMU_INPUT_MINUTE_MOUSE_WHEEL 9
#define KINMU_INPUT_MINUTE_MOUSE_MOVE 10
#define KINMU_INPUT_MINUTE_OBSERVED_MS 11
#define KINMU_INPUT_MINUTE_FIELDS 12

#define KINMU_INPUT_COUNT(name, flags, doc)                                                        \
    { name, KINMU_TYPE_I64, flags, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "count", NULL, doc }

static const kinmu_field kinmu_input_minute_fields[] = {
    KINMU_INPUT_COUNT("keys", KINMU_FIELD_REQUIRED,
                      "Keys pressed, all classes; auto-repeat counts once."),
    KINMU_INPUT_COUNT("clicks", KINMU_FIELD_REQUIRED, "Mouse buttons pressed, without the wheel."),
    KINMU_INPUT_COUNT("key_alpha", 0, "Letters. Null where a source knows only the total."),
    KINMU_INPUT_COUNT("key_digit", 0, "Digits of the main block."),
    KINMU_INPUT_COUNT("key_numpad", 0, "Keys of the numeric keypad."),
    KINMU_INPUT_COUNT("key_symbol", 0, "Printable symbols."),
    KINMU_INPUT_COUNT("key_other", 0, "Everything else: F1, Escape, Enter, Shift, arrows, space."),
    KINMU_INPUT_COUNT("mouse_left", 0, "Left button presses."),
    KINMU_INPUT_COUNT("mouse_right", 0, "Right button presses."),
    KINMU_INPUT_COUNT("mouse_wheel", 0, "Wheel steps."),
    KINMU_INPUT_COUNT("mouse_move", 0, "Motion events reported by the device."),
    {"observed_ms", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ms", NULL,
     "How much of the minute was really observed; less than 60000 where observation began, ended "
     "or had a gap."},
};

static const kinmu_schema kinmu_input_minute = {
    sizeof(kinmu_schema),
    1,
    "kinmu.input.minute",
    KINMU_KIND_LOG,
    0,
    "activity",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_input_minute_fields),
    "Input activity of one account on one device in one minute. Written while not idle, also with "
    "zero counts; a missing minute is idle or a gap, which kinmu.session.change and "
    "kinmu.observation.gap tell apart."};

#endif
