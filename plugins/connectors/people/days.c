/* people/days.c - days as an attendance system holds them, from its CSV (IMP-20): by a profile that
 * says which column is what, by jinjer's layout, or from KING OF TIME's PC log, which has no header
 * and a line per logon (c905) and logoff (c906). The same file again changes nothing. */
#include "sheets.h"

#include "plans.h"
#include "words.h"

#include <kinmu/civil.h>
#include <kinmu/events/settings.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MIN 1440
#define NONE UINT32_MAX
#define KOT_COLUMNS 6u

const sheet_kind sheet_kinds[SHEETS] = {
    [SHEET_COMPUTERS] = {"computers", bindings_are_computers, bindings_take_computers,
                         KIND_COMPUTER},
    [SHEET_ACCOUNTS] = {"accounts", bindings_are_accounts, bindings_take_accounts, KIND_ACCOUNT},
    [SHEET_HOLIDAYS] = {"holidays", calendar_is_official, calendar_take_official, KIND_HOLIDAY},
    [SHEET_CALENDAR] = {"calendar", calendar_is_own, calendar_take_own, KIND_HOLIDAY},
    [SHEET_SCHEDULES] = {"schedules", schedules_are, schedules_take, KIND_SCHEDULE},
    [SHEET_DAYS] = {"days", days_are, days_take, KIND_DAY},
};

#define PROFILE_TEXT(member, needed, text, ja)                                                     \
    {                                                                                              \
        .name = #member, .type = KINMU_OPT_TEXT, .flags = (needed),                                \
        .offset = offsetof(profile, member), .doc = (text), .doc_ja = (ja), .since = "1.0"         \
    }
const kinmu_option sheet_profile_columns[SHEET_PROFILE_COLUMNS] = {
    PROFILE_TEXT(name, KINMU_OPTION_REQUIRED, "Name, told as the source of the days.",
                 "名前。取り込んだ日の出所として残る。"),
    PROFILE_TEXT(employee, KINMU_OPTION_REQUIRED, "Header of the employee number.",
                 "社員番号の見出し。"),
    PROFILE_TEXT(date, KINMU_OPTION_REQUIRED, "Header of the date.", "日付の見出し。"),
    PROFILE_TEXT(start, 0, "Header of the start, h:mm up to 47:59.", "始業時刻の見出し。"),
    PROFILE_TEXT(end, 0, "Header of the end.", "終業時刻の見出し。"),
    PROFILE_TEXT(break_time, 0, "Header of all breaks: minutes, or h:mm.",
                 "休憩時間の見出し。分または h:mm。"),
    PROFILE_TEXT(holiday, 0, "Header of the kind of day: 法定休日, 所定休日, 有休, 半休 or empty.",
                 "日の種別の見出し。法定休日・所定休日・有休・半休・空欄。"),
    PROFILE_TEXT(start_else, 0, "Header of the start where the first is empty.",
                 "始業時刻が空欄のときに見る見出し。"),
    PROFILE_TEXT(end_else, 0, "Header of the end where the first is empty.",
                 "終業時刻が空欄のときに見る見出し。"),
};

static const profile jinjer = {"jinjer",     "*従業員ID",  "*年月日", "入館時刻", "退館時刻",
                               "PC起動時刻", "PC停止時刻", NULL,      NULL};

static const struct {
    const char *word, *kind;
} holidays[] = {
    {"", "none"},
    {"平日", "none"},
    {"出勤日", "none"},
    {"法定休日", "legal"},
    {"所定休日", "company"},
    {"公休", "company"},
    {"法定外休日", "company"},
    {"有休", "leave"},
    {"有給", "leave"},
    {"休暇", "leave"},
    {"半休", "half-leave"},
};

/* ---- which layout ---- */

static uint32_t column_of(const csv_record *header, const char *name) {
    for (uint32_t c = 0; name != NULL && c < header->count; c++) {
        if (n_same_header(header->cells[c], name)) {
            return c;
        }
    }
    return NONE;
}

static int32_t fits(const csv_record *header, const profile *p) {
    const char *const names[] = {p->employee, p->date, p->start, p->end, p->break_time, p->holiday};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i] != NULL && column_of(header, names[i]) == NONE) {
            return 0;
        }
    }
    return 1;
}

static const profile *profile_of(const csv_record *header, const kinmu_rows *profiles) {
    const profile *rows = profiles != NULL ? profiles->rows : NULL;
    for (uint32_t i = 0; rows != NULL && i < profiles->count; i++) {
        if (fits(header, &rows[i])) {
            return &rows[i];
        }
    }
    return fits(header, &jinjer) ? &jinjer : NULL;
}

static int32_t is_miteras(const profile *p) {
    static const char word[] = "miteras";
    size_t same = 0;
    while (word[same] != '\0' && (p->name[same] | 0x20) == word[same]) {
        same++;
    }
    return word[same] == '\0';
}

const char *days_of_miteras(const kinmu_rows *profiles) {
    const profile *rows = profiles != NULL ? profiles->rows : NULL;
    for (uint32_t i = 0; rows != NULL && i < profiles->count; i++) {
        if (is_miteras(&rows[i])) {
            return rows[i].name;
        }
    }
    return NULL;
}

static int32_t all_digits(const char *text, size_t count) {
    return strlen(text) == count && strspn(text, "0123456789") == count;
}

static int32_t is_kot(const csv_record *record) {
    return record->count == KOT_COLUMNS && all_digits(record->cells[0], 8) &&
           all_digits(record->cells[4], 12) &&
           (strcmp(record->cells[5], "c905") == 0 || strcmp(record->cells[5], "c906") == 0);
}

int32_t days_are(const csv_record *header, const kinmu_rows *profiles) {
    return is_kot(header) || profile_of(header, profiles) != NULL;
}

/* ---- dates ---- */

/* "20261122" or what words_date takes. */
static int32_t take_date(const char *text, char date[WORDS_DATE_SIZE]) {
    char spread[16];
    if (!all_digits(text, 8)) {
        return words_date(text, date);
    }
    (void)snprintf(spread, sizeof spread, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
    return words_date(spread, date);
}

static int64_t day_number(const char *date) {
    return kinmu_days_from_date((int32_t)strtol(date, NULL, 10),
                                (int32_t)strtol(date + 5, NULL, 10),
                                (int32_t)strtol(date + 8, NULL, 10));
}

int32_t days_range(const csv_sheet *sheet, const kinmu_rows *profiles, char from[WORDS_DATE_SIZE],
                   char to[WORDS_DATE_SIZE]) {
    char date[WORDS_DATE_SIZE];
    const profile *p = profile_of(&sheet->header, profiles);
    uint32_t column = p != NULL ? column_of(&sheet->header, p->date) : 0;
    if (p == NULL && take_date(sheet->header.cells[0], date)) {
        sheet_widen(date, from, to);
    }
    for (uint32_t r = 0; r < sheet->count; r++) {
        if (column < sheet->records[r].count && take_date(sheet->records[r].cells[column], date)) {
            sheet_widen(date, from, to);
        }
    }
    return from[0] != '\0';
}

/* ---- days ---- */

typedef struct day {
    const char *employee_no, *date, *source;
    const char *holiday;
    const char *whom;              /* the person's id */
    int64_t start, end, break_min; /* -1 = none */
} day;

static kinmu_value minutes_or_null(int64_t minutes) {
    return minutes >= 0 ? kinmu_i64(minutes) : kinmu_null();
}

/* As it is already but for when it was read: nothing changes. */
static void put_day(importing *i, const day *d, place at) {
    kinmu_value values[KINMU_ATTENDANCE_DAY_FIELDS] = {{0}};
    values[KINMU_ATTENDANCE_DAY_EMPLOYEE_NO] = kinmu_text(d->employee_no);
    values[KINMU_ATTENDANCE_DAY_DATE] = kinmu_text(d->date);
    values[KINMU_ATTENDANCE_DAY_SOURCE] = kinmu_text(d->source);
    values[KINMU_ATTENDANCE_DAY_START_CLOCK] = minutes_or_null(d->start);
    values[KINMU_ATTENDANCE_DAY_END_CLOCK] = minutes_or_null(d->end);
    values[KINMU_ATTENDANCE_DAY_BREAK_MIN] = minutes_or_null(d->break_min);
    values[KINMU_ATTENDANCE_DAY_HOLIDAY] = kinmu_text(d->holiday);
    values[KINMU_ATTENDANCE_DAY_STATE] =
        kinmu_text(d->start >= 0 || d->end >= 0 ? "entered" : "missing");
    values[KINMU_ATTENDANCE_DAY_FETCHED_NS] = kinmu_time(i->now_ns);
    const row *known = book_find(i->book, KIND_DAY, values);
    if (known != NULL) {
        kinmu_value fetched = values[KINMU_ATTENDANCE_DAY_FETCHED_NS];
        values[KINMU_ATTENDANCE_DAY_FETCHED_NS] = known->values[KINMU_ATTENDANCE_DAY_FETCHED_NS];
        if (values_equal(KIND_DAY, known->values, values)) {
            return;
        }
        values[KINMU_ATTENDANCE_DAY_FETCHED_NS] = fetched;
    }
    row *put = book_put(i->book, KIND_DAY, values, at);
    if (put != NULL) {
        put->whom = d->whom;
    }
}

static const char *cell_of(const csv_record *record, uint32_t column) {
    return column < record->count ? record->cells[column] : "";
}

/* A clock of the day or the night after; "" = none. */
static int32_t take_clock(importing *i, const char *name, const char *cell, uint32_t column,
                          int64_t *minutes, place at) {
    *minutes = -1;
    if (cell[0] != '\0' && !words_clock(cell, 1, minutes)) {
        problems_add(i->problems, "cell.clock", at, column + 1, name, cell);
        return 0;
    }
    return 1;
}

static void take_row(importing *i, const csv_sheet *sheet, const profile *p, const employees *e,
                     const csv_record *record, place at) {
    const csv_record *header = &sheet->header;
    char date[WORDS_DATE_SIZE];
    uint32_t start = column_of(header, p->start);
    uint32_t end = column_of(header, p->end);
    uint32_t rest = column_of(header, p->break_time);
    uint32_t kind = column_of(header, p->holiday);
    day d = {.source = p->name, .holiday = NULL, .break_min = -1, .date = date};
    d.employee_no = cell_of(record, column_of(header, p->employee));
    uint32_t on = column_of(header, p->date);
    start = cell_of(record, start)[0] == '\0' && p->start_else != NULL
                ? column_of(header, p->start_else)
                : start;
    end = cell_of(record, end)[0] == '\0' && p->end_else != NULL ? column_of(header, p->end_else)
                                                                 : end;
    int32_t is_fine = take_clock(i, p->start, cell_of(record, start), start, &d.start, at) &
                      take_clock(i, p->end, cell_of(record, end), end, &d.end, at);
    if (!take_date(cell_of(record, on), date)) {
        problems_add(i->problems, "cell.date", at, on + 1, p->date, cell_of(record, on));
        return;
    }
    const char *breaks = cell_of(record, rest);
    if (breaks[0] != '\0' && !words_number(breaks, DAY_MIN, &d.break_min) &&
        !words_clock(breaks, 0, &d.break_min)) {
        problems_add(i->problems, "cell.number", at, rest + 1, p->break_time, breaks);
        return;
    }
    for (size_t k = 0; k < sizeof holidays / sizeof holidays[0]; k++) {
        d.holiday =
            strcmp(holidays[k].word, cell_of(record, kind)) == 0 ? holidays[k].kind : d.holiday;
    }
    if (d.holiday == NULL) {
        problems_add(i->problems, "cell.word", at, kind + 1, p->holiday, cell_of(record, kind));
        return;
    }
    const row *person = employees_find(e, d.employee_no);
    if (person == NULL) {
        problems_add(i->warnings, "day.unknown", at, column_of(header, p->employee) + 1,
                     d.employee_no, NULL);
        return;
    }
    d.whom = book_text(person, KINMU_PEOPLE_PERSON_PERSON);
    if (is_fine) {
        put_day(i, &d, at);
    }
}

/* ---- KING OF TIME's PC log ---- */

/* A line widens its day: the first logon, the last logoff. */
static void take_kot(importing *i, const employees *e, const csv_record *record, place at) {
    char date[WORDS_DATE_SIZE];
    char local[WORDS_DATE_SIZE];
    char text[16];
    int64_t clock = 0;
    if (!is_kot(record)) {
        problems_add(i->problems, "csv.columns", at, 0, "", "6");
        return;
    }
    (void)snprintf(text, sizeof text, "%.8s", record->cells[4]);
    int32_t is_date = take_date(record->cells[0], date) && take_date(text, local);
    (void)snprintf(text, sizeof text, "%.2s:%.2s", record->cells[4] + 8, record->cells[4] + 10);
    int64_t days = is_date ? day_number(local) - day_number(date) : 0;
    if (!is_date || days < 0 || days > 1 || !words_clock(text, 0, &clock)) {
        problems_add(i->problems, "cell.date", at, 5, "日時", record->cells[4]);
        return;
    }
    const row *person = employees_find(e, record->cells[1]);
    if (person == NULL) {
        problems_add(i->warnings, "day.unknown", at, 2, record->cells[1], NULL);
        return;
    }
    const kinmu_value key[] = {kinmu_text(record->cells[1]), kinmu_text(date)};
    const row *known = book_find(i->book, KIND_DAY, key);
    int32_t is_same_file = known != NULL && known->from.file == at.file;
    day d = {.employee_no = record->cells[1],
             .date = date,
             .source = "kot",
             .holiday = "none",
             .whom = book_text(person, KINMU_PEOPLE_PERSON_PERSON),
             .start = -1,
             .end = -1,
             .break_min = -1};
    if (is_same_file || (known != NULL && book_is(known, KINMU_ATTENDANCE_DAY_SOURCE, "kot"))) {
        const kinmu_value *start = &known->values[KINMU_ATTENDANCE_DAY_START_CLOCK];
        const kinmu_value *end = &known->values[KINMU_ATTENDANCE_DAY_END_CLOCK];
        d.start = start->type == KINMU_TYPE_I64 ? start->as.i64 : -1;
        d.end = end->type == KINMU_TYPE_I64 ? end->as.i64 : -1;
    }
    clock += days * DAY_MIN;
    if (strcmp(record->cells[5], "c905") == 0) {
        d.start = d.start < 0 || clock < d.start ? clock : d.start;
    } else {
        d.end = clock > d.end ? clock : d.end;
    }
    put_day(i, &d, at);
}

void days_take(importing *i, const csv_sheet *sheet, const char *path) {
    employees e;
    const profile *p = profile_of(&sheet->header, i->profiles);
    const plan *bought = plans_find(book_setting(i->book, KINMU_SETTING_COMPANY_PLAN));
    if (p != NULL && is_miteras(p) && !plans_has(bought, PLAN_ATTENDANCE)) {
        problems_add(i->problems, "plan.attendance", (place){path, sheet->header.line}, 0,
                     bought->name, p->name);
        return;
    }
    if (employees_make(i->memory, i->book, &e) != KINMU_OK) {
        return;
    }
    if (p == NULL) { /* no header: the first line is a day as well */
        take_kot(i, &e, &sheet->header, (place){path, sheet->header.line});
    }
    for (uint32_t r = 0; r < sheet->count; r++) {
        const csv_record *record = &sheet->records[r];
        place at = {path, record->line};
        char found[16];
        char wanted[16];
        if (p == NULL) {
            take_kot(i, &e, record, at);
        } else if (record->count != sheet->header.count) {
            (void)snprintf(found, sizeof found, "%u", record->count);
            (void)snprintf(wanted, sizeof wanted, "%u", sheet->header.count);
            problems_add(i->problems, "csv.columns", at, 0, found, wanted);
        } else {
            take_row(i, sheet, p, &e, record, at);
        }
    }
}
