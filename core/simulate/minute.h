/* simulate/minute.h - what the collectors of one PC would publish in one minute of its plan:
 * session changes, the minute's input counts, windows that come to the front. Pure functions; the
 * same seed gives the same events.
 */
#ifndef SIMULATE_MINUTE_H
#define SIMULATE_MINUTE_H

#include "simulate/day.h"
#include <kinmu/events/input.h>
#include <kinmu/events/session.h>
#include <kinmu/events/window.h>

#define MINUTE_EVENTS_MAX 24u
#define MINUTE_VALUES_MAX KINMU_INPUT_MINUTE_FIELDS
#define MINUTE_FIRST (DAY_BEGIN_S / 60)
#define MINUTE_END (DAY_END_S / 60)

enum { MINUTE_SESSION, MINUTE_INPUT, MINUTE_FOCUS, MINUTE_KINDS };

typedef struct minute_event {
    uint32_t kind;
    uint32_t value_count;
    int64_t at_ns;   /* published; in this order */
    int64_t unix_ns; /* of the event */
    uint64_t mono_ns;
    const char *subject; /* "" = the PC; lives with the world */
    kinmu_value values[MINUTE_VALUES_MAX];
} minute_event;

typedef struct minute {
    uint32_t count;
    uint8_t boot_id[16];
    minute_event events[MINUTE_EVENTS_MAX];
} minute;

/* `number` counts minutes since midnight. *program is what was in front, and is afterwards. */
void minute_make(const world *w, const day_plan *plan, int32_t number, uint32_t *program,
                 minute *out);

/* Reads a PC's events one after another. */
typedef struct minute_cursor {
    uint32_t pc;
    uint32_t index; /* in the minute */
    uint32_t program;
    int32_t number;
    int64_t day;
} minute_cursor;

/* What was made last, for all cursors: the same minute is mostly asked for again. Zeroed before
 * first use. */
typedef struct minute_cache {
    uint32_t pc;
    uint32_t program_after;
    int32_t has_plan, has_minute;
    int32_t number;
    day_plan plan;
    minute made;
} minute_cache;

void minute_begin(minute_cursor *c, uint32_t pc, int64_t day);
/* The next event published before `until_ns`, or NULL. It lives in the cache until the next call.
 */
const minute_event *minute_next(const world *w, minute_cursor *c, int64_t until_ns,
                                minute_cache *cache);

#endif
