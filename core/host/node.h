/* host/node.h - one running Kinmu: configuration, journal, store, instances, runners, control door.
 *
 * Everything here runs on the main loop's thread; the journal's writer, the store and jobs have
 * threads of their own and wake the loop. `node_run` is all of `kinmu run`.
 */
#ifndef HOST_NODE_H
#define HOST_NODE_H

#include <kinmu/base.h>

typedef struct node_settings {
    const char *conf;    /* folder of YAML files */
    const char *data;    /* "" = node.data of the configuration */
    const char *plugins; /* ':'-separated folders */
    uint64_t run_ms;     /* stop by itself after so long; 0 = until a signal */
} node_settings;

/* node.data of a configuration (NULL = not given) as a folder: the default lies below the home. */
void node_data_folder(const char *configured_folder, char *data, size_t size);

/* Returns when the node was asked to stop: KINMU_OK, or why it could not start or go on. */
int32_t node_run(const node_settings *settings, kinmu_err *err);

#endif
