/* workday/rules/sessions.h - from changes to the stretches of time in which a login session was on:
 * logged on, neither locked nor asleep nor disconnected (SES-03). */
#ifndef WORKDAY_SESSIONS_H
#define WORKDAY_SESSIONS_H

#include "facts/facts.h"

typedef struct stretch {
    int64_t from_ns, to_ns; /* to_ns INT64_MAX = goes on */
    int64_t
        gone_ns; /* its session ended then without having been on again; INT64_MAX = it did not */
    uint32_t lane;
    int32_t kind; /* the change that began it */
    int32_t is_from_estimated, is_to_estimated, is_gone_estimated;
} stretch;

/* Idle by events: only where the device tells no input minutes. */
typedef struct idle_span {
    int64_t from_ns, to_ns;
    uint32_t lane;
    int32_t is_from_estimated, is_to_estimated;
} idle_span;

typedef struct sessions {
    list stretches; /* by from_ns */
    list idles;     /* by from_ns */
    list rests;     /* span, by start: no session on, between two moments with one (SES-11) */
    list open, asleep, idle_since; /* while following */
} sessions;

void sessions_init(sessions *s);
void sessions_finish(sessions *s);
/* Forgets those of the person before. 0 when out of memory. */
int32_t sessions_follow(sessions *s, const facts *f);

#endif
