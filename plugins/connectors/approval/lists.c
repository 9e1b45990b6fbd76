/* approval/lists.c - requests with their history, tasks, and what waits for an approver, as JSON;
 * and what holds for a person today (WRK-15).
 * People see their own; who may decide over a group sees its people's; administrators see all. */
#include "approval.h"
#include "value_json.h"

#include <kinmu/events/settings.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1000u
#define PAGE_BYTES_MAX 262144u

enum { LIST_FROM, LIST_TO, LIST_STATE, LIST_AFTER, LIST_PERSON };
enum { TASKS_FROM, TASKS_TO, TASKS_AFTER, TASKS_PERSON };
enum { INBOX_ALL, INBOX_AFTER, INBOX_AS };

/* The fields that are not null. */
static json_t *row_json(const row *r, const kinmu_schema *schema) {
    const kinmu_field *fields = schema->fields.rows;
    json_t *object = json_object();
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        if (r->values[i].type != KINMU_TYPE_NULL) {
            json_object_set_new(object, fields[i].name, value_json(&r->values[i]));
        }
    }
    return object;
}

/* Takes the reference. */
static const char *text_of(hearing *h, json_t *json) {
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    const char *kept = text != NULL ? memory_text(h->memory, text, strlen(text)) : NULL;
    h->memory->failed |= text == NULL;
    free(text);
    json_decref(json);
    return kept != NULL ? kept : "[]";
}

/* Whose list it is: the asker's, or somebody's whom he may decide over. NULL: refused. */
static const char *whose(hearing *h, uint32_t input, int32_t *status) {
    const char *person = desk_is_given(h->call, input) ? desk_text(h->call, input) : h->asker;
    *status = KINMU_OK;
    if (person[0] == '\0') {
        *status = refuse(h, KINMU_E_DENIED, "who.unknown", h->call->caller, NULL);
        return NULL;
    }
    who_read(h->book, person);
    calendar *c = h->book->status == KINMU_OK ? calendar_find(h, person, h->call->now_ns) : NULL;
    if (c == NULL) {
        *status = h->book->status != KINMU_OK ? h->book->status : KINMU_E_REJECT;
        return NULL;
    }
    if (h->is_admin || strcmp(person, h->asker) == 0) {
        return person;
    }
    const char *group_id = calendar_group(h->book, person, c->date);
    if (h->asker[0] == '\0' || who_decides_as(h, group_id, h->asker) == NULL) {
        *status = refuse(h, KINMU_E_DENIED, "list.denied", person, NULL);
        return NULL;
    }
    return person;
}

/* The conditions of a person and dates; *count gets how many. */
static int32_t take_period(hearing *h, uint32_t from, uint32_t to, const char *person,
                           kinmu_filter *filters, uint32_t *count) {
    const uint32_t inputs[] = {from, to};
    const uint32_t compares[] = {KINMU_COMPARE_GREATER_EQUAL, KINMU_COMPARE_LESS_EQUAL};
    *count = 0;
    filters[(*count)++] = (kinmu_filter){"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)};
    for (uint32_t i = 0; i < 2; i++) {
        char date[WORDS_DATE_SIZE];
        const char *text = desk_text(h->call, inputs[i]);
        if (!desk_is_given(h->call, inputs[i])) {
            continue;
        }
        if (!words_date(text, date)) {
            return refuse(h, KINMU_E_REJECT, "input.date", text, NULL);
        }
        char *kept = memory_text(h->memory, date, strlen(date));
        filters[(*count)++] =
            (kinmu_filter){"date", compares[i], 0, kinmu_text(kept != NULL ? kept : "")};
    }
    return KINMU_OK;
}

/* By date, then id: the key of a page is both. */
static const char *key_of(hearing *h, const row *r, uint32_t date_field) {
    const char *key = memory_print(h->memory, "%s %s", row_text(r, date_field), row_text(r, 0));
    return key != NULL ? key : "";
}

typedef struct item {
    const char *key;
    const row *row;
} item;

static int by_key(const void *left, const void *right) {
    return strcmp(((const item *)left)->key, ((const item *)right)->key);
}

/* Answers a page of the items behind `after`, and where the next begins. */
static void answer_page(hearing *h, item *items, uint32_t count, const char *after,
                        const kinmu_schema *schema) {
    json_t *page = json_array();
    const char *next = NULL;
    size_t bytes = 0;
    if (count > 1) {
        qsort(items, count, sizeof *items, by_key);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(items[i].key, after) <= 0) {
            continue;
        }
        if (json_array_size(page) >= ROWS_MAX || bytes > PAGE_BYTES_MAX) {
            next = items[i - 1].key;
            break;
        }
        json_t *object = row_json(items[i].row, schema);
        bytes += json_dumpb(object, NULL, 0, JSON_COMPACT) + 1;
        json_array_append_new(page, object);
    }
    desk_answer(h->call, kinmu_text(text_of(h, page)));
    desk_answer(h->call, next != NULL ? kinmu_text(next) : kinmu_null());
}

static uint32_t count_rows(const book *b, uint32_t use) {
    uint32_t count = 0;
    for (const row *r = b->first[use]; r != NULL; r = r->next) {
        count++;
    }
    return count;
}

/* The items of all rows read; NULL when out of memory. */
static item *collect(hearing *h, uint32_t use, uint32_t date_field, uint32_t state_field,
                     const char *state, uint32_t *count) {
    item *items = memory_get(h->memory, (count_rows(h->book, use) + 1) * sizeof *items);
    *count = 0;
    for (const row *r = h->book->first[use]; items != NULL && r != NULL; r = r->next) {
        if (state[0] == '\0' || row_is(r, state_field, state)) {
            items[(*count)++] = (item){key_of(h, r, date_field), r};
        }
    }
    return items;
}

int32_t request_list_judge(hearing *h) {
    kinmu_filter filters[3];
    uint32_t count = 0;
    int32_t status;
    const char *person = whose(h, LIST_PERSON, &status);
    status = person != NULL ? take_period(h, LIST_FROM, LIST_TO, person, filters, &count) : status;
    if (status != KINMU_OK) {
        return status;
    }
    book_read(h->book, USE_REQUEST, filters, count);
    item *items = collect(h, USE_REQUEST, KINMU_REQUEST_REQUEST_DATE, KINMU_REQUEST_REQUEST_STATE,
                          desk_text(h->call, LIST_STATE), &count);
    if (h->book->status == KINMU_OK && items != NULL) {
        answer_page(h, items, count, desk_text(h->call, LIST_AFTER), &kinmu_request_request);
    }
    return h->book->status;
}

int32_t task_list_judge(hearing *h) {
    kinmu_filter filters[3];
    uint32_t count = 0;
    int32_t status;
    const char *person = whose(h, TASKS_PERSON, &status);
    status =
        person != NULL ? take_period(h, TASKS_FROM, TASKS_TO, person, filters, &count) : status;
    if (status != KINMU_OK) {
        return status;
    }
    book_read(h->book, USE_TASK, filters, count);
    item *items = collect(h, USE_TASK, KINMU_WORK_TASK_DATE, 0, "", &count);
    if (h->book->status == KINMU_OK && items != NULL) {
        answer_page(h, items, count, desk_text(h->call, TASKS_AFTER), &kinmu_work_task);
    }
    return h->book->status;
}

/* The request and its steps, oldest first. */
int32_t request_show_judge(hearing *h) {
    const row *request = request_find(h, desk_text(h->call, 0));
    if (request == NULL) {
        return h->book->status != KINMU_OK ? h->book->status : KINMU_E_NOTFOUND;
    }
    const char *person = row_text(request, KINMU_REQUEST_REQUEST_PERSON);
    const char *group_id = row_text(request, KINMU_REQUEST_REQUEST_GROUP_ID);
    book_read(h->book, USE_GROUP, NULL, 0);
    if (!h->is_admin && strcmp(person, h->asker) != 0 &&
        (h->asker[0] == '\0' || who_decides_as(h, group_id, h->asker) == NULL)) {
        return request_hide(h, desk_text(h->call, 0));
    }
    json_t *steps = json_array();
    for (int64_t step = 1; step > 0;) {
        const row *found = h->book->first[USE_DECISION];
        while (found != NULL && row_number(found, KINMU_REQUEST_DECISION_STEP) != step) {
            found = found->next;
        }
        if (found != NULL) {
            json_t *object = row_json(found, &kinmu_request_decision);
            json_object_set_new(object, "decided_ns", moment_json(found->unix_ns));
            json_array_append_new(steps, object);
        }
        step = found != NULL ? step + 1 : 0;
    }
    json_t *object = row_json(request, &kinmu_request_request);
    json_object_set_new(object, "steps", steps);
    const char *text = memory_print(h->memory, "%s\n", text_of(h, object));
    desk_answer(h->call, kinmu_text(text != NULL ? text : ""));
    return h->book->status;
}

/* What waits for an approver, who may decide over all of it; as upper approver or administrator
 * only with `all` (APR-03). */
int32_t inbox_judge(hearing *h) {
    const kinmu_filter filter = {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("pending")};
    const char *decider =
        desk_is_given(h->call, INBOX_AS) ? desk_text(h->call, INBOX_AS) : h->asker;
    uint32_t count = 0;
    if (!h->is_admin && strcmp(decider, h->asker) != 0) {
        return refuse(h, KINMU_E_DENIED, "who.other", decider, NULL);
    }
    book_read(h->book, USE_GROUP, NULL, 0);
    book_read_by(h->book, USE_PERSON, "person", decider);
    book_read(h->book, USE_REQUEST, &filter, 1);
    uint32_t rows = count_rows(h->book, USE_REQUEST);
    item *items = memory_get(h->memory, (rows + 1) * sizeof *items);
    if (h->book->status != KINMU_OK || items == NULL) {
        return h->book->status;
    }
    for (const row *r = h->book->first[USE_REQUEST]; r != NULL; r = r->next) {
        const char *as = decide_role(h, r, decider, desk_is_given(h->call, INBOX_AS));
        if (as != NULL &&
            (strcmp(as, "approver") == 0 || desk_number(h->call, INBOX_ALL, 0) != 0)) {
            items[count++] = (item){key_of(h, r, KINMU_REQUEST_REQUEST_DATE), r};
        }
    }
    desk_answer(h->call, kinmu_i64(count));
    answer_page(h, items, count, desk_text(h->call, INBOX_AFTER), &kinmu_request_request);
    return h->book->status;
}

static kinmu_value text_or_null(const char *text) {
    return text[0] != '\0' ? kinmu_text(text) : kinmu_null();
}

static const char *clock_text(hearing *h, int64_t clock) {
    char printed[APPROVAL_CLOCK_SIZE];
    calendar_print(printed, clock);
    const char *kept = memory_text(h->memory, printed, strlen(printed));
    return kept != NULL ? kept : "";
}

/* What the schedule of the day says in place of the pattern (docs/replay.md). */
typedef struct day_plan {
    const char *clocks; /* "22:00-31:00"; "" = none */
    const char *breaks;
    int64_t work_min;
} day_plan;

static const char *clocks_of(hearing *h, const row *r, uint32_t start, uint32_t end) {
    int32_t is_known = r != NULL && r->values[start].type == KINMU_TYPE_I64 &&
                       r->values[end].type == KINMU_TYPE_I64;
    const char *text = is_known
                           ? memory_print(h->memory, "%s-%s", clock_text(h, row_number(r, start)),
                                          clock_text(h, row_number(r, end)))
                           : "";
    return text != NULL ? text : "";
}

static void apply_plan(hearing *h, const row *plan, const row *pattern, day_plan *out) {
    int64_t start = row_number(plan, KINMU_PEOPLE_SCHEDULE_START_CLOCK);
    int64_t end = row_number(plan, KINMU_PEOPLE_SCHEDULE_END_CLOCK);
    int32_t is_leave = row_is(plan, KINMU_PEOPLE_SCHEDULE_KIND, "leave");
    if (plan == NULL) {
        return;
    }
    if (!is_leave && end > 0) {
        out->breaks = row_text(plan, KINMU_PEOPLE_SCHEDULE_BREAKS);
        out->work_min = words_shift_min(out->breaks, start, end);
        out->clocks =
            clocks_of(h, plan, KINMU_PEOPLE_SCHEDULE_START_CLOCK, KINMU_PEOPLE_SCHEDULE_END_CLOCK);
    } else if (!is_leave && row_text(plan, KINMU_PEOPLE_SCHEDULE_PATTERN_ID)[0] != '\0') {
        out->clocks =
            clocks_of(h, pattern, KINMU_PEOPLE_PATTERN_START_CLOCK, KINMU_PEOPLE_PATTERN_END_CLOCK);
    } else {
        out->work_min = 0;
    }
}

int32_t terms_judge(hearing *h) {
    int32_t status;
    const char *person = whose(h, 0, &status);
    const calendar *c = person != NULL ? calendar_find(h, person, h->call->now_ns) : NULL;
    if (c == NULL) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    const row *assignment = book_in_force(h->book, USE_ASSIGNMENT, person, c->date);
    const row *plan = planned_on(h, person, c->date);
    const char *planned_id = row_text(plan, KINMU_PEOPLE_SCHEDULE_PATTERN_ID);
    const char *pattern_id = planned_id[0] != '\0'
                                 ? planned_id
                                 : row_text(assignment, KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID);
    book_read_by(h->book, USE_PATTERN, "pattern_id", pattern_id);
    const row *p = book_in_force(h->book, USE_PATTERN, pattern_id, c->date);
    day_plan day = {.clocks = "",
                    .breaks = row_text(p, KINMU_PEOPLE_PATTERN_BREAKS),
                    .work_min = p != NULL ? row_number(p, KINMU_PEOPLE_PATTERN_WORK_MIN)
                                          : APPROVAL_WORK_MIN};
    apply_plan(h, plan, p, &day);
    int64_t end =
        p != NULL ? row_number(p, KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK) : APPROVAL_AUTO_END_CLOCK;
    desk_answer(h->call, kinmu_text(person));
    desk_answer(h->call, kinmu_text(c->date));
    desk_answer(h->call, text_or_null(row_text(assignment, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID)));
    desk_answer(h->call, text_or_null(pattern_id));
    desk_answer(h->call, text_or_null(row_text(p, KINMU_PEOPLE_PATTERN_NAME)));
    desk_answer(h->call, text_or_null(day.breaks));
    desk_answer(h->call, kinmu_i64(day.work_min));
    desk_answer(h->call, kinmu_text(clock_text(h, end)));
    desk_answer(h->call,
                kinmu_text(calendar_setting(h->book, person, KINMU_SETTING_DAY_BOUNDARY, c->date)));
    desk_answer(h->call,
                kinmu_text(calendar_setting(h->book, person, KINMU_SETTING_DAY_ZONE, c->date)));
    desk_answer(h->call, text_or_null(row_text(plan, KINMU_PEOPLE_SCHEDULE_KIND)));
    desk_answer(h->call, text_or_null(day.clocks));
    return h->book->status;
}
