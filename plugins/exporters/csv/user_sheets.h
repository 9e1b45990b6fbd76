/* csv/user_sheets.h - N's two logs of every user: <user>_pc.csv (EXP-20) and <user>_app.csv
 * (EXP-21).
 *
 * Takes events sorted by user and time and keeps two files open at a time. A user seen with any
 * event gets both files, with a header only where there was nothing to write. index.csv says which
 * files are whose.
 */
#ifndef CSV_USER_SHEETS_H
#define CSV_USER_SHEETS_H

#include "sheet.h"

#include <kinmu/value.h>

typedef struct user_sheets user_sheets;

/* `with_titles` 1: a changed title of the same window is a row of the app log too. */
int32_t user_sheets_create(folder *f, int32_t with_titles, user_sheets **out);
/* Makes the event's user the current one; call for every event before the two below. */
int32_t user_sheets_turn_to(user_sheets *sheets, const char *user, kinmu_err *err);
int32_t user_sheets_minute(user_sheets *sheets, const kinmu_event *event, kinmu_err *err);
void user_sheets_focus(user_sheets *sheets, const kinmu_event *event);
/* Closes the current user and writes index.csv when there was any user. */
int32_t user_sheets_finish(user_sheets *sheets, kinmu_err *err);
uint64_t user_sheets_count(const user_sheets *sheets);
void user_sheets_destroy(user_sheets *sheets); /* before its folder; NULL is fine */

#endif
