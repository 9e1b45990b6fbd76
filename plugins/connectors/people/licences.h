/* people/licences.h - how many licences a month takes, by the rule of each reference product
 * (SUP-22). Pure. */
#ifndef PEOPLE_LICENCES_H
#define PEOPLE_LICENCES_H

#include <kinmu/base.h>

/* A person as he was at the end of the month. */
typedef struct licence_person {
    const char *person, *employee_no;
    const char *state;   /* "" = not registered yet */
    int32_t is_recorded; /* an agent recorded one of his accounts in the month */
    uint32_t accounts;   /* login accounts that were his */
} licence_person;

enum { LICENCES_M, LICENCES_N, LICENCES_W, LICENCE_RULES };

/* M: who is in the user master and has an agent, once however many ids and PCs he has.
 * N: each id that may log in, as the limit of licences counts them (SUP-05); N's `admin`, who is
 * none (ROL-05), is nobody here, and administrators are people as others are (ROL-06).
 * W: each account of somebody who is in the user master. Sorts the people. */
void licences_count(licence_person *people, uint32_t count, int64_t counts[LICENCE_RULES]);

#endif
