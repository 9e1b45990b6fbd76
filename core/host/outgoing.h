/* host/outgoing.h - http/1 behind the interface: requests of instances, in the core or in a runner,
 * carried out by the node's one http client. What may be sent with which secret and as whom is
 * decided here, in the core, never in a runner. */
#ifndef HOST_OUTGOING_H
#define HOST_OUTGOING_H

#include "host/node_internal.h"

int32_t outgoing_open(node *n);
void outgoing_close(node *n);
/* The way out as conf.d says it now. */
void outgoing_configure(node *n);
/* Gives up what the instance has under way; it is told nothing. */
void outgoing_drop(instance *i);
/* A runner's frames. KINMU_OK or E_REJECT: no runner sends this. */
int32_t outgoing_on_frame(instance *i, uint32_t type, frame_reader *body);
int32_t outgoing_is_frame(uint32_t type);
/* For instances in the core. */
extern const hosting_http outgoing_http;

#endif
