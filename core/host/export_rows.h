/* host/export_rows.h - the rows of an export in batches, read by a thread of its own: while the
 * exporter writes one batch, the next ones are read.
 *
 * All rows are of one snapshot, in the order of store_replay. Batches wait in a ring of few, so
 * memory stays flat however long the exporter takes.
 */
#ifndef HOST_EXPORT_ROWS_H
#define HOST_EXPORT_ROWS_H

#include "host/export.h"

typedef struct export_rows export_rows;

typedef struct export_rows_wanted {
    const char *data; /* as in export_job */
    const schema_registry *schemas;
    int64_t from_ns, to_ns;
    const schema_info *const *infos; /* whose rows */
    uint32_t info_count;
    const uint32_t *numbers; /* by schema_info id: what the exporter calls it */
} export_rows_wanted;

/* `wanted` and what it points to live until the stop. */
int32_t export_rows_start(const export_rows_wanted *wanted, export_rows **out, kinmu_err *err);
/* Waits for the next batch, which lives until the next call; at the end its count is 0. What went
 * wrong while reading comes instead of the end. */
int32_t export_rows_next(export_rows *rows, kinmu_batch *out, kinmu_err *err);
/* Ends the reading wherever it is; NULL is fine. */
void export_rows_stop(export_rows *rows);

#endif
