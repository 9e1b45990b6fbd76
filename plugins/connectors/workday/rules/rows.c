/* workday/rules/rows.c - see rows.h. */
#include "rules/rows.h"

#include <stdio.h>
#include <string.h>

static void put(row *r, uint32_t field, kinmu_value value) {
    r->values[field] = value;
}

static kinmu_value number_or_null(int32_t number) {
    return number == NONE ? kinmu_null() : kinmu_i64(number);
}

static void clear(row *r, uint32_t count) {
    r->count = count;
    for (uint32_t i = 0; i < count; i++) {
        r->values[i] = kinmu_null();
    }
}

/* The names of the set bits, joined by ';'. */
static void join(char *out, size_t size, uint32_t bits, const char *const *names, uint32_t count) {
    size_t at = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        if ((bits & 1u << i) != 0 && at < size) {
            at += (size_t)snprintf(out + at, size - at, "%s%s", at > 0 ? ";" : "", names[i]);
        }
    }
}

/* ---- days ---- */

static void put_clock(row *r, const day *d, uint32_t clock, uint32_t fold, int32_t minute) {
    const zone *z = d->terms->zone;
    if (minute != NONE) {
        put(r, clock, kinmu_i64(moment_clock(z, d->date, minute)));
        put(r, fold, kinmu_bool(zone_is_second(z, minute * INT64_C(60))));
    }
}

static void put_work(row *r, const day *d) {
    static const char *const forms[] = {"ordinary", "outside", "home"};
    put_clock(r, d, KINMU_WORK_DAY_WORK_START, KINMU_WORK_DAY_FOLD_START, d->work_start);
    put_clock(r, d, KINMU_WORK_DAY_WORK_END, KINMU_WORK_DAY_FOLD_END, d->work_end);
    if (d->work_form != FORM_NONE) {
        put(r, KINMU_WORK_DAY_WORK_FORM, kinmu_text(forms[d->work_form]));
    }
    if (d->work_end != NONE) {
        put(r, KINMU_WORK_DAY_DEEMED_END,
            kinmu_i64(r->values[KINMU_WORK_DAY_WORK_END].as.i64 - d->break_min));
    }
    put(r, KINMU_WORK_DAY_BREAK_MIN, kinmu_i64(d->break_min));
    put(r, KINMU_WORK_DAY_WORK_MIN, kinmu_i64(d->work_min));
    put(r, KINMU_WORK_DAY_SCHEDULED_MIN, kinmu_i64(d->scheduled_min));
    put(r, KINMU_WORK_DAY_OVERTIME_MIN, kinmu_i64(d->overtime_min));
    put(r, KINMU_WORK_DAY_HOLIDAY_WORK_MIN, kinmu_i64(d->holiday_work_min));
    put(r, KINMU_WORK_DAY_UNDECLARED_MIN, kinmu_i64(d->undeclared_min));
    put(r, KINMU_WORK_DAY_NIGHT_MIN, kinmu_i64(d->night_min));
    put(r, KINMU_WORK_DAY_STATUTORY_OVERTIME_MIN, kinmu_i64(d->statutory_overtime_min));
    put(r, KINMU_WORK_DAY_LEGAL_HOLIDAY_MIN, kinmu_i64(d->legal_holiday_min));
    put(r, KINMU_WORK_DAY_IS_AUTO_ENDED, kinmu_bool(d->is_auto_ended));
}

static void put_plan(row *r, const day *d) {
    const terms *t = d->terms;
    int32_t has_shift = t->has_shift && d->kind != KIND_LEAVE;
    if (t->planned_kind == NONE) {
        return;
    }
    put(r, KINMU_WORK_DAY_SCHEDULED_BY,
        kinmu_text(!has_shift             ? "off"
                   : t->pattern.is_placed ? "clocks"
                                          : "pattern"));
    if (has_shift) {
        put(r, KINMU_WORK_DAY_SCHEDULED_START, number_or_null(t->pattern.start_clock));
        put(r, KINMU_WORK_DAY_SCHEDULED_END, number_or_null(t->pattern.end_clock));
    }
}

static void put_pc(row *r, const day *d) {
    static const char *const qualities[] = {"exact", "estimated"};
    put_clock(r, d, KINMU_WORK_DAY_PC_START, KINMU_WORK_DAY_PC_FOLD_START, d->pc_start);
    put_clock(r, d, KINMU_WORK_DAY_PC_END, KINMU_WORK_DAY_PC_FOLD_END, d->pc_end);
    if (d->pc_start != NONE) {
        put(r, KINMU_WORK_DAY_PC_START_QUALITY, kinmu_text(qualities[d->is_pc_start_estimated]));
        put(r, KINMU_WORK_DAY_PC_END_QUALITY, kinmu_text(qualities[d->is_pc_end_estimated]));
    }
    put(r, KINMU_WORK_DAY_PC_SPAN_MIN, kinmu_i64(d->pc_span_min));
    put(r, KINMU_WORK_DAY_PC_ACTIVE_MIN, kinmu_i64(d->pc_active_min));
    put(r, KINMU_WORK_DAY_MISSING_MIN, kinmu_i64(d->missing_min));
}

static int32_t clock_at(const day *d, int32_t moment) {
    int32_t clock = moment_clock(d->terms->zone, d->date, moment);
    return clock > CLOCK_MAX ? CLOCK_MAX : clock < 0 ? 0 : clock;
}

/* "windows-update restart 27:12-27:14", joined by ';'. */
static void join_causes(row *r, const day *d) {
    static const char *const kinds[] = {"windows-update",  "wake-timer",   "other-pc",
                                        "meeting-away",    "private-time", "forgot-shutdown",
                                        "work-before-boot"};
    static const char *const evidence[] = {"restart", "resume",      "boot", "left-on",
                                           "device",  "appointment", "task", "messenger"};
    size_t at = 0;
    r->causes[0] = '\0';
    for (uint32_t i = 0; i < d->cause_count && at < sizeof r->causes; i++) {
        const cause *c = &d->causes[i];
        int32_t from = clock_at(d, c->from);
        int32_t to = clock_at(d, c->to);
        at += (size_t)snprintf(r->causes + at, sizeof r->causes - at, "%s%s %s %d:%02d-%d:%02d",
                               at > 0 ? ";" : "", kinds[c->kind], evidence[c->evidence], from / 60,
                               from % 60, to / 60, to % 60);
    }
}

static void put_divergence(row *r, const day *d) {
    static const char *const kinds[] = {"before-start", "after-end", "undeclared", "no-pc",
                                        "no-attendance"};
    static const char *const reasons[] = {"none-needed", "missing", "entered", "approved"};
    join(r->kinds, sizeof r->kinds, d->divergence_kinds, kinds, 5);
    join_causes(r, d);
    put(r, KINMU_WORK_DAY_DIVERGENCE_START_MIN, number_or_null(d->divergence_start_min));
    put(r, KINMU_WORK_DAY_DIVERGENCE_END_MIN, number_or_null(d->divergence_end_min));
    put(r, KINMU_WORK_DAY_DIVERGENCE_KINDS, kinmu_text(r->kinds));
    put(r, KINMU_WORK_DAY_DIVERGENCE_ALERT, kinmu_bool(d->divergence_alert));
    put(r, KINMU_WORK_DAY_DIVERGENCE_CAUSES, kinmu_text(r->causes));
    put(r, KINMU_WORK_DAY_REASON_STATE, kinmu_text(reasons[d->reason_state]));
}

static void put_state(row *r, const day *d) {
    static const char *const states[] = {"provisional", "confirmed"};
    static const char *const ends[] = {"none", "missing", "pending", "approved", "denied"};
    static const char *const qualities[] = {"good", "partial", "none"};
    static const char *const kinds[] = {"work", "company-holiday", "legal-holiday", "leave"};
    put(r, KINMU_WORK_DAY_STATE, kinmu_text(states[d->state]));
    put(r, KINMU_WORK_DAY_DAY_KIND, kinmu_text(kinds[d->kind]));
    put(r, KINMU_WORK_DAY_END_REQUEST, kinmu_text(ends[d->end_request]));
    put(r, KINMU_WORK_DAY_ZONE, kinmu_text(d->terms->zone_name));
    put(r, KINMU_WORK_DAY_QUALITY, kinmu_text(qualities[d->quality]));
    if (d->heard_to_ns != INT64_MIN) {
        put(r, KINMU_WORK_DAY_HEARD_TO_NS, kinmu_time(d->heard_to_ns));
    }
    put(r, KINMU_WORK_DAY_COMPUTED_NS, kinmu_time(r->computed_ns));
    put(r, KINMU_WORK_DAY_RULE_VERSION, kinmu_text(r->rule_version));
    put(r, KINMU_WORK_DAY_CONFIRMED, kinmu_bool(d->state == STATE_CONFIRMED));
}

void row_of_day(row *r, const day *d) {
    clear(r, KINMU_WORK_DAY_FIELDS);
    date_print(r->date, d->date);
    put(r, KINMU_WORK_DAY_PERSON, kinmu_text(texts_at(r->texts, r->facts->person)));
    put(r, KINMU_WORK_DAY_DATE, kinmu_text(r->date));
    put(r, KINMU_WORK_DAY_EMPLOYEE_NO, kinmu_text(texts_at(r->texts, r->facts->employee_no)));
    put(r, KINMU_WORK_DAY_GROUP_ID, kinmu_text(texts_at(r->texts, d->terms->group)));
    put_work(r, d);
    put_plan(r, d);
    put_pc(r, d);
    put_divergence(r, d);
    put_state(r, d);
}

/* ---- months ---- */

void row_of_month(row *r, const month *m) {
    clear(r, KINMU_WORK_MONTH_FIELDS);
    month_print(r->date, m->month);
    put(r, KINMU_WORK_MONTH_PERSON, kinmu_text(texts_at(r->texts, r->facts->person)));
    put(r, KINMU_WORK_MONTH_MONTH, kinmu_text(r->date));
    put(r, KINMU_WORK_MONTH_GROUP_ID, kinmu_text(texts_at(r->texts, m->terms->group)));
    put(r, KINMU_WORK_MONTH_STATE, kinmu_text("open"));
    put(r, KINMU_WORK_MONTH_DAYS_WORKED, kinmu_i64(m->days_worked));
    put(r, KINMU_WORK_MONTH_WORK_MIN, kinmu_i64(m->work_min));
    put(r, KINMU_WORK_MONTH_OVERTIME_MIN, kinmu_i64(m->overtime_min));
    put(r, KINMU_WORK_MONTH_HOLIDAY_WORK_MIN, kinmu_i64(m->holiday_work_min));
    put(r, KINMU_WORK_MONTH_UNDECLARED_MIN, kinmu_i64(m->undeclared_min));
    put(r, KINMU_WORK_MONTH_NIGHT_MIN, kinmu_i64(m->night_min));
    put(r, KINMU_WORK_MONTH_STATUTORY_OVERTIME_MIN, kinmu_i64(m->statutory_overtime_min));
    put(r, KINMU_WORK_MONTH_LEGAL_HOLIDAY_MIN, kinmu_i64(m->legal_holiday_min));
    put(r, KINMU_WORK_MONTH_OVER_60H_MIN, kinmu_i64(m->over_60h_min));
    put(r, KINMU_WORK_MONTH_HEALTH_MIN, kinmu_i64(m->health_min));
    put(r, KINMU_WORK_MONTH_AVERAGE_MIN, number_or_null(m->average_min));
    put(r, KINMU_WORK_MONTH_YEAR_OVERTIME_MIN, kinmu_i64(m->year_overtime_min));
    put(r, KINMU_WORK_MONTH_OVER_45H_MONTHS, kinmu_i64(m->over_45h_months));
    put(r, KINMU_WORK_MONTH_SHORT_INTERVALS, kinmu_i64(m->short_intervals));
    put(r, KINMU_WORK_MONTH_CONSECUTIVE_DAYS, kinmu_i64(m->consecutive_days));
    put(r, KINMU_WORK_MONTH_DIVERGENCES, kinmu_i64(m->divergences));
    put(r, KINMU_WORK_MONTH_RULE_VERSION, kinmu_text(r->rule_version));
}

/* ---- alerts ---- */

const char *row_rule(int32_t rule) {
    static const char *const rules[RULES] = {
        [RULE_DIVERGENCE] = "divergence",
        [RULE_NO_ATTENDANCE] = "no-attendance",
        [RULE_OVERTIME_MONTH] = "overtime.month",
        [RULE_MONTH_LIMIT] = "overtime.month.limit",
        [RULE_SIXTY] = "overtime.sixty",
        [RULE_YEAR] = "overtime.year",
        [RULE_SPECIAL] = "overtime.special",
        [RULE_AVERAGE] = "overtime.average",
        [RULE_MONTHS] = "overtime.months",
        [RULE_HEALTH] = "health",
        [RULE_INTERVAL] = "interval",
        [RULE_CONSECUTIVE] = "consecutive",
        [RULE_MONTH_LIMIT_FORECAST] = "overtime.month.limit.forecast",
        [RULE_SPECIAL_FORECAST] = "overtime.special.forecast",
        [RULE_AVERAGE_FORECAST] = "overtime.average.forecast",
        [RULE_INTERVAL_FORECAST] = "interval.forecast",
        [RULE_OVERTIME_PROMPT] = "overtime.prompt",
    };
    return rules[rule];
}

void row_period(char out[DATE_SIZE], const alert *a) {
    if (a->period_form == PERIOD_DAY) {
        date_print(out, a->period);
    } else if (a->period_form == PERIOD_MONTH) {
        month_print(out, a->period);
    } else {
        (void)snprintf(out, DATE_SIZE, "%04d", a->period % 10000);
    }
}

void row_of_alert(row *r, const alert *a) {
    static const char *const severities[] = {"information", "warning", "violation"};
    clear(r, KINMU_ALERT_FIELDS);
    row_period(r->date, a);
    (void)snprintf(r->text_key, sizeof r->text_key, "alert.%s", row_rule(a->rule));
    put(r, KINMU_ALERT_RULE, kinmu_text(row_rule(a->rule)));
    put(r, KINMU_ALERT_PERSON, kinmu_text(texts_at(r->texts, r->facts->person)));
    put(r, KINMU_ALERT_PERIOD, kinmu_text(r->date));
    put(r, KINMU_ALERT_LEVEL, kinmu_i64(a->level));
    put(r, KINMU_ALERT_STATE, kinmu_text("open"));
    put(r, KINMU_ALERT_SEVERITY, kinmu_text(severities[a->severity]));
    put(r, KINMU_ALERT_IS_FORECAST, kinmu_bool(a->forecast_date != NONE));
    put(r, KINMU_ALERT_VALUE, number_or_null(a->value));
    put(r, KINMU_ALERT_LIMIT_VALUE, number_or_null(a->limit_value));
    if (a->value != NONE) {
        put(r, KINMU_ALERT_UNIT,
            kinmu_text(a->rule == RULE_MONTHS        ? "count"
                       : a->rule == RULE_CONSECUTIVE ? "days"
                                                     : "min"));
    }
    if (a->forecast_date != NONE) {
        date_print(r->other_date, a->forecast_date);
        put(r, KINMU_ALERT_FORECAST_DATE, kinmu_text(r->other_date));
    }
    put(r, KINMU_ALERT_TEXT_KEY, kinmu_text(r->text_key));
    put(r, KINMU_ALERT_AUDIENCE,
        kinmu_text(a->rule == RULE_OVERTIME_PROMPT ? "self" : "self;approvers"));
    if (a->earliest != NONE) {
        put(r, KINMU_ALERT_EARLIEST_NS, kinmu_time(a->earliest * MINUTE_NS));
    }
    put(r, KINMU_ALERT_RULE_VERSION, kinmu_text(r->rule_version));
}
