/* workday/rounds/close.c - closes a month: its days, its totals, the warnings of its days and,
 * last, that it is closed become decisions that evidence changes no more; what comes later is told
 * as a warning, "late-evidence". See round.h. */
#include "rounds/round.h"

#include "rounds/uses.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/day.h>
#include <kinmu/events/request.h>

#include <string.h>

static saved *put(round *r, const kinmu_event *row, uint32_t state) {
    saved *copy = saved_add(&r->rows, row->schema, row->values, row->value_count, row->subject);
    if (copy != NULL) {
        copy->way = SAVED_DECIDE;
        copy->values[state] = kinmu_text("closed");
    }
    return copy;
}

static int32_t take_day(void *user, const kinmu_event *row) {
    round *r = user;
    if (row->value_count < KINMU_WORK_DAY_FIELDS ||
        saved_is(&row->values[KINMU_WORK_DAY_STATE], "closed")) {
        return KINMU_OK;
    }
    r->closed_days++;
    r->open_days += row->values[KINMU_WORK_DAY_CONFIRMED].as.i64 == 0;
    r->unexplained_days += saved_is(&row->values[KINMU_WORK_DAY_REASON_STATE], "missing") != 0;
    saved *copy = put(r, row, KINMU_WORK_DAY_STATE);
    if (copy != NULL) {
        copy->values[KINMU_WORK_DAY_CONFIRMED] = kinmu_bool(1);
    }
    return copy != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* Once: who closed it first did. */
static int32_t put_closing(round *r, stored *source, const char *of) {
    if (stored_tells_closing(source, of) || source->status != KINMU_OK) {
        return source->status;
    }
    const kinmu_value values[KINMU_WORK_CLOSING_FIELDS] = {kinmu_text(of), kinmu_text("closed"),
                                                           kinmu_text(r->close_by)};
    saved *one = saved_add(&r->rows, USE_CLOSING, values, KINMU_WORK_CLOSING_FIELDS, "");
    if (one != NULL) {
        one->way = SAVED_DECIDE;
    }
    return one != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t take_month(void *user, const kinmu_event *row) {
    return row->value_count < KINMU_WORK_MONTH_FIELDS ||
                   saved_is(&row->values[KINMU_WORK_MONTH_STATE], "closed") ||
                   put(user, row, KINMU_WORK_MONTH_STATE) != NULL
               ? KINMU_OK
               : KINMU_E_NOMEM;
}

int32_t round_is_unsettled(const round *r) {
    return r->open_days > 0 || r->unexplained_days > 0 || r->waiting_requests > 0;
}

/* A request of a day of the month that nobody has decided. */
static int32_t take_request(void *user, const kinmu_event *row) {
    round *r = user;
    char text[DATE_SIZE];
    month_print(text, r->close_month);
    if (row->value_count == KINMU_REQUEST_REQUEST_FIELDS) {
        const kinmu_value *date = &row->values[KINMU_REQUEST_REQUEST_DATE];
        const kinmu_value *kind = &row->values[KINMU_REQUEST_REQUEST_KIND];
        size_t size = strlen(text);
        int32_t is_of_work =
            !saved_is(kind, "device") && !saved_is(kind, "incident") && !saved_is(kind, "contract");
        r->waiting_requests += date->type == KINMU_TYPE_TEXT && date->size >= size &&
                               memcmp(date->as.text, text, size) == 0 && is_of_work;
    }
    return KINMU_OK;
}

/* Of a day that was not confirmed. */
static int32_t take_alert(void *user, const kinmu_event *row) {
    round *r = user;
    if (row->block > 0 || row->value_count < KINMU_ALERT_FIELDS) {
        return KINMU_OK;
    }
    saved *copy = saved_add(&r->rows, row->schema, row->values, row->value_count, row->subject);
    if (copy != NULL) {
        copy->way = SAVED_DECIDE;
    }
    return copy != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

void round_close(round *r) {
    stored source = {.host = r->host, .records = r->records, .decision = r->decision};
    char text[DATE_SIZE];
    r->rows = (list)LIST_OF(saved);
    r->closed_days = r->open_days = r->unexplained_days = r->waiting_requests = 0;
    for (int32_t date = month_first(r->close_month); date < month_first(r->close_month + 1);
         date++) {
        date_print(text, date);
        stored_rows(&source, USE_DAY, "date", text, take_day, r);
        stored_rows(&source, USE_ALERT, "period", text, take_alert, r);
    }
    month_print(text, r->close_month);
    stored_rows(&source, USE_MONTH, "month", text, take_month, r);
    stored_rows(&source, USE_REQUEST, "state", "pending", take_request, r);
    r->was_closed = stored_has_closed(&source, text);
    r->status = source.status == KINMU_OK ? put_closing(r, &source, text) : source.status;
    r->wait_ns = 0;
    if (r->status != KINMU_OK || (round_is_unsettled(r) && !r->closes_anyway)) {
        saved_free(&r->rows);
    }
}
