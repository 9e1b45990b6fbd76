/* workday/rounds/late.c - see late.h. */
#include "rounds/late.h"

#include "rules/kept.h"
#include "rounds/uses.h"

#include <stdio.h>

enum { LATE_OPEN, LATE_APPROVED, LATE_REFUSED };

static int32_t is_plan(uint32_t field) {
    return field >= KINMU_WORK_DAY_SCHEDULED_START && field <= KINMU_WORK_DAY_SCHEDULED_BY;
}

static int32_t is_figure(uint32_t field) {
    int32_t is_old = field >= KINMU_WORK_DAY_DAY_KIND && field <= KINMU_WORK_DAY_FOLD_END;
    return (is_old || is_plan(field)) && field != KINMU_WORK_DAY_DIVERGENCE_CAUSES;
}

int32_t late_differs(const saved *old, const row *line) {
    for (uint32_t i = 0; i < old->count && i < line->count; i++) {
        if (is_figure(i) && !saved_same(&old->values[i], &line->values[i])) {
            return 1;
        }
    }
    return 0;
}

/* ---- closed months ---- */

int32_t late_is_closed(room *o, int32_t date) {
    const closing *known = o->closed.rows;
    int32_t number = date_month(date);
    char text[DATE_SIZE];
    if (number >= date_month(moment_minute(o->round->now_ns) / DAY_MIN + 1)) {
        return 0; /* not over: it cannot be closed */
    }
    for (uint32_t i = 0; i < o->closed.count; i++) {
        if (known[i].month == number) {
            return known[i].is_closed;
        }
    }
    month_print(text, number);
    closing *one = list_add(&o->closed);
    keep_status(o->round, one != NULL);
    int32_t is_closed = stored_has_closed(&o->stored, text);
    if (one != NULL) {
        *one = (closing){number, is_closed};
    }
    return is_closed;
}

/* ---- the figures as text ---- */

static int32_t is_clock(uint32_t field) {
    return field == KINMU_WORK_DAY_WORK_START || field == KINMU_WORK_DAY_WORK_END ||
           field == KINMU_WORK_DAY_DEEMED_END || field == KINMU_WORK_DAY_PC_START ||
           field == KINMU_WORK_DAY_PC_END || is_plan(field);
}

static void print_value(char out[64], uint32_t field, const kinmu_value *value) {
    long long number = (long long)value->as.i64;
    if (value->type == KINMU_TYPE_TEXT) {
        (void)snprintf(out, 64, "%.*s", (int)(value->size < 60 ? value->size : 60), value->as.text);
    } else if (value->type == KINMU_TYPE_NULL) {
        (void)snprintf(out, 64, "none");
    } else if (value->type == KINMU_TYPE_BOOL) {
        (void)snprintf(out, 64, "%s", number != 0 ? "yes" : "no");
    } else if (is_clock(field)) {
        (void)snprintf(out, 64, "%lld:%02lld", number / 60, number % 60);
    } else {
        (void)snprintf(out, 64, "%lld", number);
    }
}

static void add_text(char text[LATE_TEXT_SIZE], uint32_t field, const kinmu_value *value) {
    char one[64];
    size_t size = strlen(text);
    print_value(one, field, value);
    (void)snprintf(text + size, LATE_TEXT_SIZE - size, "%s%s=%s", size > 0 ? " " : "",
                   kinmu_work_day_fields[field].name, one);
}

static void print_texts(const saved *old, const row *line, char before[LATE_TEXT_SIZE],
                        char after[LATE_TEXT_SIZE]) {
    before[0] = after[0] = '\0';
    for (uint32_t i = 0; i < old->count && i < line->count; i++) {
        if (is_figure(i) && !saved_same(&old->values[i], &line->values[i])) {
            add_text(before, i, &old->values[i]);
            add_text(after, i, &line->values[i]);
        }
    }
}

/* What a day tells that the closed month had no row of: nothing but what it was to be, is "". */
static int32_t is_telling(uint32_t field, const kinmu_value *value) {
    int32_t is_leave = field == KINMU_WORK_DAY_DAY_KIND && saved_is(value, "leave");
    int32_t is_of_row = field == KINMU_WORK_DAY_SCHEDULED_MIN || is_plan(field) ||
                        field == KINMU_WORK_DAY_MISSING_MIN;
    return is_leave ||
           (value->type == KINMU_TYPE_I64 && !is_of_row && (is_clock(field) || value->as.i64 != 0));
}

static void print_new(const row *line, char after[LATE_TEXT_SIZE]) {
    after[0] = '\0';
    for (uint32_t i = 0; i < line->count; i++) {
        if (is_figure(i) && is_telling(i, &line->values[i])) {
            add_text(after, i, &line->values[i]);
        }
    }
}

/* ---- what was decided ---- */

/* The newest request of the day, if it is about these figures. */
static int32_t state_of(const room *o, int32_t date, const char *after) {
    const request_row *newest = NULL;
    for (uint32_t i = o->facts.request_first; i < o->facts.request_end; i++) {
        const request_row *one = book_row(&o->book, BOOK_REQUEST, i);
        if (one->kind == REQUEST_LATE && one->date == date &&
            (newest == NULL || one->record.unix_ns >= newest->record.unix_ns)) {
            newest = one;
        }
    }
    if (newest == NULL || strcmp(texts_at(o->texts, newest->after), after) != 0) {
        return LATE_OPEN;
    }
    return newest->state == REQUEST_APPROVED  ? LATE_APPROVED
           : newest->state == REQUEST_PENDING ? LATE_OPEN
                                              : LATE_REFUSED;
}

/* Told once for the same figures, until it is decided: `approval`, on whatever node, asks. */
static void warn(room *o, const char *date, const char *before, const char *after) {
    kinmu_value v[KINMU_ALERT_FIELDS] = {
        [KINMU_ALERT_RULE] = kinmu_text("late-evidence"),
        [KINMU_ALERT_PERSON] = kinmu_text(texts_at(o->texts, o->facts.person)),
        [KINMU_ALERT_PERIOD] = kinmu_text(date),
        [KINMU_ALERT_LEVEL] = kinmu_i64(1),
        [KINMU_ALERT_STATE] = kinmu_text("open"),
        [KINMU_ALERT_SEVERITY] = kinmu_text("warning"),
        [KINMU_ALERT_IS_FORECAST] = kinmu_bool(0),
        [KINMU_ALERT_TEXT_KEY] = kinmu_text("alert.late-evidence"),
        [KINMU_ALERT_AUDIENCE] = kinmu_text("self;approvers"),
        [KINMU_ALERT_RULE_VERSION] = kinmu_text(o->round->rule_version),
        [KINMU_ALERT_BEFORE] = kinmu_text(before),
        [KINMU_ALERT_AFTER] = kinmu_text(after),
    };
    saved *old = saved_find(&o->old, USE_ALERT, v, 4);
    if (old != NULL) {
        old->is_current = 1;
    }
    if (old == NULL || saved_is(&old->values[KINMU_ALERT_STATE], "resolved") ||
        old->count <= KINMU_ALERT_AFTER || !saved_is(&old->values[KINMU_ALERT_AFTER], after)) {
        results_write(o, USE_ALERT, v, KINMU_ALERT_FIELDS);
    }
}

static void hold(room *o, int32_t date, int32_t is_new) {
    if (is_new) {
        keep_status(o->round, kept_none(&o->kept, date));
        kept_sort(&o->kept);
    }
    day *kept = o->kept.rows;
    for (uint32_t i = 0; i < o->kept.count; i++) {
        kept[i].is_held |= kept[i].date == date;
    }
}

/* Whether the line changes a closed month; the texts show what. */
static int32_t is_late(room *o, const day *d, const saved *old, char before[LATE_TEXT_SIZE],
                       char after[LATE_TEXT_SIZE]) {
    if (old == NULL) {
        if (!d->is_known || !late_is_closed(o, d->date)) {
            return 0;
        }
        (void)snprintf(before, LATE_TEXT_SIZE, "none");
        print_new(&o->line, after);
        return 1;
    }
    if (!saved_is(&old->values[KINMU_WORK_DAY_STATE], "closed") || !late_differs(old, &o->line)) {
        return 0;
    }
    print_texts(old, &o->line, before, after);
    return 1;
}

/* Of whom nothing is asked any more: what is kept of him stays as it is. */
static int32_t is_erased(const room *o) {
    const person_row *one = book_find(&o->book, BOOK_PERSON, &o->facts.person, 1);
    return one != NULL && one->is_erased;
}

int32_t late_hold(room *o, int32_t from_date) {
    char before[LATE_TEXT_SIZE];
    char after[LATE_TEXT_SIZE];
    const day *days = o->engine.days.rows;
    int32_t is_any = 0;
    int32_t is_gone = is_erased(o);
    for (uint32_t i = 0; i < o->engine.days.count; i++) {
        if (days[i].date < from_date) {
            continue;
        }
        row *line = &o->line;
        row_of_day(line, &days[i]);
        const saved *old = saved_find(&o->old, USE_DAY, line->values, 2);
        if (!is_late(o, &days[i], old, before, after)) {
            continue;
        }
        int32_t is_asked = after[0] != '\0' && !is_gone;
        int32_t state = is_asked ? state_of(o, days[i].date, after) : LATE_REFUSED;
        if (state == LATE_APPROVED) {
            continue;
        }
        is_any = 1;
        hold(o, days[i].date, old == NULL);
        if (state != LATE_REFUSED) {
            warn(o, line->date, before, after);
        }
    }
    return is_any;
}
