/* simulate/internal.h - what the files of this module tell each other alone. */
#ifndef SIMULATE_INTERNAL_H
#define SIMULATE_INTERNAL_H

#include "simulate/agent.h"

#include <stdio.h>

#define AGENT_PURPOSES 2u
#define AGENT_KEYS_MAX 4096u /* users x purposes x months */

const char *agent_purpose(uint8_t purpose);

#endif
