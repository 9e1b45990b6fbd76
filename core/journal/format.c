/* journal/format.c - see format.h. */
#include "journal/format.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int64_t number_of(sql_statement *row) {
    char digits[20] = "";
    size_t size = sql_size(row, 0);
    if (size > 0 && size < sizeof digits) {
        memcpy(digits, sql_bytes(row, 0), size);
    }
    return strtoll(digits, NULL, 10);
}

int32_t format_check(sql_db *db, kinmu_err *err) {
    sql_statement *select = NULL;
    int64_t format = 0;
    /* Without the table it is a file just made, or no journal: whoever reads on will say so. */
    if (sql_prepare(db, "SELECT value FROM meta WHERE name = 'format'", 0, &select) == SQL_DONE &&
        sql_step(select) == SQL_ROW) {
        /* On a server the column is bytes: the number's digits. */
        format = sql_type(select, 0) == SQL_I64 ? sql_i64(select, 0) : number_of(select);
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
