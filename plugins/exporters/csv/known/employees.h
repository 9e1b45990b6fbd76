/* csv/known/employees.h - who has rows of business days: everybody who is not deleted, and whose
 * days there are without. */
#ifndef CSV_EMPLOYEES_H
#define CSV_EMPLOYEES_H

#include "known/days.h"
#include "known/directory.h"

/* An employee number and the first day there is anything to say. */
typedef struct employee {
    uint32_t rank;
    uint32_t who;
    uint32_t id; /* the first of several, one the directory knows before others */
    int32_t from_day;
} employee;

/* Everybody once, in order of the numbers' bytes; malloc, NULL without memory. */
employee *employees_list(const directory *people, const days *all, size_t *count);

#endif
