/* workday/rounds/results.c - see room.h. */
#include "rounds/room.h"

#include "rules/kept.h"
#include "rounds/late.h"
#include "rounds/uses.h"

/* ---- what the store has of a person ---- */

static int32_t keep_old(void *user, const kinmu_event *one) {
    room *o = user;
    saved *copy = saved_add(&o->old, one->schema, one->values, one->value_count, one->subject);
    if (copy == NULL) {
        return KINMU_E_NOMEM;
    }
    copy->block = one->block;
    return one->schema != USE_DAY || kept_add(&o->kept, one->values, one->value_count)
               ? KINMU_OK
               : KINMU_E_NOMEM;
}

static void read_old(room *o, const char *person) {
    saved_free(&o->old);
    o->kept.count = 0;
    for (uint32_t use = USE_DAY; use <= USE_ALERT; use++) {
        stored_rows(&o->stored, use, "person", person, keep_old, o);
    }
    kept_sort(&o->kept);
}

/* ---- what is to be written ---- */

static saved *write(room *o, uint32_t use, const kinmu_value *values, uint32_t count, int32_t way,
                    int64_t unix_ns) {
    const char *person = texts_at(o->texts, o->facts.person);
    saved *one = saved_add(&o->round->rows, use, values, count, person);
    keep_status(o->round, one != NULL);
    if (one != NULL) {
        one->way = way;
        one->unix_ns = way == SAVED_DERIVE ? unix_ns : 0;
    }
    return one;
}

/* The days' figures, without when they were computed and how far devices were heard. */
static int32_t is_same_row(const saved *old, const row *line) {
    for (uint32_t i = 0; i < line->count; i++) {
        int32_t is_aside = old->use == USE_DAY &&
                           (i == KINMU_WORK_DAY_HEARD_TO_NS || i == KINMU_WORK_DAY_COMPUTED_NS);
        if (i >= old->count || (!is_aside && !saved_same(&old->values[i], &line->values[i]))) {
            return 0;
        }
    }
    return 1;
}

void results_write(room *o, uint32_t use, const kinmu_value *values, uint32_t count) {
    (void)write(o, use, values, count, SAVED_DECIDE, 0);
}

static void write_closed(room *o) {
    row *line = &o->line;
    line->values[KINMU_WORK_DAY_STATE] = kinmu_text("closed");
    line->values[KINMU_WORK_DAY_CONFIRMED] = kinmu_bool(1);
    results_write(o, USE_DAY, line->values, line->count);
}

static void write_day(room *o, const day *d) {
    row *line = &o->line;
    row_of_day(line, d);
    saved *old = saved_find(&o->old, USE_DAY, line->values, 2);
    if (old == NULL && d->is_known && late_is_closed(o, d->date)) { /* that was approved */
        write_closed(o);
        return;
    }
    if (old != NULL) {
        old->is_current = 1;
        if (saved_is(&old->values[KINMU_WORK_DAY_STATE], "closed")) {
            if (!d->is_held && late_differs(old, line)) { /* that was approved */
                write_closed(o);
            }
            return;
        }
        if (is_same_row(old, line)) {
            return;
        }
    }
    if (d->is_known || old != NULL) {
        int32_t is_decided = d->state == STATE_CONFIRMED || (old != NULL && old->block > 0);
        (void)write(o, USE_DAY, line->values, line->count, is_decided ? SAVED_DECIDE : SAVED_DERIVE,
                    d->begin * MINUTE_NS);
    }
}

/* Whether a closed day of the month becomes another one in this round. */
static int32_t has_late_day(const room *o, const char *month_text) {
    const saved *rows = o->round->rows.rows;
    const char *person = texts_at(o->texts, o->facts.person);
    for (uint32_t i = 0; i < o->round->rows.count; i++) {
        if (rows[i].use == USE_DAY && strcmp(rows[i].subject, person) == 0 &&
            saved_is(&rows[i].values[KINMU_WORK_DAY_STATE], "closed") &&
            memcmp(rows[i].values[KINMU_WORK_DAY_DATE].as.text, month_text, strlen(month_text)) ==
                0) {
            return 1;
        }
    }
    return 0;
}

static void write_month(room *o, const month *m) {
    row *line = &o->line;
    row_of_month(line, m);
    saved *old = saved_find(&o->old, USE_MONTH, line->values, 2);
    if (old != NULL) {
        old->is_current = 1;
    }
    if ((old == NULL || saved_is(&old->values[KINMU_WORK_MONTH_STATE], "closed")) &&
        has_late_day(o, line->date)) {
        line->values[KINMU_WORK_MONTH_STATE] = kinmu_text("closed");
        results_write(o, USE_MONTH, line->values, line->count);
        return;
    }
    if (old == NULL || (old->block == 0 && !is_same_row(old, line))) {
        (void)write(o, USE_MONTH, line->values, line->count, SAVED_DERIVE,
                    month_first(m->month) * DAY_NS);
    }
}

/* A month of a year back that the store has no row of: it was taken along with evidence of that
 * time, or the store was built anew. Its days are kept. */
static int32_t is_missing(room *o, const month *m) {
    if (month_first(m->month) * DAY_NS < o->round->now_ns - KEPT_DAYS * DAY_NS) {
        return 0;
    }
    row_of_month(&o->line, m);
    return saved_find(&o->old, USE_MONTH, o->line.values, 2) == NULL;
}

static const day *day_of(const room *o, int32_t date) {
    const day *days = o->engine.days.rows;
    return o->engine.days.count > 0 && date >= days[0].date &&
                   date <= days[o->engine.days.count - 1].date
               ? &days[date - days[0].date]
               : NULL;
}

/* A warning is a decision and told once, as long as it holds; one about a day that may still
 * change, and a forecast, come and go. What is told while there is time has to reach somebody: it
 * is a decision, too. */
static void write_alert(room *o, const alert *a) {
    row *line = &o->line;
    row_of_alert(line, a);
    const day *d = a->period_form == PERIOD_DAY ? day_of(o, a->period) : NULL;
    if (d != NULL && d->is_held) {
        return;
    }
    saved *old = saved_find(&o->old, USE_ALERT, line->values, 4);
    int32_t is_of_today = a->rule == RULE_INTERVAL_FORECAST || a->rule == RULE_OVERTIME_PROMPT;
    int32_t is_decided =
        is_of_today || (a->forecast_date == NONE && (d == NULL || d->state == STATE_CONFIRMED));
    if (old != NULL) {
        old->is_current = 1;
        if (old->block > 0 && !saved_is(&old->values[KINMU_ALERT_STATE], "resolved")) {
            return;
        }
        if (is_same_row(old, line) && !is_decided) {
            return;
        }
        is_decided |= old->block > 0;
    }
    (void)write(o, USE_ALERT, line->values, line->count, is_decided ? SAVED_DECIDE : SAVED_DERIVE,
                d != NULL ? d->begin * MINUTE_NS : o->round->now_ns);
}

/* Whether a row of the store tells of a time that was computed now. */
static int32_t is_in_reach(const saved *old, int32_t date) {
    static const uint32_t fields[] = {[USE_DAY - USE_DAY] = KINMU_WORK_DAY_DATE,
                                      [USE_MONTH - USE_DAY] = KINMU_WORK_MONTH_MONTH,
                                      [USE_ALERT - USE_DAY] = KINMU_ALERT_PERIOD};
    const kinmu_value *value = &old->values[fields[old->use - USE_DAY]];
    char text[DATE_SIZE];
    date_print(text, date);
    size_t size = value->size < 10 ? value->size : 10;
    return value->type == KINMU_TYPE_TEXT && memcmp(value->as.text, text, size) >= 0;
}

static void drop_row(room *o, const saved *old) {
    saved *one = write(o, old->use, old->values, old->count, SAVED_DERIVE, o->round->now_ns);
    if (one != NULL) {
        one->flags = KINMU_EVENT_REMOVED;
    }
}

static void resolve(room *o, const saved *old) {
    kinmu_value values[KINMU_ALERT_FIELDS];
    uint32_t count = old->count < KINMU_ALERT_FIELDS ? old->count : KINMU_ALERT_FIELDS;
    memcpy(values, old->values, count * sizeof *values);
    values[KINMU_ALERT_STATE] = kinmu_text("resolved");
    (void)write(o, USE_ALERT, values, count, SAVED_DECIDE, 0);
}

/* Warnings of a day that is held stay with it; that of its evidence goes when it was decided. */
static int32_t is_of_held_day(const room *o, const saved *old) {
    const kinmu_value *period = &old->values[KINMU_ALERT_PERIOD];
    char text[DATE_SIZE] = "";
    int32_t date = 0;
    if (period->size >= sizeof text || saved_is(&old->values[KINMU_ALERT_RULE], "late-evidence")) {
        return 0;
    }
    memcpy(text, period->as.text, period->size);
    const day *d = date_parse(text, &date) ? day_of(o, date) : NULL;
    return d != NULL && d->is_held;
}

/* What the store has of the time computed and is so no more. */
static void write_vanished(room *o, int32_t from_date) {
    const saved *rows = o->old.rows;
    for (uint32_t i = 0; i < o->old.count; i++) {
        if (rows[i].is_current || !is_in_reach(&rows[i], from_date)) {
            continue;
        }
        if (rows[i].block == 0) {
            drop_row(o, &rows[i]);
        } else if (rows[i].use == USE_ALERT && !is_of_held_day(o, &rows[i]) &&
                   !saved_is(&rows[i].values[KINMU_ALERT_STATE], "resolved")) {
            resolve(o, &rows[i]);
        }
    }
}

static int32_t is_period_in_reach(const alert *a, int32_t from_date, const engine *e) {
    const month *months = e->months.rows;
    int32_t year = INT32_MAX; /* the agreement's, of the first month computed */
    for (uint32_t i = e->months.count; i > 0; i--) {
        year = months[i - 1].month >= date_month(from_date) ? months[i - 1].year : year;
    }
    return a->period_form == PERIOD_DAY     ? a->period >= from_date
           : a->period_form == PERIOD_MONTH ? a->period >= date_month(from_date)
                                            : a->period >= year;
}

static void write_person(room *o, int32_t from_date) {
    const engine *e = &o->engine;
    const day *days = e->days.rows;
    const month *months = e->months.rows;
    const alert *alerts = e->alerts.rows;
    for (uint32_t i = 0; i < e->days.count; i++) {
        if (days[i].date >= from_date) {
            write_day(o, &days[i]);
        }
    }
    for (uint32_t i = 0; i < e->months.count; i++) {
        if (months[i].month >= date_month(from_date) || is_missing(o, &months[i])) {
            write_month(o, &months[i]);
        }
    }
    for (uint32_t i = 0; i < e->alerts.count; i++) {
        if (is_period_in_reach(&alerts[i], from_date, e)) {
            write_alert(o, &alerts[i]);
        }
    }
    write_vanished(o, from_date);
}

/* ---- one person ---- */

/* The next day that is planned is known from its begin on, whatever happens. */
static int64_t next_planned_ns(const room *o, int32_t today) {
    uint32_t key[2] = {o->facts.person, (uint32_t)today + 1};
    uint32_t i = book_first(&o->book, BOOK_SCHEDULE, key, 2);
    if (i >= o->facts.schedule_end) {
        return INT64_MAX;
    }
    const schedule_row *one = book_row(&o->book, BOOK_SCHEDULE, i);
    return facts_day_begin(&o->facts, (int32_t)one->record.key[1]) * MINUTE_NS;
}

static void note_person(room *o, person_state *state, int32_t from_date, const round_person *p) {
    const day *days = o->engine.days.rows;
    int32_t today = shifts_date(&o->facts, o->horizon.last_minute);
    state->open_ns = INT64_MAX;
    for (uint32_t i = o->engine.days.count; i > 0 && days[i - 1].date >= from_date; i--) {
        if (days[i - 1].is_known && days[i - 1].state == STATE_PROVISIONAL) {
            state->open_ns = days[i - 1].begin * MINUTE_NS;
        }
    }
    state->over_ns =
        state->open_ns != INT64_MAX ? facts_day_begin(&o->facts, today + 1) * MINUTE_NS : INT64_MAX;
    int64_t planned_ns = next_planned_ns(o, today);
    state->over_ns = planned_ns < state->over_ns ? planned_ns : state->over_ns;
    state->last_mono_ns = o->round->mono_ns;
    /* To compute everything, at a start or when asked, opens no pause. */
    state->last_from_ns = p->is_forced || p->from_ns <= o->reach_ns ? INT64_MAX : p->from_ns;
    const device_fact *devices = o->facts.devices.rows;
    const char *person = texts_at(o->round->roster->people, p->id);
    for (uint32_t i = 0; i < o->facts.devices.count; i++) {
        const char *device = texts_at(o->texts, devices[i].device);
        keep_status(o->round, roster_pairs(o->round->roster, device, person));
    }
}

/* Somebody who is a person no more: derived rows go, decided ones stay as history. */
static void leave_person(room *o, const char *person, person_state *state) {
    o->facts.person = id_of(o, person);
    read_old(o, person);
    const saved *rows = o->old.rows;
    for (uint32_t i = 0; i < o->old.count; i++) {
        if (rows[i].block == 0) {
            drop_row(o, &rows[i]);
        }
    }
    state->open_ns = state->over_ns = INT64_MAX;
}

void results_of(room *o, const round_person *p) {
    round *r = o->round;
    const char *person = texts_at(r->roster->people, p->id);
    person_state *state = (person_state *)r->roster->states.rows + p->id;
    uint32_t id = id_of(o, person);
    const book_id *people = o->book.people.rows;
    uint32_t at = 0;
    while (at < o->book.people.count && people[at].id != id) {
        at++;
    }
    if (at == o->book.people.count || book_person(&o->book, id) != id) {
        leave_person(o, person, state);
        return;
    }
    read_old(o, person);
    if (r->status != KINMU_OK || o->stored.status != KINMU_OK) {
        return;
    }
    if (!facts_collect(&o->facts, &o->book, &o->logs, r->zones, &people[at])) {
        keep_status(r, 0);
        return;
    }
    int32_t from_date = shifts_date(&o->facts, moment_minute(p->from_ns));
    o->engine.kept = &o->kept;
    o->engine.kept_end = from_date;
    if (!engine_compute(&o->engine, &o->book, &o->facts, &o->horizon) ||
        (late_hold(o, from_date) &&
         !engine_compute(&o->engine, &o->book, &o->facts, &o->horizon))) {
        keep_status(r, 0);
        return;
    }
    write_person(o, from_date);
    note_person(o, state, from_date, p);
}
