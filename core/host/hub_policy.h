/* host/hub_policy.h - this node's hub's policy: from an answer to what is in force. The main
 * loop's, unless a function says otherwise. */
#ifndef HOST_HUB_POLICY_H
#define HOST_HUB_POLICY_H

#include "host/node_internal.h"

int32_t hub_policy_open(node *n);
void hub_policy_close(node *n); /* accepts that it was never opened */

/* What a hub said, in an answer that was its own; the same again costs nothing. [job] */
void hub_policy_offer(node *n, const char *said, size_t size);

/* As config_load of the node's folder, under the policy that was kept. */
int32_t hub_policy_load(node *n, config **out, config_problems *problems);

void hub_policy_turn(node *n); /* puts in force what was offered */
void hub_policy_tick(node *n); /* now and then: notices that the node left its hub */

/* Appends to a JSON object: state, problem, and the values in force because the hub says so. */
void hub_policy_status(const node *n, buffer *out);

#endif
