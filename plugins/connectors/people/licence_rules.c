/* people/licence_rules.c - see licences.h. */
#include "licences.h"

#include <stdlib.h>
#include <string.h>

static int by_employee(const void *left, const void *right) {
    return strcmp(((const licence_person *)left)->employee_no,
                  ((const licence_person *)right)->employee_no);
}

/* ログイン不可 is in the master, 削除 and 完全削除 are not. */
static int32_t is_member(const licence_person *p) {
    return strcmp(p->state, "active") == 0 || strcmp(p->state, "suspended") == 0;
}

void licences_count(licence_person *people, uint32_t count, int64_t counts[LICENCE_RULES]) {
    const char *last = NULL; /* employee counted for M */
    memset(counts, 0, LICENCE_RULES * sizeof *counts);
    qsort(people, count, sizeof *people, by_employee);
    for (uint32_t i = 0; i < count; i++) {
        const licence_person *p = &people[i];
        if (!is_member(p)) {
            continue;
        }
        if (p->is_recorded && (last == NULL || strcmp(last, p->employee_no) != 0)) {
            last = p->employee_no;
            counts[LICENCES_M]++;
        }
        counts[LICENCES_N] += strcmp(p->state, "active") == 0;
        counts[LICENCES_W] += p->accounts;
    }
}
