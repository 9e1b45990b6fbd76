/* csv/known/employees.c - see employees.h. */
#include "known/employees.h"

#include <stdlib.h>

#define NOT_KNOWN INT32_MAX /* as the first day: only the days of the records count */

typedef struct candidate {
    employee one;
    uint32_t id_rank;
} candidate;

static int compare_candidates(const void *a, const void *b) {
    const candidate *x = a;
    const candidate *y = b;
    int32_t x_unknown = x->one.from_day == NOT_KNOWN;
    int32_t y_unknown = y->one.from_day == NOT_KNOWN;
    if (x->one.rank != y->one.rank) {
        return x->one.rank < y->one.rank ? -1 : 1;
    }
    if (x_unknown != y_unknown) {
        return x_unknown ? 1 : -1;
    }
    return (x->id_rank > y->id_rank) - (x->id_rank < y->id_rank);
}

static candidate make(const days *all, uint32_t who, uint32_t id, int32_t from_day) {
    return (candidate){{days_rank(all, who), who, id, from_day}, days_rank(all, id)};
}

static size_t fill(const directory *people, const days *all, candidate *list) {
    size_t filled = 0;
    for (uint32_t i = 0; i < directory_count(people); i++) {
        const person *one = directory_at(people, i);
        if (!one->is_deleted) {
            list[filled++] = make(all, one->who, one->id, directory_first_day(people, one->id));
        }
    }
    for (uint32_t i = 0; i < days_count(all); i++) {
        const work_day *row = days_at(all, i);
        if (i == 0 || row->who != days_at(all, i - 1)->who) {
            list[filled++] = make(all, row->who, row->id, NOT_KNOWN);
        }
    }
    return filled;
}

employee *employees_list(const directory *people, const days *all, size_t *count) {
    size_t capacity = (size_t)directory_count(people) + days_count(all) + 1;
    candidate *candidates = malloc(capacity * sizeof *candidates);
    employee *list = calloc(capacity, sizeof *list);
    *count = 0;
    if (candidates == NULL || list == NULL) {
        free(candidates);
        free(list);
        return NULL;
    }
    size_t filled = fill(people, all, candidates);
    qsort(candidates, filled, sizeof *candidates, compare_candidates);
    for (size_t i = 0; i < filled; i++) {
        const employee *one = &candidates[i].one;
        employee *last = *count > 0 ? &list[*count - 1] : NULL;
        if (last == NULL || last->who != one->who) {
            list[(*count)++] = *one;
        } else if (one->from_day < last->from_day) {
            last->from_day = one->from_day;
        }
    }
    free(candidates);
    return list;
}
