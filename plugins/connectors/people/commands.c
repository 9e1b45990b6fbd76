/* people/commands.c - what people and other plugins may call: the tables, and which file does it.
 *
 * The inputs of a set stand in the order of `fields`, which says what field of the record each one
 * is; a reason and other words follow. */
#include "fields.h"
#include "people.h"

#define FILES(name, doc)                                                                           \
    {                                                                                              \
        name, KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_FILE, "",      \
            NULL, doc                                                                              \
    }
#define PATH(name, doc)                                                                            \
    {                                                                                              \
        name, KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_PATH, "",      \
            NULL, doc                                                                              \
    }
#define FROM_DATE                                                                                  \
    GIVEN("from_date", TEXT,                                                                       \
          "First day it holds, 2026-11-01; not given: today, or since ever for "                   \
          "what is new.")
#define REASON GIVEN("reason", TEXT, "Why; kept in the audit entry.")

/* ---- inputs ---- */

static const kinmu_field import_input[] = {
    GIVEN("dry_run", BOOL, "Only tell what would change."),
    NUMBER("base", "id",
           "Position of the download the files come from; not given: as the files say."),
    GIVEN("force", BOOL, "Overwrite what was changed since that download."),
    GIVEN("lenient", BOOL,
          "Accept files written as the examples of N's guide are (docs/imports.md)."),
    GIVEN("encoding", TEXT, "cp932 (Shift_JIS, default) or utf8."),
    FROM_DATE,
    REASON,
    GIVEN("names", TEXT, "What to call the files in messages, one a line; not given: as they are."),
    FILES("files", "Absolute paths of the files, one a line."),
};
static const kinmu_field import_output[] = {
    NEEDED("applied", BOOL, "Whether it is done; all of it, or nothing."),
    COUNT("added", "Records that are new."),
    COUNT("changed", "Records that are different."),
    COUNT("removed", "Records that are gone."),
    COUNT("problem_count", "What was wrong; then nothing was changed."),
    JSON("problems", "JSON list of file, line, column, code, ja, en; the first 1,000."),
    JSON("warnings", "The same of what is odd but was taken."),
    JSON("difference", "JSON: counts by kind of record, and rows with before and after."),
};

static const kinmu_field export_input[] = {
    GIVEN("as_of", TEXT, "Groups and patterns in force on this date; not given: today."),
    GIVEN("encoding", TEXT, "cp932 (Shift_JIS, default) or utf8."),
    PATH("directory", "Absolute path of a folder to write into."),
};
static const kinmu_field export_output[] = {
    PERSONAL("files", KINMU_FIELD_REQUIRED, "", "Paths written, one a line."),
    COUNT("position", "Where the download was taken: base of a later import."),
    COUNT("lost", "Characters the character set lacks, written as 〓."),
};

#define RANGE                                                                                      \
    GIVEN("from_date", TEXT, "Schedules: first day; not given: that of this month."),              \
        GIVEN("to_date", TEXT, "Schedules: last day; not given: that of the first one's month.")
#define GROUP GIVEN("group_id", TEXT, "Schedules: of this group and those below it.")

static const kinmu_field sheet_input[] = {
    NEEDED("file", TEXT, "group, user, work_pattern, url_name or schedule."),
    GIVEN("encoding", TEXT, "cp932 (Shift_JIS, default) or utf8."),
    NUMBER("offset", "bytes", "Where to begin; not given: at the begin."),
    NUMBER("size", "bytes", "At most so much, 0 for none; not given: 1 MiB, and never more."),
    RANGE,
    GROUP,
};
static const kinmu_field sheet_output[] = {
    {"data", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "At most 1 MiB; less than asked for only at the end."},
    FIELD("bytes", I64, KINMU_FIELD_REQUIRED, "bytes", NULL, "Size of the whole file."),
    NEEDED("stamp", TEXT, "Is another one as soon as the file is another one."),
    NEEDED("name", TEXT, "What to call it, group_20261122.csv."),
};

static const kinmu_field set_output[] = {
    NEEDED("changed", BOOL, "Whether anything is different now."),
    COUNT("position", "Number of the decision."),
};

static const kinmu_field person_input[] = {
    NEEDED("person", TEXT, "Id, 1 to 32 characters."),
    GIVEN("employee_no", TEXT, "Number of the employee; needed for a new person."),
    GIVEN("name", TEXT, "Name as shown; needed for a new person."),
    GIVEN("kana", TEXT, "Reading of the name."),
    GIVEN("mail", TEXT, "Address for notices."),
    GIVEN("is_admin", BOOL, "System administrator."),
    GIVEN("sees_dashboard", BOOL, "May see the dashboard."),
    GIVEN("start_approval", TEXT, "form, auto or manual."),
    GIVEN("end_approval", TEXT, "form, auto or manual."),
    GIVEN("task_at_request", TEXT, "form, optional or required."),
    GIVEN("report_at_end", TEXT, "form, optional or required."),
    GIVEN("notify_break", BOOL, "Prompt at the pattern's breaks."),
    GIVEN("notify_before_end", BOOL, "Prompt before the end."),
    GIVEN("notify_end", BOOL, "Prompt at the planned end."),
    GIVEN("notify_outside", BOOL, "Prompt on work outside hours."),
    GIVEN("overtime_managed", BOOL, "Overtime asks for a request."),
    GIVEN("language", TEXT, "Language of screens and notices, ja."),
    GIVEN("group_id", TEXT, "The one group the person belongs to."),
    GIVEN("pattern_id", TEXT, "Work pattern; \"\" = none."),
    GIVEN("work_class", TEXT, "ordinary, manager, discretionary, high-skill or special."),
    FROM_DATE,
    REASON,
};
static const int8_t person_fields[] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};

static const kinmu_field state_input[] = {
    NEEDED("person", TEXT, "Whom."),
    NEEDED("state", TEXT, "active, suspended (ログイン不可), deleted or erased (完全削除)."),
    REASON,
};

static const kinmu_field group_input[] = {
    NEEDED("group_id", TEXT, "Id, 1 to 32 characters."),
    GIVEN("name", TEXT, "Name as shown; needed for a new group."),
    GIVEN("approvers", TEXT, "Persons who approve, joined by \";\"; at least one."),
    GIVEN("upper_approvers", TEXT, "Persons who may also see and approve."),
    GIVEN("parent_id", TEXT, "Group above; \"\" = top."),
    GIVEN("language", TEXT, "Language of its screens."),
    GIVEN("state", TEXT, "active, deleted or erased."),
    REASON,
};
static const int8_t group_fields[] = {0, 1, 2, 3, 4, 5, 6};

static const kinmu_field pattern_input[] = {
    NEEDED("pattern_id", TEXT, "Id, 1 to 32 characters."),
    FROM_DATE,
    GIVEN("name", TEXT, "Name as shown; needed for a new pattern."),
    GIVEN("breaks", TEXT, "Break times \"11:45-12:45;18:30-19:00\"."),
    NUMBER("work_min", "min", "Scheduled minutes; needed for a new pattern."),
    NUMBER("morning_min", "min", "Scheduled minutes of the morning."),
    NUMBER("start_clock", "min", "Planned start in minutes from 00:00."),
    NUMBER("end_clock", "min", "Planned end, up to 2879."),
    NUMBER("auto_end_clock", "min", "A forgotten shift ends at this clock; 300 = 5:00."),
    GIVEN("state", TEXT, "active or deleted."),
    REASON,
};
static const int8_t pattern_fields[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

static const kinmu_field schedule_input[] = {
    NEEDED("person", TEXT, "Whom."),
    NEEDED("date", TEXT, "The business day, 2026-11-22."),
    GIVEN("kind", TEXT, "work (default), legal, company (with a shift: holiday work) or leave."),
    GIVEN("pattern_id", TEXT, "The shift is that of this work pattern;"),
    NUMBER("start_clock", "min", "or begins at this clock, in minutes from 00:00 of the date,"),
    NUMBER("end_clock", "min", "and ends at this one, up to 2879."),
    GIVEN("breaks", TEXT,
          "Break times of a shift by clocks, \"12:00-13:00;02:00-02:30\"; before its start is the "
          "day after."),
    REASON,
};
static const kinmu_field schedule_withdraw_input[] = {
    NEEDED("person", TEXT, "Whom."),
    NEEDED("date", TEXT, "The business day, 2026-11-22."),
    REASON,
};
static const kinmu_field schedule_list_input[] = {
    RANGE,
    GIVEN("person", TEXT, "Whose; not given: everybody's."),
    GROUP,
    GIVEN("after", TEXT, "next of the page before."),
};
static const kinmu_field schedule_export_input[] = {
    RANGE,
    GROUP,
    GIVEN("encoding", TEXT, "cp932 (Shift_JIS, default) or utf8."),
    PATH("directory", "Absolute path of a folder to write into."),
};

static const kinmu_field account_input[] = {
    NEEDED("account", TEXT, "Login account as PCs tell it."),
    FROM_DATE,
    GIVEN("person", TEXT, "Whose it is; \"\" = nobody's from then on."),
    REASON,
};
static const kinmu_field computer_input[] = {
    NEEDED("computer", TEXT, "Computer name."),
    FROM_DATE,
    GIVEN("person", TEXT, "Whose it is; \"\" = nobody's from then on."),
    REASON,
};
static const kinmu_field holiday_input[] = {
    NEEDED("calendar", TEXT, "Name of the calendar, jp."),
    NEEDED("date", TEXT, "The day, 2026-11-23."),
    NEEDED("kind", TEXT, "legal, company, public, or work (a holiday taken back)."),
    GIVEN("name", TEXT, "Name of the day."),
    REASON,
};
static const kinmu_field site_input[] = {
    NEEDED("prefix", TEXT, "Beginning of an address, at most 256 characters."),
    GIVEN("name", TEXT, "Name as shown, at most 64 characters."),
    GIVEN("state", TEXT, "active or deleted."),
    REASON,
};
static const int8_t same_fields[] = {0, 1, 2, 3};

static const kinmu_field setting_input[] = {
    GIVEN("scope", TEXT, "company (default), group or person."),
    GIVEN("scope_id", TEXT, "Id of the group or person."),
    NEEDED("name", TEXT, "Name of the setting, day.zone (docs/replay.md)."),
    GIVEN("from_date", TEXT, "First day it holds, 2026-11-01; not given: today."),
    NEEDED("value", TEXT, "Its value."),
    REASON,
};

static const kinmu_field show_input[] = {
    NEEDED("person", TEXT, "Whom."),
    GIVEN("as_of", TEXT, "As it was on this date; not given: today."),
};
static const kinmu_field show_output[] = {
    PERSONAL("text", KINMU_FIELD_REQUIRED, "json",
             "The person as JSON, with assignments, accounts and computers.")};

static const kinmu_field hold_input[] = {
    NEEDED("from_date", TEXT, "First day that is held, 2026-01-01."),
    NEEDED("reason", TEXT, "Why; kept with the hold and in the audit entry."),
    GIVEN("person", TEXT, "Whose data is held;"),
    GIVEN("group_id", TEXT, "or everybody's who was or comes in this group or one below it."),
    GIVEN("to_date", TEXT, "Last day; not given: open."),
};
static const kinmu_field hold_output[] = {
    NEEDED("hold", TEXT, "Its id."),
    COUNT("held", "Accounts and people it holds now."),
    COUNT("position", "Number of the decision."),
};
static const kinmu_field release_input[] = {
    NEEDED("hold", TEXT, "Id of the hold."),
    NEEDED("reason", TEXT, "Why; kept in the audit entry."),
};

static const kinmu_field erase_input[] = {
    NEEDED("person", TEXT, "Whom."),
    NEEDED("reason", TEXT, "Why; it stays in the receipt, so it names nobody."),
};
static const kinmu_field erase_output[] = {
    NEEDED("state", TEXT,
           "erased: nothing is left; kept: the law or a hold keeps a part; unfinished: bytes "
           "that a reader of the store still sees go within ten minutes."),
    JSON("receipt", "What was destroyed and what is kept, and why; kinmu journal receipts."),
    GIVEN("law", TEXT, "The law that keeps a part."),
    GIVEN("kept_until", TEXT, "When its time has passed; the rest then goes by itself."),
};

static const kinmu_field demand_add_input[] = {
    NEEDED("kind", TEXT, "inquiry, disclosure, correction or erasure."),
    NEEDED("detail", TEXT, "What is asked."),
    GIVEN("person", TEXT, "Whose demand; not given: the caller's own."),
    GIVEN("received", TEXT, "The day it came, 2026-11-22; not given: today."),
};
static const kinmu_field demand_add_output[] = {
    NEEDED("demand", TEXT, "Its id."),
    NEEDED("due_date", TEXT, "By which day it is to be answered."),
    NEEDED("state", TEXT, "received; identified, where the person asks by his own login."),
    COUNT("position", "Number of the decision."),
};
static const kinmu_field demand_identify_input[] = {
    NEEDED("demand", TEXT, "Id of the demand."),
    NEEDED("how", TEXT, "How it was checked who asks."),
};
static const kinmu_field demand_answer_input[] = {
    NEEDED("demand", TEXT, "Id of the demand."),
    NEEDED("outcome", TEXT, "done or refused."),
    NEEDED("answer", TEXT, "What the person is told; of a refusal, why."),
};
static const kinmu_field demand_withdraw_input[] = {
    NEEDED("demand", TEXT, "Id of the demand."),
};
static const kinmu_field demand_output[] = {
    NEEDED("state", TEXT, "Where it stands now."),
    NEEDED("due_date", TEXT, "By which day it is to be answered."),
    COUNT("position", "Number of the decision."),
};

static const kinmu_field handover_input[] = {
    NEEDED("person", TEXT, "Whose records."),
    GIVEN("reason", TEXT, "Why; kept in the log of who looked, which the person sees."),
    PATH("out",
         "Absolute path of a folder to write into, which is made; or of a new file NAME.zip."),
};
static const kinmu_field handover_output[] = {
    COUNT("rows", "Records written."),
    COUNT("files", "Files of records; index.html tells what is in them."),
    PERSONAL("page", KINMU_FIELD_REQUIRED, "",
             "Path of the page to begin with, or of the archive it is in."),
};

static const kinmu_field list_input[] = {
    GIVEN("as_of", TEXT, "What is in force on this date; not given: today."),
    GIVEN("after", TEXT, "next of the page before."),
    GIVEN("all", BOOL, "Rows of all dates."),
};
static const kinmu_field list_output[] = {
    JSON("rows", "JSON list of records."),
    GIVEN("next", TEXT, "Where the next page begins; null = this is the last."),
};
static const kinmu_field list_of_people_output[] = {
    PERSONAL("rows", KINMU_FIELD_REQUIRED, "json", "JSON list of records."),
    GIVEN("next", TEXT, "Where the next page begins; null = this is the last."),
};
static const kinmu_field access_ask_input[] = {
    NEEDED("reason", TEXT, "What for."),
    NUMBER("hours", "h", "For how long from the moment it is granted, 1 to 72; 8 when not given."),
    GIVEN("person", TEXT, "Whose data;"),
    GIVEN("group_id", TEXT, "or everybody's in this group or one below it; neither: everybody's."),
};
static const kinmu_field access_input[] = {
    NEEDED("access", TEXT, "Its id."),
    GIVEN("reason", TEXT, "Why; kept in the audit entry."),
};
static const kinmu_field access_output[] = {
    NEEDED("access", TEXT, "Its id."),
    NEEDED("state", TEXT, "asked, granted, refused or ended."),
    FIELD("until_ns", TIME, 0, "ns", NULL, "When it ends by itself."),
    COUNT("position", "Number of the decision."),
};
static const kinmu_field access_use_input[] = {
    NEEDED("what", TEXT, "By which command, \"people person_show\"."),
    GIVEN("person", TEXT, "Whose data, by id or account; not given: everybody's."),
};
static const kinmu_field access_use_output[] = {
    GIVEN("access", TEXT, "The grant it is done by; null = none is needed here."),
};

static const kinmu_field licence_input[] = {
    GIVEN("from_month", TEXT, "First month, 202604; not given: the last one."),
    GIVEN("to_month", TEXT, "Last month, 202611; not given: this one, as it is now."),
};
static const kinmu_field licence_output[] = {
    JSON("rows", "JSON list of month, as_of, m, n, w, bought."),
    NEEDED("csv", TEXT, "The same as CSV, a line a month."),
};

/* ---- commands ---- */

#define COMMAND(name, shell, input, output, doc)                                                   \
    { name, "admin", KINMU_TABLE(input), KINMU_TABLE(output), doc, shell }
#define LIST(name, shell, doc) COMMAND(name, shell, list_input, list_output, doc)
#define LIST_OF_PEOPLE(name, shell, doc)                                                           \
    COMMAND(name, shell, list_input, list_of_people_output, doc)

#define LIST_OF_PEOPLE_BY(name, shell, input, doc)                                                 \
    COMMAND(name, shell, input, list_of_people_output, doc)

const kinmu_command people_command_rows[PEOPLE_COMMANDS] = {
    COMMAND("import", "import", import_input, import_output,
            "Takes master data from files: groups, users, work patterns, URL names. All of them "
            "are judged together and applied all or not at all."),
    COMMAND("export_n", "export-n", export_input, export_output,
            "Writes the four master files as they would be imported, 更新区分 0."),
    COMMAND("person_set", "person set", person_input, set_output,
            "Sets a person; makes one that is new."),
    COMMAND("person_state", "person state", state_input, set_output,
            "Suspends, deletes, brings back or erases."),
    COMMAND("group_set", "group set", group_input, set_output, "Sets a group."),
    COMMAND("pattern_set", "pattern set", pattern_input, set_output,
            "Sets a work pattern from a date on."),
    COMMAND("account_set", "account set", account_input, set_output,
            "Says whose a login account is."),
    COMMAND("computer_set", "computer set", computer_input, set_output,
            "Says whose a computer is."),
    COMMAND("holiday_set", "holiday set", holiday_input, set_output, "Sets a day of a calendar."),
    COMMAND("site_set", "site set", site_input, set_output, "Names addresses."),
    COMMAND("setting_set", "setting set", setting_input, set_output,
            "Sets a setting of the company, a group or a person from a date on."),
    COMMAND("person_show", "person show", show_input, show_output, "Shows one person."),
    LIST_OF_PEOPLE("person_list", "person list", "Lists people with group and pattern in force."),
    LIST("group_list", "group list", "Lists groups."),
    LIST("pattern_list", "pattern list", "Lists work patterns."),
    LIST_OF_PEOPLE("account_list", "account list", "Lists whose login accounts are."),
    LIST_OF_PEOPLE("computer_list", "computer list", "Lists whose computers are."),
    LIST("holiday_list", "holiday list", "Lists the days of calendars."),
    LIST("site_list", "site list", "Lists names of addresses."),
    LIST("setting_list", "setting list", "Lists settings."),
    COMMAND("hold_add", "hold add", hold_input, hold_output,
            "Holds what was recorded of a person or group in a time: no keep time and no erasure "
            "destroys it."),
    COMMAND("hold_release", "hold release", release_input, set_output,
            "Ends a hold; what was held goes with the next run."),
    LIST_OF_PEOPLE("hold_list", "hold list", "Lists holds, released ones too."),
    COMMAND("person_erase", "person erase", erase_input, erase_output,
            "Destroys everything about a person but what the law or a hold keeps; that goes by "
            "itself once it may."),
    COMMAND("person_export", "person export", handover_input, handover_output,
            "Writes every record about a person (disclosure, 個人情報保護法 33 条)."),
    {"demand_add", "self", KINMU_TABLE(demand_add_input), KINMU_TABLE(demand_add_output),
     "Writes down what a person asks about his records (開示等の請求); it is to be answered in "
     "thirty days.",
     "demand add"},
    COMMAND("demand_identify", "demand identify", demand_identify_input, demand_output,
            "Notes how it was checked who asks."),
    COMMAND("demand_answer", "demand answer", demand_answer_input, demand_output,
            "Ends a demand: what was asked is done, or refused."),
    {"demand_withdraw", "self", KINMU_TABLE(demand_withdraw_input), KINMU_TABLE(demand_output),
     "Ends a demand that the person takes back.", "demand withdraw"},
    LIST_OF_PEOPLE("demand_list", "demand list", "Lists demands with their deadlines."),
    COMMAND("sheet_read", NULL, sheet_input, sheet_output,
            "Reads a piece of a master file as export_n writes it."),
    {"access_ask", "operator", KINMU_TABLE(access_ask_input), KINMU_TABLE(access_output),
     "Asks the administrators to let who runs this node look at records of people for some hours.",
     "access ask"},
    COMMAND("access_grant", NULL, access_input, access_output,
            "Lets an operator look; by an administrator who logs in to the API."),
    COMMAND("access_refuse", NULL, access_input, access_output, "Does not let him."),
    COMMAND("access_end", "access end", access_input, access_output,
            "Ends a grant before its time, or takes a wish back."),
    LIST("access_list", "access list", "Lists what operators asked to look at, and the answers."),
    {"access_use", "operator", KINMU_TABLE(access_use_input), KINMU_TABLE(access_use_output),
     "Asked by the host before an operator sees personal data: whether he may, written down.",
     NULL},
    COMMAND("schedule_set", "schedule set", schedule_input, set_output,
            "Plans one day of a person otherwise than the work pattern (勤務予定)."),
    COMMAND("schedule_withdraw", "schedule withdraw", schedule_withdraw_input, set_output,
            "Takes the plan of a day back: it is as the work pattern has it."),
    LIST_OF_PEOPLE_BY("schedule_list", "schedule list", schedule_list_input,
                      "Lists what is planned for people, day by day."),
    COMMAND("schedule_export", "schedule export", schedule_export_input, export_output,
            "Writes schedules as a file that can be imported."),
    COMMAND("licence_count", "licence count", licence_input, licence_output,
            "Counts the licences of months by the rules of M, N and W, as of each month's end."),
};

#define ALL_PEOPLE                                                                                 \
    (KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ASSIGNMENT) | KIND_BIT(KIND_GROUP) |                    \
     KIND_BIT(KIND_PATTERN) | KIND_BIT(KIND_SETTING))
#define HOLDING (KIND_BIT(KIND_HOLD) | KIND_BIT(KIND_ACCOUNT))
#define WHOSE (HOLDING | KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ASSIGNMENT) | KIND_BIT(KIND_GROUP))
#define ACCESSES                                                                                   \
    (KIND_BIT(KIND_ACCESS) | KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ASSIGNMENT) |                   \
     KIND_BIT(KIND_GROUP) | KIND_BIT(KIND_ACCOUNT))
#define PLANNED (KIND_BIT(KIND_SCHEDULE) | KIND_BIT(KIND_PERSON))
#define DEMANDS (KIND_BIT(KIND_DEMAND) | KIND_BIT(KIND_PERSON))
#define WORK(judge_, reads_, kind_, reason_)                                                       \
    .judge = (judge_), .reads = (reads_), .kind = (kind_), .reason = (reason_)
#define SET(judge, reads, kind, reason, fields)                                                    \
    { WORK(judge, reads, kind, reason), FIELDS(fields) }
#define FIELDS(fields_) .fields = (fields_), .field_count = (uint32_t)sizeof(fields_)
#define READ(judge, reads, kind)                                                                   \
    { WORK(judge, reads, kind, -1), .is_reading = 1 }

const work_kind people_works[PEOPLE_WORKS] = {
    {WORK(import_judge, ALL_PEOPLE | KIND_BIT(KIND_SITE) | HOLDING, 0, 6),
     .prepare = import_prepare},
    READ(export_judge, ALL_PEOPLE | KIND_BIT(KIND_SITE), 0),
    SET(set_person_judge, ALL_PEOPLE | HOLDING, KIND_PERSON, 21, person_fields),
    {WORK(set_state_judge, ALL_PEOPLE, KIND_PERSON, 2)},
    SET(set_judge, ALL_PEOPLE | HOLDING, KIND_GROUP, 7, group_fields),
    {WORK(set_judge, ALL_PEOPLE, KIND_PATTERN, 10), FIELDS(pattern_fields),
     .prepare = pattern_prepare},
    {WORK(set_judge, WHOSE, KIND_ACCOUNT, 3), .fields = same_fields, .field_count = 3},
    {WORK(set_judge, KIND_BIT(KIND_COMPUTER) | KIND_BIT(KIND_PERSON), KIND_COMPUTER, 3),
     .fields = same_fields, .field_count = 3},
    {WORK(set_judge, KIND_BIT(KIND_HOLIDAY), KIND_HOLIDAY, 4), .fields = same_fields,
     .field_count = 4},
    {WORK(set_judge, KIND_BIT(KIND_SITE), KIND_SITE, 3), .fields = same_fields, .field_count = 3},
    {WORK(set_setting_judge, ALL_PEOPLE | KIND_BIT(KIND_HOLIDAY), 0, 5), .after = contract_after},
    READ(show_judge,
         KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ASSIGNMENT) | KIND_BIT(KIND_ACCOUNT) |
             KIND_BIT(KIND_COMPUTER),
         KIND_PERSON),
    READ(list_judge, KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ASSIGNMENT), KIND_PERSON),
    READ(list_judge, KIND_BIT(KIND_GROUP), KIND_GROUP),
    READ(list_judge, KIND_BIT(KIND_PATTERN), KIND_PATTERN),
    READ(list_judge, KIND_BIT(KIND_ACCOUNT), KIND_ACCOUNT),
    READ(list_judge, KIND_BIT(KIND_COMPUTER), KIND_COMPUTER),
    READ(list_judge, KIND_BIT(KIND_HOLIDAY), KIND_HOLIDAY),
    READ(list_judge, KIND_BIT(KIND_SITE), KIND_SITE),
    READ(list_judge, KIND_BIT(KIND_SETTING), KIND_SETTING),
    {WORK(hold_add_judge, WHOSE, KIND_HOLD, 1)},
    {WORK(hold_release_judge, KIND_BIT(KIND_HOLD), KIND_HOLD, 1)},
    READ(list_judge, KIND_BIT(KIND_HOLD), KIND_HOLD),
    {WORK(erase_judge, ALL_PEOPLE | KIND_BIT(KIND_ACCOUNT), KIND_PERSON, 1), .after = erase_after},
    READ(handover_judge, KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ACCOUNT), KIND_PERSON),
    {WORK(demand_add_judge, DEMANDS, KIND_DEMAND, -1), .after = demands_after},
    {WORK(demand_identify_judge, DEMANDS, KIND_DEMAND, -1), .after = demands_after},
    {WORK(demand_answer_judge, DEMANDS, KIND_DEMAND, -1), .after = demands_after},
    {WORK(demand_withdraw_judge, DEMANDS, KIND_DEMAND, -1), .after = demands_after},
    READ(list_judge, KIND_BIT(KIND_DEMAND), KIND_DEMAND),
    {WORK(export_read_judge, ALL_PEOPLE | KIND_BIT(KIND_SITE), 0, -1),
     .prepare = export_read_prepare, .is_reading = 1},
    {WORK(access_ask_judge, ACCESSES, KIND_ACCESS, 0)},
    {WORK(access_grant_judge, ACCESSES, KIND_ACCESS, 1)},
    {WORK(access_refuse_judge, ACCESSES, KIND_ACCESS, 1)},
    {WORK(access_end_judge, KIND_BIT(KIND_ACCESS), KIND_ACCESS, 1)},
    READ(list_judge, KIND_BIT(KIND_ACCESS), KIND_ACCESS),
    READ(access_use_judge, ACCESSES | KIND_BIT(KIND_SETTING), KIND_ACCESS),
    {WORK(schedule_set_judge, PLANNED | KIND_BIT(KIND_PATTERN), KIND_SCHEDULE, 7),
     .prepare = schedule_day_prepare},
    {WORK(schedule_withdraw_judge, PLANNED, KIND_SCHEDULE, 2), .prepare = schedule_day_prepare},
    {WORK(schedule_list_judge, PLANNED | KIND_BIT(KIND_ASSIGNMENT) | KIND_BIT(KIND_GROUP),
          KIND_SCHEDULE, -1),
     .prepare = schedule_list_prepare, .is_reading = 1},
    {WORK(export_schedules_judge, PLANNED | KIND_BIT(KIND_ASSIGNMENT) | KIND_BIT(KIND_GROUP), 0,
          -1),
     .prepare = export_schedules_prepare, .is_reading = 1},
    READ(licences_judge, KIND_BIT(KIND_PERSON) | KIND_BIT(KIND_ACCOUNT) | KIND_BIT(KIND_SETTING),
         KIND_PERSON),
    [PEOPLE_RENEW] = {WORK(renew_judge,
                           WHOSE | KIND_BIT(KIND_PATTERN) | KIND_BIT(KIND_COMPUTER) |
                               KIND_BIT(KIND_HOLIDAY) | KIND_BIT(KIND_SITE) |
                               KIND_BIT(KIND_SETTING) | KIND_BIT(KIND_DEMAND),
                           KINDS, -1),
                      .after = renew_after},
};

int32_t people_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    people *p = instance;
    return desk_take(&p->desk, call, people_works[call->command].is_reading, err);
}
