/* cli/offline.h - what a command needs that works on a node's data without being its daemon:
 * the plugins, their schemas, the configuration and the data folder.
 */
#ifndef CLI_OFFLINE_H
#define CLI_OFFLINE_H

#include "cli/cli.h"
#include "config/config.h"
#include "host/catalog.h"
#include "schema/registry.h"

#define OFFLINE_CONFIG 1 /* the configuration must load; else it is read only to find the data */

typedef struct cli_offline {
    cli_places places;
    catalog *plugins;
    schema_registry *schemas;
    config *conf; /* NULL without OFFLINE_CONFIG */
    char data[4096];
} cli_offline;

/* For who runs none of their functions: looked at in a child where this is kinmu itself. */
int32_t cli_find_plugins(const char *folders, catalog **out, kinmu_err *err);

/* Takes the places out of argv and loads. Prints what is wrong and gives CLI_*; free in any case.
 */
int cli_offline_load(int *argc, char **argv, int32_t flags, cli_offline *out);
void cli_offline_free(cli_offline *offline);

#endif
