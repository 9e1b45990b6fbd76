/* people/schedules.c - 勤務予定: what is planned for a person on one date (WRK-18): what a plan may
 * say, and its file, a line a person and date. The file says nothing of lines it does not have;
 * 取消 takes a plan back, so that the day is as the person's pattern has it. */
#include "sheets.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS SCHEDULE_COLUMNS

const char *const schedule_headers[SCHEDULE_COLUMNS] = {
    "ユーザID", "日付", "種別", "勤務パターンID", "開始時刻", "終了時刻", "休憩時間帯"};
enum { PERSON, DATE, KIND, PATTERN, START, END, BREAKS };

static const struct {
    const char *word, *kind;
} words[] = {
    {"出勤日", "work"}, {"法定休日", "legal"},      {"所定休日", "company"},
    {"休暇", "leave"},  {"取消", "withdrawn"},      {"勤務", "work"},
    {"平日", "work"},   {"公休", "company"},        {"休み", "company"},
    {"work", "work"},   {"legal", "legal"},         {"company", "company"},
    {"leave", "leave"}, {"withdrawn", "withdrawn"},
};
#define WORDS (sizeof words / sizeof words[0])

const char *schedule_word(const char *kind) {
    for (size_t k = 0; k < WORDS; k++) {
        if (strcmp(words[k].kind, kind) == 0) {
            return words[k].word;
        }
    }
    return "";
}

/* ---- one plan ---- */

/* A command has no columns. */
static void refuse(importing *i, const char *code, place at, uint32_t column, const char *one,
                   const char *two) {
    problems_add(i->problems, code, at, at.line > 0 ? column + 1 : 0, one, two);
}

/* The shift by clocks; its breaks in their one form. */
static int32_t check_clocks(importing *i, const schedule_plan *p, char breaks[128], place at) {
    char text[64];
    if (p->start_clock < 0 || p->end_clock <= p->start_clock || p->end_clock > WORDS_CLOCK_MAX) {
        (void)snprintf(text, sizeof text, "%d:%02d-%d:%02d", (int)(p->start_clock / 60),
                       (int)(p->start_clock % 60), (int)(p->end_clock / 60),
                       (int)(p->end_clock % 60));
        refuse(i, "schedule.clocks", at, END, p->start_clock >= 0 && p->end_clock >= 0 ? text : "",
               NULL);
        return 0;
    }
    if (!words_shift_breaks(p->breaks, p->start_clock, p->end_clock, breaks)) {
        refuse(i, "schedule.breaks", at, BREAKS, p->breaks, NULL);
        return 0;
    }
    return 1;
}

/* Kind and shift fit each other. */
static int32_t check_shift(importing *i, const schedule_plan *p, place at) {
    int32_t has_clocks = p->start_clock >= 0 || p->end_clock >= 0;
    int32_t has_pattern = p->pattern_id[0] != '\0';
    if (has_clocks && has_pattern) {
        refuse(i, "schedule.both", at, PATTERN, p->pattern_id, NULL);
    } else if (strcmp(p->kind, "leave") == 0 && (has_clocks || has_pattern)) {
        refuse(i, "schedule.leave", at, KIND, NULL, NULL);
    } else if (strcmp(p->kind, "work") == 0 && !has_clocks && !has_pattern) {
        refuse(i, "schedule.none", at, KIND, NULL, NULL);
    } else if (!has_clocks && p->breaks[0] != '\0') {
        refuse(i, "schedule.breaks", at, BREAKS, p->breaks, NULL);
    } else {
        return 1;
    }
    return 0;
}

/* Who and what is planned anew is still there. */
static int32_t check_lives(importing *i, const schedule_plan *p, place at) {
    int32_t has_pattern = p->pattern_id[0] != '\0';
    if (!book_lives(book_first(i->book, KIND_PERSON, p->person))) {
        refuse(i, "person.unknown", at, PERSON, p->person, NULL);
    } else if (has_pattern && !book_lives(book_latest(i->book, KIND_PATTERN, p->pattern_id))) {
        refuse(i, "schedule.pattern", at, PATTERN, p->pattern_id, NULL);
    } else {
        return 1;
    }
    return 0;
}

static kinmu_value clock_or_null(int64_t clock) {
    return clock >= 0 ? kinmu_i64(clock) : kinmu_null();
}

void schedule_put(importing *i, const schedule_plan *p, place at) {
    char breaks[128] = "";
    int32_t has_clocks = p->start_clock >= 0 || p->end_clock >= 0;
    if (!check_shift(i, p, at) || (has_clocks && !check_clocks(i, p, breaks, at))) {
        return;
    }
    const kinmu_value values[KINMU_PEOPLE_SCHEDULE_FIELDS] = {
        [KINMU_PEOPLE_SCHEDULE_PERSON] = kinmu_text(p->person),
        [KINMU_PEOPLE_SCHEDULE_DATE] = kinmu_text(p->date),
        [KINMU_PEOPLE_SCHEDULE_KIND] = kinmu_text(p->kind),
        [KINMU_PEOPLE_SCHEDULE_PATTERN_ID] =
            p->pattern_id[0] != '\0' ? kinmu_text(p->pattern_id) : kinmu_null(),
        [KINMU_PEOPLE_SCHEDULE_START_CLOCK] = clock_or_null(p->start_clock),
        [KINMU_PEOPLE_SCHEDULE_END_CLOCK] = clock_or_null(p->end_clock),
        [KINMU_PEOPLE_SCHEDULE_BREAKS] = breaks[0] != '\0' ? kinmu_text(breaks) : kinmu_null(),
        [KINMU_PEOPLE_SCHEDULE_STATE] = kinmu_text("planned")};
    const row *known = book_find(i->book, KIND_SCHEDULE, values);
    int32_t is_same = known != NULL && values_equal(KIND_SCHEDULE, known->values, values);
    if (!is_same && !check_lives(i, p, at)) {
        return; /* a download comes back also when somebody has left since */
    }
    row *put = book_put(i->book, KIND_SCHEDULE, values, at);
    if (put != NULL) {
        put->from = at; /* also where nothing changed: it is in the file */
    }
}

void schedule_withdraw(importing *i, const char *person, const char *date, place at) {
    kinmu_value values[KINMU_PEOPLE_SCHEDULE_FIELDS] = {kinmu_text(person), kinmu_text(date)};
    row *known = book_find(i->book, KIND_SCHEDULE, values);
    if (known == NULL) {
        refuse(i, "schedule.absent", at, DATE, person, date);
        return;
    }
    memcpy(values, known->values, sizeof values);
    values[KINMU_PEOPLE_SCHEDULE_STATE] = kinmu_text("withdrawn");
    (void)book_put(i->book, KIND_SCHEDULE, values, at);
    known->from = at;
}

/* ---- the file ---- */

int32_t schedules_are(const csv_record *header, const kinmu_rows *profiles) {
    (void)profiles;
    if (header->count != COLUMNS || (!n_same_header(header->cells[PERSON], "社員番号") &&
                                     !n_same_header(header->cells[PERSON], "ユーザID"))) {
        return 0;
    }
    for (uint32_t c = DATE; c < COLUMNS; c++) {
        if (!n_same_header(header->cells[c], schedule_headers[c])) {
            return 0;
        }
    }
    return 1;
}

void sheet_widen(const char *date, char from[WORDS_DATE_SIZE], char to[WORDS_DATE_SIZE]) {
    if (from[0] == '\0' || strcmp(date, from) < 0) {
        memcpy(from, date, WORDS_DATE_SIZE);
    }
    if (to[0] == '\0' || strcmp(date, to) > 0) {
        memcpy(to, date, WORDS_DATE_SIZE);
    }
}

int32_t schedules_range(const csv_sheet *sheet, char from[WORDS_DATE_SIZE],
                        char to[WORDS_DATE_SIZE]) {
    char date[WORDS_DATE_SIZE];
    for (uint32_t r = 0; r < sheet->count; r++) {
        if (sheet->records[r].count > DATE && words_date(sheet->records[r].cells[DATE], date)) {
            sheet_widen(date, from, to);
        }
    }
    return from[0] != '\0';
}

static int32_t take_clock(importing *i, const csv_record *record, uint32_t column, int64_t *clock,
                          place at) {
    const char *cell = record->cells[column];
    *clock = -1;
    if (cell[0] != '\0' && !words_clock(cell, 1, clock)) {
        refuse(i, "cell.clock", at, column, schedule_headers[column], cell);
        return 0;
    }
    return 1;
}

/* An empty kind is that of a working day, if there is a shift. */
static const char *kind_of(const csv_record *record) {
    const char *cell = record->cells[KIND];
    for (size_t k = 0; k < WORDS; k++) {
        if (strcmp(words[k].word, cell) == 0) {
            return words[k].kind;
        }
    }
    return cell[0] == '\0' ? "work" : NULL;
}

static const row *person_of(importing *i, const csv_sheet *sheet, const employees *e,
                            const char *cell, place at) {
    int32_t by_id = n_same_header(sheet->header.cells[PERSON], "ユーザID");
    const row *person = by_id ? book_first(i->book, KIND_PERSON, cell) : employees_find(e, cell);
    if (person == NULL) {
        refuse(i, "person.unknown", at, PERSON, cell, NULL);
    }
    return person;
}

/* One line of the file has said what is planned already. */
static int32_t is_twice(importing *i, const char *person, const char *date, place at) {
    const kinmu_value key[] = {kinmu_text(person), kinmu_text(date)};
    char name[96];
    char line[16];
    const row *known = book_find(i->book, KIND_SCHEDULE, key);
    if (known == NULL || known->from.file != at.file || known->from.line == 0) {
        return 0;
    }
    (void)snprintf(name, sizeof name, "%s %s", person, date);
    (void)snprintf(line, sizeof line, "%u", known->from.line);
    refuse(i, "row.twice", at, PERSON, name, line);
    return 1;
}

static void take_row(importing *i, const csv_sheet *sheet, const employees *e,
                     const csv_record *record, place at) {
    char date[WORDS_DATE_SIZE];
    schedule_plan p = {.date = date,
                       .kind = kind_of(record),
                       .pattern_id = record->cells[PATTERN],
                       .breaks = record->cells[BREAKS]};
    const row *person = person_of(i, sheet, e, record->cells[PERSON], at);
    int32_t is_fine = take_clock(i, record, START, &p.start_clock, at) &
                      take_clock(i, record, END, &p.end_clock, at);
    if (!words_date(record->cells[DATE], date)) {
        refuse(i, "cell.date", at, DATE, schedule_headers[DATE], record->cells[DATE]);
        return;
    }
    if (p.kind == NULL) {
        refuse(i, "cell.word", at, KIND, schedule_headers[KIND], record->cells[KIND]);
        return;
    }
    p.person = book_text(person, KINMU_PEOPLE_PERSON_PERSON);
    if (person == NULL || !is_fine || is_twice(i, p.person, date, at)) {
        return;
    }
    if (strcmp(p.kind, "withdrawn") == 0) {
        schedule_withdraw(i, p.person, date, at);
    } else {
        schedule_put(i, &p, at);
    }
}

void schedules_take(importing *i, const csv_sheet *sheet, const char *path) {
    employees e;
    char found[16];
    if (employees_make(i->memory, i->book, &e) != KINMU_OK) {
        return;
    }
    for (uint32_t r = 0; r < sheet->count; r++) {
        const csv_record *record = &sheet->records[r];
        place at = {path, record->line};
        if (record->count != COLUMNS) {
            (void)snprintf(found, sizeof found, "%u", record->count);
            problems_add(i->problems, "csv.columns", at, 0, found, "7");
        } else {
            take_row(i, sheet, &e, record, at);
        }
    }
}
