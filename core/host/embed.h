/* host/embed.h - the smallest host there is: one instance, created and never started, for exports
 * on the command line. It logs to the program's log, has no health to show, no bus, no store to
 * ask.
 */
#ifndef HOST_EMBED_H
#define HOST_EMBED_H

#include "schema/registry.h"
#include <kinmu/plugin.h>

/* The table lives until embed_destroy. `instance` and `node` are copied. */
int32_t embed_create(const schema_registry *schemas, const char *instance, const char *node,
                     const kinmu_host **out);
void embed_destroy(const kinmu_host *host); /* accepts NULL */

#endif
