/* host/looks.h - who runs the node and asks at the control socket for personal data: whether the
 * company lets him, the plugin with the master data says, and writes it down (docs/adr/0031).
 * [loop] */
#ifndef HOST_LOOKS_H
#define HOST_LOOKS_H

#include "host/node_internal.h"

/* The highest privacy of what a command answers. Personal data is asked for; sensitive is what
 * opens more than that one answer (a token): asked for as if it were everybody's. */
uint32_t looks_privacy(const kinmu_command *command);

/* Asks for `caller`; `person` "" = everybody. 1: `answer` tells. 0: this node has no master data
 * and no store, as an agent's, and nobody to ask. Otherwise an error. On a node that has the store
 * alone nobody looks while the company wants to be asked. */
int32_t looks_ask(node *n, const char *caller, const char *what, const char *person,
                  call_answer_fn answer, void *user, kinmu_err *err);

#endif
