/* api/answers/differences.c - GET reports/differences?month=yyyymm: 勤怠差異 (ATT-13). How far PC
 * and punches, or PC and the planned clocks (基準時刻), lie apart: by person or by group, with
 * everybody's total, beside the month before.
 *
 * What a difference is and how many add up: plugins/shared/apart.h. Days are read employee by
 * employee and forgotten. */
#include "answers/bought.h"
#include "apart.h"
#include "answers/page.h"
#include "answers/staff.h"
#include "access/reading.h"
#include "words.h"

#include "answers/dates.h"

#include <kinmu/civil.h>
#include <kinmu/events/day.h>
#include <kinmu/events/people.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "kinmu.work.day"
#define LIMIT_DEFAULT 100
#define DATE_SIZE 40u
#define GROUPS_MAX 20000u

typedef struct group {
    const char *id;
    apart_sums sums;
} group;

typedef struct differences {
    exchange *x;
    page page; /* for the watcher log and the cursor */
    uint32_t pattern_use;
    staff people;
    table patterns;
    apart_question question;
    int32_t is_group;
    char month[8];
    char first[APART_PERIODS][DATE_SIZE], last[APART_PERIODS][DATE_SIZE];
    apart_sums total;
    group *groups;
    uint32_t group_count, group_capacity;
    cursor at, next;
    uint32_t limit;
    int32_t is_over;
    json_t *rows;
} differences;

static int32_t refuse(exchange *x, const char *code, const char *one, const char *two) {
    problem_set(x, 422, code, one, two);
    return 0;
}

/* ---- the pattern of a day ---- */

static const kinmu_value *newest(const table *rows, uint32_t id_field, const char *id,
                                 uint32_t date_field, const char *date) {
    const kinmu_value *best = NULL;
    for (uint32_t i = 0; i < rows->count; i++) {
        const char *from = table_text(rows->rows[i], date_field);
        if (table_is(rows->rows[i], id_field, id) && strcmp(from, date) <= 0 &&
            (best == NULL || strcmp(from, table_text(best, date_field)) > 0)) {
            best = rows->rows[i];
        }
    }
    return best;
}

static const kinmu_value *pattern_of(const differences *d, const table *assignments,
                                     const char *person, const char *date) {
    const kinmu_value *assigned = newest(assignments, KINMU_PEOPLE_ASSIGNMENT_PERSON, person,
                                         KINMU_PEOPLE_ASSIGNMENT_FROM_DATE, date);
    const char *id = table_text(assigned, KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID);
    return id[0] != '\0' ? newest(&d->patterns, KINMU_PEOPLE_PATTERN_PATTERN_ID, id,
                                  KINMU_PEOPLE_PATTERN_FROM_DATE, date)
                         : NULL;
}

static int64_t minutes_of(const kinmu_value *row, uint32_t field) {
    return row != NULL && row[field].type == KINMU_TYPE_I64 ? row[field].as.i64 : APART_NONE;
}

static apart_day take_day(const differences *d, const table *assignments, const char *person,
                          const kinmu_value *day) {
    int32_t is_planned = day[KINMU_WORK_DAY_SCHEDULED_BY].type == KINMU_TYPE_TEXT;
    const kinmu_value *pattern =
        d->question.is_schedule && !is_planned
            ? pattern_of(d, assignments, person, table_text(day, KINMU_WORK_DAY_DATE))
            : NULL;
    return (apart_day){
        .divergence = {minutes_of(day, KINMU_WORK_DAY_DIVERGENCE_START_MIN),
                       minutes_of(day, KINMU_WORK_DAY_DIVERGENCE_END_MIN)},
        .pc = {minutes_of(day, KINMU_WORK_DAY_PC_START), minutes_of(day, KINMU_WORK_DAY_PC_END)},
        .schedule = {is_planned ? minutes_of(day, KINMU_WORK_DAY_SCHEDULED_START)
                                : minutes_of(pattern, KINMU_PEOPLE_PATTERN_START_CLOCK),
                     is_planned ? minutes_of(day, KINMU_WORK_DAY_SCHEDULED_END)
                                : minutes_of(pattern, KINMU_PEOPLE_PATTERN_END_CLOCK)},
        .is_auto_ended = table_number(day, KINMU_WORK_DAY_IS_AUTO_ENDED) != 0,
        .is_workday = table_is(day, KINMU_WORK_DAY_DAY_KIND, "work"),
    };
}

/* ---- sums ---- */

static apart_sums *group_of(differences *d, const char *id) {
    for (uint32_t i = d->group_count; i > 0; i--) { /* most are in the one before */
        if (strcmp(d->groups[i - 1].id, id) == 0) {
            return &d->groups[i - 1].sums;
        }
    }
    group *groups = d->group_count < GROUPS_MAX
                        ? memory_grow(&d->x->memory, d->groups, d->group_count, &d->group_capacity,
                                      sizeof *groups)
                        : NULL;
    const char *kept = memory_text(&d->x->memory, id, strlen(id));
    if (groups == NULL || kept == NULL) {
        return NULL;
    }
    d->groups = groups;
    d->groups[d->group_count] = (group){.id = kept};
    return &d->groups[d->group_count++].sums;
}

static void add_day(differences *d, const apart_day *day, const char *group_id, uint32_t month,
                    uint32_t number, apart_sums *one) {
    apart_sums *all[] = {one, &d->total, d->is_group ? group_of(d, group_id) : NULL};
    for (uint32_t i = 0; i < 3; i++) {
        if (all[i] != NULL) {
            apart_add(all[i], &d->question, month, day, number);
        }
    }
}

/* ---- reading ---- */

static int32_t read_table(differences *d, memory *m, uint32_t use, uint32_t fields,
                          const kinmu_filter *filters, uint32_t count, table *out) {
    exchange *x = d->x;
    const table_source from = reading_source(x, m);
    int32_t status =
        table_read(&from, use, fields, filters, count, NULL, KINMU_RECORDS_PAGE_MAX, out);
    if (status != KINMU_OK && x->status == 0) {
        problem_of_status(x, status, "", NULL);
    }
    return status == KINMU_OK;
}

/* The days of the ids from..to, of which the smallest counts (ATT-12). 0: answered. */
static int32_t read_employee(differences *d, memory *m, uint32_t from, uint32_t to,
                             apart_sums *one) {
    uint32_t seen[APART_PERIODS] = {0, 0}; /* a bit for each day of the month */
    uint32_t number = from + 1;
    for (uint32_t i = from; i < to; i++) {
        const staff_member *member = &d->people.members[i];
        const kinmu_filter whose = {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(member->person)};
        table assignments = {0};
        if (d->question.is_schedule &&
            !read_table(d, m, USE_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_FIELDS, &whose, 1,
                        &assignments)) {
            return 0;
        }
        for (uint32_t month = 0; month < APART_PERIODS; month++) {
            const kinmu_filter filters[] = {
                whose,
                {"date", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_text(d->first[month])},
                {"date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(d->last[month])}};
            table rows;
            if (!read_table(d, m, d->page.use, KINMU_WORK_DAY_FIELDS, filters, 3, &rows)) {
                return 0;
            }
            for (uint32_t k = 0; k < rows.count; k++) {
                int64_t day = dates_number(table_text(rows.rows[k], KINMU_WORK_DAY_DATE)) -
                              dates_number(d->first[month]);
                uint32_t bit = day >= 0 && day < 31 ? 1u << day : 0;
                if ((seen[month] & bit) == 0) {
                    const apart_day one_day =
                        take_day(d, &assignments, member->person, rows.rows[k]);
                    add_day(d, &one_day, table_text(rows.rows[k], KINMU_WORK_DAY_GROUP_ID), month,
                            number, one);
                }
                seen[month] |= bit;
                if (member->relation != REACH_OWN) {
                    page_note(&d->page, member->person);
                }
            }
        }
    }
    return 1;
}

/* ---- rows ---- */

static json_t *average(const apart_sum *s) {
    int64_t tenths = apart_average(s);
    return tenths != APART_NONE ? json_real((double)tenths / 10.0) : json_null();
}

static json_t *sum_json(const apart_sum *s, int32_t with_people) {
    json_t *json = json_pack("{s:I, s:I, s:o, s:I}", "days", (json_int_t)s->days, "over_days",
                             (json_int_t)s->over_days, "average_min", average(s), "max_min",
                             (json_int_t)s->max_min);
    if (with_people) {
        json_object_set_new(json, "over_people", json_integer(s->over_people));
    }
    return json;
}

/* Start and end of the month, each with the month before. */
static json_t *sums_json(const apart_sums *s, int32_t with_people) {
    static const char *const names[APART_SIDES] = {"start", "end"};
    json_t *json = json_object();
    if (with_people) {
        json_object_set_new(json, "people", json_integer(s->people));
    }
    for (uint32_t i = 0; i < APART_SIDES; i++) {
        json_t *side = sum_json(&s->of[APART_ASKED][i], with_people);
        json_object_set_new(side, "before", sum_json(&s->of[APART_BEFORE][i], with_people));
        json_object_set_new(json, names[i], side);
    }
    return json;
}

static void add_employee_row(differences *d, const staff_member *member, const apart_sums *one) {
    exchange *x = d->x;
    json_t *row = sums_json(one, 0);
    json_object_set_new(row, "person", json_string(member->person));
    json_object_set_new(row, "employee_no", json_string(member->who));
    if (gate_has_scope(x, "read", "kinmu.people.person")) {
        json_object_set_new(row, "name", json_string(member->name));
    }
    json_array_append_new(d->rows, row);
    d->next.part_name = member->who;
    d->next.keys[0] = kinmu_i64(1);
    d->next.key_count = 1;
}

static int32_t add_people(differences *d) {
    d->next = d->at;
    d->is_over = 1;
    for (uint32_t i = 0, to = 0; i < d->people.count; i = to) {
        memory m = {NULL, 0};
        apart_sums one = {0};
        to = staff_next(&d->people, i);
        int32_t is_read = read_employee(d, &m, i, to, &one);
        memory_free(&m);
        if (!is_read) {
            return 0;
        }
        int32_t is_behind =
            d->at.key_count == 0 || strcmp(d->people.members[i].who, d->at.part_name) > 0;
        if (!d->is_group && one.people > 0 && is_behind) {
            if (json_array_size(d->rows) < d->limit) {
                add_employee_row(d, &d->people.members[i], &one);
            } else {
                d->is_over = 0;
            }
        }
    }
    return 1;
}

static int by_id(const void *left, const void *right) {
    return strcmp(((const group *)left)->id, ((const group *)right)->id);
}

static void add_groups(differences *d) {
    if (d->group_count > 1) {
        qsort(d->groups, d->group_count, sizeof *d->groups, by_id);
    }
    for (uint32_t i = 0; i < d->group_count; i++) {
        json_t *row = sums_json(&d->groups[i].sums, 1);
        json_object_set_new(row, "group_id", json_string(d->groups[i].id));
        json_array_append_new(d->rows, row);
    }
}

/* ---- what is asked ---- */

static void month_dates(differences *d, uint32_t month, int32_t year, int32_t number) {
    int64_t first = kinmu_days_from_date(year, number, 1);
    int64_t after = kinmu_days_from_date(year + number / 12, number % 12 + 1, 1);
    (void)snprintf(d->first[month], DATE_SIZE, "%04d-%02d-01", year, number);
    (void)snprintf(d->last[month], DATE_SIZE, "%04d-%02d-%02d", year, number, (int)(after - first));
}

static int32_t take_month(differences *d) {
    const char *text = target_find(&d->x->target, "month");
    int64_t number = 0;
    if (text == NULL || strlen(text) != 6 || !words_number(text, 226112, &number) ||
        number < 197002 || number % 100 < 1 || number % 100 > 12) {
        return refuse(d->x, "query.value", "month", "202611");
    }
    int32_t year = (int32_t)number / 100;
    int32_t month = (int32_t)number % 100;
    month_dates(d, APART_ASKED, year, month);
    month_dates(d, APART_BEFORE, month == 1 ? year - 1 : year, month == 1 ? 12 : month - 1);
    (void)snprintf(d->month, sizeof d->month, "%06d", (int)number);
    d->page.from_ns =
        (dates_number(d->first[APART_BEFORE]) * 86400 - d->x->utc_offset_s) * INT64_C(1000000000);
    d->page.to_ns = ((dates_number(d->last[APART_ASKED]) + 1) * 86400 - d->x->utc_offset_s) *
                    INT64_C(1000000000);
    return 1;
}

/* One of two words, the first when nothing is given. */
static int32_t take_word(exchange *x, const char *name, const char *choices, int32_t *which) {
    const char *text = target_find(&x->target, name);
    *which = text != NULL ? words_choice(choices, text, (uint32_t)strlen(text)) : 0;
    return *which >= 0 ? 1 : refuse(x, "query.value", name, choices);
}

static int32_t take_cursor(differences *d) {
    exchange *x = d->x;
    const char *text = target_find(&x->target, "cursor");
    const char *question = page_question(&d->page);
    d->at = (cursor){.question = question != NULL ? question : "", .part_name = ""};
    if (text != NULL && (!cursor_parse(&x->memory, text, &d->at) || d->at.key_count != 1)) {
        return refuse(x, "cursor.bad", NULL, NULL);
    }
    return question != NULL && strcmp(d->at.question, question) == 0
               ? 1
               : refuse(x, "cursor.other", NULL, NULL);
}

static int32_t take(differences *d) {
    exchange *x = d->x;
    const char *threshold = target_find(&x->target, "threshold");
    int64_t limit = target_number(&x->target, "limit", LIMIT_DEFAULT, PAGE_ROWS_MAX);
    d->question.threshold = APART_THRESHOLD_DEFAULT;
    d->limit = (uint32_t)limit;
    if (!endpoint_takes(x)) {
        return 0;
    }
    if (threshold != NULL &&
        !words_number(threshold, APART_THRESHOLD_MAX, &d->question.threshold)) {
        return refuse(x, "query.value", "threshold", "0 … 1440");
    }
    if (limit < 1) {
        return refuse(x, "query.value", "limit", "1 … 1000");
    }
    return take_month(d) && take_word(x, "against", "punch|schedule", &d->question.is_schedule) &&
           take_word(x, "by", "person|group", &d->is_group) && take_cursor(d);
}

static int32_t open_schemas(differences *d) {
    exchange *x = d->x;
    d->page.schema = rows_schema(x->owner, SCHEMA, NULL, &d->page.use);
    const kinmu_schema *pattern =
        rows_schema(x->owner, "kinmu.people.pattern", NULL, &d->pattern_use);
    if (d->page.schema == NULL || pattern == NULL) {
        problem_set(x, 404, "schema.unknown", SCHEMA, NULL);
        return 0;
    }
    if (!gate_has_scope(x, "read", SCHEMA)) {
        problem_set(x, 403, "scope.denied", "read:" SCHEMA, NULL);
        return 0;
    }
    if ((x->caller.rights & (KINMU_RIGHT_SELF | KINMU_RIGHT_ADMIN)) == 0) {
        problem_set(x, 403, "role.denied", "self", NULL); /* all of it is personal */
        return 0;
    }
    return 1;
}

void differences_job(exchange *x) {
    static const char *const against[] = {"punch", "schedule"};
    differences *d = memory_get(&x->memory, sizeof *d);
    if (d == NULL) {
        return;
    }
    d->x = d->page.x = x;
    if (!open_schemas(d) || !take(d) ||
        !bought_has(x, "differences", d->is_group ? "difference_group" : "difference",
                    d->last[APART_ASKED]) ||
        !staff_read(x, d->page.schema, target_find(&x->target, "person"), &d->people) ||
        (d->question.is_schedule &&
         !read_table(d, &x->memory, d->pattern_use, KINMU_PEOPLE_PATTERN_FIELDS, NULL, 0,
                     &d->patterns))) {
        return;
    }
    d->rows = json_array();
    if (add_people(d) && rows_tell(&d->page)) {
        add_groups(d);
        exchange_json(x, 200,
                      json_pack("{s:s, s:s, s:I, s:o, s:O, s:s?}", "month", d->month, "against",
                                against[d->question.is_schedule], "threshold_min",
                                (json_int_t)d->question.threshold, "total", sums_json(&d->total, 1),
                                "rows", d->rows, "next",
                                d->is_over ? NULL : cursor_print(&x->memory, &d->next)));
    }
    json_decref(d->rows);
}
