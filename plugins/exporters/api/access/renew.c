/* api/access/renew.c - the daily work: what lets people and programs in is written anew before its
 * month may go (purpose access); all else goes with its month: ended sessions, used tokens, kept
 * answers.
 */
#include "access/book.h"

#include <kinmu/events/access.h>

#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define RENEW_AGE_NS (30 * 86400 * NS_PER_S)
#define RENEWED_MAX 2000u

static int32_t is_decided(const desk_decision *d, uint32_t use, const char *key) {
    for (const book_row *r = book_newest(d); r != NULL; r = r->next) {
        if (r->use == use && table_is(r->values, 0, key)) {
            return 1;
        }
    }
    return 0;
}

static int32_t renew(desk_decision *d, const desk_call *call, uint32_t use, uint32_t fields,
                     uint32_t person, const kinmu_filter *filters, uint32_t count) {
    kinmu_filter all[4];
    table rows;
    memcpy(all, filters, count * sizeof *filters);
    all[count] =
        (kinmu_filter){"unix_ns", KINMU_COMPARE_LESS, 0, kinmu_i64(call->now_ns - RENEW_AGE_NS)};
    int32_t status = book_read(d, use, fields, all, count + 1, &rows);
    for (uint32_t i = 0; status == KINMU_OK && i < rows.count && i < RENEWED_MAX; i++) {
        if (!is_decided(d, use, table_text(rows.rows[i], 0))) {
            book_put(d, use, table_text(rows.rows[i], person), rows.rows[i], fields);
        }
    }
    return status;
}

int32_t renew_all(desk_decision *d, desk_call *call) {
    const kinmu_filter tokens[] = {
        {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("active")},
        {"expires_ns", KINMU_COMPARE_GREATER, 0, kinmu_time(call->now_ns)}};
    const kinmu_filter active[] = {{"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("active")}};
    int32_t status =
        renew(d, call, USE_TOKEN, KINMU_ACCESS_TOKEN_FIELDS, KINMU_ACCESS_TOKEN_PERSON, tokens, 2);
    status = status == KINMU_OK ? renew(d, call, USE_LOGIN, KINMU_ACCESS_LOGIN_FIELDS,
                                        KINMU_ACCESS_LOGIN_PERSON, active, 1)
                                : status;
    return status == KINMU_OK ? renew(d, call, USE_FACTOR, KINMU_ACCESS_FACTOR_FIELDS,
                                      KINMU_ACCESS_FACTOR_PERSON, active, 1)
                              : status;
}
