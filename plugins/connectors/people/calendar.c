/* people/calendar.c - days of calendars: the Cabinet Office's file of public holidays (calendar
 * "jp"), and a company's own list. In the years the official file covers it is the whole list: a
 * public holiday it does not have is taken back. */
#include "sheets.h"

#include "words.h"

#include <stdio.h>
#include <string.h>

#define OFFICIAL "jp"

static const char *const own_headers[] = {"カレンダー", "日付", "種別", "名称"};

static const struct {
    const char *word, *kind;
} own_kinds[] = {
    {"法定休日", "legal"}, {"所定休日", "company"}, {"祝日", "public"},   {"出勤日", "work"},
    {"legal", "legal"},    {"company", "company"},  {"public", "public"}, {"work", "work"},
};

int32_t calendar_is_official(const csv_record *header, const kinmu_rows *profiles) {
    (void)profiles;
    return header->count == 2 && n_same_header(header->cells[0], "国民の祝日・休日月日") &&
           n_same_header(header->cells[1], "国民の祝日・休日名称");
}

int32_t calendar_is_own(const csv_record *header, const kinmu_rows *profiles) {
    (void)profiles;
    for (uint32_t c = 0; header->count == 4 && c < 4; c++) {
        if (!n_same_header(header->cells[c], own_headers[c])) {
            return 0;
        }
    }
    return header->count == 4;
}

static void put_day(importing *i, const char *calendar, const char *date, const char *kind,
                    const char *name, place at) {
    const kinmu_value values[KINMU_PEOPLE_HOLIDAY_FIELDS] = {
        kinmu_text(calendar), kinmu_text(date), kinmu_text(kind),
        name[0] != '\0' ? kinmu_text(name) : kinmu_null()};
    row *day = book_put(i->book, KIND_HOLIDAY, values, at);
    if (day != NULL) {
        day->from = at;
    }
}

static int32_t take_date(importing *i, const csv_sheet *sheet, const char *cell, uint32_t column,
                         char *date, place at) {
    if (!words_date(cell, date)) {
        problems_add(i->problems, "cell.date", at, column + 1, sheet->header.cells[column], cell);
        return 0;
    }
    return 1;
}

static int32_t has_columns(importing *i, const csv_sheet *sheet, const csv_record *record,
                           place at) {
    char found[16];
    if (record->count != sheet->header.count) {
        (void)snprintf(found, sizeof found, "%u", record->count);
        problems_add(i->problems, "csv.columns", at, 0, found,
                     sheet->header.count == 2 ? "2" : "4");
        return 0;
    }
    return 1;
}

void calendar_take_official(importing *i, const csv_sheet *sheet, const char *path) {
    char date[WORDS_DATE_SIZE];
    char first[5] = "9999";
    char last[5] = "0000";
    uint32_t before = i->problems->total;
    for (uint32_t r = 0; r < sheet->count; r++) {
        const csv_record *record = &sheet->records[r];
        place at = {path, record->line};
        if (has_columns(i, sheet, record, at) &&
            take_date(i, sheet, record->cells[0], 0, date, at)) {
            put_day(i, OFFICIAL, date, "public", record->cells[1], at);
            memcpy(first, strncmp(date, first, 4) < 0 ? date : first, 4);
            memcpy(last, strncmp(date, last, 4) > 0 ? date : last, 4);
        }
    }
    const shelf *days = &i->book->shelves[KIND_HOLIDAY];
    for (uint32_t k = 0; i->problems->total == before && k < days->count; k++) {
        const row *day = days->rows[k];
        const char *on = book_text(day, KINMU_PEOPLE_HOLIDAY_DATE);
        if (day->values != NULL && day->from.file != path && book_is(day, 0, OFFICIAL) &&
            book_is(day, KINMU_PEOPLE_HOLIDAY_KIND, "public") && strncmp(on, first, 4) >= 0 &&
            strncmp(on, last, 4) <= 0) {
            put_day(i, OFFICIAL, on, "work", "", (place){path, 0});
        }
    }
}

void calendar_take_own(importing *i, const csv_sheet *sheet, const char *path) {
    char date[WORDS_DATE_SIZE];
    for (uint32_t r = 0; r < sheet->count; r++) {
        const csv_record *record = &sheet->records[r];
        place at = {path, record->line};
        const char *kind = NULL;
        if (!has_columns(i, sheet, record, at) ||
            !take_date(i, sheet, record->cells[1], 1, date, at)) {
            continue;
        }
        for (size_t k = 0; k < sizeof own_kinds / sizeof own_kinds[0]; k++) {
            kind = strcmp(own_kinds[k].word, record->cells[2]) == 0 ? own_kinds[k].kind : kind;
        }
        if (kind == NULL) {
            problems_add(i->problems, "cell.word", at, 3, own_headers[2], record->cells[2]);
        } else if (!words_is_id(record->cells[0], WORDS_GROUP_SYMBOLS)) {
            problems_add(i->problems, "cell.id", at, 1, own_headers[0], record->cells[0]);
        } else {
            put_day(i, record->cells[0], date, kind, record->cells[3], at);
        }
    }
}
