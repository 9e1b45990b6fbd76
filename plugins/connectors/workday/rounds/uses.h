/* workday/rounds/uses.h - the schemas of the plugin, by their place in its table. */
#ifndef WORKDAY_USES_H
#define WORKDAY_USES_H

#include <kinmu/schema.h>

enum {
    USE_INPUT,
    USE_CHANGE,
    USE_GAP,
    USE_PUNCH,
    USE_PRESENCE,
    USE_MEETING,
    USE_PERSON,
    USE_ASSIGNMENT,
    USE_GROUP,
    USE_PATTERN,
    USE_ACCOUNT,
    USE_COMPUTER,
    USE_HOLIDAY,
    USE_SETTING,
    USE_DEVICE,
    USE_SCHEDULE,
    USE_ATTENDANCE,
    USE_REQUEST,
    USE_TASK,
    USE_FORGET,
    USE_DAY,
    USE_MONTH,
    USE_ALERT,
    USE_CLOSING,
    USES
};

extern const kinmu_schema_use workday_uses[USES];

#endif
