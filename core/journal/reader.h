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
    sqlite3 *db;
    sqlite3_stmt *select;
    sqlite3_stmt *select_own; /* made when first needed */
};

#endif
