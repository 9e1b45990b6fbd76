/* json/live.h - committed events appended to one NDJSON file, each exactly once.
 *
 * A turn never waits for the disk: live_events formats what is new, hands it to a job that writes
 * and flushes, and answers E_BUSY; the same batch coming again finds its lines on disk and is
 * answered KINMU_OK. So the durable cursor never runs ahead of the file. After a crash the torn
 * last line is cut off, and events redelivered although their lines are there are recognised by
 * their place (block, sequence, origin) in the tail of the file. Full files are renamed PATH.1,
 * PATH.2, ...
 */
#ifndef JSON_LIVE_H
#define JSON_LIVE_H

#include "selection.h"

#include <kinmu/iface/work.h>

#define LIVE_TAIL_BYTES_MAX ((size_t)4 << 20) /* searched for redelivered events, per file */
#define LIVE_JOB_BYTES_MAX ((size_t)1 << 20)  /* lines written by one job, beyond the first */
#define LIVE_LINE_BYTES_MAX ((size_t)1 << 20) /* a longer torn end is not ours: nothing is cut */

typedef struct live_options {
    const char *path;
    int64_t rotate_bytes;
    int64_t keep_files;
    const selection *selection;
} live_options;

typedef struct live live;

/* Copies the path; the selection must outlive it. [turn] */
int32_t live_create(const kinmu_host *host, const live_options *options, live **out);
/* Begins to look at the file as it was left; events are E_BUSY until that is done. [turn] */
int32_t live_start(live *l, kinmu_err *err);
int32_t live_events(live *l, const kinmu_batch *batch, kinmu_err *err);
void live_destroy(live *l); /* no job may be running; NULL is fine */

#endif
