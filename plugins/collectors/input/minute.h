/* minute.h - the accounting of observed minutes. Pure: clocks and counts in, facts out; no I/O.
 *
 * Minutes are minutes of wall time, durations are monotonic time. A record is made for each minute
 * that was not idle from end to end; idle begins `idle_after` behind the last input; what was not
 * observed becomes a gap and never idleness. After a gap, and at the start, nobody is known to be
 * there: the state is an estimated idle until the next input.
 *
 * No two records carry the same minute. A clock set back (or a program started again) inside a
 * minute already written adds to the next free minute when that is at most a minute away;
 * otherwise those minutes are told as a clock-step gap and their counts as lost, because the
 * records they belong to exist already.
 */
#ifndef INPUT_MINUTE_H
#define INPUT_MINUTE_H

#include "keyclass.h"

#include <stddef.h>

#define MINUTE_NS 60000000000LL
#define MINUTE_NEVER UINT64_MAX
#define MINUTE_STALL_NS 10000000000ULL /* later than this is a stall, not a slow turn */
#define MINUTE_STEP_NS 2000000000LL    /* a difference of the clocks told as a step */
#define MINUTE_SLEEP_NS 1000000000ULL  /* the machine slept */
#define MINUTE_GAP_MIN_NS 1000000000LL /* shorter interruptions are not worth an event */
#define MINUTE_HOLD_NS MINUTE_NS       /* how far a record's minute may lie ahead of the clock */
#define MINUTE_WRITTEN_MAX 4096u       /* minutes remembered as written: 68 hours */

typedef struct minute_now {
    int64_t unix_ns;
    uint64_t mono_ns;  /* goes on while the machine sleeps */
    uint64_t slept_ns; /* how much of mono_ns the machine slept */
} minute_now;

enum minute_kind { MINUTE_COUNTS, MINUTE_IDLE, MINUTE_ACTIVE, MINUTE_GAP, MINUTE_LOST };

/* One fact. Texts are static. */
typedef struct minute_fact {
    enum minute_kind kind;
    int32_t estimated;   /* IDLE: the last input is not known, or lies behind a gap */
    int64_t unix_ns;     /* COUNTS: start of the minute. IDLE: last input. GAP: its end */
    int64_t from_ns;     /* GAP: its begin */
    int64_t noted_ns;    /* IDLE, ACTIVE: when it was noticed */
    int64_t observed_ms; /* COUNTS */
    const char *cause;   /* GAP: as in kinmu.observation.gap */
    const char *detail;  /* GAP: or NULL */
    input_counts counts; /* COUNTS; LOST: counts that belong to a minute already written */
} minute_fact;

typedef void (*minute_emit_fn)(void *user, const minute_fact *fact);

enum minute_watch { MINUTE_WATCH_OFF, MINUTE_WATCH_LOST, MINUTE_WATCH_ON };
enum minute_presence { MINUTE_PRESENCE_UNKNOWN, MINUTE_PRESENCE_IDLE, MINUTE_PRESENCE_ACTIVE };

typedef struct minute {
    minute_emit_fn emit;
    void *user;
    uint64_t idle_after_ns;
    enum minute_watch watch;
    enum minute_presence presence;
    minute_now last;        /* up to here everything is accounted for */
    uint64_t since_mono_ns; /* observed without interruption or step since */
    uint64_t input_mono_ns; /* the last input */
    int64_t input_unix_ns;
    int32_t open;    /* a minute is being counted */
    int32_t taken;   /* its record exists already */
    int64_t open_ns; /* its start */
    uint64_t observed_ns;
    input_counts counts;
    int64_t gap_ns; /* WATCH_LOST: begin of the gap, and why */
    const char *gap_cause;
    const char *gap_detail;
    int32_t replayed; /* minutes were taken: a gap from … to is due */
    int64_t replayed_from_ns;
    int64_t replayed_to_ns;
    int64_t written_ns;                   /* the minute written last; 0 = none */
    uint32_t written[MINUTE_WRITTEN_MAX]; /* number of the minute + 1, at its remainder */
} minute;

void minute_init(minute *m, int64_t idle_after_ms, minute_emit_fn emit, void *user);

/* Takes another idle time, in force at once. */
void minute_set_idle_after(minute *m, const minute_now *now, int64_t idle_after_ms);

/* A record of this minute exists, from an earlier run. */
void minute_mark_written(minute *m, int64_t unix_ns);

/* Observation begins, or begins again behind a loss. */
void minute_begin(minute *m, const minute_now *now);

/* There is nothing to observe from now on; the gap is told when it ends. */
void minute_lose(minute *m, const minute_now *now, const char *cause, const char *detail);

/* Input was lost between the last call and now, though observation goes on. */
void minute_overrun(minute *m, const minute_now *now, const char *detail);

/* Input arrived. Ignored while nothing is observed. */
void minute_input(minute *m, const minute_now *now, const input_counts *counts);

/* Time went by: closes minutes, finds idleness, stalls and steps. */
void minute_advance(minute *m, const minute_now *now);

/* Observation ends: closes the minute as far as it went and tells an open gap. */
void minute_end(minute *m, const minute_now *now);

/* Monotonic time at which minute_advance is needed next; MINUTE_NEVER while idle. */
uint64_t minute_due(const minute *m);

#endif
