/* csv/sheets/user_sheets.h - N's logs of every user: <user>_pc.csv (EXP-20), <user>_app.csv
 * (EXP-21) and <user>_presence.csv (EXP-19).
 *
 * Takes events sorted by login account and time and keeps three files open at a time. An account
 * seen with any event gets its files, with a header only where there was nothing to write.
 * index.csv says which files are whose. With a directory of people the files carry the user's id
 * and 社員番号, those who were not seen get files too (EXP-06), and those deleted get none.
 */
#ifndef CSV_USER_SHEETS_H
#define CSV_USER_SHEETS_H

#include "known/directory.h"
#include "writing/sheet.h"

#include <kinmu/value.h>

typedef struct user_sheets user_sheets;

typedef struct user_style {
    archive *into;           /* NULL: loose files */
    const char *prefix;      /* of names: "pc_202610.zip/", or "" */
    const directory *people; /* sealed, or NULL: login accounts stand for people */
    const words *texts;      /* of the directory */
    int32_t with_titles;     /* a changed title of the same window is a row of the app log too */
    int32_t with_app;        /* the app log is part of the plan (plans.h) */
    int32_t with_presence;
} user_style;

/* The style is copied, what it points to must outlive the sheets. */
int32_t user_sheets_create(folder *f, const user_style *style, user_sheets **out);
/* Makes the event's user the current one; call for every event before those below. */
int32_t user_sheets_turn_to(user_sheets *sheets, const log_user *whose, kinmu_err *err);
int32_t user_sheets_minute(user_sheets *sheets, const kinmu_event *event, kinmu_err *err);
void user_sheets_focus(user_sheets *sheets, const kinmu_event *event);
void user_sheets_presence(user_sheets *sheets, const kinmu_event *event);
/* Closes the current user and writes index.csv: always into an archive, else for any user. */
int32_t user_sheets_finish(user_sheets *sheets, kinmu_err *err);
uint64_t user_sheets_count(const user_sheets *sheets);
void user_sheets_destroy(user_sheets *sheets); /* before its folder; NULL is fine */

#endif
