/* csv/sheets/differences.h - 勤怠差異 (ATT-13) of the period, beside the one before: by person and
 * by group, with the figures of the API's report (plugins/shared/apart.h). */
#ifndef CSV_DIFFERENCES_H
#define CSV_DIFFERENCES_H

#include "apart.h"
#include "known/days.h"
#include "writing/sheet.h"

typedef struct differences_source {
    const words *texts;
    const directory *people;
    const days *periods[APART_PERIODS];
    apart_question question;
} differences_source;

/* difference_yyyyMM.csv: a row for each employee with a day in the period, by 社員番号;
 * difference_group_yyyyMM.csv: a row for each group, by id, and one for everybody. */
int32_t differences_write(folder *f, const period *p, const differences_source *from,
                          kinmu_err *err);

#endif
