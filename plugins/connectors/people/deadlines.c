/* people/deadlines.c - by when a person's demand is to be answered (demands.c): told a week before,
 * and when it is over, once each. Pure: changes of the book. */
#include "people.h"

#include <string.h>

#define DAY_NS (INT64_C(86400) * 1000000000)
#define TOLD_BEFORE_DAYS 7

static const place nowhere = {NULL, 0};

int32_t demands_is_open(const row *r) {
    return book_is(r, KINMU_AUDIT_DEMAND_STATE, "received") ||
           book_is(r, KINMU_AUDIT_DEMAND_STATE, "identified");
}

/* ---- the deadline ---- */

const char *demands_day_after(memory *m, const char *date, int32_t days) {
    char text[WORDS_DATE_SIZE];
    words_today(words_date_ns(date) + days * DAY_NS, 0, text);
    return memory_text(m, text, sizeof text - 1);
}

static const char *notice_of(memory *m, const row *r, const char *today) {
    const char *due = book_text(r, KINMU_AUDIT_DEMAND_DUE_DATE);
    const char *soon = demands_day_after(m, today, TOLD_BEFORE_DAYS);
    return strcmp(today, due) > 0                   ? "overdue"
           : soon != NULL && strcmp(due, soon) <= 0 ? "soon"
                                                    : "none";
}

/* Writes down what is to be told by today, once, and counts what is open for the node's status. */
int32_t demands_watch(book *b, change *c) {
    shelf *s = &b->shelves[KIND_DEMAND];
    uint32_t count = s->count;
    const row *next = NULL;
    c->demands_open = c->demands_overdue = c->demands_told = 0;
    for (uint32_t i = 0; i < count; i++) {
        const row *r = s->rows[i];
        kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS];
        if (r->values == NULL || !demands_is_open(r)) {
            continue;
        }
        const char *notice = notice_of(&b->memory, r, c->today);
        c->demands_open++;
        c->demands_overdue += strcmp(notice, "overdue") == 0;
        next = next == NULL || strcmp(book_text(r, KINMU_AUDIT_DEMAND_DUE_DATE),
                                      book_text(next, KINMU_AUDIT_DEMAND_DUE_DATE)) < 0
                   ? r
                   : next;
        if (strcmp(notice, book_text(r, KINMU_AUDIT_DEMAND_NOTICE)) != 0) {
            memcpy(values, r->values, sizeof values);
            values[KINMU_AUDIT_DEMAND_NOTICE] = kinmu_text(notice);
            (void)book_put(b, KIND_DEMAND, values, nowhere);
            c->demands_told++;
        }
    }
    c->demand_next = next != NULL ? memory_print(&c->call->memory, "%s (%s)", book_text(next, 0),
                                                 book_text(next, KINMU_AUDIT_DEMAND_DUE_DATE))
                                  : "";
    return c->demand_next != NULL ? KINMU_OK : KINMU_E_NOMEM;
}
