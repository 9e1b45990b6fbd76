/* workday/facts/rules.h - the structs the rules work on, from what holds to what comes out.
 *
 * Moments are whole minutes since 1970 (UTC), dates days since 1970, spans [start, end), NONE where
 * there is none. Words are those of docs/replay.md, which says what every figure means.
 */
#ifndef WORKDAY_RULES_H
#define WORKDAY_RULES_H

#include "facts/list.h"
#include "facts/moment.h"

#define RULES_VERSION "4"
#define RULES_VERSION_SIZE 48
#define OPEN_END INT32_MAX /* of a span that goes on */
#define DEVICE_SILENT_DAYS 40
#define MISSING_MIN_MAX 10 /* more is a day of partial quality (U23) */
#define LIST_MAX 16        /* entries of a setting that is a list */

typedef struct span {
    int32_t start, end;
} span;

enum { FORM_ORDINARY, FORM_OUTSIDE, FORM_HOME, FORMS, FORM_NONE = -1 };
enum { KIND_WORK, KIND_COMPANY_HOLIDAY, KIND_LEGAL_HOLIDAY, KIND_LEAVE };
enum { CLASS_ORDINARY, CLASS_MANAGER, CLASS_DISCRETIONARY, CLASS_HIGH_SKILL, CLASS_SPECIAL };

/* A work pattern in one of its forms. */
typedef struct pattern {
    int32_t work_min, morning_min; /* morning_min NONE: half */
    int32_t auto_end_clock;
    uint32_t break_count;
    span breaks[LIST_MAX]; /* clocks as written, or as they stand where is_placed */
    int32_t is_placed;
    int32_t start_clock, end_clock; /* NONE = null */
} pattern;

/* What holds for one person on the dates [from_date, to_date). */
typedef struct terms {
    int32_t from_date, to_date;
    uint32_t group;
    int32_t work_class;
    pattern pattern;
    int32_t planned_kind; /* of the schedule of this one date; NONE = there is none */
    int32_t has_shift;    /* by that schedule: its clocks are the pattern's */
    const zone *zone;
    const char *zone_name;
    int32_t boundary_min;
    int32_t is_miteras, starts_by_boot, idle_min;
    int32_t has_input, is_compared; /* as the plan has it: input minutes, divergences */
    int32_t is_auto;                /* registration.auto */
    int32_t lock_min;
    int32_t form_order[LIST_MAX];
    uint32_t form_count;
    int32_t holiday_by_calendar; /* holiday.work = calendar */
    uint32_t calendars[LIST_MAX];
    uint32_t calendar_count;
    uint32_t legal_weekdays, company_weekdays; /* bit n = weekday n */
    int32_t week_start;
    int32_t threshold_min, is_owner_attendance;
    int32_t levels_min[LIST_MAX];
    uint32_t level_count;
    int32_t month_min, year_min, is_special, special_year_min, special_month_min, average_min;
    int32_t special_months, year_month, health_limit_min;
    int32_t interval_limit_min, interval_by_punch;
    int32_t warn_days, limit_days;
} terms;

/* "Now" of a computation: `now_ns` INT64_MAX = everything is over. */
typedef struct horizon {
    int64_t now_ns;
    int64_t computed_ns;
    int32_t last_minute; /* nothing is known of what comes after it */
} horizon;

#define DIVERGES_BEFORE_START 1u
#define DIVERGES_AFTER_END 2u
#define DIVERGES_UNDECLARED 4u
#define DIVERGES_NO_PC 8u
#define DIVERGES_NO_ATTENDANCE 16u

enum { QUALITY_GOOD, QUALITY_PARTIAL, QUALITY_NONE };
enum { STATE_PROVISIONAL, STATE_CONFIRMED };
enum { REASON_NONE_NEEDED, REASON_MISSING, REASON_ENTERED, REASON_APPROVED };
enum { END_NONE, END_MISSING, END_PENDING, END_APPROVED, END_DENIED };

enum {
    CAUSE_WINDOWS_UPDATE,
    CAUSE_WAKE_TIMER,
    CAUSE_OTHER_PC,
    CAUSE_MEETING_AWAY,
    CAUSE_PRIVATE_TIME,
    CAUSE_FORGOT_SHUTDOWN,
    CAUSE_WORK_BEFORE_BOOT,
    CAUSES
};
enum {
    EVIDENCE_RESTART,
    EVIDENCE_RESUME,
    EVIDENCE_BOOT,
    EVIDENCE_LEFT_ON,
    EVIDENCE_DEVICE,
    EVIDENCE_APPOINTMENT,
    EVIDENCE_TASK,
    EVIDENCE_MESSENGER
};

/* A candidate for the cause of a divergence, and what it is seen by (U9). */
typedef struct cause {
    int32_t kind, evidence;
    int32_t from, to; /* moments of the evidence */
} cause;
#define CAUSES_SIZE 512 /* of all candidates as they are written */

typedef struct day {
    int32_t date;
    int32_t is_held; /* of a closed month: worked out earlier, and stays so */
    const terms *terms;
    int32_t begin, end; /* of the business day */
    int32_t is_known;   /* printed */
    int32_t is_over;
    int32_t kind;
    int32_t pc_start, pc_end; /* moments */
    int32_t is_pc_start_estimated, is_pc_end_estimated;
    int32_t pc_span_min, pc_active_min, missing_min;
    int32_t work_form;
    int32_t work_start, work_end; /* moments */
    int32_t break_min, work_min, scheduled_min, overtime_min, holiday_work_min, undeclared_min;
    int32_t night_min, statutory_overtime_min, legal_holiday_min;
    int32_t has_span, is_open, is_auto_ended;
    int32_t divergence_start_min, divergence_end_min; /* NONE = null */
    uint32_t divergence_kinds;
    cause causes[CAUSES]; /* best first */
    uint32_t cause_count;
    int32_t divergence_alert;
    int32_t reason_state, end_request, quality, state;
    int64_t heard_to_ns;  /* INT64_MIN = null */
    int32_t interval_min; /* rest before this day where it is too short, else NONE */
    int32_t so_far_min;   /* work up to the last active minute of a shift that goes on, where
                             overtime is to be asked for; NONE */
    int32_t worked_row;   /* the how-manieth worked day in a row; 0 = not worked */
} day;

typedef struct month {
    int32_t month;      /* since 1970-01 */
    const terms *terms; /* of its last day */
    int32_t days_worked, work_min, overtime_min, holiday_work_min, undeclared_min, night_min;
    int32_t statutory_overtime_min, legal_holiday_min, over_60h_min, health_min;
    int32_t average_min; /* NONE = null */
    int32_t year;        /* the agreement's, named by the calendar year in which it begins */
    int32_t year_overtime_min, over_45h_months;
    int32_t short_intervals, consecutive_days, divergences;
} month;

enum {
    RULE_DIVERGENCE,
    RULE_NO_ATTENDANCE,
    RULE_OVERTIME_MONTH,
    RULE_MONTH_LIMIT,
    RULE_SIXTY,
    RULE_YEAR,
    RULE_SPECIAL,
    RULE_AVERAGE,
    RULE_MONTHS,
    RULE_HEALTH,
    RULE_INTERVAL,
    RULE_CONSECUTIVE,
    RULE_MONTH_LIMIT_FORECAST,
    RULE_SPECIAL_FORECAST,
    RULE_AVERAGE_FORECAST,
    RULE_INTERVAL_FORECAST,
    RULE_OVERTIME_PROMPT,
    RULES
};
enum { SEVERITY_INFORMATION, SEVERITY_WARNING, SEVERITY_VIOLATION };
enum { PERIOD_DAY, PERIOD_MONTH, PERIOD_YEAR };

typedef struct alert {
    int32_t rule, level, severity;
    int32_t period_form, period; /* a date, a month since 1970-01, a year */
    int32_t value, limit_value;  /* NONE = null */
    int32_t forecast_date;       /* NONE = no forecast */
    int32_t earliest;            /* moment of the earliest start; NONE = no matter */
} alert;

#endif
