/* approval/task.c - tasks and meetings: planned, begun and ended by punches, reported on (WRK-21,
 * WRK-22, APR-06). */
#include "approval.h"

#include <stdio.h>
#include <string.h>

#define TITLE_BYTES_MAX 1024u
#define PROGRESS_MAX 100

enum { START_TASK, START_FORM, START_AT, START_PERSON };
enum { END_REPORT, END_PROGRESS, END_AT, END_PERSON };
/* What task add and task set have in common comes in this order. */
enum {
    PLAN_FROM,
    PLAN_TO,
    PLAN_ALL_DAY,
    PLAN_DETAIL,
    PLAN_KIND,
    PLAN_FORM,
    PLAN_MEMBERS,
    PLAN_REPORT,
    PLAN_PROGRESS
};
enum { ADD_TITLE, ADD_DATE, ADD_PLAN };
#define ADD_PERSON (ADD_PLAN + PLAN_PROGRESS + 1)
enum { SET_TASK, SET_TITLE, SET_PLAN };

void task_read_day(book *b, const char *person, const char *date) {
    const kinmu_filter filters[] = {
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"date", KINMU_COMPARE_EQUAL, 0, kinmu_text(date)},
    };
    book_read(b, USE_TASK, filters, 2);
}

const row *task_named(hearing *h, const char *person, const char *words) {
    book_read_by(h->book, USE_TASK, "task_id", words);
    const row *found = book_find(h->book, USE_TASK, words);
    return row_is(found, KINMU_WORK_TASK_PERSON, person) ? found : NULL;
}

static void put(hearing *h, const kinmu_value *values) {
    book_put(h->book, USE_TASK, values[KINMU_WORK_TASK_PERSON].as.text, 0, values);
}

void task_end(hearing *h, const row *task, int64_t unix_ns, const char *report) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS];
    memcpy(values, task->values, sizeof values);
    values[KINMU_WORK_TASK_STATE] = kinmu_text("done");
    values[KINMU_WORK_TASK_END_NS] = kinmu_time(unix_ns);
    if (report[0] != '\0') {
        values[KINMU_WORK_TASK_REPORT] = kinmu_text(report);
    }
    put(h, values);
}

const char *task_start(hearing *h, const row *task, const char *person, const calendar *c,
                       const char *title, const char *work_form, int64_t unix_ns) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS] = {{0}};
    if (task != NULL) {
        memcpy(values, task->values, sizeof values);
    } else {
        values[KINMU_WORK_TASK_TASK_ID] = kinmu_text(book_new_id(h->book, 't'));
        values[KINMU_WORK_TASK_PERSON] = kinmu_text(person);
        values[KINMU_WORK_TASK_TITLE] = kinmu_text(title);
        values[KINMU_WORK_TASK_WORK_FORM] = kinmu_text(work_form);
        values[KINMU_WORK_TASK_KIND] = kinmu_text("personal");
        values[KINMU_WORK_TASK_SOURCE] = kinmu_text("punch");
    }
    values[KINMU_WORK_TASK_DATE] = kinmu_text(c->date);
    values[KINMU_WORK_TASK_IS_ALL_DAY] = kinmu_bool(0);
    values[KINMU_WORK_TASK_START_NS] = kinmu_time(unix_ns);
    values[KINMU_WORK_TASK_END_NS] = kinmu_null();
    values[KINMU_WORK_TASK_STATE] = kinmu_text("running");
    put(h, values);
    return values[KINMU_WORK_TASK_TASK_ID].as.text;
}

static void answer(hearing *h, const char *task_id, const char *state) {
    desk_answer(h->call, kinmu_text(task_id));
    desk_answer(h->call, kinmu_text(state));
    desk_answer_position(h->call);
}

/* ---- by punches ---- */

/* The person, the moment and the shift of a task punch; the shift has to allow it. */
static int32_t begin_punch(hearing *h, uint32_t person_input, uint32_t at_input, const char *kind,
                           const char **person, int64_t *at_ns, calendar **c, shift *now) {
    int32_t status;
    *person = who_concerns(h, person_input, &status);
    if (*person == NULL) {
        return status;
    }
    status = punch_moment(h, at_input, at_ns);
    *c = status == KINMU_OK ? calendar_find(h, *person, *at_ns) : NULL;
    if (*c == NULL) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    status = shift_read(h, *person, *at_ns, *c, now);
    if (status != KINMU_OK) {
        return status;
    }
    if (*at_ns < now->punched_ns) {
        return refuse(h, KINMU_E_REJECT, "punch.order", calendar_moment(h, *c, *at_ns),
                      calendar_moment(h, *c, now->punched_ns));
    }
    const state_step step = states_step(&shift_machine, now->state, kind);
    if (step.next == NULL) {
        return refuse(h, KINMU_E_REJECT, step.code, calendar_moment(h, *c, now->started_ns), NULL);
    }
    if (now->task_id[0] != '\0') {
        (void)task_named(h, *person, now->task_id);
    }
    return h->book->status;
}

int32_t task_start_judge(hearing *h) {
    const char *words = desk_text(h->call, START_TASK);
    const char *form = desk_text(h->call, START_FORM);
    const char *person = "";
    int64_t at_ns = 0;
    calendar *c = NULL;
    shift now = {.state = "off", .task_id = "", .work_form = ""};
    int32_t status =
        begin_punch(h, START_PERSON, START_AT, "task_start", &person, &at_ns, &c, &now);
    status = status == KINMU_OK ? inputs_form(h, START_FORM) : status;
    if (status != KINMU_OK) {
        return status;
    }
    if (words[0] == '\0') {
        return refuse(h, KINMU_E_REJECT, "input.missing", "task_start", "task");
    }
    status = inputs_length(h, "task", words, TITLE_BYTES_MAX);
    if (status != KINMU_OK) {
        return status;
    }
    const row *task = task_named(h, person, words);
    if (task != NULL) {
        const state_step step =
            states_step(&task_machine, row_text(task, KINMU_WORK_TASK_STATE), "start");
        if (step.next == NULL) {
            return refuse(h, KINMU_E_REJECT, step.code, row_text(task, KINMU_WORK_TASK_TITLE),
                          NULL);
        }
    }
    if (h->book->status != KINMU_OK) {
        return h->book->status;
    }
    form = form[0] != '\0' ? form : now.work_form;
    const row *running = book_find(h->book, USE_TASK, now.task_id);
    if (row_is(running, KINMU_WORK_TASK_STATE, "running")) {
        task_end(h, running, at_ns, ""); /* in the same moment (WRK-22) */
        shift_write(h, person, "task_end", now.task_id, "", at_ns, NULL);
    }
    now.task_id = task_start(h, task, person, c, words, form, at_ns);
    now.punched_ns = at_ns;
    shift_write(h, person, "task_start", now.task_id, form, at_ns, &now);
    desk_audit(h->decision, h->call, person, "approval.task_start", now.task_id, "");
    answer(h, now.task_id, "running");
    return h->book->status;
}

int32_t task_end_judge(hearing *h) {
    const char *report = desk_text(h->call, END_REPORT);
    kinmu_value progress = kinmu_null();
    const char *person = "";
    int64_t at_ns = 0;
    calendar *c = NULL;
    shift now = {.state = "off", .task_id = "", .work_form = ""};
    int32_t status = begin_punch(h, END_PERSON, END_AT, "task_end", &person, &at_ns, &c, &now);
    if (status != KINMU_OK) {
        return status;
    }
    const row *running = book_find(h->book, USE_TASK, now.task_id);
    if (!row_is(running, KINMU_WORK_TASK_STATE, "running")) {
        return refuse(h, KINMU_E_REJECT, "task.none", NULL, NULL);
    }
    status = inputs_number(h, END_PROGRESS, "progress_percent", PROGRESS_MAX, &progress);
    if (status != KINMU_OK) {
        return status;
    }
    const char *task_id = now.task_id;
    if (progress.type != KINMU_TYPE_NULL) {
        kinmu_value *values = memory_values(h->memory, running->values, KINMU_WORK_TASK_FIELDS, 0);
        if (values == NULL) {
            return KINMU_E_NOMEM;
        }
        values[KINMU_WORK_TASK_PROGRESS_PERCENT] = progress;
        const row changed = {.values = values};
        task_end(h, &changed, at_ns, report);
    } else {
        task_end(h, running, at_ns, report);
    }
    now.task_id = "";
    now.punched_ns = at_ns;
    shift_write(h, person, "task_end", task_id, "", at_ns, &now);
    desk_audit(h->decision, h->call, person, "approval.task_end", task_id, "");
    answer(h, task_id, "done");
    return h->book->status;
}

/* ---- by hand ---- */

/* "9:00" of the date as a moment. */
static int32_t take_clock(hearing *h, uint32_t input, const calendar *c, const char *date,
                          kinmu_value *value) {
    kinmu_value clock = kinmu_null();
    int32_t status = inputs_clock(h, input, &clock);
    if (clock.type != KINMU_TYPE_NULL) {
        *value = kinmu_time(calendar_at(c, date, clock.as.i64));
    }
    return status;
}

/* choices NULL: any text. */
static int32_t take_text(hearing *h, uint32_t input, const char *name, const char *choices,
                         uint32_t bytes_max, kinmu_value *value) {
    const char *text = desk_text(h->call, input);
    if (!desk_is_given(h->call, input)) {
        return KINMU_OK;
    }
    *value = text[0] != '\0' ? kinmu_text(text) : kinmu_null();
    return choices != NULL ? inputs_word(h, name, choices, text)
                           : inputs_length(h, name, text, bytes_max);
}

/* The inputs that task add and task set have in common, from `from` on. */
static int32_t take_plan(hearing *h, uint32_t from, const calendar *c, const char *date,
                         kinmu_value *values) {
    static const struct {
        uint32_t input, field;
        const char *name, *choices;
    } texts[] = {
        {PLAN_DETAIL, KINMU_WORK_TASK_DETAIL, "detail", NULL},
        {PLAN_KIND, KINMU_WORK_TASK_KIND, "kind", "personal|meeting"},
        {PLAN_FORM, KINMU_WORK_TASK_WORK_FORM, "work_form", APPROVAL_FORMS},
        {PLAN_MEMBERS, KINMU_WORK_TASK_MEMBERS, "members", NULL},
        {PLAN_REPORT, KINMU_WORK_TASK_REPORT, "report", NULL},
    };
    int32_t status = take_clock(h, from + PLAN_FROM, c, date, &values[KINMU_WORK_TASK_START_NS]);
    if (status == KINMU_OK) {
        status = take_clock(h, from + PLAN_TO, c, date, &values[KINMU_WORK_TASK_END_NS]);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = take_text(h, from + texts[i].input, texts[i].name, texts[i].choices,
                           APPROVAL_REASON_BYTES_MAX, &values[texts[i].field]);
    }
    if (status == KINMU_OK) {
        status = inputs_number(h, from + PLAN_PROGRESS, "progress_percent", PROGRESS_MAX,
                               &values[KINMU_WORK_TASK_PROGRESS_PERCENT]);
    }
    if (status != KINMU_OK) {
        return status;
    }
    if (desk_is_given(h->call, from + PLAN_ALL_DAY)) {
        values[KINMU_WORK_TASK_IS_ALL_DAY] =
            kinmu_bool((int32_t)desk_number(h->call, from + PLAN_ALL_DAY, 0));
    }
    if (values[KINMU_WORK_TASK_IS_ALL_DAY].as.i64 != 0) {
        values[KINMU_WORK_TASK_START_NS] = kinmu_null();
        values[KINMU_WORK_TASK_END_NS] = kinmu_null();
    }
    if (values[KINMU_WORK_TASK_START_NS].type != KINMU_TYPE_NULL &&
        values[KINMU_WORK_TASK_END_NS].type != KINMU_TYPE_NULL &&
        values[KINMU_WORK_TASK_END_NS].as.i64 <= values[KINMU_WORK_TASK_START_NS].as.i64) {
        return refuse(h, KINMU_E_REJECT, "input.order", desk_text(h->call, from + PLAN_FROM),
                      desk_text(h->call, from + PLAN_TO));
    }
    return KINMU_OK;
}

int32_t task_add_judge(hearing *h) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS] = {{0}};
    char date[WORDS_DATE_SIZE];
    int32_t status;
    const char *person = who_concerns(h, ADD_PERSON, &status);
    calendar *c = person != NULL ? calendar_find(h, person, h->call->now_ns) : NULL;
    if (c == NULL) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    memcpy(date, c->date, sizeof date);
    if (desk_is_given(h->call, ADD_DATE) && !words_date(desk_text(h->call, ADD_DATE), date)) {
        return refuse(h, KINMU_E_REJECT, "input.date", desk_text(h->call, ADD_DATE), NULL);
    }
    values[KINMU_WORK_TASK_TASK_ID] = kinmu_text(book_new_id(h->book, 't'));
    values[KINMU_WORK_TASK_PERSON] = kinmu_text(person);
    values[KINMU_WORK_TASK_DATE] = kinmu_text(date);
    values[KINMU_WORK_TASK_WORK_FORM] = kinmu_text("ordinary");
    values[KINMU_WORK_TASK_KIND] = kinmu_text("personal");
    values[KINMU_WORK_TASK_IS_ALL_DAY] = kinmu_bool(0);
    values[KINMU_WORK_TASK_SOURCE] = kinmu_text("manual");
    values[KINMU_WORK_TASK_STATE] = kinmu_text("planned");
    status =
        take_text(h, ADD_TITLE, "title", NULL, TITLE_BYTES_MAX, &values[KINMU_WORK_TASK_TITLE]);
    status = status == KINMU_OK ? take_plan(h, ADD_PLAN, c, date, values) : status;
    if (status == KINMU_OK && values[KINMU_WORK_TASK_TITLE].type == KINMU_TYPE_NULL) {
        status = refuse(h, KINMU_E_REJECT, "input.missing", "task", "title");
    }
    if (status != KINMU_OK) {
        return status;
    }
    put(h, values);
    desk_audit(h->decision, h->call, person, "approval.task_add",
               values[KINMU_WORK_TASK_TASK_ID].as.text, "");
    answer(h, values[KINMU_WORK_TASK_TASK_ID].as.text, "planned");
    return h->book->status;
}

/* The task a call names, if the asker may change it and its state allows the action. */
static int32_t find_task(hearing *h, const char *action, const row **task, state_step *step) {
    const char *id = desk_text(h->call, SET_TASK);
    book_read_by(h->book, USE_TASK, "task_id", id);
    *task = book_find(h->book, USE_TASK, id);
    if (h->book->status != KINMU_OK) {
        return h->book->status;
    }
    const char *person = row_text(*task, KINMU_WORK_TASK_PERSON);
    if (*task == NULL || (!h->is_admin && strcmp(person, h->asker) != 0)) {
        return refuse(h, KINMU_E_NOTFOUND, "task.unknown", id, NULL);
    }
    *step = states_step(&task_machine, row_text(*task, KINMU_WORK_TASK_STATE), action);
    if (step->next == NULL) {
        return refuse(h, KINMU_E_REJECT, step->code, row_text(*task, KINMU_WORK_TASK_TITLE), NULL);
    }
    who_read(h->book, person);
    return h->book->status;
}

int32_t task_set_judge(hearing *h) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS];
    state_step step = {NULL, NULL};
    const row *task = NULL;
    int32_t status = find_task(h, "edit", &task, &step);
    if (status != KINMU_OK || step.next == NULL) {
        return status;
    }
    const char *person = row_text(task, KINMU_WORK_TASK_PERSON);
    calendar *c = calendar_find(h, person, h->call->now_ns);
    if (c == NULL) {
        return KINMU_E_REJECT;
    }
    memcpy(values, task->values, sizeof values);
    status =
        take_text(h, SET_TITLE, "title", NULL, TITLE_BYTES_MAX, &values[KINMU_WORK_TASK_TITLE]);
    status = status == KINMU_OK
                 ? take_plan(h, SET_PLAN, c, row_text(task, KINMU_WORK_TASK_DATE), values)
                 : status;
    if (status == KINMU_OK && values[KINMU_WORK_TASK_TITLE].type == KINMU_TYPE_NULL) {
        status = refuse(h, KINMU_E_REJECT, "input.missing", "task", "title");
    }
    if (status != KINMU_OK) {
        return status;
    }
    values[KINMU_WORK_TASK_STATE] = kinmu_text(step.next);
    put(h, values);
    desk_audit(h->decision, h->call, person, "approval.task_set",
               row_text(task, KINMU_WORK_TASK_TASK_ID), "");
    answer(h, row_text(task, KINMU_WORK_TASK_TASK_ID), step.next);
    return h->book->status;
}

int32_t task_delete_judge(hearing *h) {
    kinmu_value values[KINMU_WORK_TASK_FIELDS];
    state_step step = {NULL, NULL};
    const row *task = NULL;
    int32_t status = find_task(h, "delete", &task, &step);
    if (status != KINMU_OK || step.next == NULL) {
        return status;
    }
    memcpy(values, task->values, sizeof values);
    values[KINMU_WORK_TASK_STATE] = kinmu_text(step.next);
    put(h, values);
    desk_audit(h->decision, h->call, row_text(task, KINMU_WORK_TASK_PERSON), "approval.task_delete",
               row_text(task, KINMU_WORK_TASK_TASK_ID), "");
    answer(h, row_text(task, KINMU_WORK_TASK_TASK_ID), step.next);
    return h->book->status;
}
