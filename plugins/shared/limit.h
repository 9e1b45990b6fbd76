/* shared/limit.h - how often an address may fail: so many a minute, then it waits. Bounded: when
 * more addresses fail than there are places, the one whose minute began first is forgotten. */
#ifndef SHARED_LIMIT_H
#define SHARED_LIMIT_H

#include <kinmu/base.h>

#define LIMIT_PLACES 1024u
#define LIMIT_ADDRESS_SIZE 64u
#define LIMIT_WINDOW_MS 60000u

typedef struct limit_place {
    char address[LIMIT_ADDRESS_SIZE];
    uint64_t since_ms; /* its window began; 0 = free */
    uint32_t failures;
} limit_place;

typedef struct limit_table {
    limit_place places[LIMIT_PLACES];
} limit_table;

void limit_fail(limit_table *table, const char *address, uint64_t now_ms);
/* 0, or the seconds it has to wait. */
uint32_t limit_wait_s(const limit_table *table, const char *address, uint64_t now_ms,
                      int64_t failures_max);

#endif
