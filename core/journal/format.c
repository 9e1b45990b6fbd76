/* journal/format.c - see format.h. */
#include "journal/format.h"

#include "base/error.h"

int32_t format_check(sql_db *db, kinmu_err *err) {
    sql_statement *select = NULL;
    int64_t format = 0;
    /* Without the table it is a file just made, or no journal: whoever reads on will say so. */
    if (sql_prepare(db, "SELECT value FROM meta WHERE name = 'format'", 0, &select) == SQL_DONE &&
        sql_step(select) == SQL_ROW) {
        format = sql_i64(select, 0);
    }
    sql_finish(select);
    if (format > FORMAT_JOURNAL) {
        return error_set(err, KINMU_E_CONFIG, "journal.newer",
                         "\"%s\" was written by a newer Kinmu (layout %lld, this one knows %d); "
                         "install that version again, nothing was changed",
                         sql_place(db), (long long)format, FORMAT_JOURNAL);
    }
    return KINMU_OK;
}
