/* approval/states.h - the state machines of a shift, a request, an incident and a task, as tables:
 * state × action → the next state, or the code of a sentence that says why not. Pure. The README
 * shows these tables; a test compares. */
#ifndef APPROVAL_STATES_H
#define APPROVAL_STATES_H

#include <stdint.h>

typedef struct state_step {
    const char *next; /* NULL: not possible … */
    const char *code; /* … for this reason */
} state_step;

typedef struct state_machine {
    const char *name;
    const char *states; /* "off|working|break", as the schema says them */
    const char *actions;
    const state_step *steps; /* state by state */
    uint32_t action_count;
} state_machine;

extern const state_machine shift_machine, request_machine, incident_machine, task_machine;

/* A state or action that the machine does not know gives {NULL, "state.unknown"}. */
state_step states_step(const state_machine *machine, const char *state, const char *action);

#endif
