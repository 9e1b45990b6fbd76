/* people/n_group.c - グループ情報ファイル, 7 columns (SPEC section 7.1, IMP-10). */
#include "n.h"

#include "words.h"

#include <string.h>

#define GROUP(field) KIND_GROUP, KINMU_PEOPLE_GROUP_##field

static const n_column columns[] = {
    {"更新区分", KINDS, 0, CELL_CODE, 1, COLUMN_REQUIRED},
    {"グループID", GROUP(GROUP_ID), CELL_GROUP_ID, 32, COLUMN_REQUIRED},
    {"グループ名", GROUP(NAME), CELL_TEXT, 64, COLUMN_REQUIRED},
    {"承認者", GROUP(APPROVERS), CELL_PERSON_LIST, 0, COLUMN_REQUIRED},
    {"上位承認者", GROUP(UPPER_APPROVERS), CELL_PERSON_LIST, 0, 0},
    {"上位グループID", GROUP(PARENT_ID), CELL_GROUP_ID, 32, 0},
    {"削除フラグ", KINDS, 0, CELL_IGNORED, 0, 0},
};

const n_file n_files[N_FILES] = {
    [N_GROUP] = {"group",
                 "# 更新区分には以下の値を指定してください。\r\n"
                 "# 0:処理なし、1:登録、2:更新、3:削除、4:再登録、5:完全削除\r\n",
                 columns, sizeof columns / sizeof columns[0], CODES_GROUP},
    [N_USER] =
        {"user",
         "# 更新区分には以下の値を指定してください。\r\n"
         "# 0:処理なし、1:登録、2:更新、3:ログイン不可、4:再登録、5:パスワード再発行、6:削除、"
         "7:完全削除\r\n",
         n_user_columns, N_USER_COLUMNS, CODES_PERSON},
    [N_PATTERN] = {"work_pattern",
                   "# 更新区分には以下の値を指定してください。\r\n"
                   "# 0:処理なし、1:登録、2:更新、3:削除、4:再登録\r\n",
                   n_pattern_columns, N_PATTERN_COLUMNS, CODES_PATTERN},
    [N_SITE] = {"url_name", NULL, n_site_columns, N_SITE_COLUMNS, CODE_TABLES},
};

void n_group_row(importing *i, const char *const *cells, place at) {
    kinmu_value values[KINMU_PEOPLE_GROUP_FIELDS] = {{0}};
    const row *group = book_first(i->book, KIND_GROUP, cells[1]);
    int32_t action =
        n_action(i, &n_files[N_GROUP], cells, book_text(group, KINMU_PEOPLE_GROUP_STATE), at);
    if (action == DO_NOTHING) {
        return;
    }
    if (group != NULL) {
        memcpy(values, group->values, sizeof values);
    }
    if (action == DO_CREATE || action == DO_UPDATE || action == DO_REVIVE) {
        n_fill(i, &n_files[N_GROUP], cells, KIND_GROUP, group, values);
        values[KINMU_PEOPLE_GROUP_STATE] = kinmu_text("active");
    } else {
        values[KINMU_PEOPLE_GROUP_STATE] = kinmu_text(action == DO_ERASE ? "erased" : "deleted");
    }
    (void)book_put(i->book, KIND_GROUP, values, at);
}
