/* api/answers/span.h - states as spans of time, and minutes joined to spans. Pure. */
#ifndef API_SPAN_H
#define API_SPAN_H

#include <stdint.h>

#define SPAN_OPEN INT64_MAX /* as to_ns: nothing told its end */

typedef struct span {
    int64_t from_ns, to_ns; /* equal: a moment */
    const char *kind;
    const char *origin; /* of which computer */
    const char *more;   /* a task's id, a gap's cause; NULL = none */
    uint32_t rank;      /* where two of one origin overlap, the lower rank is shown */
} span;

/* What a word does to the state of a lane. */
typedef struct span_word {
    const char *word;
    const char *state; /* begins; NULL: what is open ends */
    int32_t is_fresh;  /* what was open is not ended by it: its end was forgotten */
} span_word;

/* From moments whose kinds are words to the spans between them, in place and in order; other words
 * do nothing. Returns how many spans. */
uint32_t span_follow(span *moments, uint32_t count, const span_word *words, uint32_t word_count);
/* Sorts by origin and beginning, joins what of one origin and kind touches or overlaps, and cuts
 * what overlaps otherwise, in place. Returns how many are left. */
uint32_t span_join(span *spans, uint32_t count);
/* Leaves what lies in [from_ns, to_ns), cut to it; a span with an open end keeps its beginning. */
uint32_t span_cut(span *spans, uint32_t count, int64_t from_ns, int64_t to_ns);

#endif
