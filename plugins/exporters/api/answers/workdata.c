/* api/answers/workdata.c - GET kinmu?month=yyyymm: 勤務データ as another system pulls it (ATT-11):
 * the eleven columns and the very rows of kinmu_yyyyMM.csv (EXP-10), page by page.
 *
 * The figures are those of kinmu.work.day/1; nothing is computed. As in the file everybody who is
 * not deleted has a row for every day from his first assignment on, ids of one 社員番号 are one
 * employee, and a day that waits for the correction of an automatic end is blank (WRK-04). */
#include "answers/page.h"
#include "answers/staff.h"
#include "access/reading.h"

#include <kinmu/civil.h>
#include <kinmu/events/day.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "kinmu.work.day"
#define LIMIT_DEFAULT 1000
#define DATE_SIZE 40u /* as far as the compiler sees */
#define COLUMNS 11u

static const char *const columns[COLUMNS] = {
    "社員番号", "日付",       "出勤時刻",   "退勤時刻",   "総休憩時間", "見なし退勤時間",
    "勤務形態", "PC開始時刻", "PC終了時刻", "PC始終時間", "PC操作時間"};

typedef struct workdata {
    exchange *x;
    page page; /* for the watcher log */
    staff people;
    int32_t year, month, days;
    char first[DATE_SIZE], last[DATE_SIZE];
    cursor at, next;
    json_t *rows;
    uint32_t limit;
    int32_t is_over;
} workdata;

/* ---- a row ---- */

static void put_text(json_t *row, uint32_t column, const char *text) {
    json_object_set_new(row, columns[column], json_string(text));
}

/* "27:00"; "" for what is not known. */
static void put_clock(json_t *row, uint32_t column, const kinmu_value *day, uint32_t field) {
    char text[16] = "";
    if (day != NULL && day[field].type == KINMU_TYPE_I64 && day[field].as.i64 >= 0 &&
        day[field].as.i64 <= INT16_MAX) {
        int32_t minutes = (int32_t)day[field].as.i64;
        (void)snprintf(text, sizeof text, "%02d:%02d", minutes / 60, minutes % 60);
    }
    put_text(row, column, text);
}

static const char *form_of(const kinmu_value *day) {
    static const struct {
        const char *word, *name;
    } forms[] = {{"ordinary", "通常"}, {"outside", "外出"}, {"home", "在宅"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(table_text(day, KINMU_WORK_DAY_WORK_FORM), forms[i].word) == 0) {
            return forms[i].name;
        }
    }
    return "";
}

static int32_t is_known(const kinmu_value *day, uint32_t field) {
    return day != NULL && day[field].type == KINMU_TYPE_I64;
}

static json_t *row_json(const char *who, const char *date, const kinmu_value *day) {
    const kinmu_value *told =
        day != NULL && table_number(day, KINMU_WORK_DAY_IS_AUTO_ENDED) == 0 ? day : NULL;
    const kinmu_value *work =
        is_known(told, KINMU_WORK_DAY_WORK_START) || is_known(told, KINMU_WORK_DAY_WORK_END) ? told
                                                                                             : NULL;
    const kinmu_value *pc = is_known(told, KINMU_WORK_DAY_PC_START) ? told : NULL;
    json_t *row = json_object();
    put_text(row, 0, who);
    put_text(row, 1, date);
    put_clock(row, 2, told, KINMU_WORK_DAY_WORK_START);
    put_clock(row, 3, told, KINMU_WORK_DAY_WORK_END);
    put_clock(row, 4, work, KINMU_WORK_DAY_BREAK_MIN);
    put_clock(row, 5, told, KINMU_WORK_DAY_DEEMED_END);
    put_text(row, 6, form_of(told));
    put_clock(row, 7, told, KINMU_WORK_DAY_PC_START);
    put_clock(row, 8, told, KINMU_WORK_DAY_PC_END);
    put_clock(row, 9, pc, KINMU_WORK_DAY_PC_SPAN_MIN);
    put_clock(row, 10, pc, KINMU_WORK_DAY_PC_ACTIVE_MIN);
    return row;
}

/* ---- an employee ---- */

static int32_t refuse(exchange *x, const char *code, const char *one, const char *two) {
    problem_set(x, 422, code, one, two);
    return 0;
}

/* The days of the month of the ids from..to, by day of the month; the smallest id counts. */
static int32_t read_days(workdata *w, uint32_t from, uint32_t to, const kinmu_value *days[32]) {
    exchange *x = w->x;
    for (uint32_t i = from; i < to; i++) {
        const char *person = w->people.members[i].person;
        const kinmu_filter filters[] = {
            {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
            {"date", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_text(w->first)},
            {"date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(w->last)},
        };
        table rows;
        if (!reading_all(x, w->page.use, KINMU_WORK_DAY_FIELDS, filters, 3, NULL, &rows)) {
            return 0;
        }
        for (uint32_t k = 0; k < rows.count; k++) {
            const char *date = table_text(rows.rows[k], KINMU_WORK_DAY_DATE);
            long day = strlen(date) == 10 ? strtol(date + 8, NULL, 10) : 0;
            if (day >= 1 && day <= w->days && days[day] == NULL) {
                days[day] = rows.rows[k];
            }
        }
    }
    return 1;
}

/* The first day on which anything of him could be known; "" = none. */
static const char *first_date(const staff *people, uint32_t from, uint32_t to) {
    const char *first = "";
    for (uint32_t i = from; i < to; i++) {
        const char *date = people->members[i].from_date;
        if (date[0] != '\0' && (first[0] == '\0' || strcmp(date, first) < 0)) {
            first = date;
        }
    }
    return first;
}

static void note(workdata *w, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        if (w->people.members[i].relation != REACH_OWN) {
            page_note(&w->page, w->people.members[i].person);
        }
    }
}

/* The rows of the employee of the ids from..to behind that day of the month. 0: answered. */
static int32_t add_employee(workdata *w, uint32_t from, uint32_t to, int32_t behind) {
    const kinmu_value *days[32] = {NULL};
    const char *who = w->people.members[from].who;
    const char *first = first_date(&w->people, from, to);
    if (!read_days(w, from, to, days)) {
        return 0;
    }
    for (int32_t day = behind + 1; day <= w->days; day++) {
        char date[DATE_SIZE];
        (void)snprintf(date, sizeof date, "%04d-%02d-%02d", w->year, w->month, day);
        if (days[day] == NULL && (first[0] == '\0' || strcmp(date, first) < 0)) {
            continue;
        }
        if (json_array_size(w->rows) >= w->limit) {
            w->is_over = 0;
            return 1;
        }
        date[4] = date[7] = '/';
        json_array_append_new(w->rows, row_json(who, date, days[day]));
        w->next.part_name = who;
        w->next.keys[0] = kinmu_i64(day);
        w->next.key_count = 1;
        note(w, from, to);
    }
    return 1;
}

static int32_t add_rows(workdata *w) {
    uint32_t i = 0;
    while (i < w->people.count && strcmp(w->people.members[i].who, w->at.part_name) < 0) {
        i = staff_next(&w->people, i);
    }
    w->is_over = 1;
    w->next = w->at;
    for (uint32_t to = 0; w->is_over && i < w->people.count; i = to) {
        int32_t is_begun =
            w->at.key_count > 0 && strcmp(w->people.members[i].who, w->at.part_name) == 0;
        to = staff_next(&w->people, i);
        if (!add_employee(w, i, to, is_begun ? (int32_t)w->at.keys[0].as.i64 : 0)) {
            return 0;
        }
    }
    return 1;
}

/* ---- what is asked ---- */

/* "202611", also "2026-11". */
static int32_t take_month(workdata *w) {
    const char *text = target_find(&w->x->target, "month");
    size_t digits = 0;
    int32_t number = 0;
    for (const char *c = text != NULL ? text : "x"; *c != '\0'; c++) {
        if (*c == '-' && digits == 4 && c == text + 4) {
            continue;
        }
        if (*c < '0' || *c > '9' || ++digits > 6) {
            digits = 7;
            break;
        }
        number = number * 10 + (*c - '0');
    }
    w->year = number / 100;
    w->month = number % 100;
    if (digits != 6 || w->year < 1970 || w->year > 2261 || w->month < 1 || w->month > 12) {
        return refuse(w->x, "query.value", "month", "202611");
    }
    int64_t first = kinmu_days_from_date(w->year, w->month, 1);
    int64_t after = kinmu_days_from_date(w->year + w->month / 12, w->month % 12 + 1, 1);
    w->days = (int32_t)(after - first);
    (void)snprintf(w->first, sizeof w->first, "%04d-%02d-01", w->year, w->month);
    (void)snprintf(w->last, sizeof w->last, "%04d-%02d-%02d", w->year, w->month, w->days);
    w->page.from_ns = (first * 86400 - w->x->utc_offset_s) * INT64_C(1000000000);
    w->page.to_ns = (after * 86400 - w->x->utc_offset_s) * INT64_C(1000000000);
    return 1;
}

static int32_t take_cursor(workdata *w) {
    exchange *x = w->x;
    const char *text = target_find(&x->target, "cursor");
    const char *question = page_question(&w->page);
    w->at = (cursor){.question = question != NULL ? question : "", .part_name = ""};
    if (text == NULL) {
        return 1;
    }
    if (!cursor_parse(&x->memory, text, &w->at) || w->at.key_count != 1 ||
        w->at.keys[0].type != KINMU_TYPE_I64 || w->at.keys[0].as.i64 < 0 ||
        w->at.keys[0].as.i64 > 31) {
        return refuse(x, "cursor.bad", NULL, NULL);
    }
    return question != NULL && strcmp(w->at.question, question) == 0
               ? 1
               : refuse(x, "cursor.other", NULL, NULL);
}

static int32_t take(workdata *w) {
    exchange *x = w->x;
    int64_t limit = target_number(&x->target, "limit", LIMIT_DEFAULT, PAGE_ROWS_MAX);
    if (!endpoint_takes(x)) {
        return 0;
    }
    w->limit = (uint32_t)limit;
    return limit >= 1 ? take_month(w) && take_cursor(w)
                      : refuse(x, "query.value", "limit", "1 … 1000");
}

static void answer(workdata *w) {
    char month[16];
    json_t *names = json_array();
    for (uint32_t i = 0; i < COLUMNS; i++) {
        json_array_append_new(names, json_string(columns[i]));
    }
    (void)snprintf(month, sizeof month, "%04d%02d", w->year, w->month);
    exchange_json(w->x, 200,
                  json_pack("{s:s, s:o, s:O, s:s?}", "month", month, "columns", names, "rows",
                            w->rows, "next",
                            w->is_over ? NULL : cursor_print(&w->x->memory, &w->next)));
}

void workdata_job(exchange *x) {
    workdata *w = memory_get(&x->memory, sizeof *w);
    if (w == NULL) {
        return;
    }
    w->x = w->page.x = x;
    w->page.schema = rows_schema(x->owner, SCHEMA, NULL, &w->page.use);
    if (w->page.schema == NULL) {
        problem_set(x, 404, "schema.unknown", SCHEMA, NULL);
        return;
    }
    if (!gate_has_scope(x, "read", SCHEMA)) {
        problem_set(x, 403, "scope.denied", "read:" SCHEMA, NULL);
        return;
    }
    if ((x->caller.rights & (KINMU_RIGHT_SELF | KINMU_RIGHT_ADMIN)) == 0) {
        problem_set(x, 403, "role.denied", "self", NULL); /* all of it is personal */
        return;
    }
    if (!take(w) || !staff_read(x, w->page.schema, target_find(&x->target, "person"), &w->people)) {
        return;
    }
    w->rows = json_array();
    if (w->rows != NULL && add_rows(w) && rows_tell(&w->page)) {
        answer(w);
    }
    json_decref(w->rows);
}
