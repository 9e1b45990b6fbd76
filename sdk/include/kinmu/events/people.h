/* kinmu/events/people.h - master data: people, groups, patterns and what is said about them
 * (COL-07, COL-08, ROL-07, SPEC §7, TRAP-24, TRAP-25). The plugin "people" owns every record;
 * imports and the console send it commands. */
#ifndef KINMU_EVENTS_PEOPLE_H
#define KINMU_EVENTS_PEOPLE_H

#include <kinmu/schema.h>

/* Field positions of kinmu.people.person/1. */
#define KINMU_PEOPLE_PERSON_PERSON 0
#define KINMU_PEOPLE_PERSON_EMPLOYEE_NO 1
#define KINMU_PEOPLE_PERSON_NAME 2
#define KINMU_PEOPLE_PERSON_KANA 3
#define KINMU_PEOPLE_PERSON_MAIL 4
#define KINMU_PEOPLE_PERSON_STATE 5
#define KINMU_PEOPLE_PERSON_IS_ADMIN 6
#define KINMU_PEOPLE_PERSON_SEES_DASHBOARD 7
#define KINMU_PEOPLE_PERSON_START_APPROVAL 8
#define KINMU_PEOPLE_PERSON_END_APPROVAL 9
#define KINMU_PEOPLE_PERSON_TASK_AT_REQUEST 10
#define KINMU_PEOPLE_PERSON_REPORT_AT_END 11
#define KINMU_PEOPLE_PERSON_NOTIFY_BREAK 12
#define KINMU_PEOPLE_PERSON_NOTIFY_BEFORE_END 13
#define KINMU_PEOPLE_PERSON_NOTIFY_END 14
#define KINMU_PEOPLE_PERSON_NOTIFY_OUTSIDE 15
#define KINMU_PEOPLE_PERSON_OVERTIME_MANAGED 16
#define KINMU_PEOPLE_PERSON_LANGUAGE 17
#define KINMU_PEOPLE_PERSON_SOURCE 18
#define KINMU_PEOPLE_PERSON_ERASE_ASKED_NS 19
#define KINMU_PEOPLE_PERSON_RESUMED 20
#define KINMU_PEOPLE_PERSON_FIELDS 21

static const kinmu_field kinmu_people_person_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Id in this company, 1 to 32 characters (IMP-11); never reused."},
    {"employee_no", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL,
     "Number of the employee. The same number is the same person under several ids (ATT-12)."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Name as shown."},
    {"kana", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Reading of the name (ふりがな)."},
    {"mail", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Address for notices and links."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "active|suspended|deleted|erased",
     "What the person may do; suspended and deleted people keep their records, of an erased one "
     "the id remains (IMP-12)."},
    {"is_admin", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "System administrator."},
    {"sees_dashboard", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", NULL, "May see the dashboard (見える化ダッシュボード閲覧権限)."},
    {"start_approval", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", "form|auto|manual", "Approval of a start: by work form, never, always (APR-05)."},
    {"end_approval", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "form|auto|manual", "Approval of an end, as start_approval."},
    {"task_at_request", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", "form|optional|required", "Whether a request needs a task (APR-06)."},
    {"report_at_end", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", "form|optional|required", "Whether an end needs a report (APR-06)."},
    {"notify_break", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Prompt at the pattern's breaks (NTF-08)."},
    {"notify_before_end", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE,
     KINMU_ROLE_NONE, "", NULL, "Prompt before the end (NTF-09)."},
    {"notify_end", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Prompt at the planned end (NTF-09)."},
    {"notify_outside", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", NULL, "Prompt on work outside hours (NTF-09)."},
    {"overtime_managed", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", NULL, "Overtime asks for a request (WRK-20)."},
    {"language", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Language of screens and notices, \"ja\"."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "attendance|import|manual", "Where the record comes from (COL-07)."},
    {"erase_asked_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When it was asked to erase everything; what the law or a hold keeps goes once it may."},
    {"resumed", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "How often he was let in again after suspended or deleted (利用者再開); what he came in by "
     "before is void (SCR-14). Null = never."},
};

static const kinmu_schema kinmu_people_person = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.person",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    "employee_no",
    KINMU_TABLE(kinmu_people_person_fields),
    "A person. Group, pattern and class of work stand in kinmu.people.assignment, since they "
    "change by date."};

/* Field positions of kinmu.people.assignment/1. */
#define KINMU_PEOPLE_ASSIGNMENT_PERSON 0
#define KINMU_PEOPLE_ASSIGNMENT_FROM_DATE 1
#define KINMU_PEOPLE_ASSIGNMENT_GROUP_ID 2
#define KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID 3
#define KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS 4
#define KINMU_PEOPLE_ASSIGNMENT_FIELDS 5

static const kinmu_field kinmu_people_assignment_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "The person."},
    {"from_date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "First business day, \"2026-11-01\"."},
    {"group_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "The one group the person belongs to (ROL-07)."},
    {"pattern_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Work pattern; null = defaults (WRK-19)."},
    {"work_class", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", "ordinary|manager|discretionary|high-skill|special",
     "Class of work in the sense of the labour law (R7)."},
};

static const kinmu_schema kinmu_people_assignment = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.assignment",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    "group_id,from_date",
    KINMU_TABLE(kinmu_people_assignment_fields),
    "What holds for a person from a date on, until the next such record."};

/* Field positions of kinmu.people.group/1. */
#define KINMU_PEOPLE_GROUP_GROUP_ID 0
#define KINMU_PEOPLE_GROUP_NAME 1
#define KINMU_PEOPLE_GROUP_APPROVERS 2
#define KINMU_PEOPLE_GROUP_UPPER_APPROVERS 3
#define KINMU_PEOPLE_GROUP_PARENT_ID 4
#define KINMU_PEOPLE_GROUP_LANGUAGE 5
#define KINMU_PEOPLE_GROUP_STATE 6
#define KINMU_PEOPLE_GROUP_FIELDS 7

static const kinmu_field kinmu_people_group_fields[] = {
    {"group_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Id, 1 to 32 characters."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name as shown."},
    {"approvers", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Persons who approve, joined by \";\" (APR-02)."},
    {"upper_approvers", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Persons who may also see and approve, joined by \";\" (APR-03)."},
    {"parent_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Group above; null = top."},
    {"language", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Language of its screens (SCR-18); null = as the parent."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|deleted|erased",
     "Deleted groups keep their history; the id of an erased one may be registered anew."},
};

static const kinmu_schema kinmu_people_group = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.people.group",
                                                KINMU_KIND_RECORD,
                                                0,
                                                "working-time",
                                                "people",
                                                "parent_id",
                                                KINMU_TABLE(kinmu_people_group_fields),
                                                "A group; groups form a tree (IMP-10)."};

/* Field positions of kinmu.people.pattern/1. */
#define KINMU_PEOPLE_PATTERN_PATTERN_ID 0
#define KINMU_PEOPLE_PATTERN_FROM_DATE 1
#define KINMU_PEOPLE_PATTERN_NAME 2
#define KINMU_PEOPLE_PATTERN_BREAKS 3
#define KINMU_PEOPLE_PATTERN_WORK_MIN 4
#define KINMU_PEOPLE_PATTERN_MORNING_MIN 5
#define KINMU_PEOPLE_PATTERN_START_CLOCK 6
#define KINMU_PEOPLE_PATTERN_END_CLOCK 7
#define KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK 8
#define KINMU_PEOPLE_PATTERN_STATE 9
#define KINMU_PEOPLE_PATTERN_FIELDS 10

static const kinmu_field kinmu_people_pattern_fields[] = {
    {"pattern_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Id, 1 to 32 characters."},
    {"from_date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "First business day it holds in this form."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name as shown."},
    {"breaks", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Break times \"11:45-12:45;18:30-19:00\", ascending, not overlapping."},
    {"work_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "min",
     NULL, "Scheduled work without breaks."},
    {"morning_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "min", NULL,
     "Scheduled work of the morning; the afternoon is the rest. Never 0."},
    {"start_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "min", NULL,
     "Planned start as wall-clock minutes from 00:00 (ATT-13)."},
    {"end_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "min", NULL,
     "Planned end, up to 2879."},
    {"auto_end_clock", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "min", NULL,
     "A forgotten shift ends at the next occurrence of this clock, 300 = 5:00 (WRK-06, TRAP-12)."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|deleted", "Deleted patterns stay readable."},
};

static const kinmu_schema kinmu_people_pattern = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.pattern",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    NULL,
    KINMU_TABLE(kinmu_people_pattern_fields),
    "A work pattern from a date on (SPEC §7.3, WRK-05)."};

/* Field positions of kinmu.people.account/1. */
#define KINMU_PEOPLE_ACCOUNT_ACCOUNT 0
#define KINMU_PEOPLE_ACCOUNT_FROM_DATE 1
#define KINMU_PEOPLE_ACCOUNT_PERSON 2
#define KINMU_PEOPLE_ACCOUNT_SOURCE 3
#define KINMU_PEOPLE_ACCOUNT_FIELDS 4

static const kinmu_field kinmu_people_account_fields[] = {
    {"account", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT, "",
     NULL, "Login account as events' subjects name it."},
    {"from_date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "First business day; logs before keep their owner."},
    {"person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "The person; null = nobody from here on."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "attendance|import|manual|directory", "Who said so."},
};

static const kinmu_schema kinmu_people_account = {sizeof(kinmu_schema),
                                                  1,
                                                  "kinmu.people.account",
                                                  KINMU_KIND_RECORD,
                                                  0,
                                                  "working-time",
                                                  "people",
                                                  "person",
                                                  KINMU_TABLE(kinmu_people_account_fields),
                                                  "Whose a login account is (COL-08, SPEC §20)."};

/* Field positions of kinmu.people.computer/1. */
#define KINMU_PEOPLE_COMPUTER_COMPUTER 0
#define KINMU_PEOPLE_COMPUTER_FROM_DATE 1
#define KINMU_PEOPLE_COMPUTER_PERSON 2
#define KINMU_PEOPLE_COMPUTER_FIELDS 3

static const kinmu_field kinmu_people_computer_fields[] = {
    {"computer", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Computer name."},
    {"from_date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "First business day."},
    {"person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "The person; null = nobody from here on."},
};

static const kinmu_schema kinmu_people_computer = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.computer",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    "person",
    KINMU_TABLE(kinmu_people_computer_fields),
    "Whose a computer is, where logs are bound by computer name (COL-08, IMP-16)."};

/* Field positions of kinmu.people.holiday/1. */
#define KINMU_PEOPLE_HOLIDAY_CALENDAR 0
#define KINMU_PEOPLE_HOLIDAY_DATE 1
#define KINMU_PEOPLE_HOLIDAY_KIND 2
#define KINMU_PEOPLE_HOLIDAY_NAME 3
#define KINMU_PEOPLE_HOLIDAY_FIELDS 4

static const kinmu_field kinmu_people_holiday_fields[] = {
    {"calendar", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name of the calendar, \"jp\" or a group's own."},
    {"date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The day, \"2026-11-23\"."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "legal|company|public|work",
     "Legal (法定休日) and company (所定休日) holidays count differently (L4, R1); work = a "
     "holiday taken back."},
    {"name", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"勤労感謝の日\"."},
};

static const kinmu_schema kinmu_people_holiday = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.holiday",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    NULL,
    KINMU_TABLE(kinmu_people_holiday_fields),
    "A day of a calendar that is not an ordinary working day."};

/* Field positions of kinmu.people.site/1. */
#define KINMU_PEOPLE_SITE_PREFIX 0
#define KINMU_PEOPLE_SITE_NAME 1
#define KINMU_PEOPLE_SITE_STATE 2
#define KINMU_PEOPLE_SITE_FIELDS 3

static const kinmu_field kinmu_people_site_fields[] = {
    {"prefix", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Beginning of an address as shown by the browser, at most 256 characters."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name as shown, at most 64 characters."},
    {"state", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", "active|deleted",
     "null = active."},
};

static const kinmu_schema kinmu_people_site = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.site",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    NULL,
    KINMU_TABLE(kinmu_people_site_fields),
    "A name for addresses (URL・HP名称マッピング, IMP-15); the longest prefix wins."};

/* Field positions of kinmu.people.setting/1. */
#define KINMU_PEOPLE_SETTING_SCOPE 0
#define KINMU_PEOPLE_SETTING_SCOPE_ID 1
#define KINMU_PEOPLE_SETTING_NAME 2
#define KINMU_PEOPLE_SETTING_FROM_DATE 3
#define KINMU_PEOPLE_SETTING_VALUE 4
#define KINMU_PEOPLE_SETTING_FIELDS 5

static const kinmu_field kinmu_people_setting_fields[] = {
    {"scope", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "company|group|person", "Whom it concerns."},
    {"scope_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Id of the group or person; \"\" for the company."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "A name of kinmu/events/settings.h: \"divergence.threshold_min\", \"day.zone\"."},
    {"from_date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "First business day."},
    {"value", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "The value as text."},
};

static const kinmu_schema kinmu_people_setting = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.setting",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    NULL,
    KINMU_TABLE(kinmu_people_setting_fields),
    "A setting of the company, a group or a person from a date on; the narrowest scope wins."};

/* Field positions of kinmu.people.schedule/1. */
#define KINMU_PEOPLE_SCHEDULE_PERSON 0
#define KINMU_PEOPLE_SCHEDULE_DATE 1
#define KINMU_PEOPLE_SCHEDULE_KIND 2
#define KINMU_PEOPLE_SCHEDULE_PATTERN_ID 3
#define KINMU_PEOPLE_SCHEDULE_START_CLOCK 4
#define KINMU_PEOPLE_SCHEDULE_END_CLOCK 5
#define KINMU_PEOPLE_SCHEDULE_BREAKS 6
#define KINMU_PEOPLE_SCHEDULE_STATE 7
#define KINMU_PEOPLE_SCHEDULE_FIELDS 8

static const kinmu_field kinmu_people_schedule_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "The person."},
    {"date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The business day, \"2026-11-22\"."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "work|legal|company|leave",
     "What the day is for the person: a working day, a legal or company holiday (法定休日, "
     "所定休日; with a shift: holiday work), leave."},
    {"pattern_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "The shift is that of this work pattern; null = by clocks, or none."},
    {"start_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Planned start as wall-clock minutes from 00:00 of the date, up to 2878."},
    {"end_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Planned end, after the start, up to 2879."},
    {"breaks", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Break times of a shift by clocks; one before start_clock is of the day after."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "planned|withdrawn", "withdrawn: the day is as the person's pattern has it."},
};

static const kinmu_schema kinmu_people_schedule = {
    sizeof(kinmu_schema),
    1,
    "kinmu.people.schedule",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    "date",
    KINMU_TABLE(kinmu_people_schedule_fields),
    "What is planned for a person on one business day (勤務予定, WRK-18)."};

#endif
