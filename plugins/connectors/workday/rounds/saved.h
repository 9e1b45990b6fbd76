/* workday/rounds/saved.h - rows of days, months and alerts that outlive the call that gave them:
 * those the store has, and those to be written. */
#ifndef WORKDAY_SAVED_H
#define WORKDAY_SAVED_H

#include "facts/list.h"

#include <kinmu/value.h>

enum { SAVED_DERIVE, SAVED_DECIDE }; /* how it is to be written */

typedef struct saved {
    uint32_t use; /* USE_DAY, USE_MONTH, USE_ALERT */
    uint32_t count;
    int32_t way;
    uint32_t flags, number;
    int64_t unix_ns;
    uint64_t block;     /* of one read: 0 = derived */
    int32_t is_current; /* of one read: computed again */
    kinmu_value *values;
    char *subject;
} saved;

/* Copies values and texts. NULL when out of memory; it lives until saved_free. */
saved *saved_add(list *rows, uint32_t use, const kinmu_value *values, uint32_t count,
                 const char *subject);
void saved_free(list *rows);
/* What is derived first; within each the order stays. */
void saved_order(list *rows);

int32_t saved_same(const kinmu_value *a, const kinmu_value *b);
int32_t saved_is(const kinmu_value *value, const char *text);
/* The first whose key fields, the first `keys`, are equal; NULL. */
saved *saved_find(const list *rows, uint32_t use, const kinmu_value *values, uint32_t keys);

#endif
