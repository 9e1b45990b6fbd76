/* kinmu/events/attendance.h - what people and attendance systems say about working time (ATT-05,
 * WRK-22, SPEC §20). */
#ifndef KINMU_EVENTS_ATTENDANCE_H
#define KINMU_EVENTS_ATTENDANCE_H

#include <kinmu/schema.h>

/* Field positions of kinmu.attendance.punch/1. */
#define KINMU_ATTENDANCE_PUNCH_KIND 0
#define KINMU_ATTENDANCE_PUNCH_SOURCE 1
#define KINMU_ATTENDANCE_PUNCH_PERSON 2
#define KINMU_ATTENDANCE_PUNCH_WORK_FORM 3
#define KINMU_ATTENDANCE_PUNCH_TASK_ID 4
#define KINMU_ATTENDANCE_PUNCH_REQUEST_ID 5
#define KINMU_ATTENDANCE_PUNCH_PLACE 6
#define KINMU_ATTENDANCE_PUNCH_SOURCE_ID 7
#define KINMU_ATTENDANCE_PUNCH_NOTE 8
#define KINMU_ATTENDANCE_PUNCH_FIELDS 9

static const kinmu_field kinmu_attendance_punch_fields[] = {
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "start|break|resume|end|task_start|task_end", "What begins or ends."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "manual|auto|pc|face|import|correction",
     "Who made it; pc = derived from session changes (ATT-09)."},
    {"person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "The person; null = whoever the subject is."},
    {"work_form", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "ordinary|outside|home", "Form of work (WRK-12): ordinary, outside (外出), home (在宅)."},
    {"task_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "task_start and task_end: kinmu.work.task."},
    {"request_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "The request that made it, for corrections."},
    {"place", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Terminal or place, as the source names it."},
    {"source_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Id at the source; the same id again is the same punch."},
    {"note", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "Free text of the person."},
};

static const kinmu_schema kinmu_attendance_punch = {
    sizeof(kinmu_schema),
    1,
    "kinmu.attendance.punch",
    KINMU_KIND_LOG,
    0,
    "working-time",
    NULL,
    "person,unix_ns",
    KINMU_TABLE(kinmu_attendance_punch_fields),
    "A punch (打刻): unix_ns is the moment it stands for. Never changed; a correction is a "
    "request."};

/* Field positions of kinmu.attendance.shift/1. */
#define KINMU_ATTENDANCE_SHIFT_PERSON 0
#define KINMU_ATTENDANCE_SHIFT_STATE 1
#define KINMU_ATTENDANCE_SHIFT_DATE 2
#define KINMU_ATTENDANCE_SHIFT_STARTED_NS 3
#define KINMU_ATTENDANCE_SHIFT_PUNCHED_NS 4
#define KINMU_ATTENDANCE_SHIFT_WORK_FORM 5
#define KINMU_ATTENDANCE_SHIFT_TASK_ID 6
#define KINMU_ATTENDANCE_SHIFT_FIELDS 7

static const kinmu_field kinmu_attendance_shift_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Whose."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "off|working|break", "As the last punch left it."},
    {"date", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Business day on which it began."},
    {"started_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "ns", NULL, "When it began."},
    {"punched_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "ns", NULL, "The last punch; none is taken from before it."},
    {"work_form", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", "ordinary|outside|home", "Form of work it was begun in."},
    {"task_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "The task being worked on; null = none (WRK-22)."},
};

static const kinmu_schema kinmu_attendance_shift = {
    sizeof(kinmu_schema),
    1,
    "kinmu.attendance.shift",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "approval",
    "state",
    KINMU_TABLE(kinmu_attendance_shift_fields),
    "Where a person's punches stand: what the next one may be is decided by it. The working day is "
    "computed from the punches themselves."};

/* Field positions of kinmu.attendance.day/1. */
#define KINMU_ATTENDANCE_DAY_EMPLOYEE_NO 0
#define KINMU_ATTENDANCE_DAY_DATE 1
#define KINMU_ATTENDANCE_DAY_SOURCE 2
#define KINMU_ATTENDANCE_DAY_START_CLOCK 3
#define KINMU_ATTENDANCE_DAY_END_CLOCK 4
#define KINMU_ATTENDANCE_DAY_BREAK_MIN 5
#define KINMU_ATTENDANCE_DAY_BREAKS 6
#define KINMU_ATTENDANCE_DAY_HOLIDAY 7
#define KINMU_ATTENDANCE_DAY_WORK_FORM 8
#define KINMU_ATTENDANCE_DAY_PLANNED_START_CLOCK 9
#define KINMU_ATTENDANCE_DAY_PLANNED_END_CLOCK 10
#define KINMU_ATTENDANCE_DAY_STATE 11
#define KINMU_ATTENDANCE_DAY_FETCHED_NS 12
#define KINMU_ATTENDANCE_DAY_FIELDS 13

static const kinmu_field kinmu_attendance_day_fields[] = {
    {"employee_no", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Employee number at the source."},
    {"date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Business day, \"2026-11-22\"."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Instance that brought it, \"attendance-csv/kot\"."},
    {"start_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Start as wall-clock minutes from 00:00 of the day."},
    {"end_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "End, up to 2879 (27:00 = 1620)."},
    {"break_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "All breaks."},
    {"breaks", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Breaks one by one, \"12:00-13:00;15:00-15:10\", where known."},
    {"holiday", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "none|legal|company|leave|half-leave", "Kind of day at the source."},
    {"work_form", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "ordinary|outside|home", "Form of work."},
    {"planned_start_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Planned start."},
    {"planned_end_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Planned end."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "entered|missing|approved|closed", "How far it is approved at the source."},
    {"fetched_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it was read."},
};

static const kinmu_schema kinmu_attendance_day = {
    sizeof(kinmu_schema),
    1,
    "kinmu.attendance.day",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "people",
    "date",
    KINMU_TABLE(kinmu_attendance_day_fields),
    "A day as an attendance system holds it (ATT-05, ATT-12); null clocks = not entered "
    "(勤怠未入力)."};

#endif
