/* shared/limit.c - see limit.h. */
#include "limit.h"

#include <string.h>

#define NOWHERE LIMIT_PLACES

static uint32_t find(const limit_table *table, const char *address) {
    uint32_t at = 0;
    while (at < LIMIT_PLACES &&
           (table->places[at].since_ms == 0 || strcmp(table->places[at].address, address) != 0)) {
        at++;
    }
    return at;
}

/* Of the address that began to fail longest ago, or of none. */
static uint32_t oldest(const limit_table *table) {
    uint32_t found = 0;
    for (uint32_t at = 1; at < LIMIT_PLACES; at++) {
        if (table->places[at].since_ms < table->places[found].since_ms) {
            found = at;
        }
    }
    return found;
}

static int32_t is_over(const limit_place *place, uint64_t now_ms) {
    return now_ms - place->since_ms >= LIMIT_WINDOW_MS;
}

void limit_fail(limit_table *table, const char *address, uint64_t now_ms) {
    uint32_t at = find(table, address);
    limit_place *place = &table->places[at != NOWHERE ? at : oldest(table)];
    if (at == NOWHERE) {
        memset(place, 0, sizeof *place);
        strncpy(place->address, address, sizeof place->address - 1);
    }
    if (place->since_ms == 0 || is_over(place, now_ms)) {
        place->since_ms = now_ms > 0 ? now_ms : 1;
        place->failures = 0;
    }
    place->failures++;
}

uint32_t limit_wait_s(const limit_table *table, const char *address, uint64_t now_ms,
                      int64_t failures_max) {
    uint32_t at = find(table, address);
    const limit_place *place = at != NOWHERE ? &table->places[at] : NULL;
    if (place == NULL || is_over(place, now_ms) || place->failures < failures_max) {
        return 0;
    }
    return (uint32_t)((LIMIT_WINDOW_MS - (now_ms - place->since_ms)) / 1000) + 1;
}
