/* people/schedule_calls.c - the commands about 勤務予定: set, withdrawn and listed. Only the rows
 * of the dates asked for are read. */
#include "people.h"
#include "sheets.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_DAYS_MAX 400
#define EVERY_DATE_TO_COME "9999-12-31"

enum { SET_PERSON, SET_DATE, SET_KIND, SET_PATTERN, SET_START, SET_END, SET_BREAKS };
enum { LIST_FROM, LIST_TO, LIST_PERSON, LIST_GROUP, LIST_AFTER };

static const place nowhere = {NULL, 0};

/* ---- which rows are read ---- */

static int32_t refuse_date(change *c, const char *name, const char *text) {
    c->from_date[0] = c->to_date[0] = '\0';
    return people_fail(&c->call->err, KINMU_E_REJECT, "cell.date",
                       "%s は日付（2026-11-22 のように）です: %s / %s is a date like 2026-11-22, "
                       "not \"%s\"",
                       name, text, name, text);
}

int32_t schedule_day_prepare(change *c) {
    const char *text = desk_text(c->call, SET_DATE);
    if (!words_date(text, c->from_date)) {
        return refuse_date(c, "date", text);
    }
    memcpy(c->to_date, c->from_date, sizeof c->to_date);
    return KINMU_OK;
}

static int64_t days_of(const char *date) {
    return words_date_ns(date) / INT64_C(86400000000000);
}

/* The month of the first date, where nothing else is said; 400 days at most. */
int32_t schedule_range(change *c, uint32_t from_input, uint32_t to_input) {
    const char *from = desk_text(c->call, from_input);
    const char *to = desk_text(c->call, to_input);
    c->more_reads |= KIND_BIT(KIND_SCHEDULE);
    (void)snprintf(c->from_date, sizeof c->from_date, "%.8s01", c->today);
    if (from[0] != '\0' && !words_date(from, c->from_date)) {
        return refuse_date(c, "from_date", from);
    }
    int32_t month = (int32_t)strtol(c->from_date + 5, NULL, 10);
    int32_t year = (int32_t)strtol(c->from_date, NULL, 10);
    int64_t next =
        kinmu_days_from_date(month < 12 ? year : year + 1, month < 12 ? month + 1 : 1, 1);
    words_today((next - 1) * INT64_C(86400000000000), 0, c->to_date);
    if (to[0] != '\0' && !words_date(to, c->to_date)) {
        return refuse_date(c, "to_date", to);
    }
    int64_t days = days_of(c->to_date) - days_of(c->from_date);
    return days >= 0 && days < RANGE_DAYS_MAX
               ? KINMU_OK
               : people_fail(&c->call->err, KINMU_E_REJECT, "schedule.range",
                             "期間は from_date から 400 日までです（%s～%s） / from_date to "
                             "to_date is 1 to 400 days, not %s to %s",
                             c->from_date, c->to_date, c->from_date, c->to_date);
}

int32_t schedule_list_prepare(change *c) {
    return schedule_range(c, LIST_FROM, LIST_TO);
}

void schedule_read_future(change *c) {
    c->more_reads |= KIND_BIT(KIND_SCHEDULE);
    sheet_widen(c->today, c->from_date, c->to_date);
    sheet_widen(EVERY_DATE_TO_COME, c->from_date, c->to_date);
}

/* A pattern that is to go may be one somebody is planned by. */
int32_t pattern_prepare(change *c) {
    enum { PATTERN_STATE = 9 };
    if (strcmp(desk_text(c->call, PATTERN_STATE), "deleted") == 0) {
        schedule_read_future(c);
    }
    return KINMU_OK;
}

int32_t schedule_is_asked(const book *b, const change *c, const row *r, const char *group) {
    const char *date = book_text(r, KINMU_PEOPLE_SCHEDULE_DATE);
    if (!book_is(r, KINMU_PEOPLE_SCHEDULE_STATE, "planned") || strcmp(date, c->from_date) < 0 ||
        strcmp(date, c->to_date) > 0) {
        return 0;
    }
    const row *at = book_in_force(b, KIND_ASSIGNMENT, book_text(r, 0), date);
    return group[0] == '\0' ||
           holds_is_below(b, book_text(at, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID), group);
}

/* ---- the commands ---- */

/* The outcome: refused with the first problem, or whether anything is different now. */
static int32_t finish(const problems *p, const book *b, change *c, uint32_t mark) {
    if (p->count > 0) {
        return people_fail(&c->call->err, KINMU_E_REJECT, p->rows[0].code, "%s / %s", p->rows[0].ja,
                           p->rows[0].en);
    }
    desk_answer(c->call, kinmu_bool(book_mark(b) > mark));
    desk_answer_position(c->call);
    return KINMU_OK;
}

int32_t schedule_set_judge(book *b, change *c) {
    problems found = {&b->memory, NULL, 0, 0, 0};
    importing i = {.book = b, .problems = &found, .memory = &b->memory};
    uint32_t mark = book_mark(b);
    const char *kind = desk_is_given(c->call, SET_KIND) ? desk_text(c->call, SET_KIND) : "work";
    const schedule_plan p = {.person = desk_text(c->call, SET_PERSON),
                             .date = c->from_date,
                             .kind = kind,
                             .pattern_id = desk_text(c->call, SET_PATTERN),
                             .start_clock = desk_number(c->call, SET_START, -1),
                             .end_clock = desk_number(c->call, SET_END, -1),
                             .breaks = desk_text(c->call, SET_BREAKS)};
    if (words_choice(kinmu_people_schedule_fields[KINMU_PEOPLE_SCHEDULE_KIND].choices, kind,
                     (uint32_t)strlen(kind)) < 0) {
        problems_add(&found, "cell.word", nowhere, 0, "kind", kind);
    } else {
        schedule_put(&i, &p, nowhere);
    }
    return finish(&found, b, c, mark);
}

int32_t schedule_withdraw_judge(book *b, change *c) {
    problems found = {&b->memory, NULL, 0, 0, 0};
    importing i = {.book = b, .problems = &found, .memory = &b->memory};
    uint32_t mark = book_mark(b);
    schedule_withdraw(&i, desk_text(c->call, SET_PERSON), c->from_date, nowhere);
    return finish(&found, b, c, mark);
}

int32_t schedule_list_judge(book *b, change *c) {
    const shelf *s = &b->shelves[KIND_SCHEDULE];
    const char *person = desk_text(c->call, LIST_PERSON);
    const row **rows = memory_get(&b->memory, (s->count + 1) * sizeof *rows);
    uint32_t count = 0;
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        int32_t is_asked = schedule_is_asked(b, c, s->rows[i], desk_text(c->call, LIST_GROUP));
        if (is_asked && (person[0] == '\0' || book_is(s->rows[i], 0, person))) {
            rows[count++] = s->rows[i];
        }
    }
    return lists_answer(b, c, rows, count, desk_text(c->call, LIST_AFTER), c->today);
}
