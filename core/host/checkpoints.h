/* host/checkpoints.h - the daily checkpoint of a running node: kept in the journal, written to a
 * folder outside, time-stamped when an authority is configured. docs/journal.md, docs/evidence.md.
 */
#ifndef HOST_CHECKPOINTS_H
#define HOST_CHECKPOINTS_H

#include "host/node_internal.h"

int32_t checkpoints_open(node *n);
void checkpoints_tick(node *n);                /* now and then: starts what is due */
void checkpoints_stop(node *n);                /* gives up asking for a time stamp */
int32_t checkpoints_is_running(const node *n); /* a job is at work */
void checkpoints_close(node *n); /* once nothing runs; accepts that it was never opened */
/* What went wrong, or what a hub should have and has not; "" = nothing. */
const char *checkpoints_problem(const node *n);

#endif
