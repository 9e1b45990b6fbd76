/* journal/format.h - which layout of the journal's files this program knows.
 *
 * A number in table `meta`. It changes only when a program that does not know the change would read
 * or write wrongly; what is only added (a table, made when it is missing) leaves it. So an older
 * program may work on what a newer one of the same number wrote, and one that may not says so.
 */
#ifndef JOURNAL_FORMAT_H
#define JOURNAL_FORMAT_H

#include "sql/sql.h"

#define FORMAT_JOURNAL 1

/* E_CONFIG when a newer program's layout is there; a file without any is a new one. */
int32_t format_check(sql_db *db, kinmu_err *err);

#endif
