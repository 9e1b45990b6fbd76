/* csv/sheets/tasks.h - tasks and meetings of the period, and the four files of them:
 * task_report.csv (EXP-11), conference.csv (EXP-13), outside_work_report.csv (EXP-14) and task.csv
 * (EXP-17).
 *
 * One set of rows feeds all four (WRK-21): every task stands in task_report, and either in
 * conference (meetings) or in task. Without `with_calendar` the last three leave out what came from
 * a calendar (plan telework, PLN-02).
 */
#ifndef CSV_TASKS_H
#define CSV_TASKS_H

#include "known/days.h"
#include "known/directory.h"
#include "writing/sheet.h"

#define TASKS_MAX 20000000u

typedef struct tasks tasks;
int32_t tasks_create(words *texts, const period *p, tasks **out);
void tasks_destroy(tasks *t); /* NULL is fine */
void tasks_add(tasks *t, const kinmu_event *record);
/* Sorts by 社員番号, day and start; directory and days are sealed. */
int32_t tasks_seal(tasks *t, const directory *people, const days *all);

enum { TASKS_REPORT, TASKS_CONFERENCE, TASKS_OUTSIDE, TASKS_TASK };
/* Writes one of the files; `headers` of its kind are tasks_headers[kind]. */
extern const char *const tasks_headers[];
void tasks_write(const tasks *t, uint32_t kind, int32_t with_calendar, const directory *people,
                 sheet *s);

/* Titles of what somebody did at any moment from from_ns to to_ns, joined by ";", at most `size`
 * bytes with the NUL: no title is cut. `day` is the local date of that moment. */
void tasks_titles(const tasks *t, uint32_t who, int32_t day, int64_t from_ns, int64_t to_ns,
                  char *out, size_t size);

#endif
