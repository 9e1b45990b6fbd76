/* csv/sheets/work_sheets.h - the files of business days: 勤務データ (EXP-10), 残業・休出 (EXP-15)
 * and 申請外勤務 (EXP-16). Figures are those of kinmu.work.day; what is done here is their form. */
#ifndef CSV_WORK_SHEETS_H
#define CSV_WORK_SHEETS_H

#include "known/days.h"
#include "known/directory.h"
#include "writing/sheet.h"

/* A row for everybody who is not deleted and every day of the period from the first one known of
 * the person, blank where nothing is known (EXP-06), and as long as an automatic end is not
 * corrected (WRK-04). */
int32_t work_sheets_kinmu(folder *f, const period *p, const words *texts, const directory *people,
                          const days *all, kinmu_err *err);

extern const char work_sheets_overtime_headers[];
extern const char work_sheets_undeclared_headers[];
/* Days with overtime or holiday work, their clocks as date and time. */
void work_sheets_overtime(sheet *s, const words *texts, const directory *people, const days *all);
/* jinjer's layout (IMP-16): days with a PC's start or end. Nobody enters or leaves a building here.
 */
extern const char work_sheets_jinjer_headers[];
void work_sheets_jinjer(sheet *s, const words *texts, const directory *people, const days *all);
/* Days with operation of a PC outside declared time. */
void work_sheets_undeclared(sheet *s, const words *texts, const directory *people, const days *all);

#endif
