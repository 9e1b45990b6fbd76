/* json/import.h - the command `import`: M's agent log published as events.
 *
 * A job reads and checks the whole file; only when all of it is right is anything published, in
 * calls of up to IMPORT_LINES_PER_CALL lines. The caller is answered once everything is durable.
 * One import at a time.
 */
#ifndef JSON_IMPORT_H
#define JSON_IMPORT_H

#include <kinmu/plugin.h>

#define IMPORT_LINES_PER_CALL 1024u /* three events each, within KINMU_EVENTS_MAX */
#define IMPORT_RETRY_MS 20
#define IMPORT_ANSWERS 2 /* lines, events */

/* Rows of the plugin's schema table. */
typedef struct import_schemas {
    uint32_t origin;
    uint32_t minute;
    uint32_t focus;
} import_schemas;

typedef struct import import;

/* `zone_offset_s` NULL: the offset in force when the import runs. */
int32_t import_create(const kinmu_host *host, const import_schemas *schemas,
                      const int32_t *zone_offset_s, import **out);
int32_t import_start(import *self, kinmu_err *err); /* finds its services */
int32_t import_call(import *self, const kinmu_call *call, kinmu_err *err);
/* Ends a running import: what is published stays, and the caller is told how far it came. */
void import_stop(import *self);
void import_destroy(import *self); /* no job may be running; NULL is fine */

#endif
