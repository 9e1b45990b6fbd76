/* journal/destroyed.h - whether keys that a receipt names are gone: from keys.db, and with them
 * every payload sealed with them. Reads only; the daemon may run. */
#ifndef JOURNAL_DESTROYED_H
#define JOURNAL_DESTROYED_H

#include "journal/layout.h"

typedef struct destroyed_key {
    uint8_t id[LAYOUT_KEY_ID_SIZE];
    int32_t is_back; /* 1 = it, or a payload sealed with it, is there */
} destroyed_key;

/* Sorts the keys by id and looks for each. */
int32_t destroyed_check(const char *directory, destroyed_key *keys, uint32_t count, kinmu_err *err);

#endif
