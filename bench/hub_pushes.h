/* bench/hub_pushes.h - pushes as simulated agents make them, in memory, for measuring what a hub
 * does with them without a network. Simulated days (core/simulate), blocks of so many events each.
 */
#ifndef HUB_PUSHES_H
#define HUB_PUSHES_H

#include "simulate/agent.h"

typedef struct hub_push {
    const agent *from;
    size_t offset, size; /* in bytes of hub_pushes */
} hub_push;

typedef struct hub_pushes {
    agent_kit kit;
    agent *agents;
    hub_push *list; /* agents in turn */
    uint32_t agent_count, count;
    uint64_t events;
    buffer bytes;
} hub_pushes;

/* hub_box: what data keys are sealed to. Ends the program when it cannot. */
void hub_pushes_make(hub_pushes *out, uint32_t agents, uint32_t pushes, uint32_t blocks,
                     uint32_t events, const uint8_t hub_box[32]);
/* The data key a block names. */
const uint8_t *hub_pushes_key(const agent *from, const uint8_t id[16]);
/* Checks the signed head of a push: KINMU_OK or not. */
int32_t hub_pushes_verify(const agent *from, const wire_push *push);

#endif
