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
/* For factors.c: the login if it still is as it was when a secret was looked at; it with all its
 * sessions over, answering its generation; and what its person did himself. */
int32_t logins_find(desk_decision *d, const char *person, const kinmu_value **login);
int32_t logins_same(desk_decision *d, desk_call *call, const char *person, int64_t generation,
                    const kinmu_value **login);
int64_t logins_end_sessions(desk_decision *d, const kinmu_value *login);
void logins_audit_own(desk_decision *d, const char *person, const char *action, const char *object,
                      const char *id, const char *address, const char *after);

/* ---- the same: factors.c, renew.c ---- */
int32_t renew_all(desk_decision *d, desk_call *call);
int32_t factors_offer(desk_decision *d, desk_call *call);
int32_t factors_confirm(desk_decision *d, desk_call *call);
int32_t factors_remove(desk_decision *d, desk_call *call);
int32_t factors_clear(desk_decision *d, desk_call *call);
/* With the login that is closed; refused to who has one himself. */
int32_t factors_drop(desk_decision *d, desk_call *call, const char *person);
int32_t factors_state(desk_decision *d, const char *person, int32_t *has);
/* Takes the code a call was given, by its inputs; once, or E_CONFLICT. */
typedef struct factor_taken {
    uint32_t step, recovery, address;
} factor_taken;
int32_t factors_take(desk_decision *d, desk_call *call, const char *person,
                     const factor_taken *taken);

#endif
