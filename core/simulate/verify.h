/* simulate/verify.h - compares what a run was told to be safe with what the hub's store holds:
 * every acknowledged record once, none twice, the sums of their counts the same. Reads only.
 */
#ifndef SIMULATE_VERIFY_H
#define SIMULATE_VERIFY_H

#include "simulate/agent.h"

typedef struct verify_report {
    uint32_t agents;
    agent_tally acknowledged;           /* by the run's account */
    agent_tally stored;                 /* by the store; blocks: applied ones with these events */
    uint64_t missing, surplus, doubled; /* events */
    uint32_t differing;                 /* agents */
    char first[256];                    /* what is wrong with the first of them; "" = nothing */
} verify_report;

/* `data`: the hub's data folder. An agent that was not drained may have more in the store than was
 * acknowledged, up to what it made. KINMU_OK also when something differs. */
int32_t verify_run(const char *state, const char *data, verify_report *out, kinmu_err *err);

#endif
