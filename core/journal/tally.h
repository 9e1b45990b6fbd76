/* journal/tally.h - running totals, so that neither a start nor a quota has to read every block.
 *
 * A convenience, no evidence: saved with the signed head, brought up to date from the headers after
 * it, counted anew when it does not fit the file. Verification never reads it.
 */
#ifndef JOURNAL_TALLY_H
#define JOURNAL_TALLY_H

#include "journal/layout.h"

#include "sql/sql.h"

#define TALLY_PURPOSES_MAX 64u /* beyond it a purpose counts in the totals only */

typedef struct tally_purpose {
    char name[KINMU_NAME_BYTES_MAX + 1];
    uint64_t blocks;
    uint64_t events;
    uint64_t bytes; /* of payloads still there */
} tally_purpose;

typedef struct tally {
    uint64_t position; /* newest block counted */
    uint64_t decision;
    uint64_t blocks;
    uint64_t events;
    uint64_t bytes;
    uint64_t erased;
    uint64_t folded;
    uint32_t purpose_count;
    tally_purpose purposes[TALLY_PURPOSES_MAX];
} tally;

void tally_add(tally *t, uint64_t position, const layout_header *header);
/* The payload of a counted block is gone; state = JOURNAL_BLOCK_ERASED, _FOLDED, _WITHHELD. */
void tally_drop(tally *t, const layout_header *header, uint32_t state);
/* NULL when nothing was counted for that purpose. */
const tally_purpose *tally_find(const tally *t, const char *purpose);

int32_t tally_load(sql_db *db, tally *t, kinmu_err *err);
/* Counts the blocks behind t->position. */
int32_t tally_catch_up(sql_db *db, tally *t, kinmu_err *err);
int32_t tally_save(sql_db *db, const tally *t, kinmu_err *err); /* in the caller's transaction */

#endif
