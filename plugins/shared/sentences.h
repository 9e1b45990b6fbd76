/* shared/sentences.h - what is told to people, in Japanese and in English, under stable codes. Each
 * plugin has its own table. */
#ifndef SHARED_SENTENCES_H
#define SHARED_SENTENCES_H

#include "memory.h"

/* {1} and {2} in a sentence stand for words of the case. */
typedef struct sentence {
    const char *code, *ja, *en;
} sentence;

/* NULL when there is no such code. */
const sentence *sentences_find(const sentence *table, size_t count, const char *code);
/* "" when out of memory; NULL for one or two = "". */
const char *sentences_fill(memory *m, const char *text, const char *one, const char *two);

#endif
