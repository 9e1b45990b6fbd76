/* approval/states.c - see states.h. */
#include "states.h"

#include "words.h"

#include <string.h>

#define TO(state)                                                                                  \
    { state, NULL }
#define NO(code)                                                                                   \
    { NULL, code }
#define COUNT(steps) (uint32_t)(sizeof(steps)[0] / sizeof(steps)[0][0])

/* A punch out of turn is refused; what a person forgot is a correction. */
static const state_step shift_steps[][6] = {
    /* start, break, resume, end, task_start, task_end */
    {TO("working"), NO("shift.off"), NO("shift.off"), NO("shift.off"), NO("shift.off"),
     NO("shift.off")}, /* off */
    {NO("shift.working"), TO("break"), NO("shift.no-break"), TO("off"), TO("working"),
     TO("working")}, /* working */
    {NO("shift.break"), NO("shift.break"), TO("working"), TO("off"), NO("shift.break"),
     NO("shift.break")}, /* break */
};
const state_machine shift_machine = {"shift", "off|working|break",
                                     "start|break|resume|end|task_start|task_end", shift_steps[0],
                                     COUNT(shift_steps)};

/* An approved request ends only by its own date of expiry: what was approved is replaced by another
 * request, never taken back. */
static const state_step request_steps[][6] = {
    /* submit, approve, deny, return, withdraw, expire */
    {TO("pending"), NO("request.draft"), NO("request.draft"), NO("request.draft"), TO("withdrawn"),
     TO("expired")}, /* draft */
    {NO("request.pending"), TO("approved"), TO("denied"), TO("returned"), TO("withdrawn"),
     TO("expired")}, /* pending */
    {NO("request.approved"), NO("request.approved"), NO("request.approved"), NO("request.approved"),
     NO("request.approved"), TO("expired")}, /* approved */
    {NO("request.denied"), NO("request.denied"), NO("request.denied"), NO("request.denied"),
     NO("request.denied"), NO("request.denied")}, /* denied */
    {TO("pending"), NO("request.returned"), NO("request.returned"), NO("request.returned"),
     TO("withdrawn"), TO("expired")}, /* returned */
    {NO("request.withdrawn"), NO("request.withdrawn"), NO("request.withdrawn"),
     NO("request.withdrawn"), NO("request.withdrawn"), NO("request.withdrawn")}, /* withdrawn */
    {NO("request.expired"), NO("request.expired"), NO("request.expired"), NO("request.expired"),
     NO("request.expired"), NO("request.expired")}, /* expired */
};
const state_machine request_machine = {
    "request", "draft|pending|approved|denied|returned|withdrawn|expired",
    "submit|approve|deny|return|withdraw|expire", request_steps[0], COUNT(request_steps)};

/* An incident is judged, not approved (APR-11); who judged wrongly judges again, and both stay in
 * its history. */
static const state_step incident_steps[][2] = {
    /* illicit, harmless */
    {TO("illicit"), TO("harmless")},          /* pending */
    {NO("incident.illicit"), TO("harmless")}, /* illicit */
    {TO("illicit"), NO("incident.harmless")}, /* harmless */
};
const state_machine incident_machine = {"incident", "pending|illicit|harmless", "illicit|harmless",
                                        incident_steps[0], COUNT(incident_steps)};

/* A plan may be done without a punch (a meeting); a running task is ended before it is deleted. */
static const state_step task_steps[][4] = {
    /* start, end, edit, delete */
    {TO("running"), TO("done"), TO("planned"), TO("deleted")},                        /* planned */
    {NO("task.running"), TO("done"), TO("running"), NO("task.running")},              /* running */
    {NO("task.done"), NO("task.done"), TO("done"), TO("deleted")},                    /* done */
    {NO("task.deleted"), NO("task.deleted"), NO("task.deleted"), NO("task.deleted")}, /* deleted */
};
const state_machine task_machine = {"task", "planned|running|done|deleted", "start|end|edit|delete",
                                    task_steps[0], COUNT(task_steps)};

state_step states_step(const state_machine *machine, const char *state, const char *action) {
    int32_t row = words_choice(machine->states, state, (uint32_t)strlen(state));
    int32_t column = words_choice(machine->actions, action, (uint32_t)strlen(action));
    if (row < 0 || column < 0) {
        return (state_step)NO("state.unknown");
    }
    return machine->steps[(uint32_t)row * machine->action_count + (uint32_t)column];
}
