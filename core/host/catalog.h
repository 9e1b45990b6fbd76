/* host/catalog.h - the plugin files found in the plugin folders and what they say of themselves.
 *
 * Loading a catalog opens each file (RTLD_NOW|RTLD_LOCAL, never closed), reads its exported data
 * and runs none of its functions. Files or folders writable by others are refused. Tables of older,
 * shorter layouts are widened into current ones, so that readers see today's structs only.
 */
#ifndef HOST_CATALOG_H
#define HOST_CATALOG_H

#include "config/config.h"
#include "schema/registry.h"
#include <kinmu/plugin.h>

#define CATALOG_PLUGINS_MAX 256

typedef struct catalog_plugin {
    const kinmu_plugin *plugin; /* widened copy; its rows are widened copies too */
    const char *file;
    int32_t first_party;  /* shipped with Kinmu: may run in core, may share a runner */
    config_plugin config; /* for config_source */
} catalog_plugin;

typedef struct catalog {
    catalog_plugin *plugins; /* sorted by kind, name */
    uint32_t count;
    struct {
        const char *file;
        char text[KINMU_ERR_MSG_SIZE];
    } problems[CATALOG_PLUGINS_MAX]; /* files refused, with the reason */
    uint32_t problem_count;
} catalog;

/* folders: ':'-separated; each is searched with its subfolders, one per kind. */
int32_t catalog_load(const char *folders, catalog **out, kinmu_err *err);
/* The same for a process that may crash by it: opening is called with each file before it is
 * opened, and files known to crash are left out as problems. */
typedef struct catalog_caution {
    void (*opening)(const char *file);
    const char *const *crashing;
    uint32_t crashing_count;
} catalog_caution;
int32_t catalog_load_with(const char *folders, const catalog_caution *caution, catalog **out,
                          kinmu_err *err);
void catalog_free(catalog *c);
const catalog_plugin *catalog_find(const catalog *c, uint32_t kind, const char *name);
/* Adds every schema of every plugin and the core's own; refusals go to problems of err. */
int32_t catalog_register(const catalog *c, schema_registry *registry, kinmu_err *err);
/* For config_load. */
config_source catalog_source(const catalog *c);
/* Loads one file and gives its plugins as a catalog of their own. */
int32_t catalog_load_file(const char *file, catalog **out, kinmu_err *err);
/* Carries a catalog between processes, without its functions: a daemon that isolates plugins never
 * maps their libraries. */
void catalog_write(const catalog *c, buffer *out);
int32_t catalog_read(const uint8_t *data, size_t size, catalog **out, kinmu_err *err);
const char *catalog_kind_name(uint32_t kind); /* "collector" */
/* "collector" or "collectors" -> KINMU_COLLECTOR; 0 unknown. */
uint32_t catalog_kind_from_name(const char *name);

#endif
