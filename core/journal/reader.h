/* journal/reader.h - an open reader as its own files see it: read.c (blocks for consumers here) and
 * read_out.c (blocks for a hub). */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

#include "journal/files.h"
#include "journal/journal.h"
#include "journal/seal.h"

struct journal_reader {
    char *directory;
    device device;
    sealer sealer;
    keys *keys;
    sql_db *db;
    sql_statement *select;
    uint64_t behind;           /* the position `select` stands on; 0 = on no row */
    sql_statement *select_own; /* made when first needed */
};

#endif
