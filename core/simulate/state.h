/* simulate/state.h - what a kept run says of its agents, without taking it up again. */
#ifndef SIMULATE_STATE_H
#define SIMULATE_STATE_H

#include "simulate/agent.h"

typedef struct state_agent {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    int32_t is_drained; /* everything made was confirmed */
    agent_tally made, acknowledged, declined;
} state_agent;

/* *out is malloc'ed, also after a failure perhaps. */
int32_t state_read(const char *folder, state_agent **out, uint32_t *count, kinmu_err *err);

#endif
