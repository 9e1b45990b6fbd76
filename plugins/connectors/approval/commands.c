/* approval/commands.c - what people and other plugins may call: the tables, and who judges it. The
 * order of inputs is that of the enums at the head of the file that judges. */
#include "approval.h"
#include "fields.h"

#define FORM CHOICE("work_form", 0, APPROVAL_FORMS, "Form of work: home is 在宅.")
#define PERSON                                                                                     \
    GIVEN("person", TEXT, "Whose; not given: the caller's. Others need an administrator.")
#define AS                                                                                         \
    GIVEN("as", TEXT,                                                                              \
          "Who decides, where an administrator or a plugin enters it for him; not "                \
          "given: the caller.")
#define AT                                                                                         \
    FIELD("at", TIME, 0, "ns", NULL,                                                               \
          "The moment; not given: now. Past ones only from plugins, in order.")
#define POSITION COUNT("position", "Number of the decision.")
#define AFTER GIVEN("after", TEXT, "next of the page before.")
#define NEXT GIVEN("next", TEXT, "Where the next page begins; null = this is the last.")
#define FROM_DATE GIVEN("from_date", TEXT, "First date, 2026-11-01.")
#define TO_DATE GIVEN("to_date", TEXT, "Last date.")

/* ---- inputs and outputs ---- */

static const kinmu_field punch_input[] = {
    CHOICE("kind", KINMU_FIELD_REQUIRED, "start|break|resume|end", "What begins or ends."),
    FORM,
    GIVEN("task", TEXT, "start: the task to begin with, by title, or by id of a planned one."),
    GIVEN("report", TEXT, "end: report of the day's tasks that have none."),
    NUMBER("overtime_min", "min", "start, end: overtime asked for; always needs approval."),
    NUMBER("scheduled_min", "min", "start, end: scheduled work of this day, where it is another."),
    GIVEN("reason", TEXT, "Why; needed with overtime."),
    GIVEN("note", TEXT, "Free text."),
    GIVEN("place", TEXT, "Terminal or place."),
    GIVEN("source_id", TEXT, "Id at the source; the same id again is the same punch."),
    AT,
    PERSON,
};
static const kinmu_field punch_output[] = {
    NEEDED("state", TEXT, "off, working or break."),
    NEEDED("at", TEXT, "The moment it was taken for."),
    GIVEN("request_id", TEXT, "The request that follows from a start or an end."),
    GIVEN("request_state", TEXT, "pending, or approved by rule."),
    POSITION,
};

static const kinmu_field shift_input[] = {PERSON};
static const kinmu_field shift_output[] = {
    PERSONAL("state", KINMU_FIELD_REQUIRED, "", "off, working or break."),
    GIVEN("date", TEXT, "Business day of the last shift."),
    GIVEN("started", TEXT, "When it began."),
    NEEDED("work_form", TEXT, "Form of work."),
    GIVEN("task_id", TEXT, "The task being worked on."),
    NEEDED("is_auto_ended", BOOL, "It was forgotten, and ended by the pattern's clock."),
};

#define ASKED                                                                                      \
    GIVEN("from", TEXT, "Clock, 9:00."), GIVEN("to", TEXT, "Clock, 18:00; the day after: 27:00."), \
        NUMBER("break_min", "min", "Breaks in sum."),                                              \
        NUMBER("overtime_min", "min", "Overtime asked for."),                                      \
        NUMBER("scheduled_min", "min", "Scheduled work of that day, where it is another."), FORM,  \
        GIVEN("cause", TEXT, "Divergence: the cause chosen."), GIVEN("reason", TEXT, "Why.")

static const kinmu_field request_input[] = {
    CHOICE("kind", KINMU_FIELD_REQUIRED,
           "correction|overtime|holiday-work|divergence-reason|leave|device|incident|contract",
           "What is asked for."),
    NEEDED("date", TEXT, "The business day, 2026-11-22; a device is granted up to its clock to."),
    ASKED,
    PERSON,
    GIVEN("object", TEXT,
          "device: vendor:product:serial; incident: its id; contract: what is agreed to."),
};
static const kinmu_field resubmit_input[] = {
    NEEDED("request_id", TEXT, "A request that was returned."),
    ASKED,
};
static const kinmu_field request_output[] = {
    NEEDED("request_id", TEXT, "Id of the request."),
    NEEDED("state", TEXT, "Where it stands now."),
    POSITION,
};

static const kinmu_field decide_input[] = {
    NEEDED("request_id", TEXT, "Which request."),
    GIVEN("comment", TEXT, "Kept in its history."),
    AS,
};

static const kinmu_field task_start_input[] = {
    NEEDED("task", TEXT, "Title, or id of a planned task."), FORM, AT, PERSON};
static const kinmu_field task_end_input[] = {
    GIVEN("report", TEXT, "What was done."),
    NUMBER("progress_percent", "%", "0 to 100."),
    AT,
    PERSON,
};
#define PLAN                                                                                       \
    GIVEN("from", TEXT, "Clock, 9:00."), GIVEN("to", TEXT, "Clock, 18:00; the day after: 27:00."), \
        GIVEN("all_day", BOOL, "終日業務."), GIVEN("detail", TEXT, "業務内容詳細."),               \
        CHOICE("kind", 0, "personal|meeting", "個人タスク or 会議."), FORM,                        \
        GIVEN("members", TEXT, "Other persons, joined by \";\"."),                                 \
        GIVEN("report", TEXT, "業務報告."), NUMBER("progress_percent", "%", "進捗率, 0 to 100.")
static const kinmu_field task_add_input[] = {
    NEEDED("title", TEXT, "業務内容."),
    GIVEN("date", TEXT, "Business day; not given: today."),
    PLAN,
    PERSON,
};
static const kinmu_field task_set_input[] = {
    NEEDED("task_id", TEXT, "Which task."),
    GIVEN("title", TEXT, "業務内容."),
    PLAN,
};
static const kinmu_field task_delete_input[] = {NEEDED("task_id", TEXT, "Which task.")};
static const kinmu_field task_output[] = {
    NEEDED("task_id", TEXT, "Id of the task."),
    NEEDED("state", TEXT, "planned, running, done or deleted."),
    POSITION,
};

static const kinmu_field request_list_input[] = {
    FROM_DATE,
    TO_DATE,
    CHOICE("state", 0, "draft|pending|approved|denied|returned|withdrawn|expired|illicit|harmless",
           "Only these."),
    AFTER,
    PERSON,
};
static const kinmu_field task_list_input[] = {FROM_DATE, TO_DATE, AFTER, PERSON};
static const kinmu_field list_output[] = {
    PERSONAL("rows", KINMU_FIELD_REQUIRED, "json", "JSON list of records."), NEXT};
static const kinmu_field show_input[] = {NEEDED("request_id", TEXT, "Which request.")};
static const kinmu_field show_output[] = {
    PERSONAL("text", KINMU_FIELD_REQUIRED, "json", "The request as JSON, with all its steps.")};
static const kinmu_field inbox_input[] = {
    GIVEN("all", BOOL, "Also what he may decide as upper approver or administrator."),
    AFTER,
    AS,
};
static const kinmu_field inbox_output[] = {
    COUNT("count", "Requests that wait."),
    PERSONAL("rows", KINMU_FIELD_REQUIRED, "json", "JSON list of requests."),
    NEXT,
};

static const kinmu_field terms_input[] = {PERSON};
static const kinmu_field terms_output[] = {
    NEEDED("person", TEXT, "Whom it holds for."),
    NEEDED("date", TEXT, "Today's business day."),
    GIVEN("group_id", TEXT, "Group."),
    GIVEN("pattern_id", TEXT, "Work pattern; of the schedule of the day, if it names one."),
    GIVEN("pattern", TEXT, "Its name."),
    GIVEN("breaks", TEXT, "Break times, 11:45-12:45;18:30-19:00."),
    FIELD("work_min", I64, KINMU_FIELD_REQUIRED, "min", NULL, "Scheduled minutes."),
    NEEDED("auto_end", TEXT, "A forgotten shift ends at this clock; not before a planned end."),
    NEEDED("boundary", TEXT, "The business day begins at this clock."),
    NEEDED("zone", TEXT, "Time zone of the day."),
    GIVEN("planned_kind", TEXT, "Schedule of the day: work, legal, company or leave; null = none."),
    GIVEN("scheduled", TEXT, "Its clocks, 22:00-31:00; null where it has none."),
};

/* ---- commands ---- */

#define COMMAND(name, shell, permission, input, output, doc)                                       \
    { name, permission, KINMU_TABLE(input), KINMU_TABLE(output), doc, shell }

const kinmu_command approval_command_rows[APPROVAL_COMMANDS] = {
    COMMAND("punch", "punch", "self", punch_input, punch_output,
            "Starts or ends work or a break, now; a start and an end become requests."),
    COMMAND("shift", "shift", "self", shift_input, shift_output, "Tells where the punches stand."),
    COMMAND(
        "request", "request", "self", request_input, request_output,
        "Asks for a correction, overtime, holiday work, leave, a device or a contract, or gives "
        "the reason of a divergence."),
    COMMAND("resubmit", "resubmit", "self", resubmit_input, request_output,
            "Submits a returned request again, with what is given changed."),
    COMMAND("approve", "approve", "manager", decide_input, request_output, "Approves a request."),
    COMMAND("deny", "deny", "manager", decide_input, request_output, "Denies a request."),
    COMMAND("return", "return", "manager", decide_input, request_output,
            "Returns a request to who asked (差戻し)."),
    COMMAND("withdraw", "withdraw", "self", decide_input, request_output,
            "Takes a request back (取下げ)."),
    COMMAND("illicit", "incident illicit", "manager", decide_input, request_output,
            "Judges an incident: it was illicit (不正)."),
    COMMAND("harmless", "incident harmless", "manager", decide_input, request_output,
            "Judges an incident: there was nothing (問題なし)."),
    COMMAND("inbox", "inbox", "manager", inbox_input, inbox_output,
            "Lists what waits for an approver."),
    COMMAND("request_list", "request list", "self", request_list_input, list_output,
            "Lists a person's requests."),
    COMMAND("request_show", "request show", "self", show_input, show_output,
            "Shows a request and its history."),
    COMMAND("task_start", "task start", "self", task_start_input, task_output,
            "Starts a task; the one that runs ends in the same second."),
    COMMAND("task_end", "task end", "self", task_end_input, task_output,
            "Ends the task that runs."),
    COMMAND("task_add", "task add", "self", task_add_input, task_output,
            "Registers a task or meeting."),
    COMMAND("task_set", "task set", "self", task_set_input, task_output,
            "Changes a task, or reports on it."),
    COMMAND("task_delete", "task delete", "self", task_delete_input, task_output,
            "Deletes a task; its history stays."),
    COMMAND("task_list", "task list", "self", task_list_input, list_output,
            "Lists a person's tasks."),
    COMMAND("terms", "terms", "self", terms_input, terms_output,
            "Tells what holds for a person today: group, pattern, breaks, hours, automatic end."),
};

static const work_kind works[APPROVAL_COMMANDS + 2] = {
    {punch_judge, 0, ""},
    {shift_show_judge, 1, ""},
    {request_judge, 0, ""},
    {resubmit_judge, 0, ""},
    {decide_judge, 0, "approve"},
    {decide_judge, 0, "deny"},
    {decide_judge, 0, "return"},
    {decide_judge, 0, "withdraw"},
    {decide_judge, 0, "illicit"},
    {decide_judge, 0, "harmless"},
    {inbox_judge, 1, ""},
    {request_list_judge, 1, ""},
    {request_show_judge, 1, ""},
    {task_start_judge, 0, ""},
    {task_end_judge, 0, ""},
    {task_add_judge, 0, ""},
    {task_set_judge, 0, ""},
    {task_delete_judge, 0, ""},
    {task_list_judge, 1, ""},
    {terms_judge, 1, ""},
    [APPROVAL_EXPIRE] = {expire_judge, 0, ""},
    [APPROVAL_LATE] = {late_judge, 0, ""},
};

int32_t approval_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    approval *a = instance;
    return desk_take(&a->desk, call, works[call->command].is_reading, err);
}

int32_t approval_judge(desk_decision *d, desk_call *call) {
    approval *a = d->desk->owner;
    book *b = d->book;
    const work_kind *work = &works[call->command];
    *(approval **)call->kept = a;
    b->decision = d;
    b->host = a->host;
    b->records = a->records;
    hearing h = {.decision = d, .call = call, .book = b, .memory = &d->memory, .word = work->word};
    int32_t status = b->status != KINMU_OK ? b->status : who_asks(&h);
    return status == KINMU_OK ? work->judge(&h) : status;
}
