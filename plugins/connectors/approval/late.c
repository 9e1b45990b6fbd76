/* approval/late.c - evidence about a day of a closed month: the warning that `workday` decides, on
 * whatever node, becomes a request for the approvers. The warning's row is read again: an event
 * that comes twice, or late, asks nothing that is settled. */
#include "approval.h"

#include <string.h>

#define KIND "late-evidence"
#define REQUESTS_MAX 8u /* of one call: those of a full desk are still one decision */

enum { IN_PERSON };

/* Warnings of the person, or of everybody. What may not be read here is no failure of the calls
 * that are judged with this one. */
static int32_t read_warnings(book *b, const char *person) {
    const kinmu_filter filters[] = {
        {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("open")},
        {"rule", KINMU_COMPARE_EQUAL, 0, kinmu_text(KIND)},
        {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
    };
    book_read(b, USE_ALERT, filters, person[0] != '\0' ? 3 : 2);
    int32_t status = b->status;
    b->status = KINMU_OK;
    if (status == KINMU_E_DENIED) {
        b->host->log(b->host, KINMU_LOG_WARN,
                     "may not read kinmu.alert (reads: in conf.d): evidence of closed months is a "
                     "warning alone");
    }
    return status;
}

/* The newest request of the day; rows come in the order of the journal. */
static const row *find_newest(const book *b, const char *person, const char *date) {
    const row *newest = NULL;
    for (const row *r = b->first[USE_REQUEST]; r != NULL; r = r->next) {
        if (row_is(r, KINMU_REQUEST_REQUEST_PERSON, person) &&
            row_is(r, KINMU_REQUEST_REQUEST_DATE, date) &&
            row_is(r, KINMU_REQUEST_REQUEST_KIND, KIND) &&
            (newest == NULL || r->is_ours || r->block >= newest->block)) {
            newest = r;
        }
    }
    return newest;
}

/* 1 when a request was made. One that waits with other figures is written anew. */
static int32_t ask(hearing *h, const row *warning) {
    const char *person = row_text(warning, KINMU_ALERT_PERSON);
    const char *date = row_text(warning, KINMU_ALERT_PERIOD);
    const char *after = row_text(warning, KINMU_ALERT_AFTER);
    request_read_day(h->book, person, date);
    const row *newest = find_newest(h->book, person, date);
    if (after[0] == '\0' || row_is(newest, KINMU_REQUEST_REQUEST_AFTER, after)) {
        return 0;
    }
    who_read(h->book, person);
    const char *group_id = calendar_group(h->book, person, date);
    if (h->book->status != KINMU_OK || book_find(h->book, USE_PERSON, person) == NULL ||
        group_id[0] == '\0') {
        return 0; /* nobody could decide: the warning is all */
    }
    if (row_is(newest, KINMU_REQUEST_REQUEST_STATE, "pending")) {
        request_withdraw(h, newest);
    }
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS] = {{0}};
    values[KINMU_REQUEST_REQUEST_BEFORE] = warning->values[KINMU_ALERT_BEFORE];
    values[KINMU_REQUEST_REQUEST_AFTER] = warning->values[KINMU_ALERT_AFTER];
    const request_draft draft = {.kind = KIND,
                                 .person = person,
                                 .date = date,
                                 .group_id = group_id,
                                 .values = values,
                                 .comment = ""};
    const char *id = request_make(h, &draft);
    desk_audit(h->decision, h->call, person, "approval.request", id, "");
    return 1;
}

/* Answers a value when there is more to do than one call may. */
int32_t late_judge(hearing *h) {
    const char *person = desk_text(h->call, IN_PERSON);
    int32_t status = read_warnings(h->book, person);
    uint32_t made = 0;
    for (const row *r = h->book->first[USE_ALERT]; status == KINMU_OK && r != NULL; r = r->next) {
        if (person[0] != '\0' && !row_is(r, KINMU_ALERT_PERSON, person)) {
            continue;
        }
        if (made == REQUESTS_MAX) {
            desk_answer(h->call, kinmu_bool(1));
            break;
        }
        made += (uint32_t)ask(h, r);
        status = h->book->status;
    }
    return status;
}
