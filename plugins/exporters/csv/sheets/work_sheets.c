/* csv/sheets/work_sheets.c - see work_sheets.h. */
#include "sheets/work_sheets.h"

#include "known/employees.h"
#include "sheets/put.h"
#include "writing/moment.h"

#include <stdio.h>
#include <stdlib.h>

static const char kinmu_headers[] = "社員番号,日付,出勤時刻,退勤時刻,総休憩時間,見なし退勤時間,"
                                    "勤務形態,PC 開始時刻,PC 終了時刻,PC 始終時間,PC 操作時間";
const char work_sheets_overtime_headers[] =
    "社員番号,グループ,開始時刻,終了時刻,残業時間,休出時間,休憩時間";
const char work_sheets_undeclared_headers[] = "社員番号,グループ,業務日,勤務時間,申請外勤務時間";
const char work_sheets_jinjer_headers[] =
    "*従業員ID,従業員名,所属グループID,所属グループ名,*年月日,"
    "入館時刻,退館時刻,PC 起動時刻,PC 停止時刻";
#define KINMU_COLUMNS 11

static void put_blanks(sheet *s, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        sheet_blank(s);
    }
}

static void put_work(sheet *s, const work_day *row) {
    int32_t has_work = row->work_start != DAYS_NONE || row->work_end != DAYS_NONE;
    put_clock(s, row->work_start);
    put_clock(s, row->work_end);
    put_clock(s, has_work ? row->break_min : DAYS_NONE);
    put_clock(s, row->deemed_end);
    sheet_string(s, days_form_name(row->form));
}

static void put_pc(sheet *s, const work_day *row) {
    int32_t has_pc = row->pc_start != DAYS_NONE;
    put_clock(s, row->pc_start);
    put_clock(s, row->pc_end);
    put_clock(s, has_pc ? row->pc_span_min : DAYS_NONE);
    put_clock(s, has_pc ? row->pc_active_min : DAYS_NONE);
}

static void put_day(sheet *s, const char *who, int32_t day, const work_day *row) {
    char date[MOMENT_SIZE];
    moment_date(date, day, '/');
    sheet_string(s, who);
    sheet_plain(s, date);
    if (row == NULL || row->is_auto_ended) {
        put_blanks(s, KINMU_COLUMNS - 2);
    } else {
        put_work(s, row);
        put_pc(s, row);
    }
    sheet_end_row(s);
}

int32_t work_sheets_kinmu(folder *f, const period *p, const words *texts, const directory *people,
                          const days *all, kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    sheet *s = NULL;
    size_t count = 0;
    employee *list = employees_list(people, all, &count);
    if (list == NULL) {
        return KINMU_E_NOMEM;
    }
    period_name(p, "kinmu", "csv", name);
    int32_t status = folder_open_sheet(f, name, kinmu_headers, &s, err);
    for (size_t i = 0; status == KINMU_OK && i < count; i++) {
        for (int32_t day = p->first; day <= p->last; day++) {
            const work_day *row = days_find(all, list[i].who, day);
            if (row != NULL || day >= list[i].from_day) {
                put_day(s, words_text(texts, list[i].who), day, row);
            }
        }
    }
    free(list);
    return status == KINMU_OK ? sheet_close(s, err) : status;
}

/* "2026/10/02 03:00:00" of 27:00 on the 1st. */
static void put_clock_as_moment(sheet *s, int32_t day, int16_t clock) {
    char date[MOMENT_SIZE];
    char time[MOMENT_SIZE];
    char text[MOMENT_SIZE * 2 + 8];
    if (clock == DAYS_NONE) {
        sheet_blank(s);
        return;
    }
    moment_date(date, day + clock / 1440, '/');
    moment_clock(time, clock % 1440);
    (void)snprintf(text, sizeof text, "%s %s:00", date, time);
    sheet_plain(s, text);
}

static void put_hours(sheet *s, int16_t minutes) {
    char text[MOMENT_SIZE];
    moment_hours(text, minutes > 0 ? minutes : 0);
    sheet_plain(s, text);
}

void work_sheets_overtime(sheet *s, const words *texts, const directory *people, const days *all) {
    for (uint32_t i = 0; i < days_count(all); i++) {
        const work_day *row = days_at(all, i);
        if (row->overtime_min <= 0 && row->holiday_work_min <= 0) {
            continue;
        }
        sheet_string(s, words_text(texts, row->who));
        sheet_string(s, directory_group_name(people, row->group));
        put_clock_as_moment(s, row->day, row->work_start);
        put_clock_as_moment(s, row->day, row->work_end);
        put_hours(s, row->overtime_min);
        put_hours(s, row->holiday_work_min);
        put_hours(s, row->break_min);
        sheet_end_row(s);
    }
}

void work_sheets_undeclared(sheet *s, const words *texts, const directory *people,
                            const days *all) {
    for (uint32_t i = 0; i < days_count(all); i++) {
        const work_day *row = days_at(all, i);
        char date[MOMENT_SIZE];
        if (row->undeclared_min <= 0) {
            continue;
        }
        moment_date(date, row->day, '/');
        sheet_string(s, words_text(texts, row->who));
        sheet_string(s, directory_group_name(people, row->group));
        sheet_plain(s, date);
        put_hours(s, row->work_min);
        put_hours(s, row->undeclared_min);
        sheet_end_row(s);
    }
}

void work_sheets_jinjer(sheet *s, const words *texts, const directory *people, const days *all) {
    for (uint32_t i = 0; i < days_count(all); i++) {
        const work_day *row = days_at(all, i);
        const person *one = directory_find(people, row->id);
        char date[MOMENT_SIZE];
        if (row->pc_start == DAYS_NONE && row->pc_end == DAYS_NONE) {
            continue;
        }
        moment_date(date, row->day, '/');
        sheet_string(s, words_text(texts, row->who));
        sheet_string(s, words_text(texts, one != NULL ? one->name : WORDS_NONE));
        sheet_string(s, words_text(texts, row->group));
        sheet_string(s, directory_group_name(people, row->group));
        sheet_plain(s, date);
        put_blanks(s, 2);
        put_clock(s, row->pc_start);
        put_clock(s, row->pc_end);
        sheet_end_row(s);
    }
}
