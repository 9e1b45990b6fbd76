/* workday/rules/paper.c - see paper.h. */
#include "rules/paper.h"

#include <string.h>

void paper_begin(paper_walk *w, const facts *f) {
    *w = (paper_walk){f->attendance_first, f->request_first, f->task_first, 0};
}

/* The later of two; of the same moment that with the greater id. */
static const request_row *newer(const book *b, const request_row *known, const request_row *row) {
    if (known == NULL || row->record.unix_ns > known->record.unix_ns) {
        return row;
    }
    if (row->record.unix_ns < known->record.unix_ns) {
        return known;
    }
    const char *id = texts_at(b->texts, row->record.key[2]);
    return strcmp(id, texts_at(b->texts, known->record.key[2])) > 0 ? row : known;
}

static void add_form(paper *out, int32_t form) {
    if (form != FORM_NONE) {
        out->forms |= 1u << form;
    }
}

static void read_request(const book *b, const request_row *row, paper *out) {
    int32_t is_approved = row->state == REQUEST_APPROVED;
    int32_t is_of_times =
        row->kind == REQUEST_START || row->kind == REQUEST_END || row->kind == REQUEST_CORRECTION;
    if (is_approved && is_of_times && row->scheduled_min != NONE) {
        out->scheduled = newer(b, out->scheduled, row);
    }
    if (is_approved && row->kind == REQUEST_CORRECTION) {
        out->correction = newer(b, out->correction, row);
    }
    if (is_approved && row->kind == REQUEST_START) {
        add_form(out, row->form);
    }
    if (is_approved && row->kind == REQUEST_HOLIDAY_WORK) {
        out->is_holiday_work = 1;
    }
    if (row->kind == REQUEST_OVERTIME && (is_approved || row->state == REQUEST_PENDING)) {
        out->is_overtime_asked = 1;
    }
    if (row->kind == REQUEST_END && row->state != REQUEST_DRAFT && row->state != REQUEST_GONE) {
        out->end = newer(b, out->end, row);
    }
    if (row->kind == REQUEST_REASON) {
        out->reason = newer(b, out->reason, row);
    }
}

void paper_day(paper_walk *w, const facts *f, const book *b, const day *d, paper *out) {
    memset(out, 0, sizeof *out);
    for (; w->attendance < f->attendance_end; w->attendance++) {
        const attendance_row *row = book_row(b, BOOK_ATTENDANCE, w->attendance);
        if ((int32_t)row->record.key[1] > d->date) {
            break;
        }
        out->attendance = (int32_t)row->record.key[1] == d->date ? row : NULL;
    }
    for (; w->request < f->request_end; w->request++) {
        const request_row *row = book_row(b, BOOK_REQUEST, w->request);
        if (row->date > d->date) {
            break;
        }
        if (row->date == d->date) {
            out->is_anything = 1;
            read_request(b, row, out);
        }
    }
    for (; w->task < f->task_end; w->task++) {
        const task_row *row = book_row(b, BOOK_TASK, w->task);
        if (row->date > d->date) {
            break;
        }
        if (row->date == d->date && !row->is_deleted) {
            out->is_anything = 1;
            add_form(out, row->form);
        }
    }
    const punch_fact *punches = f->punches.rows;
    for (; w->punch < f->punches.count && punches[w->punch].minute < d->end; w->punch++) {
        if (punches[w->punch].minute >= d->begin) {
            out->is_anything = 1;
            add_form(out, punches[w->punch].form);
        }
    }
    if (out->attendance != NULL) {
        out->is_anything = 1;
        add_form(out, out->attendance->form);
    }
}
