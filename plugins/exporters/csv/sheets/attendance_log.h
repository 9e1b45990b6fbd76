/* csv/sheets/attendance_log.h - 出退勤ログ検索 as a file (SES-10, EXP-23): of each business day the
 * two logs that became its start and end, in the columns of the list of logs.
 *
 * Takes logs in order of account and time, keeps the best of each day and side, and writes at the
 * end, by 社員番号 and day: two small entries a business day wait in memory. */
#ifndef CSV_ATTENDANCE_LOG_H
#define CSV_ATTENDANCE_LOG_H

#include "known/days.h"
#include "sheets/log_list.h"

typedef struct attendance_log attendance_log;
/* Directory and days are sealed. */
int32_t attendance_log_create(words *texts, const directory *people, const days *all,
                              attendance_log **out);
void attendance_log_destroy(attendance_log *a); /* NULL is fine */
/* A LOG_LIST_CHANGE, PUNCH or MINUTE; `owner` is whose it is (WORDS_NONE: nobody's). */
void attendance_log_take(attendance_log *a, uint32_t kind, uint32_t owner,
                         const kinmu_event *event);
void attendance_log_write(const attendance_log *a, sheet *s);

#endif
