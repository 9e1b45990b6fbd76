/* backup/backup.h - a data folder copied while it is used, and put back.
 *
 * DIR/journal.db and, if wanted, store.db; DIR/keys with keys.db, device.key and the hub's trust,
 * so that the keys' copies can live shorter; DIR/manifest.jsonl with every file's hash and the
 * chain heads, sealed by the device's key (docs/backup.md). A folder of that name is whole or not
 * there. Journals in PostgreSQL are backed up with PostgreSQL's tools.
 */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "journal/layout.h"

#define BACKUP_FILES_MAX 64u

typedef struct backup_summary {
    uint32_t files;
    uint64_t bytes;
    uint64_t blocks; /* restoring: verified */
    int64_t made_unix_ns;
    layout_restore restore; /* restoring: the numbers this node gave up */
} backup_summary;

/* E_STATE: the target is there already; E_REJECT: not a folder that is backed up this way. [job] */
int32_t backup_make(const char *data, const char *target, int32_t with_store,
                    backup_summary *summary, kinmu_err *err);
/* Verifies hashes, seal and chains before `data` exists. E_STATE: `data` is not empty; E_REJECT:
 * the backup is damaged or not whole. [job] */
int32_t backup_restore(const char *backup, const char *data, backup_summary *summary,
                       kinmu_err *err);

/* The journal of `data` is on a server that was put back to an older state by its own tools: the
 * same proof and the same numbers given up. E_STATE: a node runs in `data`. [job] */
int32_t backup_server_restored(const char *data, backup_summary *summary, kinmu_err *err);

#endif
