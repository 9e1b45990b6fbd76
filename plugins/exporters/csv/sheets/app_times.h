/* csv/sheets/app_times.h - application_aggregation.csv (EXP-18): how long each window was in front,
 * by account (or person, where computers are bound) and minute.
 *
 * Takes events sorted by user and time. A second counts for the window activated last on any PC
 * of the user that has input in that minute, so a minute has 60 at most. No input, or no window:
 * nothing. Keeps one account's windows and one minute in memory.
 */
#ifndef CSV_APP_TIMES_H
#define CSV_APP_TIMES_H

#include "known/directory.h"
#include "writing/sheet.h"
#include "known/sites.h"
#include "sheets/tasks.h"

extern const char app_times_headers[];

typedef struct app_times app_times;

typedef struct app_style {
    sheet *sheet;
    const words *texts;
    const directory *people; /* sealed, like the two below */
    const tasks *tasks;
    const sites *sites;
} app_style;

int32_t app_times_create(const app_style *style, app_times **out);
/* kinmu.input.minute and kinmu.window.focus */
int32_t app_times_minute(app_times *a, const log_user *whose, const kinmu_event *event);
int32_t app_times_focus(app_times *a, const log_user *whose, const kinmu_event *event);
/* Writes what waits; the sheet stays open. KINMU_E_NOMEM also for what went missing before. */
int32_t app_times_finish(app_times *a);
void app_times_destroy(app_times *a); /* NULL is fine */

#endif
