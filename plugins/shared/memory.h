/* shared/memory.h - memory that lives as long as one piece of work: given piece by piece, freed at
 * once. The first failure is remembered, so that callers look once, at the end. */
#ifndef SHARED_MEMORY_H
#define SHARED_MEMORY_H

#include <kinmu/value.h>

typedef struct memory {
    struct memory_piece *newest;
    int32_t failed; /* 1: something came back as NULL */
} memory;

void *memory_get(memory *m, size_t size);                    /* zeroed; NULL when there is none */
char *memory_text(memory *m, const char *text, size_t size); /* with a NUL behind it */
char *memory_print(memory *m, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* Room for one more item of an array of `count`; the array may move. NULL when there is none. */
void *memory_grow(memory *m, void *array, uint32_t count, uint32_t *capacity, size_t item_size);
/* A deep copy with room for `room` values, nulls behind those given; texts get a NUL behind them.
 * NULL when there is none. */
kinmu_value *memory_values(memory *m, const kinmu_value *values, uint32_t count, uint32_t room);
void memory_free(memory *m);

#endif
