/* people/sheets.h - the files beside N's four: whose computers and login accounts are (bindings.c),
 * days of calendars (calendar.c), schedules of single days (schedules.c), days of attendance
 * systems (days.c). Pure. */
#ifndef PEOPLE_SHEETS_H
#define PEOPLE_SHEETS_H

#include "n.h"
#include "words.h"

#include <kinmu/option.h>

/* Which columns of an attendance system's CSV say what; one row of the option `attendance`. */
typedef struct profile {
    const char *name;
    const char *employee, *date; /* headers; needed */
    const char *start, *end;
    const char *start_else, *end_else; /* where the first is empty; NULL = nothing */
    const char *break_time;            /* minutes, or h:mm */
    const char *holiday;
} profile;

#define SHEET_PROFILE_COLUMNS 9u
extern const kinmu_option sheet_profile_columns[SHEET_PROFILE_COLUMNS];

typedef struct sheet_kind {
    const char *name;
    int32_t (*is_meant)(const csv_record *header, const kinmu_rows *profiles);
    void (*take)(importing *i, const csv_sheet *sheet, const char *path);
    uint32_t kind; /* of the records it writes */
} sheet_kind;

enum {
    SHEET_COMPUTERS,
    SHEET_ACCOUNTS,
    SHEET_HOLIDAYS,
    SHEET_CALENDAR,
    SHEET_SCHEDULES,
    SHEET_DAYS,
    SHEETS
};
extern const sheet_kind sheet_kinds[SHEETS];

/* People by the number of the employee, made once for a file. */
typedef struct employees {
    const row **rows;
    uint32_t count;
} employees;
int32_t employees_make(memory *m, const book *b, employees *out);
/* The active person with the number, else any that lives; NULL = nobody. */
const row *employees_find(const employees *e, const char *employee_no);

/* First and last date a sheet of days has; 0: none. */
int32_t days_range(const csv_sheet *sheet, const kinmu_rows *profiles, char from[WORDS_DATE_SIZE],
                   char to[WORDS_DATE_SIZE]);

int32_t bindings_are_computers(const csv_record *header, const kinmu_rows *profiles);
int32_t bindings_are_accounts(const csv_record *header, const kinmu_rows *profiles);
void bindings_take_computers(importing *i, const csv_sheet *sheet, const char *path);
void bindings_take_accounts(importing *i, const csv_sheet *sheet, const char *path);
int32_t calendar_is_official(const csv_record *header, const kinmu_rows *profiles);
int32_t calendar_is_own(const csv_record *header, const kinmu_rows *profiles);
void calendar_take_official(importing *i, const csv_sheet *sheet, const char *path);
void calendar_take_own(importing *i, const csv_sheet *sheet, const char *path);
/* The first profile of M's attendance: its name begins with "miteras". NULL = none. */
const char *days_of_miteras(const kinmu_rows *profiles);
int32_t days_are(const csv_record *header, const kinmu_rows *profiles);
void days_take(importing *i, const csv_sheet *sheet, const char *path);

/* What is planned for one person on one date. */
typedef struct schedule_plan {
    const char *person, *date, *kind;
    const char *pattern_id, *breaks; /* "" = none */
    int64_t start_clock, end_clock;  /* below 0 = none */
} schedule_plan;

#define SCHEDULE_COLUMNS 7u
extern const char *const schedule_headers[SCHEDULE_COLUMNS];
const char *schedule_word(const char *kind); /* as a file has it */
void schedule_put(importing *i, const schedule_plan *p, place at);
void schedule_withdraw(importing *i, const char *person, const char *date, place at);
int32_t schedules_are(const csv_record *header, const kinmu_rows *profiles);
void schedules_take(importing *i, const csv_sheet *sheet, const char *path);
/* First and last date a sheet of schedules has; 0: none. */
int32_t schedules_range(const csv_sheet *sheet, char from[WORDS_DATE_SIZE],
                        char to[WORDS_DATE_SIZE]);
/* Makes a range reach to the date; "" = it is empty. */
void sheet_widen(const char *date, char from[WORDS_DATE_SIZE], char to[WORDS_DATE_SIZE]);

#endif
