/* cli/status.h - the parts of `kinmu status`. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include "cli/reply.h"

/* status_hub.c: the hub's devices, from the daemon at `data` and from its journal. `answer` is what
 * the daemon said of itself, `json` the same as text. Returns the exit code. */
int status_hub(const char *data, const config_node *answer, const char *json, int is_json);

void status_print_head(const config_node *answer);

#endif
