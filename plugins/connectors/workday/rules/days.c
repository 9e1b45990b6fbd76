/* workday/rules/days.c - see days.h. The first step: one day after another. */
#include "rules/days.h"

#include "rules/causes.h"
#include "rules/figures.h"

#include <string.h>

#define DAYS_MAX 110000 /* more than there are from 1971 to 2262 */

void engine_init(engine *e) {
    memset(e, 0, sizeof *e);
    e->days.size = sizeof(day);
    e->months.size = sizeof(month);
    e->alerts.size = sizeof(alert);
    e->pieces.size = e->cover.size = sizeof(span);
    sessions_init(&e->sessions);
    shifts_init(&e->shifts);
    pc_init(&e->pc);
    heard_init(&e->heard);
    declared_init(&e->declared[0]);
    declared_init(&e->declared[1]);
}

void engine_finish(engine *e) {
    list_free(&e->days);
    list_free(&e->months);
    list_free(&e->alerts);
    list_free(&e->pieces);
    list_free(&e->cover);
    sessions_finish(&e->sessions);
    shifts_finish(&e->shifts);
    pc_finish(&e->pc);
    heard_finish(&e->heard);
    declared_finish(&e->declared[0]);
    declared_finish(&e->declared[1]);
}

int32_t engine_compute(engine *e, const book *b, const facts *f, const horizon *h) {
    e->days.count = e->months.count = e->alerts.count = 0;
    if (!days_compute(e, b, f, h) || (e->kept != NULL && !kept_join(e, f))) {
        return 0;
    }
    week_compute(e);
    return months_compute(e, f) && alerts_compute(e, b, f, h) &&
           (h->now_ns == INT64_MAX || today_compute(e, b, f, h));
}

/* ---- which dates ---- */

static void widen(int32_t date, int32_t *first, int32_t *last) {
    *first = date < *first ? date : *first;
    *last = date > *last ? date : *last;
}

static void widen_ends(const facts *f, const list *l, int32_t (*minute_of)(const void *),
                       int32_t *first, int32_t *last) {
    const char *rows = l->rows;
    if (l->count > 0) {
        widen(shifts_date(f, minute_of(rows)), first, last);
        widen(shifts_date(f, minute_of(rows + (size_t)(l->count - 1) * l->size)), first, last);
    }
}

static int32_t minute_of_input(const void *row) {
    return ((const input_fact *)row)->minute;
}

static int32_t minute_of_change(const void *row) {
    return moment_minute(((const change_fact *)row)->unix_ns);
}

static int32_t minute_of_punch(const void *row) {
    return ((const punch_fact *)row)->minute;
}

/* There is a schedule of the date, which has begun; of who is to be erased plans make no days. */
static int32_t is_planned(const book *b, const facts *f, int32_t date, const horizon *h) {
    if (facts_terms(f, date)->planned_kind == NONE ||
        facts_day_begin(f, date) * MINUTE_NS > h->now_ns) {
        return 0;
    }
    const person_row *person = book_find(b, BOOK_PERSON, &f->person, 1);
    return person == NULL || !person->is_erased;
}

/* From the first to the last date of which anything may be known. */
static void find_dates(const engine *e, const book *b, const facts *f, const horizon *h,
                       int32_t *first, int32_t *last) {
    *first = INT32_MAX;
    *last = INT32_MIN;
    widen_ends(f, &f->inputs, minute_of_input, first, last);
    widen_ends(f, &f->changes, minute_of_change, first, last);
    widen_ends(f, &f->punches, minute_of_punch, first, last);
    if (e->sessions.stretches.count > 0) {
        widen(shifts_date(f, h->last_minute), first, last);
    }
    for (uint32_t i = f->attendance_first; i < f->attendance_end; i++) {
        const attendance_row *row = book_row(b, BOOK_ATTENDANCE, i);
        widen((int32_t)row->record.key[1], first, last);
    }
    for (uint32_t i = f->request_first; i < f->request_end; i++) {
        const request_row *row = book_row(b, BOOK_REQUEST, i);
        if (row->date != NONE) {
            widen(row->date, first, last);
        }
    }
    for (uint32_t i = f->task_first; i < f->task_end; i++) {
        const task_row *row = book_row(b, BOOK_TASK, i);
        if (!row->is_deleted) {
            widen(row->date, first, last);
        }
    }
    for (uint32_t i = f->schedule_first; i < f->schedule_end; i++) {
        const schedule_row *row = book_row(b, BOOK_SCHEDULE, i);
        int32_t date = (int32_t)row->record.key[1];
        if (is_planned(b, f, date, h)) {
            widen(date, first, last);
        }
    }
}

/* ---- one day ---- */

typedef struct walk {
    engine *engine;
    const book *book;
    const facts *facts;
    const horizon *horizon;
    paper_walk paper;
    declared_walk declared;
    uint32_t turn; /* which of the two is today's declared time */
} walk;

static int32_t compute_day(walk *w, day *d) {
    engine *e = w->engine;
    paper written;
    d->kind = facts_kind(w->facts, w->book, d->date);
    if (!pc_day(&e->pc, d) || !heard_day(&e->heard, w->facts, &e->pc, w->horizon, d)) {
        return 0;
    }
    paper_day(&w->paper, w->facts, w->book, d, &written);
    declared *today = &e->declared[w->turn];
    declared_source told = {w->book,    w->facts,           &e->shifts,        &e->sessions,
                            w->horizon, written.attendance, written.correction};
    if (!declared_day(today, &w->declared, &told, d)) {
        return 0;
    }
    figures_source source = {w->book,  w->facts,       today,      &e->declared[!w->turn],
                             &written, &e->pc.actives, &e->pieces, &e->cover};
    if (!figures_day(&source, d)) {
        return 0;
    }
    w->turn = !w->turn;
    d->is_known = written.is_anything || e->pc.is_input || e->heard.has_own ||
                  d->pc_start != NONE || is_planned(w->book, w->facts, d->date, w->horizon);
    if (d->divergence_kinds != 0 || d->divergence_alert) {
        causes_find(&e->pc, w->facts, d);
    }
    return 1;
}

int32_t days_compute(engine *e, const book *b, const facts *f, const horizon *h) {
    walk w = {.engine = e, .book = b, .facts = f, .horizon = h};
    int32_t first, last;
    if (!sessions_follow(&e->sessions, f) || !shifts_follow(&e->shifts, f, h) ||
        !pc_begin(&e->pc, f, &e->sessions, h) || !heard_begin(&e->heard, f)) {
        return 0;
    }
    paper_begin(&w.paper, f);
    e->declared[0].spans.count = e->declared[1].spans.count = 0;
    find_dates(e, b, f, h, &first, &last);
    if (first > last) {
        return 1;
    }
    int32_t begin = facts_day_begin(f, first);
    for (int32_t date = first; date <= last && e->days.count < DAYS_MAX; date++) {
        int32_t end = facts_day_begin(f, date + 1);
        day *d = list_add(&e->days);
        if (d == NULL) {
            return 0;
        }
        d->date = date;
        d->terms = facts_terms(f, date);
        d->begin = begin;
        d->end = end > begin ? end : begin;
        d->worked_row = 0;
        d->interval_min = NONE;
        if (!compute_day(&w, d)) {
            return 0;
        }
        begin = d->end;
    }
    return 1;
}
