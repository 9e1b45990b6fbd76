/* approval/request.c - asking: corrections, overtime, holiday work, reasons of divergences, leave,
 * devices, contracts, incidents; and how any request and its history are written (APR-07, APR-09 to
 * APR-13, WRK-07, WRK-14). */
#include "approval.h"

#include <kinmu/events/day.h>
#include <kinmu/events/settings.h>

#include <stdio.h>
#include <string.h>

#define GRANT_DAYS_MAX 31 /* a device is not granted for longer */

enum {
    IN_KIND,
    IN_DATE,
    IN_FROM,
    IN_TO,
    IN_BREAK_MIN,
    IN_OVERTIME_MIN,
    IN_SCHEDULED_MIN,
    IN_WORK_FORM,
    IN_CAUSE,
    IN_REASON,
    IN_PERSON,
    IN_OBJECT
};
enum { AGAIN_REQUEST, AGAIN_FROM }; /* then as above, without person */

/* What a kind needs, beside a date. */
enum {
    PAST = 1, /* a day up to today */
    CLOCK = 2,
    REASON = 4,
    OVERTIME = 8,
    OBJECT = 16,
    END = 32,     /* `to`, when it expires (APR-13) */
    WATCHED = 64, /* an administrator or a plugin, who asks for somebody (APR-11) */
};
static const struct {
    const char *kind;
    uint32_t needs;
} kinds[] = {
    {"correction", PAST | CLOCK | REASON},
    {"overtime", REASON | OVERTIME},
    {"holiday-work", 0},
    {"divergence-reason", PAST | REASON},
    {"leave", 0},
    {"device", OBJECT | REASON | END},
    {"incident", PAST | OBJECT | WATCHED},
    {"contract", OBJECT},
};

/* ---- writing ---- */

void request_step(hearing *h, const row *request, const char *action, const char *decided_by,
                  const char *decided_as, const char *comment) {
    const char *id = row_text(request, KINMU_REQUEST_REQUEST_REQUEST_ID);
    int64_t last = 0;
    for (const row *r = h->book->first[USE_DECISION]; r != NULL; r = r->next) {
        int64_t step = row_number(r, KINMU_REQUEST_DECISION_STEP);
        last = row_is(r, KINMU_REQUEST_DECISION_REQUEST_ID, id) && step > last ? step : last;
    }
    const kinmu_value values[KINMU_REQUEST_DECISION_FIELDS] = {
        kinmu_text(id),         kinmu_i64(last + 1),
        kinmu_text(action),     kinmu_text(decided_by),
        kinmu_text(decided_as), comment[0] != '\0' ? kinmu_text(comment) : kinmu_null()};
    book_put(h->book, USE_DECISION, row_text(request, KINMU_REQUEST_REQUEST_PERSON), 0, values);
}

const char *request_make(hearing *h, const request_draft *draft) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS];
    const char *id = book_new_id(h->book, 'r');
    int32_t is_self = strcmp(draft->person, h->asker) == 0;
    memcpy(values, draft->values, sizeof values);
    values[KINMU_REQUEST_REQUEST_REQUEST_ID] = kinmu_text(id);
    values[KINMU_REQUEST_REQUEST_KIND] = kinmu_text(draft->kind);
    values[KINMU_REQUEST_REQUEST_PERSON] = kinmu_text(draft->person);
    values[KINMU_REQUEST_REQUEST_DATE] = kinmu_text(draft->date);
    values[KINMU_REQUEST_REQUEST_GROUP_ID] = kinmu_text(draft->group_id);
    values[KINMU_REQUEST_REQUEST_STATE] = kinmu_text(draft->is_automatic ? "approved" : "pending");
    book_put(h->book, USE_REQUEST, draft->person, 0, values);
    const row *made = book_find(h->book, USE_REQUEST, id);
    request_step(h, made, "submit", h->author, is_self ? "self" : "admin", draft->comment);
    if (draft->is_automatic) {
        request_step(h, made, "approve", "", "rule", "");
    }
    return id;
}

int32_t request_hide(hearing *h, const char *id) {
    return refuse(h, KINMU_E_NOTFOUND, "request.unknown", id, NULL);
}

const row *request_find(hearing *h, const char *id) {
    book_read_by(h->book, USE_REQUEST, "request_id", id);
    book_read_by(h->book, USE_DECISION, "request_id", id);
    const row *found = book_find(h->book, USE_REQUEST, id);
    if (h->book->status == KINMU_OK && found == NULL) {
        (void)request_hide(h, id);
    }
    return h->book->status == KINMU_OK ? found : NULL;
}

void request_read_day(book *b, const char *person, const char *date) {
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"date", KINMU_COMPARE_EQUAL, 0, kinmu_text(date)},
    };
    book_read(b, USE_REQUEST, filters, 2);
}

/* ---- what was before ---- */

static void note(memory *m, const char **text, const char *name, int64_t clock) {
    char printed[APPROVAL_CLOCK_SIZE];
    calendar_print(printed, clock);
    const char *longer =
        memory_print(m, "%s%s%s=%s", *text, (*text)[0] != '\0' ? " " : "", name, printed);
    *text = longer != NULL ? longer : *text;
}

/* The newest approved correction of the day. */
static const row *last_correction(const book *b, const char *person, const char *date) {
    const row *best = NULL;
    for (const row *r = b->first[USE_REQUEST]; r != NULL; r = r->next) {
        if (row_is(r, KINMU_REQUEST_REQUEST_PERSON, person) &&
            row_is(r, KINMU_REQUEST_REQUEST_DATE, date) &&
            row_is(r, KINMU_REQUEST_REQUEST_KIND, "correction") &&
            row_is(r, KINMU_REQUEST_REQUEST_STATE, "approved") &&
            (best == NULL || r->unix_ns >= best->unix_ns)) {
            best = r;
        }
    }
    return best;
}

static void note_values(memory *m, const char **text, const row *r, uint32_t start, uint32_t end) {
    if (r->values[start].type != KINMU_TYPE_NULL) {
        note(m, text, "start", row_number(r, start));
    }
    if (r->values[end].type != KINMU_TYPE_NULL) {
        note(m, text, "end", row_number(r, end));
    }
}

/* First start and last end of the day's punches. */
static void note_punches(hearing *h, const char **text, const char *person, const char *date,
                         const calendar *c) {
    const row *start = NULL;
    const row *end = NULL;
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_time(calendar_at(c, date, 0))},
        {"unix_ns", KINMU_COMPARE_LESS, 0, kinmu_time(calendar_at(c, date, WORDS_CLOCK_MAX))},
    };
    book_read(h->book, USE_PUNCH, filters, 3);
    for (const row *r = h->book->first[USE_PUNCH]; r != NULL; r = r->next) {
        int64_t clock = calendar_clock(c, date, r->unix_ns);
        if (!row_is(r, KINMU_ATTENDANCE_PUNCH_PERSON, person) || clock < 0 ||
            clock > WORDS_CLOCK_MAX) {
            continue;
        }
        calendar *day = calendar_find(h, person, r->unix_ns);
        int32_t is_of_day = day != NULL && strcmp(day->date, date) == 0;
        if (row_is(r, KINMU_ATTENDANCE_PUNCH_KIND, "start") && is_of_day &&
            (start == NULL || r->unix_ns < start->unix_ns)) {
            start = r;
        }
        if (row_is(r, KINMU_ATTENDANCE_PUNCH_KIND, "end") && is_of_day &&
            (end == NULL || r->unix_ns > end->unix_ns)) {
            end = r;
        }
    }
    if (start != NULL) {
        note(h->memory, text, "start", calendar_clock(c, date, start->unix_ns));
    }
    if (end != NULL) {
        note(h->memory, text, "end", calendar_clock(c, date, end->unix_ns));
    }
}

/* What a correction replaces: the day as it is shown, else the correction or the punches it would
 * be made of (APR-09). */
static const char *before(hearing *h, const char *person, const char *date, const calendar *c) {
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"date", KINMU_COMPARE_EQUAL, 0, kinmu_text(date)},
    };
    const char *text = "";
    book_read(h->book, USE_DAY, filters, 2);
    const row *day = h->book->first[USE_DAY];
    while (day != NULL && !(row_is(day, KINMU_WORK_DAY_PERSON, person) &&
                            row_is(day, KINMU_WORK_DAY_DATE, date))) {
        day = day->next;
    }
    const row *correction = last_correction(h->book, person, date);
    if (day != NULL) {
        note_values(h->memory, &text, day, KINMU_WORK_DAY_WORK_START, KINMU_WORK_DAY_WORK_END);
    } else if (correction != NULL) {
        note_values(h->memory, &text, correction, KINMU_REQUEST_REQUEST_FROM_CLOCK,
                    KINMU_REQUEST_REQUEST_TO_CLOCK);
    } else {
        note_punches(h, &text, person, date, c);
    }
    return text[0] != '\0' ? text : "none";
}

/* ---- what is asked ---- */

static int32_t take_clocks(hearing *h, uint32_t from, kinmu_value *values) {
    kinmu_value *begin = &values[KINMU_REQUEST_REQUEST_FROM_CLOCK];
    kinmu_value *end = &values[KINMU_REQUEST_REQUEST_TO_CLOCK];
    int32_t status = inputs_clock(h, from, begin);
    status = status == KINMU_OK ? inputs_clock(h, from + 1, end) : status;
    if (status != KINMU_OK || begin->type == KINMU_TYPE_NULL || end->type == KINMU_TYPE_NULL ||
        end->as.i64 > begin->as.i64) {
        return status;
    }
    char clocks[2][APPROVAL_CLOCK_SIZE];
    calendar_print(clocks[0], begin->as.i64);
    calendar_print(clocks[1], end->as.i64);
    return refuse(h, KINMU_E_REJECT, "input.order", clocks[0], clocks[1]);
}

/* Reads the inputs from `from` on into values; they stand in the order of IN_FROM to IN_REASON. */
static int32_t take_values(hearing *h, uint32_t from, kinmu_value *values) {
    static const struct {
        uint32_t input, field;
        const char *name;
        int64_t max;
    } numbers[] = {
        {IN_BREAK_MIN, KINMU_REQUEST_REQUEST_BREAK_MIN, "break_min", WORDS_CLOCK_MAX},
        {IN_OVERTIME_MIN, KINMU_REQUEST_REQUEST_OVERTIME_MIN, "overtime_min", WORDS_CLOCK_MAX},
        {IN_SCHEDULED_MIN, KINMU_REQUEST_REQUEST_SCHEDULED_MIN, "scheduled_min", APPROVAL_DAY_MIN},
    };
    static const struct {
        uint32_t input, field;
        const char *name;
    } texts[] = {
        {IN_WORK_FORM, KINMU_REQUEST_REQUEST_WORK_FORM, "work_form"},
        {IN_CAUSE, KINMU_REQUEST_REQUEST_CAUSE, "cause"},
        {IN_REASON, KINMU_REQUEST_REQUEST_REASON, "reason"},
    };
    int32_t status = take_clocks(h, from, values);
    for (uint32_t i = 0; status == KINMU_OK && i < sizeof numbers / sizeof numbers[0]; i++) {
        status = inputs_number(h, from + numbers[i].input - IN_FROM, numbers[i].name,
                               numbers[i].max, &values[numbers[i].field]);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = desk_text(h->call, from + texts[i].input - IN_FROM);
        status = inputs_length(h, texts[i].name, text, APPROVAL_REASON_BYTES_MAX);
        if (text[0] != '\0') {
            values[texts[i].field] = kinmu_text(text);
        }
    }
    return status == KINMU_OK ? inputs_form(h, from + IN_WORK_FORM - IN_FROM) : status;
}

static int32_t is_null(const kinmu_value *values, uint32_t field) {
    return values[field].type == KINMU_TYPE_NULL;
}

static int32_t check_needs(hearing *h, uint32_t kind, const kinmu_value *values) {
    uint32_t needs = kinds[kind].needs;
    int32_t has_to = !is_null(values, KINMU_REQUEST_REQUEST_TO_CLOCK);
    int32_t has_clock = has_to || !is_null(values, KINMU_REQUEST_REQUEST_FROM_CLOCK);
    int32_t has_overtime = !is_null(values, KINMU_REQUEST_REQUEST_OVERTIME_MIN) &&
                           values[KINMU_REQUEST_REQUEST_OVERTIME_MIN].as.i64 > 0;
    const char *missing =
        (needs & CLOCK) != 0 && !has_clock                                       ? "from, to"
        : (needs & END) != 0 && !has_to                                          ? "to"
        : (needs & OVERTIME) != 0 && !has_overtime                               ? "overtime_min"
        : (needs & OBJECT) != 0 && is_null(values, KINMU_REQUEST_REQUEST_OBJECT) ? "object"
        : (needs & REASON) != 0 && is_null(values, KINMU_REQUEST_REQUEST_REASON) ? "reason"
                                                                                 : NULL;
    return missing == NULL ? KINMU_OK
                           : refuse(h, KINMU_E_REJECT, "input.missing", kinds[kind].kind, missing);
}

/* The moment at which it ends by itself, where its kind does. */
static int32_t set_end(hearing *h, uint32_t kind, const calendar *today, const char *date,
                       kinmu_value *values) {
    if ((kinds[kind].needs & END) == 0) {
        return KINMU_OK;
    }
    int64_t end_ns = calendar_at(today, date, values[KINMU_REQUEST_REQUEST_TO_CLOCK].as.i64);
    const char *end = calendar_moment(h, today, end_ns);
    if (end_ns <= h->call->now_ns) {
        return refuse(h, KINMU_E_REJECT, "request.over", end, NULL);
    }
    if (end_ns > h->call->now_ns + GRANT_DAYS_MAX * APPROVAL_DAY_MIN * MINUTE_NS) {
        return refuse(h, KINMU_E_REJECT, "request.far", end,
                      memory_print(h->memory, "%d", GRANT_DAYS_MAX));
    }
    values[KINMU_REQUEST_REQUEST_EXPIRES_NS] = kinmu_time(end_ns);
    return KINMU_OK;
}

/* Whom or what it is about, where the kind wants that. */
static int32_t take_object(hearing *h, uint32_t kind, kinmu_value *values) {
    const char *object = desk_text(h->call, IN_OBJECT);
    if ((kinds[kind].needs & OBJECT) == 0 || object[0] == '\0') {
        return KINMU_OK;
    }
    values[KINMU_REQUEST_REQUEST_OBJECT] = kinmu_text(object);
    return inputs_length(h, "object", object, APPROVAL_REASON_BYTES_MAX);
}

/* The request of that kind, day and object that waits. */
static const row *find_waiting(const book *b, const char *person, const char *date,
                               const char *kind, const char *object) {
    for (const row *r = b->first[USE_REQUEST]; r != NULL; r = r->next) {
        if (row_is(r, KINMU_REQUEST_REQUEST_PERSON, person) &&
            row_is(r, KINMU_REQUEST_REQUEST_DATE, date) &&
            row_is(r, KINMU_REQUEST_REQUEST_KIND, kind) &&
            row_is(r, KINMU_REQUEST_REQUEST_OBJECT, object) &&
            row_is(r, KINMU_REQUEST_REQUEST_STATE, "pending")) {
            return r;
        }
    }
    return NULL;
}

void request_withdraw(hearing *h, const row *request) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS];
    const char *person = row_text(request, KINMU_REQUEST_REQUEST_PERSON);
    book_read_by(h->book, USE_DECISION, "request_id",
                 row_text(request, KINMU_REQUEST_REQUEST_REQUEST_ID));
    memcpy(values, request->values, sizeof values);
    values[KINMU_REQUEST_REQUEST_STATE] = kinmu_text("withdrawn");
    book_put(h->book, USE_REQUEST, person, 0, values);
    request_step(h, request, "withdraw", h->author,
                 strcmp(person, h->asker) == 0 ? "self" : "admin", "");
}

static int32_t kind_of(const char *word) {
    for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, word) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

static void answer(hearing *h, const char *id, const char *state) {
    desk_answer(h->call, kinmu_text(id));
    desk_answer(h->call, kinmu_text(state));
    desk_answer_position(h->call);
}

/* Person, group and day of a request; refused when one of them does not hold. */
static int32_t check_day(hearing *h, const char *person, uint32_t kind, const char *date,
                         calendar **today) {
    *today = calendar_find(h, person, h->call->now_ns);
    if (*today == NULL) {
        return KINMU_E_REJECT;
    }
    if ((kinds[kind].needs & WATCHED) != 0 && !h->is_admin) {
        return refuse(h, KINMU_E_DENIED, "request.source", kinds[kind].kind, NULL);
    }
    if ((kinds[kind].needs & PAST) != 0 && strcmp(date, (*today)->date) > 0) {
        return refuse(h, KINMU_E_REJECT, "request.future", date, NULL);
    }
    if (calendar_group(h->book, person, date)[0] == '\0') {
        return refuse(h, KINMU_E_REJECT, "who.group", person, date);
    }
    if (strcmp(kinds[kind].kind, "divergence-reason") == 0 &&
        strcmp(calendar_setting(h->book, person, KINMU_SETTING_DIVERGENCE_OWNER, date),
               "attendance") == 0) {
        return refuse(h, KINMU_E_REJECT, "request.owner", NULL, NULL);
    }
    return KINMU_OK;
}

int32_t request_judge(hearing *h) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS] = {{0}};
    char date[WORDS_DATE_SIZE];
    calendar *today = NULL;
    int32_t status;
    const char *person = who_concerns(h, IN_PERSON, &status);
    int32_t kind = kind_of(desk_text(h->call, IN_KIND));
    if (person == NULL) {
        return status;
    }
    if (kind < 0) {
        return refuse(h, KINMU_E_REJECT, "input.word", "kind", desk_text(h->call, IN_KIND));
    }
    if (!words_date(desk_text(h->call, IN_DATE), date)) {
        return refuse(h, KINMU_E_REJECT, "input.date", desk_text(h->call, IN_DATE), NULL);
    }
    status = check_day(h, person, (uint32_t)kind, date, &today);
    status = status == KINMU_OK ? take_values(h, IN_FROM, values) : status;
    status = status == KINMU_OK ? take_object(h, (uint32_t)kind, values) : status;
    status = status == KINMU_OK ? check_needs(h, (uint32_t)kind, values) : status;
    status = status == KINMU_OK ? set_end(h, (uint32_t)kind, today, date, values) : status;
    if (status != KINMU_OK) {
        return status;
    }
    request_read_day(h->book, person, date);
    const char *kind_word = kinds[kind].kind;
    const row *waiting = find_waiting(
        h->book, person, date, kind_word,
        (kinds[kind].needs & OBJECT) != 0 ? values[KINMU_REQUEST_REQUEST_OBJECT].as.text : "");
    if (waiting != NULL && strcmp(kind_word, "divergence-reason") != 0) {
        return refuse(h, KINMU_E_REJECT, "request.twice",
                      row_text(waiting, KINMU_REQUEST_REQUEST_REQUEST_ID), NULL);
    }
    if (strcmp(kind_word, "correction") == 0) {
        values[KINMU_REQUEST_REQUEST_BEFORE] = kinmu_text(before(h, person, date, today));
    }
    if (waiting != NULL) { /* a reason may be written anew while it waits (ATT-03) */
        request_withdraw(h, waiting);
    }
    const request_draft draft = {.kind = kind_word,
                                 .person = person,
                                 .date = date,
                                 .group_id = calendar_group(h->book, person, date),
                                 .values = values,
                                 .comment = ""};
    const char *id = request_make(h, &draft);
    desk_audit(h->decision, h->call, person, "approval.request", id, desk_text(h->call, IN_REASON));
    answer(h, id, "pending");
    return h->book->status;
}

/* A returned request again, with what is given changed. */
int32_t resubmit_judge(hearing *h) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS];
    const row *request = request_find(h, desk_text(h->call, AGAIN_REQUEST));
    if (request == NULL) {
        return h->book->status != KINMU_OK ? h->book->status : KINMU_E_NOTFOUND;
    }
    const char *id = row_text(request, KINMU_REQUEST_REQUEST_REQUEST_ID);
    const char *person = row_text(request, KINMU_REQUEST_REQUEST_PERSON);
    if (!h->is_admin && strcmp(person, h->asker) != 0) {
        return request_hide(h, id);
    }
    const state_step step =
        states_step(&request_machine, row_text(request, KINMU_REQUEST_REQUEST_STATE), "submit");
    if (step.next == NULL) {
        return refuse(h, KINMU_E_REJECT, step.code, id, NULL);
    }
    who_read(h->book, person);
    if (h->book->status == KINMU_OK && !who_is_active(h->book, person)) {
        return refuse(h, KINMU_E_DENIED, "who.inactive", person, NULL);
    }
    const calendar *today = calendar_find(h, person, h->call->now_ns);
    if (h->book->status != KINMU_OK || today == NULL) {
        return h->book->status != KINMU_OK ? h->book->status : KINMU_E_REJECT;
    }
    memcpy(values, request->values, sizeof values);
    int32_t status = take_values(h, AGAIN_FROM, values);
    int32_t kind = kind_of(row_text(request, KINMU_REQUEST_REQUEST_KIND));
    if (status == KINMU_OK && kind >= 0) {
        const char *date = row_text(request, KINMU_REQUEST_REQUEST_DATE);
        status = check_needs(h, (uint32_t)kind, values);
        status = status == KINMU_OK ? set_end(h, (uint32_t)kind, today, date, values) : status;
    }
    if (status != KINMU_OK) {
        return status;
    }
    values[KINMU_REQUEST_REQUEST_STATE] = kinmu_text(step.next);
    book_put(h->book, USE_REQUEST, person, 0, values);
    request_step(h, request, "submit", h->author, strcmp(person, h->asker) == 0 ? "self" : "admin",
                 "");
    desk_audit(h->decision, h->call, person, "approval.resubmit", id, "");
    answer(h, id, step.next);
    return h->book->status;
}
