/* csv/sheets/members.h - メンバー一覧 and 組織日別一覧 (EXP-24): who is there, and a group's days,
 * one below the other. */
#ifndef CSV_MEMBERS_H
#define CSV_MEMBERS_H

#include "known/days.h"
#include "plans.h"
#include "writing/sheet.h"

typedef struct members_source {
    period period;
    const words *texts;
    const directory *people;
    const days *days;
    const plan *bought;
} members_source;

/* member_list_yyyyMM.csv: a row for everybody who is not deleted, by 社員番号, with group and
 * pattern of the period's last day; group_day_yyyyMM.csv: a row for each group, day and member,
 * with the rows of 勤務データ (EXP-10), where the plan has it. */
int32_t members_write(folder *f, const members_source *from, kinmu_err *err);

#endif
