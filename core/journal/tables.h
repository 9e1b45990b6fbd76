/* journal/tables.h - the definitions of the journal's tables, for a file and for a server. */
#ifndef JOURNAL_TABLES_H
#define JOURNAL_TABLES_H

#include "sql/sql.h"

/* Scripts that change nothing when the tables are there; run within a transaction. */
const char *tables_of_journal(const sql_db *db);
const char *tables_of_keys(const sql_db *db);

#endif
