/* people/n_pattern.c - 勤務パターン情報ファイル, 8 columns (SPEC section 7.3, IMP-14). A change
 * makes a new version from a date on: days before keep the pattern they were worked under
 * (TRAP-25). */
#include "n.h"

#include <stdio.h>
#include <string.h>

#define PATTERN(field) KIND_PATTERN, KINMU_PEOPLE_PATTERN_##field

const n_column n_pattern_columns[N_PATTERN_COLUMNS] = {
    {"更新区分", KINDS, 0, CELL_CODE, 1, COLUMN_REQUIRED},
    {"勤務パターンID", PATTERN(PATTERN_ID), CELL_GROUP_ID, 32, COLUMN_REQUIRED},
    {"勤務パターン名", PATTERN(NAME), CELL_TEXT, 64, COLUMN_REQUIRED},
    {"休憩時間帯", PATTERN(BREAKS), CELL_BREAKS, 0, 0},
    {"業務時間（分）", PATTERN(WORK_MIN), CELL_MINUTES, 4, COLUMN_REQUIRED},
    {"午前業務時間（分）", PATTERN(MORNING_MIN), CELL_MORNING, 4, 0},
    {"自動終了時刻", PATTERN(AUTO_END_CLOCK), CELL_CLOCK, 5, 0},
    {"削除フラグ", KINDS, 0, CELL_IGNORED, 0, 0},
};

void n_pattern_row(importing *i, const char *const *cells, place at) {
    kinmu_value values[KINMU_PEOPLE_PATTERN_FIELDS] = {{0}};
    const n_file *file = &n_files[N_PATTERN];
    const row *pattern = book_latest(i->book, KIND_PATTERN, cells[1]);
    int32_t action = n_action(i, file, cells, book_text(pattern, KINMU_PEOPLE_PATTERN_STATE), at);
    if (action == DO_NOTHING) {
        return;
    }
    if (pattern != NULL) {
        memcpy(values, pattern->values, sizeof values);
    }
    if (action == DO_DELETE) {
        values[KINMU_PEOPLE_PATTERN_STATE] = kinmu_text("deleted");
    } else {
        n_fill(i, file, cells, KIND_PATTERN, pattern, values);
        values[KINMU_PEOPLE_PATTERN_STATE] = kinmu_text("active");
    }
    const kinmu_value *whole = &values[KINMU_PEOPLE_PATTERN_WORK_MIN];
    const kinmu_value *morning = &values[KINMU_PEOPLE_PATTERN_MORNING_MIN];
    if (morning->type == KINMU_TYPE_I64 && morning->as.i64 >= whole->as.i64) {
        char minutes[24];
        (void)snprintf(minutes, sizeof minutes, "%lld", (long long)whole->as.i64);
        problems_add(i->problems, "cell.morning", at, 6, file->columns[5].header, minutes);
        return;
    }
    n_put_dated(i, KIND_PATTERN, values, at);
}
