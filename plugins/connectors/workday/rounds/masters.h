/* workday/rounds/masters.h - the master data between two rounds: a table is read when something of
 * it changed since it was read, and else taken as it is.
 *
 * Changes come as marks. A change that is in the store before its event comes is seen with that
 * event. All of it may be forgotten at any time.
 */
#ifndef WORKDAY_MASTERS_H
#define WORKDAY_MASTERS_H

#include "rounds/stored.h"

#define MASTERS_TABLES (BOOK_DEVICE + 1) /* in the order of the book's and of the schemas */

typedef struct masters {
    texts *texts; /* NULL = nothing is known */
    book book;    /* not settled */
    int32_t is_known[MASTERS_TABLES];
    uint32_t refused[MASTERS_TABLES]; /* rows that fit no rule */
} masters;

void masters_free(masters *m);
/* The table of a schema is to be read again. */
void masters_renew(masters *m, uint32_t use);
/* All master data into the room of `s`, which is empty; what is not known is read. 0 when out of
 * memory. */
int32_t masters_give(masters *m, stored *s);

#endif
