/* csv/sheets/members.c - see members.h. */
#include "sheets/members.h"

#include "known/employees.h"
#include "sheets/put.h"
#include "writing/moment.h"

#include <stdlib.h>

static const char member_headers[] =
    "社員番号,ユーザID,氏名,ふりがな,メールアドレス,グループID,グループ,勤務パターンID,状態";
static const char day_headers[] =
    "グループID,グループ,日付,社員番号,氏名,出勤時刻,退勤時刻,総休憩時間,勤務時間,残業時間,"
    "勤務形態,PC 開始時刻,PC 終了時刻,PC 操作時間,開始差異（分）,終了差異（分）";
#define DAY_CELLS 11 /* behind the name */

/* ---- メンバー一覧 ---- */

static void put_member(sheet *s, const members_source *from, const employee *who) {
    const person *one = directory_find(from->people, who->id);
    uint32_t group = directory_group_of(from->people, who->id, from->period.last);
    uint32_t pattern = directory_pattern_of(from->people, who->id, from->period.last);
    sheet_string(s, words_text(from->texts, who->who));
    sheet_string(s, words_text(from->texts, who->id));
    sheet_string(s, words_text(from->texts, one != NULL ? one->name : WORDS_NONE));
    sheet_string(s, words_text(from->texts, one != NULL ? one->kana : WORDS_NONE));
    sheet_string(s, words_text(from->texts, one != NULL ? one->mail : WORDS_NONE));
    sheet_string(s, words_text(from->texts, group));
    sheet_string(s, directory_group_name(from->people, group));
    sheet_string(s, words_text(from->texts, pattern));
    sheet_string(s, one == NULL ? "" : one->is_suspended ? "ログイン不可" : "有効");
    sheet_end_row(s);
}

/* ---- 組織日別一覧 ---- */

typedef struct member_day {
    uint32_t rank; /* of the group's id */
    int32_t day;
    uint32_t place; /* of the employee in the list */
    uint32_t group;
    const work_day *row; /* NULL: nothing is known */
} member_day;

static int compare_days(const void *a, const void *b) {
    const member_day *x = a;
    const member_day *y = b;
    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

/* Every day of everybody, in order; malloc, NULL without memory. */
static member_day *list_days(const members_source *from, const employee *list, size_t people,
                             size_t *count) {
    int32_t length = from->period.last - from->period.first + 1;
    member_day *rows = calloc(people * (size_t)length + 1, sizeof *rows);
    *count = 0;
    for (uint32_t i = 0; rows != NULL && i < people; i++) {
        for (int32_t day = from->period.first; day <= from->period.last; day++) {
            const work_day *row = days_find(from->days, list[i].who, day);
            uint32_t group =
                row != NULL ? row->group : directory_group_of(from->people, list[i].id, day);
            if (row != NULL || day >= list[i].from_day) {
                rows[(*count)++] = (member_day){days_rank(from->days, group), day, i, group, row};
            }
        }
    }
    if (*count > 1) {
        qsort(rows, *count, sizeof *rows, compare_days);
    }
    return rows;
}

static void put_difference(sheet *s, int16_t minutes) {
    if (minutes == DAYS_NONE) {
        sheet_blank(s);
    } else {
        sheet_number(s, minutes);
    }
}

/* An automatic end is blank until it is corrected, as in 勤務データ (WRK-04). */
static void put_figures(sheet *s, const work_day *row) {
    if (row == NULL || row->is_auto_ended) {
        for (uint32_t i = 0; i < DAY_CELLS; i++) {
            sheet_blank(s);
        }
        return;
    }
    int32_t has_work = row->work_start != DAYS_NONE || row->work_end != DAYS_NONE;
    put_clock(s, row->work_start);
    put_clock(s, row->work_end);
    put_clock(s, has_work ? row->break_min : DAYS_NONE);
    put_clock(s, has_work ? row->work_min : DAYS_NONE);
    put_clock(s, has_work ? row->overtime_min : DAYS_NONE);
    sheet_string(s, days_form_name(row->form));
    put_clock(s, row->pc_start);
    put_clock(s, row->pc_end);
    put_clock(s, row->pc_start != DAYS_NONE ? row->pc_active_min : DAYS_NONE);
    put_difference(s, row->divergence_start_min);
    put_difference(s, row->divergence_end_min);
}

static void put_day(sheet *s, const members_source *from, const employee *who,
                    const member_day *one) {
    char date[MOMENT_SIZE];
    const person *named = directory_find(from->people, who->id);
    moment_date(date, one->day, '/');
    sheet_string(s, words_text(from->texts, one->group));
    sheet_string(s, directory_group_name(from->people, one->group));
    sheet_plain(s, date);
    sheet_string(s, words_text(from->texts, who->who));
    sheet_string(s, words_text(from->texts, named != NULL ? named->name : WORDS_NONE));
    put_figures(s, one->row);
    sheet_end_row(s);
}

/* ---- both ---- */

static int32_t write_members(folder *f, const members_source *from, const employee *list,
                             size_t people, kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    sheet *s = NULL;
    period_name(&from->period, "member_list", "csv", name);
    int32_t status = folder_open_sheet(f, name, member_headers, &s, err);
    for (size_t i = 0; status == KINMU_OK && i < people; i++) {
        put_member(s, from, &list[i]);
    }
    return status == KINMU_OK ? sheet_close(s, err) : status;
}

static int32_t write_days(folder *f, const members_source *from, const employee *list,
                          size_t people, kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    size_t count = 0;
    sheet *s = NULL;
    member_day *rows = list_days(from, list, people, &count);
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    period_name(&from->period, "group_day", "csv", name);
    int32_t status = folder_open_sheet(f, name, day_headers, &s, err);
    for (size_t i = 0; status == KINMU_OK && i < count; i++) {
        put_day(s, from, &list[rows[i].place], &rows[i]);
    }
    free(rows);
    return status == KINMU_OK ? sheet_close(s, err) : status;
}

int32_t members_write(folder *f, const members_source *from, kinmu_err *err) {
    size_t people = 0;
    employee *list = employees_list(from->people, from->days, &people);
    if (list == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = write_members(f, from, list, people, err);
    if (status == KINMU_OK && plans_has_file(from->bought, "members", "group_day")) {
        status = write_days(f, from, list, people, err);
    }
    free(list);
    return status;
}
