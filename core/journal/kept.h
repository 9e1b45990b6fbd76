/* journal/kept.h - the checkpoints a journal remembers: when, over which signed heads, and the time
 * stamp it got for them.
 *
 * Whoever proves something years later needs the heads of then, not of now: the row keeps them with
 * the devices' own signatures. The file outside is what counts; these rows are its copy, and the
 * bytes of the file come out of them again.
 */
#ifndef JOURNAL_KEPT_H
#define JOURNAL_KEPT_H

#include "journal/checkpoint.h"
#include "journal/journal.h"
#include "sql/sql.h"

/* Signs this node's own head, keeps a checkpoint of all signed heads and appends the bytes of its
 * file. Durable when it returns. [job] */
int32_t journal_keep_checkpoint(journal *j, buffer *file, uint64_t *number, kinmu_err *err);
/* Puts the time-stamp token (DER) beside it. E_NOTFOUND: no such checkpoint. [job] */
int32_t journal_keep_token(journal *j, uint64_t number, const void *token, size_t size,
                           kinmu_err *err);

/* ---- on a connection of its own, from files_open ---- */
/* A kept checkpoint; token (may be NULL) stays empty when there is none. E_NOTFOUND: no such. */
int32_t kept_read(sql_db *db, uint64_t number, checkpoint *out, buffer *token, kinmu_err *err);
/* A device's head as it signed it, as of that checkpoint (UINT64_MAX: as of now). E_NOTFOUND: it
 * had none. */
int32_t kept_head(sql_db *db, uint64_t number, int64_t origin_row, layout_head *out,
                  kinmu_err *err);
/* The first checkpoint that has that device's chain up to `chain`; E_NOTFOUND: none yet. */
int32_t kept_first(sql_db *db, int64_t origin_row, uint64_t chain, uint64_t *number,
                   kinmu_err *err);
/* The newest one made before `unix_ns`, and the newest block then; E_NOTFOUND: none. */
int32_t kept_before(sql_db *db, int64_t unix_ns, uint64_t *number, uint64_t *position,
                    kinmu_err *err);

#endif
