/* api/access/book.h - for those who judge calls: rows as they stand, with what was decided before
 * in the same batch, and the words of a refusal. [job] */
#ifndef API_BOOK_H
#define API_BOOK_H

#include "api.h"
#include "table.h"

/* What was decided in this very batch, for the calls judged after it. */
typedef struct book_row {
    struct book_row *next;
    uint32_t use;
    const kinmu_value *values;
} book_row;

const book_row *book_newest(const desk_decision *d);
int32_t book_read(desk_decision *d, uint32_t use, uint32_t fields, const kinmu_filter *filters,
                  uint32_t count, table *out);
/* The record whose first field, its key, is `key`; *row NULL: there is none. */
int32_t book_find(desk_decision *d, uint32_t use, uint32_t fields, const char *field,
                  const char *key, const kinmu_value **row);
/* Writes a record, and remembers it for the calls behind in this batch. */
void book_put(desk_decision *d, uint32_t use, const char *subject, const kinmu_value *values,
              uint32_t count);
int32_t book_refuse(desk_call *call, int32_t status, const char *key, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* ---- the judges: keep.c, logins.c ---- */
int32_t keep_token_create(desk_decision *d, desk_call *call);
int32_t keep_token_revoke(desk_decision *d, desk_call *call);
int32_t keep_token_list(desk_decision *d, desk_call *call);
int32_t keep_answer_begin(desk_decision *d, desk_call *call);
int32_t keep_answer_end(desk_decision *d, desk_call *call);
int32_t logins_invite(desk_decision *d, desk_call *call);
int32_t logins_close(desk_decision *d, desk_call *call);
int32_t logins_list(desk_decision *d, desk_call *call);
int32_t logins_password(desk_decision *d, desk_call *call);
int32_t logins_begin(desk_decision *d, desk_call *call);
int32_t logins_seen(desk_decision *d, desk_call *call);
int32_t logins_end(desk_decision *d, desk_call *call);
int32_t logins_renew(desk_decision *d, desk_call *call);

#endif
