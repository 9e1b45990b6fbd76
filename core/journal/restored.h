/* journal/restored.h - what a node that was restored from a backup says of its own chain.
 *
 * It cannot know which numbers it used after the backup was made. Reusing one would be a second
 * history under the same number, so it gives up a stretch of them for ever, signed: the gap, and
 * when it was made, stays visible, and a checkpoint from in between says what was lost.
 */
#ifndef JOURNAL_RESTORED_H
#define JOURNAL_RESTORED_H

#include "journal/journal.h"
#include "journal/layout.h"
#include "sql/sql.h"

#define RESTORED_NUMBERS (UINT64_C(1) << 32) /* more than any node writes between two backups */

/* Gives up the numbers behind the newest block, durably. The journal goes on behind them. [job] */
int32_t journal_note_restore(journal *j, layout_restore *out, kinmu_err *err);

/* The note on numbers given up behind that block; its signature is not checked. E_NOTFOUND: there
 * is none (also where the journal is of before there were any). */
int32_t restored_find(sql_db *db, int64_t origin_row, uint64_t chain, layout_restore *out);

#endif
