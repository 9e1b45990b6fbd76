/* journal/files.h - opening the journal's two databases, and what the engine's answers mean here.
 *
 * E_RETRY: nothing was written and trying again is safe (disk full, busy, no memory). E_RESTART:
 * whatever was being written can no longer be trusted; the journal stops. docs/journal.md lists the
 * codes.
 */
#ifndef JOURNAL_FILES_H
#define JOURNAL_FILES_H

#include "sql/sql.h"

#define FILES_PATH_SIZE 4096
#define FILES_JOURNAL "journal.db"
#define FILES_KEYS "keys.db"
#define FILES_BUSY_MS 5000

#define FILES_WRITE 1u       /* else read-only */
#define FILES_SYNC_OFF 2u    /* tests only */
#define FILES_MAKE 4u        /* make it when missing */
#define FILES_MEMORY_TEMP 8u /* temporary copies never touch the disk */

int32_t files_path(char path[FILES_PATH_SIZE], const char *directory, const char *file,
                   kinmu_err *err);
int32_t files_exist(const char *directory, const char *file);
/* 1 when the journal of that folder is on a server (sql/place.h); device.key is in the folder
 * still.
 */
int32_t files_are_shared(const char *directory);
int32_t files_open(const char *directory, const char *file, uint32_t flags, sql_db **out,
                   kinmu_err *err);

/* Runs statements without results. */
int32_t files_run(sql_db *db, const char *text, kinmu_err *err);
int32_t files_prepare(sql_db *db, const char *text, sql_statement **out, kinmu_err *err);
/* One that gives no row, and whose failure may show at the commit. */
int32_t files_prepare_later(sql_db *db, const char *text, sql_statement **out, kinmu_err *err);
/* One that may give very many rows. */
int32_t files_prepare_many(sql_db *db, const char *text, sql_statement **out, kinmu_err *err);
/* Steps a statement that gives no row and resets it. */
int32_t files_step(sql_db *db, sql_statement *statement, kinmu_err *err);
int32_t files_begin(sql_db *db, kinmu_err *err); /* to write */
int32_t files_commit(sql_db *db, kinmu_err *err);
/* Status and text for what failed last. */
int32_t files_failed(sql_db *db, kinmu_err *err);
/* Copies the log into the file; `truncate` waits for readers and leaves an empty log. */
int32_t files_checkpoint(sql_db *db, int32_t truncate, kinmu_err *err);
/* Rewrites the file without what was deleted. */
int32_t files_compact(sql_db *db, kinmu_err *err);

#endif
