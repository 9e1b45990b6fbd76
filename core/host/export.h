/* host/export.h - runs one export: a period of the store, sorted, through an exporter into files.
 */
#ifndef HOST_EXPORT_H
#define HOST_EXPORT_H

#include "host/catalog.h"
#include "store/store.h"

#define EXPORT_BATCH_EVENTS 1000u
#define EXPORT_BATCH_BYTES_MAX ((size_t)4 << 20) /* a batch is given earlier at so many bytes */

typedef struct export_job {
    const kinmu_plugin *plugin; /* has export_open, export_events, export_close */
    const void *config;         /* filled */
    const char *instance;
    const char *node;
    const schema_registry *schemas;
    const char *data;      /* folder of the store, caught up by the caller */
    const char *directory; /* exists, absolute */
    const char *from_date; /* "2026-11-01" */
    const char *to_date;   /* last day, inclusive */
    int64_t from_ns;
    int64_t to_ns;
} export_job;

/* All files or, on any error, what the exporter leaves after export_close(commit 0): none.
 * *events is how many the exporter was given. */
int32_t export_run(const export_job *job, uint64_t *events, kinmu_err *err);

#endif
