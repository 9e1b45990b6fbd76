/* simulate/faults.h - what goes wrong on demand: "drop=1%,duplicate=1%,reorder=1%,disconnect=1%,
 * delay=40d,clock=1h". Pure functions. Durations are written as in conf.d.
 */
#ifndef SIMULATE_FAULTS_H
#define SIMULATE_FAULTS_H

#include "simulate/random.h"

#define FAULTS_DELAY_NS_MAX (40LL * 86400 * 1000000000)

typedef struct faults {
    uint32_t drop, duplicate, reorder, disconnect; /* of a million pushes */
    int64_t delay_ns;                              /* one agent in ten is cut off, up to so long */
    int64_t clock_ns;                              /* steps of clocks, up to so far */
} faults;

/* E_REJECT with the place in err. */
int32_t faults_parse(const char *text, faults *out, kinmu_err *err);
/* "90s", "1h", "40d", "500ms"; 0 or less is refused. */
int32_t faults_duration(const char *text, int64_t *ns);

enum { FAULT_NONE, FAULT_DROP, FAULT_DUPLICATE, FAULT_REORDER, FAULT_DISCONNECT };
/* Of the next push. */
int32_t faults_next(const faults *f, chance *c);
/* How far off a clock stands from now on; most often as before. */
int64_t faults_clock(const faults *f, chance *c, int64_t before_ns);
/* Until when an agent is cut off, counted from its first day; mostly 0. */
int64_t faults_delay(const faults *f, chance *c);

#endif
