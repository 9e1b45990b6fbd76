/* people/problems.h - what is wrong with an import or a change: where, a stable code, and one
 * sentence in Japanese and in English. Collected to the end of the file, so that all is told at
 * once. */
#ifndef PEOPLE_PROBLEMS_H
#define PEOPLE_PROBLEMS_H

#include "book.h"

#define PROBLEMS_TOLD_MAX 1000u

typedef struct problem {
    place at;
    uint32_t column; /* from 1; 0 = the line, or no file at all */
    const char *code;
    const char *ja, *en;
} problem;

typedef struct problems {
    memory *memory;
    problem *rows; /* the first PROBLEMS_TOLD_MAX */
    uint32_t count, capacity;
    uint32_t total;
} problems;

/* `one` and `two` stand in the sentences for {1} and {2}; NULL = "". */
void problems_add(problems *p, const char *code, place at, uint32_t column, const char *one,
                  const char *two);
/* The sentence of a code, for tests and the documentation; NULL when there is no such code. */
const char *problems_sentence(const char *code, int32_t is_japanese);
/* Sorts by file, line and column, as people read. */
void problems_sort(problems *p);

#endif
