/* kinmu/events/settings.h - the settings a company, a group or a person may have from a date on
 * (kinmu.people.setting): names, defaults and what a value may be. `people` refuses what does not
 * fit; `workday` computes by them. What each one does: docs/replay.md. */
#ifndef KINMU_EVENTS_SETTINGS_H
#define KINMU_EVENTS_SETTINGS_H

#include <kinmu/value.h>

#define KINMU_SETTING_NUMBER 1u /* whole number, min to max */
#define KINMU_SETTING_CLOCK 2u  /* "05:00", min to max in minutes */
#define KINMU_SETTING_CHOICE 3u /* one of choices */
#define KINMU_SETTING_LIST 4u   /* joined by ";", each one of choices, or a number, or any name */
#define KINMU_SETTING_ZONE 5u   /* IANA zone name */
#define KINMU_SETTING_DATE 6u   /* "2026-12-31", "" = none */

#define KINMU_SETTING_COMPANY_ONLY 1u /* not for groups or persons */

#define KINMU_WEEKDAYS "sunday|monday|tuesday|wednesday|thursday|friday|saturday"

typedef struct kinmu_setting {
    const char *name;
    const char *preset;  /* holds where nothing is set */
    const char *choices; /* "a|b|c" or NULL */
    const char *doc;
    int64_t min, max; /* NUMBER, CLOCK, LIST of numbers (max > 0) */
    uint32_t type;    /* KINMU_SETTING_* */
    uint32_t flags;
} kinmu_setting;

#define KINMU_SETTING_DAY_ZONE 0
#define KINMU_SETTING_DAY_BOUNDARY 1
#define KINMU_SETTING_BINDING_BY 2
#define KINMU_SETTING_PC_PROFILE 3
#define KINMU_SETTING_PC_START 4
#define KINMU_SETTING_PC_IDLE_MIN 5
#define KINMU_SETTING_REGISTRATION_AUTO 6
#define KINMU_SETTING_BREAK_LOCK_MIN 7
#define KINMU_SETTING_FORM_ORDER 8
#define KINMU_SETTING_HOLIDAY_WORK 9
#define KINMU_SETTING_CALENDAR 10
#define KINMU_SETTING_WEEK_LEGAL_HOLIDAY 11
#define KINMU_SETTING_WEEK_COMPANY_HOLIDAY 12
#define KINMU_SETTING_WEEK_START 13
#define KINMU_SETTING_DIVERGENCE_THRESHOLD_MIN 14
#define KINMU_SETTING_DIVERGENCE_OWNER 15
#define KINMU_SETTING_OVERTIME_LEVELS_MIN 16
#define KINMU_SETTING_OVERTIME_MONTH_MIN 17
#define KINMU_SETTING_OVERTIME_YEAR_MIN 18
#define KINMU_SETTING_OVERTIME_SPECIAL 19
#define KINMU_SETTING_OVERTIME_SPECIAL_YEAR_MIN 20
#define KINMU_SETTING_OVERTIME_SPECIAL_MONTH_MIN 21
#define KINMU_SETTING_OVERTIME_AVERAGE_MIN 22
#define KINMU_SETTING_OVERTIME_SPECIAL_MONTHS 23
#define KINMU_SETTING_OVERTIME_YEAR_MONTH 24
#define KINMU_SETTING_HEALTH_LIMIT_MIN 25
#define KINMU_SETTING_INTERVAL_LIMIT_MIN 26
#define KINMU_SETTING_INTERVAL_BY 27
#define KINMU_SETTING_CONSECUTIVE_WARN_DAYS 28
#define KINMU_SETTING_CONSECUTIVE_LIMIT_DAYS 29
#define KINMU_SETTING_COMPANY_PLAN 30
#define KINMU_SETTING_COMPANY_LICENCES 31
#define KINMU_SETTING_GROUP_PEOPLE_MAX 32
#define KINMU_SETTING_MAIL_SEND 33
#define KINMU_SETTING_OPERATOR_ACCESS 34
#define KINMU_SETTING_CONTRACT_END 35
#define KINMU_SETTING_CONTRACT_ERASE 36
#define KINMU_SETTINGS 37

static const kinmu_setting kinmu_settings[KINMU_SETTINGS] = {
    {"day.zone", "Asia/Tokyo", NULL, "IANA zone in which the day is computed (SES-14).", 0, 0,
     KINMU_SETTING_ZONE, 0},
    {"day.boundary", "05:00", NULL, "Clock at which the business day begins (SES-13).", 0, 720,
     KINMU_SETTING_CLOCK, 0},
    {"binding.by", "account", "account|computer",
     "What binds records to a person: login account or computer (COL-08).", 0, 0,
     KINMU_SETTING_CHOICE, KINMU_SETTING_COMPANY_ONLY},
    {"pc.profile", "nec", "nec|miteras",
     "nec: PC start and end are the first and last minute with input; miteras: sessions (SES-03, "
     "SES-04).",
     0, 0, KINMU_SETTING_CHOICE, 0},
    {"pc.start", "logon", "logon|boot", "Profile miteras: what starts the PC's day (TRAP-15).", 0,
     0, KINMU_SETTING_CHOICE, 0},
    {"pc.idle_min", "5", NULL,
     "Minutes without input after which a person counts as idle (COL-30).", 1, 60,
     KINMU_SETTING_NUMBER, 0},
    {"registration.auto", "off", "off|on",
     "Work is recorded from the PC where no punch says otherwise (WRK-01).", 0, 0,
     KINMU_SETTING_CHOICE, 0},
    {"break.lock_min", "0", NULL,
     "Locked or logged off for so long or longer is a break; 0 = never (SES-11).", 0, 720,
     KINMU_SETTING_NUMBER, 0},
    {"form.order", "home;outside;ordinary", "home|outside|ordinary",
     "Which form of work a day has when its tasks differ (WRK-12).", 0, 0, KINMU_SETTING_LIST, 0},
    {"holiday.work", "declared", "declared|calendar",
     "Whether work on a holiday is holiday work only when declared (WRK-11).", 0, 0,
     KINMU_SETTING_CHOICE, 0},
    {"calendar", "jp", NULL, "Calendars asked in this order.", 0, 0, KINMU_SETTING_LIST, 0},
    {"week.legal_holiday", "sunday", KINMU_WEEKDAYS, "Weekdays that are legal holidays (法定休日).",
     0, 0, KINMU_SETTING_LIST, 0},
    {"week.company_holiday", "saturday", KINMU_WEEKDAYS,
     "Weekdays that are company holidays (所定休日).", 0, 0, KINMU_SETTING_LIST, 0},
    {"week.start", "sunday", KINMU_WEEKDAYS, "First day of the week of 40 hours (R1).", 0, 0,
     KINMU_SETTING_CHOICE, 0},
    {"divergence.threshold_min", "60", NULL, "A divergence so large or larger alerts (ATT-04).", 1,
     1440, KINMU_SETTING_NUMBER, 0},
    {"divergence.owner", "kinmu", "kinmu|attendance",
     "Who checks divergences and takes their reasons (ATT-02).", 0, 0, KINMU_SETTING_CHOICE,
     KINMU_SETTING_COMPANY_ONLY},
    {"overtime.levels_min", "1800;2160;2400;2700", NULL, "Levels of the month's overtime (R3).", 1,
     44640, KINMU_SETTING_LIST, 0},
    {"overtime.month_min", "2700", NULL, "Limit of a month, 45 h (L3).", 0, 44640,
     KINMU_SETTING_NUMBER, 0},
    {"overtime.year_min", "21600", NULL, "Limit of a year, 360 h (L3).", 0, 527040,
     KINMU_SETTING_NUMBER, 0},
    {"overtime.special", "off", "off|on", "Whether the agreement has a special clause (特別条項).",
     0, 0, KINMU_SETTING_CHOICE, 0},
    {"overtime.special_year_min", "43200", NULL, "Its limit of a year, 720 h.", 0, 527040,
     KINMU_SETTING_NUMBER, 0},
    {"overtime.special_month_min", "6000", NULL,
     "Overtime and legal holiday work stay below this in a month, 100 h.", 0, 44640,
     KINMU_SETTING_NUMBER, 0},
    {"overtime.average_min", "4800", NULL,
     "And at or below this in every average of 2 to 6 months, 80 h.", 0, 44640,
     KINMU_SETTING_NUMBER, 0},
    {"overtime.special_months", "6", NULL, "Months of a year that may be over overtime.month_min.",
     0, 12, KINMU_SETTING_NUMBER, 0},
    {"overtime.year_month", "4", NULL, "Month in which the agreement's year begins (R6).", 1, 12,
     KINMU_SETTING_NUMBER, 0},
    {"health.limit_min", "4800", NULL,
     "Health hours above this: the person is told, 80 h (R2, L2).", 0, 44640, KINMU_SETTING_NUMBER,
     0},
    {"interval.limit_min", "660", NULL,
     "Rest between two days shorter than this alerts; 0 = off (R4).", 0, 1440, KINMU_SETTING_NUMBER,
     0},
    {"interval.by", "evidence", "evidence|punch",
     "Rest by PC or attendance, whichever is longer at work, or by attendance only.", 0, 0,
     KINMU_SETTING_CHOICE, 0},
    {"consecutive.warn_days", "12", NULL, "Consecutive days worked that warn (R5).", 1, 366,
     KINMU_SETTING_NUMBER, 0},
    {"consecutive.limit_days", "14", NULL, "Consecutive days worked that violate (R5).", 1, 366,
     KINMU_SETTING_NUMBER, 0},
    {"company.plan", "standard", "time-report|job-report|telework|standard|advanced",
     "What was bought: what is collected and computed, and which files there are (PLN-01, PLN-02).",
     0, 0, KINMU_SETTING_CHOICE, KINMU_SETTING_COMPANY_ONLY},
    {"company.licences", "500", NULL, "People who may be active at once (SUP-05, IMP-08).", 1,
     1000000, KINMU_SETTING_NUMBER, KINMU_SETTING_COMPANY_ONLY},
    {"group.people_max", "100", NULL, "People a group may have (IMP-04).", 1, 100000,
     KINMU_SETTING_NUMBER, KINMU_SETTING_COMPANY_ONLY},
    {"mail.send", "on", "on|off",
     "Mails are sent; off: none but those of registration and re-issue (NTF-01, NTF-02).", 0, 0,
     KINMU_SETTING_CHOICE, KINMU_SETTING_COMPANY_ONLY},
    {"operator.access", "open", "open|approved",
     "approved: who runs the node sees what was recorded of people only while an administrator "
     "lets him (RET-05).",
     0, 0, KINMU_SETTING_CHOICE, KINMU_SETTING_COMPANY_ONLY},
    {"contract.end", "", NULL,
     "Last day of the contract; a month later what contract.erase names is destroyed (RET-02).", 0,
     0, KINMU_SETTING_DATE, KINMU_SETTING_COMPANY_ONLY},
    {"contract.erase", "evidence", NULL, "Purposes whose records go then.", 0, 0,
     KINMU_SETTING_LIST, KINMU_SETTING_COMPANY_ONLY},
};

#endif
