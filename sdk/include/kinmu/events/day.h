/* kinmu/events/day.h - a person's business day and month: every figure any file, report or screen
 * shows (WRK-*, SES-*, EXP-10, ATT-14, R1-R8). Clocks are wall time, durations elapsed minutes.
 * Whole minutes only; rounding is the exporter's (WRK-17). */
#ifndef KINMU_EVENTS_DAY_H
#define KINMU_EVENTS_DAY_H

#include <kinmu/schema.h>

/* Field positions of kinmu.work.day/1. */
#define KINMU_WORK_DAY_PERSON 0
#define KINMU_WORK_DAY_DATE 1
#define KINMU_WORK_DAY_EMPLOYEE_NO 2
#define KINMU_WORK_DAY_GROUP_ID 3
#define KINMU_WORK_DAY_STATE 4
#define KINMU_WORK_DAY_DAY_KIND 5
#define KINMU_WORK_DAY_WORK_FORM 6
#define KINMU_WORK_DAY_WORK_START 7
#define KINMU_WORK_DAY_WORK_END 8
#define KINMU_WORK_DAY_DEEMED_END 9
#define KINMU_WORK_DAY_BREAK_MIN 10
#define KINMU_WORK_DAY_WORK_MIN 11
#define KINMU_WORK_DAY_SCHEDULED_MIN 12
#define KINMU_WORK_DAY_OVERTIME_MIN 13
#define KINMU_WORK_DAY_HOLIDAY_WORK_MIN 14
#define KINMU_WORK_DAY_UNDECLARED_MIN 15
#define KINMU_WORK_DAY_NIGHT_MIN 16
#define KINMU_WORK_DAY_STATUTORY_OVERTIME_MIN 17
#define KINMU_WORK_DAY_LEGAL_HOLIDAY_MIN 18
#define KINMU_WORK_DAY_PC_START 19
#define KINMU_WORK_DAY_PC_END 20
#define KINMU_WORK_DAY_PC_START_QUALITY 21
#define KINMU_WORK_DAY_PC_END_QUALITY 22
#define KINMU_WORK_DAY_PC_SPAN_MIN 23
#define KINMU_WORK_DAY_PC_ACTIVE_MIN 24
#define KINMU_WORK_DAY_MISSING_MIN 25
#define KINMU_WORK_DAY_DIVERGENCE_START_MIN 26
#define KINMU_WORK_DAY_DIVERGENCE_END_MIN 27
#define KINMU_WORK_DAY_DIVERGENCE_KINDS 28
#define KINMU_WORK_DAY_DIVERGENCE_ALERT 29
#define KINMU_WORK_DAY_DIVERGENCE_CAUSES 30
#define KINMU_WORK_DAY_REASON_STATE 31
#define KINMU_WORK_DAY_END_REQUEST 32
#define KINMU_WORK_DAY_IS_AUTO_ENDED 33
#define KINMU_WORK_DAY_FOLD_START 34
#define KINMU_WORK_DAY_FOLD_END 35
#define KINMU_WORK_DAY_ZONE 36
#define KINMU_WORK_DAY_QUALITY 37
#define KINMU_WORK_DAY_HEARD_TO_NS 38
#define KINMU_WORK_DAY_COMPUTED_NS 39
#define KINMU_WORK_DAY_RULE_VERSION 40
#define KINMU_WORK_DAY_CONFIRMED 41
#define KINMU_WORK_DAY_PC_FOLD_START 42
#define KINMU_WORK_DAY_PC_FOLD_END 43
#define KINMU_WORK_DAY_SCHEDULED_START 44
#define KINMU_WORK_DAY_SCHEDULED_END 45
#define KINMU_WORK_DAY_SCHEDULED_BY 46
#define KINMU_WORK_DAY_FIELDS 47

static const kinmu_field kinmu_work_day_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "The person."},
    {"date", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Business day, \"2026-11-22\"."},
    {"employee_no", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "社員番号 (EXP-10 #1)."},
    {"group_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Group on that day."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "provisional|confirmed|closed", "closed: with its month; later evidence becomes a request."},
    {"day_kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "work|company-holiday|legal-holiday|leave", "What the day is for this person."},
    {"work_form", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "ordinary|outside|home", "Home before outside before ordinary, or as set (WRK-12)."},
    {"work_start", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "First start of the day (#3). Wall-clock minutes from 00:00 of the date, up to 2879."},
    {"work_end", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Last end (#4, WRK-16). Wall-clock minutes from 00:00 of the date, up to 2879."},
    {"deemed_end", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "work_end less break_min: a clock, not a duration (#6, TRAP-10). Wall-clock minutes from "
     "00:00 of the date, up to 2879."},
    {"break_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Pattern breaks and manual breaks, none counted twice (#5, WRK-10)."},
    {"work_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Sum of the spans from start to end, without breaks (WRK-08)."},
    {"scheduled_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Scheduled work of that day (業務時間, WRK-07)."},
    {"overtime_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Overtime as the company counts it (残業, WRK-09)."},
    {"holiday_work_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Declared holiday work (休出); never overtime (WRK-11)."},
    {"undeclared_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "PC used outside declared time (申請外, SES-09)."},
    {"night_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Work between 22:00 and 5:00 (R1)."},
    {"statutory_overtime_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Past 8 hours a day or 40 a week, none twice (法定時間外, R1)."},
    {"legal_holiday_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Work on a legal holiday (法定休日労働, R1)."},
    {"pc_start", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Start of PC use by the profile (#8, SES-03, SES-04). Wall-clock minutes from 00:00 of the "
     "date, up to 2879."},
    {"pc_end", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "End of PC use (#9, SES-05). Wall-clock minutes from 00:00 of the date, up to 2879."},
    {"pc_start_quality", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "exact|estimated", "Whether the clock was seen or derived (SES-02)."},
    {"pc_end_quality", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "exact|estimated", "As pc_start_quality."},
    {"pc_span_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "#9 less #8 as elapsed time (#10, SES-06)."},
    {"pc_active_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Active minutes, union over all PCs, at most the span (#11, SES-07)."},
    {"missing_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Not observed (欠測): no evidence, not idleness (COL-36)."},
    {"divergence_start_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min",
     NULL, "Punched start less PC start; its sign is kept (ATT-04)."},
    {"divergence_end_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "PC end less punched end."},
    {"divergence_kinds", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Kinds of ATT-14 joined by \";\": before-start, after-end, undeclared, no-pc, no-attendance."},
    {"divergence_alert", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "", NULL, "At or over the threshold (ATT-04)."},
    {"divergence_causes", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Candidates for the cause, best first, joined by \";\", each with its evidence: "
     "\"windows-update restart 27:12-27:14\" (U9)."},
    {"reason_state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", "none-needed|missing|entered|approved",
     "Whether a divergence has its reason (ATT-03, APR-10)."},
    {"end_request", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", "none|missing|pending|approved|denied", "The end's approval (WRK-02, WRK-03)."},
    {"is_auto_ended", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "", NULL, "The end was set by rule (WRK-04, WRK-06)."},
    {"fold_start", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "work_start is the second of two equal clocks: the hour that comes again as the clock goes "
     "back."},
    {"fold_end", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "As fold_start, for the end."},
    {"zone", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "IANA zone the day was computed in (SES-14)."},
    {"quality", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "good|partial|none",
     "good: complete; partial: gaps of more than 10 minutes or devices not yet heard (U23)."},
    {"heard_to_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "All devices were heard up to here (COL-34)."},
    {"computed_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "ns", NULL, "When it was computed (再計算済)."},
    {"rule_version", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Version of the rules and of the time-zone data, \"3/2025b\" (R8)."},
    {"confirmed", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "state is confirmed or closed: all devices were heard past the day's end."},
    {"pc_fold_start", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "As fold_start, for pc_start."},
    {"pc_fold_end", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "As fold_start, for pc_end."},
    {"scheduled_start", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Start as the schedule of the day plans it (WRK-18); null without one. Wall-clock minutes "
     "from 00:00 of the date, up to 2879."},
    {"scheduled_end", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "As scheduled_start, for the end."},
    {"scheduled_by", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "clocks|pattern|off", "How the schedule of the day plans it; null without one."},
};

static const kinmu_schema kinmu_work_day = {
    sizeof(kinmu_schema),
    1,
    "kinmu.work.day",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "workday",
    "date;employee_no,date",
    KINMU_TABLE(kinmu_work_day_fields),
    "One business day of one person. Provisional days live in the store only; confirmed and closed "
    "ones are decisions."};

/* Field positions of kinmu.work.month/1. */
#define KINMU_WORK_MONTH_PERSON 0
#define KINMU_WORK_MONTH_MONTH 1
#define KINMU_WORK_MONTH_GROUP_ID 2
#define KINMU_WORK_MONTH_STATE 3
#define KINMU_WORK_MONTH_DAYS_WORKED 4
#define KINMU_WORK_MONTH_WORK_MIN 5
#define KINMU_WORK_MONTH_OVERTIME_MIN 6
#define KINMU_WORK_MONTH_HOLIDAY_WORK_MIN 7
#define KINMU_WORK_MONTH_UNDECLARED_MIN 8
#define KINMU_WORK_MONTH_NIGHT_MIN 9
#define KINMU_WORK_MONTH_STATUTORY_OVERTIME_MIN 10
#define KINMU_WORK_MONTH_LEGAL_HOLIDAY_MIN 11
#define KINMU_WORK_MONTH_OVER_60H_MIN 12
#define KINMU_WORK_MONTH_HEALTH_MIN 13
#define KINMU_WORK_MONTH_AVERAGE_MIN 14
#define KINMU_WORK_MONTH_YEAR_OVERTIME_MIN 15
#define KINMU_WORK_MONTH_OVER_45H_MONTHS 16
#define KINMU_WORK_MONTH_SHORT_INTERVALS 17
#define KINMU_WORK_MONTH_CONSECUTIVE_DAYS 18
#define KINMU_WORK_MONTH_DIVERGENCES 19
#define KINMU_WORK_MONTH_RULE_VERSION 20
#define KINMU_WORK_MONTH_FIELDS 21

static const kinmu_field kinmu_work_month_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "The person."},
    {"month", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"2026-11\"."},
    {"group_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Group on the last day."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "open|closed", "closed: figures no longer change."},
    {"days_worked", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "count", NULL, "Business days with work."},
    {"work_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Work."},
    {"overtime_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Overtime as the company counts it."},
    {"holiday_work_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Declared holiday work."},
    {"undeclared_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Undeclared PC use."},
    {"night_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Night work."},
    {"statutory_overtime_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Statutory overtime."},
    {"legal_holiday_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL, "Work on legal holidays."},
    {"over_60h_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Statutory overtime past 60 hours (L4)."},
    {"health_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "min", NULL, "Hours for the health interview: all work less calendar days / 7 x 40 h (R2)."},
    {"average_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Highest of the 2 to 6 month averages of overtime and legal holiday work (L3)."},
    {"year_overtime_min", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "min", NULL,
     "Statutory overtime since the agreement year began (36協定, R6)."},
    {"over_45h_months", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "count", NULL, "Months over 45 hours in that year (L3)."},
    {"short_intervals", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "count", NULL, "Intervals between days below the limit (R4)."},
    {"consecutive_days", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL,
     KINMU_ROLE_NONE, "count", NULL, "Longest run of worked days that ends in this month (R5)."},
    {"divergences", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "count", NULL, "Days with a divergence alert."},
    {"rule_version", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "As in kinmu.work.day."},
};

static const kinmu_schema kinmu_work_month = {
    sizeof(kinmu_schema),
    1,
    "kinmu.work.month",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "workday",
    "month",
    KINMU_TABLE(kinmu_work_month_fields),
    "Totals of one person and one month, with what the legal limits are measured by (R1-R6)."};

/* Field positions of kinmu.work.closing/1. */
#define KINMU_WORK_CLOSING_MONTH 0
#define KINMU_WORK_CLOSING_STATE 1
#define KINMU_WORK_CLOSING_CLOSED_BY 2
#define KINMU_WORK_CLOSING_FIELDS 3

static const kinmu_field kinmu_work_closing_fields[] = {
    {"month", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"2026-11\"."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "begun|closed",
     "begun: days are computed and judged first; it may have been refused then. A month that is "
     "closed stays so, whoever begins again."},
    {"closed_by", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Who asked for it; of closed, who did first."},
};

static const kinmu_schema kinmu_work_closing = {
    sizeof(kinmu_schema),
    1,
    "kinmu.work.closing",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "workday",
    NULL,
    KINMU_TABLE(kinmu_work_closing_fields),
    "That a month is closed, for everybody: also for who has no row of it yet."};

#endif
