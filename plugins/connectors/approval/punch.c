/* approval/punch.c - start, break, resume, end: what a punch may be, what it writes, and the
 * requests that follow from it (WRK-01 to WRK-03, WRK-06, WRK-13, WRK-22, APR-05, APR-06). */
#include "approval.h"
#include "duties.h"

#include <kinmu/civil.h>

#include <string.h>

#define SLACK_NS MINUTE_NS /* of a clock that is not quite ours */

enum {
    IN_KIND,
    IN_FORM,
    IN_TASK,
    IN_REPORT,
    IN_OVERTIME_MIN,
    IN_SCHEDULED_MIN,
    IN_REASON,
    IN_NOTE,
    IN_PLACE,
    IN_SOURCE_ID,
    IN_AT,
    IN_PERSON
};

typedef struct punch {
    const char *person, *kind, *form;
    int64_t at_ns;
    calendar *day;
    shift now;
    const char *next; /* state after it */
    const row *task;  /* a planned one that a start begins; NULL = none, or a new one */
} punch;

/* ---- where a shift stands ---- */

const row *planned_on(hearing *h, const char *person, const char *date) {
    const kinmu_filter filters[] = {{"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
                                    {"date", KINMU_COMPARE_EQUAL, 0, kinmu_text(date)}};
    int32_t before = h->book->status;
    book_read(h->book, USE_SCHEDULE, filters, 2);
    h->book->status = h->book->status == KINMU_E_DENIED ? before : h->book->status;
    for (const row *r = h->book->first[USE_SCHEDULE]; r != NULL; r = r->next) {
        if (row_is(r, KINMU_PEOPLE_SCHEDULE_PERSON, person) &&
            row_is(r, KINMU_PEOPLE_SCHEDULE_DATE, date)) {
            return row_is(r, KINMU_PEOPLE_SCHEDULE_STATE, "planned") ? r : NULL;
        }
    }
    return NULL;
}

/* When a shift that began then ends by itself: at the pattern's clock, which waits for the planned
 * end (WRK-06, WRK-18, TRAP-12). */
static int64_t auto_end(hearing *h, const char *person, const calendar *c, const shift *s) {
    const row *plan = planned_on(h, person, s->date);
    plan = row_is(plan, KINMU_PEOPLE_SCHEDULE_KIND, "leave") ? NULL : plan; /* it has no shift */
    const char *planned_id = row_text(plan, KINMU_PEOPLE_SCHEDULE_PATTERN_ID);
    const char *pattern_id = planned_id[0] != '\0'
                                 ? planned_id
                                 : row_text(book_in_force(h->book, USE_ASSIGNMENT, person, s->date),
                                            KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID);
    int64_t clock = APPROVAL_AUTO_END_CLOCK;
    int64_t planned = row_number(plan, KINMU_PEOPLE_SCHEDULE_END_CLOCK);
    if (pattern_id[0] != '\0') {
        book_read_by(h->book, USE_PATTERN, "pattern_id", pattern_id);
        const row *pattern = book_in_force(h->book, USE_PATTERN, pattern_id, s->date);
        clock = pattern != NULL ? row_number(pattern, KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK) : clock;
        planned =
            planned_id[0] != '\0' ? row_number(pattern, KINMU_PEOPLE_PATTERN_END_CLOCK) : planned;
    }
    int64_t end_ns = calendar_next(c, s->started_ns, clock % 1440);
    while (planned > 0 && end_ns < calendar_at(c, s->date, planned)) {
        end_ns = calendar_next(c, end_ns, clock % 1440);
    }
    return end_ns;
}

/* Punches that did not come by here, since the last that did, in order of time. */
static void follow_others(hearing *h, const char *person, int64_t at_ns, shift *s) {
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"unix_ns", KINMU_COMPARE_GREATER, 0, kinmu_time(s->punched_ns)},
        {"unix_ns", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_time(at_ns)},
    };
    book_read(h->book, USE_PUNCH, filters, 3);
    for (;;) {
        const row *first = NULL;
        for (const row *r = h->book->first[USE_PUNCH]; r != NULL; r = r->next) {
            if (row_is(r, KINMU_ATTENDANCE_PUNCH_PERSON, person) && r->unix_ns > s->punched_ns &&
                r->unix_ns <= at_ns && (first == NULL || r->unix_ns < first->unix_ns)) {
                first = r;
            }
        }
        if (first == NULL) {
            return;
        }
        s->punched_ns = first->unix_ns;
        const char *kind = row_text(first, KINMU_ATTENDANCE_PUNCH_KIND);
        const state_step step = states_step(&shift_machine, s->state, kind);
        if (step.next == NULL) {
            continue; /* the rules of the day ignore it, too */
        }
        s->state = step.next;
        if (strcmp(kind, "start") == 0) {
            const calendar *c = calendar_find(h, person, first->unix_ns);
            const char *form = row_text(first, KINMU_ATTENDANCE_PUNCH_WORK_FORM);
            s->started_ns = first->unix_ns;
            s->date = c != NULL ? c->date : s->date;
            s->work_form = form[0] != '\0' ? form : "ordinary";
        }
    }
}

int32_t shift_read(hearing *h, const char *person, int64_t at_ns, const calendar *c, shift *out) {
    book_read_by(h->book, USE_SHIFT, "person", person);
    const row *r = book_find(h->book, USE_SHIFT, person);
    *out = (shift){.state = "off",
                   .date = "",
                   .work_form = "ordinary",
                   .task_id = "",
                   .auto_end_ns = INT64_MAX};
    if (r != NULL) {
        out->state = row_text(r, KINMU_ATTENDANCE_SHIFT_STATE);
        out->date = row_text(r, KINMU_ATTENDANCE_SHIFT_DATE);
        out->work_form = row_text(r, KINMU_ATTENDANCE_SHIFT_WORK_FORM);
        out->task_id = row_text(r, KINMU_ATTENDANCE_SHIFT_TASK_ID);
        out->started_ns = row_number(r, KINMU_ATTENDANCE_SHIFT_STARTED_NS);
        out->punched_ns = row_number(r, KINMU_ATTENDANCE_SHIFT_PUNCHED_NS);
    }
    follow_others(h, person, at_ns, out);
    if (strcmp(out->state, "off") != 0) {
        out->auto_end_ns = auto_end(h, person, c, out);
        if (at_ns >= out->auto_end_ns) {
            out->state = "off";
            out->is_auto_ended = 1;
        }
    }
    return h->book->status;
}

void shift_write(hearing *h, const char *person, const char *kind, const char *task_id,
                 const char *work_form, int64_t at_ns, const shift *now) {
    kinmu_value values[KINMU_ATTENDANCE_PUNCH_FIELDS] = {{0}};
    values[KINMU_ATTENDANCE_PUNCH_KIND] = kinmu_text(kind);
    values[KINMU_ATTENDANCE_PUNCH_SOURCE] = kinmu_text("manual");
    values[KINMU_ATTENDANCE_PUNCH_PERSON] = kinmu_text(person);
    if (work_form[0] != '\0') {
        values[KINMU_ATTENDANCE_PUNCH_WORK_FORM] = kinmu_text(work_form);
    }
    if (task_id[0] != '\0') {
        values[KINMU_ATTENDANCE_PUNCH_TASK_ID] = kinmu_text(task_id);
    }
    if (strncmp(kind, "task", 4) != 0) {
        static const struct {
            uint32_t input, field;
        } texts[] = {{IN_NOTE, KINMU_ATTENDANCE_PUNCH_NOTE},
                     {IN_PLACE, KINMU_ATTENDANCE_PUNCH_PLACE},
                     {IN_SOURCE_ID, KINMU_ATTENDANCE_PUNCH_SOURCE_ID}};
        for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            const char *text = desk_text(h->call, texts[i].input);
            values[texts[i].field] = text[0] != '\0' ? kinmu_text(text) : kinmu_null();
        }
    }
    book_put(h->book, USE_PUNCH, person, at_ns, values);
    if (now == NULL) {
        return;
    }
    const kinmu_value shift_values[KINMU_ATTENDANCE_SHIFT_FIELDS] = {
        kinmu_text(person),
        kinmu_text(now->state),
        kinmu_text(now->date),
        kinmu_time(now->started_ns),
        kinmu_time(now->punched_ns),
        kinmu_text(now->work_form),
        now->task_id[0] != '\0' ? kinmu_text(now->task_id) : kinmu_null()};
    book_put(h->book, USE_SHIFT, person, 0, shift_values);
}

/* On the clock of this machine. */
static const char *print_local(hearing *h, int64_t unix_ns) {
    kinmu_civil at = kinmu_civil_from(unix_ns, h->call->utc_offset_s);
    return memory_print(h->memory, "%04d-%02d-%02d %02d:%02d", at.year, at.month, at.day, at.hour,
                        at.minute);
}

int32_t punch_moment(hearing *h, uint32_t input, int64_t *at_ns) {
    int64_t now_ns = h->call->now_ns;
    *at_ns = desk_number(h->call, input, now_ns);
    if (*at_ns > now_ns + SLACK_NS) {
        return refuse(h, KINMU_E_REJECT, "punch.future", print_local(h, *at_ns), NULL);
    }
    /* A plugin may bring what a device kept while it was offline (WRK-22). */
    if (*at_ns < now_ns - SLACK_NS && strncmp(h->call->caller, "plugin:", 7) != 0) {
        return refuse(h, KINMU_E_REJECT, "punch.past", print_local(h, *at_ns), NULL);
    }
    *at_ns = *at_ns > now_ns ? now_ns : *at_ns;
    return KINMU_OK;
}

/* ---- a punch ---- */

/* The same punch again, by the id at its source. */
static int32_t is_known(hearing *h, const char *person) {
    const char *id = desk_text(h->call, IN_SOURCE_ID);
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"source_id", KINMU_COMPARE_EQUAL, 0, kinmu_text(id)},
    };
    if (id[0] == '\0') {
        return 0;
    }
    book_read(h->book, USE_PUNCH, filters, 2);
    for (const row *r = h->book->first[USE_PUNCH]; r != NULL; r = r->next) {
        if (row_is(r, KINMU_ATTENDANCE_PUNCH_PERSON, person) &&
            row_is(r, KINMU_ATTENDANCE_PUNCH_SOURCE_ID, id)) {
            return 1;
        }
    }
    return 0;
}

static int32_t check_inputs(hearing *h, const punch *p) {
    static const struct {
        uint32_t input;
        const char *name;
    } texts[] = {{IN_TASK, "task"}, {IN_REPORT, "report"}, {IN_REASON, "reason"},
                 {IN_NOTE, "note"}, {IN_PLACE, "place"},   {IN_SOURCE_ID, "source_id"}};
    kinmu_value overtime = kinmu_i64(0);
    kinmu_value scheduled = kinmu_i64(0);
    int32_t status = inputs_word(h, "kind", "start|break|resume|end", p->kind);
    status = status == KINMU_OK ? inputs_form(h, IN_FORM) : status;
    status = status == KINMU_OK
                 ? inputs_number(h, IN_OVERTIME_MIN, "overtime_min", WORDS_CLOCK_MAX, &overtime)
                 : status;
    status = status == KINMU_OK
                 ? inputs_number(h, IN_SCHEDULED_MIN, "scheduled_min", APPROVAL_DAY_MIN, &scheduled)
                 : status;
    if (status == KINMU_OK && overtime.as.i64 > 0 && desk_text(h->call, IN_REASON)[0] == '\0') {
        return refuse(h, KINMU_E_REJECT, "input.missing", "overtime_min", "reason");
    }
    for (uint32_t i = 0; status == KINMU_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = inputs_length(h, texts[i].name, desk_text(h->call, texts[i].input),
                               APPROVAL_REASON_BYTES_MAX);
    }
    return status;
}

static const char *flag(hearing *h, const punch *p, uint32_t field) {
    return row_text(book_find(h->book, USE_PERSON, p->person), field);
}

/* A start may need a task (APR-06): one that it begins, or one registered for the day. */
static int32_t check_task(hearing *h, punch *p) {
    const char *words = desk_text(h->call, IN_TASK);
    task_read_day(h->book, p->person, p->day->date);
    if (words[0] != '\0') {
        p->task = task_named(h, p->person, words);
        const state_step step =
            p->task != NULL
                ? states_step(&task_machine, row_text(p->task, KINMU_WORK_TASK_STATE), "start")
                : (state_step){"running", NULL};
        return step.next != NULL ? KINMU_OK
                                 : refuse(h, KINMU_E_REJECT, step.code,
                                          row_text(p->task, KINMU_WORK_TASK_TITLE), NULL);
    }
    if (!duties_is_required(flag(h, p, KINMU_PEOPLE_PERSON_TASK_AT_REQUEST), p->form)) {
        return KINMU_OK;
    }
    for (const row *r = h->book->first[USE_TASK]; r != NULL; r = r->next) {
        if (row_is(r, KINMU_WORK_TASK_PERSON, p->person) &&
            row_is(r, KINMU_WORK_TASK_DATE, p->day->date) &&
            !row_is(r, KINMU_WORK_TASK_STATE, "deleted")) {
            return KINMU_OK;
        }
    }
    return refuse(h, KINMU_E_REJECT, "task.required", NULL, NULL);
}

/* An end may need a report of each task of the day (APR-06); one given with it is for those
 * without. */
static int32_t check_report(hearing *h, const punch *p) {
    const char *given = desk_text(h->call, IN_REPORT);
    int32_t is_required =
        duties_is_required(flag(h, p, KINMU_PEOPLE_PERSON_REPORT_AT_END), p->form);
    uint32_t count = 0;
    task_read_day(h->book, p->person, p->now.date);
    for (const row *r = h->book->first[USE_TASK]; r != NULL; r = r->next) {
        if (!row_is(r, KINMU_WORK_TASK_PERSON, p->person) ||
            !row_is(r, KINMU_WORK_TASK_DATE, p->now.date) ||
            row_is(r, KINMU_WORK_TASK_STATE, "deleted")) {
            continue;
        }
        count++;
        if (is_required && given[0] == '\0' && row_text(r, KINMU_WORK_TASK_REPORT)[0] == '\0') {
            return refuse(h, KINMU_E_REJECT, "report.required", row_text(r, KINMU_WORK_TASK_TITLE),
                          NULL);
        }
    }
    return is_required && count == 0
               ? refuse(h, KINMU_E_REJECT, "report.no-task", p->now.date, NULL)
               : KINMU_OK;
}

/* The report goes to every task of the day that has none. */
static void write_reports(hearing *h, const punch *p) {
    const char *report = desk_text(h->call, IN_REPORT);
    for (const row *r = h->book->first[USE_TASK]; report[0] != '\0' && r != NULL; r = r->next) {
        if (row_is(r, KINMU_WORK_TASK_PERSON, p->person) &&
            row_is(r, KINMU_WORK_TASK_DATE, p->now.date) &&
            !row_is(r, KINMU_WORK_TASK_STATE, "deleted") &&
            row_text(r, KINMU_WORK_TASK_REPORT)[0] == '\0') {
            kinmu_value values[KINMU_WORK_TASK_FIELDS];
            memcpy(values, r->values, sizeof values);
            values[KINMU_WORK_TASK_REPORT] = kinmu_text(report);
            book_put(h->book, USE_TASK, p->person, 0, values);
        }
    }
}

/* The request of a start or an end; returns its id. */
static const char *ask(hearing *h, const punch *p, const char **state) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS] = {{0}};
    int32_t is_start = strcmp(p->kind, "start") == 0;
    int64_t overtime = desk_number(h->call, IN_OVERTIME_MIN, 0);
    const char *reason = desk_text(h->call, IN_REASON);
    int64_t clock = calendar_clock(p->day, p->now.date, p->at_ns);
    values[KINMU_REQUEST_REQUEST_WORK_FORM] = kinmu_text(p->form);
    values[is_start ? KINMU_REQUEST_REQUEST_FROM_CLOCK : KINMU_REQUEST_REQUEST_TO_CLOCK] =
        kinmu_i64(clock > WORDS_CLOCK_MAX ? WORDS_CLOCK_MAX : clock);
    if (overtime > 0) {
        values[KINMU_REQUEST_REQUEST_OVERTIME_MIN] = kinmu_i64(overtime);
    }
    if (reason[0] != '\0') {
        values[KINMU_REQUEST_REQUEST_REASON] = kinmu_text(reason);
    }
    if (desk_is_given(h->call, IN_SCHEDULED_MIN)) {
        values[KINMU_REQUEST_REQUEST_SCHEDULED_MIN] =
            kinmu_i64(desk_number(h->call, IN_SCHEDULED_MIN, 0));
    }
    const char *rule = flag(
        h, p, is_start ? KINMU_PEOPLE_PERSON_START_APPROVAL : KINMU_PEOPLE_PERSON_END_APPROVAL);
    const request_draft draft = {.kind = p->kind,
                                 .person = p->person,
                                 .date = p->now.date,
                                 .group_id = calendar_group(h->book, p->person, p->now.date),
                                 .values = values,
                                 .comment = "",
                                 .is_automatic =
                                     !duties_is_manual(p->kind, rule, p->form, overtime)};
    *state = draft.is_automatic ? "approved" : "pending";
    return request_make(h, &draft);
}

/* The task that runs ends with the shift, or when that ended by itself. */
static void end_running(hearing *h, punch *p) {
    const row *running = book_find(h->book, USE_TASK, p->now.task_id);
    if (row_is(running, KINMU_WORK_TASK_STATE, "running")) {
        int64_t end_ns = p->now.is_auto_ended ? p->now.auto_end_ns : p->at_ns;
        task_end(h, running, end_ns, "");
        shift_write(h, p->person, "task_end", p->now.task_id, "", end_ns, NULL);
    }
    p->now.task_id = "";
}

static void answer(hearing *h, const punch *p, const char *request_id, const char *request_state) {
    desk_answer(h->call, kinmu_text(p->now.state));
    desk_answer(h->call, kinmu_text(calendar_moment(h, p->day, p->now.punched_ns)));
    desk_answer(h->call, request_id[0] != '\0' ? kinmu_text(request_id) : kinmu_null());
    desk_answer(h->call, request_id[0] != '\0' ? kinmu_text(request_state) : kinmu_null());
    desk_answer_position(h->call);
}

/* Person, moment, day and shift; refused when the punch is out of turn. */
static int32_t prepare(hearing *h, punch *p) {
    int32_t status = check_inputs(h, p);
    p->person = status == KINMU_OK ? who_concerns(h, IN_PERSON, &status) : NULL;
    status = p->person != NULL ? punch_moment(h, IN_AT, &p->at_ns) : status;
    p->day = status == KINMU_OK ? calendar_find(h, p->person, p->at_ns) : NULL;
    if (p->day == NULL) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    if (calendar_group(h->book, p->person, p->day->date)[0] == '\0') {
        return refuse(h, KINMU_E_REJECT, "who.group", p->person, p->day->date);
    }
    return shift_read(h, p->person, p->at_ns, p->day, &p->now);
}

static int32_t check_turn(hearing *h, punch *p) {
    const char *at = calendar_moment(h, p->day, p->at_ns);
    if (p->at_ns < p->now.punched_ns) {
        return refuse(h, KINMU_E_REJECT, "punch.order", at,
                      calendar_moment(h, p->day, p->now.punched_ns));
    }
    /* An end in the very minute of the automatic one is still an end. */
    if (p->now.is_auto_ended && strcmp(p->kind, "end") == 0 &&
        p->at_ns < p->now.auto_end_ns + MINUTE_NS) {
        p->now.is_auto_ended = 0;
        p->now.state = "working";
    }
    const state_step step = states_step(&shift_machine, p->now.state, p->kind);
    p->next = step.next;
    return step.next != NULL ? KINMU_OK
                             : refuse(h, KINMU_E_REJECT, step.code,
                                      calendar_moment(h, p->day, p->now.started_ns), NULL);
}

/* The shift, its tasks and reports as the punch leaves them. */
static void write_punch(hearing *h, punch *p, int32_t is_start, int32_t is_end) {
    const char *title = desk_text(h->call, IN_TASK);
    if (is_start || is_end) {
        end_running(h, p);
    }
    p->now.state = p->next;
    p->now.punched_ns = p->at_ns;
    if (is_start) {
        p->now.date = p->day->date;
        p->now.started_ns = p->at_ns;
        p->now.work_form = p->form;
        p->now.is_auto_ended = 0;
    }
    if (is_end) {
        write_reports(h, p);
    }
    if (is_start && title[0] != '\0') {
        p->now.task_id = task_start(h, p->task, p->person, p->day, title, p->form, p->at_ns);
    }
    shift_write(h, p->person, p->kind, "", p->form, p->at_ns, &p->now);
    if (p->now.task_id[0] != '\0' && is_start) {
        shift_write(h, p->person, "task_start", p->now.task_id, p->form, p->at_ns, NULL);
    }
}

int32_t punch_judge(hearing *h) {
    punch p = {.kind = desk_text(h->call, IN_KIND), .now = {.task_id = ""}};
    const char *given = desk_text(h->call, IN_FORM);
    const char *request_id = "";
    const char *request_state = "";
    int32_t status = prepare(h, &p);
    if (status != KINMU_OK) {
        return status;
    }
    if (is_known(h, p.person)) {
        answer(h, &p, "", "");
        return h->book->status;
    }
    int32_t is_start = strcmp(p.kind, "start") == 0;
    int32_t is_end = strcmp(p.kind, "end") == 0;
    status = check_turn(h, &p);
    if (status != KINMU_OK) {
        return status;
    }
    p.form = given[0] != '\0' ? given : is_start ? "ordinary" : p.now.work_form;
    status = is_start ? check_task(h, &p) : is_end ? check_report(h, &p) : KINMU_OK;
    if (p.now.task_id[0] != '\0') {
        (void)task_named(h, p.person, p.now.task_id);
    }
    if (status != KINMU_OK || h->book->status != KINMU_OK) {
        return status != KINMU_OK ? status : h->book->status;
    }
    write_punch(h, &p, is_start, is_end);
    if (is_start || is_end) {
        request_id = ask(h, &p, &request_state);
    }
    desk_audit(h->decision, h->call, p.person, "approval.punch", p.kind,
               desk_text(h->call, IN_REASON));
    answer(h, &p, request_id, request_state);
    return h->book->status;
}

int32_t shift_show_judge(hearing *h) {
    int32_t status;
    shift now;
    const char *person = who_concerns(h, 0, &status);
    calendar *c = person != NULL ? calendar_find(h, person, h->call->now_ns) : NULL;
    if (c == NULL) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    status = shift_read(h, person, h->call->now_ns, c, &now);
    if (status != KINMU_OK) {
        return status;
    }
    desk_answer(h->call, kinmu_text(now.state));
    desk_answer(h->call, now.date[0] != '\0' ? kinmu_text(now.date) : kinmu_null());
    desk_answer(h->call, now.started_ns != 0 ? kinmu_text(calendar_moment(h, c, now.started_ns))
                                             : kinmu_null());
    desk_answer(h->call, kinmu_text(now.work_form));
    desk_answer(h->call, now.task_id[0] != '\0' ? kinmu_text(now.task_id) : kinmu_null());
    desk_answer(h->call, kinmu_bool(now.is_auto_ended));
    return h->book->status;
}
