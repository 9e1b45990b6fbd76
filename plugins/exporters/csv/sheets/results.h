/* csv/sheets/results.h - 勤務実績 and タスク実績 of a period (EXP-28), planned beside actual
 * (WRK-18).
 *
 * Sums of whole minutes of kinmu.work.day/1 and of kinmu.work.task; nothing else is computed. */
#ifndef CSV_RESULTS_H
#define CSV_RESULTS_H

#include "known/days.h"
#include "writing/sheet.h"

extern const char results_work_headers[];
extern const char results_task_headers[];

/* A row for each employee with a day in the period, by 社員番号. */
void results_work(sheet *s, const words *texts, const directory *people, const days *all);

/* Tasks, added as records come. */
typedef struct results results;
int32_t results_create(words *texts, const period *p, results **out);
void results_destroy(results *r); /* NULL is fine */
void results_add(results *r, const kinmu_event *record);
/* A row for each employee, title and kind, those of a calendar on request (PLN-02). Directory and
 * days are sealed. KINMU_E_NOMEM also for what went missing before. */
int32_t results_tasks(results *r, sheet *s, int32_t with_calendar, const directory *people,
                      const days *all);

#endif
